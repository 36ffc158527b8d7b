/*
 * lookup.h - looks a value up in the postings, block by block.
 */
#ifndef STEAD_INDEX_LOOKUP_H
#define STEAD_INDEX_LOOKUP_H

#include "trail/index/index.h"

/* Ids of events of one block, newest first by (occurred_at, id). Zero-initialise it. */
typedef struct {
	int64_t *id;
	size_t count, room;
} index_ids;

/* The rows of one bucket. */
typedef struct {
	stead_rows *rows;             /* NULL: there are none left */
	int64_t last_event_at, block; /* of the current row */
} index_cursor;

/* One value of one dimension. It stands at a block that may have the value, or at the end. */
typedef struct {
	stead_call *call;
	int dimension;
	uint64_t hash;
	stead_value success; /* only events with this success are taken; null: all */
	index_cursor levels[INDEX_LEVELS];
	index_cursor *at; /* the one that stands at the block; NULL: at the end */
	int64_t last_event_at, block;
} index_lookup;

/* Opens a look-up in the blocks whose last event happened in a range of time (until is included), in descending order
 * of (last_event_at, block). */
void index_lookup_open(stead_call *call, index_key *key, int dimension, stead_value value, stead_value success,
                       int64_t since, int64_t until, index_lookup *lookup);
/* Moves on: another level may stand at the same block. */
void index_lookup_skip(index_lookup *lookup);
/* Appends the events of the block that have the value, and moves to the next block. */
void index_lookup_take(index_lookup *lookup, index_ids *ids);
/* Appends those of any block, and does not move. */
void index_lookup_block(index_lookup *lookup, int64_t last_event_at, int64_t block, index_ids *ids);
void index_lookup_close(index_lookup *lookup);

_Noreturn void index_raise_damaged(stead_call *call, int64_t block);

#endif
