/*
 * capture.c - what SQL files cannot test of captured changes on SQLite: connections without Stead, commits that fail,
 * changes of the table's definition, other triggers, and what the application sees of its own statements.
 */
#include <pthread.h>

#include "lite_checks.h"

#define START(table) "SELECT stead_capture_start('" table "')"
#define SET(name) "SELECT stead_context_set('{\"actor_name\":\"" name "\"}')"
#define CHANGES                                                                                                        \
	"SELECT operation, row_key, old_values, new_values, actor_name FROM stead_change WHERE id > coalesce("             \
	"(SELECT max(x) FROM seen), 0) ORDER BY id; INSERT INTO seen SELECT max(id) FROM stead_change"
#define STATUS "SELECT status FROM stead_capture_list()"

static sqlite3 *fresh(const char *file)
{
	sqlite3 *db = open_file(file);

	must(db, "SELECT stead_init(); CREATE TABLE seen (x)");
	return db;
}

static sqlite3 *open_plain(const char *file)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	must_fail(db, "SELECT stead_version()", "no such function");
	return db;
}

/* The file works without Stead: for any connection, also one that trusts no schema. SQLite before 3.41 takes its own
 * functions for JSON for unsafe in triggers then. */
static void without_stead(void **state)
{
	sqlite3 *db = fresh(path), *plain;

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE, r REAL)");
	must_give(db, START("t"), "1|\n");
	plain = open_plain(path);
	must(plain, "PRAGMA trusted_schema = OFF");
	if (sqlite3_libversion_number() < 3041000) {
		must_fail(plain, "INSERT INTO t VALUES (1, 'one', 0.1)", "unsafe use of");
		must(plain, "PRAGMA trusted_schema = ON");
	}
	must(plain, "INSERT INTO t VALUES (1, 'one', 0.1), (2, x'00FF', 1)");
	must(plain, "INSERT OR REPLACE INTO t VALUES (3, 'one', 5e-324)");
	must(plain, "UPDATE t SET v = 'a\"\\' WHERE id = 2");
	must(plain, "DELETE FROM t WHERE id = 3");
	assert_int_equal(sqlite3_close(plain), SQLITE_OK);
	must_give(db, CHANGES,
	          "insert|{\"id\":1}|NULL|{\"id\":1,\"v\":\"one\",\"r\":0.1}|NULL|\n"
	          "insert|{\"id\":2}|NULL|{\"id\":2,\"v\":{\"hex\":\"00FF\"},\"r\":1.0}|NULL|\n"
	          "delete|{\"id\":1}|{\"id\":1,\"v\":\"one\",\"r\":0.1}|NULL|NULL|\n"
	          "insert|{\"id\":3}|NULL|{\"id\":3,\"v\":\"one\",\"r\":4.94065645841246544e-324}|NULL|\n"
	          "update|{\"id\":2}|{\"v\":{\"hex\":\"00FF\"}}|{\"v\":\"a\\\"\\\\\"}|NULL|\n"
	          "delete|{\"id\":3}|{\"id\":3,\"v\":\"one\",\"r\":4.94065645841246544e-324}|NULL|NULL|\n");
	close_db(db);
}

