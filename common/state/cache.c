/*
 * cache.c - values that expire: a table that many processes share, and that survives a restart.
 *
 * A space keeps at most stead.cache.max_entries entries. Only a call that adds a key needs to count, so only those
 * calls of one space wait for each other, at the space's row in stead_cache_space. Its number of entries is never too
 * low: what deletes entries leaves it alone, and waits for nobody. Where it says that the space is full, the entries
 * are counted.
 */
#include "core/metric.h"
#include "core/upkeep.h"
#include "lib/timestamp.h"
#include "state/setting/option.h"

#define MAX_SPACE 200 /* bytes */
#define MAX_KEY 1000
#define MAX_SECONDS 3153600000 /* 100 years */
#define STEP 256               /* entries that one step of upkeep, or of an eviction, deletes */

static const stead_option options[] = {
	{"stead.cache.max_entries", "int", "1000", "How many entries a space of the cache keeps.",
     "{\"min\":1,\"max\":10000000}"},
	{0},
};

static const stead_table tables[] = {
	{
		.name = "cache",
		.doc = "The cache: a row for each entry, expired ones too.",
		.schema = 5,
		.columns =
			{
				{"space", STEAD_TEXT, "1 to 200 bytes.", .key = true},
				{"key", STEAD_TEXT, "1 to 1000 bytes.", .key = true},
				{"value", STEAD_TEXT, "At most 1 MiB."},
				{"bytes", STEAD_INT, "The size of key and value.", .range = {0, INT64_MAX}},
				{"expires_at", STEAD_TIME, "From this moment on the entry counts as absent."},
			},
		.indexes = {{"order", "space, expires_at"}, {"expiry", "expires_at"}},
	},
	{
		.name = "cache_space",
		.doc = "The spaces of the cache. Calls that add an entry to one lock its row.",
		.schema = 5,
		.columns =
			{
				{"space", STEAD_TEXT, "The space.", .key = true},
				{"entries", STEAD_INT, "At least as many as it has entries.", .range = {0, INT64_MAX}},
			},
	},
	{0},
};

static void check_space(stead_call *call, stead_value space)
{
	stead_check_size(call, "space", space, 1, MAX_SPACE);
}

static void check_key(stead_call *call, const stead_value *args)
{
	check_space(call, args[0]);
	stead_check_size(call, "key", args[1], 1, MAX_KEY);
}

static stead_value key_column(stead_rows *rows, int index)
{
	return stead_column(rows, index, STEAD_TEXT);
}

/* Deletes the entries that expire first, except the one with the key; at most so many. Those that others are changing
 * are passed over, as waiting for them could be a deadlock. */
static int64_t evict(stead_call *call, stead_value space, stead_value except, int64_t most)
{
	int64_t gone = 0, found, wanted;

	do {
		stead_scope *scope = stead_open_scope(call);
		stead_value *keys = stead_alloc(call, STEP * sizeof *keys);
		stead_rows *rows;

		wanted = most - gone < STEP ? most - gone : STEP;
		rows = stead_open(call,
		                  "SELECT key FROM stead_cache WHERE space = $1 AND key <> $2 ORDER BY expires_at, key LIMIT $3"
		                  " FOR UPDATE SKIP LOCKED",
		                  3, (stead_value[]){space, except, stead_int(wanted)});
		for (found = 0; stead_next(rows); found++)
			keys[found] = stead_keep(call, key_column(rows, 0));
		for (int64_t i = 0; i < found; i++)
			gone += stead_run(call, "DELETE FROM stead_cache WHERE space = $1 AND key = $2", 2,
			                  (stead_value[]){space, keys[i]});
		stead_close_scope(call, scope);
	} while (found == wanted && gone < most);
	return gone;
}

/* The space's row says that there are too many. It is locked. */
static void shrink(stead_call *call, const stead_value *row, int64_t most)
{
	stead_value entries = stead_first(call, "SELECT count(*) FROM stead_cache WHERE space = $1", 1, row, STEAD_INT);

	if (entries.integer > most)
		entries.integer -= evict(call, row[0], row[1], entries.integer - most);
	stead_run(call, "UPDATE stead_cache_space SET entries = $2 WHERE space = $1", 2, (stead_value[]){row[0], entries});
}

