/*
 * sqlite_scale.c - the parts with many events: statistics from events and from rollups, sealing, verifying, pruning.
 *
 * The same events are in Stead's table and, in a file of its own, in a plain table that has only a time index and the
 * columns that an application would keep. They span 90 days, in order of time apart from some jitter.
 */
#include "sqlite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAYS 90
#define PRUNED_DAYS 9 /* a tenth of the events */
#define DAY INT64_C(86400000000)
#define TAIL 10000 /* events that are not sealed */

static const char *const plain_table = "CREATE TABLE plain (id INTEGER PRIMARY KEY, occurred_at TEXT NOT NULL, "
									   "recorded_at TEXT NOT NULL, action TEXT NOT NULL,"
									   " resource_type TEXT, resource_id TEXT, actor_id TEXT, actor_name TEXT, success "
									   "INTEGER NOT NULL, details TEXT, error TEXT,"
									   " ip_address TEXT, user_agent TEXT)";

#define FIELDS                                                                                                         \
	" (occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error, "  \
	"ip_address,"                                                                                                      \
	" user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
static const char *const insert_plain = "INSERT INTO plain" FIELDS, *const insert_stead =
																		"INSERT INTO stead_audit_event" FIELDS;

/* ---- Events ------------------------------------------------------------------------------------------------------ */

static int64_t clock_micros(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void format_time(int64_t micros, char *text, size_t size)
{
	time_t seconds = micros / 1000000;
	struct tm utc;

	gmtime_r(&seconds, &utc);
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
	         utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(micros % 1000000));
}

/* Binds an event of that time to each of the statements, and runs them. */
static void put_event(sqlite3 *const dbs[2], sqlite3_stmt *const statements[2], int64_t at)
{
	char time[80], action[40], type[40], resource[40], actor[40], name[40], details[160], address[40];
	uint64_t h = next_random();

	format_time(at, time, sizeof time);
	snprintf(action, sizeof action, h % 10 < 2 ? "user.login" : "document.action_%d", (int)(h / 10 % 24));
	snprintf(type, sizeof type, "type_%d", (int)(h / 300 % 10));
	snprintf(resource, sizeof resource, "resource_%d", (int)(h / 700 % 100000));
	snprintf(actor, sizeof actor, "user_%d", (int)(h / 1300 % 1000));
	snprintf(name, sizeof name, "Alice Example %d", (int)(h / 1300 % 1000));
	snprintf(
		details, sizeof details,
		"{\"from\": \"list\", \"count\": %d, \"request\": \"%016llx\", \"changed\": [\"title\", \"owner\", \"state\"]}",
		(int)(h / 1700 % 1000), (unsigned long long)h);
	snprintf(address, sizeof address, "10.1.%d.%d", (int)(h / 2300 % 256), (int)(h / 2900 % 256));
	for (int i = 0; i < 2; i++) {
		sqlite3_stmt *statement = statements[i];

		if (!statement)
			continue;
		bind_text(statement, 1, time, SQLITE_STATIC);
		bind_text(statement, 2, time, SQLITE_STATIC);
		bind_text(statement, 3, action, SQLITE_STATIC);
		bind_text(statement, 4, type, SQLITE_STATIC);
		bind_text(statement, 5, resource, SQLITE_STATIC);
		bind_text(statement, 6, actor, SQLITE_STATIC);
		bind_text(statement, 7, name, SQLITE_STATIC);
		sqlite3_bind_int(statement, 8, h / 1900 % 10 > 0);
		bind_text(statement, 9, details, SQLITE_STATIC);
		bind_text(statement, 10, h / 1900 % 10 > 0 ? NULL : "permission denied", SQLITE_STATIC);
		bind_text(statement, 11, address, SQLITE_STATIC);
		bind_text(statement, 12, h / 3100 % 2 ? "Mozilla/5.0 (X11; Linux x86_64)" : NULL, SQLITE_STATIC);
		finish(dbs[i], statement);
	}
}

