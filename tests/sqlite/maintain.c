/*
 * maintain.c - stead_maintain() on SQLite: what it commits and when, its lease among connections and processes, who
 * may write in between, free pages, and when it has nothing to do.
 *
 * Its work are the free pages of a file with auto_vacuum = INCREMENTAL, which it returns in steps. The modules' own
 * upkeep is tested with them. A commit hook lets others come in between two steps.
 */
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

#include "lite_checks.h"

#define LEASES "SELECT count(*) FROM stead_lease"
#define DONE "SELECT stead_maintain(60000) LIKE '{\"elapsed_ms\":%,\"left\":false}'"

static char itself[40]; /* "process N", as other connections are told */

/* A file with some thousand free pages, and a second connection that does not wait. */
static sqlite3 *with_free_pages(sqlite3 **other)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; SELECT stead_init(); CREATE TABLE app (x);"
	         "WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 4000) INSERT INTO app SELECT "
	         "zeroblob(4000) FROM n;"
	         "SELECT stead_maintain(60000); DELETE FROM app");
	*other = open_file(path);
	snprintf(itself, sizeof itself, "\"process %ld\"", (long)getpid());
	return db;
}

/* ---- Nothing to write to ----------------------------------------------------------------------------------------- */

static void before_init(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must_fail(db, "SELECT stead_maintain()", "error: stead is not initialised\nHINT:  Run: SELECT stead_init();");
	must_fail(db, "BEGIN; SELECT stead_maintain()", "error: stead is not initialised");
	must(db, "ROLLBACK; PRAGMA query_only = 1");
	must_give(db, "SELECT stead_maintain()", "{\"skipped\":\"a read-only connection\"}|\n");
	must_give(db, "SELECT count(*) FROM sqlite_schema", "0|\n");
	close_db(db);
}

static void nothing_can_be_written(void **state)
{
	char name[300];
	sqlite3 *other, *db = with_free_pages(&other);

	(void)state;
	must(other, "PRAGMA query_only = 1");
	must_give(other, "SELECT stead_maintain()", "{\"skipped\":\"a read-only connection\"}|\n");
	must_give(other, "BEGIN; SELECT stead_maintain(); COMMIT", "{\"skipped\":\"a read-only connection\"}|\n");
	must_fail(other, "SELECT stead_maintain(-1)", "stead_maintain: budget_ms must be from 0 to 3600000");
	close_db(other);
	close_db(db);
	db = open_flags(path, SQLITE_OPEN_READONLY);
	must_give(db, "SELECT stead_maintain()", "{\"skipped\":\"a read-only database\"}|\n");
	close_db(db);
	snprintf(name, sizeof name, "file:%s?immutable=1", path);
	db = open_flags(name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI);
	must_give(db, "SELECT stead_maintain()", "{\"skipped\":\"a read-only database\"}|\n");
	close_db(db);
}

/* ---- The lease --------------------------------------------------------------------------------------------------- */

typedef struct {
	sqlite3 *other;
	int commits, wanted;
	const char *sql;
	char told[2000];
} witness;

/* During a commit, while the first connection still has the write lock: what another connection is told. */
static int at_commit(void *data)
{
	witness *witness = data;
	answer answer;

	if (++witness->commits == witness->wanted) {
		answer = ask(witness->other, witness->sql);
		snprintf(witness->told, sizeof witness->told, "%s", answer.text);
		sqlite3_free(answer.text);
	}
	return 0;
}

static void another_is_told_at_once(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	witness witness = {other, 0, 2,
	                   "SELECT stead_maintain(), (SELECT count(*) FROM stead_lease WHERE name = 'maintain')", ""};
	char wanted[200];

	(void)state;
	sqlite3_commit_hook(db, at_commit, &witness);
	must_give(db, DONE, "1|\n");
	snprintf(wanted, sizeof wanted, "{\"skipped\":\"busy\",\"holder\":%s}|1|\n", itself);
	assert_string_equal(witness.told, wanted);
	assert_true(witness.commits > 5); /* the lease, the steps, the end */
	must_give(other, LEASES, "0|\n");
	must_give(other, DONE, "1|\n");
	must_give(other, LEASES, "0|\n");
	close_db(other);
	close_db(db);
}

/* The name of the connection, from the lease that it has within a transaction. */
static void holder_of(sqlite3 *db, char *holder, size_t size)
{
	answer answer;

	must(db, "BEGIN; SELECT stead_maintain(0); CREATE TEMP TABLE seen (holder); CREATE TEMP TRIGGER see AFTER INSERT "
	         "ON main.stead_lease"
	         " BEGIN INSERT INTO seen VALUES (NEW.holder); END; SELECT stead_maintain(0); COMMIT");
	answer = ask(db, "SELECT holder FROM seen");
	snprintf(holder, size, "%.*s", (int)strcspn(answer.text, "|"), answer.text);
	sqlite3_free(answer.text);
	must(db, "DROP TRIGGER temp.see; DROP TABLE temp.seen");
}

