/*
 * limit.c - rate limits, by the generic cell rate algorithm of lib/gcra.h.
 *
 * A subject is one row. One statement judges the row, locked, and takes: so takers at the same moment cannot both have
 * the last one. Only a refusal needs a second statement, which counts it in the same row. Upkeep deletes subjects that
 * are full again, which are like subjects that never took; their counts go into the limit's row.
 */
#include "core/cache.h"
#include "lib/gcra.h"
#include "lib/timestamp.h"
#include "state/setting/option.h"
#include "access/limit/limit.h"

#define MAX_LIMIT_NAME 200
/* A subject's time that is further ahead than its limit allows, and so much more, is from a clock that was wrong, or
 * from another definition: it becomes that of an empty subject. Less can be a taker who read the clock and then waited
 * for the row. */
#define AHEAD (60 * STEAD_SECOND)

/* ---- Definitions ------------------------------------------------------------------------------------------------- */

static void check_number(stead_call *call, const char *name, stead_value number, int64_t most)
{
	if (!number.null && (number.integer < 1 || number.integer > most))
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be 1 to %lld", call->function->name, name, (long long)most);
}

static void check_subject(stead_call *call, stead_value subject)
{
	stead_check_size(call, "subject", subject, 1, LIMIT_MAX_SUBJECT);
}

/* Returns whether that changed something. */
static bool define(stead_call *call, stead_value name, stead_value max_count, stead_value per_seconds,
                   stead_value burst)
{
	return stead_run(call,
	                 "INSERT INTO stead_limit AS l (name, max_count, per_seconds, burst, allowed, refused, sweep_at)"
	                 " VALUES ($1, $2, $3, $4, 0, 0, $5) ON CONFLICT (name) DO UPDATE SET max_count = $2,"
	                 " per_seconds = $3, burst = $4, sweep_at = $5"
	                 " WHERE l.max_count <> $2 OR l.per_seconds <> $3 OR l.burst <> $4",
	                 5, (stead_value[]){name, max_count, per_seconds, burst, stead_time(stead_now(call))}) > 0;
}

static stead_value limit_define(stead_call *call, const stead_value *args)
{
	stead_value burst = args[3].null ? args[1] : args[3];
	gcra limit;

	stead_check_size(call, "limit_name", args[0], 1, MAX_LIMIT_NAME);
	check_number(call, "max_count", args[1], GCRA_MAX_COUNT);
	check_number(call, "per_seconds", args[2], GCRA_MAX_SECONDS);
	check_number(call, "burst", burst, GCRA_MAX_COUNT);
	if (!gcra_define(args[1].integer, args[2].integer, burst.integer, &limit))
		stead_raise(call, STEAD_INVALID,
		            "stead_limit_define: %lld at once, at %lld in %lld seconds, are too many to be counted exactly",
		            (long long)burst.integer, (long long)args[1].integer, (long long)args[2].integer);
	return stead_bool(define(call, args[0], args[1], args[2], burst));
}

static stead_value limit_delete(stead_call *call, const stead_value *args)
{
	bool was = stead_any(call, "SELECT 1 FROM stead_limit WHERE name = $1 FOR UPDATE", 1, args);

	stead_run(call, "DELETE FROM stead_limit_subject WHERE limit_name = $1", 1, args);
	stead_run(call, "DELETE FROM stead_limit WHERE name = $1", 1, args);
	return stead_bool(was);
}

/* A limit as it is cached. */
typedef struct {
	gcra limit;
	int64_t row[3]; /* max_count, per_seconds, burst */
} known_limit;

/* False: there is no such limit. */
static bool find(stead_call *call, stead_value name, gcra *limit)
{
	const known_limit *cached = NULL;
	known_limit found;
	int64_t *row = found.row, max_entries;
	stead_rows *rows;
	bool sound;
	size_t size;

	/* if the cache is off, nothing is put into it; asking that first would make each take costlier */
	if (name.size)
		cached = stead_memory_get(call, &limit_tables[LIMIT_TABLE], name.data, name.size, &size);
	if (cached) {
		*limit = cached->limit;
		return true;
	}
	rows = stead_open(call, "SELECT max_count, per_seconds, burst FROM stead_limit WHERE name = $1", 1, &name);
	if (!stead_next(rows))
		return false;
	for (int i = 0; i < 3; i++)
		row[i] = stead_column(rows, i, STEAD_INT).integer;
	stead_close(rows);
	sound = row[0] >= 1 && row[0] <= GCRA_MAX_COUNT && row[1] >= 1 && row[1] <= GCRA_MAX_SECONDS && row[2] >= 1 &&
	        row[2] <= GCRA_MAX_COUNT && gcra_define(row[0], row[1], row[2], limit);
	if (!sound)
		stead_raise(call, STEAD_CORRUPT, "stead_%s: the row of this limit in stead_limit is out of range",
		            call->function->name);
	found.limit = *limit;
	max_entries = option_memory_entries(call);
	if (max_entries)
		stead_memory_put(call, &limit_tables[LIMIT_TABLE], name.data, name.size, &found, sizeof found,
		                 &(stead_memory_source){&limit_tables[LIMIT_TABLE], 0}, 1, max_entries);
	return true;
}

