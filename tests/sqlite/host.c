/*
 * host.c - what SQL files cannot test of the SQLite host: several connections and threads, closing, read-only and
 * uninitialised databases, hostile text, shadowing tables, views, triggers and copies.
 *
 * STEAD_MODULE is the module to test, as sqlite3_load_extension() takes it.
 */
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lite_checks.h"
#include "samples.h"

/* A fresh file with the seed in it. */
static sqlite3 *seeded(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); " QUIET);
	must(db, seed);
	return db;
}

/* A property of a function, from stead_help(). */
static bool help_says(sqlite3 *db, const char *function, const char *condition)
{
	char *sql = sqlite3_mprintf("SELECT 1 FROM stead_help(%Q) WHERE %s", function, condition);
	answer answer = ask(db, sql);
	bool yes = answer.rows > 0;

	sqlite3_free(sql);
	sqlite3_free(answer.text);
	return yes;
}

/* Functions whose result is about SQLite, whatever the database is like. */
static bool is_about_host(const char *function)
{
	return strcmp(function, "stead_init") == 0 || strcmp(function, "stead_grant") == 0 ||
	       strcmp(function, "stead_configure") == 0 || strcmp(function, "stead_backup") == 0;
}

/* ---- Coverage and closing ---------------------------------------------------------------------------------------- */

static void samples_work(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		sqlite3 *db = seeded();

		if (strcmp(samples[i].function, "stead_grant") == 0)
			must_fail(db, samples[i].sql, "stead_grant: SQLite has no roles");
		else if (strcmp(samples[i].function, "stead_backup") == 0) /* tests/sqlite/backup.c makes backups */
			must_fail(db, samples[i].sql, "stead_backup: the directory of path cannot be used");
		else
			must(db, samples[i].sql);
		close_db(db); /* when only this function was used */
	}
}

static void close_after_all_functions(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < SAMPLES; i++)
			sqlite3_free(ask(db, samples[i].sql).text);
	must(db, "VACUUM"); /* refused while a statement is open */
	close_db(db);
}

static void close_after_errors(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must_fail(db, "SELECT stead_audit_log(NULL)", "action must not be null");
	must_fail(db, "SELECT stead_audit_log_many('[{\"action\":\"a\"},{}]')", "stead_audit_log_many: ");
	must_fail(db, "SELECT * FROM stead_audit_list('{', 1)", "filter is not valid JSON");
	must_fail(db, "SELECT stead_setting_set('app.limit', 'banana')", "app.limit");
	close_db(db);
}

static void close_without_use(void **state)
{
	(void)state;
	close_db(open_file(":memory:"));
}

/* SQLite refuses to close. What the refusal has freed must be made again when the statement goes on. */
static void close_is_refused_and_survived(void **state)
{
	sqlite3 *db = seeded();
	sqlite3_stmt *statement;

	(void)state;
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT l.id, stead_setting_get('plain') FROM stead_audit_list() l", -1,
	                                    &statement, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_close(db), SQLITE_BUSY);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 1), "text");
	must_give(db, "SELECT stead_setting_get('plain')", "text|\n");
	sqlite3_finalize(statement);
	must_give(db, "SELECT stead_audit_count()", "3|\n");
	close_db(db);
}

static void loading_twice(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "SELECT stead_audit_count()");
	assert_int_equal(load(db), SQLITE_OK);
	must_give(db, "SELECT stead_audit_count()", "3|\n");
	must(db, "SELECT stead_audit_log('again')");
	assert_int_equal(load(db), SQLITE_OK);
	must_give(db, "SELECT count(*) FROM stead_audit_list()", "4|\n");
	close_db(db);
}

static void loading_while_in_use(void **state)
{
	sqlite3 *db = seeded();
	sqlite3_stmt *statement;

	(void)state;
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM stead_audit_list()", -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	load(db); /* SQLite may refuse, as a function is in use */
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	sqlite3_finalize(statement);
	must_give(db, "SELECT stead_audit_count()", "3|\n");
	close_db(db);
}

/* ---- Connections and threads ------------------------------------------------------------------------------------- */

static void two_connections(void **state)
{
	sqlite3 *one = seeded(), *two = open_file(path);

	(void)state;
	must(two, "SELECT stead_audit_log('from.two')");
	must_give(one, "SELECT stead_audit_count()", "4|\n");
	must_give(one, "SELECT stead_setting_get('plain')", "text|\n");
	must(two, "SELECT stead_setting_set('plain', 'changed')");
	must_give(one, "SELECT stead_setting_get('plain')", "changed|\n");
	must(one, "BEGIN; SELECT stead_audit_log('open')");
	must_fail(two, "SELECT stead_audit_log('waits')", "database is locked");
	must(one, "COMMIT");
	must(two, "SELECT stead_audit_log('goes.on')");
	must_give(one, "SELECT stead_audit_count()", "6|\n");
	close_db(one);
	close_db(two);
}

#define PER_THREAD 400

static void *log_events(void *failure)
{
	sqlite3 *db = open_file(path);

	answer configured = ask(db, "SELECT stead_configure()");

	if (configured.code != SQLITE_OK)
		snprintf(failure, 300, "configure: %s", configured.text);
	sqlite3_free(configured.text);
	for (int i = 0; i < PER_THREAD && !*(char *)failure; i++) {
		answer answer = ask(db, i % 8 ? "SELECT stead_audit_log('threaded')"
		                              : "BEGIN; SELECT stead_audit_log('threaded', 'in', 'transaction'); COMMIT");

		if (answer.code != SQLITE_OK)
			snprintf(failure, 300, "event %d: %s", i, answer.text);
		sqlite3_free(answer.text);
	}
	if (sqlite3_close(db) != SQLITE_OK)
		snprintf(failure, 300, "close");
	return NULL;
}

static void two_threads_lose_nothing(void **state)
{
	pthread_t threads[2];
	char failures[2][300] = {"", ""};
	sqlite3 *db = seeded();

	(void)state;
	must(db, "SELECT stead_configure()");
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_events, failures[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_string_equal(failures[0], "");
	assert_string_equal(failures[1], "");
	must_give(db, "SELECT stead_audit_count('{\"action\":\"threaded\"}')", "800|\n");
	must_give(db, "SELECT count(DISTINCT id) - count(*) FROM stead_audit_list(NULL, 1000)", "0|\n");
	close_db(db);
}

static void dropped_guards_are_told_and_healed(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "DROP TRIGGER stead_audit_event_no_DELETE");
	must_give(db, "SELECT status FROM stead_doctor() WHERE check_name = 'triggers'", "fail|\n");
	must(db, "SELECT stead_init()");
	must_give(db, "SELECT status FROM stead_doctor() WHERE check_name = 'triggers'", "ok|\n");
	must_give(db,
	          "SELECT check_name FROM stead_doctor() WHERE check_name IN ('strict', 'permit', 'lease') AND status = "
	          "'ok' ORDER BY 1",
	          "lease|\npermit|\nstrict|\n");
	must(db, "INSERT INTO stead_permit VALUES ('audit_event')");
	must_give(db, "SELECT status, detail FROM stead_doctor() WHERE check_name = 'permit'",
	          "fail|stead_permit has rows, and so what they name is not append-only: 'audit_event'|\n");
	must(db, "DELETE FROM stead_permit");
	must(db, "INSERT INTO stead_lease VALUES ('maintain', '1 elsewhere/1 0', '9999-01-01T00:00:00.000000Z')");
	must_give(db, "SELECT status, detail FROM stead_doctor() WHERE check_name = 'lease'",
	          "fail|a lease of stead_lease ends later than any call can last: 'maintain'|\n");
	must(db, "DELETE FROM stead_lease");
	must(db, "DROP TABLE stead_audit_event");
	must_give(db, "SELECT status, detail FROM stead_doctor() WHERE check_name = 'tables'",
	          "fail|missing: stead_audit_event|\n");
	must(db, "SELECT stead_init()");
	must_give(db, "SELECT status FROM stead_doctor() WHERE check_name = 'tables'", "ok|\n");
	must_give(db, "SELECT stead_audit_count()", "0|\n");
	close_db(db);
}

/* A single-row INSERT cannot undo what a call within it did. So a call that might have to be undone is refused
 * there. */
