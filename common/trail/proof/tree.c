/*
 * tree.c - see tree.h.
 *
 * A proof is made of the hashes that blocks store: a few rows, however many blocks there are. Of the events, only those
 * of one block are read. As the stored hashes may have been changed, the proof is verified against the root before it
 * is returned. A checkpoint is checked against a tree that is recomputed from the subtrees of every block.
 */
#include "trail/proof/tree.h"

#include <string.h>

#include "core/digest.h"
#include "lib/crypto/merkle_proof.h"
#include "trail/seal/seal.h"
#include "lib/crypto/checkpoint.h"

_Noreturn static void raise_damaged(stead_call *call)
{
	stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: the blocks do not make up the tree",
	                 call->function->name);
}

/* ---- The hashes of a block ------------------------------------------------------------------------------------- */

typedef struct {
	int64_t block, first_leaf, end;
	stead_value subtrees, frontier, root; /* live until the next row */
} tree_block;
#define TREE_BLOCK_FIELDS "block, first_leaf, events, subtrees, frontier, root"

/* False: no block can have these values. */
static bool read_tree_block(stead_rows *rows, tree_block *out)
{
	int64_t events = stead_column(rows, 2, STEAD_INT).integer;

	out->block = stead_column(rows, 0, STEAD_INT).integer;
	out->first_leaf = stead_column(rows, 1, STEAD_INT).integer;
	out->subtrees = stead_column(rows, 3, STEAD_BYTES);
	out->frontier = stead_column(rows, 4, STEAD_BYTES);
	out->root = stead_column(rows, 5, STEAD_BYTES);
	if (!seal_can_number(out->first_leaf, events))
		return false;
	out->end = out->first_leaf + events;
	return out->root.size == MERKLE_SIZE;
}

static bool load_range(merkle_range *range, int64_t begin, const tree_block *block, stead_value stored)
{
	return merkle_load(range, begin, block->end, stored.data, stored.size);
}

/* The size and the root of the tree. Raises if the latest block's root is not the root of its frontier. */
static void read_tree(stead_call *call, stead_sha256_stream *sha, int64_t *size, merkle_hash *root)
{
	stead_rows *rows =
		stead_open(call, "SELECT " TREE_BLOCK_FIELDS " FROM stead_audit_block ORDER BY block DESC LIMIT 1", 0, NULL);
	merkle_range range;
	tree_block last;
	bool found = stead_next(rows);

	merkle_empty(&range, 0);
	if (found && (!read_tree_block(rows, &last) || !load_range(&range, 0, &last, last.frontier)))
		raise_damaged(call);
	merkle_root(sha, &range, root);
	if (found && memcmp(root, last.root.data, sizeof *root) != 0)
		raise_damaged(call);
	*size = range.end;
	stead_close(rows);
}

/* ---- Checkpoints ----------------------------------------------------------------------------------------------- */

static stead_value base64(stead_call *call, const merkle_hash *hash)
{
	return seal_base64(call, stead_bytes(hash, sizeof *hash));
}

stead_value audit_checkpoint(stead_call *call, const stead_value *args)
{
	stead_sha256_stream sha = stead_sha256_open(call);
	merkle_hash root;
	stead_value text;
	int64_t size;

	stead_check_size(call, "origin", args[0], 1, CHECKPOINT_MAX_ORIGIN);
	if (!checkpoint_origin_valid(args[0].data, args[0].size))
		stead_raise(call, STEAD_INVALID,
		            "stead_audit_checkpoint: origin must not contain spaces, plus signs or control characters");
	read_tree(call, &sha, &size, &root);
	stead_sha256_check(call, &sha);
	text = base64(call, &root);
	return stead_text(stead_format(call, "%.*s\n%lld\n%.*s\n", (int)args[0].size, args[0].data, (long long)size,
	                               (int)text.size, text.data));
}

/* The tree that is being recomputed, which should extend the tree of a checkpoint. */
typedef struct {
	int64_t size;     /* of the checkpoint's tree */
	merkle_hash root; /* of the recomputed tree at that size */
	int64_t blocks;   /* so far */
	merkle_range whole;
} tree_extension;

/* Computes the root at the checkpoint's size if that lies within a block, from the block's events. Returns what is
 * wrong, or NULL. */
