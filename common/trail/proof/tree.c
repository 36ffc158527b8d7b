/*
 * tree.c - checkpoints of the Merkle tree, and proofs that an event is in it. See tree.h.
 *
 * A proof is put together from the hashes that blocks keep, a few rows of them whatever their number, and only the event's own
 * block is read. So it is not believed but verified against the root before it is given out. Whether a checkpoint still
 * holds is recomputed from the subtrees of every block.
 */
#include "trail/proof/tree.h"

#include <string.h>

#include "core/digest.h"
#include "lib/crypto/merkle_proof.h"
#include "trail/seal/seal.h"
#include "lib/crypto/checkpoint.h"

_Noreturn static void damaged(stead_call *call)
{
	stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: the blocks do not make up the tree", call->function->name);
}

/* ---- The hashes of a block ------------------------------------------------------------------------------------------- */

typedef struct {
	int64_t block, first_leaf, end;
	stead_value subtrees, frontier, root; /* live until the next row */
} part;
#define PART_FIELDS "block, first_leaf, events, subtrees, frontier, root"

/* False: these are no numbers of a block. */
static bool read_part(stead_rows *rows, part *out)
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

static bool load(merkle_range *range, int64_t begin, const part *part, stead_value stored)
{
	return merkle_load(range, begin, part->end, stored.data, stored.size);
}

/* The tree up to the end of the latest block, if there is one. Raises unless the root is that of the block's own frontier. */
static void tree(stead_call *call, stead_sha256_stream *sha, int64_t *size, merkle_hash *root)
{
	stead_rows *rows = stead_open(call, "SELECT " PART_FIELDS " FROM stead_audit_block ORDER BY block DESC LIMIT 1", 0, NULL);
	merkle_range range;
	part last;
	bool found = stead_next(rows);

	merkle_empty(&range, 0);
	if (found && (!read_part(rows, &last) || !load(&range, 0, &last, last.frontier)))
		damaged(call);
	merkle_root(sha, &range, root);
	if (found && memcmp(root, last.root.data, sizeof *root) != 0)
		damaged(call);
	*size = range.end;
	stead_close(rows);
}

/* ---- Checkpoints ------------------------------------------------------------------------------------------------------- */

static stead_value base64(stead_call *call, const merkle_hash *hash)
{
	return seal_base64(call, seal_bytes(hash, sizeof *hash));
}

stead_value seal_checkpoint(stead_call *call, const stead_value *args)
{
	stead_sha256_stream sha = stead_sha256_open(call);
	merkle_hash root;
	stead_value text;
	int64_t size;

	stead_check_size(call, "origin", args[0], 1, CHECKPOINT_MAX_ORIGIN);
	if (!checkpoint_origin_valid(args[0].data, args[0].size))
		stead_raise(call, STEAD_INVALID,
		            "stead_audit_checkpoint: origin must not contain spaces, plus signs or control characters");
	tree(call, &sha, &size, &root);
	stead_sha256_check(call, &sha);
	text = base64(call, &root);
	return stead_text(stead_format(call, "%.*s\n%lld\n%.*s\n", (int)args[0].size, args[0].data, (long long)size, (int)text.size,
	                               text.data));
}

/* A tree as it was, and the one that is being recomputed. */
typedef struct {
	int64_t size, blocks;
	merkle_hash root; /* once whole has got to size */
	merkle_range whole;
} extension;

/* Takes a block that the size lies within: its events alone know the tree of that size. Returns what is wrong, or NULL. */
static const char *within(stead_call *call, stead_sha256_stream *sha, extension *now, const part *part, const merkle_range *own)
{
	stead_rows *rows = stead_open(call, "SELECT era, last_transaction_id, last_event_id FROM stead_audit_block WHERE block = $1", 1,
	                              (stead_value[]){stead_int(part->block)});
	int64_t era, left = part->end - part->first_leaf;
	stead_value event[LEAF_COLUMNS];
	merkle_range range, before = now->whole;
	merkle_hash leaf;
	seal_position until;
	seal_walk walk;

	stead_next(rows);
	era = stead_column(rows, 0, STEAD_INT).integer;
	until = (seal_position){stead_column(rows, 1, STEAD_INT).integer, stead_column(rows, 2, STEAD_INT).integer};
	stead_close(rows);
	merkle_empty(&range, part->first_leaf);
	seal_walk_open(call, &walk, era, seal_end_before(call, era, part->block), until, left + 1);
	while (seal_walk_next(&walk, event)) {
		leaf_hash(sha, event, &leaf);
		merkle_append(sha, &range, 0, &leaf);
		if (range.end > now->size)
			continue;
		merkle_append(sha, &before, 0, &leaf);
		if (before.end == now->size)
			merkle_root(sha, &before, &now->root);
	}
	if (range.end < part->end)
		return stead_format(call, "size %lld lies within block %lld, whose events are not all there", (long long)now->size,
		                    (long long)part->block);
	if (range.end > part->end || memcmp(range.node, own->node, merkle_stored_size(own)) != 0)
		return stead_format(call, "the tree is damaged: block %lld is not of its events", (long long)part->block);
	return NULL;
}

