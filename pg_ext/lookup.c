/*
 * lookup.c - a row found by a unique key, read without the executor.
 *
 * A query of one row costs more in its plan, in search_path and in the executor than in the index and the table. So a
 * reader's STEAD_BY_KEY query is not planned: the row is fetched as the executor's index scan would fetch it, with the
 * same snapshot and the same locks. But only where the executor would do no more: a table of Stead's own owner, as
 * stead_init() made it, without row security or a revoked privilege, and a valid unique index of just these columns.
 * Else the query is run as any other.
 */
#include "privilege.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#if PG_VERSION_NUM >= 180000
#define index_beginscan(table, index, snapshot, keys, orders)                                                          \
	index_beginscan(table, index, snapshot, NULL, keys, orders)
#endif

#define MOST_KEYS 4

typedef struct {
	Relation table, index;
	int columns, keys;
	AttrNumber column[STEAD_MAX_COLUMNS], key[MOST_KEYS];
} lookup;

/* The column that is named here, and what follows the name; 0: there is none. */
static AttrNumber take_column(TupleDesc form, const char **at)
{
	for (int i = 0; i < form->natts; i++) {
		const char *name = NameStr(TupleDescAttr(form, i)->attname), *end = *at;

		while (*name && *name == *end)
			name++, end++;
		if (!*name && (*end == ',' || *end == ' ') && !TupleDescAttr(form, i)->attisdropped) {
			*at = end;
			return (AttrNumber)(i + 1);
		}
	}
	return 0;
}

static bool skip(const char **at, const char *text)
{
	size_t size = strlen(text);

	if (strncmp(*at, text, size) != 0)
		return false;
	*at += size;
	return true;
}

/* Reads "SELECT a, b FROM stead_t WHERE c = $1 AND d = $2". False: it has another form, or a column is not there. */
static bool read_query(lookup *lookup, const char *sql, int count)
{
	TupleDesc form = RelationGetDescr(lookup->table);
	const char *at = sql;

	if (!skip(&at, "SELECT "))
		return false;
	do {
		if (lookup->columns == lengthof(lookup->column) ||
		    !(lookup->column[lookup->columns++] = take_column(form, &at)))
			return false;
	} while (skip(&at, ", "));
	at = strstr(at, " WHERE ");
	if (!at)
		return false;
	at += strlen(" WHERE ");
	do {
		if (lookup->keys == MOST_KEYS || !(lookup->key[lookup->keys++] = take_column(form, &at)) ||
		    !skip(&at, " = $") || *at++ != '0' + lookup->keys)
			return false;
	} while (skip(&at, " AND "));
	return !*at && lookup->keys == count;
}

static bool is_plain(Relation table)
{
	Form_pg_class row = table->rd_rel;

	return row->relkind == RELKIND_RELATION && !row->relrowsecurity && !row->relhassubclass && !table->rd_rules &&
	       row->relpersistence != RELPERSISTENCE_TEMP && row->relowner == GetUserId() && !ExecutorCheckPerms_hook &&
	       pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

/* An index that may lack old rows (indcheckxmin) is left to the planner, which knows when it may be used. */
static bool fits(const lookup *lookup, Relation index)
{
	Form_pg_index row = index->rd_index;

	if (!row->indisunique || !row->indisvalid || row->indcheckxmin || row->indnkeyatts != lookup->keys ||
	    index->rd_rel->relam != BTREE_AM_OID || RelationGetIndexPredicate(index) != NIL)
		return false;
	for (int i = 0; i < lookup->keys; i++) {
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(lookup->table), lookup->key[i] - 1);

		/* an operator family of somebody's own may take other values for equal */
		if (row->indkey.values[i] != lookup->key[i] || index->rd_opcintype[i] != column->atttypid ||
		    index->rd_opfamily[i] >= FirstNormalObjectId || index->rd_indcollation[i] != column->attcollation)
			return false;
	}
	return true;
}

/* Finds the index. Most queries of a backend are the same few, so what served last is tried first. */
static bool find_index(lookup *lookup, const char *sql)
{
	static struct {
		const char *sql;
		Oid index;
	} latest[16];
	unsigned slot = (unsigned)((uintptr_t)sql / 8 % lengthof(latest));
	List *indexes = RelationGetIndexList(lookup->table);
	bool known = latest[slot].sql == sql && list_member_oid(indexes, latest[slot].index);
	ListCell *cell;

	foreach (cell, indexes) {
		if (known && lfirst_oid(cell) != latest[slot].index)
			continue;
		lookup->index = index_open(lfirst_oid(cell), AccessShareLock);
		if (fits(lookup, lookup->index)) {
			latest[slot].sql = sql;
			latest[slot].index = lfirst_oid(cell);
			break;
		}
		index_close(lookup->index, NoLock);
		lookup->index = NULL;
	}
	list_free(indexes);
	return lookup->index;
}

