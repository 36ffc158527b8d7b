/*
 * verify.h - does what is stored still agree with what was sealed?
 */
#ifndef STEAD_VERIFY_H
#define STEAD_VERIFY_H

#include "trail/index/index.h"
#include "trail/seal/seal.h"
#include "trail/seal/account.h"
#include "trail/seal/fold.h"

/* The events whose redaction an event records, in ascending order. */
typedef struct {
	int64_t *id;
	size_t count, room;
	bool known; /* read already */
	bool kept;  /* in the memory of the call, not of a block */
} verify_redactions;

/* A verification, and what it has found so far. */
typedef struct {
	stead_call *call;
	stead_sha256_stream sha;
	seal_accounts accounts;
	int64_t blocks;
	int64_t sealed, ok, changed, missing, added, pruned; /* numbers of events */
	int64_t faults, block_faults;                        /* all, and those of the current block */
	merkle_range tree;                                   /* up to the current block's end */
	verify_redactions redactions;
	index_key key; /* of the index */
	bool has_key;
	/* Of the current block: */
	merkle_range subtrees; /* as stored; count is -1 if they are damaged */
	merkle_range leaves;   /* recomputed from its events */
	fold_table seen;       /* what its events add to the rollups */
	index_builder index;   /* what its events are indexed by */
	unsigned char *found;  /* for each leaf: was its event there? */
} verify_state;

#define VERIFY_MOST_FAULTS 100 /* findings that are emitted for one block */
/* Emits a finding. block and event_id may be null. */
void verify_report(verify_state *verification, stead_value block, const char *status, stead_value event_id,
                   const char *detail);

/* events.c: compares the events of a block with the list of its leaves (a null: that row is gone). pruned: the block
 * has an account, so events may be missing. indexed: it says that it is indexed. */
void verify_events(verify_state *verification, const seal_block *block, seal_position after, stead_value leaves,
                   bool pruned, bool indexed);
/* After a block: if it needed the redactions, they are read once more, to be kept for the others. */
void verify_keep_redactions(verify_state *verification);
/* index.c: compares the index of a block with what its events make. */
void verify_index(verify_state *verification, const seal_block *block, bool indexed);
/* Reports what is in the index beside that. */
void verify_index_strays(verify_state *verification);
/* summary.c: compares the summaries of the index with what its postings make. */
void verify_summaries(verify_state *verification);
/* rollup.c: compares the rollups with what the blocks added to them. */
void verify_rollups(verify_state *verification);

#endif
