/*
 * arguments.c - random calls of every function of the registry on both databases, which must answer alike: rows, names
 * of columns, errors with their class and hint. tests/support/random_calls.h makes the calls.
 *
 * arguments SEED CALLS - CALLS calls, some hundred on each pair of fresh databases: an episode. A difference must show
 * again when its episode is repeated; then the calls before it that do not matter are left out, and the rest is printed
 * as SQL. A run is repeated by its seed; an episode by its own, which is printed: arguments EPISODE 1.
 *
 * What legitimately differs is made equal narrowly. Random texts (tokens, ids, hashes) get a number by their first
 * appearance, so both sides must show the same one at the same place. Times near now are "now". The sequences of
 * PostgreSQL, which count failed calls too, are set back before each writer. What PostgreSQL refuses before Stead sees
 * it must fail on SQLite as well, in whatever words.
 *
 * It connects to the server that libpq finds, as a superuser, and makes databases stead_arguments and
 * stead_arguments_of.
 */
#include <math.h>
#include <time.h>

#include "both.h"
#include "random_calls.h"

enum { EPISODE = 400, KEPT = 64, SHOWN = 600 };

/* ---- The two sides ----------------------------------------------------------------------------------------------- */

typedef struct {
	char **seen; /* random texts, in the order of their first appearance */
	int seen_count;
	char *given[GIVEN_KINDS][KEPT];
	int given_count[GIVEN_KINDS];
} side;

enum { PG, LITE };

static database on[2]; /* of each, one connection is used */
static side sides[2];
static char realign[8000]; /* the SQL that sets PostgreSQL's sequences to SQLite's */
static time_t begun;

static void forget(side *of)
{
	for (int i = 0; i < of->seen_count; i++)
		free(of->seen[i]);
	free(of->seen);
	for (int kind = 0; kind < GIVEN_KINDS; kind++)
		for (int i = 0; i < KEPT; i++)
			free(of->given[kind][i]);
	memset(of, 0, sizeof *of);
}

static void connect_to(const char *name)
{
	on[PG].pg = PQconnectdbParams((const char *const[]){"dbname", "options", NULL},
	                              (const char *const[]){name, "-c timezone=UTC -c datestyle=ISO", NULL}, 0);
	if (PQstatus(on[PG].pg) != CONNECTION_OK)
		fail("%s", PQerrorMessage(on[PG].pg));
	PQsetNoticeReceiver(on[PG].pg, be_quiet, NULL);
}

/* What a batch deletes must not depend on the clock. */
#define unhurried                                                                                                      \
	"SELECT stead_setting_set('stead.retention.batch_ms', '60000'), stead_setting_set('stead.retention.call_ms', "     \
	"'60000')"

static void make_template(void)
{
	connect_to("postgres");
	must(on[PG], "DROP DATABASE IF EXISTS stead_arguments_of");
	must(on[PG], "CREATE DATABASE stead_arguments_of");
	close_database(on[PG]);
	connect_to("stead_arguments_of");
	must(on[PG], "CREATE EXTENSION stead");
	must(on[PG], "SELECT stead_init()");
	must(on[PG], unhurried);
	must(on[PG], "CREATE TABLE logbook (id bigint PRIMARY KEY, at timestamptz)");
	must(on[PG], "INSERT INTO logbook SELECT i, '2024-01-01T00:00:00Z'::timestamptz + i * interval '1 day' FROM"
	             " generate_series(1, 30) i");
	close_database(on[PG]);
	connect_to("postgres");
}

/* Fresh databases on both sides; the connection is to PostgreSQL's. */
static void open_both(void)
{
	must(on[PG], "DROP DATABASE IF EXISTS stead_arguments");
	must(on[PG], "CREATE DATABASE stead_arguments TEMPLATE stead_arguments_of");
	close_database(on[PG]);
	connect_to("stead_arguments");
	on[LITE] = open_sqlite(":memory:");
	must(on[LITE], "SELECT stead_init()");
	must(on[LITE], unhurried);
	must(on[LITE], "CREATE TABLE logbook (id INTEGER PRIMARY KEY, at TEXT);"
	               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) INSERT INTO logbook"
	               " SELECT i, strftime('%%Y-%%m-%%dT00:00:00.000000Z', '2024-01-01', '+' || i || ' days') FROM n");
	forget(&sides[PG]);
	forget(&sides[LITE]);
}

