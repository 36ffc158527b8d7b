/*
 * versions.c - tables of another schema version than the library's: a sample of every function of the registry is
 * called on them (tests/support/samples).
 *
 * "versions postgresql" runs in the database that libpq finds, "versions sqlite" with a file in STEAD_TEST_OUT. With a
 * FILE, a dump of an earlier version, every function works or says that stead_init() is to be run. Without one, the
 * version is set to a later one: nothing writes, and every reader gives the answer it gave before.
 */
#include <pthread.h>
#include <unistd.h>

#include "both.h"
#include "core/declare.h"
#include "samples.h"

#define LATER 99
#define REFUSED "this library knows only up to"

static const char *side;
static database on;
static char file[4096];

static void verdict(bool good, const char *name, const char *what, const char *got)
{
	printf("%sok versions: %s: %s%s\n", good ? "" : "not ", side, name, what);
	if (!good)
		printf("# got: %s\n", got);
}

static void run_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = calloc(1, 1 << 20), *answer;

	if (!in || fread(text, 1, (1 << 20) - 1, in) == 0)
		fail("%s cannot be read", path);
	fclose(in);
	answer = ask(on, text);
	if (is_error(answer))
		fail("%s", answer);
	free(text);
	free(answer);
}

/* Calls of Stead's are for both databases; the other statements are SQLite's. */
static void fill(void)
{
	char *text = strdup(seed), *at = text;

	if (on.pg)
		must(on, "CREATE TABLE logbook (id bigint PRIMARY KEY, at timestamptz); CREATE INDEX ON logbook (at);"
		         "CREATE TABLE seed_item (id bigint PRIMARY KEY, name text)");
	for (char *end = strchr(at, ';'); end; end = strchr(end + 1, ';')) {
		char after = end[1];

		end[1] = '\0';
		if (sqlite3_complete(at)) {
			if (on.lite || strncmp(at, "SELECT ", 7) == 0)
				must(on, "%s", at);
			at = end + 1;
		}
		end[1] = after;
	}
	free(text);
}

static bool writes(const char *function)
{
	return number(on, "SELECT count(*) FROM stead_help('%s') WHERE effect = 'writes'", function) > 0;
}

/* Whether the transaction has written; on SQLite, how many rows the connection has. */
static int64_t written(void)
{
	return on.pg ? number(on, "SELECT count(pg_current_xact_id_if_assigned())") : sqlite3_total_changes64(on.lite);
}

/* As stead_init() does, it tells PostgreSQL's other sessions. */
static void change_version(database database, int version)
{
	must(database, "UPDATE stead_schema SET version = %d", version);
	if (database.pg)
		must(database, "ALTER TABLE stead_schema SET (fillfactor = 100)");
}

static void set_version(int version)
{
	change_version(on, version);
}

/* ---- Of a later version ------------------------------------------------------------------------------------------ */

/* A call may give an error of its own before it would write. Whatever it answers, it writes nothing. */
static void try_writer(const sample *sample, int *refused, int *others)
{
	for (int inside = 0; inside < 2; inside++) {
		int64_t before;
		char *answer;

		if (inside || on.pg)
			must(on, "BEGIN");
		before = written();
		answer = ask(on, sample->sql);
		if (strstr(answer, REFUSED))
			(*refused)++;
		else {
			int64_t after = on.pg && is_error(answer) ? before : written();

			verdict(after == before, sample->function, " is not refused, but writes nothing", answer);
			(*others)++;
		}
		free(answer);
		if (on.pg || !sqlite3_get_autocommit(on.lite))
			must(on, "ROLLBACK");
	}
}

static void later(void)
{
	char *before[SAMPLES], *after;
	int refused = 0, others = 0, readers = 0;

	if (on.pg)
		must(on, "DROP ROLE IF EXISTS somebody; CREATE ROLE somebody");
	for (size_t i = 0; i < SAMPLES; i++)
		before[i] = writes(samples[i].function) ? NULL : ask(on, samples[i].sql);
	set_version(LATER);
	for (size_t i = 0; i < SAMPLES; i++) {
		if (!before[i]) {
			try_writer(&samples[i], &refused, &others);
			continue;
		}
		readers++;
		after = ask(on, samples[i].sql);
		if (strcmp(samples[i].function, "stead_doctor") != 0 && strcmp(after, before[i]) != 0)
			verdict(false, samples[i].function, " reads tables of a later version as before", after);
		free(before[i]);
		free(after);
	}
	after = askf(on, "SELECT remedy FROM stead_doctor() WHERE check_name = 'tables' AND status = 'fail'");
	verdict(strstr(after, "later one"), "the doctor says what to do", "", after);
	free(after);
	printf("# %d calls refused, %d other calls wrote nothing, %d readers\n", refused, others, readers);
	verdict(refused > 50 && others < 10 && readers > 30, "most writers are refused, most readers work", "", "too few");
	set_version(STEAD_VERSION_SCHEMA);
	if (on.pg)
		must(on, "DROP OWNED BY somebody; DROP ROLE somebody");
}

/* ---- One that writes while another upgrades ---------------------------------------------------------------------- */

static void *commit_soon(void *other)
{
	usleep(300 * 1000); /* so that the writer is likely to wait */
	must(*(database *)other, "COMMIT");
	return NULL;
}

