/*
 * audit_report.c - statistics, the top values of a dimension, and the histogram of the audit log.
 *
 * The host shows all queries of one call the same state. Counting is left to the database, over indexes where there is
 * one that holds all it needs; no list of events is ever held in memory.
 */
#include "audit_report.h"

#include "text.h"
#include "timestamp.h"

void audit_read_event(stead_rows *rows, stead_value *event)
{
	for (int i = 0; i < EVENT_COLUMNS; i++)
		event[i] = stead_column(rows, i, audit_tables[0].columns[i].type);
}

static audit_filter range(stead_value since, stead_value until)
{
	audit_filter filter = {.needle = NULL};

	for (int i = 0; i < FILTER_KEYS; i++)
		filter.value[i] = stead_null(i == BY_SUCCESS ? STEAD_BOOL : i == SINCE || i == UNTIL ? STEAD_TIME : STEAD_TEXT);
	filter.value[SINCE] = since;
	filter.value[UNTIL] = until;
	return filter;
}

/* ---- stats ------------------------------------------------------------------------------------------------------- */

/* The first column of the only row of "SELECT <what> FROM the events of the filter". */
static stead_value ask(stead_call *call, const audit_filter *filter, const char *what, stead_type type)
{
	audit_query query = {0};
	stead_rows *rows;
	stead_value answer;

	stead_append_text(call, &query.text, what);
	stead_append_text(call, &query.text, " FROM stead_audit_event");
	audit_where(call, &query, filter);
	rows = audit_open(call, &query);
	stead_next(rows);
	answer = stead_keep(call, stead_column(rows, 0, type));
	stead_close(rows);
	return answer;
}

static int64_t count_success(stead_call *call, audit_filter filter, bool success)
{
	filter.value[BY_SUCCESS] = stead_bool(success);
	return ask(call, &filter, "SELECT count(*)", STEAD_INT).integer;
}

/* The events of the filter that did not happen before the given time. */
static int64_t count_from(stead_call *call, audit_filter filter, int64_t time)
{
	if (filter.value[SINCE].null || filter.value[SINCE].integer < time)
		filter.value[SINCE] = stead_time(time);
	return ask(call, &filter, "SELECT count(*)", STEAD_INT).integer;
}

static const char *top_actions(stead_call *call, const audit_filter *filter)
{
	audit_query query = {0};
	stead_buffer json = {0};
	stead_rows *rows;

	stead_append_text(call, &query.text, "SELECT action, count(*) FROM stead_audit_event");
	audit_where(call, &query, filter);
	stead_append_text(call, &query.text, " GROUP BY action ORDER BY count(*) DESC, action LIMIT 10");
	rows = audit_open(call, &query);
	while (stead_next(rows)) {
		stead_append_text(call, &json, json.size ? ",{\"action\":" : "{\"action\":");
		stead_append_json(call, &json, stead_column(rows, 0, STEAD_TEXT));
		stead_append_text(call, &json, ",\"count\":");
		stead_append_json(call, &json, stead_column(rows, 1, STEAD_INT));
		stead_append_text(call, &json, "}");
	}
	return stead_format(call, "[%s]", json.data ? json.data : "");
}

static stead_value recent_failures(stead_call *call, audit_filter filter)
{
	audit_query query = {0};
	stead_buffer json = {0};
	stead_value event[EVENT_COLUMNS];
	stead_rows *rows;

	filter.value[BY_SUCCESS] = stead_bool(false);
	stead_append_text(call, &query.text, "SELECT " EVENT_FIELDS " FROM stead_audit_event");
	audit_where(call, &query, &filter);
	stead_append_text(call, &query.text, " ORDER BY occurred_at DESC, id DESC LIMIT 10");
	rows = audit_open(call, &query);
	stead_append_text(call, &json, "[");
	while (stead_next(rows)) {
		audit_read_event(rows, event);
		stead_append_text(call, &json, json.size > 1 ? "," : "");
		for (int i = 0; i < EVENT_COLUMNS; i++) {
			stead_append_text(call, &json, i ? ",\"" : "{\"");
			stead_append_text(call, &json, audit_tables[0].columns[i].name);
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
	audit_filter filter = range(args[0], args[1]);
	int64_t now = stead_now(call), ok = count_success(call, filter, true), failed = count_success(call, filter, false);

	stead_emit(call, (stead_value[]){
	                     stead_int(ok + failed),
	                     stead_int(ok),
	                     stead_int(failed),
	                     stead_int(count_from(call, filter, stead_bucket_start(STEAD_DAILY, now))),
	                     stead_int(count_from(call, filter, now - 7 * STEAD_DAY)),
	                     ask(call, &filter, "SELECT min(occurred_at)", STEAD_TIME),
	                     ask(call, &filter, "SELECT max(occurred_at)", STEAD_TIME),
	                     stead_json(top_actions(call, &filter)),
	                     recent_failures(call, filter),
	                 });
}

/* ---- top --------------------------------------------------------------------------------------------------------- */

void audit_top(stead_call *call, const stead_value *args)
{
	static const char *const dimensions[] = {"action", "resource_type", "resource_id", "actor_id", "actor_name", "ip_address"};
	audit_filter filter = range(args[1], args[2]);
	audit_query query = {0};
	const char *dimension = NULL, *join;
	stead_rows *rows;

	for (int i = 0; i < STEAD_COUNT(dimensions); i++)
		if (stead_equals(args[0], dimensions[i]))
			dimension = dimensions[i];
	if (!dimension)
		stead_raise(call, STEAD_INVALID, "stead_audit_top: dimension must be action, resource_type, resource_id, actor_id,"
		                                 " actor_name or ip_address");
	if (args[3].integer < 1 || args[3].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_audit_top: max_rows must be 1 to 1000");
	/* the name is one of ours, so it may go into the text */
	stead_append_text(call, &query.text,
	                  stead_format(call, "SELECT %s, count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event",
	                       dimension));
	join = audit_where(call, &query, &filter);
	audit_sql(call, &query,
	          stead_format(call, "%s%s IS NOT NULL GROUP BY %s ORDER BY count(*) DESC, %s LIMIT $", join, dimension, dimension,
	                       dimension),
	          args[3]);
	rows = audit_open(call, &query);
	while (stead_next(rows))
		stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_INT),
		                                 stead_column(rows, 2, STEAD_INT)});
}

