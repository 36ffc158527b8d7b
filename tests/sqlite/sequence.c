/*
 * sequence.c - the numbers of events: they grow, without gaps as long as only Stead logs, and none is given again.
 */
#include "lite_checks.h"

#define LOG "SELECT stead_audit_log('a')"
#define MANY(count)                                                                                                    \
	"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < " #count ")"                             \
	" SELECT stead_audit_log_many(json_group_array(json_object('action', 'a'))) FROM n"

#define PERMITTED(sql)                                                                                                 \
	"BEGIN; INSERT INTO stead_permit (name) VALUES ('audit_event'); " sql "; DELETE FROM stead_permit; COMMIT"

/* early: its table was made before version 0.2.0. */
static sqlite3 *fresh_as(bool early)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); " QUIET "SELECT stead_user_create('ann')");
	if (early)
		must(db, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY', 'PRIMARY KEY"
		         " AUTOINCREMENT') WHERE name = 'stead_audit_event'; PRAGMA writable_schema = RESET");
	return db;
}

static sqlite3 *fresh(void)
{
	return fresh_as(false);
}

static void must_number(sqlite3 *db, const char *sql, int64_t expected)
{
	assert_int_equal(number(db, sql), expected);
}

/* However events are logged, and by whichever connection, the next number follows. */
static void numbers_have_no_gaps(void **state)
{
	sqlite3 *db = fresh(), *other = open_file(path);
	int64_t last = 0;

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < 150; i++)
			must_number(i % 3 ? db : other, LOG, ++last);
		must(db, MANY(40));
		last += 40;
		must_number(other, LOG, ++last);
		must(other, "BEGIN; " LOG "; " LOG "; " MANY(20) "; ROLLBACK");
		must_number(other, LOG, ++last);
		must(db, "BEGIN; SAVEPOINT s; " LOG "; " MANY(20) "; ROLLBACK TO s; RELEASE s");
		must_number(db, LOG, ++last);
		must(db, "COMMIT");
		must(other, "SELECT stead_key_create(1, 'a call that logs one, too')");
		last++;
	}
	must_number(db, "SELECT max(id) FROM stead_audit_event", last);
	must_number(db, "SELECT count(*) FROM stead_audit_event", last);
	close_db(other);
	close_db(db);
}

/* The last events are pruned, some or all, by this connection or another: their numbers are not given again. */
static void prune(bool early, bool dropped)
{
	for (int all = 0; all < 2; all++)
		for (int count = 13; count <= 70; count += 19) {
			sqlite3 *db = fresh_as(early), *other = open_file(path);
			int64_t last, logged, next; /* logged: by the prunes */

			must(db, "SELECT stead_retention_set('audit', 1)");
			for (int i = 0; i < count; i++) {
				must(db, LOG);
				if (i == 4 && !all)
					must(db, "SELECT stead_audit_seal(5)"); /* they are a block of their own */
			}
			must(other, LOG);
			must(db, "BEGIN; INSERT INTO stead_permit (name) VALUES ('audit_event')");
			must(db, all ? "UPDATE stead_audit_event SET occurred_at = '2026-01-01T00:00:00.000000Z'"
			             : "UPDATE stead_audit_event SET occurred_at = '2026-01-01T00:00:00.000000Z' WHERE id > 5");
			must(db, "DELETE FROM stead_permit; COMMIT");
			if (dropped)
				must(db, "DROP TRIGGER stead_audit_event_note_last");
			last = number(db, "SELECT max(id) FROM stead_audit_event");
			must(db, "SELECT stead_audit_seal(1000)");
			while (number(db, "SELECT stead_prune('audit', 10)"))
				continue;
			assert_true(number(db, "SELECT coalesce(max(id), 0) FROM stead_audit_event WHERE action = 'a'") < last);
			logged = number(db, "SELECT coalesce(max(id), 0) FROM stead_audit_event WHERE action <> 'a'");
			next = number(other, LOG);
			assert_int_equal(next, (logged > last ? logged : last) + 1);
			must_number(db, LOG, next + 1);
			must_number(other, LOG, next + 2);
			must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
			close_db(other);
			close_db(db);
		}
}

static void no_number_is_given_again(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		prune(i & 1, i & 2);
}

/* Before the log had stead_sequence, its last events were deleted. */
static void an_early_log_knows_more(void **state)
{
	sqlite3 *db = fresh_as(true);

	(void)state;
	must(db, MANY(30));
	must(db, "SELECT stead_audit_seal(1000); DROP TRIGGER stead_audit_event_note_last");
	must(db, PERMITTED("DELETE FROM stead_audit_event WHERE id > 20"));
	must_number(db, "SELECT count(*) FROM stead_sequence", 0);
	must(db, "SELECT stead_init()");
	must(db, PERMITTED("DELETE FROM stead_audit_event WHERE id = 20"));
	must_number(db, LOG, 31);
	close_db(db);
}

