/*
 * keeping.c - the parts of the page about sealing and retention.
 */
#include <string.h>

#include "trail/seal/seal.h"
#include "upkeep/overview/parts.h"

#define MOST_UNSEALED 1000000 /* events are counted up to this number */
#define MOST_POLICIES 100

/* ---- Sealing ---------------------------------------------------------------------------------------------------- */

static int64_t count_unsealed(overview_page *page)
{
	int64_t count = 0;

	for (seal_eras eras = {0}; count < MOST_UNSEALED && seal_next_era(page->call, &eras);)
		count += seal_count_unsealed(page->call, eras.era, MOST_UNSEALED - count);
	return count;
}

static void put_latest_block(overview_page *page, const seal_block *last)
{
	stead_collected blocks =
		stead_collect(page->call, "audit_blocks", 2, (stead_value[]){stead_int(last->block - 1), stead_int(1)});

	if (!blocks.count)
		return;
	page_put(page, "<p class=\"note\">The latest block was sealed ");
	page_keyed_time(page, stead_collected_value(page->call, &blocks, 0, "sealed_at"), "block.sealed_at");
	page_put(page, "; its last event is of ");
	page_keyed_time(page, stead_collected_value(page->call, &blocks, 0, "last_event_at"), "block.last_event_at");
	page_put(page, ".</p>\n");
}

/* Text of several lines, each of which ends with a line end. */
static void put_lines(overview_page *page, stead_value text)
{
	while (!text.null && text.size) {
		const char *end = memchr(text.data, '\n', text.size);
		size_t line = end ? (size_t)(end - text.data) : text.size;

		page_text(page, stead_text_n(text.data, line), PAGE_TEXT_MOST);
		page_put(page, "\n");
		line += end != NULL;
		text = stead_text_n(text.data + line, text.size - line);
	}
}

static void put_sealing(overview_page *page)
{
	int64_t unsealed = count_unsealed(page), sealed, pruned;
	seal_block last = {0};
	bool any = seal_last_block(page->call, &last);

	sealed = last.first_leaf + last.events;
	pruned =
		stead_first(page->call, "SELECT count(*) FROM stead_audit_account WHERE block IS NOT NULL", 0, NULL, STEAD_INT)
			.integer;
	page_put(page, "<section id=\"sealing\"><h2>Sealing</h2>\n<dl class=\"tiles\">\n");
	page_tile(page, "Events sealed, ever", "", sealed, "seal.sealed");
	page_tile(page, unsealed < MOST_UNSEALED ? "Events not sealed yet" : "Events not sealed yet, at least", "",
	          unsealed, "seal.unsealed");
	page_tile(page, "Blocks", "", last.block, "seal.blocks");
	page_tile(page, "Blocks pruned", "", pruned, "seal.pruned_blocks");
	page_put(page, "</dl>\n");
	if (any) {
		put_latest_block(page, &last);
		page_put(page, "<h3>Checkpoint <small>of this moment</small></h3>\n<p class=\"note\">Keep it outside the"
		               " database: <code>stead_audit_verify_checkpoint()</code> tells whether the log still extends"
		               " it.</p>\n<pre data-key=\"seal.checkpoint\">");
		put_lines(page, stead_ask(page->call, "audit_checkpoint", 0, NULL));
		page_put(page, "</pre>\n");
	} else
		page_put(page, "<p class=\"none\">Nothing is sealed yet.</p>\n");
	page_put(page, "</section>\n");
}

/* ---- Retention -------------------------------------------------------------------------------------------------- */

static void put_days(overview_page *page, stead_value days, int row)
{
	page_format(page, "<td data-label=\"Kept\" data-key=\"retention.%d.keep_days\">", row);
	if (days.null)
		page_put(page, "for good");
	else {
		page_number(page, days.integer);
		page_put(page, days.integer == 1 ? " day" : " days");
	}
	page_put(page, "</td>");
}

static void put_target(overview_page *page, const stead_collected *list, size_t row)
{
	stead_value hold = stead_collected_value(page->call, list, row, "hold_reason");
	int number = (int)row;

	page_format(page, "<tr><th scope=\"row\" data-key=\"retention.%d.target\">", number);
	page_text(page, stead_collected_value(page->call, list, row, "target"), PAGE_TEXT_MOST);
	page_put(page, "</th>");
	put_days(page, stead_collected_value(page->call, list, row, "keep_days"), number);
	page_put(page, "<td data-label=\"Last pruned\">");
	page_keyed_time(page, stead_collected_value(page->call, list, row, "last_run_at"), "retention.%d.last_run_at",
	                number);
	page_put(page, "</td>");
	page_cell(page, "Deleted last", stead_collected_int(page->call, list, row, "last_deleted"),
	          "retention.%d.last_deleted", number);
	page_cell(page, "Deleted, ever", stead_collected_int(page->call, list, row, "total_deleted"),
	          "retention.%d.total_deleted", number);
	page_format(page, "<td data-label=\"Hold\" data-key=\"retention.%d.hold_reason\">", number);
	if (hold.null)
		page_put(page, "\xe2\x80\x93");
	page_text(page, hold, PAGE_TEXT_MOST);
	page_put(page, "</td></tr>\n");
}

static void put_retention(overview_page *page)
{
	stead_collected list = stead_collect(page->call, "retention_list", 0, NULL);
	int64_t policies = 0, holds = 0;

	for (size_t i = 0; i < list.count; i++) {
		policies += !stead_collected_value(page->call, &list, i, "keep_days").null;
		holds += !stead_collected_value(page->call, &list, i, "hold_reason").null;
	}
	page_put(page, "<section id=\"retention\"><h2>Retention</h2>\n<dl class=\"tiles\">\n");
	page_tile(page, "Policies", "", policies, "retention.policies");
	page_tile(page, "Holds", holds ? "warn" : "", holds, "retention.holds");
	page_put(page,
	         "</dl>\n<table class=\"stack\"><thead><tr><th>Rows of</th><th>Kept</th><th>Last pruned</th>"
	         "<th class=\"n\">Deleted last</th><th class=\"n\">Deleted, ever</th><th>Hold</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < list.count && i < MOST_POLICIES; i++)
		put_target(page, &list, i);
	page_put(page, "</tbody></table>\n");
	if (list.count > MOST_POLICIES)
		page_format(page, "<p class=\"note\">And %d more.</p>\n", (int)list.count - MOST_POLICIES);
	page_put(page, "</section>\n");
}

void overview_keeping(overview_page *page)
{
	put_sealing(page);
	put_retention(page);
}
