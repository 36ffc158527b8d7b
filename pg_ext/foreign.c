/*
 * foreign.c - tables of the application's own: found by name, judged, and their old rows counted and deleted.
 *
 * What touches a table's rows runs with the rights of the table's owner and no others, as a security-restricted operation,
 * and with a search_path of pg_catalog and pg_temp alone: a trigger there gains neither the rights of Stead's owner nor the
 * caller's, nor is it led astray by what others created. Row security is not applied: it would hide rows, not keep them.
 */
#include "host.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/syscache.h"

#include "lib/identifier.h"
#include "lib/timestamp.h"

typedef struct {
	stead_foreign found; /* first: it is cast back */
	Oid relation, schema, owner;
	const char *sql_name; /* as PostgreSQL quotes it */
	const char *column;
	Oid type; /* of the column, domains looked through */
} foreign;

/* ---- Finding --------------------------------------------------------------------------------------------------------- */

static void name_it(stead_call *call, foreign *table, const char *schema, const char *name)
{
	stead_foreign_name(call, &table->found, schema, name, "public");
	table->sql_name = stead_format(call, "%s.%s", stead_quoted(call, schema, true), stead_quoted(call, name, true));
}

Oid foreign_relation(const stead_foreign *table)
{
	return ((const foreign *)table)->relation;
}