static void close_both(void)
{
	close_database(on[PG]);
	close_database(on[LITE]);
	connect_to("postgres");
}

/* Where a failed call has taken a number on PostgreSQL alone. */
static void align(void)
{
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		if (!table->columns[0].serial)
			continue;
		snprintf(realign, sizeof realign,
		         table->columns[0].never_reused && !table->columns[0].noted_when_deleted
		             ? "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'stead_%s'), 0)"
		             : "SELECT coalesce(max(id), 0) FROM stead_%s",
		         table->name);
		must(on[PG], "SELECT setval(pg_get_serial_sequence('stead_%s', '%s'), %lld, false)", table->name,
		     table->columns[0].name, (long long)number(on[LITE], "%s", realign) + 1);
	}
}

/* ---- Answers ----------------------------------------------------------------------------------------------------- */

typedef struct {
	bool failed, own; /* own: refused by the database before Stead saw it */
	bool unordered;   /* rows in the order of random texts */
	char class[8];    /* SQLSTATE, or the code */
	buffer text;      /* normalised */
} reply;

static bool is_base64(char c, bool url)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (url ? c == '-' || c == '_' : c == '+' || c == '/');
}

static size_t span(const char *at, const char *end, bool url)
{
	const char *from = at;

	while (at < end && is_base64(*at, url))
		at++;
	return (size_t)(at - from);
}

static void put_seen(reply *out, side *of, const char *data, size_t size)
{
	char number[32];
	int i = 0;

	if (out->unordered) {
		put(&out->text, "<random>");
		return;
	}
	while (i < of->seen_count && (strlen(of->seen[i]) != size || memcmp(of->seen[i], data, size) != 0))
		i++;
	if (i == of->seen_count) {
		of->seen = realloc(of->seen, sizeof *of->seen * (size_t)(i + 1));
		of->seen[of->seen_count++] = strndup(data, size);
	}
	snprintf(number, sizeof number, "<random %d>", i);
	put(&out->text, number);
}

static time_t time_of(const char *iso)
{
	struct tm parts = {0};

	if (sscanf(iso, "%4d-%2d-%2dT%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
	           &parts.tm_min, &parts.tm_sec) != 6)
		return 0;
	parts.tm_year -= 1900;
	parts.tm_mon--;
	return timegm(&parts);
}

static bool near_now(const char *iso)
{
	time_t at = time_of(iso);

	return at >= begun - 2 && at <= time(NULL) + 2;
}

/* Now and some time, such as the end of a lease: at most ten years later, and not a whole second, as given ones are. */
static bool after_now(const char *iso, const char *end)
{
	time_t at = time_of(iso);

	return end - iso >= 27 && iso[19] == '.' && memcmp(iso + 20, "000000", 6) != 0 && at >= begun &&
	       at <= time(NULL) + 2 + 10 * 365 * 24 * 3600;
}

static bool begins(const char *at, const char *end, const char *with)
{
	return (size_t)(end - at) >= strlen(with) && memcmp(at, with, strlen(with)) == 0;
}

static const char *after_time(const char *at, const char *end)
{
	at += 19;
	while (at < end && (*at == '.' || (*at >= '0' && *at <= '9')))
		at++;
	return at;
}

/* Is it the value of that key, in JSON that may itself be a string of JSON? */
static bool follows(const char *data, const char *at, const char *key)
{
	while (at > data && strchr("\\\":", at[-1]))
		at--;
	return (size_t)(at - data) >= strlen(key) && memcmp(at - strlen(key), key, strlen(key)) == 0;
}

/* The length of a UUID of version 7, or of a token of the page after it; 0: there is none. */
static size_t uuid_size(const char *at, const char *end, size_t run)
{
	if (run != 36 || at[8] != '-' || at[13] != '-' || at[14] != '7' || at[18] != '-' || at[23] != '-')
		return 0;
	return begins(at + run, end, ".") && span(at + run + 1, end, true) == 11 ? run + 12 : run;
}

