/*
 * leaf_index.c - see leaf_index.h.
 */
#include "trail/seal/leaf_index.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const leaf_index_event *)a)->id, y = ((const leaf_index_event *)b)->id;

	return (x > y) - (x < y);
}

static bool place_after(seal_position a, seal_position b)
{
	return a.transaction_id != b.transaction_id ? a.transaction_id > b.transaction_id : a.id > b.id;
}

void leaf_index_open(stead_call *call, leaf_index *index)
{
	*index = (leaf_index){0};
	index->room =
		stead_first(call, "SELECT coalesce(max(events), 0) FROM stead_audit_block", 0, NULL, STEAD_INT).integer;
	if (index->room > SEAL_MAX_EVENTS)
		index->room = SEAL_MAX_EVENTS;
	if (index->room < 0)
		index->room = 0;
	for (int i = 0; i < LEAF_INDEX_ENTRIES; i++)
		index->entries[i].events = stead_alloc(call, (size_t)index->room * sizeof(leaf_index_event));
}

static void fill(stead_call *call, const leaf_index *index, leaf_index_entry *entry, const seal_block *block)
{
	stead_value number = stead_int(block->block);
	stead_rows *rows = stead_open(call, "SELECT leaves FROM stead_audit_leaf WHERE block = $1", 1, &number);

	entry->sealed = true;
	entry->block = block->block;
	if (stead_next(rows)) {
		stead_value leaves = stead_column(rows, 0, STEAD_BYTES);

		for (size_t at = 0; leaves.size - at >= LEAF_ITEM && entry->count < index->room; at += LEAF_ITEM) {
			leaf_index_event *event = &entry->events[entry->count];

			event->id = stead_get_number((const unsigned char *)leaves.data + at);
			event->leaf = block->first_leaf + entry->count++;
		}
		qsort(entry->events, (size_t)entry->count, sizeof *entry->events, by_id);
	}
	stead_close(rows);
	entry->account = stead_first(call, "SELECT coalesce(max(account), 0) FROM stead_audit_account WHERE block = $1", 1,
	                             &number, STEAD_INT)
	                     .integer;
}

const leaf_index_entry *leaf_index_find(stead_call *call, leaf_index *index, int64_t era, seal_position place)
{
	leaf_index_entry *oldest = index->entries;
	stead_scope *scope;
	seal_block block;

	index->clock++;
	for (leaf_index_entry *entry = index->entries; entry < index->entries + LEAF_INDEX_ENTRIES; entry++) {
		if (entry->used && entry->era == era && place_after(place, entry->after) && !place_after(place, entry->until)) {
			entry->used_at = index->clock;
			return entry;
		}
		if (entry->used_at < oldest->used_at)
			oldest = entry;
	}
	*oldest = (leaf_index_entry){
		.used = true, .era = era, .used_at = index->clock, .until = SEAL_AFTER_ALL, .events = oldest->events};
	scope = stead_open_scope(call);
	if (seal_find_block(call, era, place, &block, &oldest->after)) {
		oldest->until = (seal_position){block.last_transaction_id, block.last_event_id};
		fill(call, index, oldest, &block);
	}
	stead_close_scope(call, scope);
	return oldest;
}

int64_t leaf_index_of(const leaf_index_entry *entry, int64_t id)
{
	leaf_index_event wanted = {.id = id};
	const leaf_index_event *found =
		entry->count ? bsearch(&wanted, entry->events, (size_t)entry->count, sizeof wanted, by_id) : NULL;

	return found ? found->leaf : -1;
}
