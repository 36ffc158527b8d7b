/*
 * report.c - the page of stead_report: each of its figures is what the function says that gives it, and both databases
 * make the same page.
 *
 * Run it as "report DIRECTORY", with the database that libpq finds. It fills both databases with the same events,
 * sessions, jobs and more, with hostile names among them, and writes the pages into the directory, for tests/browser.
 * A figure has a key, its attribute data-key; every key of the page is looked at.
 */
#include <ctype.h>
#include <time.h>
#include <unistd.h>

#include "both.h"

#define MOST_KEYS 1000

static database on;
static const char *side;
static char *page, *seen[MOST_KEYS]; /* the keys that were compared */
static int seen_count, wrong;

static void say(bool ok, const char *name)
{
	printf("%sok report: %s: %s\n", ok ? "" : "not ", side, name);
}

/* ---- What is in the databases ------------------------------------------------------------------------------------ */

/* Of the hour before this one, so that a new hour changes nothing that is compared. Relative to now: "-3 days". */
static void fill(void)
{
	static const char *const names[] = {"<script>alert(1)</script>",
	                                    "Grace \\\"G\\\" O''Neil & co",
	                                    "admin\\u202egpj.exe",
	                                    "&lt;b&gt;",
	                                    "\\u05e9\\u05dc\\u05d5\\u05dd",
	                                    "\\u4f50\\u85e4",
	                                    "tab\\there",
	                                    "<img src=x onerror=alert(2)>"};
	char longest[1001], times[8][40];
	time_t now = time(NULL);

	must(on, "SELECT stead_init()");
	for (int i = 0; i < 8; i++) {
		static const int hours[] = {1, 2, 5, 30, 47, 24 * 3, 24 * 20, 24 * 400};
		time_t then = now - hours[i] * 3600;

		strftime(times[i], sizeof times[i], "%Y-%m-%dT%H:00:05Z", gmtime(&then));
	}
	memset(longest, 'W', 1000);
	longest[1000] = '\0';
	must(on, "SELECT stead_audit_log_many('[{\"action\":\"old\",\"occurred_at\":\"%s\"}]')", times[7]);
	must(on, "SELECT stead_audit_seal()");
	for (int i = 0; i < 400; i++)
		must(on,
		     "SELECT "
		     "stead_audit_log_many('[{\"action\":\"action.%d\",\"actor_id\":\"u%d\",\"actor_name\":\"%s\",\"success\":"
		     "%s,\"error\":\"%s\",\"resource_type\":\"<i>\",\"resource_id\":\"%d\",\"occurred_at\":\"%s\"}]')",
		     i * i % 13, i % 11, names[i * 3 % 8], i % 9 ? "true" : "false",
		     i % 2 ? "a <b> & a line\\nand one more" : "no", i, times[i % 7]);
	must(on, "SELECT stead_audit_log('%.200s', '%.200s', '%s', 'u', '%s', false, NULL, '%s')", longest, longest,
	     longest, longest, longest);
	must(on, "SELECT stead_audit_seal(250)");
	must(on, "SELECT stead_retention_set('session', 3), stead_retention_set('audit', 365),"
	         " stead_retention_hold('job', 'Case \"7\" <b>&')");
	while (number(on, "SELECT stead_prune('audit')"))
		;
	for (int i = 0; i < 12; i++)
		must(on, "SELECT stead_user_create('user %d', NULL, %s, %s)", i, i % 4 ? "true" : "false",
		     i % 6 != 5 ? "true" : "false");
	for (int i = 0; i < 9; i++)
		must(on, "SELECT stead_session_create(%d)", i % 2 ? 2 : 4);
	must(on, "SELECT stead_session_revoke_user(2)");
	for (int i = 0; i < 60; i++)
		must(on, "SELECT stead_job_create('kind %d <b>')", i * i % 29);
	must(on, "SELECT stead_job_claim('worker', NULL, 600, 20)");
	must(on,
	     "SELECT stead_job_cancel(id) FROM (SELECT id FROM stead_job WHERE status = 'queued' ORDER BY kind, id LIMIT 5)"
	     " AS jobs");
	must(on, "SELECT stead_job_fail(id, 'x') FROM (SELECT id FROM stead_job WHERE status = 'running' ORDER BY kind, id"
	         " LIMIT 4) AS jobs");
	must(on, "SELECT stead_job_finish(id) FROM (SELECT id FROM stead_job WHERE status = 'running' ORDER BY kind, id"
	         " LIMIT 7) AS jobs");
}

