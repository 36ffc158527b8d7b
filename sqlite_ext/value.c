/*
 * value.c - values between SQLite and Stead: arguments, parameters, columns and results.
 */
#include "host.h"

#include <string.h>
#include <time.h>

#include "lib/text.h"
#include "lib/timestamp.h"

static _Noreturn void wrong_type(stead_call *call, const stead_arg *arg)
{
	static const char *const expected[] = {[STEAD_BOOL] = "true or false",
	                                       [STEAD_INT] = "an integer",
	                                       [STEAD_REAL] = "a number",
	                                       [STEAD_TEXT] = "text",
	                                       [STEAD_JSON] = "JSON text",
	                                       [STEAD_BYTES] = "a blob",
	                                       [STEAD_TIME] = "a time such as '2026-01-31T12:00:00Z'"};

	stead_raise(call, STEAD_INVALID, "stead_%s: %s must be %s", call->function->name, arg->name, expected[arg->type]);
}

/* The words that PostgreSQL reads as a boolean. */
static bool read_bool(const char *text, size_t size, bool *value)
{
	static const char *const words[] = {"true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0"};

	for (int i = 0; i < STEAD_COUNT(words); i++)
		if (stead_same_word(text, size, words[i])) {
			*value = i < STEAD_COUNT(words) / 2;
			return true;
		}
	return false;
}

/* In languages that have only one type of number, drivers bind every number as REAL. A whole number counts as an
 * integer if doubles can represent every integer of its size; 0 and 1 count as booleans. */
static stead_value read_whole(stead_call *call, const stead_arg *arg, double number)
{
	int64_t whole = number > -9007199254740992.0 && number < 9007199254740992.0 ? (int64_t)number : INT64_MIN;

	if ((double)whole != number || (arg->type == STEAD_BOOL ? (whole | 1) != 1 : whole == INT64_MIN))
		wrong_type(call, arg);
	return arg->type == STEAD_BOOL ? stead_bool(whole == 1) : stead_int(whole);
}

/* Not sqlite3_value_text(), where it can be avoided: that copies a text that has no NUL behind it, as one that an
 * application binds. The text of a value is in the encoding of the database; which that is, SQLite says from version
 * 3.40 on. */
static const char *text_of(sqlite3_value *given, int type)
{
#if SQLITE_VERSION_NUMBER >= 3040000
	if (type == SQLITE_TEXT && sqlite3_libversion_number() >= 3040000 && sqlite3_value_encoding(given) == SQLITE_UTF8) {
		const char *text = sqlite3_value_blob(given);

		return text ? text : ""; /* it gives none for an empty one */
	}
#endif
	(void)type;
	return (const char *)sqlite3_value_text(given);
}

stead_value read_argument(stead_call *call, const stead_arg *arg, sqlite3_value *given)
{
	/* an absent argument of a table function has no value */
	int type = given ? sqlite3_value_type(given) : SQLITE_NULL;
	stead_value value;
	const char *data;
	size_t size;

	if (type == SQLITE_NULL)
		return stead_null(arg->type);
	if (type == SQLITE_FLOAT && (arg->type == STEAD_INT || arg->type == STEAD_BOOL))
		return read_whole(call, arg, sqlite3_value_double(given));
	if (type == SQLITE_TEXT && (arg->type == STEAD_INT || arg->type == STEAD_REAL))
		type = sqlite3_value_numeric_type(given);
	switch (arg->type) {
	case STEAD_INT:
		if (type != SQLITE_INTEGER)
			wrong_type(call, arg);
		return stead_int(sqlite3_value_int64(given));
	case STEAD_REAL:
		if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
			wrong_type(call, arg);
		return stead_real(sqlite3_value_double(given));
	case STEAD_BOOL:
		if (type == SQLITE_INTEGER && (sqlite3_value_int64(given) | 1) == 1)
			return stead_bool(sqlite3_value_int64(given) == 1);
		break;
	case STEAD_BYTES:
		if (type != SQLITE_BLOB)
			wrong_type(call, arg);
		data = sqlite3_value_blob(given); /* NULL: as in read_column() */
		return stead_bytes(data ? data : "", (size_t)sqlite3_value_bytes(given));
	default:
		break;
	}
	if (type != SQLITE_TEXT && !arg->raw) /* the function checks raw text itself, also if it is a blob */
		wrong_type(call, arg);
	data = text_of(given, type);
	size = (size_t)sqlite3_value_bytes(given);
	if (!data)
		stead_raise_no_memory(call);
	if (arg->type != STEAD_TIME && arg->type != STEAD_BOOL)
		return stead_data_as(arg->type, data, size);
	value = stead_integer_as(arg->type, 0);
	if (arg->type == STEAD_TIME ? !stead_time_parse(data, size, &value.integer)
	                            : !read_bool(data, size, &value.boolean))
		wrong_type(call, arg);
	return value;
}