static const char *extend_within(stead_call *call, stead_sha256_stream *sha, tree_extension *extension,
                                 const tree_block *block, const merkle_range *own)
{
	stead_rows *rows =
		stead_open(call, "SELECT era, last_transaction_id, last_event_id FROM stead_audit_block WHERE block = $1", 1,
	               (stead_value[]){stead_int(block->block)});
	int64_t era, left = block->end - block->first_leaf;
	stead_value event[LEAF_COLUMNS];
	merkle_range range, before = extension->whole;
	merkle_hash leaf;
	seal_position until;
	seal_walk walk;

	stead_next(rows);
	era = stead_column(rows, 0, STEAD_INT).integer;
	until = (seal_position){stead_column(rows, 1, STEAD_INT).integer, stead_column(rows, 2, STEAD_INT).integer};
	stead_close(rows);
	merkle_empty(&range, block->first_leaf);
	seal_walk_open(call, &walk, era, seal_end_before(call, era, block->block), until, left + 1);
	while (seal_walk_next(&walk, event)) {
		leaf_hash(sha, event, &leaf);
		merkle_append(sha, &range, 0, &leaf);
		if (range.end > extension->size)
			continue;
		merkle_append(sha, &before, 0, &leaf);
		if (before.end == extension->size)
			merkle_root(sha, &before, &extension->root);
	}
	if (range.end < block->end)
		return stead_format(call, "size %lld lies within block %lld, whose events are not all there",
		                    (long long)extension->size, (long long)block->block);
	if (range.end > block->end || memcmp(range.node, own->node, merkle_stored_size(own)) != 0)
		return stead_format(call, "the tree is damaged: block %lld does not match its events", (long long)block->block);
	return NULL;
}

/* Adds one more block. Returns what is wrong, or NULL. */
static const char *extend(stead_call *call, stead_sha256_stream *sha, tree_extension *extension, stead_rows *rows)
{
	merkle_range own;
	tree_block block;
	bool fits = read_tree_block(rows, &block);
	const char *wrong;

	extension->blocks++;
	fits = fits && block.block == extension->blocks && block.first_leaf == extension->whole.end &&
	       load_range(&own, block.first_leaf, &block, block.subtrees);
	if (fits && block.first_leaf < extension->size && extension->size < block.end) {
		wrong = extend_within(call, sha, extension, &block, &own);
		if (wrong)
			return wrong;
	}
	if (fits) {
		merkle_join(sha, &extension->whole, &own);
		fits = block.frontier.size == merkle_stored_size(&extension->whole) &&
		       memcmp(block.frontier.data, extension->whole.node, block.frontier.size) == 0;
	}
	if (fits && extension->whole.end == extension->size)
		merkle_root(sha, &extension->whole, &extension->root);
	if (!fits)
		return stead_format(call, "the tree is damaged: block %lld does not fit those before",
		                    (long long)extension->blocks);
	return NULL;
}

/* What is wrong with a checkpoint, or NULL. */
static const char *checkpoint_fault(stead_call *call, stead_value text)
{
	stead_sha256_stream sha = stead_sha256_open(call);
	tree_extension *extension = stead_alloc(call, sizeof *extension);
	merkle_hash claimed, last = {{0}}, root;
	const char *wrong = NULL;
	stead_rows *rows;

	*extension = (tree_extension){.blocks = 0};
	merkle_empty(&extension->whole, 0);
	if (!checkpoint_read(text.data, text.size, &extension->size, &claimed))
		return "malformed";
	merkle_root(&sha, &extension->whole, &extension->root); /* of no leaves, for the checkpoint of an empty tree */
	last = extension->root;
	rows = stead_open_as(call, STEAD_CURSOR, "SELECT " TREE_BLOCK_FIELDS " FROM stead_audit_block ORDER BY block", 0,
	                     NULL);
	while (!wrong && stead_next(rows)) {
		wrong = extend(call, &sha, extension, rows);
		if (!wrong)
			memcpy(&last, stead_column(rows, 5, STEAD_BYTES).data, sizeof last);
	}
	merkle_root(&sha, &extension->whole, &root);
	stead_sha256_check(call, &sha);
	if (wrong)
		return wrong;
	if (memcmp(&root, &last, sizeof root) != 0)
		return stead_format(call, "the tree is damaged: block %lld has another root", (long long)extension->blocks);
	if (extension->size > extension->whole.end)
		return stead_format(call, "the tree has %lld leaves, the checkpoint %lld", (long long)extension->whole.end,
		                    (long long)extension->size);
	return memcmp(&extension->root, &claimed, sizeof claimed) == 0 ? NULL : "the root differs";
}

