/*
 * fold.h - the rollups: how many events of an action happened in an hour, or a day (UTC), and when the first and the
 * last of them.
 *
 * What a block folds in is kept with it (stead_audit_block.folded), so that a rollup can be checked when the events
 * are gone. Stored: for each hour and action, in that order, hour, events, failures, first and last time as 8 bytes, big
 * endian, then the length of the action as 4 bytes and the action.
 */
#ifndef STEAD_SEAL_FOLD_H
#define STEAD_SEAL_FOLD_H

#include "stead.h"
#include "lib/timestamp.h"

typedef struct {
	int64_t bucket_start;
	stead_value action;
	int64_t events, failures, first_event_at, last_event_at;
} fold_item;

/* Items by bucket and action. Zero-initialise; the memory is the call's. */
typedef struct {
	fold_item *items;
	size_t count, room;
	uint32_t *slots; /* where an item is, plus 1; 0: nowhere */
	size_t slot_count;
	char *text; /* of the actions */
	size_t text_size, text_room;
} fold_table;

/* The sum of two counts, of rows and blocks that somebody may have written: no more than the largest number. */
static inline int64_t fold_plus(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}
/* Adds to the item of the bucket and action; a new item's action is copied. */
void fold_add(stead_call *call, fold_table *table, const fold_item *item);
/* One event. */
void fold_event(stead_call *call, fold_table *table, int64_t occurred_at, stead_value action, bool success);
/* The item of that bucket and action, or NULL. */
fold_item *fold_find(const fold_table *table, int64_t bucket_start, stead_value action);
/* Puts the items in order; nothing can be found or added after. */
void fold_sort(fold_table *table);
/* The stored form of a sorted table. */
stead_value fold_store(stead_call *call, const fold_table *table);
/* Reads the item at *offset of what was stored and moves on; false at the end, and when it is damaged: then *offset is
 * not the size. */
bool fold_read(stead_value stored, size_t *offset, fold_item *item);
/* Adds a sorted table of hours to stead_audit_rollup: its hours, and its days. */
void fold_roll_up(stead_call *call, const fold_table *hours);

#endif
