/*
 * authorizer.c - detects that an application's authorizer makes SQLite leave out a part of what a call does.
 *
 * If the authorizer denies something, that is an error. If it answers SQLITE_IGNORE, SQLite says nothing: a statement
 * does nothing, a column is read as null, or an updated column keeps its value. The first case shows in the number of
 * steps that a statement took. For the other two, the host examines the columns of a table when a statement first names
 * it. It examines them again after SQLite had to prepare a statement again, which happens when an authorizer is set. It
 * examines what the triggers of Stead's tables write to, but not the triggers themselves.
 */
#include <string.h>

#include "begin.h"

#define MOST_LISTED STEAD_MAX_COLUMNS

/* The columns that the table has, out of those that sqlite_schema or the registry declares. */
static int list_columns(stead_call *call, const char *name, const stead_table *table, const char *columns[MOST_LISTED])
{
	static const char *const of_schema[] = {"type", "name", "tbl_name", "sql"};
	sqlite3 *db = frame_of(call)->connection->db;
	int count = 0;

	if (!table)
		return memcpy(columns, of_schema, sizeof of_schema), STEAD_COUNT(of_schema);
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (sqlite3_table_column_metadata(db, "main", name, table->columns[i].name, NULL, NULL, NULL, NULL, NULL) ==
		    SQLITE_OK)
			columns[count++] = table->columns[i].name;
	return count;
}

/* Is one of the columns read as null? A column has a declared type; a null in its place has none. If the SELECT cannot
 * be prepared, nothing is left out: the statement that needs the column is refused too. */
static bool misses_column(stead_call *call, const char *name, const char *const *columns, int count)
{
	stead_buffer sql = {0};
	sqlite3_stmt *statement;
	bool misses = false;
	int code;

	for (int i = 0; i < count; i++)
		stead_append_text(call, &sql, stead_format(call, "%s%s", i ? ", " : "SELECT ", columns[i]));
	stead_append_text(call, &sql, stead_format(call, " FROM main.%s", name));
	code = sqlite3_prepare_v2(frame_of(call)->connection->db, sql.data, -1, &statement, NULL);
	if (code == SQLITE_AUTH && count > 1)
		return misses_column(call, name, columns, count / 2) ||
		       misses_column(call, name, columns + count / 2, count - count / 2);
	if (code == SQLITE_NOMEM)
		raise_sqlite(call, code);
	if (code != SQLITE_OK || !sqlite3_column_decltype) /* SQLite can be built without that function */
		return sqlite3_finalize(statement), false;
	misses = sqlite3_column_count(statement) == 0;
	for (int i = 0; i < count && !misses; i++)
		misses = sqlite3_column_decltype(statement, i) == NULL;
	sqlite3_finalize(statement);
	return misses;
}

/* Would an UPDATE keep the old value of one of the columns? Then its VDBE program does not fetch the new value. */
static bool keeps_column(stead_call *call, const char *name, const char *const *columns, int count)
{
	bool fetched[MOST_LISTED + 1] = {false};
	stead_buffer sql = {0};
	sqlite3_stmt *statement;
	int code, found = 0;

	for (int i = 0; i < count; i++)
		stead_append_text(call, &sql, stead_format(call, "%s%s = ?%d", i ? ", " : " SET ", columns[i], i + 1));
	code = sqlite3_prepare_v2(frame_of(call)->connection->db,
	                          stead_format(call, "EXPLAIN UPDATE main.%s%s", name, sql.data), -1, &statement, NULL);
	if (code == SQLITE_NOMEM)
		raise_sqlite(call, code);
	if (code != SQLITE_OK)
		return false;
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *operation = (const char *)sqlite3_column_text(statement, 1);
		int number = sqlite3_column_int(statement, 2);

		if (operation && strcmp(operation, "Variable") == 0 && number > 0 && number <= count && !fetched[number])
			fetched[number] = ++found;
	}
	sqlite3_finalize(statement);
	if (code != SQLITE_DONE)
		raise_sqlite(call, code);
	return found < count;
}

/* Does the authorizer suppress what a trigger writes? The trigger reads this table of two columns, and inserts into it
 * or updates it. */
static bool suppresses_notes(stead_call *call, const char *name, const char *const columns[2])
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(
		frame_of(call)->connection->db,
		stead_format(call, "INSERT INTO main.%s (%s, %s) VALUES (-1, 0)", name, columns[0], columns[1]), -1, &statement,
		NULL);
	bool nothing = code == SQLITE_OK && sqlite3_stmt_readonly(statement);

	sqlite3_finalize(statement);
	if (code == SQLITE_NOMEM)
		raise_sqlite(call, code);
	return nothing || misses_column(call, name, columns, 2) || keeps_column(call, name, columns, 2);
}

/* Do the triggers that invalidate caches, or that note the numbers of deleted rows, do their work? An INSERT reads such
 * a note. */
