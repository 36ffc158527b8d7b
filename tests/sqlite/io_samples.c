/*
 * io_samples.c - the files of SQLite fail, and the process dies, in a call of every function: its samples, on the
 * seeded database (tests/support/samples). io.c does the same with the audit trail, at every point and with more
 * checks.
 *
 * io_samples errors FILE - the Nth access to a file fails. The answer is right, or an error of the files. A failed call
 *   has changed nothing, unless it commits in steps. The connection and the file are sound; the next call succeeds.
 * io_samples kills FILE - the process ends at the Nth write, which is half done every second time. What the call wrote
 *   is there as a whole, or not at all; the file is sound, and the same call succeeds.
 *
 * It prints one line a sample, and in the end how many functions of the registry had one: all of them.
 */
#include <errno.h>
#include <sys/wait.h>

#include "failing_files.h"
#include "lite.h"
#include "samples.h"

static unsigned char *image; /* the seeded database */
static sqlite3_int64 image_size;
static char *image_contents;
static char failure[1000]; /* the first fault of the current sample */

static void fault(long n, const char *what, const char *detail)
{
	if (!*failure)
		snprintf(failure, sizeof failure, "access %ld, a %s: %s: %.600s", n, struck_at, what, detail);
}

static _Noreturn void give_up(const char *what, const char *detail)
{
	fprintf(stderr, "%s: %s\n", what, detail);
	exit(2);
}

static sqlite3 *open_with(const char *path, const char *vfs)
{
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) != SQLITE_OK ||
	    load(db) != SQLITE_OK)
		give_up(path, sqlite3_errmsg(db));
	return db;
}

static void must(sqlite3 *db, const char *sql)
{
	answer given = ask(db, sql);

	if (given.code != SQLITE_OK)
		give_up(sql, given.text);
	sqlite3_free(given.text);
}

static void make_image(void)
{
	sqlite3 *db = open_with(":memory:", NULL);

	must(db, seed);
	image_contents = contents(db);
	image = sqlite3_serialize(db, "main", &image_size, 0);
	sqlite3_close(db);
}

/* The seeded database in a file, opened by the shim. */
static sqlite3 *open_image(const char *path, const char *journal)
{
	char *sql = sqlite3_mprintf("PRAGMA journal_mode = %s; PRAGMA cache_size = 6", journal);
	FILE *file;
	sqlite3 *db;

	remove_files(path);
	file = fopen(path, "wb");
	if (!file || fwrite(image, 1, (size_t)image_size, file) != (size_t)image_size || fclose(file) != 0)
		give_up(path, strerror(errno));
	db = open_with(path, "shim");
	must(db, sql); /* with so few pages in memory, they are written early, too */
	sqlite3_free(sql);
	return db;
}

static void check_sound(sqlite3 *db, long n)
{
	answer sound = ask(db, "PRAGMA integrity_check");

	if (strcmp(sound.text, "ok|\n") != 0)
		fault(n, "integrity_check", sound.text);
	sqlite3_free(sound.text);
}

/* Nothing has changed. */
static void check_untouched(sqlite3 *db, long n, const char *what)
{
	char *now = contents(db);

	if (strcmp(now, image_contents) != 0)
		fault(n, what, now);
	sqlite3_free(now);
}

static void check_answer(sqlite3 *db, long n, const sample *sample, const answer *expected)
{
	answer again = ask(db, sample->sql);

	if (strcmp(again.text, expected->text) != 0)
		fault(n, "the call afterwards", again.text);
	sqlite3_free(again.text);
}

/* The number of rows of each table: the same after every success. */
static char *counts(sqlite3 *db)
{
	answer queries =
		ask(db, "SELECT group_concat('SELECT ' || quote(name) || ', count(*) FROM main.' || name, ';')"
	            " FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'stead\\_%' ESCAPE"
	            " '\\' ORDER BY name)");
	answer rows;

	*strrchr(queries.text, '|') = 0;
	rows = ask(db, queries.text);
	sqlite3_free(queries.text);
	return rows.text;
}

/* ---- Errors ---------------------------------------------------------------------------------------------------- */

/* False: the call met no fault. */
static bool attempt(const sample *sample, const char *journal, const char *path, long n, bool from_there_on,
                    const answer *expected)
{
	sqlite3 *db = open_image(path, journal);
	bool hit, failed;
	answer given;

	if (n % 2) /* the schema is read before, or by the call */
		must(db, "SELECT 1 FROM stead_schema");
	arm(n, from_there_on);
	given = ask(db, sample->sql);
	hit = struck;
	disarm();
	failed = given.code != SQLITE_OK;
	if (failed && !is_fault_of_files(given.code) && strcmp(given.text, expected->text) != 0)
		fault(n, "an error of another kind", given.text);
	/* stead_doctor() reports what it could not examine */
	if (!failed && strcmp(given.text, expected->text) != 0 && strcmp(sample->function, "stead_doctor") != 0)
		fault(n, "another answer", given.text);
	if (!sqlite3_get_autocommit(db))
		fault(n, "a transaction is left open", given.text);
	if (failed && !sample->in_steps)
		check_untouched(db, n, "a failed call has left a change");
	if (failed)
		check_answer(db, n, sample, expected);
	check_sound(db, n);
	if (sqlite3_close(db) != SQLITE_OK)
		fault(n, "sqlite3_close refuses", sqlite3_errmsg(db));
	db = open_with(path, NULL);
	check_sound(db, n);
	sqlite3_close(db);
	sqlite3_free(given.text);
	return hit;
}

