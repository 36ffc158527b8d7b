/*
 * verify.c - see verify.h. It reads the blocks once, each with its events, and holds no more than one block in memory.
 *
 * It goes on after a finding. What follows is compared with what is stored, so that one change is not reported many
 * times.
 */
#include "trail/verify/verify.h"

#include <string.h>

#include "core/digest.h"

static void report_block(verify_state *verification, const seal_block *block, const char *detail)
{
	verify_report(verification, stead_int(block->block), "changed", stead_null(STEAD_INT), detail);
}

static bool holds(stead_value stored, const void *data, size_t size)
{
	return stored.size == size && memcmp(stored.data, data, size) == 0;
}

/* Checks the block's row by itself: its digest, its leaves' numbers, and the hashes of the tree. */
static void check_row(verify_state *verification, const seal_block *block)
{
	unsigned char digest[STEAD_SHA256_SIZE];
	int64_t end;
	merkle_hash root;

	if (!seal_can_number(block->first_leaf, block->events)) {
		report_block(verification, block, "the numbers of its leaves were changed");
		verification->subtrees.count = -1;
		return;
	}
	end = block->first_leaf + block->events;
	seal_digest(&verification->sha, block, digest);
	if (!holds(block->digest, digest, sizeof digest))
		report_block(verification, block, "the block's row was changed: its digest differs");
	if (block->first_leaf != verification->tree.end)
		report_block(verification, block,
		             stead_format(verification->call, "it begins at leaf %lld, but the block before it ended at %lld",
		                          (long long)block->first_leaf, (long long)verification->tree.end));
	if (!merkle_load(&verification->subtrees, block->first_leaf, end, block->subtrees.data, block->subtrees.size)) {
		report_block(verification, block, "the hashes of its subtrees were changed");
		verification->subtrees.count = -1;
	} else if (verification->tree.end == block->first_leaf) {
		merkle_join(&verification->sha, &verification->tree, &verification->subtrees);
		if (!holds(block->frontier, verification->tree.node, merkle_stored_size(&verification->tree)))
			report_block(verification, block, "the hashes of the tree up to its end were changed");
		merkle_root(&verification->sha, &verification->tree, &root);
		if (!holds(block->root, &root, sizeof root))
			report_block(verification, block, "the root of the tree was changed");
	}
	if (verification->tree.end != end &&
	    !merkle_load(&verification->tree, 0, end, block->frontier.data, block->frontier.size))
		merkle_empty(&verification->tree, end); /* the frontier is damaged: the next block will have a finding, too */
}

static void check_block(verify_state *verification, const seal_block *block, seal_position after, bool sound)
{
	stead_call *call = verification->call;
	stead_value number = stead_int(block->block), leaves = stead_null(STEAD_BYTES);
	bool pruned = false, indexed = false;
	stead_rows *rows;

	verification->block_faults = 0;
	verification->blocks++;
	if (!sound)
		report_block(verification, block, "a value of the block's row is not of its column's type");
	verification->sealed += block->events >= 0 && block->events <= SEAL_MAX_EVENTS ? block->events : 0;
	check_row(verification, block);
	rows = stead_open(call, "SELECT account, events FROM stead_audit_account WHERE block = $1", 1, &number);
	if (stead_next(rows)) {
		stead_value account, events;

		pruned = stead_column_sound(rows, 0, STEAD_INT, &account) && account.integer <= verification->accounts.trusted;
		if (pruned && (!stead_column_sound(rows, 1, STEAD_INT, &events) || events.integer != block->events))
			report_block(verification, block, "the account of its prune has another number of events");
		stead_close(rows);
	}
	rows = stead_open(call, "SELECT leaves, last_event_at, indexed FROM stead_audit_leaf WHERE block = $1", 1, &number);
	if (stead_next(rows)) {
		stead_value last_event_at, mark;

		/* the rows stay open, as the list is too long to copy */
		if (!stead_column_sound(rows, 0, STEAD_BYTES, &leaves)) {
			report_block(verification, block, "the list of its leaves is not of its column's type");
			leaves = stead_null(STEAD_BYTES);
		}
		if (!stead_column_sound(rows, 1, STEAD_TIME, &last_event_at) ||
		    (!last_event_at.null && last_event_at.integer != block->last_event_at))
			report_block(verification, block, "the time by which prunes find it was changed");
		if (!stead_column_sound(rows, 2, STEAD_BOOL, &mark) || (!mark.null && !mark.boolean))
			report_block(verification, block, "the mark that it is indexed was changed");
		else
			indexed = !mark.null;
	}
	verify_events(verification, block, after, leaves, pruned, indexed);
	stead_close(rows);
	if (verification->block_faults > VERIFY_MOST_FAULTS)
		stead_emit(call, (stead_value[]){
							 number, stead_text("changed"), stead_null(STEAD_INT),
							 stead_text(stead_format(call, "and %lld more",
		                                             (long long)verification->block_faults - VERIFY_MOST_FAULTS))});
}

