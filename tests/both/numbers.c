/*
 * numbers.c - stored numbers that Stead computes with: a CHECK refuses bad ones, and code that reads one checks it
 * again.
 *
 * Run it as "numbers postgresql", in the database that libpq finds, or as "numbers sqlite", in memory. It tests the
 * CHECKs first, then what Stead says about a bad number that was stored without them.
 */
#include "both.h"

static database on;
static const char *side;

static void say(bool ok, const char *name, const char *found)
{
	printf("%sok numbers: %s: %s\n", ok ? "" : "not ", side, name);
	if (!ok)
		printf("#   %.300s\n", found);
}

/* Checks that the answer, which may be an error, contains this text. */
static void __attribute__((format(printf, 2, 3))) gives(const char *wanted, const char *format, ...)
{
	va_list args;
	char *answer;

	va_start(args, format);
	answer = vask(on, format, args);
	va_end(args);
	say(strstr(answer, wanted) != NULL, wanted, answer);
	free(answer);
}

/* A number outside its column's range is refused. */
static void check_refusals(void)
{
	static const struct {
		const char *table, *column, *number;
	} cases[] = {
		{"retention", "keep_days", "-1"},     {"retention", "keep_days", "36501"},
		{"retention", "batch_rows", "0"},     {"retention", "batch_rows", "1000001"},
		{"retention", "last_deleted", "-1"},  {"retention", "total_deleted", "-1"},
		{"session", "idle_seconds", "0"},     {"session", "idle_seconds", "3153600001"},
		{"setting_version", "version", "-1"}, {"audit_rollup", "events", "0"},
		{"audit_rollup", "failures", "-1"},   {"audit_block", "first_leaf", "-1"},
		{"audit_block", "events", "0"},       {"audit_block", "events", "100001"},
		{"audit_account", "account", "0"},
	};

	for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
		char *answer = askf(on, "UPDATE stead_%s SET %s = %s", cases[i].table, cases[i].column, cases[i].number),
			 name[100];

		snprintf(name, sizeof name, "a CHECK refuses %s for stead_%s.%s", cases[i].number, cases[i].table,
		         cases[i].column);
		say(strstr(answer, on.pg ? "violates check constraint" : "CHECK constraint failed") != NULL, name, answer);
		free(answer);
	}
}

/* Drops the constraints that refuse them. */
static void open_doors(void)
{
	if (on.pg)
		must(on, "DO $$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint "
		         "WHERE contype = 'c'"
		         " AND conrelid::regclass::text LIKE 'stead_%%' LOOP EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT "
		         "%%I', c.t, c.conname);"
		         " END LOOP; END $$");
	else
		must(on, "PRAGMA ignore_check_constraints = ON");
}

