/*
 * build.c - makes the index of a block from its events. See index.h.
 *
 * Each distinct value is hashed once: a table of the values seen so far has their hashes. The events are sorted by time
 * and id, newest first. Then each dimension's values are sorted by hash, and its events are dealt out to them. What
 * comes out is written row by row.
 */
#include "trail/index/encoding.h"

#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "lib/sort.h"

struct index_item {
	int64_t occurred_at, id;
	bool failed;
	uint32_t memo[INDEX_DIMENSIONS]; /* the value's index plus 1; 0: a null */
};

/* A value of a dimension, and its hash. */
struct index_memo {
	int dimension;
	size_t offset, size; /* of the value, in the builder's values */
	uint64_t hash;
	uint64_t quick; /* a hash of the table of memos */
};

/* ---- The values ------------------------------------------------------------------------------------------------ */

static void make_room(stead_call *call, index_builder *builder)
{
	if (!builder->values.data)
		stead_append(call, &builder->values, "", 0);
	builder->memos = stead_grow(call, builder->memos, builder->memo_count, &builder->memo_room, sizeof *builder->memos);
	if (2 * (builder->memo_count + 1) <= builder->slot_count)
		return;
	builder->slot_count = builder->slot_count ? 2 * builder->slot_count : 1024;
	builder->slots = stead_alloc(call, builder->slot_count * sizeof *builder->slots);
	memset(builder->slots, 0, builder->slot_count * sizeof *builder->slots);
	for (size_t i = 0; i < builder->memo_count; i++) {
		size_t at = builder->memos[i].quick;

		while (builder->slots[at & (builder->slot_count - 1)])
			at++;
		builder->slots[at & (builder->slot_count - 1)] = (uint32_t)i + 1;
	}
}

static uint32_t memo_of(stead_call *call, index_builder *builder, int dimension, stead_value value)
{
	uint64_t quick;
	index_memo *memo;
	uint32_t *slot;

	if (value.null)
		return 0;
	/* begun with the secret, so that values which collide cannot be prepared */
	quick = stead_quick_hash((uint64_t)stead_get_number(builder->key->secret) + (uint64_t)dimension, value.data,
	                         value.size);
	make_room(call, builder);
	for (size_t at = quick;; at++) {
		slot = &builder->slots[at & (builder->slot_count - 1)];
		if (!*slot)
			break;
		memo = &builder->memos[*slot - 1];
		if (memo->quick == quick && memo->dimension == dimension && memo->size == value.size &&
		    (!value.size || memcmp(builder->values.data + memo->offset, value.data, value.size) == 0))
			return *slot;
	}
	memo = &builder->memos[builder->memo_count];
	*memo =
		(index_memo){dimension, builder->values.size, value.size, index_hash(builder->key, dimension, value), quick};
	stead_append(call, &builder->values, value.data, value.size);
	*slot = (uint32_t)++builder->memo_count;
	return *slot;
}

void index_add(stead_call *call, index_builder *builder, const index_event *event)
{
	index_item *item;

	builder->items = stead_grow(call, builder->items, builder->item_count, &builder->item_room, sizeof *builder->items);
	item = &builder->items[builder->item_count++];
	*item = (index_item){.occurred_at = event->occurred_at, .id = event->id, .failed = event->failed};
	if (!builder->trigrams.bits)
		trigram_open(call, &builder->trigrams);
	for (int i = 0; i < INDEX_DIMENSIONS; i++) {
		size_t known = builder->memo_count;

		item->memo[i] = memo_of(call, builder, i, event->value[i]);
		if (builder->memo_count > known && (i == INDEX_ACTION || i == INDEX_RESOURCE_ID || i == INDEX_ACTOR_NAME))
			trigram_add(&builder->trigrams, event->value[i]);
	}
	trigram_add(&builder->trigrams, event->details);
}

