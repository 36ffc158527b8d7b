/*
 * shape.c - how one of Stead's tables differs from what stead_init() makes, as far as SQLite lets it be changed.
 *
 * stead_init() makes a dropped index again. A tool that rebuilds a table can lose columns and constraints. That is only
 * reported, as the repair would copy all rows. A column that was added to a table of an earlier schema has another
 * default than in a new table, which is correct.
 */
#include "doctor.h"
#include "schema.h"

#include <stdio.h>
#include <string.h>

/* The text that a query about a pragma gives in one row and column; NULL without a row. */
static const char *ask_of(stead_call *call, const char *sql, const char *table, const char *what)
{
	stead_value params[] = {stead_text(table), stead_text(what)};
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, sql, what ? 2 : 1, params);
	const char *answer = NULL;

	if (stead_next(rows)) {
		answer = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
		stead_close(rows);
	}
	return answer;
}

static void add(stead_call *call, stead_buffer *list, const char *what)
{
	stead_append_text(call, list, list->size ? "; " : "");
	stead_append_text(call, list, what);
}

bool lacks_index(stead_call *call, const stead_table *table, const stead_index *index)
{
	const char *name = stead_format(call, "stead_%s_%s", table->name, index->name);
	const char *sql = ask_of(call, "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = $1", name, NULL);

	if (index->retired)
		return false;
	return index->columns ? !sql || strcmp(sql, index_sql(call, table, index)) != 0 : sql != NULL;
}

bool stead_drop_retired(stead_call *call, const stead_table *table)
{
	const char *of = stead_format(call, "stead_%s", table->name);
	bool any = false;

	/* a statement that reads would keep SQLite from it, and end if it is undone */
	for (const stead_index *index = table->indexes; index->name && frame_of(call)->alone; index++) {
		const char *name = stead_format(call, "%s_%s", of, index->name);

		if (!index->retired || !ask_of(call,
		                               "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = $1 AND"
		                               " tbl_name = $2",
		                               name, of))
			continue;
		execute(call, stead_format(call, "DROP INDEX main.%s", name));
		any = true;
	}
	return any;
}

static bool compare_column(stead_call *call, const char *name, const char *sql, const stead_table_column *column,
                           int key, stead_buffer *found, stead_buffer *checks)
{
	const char *own = stead_format(call, "%s.%s", name, column->name), *check = check_sql(call, column), *reference;
	/* what the pragma reports: type, NOT NULL, default, place in the key */
	const char *shape = ask_of(call,
	                           "SELECT type || '|' || \"notnull\" || '|' || pk || '|' || (dflt_value IS NOT NULL)"
	                           " FROM pragma_table_info($1, 'main') WHERE name = $2",
	                           name, column->name);
	char type[40];
	int not_null, place, filled;

	if (!shape || sscanf(shape, "%39[^|]|%d|%d|%d", type, &not_null, &place, &filled) != 4)
		return add(call, found, stead_format(call, "%s is missing, or of no type", own)), false;
	if (strcmp(type, column_type(column->type)) != 0)
		add(call, found, stead_format(call, "%s is not of type %s", own, column_type(column->type)));
	if (not_null != (!column->nullable && !column->serial))
		add(call, found, stead_format(call, not_null ? "%s must not be null" : "%s may be null", own));
	if (place != key)
		add(call, found, stead_format(call, "%s is not in its place of the primary key", own));
	if (column->default_is && column->default_is != STEAD_DEFAULT_RANDOM && !filled)
		add(call, found, stead_format(call, "%s has not its default", own));
	if (*check && !strstr(sql, check))
		add(call, checks, own);
	if (needs_autoincrement(column) && !strstr(sql, " AUTOINCREMENT"))
		add(call, found, stead_format(call, "%s may be given again", own));
	if (!column->references)
		return true;
	reference = ask_of(call,
	                   "SELECT \"table\" || ' ' || on_delete FROM pragma_foreign_key_list($1, 'main')"
	                   " WHERE \"from\" = $2 COLLATE NOCASE",
	                   name, column->name);
	if (!reference || strcmp(reference, stead_format(call, "stead_%s CASCADE", column->references)) != 0)
		add(call, found, stead_format(call, "%s does not refer to stead_%s", own, column->references));
	return true;
}

/* False: a column is missing. */
static bool compare_table(stead_call *call, const stead_table *table, stead_buffer *columns, stead_buffer *checks,
                          stead_buffer *indexes)
{
	const char *name = stead_format(call, "stead_%s", table->name);
	const char *sql = ask_of(call, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = $1", name, NULL);
	bool complete = true;
	int keys = 0;

	if (!sql) /* missing, or a view: other rows report that */
		return true;
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		complete &=
			compare_column(call, name, sql, &table->columns[i], table->columns[i].key ? ++keys : 0, columns, checks);
	for (const stead_index *index = table->indexes; index->name; index++)
		if (lacks_index(call, table, index))
			add(call, indexes,
			    stead_format(call, index->columns ? "%s_%s is missing, or another" : "%s_%s is of an earlier version",
			                 name, index->name));
	return complete;
}

/* SQLite cannot add a CHECK. So a table made by an earlier version may lack one. */
bool examine_shape(stead_call *call)
{
	static const char anew[] = "Copy the rows to a new table: see docs/operations.md, A table that was changed.";
	stead_buffer columns = {0}, checks = {0}, indexes = {0};
	bool complete = true;

	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		complete &= compare_table(call, table, &columns, &checks, &indexes);
	stead_judge(call, "columns", STEAD_FAIL, columns.data, "every table has its columns, of their types, and its keys",
	            anew);
	stead_judge(call, "checks", STEAD_WARN,
	            checks.size ? stead_format(call, "what is written by hand is not judged: no CHECK of %s", checks.data)
	                        : NULL,
	            "every table has its CHECKs", anew);
	stead_judge(call, "indexes", STEAD_FAIL, indexes.data, "every table has its indexes", "SELECT stead_init();");
	return complete;
}
