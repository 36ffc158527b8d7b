/*
 * histogram.c - events by bucket of time. Buckets are counted in memory, of which they take 24 bytes each.
 */
#include "trail/audit/report.h"
#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"
#include "lib/timestamp.h"

#define MAX_BUCKETS 100000

typedef struct {
	stead_call *call;
	stead_bucket bucket;
	stead_value action;
	int64_t since, until;
	int64_t (*counts)[2]; /* of each bucket: events, failures */
	int64_t *starts;
	int64_t count;
} histogram;

/* Adds to the bucket that a time of the range lies in. */
static void add(histogram *of, int64_t time, int64_t events, int64_t failures)
{
	int64_t low = 0, high = of->count - 1;

	while (low < high) {
		int64_t middle = (low + high + 1) / 2;

		if (of->starts[middle] <= time)
			low = middle;
		else
			high = middle - 1;
	}
	if (__builtin_add_overflow(of->counts[low][0], events, &of->counts[low][0]) ||
	    __builtin_add_overflow(of->counts[low][1], failures, &of->counts[low][1]))
		stead_raise_hint(of->call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: the counts in stead_audit_rollup are out of range",
		                 of->call->function->name);
}

static void add_rollups(histogram *of, const char *period, int64_t from, int64_t until)
{
	stead_value params[] = {stead_text(period), stead_time(from), stead_time(until), of->action};
	stead_rows *rows;

	if (from >= until)
		return;
	rows = of->action.null
	           ? stead_open_as(of->call, STEAD_CURSOR, 
	                             "SELECT bucket_start, CAST(sum(events) AS bigint), CAST(sum(failures) AS bigint)"
	                             " FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2 AND bucket_start < $3"
	                             " GROUP BY bucket_start",
	                             3, params)
	           : stead_open_as(of->call, STEAD_CURSOR, 
	                             "SELECT bucket_start, events, failures FROM stead_audit_rollup WHERE period = $1"
	                             " AND bucket_start >= $2 AND bucket_start < $3 AND action = $4",
	                             4, params);
	while (stead_next(rows))
		add(of, stead_column(rows, 0, STEAD_TIME).integer, stead_column(rows, 1, STEAD_INT).integer,
		    stead_column(rows, 2, STEAD_INT).integer);
}

/* Adds the events of a stretch that lies in one bucket. */
static void add_events(histogram *of, int64_t from, int64_t until)
{
	stead_value params[] = {stead_time(from), stead_time(until), of->action};
	stead_rows *rows;

	if (from >= until)
		return;
	rows = of->action.null ? stead_open_as(of->call, STEAD_CURSOR, 
	                                         "SELECT count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event"
	                                         " WHERE occurred_at >= $1 AND occurred_at < $2",
	                                         2, params)
	                       : stead_open_as(of->call, STEAD_CURSOR, 
	                                         "SELECT count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event"
	                                         " WHERE occurred_at >= $1 AND occurred_at < $2 AND action = $3",
	                                         3, params);
	while (stead_next(rows))
		add(of, from, stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_INT).integer);
}

static void add_tail(histogram *of, int64_t from, int64_t until)
{
	stead_query query = {0};
	stead_rows *rows;

	if (from >= until)
		return;
	stead_append_text(of->call, &query.text, "SELECT occurred_at, success FROM (");
	rollup_tail(of->call, &query.text);
	stead_query_add(of->call, &query, ") AS tail WHERE (occurred_at >= $) IS TRUE", stead_time(from));
	stead_query_add(of->call, &query, " AND (occurred_at < $) IS TRUE", stead_time(until));
	if (!of->action.null)
		stead_query_add(of->call, &query, " AND (action = $) IS TRUE", of->action);
	rows = stead_query_open(of->call, &query);
	while (stead_next(rows))
		add(of, stead_column(rows, 0, STEAD_TIME).integer, 1, !stead_column(rows, 1, STEAD_BOOL).boolean);
}

/* When the first event at or after a time happened, or the end of the range: empty stretches are not queried. */
static int64_t next_event(const histogram *of, int64_t from)
{
	stead_value params[] = {stead_time(from), stead_time(of->until), of->action}, first;

	first = of->action.null
	            ? stead_first(of->call, "SELECT min(occurred_at) FROM stead_audit_event WHERE occurred_at >= $1 AND occurred_at < $2", 2,
	                          params, STEAD_TIME)
	            : stead_first(of->call,
	                          "SELECT min(occurred_at) FROM stead_audit_event"
	                          " WHERE occurred_at >= $1 AND occurred_at < $2 AND action = $3",
	                          3, params, STEAD_TIME);
	return first.null ? of->until : first.integer;
}

/* From the events themselves. */
static void count_events(histogram *of)
{
	int64_t event = INT64_MIN;

	for (int64_t i = 0; i < of->count; i++) {
		int64_t from = of->starts[i] < of->since ? of->since : of->starts[i];
		int64_t until = i + 1 < of->count ? of->starts[i + 1] : of->until;

		if (event < from)
			event = next_event(of, from);
		if (event < until)
			add_events(of, from, until);
	}
}

static void count_rollups(histogram *of)
{
	rollup_range parts = rollup_of(stead_time(of->since), stead_time(of->until));

	if (of->bucket == STEAD_HOUR)
		add_rollups(of, "hour", parts.hour_from, parts.hour_until);
	else {
		add_rollups(of, "hour", parts.hour_from, parts.day_from);
		add_rollups(of, "day", parts.day_from, parts.day_until);
		add_rollups(of, "hour", parts.day_until, parts.hour_until);
	}
	if (parts.hour_from < parts.hour_until) { /* each edge lies in one bucket */
		add_events(of, parts.since, parts.hour_from);
		add_events(of, parts.hour_until, parts.until);
	} else
		count_events(of);
	add_tail(of, parts.hour_from, parts.hour_until);
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
	histogram of = {call, read_bucket(call, args[0]), args[3], args[1].integer, args[2].integer, NULL, NULL, 0};
	int64_t first = stead_bucket_start(of.bucket, of.since), at = 0;

	for (int64_t start = first; of.since < of.until && start < of.until; start = stead_bucket_next(of.bucket, start))
		if (++of.count > MAX_BUCKETS)
			stead_raise_hint(call, STEAD_INVALID, "Take a larger bucket or a shorter range.",
			                 "stead_audit_histogram: the range has more than %d buckets", MAX_BUCKETS);
	of.counts = stead_alloc(call, (size_t)of.count * sizeof *of.counts);
	of.starts = stead_alloc(call, (size_t)of.count * sizeof *of.starts);
	for (int64_t start = first; at < of.count; start = stead_bucket_next(of.bucket, start), at++) {
		of.starts[at] = start;
		of.counts[at][0] = of.counts[at][1] = 0;
	}
	if (of.bucket != STEAD_MINUTE && of.count && rollup_any(call))
		count_rollups(&of);
	else
		count_events(&of);
	for (int64_t i = 0; i < of.count; i++)
		stead_emit(call, (stead_value[]){stead_time(of.starts[i]), stead_int(of.counts[i][0]), stead_int(of.counts[i][1])});
}
