/*
 * verify.c - see verify.h. One pass over the blocks, each with its events; what is held is of one block.
 *
 * A finding does not end it: what follows is compared with what is stored, so that one change is not told of many times.
 */
#include "trail/verify/verify.h"

#include <string.h>

#include "core/digest.h"

static void of_block(verification *now, const seal_block *block, const char *detail)
{
	verify_report(now, stead_int(block->block), "changed", stead_null(STEAD_INT), detail);
}

static bool holds(stead_value stored, const void *data, size_t size)
{
	return stored.size == size && memcmp(stored.data, data, size) == 0;
}

/* The block's row by itself: its digest, and what follows from its ranges. */
static void check_row(verification *now, const seal_block *block)
{
	unsigned char digest[STEAD_SHA256_SIZE];
	int64_t end;
	merkle_hash root;

	if (!seal_can_number(block->first_leaf, block->events)) { /* nothing to count with */
		of_block(now, block, "the numbers of its leaves were changed");
		now->stored.count = -1;
		return;
	}
	end = block->first_leaf + block->events;
	seal_digest(&now->sha, block, digest);
	if (!holds(block->digest, digest, sizeof digest))
		of_block(now, block, "the block's row was changed: its digest differs");
	if (block->first_leaf != now->whole.end)
		of_block(now, block, stead_format(now->call, "it begins at leaf %lld, the block before ended at %lld",
		                                  (long long)block->first_leaf, (long long)now->whole.end));
	if (!merkle_load(&now->stored, block->first_leaf, end, block->subtrees.data, block->subtrees.size)) {
		of_block(now, block, "the hashes of its subtrees were changed");
		now->stored.count = -1;
	} else if (now->whole.end == block->first_leaf) {
		merkle_join(&now->sha, &now->whole, &now->stored);
		if (!holds(block->frontier, now->whole.node, merkle_stored_size(&now->whole)))
			of_block(now, block, "the hashes of the tree up to its end were changed");
		merkle_root(&now->sha, &now->whole, &root);
		if (!holds(block->root, &root, sizeof root))
			of_block(now, block, "the root of the tree was changed");
	}
	if (now->whole.end != end && !merkle_load(&now->whole, 0, end, block->frontier.data, block->frontier.size))
		merkle_empty(&now->whole, end); /* nothing to go on from: the next block will tell of it too */
}

static void check_block(verification *now, const seal_block *block, seal_position after, bool sound)
{
	stead_call *call = now->call;
	stead_value number = stead_int(block->block), leaves = stead_null(STEAD_BYTES);
	bool pruned = false;
	stead_rows *rows;

	now->of_block = 0;
	now->blocks++;
	if (!sound)
		of_block(now, block, "a value of the block's row is not of its column's type");
	now->sealed += block->events >= 0 && block->events <= SEAL_MAX_EVENTS ? block->events : 0;
	check_row(now, block);
	rows = stead_open(call, "SELECT account, events FROM stead_audit_account WHERE block = $1", 1, &number);
	if (stead_next(rows)) {
		stead_value account, events;

		pruned = stead_column_sound(rows, 0, STEAD_INT, &account) && account.integer <= now->accounts.trusted;
		if (pruned && (!stead_column_sound(rows, 1, STEAD_INT, &events) || events.integer != block->events))
			of_block(now, block, "the account of its prune is of another number of events");
		stead_close(rows);
	}
	rows = stead_open(call, "SELECT leaves, last_event_at FROM stead_audit_leaf WHERE block = $1", 1, &number);
	if (stead_next(rows)) {
		stead_value last_event_at;

		if (!stead_column_sound(rows, 0, STEAD_BYTES, &leaves)) { /* open, as the leaves are many */
			of_block(now, block, "the list of its leaves is not of its column's type");
			leaves = stead_null(STEAD_BYTES);
		}
		if (!stead_column_sound(rows, 1, STEAD_TIME, &last_event_at) ||
		    (!last_event_at.null && last_event_at.integer != block->last_event_at))
			of_block(now, block, "the age that prunes find it by was changed");
	}
	verify_events(now, block, after, leaves, pruned);
	stead_close(rows);
	if (now->of_block > VERIFY_MOST_FAULTS)
		stead_emit(call, (stead_value[]){number, stead_text("changed"), stead_null(STEAD_INT),
		                                 stead_text(stead_format(call, "and %lld more", (long long)now->of_block - VERIFY_MOST_FAULTS))});
}

/* ---- All blocks -------------------------------------------------------------------------------------------------- */

/* Where the latest block of each era ended; there are few eras. */
typedef struct {
	int64_t era;
	seal_position end;
} era_end;

static seal_position *end_of_era(verification *now, era_end **eras, size_t *count, size_t *room, const seal_block *block)
{
	for (size_t i = 0; i < *count; i++)
		if ((*eras)[i].era == block->era)
			return &(*eras)[i].end;
	*eras = stead_grow(now->call, *eras, *count, room, sizeof **eras);
	(*eras)[*count] = (era_end){block->era, seal_end_before(now->call, block->era, block->block)};
	return &(*eras)[(*count)++].end;
}

static void missing_blocks(verification *now, int64_t from, int64_t until)
{
	now->of_block = 0;
	if (from < until)
		verify_report(now, stead_int(from), "missing", stead_null(STEAD_INT),
		              from + 1 == until ? "the block is gone"
		                                : stead_format(now->call, "the blocks up to %lld are gone", (long long)until - 1));
}

