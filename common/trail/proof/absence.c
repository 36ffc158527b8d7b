/*
 * absence.c - see absence.h.
 *
 * A block that is not in the export at all stands for itself by the hashes it keeps. Of a block that is there in part the
 * events are read, and each that the filter does not want is a leaf. An event that is gone, and not accounted for, leaves a
 * gap: so who verifies the export misses it. A block of which a prune has deleted a part is pruned as a whole: what is left
 * of it has no proof.
 */
#include "trail/proof/absence.h"

#include <string.h>

_Noreturn static void damaged(stead_call *call)
{
	stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_audit_export: the blocks do not make up the tree");
}

/* Finds those events of the block that the export leaves out. */
static void open_block(stead_call *call, seal_absence *now, const seal_block *block)
{
	seal_position after = seal_end_before(call, block->era, block->block);
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;

	now->first = now->at = block->first_leaf;
	now->until = now->first + block->events;
	memset(now->absent, 0, (size_t)block->events);
	seal_walk_open(call, &walk, block->era, after, (seal_position){block->last_transaction_id, block->last_event_id}, INT64_MAX);
	walk.any = true;
	while (seal_walk_next(&walk, event)) {
		seal_position place = {event[LEAF_TRANSACTION_ID].integer, event[LEAF_ID].integer};
		int64_t leaf;

		if (leaf_fault(event) || audit_filter_accepts(now->filter, event)) /* a fault: it was changed, and has no hash */
			continue;
		leaf = shelf_leaf(shelf_find(call, now->shelves, block->era, place), place.id);
		if (leaf < now->first || leaf >= now->until)
			continue;
		leaf_hash(now->sha, event, &now->hashes[leaf - now->first]);
		now->absent[leaf - now->first] = 1;
	}
}

/* Takes the next run of leaves of that block. */
static bool next_of_block(seal_absence *now)
{
	while (now->at < now->until && !now->absent[now->at - now->first])
		now->at++;
	merkle_empty(&now->next, now->at);
	now->next_pruned = false;
	for (; now->at < now->until && now->absent[now->at - now->first]; now->at++)
		merkle_append(now->sha, &now->next, 0, &now->hashes[now->at - now->first]);
	return now->next.count > 0;
}

/* Takes a block. Does it stand for itself? */
static bool take_block(stead_call *call, seal_absence *now)
{
	int64_t account = stead_column(now->blocks, SEAL_BLOCK_COLUMNS, STEAD_INT).integer;
	const stead_value *since = &now->filter->value[FILTER_SINCE], *until = &now->filter->value[FILTER_UNTIL];
	seal_block block;
	bool outside;

	seal_read_block(now->blocks, &block);
	if (!seal_can_number(block.first_leaf, block.events) || block.first_leaf != now->end || block.events > now->shelves->room)
		damaged(call);
	now->end += block.events;
	if (account > now->last_account)
		stead_raise(call, STEAD_CONFLICT, "stead_audit_export: block %lld was pruned in the midst of the export", (long long)block.block);
	now->next_pruned = account > 0;
	outside = (!since->null && block.last_event_at < since->integer) || (!until->null && block.first_event_at >= until->integer);
	if (now->next_pruned || outside) {
		if (!merkle_load(&now->next, block.first_leaf, now->end, block.subtrees.data, block.subtrees.size))
			damaged(call);
		return true;
	}
	if (!now->timed || (!since->null && block.first_event_at < since->integer) ||
	    (!until->null && block.last_event_at >= until->integer)) {
		stead_scope *scope = stead_open_scope(call);

		open_block(call, now, &block);
		stead_close_scope(call, scope);
	}
	return false;
}

/* The next stretch of leaves that are not in the export. */
static bool next_stretch(stead_call *call, seal_absence *now)
{
	for (;;) {
		if (next_of_block(now))
			return true;
		if (!now->blocks || !stead_next(now->blocks))
			break;
		if (take_block(call, now))
			return true;
	}
	now->blocks = NULL;
	if (now->end != now->tree_size)
		damaged(call);
	return false;
}

bool absence_next(stead_call *call, seal_absence *now)
{
	now->run = now->next;
	now->run_pruned = now->next_pruned;
	now->next.count = 0;
	while (next_stretch(call, now)) {
		if (now->run.count == 0) {
			now->run = now->next;
			now->run_pruned = now->next_pruned;
		} else if (now->run.end == now->next.begin && now->run_pruned == now->next_pruned)
			merkle_join(now->sha, &now->run, &now->next);
		else
			return true;
		now->next.count = 0;
	}
	now->next.count = 0;
	return now->run.count > 0;
}