static void put_events(sqlite3 *const dbs[2], int64_t count, int64_t from, int64_t until)
{
	sqlite3_stmt *const statements[] = {prepare(dbs[0], insert_plain), prepare(dbs[1], insert_stead)};

	for (int i = 0; i < 2; i++)
		run(dbs[i], "BEGIN IMMEDIATE");
	for (int64_t n = 0; n < count; n++)
		put_event(dbs, statements, from + (until - from) / count * n - (int64_t)(next_random() % 60000000));
	for (int i = 0; i < 2; i++) {
		run(dbs[i], "COMMIT");
		sqlite3_finalize(statements[i]);
	}
}

/* Writes the events without Stead, as fast as possible. Indexes and triggers are dropped, and made again from their own
 * text. */
static void fill(const char *plain_name, const char *stead_name, int64_t count)
{
	sqlite3 *dbs[] = {open_database(plain_name), open_database(stead_name)};
	char *objects = ask(dbs[1], "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE tbl_name = 'stead_audit_event'"
	                            " AND (type = 'trigger' OR (type = 'index' AND sql NOT NULL))");
	char *drops =
		ask(dbs[1], "SELECT group_concat('DROP ' || type || ' ' || name, ';') FROM sqlite_schema WHERE tbl_name ="
	                " 'stead_audit_event' AND (type = 'trigger' OR (type = 'index' AND sql NOT NULL))");
	int64_t now = clock_micros();

	for (int i = 0; i < 2; i++) {
		run(dbs[i], "PRAGMA synchronous = OFF");
		run(dbs[i], "PRAGMA journal_mode = OFF");
		run(dbs[i], "PRAGMA cache_size = -200000");
		run(dbs[i], "PRAGMA threads = 2");
	}
	run(dbs[0], plain_table);
	run(dbs[1], drops);
	put_events(dbs, count, now - DAYS * DAY, now);
	run(dbs[0], "CREATE INDEX plain_time ON plain (occurred_at)");
	run(dbs[1], objects);
	sqlite3_free(objects);
	sqlite3_free(drops);
	for (int i = 0; i < 2; i++)
		sqlite3_close(dbs[i]);
}

/* ---- Statistics -------------------------------------------------------------------------------------------------- */

#define PLAIN_QUERIES 6

/* One pass over the table where one is needed; the time index serves the rest. */
static void prepare_plain(sqlite3 *db, sqlite3_stmt *statements[PLAIN_QUERIES])
{
	statements[0] =
		prepare(db, "SELECT action, count(*), count(*) FILTER (WHERE NOT success) FROM plain GROUP BY action");
	statements[1] = prepare(db, "SELECT min(occurred_at) FROM plain");
	statements[2] = prepare(db, "SELECT max(occurred_at) FROM plain");
	statements[3] =
		prepare(db, "SELECT count(*) FROM plain WHERE occurred_at >= strftime('%Y-%m-%dT00:00:00.000000Z', 'now')");
	statements[4] = prepare(db, "SELECT count(*) FROM plain WHERE occurred_at >="
	                            " strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-7 days')");
	statements[5] = prepare(db, "SELECT * FROM plain WHERE NOT success ORDER BY occurred_at DESC, id DESC LIMIT 10");
}

static spent read_each(sqlite3 *db, sqlite3_stmt *const *statements, int count)
{
	spent begin = start();

	for (int i = 0; i < count; i++)
		finish(db, statements[i]);
	return since(begin);
}

