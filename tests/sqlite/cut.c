/*
 * cut.c - where a prune ends the blocks that it makes, with old and young events in any order; and the preview shows
 * what will be deleted.
 */
#include "lite_checks.h"

static sqlite3 *fresh(void)
{
	sqlite3 *db = open_file(":memory:");

	must(db, "SELECT stead_init(); " QUIET "SELECT stead_setting_set('stead.retention.batch_ms', '60000'), "
	         "stead_retention_set('audit', 90)");
	return db;
}

static void add(sqlite3 *db, int64_t id, bool old)
{
	char sql[300];

	snprintf(sql, sizeof sql,
	         "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success) SELECT %lld, at, at, 'a', "
	         "1 FROM (SELECT"
	         " strftime('%%Y-%%m-%%dT%%H:%%M:%%S.000000Z', 'now', '-%d days', '-%lld minutes') AS at)",
	         (long long)id, old ? 100 : 10, (long long)id % 3000);
	must(db, sql);
}

static int64_t prune_all(sqlite3 *db)
{
	int64_t gone, sum = 0;

	while ((gone = number(db, "SELECT stead_prune('audit', 137)")) > 0)
		sum += gone;
	return sum;
}

/* With one event a day, blocks end at the cutoff, however few the events are. */
static void old_and_young_in_order(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success) WITH RECURSIVE n(i) AS "
	         "(SELECT 1 UNION ALL"
	         " SELECT i + 1 FROM n WHERE i < 395) SELECT i, at, at, 'a', 1 FROM (SELECT i, "
	         "strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now',"
	         " '-10 minutes', (i - 395) || ' days') AS at FROM n)");
	assert_int_equal(number(db, "SELECT expired_rows FROM stead_retention_preview('audit')"), 305);
	assert_int_equal(prune_all(db), 305);
	must(db, "SELECT stead_retention_set('audit', 85)");
	assert_int_equal(number(db, "SELECT expired_rows FROM stead_retention_preview('audit')"), 5);
	assert_int_equal(prune_all(db), 5);
	close_db(db);
}

/* If they alternate, they do not get a block each: they are kept, and the doctor says so. */
static void old_and_young_by_turns(void **state)
{
	sqlite3 *db = fresh();
	int64_t goes;

	(void)state;
	must(db, "BEGIN");
	for (int i = 1; i <= 3000; i++)
		add(db, i, i % 2);
	must(db, "COMMIT");
	goes = number(db, "SELECT expired_rows FROM stead_retention_preview('audit')");
	assert_between(goes, 1, 100);
	assert_int_equal(prune_all(db), goes);
	assert_between(number(db, "SELECT count(*) FROM stead_audit_block"), 1, 3000 / 10 + 100);
	assert_int_equal(number(db, "SELECT detail FROM stead_doctor() WHERE check_name = 'audit_times'"), 1500 - goes);
	close_db(db);
}

/* In any order: the prune deletes what the preview shows, in any number of batches, and most of the old events. */
static void in_any_order(void **state)
{
	uint64_t chance = 1;

	(void)state;
	for (int round = 0; round < 30; round++) {
		sqlite3 *db = fresh();
		int64_t id = 0, goes, longest = 1 + round * 3, count = round % 3 == 0 ? 90 : round % 3 == 1 ? 590 : 1300;
		bool old = round % 2 == 0;

		must(db, "BEGIN");
		while (id < count) {
			chance = chance * 6364136223846793005u + 1442695040888963407u;
			for (int64_t left = 1 + (int64_t)(chance >> 33) % longest; left > 0 && id < count; left--)
				add(db, ++id, old);
			old = !old;
		}
		must(db, "COMMIT");
		goes = number(db, "SELECT expired_rows FROM stead_retention_preview('audit')");
		if (count < 100)
			assert_int_equal(goes, number(db, "SELECT count(*) FROM stead_audit_event WHERE occurred_at <"
			                                  " (SELECT cutoff FROM stead_retention_preview('audit'))"));
		if (prune_all(db) != goes)
			fail_msg("round %d: preview said %lld", round, (long long)goes);
		assert_int_equal(number(db, "SELECT expired_rows FROM stead_retention_preview('audit')"), 0);
		must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
		close_db(db);
	}
}

/* Sealing what must be sealed before anything can be deleted may take longer than a batch. */
static void sealing_takes_its_time(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "BEGIN");
	for (int i = 1; i <= 2400; i++)
		add(db, i, i > 2370);
	must(db, "COMMIT; SELECT stead_setting_set('stead.retention.batch_ms', '1')");
	must(db, "SELECT stead_retention_delete('session')"); /* that target would come first */
	must_give(db,
	          "SELECT report ->> '$.sealed' < 2370, report ->> '$.pruned', report ->> '$.left'"
	          " FROM (SELECT stead_maintain(0) AS report)",
	          "1|NULL|1|\n");
	must_give(db, "SELECT count(*) FROM stead_audit_block", "2|\n");
	assert_between(number(db, "SELECT stead_prune('audit')"), 1, 30); /* 0 would mean that no event is left */
	close_db(db);
}

/* The safety stop sees old events behind young ones even if they are not sealed. */
static void the_stop_sees_what_is_not_sealed(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, "SELECT stead_retention_delete('session')");
	must_give(db, "SELECT stead_maintain(600000) ->> '$.stopped'", "NULL|\n");
	must(db, "BEGIN");
	for (int i = 1; i <= 5200; i++)
		add(db, i + 1000, i > 1200);
	must(db, "COMMIT");
	must_give(db, "SELECT substr(stead_maintain(0) ->> '$.stopped.audit', 1, 10)", "4000 rows,|\n");
	must_give(db, "SELECT count(*) FROM stead_audit_event WHERE action = 'a'", "5200|\n");
	close_db(db);
}

/* Old events that are not sealed are counted, however many sealed ones there are. */
static void many_are_sealed(void **state)
{
	static const char add_old[] =
		"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success) WITH RECURSIVE n(i) AS (SELECT 1"
		" UNION ALL SELECT i + 1 FROM n WHERE i < 10500) SELECT at, at, 'a', 1 FROM (SELECT "
		"'2021-05-01T00:00:00.000000Z'"
		" AS at FROM n)";
	sqlite3 *db = fresh();
	int64_t preview;

	(void)state;
	must(db, add_old);
	must_give(db, "SELECT stead_audit_seal(100000)", "10500|\n");
	must(db, add_old);
	preview = number(db, "SELECT expired_rows FROM stead_retention_preview('audit')");
	assert_int_equal(preview, 21000);
	assert_int_equal(number(db, "SELECT stead_prune('audit', 100000)"), preview);
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_and_young_in_order),
		cmocka_unit_test(old_and_young_by_turns),
		cmocka_unit_test(in_any_order),
		cmocka_unit_test(sealing_takes_its_time),
		cmocka_unit_test(the_stop_sees_what_is_not_sealed),
		cmocka_unit_test(many_are_sealed),
	};

	return cmocka_run_group_tests_name("sqlite_cut", tests, make_directory, remove_directory);
}
