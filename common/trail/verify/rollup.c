/*
 * rollup.c - the rollups against what the blocks folded in. See verify.h.
 *
 * Rollups are too many to hold at once: they are compared in windows of whole days, for each of which the blocks that reach
 * into it are read once more. Events come nearly in order of time, so each block is read about once. Before the cutoff of a
 * prune of rollups a row may be gone; one that is there is of all blocks, or of those that were sealed since such a prune.
 */
#include "trail/verify/verify.h"

#include <string.h>

#define WINDOW 50000 /* rollups of a window, but for those of its last day */
#define NO_END INT64_MAX

/* A row of stead_audit_rollup; false: it has a value that is not of its column's type. */
static bool read_rollup(stead_rows *rows, fold_item *item)
{
	static const stead_type types[] = {STEAD_TIME, STEAD_TEXT, STEAD_INT, STEAD_INT, STEAD_TIME, STEAD_TIME};
	stead_value value[STEAD_COUNT(types)];

	for (int i = 0; i < STEAD_COUNT(types); i++)
		if (!stead_column_sound(rows, i, types[i], &value[i]) || value[i].null)
			return false;
	*item = (fold_item){value[0].integer, value[1], value[2].integer, value[3].integer, value[4].integer, value[5].integer};
	return true;
}

/* The first time at or after from in a column of times, in order. Unsound ones are told of elsewhere. */
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

/* The end of the window that begins at a day: so many hours' rollups on, at the end of a day. After the last rollup one
 * window takes all that blocks say they folded in: of days without any there may be millions. Unsound times do not count: by
 * one of those a window would end anywhere, or be a single day of all that there are since the year 1. */