/* Sums that overflow: within a query, over several queries, and when a block adds to them. */
static void check_sums(void)
{
	static const char *const readers[] = {
		"stats",
		"SELECT * FROM stead_audit_stats('2000-01-01T00:00:00Z')",
		"top",
		"SELECT * FROM stead_audit_top('action')",
		"histogram",
		"SELECT * FROM stead_audit_histogram('month', '2000-01-01T00:00:00Z', '2001-01-01T00:00:00Z')",
		"histogram",
		"SELECT * FROM stead_audit_histogram('month', '2000-01-01T00:00:00Z', '2001-01-01T00:00:00Z', 'a')"};
	char wanted[100];

	must(on, "UPDATE stead_audit_rollup SET events = 9223372036854775807");
	must(on, "INSERT INTO stead_audit_rollup SELECT period, bucket_start, 'another', events, 0, first_event_at, "
	         "last_event_at"
	         " FROM stead_audit_rollup WHERE action = 'a'");
	gives("stead_audit_stats: the counts in stead_audit_rollup are out of range",
	      "SELECT * FROM stead_audit_stats('2000-01-01T00:00:00Z')");
	must(on, "DELETE FROM stead_audit_rollup WHERE action = 'another'");
	/* this sum is a valid number */
	gives("a|9223372036854775807", "SELECT value, events FROM stead_audit_top('action')");
	for (int day = 1; day <= 2; day++)
		must(on,
		     "INSERT INTO stead_audit_rollup SELECT period, '2000-01-0%dT00:00:00.000000Z', action, events, events, "
		     "first_event_at,"
		     " last_event_at FROM stead_audit_rollup WHERE action = 'a' AND bucket_start > "
		     "'2020-01-01T00:00:00.000000Z'",
		     day);
	for (int i = 0; i < 8; i += 2) {
		snprintf(wanted, sizeof wanted, "stead_audit_%s: the counts in stead_audit_rollup are out of range",
		         readers[i]);
		gives(wanted, "%s", readers[i + 1]);
	}
	must(on, "INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success)"
	         " SELECT occurred_at, recorded_at, action, success FROM stead_audit_event WHERE action = 'a'");
	for (int tries = 0;
	     number(on, "SELECT count(*) FROM stead_doctor() WHERE check_name = 'sealing' AND detail LIKE '0 %%'") &&
	     tries < 10;
	     tries++)
		must(on, on.pg ? "SELECT pg_sleep(0.02)" : "SELECT 1");
	gives("stead_audit_seal: the counts in stead_audit_rollup are out of range", "SELECT stead_audit_seal()");
	gives("broken", "SELECT status FROM stead_audit_verify() WHERE block IS NULL");
	gives("ok", "SELECT status FROM stead_doctor() WHERE check_name = 'tables'");
}

/* Events of many eras, including the lowest and the highest possible one: all functions find each of them. */
static void check_eras(void)
{
	static const char insert[] =
		"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, era, transaction_id)"
		" WITH RECURSIVE eras (n) AS (SELECT -300 UNION ALL SELECT n + 1 FROM eras WHERE n < -1)"
		" SELECT '2001-01-01T00:00:00.000000Z', '2001-01-01T00:00:00.000000Z', 'of an era', true, era, %d FROM"
		" (SELECT n AS era FROM eras UNION ALL SELECT -9223372036854775807 - 1 UNION ALL SELECT 9223372036854775807) "
		"AS e";
	int64_t sealed = 0, now;

	for (int round = 1; round <= 2; round++) {
		char wanted[100];

		must(on, insert, round);
		snprintf(wanted, sizeof wanted, "%d\n", 302 * round + 1);
		gives(wanted, "SELECT total_events FROM stead_audit_stats()");
		snprintf(wanted, sizeof wanted, "of an era|%d|0", 302 * round);
		gives(wanted, "SELECT * FROM stead_audit_top('action', NULL, NULL, 1)");
		snprintf(wanted, sizeof wanted, "%d\n", 302 * round);
		gives(wanted,
		      "SELECT events FROM stead_audit_histogram('day', '2001-01-01T00:00:00Z', '2001-01-02T00:00:00Z')");
		gives("302 not sealed yet", "SELECT detail FROM stead_audit_verify()");
		for (sealed = 0; (now = number(on, "SELECT stead_audit_seal()")) > 0;)
			sealed += now;
		say(sealed == 302, "events of every era are sealed", "");
		gives("ok\n", "SELECT status FROM stead_audit_verify()");
	}
	while (number(on, "SELECT stead_audit_prune(100)") > 0)
		;
	gives("0\n", "SELECT count(*) FROM stead_audit_event WHERE action = 'of an era'");
	gives("ok\n", "SELECT status FROM stead_audit_verify()");
}

