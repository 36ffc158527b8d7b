/*
 * prune.c - see prune.h.
 *
 * The prune of a block may take several calls. The block's row stays for ever, so that the root of the tree can still
 * be recomputed.
 */
#include "trail/seal/prune.h"
#include "core/upkeep.h"

#include "trail/event.h"
#include "trail/index/index.h"
#include "state/setting/option.h"
#include "trail/seal/account.h"
#include "trail/seal/expired.h"
#include "trail/seal/summarise.h"
#include "trail/seal/total.h"
#include "lib/timestamp.h"

#define CHUNK stead_batch(10, 20) /* events that are deleted before it looks at the clock and yields */

#define MOST_SKIPPED 5000 /* ids of other blocks, read at once; less than twice as many */

/* The block that is being pruned, whether it has an account, and its lowest and highest event id. */
typedef struct {
	seal_block block;
	bool accounted, indexed;
	seal_position after; /* the end of the era's block before it */
	int64_t first_id, last_id;
} candidate;

static bool load_candidate(stead_call *call, int64_t block, candidate *first)
{
	stead_value number = stead_int(block), leaves;
	stead_rows *rows = stead_open(call, "SELECT leaves, indexed FROM stead_audit_leaf WHERE block = $1", 1, &number);

	if (!stead_next(rows))
		return false;
	leaves = stead_column(rows, 0, STEAD_BYTES);
	*first =
		(candidate){.first_id = INT64_MAX, .last_id = INT64_MIN, .indexed = !stead_column(rows, 1, STEAD_BOOL).null};
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
	stead_close(rows);
	first->accounted = stead_any(call, "SELECT 1 FROM stead_audit_account WHERE block = $1", 1, &number);
	first->after = seal_end_before(call, first->block.era, first->block.block);
	return true;
}

/* The unary plus keeps both databases from using the index by position. By the index on id, rows that are deleted
 * already cost nothing. */
#define OF_BLOCK "+era = $3 AND (+transaction_id, id) > ($4, $5) AND (+transaction_id, id) <= ($6, $7)"
#define FROM_BLOCK " FROM stead_audit_event WHERE id >= $1 AND id <= $2 AND " OF_BLOCK

static void block_params(const candidate *first, int64_t from, int64_t until, stead_value params[7])
{
	const int64_t numbers[] = {from,
	                           until,
	                           first->block.era,
	                           first->after.transaction_id,
	                           first->after.id,
	                           first->block.last_transaction_id,
	                           first->block.last_event_id};

	for (int i = 0; i < STEAD_COUNT(numbers); i++)
		params[i] = stead_int(numbers[i]);
}

/* The last of the next size ids, if one of them is of the block; else the last of more of them. A null: there are no
 * events left. PostgreSQL cannot know the limit when it plans. So it reads the events in the order of their ids.
 * Without statistics it would expect few events, and sort what is left of the block for each chunk. */
static stead_value end_of_chunk(stead_call *call, const candidate *first, int64_t from, int64_t size)
{
	for (;;) {
		stead_value params[8], end;
		stead_rows *rows;
		bool any;

		block_params(first, from, first->last_id, params);
		params[7] = stead_int(size);
		rows = stead_open(call,
		                  "SELECT max(id), max(CASE WHEN " OF_BLOCK " THEN 1 ELSE 0 END)"
		                  " FROM (SELECT id, era, transaction_id FROM stead_audit_event WHERE id >= $1 AND id <= $2 "
		                  "ORDER BY id LIMIT (SELECT $8)) AS chunk",
		                  8, params);
		stead_next(rows);
		end = stead_column(rows, 0, STEAD_INT);
		any = !end.null && stead_column(rows, 1, STEAD_INT).integer;
		stead_close(rows);
		if (any || end.null || end.integer >= first->last_id)
			return end;
		from = end.integer + 1;
		size = size < MOST_SKIPPED ? 2 * size : size;
	}
}

