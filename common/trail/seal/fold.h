/*
 * fold.h - the rollups: for each action and each hour or day (UTC), the number of events, and the times of the first
 * and the last one.
 *
 * A block stores what it adds to the rollups (stead_audit_block.folded), so that they can be verified when its events
 * are gone. The stored form has an item for each hour and action, in that order: hour, events, failures, first and last
 * time as 8 bytes each, big endian; then the length of the action as 4 bytes, and the action.
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

/* A hash table of items by bucket and action. Zero-initialise it; the call owns its memory. */
typedef struct {
	fold_item *items;
	size_t count, room;
	uint32_t *slots; /* an item's index plus 1; 0: the slot is empty */
	size_t slot_count;
	char *text; /* memory for the actions */
	size_t text_size, text_room;
} fold_table;

/* Adds two counts, which somebody may have written by hand: the sum stops at the largest number. */
static inline int64_t fold_plus(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}
/* Adds to the item with the same bucket and action. A new item's action is copied. */
void fold_add(stead_call *call, fold_table *table, const fold_item *item);
/* Adds one event. */
void fold_event(stead_call *call, fold_table *table, int64_t occurred_at, stead_value action, bool success);
/* The item of that bucket and action, or NULL. */
fold_item *fold_find(const fold_table *table, int64_t bucket_start, stead_value action);
/* Sorts the items by bucket and action. After that, nothing can be found or added. */
void fold_sort(fold_table *table);
/* The stored form of a sorted table. */
stead_value fold_store(stead_call *call, const fold_table *table);
/* Reads the item at *offset of the stored form, and moves *offset. False: it is at the end; or the form is damaged, and
 * then *offset is not the size. */
bool fold_read(stead_value stored, size_t *offset, fold_item *item);
/* Adds a sorted table of hours to stead_audit_rollup: to its hours and to its days. */
void fold_roll_up(stead_call *call, const fold_table *hours);

#endif