/* 160 bits in base32, as the secret of one-time codes is shown */
static bool is_otp_secret(const char *at, size_t run)
{
	return run == 32 && strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") >= 32;
}

/* Appends text; what is random, or is the time of now, is replaced. */
static void put_normal(reply *out, side *of, const char *data, size_t size)
{
	static const char *const numbers[] = {"\"elapsed_ms\":", "\"era\":\"", "\"transaction_id\":\"",
	                                      "\"iat\":", "\"exp\":"};
	const char *at = data, *end = data + size;

	while (at < end) {
		bool fresh = at == data || !is_base64(at[-1], true);
		size_t run = fresh ? span(at, end, true) : 0, plain = fresh ? span(at, end, false) : 0;

		if (fresh && run >= 47 && begins(at, end, "st") && at[3] == '_') { /* sts_, stk_, sti_ */
			put_seen(out, of, at, run);
			at += run;
		} else if (fresh && run >= 26 && (begins(at, end, "ses_") || begins(at, end, "key_"))) {
			put_seen(out, of, at, run);
			at += run;
		} else if (fresh && uuid_size(at, end, run)) {
			put_seen(out, of, at, uuid_size(at, end, run));
			at += uuid_size(at, end, run);
		} else if (fresh && begins(at, end, "eyJ") && at + run < end && at[run] == '.') {
			put_n(&out->text, at, run); /* the header; the signature may be random, and claims have times */
			put(&out->text, "<jwt>");
			at += run;
			while (at < end && (*at == '.' || is_base64(*at, true)))
				at++;
		} else if (fresh && is_otp_secret(at, run)) {
			put_seen(out, of, at, run);
			at += run;
		} else if (fresh && plain == 43 && begins(at + 43, end, "=")) {
			put_seen(out, of, at, 44);
			at += 44;
		} else if (fresh && plain == 22 && begins(at + 22, end, "==")) {
			put_seen(out, of, at, 24);
			at += 24;
		} else if (end - at >= 20 && at[4] == '-' && at[10] == 'T' && near_now(at)) {
			put(&out->text, "<now>");
			at = after_time(at, end);
		} else if (end - at >= 20 && at[4] == '-' && at[10] == 'T' && after_now(at, end)) {
			put(&out->text, "<later>");
			at = after_time(at, end);
		} else if (end - at >= 20 && at[4] == '-' && at[10] == 'T' && follows(data, at, "cutoff")) {
			put_n(&out->text, at, 10); /* the day */
			at = after_time(at, end);
		} else {
			bool found = false;

			for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !found; i++)
				if (begins(at, end, numbers[i])) {
					const char *digits = at + strlen(numbers[i]);
					long long value = strtoll(digits, NULL, 10);

					/* a claim that the call was given stays */
					if (i >= 3 && (value < begun - 2 || value > begun + INT64_C(3153600000) + 7200 ||
					               (i == 3 && value > time(NULL) + 2)))
						break;
					put(&out->text, numbers[i]);
					put(&out->text, "<n>");
					at = digits;
					while (at < end && *at >= '0' && *at <= '9')
						at++;
					found = true;
				}
			if (!found) {
				put_n(&out->text, at, 1);
				at++;
			}
		}
	}
}

static void keep(side *of, given kind, const char *text)
{
	char **slot = &of->given[kind][of->given_count[kind]++ % KEPT];

	free(*slot);
	*slot = strdup(text);
}

/* What later calls may take. */
static void keep_given(side *of, const stead_function *function, const char *column, const char *text)
{
	static const struct {
		const char *function, *column;
		given kind;
	} sources[] = {{"session_create", "r", GIVEN_TOKEN},        {"session_rotate", "r", GIVEN_TOKEN},
	               {NULL, "session_id", GIVEN_SESSION},         {NULL, "next_page", GIVEN_PAGE},
	               {"audit_checkpoint", "r", GIVEN_CHECKPOINT}, {"jwt_sign", "r", GIVEN_JWT}};

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (strcmp(column, sources[i].column) == 0 &&
		    (!sources[i].function || strcmp(function->name, sources[i].function) == 0))
			keep(of, sources[i].kind, text);
}

