/*
 * histogram.c - stead_audit_histogram. The buckets are counted in memory, 24 bytes each.
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
	int64_t (*counts)[2]; /* for each bucket: events, failures */
	int64_t *starts;
	int64_t count;
} histogram;

/* Adds to the bucket that contains a time of the range. */
static void add(histogram *histogram, int64_t time, int64_t events, int64_t failures)
{
	int64_t low = 0, high = histogram->count - 1;

	while (low < high) {
		int64_t middle = (low + high + 1) / 2;

		if (histogram->starts[middle] <= time)
			low = middle;
		else
			high = middle - 1;
	}
	histogram->counts[low][0] = rollup_plus(histogram->call, histogram->counts[low][0], events);
	histogram->counts[low][1] = rollup_plus(histogram->call, histogram->counts[low][1], failures);
}

static void add_rollups(histogram *histogram, const char *period, int64_t from, int64_t until)
{
	stead_value params[] = {stead_text(period), stead_time(from), stead_time(until), histogram->action};
	stead_rows *rows;

	if (from >= until)
		return;
	rows = histogram->action.null ? stead_open_as(histogram->call, STEAD_CURSOR,
	                                              "SELECT bucket_start, " ROLLUP_SUM("events") ", " ROLLUP_SUM(
													  "failures") " FROM stead_audit_rollup WHERE period = $1 AND "
	                                                              "bucket_start >= $2 AND bucket_start < $3"
	                                                              " GROUP BY bucket_start",
	                                              3, params)
	                              : stead_open_as(histogram->call, STEAD_CURSOR,
	                                              "SELECT bucket_start, " ROLLUP_SUM("events") ", " ROLLUP_SUM(
													  "failures") " FROM stead_audit_rollup WHERE period = $1 AND "
	                                                              "bucket_start >= $2 AND bucket_start < $3"
	                                                              " AND action = $4 GROUP BY bucket_start",
	                                              4, params);
	while (stead_next(rows))
		add(histogram, stead_column(rows, 0, STEAD_TIME).integer, rollup_read_sum(histogram->call, rows, 1),
		    rollup_read_sum(histogram->call, rows, 3));
}

/* Adds the events from one time to another, both in one bucket. */
static void add_events(histogram *histogram, int64_t from, int64_t until)
{
	stead_value params[] = {stead_time(from), stead_time(until), histogram->action};
	stead_rows *rows;

	if (from >= until)
		return;
	rows = histogram->action.null
	           ? stead_open_as(histogram->call, STEAD_CURSOR,
	                           "SELECT count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event"
	                           " WHERE occurred_at >= $1 AND occurred_at < $2",
	                           2, params)
	           : stead_open_as(histogram->call, STEAD_CURSOR,
	                           "SELECT count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event"
	                           " WHERE occurred_at >= $1 AND occurred_at < $2 AND action = $3",
	                           3, params);
	while (stead_next(rows))
		add(histogram, from, stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_INT).integer);
}

static void add_tail(histogram *histogram, int64_t from, int64_t until)
{
	stead_query query = {0}, condition = {0};
	stead_rows *rows;

	if (from >= until)
		return;
	stead_query_add(histogram->call, &condition, "occurred_at >= $", stead_time(from));
	stead_query_add(histogram->call, &condition, " AND occurred_at < $", stead_time(until));
	if (!histogram->action.null)
		stead_query_add(histogram->call, &condition, " AND action = $", histogram->action);
	if (!rollup_unsealed(histogram->call, &query, "occurred_at, success", &condition))
		return;
	rows = stead_query_open(histogram->call, &query);
	while (stead_next(rows))
		add(histogram, stead_column(rows, 0, STEAD_TIME).integer, 1, !stead_column(rows, 1, STEAD_BOOL).boolean);
}

/* The time of the first event at or after a time, or the end of the range. With it, empty buckets cost no query. */
static int64_t next_event(const histogram *histogram, int64_t from)
{
	stead_value params[] = {stead_time(from), stead_time(histogram->until), histogram->action}, first;

	first =
		histogram->action.null
			? stead_first(histogram->call,
	                      "SELECT min(occurred_at) FROM stead_audit_event WHERE occurred_at >= $1 AND occurred_at < $2",
	                      2, params, STEAD_TIME)
			: stead_first(histogram->call,
	                      "SELECT min(occurred_at) FROM stead_audit_event"
	                      " WHERE occurred_at >= $1 AND occurred_at < $2 AND action = $3",
	                      3, params, STEAD_TIME);
	return first.null ? histogram->until : first.integer;
}

/* Counts the events themselves, without rollups. */
static void count_events(histogram *histogram)
{
	int64_t event = INT64_MIN;

	for (int64_t i = 0; i < histogram->count; i++) {
		int64_t from = histogram->starts[i] < histogram->since ? histogram->since : histogram->starts[i];
		int64_t until = i + 1 < histogram->count ? histogram->starts[i + 1] : histogram->until;

		if (event < from)
			event = next_event(histogram, from);
		if (event < until)
			add_events(histogram, from, until);
	}
}

static void count_rollups(histogram *histogram)
{
	rollup_range parts = rollup_split(stead_time(histogram->since), stead_time(histogram->until));

	if (histogram->bucket == STEAD_HOUR)
		add_rollups(histogram, "hour", parts.hour_from, parts.hour_until);
	else {
		add_rollups(histogram, "hour", parts.hour_from, parts.day_from);
		add_rollups(histogram, "day", parts.day_from, parts.day_until);
		add_rollups(histogram, "hour", parts.day_until, parts.hour_until);
	}
	if (parts.hour_from < parts.hour_until) { /* the rest of the range at each end lies in one bucket */
		add_events(histogram, parts.since, parts.hour_from);
		add_events(histogram, parts.hour_until, parts.until);
	} else
		count_events(histogram);
	add_tail(histogram, parts.hour_from, parts.hour_until);
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
	histogram histogram = {call, read_bucket(call, args[0]), args[3], args[1].integer, args[2].integer, NULL, NULL, 0};
	int64_t first = stead_bucket_start(histogram.bucket, histogram.since), at = 0;

	for (int64_t start = first; histogram.since < histogram.until && start < histogram.until;
	     start = stead_bucket_next(histogram.bucket, start))
		if (++histogram.count > MAX_BUCKETS)
			stead_raise_hint(call, STEAD_INVALID, "Take a larger bucket or a shorter range.",
			                 "stead_audit_histogram: the range has more than %d buckets", MAX_BUCKETS);
	histogram.counts = stead_alloc(call, (size_t)histogram.count * sizeof *histogram.counts);
	histogram.starts = stead_alloc(call, (size_t)histogram.count * sizeof *histogram.starts);
	for (int64_t start = first; at < histogram.count; start = stead_bucket_next(histogram.bucket, start), at++) {
		histogram.starts[at] = start;
		histogram.counts[at][0] = histogram.counts[at][1] = 0;
	}
	if (histogram.bucket != STEAD_MINUTE && histogram.count && rollup_any(call))
		count_rollups(&histogram);
	else
		count_events(&histogram);
	for (int64_t i = 0; i < histogram.count; i++)
		stead_emit(call, (stead_value[]){stead_time(histogram.starts[i]), stead_int(histogram.counts[i][0]),
		                                 stead_int(histogram.counts[i][1])});
}
