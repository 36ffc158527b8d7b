/*
 * stead.h - what every module uses: the call, values, errors, and the part of the port that all modules need.
 *
 * A module is data plus functions: a registry entry at the bottom of its file, static bodies above it. core/declare.h
 * declares the parts of an entry. A host (pg_ext/, sqlite_ext/) implements the port and knows modules only through the
 * registry. Parts of the port that few modules need have headers of their own: core/cache.h, core/upkeep.h,
 * core/foreign.h. core/host.h is for hosts.
 *
 * Two rules carry everything. Errors leave: stead_raise() and every port function either succeed or do not return. The
 * call owns: memory and foreign handles are released when the call ends, however it ends.
 */
#ifndef STEAD_H
#define STEAD_H

#include "core/declare.h"

/* ---- The call: core/call.c -------------------------------------------------------------------------------------- */

struct stead_json_scan;
struct stead_collected;

/* The host embeds this as the first member of its own call. */
struct stead_call {
	const stead_function *function;
	int64_t marks; /* one for about every 64 events that were logged: modules may have something to follow up */
	struct stead_collected *collected; /* rows go there, see core/collect.h; NULL: to the caller */
};

/* Ends the call with an error. The message follows PostgreSQL's style: lower case, no full stop. */
_Noreturn void stead_raise(stead_call *call, stead_error error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a hint: a whole sentence that says what to do. */
_Noreturn void stead_raise_hint(stead_call *call, stead_error error, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Ends the call, as a row was not stored and no other reason is left but a trigger; what names it ("the key"). */
_Noreturn void stead_raise_not_stored(stead_call *call, const char *what);
/* Ends the call for want of memory, in the database's own words. Part of the port. */
_Noreturn void stead_raise_no_memory(stead_call *call);

/* Raises unless a text, which may be null, is of least (0 or 1) to most bytes. */
void stead_check_size(stead_call *call, const char *name, stead_value value, size_t least, size_t most);
/* Is the text, which is not null, exactly this word? */
bool stead_equals(stead_value text, const char *word);
/* Compares two texts, which are not null, byte by byte: negative, 0 or positive. */
int stead_compare(stead_value a, stead_value b);
/* Are two texts, or two bools, equal, or both null? */
bool stead_same(stead_value a, stead_value b);

stead_value stead_text(const char *text); /* NULL gives a null */
stead_value stead_json(const char *text);
/* Each member is stored on its own: GCC makes a compound literal elsewhere, piece by piece, and copies it in larger
 * pieces, for which the processor has to wait. */
static inline stead_value stead_null(stead_type type)
{
	stead_value value;

	value.type = type;
	value.null = true;
	value.size = 0;
	value.integer = 0;
	return value;
}
static inline stead_value stead_integer_as(stead_type type, int64_t integer)
{
	stead_value value;

	value.type = type;
	value.null = false;
	value.size = 0;
	value.integer = integer;
	return value;
}
static inline stead_value stead_data_as(stead_type type, const char *data, size_t size)
{
	stead_value value;

	value.type = type;
	value.null = false;
	value.size = size;
	value.data = data;
	return value;
}
static inline stead_value stead_bool(bool value)
{
	stead_value out = stead_integer_as(STEAD_BOOL, 0);

	out.boolean = value;
	return out;
}
static inline stead_value stead_int(int64_t value)
{
	return stead_integer_as(STEAD_INT, value);
}
static inline stead_value stead_real(double value)
{
	stead_value out = stead_integer_as(STEAD_REAL, 0);

	out.real = value;
	return out;
}
static inline stead_value stead_time(int64_t microseconds)
{
	return stead_integer_as(STEAD_TIME, microseconds);
}
static inline stead_value stead_text_n(const char *data, size_t size)
{
	return stead_data_as(STEAD_TEXT, data, size);
}
/* Text that is known to be JSON. */
static inline stead_value stead_json_n(const char *data, size_t size)
{
	return stead_data_as(STEAD_JSON, data, size);
}
static inline stead_value stead_bytes(const void *data, size_t size)
{
	return stead_data_as(STEAD_BYTES, data, size);
}

/* Text in the call's memory, by printf's rules; %.*s for values. */
const char *stead_format(stead_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A NUL-terminated copy in the call's memory, for a C interface that needs one; NULL for a null. */
const char *stead_string(stead_call *call, stead_value text);
/* Copies a column's value into the call, so that it outlives its row. */
stead_value stead_keep(stead_call *call, stead_value value);
/* Room for one more item: the array as it is, or a copy in the call's memory that is twice as large. */
void *stead_grow(stead_call *call, void *items, size_t count, size_t *room, size_t item_size);

/* Makes room in an empty buffer, where it is known about how much is appended. */
void stead_reserve(stead_call *call, stead_buffer *buffer, size_t size);
/* Appends to a growing text. */
void stead_append(stead_call *call, stead_buffer *buffer, const char *data, size_t size);
void stead_append_text(stead_call *call, stead_buffer *buffer, const char *text);
/* Appends a value as JSON: strings are escaped, JSON loses insignificant white space, null is null. */
void stead_append_json(stead_call *call, stead_buffer *buffer, stead_value value);
/* Appends a member to the text of an object that is not closed yet; an empty buffer begins one. name is a literal. */
void stead_append_member(stead_call *call, stead_buffer *object, const char *name, stead_value value);
/* Only its name: the caller appends the value, which is JSON. */
void stead_append_name(stead_call *call, stead_buffer *object, const char *name);

/* Raises unless a JSON argument is valid; an error names the argument. */
void stead_check_json(stead_call *call, stead_value json, const char *name);
/* The same, and reads it into a jansson tree that the call owns. */
struct json_t *stead_read_json(stead_call *call, stead_value json, const char *name);
/* Is the text, which is not plain, valid JSON? If not, reason is the end of a sentence: see stead_json_read(). */
bool stead_is_json(stead_call *call, stead_value text, char reason[80]);
/* Stored JSON, to be shown: what somebody wrote by hand that is no JSON becomes a JSON string. A null stays. */
stead_value stead_shown_json(stead_call *call, stead_value stored);
/* Raises unless a JSON argument is an object; scan is what stead_json_scan_text() finds in it. */
void stead_check_object(stead_call *call, stead_value json, const char *name, struct stead_json_scan *scan);
/* Reads the members of a JSON object into out, one value for each of the known keys. Absent and null are null; a key of
 * type JSON keeps its text as given. Unknown keys, repeated keys and wrong types are errors that name <name>.<key>.
 * Texts live as long as both the argument and the call. */
void stead_read_object(stead_call *call, stead_value json, const char *name, const stead_arg *keys, int key_count,
                       stead_value *out);
/* The same for JSON that was scanned already: see lib/json.h. */
void stead_read_members(stead_call *call, stead_value json, const char *name, const struct stead_json_scan *scan,
                        const stead_arg *keys, int key_count, stead_value *out);
/* Reads a valid JSON string; false: it is another value. name is for errors. */
bool stead_read_string(stead_call *call, stead_value json, const char *name, stead_value *out);
/* Reads a valid JSON value that must be a string or an array of at most so many strings. Returns how many are in out,
 * which has room for so many; errors name the value. Texts live as long as both the JSON and the call. */
int stead_read_strings(stead_call *call, stead_value json, const char *name, int most, stead_value *out);

/* ---- The port: memory ------------------------------------------------------------------------------------------- */

/* Memory that lives as long as the call. Never NULL; size 0 is allowed. */
void *stead_alloc(stead_call *call, size_t size);
/* Calls release(handle) when the call ends, however it ends; the latest first. If that cannot be noted, it releases the
 * handle at once and raises. */
void stead_defer(stead_call *call, void (*release)(void *handle), void *handle);

/* A scope releases what was allocated and deferred in it when it closes, so that a loop of any length needs no more
 * memory. Queries opened in a scope must be closed in it. Scopes nest; an error closes them all. */
typedef struct stead_scope stead_scope;
stead_scope *stead_open_scope(stead_call *call);
void stead_close_scope(stead_call *call, stead_scope *scope);

/* ---- The port: SQL ---------------------------------------------------------------------------------------------- */

/* A running query. Table names in SQL are bare; the host resolves them to Stead's own tables, whatever the caller's
 * search path, temporary or attached tables are. Parameters are $1 .. $n. FOR UPDATE or FOR SHARE at the end locks the
 * rows until the transaction ends; FOR UPDATE SKIP LOCKED, also at the end of a subselect, leaves out rows that others
 * have locked. (SQLite's writers hold the write lock anyway.) */
typedef struct stead_rows stead_rows;

enum {
	STEAD_CURSOR = 1,   /* rows are fetched as they are needed: there may be more than memory holds */
	STEAD_ONE_TIME = 2, /* the SQL was built for this call: its plan is not kept */
	/* A host may read the rows without a plan. SELECT column, .. FROM table WHERE column = $1 AND .. names the columns
	 * of a unique index in their order. SELECT d.column, .. FROM table m JOIN table d ON d.column = m.c WHERE m.column
	 * = $1 AND .. AND m.c > $n ORDER BY m.c LIMIT $o does so with an index of m; a value may be the first query in
	 * parentheses. At most nine parameters. With STEAD_CURSOR or ORDER BY: SELECT column, .. FROM table WHERE column =
	 * $1 AND column < 32 AND column >= $2 AND .. ORDER BY column DESC, .. LIMIT $3 names columns of an index in their
	 * order; those behind ORDER BY are integers or times. STEAD_NUMBERED may be the first condition. */
	STEAD_BY_KEY = 4
};
/* Opens a query. Without STEAD_ONE_TIME, sql must be a string literal: its plan is kept by its address. */
stead_rows *stead_open_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params);
static inline stead_rows *stead_open(stead_call *call, const char *sql, int count, const stead_value *params)
{
	return stead_open_as(call, 0, sql, count, params);
}
/* True: the next row is current. False: there is none, and the query is closed; false again if called again. */
bool stead_next(stead_rows *rows);
/* A column (from 0) of the current row as the given type; lives until the next row. The result of a reader may be
 * one of a query that is left open. */
stead_value stead_column(stead_rows *rows, int index, stead_type type);
/* The same for a column that may hold what Stead would not store there, such as another type. Then it returns false,
 * and *value is undefined. */
bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value);
/* A time that somebody may have written by hand, for a reader that must not fail. Anything that is not a time is a
 * null. */
stead_value stead_column_time(stead_rows *rows, int index);
/* Closes a query before its last row. Closing twice is allowed. */
void stead_close(stead_rows *rows);

/* Runs a statement, a literal as for stead_open(), to its end; returns the number of rows it changed. */
int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params);
/* The same for an UPDATE that may be left out: what the caller runs if it changes nothing does the same, only slower.
 * If it has changed nothing in the latest runs on this connection, it is not run, and the result is 0. Now and then it
 * is run all the same. In core/call.c. */
