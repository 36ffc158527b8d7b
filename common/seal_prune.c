/*
 * seal_prune.c - see seal_prune.h.
 *
 * A block that is begun may take several calls. Its row stays for good, and with it what recomputes the root of the tree.
 */
#include "seal_prune.h"

#include "audit.h"
#include "option.h"
#include "seal_account.h"
#include "seal_fold.h"
#include "timestamp.h"

const stead_option seal_options[] = {
    {"stead.audit.rollup_days", "int", "0",
     "How many days the rollups of pruned events are kept, from the day they are of; 0: for good.",
     "{\"min\":0,\"max\":36500}"},
    {"stead.audit.seal_seconds", "int", "300",
     "How many seconds stead_maintain() lets fewer than 100 events wait after the latest block, as many small blocks take room.",
     "{\"min\":0,\"max\":86400}"},
    {0},
};

#define CHUNK (stead_writes_alone() ? 10 : 20) /* events deleted before the clock is looked at, and others get a chance */

/* By the time it was sealed only where an event is of a time that the clock did not know. */
static bool expired(const seal_block *block, int64_t cutoff)
{
	return block->last_event_at < cutoff || block->sealed_at + AUDIT_AHEAD < cutoff;
}

/* The first block that is not wholly pruned, whether it is accounted for, and the least and the greatest of its ids. */
typedef struct {
	seal_block block;
	bool accounted;
	seal_place after; /* the end of the era's block before */
	int64_t first_id, last_id;
} candidate;