void index_put_back(stead_call *call, index_builder *builder, int dimension, uint64_t hash, int64_t id, bool failed)
{
	index_memo *last = builder->memo_count ? &builder->memos[builder->memo_count - 1] : NULL;

	if (!last || last->dimension != dimension || last->hash != hash) {
		builder->memos =
			stead_grow(call, builder->memos, builder->memo_count, &builder->memo_room, sizeof *builder->memos);
		builder->memos[builder->memo_count++] = (index_memo){.dimension = dimension, .hash = hash};
	}
	builder->items = stead_grow(call, builder->items, builder->item_count, &builder->item_room, sizeof *builder->items);
	builder->items[builder->item_count] = (index_item){.id = id, .failed = failed};
	builder->items[builder->item_count++].memo[dimension] = (uint32_t)builder->memo_count;
}

/* ---- The rows -------------------------------------------------------------------------------------------------- */

/* The value of an event in a dimension, by its hash; the number is the event's index, newest first. */
typedef stead_keyed place;

static int newest_first(const void *left, const void *right)
{
	const index_item *a = left, *b = right;

	if (a->occurred_at != b->occurred_at)
		return a->occurred_at < b->occurred_at ? 1 : -1;
	return (a->id < b->id) - (a->id > b->id);
}

/* A row that is being written. */
typedef struct {
	unsigned char bytes[INDEX_ROW_SIZE + 100];
	size_t size;
	int64_t base; /* the id that the row begins with */
} row_buffer;

static uint64_t distance(int64_t higher, int64_t lower)
{
	return (uint64_t)higher - (uint64_t)lower;
}

#define MOST_APART (UINT64_MAX >> 1) /* doubled, it is still a varint */

static void end_row(stead_call *call, index_builder *builder, row_buffer *row, int dimension, int64_t bucket)
{
	builder->rows = stead_grow(call, builder->rows, builder->row_count, &builder->row_room, sizeof *builder->rows);
	builder->rows[builder->row_count++] =
		(index_row){.dimension = dimension, .bucket = bucket, .offset = builder->text.size, .size = row->size};
	stead_append(call, &builder->text, (const char *)row->bytes, row->size);
	row->size = 0;
}

/* Writes events of one value, and ends the row when it is full. Returns how many it has written, at least one: fewer
 * than all if the row is full, or if two ids are too far apart for a difference with a sign. */
static size_t put_events(const index_builder *builder, row_buffer *row, const place *places, size_t count)
{
	unsigned char events[INDEX_ROW_SIZE + 20];
	const index_item *item = &builder->items[places[0].number];
	size_t size = index_put_varint(events, distance(row->base, item->id) << 1 | item->failed), written = 1;
	int64_t previous = item->id;

	for (; written < count && row->size + size < INDEX_ROW_SIZE; written++) {
		int64_t step;

		item = &builder->items[places[written].number];
		step = (int64_t)distance(item->id, previous);
		if (step > INT64_MAX / 4 || step < -(INT64_MAX / 4))
			break;
		size += index_put_varint(events + size, (uint64_t)(step < 0 ? -2 * step - 1 : 2 * step) << 1 | item->failed);
		previous = item->id;
	}
	row->size += index_put_hash(row->bytes + row->size, places[0].key);
	row->size += index_put_varint(row->bytes + row->size, written);
	memcpy(row->bytes + row->size, events, size);
	row->size += size;
	return written;
}

static void number_parts(index_builder *builder, size_t first)
{
	for (size_t i = first; i < builder->row_count; i++)
		builder->rows[i].part = (int64_t)(builder->row_count - 1 - i);
}

/* Begins the row, if it is empty, with the highest id, unless its first event is too far below. */
static void begin_row(row_buffer *row, int64_t highest, int64_t first)
{
	if (row->size)
		return;
	row->base = distance(highest, first) > MOST_APART ? first : highest;
	row->size = index_put_varint(row->bytes, (uint64_t)row->base);
}

/* The events of one value, or of values whose hashes are stored alike. */
typedef struct {
	uint64_t hash;
	int64_t bucket;
	size_t first, end; /* among the places */
} group;

/* Room to sort one dimension. */
typedef struct {
	place *values; /* its values by hash; the number is the memo's index */
	place *spare;
	place *places;         /* its events by hash, then newest first */
	uint32_t *group_of;    /* each memo's group */
	size_t *end;           /* of each group, among the places */
	group *shared, *apart; /* groups that share buckets with others, and those of frequent values */
} sorter;

