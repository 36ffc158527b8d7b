/*
 * shelf.h - which leaf an event is, for a reader that goes through events in another order than that of sealing.
 *
 * Those of a time are mostly of a few blocks, so some blocks' ids are kept at hand, sorted; their room is that of the
 * largest block, made once.
 */
#ifndef STEAD_SEAL_SHELF_H
#define STEAD_SEAL_SHELF_H

#include "trail/seal/seal.h"

typedef struct {
	int64_t id, leaf;
} seal_numbered;

/* The events of a block, or those after the last block of an era, which have no numbers. */
typedef struct {
	bool used;
	bool sealed;     /* of a block */
	int64_t account; /* that says the block is pruned, or begun to be; 0: none does */
	int64_t block, era, count, recalled;
	seal_position after, until;
	seal_numbered *events; /* by id */
} seal_shelf;

#define SEAL_SHELVES 8
typedef struct {
	int64_t room, clock; /* events on a shelf; the time by which shelves were recalled */
	seal_shelf shelves[SEAL_SHELVES];
} seal_shelves;

void shelves_open(stead_call *call, seal_shelves *all);
/* The shelf on which an event at this place must be, if it is sealed. */
const seal_shelf *shelf_find(stead_call *call, seal_shelves *all, int64_t era, seal_position place);
/* The event's number in the tree; -1: it is not sealed, or not among what was. */
int64_t shelf_leaf(const seal_shelf *shelf, int64_t id);

#endif
