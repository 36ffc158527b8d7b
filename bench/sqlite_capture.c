/*
 * sqlite_capture.c - changes of a captured table against those of a bare one. And what a trigger costs at least that
 * only stores the same bytes: it knows the two columns that change, and that one is a text and one an integer.
 */
#include "sqlite.h"

#include <stdio.h>
#include <stdlib.h>

#define UPDATE "UPDATE .. SET status = .., n = n + 1 WHERE id = ?"

#define COLUMNS "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT, price REAL, note TEXT, n INTEGER)"
#define BY_HAND(name)                                                                                                  \
	"CREATE TABLE " name " " COLUMNS "; INSERT INTO " name " SELECT * FROM bare;"                                      \
	"CREATE TABLE changes_" name " (id INTEGER PRIMARY KEY, changed_at TEXT, table_name TEXT, operation TEXT,"         \
	" row_key TEXT, old_values TEXT, new_values TEXT);"                                                                \
	"CREATE TRIGGER record_" name " AFTER UPDATE ON " name " BEGIN INSERT INTO changes_" name                          \
	" (changed_at, table_name, operation, row_key, old_values, new_values) VALUES"                                     \
	" (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'captured', 'update', '{\"id\":' || OLD.id || '}',"                   \
	" '{\"status\":' || json_quote(OLD.status) || ',\"n\":' || OLD.n || '}',"                                          \
	" '{\"status\":' || json_quote(NEW.status) || ',\"n\":' || NEW.n || '}'); END;"

/* Updates rows by their key, so many in a transaction; a turn ends with a checkpoint. */
static void race(sqlite3 *db, const char *what, const char *table, int64_t rows, int transactions, int in_each,
                 const char *target)
{
	const char *tables[] = {"bare", table};
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

/* The upkeep that writers are spared. */
static void index_changes(sqlite3 *db)
{
	char *before = ask(db, "SELECT count(*) FROM stead_change WHERE indexed IS NULL"), *after;
	spent begin = start(), took;

	run(db, "SELECT stead_maintain(30000)");
	took = since(begin);
	after = ask(db, "SELECT count(*) FROM stead_change WHERE indexed IS NULL");
	printf("indexing these changes, each\t\t");
	print_duration(took.cpu / (double)(atoll(before) - atoll(after)));
	printf("\t-\tSELECT stead_maintain()\n");
	sqlite3_free(before);
	sqlite3_free(after);
}

void bench_capture(void)
{
	sqlite3 *db = open_database("capture");
	int64_t rows = quick ? 20000 : 100000;
	char *fill = sqlite3_mprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld)"
	                             " INSERT INTO bare SELECT i, 'name ' || i, 'new', i * 1.5, printf('%%.60c', 'x'), i"
	                             " FROM n",
	                             (long long)rows);

	run(db, "CREATE TABLE bare " COLUMNS "; CREATE TABLE captured " COLUMNS);
	run(db, fill);
	run(db, "INSERT INTO captured SELECT * FROM bare");
	run(db, BY_HAND("unindexed") BY_HAND("indexed") "CREATE INDEX by_row ON changes_indexed (table_name, row_key)");
	run(db, "SELECT stead_capture_start('captured')");
	race(db, "UPDATE of a captured row / of a bare one", "captured", rows, quick ? 5000 : 50000, 1, ">= 0.5");
	race(db, "the same, by a trigger that only stores its bytes", "unindexed", rows, quick ? 5000 : 50000, 1, "-");
	race(db, "the same, with an index by row", "indexed", rows, quick ? 5000 : 50000, 1, "-");
	race(db, "UPDATE of captured rows, 100 in a transaction", "captured", rows, quick ? 100 : 1000, 100, "-");
	race(db, "the same, by a trigger that only stores its bytes", "unindexed", rows, quick ? 100 : 1000, 100, "-");
	race(db, "the same, with an index by row", "indexed", rows, quick ? 100 : 1000, 100, "-");
	index_changes(db);
	sqlite3_free(fill);
	sqlite3_close(db);
}