int64_t stead_try(stead_call *call, const char *sql, int count, const stead_value *params);
/* As stead_run(), for an UPDATE or DELETE of an append-only table, which nobody else may run. */
int64_t stead_run_permitted(stead_call *call, const stead_table *table, const char *sql, int count,
                            const stead_value *params);
/* Begins an attempt to write with a single statement, which needs no transaction of the call's: it undoes itself if it
 * fails. False: the host gains nothing by that, or cannot do it here. Until stead_alone_ends() the call reads,
 * and runs INSERTs or UPDATEs; the first parameter in their text is stored in a column that is not nullable. Once one
 * has changed a row, the call returns *result at once, which a host may move. */
bool stead_alone_begins(stead_call *call, stead_value *result);
void stead_alone_ends(stead_call *call);
/* Runs an INSERT of one row, a literal "INSERT INTO t (..) VALUES ($1, .. $columns) ..", for many rows at once, in
 * their order; returns how many were stored or updated. values are row after row; a column's are of one type, nulls
 * too. With ON CONFLICT .. DO UPDATE, no two rows of a call may have the same key. The caller bounds the rows and their
 * bytes: a few hundred rows or 1 MiB gain all there is to gain. */
int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values);
/* Runs an INSERT of one row that ends in RETURNING id, the number that its table gives. Returns the number, or a null:
 * the row was not stored. */
