/*
 * place.c - the order of sealing without an index over all events: events of Stead's own are read by their id, those
 * that others gave an era and a transaction by a partial index.
 */
#include "lite_checks.h"

static int64_t steps;

static int count_steps(void *unused)
{
	(void)unused;
	steps++;
	return 0;
}

/* How long it takes to run, in steps of SQLite's machine. */
static int64_t steps_of(sqlite3 *db, const char *sql)
{
	steps = 0;
	sqlite3_progress_handler(db, 1, count_steps, NULL);
	must(db, sql);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	return steps;
}

static void add(sqlite3 *db, int count, int64_t era, int64_t transaction)
{
	char *sql =
		sqlite3_mprintf("INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, era, transaction_id)"
	                    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	                    " SELECT now, now, 'a', 1, %lld, %lld FROM n,"
	                    " (SELECT strftime('%%Y-%%m-%%dT%%H:%%M:%%S.000000Z', 'now') AS now)",
	                    count, era, transaction);

	must(db, sql);
	sqlite3_free(sql);
}

static sqlite3 *fresh(void)
{
	sqlite3 *db = open_file(":memory:");

	must(db, "SELECT stead_init(); " QUIET "SELECT stead_retention_set('audit', 36500)");
	return db;
}

/* A log, and the same with twenty times as many sealed events: of Stead's own or of eras. */
static void a_long_log_costs_no_more(void **state)
{
	static const char *const calls[] = {
		"SELECT stead_audit_log('b')",
		"SELECT stead_audit_seal(50)",
		"SELECT stead_audit_seal()",
		"SELECT stead_audit_seal()",
		"SELECT stead_audit_log('b')",
		"SELECT * FROM stead_audit_stats()",
		"SELECT * FROM stead_audit_histogram('day', '2026-01-01T00:00:00Z', '2036-01-01T00:00:00Z')",
		"SELECT * FROM stead_doctor()",
		"SELECT stead_maintain()",
		"SELECT * FROM stead_retention_preview('audit')"};
	static const struct {
		int64_t era, transaction;
	} sealed[] = {{0, 0}, {-5, 7}, {0, -7}, {0, 7}, {5, 7}}, unsealed[] = {{0, 0}, {0, 9}, {7, 0}};

	(void)state;
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 3; j++) {
			sqlite3 *few = fresh(), *many = fresh();

			if (sealed[i].era >= 0 && unsealed[j].era == 0 && sealed[i].transaction > unsealed[j].transaction)
				goto next; /* such would never be sealed */
			add(few, 200, sealed[i].era, sealed[i].transaction);
			add(many, 4000, sealed[i].era, sealed[i].transaction);
			if (sealed[i].era || sealed[i].transaction < 0) { /* the first of Stead's own is looked for among all */
				add(few, 1, 0, 0);
				add(many, 1, 0, 0);
			}
			for (int n = 0; n < 2; n++) {
				must(few, "SELECT stead_audit_seal()");
				must(many, "SELECT stead_audit_seal()");
			}
			add(few, 100, unsealed[j].era, unsealed[j].transaction);
			add(many, 100, unsealed[j].era, unsealed[j].transaction);
			for (size_t n = 0; n < sizeof calls / sizeof *calls; n++) {
				int64_t of_few = steps_of(few, calls[n]), of_many = steps_of(many, calls[n]);

				if (of_many > of_few + 2000)
					fail_msg("%s: %lld steps, %lld in a long log (%d, %d)", calls[n], (long long)of_few,
					         (long long)of_many, i, j);
			}
			/* an event of Stead's own cannot come after one of era 0 that has a number */
			if ((sealed[i].era || sealed[i].transaction <= 0) && !unsealed[j].transaction)
				must_give(few, "SELECT status FROM stead_audit_verify()", "ok|\n");
		next:
			close_db(few);
			close_db(many);
		}
}

