/*
 * empty.c - a PostgreSQL function that does nothing, to measure the cost of a call. bench/run compiles and loads it.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(bench_empty);
__attribute__((visibility("default"))) Datum bench_empty(PG_FUNCTION_ARGS);

Datum bench_empty(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	PG_RETURN_BOOL(true);
}
