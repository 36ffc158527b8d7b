/*
 * schema.c - tables, triggers and the connection's settings: what the SQLite host makes and examines.
 *
 * Tables are rendered from the modules' declarations, with their documentation as comments, so that sqlite_schema reads
 * as a manual. Triggers are plain SQL: without Stead loaded the tables go on working.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

const char *column_type(stead_type type)
{
	switch (type) {
	case STEAD_BOOL:
	case STEAD_INT:
		return "INTEGER";
	case STEAD_REAL:
		return "REAL";
	case STEAD_BYTES:
		return "BLOB";
	default:
		return "TEXT";
	}
}

/* One query of the host's own that gives a single text; NULL without a row. */
static const char *ask(stead_call *call, const char *sql, const char *name)
{
	stead_value param = stead_text(name);
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, sql, name ? 1 : 0, &param);
	const char *answer = NULL;

	if (stead_next(rows)) {
		answer = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
		stead_close(rows);
	}
	return answer;
}

/* Is there such a column in main, or, without one, such a table? What keeps us from knowing, an interruption, is an error. */
static bool is_there(stead_call *call, const char *table, const char *column)
{
	int code = sqlite3_table_column_metadata(frame_of(call)->connection->db, "main", table, column, NULL, NULL, NULL, NULL, NULL);

	if (code != SQLITE_OK && code != SQLITE_ERROR)
		raise_sqlite(call, code);
	return code == SQLITE_OK;
}

bool is_initialised(stead_call *call)
{
	return is_there(call, "stead_schema", NULL);
}

int64_t stead_schema_version(stead_call *call)
{
	sqlite3_stmt *statement;
	int64_t version;
	int code;

	if (!is_initialised(call))
		return 0;
	/* not as a query of the call's: a writer's first one takes the write lock, and stead_init() may have nothing to write */
	statement = prepare(call, "SELECT version FROM main.stead_schema");
	code = sqlite3_step(statement);
	version = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return version;
}

/* ---- Making tables ----------------------------------------------------------------------------------------------- */

static const char *serial_key(stead_call *call, const stead_table_column *column)
{
	return stead_format(call, " PRIMARY KEY%s CHECK (%s > 0 AND %s < 9223372036854775807)",
	                    column->never_reused ? " AUTOINCREMENT" : "", column->name, column->name);
}

/* The range of a number, and what PostgreSQL's types see to. Times are compared as text, so they must be of one form. */
const char *check_sql(stead_call *call, const stead_table_column *column)
{
	static const char digits[] = "[0-9][0-9]";

	if (column->type == STEAD_BOOL)
		return stead_format(call, " CHECK (%s IN (0, 1))", column->name);
	if (column->range[1] == INT64_MAX)
		return stead_format(call, " CHECK (%s >= %lld)", column->name, (long long)column->range[0]);
	if (column->range[0] || column->range[1])
		return stead_format(call, " CHECK (%s >= %lld AND %s <= %lld)", column->name, (long long)column->range[0], column->name,
		                    (long long)column->range[1]);
	if (column->type != STEAD_TIME)
		return "";
	return stead_format(call, " CHECK (%s GLOB '%s%s-%s-%sT%s:%s:%s.%s%s%sZ')", column->name, digits, digits, digits, digits,
	                    digits, digits, digits, digits, digits, digits);
}

/* Has the table a rowid beside its key? An index leads to a row by its key: for a text that costs more than by a number. */
static bool has_rowid(const stead_table *table)
{
	return table->columns[0].type == STEAD_TEXT && table->indexes[0].name;
}

/* Of a column that is added to a table, a row that is there has 0, or a null; SQLite adds none with another default. */
static const char *fill_sql(const stead_table_column *column, bool added)
{
	if (added && !column->nullable)
		return " DEFAULT 0";
	if (added || !column->default_is)
		return "";
	return column->default_is == STEAD_DEFAULT_RANDOM ? " DEFAULT (randomblob(16))" : " DEFAULT 0";
}

static const char *column_sql(stead_call *call, const stead_table_column *column, bool added)
{
	return stead_format(call, "%s %s%s%s%s%s", column->name, column_type(column->type),
	                    column->serial     ? serial_key(call, column)
	                    : column->nullable ? ""
	                                       : " NOT NULL",
	                    fill_sql(column, added),
	                    column->references ? stead_format(call, " REFERENCES stead_%s ON DELETE CASCADE", column->references) : "",
	                    check_sql(call, column));
}