/* ---- histogram --------------------------------------------------------------------------------------------------- */

#define MAX_BUCKETS 100000

static int64_t count_bucket(stead_call *call, bool success, int64_t from, int64_t until, stead_value action)
{
	stead_value params[] = {stead_bool(success), stead_time(from), stead_time(until), action};
	stead_rows *rows = action.null ? stead_open(call,
	                                            "SELECT count(*) FROM stead_audit_event"
	                                            " WHERE success = $1 AND occurred_at >= $2 AND occurred_at < $3",
	                                            3, params)
	                               : stead_open(call,
	                                            "SELECT count(*) FROM stead_audit_event WHERE success = $1"
	                                            " AND occurred_at >= $2 AND occurred_at < $3 AND action = $4",
	                                            4, params);
	int64_t count;

	stead_next(rows);
	count = stead_column(rows, 0, STEAD_INT).integer;
	stead_close(rows);
	return count;
}

/* When the first event at or after a time happened, or the end of the range: empty stretches are not queried. */
static int64_t next_event(stead_call *call, int64_t from, int64_t until, stead_value action)
{
	stead_value params[] = {stead_time(from), stead_time(until), action};
	stead_rows *rows =
	    action.null
	        ? stead_open(call, "SELECT min(occurred_at) FROM stead_audit_event WHERE occurred_at >= $1 AND occurred_at < $2", 2,
	                     params)
	        : stead_open(call,
	                     "SELECT min(occurred_at) FROM stead_audit_event"
	                     " WHERE occurred_at >= $1 AND occurred_at < $2 AND action = $3",
	                     3, params);
	stead_value first;

	stead_next(rows);
	first = stead_column(rows, 0, STEAD_TIME);
	stead_close(rows);
	return first.null ? until : first.integer;
}

static stead_bucket read_bucket(stead_call *call, stead_value word)
{
	static const char *const words[] = {"minute", "hour", "day", "week", "month"};

	for (int i = 0; i < STEAD_COUNT(words); i++)
		if (stead_equals(word, words[i]))
			return (stead_bucket)i;
	stead_raise(call, STEAD_INVALID, "stead_audit_histogram: bucket must be minute, hour, day, week or month");
}

void audit_histogram(stead_call *call, const stead_value *args)
{
	stead_bucket bucket = read_bucket(call, args[0]);
	int64_t since = args[1].integer, until = args[2].integer, event = INT64_MIN, buckets = 0;
	int64_t first = stead_bucket_start(bucket, since);

	for (int64_t start = first; since < until && start < until; start = stead_bucket_next(bucket, start))
		if (++buckets > MAX_BUCKETS)
			stead_raise_hint(call, STEAD_INVALID, "Take a larger bucket or a shorter range.",
			                 "stead_audit_histogram: the range has more than %d buckets", MAX_BUCKETS);
	for (int64_t start = first; buckets > 0; start = stead_bucket_next(bucket, start), buckets--) {
		int64_t from = start < since ? since : start, next = stead_bucket_next(bucket, start), ok = 0, failed = 0;
		int64_t to = next > until ? until : next;

		if (event < from)
			event = next_event(call, from, until, args[3]);
		if (event < to) {
			ok = count_bucket(call, true, from, to, args[3]);
			failed = count_bucket(call, false, from, to, args[3]);
		}
		stead_emit(call, (stead_value[]){stead_time(start), stead_int(ok + failed), stead_int(failed)});
	}
}
