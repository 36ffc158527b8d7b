/*
 * seal_export.c - events as lines of JSON, from which alone a leaf can be recomputed. See seal_export.h.
 *
 * Events come by their time but are numbered in the tree by the order of sealing. Those of a time are mostly of a few
 * blocks, so some blocks' ids are kept at hand, sorted; their room is that of the largest block, made once.
 */
#include "seal_export.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "seal.h"
#include "timestamp.h"

typedef struct {
	int64_t id, leaf;
} numbered;

/* The events of a block, or those after the last block of an era, which have no numbers. */
typedef struct {
	bool used;
	int64_t era, count, recalled;
	seal_place after, until;
	numbered *events; /* by id */
} shelf;
#define SHELVES 8

typedef struct {
	stead_sha256_stream sha;
	int64_t room, clock; /* events on a shelf; the time by which shelves were recalled */
	shelf shelves[SHELVES];
} exporting;

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const numbered *)a)->id, y = ((const numbered *)b)->id;

	return (x > y) - (x < y);
}

static bool place_after(seal_place a, seal_place b)
{
	return a.transaction_id != b.transaction_id ? a.transaction_id > b.transaction_id : a.id > b.id;
}

static void fill_shelf(stead_call *call, exporting *now, shelf *shelf, const seal_block *block)
{
	stead_rows *rows = stead_open(call, "SELECT leaves FROM stead_audit_leaf WHERE block = $1", 1,
	                              (stead_value[]){stead_int(block->block)});

	if (stead_next(rows)) {
		stead_value leaves = stead_column(rows, 0, STEAD_BYTES);

		for (size_t at = 0; leaves.size - at >= LEAF_ITEM && shelf->count < now->room; at += LEAF_ITEM) {
			numbered *event = &shelf->events[shelf->count];

			event->id = stead_get_number((const unsigned char *)leaves.data + at);
			event->leaf = block->first_leaf + shelf->count++;
		}
		qsort(shelf->events, (size_t)shelf->count, sizeof *shelf->events, by_id);
	}
	stead_close(rows);
}

/* The shelf on which an event at this place must be, if it is sealed. */
static shelf *find_shelf(stead_call *call, exporting *now, int64_t era, seal_place place)
{
	shelf *oldest = now->shelves;
	seal_block block;

	now->clock++;
	for (shelf *shelf = now->shelves; shelf < now->shelves + SHELVES; shelf++) {
		if (shelf->used && shelf->era == era && place_after(place, shelf->after) && !place_after(place, shelf->until)) {
			shelf->recalled = now->clock;
			return shelf;
		}
		if (shelf->recalled < oldest->recalled)
			oldest = shelf;
	}
	oldest->used = true;
	oldest->era = era;
	oldest->count = 0;
	oldest->recalled = now->clock;
	oldest->until = SEAL_AFTER_ALL;
	if (seal_find_block(call, era, place, &block, &oldest->after)) {
		oldest->until = (seal_place){block.last_transaction_id, block.last_event_id};
		fill_shelf(call, now, oldest, &block);
	}
	return oldest;
}

/* The event's number in the tree; null: it is not sealed, or not of what was. */
static stead_value leaf_index(stead_call *call, exporting *now, const stead_value event[LEAF_COLUMNS])
{
	numbered wanted = {.id = event[LEAF_ID].integer};
	const shelf *shelf = find_shelf(call, now, event[LEAF_ERA].integer, (seal_place){event[LEAF_TRANSACTION_ID].integer, wanted.id});
	const numbered *found = shelf->count ? bsearch(&wanted, shelf->events, (size_t)shelf->count, sizeof wanted, by_id) : NULL;

	return found ? stead_int(found->leaf) : stead_null(STEAD_INT);
}

static void add_member(stead_call *call, stead_buffer *line, const char *name, stead_value value)
{
	stead_append_text(call, line, line->size ? ",\"" : "{\"");
	stead_append_text(call, line, name);
	stead_append_text(call, line, "\":");
	stead_append_json(call, line, value);
}

/* A value in a form that says all: a number that may be beyond 2^53 and JSON, whose bytes count, as strings, bytes in base64. */
static stead_value written(stead_call *call, int column, stead_value value)
{
	if (value.type == STEAD_BYTES)
		return seal_base64(call, value);
	if (column == LEAF_ERA || column == LEAF_TRANSACTION_ID)
		return stead_text(stead_format(call, "%lld", (long long)value.integer));
	if (value.type == STEAD_JSON)
		value.type = STEAD_TEXT;
	return value;
}

static void make_line(stead_call *call, stead_rows *rows, void *state, stead_value *values)
{
	const stead_table_column *columns = audit_tables[0].columns;
	exporting *now = state;
	stead_value event[LEAF_COLUMNS];
	stead_buffer line = {0};
	merkle_hash leaf;

	leaf_read(call, rows, event);
	leaf_hash(&now->sha, event, &leaf);
	stead_sha256_check(call, &now->sha);
	for (int i = 0; i < LEAF_COLUMNS; i++)
		add_member(call, &line, columns[i].name, written(call, i, event[i]));
	add_member(call, &line, "leaf_index", leaf_index(call, now, event));
	add_member(call, &line, "leaf_hash", seal_base64(call, seal_bytes(&leaf, sizeof leaf)));
	stead_append_text(call, &line, "}");
	values[0] = stead_text_n(line.data, line.size);
}

void seal_export(stead_call *call, const stead_value *args)
{
	exporting *now = stead_alloc(call, sizeof *now);
	stead_value bounds[] = {args[0].null ? stead_time(STEAD_TIME_MIN) : args[0],
	                        args[1].null ? stead_time(STEAD_TIME_MAX) : stead_time(args[1].integer - 1)};
	stead_rows *rows;

	if (bounds[1].integer < STEAD_TIME_MIN)
		return;
	*now = (exporting){.sha = stead_sha256_open(call)};
	now->room = stead_first(call, "SELECT coalesce(max(events), 0) FROM stead_audit_block", 0, NULL, STEAD_INT).integer;
	if (now->room > SEAL_MAX_EVENTS)
		now->room = SEAL_MAX_EVENTS;
	for (int i = 0; i < SHELVES; i++)
		now->shelves[i].events = stead_alloc(call, (size_t)now->room * sizeof(numbered));
	rows = stead_open_many(call,
	                       "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE occurred_at >= $1 AND occurred_at <= $2"
	                       " ORDER BY occurred_at, id",
	                       2, bounds);
	stead_stream(call, rows, make_line, now);
}
