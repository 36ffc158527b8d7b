/*
 * sqlite_read.c - lists, counts, tops and statistics of a log that is sealed, in blocks of 10 thousand as
 * stead_maintain() makes them, and again with 10 thousand events that are not.
 */
#include "sqlite.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define TAIL 10000
#define FEW 10000
#define MOST_FILTERS 60

/* Adds the events after number done, until there are count, without Stead. Twenty of every made events are rare. A
 * tail has none of them: a search for one must read all of it. A block ends with its day, which has 27 thousand. */
static void add_events(sqlite3 *db, int64_t done, int64_t count, int64_t made)
{
	char *sql = sqlite3_mprintf(
		"WITH RECURSIVE numbers(i) AS (SELECT %lld UNION ALL SELECT i + 1 FROM numbers WHERE i < %lld)\n"
		"INSERT INTO stead_audit_event (" COLUMN_NAMES ")\n"
		"SELECT at, at, CASE WHEN rare THEN 'rare' WHEN h %% 10 < 3 THEN 'login'\n"
		"  ELSE 'action_' || (h / 10 %% 18) END,\n"
		"CASE WHEN rare THEN 'rare' WHEN h / 3 %% 10 > 0 THEN 'type_' || (h / 30 %% 9) END,\n"
		"CASE WHEN rare THEN 'rare' WHEN h / 7 %% 100 = 0 THEN 'hot' WHEN h / 3 %% 10 > 0\n"
		"  THEN 'resource_' || (h / 11 %% 100000) END,\n"
		"CASE WHEN rare THEN 'rare' WHEN h / 13 %% 20 = 0 THEN 'hot' WHEN h / 13 %% 20 > 1 THEN "
		"'user_' || (h / 17 %% 1000) END,\n"
		"CASE WHEN rare THEN 'Rare' WHEN h / 13 %% 20 = 0 THEN 'Hot' WHEN h / 13 %% 20 > 1 THEN "
		"'User ' || (h / 17 %% 1000) END,\n"
		"h / 19 %% 10 > 0,\n"
		"CASE WHEN rare THEN '{\"note\": \"needle\"}' WHEN h %% 2 = 0 THEN '{\"from\": \"list\", "
		"\"count\": ' || h %% 1000 || '}' END,\n"
		"CASE WHEN h / 19 %% 10 = 0 THEN 'permission denied' END,\n"
		"CASE WHEN rare THEN '192.0.2.1' WHEN h / 37 %% 20 = 0 THEN '10.0.0.1' ELSE '10.1.' || (h / 23 %% 256) || '.' "
		"|| (h / 29 %% 256) END,\n"
		"CASE WHEN h / 31 %% 2 = 0 THEN 'Mozilla/5.0 (X11; Linux x86_64)' END\n"
		"FROM (SELECT i * 2654435761 %% 4294967296 AS h, i %% (%lld / 20) = 0 AS rare,\n"
		"strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', 'now', ((i - %lld) * 3.1536) || ' seconds') AS at\n"
		"FROM numbers)",
		(long long)done + 1, (long long)count, (long long)made, (long long)made);

	run(db, sql);
	sqlite3_free(sql);
}

/* A sealed log. Indexes and triggers are dropped, and made again from their own text. */
static sqlite3 *filled(const char *name, int64_t count)
{
	sqlite3 *db = open_database(name);
	char *objects, *drops, *sealed;
	bool more;

	objects = ask(db, "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE tbl_name = 'stead_audit_event'"
	                  " AND (type = 'trigger' OR (type = 'index' AND sql NOT NULL))");
	drops = ask(db, "SELECT group_concat('DROP ' || type || ' ' || name, ';') FROM sqlite_schema WHERE tbl_name ="
	                " 'stead_audit_event' AND (type = 'trigger' OR (type = 'index' AND sql NOT NULL))");
	run(db, "PRAGMA synchronous = OFF");
	run(db, "PRAGMA journal_mode = MEMORY");
	run(db, "PRAGMA cache_size = -200000");
	run(db, drops);
	add_events(db, 0, count, count);
	run(db, objects);
	do {
		sealed = ask(db, "SELECT stead_audit_seal(10000)");
		more = strcmp(sealed, "0") != 0;
		sqlite3_free(sealed);
	} while (more);
	upkeep(db);
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

/* How far the process's peak memory rose above what it held before, in MB. The peak is reset first. */
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
	report_time("audit_stats (time)", &plain_took, &stead_took, "-",
	            "SELECT * FROM stead_audit_stats() / three plain queries");
	printf("audit_stats (RSS growth, MB)\t\t\t%.2f\t<= 50\tVmHWM of the process\n", memory_growth(db, stead));
	fflush(stdout);
	for (int i = 0; i < 3; i++)
		sqlite3_finalize(plain[i]);
	sqlite3_finalize(stead);
}

