/*
 * measure.c - the metrics of jobs.
 *
 * Jobs that have ended are pruned, so their number is no counter. Indexes have those that are queued or running.
 */
#include "state/job/queue.h"
#include "core/metric.h"

#define MOST_ENDED 10000

static const metric jobs = {"job_rows",
                            METRIC_GAUGE,
                            "Jobs by status. At most 100000 that are queued or running are counted; of those that "
                            "have ended, the latest 10000.",
                            {"status"}};
static const metric due = {"job_due_rows", METRIC_GAUGE, "Jobs that are queued and due." METRIC_CAPPED};
static const metric age = {"job_oldest_due_age_seconds", METRIC_GAUGE,
                           "For how long the oldest job that is queued has been due; 0: none is due."};
static const metric run_out = {"job_lease_run_out_rows", METRIC_GAUGE,
                               "Jobs that are running, but whose lease has ended." METRIC_CAPPED};

static void add_ended(stead_call *call, stead_buffer *out)
{
	static const char *const statuses[] = {"succeeded", "failed", "cancelled"};
	stead_value most = stead_int(MOST_ENDED);
	stead_rows *rows =
		stead_open(call,
	               "SELECT count(*) FILTER (WHERE status = 'succeeded'), count(*) FILTER (WHERE status = 'failed'),"
	               " count(*) FILTER (WHERE status = 'cancelled') FROM (SELECT status FROM stead_job WHERE " JOB_ENDED
	               " ORDER BY updated_at DESC LIMIT $1) AS latest",
	               1, &most);

	stead_next(rows);
	for (int i = 0; i < STEAD_COUNT(statuses); i++)
		metric_sample(call, out, &jobs, (stead_value[]){stead_text(statuses[i])}, stead_column(rows, i, STEAD_INT));
	stead_close(rows);
}

void job_measure(stead_call *call, stead_buffer *out)
{
	int64_t now = stead_now(call), queued, queued_due;
	stead_value oldest, params[] = {stead_int(METRIC_MOST), stead_time(now)};
	stead_rows *rows = stead_open(call,
	                              "SELECT count(*), count(*) FILTER (WHERE run_at <= $2), min(run_at) FROM"
	                              " (SELECT run_at FROM stead_job WHERE status = 'queued' LIMIT $1) AS waiting",
	                              2, params);

	stead_next(rows);
	queued = stead_column(rows, 0, STEAD_INT).integer;
	queued_due = stead_column(rows, 1, STEAD_INT).integer;
	oldest = stead_column_time(rows, 2);
	stead_close(rows);
	metric_begin(call, out, &jobs);
	metric_sample(call, out, &jobs, (stead_value[]){stead_text("queued")}, stead_int(queued));
	metric_sample(call, out, &jobs, (stead_value[]){stead_text("running")},
	              metric_count(call, 1,
	                           "SELECT count(*) FROM (SELECT 1 FROM stead_job WHERE status = 'running' LIMIT $1)"
	                           " AS counted"));
	add_ended(call, out);
	metric_add(call, out, &due, stead_int(queued_due));
	metric_add(call, out, &age, metric_age(now, oldest));
	metric_add(call, out, &run_out,
	           metric_count(call, 2,
	                        "SELECT count(*) FROM (SELECT 1 FROM stead_job WHERE status = 'running'"
	                        " AND lease_until <= $2 LIMIT $1) AS counted"));
}
