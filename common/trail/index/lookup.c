/*
 * lookup.c - see lookup.h.
 *
 * A block has its postings at one of four levels, and those of frequent values at a fifth. So a value is looked up in
 * five buckets, whose rows are merged here: a UNION would be sorted as a whole, and most look-ups need only the
 * beginning.
 */
#include "trail/index/lookup.h"

#include <string.h>

#include "trail/index/encoding.h"

void index_raise_damaged(stead_call *call, int64_t block)
{
	stead_raise_hint(call, STEAD_CORRUPT, "SELECT * FROM stead_audit_verify() tells what was changed.",
	                 "stead_%s: the index of block %lld is damaged", call->function->name, (long long)block);
}

static bool next_row(index_cursor *cursor)
{
	if (!cursor->rows || !stead_next(cursor->rows)) {
		cursor->rows = NULL;
		return false;
	}
	cursor->last_event_at = stead_column(cursor->rows, 0, STEAD_TIME).integer;
	cursor->block = stead_column(cursor->rows, 1, STEAD_INT).integer;
	return true;
}

/* Finds the first block of all levels. */
static void settle(index_lookup *lookup)
{
	lookup->at = NULL;
	for (index_cursor *level = lookup->levels; level < lookup->levels + INDEX_LEVELS; level++)
		if (level->rows && (!lookup->at || level->last_event_at > lookup->at->last_event_at ||
		                    (level->last_event_at == lookup->at->last_event_at && level->block > lookup->at->block)))
			lookup->at = level;
	if (lookup->at) {
		lookup->last_event_at = lookup->at->last_event_at;
		lookup->block = lookup->at->block;
	}
}

/* A query for each level, as each has a plan of its own that is kept, and is in use at the same time. PostgreSQL cannot
 * know the limit when it plans: it then expects to read the beginning only, and uses the index instead of sorting. */
#define OF_LEVEL(below)                                                                                                \
	"SELECT last_event_at, block, entries FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND bucket "   \
	"< " below                                                                                                         \
	" AND last_event_at >= $3 AND last_event_at <= $4 ORDER BY last_event_at DESC, block DESC, part DESC LIMIT"        \
	" (SELECT 9223372036854775807)"

void index_lookup_open(stead_call *call, index_key *key, int dimension, stead_value value, stead_value success,
                       int64_t since, int64_t until, index_lookup *lookup)
{
	static const char *const queries[INDEX_LEVELS] = {OF_LEVEL("2"), OF_LEVEL("32"), OF_LEVEL("256"), OF_LEVEL("1024"),
	                                                  OF_LEVEL("131072")};

	*lookup = (index_lookup){
		.call = call, .dimension = dimension, .hash = index_hash(key, dimension, value), .success = success};
	for (int i = 0; i < INDEX_LEVELS; i++) {
		lookup->levels[i].rows = stead_open_as(
			call, STEAD_CURSOR | STEAD_BY_KEY, queries[i], 4,
			(stead_value[]){stead_int(dimension + 1), stead_int(index_bucket(lookup->hash, index_level_bits[i])),
		                    stead_time(since), stead_time(until)});
		next_row(&lookup->levels[i]);
	}
	settle(lookup);
}

void index_lookup_skip(index_lookup *lookup)
{
	while (next_row(lookup->at) && lookup->at->block == lookup->block)
		continue;
	settle(lookup);
}

/* Do the bytes of the hash occur at all? A look-up of a rare value skips nearly all that it reads. It looks for the
 * largest of the bytes, as small ones occur in most entries: they are counts, and ends of varints. */
static bool may_have(stead_value entries, uint64_t hash)
{
	unsigned char bytes[INDEX_HASH_SIZE];
	const char *at, *end = entries.data + entries.size;
	size_t largest = 0;

	index_put_hash(bytes, hash);
	for (size_t i = 1; i < INDEX_HASH_SIZE; i++)
		largest = bytes[i] > bytes[largest] ? i : largest;
	end -= INDEX_HASH_SIZE - 1 - largest;
	for (at = entries.data + largest; at < end && (at = memchr(at, bytes[largest], (size_t)(end - at))); at++)
		if (memcmp(at - largest, bytes, INDEX_HASH_SIZE) == 0)
			return true;
	return false;
}

static void make_room(stead_call *call, index_ids *ids, size_t more)
{
	while (ids->room - ids->count < more)
		ids->id = stead_grow(call, ids->id, ids->room, &ids->room, sizeof *ids->id);
}

/* A value may come twice in a row, and go on in the next. Values are in the order of their hashes. */
static void take_row(index_lookup *lookup, stead_value entries, int64_t block, index_ids *ids)
{
	index_reader reader;
	uint64_t hash = 0, wanted = INDEX_STORED(lookup->hash);
	int64_t count;

	if (entries.null)
		index_raise_damaged(lookup->call, block);
	if (entries.size < INDEX_HASH_SIZE || !may_have(entries, lookup->hash))
		return;
	index_read_open(&reader, entries);
	while (index_read_value(&reader, &hash, &count) && hash <= wanted)
		if (hash == wanted) {
			make_room(lookup->call, ids, (size_t)count);
			ids->count += index_read_ids(&reader, lookup->success, ids->id + ids->count);
		}
	if (reader.damaged)
		index_raise_damaged(lookup->call, block);
}

void index_lookup_take(index_lookup *lookup, index_ids *ids)
{
	int64_t last_event_at = lookup->last_event_at, block = lookup->block;

	/* two levels stand at a block where the value is frequent and others are in the bucket that it would share */
	do {
		do
			take_row(lookup, stead_column(lookup->at->rows, 2, STEAD_BYTES), block, ids);
		while (next_row(lookup->at) && lookup->at->block == block);
		settle(lookup);
	} while (lookup->at && lookup->block == block && lookup->last_event_at == last_event_at);
}

void index_lookup_block(index_lookup *lookup, int64_t last_event_at, int64_t block, index_ids *ids)
{
	stead_value params[3 + INDEX_LEVELS] = {stead_int(lookup->dimension + 1), stead_time(last_event_at),
	                                        stead_int(block)};
	stead_rows *rows;

	for (int i = 0; i < INDEX_LEVELS; i++)
		params[3 + i] = stead_int(index_bucket(lookup->hash, index_level_bits[i]));
	rows = stead_open(lookup->call,
	                  "SELECT entries FROM stead_audit_posting WHERE dimension = $1 AND last_event_at = $2 AND block ="
	                  " $3 AND bucket IN ($4, $5, $6, $7, $8) ORDER BY part DESC",
	                  STEAD_COUNT(params), params);
	while (stead_next(rows))
		take_row(lookup, stead_column(rows, 0, STEAD_BYTES), block, ids);
}

void index_lookup_close(index_lookup *lookup)
{
	for (int i = 0; i < INDEX_LEVELS; i++)
		if (lookup->levels[i].rows)
			stead_close(lookup->levels[i].rows);
	*lookup = (index_lookup){.call = lookup->call};
}
