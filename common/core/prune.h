/*
 * prune.h - what the retention targets among Stead's own tables share.
 */
#ifndef STEAD_TARGET_H
#define STEAD_TARGET_H

#include "stead.h"

/* Deletes in chunks, as a stead_target's prune is to. sql is a literal: it deletes rows before the cutoff $1, the $2 oldest. */
int64_t target_prune(stead_call *call, const char *sql, int64_t cutoff, int64_t max_rows, int64_t deadline);
/* sql, a literal, gives one row: how many rows are before the cutoff $1, of the $2 oldest, and the oldest one's time. */
void target_preview(stead_call *call, const char *sql, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at);

#endif
