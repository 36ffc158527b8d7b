/*
 * gcra.h - the generic cell rate algorithm (ITU-T I.371, annex A; ATM Forum Traffic Management 4.1, section 4.4.2), in
 * its form of virtual scheduling: of each subject one time is kept, when it will be full again. Pure.
 *
 * max_count in per_seconds is one in T = per_seconds / max_count. Taking moves the time ahead by T for each unit of
 * cost; it may be at most burst * T ahead of now. T is rarely whole microseconds. So a time has a second number, its
 * parts of a microsecond: that makes all sums exact.
 */
#ifndef STEAD_GCRA_H
#define STEAD_GCRA_H

#include <stdbool.h>
#include <stdint.h>

#define GCRA_MAX_COUNT INT64_C(1000000000)
#define GCRA_MAX_SECONDS INT64_C(31622400)      /* 366 days */
#define GCRA_MAX_SPAN INT64_C(3155760000000000) /* 100 years, in microseconds */

/* A time or a span: microseconds, and parts of the next one. */
typedef struct {
	int64_t us, part;
} gcra_time;

typedef struct {
	int64_t parts; /* of a microsecond: max_count, in lowest terms with per_seconds */
	int64_t step;  /* T, in parts */
	int64_t burst;
	gcra_time full; /* burst * T */
} gcra;

/* False: burst * T is over 100 years, or too many parts to be exact. All three are in their ranges: 1 to
 * GCRA_MAX_COUNT, or to GCRA_MAX_SECONDS. */
bool gcra_define(int64_t max_count, int64_t per_seconds, int64_t burst, gcra *out);
/* What a cost of 1 to burst moves the time ahead by. */
gcra_time gcra_price(const gcra *limit, int64_t cost);
/* A subject may take the cost now if its time is this or earlier. */
gcra_time gcra_latest(const gcra *limit, int64_t now, int64_t cost);
/* How much a subject with that time may take now. */
int64_t gcra_remaining(const gcra *limit, int64_t now, gcra_time time);
/* From this time on, rounded up to whole microseconds, it may take the cost; at least now. */
int64_t gcra_free_at(const gcra *limit, int64_t now, gcra_time time, int64_t cost);

#endif
