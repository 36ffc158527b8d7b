/*
 * autoseal.c - the writer whose event makes the unsealed end of the log too long seals a block (stead.audit.autoseal).
 */
#include "lite_checks.h"

#define BLOCKS "SELECT count(*), coalesce(sum(events), 0) FROM stead_audit_block"
#define EVENTS "SELECT count(*) FROM stead_audit_event WHERE action NOT LIKE 'stead.%'"

static void log_events(sqlite3 *db, int count)
{
	for (int i = 0; i < count; i++)
		must(db, "SELECT stead_audit_log('a', 'type', 'id', 'actor', 'Ann', 1, '{}')");
}

static int64_t unsealed(sqlite3 *db)
{
	return number(db, "SELECT (SELECT count(*) FROM stead_audit_event) - coalesce(sum(events), 0) FROM "
	                  "stead_audit_block");
}

static sqlite3 *fresh(const char *most)
{
	sqlite3 *db;
	char *sql = sqlite3_mprintf("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; SELECT stead_init(); " QUIET
	                            "SELECT stead_setting_set('stead.audit.autoseal', '%s')",
	                            most);

	unlink(path);
	db = open_file(path);
	must(db, sql);
	sqlite3_free(sql);
	return db;
}

static void verified(sqlite3 *db)
{
	must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
	must_give(db, "PRAGMA integrity_check", "ok|\n");
	close_db(db);
}

static void the_end_stays_short(void **state)
{
	sqlite3 *db = fresh("20"), *other;

	(void)state;
	other = open_file(path);
	for (int i = 0; i < 20; i++) {
		log_events(i % 2 ? db : other, 30);
		assert_between(unsealed(db), 0, 20 + 2 * 64);
	}
	assert_between(number(db, "SELECT count(*) FROM stead_audit_block"), 5, 10);
	/* events of other functions count, too */
	for (int i = 0; i < 200; i++)
		must(db, "SELECT stead_user_create('user ' || hex(randomblob(8)))");
	assert_between(unsealed(db), 0, 20 + 2 * 64);
	/* and those of one call, however many they are */
	must(other, "SELECT stead_audit_log_many((SELECT json_group_array(json_object('action', 'b')) FROM"
	            " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n)))");
	assert_between(unsealed(db), 0, 20 + 100);
	close_db(other);
	verified(db);
}

/* Of 64 blocks, the writers make one summary after the other. One that cannot be made keeps nobody from sealing. */
static void writers_summarise(void **state)
{
	static const char many[] =
		"SELECT stead_audit_log_many((SELECT json_group_array(json_object('action', 'b', 'actor_id', 'u' || (i % 3)))"
		" FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n)))";
	sqlite3 *db = fresh("100");

	(void)state;
	for (int i = 0; i < 60; i++)
		must(db, many);
	must_give(db, "SELECT count(*) FROM stead_audit_summary", "0|\n");
	for (int i = 0; i < 15; i++)
		must(db, many);
	must_give(db, "SELECT dimension, first_block FROM stead_audit_summary", "2|1|\n4|1|\n5|1|\n6|1|\n");
	must_give(db,
	          "SELECT sum(events) = (SELECT count(actor_id) FROM stead_audit_event) FROM stead_audit_top('actor_id')",
	          "1|\n");
	must(db, "DELETE FROM stead_audit_summary; CREATE TRIGGER spoil BEFORE INSERT ON stead_audit_summary BEGIN SELECT"
	         " RAISE(ABORT, 'no'); END");
	for (int i = 0; i < 10; i++) {
		must(db, many);
		assert_between(unsealed(db), 0, 100 + 2 * 64);
	}
	must_give(db, "SELECT stead_maintain() ->> 'summary'", "no|\n");
	must(db, "DROP TRIGGER spoil");
	must_give(db, "SELECT stead_maintain() LIKE '%\"summaries\":4%'", "1|\n");
	verified(db);
}

/* Blocks end where times jump by more than a day, after 100 events. */
static void the_end_stays_short_where_times_jump(void **state)
{
	sqlite3 *db = fresh("1000");

	(void)state;
	for (int i = 0; i < 10; i++) {
		must(db, "SELECT stead_audit_log_many((SELECT json_group_array(json_object('action', 'b', 'occurred_at',"
		         " strftime('%Y-%m-%dT00:00:00Z', '2026-01-01', (i * 7 % 20) || ' days'))) FROM"
		         " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n)))");
		assert_between(unsealed(db), 0, 1000 + 2 * 64);
	}
	assert_true(number(db, "SELECT count(*) FROM stead_audit_block WHERE events < 200") > 50);
	verified(db);
}

