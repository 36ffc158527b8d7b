/*
 * options.c - how a table is captured: the options of stead_capture_start(), and what stead_capture keeps.
 *
 * With options columns or exclude, the names of the captured columns are fixed when capturing begins. So a column that
 * is excluded stays so after it was renamed: its new name is none of those.
 */
#include "lib/json.h"
#include "trail/capture/parts.h"

#define MOST_COLUMNS 2000 /* as many as a table has in either database */
#define MOST_VALUES 100

enum { OPTION_COLUMNS, OPTION_EXCLUDE, OPTION_WHEN, OPTIONS };
static const stead_arg keys[OPTIONS] = {{"columns", STEAD_JSON}, {"exclude", STEAD_JSON}, {"when", STEAD_JSON}};

/* What a recording stores of each change: the members of the context. */
static const char *const who[] = {"actor_id", "actor_name", "ip_address", "request_id", NULL};

static bool has(const stead_value *names, int count, stead_value name)
{
	for (int i = 0; i < count; i++)
		if (stead_same(names[i], name))
			return true;
	return false;
}

static int read_names(stead_call *call, stead_value json, const char *name, const stead_shape *shape, stead_value *out)
{
	int count = stead_read_strings(call, json, name, MOST_COLUMNS, out);

	for (int i = 0; shape && i < count; i++)
		if (!has(shape->names, shape->count, out[i]))
			stead_raise(call, STEAD_NOT_FOUND, "stead_%s: %s: the table has no column \"%.*s\"", call->function->name,
			            name, (int)out[i].size, out[i].data);
	return count;
}

/* A value of a filter, in the recorded form. */
static stead_value read_value(stead_call *call, stead_value json)
{
	stead_buffer out = {0};

	if (*json.data == '{' || *json.data == '[')
		stead_raise(call, STEAD_INVALID,
		            "stead_%s: options.when: a value must be a string, a number, a boolean or null",
		            call->function->name);
	if (*json.data == '"') {
		stead_value text;

		stead_read_string(call, json, "options.when", &text);
		stead_append_json(call, &out, text);
	} else
		stead_append(call, &out, json.data, json.size);
	return stead_json(stead_string(call, stead_text_n(out.data, out.size)));
}

static void read_filters(stead_call *call, stead_value json, const stead_shape *shape, stead_recording *how)
{
	stead_json_scan scan;
	stead_json_walk walk;
	size_t room = 0;

	stead_check_object(call, json, "options.when", &scan);
	stead_json_enter(&walk, json.data, json.size);
	while (stead_json_member(&walk)) {
		stead_value key = stead_json_n(walk.key, walk.key_size);
		stead_record_filter filter = {.values = stead_alloc(call, MOST_VALUES * sizeof *filter.values)};
		stead_json_walk items;

		stead_read_string(call, key, "options.when", &filter.column);
		if (shape && !has(shape->names, shape->count, filter.column))
			stead_raise(call, STEAD_NOT_FOUND, "stead_%s: options.when: the table has no column \"%.*s\"",
			            call->function->name, (int)filter.column.size, filter.column.data);
		if (*walk.value == '[') {
			stead_json_enter(&items, walk.value, walk.value_size);
			for (; stead_json_member(&items); filter.count++) {
				if (filter.count == MOST_VALUES)
					stead_raise(call, STEAD_INVALID, "stead_%s: options.when: a column may have at most %d values",
					            call->function->name, MOST_VALUES);
				filter.values[filter.count] = read_value(call, stead_json_n(items.value, items.value_size));
			}
		} else
			filter.values[filter.count++] = read_value(call, stead_json_n(walk.value, walk.value_size));
		how->filters = stead_grow(call, how->filters, (size_t)how->filter_count, &room, sizeof *how->filters);
		how->filters[how->filter_count++] = filter;
	}
}

/* The columns that are recorded: all that the array names. */
static stead_value array_of(stead_call *call, const stead_value *names, int count)
{
	stead_buffer json = {0};

	for (int i = 0; i < count; i++) {
		stead_append_text(call, &json, i ? "," : "[");
		stead_append_json(call, &json, names[i]);
	}
	stead_append_text(call, &json, count ? "]" : "[]");
	return stead_json(json.data);
}

static void choose_columns(stead_call *call, const stead_value *given, const stead_shape *shape, capture *out)
{
	stead_value *named = stead_alloc(call, MOST_COLUMNS * sizeof *named);
	bool exclude = !given[OPTION_EXCLUDE].null;
	int count = 0;

	if (!exclude && given[OPTION_COLUMNS].null)
		return;
	if (exclude && !given[OPTION_COLUMNS].null)
		stead_raise(call, STEAD_INVALID, "stead_%s: options must not have both columns and exclude",
		            call->function->name);
	count = read_names(call, given[exclude ? OPTION_EXCLUDE : OPTION_COLUMNS],
	                   exclude ? "options.exclude" : "options.columns", shape, named);
	out->how.columns = stead_alloc(call, (size_t)shape->count * sizeof *named);
	for (int i = 0; i < shape->count; i++) {
		bool key = has(shape->key, shape->key_count, shape->names[i]);

		if (exclude && key && has(named, count, shape->names[i]))
			stead_raise(call, STEAD_INVALID, "stead_%s: options.exclude: \"%.*s\" is a column of the key",
			            call->function->name, (int)shape->names[i].size, shape->names[i].data);
		if (key || has(named, count, shape->names[i]) != exclude)
			out->how.columns[out->how.count++] = shape->names[i];
	}
	out->columns = array_of(call, out->how.columns, out->how.count);
}