void audit_verify_checkpoint(stead_call *call, const stead_value *args)
{
	const char *wrong = checkpoint_fault(call, args[0]);

	stead_emit(call, (stead_value[]){stead_bool(!wrong), stead_text(wrong ? wrong : "ok")});
}

/* ---- Proofs ---------------------------------------------------------------------------------------------------- */

typedef struct {
	stead_call *call;
	stead_sha256_stream sha;
	seal_block own; /* the event's block */
	merkle_hash *leaves;
	int64_t index; /* the event's leaf */
} inclusion_proof;

/* Reads the events of the block, and finds the index of the event's leaf. Raises if one is missing or too many. */
static void read_leaves(inclusion_proof *proof, seal_position after, int64_t event_id)
{
	seal_block *own = &proof->own;
	stead_value event[LEAF_COLUMNS];
	int64_t count = 0;
	seal_walk walk;

	proof->index = -1;
	if (!seal_can_number(own->first_leaf, own->events))
		raise_damaged(proof->call);
	proof->leaves = stead_alloc(proof->call, (size_t)own->events * sizeof *proof->leaves);
	seal_walk_open(proof->call, &walk, own->era, after, (seal_position){own->last_transaction_id, own->last_event_id},
	               own->events + 1);
	for (; seal_walk_next(&walk, event) && count < own->events; count++) {
		leaf_hash(&proof->sha, event, &proof->leaves[count]);
		if (event[LEAF_ID].integer == event_id)
			proof->index = own->first_leaf + count;
	}
	if (count < own->events || walk.left == 0 || proof->index < 0) {
		seal_walk_close(&walk);
		stead_raise_hint(proof->call, STEAD_CORRUPT, SEAL_VERIFY_HINT,
		                 "stead_audit_proof: the events of block %lld are not those that were sealed",
		                 (long long)own->block);
	}
}

/* Reads the last block that begins before a leaf. Its hashes live until the rows are closed. */
static stead_rows *open_block_before(inclusion_proof *proof, int64_t leaf, tree_block *out)
{
	stead_rows *rows = stead_open(proof->call,
	                              "SELECT " TREE_BLOCK_FIELDS
	                              " FROM stead_audit_block WHERE first_leaf < $1 ORDER BY first_leaf DESC LIMIT 1",
	                              1, (stead_value[]){stead_int(leaf)});

	if (!stead_next(rows) || !read_tree_block(rows, out))
		raise_damaged(proof->call);
	return rows;
}

/* Appends those nodes of another range that lie between the end of range and end. */
static void append_nodes(inclusion_proof *proof, merkle_range *range, const merkle_range *from, int64_t end)
{
	int64_t at = from->begin;

	for (int i = 0; i < from->count; at += INT64_C(1) << from->level[i++])
		if (at == range->end && end - at >= INT64_C(1) << from->level[i])
			merkle_append(&proof->sha, range, from->level[i], &from->node[i]);
}

/* The root of a subtree that does not contain the event's leaf. The subtree ends in some block. Its nodes before that
 * block come from the frontier of the block before; the others are the block's own. If it is the event's block, its
 * stored nodes may be too large, but its leaves are known. */
static void subtree_root(inclusion_proof *proof, int64_t begin, int64_t end, merkle_hash *out)
{
	merkle_range range, stored;
	tree_block last, before;
	stead_rows *rows = open_block_before(proof, end, &last), *earlier;

	merkle_empty(&range, begin);
	if (begin < last.first_leaf) {
		earlier = open_block_before(proof, last.first_leaf, &before);
		if (before.end != last.first_leaf || !load_range(&stored, 0, &before, before.frontier))
			raise_damaged(proof->call);
		append_nodes(proof, &range, &stored, last.first_leaf);
		stead_close(earlier);
	}
	if (last.block == proof->own.block)
		while (range.end < end && range.end >= proof->own.first_leaf &&
		       range.end - proof->own.first_leaf < proof->own.events)
			merkle_append(&proof->sha, &range, 0, &proof->leaves[range.end - proof->own.first_leaf]);
	else if (load_range(&stored, last.first_leaf, &last, last.subtrees))
		append_nodes(proof, &range, &stored, end);
	stead_close(rows);
	if (range.end != end)
		raise_damaged(proof->call);
	merkle_root(&proof->sha, &range, out);
}

