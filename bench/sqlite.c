/*
 * sqlite.c - the SQLite half of bench/run: Stead against the plain-SQL way, in CPU seconds of one thread.
 *
 * usage: sqlite MODULE DIRECTORY FILTERS, with BENCH_ROWS, BENCH_PAIRS, BENCH_QUICK and BENCH_PARTS as bench/run sets them.
 * Prints a figure a line: what, plain, stead, ratio, target, command; tab-separated. The sides take turns, and a ratio is
 * the median of the turns' ratios. The plain side is as good as an application makes it: prepared once, values bound, its
 * times written by C. Files, pages and WAL are SQLite's defaults but for what stead_configure() sets.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#define MAX_PAIRS 25
#define MANY 1000 /* events in a call of log_many */
#define COLUMNS 12
#define COLUMN_NAMES \
	"occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error, " \
	"ip_address, user_agent"

static const char *module, *directory;
static int64_t row_count;
static int pairs;
static bool quick;

/* ---- Small helpers ----------------------------------------------------------------------------------------------- */

static double seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct {
	double cpu, wall;
} spent;

static spent start(void)
{
	return (spent){seconds_of(CLOCK_THREAD_CPUTIME_ID), seconds_of(CLOCK_MONOTONIC)};
}

static spent since(spent begin)
{
	spent now = start();

	return (spent){now.cpu - begin.cpu, now.wall - begin.wall};
}

static void expect(sqlite3 *db, int code, int wanted, const char *doing)
{
	if (code == wanted)
		return;
	fprintf(stderr, "bench: %s: %s\n", doing, sqlite3_errmsg(db));
	exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
	expect(db, sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, sql);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	expect(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, sql);
	return statement;
}

/* Steps a statement to its end; the number of rows. */
static int64_t finish(sqlite3 *db, sqlite3_stmt *statement)
{
	int64_t count = 0;
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		count++;
	expect(db, code, SQLITE_DONE, sqlite3_sql(statement));
	sqlite3_reset(statement);
	return count;
}

/* The first column of the first row; free it with sqlite3_free. */
static char *ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = prepare(db, sql);
	char *answer;

	expect(db, sqlite3_step(statement), SQLITE_ROW, sql);
	answer = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return answer;
}

static sqlite3 *open_database(const char *name)
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

static double median(const double *values)
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

static void print_rate(double per_second)
{
	if (per_second < 1000)
		printf("%.0f/s\t", per_second);
	else
		printf("%.1fk/s\t", per_second / 1000);
}

static void print_duration(double seconds)
{
	if (seconds < 1e-3)
		printf("%.3g us\t", seconds * 1e6);
	else if (seconds < 1)
		printf("%.3g ms\t", seconds * 1e3);
	else
		printf("%.3g s\t", seconds);
}

/* What each turn of the two sides took for one operation, and what is printed of it. */
typedef struct {
	double cpu[MAX_PAIRS], wall[MAX_PAIRS];
} series;

static void note(series *series, int turn, spent took, double operations)
{
	series->cpu[turn] = took.cpu / operations;
	series->wall[turn] = took.wall / operations;
}

static void report_speed(const char *what, const char *against, const series *plain, const series *stead,
                         const char *target, const char *command)
{
	printf("%s%s\t", what, against);
	print_rate(1 / median(plain->cpu));
	print_rate(1 / median(stead->cpu));
	printf("%.2f (wall %.2f)\t%s\t%s\n", median_ratio(plain->cpu, stead->cpu), median_ratio(plain->wall, stead->wall),
	       target, command);
	fflush(stdout);
}