/* No other connection, and no later transaction, finds who a transaction was. */
static void context_is_never_committed(void **state)
{
	sqlite3 *a = fresh(path), *b = open_file(path), *plain;

	(void)state;
	must(a, "PRAGMA journal_mode = delete; CREATE TABLE t (id INTEGER PRIMARY KEY)");
	must(a, START("t"));
	must(a, "BEGIN; " SET("alice") "; INSERT INTO t VALUES (1)");
	must(b, "BEGIN; SELECT count(*) FROM t");
	must_fail(a, "COMMIT", "locked");
	/* what is changed after that and before the next attempt still says who */
	must(a, "INSERT INTO t VALUES (2)");
	must(a, SET("nobody"));
	must_give(a, SET("alice"), "1|\n");
	must(a, "INSERT INTO t VALUES (20)");
	must(b, "COMMIT");
	must(a, "COMMIT");
	must_give(b, "SELECT count(*) FROM stead_local WHERE id = 1", "0|\n");
	must(b, "INSERT INTO t VALUES (3)");
	must(a, "INSERT INTO t VALUES (4); BEGIN; SAVEPOINT x; " SET("bob") "; SAVEPOINT y; INSERT INTO t VALUES (5); " SET(
				"carol") "; INSERT INTO t VALUES (6); ROLLBACK TO y; INSERT INTO t VALUES (7); ROLLBACK TO x;"
	                     " INSERT INTO t VALUES (8); RELEASE x");
	must(a, SET("dora") "; COMMIT");
	must_give(b, "SELECT count(*) FROM stead_local WHERE id = 1", "0|\n");
	must(a, "BEGIN; " SET("eve") "; INSERT INTO t VALUES (9); ROLLBACK; INSERT INTO t VALUES (10)");
	plain = open_plain(path);
	must(plain, "INSERT INTO t VALUES (11)");
	assert_int_equal(sqlite3_close(plain), SQLITE_OK);
	must(a, SET("nobody"));
	must(a, "INSERT INTO t VALUES (12)");
	must_give(a, "SELECT row_key, actor_name FROM stead_change ORDER BY id",
	          "{\"id\":1}|alice|\n{\"id\":2}|alice|\n{\"id\":20}|alice|\n{\"id\":3}|NULL|\n{\"id\":4}|NULL|\n"
	          "{\"id\":8}|NULL|\n{\"id\":10}|NULL|\n{\"id\":11}|NULL|\n{\"id\":12}|NULL|\n");
	must_give(a, "SELECT count(*) FROM stead_local WHERE id = 1", "0|\n");
	close_db(b);
	close_db(a);
}

static void the_definition_changes(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c UNIQUE); INSERT INTO t VALUES (1, 'a', 'b', 'c')");
	must(db, START("t"));
	must(db, "ALTER TABLE t ADD d DEFAULT 7; UPDATE t SET a = 'x', d = 8");
	must_give(db, CHANGES, "update|{\"id\":1}|{\"a\":\"a\"}|{\"a\":\"x\"}|NULL|\n");
	must_give(db, STATUS, "was changed since capturing began: its triggers capture the columns and the key of then|\n");
	must_give(db, "SELECT status FROM stead_doctor() WHERE check_name = 'capture'", "warn|\n");
	must_give(db, START("t"), "1|\n");
	must_give(db, STATUS, "ok|\n");
	must(db, "UPDATE t SET d = 9");
	must_give(db, CHANGES, "update|{\"id\":1}|{\"d\":8}|{\"d\":9}|NULL|\n");
	/* SQLite renames the column in triggers, but not in the texts that they store */
	must(db, "ALTER TABLE t RENAME a TO z; UPDATE t SET z = 'y'");
	must_give(db, CHANGES, "update|{\"id\":1}|{\"a\":\"x\"}|{\"a\":\"y\"}|NULL|\n");
	must_give(db, STATUS, "was changed since capturing began: its triggers capture the columns and the key of then|\n");
	must(db, START("t"));
	must_fail(db, "ALTER TABLE t DROP b", "no such column");
	must(db, "SELECT stead_capture_stop('t'); ALTER TABLE t DROP b");
	must(db, START("t"));
	must(db, "CREATE UNIQUE INDEX late ON t (z)");
	must_give(db, STATUS, "was changed since capturing began: its triggers capture the columns and the key of then|\n");
	must(db, START("t"));
	must(db, "INSERT OR REPLACE INTO t VALUES (2, 'y', 'c2', 1)");
	must_give(db, CHANGES,
	          "delete|{\"id\":1}|{\"id\":1,\"z\":\"y\",\"c\":\"c\",\"d\":9}|NULL|NULL|\n"
	          "insert|{\"id\":2}|NULL|{\"id\":2,\"z\":\"y\",\"c\":\"c2\",\"d\":1}|NULL|\n");
	must(db, "ALTER TABLE t RENAME TO u; UPDATE u SET d = 2");
	must_give(db, "SELECT table_name, new_values FROM stead_change ORDER BY id DESC LIMIT 1", "t|{\"d\":2}|\n");
	must_give(db, STATUS, "does not exist any more|\n");
	must_give(db, START("u"), "1|\n");
	must(db, "UPDATE u SET d = 3");
	must_give(db, "SELECT table_name, new_values FROM stead_change ORDER BY id DESC LIMIT 1", "u|{\"d\":3}|\n");
	must_give(db, "SELECT stead_capture_stop('t'); " STATUS, "1|\nok|\n");
	must(db, "DROP TABLE u");
	must_give(db, STATUS, "does not exist any more|\n");
	must_give(db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'stead_record_%'", "0|\n");
	close_db(db);
}

