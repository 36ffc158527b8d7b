/*
 * lookup_range.c - the rows of a range of an index, read without the executor as they are needed.
 *
 *   SELECT a, b FROM stead_t WHERE c = $1 AND d < 32 AND e >= $2 AND e <= $3 ORDER BY e DESC, f DESC LIMIT $4
 *
 * The columns of the conditions and of the order are those of an index. All are in descending order, or none. Those of
 * the conditions come in the order of the index, from its first column on: else it would be read as a whole. In front
 * of those of the order, the index has only columns that are equal to something. STEAD_NUMBERED may be the first
 * condition; it is looked at in each row.
 *
 * Without an order, the rows are read as they lie in the table, as many at a time as work_mem has room for: as in a
 * bitmap scan, a page is found once for all of them.
 */
#include "lookup.h"

#include "lib/sort.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"

#define MOST_CONDITIONS 8
/* With it, a planner that cannot know the limit expects to read the beginning only. */
#define NO_LIMIT " LIMIT (SELECT 9223372036854775807)"

typedef struct range {
	lookup lookup; /* first: find_index() knows no more */
	int conditions, orders;
	bool descending;
	int64 most;           /* rows */
	AttrNumber either[2]; /* one of these columns has another number than 0; {0}: none need have */
	AttrNumber column[MOST_CONDITIONS], order[MOST_KEYS];
	StrategyNumber strategy[MOST_CONDITIONS];
	stead_value value[MOST_CONDITIONS];
} range;

#define FEWEST_PLACES 16384
#define MOST_PLACES (1 << 26)

typedef struct lookup_scan {
	lookup lookup;
	Snapshot snapshot;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	ScanDirection direction;
	AttrNumber either[2];        /* as in a range */
	int64 left;                  /* rows, at most */
	stead_keyed *places, *spare; /* of the next rows in the table; NULL: they are read in the order of the index */
	int room, most;              /* places that there is room for, and that there may be */
	int count, at;               /* places */
	bool ended;                  /* the scan: if it is asked again, it begins anew */
} lookup_scan;

static StrategyNumber read_operator(const char **at)
{
	return skip(at, " = ")    ? BTEqualStrategyNumber
	       : skip(at, " >= ") ? BTGreaterEqualStrategyNumber
	       : skip(at, " <= ") ? BTLessEqualStrategyNumber
	       : skip(at, " < ")  ? BTLessStrategyNumber
	       : skip(at, " > ")  ? BTGreaterStrategyNumber
	                          : InvalidStrategy;
}

/* A parameter, or a number as it is written. */
static bool read_operand(const char **at, int count, const stead_value *params, stead_value *value)
{
	int64 number = 0;
	bool given = skip(at, "$");

	if (**at < '0' || **at > '9')
		return false;
	while (**at >= '0' && **at <= '9' && number < 1000000)
		number = 10 * number + *(*at)++ - '0';
	if (given && (number < 1 || number > count))
		return false;
	*value = given ? params[number - 1] : stead_int(number);
	return true;
}

static bool read_order(range *range, const char **at)
{
	do {
		int i = range->orders++;
		bool descending;

		if (i == MOST_KEYS || !(range->order[i] = take_column(RelationGetDescr(range->lookup.table), at)))
			return false;
		descending = skip(at, " DESC");
		if (i && descending != range->descending)
			return false;
		range->descending = descending;
	} while (skip(at, ", "));
	return true;
}

static bool read_limit(range *range, const char **at, int count, const stead_value *params)
{
	stead_value most;

	range->most = INT64_MAX;
	if (skip(at, NO_LIMIT) || !skip(at, " LIMIT "))
		return true;
	if (!read_operand(at, count, params, &most) || most.type != STEAD_INT || most.null || most.integer < 0)
		return false;
	range->most = most.integer;
	return true;
}

/* STEAD_NUMBERED, if it is there. */
static bool read_either(range *range, const char **at)
{
	TupleDesc form = RelationGetDescr(range->lookup.table);

	if (!skip(at, "("))
		return true;
	range->either[0] = take_column(form, at);
	if (!skip(at, " <> 0 OR "))
		return false;
	range->either[1] = take_column(form, at);
	if (!skip(at, " <> 0) AND "))
		return false;
	for (int i = 0; i < 2; i++)
		if (!range->either[i] || TupleDescAttr(form, range->either[i] - 1)->atttypid != INT8OID)
			return false;
	return true;
}

