/*
 * shape.c - parts of Stead's tables on SQLite were dropped or changed: the doctor reports each, stead_init() makes the
 * indexes again, and a table can be recreated as docs/operations.md says.
 */
#include "lite_checks.h"

#define FAILS "SELECT check_name FROM stead_doctor() WHERE status = 'fail'"
#define INDEXES "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"

static sqlite3 *fresh(void)
{
	sqlite3 *db = open_file(":memory:");

	must(db, "SELECT stead_init(); SELECT stead_user_create('ann', 'ann@example.org'); SELECT stead_session_create(1);"
	         "SELECT stead_audit_log('kept')");
	must_give(db, FAILS, "");
	return db;
}

/* Every index in turn is missing, or has another definition. */
static void dropped_indexes(void **state)
{
	sqlite3 *db = fresh();
	answer before = ask(db, INDEXES),
		   names = ask(db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
	int count = 0;

	(void)state;
	for (char *at = names.text; *at; count++) {
		char name[80], *sql;
		int size;
		answer after;

		assert_int_equal(sscanf(at, "%79[^|]|\n%n", name, &size), 1);
		at += size;
		for (int another = 0; another < 2; another++) {
			sql = another ? sqlite3_mprintf("DROP INDEX %s; CREATE INDEX %s ON stead_schema (version)", name, name)
			              : sqlite3_mprintf("DROP INDEX %s", name);
			must(db, sql);
			sqlite3_free(sql);
			must_give(db, FAILS, "indexes|\n");
			sql = sqlite3_mprintf(
				"SELECT detail = '%s is missing, or another' FROM stead_doctor() WHERE check_name = 'indexes'", name);
			must_give(db, sql, "1|\n");
			sqlite3_free(sql);
			must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
			must_give(db, FAILS, "");
			after = ask(db, INDEXES);
			assert_string_equal(after.text, before.text);
			sqlite3_free(after.text);
		}
	}
	assert_true(count > 10);
	sqlite3_free(before.text);
	sqlite3_free(names.text);
	close_db(db);
}

/* A unique index that existing rows violate is not made; nothing else suffers from that. */
static void index_that_cannot_be_made(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "DROP INDEX stead_user_username; INSERT INTO stead_user SELECT 2, username, 'b@example.org', active, "
	         "approved, created_at,"
	         " updated_at FROM stead_user");
	must_fail(db, "SELECT stead_init()", "UNIQUE constraint failed: stead_user.username");
	must_give(db, "SELECT count(*) FROM stead_user", "2|\n");
	must(db, "UPDATE stead_user SET username = 'bob' WHERE id = 2; SELECT stead_init()");
	must_give(db, FAILS, "");
	close_db(db);
}

/* A tool recreated the table, as CREATE TABLE AS does, and lost something. */
static void changed_tables(void **state)
{
	static const struct {
		const char *change, *detail;
	} cases[] = {
		{"stead_role_copy AS SELECT * FROM stead_role", "stead_role.id is not in its place of the primary key"},
		{"stead_setting_version_copy (id INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (id))", NULL},
		{"stead_setting_version_copy (id INTEGER NOT NULL, version INTEGER, PRIMARY KEY (id))",
	     "stead_setting_version.version may be null"},
		{"stead_setting_version_copy (id INTEGER NOT NULL, version TEXT NOT NULL, PRIMARY KEY (id))",
	     "stead_setting_version.version is not of type INTEGER"},
		{"stead_setting_version_copy (version INTEGER NOT NULL)", "stead_setting_version.id is missing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sqlite3 *db = fresh();
		int name = (int)(strstr(cases[i].change, "_copy") - cases[i].change);
		char *sql = sqlite3_mprintf(
			"CREATE TABLE %s; DROP TABLE %.*s; ALTER TABLE %.*s_copy RENAME TO %.*s; SELECT stead_init()",
			cases[i].change, name, cases[i].change, name, cases[i].change, name, cases[i].change);
		answer detail;

		must(db, sql);
		sqlite3_free(sql);
		detail = ask(db, "SELECT detail FROM stead_doctor() WHERE check_name = 'columns' AND status = 'fail'");
		if (cases[i].detail ? !strstr(detail.text, cases[i].detail) : *detail.text)
			fail_msg("%s: \"%s\"", cases[i].change, detail.text);
		sqlite3_free(detail.text);
		close_db(db);
	}
}

/* Removes a part of a text of the schema, by hand. */
static void without_constraint(void **state)
{
	static const struct {
		const char *table, *part, *detail;
	} cases[] = {
		{"stead_session", " REFERENCES stead_user ON DELETE CASCADE",
	     "stead_session.user_id does not refer to stead_user"},
		{"stead_user", " CHECK (active IN (0, 1))", "no CHECK of stead_user.active"},
		{"stead_audit_event", " DEFAULT 0", "stead_audit_event.era has not its default"},
		{"stead_user", " AUTOINCREMENT", "stead_user.id may be given again"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sqlite3 *db = fresh();
		char *sql = sqlite3_mprintf(
			"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, %Q, '') WHERE name = %Q;"
			"PRAGMA writable_schema = RESET",
			cases[i].part, cases[i].table);
		answer detail;

		must(db, sql);
		sqlite3_free(sql);
		detail =
			ask(db, "SELECT detail FROM stead_doctor() WHERE check_name IN ('columns', 'checks') AND status <> 'ok'");
		if (!strstr(detail.text, cases[i].detail))
			fail_msg("%s: \"%s\"", cases[i].detail, detail.text);
		sqlite3_free(detail.text);
		close_db(db);
	}
}

/* A dropped column is reported, whatever index or module names it. stead_init() does not invent values. */
static void dropped_column(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "DROP INDEX stead_setting_change_time; ALTER TABLE stead_setting_change DROP COLUMN changed_at");
	must_give(db, "SELECT detail FROM stead_doctor() WHERE check_name = 'columns'",
	          "stead_setting_change.changed_at is missing, or of no type|\n");
	must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
	must_give(db, "SELECT check_name FROM stead_doctor() WHERE status = 'fail'", "columns|\nindexes|\n");
	close_db(db);
}

/* As docs/operations.md says: no row is lost, and none of the rows that refer to it. */
static void made_anew(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "PRAGMA foreign_keys = ON; PRAGMA writable_schema = ON;"
	         "UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (active IN (0, 1))', '') WHERE name = 'stead_user'; "
	         "PRAGMA writable_schema = RESET");
	must_give(db, "SELECT check_name, status FROM stead_doctor() WHERE remedy LIKE '%operations.md%'",
	          "checks|warn|\n");
	must(db, "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN;"
	         "ALTER TABLE stead_user RENAME TO stead_user_old;"
	         "SELECT stead_init();"
	         "INSERT INTO stead_user (id, username, email, active, approved, created_at, updated_at)"
	         " SELECT id, username, email, active, approved, created_at, updated_at FROM stead_user_old;"
	         "DROP TABLE stead_user_old;"
	         "COMMIT; PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON;");
	must_give(db, "SELECT check_name, status FROM stead_doctor() WHERE remedy LIKE '%operations.md%'", "");
	must_give(db, "SELECT count(*), (SELECT count(*) FROM stead_session) FROM stead_user", "1|1|\n");
	must_give(db, "PRAGMA foreign_key_check", "");
	must(db, "DELETE FROM stead_user");
	must_give(db, "SELECT count(*) FROM stead_session", "0|\n");
	close_db(db);
}