/* An excluded column stays out of the file, whatever it is called. */
static void an_excluded_column_never_reaches_disk(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, a, secret UNIQUE)");
	must(db, "SELECT stead_capture_start('t', '{\"exclude\":[\"secret\"]}')");
	must(db, "INSERT INTO t VALUES (1, 'a', 'p4ss-1'); ALTER TABLE t RENAME secret TO hidden;"
	         "UPDATE t SET hidden = 'p4ss-2'; INSERT OR REPLACE INTO t VALUES (2, 'b', 'p4ss-2'); DELETE FROM t");
	must_give(db, "SELECT count(*) FROM stead_change", "4|\n");
	must_give(db,
	          "SELECT count(*) FROM stead_change WHERE old_values LIKE '%p4ss%' OR new_values LIKE '%p4ss%'"
	          " UNION ALL SELECT count(*) FROM stead_replaced",
	          "0|\n0|\n");
	must_give(db, STATUS, "has the column \"hidden\", which was added or renamed since and is not captured|\n");
	close_db(db);
}

/* As many columns as a table may have by default. */
static void wide_tables(void **state)
{
	static const int sizes[] = {300, 2000};
	char sql[40000], *at;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		sqlite3 *db = fresh(":memory:");

		at = sql + sprintf(sql, "CREATE TABLE t (id INTEGER PRIMARY KEY");
		for (int k = 1; k < sizes[i]; k++)
			at += sprintf(at, ", c%d", k);
		strcpy(at, ")");
		must(db, sql);
		must_give(db, START("t"), "1|\n");
		must(db, "INSERT INTO t (id, c1) VALUES (1, 2); UPDATE t SET c1 = 3, c299 = 4; DELETE FROM t");
		must_give(db, "SELECT old_values, new_values FROM stead_change WHERE operation = 'update'",
		          "{\"c1\":2,\"c299\":null}|{\"c1\":3,\"c299\":4}|\n");
		must_give(db, "SELECT count(*) FROM json_each((SELECT old_values FROM stead_change WHERE id = 3))",
		          i ? "2000|\n" : "300|\n");
		close_db(db);
	}
}

