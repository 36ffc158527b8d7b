/*
 * index.h - the index of sealed blocks: which events of a block have which value, and which trigrams occur in it.
 *
 * A writer pays for no index by value. When a block is sealed, its events are indexed in bulk, as a search engine
 * indexes a segment. The rows of stead_audit_posting hold postings: lists of event ids, by dimension and by a hash of
 * the value. stead_audit_index has one row for each indexed block, with the set of its trigrams.
 *
 * The hash is keyed by a secret of the database, so that nobody can choose values that fall into one bucket. Two values
 * may have the same hash: compare an event's value when you list it.
 */
#ifndef STEAD_INDEX_H
#define STEAD_INDEX_H

#include "lib/crypto/sha256.h"
#include "stead.h"

/* The indexed columns. stead_audit_posting.dimension is one of these plus 1. */
enum {
	INDEX_ACTION,
	INDEX_RESOURCE_TYPE,
	INDEX_RESOURCE_ID,
	INDEX_ACTOR_ID,
	INDEX_ACTOR_NAME,
	INDEX_IP_ADDRESS,
	INDEX_DIMENSIONS
};
extern const char *const index_dimension_names[INDEX_DIMENSIONS];

/* ---- Hashes and buckets: hash.c -------------------------------------------------------------------------------- */

typedef struct {
	stead_sha256_stream sha;
	unsigned char secret[STEAD_SHA256_SIZE];
	int64_t form; /* of the index; 1: no block has buckets of frequent values, as in version 0.1 */
} index_key;
#define INDEX_FORM 2
/* Reads the database's secret. False: there is none yet, so no block is indexed. */
bool index_key_read(stead_call *call, index_key *key);
/* The same, and makes the secret if there is none, and the form INDEX_FORM: version 0.1 does not seal any more then, as
 * it knows no tables of this version. The caller holds the lock of sealing. */
void index_key_make(stead_call *call, index_key *key);
/* Whoever stores rows of the index or redacts an event calls this, under the lock of sealing. In REPEATABLE READ, a
 * transaction may not see what another has sealed, indexed or redacted before it got the lock. Then both have touched
 * the key, and PostgreSQL raises a serialization failure here. */
void index_key_touch(stead_call *call);
/* The first 8 bytes, big endian, of SHA-256 over the secret, the dimension's number and the value. */
uint64_t index_hash(index_key *key, int dimension, stead_value value);

/* The larger a block, the more buckets it has, so that a row stays small. A bucket's number is 2 to the power of bits,
 * plus the first bits of the hash. So a value is in one bucket of each level.
 *
 * Values share the buckets of their block's level, except frequent ones: those with INDEX_FREQUENT events or more in a
 * block of several buckets. They have buckets of the last level, so that a look-up of another value does not read their
 * rows. Which of these buckets a block has is in its rows of bucket 0: the first bits of the hashes in ascending order,
 * each as a varint of the difference from the one before, less 1; before the first comes -1. */
#define INDEX_LEVELS 5
#define INDEX_FREQUENT 128
#define INDEX_FREQUENT_BITS 16
#define INDEX_DIRECTORY 0
extern const int index_level_bits[INDEX_LEVELS];
int64_t index_bucket(uint64_t hash, int bits);
/* The bits for a block with so many events. */
int index_bits(int64_t events);

/* A set of buckets of frequent values, by their first bits. */
typedef struct {
	uint64_t bits[(1 << INDEX_FREQUENT_BITS) / 64];
} index_frequent;
/* The buckets that may have rows, one after the other: those that values share, then those of the set. Begin with 0; 0:
 * there are no more. */
int64_t index_next_bucket(const index_frequent *frequent, int64_t bucket);

/* ---- Rows: posting.c -------------------------------------------------------------------------------------------- */

/* The entries of a row: a varint, which is the block's highest id, or an id that is at least 2^63 below it; then for
 * each value the last 6 bytes of its hash, a varint with the number of its events, and the events, newest first by
 * (occurred_at, id). The first event is the varint 2 * (that id - id) + failed. Each other one is the varint 2 *
 * zigzag(id - previous id) + failed. failed is 1 for an event without success. Values are in the order of their hashes.
 * A value may come twice in a row, and go on in the next: a row ends at about 900 bytes. Varints are those of Protocol
 * Buffers: 7 bits a byte, lowest first. */
