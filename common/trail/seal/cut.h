/*
 * cut.h - where a block of the audit log ends.
 *
 * A block ends when it is full; once it has 100 events, when a day is over or times jump by more than a day. What is pruned is a
 * block, so one that a prune makes also ends between what is older than its cutoff and what is not, that no event is kept for others.
 * But where many events are to be sealed, that takes a stretch of 20 on either side, or one up to their end: where old and young
 * alternate, as in an import beside events of now, a block for each would be more than the events themselves. Those blocks mix, and
 * are kept until the youngest goes.
 */
#ifndef STEAD_CUT_H
#define STEAD_CUT_H

#include "stead.h"

#define CUT_NO_CUTOFF INT64_MIN
#define CUT_LEAST 20
#define CUT_MANY 100

typedef struct {
	int64_t occurred_at;
	bool idle; /* of a prune */
} cut_event;

typedef struct {
	int64_t max_events, cutoff, least; /* least: of a stretch that is worth a block */
	int64_t events, first_event_at, last_event_at; /* of the block so far */
	bool idle;           /* does it hold nothing but events of prunes? */
	int64_t previous_at; /* the time of the event before the next */
	cut_event waiting[CUT_LEAST + 1]; /* events after it, that may begin the next */
	int waiting_count;
} seal_cut;

/* Does a block that has events end before another event, whatever the cutoff? */
bool cut_ends(int64_t events, int64_t first_event_at, int64_t last_event_at, int64_t max_events, int64_t occurred_at);

/* left: how many events are to be sealed, this block's and those after it; what is over CUT_MANY need not be counted. */
void cut_begin(seal_cut *cut, int64_t max_events, int64_t cutoff, int64_t left);
/* Looks at another event. True: the block has ended, before those that wait. */
bool cut_add(seal_cut *cut, int64_t occurred_at, bool idle);
/* Begins the next block, with the events that wait. True: it has ended as well, before those that wait then. */
bool cut_next(seal_cut *cut, int64_t left);

#endif
