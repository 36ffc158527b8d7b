/*
 * absence.c - see absence.h.
 *
 * A block that lies outside the export contributes the subtree hashes it stores. Of a block that lies partly inside,
 * the events are read, and each one that the filter rejects contributes its leaf hash. A deleted event without an
 * account contributes nothing, so whoever verifies the export finds a gap. A block whose prune has begun counts as
 * pruned as a whole: the events that are left have no proof.
 */
#include "trail/proof/absence.h"

#include <string.h>

_Noreturn static void raise_damaged(stead_call *call)
{
	stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_audit_export: the blocks do not make up the tree");
}

/* Finds the events of the block that the export leaves out. */
static void open_block(stead_call *call, export_absence *absence, const seal_block *block)
{
	seal_position after = seal_end_before(call, block->era, block->block);
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;

	absence->first = absence->at = block->first_leaf;
	absence->until = absence->first + block->events;
	memset(absence->absent, 0, (size_t)block->events);
	seal_walk_open(call, &walk, block->era, after, (seal_position){block->last_transaction_id, block->last_event_id},
	               INT64_MAX);
	walk.any = true;
	while (seal_walk_next(&walk, event)) {
		seal_position place = {event[LEAF_TRANSACTION_ID].integer, event[LEAF_ID].integer};
		int64_t leaf;

		/* an event with a fault was changed: it has no hash */
		if (leaf_fault(event) || audit_filter_accepts(absence->filter, event))
			continue;
		leaf = leaf_index_of(leaf_index_find(call, absence->index, block->era, place), place.id);
		if (leaf < absence->first || leaf >= absence->until)
			continue;
		leaf_hash(absence->sha, event, &absence->hashes[leaf - absence->first]);
		absence->absent[leaf - absence->first] = 1;
	}
}

/* Finds the next run of absent leaves in that block. */
static bool next_of_block(export_absence *absence)
{
	while (absence->at < absence->until && !absence->absent[absence->at - absence->first])
		absence->at++;
	merkle_empty(&absence->next, absence->at);
	absence->next_pruned = false;
	for (; absence->at < absence->until && absence->absent[absence->at - absence->first]; absence->at++)
		merkle_append(absence->sha, &absence->next, 0, &absence->hashes[absence->at - absence->first]);
	return absence->next.count > 0;
}

/* Reads the next block. True: it is absent as a whole, and next has its subtrees. */
static bool read_block(stead_call *call, export_absence *absence)
{
	int64_t account = stead_column(absence->blocks, SEAL_BLOCK_COLUMNS, STEAD_INT).integer;
	const stead_value *since = &absence->filter->since, *until = &absence->filter->until;
	seal_block block;
	bool outside;

	seal_read_block(absence->blocks, &block);
	if (!seal_can_number(block.first_leaf, block.events) || block.first_leaf != absence->end ||
	    block.events > absence->index->room)
		raise_damaged(call);
	absence->end += block.events;
	if (account > absence->last_account)
		stead_raise(call, STEAD_CONFLICT, "stead_audit_export: block %lld was pruned during the export",
		            (long long)block.block);
	absence->next_pruned = account > 0;
	outside = (!since->null && block.last_event_at < since->integer) ||
	          (!until->null && block.first_event_at >= until->integer);
	if (absence->next_pruned || outside) {
		if (!merkle_load(&absence->next, block.first_leaf, absence->end, block.subtrees.data, block.subtrees.size))
			raise_damaged(call);
		return true;
	}
	if (!absence->timed || (!since->null && block.first_event_at < since->integer) ||
	    (!until->null && block.last_event_at >= until->integer)) {
		stead_scope *scope = stead_open_scope(call);

		open_block(call, absence, &block);
		stead_close_scope(call, scope);
	}
	return false;
}

/* Sets next to the next absent leaves, of one block. */
static bool next_in_order(stead_call *call, export_absence *absence)
{
	for (;;) {
		if (next_of_block(absence))
			return true;
		if (!absence->blocks || !stead_next(absence->blocks))
			break;
		if (read_block(call, absence))
			return true;
	}
	absence->blocks = NULL;
	if (absence->end != absence->tree_size)
		raise_damaged(call);
	return false;
}

bool absence_next(stead_call *call, export_absence *absence)
{
	absence->run = absence->next;
	absence->run_pruned = absence->next_pruned;
	absence->next.count = 0;
	while (next_in_order(call, absence)) {
		if (absence->run.count == 0) {
			absence->run = absence->next;
			absence->run_pruned = absence->next_pruned;
		} else if (absence->run.end == absence->next.begin && absence->run_pruned == absence->next_pruned)
			merkle_join(absence->sha, &absence->run, &absence->next);
		else
			return true;
		absence->next.count = 0;
	}
	absence->next.count = 0;
	return absence->run.count > 0;
}
