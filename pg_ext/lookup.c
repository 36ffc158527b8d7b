/*
 * lookup.c - a row found by a unique key, read without the executor. lookup_join.c finds many of them, lookup_range.c
 * reads a range.
 *
 * A query of one row costs more in its plan, in search_path and in the executor than in the index and the table. So a
 * reader's STEAD_BY_KEY query is not planned: the row is fetched as the executor's index scan would fetch it, with the
 * same snapshot and the same locks. But only where the executor would do no more: a table of Stead's own owner, as
 * stead_init() made it, without row security or a revoked privilege, and a valid unique index of just these columns.
 * Else the query is run as any other.
 */
#include "lookup.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"

AttrNumber take_column(TupleDesc form, const char **at)
{
	for (int i = 0; i < form->natts; i++) {
		const char *name = NameStr(TupleDescAttr(form, i)->attname), *end = *at;

		while (*name && *name == *end)
			name++, end++;
		if (!*name && (*end == ',' || *end == ' ') && !TupleDescAttr(form, i)->attisdropped &&
		    !TupleDescAttr(form, i)->attgenerated) { /* it need not be stored */
			*at = end;
			return (AttrNumber)(i + 1);
		}
	}
	return 0;
}

bool skip(const char **at, const char *text)
{
	size_t size = strlen(text);

	if (strncmp(*at, text, size) != 0)
		return false;
	*at += size;
	return true;
}

bool read_columns(lookup *lookup, const char **at, const char *prefix)
{
	if (!skip(at, "SELECT "))
		return false;
	do {
		if (lookup->columns == lengthof(lookup->column) || !skip(at, prefix) ||
		    !(lookup->column[lookup->columns++] = take_column(RelationGetDescr(lookup->table), at)))
			return false;
	} while (skip(at, ", "));
	return true;
}

/* Reads "SELECT a, b FROM stead_t WHERE c = $1 AND d = $2" up to that end. False: it has another form, or a column is
 * not there. */
static bool read_query(lookup *lookup, const char *sql, const char *end)
{
	TupleDesc form = RelationGetDescr(lookup->table);
	const char *at = sql;

	if (!read_columns(lookup, &at, "") || !skip(&at, " FROM "))
		return false;
	at += strcspn(at, " ");
	if (!skip(&at, " WHERE "))
		return false;
	do {
		if (lookup->keys == MOST_KEYS || !(lookup->key[lookup->keys++] = take_column(form, &at)) ||
		    !skip(&at, " = $") || *at++ != '0' + lookup->keys)
			return false;
	} while (skip(&at, " AND "));
	return at == end;
}

bool is_only_read(Relation table)
{
	Form_pg_class row = table->rd_rel;

	return row->relkind == RELKIND_RELATION && !row->relrowsecurity && !row->relhassubclass && !table->rd_rules &&
	       row->relpersistence == RELPERSISTENCE_PERMANENT && row->relowner == GetUserId() &&
	       !ExecutorCheckPerms_hook &&
	       pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

bool is_key(const lookup *lookup, Relation index, int number, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(lookup->table), column - 1);

	/* an operator family of somebody's own may take other values for equal */
	return index->rd_index->indkey.values[number] == column && index->rd_opcintype[number] == attribute->atttypid &&
	       index->rd_opfamily[number] < FirstNormalObjectId &&
	       index->rd_indcollation[number] == attribute->attcollation;
}

bool has_these_keys(const lookup *lookup, Relation index)
{
	Form_pg_index row = index->rd_index;

	if (row->indnkeyatts != lookup->keys || !row->indisunique || !row->indimmediate)
		return false;
	for (int i = 0; i < lookup->keys; i++)
		if (!is_key(lookup, index, i, lookup->key[i]))
			return false;
	return true;
}

/* An index that may lack old rows (indcheckxmin) is left to the planner, which knows when it may be used. */
static bool is_whole(Relation index)
{
	Form_pg_index row = index->rd_index;

	return row->indisvalid && !row->indcheckxmin && index->rd_rel->relam == BTREE_AM_OID &&
	       RelationGetIndexPredicate(index) == NIL;
}

/* Most queries of a backend are the same few, so the index that served last is tried first. */
bool find_index(lookup *lookup, const char *sql, bool (*fits)(const struct lookup *lookup, Relation index))
{
	static struct {
		const char *sql;
		Oid index;
	} latest[64];
	unsigned slot = (unsigned)((uintptr_t)sql / 8 % lengthof(latest));
	List *indexes = RelationGetIndexList(lookup->table);
	bool known = latest[slot].sql == sql && list_member_oid(indexes, latest[slot].index);
	ListCell *cell;

	foreach (cell, indexes) {
		if (known && lfirst_oid(cell) != latest[slot].index)
			continue;
		lookup->index = index_open(lfirst_oid(cell), AccessShareLock);
		if (is_whole(lookup->index) && fits(lookup, lookup->index)) {
			latest[slot].sql = sql;
			latest[slot].index = lfirst_oid(cell);
			break;
		}
		index_close(lookup->index, NoLock);
		lookup->index = NULL;
	}
	if (known && !lookup->index)
		latest[slot].sql = NULL; /* the next call tries all */
	list_free(indexes);
	return lookup->index;
}

#if PG_VERSION_NUM < 140000 /* the names then stood for the functions that timestamptz shares with timestamp */
#define F_TIMESTAMPTZ_LT F_TIMESTAMP_LT
#define F_TIMESTAMPTZ_LE F_TIMESTAMP_LE
#define F_TIMESTAMPTZ_EQ F_TIMESTAMP_EQ
#define F_TIMESTAMPTZ_GE F_TIMESTAMP_GE
#define F_TIMESTAMPTZ_GT F_TIMESTAMP_GT
#endif

