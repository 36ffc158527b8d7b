/*
 * random_changes.h - tables to capture, and random statements that change them, for tests/both/capture.c.
 */
#ifndef STEAD_TEST_RANDOM_CHANGES_H
#define STEAD_TEST_RANDOM_CHANGES_H

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
     "ttitt",
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
		if (below(6) == 0) /* unchanged, or so little that a collation or a comparison of numbers would not see it */
			fprintf(out,
			        table->kinds[i] == 't'   ? "upper(%s)"
			        : table->kinds[i] == '*' ? "%s * 1.0"
			                                 : "%s",
			        quoted(table->names[i]));
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
static inline char *random_step(const table *table, char *statements[12])
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

#endif