static void never_with_0(void **state)
{
	sqlite3 *db = fresh("0");

	(void)state;
	log_events(db, 300);
	must_give(db, BLOCKS, "0|0|\n");
	must(db, "SELECT stead_setting_set('stead.audit.autoseal', '400')");
	log_events(db, 64);
	must_give(db, BLOCKS, "0|0|\n");
	log_events(db, 128);
	must_give(db, BLOCKS, "1|400|\n");
	verified(db);
}

/* Where numbers are missing a block is made early, of a hundred events at least. Events of another cluster that a move
 * has brought, sealed, are not counted. The last of these in the order of sealing has the lowest number. */
static void only_events_count(void **state)
{
	sqlite3 *db = fresh("400");

	(void)state;
	must(db, "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success)"
	         " SELECT 100000, now, now, 'far', 1 FROM (SELECT strftime('%Y-%m-%dT%H:%M:%f000Z') AS now)");
	log_events(db, 128);
	must_give(db, BLOCKS, "0|0|\n");
	log_events(db, 1);
	must_give(db, BLOCKS, "1|130|\n");
	must(db, "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id)"
	         " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
	         " SELECT 200000 + i, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'moved', 1, 7, 2001 - "
	         "i FROM n");
	must(db, "SELECT stead_audit_seal()");
	must_give(db, BLOCKS, "2|2130|\n");
	log_events(db, 384);
	must_give(db, BLOCKS, "2|2130|\n");
	log_events(db, 128);
	must_give(db, BLOCKS, "3|2530|\n");
	verified(db);
}

#define OF_ERA_7                                                                                                       \
	"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, era, transaction_id) VALUES"            \
	" ('%s', '2026-01-01T00:00:00.000000Z', 'moved', 1, 7, %d)"

/* Events of another cluster, which a move has brought, do not wait until nothing is logged any more. */
static void other_eras_come_first(void **state)
{
	sqlite3 *db = fresh("0");

	(void)state;
	log_events(db, 2);
	for (int i = 1; i <= 3; i++) {
		char *sql = sqlite3_mprintf(OF_ERA_7, "2026-01-01T00:00:00.000000Z", i);

		must(db, sql);
		sqlite3_free(sql);
	}
	log_events(db, 2);
	must_give(db, "SELECT stead_audit_seal(), stead_audit_seal(), stead_audit_seal()", "3|4|0|\n");
	must_give(db, "SELECT era, events FROM stead_audit_block", "7|3|\n0|4|\n");
	verified(db);
}

/* Where an event cannot be sealed, a preview and a prune stop at the same place: here behind the old ones of era 7. */
static void a_damaged_event_stops_both(void **state)
{
	sqlite3 *db = fresh("0");
	answer refused;

	(void)state;
	must(db, "PRAGMA ignore_check_constraints = ON; INSERT INTO stead_audit_event (occurred_at, recorded_at, action,"
	         " success) VALUES ('soon', '2026-01-01T00:00:00.000000Z', 'bad', 1)");
	for (int i = 1; i <= 30; i++) {
		char *sql = sqlite3_mprintf(OF_ERA_7, "2020-01-01T00:00:00.000000Z", i);

		must(db, sql);
		sqlite3_free(sql);
	}
	must(db, "SELECT stead_retention_set('audit', 30)");
	must_give(db, "SELECT expired_rows FROM stead_retention_preview('audit')", "30|\n");
	while (number(db, "SELECT stead_prune('audit')"))
		continue;
	must_give(db, "SELECT count(*) FROM stead_audit_event WHERE era = 7", "0|\n");
	refused = ask(db, "SELECT stead_audit_seal()");
	assert_int_not_equal(refused.code, SQLITE_OK);
	assert_non_null(strstr(refused.text, "event 1 has an invalid time"));
	sqlite3_free(refused.text);
	close_db(db);
}

