/*
 * migration.c - schema migrations where SQLite differs: what splits a script, PRAGMAs, running statements, processes
 * that start at once, an interruption, conflict clauses that roll back.
 */
#include <sys/wait.h>

#include "lite_checks.h"

static sqlite3 *fresh(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); CREATE TABLE t (x)");
	return db;
}

/* A call of stead_migration_apply() with these statements. */
static answer apply(sqlite3 *db, const char *version, const char *statements)
{
	char *sql = sqlite3_mprintf("SELECT stead_migration_apply(%Q, %Q)", version, statements);
	answer answer = ask(db, sql);

	sqlite3_free(sql);
	return answer;
}

static void must_apply(sqlite3 *db, const char *version, const char *statements)
{
	answer answer = apply(db, version, statements);

	if (strcmp(answer.text, "1|\n") != 0)
		fail_msg("%.200s: %.300s", statements, answer.text);
	sqlite3_free(answer.text);
}

static void must_refuse(sqlite3 *db, const char *statements, const char *expected)
{
	answer answer = apply(db, "refused", statements);

	if (answer.code == SQLITE_OK || !strstr(answer.text, expected))
		fail_msg("%.200s: \"%.300s\" instead of an error with \"%s\"", statements, answer.text, expected);
	sqlite3_free(answer.text);
	must_give(db, "SELECT count(*) FROM stead_migration WHERE version = 'refused'", "0|\n");
}

/* ---- What splits a script ---------------------------------------------------------------------------------------- */

static int below(int limit)
{
	return (int)(random() % limit);
}

static int ran; /* how many statements did */

static void run_counted(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count, (void)values;
	sqlite3_result_int(context, ++ran);
}

static const char *const pieces[] = {
	"SELECT ran()",
	"SELECT ran() -- ; COMMIT;\n",
	"/* ; COMMIT; ' */ SELECT ran() /**/",
	"SELECT ran(), ';', 'it''s; COMMIT;', \"x;\" FROM (SELECT 1 AS \"x;\")",
	"SELECT ran() AS [a;b], 1 AS `c;`, x'3b', 1.5e3 AS commit_",
	"WITH c AS (SELECT ran() AS n) SELECT CASE WHEN n THEN 1 END FROM c",
	"explain query plan SELECT 1; SELECT ran()",
	"DROP TRIGGER IF EXISTS r; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; UPDATE t SET x = CASE WHEN x THEN 1"
	" END; /* ; END; */ DELETE FROM t WHERE x = 'END;'; -- END;\n END; SELECT ran()",
	"DROP TRIGGER IF EXISTS q; create /* ; */ temp -- ;\n trigger q INSTEAD OF UPDATE ON v BEGIN SELECT 'END'; END;"
	" SELECT ran()",
	"SELECT ran() /* open \xC3\xA4;",
};
static const int statements_of[] = {1, 1, 1, 1, 1, 1, 2, 3, 3, 1};
#define UNFINISHED 9 /* only at the end */

/* What is refused is told before anything runs, wherever it is, and by its number. */
static void random_scripts_are_split(void **state)
{
	static const char *const unfit[] = {"COMMIT", "pragma foreign_keys = 1", "/* ; */ end", "Vacuum",
	                                    "ATTACH 'x' AS y"};
	sqlite3 *db = fresh();

	(void)state;
	srandom(20261128);
	must(db, "CREATE VIEW v AS SELECT 1 AS a");
	sqlite3_create_function(db, "ran", 0, SQLITE_UTF8, NULL, run_counted, NULL, NULL);
	for (int round = 0; round < 400; round++) {
		sqlite3_str *script = sqlite3_str_new(db);
		int count = below(6), at = below(12), number = 0, wanted = 0;
		char *text, *version = sqlite3_mprintf("%d", round), *named = NULL;

		for (int i = 0; i < count; i++) {
			int piece = below(UNFINISHED);

			if (i == at) {
				sqlite3_str_appendf(script, ";%s;", unfit[below(STEAD_COUNT(unfit))]);
				named = sqlite3_mprintf("statement %d \"", number + 1);
			}
			sqlite3_str_appendf(script, "%s;%s", pieces[piece], below(2) ? " ;\n" : "");
			number += statements_of[piece];
			wanted++;
		}
		if (below(2)) {
			sqlite3_str_appendall(script, pieces[UNFINISHED]);
			wanted++;
		} else
			sqlite3_str_appendf(script, "-- %d", round);
		text = sqlite3_str_finish(script);
		ran = 0;
		if (named) {
			must_refuse(db, text, named);
			must_refuse(db, text, "cannot run within a migration");
			assert_int_equal(ran, 0);
		} else {
			must_apply(db, version, text);
			if (ran != wanted)
				fail_msg("%d instead of %d statements of %s", ran, wanted, text);
		}
		sqlite3_free(text);
		sqlite3_free(version);
		sqlite3_free(named);
	}
	close_db(db);
}

