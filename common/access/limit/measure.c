/*
 * measure.c - the metrics of rate limits.
 *
 * What a limit has allowed and refused is the sum of its own row and of its subjects' rows, which upkeep adds to it. A
 * part of that sum could fall, and so be taken for a restart. So the counters have no samples where there are more
 * subjects than are read.
 */
#include "access/limit/limit.h"
#include "core/metric.h"

static const metric subjects = {"limit_subjects",
                                METRIC_GAUGE,
                                "Subjects that are not full again, by limit. At most 100001 of all limits together "
                                "are counted.",
                                {"limit"}};
static const metric takes = {"limit_takes_total",
                             METRIC_COUNTER,
                             "Calls of stead_limit_take, by limit and result. No samples while there are more than "
                             "100000 subjects.",
                             {"limit", "result"}};

typedef struct {
	stead_value name;
	int64_t subjects, allowed, refused;
} limit_row;

void limit_measure(stead_call *call, stead_buffer *out)
{
	stead_rows *rows = stead_open(
		call,
		"SELECT l.name, coalesce(s.subjects, 0), l.allowed + coalesce(s.allowed, 0), l.refused + coalesce(s.refused, 0)"
		" FROM stead_limit l LEFT JOIN (SELECT limit_name, count(*) AS subjects, CAST(sum(allowed) AS bigint) AS"
		" allowed, CAST(sum(refused) AS bigint) AS refused FROM (SELECT limit_name, allowed, refused FROM"
		" stead_limit_subject LIMIT $1) AS counted GROUP BY limit_name) s ON s.limit_name = l.name ORDER BY l.name "
		"LIMIT"
		" $2",
		2, (stead_value[]){stead_int(METRIC_MOST + 1), stead_int(METRIC_MOST_LABELS)});
	size_t count = 0, room = 0;
	limit_row *list = NULL;
	int64_t all = 0;

	while (stead_next(rows)) {
		list = stead_grow(call, list, count, &room, sizeof *list);
		list[count] =
			(limit_row){stead_keep(call, stead_column(rows, 0, STEAD_TEXT)), stead_column(rows, 1, STEAD_INT).integer,
		                stead_column(rows, 2, STEAD_INT).integer, stead_column(rows, 3, STEAD_INT).integer};
		all += list[count++].subjects;
	}
	metric_begin(call, out, &subjects);
	for (size_t i = 0; i < count; i++)
		metric_sample(call, out, &subjects, &list[i].name, stead_int(list[i].subjects));
	metric_begin(call, out, &takes);
	for (size_t i = 0; i < count && all <= METRIC_MOST; i++) {
		metric_sample(call, out, &takes, (stead_value[]){list[i].name, stead_text("allowed")},
		              stead_int(list[i].allowed));
		metric_sample(call, out, &takes, (stead_value[]){list[i].name, stead_text("refused")},
		              stead_int(list[i].refused));
	}
}