void foreign_names(stead_call *call, Oid relation, stead_value *name, stead_value *full_name)
{
	foreign table;

	name_it(call, &table, get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
	*name = table.found.name;
	*full_name = table.found.full_name;
}

/* Rights on the schema are not asked for: the catalogs are open to all, and what is done is done as the table's owner. */
static Oid look_up(frame *frame, const char *schema, const char *name)
{
	Oid in = InvalidOid;

	if (strlen(name) >= NAMEDATALEN || strlen(schema) >= NAMEDATALEN)
		return InvalidOid;
	if (!*schema && !frame->started)
		return RelnameGetRelid(name);
	in = get_namespace_oid(*schema ? schema : "public", true);
	return OidIsValid(in) ? get_relname_relid(name, in) : InvalidOid;
}

/* A rule would do something else in place of the DELETE, or beside it. */
static bool has_delete_rule(Oid relation)
{
	Relation catalog = table_open(RewriteRelationId, AccessShareLock);
	bool found = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_rewrite_ev_class, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(catalog, RewriteRelRulenameIndexId, true, NULL, 1, &key);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan))) {
		Form_pg_rewrite rule = (Form_pg_rewrite)GETSTRUCT(tuple);

		found = rule->ev_type == '0' + CMD_DELETE && rule->ev_enabled != 'D';
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

/* The name of a partition or child that is a foreign table, which cannot be locked row by row; or NULL. */
static const char *foreign_part(stead_call *call, Oid relation)
{
	List *parts = find_all_inheritors(relation, NoLock, NULL);

	for (int i = 0; i < list_length(parts); i++) {
		stead_value name, full_name;

		if (get_rel_relkind(list_nth_oid(parts, i)) != RELKIND_FOREIGN_TABLE)
			continue;
		foreign_names(call, list_nth_oid(parts, i), &name, &full_name);
		return name.data;
	}
	return NULL;
}

static bool is_btree(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	bool is = HeapTupleIsValid(tuple) && ((Form_pg_class)GETSTRUCT(tuple))->relam == BTREE_AM_OID;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return is;
}

/* Is there a whole, valid B-tree that begins with the column? */
static bool has_index(Oid relation, AttrNumber column)
{
	Relation catalog = table_open(IndexRelationId, AccessShareLock);
	bool found = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, NULL, 1, &key);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan))) {
		Form_pg_index index = (Form_pg_index)GETSTRUCT(tuple);

		found = index->indisvalid && index->indkey.values[0] == column &&
		        heap_attisnull(tuple, Anum_pg_index_indpred, NULL) && is_btree(index->indexrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

static const stead_foreign *judge_column(stead_call *call, foreign *table, stead_value time_column)
{
	static const Oid types[] = {TIMESTAMPTZOID, TIMESTAMPOID, DATEOID, INT2OID, INT4OID, INT8OID, FLOAT8OID, NUMERICOID};
	const char *name = stead_string(call, time_column), *shown = table->found.name.data;
	AttrNumber number = strlen(name) < NAMEDATALEN ? get_attnum(table->relation, name) : InvalidAttrNumber;
	bool good = false;

	if (number <= 0) /* system columns have numbers below 0 */
		return stead_foreign_reject(&table->found, STEAD_NOT_FOUND, NULL,
		                   stead_format(call, "table %s has no column \"%s\"", shown, name));
	table->type = getBaseType(get_atttype(table->relation, number));
	for (int i = 0; i < STEAD_COUNT(types); i++)
		good |= table->type == types[i];
	if (!good)
		return stead_foreign_reject(&table->found, STEAD_INVALID, "A time is timestamptz, timestamp, date, or a number of seconds since 1970.",
		                   stead_format(call, "column \"%s\" of table %s is not of a type that holds a time", name, shown));
	table->column = stead_quoted(call, name, true);
	table->found.time_column = stead_text(name);
	table->found.indexed = has_index(table->relation, number);
	table->found.index_sql = stead_format(call, "CREATE INDEX ON %s (%s);", table->sql_name, table->column);
	return &table->found;
}

const stead_foreign *stead_foreign_find(stead_call *call, stead_value name, stead_value time_column)
{
	frame *frame = frame_of(call);
	foreign *table = stead_alloc(call, sizeof *table);
	char *schema = stead_alloc(call, name.size + 1), *bare = stead_alloc(call, name.size + 1);
	HeapTuple tuple;
	Form_pg_class class;
	const char *shown, *part, *deferred;
	char kind, persistence;

	*table = (foreign){.found.name = stead_null(STEAD_TEXT), .found.owner = stead_null(STEAD_TEXT)};
	if (!stead_identifier_parse(name.data, name.size, schema, bare))
		return stead_foreign_reject(&table->found, STEAD_INVALID, NULL,
		                   stead_format(call, "%.*s is not the name of a table, quoted as in SQL where it must be", (int)name.size, name.data));
	name_it(call, table, *schema ? schema : "public", bare);
	table->relation = look_up(frame, schema, bare);
	tuple = OidIsValid(table->relation) ? SearchSysCache1(RELOID, ObjectIdGetDatum(table->relation)) : NULL;
	if (!HeapTupleIsValid(tuple))
		return stead_foreign_reject(&table->found, STEAD_NOT_FOUND, NULL,
		                   stead_format(call, "table %s does not exist", table->found.name.data));
	class = (Form_pg_class)GETSTRUCT(tuple);
	kind = class->relkind;
	persistence = class->relpersistence;
	table->owner = class->relowner;
	table->schema = class->relnamespace;
	ReleaseSysCache(tuple);
	name_it(call, table, get_namespace_name(table->schema), bare);
	shown = table->found.name.data;
	if (is_steads_own(frame, table->relation))
		return stead_foreign_reject(&table->found, STEAD_DENIED, NULL, stead_format(call, "table %s is Stead's own", shown));
	if (table->relation < FirstNormalObjectId || IsCatalogNamespace(table->schema))
		return stead_foreign_reject(&table->found, STEAD_DENIED, NULL, stead_format(call, "table %s is the database's own", shown));
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, NULL, stead_format(call, "%s is not a plain table", shown));
	if (persistence == RELPERSISTENCE_TEMP)
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, NULL, stead_format(call, "table %s is temporary", shown));
	deferred = foreign_deferred(call, table->relation);
	if (deferred)
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, "Make the constraint INITIALLY IMMEDIATE.",
		                   stead_format(call, "table %s%s%s has a constraint or trigger that is INITIALLY DEFERRED", deferred,
		                                strcmp(deferred, shown) == 0 ? "" : ", whose rows change with those of table ",
		                                strcmp(deferred, shown) == 0 ? "" : psprintf("%s,", shown)));
	if (has_delete_rule(table->relation))
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, "Drop the rule; a trigger can do what it does.",
		                   stead_format(call, "table %s has a rule ON DELETE", shown));
	part = foreign_part(call, table->relation);
	if (part)
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, "Set a policy for each of the other partitions.",
		                   stead_format(call, "%s, a part of table %s, is not a plain table", part, shown));
	table->found.owner = stead_text(stead_format(call, "%s", GetUserNameFromId(table->owner, false)));
	table->found.owned = has_privs_of_role(frame->started ? frame->saved_user : GetUserId(), table->owner);
	return time_column.null ? &table->found : judge_column(call, table, time_column);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------------ */

