/*
 * prune.h - prunes the audit trail by whole blocks, the oldest first, wherever they are. An account of a block is
 * written before its events are deleted.
 */
#ifndef STEAD_SEAL_PRUNE_H
#define STEAD_SEAL_PRUNE_H

#include "stead.h"

/* See stead_target. expired.h tells when a block is expired. */
int64_t seal_prune(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details);
void seal_preview(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at);

#endif
