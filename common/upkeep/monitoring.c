/*
 * monitoring.c - stead_metrics(): the figures of all modules, in Prometheus's text format.
 *
 * Each module appends its own: see core/metric.h. No module is named here.
 */
#include "core/walk.h"
#include "stead.h"

static stead_value metrics(stead_call *call, const stead_value *args)
{
	stead_buffer out = {0};

	(void)args;
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		if (module->measure)
			module->measure(call, &out);
	return stead_text_n(out.data, out.size);
}

static const stead_function functions[] = {
	{
		.name = "metrics",
		.doc =
			"Returns the figures that an operator watches, in Prometheus's text format 0.0.4: events, failures and "
			"what is not sealed, sessions, users, keys, rate limits, the cache, documents, jobs, retention, "
			"migrations, and the size of the database. A counter, whose name ends in _total, never falls, whatever is "
			"pruned or restarted; all else is a gauge. It counts at most 100000 rows of a table, and no sealed events.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.returns = STEAD_TEXT,
		.call = metrics,
	},
};

const stead_module stead_monitoring = {
	.name = "monitoring",
	.doc = "The figures that an operator watches, for Prometheus.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
