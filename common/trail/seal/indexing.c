/*
 * indexing.c - the index of a block, made from its events. See seal.h.
 */
#include <string.h>

#include "core/digest.h"
#include "lib/text.h"
#include "trail/index/summary.h"
#include "trail/seal/expired.h"
#include "trail/seal/seal.h"

const int seal_index_columns[INDEX_DIMENSIONS] = {
	[INDEX_ACTION] = LEAF_ACTION,           [INDEX_RESOURCE_TYPE] = LEAF_RESOURCE_TYPE,
	[INDEX_RESOURCE_ID] = LEAF_RESOURCE_ID, [INDEX_ACTOR_ID] = LEAF_ACTOR_ID,
	[INDEX_ACTOR_NAME] = LEAF_ACTOR_NAME,   [INDEX_IP_ADDRESS] = LEAF_IP_ADDRESS};

void seal_index_add(stead_call *call, index_builder *builder, const stead_value event[LEAF_COLUMNS])
{
	index_event indexed = {.id = event[LEAF_ID].integer,
	                       .occurred_at = event[LEAF_OCCURRED_AT].integer,
	                       .failed = !event[LEAF_SUCCESS].boolean,
	                       .details = event[LEAF_DETAILS]};

	for (int i = 0; i < INDEX_DIMENSIONS; i++)
		indexed.value[i] = event[seal_index_columns[i]];
	index_add(call, builder, &indexed);
}

bool seal_any_unindexed(stead_call *call)
{
	return stead_any(call, "SELECT 1 FROM stead_audit_leaf WHERE indexed IS NULL LIMIT 1", 0, NULL);
}

int64_t seal_count_unindexed(stead_call *call)
{
	return stead_first(call, "SELECT count(*) FROM stead_audit_leaf WHERE indexed IS NULL", 0, NULL, STEAD_INT).integer;
}

static void walk_block(stead_call *call, seal_walk *walk, const seal_block *block, seal_position after)
{
	seal_walk_open(call, walk, block->era, after, (seal_position){block->last_transaction_id, block->last_event_id},
	               INT64_MAX);
	walk->any = true;
}

/* An event that has a fault is not indexed: verification reports it. */
static void make_index(stead_call *call, index_key *key, const seal_block *block, seal_position after,
                       index_builder *builder)
{
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;

	*builder = (index_builder){.key = key};
	walk_block(call, &walk, block, after);
	while (seal_walk_next(&walk, event))
		if (!leaf_fault(event))
			seal_index_add(call, builder, event);
	index_finish(call, builder, block->events);
}

bool seal_index_next(stead_call *call)
{
	stead_value number = stead_first(
		call, "SELECT block FROM stead_audit_leaf WHERE indexed IS NULL ORDER BY block LIMIT 1", 0, NULL, STEAD_INT);
	index_builder builder = {0};
	seal_block block;
	index_key key;

	if (number.null)
		return false;
	if (seal_block_any(call, number.integer, &block)) {
		index_key_make(call, &key);
		make_index(call, &key, &block, seal_end_before(call, block.era, block.block), &builder);
		/* rows are there if somebody has removed the mark */
		index_delete(call, block.block, block.last_event_at, block.events);
		index_store(call, &builder, block.block, block.last_event_at);
		index_delete_summaries(call, block.block);
	}
	if (!stead_run_permitted(call, &seal_tables[TABLE_LEAF],
	                         "UPDATE stead_audit_leaf SET indexed = true WHERE block = $1", 1, &number))
		stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: block %lld is damaged", call->function->name,
		                 (long long)number.integer); /* else the next step would index it again, for ever */
	return true;
}

/* The personal dimensions, those that a redaction blanks. */
#define PERSONAL (1u << INDEX_RESOURCE_ID | 1u << INDEX_ACTOR_ID | 1u << INDEX_ACTOR_NAME | 1u << INDEX_IP_ADDRESS)

/* The trigrams of an event that no event of its block has any more. NULL: there are none. It reads the block's events
 * until it has found each trigram in one: mostly a few, but all of them if the event had a rare word. */
