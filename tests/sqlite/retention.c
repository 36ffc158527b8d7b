/*
 * retention.c - retention of the application's own tables on SQLite: forms of time, keys, triggers, names, waiting.
 */
#include <signal.h>
#include <sys/wait.h>

#include "lite_checks.h"

static sqlite3 *fresh(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); " QUIET
	         "SELECT stead_setting_set('stead.retention.batch_ms', '60000')"); /* however slow the machine */
	return db;
}

/* ---- Forms of time --------------------------------------------------------------------------------------------- */

/* A row: the stored value, and whether it is older than 30 days. $ stands for a moment before the cutoff or after
 * it. */
#define BOTH(sides, expression)                                                                                        \
	{expression, sides, true},                                                                                         \
	{                                                                                                                  \
		expression, sides, false                                                                                       \
	}
static const struct {
	const char *expression;
	const char *moments[2]; /* after, before; NULL: it does not matter */
	bool old;
} rows[] = {
#define NEAR                                                                                                           \
	{                                                                                                                  \
		"'now', '-30 days', '+1 minute'", "'now', '-30 days', '-1 minute'"                                             \
	}
#define FAR                                                                                                            \
	{                                                                                                                  \
		"'now', '-29 days'", "'now', '-31 days'"                                                                       \
	}
	BOTH(NEAR, "strftime('%Y-%m-%dT%H:%M:%fZ', $)"),
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%S', $)"),
	BOTH(NEAR, "strftime('%Y-%m-%dT%H:%M:%S', $, '+14 hours') || '+14:00'"),
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%f', $, '-11 hours', '-30 minutes') || '-1130'"),
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%S.000', $, '+1 hour') || '+01'"),
	BOTH(NEAR, "CAST(strftime('%s', $) AS INTEGER)"),
	BOTH(NEAR, "strftime('%s', $) + 0.5"),
	BOTH(NEAR, "CAST(strftime('%s', $) AS INTEGER) * 1000"),
	BOTH(NEAR, "CAST(strftime('%s', $) AS INTEGER) * 1000000"),
	BOTH(NEAR, "strftime('%s', $) * 1000.0 + 0.25"),
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%S.000 +00:00', $)"),          /* Sequelize */
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%S.123456789 +0000 UTC', $)"), /* Go */
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%S.5', $, '+2 hours') || ' +0200 CEST m=+0.000012'"),
	BOTH(NEAR, "strftime('%Y-%m-%d %H:%M:%S UTC', $)"), /* Rails */
	BOTH(FAR, "strftime('%Y-%m-%dT%H:%M', $)"),
	BOTH(FAR, "strftime('%Y-%m-%d', $)"),
	{"NULL", {NULL}, false},
	{"''", {NULL}, false},
	{"'now'", {NULL}, false},
	{"'yesterday'", {NULL}, false},
	{"'12:00'", {NULL}, false}, /* to SQLite this is a time in the year 2000 */
	{"'2020'", {NULL}, false},  /* a Julian day; if the column makes it a number: seconds */
	{"'2020-02-30'", {NULL}, false},
	{"'2020-01-01T00:00:00Z x'", {NULL}, false},
	{"' 2020-01-01'", {NULL}, false},
	{"'20200101'", {NULL}, false},
	{"'01/02/2020'", {NULL}, false},
	{"x'323032302d30312d3031'", {NULL}, false}, /* 2020-01-01, but a blob */
	{"'0001-01-01'", {NULL}, true},
	{"1e15", {NULL}, true}, /* microseconds: 2001 */
	{"9e999", {NULL}, false},
	{"-9e999", {NULL}, false},
	{"-62135596801", {NULL}, false}, /* the year 0 */
	{"9223372036854775807", {NULL}, false},
	{"-9223372036854775807 - 1", {NULL}, false},
	{"0", {NULL}, false},
	{"-1.5", {NULL}, false},
	{"46000", {NULL}, false},     /* days of a spreadsheet */
	{"2461000.5", {NULL}, false}, /* a Julian day */
	{"29700000", {NULL}, false},  /* minutes */
	{"20260131", {NULL}, false},
	{"202601311200", {NULL}, false},
	{"20260131120000", {NULL}, false},
	{"315532799", {NULL}, false}, /* the last second of 1979 */
	{"315532800", {NULL}, true},
	{"638000000000000000", {NULL}, false}, /* ticks of .NET, a tenth of a microsecond each */
	{"133700000000000000", {NULL}, false}, /* Windows, since 1601 */
	{"'2020-01-01 UTC'", {NULL}, false},
	{"'2020-01-01 12:00:00 CET'", {NULL}, false},
	{"'2020-01-01 12:00:00 +0100 UTC'", {NULL}, false},
	{"'2020-01-01 12:00:00+01 UTC'", {NULL}, false},
	{"'2020-01-01 12:00:00 +0000 UTC x'", {NULL}, false},
	{"'2020-01-01 12:00:00 '", {NULL}, false},
};

