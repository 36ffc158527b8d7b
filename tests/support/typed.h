/*
 * typed.h - rows as typed values, read from a table by the databases' own interfaces and from captured JSON by code
 * that is not Stead's.
 *
 * A value is the letter of its type and its content: n123, r0x1p+3, t and a text, b and hexadecimal digits; or null.
 */
#ifndef STEAD_TEST_TYPED_H
#define STEAD_TEST_TYPED_H

#include <math.h>

#include "both.h"

enum { MOST_COLUMNS = 8 };

typedef struct {
	const char *name, *pg, *lite; /* pg: NULL if only SQLite can have it */
	int columns, keys;            /* the key's columns are the first */
	int unique;                   /* from this column on, values are few */
	const char *kinds;            /* i: an integer, r: a real, n: a numeric, t: a text, b: bytes, *: any of SQLite's */
	const char *names[MOST_COLUMNS];
} table;

typedef struct {
	char *cells[MOST_COLUMNS];
} row;

typedef struct {
	int count;
	row *rows;
} content;

static database on;

static char *__attribute__((format(printf, 1, 2))) text_of(const char *format, ...)
{
	va_list args;
	char *out;

	va_start(args, format);
	if (vasprintf(&out, format, args) < 0)
		fail("no memory");
	va_end(args);
	return out;
}

/* A name as SQL writes it; it is kept. */
static const char *quoted(const char *name)
{
	char *out = malloc(2 * strlen(name) + 3), *at = out;

	*at++ = '"';
	for (; *name; name++) {
		if (*name == '"')
			*at++ = '"';
		*at++ = *name;
	}
	strcpy(at, "\"");
	return out;
}

/* ---- From a table ------------------------------------------------------------------------------------------------ */

static char *bytes_cell(const unsigned char *data, int size)
{
	char *out = malloc((size_t)size * 2 + 2);

	strcpy(out, "b");
	for (int i = 0; i < size; i++)
		sprintf(out + 1 + 2 * i, "%02X", data[i]);
	return out;
}

static char *real_cell(double number)
{
	return isinf(number) ? text_of("t%sInfinity", number < 0 ? "-" : "") : text_of("r%a", number + 0.0);
}

static char *lite_cell(sqlite3_stmt *statement, int i)
{
	int type = sqlite3_column_type(statement, i), size;
	const unsigned char *data;

	if (type == SQLITE_INTEGER)
		return text_of("n%lld", (long long)sqlite3_column_int64(statement, i));
	if (type == SQLITE_FLOAT)
		return real_cell(sqlite3_column_double(statement, i));
	if (type == SQLITE_NULL)
		return strdup("null");
	data = sqlite3_column_blob(statement, i);
	size = sqlite3_column_bytes(statement, i);
	if (type == SQLITE_TEXT && (!size || !memchr(data, 0, (size_t)size)))
		return text_of("t%.*s", size, size ? (const char *)data : "");
	return bytes_cell(data, size); /* a text with a NUL is shown as bytes */
}

static char *pg_cell_of(const PGresult *result, int at, int i, char kind)
{
	const char *text = PQgetvalue(result, at, i);
	char *out;

	if (PQgetisnull(result, at, i))
		return strdup("null");
	if (kind == 'r')
		return real_cell(strtod(text, NULL));
	out = text_of("%c%s", kind == 'i' ? 'n' : kind, text + (kind == 'b' ? 2 : 0));
	for (char *c = out + 1; kind == 'b' && *c; c++)
		*c = *c >= 'a' ? (char)(*c - 'a' + 'A') : *c;
	return out;
}

static void add_row(content *to, const row *row)
{
	to->rows = realloc(to->rows, sizeof *to->rows * (size_t)(to->count + 1));
	to->rows[to->count++] = *row;
}

static content read_table(const table *table)
{
	char *sql = text_of("SELECT * FROM %s", quoted(table->name));
	content out = {0};
	row row = {0};

	if (on.pg) {
		PGresult *result = PQexec(on.pg, sql);

		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			fail("%s: %s", sql, PQerrorMessage(on.pg));
		for (int at = 0; at < PQntuples(result); at++) {
			for (int i = 0; i < table->columns; i++)
				row.cells[i] = pg_cell_of(result, at, i, table->kinds[i]);
			add_row(&out, &row);
		}
		PQclear(result);
	} else {
		sqlite3_stmt *statement;

		if (sqlite3_prepare_v2(on.lite, sql, -1, &statement, NULL) != SQLITE_OK)
			fail("%s: %s", sql, sqlite3_errmsg(on.lite));
		while (sqlite3_step(statement) == SQLITE_ROW) {
			for (int i = 0; i < table->columns; i++)
				row.cells[i] = lite_cell(statement, i);
			add_row(&out, &row);
		}
		sqlite3_finalize(statement);
	}
	free(sql);
	return out;
}