static void set_lease(sqlite3 *db, const char *holder, const char *expires_at)
{
	char *sql = sqlite3_mprintf("INSERT OR REPLACE INTO stead_lease VALUES ('maintain', %Q, %Q)", holder, expires_at);

	must(db, sql);
	sqlite3_free(sql);
}

#define LATER "9999-01-01T00:00:00.000000Z"

static void whose_lease_counts(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	char own[200], others[200], elsewhere[300], gone[300], wanted[300];
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, &status, 0), child); /* now no process has its number */
	holder_of(db, own, sizeof own);
	holder_of(other, others, sizeof others);
	assert_string_not_equal(own, others);
	assert_true(strchr(own, ' ') && strtol(own, NULL, 10) == getpid());

	set_lease(db, own, LATER);
	must_give(db, DONE, "1|\n"); /* its own lease, left behind */
	must_give(db, LEASES, "0|\n");
	set_lease(db, others, LATER);
	snprintf(wanted, sizeof wanted, "{\"skipped\":\"busy\",\"holder\":%s}|\n", itself);
	must_give(db, "SELECT stead_maintain()", wanted);
	must_give(db, "BEGIN; SELECT stead_maintain(); COMMIT", wanted);
	must_give(db, LEASES, "1|\n");
	set_lease(db, others, "2026-01-01T00:00:00.000000Z");
	must_give(db, DONE, "1|\n"); /* expired */
	snprintf(gone, sizeof gone, "%ld%s", (long)child, strchr(others, ' '));
	set_lease(db, gone, LATER);
	must_give(db, DONE, "1|\n"); /* the process has ended */
	must_give(db, LEASES, "0|\n");
	snprintf(elsewhere, sizeof elsewhere, "%ld another/1 0123456789abcdef", (long)child);
	set_lease(db, elsewhere, LATER);
	must_give(db, "SELECT json_extract(stead_maintain(), '$.skipped')",
	          "busy|\n"); /* a process of another machine may still run */
	close_db(other);
	close_db(db);
}

static int die_at_second(void *commits)
{
	if (++*(int *)commits == 2)
		_exit(7);
	return 0;
}

static void a_killed_holder_is_followed(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	int status, commits = 0;
	pid_t child;

	(void)state;
	close_db(other);
	close_db(db); /* a connection must not be used across fork() */
	child = fork();
	if (child == 0) {
		if (sqlite3_open(path, &db) != SQLITE_OK || load(db) != SQLITE_OK)
			_exit(1);
		sqlite3_commit_hook(db, die_at_second, &commits);
		sqlite3_exec(db, DONE, NULL, NULL, NULL);
		_exit(2);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	db = open_file(path);
	assert_int_equal(number(db, "SELECT CAST(holder AS INTEGER) FROM stead_lease"), child);
	must_give(db, DONE, "1|\n");
	must_give(db, LEASES, "0|\n");
	must_give(db, "PRAGMA integrity_check", "ok|\n");
	close_db(db);
}

typedef struct {
	sqlite3 *other;
	int64_t pages;
	bool refused;
} refusal;

/* Refuses one commit: the first after a step has made the file smaller, however many upkeep has made before. */
static int refuse_when_smaller(void *data)
{
	refusal *refusal = data;

	if (refusal->refused || number(refusal->other, "PRAGMA page_count") == refusal->pages)
		return 0;
	return refusal->refused = true;
}

/* An error half-way: committed steps stay, the lease ends. */
static void an_error_ends_the_lease(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	refusal refusal = {.other = other, .pages = number(other, "PRAGMA page_count")};

	(void)state;
	sqlite3_commit_hook(db, refuse_when_smaller, &refusal);
	must_fail(db, DONE, "error: ");
	assert_true(refusal.refused);
	assert_true(sqlite3_get_autocommit(db));
	must_give(other, LEASES, "0|\n");
	assert_true(number(other, "PRAGMA page_count") < refusal.pages);
	assert_true(number(other, "PRAGMA freelist_count") > 1000);
	must_give(other, DONE, "1|\n");
	must_give(other, "PRAGMA integrity_check", "ok|\n");
	close_db(other);
	close_db(db);
}

static int interrupt_third(void *data)
{
	witness *witness = data;

	if (++witness->commits == 3)
		sqlite3_interrupt(witness->other);
	return 0;
}

/* After an interruption it cannot write, not even to end its lease. The next call of the connection does that. */
static void interrupted_between_steps(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	witness witness = {.other = db};

	(void)state;
	sqlite3_commit_hook(db, interrupt_third, &witness);
	must_fail(db, DONE, "error: interrupted");
	assert_true(sqlite3_get_autocommit(db));
	must_give(db, DONE, "1|\n");
	must_give(other, LEASES, "0|\n");
	must_give(other, "PRAGMA integrity_check", "ok|\n");
	close_db(other);
	close_db(db);
}

/* ---- Turns ------------------------------------------------------------------------------------------------------- */

static int count_commit(void *commits)
{
	++*(int *)commits;
	return 0;
}

static void inside_a_transaction(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	int64_t free_pages = number(db, "PRAGMA freelist_count");
	int commits = 0;

	(void)state;
	must(db, "BEGIN; INSERT INTO app VALUES ('undone')");
	sqlite3_commit_hook(db, count_commit, &commits);
	must_give(db, DONE, "1|\n");
	assert_int_equal(commits, 0);
	must_give(db, "SELECT (SELECT count(*) FROM stead_lease), (SELECT count(*) FROM app WHERE x = 'undone')", "0|1|\n");
	must(db, "ROLLBACK");
	must_give(db, "SELECT count(*) FROM app WHERE x = 'undone'", "0|\n");
	assert_int_equal(number(db, "PRAGMA freelist_count"), free_pages);
	must(db, "SAVEPOINT mine; SELECT stead_maintain(0); RELEASE mine");
	must_give(other, LEASES, "0|\n");
	close_db(other);
	close_db(db);
}

/* A reading statement around the call keeps its snapshot: then everything is one transaction. */
static void inside_a_reading_statement(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	int commits = 0;

	(void)state;
	must(db, "INSERT INTO app VALUES (1)");
	sqlite3_commit_hook(db, count_commit, &commits);
	must_give(db, "SELECT stead_maintain(60000) LIKE '{\"elapsed_ms\":%,\"left\":false}' FROM app", "1|\n");
	assert_int_equal(commits, 1);
	must_fail(db, "INSERT INTO app SELECT stead_maintain()",
	          "stead_maintain: cannot run inside an INSERT, UPDATE or DELETE");
	must_give(other, LEASES, "0|\n");
	close_db(other);
	close_db(db);
}

static void a_busy_writer(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);

	(void)state;
	must(other, "BEGIN IMMEDIATE");
	must_fail(db, "SELECT stead_maintain()", "database is locked"); /* nothing was committed yet */
	must(other, "COMMIT");
	must_give(db, DONE, "1|\n");
	close_db(other);
	close_db(db);
}