/* Deletes events of the block, which has an account, in the order of their ids. *done: there are none left. */
static int64_t delete_events(stead_call *call, const candidate *first, int64_t max_rows, int64_t deadline, bool *done)
{
	int64_t deleted = 0, from = first->first_id;

	while (deleted < max_rows && (deleted == 0 || stead_now(call) < deadline)) {
		int64_t size = max_rows - deleted < CHUNK ? max_rows - deleted : CHUNK;
		stead_value until = end_of_chunk(call, first, from, size), params[7];

		*done = until.null;
		if (*done)
			break;
		block_params(first, from, until.integer, params);
		if (until.integer >= first->last_id)
			stead_sequence_keep(call, &event_tables[0], until.integer);
		deleted += stead_run_permitted(call, &event_tables[0], "DELETE" FROM_BLOCK, 7, params);
		*done = until.integer >= first->last_id;
		if (*done)
			break;
		from = until.integer + 1;
		stead_pause(call, STEAD_YIELD_PROCESSOR);
	}
	return deleted;
}

static int64_t count_left(stead_call *call, const candidate *first, stead_value *oldest_at)
{
	stead_value params[7];
	stead_rows *rows;
	int64_t count;

	block_params(first, first->first_id, first->last_id, params);
	rows = stead_open(call, "SELECT count(*), min(occurred_at)" FROM_BLOCK, 7, params);
	stead_next(rows);
	count = stead_column(rows, 0, STEAD_INT).integer;
	*oldest_at = stead_column(rows, 1, STEAD_TIME);
	stead_close(rows);
	return count;
}

/* The first bucket of a period that starts before a time. */
static stead_value first_bucket(stead_call *call, const char *period, int64_t before)
{
	return stead_first(call, "SELECT min(bucket_start) FROM stead_audit_rollup WHERE period = $1 AND bucket_start < $2",
	                   2, (stead_value[]){stead_text(period), stead_time(before)}, STEAD_TIME);
}

static int64_t day_end(int64_t time)
{
	return stead_bucket_next(STEAD_DAILY, stead_bucket_start(STEAD_DAILY, time));
}

/* Deletes rollups of days that have no event left and are older than stead.audit.rollup_days, one day at a time. */
static int64_t prune_rollups(stead_call *call, int64_t max_rows, int64_t deadline)
{
	static const char *const periods[] = {"hour", "day"};
	int64_t days = option_value(call, &seal_options[SEAL_ROLLUP_DAYS]), cutoff;
	int64_t deleted = 0, gone = 1; /* gone: of the latest day */
	stead_value oldest, bucket;
	bool accounted = false;

	if (days == 0)
		return 0;
	cutoff = stead_now(call) - days * STEAD_DAY;
	oldest = stead_first(call, "SELECT min(occurred_at) FROM stead_audit_event", 0, NULL, STEAD_TIME);
	if (!oldest.null && oldest.integer < cutoff)
		cutoff = oldest.integer;
	cutoff = stead_bucket_start(STEAD_DAILY, cutoff);
	if (first_bucket(call, periods[0], cutoff).null && first_bucket(call, periods[1], cutoff).null)
		return 0;
	if (!stead_try_lock(call, &seal_lock, 0, NULL)) /* no block may add to the rollups meanwhile */
		return STEAD_TARGET_BUSY;
	for (int i = 0; i < STEAD_COUNT(periods); i++)
		while (gone && deleted < max_rows && (!deleted || stead_now(call) < deadline) &&
		       (bucket = first_bucket(call, periods[i], cutoff), !bucket.null)) {
			if (!accounted) {
				total_add_failures(call, 0); /* before rollups that have them are gone */
				account_add(call, NULL, cutoff);
			}
			accounted = true;
			gone = stead_run(call,
			                 "DELETE FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2"
			                 " AND bucket_start < $3",
			                 3, (stead_value[]){stead_text(periods[i]), bucket, stead_time(day_end(bucket.integer))});
			deleted += gone; /* 0: a trigger keeps them */
		}
	return deleted;
}

