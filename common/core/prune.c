/*
 * prune.c - see prune.h.
 */
#include "core/prune.h"

#include "core/upkeep.h"

#define CHUNK 16 /* rows deleted until the first look at the clock, if there is a deadline */

int64_t prune_rows(stead_call *call, const char *sql, int64_t cutoff, int64_t max_rows, int64_t deadline)
{
	int64_t deleted = 0, chunk = CHUNK, wanted, gone;

	do {
		wanted = max_rows - deleted;
		if (deadline != INT64_MAX && wanted > chunk)
			wanted = chunk;
		chunk *= stead_batch(1, 2);
		gone = stead_run(call, sql, 2, (stead_value[]){stead_time(cutoff), stead_int(wanted)});
		deleted += gone;
	} while (gone == wanted && deleted < max_rows && stead_now(call) <= deadline);
	return deleted;
}

void prune_preview(stead_call *call, const char *sql, int64_t cutoff, int64_t most, int64_t *expired_rows,
                   stead_value *oldest_at)
{
	stead_rows *rows = stead_open(call, sql, 2, (stead_value[]){stead_time(cutoff), stead_int(most)});

	stead_next(rows);
	*expired_rows = stead_column(rows, 0, STEAD_INT).integer;
	*oldest_at = stead_column_time(rows, 1);
	stead_close(rows);
}
