/*
 * rebuild.c - rebuilds a table for changes that ALTER TABLE cannot make, without losing anything. It follows SQLite's
 * documented procedure (https://www.sqlite.org/lang_altertable.html, section 7).
 *
 * If foreign keys are enforced, DROP TABLE first deletes all rows, and with them the rows that refer to them. So
 * enforcement is switched off meanwhile, by the connection's setting: the pragma has no effect inside a transaction.
 * What is dropped with a table is made again: its indexes and its triggers, including temporary ones. The columns that
 * the application has added are kept.
 */
#include <string.h>

#include "schema.h"

typedef struct {
	sqlite3 *db;
	int keys, legacy;
} settings;

static void restore(void *pointer)
{
	settings *before = pointer;

	sqlite3_db_config(before->db, SQLITE_DBCONFIG_ENABLE_FKEY, before->keys, NULL);
	sqlite3_db_config(before->db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, before->legacy, NULL);
}

/* Until the scope is closed: does not enforce foreign keys, and lets RENAME ignore views of tables that do not exist
 * now. */
static void change_settings(stead_call *call)
{
	settings *before = stead_alloc(call, sizeof *before);
	int keys = 1;

	before->db = frame_of(call)->connection->db;
	sqlite3_db_config(before->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &before->keys);
	sqlite3_db_config(before->db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, -1, &before->legacy);
	stead_defer(call, restore, before);
	sqlite3_db_config(before->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, &keys);
	sqlite3_db_config(before->db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1, NULL);
	if (keys)
		stead_raise_hint(call, STEAD_UNSUPPORTED,
		                 "Run PRAGMA foreign_keys = OFF on the connection, and then this again.",
		                 "stead_%s: foreign keys cannot be switched off for a while", call->function->name);
}

/* ---- Columns of the application's ------------------------------------------------------------------------------ */

/* The position after the quoted name, text, comment or character that begins here. */
static const char *skip(const char *at)
{
	char end = *at == '[' ? ']' : *at;

	if (at[0] == '-' && at[1] == '-')
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		const char *close = strstr(at + 2, "*/");

		return close ? close + 2 : at + strlen(at);
	}
	if (!strchr("'\"`[", *at))
		return at + 1;
	for (at++; *at; at++)
		if (*at == end && (at[1] != end || end == ']'))
			return at + 1;
		else if (*at == end)
			at++;
	return at;
}

