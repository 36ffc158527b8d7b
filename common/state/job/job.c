/*
 * job.c - jobs: a queue that workers claim from, one job each, for the time of a lease. See job.h.
 */
#include "state/job/job.h"

static const stead_function functions[] = {
	{
		.name = "job_create",
		.doc = "Creates a job and returns {\"job_id\":\"<uuid>\",\"created\":true}. kind: 1 to 200 bytes; request: any "
			   "JSON, kept as given. options: a JSON object with any of tenant (at most 200 bytes; '' unless told), "
			   "idempotency_key (1 to 200 bytes), run_at (a time; now unless told), priority (higher first; 0 unless "
			   "told), max_attempts (1 unless told), message (at most 8192 bytes; 'accepted' unless told). If a job of "
			   "the same tenant and kind has the key, its id is returned, with \"created\":false; if its request is "
			   "another, that is an error (conflict). Requests are the same if they differ in nothing but white space "
			   "between tokens. On PostgreSQL, a job that is due now notifies the channel stead_job, with its kind.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"kind", STEAD_TEXT},
                 {"request", STEAD_JSON, .optional = true},
                 {"options", STEAD_JSON, .optional = true}},
		.returns = STEAD_JSON,
		.call = job_create,
	},
};

const stead_module stead_job = {
	.name = "job",
	.doc = "Jobs: a queue with leases, retries and idempotency keys.",
	.tables = job_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = job_options,
};
