/*
 * account.h - accounts of what was pruned. They are a chain of digests. The latest event stead.prune names the latest
 * one.
 */
#ifndef STEAD_SEAL_ACCOUNT_H
#define STEAD_SEAL_ACCOUNT_H

#include "trail/seal/seal.h"

typedef struct {
	int64_t account, cutoff, events, made_at; /* events: for rollups, the number of the latest block at that time */
	stead_value block;                        /* null: rollups */
	unsigned char digest[STEAD_SHA256_SIZE];
} seal_account;

/* Adds the account of a block, or of rollups (NULL). */
void account_add(stead_call *call, const seal_block *block, int64_t cutoff);
/* Appends the latest account and its digest to the details of a prune's event. */
void account_describe(stead_call *call, stead_buffer *details);

/* The accounts after a check. */
typedef struct {
	int64_t count;
	int64_t trusted;   /* accounts up to this one are right, and an event confirms them */
	int64_t faulty;    /* the first wrong one */
	const char *fault; /* what is wrong with it; NULL: none is wrong */
	/* Prunes of rollups: those before the cutoff were deleted when block was the latest block. */
	struct rollup_prune {
		int64_t account, cutoff, block;
	} * prunes;
	size_t prune_count, prune_room;
} seal_accounts;
void account_check(stead_call *call, seal_accounts *accounts);

#endif
