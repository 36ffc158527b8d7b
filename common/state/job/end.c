/*
 * end.c - what a worker says of its job: it goes on, it is done, it failed; and cancelling.
 *
 * Each is one UPDATE that names the state it asks for. The caller is told why if it changed nothing.
 */
#include "lib/timestamp.h"
#include "state/job/queue.h"

#define MAX_RETRY (10 * 365 * 24 * 3600)

/* $1 is the job, $2 the worker; a null: whoever has it. A queued job has no worker. It does not say status = 'running':
 * that would let PostgreSQL look for the id in the index of leases, which it takes for small. */
#define OPEN_AND_OWN "id = $1 AND (status = 'queued' OR status = 'running') AND ($2 IS NULL OR worker = $2)"

/* An UPDATE changed nothing: false if there is no such job, or it is not the worker's; a final job is a conflict. */
static stead_value refused(stead_call *call, stead_value job_id)
{
	stead_value status = stead_first(call, "SELECT status FROM stead_job WHERE id = $1", 1, &job_id, STEAD_TEXT);

	if (!status.null && !stead_equals(status, "queued") && !stead_equals(status, "running"))
		job_is_final(call, job_id, status);
	return stead_bool(false);
}

stead_value job_heartbeat(stead_call *call, const stead_value *args)
{
	int64_t now;

	job_check_id(call, args[0]);
	stead_check_size(call, "worker", args[1], 1, JOB_MAX_NAME);
	job_check_lease(call, args[2]);
	/* locked first: the new lease begins when nobody has to be waited for */
	if (!stead_any(call, "SELECT 1 FROM stead_job WHERE " OPEN_AND_OWN " FOR UPDATE", 2, args))
		return stead_bool(false);
	now = stead_now(call);
	return stead_bool(stead_run(call, "UPDATE stead_job SET lease_until = $3, updated_at = $4 WHERE " OPEN_AND_OWN, 4,
	                            (stead_value[]){args[0], args[1], stead_time(now + args[2].integer * STEAD_SECOND),
	                                            stead_time(now)}) > 0);
}

stead_value job_finish(stead_call *call, const stead_value *args)
{
	job_check_id(call, args[0]);
	if (!args[1].null)
		stead_check_json(call, args[1], "result");
	stead_check_size(call, "worker", args[2], 1, JOB_MAX_NAME);
	if (stead_run(call,
	              "UPDATE stead_job SET status = 'succeeded', result = $3, error = NULL, lease_until = NULL,"
	              " updated_at = $4 WHERE " OPEN_AND_OWN,
	              4, (stead_value[]){args[0], args[2], args[1], stead_time(stead_now(call))}) == 0)
		return refused(call, args[0]);
	return stead_bool(true);
}

/* Queues a job that failed once more; false: no attempts are left, or it is not the worker's. */
static bool retry(stead_call *call, const stead_value *args, int64_t now)
{
	stead_value kind = stead_returning(
		call,
		"UPDATE stead_job SET status = 'queued', error = $3, run_at = $4, worker = NULL, lease_until = NULL,"
		" updated_at = $5 WHERE " OPEN_AND_OWN " AND attempts < max_attempts RETURNING kind",
		5,
		(stead_value[]){args[0], args[3], args[1], stead_time(now + args[2].integer * STEAD_SECOND), stead_time(now)},
		STEAD_TEXT);

	if (!kind.null && args[2].integer == 0)
		job_announce(call, kind);
	return !kind.null;
}

stead_value job_fail(stead_call *call, const stead_value *args)
{
	int64_t now = stead_now(call);

	job_check_id(call, args[0]);
	stead_check_size(call, "error", args[1], 0, JOB_MAX_ERROR);
	if (!args[2].null && (args[2].integer < 0 || args[2].integer > MAX_RETRY))
		stead_raise(call, STEAD_INVALID, "stead_job_fail: retry_seconds must be 0 to %d", MAX_RETRY);
	stead_check_size(call, "worker", args[3], 1, JOB_MAX_NAME);
	if (!args[2].null && retry(call, args, now))
		return stead_bool(true);
	if (stead_run(call,
	              "UPDATE stead_job SET status = 'failed', error = $3, lease_until = NULL, updated_at = $4"
	              " WHERE " OPEN_AND_OWN,
	              4, (stead_value[]){args[0], args[3], args[1], stead_time(now)}) == 0)
		return refused(call, args[0]);
	return stead_bool(true);
}

stead_value job_cancel(stead_call *call, const stead_value *args)
{
	job_check_id(call, args[0]);
	stead_check_size(call, "cancel_reason", args[1], 0, JOB_MAX_MESSAGE);
	if (stead_run(call,
	              "UPDATE stead_job SET status = 'cancelled', message = coalesce($2, message), lease_until = NULL,"
	              " updated_at = $3 WHERE id = $1 AND (status = 'queued' OR status = 'running')",
	              3, (stead_value[]){args[0], args[1], stead_time(stead_now(call))}) == 0)
		return refused(call, args[0]);
	return stead_bool(true);
}