/* Fills sorter->places and returns how many there are. kept: the bits of a hash that the bucket and the row have. */
static size_t sort_dimension(const index_builder *builder, int dimension, uint64_t kept, sorter *sorter)
{
	size_t values = 0, groups = 0, count = 0;
	const place *sorted;

	for (size_t i = 0; i < builder->memo_count; i++)
		if (builder->memos[i].dimension == dimension)
			sorter->values[values++] = (place){builder->memos[i].hash & kept, (uint32_t)i};
	sorted = stead_sort_keyed(sorter->values, sorter->spare, values, kept);
	for (size_t i = 0; i < values; i++) {
		if (i == 0 || sorted[i].key != sorted[i - 1].key)
			sorter->end[groups++] = 0;
		sorter->group_of[sorted[i].number] = (uint32_t)groups - 1;
	}
	for (size_t rank = 0; rank < builder->item_count; rank++)
		if (builder->items[rank].memo[dimension])
			sorter->end[sorter->group_of[builder->items[rank].memo[dimension] - 1]]++;
	for (size_t i = 0, of_group; i < groups; i++, count += of_group) {
		of_group = sorter->end[i];
		sorter->end[i] = count;
	}
	for (size_t rank = 0; rank < builder->item_count; rank++) {
		uint32_t memo = builder->items[rank].memo[dimension];

		if (memo)
			sorter->places[sorter->end[sorter->group_of[memo - 1]]++] =
				(place){builder->memos[memo - 1].hash & kept, (uint32_t)rank};
	}
	return count;
}

/* Of two values whose hashes are stored alike, but which would have different buckets, none is frequent. */
static bool is_frequent(const index_builder *builder, int dimension, int bits, const place *places, size_t count,
                        uint64_t *hash)
{
	if (builder->shared || bits == 0 || count < INDEX_FREQUENT)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t of_event = builder->memos[builder->items[places[i].number].memo[dimension] - 1].hash;

		if (i && of_event != *hash)
			return false;
		*hash = of_event;
	}
	return true;
}

static int by_hash(const void *left, const void *right)
{
	const group *a = left, *b = right;

	return (a->hash > b->hash) - (a->hash < b->hash);
}

/* Writes the rows of groups, which are in the order of their buckets, then of their hashes. */
static void put_groups(stead_call *call, index_builder *builder, int dimension, const place *places,
                       const group *groups, size_t count)
{
	row_buffer *row = stead_alloc(call, sizeof *row);
	size_t first_row = builder->row_count;
	int64_t bucket = 0;

	row->size = 0;
	for (const group *group = groups; group < groups + count; group++)
		for (size_t at = group->first; at < group->end;) {
			int64_t first = builder->items[places[at].number].id;

			if (group->bucket != bucket) {
				if (row->size)
					end_row(call, builder, row, dimension, bucket);
				number_parts(builder, first_row);
				first_row = builder->row_count;
				bucket = group->bucket;
			} else if (row->size >= INDEX_ROW_SIZE || (row->size && distance(row->base, first) > MOST_APART))
				end_row(call, builder, row, dimension, bucket);
			begin_row(row, builder->highest, first);
			at += put_events(builder, row, places + at, group->end - at);
		}
	if (row->size)
		end_row(call, builder, row, dimension, bucket);
	number_parts(builder, first_row);
}

/* Writes which buckets the frequent values have. They are in the order of their hashes; two may have one bucket. */
static void put_directory(stead_call *call, index_builder *builder, int dimension, const group *groups, size_t count)
{
	row_buffer *row = stead_alloc(call, sizeof *row);
	size_t first_row = builder->row_count;
	int64_t before = -1;

	row->size = 0;
	for (size_t i = 0; i < count; i++) {
		int64_t number = groups[i].bucket - (INT64_C(1) << INDEX_FREQUENT_BITS);

		if (number == before)
			continue;
		if (row->size >= INDEX_ROW_SIZE) {
			end_row(call, builder, row, dimension, INDEX_DIRECTORY);
			before = -1;
		}
		row->size += index_put_varint(row->bytes + row->size, (uint64_t)(number - before - 1));
		before = number;
	}
	if (row->size)
		end_row(call, builder, row, dimension, INDEX_DIRECTORY);
	number_parts(builder, first_row);
}