static const char *table_sql(stead_call *call, const stead_table *table)
{
	stead_buffer sql = {0}, key = {0};
	bool serial = false;

	stead_append_text(call, &sql, stead_format(call, "CREATE TABLE stead_%s ( -- %s\n", table->name, table->doc));
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
		const stead_table_column *column = &table->columns[i];
		bool last = i + 1 == STEAD_MAX_COLUMNS || !table->columns[i + 1].name;

		if (column->serial)
			serial = true;
		if (column->key && !column->serial) {
			stead_append_text(call, &key, key.size ? ", " : "");
			stead_append_text(call, &key, column->name);
		}
		stead_append_text(call, &sql,
		                  stead_format(call, "  %s%s -- %s\n", column_sql(call, column, false),
		                               last && !key.size ? "" : ",", column->doc));
	}
	if (key.size)
		stead_append_text(call, &sql, stead_format(call, "  PRIMARY KEY (%s)\n", key.data));
	stead_append_text(call, &sql, serial || !key.size || has_rowid(table) ? ") STRICT" : ") STRICT, WITHOUT ROWID");
	return sql.data;
}

const char *index_sql(stead_call *call, const stead_table *table, const stead_index *index)
{
	return stead_format(call, "CREATE %sINDEX stead_%s_%s ON stead_%s (%s)%s%s", index->unique ? "UNIQUE " : "", table->name,
	                    index->name, table->name, index->columns, index->where ? " WHERE " : "", index->where ? index->where : "");
}

/* The kinds of trigger a table may have: three that refuse a change, four that tell of one. */
enum { NO_UPDATE, NO_DELETE, NO_REPLACE, SIGNAL_INSERT, SIGNAL_UPDATE, SIGNAL_DELETE, SIGNAL_REPLACE, SIGNAL_REPLACE_BY_UPDATE,
       TRIGGERS_PER_TABLE };
static const char *const trigger_names[TRIGGERS_PER_TABLE] = {"no_update",     "no_delete",     "no_replace",
                                                              "signal_insert", "signal_update", "signal_delete",
                                                              "signal_replace", "signal_replace_by_update"};

/* Appends, to a condition, that a row agrees with NEW in all of these columns. */
static void append_same(stead_call *call, stead_buffer *sql, const stead_table *table, const char *columns, const char *where)
{
	stead_append_text(call, sql, stead_format(call, "%sEXISTS (SELECT 1 FROM stead_%s WHERE ", sql->size ? " OR " : "", table->name));
	while (*columns) {
		int size = (int)strcspn(columns, ", ");

		stead_append_text(call, sql, stead_format(call, "%.*s = NEW.%.*s", size, columns, size, columns));
		columns += size;
		columns += strspn(columns, ", ");
		stead_append_text(call, sql, *columns ? " AND " : "");
	}
	stead_append_text(call, sql, where ? stead_format(call, " AND (%s))", where) : ")");
}

/* Is there a row that a new one would replace? By any of the table's keys. */
static const char *replaced_sql(stead_call *call, const stead_table *table)
{
	stead_buffer sql = {0}, key = {0};

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (table->columns[i].key || table->columns[i].serial)
			stead_append_text(call, &key, stead_format(call, "%s%s", key.size ? ", " : "", table->columns[i].name));
	append_same(call, &sql, table, key.data, NULL);
	for (const stead_index *index = table->indexes; index->name; index++)
		if (index->unique && index->columns)
			append_same(call, &sql, table, index->columns, index->where);
	if (has_rowid(table))
		stead_append_text(call, &sql, stead_format(call, " OR EXISTS (SELECT 1 FROM stead_%s AS t WHERE t.rowid = NEW.rowid)", table->name));
	return sql.data;
}

/* REPLACE deletes without firing a DELETE trigger, hence a trigger before INSERT. */
static const char *refuse_sql(stead_call *call, const stead_table *table, int kind)
{
	static const char *const verb[] = {"UPDATE", "DELETE", "REPLACE"}, *const event[] = {"UPDATE", "DELETE", "INSERT"};

	return stead_format(call,
	                    "CREATE TRIGGER stead_%s_%s BEFORE %s ON stead_%s WHEN %s\n"
	                    "BEGIN SELECT RAISE(ABORT, 'stead_%s is append-only: %s is refused\n"
	                    "HINT:  Rows are only ever added: add another that corrects this one.'); END",
	                    table->name, trigger_names[kind], event[kind], table->name,
	                    kind == NO_REPLACE
	                        ? replaced_sql(call, table)
	                        : stead_format(call, "NOT EXISTS (SELECT 1 FROM stead_permit WHERE name = '%s')", table->name),
	                    table->name, verb[kind]);
}

