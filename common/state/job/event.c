/*
 * event.c - events of jobs: what happened while a job ran, and how long it took; statistics by event.
 *
 * A duration is stored as a number of nanoseconds, so that sums, means and their rounding are exact, and the same on
 * both databases.
 */
#include "state/job/parts.h"

#include "lib/json.h"

#define MAX_EVENT 200 /* bytes */
#define MAX_ERROR_TYPE 1000
#define MAX_ROWS 10000
#define NANOSECONDS 1000000 /* in a millisecond */
#define MAX_MILLISECONDS 1e12
#define TENTH 100000    /* nanoseconds in 0.1 ms */
#define HALF 1000000000 /* nanoseconds: sums are taken of both halves of a duration, so that none can overflow */
#define MOST_SECONDS ((int64_t)900000000000000) /* of all durations together */

stead_value job_event(stead_call *call, const stead_value *args)
{
	stead_value duration = stead_null(STEAD_INT), labels = args[5], id;

	job_check_id(call, args[0]);
	stead_check_size(call, "event", args[1], 1, MAX_EVENT);
	if (!stead_equals(args[2], "ok") && !stead_equals(args[2], "error"))
		stead_raise(call, STEAD_INVALID, "stead_job_event: status must be ok or error");
	if (!args[3].null) {
		if (!(args[3].real >= 0 && args[3].real <= MAX_MILLISECONDS)) /* not a number is neither */
			stead_raise(call, STEAD_INVALID, "stead_job_event: duration_ms must be 0 to 1000000000000");
		duration = stead_int((int64_t)(args[3].real * NANOSECONDS + 0.5));
	}
	stead_check_size(call, "error_type", args[4], 0, MAX_ERROR_TYPE);
	if (!labels.null) {
		stead_json_scan scan;

		stead_check_object(call, labels, "labels", &scan);
	}
	id = stead_insert_numbered(
		call, &job_tables[JOB_EVENT_TABLE],
		"INSERT INTO stead_job_event (job_id, event, status, duration_ns, error_type, labels,"
		" recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id",
		7, (stead_value[]){args[0], args[1], args[2], duration, args[4], labels, stead_time(stead_now(call))});
	if (id.null)
		stead_raise_not_stored(call, "the event");
	return id;
}

void job_events(stead_call *call, const stead_value *args)
{
	stead_rows *rows;

	job_check_id(call, args[0]);
	if (args[2].integer < 1 || args[2].integer > MAX_ROWS)
		stead_raise(call, STEAD_INVALID, "stead_job_events: max_rows must be 1 to %d", MAX_ROWS);
#define EVENTS                                                                                                         \
	"SELECT id, event, status, duration_ns, error_type, labels, recorded_at FROM stead_job_event WHERE job_id"
#define PAGE " AND id > $2 ORDER BY id LIMIT $3"
	if (args[0].null)
		rows = stead_open(call, EVENTS " IS NULL AND id > $1 ORDER BY id LIMIT $2", 2, args + 1);
	else
		rows = stead_open_as(call, STEAD_CURSOR | STEAD_BY_KEY, EVENTS " = $1" PAGE, 3, args);
	while (stead_next(rows)) {
		stead_value duration = stead_column(rows, 3, STEAD_INT);
		stead_value row[] = {
			stead_column(rows, 0, STEAD_INT),
			stead_column(rows, 1, STEAD_TEXT),
			stead_column(rows, 2, STEAD_TEXT),
			duration.null ? stead_null(STEAD_REAL) : stead_real((double)duration.integer / NANOSECONDS),
			stead_column(rows, 4, STEAD_TEXT),
			stead_shown_json(call, stead_column(rows, 5, STEAD_JSON)),
			stead_column_time(rows, 6),
		};

		stead_emit(call, row);
	}
}

/* So many times 10^9 nanoseconds and the rest, shared among count, in milliseconds rounded to 0.1, half away from zero.
 * None is negative. */
static stead_value rounded(int64_t high, int64_t low, int64_t count)
{
	int64_t tenths, left, mean;

	if (!count)
		return stead_real(0);
	high += low / HALF;
	high = high > MOST_SECONDS ? MOST_SECONDS : high;
	tenths = high * (HALF / TENTH) + low % HALF / TENTH;
	mean = tenths / count;
	left = tenths % count;
	/* the rest of the division is (left + low % TENTH / TENTH) / count */
	if (left > (count - 1) / 2 || (left == (count - 1) / 2 && count % 2 && low % TENTH * 2 >= TENTH))
		mean++;
	return stead_real((double)mean / 10);
}

void job_event_stats(stead_call *call, const stead_value *args)
{
	stead_rows *rows;

	job_check_id(call, args[0]);
	/* a duration that was written by hand may be out of range: the table's CHECK can be dropped */
#define AS_DURATION "CASE WHEN duration_ns BETWEEN 0 AND 1000000000000000000 THEN duration_ns END AS duration"
#define STATS                                                                                                          \
	"SELECT event, count(*), count(*) FILTER (WHERE status = 'ok'), count(*) FILTER (WHERE status = 'error'),"         \
	" count(*) FILTER (WHERE duration IS NOT NULL), min(duration), max(duration),"                                     \
	" CAST(sum(duration / 1000000000) AS bigint), CAST(sum(duration % 1000000000) AS bigint) FROM (SELECT event,"      \
	" status, " AS_DURATION " FROM stead_job_event"
#define BY_EVENT ") AS e GROUP BY event ORDER BY event"
	if (args[0].null)
		rows = stead_open(call, STATS BY_EVENT, 0, NULL);
	else
		rows = stead_open(call, STATS " WHERE job_id = $1" BY_EVENT, 1, args);
	while (stead_next(rows)) {
		int64_t count = stead_column(rows, 4, STEAD_INT).integer;
		stead_value row[7] = {stead_column(rows, 0, STEAD_TEXT)};

		for (int i = 1; i < 4; i++)
			row[i] = stead_column(rows, i, STEAD_INT);
		for (int i = 4; i < STEAD_COUNT(row); i++)
			row[i] = stead_real(0);
		if (count) {
			row[4] = rounded(stead_column(rows, 7, STEAD_INT).integer, stead_column(rows, 8, STEAD_INT).integer, count);
			row[5] = rounded(0, stead_column(rows, 5, STEAD_INT).integer, 1);
			row[6] = rounded(0, stead_column(rows, 6, STEAD_INT).integer, 1);
		}
		stead_emit(call, row);
	}
}

void job_delete_events(stead_call *call, stead_value job_id)
{
	stead_run(call, "DELETE FROM stead_job_event WHERE job_id = $1", 1, &job_id);
}