static bool make_keys(const lookup *lookup, const stead_value *params, ScanKey keys)
{
	for (int i = 0; i < lookup->keys; i++) {
		Oid type = TupleDescAttr(RelationGetDescr(lookup->table), lookup->key[i] - 1)->atttypid;
		RegProcedure equal = type == TEXTOID ? F_TEXTEQ : type == INT8OID ? F_INT8EQ : F_BYTEAEQ;

		if (type_oid(params[i].type) != type || (type != TEXTOID && type != INT8OID && type != BYTEAOID))
			return false;
		ScanKeyEntryInitialize(&keys[i], params[i].null ? SK_ISNULL : 0, (AttrNumber)(i + 1), BTEqualStrategyNumber,
		                       InvalidOid, lookup->index->rd_indcollation[i], equal, to_datum(params[i]));
	}
	return true;
}

/* Copies the columns out of the row, whose page is about to be let go, and what is stored apart from it. */
static void take_row(const lookup *lookup, TupleTableSlot *slot, stead_rows *rows)
{
	for (int i = 0; i < lookup->columns; i++) {
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(lookup->table), lookup->column[i] - 1);
		Datum value = slot_getattr(slot, lookup->column[i], &rows->nulls[i]);

		if (rows->nulls[i])
			continue;
		/* a TOAST pointer passes for short, too */
		rows->values[i] = column->attlen == -1 && (VARATT_IS_EXTERNAL(DatumGetPointer(value)) ||
		                                           VARATT_IS_COMPRESSED(DatumGetPointer(value)))
		                      ? PointerGetDatum(pg_detoast_datum_packed((struct varlena *)DatumGetPointer(value)))
		                      : datumCopy(value, column->attbyval, column->attlen);
	}
	rows->count = 1;
	rows->taken = 1;
}

static void fetch(frame *frame, const lookup *lookup, ScanKey keys, stead_rows *rows)
{
	MemoryContext before = MemoryContextSwitchTo(frame->memory);
	Snapshot snapshot = RegisterSnapshot(frame->latest ? GetLatestSnapshot() : GetActiveSnapshot());
	TupleTableSlot *slot = table_slot_create(lookup->table, NULL);
	IndexScanDesc scan = index_beginscan(lookup->table, lookup->index, snapshot, lookup->keys, 0);

	index_rescan(scan, keys, lookup->keys, NULL, 0);
	if (index_getnext_slot(scan, ForwardScanDirection, slot))
		take_row(lookup, slot, rows);
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	UnregisterSnapshot(snapshot);
	MemoryContextSwitchTo(before);
}

static void describe(const lookup *lookup, stead_rows *rows)
{
	rows->width = lookup->columns;
	rows->types = stead_alloc(rows->call, (size_t)lookup->columns * sizeof *rows->types);
	rows->values = stead_alloc(rows->call, (size_t)lookup->columns * sizeof *rows->values);
	rows->nulls = stead_alloc(rows->call, (size_t)lookup->columns * sizeof *rows->nulls);
	for (int i = 0; i < lookup->columns; i++)
		rows->types[i] = TupleDescAttr(RelationGetDescr(lookup->table), lookup->column[i] - 1)->atttypid;
}

/* The table's name in the query. */
static Oid table_of(frame *frame, const char *sql)
{
	char name[NAMEDATALEN];
	const char *at = strstr(sql, " FROM ");
	size_t size = at ? strcspn(at + strlen(" FROM "), " ") : 0;

	if (size == 0 || size >= sizeof name)
		return InvalidOid;
	memcpy(name, at + strlen(" FROM "), size);
	name[size] = '\0';
	return own_table(frame, name);
}

stead_rows *open_by_key(stead_call *call, const char *sql, int count, const stead_value *params)
{
	frame *frame = frame_of(call);
	ScanKeyData keys[MOST_KEYS];
	stead_rows *rows = NULL;
	lookup lookup = {0};
	Oid relation;

	if (call->function->effect == STEAD_WRITES || !ActiveSnapshotSet())
		return NULL; /* what a writer has just changed is not in the statement's snapshot */
	refuse_old_snapshot(frame);
	begin_without_sql(call);
	relation = table_of(frame, sql);
	if (!OidIsValid(relation))
		return NULL;
	lookup.table = try_relation_open(relation, AccessShareLock);
	if (!lookup.table) /* dropped meanwhile */
		return NULL;
	if (is_plain(lookup.table) && read_query(&lookup, sql, count) && find_index(&lookup, sql)) {
		if (make_keys(&lookup, params, keys)) {
			rows = new_rows(call);
			describe(&lookup, rows);
			fetch(frame, &lookup, keys, rows);
		}
		index_close(lookup.index, NoLock);
	}
	relation_close(lookup.table, NoLock);
	return rows;
}
