/*
 * stop.c - the safety stop of upkeep on SQLite: which rows count as new. Also, nobody waits while it counts.
 */
#include "lite_checks.h"

#define OLD(table, first, last)                                                                                        \
	"WITH RECURSIVE n(i) AS (SELECT " #first " UNION ALL SELECT i + 1 FROM n WHERE i < " #last ")"                     \
	" INSERT INTO " table " (id, at) SELECT i, 1577836800 FROM n"
#define YOUNG(table, first, last)                                                                                      \
	"WITH RECURSIVE n(i) AS (SELECT " #first " UNION ALL SELECT i + 1 FROM n WHERE i < " #last ")"                     \
	" INSERT INTO " table " (id, at) SELECT i, 4102444800 FROM n"
#define UPKEEP(member) "SELECT stead_maintain(600000) ->> '$." member "'"
#define EXPLAINED                                                                                                      \
	"more than half of it, would be deleted at once, for the first time; if they are to go: SELECT stead_prune('t'); " \
	"lets upkeep go on"

static sqlite3 *fresh(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "PRAGMA journal_mode = WAL; SELECT stead_init(); " QUIET
	         "SELECT stead_setting_set('stead.retention.batch_ms', '60000');"
	         "CREATE TABLE t (id INTEGER PRIMARY KEY, at, kept DEFAULT 0)");
	return db;
}

/* Rows that a trigger keeps are known to upkeep; further rows are not. */
static void what_is_kept_is_known(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE INDEX i ON t (at); CREATE TRIGGER keep BEFORE DELETE ON t WHEN old.kept BEGIN SELECT "
	         "RAISE(IGNORE); END;"
	         "SELECT stead_retention_set('t', 30, 'at')");
	must(db, OLD("t", 1, 1500) "; UPDATE t SET kept = 1");
	must_give(db, UPKEEP("stopped.t"), "1500 rows, " EXPLAINED "|\n");
	must_give(db, "SELECT stead_prune('t'), known_rows FROM stead_retention WHERE target = 't'", "0|1500|\n");
	must_give(db, UPKEEP("stopped"), "NULL|\n");
	must(db, OLD("t", 2001, 3400));
	must_give(db, UPKEEP("pruned.t"), "1400|\n");
	must_give(db, "SELECT known_rows, count(*) FROM stead_retention, t WHERE target = 't'", "1500|1500|\n");
	must(db, OLD("t", 4001, 5600));
	must_give(db, UPKEEP("stopped.t"), "1600 rows, " EXPLAINED "|\n");
	/* after a change by hand it is as if there had been no run */
	must(db, "PRAGMA ignore_check_constraints = ON; UPDATE stead_retention SET known_rows = -9223372036854775807 - 1 "
	         "WHERE target = 't'");
	must_give(db, UPKEEP("stopped.t"), "3100 rows, " EXPLAINED "|\n");
	close_db(db);
}

/* Rows are known, too, that a run has left because its time was over. */
static void what_is_left_is_known(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE INDEX i ON t (at); SELECT stead_retention_set('t', 30, 'at', 100)");
	must(db, OLD("t", 1, 900) ";" YOUNG("t", 10001, 11100));
	must_give(db, "SELECT stead_maintain(0) ->> '$.pruned.t', known_rows FROM stead_retention WHERE target = 't'",
	          "1|899|\n");
	must(db, OLD("t", 2001, 4000));
	must_give(db, UPKEEP("stopped.t"), "2000 rows, " EXPLAINED "|\n");
	must(db, "DELETE FROM t WHERE id BETWEEN 2001 AND 2200");
	must_give(db, UPKEEP("pruned.t"), "2699|\n");
	close_db(db);
}

static sqlite3 *other;
static const char *act;
static int done, period = 2000;

static int act_meanwhile(void *data)
{
	(void)data;
	done += sqlite3_exec(other, act, NULL, NULL, NULL) == SQLITE_OK;
	return 0;
}

/* Another connection writes while the rows of a table without an index are counted. */
static void nobody_waits_for_the_count(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE busy (n); SELECT stead_retention_set('t', 30, 'at')");
	must(db, YOUNG("t", 1, 30000));
	other = open_file(path);
	act = "INSERT INTO busy VALUES (1)";
	done = 0;
	sqlite3_progress_handler(db, period, act_meanwhile, NULL);
	must(db, "SELECT stead_maintain(600000)");
	sqlite3_progress_handler(db, 0, NULL, NULL);
	assert_true(done > 0);
	/* in a transaction of the application's, it is part of that */
	done = 0;
	must(db, "BEGIN; SELECT stead_retention_set('t', 29, 'at')");
	sqlite3_progress_handler(db, period, act_meanwhile, NULL);
	must(db, "SELECT stead_maintain(600000); ROLLBACK");
	sqlite3_progress_handler(db, 0, NULL, NULL);
	assert_int_equal(done, 0);
	must_give(db, "SELECT keep_days FROM stead_retention WHERE target = 't'", "30|\n");
	close_db(other);
	close_db(db);
}

/* A policy is set while rows are counted by the one before: rows that are old by the new policy are judged, too. */
static void a_policy_set_meanwhile_is_judged(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "SELECT stead_retention_set('t', 36500, 'at')");
	must(db, OLD("t", 1, 30000));
	must_give(db, UPKEEP("stopped"), "NULL|\n");
	other = open_file(path);
	act = "SELECT stead_retention_set('t', 30, 'at')";
	done = 0;
	sqlite3_progress_handler(db, period, act_meanwhile, NULL);
	must_give(db, UPKEEP("stopped.t"), "30000 rows, " EXPLAINED "|\n");
	sqlite3_progress_handler(db, 0, NULL, NULL);
	assert_true(done > 0);
	must_give(db, "SELECT count(*) FROM t", "30000|\n");
	close_db(other);
	close_db(db);
}

/* More rows than are counted: an unfinished run may go on; the same number of rows older than what it cleared may not
 * be deleted. */
static void more_than_is_counted(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE INDEX i ON t (at); SELECT stead_retention_set('t', 30, 'at')");
	must(db, OLD("t", 1, 130000) ";" YOUNG("t", 200001, 330000));
	must_give(db, UPKEEP("stopped.t"), "at least 100000 rows, " EXPLAINED "|\n");
	must_give(db, "SELECT stead_prune('t', 100)", "100|\n");
	must_give(db, "SELECT stead_maintain(0) ->> '$.pruned.t', known_rows FROM stead_retention WHERE target = 't'",
	          "1|NULL|\n");
	must_give(db, UPKEEP("pruned.t"), "129899|\n");
	must_give(db, "SELECT known_rows FROM stead_retention WHERE target = 't'", "0|\n");
	must(db, OLD("t", 1, 130000));
	must_give(db, UPKEEP("stopped.t"), "at least 100000 rows, " EXPLAINED "|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_known),      cmocka_unit_test(what_is_left_is_known),
		cmocka_unit_test(nobody_waits_for_the_count), cmocka_unit_test(a_policy_set_meanwhile_is_judged),
		cmocka_unit_test(more_than_is_counted),
	};

	return cmocka_run_group_tests_name("sqlite_stop", tests, make_directory, remove_directory);
}
