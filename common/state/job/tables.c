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
	[JOB_OPTION_ARTIFACT_KINDS] = {"stead.job.artifact_kinds", "json",
                                   "[\"input\",\"output\",\"log\",\"report\",\"other\"]",
                                   "The kinds of artifacts, as a JSON array.", NULL},
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
	[JOB_EVENT_TABLE] =
		{
			.name = "job_event",
			.doc = "Events of jobs.",
			.schema = 5,
			.columns =
				{
					{"id", STEAD_INT, "Number of the event.", .key = true, .serial = true},
					{"job_id", STEAD_TEXT, "The job, which need not be one of stead_job; null: none.",
                     .nullable = true},
					{"event", STEAD_TEXT, "What happened, 1 to 200 bytes."},
					{"status", STEAD_TEXT, "ok or error."},
					{"duration_ns", STEAD_INT, "How long it took, in nanoseconds.", .nullable = true,
                     .range = {0, INT64_C(1000000000000000000)}},
					{"error_type", STEAD_TEXT, "What kind of an error it was.", .nullable = true},
					{"labels", STEAD_JSON, "A JSON object, as given.", .nullable = true},
					{"recorded_at", STEAD_TIME, "When it was noted."},
				},
			.indexes = {{"job", "job_id"}},
		},
	{
		.name = "job_graph",
		.doc = "Graphs of jobs: a row for each. Who changes a graph locks its row.",
		.schema = 5,
		.columns =
			{
				{"job_id", STEAD_TEXT, "The job, which need not be one of stead_job.", .key = true},
				{"edges", STEAD_JSON, "A JSON array of {\"from\":..,\"to\":..}."},
				{"updated_at", STEAD_TIME, "When the graph, or a node, last changed."},
			},
	},
	{
		.name = "job_node",
		.doc = "The nodes of graphs.",
		.schema = 5,
		.columns =
			{
				{"job_id", STEAD_TEXT, "The job.", .key = true},
				{"node_id", STEAD_TEXT, "1 to 200 bytes.", .key = true},
				{"position", STEAD_INT, "Its place among the nodes as given."},
				{"agent_name", STEAD_TEXT, "Who works on it.", .nullable = true},
				{"status", STEAD_TEXT, "pending, running, success, failed or skipped."},
				{"started_at", STEAD_JSON, "A JSON string or number, as given.", .nullable = true},
				{"finished_at", STEAD_JSON, "The same.", .nullable = true},
				{"error", STEAD_JSON, "The same.", .nullable = true},
			},
		.indexes = {{"status", "job_id, status"}},
	},
	{
		.name = "job_artifact",
		.doc = "Artifacts of jobs: a row for each.",
		.schema = 5,
		.columns =
			{
				{"id", STEAD_TEXT, "A UUID of version 7.", .key = true},
				{"job_id", STEAD_TEXT, "The job, which need not be one of stead_job."},
				{"kind", STEAD_TEXT, "One of the setting stead.job.artifact_kinds."},
				{"name", STEAD_TEXT, "1 to 1000 bytes."},
				{"size_bytes", STEAD_INT, "The size of its content.", .range = {0, 64 << 20}},
				{"sha256", STEAD_BYTES, "SHA-256 of its content."},
				{"created_at", STEAD_TIME, "When it was stored."},
			},
		.indexes = {{"job", "job_id, created_at"}},
	},
	{
		.name = "job_artifact_part",
		.doc = "The content of artifacts, in parts of 1 MiB.",
		.schema = 5,
		.columns =
			{
				{"artifact_id", STEAD_TEXT, "The artifact.", .key = true, .references = "job_artifact"},
				{"part", STEAD_INT, "0, 1, ...", .key = true, .range = {0, 63}},
				{"content", STEAD_BYTES, "1 MiB, or less in the last part."},
			},
	},
	{0},
};
