/*
 * report.c - stead_audit_stats and stead_audit_top.
 *
 * All queries of one call see the same state. The database counts, by an index-only scan where it can, and no list of
 * events is held in memory.
 */
#include "trail/audit/report.h"

#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"
#include "lib/timestamp.h"

void audit_event_read(stead_rows *rows, stead_value *event)
{
	for (int i = 0; i < EVENT_COLUMNS; i++)
		event[i] = stead_column(rows, i, event_tables[0].columns[i].type);
}

/* ---- stats ----------------------------------------------------------------------------------------------------- */

/* Runs "SELECT <what> FROM stead_audit_event" with the filter; returns the first column of its only row. */
static stead_value select_one(stead_call *call, const audit_filter *filter, const char *what, stead_type type)
{
	stead_query query = {0};
	stead_rows *rows;
	stead_value answer;

	stead_append_text(call, &query.text, what);
	stead_append_text(call, &query.text, " FROM stead_audit_event");
	audit_filter_where(call, &query, filter);
	rows = stead_query_open(call, &query);
	stead_next(rows);
	answer = stead_keep(call, stead_column(rows, 0, type));
	stead_close(rows);
	return answer;
}

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

/* Up to so many actions are counted one by one, each by its index: that is faster than grouping all events. */
#define FEW_ACTIONS 100

/* False: there are more actions than that. */
static bool count_few(stead_call *call, const audit_filter *filter, top_list *top)
{
	stead_value action = stead_text("");

	for (int i = 0; i < FEW_ACTIONS; i++) {
		audit_filter action_filter = *filter;

		action =
			stead_first(call, "SELECT min(action) FROM stead_audit_event WHERE action > $1", 1, &action, STEAD_TEXT);
		if (action.null)
			return true;
		action_filter.wanted[FILTER_ACTION] = (filter_texts){.given = true, .exact = {&action, 1}};
		int64_t count = select_one(call, &action_filter, "SELECT count(*)", STEAD_INT).integer;

		if (count)
			add_action(call, top, action, count);
	}
	return false;
}

static void count_all(stead_call *call, const audit_filter *filter, top_list *top)
{
	stead_query query = {0};
	stead_rows *rows;

	top->used = 0;
	stead_append_text(call, &query.text, "SELECT action, count(*) FROM stead_audit_event");
	audit_filter_where(call, &query, filter);
	stead_append_text(call, &query.text, " GROUP BY action ORDER BY count(*) DESC, action LIMIT 10");
	rows = stead_query_open(call, &query);
	while (stead_next(rows))
		add_action(call, top, stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_INT).integer);
}

static void summarise_events(stead_call *call, const audit_filter *filter, summary *sum)
{
	audit_filter failed = *filter;

	failed.success = stead_bool(false);
	sum->events = select_one(call, filter, "SELECT count(*)", STEAD_INT).integer;
	sum->failures = select_one(call, &failed, "SELECT count(*)", STEAD_INT).integer;
	sum->first = select_one(call, filter, "SELECT min(occurred_at)", STEAD_TIME);
	sum->last = select_one(call, filter, "SELECT max(occurred_at)", STEAD_TIME);
	if (!count_few(call, filter, &sum->top))
		count_all(call, filter, &sum->top);
}

static void summarise_rollups(stead_call *call, stead_value since, stead_value until, summary *sum)
{
	rollup_range range = rollup_split(since, until);
	stead_query query = {0};
	stead_rows *rows;

	*sum = (summary){.first = stead_null(STEAD_TIME), .last = stead_null(STEAD_TIME)};
	stead_append_text(call, &query.text,
	                  "SELECT action, " ROLLUP_SUM("events") ", " ROLLUP_SUM(
						  "failures") ", min(first_event_at), max(last_event_at) FROM ");
	rollup_parts(call, &query, &range);
	stead_append_text(call, &query.text, " GROUP BY action");
	rows = stead_query_open(call, &query);
	while (stead_next(rows)) {
		int64_t events = rollup_read_sum(call, rows, 1);
		stead_value first = stead_column(rows, 5, STEAD_TIME), last = stead_column(rows, 6, STEAD_TIME);

		sum->events = rollup_plus(call, sum->events, events);
		sum->failures = rollup_plus(call, sum->failures, rollup_read_sum(call, rows, 3));
		if (sum->first.null || first.integer < sum->first.integer)
			sum->first = first;
		if (sum->last.null || last.integer > sum->last.integer)
			sum->last = last;
		add_action(call, &sum->top, stead_column(rows, 0, STEAD_TEXT), events);
	}
}