/* Are the first columns the same? */
static bool same_row(const row *a, const row *b, int columns)
{
	for (int i = 0; i < columns; i++)
		if (!a->cells[i] || !b->cells[i] || strcmp(a->cells[i], b->cells[i]) != 0)
			return false;
	return true;
}

static row *find_row(const table *table, const content *in, const row *key)
{
	for (int i = 0; i < in->count; i++)
		if (same_row(&in->rows[i], key, table->keys))
			return &in->rows[i];
	return NULL;
}

static char *show_row(const table *table, const row *row)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	for (int i = 0; i < table->columns && row; i++)
		fprintf(to, "%s=%s|", table->names[i], row->cells[i] ? row->cells[i] : "-");
	fprintf(to, "%s", row ? "" : "no row");
	fclose(to);
	return out;
}

/* ---- From JSON --------------------------------------------------------------------------------------------------- */

/* Reads a string after its first quote; *at is then behind its last. */
static char *read_string(const char **at)
{
	char *out = malloc(strlen(*at) + 1), *to = out;
	const char *c = *at;
	unsigned code;

	for (; *c && *c != '"'; c++) {
		if (*c != '\\') {
			*to++ = *c;
			continue;
		}
		if (*++c != 'u')
			*to++ = *c == 'b' ? '\b' : *c == 'f' ? '\f' : *c == 'n' ? '\n' : *c == 'r' ? '\r' : *c == 't' ? '\t' : *c;
		else {
			if (sscanf(c + 1, "%4x", &code) != 1 || code > 127)
				fail("an escape that is not needed: %.6s", c);
			*to++ = (char)code;
			c += 4;
		}
	}
	*to = '\0';
	*at = c + 1;
	return out;
}

static char *base64_cell(const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char *out = malloc(strlen(text) + 1);
	unsigned bits = 0, value = 0;
	int size = 0;
	char *cell;

	for (; *text && *text != '='; text++) {
		const char *digit = strchr(digits, *text);

		if (!digit)
			fail("no base64: %s", text);
		value = value << 6 | (unsigned)(digit - digits);
		if ((bits += 6) >= 8)
			out[size++] = (unsigned char)(value >> (bits -= 8));
	}
	cell = bytes_cell(out, size);
	free(out);
	return cell;
}

static char *read_value(const char **at, char kind)
{
	const char *begin = *at;
	char *text, *cell;

	if (*begin == '"') {
		++*at;
		text = read_string(at);
		cell = text_of("t%s", text);
	} else if (*begin == '{') { /* {"hex":"00FF"} or {"base64":"AP8="} */
		*at = strchr(begin, ':') + 2;
		text = read_string(at);
		cell = begin[2] == 'b' ? base64_cell(text) : text_of("b%s", text);
		++*at;
	} else {
		text = text_of("%.*s", (int)strcspn(begin, ",}"), begin);
		*at += strlen(text);
		if (strcmp(text, "null") == 0)
			return text;
		cell =
			(on.pg ? kind == 'r' : strpbrk(text, ".e") != NULL) ? real_cell(strtod(text, NULL)) : text_of("n%s", text);
	}
	free(text);
	return cell;
}

/* Reads the members of an object into the row: those that are not there stay as they are. Returns how many columns of
 * the table it had; -1: it has others. */
static int read_object(const table *table, const char *json, row *out)
{
	const char *at = json + 1;
	int count = 0;

	while (*at == '"' || *at == ',') {
		char *name;
		int i = 0;

		at += *at == ',' ? 2 : 1;
		name = read_string(&at);
		at++;
		while (i < table->columns && strcmp(table->names[i], name) != 0)
			i++;
		free(name);
		if (i == table->columns)
			return -1;
		out->cells[i] = read_value(&at, table->kinds[i]);
		count++;
	}
	return count;
}

#endif