typedef struct {
	const unsigned char *at, *end;
	uint64_t base; /* the id that the row begins with */
	uint64_t id;
	int64_t left; /* events of the current value */
	bool first;   /* the next event is the value's first */
	bool damaged;
} index_reader;
void index_read_open(index_reader *reader, stead_value entries);
/* What a row has of a hash. The bucket has the first bits of the rest. */
#define INDEX_HASH_SIZE 6 /* bytes */
#define INDEX_STORED(hash) ((hash) & (UINT64_MAX >> (64 - 8 * INDEX_HASH_SIZE)))
/* The next value; skips the rest of the current one. *hash is what the row has of it: compare it with INDEX_STORED().
 * False: there is none, or the row is damaged. */
bool index_read_value(index_reader *reader, uint64_t *hash, int64_t *count);
/* The next event of the current value. False: there is none, or the row is damaged. */
bool index_read_event(index_reader *reader, int64_t *id, bool *failed);
/* Reads all events that are left of the current value. Those with that success, or all if it is null, go into ids,
 * which has room for all. Returns how many these are. */
size_t index_read_ids(index_reader *reader, stead_value success, int64_t *ids);

/* What a row has of one value. */
typedef struct {
	uint64_t hash; /* as index_read_value() gives it */
	int64_t events, failures;
	int64_t id; /* of its latest event there */
} index_total;
/* Reads the totals of the values of a row, which are at most INDEX_MOST_TOTALS, and returns how many; -1: the row is
 * damaged. */
#define INDEX_MOST_TOTALS 256
int index_read_totals(stead_value entries, index_total totals[INDEX_MOST_TOTALS]);

/* ---- Trigrams: trigram.c ---------------------------------------------------------------------------------------- */

/* A set of trigrams: three bytes of a text, with ASCII letters in lower case, as a number of 24 bits. Stored in order,
 * each as a varint: the difference from the one before, less 1; before the first comes -1. */
typedef struct {
	uint64_t *bits;
} trigram_set;
void trigram_open(stead_call *call, trigram_set *set);
void trigram_add(trigram_set *set, stead_value text);
size_t trigram_count(const trigram_set *set);
/* Removes the trigrams of a text, and returns how many the set had. */
size_t trigram_remove(trigram_set *set, stead_value text);
/* Removes those that gone has. */
void trigram_subtract(trigram_set *set, const trigram_set *gone);
/* Adds those of a stored set. False: it is damaged. */
bool trigram_load(trigram_set *set, stead_value stored);
stead_value trigram_store(stead_call *call, const trigram_set *set);
/* The trigrams of a text to search for, sorted, in out, which has room for its size. Returns how many there are; 0: the
 * text is too short to have one. */
size_t trigram_of(const char *lower, size_t size, uint32_t *out);
/* Does the stored set have all of these sorted trigrams? True if the set is damaged. */
bool trigram_all(stead_value stored, const uint32_t *wanted, size_t count);

/* ---- Making the index of a block: build.c ------------------------------------------------------------------------ */

typedef struct {
	int64_t id, occurred_at;
	bool failed;
	stead_value value[INDEX_DIMENSIONS];
	stead_value details;
} index_event;

typedef struct {
	int dimension;
	int64_t bucket;
	int64_t part; /* rows of one bucket are numbered down to 0, so that the first to read has the highest number */
	size_t offset, size; /* of its entries, in the builder's text */
} index_row;

typedef struct index_item index_item;
typedef struct index_memo index_memo;
/* Zero-initialise it, except key. The call owns its memory. */
typedef struct index_builder {
	index_key *key;
	index_item *items;
	size_t item_count, item_room;
	index_memo *memos; /* hashes of the values seen so far */
	size_t memo_count, memo_room;
	uint32_t *slots;
	size_t slot_count;
	stead_buffer values; /* the values of the memos */
	trigram_set trigrams;
	stead_buffer text; /* what index_finish() makes: the entries of all rows */
	index_row *rows;
	size_t row_count, row_room;
	int64_t highest; /* the id that rows begin with */
	bool shared;     /* frequent values are put into the buckets of the others, as in form 1 */
	stead_value stored_trigrams;
} index_builder;
void index_add(stead_call *call, index_builder *builder, const index_event *event);
/* Makes the rows of all events that were added. events is the number of the block, which may have more. Nothing can be
 * added after that. */
