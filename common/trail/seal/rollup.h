/*
 * rollup.h - counts of a range from rollups for whole hours and days, from events at its edges, and from those that
 * are not sealed yet. The sum is exactly what counting all events would give.
 */
#ifndef STEAD_AUDIT_ROLLUP_H
#define STEAD_AUDIT_ROLLUP_H

#include "core/query.h"

/* A range, and where in it whole hours and whole days lie; a missing end is the end of time. */
typedef struct {
	int64_t since, hour_from, day_from, day_until, hour_until, until;
} rollup_range;
rollup_range rollup_split(stead_value since, stead_value until);

/* Is anything sealed? If not, there are no rollups. */
bool rollup_any(stead_call *call);
/* Appends "(SELECT ... UNION ALL ...) AS parts": rows (action, events, failures, first_event_at, last_event_at), any
 * number for an action. */
void rollup_parts(stead_call *call, stead_query *query, const rollup_range *range);
/* A sum of counts, in two columns: a database's own sum ends in its own error when rows that somebody has written are
 * too large. In the order of the first and then the second column, sums are in order. */
#define ROLLUP_SUM(counts) \
	"coalesce(CAST(sum(" counts " >> 32) AS bigint), 0)" \
	" + (coalesce(CAST(sum(" counts " & 4294967295) AS bigint), 0) >> 32)," \
	" coalesce(CAST(sum(" counts " & 4294967295) AS bigint), 0) & 4294967295"
/* What these two columns say, from index on. Raises if it is no number of events. */
int64_t rollup_read_sum(stead_call *call, stead_rows *rows, int index);
/* The sum of two such counts, with the same error. */
int64_t rollup_plus(stead_call *call, int64_t a, int64_t b);
/* Appends a query for the events (action, success, occurred_at) that are not sealed. */
void rollup_unsealed(stead_call *call, stead_buffer *sql);

#endif