int main(int argc, char **argv)
{
	static const char policy[] =
		"the policy of session was changed by hand: keep_days must be 0 to 36500, batch_rows 1 to 1000000";

	if (argc != 2)
		fail("usage: numbers postgresql|sqlite");
	side = argv[1];
	on = strcmp(side, "sqlite") == 0 ? open_sqlite(":memory:") : open_postgresql();
	if (on.pg)
		must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	must(on, "SELECT stead_audit_log('a')");
	for (int tries = 0; number(on, "SELECT stead_audit_seal()") == 0 && tries < 1000; tries++)
		if (on.pg)
			must(on, "SELECT pg_sleep(0.02)");
	check_eras();
	must(on, "SELECT stead_retention_set('audit', 36500)");
	must(on, "SELECT stead_user_create('ann', NULL)");
	must(on, "SELECT stead_session_create(1)");
	must(on, "SELECT stead_setting_set('x', '1')");
	must(on, "SELECT stead_retention_set('session', 30)");
	must(on, "INSERT INTO stead_audit_account (account, cutoff, events, made_at, digest) SELECT 1000, sealed_at, 1, "
	         "sealed_at, digest FROM stead_audit_block WHERE block = 1");
	if (on.pg)
		must(
			on,
			"ALTER TABLE stead_audit_block DISABLE TRIGGER USER; ALTER TABLE stead_audit_account DISABLE TRIGGER USER");
	else
		must(on, "DROP TRIGGER stead_audit_block_no_update; DROP TRIGGER stead_audit_account_no_update");
	gives("ok", "SELECT status FROM stead_doctor() WHERE check_name = 'checks'");
	check_refusals();
	open_doors();

	must(on, "UPDATE stead_retention SET keep_days = 999999999 WHERE target = 'session'");
	gives(policy, "SELECT stead_prune('session')");
	gives(policy, "SELECT * FROM stead_retention_preview('session')");
	gives("keep_days or batch_rows is out of range",
	      "SELECT detail FROM stead_doctor() WHERE check_name = 'retention' AND status = 'fail'");
	gives(policy, "SELECT stead_maintain()");
	must(on, "UPDATE stead_retention SET keep_days = -9223372036854775807 WHERE target = 'session'");
	gives(policy, "SELECT stead_prune('session')");
	must(on, "UPDATE stead_retention SET keep_days = 30, batch_rows = 0 WHERE target = 'session'");
	gives(policy, "SELECT stead_prune('session')");
	must(on, "SELECT stead_retention_set('session', 30)");
	must(on, "UPDATE stead_session SET expires_at = '2001-01-01T00:00:00.000000Z'");
	must(on,
	     "UPDATE stead_retention SET total_deleted = 9223372036854775807, batch_rows = 10 WHERE target = 'session'");
	gives("1", "SELECT stead_prune('session')");
	gives("1|9223372036854775807", "SELECT last_deleted, total_deleted FROM stead_retention WHERE target = 'session'");

	must(on, "UPDATE stead_setting_version SET version = 9223372036854775807");
	gives("stead_setting_set: the version in stead_setting_version is out of range",
	      "SELECT stead_setting_set('x', '2')");
	must(on, "UPDATE stead_setting_version SET version = -9223372036854775807");
	gives("stead_setting_set: the version in stead_setting_version is out of range",
	      "SELECT stead_setting_set('x', '2')");
	must(on, "UPDATE stead_setting_version SET version = 7");
	must(on, "SELECT stead_setting_set('x', '2')");
	gives("8", "SELECT stead_setting_version()");

	must(on, "SELECT stead_session_create(1)");
	must(on, "UPDATE stead_session SET idle_seconds = 9223372036854775807");
	gives("1", "SELECT count(*) FROM stead_session_list(1) WHERE live");

	must(on, "UPDATE stead_retention SET keep_days = 36501 WHERE target = 'audit'");
	gives("the policy of audit was changed by hand",
	      "SELECT detail FROM stead_doctor() WHERE check_name = 'retention' AND status = 'fail'");
	gives("the policy of audit was changed by hand", "SELECT stead_prune('audit')");
	must(on, "DELETE FROM stead_retention WHERE target = 'audit'");

	check_sums();
	close_database(on);
	return 0;
}