/* Appends statements that count up the signal of a row: OLD, NEW, or, as gone, those of the table that gone picks. */
static void append_signal(stead_call *call, stead_buffer *sql, const stead_table *table, const char *row, const char *gone)
{
	const char *signal = table->invalidate_by ? stead_format(call, "%s.%s & %d", row, table->invalidate_by, STEAD_BUCKETS - 1)
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

/* Is this column a key of its own? */
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

/* Appends a condition, one part for each column the test holds of; false if there was none. */
static bool append_columns(stead_call *call, stead_buffer *sql, const stead_table *table, bool unique, const char *format)
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

/* A trigger that tells of a change. What REPLACE takes away is told before it goes. NULL: the table needs none. */
static const char *signal_sql(stead_call *call, const stead_table *table, int kind)
{
	static const char *const event[] = {"AFTER INSERT", "AFTER UPDATE", "AFTER DELETE", "BEFORE INSERT", "BEFORE UPDATE"};
	bool replaces = kind >= SIGNAL_REPLACE, updates = kind == SIGNAL_UPDATE || kind == SIGNAL_REPLACE_BY_UPDATE;
	stead_buffer sql = {0}, gone = {0};

	if ((kind == SIGNAL_INSERT && table->positive_only) ||
	    (replaces && (!table->invalidate_by || !append_columns(call, &gone, table, true, "gone.$ = NEW.$"))))
		return NULL;
	if (replaces && has_rowid(table))
		stead_append_text(call, &gone, " OR gone.rowid = NEW.rowid");
	stead_append_text(call, &sql, stead_format(call, "CREATE TRIGGER stead_%s_%s %s ON stead_%s\nWHEN ", table->name,
	                                           trigger_names[kind], event[kind - SIGNAL_INSERT], table->name));
	if (updates)
		append_columns(call, &sql, table, false, "OLD.$ IS NOT NEW.$");
	if (updates && has_rowid(table))
		stead_append_text(call, &sql, " OR OLD.rowid <> NEW.rowid");
	if (!updates)
		stead_append_text(call, &sql, replaces ? stead_format(call, "EXISTS (SELECT 1 FROM stead_%s AS gone WHERE %s)",
		                                                      table->name, gone.data)
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

/* The trigger of that kind, or NULL if the table needs none. */
static const char *trigger_sql(stead_call *call, const stead_table *table, int kind)
{
	if (kind < SIGNAL_INSERT)
		return table->append_only ? refuse_sql(call, table, kind) : NULL;
	return table->cached ? signal_sql(call, table, kind) : NULL;
}

/* Runs CREATE TABLE|INDEX|TRIGGER in main: only the new object's name may be qualified. */
static void create(stead_call *call, const char *sql)
{
	const char *name = strstr(sql, "stead_");

	execute(call, stead_format(call, "%.*smain.%s", (int)(name - sql), sql, name));
}

bool stead_has_table(stead_call *call, const stead_table *table)
{
	return is_there(call, stead_format(call, "stead_%s", table->name), NULL);
}

/* Has it a row that one made anew would refuse? */
static bool has_unfit_row(stead_call *call, const stead_table *table)
{
	stead_buffer sql = {0};
	bool has;
	stead_rows *rows;

	stead_append_text(call, &sql, stead_format(call, "SELECT 1 FROM stead_%s WHERE false", table->name));
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
		const stead_table_column *column = &table->columns[i];
		const char *check = check_sql(call, column);

		if (*check)
			stead_append_text(call, &sql, stead_format(call, " OR NOT %s", check + strlen(" CHECK ")));
		if (!column->nullable)
			stead_append_text(call, &sql, stead_format(call, " OR %s IS NULL", column->name));
	}
	rows = stead_open_as(call, STEAD_ONE_TIME, sql.data, 0, NULL);
	has = stead_next(rows);
	if (has)
		stead_close(rows);
	return has;
}

/* Numbers that are never given again take AUTOINCREMENT, and what is judged when it is written a CHECK: only a new table can have
 * them. A row that breaks one does not keep stead_init() from its end: its table stays as it is, and stead_doctor() tells of it. */
static void make_anew(stead_call *call, const stead_table *table)
{
	const char *name = stead_format(call, "stead_%s", table->name);
	const char *old = ask(call, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = $1", name);
	bool once = false, checks = false;

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name && old; i++) {
		const stead_table_column *column = &table->columns[i];

		once |= column->never_reused && !strstr(old, " AUTOINCREMENT");
		checks |= !strstr(old, check_sql(call, column));
	}
	if (once || (checks && !has_unfit_row(call, table)))
		rebuild_table(call, name, table->columns[0].name, old, table_sql(call, table));
}

/* Brings a table of an earlier schema up to this one: columns that it lacks. */
static void upgrade_table(stead_call *call, const stead_table *table)
{
	const char *name = stead_format(call, "stead_%s", table->name);

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (!is_there(call, name, table->columns[i].name))
			execute(call, stead_format(call, "ALTER TABLE main.%s ADD COLUMN %s", name,
			                           column_sql(call, &table->columns[i], true)));
	make_anew(call, table);
}

static void mend_indexes(stead_call *call, const stead_table *table)
{
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (!is_there(call, stead_format(call, "stead_%s", table->name), table->columns[i].name))
			return; /* it was dropped; stead_doctor() says so */
	for (const stead_index *index = table->indexes; index->name; index++) {
		if (!lacks_index(call, table, index))
			continue;
		execute(call, stead_format(call, "DROP INDEX IF EXISTS main.stead_%s_%s", table->name, index->name));
		if (index->columns)
			create(call, index_sql(call, table, index));
	}
}

int64_t stead_run_permitted(stead_call *call, const stead_table *table, const char *sql, int count, const stead_value *params)
{
	stead_value name = stead_text(table->name);
	int64_t changed;

	stead_run(call, "INSERT OR IGNORE INTO stead_permit (name) VALUES ($1)", 1, &name);
	changed = stead_run(call, sql, count, params);
	stead_run(call, "DELETE FROM stead_permit", 0, NULL);
	return changed;
}

/* Is that trigger there, word for word? */
static bool has_trigger(stead_call *call, const char *sql)
{
	sqlite3_stmt *statement = prepare(call, "SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND sql = ?");
	int code;

	sqlite3_bind_text(statement, 1, sql, -1, SQLITE_STATIC);
	code = sqlite3_step(statement);
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return code == SQLITE_ROW;
}

/* Does the table lack a trigger that it needs? */
static bool lacks(stead_call *call, const stead_table *table, int kind)
{
	const char *sql = trigger_sql(call, table, kind);

	return sql && stead_has_table(call, table) && !has_trigger(call, sql);
}

bool has_signals(stead_call *call)
{
	if (ask(call, "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = $1 COLLATE NOCASE", "stead_signal"))
		return false; /* it could suppress what ours write */
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++)
			for (int i = SIGNAL_INSERT; table->cached && i < TRIGGERS_PER_TABLE; i++)
				if (!stead_has_table(call, table) || lacks(call, table, i))
					return false;
	return true;
}

static bool all_exist(stead_call *call)
{
	if (stead_schema_version(call) < STEAD_VERSION_SCHEMA)
		return false;
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++) {
			if (!stead_has_table(call, table))
				return false;
			for (int i = 0; i < TRIGGERS_PER_TABLE; i++)
				if (lacks(call, table, i))
					return false;
			for (const stead_index *index = table->indexes; index->name; index++)
				if (lacks_index(call, table, index))
					return false;
		}
	return true;
}

