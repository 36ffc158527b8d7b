/*
 * upgrade.c - stead_init() on a database of schema 2 in which the application has tables that refer to Stead's, and
 * its own columns, indexes, triggers and views on them. None of them is lost, whatever the settings of the connection.
 */
#include <stdbool.h>

#include "lite_checks.h"

static void run_file(sqlite3 *db, const char *file)
{
	FILE *in = fopen(file, "rb");
	char *text = calloc(1, 1 << 20);

	assert_non_null(in);
	assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	must(db, text);
	free(text);
}

static const char application[] =
	"DROP TRIGGER stead_audit_event_no_update;" /* whoever fills a new column has to do this */
	"ALTER TABLE stead_audit_event ADD COLUMN tenant TEXT NOT NULL DEFAULT 'a, (b' /* , ( */ CHECK (tenant <> '');"
	"ALTER TABLE stead_audit_event ADD COLUMN \"the \"\"note\" TEXT COLLATE NOCASE REFERENCES notes (name) /* whose, "
	"if any */;"
	"ALTER TABLE stead_audit_event ADD COLUMN doubled INTEGER AS (id * 2);"
	"CREATE TABLE notes (name TEXT PRIMARY KEY); INSERT INTO notes VALUES ('one');"
	"UPDATE stead_audit_event SET tenant = 'tenant ' || id, \"the \"\"note\" = 'one' WHERE id > 1;"
	"CREATE TABLE follows (id INTEGER PRIMARY KEY, event INTEGER REFERENCES stead_audit_event (id) ON DELETE CASCADE "
	"ON UPDATE CASCADE);"
	"CREATE TABLE forgets (id INTEGER PRIMARY KEY, event INTEGER REFERENCES stead_audit_event (id) ON DELETE SET NULL);"
	"CREATE TABLE defaults (id INTEGER PRIMARY KEY, event INTEGER DEFAULT 9 REFERENCES \"stead_audit_event\" ON DELETE "
	"SET DEFAULT);"
	"CREATE TABLE refuses (id INTEGER PRIMARY KEY, event INTEGER REFERENCES stead_audit_event ON DELETE RESTRICT);"
	"CREATE TABLE waits (id INTEGER PRIMARY KEY, event INTEGER REFERENCES stead_audit_event DEFERRABLE INITIALLY "
	"DEFERRED);"
	"INSERT INTO follows SELECT id, id FROM stead_audit_event; INSERT INTO forgets SELECT * FROM follows;"
	"INSERT INTO defaults SELECT * FROM follows; INSERT INTO refuses SELECT * FROM follows; INSERT INTO waits SELECT * "
	"FROM follows;"
	"CREATE TABLE seen (by, event);"
	"CREATE TRIGGER IF NOT EXISTS main.\"app's own\" AFTER INSERT ON stead_audit_event BEGIN INSERT INTO seen VALUES "
	"('own', NEW.id); END;"
	"CREATE TEMP TRIGGER passing AFTER INSERT ON main.stead_audit_event BEGIN INSERT INTO seen VALUES ('passing', "
	"NEW.id); END;"
	"CREATE TRIGGER other AFTER DELETE ON notes BEGIN DELETE FROM stead_audit_event WHERE action = OLD.name; END;"
	"CREATE UNIQUE INDEX IF NOT EXISTS main.\"by tenant\" ON stead_audit_event (tenant, id) WHERE id > 0;"
	"CREATE VIEW failures AS SELECT id, tenant FROM stead_audit_event WHERE NOT success;";