static long sweep_errors(const char *path, const sample *sample, const char *journal, bool from_there_on)
{
	sqlite3 *db = open_image(path, journal);
	answer expected = ask(db, sample->sql);
	int missed = 0; /* consecutive misses: with and without reading the schema, the number of accesses differs */
	long n = 0, points = 0;

	sqlite3_close(db);
	while (missed < 2 && !*failure && n < 20000) {
		n += n < 16 ? 1 : n < 60 ? 5 : 23;
		missed = attempt(sample, journal, path, n, from_there_on, &expected) ? 0 : missed + 1;
		points += !missed;
	}
	sqlite3_free(expected.text);
	return points;
}

/* ---- Kills ----------------------------------------------------------------------------------------------------- */

static long sweep_kills(const char *path, const sample *sample, const char *journal, bool half)
{
	sqlite3 *db = open_image(path, journal);
	answer expected = ask(db, sample->sql);
	char *after = counts(db);
	bool through = false;
	long n = 0, points = 0;

	sqlite3_close(db);
	while (!through && !*failure && n < 20000) {
		char *now, *counted;
		int status;
		pid_t child;

		n += n < 10 ? 1 : 7;
		child = fork();
		if (child == 0) {
			db = open_image(path, journal);
			kills = true;
			torn = half;
			arm(n, true);
			sqlite3_free(ask(db, sample->sql).text);
			_exit(0);
		}
		if (waitpid(child, &status, 0) != child)
			give_up("waitpid", strerror(errno));
		through = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		points += !through;
		if (!through && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
			fault(n, "the process failed", "");
		db = open_with(path, NULL);
		check_sound(db, n);
		now = contents(db);
		counted = counts(db);
		if (!sample->in_steps && strcmp(now, image_contents) == 0)
			check_answer(db, n, sample, &expected);
		else if (!sample->in_steps && strcmp(counted, after) != 0)
			fault(n, "it is half done", counted);
		else if (sample->in_steps)
			check_answer(db, n, sample, &expected);
		sqlite3_free(now);
		sqlite3_free(counted);
		sqlite3_close(db);
	}
	sqlite3_free(expected.text);
	sqlite3_free(after);
	return points;
}

/* ---- All of them ------------------------------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
	static const char *const journals[] = {"DELETE", "WAL"};
	bool to_kill = argc == 3 && strcmp(argv[1], "kills") == 0;
	const char *last = "";
	long functions = 0, all = 0;
	sqlite3 *db;
	answer known;

	if (argc != 3 || (!to_kill && strcmp(argv[1], "errors") != 0))
		give_up("usage", "io_samples errors FILE | kills FILE");
	install_shim();
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_image();
	for (size_t i = 0; i < SAMPLES; i++) {
		long points = 0;
		/* it writes another file: tests/sqlite/backup.c kills it */
		bool elsewhere = to_kill && strcmp(samples[i].function, "stead_backup") == 0;

		*failure = 0;
		/* a fault once in one journal mode, one that stays in the other, and the other way round */
		for (int k = 0; k < 2 && !*failure && !elsewhere; k++) {
			bool second = (k + (int)i) % 2;

			points += to_kill ? sweep_kills(argv[2], &samples[i], journals[k], second)
			                  : sweep_errors(argv[2], &samples[i], journals[k], second);
		}
		functions += strcmp(last, samples[i].function) != 0;
		last = samples[i].function;
		all += points;
		printf("%sok sqlite/io_samples: %s, %s: %ld points\n", *failure ? "not " : "", samples[i].function,
		       to_kill ? "killed" : "a fault", points);
		if (*failure)
			printf("# %s\n# %s\n", samples[i].sql, failure);
	}
	db = open_with(":memory:", NULL);
	known = ask(db, "SELECT count(*) FROM stead_help()");
	if (strtol(known.text, NULL, 10) != functions)
		printf("not ok sqlite/io_samples: %ld functions of %s have a sample\n", functions, known.text);
	printf("# %ld functions, %ld points\n", functions, all);
	sqlite3_free(known.text);
	sqlite3_close(db);
	remove_files(argv[2]);
	return 0;
}
