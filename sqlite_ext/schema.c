/*
 * schema.c - stead_init(): makes Stead's tables, brings those of an earlier schema up to date, and mends indexes and
 * triggers.
 */
#include "begin.h"
#include "schema.h"

#include <string.h>

int64_t stead_schema_version(stead_call *call)
{
	sqlite3_stmt *statement;
	int64_t version;
	int code;

	if (!is_initialised(call))
		return 0;
	/* not as a query of the call's: a writer's first one takes the write lock, and stead_init() may have nothing to
	 * write */
	statement = prepare(call, "SELECT version FROM main.stead_schema");
	code = step_own(statement);
	version = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return version;
}

/* Runs CREATE TABLE|INDEX|TRIGGER in main: only the new object's name may be qualified. */
static void create(stead_call *call, const char *sql)
{
	const char *name = strstr(sql, "stead_");

	execute(call, stead_format(call, "%.*smain.%s", (int)(name - sql), sql, name));
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

/* Numbers that are never given again take AUTOINCREMENT, and what is judged when it is written a CHECK: only a new
 * table can have them. A row that breaks one does not keep stead_init() from its end: its table stays as it is, and
 * stead_doctor() tells of it. */
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

static bool all_exist(stead_call *call)
{
	if (stead_schema_version(call) < STEAD_VERSION_SCHEMA)
		return false;
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		if (!stead_has_table(call, table))
			return false;
		for (int i = 0; i < TRIGGERS_PER_TABLE; i++)
			if (lacks_trigger(call, table, i))
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
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		if (!stead_has_table(call, table))
			create(call, table_sql(call, table));
		else if (version < STEAD_VERSION_SCHEMA)
			upgrade_table(call, table);
		mend_indexes(call, table);
		for (int i = 0; i < TRIGGERS_PER_TABLE; i++)
			if (lacks_trigger(call, table, i)) {
				execute(call,
				        stead_format(call, "DROP TRIGGER IF EXISTS main.stead_%s_%s", table->name, trigger_names[i]));
				create(call, trigger_sql(call, table, i));
			}
	}
}
