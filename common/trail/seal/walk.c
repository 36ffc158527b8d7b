/*
 * walk.c - walks over events in the order of sealing. See seal.h.
 */
#include "trail/seal/seal.h"
#include "core/upkeep.h"

/* With a row value, SQLite seeks by the first column only. So a walk has up to three queries: the rest of the
 * transaction it begins in, the transactions between, and the beginning of the one it ends in. */
enum { FIRST, BETWEEN, LAST, DONE };

void seal_walk_open(stead_call *call, seal_walk *walk, int64_t era, seal_position after, seal_position until,
                    int64_t max_events)
{
	*walk =
		(seal_walk){.call = call, .era = era, .left = max_events, .after = after, .until = until, .stage = FIRST - 1};
}

void seal_walk_unsealed(stead_call *call, seal_walk *walk, int64_t era, int64_t max_events)
{
	seal_position after = seal_end_of_era(call, era), until = SEAL_AFTER_ALL;
	int64_t current, horizon;

	stead_horizon(call, &current, &horizon);
	if (era == current)
		until.transaction_id = horizon - 1;
	seal_walk_open(call, walk, era, after, until, max_events);
	walk->any = true;
	if (after.transaction_id > until.transaction_id)
		seal_walk_close(walk);
}

static stead_rows *open_transaction(seal_walk *walk, int64_t transaction_id, int64_t after, int64_t until)
{
	return stead_open_as(walk->call, STEAD_CURSOR,
	                     "SELECT " LEAF_FIELDS " FROM stead_audit_event"
	                     " WHERE era = $1 AND transaction_id = $2 AND id > $3 AND id <= $4 ORDER BY transaction_id,"
	                     " id LIMIT $5",
	                     5,
	                     (stead_value[]){stead_int(walk->era), stead_int(transaction_id), stead_int(after),
	                                     stead_int(until), stead_int(walk->left)});
}

/* Skips events whose transaction_id is not an integer, as seal_next_era() skips such eras: it would be read as a lower
 * one, and the event would be sealed again and again. */
static stead_rows *open_between(seal_walk *walk)
{
	return stead_open_as(walk->call, STEAD_CURSOR,
	                     "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE era = $1 AND transaction_id > $2"
	                     " AND transaction_id < $3 AND transaction_id = CAST(transaction_id AS bigint)"
	                     " ORDER BY transaction_id, id LIMIT $4",
	                     4,
	                     (stead_value[]){stead_int(walk->era), stead_int(walk->after.transaction_id),
	                                     stead_int(walk->until.transaction_id), stead_int(walk->left)});
}

static void next_stage(seal_walk *walk)
{
	bool one = walk->after.transaction_id == walk->until.transaction_id;

	walk->stage++;
	if (walk->stage == FIRST)
		walk->rows =
			open_transaction(walk, walk->after.transaction_id, walk->after.id, one ? walk->until.id : INT64_MAX);
	else if (walk->stage == BETWEEN && !one)
		walk->rows = open_between(walk);
	else if (walk->stage == LAST && !one)
		walk->rows = open_transaction(walk, walk->until.transaction_id, INT64_MIN, walk->until.id);
}

bool seal_walk_next(seal_walk *walk, stead_value event[LEAF_COLUMNS])
{
	while (walk->stage < DONE && walk->left > 0) {
		if (walk->rows && stead_next(walk->rows)) {
			walk->left--;
			if (walk->any)
				leaf_read_any(walk->rows, event);
			else
				leaf_read(walk->call, walk->rows, event);
			return true;
		}
		walk->rows = NULL;
		next_stage(walk);
	}
	seal_walk_close(walk);
	return false;
}

void seal_walk_close(seal_walk *walk)
{
	if (walk->rows)
		stead_close(walk->rows);
	walk->rows = NULL;
	walk->stage = DONE;
}