static void what_a_transaction_does_not_take(void **state)
{
	static const char *const refused[] = {
		"ATTACH ':memory:' AS a",
		"DETACH a",
		"VACUUM INTO 'x'",
		"PRAGMA foreign_keys = OFF",
		"PRAGMA main.journal_mode=WAL",
		"PRAGMA \"journal_mode\"",
		"PRAGMA writable_schema = 1",
		"PRAGMA query_only = 1",
		"PRAGMA synchronous = 0",
		"BEGIN IMMEDIATE",
		"END TRANSACTION",
		"ROLLBACK TO SAVEPOINT \"a call of Stead's\"",
		"\xEF\xBB\xBF COMMIT",
	};
	sqlite3 *db = fresh();

	(void)state;
	sqlite3_create_function(db, "ran", 0, SQLITE_UTF8, NULL, run_counted, NULL, NULL);
	for (int i = 0; i < STEAD_COUNT(refused); i++) {
		char *script = sqlite3_mprintf("SELECT ran(); %s; SELECT ran()", refused[i]);

		ran = 0;
		must_refuse(db, script, "statement 2 \"");
		assert_int_equal(ran, 0);
		sqlite3_free(script);
	}
	must_refuse(db, "SELECT ?1", "statement 1 \"SELECT ?1\" has a parameter");
	must_refuse(db, "SELECT 1; SELECT $a", "statement 2 \"SELECT $a\" has a parameter");
	must_refuse(db, "INSERT INTO t VALUES (1); SELEC", "statement 2 \"SELEC\" failed: near \"SELEC\": syntax error");
	must_refuse(db, "INSERT INTO t VALUES (1); SELECT 'a; b",
	            "statement 2 \"SELECT 'a; b\" failed: unrecognized token");
	must_refuse(db, "INSERT INTO t VALUES (1); SELECT 1 2", "syntax error");
	must_give(db, "SELECT count(*) FROM t", "0|\n");
	must_apply(db, "pragma",
	           "PRAGMA user_version = 7; PRAGMA main . application_id = 8; PRAGMA defer_foreign_keys = 1;"
	           "PRAGMA foreign_key_check; EXPLAIN VACUUM; REINDEX; ANALYZE");
	must_give(db, "PRAGMA user_version", "7|\n");
	must_give(db, "BEGIN; SELECT stead_migration_apply('p', 'PRAGMA user_version = 9'); ROLLBACK; PRAGMA user_version",
	          "1|\n7|\n");
	close_db(db);
}

static void a_byte_order_mark_is_no_statement(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must_apply(db, "1", "\xEF\xBB\xBFINSERT INTO t VALUES (1);\r\nINSERT INTO t VALUES (2)\r\n");
	must_give(
		db, "SELECT stead_migration_apply('1', 'INSERT INTO t VALUES (1);' || char(10) || 'INSERT INTO t VALUES (2)')",
		"0|\n");
	/* sha256sum of that text with LF at its end */
	must_give(db,
	          "SELECT status FROM stead_migration_check('{\"1\":\"sha256:"
	          "e14f1f427ee1df07091303ed3de7f2406948b57416375a1eae3adcda039c783f\"}')",
	          "applied|\n");
	must_give(db, "SELECT count(*) FROM t", "2|\n");
	close_db(db);
}