/* Takes one more block. Returns what is wrong, or NULL. */
static const char *extend(stead_call *call, stead_sha256_stream *sha, extension *now, stead_rows *rows)
{
	merkle_range own;
	part part;
	bool fits = read_part(rows, &part);
	const char *wrong;

	now->blocks++;
	fits = fits && part.block == now->blocks && part.first_leaf == now->whole.end && load(&own, part.first_leaf, &part, part.subtrees);
	if (fits && part.first_leaf < now->size && now->size < part.end) {
		wrong = within(call, sha, now, &part, &own);
		if (wrong)
			return wrong;
	}
	if (fits) {
		merkle_join(sha, &now->whole, &own);
		fits = part.frontier.size == merkle_stored_size(&now->whole) &&
		       memcmp(part.frontier.data, now->whole.node, part.frontier.size) == 0;
	}
	if (fits && now->whole.end == now->size)
		merkle_root(sha, &now->whole, &now->root);
	if (!fits)
		return stead_format(call, "the tree is damaged: block %lld does not fit those before", (long long)now->blocks);
	return NULL;
}

/* What is wrong with a checkpoint, or NULL. */
static const char *judge(stead_call *call, stead_value text)
{
	stead_sha256_stream sha = stead_sha256_open(call);
	extension *now = stead_alloc(call, sizeof *now);
	merkle_hash claimed, last = {{0}}, root;
	const char *wrong = NULL;
	stead_rows *rows;

	*now = (extension){.blocks = 0};
	merkle_empty(&now->whole, 0);
	if (!checkpoint_read(text.data, text.size, &now->size, &claimed))
		return "malformed";
	merkle_root(&sha, &now->whole, &now->root); /* of no leaves, for the checkpoint of an empty tree */
	last = now->root;
	rows = stead_open_as(call, STEAD_CURSOR, "SELECT " PART_FIELDS " FROM stead_audit_block ORDER BY block", 0, NULL);
	while (!wrong && stead_next(rows)) {
		wrong = extend(call, &sha, now, rows);
		if (!wrong)
			memcpy(&last, stead_column(rows, 5, STEAD_BYTES).data, sizeof last);
	}
	merkle_root(&sha, &now->whole, &root);
	stead_sha256_check(call, &sha);
	if (wrong)
		return wrong;
	if (memcmp(&root, &last, sizeof root) != 0)
		return stead_format(call, "the tree is damaged: block %lld has another root", (long long)now->blocks);
	if (now->size > now->whole.end)
		return stead_format(call, "the tree has %lld leaves, the checkpoint %lld", (long long)now->whole.end, (long long)now->size);
	return memcmp(&now->root, &claimed, sizeof claimed) == 0 ? NULL : "the root differs";
}

void seal_verify_checkpoint(stead_call *call, const stead_value *args)
{
	const char *wrong = judge(call, args[0]);

	stead_emit(call, (stead_value[]){stead_bool(!wrong), stead_text(wrong ? wrong : "ok")});
}

/* ---- Proofs -------------------------------------------------------------------------------------------------------------- */

typedef struct {
	stead_call *call;
	stead_sha256_stream sha;
	seal_block own; /* the event's block */
	merkle_hash *leaves;
	int64_t index; /* the event's leaf */
} proving;

/* Reads the events of the block, which must be all there, and finds the leaf's number among them. */
static void read_leaves(proving *now, seal_position after, int64_t event_id)
{
	seal_block *own = &now->own;
	stead_value event[LEAF_COLUMNS];
	int64_t count = 0;
	seal_walk walk;

	now->index = -1;
	if (!seal_can_number(own->first_leaf, own->events))
		damaged(now->call);
	now->leaves = stead_alloc(now->call, (size_t)own->events * sizeof *now->leaves);
	seal_walk_open(now->call, &walk, own->era, after, (seal_position){own->last_transaction_id, own->last_event_id}, own->events + 1);
	for (; seal_walk_next(&walk, event) && count < own->events; count++) {
		leaf_hash(&now->sha, event, &now->leaves[count]);
		if (event[LEAF_ID].integer == event_id)
			now->index = own->first_leaf + count;
	}
	if (count < own->events || walk.left == 0 || now->index < 0) {
		seal_walk_close(&walk);
		stead_raise_hint(now->call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_audit_proof: the events of block %lld are not those that were sealed",
		                 (long long)own->block);
	}
}

/* The last block that begins before a leaf. */
static stead_rows *open_part(proving *now, int64_t leaf, part *out)
{
	stead_rows *rows = stead_open(now->call,
	                              "SELECT " PART_FIELDS " FROM stead_audit_block WHERE first_leaf < $1 ORDER BY first_leaf DESC LIMIT 1",
	                              1, (stead_value[]){stead_int(leaf)});

	if (!stead_next(rows) || !read_part(rows, out))
		damaged(now->call);
	return rows;
}

