/*
 * lookup_join.c - rows of one table whose keys another has in their order, read without the executor.
 *
 *   SELECT d.a, d.b FROM stead_m m JOIN stead_d d ON d.k = m.c
 *   WHERE m.x = (SELECT ..) AND m.y = $3 AND m.c > $4 ORDER BY m.c LIMIT $5
 *
 * The columns x, y and c are those of a unique index of m, and k is that of a unique index of d. The subselect is a
 * query by a key itself. The index of m gives the keys, as the executor's index-only scan reads it, and each row of d
 * is found by its key.
 */
#include "lookup.h"

#include "access/stratnum.h"
#include "access/visibilitymap.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"

#define MOST_ROWS 1000 /* they are all read at once */

typedef struct {
	lookup keys, rows; /* of m, and of d */
	AttrNumber link;   /* m.c */
	stead_value value[MOST_KEYS];
	int64 most; /* rows */
	const stead_value *params;
	int count; /* of params */
} join;

/* ---- The query --------------------------------------------------------------------------------------------------- */

static bool open_tables(frame *frame, const char **at, join *join)
{
	lookup *tables[] = {&join->keys, &join->rows};
	static const char *const after[] = {" m JOIN ", " d ON d."};

	if (!*at || !skip(at, " FROM "))
		return false;
	for (int i = 0; i < 2; i++) {
		if (!open_table(frame, *at, tables[i]) || !is_only_read(tables[i]->table))
			return false;
		*at += strcspn(*at, " ");
		if (!skip(at, after[i]))
			return false;
	}
	return true;
}

static bool read_link(join *join, const char **at)
{
	join->rows.keys = 1;
	return (join->rows.key[0] = take_column(RelationGetDescr(join->rows.table), at)) && skip(at, " = m.") &&
	       (join->link = take_column(RelationGetDescr(join->keys.table), at)) && skip(at, " WHERE ");
}

static bool take_param(const join *join, const char **at, stead_value *value)
{
	if (!skip(at, "$") || **at < '1' || **at > '9' || **at - '0' > join->count)
		return false;
	*value = join->params[*(*at)++ - '1'];
	return true;
}

/* What the subselect gives, an integer; null, which is equal to nothing: it gives no row. */
static bool take_subselect(stead_call *call, const join *join, const char **at, stead_value *value)
{
	const char *end = strchr(*at, ')');
	stead_rows *rows = end ? read_by_key(call, *at, end, join->count, join->params) : NULL;
	bool good = rows && rows->types[0] == INT8OID;

	if (good)
		*value = rows->count && !rows->every_null[0] ? stead_int(DatumGetInt64(rows->every[0])) : stead_null(STEAD_INT);
	if (rows)
		stead_close(rows);
	*at = end + good;
	return good;
}

/* The last one says which keys follow. */
static bool read_conditions(stead_call *call, join *join, const char **at)
{
	lookup *keys = &join->keys;
	TupleDesc form = RelationGetDescr(keys->table);

	for (;;) {
		stead_value *value = &join->value[keys->keys];

		if (keys->keys == MOST_KEYS || !skip(at, "m.") || !(keys->key[keys->keys++] = take_column(form, at)))
			return false;
		if (skip(at, " > "))
			break;
		if (!skip(at, " = ") ||
		    !(skip(at, "(") ? take_subselect(call, join, at, value) : take_param(join, at, value)) ||
		    !skip(at, " AND "))
			return false;
	}
	return keys->key[keys->keys - 1] == join->link && take_param(join, at, &join->value[keys->keys - 1]);
}

static bool read_order(join *join, const char *at)
{
	stead_value most;

	if (!skip(&at, " ORDER BY m.") || take_column(RelationGetDescr(join->keys.table), &at) != join->link ||
	    !skip(&at, " LIMIT ") || !take_param(join, &at, &most) || *at)
		return false;
	join->most = most.integer;
	return most.type == STEAD_INT && !most.null && join->most >= 0 && join->most <= MOST_ROWS;
}

/* ---- The rows ---------------------------------------------------------------------------------------------------- */