static bool find_candidate(stead_call *call, candidate *first)
{
	stead_rows *rows = stead_open(call, "SELECT block, leaves FROM stead_audit_leaf ORDER BY block LIMIT 1", 0, NULL);
	stead_value number, leaves;

	if (!stead_next(rows))
		return false;
	number = stead_column(rows, 0, STEAD_INT);
	leaves = stead_column(rows, 1, STEAD_BYTES);
	*first = (candidate){.first_id = INT64_MAX, .last_id = INT64_MIN};
	for (size_t at = 0; at + LEAF_ITEM <= leaves.size; at += LEAF_ITEM) {
		int64_t id = stead_get_number((const unsigned char *)leaves.data + at);

		first->first_id = id < first->first_id ? id : first->first_id;
		first->last_id = id > first->last_id ? id : first->last_id;
	}
	stead_close(rows);
	rows = stead_open(call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block = $1", 1, &number);
	if (!stead_next(rows))
		return false;
	seal_read_block(rows, &first->block);
	first->block.digest = stead_keep(call, first->block.digest);
	first->block.folded = stead_keep(call, first->block.folded);
	stead_close(rows);
	first->accounted = stead_any(call, "SELECT 1 FROM stead_audit_account WHERE block = $1", 1, &number);
	first->after = seal_end_before(call, first->block.era, first->block.block);
	return true;
}

/* The columns are dressed so that no database takes the index of places: by ids, what is deleted already is passed over. */
#define OF_BLOCK \
	" FROM stead_audit_event WHERE id >= $1 AND id <= $2 AND +era = $3 AND (+transaction_id, id) > ($4, $5)" \
	" AND (+transaction_id, id) <= ($6, $7)"

static void of_block(const candidate *first, int64_t from, int64_t until, stead_value params[7])
{
	const int64_t numbers[] = {from, until, first->block.era, first->after.transaction_id, first->after.id,
	                           first->block.last_transaction_id, first->block.last_event_id};

	for (int i = 0; i < STEAD_COUNT(numbers); i++)
		params[i] = stead_int(numbers[i]);
}

/* The id up to which there are that many events of the block from an id on; a null: there are none. */
static stead_value end_of_chunk(stead_call *call, const candidate *first, int64_t from, int64_t size)
{
	stead_value params[8];

	of_block(first, from, first->last_id, params);
	params[7] = stead_int(size);
	return stead_first(call, "SELECT max(id) FROM (SELECT id" OF_BLOCK " ORDER BY id LIMIT $8) AS chunk", 8, params, STEAD_INT);
}

/* Deletes events of the block, which is accounted for, in the order of their ids; *done: there are none left. */
static int64_t delete_events(stead_call *call, const candidate *first, int64_t max_rows, int64_t deadline, bool *done)
{
	int64_t deleted = 0, from = first->first_id;

	while (deleted < max_rows && (deleted == 0 || stead_now(call) < deadline)) {
		int64_t size = max_rows - deleted < CHUNK ? max_rows - deleted : CHUNK;
		stead_value until = end_of_chunk(call, first, from, size), params[7];

		*done = until.null;
		if (*done)
			break;
		of_block(first, from, until.integer, params);
		deleted += stead_run_permitted(call, &audit_tables[0], "DELETE" OF_BLOCK, 7, params);
		from = until.integer + 1;
		stead_rest(call);
	}
	return deleted;
}

static int64_t count_left(stead_call *call, const candidate *first, stead_value *oldest_at)
{
	stead_value params[7];
	stead_rows *rows;
	int64_t count;

	of_block(first, first->first_id, first->last_id, params);
	rows = stead_open(call, "SELECT count(*), min(occurred_at)" OF_BLOCK, 7, params);
	stead_next(rows);
	count = stead_column(rows, 0, STEAD_INT).integer;
	*oldest_at = stead_column(rows, 1, STEAD_TIME);
	stead_close(rows);
	return count;
}

/* The first bucket of a period that starts before a time. */
static stead_value first_bucket(stead_call *call, const char *period, int64_t before)
{
	return stead_first(call, "SELECT min(bucket_start) FROM stead_audit_rollup WHERE period = $1 AND bucket_start < $2", 2,
	                   (stead_value[]){stead_text(period), stead_time(before)}, STEAD_TIME);
}

/* Deletes rollups of days that are over stead.audit.rollup_days old and have no event left, a day at a time. */
static int64_t prune_rollups(stead_call *call, int64_t max_rows, int64_t deadline)
{
	static const char *const periods[] = {"hour", "day"};
	int64_t days = stead_option_value(call, &seal_options[0]), deleted = 0, cutoff;
	stead_value oldest, bucket;
	bool accounted = false;

	if (days == 0 || !stead_try_lock(call, STEAD_LOCK_SEAL, NULL)) /* none is to be folded in meanwhile */
		return 0;
	cutoff = stead_now(call) - days * STEAD_DAY;
	oldest = stead_first(call, "SELECT min(occurred_at) FROM stead_audit_event", 0, NULL, STEAD_TIME);
	if (!oldest.null && oldest.integer < cutoff)
		cutoff = oldest.integer;
	cutoff = stead_bucket_start(STEAD_DAILY, cutoff);
	for (int i = 0; i < STEAD_COUNT(periods); i++)
		while (deleted < max_rows && (!deleted || stead_now(call) < deadline) &&
		       (bucket = first_bucket(call, periods[i], cutoff), !bucket.null)) {
			if (!accounted)
				account_add(call, NULL, cutoff);
			accounted = true;
			deleted += stead_run(call,
			                     "DELETE FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2 AND bucket_start < $3", 3,
			                     (stead_value[]){stead_text(periods[i]), bucket,
			                                     stead_time(stead_bucket_next(STEAD_DAILY, stead_bucket_start(STEAD_DAILY, bucket.integer)))});
		}
	return deleted;
}

/* Does the block hold nothing but events of prunes? To prune those alone would only make another. */
static bool is_idle(const seal_block *block)
{
	size_t offset = 0;
	fold_item item;

	while (fold_read(block->folded, &offset, &item))
		if (!stead_equals(item.action, "stead.prune"))
			return false;
	return true;
}

/* Is there, after that block, another to be pruned for its own sake? What is not sealed yet is sealed to see. */
static bool any_after(stead_call *call, int64_t number, int64_t cutoff)
{
	do {
		stead_value after = stead_int(number);
		stead_rows *rows = stead_open_many(call, "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block > $1 ORDER BY block", 1,
		                                   &after);
		seal_block next;

		while (stead_next(rows)) {
			bool idle;

			seal_read_block(rows, &next);
			number = next.block;
			idle = is_idle(&next);
			if (idle && expired(&next, cutoff))
				continue;
			stead_close(rows);
			return !idle && expired(&next, cutoff);
		}
	} while (seal_one(call) > 0);
	return false;
}

/* The next block to be pruned, or what there is to be sealed, if that is expired. */
static bool next_candidate(stead_call *call, int64_t cutoff, candidate *first)
{
	/* what is not sealed cannot be accounted for: seal, as long as what comes of it is expired */
	if (!find_candidate(call, first) && (!seal_one(call) || !find_candidate(call, first)))
		return false;
	if (first->accounted)
		return true;
	if (!expired(&first->block, cutoff))
		return false;
	return !is_idle(&first->block) || any_after(call, first->block.block, cutoff);
}

int64_t seal_prune(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details)
{
	int64_t deleted = 0, rollups;
	candidate first;
	bool done = true;

	while (done && deleted < max_rows && (deleted == 0 || stead_now(call) < deadline)) {
		if (!next_candidate(call, cutoff, &first))
			break;
		if (!first.accounted)
			account_add(call, &first.block, cutoff);
		done = false;
		deleted += delete_events(call, &first, max_rows - deleted, deadline, &done);
		if (done)
			stead_run_permitted(call, &seal_tables[TABLE_LEAF], "DELETE FROM stead_audit_leaf WHERE block = $1", 1,
			                    (stead_value[]){stead_int(first.block.block)});
	}
	if (deleted == 0 && (rollups = prune_rollups(call, max_rows, deadline)) > 0) {
		stead_append_text(call, details, stead_format(call, ",\"rollup_rows\":%lld", (long long)rollups));
		deleted = rollups;
	}
	if (deleted)
		account_describe(call, details);
	return deleted;
}

/* Events that are not sealed yet are seen as in the blocks that they would come into. */
static void preview_unsealed(stead_call *call, int64_t cutoff, int64_t *expired_rows, stead_value *oldest_at, bool *others)
{
	int64_t events = 0, first_at = 0, last_at = 0;
	bool more = true, other = false, stuck = false; /* other than of prunes, in the block; stuck: no more can be sealed */
	stead_value event[LEAF_COLUMNS];
	seal_walk walk;

	for (int64_t era = INT64_MIN; more && !stuck && seal_next_era(call, era, &era);) {
		bool any;

		seal_walk_unsealed(call, &walk, era, INT64_MAX);
		do {
			any = seal_walk_next(&walk, event);
			stuck = any && !leaf_has_times(event);
			any = any && !stuck;
			if (events && (!any || seal_cuts(events, SEAL_TICK_EVENTS, last_at, event[LEAF_OCCURRED_AT].integer))) {
				more = last_at < cutoff;
				*expired_rows += more ? events : 0;
				*others |= more && other;
				other = false;
				if (more && (oldest_at->null || first_at < oldest_at->integer))
					*oldest_at = stead_time(first_at);
				events = 0;
			}
			if (any) {
				int64_t at = event[LEAF_OCCURRED_AT].integer;

				first_at = events && first_at < at ? first_at : at;
				last_at = events && last_at > at ? last_at : at;
				other |= !stead_equals(event[LEAF_ACTION], "stead.prune");
				events++;
			}
		} while (any && more);
		seal_walk_close(&walk);
	}
}

void seal_preview(stead_call *call, int64_t cutoff, int64_t *expired_rows, stead_value *oldest_at)
{
	candidate first;
	bool more = true, others = false, begun = find_candidate(call, &first) && first.accounted;
	stead_value rest_at = stead_null(STEAD_TIME);
	int64_t rest = 0; /* of the block that is begun: it goes whatever the cutoff is now */
	stead_rows *rows;
	seal_block block;

	*expired_rows = 0;
	*oldest_at = stead_null(STEAD_TIME);
	rows = stead_open_many(call,
	                       "SELECT " SEAL_BLOCK_FIELDS " FROM stead_audit_block WHERE block >="
	                       " (SELECT min(l.block) FROM stead_audit_leaf AS l) ORDER BY block",
	                       0, NULL);
	while (more && stead_next(rows)) {
		seal_read_block(rows, &block);
		if (begun && block.block == first.block.block) {
			rest = count_left(call, &first, &rest_at);
			continue;
		}
		more = expired(&block, cutoff);
		others |= more && !is_idle(&block);
		if (more && (oldest_at->null || block.first_event_at < oldest_at->integer))
			*oldest_at = stead_time(block.first_event_at);
		*expired_rows += more ? block.events : 0;
	}
	stead_close(rows);
	if (more)
		preview_unsealed(call, cutoff, expired_rows, oldest_at, &others);
	if (!others) {
		*expired_rows = 0;
		*oldest_at = stead_null(STEAD_TIME);
	}
	*expired_rows += rest;
	if (oldest_at->null || (rest && rest_at.integer < oldest_at->integer))
		*oldest_at = rest_at;
}
