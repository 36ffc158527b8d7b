/*
 * metric.h - metrics: the lines of stead_metrics(), in Prometheus's text format 0.0.4.
 *
 * A module declares its metrics as data, and appends their samples in its measure(). Names have no prefix stead_. A
 * counter, whose name ends in _total, never falls, whatever is pruned or restarted: what may fall is a gauge. Units are
 * in the name: _seconds, _bytes. A scrape must be cheap, so every count is bounded; the help text says so.
 */
#ifndef STEAD_METRIC_H
#define STEAD_METRIC_H

#include "stead.h"

#define METRIC_MOST 100000      /* rows are counted up to this number */
#define METRIC_MOST_LABELS 1000 /* so many values of a label, such as names of limits, are shown */
#define METRIC_CAPPED " At most 100000 are counted."

typedef enum { METRIC_GAUGE, METRIC_COUNTER } metric_kind;
typedef struct {
	const char *name;
	metric_kind kind;
	const char *help;
	const char *labels[3];
} metric;

/* Appends a metric without labels. A time, or a length of time, is shown in seconds; of a null there is no sample. */
void metric_add(stead_call *call, stead_buffer *out, const metric *metric, stead_value value);
/* The same in parts, for a metric with labels: its head, then any number of samples. */
void metric_begin(stead_call *call, stead_buffer *out, const metric *metric);
void metric_sample(stead_call *call, stead_buffer *out, const metric *metric, const stead_value *labels,
                   stead_value value);
/* The first column, a number, of the only row of a query. It is a literal, as for stead_open(), that takes METRIC_MOST
 * as $1 and, if params is 2, the time of now as $2. */
stead_value metric_count(stead_call *call, int params, const char *sql);
/* How long ago a time was; 0 for one that is ahead, and for a null. */
stead_value metric_age(int64_t now, stead_value time);

#endif
