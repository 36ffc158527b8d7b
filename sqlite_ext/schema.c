/*
 * schema.c - stead_init(): makes Stead's tables, upgrades those of an earlier schema, and repairs indexes and triggers.
 */
#include "begin.h"
#include "schema.h"

#include "core/transfer.h"

#include <string.h>

/* Runs CREATE TABLE|INDEX|TRIGGER in main: only the new object's name may be qualified. */
static void create(stead_call *call, const char *sql)
{
	const char *name = strstr(sql, "stead_");

	execute(call, stead_format(call, "%.*smain.%s", (int)(name - sql), sql, name));
}

/* Does it have a row that a rebuilt table would refuse? */
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

/* Rebuilds a table that needs AUTOINCREMENT (numbers that are never reused) or a CHECK: only a new table can have them.
 * If a row violates a CHECK, stead_init() goes on and leaves the table as it is; stead_doctor() reports it. */
static void make_anew(stead_call *call, const stead_table *table)
{
	const char *name = stead_format(call, "stead_%s", table->name);
	const char *old = ask(call, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = $1", name);
	bool once = false, checks = false;

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name && old; i++) {
		const stead_table_column *column = &table->columns[i];

		once |= needs_autoincrement(column) && !strstr(old, " AUTOINCREMENT");
		checks |= !strstr(old, check_sql(call, column));
	}
	if (once || (checks && !has_unfit_row(call, table))) {
		int64_t last = is_there(call, "sqlite_sequence", NULL) ? stead_sequence_last(call, table) : 0;

		rebuild_table(call, name, table->columns[0].name, old, table_sql(call, table));
		if (last)
			stead_sequence_continue(call, table, last);
	}
}

/* Adds the columns that a table of an earlier schema lacks. */
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
			return; /* somebody dropped it; stead_doctor() reports that */
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
	if (all_exist(call)) /* reads the schema outside any transaction of ours */
		return;
	stead_close(stead_open(call, "SELECT 1", 0, NULL)); /* begins the savepoint */
	/* Writes before anything is read, so that it waits for other writers. After a read it could only fail. */
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