void capture_read_options(stead_call *call, stead_value given, const stead_shape *shape, capture *out)
{
	stead_value options[OPTIONS];
	stead_buffer compact = {0};

	*out = (capture){.options = stead_null(STEAD_JSON), .columns = stead_null(STEAD_JSON)};
	out->how = (stead_recording){.target = &capture_tables[CAPTURE_TABLE_CHANGE], .who = who};
	if (given.null)
		return;
	stead_read_object(call, given, "options", keys, OPTIONS, options);
	choose_columns(call, options, shape, out);
	if (!options[OPTION_WHEN].null)
		read_filters(call, options[OPTION_WHEN], shape, &out->how);
	stead_append_json(call, &compact, given);
	out->options = stead_json(compact.data);
}

/* ---- What is kept ----------------------------------------------------------------------------------------------- */

/* What somebody may have written there by hand raises an error. */
static void read_kept(stead_call *call, stead_rows *rows, capture *out)
{
	stead_value options[OPTIONS];

	*out = (capture){.name = stead_keep(call, stead_column(rows, 0, STEAD_TEXT)),
	                 .options = stead_keep(call, stead_column(rows, 1, STEAD_JSON)),
	                 .columns = stead_keep(call, stead_column(rows, 2, STEAD_JSON)),
	                 .started_at = stead_column_time(rows, 3),
	                 .known_from = stead_column_time(rows, 4)};
	out->how = (stead_recording){.target = &capture_tables[CAPTURE_TABLE_CHANGE], .who = who, .name = out->name};
	if (!out->columns.null) {
		stead_check_json(call, out->columns, "columns of stead_capture");
		out->how.columns = stead_alloc(call, MOST_COLUMNS * sizeof *out->how.columns);
		out->how.count =
			stead_read_strings(call, out->columns, "columns of stead_capture", MOST_COLUMNS, out->how.columns);
	}
	if (out->options.null)
		return;
	stead_read_object(call, out->options, "options", keys, OPTIONS, options);
	if (!options[OPTION_WHEN].null)
		read_filters(call, options[OPTION_WHEN], NULL, &out->how);
}

#define KEPT "SELECT table_name, options, columns, started_at, known_from FROM stead_capture"

bool capture_find(stead_call *call, stead_value name, capture *out)
{
	stead_rows *rows = stead_open(call, KEPT " WHERE table_name = $1", 1, &name);
	bool found = stead_next(rows);

	if (found)
		read_kept(call, rows, out);
	stead_close(rows);
	return found;
}

int capture_all(stead_call *call, capture **out)
{
	stead_rows *rows = stead_open(call, KEPT " ORDER BY table_name", 0, NULL);
	size_t count = 0, room = 0;

	*out = NULL;
	while (stead_next(rows)) {
		*out = stead_grow(call, *out, count, &room, sizeof **out);
		read_kept(call, rows, &(*out)[count++]);
	}
	return (int)count;
}

const char *capture_filter_problem(stead_call *call, const stead_shape *shape, const capture *capture)
{
	for (int i = 0; i < capture->how.filter_count; i++) {
		stead_value column = capture->how.filters[i].column;

		if (!has(shape->names, shape->count, column))
			return stead_format(call, "no longer has the column \"%.*s\", which says what rows are captured",
			                    (int)column.size, column.data);
	}
	return NULL;
}

const char *capture_problem(stead_call *call, const stead_foreign *table, const capture *capture)
{
	stead_value options[OPTIONS], *excluded;
	const char *problem;
	stead_shape shape;
	int count;

	if (table->problem)
		return table->error == STEAD_NOT_FOUND ? "does not exist any more" : "is no longer a plain table";
	problem = stead_record_problem(call, table, &capture->how);
	if (problem || capture->options.null)
		return problem;
	shape = stead_shape_of(call, table);
	problem = capture_filter_problem(call, &shape, capture);
	if (problem)
		return problem;
	stead_read_object(call, capture->options, "options", keys, OPTIONS, options);
	if (options[OPTION_EXCLUDE].null)
		return NULL;
	excluded = stead_alloc(call, MOST_COLUMNS * sizeof *excluded);
	count = stead_read_strings(call, options[OPTION_EXCLUDE], "options.exclude", MOST_COLUMNS, excluded);
	for (int i = 0; i < shape.count; i++)
		if (!has(capture->how.columns, capture->how.count, shape.names[i]) && !has(excluded, count, shape.names[i]))
			return stead_format(call, "has the column \"%.*s\", which was added or renamed since and is not captured",
			                    (int)shape.names[i].size, shape.names[i].data);
	return NULL;
}