/* A block with an account counts as pruned even if events are left: without the others there is no proof. */
static void refuse_pruned(inclusion_proof *proof, int64_t event_id)
{
	if (stead_any(proof->call, "SELECT 1 FROM stead_audit_account WHERE block = $1", 1,
	              (stead_value[]){stead_int(proof->own.block)}))
		stead_raise(proof->call, STEAD_NOT_FOUND,
		            "stead_audit_proof: event %lld is being pruned, with the rest of block %lld", (long long)event_id,
		            (long long)proof->own.block);
}

/* Finds the event and its block. The query stays open, so that everything read after it is of the same moment. */
static void find_event(inclusion_proof *proof, int64_t event_id, merkle_hash *leaf, seal_position *after)
{
	stead_rows *rows = stead_open(proof->call, "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE id = $1", 1,
	                              (stead_value[]){stead_int(event_id)});
	stead_value event[LEAF_COLUMNS];
	const char *fault;

	if (!stead_next(rows))
		stead_raise_hint(proof->call, STEAD_NOT_FOUND, "It may have been pruned.",
		                 "stead_audit_proof: there is no event %lld", (long long)event_id);
	leaf_read(proof->call, rows, event);
	fault = leaf_redaction_fault(event);
	if (fault) /* the hash does not show it */
		stead_raise_hint(proof->call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_audit_proof: event %lld has no proof: %s",
		                 (long long)event_id, fault);
	leaf_hash(&proof->sha, event, leaf);
	if (!seal_find_block(proof->call, event[LEAF_ERA].integer,
	                     (seal_position){event[LEAF_TRANSACTION_ID].integer, event[LEAF_ID].integer}, &proof->own,
	                     after))
		stead_raise_hint(proof->call, STEAD_NOT_FOUND, "SELECT stead_audit_seal() seals settled events.",
		                 "stead_audit_proof: event %lld is not sealed yet", (long long)event_id);
}

static const char *proof_json(stead_call *call, int64_t index, const merkle_hash *leaf, int64_t size,
                              const merkle_hash *root, const merkle_hash *path, int count)
{
	stead_buffer out = {0};

	stead_append_text(call, &out, stead_format(call, "{\"leaf_index\":%lld,\"leaf_hash\":", (long long)index));
	stead_append_json(call, &out, base64(call, leaf));
	stead_append_text(call, &out, stead_format(call, ",\"tree_size\":%lld,\"root_hash\":", (long long)size));
	stead_append_json(call, &out, base64(call, root));
	stead_append_text(call, &out, ",\"inclusion_path\":[");
	for (int i = 0; i < count; i++) {
		stead_append_text(call, &out, i ? "," : "");
		stead_append_json(call, &out, base64(call, &path[i]));
	}
	stead_append_text(call, &out, "]}");
	return out.data;
}

stead_value audit_proof(stead_call *call, const stead_value *args)
{
	inclusion_proof *proof = stead_alloc(call, sizeof *proof);
	merkle_hash leaf, root, path[MERKLE_STEPS];
	merkle_given given[MERKLE_STEPS];
	merkle_step steps[MERKLE_STEPS];
	seal_position after;
	int64_t size;
	int count;

	*proof = (inclusion_proof){.call = call, .sha = stead_sha256_open(call)};
	find_event(proof, args[0].integer, &leaf, &after);
	refuse_pruned(proof, args[0].integer);
	read_tree(call, &proof->sha, &size, &root);
	read_leaves(proof, after, args[0].integer);
	count = merkle_proof_steps(proof->index, proof->index + 1, size, steps);
	for (int i = 0; i < count; i++) {
		subtree_root(proof, steps[i].begin, steps[i].end, &path[i]);
		given[i] = (merkle_given){&path[i], sizeof path[i]};
	}
	if (count < 0 || !merkle_verify_inclusion(&proof->sha, proof->index, 0, size, (merkle_given){&leaf, sizeof leaf},
	                                          (merkle_given){&root, sizeof root}, given, (size_t)count))
		raise_damaged(call);
	return stead_json(proof_json(call, proof->index, &leaf, size, &root, path, count));
}