static void put_dimension(stead_call *call, index_builder *builder, int dimension, int bits, bool whole, sorter *sorter)
{
	uint64_t kept = INDEX_STORED(UINT64_MAX) | (bits ? UINT64_MAX << (64 - bits) : 0);
	size_t count = sort_dimension(builder, dimension, kept, sorter), shared = 0, apart = 0;
	const place *places = sorter->places;

	for (size_t at = 0, end; at < count; at = end) {
		uint64_t hash = places[at].key;

		for (end = at; end < count && places[end].key == places[at].key; end++)
			continue;
		if (is_frequent(builder, dimension, bits, places + at, end - at, &hash))
			sorter->apart[apart++] = (group){hash, index_bucket(hash, INDEX_FREQUENT_BITS), at, end};
		else
			sorter->shared[shared++] = (group){places[at].key, index_bucket(places[at].key, bits), at, end};
	}
	qsort(sorter->apart, apart, sizeof *sorter->apart, by_hash);
	put_groups(call, builder, dimension, places, sorter->shared, shared);
	put_groups(call, builder, dimension, places, sorter->apart, apart);
	if (whole)
		put_directory(call, builder, dimension, sorter->apart, apart);
}

/* whole: the builder has the whole block. */
static void put_rows(stead_call *call, index_builder *builder, int64_t events, bool whole)
{
	size_t values = builder->memo_count;
	sorter sorter = {.values = stead_alloc(call, values * sizeof *sorter.values),
	                 .spare = stead_alloc(call, values * sizeof *sorter.spare),
	                 .places = stead_alloc(call, builder->item_count * sizeof *sorter.places),
	                 .group_of = stead_alloc(call, values * sizeof *sorter.group_of),
	                 .end = stead_alloc(call, values * sizeof *sorter.end),
	                 .shared = stead_alloc(call, values * sizeof *sorter.shared),
	                 .apart = stead_alloc(call, (builder->item_count / INDEX_FREQUENT + 1) * sizeof *sorter.apart)};

	for (int i = 0; i < INDEX_DIMENSIONS; i++)
		put_dimension(call, builder, i, index_bits(events), whole, &sorter);
}

void index_put_rows(stead_call *call, index_builder *builder, int64_t events)
{
	put_rows(call, builder, events, false);
}

bool index_put_back_alike(const index_builder *builder, int dimension, bool frequent)
{
	for (size_t i = 0, end; i < builder->item_count; i = end) {
		uint32_t memo = builder->items[i].memo[dimension];

		for (end = i + 1; end < builder->item_count && builder->items[end].memo[dimension] == memo; end++)
			continue;
		if (memo && (end - i >= INDEX_FREQUENT) != frequent)
			return false;
	}
	return true;
}

void index_finish(stead_call *call, index_builder *builder, int64_t events)
{
	bool sorted = true;

	/* mostly they come oldest first */
	for (size_t i = 0; i < builder->item_count / 2; i++) {
		index_item item = builder->items[i];

		builder->items[i] = builder->items[builder->item_count - 1 - i];
		builder->items[builder->item_count - 1 - i] = item;
	}
	for (size_t i = 1; sorted && i < builder->item_count; i++)
		sorted = newest_first(&builder->items[i - 1], &builder->items[i]) <= 0;
	if (!sorted)
		qsort(builder->items, builder->item_count, sizeof *builder->items, newest_first);
	builder->highest = INT64_MIN;
	for (size_t i = 0; i < builder->item_count; i++)
		builder->highest = builder->items[i].id > builder->highest ? builder->items[i].id : builder->highest;
	put_rows(call, builder, events, true);
	if (!builder->trigrams.bits)
		trigram_open(call, &builder->trigrams);
	builder->stored_trigrams = trigram_store(call, &builder->trigrams);
	stead_sha256_check(call, &builder->key->sha);
}

void index_finish_shared(stead_call *call, index_builder *builder, int64_t events)
{
	builder->row_count = builder->text.size = 0;
	builder->shared = true;
	put_rows(call, builder, events, true);
}
