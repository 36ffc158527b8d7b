/*
 * rollup.c - compares the rollups with what the blocks added to them. See verify.h.
 *
 * The rollups may not fit into memory, so they are compared in windows of whole days. Each window reads the blocks that
 * have events in it; as events are sealed nearly in order of time, each block is read about once. Before the cutoff of
 * a prune of rollups, a row may be gone. If it is there, it is the sum of all blocks, or of those sealed after such a
 * prune.
 */
#include "trail/verify/verify.h"

#include <string.h>

#define WINDOW 50000 /* hours' rollups in a window; those of its last day may be more */
#define NO_END INT64_MAX

/* Reads a row of stead_audit_rollup. False: a value is not of its column's type. */
static bool read_rollup(stead_rows *rows, fold_item *item)
{
	static const stead_type types[] = {STEAD_TIME, STEAD_TEXT, STEAD_INT, STEAD_INT, STEAD_TIME, STEAD_TIME};
	stead_value value[STEAD_COUNT(types)];

	for (int i = 0; i < STEAD_COUNT(types); i++)
		if (!stead_column_sound(rows, i, types[i], &value[i]) || value[i].null)
			return false;
	*item =
		(fold_item){value[0].integer, value[1], value[2].integer, value[3].integer, value[4].integer, value[5].integer};
	return true;
}

/* The first valid time in the rows, which are in order. report_strays() reports the others. */
static bool first_sound(stead_rows *rows, int64_t *first)
{
	stead_value time;

	while (stead_next(rows)) {
		if (!stead_column_sound(rows, 0, STEAD_TIME, &time) || time.null)
			continue;
		*first = time.integer;
		stead_close(rows);
		return true;
	}
	return false;
}

/* The end of the window that begins at a day: at the end of a day, after WINDOW rollups. One window has everything that
 * blocks added after the last rollup, as there may be millions of days without any. Invalid times do not count: they
 * could end the window anywhere, or make it one day long, for each day since the year 1. */
static int64_t end_of_window(stead_call *call, int64_t from)
{
	stead_value param = stead_time(from), time;
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT bucket_start FROM stead_audit_rollup WHERE period = 'hour' AND"
	                                 " bucket_start >= $1 ORDER BY bucket_start",
	                                 1, &param);
	int64_t last = from - 1, end;
	int seen = 0;

	while (seen < WINDOW && stead_next(rows))
		if (stead_column_sound(rows, 0, STEAD_TIME, &time) && !time.null) {
			last = time.integer > last ? time.integer : last;
			seen++;
		}
	stead_close(rows);
	if (last < from)
		return NO_END;
	end = stead_bucket_next(STEAD_DAILY, stead_bucket_start(STEAD_DAILY, last));
	return end > STEAD_TIME_MAX ? NO_END : end;
}

/* The first time at or after from that has a rollup or that a block added to one. False: there is none. */
static bool next_time(stead_call *call, int64_t from, int64_t *first)
{
	stead_value param = stead_time(from);
	int64_t found, least = NO_END;
	stead_rows *rows;

	if (first_sound(stead_open_as(call, STEAD_CURSOR,
	                              "SELECT bucket_start FROM stead_audit_rollup WHERE period = 'hour' AND"
	                              " bucket_start >= $1 ORDER BY bucket_start",
	                              1, &param),
	                &found) &&
	    found < least)
		least = found;
	if (first_sound(stead_open_as(call, STEAD_CURSOR,
	                              "SELECT bucket_start FROM stead_audit_rollup WHERE period = 'day' AND bucket_start"
	                              " >= $1 ORDER BY bucket_start",
	                              1, &param),
	                &found) &&
	    found < least)
		least = found;
	rows = stead_open_as(call, STEAD_CURSOR, "SELECT first_event_at FROM stead_audit_block WHERE last_event_at >= $1",
	                     1, &param);
	while (stead_next(rows)) {
		stead_value time;

		if (stead_column_sound(rows, 0, STEAD_TIME, &time) && !time.null && time.integer < least)
			least = time.integer < from ? from : time.integer;
	}
	*first = least;
	return least <= STEAD_TIME_MAX;
}

/* Calls visit for each hour that a block added to the rollups of a window, the latest block first. */
typedef void visit_item(verify_state *verification, int64_t block, fold_item *item, void *data);
static void visit_folded(verify_state *verification, int64_t from, int64_t until, visit_item *visit, void *data)
{
	stead_value params[] = {stead_time(from), stead_time(until)};
	stead_rows *rows = until == NO_END
	                       ? stead_open_as(verification->call, STEAD_CURSOR,
	                                       "SELECT block, folded FROM stead_audit_block WHERE last_event_at >= $1"
	                                       " ORDER BY block DESC",
	                                       1, params)
	                       : stead_open_as(verification->call, STEAD_CURSOR,
	                                       "SELECT block, folded FROM stead_audit_block"
	                                       " WHERE last_event_at >= $1 AND first_event_at < $2 ORDER BY block DESC",
	                                       2, params);

	while (stead_next(rows)) {
		stead_value block, folded;
		size_t offset = 0;
		fold_item item;

		if (!stead_column_sound(rows, 0, STEAD_INT, &block) || !stead_column_sound(rows, 1, STEAD_BYTES, &folded))
			continue; /* reported with the block */
		while (fold_read(folded, &offset, &item))
			if (item.bucket_start >= from && item.bucket_start < until && item.bucket_start <= STEAD_TIME_MAX)
				visit(verification, block.integer, &item, data);
	}
}

