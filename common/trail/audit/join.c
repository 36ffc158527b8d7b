/*
 * join.c - see join.h.
 *
 * Blocks come in descending order of (last_event_at, block). Those that reach beyond the upper end of the span come
 * first, and are looked up one by one: there are few, unless times run backwards.
 */
#include "trail/audit/join.h"

#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "lib/text.h"
#include "lib/timestamp.h"

audit_span audit_span_of(const audit_filter *filter, const audit_place *page)
{
	audit_span span = {.newest = {STEAD_TIME_MAX, INT64_MAX},
	                   .since = filter->since.null ? STEAD_TIME_MIN : filter->since.integer};
	audit_place next;

	if (!filter->until.null)
		span.newest = (audit_place){filter->until.integer - 1, INT64_MAX};
	if (!page)
		return span;
	next = page->id > INT64_MIN ? (audit_place){page->at, page->id - 1} : (audit_place){page->at - 1, INT64_MAX};
	if (audit_place_after(span.newest, next))
		span.newest = next;
	return span;
}

static bool is_joined(const audit_filter *filter, int key)
{
	return filter->wanted[key].given && filter->wanted[key].exact.count && !filter->wanted[key].prefixes.count;
}

bool audit_join_applies(const audit_filter *filter)
{
	for (int i = 0; i < FILTER_TEXTS; i++)
		if (is_joined(filter, i))
			return true;
	return false;
}

/* Reads (last_event_at, block), the latest first. */
static join_block *read_blocks(stead_call *call, const char *sql, int64_t at, size_t *count)
{
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR, sql, 1, (stead_value[]){stead_time(at)});
	join_block *blocks = NULL;
	size_t room = 0;

	for (*count = 0; stead_next(rows); ++*count) {
		blocks = stead_grow(call, blocks, *count, &room, sizeof *blocks);
		blocks[*count] =
			(join_block){stead_column(rows, 0, STEAD_TIME).integer, stead_column(rows, 1, STEAD_INT).integer};
	}
	return blocks;
}

void audit_join_open(stead_call *call, index_key *key, const audit_filter *filter, audit_span span, audit_join *join)
{
	/* the dimensions of the index are the keys of the filter, in the same order */
	_Static_assert((int)INDEX_DIMENSIONS == (int)FILTER_TEXTS && (int)INDEX_IP_ADDRESS == (int)FILTER_IP_ADDRESS,
	               "dimensions");
	bool open_end = span.newest.at == STEAD_TIME_MAX && span.newest.id == INT64_MAX;

	*join = (audit_join){.call = call, .span = span};
	if (audit_span_is_empty(span))
		return;
	if (!open_end)
		join->upper = read_blocks(call,
		                          "SELECT last_event_at, block FROM stead_audit_block WHERE last_event_at >= $1 AND"
		                          " first_event_at <= $1 ORDER BY last_event_at DESC, block DESC",
		                          span.newest.at, &join->upper_count);
	if (span.since > STEAD_TIME_MIN)
		join->lower = read_blocks(call,
		                          "SELECT last_event_at, block FROM stead_audit_block WHERE last_event_at >= $1 AND"
		                          " first_event_at < $1 ORDER BY last_event_at DESC, block DESC",
		                          span.since, &join->lower_count);
	for (int i = 0; i < FILTER_TEXTS; i++) {
		join_key *at = &join->key[join->keys];
		const filter_list *exact = &filter->wanted[i].exact;

		if (!is_joined(filter, i))
			continue;
		*at = (join_key){.dimension = i, .count = exact->count};
		at->lookups = stead_alloc(call, (size_t)at->count * sizeof *at->lookups);
		at->lists = stead_alloc(call, (size_t)at->count * sizeof *at->lists);
		memset(at->lists, 0, (size_t)at->count * sizeof *at->lists);
		for (int j = 0; j < at->count; j++)
			index_lookup_open(call, key, i, exact->text[j], filter->success, span.since,
			                  open_end ? STEAD_TIME_MAX : span.newest.at - 1, &at->lookups[j]);
		join->keys++;
	}
	stead_sha256_check(call, &key->sha);
}

/* Does block a come before block b? */
static bool comes_before(join_block a, join_block b)
{
	return a.last_event_at != b.last_event_at ? a.last_event_at > b.last_event_at : a.block > b.block;
}

/* The first block of a key. False: it has none left. */
static bool head_of(const join_key *key, join_block *head)
{
	bool any = false;

	for (int i = 0; i < key->count; i++) {
		const index_lookup *lookup = &key->lookups[i];
		join_block at = {lookup->last_event_at, lookup->block};

		if (lookup->at && (!any || comes_before(at, *head))) {
			*head = at;
			any = true;
		}
	}
	return any;
}

/* The first block that all keys may have: not before the head of any key. */
static bool target_of(const audit_join *join, join_block *target)
{
	for (int i = 0; i < join->keys; i++) {
		join_block head = {0, 0};

		if (!head_of(&join->key[i], &head))
			return false;
		if (i == 0 || comes_before(*target, head))
			*target = head;
	}
	return join->keys > 0;
}

bool audit_join_bound(const audit_join *join, int64_t *at)
{
	join_block target = {0, 0};

	if (join->next_upper < join->upper_count)
		*at = join->span.newest.at;
	else if (target_of(join, &target))
		*at = target.last_event_at;
	else
		return false;
	return true;
}

