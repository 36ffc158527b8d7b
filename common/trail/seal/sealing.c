/*
 * sealing.c - makes the next block: settled events in order, their leaves, and what they add to the rollups. See
 * seal.h.
 */
#include "trail/seal/seal.h"
#include "core/upkeep.h"

#include "core/digest.h"
#include "trail/index/index.h"
#include "trail/seal/era.h"
#include "trail/seal/fold.h"
#include "trail/seal/total.h"

typedef struct {
	stead_sha256_stream sha;
	seal_block block;
	merkle_range leaf_range, tree;
	fold_table hours;
	int64_t failures;
	stead_buffer leaves;
	index_key key;
	index_builder index;
} sealing_state;

static void add_event(stead_call *call, sealing_state *sealing, const stead_value event[LEAF_COLUMNS])
{
	unsigned char item[LEAF_ITEM];
	int64_t at = event[LEAF_OCCURRED_AT].integer;
	merkle_hash leaf;

	leaf_hash(&sealing->sha, event, &leaf);
	merkle_append(&sealing->sha, &sealing->leaf_range, 0, &leaf);
	stead_put_number(item, event[LEAF_ID].integer);
	for (int i = 8; i < LEAF_ITEM; i++)
		item[i] = leaf.bytes[i - 8];
	stead_append(call, &sealing->leaves, (const char *)item, sizeof item);
	fold_event(call, &sealing->hours, at, event[LEAF_ACTION], event[LEAF_SUCCESS].boolean);
	seal_index_add(call, &sealing->index, event);
	sealing->failures += !event[LEAF_SUCCESS].boolean;
	if (sealing->block.events == 0 || at < sealing->block.first_event_at)
		sealing->block.first_event_at = at;
	if (sealing->block.events == 0 || at > sealing->block.last_event_at)
		sealing->block.last_event_at = at;
	sealing->block.last_transaction_id = event[LEAF_TRANSACTION_ID].integer;
	sealing->block.last_event_id = event[LEAF_ID].integer;
	sealing->block.events++;
}

static void store_block(stead_call *call, sealing_state *sealing)
{
	seal_block *block = &sealing->block;
	unsigned char digest[STEAD_SHA256_SIZE], listed[STEAD_SHA256_SIZE];
	merkle_hash root;

	merkle_join(&sealing->sha, &sealing->tree, &sealing->leaf_range);
	merkle_root(&sealing->sha, &sealing->tree, &root);
	fold_sort(&sealing->hours);
	block->sealed_at = stead_now(call);
	block->subtrees = stead_bytes(sealing->leaf_range.node, merkle_stored_size(&sealing->leaf_range));
	block->frontier = stead_bytes(sealing->tree.node, merkle_stored_size(&sealing->tree));
	block->root = stead_bytes(&root, sizeof root);
	block->folded = fold_store(call, &sealing->hours);
	stead_sha256(call, sealing->leaves.data, sealing->leaves.size, listed);
	block->listed = stead_bytes(listed, sizeof listed);
	seal_digest(&sealing->sha, block, digest);
	stead_sha256_check(call, &sealing->sha);
	/* In REPEATABLE READ, the latest block may be invisible: then PostgreSQL raises a serialization failure here. */
	stead_run(call,
	          "INSERT INTO stead_audit_block (" SEAL_BLOCK_FIELDS ")"
	          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
	          " ON CONFLICT (block) DO NOTHING",
	          SEAL_BLOCK_COLUMNS,
	          (stead_value[]){stead_int(block->block), stead_int(block->era), stead_int(block->first_leaf),
	                          stead_int(block->events), stead_int(block->last_transaction_id),
	                          stead_int(block->last_event_id), stead_time(block->first_event_at),
	                          stead_time(block->last_event_at), stead_time(block->sealed_at), block->subtrees,
	                          block->frontier, block->root, block->folded, block->listed,
	                          stead_bytes(digest, sizeof digest)});
	stead_run(call, "INSERT INTO stead_audit_leaf (block, leaves, last_event_at, indexed) VALUES ($1, $2, $3, true)", 3,
	          (stead_value[]){stead_int(block->block), stead_bytes(sealing->leaves.data, sealing->leaves.size),
	                          stead_time(block->last_event_at)});
	fold_roll_up(call, &sealing->hours);
	total_add_failures(call, sealing->failures);
	index_finish(call, &sealing->index, block->events);
	index_clear(call, block->block);
	index_store(call, &sealing->index, block->block, block->last_event_at);
}

