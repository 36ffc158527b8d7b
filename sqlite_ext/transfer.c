/*
 * transfer.c - storing whole rows of a table, and what else an export and an import need of SQLite.
 */
#include "begin.h"

#include "core/transfer.h"

static const char *insert_sql(stead_call *call, const stead_table *table, int *columns)
{
	stead_buffer names = {0}, parameters = {0};

	for (*columns = 0; *columns < STEAD_MAX_COLUMNS && table->columns[*columns].name; ++*columns) {
		const char *comma = *columns ? ", " : "";

		stead_append_text(call, &names, stead_format(call, "%s%s", comma, table->columns[*columns].name));
		stead_append_text(call, &parameters, stead_format(call, "%s?%d", comma, *columns + 1));
	}
	return stead_format(call, "INSERT INTO main.stead_%s (%s) VALUES (%s)", table->name, names.data, parameters.data);
}

int64_t stead_store_rows(stead_call *call, const stead_table *table, int64_t count, const stead_value *values)
{
	sqlite3 *db = frame_of(call)->connection->db;
	int64_t stored = 0;
	stead_rows *rows;
	const char *sql;
	int columns;

	if (!count)
		return 0;
	begin_query(call);
	sql = insert_sql(call, table, &columns);
	ask_of_columns(call, sql);
	rows = open_as_is(call, sql);
	for (int64_t i = 0; i < count; i++) {
		int code;

		for (int k = 0; k < columns; k++)
			bind_value(call, rows->statement, k + 1, values[i * columns + k]);
		code = step_own(rows->statement);
		if (code != SQLITE_DONE)
			raise_sqlite(call, code);
		stored += sqlite3_changes64(db);
		sqlite3_reset(rows->statement);
	}
	stead_close(rows);
	return stored;
}

/* The call has the write lock. */
void stead_lock_table(stead_call *call, const stead_table *table)
{
	(void)table;
	begin_query(call);
}

/* AUTOINCREMENT keeps the last number. A log that was made before version 0.2.0 has AUTOINCREMENT, too. */
int64_t stead_sequence_last(stead_call *call, const stead_table *table)
{
	const stead_table_column *id = &table->columns[0];
	stead_buffer sql = {0};

	if (!id->never_reused)
		return 0;
	stead_append_text(call, &sql,
	                  stead_format(call,
	                               "SELECT max(0, coalesce((SELECT seq FROM main.sqlite_sequence"
	                               " WHERE name = 'stead_%s'), 0)",
	                               table->name));
	if (id->noted_when_deleted)
		stead_append_text(call, &sql,
		                  stead_format(call,
		                               ", coalesce((SELECT last FROM main.stead_sequence WHERE name = '%s'), 0),"
		                               " coalesce((SELECT max(%s) FROM main.stead_%s), 0)",
		                               table->name, id->name, table->name));
	return stead_first_as(call, STEAD_ONE_TIME, stead_format(call, "%s)", sql.data), 0, NULL, STEAD_INT).integer;
}

void stead_sequence_continue(stead_call *call, const stead_table *table, int64_t last)
{
	stead_value row[] = {stead_text(stead_format(call, "stead_%s", table->name)), stead_int(last)};

	if (!table->columns[0].never_reused || last <= stead_sequence_last(call, table))
		return;
	if (table->columns[0].noted_when_deleted) {
		stead_sequence_keep(call, table, last);
		return;
	}
	stead_run(call,
	          "INSERT INTO main.sqlite_sequence (name, seq) SELECT $1, 0"
	          " WHERE NOT EXISTS (SELECT 1 FROM main.sqlite_sequence WHERE name = $1)",
	          1, row);
	stead_run(call, "UPDATE main.sqlite_sequence SET seq = $2 WHERE name = $1 AND seq < $2", 2, row);
}

/* Rows that are read one by one are those of the moment, also in a read transaction: the connection sees what it
 * writes. */
int64_t stead_written(stead_call *call)
{
	return sqlite3_total_changes64(frame_of(call)->connection->db);
}
