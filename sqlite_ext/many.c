/*
 * many.c - one INSERT for many rows: its statement, stepped row by row.
 */
#include "host.h"

int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values)
{
	int64_t changed = 0;

	for (int64_t i = 0; i < count; i++)
		changed += stead_run(call, sql, columns, values + i * columns);
	return changed;
}