static int wanted_commit;

/* After a commit, when the write lock is free, takes it and keeps it. */
static int overtake(void *data, sqlite3 *db, const char *database, int pages)
{
	witness *witness = data;

	(void)db, (void)database, (void)pages;
	if (++witness->commits == wanted_commit)
		must(witness->other, "BEGIN IMMEDIATE");
	return SQLITE_OK;
}

static void overtaken_between_steps(void **state)
{
	(void)state;
	for (wanted_commit = 1; wanted_commit <= 3; wanted_commit++) {
		sqlite3 *other, *db = with_free_pages(&other);
		witness witness = {.other = other};

		sqlite3_wal_hook(db, overtake, &witness);
		if (wanted_commit == 1) /* taking the lease alone is no work */
			must_fail(db, "SELECT stead_maintain(60000)", "database is locked");
		else
			must_give(db, "SELECT stead_maintain(60000) LIKE '{\"elapsed_ms\":%,\"vacuumed_pages\":%,\"left\":true}'",
			          "1|\n");
		assert_true(sqlite3_get_autocommit(db));
		sqlite3_wal_hook(db, NULL, NULL);
		must(other, "COMMIT");
		must_give(db, DONE, "1|\n"); /* the lease that it could not end is its own */
		must_give(other, LEASES, "0|\n");
		close_db(other);
		close_db(db);
	}
}

static volatile int stop_writing;

typedef struct {
	volatile int writes;
	double longest; /* seconds */
	char failure[200];
} writer;

static double now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void *keep_writing(void *data)
{
	writer *writer = data;
	sqlite3 *db;

	sqlite3_open(path, &db);
	sqlite3_busy_timeout(db, 60000);
	while (!stop_writing) {
		double began = now(), took;

		if (sqlite3_exec(db, "INSERT INTO app VALUES (1)", NULL, NULL, NULL) != SQLITE_OK)
			snprintf(writer->failure, sizeof writer->failure, "%s", sqlite3_errmsg(db));
		took = now() - began;
		writer->writes++;
		writer->longest = took > writer->longest ? took : writer->longest;
		sqlite3_sleep(1);
	}
	sqlite3_close(db);
	return NULL;
}

