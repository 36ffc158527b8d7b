/*
 * property.c - compares the statistics of random audit trails with counts made here, while events are logged, sealed
 * and pruned.
 *
 * Run it as "property postgresql SEED STEPS", in the database that libpq finds, or as "property sqlite SEED STEPS
 * FILE". The database must not contain Stead. With every event, a row goes into the test's own table, shadow, in the
 * same transaction; that table is never pruned. Every check reads both in one snapshot, and counts the rows of shadow
 * in C. Meanwhile, other connections log events, with savepoints and rollbacks. What they do is random. Everything
 * else depends on SEED, and on the day, as times are up to 40 days old.
 *
 * After the first prune, ranges consist of whole hours: an incomplete hour at an end of a range is counted from its
 * events, which may be gone. For the same reason, buckets of a minute are left out then. Dimensions other than action,
 * and the recent failures, always count the events that are left.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "random.h"

enum { ACTIONS = 14, ACTORS = 5, WRITERS = 3, RANGES = 12, DAYS = 40 };
enum { MOST_WRITTEN = 30 }; /* transactions of a writer per step: a slow reader must not face an ever longer log */
#define HOUR (3600 * SECOND)

static const char *file;        /* NULL: on PostgreSQL */
static int64_t today;           /* 00:00 UTC */
static volatile int64_t *phase; /* when the writers' events occur; shared with the writers */
static bool pruned;

static int64_t clock_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * SECOND + time.tv_nsec / 1000;
}

