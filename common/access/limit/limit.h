/*
 * limit.h - what the files of rate limits share; and taking of a limit that another module of Stead's defines itself.
 */
#ifndef STEAD_LIMIT_H
#define STEAD_LIMIT_H

#include "stead.h"

#define LIMIT_MAX_SUBJECT 500

extern const stead_table limit_tables[]; /* in this order: */
enum { LIMIT_TABLE, SUBJECT_TABLE };
stead_tick limit_tick;       /* sweep.c */
stead_measure limit_measure; /* measure.c */

/* Takes 1 of a limit for a subject. Returns 0, or after how many milliseconds that would be allowed. If there is no
 * such limit, or another of that name, it is defined as max_count in per_seconds. */
int64_t limit_take_own(stead_call *call, const char *limit_name, int64_t max_count, int64_t per_seconds,
                       stead_value subject);
/* Makes a subject full again. */
void limit_reset_own(stead_call *call, const char *limit_name, stead_value subject);

#endif
