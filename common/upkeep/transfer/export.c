/*
 * export.c - all rows of Stead's tables as lines of JSON, as of one moment.
 *
 * The queries of all tables are opened before the first line, so that they see the same state. Which tables there are,
 * and which columns they have, is in the registry alone.
 */
#include "upkeep/transfer/transfer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/transfer.h"
#include "core/walk.h"
#include "lib/text.h"

typedef struct {
	const stead_table *table;
	stead_rows *rows;
	int columns, section;
	int64_t last;
	bool begun;
} export_table;

typedef struct {
	transfer_progress progress;
	transfer_sections sections;
	export_table *tables;
	int table_count, table; /* the current one */
	int64_t written;
	bool done;
} export_state;

static void append_real(stead_call *call, stead_buffer *line, double real)
{
	char small[40];

	if (isinf(real)) {
		stead_append_text(call, line, real > 0 ? "\"Infinity\"" : "\"-Infinity\"");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(small, sizeof small, "%.*g", digits, real);
		if (strtod(small, NULL) == real)
			break;
	}
	for (char *at = small; *at; at++) /* an application may have set a locale with another decimal point */
		if (!strchr("+-0123456789e", *at))
			*at = '.';
	stead_append_text(call, line, small);
	if (!strpbrk(small, ".e"))
		stead_append_text(call, line, ".0"); /* so that -0 stays what it is */
}

static void append_value(stead_call *call, stead_buffer *line, stead_value value)
{
	char *base64;

	switch (value.null ? STEAD_TEXT : value.type) {
	case STEAD_REAL:
		append_real(call, line, value.real);
		break;
	case STEAD_BYTES:
		base64 = stead_alloc(call, STEAD_BASE64_ROOM(value.size));
		value = stead_text_n(base64, stead_base64_encode((const unsigned char *)value.data, value.size, base64));
		stead_append_text(call, line, "\"");
		stead_append(call, line, value.data, value.size);
		stead_append_text(call, line, "\"");
		break;
	default:
		if (value.type == STEAD_JSON)
			value.type = STEAD_TEXT; /* as a string: its bytes may be hashed */
		stead_append_json(call, line, value);
	}
}

/* Somebody may have written by hand what Stead would not store, and no import could take. */
static bool is_sound(stead_value value)
{
	if (!value.null && value.type == STEAD_REAL && isnan(value.real))
		return false; /* SQLite has none */
	if (value.null || (value.type != STEAD_TEXT && value.type != STEAD_JSON))
		return true;
	return stead_utf8_valid(value.data, value.size) && (!value.size || !memchr(value.data, 0, value.size));
}

static void append_row(stead_call *call, stead_buffer *line, const export_table *of)
{
	for (int i = 0; i < of->columns; i++) {
		const stead_table_column *column = &of->table->columns[i];
		stead_value value;

		if (!stead_column_sound(of->rows, i, column->type, &value) || !is_sound(value))
			stead_raise_hint(call, STEAD_CORRUPT, "Correct the row, or delete it.",
			                 "stead_export: a row of stead_%s has a %s that is not %s", of->table->name, column->name,
			                 column->type == STEAD_TIME ? "a time of years 1 to 9999" : "of its type");
		stead_append_text(call, line, i ? "," : "\"row\":[");
		append_value(call, line, column->local ? stead_null(column->type) : value);
	}
	stead_append_text(call, line, "]");
}

static void append_head(stead_call *call, stead_buffer *line, const export_state *export)
{
	stead_append_text(call, line,
	                  stead_format(call, "\"stead_export\":%d,\"version\":\"%s\",\"schema\":%d,\"database\":\"%s\"",
	                               TRANSFER_FORMAT, STEAD_VERSION, STEAD_VERSION_SCHEMA, stead_backend_name()));
	stead_append_text(call, line, ",\"sections\":[");
	for (int i = 0; i < export->sections.count; i++)
		stead_append_text(call, line, stead_format(call, "%s\"%s\"", i ? "," : "", export->sections.module[i]->name));
	stead_append_text(call, line, "]");
}

static void append_table(stead_call *call, stead_buffer *line, const export_table *of)
{
	stead_append_text(call, line, stead_format(call, "\"table\":\"%s\",\"columns\":[", of->table->name));
	for (int i = 0; i < of->columns; i++)
		stead_append_text(call, line, stead_format(call, "%s\"%s\"", i ? "," : "", of->table->columns[i].name));
	stead_append_text(call, line, stead_format(call, "],\"last\":%" PRId64, of->last));
}

static void append_end(stead_call *call, stead_buffer *line, const export_state *export)
{
	char hex[TRANSFER_HEX];

	transfer_hex(&export->progress, hex);
	stead_append_text(call, line, "\"rows\":{");
	for (int i = 0; i < export->sections.count; i++)
		stead_append_text(call, line,
		                  stead_format(call, "%s\"%s\":%" PRId64, i ? "," : "", export->sections.module[i]->name,
		                               export->sections.rows[i]));
	stead_append_text(call, line, stead_format(call, "},\"sha256\":\"%.*s\"", TRANSFER_HEX, hex));
}

