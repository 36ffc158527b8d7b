/*
 * expired.h - finds the blocks of the audit trail that are older than a cutoff, wherever they are.
 */
#ifndef STEAD_SEAL_EXPIRED_H
#define STEAD_SEAL_EXPIRED_H

#include "trail/seal/seal.h"

#define SEAL_NEVER INT64_MAX

/* The time by which a block expires: the time of its last event. Times ahead of the clock come from a wrong clock and
 * do not count. If there is no other, it is the first time, not ahead, at which this block or a later one was sealed:
 * by then its events existed. Else it is SEAL_NEVER. now is the clock's time; the block must have its folded. */
int64_t seal_expires_by(stead_call *call, const seal_block *block, int64_t now);

/* A block that is older than the cutoff, and whose prune has not begun. */
typedef struct {
	int64_t block, events, first_event_at, expires_by;
	bool idle; /* it has only events of prunes: a prune of it alone would only write another one */
} seal_expired_block;
/* A walk over these blocks: source by source, and the oldest of a source first. */
typedef struct {
	stead_call *call;
	int64_t cutoff, now, begun;
	int source;
	stead_rows *rows;
} seal_expired_walk;
void seal_expired_open(stead_call *call, seal_expired_walk *walk, int64_t cutoff);
bool seal_expired_next(seal_expired_walk *walk, seal_expired_block *block);
void seal_expired_close(seal_expired_walk *walk);

/* The block whose prune has begun and not ended; 0: there is none. */
int64_t seal_begun(stead_call *call);
/* The oldest expired block, which may be an idle one; 0 if all expired blocks are idle, or there is none. */
int64_t seal_oldest_expired(stead_call *call, int64_t cutoff);
/* Is there a settled event older than the cutoff that is not sealed? It looks at a limited number of the oldest events;
 * maybe is the answer if all of these are sealed, and there are more. */
bool seal_any_expired_unsealed(stead_call *call, int64_t cutoff, bool maybe);

#endif