static void load(stead_call *call, stead_value name, gcra *limit)
{
	if (!find(call, name, limit))
		stead_raise_hint(call, STEAD_NOT_FOUND, "stead_limit_define defines one.",
		                 "stead_%s: limit \"%.*s\" does not exist", call->function->name,
		                 (int)(name.size < MAX_LIMIT_NAME ? name.size : MAX_LIMIT_NAME), name.data);
}

/* ---- Taking ------------------------------------------------------------------------------------------------------ */

static int64_t milliseconds(int64_t us)
{
	return us / 1000 + (us % 1000 > 0);
}

static int64_t take(stead_call *call, stead_value name, const gcra *limit, stead_value subject, int64_t cost)
{
	int64_t now = stead_now(call);
	gcra_time price = gcra_price(limit, cost), latest = gcra_latest(limit, now, cost);
	stead_value params[] = {
		name,
		subject,
		stead_int(now + price.us),
		stead_int(price.part), /* 3, 4: a full subject's time, once it has taken */
		stead_int(now),
		stead_int(latest.us),
		stead_int(latest.part), /* 5, 6, 7 */
		stead_int(price.us),
		stead_int(limit->parts - price.part), /* 8; 9: from so many parts on, one is carried */
	};
	stead_value refusal[] = {name, subject, stead_int(now + limit->full.us + AHEAD), stead_int(now + limit->full.us),
	                         stead_int(latest.part)};

	/* a row that is refused is left as it is: where writers do not wait for each other, it is locked all the same */
	for (int i = 0; i < 10; i++) {
		stead_value free_at;

		if (stead_run(call,
		              "INSERT INTO stead_limit_subject AS s (limit_name, subject, full_at, part, allowed, refused)"
		              " VALUES ($1, $2, $3, $4, 1, 0) ON CONFLICT (limit_name, subject) DO UPDATE SET"
		              " full_at = CASE WHEN s.full_at < $5 THEN $3 WHEN s.part >= $9 THEN s.full_at + $8 + 1 ELSE"
		              " s.full_at + $8 END, part = CASE WHEN s.full_at < $5 THEN $4 WHEN s.part >= $9 THEN s.part - $9"
		              " ELSE s.part + $4 END, allowed = s.allowed + 1"
		              " WHERE s.full_at < $6 OR (s.full_at = $6 AND s.part <= $7)",
		              STEAD_COUNT(params), params) > 0)
			return 0;
		free_at = stead_returning(call,
		                          "UPDATE stead_limit_subject SET refused = refused + 1,"
		                          " full_at = CASE WHEN full_at > $3 THEN $4 ELSE full_at END"
		                          " WHERE limit_name = $1 AND subject = $2"
		                          " RETURNING full_at + CASE WHEN part > $5 THEN 1 ELSE 0 END",
		                          STEAD_COUNT(refusal), refusal, STEAD_INT);
		/* it may have changed, or gone, since: as if the call had come before */
		if (!free_at.null)
			return free_at.integer > latest.us ? milliseconds(free_at.integer - latest.us) : 1;
	}
	stead_raise(call, STEAD_CORRUPT, "stead_%s: nothing was counted: a trigger on stead_limit_subject suppressed it",
	            call->function->name);
}

/* Takes by one statement, if the host can do that with less: then nothing is read before, not even whether the limit
 * was changed. It is taken as it was last seen, and the statement makes sure that it still is so. True: it is allowed
 * and taken. False says nothing: the subject may have no row, too. */