/* Counts the events of the range at or after a time. */
static int64_t count_from(stead_call *call, bool rolled, const stead_value *args, int64_t time)
{
	stead_value since = args[0].null || args[0].integer < time ? stead_time(time) : args[0];
	rollup_range range_of = rollup_split(since, args[1]);
	stead_query query = {0};
	audit_filter filter;
	stead_rows *rows;
	int64_t count;

	if (!rolled) {
		filter = audit_filter_range(since, args[1]);
		return select_one(call, &filter, "SELECT count(*)", STEAD_INT).integer;
	}
	stead_append_text(call, &query.text, "SELECT " ROLLUP_SUM("events") " FROM ");
	rollup_parts(call, &query, &range_of);
	rows = stead_query_open(call, &query);
	stead_next(rows);
	count = rollup_read_sum(call, rows, 0);
	stead_close(rows);
	return count;
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
	bool rolled = rollup_any(call);
	int64_t now = stead_now(call);
	summary sum = {0};

	if (rolled)
		summarise_rollups(call, args[0], args[1], &sum);
	else
		summarise_events(call, &filter, &sum);
	stead_emit(call, (stead_value[]){
						 stead_int(sum.events),
						 stead_int(sum.events - sum.failures),
						 stead_int(sum.failures),
						 stead_int(count_from(call, rolled, args, stead_bucket_start(STEAD_DAILY, now))),
						 stead_int(count_from(call, rolled, args, now - 7 * STEAD_DAY)),
						 sum.first,
						 sum.last,
						 top_json(call, &sum.top),
						 recent_failures(call, filter),
					 });
}

/* ---- top ------------------------------------------------------------------------------------------------------- */

void audit_top(stead_call *call, const stead_value *args)
{
	static const char *const dimensions[] = {"action",   "resource_type", "resource_id",
	                                         "actor_id", "actor_name",    "ip_address"};
	audit_filter filter = audit_filter_range(args[1], args[2]);
	stead_query query = {0};
	const char *dimension = NULL, *join;
	stead_rows *rows;

	for (int i = 0; i < STEAD_COUNT(dimensions); i++)
		if (stead_equals(args[0], dimensions[i]))
			dimension = dimensions[i];
	if (!dimension)
		stead_raise(call, STEAD_INVALID,
		            "stead_audit_top: dimension must be action, resource_type, resource_id, actor_id,"
		            " actor_name or ip_address");
	if (args[3].integer < 1 || args[3].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_audit_top: max_rows must be 1 to 1000");
	if (stead_equals(args[0], "action") && rollup_any(call)) {
		rollup_range parts = rollup_split(args[1], args[2]);

		stead_append_text(call, &query.text,
		                  "SELECT action, " ROLLUP_SUM("events") ", " ROLLUP_SUM("failures") " FROM ");
		rollup_parts(call, &query, &parts);
		stead_query_add(call, &query, " GROUP BY action ORDER BY 2 DESC, 3 DESC, 1 LIMIT $", args[3]);
		rows = stead_query_open(call, &query);
		while (stead_next(rows))
			stead_emit(call,
			           (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_int(rollup_read_sum(call, rows, 1)),
			                           stead_int(rollup_read_sum(call, rows, 3))});
		return;
	}
	/* safe to put into SQL: the name is one of the list above */
	stead_append_text(call, &query.text,
	                  stead_format(call,
	                               "SELECT %s, count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event",
	                               dimension));
	join = audit_filter_where(call, &query, &filter);
	stead_query_add(call, &query,
	                stead_format(call, "%s%s IS NOT NULL GROUP BY %s ORDER BY count(*) DESC, %s LIMIT $", join,
	                             dimension, dimension, dimension),
	                args[3]);
	rows = stead_query_open(call, &query);
	while (stead_next(rows))
		stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_INT),
		                                 stead_column(rows, 2, STEAD_INT)});
}
