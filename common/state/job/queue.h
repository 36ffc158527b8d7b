/*
 * queue.h - the bodies of the queue's functions, whose entries are in job.c.
 */
#ifndef STEAD_JOB_QUEUE_H
#define STEAD_JOB_QUEUE_H

#include "state/job/row.h"

stead_value job_create(stead_call *call, const stead_value *args); /* create.c */
stead_value job_claim(stead_call *call, const stead_value *args);  /* claim.c */
bool job_tick(stead_call *call, int64_t deadline, stead_buffer *report);
stead_measure job_measure;                                            /* measure.c */
stead_value job_heartbeat(stead_call *call, const stead_value *args); /* end.c */
stead_value job_finish(stead_call *call, const stead_value *args);
stead_value job_fail(stead_call *call, const stead_value *args);
stead_value job_cancel(stead_call *call, const stead_value *args);
stead_value job_update(stead_call *call, const stead_value *args); /* update.c */
stead_value job_recover(stead_call *call, const stead_value *args);
void job_list(stead_call *call, const stead_value *args); /* list.c */
void job_stats(stead_call *call, const stead_value *args);

/* Leases, in seconds. */
#define JOB_MAX_LEASE (365 * 24 * 3600)
void job_check_lease(stead_call *call, stead_value seconds); /* lease.c */
/* Takes back jobs whose lease ended before now, at most that many, the longest ended first: they are queued again while
 * attempts are left, else failed. Others' locks are passed over. Returns how many. */
typedef struct {
	int64_t requeued, failed;
} job_taken_back;
int64_t job_take_back(stead_call *call, int64_t now, int64_t most, job_taken_back *taken);

#endif
