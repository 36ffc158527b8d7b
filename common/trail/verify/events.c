/*
 * events.c - compares the events of a block with its leaves. See verify.h.
 *
 * The list of leaves has the id and 8 bytes of the hash for each event: it shows which event differs. The subtrees'
 * hashes, which are complete, show whether the list was changed together with the events.
 */
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "lib/text.h"
#include "state/setting/type.h"
#include "trail/verify/verify.h"

typedef struct {
	verify_state *verification;
	const seal_block *block;
	const unsigned char *leaves;
	bool indexed;
	size_t count, next; /* the number of leaves, and the index of the expected one */
	seal_position last; /* of the events seen so far */
	bool any_fault;
} comparison;

static int64_t leaf_id(const comparison *comparison, size_t index)
{
	return stead_get_number(comparison->leaves + index * LEAF_ITEM);
}

static void report_event(comparison *comparison, const char *status, int64_t event_id, const char *detail)
{
	comparison->any_fault = true;
	verify_report(comparison->verification, stead_int(comparison->block->block), status, stead_int(event_id), detail);
}

/* The index of the event's leaf, or count. In an unchanged block it is always the next one. */
static size_t find_leaf(const comparison *comparison, int64_t id)
{
	for (size_t i = 0; i < comparison->count; i++) {
		size_t at = (comparison->next + i) % comparison->count;

		if (leaf_id(comparison, at) == id && !comparison->verification->found[at])
			return at;
	}
	return comparison->count;
}

/* ---- Redactions -------------------------------------------------------------------------------------------------- */

/* The number of an event, as stead_audit_redact() writes it. False: it is none. */
static bool read_id(stead_value text, int64_t *id)
{
	char written[STEAD_INTEGER_SIZE];

	return setting_read_int(text, id) && stead_integer_write(*id, written) == text.size &&
	       memcmp(written, text.data, text.size) == 0;
}

/* All at once: no index has the events by resource, so that to look for each would take time by the square. */
static void read_redactions(verify_state *verification)
{
	stead_call *call = verification->call;
	verify_redactions *found = &verification->redactions;
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT resource_id FROM stead_audit_event WHERE action = 'stead.redact'"
	                                 " AND resource_type = 'audit_event'",
	                                 0, NULL);
	stead_value text;
	int64_t id;

	*found = (verify_redactions){.known = true};
	while (stead_next(rows)) {
		if (!stead_column_sound(rows, 0, STEAD_TEXT, &text) || text.null || !read_id(text, &id))
			continue;
		found->id = stead_grow(call, found->id, found->count, &found->room, sizeof *found->id);
		found->id[found->count++] = id;
	}
	if (found->count)
		qsort(found->id, found->count, sizeof *found->id, stead_by_integer);
}

void verify_keep_redactions(verify_state *verification)
{
	if (!verification->redactions.known || verification->redactions.kept)
		return;
	read_redactions(verification);
	verification->redactions.kept = true;
}

/* A redacted event must have no personal value left, and another event must record the redaction. */
static const char *redaction_fault(verify_state *verification, const stead_value event[LEAF_COLUMNS])
{
	const verify_redactions *recorded = &verification->redactions;
	const char *fault = leaf_redaction_fault(event);

	if (fault)
		return fault;
	if (!recorded->known)
		read_redactions(verification);
	if (!recorded->count ||
	    !bsearch(&event[LEAF_ID].integer, recorded->id, recorded->count, sizeof *recorded->id, stead_by_integer))
		return "it was redacted, but no event records that";
	return NULL;
}

static void fold_seen(comparison *comparison, const stead_value event[LEAF_COLUMNS])
{
	verify_state *verification = comparison->verification;

	if (leaf_fault(event)) /* that is reported already */
		return;
	fold_event(verification->call, &verification->seen, event[LEAF_OCCURRED_AT].integer, event[LEAF_ACTION],
	           event[LEAF_SUCCESS].boolean);
	seal_index_add(verification->call, &verification->index, event);
}

static void compare_event(comparison *comparison, const stead_value event[LEAF_COLUMNS])
{
	verify_state *verification = comparison->verification;
	int64_t id = event[LEAF_ID].integer;
	size_t at = find_leaf(comparison, id);
	const char *fault = leaf_fault(event);
	merkle_hash leaf;

	if (at == comparison->count) {
		verification->added++;
		report_event(comparison, "added", id, "it was not sealed here");
		return;
	}
	verification->found[at] = 1;
	comparison->last = (seal_position){event[LEAF_TRANSACTION_ID].integer, id};
	leaf_hash(&verification->sha, event, &leaf);
	if (fault)
		fault = stead_format(verification->call, "it %s", fault);
	else if (memcmp(comparison->leaves + at * LEAF_ITEM + 8, leaf.bytes, LEAF_ITEM - 8) != 0)
		fault = "it differs from what was sealed";
	else if (at < comparison->next)
		fault = "it is not in the place where it was sealed";
	if (!fault && !event[LEAF_REDACTED].null)
		fault = redaction_fault(verification, event);
	if (fault) {
		verification->changed++;
		report_event(comparison, "changed", id, fault);
	} else
		verification->ok++;
	comparison->next = at + 1;
	merkle_append(&verification->sha, &verification->leaves, 0, &leaf);
	fold_seen(comparison, event);
}

