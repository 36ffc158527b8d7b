/*
 * errors.c - a failed call leaves its transaction, its connection and its statement as they were, and its message says
 * why it failed.
 */
#include "lite_checks.h"

/* ---- The transaction ------------------------------------------------------------------------------------------- */

/* One error of every class: what the application wrote before and after is there, and nothing of the call. */
static void a_failed_call_leaves_the_transaction_alone(void **state)
{
	static const struct {
		int code;
		const char *before, *call, *after;
	} calls[] = {
		{SQLITE_ERROR, NULL, "SELECT stead_setting_set(NULL, 'x')", NULL},
		{SQLITE_ERROR, NULL, "SELECT * FROM stead_audit_list('nonsense')", NULL},
		{SQLITE_NOTFOUND, NULL, "SELECT stead_session_create(99)", NULL},
		{SQLITE_CONSTRAINT, NULL, "SELECT stead_user_create('u')", NULL},
		{SQLITE_AUTH, NULL, "SELECT stead_setting_define('stead.own', 'text')", NULL},
		{SQLITE_ERROR, NULL, "SELECT stead_configure()", NULL},
		{SQLITE_READONLY, "PRAGMA query_only = ON", "SELECT stead_setting_set('a', 'x')", "PRAGMA query_only = OFF"},
		{SQLITE_ERROR, "SAVEPOINT without; DROP TABLE stead_setting; DROP TABLE stead_schema",
	     "SELECT stead_setting_set('a', 'x')", "ROLLBACK TO without"},
		{SQLITE_CORRUPT, NULL, "SELECT * FROM stead_audit_export()", NULL},
		{SQLITE_CORRUPT, NULL, "SELECT stead_prune('session')", NULL},
		{SQLITE_CORRUPT, "SAVEPOINT without; ALTER TABLE stead_role DROP COLUMN description",
	     "SELECT stead_role_create('r')", "ROLLBACK TO without"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		sqlite3 *db = open_file(":memory:");
		answer failed;

		must(db,
		     "SELECT stead_init(); CREATE TABLE mine (a); SELECT stead_user_create('u'); SELECT stead_setting_set('b', "
		     "'x');"
		     "SELECT stead_retention_set('session', 3); PRAGMA ignore_check_constraints = ON;"
		     "SELECT stead_audit_log('x'); DROP TRIGGER stead_audit_event_no_update;"
		     "UPDATE stead_audit_event SET recorded_at = 'some time'; UPDATE stead_retention SET keep_days = 99999999;"
		     "PRAGMA ignore_check_constraints = OFF; BEGIN; INSERT INTO mine VALUES (1)");
		if (calls[i].before)
			must(db, calls[i].before);
		failed = ask(db, calls[i].call);
		if ((failed.code & 0xff) != calls[i].code)
			fail_msg("%s: %d, \"%.300s\"", calls[i].call, failed.code, failed.text);
		sqlite3_free(failed.text);
		if (calls[i].after)
			must(db, calls[i].after);
		assert_false(sqlite3_get_autocommit(db));
		must(db, "INSERT INTO mine VALUES (2); COMMIT");
		must_give(db, "SELECT group_concat(a), (SELECT count(*) FROM stead_user) FROM mine", "1,2|1|\n");
		close_db(db);
	}
}

/* ---- What keeps it from being undone --------------------------------------------------------------------------- */

static void the_doctor_names_a_journal_that_undoes_nothing(void **state)
{
	static const char look[] = "SELECT status, detail, remedy FROM stead_doctor() WHERE check_name = 'journal_mode'";
	sqlite3 *db;

	(void)state;
	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); PRAGMA journal_mode = OFF");
	must_give(db, look,
	          "fail|off: nothing can be rolled back, and a call that fails leaves what it has done|SELECT "
	          "stead_configure();|\n");
	must(db, "PRAGMA journal_mode = MEMORY");
	must_give(db, look,
	          "warn|memory: a crash while something is written damages the file|SELECT stead_configure();|\n");
	must(db, "SELECT stead_configure()");
	must_give(db, look, "ok|wal|NULL|\n");
	close_db(db);
	db = open_file(":memory:");
	must(db, "SELECT stead_init()");
	must_give(db, look, "ok|memory|NULL|\n");
	must(db, "PRAGMA journal_mode = OFF");
	must_give(db, "SELECT status, remedy FROM stead_doctor() WHERE check_name = 'journal_mode'",
	          "fail|PRAGMA journal_mode = MEMORY;|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_call_leaves_the_transaction_alone),
		cmocka_unit_test(the_doctor_names_a_journal_that_undoes_nothing),
	};

	return cmocka_run_group_tests_name("sqlite_errors", tests, make_directory, remove_directory);
}