static void within_transactions(void **state)
{
	sqlite3 *db = fresh("20");

	(void)state;
	must(db, "BEGIN");
	log_events(db, 130);
	assert_between(number(db, "SELECT count(*) FROM stead_audit_block"), 1, 2);
	assert_int_equal(sqlite3_get_autocommit(db), 0);
	must(db, "ROLLBACK");
	must_give(db, BLOCKS, "0|0|\n");
	must_give(db, EVENTS, "0|\n");

	must(db, "BEGIN; SAVEPOINT one");
	log_events(db, 120);
	assert_between(number(db, "SELECT count(*) FROM stead_audit_block"), 1, 2);
	must(db, "SAVEPOINT two; CREATE TEMP TABLE blocks AS SELECT count(*) AS n FROM stead_audit_block");
	log_events(db, 128);
	must_give(db, "SELECT count(*) > n FROM stead_audit_block, blocks", "1|\n");
	must(db, "ROLLBACK TO two");
	must(db, "RELEASE one; COMMIT");
	must_give(db, EVENTS, "120|\n");
	assert_between(number(db, "SELECT count(*) FROM stead_audit_block"), 1, 2);
	verified(db);
}

/* Within a running query, whose snapshot stays; and as part of one that gives many rows. */
static void within_a_query(void **state)
{
	sqlite3 *db = fresh("20");
	sqlite3_stmt *reader;

	(void)state;
	log_events(db, 1);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM stead_audit_event", -1, &reader, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(reader), SQLITE_ROW);
	log_events(db, 100);
	sqlite3_finalize(reader);
	assert_between(number(db, "SELECT count(*) FROM stead_audit_block"), 1, 2);
	must(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
	         " SELECT stead_audit_log('a') FROM n");
	must_give(db, EVENTS, "1101|\n");
	assert_between(unsealed(db), 0, 90);
	/* last_insert_rowid() is the application's */
	must(db, "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (77)");
	log_events(db, 130);
	must_give(db, "SELECT last_insert_rowid()", "77|\n");
	verified(db);
}

/* While another connection keeps the lease of stead_maintain(), it is left to that one. */
static void not_under_a_lease(void **state)
{
	static const char lease[] = "INSERT INTO stead_lease (name, holder, expires_at) VALUES ('maintain', '%d another',"
								" strftime('%%Y-%%m-%%dT%%H:%%M:%%S.000000Z', 'now', '%s'))";
	sqlite3 *db = fresh("20");
	char *sql = sqlite3_mprintf(lease, (int)getpid(), "+1 hour");

	(void)state;
	must(db, sql);
	sqlite3_free(sql);
	log_events(db, 200);
	must_give(db, BLOCKS, "0|0|\n");
	must_give(db, EVENTS, "200|\n");
	must(db, "BEGIN");
	log_events(db, 64);
	must(db, "COMMIT");
	must_give(db, BLOCKS, "0|0|\n");
	must(db, "DELETE FROM stead_lease");
	sql = sqlite3_mprintf(lease, (int)getpid(), "-1 hour");
	must(db, sql); /* it has lapsed */
	sqlite3_free(sql);
	log_events(db, 64);
	assert_int_equal(number(db, "SELECT count(*) FROM stead_audit_block"), 1);
	verified(db);
}

