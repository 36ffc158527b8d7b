/*
 * trigger.c - the triggers of Stead's tables: those that keep a table append-only, those that invalidate caches, and
 * those that note the number of a deleted last row.
 *
 * They are plain SQL, so that the tables work without Stead loaded.
 */
#include "begin.h"
#include "schema.h"

#include <stdlib.h>
#include <string.h>

const char *const trigger_names[TRIGGERS_PER_TABLE] = {"note_last",     "no_update",      "no_delete",
                                                       "no_replace",    "signal_insert",  "signal_update",
                                                       "signal_delete", "signal_replace", "signal_replace_by_update"};

/* Appends to a condition: the row has the values of NEW in all of these columns. */
static void append_same(stead_call *call, stead_buffer *sql, const stead_table *table, const char *columns,
                        const char *where)
{
	stead_append_text(call, sql, stead_format(call, "EXISTS (SELECT 1 FROM stead_%s WHERE ", table->name));
	while (*columns) {
		int size = (int)strcspn(columns, ", ");

		stead_append_text(call, sql, stead_format(call, "%.*s = NEW.%.*s", size, columns, size, columns));
		columns += size;
		columns += strspn(columns, ", ");
		stead_append_text(call, sql, *columns ? " AND " : "");
	}
	stead_append_text(call, sql, where ? stead_format(call, " AND (%s))", where) : ")");
}

/* A condition: would the new row replace another one, by any of the table's keys? SQLite shows a number that it has yet
 * to choose as -1, which a CHECK lets no row have: there is nothing to look up. */
static const char *replaced_sql(stead_call *call, const stead_table *table)
{
	stead_buffer sql = {0}, key = {0};

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (table->columns[i].key || table->columns[i].serial)
			stead_append_text(call, &key, stead_format(call, "%s%s", key.size ? ", " : "", table->columns[i].name));
	if (table->columns[0].serial)
		stead_append_text(call, &sql, stead_format(call, "NEW.%s <> -1 AND ", table->columns[0].name));
	append_same(call, &sql, table, key.data, NULL);
	for (const stead_index *index = table->indexes; index->name; index++)
		if (index->unique && index->columns) {
			stead_append_text(call, &sql, " OR ");
			append_same(call, &sql, table, index->columns, index->where);
		}
	if (has_rowid(table))
		stead_append_text(
			call, &sql,
			stead_format(call, " OR EXISTS (SELECT 1 FROM stead_%s AS t WHERE t.rowid = NEW.rowid)", table->name));
	return sql.data;
}

/* REPLACE deletes rows without firing a DELETE trigger, so a trigger before INSERT is needed. */
static const char *refuse_sql(stead_call *call, const stead_table *table, int kind)
{
	static const char *const verb[] = {[NO_UPDATE] = "UPDATE", [NO_DELETE] = "DELETE", [NO_REPLACE] = "REPLACE"};

	return stead_format(
		call,
		"CREATE TRIGGER stead_%s_%s BEFORE %s ON stead_%s WHEN %s\n"
		"BEGIN SELECT RAISE(ABORT, 'stead_%s is append-only: %s is refused\n"
		"HINT:  Rows are only ever added: add another that corrects this one.'); END",
		table->name, trigger_names[kind], kind == NO_REPLACE ? "INSERT" : verb[kind], table->name,
		kind == NO_REPLACE
			? replaced_sql(call, table)
			: stead_format(call, "NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = '%s')", table->name),
		table->name, verb[kind]);
}

const char *note_number_sql(stead_call *call, const stead_table *table, const char *schema, const char *number)
{
	return stead_format(call,
	                    "INSERT INTO %sstead_sequence (name, last) SELECT '%s', max(%s, coalesce((SELECT seq FROM"
	                    " %ssqlite_sequence WHERE name = 'stead_%s'), 0))\n"
	                    "  WHERE true ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last)",
	                    schema, table->name, number, schema, table->name);
}

/* Of rows that are deleted in any order, the one with the highest number is the last when its turn comes. */
static const char *note_sql(stead_call *call, const stead_table *table)
{
	const char *name = table->name, *id = table->columns[0].name;

	return stead_format(call,
	                    "CREATE TRIGGER stead_%s_note_last AFTER DELETE ON stead_%s\n"
	                    "WHEN NOT EXISTS (SELECT 1 FROM stead_%s WHERE %s > OLD.%s)\n"
	                    "BEGIN %s; END",
	                    name, name, name, id, id, note_number_sql(call, table, "", stead_format(call, "OLD.%s", id)));
}

/* Appends statements that count up the signal of a row: of OLD or NEW, or of the rows that the condition gone
 * selects. */
static void append_signal(stead_call *call, stead_buffer *sql, const stead_table *table, const char *row,
                          const char *gone)
{
	const char *signal = table->invalidate_by
	                         ? stead_format(call, "%s.%s & %d", row, table->invalidate_by, STEAD_BUCKETS - 1)
	                         : stead_format(call, "%d", stead_signal_of(table, 0));

	stead_append_text(call, sql,
	                  "  INSERT INTO stead_signal (signal, generation) VALUES (-1, abs(random() / 4))\n"
	                  "    ON CONFLICT (signal) DO UPDATE SET generation = generation + 1;\n");
	stead_append_text(call, sql,
	                  stead_format(call,
	                               "  INSERT INTO stead_signal (signal, generation)\n"
	                               "    SELECT %s, total.generation FROM stead_signal AS total%s\n"
	                               "    WHERE total.signal = -1%s\n"
	                               "    ON CONFLICT (signal) DO UPDATE SET generation = excluded.generation;\n",
	                               signal, gone ? stead_format(call, ", stead_%s AS gone", table->name) : "",
	                               gone ? stead_format(call, " AND (%s)", gone) : ""));
}