static void half_done_inside_an_insert(void **state)
{
	sqlite3 *db = seeded();
	answer refused;

	(void)state;
	must(db, "CREATE TABLE app (x)");
	must(db, "BEGIN");
	refused = ask(db, "INSERT INTO app VALUES (stead_audit_log_many('[{\"action\":\"half\"},{\"action\":\"\"}]'))");
	assert_int_not_equal(refused.code, SQLITE_OK);
	sqlite3_free(refused.text);
	must_fail(db, "INSERT INTO app VALUES (stead_audit_log('half'))", "cannot run inside");
	must(db, "COMMIT");
	must_give(db, "SELECT stead_audit_count('{\"action\":\"half\"}')", "0|\n");
	close_db(db);
}

static void last_insert_rowid_is_the_application_s(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "CREATE TABLE app (x)");
	must(db, "INSERT INTO app (rowid, x) VALUES (77, 1)");
	must(db, "SELECT stead_audit_log('after')");
	must(db, "SELECT stead_setting_set('after', '1')");
	must_give(db, "SELECT last_insert_rowid()", "77|\n");
	close_db(db);
}

static int interrupt_at, interrupt_step;

static int interrupt(void *db)
{
	if (++interrupt_step == interrupt_at)
		sqlite3_interrupt(db);
	return 0;
}

/* Interrupted at every step in turn, a writing call leaves no transaction open. */
static void interrupted_anywhere(void **state)
{
	static const char *const calls[] = {"SELECT stead_setting_set('plain', 'interrupted')",
	                                    "SELECT stead_audit_log_many('[{\"action\":\"i\"},{\"action\":\"i\"}]')",
	                                    "SELECT stead_audit_log('i')", "SELECT stead_maintain(0)"};
	sqlite3 *db = seeded();
	int interrupted = 0;

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		for (interrupt_at = 1, interrupt_step = 0; interrupt_step < interrupt_at + 1; interrupt_at++) {
			int code;

			interrupt_step = 0;
			sqlite3_progress_handler(db, 1, interrupt, db);
			code = sqlite3_exec(db, calls[i], NULL, NULL, NULL);
			sqlite3_progress_handler(db, 0, NULL, NULL);
			interrupted += code == SQLITE_INTERRUPT;
			assert_true(sqlite3_get_autocommit(db));
			if (interrupt_step < interrupt_at)
				break;
			interrupt_step = 0;
		}
	assert_true(interrupted > 50);
	close_db(db);
}

static void *initialise(void *failure)
{
	sqlite3 *db = open_file(path);
	answer answer;

	sqlite3_busy_timeout(db, 10000);
	answer = ask(db, "SELECT stead_init()");
	if (answer.code != SQLITE_OK)
		snprintf(failure, 300, "%s", answer.text);
	sqlite3_free(answer.text);
	sqlite3_close(db);
	return NULL;
}

static void racing_init(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		pthread_t threads[4];
		char failures[4][300] = {"", "", "", ""};
		sqlite3 *db;

		unlink(path);
		for (int i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, initialise, failures[i]), 0);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		for (int i = 0; i < 4; i++)
			assert_string_equal(failures[i], "");
		db = open_file(path);
		must_give(db, "SELECT count(*) FROM stead_doctor() WHERE status = 'fail'", "0|\n");
		close_db(db);
	}
}

/* ---- States of a database ---------------------------------------------------------------------------------------- */

static void read_only(void **state)
{
	sqlite3 *db = seeded();
	char *before = contents(db), *after;

	(void)state;
	close_db(db);
	db = open_flags(path, SQLITE_OPEN_READONLY);
	for (size_t i = 0; i < SAMPLES; i++)
		if (is_about_host(samples[i].function))
			sqlite3_free(ask(db, samples[i].sql).text);
		else if (strcmp(samples[i].function, "stead_maintain") == 0)
			must_give(db, "SELECT stead_maintain()", "{\"skipped\":\"a read-only database\"}|\n");
		else if (help_says(db, samples[i].function, "effect = 'writes'"))
			must_fail(db, samples[i].sql, ": cannot write: this is a read-only database");
		else
			must(db, samples[i].sql);
	after = contents(db);
	assert_string_equal(before, after);
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

/* ---- The cache --------------------------------------------------------------------------------------------------- */

#define CHECK "SELECT stead_session_check(stead_setting_get('t'), 'app.x')"

static void check_gives(sqlite3 *db, const char *wanted)
{
	for (int i = 0; i < 3; i++)
		must_give(db, CHECK, wanted);
}

/* Every change that a check depends on is seen at once, whether made by another connection or the same one. So is its
 * reversal. What is rolled back is not seen. */
static void changes_are_seen(void **state)
{
	static const struct {
		const char *change, *back;
	} ways[] = {
		{"SELECT stead_session_revoke(stead_setting_get('s'))", "UPDATE stead_session SET revoked_at = NULL"},
		{"SELECT stead_session_revoke_user(1)", "UPDATE stead_session SET revoked_at = NULL"},
		{"UPDATE stead_session SET expires_at = created_at",
	     "UPDATE stead_session SET expires_at = '2999-01-01T00:00:00.000000Z'"},
		{"CREATE TEMP TABLE kept AS SELECT * FROM main.stead_session; DELETE FROM main.stead_session",
	     "INSERT INTO main.stead_session SELECT * FROM kept; DROP TABLE temp.kept"},
		{"INSERT OR REPLACE INTO stead_session SELECT id, user_id, token_hash, NULL, created_at, created_at, NULL, "
	     "last_seen_at,"
	     " NULL, NULL, NULL, NULL FROM stead_session",
	     "UPDATE stead_session SET expires_at = '2999-01-01T00:00:00.000000Z'"},
		{"INSERT OR REPLACE INTO stead_session SELECT 'other', 2, token_hash, NULL, created_at, created_at, NULL, "
	     "last_seen_at,"
	     " NULL, NULL, NULL, NULL FROM stead_session",
	     "UPDATE stead_session SET id = stead_setting_get('s'), user_id = 1, expires_at = "
	     "'2999-01-01T00:00:00.000000Z'"},
		{"CREATE TEMP TABLE kept AS SELECT * FROM main.stead_session; INSERT OR REPLACE INTO main.stead_session "
	     "(rowid, id, user_id,"
	     " token_hash, created_at, expires_at, last_seen_at) SELECT rowid, 'other', 2, x'00', created_at, expires_at, "
	     "last_seen_at"
	     " FROM main.stead_session",
	     "DELETE FROM main.stead_session; INSERT INTO main.stead_session SELECT * FROM kept; DROP TABLE temp.kept"},
		{"INSERT INTO stead_session (id, user_id, token_hash, created_at, expires_at, last_seen_at) SELECT 'other', 2, "
	     "x'00',"
	     " created_at, expires_at, last_seen_at FROM stead_session; CREATE TEMP TABLE kept AS SELECT * FROM "
	     "main.stead_session WHERE"
	     " user_id = 1; UPDATE OR REPLACE main.stead_session SET rowid = (SELECT rowid FROM main.stead_session WHERE "
	     "user_id = 1)"
	     " WHERE id = 'other'",
	     "DELETE FROM main.stead_session; INSERT INTO main.stead_session SELECT * FROM kept; DROP TABLE temp.kept"},
		{"DELETE FROM stead_signal; SELECT stead_session_revoke_user(1)", "UPDATE stead_session SET revoked_at = NULL"},
		{"BEGIN; DELETE FROM stead_signal; SELECT stead_session_revoke_user(1); SELECT stead_role_revoke('viewer', "
	     "'x'); COMMIT",
	     "UPDATE stead_session SET revoked_at = NULL"},
		{"SELECT stead_user_update(1, '{\"active\":false}')", "SELECT stead_user_update(1, '{\"active\":true}')"},
		{"UPDATE stead_user SET approved = 0", "UPDATE stead_user SET approved = 1"},
		{"UPDATE OR REPLACE stead_user SET username = 'alice' WHERE id = 2",
	     "UPDATE stead_user SET username = 'bob' WHERE id = 2;"
	     " INSERT INTO stead_user SELECT 1, 'alice', NULL, 1, 1, created_at, updated_at FROM stead_user"},
		{"SELECT stead_role_revoke('viewer', 'app.*')", "SELECT stead_role_grant('viewer', 'app.*')"},
		{"UPDATE stead_role_permission SET permission = 'y'", "UPDATE stead_role_permission SET permission = 'app.*'"},
		{"SELECT stead_user_role_remove(1, 'viewer')", "SELECT stead_user_role_add(1, 'viewer')"},
		{"DELETE FROM stead_user_role", "INSERT INTO stead_user_role VALUES (1, 1)"},
		{"SELECT stead_role_delete('viewer')", "SELECT stead_role_create('viewer'); SELECT stead_role_grant('viewer', "
	                                           "'app.*'); SELECT stead_user_role_add(1, 'viewer')"},
	};
	sqlite3 *one, *two;

	(void)state;
	one = seeded();
	must(one, "PRAGMA journal_mode = WAL");
	must(one, "UPDATE stead_session SET idle_seconds = NULL");
	two = open_file(path);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		for (int by = 0; by < 2; by++) {
			sqlite3 *changer = by ? one : two;
			char *undone = sqlite3_mprintf(
				strncmp(ways[i].change, "BEGIN", 5) == 0 ? "SELECT 1" : "BEGIN; %s; ROLLBACK", ways[i].change);

			check_gives(one, "1|\n");
			must(changer, undone);
			check_gives(one, "1|\n");
			must(changer, ways[i].change);
			check_gives(one, "0|\n");
			check_gives(two, "0|\n");
			must(changer, ways[i].back);
			sqlite3_free(undone);
		}
	/* in a transaction: own changes are seen at once, those of others when they are committed */
	check_gives(one, "1|\n");
	must(two, "BEGIN; SELECT stead_session_revoke_user(1)");
	check_gives(two, "0|\n");
	check_gives(one, "1|\n");
	must(two, "SAVEPOINT s; UPDATE stead_session SET revoked_at = NULL");
	check_gives(two, "1|\n");
	must(two, "ROLLBACK TO s; RELEASE s");
	check_gives(two, "0|\n");
	must(two, "COMMIT");
	check_gives(one, "0|\n");
	close_db(one);
	close_db(two);
}

/* ---- The clock --------------------------------------------------------------------------------------------------- */

static int64_t frozen; /* microseconds since 1970; 0: the real time */

/* Replaces the C library's function, for the module as well. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!frozen || clock != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){frozen / 1000000, frozen % 1000000 * 1000};
	return 0;
}

#define REASON "SELECT reason FROM stead_session_validate(stead_setting_get('t'))"
#define NOON INT64_C(1893499200000000) /* 2030-01-01T12:00:00Z */

/* A session is valid to the last microsecond before its end, and not longer, cached or not. */
static void to_the_microsecond(void **state)
{
	static const struct {
		int64_t at;
		const char *reason;
	} times[] = {{NOON - 1, "ok|\n"}, {NOON, "expired|\n"}, {NOON - 1, "ok|\n"}, {NOON + 1, "expired|\n"}},
	  idle[] = {{NOON - 1, "ok|\n"}, {NOON, "idle|\n"}, {NOON - 1, "ok|\n"}, {NOON + 1000000, "idle|\n"}};
	sqlite3 *db = seeded();

	(void)state;
	for (int cached = 0; cached < 2; cached++) {
		must(db, cached ? "SELECT stead_setting_set('stead.memory.enabled', 'off')" : "SELECT 1");
		must(db, "UPDATE stead_session SET created_at = '2030-01-01T11:00:00.000000Z', last_seen_at = "
		         "'2030-01-01T11:00:00.000000Z',"
		         " expires_at = '2030-01-01T12:00:00.000000Z', idle_seconds = NULL");
		for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
			frozen = times[i].at;
			must_give(db, REASON, times[i].reason);
			must_give(db, CHECK, i % 2 ? "0|\n" : "1|\n");
		}
		must(db, "UPDATE stead_session SET expires_at = '2031-01-01T12:00:00.000000Z', idle_seconds = 3600");
		for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
			frozen = idle[i].at;
			must_give(db, REASON, idle[i].reason);
		}
		/* touching is due after a minute, and moves the end */
		must(db, "UPDATE stead_session SET idle_seconds = 3601");
		frozen = NOON - 3600 * INT64_C(1000000) + 59999999;
		must_give(db, "SELECT stead_session_touch(stead_setting_get('t'))", "0|\n");
		frozen++;
		must_give(db, "SELECT touch_due FROM stead_session_validate(stead_setting_get('t'))", "1|\n");
		must_give(db, "SELECT stead_session_touch(stead_setting_get('t'))", "1|\n");
		must_give(db, "SELECT touch_due FROM stead_session_validate(stead_setting_get('t'))", "0|\n");
		frozen = NOON + 1000000 + 59999999;
		must_give(db, REASON, "ok|\n");
		frozen = 0;
	}
	close_db(db);
}

