/*
 * capture.c - random changes of captured tables. Then stead_row_at() must tell every past state, and the changes in
 * their order must lead to each.
 *
 * Run it as "capture postgresql SEED STEPS", in the database that libpq finds, or as "capture sqlite SEED STEPS FILE".
 * The database must not contain Stead. After each step the program notes the time, and the whole table as typed values.
 */
#include "random.h"
#include "typed.h"

static const table tables[] = {
	{"one",
     "CREATE TABLE one (id integer PRIMARY KEY, t text, i bigint, r float8, b bytea, n numeric, u text UNIQUE)",
     "CREATE TABLE one (id INTEGER PRIMARY KEY, t TEXT, i BIGINT, r REAL, b BLOB, n NUMERIC, u TEXT UNIQUE)",
     7,
     1,
     6,
     "itirbnt",
     {"id", "t", "i", "r", "b", "n", "u"}},
	{"t'w\"o",
     "CREATE TABLE \"t'w\"\"o\" (\"k\"\"1\" text, \"k'2\" text, t text, u text UNIQUE, PRIMARY KEY (\"k'2\", "
     "\"k\"\"1\"))",
     "CREATE TABLE \"t'w\"\"o\" (\"k\"\"1\" TEXT NOT NULL, \"k'2\" TEXT NOT NULL, t TEXT, u TEXT UNIQUE,"
     " PRIMARY KEY (\"k'2\", \"k\"\"1\"))",
     4,
     2,
     3,
     "tttt",
     {"k\"1", "k'2", "t", "u"}},
	{"bare",
     NULL,
     "CREATE TABLE bare (k PRIMARY KEY, t, i, u UNIQUE, v) WITHOUT ROWID",
     5,
     1,
     3,
     "*****",
     {"k", "t", "i", "u", "v"}},
	{"folded",
     NULL,
     "CREATE TABLE folded (k TEXT NOT NULL COLLATE NOCASE, t COLLATE NOCASE, i INTEGER, u TEXT COLLATE NOCASE,"
     " v TEXT); CREATE UNIQUE INDEX a_key ON folded (k); CREATE UNIQUE INDEX b_key ON folded (u, v);"
     " CREATE UNIQUE INDEX c_key ON folded (v) WHERE i > 0",
     5,
     1,
     3,
     "t*itt",
     {"k", "t", "i", "u", "v"}},
	{"filtered",
     "CREATE TABLE filtered (id integer PRIMARY KEY, t text, u text)",
     "CREATE TABLE filtered (id INTEGER PRIMARY KEY, t TEXT, u TEXT)",
     3,
     1,
     2,
     "itt",
     {"id", "t", "u"}},
};
#define TABLES ((int)(sizeof tables / sizeof *tables))
#define NUMBERED (&tables[0])
#define FILTERED (&tables[4])

typedef struct {
	char at[40], *sql;
	content content;
} state;

/* ---- Random statements ------------------------------------------------------------------------------------------- */

static void write_text(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++)
		fputs(*text == '\'' ? "''" : (char[]){*text, '\0'}, out);
	fputc('\'', out);
}

static void random_text(FILE *out)
{
	static const char *const pieces[] = {
		"a", "A",      "'",    "\"",        "\\",       "\n",  "\x01", "\x1f\x7f",         "/", "é",
		"😀", "\u2028", "null", "%s\\u0041", "\t\b\f\r", "zzz", "{}",   "{\"hex\":\"00\"}", "1", " "};
	char text[100] = "";

	if (!on.pg && below(12) == 0) {
		fputs("'a' || char(0) || 'b'", out);
		return;
	}
	for (int64_t left = below(4); left > 0; left--)
		strcat(text, pieces[below(sizeof pieces / sizeof *pieces)]);
	write_text(out, text);
}

