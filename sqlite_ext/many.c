/*
 * many.c - an INSERT for many rows: its statement, stepped row by row.
 */
#include "host.h"

int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values)
{
	int64_t changed = 0;

	for (int64_t i = 0; i < count; i++)
		changed += stead_run(call, sql, columns, values + i * columns);
	return changed;
}

int64_t stead_insert_rows(stead_call *call, const stead_table *table, const char *sql, int columns, int64_t count,
                          const stead_value *values, int64_t *last)
{
	int64_t stored = 0;

	(void)table; /* SQLite gives no number that is taken */
	for (int64_t i = 0; i < count; i++) {
		stead_value id = stead_insert(call, sql, columns, values + i * columns);

		*last = id.integer;
		stored += !id.null;
	}
	return stored;
}