/* Stores the rows that the column accepts unchanged. Those that should be deleted have an odd id. */
static void fill(sqlite3 *db, const char *column)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *expression = sqlite3_mprintf("%s", rows[i].expression), *at = strchr(expression, '$'), *sql;
		int id = (int)(2 * i) + rows[i].old;
		answer answer;

		if (at) {
			*at = 0;
			sql = sqlite3_mprintf("%s%s%s", expression, rows[i].moments[rows[i].old], at + 1);
		} else
			sql = sqlite3_mprintf("%s", expression);
		sqlite3_free(expression);
		expression = sql;
		sql = sqlite3_mprintf(
			"INSERT OR IGNORE INTO t SELECT %d, %s; DELETE FROM t WHERE id = %d AND typeof(at) <> typeof(%s)", id,
			expression, id, expression);
		answer = ask(db, sql);
		if (answer.code != SQLITE_OK && !strstr(column, "STRICT")) /* a strict column refuses values of another type */
			fail_msg("%s: %s", sql, answer.text);
		sqlite3_free(answer.text);
		sqlite3_free(sql);
		sqlite3_free(expression);
	}
}

static void forms_of_time(void **state)
{
	static const char *const columns[] = {"at)",
	                                      "at TEXT)",
	                                      "at INTEGER)",
	                                      "at REAL)",
	                                      "at NUMERIC)",
	                                      "at DATETIME)",
	                                      "at VARCHAR(40))",
	                                      "at TIMESTAMP COLLATE NOCASE)",
	                                      "at TEXT) STRICT",
	                                      "at ANY) STRICT",
	                                      "at INTEGER) STRICT",
	                                      "at REAL) STRICT",
	                                      "at) WITHOUT ROWID"};
	static const char *const indexes[] = {"SELECT 1", "CREATE INDEX i ON t (at)", "CREATE INDEX i ON t (at DESC)",
	                                      "CREATE INDEX i ON t (at COLLATE NOCASE)",
	                                      "CREATE INDEX i ON t (at) WHERE at IS NOT NULL"};

	(void)state;
	for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
		for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
			sqlite3 *db = fresh();
			char *create = sqlite3_mprintf("CREATE TABLE t (id INTEGER PRIMARY KEY, %s; %s", columns[c], indexes[i]);
			answer kept, doomed;

			must(db, create);
			fill(db, columns[c]);
			must_give(db, "SELECT count(*) FILTER (WHERE id % 2) > 1, count(*) FILTER (WHERE id % 2 = 0) > 2 FROM t",
			          "1|1|\n");
			must_give(db, "SELECT stead_retention_set('t', 30, 'at')", "1|\n");
			kept = ask(db, "SELECT id, typeof(at) FROM t WHERE id % 2 = 0");
			doomed = ask(db, "SELECT count(*) FROM t WHERE id % 2 = 1");
			must_give(db, "SELECT expired_rows FROM stead_retention_preview('t')", doomed.text);
			must_give(db, "SELECT stead_prune('t')", doomed.text);
			must_give(db, "SELECT id, typeof(at) FROM t", kept.text);
			must_give(db, "SELECT stead_prune('t'), expired_rows, oldest_at FROM stead_retention_preview('t')",
			          "0|0|NULL|\n");
			must_give(db,
			          "SELECT status FROM stead_doctor() WHERE check_name = 'retention' AND (detail LIKE 't is kept%'"
			          " OR detail LIKE '% of table t %')",
			          (i == 1 || i == 2) && !strstr(columns[c], "NOCASE") ? "ok|\n" : "warn|\n");
			sqlite3_free(kept.text);
			sqlite3_free(doomed.text);
			sqlite3_free(create);
			close_db(db);
		}
}