static database connect_database(void)
{
	database on = file ? open_sqlite(file) : open_postgresql();

	if (file)
		must(on, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	else
		must(on, "SET timezone = 'UTC'");
	return on;
}

/* ---- Times ----------------------------------------------------------------------------------------------------- */

/* Reads a time as either database prints it: 2026-01-02 03:04:05.6+00, 2026-01-02T03:04:05.600000Z. */
static int64_t parse_time(const char *text)
{
	struct tm parts = {0};
	int64_t fraction = 0, unit = SECOND;
	const char *at;

	if (strncmp(text, "NULL", 4) == 0)
		return INT64_MIN;
	if (sscanf(text, "%d-%d-%d%*c%d:%d:%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
	           &parts.tm_min, &parts.tm_sec) != 6)
		fail("no time: %s", text);
	parts.tm_year -= 1900;
	parts.tm_mon--;
	if (text[19] == '.')
		for (at = text + 20; *at >= '0' && *at <= '9'; at++)
			fraction += (*at - '0') * (unit /= 10);
	return timegm(&parts) * SECOND + fraction;
}

/* The start of the bucket, or of a later one, computed here with the C library. */
static int64_t bucket_of(const char *bucket, int64_t at, int ahead)
{
	time_t seconds = (time_t)(at / SECOND);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	parts.tm_sec = 0;
	if (strcmp(bucket, "minute") == 0)
		parts.tm_min += ahead;
	else {
		parts.tm_min = 0;
		if (strcmp(bucket, "hour") == 0)
			parts.tm_hour += ahead;
		else {
			parts.tm_hour = 0;
			if (strcmp(bucket, "day") == 0)
				parts.tm_mday += ahead;
			else if (strcmp(bucket, "week") == 0)
				parts.tm_mday += 7 * ahead - (parts.tm_wday + 6) % 7; /* ISO: from Monday */
			else {
				parts.tm_mday = 1;
				parts.tm_mon += ahead;
			}
		}
	}
	return timegm(&parts) * SECOND;
}

/* A random time of this span; often at a bucket's edge or a microsecond beside it. */
static int64_t random_time(int64_t from, int64_t until)
{
	int64_t at = from + below(until - from), edge;

	switch (below(5)) {
	case 0:
		edge = at / HOUR * HOUR;
		break;
	case 1:
		edge = at / DAY * DAY;
		break;
	case 2:
		edge = at / (60 * SECOND) * (60 * SECOND);
		break;
	default:
		edge = at;
		break;
	}
	if (edge != at)
		edge += below(3) - 1;
	return edge < from ? from : edge >= until ? until - 1 : edge;
}

/* ---- Logging --------------------------------------------------------------------------------------------------- */

/* Logs one event and its shadow, both or neither: in one statement, or on SQLite, which cannot do that, in one
 * transaction. */
static char *log_event(database on, int64_t from, int64_t until)
{
	int action = (int)(below(4) ? below(4) : below(ACTIONS)), actor = (int)below(ACTORS);
	bool success = below(5) > 0;
	char at[40];

	format_time(random_time(from, until), at);
	return askf(on,
	            "%s stead_audit_log('a%d', 'type', NULL, %s%.*d%s, NULL, %s, NULL, NULL, NULL, NULL, '%s')%s '%s', %d, "
	            "%s, %s %s",
	            on.pg ? "INSERT INTO shadow SELECT" : "SELECT", action, actor ? "'" : "NUL", actor ? 1 : 0, actor,
	            actor ? "'" : "L", success ? "true" : "false", at, on.pg ? "," : "; INSERT INTO shadow SELECT max(id),",
	            at, action, actor ? (char[]){(char)('0' + actor), 0} : "NULL", success ? "true" : "false",
	            on.pg ? "" : "FROM stead_audit_event");
}

static void log_or_fail(database on, int64_t from, int64_t until)
{
	char *answer = log_event(on, from, until);

	if (is_error(answer))
		fail("%s", answer);
	free(answer);
}

/* Adds the shadows of the events that pruning logs. */
static void shadow_ours(database on)
{
	must(on,
	     "INSERT INTO shadow SELECT id, occurred_at, %d, NULL, success FROM stead_audit_event WHERE action LIKE "
	     "'stead.%%'"
	     " AND id NOT IN (SELECT id FROM shadow)",
	     ACTIONS);
}

static _Noreturn void be_writer(int number)
{
	database on = connect_database();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom((unsigned)(seed + (unsigned)number));
	for (int64_t from = 0, until, written = 0;; written++) {
		if (from != *phase)
			written = 0;
		else if (written >= MOST_WRITTEN) {
			usleep(1000);
			continue;
		}
		from = *phase;
		until = from + DAY / 2;
		/* otherwise SQLite refuses a writer that has read before, however long it waits */
		must(on, file ? "BEGIN IMMEDIATE" : "BEGIN");
		for (int64_t left = below(8); left >= 0; left--) {
			log_or_fail(on, from, until);
			if (below(4) == 0) {
				must(on, "SAVEPOINT a");
				log_or_fail(on, from, until);
				must(on, below(2) ? "ROLLBACK TO a" : "RELEASE a");
			}
			if (!file && below(8) == 0)
				usleep((useconds_t)below(20000));
		}
		must(on, below(4) ? "COMMIT" : "ROLLBACK");
		usleep((useconds_t)below(file ? 30000 : 10000));
	}
}

/* ---- Counting by hand ------------------------------------------------------------------------------------------ */

typedef struct {
	int64_t at;
	int action, actor;
	bool success;
} event;

static event *events;
static int event_count;

static int by_time(const void *a, const void *b)
{
	int64_t left = ((const event *)a)->at, right = ((const event *)b)->at;

	return left < right ? -1 : left > right;
}

static void load_events(database on)
{
	char *rows = ask(on, "SELECT occurred_at, action, success, coalesce(actor, 0) FROM shadow"), *at = rows;
	int room = 0, success;

	if (is_error(rows))
		fail("%s", rows);
	event_count = 0;
	for (char *end; *at; at = end + 1) {
		event *next;

		end = strchr(at, '\n');
		*end = 0; /* otherwise sscanf() takes the length of the whole rest for every row */
		if (event_count >= room)
			events = realloc(events, sizeof *events * (size_t)(room = room ? room * 2 : 1024));
		next = &events[event_count++];
		next->at = parse_time(at);
		if (sscanf(strchr(at, '|'), "|%d|%d|%d", &next->action, &success, &next->actor) != 3)
			fail("no event: %.80s", at);
		next->success = success;
	}
	free(rows);
	qsort(events, (size_t)event_count, sizeof *events, by_time);
}

typedef struct {
	int64_t since, until; /* INT64_MIN and INT64_MAX: open */
	char arguments[100];
} range;

static bool in_range(const event *event, const range *of)
{
	return event->at >= of->since && event->at < of->until;
}

static void action_name(int action, char out[16])
{
	if (action == ACTIONS)
		strcpy(out, "stead.prune");
	else
		snprintf(out, 16, "a%d", action);
}

/* The actions of a range in the order that both functions promise: by count, then by name. */
typedef struct {
	char name[16];
	int64_t events, failures;
} counted;

static int by_count(const void *a, const void *b)
{
	const counted *left = a, *right = b;

	return left->events != right->events ? (left->events < right->events ? 1 : -1) : strcmp(left->name, right->name);
}

static void count_actions(const range *of, counted out[ACTIONS + 1])
{
	for (int i = 0; i <= ACTIONS; i++) {
		out[i] = (counted){.events = 0};
		action_name(i, out[i].name);
	}
	for (int i = 0; i < event_count; i++)
		if (in_range(&events[i], of)) {
			out[events[i].action].events++;
			out[events[i].action].failures += !events[i].success;
		}
	qsort(out, ACTIONS + 1, sizeof *out, by_count);
}

static int64_t count_since(const range *of, int64_t since)
{
	int64_t count = 0;

	for (int i = 0; i < event_count; i++)
		count += in_range(&events[i], of) && events[i].at >= since;
	return count;
}

/* ---- Checks ---------------------------------------------------------------------------------------------------- */

static void compare(const char *what, const range *of, const char *got, const char *wanted)
{
	if (strcmp(got, wanted) != 0)
		wrong("%s(%s): got\n#   %.600s\n# wanted\n#   %.600s", what, of->arguments, got, wanted);
}

static void check_stats(database on, const range *of)
{
	int64_t before = clock_now(), after, first = INT64_MIN, last = INT64_MIN, today_least, today_most, week_least,
			week_most;
	char *got =
		askf(on,
	         "SELECT total_events, successful_events, failed_events, events_today, events_this_week, first_event_at,"
	         " last_event_at, top_actions FROM stead_audit_stats(%s)",
	         of->arguments);
	long long total, good, bad, this_day, this_week;
	counted actions[ACTIONS + 1];
	char first_text[40], last_text[40], json[2000] = "[", *squeezed, *out;

	after = clock_now();
	if (sscanf(got, "%lld|%lld|%lld|%lld|%lld|%39[^|]|%39[^|]|", &total, &good, &bad, &this_day, &this_week, first_text,
	           last_text) != 7) {
		wrong("stats(%s): %s", of->arguments, got);
		free(got);
		return;
	}
	count_actions(of, actions);
	for (int i = 0; i < event_count; i++)
		if (in_range(&events[i], of)) {
			first = first == INT64_MIN ? events[i].at : first;
			last = events[i].at;
		}
	for (int i = 0; i <= ACTIONS; i++) {
		total -= actions[i].events;
		bad -= actions[i].failures;
		good -= actions[i].events - actions[i].failures;
		if (i < 10 && actions[i].events)
			sprintf(json + strlen(json), "%s{\"action\":\"%s\",\"count\":%lld}", i ? "," : "", actions[i].name,
			        (long long)actions[i].events);
	}
	strcat(json, "]\n");
	if (total || good || bad)
		wrong("stats(%s): off by %lld events, %lld successful, %lld failed", of->arguments, total, good, bad);
	if (parse_time(first_text) != first || parse_time(last_text) != last)
		wrong("stats(%s): first %s, last %s", of->arguments, first_text, last_text);
	/* the function looks at the clock somewhere between before and after */
	today_most = count_since(of, before / DAY * DAY), today_least = count_since(of, after / DAY * DAY);
	if (this_day > today_most || this_day < today_least)
		wrong("stats(%s): %lld today, not %lld", of->arguments, this_day, (long long)today_most);
	/* after pruning, the events of an hour may be gone, and the hour in which the week begins is counted from events */
	week_most = count_since(of, before - 7 * DAY), week_least = count_since(of, after - 7 * DAY);
	if (pruned)
		week_least = count_since(of, after / HOUR * HOUR - 7 * DAY + HOUR);
	if (this_week > week_most || this_week < week_least)
		wrong("stats(%s): %lld this week, not %lld to %lld", of->arguments, this_week, (long long)week_least,
		      (long long)week_most);
	squeezed = out = strrchr(got, '|') + 1; /* PostgreSQL's jsonb prints spaces */
	for (char *in = squeezed; (*out = *in); in++)
		out += *in != ' ';
	compare("top_actions of stats", of, squeezed, json);
	free(got);
}

static void check_top(database on, const range *of)
{
	static const char *const others[] = {"actor_id", "resource_type"};
	int limit = 1 + (int)below(ACTIONS);
	const char *other = others[below(2)];
	counted actions[ACTIONS + 1];
	char wanted[2000] = "", *got, *raw, since[40], until[40];

	count_actions(of, actions);
	for (int i = 0; i < limit && i <= ACTIONS && actions[i].events; i++)
		sprintf(wanted + strlen(wanted), "%s|%lld|%lld\n", actions[i].name, (long long)actions[i].events,
		        (long long)actions[i].failures);
	got = askf(on, "SELECT * FROM stead_audit_top('action', %s, %d)", of->arguments, limit);
	compare("top of action", of, got, wanted);
	free(got);
	format_time(of->since == INT64_MIN ? 0 : of->since, since);
	format_time(of->until == INT64_MAX ? today + 1000 * DAY : of->until, until);
	got = askf(on, "SELECT * FROM stead_audit_top('%s', %s, %d)", other, of->arguments, limit);
	raw =
		askf(on,
	         "SELECT %s, count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event WHERE %s IS NOT NULL AND"
	         " occurred_at >= '%s' AND occurred_at < '%s' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %d",
	         other, other, since, until, limit);
	compare("top of another", of, got, raw);
	free(got);
	free(raw);
}

static void check_histogram(database on, const range *of)
{
	static const char *const buckets[] = {"hour", "day", "week", "month", "minute"};
	int which = (int)below(pruned ? 4 : 5), only = below(2) ? (int)below(ACTIONS) : -1, at = 0;
	int64_t since = of->since, until = of->until, start;
	char action[32] = "NULL", *got, *line, from[40], to[40];

	if (which == 4 && until > since + 2 * DAY)
		until = since + 2 * DAY; /* as many buckets as other ranges have */
	if (since == INT64_MIN || until == INT64_MAX)
		return;
	if (only >= 0)
		snprintf(action, sizeof action, "'a%d'", only);
	format_time(since, from);
	format_time(until, to);
	got = askf(on, "SELECT * FROM stead_audit_histogram('%s', '%s', '%s', %s)", buckets[which], from, to, action);
	line = got;
	for (start = bucket_of(buckets[which], since, 0); since < until && start < until;) {
		int64_t next = bucket_of(buckets[which], start, 1), count = 0, failures = 0;
		long long given = -1, failed = -1;

		for (; at < event_count && events[at].at < (next < until ? next : until); at++)
			if (events[at].at >= since && (only < 0 || events[at].action == only)) {
				count++;
				failures += !events[at].success;
			}
		if (!*line || parse_time(line) != start || sscanf(strchr(line, '|'), "|%lld|%lld", &given, &failed) != 2 ||
		    given != count || failed != failures) {
			wrong("histogram('%s', '%s', '%s', %s): wanted %lld and %lld, got %.60s", buckets[which], from, to, action,
			      (long long)count, (long long)failures, *line ? line : "no row");
			break;
		}
		line = strchr(line, '\n') + 1;
		start = next;
	}
	if (start >= until && *line)
		wrong("histogram('%s', '%s', '%s', %s): a row more: %.60s", buckets[which], from, to, action, line);
	free(got);
}

static void choose_range(range *of)
{
	char since[44] = "NULL", until[44] = "NULL";
	int64_t edge;

	*of = (range){.since = INT64_MIN, .until = INT64_MAX};
	if (below(8)) {
		edge = random_time(today - (DAYS + 2) * DAY, today + DAY);
		of->since = pruned ? edge / HOUR * HOUR : edge;
		format_time(of->since, since + 1);
		*since = '\'', strcat(since, "'");
	}
	if (below(8)) {
		edge = of->since != INT64_MIN && below(3) ? random_time(of->since, of->since + (below(2) ? 3 * HOUR : 5 * DAY))
		                                          : random_time(today - (DAYS + 2) * DAY, today + 2 * DAY);
		of->until = pruned ? edge / HOUR * HOUR : edge;
		format_time(of->until, until + 1);
		*until = '\'', strcat(until, "'");
	}
	snprintf(of->arguments, sizeof of->arguments, "%s, %s", since, until);
}

static void check(database on, long *ranges)
{
	must(on, file ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
	load_events(on);
	if (!pruned && number(on, "SELECT count(*) FROM stead_audit_event") != event_count)
		wrong("%d events in the shadow, another number in the log", event_count);
	for (int i = 0; i < RANGES; i++, ++*ranges) {
		range of;

		choose_range(&of);
		check_stats(on, &of);
		check_top(on, &of);
		check_histogram(on, &of);
	}
	must(on, "COMMIT");
}

/* ---- The run --------------------------------------------------------------------------------------------------- */

static void prepare(database on)
{
	if (!file)
		must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	must(on, file ? "CREATE TABLE shadow (id INTEGER PRIMARY KEY, occurred_at TEXT, action INTEGER, actor INTEGER, "
	                "success INTEGER)"
	              : "CREATE TABLE shadow (id bigint PRIMARY KEY, occurred_at timestamptz, action int, actor int, "
	                "success boolean)");
}

/* Another sealer, which conflicts: on PostgreSQL only one seals at a time, and the other one gets 0. */
static void seal(database on)
{
	for (int64_t left = below(4); left > 0; left--)
		must(on, "SELECT stead_audit_seal(%d)", (int)(1 + below(below(2) ? 300 : 5)));
}

static int64_t prune(database on, int64_t keep_days)
{
	int64_t rows;

	must(on, file ? "BEGIN IMMEDIATE" : "BEGIN");
	rows = number(on, "SELECT stead_audit_prune(%lld)", (long long)keep_days);
	shadow_ours(on);
	must(on, "COMMIT");
	pruned |= rows > 0;
	return rows;
}

int main(int argc, char **argv)
{
	long ranges = 0;
	int64_t rows = 0, blocks;
	bool prunes;
	database on;
	pid_t writer[WRITERS];
	int steps;
	char *verdict;

	if (argc == 5 && strcmp(argv[1], "sqlite") == 0)
		file = argv[4];
	else if (argc != 4 || strcmp(argv[1], "postgresql") != 0)
		fail("usage: property postgresql SEED STEPS | property sqlite SEED STEPS FILE");
	seed = strtoul(argv[2], NULL, 10);
	steps = atoi(argv[3]);
	srandom((unsigned)seed);
	today = clock_now() / DAY * DAY;
	phase = mmap(NULL, sizeof *phase, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (phase == MAP_FAILED)
		fail("no shared memory");
	*phase = today - DAYS * DAY;
	on = connect_database();
	prepare(on);
	prunes = has_function(on, "stead_audit_prune");
	close_database(on); /* a SQLite connection must not be used after a fork */
	for (int i = 0; i < WRITERS; i++)
		if ((writer[i] = fork()) == 0)
			be_writer(i + 1);
	on = connect_database();
	for (int step = 0; step < steps; step++) {
		int64_t oldest = today - DAYS * DAY + step * DAYS * DAY / steps,
				until = oldest + HOUR + below(2) * below(4 * DAY);

		if (step > steps / 2 &&
		    /* events are also added before the end of the log; blocks that can be pruned come before them */
		    step % 5 == 0)
			oldest = today - DAYS * DAY, until = today;
		*phase = oldest;
		must(on, file ? "BEGIN IMMEDIATE" : "BEGIN");
		for (int64_t left = below(120); left > 0; left--)
			log_or_fail(on, oldest, until < today ? until : today);
		must(on, "COMMIT");
		if (step > 1) /* at first nothing is sealed */
			seal(on);
		if (prunes && step > steps / 2 && below(2))
			rows += prune(on, 5 + below(30));
		check(on, &ranges);
	}
	for (int i = 0; i < WRITERS; i++) {
		kill(writer[i], SIGKILL);
		waitpid(writer[i], NULL, 0);
	}
	/* a backend whose client is gone may still be at its last statement */
	for (int i = 0;
	     !file && i < 500 && number(on, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") > 1;
	     i++)
		usleep(20000);
	while (number(on, "SELECT stead_audit_seal()") > 0)
		;
	check(on, &ranges);
	verdict = verdict_of(on);
	if (strncmp(verdict, "ok ", 3) != 0)
		wrong("verify: %s", verdict);
	blocks = number(on, "SELECT count(*) FROM stead_audit_block");
	printf("%d events, %lld blocks, %lld pruned, %ld ranges, seed %lu: %d faults; %s", event_count, (long long)blocks,
	       (long long)rows, ranges, seed, faults, verdict);
	free(verdict);
	if (!prunes)
		printf("nothing was pruned: there is no stead_audit_prune\n");
	else if (!rows && !faults)
		printf("nothing was pruned\n");
	close_database(on);
	return faults > 0;
}
