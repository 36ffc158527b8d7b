/*
 * foreign_rows.c - old rows of the application's own tables: counted and deleted.
 *
 * SQL on a table's rows runs as a security-restricted operation, with only the rights of the table's owner and with
 * the search_path pg_catalog, pg_temp. So a trigger there has the rights of neither Stead's owner nor the caller, and
 * it calls no functions that others planted. Row security is not applied: it would hide rows, not protect them.
 */
#include "foreign.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "lib/timestamp.h"

#define CHUNK 100       /* rows deleted before the first look at the clock */
#define BIG_CHUNK 10000 /* the same, where each round reads the whole table */

static int64_t divide_up(int64_t number, int64_t by)
{
	return number / by + (number % by > 0);
}

/* The cutoff in the column's own type, so that an index can be used; for a number, in the unit. */
static Datum cutoff_datum(const foreign *table, int64_t cutoff, int64_t unit, Oid *type)
{
	int64_t size = cutoff < 0 ? -cutoff : cutoff, part = STEAD_SECOND / unit;

	*type = table->type;
	switch (table->type) {
	case TIMESTAMPTZOID:
	case TIMESTAMPOID: /* its times are UTC */
		return Int64GetDatum(cutoff - EPOCH_DIFFERENCE);
	case DATEOID: /* a day's midnight is before the cutoff if the day is before the next midnight */
		return DateADTGetDatum((DateADT)divide_up(cutoff - EPOCH_DIFFERENCE, STEAD_DAY));
	case FLOAT8OID:
		return Float8GetDatum((double)cutoff / (double)part);
	case NUMERICOID:
		return DirectFunctionCall3(numeric_in,
		                           CStringGetDatum(psprintf("%s%lld.%06lld", cutoff < 0 ? "-" : "",
		                                                    (long long)(size / part), (long long)(size % part * unit))),
		                           ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	default:
		*type = INT8OID;
		return Int64GetDatum(divide_up(cutoff, part));
	}
}

static bool is_number(const foreign *table)
{
	return table->type != TIMESTAMPTZOID && table->type != TIMESTAMPOID && table->type != DATEOID;
}

/* How many units the column's times may be in. A number's size tells its unit. */
static int unit_count(const foreign *table)
{
	return is_number(table) ? STEAD_TIME_UNITS : 1;
}

/* The least value that is a time in this unit. */
static const char *first_time(const foreign *table, int64_t unit)
{
	return is_number(table) ? psprintf("'" INT64_FORMAT "'::int8", STEAD_SECONDS_FIRST * unit) : "'0001-01-01'";
}

/* The condition that a row is before the cutoff $1. Counting and deleting share it. */
static const char *condition(const foreign *table, int64_t unit, const char *alias)
{
	return psprintf("%s.%s < $1 AND %s.%s >= %s", alias, table->column, alias, table->column, first_time(table, unit));
}

/* Runs SQL on the table's rows as its owner, with the cutoff as $1. Returns its only row. */
static HeapTuple run_as_owner(stead_call *call, const foreign *table, bool reads, int64_t cutoff, int64_t unit,
                              const char *sql)
{
	frame *frame = frame_of(call);
	Oid before, type;
	HeapTuple tuple;
	Datum value;
	int context, level;
	volatile int code; /* for the compiler: the value must survive a longjmp */
	/* A trigger that prunes in turn would recurse without end: each error is caught just one level up. */
	static bool deleting = false;

	if (deleting && !reads)
		stead_raise(call, STEAD_UNSUPPORTED,
		            "stead_%s: cannot prune a table inside a trigger of one that is being pruned",
		            call->function->name);
	LockRelationOid(table->relation, reads ? AccessShareLock : RowExclusiveLock);
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table->relation));
	if (!HeapTupleIsValid(tuple) || ((Form_pg_class)GETSTRUCT(tuple))->relowner != table->owner)
		stead_raise(call, STEAD_CONFLICT, "stead_%s: table %s has been changed meanwhile", call->function->name,
		            table->found.name.data);
	ReleaseSysCache(tuple);
	value = cutoff_datum(table, cutoff, unit, &type);
	GetUserIdAndSecContext(&before, &context);
	level = NewGUCNestLevel();
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
	                  false);
	become(frame, table->owner);
	PG_TRY();
	{
		deleting |= !reads;
		/* a call that deletes must see its own deletions */
		code = SPI_execute_with_args(sql, 1, &type, &value, NULL, call->function->effect != STEAD_WRITES, 0);
	}
	PG_FINALLY();
	{
		deleting &= reads;
	}
	PG_END_TRY();
	if (code < 0 || SPI_processed != 1)
		elog(ERROR, "stead: a statement failed: %s", SPI_result_code_string(code));
	SetUserIdAndSecContext(before, context);
	AtEOXact_GUC(false, level);
	return SPI_tuptable->vals[0];
}

