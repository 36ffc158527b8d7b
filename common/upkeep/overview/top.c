/*
 * top.c - the parts of the page about the most frequent actions and actors.
 */
#include "lib/timestamp.h"
#include "upkeep/overview/chart.h"
#include "upkeep/overview/parts.h"

#define ROWS 10
#define DAYS 30 /* the days that the drawings show, today among them */

static void put_table(overview_page *page, const char *what, const char *key, const stead_collected *top)
{
	page_format(page,
	            "<details><summary>The numbers</summary><table><thead><tr><th>%s</th><th class=\"n\">Events</th>"
	            "<th class=\"n\">Failed</th></tr></thead><tbody>\n",
	            what);
	for (size_t i = 0; i < top->count; i++) {
		page_format(page, "<tr><th scope=\"row\" data-key=\"%s.%d.value\">", key, (int)i);
		page_text(page, stead_collected_value(page->call, top, i, "value"), PAGE_TEXT_MOST);
		page_put(page, "</th>");
		page_cell(page, "Events", stead_collected_int(page->call, top, i, "events"), "%s.%d.events", key, (int)i);
		page_cell(page, "Failed", stead_collected_int(page->call, top, i, "failures"), "%s.%d.failures", key, (int)i);
		page_put(page, "</tr>\n");
	}
	page_put(page, "</tbody></table></details>\n");
}

/* A dimension by which nothing was logged leaves its place to another, which may be NULL. */
static void put_top(overview_page *page, const char *title, const char *what, const char *dimension, const char *other)
{
	stead_value since = stead_time(stead_bucket_start(STEAD_DAILY, page->now) - (DAYS - 1) * STEAD_DAY);
	stead_value until = stead_null(STEAD_TIME);
	const char *key = dimension;
	stead_collected top = stead_collect(page->call, "audit_top", 4,
	                                    (stead_value[]){stead_text(dimension), since, until, stead_int(ROWS)});
	stead_value names[ROWS];
	int64_t events[ROWS], failures[ROWS];

	if (!top.count && other)
		top = stead_collect(page->call, "audit_top", 4,
		                    (stead_value[]){stead_text(key = other), since, until, stead_int(ROWS)});
	page_format(page, "<section id=\"%s\"><h2>%s <small>the last 30 days</small></h2>\n<figure>\n", dimension, title);
	for (size_t i = 0; i < top.count; i++) {
		names[i] = stead_collected_value(page->call, &top, i, "value");
		events[i] = stead_collected_int(page->call, &top, i, "events");
		failures[i] = stead_collected_int(page->call, &top, i, "failures");
	}
	if (top.count) {
		chart_ranking(page, &(chart_bars){title, top.count, names, events, failures});
		put_table(page, what, key, &top);
	} else
		page_put(page, "<p class=\"none\">There is none in this time.</p>\n");
	page_put(page, "</figure>\n</section>\n");
}

void overview_tops(overview_page *page)
{
	page_put(page, "<div class=\"pair\">\n");
	put_top(page, "Most frequent actions", "Action", "action", NULL);
	put_top(page, "Most active actors", "Actor", "actor_name", "actor_id");
	page_put(page, "</div>\n");
}