/* ---- What a page shows ------------------------------------------------------------------------------------------- */

static const char *put_character(unsigned character, char *out)
{
	if (character < 0x80)
		sprintf(out, "%c", (char)character);
	else if (character < 0x800)
		sprintf(out, "%c%c", (char)(0xc0 | character >> 6), (char)(0x80 | (character & 63)));
	else
		sprintf(out, "%c%c%c", (char)(0xe0 | character >> 12), (char)(0x80 | (character >> 6 & 63)),
		        (char)(0x80 | (character & 63)));
	return out;
}

/* The text of markup, up to an end: tags are left out, entities are what they stand for, and the name of an invisible
 * character is that character. */
static char *text_of(const char *from, const char *end)
{
	static const struct {
		const char *markup, *text;
	} forms[] = {{"&amp;", "&"},          {"&lt;", "<"},  {"&gt;", ">"},
	             {"&quot;", "\""},        {"&#39;", "'"}, {"<i>\xe2\x86\xb5</i> ", "\n"},
	             {"\xe2\x80\x93", "NULL"}};
	char *text = malloc((size_t)(end - from) * 2 + 10), *at = text;

	while (from < end) {
		unsigned character;
		int i = 0, size = (int)(sizeof forms / sizeof *forms);

		while (i < size && strncmp(from, forms[i].markup, strlen(forms[i].markup)) != 0)
			i++;
		if (i < size) {
			at += sprintf(at, "%s", forms[i].text);
			from += strlen(forms[i].markup);
		} else if (sscanf(from, "<i>U+%x</i>", &character) == 1) {
			at += strlen(put_character(character, at));
			from = strchr(from + 1, '<') + 4;
		} else if (*from == '<')
			from = strchr(from, '>') + 1;
		else
			*at++ = *from++;
	}
	*at = '\0';
	return text;
}

/* What an element with that key contains, as text; NULL: there is none. No such element contains another of its name.
 */