static int64_t divide_up(int64_t number, int64_t by)
{
	return number / by + (number % by > 0);
}

/* The cutoff in the column's own type and, if it is a number's, in that unit, so that an index serves. */
static Datum cutoff_datum(const foreign *table, int64_t cutoff, int64_t unit, Oid *type)
{
	int64_t size = cutoff < 0 ? -cutoff : cutoff, part = STEAD_SECOND / unit;

	*type = table->type;
	switch (table->type) {
	case TIMESTAMPTZOID:
	case TIMESTAMPOID: /* its hours are UTC's */
		return Int64GetDatum(cutoff - EPOCH_DIFFERENCE);
	case DATEOID: /* a day's midnight is before the cutoff if the day is before the next midnight */
		return DateADTGetDatum((DateADT)divide_up(cutoff - EPOCH_DIFFERENCE, STEAD_DAY));
	case FLOAT8OID:
		return Float8GetDatum((double)cutoff / (double)part);
	case NUMERICOID:
		return DirectFunctionCall3(numeric_in,
		                           CStringGetDatum(psprintf("%s%lld.%06lld", cutoff < 0 ? "-" : "", (long long)(size / part),
		                                                    (long long)(size % part * unit))),
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

/* In how many units its times may be: a number's is told by its size. */
static int unit_count(const foreign *table)
{
	return is_number(table) ? STEAD_TIME_UNITS : 1;
}

/* The first of what is a time, in a unit. */
static const char *first_time(const foreign *table, int64_t unit)
{
	return is_number(table) ? psprintf("'" INT64_FORMAT "'::int8", STEAD_SECONDS_FIRST * unit) : "'0001-01-01'";
}

/* Whether a row is before the cutoff, $1: the one condition of counting and deleting. */
static const char *condition(const foreign *table, int64_t unit, const char *alias)
{
	return psprintf("%s.%s < $1 AND %s.%s >= %s", alias, table->column, alias, table->column, first_time(table, unit));
}

/* Runs SQL over the table's rows as its owner, the cutoff being $1; gives its only row. */
static HeapTuple run_as_owner(stead_call *call, const foreign *table, bool reads, int64_t cutoff, int64_t unit, const char *sql)
{
	frame *frame = frame_of(call);
	Oid before, type;
	HeapTuple tuple;
	Datum value;
	int context, level;
	volatile int code; /* lives across the jump of an error, as far as the compiler can tell */
	static bool deleting = false; /* a trigger that prunes in turn would do so without end, each error caught but one level up */

	if (deleting && !reads)
		stead_raise(call, STEAD_UNSUPPORTED, "stead_%s: cannot prune a table inside a trigger of one that is being pruned",
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
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	become(frame, table->owner);
	PG_TRY();
	{
		deleting |= !reads;
		/* a call that deletes sees what it has deleted */
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

/* With the place of a row its partition or child, since a place is within one. What a trigger keeps is passed over by the
 * next round: it comes first, being oldest, and would shield what can go. */
static int64_t delete_in_unit(stead_call *call, const foreign *table, int64_t cutoff, int64_t unit, int64_t max_rows)
{
	const char *condition_sql = condition(table, unit, "t");
	int64_t deleted = 0, kept = 0, wanted, doomed, gone;

	do {
		wanted = max_rows - deleted;
		HeapTuple counts = run_as_owner(
		    call, table, false, cutoff, unit,
		    psprintf("WITH doomed AS MATERIALIZED (SELECT t.tableoid AS part, t.ctid AS place FROM %s AS t WHERE %s ORDER BY t.%s"
		             " LIMIT " INT64_FORMAT " OFFSET " INT64_FORMAT " FOR UPDATE OF t SKIP LOCKED),"
		             " gone AS (DELETE FROM %s AS t USING doomed WHERE t.ctid = doomed.place AND t.tableoid = doomed.part AND %s"
		             " RETURNING 1) SELECT (SELECT count(*) FROM doomed), (SELECT count(*) FROM gone)",
		             table->sql_name, condition_sql, table->column, wanted, kept, table->sql_name, condition_sql));

		doomed = number_of(counts, 1);
		gone = number_of(counts, 2);
		SPI_freetuptable(SPI_tuptable);
		deleted += gone;
		kept += doomed - gone;
		CHECK_FOR_INTERRUPTS();
	} while (doomed == wanted && deleted < max_rows);
	return deleted;
}

int64_t stead_foreign_delete(stead_call *call, const stead_foreign *found, int64_t cutoff, int64_t max_rows, int64_t deadline)
{
	const foreign *table = (const foreign *)found;
	int64_t deleted = 0;

	(void)deadline; /* nobody waits for this writer */
	for (int i = 0; i < unit_count(table) && deleted < max_rows; i++)
		deleted += delete_in_unit(call, table, cutoff, stead_time_units[i], max_rows - deleted);
	return deleted;
}

static void begin_spi(stead_call *call)
{
	stead_close(stead_open(call, "SELECT 1", 0, NULL));
}

/* Without an index an order would mean to sort all of it. */
static int64_t count_in_unit(stead_call *call, const foreign *table, int64_t cutoff, int64_t unit, int64_t most, int64_t looked_at,
                             stead_value *oldest_at)
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
	                      psprintf("SELECT count(*), %s FROM (SELECT t.%s AS at FROM %s AS t WHERE %s%s) AS old", oldest, table->column,
	                               from, condition(table, unit, "t"), limit));
	rows = number_of(counts, 1);
	*oldest_at = stead_time(DatumGetTimestampTz(SPI_getbinval(counts, SPI_tuptable->tupdesc, 2, &null)) + EPOCH_DIFFERENCE);
	oldest_at->null = null;
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

void stead_foreign_count(stead_call *call, const stead_foreign *found, int64_t cutoff, int64_t most, int64_t looked_at, int64_t *rows,
                         stead_value *oldest_at)
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

/* By ranges, each of which an index gives. */
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
		sums = psprintf("%s + (SELECT count(*) FROM (SELECT FROM %s AS t WHERE %s LIMIT " INT64_FORMAT ") AS few)", sums,
		                table->sql_name, where, most);
		if (last)
			break;
		end = is_number(table) ? psprintf("'" INT64_FORMAT "'::int8", (STEAD_SECONDS_LAST + 1) * stead_time_units[i]) : "'10000-01-01'";
		any = psprintf("%s OR EXISTS (SELECT FROM %s AS t WHERE t.%s >= %s AND t.%s < %s)", any, table->sql_name, table->column, first,
		               table->column, end);
		after = end;
	}
	counts = run_as_owner(call, table, true, 0, 1,
	                      psprintf("SELECT %s, (%s)::int::int8, EXISTS (SELECT FROM %s)::int::int8 WHERE $1 IS NOT NULL", sums, any,
	                               table->sql_name));
	unreadable = number_of(counts, 1);
	*times = number_of(counts, 2) != 0;
	*rows = number_of(counts, 3) != 0;
	SPI_freetuptable(SPI_tuptable);
	return unreadable < most ? unreadable : most;
}
