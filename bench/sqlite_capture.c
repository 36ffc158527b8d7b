/*
 * sqlite_capture.c - changes of a captured table against those of a bare one.
 */
#include "sqlite.h"

#define UPDATE "UPDATE captured SET status = .., n = n + 1 WHERE id = ?"

/* Updates rows by their key, so many in a transaction; a turn ends with a checkpoint. */
static void race(sqlite3 *db, const char *what, int64_t rows, int transactions, int in_each, const char *target)
{
	static const char *const tables[] = {"bare", "captured"};
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)"), *updates[2];
	series took[2];

	for (int side = 0; side < 2; side++) {
		char *sql = sqlite3_mprintf("UPDATE %s SET status = 's' || ?1, n = n + 1 WHERE id = ?1", tables[side]);

		updates[side] = prepare(db, sql);
		sqlite3_free(sql);
	}
	for (int turn = -1; turn < pairs; turn++) /* the first warms up */
		for (int side = 0; side < 2; side++) {
			spent begin = start();

			for (int i = 0; i < transactions; i++) {
				if (in_each > 1)
					run(db, "BEGIN IMMEDIATE");
				for (int k = 0; k < in_each; k++) {
					sqlite3_bind_int64(updates[side], 1, (int64_t)(next_random() % (uint64_t)rows) + 1);
					finish(db, updates[side]);
				}
				if (in_each > 1)
					run(db, "COMMIT");
			}
			finish(db, checkpoint);
			if (turn >= 0)
				note(&took[side], turn, since(begin), transactions * in_each);
		}
	report_speed(what, "", &took[0], &took[1], target, UPDATE);
	for (int side = 0; side < 2; side++)
		sqlite3_finalize(updates[side]);
	sqlite3_finalize(checkpoint);
}

void bench_capture(void)
{
	sqlite3 *db = open_database("capture");
	int64_t rows = quick ? 20000 : 100000;
	char *fill = sqlite3_mprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld)"
	                             " INSERT INTO bare SELECT i, 'name ' || i, 'new', i * 1.5, printf('%%.60c', 'x'), i"
	                             " FROM n",
	                             (long long)rows);

	run(db, "CREATE TABLE bare (id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT, price REAL, note TEXT,"
	        " n INTEGER)");
	run(db, "CREATE TABLE captured (id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT, price REAL, note TEXT,"
	        " n INTEGER)");
	run(db, fill);
	run(db, "INSERT INTO captured SELECT * FROM bare");
	run(db, "SELECT stead_capture_start('captured')");
	race(db, "UPDATE of a captured row / of a bare one", rows, quick ? 5000 : 50000, 1, ">= 0.5");
	race(db, "the same, 100 in a transaction", rows, quick ? 100 : 1000, 100, "-");
	sqlite3_free(fill);
	sqlite3_close(db);
}