static void oldest_first(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT);"
	         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
	         "  INSERT INTO t SELECT (i * 7919) % 1000003, strftime('%Y-%m-%dT%H:%M:%SZ', '2020-01-01', i || ' "
	         "minutes') FROM n;"
	         "SELECT stead_retention_set('t', 30, 'at')");
	must_give(db, "SELECT oldest_at FROM stead_retention_preview('t')", "2020-01-01T00:01:00.000000Z|\n");
	must_give(db, "SELECT stead_prune('t', 150)", "150|\n");
	must_give(db, "SELECT min(at), count(*) FROM t", "2020-01-01T02:31:00Z|350|\n");
	must(db, "CREATE INDEX i ON t (at)");
	must_give(db, "SELECT stead_prune('t', 150)", "150|\n");
	must_give(db, "SELECT min(at), count(*) FROM t", "2020-01-01T05:01:00Z|200|\n");
	close_db(db);
}

/* ---- Keys ------------------------------------------------------------------------------------------------------ */

static void keys(void **state)
{
	static const char *const tables[] = {
		"CREATE TABLE t (at, what)",
		"CREATE TABLE t (rowid, at, what)",
		"CREATE TABLE t (RowId, _ROWID_, at, what)",
		"CREATE TABLE t (oid TEXT, _rowid_ TEXT, at, what)",
		"CREATE TABLE t (at INTEGER PRIMARY KEY, what)",
		"CREATE TABLE t (a DEFAULT (random()), at, b DEFAULT (randomblob(8)), what, PRIMARY KEY (b, a)) WITHOUT ROWID",
		"CREATE TABLE t (at, what, PRIMARY KEY (at, what)) WITHOUT ROWID",
		"CREATE TABLE t (at, what COLLATE NOCASE, PRIMARY KEY (what COLLATE BINARY, at)) WITHOUT ROWID",
		"CREATE TABLE t (at, what, PRIMARY KEY (what COLLATE NOCASE, at)) WITHOUT ROWID",
		"CREATE TABLE t (at REAL NOT NULL, what TEXT NOT NULL, PRIMARY KEY (what, at)) STRICT, WITHOUT ROWID",
	};

	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		sqlite3 *db = fresh();

		must(db, tables[i]);
		must(db, "INSERT INTO t (at, what) VALUES (1000000001, 'a'), (1000000002, 'A'), (1000000003, 'b'), "
		         "(4102444800, 'a'), (4102444801, 'A')");
		must_give(db, "SELECT stead_retention_set('t', 30, 'at')", "1|\n");
		must_give(db, "SELECT stead_prune('t', 1), stead_prune('t', 1)", "1|1|\n");
		must_give(db, "SELECT group_concat(what) FROM (SELECT what FROM t ORDER BY at)", "b,a,A|\n");
		must_give(db, "SELECT stead_prune('t')", "1|\n");
		must_give(db, "SELECT group_concat(what) FROM (SELECT what FROM t ORDER BY at)", "a,A|\n");
		close_db(db);
	}
	sqlite3 *db = fresh();

	must(db, "CREATE TABLE hidden (rowid, _rowid_, oid, at)");
	must_fail(db, "SELECT stead_retention_set('hidden', 30, 'at')",
	          "columns of table hidden hide its rowid by all its names");
	/* 'a' and 'A' are two keys by the index, one by the column: the young one stays */
	must(db, "CREATE TABLE t (at, what COLLATE NOCASE, PRIMARY KEY (what COLLATE BINARY)) WITHOUT ROWID;"
	         "INSERT INTO t VALUES (1e9, 'a'), (1000000000, 'A'), ('2099-01-01', 'b'), (1000000000, 'B')");
	must_give(db, "SELECT stead_retention_set('t', 30, 'at'), stead_prune('t', 1)", "1|1|\n");
	must_give(db, "SELECT count(*) FROM t", "3|\n");
	close_db(db);
}

/* ---- Triggers and references ----------------------------------------------------------------------------------- */

static void what_triggers_keep(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db,
	     "CREATE TABLE t (id INTEGER PRIMARY KEY, at); CREATE INDEX i ON t (at);"
	     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, "
	     "1000000000 + i FROM n;"
	     "CREATE TRIGGER keep BEFORE DELETE ON t WHEN OLD.id <= 500 OR OLD.id % 10 = 0 BEGIN SELECT RAISE(IGNORE); END;"
	     "SELECT stead_retention_set('t', 30, 'at')");
	must_give(db, "SELECT stead_prune('t', 7)", "7|\n");
	must_give(db, "SELECT min(id) FROM t WHERE id > 500 AND id % 10", "508|\n");
	must(db,
	     /* enough time to look past all rows that are kept */
	     "SELECT stead_setting_set('stead.retention.batch_ms', '1')");
	must_give(db, "SELECT stead_prune('t') > 0", "1|\n");
	must(db, "SELECT stead_prune('t', 1000)");
	must_give(db, "SELECT stead_prune('t'), stead_prune('t', 1000)", "0|0|\n");
	must_give(db, "SELECT count(*) FROM t", "550|\n");
	must_give(db, "SELECT total_deleted FROM stead_retention_list() WHERE target = 't'", "450|\n");
	close_db(db);
}

