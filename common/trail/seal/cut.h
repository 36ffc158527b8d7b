/*
 * cut.h - decides where a block of the audit trail ends.
 *
 * A block ends when it is full. Once it has 100 events, it also ends with the day, or where times jump by more than a
 * day. A block is pruned as a whole. So a block that a prune makes also ends between events older than the cutoff and
 * events that are not, so that they do not keep each other. But if many events are to be sealed, such a run must have
 * 20 events, or reach to the end. Where old and young events alternate, as when old ones are imported beside new ones,
 * a block for each would take more room than the events. Then blocks mix them, and are kept until the youngest event
 * expires.
 */
#ifndef STEAD_CUT_H
#define STEAD_CUT_H

#include "stead.h"

#define CUT_NO_CUTOFF INT64_MIN
#define CUT_LEAST 20
#define CUT_MANY 100

typedef struct {
	int64_t occurred_at;
	bool idle; /* a prune's event */
} cut_event;

typedef struct {
	int64_t max_events, cutoff, least;             /* least: the fewest events of a run that ends a block */
	int64_t events, first_event_at, last_event_at; /* of the block so far */
	bool idle;                                     /* it has only events of prunes */
	int64_t previous_at;                           /* the time of the event before the waiting ones */
	cut_event waiting[CUT_LEAST + 1];              /* events after it, which may begin the next block */
	int waiting_count;
} seal_cut;

/* Does a block that is not empty end before an event, whatever the cutoff is? */
bool cut_ends(int64_t events, int64_t first_event_at, int64_t last_event_at, int64_t max_events, int64_t occurred_at);

/* left: the number of events to be sealed, in this block and after it. Beyond CUT_MANY it need not be exact. */
void cut_begin(seal_cut *cut, int64_t max_events, int64_t cutoff, int64_t left);
/* Adds an event. True: the block has ended before the events that wait. */
bool cut_add(seal_cut *cut, int64_t occurred_at, bool idle);
/* Begins the next block with the events that wait. True: it has ended, too, before those that wait then. */
bool cut_next(seal_cut *cut, int64_t left);

#endif