void stead_make_tables(stead_call *call)
{
	int64_t version;

	if (!is_utf8(call))
		stead_raise_hint(call, STEAD_UNSUPPORTED, ENCODING_REMEDY, "stead needs a database whose encoding is UTF8");
	if (all_exist(call)) /* reads the schema outside of any transaction of ours */
		return;
	stead_close(stead_open(call, "SELECT 1", 0, NULL)); /* begins the savepoint */
	/* A write before anything is read: it waits for whoever else is here. After a read it could only fail. */
	execute(call, "CREATE TABLE main.stead_lock (x); DROP TABLE main.stead_lock");
	version = stead_schema_version(call);
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++) {
			if (!stead_has_table(call, table))
				create(call, table_sql(call, table));
			else if (version < STEAD_VERSION_SCHEMA)
				upgrade_table(call, table);
			mend_indexes(call, table);
			for (int i = 0; i < TRIGGERS_PER_TABLE; i++)
				if (lacks(call, table, i)) {
					execute(call, stead_format(call, "DROP TRIGGER IF EXISTS main.stead_%s_%s", table->name,
					                           trigger_names[i]));
					create(call, trigger_sql(call, table, i));
				}
		}
}

/* ---- Examining --------------------------------------------------------------------------------------------------- */

void report(stead_call *call, const char *check, const char *status, const char *detail, const char *remedy)
{
	stead_emit(call, (stead_value[]){stead_text(check), stead_text(status), stead_text(detail), stead_text(remedy)});
}