static int64_t number_of(HeapTuple tuple, int column)
{
	bool null;

	return DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, column, &null));
}

/* A ctid is unique only within one partition or child, so tableoid goes with it. Rows that a trigger keeps come first,
 * being the oldest, and would hide those that can go: the next round skips them. With a deadline, each round may take
 * twice as many rows as the one before, as each passes over the rows that earlier rounds deleted. */
static int64_t delete_in_unit(stead_call *call, const foreign *table, int64_t cutoff, int64_t unit, int64_t max_rows,
                              int64_t deadline, int64_t *chunk)
{
	const char *condition_sql = condition(table, unit, "t");
	int64_t deleted = 0, kept = 0, wanted, doomed, gone;

	do {
		wanted = max_rows - deleted;
		if (deadline != INT64_MAX && wanted > *chunk)
			wanted = *chunk;
		*chunk *= 2;
		HeapTuple counts = run_as_owner(
			call, table, false, cutoff, unit,
			psprintf("WITH doomed AS MATERIALIZED (SELECT t.tableoid AS part, t.ctid AS place FROM %s AS t WHERE %s "
		             "ORDER BY t.%s"
		             " LIMIT " INT64_FORMAT " OFFSET " INT64_FORMAT " FOR UPDATE OF t SKIP LOCKED),"
		             " gone AS (DELETE FROM %s AS t USING doomed WHERE t.ctid = doomed.place AND t.tableoid = "
		             "doomed.part AND %s"
		             " RETURNING 1) SELECT (SELECT count(*) FROM doomed), (SELECT count(*) FROM gone)",
		             table->sql_name, condition_sql, table->column, wanted, kept, table->sql_name, condition_sql));

		doomed = number_of(counts, 1);
		gone = number_of(counts, 2);
		SPI_freetuptable(SPI_tuptable);
		deleted += gone;
		kept += doomed - gone;
		CHECK_FOR_INTERRUPTS();
	} while (doomed == wanted && deleted < max_rows && (deleted == 0 || stead_now(call) < deadline));
	return deleted;
}

stead_foreign_batch *stead_foreign_look(stead_call *call, const stead_foreign *table, int64_t cutoff,
                                        stead_foreign_batch *batch)
{
	(void)call, (void)table, (void)cutoff, (void)batch;
	return NULL; /* nobody waits for this writer */
}

int64_t stead_foreign_delete(stead_call *call, const stead_foreign *found, int64_t cutoff, int64_t max_rows,
                             int64_t deadline, stead_foreign_batch *batch)
{
	const foreign *table = (const foreign *)found;
	int64_t deleted = 0, chunk = table->found.indexed ? CHUNK : BIG_CHUNK;

	(void)batch;
	for (int i = 0; i < unit_count(table) && deleted < max_rows && (deleted == 0 || stead_now(call) < deadline); i++)
		deleted += delete_in_unit(call, table, cutoff, stead_time_units[i], max_rows - deleted, deadline, &chunk);
	return deleted;
}

static void begin_spi(stead_call *call)
{
	stead_close(stead_open(call, "SELECT 1", 0, NULL));
}

