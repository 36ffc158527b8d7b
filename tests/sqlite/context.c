/*
 * context.c - what SQL files cannot test of stead_context_set() on SQLite: other connections, and the table by which
 * SQLite tells that a transaction ends.
 */
#include "lite_checks.h"

#define SET(name) "SELECT stead_context_set('{\"actor_name\":\"" name "\"}')"
#define LOG "SELECT stead_audit_log('x') > 0"
#define LAST "SELECT actor_name FROM stead_audit_event ORDER BY id DESC LIMIT 1"

static sqlite3 *fresh(const char *file)
{
	sqlite3 *db = open_file(file);

	must(db, "SELECT stead_init()");
	return db;
}

static void other_connections_have_none(void **state)
{
	sqlite3 *a = fresh(path), *b = open_file(path);

	(void)state;
	must(a, "PRAGMA journal_mode = wal");
	must_give(a, "BEGIN", "");
	must_give(a, SET("alice"), "1|\n");
	must_give(b, "SELECT count(*) FROM stead_audit_event", "0|\n");
	must_give(a, "COMMIT", "");
	must_give(b, LOG, "1|\n");
	must_give(b, LAST, "NULL|\n");
	close_db(b);
	close_db(a);
}

/* A commit that must wait has not ended the transaction. */
static void a_commit_that_fails_keeps_it(void **state)
{
	sqlite3 *a = fresh(path), *b = open_file(path);

	(void)state;
	must(a, "PRAGMA journal_mode = delete");
	must(b, "BEGIN");
	must(b, "SELECT count(*) FROM stead_audit_event");
	must(a, "BEGIN");
	must_give(a, SET("alice"), "1|\n");
	must(a, LOG);
	must_fail(a, "COMMIT", "locked");
	must_give(a, SET("alice"), "0|\n");
	must(b, "COMMIT");
	must_give(a, LOG, "1|\n");
	must_give(a, "COMMIT", "");
	must_give(a, LAST, "alice|\n");
	must_give(a, LOG, "1|\n");
	must_give(a, LAST, "NULL|\n");
	close_db(b);
	close_db(a);
}

#define WHO "SELECT group_concat(coalesce(actor_name, '?'), ' ') FROM (SELECT actor_name FROM stead_change ORDER BY id)"
#define STORED "SELECT count(*) FROM stead_local WHERE id = 1"

static sqlite3 *capturing(const char *file)
{
	sqlite3 *db = fresh(file);

	must(db, "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
	must(db, "SELECT stead_capture_start('item')");
	must(db, "BEGIN");
	must_give(db, SET("alice"), "1|\n");
	return db;
}

/* Nor for the triggers that capture changes, which read what it knows from a table. */
static void a_commit_that_fails_keeps_it_for_triggers(void **state)
{
	sqlite3 *a = capturing(path), *b = open_file(path);

	(void)state;
	must(b, "BEGIN");
	must(b, "SELECT count(*) FROM item");
	must(a, "SAVEPOINT early; INSERT INTO item VALUES (1, 'one')");
	must_fail(a, "COMMIT", "locked");
	must_fail(a, "INSERT INTO item VALUES (2, NULL)", "NOT NULL"); /* and undoes what it began with */
	must(a, "INSERT INTO item VALUES (3, 'three')");
	must_fail(a, "COMMIT", "locked");
	must(a, "SAVEPOINT late");
	must_give(a, SET("bob"), "1|\n");
	must(a, "ROLLBACK TO late; UPDATE item SET name = 'drei' WHERE id = 3");
	must_give(a, WHO, "alice alice alice|\n");
	must(a, "ROLLBACK TO early; INSERT INTO item VALUES (4, 'four'), (5, 'five')");
	must(b, "COMMIT");
	must_give(a, "COMMIT", "");
	must_give(b, STORED, "0|\n");
	must(a, "INSERT INTO item VALUES (6, 'six')");
	must_give(b, WHO, "alice alice ?|\n");
	close_db(b);
	close_db(a);
}

/* A connection that was made read-only meanwhile commits all the same, and stays read-only. */
static void a_reader_commits(void **state)
{
	sqlite3 *db = capturing(":memory:");

	(void)state;
	must(db, "INSERT INTO item VALUES (1, 'one')");
	must(db, "PRAGMA query_only = ON");
	must_give(db, "COMMIT", "");
	must_give(db, STORED, "0|\n");
	must_give(db, WHO, "alice|\n");
	must_give(db, "PRAGMA query_only", "1|\n");
	close_db(db);
}

/* An error that rolls the whole transaction back ends it. */
static void a_rollback_by_sqlite_ends_it(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "CREATE TABLE t(x UNIQUE ON CONFLICT ROLLBACK); INSERT INTO t VALUES (1); BEGIN");
	must_give(db, SET("alice"), "1|\n");
	must_fail(db, "INSERT INTO t VALUES (1)", "UNIQUE");
	must_give(db, LOG, "1|\n");
	must_give(db, LAST, "NULL|\n");
	close_db(db);
}

