/*
 * summary.c - see summary.h.
 */
#include "trail/index/summary.h"

#include "lib/sort.h"
#include "trail/index/encoding.h"

/* ---- Entries ---------------------------------------------------------------------------------------------------- */

#define MOST_ENTRY (INDEX_HASH_SIZE + 3 * INDEX_MOST_VARINT)
#define LEAST_ENTRY (INDEX_HASH_SIZE + 3)
#define MOST_EVENTS (INDEX_RANGE * 100000) /* of a range: no block has more than 100000 */

/* The items in the order of their hashes, as places in the table. */
static const stead_keyed *sort_items(stead_call *call, const index_totals *totals)
{
	stead_keyed *items = stead_alloc(call, totals->count * sizeof *items);
	stead_keyed *spare = stead_alloc(call, totals->count * sizeof *spare);
	size_t count = 0;

	for (size_t i = 0; i < totals->size; i++)
		if (totals->items[i].events)
			items[count++] = (stead_keyed){totals->items[i].hash, (uint32_t)i};
	return stead_sort_keyed(items, spare, count, INDEX_STORED(UINT64_MAX));
}

static void add_row(stead_call *call, index_summary *summary, const unsigned char *bytes, size_t size)
{
	summary->rows = stead_grow(call, summary->rows, summary->count, &summary->room, sizeof *summary->rows);
	summary->rows[summary->count++] = stead_keep(call, stead_bytes(bytes, size));
}

void index_summarise(stead_call *call, const index_totals *totals, index_summary *summary)
{
	const stead_keyed *sorted = sort_items(call, totals);
	unsigned char bytes[INDEX_ROW_SIZE + MOST_ENTRY];
	int64_t highest = 0;
	size_t size;

	for (size_t i = 0; i < totals->count; i++)
		if (i == 0 || totals->items[sorted[i].number].id > highest)
			highest = totals->items[sorted[i].number].id;
	size = index_put_varint(bytes, (uint64_t)highest);
	for (size_t i = 0; i < totals->count; i++) {
		const index_total *item = &totals->items[sorted[i].number];

		if (size >= INDEX_ROW_SIZE) {
			add_row(call, summary, bytes, size);
			size = index_put_varint(bytes, (uint64_t)highest);
		}
		size += index_put_hash(bytes + size, item->hash);
		size += index_put_varint(bytes + size, (uint64_t)item->events);
		size += index_put_varint(bytes + size, (uint64_t)item->failures);
		size += index_put_varint(bytes + size, (uint64_t)highest - (uint64_t)item->id);
	}
	add_row(call, summary, bytes, size);
}

int index_read_summary(stead_value entries, index_total totals[INDEX_MOST_TOTALS])
{
	const unsigned char *at = (const unsigned char *)entries.data, *end = at + entries.size;
	uint64_t highest, events, failures, below;
	int count = 0;

	for (at = index_read_varint(at, end, &highest); at && at != end; count++) {
		if (count == INDEX_MOST_TOTALS || end - at < LEAST_ENTRY)
			return -1;
		totals[count].hash = index_quick_hash(at);
		at = index_read_varint(at + INDEX_HASH_SIZE, end, &events);
		at = index_read_varint(at, end, &failures);
		at = index_read_varint(at, end, &below);
		if (!at || events < 1 || events > MOST_EVENTS || failures > events)
			return -1;
		totals[count].events = (int64_t)events;
		totals[count].failures = (int64_t)failures;
		totals[count].id = (int64_t)(highest - below);
	}
	return at ? count : -1;
}

/* ---- Storing them ----------------------------------------------------------------------------------------------- */

#define COLUMNS 6
#define BATCH 256 /* rows that are stored at once */

static void delete_summary(stead_call *call, int dimension, int64_t first_block)
{
	stead_run(call, "DELETE FROM stead_audit_summary WHERE dimension = $1 AND first_block = $2", 2,
	          (stead_value[]){stead_int(dimension + 1), stead_int(first_block)});
}

void index_delete_summaries(stead_call *call, int64_t block)
{
	for (int i = 0; i < INDEX_DIMENSIONS && block >= 1; i++)
		stead_run(call,
		          "DELETE FROM stead_audit_summary WHERE dimension = $1 AND first_block = $2 AND part IN (SELECT part"
		          " FROM stead_audit_summary WHERE dimension = $1 AND first_block = $2 FOR UPDATE SKIP LOCKED)",
		          2, (stead_value[]){stead_int(i + 1), stead_int(index_range_of(block))});
}

void index_spoil_summary(stead_call *call, int dimension, int64_t block)
{
	stead_value range[2] = {stead_int(dimension + 1), stead_int(index_range_of(block))};

	if (stead_run(
			call,
			"UPDATE stead_audit_summary SET entries = NULL WHERE dimension = $1 AND first_block = $2 AND part = 0", 2,
			range))
		stead_run(call, "DELETE FROM stead_audit_summary WHERE dimension = $1 AND first_block = $2 AND part > 0", 2,
		          range);
}

void index_store_summary(stead_call *call, int dimension, int64_t first_block, const index_summary *summary)
{
	stead_value *values = stead_alloc(call, BATCH * COLUMNS * sizeof *values), nothing = stead_null(STEAD_BYTES);
	size_t count = summary->count ? summary->count : 1;
	const stead_value *rows = summary->count ? summary->rows : &nothing;
	int64_t stored = 0;

	delete_summary(call, dimension, first_block);
	for (size_t i = 0; i < count; i++) {
		size_t at = i % BATCH;
		stead_value *row = values + at * COLUMNS;

		row[0] = stead_int(dimension + 1);
		row[1] = stead_int(first_block);
		row[2] = stead_int((int64_t)i);
		row[3] = stead_time(summary->first_event_at);
		row[4] = stead_time(summary->last_event_at);
		row[5] = rows[i];
		if (at + 1 == BATCH || i + 1 == count)
			stored += stead_run_rows(call,
			                         "INSERT INTO stead_audit_summary (dimension, first_block, part, first_event_at,"
			                         " last_event_at, entries) VALUES ($1, $2, $3, $4, $5, $6)",
			                         COLUMNS, (int64_t)at + 1, values);
	}
	if (stored != (int64_t)count) /* else upkeep would make it again and again */
		stead_raise_hint(call, STEAD_CORRUPT, "Does a trigger or a policy on stead_audit_summary suppress rows?",
		                 "stead_%s: the summary of blocks %lld to %lld could not be stored", call->function->name,
		                 (long long)first_block, (long long)first_block + INDEX_RANGE - 1);
}
