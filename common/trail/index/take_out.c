/*
 * take_out.c - takes an event out of the index of its block. See index.h.
 *
 * Only the buckets of its values are read and written. What is left in them becomes the same rows as if the block was
 * indexed without the event.
 */
#include "trail/index/index.h"

#include "core/digest.h"

typedef struct {
	int64_t bucket[INDEX_DIMENSIONS]; /* 0: none */
	int64_t highest;                  /* the id that all their rows begin with */
	bool any;
	bool found; /* the event, with its value, in the bucket that is read */
} taken;

/* Puts all events of a row back, but the one that has the value of this hash. */
static bool read_row(stead_call *call, stead_value entries, int dimension, uint64_t prefix, uint64_t wanted,
                     int64_t without, index_builder *builder, taken *taken)
{
	index_reader reader;
	uint64_t hash;
	int64_t count, id;
	bool failed;

	index_read_open(&reader, entries);
	if (taken->any && taken->highest != (int64_t)reader.base)
		return false;
	taken->highest = (int64_t)reader.base;
	taken->any = true;
	while (index_read_value(&reader, &hash, &count))
		while (index_read_event(&reader, &id, &failed)) {
			if (id < 0) /* rows with such may begin with another id */
				return false;
			if (id == without)
				taken->found |= hash == INDEX_STORED(wanted);
			else
				index_put_back(call, builder, dimension, prefix | hash, id, failed);
		}
	return !reader.damaged && taken->highest >= 0;
}

static bool read_bucket(stead_call *call, const stead_value key[4], int dimension, int bits, uint64_t wanted,
                        int64_t without, index_builder *builder, taken *taken)
{
	stead_rows *rows =
		stead_open(call,
	               "SELECT entries FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND last_event_at = $3"
	               " AND block = $4 ORDER BY part DESC",
	               4, key);
	uint64_t prefix = bits ? (uint64_t)taken->bucket[dimension] << (64 - bits) : 0;
	bool good = true;

	taken->found = false;
	while (good && stead_next(rows)) {
		stead_value entries;

		good = stead_column_sound(rows, 0, STEAD_BYTES, &entries) && !entries.null &&
		       read_row(call, entries, dimension, prefix, wanted, without, builder, taken);
	}
	stead_close(rows);
	return good && taken->found;
}

/* The trigrams that stay. False: the stored ones are damaged. */
static bool read_trigrams(stead_call *call, int64_t block, const trigram_set *gone, stead_value *out)
{
	stead_rows *rows = stead_open(call, "SELECT trigrams FROM stead_audit_index WHERE block = $1", 1,
	                              (stead_value[]){stead_int(block)});
	stead_value stored;
	trigram_set left;
	bool good;

	trigram_open(call, &left);
	good = stead_next(rows) && stead_column_sound(rows, 0, STEAD_BYTES, &stored) && !stored.null &&
	       trigram_load(&left, stored);
	stead_close(rows);
	trigram_subtract(&left, gone);
	*out = trigram_store(call, &left);
	return good;
}

bool index_take_out(stead_call *call, index_key *key, const index_event *event, unsigned dimensions,
                    const trigram_set *gone, int64_t block, int64_t last_event_at, int64_t events)
{
	index_builder builder = {.stored_trigrams = stead_null(STEAD_BYTES)};
	int bits = index_bits(events);
	taken taken = {{0}};

	for (int i = 0; i < INDEX_DIMENSIONS; i++) {
		uint64_t hash;

		if (!(dimensions >> i & 1) || event->value[i].null)
			continue;
		hash = index_hash(key, i, event->value[i]);
		taken.bucket[i] = index_bucket(hash, bits);
		if (!read_bucket(call,
		                 (stead_value[]){stead_int(i + 1), stead_int(taken.bucket[i]), stead_time(last_event_at),
		                                 stead_int(block)},
		                 i, bits, hash, event->id, &builder, &taken))
			return false;
	}
	stead_sha256_check(call, &key->sha);
	if (gone && !read_trigrams(call, block, gone, &builder.stored_trigrams))
		return false;
	index_put_rows(call, &builder, events, taken.highest);
	index_replace(call, &builder, taken.bucket, block, last_event_at);
	return true;
}
