/*
 * prune.h - what modules use to implement a stead_target on their own tables.
 */
#ifndef STEAD_PRUNE_H
#define STEAD_PRUNE_H

#include "stead.h"

/* Implements a target's prune: deletes in chunks. sql, a literal, deletes the $2 oldest rows before the cutoff $1. */
int64_t prune_rows(stead_call *call, const char *sql, int64_t cutoff, int64_t max_rows, int64_t deadline);
/* Implements a target's preview. sql, a literal, gives one row: how many of the $2 oldest rows are before the cutoff
 * $1, and the oldest one's time. */
void prune_preview(stead_call *call, const char *sql, int64_t cutoff, int64_t most, int64_t *expired_rows,
                   stead_value *oldest_at);

#endif