/* A block has 128 buckets, by the first 7 bits of the hash. */
static int bucket_of_action(sqlite3 *db, const char *action)
{
	sqlite3_stmt *secret = prepare(db, "SELECT secret || x'01' || ? FROM stead_audit_index_key");
	unsigned char hash[SHA256_DIGEST_LENGTH] = {0};

	bind_text(secret, 1, action, SQLITE_STATIC);
	if (sqlite3_step(secret) == SQLITE_ROW) {
		const unsigned char *hashed = sqlite3_column_blob(secret, 0);

		SHA256(hashed, (size_t)sqlite3_column_bytes(secret, 0), hash);
	}
	sqlite3_finalize(secret);
	return hash[0] >> 1;
}

/* Puts an action of no event, whose bucket has login, too, in the place of a word. */
static char *beside_login(sqlite3 *db, char *text, const char *word)
{
	char *at = strstr(text, word), *name = NULL, *whole;
	int login;

	if (!at)
		return text;
	login = bucket_of_action(db, "login");
	for (int i = 0; !name; i++) {
		name = sqlite3_mprintf("beside_%d", i);
		if (bucket_of_action(db, name) == login)
			break;
		sqlite3_free(name);
		name = NULL;
	}
	whole = sqlite3_mprintf("%.*s%s%s", (int)(at - text), text, name, at + strlen(word));
	sqlite3_free(name);
	sqlite3_free(text);
	return whole;
}