static const char kept[] =
	"SELECT (SELECT group_concat(event) FROM follows), (SELECT group_concat(event) FROM forgets), (SELECT "
	"group_concat(event) FROM"
	" defaults), (SELECT group_concat(event) FROM refuses), (SELECT group_concat(event) FROM waits);"
	"SELECT id, action, tenant, \"the \"\"note\", doubled FROM stead_audit_event WHERE id <= 5 ORDER BY id;"
	"SELECT * FROM failures ORDER BY id; SELECT * FROM seen;"
	"SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'stead%' AND name NOT LIKE 'sqlite%' ORDER BY "
	"name;"
	"SELECT type, name, sql FROM temp.sqlite_schema ORDER BY name;"
	"SELECT name, sql FROM sqlite_schema WHERE name IN ('app''s own', 'by tenant', 'other', 'follows') ORDER BY name;"
	"SELECT * FROM pragma_foreign_key_list('follows'); SELECT * FROM pragma_foreign_key_list('stead_audit_event')";

static void upgrade(bool enforced, bool inside, bool legacy)
{
	sqlite3 *db = open_file(":memory:");
	char on[4];
	answer before, after;

	run_file(db, "tests/both/schema2_sqlite.sql");
	must(db, "CREATE TEMP TABLE stead_audit_event (x); CREATE TEMP TRIGGER mine AFTER INSERT ON stead_audit_event "
	         "BEGIN SELECT 1; END");
	must(db, "DROP TABLE temp.stead_audit_event; CREATE TEMP TABLE beside (x)");
	must(db, application);
	must(db, enforced ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
	must(db, legacy ? "PRAGMA legacy_alter_table = ON" : "PRAGMA legacy_alter_table = OFF");
	before = ask(db, kept);
	assert_int_equal(before.code, SQLITE_OK);
	if (inside)
		must(db, "BEGIN; INSERT INTO notes VALUES ('two')");
	must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
	if (inside) /* everything stays, and foreign keys are enforced as before */
		must(db, "COMMIT; DELETE FROM notes WHERE name = 'two'");
	after = ask(db, kept);
	assert_string_equal(before.text, after.text);
	snprintf(on, sizeof on, "%d|\n", enforced);
	must_give(db, "PRAGMA foreign_keys", on);
	snprintf(on, sizeof on, "%d|\n", legacy);
	must_give(db, "PRAGMA legacy_alter_table", on);
	must_give(db, "PRAGMA foreign_key_check", "");
	must_give(db, "PRAGMA integrity_check", "ok|\n");
	must_give(db, "SELECT count(*) FROM stead_doctor() WHERE check_name IN ('tables', 'triggers') AND status <> 'ok'",
	          "0|\n");
	must_give(db, "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE name = 'stead_user'", "1|\n");
	must_give(db, "SELECT stead_audit_log('later'); SELECT * FROM seen ORDER BY by", "6|\nown|6|\npassing|6|\n");
	must_give(db, "SELECT tenant, length(nonce) FROM stead_audit_event WHERE id = 6", "a, (b|16|\n");
	must_fail(db, "UPDATE stead_audit_event SET tenant = 'x'", "append-only");
	if (enforced)
		must_fail(db, "INSERT INTO follows VALUES (9, 99)", "FOREIGN KEY");
	must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
	sqlite3_free(before.text);
	sqlite3_free(after.text);
	close_db(db);
}

static void nothing_is_lost(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		upgrade(i & 1, i & 2, i & 4);
}

/* A column that cannot be kept ends the upgrade before anything is changed. */
static void a_failed_upgrade_changes_nothing(void **state)
{
	sqlite3 *db = open_file(":memory:");
	answer before, after;

	(void)state;
	run_file(db, "tests/both/schema2_sqlite.sql");
	must(db, application);
	must(db, "CREATE TABLE stead_audit_event_new (x); PRAGMA foreign_keys = ON");
	before = ask(db, kept);
	must_fail(db, "SELECT stead_init()", "stead_audit_event_new");
	after = ask(db, kept);
	assert_string_equal(before.text, after.text);
	must_give(db, "PRAGMA foreign_keys; SELECT version FROM stead_schema", "1|\n2|\n");
	sqlite3_free(before.text);
	sqlite3_free(after.text);
	close_db(db);
}

/* A column of the application's may have a name by which SQLite knows the rowid. The statistics of ANALYZE stay. */
static void names_of_the_key_are_columns(void **state)
{
	static const char *const names[] = {"oid", "rowid", "_rowid_", "OID"};
	static const char look[] =
		"SELECT id, action, occurred_at, \"%s\" FROM stead_audit_event ORDER BY id;"
		"SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'stead_audit_event' AND idx = 'mine'";

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		sqlite3 *db = open_file(":memory:");
		char *sql = sqlite3_mprintf(look, names[i]), *text;
		answer before, after;

		run_file(db, "tests/both/schema2_sqlite.sql");
		text = sqlite3_mprintf(
			"DROP TRIGGER stead_audit_event_no_update; ALTER TABLE stead_audit_event ADD COLUMN %s INTEGER;"
			"UPDATE stead_audit_event SET \"%s\" = 100 - id WHERE id > 2;"
			"CREATE INDEX mine ON stead_audit_event (action, \"%s\"); ANALYZE",
			names[i], names[i], names[i]);
		must(db, text);
		before = ask(db, sql);
		assert_true(before.code == SQLITE_OK && before.rows == 6);
		must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
		after = ask(db, sql);
		assert_string_equal(before.text, after.text);
		must_give(db, "PRAGMA integrity_check", "ok|\n");
		sqlite3_free(text);
		sqlite3_free(sql);
		sqlite3_free(before.text);
		sqlite3_free(after.text);
		close_db(db);
	}
}