static void what_triggers_do(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, at); CREATE TABLE log (id);"
	         "INSERT INTO t VALUES (1, 1000000001), (2, 1000000002), (3, 1000000003), (4, 1000000004); SELECT "
	         "stead_retention_set('t', 30, 'at');"
	         /* the next row is renewed; each deleted row comes back with the same age */
	         "CREATE TRIGGER renew AFTER DELETE ON t WHEN OLD.id = 1 BEGIN UPDATE t SET at = '2099-01-01' WHERE id = "
	         "2; END");
	must_give(db, "SELECT stead_prune('t')", "3|\n");
	must_give(db, "SELECT id FROM t", "2|\n");
	must(db, "DROP TRIGGER renew; CREATE TRIGGER again AFTER DELETE ON t BEGIN INSERT INTO t VALUES (OLD.id + 1000, "
	         "OLD.at); END;"
	         "INSERT INTO t VALUES (1, 1000000001), (3, 1000000003)");
	must_give(db, "SELECT stead_prune('t', 100)", "2|\n");
	must(db, "DROP TRIGGER again; CREATE TRIGGER stop BEFORE DELETE ON t WHEN OLD.at = 1000000003 BEGIN SELECT "
	         "RAISE(ABORT, 'not this one'); END;"
	         "DELETE FROM t WHERE at NOT IN (1000000003, '2099-01-01'); INSERT INTO t VALUES (1, 1000000001), (2000, "
	         "1000000002)");
	must_fail(db, "SELECT stead_prune('t')", "not this one");
	must_give(db, "SELECT count(*) FROM t WHERE at < 1000000005", "3|\n");
	must_give(db, "SELECT total_deleted FROM stead_retention_list() WHERE target = 't'", "5|\n");
	must(db, "DROP TRIGGER stop; CREATE TRIGGER stop BEFORE DELETE ON t BEGIN INSERT INTO no_such VALUES (1); END");
	must_fail(db, "SELECT stead_prune('t')", "no such table: main.no_such");
	close_db(db);

	db = fresh();
	must(db, "PRAGMA foreign_keys = ON; CREATE TABLE t (id INTEGER PRIMARY KEY, at); CREATE TABLE child (t REFERENCES "
	         "t ON DELETE CASCADE);"
	         "CREATE TABLE other (t REFERENCES t); INSERT INTO t VALUES (1, 1000000001), (2, 1000000002), (3, "
	         "1000000003); INSERT INTO child VALUES (1), (1), (2);"
	         "SELECT stead_retention_set('t', 30, 'at')");
	must_give(db, "SELECT stead_prune('t', 1)", "1|\n");
	must_give(db, "SELECT t FROM child", "2|\n");
	must(db, "INSERT INTO other VALUES (3)");
	must_fail(db, "SELECT stead_prune('t')", "FOREIGN KEY constraint failed");
	must_give(db, "SELECT count(*) FROM t", "2|\n");
	close_db(db);
}

/* ---- Names ----------------------------------------------------------------------------------------------------- */