static bool take_alone(stead_call *call, const stead_value *args)
{
	stead_value result = stead_int(0);
	const known_limit *seen;
	gcra_time price, latest;
	int64_t now;
	size_t size;

	if (!args[0].size || !stead_alone_begins(call, &result))
		return false;
	seen = stead_memory_hint(call, &limit_tables[LIMIT_TABLE], args[0].data, args[0].size, &size);
	if (seen && args[2].integer >= 1 && args[2].integer <= seen->limit.burst) {
		now = stead_now(call);
		price = gcra_price(&seen->limit, args[2].integer);
		latest = gcra_latest(&seen->limit, now, args[2].integer);
		/* the first parameter makes allowed null if it is null: see stead_alone_begins() */
		if (stead_run(call,
		              "UPDATE stead_limit_subject SET allowed = allowed + ($1 > 0), full_at = CASE WHEN full_at < $1"
		              " THEN $1 + $3 WHEN part >= $2 THEN full_at + $3 + 1 ELSE full_at + $3 END, part = CASE WHEN"
		              " full_at < $1 THEN $4 WHEN part >= $2 THEN part - $2 ELSE part + $4 END WHERE limit_name = $5"
		              " AND subject = $6 AND (full_at < $7 OR (full_at = $7 AND part <= $8)) AND EXISTS (SELECT 1"
		              " FROM stead_limit l WHERE l.name = $5 AND l.max_count = $9 AND l.per_seconds = $10"
		              " AND l.burst = $11)",
		              11,
		              (stead_value[]){stead_int(now), stead_int(seen->limit.parts - price.part), stead_int(price.us),
		                              stead_int(price.part), args[0], args[1], stead_int(latest.us),
		                              stead_int(latest.part), stead_int(seen->row[0]), stead_int(seen->row[1]),
		                              stead_int(seen->row[2])}))
			return true;
	}
	stead_alone_ends(call);
	return false;
}

static stead_value limit_take(stead_call *call, const stead_value *args)
{
	gcra limit;

	check_subject(call, args[1]);
	if (take_alone(call, args))
		return stead_int(0);
	load(call, args[0], &limit);
	if (args[2].integer < 1 || args[2].integer > limit.burst)
		stead_raise(call, STEAD_INVALID, "stead_limit_take: cost must be 1 to the burst of the limit, %lld",
		            (long long)limit.burst);
	return stead_int(take(call, args[0], &limit, args[1], args[2].integer));
}

int64_t limit_take_own(stead_call *call, const char *limit_name, int64_t max_count, int64_t per_seconds,
                       stead_value subject)
{
	stead_value name = stead_text(limit_name);
	gcra limit, wanted;

	gcra_define(max_count, per_seconds, max_count, &wanted);
	if (!find(call, name, &limit) || limit.parts != wanted.parts || limit.step != wanted.step ||
	    limit.burst != wanted.burst)
		define(call, name, stead_int(max_count), stead_int(per_seconds), stead_int(max_count));
	return take(call, name, &wanted, subject, 1);
}

static void limit_peek(stead_call *call, const stead_value *args)
{
	int64_t now, free_at;
	gcra_time time = {0};
	stead_rows *rows;
	gcra limit;

	check_subject(call, args[1]);
	load(call, args[0], &limit);
	rows =
		stead_open_as(call, STEAD_BY_KEY,
	                  "SELECT full_at, part FROM stead_limit_subject WHERE limit_name = $1 AND subject = $2", 2, args);
	if (stead_next(rows))
		time = (gcra_time){stead_column(rows, 0, STEAD_INT).integer, stead_column(rows, 1, STEAD_INT).integer};
	stead_close(rows);
	now = stead_now(call);
	free_at = gcra_free_at(&limit, now, time, 1);
	if (time.us < now)
		time = (gcra_time){now, 0};
	if (time.us > now + limit.full.us)
		time = (gcra_time){now + limit.full.us, 0};
	stead_emit(call, (stead_value[]){stead_bool(free_at == now), stead_int(gcra_remaining(&limit, now, time)),
	                                 stead_int(milliseconds(free_at - now)), stead_time(time.us + (time.part > 0))});
}

/* ---- What was counted -------------------------------------------------------------------------------------------- */

/* Of one subject, or with a null of all. */
static int64_t reset(stead_call *call, stead_value name, stead_value subject)
{
	int64_t count = 0, allowed = 0, refused = 0;
	stead_rows *rows =
		stead_open_as(call, STEAD_CURSOR,
	                  "DELETE FROM stead_limit_subject WHERE limit_name = $1 AND ($2 IS NULL OR subject = $2)"
	                  " RETURNING allowed, refused",
	                  2, (stead_value[]){name, subject});

	for (; stead_next(rows); count++) {
		allowed += stead_column(rows, 0, STEAD_INT).integer;
		refused += stead_column(rows, 1, STEAD_INT).integer;
	}
	if (count)
		stead_run(call, "UPDATE stead_limit SET allowed = allowed + $2, refused = refused + $3 WHERE name = $1", 3,
		          (stead_value[]){name, stead_int(allowed), stead_int(refused)});
	return count;
}

void limit_reset_own(stead_call *call, const char *limit_name, stead_value subject)
{
	reset(call, stead_text(limit_name), subject);
}

