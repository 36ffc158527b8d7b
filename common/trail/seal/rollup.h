/*
 * rollup.h - counts the events of a range by rollups of whole days and hours. The events in the incomplete hours at
 * both ends, and those not sealed yet, are counted one by one. The sum is exactly what counting all events would give.
 */
#ifndef STEAD_AUDIT_ROLLUP_H
#define STEAD_AUDIT_ROLLUP_H

#include "core/query.h"
#include "trail/seal/seal.h"

/* A range, and the whole hours and whole days in it. A null since or until means no limit. */
typedef struct {
	int64_t since, hour_from, day_from, day_until, hour_until, until;
} rollup_range;
rollup_range rollup_split(stead_value since, stead_value until);

/* Is there a block? If not, there are no rollups. */
bool rollup_any(stead_call *call);
/* Appends "(SELECT ... UNION ALL ...) AS parts" without the events of whole hours that are not sealed. Its rows are
 * (action, events, failures, first_event_at, last_event_at); an action may have several. */
void rollup_sealed(stead_call *call, stead_query *query, const rollup_range *range);
/* Appends " AND ..." for a column's times from one up to another. */
void rollup_between(stead_call *call, stead_query *query, const char *column, int64_t from, int64_t until);
/* Appends a query for a few pairs of times, which may be null: the first and the last time of the same events are among
 * them, and no other is earlier or later. */
void rollup_times(stead_call *call, stead_query *query, const rollup_range *range);
/* The sum of counts as two columns, its high and its low 32 bits. A database's own sum would raise an error of the
 * database if counts that were changed by hand are too large. */
#define ROLLUP_SUM(counts)                                                                                             \
	"coalesce(CAST(sum(" counts " >> 32) AS bigint), 0)"                                                               \
	" + (coalesce(CAST(sum(" counts " & 4294967295) AS bigint), 0) >> 32),"                                            \
	" coalesce(CAST(sum(" counts " & 4294967295) AS bigint), 0) & 4294967295"
/* The sum in the two columns from index on. Raises if it cannot be a number of events. */
int64_t rollup_read_sum(stead_call *call, stead_rows *rows, int index);
/* The sum of two counts, with the same error. */
int64_t rollup_plus(stead_call *call, int64_t a, int64_t b);
/* Appends a query for columns of the events that are not sealed. With a condition, only those that meet it; query takes
 * its parameters, and has none before. False: all events are sealed, and nothing was appended. */
bool rollup_unsealed(stead_call *call, stead_query *query, const char *columns, const stead_query *condition);
/* The same of the events of an era after one position, up to another. */
void rollup_range_of_era(stead_call *call, stead_query *query, const char *columns, const stead_query *condition,
                         int64_t era, seal_position after, seal_position until);

#endif
