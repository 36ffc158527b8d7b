/*
 * shelf.c - see shelf.h.
 */
#include "trail/seal/shelf.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const seal_numbered *)a)->id, y = ((const seal_numbered *)b)->id;

	return (x > y) - (x < y);
}

static bool place_after(seal_position a, seal_position b)
{
	return a.transaction_id != b.transaction_id ? a.transaction_id > b.transaction_id : a.id > b.id;
}

void shelves_open(stead_call *call, seal_shelves *all)
{
	*all = (seal_shelves){0};
	all->room = stead_first(call, "SELECT coalesce(max(events), 0) FROM stead_audit_block", 0, NULL, STEAD_INT).integer;
	if (all->room > SEAL_MAX_EVENTS)
		all->room = SEAL_MAX_EVENTS;
	if (all->room < 0)
		all->room = 0;
	for (int i = 0; i < SEAL_SHELVES; i++)
		all->shelves[i].events = stead_alloc(call, (size_t)all->room * sizeof(seal_numbered));
}

static void fill(stead_call *call, const seal_shelves *all, seal_shelf *shelf, const seal_block *block)
{
	stead_value number = stead_int(block->block);
	stead_rows *rows = stead_open(call, "SELECT leaves FROM stead_audit_leaf WHERE block = $1", 1, &number);

	shelf->sealed = true;
	shelf->block = block->block;
	if (stead_next(rows)) {
		stead_value leaves = stead_column(rows, 0, STEAD_BYTES);

		for (size_t at = 0; leaves.size - at >= LEAF_ITEM && shelf->count < all->room; at += LEAF_ITEM) {
			seal_numbered *event = &shelf->events[shelf->count];

			event->id = stead_get_number((const unsigned char *)leaves.data + at);
			event->leaf = block->first_leaf + shelf->count++;
		}
		qsort(shelf->events, (size_t)shelf->count, sizeof *shelf->events, by_id);
	}
	stead_close(rows);
	shelf->account = stead_first(call, "SELECT coalesce(max(account), 0) FROM stead_audit_account WHERE block = $1", 1, &number, STEAD_INT)
	                     .integer;
}

const seal_shelf *shelf_find(stead_call *call, seal_shelves *all, int64_t era, seal_position place)
{
	seal_shelf *oldest = all->shelves;
	stead_scope *scope;
	seal_block block;

	all->clock++;
	for (seal_shelf *shelf = all->shelves; shelf < all->shelves + SEAL_SHELVES; shelf++) {
		if (shelf->used && shelf->era == era && place_after(place, shelf->after) && !place_after(place, shelf->until)) {
			shelf->recalled = all->clock;
			return shelf;
		}
		if (shelf->recalled < oldest->recalled)
			oldest = shelf;
	}
	*oldest = (seal_shelf){.used = true, .era = era, .recalled = all->clock, .until = SEAL_AFTER_ALL, .events = oldest->events};
	scope = stead_open_scope(call);
	if (seal_find_block(call, era, place, &block, &oldest->after)) {
		oldest->until = (seal_position){block.last_transaction_id, block.last_event_id};
		fill(call, all, oldest, &block);
	}
	stead_close_scope(call, scope);
	return oldest;
}

int64_t shelf_leaf(const seal_shelf *shelf, int64_t id)
{
	seal_numbered wanted = {.id = id};
	const seal_numbered *found =
	    shelf->count ? bsearch(&wanted, shelf->events, (size_t)shelf->count, sizeof wanted, by_id) : NULL;

	return found ? found->leaf : -1;
}
