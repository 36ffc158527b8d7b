/*
 * cancel.c - cancels a call of every function at many moments: its samples (tests/support/samples), on a seeded
 * database.
 *
 * The backend gets SIGINT, as from pg_cancel_backend(), some time after the call began: from at once to a little more
 * than a call takes. The answer is right, or the call was cancelled. After that, on the same connection, the savepoint
 * before it is rolled back and the same call has the right answer. In the end nothing is left of the calls: no row, no
 * lock, and no memory that grows.
 *
 * The server must run on this machine, in the database that libpq finds, as a user whose processes we may signal.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <time.h>

#include "both.h"
#include "samples.h"
#include "split.h"

enum { TRIES = 8, ROUNDS = 2, MOST_ROUNDS = 60 };

static PGconn *pg;
static pid_t backend;
static long cancelled, done;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void wait_until(double when)
{
	struct timespec till = {(time_t)when, (long)(fmod(when, 1) * 1e9)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &till, NULL) == EINTR)
		;
}

static void run(const char *sql)
{
	char *answer = pg_ask(pg, sql);

	if (is_error(answer))
		fail("%s\n%s", sql, answer);
	free(answer);
}

static char *value(const char *sql)
{
	char *answer = pg_ask(pg, sql);

	if (is_error(answer))
		fail("%s\n%s", sql, answer);
	return answer;
}

/* A seed that begins with SELECT is for both databases; others are SQLite's if they make the logbook or name main. */
static void prepare(void)
{
	splitter splitter = {seed, 1};
	statement one;

	run("DROP EXTENSION IF EXISTS stead CASCADE");
	run("CREATE EXTENSION stead");
	run("CREATE TABLE logbook (id int PRIMARY KEY, at timestamptz)");
	run("INSERT INTO logbook SELECT i, '2020-01-01'::timestamptz + i * interval '1 day' FROM generate_series(1, 5) i");
	while (next_statement(seed, &splitter, &one)) {
		if (strncmp(one.text, "SELECT", 6) == 0 || !(strstr(one.text, "logbook") || strstr(one.text, " main.")))
			run(one.text);
		free(one.text);
	}
}

/* A line for each table: how many rows it has, and a hash of them. In the order of the names: that of pg_class depends
 * on statistics. */
static char *contents(void)
{
	char *queries = value("SELECT string_agg(format('SELECT %L || count(*) || md5(coalesce(string_agg(t::text, '',''"
	                      " ORDER BY t::text), '''')) FROM %s t', relname, relname), ' UNION ALL ')"
	                      " || ' ORDER BY 1' FROM pg_class"
	                      " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'");
	char *rows = value(queries);

	free(queries);
	return rows;
}

/* The first lines that differ. */
static void show_difference(const char *before, const char *after)
{
	size_t line = 0;

	for (size_t at = 0; before[at] && before[at] == after[at]; at++)
		if (before[at] == '\n')
			line = at + 1;
	printf("# before: %.*s\n# after: %.*s\n", (int)strcspn(before + line, "\n"), before + line,
	       (int)strcspn(after + line, "\n"), after + line);
}

/* Once, cancelled after so many seconds; a negative number: not at all. NULL: it was cancelled. */
static char *call(const char *sql, double after)
{
	double begun = now();
	PGresult *result;
	char *answer;

	if (after < 0)
		return pg_ask(pg, sql);
	if (!PQsendQuery(pg, sql) || PQflush(pg) != 0)
		fail("%s", PQerrorMessage(pg));
	wait_until(begun + after);
	if (kill(backend, SIGINT) != 0)
		fail("kill: %s", strerror(errno));
	result = PQgetResult(pg);
	if (PQresultStatus(result) == PGRES_TUPLES_OK) {
		size_t size = 0;
		FILE *out = open_memstream(&answer, &size);

		for (int row = 0; row < PQntuples(result); row++)
			for (int i = 0; i < PQnfields(result); i++)
				fprintf(out, "%s%s", pg_cell(result, row, i), i + 1 < PQnfields(result) ? "|" : "\n");
		fclose(out);
	} else {
		const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

		answer = NULL;
		if (!state || strcmp(state, "57014") != 0)
			if (asprintf(&answer, "error: %s %s", state ? state : "-", PQresultErrorMessage(result)) < 0)
				fail("no memory");
	}
	PQclear(result);
	while ((result = PQgetResult(pg)))
		PQclear(result);
	return answer;
}

