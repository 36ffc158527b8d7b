/*
 * limits.c - very many subjects of a rate limit, on either database: upkeep deletes those that are full again, so many
 * a call, and no count is lost. No time passes: the test makes the subjects old.
 *
 * Run it as "limits postgresql" in the database that libpq finds, or as "limits sqlite FILE".
 */
#include "both.h"

#define SUBJECTS 100000
#define STEP 1000 /* upkeep looks at so many subjects in one step: see common/access/limit/sweep.c */

static const char *side;

static void verdict(const char *name, bool good, const char *got)
{
	printf("%sok limits: %s: %s\n", good ? "" : "not ", side, name);
	if (!good)
		printf("# got: %s\n", got);
}

static void must_give(database on, const char *name, const char *sql, const char *wanted)
{
	char *answer = ask(on, sql);

	verdict(name, strcmp(answer, wanted) == 0, answer);
	free(answer);
}

/* Every subject takes once. */
static void take(database on)
{
	char sql[300];

	snprintf(sql, sizeof sql,
	         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	         " SELECT count(*), sum(stead_limit_take('many', 'subject ' || i)) FROM n",
	         SUBJECTS);
	must_give(on, "100 thousand subjects take", sql, "100000|0\n");
}

/* Calls upkeep until nothing is left to do: a step of each kind of work a call. Each must delete no more than a step
 * may, and at least so often there must be something to do. */
static void upkeep(database on, const char *name, int least)
{
	int64_t before = number(on, "SELECT count(*) FROM stead_limit_subject"), most = 0;
	char text[100];
	bool left = true;
	int calls = 0;

	/* as if the last look had been long ago */
	must(on, "UPDATE stead_limit SET sweep_at = '2001-01-01T00:00:00.000000Z'");
	while (left && calls < 3 * SUBJECTS / STEP) {
		char *report = ask(on, "SELECT stead_maintain(0)");
		int64_t now = number(on, "SELECT count(*) FROM stead_limit_subject");

		if (is_error(report))
			fail("%s: %s", side, report);
		calls++;
		left = strstr(report, "\"left\":true") != NULL;
		most = before - now > most ? before - now : most;
		before = now;
		free(report);
	}
	snprintf(text, sizeof text, "%d calls, at most %lld subjects a call%s", calls, (long long)most,
	         left ? ", more is left" : "");
	verdict(name, !left && calls >= least && most <= STEP, text);
}

int main(int argc, char **argv)
{
	database on;

	if (argc < 2 || (strcmp(argv[1], "sqlite") == 0 && argc < 3))
		fail("usage: limits postgresql|sqlite FILE");
	side = argv[1];
	on = argc > 2 ? open_sqlite(argv[2]) : open_postgresql();
	if (on.lite)
		must(on, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	else
		must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	must(on, "SELECT stead_limit_define('many', 5, 31536000)");
	take(on);
	must(on, "ANALYZE"); /* as the server would by itself, some time */
	must_give(on, "each has a row", "SELECT subjects, allowed, refused FROM stead_limit_list()", "100000|100000|0\n");

	upkeep(on, "while none is full, upkeep has looked at all of them in bounded calls", SUBJECTS / STEP);
	must_give(on, "and all of them are there", "SELECT count(*) FROM stead_limit_subject", "100000\n");

	must(on, "UPDATE stead_limit_subject SET full_at = 1 WHERE subject LIKE '%%7'");
	upkeep(on, "a tenth is full: bounded calls", SUBJECTS / STEP);
	must_give(on, "those alone are gone",
	          "SELECT count(*), sum(CASE WHEN subject LIKE '%7' THEN 1 ELSE 0 END) FROM stead_limit_subject",
	          "90000|0\n");
	must_give(on, "who is gone takes as if never before",
	          "SELECT stead_limit_take('many', 'subject 7', 5), stead_limit_reset('many', 'subject 7')", "0|1\n");

	must(on, "UPDATE stead_limit_subject SET full_at = 1");
	upkeep(on, "all are full: bounded calls", 90000 / STEP);
	must_give(on, "the table is empty", "SELECT count(*) FROM stead_limit_subject", "0\n");
	must_give(on, "no count is lost", "SELECT subjects, allowed, refused FROM stead_limit_list()", "0|100001|0\n");
	close_database(on);
	return 0;
}