static void tables_of_many_kinds(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(
		db,
		"CREATE TABLE loose (a, b); CREATE TABLE \"q'\"\"[`\" (\"k'\"\"\" TEXT PRIMARY KEY, \"\\n\" INT) WITHOUT ROWID;"
		"CREATE TABLE gen (id INTEGER PRIMARY KEY, a INT, v AS (a + 1), s AS (a * 2) STORED UNIQUE);"
		"CREATE TABLE parent (id INTEGER PRIMARY KEY);"
		"CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE,"
		" n REFERENCES parent ON DELETE SET NULL ON UPDATE CASCADE); PRAGMA foreign_keys = ON");
	must(db, START("loose"));
	must(db, "SELECT stead_capture_start('\"q''\"\"[`\"')");
	must(db, START("gen"));
	must(db, START("child"));
	must(db, "INSERT INTO loose VALUES (1, 2), (1, 2); UPDATE loose SET b = 3 WHERE rowid = 2; DELETE FROM loose");
	must_give(db, CHANGES,
	          "insert|NULL|NULL|{\"a\":1,\"b\":2}|NULL|\ninsert|NULL|NULL|{\"a\":1,\"b\":2}|NULL|\n"
	          "update|NULL|{\"a\":1,\"b\":2}|{\"b\":3}|NULL|\n"
	          "delete|NULL|{\"a\":1,\"b\":2}|NULL|NULL|\ndelete|NULL|{\"a\":1,\"b\":3}|NULL|NULL|\n");
	must(db, "INSERT INTO \"q'\"\"[`\" VALUES ('''\"', 1); UPDATE \"q'\"\"[`\" SET \"\\n\" = 2");
	must_give(db, CHANGES,
	          "insert|{\"k'\\\"\":\"'\\\"\"}|NULL|{\"k'\\\"\":\"'\\\"\",\"\\\\n\":1}|NULL|\n"
	          "update|{\"k'\\\"\":\"'\\\"\"}|{\"\\\\n\":1}|{\"\\\\n\":2}|NULL|\n");
	must(db, "INSERT INTO gen VALUES (1, 1); UPDATE gen SET a = 2; REPLACE INTO gen VALUES (5, 2)");
	must_give(db, CHANGES,
	          "insert|{\"id\":1}|NULL|{\"id\":1,\"a\":1,\"v\":2,\"s\":2}|NULL|\n"
	          "update|{\"id\":1}|{\"a\":1,\"v\":2,\"s\":2}|{\"a\":2,\"v\":3,\"s\":4}|NULL|\n"
	          "delete|{\"id\":1}|{\"id\":1,\"a\":2,\"v\":3,\"s\":4}|NULL|NULL|\n"
	          "insert|{\"id\":5}|NULL|{\"id\":5,\"a\":2,\"v\":3,\"s\":4}|NULL|\n");
	must(db,
	     "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1, NULL), (2, NULL, 2), (3, NULL, 2);"
	     "UPDATE parent SET id = 20 WHERE id = 2; DELETE FROM parent WHERE id = 20; REPLACE INTO parent VALUES (1)");
	must_give(db,
	          "SELECT operation, row_key, old_values, new_values FROM stead_change WHERE table_name = 'child'"
	          " AND operation <> 'insert' ORDER BY id",
	          "update|{\"id\":2}|{\"n\":2}|{\"n\":20}|\nupdate|{\"id\":3}|{\"n\":2}|{\"n\":20}|\n"
	          "update|{\"id\":2}|{\"n\":20}|{\"n\":null}|\nupdate|{\"id\":3}|{\"n\":20}|{\"n\":null}|\n"
	          "delete|{\"id\":1}|{\"id\":1,\"p\":1,\"n\":null}|NULL|\n");
	close_db(db);
}

/* The triggers of the application may change the table too, or refuse the row. */
static void other_triggers(void **state)
{
	static const char *const recursive[] = {"PRAGMA recursive_triggers = OFF", "PRAGMA recursive_triggers = ON"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		sqlite3 *db = fresh(":memory:");

		must(db, recursive[i]);
		must(db,
		     "CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE, n INT DEFAULT 0); CREATE TABLE log (x);"
		     "CREATE TRIGGER a BEFORE INSERT ON t WHEN NEW.v = 'skip' BEGIN SELECT RAISE(IGNORE); END;"
		     "CREATE TRIGGER b BEFORE UPDATE ON t WHEN NEW.v = 'skip' BEGIN SELECT RAISE(IGNORE); END;"
		     "CREATE TRIGGER c AFTER INSERT ON t WHEN NEW.v = 'also' BEGIN UPDATE t SET n = n + 1 WHERE id = NEW.id;"
		     " INSERT INTO log VALUES (NEW.id); END;"
		     "CREATE TRIGGER d AFTER UPDATE ON t WHEN NEW.v = 'no' BEGIN SELECT RAISE(ABORT, 'no'); END");
		must(db, START("t"));
		must(db, "INSERT INTO t (id, v) VALUES (1, 'x'), (2, 'skip'), (3, 'also')");
		must(db, "UPDATE t SET v = 'skip' WHERE id = 1; UPDATE t SET n = 5 WHERE id = 1");
		must_fail(db, "UPDATE t SET v = 'no' WHERE id = 1", "no");
		must(db, "INSERT OR REPLACE INTO t (id, v) VALUES (1, 'skip')"); /* ignored before it replaces */
		must(db, "UPDATE t SET n = 6 WHERE id = 3; INSERT INTO t (id, v) VALUES (4, 'y')");
		must_give(db, "SELECT operation, row_key, new_values FROM stead_change ORDER BY id",
		          "insert|{\"id\":1}|{\"id\":1,\"v\":\"x\",\"n\":0}|\n"
		          "insert|{\"id\":3}|{\"id\":3,\"v\":\"also\",\"n\":0}|\n"
		          "update|{\"id\":3}|{\"n\":1}|\nupdate|{\"id\":1}|{\"n\":5}|\nupdate|{\"id\":3}|{\"n\":6}|\n"
		          "insert|{\"id\":4}|{\"id\":4,\"v\":\"y\",\"n\":0}|\n");
		close_db(db);
	}
}

