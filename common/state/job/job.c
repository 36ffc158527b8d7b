/*
 * job.c - jobs: a queue that workers claim from, one job each, for the time of a lease. See job.h and queue.h.
 */
#include "state/job/parts.h"
#include "state/job/queue.h"

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
	{
		.name = "job_claim",
		.doc =
			"Claims jobs for a worker, and returns them as a JSON array of objects with the keys that "
			"stead_job_list has as columns: jobs that are queued and due, by priority (higher first), then run_at, "
			"then id. worker: 1 to 200 bytes, another for each process; kinds: a JSON array of at most 100 kinds; any "
			"unless told; lease_seconds: 1 to 31536000; max_jobs: 1 to 1000. The answer has fewer once it has 16 MiB. "
			"A job that is claimed is running, and nobody else gets it before its lease ends. First, jobs whose lease "
			"has ended are queued again while they have attempts left, else failed. No caller waits for another on "
			"PostgreSQL; a serialization failure in REPEATABLE READ is to be tried again.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"worker", STEAD_TEXT},
                 {"kinds", STEAD_JSON, .optional = true},
                 {"lease_seconds", STEAD_INT, .fallback = "60"},
                 {"max_jobs", STEAD_INT, .fallback = "1"}},
		.returns = STEAD_JSON,
		.call = job_claim,
	},
	{
		.name = "job_heartbeat",
		.doc = "Begins the lease of a worker's job anew: it ends lease_seconds (1 to 31536000) from now. Returns false "
			   "if the job is not this worker's any more; then the worker should stop.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}, {"worker", STEAD_TEXT}, {"lease_seconds", STEAD_INT, .fallback = "60"}},
		.returns = STEAD_BOOL,
		.call = job_heartbeat,
	},
	{
		.name = "job_finish",
		.doc =
			"Ends a job as succeeded, with its result. With worker, only while the job is that worker's. Returns false "
			"if it is not, or there is no such job. A job that has ended already is an error (conflict).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT},
                 {"result", STEAD_JSON, .optional = true},
                 {"worker", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = job_finish,
	},
	{
		.name = "job_fail",
		.doc =
			"Ends a job as failed, with an error of at most 65536 bytes. With retry_seconds (0 to 315360000), the job "
			"is queued again while it has attempts left, due then. With worker, only while the job is that worker's. "
			"Returns false if it is not, or there is no such job. A job that has ended already is an error "
			"(conflict).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT},
                 {"error", STEAD_TEXT},
                 {"retry_seconds", STEAD_INT, .optional = true},
                 {"worker", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = job_fail,
	},
	{
		.name = "job_cancel",
		.doc = "Ends a job as cancelled; cancel_reason (at most 8192 bytes) becomes its message. A worker that has the "
			   "job learns it from stead_job_heartbeat. Returns false if there is no such job. A job that has ended "
			   "already is an error (conflict).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}, {"cancel_reason", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = job_cancel,
	},
	{
		.name = "job_update",
		.doc =
			"Changes a job, for applications that do not claim. changes: a JSON object with any of status (queued, "
			"running, succeeded, failed, cancelled), result, error, message; null removes one of the last three. From "
			"queued to running is an attempt. Returns false if there is no such job. Leaving a final status "
			"(succeeded, failed, cancelled) is an error (conflict).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}, {"changes", STEAD_JSON}},
		.returns = STEAD_BOOL,
		.call = job_update,
	},
	{
		.name = "job_recover",
		.doc = "To be called after a restart: fails the jobs that are running without a lease, which nobody runs any "
			   "more, and, if the setting stead.job.recover_queued is true, those that are queued. error (at most 8192 "
			   "bytes) becomes their error and their message. Returns how many.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"error", STEAD_TEXT}},
		.returns = STEAD_INT,
		.call = job_recover,
	},
	{
		.name = "job_list",
		.doc =
			"Lists jobs, the newest first. filter: a JSON object with any of job_id, tenant, kind, status, since, "
			"until (times of creation: from since on, before until); all of them must match. An unknown status "
			"is an error (invalid). max_rows: 1 to 1000. To get the next page, pass the next_page of the last row, "
			"with the same filter.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"filter", STEAD_JSON, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "50"},
                 {"page", STEAD_TEXT, .optional = true}},
		.columns = {JOB_COLUMN_LIST, {"next_page", STEAD_TEXT}},
		.rows = job_list,
	},
	{
		.name = "job_stats",
		.doc = "Counts jobs by kind and status, sorted bytewise; oldest_at is when the oldest of them was created. It "
			   "reads all jobs.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.columns = {{"kind", STEAD_TEXT}, {"status", STEAD_TEXT}, {"jobs", STEAD_INT}, {"oldest_at", STEAD_TIME}},
		.rows = job_stats,
	},
	{
		.name = "job_event",
		.doc = "Notes an event of a job; returns its number. job_id: 1 to 200 bytes, or null; it need not be one of "
			   "stead_job. event: 1 to 200 bytes; status: ok or error; duration_ms: 0 to 1000000000000, kept to the "
			   "nanosecond; error_type: at most 1000 bytes; labels: a JSON object.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT, .nullable = true},
                 {"event", STEAD_TEXT},
                 {"status", STEAD_TEXT, .fallback = "ok"},
                 {"duration_ms", STEAD_REAL, .optional = true},
                 {"error_type", STEAD_TEXT, .optional = true},
                 {"labels", STEAD_JSON, .optional = true}},
		.returns = STEAD_INT,
		.call = job_event,
	},
	{
		.name = "job_events",
		.doc = "Lists the events of a job, oldest first; of null, those without a job. Pass the id of the last one as "
			   "after_id for the next ones; on PostgreSQL, an event can have a lower id than one that was committed "
			   "before it, so whoever follows them asks for the last ones again. max_rows: 1 to 10000.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT, .nullable = true},
                 {"after_id", STEAD_INT, .fallback = "0"},
                 {"max_rows", STEAD_INT, .fallback = "1000"}},
		.columns = {{"id", STEAD_INT},
                    {"event", STEAD_TEXT},
                    {"status", STEAD_TEXT},
                    {"duration_ms", STEAD_REAL},
                    {"error_type", STEAD_TEXT},
                    {"labels", STEAD_JSON},
                    {"recorded_at", STEAD_TIME}},
		.rows = job_events,
	},
	{
		.name = "job_event_stats",
		.doc =
			"Counts the events of a job, or of all, by event, and gives the mean, the least and the greatest duration "
			"in milliseconds: rounded to 0.1, half away from zero; 0 where no event has a duration.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT, .optional = true}},
		.columns = {{"event", STEAD_TEXT},
                    {"total", STEAD_INT},
                    {"ok", STEAD_INT},
                    {"error", STEAD_INT},
                    {"avg_ms", STEAD_REAL},
                    {"min_ms", STEAD_REAL},
                    {"max_ms", STEAD_REAL}},
		.rows = job_event_stats,
	},
	{
		.name = "job_graph_set",
		.doc = "Replaces the graph of a job; returns its overall status. nodes: a JSON array of objects with id (1 to "
			   "200 bytes) and any of agent_name (at most 1000 bytes), status (pending unless told), started_at, "
			   "finished_at, error (strings or numbers, kept as given). edges: a JSON array of objects with from and "
			   "to, ids of nodes. A cycle is an error.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}, {"nodes", STEAD_JSON}, {"edges", STEAD_JSON}},
		.returns = STEAD_TEXT,
		.call = job_graph_set,
	},
	{
		.name = "job_node_set",
		.doc = "Sets the status of a node: pending, running, success, failed or skipped. Returns the overall status: "
			   "failed if any node is failed, else running if any is running, else pending if any is pending, or there "
			   "are no nodes, else skipped if all are skipped, else success. changes: a JSON object with any of "
			   "started_at, finished_at, error; null takes it away. A graph or node that is not there is an error (not "
			   "found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT},
                 {"node_id", STEAD_TEXT},
                 {"status", STEAD_TEXT},
                 {"changes", STEAD_JSON, .optional = true}},
		.returns = STEAD_TEXT,
		.call = job_node_set,
	},
	{
		.name = "job_graph",
		.doc = "Returns the graph of a job as a JSON object: nodes and edges, in the order given, and overall_status. "
			   "Null if there is none.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = job_graph,
	},
	{
		.name = "job_artifact_put",
		.doc = "Stores what a job made; returns the artifact's id, a UUID. kind: one of the setting "
			   "stead.job.artifact_kinds, a JSON array; name: 1 to 1000 bytes; content: at most 64 MiB.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}, {"kind", STEAD_TEXT}, {"name", STEAD_TEXT}, {"content", STEAD_BYTES}},
		.returns = STEAD_TEXT,
		.call = job_artifact_put,
	},
	{
		.name = "job_artifacts",
		.doc = "Lists the artifacts of a job, oldest first. sha256: in lower-case hexadecimal.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}},
		.columns = {{"artifact_id", STEAD_TEXT},
                    {"kind", STEAD_TEXT},
                    {"name", STEAD_TEXT},
                    {"size_bytes", STEAD_INT},
                    {"sha256", STEAD_TEXT},
                    {"created_at", STEAD_TIME}},
		.rows = job_artifacts,
	},
	{
		.name = "job_artifact_get",
		.doc = "Returns the content of an artifact of the job; no row if it has none of that id. Computes its SHA-256: "
			   "if that is not the stored one, it is an error (corrupt).",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"job_id", STEAD_TEXT}, {"artifact_id", STEAD_TEXT}},
		.columns = {{"content", STEAD_BYTES}, {"name", STEAD_TEXT}, {"kind", STEAD_TEXT}, {"sha256", STEAD_TEXT}},
		.rows = job_artifact_get,
	},
};

const stead_module stead_job = {
	.name = "job",
	.doc = "Jobs: a queue with leases, retries and idempotency keys.",
	.tables = job_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = job_options,
	.targets = job_targets,
	.tick = job_tick,
	.measure = job_measure,
};
