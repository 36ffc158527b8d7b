/*
 * row.h - the row of a job as stead_job_list and stead_job_claim give it, and what the functions of the queue share.
 */
#ifndef STEAD_JOB_ROW_H
#define STEAD_JOB_ROW_H

#include "state/job/job.h"

#define JOB_MAX_MESSAGE 8192      /* bytes */
#define JOB_MAX_ERROR (64 * 1024) /* bytes: an error may hold a stack trace */

#define JOB_FIELDS                                                                                                     \
	"id, tenant, kind, status, request, result, error, message, priority, attempts, run_at, worker, lease_until,"      \
	" created_at, updated_at"
#define JOB_COLUMN_LIST                                                                                                \
	{"job_id", STEAD_TEXT}, {"tenant", STEAD_TEXT}, {"kind", STEAD_TEXT}, {"status", STEAD_TEXT},                      \
		{"request", STEAD_JSON}, {"result", STEAD_JSON}, {"error", STEAD_TEXT}, {"message", STEAD_TEXT},               \
		{"priority", STEAD_INT}, {"attempts", STEAD_INT}, {"run_at", STEAD_TIME}, {"worker", STEAD_TEXT},              \
		{"lease_until", STEAD_TIME}, {"created_at", STEAD_TIME},                                                       \
	{                                                                                                                  \
		"updated_at", STEAD_TIME                                                                                       \
	}
enum { JOB_ID, JOB_TENANT, JOB_KIND, JOB_STATUS, JOB_REQUEST, JOB_COLUMNS = 15 };
extern const stead_column_def job_columns[];

/* Reads the current row of a query whose columns are JOB_FIELDS. A time that somebody wrote by hand and that is none is
 * a null. */
void job_read_row(stead_call *call, stead_rows *rows, stead_value *row);

/* Raises, with the name of what it was given as, if it is no status. */
void job_check_status(stead_call *call, const char *name, stead_value word);

/* Raises: a job has ended, and keeps its status. */
_Noreturn void job_is_final(stead_call *call, stead_value job_id, stead_value status);

/* Tells workers that listen that a job of a kind is due (NOTIFY stead_job). */
void job_announce(stead_call *call, stead_value kind);

#endif