/* SQLite fires the triggers that were made last first. So those that change the same table must be made before Stead's.
 */
static void the_order_of_triggers(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		sqlite3 *db = fresh(":memory:");
		const char *own = "CREATE TRIGGER c AFTER INSERT ON t WHEN NEW.v = 'also' BEGIN UPDATE t SET v = 'then'"
						  " WHERE id = NEW.id; END";

		must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
		must(db, late ? "SELECT 1" : own);
		must(db, START("t"));
		must(db, late ? own : "SELECT 1");
		if (late) {
			must(db, "SELECT stead_capture_stop('t')");
			must(db, START("t"));
		}
		must(db, "INSERT INTO t VALUES (1, 'also')");
		must_give(db, "SELECT operation, old_values, new_values FROM stead_change ORDER BY id",
		          "insert|NULL|{\"id\":1,\"v\":\"also\"}|\nupdate|{\"v\":\"also\"}|{\"v\":\"then\"}|\n");
		must_give(db, "SELECT stead_row_at('t', '1', (SELECT max(changed_at) FROM stead_change))",
		          "{\"id\":1,\"v\":\"then\"}|\n");
		close_db(db);
	}
}

/* What the application asks after a statement is as without capture. A COMMIT that ends a context counts as a change.
 */
static void what_the_application_sees(void **state)
{
	static const char *const statements[] = {
		"INSERT INTO t (v) VALUES ('a'), ('b'), ('c')",
		"UPDATE t SET n = 1",
		"INSERT OR REPLACE INTO t (v) VALUES ('a')",
		"INSERT INTO t (v) VALUES ('a') ON CONFLICT DO NOTHING",
		"INSERT INTO t (v, n) VALUES ('a', 5) ON CONFLICT (v) DO UPDATE SET n = excluded.n",
		"UPDATE t SET id = id + 10 WHERE v = 'b'",
		"DELETE FROM t WHERE v = 'a'",
		"INSERT INTO other VALUES (7)",
	};
	sqlite3 *with = fresh(":memory:"), *without = fresh(":memory:"), *both[] = {with, without};

	(void)state;
	for (int i = 0; i < 2; i++)
		must(both[i], "CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE, n); CREATE TABLE other (x)");
	must(with, START("t"));
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
		answer given[2];

		for (int k = 0; k < 2; k++) {
			must(both[k], i % 2 ? "BEGIN; " SET("alice") : "BEGIN");
			must(both[k], statements[i]);
			given[k] = ask(both[k], "SELECT changes(), last_insert_rowid(), count(*), sum(id) FROM t");
		}
		assert_string_equal(given[0].text, given[1].text);
		sqlite3_free(given[0].text);
		sqlite3_free(given[1].text);
		for (int k = 0; k < 2; k++)
			must(both[k], "COMMIT");
		assert_int_equal(sqlite3_changes(with), i % 2 ? 1 : sqlite3_changes(without));
		assert_int_equal(sqlite3_last_insert_rowid(with), sqlite3_last_insert_rowid(without));
	}
	close_db(without);
	close_db(with);
}

static int deny_what_is_steads(void *unused, int action, const char *a, const char *b, const char *c,
                               const char *trigger)
{
	(void)unused, (void)action, (void)b, (void)c;
	return !trigger && a && strncmp(a, "stead_", 6) == 0 ? SQLITE_DENY : SQLITE_OK;
}

/* Who may not touch Stead's tables may change a captured one. */
static void an_authorizer(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
	must(db, START("t"));
	sqlite3_set_authorizer(db, deny_what_is_steads, NULL);
	must(db, "INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b'; REPLACE INTO t VALUES (1, 'c')");
	must_fail(db, "SELECT * FROM stead_change", "prohibited");
	must_fail(db, "DELETE FROM stead_change", "not authorized");
	sqlite3_set_authorizer(db, NULL, NULL);
	must_give(db, "SELECT count(*) FROM stead_change", "4|\n");
	close_db(db);
}