static void report_rollup(verify_state *verification, const char *period, int64_t bucket_start, stead_value action,
                          const char *status, const char *what)
{
	char time[STEAD_TIME_SIZE];

	stead_time_format(bucket_start, time);
	verify_report(verification, stead_null(STEAD_INT), status, stead_null(STEAD_INT),
	              stead_format(verification->call, "the rollup of the %s %.*s, action %.*s, %s", period,
	                           STEAD_TIME_SIZE, time, (int)action.size, action.data, what));
}
#define NOT_SEALED "counts no sealed event"
#define NOT_FOLDED "does not match the sealed events"

static bool same_item(const fold_item *a, const fold_item *b)
{
	return a->events == b->events && a->failures == b->failures && a->first_event_at == b->first_event_at &&
	       a->last_event_at == b->last_event_at;
}

static stead_rows *open_rollups(verify_state *verification, const char *period, int64_t from, int64_t until)
{
	stead_value params[] = {stead_text(period), stead_time(from), stead_time(until)};

	return until == NO_END ? stead_open_as(verification->call, STEAD_CURSOR,
	                                       "SELECT bucket_start, action, events, failures, first_event_at,"
	                                       " last_event_at FROM stead_audit_rollup WHERE period = $1 AND"
	                                       " bucket_start >= $2 ORDER BY bucket_start, action",
	                                       2, params)
	                       : stead_open_as(verification->call, STEAD_CURSOR,
	                                       "SELECT bucket_start, action, events, failures, first_event_at,"
	                                       " last_event_at FROM stead_audit_rollup WHERE period = $1 AND"
	                                       " bucket_start >= $2 AND bucket_start < $3 ORDER BY bucket_start, action",
	                                       3, params);
}

/* ---- From the cutoff on: every row must be there --------------------------------------------------------------- */

typedef struct {
	fold_table hours, days;
} expectation;

static void expect(verify_state *verification, int64_t block, fold_item *item, void *data)
{
	expectation *expected = data;

	(void)block;
	fold_add(verification->call, &expected->hours, item);
	item->bucket_start = stead_bucket_start(STEAD_DAILY, item->bucket_start);
	fold_add(verification->call, &expected->days, item);
}

static void compare(verify_state *verification, const char *period, int64_t from, int64_t until, fold_table *expected)
{
	stead_rows *rows = open_rollups(verification, period, from, until);
	fold_item row, *item;

	while (stead_next(rows)) {
		if (!read_rollup(rows, &row))
			continue; /* reported as a stray */
		item = fold_find(expected, row.bucket_start, row.action);
		if (!item) {
			report_rollup(verification, period, row.bucket_start, row.action, "added", NOT_SEALED);
			continue;
		}
		if (!same_item(item, &row))
			report_rollup(verification, period, row.bucket_start, row.action, "changed", NOT_FOLDED);
		item->events = 0;
	}
	for (size_t i = 0; i < expected->count; i++)
		if (expected->items[i].events)
			report_rollup(verification, period, expected->items[i].bucket_start, expected->items[i].action, "missing",
			              "is gone");
}

static void compare_from(verify_state *verification, int64_t from)
{
	for (int64_t until = from; until != NO_END && next_time(verification->call, from, &from); from = until) {
		stead_scope *scope = stead_open_scope(verification->call);
		expectation expected = {0};

		from = stead_bucket_start(STEAD_DAILY, from);
		until = end_of_window(verification->call, from);
		visit_folded(verification, from, until, expect, &expected);
		compare(verification, "hour", from, until, &expected.hours);
		compare(verification, "day", from, until, &expected.days);
		stead_close_scope(verification->call, scope);
	}
}

/* ---- Before the cutoff: rows may have been pruned -------------------------------------------------------------- */

/* What the blocks, from the latest on, added to a row that is there. */
typedef struct {
	fold_item sum;
	int64_t last_block; /* the last one that added something; 0: none so far */
	bool good;          /* the row is the sum of the blocks after a prune */
} remnant;

typedef struct {
	const char *period;
	fold_table rows, lost;
	remnant *sums; /* for each of the rows */
} remnants;

/* Can a rollup of that time have been pruned when the number of the latest block was least to most? */
static bool was_pruned(const seal_accounts *accounts, int64_t bucket_start, int64_t least, int64_t most)
{
	for (size_t i = 0; i < accounts->prune_count; i++)
		if (accounts->prunes[i].cutoff > bucket_start && accounts->prunes[i].block >= least &&
		    accounts->prunes[i].block <= most)
			return true;
	return false;
}