static const char *skip_blanks(const char *at)
{
	while (strchr(" \t\n\r\f", *at) ? *at != 0 : strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
		at = skip(at);
	return at;
}

/* Is this name at that position, quoted or not? */
static bool stands_there(const char *at, const char *name)
{
	const char *end = skip(at);

	if (!strchr("'\"`[", *at))
		return sqlite3_strnicmp(at, name, (int)strlen(name)) == 0 && strchr(" \t\n\r\f,)/-", at[strlen(name)]);
	for (at++; at < end - 1; at++, name++) {
		if (sqlite3_strnicmp(at, name, 1) != 0)
			return false;
		if (*at == end[-1])
			at++;
	}
	return *name == 0;
}

/* The text that defines a column, in the SQL of its table; NULL if there is none. */
static const char *definition(stead_call *call, const char *sql, const char *column)
{
	const char *at = sql, *from;
	int depth = 0;

	while (*at && *at != '(')
		at = skip(at);
	for (from = at = *at ? at + 1 : at; *at; at = skip(at)) {
		if ((*at == ',' || *at == ')') && depth == 0) {
			from = skip_blanks(from);
			if (stands_there(from, column))
				return stead_format(call, "%.*s", (int)(at - from), from);
			from = at + 1;
		}
		depth += (*at == '(') - (*at == ')');
	}
	return NULL;
}

/* Adds to the new table the columns that only the old one has. Returns the list of all columns whose values are
 * stored. */
static const char *take_columns(stead_call *call, const char *name, const char *old)
{
	/* not by sqlite3_table_column_metadata(): it finds oid, rowid and _rowid_ even if there is no such column */
	stead_rows *rows = open_as_is(call, stead_format(call,
	                                                 "SELECT name, hidden, name COLLATE NOCASE IN (SELECT name FROM"
	                                                 " pragma_table_xinfo('%s_new', 'main'))"
	                                                 " FROM pragma_table_xinfo('%s', 'main')",
	                                                 name, name));
	stead_buffer list = {0};
	struct column {
		const char *name;
		struct column *next;
	} *added = NULL, **end = &added;

	while (stead_next(rows)) {
		const char *column = stead_string(call, stead_column(rows, 0, STEAD_TEXT));

		if (stead_column(rows, 1, STEAD_INT).integer == 0)
			stead_append_text(call, &list,
			                  stead_format(call, "%s%s", list.size ? ", " : "", stead_quoted(call, column, true)));
		if (stead_column(rows, 2, STEAD_INT).integer)
			continue;
		*end = stead_alloc(call, sizeof **end);
		**end = (struct column){column, NULL};
		end = &(*end)->next;
	}
	for (; added; added = added->next) {
		const char *text = definition(call, old, added->name);

		if (!text)
			stead_raise(call, STEAD_UNSUPPORTED, "stead_%s: column %s of table %s cannot be kept", call->function->name,
			            added->name, name);
		execute(call, stead_format(call, "ALTER TABLE main.%s_new ADD COLUMN %s", name, text));
	}
	return list.data;
}

/* ---- The whole ------------------------------------------------------------------------------------------------- */

/* The SQL that makes a trigger or index again. SQLite stores it with the bare name. */
static const char *again(stead_call *call, const char *sql, bool temporary)
{
	const char *name = strstr(sql, strncmp(sql, "CREATE TRIGGER ", 15) == 0 ? "TRIGGER " : "INDEX ");

	name = strchr(name, ' ') + 1;
	return temporary ? stead_format(call, "CREATE TEMP TRIGGER %s", name)
	                 : stead_format(call, "%.*smain.%s", (int)(name - sql), sql, name);
}

typedef struct part {
	const char *name, *sql;
	bool temporary;
	struct part *next;
} part;

static part *list_parts(stead_call *call, const char *table)
{
	stead_rows *rows =
		open_as_is(call, stead_format(call,
	                                  "SELECT name, sql, 0 FROM main.sqlite_schema WHERE tbl_name = '%s'"
	                                  " COLLATE NOCASE AND type IN ('trigger', 'index') AND sql IS NOT NULL"
	                                  " UNION ALL SELECT name, sql, 1 FROM temp.sqlite_schema"
	                                  " WHERE tbl_name = '%s' COLLATE NOCASE AND type = 'trigger'",
	                                  table, table));
	part *parts = NULL, **end = &parts;

	while (stead_next(rows)) {
		*end = stead_alloc(call, sizeof **end);
		**end = (part){.name = stead_string(call, stead_column(rows, 0, STEAD_TEXT)),
		               .sql = stead_string(call, stead_column(rows, 1, STEAD_TEXT)),
		               .temporary = stead_column(rows, 2, STEAD_INT).integer != 0};
		end = &(*end)->next;
	}
	return parts;
}

/* Was this part dropped with the table? A temporary trigger may belong to a temporary table of that name, and stays. */
static bool is_gone(stead_call *call, const part *part)
{
	stead_rows *rows;
	bool there;

	if (!part->temporary)
		return true;
	rows = open_as_is(call, "SELECT 1 FROM temp.sqlite_schema WHERE type = 'trigger' AND name = ?1");
	sqlite3_bind_text(rows->statement, 1, part->name, -1, SQLITE_STATIC);
	there = stead_next(rows);
	stead_close(rows);
	return !there;
}

/* Raises unless every row was copied, under its number. The old table is dropped only after that. */
static void compare_rows(stead_call *call, const char *name, const char *key)
{
	stead_rows *rows =
		open_as_is(call, stead_format(call,
	                                  "SELECT 1 FROM (SELECT count(*) AS n, max(%s) AS last FROM main.%s) AS a,"
	                                  " (SELECT count(*) AS n, max(%s) AS last FROM main.%s_new) AS b"
	                                  " WHERE a.n = b.n AND a.last IS b.last",
	                                  key, name, key, name));

	if (!stead_next(rows))
		stead_raise(call, STEAD_INTERNAL, "stead_%s: rows of table %s were not copied", call->function->name, name);
	stead_close(rows);
}

/* DROP TABLE deletes the statistics of ANALYZE. They survive it under another table's name. */
static void rename_statistics(stead_call *call, const char *from, const char *to)
{
	static const char *const tables[] = {"sqlite_stat1", "sqlite_stat4"};

	for (int i = 0; i < STEAD_COUNT(tables); i++) {
		int code = sqlite3_table_column_metadata(frame_of(call)->connection->db, "main", tables[i], "tbl", NULL, NULL,
		                                         NULL, NULL, NULL);

		if (code == SQLITE_OK)
			execute(call, stead_format(call, "UPDATE main.%s SET tbl = '%s' WHERE tbl = '%s' COLLATE NOCASE", tables[i],
			                           to, from));
		else if (code != SQLITE_ERROR)
			raise_sqlite(call, code);
	}
}

void rebuild_table(stead_call *call, const char *name, const char *key, const char *old, const char *sql)
{
	stead_scope *scope = stead_open_scope(call);
	part *parts = list_parts(call, name);
	const char *columns;

	change_settings(call);
	execute(call, stead_format(call, "CREATE TABLE main.%s_new%s", name, strstr(sql, name) + strlen(name)));
	columns = take_columns(call, name, old);
	execute(call, stead_format(call, "INSERT INTO main.%s_new (%s) SELECT %s FROM main.%s ORDER BY %s", name, columns,
	                           columns, name, key));
	compare_rows(call, name, key);
	rename_statistics(call, name, stead_format(call, "%s_new", name));
	execute(call, stead_format(call, "DROP TABLE main.%s", name));
	execute(call, stead_format(call, "ALTER TABLE main.%s_new RENAME TO %s", name, name));
	rename_statistics(call, stead_format(call, "%s_new", name), name);
	for (part *part = parts; part; part = part->next)
		if (is_gone(call, part))
			execute(call, again(call, part->sql, part->temporary));
	stead_close_scope(call, scope);
}
