/*
 * many.c - an INSERT for many rows: its statement, run row by row.
 */
#include "host.h"

int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values)
{
	return run_for_rows(call, sql, false, columns, count, values);
}

int64_t stead_insert_rows(stead_call *call, const stead_table *table, const char *sql, int columns, int64_t count,
                          const stead_value *values, int64_t *last)
{
	int64_t stored = run_for_rows(call, sql, true, columns, count, values);

	(void)table; /* SQLite gives no number that is taken */
	*last = sqlite3_last_insert_rowid(frame_of(call)->connection->db);
	return stored;
}

stead_value stead_insert(stead_call *call, const char *sql, int count, const stead_value *params)
{
	int64_t last;

	return stead_insert_rows(call, NULL, sql, count, 1, params, &last) ? stead_int(last) : stead_null(STEAD_INT);
}
