/*
 * row.c - what the functions of the queue share. See row.h.
 */
#include "state/job/row.h"

const stead_column_def job_columns[JOB_COLUMNS] = {JOB_COLUMN_LIST};

void job_check_id(stead_call *call, stead_value job_id)
{
	stead_check_size(call, "job_id", job_id, 1, JOB_MAX_NAME);
}

void job_announce(stead_call *call, stead_value kind)
{
	stead_notify(call, "stead_job", stead_string(call, kind));
}

void job_read_row(stead_call *call, stead_rows *rows, stead_value *row)
{
	for (int i = 0; i < JOB_COLUMNS; i++) {
		row[i] =
			job_columns[i].type == STEAD_TIME ? stead_column_time(rows, i) : stead_column(rows, i, job_columns[i].type);
		if (job_columns[i].type == STEAD_JSON)
			row[i] = stead_shown_json(call, row[i]);
	}
}

void job_check_status(stead_call *call, const char *name, stead_value word)
{
	static const char *const words[] = {"queued", "running", "succeeded", "failed", "cancelled"};

	for (int i = 0; i < STEAD_COUNT(words) && !word.null; i++)
		if (stead_equals(word, words[i]))
			return;
	stead_raise(call, STEAD_INVALID, "stead_%s: %s must be queued, running, succeeded, failed or cancelled",
	            call->function->name, name);
}

void job_is_final(stead_call *call, stead_value job_id, stead_value status)
{
	stead_raise(call, STEAD_CONFLICT, "stead_%s: job %.*s is %.*s already", call->function->name, (int)job_id.size,
	            job_id.data, (int)status.size, status.data);
}