/* One value, in the form that both databases share. later: a time that is some time after now. */
static void put_value(reply *out, side *of, const stead_function *function, const char *column, stead_type type,
                      const char *text, size_t size)
{
	char form[64];

	if (!text || strcmp(column, "applied_by") == 0) { /* SQLite has no roles */
		put(&out->text, "<null>|");
		return;
	}
	keep_given(of, function, column, text);
	if (strcmp(column, "next_page") == 0)
		put(&out->text, "<page>");
	else if (strcmp(column, "duration_ms") == 0)
		put(&out->text, "<ms>");
	else if (type == STEAD_BOOL)
		put(&out->text, *text == 't' || *text == '1' ? "true" : "false");
	else if (type == STEAD_REAL) {
		snprintf(form, sizeof form, "%.17g", strtod(text, NULL));
		put(&out->text, form);
	} else if (type == STEAD_TIME && (strcmp(column, "expires_at") == 0 || strcmp(column, "cutoff") == 0)) {
		put_n(&out->text, text, 10);                                         /* the day */
	} else if (type == STEAD_TIME && strlen(text) > 18 && text[10] == ' ') { /* PostgreSQL's form */
		char fraction[7] = "000000";
		const char *point = strchr(text, '.');

		for (int i = 0; point && i < 6 && point[1 + i] >= '0' && point[1 + i] <= '9'; i++)
			fraction[i] = point[1 + i];
		snprintf(form, sizeof form, "%.10sT%.8s.%sZ", text, text + 11, fraction);
		put_normal(out, of, form, strlen(form));
	} else
		put_normal(out, of, text, size);
	put(&out->text, "|");
}

static void statement_of(const call *made, buffer *sql, bool typed)
{
	static const char *const types[] = {"",     "boolean",     "bigint", "double precision",
	                                    "text", "timestamptz", "json",   "bytea"};
	char part[64];

	put(sql, made->function->rows ? "SELECT * FROM stead_" : "SELECT stead_");
	put(sql, made->function->name);
	put(sql, "(");
	for (int i = 0; i < made->count; i++) {
		snprintf(part, sizeof part, typed ? "%s$%d::%s" : "%s$%d", i ? ", " : "", i + 1,
		         types[made->function->args[i].type]);
		put(sql, part);
	}
	put(sql, made->function->rows ? ")" : ") AS r");
}

static const stead_column_def *column_of(const stead_function *function, int i)
{
	static stead_column_def result = {"r", STEAD_TEXT};

	if (function->rows)
		return &function->columns[i];
	result.type = function->returns;
	return &result;
}

/* The text of a value that an earlier call gave on this side; NULL if there is none. */
static const char *given_text(const side *of, const argument *arg)
{
	int count = of->given_count[arg->given];

	return count ? of->given[arg->given][arg->integer % (count < KEPT ? count : KEPT)] : "none yet";
}

static void pg_error(reply *out, side *of, const PGresult *result)
{
	/* in its parsers of types, before the function is called */
	static const char *const own[] = {"22P02", "22007", "22008", "22003", "22021", "22009", "22P05", "54001", "54000"};
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE),
			   *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	out->failed = true;
	snprintf(out->class, sizeof out->class, "%s", state ? state : "gone");
	message = message ? message : PQresultErrorMessage(result);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		out->own |= strcmp(out->class, own[i]) == 0 && strncmp(message, "stead_", 6) != 0;
	put_normal(out, of, message, strlen(message));
	if (hint) {
		put(&out->text, "\nHINT:  ");
		put_normal(out, of, hint, strlen(hint));
	}
}

/* These say what the database is, has or can. */
static bool is_about_host(const char *function)
{
	static const char *const these[] = {
		"backend", "metrics", "report", "doctor",       "configure", "grant",
		"grants",  "backup", "backup_check", "export"}; /* of export: its first line, and so the checks of all */

	for (size_t i = 0; i < sizeof these / sizeof *these; i++)
		if (strcmp(function, these[i]) == 0)
			return true;
	return false;
}