static void names(void **state)
{
	static const char *const hostile[] = {"x; DROP TABLE t",
	                                      "a'b",
	                                      "a\"b",
	                                      "a.b",
	                                      "select",
	                                      "Mixed",
	                                      "\xc3\xa4",
	                                      "stead_mine",
	                                      "%s%n",
	                                      "[x]",
	                                      "1st",
	                                      " ",
	                                      "a\\b",
	                                      "--",
	                                      "$1",
	                                      "?1"};
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE t (at); INSERT INTO t VALUES (1)");
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		/* the table, its column and an index on it all have that name */
		char *sql = sqlite3_mprintf("CREATE TABLE \"%w\" (\"%w\"); INSERT INTO \"%w\" VALUES (1000000001), (NULL)",
		                            hostile[i], hostile[i], hostile[i]);
		char *index = sqlite3_mprintf("CREATE INDEX \"%w i\" ON \"%w\" (\"%w\")", hostile[i], hostile[i], hostile[i]);
		char *target = sqlite3_mprintf("\"%w\"", hostile[i]);
		char *set = sqlite3_mprintf("SELECT stead_retention_set(%Q, 30, %Q)", target, hostile[i]);
		char *remedy,
			*prune = sqlite3_mprintf("SELECT expired_rows, stead_prune('main.' || %Q) FROM stead_retention_preview(%Q)",
		                             target, target);
		answer answer;

		must(db, sql);
		must_give(db, set, "1|\n");
		answer = ask(db, "SELECT remedy FROM stead_doctor() WHERE check_name = 'retention' AND remedy LIKE 'CREATE%'");
		remedy = sqlite3_mprintf("%.*s", (int)strlen(answer.text) - 2, answer.text);
		must(db, remedy);
		must_give(db, "SELECT count(*) FROM stead_doctor() WHERE check_name = 'retention' AND remedy LIKE 'CREATE%'",
		          "0|\n");
		must(db, index);
		must_give(db, prune, "1|1|\n");
		sqlite3_free(sql);
		sqlite3_free(index);
		sqlite3_free(target);
		sqlite3_free(set);
		sqlite3_free(prune);
		sqlite3_free(remedy);
		sqlite3_free(answer.text);
	}
	must_give(db, "SELECT * FROM t", "1|\n");
	must_give(db, "SELECT target FROM stead_retention_list() WHERE target LIKE '%mi%ed%'", "\"Mixed\"|\n");
	must_give(db, "SELECT stead_retention_set('MIXED', 30, 'mixed')", "0|\n"); /* the same, as SQLite compares names */
	close_db(db);
}

static void refused(void **state)
{
	static const struct {
		const char *target, *problem;
	} targets[] = {
		{"v", "v is not a plain table"},
		{"fts", "fts is not a plain table"},
		{"fts_data", "fts_data is not a plain table"},
		{"only_temp", "table only_temp does not exist"},
		{"temp.only_temp", "table temp.only_temp is not in the main database"},
		{"other.t", "table other.t is not in the main database"},
		{"only_other", "table only_other does not exist"},
		{"nowhere.t", "table nowhere.t is not in the main database"},
		{"sqlite_schema", "table sqlite_schema is the database's own"},
		{"SQLITE_sequence", "table sqlite_sequence is the database's own"},
		{"Stead_Session", "table stead_session is Stead's own"},
		{"\"STEAD_USER\"", "table stead_user is Stead's own"},
		{"main.stead_retention", "table stead_retention is Stead's own"},
		{"pragma_table_list", "table pragma_table_list does not exist"},
		{"stead_help", "table stead_help does not exist"},
		{"blobs", "column \"at\" of table blobs is not of a type that holds a time"},
	};
	sqlite3 *db = fresh();

	(void)state;
	must(db, "ATTACH ':memory:' AS other; CREATE TABLE other.t (at); CREATE TABLE other.only_other (at); CREATE TEMP "
	         "TABLE only_temp (at);"
	         "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, at); CREATE VIEW v AS SELECT * FROM t; CREATE "
	         "TABLE blobs (at BLOB);"
	         "CREATE VIRTUAL TABLE fts USING fts5(at); CREATE TEMP TABLE t (at); INSERT INTO temp.t VALUES (1); INSERT "
	         "INTO main.t VALUES (1, 1000000001)");
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		char *sql = sqlite3_mprintf("SELECT stead_retention_set(%Q, 30, 'at')", targets[i].target);

		must_fail(db, sql, targets[i].problem);
		sqlite3_free(sql);
	}
	must_give(db, "SELECT count(*) FROM stead_retention", "0|\n");
	/* a temporary table of the same name is not meant */
	must_give(db, "SELECT stead_retention_set('t', 30, 'at'), stead_prune('t')", "1|1|\n");
	must_give(db, "SELECT (SELECT count(*) FROM temp.t), (SELECT count(*) FROM main.t)", "1|0|\n");
	must(db, "DROP TABLE main.t; CREATE TABLE main.t (id INTEGER PRIMARY KEY, made)");
	must_fail(db, "SELECT stead_prune('t')", "table t has no column \"at\"");
	must_give(db,
	          "SELECT status, detail, remedy FROM stead_doctor() WHERE check_name = 'retention' AND status = 'fail'",
	          "fail|table t has no column \"at\"|SELECT stead_retention_delete('t');|\n");
	must(db, "DROP TABLE main.t; CREATE VIEW main.t AS SELECT 1 AS at");
	must_fail(db, "SELECT stead_prune('t')", "t is not a plain table");
	close_db(db);
}