void index_finish(stead_call *call, index_builder *builder, int64_t events);
/* After index_finish(), makes the rows once more in form 1. Readers read both. */
void index_finish_shared(stead_call *call, index_builder *builder, int64_t events);
/* Adds an event as a row has it: all of a value one after the other, in their order. Then index_put_rows() makes the
 * rows of these buckets again; builder->highest is the id that they begin with. */
void index_put_back(stead_call *call, index_builder *builder, int dimension, uint64_t hash, int64_t id, bool failed);
void index_put_rows(stead_call *call, index_builder *builder, int64_t events);
/* Are all values of a dimension that were put back frequent, or none of them? */
bool index_put_back_alike(const index_builder *builder, int dimension, bool frequent);
static inline stead_value index_row_entries(const index_builder *builder, const index_row *row)
{
	return stead_bytes(builder->text.data + row->offset, row->size);
}

/* ---- Taking an event out of it: take_out.c ----------------------------------------------------------------------- */

/* Takes an event's values in some dimensions out of the index of a block, and the trigrams of gone. False: a row is
 * damaged or unusual, or does not have the event; nothing was changed, and the index must be made anew. */
bool index_take_out(stead_call *call, index_key *key, const index_event *event, unsigned dimensions,
                    const trigram_set *gone, int64_t block, int64_t last_event_at, int64_t events);

/* ---- Storing it: store.c ----------------------------------------------------------------------------------------- */

/* Stores rows of stead_audit_posting, whose columns are in this order: dimension, bucket, last_event_at, block, part,
 * entries. Returns how many were stored. */
#define INDEX_POSTING_COLUMNS 6
int64_t index_store_postings(stead_call *call, int64_t count, const stead_value *values);
/* Stores all rows, and the row of the block, which replaces one that is there. */
void index_store(stead_call *call, const index_builder *builder, int64_t block, int64_t last_event_at);
/* Deletes them. events is the block's number of events. */
void index_delete(stead_call *call, int64_t block, int64_t last_event_at, int64_t events);
/* Reads which buckets frequent values of a dimension have in the blocks first .. last whose last event happened since
 * .. until. Returns the block of a row that is damaged; 0: there is none. */
int64_t index_find_frequent(stead_call *call, int dimension, int64_t since, int64_t until, int64_t first, int64_t last,
                            index_frequent *frequent);
/* Is there a row of the block, whether or not it is marked as indexed? */
bool index_has(stead_call *call, int64_t block);
/* Replaces the bucket of each dimension that has a number by the builder's rows of it, and the block's trigrams, unless
 * builder->stored_trigrams is null. */
void index_replace(stead_call *call, const index_builder *builder, const int64_t buckets[INDEX_DIMENSIONS],
                   int64_t block, int64_t last_event_at);
/* Deletes all rows of a number that a new block is about to get, if there are any: somebody has deleted a block of that
 * number by hand. They may have other keys than the new block's, so the whole table is read. */
void index_clear(stead_call *call, int64_t block);
/* Compares what is stored with what the builder has made. Returns the set of dimensions that differ; INDEX_TRIGRAMS is
 * in it if the trigrams differ, and INDEX_COUNT if the number of rows that the block's row has differs. It cannot see
 * rows that belong to no bucket of the block: index_open_strays() finds blocks that have too many rows. */
#define INDEX_TRIGRAMS (1u << INDEX_DIMENSIONS)
#define INDEX_COUNT (2u << INDEX_DIMENSIONS)
unsigned index_compare(stead_call *call, const index_builder *builder, int64_t block, int64_t last_event_at);
/* Opens a query for the blocks that have more rows than their row in stead_audit_index says. */
stead_rows *index_open_strays(stead_call *call);

#endif
