/*
 * parts.h - what belongs to a job id, which need not be one of stead_job: events, a graph, artifacts. The bodies of the
 * functions with these names, and what deletes all that belongs to a job.
 */
#ifndef STEAD_JOB_PARTS_H
#define STEAD_JOB_PARTS_H

#include "state/job/job.h"

stead_value job_event(stead_call *call, const stead_value *args);
void job_events(stead_call *call, const stead_value *args);
void job_event_stats(stead_call *call, const stead_value *args);
job_delete_part job_delete_events;

stead_value job_graph_set(stead_call *call, const stead_value *args);
stead_value job_node_set(stead_call *call, const stead_value *args);
stead_value job_graph(stead_call *call, const stead_value *args);
job_delete_part job_delete_graph;

stead_value job_artifact_put(stead_call *call, const stead_value *args);
void job_artifacts(stead_call *call, const stead_value *args);
void job_artifact_get(stead_call *call, const stead_value *args);
job_delete_part job_delete_artifacts;

#endif