/* Before the upgrade, the doctor says what to do, and errors point to it. */
static void the_doctor_knows_an_earlier_schema(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	run_file(db, "tests/both/schema2_sqlite.sql");
	must_give(db, "SELECT status, remedy FROM stead_doctor() WHERE check_name = 'tables'",
	          "fail|SELECT stead_init();|\n");
	must_give(db, "SELECT count(*) > 0 FROM stead_doctor() WHERE check_name = 'objects'", "1|\n"); /* the last one */
	must_fail(db, "SELECT stead_audit_log('x')", "missing\nHINT:  SELECT * FROM stead_doctor() tells");
	must(db, "SELECT stead_init(); ALTER TABLE stead_lease DROP COLUMN expires_at; DROP TABLE stead_permit");
	must_give(db, "SELECT status, remedy FROM stead_doctor() WHERE check_name = 'tables'",
	          "fail|SELECT stead_init();|\n");
	must(db, "SELECT 1");
	must_fail(db, "SELECT stead_maintain()", "missing\nHINT:  SELECT * FROM stead_doctor() tells");
	close_db(db);
	db = open_file(":memory:"); /* whose schema version cannot be read */
	must(db, "SELECT stead_init(); ALTER TABLE stead_schema RENAME COLUMN version TO v; ALTER TABLE stead_role DROP "
	         "COLUMN description");
	must_fail(db, "SELECT stead_role_create('x')", "missing\nHINT:  SELECT * FROM stead_doctor() tells");
	close_db(db);
}

/* An error about an index of the application's is reported in SQLite's words. */
static void an_upgrade_says_what_fails(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	run_file(db, "tests/both/schema2_sqlite.sql");
	must(db,
	     "CREATE TABLE theirs (x); CREATE TRIGGER fires AFTER INSERT ON stead_role BEGIN INSERT INTO theirs (x) VALUES "
	     "(1); END;"
	     "CREATE INDEX mine ON stead_audit_event (action);"
	     "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '(action)', '(action COLLATE mine)')"
	     " WHERE name = 'mine'; PRAGMA writable_schema = RESET");
	must_fail(db, "SELECT stead_init()", ": no such collation sequence: mine");
	must(db, "DROP INDEX mine; SELECT stead_init(); ALTER TABLE theirs RENAME TO those; DROP TRIGGER fires;"
	         "ALTER TABLE stead_lease DROP COLUMN expires_at;"
	         "CREATE TRIGGER fires AFTER INSERT ON stead_role BEGIN INSERT INTO stead_theirs VALUES (1); END");
	must_fail(db, "SELECT stead_role_create('x')", "error: no such table: main.stead_theirs");
	close_db(db);
}