/* A sequence goes on though its transaction is rolled back: of two numbers of new rows, both need only be numbers. */
static bool is_right(const sample *sample, const char *answer, const char *expected)
{
	if (strcmp(sample->function, "stead_audit_log") == 0 || strcmp(sample->function, "stead_role_create") == 0)
		return strtol(answer, NULL, 10) > 0 && strtol(expected, NULL, 10) > 0;
	return strcmp(answer, expected) == 0;
}

static bool sweep(const sample *sample)
{
	double took[3];
	char *expected, *answer;

	run("SAVEPOINT s");
	expected = call(sample->sql, -1);
	run("ROLLBACK TO s");
	for (int i = 0; i < 3; i++) {
		double begun = now();

		free(call(sample->sql, -1));
		took[i] = now() - begun;
		run("ROLLBACK TO s");
	}
	for (int i = 0; i < TRIES; i++) { /* the least of three: a busy machine makes some of them long */
		double least = fmin(took[0], fmin(took[1], took[2]));
		bool right;

		answer = call(sample->sql, least * 1.1 * ((double)i + (double)(random() % 100) / 100) / TRIES);
		run("ROLLBACK TO s");
		right = !answer || is_right(sample, answer, expected);
		*(answer ? &done : &cancelled) += 1;
		if (right) {
			free(answer);
			answer = call(sample->sql, -1);
			right = is_right(sample, answer, expected);
			run("ROLLBACK TO s");
		}
		if (!right) {
			printf("not ok postgresql/cancel: %s\n# %s\n# %.600s\n# instead of %.300s\n", sample->function, sample->sql,
			       answer, expected);
			return false;
		}
		free(answer);
	}
	run("RELEASE s");
	free(expected);
	return true;
}

/* 0 before PostgreSQL 14, which does not tell. */
static long memory(void)
{
	char *bytes = value(PQserverVersion(pg) < 140000 ? "SELECT 0"
	                                                  : "SELECT sum(total_bytes) FROM pg_backend_memory_contexts");
	long number = strtol(bytes, NULL, 10);

	free(bytes);
	return number;
}

int main(void)
{
	char *before, *after, *number;
	long used = 0, used_first = 0;
	int failures = 0, round;

	pg = open_postgresql().pg;
	backend = PQbackendPID(pg);
	prepare();
	before = contents();
	/* how many are cancelled in a round depends on the machine */
	for (round = 0; (round < ROUNDS || (cancelled < (long)SAMPLES && round < MOST_ROUNDS)) && !failures; round++) {
		run("BEGIN");
		for (size_t i = 0; i < SAMPLES; i++) {
			bool right = sweep(&samples[i]);

			failures += !right;
			if (right && round == 0)
				printf("ok postgresql/cancel: %s\n", samples[i].function);
			if (!right) {
				run("ROLLBACK");
				run("BEGIN");
			}
		}
		run("ROLLBACK");
		used = memory();
		used_first = round == 0 ? used : used_first;
	}
	after = contents();
	printf("%sok postgresql/cancel: no row is left\n", strcmp(before, after) == 0 ? "" : "not ");
	if (strcmp(before, after) != 0)
		show_difference(before, after);
	number = value("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'");
	printf("%sok postgresql/cancel: no lock is left\n", *number == '0' ? "" : "not ");
	if (!failures)
		printf("%sok postgresql/cancel: memory does not grow # %ld bytes, then %ld\n",
		       used < used_first + (1 << 20) ? "" : "not ", used_first, used);
	printf("%sok postgresql/cancel: calls were cancelled # %ld cancelled, %ld done before, in %d rounds\n",
	       cancelled >= (long)SAMPLES ? "" : "not ", cancelled, done, round);
	PQfinish(pg);
	return 0;
}