static bool suppresses_triggers(stead_call *call, const stead_table *table)
{
	static const char *const of_signal[] = {"signal", "generation"}, *const of_sequence[] = {"name", "last"};

	return (table->cached && suppresses_notes(call, "stead_signal", of_signal)) ||
	       (table->columns[0].noted_when_deleted && suppresses_notes(call, "stead_sequence", of_sequence));
}

/* The number of a table, from 1. 0: sqlite_schema. -1: not a table of Stead's. */
static int number_of(const char *name, const stead_table **found)
{
	int number = 0;

	*found = NULL;
	if (strcmp(name, "sqlite_schema") == 0)
		return 0;
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		if (number++, strcmp(table->name, name + strlen("stead_")) == 0) {
			*found = table;
			return number < MOST_JUDGED ? number : -1;
		}
	return -1;
}

/* Does the authorizer leave out functions that Stead's SQL uses? Their value is then null. */
static bool misses_function(sqlite3 *db)
{
	sqlite3_stmt *statement;
	bool misses = false;

	/* if a function is denied, the statement that needs it fails */
	if (sqlite3_prepare_v2(db,
	                       "SELECT count(*) + sum(1) + min(1) + max(1) + coalesce(1, 1) + abs(1) + instr(1, 1)"
	                       " + (1 GLOB 1) + (typeof(1) <> '') + (json_quote(1) <> '') + (hex(1) <> '')"
	                       " + (char(1) <> '') + (printf('1') <> '') + (substr(1, 1) <> '')",
	                       -1, &statement, NULL) == SQLITE_OK)
		misses = step_own(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_NULL;
	sqlite3_finalize(statement);
	return misses;
}

int step_canary(stead_call *call, int which, bool *again)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt **canary = &connection->own[which];
	int code;

	*again = !*canary;
	if (!*canary && (connection->anchored || anchor(connection) == SQLITE_OK))
		*canary = prepare(call, "SELECT 1");
	code = *canary ? step_own(*canary) : SQLITE_ERROR;
	sqlite3_reset(*canary);
	if (code == SQLITE_ROW && sqlite3_stmt_status(*canary, SQLITE_STMTSTATUS_REPREPARE, 1))
		*again = true;
	return code;
}

/* SQLite prepares a statement again when the application has set an authorizer, or has changed something else that
 * statements depend on. Then all that was found out before is void. */
static void look_again(stead_call *call)
{
	connection *connection = frame_of(call)->connection;
	bool again;
	int code = step_canary(call, OWN_CANARY, &again);

	if (code == SQLITE_ROW && connection->functions_judged && !again)
		return;
	memset(connection->judged, 0, sizeof connection->judged);
	connection->functions_judged = code == SQLITE_ROW && !misses_function(connection->db);
	if (!connection->functions_judged && code != SQLITE_ERROR)
		raise_sqlite(call, code == SQLITE_ROW ? LEFT_OUT : code);
}

/* The next name of a table in SQL from *at on; moves *at behind it. NULL: there is none. */
static const char *next_name(stead_call *call, const char **at)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

	for (const char *from = *at; *from; from += strspn(from, letters) + !strchr(letters, *from)) {
		size_t size = strspn(from, letters);

		*at = from + size;
		if (strncmp(from, "stead_", 6) == 0 || strncmp(from, "sqlite_schema", 13) == 0)
			return stead_format(call, "%.*s", (int)size, from);
	}
	return NULL;
}

void ask_of_table(stead_call *call, const char *name, int count, const char *const *columns)
{
	if (count && misses_column(call, name, columns, count))
		raise_sqlite(call, LEFT_OUT);
}

void ask_of_columns(stead_call *call, const char *sql)
{
	unsigned char *judged = frame_of(call)->connection->judged;
	bool updates = strncmp(sql, "UPDATE ", 7) == 0 || strstr(sql, " DO UPDATE SET ");
	int asked = JUDGED_READ | (updates ? JUDGED_UPDATE : 0) | (strncmp(sql, "SELECT ", 7) == 0 ? 0 : JUDGED_TOLD);
	const char *name;

	look_again(call);
	/* a statement writes only to the first table it names */
	for (; (name = next_name(call, &sql)); asked = JUDGED_READ) {
		const char *columns[MOST_LISTED];
		const stead_table *table;
		int number = number_of(name, &table), count;

		if (number < 0 || (judged[number] & asked) == asked)
			continue;
		count = list_columns(call, name, table, columns);
		if (count && (misses_column(call, name, columns, count) ||
		              ((asked & JUDGED_UPDATE) && keeps_column(call, name, columns, count)) ||
		              ((asked & JUDGED_TOLD) && table && suppresses_triggers(call, table))))
			raise_sqlite(call, LEFT_OUT);
		judged[number] |= (unsigned char)asked;
	}
}

void ask_if_expired(stead_call *call, sqlite3_stmt *statement, const char *sql)
{
	if (sqlite3_expired && !sqlite3_expired(statement)) /* SQLite can be built without it */
		return;
	ask_of_columns(call, sql);
}
