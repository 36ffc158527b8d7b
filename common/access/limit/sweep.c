/*
 * sweep.c - upkeep of rate limits: deletes the subjects that are full again, which are like subjects that never took.
 */
#include "access/limit/limit.h"
#include "core/upkeep.h"
#include "lib/gcra.h"
#include "lib/timestamp.h"

#define SWEEP_ROWS 1000
#define SWEEP_EVERY (3600 * STEAD_SECOND) /* at the latest */

typedef struct {
	int64_t now, deleted;
	bool worked;
} sweep;

/* Looks at the next subjects of the limit that is due, in the order of the key, and deletes those that are full. There
 * is no index by full_at: it would make each take costlier. */
static void sweep_step(stead_call *call, void *data)
{
	sweep *sweep = data;
	stead_value now = stead_time(sweep->now), limit[2], last, subject[3];
	int64_t allowed = 0, refused = 0, every = 0;
	stead_value keys[SWEEP_ROWS];
	int count = 0;
	stead_rows *rows;
	gcra rate;

	sweep->worked = false;
	/* a time further ahead than there is any is from a clock that was wrong */
	rows = stead_open(call,
	                  "SELECT name, swept_to, max_count, per_seconds, burst FROM stead_limit WHERE sweep_at <= $1 OR"
	                  " sweep_at > $2 ORDER BY sweep_at, name LIMIT 1",
	                  2, (stead_value[]){now, stead_time(sweep->now + 2 * SWEEP_EVERY)});
	if (!stead_next(rows))
		return;
	limit[0] = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	limit[1] = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
	if (limit[1].null)
		limit[1] = stead_text("");
	/* all that is there now is full, unless it takes again, once burst * T has passed */
	if (gcra_define(stead_column(rows, 2, STEAD_INT).integer, stead_column(rows, 3, STEAD_INT).integer,
	                stead_column(rows, 4, STEAD_INT).integer, &rate))
		every = rate.full.us;
	every = every < STEAD_SECOND ? STEAD_SECOND : every > SWEEP_EVERY ? SWEEP_EVERY : every;
	stead_close(rows);
	last = stead_first(call,
	                   "SELECT subject FROM stead_limit_subject WHERE limit_name = $1 AND subject > $2"
	                   " ORDER BY subject LIMIT 1 OFFSET 999",
	                   2, limit, STEAD_TEXT);
	rows = stead_open(call,
	                  "SELECT subject, allowed, refused FROM stead_limit_subject WHERE limit_name = $1 AND subject > $2"
	                  " AND ($3 IS NULL OR subject <= $3) AND full_at < $4 ORDER BY subject LIMIT 1000 FOR UPDATE SKIP"
	                  " LOCKED",
	                  4, (stead_value[]){limit[0], limit[1], last, stead_int(sweep->now)});
	for (; stead_next(rows); count++) {
		keys[count] = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
		allowed += stead_column(rows, 1, STEAD_INT).integer;
		refused += stead_column(rows, 2, STEAD_INT).integer;
	}
	subject[0] = limit[0];
	for (int i = 0; i < count; i++) {
		subject[1] = keys[i];
		stead_run(call, "DELETE FROM stead_limit_subject WHERE limit_name = $1 AND subject = $2", 2, subject);
	}
	stead_run(call,
	          "UPDATE stead_limit SET allowed = allowed + $2, refused = refused + $3, swept_to = $4, sweep_at = $5"
	          " WHERE name = $1",
	          5,
	          (stead_value[]){limit[0], stead_int(allowed), stead_int(refused), last,
	                          last.null ? stead_time(sweep->now + every) : now});
	sweep->deleted += count;
	sweep->worked = true;
}

bool limit_tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	const char *failed = NULL;
	sweep sweep = {0};
	bool left = false;

	do {
		stead_scope *scope = stead_open_scope(call);

		sweep.now = stead_now(call);
		failed = stead_attempt(call, sweep_step, &sweep);
		if (failed) /* the message lives in the scope, which then ends with the call */
			break;
		stead_close_scope(call, scope);
		left = sweep.worked && (!stead_pause(call, STEAD_COMMIT_STEP) || stead_now(call) > deadline);
	} while (sweep.worked && !left);
	if (sweep.deleted)
		stead_append_text(call, report, stead_format(call, ",\"limit_subjects\":%lld", (long long)sweep.deleted));
	if (failed) {
		stead_append_text(call, report, ",\"limit_failed\":");
		stead_append_json(call, report, stead_text(failed));
	}
	return left;
}