void bind_value(stead_call *call, sqlite3_stmt *statement, int index, stead_value value)
{
	int code;

	if (value.null)
		code = sqlite3_bind_null(statement, index);
	else
		switch (value.type) {
		case STEAD_BOOL:
			code = sqlite3_bind_int(statement, index, value.boolean);
			break;
		case STEAD_INT:
			code = sqlite3_bind_int64(statement, index, value.integer);
			break;
		case STEAD_REAL:
			code = sqlite3_bind_double(statement, index, value.real);
			break;
		case STEAD_TIME: {
			char *text = stead_alloc(call, STEAD_TIME_SIZE + 1);

			stead_time_format(value.integer, text);
			text[STEAD_TIME_SIZE] = 0; /* known to be there, it saves SQLite a copy for the column's CHECK */
			code = sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
			break;
		}
		case STEAD_BYTES:
			code = sqlite3_bind_blob64(statement, index, value.data, value.size, SQLITE_STATIC);
			break;
		default:
			code = sqlite3_bind_text64(statement, index, value.data, value.size, SQLITE_STATIC, SQLITE_UTF8);
		}
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
}

/* Reads a column that is not NULL. False: a time that is not in the only form that Stead writes. Times are compared as
 * text, so it would be in the wrong place. The unprotected value is safe here: the connection's mutex is held while a
 * function of the connection runs. Asking the value is faster than asking the statement, which takes the mutex. */
static inline bool read_column(stead_rows *rows, sqlite3_value *given, stead_type type, stead_value *value)
{
	const char *data;
	size_t size;

	switch (type) {
	case STEAD_BOOL:
		*value = stead_bool(sqlite3_value_int64(given) != 0);
		return true;
	case STEAD_INT:
		*value = stead_int(sqlite3_value_int64(given));
		return true;
	case STEAD_REAL:
		*value = stead_real(sqlite3_value_double(given));
		return true;
	case STEAD_BYTES:
		data = sqlite3_value_blob(given);
		break;
	default:
		data = (const char *)sqlite3_value_text(given);
	}
	size = (size_t)sqlite3_value_bytes(given);
	if (!data && (type != STEAD_BYTES || size))
		stead_raise_no_memory(rows->call);
	if (!data) /* SQLite gives none for an empty blob; memcpy() and the like want some */
		data = "";
	if (type == STEAD_TIME) {
		*value = stead_time(0);
		return stead_time_parse_exact(data, size, &value->integer);
	}
	*value = stead_data_as(type, data, size);
	return true;
}

static __attribute__((noinline)) stead_value column_of(stead_rows *rows, sqlite3_value *given, stead_type type)
{
	stead_value value;

	if (sqlite3_value_type(given) == SQLITE_NULL)
		return stead_null(type);
	if (!read_column(rows, given, type, &value))
		stead_raise(rows->call, STEAD_CORRUPT, "stead_%s: a stored time is not in the form YYYY-MM-DDTHH:MM:SS.ffffffZ",
		            rows->call->function->name);
	return value;
}

/* What is read most often, a text that is not null, has no detours. */
stead_value stead_column(stead_rows *rows, int index, stead_type type)
{
	sqlite3_value *given = sqlite3_column_value(rows->statement, index);
	const char *text = type == STEAD_TEXT ? (const char *)sqlite3_value_text(given) : NULL;

	return text ? stead_text_n(text, (size_t)sqlite3_value_bytes(given)) : column_of(rows, given, type);
}

stead_value stead_column_time(stead_rows *rows, int index)
{
	stead_value text = stead_column(rows, index, STEAD_TEXT), value = stead_null(STEAD_TIME);

	value.null = text.null || (!stead_time_parse_exact(text.data, text.size, &value.integer) &&
	                           !stead_time_parse(text.data, text.size, &value.integer));
	return value;
}

/* STRICT ensures every type except bools and times, which have only one valid form. But somebody who writes without
 * Stead can remove STRICT from a table, and put it back. */
bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value)
{
	static const int classes[] = {
		[STEAD_BOOL] = SQLITE_INTEGER, [STEAD_INT] = SQLITE_INTEGER, [STEAD_REAL] = SQLITE_FLOAT,
		[STEAD_TEXT] = SQLITE_TEXT,    [STEAD_TIME] = SQLITE_TEXT,   [STEAD_JSON] = SQLITE_TEXT,
		[STEAD_BYTES] = SQLITE_BLOB};
	sqlite3_value *given = sqlite3_column_value(rows->statement, index);
	int class = sqlite3_value_type(given);

	if (class == SQLITE_NULL) {
		*value = stead_null(type);
		return true;
	}
	if (class == classes[type] && (type != STEAD_BOOL || !(sqlite3_value_int64(given) >> 1)))
		return read_column(rows, given, type, value);
	*value = stead_null(type);
	return false;
}

void result_value(sqlite3_context *context, stead_value value)
{
	char time[STEAD_TIME_SIZE];

	if (value.null) {
		sqlite3_result_null(context);
		return;
	}
	switch (value.type) {
	case STEAD_BOOL:
		sqlite3_result_int(context, value.boolean);
		break;
	case STEAD_INT:
		sqlite3_result_int64(context, value.integer);
		break;
	case STEAD_REAL:
		sqlite3_result_double(context, value.real);
		break;
	case STEAD_TIME:
		stead_time_format(value.integer, time);
		sqlite3_result_text64(context, time, STEAD_TIME_SIZE, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	case STEAD_BYTES:
		sqlite3_result_blob64(context, value.data, value.size, SQLITE_TRANSIENT);
		break;
	default:
		sqlite3_result_text64(context, value.data, value.size, SQLITE_TRANSIENT, SQLITE_UTF8);
	}
}