/* ---- Around a script --------------------------------------------------------------------------------------------- */

static void a_call_in_a_query_of_tables(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE files (version PRIMARY KEY, script) WITHOUT ROWID; INSERT INTO files VALUES ('2', 'CREATE "
	         "TABLE b (y);"
	         "INSERT INTO b SELECT x FROM a'), ('1', 'CREATE TABLE a (x); INSERT INTO a VALUES (1)')");
	must_give(db, "SELECT version, stead_migration_apply(version, script) FROM files ORDER BY version", "1|1|\n2|1|\n");
	must_give(db, "SELECT y FROM b", "1|\n");
	must_fail(db, "SELECT stead_migration_apply('3', 'DROP TABLE a') FROM files",
	          "statement 1 \"DROP TABLE a\" failed: ");
	must_give(db, "SELECT stead_migration_apply('3', 'DROP TABLE a; ALTER TABLE b RENAME TO c')", "1|\n");
	must_fail(db, "INSERT INTO t SELECT stead_migration_apply('4', 'SELECT 1')", "cannot run inside an INSERT");
	must_give(db, "SELECT y FROM c", "1|\n");
	close_db(db);
}

static void a_failure_leaves_nothing(void **state)
{
	sqlite3 *db = fresh();
	char *before, *after;

	(void)state;
	must_apply(db, "0", "CREATE UNIQUE INDEX i ON t (x)");
	before = contents(db);
	must(db, "BEGIN; INSERT INTO t VALUES ('mine')");
	must_refuse(db, "INSERT INTO t VALUES (1); ALTER TABLE t ADD y; INSERT OR FAIL INTO t(x) VALUES (2), (1)",
	            "statement 3 \"INSERT OR FAIL INTO t(x) VALUES (2), (1)\" failed: UNIQUE constraint failed: t.x");
	must_refuse(db, "CREATE TABLE n (x); DROP TABLE stead_migration", "stead_migration_apply: a table or column of");
	must_refuse(db, "CREATE TABLE n (x); UPDATE stead_migration SET version = 'other' WHERE version = 'refused'",
	            "the statements changed their own row");
	must_refuse(db, "CREATE TABLE n (x); SELECT stead_migration_adopt('nested', 'SELECT 1')",
	            "cannot be called by the statements of a migration");
	must_give(db, "SELECT * FROM t; SELECT count(*) FROM sqlite_schema WHERE name = 'n'; COMMIT", "mine|\n0|\n");
	after = contents(db);
	assert_string_equal(before, after);
	/* a conflict clause of the application's can roll its transaction back, as SQLite does without us */
	must(db, "BEGIN; INSERT INTO t VALUES ('lost')");
	must_fail(db, "SELECT stead_migration_apply('1', 'INSERT OR ROLLBACK INTO t VALUES (''mine'')')",
	          "HINT:  The whole transaction was rolled back");
	assert_true(sqlite3_get_autocommit(db));
	must_give(db, "SELECT * FROM t", "mine|\n");
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

static int interrupt_at;

static int count_down(void *db)
{
	(void)db;
	return --interrupt_at == 0;
}

static void an_interruption_leaves_nothing(void **state)
{
	sqlite3 *db = fresh();
	char *before = contents(db), *after;
	int tried = 0;
	answer answer;

	(void)state;
	for (int at = 1;; at += 3, tried++) {
		interrupt_at = at;
		sqlite3_progress_handler(db, 40, count_down, db);
		answer = apply(db, "1",
		               "CREATE TABLE n (x); INSERT INTO n VALUES (1); CREATE INDEX i ON n (x); ALTER TABLE n ADD y;"
		               "INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 99)"
		               " SELECT i FROM c");
		sqlite3_progress_handler(db, 0, NULL, NULL);
		if (answer.code == SQLITE_OK)
			break;
		assert_int_equal(answer.code, SQLITE_INTERRUPT);
		sqlite3_free(answer.text);
		after = contents(db);
		assert_string_equal(before, after);
		sqlite3_free(after);
		must_give(db, "SELECT count(*) FROM t; SELECT count(*) FROM sqlite_schema WHERE name IN ('n', 'i')",
		          "0|\n0|\n");
	}
	assert_true(tried > 3);
	must_give(db, "SELECT count(*) FROM t", "99|\n");
	sqlite3_free(answer.text);
	sqlite3_free(before);
	close_db(db);
}

/* ---- Many at once, and much -------------------------------------------------------------------------------------- */

/* What each of several processes does at its start. Returns how many it applied. */
static int start_up(void)
{
	static const char *const scripts[] = {
		"CREATE TABLE r (x); INSERT INTO r VALUES (1)",
		"ALTER TABLE r ADD y; INSERT INTO r (x) SELECT x + 1 FROM r",
		"CREATE INDEX r_x ON r (x); INSERT INTO r (x) SELECT count(*) FROM r",
	};
	sqlite3 *db = open_file(path);
	int applied = 0;

	sqlite3_busy_timeout(db, 60000);
	for (int i = 0; i < STEAD_COUNT(scripts); i++) {
		char version[] = {(char)('1' + i), 0};
		answer answer = apply(db, version, scripts[i]);

		if (answer.code != SQLITE_OK)
			return 100;
		applied += answer.text[0] == '1';
		sqlite3_free(answer.text);
	}
	sqlite3_close(db);
	return applied;
}

static void processes_that_start_at_once(void **state)
{
	enum { PROCESSES = 8 };
	sqlite3 *db = fresh();
	pid_t children[PROCESSES];
	int applied = 0;

	(void)state;
	close_db(db);
	for (int i = 0; i < PROCESSES; i++)
		if ((children[i] = fork()) == 0)
			_exit(start_up());
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		applied += WEXITSTATUS(status);
	}
	assert_int_equal(applied, 3);
	db = open_file(path);
	must_give(db, "SELECT group_concat(x) FROM r; SELECT group_concat(version) FROM stead_migration_list()",
	          "1,2,2|\n1,2,3|\n");
	close_db(db);
}

