/*
 * foreign_rows.c - counts and deletes old rows of the application's own tables.
 *
 * On SQLite a time column can hold another form in each row: ISO 8601 text, or a number of seconds, milliseconds or
 * microseconds since 1970. There is one scan for each of these units, and one for texts. A scan's SQL selects the rows
 * that may be old, by an index if there is one. Then is_before() decides about each row, for counting and for deleting.
 * A row is deleted by its key.
 */
#include "begin.h"
#include "foreign.h"

#include <string.h>

#include "lib/timestamp.h"

#define CHUNK 16         /* rows that one look finds, with an index */
#define BIG_CHUNK 10000  /* the same without an index: each look reads the whole table */
#define AFTER_DIGITS ":" /* sorts after all text that begins with a digit */

enum { TEXTS = STEAD_TIME_UNITS, SCANS }; /* the scans before TEXTS are those of the units of numbers */

/* Is this value a time strictly before the cutoff? Counting and deleting use this one rule. */
static bool is_before(sqlite3_stmt *statement, int index, int scan, int64_t cutoff, int64_t *time)
{
	int type = sqlite3_column_type(statement, index);
	int64_t unit = scan == TEXTS ? 1 : stead_time_units[scan];

	if (scan == TEXTS) {
		const char *text = type == SQLITE_TEXT ? (const char *)sqlite3_column_text(statement, index) : NULL;

		return text && stead_time_read(text, (size_t)sqlite3_column_bytes(statement, index), time) && *time < cutoff;
	}
	if (type == SQLITE_INTEGER) {
		int64_t number = sqlite3_column_int64(statement, index);

		if (number < STEAD_SECONDS_FIRST * unit || number / unit > STEAD_SECONDS_LAST)
			return false;
		*time = number * (STEAD_SECOND / unit);
		return *time < cutoff;
	}
	if (type == SQLITE_FLOAT) {
		double number = sqlite3_column_double(statement, index);

		if (!(number >= (double)(STEAD_SECONDS_FIRST * unit) &&
		      number < (double)cutoff / (double)(STEAD_SECOND / unit)))
			return false;
		*time = (int64_t)(number * (double)(STEAD_SECOND / unit));
		return *time < cutoff;
	}
	return false;
}

/* SQL for the rows that may be before the cutoff. A text with an offset can show a time a day ahead of UTC, so the
 * bound is later than the cutoff. Comparing with '' selects texts only, whatever the column's affinity. */
static const char *scan_sql(stead_call *call, const foreign *table, int scan, int64_t cutoff, const char *columns,
                            const char *rest)
{
	const char *by = scan == TEXTS ? " COLLATE BINARY" : "", *column = table->column;
	char bound[STEAD_TIME_SIZE];

	if (scan != TEXTS) {
		int64_t unit = stead_time_units[scan];

		return stead_format(call, "SELECT t.%s%s FROM %s AS t WHERE t.%s >= %lld AND t.%s < %lld ORDER BY t.%s%s",
		                    column, columns, table->sql_name, column, (long long)(STEAD_SECONDS_FIRST * unit), column,
		                    (long long)(cutoff / (STEAD_SECOND / unit) + 1), column, rest);
	}
	if (cutoff > STEAD_TIME_MAX - 2 * STEAD_DAY)
		memcpy(bound, AFTER_DIGITS, sizeof AFTER_DIGITS); /* the bound would need a year of five digits */
	else
		stead_time_format(cutoff + 2 * STEAD_DAY, bound);
	return stead_format(call, "SELECT t.%s%s FROM %s AS t WHERE t.%s%s >= '' AND t.%s%s < '%.10s' ORDER BY t.%s%s%s",
	                    column, columns, table->sql_name, column, by, column, by, bound, column, by, rest);
}

/* Copies of keys and of the times they were judged by, which outlive the query. SQLite allocates them, so they must be
 * freed. */
typedef struct {
	sqlite3_value **values;
	int64_t count;
} copies;

static void release_copies(void *pointer)
{
	copies *copies = pointer;

	while (copies->count > 0)
		sqlite3_value_free(copies->values[--copies->count]);
}

/* Looks at the next rows of the scan, copies at most `most` rows that are to be deleted, and returns how many rows it
 * looked at. Sets *end if there are no more. With an index, it passes over any number of rows that hold no time in one
 * go. */
