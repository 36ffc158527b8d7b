/*
 * row.c - what the functions of the queue share. See job.h.
 */
#include "state/job/job.h"

void job_check_id(stead_call *call, stead_value job_id)
{
	stead_check_size(call, "job_id", job_id, 1, JOB_MAX_NAME);
}

void job_announce(stead_call *call, stead_value kind)
{
	stead_notify(call, "stead_job", stead_string(call, kind));
}
