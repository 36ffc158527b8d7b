/*
 * both.h - one interface to both databases with Stead loaded, for the C tests that run on both. It returns a query's
 * whole result as one text.
 *
 * open_postgresql() connects to the database that libpq finds. open_sqlite() opens a file, or ":memory:", and loads
 * the module that STEAD_MODULE names. ask() returns a failure as text; must() ends the program with status 2.
 */
#ifndef STEAD_TESTS_BOTH_H
#define STEAD_TESTS_BOTH_H

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	PGconn *pg;
	sqlite3 *lite;
} database;

static inline _Noreturn void __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list args;

	fflush(stdout); /* else the message may end up within a line of it, which the runner takes for a passed test */
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static inline void be_quiet(void *unused, const PGresult *result)
{
	(void)unused, (void)result;
}

static inline database open_postgresql(void)
{
	database on = {.pg = PQconnectdb("")};

	if (PQstatus(on.pg) != CONNECTION_OK)
		fail("%s", PQerrorMessage(on.pg));
	PQsetNoticeReceiver(on.pg, be_quiet, NULL);
	return on;
}

static inline database open_sqlite(const char *file)
{
	const char *module = getenv("STEAD_MODULE");
	database on = {0};
	char *message = NULL;

	if (sqlite3_open(file, &on.lite) != SQLITE_OK)
		fail("%s: %s", file, sqlite3_errmsg(on.lite));
	sqlite3_busy_timeout(on.lite, 30000);
	sqlite3_db_config(on.lite, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	if (sqlite3_load_extension(on.lite, module ? module : "sqlite_ext/stead", NULL, &message) != SQLITE_OK)
		fail("%s", message);
	return on;
}

static inline void close_database(database on)
{
	if (on.pg)
		PQfinish(on.pg);
	else if (sqlite3_close(on.lite) != SQLITE_OK)
		fail("sqlite3_close: %s", sqlite3_errmsg(on.lite));
}

/* A value in the form that both databases share: a bool is 1 or 0. */
static inline const char *pg_cell(const PGresult *result, int row, int column)
{
	const char *text = PQgetvalue(result, row, column);

	if (PQgetisnull(result, row, column))
		return "NULL";
	return PQftype(result, column) == 16 ? (*text == 't' ? "1" : "0") : text;
}

static inline char *pg_ask(PGconn *pg, const char *sql)
{
	PGresult *result = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(result);
	size_t size = 1, at = 0;
	char *text;

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

		text = malloc(strlen(PQerrorMessage(pg)) + 40);
		sprintf(text, "error: %s %s", state ? state : "-", PQerrorMessage(pg));
		PQclear(result);
		return text;
	}
	for (int row = 0; row < PQntuples(result); row++, size++)
		for (int i = 0; i < PQnfields(result); i++)
			size += strlen(pg_cell(result, row, i)) + 1;
	text = malloc(size);
	for (int row = 0; row < PQntuples(result); row++)
		for (int i = 0; i < PQnfields(result); i++)
			at += (size_t)sprintf(text + at, "%s%s", pg_cell(result, row, i), i + 1 < PQnfields(result) ? "|" : "\n");
	text[at] = '\0';
	PQclear(result);
	return text;
}

static inline char *lite_ask(sqlite3 *lite, const char *sql)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);
	const char *tail = sql;

	while (*tail) {
		sqlite3_stmt *statement;
		int code = sqlite3_prepare_v2(lite, tail, -1, &statement, &tail), columns;

		while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW) {
			columns = sqlite3_column_count(statement);
			for (int i = 0; i < columns; i++) {
				const char *value = (const char *)sqlite3_column_text(statement, i);

				fprintf(out, "%s%s", value ? value : "NULL", i + 1 < columns ? "|" : "\n");
			}
		}
		if (code != SQLITE_OK && code != SQLITE_DONE) {
			fclose(out);
			free(text);
			text = malloc(strlen(sqlite3_errmsg(lite)) + 40);
			sprintf(text, "error: %d %s", sqlite3_extended_errcode(lite), sqlite3_errmsg(lite));
			sqlite3_finalize(statement);
			return text;
		}
		sqlite3_finalize(statement);
	}
	fclose(out);
	return text;
}

/* The result as text: bars between values, a line end after each row; or "error: CODE MESSAGE". Free it. On PostgreSQL,
 * only the last of several statements answers. */
static inline char *ask(database on, const char *sql)
{
	return on.pg ? pg_ask(on.pg, sql) : lite_ask(on.lite, sql);
}

static inline bool is_error(const char *answer)
{
	return strncmp(answer, "error: ", 7) == 0;
}

static inline char *__attribute__((format(printf, 2, 0))) vask(database on, const char *format, va_list args)
{
	char *sql, *answer;

	if (vasprintf(&sql, format, args) < 0)
		fail("no memory");
	answer = ask(on, sql);
	free(sql);
	return answer;
}

static inline char *__attribute__((format(printf, 2, 3))) askf(database on, const char *format, ...)
{
	va_list args;
	char *answer;

	va_start(args, format);
	answer = vask(on, format, args);
	va_end(args);
	return answer;
}

static inline void __attribute__((format(printf, 2, 3))) must(database on, const char *format, ...)
{
	va_list args;
	char *answer;

	va_start(args, format);
	answer = vask(on, format, args);
	va_end(args);
	if (is_error(answer))
		fail("%s\n%s", format, answer);
	free(answer);
}

/* The only value of the result, as a number. */
static inline int64_t __attribute__((format(printf, 2, 3))) number(database on, const char *format, ...)
{
	va_list args;
	char *answer;
	int64_t value;

	va_start(args, format);
	answer = vask(on, format, args);
	va_end(args);
	if (is_error(answer))
		fail("%s\n%s", format, answer);
	value = strtoll(answer, NULL, 10);
	free(answer);
	return value;
}

/* Is there a Stead function of that name? */
static inline bool has_function(database on, const char *name)
{
	return number(on, "SELECT count(*) FROM stead_help() WHERE name = '%s'", name) > 0;
}

/* The last line of a result. */
static inline const char *last_line(const char *answer)
{
	size_t size = strlen(answer);

	while (size > 1 && answer[size - 2] != '\n')
		size--;
	return size > 1 ? answer + size - 1 : answer;
}

static inline char *verdict_of(database on)
{
	return ask(
		on,
		"SELECT status || ' ' || detail FROM stead_audit_verify() WHERE block IS NULL AND status IN ('ok', 'broken')");
}

#endif
