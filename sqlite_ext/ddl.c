/*
 * ddl.c - the SQL that makes a table, rendered from its declaration.
 *
 * The SQL includes the documentation as comments, so that sqlite_schema documents the tables.
 */
#include "schema.h"

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

bool needs_autoincrement(const stead_table_column *column)
{
	return column->never_reused && !column->noted_when_deleted;
}

static const char *serial_key(stead_call *call, const stead_table_column *column)
{
	return stead_format(call, " PRIMARY KEY%s CHECK (%s > 0 AND %s < 9223372036854775807)",
	                    needs_autoincrement(column) ? " AUTOINCREMENT" : "", column->name, column->name);
}

/* The CHECK of a number's range, and of what PostgreSQL's types ensure. Times are compared as text, so they must all
 * have one form. */
const char *check_sql(stead_call *call, const stead_table_column *column)
{
	static const char digits[] = "[0-9][0-9]";

	if (column->type == STEAD_BOOL)
		return stead_format(call, " CHECK (%s IN (0, 1))", column->name);
	if (column->unchecked)
		return "";
	if (column->range[1] == INT64_MAX)
		return stead_format(call, " CHECK (%s >= %lld)", column->name, (long long)column->range[0]);
	if (column->range[0] || column->range[1])
		return stead_format(call, " CHECK (%s >= %lld AND %s <= %lld)", column->name, (long long)column->range[0],
		                    column->name, (long long)column->range[1]);
	if (column->type != STEAD_TIME)
		return "";
	return stead_format(call, " CHECK (%s GLOB '%s%s-%s-%sT%s:%s:%s.%s%s%sZ')", column->name, digits, digits, digits,
	                    digits, digits, digits, digits, digits, digits, digits);
}

/* Does the table have a rowid beside its key? An index finds a row by its key; a text key makes that more costly than a
 * number. */
bool has_rowid(const stead_table *table)
{
	return table->columns[0].type == STEAD_TEXT && table->indexes[0].name;
}

/* The default of an added column. Existing rows get 0 or null: SQLite adds no column with another default. */
static const char *fill_sql(const stead_table_column *column, bool added)
{
	if (added && !column->nullable)
		return " DEFAULT 0";
	if (added || !column->default_is)
		return "";
	return column->default_is == STEAD_DEFAULT_RANDOM ? " DEFAULT (randomblob(16))" : " DEFAULT 0";
}

const char *column_sql(stead_call *call, const stead_table_column *column, bool added)
{
	return stead_format(
		call, "%s %s%s%s%s%s", column->name, column_type(column->type),
		column->serial     ? serial_key(call, column)
		: column->nullable ? ""
						   : " NOT NULL",
		fill_sql(column, added),
		column->references ? stead_format(call, " REFERENCES stead_%s ON DELETE CASCADE", column->references) : "",
		check_sql(call, column));
}

const char *table_sql(stead_call *call, const stead_table *table)
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
	const char *where = index->by_transaction ? STEAD_NUMBERED : index->where; /* all rows of Stead's have zeros */

	return stead_format(call, "CREATE %sINDEX stead_%s_%s ON stead_%s (%s)%s%s", index->unique ? "UNIQUE " : "",
	                    table->name, index->name, table->name, index->columns, where ? " WHERE " : "",
	                    where ? where : "");
}

bool stead_has_table(stead_call *call, const stead_table *table)
{
	return is_there(call, stead_format(call, "stead_%s", table->name), NULL);
}