static int64_t look(stead_call *call, const foreign *table, int scan, int64_t cutoff, const char *columns, int64_t most,
                    int64_t offset, copies *doomed, bool *end)
{
	int64_t limit =
		table->found.indexed ? -1 : most + offset; /* without an index, SQLite sorts them first: so only a part */
	stead_rows *rows =
		open_as_is(call, scan_sql(call, table, scan, cutoff, columns,
	                              stead_format(call, " LIMIT %lld OFFSET %lld", (long long)limit, (long long)offset)));
	int64_t seen = 0, time;

	*end = false;
	for (; doomed->count < most * (table->key_columns + 1); seen++) {
		if (!stead_next(rows)) {
			*end = seen != limit;
			break;
		}
		if (!is_before(rows->statement, 0, scan, cutoff, &time))
			continue;
		for (int i = 0; i <= table->key_columns; i++) {
			sqlite3_value *copy = sqlite3_value_dup(sqlite3_column_value(rows->statement, i));

			if (!copy)
				stead_raise_no_memory(call);
			doomed->values[doomed->count++] = copy;
		}
	}
	stead_close(rows);
	return seen;
}

/* Deletes a row by its key if the time is still the one it was judged by: a trigger may have changed it. */
static int64_t delete_row(stead_call *call, sqlite3_stmt *statement, sqlite3_value **values, int count)
{
	sqlite3 *db = frame_of(call)->connection->db;
	int code;

	for (int i = 0; i < count; i++)
		if ((code = sqlite3_bind_value(statement, i + 1, values[i])) != SQLITE_OK)
			raise_sqlite(call, code);
	code = step_to_end(statement);
	if (code != SQLITE_DONE)
		raise_sqlite(call, code);
	sqlite3_reset(statement);
	return sqlite3_changes64(db);
}

/* The collation of a key column may differ from that of its index. So values are compared by the column's collation and
 * byte by byte. */
static const char *delete_sql(stead_call *call, const foreign *table)
{
	stead_buffer sql = {0};

	stead_append_text(call, &sql,
	                  stead_format(call, "DELETE FROM %s AS t WHERE t.%s IS ?1", table->sql_name, table->column));
	for (int i = 0; i < table->key_columns; i++)
		stead_append_text(call, &sql,
		                  stead_format(call, " AND t.%s = ?%d AND t.%s COLLATE BINARY = ?%d", table->key[i], i + 2,
		                               table->key[i], i + 2));
	return sql.data;
}

/* If foreign keys are not enforced, a DELETE leaves behind the rows that refer to the deleted ones. Whoever declared
 * the keys did not mean that. */
static void refuse_unenforced(stead_call *call, const foreign *table)
{
	stead_rows *rows;
	int enforced = 1;

	sqlite3_db_config(frame_of(call)->connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &enforced);
	if (enforced)
		return;
	rows = open_as_is(call, "SELECT s.name FROM main.sqlite_schema AS s, pragma_foreign_key_list(s.name, 'main') AS k"
	                        " WHERE s.type = 'table' AND k.\"table\" = ?1 COLLATE NOCASE LIMIT 1");
	sqlite3_bind_text(rows->statement, 1, table->bare, -1, SQLITE_STATIC);
	if (stead_next(rows))
		stead_raise_hint(call, STEAD_UNSUPPORTED,
		                 "Run PRAGMA foreign_keys = ON or stead_configure() on the connection first.",
		                 "stead_%s: rows refer to table %s, and foreign keys are not enforced on this connection",
		                 call->function->name, table->found.name.data);
}

/* Rows that were found, and the position of the scans. */
typedef struct {
	stead_foreign_batch found; /* first: it is cast back */
	const char *sql;           /* deletes one of them */
	const char *columns;
	int64_t chunk, width;
	int scan;
	int64_t staying; /* rows that the scan looked at and that are still in the table: the offset to go on from */
	bool end;        /* of the scan */
	copies doomed;
	int64_t at; /* the first one not handled yet */
} found_rows;

static void release_batch(void *pointer)
{
	release_copies(&((found_rows *)pointer)->doomed);
}