static bool same_item(const fold_item *a, const fold_item *b)
{
	return a && a->events == b->events && a->failures == b->failures && a->first_event_at == b->first_event_at &&
	       a->last_event_at == b->last_event_at;
}

/* Is what the block added to the rollups, as it says, the same as what its events add up to? */
static bool folded_well(verify_state *verification, const seal_block *block)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	size_t offset = 0, items = 0;
	fold_item item;

	for (; fold_read(block->folded, &offset, &item); items++) {
		if (!same_item(fold_find(&verification->seen, item.bucket_start, item.action), &item))
			return false;
		first = item.first_event_at < first ? item.first_event_at : first;
		last = item.last_event_at > last ? item.last_event_at : last;
	}
	return offset == block->folded.size && items == verification->seen.count && first == block->first_event_at &&
	       last == block->last_event_at;
}

static void report_list(comparison *comparison, const char *detail)
{
	comparison->any_fault = true;
	verify_report(comparison->verification, stead_int(comparison->block->block), "changed", stead_null(STEAD_INT),
	              detail);
}

static void prepare(verify_state *verification, const seal_block *block, size_t count)
{
	verification->found = stead_alloc(verification->call, count + 1);
	memset(verification->found, 0, count + 1);
	merkle_empty(&verification->leaves, block->first_leaf);
	verification->seen = (fold_table){0};
	verification->index = (index_builder){.key = &verification->key};
}

static bool is_listed(verify_state *verification, const seal_block *block, stead_value leaves)
{
	unsigned char digest[STEAD_SHA256_SIZE];

	stead_sha256(verification->call, leaves.data, leaves.size, digest);
	return block->listed.size == sizeof digest && memcmp(block->listed.data, digest, sizeof digest) == 0;
}

/* The lowest id of the events that are left. A prune deletes in the order of ids, so it cannot have deleted a later
 * one. */
static int64_t first_left(const comparison *comparison)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->verification->found[i] && leaf_id(comparison, i) < first)
			first = leaf_id(comparison, i);
	return first;
}

/* When every event has been compared: looks for missing ones, and compares what they are together. */
static void finish(comparison *comparison, bool pruned)
{
	int64_t gone = 0, first = pruned ? first_left(comparison) : INT64_MIN;
	verify_state *verification = comparison->verification;

	for (size_t i = 0; i < comparison->count; i++) {
		if (verification->found[i])
			continue;
		gone++;
		if (leaf_id(comparison, i) < first) {
			verification->pruned++;
			continue;
		}
		verification->missing++;
		report_event(comparison, "missing", leaf_id(comparison, i),
		             pruned ? "it is gone, but the prune of its block had not reached it"
		                    : "it was sealed here and is gone");
	}
	if (comparison->any_fault || gone)
		return;
	if (verification->subtrees.count >= 0 && (verification->leaves.count != verification->subtrees.count ||
	                                          memcmp(verification->leaves.node, verification->subtrees.node,
	                                                 merkle_stored_size(&verification->leaves)) != 0))
		report_list(comparison, "its leaves were changed: they do not match the hashes of its subtrees");
	else if (comparison->last.transaction_id != comparison->block->last_transaction_id ||
	         comparison->last.id != comparison->block->last_event_id)
		report_list(comparison, "the place where it ends was changed: events before it would never be sealed");
	else if (!folded_well(verification, comparison->block))
		report_list(comparison, "what it added to the rollups was changed");
	verify_index(verification, comparison->block, comparison->indexed);
}

void verify_events(verify_state *verification, const seal_block *block, seal_position after, stead_value leaves,
                   bool pruned, bool indexed)
{
	comparison comparison = {
		.verification = verification, .block = block, .leaves = (const unsigned char *)leaves.data, .indexed = indexed};
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;

	comparison.count = leaves.null ? 0 : leaves.size / LEAF_ITEM;
	prepare(verification, block, comparison.count);
	if (!leaves.null && (leaves.size % LEAF_ITEM != 0 || (int64_t)comparison.count != block->events))
		report_list(&comparison, "the list of its leaves was changed");
	if (!leaves.null && !is_listed(verification, block, leaves))
		report_list(&comparison, "the list of its leaves is not the one that was sealed");
	seal_walk_open(verification->call, &walk, block->era, after,
	               (seal_position){block->last_transaction_id, block->last_event_id}, INT64_MAX);
	walk.any = true;
	while (seal_walk_next(&walk, event))
		compare_event(&comparison, event);
	if (!leaves.null) {
		finish(&comparison, pruned);
	} else if (pruned)
		verification->pruned += block->events;
	else {
		verification->missing += block->events;
		verify_report(verification, stead_int(block->block), "missing", stead_null(STEAD_INT),
		              "the list of its leaves is gone, and no valid account says that it was pruned: its events cannot"
		              " be verified");
	}
}
