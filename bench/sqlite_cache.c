/*
 * sqlite_cache.c - stead_cache_get() and stead_cache_set() against the plain SELECT and upsert of the same row.
 */
#include <stdlib.h>
#include <string.h>

#include "sqlite.h"

#define KEYS 1000
#define GET "SELECT stead_cache_get('bench', ?)"
#define SET "SELECT stead_cache_set('bench', ?, ?, 3600)"
#define EXPIRY "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '3600 seconds')"

static char value[1001]; /* of 1000 bytes */

/* The first side is plain SQL. Writers: each call is a transaction, and a turn ends with a checkpoint. */
static void race(sqlite3 *db, const char *what, const char *const sql[2], bool writes, int calls, const char *target)
{
	sqlite3_stmt *sides[] = {prepare(db, sql[0]), prepare(db, sql[1])};
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	series took[2];

	for (int turn = -1; turn < pairs; turn++) /* the first warms up */
		for (int side = 0; side < 2; side++) {
			spent begin = start();

			for (int i = 0; i < calls; i++) {
				char *key = sqlite3_mprintf("key %d", (int)(next_random() % KEYS));

				bind_text(sides[side], 1, key, sqlite3_free);
				if (writes)
					bind_text(sides[side], 2, value, SQLITE_STATIC);
				finish(db, sides[side]);
			}
			if (writes)
				finish(db, checkpoint);
			if (turn >= 0)
				note(&took[side], turn, since(begin), calls);
		}
	report_speed(what, "", &took[0], &took[1], target, sql[1]);
	for (int side = 0; side < 2; side++)
		sqlite3_finalize(sides[side]);
	sqlite3_finalize(checkpoint);
}

void bench_cache(void)
{
	static const char *const get[] = {"SELECT value FROM plain_cache WHERE space = 'bench' AND key = ?"
	                                  " AND expires_at > strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
	                                  GET};
	static const char *const set[] = {
		"INSERT INTO plain_cache (space, key, value, bytes, expires_at) VALUES ('bench', ?1, ?2,"
		" length(?1) + length(?2), " EXPIRY ") ON CONFLICT (space, key) DO UPDATE SET value = excluded.value,"
		" bytes = excluded.bytes, expires_at = excluded.expires_at",
		SET};
	sqlite3 *db = open_database("cache");

	memset(value, 'v', sizeof value - 1);
	run(db, "CREATE TABLE plain_cache (space TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
	        " bytes INTEGER NOT NULL, expires_at TEXT NOT NULL, PRIMARY KEY (space, key)) STRICT;"
	        "CREATE INDEX plain_cache_order ON plain_cache (space, expires_at);"
	        "CREATE INDEX plain_cache_expiry ON plain_cache (expires_at)");
	run(db, "SELECT stead_setting_set('stead.cache.max_entries', '10000')");
	race(db, "cache_set / upsert", set, true, quick ? 2000 : 30000, "-");
	race(db, "cache_get, hit / SELECT", get, false, quick ? 20000 : 300000, ">= 0.8");
	run(db, "DELETE FROM plain_cache; SELECT stead_cache_clear('bench')");
	race(db, "cache_get, absent / SELECT", get, false, quick ? 20000 : 300000, "-");
	sqlite3_close(db);
}
