/*
 * summarise.h - upkeep of the index: the postings of 64 blocks are added up (index/summary.h) and stored together.
 */
#ifndef STEAD_SEAL_SUMMARISE_H
#define STEAD_SEAL_SUMMARISE_H

#include "trail/index/summary.h"
#include "trail/seal/seal.h"

/* Held by whoever makes summaries, and by prunes: for each, the other would come between reading and writing. */
extern const stead_lock summarise_lock;

/* The dimensions that have totals. Actions have rollups, and resource_id has nearly as many values as events. */
#define SUMMARISED (1u << INDEX_RESOURCE_TYPE | 1u << INDEX_ACTOR_ID | 1u << INDEX_ACTOR_NAME | 1u << INDEX_IP_ADDRESS)

/* The blocks first .. first + INDEX_RANGE - 1. */
typedef struct {
	int64_t first, events;
	int64_t first_event_at, last_event_at; /* of all events */
	int64_t first_end;                     /* the earliest last_event_at of a block */
} summarise_range;
/* False: a block is missing, not indexed or pruned, or its prune has begun. */
bool summarise_read_range(stead_call *call, int64_t first, summarise_range *range);
/* Makes the summary that the postings of a range give. False: a posting is damaged. */
bool summarise_make(stead_call *call, const summarise_range *range, int dimension, index_summary *summary);

/* Where the search for a missing summary has got to. Zero-initialise it. */
typedef struct {
	int dimension;
	int64_t first;
	bool made,
		busy; /* by the latest step: it has made one, or must wait as a prune is at work; neither: none is left */
} summarise_place;
/* Makes the next summary that is missing and can be made. On PostgreSQL it stores the range's postings again in the
 * order of their key, as a look-up reads them: when they are sealed, those of one bucket come into as many pages as
 * there are blocks. The caller holds the lock of sealing. Returns why it failed and was undone, or NULL. */
const char *summarise_next(stead_call *call, summarise_place *place);

#endif
