/*
 * filters.c - compares lists, counts, tops and exports of random audit trails with what a model finds in the rows,
 * while events are logged, sealed, pruned and redacted.
 *
 * Run it as "filters postgresql SEED STEPS", in the database that libpq finds, or as "filters sqlite SEED STEPS FILE".
 * The database must not contain Stead. The rows of stead_audit_event are read with plain SQL, and the filter is applied
 * here, by code of its own. Values are chosen so that prefixes end within every kind of character, and many events have
 * the same time; many lie years back, or before those that were sealed first.
 */

#include "random.h"

#define START INT64_C(1767225600000000) /* 2026-01-01 */

enum { TEXTS = 6, MOST = 40, WRITTEN = 400 };
static const char *const names[TEXTS] = {"action",   "resource_type", "resource_id",
                                         "actor_id", "actor_name",    "ip_address"};

static bool has_prunes;

/* ---- Events ------------------------------------------------------------------------------------------------------ */

typedef struct {
	int64_t id, at;
	char *text[TEXTS]; /* NULL: a null */
	char *details;
	bool success;
} event;

static event *events; /* newest first, by time and id */
static int event_count, event_room;

/* Short texts of few letters, so that one is often the beginning of another. */
static const char *const pieces[] = {
	"a", "ab", "b",    "A", "*", "~", "\x7f", "\303\277", "\304\200", "\364\217\277\277", "\355\237\277",
	".", "0",  "login"};

static void random_text(char out[64], int64_t most)
{
	*out = '\0';
	for (int64_t left = 1 + below(most); left > 0; left--)
		strcat(out, pieces[below(sizeof pieces / sizeof *pieces)]);
}

/* A block ends where times jump, so only a tame step makes large ones: of another level in the index. */
static int64_t random_time(int step, bool tame)
{
	switch (tame ? 1 + below(7) : below(8)) {
	case 0:
		return START + below((step + 1) * DAY); /* others were sealed before */
	case 1:
		return START + step * DAY; /* many have this one */
	default:
		return START + step * DAY + below(3) * SECOND + below(DAY);
	}
}

static void log_some(database on, int step, bool tame, int64_t count)
{
	char *json = NULL, text[64], at[40];
	size_t size;
	FILE *out = open_memstream(&json, &size);

	fprintf(out, "[");
	for (int64_t i = 0; i < count; i++) {
		random_text(text, 2);
		format_time(random_time(step, tame), at);
		fprintf(out, "%s{\"action\":\"%s\",\"occurred_at\":\"%s\",\"success\":%s", i ? "," : "",
		        tame && below(2) ? (char *[]){"login", "ab"}[below(2)]
		        : below(3)       ? (char *[]){"login", "ab", "b.0"}[below(3)]
		                         : text,
		        at, below(4) ? "true" : "false");
		for (int key = 1; key < TEXTS; key++) {
			random_text(text, key == 2 ? 3 : 1);
			if (tame && below(2)) /* a frequent value of a large block */
				strcpy(text, pieces[key]);
			if (below(3))
				fprintf(out, ",\"%s\":\"%s\"", names[key], text);
		}
		if (below(3) == 0) {
			random_text(text, 3);
			fprintf(out, ",\"details\":{\"n\":\"%s\"}", text);
		}
		fprintf(out, "}");
	}
	fprintf(out, "]");
	fclose(out);
	must(on, on.pg ? "SELECT stead_audit_log_many($json$%s$json$)" : "SELECT stead_audit_log_many('%s')", json);
	free(json);
}

static void log_events(database on, int step)
{
	bool tame = below(2);

	log_some(on, step, tame, 1 + below(tame ? 2 * WRITTEN : WRITTEN));
}

/* The next field of a row, whose end becomes a NUL; fields have no bars. */
static char *field(char **at)
{
	char *begin = *at, *end = begin + strcspn(begin, "|\n");

	*at = end + 1;
	*end = '\0';
	return strcmp(begin, "NULL") == 0 ? NULL : begin;
}

static char *rows; /* what the events' texts point into */