stead_value stead_insert(stead_call *call, const char *sql, int count, const stead_value *params);
/* The same for many rows of a table that numbers them, as stead_run_rows() takes them, of which VALUES has nothing but
 * the parameters in their order; it ends in ON CONFLICT (id) DO NOTHING RETURNING id. Returns how many were stored;
 * if all were, *last becomes the number of the last row. Fewer: a trigger suppressed some. A number that is taken, by a
 * row of an import, an ORM or a replica, is passed over. */
int64_t stead_insert_rows(stead_call *call, const stead_table *table, const char *sql, int columns, int64_t count,
                          const stead_value *values, int64_t *last);
/* Runs an INSERT or UPDATE with RETURNING to its end; returns the first column of its first row, or a null if there is
 * none. In core/call.c, as are the next two. */
stead_value stead_returning(stead_call *call, const char *sql, int count, const stead_value *params, stead_type type);
/* Does a query (a literal, as for stead_open()) return a row? */
bool stead_any_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params);
static inline bool stead_any(stead_call *call, const char *sql, int count, const stead_value *params)
{
	return stead_any_as(call, 0, sql, count, params);
}
/* The first column of its first row, kept in the call; a null if there is no row. */
stead_value stead_first_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params,
                           stead_type type);
static inline stead_value stead_first(stead_call *call, const char *sql, int count, const stead_value *params,
                                      stead_type type)
{
	return stead_first_as(call, 0, sql, count, params, type);
}