/* Is this column alone a key? */
static bool is_unique(const stead_table *table, const stead_table_column *column)
{
	int keys = 0;

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		keys += table->columns[i].key;
	for (const stead_index *index = table->indexes; index->name; index++)
		if (index->unique && strcmp(index->columns, column->name) == 0)
			return true;
	return column->key && keys == 1;
}

/* Appends a condition with one part for each column that passes the test. False: no column does. */
static bool append_columns(stead_call *call, stead_buffer *sql, const stead_table *table, bool unique,
                           const char *format)
{
	bool any = false;

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
		const stead_table_column *column = &table->columns[i];

		if (unique ? !is_unique(table, column) : column->no_invalidation)
			continue;
		stead_append_text(call, sql, any ? " OR " : "");
		for (const char *at = format; *at; at++)
			if (*at == '$')
				stead_append_text(call, sql, column->name);
			else
				stead_append(call, sql, at, 1);
		any = true;
	}
	return any;
}

/* A trigger that signals a change. Rows that REPLACE deletes are signalled before they are deleted. NULL: the table
 * needs none. */
static const char *signal_sql(stead_call *call, const stead_table *table, int kind)
{
	static const char *const event[] = {"AFTER INSERT", "AFTER UPDATE", "AFTER DELETE", "BEFORE INSERT",
	                                    "BEFORE UPDATE"};
	bool replaces = kind >= SIGNAL_REPLACE, updates = kind == SIGNAL_UPDATE || kind == SIGNAL_REPLACE_BY_UPDATE;
	stead_buffer sql = {0}, gone = {0};

	if ((kind == SIGNAL_INSERT && table->positive_only) ||
	    (replaces && (!table->invalidate_by || !append_columns(call, &gone, table, true, "gone.$ = NEW.$"))))
		return NULL;
	if (replaces && has_rowid(table))
		stead_append_text(call, &gone, " OR gone.rowid = NEW.rowid");
	stead_append_text(call, &sql,
	                  stead_format(call, "CREATE TRIGGER stead_%s_%s %s ON stead_%s\nWHEN ", table->name,
	                               trigger_names[kind], event[kind - SIGNAL_INSERT], table->name));
	if (updates)
		append_columns(call, &sql, table, false, "OLD.$ IS NOT NEW.$");
	if (updates && has_rowid(table))
		stead_append_text(call, &sql, " OR OLD.rowid <> NEW.rowid");
	if (!updates)
		stead_append_text(
			call, &sql,
			replaces ? stead_format(call, "EXISTS (SELECT 1 FROM stead_%s AS gone WHERE %s)", table->name, gone.data)
					 : "true");
	stead_append_text(call, &sql, "\nBEGIN\n");
	if (replaces)
		append_signal(call, &sql, table, "gone", gone.data);
	if (kind == SIGNAL_UPDATE || kind == SIGNAL_DELETE)
		append_signal(call, &sql, table, "OLD", NULL);
	if (kind == SIGNAL_INSERT || (kind == SIGNAL_UPDATE && table->invalidate_by))
		append_signal(call, &sql, table, "NEW", NULL);
	stead_append_text(call, &sql, "END");
	return sql.data;
}

const char *trigger_sql(stead_call *call, const stead_table *table, int kind)
{
	if (kind == NOTE_LAST)
		return table->columns[0].noted_when_deleted ? note_sql(call, table) : NULL;
	if (kind < SIGNAL_INSERT)
		return table->append_only ? refuse_sql(call, table, kind) : NULL;
	return table->cached ? signal_sql(call, table, kind) : NULL;
}

int64_t stead_run_permitted(stead_call *call, const stead_table *table, const char *sql, int count,
                            const stead_value *params)
{
	stead_value name = stead_text(table->name);
	int64_t changed;

	stead_run(call, "INSERT OR IGNORE INTO stead_permit (name) VALUES ($1)", 1, &name);
	changed = stead_run(call, sql, count, params);
	stead_run(call, "DELETE FROM stead_permit", 0, NULL);
	return changed;
}

/* Does exactly this trigger exist? */
static bool has_trigger(stead_call *call, const char *sql)
{
	sqlite3_stmt *statement = prepare(call, "SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND sql = ?");
	int code;

	sqlite3_bind_text(statement, 1, sql, -1, SQLITE_STATIC);
	code = step_own(statement);
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return code == SQLITE_ROW;
}

bool lacks_trigger(stead_call *call, const stead_table *table, int kind)
{
	const char *sql = trigger_sql(call, table, kind);

	return sql && stead_has_table(call, table) && !has_trigger(call, sql);
}

bool has_signals(stead_call *call)
{
	if (ask(call, "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = $1 COLLATE NOCASE",
	        "stead_signal"))
		return false; /* it could suppress the writes of our triggers */
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		for (int i = SIGNAL_INSERT; table->cached && i < TRIGGERS_PER_TABLE; i++)
			if (!stead_has_table(call, table) || lacks_trigger(call, table, i))
				return false;
	return true;
}
