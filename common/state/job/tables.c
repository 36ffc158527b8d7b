/*
 * tables.c - the table and the options of the queue.
 *
 * The indexes are partial, so that a job that has ended costs a claim nothing. Claims ask for one priority, and for one
 * kind or any, and read jobs in the order of run_at and id: so both begin with what is asked for by equality. They are
 * unique because they end in the id, which SQLite would otherwise leave out: then it would sort all jobs of one run_at.
 */
#include "state/job/job.h"

const stead_option job_options[] = {
	[JOB_OPTION_RECOVER_QUEUED] = {"stead.job.recover_queued", "bool", "false",
                                   "stead_job_recover also fails jobs that are queued.", NULL},
	{0},
};

const stead_table job_tables[] = {
	{
		.name = "job",
		.doc = "Jobs: a row for each, queued, running or ended.",
		.schema = 5,
		.columns =
			{
				{"id", STEAD_TEXT, "A UUID of version 7.", .key = true},
				{"tenant", STEAD_TEXT, "Whose it is, as the application says; may be empty."},
				{"kind", STEAD_TEXT, "What is to be done, 1 to 200 bytes."},
				{"status", STEAD_TEXT, "queued, running, succeeded, failed or cancelled; the last three are final."},
				{"request", STEAD_JSON, "What it was created with, as given.", .nullable = true},
				{"result", STEAD_JSON, "What came of it, as given.", .nullable = true},
				{"error", STEAD_TEXT, "Why it, or its last attempt, failed.", .nullable = true},
				{"message", STEAD_TEXT, "What people are shown.", .nullable = true},
				{"priority", STEAD_INT, "Higher ones are claimed first."},
				{"attempts", STEAD_INT, "How often it was begun.", .range = {0, INT32_MAX}},
				{"max_attempts", STEAD_INT, "How often it may be.", .range = {1, INT32_MAX}},
				{"run_at", STEAD_TIME, "When it becomes, or became, due."},
				{"worker", STEAD_TEXT, "Who runs it, or ended it; null: nobody has claimed it.", .nullable = true},
				{"lease_until", STEAD_TIME, "Until when nobody else gets it; null: it is not claimed.",
                 .nullable = true},
				{"idempotency_key", STEAD_TEXT, "Of one tenant and kind, no two jobs have the same.", .nullable = true},
				{"created_at", STEAD_TIME, "When it was created."},
				{"updated_at", STEAD_TIME, "When it last changed."},
			},
		.indexes = {{"due", "priority, run_at, id", "status = 'queued'", .unique = true},
                    {"due_kind", "kind, priority, run_at, id", "status = 'queued'", .unique = true},
                    {"lease", "lease_until", "status = 'running'"},
                    {"ended", "updated_at", JOB_ENDED},
                    {"idempotency", "tenant, kind, idempotency_key", "idempotency_key IS NOT NULL", .unique = true}},
	},
	{0},
};