/* Without an index, ORDER BY would sort the whole table. */
static int64_t count_in_unit(stead_call *call, const foreign *table, int64_t cutoff, int64_t unit, int64_t most,
                             int64_t looked_at, stead_value *oldest_at)
{
	const char *order = table->found.indexed ? " ORDER BY 1" : "", *from = table->sql_name, *oldest = "min(at)";
	const char *limit = most < INT64_MAX ? psprintf("%s LIMIT " INT64_FORMAT, order, most) : "";
	HeapTuple counts;
	int64_t rows;
	bool null;

	if (table->type == DATEOID)
		oldest = psprintf("%s::timestamp", oldest);
	if (is_number(table))
		oldest = psprintf("to_timestamp(%s::float8 / " INT64_FORMAT ")", oldest, unit);
	else if (table->type != TIMESTAMPTZOID)
		oldest = psprintf("%s AT TIME ZONE 'UTC'", oldest);
	if (!table->found.indexed && looked_at < INT64_MAX)
		from = psprintf("(SELECT t.%s FROM %s AS t LIMIT " INT64_FORMAT ")", table->column, from, looked_at);
	counts = run_as_owner(call, table, true, cutoff, unit,
	                      psprintf("SELECT count(*), %s FROM (SELECT t.%s AS at FROM %s AS t WHERE %s%s) AS old",
	                               oldest, table->column, from, condition(table, unit, "t"), limit));
	rows = number_of(counts, 1);
	*oldest_at =
		stead_time(DatumGetTimestampTz(SPI_getbinval(counts, SPI_tuptable->tupdesc, 2, &null)) + EPOCH_DIFFERENCE);
	oldest_at->null = null;
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

void stead_foreign_count(stead_call *call, const stead_foreign *found, int64_t cutoff, int64_t most, int64_t looked_at,
                         int64_t *rows, stead_value *oldest_at)
{
	const foreign *table = (const foreign *)found;

	begin_spi(call);
	*rows = 0;
	*oldest_at = stead_null(STEAD_TIME);
	for (int i = 0; i < unit_count(table); i++) {
		stead_value oldest;

		*rows += count_in_unit(call, table, cutoff, stead_time_units[i], most, looked_at, &oldest);
		if (oldest_at->null || (!oldest.null && oldest.integer < oldest_at->integer))
			*oldest_at = oldest;
	}
}

/* Each range can use an index. */
int64_t stead_foreign_unreadable(stead_call *call, const stead_foreign *found, int64_t most, bool *rows, bool *times)
{
	const foreign *table = (const foreign *)found;
	const char *after = NULL, *sums = "0", *any = "false";
	int64_t unreadable;
	HeapTuple counts;

	begin_spi(call);
	for (int i = 0; i <= unit_count(table); i++) {
		bool last = i == unit_count(table);
		const char *first = last ? NULL : first_time(table, stead_time_units[i]), *end, *where = "";

		if (!after)
			where = psprintf("t.%s < %s", table->column, first);
		else if (last)
			where = psprintf("t.%s >= %s", table->column, after);
		else
			where = psprintf("t.%s >= %s AND t.%s < %s", table->column, after, table->column, first);
		sums = psprintf("%s + (SELECT count(*) FROM (SELECT FROM %s AS t WHERE %s LIMIT " INT64_FORMAT ") AS few)",
		                sums, table->sql_name, where, most);
		if (last)
			break;
		end = is_number(table) ? psprintf("'" INT64_FORMAT "'::int8", (STEAD_SECONDS_LAST + 1) * stead_time_units[i])
		                       : "'10000-01-01'";
		any = psprintf("%s OR EXISTS (SELECT FROM %s AS t WHERE t.%s >= %s AND t.%s < %s)", any, table->sql_name,
		               table->column, first, table->column, end);
		after = end;
	}
	counts =
		run_as_owner(call, table, true, 0, 1,
	                 psprintf("SELECT %s, (%s)::int::int8, EXISTS (SELECT FROM %s)::int::int8 WHERE $1 IS NOT NULL",
	                          sums, any, table->sql_name));
	unreadable = number_of(counts, 1);
	*times = number_of(counts, 2) != 0;
	*rows = number_of(counts, 3) != 0;
	SPI_freetuptable(SPI_tuptable);
	return unreadable < most ? unreadable : most;
}