/* ---- Waiting --------------------------------------------------------------------------------------------------- */

static void batches_are_brief(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, at); CREATE INDEX i ON t (at); CREATE TABLE work (n);"
	         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i, "
	         "1000000000 + i FROM n;"
	         /* so much work that a batch cannot finish in time */
	         "CREATE TRIGGER slow AFTER DELETE ON t BEGIN INSERT INTO work SELECT count(*) FROM t a, (SELECT 1 FROM t "
	         "LIMIT 10); DELETE FROM work; END;"
	         "SELECT stead_retention_set('t', 30, 'at'), stead_setting_delete('stead.retention.batch_ms')");
	must_give(db, "SELECT stead_prune('t') BETWEEN 1 AND 1000", "1|\n");
	must(db, "SELECT stead_setting_set('stead.retention.batch_ms', '1')");
	must_give(db, "SELECT stead_prune('t') BETWEEN 1 AND 500", "1|\n");
	must_give(db, "SELECT stead_prune('t', 1000)", "1000|\n"); /* a caller who gives a number gets it */
	must_fail(db, "SELECT stead_setting_set('stead.retention.batch_ms', '0')", "batch_ms");
	must(db, "DROP TRIGGER slow; SELECT stead_setting_set('stead.retention.batch_ms', '60000')");
	must_give(db, "SELECT stead_retention_set('t', 30, 'at', 10), stead_prune('t')", "1|10|\n");
	close_db(db);
}

static void among_connections(void **state)
{
	sqlite3 *one = fresh(), *two;

	(void)state;
	must(one, "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, at); INSERT INTO t VALUES (1, "
	          "1000000001), (2, 1000000002), (3, 1000000003);"
	          "SELECT stead_retention_set('t', 30, 'at')");
	two = open_file(path);
	must(two, "BEGIN IMMEDIATE");
	must_fail(one, "SELECT stead_prune('t')", "database is locked");
	must_give(one, "SELECT expired_rows FROM stead_retention_preview('t')", "3|\n");
	must(two, "COMMIT; BEGIN; SELECT count(*) FROM t");
	must_give(one, "SELECT stead_prune('t', 1)", "1|\n");
	must_give(two, "SELECT count(*) FROM t; COMMIT; SELECT count(*) FROM t", "3|\n2|\n");
	must(two, "SELECT stead_retention_hold('t', 'a case')");
	must_fail(one, "SELECT stead_prune('t')", "t is held: a case");
	must(two, "SELECT stead_retention_release('t')");
	must(two, "CREATE TABLE \"a part\" (t INTEGER REFERENCES T ON DELETE CASCADE); SELECT stead_retention_set('\"a "
	          "part\"', 9, 't');"
	          "SELECT stead_retention_hold('\"a part\"', 'a case')");
	must_fail(one, "SELECT stead_prune('t')", "\"a part\" is held, whose rows could go with those of t: a case");
	must(two, "SELECT stead_retention_release('\"a part\"')");
	must_fail(one, "SELECT stead_prune('t')", "rows refer to table t, and foreign keys are not enforced");
	must(two, "DROP TABLE \"a part\"");
	must(one, "BEGIN; SELECT stead_prune('t'); ROLLBACK");
	must_give(two, "SELECT count(*), (SELECT total_deleted FROM stead_retention WHERE target = 't') FROM t", "2|1|\n");
	must_fail(one, "INSERT INTO t SELECT 9, stead_prune('t')", "cannot run inside an INSERT");
	must_give(one, "INSERT INTO t VALUES (77, NULL); SELECT stead_prune('t'), last_insert_rowid()", "2|77|\n");
	must_give(one, "SELECT stead_prune('t')", "0|\n");
	close_db(one);
	close_db(two);
}

/* ---- What upkeep tells ----------------------------------------------------------------------------------------- */

static int calls_left; /* of die() */

static void die(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count, (void)values;
	if (--calls_left <= 0)
		raise(SIGKILL);
	sqlite3_result_null(context);
}

#define PRUNES(target) "FROM stead_audit_event WHERE action = 'stead.prune' AND resource_id = '" target "'"

