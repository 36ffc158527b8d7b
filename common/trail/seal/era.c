/*
 * era.c - see era.h.
 *
 * Events from before the restore keep their era. It has ended, so those that are not sealed are settled. Events logged
 * since then have the old era and low transaction numbers. They lie in the range of existing blocks and would never be
 * sealed, so they move to the new era, in which this cluster's transaction numbers grow.
 *
 * Once an era begins, everyone who logs an event waits until this transaction ends. So events are moved before that;
 * only those that were logged in the meantime are moved after it.
 */
#include "trail/seal/era.h"
#include "core/upkeep.h"

#include "trail/event.h"
#include "trail/seal/leaf_index.h"

#define STRAYS 10000 /* events that are moved at a time */

static bool is_counted_again(stead_call *call, int64_t *era, int64_t *horizon)
{
	stead_horizon(call, era, horizon);
	return *horizon != INT64_MAX && seal_end_of_era(call, *era).transaction_id >= *horizon;
}

bool era_is_behind(stead_call *call)
{
	int64_t era, horizon;

	return is_counted_again(call, &era, &horizon);
}

/* The first era after the given one that has no blocks and no events. */
static int64_t unused_era(stead_call *call, int64_t era)
{
	stead_value param;

	do {
		if (era == INT64_MAX)
			stead_raise(call, STEAD_CORRUPT, "stead_%s: no era is left", call->function->name);
		param = stead_int(++era);
	} while (stead_any(call, "SELECT 1 FROM stead_audit_block WHERE era = $1 LIMIT 1", 1, &param) ||
	       stead_any(call, "SELECT 1 FROM stead_audit_event WHERE era = $1 LIMIT 1", 1, &param));
	return era;
}

/* Finds up to STRAYS events of an era that lie in the range of a block but were not sealed in it. It looks at
 * transactions from first to before end. */
static int64_t find_strays(stead_call *call, leaf_index *index, int64_t era, int64_t first, int64_t end,
                           int64_t ids[STRAYS])
{
	stead_value params[] = {stead_int(era), stead_int(first), stead_int(end)};
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT transaction_id, id FROM stead_audit_event WHERE era = $1 AND"
	                                 " transaction_id >= $2 AND transaction_id < $3 ORDER BY transaction_id, id",
	                                 STEAD_COUNT(params), params);
	int64_t count = 0;

	while (count < STRAYS && stead_next(rows)) {
		seal_position place = {stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_INT).integer};
		const leaf_index_entry *entry = leaf_index_find(call, index, era, place);

		/* if the block's list of leaves is gone without an account, nobody can tell: verification reports that */
		if (entry->sealed && (entry->count || entry->account) && leaf_index_of(entry, place.id) < 0)
			ids[count++] = place.id;
	}
	stead_close(rows);
	return count;
}

typedef struct {
	int64_t from, to, horizon, moved;
} era_change;

static void move_strays(stead_call *call, era_change *change, leaf_index *index, int64_t first, int64_t end)
{
	int64_t *ids = stead_alloc(call, STRAYS * sizeof *ids), count;

	do {
		count = find_strays(call, index, change->from, first, end, ids);
		for (int64_t i = 0; i < count; i++)
			change->moved +=
				stead_run_permitted(call, &event_tables[0], "UPDATE stead_audit_event SET era = $1 WHERE id = $2", 2,
			                        (stead_value[]){stead_int(change->to), stead_int(ids[i])});
	} while (count == STRAYS);
}

static void change_era(stead_call *call, void *data)
{
	era_change *change = data;
	int64_t end = seal_end_of_era(call, change->from).transaction_id + 1, next;
	leaf_index *index = stead_alloc(call, sizeof *index);

	leaf_index_open(call, index);
	move_strays(call, change, index, INT64_MIN, end);
	next = stead_begin_era(call, change->to);
	move_strays(call, change, index, change->horizon, next < end ? next : end);
}

static void record_era(stead_call *call, int64_t before, int64_t era, int64_t moved)
{
	event_record(call, "stead.era", "audit", stead_null(STEAD_TEXT), stead_null(STEAD_TEXT), stead_null(STEAD_TEXT),
	             stead_json(stead_format(call, "{\"before\":\"%lld\",\"era\":\"%lld\",\"moved_events\":%lld}",
	                                     (long long)before, (long long)era, (long long)moved)),
	             stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
}

const char *era_follow_cluster(stead_call *call, bool *begun)
{
	era_change change = {0};
	const char *message;

	*begun = false;
	if (!is_counted_again(call, &change.from, &change.horizon))
		return NULL;
	change.to = unused_era(call, change.from);
	message = stead_attempt(call, change_era, &change);
	if (message) /* another open transaction has logged an event: the next call tries again */
		return message;
	*begun = true;
	record_era(call, change.from, change.to, change.moved);
	return NULL;
}

void era_init(stead_call *call)
{
	bool begun;

	if (era_is_behind(call) && stead_try_lock(call, &seal_lock, 0, NULL))
		era_follow_cluster(call, &begun);
}

/*
 * An import brings events of other clusters or files, whose eras have ended, and perhaps of this cluster, or of a copy
 * of it. Those of a copy may have transaction numbers that this cluster has yet to give. Its next events would come
 * before them. So a new era begins. Events that are not sealed yet stay in their own, which then has ended.
 */
void era_after_import(stead_call *call)
{
	int64_t era, horizon, transaction;
	stead_value next;

	stead_horizon(call, &era, &horizon);
	if (horizon == INT64_MAX)
		return;
	stead_transaction(call, &era, &transaction);
	if (seal_end_of_era(call, era).transaction_id < transaction &&
	    !stead_any(call,
	               "SELECT 1 FROM stead_audit_event WHERE " STEAD_NUMBERED
	               " AND era = $1 AND transaction_id >= $2 LIMIT 1",
	               2, (stead_value[]){stead_int(era), stead_int(transaction)}))
		return;
	next = stead_int(unused_era(call, era));
	stead_begin_era(call, next.integer);
	record_era(call, era, next.integer, 0);
}
