/*
 * oom.c - memory runs out at every point of every function: the Nth allocation fails, once or from there on, for N =
 * 1, 2, ..., in growing steps, until the call succeeds. Allocations of SQLite and jansson are counted together.
 *
 * After each attempt, the answer is right or is "out of memory"; a failed call has changed nothing (unless it commits
 * in steps); the database is sound and usable; sqlite3_close() returns SQLITE_OK; and nothing has leaked. It prints
 * one line per sample, for each of the two ways.
 */
#include <jansson.h>

#include "lite.h"
#include "samples.h"

/* ---- Allocators that fail on command --------------------------------------------------------------------------- */

static sqlite3_mem_methods real;
static long countdown;       /* number of allocations until one fails; 0: none will */
static bool persistent;      /* all after it fail, too */
static bool struck;          /* one has failed */
static long jansson_balance; /* blocks that jansson holds */

static bool fails(void)
{
	if (struck)
		return persistent;
	if (countdown == 0 || --countdown > 0)
		return false;
	return struck = true;
}

static void arm(long n, bool from_there_on)
{
	countdown = n;
	persistent = from_there_on;
	struck = false;
}

static void disarm(void)
{
	countdown = 0;
	persistent = false;
}

static void *failing_malloc(int size)
{
	return fails() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *memory, int size)
{
	return fails() ? NULL : real.xRealloc(memory, size);
}

static void *failing_json_malloc(size_t size)
{
	void *memory = fails() ? NULL : malloc(size);

	jansson_balance += memory != NULL;
	return memory;
}

static void json_release(void *memory)
{
	jansson_balance -= memory != NULL;
	free(memory);
}

static void install(void)
{
	sqlite3_mem_methods failing;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
	failing = real;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* otherwise small allocations would not be counted */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1);
	json_set_alloc_funcs(failing_json_malloc, json_release);
	sqlite3_initialize();
}

/* ---- One attempt ----------------------------------------------------------------------------------------------- */

static unsigned char *image; /* the seeded database */
static sqlite3_int64 image_size;
static char *seeded_contents;

static const char *failure; /* the first fault of the current sample */
static char failure_text[800];

static void fault(long n, const char *what, const char *detail)
{
	if (failure)
		return;
	snprintf(failure_text, sizeof failure_text, "allocation %ld: %s: %.500s", n, what, detail);
	failure = failure_text;
}

static sqlite3 *open_image(void)
{
	sqlite3 *db;
	unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)image_size);

	memcpy(copy, image, (size_t)image_size);
	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_deserialize(db, "main", copy, image_size, image_size,
	                        SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK ||
	    load(db) != SQLITE_OK) {
		fprintf(stderr, "the image does not open: %s\n", sqlite3_errmsg(db));
		exit(2);
	}
	return db;
}

static bool is_out_of_memory(const answer *answer)
{
	return (answer->code & 0xff) == SQLITE_NOMEM || answer->code == SQLITE_IOERR_NOMEM;
}

static void check_after(sqlite3 *db, const sample *sample, long n, const answer *expected, bool succeeded)
{
	char *now = contents(db);
	answer sound = ask(db, "PRAGMA integrity_check"), again;

	if (!succeeded && !sample->in_steps && strcmp(now, seeded_contents) != 0)
		fault(n, "a failed call has left a change", now);
	if (strcmp(sound.text, "ok|\n") != 0)
		fault(n, "integrity_check", sound.text);
	if (!sqlite3_get_autocommit(db))
		fault(n, "a transaction is left open", succeeded ? "after success" : "after an error");
	if (!succeeded) { /* with memory again, the same connection must succeed */
		again = ask(db, sample->sql);
		if (strcmp(again.text, expected->text) != 0)
			fault(n, "the call afterwards", again.text);
		sqlite3_free(again.text);
	}
	sqlite3_free(now);
	sqlite3_free(sound.text);
}

/* The sample's call by hand, so that nothing of ours allocates while memory runs out. */
static bool attempt(const sample *sample, long n, bool from_there_on, bool warm, bool with_schema,
                    const answer *expected)
{
	sqlite3_int64 before = sqlite3_memory_used();
	long balance = jansson_balance;
	sqlite3 *db = open_image();
	sqlite3_stmt *statement;
	answer given = {0};
	int code;
	bool through;

	if (!with_schema) /* SQLite makes most of the allocations when it reads the schema: testing that once is enough */
		sqlite3_free(ask(db, "SELECT 1 FROM stead_schema").text);
	if (warm) { /* an earlier call, which was undone, has left its statements */
		sqlite3_free(ask(db, "BEGIN").text);
		sqlite3_free(ask(db, sample->sql).text);
		sqlite3_free(ask(db, "ROLLBACK").text);
	}
	arm(n, from_there_on);
	code = sqlite3_prepare_v2(db, sample->sql, -1, &statement, NULL);
	if (code == SQLITE_OK) {
		do
			code = sqlite3_step(statement);
		while (code == SQLITE_ROW);
		code = sqlite3_finalize(statement);
	}
	through = !struck;
	disarm();
	given.code = code;
	if (code != SQLITE_OK && !is_out_of_memory(&given) && strncmp(expected->text, "error", 5) != 0)
		fault(n, "another error than out of memory", sqlite3_errmsg(db));
	check_after(db, sample, n, expected, code == SQLITE_OK);
	if (sqlite3_close(db) != SQLITE_OK)
		fault(n, "sqlite3_close refuses", sqlite3_errmsg(db));
	if (sqlite3_memory_used() != before)
		fault(n, "SQLite's memory has leaked", sample->sql);
	if (jansson_balance != balance)
		fault(n, "jansson's memory has leaked", sample->sql);
	return through;
}