static char *shown(const char *key)
{
	char *wanted, *found, close[40];
	const char *tag, *end;

	if (asprintf(&wanted, " data-key=\"%s\">", key) < 0)
		fail("no memory");
	found = strstr(page, wanted);
	if (!found)
		return NULL;
	if (strstr(found + 1, wanted))
		fail("the key %s is there twice", key);
	for (tag = found; *tag != '<'; tag--)
		;
	found += strlen(wanted);
	free(wanted);
	snprintf(close, sizeof close, "</%.*s>", (int)strcspn(tag + 1, " >"), tag + 1);
	end = strstr(found, close);
	if (!end)
		fail("%s is not closed", key);
	return text_of(found, end);
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4))) complain(const char *key, const char *found, const char *format, ...)
{
	va_list args;

	wrong++;
	va_start(args, format);
	printf("#   %s: %s shows %.200s, not ", side, key, found ? found : "nothing");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* Numbers have commas, times go down to the second, and what is too long is cut. */
static bool is_same(const char *key, const char *found, const char *value)
{
	char plain[100];
	size_t at = 0, size = strlen(found);

	if (ends_with(key, "_at")) {
		snprintf(plain, sizeof plain, "%.19s", value);
		if (strcmp(value, "NULL") != 0 && plain[10])
			plain[10] = ' ';
		return strcmp(found, plain) == 0;
	}
	if (size > 3 && strcmp(found + size - 3, "\xe2\x80\xa6") == 0)
		return size > 500 && strncmp(found, value, size - 3) == 0;
	if (strcmp(found, value) == 0)
		return true;
	for (const char *next = found; *next && at < sizeof plain - 1; next++)
		if (*next != ',')
			plain[at++] = *next;
	plain[at] = '\0';
	return *found && strchr(found, ',') && strcmp(plain, value) == 0;
}

static void compare(const char *key, const char *value)
{
	char *found = shown(key);

	if (!found || !is_same(key, found, value))
		complain(key, found, "%.200s", value);
	free(found);
	if (seen_count == MOST_KEYS)
		fail("more than %d keys", MOST_KEYS);
	seen[seen_count++] = strdup(key);
}

/* The key of a row, which has its number where the format has %d. */
static void name_row(char *key, const char *format, int row)
{
	const char *place = strstr(format, "%d");

	if (place)
		sprintf(key, "%.*s%d%s", (int)(place - format), format, row, place + 2);
	else
		strcpy(key, format);
}

/* Of a list: the key has %d for the row. The query gives a value for each row. */
static void compare_rows(const char *key_format, const char *sql)
{
	char *answer = ask(on, sql), *line = answer, key[200];
	int row = 0;

	if (is_error(answer))
		fail("%s\n%s", sql, answer);
	for (; *line; row++) {
		char *end = strchr(line, '\n');

		*end = '\0';
		name_row(key, key_format, row);
		compare(key, line);
		line = end + 1;
	}
	name_row(key, key_format, row);
	if ((row != 1 || strchr(key_format, '%')) && shown(key))
		complain(key, "a row", "%d rows", row);
	free(answer);
}

#define EACH(key, column, from) compare_rows(key "." #column, "SELECT " #column " FROM " from)

/* The histogram of the page ends with the hour, or the day, that the page is of. */
static void compare_histogram(const char *bucket, int count, int seconds, time_t made)
{
	char since[40], until[40], key[80], *sql;
	time_t end = made / seconds * seconds + seconds, begin = end - (time_t)count * seconds;

	strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime(&begin));
	strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime(&end));
	for (int i = 0; i < 2; i++) {
		static const char *const columns[] = {"events", "failures"};

		if (asprintf(&sql, "SELECT %s FROM stead_audit_histogram('%s', '%s', '%s')", columns[i], bucket, since, until) <
		    0)
			fail("no memory");
		snprintf(key, sizeof key, "%s.%%d.%s", bucket, columns[i]);
		compare_rows(key, sql);
		if (i && strcmp(bucket, "day") == 0)
			compare_rows("failed_day.%d.failures", sql);
		free(sql);
	}
}

/* Of the days that the page has a histogram of. */
static void compare_top(const char *dimension, time_t made)
{
	static const char *const columns[] = {"value", "events", "failures"};
	time_t begin = (made / 86400 - 29) * 86400;
	char since[40], key[80], *sql;

	strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime(&begin));
	for (int i = 0; i < 3; i++) {
		if (asprintf(&sql, "SELECT %s FROM stead_audit_top('%s', '%s')", columns[i], dimension, since) < 0)
			fail("no memory");
		snprintf(key, sizeof key, "%s.%%d.%s", dimension, columns[i]);
		compare_rows(key, sql);
		free(sql);
	}
}

static time_t time_made(void)
{
	struct tm made = {0};
	const char *at = strstr(page, ", made <time datetime=\"");

	if (!at || !strptime(strchr(at, '"') + 1, "%Y-%m-%dT%H:%M:%S", &made))
		fail("when was the page made?");
	return timegm(&made);
}