static void load_events(database on)
{
	free(rows);
	rows = askf(on,
	            "SELECT id, %s, action, resource_type, resource_id, actor_id, actor_name, ip_address, success, details"
	            " FROM stead_audit_event ORDER BY occurred_at DESC, id DESC",
	            on.pg ? "CAST(extract(epoch FROM occurred_at) * 1000000 AS bigint)"
	                  : "CAST(strftime('%s', substr(occurred_at, 1, 19)) AS INTEGER) * 1000000" /* %s rounds */
	                    " + CAST(substr(occurred_at, 21, 6) AS INTEGER)");
	if (is_error(rows))
		fail("%s", rows);
	event_count = 0;
	for (char *at = rows; *at;) {
		event *next;

		if (event_count == event_room)
			events = realloc(events, sizeof *events * (size_t)(event_room = event_room ? 2 * event_room : 1024));
		next = &events[event_count++];
		next->id = strtoll(field(&at), NULL, 10);
		next->at = strtoll(field(&at), NULL, 10);
		for (int i = 0; i < TEXTS; i++)
			next->text[i] = field(&at);
		next->success = *field(&at) == '1';
		next->details = field(&at);
	}
}

/* ---- Filters ----------------------------------------------------------------------------------------------------- */

typedef struct {
	int count; /* -1: not given */
	char text[4][64];
} choice;

typedef struct {
	choice wanted[TEXTS], excluded[TEXTS];
	int success; /* -1: not given */
	int64_t since, until;
	char search[64];
	char *json;
} filter;

static void random_choice(choice *of, int key, int64_t odds)
{
	of->count = below(odds) ? -1 : below(4) ? 1 : (int)below(5);
	for (int i = 0; i < of->count; i++) {
		const char *seen = event_count && below(4) ? events[below(event_count)].text[key] : NULL;

		if (seen)
			strcpy(of->text[i], seen);
		else
			random_text(of->text[i], 2);
		if (below(3) == 0) { /* a prefix: of whole characters */
			size_t size = (size_t)below((int64_t)strlen(of->text[i]) + 1);

			while (size && (of->text[i][size] & 0xc0) == 0x80)
				size--;
			strcpy(of->text[i] + size, "*");
		}
	}
}

static void write_choices(FILE *out, const choice *choices, bool *any)
{
	for (int key = 0; key < TEXTS; key++) {
		const choice *of = &choices[key];
		bool array = of->count != 1 || below(2);

		if (of->count < 0)
			continue;
		fprintf(out, "%s\"%s\":%s", *any ? "," : "", names[key], array ? "[" : "");
		for (int i = 0; i < of->count; i++)
			fprintf(out, "%s\"%s\"", i ? "," : "", of->text[i]);
		fprintf(out, "%s", array ? "]" : "");
		*any = true;
	}
}

static void random_filter(filter *of)
{
	char since[40], until[40];
	bool any = false, none = false;
	size_t size;
	FILE *out;

	for (int i = 0; i < TEXTS; i++) {
		random_choice(&of->wanted[i], i, 4);
		random_choice(&of->excluded[i], i, 12);
	}
	of->success = below(3) ? -1 : (int)below(2);
	of->since = below(3)                  ? INT64_MIN
	            : event_count && below(2) ? events[below(event_count)].at
	                                      : START + below(60 * DAY);
	of->until = below(3)                  ? INT64_MAX
	            : event_count && below(2) ? events[below(event_count)].at
	                                      : START + below(60 * DAY);
	*of->search = '\0';
	if (below(4) == 0)
		random_text(of->search, 3);
	of->json = NULL;
	out = open_memstream(&of->json, &size);
	fprintf(out, "{");
	write_choices(out, of->wanted, &any);
	fprintf(out, "%s\"not\":{", any ? "," : "");
	write_choices(out, of->excluded, &none);
	fprintf(out, "}");
	if (of->success >= 0)
		fprintf(out, ",\"success\":%s", of->success ? "true" : "false");
	if (of->since != INT64_MIN) {
		format_time(of->since, since);
		fprintf(out, ",\"since\":\"%s\"", since);
	}
	if (of->until != INT64_MAX) {
		format_time(of->until, until);
		fprintf(out, ",\"until\":\"%s\"", until);
	}
	if (*of->search)
		fprintf(out, ",\"search\":\"%s\"", of->search);
	fprintf(out, "}");
	fclose(out);
}

