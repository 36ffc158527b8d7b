/*
 * limit.h - taking of a rate limit that another module of Stead's defines itself.
 */
#ifndef STEAD_LIMIT_H
#define STEAD_LIMIT_H

#include "lib/gcra.h"
#include "stead.h"

#define LIMIT_MAX_SUBJECT 500

/* Takes a cost of 1 to the burst, in one statement. Returns 0, or after how many milliseconds it would be allowed. name
 * is that of a row of stead_limit. */
int64_t limit_take_as(stead_call *call, stead_value name, const gcra *limit, stead_value subject, int64_t cost);

#endif
