/*
 * walk.c - walks over events in the order of sealing. See seal.h.
 */
#include "trail/seal/seal.h"
#include "core/upkeep.h"

static seal_part of_transaction(int64_t era, int64_t transaction_id, int64_t after, int64_t until)
{
	bool numbered = era != 0 || transaction_id != 0;

	return (seal_part){numbered ? SEAL_TRANSACTION : SEAL_UNNUMBERED, transaction_id, after, until};
}

/* With a row value, SQLite seeks by the first column only. So a range has up to three parts: the rest of the
 * transaction it begins in, the transactions between, and the beginning of the one it ends in. Those between may be on
 * both sides of transaction 0 of era 0, which then is a part of its own. */
int seal_split(int64_t era, seal_position after, seal_position until, seal_part parts[SEAL_PARTS])
{
	bool one = after.transaction_id == until.transaction_id, end = until.transaction_id == INT64_MAX;
	int64_t between = after.transaction_id;
	int count = 0;

	parts[count++] = of_transaction(era, after.transaction_id, after.id, one ? until.id : INT64_MAX);
	if (one)
		return count;
	if (era == 0 && between < 0 && until.transaction_id > 0) {
		parts[count++] = (seal_part){SEAL_BETWEEN, 0, between, 0};
		parts[count++] = of_transaction(0, 0, INT64_MIN, INT64_MAX);
		between = 0;
	}
	end &= until.id == INT64_MAX;
	parts[count++] = (seal_part){end ? SEAL_BEYOND : SEAL_BETWEEN, 0, between, until.transaction_id};
	if (!end)
		parts[count++] = of_transaction(era, until.transaction_id, INT64_MIN, until.id);
	return count;
}

void seal_walk_open(stead_call *call, seal_walk *walk, int64_t era, seal_position after, seal_position until,
                    int64_t max_events)
{
	*walk = (seal_walk){.call = call, .era = era, .left = max_events};
	walk->count = seal_split(era, after, until, walk->parts);
}

/* Where the settled events of an era end. */
static seal_position end_of_settled(stead_call *call, int64_t era)
{
	seal_position end = SEAL_AFTER_ALL;
	int64_t current, horizon;

	stead_horizon(call, &current, &horizon);
	if (era == current)
		end.transaction_id = horizon - 1;
	return end;
}

void seal_walk_unsealed(stead_call *call, seal_walk *walk, int64_t era, int64_t max_events)
{
	seal_position after = seal_end_of_era(call, era), until = end_of_settled(call, era);

	seal_walk_open(call, walk, era, after, until, max_events);
	walk->any = true;
	if (after.transaction_id > until.transaction_id)
		seal_walk_close(walk);
}

/* Between transactions, events whose transaction_id is not an integer are skipped, as seal_next_era() skips such eras:
 * it would be read as a lower one, and the event would be sealed again and again. */
static stead_rows *open_part(seal_walk *walk, const seal_part *part)
{
	stead_value era = stead_int(walk->era), left = stead_int(walk->left);
	stead_value after = stead_int(part->after), until = stead_int(part->until);

	switch (part->kind) {
	case SEAL_TRANSACTION:
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE " STEAD_NUMBERED
		                     " AND era = $1 AND transaction_id = $2 AND id > $3 AND id <= $4"
		                     " ORDER BY transaction_id, id LIMIT $5",
		                     5, (stead_value[]){era, stead_int(part->transaction_id), after, until, left});
	case SEAL_BETWEEN:
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE " STEAD_NUMBERED
		                     " AND era = $1 AND transaction_id > $2 AND transaction_id < $3"
		                     " AND transaction_id = CAST(transaction_id AS bigint)"
		                     " ORDER BY transaction_id, id LIMIT $4",
		                     4, (stead_value[]){era, after, until, left});
	case SEAL_BEYOND:
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT " LEAF_FIELDS " FROM stead_audit_event WHERE " STEAD_NUMBERED
		                     " AND era = $1 AND transaction_id > $2"
		                     " AND transaction_id = CAST(transaction_id AS bigint)"
		                     " ORDER BY transaction_id, id LIMIT $3",
		                     3, (stead_value[]){era, after, left});
	default:
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT " LEAF_FIELDS " FROM stead_audit_event"
		                     " WHERE era = 0 AND transaction_id = 0 AND id > $1 AND id <= $2"
		                     " ORDER BY era, transaction_id, id LIMIT $3",
		                     3, (stead_value[]){after, until, left});
	}
}