/* However many batches are committed, there is one event per target and call. */
static void upkeep_tells_once(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, at); CREATE TABLE u (id INTEGER "
	         "PRIMARY KEY, at);"
	         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90) INSERT INTO t SELECT i, "
	         "1000000000 + i FROM n;"
	         "INSERT INTO u SELECT * FROM t WHERE id <= 50;"
	         "SELECT stead_retention_set('t', 30, 'at', 7), stead_retention_set('u', 30, 'at', 7)");
	must_give(db, "SELECT json_extract(stead_maintain(600000), '$.pruned')", "{\"t\":90,\"u\":50}|\n");
	must_give(db, "SELECT count(*), sum(details ->> 'rows') " PRUNES("t"), "1|90|\n");
	must_give(db, "SELECT count(*), sum(details ->> 'rows') " PRUNES("u"), "1|50|\n");
	must_give(db, "SELECT max(pending_event) FROM stead_retention", "NULL|\n");
	close_db(db);
}

/* A process is killed during upkeep: the next prune, or the deletion of the policy, tells of what it committed. */
static void killed_upkeep_is_told_of(void **state)
{
	static const char *const next[] = {"SELECT stead_maintain(600000)", "SELECT stead_prune('t', 1000)",
	                                   "SELECT stead_retention_delete('t')"};
	char expected[40];
	int64_t gone;
	sqlite3 *db;
	int status;
	pid_t child;

	(void)state;
	for (int i = 0; i < (int)(sizeof next / sizeof *next); i++) {
		db = fresh();
		must(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, at);"
		         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90) INSERT INTO t SELECT i, "
		         "1000000000 + i FROM n;"
		         "CREATE TRIGGER kill AFTER DELETE ON t BEGIN SELECT die(); END; SELECT stead_retention_set('t', 30, "
		         "'at', 7)");
		close_db(db);
		if ((child = fork()) == 0) {
			calls_left = 40;
			db = open_file(path);
			sqlite3_create_function(db, "die", 0, SQLITE_UTF8, NULL, die, NULL, NULL);
			ask(db, "SELECT stead_maintain(600000)");
			_exit(0);
		}
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		db = open_file(path);
		must_give(db, "SELECT 90 - count(*) BETWEEN 7 AND 39 FROM t", "1|\n");
		must_give(
			db, "SELECT (pending_event ->> 'rows') + (SELECT count(*) FROM t) FROM stead_retention WHERE target = 't'",
			"90|\n");
		must_give(db, "SELECT count(*) " PRUNES("t"), "0|\n");
		must(db, "DROP TRIGGER kill");
		must(db, next[i]);
		gone = i < 2 ? 90 : 35;
		snprintf(expected, sizeof expected, "1|%d|\n", (int)gone);
		must_give(db, "SELECT count(*), sum(details ->> 'rows') " PRUNES("t"), expected);
		close_db(db);
	}
}

