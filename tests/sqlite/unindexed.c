/*
 * unindexed.c - pruning a table of the application's own without an index on its time: to find rows, the whole table
 * must be read.
 */
#include "lite_checks.h"

#define ROWS(first, last, at)                                                                                          \
	"WITH RECURSIVE n(i) AS (SELECT " #first " UNION ALL SELECT i + 1 FROM n WHERE i < " #last ")"                     \
	" INSERT INTO t (id, at) SELECT i, " at " FROM n;"
#define OLD "1577836800 + i"
#define YOUNG "4102444800"

static sqlite3 *fresh(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db,
	     "PRAGMA journal_mode = WAL; SELECT stead_init(); CREATE TABLE t (id INTEGER PRIMARY KEY, at, kept DEFAULT 0);"
	     "SELECT stead_retention_set('t', 30, 'at', 1000)");
	return db;
}

static int scans, scans_locked;

static int count_scans(unsigned type, void *db, void *statement, void *sql)
{
	(void)type, (void)statement;
	if (strstr(sql, "ORDER BY t.")) {
		scans++;
		scans_locked += sqlite3_txn_state(db, "main") == SQLITE_TXN_WRITE;
	}
	return 0;
}

/* Upkeep reads it once for many batches, without the write lock. */
static void upkeep_reads_it_seldom(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, ROWS(1, 3000, OLD) ROWS(10001, 17000, YOUNG));
	scans = scans_locked = 0;
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_scans, db);
	must_give(db, "SELECT stead_maintain(600000) ->> '$.pruned.t'", "3000|\n");
	sqlite3_trace_v2(db, 0, NULL, NULL);
	assert_between(scans, 1, 10);
	assert_int_equal(scans_locked, 0);
	must_give(db, "SELECT count(*), max(known_rows) FROM t, stead_retention WHERE target = 't'", "7000|0|\n");
	must_give(db, "SELECT details ->> 'rows' FROM stead_audit_event WHERE action = 'stead.prune'", "3000|\n");
	close_db(db);
}

/* More of the oldest rows are kept than one look finds; they do not protect the others. */
static void what_is_kept_shields_nothing(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, ROWS(1, 12500, OLD)
	             ROWS(20001, 50000,
	                  YOUNG) "UPDATE t SET kept = 1 WHERE id <= 11000;"
	                         "CREATE TRIGGER keep BEFORE DELETE ON t WHEN old.kept BEGIN SELECT RAISE(IGNORE); END");
	must_give(db, "SELECT stead_maintain(600000) ->> '$.pruned.t'", "1500|\n");
	must_give(db, "SELECT count(*), max(known_rows) FROM t, stead_retention WHERE target = 't'", "41000|11000|\n");
	must_give(db, "SELECT stead_maintain(600000) ->> '$.pruned', known_rows FROM stead_retention WHERE target = 't'",
	          "NULL|11000|\n");
	close_db(db);
}

static sqlite3 *other;
static int acted;

/* The table is recreated with another key after its rows were found. */
static int act_once(void *data)
{
	if (++*(int *)data > 2 && !acted && sqlite3_get_autocommit(other))
		acted =
			sqlite3_exec(
				other,
				"BEGIN IMMEDIATE; DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, at);"
				"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
				" INSERT INTO t SELECT i, CASE WHEN i <= 100 THEN 1577836800 + i ELSE 4102444800 END FROM n; COMMIT",
				NULL, NULL, NULL) == SQLITE_OK;
	if (!sqlite3_get_autocommit(other))
		sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	return 0;
}

static void a_table_made_anew_is_looked_at_again(void **state)
{
	sqlite3 *db = fresh();
	int calls = 0;

	(void)state;
	must(db, "DROP TABLE t; CREATE TABLE t (id, at, b DEFAULT 1, PRIMARY KEY (id, b)) WITHOUT ROWID;" ROWS(1, 400, OLD)
	             ROWS(10001, 60000, YOUNG));
	other = open_file(path);
	acted = 0;
	sqlite3_progress_handler(db, 5000, act_once, &calls);
	must_give(db, "SELECT stead_maintain(600000) ->> '$.failed'", "NULL|\n");
	sqlite3_progress_handler(db, 0, NULL, NULL);
	assert_true(acted);
	must_give(db, "SELECT count(*), min(at) FROM t", "200|4102444800|\n");
	close_db(other);
	close_db(db);
}

/* The time of a user's call begins when the rows are found, however long that took. */
static void a_call_is_worth_reading_it(void **state)
{
	sqlite3 *db = fresh();
	int64_t most = 0;

	(void)state;
	must(db,
	     ROWS(1, 300000,
	          OLD) "SELECT stead_setting_set('stead.retention.batch_ms', '20'), stead_retention_set('t', 30, 'at')");
	for (int i = 0; i < 5; i++) {
		answer answer = ask(db, "SELECT stead_prune('t')");
		int64_t gone = strtoll(answer.text, NULL, 10);

		most = gone > most ? gone : most;
		sqlite3_free(answer.text);
	}
	assert_true(most >= 10);
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upkeep_reads_it_seldom),
		cmocka_unit_test(what_is_kept_shields_nothing),
		cmocka_unit_test(a_table_made_anew_is_looked_at_again),
		cmocka_unit_test(a_call_is_worth_reading_it),
	};

	return cmocka_run_group_tests_name("sqlite_unindexed", tests, make_directory, remove_directory);
}
