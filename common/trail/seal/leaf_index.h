/*
 * leaf_index.h - finds the leaf index of an event, for a reader that does not read events in the order of sealing.
 *
 * Events of about the same time are mostly in a few blocks. So the ids of a few blocks are cached, sorted. Each has
 * memory for the largest block, which is allocated once.
 */
#ifndef STEAD_LEAF_INDEX_H
#define STEAD_LEAF_INDEX_H

#include "trail/seal/seal.h"

typedef struct {
	int64_t id, leaf;
} leaf_index_event;

/* The events of a block, or those after the last block of an era, which have no leaves. */
typedef struct {
	bool used;
	bool sealed;     /* it is a block */
	int64_t account; /* of the block's prune, which may not have ended; 0: there is none */
	int64_t block, era, count, used_at;
	seal_position after, until;
	leaf_index_event *events; /* by id */
} leaf_index_entry;

#define LEAF_INDEX_ENTRIES 8
typedef struct {
	int64_t room;  /* events that fit in each entry */
	int64_t clock; /* counts the look-ups: the entry that was not used for longest is evicted */
	leaf_index_entry entries[LEAF_INDEX_ENTRIES];
} leaf_index;

void leaf_index_open(stead_call *call, leaf_index *index);
/* The entry that has the event at this position, if it is sealed. */
const leaf_index_entry *leaf_index_find(stead_call *call, leaf_index *index, int64_t era, seal_position place);
/* The event's leaf index; -1: it is not sealed, or the block does not list it. */
int64_t leaf_index_of(const leaf_index_entry *entry, int64_t id);

#endif
