/*
 * store.c - stores, deletes and compares the index of a block. See index.h.
 */
#include "trail/index/encoding.h"

#include <string.h>

#include "trail/index/summary.h"

#define LAST_SHARED ((INT64_C(2) << 9) - 1) /* the last bucket that values share */

static void row_key(const index_row *row, int64_t block, int64_t last_event_at, stead_value key[5])
{
	key[0] = stead_int(row->dimension + 1);
	key[1] = stead_int(row->bucket);
	key[2] = stead_time(last_event_at);
	key[3] = stead_int(block);
	key[4] = stead_int(row->part);
}

#define BATCH 256 /* rows that are stored at once */
#define COLUMNS INDEX_POSTING_COLUMNS

int64_t index_store_postings(stead_call *call, int64_t count, const stead_value *values)
{
	return stead_run_rows(call,
	                      "INSERT INTO stead_audit_posting (dimension, bucket, last_event_at, block, part, entries)"
	                      " VALUES ($1, $2, $3, $4, $5, $6)",
	                      COLUMNS, count, values);
}

static void store_rows(stead_call *call, const index_builder *builder, int64_t block, int64_t last_event_at)
{
	stead_value *values = stead_alloc(call, BATCH * COLUMNS * sizeof *values);
	int64_t count = 0;

	for (size_t i = 0; i < builder->row_count; i++) {
		const index_row *row = &builder->rows[i];

		if (count == BATCH) {
			index_store_postings(call, count, values);
			count = 0;
		}
		row_key(row, block, last_event_at, values + count * COLUMNS);
		values[count++ * COLUMNS + 5] = index_row_entries(builder, row);
	}
	if (count)
		index_store_postings(call, count, values);
}

void index_store(stead_call *call, const index_builder *builder, int64_t block, int64_t last_event_at)
{
	index_key_touch(call);
	store_rows(call, builder, block, last_event_at);
	stead_run(call,
	          "INSERT INTO stead_audit_index (block, postings, trigrams) VALUES ($1, $2, $3)"
	          " ON CONFLICT (block) DO UPDATE SET postings = excluded.postings, trigrams = excluded.trigrams",
	          3, (stead_value[]){stead_int(block), stead_int((int64_t)builder->row_count), builder->stored_trigrams});
}

/* Returns how many rows it had. */
static int64_t delete_bucket(stead_call *call, int dimension, int64_t bucket, int64_t block, int64_t last_event_at)
{
	return stead_run(
		call,
		"DELETE FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND last_event_at = $3 AND block = $4", 4,
		(stead_value[]){stead_int(dimension + 1), stead_int(bucket), stead_time(last_event_at), stead_int(block)});
}

void index_replace(stead_call *call, const index_builder *builder, const int64_t buckets[INDEX_DIMENSIONS],
                   int64_t block, int64_t last_event_at)
{
	int64_t rows = (int64_t)builder->row_count;

	for (int i = 0; i < INDEX_DIMENSIONS; i++)
		if (buckets[i])
			rows -= delete_bucket(call, i, buckets[i], block, last_event_at);
	store_rows(call, builder, block, last_event_at);
	if (!rows && builder->stored_trigrams.null)
		return;
	stead_run(
		call,
		"UPDATE stead_audit_index SET postings = postings + $2, trigrams = coalesce($3, trigrams) WHERE block = $1", 3,
		(stead_value[]){stead_int(block), stead_int(rows), builder->stored_trigrams});
}

/* Adds the buckets of a row to a set. False: the row is damaged. */
static bool read_directory(stead_value entries, index_frequent *frequent)
{
	const unsigned char *at = (const unsigned char *)entries.data, *end = at + entries.size;
	uint64_t number = UINT64_MAX, step;

	while (at && at < end && (at = index_read_varint(at, end, &step))) {
		if (step >> INDEX_FREQUENT_BITS || (number += step + 1) >> INDEX_FREQUENT_BITS)
			return false;
		frequent->bits[number / 64] |= UINT64_C(1) << number % 64;
	}
	return at && entries.size;
}

/* The same for all rows that are of the blocks first .. last. Returns the block of one that is damaged; 0: none is. */
static int64_t read_directories(stead_rows *rows, int64_t first, int64_t last, index_frequent *frequent)
{
	int64_t damaged = 0;

	memset(frequent, 0, sizeof *frequent);
	while (stead_next(rows)) {
		int64_t block = stead_column(rows, 0, STEAD_INT).integer;
		stead_value entries;

		if (block >= first && block <= last &&
		    (!stead_column_sound(rows, 1, STEAD_BYTES, &entries) || entries.null || !read_directory(entries, frequent)))
			damaged = block;
	}
	stead_close(rows);
	return damaged;
}

int64_t index_find_frequent(stead_call *call, int dimension, int64_t since, int64_t until, int64_t first, int64_t last,
                            index_frequent *frequent)
{
	return read_directories(
		stead_open_as(call, STEAD_CURSOR | STEAD_BY_KEY,
	                  "SELECT block, entries FROM stead_audit_posting WHERE dimension = $1 AND bucket ="
	                  " $2 AND last_event_at >= $3 AND last_event_at <= $4 ORDER BY last_event_at, block, part",
	                  4,
	                  (stead_value[]){stead_int(dimension + 1), stead_int(INDEX_DIRECTORY), stead_time(since),
	                                  stead_time(until)}),
		first, last, frequent);
}