static bool fits(const choice *of, const char *text)
{
	for (int i = 0; text && i < of->count; i++) {
		size_t size = strlen(of->text[i]);

		if (size && of->text[i][size - 1] == '*' ? strncmp(text, of->text[i], size - 1) == 0
		                                         : strcmp(text, of->text[i]) == 0)
			return true;
	}
	return false;
}

static bool contains(const char *text, const char *part)
{
	size_t size = strlen(part);

	for (; text && strlen(text) >= size; text++) {
		size_t same = 0;

		while (same < size && (text[same] == part[same] || (((text[same] ^ part[same]) == 32) &&
		                                                    ((part[same] | 32) >= 'a' && (part[same] | 32) <= 'z'))))
			same++;
		if (same == size)
			return true;
	}
	return false;
}

static bool matches(const filter *of, const event *event)
{
	for (int i = 0; i < TEXTS; i++)
		if ((of->wanted[i].count >= 0 && !fits(&of->wanted[i], event->text[i])) ||
		    (of->excluded[i].count >= 0 && fits(&of->excluded[i], event->text[i])))
			return false;
	return (of->success < 0 || event->success == (of->success == 1)) && event->at >= of->since &&
	       event->at < of->until &&
	       (!*of->search || contains(event->text[0], of->search) || contains(event->text[2], of->search) ||
	        contains(event->text[4], of->search) || contains(event->details, of->search));
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static int64_t *found;
static int found_count;

static void find(const filter *of)
{
	found_count = 0;
	for (int i = 0; i < event_count; i++)
		if (matches(of, &events[i]))
			found[found_count++] = events[i].id;
}

static void check_list(database on, const filter *of, int64_t size)
{
	int64_t listed = 0, pages = 0;
	char *page = strdup("NULL");

	for (; pages < 6; pages++) {
		char *got = askf(on, "SELECT id, next_page FROM stead_audit_list('%s', %d, %s)", of->json, (int)size, page);
		char *at = got, *next = NULL;
		int64_t rows_given = 0;

		if (is_error(got)) {
			wrong("list(%s): %s", of->json, got);
			free(got);
			break;
		}
		for (; *at; rows_given++, listed++) {
			int64_t id = strtoll(field(&at), NULL, 10);

			next = field(&at);
			if (listed >= found_count || found[listed] != id) {
				wrong("list(%s, %d), page %d, row %d: event %lld, not %lld", of->json, (int)size, (int)pages,
				      (int)rows_given, (long long)id, listed < found_count ? (long long)found[listed] : -1);
				free(got);
				free(page);
				return;
			}
		}
		if (rows_given < size) {
			if (listed != found_count)
				wrong("list(%s, %d): ends after %d of %d", of->json, (int)size, (int)listed, found_count);
			free(got);
			break;
		}
		free(page);
		page = malloc(strlen(next) + 3);
		sprintf(page, "'%s'", next);
		free(got);
	}
	free(page);
}

static void check_count(database on, const filter *of)
{
	int64_t most = below(2) ? 1 + below(50) : 1000000, wanted = found_count < most ? found_count : most;
	char *got = askf(on, "SELECT stead_audit_count('%s', %lld)", of->json, (long long)most);

	if (is_error(got) || strtoll(got, NULL, 10) != wanted)
		wrong("count(%s, %lld): %s, not %lld", of->json, (long long)most, got, (long long)wanted);
	free(got);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void check_export(database on, const filter *of)
{
	char *got =
		askf(on, "SELECT line FROM stead_audit_export(NULL, NULL, '%s') WHERE line LIKE '{\"id\":%%'", of->json);
	int64_t *ids = malloc(sizeof *ids * (size_t)(found_count + 1)), *given = NULL;
	int count = 0, room = 0;

	if (is_error(got))
		wrong("export(%s): %s", of->json, got);
	for (char *at = got; !is_error(got) && *at; at = strchr(at, '\n') + 1) {
		if (count == room)
			given = realloc(given, sizeof *given * (size_t)(room = room ? 2 * room : 64));
		given[count++] = strtoll(at + 6, NULL, 10);
	}
	memcpy(ids, found, sizeof *ids * (size_t)found_count);
	qsort(ids, (size_t)found_count, sizeof *ids, by_number);
	if (count)
		qsort(given, (size_t)count, sizeof *given, by_number);
	if (count != found_count || (count && memcmp(ids, given, sizeof *ids * (size_t)count) != 0))
		wrong("export(%s): %d events, not %d, or others", of->json, count, found_count);
	free(ids);
	free(given);
	free(got);
}

typedef struct {
	const char *value;
	int64_t events, failures;
} counted;

static int by_value(const void *a, const void *b)
{
	return strcmp(((const counted *)a)->value, ((const counted *)b)->value);
}

static int by_events(const void *a, const void *b)
{
	const counted *x = a, *y = b;

	return x->events != y->events ? (x->events < y->events ? 1 : -1) : strcmp(x->value, y->value);
}

/* The top of a dimension that has no rollup, by events that are there. */
static void check_top(database on, const filter *of)
{
	int key = 1 + (int)below(TEXTS - 1), count = 0, kept = 0, limit = 1 + (int)below(20);
	counted *all = malloc(sizeof *all * (size_t)(event_count + 1));
	char since[44] = "NULL", until[44] = "NULL", *wanted = NULL, *got;
	size_t size;
	FILE *out = open_memstream(&wanted, &size);

	for (int i = 0; i < event_count; i++)
		if (events[i].text[key] && events[i].at >= of->since && events[i].at < of->until)
			all[count++] = (counted){events[i].text[key], 1, !events[i].success};
	qsort(all, (size_t)count, sizeof *all, by_value);
	for (int i = 0; i < count; i++)
		if (kept && strcmp(all[kept - 1].value, all[i].value) == 0) {
			all[kept - 1].events++;
			all[kept - 1].failures += all[i].failures;
		} else
			all[kept++] = all[i];
	qsort(all, (size_t)kept, sizeof *all, by_events);
	for (int i = 0; i < kept && i < limit; i++)
		fprintf(out, "%s|%lld|%lld\n", all[i].value, (long long)all[i].events, (long long)all[i].failures);
	fclose(out);
	if (of->since != INT64_MIN) {
		format_time(of->since, since + 1);
		*since = '\'', strcat(since, "'");
	}
	if (of->until != INT64_MAX) {
		format_time(of->until, until + 1);
		*until = '\'', strcat(until, "'");
	}
	got = askf(on, "SELECT * FROM stead_audit_top('%s', %s, %s, %d)", names[key], since, until, limit);
	if (strcmp(got, wanted) != 0)
		wrong("top(%s, %s, %s, %d): got\n%.300s# wanted\n%.300s", names[key], since, until, limit, got, wanted);
	free(got);
	free(wanted);
	free(all);
}

static long check(database on)
{
	/* an export has no event of a block whose prune has begun */
	bool begun = number(on, "SELECT count(*) FROM stead_audit_leaf AS l JOIN stead_audit_account AS a ON a.block ="
	                        " l.block");
	long matched = 0;

	load_events(on);
	found = realloc(found, sizeof *found * (size_t)(event_count + 1));
	for (int i = 0; i < MOST; i++) {
		filter of;

		random_filter(&of);
		find(&of);
		matched += found_count > 0;
		check_list(on, &of, 1 + below(below(2) ? 20 : 200));
		check_count(on, &of);
		if (below(8) == 0 && !begun)
			check_export(on, &of);
		if (below(4) == 0)
			check_top(on, &of);
		free(of.json);
	}
	return matched;
}

/* A tail of which each page takes only a part. */
static long check_long_tail(database on, int step)
{
	filter of = {.json = "{\"action\":\"login\"}", .success = -1, .since = INT64_MIN, .until = INT64_MAX};
	long matched;

	for (int i = 0; i < 8; i++)
		log_events(on, step);
	matched = check(on);
	for (int i = 0; i < TEXTS; i++)
		of.wanted[i].count = of.excluded[i].count = -1;
	of.wanted[0].count = 1;
	strcpy(of.wanted[0].text[0], "login");
	find(&of);
	check_list(on, &of, 100);
	of.wanted[0].count = -1;
	of.json = "{\"search\":\"login\"}";
	strcpy(of.search, "login");
	find(&of);
	check_list(on, &of, 100);
	return matched;
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static void act(database on, int step, int64_t *blocks, int64_t *pruned)
{
	log_events(on, step);
	if (step % 8 == 2) { /* a large block, which has frequent values */
		log_some(on, step, true, 2 * WRITTEN);
		for (int i = 0; i < 10; i++)
			*blocks += number(on, "SELECT stead_audit_seal(600)") > 0;
	} else if (step % 4 == 3) /* so many that there are ranges of 64 */
		for (int64_t left = 150; left > 0; left--)
			*blocks += number(on, "SELECT stead_audit_seal(%d)", (int)(1 + below(8))) > 0;
	else if (step > 1)
		for (int64_t left = below(4) ? below(4) : 20; left > 0; left--)
			*blocks += number(on, "SELECT stead_audit_seal(%d)", (int)(1 + below(below(3) ? 600 : 7))) > 0;
	if (below(3) == 0 && event_count)
		for (int64_t left = below(5); left > 0; left--) {
			char *answer =
				askf(on, "SELECT stead_audit_redact(%lld, 'asked for')", (long long)events[below(event_count)].id);

			free(answer); /* an event that is pruned, or of Stead's own, is refused */
		}
	if (has_prunes && step > 5 && below(4) == 0)
		*pruned += number(on, "SELECT stead_audit_prune(%lld)",
		                  (long long)((time(NULL) * SECOND - START) / DAY - step / 2 + below(3)));
	if (below(2))
		must(on, "SELECT stead_maintain(60000)"); /* makes summaries of 64 blocks */
}

/* The ranges of 64 blocks whose totals a top may use. */
static int64_t count_summaries(database on)
{
	return number(on, "SELECT count(*) FROM stead_audit_summary WHERE part = 0 AND length(entries) > 0");
}

/* The rows of values that have buckets of their own. */
static int64_t count_frequent(database on)
{
	return number(on, "SELECT count(*) FROM stead_audit_posting WHERE bucket >= 65536");
}

int main(int argc, char **argv)
{
	int64_t blocks = 0, pruned = 0, summarised = 0, frequent = 0;
	long matched = 0;
	database on;
	char *verdict;
	int steps;

	if (argc == 5 && strcmp(argv[1], "sqlite") == 0)
		on = open_sqlite(argv[4]);
	else if (argc == 4 && strcmp(argv[1], "postgresql") == 0)
		on = open_postgresql();
	else
		fail("usage: filters postgresql SEED STEPS | filters sqlite SEED STEPS FILE");
	seed = strtoul(argv[2], NULL, 10);
	steps = atoi(argv[3]);
	srandom((unsigned)seed);
	if (on.pg)
		must(on, "SET timezone = 'UTC'; SET standard_conforming_strings = on; CREATE EXTENSION stead");
	else
		must(on, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	must(on, "SELECT stead_init()");
	has_prunes = has_function(on, "stead_audit_prune");
	for (int step = 0; step < steps; step++) {
		act(on, step, &blocks, &pruned);
		summarised += count_summaries(on) > 0;
		frequent += count_frequent(on) > 0;
		matched += check(on);
	}
	matched += check_long_tail(on, steps);
	verdict = verdict_of(on);
	if (strncmp(verdict, "ok ", 3) != 0)
		wrong("verify: %s", verdict);
	if (blocks > 200 && !summarised)
		wrong("%lld blocks, and no summary", (long long)blocks);
	if (blocks > 200 && !frequent)
		wrong("%lld blocks, and no frequent value", (long long)blocks);
	printf("%d events, %lld blocks made, %lld events pruned, %d filters, %ld of them with events, summaries in %d and "
	       "frequent values in %d of %d steps, seed %lu: %d faults; %s",
	       event_count, (long long)blocks, (long long)pruned, (steps + 1) * MOST, matched, (int)summarised,
	       (int)frequent, steps, seed, faults, verdict);
	free(verdict);
	close_database(on);
	return faults > 0;
}