/* Runs work as a subtransaction. If it fails, its changes are undone, the queries it opened are closed, and the message
 * is returned; else NULL. It waits at most a second for another's lock. Want of memory and interruption end the whole
 * call. */
const char *stead_attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data);

/* Call it after an INSERT with a number of the caller's own: the database continues after that number. */
void stead_sequence_advance(stead_call *call, const stead_table *table, int64_t number);
/* Call it before the row of this number is deleted, so that the number is never given again. */
void stead_sequence_keep(stead_call *call, const stead_table *table, int64_t number);
/* Call it when an INSERT stored nothing because the number that the database chose is taken, by a row of an import, an
 * ORM or a replica. True: the sequence now continues after the highest number; try again. False: that cannot have been
 * the reason. */
bool stead_sequence_repair(stead_call *call, const stead_table *table);
#define STEAD_SEQUENCE_RETRIES 10 /* of one row: another caller may be faster a few times */
/* stead_insert() with that, for an INSERT whose only conflict is the number. In core/call.c. */
stead_value stead_insert_numbered(stead_call *call, const stead_table *table, const char *sql, int count,
                                  const stead_value *params);

/* ---- The port: rows, time, notification ------------------------------------------------------------------------- */

/* Emits one row of a table function; the values are copied. */
void stead_emit(stead_call *call, const stead_value *values);
/* Does the caller look at this column of the rows? If not, its value may be anything. A host may always say yes. */
bool stead_looks_at(stead_call *call, int column);
/* Returns rows one by one, so that there may be more than memory holds. A reader calls it as its last act, having
 * emitted nothing. make fills in the next row, or returns false if there is none. What make allocates or opens lasts
 * until its next call; queries opened before last as long as the call. make may run after the function has returned,
 * when its arguments are gone: state must not point to them. */
typedef bool stead_maker(stead_call *call, void *state, stead_value *values);
void stead_stream(stead_call *call, stead_maker *make, void *state);

/* The wall clock, not the transaction's start. */
int64_t stead_now(stead_call *call);
/* Notifies the listeners of a channel when the caller's transaction commits; does nothing where a database has none. */
void stead_notify(stead_call *call, const char *channel, const char *payload);

#endif
