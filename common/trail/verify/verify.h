/*
 * verify.h - does what is stored still agree with what was sealed?
 */
#ifndef STEAD_VERIFY_H
#define STEAD_VERIFY_H

#include "trail/seal/seal.h"
#include "trail/seal/account.h"
#include "trail/seal/fold.h"

/* A verification under way: what it has found so far. */
typedef struct {
	stead_call *call;
	stead_sha256_stream sha;
	seal_accounts accounts;
	int64_t blocks, sealed, ok, changed, missing, added, pruned; /* events, but for the first */
	int64_t faults, of_block; /* all, and those of the current block */
	merkle_range whole, own, stored;
	/* of the current block, in its scope */
	fold_table seen;      /* what its events fold */
	unsigned char *found; /* for each leaf: was its event there? */
} verification;

#define VERIFY_MOST_FAULTS 100 /* told of one block */
/* Emits a finding; block and event_id may be null. */
void verify_report(verification *now, stead_value block, const char *status, stead_value event_id, const char *detail);

/* events.c: compares the events of a block with its leaves, in leaves (a null: that row is gone). pruned: what
 * is missing is accounted for. */
void verify_events(verification *now, const seal_block *block, seal_position after, stead_value leaves, bool pruned);
/* rollup.c: compares the rollups with what the blocks folded in. */
void verify_rollups(verification *now);

#endif