static const trigram_set *find_gone(stead_call *call, const seal_block *block, seal_position after,
                                    const stead_value was[LEAF_COLUMNS])
{
	static const int texts[] = {LEAF_ACTION, LEAF_RESOURCE_ID, LEAF_ACTOR_NAME, LEAF_DETAILS}; /* as index_add() */
	trigram_set *gone = stead_alloc(call, sizeof *gone);
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;
	size_t left;

	trigram_open(call, gone);
	for (int i = 0; i < STEAD_COUNT(texts); i++)
		trigram_add(gone, was[texts[i]]);
	left = trigram_count(gone);
	walk_block(call, &walk, block, after);
	while (left && seal_walk_next(&walk, event)) {
		if (leaf_fault(event))
			continue;
		for (int i = 0; i < STEAD_COUNT(texts); i++)
			left -= trigram_remove(gone, event[texts[i]]);
	}
	seal_walk_close(&walk);
	return left ? gone : NULL;
}

/* Is it what was sealed? If somebody has changed it, its other values are in the index. */
static bool is_unchanged(stead_call *call, const seal_block *block, const stead_value was[LEAF_COLUMNS])
{
	stead_sha256_stream sha = stead_sha256_open(call);
	stead_value leaves, number = stead_int(block->block);
	bool unchanged = false;
	stead_rows *rows;
	merkle_hash leaf;

	if (leaf_fault(was))
		return false;
	leaf_hash(&sha, was, &leaf);
	stead_sha256_check(call, &sha);
	rows = stead_open(call, "SELECT leaves FROM stead_audit_leaf WHERE block = $1", 1, &number);
	if (stead_next(rows) && stead_column_sound(rows, 0, STEAD_BYTES, &leaves) && !leaves.null)
		for (size_t at = 0; at + LEAF_ITEM <= leaves.size && !unchanged; at += LEAF_ITEM)
			unchanged = stead_get_number((const unsigned char *)leaves.data + at) == was[LEAF_ID].integer &&
			            memcmp(leaves.data + at + 8, leaf.bytes, LEAF_ITEM - 8) == 0;
	stead_close(rows);
	return unchanged;
}

static bool take_out(stead_call *call, index_key *key, const seal_block *block, seal_position after,
                     const stead_value was[LEAF_COLUMNS])
{
	index_event event = {.id = was[LEAF_ID].integer};

	if (!is_unchanged(call, block, was))
		return false;
	for (int i = 0; i < INDEX_DIMENSIONS; i++)
		event.value[i] = was[seal_index_columns[i]];
	return index_take_out(call, key, &event, PERSONAL, find_gone(call, block, after, was), block->block,
	                      block->last_event_at, block->events);
}

static void spoil_summaries(stead_call *call, unsigned dimensions, int64_t block)
{
	for (int i = 0; i < INDEX_DIMENSIONS; i++)
		if (dimensions >> i & 1)
			index_spoil_summary(call, i, block);
}

void seal_index_redacted(stead_call *call, const stead_value was[LEAF_COLUMNS])
{
	index_builder builder;
	seal_position after;
	seal_block block;
	index_key key;

	index_key_make(call, &key);
	index_key_touch(call); /* even if the event is in no block that is visible */
	if (!seal_find_block(call, was[LEAF_ERA].integer,
	                     (seal_position){was[LEAF_TRANSACTION_ID].integer, was[LEAF_ID].integer}, &block, &after) ||
	    !stead_any(call, "SELECT 1 FROM stead_audit_leaf WHERE block = $1 AND indexed", 1,
	               (stead_value[]){stead_int(block.block)}))
		return;
	spoil_summaries(call, PERSONAL, block.block); /* even where it has no value now: it may have had one */
	if (seal_begun(call) != block.block && take_out(call, &key, &block, after, was))
		return;
	/* all dimensions: a block whose prune has begun lacks events in all of them, and the rows of all are counted. Then
	 * postings may lie in other buckets, and sums, which name the first event that is read, be of another event. */
	spoil_summaries(call, ~PERSONAL, block.block);
	make_index(call, &key, &block, after, &builder);
	index_delete(call, block.block, block.last_event_at, block.events);
	index_store(call, &builder, block.block, block.last_event_at);
}