/* Judging a token never fails: a session whose row is damaged is denied. Lists show no time for it. */
static void times_that_are_none(void **state)
{
	static const struct {
		const char *column, *verdict;
	} cases[] = {{"created_at", "0|expired|\n"},
	             {"expires_at", "0|expired|\n"},
	             {"last_seen_at", "0|expired|\n"},
	             {"revoked_at", "0|revoked|\n"}};
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db,
	     "SELECT stead_init(); SELECT stead_user_create('ann'); SELECT stead_setting_set('t', stead_session_create(1));"
	     "SELECT stead_setting_set('a', '1'), stead_retention_set('session', 30)");
	must(db, "PRAGMA ignore_check_constraints = 1");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *sql = sqlite3_mprintf("BEGIN; UPDATE stead_session SET %s = 'some time'", cases[i].column);
		char *list = sqlite3_mprintf("SELECT count(*), count(%s) FROM stead_session_list(1)", cases[i].column);

		must(db, sql);
		must_give(db, "SELECT valid, reason FROM stead_session_validate(stead_setting_get('t'))", cases[i].verdict);
		must_give(
			db, "SELECT stead_session_check(stead_setting_get('t'), 'a'), stead_session_touch(stead_setting_get('t'))",
			"0|0|\n");
		must_give(db, list, "1|0|\n");
		must(db, "ROLLBACK");
		sqlite3_free(sql);
		sqlite3_free(list);
	}
	must(db, "UPDATE stead_session SET id = printf('%.*c', 201, 'x')");
	must_give(db, "SELECT reason FROM stead_session_validate(stead_setting_get('t'))", "unknown|\n");
	must(db, "UPDATE stead_user SET created_at = 'x'; UPDATE stead_setting SET updated_at = 'x'; UPDATE "
	         "stead_setting_change SET"
	         " changed_at = 'x'; UPDATE stead_retention SET last_run_at = 'x', cleared_before = 'x'; UPDATE "
	         "stead_session SET expires_at = '1'");
	must_give(db, "SELECT created_at FROM stead_user_list()", "NULL|\n");
	must_give(db, "SELECT updated_at FROM stead_setting_list('a')", "NULL|\n");
	must_give(db, "SELECT changed_at FROM stead_setting_history('a')", "NULL|\n");
	must_give(db, "SELECT last_run_at FROM stead_retention_list() WHERE target = 'session'", "NULL|\n");
	must_give(db, "SELECT expired_rows, oldest_at FROM stead_retention_preview('session')", "1|NULL|\n");
	must_give(db, "SELECT stead_maintain() LIKE '%\"session\":1%'", "1|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropped_indexes),     cmocka_unit_test(index_that_cannot_be_made),
		cmocka_unit_test(changed_tables),      cmocka_unit_test(without_constraint),
		cmocka_unit_test(dropped_column),      cmocka_unit_test(made_anew),
		cmocka_unit_test(times_that_are_none),
	};

	return cmocka_run_group_tests_name("sqlite_shape", tests, NULL, NULL);
}
