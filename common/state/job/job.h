/*
 * job.h - the queue's table, job ids, and what is deleted with a job.
 *
 * stead_job is the queue. Events, graphs and artifacts belong to a job id, which need not be one of stead_job.
 */
#ifndef STEAD_JOB_H
#define STEAD_JOB_H

#include "stead.h"

#define JOB_MAX_NAME 200 /* bytes of an id, a kind, a tenant, a worker, an idempotency key */

/* As the index of ended jobs says it: a query that is to use it says the same. */
#define JOB_ENDED "(status = 'succeeded' OR status = 'failed' OR status = 'cancelled')"

enum { JOB_TABLE, JOB_EVENT_TABLE };
extern const stead_table job_tables[]; /* the first is stead_job */
enum { JOB_OPTION_RECOVER_QUEUED, JOB_OPTION_ARTIFACT_KINDS };
extern const stead_option job_options[];
extern const stead_target job_targets[];

/* Raises unless a job id is of 1 to JOB_MAX_NAME bytes. */
void job_check_id(stead_call *call, stead_value job_id);

/* What the parts of the module keep of a job: retention calls each with the id of a job that it deletes. A part adds
 * its function to the list in prune.c. */
typedef void job_delete_part(stead_call *call, stead_value job_id);

#endif
