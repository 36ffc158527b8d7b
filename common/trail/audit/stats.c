/*
 * stats.c - stead_audit_stats.
 *
 * All queries of one call see the same state. Sealed events are counted by their rollups, the others by reading them
 * once. No list of events is held in memory.
 */
#include "lib/timestamp.h"
#include "trail/audit/report.h"
#include "trail/seal/fold.h"
#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"

/* The most frequent actions, the most frequent first. */
#define TOP 10
typedef struct {
	stead_value action[TOP];
	int64_t count[TOP];
	int used;
} top_list;

/* Adds an action that is not in the list yet, if it is frequent enough. */
static void add_action(stead_call *call, top_list *top, stead_value action, int64_t count)
{
	int at = top->used;

	while (at > 0 && (top->count[at - 1] < count ||
	                  (top->count[at - 1] == count && stead_compare(top->action[at - 1], action) > 0)))
		at--;
	if (at == TOP)
		return;
	if (top->used < TOP)
		top->used++;
	for (int i = top->used - 1; i > at; i--) {
		top->action[i] = top->action[i - 1];
		top->count[i] = top->count[i - 1];
	}
	top->action[at] = stead_keep(call, action);
	top->count[at] = count;
}

static stead_value top_json(stead_call *call, const top_list *top)
{
	stead_buffer json = {0};

	stead_append_text(call, &json, "[");
	for (int i = 0; i < top->used; i++) {
		stead_append_text(call, &json, i ? ",{\"action\":" : "{\"action\":");
		stead_append_json(call, &json, top->action[i]);
		stead_append_text(call, &json, ",\"count\":");
		stead_append_json(call, &json, stead_int(top->count[i]));
		stead_append_text(call, &json, "}");
	}
	stead_append_text(call, &json, "]");
	return stead_json(json.data);
}

typedef struct {
	int64_t events, failures;
	stead_value first, last; /* times */
	top_list top;
} summary;

static void see_times(summary *sum, int64_t first, int64_t last)
{
	if (sum->first.null || first < sum->first.integer)
		sum->first = stead_time(first);
	if (sum->last.null || last > sum->last.integer)
		sum->last = stead_time(last);
}

#define NO_FIRST INT64_MAX /* of an item whose times are not known */
#define NO_LAST INT64_MIN

/* Adds what is in the rollups, and in the incomplete hours at both ends of a range. Rows are added up here: SQLite
 * would sort them. */
static void fold_rollups(stead_call *call, fold_table *actions, const rollup_range *range)
{
	stead_query query = {0};
	stead_rows *rows;
	int64_t sum = 0;

	stead_append_text(call, &query.text, "SELECT action, events, failures FROM ");
	rollup_sealed(call, &query, range);
	rows = stead_query_open(call, &query);
	while (stead_next(rows)) {
		fold_item item = {.action = stead_column(rows, 0, STEAD_TEXT),
		                  .events = stead_column(rows, 1, STEAD_INT).integer,
		                  .failures = stead_column(rows, 2, STEAD_INT).integer,
		                  .first_event_at = NO_FIRST,
		                  .last_event_at = NO_LAST};

		sum = rollup_plus(call, sum, item.events);
		fold_add(call, actions, &item);
	}
}

/* Their first and last times. */
static void read_times(stead_call *call, const rollup_range *range, summary *sum)
{
	stead_query query = {0};
	stead_rows *rows;

	rollup_times(call, &query, range);
	rows = stead_query_open(call, &query);
	while (stead_next(rows)) {
		stead_value first = stead_column(rows, 0, STEAD_TIME), last = stead_column(rows, 1, STEAD_TIME);

		if (!first.null)
			see_times(sum, first.integer, last.integer);
	}
}

static int64_t count_rollups(stead_call *call, const rollup_range *range)
{
	stead_query query = {0};
	stead_rows *rows;
	int64_t count;

	stead_append_text(call, &query.text, "SELECT " ROLLUP_SUM("events") " FROM ");
	rollup_sealed(call, &query, range);
	rows = stead_query_open(call, &query);
	stead_next(rows);
	count = rollup_read_sum(call, rows, 0);
	stead_close(rows);
	return count;
}

/* A range whose events are counted one by one; if there are rollups, those of its whole hours that are not sealed. */
typedef struct {
	int64_t from, until;
} read_range;

static bool has(const read_range *range, int64_t at)
{
	return at >= range->from && at < range->until;
}