/* Random texts of its answer get no number: audit_top orders by the values, of which the ids of sessions are random,
 * and answers about the host are not compared. */
static bool is_unordered(const call *made)
{
	return strcmp(made->function->name, "audit_top") == 0 || is_about_host(made->function->name);
}

static reply pg_call(const call *made, const char *const *texts)
{
	const char *values[STEAD_MAX_ARGS];
	char forms[STEAD_MAX_ARGS][40];
	int binary[STEAD_MAX_ARGS], sizes[STEAD_MAX_ARGS];
	side *of = &sides[PG];
	reply out = {.unordered = is_unordered(made)};
	buffer sql = {0};
	PGresult *result;

	for (int i = 0; i < made->count; i++) {
		const argument *arg = &made->args[i];

		values[i] = arg->is == IS_NULL ? NULL : arg->is == IS_TEXT || arg->is == IS_BYTES ? texts[i] : forms[i];
		binary[i] = arg->is == IS_BYTES;
		sizes[i] = (int)arg->size; /* PostgreSQL looks at that of bytes alone */
		if (arg->is == IS_REAL)
			snprintf(forms[i], sizeof forms[i], "%.17g", arg->real);
		else if (arg->is != IS_TEXT && arg->is != IS_BYTES)
			snprintf(forms[i], sizeof forms[i], "%lld", (long long)arg->integer);
	}
	statement_of(made, &sql, true);
	result = PQexecParams(on[PG].pg, sql.data, made->count, NULL, values, sizes, binary, 0);
	put(&out.text, "");
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		pg_error(&out, of, result);
	else {
		for (int i = 0; i < PQnfields(result); i++) {
			put(&out.text, PQfname(result, i));
			put(&out.text, ",");
		}
		for (int row = 0; row < PQntuples(result); row++) {
			put(&out.text, "\n");
			for (int i = 0; i < PQnfields(result); i++) {
				const stead_column_def *column = column_of(made->function, i);

				put_value(&out, of, made->function, column->name, column->type,
				          PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i),
				          (size_t)PQgetlength(result, row, i));
			}
		}
	}
	PQclear(result);
	free(sql.data);
	return out;
}

static reply lite_call(const call *made, const char *const *texts, side *of)
{
	sqlite3 *lite = on[LITE].lite;
	sqlite3_stmt *statement;
	reply out = {.unordered = is_unordered(made)};
	buffer sql = {0};
	int code;

	statement_of(made, &sql, false);
	put(&out.text, "");
	code = sqlite3_prepare_v2(lite, sql.data, -1, &statement, NULL);
	for (int i = 0; code == SQLITE_OK && i < made->count; i++) {
		const argument *arg = &made->args[i];

		if (arg->is == IS_INT || arg->is == IS_BOOL)
			sqlite3_bind_int64(statement, i + 1, arg->integer);
		else if (arg->is == IS_REAL)
			sqlite3_bind_double(statement, i + 1, arg->real);
		else if (arg->is == IS_BYTES)
			sqlite3_bind_blob(statement, i + 1, arg->text, (int)arg->size, SQLITE_STATIC);
		else if (arg->is == IS_TEXT)
			sqlite3_bind_text(statement, i + 1, texts[i], arg->given ? -1 : (int)arg->size, SQLITE_STATIC);
	}
	if (code == SQLITE_OK) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			put(&out.text, sqlite3_column_name(statement, i));
			put(&out.text, ",");
		}
		while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
			put(&out.text, "\n");
			for (int i = 0; i < sqlite3_column_count(statement); i++) {
				const stead_column_def *column = column_of(made->function, i);
				const char *text = (const char *)sqlite3_column_text(statement, i);
				char form[40];

				if (text && column->type == STEAD_REAL) { /* as text it would lose its last digits, and the sign of 0 */
					snprintf(form, sizeof form, "%.17g", sqlite3_column_double(statement, i));
					text = form;
				}
				if (text && column->type == STEAD_BYTES) { /* in PostgreSQL's form */
					const unsigned char *bytes = sqlite3_column_blob(statement, i);

					put(&out.text, "\\x");
					for (int k = 0; k < sqlite3_column_bytes(statement, i); k++) {
						snprintf(form, sizeof form, "%02x", bytes[k]);
						put(&out.text, form);
					}
					put(&out.text, "|");
					continue;
				}
				put_value(&out, of, made->function, column->name, column->type, text,
				          (size_t)sqlite3_column_bytes(statement, i));
			}
		}
	}
	if (code != SQLITE_DONE) {
		const char *message = sqlite3_errmsg(lite);

		out.failed = true;
		out.text.size = 0;
		snprintf(out.class, sizeof out.class, "%d", sqlite3_extended_errcode(lite) & 0xff);
		put_normal(&out, of, message, strlen(message));
	}
	sqlite3_finalize(statement);
	free(sql.data);
	return out;
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

