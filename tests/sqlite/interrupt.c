/*
 * interrupt.c - interrupts every function at every point at which an application can. The progress handler, called as
 * often as possible, stops the Nth time, N = 1, 2, ..., once or from then on, or calls sqlite3_interrupt().
 *
 * A reader that is interrupted says so, and the next call on the same connection has the right answer: nothing that was
 * read by halves is kept.
 *
 * After a writer's attempt, a transaction is open as before the call and nothing has changed; or everything is done, if
 * the interruption came when the statement ended (SQLite reports "interrupted" even for an INSERT that is committed).
 * Inside a transaction, the application's earlier rows are there, or SQLite has rolled the transaction back, as it
 * does when it interrupts a write: then the error says so.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "unit.h"
static void went_wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
#undef fail_msg
#define fail_msg went_wrong /* also in the helpers: a child of ours ends by it */
#include "lite_checks.h"
#include "samples.h"

/* ---- Interrupting ------------------------------------------------------------------------------------------------ */

typedef struct {
	const char *name;
	int period;   /* steps of SQLite's machine between two calls of the handler */
	bool lasting; /* every call from the Nth on says "stop" */
	bool calls;   /* it calls sqlite3_interrupt() instead */
	int stride;   /* how N grows, from 12 on */
} way;

static const way ways[] = {{"once", 1, false, false, 13},
                           {"from there on", 1, true, false, 31},
                           {"by sqlite3_interrupt()", 1, false, true, 31},
                           {"from there on, seldom", 25, true, false, 7}};

static const way *how;
static int at, calls;

static int next_point(bool seldom)
{
	return at + (at < 12 ? 1 : seldom ? 9 * how->stride : how->stride);
}

/*
 * Making or upgrading all tables takes long. So each point of it has a child process, forked when it is reached, which
 * is interrupted, checks and ends; what comes before the point is done once.
 */
static bool forking, in_child;

static struct {
	int interrupted, done_all_the_same, kept_open, rolled_back;
	char fault[1000]; /* of a child */
} * found;            /* which the processes share */

static void went_wrong(const char *format, ...)
{
	char text[1000];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (in_child) {
		memcpy(found->fault, text, sizeof text);
		_exit(1);
	}
	print_error("%s\n", text);
	fail();
	abort();
}

/* After a failed assert_...() cmocka would go on with the next test, in the child too. */
static int end_child(void **state)
{
	(void)state;
	if (in_child)
		_exit(1);
	return 0;
}

/* True in the child. The parent waits for its end. */
static bool try_in_child(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		return in_child = true;
	if (waitpid(child, &status, 0) != child || status != 0)
		fail_msg("at %d: %s", at, *found->fault ? found->fault : "a child ended badly");
	at = next_point(true);
	return false;
}

static int handler(void *db)
{
	bool now = ++calls == at || (how->lasting && calls > at);

	if (now && forking && !in_child)
		now = try_in_child();
	if (now && how->calls)
		sqlite3_interrupt(db);
	return now && !how->calls;
}

/* ---- Databases --------------------------------------------------------------------------------------------------- */

typedef struct {
	const char *name, *sql;
	const char *file; /* made by the SQL in this file, instead of stead_init() */
	bool bare;        /* the tables do not exist, or are of an earlier schema */
	bool in_steps;    /* commits its steps */
} subject;

typedef struct {
	unsigned char *data;
	sqlite3_int64 size;
} image;

static image take_image(const char *seed_sql)
{
	sqlite3 *db = open_file(":memory:");
	image image;

	must(db, seed_sql);
	must(db, "CREATE TABLE app (x); INSERT INTO app VALUES (0)");
	image.data = sqlite3_serialize(db, "main", &image.size, 0);
	close_db(db);
	return image;
}

static char *read_sql(const char *file)
{
	FILE *in = fopen(file, "rb");
	char *text = calloc(1, 1 << 20);

	assert_non_null(in);
	assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	return text;
}