static void random_real(FILE *out)
{
	static const double known[] = {0.1, 1e300, 5e-324, -1.7976931348623157e308, 0.30000000000000004, 1, 1e15, -1e22};
	uint64_t bits = (uint64_t)below(INT64_MAX) << 1 | (uint64_t)below(2);
	double number;
	char text[40];

	memcpy(&number, &bits, sizeof number);
	if (!isfinite(number) || below(2))
		number = below(2) ? known[below(8)] : (double)below(1000000) / 1000;
	snprintf(text, sizeof text, "%.17g", number);
	fprintf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void random_value(FILE *out, char kind)
{
	static const char *const integers[] = {"9223372036854775807", "-9223372036854775808", "0", "1", "-1",
	                                       "9007199254740993"};
	static const char *const numerics[] = {"0.10", "12345678901234567890.123456789", "-1", "1e3", "0.000001"};

	if (kind == '*')
		kind = "irtb"[below(4)];
	if (below(6) == 0)
		fputs("NULL", out);
	else if (kind == 'i')
		fputs(integers[below(6)], out);
	else if (kind == 'r')
		random_real(out);
	else if (kind == 'n')
		fputs(numerics[below(5)], out);
	else if (kind == 't')
		random_text(out);
	else {
		fputs(on.pg ? "'\\x" : "x'", out);
		for (int64_t left = below(4); left > 0; left--)
			fprintf(out, "%02X", (unsigned)below(256));
		fputc('\'', out);
	}
}

/* A value of a key or of a unique column: there are few, so that they meet. */
static void random_few(FILE *out, char kind, bool null)
{
	static const char *const texts[] = {"", "a", "A", "b", "é\"", "\\\n\x01", "b'"};
	static const char *const any[] = {"1", "2", "2.0", "0.5", "'a'", "'1'", "x''", "x'00'", "x'FF'", "'A'"};

	if (null)
		fputs("NULL", out);
	else if (kind == 'i')
		fprintf(out, "%d", (int)below(8) - 2);
	else if (kind == '*')
		fputs(any[below(10)], out);
	else
		write_text(out, texts[below(7)]);
}

static void value_for(FILE *out, const table *table, int i, bool insert)
{
	if (i >= table->keys && i < table->unique)
		random_value(out, table->kinds[i]);
	else if (i >= table->keys)
		random_few(out, table->kinds[i], below(3) == 0);
	else /* SQLite may choose a rowid */
		random_few(out, table->kinds[i], insert && !on.pg && table == NUMBERED && below(4) == 0);
}

static void write_rows(FILE *out, const table *table, const char *verb, int64_t count)
{
	fprintf(out, "%s INTO %s (", verb, quoted(table->name));
	for (int i = 0; i < table->columns; i++)
		fprintf(out, "%s%s", i ? ", " : "", quoted(table->names[i]));
	fputs(") VALUES", out);
	for (int64_t at = 0; at < count; at++)
		for (int i = 0; i < table->columns; i++) {
			fputs(i ? ", " : at ? "), (" : " (", out);
			value_for(out, table, i, true);
		}
	fputc(')', out);
}

static void write_sets(FILE *out, const table *table, bool key, bool unique)
{
	int sets = 0, last = unique ? table->columns : table->unique;

	for (int i = key ? 0 : table->keys; i < last; i++) {
		if (below(2) && (sets || i + 1 < last))
			continue;
		fprintf(out, "%s%s = ", sets++ ? ", " : "", quoted(table->names[i]));
		if (below(6) == 0)
			fputs(quoted(table->names[i]), out); /* unchanged */
		else
			value_for(out, table, i, false);
	}
}

static void write_where(FILE *out, const table *table)
{
	switch (below(4)) {
	case 0:
		return;
	case 1:
		fprintf(out, " WHERE %s IS NOT NULL", quoted(table->names[below(table->columns)]));
		return;
	default:
		fprintf(out, " WHERE %s = ", quoted(table->names[0]));
		random_few(out, table->kinds[0], false);
	}
}

static void write_upsert(FILE *out, const table *table, int64_t count)
{
	write_rows(out, table, "INSERT", count);
	fprintf(out, " ON CONFLICT (%s%s%s) DO UPDATE SET ", quoted(table->names[0]), table->keys > 1 ? ", " : "",
	        table->keys > 1 ? quoted(table->names[1]) : "");
	if (below(3))
		fprintf(out, "%s = excluded.%s, ", quoted(table->names[table->keys]), quoted(table->names[table->keys]));
	fprintf(out, "%s = ", quoted(table->names[table->unique]));
	value_for(out, table, table->unique, false);
	if (below(3) == 0) {
		fprintf(out, ", %s = ", quoted(table->names[0]));
		random_few(out, table->kinds[0], false);
	}
}

static void write_statement(FILE *out, const table *table)
{
	static const char *const updates[] = {"UPDATE OR REPLACE", "UPDATE OR IGNORE", "UPDATE OR FAIL"};
	static const char *const inserts[] = {"REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL", "INSERT OR REPLACE"};
	int64_t dice = below(on.pg ? 8 : 13), many = 1 + below(2) * below(4);

	if (dice < 2)
		write_rows(out, table, "INSERT", many);
	else if (dice == 2) {
		write_rows(out, table, "INSERT", many);
		fputs(" ON CONFLICT DO NOTHING", out);
	} else if (dice < 5)
		write_upsert(out, table, many);
	else if (dice == 5) {
		bool truncate = on.pg && below(6) == 0;

		fprintf(out, "%s %s", truncate ? "TRUNCATE" : "DELETE FROM", quoted(table->name));
		if (!truncate)
			write_where(out, table);
	} else if (dice > 7 && dice < 11)
		write_rows(out, table, inserts[below(4)], many);
	else {
		fprintf(out, "%s %s SET ", dice < 8 ? "UPDATE" : updates[below(3)], quoted(table->name));
		write_sets(out, table, below(2), dice > 7 || below(2));
		write_where(out, table);
	}
}

/* A statement, or a transaction, which may be rolled back, as may a savepoint in it. Returns its text. */
static char *random_step(const table *table, char *statements[12])
{
	bool together = below(4) == 0, savepoint = false;
	int count = 0;
	size_t size;
	FILE *out;
	char *all;

	if (together)
		statements[count++] = strdup("BEGIN");
	for (int64_t left = together ? 1 + below(4) : 1; left > 0; left--) {
		out = open_memstream(&statements[count++], &size);
		write_statement(out, table);
		fclose(out);
		if (together && !savepoint && left > 1 && below(3) == 0) {
			statements[count++] = strdup("SAVEPOINT a");
			savepoint = true;
		}
	}
	if (savepoint)
		statements[count++] = strdup(below(2) ? "ROLLBACK TO SAVEPOINT a" : "RELEASE SAVEPOINT a");
	if (together)
		statements[count++] = strdup(below(3) ? "COMMIT" : "ROLLBACK");
	statements[count] = NULL;
	out = open_memstream(&all, &size);
	for (int i = 0; i < count; i++)
		fprintf(out, "%s;\n", statements[i]);
	fclose(out);
	return all;
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static char *time_now(void)
{
	return ask(on, on.pg ? "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	                     : "SELECT strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')");
}

/* What comes after it is later. Triggers in plain SQL know milliseconds. */
static void note_time(char at[40])
{
	char *now = time_now(), *later = time_now();

	snprintf(at, 40, "%.27s", now);
	while (strcmp(later, now) <= 0) {
		free(later);
		later = time_now();
	}
	free(later);
	free(now);
}

/* The key as a caller may write it, which is not how Stead does. */
static char *write_key(const table *table, const row *row)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	bool object = table->keys > 1 || below(2);

	for (int i = 0; i < table->keys; i++) {
		const char *cell = row->cells[i];

		if (object)
			fprintf(to, "%s%s : ", i ? ", " : "{ ",
			        strcmp(table->names[i], "k\"1") == 0 ? "\"k\\u00221\"" : quoted(table->names[i]));
		if (*cell == 'n')
			fputs(cell + 1, to);
		else if (*cell == 'r')
			fprintf(to, "%.1f", strtod(cell + 1, NULL));
		else if (*cell == 'b')
			fprintf(to, "{\"base64\":\"%s\"}", !cell[1] ? "" : cell[1] == '0' ? "AA==" : "/w==");
		else {
			fputc('"', to);
			for (const char *c = cell + 1; *c; c++)
				if (*c == '"' || *c == '\\' || (*c > 0 && *c < 32) || *c == 'a')
					fprintf(to, "\\u%04x", (unsigned)*c);
				else
					fputc(*c, to);
			fputc('"', to);
		}
	}
	fprintf(to, "%s", object ? " }" : "");
	fclose(to);
	return out;
}

static bool is_told(const table *table, const row *wanted, const char *got)
{
	row told = {0};

	if (is_error(got) || !wanted || strcmp(got, "NULL\n") == 0)
		return !is_error(got) && !wanted && strcmp(got, "NULL\n") == 0;
	return read_object(table, got, &told) == table->columns && same_row(&told, wanted, table->columns);
}

static long check_rows(const table *table, const state *states, int count)
{
	content keys = {0};
	long checks = 0;

	for (int i = 0; i < count; i++)
		for (int k = 0; k < states[i].content.count; k++)
			if (!find_row(table, &keys, &states[i].content.rows[k]))
				add_row(&keys, &states[i].content.rows[k]);
	for (int k = 0; k < keys.count; k++)
		for (int i = 0; i < count; i++, checks++) {
			const row *wanted = find_row(table, &states[i].content, &keys.rows[k]);
			char *key = write_key(table, &keys.rows[k]);
			char *sql = sqlite3_mprintf("SELECT stead_row_at(%Q, %Q, %Q)", quoted(table->name), key, states[i].at);
			char *got = ask(on, sql);

			if (!is_told(table, wanted, got))
				wrong("%s: %.400s# wanted %.300s\n# after %.600s# and then %.600s", sql, got, show_row(table, wanted),
				      states[i].sql, i + 1 < count ? states[i + 1].sql : "nothing");
			sqlite3_free(sql);
			free(got);
			free(key);
		}
	return checks;
}

enum { CHANGED_AT, OPERATION, KEY, OLD, NEW, FIELDS };

/* Makes the change in the content; false: it is not as the change says. */
static bool apply(const table *table, content *to, char *const change[FIELDS])
{
	row named = {0}, was = {0}, *at;

	if (strcmp(change[OPERATION], "truncate") == 0) {
		to->count = 0;
		return strcmp(change[KEY], "NULL") == 0;
	}
	if (read_object(table, change[KEY], &named) != table->keys)
		return false;
	at = find_row(table, to, &named);
	if (strcmp(change[OPERATION], "insert") == 0) {
		if (at || strcmp(change[OLD], "NULL") != 0 || read_object(table, change[NEW], &named) != table->columns)
			return false;
		add_row(to, &named);
		return true;
	}
	if (!at || read_object(table, change[OLD], &was) < 1)
		return false;
	for (int i = 0; i < table->columns; i++)
		if (was.cells[i] ? strcmp(was.cells[i], at->cells[i]) != 0 : *change[OPERATION] == 'd')
			return false;
	if (*change[OPERATION] == 'u')
		return read_object(table, change[NEW], at) > 0;
	*at = to->rows[--to->count];
	return strcmp(change[NEW], "NULL") == 0;
}

static bool same_content(const table *table, const content *a, const content *b)
{
	for (int i = 0; i < a->count; i++) {
		const row *other = find_row(table, b, &a->rows[i]);

		if (!other || !same_row(other, &a->rows[i], table->columns))
			return false;
	}
	return a->count == b->count;
}

/* From nothing, the changes in their order lead to each state. */
static void check_changes(const table *table, const state *states, int count, int64_t first)
{
	char *rows =
		askf(on,
	         "SELECT %s, operation, row_key, old_values, new_values FROM stead_change WHERE id > %lld"
	         " ORDER BY id",
	         on.pg ? "to_char(changed_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')" : "changed_at", (long long)first);
	char *at = rows, *change[FIELDS];
	content made = {0};

	if (is_error(rows))
		wrong("%s", rows);
	for (int i = 0; i < count && !is_error(rows); i++) {
		while (*at && strncmp(at, states[i].at, 27) <= 0) {
			for (int k = 0; k < FIELDS; k++) { /* no value has a bar or a line end */
				change[k] = at;
				at += strcspn(at, "|\n");
				*at++ = '\0';
			}
			if (!apply(table, &made, change)) {
				wrong("%s: a change that does not fit: %s %s %s %s\n# in %.600s", table->name, change[OPERATION],
				      change[KEY], change[OLD], change[NEW], states[i].sql);
				return;
			}
		}
		if (!same_content(table, &made, &states[i].content)) {
			wrong("%s: the changes lead to other rows than %.600s", table->name, states[i].sql);
			return;
		}
	}
	free(rows);
}

/* Of the filtered table, rows count whose u is one of two. */
static void leave_filtered(content *content)
{
	int kept = 0;

	for (int i = 0; i < content->count; i++)
		if (strcmp(content->rows[i].cells[2], "ta") == 0 || strcmp(content->rows[i].cells[2], "tb") == 0)
			content->rows[kept++] = content->rows[i];
	content->count = kept;
}

static long run_table(const table *table, int steps)
{
	state *states = calloc((size_t)steps, sizeof *states);
	int64_t first = number(on, "SELECT coalesce(max(id), 0) FROM stead_change");
	char *statements[12], *sql;

	must(on, "%s", on.pg ? table->pg : table->lite);
	sql = sqlite3_mprintf("SELECT stead_capture_start(%Q, %Q)", quoted(table->name),
	                      table == FILTERED ? "{\"when\":{\"u\":[\"a\",\"b\"]}}" : NULL);
	must(on, "%s", sql);
	sqlite3_free(sql);
	for (int i = 0; i < steps; i++) {
		if (!on.pg)
			must(on, "PRAGMA recursive_triggers = %d", below(3) == 0);
		states[i].sql = random_step(table, statements);
		if (i == 0 && on.pg) /* or else TRUNCATE leaves open what there was before */
			must(on, "TRUNCATE %s", quoted(table->name));
		for (int k = 0; statements[k]; k++) {
			free(ask(on, statements[k])); /* a conflict is an error */
			free(statements[k]);
		}
		note_time(states[i].at);
		states[i].content = read_table(table);
		if (table == FILTERED)
			leave_filtered(&states[i].content);
	}
	check_changes(table, states, steps, first);
	return table == FILTERED ? 0 : check_rows(table, states, steps);
}

int main(int argc, char **argv)
{
	long checks = 0;

	if (argc == 5 && strcmp(argv[1], "sqlite") == 0)
		on = open_sqlite(argv[4]);
	else if (argc == 4 && strcmp(argv[1], "postgresql") == 0)
		on = open_postgresql();
	else
		fail("usage: capture postgresql SEED STEPS | capture sqlite SEED STEPS FILE");
	seed = strtoul(argv[2], NULL, 10);
	srandom((unsigned)seed);
	if (on.pg)
		must(on, "SET timezone = 'UTC'; SET standard_conforming_strings = on; CREATE EXTENSION stead");
	else
		must(on, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	must(on, "SELECT stead_init()");
	for (int i = 0; i < TABLES; i++)
		if (!on.pg || tables[i].pg)
			checks += run_table(&tables[i], atoi(argv[3]));
	printf("%lld changes, %ld past rows asked for, seed %lu: %d faults\n",
	       (long long)number(on, "SELECT count(*) FROM stead_change"), checks, seed, faults);
	close_database(on);
	return faults > 0;
}
