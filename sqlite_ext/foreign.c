/*
 * foreign.c - finds a table of the application's own by its name, and checks that its rows can be deleted by age.
 */
#include "foreign.h"

#include <string.h>

#include "lib/identifier.h"
#include "lib/text.h"
#include "lib/timestamp.h"

/* Are they equal, as SQLite compares names? */
static bool same_word(stead_value text, const char *word)
{
	return !text.null && strlen(word) == text.size && sqlite3_strnicmp(text.data, word, (int)text.size) == 0;
}

static bool is_steads_own(stead_call *call, const char *name)
{
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		if (same_word(stead_text(name), stead_format(call, "stead_%s", table->name)))
			return true;
	return false;
}

/* Does a column of this declared type turn numbers into text, by SQLite's rules? */
static bool is_text_type(stead_call *call, stead_value type)
{
	static const char *const words[] = {"char", "clob", "text"};
	char *lower = (char *)stead_string(call, type);

	stead_ascii_lower(lower, type.size);
	for (int i = 0; i < STEAD_COUNT(words); i++)
		if (strstr(lower, words[i]) && !strstr(lower, "int"))
			return true;
	return false;
}

/* Does a complete (not partial) index begin with the column, or is the table itself in that order? */
static bool has_index(stead_call *call, const foreign *table, int64_t column)
{
	const char *name = table->sql_name + strlen("main.");
	stead_rows *indexes = open_as_is(call, stead_format(call, "PRAGMA main.index_list(%s)", name));
	bool found = false;

	while (!found && stead_next(indexes)) {
		const char *index = stead_string(call, stead_column(indexes, 1, STEAD_TEXT));
		stead_rows *columns;

		if (stead_column(indexes, 4, STEAD_BOOL).boolean) /* partial */
			continue;
		columns = open_as_is(call, stead_format(call, "PRAGMA main.index_xinfo(%s)", stead_quoted(call, index, true)));
		found = stead_next(columns) && stead_column(columns, 1, STEAD_INT).integer == column &&
		        same_word(stead_column(columns, 4, STEAD_TEXT), "binary");
		stead_close(columns);
	}
	stead_close(indexes);
	return found;
}

/* Examines the columns of the key and the column that holds the time. */
static const stead_foreign *judge_columns(stead_call *call, foreign *table, bool without_rowid, stead_value time_column)
{
	static const char *const names[] = {"rowid", "_rowid_", "oid"};
	const char *shown = table->found.name.data, *rowid = NULL;
	bool taken[STEAD_COUNT(names)] = {false}, blob = false, integer_key = false;
	int64_t number = -1, key_at = -1;
	stead_rows *rows =
		open_as_is(call, stead_format(call, "PRAGMA main.table_xinfo(%s)", table->sql_name + strlen("main.")));

	while (stead_next(rows)) {
		stead_value name = stead_column(rows, 1, STEAD_TEXT), type = stead_column(rows, 2, STEAD_TEXT);
		int64_t key = stead_column(rows, 5, STEAD_INT).integer;

		for (int i = 0; i < STEAD_COUNT(names); i++)
			taken[i] |= same_word(name, names[i]);
		if (key > MAX_KEY)
			return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, NULL,
			                            stead_format(call, "table %s has a key of too many columns", shown));
		if (key && without_rowid) {
			table->key[key - 1] = stead_quoted(call, stead_string(call, name), true);
			table->key_columns = key > table->key_columns ? (int)key : table->key_columns;
		}
		if (key == 1 && same_word(type, "integer"))
			integer_key = true, key_at = stead_column(rows, 0, STEAD_INT).integer;
		if (time_column.null || !same_word(name, stead_string(call, time_column)))
			continue;
		number = stead_column(rows, 0, STEAD_INT).integer;
		table->found.time_column = stead_keep(call, name);
		table->column = stead_quoted(call, table->found.time_column.data, true);
		table->text_only = is_text_type(call, type);
		blob = same_word(type, "blob");
	}
	for (int i = STEAD_COUNT(names) - 1; i >= 0; i--)
		rowid = taken[i] ? rowid : names[i];
	if (!without_rowid) {
		if (!rowid)
			return stead_foreign_reject(
				&table->found, STEAD_UNSUPPORTED, NULL,
				stead_format(call, "columns of table %s hide its rowid by all its names", shown));
		table->key[0] = rowid;
		table->key_columns = 1;
	}
	if (time_column.null)
		return &table->found;
	if (number < 0)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NO_COLUMN, time_column, NULL);
	if (blob)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NOT_TIME, table->found.time_column,
		                            "A time is ISO 8601 text, or a number of seconds since 1970.");
	table->found.indexed = (integer_key && number == key_at && !without_rowid) || has_index(call, table, number);
	table->found.index_sql = stead_format(call, "CREATE INDEX main.%s ON %s (%s);",
	                                      stead_quoted(call, stead_format(call, "%s_by_age", table->bare), true),
	                                      table->sql_name + strlen("main."), table->column);
	return &table->found;
}

static const stead_foreign *look_up(stead_call *call, foreign *table, stead_value name, bool *without_rowid)
{
	char *schema = stead_alloc(call, name.size + 1), *bare = stead_alloc(call, name.size + 1);
	const char *type = NULL;
	stead_rows *rows;

	*table =
		(foreign){.found.name = stead_null(STEAD_TEXT), .found.owner = stead_null(STEAD_TEXT), .found.owned = true};
	if (!stead_identifier_parse(name.data, name.size, schema, bare))
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NO_NAME, name, NULL);
	if (*schema && !same_word(stead_text(schema), "main")) {
		name_foreign(call, table, schema, bare);
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, NULL,
		                            stead_format(call, "table %s is not in the main database", table->found.name.data));
	}
	name_foreign(call, table, "main", bare);
	rows = open_as_is(call, stead_format(call, "PRAGMA main.table_list(%s)", stead_quoted(call, bare, true)));
	if (stead_next(rows)) {
		bare = (char *)stead_string(call, stead_column(rows, 1, STEAD_TEXT));
		type = stead_string(call, stead_column(rows, 2, STEAD_TEXT));
		*without_rowid = stead_column(rows, 4, STEAD_BOOL).boolean;
	}
	stead_close(rows);
	name_foreign(call, table, "main", bare);
	if (sqlite3_strnicmp(bare, "sqlite_", 7) == 0)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_SYSTEM, name, NULL);
	if (!type && is_there(call, bare, NULL)) /* an authorizer left the pragma out */
		raise_sqlite(call, LEFT_OUT);
	if (!type)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_MISSING, name, NULL);
	if (is_steads_own(call, bare))
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_STEADS, name, NULL);
	table->bare = bare; /* also of what is not plain: triggers of ours may be on it */
	if (strcmp(type, "table") != 0)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NOT_PLAIN, name, NULL);
	return &table->found;
}

const stead_foreign *stead_foreign_named(stead_call *call, stead_value name)
{
	bool without_rowid = false;

	return look_up(call, stead_alloc(call, sizeof(foreign)), name, &without_rowid);
}

const stead_foreign *stead_foreign_find(stead_call *call, stead_value name, stead_value time_column)
{
	foreign *table = stead_alloc(call, sizeof *table);
	bool without_rowid = false;
	const stead_foreign *found = look_up(call, table, name, &without_rowid);

	return found->problem ? found : judge_columns(call, table, without_rowid, time_column);
}