/* A suite that sweeps over the samples takes as long as it takes: none may answer differently
 * three quarters of an hour later. (After an hour the doctor warns of events that nobody seals.) */
static void samples_later(void **state)
{
	sqlite3 *db = seeded();
	sqlite3_int64 size;
	unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
	struct timespec now;

	(void)state;
	assert_non_null(image);
	close_db(db);
	image[18] = image[19] = 1; /* no write-ahead log: a database in memory has none */
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < SAMPLES; i++) {
		answer answers[2];

		for (int later = 0; later < 2; later++) {
			db = open_copy(image, size);
			frozen = later ? (now.tv_sec + 2700) * INT64_C(1000000) : 0;
			answers[later] = ask(db, samples[i].sql);
			frozen = 0;
			close_db(db);
		}
		if (strcmp(answers[0].text, answers[1].text) != 0)
			fail_msg("%s: \"%.300s\", later \"%.300s\"", samples[i].sql, answers[0].text, answers[1].text);
		sqlite3_free(answers[0].text);
		sqlite3_free(answers[1].text);
	}
	sqlite3_free(image);
}

/* If a rebuild of the table has lost the triggers, nothing is cached until stead_init() makes them again. */
static void without_triggers(void **state)
{
	sqlite3 *one = seeded(), *two;

	(void)state;
	two = open_file(path);
	check_gives(one, "1|\n");
	must(two, "ALTER TABLE stead_session RENAME TO old");
	must(two,
	     "CREATE TABLE stead_session (id TEXT PRIMARY KEY, user_id INT, token_hash BLOB, previous_hash BLOB, "
	     "created_at TEXT,"
	     " expires_at TEXT, idle_seconds INT, last_seen_at TEXT, ip_address TEXT, user_agent TEXT, revoked_at TEXT,"
	     " revoke_reason TEXT); INSERT INTO stead_session SELECT * FROM old; DROP TABLE old");
	check_gives(one, "1|\n");
	must_give(one, "SELECT status FROM stead_doctor() WHERE check_name = 'triggers'", "fail|\n");
	must(two, "UPDATE stead_session SET revoked_at = created_at");
	check_gives(one, "0|\n");
	must(two, "UPDATE stead_session SET revoked_at = NULL");
	must(two, "SELECT stead_init()");
	must_give(one, "SELECT status FROM stead_doctor() WHERE check_name = 'triggers'", "ok|\n");
	check_gives(one, "1|\n");
	must(two, "UPDATE stead_session SET revoked_at = created_at");
	check_gives(one, "0|\n");
	close_db(one);
	close_db(two);
}