static stead_value cache_set(stead_call *call, const stead_value *args)
{
	stead_value row[5] = {args[0], args[1], args[2], stead_int((int64_t)(args[1].size + args[2].size))};
	int64_t entries, most;

	check_key(call, args);
	stead_check_size(call, "value", args[2], 0, STEAD_MAX_TEXT);
	if (args[3].integer < 1 || args[3].integer > MAX_SECONDS)
		stead_raise(call, STEAD_INVALID, "stead_cache_set: ttl_seconds must be 1 to %lld", (long long)MAX_SECONDS);
	row[4] = stead_time(stead_now(call) + args[3].integer * STEAD_SECOND);
#define REPLACE "UPDATE stead_cache SET value = $3, bytes = $4, expires_at = $5 WHERE space = $1 AND key = $2"
	if (stead_run(call, REPLACE, 5, row))
		return stead_bool(true);
	most = option_value(call, options);
	entries = stead_returning(call,
	                          "INSERT INTO stead_cache_space (space, entries) VALUES ($1, 1) ON CONFLICT (space)"
	                          " DO UPDATE SET entries = stead_cache_space.entries + 1 RETURNING entries",
	                          1, row, STEAD_INT)
	              .integer;
	/* another caller may have added the key meanwhile */
	if (!stead_run(call,
	               "INSERT INTO stead_cache (space, key, value, bytes, expires_at) VALUES ($1, $2, $3, $4, $5)"
	               " ON CONFLICT (space, key) DO UPDATE SET value = $3, bytes = $4, expires_at = $5",
	               5, row))
		stead_raise_not_stored(call, "the entry");
	if (entries > most)
		shrink(call, row, most);
	return stead_bool(true);
}

static stead_value cache_get(stead_call *call, const stead_value *args)
{
	stead_value value = stead_null(STEAD_TEXT);
	stead_rows *rows;

	check_key(call, args);
	rows = stead_open_as(call, STEAD_BY_KEY, "SELECT value, expires_at FROM stead_cache WHERE space = $1 AND key = $2",
	                     2, args);
	if (stead_next(rows)) {
		stead_value expires_at = stead_column_time(rows, 1);

		if (!expires_at.null && stead_now(call) < expires_at.integer)
			value = stead_keep(call, key_column(rows, 0));
		stead_close(rows);
	}
	return value;
}

static stead_value cache_delete(stead_call *call, const stead_value *args)
{
	stead_value now = stead_time(stead_now(call)), there;

	check_key(call, args);
	there = stead_returning(call,
	                        "DELETE FROM stead_cache WHERE space = $1 AND key = $2"
	                        " RETURNING CASE WHEN expires_at > $3 THEN 1 ELSE 0 END",
	                        3, (stead_value[]){args[0], args[1], now}, STEAD_INT);
	return stead_bool(!there.null && there.integer);
}

static stead_value cache_clear(stead_call *call, const stead_value *args)
{
	check_space(call, args[0]);
	return stead_int(stead_run(call, "DELETE FROM stead_cache WHERE space = $1", 1, args));
}

static void cache_stats(stead_call *call, const stead_value *args)
{
	stead_value now = stead_time(stead_now(call));
	stead_rows *rows = stead_open(call,
	                              "SELECT space, count(*), count(*) FILTER (WHERE expires_at <= $1),"
	                              " CAST(sum(bytes) AS bigint) FROM stead_cache GROUP BY space ORDER BY space",
	                              1, &now);

	(void)args;
	while (stead_next(rows)) {
		stead_value row[4] = {key_column(rows, 0)};

		for (int i = 1; i < 4; i++)
			row[i] = stead_column(rows, i, STEAD_INT);
		stead_emit(call, row);
	}
}

/* ---- Upkeep ------------------------------------------------------------------------------------------------------ */

/* One step: deletes entries that have expired, except those that others are changing. Returns whether there may be
 * more. */