static void check_blocks(verification *now, bool all, int64_t from, int64_t to)
{
	era_end *eras = NULL;
	size_t count = 0, room = 0;
	int64_t expected = from;
	stead_scope *scope;
	seal_block block;
	stead_rows *rows;

	if (from > 1) {
		stead_value params[] = {stead_int(from - 1)};

		rows = stead_open(now->call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block = $1", 1, params);
		if (stead_next(rows)) {
			seal_read_block_any(rows, &block);
			seal_load_range(now->call, &block, block.frontier, 0, &now->whole);
			stead_close(rows);
		}
	}
	if (all) /* whatever stands for a number there */
		rows = stead_open_as(now->call, STEAD_CURSOR, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block ORDER BY block", 0, NULL);
	else
		rows = stead_open_as(now->call, STEAD_CURSOR, 
		                       "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block >= $1 AND block <= $2 ORDER BY block", 2,
		                       (stead_value[]){stead_int(from), stead_int(to)});
	while (stead_next(rows)) {
		bool sound = seal_read_block_any(rows, &block);
		seal_position *end;

		now->of_block = 0;
		if (block.block < expected) {
			verify_report(now, stead_int(block.block), "added", stead_null(STEAD_INT), "no block has this number");
			continue;
		}
		missing_blocks(now, expected, block.block);
		end = end_of_era(now, &eras, &count, &room, &block);
		scope = stead_open_scope(now->call);
		check_block(now, &block, *end, sound);
		stead_close_scope(now->call, scope);
		*end = (seal_position){block.last_transaction_id, block.last_event_id};
		expected = block.block + 1;
	}
}

/* Lists of leaves that are of no block, which no block asks for. */
static void check_strays(verification *now)
{
	stead_rows *rows = stead_open_as(now->call, STEAD_CURSOR, 
	                                   "SELECT block FROM stead_audit_leaf AS l WHERE NOT EXISTS"
	                                   " (SELECT 1 FROM stead_audit_block AS b WHERE b.block = l.block)",
	                                   0, NULL);
	stead_value block;

	while (stead_next(rows)) {
		if (!stead_column_sound(rows, 0, STEAD_INT, &block))
			block = stead_null(STEAD_INT);
		verify_report(now, block, "added", stead_null(STEAD_INT), "a list of leaves is of no block");
	}
}

static int64_t count_unsealed(stead_call *call)
{
	int64_t count = 0;

	for (int64_t era = INT64_MIN; seal_next_era(call, era, &era);)
		count += seal_count_unsealed(call, era, INT64_MAX);
	return count;
}

static void verify(stead_call *call, const stead_value *args)
{
	verification *now = stead_alloc(call, sizeof *now);
	bool all = args[0].null && args[1].null;

	for (int i = 0; i < 2; i++)
		if (!args[i].null && args[i].integer < 1)
			stead_raise(call, STEAD_INVALID, "stead_audit_verify: %s must be at least 1", i ? "to_block" : "from_block");
	*now = (verification){.call = call, .sha = stead_sha256_open(call)};
	merkle_empty(&now->whole, 0);
	account_check(call, &now->accounts);
	if (now->accounts.fault)
		verify_report(now, stead_null(STEAD_INT), "changed", stead_null(STEAD_INT),
		              stead_format(call, "account %lld of what was pruned: %s", (long long)now->accounts.faulty,
		                           now->accounts.fault));
	check_blocks(now, all, args[0].null ? 1 : args[0].integer, args[1].null ? INT64_MAX : args[1].integer);
	now->of_block = 0;
	if (all) {
		check_strays(now);
		verify_rollups(now);
	}
	stead_sha256_check(call, &now->sha);
	stead_emit(call, (stead_value[]){
	                     stead_null(STEAD_INT), stead_text(now->faults ? "broken" : "ok"), stead_null(STEAD_INT),
	                     stead_text(stead_format(call,
	                                             "%lld blocks, %lld events: %lld ok, %lld changed, %lld missing, %lld added, %lld"
	                                             " pruned; %lld not sealed yet",
	                                             (long long)now->blocks, (long long)now->sealed, (long long)now->ok,
	                                             (long long)now->changed, (long long)now->missing, (long long)now->added,
	                                             (long long)now->pruned, (long long)count_unsealed(call)))});
}

/* ---- Registry ---------------------------------------------------------------------------------------------------- */

static const stead_function functions[] = {
    {
        .name = "audit_verify",
        .doc = "Reads sealed events, blocks, accounts of what was pruned and rollups again and compares them with what was "
               "sealed: one row for each finding - status changed, missing or added; event_id names the event, null where it is the "
               "block's row, an account or a rollup - and one last row: block null, status ok or broken, counts in detail. From and to a "
               "block: these alone, and no rollups. What was pruned and is accounted for is no finding. That nothing was cut off "
               "at the end is told by stead_audit_verify_checkpoint.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .args = {{"from_block", STEAD_INT, .optional = true}, {"to_block", STEAD_INT, .optional = true}},
        .columns = {{"block", STEAD_INT}, {"status", STEAD_TEXT}, {"event_id", STEAD_INT}, {"detail", STEAD_TEXT}},
        .rows = verify,
    },
};

const stead_module stead_verify = {
    .name = "verify",
    .doc = "Whether the audit trail still is what was sealed.",
    .functions = functions,
    .function_count = STEAD_COUNT(functions),
};
