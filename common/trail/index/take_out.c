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
	bool any;                         /* a row was read, so builder->highest is what all rows begin with */
	bool rows;                        /* the bucket that is read has some */
	bool found;                       /* the event is in them, with its value */
} taken;

/* Where an event's value may be. */
typedef struct {
	int dimension;
	uint64_t hash;
	int64_t id;
	int64_t block, last_event_at;
} sought;

/* Puts all events of a row back, but the one that has the value of this hash. */
static bool read_row(stead_call *call, stead_value entries, const sought *sought, uint64_t prefix,
                     index_builder *builder, taken *taken)
{
	index_reader reader;
	uint64_t hash;
	int64_t count, id;
	bool failed;

	index_read_open(&reader, entries);
	if (taken->any && builder->highest != (int64_t)reader.base)
		return false;
	builder->highest = (int64_t)reader.base;
	taken->any = taken->rows = true;
	while (index_read_value(&reader, &hash, &count))
		while (index_read_event(&reader, &id, &failed)) {
			if (id < 0) /* rows with such may begin with another id */
				return false;
			if (id == sought->id)
				taken->found |= hash == INDEX_STORED(sought->hash);
			else
				index_put_back(call, builder, sought->dimension, prefix | hash, id, failed);
		}
	return !reader.damaged && builder->highest >= 0;
}

/* False: a row of the bucket is damaged or unusual. */
static bool read_bucket(stead_call *call, const sought *sought, int bits, index_builder *builder, taken *taken)
{
	int64_t bucket = index_bucket(sought->hash, bits);
	stead_rows *rows =
		stead_open(call,
	               "SELECT entries FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND last_event_at = $3"
	               " AND block = $4 ORDER BY part DESC",
	               4,
	               (stead_value[]){stead_int(sought->dimension + 1), stead_int(bucket),
	                               stead_time(sought->last_event_at), stead_int(sought->block)});
	uint64_t prefix = bits ? (uint64_t)bucket << (64 - bits) : 0;
	bool good = true;

	taken->bucket[sought->dimension] = bucket;
	taken->rows = taken->found = false;
	while (good && stead_next(rows)) {
		stead_value entries;

		good = stead_column_sound(rows, 0, STEAD_BYTES, &entries) && !entries.null &&
		       read_row(call, entries, sought, prefix, builder, taken);
	}
	stead_close(rows);
	return good;
}

/* Reads the bucket that the value has as a frequent one, or else the one that it shares. False: what is left there
 * would be in another bucket, if the block was indexed without the event. */
static bool read_value(stead_call *call, const sought *sought, int bits, index_builder *builder, taken *taken)
{
	bool frequent = true, good = !bits || read_bucket(call, sought, INDEX_FREQUENT_BITS, builder, taken);

	if (good && !taken->rows) {
		frequent = false;
		good = read_bucket(call, sought, bits, builder, taken);
	}
	return good && taken->found && (!bits || index_put_back_alike(builder, sought->dimension, frequent));
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
		sought sought = {.dimension = i, .id = event->id, .block = block, .last_event_at = last_event_at};

		if (!(dimensions >> i & 1) || event->value[i].null)
			continue;
		sought.hash = index_hash(key, i, event->value[i]);
		taken.rows = false;
		if (!read_value(call, &sought, bits, &builder, &taken))
			return false;
	}
	stead_sha256_check(call, &key->sha);
	if (gone && !read_trigrams(call, block, gone, &builder.stored_trigrams))
		return false;
	index_put_rows(call, &builder, events);
	index_replace(call, &builder, taken.bucket, block, last_event_at);
	return true;
}