static void report_time(const char *what, const series *plain, const series *stead, const char *target,
                        const char *command)
{
	printf("%s\t", what);
	print_duration(median(plain->cpu));
	print_duration(median(stead->cpu));
	printf("%.2f (wall %.2f)\t%s\t%s\n", median_ratio(stead->cpu, plain->cpu), median_ratio(stead->wall, plain->wall),
	       target, command);
	fflush(stdout);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

typedef struct {
	char action[24], type[24], resource[24], actor[24];
	bool success;
} event;

static const char *const details = "{\"from\": \"list\", \"count\": 17}", *const name = "Alice Example";
static const char *const address = "10.1.2.3", *const agent = "Mozilla/5.0 (X11; Linux x86_64)";

static event next_event(void)
{
	event event = {.success = next_random() % 10 > 0};

	snprintf(event.action, sizeof event.action, "action_%d", (int)(next_random() % 20));
	snprintf(event.type, sizeof event.type, "type_%d", (int)(next_random() % 10));
	snprintf(event.resource, sizeof event.resource, "resource_%d", (int)(next_random() % 100000));
	snprintf(event.actor, sizeof event.actor, "user_%d", (int)(next_random() % 1000));
	return event;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text, void (*release)(void *))
{
	sqlite3_bind_text(statement, index, text, -1, release);
}

/* Binds action to user_agent from index on: ten parameters, in the order of the table and of stead_audit_log. */
static void bind_event(sqlite3_stmt *statement, int index, const event *event)
{
	bind_text(statement, index, event->action, SQLITE_STATIC);
	bind_text(statement, index + 1, event->type, SQLITE_STATIC);
	bind_text(statement, index + 2, event->resource, SQLITE_STATIC);
	bind_text(statement, index + 3, event->actor, SQLITE_STATIC);
	bind_text(statement, index + 4, name, SQLITE_STATIC);
	sqlite3_bind_int(statement, index + 5, event->success);
	bind_text(statement, index + 6, details, SQLITE_STATIC);
	sqlite3_bind_null(statement, index + 7);
	bind_text(statement, index + 8, address, SQLITE_STATIC);
	bind_text(statement, index + 9, agent, SQLITE_STATIC);
}

static void format_now(char *text, size_t size)
{
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
	         utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000);
}

/* What is written by one call: rows of plain SQL, or the function. */
typedef struct {
	sqlite3 *db;
	sqlite3_stmt *statement, *begin, *commit, *checkpoint;
	bool function;
} writer;

static void write_one(writer *writer, const event *event)
{
	char now[80];

	if (!writer->function) {
		format_now(now, sizeof now);
		bind_text(writer->statement, 1, now, SQLITE_STATIC);
		bind_text(writer->statement, 2, now, SQLITE_STATIC);
	}
	bind_event(writer->statement, writer->function ? 1 : 3, event);
	finish(writer->db, writer->statement);
}

/* Each turn ends with its own checkpoint, or the next side would pay for it. */
static spent write_turn(writer *writer, const event *events, int count, int batch)
{
	spent begin = start();

	for (int i = 0; i < count; i++) {
		if (batch > 1 && i % batch == 0)
			finish(writer->db, writer->begin);
		write_one(writer, &events[i]);
		if (batch > 1 && (i + 1) % batch == 0)
			finish(writer->db, writer->commit);
	}
	finish(writer->db, writer->checkpoint);
	return since(begin);
}

/* A copy of Stead's table from its own text in sqlite_schema, with a time index or with every index. No triggers. */
static void copy_table(sqlite3 *db, const char *copy, bool all_indexes)
{
	sqlite3_stmt *objects = prepare(db, "SELECT replace(sql, 'stead_audit_event', ?1) FROM sqlite_schema WHERE tbl_name ="
	                                    " 'stead_audit_event' AND (type = 'table' OR (?2 AND type = 'index' AND sql NOT NULL))"
	                                    " ORDER BY type DESC");
	char *index = sqlite3_mprintf("CREATE INDEX %s_time ON %s (occurred_at)", copy, copy);
	int code;

	bind_text(objects, 1, copy, SQLITE_STATIC);
	sqlite3_bind_int(objects, 2, all_indexes);
	/* the text is copied: a schema change would restart the statement */
	char *sql = sqlite3_mprintf("");
	while ((code = sqlite3_step(objects)) == SQLITE_ROW)
		sql = sqlite3_mprintf("%z%s\n;", sql, sqlite3_column_text(objects, 0));
	sqlite3_finalize(objects);
	run(db, sql);
	if (!all_indexes)
		run(db, index);
	sqlite3_free(sql);
	sqlite3_free(index);
}

static writer make_writer(sqlite3 *db, const char *sql, bool function)
{
	return (writer){db, prepare(db, sql), prepare(db, "BEGIN IMMEDIATE"), prepare(db, "COMMIT"),
	                prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)"), function};
}