/* If one of the two columns must be equal to another number than 0, no row need be looked at. */
static void settle_either(range *range)
{
	for (int i = 0; i < range->conditions; i++)
		if ((range->column[i] == range->either[0] || range->column[i] == range->either[1]) &&
		    range->strategy[i] == BTEqualStrategyNumber && range->value[i].type == STEAD_INT &&
		    range->value[i].integer != 0)
			range->either[0] = 0;
}

/* False: the query has another form, or a column is not there. */
static bool read_query(range *range, const char *at, int count, const stead_value *params)
{
	TupleDesc form = RelationGetDescr(range->lookup.table);

	if (!read_columns(&range->lookup, &at, "") || !skip(&at, " FROM "))
		return false;
	at += strcspn(at, " ");
	if (!skip(&at, " WHERE ") || !read_either(range, &at))
		return false;
	do {
		int i = range->conditions++;

		if (i == MOST_CONDITIONS || !(range->column[i] = take_column(form, &at)) ||
		    !(range->strategy[i] = read_operator(&at)) || !read_operand(&at, count, params, &range->value[i]))
			return false;
	} while (skip(&at, " AND "));
	settle_either(range);
	if (skip(&at, " ORDER BY ") && !read_order(range, &at))
		return false;
	return read_limit(range, &at, count, params) && !*at;
}

/* Where the index has a column, from that key on; -1: nowhere. */
static int position(const lookup *lookup, Relation index, AttrNumber column, int from)
{
	for (int i = from; i < index->rd_index->indnkeyatts; i++)
		if (is_key(lookup, index, i, column))
			return i;
	return -1;
}

/* Text has one by its collation, and another by its bytes. */
static bool has_one_order(Oid type)
{
	return type == INT8OID || type == TIMESTAMPTZOID;
}

static bool fits(const lookup *lookup, Relation index)
{
	const range *range = (const struct range *)lookup;
	int bound = 0, at = 0;

	if (index->rd_index->indnkeyatts > MOST_KEYS)
		return false;
	for (int i = 0; i < range->conditions; i++) {
		at = position(lookup, index, range->column[i], at);
		if (at < 0 || (i == 0 && at > 0))
			return false;
		if (at == bound && range->strategy[i] == BTEqualStrategyNumber)
			bound++;
	}
	/* the columns that are bound have one value, so the order may begin behind any of them */
	for (int i = 0; i < range->orders; i++) {
		at = i ? at + 1 : position(lookup, index, range->order[0], 0);
		if (at < 0 || at > bound + i || at >= index->rd_index->indnkeyatts ||
		    !is_key(lookup, index, at, range->order[i]) || index->rd_indoption[at] != 0 ||
		    !has_one_order(index->rd_opcintype[at]))
			return false;
	}
	return true;
}

/* The values last as long as the rows. False: one is of another type than its column. */
static bool make_keys(frame *frame, const range *range, ScanKey keys)
{
	MemoryContext before = MemoryContextSwitchTo(frame->memory);
	const lookup *lookup = &range->lookup;
	bool made = true;

	for (int i = 0, at = 0; made && i < range->conditions; i++) {
		at = position(lookup, lookup->index, range->column[i], at);
		made = make_key(lookup, at, range->strategy[i], range->value[i], &keys[i]);
	}
	MemoryContextSwitchTo(before);
	return made;
}

static void make_room(lookup_scan *scan)
{
	scan->room = scan->room ? Min(2 * scan->room, scan->most) : FEWEST_PLACES;
	scan->places = repalloc_huge(scan->places, (Size)scan->room * sizeof *scan->places);
	scan->spare = repalloc_huge(scan->spare, (Size)scan->room * sizeof *scan->spare);
}

static void take_places(lookup_scan *scan)
{
	stead_keyed *sorted;
	uint64 bits = 0;

	scan->count = scan->at = 0;
	while (scan->count < scan->most && !scan->ended) {
		ItemPointer tid = index_getnext_tid(scan->scan, ForwardScanDirection);

		scan->ended = !tid;
		if (!tid)
			break;
		if (scan->count == scan->room)
			make_room(scan);
		scan->places[scan->count++] = (stead_keyed){ItemPointerGetBlockNumber(tid), ItemPointerGetOffsetNumber(tid)};
		bits |= ItemPointerGetBlockNumber(tid);
	}
	sorted = stead_sort_keyed(scan->places, scan->spare, (size_t)scan->count, bits);
	scan->spare = sorted == scan->places ? scan->spare : scan->places;
	scan->places = sorted;
}

