/*
 * note.c - the note that upkeep keeps of a prune until its event is written: an event that cannot be written is
 * reported, and a note that upkeep did not make justifies nothing.
 */
#include "lite_checks.h"

#define TOLD "SELECT count(*), sum(details ->> 'rows') FROM stead_audit_event WHERE action = 'stead.prune'"
#define STATUS                                                                                                         \
	"SELECT status FROM stead_audit_verify() WHERE block IS NULL AND event_id IS NULL ORDER BY status LIMIT 1"
#define NOTED "UPDATE stead_retention SET pending_event = "

static sqlite3 *fresh(void)
{
	unlink(path);
	sqlite3 *db = open_file(path);

	must(db, "SELECT stead_init(); " QUIET "SELECT stead_setting_set('stead.retention.batch_ms', '60000')");
	return db;
}

static void an_event_that_fails_is_told_of(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, at); CREATE INDEX i ON t (at); INSERT INTO t VALUES (1, "
	         "1577836800), (2, 1577836800);"
	         "SELECT stead_retention_set('t', 30, 'at');"
	         "CREATE TRIGGER mute BEFORE INSERT ON stead_audit_event WHEN new.action = 'stead.prune' BEGIN SELECT "
	         "RAISE(ABORT, 'not told'); END");
	must_give(db,
	          "SELECT report ->> '$.pruned.t', report ->> '$.failed.t' FROM (SELECT stead_maintain(600000) AS report)",
	          "2|the event that tells what was deleted cannot be written: not told|\n");
	must_give(db, TOLD, "0|NULL|\n");
	must_give(db, "SELECT count(*) FROM stead_doctor() WHERE detail LIKE '%no event stead.prune%'", "0|\n");
	must(db, "UPDATE stead_retention SET last_run_at = '2026-01-01T00:00:00.000000Z' WHERE target = 't'");
	must_give(
		db, "SELECT status, detail FROM stead_doctor() WHERE detail LIKE '%event stead.prune%'",
		"warn|rows of t were deleted at 2026-01-01T00:00:00.000000Z, and no event stead.prune tells of it yet|\n");
	must(db, "DROP TRIGGER mute");
	must_give(db, "SELECT stead_maintain(600000) ->> '$.failed'", "NULL|\n");
	must_give(db, TOLD, "1|2|\n");
	must_give(db, "SELECT count(*) FROM stead_doctor() WHERE detail LIKE '%event stead.prune%'", "0|\n");
	close_db(db);
}

/* If an event tells of an account, no note is needed, whatever it says. */
static void a_note_is_of_what_no_event_tells(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success) SELECT value, '2020-01-0' "
	         "|| value || 'T00:00:00.000000Z',"
	         " '2020-01-0' || value || 'T00:00:00.000000Z', 'a', 1 FROM json_each('[1,2]');"
	         "SELECT stead_audit_seal(1), stead_audit_seal(1), stead_retention_set('audit', 30); SELECT "
	         "stead_prune('audit', 1); SELECT stead_prune('audit', 1)");
	must_give(db, "SELECT count(*) FROM stead_audit_account", "2|\n");
	must_give(db, STATUS, "ok|\n");
	must(db, NOTED "(SELECT replace(details, details ->> 'digest', substr(details ->> 'digest', 2, 42) || 'A=') FROM "
	               "stead_audit_event"
	               " WHERE action = 'stead.prune' AND details ->> 'account' = 1) WHERE target = 'audit'");
	must_give(db, STATUS, "ok|\n");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_that_fails_is_told_of),
		cmocka_unit_test(a_note_is_of_what_no_event_tells),
	};

	return cmocka_run_group_tests_name("sqlite_note", tests, make_directory, remove_directory);
}
