/*
 * account.h - accounts of what was pruned: a chain of digests, the newest of which the newest stead.prune event names.
 */
#ifndef STEAD_SEAL_ACCOUNT_H
#define STEAD_SEAL_ACCOUNT_H

#include "trail/seal/seal.h"

typedef struct {
	int64_t account, cutoff, events, made_at; /* events: of rollups, the latest block then */
	stead_value block; /* null: rollups */
	unsigned char digest[STEAD_SHA256_SIZE];
} seal_account;

/* The digest of an account that follows another, or none (NULL), of a block with that digest, or of none (a null). */
void account_digest(stead_sha256_stream *sha, const seal_account *account, const unsigned char *before, stead_value block_digest,
                    unsigned char out[STEAD_SHA256_SIZE]);
/* The newest account; false: there is none. */
bool account_last(stead_call *call, seal_account *last);
/* Adds an account of a block, or of the rollups (NULL). */
void account_add(stead_call *call, const seal_block *block, int64_t cutoff);
/* Appends what the event of a prune says of the newest account. */
void account_describe(stead_call *call, stead_buffer *details);

/* What the accounts are worth. */
typedef struct {
	int64_t count;
	int64_t trusted; /* accounts up to this one are in order, and an event stands behind them */
	int64_t faulty;    /* the first that something is wrong with */
	const char *fault; /* what that is; NULL: nothing */
	/* Prunes of rollups: those of before the cutoff were deleted, when the latest block was that one. */
	struct rollup_prune {
		int64_t account, cutoff, block;
	} *prunes;
	size_t prune_count, prune_room;
} seal_accounts;
void account_check(stead_call *call, seal_accounts *accounts);

#endif
