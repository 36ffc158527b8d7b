/*
 * sealing.c - makes the next block: settled events in order, their leaves, and what they add to the rollups. See seal.h.
 */
#include "trail/seal/seal.h"
#include "core/upkeep.h"

#include "core/digest.h"
#include "trail/seal/era.h"
#include "trail/seal/fold.h"

typedef struct {
	stead_sha256_stream sha;
	seal_block block;
	merkle_range own, whole;
	fold_table hours;
	stead_buffer leaves;
} sealing;

static void take_event(stead_call *call, sealing *now, const stead_value event[LEAF_COLUMNS])
{
	unsigned char item[LEAF_ITEM];
	int64_t at = event[LEAF_OCCURRED_AT].integer;
	merkle_hash leaf;

	leaf_hash(&now->sha, event, &leaf);
	merkle_append(&now->sha, &now->own, 0, &leaf);
	stead_put_number(item, event[LEAF_ID].integer);
	for (int i = 8; i < LEAF_ITEM; i++)
		item[i] = leaf.bytes[i - 8];
	stead_append(call, &now->leaves, (const char *)item, sizeof item);
	fold_event(call, &now->hours, at, event[LEAF_ACTION], event[LEAF_SUCCESS].boolean);
	if (now->block.events == 0 || at < now->block.first_event_at)
		now->block.first_event_at = at;
	if (now->block.events == 0 || at > now->block.last_event_at)
		now->block.last_event_at = at;
	now->block.last_transaction_id = event[LEAF_TRANSACTION_ID].integer;
	now->block.last_event_id = event[LEAF_ID].integer;
	now->block.events++;
}

static void store_block(stead_call *call, sealing *now)
{
	seal_block *block = &now->block;
	unsigned char digest[STEAD_SHA256_SIZE], listed[STEAD_SHA256_SIZE];
	merkle_hash root;

	merkle_join(&now->sha, &now->whole, &now->own);
	merkle_root(&now->sha, &now->whole, &root);
	fold_sort(&now->hours);
	block->sealed_at = stead_now(call);
	block->subtrees = seal_bytes(now->own.node, merkle_stored_size(&now->own));
	block->frontier = seal_bytes(now->whole.node, merkle_stored_size(&now->whole));
	block->root = seal_bytes(&root, sizeof root);
	block->folded = fold_store(call, &now->hours);
	stead_sha256(call, now->leaves.data, now->leaves.size, listed);
	block->listed = seal_bytes(listed, sizeof listed);
	seal_digest(&now->sha, block, digest);
	stead_sha256_check(call, &now->sha);
	/* In REPEATABLE READ the latest block may be one we do not see: then this is PostgreSQL's serialization failure. */
	stead_run(call,
	          "INSERT INTO stead_audit_block (" SEAL_BLOCK_FIELDS ")"
	          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (block) DO NOTHING",
	          SEAL_BLOCK_COLUMNS,
	          (stead_value[]){stead_int(block->block), stead_int(block->era), stead_int(block->first_leaf), stead_int(block->events),
	                          stead_int(block->last_transaction_id), stead_int(block->last_event_id),
	                          stead_time(block->first_event_at), stead_time(block->last_event_at), stead_time(block->sealed_at),
	                          block->subtrees, block->frontier, block->root, block->folded, block->listed,
	                          seal_bytes(digest, sizeof digest)});
	stead_run(call, "INSERT INTO stead_audit_leaf (block, leaves, last_event_at) VALUES ($1, $2, $3)", 3,
	          (stead_value[]){stead_int(block->block), seal_bytes(now->leaves.data, now->leaves.size),
	                          stead_time(block->last_event_at)});
	fold_roll_up(call, &now->hours);
}

/* How many events the next block of an era has, where it is made by a prune. */
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

/* Seals up to max_events settled events of an era; returns how many. At one that cannot be hashed it ends: that one is
 * *unsealable, where no other comes before it. */
static int64_t seal_era(stead_call *call, int64_t era, int64_t max_events, int64_t cutoff, seal_unsealable *unsealable)
{
	sealing *now = stead_alloc(call, sizeof *now);
	stead_value event[LEAF_COLUMNS];
	seal_block last;
	seal_walk walk;

	*now = (sealing){.sha = stead_sha256_open(call), .block = {.block = 1, .era = era}};
	merkle_empty(&now->whole, 0);
	if (seal_last_block(call, &last)) {
		seal_load_range(call, &last, last.frontier, 0, &now->whole);
		now->block.block = last.block + 1;
		now->block.first_leaf = now->whole.end;
	}
	merkle_empty(&now->own, now->block.first_leaf);
	if (cutoff != CUT_NO_CUTOFF)
		max_events = plan_block(call, era, max_events, cutoff);
	seal_walk_unsealed(call, &walk, era, max_events);
	while (seal_walk_next(&walk, event)) {
		const char *fault = leaf_fault(event);

		if (fault) {
			if (!now->block.events)
				*unsealable = (seal_unsealable){event[LEAF_ID].integer, fault};
			break;
		}
		if (now->block.events && cut_ends(now->block.events, now->block.first_event_at, now->block.last_event_at, max_events,
		                                   event[LEAF_OCCURRED_AT].integer))
			break;
		take_event(call, now, event);
	}
	seal_walk_close(&walk);
	if (now->block.events)
		store_block(call, now);
	return now->block.events;
}

int64_t seal_next(stead_call *call, int64_t max_events, int64_t cutoff, seal_unsealable *unsealable)
{
	int64_t sealed = 0;

	*unsealable = (seal_unsealable){0};
	for (seal_eras eras = {0}; !sealed && !unsealable->fault && seal_next_era(call, &eras);)
		sealed = seal_era(call, eras.era, max_events, cutoff, unsealable);
	return sealed;
}

int64_t seal_one(stead_call *call, int64_t cutoff)
{
	seal_unsealable unsealable;

	if (!stead_try_lock(call, &seal_lock, 0, NULL))
		return -1;
	return seal_next(call, SEAL_TICK_EVENTS, cutoff, &unsealable);
}