/* The writer has begun, or waits, before the upgrade is committed. */
static void try_beside(const char *name, const char *begin)
{
	database other = on.pg ? open_postgresql() : open_sqlite(file);
	pthread_t thread;
	char *answer;

	must(on, "%s", begin);
	must(other, on.pg ? "BEGIN; LOCK TABLE stead_schema IN EXCLUSIVE MODE" : "BEGIN IMMEDIATE");
	change_version(other, LATER);
	if (pthread_create(&thread, NULL, commit_soon, &other) != 0)
		fail("no thread");
	answer = ask(on, "SELECT stead_audit_log('late')");
	pthread_join(thread, NULL);
	verdict(strstr(answer, REFUSED), name, "", answer);
	free(answer);
	must(on, "%s", on.pg ? "ROLLBACK" : "");
	set_version(STEAD_VERSION_SCHEMA);
	close_database(other);
}

static void beside(void)
{
	int64_t events = number(on, "SELECT count(*) FROM stead_audit_event");
	char *answer;

	/* the plans are kept, and the next call is not one that follows up */
	must(on, "SELECT stead_audit_log('early')");
	must(on, "SELECT stead_audit_log('early')");
	try_beside("an event that waits for the upgrade is refused", on.pg ? "BEGIN" : "");
	if (on.pg)
		try_beside("in a transaction that keeps an old snapshot, too",
		           "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM stead_schema");
	verdict(number(on, "SELECT count(*) FROM stead_audit_event") == events + 2, "neither is stored", "", "more events");
	must(on, on.pg ? "ALTER TABLE stead_audit_event ADD CONSTRAINT own CHECK (action <> 'x')"
	               : "CREATE TRIGGER own BEFORE INSERT ON stead_audit_event WHEN NEW.action = 'x' BEGIN SELECT "
	                 "RAISE(ABORT, 'violates own'); END");
	answer = ask(on, "SELECT stead_audit_log('x')");
	verdict(strstr(answer, "violates") && !strstr(answer, "version"), "another constraint's error stays", "", answer);
	free(answer);
}

/* An upgrade waits for those who write: stead_init() of a library whose tables were of an earlier version. */
static void waits(void)
{
	database other = open_postgresql();
	int64_t waiting = 0;
	char *answer;

	set_version(STEAD_VERSION_SCHEMA - 1);
	must(on, "BEGIN");
	must(on, "SELECT stead_audit_log('early')");
	if (!PQsendQuery(other.pg, "SELECT stead_init()"))
		fail("%s", PQerrorMessage(other.pg));
	for (int i = 0; i < 1000 && !waiting; i++) {
		usleep(10 * 1000);
		waiting = number(on, "SELECT count(*) FROM pg_locks WHERE relation = 'stead_schema'::regclass AND mode ="
		                     " 'ExclusiveLock' AND NOT granted");
	}
	verdict(waiting == 1, "stead_init() waits for a transaction that writes", "", "it does not wait");
	must(on, "COMMIT");
	while (PQgetResult(other.pg))
		;
	answer = ask(on, "SELECT version FROM stead_schema");
	verdict(atoi(answer) == STEAD_VERSION_SCHEMA, "then it upgrades", "", answer);
	free(answer);
	close_database(other);
}

/* ---- Of an earlier version --------------------------------------------------------------------------------------- */

/* A column that is missing is told of with what to do; every other error is the function's own. */
static void earlier(void)
{
	int worked = 0, told = 0, own = 0;

	for (size_t i = 0; i < SAMPLES; i++) {
		char *answer;

		must(on, "BEGIN");
		answer = ask(on, samples[i].sql);
		if (!is_error(answer))
			worked++;
		else if (strstr(answer, "stead_init()"))
			told++;
		else {
			char *begin = strstr(answer, "stead_");

			own++;
			verdict(begin && strncmp(begin, samples[i].function, strlen(samples[i].function)) == 0,
			        samples[i].function, " on earlier tables says something of its own", answer);
		}
		free(answer);
		if (on.pg || !sqlite3_get_autocommit(on.lite))
			must(on, "ROLLBACK");
	}
	printf("# %d calls worked, %d said to run stead_init(), %d gave an error of their own\n", worked, told, own);
	verdict(worked > 20 && told > 3, "earlier tables: some calls work, some say to run stead_init()", "", "too few");
}

int main(int count, char **arguments)
{
	const char *out = getenv("STEAD_TEST_OUT");

	side = count > 1 ? arguments[1] : "";
	snprintf(file, sizeof file, "%s/upgrade/versions.db", out ? out : "build/tests");
	if (count < 2 || count > 3 || (strcmp(side, "postgresql") != 0 && strcmp(side, "sqlite") != 0))
		fail("usage: versions sqlite|postgresql [FILE]");
	on = *side == 'p' ? open_postgresql() : open_sqlite(count == 3 ? ":memory:" : file);
	if (on.pg)
		must(on, "CREATE EXTENSION IF NOT EXISTS stead");
	if (count == 3) {
		run_file(arguments[2]);
		must(on, on.pg ? "RESET search_path" : ""); /* pg_dump sets it */
		earlier();
	} else {
		if (on.lite)
			must(on, "PRAGMA journal_mode = wal");
		fill();
		later();
		beside();
		if (on.pg)
			waits();
	}
	close_database(on);
	return 0;
}
