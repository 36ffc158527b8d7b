/*
 * record.h - the part of the port that records what happens to rows of the application's tables. While a table is
 * recorded, each row that is inserted, updated or deleted becomes a row of one of Stead's tables, in the same
 * transaction. PostgreSQL does it by a trigger in C, SQLite by triggers in plain SQL.
 *
 * Recorded JSON has a form of its own, which loses nothing. A column's value is
 *   a number, with all its digits; true or false; null;
 *   a string: texts; times, which are ISO 8601; NaN and the infinities; and, as the database writes them, all other
 *   types;
 *   {"hex":"00FF"}: bytes;
 *   {"json":[1,2]}: a JSON value of a type for JSON.
 * No other value is an object or an array.
 */
#ifndef STEAD_RECORD_H
#define STEAD_RECORD_H

#include "core/foreign.h"

#define STEAD_RECORD_INSERT "insert"
#define STEAD_RECORD_UPDATE "update"
#define STEAD_RECORD_DELETE "delete"
#define STEAD_RECORD_TRUNCATE "truncate"

/* The columns of a table of the application's: all of them, and those of its key in the order of their index. The key
 * is the primary key or else a unique index over columns that are never null; without either key_count is 0. */
typedef struct {
	int count, key_count;
	stead_value *names, *key;
} stead_shape;
stead_shape stead_shape_of(stead_call *call, const stead_foreign *table);

/* Only rows that have one of the values in the column are recorded. A row that comes to have one is recorded as
 * inserted, one that no longer has any as deleted. */
typedef struct {
	stead_value column;
	int count;
	stead_value *values; /* as recorded JSON has them, in the type STEAD_JSON */
} stead_record_filter;

/* How a table is recorded. The target has a numbered key and the columns changed_at (time), table_name, operation,
 * row_key (text), old_values and new_values (JSON), of which those from row_key on may be null; and those that who
 * names, a list that NULL ends: texts, which may be null, members of what the transaction knows (core/local.h).
 *
 * row_key is an object of the key's columns, or null if the table has no key. An update that changes the key is
 * recorded as a deletion and an insertion. old_values of an update are those that differ, but all if the table has no
 * key; those of a deletion are all. A TRUNCATE is one row without a key. Where a database knows it only by its rows,
 * each of them is a deletion. */
typedef struct {
	const stead_table *target;
	const char *const *who;
	stead_value name;     /* what table_name says */
	int count;            /* of columns to record; the key's are recorded in any case */
	stead_value *columns; /* NULL: all, also those added later where the database can do that */
	int filter_count;
	stead_record_filter *filters;
} stead_recording;

/* Is the column recorded, even if it is not in the key? */
static inline bool stead_records(const stead_recording *recording, stead_value column)
{
	for (int i = 0; i < recording->count; i++)
		if (stead_same(recording->columns[i], column))
			return true;
	return !recording->columns;
}

/* Makes the triggers, in the place of earlier ones. The caller has the rights of the table's owner. Waits for writers
 * of the table. */
void stead_record_start(stead_call *call, const stead_foreign *table, const stead_recording *recording);
/* Removes them; false: there are none. */
bool stead_record_stop(stead_call *call, const stead_foreign *table);
/* What is wrong with the triggers, as the rest of a sentence about the table; or NULL. */
const char *stead_record_problem(stead_call *call, const stead_foreign *table, const stead_recording *recording);
/* Reads a row as recorded JSON, with the rights of the caller. key is an object of the key's columns, as a recording
 * has it; parts has the value of each: a string as TEXT, bytes as BYTES, other values as JSON. A null: there is no such
 * row, or the filters, whose columns the table must have, do not let it pass. */
stead_value stead_record_row(stead_call *call, const stead_foreign *table, const stead_recording *recording,
                             stead_value key, const stead_value *parts);

/* A change that a host's trigger in C gives to the module whose entry has the function `recorded`. */
typedef struct stead_recorded {
	stead_value table_name, operation, row_key, old_values, new_values;
} stead_recorded;

#endif