/* ---- All blocks ------------------------------------------------------------------------------------------------ */

/* Where the latest block of each era ended. A list is enough, as there are few eras. */
typedef struct {
	int64_t era;
	seal_position end;
} era_end;

static seal_position *end_of_era(verify_state *verification, era_end **eras, size_t *count, size_t *room,
                                 const seal_block *block)
{
	for (size_t i = 0; i < *count; i++)
		if ((*eras)[i].era == block->era)
			return &(*eras)[i].end;
	*eras = stead_grow(verification->call, *eras, *count, room, sizeof **eras);
	(*eras)[*count] = (era_end){block->era, seal_end_before(verification->call, block->era, block->block)};
	return &(*eras)[(*count)++].end;
}

static void missing_blocks(verify_state *verification, int64_t from, int64_t until)
{
	verification->block_faults = 0;
	if (from < until)
		verify_report(verification, stead_int(from), "missing", stead_null(STEAD_INT),
		              from + 1 == until
		                  ? "the block is gone"
		                  : stead_format(verification->call, "the blocks up to %lld are gone", (long long)until - 1));
}

static void check_blocks(verify_state *verification, bool all, int64_t from, int64_t to)
{
	era_end *eras = NULL;
	size_t count = 0, room = 0;
	int64_t expected = from;
	stead_scope *scope;
	seal_block block;
	stead_rows *rows;

	if (from > 1 && seal_block_any(verification->call, from - 1, &block))
		seal_load_range(verification->call, &block, block.frontier, 0, &verification->tree);
	if (all) /* without a condition, which would miss a block whose number is not an integer */
		rows = stead_open_as(verification->call, STEAD_CURSOR,
		                     "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block ORDER BY block", 0, NULL);
	else
		rows = stead_open_as(verification->call, STEAD_CURSOR,
		                     "SELECT " SEAL_BLOCK_FIELDS
		                     " FROM stead_audit_block WHERE block >= $1 AND block <= $2 ORDER BY block",
		                     2, (stead_value[]){stead_int(from), stead_int(to)});
	while (stead_next(rows)) {
		bool sound = seal_read_block_any(rows, &block);
		seal_position *end;

		verification->block_faults = 0;
		if (block.block < expected) {
			verify_report(verification, stead_int(block.block), "added", stead_null(STEAD_INT),
			              "no block has this number");
			continue;
		}
		missing_blocks(verification, expected, block.block);
		end = end_of_era(verification, &eras, &count, &room, &block);
		scope = stead_open_scope(verification->call);
		check_block(verification, &block, *end, sound);
		stead_close_scope(verification->call, scope);
		verify_keep_redactions(verification);
		*end = (seal_position){block.last_transaction_id, block.last_event_id};
		expected = block.block + 1;
	}
}