static void compare_stats(const char *what, const char *plain_name, const char *stead_name, const char *target,
                          const char *most)
{
	sqlite3 *plain = open_database(plain_name), *stead = open_database(stead_name);
	sqlite3_stmt *queries[PLAIN_QUERIES], *stats = prepare(stead, "SELECT * FROM stead_audit_stats()");
	series took[2];
	int turns = pairs;

	prepare_plain(plain, queries);
	pairs = pairs < 3 ? pairs : 3;
	read_each(stead, &stats, 1);
	for (int turn = 0; turn < pairs; turn++) {
		note(&took[0], turn, read_each(plain, queries, PLAIN_QUERIES), 1);
		note(&took[1], turn, read_each(stead, &stats, 1), 1);
	}
	report_speed(what, "", &took[0], &took[1], target,
	             "stead_audit_stats() / GROUP BY action, and five by the time index");
	printf("%s, its time\t", what);
	print_duration(median(took[0].cpu));
	print_duration(median(took[1].cpu));
	printf("%.3g\t%s\tms\n", median(took[1].cpu) * 1000, most);
	fflush(stdout);
	pairs = turns;
	for (int i = 0; i < PLAIN_QUERIES; i++)
		sqlite3_finalize(queries[i]);
	sqlite3_finalize(stats);
	sqlite3_close(plain);
	sqlite3_close(stead);
}

/* ---- Seen from outside ------------------------------------------------------------------------------------------ */

#define SEEN_TURNS 5

static void report_seen(const char *what, const char *name, const char *sql, const char *most)
{
	sqlite3 *db = open_database(name);
	sqlite3_stmt *call = prepare(db, sql);
	series took;
	int turns = pairs;

	pairs = SEEN_TURNS;
	read_each(db, &call, 1);
	for (int turn = 0; turn < pairs; turn++)
		note(&took, turn, read_each(db, &call, 1), 1);
	printf("%s\t\t", what);
	print_duration(median(took.cpu));
	printf("%.3g\t%s\tms; %s\n", median(took.cpu) * 1000, most, sql);
	fflush(stdout);
	pairs = turns;
	sqlite3_finalize(call);
	sqlite3_close(db);
}

/* ---- Sealing and verifying --------------------------------------------------------------------------------------- */

static int64_t ask_number(sqlite3 *db, const char *sql)
{
	char *answer = ask(db, sql);
	int64_t number = strtoll(answer, NULL, 10);

	sqlite3_free(answer);
	return number;
}

static void report_page_size(const char *name)
{
	sqlite3 *db = open_database(name);

	printf("report, its bytes\t\t\t%lld\t<= 300000\tbytes\n",
	       (long long)ask_number(db, "SELECT length(CAST(stead_report() AS BLOB))"));
	fflush(stdout);
	sqlite3_close(db);
}

static void reset_peak(void)
{
	FILE *reset = fopen("/proc/self/clear_refs", "w");

	if (!reset)
		return;
	fputs("5", reset);
	fclose(reset);
}

static void report_one(const char *what, double rate, const char *target, const char *command)
{
	printf("%s\t\t", what);
	print_rate(rate);
	printf("%.0f\t%s\t%s\n", rate, target, command);
	fflush(stdout);
}

static void report_memory(const char *what, long least, long most, const char *command)
{
	printf("%s\t%.1f MB\t%.1f MB\t%.2f\t<= 8\t%s\n", what, (double)least / 1024, (double)most / 1024,
	       (double)(most - least) / 1024, command);
	fflush(stdout);
}

static void seal_all(const char *name, int64_t events, bool report)
{
	sqlite3 *db = open_database(name);
	sqlite3_stmt *seal = prepare(db, "SELECT stead_audit_seal(10000)");
	int64_t sealed = 0, count;
	long early = 0;
	spent begin, summaries;

	reset_peak();
	begin = start();
	do {
		expect(db, sqlite3_step(seal), SQLITE_ROW, "sealing");
		count = sqlite3_column_int64(seal, 0);
		sqlite3_reset(seal);
		sealed += count;
		if (!early && sealed >= events / 10)
			early = memory("VmHWM");
	} while (count);
	begin = since(begin);
	if (report) {
		report_one("seal, events a second of CPU", (double)sealed / begin.cpu, ">= 100000",
		           "SELECT stead_audit_seal(10000), until 0");
		report_one("seal, events a second of time", (double)sealed / begin.wall, "-", "the same");
		report_memory("seal: peak after a tenth / after all", early, memory("VmHWM"), "VmHWM; the ratio is MB more");
	}
	summaries = start();
	upkeep(db);
	summaries = since(summaries);
	if (report)
		report_one("seal and summarise, events a second of CPU", (double)sealed / (begin.cpu + summaries.cpu),
		           ">= 100000", "the same, and stead_maintain()");
	sqlite3_finalize(seal);
	sqlite3_close(db);
}