/* The cache's counters change with each call. */
static void compare_findings(void)
{
	static const char *const columns[] = {"check_name", "detail", "remedy", "status"};
	char *count = ask(on, "SELECT count(*) FROM stead_doctor()"), key[80];
	int rows = atoi(count);

	for (int i = 0; i < rows; i++)
		for (int column = 0; column < 4; column++) {
			char *value = askf(on, "SELECT %s FROM stead_doctor() LIMIT 1 OFFSET %d", columns[column], i),
				 *name = askf(on, "SELECT check_name FROM stead_doctor() LIMIT 1 OFFSET %d", i);
			const char *said = column < 3                     ? value
			                   : strcmp(value, "ok\n") == 0   ? "Good\n"
			                   : strcmp(value, "warn\n") == 0 ? "Warning\n"
			                                                  : "Failed\n";

			snprintf(key, sizeof key, "doctor.%d.%s", i, columns[column]);
			if (strcmp(name, "cache\n") == 0 && column == 1)
				seen[seen_count++] = strdup(key);
			else if (strcmp(value, "NULL\n") != 0) {
				char *plain = strndup(said, strlen(said) - 1);

				compare(key, plain);
				free(plain);
			}
			free(value), free(name);
		}
	free(count);
}

/* What the pointer is told of each column of the drawings: 48 hours, 30 days, and the failures of those. */
static void compare_titles(void)
{
	const char *at = page, *key[] = {"hour", "day", "failed_day"};
	int most[] = {48, 30, 30};

	for (int drawing = 0; drawing < 3; drawing++)
		for (int i = 0; i < most[drawing]; i++) {
			char name[80], *found, *events, said[300];
			const char *end;

			at = strstr(at, "<g><title>");
			end = at ? strstr(at, "</title>") : NULL;
			if (!end)
				fail("a column has no title");
			snprintf(name, sizeof name, "%s.%d.failures", key[drawing], i);
			found = shown(name);
			snprintf(name, sizeof name, "%s.%d.events", key[drawing], i);
			events = drawing < 2 ? shown(name) : NULL;
			snprintf(said, sizeof said, "%s%s%s failed", events ? events : "", events ? " events, " : ": ", found);
			if (!ends_with(strndupa(at, (size_t)(end - at)), said))
				complain(name, strndupa(at, (size_t)(end - at)), "%s", said);
			at = end;
			free(found), free(events);
		}
}