/* As the executor's IndexOnlyNext(): a row is looked at only where its page does not say that all see all of it. */
static bool next_key(IndexScanDesc scan, int column, TupleTableSlot *slot, Buffer *map, int64 *key)
{
	ItemPointer place;

	while ((place = index_getnext_tid(scan, ForwardScanDirection))) {
		BlockNumber block = ItemPointerGetBlockNumber(place);
		bool null;

		CHECK_FOR_INTERRUPTS();
		if (VM_ALL_VISIBLE(scan->heapRelation, block, map))
			PredicateLockPage(scan->heapRelation, block, scan->xs_snapshot);
		else if (!index_fetch_heap(scan, slot))
			continue;
		*key = DatumGetInt64(index_getattr(scan->xs_itup, column, scan->xs_itupdesc, &null));
		return true;
	}
	return false;
}

static void fetch(const join *join, ScanKey scan_keys, stead_rows *rows)
{
	const lookup *keys = &join->keys, *found = &join->rows;
	MemoryContext before = MemoryContextSwitchTo(rows->found);
	Snapshot snapshot = RegisterSnapshot(GetActiveSnapshot());
	TupleTableSlot *key_slot = table_slot_create(keys->table, NULL), *slot = table_slot_create(found->table, NULL);
	IndexScanDesc key_scan = index_beginscan(keys->table, keys->index, snapshot, keys->keys, 0);
	IndexScanDesc scan = index_beginscan(found->table, found->index, snapshot, 1, 0);
	Buffer map = InvalidBuffer;
	int64 number;

	key_scan->xs_want_itup = true;
	index_rescan(key_scan, scan_keys, keys->keys, NULL, 0);
	while ((int64)rows->count < join->most && next_key(key_scan, keys->keys, key_slot, &map, &number)) {
		ScanKeyData key;

		make_key(found, 0, BTEqualStrategyNumber, stead_int(number), &key);
		index_rescan(scan, &key, 1, NULL, 0);
		if (index_getnext_slot(scan, ForwardScanDirection, slot))
			take_row(found, slot, false, rows);
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	ExecDropSingleTupleTableSlot(key_slot);
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(key_scan);
	index_endscan(scan);
	UnregisterSnapshot(snapshot);
	MemoryContextSwitchTo(before);
}

/* Makes the conditions of the scan. The keys must be integers, in ascending order. */
static bool make_keys(const join *join, ScanKey scan_keys)
{
	const lookup *keys = &join->keys;
	int last = keys->keys - 1;

	for (int i = 0; i <= last; i++)
		if (!make_key(keys, i, i < last ? BTEqualStrategyNumber : BTGreaterStrategyNumber, join->value[i],
		              &scan_keys[i]))
			return false;
	return keys->index->rd_indoption[last] == 0 &&
	       TupleDescAttr(RelationGetDescr(join->rows.table), join->rows.key[0] - 1)->atttypid == INT8OID;
}

static stead_rows *read_join(stead_call *call, const char *sql, int count, const stead_value *params)
{
	const char *from = strstr(sql, " FROM "), *at = from, *name = sql;
	ScanKeyData scan_keys[MOST_KEYS];
	stead_rows *rows = NULL;
	join join = {.params = params, .count = count};

	if (open_tables(frame_of(call), &at, &join) && read_columns(&join.rows, &name, "d.") && name == from &&
	    read_link(&join, &at) && read_conditions(call, &join, &at) && read_order(&join, at) &&
	    find_index(&join.keys, sql, has_these_keys) && find_index(&join.rows, from, has_these_keys) &&
	    make_keys(&join, scan_keys)) {
		rows = new_found_rows(call, &join.rows, (int)join.most);
		fetch(&join, scan_keys, rows);
	}
	close_table(&join.keys);
	close_table(&join.rows);
	return rows;
}

stead_rows *open_by_key(stead_call *call, const char *sql, bool cursor, int count, const stead_value *params)
{
	bool joins;

	if (call->function->effect == STEAD_WRITES || !ActiveSnapshotSet())
		return NULL; /* what a writer has just changed is not in the statement's snapshot */
	refuse_old_snapshot(frame_of(call));
	begin_without_sql(call);
	joins = strstr(sql, " JOIN ");
	cursor |= !joins && strstr(sql, " ORDER BY ");
	if (!cursor && !joins)
		return read_by_key(call, sql, strchr(sql, '\0'), count, params);
	/* with a snapshot for each query, its rows might not be those of one moment */
	if (frame_of(call)->latest)
		return NULL;
	return cursor ? read_range(call, sql, count, params) : read_join(call, sql, count, params);
}