/* Bytes of a file that are in use. The plain table has a primary key and a time index. */
static double bytes_used(const char *name)
{
	sqlite3 *db = open_database(name);
	int64_t bytes = ask_number(db, "SELECT (page_count - freelist_count) * page_size"
	                               " FROM pragma_page_count, pragma_freelist_count, pragma_page_size");

	sqlite3_close(db);
	return (double)bytes;
}

static void report_bytes(int64_t events)
{
	double plain = bytes_used("many-plain") / (double)events, stead = bytes_used("many-stead") / (double)events;

	printf("bytes an event, sealed and indexed / time index\t%.0f\t%.0f\t%.3f\t<= 1.25\tpages in use\n", plain, stead,
	       stead / plain);
	fflush(stdout);
}

static void verify_all(const char *name)
{
	sqlite3 *db = open_database(name);
	int64_t sealed = ask_number(db, "SELECT sum(events) FROM stead_audit_block"),
			blocks = ask_number(db, "SELECT max(block) FROM stead_audit_block");
	char *tenth = sqlite3_mprintf("SELECT status FROM stead_audit_verify(1, %lld) ORDER BY 1 LIMIT 1",
	                              (long long)(blocks / 10 ? blocks / 10 : 1));
	char *status;
	long early;
	spent begin;

	reset_peak();
	sqlite3_free(ask(db, tenth));
	early = memory("VmHWM");
	begin = start();
	status = ask(db, "SELECT group_concat(status) FROM stead_audit_verify()");
	begin = since(begin);
	if (strcmp(status, "ok") != 0) {
		fprintf(stderr, "bench: the log does not verify: %s\n", status);
		exit(1);
	}
	report_one("verify, events a second of CPU", (double)sealed / begin.cpu, ">= 200000",
	           "SELECT * FROM stead_audit_verify()");
	report_one("verify, events a second of time", (double)sealed / begin.wall, "-", "the same");
	report_memory("verify: peak of a tenth / of all", early, memory("VmHWM"), "VmHWM; the ratio is MB more");
	sqlite3_free(status);
	sqlite3_free(tenth);
	sqlite3_close(db);
}

/* ---- Pruning beside a writer ------------------------------------------------------------------------------------- */

#define MOST_WAITS 1000000

typedef struct {
	const char *name, *sql;
	atomic_bool stop;
	double *waits; /* seconds of each write */
	int count;
} disturbed;

/* Commits an event every 3 ms, like one request after another, and records how long each waited for its turn. The rest
 * of its time is the writer's own, including a checkpoint now and then. */