static RegProcedure comparison(Oid type, StrategyNumber strategy)
{
	static const RegProcedure of_integers[] = {F_INT8LT, F_INT8LE, F_INT8EQ, F_INT8GE, F_INT8GT},
							  of_times[] = {F_TIMESTAMPTZ_LT, F_TIMESTAMPTZ_LE, F_TIMESTAMPTZ_EQ, F_TIMESTAMPTZ_GE,
	                                        F_TIMESTAMPTZ_GT};

	switch (type) {
	case INT8OID:
		return of_integers[strategy - 1];
	case TIMESTAMPTZOID:
		return of_times[strategy - 1];
	default:
		return strategy != BTEqualStrategyNumber ? InvalidOid
		       : type == TEXTOID                 ? F_TEXTEQ
		       : type == BYTEAOID                ? F_BYTEAEQ
		                                         : InvalidOid;
	}
}

bool make_key(const lookup *lookup, int number, StrategyNumber strategy, stead_value value, ScanKey key)
{
	Oid type = lookup->index->rd_opcintype[number];
	RegProcedure compare = comparison(type, strategy);

	if (type_oid(value.type) != type || !RegProcedureIsValid(compare))
		return false;
	ScanKeyEntryInitialize(key, value.null ? SK_ISNULL : 0, (AttrNumber)(number + 1), strategy, InvalidOid,
	                       lookup->index->rd_indcollation[number], compare, to_datum(value));
	return true;
}

void take_row(const lookup *lookup, TupleTableSlot *slot, bool whole, stead_rows *rows)
{
	Datum *values = rows->every + rows->count * (uint64)rows->width;
	bool *nulls = rows->every_null + rows->count * (uint64)rows->width;

	for (int i = 0; i < lookup->columns; i++) {
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(lookup->table), lookup->column[i] - 1);
		Datum value = slot_getattr(slot, lookup->column[i], &nulls[i]);

		if (nulls[i])
			continue;
		/* a TOAST pointer passes for short, too */
		if (whole && column->attlen == -1 &&
		    (VARATT_IS_EXTERNAL(DatumGetPointer(value)) || VARATT_IS_COMPRESSED(DatumGetPointer(value))))
			values[i] = PointerGetDatum(pg_detoast_datum_packed((struct varlena *)DatumGetPointer(value)));
		else
			values[i] = datumCopy(value, column->attbyval, column->attlen);
	}
	rows->count++;
}

static void fetch(frame *frame, const lookup *lookup, ScanKey keys, stead_rows *rows)
{
	MemoryContext before = MemoryContextSwitchTo(rows->found);
	Snapshot snapshot = RegisterSnapshot(frame->latest ? GetLatestSnapshot() : GetActiveSnapshot());
	TupleTableSlot *slot = table_slot_create(lookup->table, NULL);
	IndexScanDesc scan = index_beginscan(lookup->table, lookup->index, snapshot, lookup->keys, 0);

	index_rescan(scan, keys, lookup->keys, NULL, 0);
	if (index_getnext_slot(scan, ForwardScanDirection, slot))
		take_row(lookup, slot, true, rows);
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	UnregisterSnapshot(snapshot);
	MemoryContextSwitchTo(before);
}

stead_rows *new_found_rows(stead_call *call, const lookup *lookup, int most)
{
	size_t columns = (size_t)lookup->columns, room = columns * (size_t)most;
	stead_rows *rows = new_rows(call);

	rows->width = lookup->columns;
	rows->found = AllocSetContextCreate(rows->memory, "stead found", ALLOCSET_SMALL_SIZES);
	rows->types = MemoryContextAlloc(rows->found, columns * sizeof *rows->types);
	rows->every = MemoryContextAlloc(rows->found, room * sizeof *rows->every);
	rows->every_null = MemoryContextAlloc(rows->found, room * sizeof *rows->every_null);
	for (int i = 0; i < lookup->columns; i++)
		rows->types[i] = TupleDescAttr(RelationGetDescr(lookup->table), lookup->column[i] - 1)->atttypid;
	return rows;
}

bool open_table(frame *frame, const char *name, lookup *lookup)
{
	char copy[NAMEDATALEN];
	size_t size = strcspn(name, " ");
	Oid relation;

	if (size == 0 || size >= sizeof copy)
		return false;
	memcpy(copy, name, size);
	copy[size] = '\0';
	relation = own_table(frame, copy);
	lookup->table = OidIsValid(relation) ? try_relation_open(relation, AccessShareLock) : NULL;
	return lookup->table; /* else it was dropped meanwhile */
}

void close_table(lookup *lookup)
{
	if (lookup->index)
		index_close(lookup->index, NoLock);
	if (lookup->table)
		relation_close(lookup->table, NoLock);
}

stead_rows *read_by_key(stead_call *call, const char *sql, const char *end, int count, const stead_value *params)
{
	const char *from = strstr(sql, " FROM ");
	ScanKeyData keys[MOST_KEYS];
	stead_rows *rows = NULL;
	lookup lookup = {0};
	bool good = from && open_table(frame_of(call), from + strlen(" FROM "), &lookup) && is_only_read(lookup.table) &&
	            read_query(&lookup, sql, end) && lookup.keys <= count && find_index(&lookup, sql, has_these_keys);

	for (int i = 0; good && i < lookup.keys; i++)
		good = make_key(&lookup, i, BTEqualStrategyNumber, params[i], &keys[i]);
	if (good) {
		rows = new_found_rows(call, &lookup, 1);
		fetch(frame_of(call), &lookup, keys, rows);
	}
	close_table(&lookup);
	return rows;
}