static int64_t end_of_window(stead_call *call, int64_t from)
{
	stead_value param = stead_time(from), time;
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR, 
	                                   "SELECT bucket_start FROM stead_audit_rollup WHERE period = 'hour' AND bucket_start >= $1"
	                                   " ORDER BY bucket_start",
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

/* When the first thing happens at or after a time that is in a rollup or was folded; false: nothing does. */
static bool next_time(stead_call *call, int64_t from, int64_t *first)
{
	stead_value param = stead_time(from);
	int64_t found, least = NO_END;
	stead_rows *rows;

	if (first_sound(stead_open_as(call, STEAD_CURSOR, 
	                                "SELECT bucket_start FROM stead_audit_rollup WHERE period = 'hour' AND bucket_start >= $1"
	                                " ORDER BY bucket_start",
	                                1, &param),
	                &found) &&
	    found < least)
		least = found;
	if (first_sound(stead_open_as(call, STEAD_CURSOR, 
	                                "SELECT bucket_start FROM stead_audit_rollup WHERE period = 'day' AND bucket_start >= $1"
	                                " ORDER BY bucket_start",
	                                1, &param),
	                &found) &&
	    found < least)
		least = found;
	rows = stead_open_as(call, STEAD_CURSOR, "SELECT first_event_at FROM stead_audit_block WHERE last_event_at >= $1", 1, &param);
	while (stead_next(rows)) {
		stead_value time;

		if (stead_column_sound(rows, 0, STEAD_TIME, &time) && !time.null && time.integer < least)
			least = time.integer < from ? from : time.integer;
	}
	*first = least;
	return least <= STEAD_TIME_MAX;
}

/* Calls visit for each hour that a block folded into the window, the latest block first. */
typedef void visit_item(verification *now, int64_t block, fold_item *item, void *data);
static void visit_folded(verification *now, int64_t from, int64_t until, visit_item *visit, void *data)
{
	stead_value params[] = {stead_time(from), stead_time(until)};
	stead_rows *rows = until == NO_END
	                       ? stead_open_as(now->call, STEAD_CURSOR, 
	                                         "SELECT block, folded FROM stead_audit_block WHERE last_event_at >= $1"
	                                         " ORDER BY block DESC",
	                                         1, params)
	                       : stead_open_as(now->call, STEAD_CURSOR, 
	                                         "SELECT block, folded FROM stead_audit_block"
	                                         " WHERE last_event_at >= $1 AND first_event_at < $2 ORDER BY block DESC",
	                                         2, params);

	while (stead_next(rows)) {
		stead_value block, folded;
		size_t offset = 0;
		fold_item item;

		if (!stead_column_sound(rows, 0, STEAD_INT, &block) || !stead_column_sound(rows, 1, STEAD_BYTES, &folded))
			continue; /* told of with the block */
		while (fold_read(folded, &offset, &item))
			if (item.bucket_start >= from && item.bucket_start < until && item.bucket_start <= STEAD_TIME_MAX)
				visit(now, block.integer, &item, data);
	}
}

static void tell(verification *now, const char *period, int64_t bucket_start, stead_value action, const char *status,
                 const char *what)
{
	char time[STEAD_TIME_SIZE];

	stead_time_format(bucket_start, time);
	verify_report(now, stead_null(STEAD_INT), status, stead_null(STEAD_INT),
	              stead_format(now->call, "the rollup of the %s %.*s, action %.*s, %s", period, STEAD_TIME_SIZE, time,
	                           (int)action.size, action.data, what));
}
#define NOT_SEALED "is of no event that was sealed"
#define NOT_FOLDED "is not what was folded into it"

static bool same_item(const fold_item *a, const fold_item *b)
{
	return a->events == b->events && a->failures == b->failures && a->first_event_at == b->first_event_at &&
	       a->last_event_at == b->last_event_at;
}

static stead_rows *open_rollups(verification *now, const char *period, int64_t from, int64_t until)
{
	stead_value params[] = {stead_text(period), stead_time(from), stead_time(until)};

	return until == NO_END ? stead_open_as(now->call, STEAD_CURSOR, 
	                                         "SELECT bucket_start, action, events, failures, first_event_at, last_event_at"
	                                         " FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2"
	                                         " ORDER BY bucket_start, action",
	                                         2, params)
	                       : stead_open_as(now->call, STEAD_CURSOR, 
	                                         "SELECT bucket_start, action, events, failures, first_event_at, last_event_at"
	                                         " FROM stead_audit_rollup WHERE period = $1 AND bucket_start >= $2 AND bucket_start < $3"
	                                         " ORDER BY bucket_start, action",
	                                         3, params);
}

/* ---- From the cutoff on, where every row is there --------------------------------------------------------------------- */

typedef struct {
	fold_table hours, days;
} expectation;

static void expect(verification *now, int64_t block, fold_item *item, void *data)
{
	expectation *of = data;

	(void)block;
	fold_add(now->call, &of->hours, item);
	item->bucket_start = stead_bucket_start(STEAD_DAILY, item->bucket_start);
	fold_add(now->call, &of->days, item);
}

static void compare(verification *now, const char *period, int64_t from, int64_t until, fold_table *expected)
{
	stead_rows *rows = open_rollups(now, period, from, until);
	fold_item row, *item;

	while (stead_next(rows)) {
		if (!read_rollup(rows, &row))
			continue; /* told of as a stray */
		item = fold_find(expected, row.bucket_start, row.action);
		if (!item) {
			tell(now, period, row.bucket_start, row.action, "added", NOT_SEALED);
			continue;
		}
		if (!same_item(item, &row))
			tell(now, period, row.bucket_start, row.action, "changed", NOT_FOLDED);
		item->events = 0;
	}
	for (size_t i = 0; i < expected->count; i++)
		if (expected->items[i].events)
			tell(now, period, expected->items[i].bucket_start, expected->items[i].action, "missing", "is gone");
}

static void compare_from(verification *now, int64_t from)
{
	for (int64_t until = from; until != NO_END && next_time(now->call, from, &from); from = until) {
		stead_scope *scope = stead_open_scope(now->call);
		expectation of = {0};

		from = stead_bucket_start(STEAD_DAILY, from);
		until = end_of_window(now->call, from);
		visit_folded(now, from, until, expect, &of);
		compare(now, "hour", from, until, &of.hours);
		compare(now, "day", from, until, &of.days);
		stead_close_scope(now->call, scope);
	}
}

/* ---- Before it ------------------------------------------------------------------------------------------------------------ */

/* A row that is there, and what the blocks from the latest on say of it. */
typedef struct {
	fold_item sum;
	int64_t last_block; /* of those that say something; 0: none did yet */
	bool good;
} remnant;

typedef struct {
	const char *period;
	fold_table rows, lost;
	remnant *of; /* for each of the rows */
} remnants;

/* Can rollups of that time have been pruned when the latest block was one of least to most? */
static bool was_pruned(const seal_accounts *accounts, int64_t bucket_start, int64_t least, int64_t most)
{
	for (size_t i = 0; i < accounts->prune_count; i++)
		if (accounts->prunes[i].cutoff > bucket_start && accounts->prunes[i].block >= least && accounts->prunes[i].block <= most)
			return true;
	return false;
}

static void look_at(verification *now, int64_t block, const fold_item *item, remnants *all)
{
	fold_item *row = fold_find(&all->rows, item->bucket_start, item->action);
	remnant *of;

	if (!row) {
		if (!was_pruned(&now->accounts, item->bucket_start, block, INT64_MAX))
			fold_add(now->call, &all->lost, item);
		return;
	}
	of = &all->of[row - all->rows.items];
	if (!of->last_block) {
		of->sum = *item;
		of->last_block = block;
		return;
	}
	if (block != of->last_block && same_item(row, &of->sum) &&
	    was_pruned(&now->accounts, item->bucket_start, block, of->last_block - 1))
		of->good = true;
	of->last_block = block;
	of->sum.events += item->events;
	of->sum.failures += item->failures;
	if (item->first_event_at < of->sum.first_event_at)
		of->sum.first_event_at = item->first_event_at;
	if (item->last_event_at > of->sum.last_event_at)
		of->sum.last_event_at = item->last_event_at;
}

static void look_at_both(verification *now, int64_t block, fold_item *item, void *data)
{
	remnants *both = data;

	look_at(now, block, item, &both[0]);
	item->bucket_start = stead_bucket_start(STEAD_DAILY, item->bucket_start);
	look_at(now, block, item, &both[1]);
}

static void load(verification *now, remnants *all, int64_t from, int64_t until)
{
	stead_rows *rows = open_rollups(now, all->period, from, until);
	fold_item row;

	while (stead_next(rows))
		if (read_rollup(rows, &row))
			fold_add(now->call, &all->rows, &row);
	all->of = stead_alloc(now->call, (all->rows.count + 1) * sizeof *all->of);
	memset(all->of, 0, (all->rows.count + 1) * sizeof *all->of);
}

static void compare_remnants(verification *now, const remnants *all)
{
	for (size_t i = 0; i < all->rows.count; i++) {
		const fold_item *row = &all->rows.items[i];

		if (!all->of[i].last_block)
			tell(now, all->period, row->bucket_start, row->action, "added", NOT_SEALED);
		else if (!all->of[i].good && !same_item(row, &all->of[i].sum))
			tell(now, all->period, row->bucket_start, row->action, "changed", NOT_FOLDED);
	}
	for (size_t i = 0; i < all->lost.count; i++)
		tell(now, all->period, all->lost.items[i].bucket_start, all->lost.items[i].action, "missing", "is gone");
}

static void compare_before(verification *now, int64_t cutoff)
{
	for (int64_t from = STEAD_TIME_MIN, until; from < cutoff; from = until) {
		stead_scope *scope = stead_open_scope(now->call);
		remnants both[] = {{.period = "hour"}, {.period = "day"}};

		until = end_of_window(now->call, from);
		until = until < cutoff ? until : cutoff;
		for (int i = 0; i < STEAD_COUNT(both); i++)
			load(now, &both[i], from, until);
		visit_folded(now, from, until, look_at_both, both);
		for (int i = 0; i < STEAD_COUNT(both); i++)
			compare_remnants(now, &both[i]);
		stead_close_scope(now->call, scope);
	}
}

/* ---- All of them ---------------------------------------------------------------------------------------------------------- */

/* Rows that no window has: of another period, of a time that no event can have, or with a value of another type. */
static void tell_strays(verification *now)
{
	stead_rows *rows = stead_open_as(now->call, STEAD_CURSOR, 
	                                   "SELECT bucket_start, action, events, failures, first_event_at, last_event_at, period"
	                                   " FROM stead_audit_rollup",
	                                   0, NULL);

	while (stead_next(rows)) {
		stead_value period;
		bool typed = stead_column_sound(rows, 6, STEAD_TEXT, &period) && !period.null, sound;
		fold_item row;

		sound = read_rollup(rows, &row);
		if (!typed || !sound)
			verify_report(now, stead_null(STEAD_INT), "changed", stead_null(STEAD_INT),
			              "a rollup has a time that no event can have, or a value that is not of its column's type");
		else if (!stead_equals(period, "hour") && !stead_equals(period, "day"))
			verify_report(now, stead_null(STEAD_INT), "added", stead_null(STEAD_INT),
			              stead_format(now->call, "a rollup is of the period %.*s, which is neither hour nor day", (int)period.size, period.data));
	}
}

void verify_rollups(verification *now)
{
	int64_t cutoff = STEAD_TIME_MIN;

	for (size_t i = 0; i < now->accounts.prune_count; i++)
		if (now->accounts.prunes[i].cutoff > cutoff)
			cutoff = now->accounts.prunes[i].cutoff;
	tell_strays(now);
	compare_before(now, cutoff);
	compare_from(now, cutoff);
}
