/*
 * measure.c - the metrics of retention: what stead_retention knows, without counting rows of a target.
 */
#include "upkeep/retention/policy.h"
#include "core/metric.h"

static const metric policies = {"retention_policies", METRIC_GAUGE, "Targets that have a policy."};
static const metric holds = {"retention_holds", METRIC_GAUGE, "Targets that are held."};
static const metric stopped = {"retention_stopped",
                               METRIC_GAUGE,
                               "1: upkeep does not prune the target, as the safety stop found too many rows at once.",
                               {"target"}};
static const metric overdue = {"retention_overdue_rows",
                               METRIC_GAUGE,
                               "Rows that the latest run left although they are older than the policy allows, by "
                               "target; no sample if they were not counted.",
                               {"target"}};
static const metric deleted = {
	"retention_deleted_rows_total", METRIC_COUNTER, "Rows that runs have deleted, by target.", {"target"}};
static const metric last_run = {"retention_last_run_timestamp_seconds",
                                METRIC_GAUGE,
                                "When the latest run was, by target. A run that deletes nothing is noted once an hour "
                                "at most.",
                                {"target"}};

typedef struct {
	stead_value name, known, deleted, last_run_at, stopped;
} target_row;

void retention_measure(stead_call *call, stead_buffer *out)
{
	stead_value most = stead_int(METRIC_MOST_LABELS);
	retention_names names =
		retention_list_names(call, 0, "SELECT target FROM stead_retention WHERE keep_days IS NOT NULL");
	stead_rows *rows = stead_open(call,
	                              "SELECT target, known_rows, total_deleted, last_run_at, CASE WHEN stopped AND"
	                              " keep_days IS NOT NULL AND hold_reason IS NULL THEN 1 ELSE 0 END"
	                              " FROM stead_retention WHERE last_run_at IS NOT NULL OR stopped"
	                              " ORDER BY target LIMIT $1",
	                              1, &most);
	size_t count = 0, room = 0;
	target_row *list = NULL;

	while (stead_next(rows)) {
		list = stead_grow(call, list, count, &room, sizeof *list);
		list[count++] = (target_row){stead_keep(call, stead_column(rows, 0, STEAD_TEXT)),
		                             stead_column(rows, 1, STEAD_INT), stead_column(rows, 2, STEAD_INT),
		                             stead_column_time(rows, 3), stead_column(rows, 4, STEAD_INT)};
	}
	metric_add(call, out, &policies, stead_int((int64_t)names.count));
	metric_add(call, out, &holds,
	           metric_count(call, 1,
	                        "SELECT count(*) FROM (SELECT 1 FROM stead_retention WHERE hold_reason IS NOT NULL"
	                        " LIMIT $1) AS counted"));
	metric_begin(call, out, &stopped);
	for (size_t i = 0; i < count; i++)
		metric_sample(call, out, &stopped, &list[i].name, list[i].stopped);
	metric_begin(call, out, &overdue);
	for (size_t i = 0; i < count; i++)
		metric_sample(call, out, &overdue, &list[i].name, list[i].known);
	metric_begin(call, out, &deleted);
	for (size_t i = 0; i < count; i++)
		metric_sample(call, out, &deleted, &list[i].name, list[i].deleted);
	metric_begin(call, out, &last_run);
	for (size_t i = 0; i < count; i++)
		metric_sample(call, out, &last_run, &list[i].name, list[i].last_run_at);
}