/* docs/differences.md */
static bool same_class(const reply *pg, const reply *lite)
{
	static const char *const classes[][2] = {{"22023", "1"},  {"P0002", "12"}, {"23505", "19"}, {"42501", "23"},
	                                         {"0A000", "1"},  {"55000", "1"},  {"25006", "8"},  {"55P03", "5"},
	                                         {"XX001", "11"}, {"XX000", "2"}};

	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strcmp(pg->class, classes[i][0]) == 0)
			return strcmp(lite->class, classes[i][1]) == 0;
	return false;
}

/* A table of the application's with a schema: SQLite's is always main. On PostgreSQL there is no such table. */
static bool is_elsewhere(const reply *pg, const reply *lite)
{
	return lite->failed && strstr(lite->text.data, ": table ") &&
	       ends_with(lite->text.data, "is not in the main database") && (pg->failed || strstr(pg->text.data, "false|"));
}

/* A statement of a migration, which is the application's own: its error has the database's words and class. */
static bool is_failed_statement(const reply *pg, const reply *lite)
{
	const char *end = strstr(pg->text.data, " failed: ");

	return pg->failed && lite->failed && end && strstr(pg->text.data, ": statement ") < end &&
	       strncmp(pg->text.data, lite->text.data, (size_t)(end - pg->text.data) + strlen(" failed: ")) == 0;
}

static char difference[4 * SHOWN];

static bool differ(const char *what, const char *pg, const char *lite)
{
	size_t at = 0, from;

	while (pg[at] && pg[at] == lite[at])
		at++;
	from = at < 100 ? 0 : at - 100;
	snprintf(difference, sizeof difference, "%s\n#   postgresql: %s%.*s\n#   sqlite:     %s%.*s", what,
	         from ? "..." : "", SHOWN, pg + from, from ? "..." : "", SHOWN, lite + from);
	return true;
}