bool seal_walk_next(seal_walk *walk, stead_value event[LEAF_COLUMNS])
{
	while (walk->left > 0) {
		if (walk->rows && stead_next(walk->rows)) {
			walk->left--;
			if (walk->any)
				leaf_read_any(walk->rows, event);
			else
				leaf_read(walk->call, walk->rows, event);
			return true;
		}
		walk->rows = NULL;
		if (walk->part == walk->count)
			break;
		walk->rows = open_part(walk, &walk->parts[walk->part++]);
	}
	seal_walk_close(walk);
	return false;
}

void seal_walk_close(seal_walk *walk)
{
	if (walk->rows)
		stead_close(walk->rows);
	walk->rows = NULL;
	walk->part = walk->count = 0;
}

/* The conditions of the parts of a range that ends with SEAL_AFTER_ALL. */
#define OF_TRANSACTION STEAD_NUMBERED " AND era = $1 AND transaction_id = $2 AND id > $3"
#define OF_BETWEEN STEAD_NUMBERED " AND era = $1 AND transaction_id > $2 AND transaction_id < $3"
#define OF_BEYOND STEAD_NUMBERED " AND era = $1 AND transaction_id > $2"
#define OF_UNNUMBERED "era = 0 AND transaction_id = 0 AND id > $1"

/* The parameters of the condition of a part. Returns how many there are. */
static int params_of(int64_t era, const seal_part *part, stead_value params[3])
{
	int count = 0;

	if (part->kind != SEAL_UNNUMBERED)
		params[count++] = stead_int(era);
	if (part->kind == SEAL_TRANSACTION)
		params[count++] = stead_int(part->transaction_id);
	params[count++] = stead_int(part->after);
	if (part->kind == SEAL_BETWEEN)
		params[count++] = stead_int(part->until);
	return count;
}

#define EVENTS_OF(where) "SELECT " EVENT_FIELDS " FROM stead_audit_event WHERE " where

static stead_rows *open_tail(stead_call *call, int64_t era, const seal_part *part)
{
	static const char *const sql[] = {[SEAL_TRANSACTION] = EVENTS_OF(OF_TRANSACTION),
	                                  [SEAL_BETWEEN] = EVENTS_OF(OF_BETWEEN),
	                                  [SEAL_BEYOND] = EVENTS_OF(OF_BEYOND),
	                                  [SEAL_UNNUMBERED] = EVENTS_OF(OF_UNNUMBERED)};
	stead_value params[3];
	int count = params_of(era, part, params);

	return stead_open_as(call, STEAD_BY_KEY | STEAD_CURSOR, sql[part->kind], count, params);
}

bool seal_tail_next(seal_tail *tail)
{
	while (!tail->rows || !stead_next(tail->rows)) {
		tail->rows = NULL;
		if (tail->part == tail->count) {
			if (!seal_next_era(tail->call, &tail->eras))
				return false;
			tail->count =
				seal_split(tail->eras.era, seal_end_of_era(tail->call, tail->eras.era), SEAL_AFTER_ALL, tail->parts);
			tail->part = 0;
		}
		tail->rows = open_tail(tail->call, tail->eras.era, &tail->parts[tail->part++]);
	}
	return true;
}

static int64_t count_part(stead_call *call, int64_t era, const seal_part *part, int64_t most)
{
	stead_value after = stead_int(part->after), limit = stead_int(most);

	switch (part->kind) {
	case SEAL_TRANSACTION:
		return stead_first(call,
		                   "SELECT count(*) FROM (SELECT 1 FROM stead_audit_event WHERE " OF_TRANSACTION
		                   " LIMIT $4) AS rest",
		                   4, (stead_value[]){stead_int(era), stead_int(part->transaction_id), after, limit}, STEAD_INT)
		    .integer;
	case SEAL_BETWEEN:
		return stead_first(call,
		                   "SELECT count(*) FROM (SELECT 1 FROM stead_audit_event WHERE " OF_BETWEEN
		                   " LIMIT $4) AS later",
		                   4, (stead_value[]){stead_int(era), after, stead_int(part->until), limit}, STEAD_INT)
		    .integer;
	case SEAL_BEYOND:
		return stead_first(
				   call, "SELECT count(*) FROM (SELECT 1 FROM stead_audit_event WHERE " OF_BEYOND " LIMIT $3) AS later",
				   3, (stead_value[]){stead_int(era), after, limit}, STEAD_INT)
		    .integer;
	default:
		return stead_first(call,
		                   "SELECT count(*) FROM (SELECT 1 FROM stead_audit_event WHERE " OF_UNNUMBERED
		                   " LIMIT $2) AS rest",
		                   2, (stead_value[]){after, limit}, STEAD_INT)
		    .integer;
	}
}

