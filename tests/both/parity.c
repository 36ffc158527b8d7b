/*
 * parity.c - runs every statement of the given SQL files on PostgreSQL and on SQLite, and compares typed results. The
 * output of psql and of the sqlite3 shell would hide different types, and different hints of errors.
 *
 * Each file has a fresh database on both sides. The tables are made first, unless the file begins with "-- no init". A
 * statement after a comment "-- differs: reason" runs on both but is not compared. Each statement prints one line,
 * "ok" or "not ok". Environment: STEAD_MODULE, and what libpq needs to connect as a superuser.
 */
#include <libpq-fe.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>

#include "split.h"

enum {
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_INT8 = 20,
	PG_INT2 = 21,
	PG_INT4 = 23,
	PG_FLOAT4 = 700,
	PG_FLOAT8 = 701,
	PG_TIMESTAMPTZ = 1184,
	PG_NUMERIC = 1700,
	PG_VOID = 2278
};

/* A result of either side, its rows still where its library keeps them (PostgreSQL) or copied (SQLite). */
typedef struct {
	bool failed;
	char message[2048], hint[2048];
	int columns, rows;
	sqlite3_value **cells;
} lite_result;

static int passed, failed, skipped;

static void say(bool ok, const char *file, const statement *statement, const char *format, ...)
{
	va_list args;

	printf("%sok %s:%d", ok ? "" : "not ", file, statement->line);
	if (format) {
		va_start(args, format);
		printf(" # ");
		vprintf(format, args);
		va_end(args);
	}
	printf("\n");
	if (!ok)
		printf("# %.300s\n", statement->text);
	*(ok ? &passed : &failed) += 1;
}

/* ---- SQLite ------------------------------------------------------------------------------------------------------ */

static void lite_failed(sqlite3 *db, lite_result *out)
{
	const char *message = sqlite3_errmsg(db), *hint = strstr(message, "\nHINT:  ");

	out->failed = true;
	snprintf(out->message, sizeof out->message, "%.*s", hint ? (int)(hint - message) : 2000, message);
	snprintf(out->hint, sizeof out->hint, "%s", hint ? hint + strlen("\nHINT:  ") : "");
}

static void lite_run(sqlite3 *db, const char *sql, lite_result *out)
{
	sqlite3_stmt *statement;
	int code, room = 0;

	*out = (lite_result){0};
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
		lite_failed(db, out);
		return;
	}
	out->columns = sqlite3_column_count(statement);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		if (out->rows == room) {
			room = room ? room * 2 : 16;
			out->cells = realloc(out->cells, sizeof *out->cells * (size_t)(room * out->columns));
			if (!out->cells)
				exit(2);
		}
		for (int i = 0; i < out->columns; i++)
			out->cells[out->rows * out->columns + i] = sqlite3_value_dup(sqlite3_column_value(statement, i));
		out->rows++;
	}
	if (code != SQLITE_DONE)
		lite_failed(db, out);
	sqlite3_finalize(statement);
}

static void lite_clear(lite_result *result)
{
	for (int i = 0; i < result->rows * result->columns; i++)
		sqlite3_value_free(result->cells[i]);
	free(result->cells);
}

static sqlite3 *lite_open(bool init)
{
	const char *module = getenv("STEAD_MODULE");
	char *message = NULL;
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		exit(2);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	if (sqlite3_load_extension(db, module ? module : "sqlite_ext/stead", NULL, &message) != SQLITE_OK) {
		fprintf(stderr, "%s\n", message);
		exit(2);
	}
	if (init && sqlite3_exec(db, "SELECT stead_init()", NULL, NULL, &message) != SQLITE_OK) {
		fprintf(stderr, "%s\n", message);
		exit(2);
	}
	return db;
}

/* ---- PostgreSQL -------------------------------------------------------------------------------------------------- */

static void quiet(void *unused, const PGresult *result)
{
	(void)unused, (void)result; /* notices: the other side has none */
}

static PGconn *pg_connect(const char *database)
{
	PGconn *pg = PQconnectdbParams((const char *const[]){"dbname", "options", NULL},
	                               (const char *const[]){database, "-c timezone=UTC -c datestyle=ISO", NULL}, 0);

	if (PQstatus(pg) != CONNECTION_OK) {
		fprintf(stderr, "%s", PQerrorMessage(pg));
		exit(2);
	}
	PQsetNoticeReceiver(pg, quiet, NULL);
	return pg;
}

static void pg_must(PGconn *pg, const char *sql)
{
	PGresult *result = PQexec(pg, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(pg));
		exit(2);
	}
	PQclear(result);
}