/* A row that is dead by now, or that another has taken the place of, is none that the snapshot sees. */
static bool next_place(lookup_scan *scan)
{
	for (;;) {
		bool more = false;
		ItemPointerData tid;

		CHECK_FOR_INTERRUPTS();
		if (scan->at == scan->count)
			take_places(scan);
		if (!scan->count)
			return false;
		ItemPointerSet(&tid, (BlockNumber)scan->places[scan->at].key, (OffsetNumber)scan->places[scan->at].number);
		scan->at++;
		pgstat_count_heap_fetch(scan->scan->indexRelation);
		if (table_index_fetch_tuple(scan->scan->xs_heapfetch, &tid, scan->snapshot, scan->slot, &more, NULL))
			return true;
	}
}

/* As the SQL says: the modules' conditions leave out such rows anyway. */
static bool is_left_out(const lookup_scan *scan)
{
	bool out = scan->either[0] != 0;

	for (int i = 0; out && i < 2; i++) {
		bool null;
		Datum number = slot_getattr(scan->slot, scan->either[i], &null);

		out = null || DatumGetInt64(number) == 0;
	}
	return out;
}

/* A column stays where it is, in the page or in the slot's tuple, until the next row. Those at the end of a row cost
 * most, and few are asked for in a row that does not match. */
static void scan_take(stead_rows *rows, int index)
{
	const lookup_scan *scan = rows->scan;

	rows->every[index] = slot_getattr(scan->slot, scan->lookup.column[index], &rows->every_null[index]);
	rows->had |= UINT64CONST(1) << index;
}

/* The index may allocate what it needs until the scan ends. */
static bool scan_next(stead_rows *rows)
{
	lookup_scan *scan = rows->scan;
	MemoryContext before = MemoryContextSwitchTo(rows->found);
	bool more;

	do {
		CHECK_FOR_INTERRUPTS();
		more = scan->left > 0 &&
		       (scan->places ? next_place(scan) : index_getnext_slot(scan->scan, scan->direction, scan->slot));
	} while (more && is_left_out(scan));
	scan->left--;
	rows->had = 0;
	MemoryContextSwitchTo(before);
	return more;
}

static void scan_end(stead_rows *rows)
{
	lookup_scan *scan = rows->scan;

	index_endscan(scan->scan);
	ExecDropSingleTupleTableSlot(scan->slot);
	UnregisterSnapshot(scan->snapshot);
	close_table(&scan->lookup);
}

static stead_rows *begin_scan(stead_call *call, const range *range, ScanKey keys)
{
	stead_rows *rows = new_found_rows(call, &range->lookup, 1);
	MemoryContext before = MemoryContextSwitchTo(rows->found);
	lookup_scan *scan = palloc(sizeof *scan);

	scan->lookup = range->lookup;
	scan->snapshot = RegisterSnapshot(GetActiveSnapshot());
	scan->slot = table_slot_create(scan->lookup.table, NULL);
	scan->direction = range->descending ? BackwardScanDirection : ForwardScanDirection;
	memcpy(scan->either, range->either, sizeof scan->either);
	scan->left = range->most;
	scan->places = range->orders ? NULL : palloc(sizeof *scan->places);
	scan->spare = range->orders ? NULL : palloc(sizeof *scan->spare);
	scan->room = 0;
	scan->most =
		(int)Max(FEWEST_PLACES, Min(MOST_PLACES, work_mem * INT64CONST(1024) / (2 * (int64)sizeof *scan->places)));
	scan->count = scan->at = 0;
	scan->ended = false;
	scan->scan = index_beginscan(scan->lookup.table, scan->lookup.index, scan->snapshot, range->conditions, 0);
	index_rescan(scan->scan, keys, range->conditions, NULL, 0);
	rows->scan = scan;
	rows->move = scan_next;
	rows->take = scan_take;
	rows->end = scan_end;
	MemoryContextSwitchTo(before);
	return rows;
}

stead_rows *read_range(stead_call *call, const char *sql, int count, const stead_value *params)
{
	const char *from = strstr(sql, " FROM ");
	range range = {0};
	ScanKeyData keys[MOST_CONDITIONS];

	if (from && open_table(frame_of(call), from + strlen(" FROM "), &range.lookup) &&
	    is_only_read(range.lookup.table) && read_query(&range, sql, count, params) &&
	    find_index(&range.lookup, sql, fits) && make_keys(frame_of(call), &range, keys))
		return begin_scan(call, &range, keys);
	close_table(&range.lookup);
	return NULL;
}