static found_rows *begin_batch(stead_call *call, const foreign *table, const char *sql, int64_t chunk)
{
	found_rows *batch = stead_alloc(call, sizeof *batch);
	stead_buffer columns = {0};

	*batch =
		(found_rows){.sql = sql, .chunk = chunk, .width = table->key_columns + 1, .scan = table->text_only ? TEXTS : 0};
	batch->doomed.values = stead_alloc(call, sizeof *batch->doomed.values * (size_t)(chunk * batch->width));
	for (int i = 0; i < table->key_columns; i++)
		stead_append_text(call, &columns, stead_format(call, ", t.%s", table->key[i]));
	batch->columns = columns.data;
	stead_defer(call, release_batch, batch);
	return batch;
}

/* Finds at most `most` rows to delete, scan by scan. If it finds none, no rows are left. */
static void fill(stead_call *call, const foreign *table, found_rows *batch, int64_t cutoff, int64_t most)
{
	release_copies(&batch->doomed);
	batch->at = 0;
	while (batch->scan < SCANS && !batch->doomed.count) {
		if (batch->end) {
			batch->scan++;
			batch->staying = 0;
			batch->end = false;
			continue;
		}
		batch->staying +=
			look(call, table, batch->scan, cutoff, batch->columns, most, batch->staying, &batch->doomed, &batch->end);
		batch->staying -= batch->doomed.count / batch->width; /* those that are not deleted are counted again */
	}
	batch->found.left = batch->doomed.count / batch->width;
}

/* Deletes rows that were found, until the deadline. Adds to the number of rows deleted before, and returns the sum. */
static int64_t empty(stead_call *call, sqlite3_stmt *statement, found_rows *batch, int64_t deleted, int64_t max_rows,
                     int64_t deadline, bool *late)
{
	while (batch->found.left && deleted < max_rows && !*late) {
		int64_t gone = delete_row(call, statement, batch->doomed.values + batch->at, (int)batch->width);

		batch->at += batch->width;
		batch->found.left--;
		batch->staying += !gone;
		deleted += gone;
		*late = deleted > 0 && stead_now(call) > deadline;
	}
	return deleted;
}

stead_foreign_batch *stead_foreign_look(stead_call *call, const stead_foreign *found, int64_t cutoff,
                                        stead_foreign_batch *before)
{
	const foreign *table = (const foreign *)found;
	found_rows *batch = (found_rows *)before;
	const char *sql;

	if (found->indexed)
		return NULL;
	sql = delete_sql(call, table);
	if (!batch || strcmp(batch->sql, sql) != 0)
		batch = begin_batch(call, table, sql, BIG_CHUNK);
	fill(call, table, batch, cutoff, batch->chunk);
	return &batch->found;
}

int64_t stead_foreign_delete(stead_call *call, const stead_foreign *found, int64_t cutoff, int64_t max_rows,
                             int64_t deadline, stead_foreign_batch *before)
{
	const foreign *table = (const foreign *)found;
	const char *sql = delete_sql(call, table);
	int64_t chunk = found->indexed ? CHUNK : BIG_CHUNK, deleted = 0, time = deadline - stead_now(call);
	found_rows *batch =
		before ? (found_rows *)before : begin_batch(call, table, sql, chunk < max_rows ? chunk : max_rows);
	bool late = false;
	stead_rows *rows;

	refuse_unenforced(call, table);
	rows = open_as_is(call, sql);
	if (before && strcmp(batch->sql, sql) != 0)
		before->left = 0; /* the table has another key by now: look for the rows again */
	else if (before)
		deleted = empty(call, rows->statement, batch, 0, max_rows, deadline, &late);
	else
		do {
			fill(call, table, batch, cutoff, batch->chunk < max_rows - deleted ? batch->chunk : max_rows - deleted);
			if (!found->indexed && time > 0 && deadline < INT64_MAX)
				/* finding the rows used up the time: allow as much again for deleting */
				deadline = stead_now(call) + time;
			deleted = empty(call, rows->statement, batch, deleted, max_rows, deadline, &late);
		} while (batch->at > 0 && deleted < max_rows && !late);
	stead_close(rows);
	return deleted;
}

/* Without an index: looks at each row once, in no order. */
static void count_unordered(stead_call *call, const foreign *table, int64_t cutoff, int64_t most, int64_t looked_at,
                            int64_t *rows, stead_value *oldest_at)
{
	stead_rows *scanned =
		open_as_is(call, stead_format(call, "SELECT t.%s FROM %s AS t LIMIT %lld", table->column, table->sql_name,
	                                  looked_at < INT64_MAX ? (long long)looked_at : -1LL));
	int64_t time;

	while (*rows < most && stead_next(scanned))
		for (int scan = table->text_only ? TEXTS : 0; scan < SCANS; scan++) {
			if (!is_before(scanned->statement, 0, scan, cutoff, &time))
				continue;
			++*rows;
			if (oldest_at->null || time < oldest_at->integer)
				*oldest_at = stead_time(time);
			break;
		}
	stead_close(scanned);
}

