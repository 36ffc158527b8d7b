/*
 * join.h - finds the sealed events that have certain values, block by block, in the index of sealed blocks.
 *
 * Of a filter, it looks at the keys that have only exact values, and at success. Whether an event matches the whole
 * filter is for the caller to say, when it has read the event.
 */
#ifndef STEAD_AUDIT_JOIN_H
#define STEAD_AUDIT_JOIN_H

#include "trail/audit/filter.h"
#include "trail/index/lookup.h"

/* A position in the list, which is in descending order of positions. */
typedef struct {
	int64_t at, id;
} audit_place;
static inline bool audit_place_after(audit_place a, audit_place b)
{
	return a.at != b.at ? a.at > b.at : a.id > b.id;
}

/* The events that are wanted: from the newest position, which is included, back to a time. */
typedef struct {
	audit_place newest;
	int64_t since;
} audit_span;
/* From the filter's since and until, and the position that a page begins after, or NULL. */
audit_span audit_span_of(const audit_filter *filter, const audit_place *page);
static inline bool audit_span_is_empty(audit_span span)
{
	return span.newest.at < span.since;
}

/* The candidates of a block: a list of ids for each value of one key. They have the values of the other keys too, but
 * for values that have the same hash. */
typedef struct {
	int64_t last_event_at, block;
	bool edge; /* the block has events before the span, or after it, or it may have */
	index_ids *lists;
	int count;
} audit_candidates;

typedef struct {
	int dimension, count;
	index_lookup *lookups; /* one for each value */
	index_ids *lists;
	int64_t taken, blocks; /* how many candidates it had in how many blocks */
} join_key;

typedef struct {
	int64_t last_event_at, block;
} join_block;

typedef struct {
	stead_call *call;
	audit_span span;
	join_key key[FILTER_TEXTS];
	int keys;
	join_block *upper, *lower; /* blocks that reach beyond an end of the span */
	size_t upper_count, lower_count, next_upper;
	uint64_t *bits;
	size_t bits_room;
} audit_join;

/* Does the filter have a key that a join finds events by? */
bool audit_join_applies(const audit_filter *filter);
void audit_join_open(stead_call *call, index_key *key, const audit_filter *filter, audit_span span, audit_join *join);
/* No block that is left has an event later than this. False: no block is left. */
bool audit_join_bound(const audit_join *join, int64_t *at);
/* Moves on. True: there is a block with candidates. False: nothing is known of the block it has looked at. */
bool audit_join_step(audit_join *join, audit_candidates *candidates);
void audit_join_close(audit_join *join);

#endif
