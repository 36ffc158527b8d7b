/*
 * sqlite_measure.c - what the SQLite benchmarks share: clocks, statements, figures. See sqlite.h.
 */
#include "sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *module, *directory;
int64_t row_count;
int pairs;
bool quick;

double seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

spent start(void)
{
	return (spent){seconds_of(CLOCK_THREAD_CPUTIME_ID), seconds_of(CLOCK_MONOTONIC)};
}

spent since(spent begin)
{
	spent now = start();

	return (spent){now.cpu - begin.cpu, now.wall - begin.wall};
}

void expect(sqlite3 *db, int code, int wanted, const char *doing)
{
	if (code == wanted)
		return;
	fprintf(stderr, "bench: %s: %s\n", doing, sqlite3_errmsg(db));
	exit(1);
}

void run(sqlite3 *db, const char *sql)
{
	expect(db, sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, sql);
}

sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	expect(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, sql);
	return statement;
}

int64_t finish(sqlite3 *db, sqlite3_stmt *statement)
{
	int64_t count = 0;
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		count++;
	expect(db, code, SQLITE_DONE, sqlite3_sql(statement));
	sqlite3_reset(statement);
	return count;
}

char *ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = prepare(db, sql);
	char *answer;

	expect(db, sqlite3_step(statement), SQLITE_ROW, sql);
	answer = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return answer;
}

void upkeep(sqlite3 *db)
{
	char *report;
	bool left;

	do {
		report = ask(db, "SELECT stead_maintain(60000)");
		left = strstr(report, "\"left\":false") == NULL;
		sqlite3_free(report);
	} while (left);
}

sqlite3 *open_database(const char *name)
{
	char *path = sqlite3_mprintf("%s/%s.db", directory, name), *error = NULL;
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_enable_load_extension(db, 1) != SQLITE_OK ||
	    sqlite3_load_extension(db, module, NULL, &error) != SQLITE_OK) {
		fprintf(stderr, "bench: %s: %s\n", path, error ? error : sqlite3_errmsg(db));
		exit(1);
	}
	sqlite3_free(path);
	run(db, "SELECT stead_configure()");
	run(db, "SELECT stead_init()");
	return db;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(const double *values)
{
	double sorted[MAX_PAIRS];

	memcpy(sorted, values, sizeof(double) * (size_t)pairs);
	qsort(sorted, (size_t)pairs, sizeof(double), compare);
	return (sorted[(pairs - 1) / 2] + sorted[pairs / 2]) / 2;
}

static double median_ratio(const double *above, const double *below)
{
	double ratios[MAX_PAIRS];

	for (int i = 0; i < pairs; i++)
		ratios[i] = above[i] / below[i];
	return median(ratios);
}

void print_rate(double per_second)
{
	if (per_second < 1000)
		printf("%.0f/s\t", per_second);
	else
		printf("%.1fk/s\t", per_second / 1000);
}

void print_duration(double seconds)
{
	if (seconds < 1e-3)
		printf("%.3g us\t", seconds * 1e6);
	else if (seconds < 1)
		printf("%.3g ms\t", seconds * 1e3);
	else
		printf("%.3g s\t", seconds);
}

void note(series *series, int turn, spent took, double operations)
{
	series->cpu[turn] = took.cpu / operations;
	series->wall[turn] = took.wall / operations;
}

void report_speed(const char *what, const char *against, const series *plain, const series *stead, const char *target,
                  const char *command)
{
	printf("%s%s\t", what, against);
	print_rate(1 / median(plain->cpu));
	print_rate(1 / median(stead->cpu));
	printf("%.2f (wall %.2f)\t%s\t%s\n", median_ratio(plain->cpu, stead->cpu), median_ratio(plain->wall, stead->wall),
	       target, command);
	fflush(stdout);
}

void report_time(const char *what, const series *plain, const series *stead, const char *target, const char *command)
{
	printf("%s\t", what);
	print_duration(median(plain->cpu));
	print_duration(median(stead->cpu));
	printf("%.2f (wall %.2f)\t%s\t%s\n", median_ratio(stead->cpu, plain->cpu), median_ratio(stead->wall, plain->wall),
	       target, command);
	fflush(stdout);
}

uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

void bind_text(sqlite3_stmt *statement, int index, const char *text, void (*release)(void *))
{
	sqlite3_bind_text(statement, index, text, -1, release);
}

long memory(const char *field)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[200];
	long size = 0;

	while (status && fgets(line, sizeof line, status))
		if (strncmp(line, field, strlen(field)) == 0)
			size = strtol(line + strlen(field) + 1, NULL, 10);
	if (status)
		fclose(status);
	return size;
}

bool wanted(const char *part)
{
	static const char *last = "";
	bool wanted = strstr(getenv("BENCH_PARTS"), part) != NULL;

	if (wanted && strcmp(last, part)) /* its figures can take minutes: first, rows must be made */
		fprintf(stderr, "SQLite, %s: begins\n", part);
	if (wanted)
		last = part;
	return wanted;
}
