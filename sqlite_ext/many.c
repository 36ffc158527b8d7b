/*
 * many.c - an INSERT for many rows: its statement, run again and again.
 *
 * For a table with triggers SQLite begins a statement journal with each statement, and for one that numbers its rows it
 * looks up the last number. So such rows are inserted some at a time. SQLite first collects them in a table of its own,
 * which costs less. They are few and short, so that this table stays in memory.
 */
#include "host.h"

#define WIDTH 16        /* rows in a statement */
#define MOST_BYTES 4096 /* in a value of theirs */

int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values)
{
	return run_for_rows(call, sql, QUERY, columns, count, values);
}

static bool are_short(const stead_value *values, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		if (!values[i].null && values[i].size > MOST_BYTES)
			return false;
	return true;
}

/* An application may have set limits that one row is within. */
static bool may_be_wide(sqlite3 *db, int columns)
{
	return sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, -1) >= WIDTH * columns &&
	       sqlite3_limit(db, SQLITE_LIMIT_COLUMN, -1) >= columns &&
	       sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, -1) >= 10000 &&
	       sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, -1) >= 10000;
}

int64_t stead_insert_rows(stead_call *call, const stead_table *table, const char *sql, int columns, int64_t count,
                          const stead_value *values, int64_t *last)
{
	sqlite3 *db = frame_of(call)->connection->db;
	int64_t alone = table && table->columns[0].noted_when_deleted, wide = (count - alone) / WIDTH, stored = 0;

	if (wide && (!may_be_wide(db, columns) || !are_short(values, count * columns)))
		wide = 0;
	if (wide && alone) { /* the others' numbers follow its own */
		stored = run_for_rows(call, sql, INSERT_ONE, columns, 1, values);
		values += columns;
		count--;
	}
	if (wide)
		stored += run_for_rows(call, sql, WIDTH, WIDTH * columns, wide, values);
	if (count > wide * WIDTH)
		stored += run_for_rows(call, sql, INSERT_ONE, columns, count - wide * WIDTH, values + wide * WIDTH * columns);
	*last = sqlite3_last_insert_rowid(db);
	return stored;
}

stead_value stead_insert(stead_call *call, const char *sql, int count, const stead_value *params)
{
	int64_t last;

	return stead_insert_rows(call, NULL, sql, count, 1, params, &last) ? stead_int(last) : stead_null(STEAD_INT);
}
