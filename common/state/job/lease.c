/*
 * lease.c - leases that ran out, and the tick of upkeep.
 */
#include "state/job/queue.h"

#include "core/upkeep.h"

#define STEP 100        /* jobs taken back between two pauses */
#define MOST_KINDS 1000 /* told of in one tick */

void job_check_lease(stead_call *call, stead_value seconds)
{
	if (seconds.integer < 1 || seconds.integer > JOB_MAX_LEASE)
		stead_raise(call, STEAD_INVALID, "stead_%s: lease_seconds must be 1 to %d", call->function->name,
		            JOB_MAX_LEASE);
}

int64_t job_take_back(stead_call *call, int64_t now, int64_t most, job_taken_back *taken)
{
	int64_t count = 0;
	bool found = true;

	while (count < most && found) {
		stead_scope *scope = stead_open_scope(call);
		stead_rows *rows = stead_open(
			call,
			"UPDATE stead_job SET status = CASE WHEN attempts < max_attempts THEN 'queued' ELSE 'failed' END,"
			" worker = CASE WHEN attempts < max_attempts THEN NULL ELSE worker END, error = 'the lease ran out',"
			" lease_until = NULL, updated_at = $1 WHERE id = (SELECT id FROM stead_job WHERE status = 'running'"
			" AND lease_until <= $1 ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING status, kind",
			1, (stead_value[]){stead_time(now)});

		found = stead_next(rows);
		if (found) {
			bool queued = stead_equals(stead_column(rows, 0, STEAD_TEXT), "queued");

			if (queued)
				job_announce(call, stead_column(rows, 1, STEAD_TEXT));
			taken->requeued += queued;
			taken->failed += !queued;
			count++;
			while (stead_next(rows))
				;
		}
		stead_close_scope(call, scope);
	}
	return count;
}

/* Is a job of the kind due? Asks priority by priority: jobs of a later time may be many. */
static bool is_due(stead_call *call, stead_value kind, int64_t now, int64_t deadline)
{
	stead_value priority = stead_int(INT64_MAX);

	do {
		priority = stead_first(call,
		                       "SELECT priority FROM stead_job WHERE status = 'queued' AND kind = $1 AND priority < $2"
		                       " ORDER BY priority DESC LIMIT 1",
		                       2, (stead_value[]){kind, priority}, STEAD_INT);
		if (priority.null)
			return false;
		if (stead_any(call,
		              "SELECT 1 FROM stead_job WHERE status = 'queued' AND kind = $1 AND priority = $2 AND run_at <= $3"
		              " LIMIT 1",
		              3, (stead_value[]){kind, priority, stead_time(now)}))
			return true;
	} while (stead_now(call) <= deadline);
	return false;
}

/* Notifies of each kind that has a job due: nobody was there to tell when its time came. A kind is told of again as
 * long as jobs of it wait, so a worker that missed it hears the next. */
static void announce_due(stead_call *call, int64_t deadline)
{
	int64_t now = stead_now(call);
	stead_value kind = stead_text("");

	for (int told = 0; told < MOST_KINDS && stead_now(call) <= deadline;) {
		kind =
			stead_first(call, "SELECT kind FROM stead_job WHERE status = 'queued' AND kind > $1 ORDER BY kind LIMIT 1",
		                1, &kind, STEAD_TEXT);
		if (kind.null)
			return;
		if (is_due(call, kind, now, deadline)) {
			job_announce(call, kind);
			told++;
		}
	}
}

bool job_tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	job_taken_back taken = {0};
	bool more;

	do {
		more = job_take_back(call, stead_now(call), STEP, &taken) == STEP;
		if (more && !stead_pause(call, STEAD_COMMIT_STEP))
			break;
	} while (more && stead_now(call) <= deadline);
	if (!more)
		announce_due(call, deadline);
	if (taken.requeued || taken.failed)
		stead_append_text(call, report,
		                  stead_format(call, ",\"leases_ended\":{\"queued\":%lld,\"failed\":%lld}",
		                               (long long)taken.requeued, (long long)taken.failed));
	return more;
}