/* If something could prevent a change from invalidating, nothing is cached, or nothing is written. */
static void signals_kept_from_telling(void **state)
{
	sqlite3 *one = seeded(), *two;

	(void)state;
	two = open_file(path);
	check_gives(one, "1|\n");
	must(two, "CREATE TRIGGER hush BEFORE UPDATE ON stead_signal BEGIN SELECT RAISE(IGNORE); END");
	check_gives(one, "1|\n");
	must(two, "UPDATE stead_session SET revoked_at = created_at");
	check_gives(one, "0|\n");
	must(two, "DROP TRIGGER hush; UPDATE stead_session SET revoked_at = NULL");
	check_gives(one, "1|\n");
	sqlite3_db_config(two, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	must_fail(two, "SELECT stead_session_revoke_user(1)", "triggers are switched off on this connection");
	must_fail(two, "SELECT stead_audit_log('x')", "triggers are switched off on this connection");
	sqlite3_db_config(two, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	must(two, "SELECT stead_session_revoke_user(1)");
	check_gives(one, "0|\n");
	close_db(one);
	close_db(two);
}

/* The journal mode changes from WAL and back: then the log's header looks as it did when it was empty. */
static void journal_modes_change(void **state)
{
	sqlite3 *one = seeded(), *two;

	(void)state;
	must(one, "PRAGMA journal_mode = WAL");
	close_db(one);
	one = open_file(path);
	check_gives(one, "1|\n");
	must(one, "PRAGMA journal_mode = DELETE");
	two = open_file(path);
	must(two, "UPDATE stead_session SET revoked_at = created_at");
	close_db(two);
	must(one, "PRAGMA journal_mode = WAL; SELECT count(*) FROM stead_user");
	check_gives(one, "0|\n");
	two = open_file(path);
	must(two, "UPDATE stead_session SET revoked_at = NULL; PRAGMA wal_checkpoint(TRUNCATE)");
	check_gives(one, "1|\n");
	must(two, "UPDATE stead_session SET revoked_at = created_at; PRAGMA wal_checkpoint(TRUNCATE)");
	check_gives(one, "0|\n");
	close_db(one);
	close_db(two);
}

/* Connections that share a page cache see what the oldest of their transactions sees. */
static void shared_cache(void **state)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_SHAREDCACHE;
	sqlite3 *one = seeded(), *older, *two;

	(void)state;
	must(one, "PRAGMA journal_mode = WAL");
	close_db(one);
	one = open_flags(path, flags);
	older = open_flags(path, flags);
	two = open_file(path);
	check_gives(one, "1|\n");
	must(older, "BEGIN; SELECT count(*) FROM stead_user");
	must(two, "UPDATE stead_session SET revoked_at = created_at");
	must(one, CHECK); /* SQLite decides what it sees */
	must(older, "COMMIT");
	check_gives(one, "0|\n");
	close_db(one);
	close_db(older);
	close_db(two);
}

/* Answers come from the cache, and the doctor counts them; stead_session_touch() invalidates nothing. */
static void hits_are_counted(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "CREATE TEMP TABLE counted (hits, misses)"); /* first, as a change of the schema empties all caches */
	check_gives(db, "1|\n");
	must(db, "INSERT INTO counted SELECT CAST(substr(detail, instr(detail, ': ') + 2) AS INTEGER) AS hits,"
	         " CAST(substr(detail, instr(detail, 'hits, ') + 6) AS INTEGER) AS misses FROM stead_doctor() WHERE "
	         "check_name = 'cache'");
	must(db, "UPDATE stead_session SET last_seen_at = '2998-01-01T00:00:00.000000Z'");
	check_gives(db, "1|\n");
	must_give(db,
	          "SELECT CAST(substr(detail, instr(detail, ': ') + 2) AS INTEGER) > hits + 6,"
	          " CAST(substr(detail, instr(detail, 'hits, ') + 6) AS INTEGER) - misses FROM stead_doctor(), counted"
	          " WHERE check_name = 'cache'",
	          "1|0|\n");
	close_db(db);
}

static void read_only_uninitialised(void **state)
{
	sqlite3 *db;

	(void)state;
	unlink(path);
	db = open_file(path);
	must(db, "CREATE TABLE t (a)");
	close_db(db);
	db = open_flags(path, SQLITE_OPEN_READONLY);
	must_fail(db, "SELECT stead_init()", "stead_init: cannot write: this is a read-only database");
	must_fail(db, "SELECT stead_setting_get('a')", "stead is not initialised");
	must(db, "SELECT * FROM stead_doctor()");
	close_db(db);
}

static void before_init(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		if (!samples[i].without_tables) {
			must_fail(db, samples[i].sql, "error: stead is not initialised\nHINT:  Run: SELECT stead_init();");
			must_give(db, "SELECT count(*) FROM sqlite_schema", "0|\n");
		} else if (strcmp(samples[i].function, "stead_init") != 0 && strcmp(samples[i].function, "stead_grant") != 0)
			must(db, samples[i].sql);
	close_db(db);
}

/* For want of memory, SQLite rolls the whole transaction back. A member given twice must not be reported as that: the
 * application's earlier writes stay. */
static void given_twice(void **state)
{
	static const char *const calls[] = {
		"stead_audit_log_many('[{\"action\":\"login\",\"action\":\"x\"}]')",
		"stead_audit_log_many('[{\"action\":\"login\",\"a\\u0063tion\":\"x\"}]')",
		"stead_audit_count('{\"action\":\"login\",\"action\":\"x\"}')",
		"stead_user_update(1, '{\"email\":\"login\",\"email\":\"x\"}')",
		"stead_setting_define('a', 'text', null, null, '{\"choices\":\"login\",\"choices\":\"x\"}')",
	};
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db, "SELECT stead_init(); CREATE TABLE t (a); INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2)");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		char *sql = sqlite3_mprintf("SELECT %s FROM t", calls[i]);

		must_fail(db, sql, "is given twice");
		assert_int_equal(sqlite3_errcode(db) & 0xff, SQLITE_ERROR);
		must_give(db, "SELECT count(*) FROM t", "2|\n");
		sqlite3_free(sql);
	}
	must(db, "COMMIT");
	must_give(db, "SELECT count(*) FROM t", "2|\n");
	close_db(db);
}

/* The size of JSON is checked before it is parsed: parsing takes long and cannot be interrupted. */
static void json_of_any_size(void **state)
{
	static const char *const calls[] = {"stead_audit_log('a', null, null, null, null, true, big)",
	                                    "stead_audit_count(big)", "stead_user_update(1, big)",
	                                    "stead_setting_define('a', 'text', null, null, big)", "stead_jwt_sign(big)"};
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db, "SELECT stead_init()");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) { /* not JSON at all: parsing would say so */
		char *sql = sqlite3_mprintf("SELECT %s FROM (SELECT printf('%%1048577d', 1) AS big)", calls[i]);

		must_fail(db, sql, " must be at most 1048576 bytes");
		sqlite3_free(sql);
	}
	must_fail(db, "SELECT stead_audit_log_many(printf('%67108865d', 1))", "events must be at most 67108864 bytes");
	must_fail(db, "SELECT stead_audit_log_many('[1,' || printf('%4194305d', 1) || ']')",
	          "events[0] must be a JSON object");
	must_fail(db, "SELECT stead_audit_log_many('[{\"action\":\"a\"},{' || printf('%4194304d', 1) || '}]')",
	          "events[1] must be at most 4194304 bytes");
	must_give(db, "SELECT count(*) FROM stead_audit_event", "0|\n");
	/* more events than are stored at once */
#define HUNDREDS "'[' || substr(replace(hex(zeroblob(600)), '00', ',{\"action\":\"batch\"}'), 2) || "
	must_fail(db, "SELECT stead_audit_log_many(" HUNDREDS "',{}]')", "events[600].action must not be null");
	must_give(db, "SELECT stead_audit_log_many(" HUNDREDS "']')", "600|\n");
	must_give(db, "SELECT count(*), count(DISTINCT nonce) FROM stead_audit_event WHERE action = 'batch'", "600|600|\n");
	close_db(db);
}

/* Events of one call are inserted some at a time, unless one is long or the statement would have too many parameters.
 * Each is stored once, in its order; a trigger of the application's that keeps one out fails the call. */