static void *write_on(void *data)
{
	disturbed *writer = data;
	sqlite3 *dbs[] = {open_database(writer->name), NULL};
	sqlite3_stmt *statements[] = {prepare(dbs[0], writer->sql), NULL};

	run(dbs[0], "PRAGMA busy_timeout = 5000");
	while (!atomic_load(&writer->stop) && writer->count < MOST_WAITS) {
		spent begin = start();

		run(dbs[0], "BEGIN IMMEDIATE");
		writer->waits[writer->count++] = since(begin).wall;
		if (strchr(writer->sql, '(') && strstr(writer->sql, "stead_audit_log"))
			finish(dbs[0], statements[0]);
		else
			put_event(dbs, statements, clock_micros());
		run(dbs[0], "COMMIT");
		nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
	}
	sqlite3_finalize(statements[0]);
	sqlite3_close(dbs[0]);
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Runs a statement until it returns 0 or the time is over, while another connection writes. Returns the time it
 * took. */
static double prune_beside(disturbed *writer, const char *sql, long pause_micros, double seconds, int64_t *rows)
{
	sqlite3 *db = open_database(writer->name);
	sqlite3_stmt *prune = prepare(db, sql);
	bool more = true;
	pthread_t thread;
	spent begin;
	double took;

	run(db, "PRAGMA busy_timeout = 5000");
	*rows = 0;
	writer->waits = malloc(MOST_WAITS * sizeof *writer->waits);
	writer->count = 0;
	atomic_store(&writer->stop, false);
	pthread_create(&thread, NULL, write_on, writer);
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	begin = start();
	while (more) {
		int code = sqlite3_step(prune);

		more = code == SQLITE_ROW;
		if (more) { /* a number, or a report that says whether there is more to do */
			const char *text = (const char *)sqlite3_column_text(prune, 0);

			*rows += sqlite3_column_int64(prune, 0);
			more = text[0] == '{' ? strstr(text, "\"left\":true") != NULL : strcmp(text, "0") != 0;
		} else
			expect(db, code, SQLITE_DONE, sql);
		sqlite3_reset(prune);
		if (since(begin).wall > seconds)
			more = false;
		if (pause_micros)
			nanosleep(&(struct timespec){.tv_nsec = pause_micros * 1000}, NULL);
	}
	took = since(begin).wall;
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	atomic_store(&writer->stop, true);
	pthread_join(thread, NULL);
	qsort(writer->waits, (size_t)writer->count, sizeof *writer->waits, by_size);
	sqlite3_finalize(prune);
	sqlite3_close(db);
	return took;
}

static double longest(const disturbed *writer)
{
	return writer->waits[writer->count - 1];
}

static double ninety_ninth(const disturbed *writer)
{
	return writer->waits[(int)((double)writer->count * 0.99)];
}

static void report_waits(const char *what, const disturbed *plain, const disturbed *stead, const char *command)
{
	printf("%s, longest\t", what);
	print_duration(longest(plain));
	print_duration(longest(stead));
	printf("%.2f\t<= 10\tms; %s\n", longest(stead) * 1000, command);
	printf("%s, p99\t", what);
	print_duration(ninety_ninth(plain));
	print_duration(ninety_ninth(stead));
	printf("%.2f\t-\tms\n", ninety_ninth(stead) * 1000);
	fflush(stdout);
}

static void bench_prune(const char *plain_name, const char *stead_name)
{
	disturbed plain = {.name = plain_name, .sql = insert_plain},
			  stead = {.name = stead_name,
	                   .sql = "SELECT stead_audit_log("
	                          "'document.open', 'document', '4711', 'user_17', 'Alice Example', true, '{\"from\": "
	                          "\"list\", \"count\": 17}', NULL, '10.1.2.3')"};
	sqlite3 *db = open_database(stead_name);
	char cutoff[80], *delete;
	int64_t rows;
	double took;

	if (sqlite3_exec(db, "SELECT stead_retention_set('audit', 36500)", NULL, NULL, NULL) != SQLITE_OK) {
		printf("prune: this build has no retention\n");
		sqlite3_close(db);
		return;
	}
	format_time(clock_micros() - (DAYS - PRUNED_DAYS) * DAY, cutoff, sizeof cutoff);
	delete = sqlite3_mprintf("DELETE FROM plain WHERE occurred_at < '%s'", cutoff);
	prune_beside(&stead, "SELECT 0", 0, 1, &rows); /* how long a writer waits undisturbed */
	printf("a writer undisturbed waits: longest %.2f ms, p99 %.2f ms\n", longest(&stead) * 1000,
	       ninety_ninth(&stead) * 1000);
	took = prune_beside(&plain, delete, 0, 600, &rows);
	printf("one DELETE took %.2f s\n", took);
	/* each way prunes other days, as pruned events are gone */
	static const struct {
		int days;
		long pause;
		const char *what, *sql, *command;
	} ways[] = {
		{DAYS - PRUNED_DAYS / 2, 0, "a writer waits while pruning / DELETE", "SELECT stead_prune('audit')",
	     "SELECT stead_prune('audit'), until 0"},
		{DAYS - PRUNED_DAYS, 0, "a writer waits during maintenance / DELETE", "SELECT stead_maintain(1000)",
	     "SELECT stead_maintain(), until nothing is left"},
	};
	for (int i = 0; i < (int)(sizeof ways / sizeof *ways); i++) {
		char *policy = sqlite3_mprintf("SELECT stead_retention_set('audit', %d)", ways[i].days);

		run(db, policy);
		took = prune_beside(&stead, ways[i].sql, ways[i].pause, 180, &rows);
		printf("%s: %.1f s, %lld writes\n", ways[i].command, took, (long long)stead.count);
		report_waits(ways[i].what, &plain, &stead, ways[i].command);
		sqlite3_free(policy);
		free(stead.waits);
	}
	printf("events left: %lld\n", (long long)ask_number(db, "SELECT count(*) FROM stead_audit_event"));
	sqlite3_free(delete);
	sqlite3_close(db);
}

/* ---- All --------------------------------------------------------------------------------------------------------- */

void bench_scale(int64_t events)
{
	bool rollup = wanted("scale") || wanted("rollup"), seal = wanted("scale") || wanted("seal"),
		 prune = wanted("scale") || wanted("prune"), bytes = wanted("bytes"), seen = wanted("scale") || wanted("seen");
	int64_t few = events / 10, now;
	char what[120];

	if (!rollup && !seal && !prune && !bytes && !seen)
		return;
	if (rollup) {
		fill("few-plain", "few-stead", few);
		snprintf(what, sizeof what, "audit_stats, none of %lld sealed", (long long)few);
		compare_stats(what, "few-plain", "few-stead", ">= 4", "-");
	}
	fill("many-plain", "many-stead", events);
	if (rollup) {
		snprintf(what, sizeof what, "audit_stats, none of %lld sealed", (long long)events);
		compare_stats(what, "many-plain", "many-stead", ">= 4", "-");
	}
	seal_all("many-stead", events, seal);
	if (seal || bytes)
		report_bytes(events);
	if (rollup) {
		snprintf(what, sizeof what, "audit_stats, all of %lld sealed", (long long)events);
		compare_stats(what, "many-plain", "many-stead", ">= 50", "<= 10 ms");
	}
	if (seen) {
		snprintf(what, sizeof what, "report, all of %lld sealed", (long long)events);
		report_seen(what, "many-stead", "SELECT stead_report()", "<= 300 ms");
		snprintf(what, sizeof what, "metrics, all of %lld sealed", (long long)events);
		report_seen(what, "many-stead", "SELECT stead_metrics()", "<= 20 ms");
	}
	sqlite3 *dbs[] = {open_database("many-plain"), open_database("many-stead")};
	now = clock_micros();
	put_events(dbs, TAIL, now - DAY / DAYS, now);
	sqlite3_close(dbs[0]);
	sqlite3_close(dbs[1]);
	if (seal)
		verify_all("many-stead");
	if (rollup) {
		snprintf(what, sizeof what, "audit_stats, all but %d of %lld sealed", TAIL, (long long)events);
		compare_stats(what, "many-plain", "many-stead", ">= 50", "<= 30 ms");
	}
	if (seen) {
		snprintf(what, sizeof what, "report, all but %d of %lld sealed", TAIL, (long long)events);
		report_seen(what, "many-stead", "SELECT stead_report()", "<= 300 ms");
		report_page_size("many-stead");
		snprintf(what, sizeof what, "metrics, all but %d of %lld sealed", TAIL, (long long)events);
		report_seen(what, "many-stead", "SELECT stead_metrics()", "<= 20 ms");
	}
	if (prune)
		bench_prune("many-plain", "many-stead");
}