static void drop_writer(writer *writer)
{
	sqlite3_finalize(writer->statement);
	sqlite3_finalize(writer->begin);
	sqlite3_finalize(writer->commit);
	sqlite3_finalize(writer->checkpoint);
}

/* Three databases, one for each side, so that they grow alike. */
enum { TIME_INDEX, SAME_INDEXES, STEAD, SIDES };
static const char *const against[] = {" / time index", " / same indexes"};

static sqlite3 *open_side(int side, const char *purpose)
{
	char name[80];
	sqlite3 *db;

	snprintf(name, sizeof name, "%s-%d", purpose, side);
	db = open_database(name);
	if (side != STEAD)
		copy_table(db, "plain", side == SAME_INDEXES);
	return db;
}

static void bench_write(const char *what, int batch, int count)
{
	const char *insert = "INSERT INTO plain (" COLUMN_NAMES ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	const char *call = "SELECT stead_audit_log(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	series took[SIDES];
	writer writers[SIDES];
	event *events = malloc(sizeof *events * (size_t)count);
	char purpose[40];

	snprintf(purpose, sizeof purpose, "write-%d", batch);
	for (int side = 0; side < SIDES; side++)
		writers[side] = make_writer(open_side(side, purpose), side == STEAD ? call : insert, side == STEAD);
	for (int turn = 0; turn < pairs; turn++) {
		for (int i = 0; i < count; i++)
			events[i] = next_event();
		for (int side = 0; side < SIDES; side++)
			note(&took[side], turn, write_turn(&writers[side], events, count, batch), count);
	}
	for (int side = 0; side < STEAD; side++)
		report_speed(what, against[side], &took[side], &took[STEAD], side == TIME_INDEX ? ">= 0.7" : "-", call);
	for (int side = 0; side < SIDES; side++) {
		drop_writer(&writers[side]);
		sqlite3_close(writers[side].db);
	}
	free(events);
}

static char *events_json(const event *events)
{
	sqlite3_str *json = sqlite3_str_new(NULL);

	for (int i = 0; i < MANY; i++)
		sqlite3_str_appendf(json,
		                    "%c{\"action\": \"%s\", \"resource_type\": \"%s\", \"resource_id\": \"%s\", \"actor_id\": \"%s\", "
		                    "\"actor_name\": \"%s\", \"success\": %s, \"details\": %s, \"ip_address\": \"%s\", "
		                    "\"user_agent\": \"%s\"}",
		                    i ? ',' : '[', events[i].action, events[i].type, events[i].resource, events[i].actor, name,
		                    events[i].success ? "true" : "false", details, address, agent);
	sqlite3_str_appendchar(json, 1, ']');
	return sqlite3_str_finish(json);
}

static char *many_rows_sql(void)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendf(sql, "INSERT INTO plain (" COLUMN_NAMES ") VALUES ");
	for (int i = 0; i < MANY; i++)
		sqlite3_str_appendf(sql, "%s(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", i ? ", " : "");
	return sqlite3_str_finish(sql);
}