/* Whoever deletes the last events, in whatever order, and whatever is logged next. */
static void delete_by_hand(bool early)
{
	static const char *const deletes[] = {
		PERMITTED("DELETE FROM stead_audit_event WHERE id > 5"), PERMITTED("DELETE FROM stead_audit_event"),
		PERMITTED("DELETE FROM stead_audit_event INDEXED BY stead_audit_event_time WHERE occurred_at > ''"),
		PERMITTED("DELETE FROM stead_audit_event WHERE id = 20; DELETE FROM stead_audit_event WHERE id < 20")};

	for (size_t i = 0; i < STEAD_COUNT(deletes); i++)
		for (int many = 0; many < 3; many++) {
			sqlite3 *db = fresh_as(early), *other = open_file(path);

			must(db, MANY(20));
			must_number(db, "SELECT max(id) FROM stead_audit_event", 20);
			must(db, "BEGIN; INSERT INTO stead_permit (name) VALUES ('audit_event'); DELETE FROM stead_audit_event;"
			         " ROLLBACK");
			must_number(other, LOG, 21);
			must(other, PERMITTED("DELETE FROM stead_audit_event WHERE id = 21"));
			must(db, deletes[i]);
			must(other, "BEGIN; " LOG "; ROLLBACK");
			if (many) /* with several rows in an INSERT, or not */
				must(db, many == 1 ? MANY(16) : MANY(50));
			must_number(other, LOG, many == 0 ? 22 : many == 1 ? 38 : 72);
			must_number(db, LOG, many == 0 ? 23 : many == 1 ? 39 : 73);
			must(db, deletes[1]);
			must_number(db, LOG, many == 0 ? 24 : many == 1 ? 40 : 74);
			must_give(db,
			          "SELECT count(*) FROM stead_doctor() WHERE check_name IN ('columns', 'triggers', 'tables') AND"
			          " status <> 'ok'",
			          "0|\n");
			close_db(other);
			close_db(db);
		}
}

static void deleted_numbers_are_noted(void **state)
{
	(void)state;
	delete_by_hand(false);
	delete_by_hand(true);
}

/* A trigger of the application's adds events of its own, without Stead. */
static void triggers_of_the_application(void **state)
{
	(void)state;
	for (int before = 0; before < 2; before++) {
		sqlite3 *db = fresh();
		char *sql = sqlite3_mprintf(
			"CREATE TRIGGER mine %s INSERT ON stead_audit_event WHEN NEW.action = 'a' BEGIN INSERT INTO"
			" stead_audit_event (occurred_at, recorded_at, action, success) VALUES ('2026-01-01T00:00:00.000000Z',"
			" '2026-01-01T00:00:00.000000Z', 'mine', 1); END",
			before ? "BEFORE" : "AFTER");

		must(db, sql);
		must_number(db, LOG, before ? 2 : 1);
		must_number(db, LOG, before ? 4 : 3);
		must(db, MANY(40));
		must_number(db, "SELECT max(id) FROM stead_audit_event", 84);
		must_number(db, "SELECT count(*) FROM stead_audit_event", 84);
		must(db, PERMITTED("DELETE FROM stead_audit_event WHERE id > 50"));
		must(db, "DROP TRIGGER mine");
		must_number(db, LOG, 85);
		sqlite3_free(sql);
		close_db(db);
	}
}

/* ---- An authorizer that leaves something out -----------------------------------------------------------------------
 */

static int left_out; /* an action on stead_sequence */

static int leave_out(void *data, int action, const char *table, const char *column, const char *database,
                     const char *trigger)
{
	(void)data, (void)column, (void)database, (void)trigger;
	return action == left_out && table && strcmp(table, "stead_sequence") == 0 ? SQLITE_IGNORE : SQLITE_OK;
}

static void nothing_is_left_out(void **state)
{
	static const int actions[] = {SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE};

	(void)state;
	for (size_t i = 0; i < STEAD_COUNT(actions); i++)
		for (int warm = 0; warm < 2; warm++) {
			sqlite3 *db = fresh();

			must(db, MANY(20));
			must(db, "SELECT stead_retention_set('audit', 1)");
			must(db, PERMITTED("UPDATE stead_audit_event SET occurred_at = '2026-01-01T00:00:00.000000Z'"));
			must(db, "SELECT stead_audit_seal(1000)");
			if (warm)
				must(db, LOG);
			left_out = actions[i];
			sqlite3_set_authorizer(db, leave_out, NULL);
			must_fail(db, LOG, "authorizer");
			must_fail(db, "SELECT stead_prune('audit')", "authorizer");
			sqlite3_set_authorizer(db, NULL, NULL);
			must_number(db, LOG, 21 + warm);
			close_db(db);
		}
}

/* A store that is moved goes on with the number after the last one. */
static void a_move_takes_the_last_number(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, LOG);
	must_number(db, LOG, 2);
	must_give(db,
	          "SELECT count(*) FROM stead_export() WHERE line LIKE '%\"table\":\"audit_event\"%' AND line LIKE"
	          " '%\"last\":2,%'",
	          "1|\n");
	close_db(db);
}

static void numbers_end(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, LOG);
	must(db,
	     "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success) VALUES (9223372036854775805,"
	     " '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'raw', 1)");
	must_number(db, LOG, INT64_MAX - 1);
	must_fail(db, LOG, "CHECK constraint failed");
	must_fail(db, MANY(40), "CHECK constraint failed");
	must_number(db, "SELECT count(*) FROM stead_audit_event", 3);
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_no_gaps),         cmocka_unit_test(no_number_is_given_again),
		cmocka_unit_test(an_early_log_knows_more),      cmocka_unit_test(deleted_numbers_are_noted),
		cmocka_unit_test(triggers_of_the_application),  cmocka_unit_test(nothing_is_left_out),
		cmocka_unit_test(a_move_takes_the_last_number), cmocka_unit_test(numbers_end),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