static const char *pragma(stead_call *call, const char *name)
{
	const char *value = ask(call, stead_format(call, "PRAGMA main.%s", name), NULL);

	return value ? value : "";
}

/* Free pages are no harm, and soon used; a file that is mostly made of them could be smaller. */
static void examine_free_pages(stead_call *call)
{
	static const char *const modes[] = {"none", "full", "incremental: stead_maintain() gives free pages back"};
	int mode = atoi(pragma(call, "auto_vacuum")) % STEAD_COUNT(modes);
	long long pages = atoll(pragma(call, "page_count")), unused = atoll(pragma(call, "freelist_count"));
	bool many = mode == 0 && unused > 1000 && unused > pages / 4;

	report(call, "auto_vacuum", many ? "warn" : "ok",
	       many ? stead_format(call, "%s: %lld of %lld pages are free", modes[mode], unused, pages) : modes[mode],
	       many ? "PRAGMA auto_vacuum = INCREMENTAL; VACUUM;" : NULL);
}

static void examine_pragmas(stead_call *call)
{
	const char *journal = pragma(call, "journal_mode"), *timeout = ask(call, "PRAGMA busy_timeout", NULL);
	const char *keys = ask(call, "PRAGMA foreign_keys", NULL);
	bool waits = timeout && strcmp(timeout, "0") != 0, enforced = keys && strcmp(keys, "1") == 0;
	const char *file = sqlite3_db_filename(frame_of(call)->connection->db, "main");
	bool off = strcmp(journal, "off") == 0, memory = strcmp(journal, "memory") == 0 && file && *file;
	bool good = strcmp(journal, "wal") == 0 || (strcmp(journal, "memory") == 0 && !memory);

	report(call, "journal_mode", off ? "fail" : good ? "ok" : "warn",
	       stead_format(call, off      ? "%s: nothing can be rolled back, and a call that fails leaves what it has done"
	                          : memory ? "%s: a crash while something is written damages the file"
	                          : good   ? "%s"
	                                   : "%s: readers and the writer wait for each other", journal),
	       good ? NULL : off && (!file || !*file) ? "PRAGMA journal_mode = MEMORY;" : "SELECT stead_configure();");
	report(call, "busy_timeout", waits ? "ok" : "warn",
	       waits ? stead_format(call, "%s ms", timeout) : "0 ms: a busy database is an error at once",
	       waits ? NULL : "SELECT stead_configure();");
	report(call, "foreign_keys", enforced ? "ok" : "warn",
	       enforced ? "on" : "off: the application's own references are not enforced on this connection",
	       enforced ? NULL : "SELECT stead_configure();");
	examine_free_pages(call);
}

/* Is sql the text of this table, or of one of its own indexes or triggers? */
static bool is_ours(stead_call *call, const stead_table *table, const char *sql)
{
	if (strcmp(sql, table_sql(call, table)) == 0)
		return true;
	for (int i = 0; table->indexes[i].name; i++)
		if (table->indexes[i].columns && strcmp(sql, index_sql(call, table, &table->indexes[i])) == 0)
			return true;
	for (int i = 0; i < TRIGGERS_PER_TABLE; i++) {
		const char *trigger = trigger_sql(call, table, i);

		if (trigger && strcmp(sql, trigger) == 0)
			return true;
	}
	return false;
}