/* Appends those nodes of another range that lie between the range's end and end. */
static void take(proving *now, merkle_range *range, const merkle_range *from, int64_t end)
{
	int64_t at = from->begin;

	for (int i = 0; i < from->count; at += INT64_C(1) << from->level[i++])
		if (at == range->end && end - at >= INT64_C(1) << from->level[i])
			merkle_append(&now->sha, range, from->level[i], &from->node[i]);
}

/* The root of a subtree without the event's leaf: what the frontier of the block before its last one has of it, and then
 * what that last one has itself. Where that is the event's own block its nodes may be too large, but its leaves are known. */
static void subtree_root(proving *now, int64_t begin, int64_t end, merkle_hash *out)
{
	merkle_range range, stored;
	part last, before;
	stead_rows *rows = open_part(now, end, &last), *earlier;

	merkle_empty(&range, begin);
	if (begin < last.first_leaf) {
		earlier = open_part(now, last.first_leaf, &before);
		if (before.end != last.first_leaf || !load(&stored, 0, &before, before.frontier))
			damaged(now->call);
		take(now, &range, &stored, last.first_leaf);
		stead_close(earlier);
	}
	if (last.block == now->own.block)
		while (range.end < end && range.end >= now->own.first_leaf && range.end - now->own.first_leaf < now->own.events)
			merkle_append(&now->sha, &range, 0, &now->leaves[range.end - now->own.first_leaf]);
	else if (load(&stored, last.first_leaf, &last, last.subtrees))
		take(now, &range, &stored, end);
	stead_close(rows);
	if (range.end != end)
		damaged(now->call);
	merkle_root(&now->sha, &range, out);
}

/* A block that is accounted for is pruned, whatever is still there of it: without the rest nothing can be proven. */
static void refuse_pruned(proving *now, int64_t event_id)
{
	if (stead_any(now->call, "SELECT 1 FROM stead_audit_account WHERE block = $1", 1, (stead_value[]){stead_int(now->own.block)}))
		stead_raise(now->call, STEAD_NOT_FOUND, "stead_audit_proof: event %lld is being pruned, with the rest of block %lld",
		            (long long)event_id, (long long)now->own.block);
}

/* Finds the event; everything read after it is of the same moment, as one query is left open. */
static void find_event(proving *now, int64_t event_id, merkle_hash *leaf, seal_position *after)
{
	stead_rows *rows = stead_open(now->call, "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE id = $1", 1,
	                              (stead_value[]){stead_int(event_id)});
	stead_value event[LEAF_COLUMNS];
	const char *fault;

	if (!stead_next(rows))
		stead_raise_hint(now->call, STEAD_NOT_FOUND, "It may have been pruned.", "stead_audit_proof: there is no event %lld",
		                 (long long)event_id);
	leaf_read(now->call, rows, event);
	fault = leaf_redaction_fault(event);
	if (fault) /* its hash would still be right */
		stead_raise_hint(now->call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_audit_proof: event %lld has no proof: %s",
		                 (long long)event_id, fault);
	leaf_hash(&now->sha, event, leaf);
	if (!seal_find_block(now->call, event[LEAF_ERA].integer,
	                     (seal_position){event[LEAF_TRANSACTION_ID].integer, event[LEAF_ID].integer}, &now->own, after))
		stead_raise_hint(now->call, STEAD_NOT_FOUND, "SELECT stead_audit_seal() seals what is settled.",
		                 "stead_audit_proof: event %lld is not sealed yet", (long long)event_id);
}

static const char *as_json(stead_call *call, int64_t index, const merkle_hash *leaf, int64_t size, const merkle_hash *root,
                           const merkle_hash *path, int count)
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

stead_value seal_proof(stead_call *call, const stead_value *args)
{
	proving *now = stead_alloc(call, sizeof *now);
	merkle_hash leaf, root, path[MERKLE_STEPS];
	merkle_given given[MERKLE_STEPS];
	merkle_step steps[MERKLE_STEPS];
	seal_position after;
	int64_t size;
	int count;

	*now = (proving){.call = call, .sha = stead_sha256_open(call)};
	find_event(now, args[0].integer, &leaf, &after);
	refuse_pruned(now, args[0].integer);
	tree(call, &now->sha, &size, &root);
	read_leaves(now, after, args[0].integer);
	count = merkle_proof_steps(now->index, now->index + 1, size, steps);
	for (int i = 0; i < count; i++) {
		subtree_root(now, steps[i].begin, steps[i].end, &path[i]);
		given[i] = (merkle_given){&path[i], sizeof path[i]};
	}
	if (count < 0 || !merkle_verify_inclusion(&now->sha, now->index, 0, size, (merkle_given){&leaf, sizeof leaf},
	                                          (merkle_given){&root, sizeof root}, given, (size_t)count))
		damaged(call);
	return stead_json(as_json(call, now->index, &leaf, size, &root, path, count));
}
