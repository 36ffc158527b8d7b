/*
 * catalog.c - what the host asks of the database's own catalogs.
 */
#include "host.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"

/* Stead's schema may contain functions that match better than pg_catalog's, where an argument is of a polymorphic type.
 * They would run with the query's rights. So the schema is not in the path. */
const char *names(stead_call *call, const char *sql, int count, const stead_value *params)
{
	StringInfoData list;
	stead_rows *rows;
	int level;

	begin_query(call);
	level = NewGUCNestLevel();
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	rows = stead_open_as(call, STEAD_ONE_TIME, sql, count, params);
	initStringInfo(&list);
	while (stead_next(rows)) {
		stead_value name = stead_column(rows, 0, STEAD_TEXT);

		appendStringInfo(&list, "%s%.*s", list.len ? ", " : "", (int)name.size, name.data);
	}
	stead_close(rows);
	AtEOXact_GUC(false, level);
	return list.len ? list.data : NULL;
}

List *catalog_rows(Oid catalog, Oid index, AttrNumber column, Oid value)
{
	Relation relation = table_open(catalog, AccessShareLock);
	List *rows = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value));
	scan = systable_beginscan(relation, index, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		rows = lappend(rows, heap_copytuple(tuple));
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return rows;
}