/* Upkeep must not store the block's postings again until this transaction ends, nor index the block if it is not
 * indexed yet: they would stay. False, and *why is STEAD_TARGET_BUSY: another call is at it. */
static bool load_quiet(stead_call *call, int64_t block, candidate *next, int64_t *why)
{
	if (!load_candidate(call, block, next))
		return false;
	if (!stead_try_lock(call, &summarise_lock, 0, NULL) ||
	    (!next->indexed && !stead_try_lock(call, &seal_lock, 0, NULL))) {
		*why = STEAD_TARGET_BUSY;
		return false;
	}
	return next->indexed || load_candidate(call, block, next); /* it may have been indexed meanwhile */
}

/* The block whose prune has begun, or else the oldest expired one. If there is none, it seals expired events while
 * there is time, as there is no account without a block. False: nothing is left to prune; or *why is STEAD_TARGET_BUSY,
 * as another call is sealing, or STEAD_TARGET_LATER, as the time is up. */
static bool next_candidate(stead_call *call, int64_t cutoff, int64_t deadline, candidate *next, int64_t *why)
{
	int64_t block = seal_begun(call), sealed;

	while (!block) {
		block = seal_oldest_expired(call, cutoff);
		if (block)
			break;
		sealed = seal_any_expired_unsealed(call, cutoff, false) ? seal_one(call, cutoff) : 0;
		if (sealed < 0)
			*why = STEAD_TARGET_BUSY;
		else if (sealed > 0 && stead_now(call) >= deadline)
			*why = STEAD_TARGET_LATER;
		if (sealed <= 0 || *why)
			return false;
		stead_pause(call, STEAD_YIELD_PROCESSOR);
	}
	return load_quiet(call, block, next, why);
}

int64_t seal_prune(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details)
{
	int64_t deleted = 0, rollups, why = 0;
	candidate first;
	bool done = true;

	while (done && deleted < max_rows && (deleted == 0 || stead_now(call) < deadline)) {
		if (!next_candidate(call, cutoff, deadline, &first, &why))
			break;
		if (!first.accounted) {
			account_add(call, &first.block, cutoff);
			index_delete_summaries(call, first.block.block);
		}
		done = false;
		deleted += delete_events(call, &first, max_rows - deleted, deadline, &done);
		if (done && (first.indexed || index_has(call, first.block.block)))
			index_delete(call, first.block.block, first.block.last_event_at, first.block.events);
		if (done &&
		    !stead_run_permitted(call, &seal_tables[TABLE_LEAF], "DELETE FROM stead_audit_leaf WHERE block = $1", 1,
		                         (stead_value[]){stead_int(first.block.block)}))
			stead_raise_hint(call, STEAD_CORRUPT, SEAL_VERIFY_HINT, "stead_%s: block %lld is damaged",
			                 call->function->name,
			                 (long long)first.block.block); /* else the loop would find it again, for ever */
	}
	if (deleted == 0 && why)
		return why;
	if (deleted == 0) {
		rollups = prune_rollups(call, max_rows, deadline);
		if (rollups > 0)
			stead_append_text(call, details, stead_format(call, ",\"rollup_rows\":%lld", (long long)rollups));
		deleted = rollups;
	}
	if (deleted > 0)
		account_describe(call, details);
	return deleted;
}

/* ---- What a prune would delete ---------------------------------------------------------------------------------- */

/* A block, or what would become one, that has only events of prunes. */
typedef struct {
	int64_t expires_by, events, first_event_at;
} idle_block;

/* Idle blocks that are later than everything else stay. Which ones these are is known at the end. */
typedef struct {
	int64_t cutoff, most;
	int64_t count;  /* of events, without those of idle blocks */
	int64_t latest; /* when the latest block that is not idle expires */
	stead_value oldest_at;
	idle_block *idle;
	size_t idle_count, idle_room;
} preview;