static bool expire(stead_call *call, int64_t *deleted)
{
	stead_value now = stead_time(stead_now(call)), *keys;
	stead_scope *scope = stead_open_scope(call);
	int64_t found = 0, gone = 0, most = stead_batch(STEP / 4, STEP);
	stead_rows *rows;

	keys = stead_alloc(call, STEP * 2 * sizeof *keys);
	rows = stead_open(call,
	                  "SELECT space, key FROM stead_cache WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"
	                  " FOR UPDATE SKIP LOCKED",
	                  2, (stead_value[]){now, stead_int(most)});
	for (; stead_next(rows); found++) {
		keys[found * 2] = stead_keep(call, key_column(rows, 0));
		keys[found * 2 + 1] = stead_keep(call, key_column(rows, 1));
	}
	for (int64_t i = 0; i < found; i++)
		gone += stead_run(call, "DELETE FROM stead_cache WHERE space = $1 AND key = $2 AND expires_at <= $3", 3,
		                  (stead_value[]){keys[i * 2], keys[i * 2 + 1], now});
	stead_close_scope(call, scope);
	*deleted += gone;
	return found == most && gone > 0;
}

static bool cache_tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	int64_t deleted = 0;
	bool left;

	do
		left = expire(call, &deleted);
	while (left && stead_now(call) <= deadline && stead_pause(call, STEAD_COMMIT_STEP));
	if (deleted)
		stead_append_text(call, report, stead_format(call, ",\"cache_expired\":%lld", (long long)deleted));
	return left;
}

static const metric cached = {"cache_rows",
                              METRIC_GAUGE,
                              "Entries of the cache: live, or expired and not yet deleted. At most 100000 of each are "
                              "counted.",
                              {"state"}};

static void cache_measure(stead_call *call, stead_buffer *out)
{
	metric_begin(call, out, &cached);
	metric_sample(call, out, &cached, (stead_value[]){stead_text("live")},
	              metric_count(call, 2,
	                           "SELECT count(*) FROM (SELECT 1 FROM stead_cache WHERE expires_at > $2 LIMIT $1)"
	                           " AS counted"));
	metric_sample(call, out, &cached, (stead_value[]){stead_text("expired")},
	              metric_count(call, 2,
	                           "SELECT count(*) FROM (SELECT 1 FROM stead_cache WHERE expires_at <= $2 LIMIT $1)"
	                           " AS counted"));
}

/* ---- The module -------------------------------------------------------------------------------------------------- */

static const stead_function functions[] = {
	{
		.name = "cache_set",
		.doc =
			"Stores a value that expires after ttl_seconds, 1 to 3153600000, replacing the key's value; returns true. "
			"space: 1 to 200 bytes; key: 1 to 1000; value: at most 1 MiB. A space keeps at most "
			"stead.cache.max_entries entries: a new key beyond that evicts those that have expired, or expire first. "
			"Replacing a value evicts nothing.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"space", STEAD_TEXT},
                 {"key", STEAD_TEXT},
                 {"value", STEAD_TEXT},
                 {"ttl_seconds", STEAD_INT, .fallback = "60"}},
		.returns = STEAD_BOOL,
		.call = cache_set,
	},
	{
		.name = "cache_get",
		.doc =
			"Returns the value, or null if there is none or it has expired, by the wall clock. Reading does not make "
			"it live longer.",
		.since = "0.2",
		.effect = STEAD_READS,
		.one_statement = true,
		.audience = STEAD_APP,
		.args = {{"space", STEAD_TEXT}, {"key", STEAD_TEXT}},
		.returns = STEAD_TEXT,
		.call = cache_get,
	},
	{
		.name = "cache_delete",
		.doc = "Deletes an entry; returns true if there was one that had not expired.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"space", STEAD_TEXT}, {"key", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = cache_delete,
	},
	{
		.name = "cache_clear",
		.doc = "Deletes all entries of a space. Returns how many, expired ones included.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"space", STEAD_TEXT}},
		.returns = STEAD_INT,
		.call = cache_clear,
	},
	{
		.name = "cache_stats",
		.doc = "Lists the spaces that have entries. entries: all of them; expired: those that have expired and are not "
			   "deleted yet; bytes: the size of all keys and values.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.columns = {{"space", STEAD_TEXT}, {"entries", STEAD_INT}, {"expired", STEAD_INT}, {"bytes", STEAD_INT}},
		.rows = cache_stats,
	},
};

const stead_module stead_cache = {
	.name = "cache",
	.doc = "A cache: values that expire, shared by all processes, bounded in number.",
	.tables = tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = options,
	.tick = cache_tick,
	.measure = cache_measure,
};