/* The number of rows of each table, and the objects of the schema: the same after every success. */
static char *shape(sqlite3 *db)
{
	answer queries =
		ask(db, "SELECT group_concat('SELECT ' || quote(name) || ', count(*) FROM main.' || name, ';') FROM"
	            " (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name)");
	answer counts, objects = ask(db, "SELECT name, sql FROM sqlite_schema ORDER BY name");
	char *both;

	*strrchr(queries.text, '|') = 0;
	counts = ask(db, queries.text);
	both = sqlite3_mprintf("%s%s", counts.text, objects.text);
	sqlite3_free(queries.text);
	sqlite3_free(counts.text);
	sqlite3_free(objects.text);
	return both;
}

/* A fingerprint of what a connection sees: the schema, and the rows of every table that existed when it was opened. */
typedef struct {
	sqlite3 *db;
	sqlite3_stmt *tables[100];
	int count;
} watched;

static sqlite3_uint64 digest(watched *on)
{
	sqlite3_uint64 hash = 14695981039346656037u;

	for (int i = 0; i < on->count; i++) {
		while (sqlite3_step(on->tables[i]) == SQLITE_ROW)
			for (int column = 0; column < sqlite3_column_count(on->tables[i]); column++) {
				const unsigned char *bytes = sqlite3_column_blob(on->tables[i], column);

				for (int n = sqlite3_column_bytes(on->tables[i], column); n > 0; n--)
					hash = (hash ^ *bytes++) * 1099511628211u;
				hash = (hash ^ 256) * 1099511628211u;
			}
		assert_int_equal(sqlite3_reset(on->tables[i]), SQLITE_OK);
	}
	return hash;
}

static void watch(watched *on, sqlite3 *db)
{
	sqlite3_stmt *names;

	*on = (watched){.db = db, .count = 1};
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM main.sqlite_schema", -1, &on->tables[0], NULL),
	                 SQLITE_OK);
	sqlite3_prepare_v2(db, "SELECT name FROM main.sqlite_schema WHERE type = 'table'", -1, &names, NULL);
	while (sqlite3_step(names) == SQLITE_ROW) {
		char *sql = sqlite3_mprintf("SELECT * FROM main.%w", sqlite3_column_text(names, 0));

		assert_true(on->count < 100);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &on->tables[on->count++], NULL), SQLITE_OK);
		sqlite3_free(sql);
	}
	sqlite3_finalize(names);
}

static void unwatch(watched *on)
{
	while (on->count > 0)
		sqlite3_finalize(on->tables[--on->count]);
	close_db(on->db);
}

/* ---- The sweep --------------------------------------------------------------------------------------------------- */

static sqlite3 *open_warm(const subject *subject, image image)
{
	sqlite3 *db = open_copy(image.data, image.size);

	if (!subject->bare) { /* what is prepared only once is prepared now */
		must(db, "BEGIN");
		must(db, subject->sql);
		must(db, "ROLLBACK");
	}
	return db;
}

