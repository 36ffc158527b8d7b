/*
 * complete.c - the end of an import: all lines have come, and their rows are stored, in one transaction.
 *
 * The tables of its sections are kept from others, and must have no rows. If anything is wrong, the call fails, and
 * stores nothing.
 */
#include "upkeep/transfer/transfer.h"

#include <inttypes.h>

#include "core/transfer.h"
#include "core/walk.h"

#define MOST_ROWS 256

typedef struct {
	const stead_table *table;
	int64_t last; /* see stead_sequence_last() */
} complete_table;

typedef struct {
	stead_call *call;
	transfer_sections sections;
	complete_table *tables; /* those that came, in the registry's order */
	int table_count;
	const stead_table *table; /* the current one */
	int columns;
	int64_t *rows; /* the number of its section's rows */
	int64_t line;
	stead_value values[MOST_ROWS * STEAD_MAX_COLUMNS];
	int64_t count; /* rows in values */
	bool ended;
} complete_state;

static bool has_rows(stead_call *call, const stead_table *table)
{
	stead_rows *rows =
		stead_open_as(call, STEAD_ONE_TIME, stead_format(call, "SELECT 1 FROM stead_%s LIMIT 1", table->name), 0, NULL);
	bool found = stead_next(rows);

	stead_close(rows);
	return found;
}

void transfer_refuse_rows(stead_call *call, const transfer_sections *sections)
{
	stead_buffer list = {0};

	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		if (transfer_section_of(sections, table) >= 0 && has_rows(call, table))
			stead_append_text(call, &list, stead_format(call, "%sstead_%s", list.size ? ", " : "", table->name));
	if (list.size)
		stead_raise_hint(call, STEAD_CONFLICT, "Import into a database where only stead_init() was called.",
		                 "stead_import: there are rows in %s", list.data);
}

static void store_rows(complete_state *complete)
{
	if (complete->count &&
	    stead_store_rows(complete->call, complete->table, complete->count, complete->values) != complete->count)
		stead_raise(complete->call, STEAD_CORRUPT,
		            "stead_import: rows of stead_%s were not stored: a trigger suppressed them", complete->table->name);
	complete->count = 0;
}

/* Tables come in the registry's order, so that a row comes after those that it refers to. */
static void begin_table(complete_state *complete, stead_value members)
{
	const stead_table *after = complete->table_count ? complete->tables[complete->table_count - 1].table : NULL, *found;
	complete_table *next = &complete->tables[complete->table_count++];

	store_rows(complete);
	next->table = transfer_read_table(complete->call, complete->line, members, &complete->sections, &next->last);
	for (found = after; (found = stead_next_table(found)) && found != next->table;)
		;
	if (!found)
		stead_raise(complete->call, STEAD_INVALID, "stead_import: line %" PRId64 " has stead_%s in the wrong place",
		            complete->line, next->table->name);
	complete->table = next->table;
	complete->columns = transfer_columns(next->table);
	complete->rows = &complete->sections.rows[transfer_section_of(&complete->sections, next->table)];
}

static void take_row(complete_state *complete, stead_value members)
{
	if (!complete->table)
		stead_raise(complete->call, STEAD_INVALID, "stead_import: line %" PRId64 " is not a line of an export",
		            complete->line);
	transfer_read_row(complete->call, complete->line, members, complete->table,
	                  complete->values + complete->count * complete->columns);
	++*complete->rows;
	if (++complete->count == MOST_ROWS)
		store_rows(complete);
}

static void take_line(complete_state *complete, stead_value line, const char hex[TRANSFER_HEX])
{
	stead_value members = transfer_members(complete->call, ++complete->line, line), begin = members, source;

	if (complete->line == 1)
		return transfer_read_head(complete->call, members, &complete->sections, &source);
	if (transfer_skip(&begin, "\"row\":["))
		take_row(complete, members);
	else if (transfer_skip(&begin, "\"rows\":{")) {
		store_rows(complete);
		transfer_read_end(complete->call, complete->line, members, &complete->sections, hex);
		complete->ended = true;
	} else
		begin_table(complete, members);
}

static stead_value read_piece(stead_call *call, int64_t piece)
{
	stead_value number = stead_int(piece);
	stead_value lines =
		stead_first(call, "SELECT lines FROM stead_transfer_piece WHERE piece = $1", 1, &number, STEAD_TEXT);

	if (lines.null)
		stead_raise(call, STEAD_CORRUPT, "stead_import: stead_transfer_piece was changed by hand");
	return lines;
}

static void lock_tables(stead_call *call, const transfer_sections *sections)
{
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		if (transfer_section_of(sections, table) >= 0)
			stead_lock_table(call, table);
	transfer_refuse_rows(call, sections); /* somebody may have written since the first line came */
}

/* At the very end, as a sequence does not go back if the call fails. */
static void number_on(complete_state *complete)
{
	for (int i = 0; i < complete->table_count; i++) {
		const complete_table *one = &complete->tables[i];

		if (!one->table->columns[0].serial)
			continue;
		if (one->last)
			stead_sequence_continue(complete->call, one->table, one->last);
		stead_sequence_repair(complete->call, one->table);
	}
}

static void tell_modules(complete_state *complete)
{
	const stead_table **tables = stead_alloc(complete->call, sizeof *tables * (size_t)(complete->table_count + 1));

	for (int i = 0; i < complete->table_count; i++)
		tables[i] = complete->tables[i].table;
	tables[complete->table_count] = NULL;
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		if (module->imported)
			module->imported(complete->call, tables);
}

static const char *sections_json(stead_call *call, const transfer_sections *sections)
{
	stead_buffer json = {0};

	stead_append_text(call, &json, "{");
	for (int i = 0; i < sections->count; i++)
		stead_append_text(
			call, &json,
			stead_format(call, "%s\"%s\":%" PRId64, i ? "," : "", sections->module[i]->name, sections->rows[i]));
	stead_append_text(call, &json, "}");
	return json.data;
}

const char *transfer_complete(stead_call *call, int64_t pieces, const char hex[TRANSFER_HEX])
{
	complete_state *complete = stead_alloc(call, sizeof *complete);
	size_t tables = 0;

	*complete = (complete_state){.call = call};
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		tables++;
	complete->tables = stead_alloc(call, sizeof *complete->tables * (tables + 1));
	for (int64_t piece = 1; piece <= pieces; piece++) {
		stead_scope *scope = stead_open_scope(call);
		stead_value lines = read_piece(call, piece), line;

		while (transfer_next_line(&lines, &line)) {
			take_line(complete, line, hex);
			if (complete->line == 1)
				lock_tables(call, &complete->sections);
		}
		store_rows(complete); /* their texts go with the piece */
		stead_close_scope(call, scope);
	}
	if (!complete->ended)
		stead_raise(call, STEAD_CORRUPT, "stead_import: stead_transfer_piece was changed by hand");
	number_on(complete);
	tell_modules(complete);
	return sections_json(call, &complete->sections);
}