static void ten_thousand_statements(void **state)
{
	sqlite3 *db = fresh();
	sqlite3_str *script = sqlite3_str_new(db);
	char *text;

	(void)state;
	sqlite3_str_appendall(script, "CREATE TABLE many (x);");
	for (int i = 1; i <= 10000; i++)
		sqlite3_str_appendf(script, "INSERT INTO many VALUES (%d); -- a; comment\n", i);
	text = sqlite3_str_finish(script);
	must_apply(db, "1", text);
	sqlite3_free(text);
	must_give(db, "SELECT count(*), sum(x) FROM many", "10000|50005000|\n");
	must_give(db, "SELECT stead_migration_apply('16', 'SELECT 1 /*' || printf('%.*c', 16777203, 'x') || '*/')", "1|\n");
	must_fail(db, "SELECT stead_migration_apply('17', 'SELECT 1 /*' || printf('%.*c', 16777204, 'x') || '*/')",
	          "statements must be 1 to 16777216 bytes");
	must_fail(db, "SELECT stead_migration_apply('18', CAST(x'53C3' AS TEXT))", "statements is not valid UTF-8");
	must_fail(db, "SELECT stead_migration_apply('18', CAST(x'530053' AS TEXT))", "NUL");
	must_fail(db, "SELECT stead_migration_apply(CAST(x'FF' AS TEXT), 'SELECT 1')", "version is not valid UTF-8");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_scripts_are_split),          cmocka_unit_test(what_a_transaction_does_not_take),
		cmocka_unit_test(a_byte_order_mark_is_no_statement), cmocka_unit_test(a_call_in_a_query_of_tables),
		cmocka_unit_test(a_failure_leaves_nothing),          cmocka_unit_test(an_interruption_leaves_nothing),
		cmocka_unit_test(processes_that_start_at_once),      cmocka_unit_test(ten_thousand_statements),
	};

	return cmocka_run_group_tests_name("sqlite_migration", tests, make_directory, remove_directory);
}