void stead_foreign_count(stead_call *call, const stead_foreign *found, int64_t cutoff, int64_t most, int64_t looked_at,
                         int64_t *rows, stead_value *oldest_at)
{
	const foreign *table = (const foreign *)found;
	int64_t time;

	*rows = 0;
	*oldest_at = stead_null(STEAD_TIME);
	if (!found->indexed) {
		count_unordered(call, table, cutoff, most, looked_at, rows, oldest_at);
		return;
	}
	for (int scan = table->text_only ? TEXTS : 0; scan < SCANS; scan++) {
		stead_rows *scanned = open_as_is(call, scan_sql(call, table, scan, cutoff, "", ""));

		int64_t before = *rows;

		while ((*rows < most || *rows == before) &&
		       stead_next(scanned)) { /* at least one row of each scan: it may be the oldest */
			if (!is_before(scanned->statement, 0, scan, cutoff, &time))
				continue;
			++*rows;
			if (oldest_at->null || time < oldest_at->integer)
				*oldest_at = stead_time(time);
		}
		stead_close(scanned);
	}
}

/* Does any row of the table match? */
static bool any(stead_call *call, const foreign *table, const char *where)
{
	stead_rows *rows =
		open_as_is(call, stead_format(call, "SELECT 1 FROM %s AS t WHERE %s LIMIT 1", table->sql_name, where));
	bool found = stead_next(rows);

	stead_close(rows);
	return found;
}

static int64_t count(stead_call *call, const foreign *table, const char *where, int64_t most)
{
	stead_rows *rows =
		open_as_is(call, stead_format(call, "SELECT count(*) FROM (SELECT 1 FROM %s AS t WHERE %s LIMIT %lld)",
	                                  table->sql_name, where, (long long)most));
	int64_t number = stead_next(rows) ? stead_column(rows, 0, STEAD_INT).integer : 0;

	stead_close(rows);
	return number;
}

/* Counts range by range, so that an index can be used. x'' sorts after all text. */
int64_t stead_foreign_unreadable(stead_call *call, const stead_foreign *found, int64_t most, bool *rows, bool *times)
{
	enum { MOST_TEXTS = 100000 };
	const foreign *table = (const foreign *)found;
	int64_t unreadable = count(call, table, stead_format(call, "t.%s >= x''", table->column), most), time;
	const char *after = "-9e999";
	stead_rows *texts;

	*times = false;
	for (int i = 0; i < STEAD_TIME_UNITS && !table->text_only; i++) {
		long long first = STEAD_SECONDS_FIRST * stead_time_units[i],
				  end = (STEAD_SECONDS_LAST + 1) * stead_time_units[i];

		unreadable +=
			count(call, table,
		          stead_format(call, "t.%s >= %s AND t.%s < %lld", table->column, after, table->column, first), most);
		after = stead_format(call, "%lld", end);
		*times |= any(call, table,
		              stead_format(call, "t.%s >= %lld AND t.%s < %s", table->column, first, table->column, after));
	}
	if (!table->text_only)
		unreadable += count(
			call, table, stead_format(call, "t.%s >= %s AND t.%s <= 9e999", table->column, after, table->column), most);
	texts = open_as_is(
		call, stead_format(call,
	                       "SELECT t.%s FROM %s AS t WHERE t.%s COLLATE BINARY >= '' AND t.%s COLLATE BINARY < x''"
	                       " LIMIT %lld",
	                       table->column, table->sql_name, table->column, table->column,
	                       most < INT64_MAX ? (long long)MOST_TEXTS : -1));
	while (stead_next(texts)) {
		const char *text = (const char *)sqlite3_column_text(texts->statement, 0);
		bool good = text && stead_time_read(text, (size_t)sqlite3_column_bytes(texts->statement, 0), &time);

		unreadable += !good;
		*times |= good;
	}
	stead_close(texts);
	*rows = *times || unreadable || any(call, table, "1");
	return unreadable < most ? unreadable : most;
}