/* Returns how many rows it had. */
static int64_t delete_frequent(stead_call *call, int dimension, int64_t block, int64_t last_event_at)
{
	index_frequent frequent;
	int64_t deleted = 0;

	read_directories(
		stead_open_as(call, STEAD_CURSOR | STEAD_BY_KEY,
	                  "SELECT block, entries FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND"
	                  " last_event_at = $3 AND block = $4 ORDER BY part",
	                  4,
	                  (stead_value[]){stead_int(dimension + 1), stead_int(INDEX_DIRECTORY), stead_time(last_event_at),
	                                  stead_int(block)}),
		block, block, &frequent);
	for (int64_t bucket = LAST_SHARED; (bucket = index_next_bucket(&frequent, bucket));)
		deleted += delete_bucket(call, dimension, bucket, block, last_event_at);
	return deleted + delete_bucket(call, dimension, INDEX_DIRECTORY, block, last_event_at);
}

/* How many rows a block says that it has; -1: that was damaged. */
static int64_t count_of_block(stead_call *call, stead_value number)
{
	stead_rows *rows = stead_open(call, "SELECT postings FROM stead_audit_index WHERE block = $1", 1, &number);
	stead_value count = stead_int(0);

	if (stead_next(rows) && (!stead_column_sound(rows, 0, STEAD_INT, &count) || count.null))
		count = stead_int(-1);
	stead_close(rows);
	return count.integer;
}

/* If it has another number of rows, somebody has changed them: then the whole table is searched. */
void index_delete(stead_call *call, int64_t block, int64_t last_event_at, int64_t events)
{
	stead_value number = stead_int(block);
	int64_t count = count_of_block(call, number), deleted = 0;
	int bits = index_bits(events);

	for (int i = 0; i < INDEX_DIMENSIONS; i++) {
		for (int64_t bucket = INT64_C(1) << bits; bucket < INT64_C(2) << bits; bucket++)
			deleted += delete_bucket(call, i, bucket, block, last_event_at);
		if (bits)
			deleted += delete_frequent(call, i, block, last_event_at);
	}
	if (deleted != count)
		stead_run(call, "DELETE FROM stead_audit_posting WHERE block = $1", 1, &number);
	stead_run(call, "DELETE FROM stead_audit_index WHERE block = $1", 1, &number);
}

bool index_has(stead_call *call, int64_t block)
{
	return stead_any(call, "SELECT 1 FROM stead_audit_index WHERE block = $1", 1, (stead_value[]){stead_int(block)});
}

void index_clear(stead_call *call, int64_t block)
{
	stead_value number = stead_int(block);

	index_delete_summaries(call, block);
	if (stead_run(call, "DELETE FROM stead_audit_index WHERE block = $1", 1, &number))
		stead_run(call, "DELETE FROM stead_audit_posting WHERE block = $1", 1, &number);
}

/* Does a query give this value? */
static bool is_stored(stead_call *call, const char *sql, int count, const stead_value *key, stead_value expected)
{
	stead_rows *rows = stead_open_as(call, STEAD_BY_KEY, sql, count, key);
	stead_value stored;
	bool same;

	if (!stead_next(rows))
		return false;
	same = stead_column_sound(rows, 0, expected.type, &stored) && !stored.null &&
	       (expected.type == STEAD_INT
	            ? stored.integer == expected.integer
	            : stored.size == expected.size &&
	                  (!stored.size || memcmp(stored.data, expected.data, stored.size) == 0)); /* empty: may be NULL */
	stead_close(rows);
	return same;
}

unsigned index_compare(stead_call *call, const index_builder *builder, int64_t block, int64_t last_event_at)
{
	stead_value key[5] = {stead_int(block)};
	unsigned different = 0;

	if (!is_stored(call, "SELECT trigrams FROM stead_audit_index WHERE block = $1", 1, key, builder->stored_trigrams))
		different |= INDEX_TRIGRAMS;
	if (!is_stored(call, "SELECT postings FROM stead_audit_index WHERE block = $1", 1, key,
	               stead_int((int64_t)builder->row_count)))
		different |= INDEX_COUNT;
	for (size_t i = 0; i < builder->row_count; i++) {
		const index_row *row = &builder->rows[i];

		row_key(row, block, last_event_at, key);
		if (!(different >> row->dimension & 1) &&
		    !is_stored(call,
		               "SELECT entries FROM stead_audit_posting WHERE dimension = $1 AND bucket = $2 AND last_event_at"
		               " = $3 AND block = $4 AND part = $5",
		               5, key, index_row_entries(builder, row)))
			different |= 1u << row->dimension;
	}
	return different;
}

stead_rows *index_open_strays(stead_call *call)
{
	return stead_open_as(call, STEAD_CURSOR,
	                     "SELECT p.block FROM (SELECT block, count(*) AS rows FROM stead_audit_posting GROUP BY block)"
	                     " AS p WHERE NOT EXISTS (SELECT 1 FROM stead_audit_index AS i WHERE i.block = p.block AND"
	                     " i.postings >= p.rows) ORDER BY p.block",
	                     0, NULL);
}