/* The same with whole answers: a failed allocation that does not fail the call must not change its answer. */
static void attempt_answer(const sample *sample, long n, const answer *expected)
{
	sqlite3 *db = open_image();
	answer given;

	sqlite3_free(ask(db, "SELECT 1 FROM stead_schema").text);
	arm(n, false);
	given = ask(db, sample->sql);
	disarm();
	if (given.text && given.code == SQLITE_OK && strcmp(given.text, expected->text) != 0 && strlen(given.text))
		fault(n, "a wrong answer", given.text);
	sqlite3_free(given.text);
	sqlite3_close(db);
}

#define EVERY                                                                                                          \
	200 /* the first points are tried one by one, later ones by steps of this part of them: a call may have 20         \
	       thousand */

static void sweep(const sample *sample, int way)
{
	static const char *const ways[] = {"once", "from there on", "once, with statements kept", "once, schema and all"};
	sqlite3 *db = open_image();
	answer expected = ask(db, sample->sql);
	long n = 0;

	sqlite3_close(db);
	failure = NULL;
	do
		n += 1 + n / EVERY;
	while (!attempt(sample, n, way == 1, way == 2, way == 3, &expected) && !failure && n < 100000);
	if (way == 0)
		for (long i = 1; i < n && !failure; i += 3 + i / EVERY)
			attempt_answer(sample, i, &expected);
	printf("%sok oom: %s, %s, up to point %ld%s%s\n", failure ? "not " : "", sample->function, ways[way], n - 1,
	       failure ? "\n# " : "", failure ? failure : "");
	if (failure)
		printf("# %s\n", sample->sql);
	sqlite3_free(expected.text);
}

/* ---- Loading, and the seed ------------------------------------------------------------------------------------- */

static void sweep_loading(void)
{
	bool through = false;
	long n;

	failure = NULL;
	for (n = 1; !through && !failure; n++) {
		sqlite3_int64 before = sqlite3_memory_used();
		sqlite3 *db;
		int code;

		if (sqlite3_open(":memory:", &db) != SQLITE_OK)
			exit(2);
		sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
		arm(n, false);
		code = sqlite3_load_extension(db, module_path(), NULL, NULL);
		through = !struck;
		disarm();
		if (through && code != SQLITE_OK)
			fault(n, "loading fails without a cause", sqlite3_errmsg(db));
		if (load(db) != SQLITE_OK)
			fault(n, "loading again fails", sqlite3_errmsg(db));
		else {
			answer answer = ask(db, seed);

			if (answer.code != SQLITE_OK)
				fault(n, "the seed fails afterwards", answer.text);
			sqlite3_free(answer.text);
		}
		if (sqlite3_close(db) != SQLITE_OK)
			fault(n, "sqlite3_close refuses", "");
		if (sqlite3_memory_used() != before)
			fault(n, "memory has leaked", "");
	}
	printf("%sok oom: loading, %ld points%s%s\n", failure ? "not " : "", n - 2, failure ? "\n# " : "",
	       failure ? failure : "");
}

static void make_image(void)
{
	sqlite3 *db;
	answer answer;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK || load(db) != SQLITE_OK) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		exit(2);
	}
	answer = ask(db, seed);
	if (answer.code != SQLITE_OK) {
		fprintf(stderr, "the seed fails: %s\n", answer.text);
		exit(2);
	}
	sqlite3_free(answer.text);
	seeded_contents = contents(db);
	image = sqlite3_serialize(db, "main", &image_size, 0);
	sqlite3_close(db);
}

/* Pauses for other connections are not needed here. */
static int sleep_not(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

int main(int count, char **names)
{
	install();
	setvbuf(stdout, NULL, _IOLBF, 0); /* the log shows its progress */
	sqlite3_vfs_find(NULL)->xSleep = sleep_not;
	make_image();
	if (count == 1)
		sweep_loading();
	for (size_t i = 0; i < SAMPLES; i++) {
		bool wanted = count == 1;

		for (int k = 1; k < count; k++)
			wanted |= strcmp(names[k], samples[i].function) == 0;
		/* reading the schema, only for some: that is slow */
		for (int way = 0; way < (i % 16 == 7 ? 4 : 3) && wanted; way++)
			sweep(&samples[i], way);
	}
	return 0;
}