static int stop_soon(void *left)
{
	return --*(int *)left < 0;
}

/* A statement that is interrupted leaves neither rows nor changes. */
static void interrupts(void **state)
{
	sqlite3 *db = fresh(":memory:");
	int left, tries = 0, done = 0;

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE)");
	must(db, START("t"));
	for (int steps = 1; !done; steps += 1 + steps / 3, tries++) {
		answer answer;

		left = steps;
		sqlite3_progress_handler(db, 1, stop_soon, &left);
		answer = ask(db, "INSERT OR REPLACE INTO t (v) VALUES (1), (2), (1)");
		sqlite3_progress_handler(db, 0, NULL, NULL);
		done = answer.code == SQLITE_OK;
		assert_true(done || answer.code == SQLITE_INTERRUPT);
		must_give(db, "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM stead_change)",
		          done ? "2|4|\n" : "0|0|\n");
		sqlite3_free(answer.text);
	}
	assert_true(tries > 5);
	close_db(db);
}

/* Texts that are no UTF-8 do not spoil what can be read of others. */
static void texts_that_are_no_utf8(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
	must(db, START("t"));
	must(db, "INSERT INTO t VALUES (1, CAST(x'61FF62' AS TEXT)), (2, 'fine'); UPDATE t SET v = 'fine' WHERE id = 1");
	must_give(db, "SELECT count(*) FROM stead_changes('t')", "3|\n");
	must_give(db, "SELECT stead_row_at('t', '2', (SELECT max(changed_at) FROM stead_change))",
	          "{\"id\":2,\"v\":\"fine\"}|\n");
	must_give(db, "SELECT stead_row_at('t', '1', (SELECT max(changed_at) FROM stead_change))",
	          "{\"id\":1,\"v\":\"fine\"}|\n");
	close_db(db);
}

/* Two processes at once: each change is captured, in the order of the row's values. */
static void *count_up(void *unused)
{
	sqlite3 *db = open_file(path);

	(void)unused;
	sqlite3_busy_timeout(db, 60000);
	for (int i = 0; i < 100; i++)
		must(db, "UPDATE t SET n = n + 1");
	close_db(db);
	return NULL;
}

static void two_writers(void **state)
{
	sqlite3 *db = fresh(path);
	pthread_t threads[2];

	(void)state;
	must(db, "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0)");
	must(db, START("t"));
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	must_give(db, "SELECT count(*), sum(old_values ->> 'n' = id - 1 AND new_values ->> 'n' = id) FROM stead_change",
	          "200|200|\n");
	close_db(db);
}

/* For a column that is NOT NULL, REPLACE stores the default in place of NULL: after the triggers before it. */
static void replaced_by_a_default(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db, "SELECT stead_init()");
	must(db, "CREATE TABLE d (id INTEGER PRIMARY KEY, code TEXT NOT NULL DEFAULT 'x' UNIQUE)");
	must(db, "SELECT stead_capture_start('d')");
	must(db, "INSERT INTO d VALUES (1, 'x'); INSERT OR REPLACE INTO d VALUES (2, NULL)");
	must_give(db, "SELECT operation, row_key FROM stead_change ORDER BY id",
	          "insert|{\"id\":1}|\ndelete|{\"id\":1}|\ninsert|{\"id\":2}|\n");
	close_db(db);
}

static void upkeep_indexes(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "SELECT stead_init(); CREATE TABLE t (id INTEGER PRIMARY KEY, n); SELECT stead_capture_start('t')");
	must(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO t"
	         " SELECT i, 0 FROM n");
	must_give(db, "SELECT count(*), count(indexed) FROM stead_change", "2500|0|\n");
	must_give(db, "SELECT stead_maintain() ->> 'changes_indexed'", "2500|\n");
	must_give(db, "SELECT count(*), count(indexed) FROM stead_change", "2500|2500|\n");
	must(db, "UPDATE t SET n = id WHERE id IN (7, 8); UPDATE t SET n = 'seven' WHERE id = 7");
	must_give(db, "SELECT operation, new_values FROM stead_changes('t', '7')",
	          "update|{\"n\":\"seven\"}|\nupdate|{\"n\":7}|\ninsert|{\"id\":7,\"n\":0}|\n");
	must_give(db, "SELECT count(*) FROM stead_changes('t', NULL, NULL, NULL, 1000)", "1000|\n");
	must_give(db, "SELECT stead_maintain() ->> 'changes_indexed', stead_maintain() ->> 'changes_indexed'", "3|NULL|\n");
	must_give(db, "SELECT operation, new_values FROM stead_changes('t', '8')",
	          "update|{\"n\":8}|\ninsert|{\"id\":8,\"n\":0}|\n");
	close_db(db);
}

