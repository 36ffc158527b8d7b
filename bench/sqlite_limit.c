/*
 * sqlite_limit.c - stead_limit_take() against the plain upsert of the same row.
 */
#include <stdlib.h>

#include "sqlite.h"

#define TAKE "SELECT stead_limit_take('bench', ?)"

/* Each call is a transaction; a turn ends with a checkpoint. */
static void race(sqlite3 *db, const char *what, int64_t subjects, int calls, const char *target)
{
	sqlite3_stmt *sides[] = {
		prepare(db, "INSERT INTO plain_subject AS s (limit_name, subject, full_at, part, allowed, refused)"
	                " VALUES ('bench', ?, unixepoch() * 1000000, 0, 1, 0) ON CONFLICT (limit_name, subject) DO UPDATE"
	                " SET full_at = excluded.full_at + 1, allowed = s.allowed + 1"),
		prepare(db, TAKE)};
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	series took[2];

	for (int turn = -1; turn < pairs; turn++) /* the first makes the rows */
		for (int side = 0; side < 2; side++) {
			spent begin = start();

			for (int i = 0; i < calls; i++) {
				char *subject = sqlite3_mprintf("user %lld", (long long)(next_random() % (uint64_t)subjects));

				bind_text(sides[side], 1, subject, sqlite3_free);
				finish(db, sides[side]);
			}
			finish(db, checkpoint);
			if (turn >= 0)
				note(&took[side], turn, since(begin), calls);
		}
	report_speed(what, "", &took[0], &took[1], target, TAKE);
	for (int side = 0; side < 2; side++)
		sqlite3_finalize(sides[side]);
	sqlite3_finalize(checkpoint);
}

void bench_limit(void)
{
	sqlite3 *db = open_database("limit");

	run(db, "CREATE TABLE plain_subject (limit_name TEXT NOT NULL, subject TEXT NOT NULL, full_at INTEGER NOT NULL,"
	        " part INTEGER NOT NULL, allowed INTEGER NOT NULL, refused INTEGER NOT NULL,"
	        " PRIMARY KEY (limit_name, subject)) STRICT, WITHOUT ROWID");
	run(db, "SELECT stead_limit_define('bench', 1000000, 1)");
	race(db, "limit_take, allowed / upsert", 1000, quick ? 2000 : 30000, ">= 0.8");
	run(db, "SELECT stead_limit_define('bench', 1, 86400)");
	race(db, "limit_take, refused / upsert", 1000, quick ? 2000 : 30000, "-");
	sqlite3_close(db);
}