/* A statement that is undone, in a transaction that goes on, keeps it. */
static void a_failed_statement_keeps_it(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "CREATE TABLE t(x UNIQUE); INSERT INTO t VALUES (3); BEGIN");
	must_give(db, SET("alice"), "1|\n");
	must_fail(db, "INSERT INTO t VALUES (1), (2), (3)", "UNIQUE");
	must_give(db, LOG, "1|\n");
	must_give(db, LAST, "alice|\n");
	must_fail(db, "SELECT stead_context_set('{\"actor_name\":1}')", "must be a string");
	must_give(db, SET("alice"), "0|\n");
	must(db, "COMMIT");
	close_db(db);
}

/* Savepoints of any depth against a model: an array of what was known when each began. */
static void savepoints_agree_with_a_model(void **state)
{
	sqlite3 *db = fresh(":memory:");
	int known[20], depth = 0, now = 0;
	uint32_t seed = 7;

	(void)state;
	must(db, "BEGIN");
	for (int i = 0; i < 3000; i++) {
		uint32_t dice = seed = seed * 1664525 + 1013904223;
		int to = depth ? (int)(dice >> 16) % depth : 0;
		char sql[100], expected[20];

		if (i % 20 == 0) {
			must(db, i % 40 ? "COMMIT" : "ROLLBACK");
			must(db, "BEGIN");
			depth = now = 0;
			continue;
		}
		switch (dice >> 8 & 3) {
		case 0:
			snprintf(sql, sizeof sql, "SAVEPOINT s%d", depth);
			known[depth++] = now;
			break;
		case 1:
			if (!depth)
				continue;
			snprintf(sql, sizeof sql, dice >> 12 & 1 ? "RELEASE s%d" : "ROLLBACK TO s%d", to);
			now = dice >> 12 & 1 ? now : known[to];
			depth = dice >> 12 & 1 ? to : to + 1;
			break;
		case 2:
			now = i % 7 ? i : 0;
			snprintf(sql, sizeof sql,
			         now ? "SELECT stead_context_set('{\"actor_name\":\"%d\"}')" : "SELECT stead_context_set('{}')",
			         now);
			break;
		default:
			must(db, LOG);
			snprintf(expected, sizeof expected, now ? "%d|\n" : "NULL|\n", now);
			must_give(db, LAST, expected);
			continue;
		}
		must(db, sql);
	}
	must(db, "ROLLBACK");
	must(db, LOG);
	must_give(db, LAST, "NULL|\n");
	close_db(db);
}

static void nobody_else_writes_to_the_table(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must_give(db, "SELECT * FROM stead_transaction", "");
	must_fail(db, "INSERT INTO stead_transaction VALUES (1)", "may not be modified");
	must_fail(db, "CREATE VIRTUAL TABLE t USING stead_transaction", "no such module");
	must(db, "CREATE TABLE own(x); CREATE TRIGGER t AFTER INSERT ON own BEGIN INSERT INTO stead_transaction VALUES (1);"
	         " END");
	must_fail(db, "INSERT INTO own VALUES (1)", "unsafe use of virtual table");
	close_db(db);
	db = fresh(":memory:");
	must(db, "CREATE TABLE stead_transaction(x)");
	must_fail(db, SET("alice"), "the name stead_transaction is taken");
	must_give(db, "SELECT count(*) FROM stead_transaction", "0|\n");
	close_db(db);
}

/* A connection may close within a transaction, and load Stead twice. */
static void closing_and_loading_again(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "BEGIN");
	must(db, SET("alice"));
	must(db, "SAVEPOINT a");
	must(db, SET("bob"));
	close_db(db);
	db = fresh(":memory:");
	must(db, "BEGIN");
	must(db, SET("alice"));
	must(db, "COMMIT");
	assert_int_equal(load(db), SQLITE_OK);
	must(db, "BEGIN");
	must_give(db, SET("carol"), "1|\n");
	must(db, LOG);
	must_give(db, LAST, "carol|\n");
	must(db, "ROLLBACK");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(other_connections_have_none, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(a_commit_that_fails_keeps_it, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(a_commit_that_fails_keeps_it_for_triggers, make_directory, remove_directory),
		cmocka_unit_test(a_reader_commits),
		cmocka_unit_test(a_rollback_by_sqlite_ends_it),
		cmocka_unit_test(a_failed_statement_keeps_it),
		cmocka_unit_test(savepoints_agree_with_a_model),
		cmocka_unit_test(nobody_else_writes_to_the_table),
		cmocka_unit_test(closing_and_loading_again),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
