/*
 * events.c - the events of a block against its leaves. See verify.h.
 *
 * The list of leaves (id, and 8 bytes of the hash) tells which event differs; the subtrees' hashes, which are whole, tell
 * whether the list was changed along with the events.
 */
#include <string.h>

#include "core/digest.h"
#include "trail/verify/verify.h"

typedef struct {
	verification *now;
	const seal_block *block;
	const unsigned char *leaves;
	size_t count, next; /* of leaves; the one that is expected */
	seal_position last;    /* of the events seen */
	bool any_fault;
} comparison;

static int64_t leaf_id(const comparison *of, size_t index)
{
	return stead_get_number(of->leaves + index * LEAF_ITEM);
}

static void tell(comparison *of, const char *status, int64_t event_id, const char *detail)
{
	of->any_fault = true;
	verify_report(of->now, stead_int(of->block->block), status, stead_int(event_id), detail);
}

/* The leaf of that event, or count. In a block that nobody touched it is always the next. */
static size_t find_leaf(const comparison *of, int64_t id)
{
	for (size_t i = 0; i < of->count; i++) {
		size_t at = (of->next + i) % of->count;

		if (leaf_id(of, at) == id && !of->now->found[at])
			return at;
	}
	return of->count;
}

/* A redacted event has nothing left of what was blanked, and an event tells of the redaction. */
static const char *redaction_fault(stead_call *call, const stead_value event[LEAF_COLUMNS])
{
	const char *fault = leaf_redaction_fault(event);
	stead_value id = stead_text(stead_format(call, "%lld", (long long)event[LEAF_ID].integer));

	if (fault)
		return fault;
	if (!stead_any(call,
	               "SELECT 1 FROM stead_audit_event WHERE resource_id = $1 AND resource_type = 'audit_event'"
	               " AND action = 'stead.redact' LIMIT 1",
	               1, &id))
		return "it was redacted, and no event tells of it";
	return NULL;
}

static void fold_out(comparison *of, const stead_value event[LEAF_COLUMNS])
{
	if (!leaf_fault(event)) /* else it has been told of */
		fold_event(of->now->call, &of->now->seen, event[LEAF_OCCURRED_AT].integer, event[LEAF_ACTION], event[LEAF_SUCCESS].boolean);
}

static void take_event(comparison *of, const stead_value event[LEAF_COLUMNS])
{
	verification *now = of->now;
	int64_t id = event[LEAF_ID].integer;
	size_t at = find_leaf(of, id);
	const char *fault = leaf_fault(event);
	merkle_hash leaf;

	if (at == of->count) {
		now->added++;
		tell(of, "added", id, "it is none of the events that were sealed here");
		return;
	}
	now->found[at] = 1;
	of->last = (seal_position){event[LEAF_TRANSACTION_ID].integer, id};
	leaf_hash(&now->sha, event, &leaf);
	if (fault)
		fault = stead_format(now->call, "it %s", fault);
	else if (memcmp(of->leaves + at * LEAF_ITEM + 8, leaf.bytes, LEAF_ITEM - 8) != 0)
		fault = "it is not as it was sealed";
	else if (at < of->next)
		fault = "it is not where it was sealed";
	if (!fault && !event[LEAF_REDACTED].null)
		fault = redaction_fault(now->call, event);
	if (fault) {
		now->changed++;
		tell(of, "changed", id, fault);
	} else
		now->ok++;
	of->next = at + 1;
	merkle_append(&now->sha, &now->own, 0, &leaf);
	fold_out(of, event);
}

static bool same_item(const fold_item *a, const fold_item *b)
{
	return a && a->events == b->events && a->failures == b->failures && a->first_event_at == b->first_event_at &&
	       a->last_event_at == b->last_event_at;
}

