/*
 * scan.c - see scan.h.
 */
#include "trail/audit/scan.h"

#include <string.h>

#include "lib/text.h"
#include "lib/timestamp.h"
#include "trail/audit/report.h"

/* ---- The conditions ---------------------------------------------------------------------------------------------- */

static void add_text(stead_call *call, scan_condition *condition, const char *data, size_t size)
{
	uint32_t *codes = stead_alloc(call, (size + 1) * sizeof *codes);

	condition->codes[condition->count] = codes;
	condition->counts[condition->count++] = trigram_of(data, size, codes);
}

static void make_room(stead_call *call, scan_condition *condition, int texts)
{
	condition->codes = stead_alloc(call, (size_t)texts * sizeof *condition->codes);
	condition->counts = stead_alloc(call, (size_t)texts * sizeof *condition->counts);
}

static bool all_have_trigrams(const filter_list *list)
{
	for (int i = 0; i < list->count; i++)
		if (list->text[i].size < 3)
			return false;
	return true;
}

bool audit_scan_applies(stead_call *call, const audit_filter *filter, audit_scan *scan)
{
	/* the keys whose values are among the trigrams of a block */
	static const int keys[] = {FILTER_ACTION, FILTER_RESOURCE_ID, FILTER_ACTOR_NAME};

	*scan = (audit_scan){.call = call};
	if (filter->needle && filter->needle_size >= 3) {
		scan_condition *condition = &scan->conditions[scan->condition_count++];

		make_room(call, condition, 1);
		add_text(call, condition, filter->needle, filter->needle_size);
	}
	for (int i = 0; i < STEAD_COUNT(keys); i++) {
		const filter_texts *texts = &filter->wanted[keys[i]];
		scan_condition *condition = &scan->conditions[scan->condition_count];

		if (!texts->prefixes.count || !all_have_trigrams(&texts->exact) || !all_have_trigrams(&texts->prefixes))
			continue;
		make_room(call, condition, texts->exact.count + texts->prefixes.count);
		for (int j = 0; j < texts->exact.count; j++)
			add_text(call, condition, texts->exact.text[j].data, texts->exact.text[j].size);
		for (int j = 0; j < texts->prefixes.count; j++)
			add_text(call, condition, texts->prefixes.text[j].data, texts->prefixes.text[j].size);
		scan->condition_count++;
	}
	return scan->condition_count > 0;
}

bool audit_scan_block(audit_scan *scan, int64_t block)
{
	stead_value number = stead_int(block), stored;
	stead_rows *rows = stead_open_as(scan->call, STEAD_BY_KEY,
	                                 "SELECT trigrams FROM stead_audit_index WHERE block = $1", 1, &number);
	bool fits = stead_next(rows);

	if (!fits)
		return false;
	stored = stead_column(rows, 0, STEAD_BYTES);
	for (int i = 0; i < scan->condition_count && fits && !stored.null; i++) {
		const scan_condition *condition = &scan->conditions[i];

		fits = false;
		for (int j = 0; j < condition->count && !fits; j++)
			fits = trigram_all(stored, condition->codes[j], condition->counts[j]);
	}
	stead_close(rows);
	return fits;
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

static void next_block(audit_scan *scan)
{
	do {
		if (!stead_next(scan->blocks)) {
			scan->blocks = NULL;
			return;
		}
		scan->block = stead_column(scan->blocks, 0, STEAD_INT).integer;
		scan->first_at = stead_column(scan->blocks, 1, STEAD_TIME).integer;
		scan->last_at = stead_column(scan->blocks, 2, STEAD_TIME).integer;
	} while (scan->first_at > scan->span.newest.at);
}

void audit_scan_open(audit_scan *scan, audit_span span)
{
	scan->span = span;
	if (audit_span_is_empty(span))
		return;
	scan->blocks = stead_open_as(scan->call, STEAD_CURSOR,
	                             "SELECT block, first_event_at, last_event_at FROM stead_audit_block WHERE"
	                             " last_event_at >= $1 ORDER BY last_event_at DESC, block DESC",
	                             1, (stead_value[]){stead_time(span.since)});
	next_block(scan);
}

bool audit_scan_bound(const audit_scan *scan, int64_t *at)
{
	if (scan->events)
		*at = scan->place.at;
	else if (scan->blocks)
		*at = scan->last_at;
	else
		return false;
	return true;
}

/* Opens the events from a block's last time back to its first time, and further back as long as blocks that fit
 * overlap. */
static void open_range(audit_scan *scan)
{
	int64_t until = scan->last_at, since = scan->first_at;

	for (next_block(scan); scan->blocks && scan->last_at >= since; next_block(scan))
		if (scan->first_at < since && audit_scan_block(scan, scan->block))
			since = scan->first_at;
	scan->place = (audit_place){until, INT64_MAX};
	if (audit_place_after(scan->place, scan->span.newest))
		scan->place = scan->span.newest;
	if (since < scan->span.since)
		since = scan->span.since;
	scan->events =
		stead_open_as(scan->call, STEAD_CURSOR,
	                  "SELECT " EVENT_FIELDS " FROM stead_audit_event WHERE occurred_at >= $1 AND occurred_at <= $2"
	                  " AND (occurred_at, id) <= ($2, $3) ORDER BY occurred_at DESC, id DESC",
	                  3, (stead_value[]){stead_time(since), stead_time(scan->place.at), stead_int(scan->place.id)});
}

bool audit_scan_step(audit_scan *scan)
{
	if (!scan->events) {
		if (!scan->blocks)
			return false;
		if (audit_scan_block(scan, scan->block))
			open_range(scan);
		else
			next_block(scan);
		return false;
	}
	if (!stead_next(scan->events)) {
		scan->events = NULL;
		return false;
	}
	return true;
}

void audit_scan_close(audit_scan *scan)
{
	if (scan->events)
		stead_close(scan->events);
	if (scan->blocks)
		stead_close(scan->blocks);
	scan->events = scan->blocks = NULL;
}