/* Steps through the whole result by hand: making a text would take SQL of the test's own. */
static answer run(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	answer answer = {0};

	sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	sqlite3_progress_handler(db, how->period, handler, db);
	calls = 0;
	while ((answer.code = sqlite3_step(statement)) == SQLITE_ROW)
		;
	sqlite3_progress_handler(db, 0, NULL, NULL);
	answer.text = sqlite3_mprintf("%s", sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	return answer;
}

#define SAY(what)                                                                                                      \
	fail_msg("%s, interrupted %s at %d, %s: " what ": %.600s", subject->name, how->name, at,                           \
	         inside ? "in a transaction" : "on its own", got.text)

int __lsan_do_recoverable_leak_check(void) __attribute__((weak)); /* there in the sanitized build */

static void sweep(const subject *subject, image image, const char *shape_before, const char *shape_after, bool inside)
{
	sqlite3_int64 used = sqlite3_memory_used();
	sqlite3 *db = open_warm(subject, image);
	bool fresh = true, through = false;
	sqlite3_uint64 before;
	watched on;
	char *shaped;

	watch(&on, db);
	before = digest(&on);

	forking = subject->bare;
	for (at = 1; !through; at = next_point(subject->bare || subject->in_steps)) {
		bool ended, changed;
		answer got;

		if (!fresh) {
			unwatch(&on);
			db = open_warm(subject, image);
			watch(&on, db);
		}
		if (inside)
			must(db, "BEGIN; INSERT INTO app VALUES (1)");
		got = run(db, subject->sql);
		through = calls < at;
		ended = sqlite3_get_autocommit(db);
		if (got.code != SQLITE_DONE && !strstr(got.text, "interrupted")) /* ALTER TABLE reports it with another code */
			SAY("neither done nor interrupted");
		if (through && got.code != SQLITE_DONE)
			SAY("never interrupted, and not done");
		if (!inside && !ended)
			SAY("a transaction is left open");
		if (inside && ended && (got.code == SQLITE_DONE || !strstr(got.text, "The whole transaction was rolled back")))
			SAY("the transaction is gone, and nothing says so");
		if (inside && !ended) { /* what is left in it is the application's */
			answer rows = ask(db, "SELECT count(*) FROM app");

			if (strcmp(rows.text, "2|\n") != 0)
				SAY("earlier rows are lost");
			sqlite3_free(rows.text);
			must(db, "DELETE FROM app WHERE x = 1; COMMIT");
		}
		found->interrupted += got.code != SQLITE_DONE;
		found->kept_open += inside && !ended && got.code != SQLITE_DONE;
		found->rolled_back += inside && ended;
		changed = digest(&on) != before;
		if (changed && !subject->in_steps) {
			shaped = shape(db);
			if (strcmp(shaped, shape_after) != 0)
				SAY("it is half done");
			sqlite3_free(shaped);
			found->done_all_the_same += got.code != SQLITE_DONE;
		}
		if (got.code == SQLITE_DONE && !changed && strcmp(shape_before, shape_after) != 0)
			SAY("it is not done");
		if (subject->in_steps) {
			if (!through && how->period == 1) /* the next call removes what was left */
				must(db, subject->sql);
			must_give(db, "SELECT count(*) FROM stead_lease", "0|\n");
		}
		fresh = !changed && !subject->in_steps;
		sqlite3_free(got.text);
		if (in_child) {
			unwatch(&on);
			if (sqlite3_memory_used() != used)
				fail_msg("%s, interrupted %s at %d: memory has leaked", subject->name, how->name, at);
			if (__lsan_do_recoverable_leak_check && at % 29 == 0 && __lsan_do_recoverable_leak_check())
				fail_msg("%s, interrupted %s at %d: LeakSanitizer", subject->name, how->name, at);
			_exit(0);
		}
	}
	unwatch(&on);
}

static void sweep_all_ways(const subject *subject, const char *seed_sql)
{
	char *text = subject->file ? read_sql(subject->file) : NULL, *before = NULL, *after[2];
	image image = take_image(text ? text : seed_sql);

	for (int inside = 0; inside < 2; inside++) { /* in a transaction, indexes of an earlier schema stay */
		sqlite3 *db = open_copy(image.data, image.size);

		sqlite3_free(before);
		before = shape(db);
		if (inside)
			must(db, "BEGIN");
		must(db, subject->sql);
		if (inside)
			must(db, "COMMIT");
		after[inside] = shape(db);
		close_db(db);
	}
	for (how = ways; how < ways + sizeof ways / sizeof *ways; how++)
		for (int inside = 0; inside < 2; inside++)
			sweep(subject, image, before, after[inside], inside);
	sqlite3_free(before);
	sqlite3_free(after[0]);
	sqlite3_free(after[1]);
	sqlite3_free(image.data);
	free(text);
}

static void assert_swept(void)
{
	assert_true(found->interrupted > 100);
	assert_true(found->kept_open > 20);
	print_message("# %d interrupted, %d of them done all the same, %d transactions kept, %d rolled back\n",
	              found->interrupted, found->done_all_the_same, found->kept_open, found->rolled_back);
	memset(found, 0, sizeof *found);
}

/* The whole answer, so that one that is interrupted between its rows is not taken for one that is done. */
static void sweep_reader(sqlite3 *db, const char *name, const char *sql, int growth)
{
	answer expected = ask(db, sql);

	at = 1;
	for (bool through = false; !through; at += at < 8 ? 1 : at / growth + how->stride) {
		answer got;

		sqlite3_progress_handler(db, how->period, handler, db);
		calls = 0;
		got = ask(db, sql);
		sqlite3_progress_handler(db, 0, NULL, NULL);
		through = calls < at;
		if (got.code == SQLITE_OK || through) {
			if (strcmp(got.text, expected.text) != 0)
				fail_msg("%s, interrupted %s at %d: a wrong answer: %.600s", name, how->name, at, got.text);
		} else {
			answer again = ask(db, sql);

			if (!strstr(got.text, "interrupted"))
				fail_msg("%s, interrupted %s at %d: another error: %.600s", name, how->name, at, got.text);
			if (strcmp(again.text, expected.text) != 0)
				fail_msg("%s, interrupted %s at %d: the call afterwards: %.600s", name, how->name, at, again.text);
			found->interrupted++;
			sqlite3_free(again.text);
		}
		sqlite3_free(got.text);
	}
	sqlite3_free(expected.text);
}

static bool is_writer(sqlite3 *db, const char *function)
{
	char *effect = sqlite3_mprintf("SELECT count(*) FROM stead_help(%Q) WHERE effect = 'writes'", function);
	answer writes = ask(db, effect);
	bool yes = strcmp(writes.text, "1|\n") == 0;

	sqlite3_free(writes.text);
	sqlite3_free(effect);
	return yes;
}

static void readers(void **state)
{
	image image = take_image(seed);
	int swept = 0;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		sqlite3 *db = open_copy(image.data, image.size);
		sqlite3_uint64 before;
		watched on;

		if (is_writer(db, samples[i].function)) {
			close_db(db);
			continue;
		}
		swept++;
		watch(&on, db);
		before = digest(&on);
		for (how = ways; how < ways + 3; how++)
			sweep_reader(db, samples[i].function, samples[i].sql, how == ways ? 20 : 8);
		if (digest(&on) != before)
			fail_msg("%s: a reader has written", samples[i].function);
		unwatch(&on);
	}
	sqlite3_free(image.data);
	assert_true(swept > 30 && found->interrupted > 500);
	print_message("# %d samples of readers, interrupted %d times\n", swept, found->interrupted);
	memset(found, 0, sizeof *found);
}