/* Skips the blocks before the target. Is one of the key's look-ups there? */
static bool skip_to(join_key *key, join_block target)
{
	bool there = false;

	for (int i = 0; i < key->count; i++) {
		index_lookup *lookup = &key->lookups[i];

		while (lookup->at && comes_before((join_block){lookup->last_event_at, lookup->block}, target))
			index_lookup_skip(lookup);
		there = there || (lookup->at && lookup->block == target.block);
	}
	return there;
}

/* Takes the key's candidates in a block. False: there are none. */
static bool take_key(join_key *key, join_block target, bool is_upper)
{
	bool any = false;

	for (int i = 0; i < key->count; i++) {
		index_lookup *lookup = &key->lookups[i];

		key->lists[i].count = 0;
		if (is_upper)
			index_lookup_block(lookup, target.last_event_at, target.block, &key->lists[i]);
		else if (lookup->at && lookup->block == target.block)
			index_lookup_take(lookup, &key->lists[i]);
		any = any || key->lists[i].count;
		key->taken += (int64_t)key->lists[i].count;
	}
	key->blocks++;
	return any;
}

/* Puts the rarest key first: where it has nothing, the others need not be read. */
static void order_keys(audit_join *join)
{
	for (int i = 1; i < join->keys; i++)
		for (int j = i; j > 0; j--) {
			join_key *a = &join->key[j - 1], *b = &join->key[j], rarer = *b;

			if ((double)a->taken * (double)b->blocks <= (double)b->taken * (double)a->blocks)
				break;
			*b = *a;
			*a = rarer;
		}
}

/* ---- Intersection: the ids of one key that another key has, too -------------------------------------------------- */

#define MOST_BITS (1 << 20)

/* Keeps what is in the set of other's ids: a bitmap, as the ids of a block are close together, or a sorted copy. */
static void intersect(audit_join *join, join_key *key, const join_key *other)
{
	int64_t low = INT64_MAX, high = INT64_MIN, *sorted = NULL;
	size_t total = 0, words = 0;
	stead_scope *scope = NULL;
	uint64_t range;

	for (int i = 0; i < other->count; i++)
		for (size_t j = 0; j < other->lists[i].count; j++, total++) {
			low = other->lists[i].id[j] < low ? other->lists[i].id[j] : low;
			high = other->lists[i].id[j] > high ? other->lists[i].id[j] : high;
		}
	range = (uint64_t)high - (uint64_t)low;
	if (range < MOST_BITS) {
		words = (size_t)range / 64 + 1;
		if (words > join->bits_room)
			join->bits = stead_alloc(join->call, (join->bits_room = MOST_BITS / 64) * sizeof *join->bits);
		memset(join->bits, 0, words * sizeof *join->bits);
	} else {
		scope = stead_open_scope(join->call);
		sorted = stead_alloc(join->call, total * sizeof *sorted);
	}
	total = 0;
	for (int i = 0; i < other->count; i++)
		for (size_t j = 0; j < other->lists[i].count; j++) {
			uint64_t place = (uint64_t)other->lists[i].id[j] - (uint64_t)low;

			if (sorted)
				sorted[total++] = other->lists[i].id[j];
			else
				join->bits[place / 64] |= UINT64_C(1) << place % 64;
		}
	if (sorted)
		qsort(sorted, total, sizeof *sorted, stead_by_integer);
	for (int i = 0; i < key->count; i++) {
		index_ids *list = &key->lists[i];
		size_t kept = 0;

		for (size_t j = 0; j < list->count; j++) {
			int64_t id = list->id[j];
			uint64_t place = (uint64_t)id - (uint64_t)low;

			if (id >= low && id <= high &&
			    (sorted ? bsearch(&id, sorted, total, sizeof id, stead_by_integer) != NULL
			            : join->bits[place / 64] >> place % 64 & 1))
				list->id[kept++] = id;
		}
		list->count = kept;
	}
	if (scope)
		stead_close_scope(join->call, scope);
}

static size_t count_of(const join_key *key)
{
	size_t count = 0;

	for (int i = 0; i < key->count; i++)
		count += key->lists[i].count;
	return count;
}

static bool is_lower(const audit_join *join, int64_t block)
{
	for (size_t i = 0; i < join->lower_count; i++)
		if (join->lower[i].block == block)
			return true;
	return false;
}

bool audit_join_step(audit_join *join, audit_candidates *candidates)
{
	bool is_upper = join->next_upper < join->upper_count, all = true;
	join_key *least = &join->key[0];
	join_block target = {0, 0};

	if (is_upper)
		target = join->upper[join->next_upper++];
	else if (!target_of(join, &target))
		return false;
	order_keys(join);
	for (int i = 0; i < join->keys && !is_upper; i++)
		all = skip_to(&join->key[i], target) && all;
	for (int i = 0; i < join->keys && all; i++)
		all = take_key(&join->key[i], target, is_upper);
	if (!all || !join->keys) /* a look-up that has not been taken is skipped in the next step */
		return false;
	for (int i = 1; i < join->keys; i++)
		least = count_of(&join->key[i]) < count_of(least) ? &join->key[i] : least;
	for (int i = 0; i < join->keys; i++)
		if (&join->key[i] != least)
			intersect(join, least, &join->key[i]);
	*candidates = (audit_candidates){.last_event_at = target.last_event_at,
	                                 .block = target.block,
	                                 .edge = is_upper || is_lower(join, target.block),
	                                 .lists = least->lists,
	                                 .count = least->count};
	return count_of(least) > 0;
}

void audit_join_close(audit_join *join)
{
	for (int i = 0; i < join->keys; i++)
		for (int j = 0; j < join->key[i].count; j++)
			index_lookup_close(&join->key[i].lookups[j]);
}