/* The last user and the last event were deleted before. The upgrade makes both tables anew, as they lack a CHECK. */
static void numbers_go_on(void **state)
{
	static const char *const dumps[] = {"tests/both/schema2_sqlite.sql", "tests/both/schema3_sqlite.sql",
	                                    "tests/both/schema4_sqlite.sql"};

	(void)state;
	for (int i = 0; i < STEAD_COUNT(dumps); i++) {
		sqlite3 *db = open_file(":memory:");

		run_file(db, dumps[i]);
		must(db, "DELETE FROM sqlite_sequence WHERE name IN ('stead_user', 'stead_audit_event')");
		must(db, "INSERT INTO sqlite_sequence SELECT name, 7000 FROM sqlite_schema WHERE name IN ('stead_user',"
		         " 'stead_audit_event') AND instr(sql, 'AUTOINCREMENT')");
		must_give(db, "SELECT count(*) FROM sqlite_sequence WHERE seq = 7000", i ? "2|\n" : "1|\n");
		must(db, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(replace(sql, ' CHECK (active IN"
		         " (0, 1))', ''), ' CHECK (success IN (0, 1))', '') WHERE name IN ('stead_user', 'stead_audit_event');"
		         "PRAGMA writable_schema = RESET");
		must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
		must_give(db, "SELECT stead_audit_log('a')", i ? "7001|\n" : "6|\n");
		must_give(db, "SELECT stead_user_create('ann.new')", "7001|\n");
		close_db(db);
	}
}

/* docs/operations.md: A log that 0.1.0 made on SQLite. */
static void a_log_loses_autoincrement(void **state)
{
	sqlite3 *db = open_file(":memory:");
	answer last;

	(void)state;
	run_file(db, "tests/both/schema4_sqlite.sql");
	must(db, "SELECT stead_audit_log('before')"); /* by AUTOINCREMENT alone */
	must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
	must(db, "SELECT stead_audit_log('a'), stead_audit_log('b'), stead_audit_log('c')");
	last = ask(db, "SELECT max(id) + 1 FROM stead_audit_event");
	must(db, "BEGIN; INSERT INTO stead_permit (name) VALUES ('audit_event'); DELETE FROM stead_audit_event"
	         " WHERE action IN ('b', 'c'); DELETE FROM stead_permit; COMMIT");
	must(db, "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN;"
	         "ALTER TABLE stead_audit_event RENAME TO stead_audit_event_old; SELECT stead_init();"
	         "INSERT INTO stead_audit_event SELECT * FROM stead_audit_event_old;"
	         "INSERT INTO stead_sequence SELECT 'audit_event', seq FROM sqlite_sequence WHERE name ="
	         " 'stead_audit_event_old' ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);"
	         "DROP TABLE stead_audit_event_old; COMMIT; PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON");
	must_give(db, "SELECT stead_audit_log('d')", last.text);
	must_give(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'stead_audit_event' AND instr(sql, 'AUTOINCREMENT')",
	          "0|\n");
	must_give(db, "SELECT count(*) FROM stead_doctor() WHERE status = 'fail'", "0|\n");
	must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
	sqlite3_free(last.text);
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(numbers_go_on),
		cmocka_unit_test(a_log_loses_autoincrement),
		cmocka_unit_test(a_failed_upgrade_changes_nothing),
		cmocka_unit_test(names_of_the_key_are_columns),
		cmocka_unit_test(the_doctor_knows_an_earlier_schema),
		cmocka_unit_test(an_upgrade_says_what_fails),
	};

	return cmocka_run_group_tests_name("sqlite_upgrade", tests, NULL, NULL);
}