static void many_at_a_time(void **state)
{
#define STORED                                                                                                         \
	"SELECT count(*), count(resource_id), sum(id - first = cast(resource_id AS integer) - 1), count(DISTINCT nonce),"  \
	" total(length(details)) FROM stead_audit_event, (SELECT min(id) AS first FROM stead_audit_event)"
	static const char *const counts[] = {"15|10|10|15|",      "16|11|11|16|",     "17|12|12|17|",
	                                     "255|170|170|255|",  "256|171|171|256|", "257|172|172|257|",
	                                     "1000|667|667|1000|"};
	static const int limits[][2] = {
		{0}, {SQLITE_LIMIT_VARIABLE_NUMBER, 239}, {SQLITE_LIMIT_SQL_LENGTH, 1600}, {SQLITE_LIMIT_VDBE_OP, 600}};
	sqlite3 *db;

	(void)state;
	for (size_t limited = 0; limited < sizeof limits / sizeof *limits; limited++)
		for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
			for (int size = 3; size <= 5000; size += 4997) { /* of each event's details, or of the last one's */
				char *count = sqlite3_mprintf("%d", atoi(counts[i])),
					 *details = sqlite3_mprintf("CASE i WHEN %s THEN %d ELSE 3 END", count, size),
					 *sql = sqlite3_mprintf("SELECT stead_audit_log_many((WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
				                            " SELECT i + 1 FROM n WHERE i < %s) SELECT json_group_array(json_object("
				                            "'action', 'a', 'resource_id', CASE WHEN i %% 3 THEN cast(i AS text) END,"
				                            " 'details', json_object('text', printf('%%.*c', %s, 'x')))) FROM n))",
				                            count, details),
					 *stored = sqlite3_mprintf("%s%d.0|\n", counts[i], atoi(counts[i]) * 14 + size - 3);

				db = open_file(":memory:");
				must(db, "SELECT stead_init()");
				if (limited)
					sqlite3_limit(db, limits[limited][0], limits[limited][1]);
				must(db, sql);
				must_give(db, STORED, stored);
				must(db, "CREATE TRIGGER hush BEFORE INSERT ON stead_audit_event WHEN NEW.resource_id = '13' BEGIN"
				         " SELECT RAISE(IGNORE); END");
				must_fail(db, sql, "the event was not stored: a trigger suppressed it");
				must_give(db, STORED, stored);
				sqlite3_free(count);
				sqlite3_free(details);
				sqlite3_free(sql);
				sqlite3_free(stored);
				close_db(db);
			}
}

/* A connection that found no tables must notice that another one has made them. */
static void init_by_another(void **state)
{
	sqlite3 *one, *two;

	(void)state;
	unlink(path);
	one = open_file(path);
	two = open_file(path);
	must_fail(one, "SELECT stead_audit_count()", "stead is not initialised");
	must(two, "SELECT stead_init()");
	must_give(one, "SELECT stead_audit_count()", "0|\n");
	close_db(one);
	close_db(two);
}

/* The tables belong to the user: they work where Stead is not loaded. */
static void tables_without_stead(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	close_db(db);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	must_give(db, "SELECT action FROM stead_audit_event ORDER BY id", "login|\nlogin_failed|\napp_installed|\n");
	must_give(db, "PRAGMA integrity_check", "ok|\n");
	must(db, "BEGIN; CREATE TABLE copy AS SELECT * FROM stead_audit_event; UPDATE copy SET id = id + 10;"
	         "INSERT INTO stead_audit_event SELECT * FROM copy; ROLLBACK");
	must_give(db, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%stead\\_%(%)%' ESCAPE '\\' AND type IN ('view')",
	          "0|\n");
	must(db, "VACUUM");
	close_db(db);
}

/* ---- Transactions ------------------------------------------------------------------------------------------------ */

static void failed_call_changes_nothing(void **state)
{
	static const char *const calls[] = {
		"SELECT stead_audit_log_many('[{\"action\":\"a\"},{\"action\":\"b\"},{\"action\":\"\"}]')",
		"SELECT stead_audit_log('a', NULL, NULL, NULL, NULL, true, '{')",
		"SELECT stead_setting_set('app.limit', '101')",
		"SELECT stead_setting_define('plain', 'int')",
		"SELECT stead_audit_log('written') UNION ALL SELECT stead_audit_log('')",
	};
	sqlite3 *db = seeded();

	(void)state;
	must(db, "CREATE TABLE t (a)");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		bool last = i + 1 == sizeof calls / sizeof *calls; /* the first call succeeds, and its work stays */
		char *before, *after;

		must(db, "BEGIN; INSERT INTO t VALUES (1); SELECT stead_audit_log('kept')");
		before = contents(db);
		must_fail(db, calls[i], "stead_");
		assert_int_equal(sqlite3_get_autocommit(db), 0);
		after = contents(db);
		if (!last)
			assert_string_equal(before, after);
		must(db, "COMMIT");
		sqlite3_free(before);
		sqlite3_free(after);
	}
	must_give(db, "SELECT count(*) FROM t", "5|\n");
	must_give(db, "SELECT stead_audit_count('{\"action\":\"kept\"}')", "5|\n");
	must_give(db, "SELECT stead_audit_count()", "9|\n");
	close_db(db);
}

/* Within a running write statement SQLite has no savepoint for a call, and the statement need not undo what the call
 * did. Nothing may stay of a call that fails. SQLite undoes what a TEMP trigger does together with its statement. */
static void inside_a_write_statement(void **state)
{
	static const char *const refused[] = {
		"INSERT INTO t VALUES (%s, 5)",         "INSERT INTO t (a, b) SELECT %s, 5",
		"INSERT OR FAIL INTO t VALUES (%s, 5)", "UPDATE t SET a = %s, b = 5 WHERE rowid = 1",
		"UPDATE t SET a = %s, b = 5",           "DELETE FROM t WHERE a = %s OR b",
		"REPLACE INTO t VALUES (%s, 1)",        "INSERT INTO t VALUES (1, 3) RETURNING %s",
		"INSERT INTO temp.t2 VALUES (%s)",      "CREATE TABLE t3 AS SELECT %s AS a",
	};
	static const char *const calls[] = {"stead_audit_log('inside')", "stead_session_touch(stead_setting_get('t'))",
	                                    "stead_audit_log_many('[{\"action\":\"inside\"}]')"};
	sqlite3 *db = seeded();
	sqlite3_stmt *open;

	(void)state;
	must(db, "CREATE TABLE t (a, b CHECK (b <> 5) UNIQUE); INSERT INTO t VALUES (1, 1); CREATE TEMP TABLE t2 (a)");
	must(db, "UPDATE stead_session SET last_seen_at = '2026-01-01T00:00:00.000000Z', created_at = "
	         "'2026-01-01T00:00:00.000000Z'");
	for (size_t i = 0; i < 2 * sizeof refused / sizeof *refused; i++)
		for (size_t j = 0; j < sizeof calls / sizeof *calls; j++) {
			char *before = contents(db), *after, sql[300];

			snprintf(sql, sizeof sql, refused[i / 2], calls[j]);
			if (i % 2)
				must(db, "BEGIN; INSERT INTO t VALUES (2, 2)");
			must_fail(
				db, sql,
				"cannot run inside an INSERT, UPDATE or DELETE\nHINT:  Call it in a SELECT of its own, and read an");
			if (i % 2)
				must(db, "DELETE FROM t WHERE a = 2; COMMIT");
			after = contents(db);
			assert_string_equal(before, after);
			sqlite3_free(before);
			sqlite3_free(after);
		}
	must(db, "CREATE TEMP TRIGGER tells AFTER INSERT ON t BEGIN SELECT stead_audit_log(NEW.a);"
	         " SELECT RAISE(ABORT, 'no') WHERE NEW.b = 7; END;"
	         "CREATE TEMP TRIGGER tells_of_another BEFORE UPDATE ON t BEGIN SELECT stead_audit_log(NEW.a); END");
	for (int inside = 0; inside < 2; inside++) {
		if (inside)
			must(db, "BEGIN");
		must_give(db, "DELETE FROM t; INSERT INTO t VALUES ('one', 1); SELECT stead_audit_count()",
		          inside ? "6|\n" : "4|\n");
		must_fail(db, "INSERT INTO t VALUES ('two', 1)", "UNIQUE");
		must_fail(db, "INSERT INTO t VALUES ('two', 5)", "CHECK");
		must_fail(db, "INSERT INTO t VALUES ('two', 7)", "no");
		must_fail(db, "INSERT INTO t VALUES ('two', 8), ('', 9)", "stead_audit_log: action");
		must_fail(db, "UPDATE t SET a = 'two', b = 5 WHERE rowid = 1", "CHECK");
		must_give(db, "SELECT stead_audit_count()", inside ? "6|\n" : "4|\n");
		must_give(db, ";/* a; */ -- b\n;UPDATE t SET a = 'three' WHERE rowid = 1; SELECT stead_audit_count()",
		          inside ? "7|\n" : "5|\n");
		if (inside)
			must(db, "COMMIT");
	}
	/* a statement that has not ended is still running */
	must(db, "BEGIN; DROP TRIGGER tells");
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO t VALUES (10, 10), (11, 11) RETURNING a", -1, &open, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_step(open), SQLITE_ROW);
	must_fail(db, "SELECT stead_audit_log('beside')", "cannot run inside");
	sqlite3_finalize(open);
	must_give(db, "SELECT stead_audit_log('beside') > 0; COMMIT", "1|\n");
	close_db(db);
}

