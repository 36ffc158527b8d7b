/*
 * update.c - stead_job_update() and stead_job_recover(), for applications that run jobs without claiming them.
 */
#include "state/job/queue.h"

#include <jansson.h>

#include "state/setting/option.h"

enum { STATUS, RESULT, ERROR, MESSAGE, KEYS, WORKER = KEYS, LEASE_UNTIL, ATTEMPTS, KIND, RUN_AT, READ };

static bool is_final(stead_value status)
{
	return !stead_equals(status, "queued") && !stead_equals(status, "running");
}

/* What another status changes beside itself. */
static void change_status(stead_value *row, stead_value status)
{
	if (stead_equals(row[STATUS], "queued") && stead_equals(status, "running") && row[ATTEMPTS].integer < INT32_MAX)
		row[ATTEMPTS].integer++;
	if (!stead_equals(status, "running"))
		row[LEASE_UNTIL] = stead_null(STEAD_TIME);
	if (stead_equals(status, "queued"))
		row[WORKER] = stead_null(STEAD_TEXT);
	row[STATUS] = status;
}

stead_value job_update(stead_call *call, const stead_value *args)
{
	static const stead_arg keys[KEYS] = {
		{"status", STEAD_TEXT}, {"result", STEAD_JSON}, {"error", STEAD_TEXT}, {"message", STEAD_TEXT}};
	static const stead_type types[READ] = {STEAD_TEXT, STEAD_JSON, STEAD_TEXT, STEAD_TEXT, STEAD_TEXT,
	                                       STEAD_TIME, STEAD_INT,  STEAD_TEXT, STEAD_TIME};
	json_t *tree = stead_read_json(call, args[1], "changes");
	stead_value given[KEYS], row[READ];
	int64_t now;
	stead_rows *rows;
	bool was_queued;

	stead_read_object(call, args[1], "changes", keys, KEYS, given);
	job_check_id(call, args[0]);
	stead_check_size(call, "changes.error", given[ERROR], 0, JOB_MAX_ERROR);
	stead_check_size(call, "changes.message", given[MESSAGE], 0, JOB_MAX_MESSAGE);
	if (json_object_get(tree, "status"))
		job_check_status(call, "changes.status", given[STATUS]);
	rows =
		stead_open(call,
	               "SELECT status, result, error, message, worker, lease_until, attempts, kind, run_at FROM stead_job"
	               " WHERE id = $1 FOR UPDATE",
	               1, args);
	if (!stead_next(rows))
		return stead_bool(false);
	for (int i = 0; i < READ; i++)
		row[i] =
			types[i] == STEAD_TIME ? stead_column_time(rows, i) : stead_keep(call, stead_column(rows, i, types[i]));
	stead_close(rows);
	was_queued = stead_equals(row[STATUS], "queued");
	if (!given[STATUS].null && !stead_same(given[STATUS], row[STATUS])) {
		if (is_final(row[STATUS]))
			job_is_final(call, args[0], row[STATUS]);
		change_status(row, given[STATUS]);
	}
	for (int i = RESULT; i < KEYS; i++)
		if (json_object_get(tree, keys[i].name))
			row[i] = given[i];
	now = stead_now(call);
	stead_run(call,
	          "UPDATE stead_job SET status = $2, result = $3, error = $4, message = $5, worker = $6, lease_until = $7,"
	          " attempts = $8, updated_at = $9 WHERE id = $1",
	          9,
	          (stead_value[]){args[0], row[STATUS], row[RESULT], row[ERROR], row[MESSAGE], row[WORKER],
	                          row[LEASE_UNTIL], row[ATTEMPTS], stead_time(now)});
	if (!was_queued && stead_equals(row[STATUS], "queued") && !row[RUN_AT].null && row[RUN_AT].integer <= now)
		job_announce(call, row[KIND]);
	return stead_bool(true);
}

stead_value job_recover(stead_call *call, const stead_value *args)
{
	stead_value params[] = {args[0], stead_time(stead_now(call))};
	int64_t failed;

	stead_check_size(call, "error", args[0], 0, JOB_MAX_MESSAGE);
	failed = stead_run(call,
	                   "UPDATE stead_job SET status = 'failed', error = $1, message = $1, updated_at = $2"
	                   " WHERE status = 'running' AND lease_until IS NULL",
	                   2, params);
	if (option_value(call, &job_options[JOB_OPTION_RECOVER_QUEUED]))
		failed += stead_run(call,
		                    "UPDATE stead_job SET status = 'failed', error = $1, message = $1, updated_at = $2"
		                    " WHERE status = 'queued'",
		                    2, params);
	return stead_int(failed);
}