/* Adds the events of a query for (occurred_at, action, success), to all three counts at once. */
static void fold_rows(stead_call *call, stead_rows *rows, fold_table *actions, const read_range ranges[3],
                      int64_t counts[3])
{
	while (stead_next(rows)) {
		stead_value time = stead_column_time(rows, 0);
		int64_t at = time.integer;

		if (time.null) /* stead_doctor() names it */
			continue;
		for (int i = 1; i < 3; i++)
			counts[i] += has(&ranges[i], at);
		if (has(&ranges[0], at))
			fold_add(call, actions,
			         &(fold_item){.action = stead_column(rows, 1, STEAD_TEXT),
			                      .events = 1,
			                      .failures = !stead_column(rows, 2, STEAD_BOOL).boolean,
			                      .first_event_at = at,
			                      .last_event_at = at});
	}
}

/* Without blocks, there are no rollups, and the index by time finds the events. */
static void fold_unsealed(stead_call *call, bool rolled, const audit_filter *filter, fold_table *actions,
                          const read_range ranges[3], int64_t counts[3])
{
	stead_query query = {0};

	if (rolled) {
		if (!rollup_unsealed(call, &query, "occurred_at, action, success", NULL))
			return;
	} else {
		stead_append_text(call, &query.text, "SELECT occurred_at, action, success FROM stead_audit_event");
		audit_filter_where(call, &query, filter);
	}
	fold_rows(call, stead_query_open(call, &query), actions, ranges, counts);
}

static void summarise(stead_call *call, const fold_table *actions, summary *sum)
{
	for (size_t i = 0; i < actions->count; i++) {
		const fold_item *item = &actions->items[i];

		sum->events = rollup_plus(call, sum->events, item->events);
		sum->failures = rollup_plus(call, sum->failures, item->failures);
		if (item->first_event_at != NO_FIRST)
			see_times(sum, item->first_event_at, item->last_event_at);
		add_action(call, &sum->top, item->action, item->events);
	}
}

static stead_value recent_failures(stead_call *call, audit_filter filter)
{
	stead_query query = {0};
	stead_buffer json = {0};
	stead_value event[EVENT_COLUMNS];
	stead_rows *rows;

	filter.success = stead_bool(false);
	stead_append_text(call, &query.text, "SELECT " EVENT_FIELDS " FROM stead_audit_event");
	audit_filter_where(call, &query, &filter);
	stead_append_text(call, &query.text, " ORDER BY occurred_at DESC, id DESC LIMIT 10");
	rows = stead_query_open(call, &query);
	stead_append_text(call, &json, "[");
	while (stead_next(rows)) {
		audit_event_read(rows, event);
		stead_append_text(call, &json, json.size > 1 ? "," : "");
		for (int i = 0; i < EVENT_COLUMNS; i++) {
			stead_append_text(call, &json, i ? ",\"" : "{\"");
			stead_append_text(call, &json, event_tables[0].columns[i].name);
			stead_append_text(call, &json, "\":");
			stead_append_json(call, &json, event[i]);
		}
		stead_append_text(call, &json, "}");
	}
	stead_append_text(call, &json, "]");
	return stead_json(json.data);
}

void audit_stats(stead_call *call, const stead_value *args)
{
	audit_filter filter = audit_filter_range(args[0], args[1]);
	int64_t now = stead_now(call), counts[3] = {0}; /* in the range; today and this week, of the range */
	stead_value since[3] = {args[0], stead_time(stead_bucket_start(STEAD_DAILY, now)), stead_time(now - 7 * STEAD_DAY)};
	bool rolled = rollup_any(call);
	fold_table actions = {0};
	read_range ranges[3];
	summary sum = {.first = stead_null(STEAD_TIME), .last = stead_null(STEAD_TIME)};

	for (int i = 0; i < 3; i++) {
		rollup_range range;

		if (!args[0].null && args[0].integer > since[i].integer)
			since[i] = args[0];
		range = rollup_split(since[i], args[1]);
		ranges[i] = rolled ? (read_range){range.hour_from, range.hour_until} : (read_range){range.since, range.until};
		if (rolled && i)
			counts[i] = count_rollups(call, &range);
		else if (rolled) {
			fold_rollups(call, &actions, &range);
			read_times(call, &range, &sum);
		}
	}
	fold_unsealed(call, rolled, &filter, &actions, ranges, counts);
	summarise(call, &actions, &sum);
	stead_emit(call, (stead_value[]){
						 stead_int(sum.events),
						 stead_int(sum.events - sum.failures),
						 stead_int(sum.failures),
						 stead_int(counts[1]),
						 stead_int(counts[2]),
						 sum.first,
						 sum.last,
						 top_json(call, &sum.top),
						 recent_failures(call, filter),
					 });
}