static bool make_line(stead_call *call, void *state, stead_value *values)
{
	export_state *export = state;
	stead_buffer line = {0};
	export_table *of;

	if (export->done)
		return false;
	if (stead_written(call) != export->written)
		stead_raise_hint(call, STEAD_CONFLICT, "Export on a connection that does nothing else until the last line.",
		                 "stead_export: this connection wrote before the export had ended");
	transfer_begin_line(call, &export->progress, &line);
	of = export->table < export->table_count ? &export->tables[export->table] : NULL;
	while (of && of->begun && !stead_next(of->rows))
		of = ++export->table < export->table_count ? &export->tables[export->table] : NULL;
	if (export->progress.lines == 0)
		append_head(call, &line, export);
	else if (!of) {
		append_end(call, &line, export);
		export->done = true;
	} else if (!of->begun) {
		append_table(call, &line, of);
		of->begun = true;
	} else {
		append_row(call, &line, of);
		export->sections.rows[of->section]++;
	}
	transfer_end_line(call, &export->progress, &line);
	values[0] = stead_text_n(line.data, line.size);
	return true;
}

/* ---- What is exported ------------------------------------------------------------------------------------------- */

static bool has_tables(const stead_module *module)
{
	for (const stead_table *table = module->tables; table && table->name; table++)
		if (transfer_moves(table))
			return true;
	return false;
}

static bool is_named(stead_value name, const stead_value *names, int count)
{
	for (int i = 0; i < count; i++)
		if (stead_compare(name, names[i]) == 0)
			return true;
	return false;
}

static void choose_sections(stead_call *call, stead_value wanted, transfer_sections *sections)
{
	stead_value names[TRANSFER_MOST_SECTIONS];
	int count = 0, found = 0;

	if (!wanted.null) {
		stead_check_json(call, wanted, "sections");
		count = stead_read_strings(call, wanted, "sections", TRANSFER_MOST_SECTIONS, names);
	}
	*sections = (transfer_sections){0};
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		if (wanted.null ? !has_tables(module) : !is_named(stead_text(module->name), names, count))
			continue;
		if (sections->count == TRANSFER_MOST_SECTIONS)
			stead_raise(call, STEAD_INTERNAL, "stead_export: there are too many sections");
		sections->module[sections->count++] = module;
	}
	for (int i = 0; i < count; i++) {
		for (found = 0; found < sections->count; found++)
			if (stead_equals(names[i], sections->module[found]->name))
				break;
		if (found == sections->count)
			stead_raise(call, STEAD_INVALID, "stead_export: there is no section \"%.*s\"",
			            (int)stead_utf8_cut(names[i].data, names[i].size > 80 ? 80 : names[i].size), names[i].data);
	}
}

/* A row that refers to another section could not be stored without it, nor before the row that it refers to. */
static void check_references(stead_call *call, const export_state *export, const stead_table *table)
{
	for (int i = 0; i < transfer_columns(table); i++) {
		const char *name = table->columns[i].references;
		const stead_table *other = name ? stead_find_table(name) : NULL;

		bool before = other == table;

		for (int k = 0; k < export->table_count; k++)
			before |= export->tables[k].table == other;
		if (other && transfer_section_of(&export->sections, other) < 0)
			stead_raise_hint(call, STEAD_INVALID, "Name both, or none.",
			                 "stead_export: section \"%s\" needs section \"%s\"", transfer_module(table)->name,
			                 transfer_module(other)->name);
		if (other && !before)
			stead_raise(call, STEAD_INTERNAL, "stead_export: stead_%s must be declared before stead_%s", other->name,
			            table->name);
	}
}

static stead_rows *open_table(stead_call *call, const stead_table *table)
{
	stead_buffer sql = {0};
	bool key = false;

	for (int i = 0; i < transfer_columns(table); i++)
		stead_append_text(call, &sql, stead_format(call, "%st.\"%s\"", i ? ", " : "SELECT ", table->columns[i].name));
	stead_append_text(call, &sql, stead_format(call, " FROM stead_%s AS t", table->name));
	for (int i = 0; i < transfer_columns(table); i++)
		if (table->columns[i].key) {
			stead_append_text(call, &sql,
			                  stead_format(call, "%st.\"%s\"", key ? ", " : " ORDER BY ", table->columns[i].name));
			key = true;
		}
	return stead_open_as(call, STEAD_CURSOR | STEAD_ONE_TIME, sql.data, 0, NULL);
}

void transfer_export(stead_call *call, const stead_value *args)
{
	export_state *export = stead_alloc(call, sizeof *export);
	int count = 0;

	*export = (export_state){0};
	transfer_start(&export->progress);
	choose_sections(call, args[0], &export->sections);
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		count++;
	export->tables = stead_alloc(call, sizeof *export->tables * (size_t)count);
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		export_table *one = &export->tables[export->table_count];
		int section = transfer_section_of(&export->sections, table);

		if (section < 0)
			continue;
		check_references(call, export, table);
		*one = (export_table){.table = table, .columns = transfer_columns(table), .section = section};
		one->rows = open_table(call, table);
		if (table->columns[0].serial)
			one->last = stead_sequence_last(call, table);
		export->table_count++;
	}
	export->written = stead_written(call);
	stead_stream(call, make_line, export);
}
