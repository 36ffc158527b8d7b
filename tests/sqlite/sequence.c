/*
 * sequence.c - the numbers of events: they grow, without gaps as long as only Stead logs, and none is given again.
 */
#include "lite_checks.h"

#define LOG "SELECT stead_audit_log('a')"
#define MANY(count)                                                                                                    \
	"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < " #count ")"                             \
	" SELECT stead_audit_log_many(json_group_array(json_object('action', 'a'))) FROM n"

static sqlite3 *fresh(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); " QUIET "SELECT stead_user_create('ann')");
	return db;
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
static void no_number_is_given_again(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++)
		for (int count = 13; count <= 70; count += 19) {
			sqlite3 *db = fresh(), *other = open_file(path);
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
		cmocka_unit_test(numbers_have_no_gaps),
		cmocka_unit_test(no_number_is_given_again),
		cmocka_unit_test(a_move_takes_the_last_number),
		cmocka_unit_test(numbers_end),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