/* The order keeps PostgreSQL from reading the table in the hope of soon meeting one. */
#define FIRST_OF(where) "SELECT id FROM stead_audit_event WHERE " where " ORDER BY era, transaction_id, id LIMIT 1"

bool seal_any_of_part(stead_call *call, int64_t era, const seal_part *part)
{
	static const char *const sql[] = {[SEAL_TRANSACTION] = FIRST_OF(OF_TRANSACTION),
	                                  [SEAL_BETWEEN] = FIRST_OF(OF_BETWEEN),
	                                  [SEAL_BEYOND] = FIRST_OF(OF_BEYOND),
	                                  [SEAL_UNNUMBERED] = FIRST_OF(OF_UNNUMBERED)};
	stead_value params[3];
	int count = params_of(era, part, params);

	return stead_any_as(call, STEAD_BY_KEY, sql[part->kind], count, params);
}

/* Second is the count of those that failed, up to a transaction. */
#define TAIL(where, order, limit, settled)                                                                             \
	"SELECT count(*), count(*) FILTER (WHERE NOT success AND transaction_id <= " settled ") FROM (SELECT success,"     \
	" transaction_id FROM stead_audit_event WHERE " where " ORDER BY " order " LIMIT " limit ") AS tail"

static int64_t count_tail(stead_call *call, int64_t era, const seal_part *part, int64_t most, stead_value settled,
                          int64_t *failures)
{
	stead_value after = stead_int(part->after), left = stead_int(most), until = stead_int(part->until);
	int64_t events;
	stead_rows *rows;

	switch (part->kind) {
	case SEAL_TRANSACTION:
		rows = stead_open(call, TAIL(OF_TRANSACTION, "transaction_id, id", "$4", "$5"), 5,
		                  (stead_value[]){stead_int(era), stead_int(part->transaction_id), after, left, settled});
		break;
	case SEAL_BETWEEN:
		rows = stead_open(call, TAIL(OF_BETWEEN, "transaction_id, id", "$4", "$5"), 5,
		                  (stead_value[]){stead_int(era), after, until, left, settled});
		break;
	case SEAL_BEYOND:
		rows = stead_open(call, TAIL(OF_BEYOND, "transaction_id, id", "$3", "$4"), 4,
		                  (stead_value[]){stead_int(era), after, left, settled});
		break;
	default:
		rows = stead_open(call, TAIL(OF_UNNUMBERED, "era, transaction_id, id", "$2", "$3"), 3,
		                  (stead_value[]){after, left, settled});
	}
	stead_next(rows);
	events = stead_column(rows, 0, STEAD_INT).integer;
	*failures += stead_column(rows, 1, STEAD_INT).integer;
	stead_close(rows);
	return events;
}

int64_t seal_count_tail(stead_call *call, int64_t era, int64_t most, int64_t *failures)
{
	stead_value settled = stead_int(end_of_settled(call, era).transaction_id);
	seal_part parts[SEAL_PARTS];
	int count = seal_split(era, seal_end_of_era(call, era), SEAL_AFTER_ALL, parts);
	int64_t events = 0;

	*failures = 0;
	for (int i = 0; i < count && events < most; i++)
		events += count_tail(call, era, &parts[i], most - events, settled, failures);
	return events;
}

/* Up to the end of a transaction. */
static int64_t count_until(stead_call *call, int64_t era, seal_position until, int64_t most)
{
	seal_position after = seal_end_of_era(call, era);
	seal_part parts[SEAL_PARTS];
	int count = after.transaction_id > until.transaction_id ? 0 : seal_split(era, after, until, parts);
	int64_t events = 0;

	for (int i = 0; i < count && events < most; i++)
		events += count_part(call, era, &parts[i], most - events);
	return events;
}

int64_t seal_count_unsealed(stead_call *call, int64_t era, int64_t most)
{
	return count_until(call, era, SEAL_AFTER_ALL, most);
}

int64_t seal_count_settled(stead_call *call, int64_t era, int64_t most)
{
	return count_until(call, era, end_of_settled(call, era), most);
}