/* Prepares the first page of a list; the filter gets times and a value of this database. */
static sqlite3_stmt *prepare_list(sqlite3 *db, const char *filter)
{
	static const char *const names[] = {"@first@", "@middle@", "@last@"};
	static const char *const order[] = {"ASC LIMIT 1 OFFSET 20",
	                                    "DESC LIMIT 1 OFFSET (SELECT count(*) / 2 FROM stead_audit_event)",
	                                    "DESC LIMIT 1 OFFSET 19"};
	sqlite3_stmt *statement = prepare(db, "SELECT * FROM stead_audit_list(?, 50)");
	char *text = beside_login(db, sqlite3_mprintf("%s", filter), "@beside@");

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

/* The time of one call, measured over as many calls as take 30 ms. */
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

/* What a page of the many events costs: over each filter, then once more with a tail. */
static double without_tail[MOST_FILTERS];

static void measure(sqlite3 *db, sqlite3_stmt *statement, series *took)
{
	finish(db, statement);
	for (int turn = 0; turn < pairs; turn++)
		note(took, turn, page_time(db, statement), 1);
}

static void compare_pages(sqlite3 *few, sqlite3 *many, int number, const char *what, const char *target,
                          const char *filter)
{
	sqlite3_stmt *statements[] = {prepare_list(few, filter), prepare_list(many, filter)};
	series few_took, many_took;

	measure(few, statements[0], &few_took);
	measure(many, statements[1], &many_took);
	without_tail[number] = median(many_took.cpu);
	printf("list: %s\t", what);
	print_duration(median(few_took.cpu));
	print_duration(median(many_took.cpu));
	printf("%.3g (%.2fx)\t%s\tstead_audit_list('%s', 50)\n", median(many_took.cpu) * 1000,
	       median(many_took.cpu) / median(few_took.cpu), target, filter);
	fflush(stdout);
	sqlite3_finalize(statements[0]);
	sqlite3_finalize(statements[1]);
}

static void compare_tail(sqlite3 *many, int number, const char *what, const char *filter)
{
	sqlite3_stmt *statement = prepare_list(many, filter);
	series took;

	measure(many, statement, &took);
	printf("tail: %s\t", what);
	print_duration(without_tail[number]);
	print_duration(median(took.cpu));
	printf("%.3g\t<= 10 ms\tstead_audit_list('%s', 50)\n", (median(took.cpu) - without_tail[number]) * 1000, filter);
	fflush(stdout);
	sqlite3_finalize(statement);
}

/* Each line of the file; few is NULL when the many events have a tail. */
static void each_filter(const char *filters, sqlite3 *few, sqlite3 *many)
{
	FILE *lines = fopen(filters, "r");
	char line[300];

	for (int number = 0; lines && number < MOST_FILTERS && fgets(line, sizeof line, lines); number++) {
		char *what = strtok(line, "\t"), *target = strtok(NULL, "\t"), *filter = strtok(NULL, "\t\n");

		if (filter && few)
			compare_pages(few, many, number, what, target, filter);
		else if (filter)
			compare_tail(many, number, what, filter);
	}
	if (lines)
		fclose(lines);
}

static void compare_count(sqlite3 *few, sqlite3 *many, const char *filter)
{
	sqlite3_stmt *statements[2];
	series few_took, many_took;

	for (int i = 0; i < 2; i++) {
		statements[i] = prepare(i ? many : few, "SELECT stead_audit_count(?)");
		bind_text(statements[i], 1, filter, SQLITE_STATIC);
	}
	measure(few, statements[0], &few_took);
	measure(many, statements[1], &many_took);
	printf("count to 10000\t");
	print_duration(median(few_took.cpu));
	print_duration(median(many_took.cpu));
	printf("%.3g (%.2fx)\t-\tstead_audit_count('%s')\n", median(many_took.cpu) * 1000,
	       median(many_took.cpu) / median(few_took.cpu), filter);
	fflush(stdout);
	sqlite3_finalize(statements[0]);
	sqlite3_finalize(statements[1]);
}

static void compare_top(sqlite3 *db, const char *dimension, const char *target)
{
	char *group = sqlite3_mprintf("SELECT %s, count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event"
	                              " WHERE %s IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
	                              dimension, dimension);
	char *call = sqlite3_mprintf("SELECT * FROM stead_audit_top('%s')", dimension);
	char *what = sqlite3_mprintf("top: %s", dimension);
	sqlite3_stmt *plain = prepare(db, group), *stead = prepare(db, call);
	series plain_took, stead_took;
	int turns = pairs;

	finish(db, stead);
	pairs = 1; /* the GROUP BY reads everything */
	note(&plain_took, 0, read_all(db, &plain, 1), 1);
	note(&stead_took, 0, page_time(db, stead), 1);
	pairs = turns;
	printf("%s\t", what);
	print_duration(plain_took.cpu[0]);
	print_duration(stead_took.cpu[0]);
	printf("%.1f\t%s\t%s / GROUP BY\n", plain_took.cpu[0] / stead_took.cpu[0], target, call);
	fflush(stdout);
	sqlite3_finalize(plain);
	sqlite3_finalize(stead);
	sqlite3_free(group);
	sqlite3_free(call);
	sqlite3_free(what);
}

static void bench_list(sqlite3 *many, const char *filters)
{
	static const char *const counted[] = {"{}", "{\"action\": \"login\"}", "{\"actor_id\": \"hot\"}",
	                                      "{\"actor_id\": \"user_7\"}", "{\"success\": false}",
	                                      "{\"action\": \"login\", \"actor_id\": \"hot\"}"};
	static const char *const dimensions[] = {"action",   "resource_type", "resource_id",
	                                         "actor_id", "actor_name",    "ip_address"};
	sqlite3 *few = filled("few", FEW);

	printf("list's first page: 'plain' is of 10 thousand events, 'stead' of %lld, both sealed; then ms (times)\n",
	       (long long)row_count);
	compare_pages(few, many, MOST_FILTERS - 1, "no filter", "<= 1 ms", "{}");
	each_filter(filters, few, many);
	for (int i = 0; i < (int)(sizeof counted / sizeof *counted); i++)
		compare_count(few, many, counted[i]);
	for (int i = 0; i < (int)(sizeof dimensions / sizeof *dimensions); i++)
		compare_top(many, dimensions[i], i == 2 ? "-" : ">= 20");
	add_events(many, row_count, row_count + TAIL, row_count);
	printf("the same with %d events more, which are not sealed; 'plain' is without them; then ms more\n", TAIL);
	compare_tail(many, MOST_FILTERS - 1, "no filter", "{}");
	each_filter(filters, NULL, many);
	sqlite3_close(few);
}

void bench_read(const char *filters)
{
	sqlite3 *many = filled("many-rows", row_count);

	if (wanted("stats"))
		bench_stats(many);
	if (wanted("list"))
		bench_list(many, filters);
	sqlite3_close(many);
}