/* Reports lists of leaves that belong to no block. */
static void check_strays(verify_state *verification)
{
	stead_rows *rows = stead_open_as(verification->call, STEAD_CURSOR,
	                                 "SELECT block FROM stead_audit_leaf AS l WHERE NOT EXISTS"
	                                 " (SELECT 1 FROM stead_audit_block AS b WHERE b.block = l.block)",
	                                 0, NULL);
	stead_value block;

	while (stead_next(rows)) {
		if (!stead_column_sound(rows, 0, STEAD_INT, &block))
			block = stead_null(STEAD_INT);
		verify_report(verification, block, "added", stead_null(STEAD_INT), "a list of leaves belongs to no block");
	}
}

static int64_t count_unsealed(stead_call *call)
{
	int64_t count = 0;

	for (seal_eras eras = {0}; seal_next_era(call, &eras);)
		count += seal_count_unsealed(call, eras.era, INT64_MAX);
	return count;
}

static void audit_verify(stead_call *call, const stead_value *args)
{
	verify_state *verification = stead_alloc(call, sizeof *verification);
	bool all = args[0].null && args[1].null;

	for (int i = 0; i < 2; i++)
		if (!args[i].null && args[i].integer < 1)
			stead_raise(call, STEAD_INVALID, "stead_audit_verify: %s must be at least 1",
			            i ? "to_block" : "from_block");
	*verification = (verify_state){.call = call, .sha = stead_sha256_open(call)};
	merkle_empty(&verification->tree, 0);
	verification->has_key = index_key_read(call, &verification->key);
	account_check(call, &verification->accounts);
	if (verification->accounts.fault)
		verify_report(verification, stead_null(STEAD_INT), "changed", stead_null(STEAD_INT),
		              stead_format(call, "account %lld of what was pruned: %s",
		                           (long long)verification->accounts.faulty, verification->accounts.fault));
	check_blocks(verification, all, args[0].null ? 1 : args[0].integer, args[1].null ? INT64_MAX : args[1].integer);
	verification->block_faults = 0;
	if (all) {
		check_strays(verification);
		verify_index_strays(verification);
		verify_summaries(verification);
		verify_rollups(verification);
	}
	stead_sha256_check(call, &verification->sha);
	stead_emit(call,
	           (stead_value[]){
				   stead_null(STEAD_INT), stead_text(verification->faults ? "broken" : "ok"), stead_null(STEAD_INT),
				   stead_text(stead_format(call,
	                                       "%lld blocks, %lld events: %lld ok, %lld changed, %lld missing, %lld"
	                                       " added, %lld pruned; %lld not sealed yet",
	                                       (long long)verification->blocks, (long long)verification->sealed,
	                                       (long long)verification->ok, (long long)verification->changed,
	                                       (long long)verification->missing, (long long)verification->added,
	                                       (long long)verification->pruned, (long long)count_unsealed(call)))});
}

/* ---- Registry -------------------------------------------------------------------------------------------------- */

static const stead_function functions[] = {
	{
		.name = "audit_verify",
		.doc = "Compares the stored audit trail with what was sealed: events, blocks, accounts of prunes, "
			   "rollups and indexes. Each finding is a row whose status is changed, missing or added; event_id is the "
			   "event, or null if the finding is about the block's row, an account or a rollup. The last row has block "
			   "null, status ok or broken, and the counts in detail. With from_block or to_block, it verifies these "
			   "blocks only, and neither rollups nor summaries. Pruned events with an account are no finding. To find "
			   "out whether the last blocks were cut off, use stead_audit_verify_checkpoint.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"from_block", STEAD_INT, .optional = true}, {"to_block", STEAD_INT, .optional = true}},
		.columns = {{"block", STEAD_INT}, {"status", STEAD_TEXT}, {"event_id", STEAD_INT}, {"detail", STEAD_TEXT}},
		.rows = audit_verify,
	},
};

const stead_module stead_verify = {
	.name = "verify",
	.doc = "Verifies that the audit trail still is what was sealed.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
