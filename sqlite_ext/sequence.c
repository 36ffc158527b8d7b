/*
 * sequence.c - numbers that the database chooses for rows: SQLite itself continues after the highest one.
 *
 * AUTOINCREMENT keeps the highest number ever given in sqlite_sequence. That is one more page to write for each row, a
 * third of what a transaction with one event writes. So events are numbered from their table, and sqlite_sequence is
 * kept ahead of them by up to AHEAD numbers: it is written once for so many. An INSERT of anybody else's leaves out
 * those numbers. None is given again: only stead_run_permitted() deletes rows of such a table, and if it deletes the
 * last ones, it puts sqlite_sequence further ahead. Then SQLite chooses the next number itself.
 */
#include "begin.h"

#include <string.h>

#define AHEAD 64 /* every 64th event keeps it ahead, see is_followed_up() */
#define AHEAD_TEXT "64"

bool is_numbered_ahead(const stead_table *table)
{
	return table && table->append_only && table->columns[0].never_reused;
}

/* NULL, so that SQLite chooses: there is no row, or not within what sqlite_sequence may be ahead. */
const char *with_next_number(stead_call *call, const char *sql)
{
	const char *table = sql + strlen("INSERT INTO "), *columns = strchr(sql, '(') + 1,
			   *values = strstr(sql, "VALUES (");
	int size = (int)strcspn(table, " ");

	values += strlen("VALUES (");
	return stead_format(call,
	                    "%.*srowid, %.*s(SELECT rowid + 1 FROM %.*s WHERE rowid >= (SELECT seq - " AHEAD_TEXT
	                    " FROM main.sqlite_sequence WHERE name = '%.*s') ORDER BY rowid DESC LIMIT 1), %s",
	                    (int)(columns - sql), sql, (int)(values - columns), columns, size, table,
	                    size - (int)strlen("main."), table + strlen("main."), values);
}

/* The highest number in the table; 0: it is empty. */
static int64_t highest(stead_call *call, const stead_table *table)
{
	begin_query(call);
	return ask_number(call, stead_format(call, "SELECT coalesce(max(rowid), 0) FROM main.stead_%s", table->name));
}

/* Sets sqlite_sequence, if it is one of from to until. An authorizer may know nothing of it: then it stays, and SQLite
 * chooses all numbers. Returns whether it was not refused. */
static bool set_sequence(stead_call *call, const stead_table *table, int64_t number, int64_t from, int64_t until)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt **statement = &connection->own[OWN_SEQUENCE];
	int code;

	if (!*statement)
		*statement = prepare_if_allowed(call, "UPDATE main.sqlite_sequence SET seq = ?1 WHERE name = ?2"
		                                      " AND seq >= ?3 AND seq <= ?4");
	if (!*statement)
		return false;
	bind_value(call, *statement, 1, stead_int(number));
	bind_value(call, *statement, 2, stead_text(stead_format(call, "stead_%s", table->name)));
	bind_value(call, *statement, 3, stead_int(from));
	bind_value(call, *statement, 4, stead_int(until));
	code = run_own(connection, OWN_SEQUENCE);
	sqlite3_clear_bindings(*statement);
	if (code != SQLITE_DONE && code != SQLITE_AUTH)
		raise_sqlite(call, code);
	return code == SQLITE_DONE;
}

void keep_ahead(stead_call *call, const stead_table *table, int64_t last)
{
	if (last < INT64_MAX - AHEAD)
		set_sequence(call, table, last + AHEAD, 0, last + AHEAD - 1);
}

void keep_level(stead_call *call, const stead_table *table)
{
	int64_t last = highest(call, table);

	if (last && last < INT64_MAX - AHEAD)
		set_sequence(call, table, last, last + 1, last + AHEAD);
}

int64_t delete_numbered(stead_call *call, const stead_table *table, const char *sql, int count,
                        const stead_value *params)
{
	int64_t last = highest(call, table), deleted = stead_run(call, sql, count, params), left;

	if (!deleted || last > INT64_MAX - 2 * AHEAD)
		return deleted;
	left = highest(call, table);
	if (left < last &&
	    !set_sequence(call, table, left && left >= last - AHEAD ? last + AHEAD + 1 : last, 0, last + AHEAD))
		raise_sqlite(call, SQLITE_AUTH);
	return deleted;
}

bool stead_sequence_repair(stead_call *call, const stead_table *table)
{
	(void)call, (void)table; /* SQLite continues after the highest number by itself */
	return false;
}

void stead_sequence_advance(stead_call *call, const stead_table *table, int64_t number)
{
	(void)call, (void)table, (void)number; /* AUTOINCREMENT does that */
}

/* Only AUTOINCREMENT keeps a number beyond the rows. */
int64_t stead_sequence_last(stead_call *call, const stead_table *table)
{
	stead_value name = stead_text(stead_format(call, "stead_%s", table->name)), last;
	int64_t row;

	if (!table->columns[0].never_reused)
		return 0;
	last = stead_first(call, "SELECT seq FROM main.sqlite_sequence WHERE name = $1", 1, &name, STEAD_INT);
	if (last.null || last.integer < 0)
		return 0;
	row = is_numbered_ahead(table) ? highest(call, table) : 0;
	return row && row >= last.integer - AHEAD ? row : last.integer;
}

void stead_sequence_continue(stead_call *call, const stead_table *table, int64_t last)
{
	stead_value row[] = {stead_text(stead_format(call, "stead_%s", table->name)), stead_int(last)};

	if (!table->columns[0].never_reused)
		return;
	stead_run(call,
	          "INSERT INTO main.sqlite_sequence (name, seq) SELECT $1, 0"
	          " WHERE NOT EXISTS (SELECT 1 FROM main.sqlite_sequence WHERE name = $1)",
	          1, row);
	stead_run(call, "UPDATE main.sqlite_sequence SET seq = $2 WHERE name = $1 AND seq < $2", 2, row);
}