static stead_value limit_reset(stead_call *call, const stead_value *args)
{
	gcra limit;

	check_subject(call, args[1]);
	load(call, args[0], &limit);
	return stead_int(reset(call, args[0], args[1]));
}

static void limit_list(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(
		call,
		"SELECT l.name, l.max_count, l.per_seconds, l.burst, coalesce(s.subjects, 0), l.allowed + coalesce(s.allowed,"
		" 0), l.refused + coalesce(s.refused, 0) FROM stead_limit l LEFT JOIN (SELECT limit_name, count(*) AS subjects,"
		" CAST(sum(allowed) AS bigint) AS allowed, CAST(sum(refused) AS bigint) AS refused FROM stead_limit_subject"
		" GROUP BY limit_name) s ON s.limit_name = l.name ORDER BY l.name",
		0, NULL);

	(void)args;
	while (stead_next(rows)) {
		stead_value row[7] = {stead_column(rows, 0, STEAD_TEXT)};

		for (int i = 1; i < STEAD_COUNT(row); i++)
			row[i] = stead_column(rows, i, STEAD_INT);
		stead_emit(call, row);
	}
}

static const stead_function functions[] = {
	{
		.name = "limit_define",
		.doc =
			"Defines a rate limit, or changes it: max_count (1 to 1000000000) in per_seconds (1 to 31622400), and at "
			"most burst at once; burst is max_count unless given. Returns true if that changed something. What "
			"subjects have taken stays taken. limit_name: 1 to 200 bytes. Numbers that cannot be counted exactly, or "
			"a burst that takes over 100 years to be full again, are an error.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"limit_name", STEAD_TEXT},
                 {"max_count", STEAD_INT},
                 {"per_seconds", STEAD_INT},
                 {"burst", STEAD_INT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = limit_define,
	},
	{
		.name = "limit_delete",
		.doc = "Deletes a limit, with what its subjects have taken and its counts; returns true if there was one.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"limit_name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = limit_delete,
	},
	{
		.name = "limit_take",
		.doc =
			"Takes a cost of a limit for a subject: a user, an address, a key. Returns 0 if that is allowed, else "
			"the milliseconds after which it would be; then nothing is taken, but the refusal is counted. subject: 1 "
			"to 500 bytes; cost: 1 to the limit's burst. Others who take for the same subject wait until this "
			"transaction ends. An unknown limit is an error (not found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"limit_name", STEAD_TEXT}, {"subject", STEAD_TEXT}, {"cost", STEAD_INT, .fallback = "1"}},
		.returns = STEAD_INT,
		.call = limit_take,
		.one_statement = true,
	},
	{
		.name = "limit_peek",
		.doc =
			"Says what a subject may take now, and takes nothing. allowed: a cost of 1 is; remaining: the highest "
			"cost that is; retry_after_ms: 0, or the milliseconds after which a cost of 1 is; full_at: when remaining "
			"is the burst again, now if it is. An unknown limit is an error (not found); a subject that has taken "
			"nothing is full.",
		.since = "0.2",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"limit_name", STEAD_TEXT}, {"subject", STEAD_TEXT}},
		.columns =
			{{"allowed", STEAD_BOOL}, {"remaining", STEAD_INT}, {"retry_after_ms", STEAD_INT}, {"full_at", STEAD_TIME}},
		.rows = limit_peek,
		.one_row = true,
	},
	{
		.name = "limit_reset",
		.doc =
			"Makes a subject of a limit full again, or all of them; returns how many had taken something. The counts "
			"of stead_limit_list stay. An unknown limit is an error (not found).",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"limit_name", STEAD_TEXT}, {"subject", STEAD_TEXT, .optional = true}},
		.returns = STEAD_INT,
		.call = limit_reset,
	},
	{
		.name = "limit_list",
		.doc =
			"Lists the limits by name. subjects: those with a row, which stead_maintain deletes some time after they "
			"are full again; allowed and refused: how many calls of stead_limit_take were. It counts the rows of all "
			"subjects.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.columns = {{"limit_name", STEAD_TEXT},
                    {"max_count", STEAD_INT},
                    {"per_seconds", STEAD_INT},
                    {"burst", STEAD_INT},
                    {"subjects", STEAD_INT},
                    {"allowed", STEAD_INT},
                    {"refused", STEAD_INT}},
		.rows = limit_list,
	},
};

const stead_module stead_limit = {
	.name = "limit",
	.doc = "Rate limits: so many in so many seconds, for each subject.",
	.tables = limit_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.tick = limit_tick,
	.measure = limit_measure,
};
