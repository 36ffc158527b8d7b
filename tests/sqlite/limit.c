/*
 * limit.c - rate limits on SQLite: threads with a connection each never take more than is allowed; upkeep deletes the
 * subjects that are full, step by step.
 */
#include <pthread.h>

#include "lite_checks.h"

enum { TAKERS = 8, TRIES = 50 };

static void *take(void *data)
{
	sqlite3 *db = open_file(path);
	sqlite3_stmt *statement;
	int *allowed = data;

	sqlite3_busy_timeout(db, 60000);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT stead_limit_take('year', 'one')", -1, &statement, NULL), SQLITE_OK);
	for (int i = 0; i < TRIES; i++) {
		if (sqlite3_step(statement) != SQLITE_ROW)
			fail_msg("%s", sqlite3_errmsg(db));
		*allowed += sqlite3_column_int64(statement, 0) == 0;
		assert_int_equal(sqlite3_reset(statement), SQLITE_OK);
	}
	sqlite3_finalize(statement);
	close_db(db);
	return NULL;
}

static void never_more_than_allowed(void **state)
{
	sqlite3 *db = open_file(path);
	pthread_t threads[TAKERS];
	int allowed[TAKERS] = {0}, sum = 0;

	(void)state;
	must(db, "PRAGMA journal_mode = WAL; SELECT stead_init(), stead_limit_define('year', 100, 31536000)");
	for (int i = 0; i < TAKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take, &allowed[i]), 0);
	for (int i = 0; i < TAKERS; i++) {
		pthread_join(threads[i], NULL);
		sum += allowed[i];
	}
	assert_int_equal(sum, 100);
	must_give(db, "SELECT subjects, allowed, refused FROM stead_limit_list()", "1|100|300|\n");
	close_db(db);
}

/* A limit that this connection knows is taken by one statement, which looks whether it still is as it was: a change by
 * another connection applies to the next call. */
static void changes_apply_at_once(void **state)
{
#define FULL_AT "(SELECT full_at FROM stead_limit_subject WHERE limit_name = 'hour' AND subject = 'b')"
	sqlite3 *db = open_file(path), *other = open_file(path);

	(void)state;
	must(other, "SELECT stead_limit_define('hour', 2, 3600)");
	for (int i = 0; i < 3; i++)
		must_give(db, "SELECT stead_limit_take('hour', 'a') > 0", i < 2 ? "0|\n" : "1|\n");
	must(other, "SELECT stead_limit_define('hour', 2, 3600, 10)");
	must_give(db, "SELECT stead_limit_take('hour', 'a')", "0|\n");
	must(other, "SELECT stead_limit_define('hour', 2, 3600, 1)");
	must_give(db, "SELECT stead_limit_take('hour', 'a') > 0", "1|\n");
	must(other, "SELECT stead_limit_define('hour', 3600, 3600)");
	must_give(db, "SELECT stead_limit_take('hour', 'b', 1000)", "0|\n");
	for (int i = 0; i < 2; i++) { /* one takes ten seconds, then twenty */
		must(other, i ? "SELECT stead_limit_define('hour', 1800, 36000, 3600)"
		              : "SELECT stead_limit_define('hour', 3600, 36000, 3600)");
		must(other, "CREATE TEMP TABLE before AS SELECT " FULL_AT " AS full_at");
		must_give(db, "SELECT stead_limit_take('hour', 'b')", "0|\n");
		must_give(other, "SELECT (" FULL_AT " - full_at) / 1000000 FROM before", i ? "20|\n" : "10|\n");
		must(other, "DROP TABLE before");
	}
	must_give(other, "SELECT allowed, refused FROM stead_limit_list() WHERE limit_name = 'hour'", "6|2|\n");
	must(other, "SELECT stead_limit_delete('hour')");
	must_fail(db, "SELECT stead_limit_take('hour', 'b')", "does not exist");
	close_db(other);
	close_db(db);
}

/* 25000 subjects, half of them full: ticks without a budget take one step each, and get there. */
static void upkeep_goes_on_where_it_was(void **state)
{
	sqlite3 *db = open_file(path);
	int ticks = 0;

	(void)state;
	must(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) INSERT INTO"
	         " stead_limit_subject (limit_name, subject, full_at, part, allowed, refused) SELECT 'year', i,"
	         " CASE WHEN i % 2 THEN 1 ELSE 4000000000000000 END, 0, 1, 0 FROM n");
	for (answer left = {0}; !left.text || strcmp(left.text, "0|\n") != 0; ticks++) {
		sqlite3_free(left.text);
		left = ask(db, "SELECT stead_maintain(0) ->> '$.left'");
		assert_int_equal(left.code, SQLITE_OK);
		assert_true(ticks < 1000);
		if (strcmp(left.text, "0|\n") == 0) {
			sqlite3_free(left.text);
			break;
		}
	}
	assert_true(ticks >= 10);
	must_give(db, "SELECT subjects, allowed, refused FROM stead_limit_list()", "12501|25100|300|\n");
	must_give(db, "SELECT count(*) FROM stead_limit_subject WHERE full_at = 1", "0|\n");
	/* nothing is due before some time has passed */
	must(db, "UPDATE stead_limit_subject SET full_at = 1");
	must_give(db, "SELECT stead_maintain() ->> '$.limit_subjects'", "NULL|\n");
	must(db, "UPDATE stead_limit SET sweep_at = '2999-01-01T00:00:00.000000Z'"); /* by a clock that was wrong */
	must_give(db, "SELECT stead_maintain(10000) ->> '$.limit_subjects'", "12501|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_more_than_allowed),
		cmocka_unit_test(changes_apply_at_once),
		cmocka_unit_test(upkeep_goes_on_where_it_was),
	};

	return cmocka_run_group_tests_name("sqlite_limit", tests, make_directory, remove_directory);
}
