/*
 * lite.h - SQLite with Stead loaded, for the C tests: opens a database, and returns a query's whole result as one
 * text.
 */
#ifndef STEAD_TESTS_LITE_H
#define STEAD_TESTS_LITE_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline const char *module_path(void)
{
	const char *path = getenv("STEAD_MODULE");

	return path ? path : "sqlite_ext/stead";
}

/* If the module does not load, it prints why to standard error, unless memory ran out. */
static inline int load(sqlite3 *db)
{
	char *message = NULL;
	int code;

	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	code = sqlite3_load_extension(db, module_path(), NULL, &message);
	if (code == SQLITE_ERROR && message)
		fprintf(stderr, "%s\n", message);
	sqlite3_free(message);
	return code;
}

/* A result as text: a bar after every value, a line end after every row, then the error, if there was one. */
typedef struct {
	int code; /* SQLITE_OK, or the error's code */
	int rows;
	char *text; /* free it with sqlite3_free() */
} answer;

static inline answer ask(sqlite3 *db, const char *sql)
{
	answer answer = {0};
	sqlite3_str *text = sqlite3_str_new(NULL);
	const char *tail = sql;

	while (*tail && answer.code == SQLITE_OK) {
		sqlite3_stmt *statement;
		int code = sqlite3_prepare_v2(db, tail, -1, &statement, &tail);

		while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW) {
			answer.rows++;
			for (int i = 0; i < sqlite3_column_count(statement); i++) {
				const char *value = (const char *)sqlite3_column_text(statement, i);

				sqlite3_str_appendf(text, "%s|", value ? value : "NULL");
			}
			sqlite3_str_appendchar(text, 1, '\n');
		}
		if (code != SQLITE_DONE && code != SQLITE_OK) {
			sqlite3_str_appendf(text, "error: %s", sqlite3_errmsg(db));
			answer.code = sqlite3_extended_errcode(db);
		}
		sqlite3_finalize(statement);
	}
	answer.text = sqlite3_str_length(text) ? sqlite3_str_finish(text) : (sqlite3_free(sqlite3_str_finish(text)), NULL);
	if (!answer.text)
		answer.text = sqlite3_mprintf("");
	return answer;
}

/* The content of all of Stead's tables, as one text. */
static inline char *contents(sqlite3 *db)
{
	answer tables =
		ask(db, "SELECT group_concat('SELECT ' || quote(name) || ', * FROM main.' || name, ';') FROM"
	            " (SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name LIKE 'stead\\_%' ESCAPE '\\'"
	            "  ORDER BY name)");
	answer rows;

	if (strncmp(tables.text, "NULL", 4) == 0)
		return tables.text;
	*strrchr(tables.text, '|') = 0; /* the bar after the only value */
	rows = ask(db, tables.text);
	sqlite3_free(tables.text);
	return rows.text;
}

/* Turns off the events of changes, for a test that counts its own. A call would itself be an event. */
#define QUIET                                                                                                          \
	"INSERT INTO stead_setting (key, value, secret, version, updated_at)"                                              \
	" SELECT 'stead.' || column1 || '.audit', 'off', 0, 0, '2026-01-01T00:00:00.000000Z'"                              \
	" FROM (VALUES ('user'), ('role'), ('setting'), ('retention'), ('jwt'), ('capture')); "

#endif
