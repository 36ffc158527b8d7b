/*
 * expired.c - see expired.h.
 *
 * A block's row in stead_audit_leaf is deleted with the last of its events. So that table has only blocks that are
 * still to be pruned, and its index by age finds the oldest. The block's own row decides whether it has expired.
 */
#include "trail/seal/expired.h"
#include "core/upkeep.h"

#include "trail/event.h"
#include "trail/seal/fold.h"

#define MOST_LOOKED_AT 10000

int64_t seal_expires_by(stead_call *call, const seal_block *block, int64_t now)
{
	int64_t latest = now + EVENT_AHEAD, known = INT64_MIN;
	stead_value sealed_at, params[] = {stead_int(block->block), stead_time(latest)};
	size_t offset = 0;
	fold_item item;

	if (block->last_event_at <= latest)
		return block->last_event_at;
	while (fold_read(block->folded, &offset, &item)) {
		int64_t at = item.last_event_at <= latest ? item.last_event_at : item.first_event_at;

		if (at <= latest && at > known)
			known = at;
	}
	if (known != INT64_MIN)
		return known;
	sealed_at = stead_first(
		call, "SELECT sealed_at FROM stead_audit_block WHERE block >= $1 AND sealed_at <= $2 ORDER BY block LIMIT 1", 2,
		params, STEAD_TIME);
	return sealed_at.null ? SEAL_NEVER : sealed_at.integer;
}

static bool is_idle(const seal_block *block)
{
	size_t offset = 0;
	fold_item item;

	while (fold_read(block->folded, &offset, &item))
		if (!stead_equals(item.action, "stead.prune"))
			return false;
	return true;
}

int64_t seal_begun(stead_call *call)
{
	stead_value block =
		stead_first(call, "SELECT block FROM stead_audit_account WHERE block IS NOT NULL ORDER BY account DESC LIMIT 1",
	                0, NULL, STEAD_INT);

	if (block.null || !stead_any(call, "SELECT 1 FROM stead_audit_leaf WHERE block = $1", 1, &block))
		return 0;
	return block.integer;
}

/* ---- Walking over expired blocks ------------------------------------------------------------------------------- */

enum { OF_SCHEMA_3, BY_AGE, AHEAD, SOURCES };

void seal_expired_open(stead_call *call, seal_expired_walk *walk, int64_t cutoff)
{
	*walk = (seal_expired_walk){
		.call = call, .cutoff = cutoff, .now = stead_now(call), .begun = seal_begun(call), .source = -1};
}

static stead_rows *open_source(const seal_expired_walk *walk)
{
	stead_value params[] = {stead_time(walk->cutoff), stead_time(walk->now + EVENT_AHEAD)};

	switch (walk->source) {
	case OF_SCHEMA_3: /* stead_audit_leaf does not have the block's age */
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT l.block FROM stead_audit_leaf AS l JOIN stead_audit_block AS b ON b.block ="
		                     " l.block WHERE l.last_event_at IS NULL AND (b.last_event_at < $1 OR b.last_event_at >"
		                     " $2) ORDER BY l.block",
		                     2, params);
	case BY_AGE:
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT block FROM stead_audit_leaf WHERE last_event_at < $1 ORDER BY last_event_at,"
		                     " block",
		                     1, params);
	default:
		return stead_open_as(walk->call, STEAD_CURSOR,
		                     "SELECT block FROM stead_audit_leaf WHERE last_event_at > $1 ORDER BY last_event_at,"
		                     " block",
		                     1, &params[1]);
	}
}

/* False: the block has not expired, or its prune has begun. */
static bool read_if_expired(const seal_expired_walk *walk, int64_t number, seal_expired_block *out)
{
	stead_value param = stead_int(number);
	stead_rows *rows;
	seal_block block;
	bool found;

	if (number == walk->begun)
		return false;
	rows = stead_open(walk->call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block = $1", 1, &param);
	found = stead_next(rows);
	if (found) {
		seal_read_block(rows, &block);
		*out = (seal_expired_block){number, block.events, block.first_event_at,
		                            seal_expires_by(walk->call, &block, walk->now), is_idle(&block)};
	}
	stead_close(rows);
	return found && out->expires_by < walk->cutoff;
}

bool seal_expired_next(seal_expired_walk *walk, seal_expired_block *block)
{
	while (walk->source < SOURCES) {
		while (walk->rows && stead_next(walk->rows))
			if (read_if_expired(walk, stead_column(walk->rows, 0, STEAD_INT).integer, block))
				return true;
		walk->rows = NULL;
		if (++walk->source < SOURCES)
			walk->rows = open_source(walk);
	}
	return false;
}

void seal_expired_close(seal_expired_walk *walk)
{
	if (walk->rows)
		stead_close(walk->rows);
	walk->rows = NULL;
	walk->source = SOURCES;
}

int64_t seal_oldest_expired(stead_call *call, int64_t cutoff)
{
	seal_expired_block block, oldest = {.expires_by = SEAL_NEVER};
	seal_expired_walk walk;
	bool any = false;

	seal_expired_open(call, &walk, cutoff);
	while (seal_expired_next(&walk, &block)) {
		if (block.expires_by < oldest.expires_by)
			oldest = block;
		any |= !block.idle;
		if (!block.idle) { /* no later block of this source is older */
			stead_close(walk.rows);
			walk.rows = NULL;
		}
	}
	return any ? oldest.block : 0;
}

bool seal_any_expired_unsealed(stead_call *call, int64_t cutoff, bool maybe)
{
	stead_value params[] = {stead_time(cutoff), stead_int(MOST_LOOKED_AT)};
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT era, transaction_id, id FROM stead_audit_event WHERE occurred_at < $1"
	                                 " ORDER BY occurred_at, id LIMIT $2",
	                                 2, params);
	int64_t current, horizon, last_era = 0, looked_at = 0;
	bool any = false, known = false;
	seal_position end = SEAL_BEFORE_ALL;

	stead_horizon(call, &current, &horizon);
	while (!any && stead_next(rows)) {
		int64_t era = stead_column(rows, 0, STEAD_INT).integer,
				transaction_id = stead_column(rows, 1, STEAD_INT).integer;

		looked_at++;
		if (!known || era != last_era)
			end = seal_end_of_era(call, era);
		known = true;
		last_era = era;
		any = (era != current || transaction_id < horizon) &&
		      (transaction_id > end.transaction_id ||
		       (transaction_id == end.transaction_id && stead_column(rows, 2, STEAD_INT).integer > end.id));
	}
	stead_close(rows);
	return any || (maybe && looked_at == MOST_LOOKED_AT);
}
