/*
 * total.h - how many sealed events have failed. Rollups may be pruned, so the sum is kept in a row of its own, which no
 * prune lowers.
 */
#ifndef STEAD_SEAL_TOTAL_H
#define STEAD_SEAL_TOTAL_H

#include "stead.h"

/* The caller holds the lock of sealing. Without the row, the rollups have the sum: they have the block already. */
void total_add_failures(stead_call *call, int64_t failures);
int64_t total_failures(stead_call *call);

#endif