/* Is this answer wrong, whatever the other database's is? */
static bool is_internal(const reply *of)
{
	return of->failed &&
	       (strcmp(of->class, "XX000") == 0 || strcmp(of->class, "XX001") == 0 || strcmp(of->class, "gone") == 0 ||
	        strcmp(of->class, "2") == 0 || strcmp(of->class, "11") == 0 || strcmp(of->class, "21") == 0);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rows that have random texts are sorted without them. */
static void sort_rows(reply *of)
{
	char *lines[1100], *copy = strdup(of->text.data), *rest = copy, *line;
	int count = 0;

	while ((line = strsep(&rest, "\n")) && count < 1100)
		lines[count++] = line;
	qsort(lines, (size_t)count, sizeof *lines, by_text);
	of->text.size = 0;
	for (int i = 0; i < count; i++) {
		put(&of->text, lines[i]);
		put(&of->text, "\n");
	}
	free(copy);
}

static bool has_text(const call *made, const char *beginning)
{
	for (int i = 0; i < made->count; i++)
		if (made->args[i].text && strncmp(made->args[i].text, beginning, strlen(beginning)) == 0)
			return true;
	return false;
}

static bool compare(const call *made, reply *pg, reply *lite)
{
	if (pg->unordered && strstr(pg->text.data, "<random>")) {
		sort_rows(pg);
		sort_rows(lite);
	}
	if (is_internal(pg) || is_internal(lite))
		return differ("an internal error", pg->text.data, lite->text.data);
	if (is_about_host(made->function->name))
		return false;
	if (is_elsewhere(pg, lite))
		return false;
	/* PostgreSQL's type holds later years: there Stead refuses them, unless it refuses an argument before */
	if (pg->failed && lite->failed && has_text(made, "10000-") && strstr(lite->text.data, "must be a time such as"))
		return false;
	if (is_failed_statement(pg, lite))
		return false;
	if (pg->own)
		return lite->failed ? false : differ("postgresql alone refuses it", pg->text.data, lite->text.data);
	if (pg->failed != lite->failed)
		return differ(pg->failed ? "postgresql alone fails" : "sqlite alone fails", pg->text.data, lite->text.data);
	if (strcmp(pg->text.data, lite->text.data) != 0)
		return differ(pg->failed ? "the errors differ" : "the answers differ", pg->text.data, lite->text.data);
	if (pg->failed && !same_class(pg, lite))
		return differ("the classes differ", pg->class, lite->class);
	return false;
}

/* A value that PostgreSQL cannot be given: SQLite must refuse it, or take it as docs/differences.md says. */
static bool try_wrong(const call *made, const char *const *texts)
{
	bool taken = false, wrong = false;
	side undone = {0};
	reply lite;

	for (int i = 0; i < made->count; i++) {
		const argument *arg = &made->args[i];
		const stead_arg *declared = &made->function->args[i];

		if (!arg->wrong)
			continue;
		taken |= declared->type == STEAD_BYTES && arg->is == IS_BYTES;
		taken |= declared->raw || made->function->effect == STEAD_PURE;
		taken |=
			(arg->is == IS_INT || arg->is == IS_REAL) && declared->type != STEAD_TEXT && declared->type != STEAD_JSON;
		taken |= arg->is == IS_TEXT && strlen(arg->text) == arg->size &&
		         (declared->type != STEAD_INT || strspn(arg->text, "+-0123456789") == arg->size);
	}
	must(on[LITE], "SAVEPOINT wrong");
	lite = lite_call(made, texts, &undone);
	forget(&undone);
	must(on[LITE], "ROLLBACK TO wrong");
	must(on[LITE], "RELEASE wrong");
	if (is_internal(&lite))
		wrong = differ("an internal error", "-", lite.text.data);
	else if (!lite.failed && !taken && !is_about_host(made->function->name))
		wrong = differ("sqlite takes a wrong type", "-", lite.text.data);
	else if (lite.failed && strncmp(lite.text.data, "stead_", 6) != 0)
		wrong = differ("an error without the function's name", "-", lite.text.data);
	free(lite.text.data);
	return wrong;
}

static void show(const call *made);
static long answered, failed, wrong_types, calls_made;

/* True: both sides differ. */
static bool differs(const call *made)
{
	const char *texts[2][STEAD_MAX_ARGS];
	bool wrong = false, different;
	reply of[2];

	for (int k = 0; k < 2; k++)
		for (int i = 0; i < made->count; i++) {
			const argument *arg = &made->args[i];

			texts[k][i] = arg->given ? given_text(&sides[k], arg) : arg->text;
			wrong |= arg->wrong;
		}
	calls_made++;
	if (wrong) {
		wrong_types++;
		return try_wrong(made, texts[LITE]);
	}
	if (made->function->effect == STEAD_WRITES)
		align();
	of[PG] = pg_call(made, texts[PG]);
	of[LITE] = lite_call(made, texts[LITE], &sides[LITE]);
	different = compare(made, &of[PG], &of[LITE]);
	*(of[LITE].failed ? &failed : &answered) += 1;
	free(of[PG].text.data);
	free(of[LITE].text.data);
	return different;
}

/* ---- Episodes ---------------------------------------------------------------------------------------------------- */

/* Makes the calls up to count, without those that are left out. Returns the first that differs, or -1. */
static int play(uint64_t seed, int count, const bool *left_out)
{
	int found = -1;

	open_both();
	for (int i = 0; i < count && found < 0; i++) {
		call made;

		if (left_out && left_out[i])
			continue;
		made = make_call(seed, i);
		/* SQLite alone seals when it writes; what is sealed would differ from then on */
		if (!has_text(&made, "stead.audit.autoseal") && differs(&made))
			found = i;
		free_call(&made);
	}
	if (found < 0 && !left_out && count == EPISODE) {
		char *verdicts[2] = {verdict_of(on[PG]), verdict_of(on[LITE])};

		if (strncmp(verdicts[PG], "ok", 2) != 0 || strcmp(verdicts[PG], verdicts[LITE]) != 0) {
			differ("verification in the end", verdicts[PG], verdicts[LITE]);
			found = count;
		}
		free(verdicts[PG]);
		free(verdicts[LITE]);
	}
	close_both();
	return found;
}

static void show(const call *made)
{
	printf("#   stead_%s(", made->function->name);
	for (int i = 0; i < made->count; i++) {
		const argument *arg = &made->args[i];
		static const char *const kinds[] = {"", "a token", "a session's id", "a page", "a checkpoint", "a jwt"};

		printf("%s", i ? ", " : "");
		if (arg->given)
			printf("<%s that was given>", kinds[arg->given]);
		else if (arg->is == IS_NULL)
			printf("NULL");
		else if (arg->is == IS_REAL)
			printf("%.17g", arg->real);
		else if (arg->is == IS_TEXT || arg->is == IS_BYTES)
			printf("%s'%.200s'%s", arg->is == IS_BYTES ? "x" : "", arg->text, arg->size > 200 ? "..." : "");
		else
			printf("%lld", (long long)arg->integer);
	}
	printf(")\n");
}

/* Leaves out the earlier calls that the difference does not need. */
static void shrink(uint64_t seed, int found)
{
	bool *left_out = calloc((size_t)found + 1, sizeof *left_out), *trial = malloc((size_t)found + 1);
	char last[sizeof difference];
	int tries = 0;

	memcpy(last, difference, sizeof last);
	for (int size = found; size > 0; size /= 2)
		for (int from = 0; from < found && tries < 50; from += size) {
			bool some = false;

			memcpy(trial, left_out, (size_t)found + 1);
			for (int i = from; i < from + size && i < found; i++) {
				some |= !trial[i];
				trial[i] = true;
			}
			if (!some)
				continue;
			tries++;
			if (play(seed, found + 1, trial) == found) {
				memcpy(left_out, trial, (size_t)found + 1);
				memcpy(last, difference, sizeof last);
			}
		}
	for (int i = 0; i <= found && i < EPISODE; i++)
		if (!left_out[i]) {
			call made = make_call(seed, i);

			show(&made);
			free_call(&made);
		}
	printf("# then: %s\n", last);
	free(left_out);
	free(trial);
}

int main(int argc, char **argv)
{
	uint64_t seed;
	long wanted, repeated = 0;
	int differences = 0;

	if (argc != 3)
		fail("usage: arguments SEED CALLS");
	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = strtoull(argv[1], NULL, 10);
	wanted = strtol(argv[2], NULL, 10);
	begun = time(NULL);
	make_template();
	for (uint64_t episode = seed; calls_made < wanted && differences < 8; episode++) {
		int found = play(episode, EPISODE, NULL);

		if (found < 0)
			continue;
		if (play(episode, found < EPISODE ? found + 1 : found, NULL) != found) {
			printf("# episode %llu, call %d: not again: %s\n", (unsigned long long)episode, found, difference);
			repeated++;
			continue;
		}
		printf("# episode %llu, call %d: %s\n# which needs:\n", (unsigned long long)episode, found, difference);
		shrink(episode, found);
		differences++;
	}
	must(on[PG], "DROP DATABASE IF EXISTS stead_arguments");
	must(on[PG], "DROP DATABASE IF EXISTS stead_arguments_of");
	printf("# seed %llu: %ld calls, %ld answered, %ld refused, %ld with a wrong type; %d differences, %ld not again\n",
	       (unsigned long long)seed, calls_made, answered, failed, wrong_types, differences, repeated);
	return differences > 0 || repeated > 3;
}