/* Uncommitted values are not cached: after a rollback, the counter of signals reaches the same value again. */
static void uncommitted(void **state)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_SHAREDCACHE;

	(void)state;
	for (int from_the_start = 0; from_the_start < 2; from_the_start++) {
		sqlite3 *one = seeded(), *two;

		close_db(one);
		one = open_flags(path, flags);
		two = open_flags(path, flags);
		must(one, from_the_start ? "PRAGMA read_uncommitted = ON" : "SELECT 1");
		must_give(one, "SELECT stead_session_check(stead_setting_get('t'), 'never.given')", "0|\n");
		must_give(one, "SELECT stead_session_check(stead_setting_get('t'), 'app.x')", "1|\n");
		must(one, "PRAGMA read_uncommitted = ON");
		must(two, "BEGIN; INSERT INTO stead_role_permission SELECT id, 'never.given' FROM stead_role");
		must_give(one, "SELECT stead_session_check(stead_setting_get('t'), 'never.given')",
		          "1|\n"); /* so it was asked for */
		must(two, "ROLLBACK; UPDATE stead_role SET description = 'another' WHERE name = 'viewer'; DELETE FROM "
		          "stead_role_permission");
		must_give(one, "SELECT stead_session_check(stead_setting_get('t'), 'never.given')", "0|\n");
		must_give(one, "SELECT stead_session_check(stead_setting_get('t'), 'app.x')", "0|\n");
		must(one, "PRAGMA read_uncommitted = OFF");
		must_give(one, "SELECT stead_session_check(stead_setting_get('t'), 'app.x')", "0|\n");
		close_db(one);
		close_db(two);
	}
}

static void rollback_leaves_no_event(void **state)
{
	sqlite3 *db = seeded();
	char *before = contents(db), *after;

	(void)state;
	must(db, "BEGIN; SELECT stead_audit_log('gone'); SELECT stead_setting_set('plain', 'gone'); ROLLBACK");
	must(db,
	     "BEGIN; SAVEPOINT stead; SELECT stead_audit_log_many('[{\"action\":\"gone\"}]'); ROLLBACK TO stead; COMMIT");
	after = contents(db);
	assert_string_equal(before, after);
	must_give(db, "SELECT stead_setting_get('plain')", "text|\n");
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

static int say_stop(void *unused)
{
	(void)unused;
	return 1;
}

static void interrupted(void **state)
{
	sqlite3 *db = seeded();
	char *before = contents(db), *after;

	(void)state;
	for (int round = 0; round < 2; round++) /* first with no plans kept, then with plans */
		for (size_t i = 0; i < SAMPLES; i++)
			for (int steps = 1; steps < 60; steps += 7) {
				answer answer;

				must(db, "BEGIN");
				sqlite3_progress_handler(db, steps, say_stop, NULL);
				answer = ask(db, samples[i].sql);
				sqlite3_progress_handler(db, 0, NULL, NULL);
				sqlite3_free(answer.text);
				/* SQLite rolls the transaction back with an interrupted write */
				sqlite3_free(ask(db, "ROLLBACK").text);
				if (!sqlite3_get_autocommit(db))
					fail_msg("%s leaves a transaction", samples[i].sql);
			}
	after = contents(db);
	assert_string_equal(before, after);
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

/* Makes tables named like Stead's in another schema of the connection, with one column that fits nothing. */
static void shadow(sqlite3 *db, const char *schema)
{
	char *sql =
		sqlite3_mprintf("SELECT group_concat('CREATE TABLE %s.' || name || ' (shadow)', ';') FROM main.sqlite_schema"
	                    " WHERE type = 'table' AND name LIKE 'stead\\_%%' ESCAPE '\\'",
	                    schema);
	answer tables = ask(db, sql);

	assert_int_equal(tables.code, SQLITE_OK);
	*strrchr(tables.text, '|') = 0;
	must(db, tables.text);
	sqlite3_free(tables.text);
	sqlite3_free(sql);
}

static void shadowing_tables(void **state)
{
	sqlite3 *plain = open_file(":memory:"), *db = seeded();

	(void)state;
	must(plain, "SELECT stead_init(); " QUIET);
	must(plain, seed);
	must(db, "ATTACH ':memory:' AS other");
	shadow(db, "temp");
	shadow(db, "other");
	for (size_t i = 0; i < SAMPLES; i++) {
		answer expected, actual;

		if (strcmp(samples[i].function, "stead_doctor") == 0) /* it reports them */
			continue;
		expected = ask(plain, samples[i].sql);
		actual = ask(db, samples[i].sql);
		if (strcmp(expected.text, actual.text) != 0)
			fail_msg("%.200s: \"%.300s\" instead of \"%s\"", samples[i].sql, actual.text, expected.text);
		sqlite3_free(expected.text);
		sqlite3_free(actual.text);
	}
	must_give(db,
	          "SELECT (SELECT count(*) FROM temp.stead_audit_event), (SELECT count(*) FROM other.stead_audit_event)",
	          "0|0|\n");
	must_give(db, "SELECT count(*) > 0 FROM stead_doctor() WHERE status <> 'ok' AND detail LIKE '%temporary%'", "1|\n");
	close_db(plain);
	close_db(db);
}

static void shadowed_before_init(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db, "CREATE TEMP TABLE stead_schema (id, version); INSERT INTO temp.stead_schema VALUES (1, 1);"
	         "CREATE TEMP TABLE stead_audit_event (shadow); CREATE TEMP TABLE stead_setting (shadow)");
	must_fail(db, "SELECT stead_audit_log('a')", "stead is not initialised");
	must(db, seed);
	must_give(db, "SELECT count(*) > 0 FROM main.stead_audit_event", "1|\n");
	must_give(db, "SELECT count(*) FROM temp.stead_audit_event", "0|\n");
	close_db(db);
}

/* Functions that write or use a secret are refused in views and triggers, as these come with the file. */
static void directonly(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		sqlite3 *db = seeded();
		bool refused =
			help_says(db, samples[i].function, "effect = 'writes' OR (audience = 'admin' AND effect <> 'pure')");
		char *view = sqlite3_mprintf("CREATE VIEW v AS %s", samples[i].sql);
		char *trigger =
			sqlite3_mprintf("CREATE TABLE t (a); CREATE TRIGGER tr AFTER INSERT ON t BEGIN %s; END", samples[i].sql);

		must(db, view);
		if (refused)
			must_fail(db, "SELECT * FROM v", "unsafe use of");
		else
			must(db, "SELECT * FROM v");
		must(db, trigger);
		if (refused)
			must_fail(db, "INSERT INTO t VALUES (1)", "unsafe use of");
		else
			must(db, "INSERT INTO t VALUES (1)");
		sqlite3_free(view);
		sqlite3_free(trigger);
		close_db(db);
	}
}

/* With an untrusted schema only what touches nothing is left to views. */
static void untrusted_schema(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "CREATE VIEW pure AS SELECT stead_version(), (SELECT count(*) FROM stead_help('stead_help'));"
	         "CREATE VIEW reader AS SELECT stead_setting_get('plain');"
	         "CREATE VIEW lister AS SELECT * FROM stead_audit_list(); PRAGMA trusted_schema = OFF");
	must(db, "SELECT * FROM pure");
	must_fail(db, "SELECT * FROM reader", "unsafe use of");
	must_fail(db, "SELECT * FROM lister", "unsafe use of");
	must_give(db, "SELECT stead_setting_get('plain')", "text|\n");
	close_db(db);
}

/* ---- Arguments --------------------------------------------------------------------------------------------------- */

/* Calls the function with bad text as argument number bad and valid values elsewhere. It must raise an error that names
 * the argument. */
