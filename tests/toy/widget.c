/*
 * widget.c - widgets: a toy. It is what docs/contributing.md shows as a whole module: a table, an option, a writer, a
 * reader and a retention target. tests/toy/add adds it to a copy of the sources.
 */
#include "core/prune.h"
#include "state/setting/option.h"

static const stead_option options[] = {
	{"stead.widget.most", "int", "100", "How many bytes a widget may have.", "{\"min\":1,\"max\":1000}"},
	{0},
};

static const stead_table tables[] = {
	{
		.name = "widget",
		.doc = "Widgets: one row each.",
		.schema = 4,
		.columns =
			{
				{"name", STEAD_TEXT, "Its name.", .key = true},
				{"added_at", STEAD_TIME, "When it was added."},
			},
		.indexes = {{"age", "added_at"}},
	},
	{0},
};

static stead_value widget_add(stead_call *call, const stead_value *args)
{
	stead_value row[] = {args[0], stead_time(stead_now(call))};

	stead_check_size(call, "name", args[0], 1, (size_t)option_value(call, options));
	return stead_bool(stead_run(call,
	                            "INSERT INTO stead_widget (name, added_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", 2,
	                            row) > 0);
}

static void widget_list(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call, "SELECT name, added_at FROM stead_widget ORDER BY name", 0, NULL);

	(void)args;
	while (stead_next(rows)) {
		stead_value row[] = {stead_column(rows, 0, STEAD_TEXT), stead_column_time(rows, 1)};

		stead_emit(call, row);
	}
}

static int64_t prune_widgets(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline,
                             stead_buffer *details)
{
	(void)details;
	return prune_rows(call,
	                  "DELETE FROM stead_widget WHERE name IN (SELECT name FROM stead_widget WHERE added_at < $1"
	                  " ORDER BY added_at, name LIMIT $2)",
	                  cutoff, max_rows, deadline);
}

static void preview_widgets(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows,
                            stead_value *oldest_at)
{
	prune_preview(call,
	              "SELECT count(*), min(added_at) FROM (SELECT added_at FROM stead_widget WHERE added_at < $1"
	              " ORDER BY added_at LIMIT $2) AS oldest",
	              cutoff, most, expired_rows, oldest_at);
}

static const stead_target targets[] = {
	{"widget", tables, 30, prune_widgets, preview_widgets},
	{0},
};

static const stead_function functions[] = {
	{
		.name = "widget_add",
		.doc = "Adds a widget; returns false if one of that name is there. name: 1 byte to as many as the setting "
			   "stead.widget.most says.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = widget_add,
	},
	{
		.name = "widget_list",
		.doc = "Lists the widgets by name.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.columns = {{"name", STEAD_TEXT}, {"added_at", STEAD_TIME}},
		.rows = widget_list,
	},
};

const stead_module stead_widget = {
	.name = "widget",
	.doc = "Widgets: a toy.",
	.tables = tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = options,
	.targets = targets,
};
