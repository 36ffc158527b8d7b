/*
 * prune.h - pruning the audit log: whole blocks, oldest first wherever they lie, each accounted for before its
 * events are deleted.
 */
#ifndef STEAD_SEAL_PRUNE_H
#define STEAD_SEAL_PRUNE_H

#include "stead.h"

/* As stead_target has them. When a block is expired: expired.h. */
int64_t seal_prune(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details);
void seal_preview(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at);

#endif