static void call_with_bad_text(sqlite3 *db, const char *function, bool rows, char names[][64], char types[][16],
                               int count, int bad, const char *text, int size)
{
	char sql[300], prefix[200];
	sqlite3_stmt *statement;
	const char *message;

	snprintf(sql, sizeof sql, "SELECT %s%s(", rows ? "* FROM " : "", function);
	for (int i = 0; i < count; i++)
		strcat(sql, i ? ", ?" : "?");
	strcat(sql, ")");
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	for (int i = 0; i < count; i++)
		if (i == bad)
			sqlite3_bind_text(statement, i + 1, text, size, SQLITE_STATIC);
		else if (strcmp(types[i], "int") == 0 || strcmp(types[i], "bool") == 0 || strcmp(types[i], "real") == 0)
			sqlite3_bind_int(statement, i + 1, 1);
		else if (strcmp(types[i], "bytes") == 0)
			sqlite3_bind_blob(statement, i + 1, "x", 1, SQLITE_STATIC);
		else
			sqlite3_bind_text(statement, i + 1,
			                  strcmp(types[i], "time") == 0       ? "2026-01-01T00:00:00Z"
			                  : strcmp(types[i], "json") == 0     ? "{}"
			                  : strcmp(names[i], "password") == 0 ? "long enough"
			                                                      : "x",
			                  -1, SQLITE_STATIC);
	/* the function itself checks it */
	if (strcmp(names[bad], "token") == 0 || strcmp(names[bad], "checkpoint") == 0 || strcmp(names[bad], "code") == 0) {
		if (strcmp(function, "stead_session_rotate") == 0) {
			assert_int_equal(sqlite3_step(statement), SQLITE_ERROR);
			assert_string_equal(sqlite3_errmsg(db), "stead_session_rotate: token is malformed");
		} else if (strcmp(function, "stead_totp_confirm") == 0) {
			assert_int_equal(sqlite3_step(statement), SQLITE_NOTFOUND);
			assert_non_null(strstr(sqlite3_errmsg(db), "user 1 is not setting up a second factor"));
		} else {
			assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
			if (rows)
				assert_string_equal((const char *)sqlite3_column_text(statement, 1), "malformed");
			else
				assert_int_equal(sqlite3_column_int(statement, 0), 0);
		}
		sqlite3_finalize(statement);
		return;
	}
	if (sqlite3_step(statement) != SQLITE_ERROR)
		fail_msg("%s accepts bad text as %s", function, names[bad]);
	message = sqlite3_errmsg(db);
	snprintf(prefix, sizeof prefix, "%s: %s ", function, names[bad]);
	if (strncmp(message, prefix, strlen(prefix)) != 0 ||
	    (!strstr(message, "NUL") && !strstr(message, "not valid UTF-8")))
		fail_msg("%s, bad text as %s: %s", function, names[bad], message);
	sqlite3_finalize(statement);
}

static void bad_text(void **state)
{
	static const struct {
		const char *text;
		int size;
	} bad[] = {{"a\0b", 3}, {"\0", 1}, {"\xff", 1}, {"a\xc3", 2}, {"\xed\xa0\x80", 3}, {"\xc0\x80", 2}};
	sqlite3 *db = seeded();
	char *before = contents(db), *after;
	sqlite3_stmt *help;
	int tried = 0;

	(void)state;
	assert_int_equal(
		sqlite3_prepare_v2(db, "SELECT name, arguments, returns LIKE 'row%(%' FROM stead_help()", -1, &help, NULL),
		SQLITE_OK);
	while (sqlite3_step(help) == SQLITE_ROW) {
		char names[16][64], types[16][16];
		int count = 0;

		for (const char *at = (const char *)sqlite3_column_text(help, 1); at && *at; count++) {
			assert_int_equal(sscanf(at, "%63s %15[a-z]", names[count], types[count]), 2);
			at = strchr(at, ',');
			at = at ? at + 2 : NULL;
		}
		for (int i = 0; i < count; i++)
			for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
				if (strcmp(types[i], "text") == 0 || strcmp(types[i], "json") == 0) {
					const char *function = (const char *)sqlite3_column_text(help, 0);

					if (strcmp(function, "stead_login") == 0) /* it counts what was typed: tests/sqlite/signin.c */
						continue;
					call_with_bad_text(db, function, sqlite3_column_int(help, 2), names, types, count, i, bad[k].text,
					                   bad[k].size);
					tried++;
				}
	}
	sqlite3_finalize(help);
	assert_true(tried > 0);
	after = contents(db);
	assert_string_equal(before, after);
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

/* What is written by hand into a column for JSON is shown as a string, and spoils no answer. */
static void hand_written_json(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "UPDATE stead_job SET request = '1,\"kind\":\"evil\"' WHERE id = 'seeded'");
	must_give(db, "SELECT request FROM stead_job_list('{\"job_id\":\"seeded\"}')",
	          "\"1,\\\"kind\\\":\\\"evil\\\"\"|\n");
	must_give(db,
	          "SELECT count(*), min(value ->> 'kind'), min(value ->> 'request')"
	          " FROM json_each(stead_job_claim('w', '[\"seeded\"]'))",
	          "1|seeded|1,\"kind\":\"evil\"|\n");
	close_db(db);
}

/* ---- Use in queries ---------------------------------------------------------------------------------------------- */

static void setting_in_queries(void **state)
{
	sqlite3 *db = seeded();
	sqlite3_stmt *statement;

	(void)state;
	must(db, "CREATE TABLE t (key TEXT); INSERT INTO t VALUES ('plain'), ('app.limit'), ('none')");
	must_give(db, "SELECT key, stead_setting_get(key, 'fallback') FROM t ORDER BY rowid",
	          "plain|text|\napp.limit|30|\nnone|fallback|\n");
	must_give(db,
	          "SELECT t.key FROM t JOIN stead_setting_list() l ON l.key = t.key AND l.value = stead_setting_get(t.key)"
	          " ORDER BY 1",
	          "app.limit|\nplain|\n");
	must_give(db, "SELECT (SELECT stead_setting_get(t.key)) FROM t WHERE stead_setting_get(key) IS NOT NULL ORDER BY 1",
	          "30|\ntext|\n");
	must_give(db, "SELECT stead_setting_get('none', stead_setting_get('none', stead_setting_get('plain')))", "text|\n");
	must_give(db, "SELECT count(*) FROM t a, stead_setting_history(a.key) h", "3|\n");

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT stead_setting_get(?)", -1, &statement, NULL), SQLITE_OK);
	for (int i = 0; i < 50; i++) {
		char value[20];

		snprintf(value, sizeof value, "%d", i);
		must(db, "SELECT stead_setting_version()");
		sqlite3_bind_text(statement, 1, "plain", -1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		assert_string_equal((const char *)sqlite3_column_text(statement, 0),
		                    i ? (snprintf(value, sizeof value, "%d", i - 1), value) : "text");
		sqlite3_reset(statement);
		snprintf(value, sizeof value, "%d", i);
		char *sql = sqlite3_mprintf("SELECT stead_setting_set('plain', %Q)", value);
		must_give(db, sql, "1|\n");
		sqlite3_free(sql);
	}
	sqlite3_finalize(statement);
	close_db(db);
}

/* PostgreSQL takes them in a SELECT list, too. SQLite has table functions in FROM alone: the error says so. */
static void rows_outside_from(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db, "SELECT stead_init(); SELECT stead_audit_log('a')");
	must_fail(db, "SELECT stead_audit_stats()",
	          "stead_audit_stats: cannot be called here, as it returns rows\nHINT:  Call it in FROM: SELECT * FROM "
	          "stead_audit_stats(...);");
	must_fail(db, "SELECT stead_session_validate('x')", "stead_session_validate: cannot be called here");
	must_give(db, "SELECT total_events FROM stead_audit_stats()", "1|\n");
	close_db(db);
}

static void reader_in_a_trigger(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db, "CREATE TABLE t (a); CREATE TABLE seen (value);"
	         "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO seen SELECT stead_setting_get(NEW.a);"
	         " INSERT INTO seen SELECT count(*) FROM stead_audit_list(); END");
	must(db, "INSERT INTO t VALUES ('plain'), ('app.limit')");
	must_give(db, "SELECT * FROM seen", "text|\n3|\n30|\n3|\n");
	/* a user's trigger on Stead's own table, fired from within a call of Stead */
	must(db, "CREATE TRIGGER own AFTER INSERT ON stead_audit_event BEGIN INSERT INTO seen SELECT "
	         "stead_setting_get('plain'); END");
	must(db, "SELECT stead_audit_log(stead_setting_get('plain'))");
	must_give(db, "SELECT count(*) FROM seen", "5|\n");
	close_db(db);
}

