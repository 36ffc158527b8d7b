/*
 * expired.h - which blocks of the audit log are older than a cutoff, wherever they lie.
 */
#ifndef STEAD_SEAL_EXPIRED_H
#define STEAD_SEAL_EXPIRED_H

#include "trail/seal/seal.h"

#define SEAL_NEVER INT64_MAX

/* The time that a block goes by, as the clock says it is now: that of its last event. Times that are ahead of the clock are of a
 * clock that was wrong, and tell nothing: then the last of the others; where there is none, the first time not ahead at which
 * this block or a later one was sealed, as its events were there by then; else SEAL_NEVER. The block needs its folded. */
int64_t seal_expires_by(stead_call *call, const seal_block *block, int64_t now);
/* Does the block hold nothing but events of prunes? To prune those alone would only make another. */
bool seal_is_idle(const seal_block *block);

/* A block that no prune has begun, and that is older than a cutoff. */
typedef struct {
	int64_t block, events, first_event_at, expires_by;
	bool idle;
} seal_expired_block;
/* A walk over them: by sources, in each the oldest first. */
typedef struct {
	stead_call *call;
	int64_t cutoff, now, begun;
	int source;
	stead_rows *rows;
} seal_expired_walk;
void seal_expired_open(stead_call *call, seal_expired_walk *walk, int64_t cutoff);
bool seal_expired_next(seal_expired_walk *walk, seal_expired_block *block);
void seal_expired_close(seal_expired_walk *walk);

/* The block that a prune has begun, and not ended; 0: there is none. */
int64_t seal_begun(stead_call *call);
/* The next block to be pruned for its own sake, or an idle one that is older; 0: there is none. */
int64_t seal_oldest_expired(stead_call *call, int64_t cutoff);
/* Is there an event older than the cutoff that is settled and not sealed? Of those that are sealed and older it looks at some only. */
bool seal_any_expired_unsealed(stead_call *call, int64_t cutoff);

#endif