/* Verification looks for the event of each redaction. Ten times as many must not take ten times as long. */
static void many_redactions_cost_little(void **state)
{
	int64_t took[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		sqlite3 *db = fresh();

		add(db, 2000, 0, 0);
		must(db, "SELECT stead_audit_seal()");
		must(db, "SELECT stead_audit_seal()");
		must(db, i ? "SELECT count(stead_audit_redact(id, 'asked for')) FROM stead_audit_event WHERE action = 'a' AND "
		             "id % 10 = 7"
		           : "SELECT count(stead_audit_redact(id, 'asked for')) FROM stead_audit_event WHERE action = 'a' AND "
		             "id % 100 = 7");
		took[i] = steps_of(db, "SELECT * FROM stead_audit_verify()");
		must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
		close_db(db);
	}
	if (took[1] > 2 * took[0])
		fail_msg("%lld steps with 20 redactions, %lld with 200", (long long)took[0], (long long)took[1]);
}

/* One block. Some values are rare, some have more events than a row of the index holds, some words are of one event. */
#define MANY_KINDS                                                                                                     \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"                                     \
	" SELECT stead_audit_log_many(json_group_array(json_object('action', 'a' || (i %% 2),"                             \
	" 'resource_id', 'r' || (i / 2), 'actor_id', iif(i %% 7, 'u' || (i %% 3), NULL), 'actor_name',"                    \
	" 'Ann ' || (i %% 11), 'success', json(iif(i %% 5, 'true', 'false')),"                                             \
	" 'ip_address', iif(i %% 4, '192.0.2.1', NULL), 'details', json_object('text', 'words of all' ||"                  \
	" iif(i %% 50, '', ' \xc3\xa4' || hex(i * 7919)))))) FROM n; SELECT stead_audit_seal()"

static sqlite3 *block_of_many_kinds(int count)
{
	sqlite3 *db = fresh();
	char *events = sqlite3_mprintf(MANY_KINDS, count);

	must(db, events);
	sqlite3_free(events);
	return db;
}

/* After a redaction the index is what it would be without the event: verification makes it anew and compares. */
static void redacted_events_leave_the_index(void **state)
{
	sqlite3 *db = block_of_many_kinds(3000);

	(void)state;
	for (int i = 0; i < 12; i++) { /* by and by all kinds, and all events of a person */
		char *some = sqlite3_mprintf("id %% 500 IN (%d, %d)", i * 50, i * 50 + 7),
			 *sql = sqlite3_mprintf("SELECT count(stead_audit_redact(id, 'asked for')) FROM stead_audit_event WHERE %s"
		                            " AND action GLOB 'a?' AND redacted IS NULL",
		                            i < 10    ? some
		                            : i == 10 ? "actor_id = 'u1'"
		                                      : "id < 1000");

		sqlite3_free(some);
		must(db, sql);
		sqlite3_free(sql);
		must_give(db, "SELECT status, detail FROM stead_audit_verify() WHERE status <> 'ok'", "");
		must_give(db,
		          "SELECT (SELECT count(*) FROM stead_audit_event WHERE actor_id = 'u1') ="
		          " stead_audit_count('{\"actor_id\":\"u1\"}'), (SELECT count(*) FROM stead_audit_event WHERE"
		          " details LIKE '%words%') = stead_audit_count('{\"search\":\"words\"}'),"
		          " stead_audit_count('{\"search\":\"\xc3\xa4\"}') ="
		          " (SELECT count(*) FROM stead_audit_event WHERE details LIKE '%\xc3\xa4%')",
		          "1|1|1|\n");
	}
	must_give(db, "SELECT stead_audit_count('{\"actor_id\":\"u1\"}')", "0|\n");
	close_db(db);
}

