/*
 * metric.c - lines of Prometheus's text format. See metric.h.
 */
#include "core/metric.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/timestamp.h"

void metric_begin(stead_call *call, stead_buffer *out, const metric *metric)
{
	const char *kind = metric->kind == METRIC_COUNTER ? "counter" : "gauge";

	stead_append_text(
		call, out,
		stead_format(call, "# HELP stead_%s %s\n# TYPE stead_%s %s\n", metric->name, metric->help, metric->name, kind));
}

/* A label's value: a backslash, a quote and the end of a line are escaped. */
static void append_label(stead_call *call, stead_buffer *out, stead_value value)
{
	size_t from = 0;

	for (size_t i = 0; !value.null && i < value.size; i++) {
		char c = value.data[i];

		if (c != '\\' && c != '"' && c != '\n')
			continue;
		stead_append(call, out, value.data + from, i - from);
		stead_append_text(call, out, c == '\n' ? "\\n" : c == '"' ? "\\\"" : "\\\\");
		from = i + 1;
	}
	if (!value.null)
		stead_append(call, out, value.data + from, value.size - from);
}

static void append_value(stead_call *call, stead_buffer *out, stead_value value)
{
	char text[48];
	uint64_t size = value.integer < 0 ? -(uint64_t)value.integer : (uint64_t)value.integer;

	if (value.type == STEAD_TIME)
		snprintf(text, sizeof text, " %s%" PRIu64 ".%06" PRIu64 "\n", value.integer < 0 ? "-" : "", size / STEAD_SECOND,
		         size % STEAD_SECOND);
	else
		snprintf(text, sizeof text, " %" PRId64 "\n", value.integer);
	stead_append_text(call, out, text);
}

void metric_sample(stead_call *call, stead_buffer *out, const metric *metric, const stead_value *labels,
                   stead_value value)
{
	if (value.null)
		return;
	stead_append_text(call, out, "stead_");
	stead_append_text(call, out, metric->name);
	for (int i = 0; i < STEAD_COUNT(metric->labels) && metric->labels[i]; i++) {
		stead_append_text(call, out, i ? "\"," : "{");
		stead_append_text(call, out, metric->labels[i]);
		stead_append_text(call, out, "=\"");
		append_label(call, out, labels[i]);
	}
	if (metric->labels[0])
		stead_append_text(call, out, "\"}");
	append_value(call, out, value);
}

void metric_add(stead_call *call, stead_buffer *out, const metric *metric, stead_value value)
{
	metric_begin(call, out, metric);
	metric_sample(call, out, metric, NULL, value);
}

stead_value metric_count(stead_call *call, int params, const char *sql)
{
	return stead_first(call, sql, params, (stead_value[]){stead_int(METRIC_MOST), stead_time(stead_now(call))},
	                   STEAD_INT);
}

stead_value metric_age(int64_t now, stead_value time)
{
	return stead_time(time.null || time.integer > now ? 0 : now - time.integer);
}