/* ---- Append-only and copies -------------------------------------------------------------------------------------- */

static void events_are_append_only(void **state)
{
	static const char *const changes[] = {
		"UPDATE stead_audit_event SET action = 'x' WHERE id = 1",
		"UPDATE OR REPLACE stead_audit_event SET id = 2 WHERE id = 1",
		"DELETE FROM stead_audit_event WHERE id = 1",
		"DELETE FROM stead_audit_event",
		"REPLACE INTO stead_audit_event SELECT * FROM stead_audit_event WHERE id = 1",
		"INSERT OR REPLACE INTO stead_audit_event SELECT * FROM stead_audit_event",
		"REPLACE INTO stead_audit_event (id, occurred_at, recorded_at, action, success) SELECT '1', occurred_at, "
		"recorded_at, 'forged', 1 FROM stead_audit_event",
		"REPLACE INTO stead_audit_event (rowid, occurred_at, recorded_at, action, success) SELECT 1, occurred_at, "
		"recorded_at, 'forged', 1 FROM stead_audit_event",
		"UPDATE OR IGNORE stead_audit_event SET action = 'x'",
		"INSERT INTO stead_audit_event SELECT * FROM stead_audit_event WHERE id = 1 ON CONFLICT (id) DO UPDATE SET "
		"action = 'x'",
	};
	sqlite3 *db = seeded();
	char *before = contents(db), *after;

	(void)state;
	for (int recursive = 0; recursive < 2; recursive++) {
		must(db, recursive ? "PRAGMA recursive_triggers = ON" : "PRAGMA recursive_triggers = OFF");
		for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
			must_fail(db, changes[i], "stead_audit_event is append-only");
			must_fail(db, changes[i], "\nHINT:  ");
		}
	}
	after = contents(db);
	assert_string_equal(before, after);
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

/* A row that got past the CHECK of its number is not replaced either. */
static void replaced_by_no_number(void **state)
{
#define EVENT(number)                                                                                                  \
	"INTO stead_audit_event (id, occurred_at, recorded_at, action, success) VALUES (" number                           \
	", '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'x', 1)"
	static const char *const numbers[][2] = {{"INSERT " EVENT("0"), "REPLACE " EVENT("0")},
	                                         {"INSERT " EVENT("-2"), "REPLACE " EVENT("-2")}};
	sqlite3 *db = seeded();

	(void)state;
	must(db, "PRAGMA ignore_check_constraints = ON");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		must(db, numbers[i][0]);
		must_fail(db, numbers[i][1], "append-only: REPLACE is refused");
	}
	close_db(db);
#undef EVENT
}

/* REPLACE deletes rows that conflict by any key. */
static void replaced_by_no_key(void **state)
{
#define ACCOUNT "INTO stead_audit_account (account, block, cutoff, events, made_at, digest) VALUES "
#define REST ", '2026-01-01T00:00:00.000000Z', 1, '2026-01-01T00:00:00.000000Z', x'00')"
	sqlite3 *db = seeded();

	(void)state;
	must(db, "INSERT " ACCOUNT "(1, 1" REST ", (2, NULL" REST ", (3, NULL" REST);
	must_fail(db, "INSERT OR REPLACE " ACCOUNT "(1, 2" REST, "append-only: REPLACE is refused");
	must_fail(db, "INSERT OR REPLACE " ACCOUNT "(4, 1" REST, "append-only: REPLACE is refused");
	must_fail(db, "REPLACE " ACCOUNT "(4, 4" REST ", (5, 1" REST, "append-only: REPLACE is refused");
	must_give(db, "SELECT account, block FROM stead_audit_account ORDER BY account", "1|1|\n2|NULL|\n3|NULL|\n");
	must_fail(db, "REPLACE INTO stead_audit_block SELECT * FROM stead_audit_block", "append-only: REPLACE is refused");
	must_give(db, "SELECT count(*) FROM stead_audit_block", "1|\n");
	must(db, "REPLACE " ACCOUNT "(4, 2" REST);
	close_db(db);
}

static void assert_copied(const char *copy)
{
	sqlite3 *one = open_file(path), *two = open_file(copy);
	char *first = contents(one), *second = contents(two);

	assert_string_equal(first, second);
	must_give(two,
	          "SELECT count(*) FROM stead_doctor() WHERE status = 'fail' OR check_name = 'objects' AND status <> 'ok'",
	          "0|\n");
	must(two, "SELECT stead_audit_log('after.copy')");
	must_give(two, "SELECT stead_audit_count(), stead_setting_get('plain')", "4|text|\n");
	must_fail(two, "DELETE FROM stead_audit_event", "append-only");
	sqlite3_free(first);
	sqlite3_free(second);
	close_db(one);
	close_db(two);
}

static void vacuum_into(void **state)
{
	char copy[250], sql[300];
	sqlite3 *db = seeded();

	(void)state;
	snprintf(copy, sizeof copy, "%s/vacuumed.db", directory);
	snprintf(sql, sizeof sql, "VACUUM INTO '%s'", copy);
	must(db, sql);
	close_db(db);
	assert_copied(copy);
}

static void dump_and_restore(void **state)
{
	char copy[250], command[700];

	(void)state;
	close_db(seeded());
	snprintf(copy, sizeof copy, "%s/restored.db", directory);
	snprintf(command, sizeof command,
	         "sqlite3 -batch -init /dev/null '%s' .dump | sqlite3 -batch -init /dev/null -bail '%s'", path, copy);
	assert_int_equal(system(command), 0);
	assert_copied(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_work),
		cmocka_unit_test(close_after_all_functions),
		cmocka_unit_test(close_after_errors),
		cmocka_unit_test(close_without_use),
		cmocka_unit_test(close_is_refused_and_survived),
		cmocka_unit_test(loading_twice),
		cmocka_unit_test(loading_while_in_use),
		cmocka_unit_test(two_connections),
		cmocka_unit_test(two_threads_lose_nothing),
		cmocka_unit_test(dropped_guards_are_told_and_healed),
		cmocka_unit_test(half_done_inside_an_insert),
		cmocka_unit_test(last_insert_rowid_is_the_application_s),
		cmocka_unit_test(interrupted_anywhere),
		cmocka_unit_test(racing_init),
		cmocka_unit_test(read_only),
		cmocka_unit_test(changes_are_seen),
		cmocka_unit_test(signals_kept_from_telling),
		cmocka_unit_test(journal_modes_change),
		cmocka_unit_test(shared_cache),
		cmocka_unit_test(to_the_microsecond),
		cmocka_unit_test(samples_later),
		cmocka_unit_test(without_triggers),
		cmocka_unit_test(hits_are_counted),
		cmocka_unit_test(read_only_uninitialised),
		cmocka_unit_test(given_twice),
		cmocka_unit_test(json_of_any_size),
		cmocka_unit_test(many_at_a_time),
		cmocka_unit_test(before_init),
		cmocka_unit_test(init_by_another),
		cmocka_unit_test(tables_without_stead),
		cmocka_unit_test(failed_call_changes_nothing),
		cmocka_unit_test(inside_a_write_statement),
		cmocka_unit_test(uncommitted),
		cmocka_unit_test(rollback_leaves_no_event),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(shadowing_tables),
		cmocka_unit_test(shadowed_before_init),
		cmocka_unit_test(directonly),
		cmocka_unit_test(untrusted_schema),
		cmocka_unit_test(bad_text),
		cmocka_unit_test(hand_written_json),
		cmocka_unit_test(setting_in_queries),
		cmocka_unit_test(rows_outside_from),
		cmocka_unit_test(reader_in_a_trigger),
		cmocka_unit_test(events_are_append_only),
		cmocka_unit_test(replaced_by_no_number),
		cmocka_unit_test(replaced_by_no_key),
		cmocka_unit_test(vacuum_into),
		cmocka_unit_test(dump_and_restore),
	};

	return cmocka_run_group_tests_name("sqlite_host", tests, make_directory, remove_directory);
}