static void compare_all(time_t made)
{
	EACH("stats", total_events, "stead_audit_stats()");
	EACH("stats", successful_events, "stead_audit_stats()");
	EACH("stats", failed_events, "stead_audit_stats()");
	EACH("stats", events_today, "stead_audit_stats()");
	EACH("stats", events_this_week, "stead_audit_stats()");
	EACH("stats", first_event_at, "stead_audit_stats()");
	EACH("stats", last_event_at, "stead_audit_stats()");
	compare_rows(
		"stats.share",
		"SELECT CASE WHEN n >= 1000 THEN (n / 100) || '.' || (n % 100 / 10) ELSE (n / 100) || '.' || (n % 100 / 10)"
		" || (n % 10) END || '\xc2\xa0%' FROM (SELECT (failed_events * 20000 / total_events + 1) / 2 AS n"
		" FROM stead_audit_stats()) AS share");
	compare_histogram("hour", 48, 3600, made);
	compare_histogram("day", 30, 86400, made);
	compare_titles();
#define FAILED "stead_audit_list('{\"success\":false}', 10)"
	EACH("failure.%d", action, FAILED);
	EACH("failure.%d", occurred_at, FAILED);
	compare_top("action", made);
	compare_top("actor_name", made);
	compare_rows("seal.sealed", "SELECT sum(events) FROM stead_audit_blocks(0, 10000)");
	compare_rows("seal.blocks", "SELECT count(*) FROM stead_audit_blocks(0, 10000)");
	compare_rows("seal.pruned_blocks", "SELECT count(pruned_at) FROM stead_audit_blocks(0, 10000)");
	compare_rows("seal.unsealed", "SELECT (SELECT count(*) FROM stead_audit_event) - sum(events) FROM"
	                              " stead_audit_blocks(0, 10000) WHERE pruned_at IS NULL");
	EACH("block", sealed_at, "stead_audit_blocks(0, 10000) ORDER BY block DESC LIMIT 1");
	EACH("block", last_event_at, "stead_audit_blocks(0, 10000) ORDER BY block DESC LIMIT 1");
	compare_rows("retention.policies", "SELECT count(keep_days) FROM stead_retention_list()");
	compare_rows("retention.holds", "SELECT count(hold_reason) FROM stead_retention_list()");
	EACH("retention.%d", target, "stead_retention_list()");
	compare_rows("retention.%d.keep_days",
	             "SELECT coalesce(keep_days || ' days', 'for good') FROM stead_retention_list()");
	EACH("retention.%d", last_run_at, "stead_retention_list()");
	EACH("retention.%d", last_deleted, "stead_retention_list()");
	EACH("retention.%d", total_deleted, "stead_retention_list()");
	EACH("retention.%d", hold_reason, "stead_retention_list()");
	compare_rows("session.live", "SELECT count(*) FROM stead_session_list_all('{\"ended\":false}', 1000)");
	compare_rows("session.ended", "SELECT count(*) FROM stead_session_list_all('{\"ended\":true}', 1000)");
	compare_rows("user.all", "SELECT count(*) FROM stead_user_list(NULL, 1000)");
	compare_rows("user.signing_in",
	             "SELECT count(*) FROM stead_user_list('{\"active\":true,\"approved\":true}', 1000)");
	compare_rows("user.inactive", "SELECT count(*) FROM stead_user_list('{\"active\":false}', 1000)");
	compare_rows("user.unapproved", "SELECT count(*) FROM stead_user_list('{\"approved\":false}', 1000)");
#define KINDS " FROM stead_job_stats() GROUP BY kind ORDER BY sum(jobs) DESC, kind LIMIT 20"
	compare_rows("job_kind.%d.kind", "SELECT kind" KINDS);
#define STATUS(status)                                                                                                 \
	compare_rows("job." status, "SELECT coalesce(sum(jobs), 0) FROM stead_job_stats() WHERE status = '" status "'");   \
	compare_rows("job_kind.%d." status, "SELECT sum(CASE WHEN status = '" status "' THEN jobs ELSE 0 END)" KINDS)
	STATUS("queued");
	STATUS("running");
	STATUS("succeeded");
	STATUS("failed");
	STATUS("cancelled");
	compare_rows("doctor.fail", "SELECT count(*) FROM stead_doctor() WHERE status = 'fail'");
	compare_rows("doctor.warn", "SELECT count(*) FROM stead_doctor() WHERE status = 'warn'");
	compare_rows("doctor.ok", "SELECT count(*) FROM stead_doctor() WHERE status = 'ok'");
	compare_findings();
	compare_rows("version", "SELECT stead_version()");
	compare("backend", on.pg ? "PostgreSQL" : "SQLite");
}

/* Its text has several lines. */
static void compare_checkpoint(void)
{
	char *wanted = ask(on, "SELECT stead_audit_checkpoint()"), *found = shown("seal.checkpoint");

	if (!found || strncmp(found, wanted, strlen(found)) != 0 || strlen(wanted) != strlen(found) + 1)
		complain("seal.checkpoint", found, "%s", wanted);
	seen[seen_count++] = strdup("seal.checkpoint");
	free(wanted), free(found);
}

/* Every key was compared, and so every figure. */
static void look_for_others(void)
{
	for (const char *at = page; (at = strstr(at, " data-key=\"")); at++) {
		const char *key = at + strlen(" data-key=\"");
		size_t size = strcspn(key, "\"");
		int i = 0;

		while (i < seen_count && (strlen(seen[i]) != size || strncmp(seen[i], key, size) != 0))
			i++;
		if (i == seen_count)
			complain(strndupa(key, size), "something", "compared with anything");
	}
}