static void writers(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		subject subject = {.name = samples[i].function, .sql = samples[i].sql, .in_steps = samples[i].in_steps};

		if (is_writer(db, samples[i].function) && strcmp(subject.name, "stead_grant") != 0 && /* SQLite has no roles */
		    /* not allowed in a transaction; tests/sqlite/backup.c interrupts backups */
		    strcmp(subject.name, "stead_configure") != 0 && strcmp(subject.name, "stead_backup") != 0)
			sweep_all_ways(&subject, seed);
	}
	close_db(db);
	assert_swept();
}

static void init_afresh(void **state)
{
	(void)state;
	sweep_all_ways(&(subject){.name = "stead_init() afresh", .sql = "SELECT stead_init()", .bare = true}, "SELECT 1");
	assert_swept();
}

static void init_upgrading(void **state)
{
	(void)state;
	sweep_all_ways(&(subject){.name = "stead_init() of schema 2",
	                          .sql = "SELECT stead_init()",
	                          .bare = true,
	                          .file = "tests/both/schema2_sqlite.sql"},
	               NULL);
	assert_swept();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers),
		cmocka_unit_test(writers),
		cmocka_unit_test_teardown(init_afresh, end_child),
		cmocka_unit_test_teardown(init_upgrading, end_child),
	};

	found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (found == MAP_FAILED)
		return 1;
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* a child would wait for the mutexes that its parent's thread holds */

	return cmocka_run_group_tests_name("sqlite_interrupt", tests, NULL, NULL);
}