static void add_events(preview *sum, int64_t events, int64_t first_event_at)
{
	sum->count += events;
	if (sum->oldest_at.null || first_event_at < sum->oldest_at.integer)
		sum->oldest_at = stead_time(first_event_at);
}

static void add_block(stead_call *call, preview *sum, bool idle, const idle_block *block)
{
	if (idle) {
		sum->idle = stead_grow(call, sum->idle, sum->idle_count, &sum->idle_room, sizeof *sum->idle);
		sum->idle[sum->idle_count++] = *block;
		return;
	}
	if (block->expires_by > sum->latest)
		sum->latest = block->expires_by;
	add_events(sum, block->events, block->first_event_at);
}

static void add_cut(stead_call *call, preview *sum, const seal_cut *cut)
{
	if (cut->events && cut->last_event_at < sum->cutoff)
		add_block(call, sum, cut->idle, &(idle_block){cut->last_event_at, cut->events, cut->first_event_at});
}

/* Adds an era's unsealed events that would be in expired blocks. False: no more can be sealed. */
static bool add_era(stead_call *call, preview *sum, int64_t era)
{
	int64_t left = seal_count_unsealed(call, era, INT64_MAX);
	stead_value event[LEAF_COLUMNS];
	bool stuck = false;
	seal_walk walk;
	seal_cut cut;

	cut_begin(&cut, SEAL_TICK_EVENTS, sum->cutoff, left);
	seal_walk_unsealed(call, &walk, era, INT64_MAX); /* however many young ones come first */
	while (!stuck && sum->count < sum->most && seal_walk_next(&walk, event)) {
		bool ended = false;

		stuck = leaf_fault(event) != NULL;
		if (!stuck)
			ended = cut_add(&cut, event[LEAF_OCCURRED_AT].integer, stead_equals(event[LEAF_ACTION], "stead.prune"));
		while (ended) {
			add_cut(call, sum, &cut);
			left -= cut.events;
			ended = cut_next(&cut, left);
		}
	}
	seal_walk_close(&walk);
	for (;;) {
		add_cut(call, sum, &cut);
		left -= cut.events;
		if (!cut.waiting_count)
			break;
		cut_next(&cut, left);
	}
	return !stuck;
}

static void add_unsealed(stead_call *call, preview *sum)
{
	if (sum->count < sum->most && seal_any_expired_unsealed(call, sum->cutoff, true))
		for (seal_order order = {0}; sum->count < sum->most && seal_next_in_order(call, &order);)
			if (!add_era(call, sum, order.era))
				return;
}

/* By the time at which each block expires. */
static void add_blocks(stead_call *call, preview *sum)
{
	seal_expired_block block;
	seal_expired_walk walk;

	seal_expired_open(call, &walk, sum->cutoff);
	while (sum->count < sum->most && seal_expired_next(&walk, &block))
		add_block(call, sum, block.idle, &(idle_block){block.expires_by, block.events, block.first_event_at});
	seal_expired_close(&walk);
}

void seal_preview(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at)
{
	int64_t begun = seal_begun(call), rest = 0;
	preview sum = {.cutoff = cutoff, .most = most, .latest = INT64_MIN, .oldest_at = stead_null(STEAD_TIME)};
	stead_value rest_at = stead_null(STEAD_TIME);
	candidate first;

	if (begun && load_candidate(call, begun, &first)) /* the rest of it is pruned even if the cutoff has changed */
		rest = count_left(call, &first, &rest_at);
	add_blocks(call, &sum);
	add_unsealed(call, &sum);
	for (size_t i = 0; i < sum.idle_count; i++)
		if (sum.idle[i].expires_by <= sum.latest)
			add_events(&sum, sum.idle[i].events, sum.idle[i].first_event_at);
	*expired_rows = sum.count + rest;
	*oldest_at = sum.oldest_at;
	if (oldest_at->null || (rest && rest_at.integer < oldest_at->integer))
		*oldest_at = rest_at;
}