/* The same for the audit log: until the event is written, verification accepts the accounts all the same. */
static void killed_upkeep_is_accounted_for(void **state)
{
	sqlite3 *db = fresh();
	int status;
	pid_t child;

	(void)state;
	must(db, "PRAGMA journal_mode = WAL; INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)"
	         " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)"
	         " SELECT i, '2020-01-01T00:00:00.000000Z', '2020-01-01T00:00:00.000000Z', 'a', 1 FROM n;"
	         "SELECT stead_audit_seal(300), stead_audit_seal(300), stead_audit_seal(300);"
	         "CREATE TRIGGER kill AFTER DELETE ON stead_audit_event BEGIN SELECT die(); END; SELECT "
	         "stead_retention_set('audit', 30, NULL, 50)");
	close_db(db);
	if ((child = fork()) == 0) {
		calls_left = 420;
		db = open_file(path);
		sqlite3_create_function(db, "die", 0, SQLITE_UTF8, NULL, die, NULL, NULL);
		ask(db, "SELECT stead_maintain(600000)");
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	db = open_file(path);
	must_give(db, "SELECT count(*) " PRUNES("audit"), "0|\n");
	must_give(db, "SELECT count(*) FROM stead_audit_account", "2|\n");
	must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
	must_give(db,
	          "BEGIN; UPDATE stead_retention SET pending_event = NULL WHERE target = 'audit'; SELECT DISTINCT status "
	          "FROM stead_audit_verify()"
	          " WHERE status = 'broken'; ROLLBACK",
	          "broken|\n");
	/* a note that does not have Stead's form justifies nothing */
	must_give(db,
	          "BEGIN; UPDATE stead_retention SET pending_event = json_set(pending_event, '$.pad', 'x') WHERE target = "
	          "'audit';"
	          "SELECT DISTINCT status FROM stead_audit_verify() WHERE status = 'broken'; ROLLBACK",
	          "broken|\n");
	must(db, "DROP TRIGGER kill; SELECT stead_maintain(600000)");
	must_give(db, "SELECT count(*), sum(details ->> 'rows') " PRUNES("audit"), "1|900|\n");
	must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
	must_give(db, "SELECT total_events - (SELECT count(*) FROM stead_audit_event) FROM stead_audit_stats()", "900|\n");
	close_db(db);
}

static int out_of_patience(void *data)
{
	return --*(int *)data < 0;
}

/* Even if the time of the last rollup is damaged, verification looks at no day on which nothing happened. */
static void verification_steps_over_unsound_rollups(void **state)
{
	sqlite3 *db = fresh();
	int patience =
		500; /* 10000 instructions each; a window for each day since the year 1 would take a thousand times as many */

	(void)state;
	must(db, "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)"
	         " VALUES (1, '2020-01-01T00:00:00.000000Z', '2020-01-01T00:00:00.000000Z', 'a', 1);"
	         "SELECT stead_audit_seal(), stead_setting_set('stead.audit.rollup_days', '30'), "
	         "stead_retention_set('audit', 30);"
	         "SELECT stead_prune('audit'); SELECT stead_prune('audit'); SELECT stead_audit_log('b')");
	must_give(db, "SELECT count(*) FROM stead_audit_account WHERE block IS NULL", "1|\n");
	must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
	must(
		db,
		"INSERT INTO stead_audit_rollup (period, bucket_start, action, events, failures, first_event_at, last_event_at)"
		" VALUES ('hour', '9999-99-99T99:99:99.999999Z', 'x', 1, 0, '2026-01-01T00:00:00.000000Z', "
		"'2026-01-01T00:00:00.000000Z')");
	sqlite3_progress_handler(db, 10000, out_of_patience, &patience);
	must_give(db, "SELECT count(*) FROM stead_audit_verify() WHERE status = 'changed'", "1|\n");
	sqlite3_progress_handler(db, 0, NULL, NULL);
	close_db(db);
}

/* An event of a block whose prune has begun is redacted: what the index has of the block fits what is left of it. */
static void redacted_while_it_is_pruned(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db,
	     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) SELECT stead_audit_log_many("
	     "json_group_array(json_object('action', 'a' || i, 'actor_id', 'b' || (i % 7), 'occurred_at',"
	     " '2020-01-01T00:00:00Z'))) FROM n;"
	     "SELECT stead_audit_seal(400), stead_maintain(60000), stead_retention_set('audit', 30)");
	must_give(db, "SELECT count(*) FROM stead_audit_leaf WHERE indexed", "1|\n");
	must_give(db, "SELECT stead_prune('audit', 396)", "396|\n");
	must_give(db, "SELECT stead_audit_redact(max(id), 'asked for') FROM stead_audit_event WHERE action = 'a400'",
	          "1|\n");
	must_give(db, "SELECT status, detail LIKE '%, 0 changed,%' FROM stead_audit_verify()", "ok|1|\n");
	must_give(db, "SELECT sum(events) FROM stead_audit_top('actor_id', NULL, '2020-01-02T00:00:00Z', 10)", "3|\n");
	must_give(db, "SELECT count(*) FROM stead_audit_list('{\"actor_id\":\"b5\"}')", "1|\n");
	must(db, "SELECT stead_prune('audit')");
	must_give(db, "SELECT count(*) FROM stead_audit_posting", "0|\n");
	must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_time),
		cmocka_unit_test(oldest_first),
		cmocka_unit_test(keys),
		cmocka_unit_test(what_triggers_keep),
		cmocka_unit_test(what_triggers_do),
		cmocka_unit_test(names),
		cmocka_unit_test(refused),
		cmocka_unit_test(batches_are_brief),
		cmocka_unit_test(among_connections),
		cmocka_unit_test(verification_steps_over_unsound_rollups),
		cmocka_unit_test(redacted_while_it_is_pruned),
		cmocka_unit_test(upkeep_tells_once),
		cmocka_unit_test(killed_upkeep_is_told_of),
		cmocka_unit_test(killed_upkeep_is_accounted_for),
	};

	return cmocka_run_group_tests_name("sqlite_retention", tests, make_directory, remove_directory);
}