static void add_to_remnant(verify_state *verification, int64_t block, const fold_item *item, remnants *all)
{
	fold_item *row = fold_find(&all->rows, item->bucket_start, item->action);
	remnant *seen;

	if (!row) {
		if (!was_pruned(&verification->accounts, item->bucket_start, block, INT64_MAX))
			fold_add(verification->call, &all->lost, item);
		return;
	}
	seen = &all->sums[row - all->rows.items];
	if (!seen->last_block) {
		seen->sum = *item;
		seen->last_block = block;
		return;
	}
	if (block != seen->last_block && same_item(row, &seen->sum) &&
	    was_pruned(&verification->accounts, item->bucket_start, block, seen->last_block - 1))
		seen->good = true;
	seen->last_block = block;
	seen->sum.events = fold_plus(seen->sum.events, item->events);
	seen->sum.failures = fold_plus(seen->sum.failures, item->failures);
	if (item->first_event_at < seen->sum.first_event_at)
		seen->sum.first_event_at = item->first_event_at;
	if (item->last_event_at > seen->sum.last_event_at)
		seen->sum.last_event_at = item->last_event_at;
}

static void add_to_both(verify_state *verification, int64_t block, fold_item *item, void *data)
{
	remnants *both = data;

	add_to_remnant(verification, block, item, &both[0]);
	item->bucket_start = stead_bucket_start(STEAD_DAILY, item->bucket_start);
	add_to_remnant(verification, block, item, &both[1]);
}

static void load_remnants(verify_state *verification, remnants *all, int64_t from, int64_t until)
{
	stead_rows *rows = open_rollups(verification, all->period, from, until);
	fold_item row;

	while (stead_next(rows))
		if (read_rollup(rows, &row))
			fold_add(verification->call, &all->rows, &row);
	all->sums = stead_alloc(verification->call, (all->rows.count + 1) * sizeof *all->sums);
	memset(all->sums, 0, (all->rows.count + 1) * sizeof *all->sums);
}

static void compare_remnants(verify_state *verification, const remnants *all)
{
	for (size_t i = 0; i < all->rows.count; i++) {
		const fold_item *row = &all->rows.items[i];

		if (!all->sums[i].last_block)
			report_rollup(verification, all->period, row->bucket_start, row->action, "added", NOT_SEALED);
		else if (!all->sums[i].good && !same_item(row, &all->sums[i].sum))
			report_rollup(verification, all->period, row->bucket_start, row->action, "changed", NOT_FOLDED);
	}
	for (size_t i = 0; i < all->lost.count; i++)
		report_rollup(verification, all->period, all->lost.items[i].bucket_start, all->lost.items[i].action, "missing",
		              "is gone");
}

static void compare_before(verify_state *verification, int64_t cutoff)
{
	for (int64_t from = STEAD_TIME_MIN, until; from < cutoff; from = until) {
		stead_scope *scope = stead_open_scope(verification->call);
		remnants both[] = {{.period = "hour"}, {.period = "day"}};

		until = end_of_window(verification->call, from);
		until = until < cutoff ? until : cutoff;
		for (int i = 0; i < STEAD_COUNT(both); i++)
			load_remnants(verification, &both[i], from, until);
		visit_folded(verification, from, until, add_to_both, both);
		for (int i = 0; i < STEAD_COUNT(both); i++)
			compare_remnants(verification, &both[i]);
		stead_close_scope(verification->call, scope);
	}
}

/* ---- All rollups ----------------------------------------------------------------------------------------------- */

/* Reports rows that no window has: with another period, an invalid time, or a value that is not of its column's type.
 */
static void report_strays(verify_state *verification)
{
	stead_rows *rows = stead_open_as(verification->call, STEAD_CURSOR,
	                                 "SELECT bucket_start, action, events, failures, first_event_at, last_event_at,"
	                                 " period FROM stead_audit_rollup",
	                                 0, NULL);

	while (stead_next(rows)) {
		stead_value period;
		bool typed = stead_column_sound(rows, 6, STEAD_TEXT, &period) && !period.null, sound;
		fold_item row;

		sound = read_rollup(rows, &row);
		if (!typed || !sound)
			verify_report(verification, stead_null(STEAD_INT), "changed", stead_null(STEAD_INT),
			              "a rollup has an invalid time, or a value that is not of its column's type");
		else if (!stead_equals(period, "hour") && !stead_equals(period, "day"))
			verify_report(verification, stead_null(STEAD_INT), "added", stead_null(STEAD_INT),
			              stead_format(verification->call,
			                           "a rollup has the period %.*s, which is neither hour nor day", (int)period.size,
			                           period.data));
	}
}

void verify_rollups(verify_state *verification)
{
	int64_t cutoff = STEAD_TIME_MIN;

	for (size_t i = 0; i < verification->accounts.prune_count; i++)
		if (verification->accounts.prunes[i].cutoff > cutoff)
			cutoff = verification->accounts.prunes[i].cutoff;
	report_strays(verification);
	compare_before(verification, cutoff);
	compare_from(verification, cutoff);
}