static void bench_many(int calls)
{
	const char *call = "SELECT stead_audit_log_many(?)";
	char *insert = many_rows_sql(), now[80];
	series took[SIDES];
	writer writers[SIDES];
	event events[MANY];

	for (int side = 0; side < SIDES; side++)
		writers[side] = make_writer(open_side(side, "many"), side == STEAD ? call : insert, side == STEAD);
	for (int turn = 0; turn < pairs; turn++) {
		spent total[SIDES] = {0};

		for (int i = 0; i < calls; i++) {
			for (int k = 0; k < MANY; k++)
				events[k] = next_event();
			char *json = events_json(events);
			for (int side = 0; side < SIDES; side++) {
				writer *writer = &writers[side];
				spent begin = start(), turn_took;

				if (writer->function)
					bind_text(writer->statement, 1, json, SQLITE_STATIC);
				else {
					format_now(now, sizeof now);
					for (int k = 0; k < MANY; k++) {
						bind_text(writer->statement, k * COLUMNS + 1, now, SQLITE_STATIC);
						bind_text(writer->statement, k * COLUMNS + 2, now, SQLITE_STATIC);
						bind_event(writer->statement, k * COLUMNS + 3, &events[k]);
					}
				}
				finish(writer->db, writer->statement);
				if (i + 1 == calls)
					finish(writer->db, writer->checkpoint);
				turn_took = since(begin);
				total[side].cpu += turn_took.cpu;
				total[side].wall += turn_took.wall;
			}
			sqlite3_free(json);
		}
		for (int side = 0; side < SIDES; side++)
			note(&took[side], turn, total[side], (double)calls * MANY);
	}
	for (int side = 0; side < STEAD; side++)
		report_speed("audit_log_many x 1000", against[side], &took[side], &took[STEAD],
		             side == TIME_INDEX ? ">= 0.7" : "-", call);
	for (int side = 0; side < SIDES; side++) {
		drop_writer(&writers[side]);
		sqlite3_close(writers[side].db);
	}
	sqlite3_free(insert);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Rows of a year up to now, written past Stead: indexes and triggers are put back afterwards, from their own text. */
static sqlite3 *filled(const char *name, int64_t count)
{
	sqlite3 *db = open_database(name);
	char *sql, *objects, *drops;

	objects = ask(db, "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE tbl_name = 'stead_audit_event'"
	                  " AND (type = 'trigger' OR (type = 'index' AND sql NOT NULL))");
	drops = ask(db, "SELECT group_concat('DROP ' || type || ' ' || name, ';') FROM sqlite_schema WHERE tbl_name ="
	                " 'stead_audit_event' AND (type = 'trigger' OR (type = 'index' AND sql NOT NULL))");
	run(db, "PRAGMA synchronous = OFF");
	run(db, "PRAGMA journal_mode = MEMORY");
	run(db, "PRAGMA cache_size = -200000");
	run(db, drops);
	sql = sqlite3_mprintf(
	    "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < %lld)\n"
	    "INSERT INTO stead_audit_event (" COLUMN_NAMES ")\n"
	    "SELECT at, at, CASE WHEN rare THEN 'rare' WHEN h %% 10 < 3 THEN 'login' ELSE 'action_' || (h / 10 %% 18) END,\n"
	    "CASE WHEN rare THEN 'rare' WHEN h / 3 %% 10 > 0 THEN 'type_' || (h / 30 %% 9) END,\n"
	    "CASE WHEN rare THEN 'rare' WHEN h / 7 %% 100 = 0 THEN 'hot' WHEN h / 3 %% 10 > 0\n"
	    "  THEN 'resource_' || (h / 11 %% 100000) END,\n"
	    "CASE WHEN rare THEN 'rare' WHEN h / 13 %% 20 = 0 THEN 'hot' WHEN h / 13 %% 20 > 1 THEN 'user_' || (h / 17 %% 1000) END,\n"
	    "CASE WHEN rare THEN 'Rare' WHEN h / 13 %% 20 = 0 THEN 'Hot' WHEN h / 13 %% 20 > 1 THEN 'User ' || (h / 17 %% 1000) END,\n"
	    "h / 19 %% 10 > 0,\n"
	    "CASE WHEN rare THEN '{\"note\": \"needle\"}' WHEN h %% 2 = 0 THEN '{\"from\": \"list\", \"count\": ' || h %% 1000 || '}' END,\n"
	    "CASE WHEN h / 19 %% 10 = 0 THEN 'permission denied' END, '10.1.' || (h / 23 %% 256) || '.' || (h / 29 %% 256),\n"
	    "CASE WHEN h / 31 %% 2 = 0 THEN 'Mozilla/5.0 (X11; Linux x86_64)' END\n"
	    "FROM (SELECT i * 2654435761 %% 4294967296 AS h, i %% (%lld / 20) = 0 AS rare,\n"
	    "strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', 'now', ((i - %lld) * 31536000.0 / %lld) || ' seconds') AS at FROM numbers)",
	    (long long)count, (long long)count, (long long)count, (long long)count);
	run(db, sql);
	run(db, objects);
	sqlite3_free(sql);
	sqlite3_free(objects);
	sqlite3_free(drops);
	sqlite3_close(db);
	return open_database(name);
}

static spent read_all(sqlite3 *db, sqlite3_stmt *const *statements, int count)
{
	spent begin = start();

	for (int i = 0; i < count; i++)
		finish(db, statements[i]);
	return since(begin);
}

/* kB, VmHWM or VmRSS */
static long memory(const char *field)
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

/* How far the process's peak rose above what it held, in MB; the peak is reset before. */
static double memory_growth(sqlite3 *db, sqlite3_stmt *statement)
{
	FILE *reset = fopen("/proc/self/clear_refs", "w");
	long before;

	if (reset) {
		fputs("5", reset);
		fclose(reset);
	}
	before = memory("VmRSS");
	finish(db, statement);
	return (double)(memory("VmHWM") - before) / 1024;
}

static void bench_stats(sqlite3 *db)
{
	sqlite3_stmt *plain[] = {
	    prepare(db, "SELECT count(*), count(*) FILTER (WHERE success), count(*) FILTER (WHERE NOT success),"
	                " count(*) FILTER (WHERE occurred_at >= strftime('%Y-%m-%dT00:00:00.000000Z', 'now')),"
	                " count(*) FILTER (WHERE occurred_at >= strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-7 days')),"
	                " min(occurred_at), max(occurred_at) FROM stead_audit_event"),
	    prepare(db, "SELECT action, count(*) FROM stead_audit_event GROUP BY action ORDER BY 2 DESC, 1 LIMIT 10"),
	    prepare(db, "SELECT * FROM stead_audit_event WHERE NOT success ORDER BY occurred_at DESC, id DESC LIMIT 10")};
	sqlite3_stmt *stead = prepare(db, "SELECT * FROM stead_audit_stats()");
	series plain_took, stead_took;

	read_all(db, plain, 3);
	for (int turn = 0; turn < pairs; turn++) {
		note(&plain_took, turn, read_all(db, plain, 3), 1);
		note(&stead_took, turn, read_all(db, &stead, 1), 1);
	}
	report_time("audit_stats (time)", &plain_took, &stead_took, "-", "SELECT * FROM stead_audit_stats() / three plain queries");
	printf("audit_stats (RSS growth, MB)\t\t\t%.2f\t<= 50\tVmHWM of the process\n", memory_growth(db, stead));
	fflush(stdout);
	for (int i = 0; i < 3; i++)
		sqlite3_finalize(plain[i]);
	sqlite3_finalize(stead);
}

/* A list's first page, with the database's own times put into the filter. */
static sqlite3_stmt *prepare_list(sqlite3 *db, const char *filter)
{
	static const char *const names[] = {"@first@", "@middle@", "@last@"};
	static const char *const order[] = {"ASC LIMIT 1 OFFSET 20",
	                                    "DESC LIMIT 1 OFFSET (SELECT count(*) / 2 FROM stead_audit_event)",
	                                    "DESC LIMIT 1 OFFSET 19"};
	sqlite3_stmt *statement = prepare(db, "SELECT * FROM stead_audit_list(?, 50)");
	char *text = sqlite3_mprintf("%s", filter);

	for (int i = 0; i < 3; i++) {
		char *at = strstr(text, names[i]);

		if (!at)
			continue;
		char *sql = sqlite3_mprintf("SELECT occurred_at FROM stead_audit_event ORDER BY occurred_at %s", order[i]);
		char *time = ask(db, sql);
		char *whole = sqlite3_mprintf("%.*s%s%s", (int)(at - text), text, time, at + strlen(names[i]));

		sqlite3_free(sql);
		sqlite3_free(time);
		sqlite3_free(text);
		text = whole;
	}
	if (*text)
		bind_text(statement, 1, text, SQLITE_TRANSIENT);
	sqlite3_free(text);
	return statement;
}

/* One call's time, from as many as take 30 ms. */
static spent page_time(sqlite3 *db, sqlite3_stmt *statement)
{
	spent begin = start(), took;
	int calls = 0;

	do {
		finish(db, statement);
		calls++;
		took = since(begin);
	} while (took.wall < 0.03);
	return (spent){took.cpu / calls, took.wall / calls};
}

static void compare_lists(sqlite3 *few, sqlite3 *many, const char *what, const char *target, const char *filter)
{
	sqlite3_stmt *statements[] = {prepare_list(few, filter), prepare_list(many, filter)};
	series few_took, many_took;
	char label[80], command[200];

	snprintf(label, sizeof label, "list: %s", what);
	snprintf(command, sizeof command, *filter ? "stead_audit_list('%s', 50)" : "stead_audit_list()", filter);
	finish(few, statements[0]);
	finish(many, statements[1]);
	for (int turn = 0; turn < pairs; turn++) {
		note(&few_took, turn, page_time(few, statements[0]), 1);
		note(&many_took, turn, page_time(many, statements[1]), 1);
	}
	report_time(label, &few_took, &many_took, target, command);
	sqlite3_finalize(statements[0]);
	sqlite3_finalize(statements[1]);
}

static void bench_list(sqlite3 *many, const char *filters)
{
	sqlite3 *few = filled("few", 10000);
	FILE *lines = fopen(filters, "r");
	char line[300];

	printf("list's first page: 'plain' is over 10 thousand rows, 'stead' over %lld, both by Stead\n", (long long)row_count);
	compare_lists(few, many, "no filter", "<= 2", "");
	while (lines && fgets(line, sizeof line, lines)) {
		char *what = strtok(line, "\t"), *target = strtok(NULL, "\t"), *filter = strtok(NULL, "\t\n");

		if (filter)
			compare_lists(few, many, what, target, filter);
	}
	if (lines)
		fclose(lines);
	sqlite3_close(few);
}

static spent setting_turn(sqlite3 *db, sqlite3_stmt *statement, int count)
{
	char keys[100][20];
	spent begin;

	for (int i = 0; i < 100; i++)
		snprintf(keys[i], sizeof keys[i], "bench.key_%02d", i);
	begin = start();
	for (int i = 0; i < count; i++) {
		bind_text(statement, 1, keys[i % 100], SQLITE_STATIC);
		finish(db, statement);
	}
	return since(begin);
}

static void bench_setting(int count)
{
	sqlite3 *db = open_database("setting");
	series plain_took, stead_took;
	sqlite3_stmt *plain, *stead;

	run(db, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
	        " SELECT stead_setting_set(printf('bench.key_%02d', i), 'a value') FROM n");
	plain = prepare(db, "SELECT value FROM stead_setting WHERE key = ?");
	stead = prepare(db, "SELECT stead_setting_get(?)");
	for (int turn = 0; turn < pairs; turn++) {
		note(&plain_took, turn, setting_turn(db, plain, count), count);
		note(&stead_took, turn, setting_turn(db, stead, count), count);
	}
	report_speed("setting_get / prepared SELECT", "", &plain_took, &stead_took, ">= 0.8", "SELECT stead_setting_get(?)");
	sqlite3_finalize(plain);
	sqlite3_finalize(stead);
	sqlite3_close(db);
}

/* ---- Main -------------------------------------------------------------------------------------------------------- */

static bool wanted(const char *part)
{
	return strstr(getenv("BENCH_PARTS"), part) != NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4 || !getenv("BENCH_PARTS") || !getenv("BENCH_ROWS") || !getenv("BENCH_PAIRS")) {
		fprintf(stderr, "bench/run calls this\n");
		return 2;
	}
	module = argv[1];
	directory = argv[2];
	row_count = strtoll(getenv("BENCH_ROWS"), NULL, 10);
	pairs = atoi(getenv("BENCH_PAIRS"));
	if (pairs < 1 || pairs > MAX_PAIRS)
		pairs = 1;
	quick = getenv("BENCH_QUICK") && *getenv("BENCH_QUICK");

	if (wanted("write")) {
		bench_write("audit_log, autocommit", 1, quick ? 1000 : 20000);
		bench_write("audit_log, 100 in a transaction", 100, quick ? 2000 : 50000);
	}
	if (wanted("many"))
		bench_many(quick ? 2 : 50);
	if (wanted("stats") || wanted("list")) {
		sqlite3 *many = filled("many-rows", row_count);

		if (wanted("stats"))
			bench_stats(many);
		if (wanted("list"))
			bench_list(many, argv[3]);
		sqlite3_close(many);
	}
	if (wanted("setting"))
		bench_setting(quick ? 10000 : 200000);
	return 0;
}
