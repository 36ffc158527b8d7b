/*
 * catalog.c - the host's queries about the database's catalog and settings.
 */
#include "begin.h"

#include <string.h>

const char *ask(stead_call *call, const char *sql, const char *name)
{
	stead_value param = stead_text(name);
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, sql, name ? 1 : 0, &param);
	const char *answer = NULL;

	if (stead_next(rows)) {
		answer = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
		stead_close(rows);
	}
	return answer;
}

/* Values that are not text are shown as SQL writes them. */
const char *ask_list(stead_call *call, const char *sql, int count, const stead_value *params)
{
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, sql, count, params);
	stead_buffer all = {0};

	while (stead_next(rows)) {
		stead_value text = stead_column(rows, 0, STEAD_TEXT);

		stead_append_text(call, &all, all.size ? ", " : "");
		stead_append(call, &all, text.data, text.size);
	}
	return all.size ? all.data : NULL;
}

const char *ask_pragma(stead_call *call, const char *name)
{
	const char *value = ask(call, stead_format(call, "PRAGMA %s", name), NULL);

	if (!value)
		raise_sqlite(call, LEFT_OUT);
	return value;
}

/* SQLite compares and sorts texts by their bytes in the file. In UTF-16 that order differs from the order in UTF-8,
 * which PostgreSQL has and which pages, prefixes and sorted lists rely on. */
bool is_utf8(stead_call *call)
{
	/* not a query of the call, which would begin the call's transaction */
	sqlite3_stmt *statement = prepare(call, "PRAGMA main.encoding");
	int code = sqlite3_step(statement);
	const char *encoding = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	bool right = encoding && strcmp(encoding, "UTF-8") == 0;

	if (code == SQLITE_ROW && !encoding)
		code = SQLITE_NOMEM;
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW)
		raise_sqlite(call, code == SQLITE_DONE ? LEFT_OUT : code);
	return right;
}