static void others_write_in_between(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	writer writer = {0};
	int before, between;
	pthread_t thread;

	(void)state;
	sqlite3_busy_timeout(db, 60000);
	stop_writing = 0;
	assert_int_equal(pthread_create(&thread, NULL, keep_writing, &writer), 0);
	while (writer.writes == 0)
		sqlite3_sleep(1);
	before = writer.writes;
	must(db, DONE);
	between = writer.writes - before;
	stop_writing = 1;
	pthread_join(thread, NULL);
	assert_string_equal(writer.failure, "");
	if (between < 3)
		fail_msg("%d writes in between", between);
	if (writer.longest > 30)
		fail_msg("a writer waited for %.3f s", writer.longest);
	close_db(other);
	close_db(db);
}

/* ---- Free pages -------------------------------------------------------------------------------------------------- */

static void free_pages_are_given_back(void **state)
{
	sqlite3 *other, *db = with_free_pages(&other);
	int64_t before = number(db, "PRAGMA page_count"), step, after;

	(void)state;
	/* a page that says where pages belong may go with them */
	must_give(db, "SELECT stead_maintain(0) GLOB '{\"elapsed_ms\":*,\"vacuumed_pages\":25[67],\"left\":true}'", "1|\n");
	step = number(db, "PRAGMA page_count");
	assert_true(before - step >= 256 && before - step <= 257);
	must_give(db, DONE, "1|\n");
	after = number(db, "PRAGMA page_count");
	assert_true(after < before / 10);
	assert_int_equal(number(db, "PRAGMA freelist_count"), 64); /* room for what comes next */
	must_give(db, "SELECT json_extract(stead_maintain(), '$.vacuumed_pages')", "NULL|\n");
	must_give(db, "SELECT status, detail, remedy FROM stead_doctor() WHERE check_name = 'auto_vacuum'",
	          "ok|incremental: stead_maintain() gives free pages back|NULL|\n");
	must_give(db, "PRAGMA integrity_check", "ok|\n");
	close_db(other);
	close_db(db);
}

static void without_auto_vacuum(void **state)
{
	sqlite3 *db;

	(void)state;
	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(); CREATE TABLE app (x)");
	must_give(db, "SELECT status, remedy FROM stead_doctor() WHERE check_name = 'auto_vacuum'", "ok|NULL|\n");
	must(db, "WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1100) INSERT INTO app SELECT "
	         "zeroblob(4000) FROM n;"
	         "DELETE FROM app");
	must_give(db, "SELECT json_extract(stead_maintain(), '$.vacuumed_pages', '$.left')", "[null,false]|\n");
	must_give(db,
	          "SELECT status, detail LIKE 'none: % of % pages are free', remedy FROM stead_doctor() WHERE check_name = "
	          "'auto_vacuum'",
	          "warn|1|PRAGMA auto_vacuum = INCREMENTAL; VACUUM;|\n");
	must(db, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
	must_give(db, "SELECT status FROM stead_doctor() WHERE check_name = 'auto_vacuum'", "ok|\n");
	close_db(db);
}

/* If the latest block was sealed years in the future, few events are sealed all the same, and runs are recorded
 * again. */
static void a_clock_that_was_ahead(void **state)
{
	sqlite3 *db;

	(void)state;
	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init(), stead_audit_log('a'), stead_audit_seal(), stead_retention_set('session', 30); DROP "
	         "TRIGGER stead_audit_block_no_update;"
	         "UPDATE stead_audit_block SET sealed_at = '2999-01-01T00:00:00.000000Z';"
	         "UPDATE stead_retention SET last_run_at = '2999-01-01T00:00:00.000000Z' WHERE target = 'session'; SELECT "
	         "stead_audit_log('b')");
	must_give(db, "SELECT json_extract(stead_maintain(), '$.sealed') > 0", "1|\n");
	must_give(db, "SELECT last_run_at < '2999' FROM stead_retention WHERE target = 'session'", "1|\n");
	must(db, "SELECT stead_audit_log('c')");
	must_give(db, "SELECT json_extract(stead_maintain(), '$.sealed')",
	          "0|\n"); /* now the latest block is recent, and few events wait */
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_init),
		cmocka_unit_test(nothing_can_be_written),
		cmocka_unit_test(another_is_told_at_once),
		cmocka_unit_test(whose_lease_counts),
		cmocka_unit_test(a_killed_holder_is_followed),
		cmocka_unit_test(an_error_ends_the_lease),
		cmocka_unit_test(interrupted_between_steps),
		cmocka_unit_test(inside_a_transaction),
		cmocka_unit_test(inside_a_reading_statement),
		cmocka_unit_test(a_busy_writer),
		cmocka_unit_test(overtaken_between_steps),
		cmocka_unit_test(others_write_in_between),
		cmocka_unit_test(free_pages_are_given_back),
		cmocka_unit_test(without_auto_vacuum),
		cmocka_unit_test(a_clock_that_was_ahead),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
