/*
 * summary.h - summaries: how many events each value of a dimension has in a range of 64 blocks.
 *
 * The index has a row for each block and bucket. Whoever counts the values of a large log would read all of them. So
 * upkeep adds up the postings of each 64 blocks, and stead_audit_top() reads what it has added up.
 */
#ifndef STEAD_INDEX_SUMMARY_H
#define STEAD_INDEX_SUMMARY_H

#include "trail/index/index.h"

/* ---- Totals by value: totals.c ---------------------------------------------------------------------------------- */

#define INDEX_MOST_VALUES 1000000 /* they take up to 130 MB */
/* A hash table of values by what rows have of their hashes. That another value has the same 6 bytes as one of the most
 * frequent is as good as impossible. An item without events is free. Zero-initialise it. */
typedef struct {
	index_total *items;
	size_t count, size; /* size: 2 to the power of something */
} index_totals;
/* Adds totals. False: there are more values than most. */
bool index_add_totals(stead_call *call, index_totals *table, const index_total *totals, int count, size_t most);

/* ---- Summaries: summary.c --------------------------------------------------------------------------------------- */

#define INDEX_RANGE 64 /* blocks; the first of a range is 1, 65, 129 .. */

/* The entries of a row: a varint, the highest of the ids; then for each value the last 6 bytes of its hash,
 * and three varints: its events, those without success, and the highest id - the id of one of its events. A summary's
 * values are in the order of these 6 bytes, in rows of about 900 bytes, whose parts are numbered from 0. A summary with
 * empty entries has no totals: they would be nearly as long as the postings. With null entries they wait to be made
 * again. */
typedef struct {
	int64_t first_event_at, last_event_at; /* of all events of the range */
	stead_value *rows;                     /* the entries of each part */
	size_t count, room;
} index_summary;
/* Makes the rows of these totals. */
void index_summarise(stead_call *call, const index_totals *totals, index_summary *summary);
/* What index_read_totals() does for a row of postings. */
int index_read_summary(stead_value entries, index_total totals[INDEX_MOST_TOTALS]);

/* Replaces what is stored of a range. No rows: its totals wait to be made again. */
void index_store_summary(stead_call *call, int dimension, int64_t first_block, const index_summary *summary);
/* Deletes those of all dimensions of the range that a block is in, but not what another transaction has locked:
 * upkeep deletes that. */
void index_delete_summaries(stead_call *call, int64_t block);
/* The postings of the block were changed: the totals must be made again. */
void index_spoil_summary(stead_call *call, int dimension, int64_t block);
/* The first block of the range of a block, which is 1 or more. */
static inline int64_t index_range_of(int64_t block)
{
	return (block - 1) / INDEX_RANGE * INDEX_RANGE + 1;
}
/* Is it the first block of a range? What is stored may be of somebody's hand. */
static inline bool index_is_range(int64_t first)
{
	return first >= 1 && first <= INT64_MAX / 2 && index_range_of(first) == first;
}

#endif