static PGconn *pg_open(PGconn *server, bool init)
{
	PGconn *pg;

	pg_must(server, "DROP DATABASE IF EXISTS stead_parity");
	pg_must(server, "CREATE DATABASE stead_parity");
	pg = pg_connect("stead_parity");
	pg_must(pg, "CREATE EXTENSION stead");
	if (init)
		pg_must(pg, "SELECT stead_init()");
	return pg;
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

/* 2026-01-01 00:00:00.5+00 as Stead writes it on SQLite: 2026-01-01T00:00:00.500000Z */
static void iso_time(const char *text, char out[40])
{
	char fraction[7] = "000000";
	const char *point = strchr(text, '.');

	for (int i = 0; point && i < 6 && point[1 + i] >= '0' && point[1 + i] <= '9'; i++)
		fraction[i] = point[1 + i];
	snprintf(out, 40, "%.10sT%.8s.%sZ", text, strlen(text) > 11 ? text + 11 : "", fraction);
}

static bool same_bytes(const char *hex, sqlite3_value *lite)
{
	const unsigned char *blob = sqlite3_value_blob(lite);
	int size = sqlite3_value_bytes(lite);

	if (sqlite3_value_type(lite) != SQLITE_BLOB || strlen(hex) != 2 + 2 * (size_t)size)
		return false;
	for (int i = 0; i < size; i++) {
		char two[3];

		snprintf(two, sizeof two, "%02x", blob[i]);
		if (strncmp(hex + 2 + i * 2, two, 2) != 0)
			return false;
	}
	return true;
}

static bool same_value(Oid type, const char *pg, sqlite3_value *lite)
{
	int lite_type = sqlite3_value_type(lite);
	char time[40];

	switch (type) {
	case PG_BOOL:
		return lite_type == SQLITE_INTEGER && sqlite3_value_int64(lite) == (*pg == 't');
	case PG_INT2:
	case PG_INT4:
	case PG_INT8:
		return lite_type == SQLITE_INTEGER && sqlite3_value_int64(lite) == strtoll(pg, NULL, 10);
	case PG_FLOAT4:
	case PG_FLOAT8:
		return lite_type == SQLITE_FLOAT && sqlite3_value_double(lite) == strtod(pg, NULL);
	case PG_NUMERIC: /* the type of sum() and avg(); SQLite has no such type */
		return (lite_type == SQLITE_INTEGER || lite_type == SQLITE_FLOAT) &&
		       fabs(sqlite3_value_double(lite) - strtod(pg, NULL)) <= 1e-12 * fabs(strtod(pg, NULL));
	case PG_BYTEA:
		return same_bytes(pg, lite);
	case PG_TIMESTAMPTZ:
		iso_time(pg, time);
		pg = time;
		break;
	default:
		break;
	}
	return lite_type == SQLITE_TEXT && strlen(pg) == (size_t)sqlite3_value_bytes(lite) &&
	       memcmp(pg, sqlite3_value_blob(lite), strlen(pg)) == 0;
}

static void compare(const char *file, const statement *statement, const PGresult *pg, const lite_result *lite)
{
	static const char *const types[] = {"", "integer", "real", "text", "blob", "null"};
	bool pg_failed = PQresultStatus(pg) != PGRES_TUPLES_OK && PQresultStatus(pg) != PGRES_COMMAND_OK;
	const char *message = PQresultErrorField(pg, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(pg, PG_DIAG_MESSAGE_HINT);

	message = message ? message : "";
	hint = hint ? hint : "";
	if (pg_failed || lite->failed) {
		if (!pg_failed || !lite->failed)
			say(false, file, statement, "only %s fails: %s", pg_failed ? "postgresql" : "sqlite",
			    pg_failed ? message : lite->message);
		else if (strcmp(message, lite->message) != 0)
			say(false, file, statement, "postgresql says \"%s\", sqlite \"%s\"", message, lite->message);
		else if (strcmp(hint, lite->hint) != 0)
			say(false, file, statement, "postgresql hints \"%s\", sqlite \"%s\"", hint, lite->hint);
		else
			say(true, file, statement, NULL);
		return;
	}
	if (PQnfields(pg) != lite->columns || PQntuples(pg) != lite->rows) {
		say(false, file, statement, "postgresql has %d x %d values, sqlite %d x %d", PQntuples(pg), PQnfields(pg),
		    lite->rows, lite->columns);
		return;
	}
	for (int row = 0; row < lite->rows; row++)
		for (int column = 0; column < lite->columns; column++) {
			sqlite3_value *cell = lite->cells[row * lite->columns + column];
			bool lite_null = sqlite3_value_type(cell) == SQLITE_NULL;
			bool pg_null = PQgetisnull(pg, row, column) || PQftype(pg, column) == PG_VOID;
			const char *text = PQgetvalue(pg, row, column);

			if (pg_null != lite_null || (!pg_null && !same_value(PQftype(pg, column), text, cell))) {
				say(false, file, statement, "row %d, column %s: postgresql has %s \"%s\", sqlite %s \"%s\"", row + 1,
				    PQfname(pg, column), pg_null ? "null" : "", text, types[sqlite3_value_type(cell)],
				    lite_null ? "" : (const char *)sqlite3_value_text(cell));
				return;
			}
		}
	say(true, file, statement, NULL);
}

static void run_file(PGconn *server, const char *file)
{
	char *text = read_whole(file);
	bool init = strncmp(text, "-- no init\n", 11) != 0;
	sqlite3 *lite = lite_open(init);
	PGconn *pg = pg_open(server, init);
	splitter splitter = {text, 1};
	statement statement;

	while (next_statement(text, &splitter, &statement)) {
		lite_result of_lite;
		PGresult *of_pg = PQexec(pg, statement.text);

		lite_run(lite, statement.text, &of_lite);
		if (statement.differs[0]) {
			printf("# %s:%d differs: %s\n", file, statement.line, statement.differs);
			skipped++;
		} else
			compare(file, &statement, of_pg, &of_lite);
		PQclear(of_pg);
		lite_clear(&of_lite);
		free(statement.text);
	}
	PQfinish(pg);
	if (sqlite3_close(lite) != SQLITE_OK) {
		printf("not ok %s: sqlite3_close refuses\n", file);
		failed++;
	}
	free(text);
}

int main(int count, char **files)
{
	PGconn *server = pg_connect("postgres");

	for (int i = 1; i < count; i++)
		run_file(server, files[i]);
	pg_must(server, "DROP DATABASE IF EXISTS stead_parity");
	PQfinish(server);
	printf("# parity: %d statements alike, %d not, %d differ by design\n", passed, failed, skipped);
	return failed > 0;
}