/* Is what the block says it folded in what its events make? */
static bool folded_well(verification *now, const seal_block *block)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	size_t offset = 0, items = 0;
	fold_item item;

	for (; fold_read(block->folded, &offset, &item); items++) {
		if (!same_item(fold_find(&now->seen, item.bucket_start, item.action), &item))
			return false;
		first = item.first_event_at < first ? item.first_event_at : first;
		last = item.last_event_at > last ? item.last_event_at : last;
	}
	return offset == block->folded.size && items == now->seen.count && first == block->first_event_at && last == block->last_event_at;
}

static void of_list(comparison *of, const char *detail)
{
	of->any_fault = true;
	verify_report(of->now, stead_int(of->block->block), "changed", stead_null(STEAD_INT), detail);
}

static void prepare(verification *now, const seal_block *block, size_t count)
{
	now->found = stead_alloc(now->call, count + 1);
	memset(now->found, 0, count + 1);
	merkle_empty(&now->own, block->first_leaf);
	now->seen = (fold_table){0};
}

static bool is_listed(verification *now, const seal_block *block, stead_value leaves)
{
	unsigned char digest[STEAD_SHA256_SIZE];

	stead_sha256(now->call, leaves.data, leaves.size, digest);
	return block->listed.size == sizeof digest && memcmp(block->listed.data, digest, sizeof digest) == 0;
}

/* The least id of the events that are there: a prune deletes in the order of ids, and what is behind it no prune has taken. */
static int64_t first_left(const comparison *of)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < of->count; i++)
		if (of->now->found[i] && leaf_id(of, i) < first)
			first = leaf_id(of, i);
	return first;
}

/* What is left when every event has been seen. */
static void finish(comparison *of, bool pruned)
{
	int64_t gone = 0, first = pruned ? first_left(of) : INT64_MIN;
	verification *now = of->now;

	for (size_t i = 0; i < of->count; i++) {
		if (now->found[i])
			continue;
		gone++;
		if (leaf_id(of, i) < first) {
			now->pruned++;
			continue;
		}
		now->missing++;
		tell(of, "missing", leaf_id(of, i),
		     pruned ? "it is gone, though the prune of its block has not come to it" : "it was sealed here and is gone");
	}
	if (of->any_fault || gone)
		return;
	if (now->stored.count >= 0 && (now->own.count != now->stored.count ||
	                               memcmp(now->own.node, now->stored.node, merkle_stored_size(&now->own)) != 0))
		of_list(of, "its leaves were changed: they do not make the hashes of its subtrees");
	else if (of->last.transaction_id != of->block->last_transaction_id || of->last.id != of->block->last_event_id)
		of_list(of, "where it ends was changed: events that come there would never be sealed");
	else if (!folded_well(now, of->block))
		of_list(of, "what it folded into the rollups was changed");
}

void verify_events(verification *now, const seal_block *block, seal_position after, stead_value leaves, bool pruned)
{
	comparison of = {.now = now, .block = block, .leaves = (const unsigned char *)leaves.data};
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;

	of.count = leaves.null ? 0 : leaves.size / LEAF_ITEM;
	prepare(now, block, of.count);
	if (!leaves.null && (leaves.size % LEAF_ITEM != 0 || (int64_t)of.count != block->events))
		of_list(&of, "the list of its leaves was changed");
	if (!leaves.null && !is_listed(now, block, leaves))
		of_list(&of, "the list of its leaves is not the one that was sealed");
	seal_walk_open(now->call, &walk, block->era, after,
	               (seal_position){block->last_transaction_id, block->last_event_id}, INT64_MAX);
	walk.any = true;
	while (seal_walk_next(&walk, event))
		take_event(&of, event);
	if (!leaves.null) {
		finish(&of, pruned);
	} else if (pruned)
		now->pruned += block->events;
	else {
		now->missing += block->events;
		verify_report(now, stead_int(block->block), "missing", stead_null(STEAD_INT),
		              "the list of its leaves is gone, and no account of a prune holds: none of its events can be told");
	}
}
