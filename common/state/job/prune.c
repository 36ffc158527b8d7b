/*
 * prune.c - the retention target job: jobs that have ended, with all that the module keeps of them.
 */
#include "core/prune.h"

#include "core/upkeep.h"
#include "state/job/parts.h"

#define CHUNK 16 /* jobs deleted until the first look at the clock, if there is a deadline */

/* What is deleted with a job. */
static job_delete_part *const parts[] = {job_delete_events, job_delete_graph, job_delete_artifacts, NULL};

/* Deletes at most that many; returns how many. */
static int64_t prune_some(stead_call *call, int64_t cutoff, int64_t most)
{
	stead_scope *scope = stead_open_scope(call);
	stead_value *ids = NULL;
	size_t count = 0, room = 0;
	stead_rows *rows = stead_open(call,
	                              "DELETE FROM stead_job WHERE updated_at < $1 AND id IN"
	                              " (SELECT id FROM stead_job WHERE " JOB_ENDED " AND updated_at < $1"
	                              " ORDER BY updated_at LIMIT $2) RETURNING id",
	                              2, (stead_value[]){stead_time(cutoff), stead_int(most)});

	while (stead_next(rows)) {
		ids = stead_grow(call, ids, count, &room, sizeof *ids);
		ids[count++] = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	}
	for (size_t i = 0; i < count; i++)
		for (job_delete_part *const *part = parts; *part; part++)
			(*part)(call, ids[i]);
	stead_close_scope(call, scope);
	return (int64_t)count;
}

static int64_t prune_jobs(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details)
{
	int64_t deleted = 0, chunk = CHUNK, wanted, gone;

	(void)details;
	do {
		wanted = max_rows - deleted;
		if (deadline != INT64_MAX && wanted > chunk)
			wanted = chunk;
		chunk *= stead_batch(1, 2);
		gone = prune_some(call, cutoff, wanted);
		deleted += gone;
	} while (gone == wanted && deleted < max_rows && stead_now(call) <= deadline);
	return deleted;
}

static void preview_jobs(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at)
{
	prune_preview(call,
	              "SELECT count(*), min(updated_at) FROM (SELECT updated_at FROM stead_job WHERE " JOB_ENDED
	              " AND updated_at < $1 ORDER BY updated_at LIMIT $2) AS oldest",
	              cutoff, most, expired_rows, oldest_at);
}

const stead_target job_targets[] = {
	{"job", job_tables, -1, prune_jobs, preview_jobs},
	{0},
};