#define TOLD "SELECT status FROM stead_doctor() WHERE check_name = 'capture'"

/* The doctor tells of many changes that are not indexed. */
static void upkeep_is_behind(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "SELECT stead_init(); CREATE TABLE t (id INTEGER PRIMARY KEY); SELECT stead_capture_start('t');"
	         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO t"
	         " SELECT i FROM n");
	must_give(db, TOLD, "ok|\n");
	must(db, "INSERT INTO t VALUES (0)");
	must_give(db, TOLD, "warn|\n");
	must(db, "SELECT stead_maintain(600000)");
	must_give(db, TOLD, "ok|\n");
	close_db(db);
}

/* FTS5 takes a table of the application's for its own, by its name alone. Capturing goes on, and can be stopped. */
static void a_table_of_fts5(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "SELECT stead_init(); CREATE TABLE docs_content (id INTEGER PRIMARY KEY, x)");
	must_give(db, START("docs_content"), "1|\n");
	if (sqlite3_exec(db, "CREATE VIRTUAL TABLE docs USING fts5 (x, content='docs_content', content_rowid='id')", NULL,
	                 NULL, NULL) != SQLITE_OK)
		printf("# this SQLite has no FTS5\n");
	else {
		must(db, "INSERT INTO docs_content VALUES (1, 'a')");
		must_give(db, "SELECT table_name, status FROM stead_capture_list()",
		          "docs_content|is no longer a plain table|\n");
	}
	must_give(db, "SELECT stead_capture_stop('docs_content')", "1|\n");
	must_give(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'docs_content'", "0|\n");
	must_give(db, "SELECT count(*) FROM stead_capture", "0|\n");
	close_db(db);
}

/* An import indexes what it brings, as what comes after it may be indexed at once. */
static void imports_are_indexed(void **state)
{
	sqlite3 *db = fresh(":memory:");

	(void)state;
	must(db, "SELECT stead_init(); CREATE TABLE t (id INTEGER PRIMARY KEY); SELECT stead_capture_start('t');"
	         "INSERT INTO t VALUES (1), (2); CREATE TABLE lines (n INTEGER PRIMARY KEY, line);"
	         "INSERT INTO lines (line) SELECT line FROM stead_export('[\"capture\"]')");
	must_give(db, "SELECT count(*), count(indexed) FROM stead_change", "2|0|\n");
	must(db, "SELECT stead_capture_stop('t'); DELETE FROM stead_change; DELETE FROM stead_capture;"
	         "SELECT stead_import(line) FROM lines ORDER BY n");
	must_give(db, "SELECT count(*), count(indexed) FROM stead_change", "2|2|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_stead, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(context_is_never_committed, make_directory, remove_directory),
		cmocka_unit_test(the_definition_changes),
		cmocka_unit_test(upkeep_indexes),
		cmocka_unit_test(upkeep_is_behind),
		cmocka_unit_test(imports_are_indexed),
		cmocka_unit_test(an_excluded_column_never_reaches_disk),
		cmocka_unit_test(wide_tables),
		cmocka_unit_test(tables_of_many_kinds),
		cmocka_unit_test(other_triggers),
		cmocka_unit_test(replaced_by_a_default),
		cmocka_unit_test(the_order_of_triggers),
		cmocka_unit_test(what_the_application_sees),
		cmocka_unit_test(a_table_of_fts5),
		cmocka_unit_test(an_authorizer),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(texts_that_are_no_utf8),
		cmocka_unit_test_setup_teardown(two_writers, make_directory, remove_directory),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
