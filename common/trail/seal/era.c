/*
 * era.c - see era.h.
 *
 * The events of before stay where they are: what of them is not sealed is of an era that has ended, and so settled. What was
 * logged between the restore and now has the old era and low transaction numbers: it lies where blocks were sealed and would
 * never be, so it moves to the new era, in which this cluster's transactions are in order.
 *
 * From the moment an era begins, whoever logs waits until this transaction ends. So what can be found before is moved before, and only
 * what came in between afterwards; who begins one ends soon.
 */
#include "trail/seal/era.h"
#include "core/upkeep.h"

#include "trail/event.h"
#include "trail/seal/shelf.h"

#define STRAYS 10000 /* moved at a time */

static bool is_counted_again(stead_call *call, int64_t *era, int64_t *horizon)
{
	stead_horizon(call, era, horizon);
	return *horizon != INT64_MAX && seal_end_of_era(call, *era).transaction_id >= *horizon;
}

bool seal_is_counted_again(stead_call *call)
{
	int64_t era, horizon;

	return is_counted_again(call, &era, &horizon);
}

/* The first after an era of which there is nothing yet. */
static int64_t unused_era(stead_call *call, int64_t era)
{
	stead_value param;

	do
		param = stead_int(++era);
	while (stead_any(call, "SELECT 1 FROM stead_audit_block WHERE era = $1 LIMIT 1", 1, &param) ||
	       stead_any(call, "SELECT 1 FROM stead_audit_event WHERE era = $1 LIMIT 1", 1, &param));
	return era;
}

/* Up to STRAYS events of an era that lie where blocks were sealed and are none of theirs: of transactions from first on, before end. */
static int64_t find_strays(stead_call *call, seal_shelves *shelves, int64_t era, int64_t first, int64_t end, int64_t ids[STRAYS])
{
	stead_value params[] = {stead_int(era), stead_int(first), stead_int(end)};
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR, 
	                                   "SELECT transaction_id, id FROM stead_audit_event WHERE era = $1 AND transaction_id >= $2"
	                                   " AND transaction_id < $3"
	                                   " ORDER BY transaction_id, id",
	                                   STEAD_COUNT(params), params);
	int64_t count = 0;

	while (count < STRAYS && stead_next(rows)) {
		seal_position place = {stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_INT).integer};
		const seal_shelf *shelf = shelf_find(call, shelves, era, place);

		/* of a block whose list of leaves is gone without an account nothing can be told: that is for verification */
		if (shelf->sealed && (shelf->count || shelf->account) && shelf_leaf(shelf, place.id) < 0)
			ids[count++] = place.id;
	}
	stead_close(rows);
	return count;
}

typedef struct {
	int64_t from, to, horizon, moved;
} change;

static void move_strays(stead_call *call, change *of, seal_shelves *shelves, int64_t first, int64_t end)
{
	int64_t *ids = stead_alloc(call, STRAYS * sizeof *ids), count;

	do {
		count = find_strays(call, shelves, of->from, first, end, ids);
		for (int64_t i = 0; i < count; i++)
			of->moved += stead_run_permitted(call, &event_tables[0], "UPDATE stead_audit_event SET era = $1 WHERE id = $2", 2,
			                                 (stead_value[]){stead_int(of->to), stead_int(ids[i])});
	} while (count == STRAYS);
}

static void change_era(stead_call *call, void *data)
{
	change *of = data;
	int64_t end = seal_end_of_era(call, of->from).transaction_id + 1, next;
	seal_shelves *shelves = stead_alloc(call, sizeof *shelves);

	shelves_open(call, shelves);
	move_strays(call, of, shelves, INT64_MIN, end);
	next = stead_begin_era(call, of->to);
	move_strays(call, of, shelves, of->horizon, next < end ? next : end);
}

const char *seal_follow_cluster(stead_call *call, bool *begun)
{
	change of = {0};
	const char *message;

	*begun = false;
	if (!is_counted_again(call, &of.from, &of.horizon))
		return NULL;
	of.to = unused_era(call, of.from);
	message = stead_attempt(call, change_era, &of);
	if (message) /* somebody has an open transaction that logged: the next call tries again */
		return message;
	*begun = true;
	event_record(call, "stead.era", "audit", stead_null(STEAD_TEXT), stead_null(STEAD_TEXT), stead_null(STEAD_TEXT),
	             stead_json(stead_format(call, "{\"before\":\"%lld\",\"era\":\"%lld\",\"moved_events\":%lld}", (long long)of.from,
	                                     (long long)of.to, (long long)of.moved)),
	             stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
	return NULL;
}

void seal_begin(stead_call *call)
{
	bool begun;

	if (seal_is_counted_again(call) && stead_try_lock(call, &seal_lock, 0, NULL))
		seal_follow_cluster(call, &begun);
}