/* What somebody has changed by hand before is in the index with its other values: they go, too. */
static void changed_events_leave_the_index(void **state)
{
	static const char *const changes[] = {
		"UPDATE stead_audit_event SET actor_id = 'x', resource_id = 'y', details = NULL",
		"UPDATE stead_audit_event SET actor_id = NULL, ip_address = '192.0.2.9'",
		"UPDATE stead_audit_index_key SET secret = randomblob(32)",
		"UPDATE stead_audit_posting SET entries = x'00' WHERE dimension > 2",
		"DELETE FROM stead_audit_posting WHERE dimension = 3",
		"UPDATE stead_audit_index SET trigrams = x'ff'"};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		sqlite3 *db = block_of_many_kinds(300);

		must(db, "DROP TRIGGER stead_audit_event_no_update");
		must(db, changes[i]);
		must(db, "SELECT count(stead_audit_redact(id, 'asked for')) FROM stead_audit_event WHERE action GLOB 'a?'");
		must_give(db, "SELECT count(*) FROM stead_audit_posting WHERE dimension > 2", "0|\n");
		must_give(db, "SELECT max(length(trigrams)) FROM stead_audit_index", "0|\n"); /* an action has two bytes */
		close_db(db);
	}
}

/* Not the whole block is read: its first events have the words of the redacted one. */
static void a_redaction_costs_little(void **state)
{
	int64_t took[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		sqlite3 *db = block_of_many_kinds(i ? 3900 : 390);

		must_give(db, "SELECT count(*) FROM stead_audit_block", "1|\n");
		took[i] = steps_of(db, "SELECT stead_audit_redact(301, 'asked for')");
		must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
		close_db(db);
	}
	if (took[1] > 2 * took[0])
		fail_msg("%lld steps in a block of 390, %lld in one of 3900", (long long)took[0], (long long)took[1]);
}

/* Every event is sealed once, in the order of its place, wherever blocks end. The current era, 0, comes last. */
static void in_order_of_place(void **state)
{
	static const struct {
		int64_t era, transaction;
	} places[] = {{0, 0}, {0, 3}, {0, INT64_MIN}, {3, 0}, {-1, 0}, {0, -2}, {INT64_MAX, 1},    {INT64_MIN, 0},
	              {0, 0}, {3, 3}, {-1, -1},       {0, 0}, {1, 0},  {-1, 5}, {0, INT64_MAX - 2}};
	static const int sizes[] = {1, 2, 3, 7, 100};

	(void)state;
	for (int i = 0; i < 5; i++) {
		sqlite3 *db = fresh();
		answer answer = {0};
		char seal[60];

		for (size_t j = 0; j < sizeof places / sizeof *places; j++)
			add(db, 2 + (int)j % 2, places[j].era, places[j].transaction);
		must_give(db, "SELECT detail FROM stead_audit_verify()",
		          "0 blocks, 0 events: 0 ok, 0 changed, 0 missing, 0 added, 0 pruned; 37 not sealed yet|\n");
		must_give(db, "SELECT total_events FROM stead_audit_stats()", "37|\n");
		snprintf(seal, sizeof seal, "SELECT stead_audit_seal(%d)", sizes[i]);
		do {
			sqlite3_free(answer.text);
			answer = ask(db, seal);
		} while (strcmp(answer.text, "0|\n") != 0);
		sqlite3_free(answer.text);
		must_give(db,
		          "SELECT sum(events), (SELECT count(*) FROM stead_audit_event) - sum(events) FROM stead_audit_block",
		          "37|0|\n");
		must_give(db,
		          "SELECT sum(transaction_id <> last_transaction_id OR id <> last_event_id) FROM stead_audit_block,"
		          " (SELECT *, row_number() OVER (ORDER BY era = 0, era, transaction_id, id) AS n"
		          " FROM stead_audit_event)"
		          " WHERE n = first_leaf + events",
		          "0|\n");
		must_give(db, "SELECT status FROM stead_audit_verify()", "ok|\n");
		close_db(db);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_log_costs_no_more),        cmocka_unit_test(many_redactions_cost_little),
		cmocka_unit_test(redacted_events_leave_the_index), cmocka_unit_test(changed_events_leave_the_index),
		cmocka_unit_test(a_redaction_costs_little),        cmocka_unit_test(in_order_of_place)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