/* A seal that fails leaves the event, and says nothing. */
static void a_failing_seal(void **state)
{
	static const char *const spoils[] = {
		"CREATE TRIGGER spoil BEFORE INSERT ON stead_audit_rollup BEGIN SELECT RAISE(ABORT, 'no'); END",
		"CREATE TRIGGER spoil BEFORE INSERT ON stead_audit_rollup BEGIN SELECT RAISE(FAIL, 'no'); END",
		"ALTER TABLE stead_audit_leaf RENAME TO gone", "ALTER TABLE stead_audit_block RENAME TO gone"};
	static const char *const mends[] = {"DROP TRIGGER spoil", "DROP TRIGGER spoil",
	                                    "ALTER TABLE gone RENAME TO stead_audit_leaf",
	                                    "ALTER TABLE gone RENAME TO stead_audit_block"};

	(void)state;
	for (int i = 0; i < 4; i++) {
		sqlite3 *db = fresh("20");
		char *before;

		must(db, spoils[i]);
		log_events(db, 130);
		must(db, "BEGIN");
		log_events(db, 130);
		assert_int_equal(sqlite3_get_autocommit(db), 0);
		must(db, "SELECT stead_audit_log_many((SELECT json_group_array(json_object('action', 'b')) FROM"
		         " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n)))");
		must(db, "COMMIT");
		must_give(db, EVENTS, "360|\n");
		must(db, mends[i]);
		must_give(db, BLOCKS, "0|0|\n");
		must_give(db, "SELECT count(*) FROM stead_audit_posting", "0|\n");
		log_events(db, 64);
		must_give(db, BLOCKS, "1|100|\n");
		/* one refusal that would end the transaction is an error, and nothing stays */
		must(db, "CREATE TRIGGER spoil BEFORE INSERT ON stead_audit_rollup BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
		before = contents(db);
		must(db, "BEGIN");
		for (int n = 0;; n++) {
			answer answer = ask(db, "SELECT stead_audit_log('a')");

			assert_between(n, 0, 200);
			if (answer.code != SQLITE_OK) {
				assert_non_null(strstr(answer.text, "transaction was rolled back"));
				sqlite3_free(answer.text);
				break;
			}
			sqlite3_free(answer.text);
		}
		assert_int_equal(sqlite3_get_autocommit(db), 1);
		{
			char *after = contents(db);

			assert_string_equal(after, before);
			sqlite3_free(after);
			sqlite3_free(before);
		}
		must(db, "DROP TRIGGER spoil");
		verified(db);
	}
}

/* Interrupted at every step: the event is there, or the call has failed. */
static int left_until;

static int interrupt(void *unused)
{
	(void)unused;
	return left_until > 0 && --left_until == 0;
}

static void interrupted(void **state)
{
	(void)state;
	for (int inside = 0; inside < 2; inside++) {
		sqlite3 *db = fresh("20"), *writer;
		int failed = 0, late = 0; /* late: only the end of the call, or of the SELECT around it, is interrupted */

		for (int at = 1, reached = 1; reached && at < 100000; at += 1 + at / 20) {
			int64_t before, stored;
			answer answer;

			must(db,
			     "SELECT stead_audit_log_many((SELECT json_group_array(json_object('action', 'b')) FROM"
			     " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) SELECT i FROM n)))");
			before = number(db, "SELECT count(*) FROM stead_audit_event");
			writer = open_file(path); /* the first event of a connection is followed up */
			must(writer, inside ? "SELECT stead_audit_count(); BEGIN" : "SELECT stead_audit_count()");
			left_until = at;
			sqlite3_progress_handler(writer, 1, interrupt, NULL);
			answer = ask(writer, "SELECT stead_audit_log('a')");
			sqlite3_progress_handler(writer, 0, NULL, NULL);
			reached = left_until == 0;
			left_until = 0;
			if (inside && !sqlite3_get_autocommit(writer))
				must(writer, "COMMIT");
			assert_int_equal(sqlite3_get_autocommit(writer), 1);
			stored = number(db, "SELECT count(*) FROM stead_audit_event") - before;
			if (stored < (answer.code == SQLITE_OK) || stored > 1)
				fail_msg("interrupted at %d: %s", at, answer.text);
			late += stored && answer.code != SQLITE_OK;
			failed += answer.code != SQLITE_OK;
			if (!reached)
				assert_between(unsealed(db), 0, 20);
			sqlite3_free(answer.text);
			close_db(writer);
		}
		assert_between(failed, 30, 10000);
		assert_between(late, 0, 3);
		verified(db);
	}
}

static void upkeep_waits_for_many(void **state)
{
	sqlite3 *db = fresh("0");

	(void)state;
	log_events(db, 1);
	must_give(db, "SELECT stead_maintain() ->> 'sealed'", "1|\n");
	log_events(db, 150);
	must_give(db, "SELECT stead_maintain() ->> 'sealed'", "0|\n");
	must(db, "SELECT stead_audit_log_many((SELECT json_group_array(json_object('action', 'b')) FROM"
	         " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9900) SELECT i FROM n)))");
	assert_between(number(db, "SELECT stead_maintain(60000) ->> 'sealed'"), 10050, 10060);
	log_events(db, 1);
	must(db, "SELECT stead_setting_set('stead.audit.seal_seconds', '0')");
	assert_between(number(db, "SELECT stead_maintain() ->> 'sealed'"), 1, 2);
	verified(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_end_stays_short),
	                                   cmocka_unit_test(writers_summarise),
	                                   cmocka_unit_test(the_end_stays_short_where_times_jump),
	                                   cmocka_unit_test(only_events_count),
	                                   cmocka_unit_test(other_eras_come_first),
	                                   cmocka_unit_test(a_damaged_event_stops_both),
	                                   cmocka_unit_test(never_with_0),
	                                   cmocka_unit_test(within_transactions),
	                                   cmocka_unit_test(within_a_query),
	                                   cmocka_unit_test(not_under_a_lease),
	                                   cmocka_unit_test(a_failing_seal),
	                                   cmocka_unit_test(interrupted),
	                                   cmocka_unit_test(upkeep_waits_for_many)};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
