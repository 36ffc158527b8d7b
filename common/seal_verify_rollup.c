/*
 * seal_verify_rollup.c - the rollups against what the blocks folded in. See seal_verify.h.
 *
 * Rollups are too many to hold at once: they are compared in windows of whole days, for each of which the blocks that reach
 * into it are read once more. Events come nearly in order of time, so each block is read about once.
 */
#include "seal_verify.h"

#define WINDOW 50000 /* rollups of a window, but for those of its last day */
#define NO_END INT64_MAX

/* The end of the window that begins at a day: so many hours' rollups on, at the end of a day. After the last rollup one
 * window takes all that blocks say they folded in: of days without any there may be millions. */
static int64_t end_of_window(stead_call *call, int64_t from)
{
	stead_value last =
	    stead_first(call,
	                "SELECT max(bucket_start) FROM (SELECT bucket_start FROM stead_audit_rollup"
	                " WHERE period = 'hour' AND bucket_start >= $1 ORDER BY period, bucket_start LIMIT $2) AS bounded",
	                2, (stead_value[]){stead_time(from), stead_int(WINDOW)}, STEAD_TIME);
	int64_t end;

	end = last.null ? NO_END : stead_bucket_next(STEAD_DAILY, stead_bucket_start(STEAD_DAILY, last.integer));
	return end > STEAD_TIME_MAX ? NO_END : end;
}

/* When the first thing happens at or after a time that is in a rollup or was folded; false: nothing does. */
static bool next_time(stead_call *call, int64_t from, int64_t *first)
{
	stead_value param = stead_time(from), times[3];
	stead_rows *rows = stead_open(call,
	                              "SELECT (SELECT min(bucket_start) FROM stead_audit_rollup WHERE period = 'hour' AND bucket_start >= $1),"
	                              " (SELECT min(bucket_start) FROM stead_audit_rollup WHERE period = 'day' AND bucket_start >= $1),"
	                              " (SELECT min(CASE WHEN first_event_at < $1 THEN $1 ELSE first_event_at END)"
	                              " FROM stead_audit_block WHERE last_event_at >= $1)",
	                              1, &param);
	bool any = false;

	stead_next(rows);
	for (int i = 0; i < STEAD_COUNT(times); i++) {
		times[i] = stead_column(rows, i, STEAD_TIME);
		if (!times[i].null && (!any || times[i].integer < *first)) {
			*first = times[i].integer;
			any = true;
		}
	}
	stead_close(rows);
	return any;
}

/* What the blocks folded into the hours of a window. */
static void collect(seal_verification *now, int64_t from, int64_t until, fold_table *hours, fold_table *days)
{
	stead_value params[] = {stead_time(from), stead_time(until)};
	stead_rows *rows = until == NO_END ? stead_open_many(now->call, "SELECT folded FROM stead_audit_block WHERE last_event_at >= $1", 1, params)
	                                   : stead_open_many(now->call,
	                                                     "SELECT folded FROM stead_audit_block"
	                                                     " WHERE last_event_at >= $1 AND first_event_at < $2",
	                                                     2, params);

	while (stead_next(rows)) {
		stead_value folded = stead_column(rows, 0, STEAD_BYTES);
		size_t offset = 0;
		fold_item item;

		while (fold_read(folded, &offset, &item)) {
			if (item.bucket_start < from || item.bucket_start >= until)
				continue;
			fold_add(now->call, hours, &item);
			item.bucket_start = stead_bucket_start(STEAD_DAILY, item.bucket_start);
			fold_add(now->call, days, &item);
		}
	}
}

static void tell(seal_verification *now, const char *period, int64_t bucket_start, stead_value action, const char *status,
                 const char *what)
{
	char time[STEAD_TIME_SIZE];

	stead_time_format(bucket_start, time);
	verify_report(now, stead_null(STEAD_INT), status, stead_null(STEAD_INT),
	              stead_format(now->call, "the rollup of the %s %.*s, action %.*s, %s", period, STEAD_TIME_SIZE, time,
	                           (int)action.size, action.data, what));
}

static void compare(seal_verification *now, const char *period, int64_t from, int64_t until, fold_table *expected)
{
	stead_value params[] = {stead_text(period), stead_time(from), stead_time(until)};
	stead_rows *rows = until == NO_END
	                       ? stead_open_many(now->call,
	                                         "SELECT bucket_start, action, events, failures, first_event_at, last_event_at"
	                                         " FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2"
	                                         " ORDER BY bucket_start, action",
	                                         2, params)
	                       : stead_open_many(now->call,
	                                         "SELECT bucket_start, action, events, failures, first_event_at, last_event_at"
	                                         " FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2 AND bucket_start < $3"
	                                         " ORDER BY bucket_start, action",
	                                         3, params);

	while (stead_next(rows)) {
		int64_t bucket = stead_column(rows, 0, STEAD_TIME).integer;
		stead_value action = stead_column(rows, 1, STEAD_TEXT);
		fold_item *item = fold_find(expected, bucket, action);

		if (!item) {
			tell(now, period, bucket, action, "added", "is of no event that was sealed");
			continue;
		}
		if (item->events != stead_column(rows, 2, STEAD_INT).integer || item->failures != stead_column(rows, 3, STEAD_INT).integer ||
		    item->first_event_at != stead_column(rows, 4, STEAD_TIME).integer ||
		    item->last_event_at != stead_column(rows, 5, STEAD_TIME).integer)
			tell(now, period, bucket, action, "changed", "is not what was folded into it");
		item->events = 0;
	}
	for (size_t i = 0; i < expected->count; i++)
		if (expected->items[i].events)
			tell(now, period, expected->items[i].bucket_start, expected->items[i].action, "missing", "is gone");
}

void verify_rollups(seal_verification *now)
{
	int64_t from = now->accounts.rollup_cutoff > STEAD_TIME_MIN ? now->accounts.rollup_cutoff : STEAD_TIME_MIN, until = from;

	for (; until != NO_END && next_time(now->call, from, &from); from = until) {
		stead_scope *scope = stead_open_scope(now->call);
		fold_table hours = {0}, days = {0};

		from = stead_bucket_start(STEAD_DAILY, from);
		until = end_of_window(now->call, from);
		collect(now, from, until, &hours, &days);
		compare(now, "hour", from, until, &hours);
		compare(now, "day", from, until, &days);
		stead_close_scope(now->call, scope);
	}
}