/* The number of events in the next block of an era, if a prune makes it. */
static int64_t plan_block(stead_call *call, int64_t era, int64_t max_events, int64_t cutoff)
{
	stead_value event[LEAF_COLUMNS];
	bool ended = false;
	seal_walk walk;
	seal_cut cut;

	cut_begin(&cut, max_events, cutoff, seal_count_unsealed(call, era, CUT_MANY + 1));
	seal_walk_unsealed(call, &walk, era, max_events + CUT_LEAST);
	while (!ended && seal_walk_next(&walk, event) && !leaf_fault(event))
		ended = cut_add(&cut, event[LEAF_OCCURRED_AT].integer, false);
	seal_walk_close(&walk);
	return cut.events ? cut.events : max_events;
}

/* Seals up to max_events settled events of an era, and returns how many. The block ends before an event with a fault.
 * If that is the first one, it is *unsealable. */
static int64_t seal_era(stead_call *call, int64_t era, int64_t max_events, int64_t cutoff, seal_unsealable *unsealable)
{
	sealing_state *sealing = stead_alloc(call, sizeof *sealing);
	stead_value event[LEAF_COLUMNS];
	seal_block last;
	seal_walk walk;

	*sealing = (sealing_state){.sha = stead_sha256_open(call), .block = {.block = 1, .era = era}};
	index_key_make(call, &sealing->key);
	sealing->index.key = &sealing->key;
	merkle_empty(&sealing->tree, 0);
	if (seal_last_block(call, &last)) {
		seal_load_range(call, &last, last.frontier, 0, &sealing->tree);
		sealing->block.block = last.block + 1;
		sealing->block.first_leaf = sealing->tree.end;
	}
	merkle_empty(&sealing->leaf_range, sealing->block.first_leaf);
	if (cutoff != CUT_NO_CUTOFF)
		max_events = plan_block(call, era, max_events, cutoff);
	seal_walk_unsealed(call, &walk, era, max_events);
	while (seal_walk_next(&walk, event)) {
		const char *fault = leaf_fault(event);

		if (fault) {
			if (!sealing->block.events)
				*unsealable = (seal_unsealable){event[LEAF_ID].integer, fault};
			break;
		}
		if (sealing->block.events &&
		    cut_ends(sealing->block.events, sealing->block.first_event_at, sealing->block.last_event_at, max_events,
		             event[LEAF_OCCURRED_AT].integer))
			break;
		add_event(call, sealing, event);
	}
	seal_walk_close(&walk);
	if (sealing->block.events)
		store_block(call, sealing);
	return sealing->block.events;
}

int64_t seal_next(stead_call *call, int64_t max_events, int64_t cutoff, seal_unsealable *unsealable)
{
	int64_t sealed = 0;

	*unsealable = (seal_unsealable){0};
	for (seal_order order = {0}; !sealed && !unsealable->fault && seal_next_in_order(call, &order);)
		sealed = seal_era(call, order.era, max_events, cutoff, unsealable);
	return sealed;
}

int64_t seal_one(stead_call *call, int64_t cutoff)
{
	seal_unsealable unsealable;

	if (!stead_try_lock(call, &seal_lock, 0, NULL))
		return -1;
	return seal_next(call, SEAL_TICK_EVENTS, cutoff, &unsealable);
}