/* Views in place of tables, triggers that are not Stead's, and objects in temp that bear a table's name. */
static void examine_objects(stead_call *call, const stead_table *table, int *strange)
{
	stead_value name = stead_text(stead_format(call, "stead_%s", table->name));
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, 
	    "SELECT type, name, coalesce(sql, ''), 0 FROM main.sqlite_schema"
	    " WHERE (tbl_name = $1 COLLATE NOCASE AND type IN ('trigger', 'view')) OR (name = $1 COLLATE NOCASE AND type <> 'table')"
	    " UNION ALL SELECT type, name, coalesce(sql, ''), 1 FROM temp.sqlite_schema WHERE tbl_name = $1 COLLATE NOCASE"
	    " ORDER BY 4, 1, 2",
	    1, &name);

	while (stead_next(rows)) {
		const char *type = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
		const char *object = stead_string(call, stead_column(rows, 1, STEAD_TEXT));
		bool temp = stead_column(rows, 3, STEAD_INT).integer != 0;

		if (!temp && is_ours(call, table, stead_string(call, stead_column(rows, 2, STEAD_TEXT))))
			continue;
		++*strange;
		report(call, "objects", strcmp(type, "view") == 0 && !temp ? "fail" : "warn",
		       stead_format(call, "%s%s %s on or in place of %.*s is not Stead's", temp ? "temporary " : "", type, object,
		                    (int)name.size, name.data),
		       stead_format(call, "Look at it; if it is not wanted: DROP %s %s.\"%s\";",
		                    strcmp(type, "trigger") == 0 ? "TRIGGER"
		                    : strcmp(type, "view") == 0  ? "VIEW"
		                                                 : "TABLE",
		                    temp ? "temp" : "main", object));
	}
}

static void examine_triggers(stead_call *call)
{
	stead_buffer wrong = {0};

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++)
			for (int i = 0; i < TRIGGERS_PER_TABLE; i++)
				if (lacks(call, table, i))
					stead_append_text(call, &wrong,
					                  stead_format(call, "%sstead_%s_%s", wrong.size ? ", " : "missing or changed: ",
					                               table->name, trigger_names[i]));
	report(call, "triggers", wrong.size ? "fail" : "ok", wrong.size ? wrong.data : "every table has those it needs",
	       wrong.size ? "SELECT stead_init();" : NULL);
}

bool stead_host_examine(stead_call *call)
{
	bool sound = true;
	int strange = 0;

	report(call, "encoding", is_utf8(call) ? "ok" : "fail", pragma(call, "encoding"), is_utf8(call) ? NULL : ENCODING_REMEDY);
	examine_pragmas(call);
	if (stead_schema_version(call) == STEAD_VERSION_SCHEMA)
		sound = examine_shape(call);
	examine_triggers(call);
	examine_stored(call);
	cache_table_report(call, &frame_of(call)->connection->memo);
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++)
			examine_objects(call, table, &strange);
	if (!strange)
		report(call, "objects", "ok", "no trigger, view or temporary table that is not Stead's", NULL);
	return sound;
}

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

stead_value stead_host_configure(stead_call *call)
{
	static const struct {
		const char *name, *value;
	} settings[] = {{"journal_mode", "WAL"}, {"busy_timeout", "5000"}, {"synchronous", "NORMAL"}, {"foreign_keys", "ON"}};
	const char *before[STEAD_COUNT(settings)];
	stead_buffer json = {0};

	if (!sqlite3_get_autocommit(frame_of(call)->connection->db))
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Call it when the connection is opened.",
		                 "stead_configure: cannot run inside a transaction");
	frame_of(call)->started = true; /* no savepoint: it would be a transaction, in which the mode cannot change */
	before[1] = ask(call, "PRAGMA busy_timeout", NULL);
	execute(call, "PRAGMA busy_timeout = 5000"); /* first: changing the journal mode may have to wait */
	for (int i = 0; i < STEAD_COUNT(settings); i++) {
		if (i != 1)
			before[i] = ask(call, stead_format(call, "PRAGMA %s", settings[i].name), NULL);
		execute(call, stead_format(call, "PRAGMA %s = %s", settings[i].name, settings[i].value));
		stead_append_text(call, &json, stead_format(call, "%s\"%s\":{\"before\":", i ? "," : "{", settings[i].name));
		stead_append_json(call, &json, stead_text(before[i]));
		stead_append_text(call, &json, ",\"after\":");
		stead_append_json(call, &json, stead_text(ask(call, stead_format(call, "PRAGMA %s", settings[i].name), NULL)));
		stead_append_text(call, &json, "}");
	}
	stead_append_text(call, &json, "}");
	return stead_json(json.data);
}

bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience)
{
	(void)role_name, (void)audience;
	stead_raise(call, STEAD_UNSUPPORTED, "stead_grant: SQLite has no roles");
}

const char *stead_init_remedy(stead_call *call)
{
	return is_utf8(call) ? "SELECT stead_init();" : ENCODING_REMEDY;
}

void stead_host_grant_again(stead_call *call)
{
	(void)call;
}