/* ---- Both ----------------------------------------------------------------------------------------------------------
 */

static void replace_between(char *text, const char *from, const char *to)
{
	char *at = text, *end;

	while ((at = strstr(at, from)) && (end = strstr(at + strlen(from), to))) {
		memmove(at + strlen(from), end, strlen(end) + 1);
		at += strlen(from);
	}
}

/* Without what only one of the databases says: its name, its findings, the tree's root; and without times, which are
 * text in the drawings, too. */
static char *normalised(const char *from)
{
	char *text = strdup(from);

	replace_between(text, "<time", "</time>");
	replace_between(text, "data-key=\"backend\">", "<");
	replace_between(text, "<p class=\"verdict", "</p>");
	replace_between(text, "<pre", "</pre>");
	replace_between(text, "<section id=\"doctor\">", "</section>");
	for (char *at = text; *at; at++)
		if (isdigit((unsigned char)*at) && strspn(at, "0123456789") == 4 && at[4] == '-' && at[7] == '-')
			memset(at, '0', 10);
	return text;
}

static char *make_page(void)
{
	char *html = ask(on, "SELECT stead_report()");

	if (is_error(html))
		fail("%s", html);
	return html;
}

static void write_page(const char *directory)
{
	char *path;
	FILE *file;

	if (asprintf(&path, "%s/report_%s.html", directory, side) < 0 || !(file = fopen(path, "w")))
		fail("cannot write into %s", directory);
	fputs(page, file);
	if (fclose(file))
		fail("%s was not written", path);
	free(path);
}

/* A new hour, or a check that changes between two calls, would compare different things: then all is done again. */
static void check(const char *directory)
{
	time_t made;
	bool settled;

	do {
		char *after;

		wrong = seen_count = 0;
		page = make_page();
		made = time_made();
		compare_all(made);
		compare_checkpoint();
		look_for_others();
		after = page;
		page = make_page();
		settled = time_made() / 3600 == made / 3600;
		free(page);
		page = after;
	} while (!settled);
	say(!wrong, "each figure is the one that its function gives");
	say(strlen(page) < 300000, "it has less than 300000 bytes");
	write_page(directory);
	must(on, on.pg ? "SET default_transaction_read_only = on" : "PRAGMA query_only = 1");
	say(strncmp(make_page(), page, 15) == 0, "it is made where nothing may be written");
	must(on, on.pg ? "SET default_transaction_read_only = off" : "PRAGMA query_only = 0");
}

int main(int count, char **args)
{
	char *pages[2], *file, *alike[2];
	int64_t hour;

	if (count != 2 || asprintf(&file, "%s/report.db", args[1]) < 0)
		fail("usage: report DIRECTORY");
	while (time(NULL) % 3600 > 3600 - 120) /* both pages are to be of one hour */
		sleep(1);
	for (int i = 0; i < 2; i++) {
		side = i ? "postgresql" : "sqlite";
		on = i ? open_postgresql() : open_sqlite(file);
		must(on, i ? "SET timezone = 'UTC'" : "PRAGMA journal_mode = WAL");
		if (i)
			must(on, "CREATE EXTENSION IF NOT EXISTS stead");
		fill();
		check(args[1]);
		pages[i] = page;
	}
	side = "both";
	hour = time(NULL) / 3600;
	for (int i = 0; i < 2; i++)
		alike[i] = normalised(pages[i]);
	if (strcmp(alike[0], alike[1]) != 0)
		for (size_t at = 0; alike[0][at] || alike[1][at]; at++)
			if (alike[0][at] != alike[1][at]) {
				printf("#   hour %lld: %.200s\n#   and: %.200s\n", (long long)hour, alike[0] + (at > 60 ? at - 60 : 0),
				       alike[1] + (at > 60 ? at - 60 : 0));
				break;
			}
	say(strcmp(alike[0], alike[1]) == 0, "both databases make the same page, but for their own findings");
	return 0;
}
