/*
 * call.c - what every call uses: errors, checked arguments, values, text.
 *
 * A host passes the arguments as typed values to stead_arguments(). From there on, both databases run the same code and
 * raise the same errors.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "stead.h"
#include "lib/text.h"
#include "lib/timestamp.h"

#define MESSAGE_SIZE 1024 /* a longer message is cut: raising an error must not need memory */

_Noreturn static void raise_va(stead_call *call, stead_error error, const char *hint, const char *format, va_list args)
{
	char message[MESSAGE_SIZE];
	int size = vsnprintf(message, sizeof message, format, args);

	if (size >= (int)sizeof message)
		message[stead_utf8_cut(message, sizeof message - 1)] = 0;
	stead_host_raise(call, error, message, hint);
}

void stead_raise(stead_call *call, stead_error error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	raise_va(call, error, NULL, format, args);
}

void stead_raise_hint(stead_call *call, stead_error error, const char *hint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	raise_va(call, error, hint, format, args);
}

/* ---- Arguments --------------------------------------------------------------------------------------------------- */

void stead_raise_read_only(stead_call *call, const char *what)
{
	stead_raise(call, STEAD_READ_ONLY, "stead_%s: cannot write: this is %s", call->function->name, what);
}

int stead_arg_count(const stead_function *function)
{
	int count = 0;

	while (count < STEAD_MAX_ARGS && function->args[count].name)
		count++;
	return count;
}

int stead_column_count(const stead_function *function)
{
	int count = 0;

	while (count < STEAD_MAX_COLUMNS && function->columns[count].name)
		count++;
	return count;
}

bool stead_arg_optional(const stead_arg *arg)
{
	return arg->optional || arg->fallback;
}

int stead_required_count(const stead_function *function)
{
	int count = 0;

	while (count < STEAD_MAX_ARGS && function->args[count].name && !stead_arg_optional(&function->args[count]))
		count++;
	return count;
}

const char *stead_type_name(stead_type type)
{
	static const char *const names[] = {"", "bool", "int", "real", "text", "time", "json", "bytes"};

	return names[type];
}

const char *stead_effect_name(stead_effect effect)
{
	static const char *const names[] = {"", "pure", "reads", "live", "writes"};

	return names[effect];
}

const char *stead_audience_name(stead_audience audience)
{
	static const char *const names[] = {"", "public", "app", "auditor", "admin"};

	return names[audience];
}

bool stead_equals(stead_value text, const char *word)
{
	return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

int stead_compare(stead_value a, stead_value b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int order = size ? memcmp(a.data, b.data, size) : 0;

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool stead_same(stead_value a, stead_value b)
{
	if (a.null || b.null)
		return a.null == b.null;
	return a.type == STEAD_BOOL ? a.boolean == b.boolean : stead_compare(a, b) == 0;
}

static stead_value fallback(const stead_arg *arg)
{
	if (!arg->fallback)
		return stead_null(arg->type);
	switch (arg->type) {
	case STEAD_BOOL:
		return stead_bool(strcmp(arg->fallback, "true") == 0);
	case STEAD_INT:
		return stead_int(strtoll(arg->fallback, NULL, 10));
	case STEAD_REAL:
		return stead_real((double)strtoll(arg->fallback, NULL, 10));
	default:
		return stead_text(arg->fallback);
	}
}

static void check_value(stead_call *call, const stead_arg *arg, stead_value value)
{
	const char *function = call->function->name;

	if (arg->raw)
		return;
	switch (arg->type) {
	case STEAD_JSON: /* checked before parsing, which cannot be interrupted */
		stead_check_size(call, arg->name, value, 0, arg->most ? arg->most : STEAD_MAX_TEXT);
		/* fall through */
	case STEAD_TEXT:
		if (memchr(value.data, 0, value.size))
			stead_raise(call, STEAD_INVALID, "stead_%s: %s must not contain a NUL character", function, arg->name);
		if (!stead_utf8_valid(value.data, value.size))
			stead_raise(call, STEAD_INVALID, "stead_%s: %s is not valid UTF-8", function, arg->name);
		break;
	case STEAD_TIME:
		if (!stead_time_valid(value.integer))
			stead_raise(call, STEAD_INVALID, "stead_%s: %s must be a time in the years 1 to 9999", function, arg->name);
		break;
	default:
		break;
	}
}

bool stead_arguments(stead_call *call, const stead_value *given, int count, stead_value *out)
{
	const stead_function *function = call->function;
	int expected = stead_arg_count(function);

	for (int i = 0; i < expected; i++) {
		const stead_arg *arg = &function->args[i];

		if (i < count && !given[i].null) {
			check_value(call, arg, given[i]);
			out[i] = given[i];
		} else if (stead_arg_optional(arg))
			out[i] = fallback(arg);
		else if (arg->nullable)
			out[i] = stead_null(arg->type);
		else if (function->effect == STEAD_PURE)
			return false;
		else
			stead_raise(call, STEAD_INVALID, "stead_%s: %s must not be null", function->name, arg->name);
	}
	return true;
}

void stead_check_size(stead_call *call, const char *name, stead_value value, size_t least, size_t most)
{
	if (value.null || (value.size >= least && value.size <= most))
		return;
	if (least)
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be 1 to %zu bytes", call->function->name, name, most);
	stead_raise(call, STEAD_INVALID, "stead_%s: %s must be at most %zu bytes", call->function->name, name, most);
}

_Noreturn void stead_raise_not_stored(stead_call *call, const char *what)
{
	stead_raise(call, STEAD_CORRUPT, "stead_%s: %s was not stored: a trigger suppressed it", call->function->name,
	            what);
}

stead_value stead_insert_numbered(stead_call *call, const stead_table *table, const char *sql, int count,
                                  const stead_value *params)
{
	stead_value id = stead_insert(call, sql, count, params);

	for (int i = 0; id.null && i < STEAD_SEQUENCE_RETRIES && stead_sequence_repair(call, table); i++)
		id = stead_insert(call, sql, count, params);
	return id;
}

#define VAIN_RUNS 2 /* after so many runs that changed nothing, a statement is left out */
#define TIMES_LEFT_OUT 16

int64_t stead_try(stead_call *call, const char *sql, int count, const stead_value *params)
{
	unsigned char *vain = stead_vain_runs(call, sql);
	int64_t changed;

	if (vain && *vain >= VAIN_RUNS && *vain < VAIN_RUNS + TIMES_LEFT_OUT) {
		++*vain;
		return 0;
	}
	changed = stead_run(call, sql, count, params);
	vain = stead_vain_runs(call, sql);
	if (vain)
		*vain = changed ? 0 : *vain < VAIN_RUNS ? *vain + 1 : VAIN_RUNS;
	return changed;
}

bool stead_any_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params)
{
	stead_rows *rows = stead_open_as(call, flags, sql, count, params);
	bool found = stead_next(rows);

	stead_close(rows);
	return found;
}

stead_value stead_returning(stead_call *call, const char *sql, int count, const stead_value *params, stead_type type)
{
	stead_rows *rows = stead_open(call, sql, count, params);
	stead_value value = stead_null(type);

	if (stead_next(rows))
		value = stead_keep(call, stead_column(rows, 0, type));
	while (stead_next(rows)) /* the statement must run to its end: SQLite may store the row only then */
		;
	return value;
}

stead_value stead_first_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params,
                           stead_type type)
{
	stead_rows *rows = stead_open_as(call, flags, sql, count, params);
	stead_value first = stead_next(rows) ? stead_keep(call, stead_column(rows, 0, type)) : stead_null(type);

	stead_close(rows);
	return first;
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

stead_value stead_text(const char *text)
{
	return text ? stead_text_n(text, strlen(text)) : stead_null(STEAD_TEXT);
}

stead_value stead_json(const char *text)
{
	stead_value value = stead_text(text);

	value.type = STEAD_JSON;
	return value;
}

/* ---- Text in the call's memory ----------------------------------------------------------------------------------- */

const char *stead_format(stead_call *call, const char *format, ...)
{
	va_list args;
	char *text;
	int size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size < 0)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: text could not be formatted", call->function->name);
	text = stead_alloc(call, (size_t)size + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)size + 1, format, args);
	va_end(args);
	return text;
}

const char *stead_string(stead_call *call, stead_value text)
{
	char *copy;

	if (text.null)
		return NULL;
	copy = stead_alloc(call, text.size + 1);
	memcpy(copy, text.data, text.size);
	copy[text.size] = 0;
	return copy;
}

stead_value stead_keep(stead_call *call, stead_value value)
{
	if (!value.null && value.type >= STEAD_TEXT && value.type != STEAD_TIME)
		value.data = stead_string(call, value);
	return value;
}

void *stead_grow(stead_call *call, void *items, size_t count, size_t *room, size_t item_size)
{
	void *bigger;

	if (count < *room)
		return items;
	*room = *room ? *room * 2 : 16;
	bigger = stead_alloc(call, *room * item_size);
	if (count)
		memcpy(bigger, items, count * item_size);
	return bigger;
}

void stead_refuse_newer(stead_call *call, int64_t have)
{
	if (have > STEAD_VERSION_SCHEMA)
		stead_raise_hint(call, STEAD_UNSUPPORTED,
		                 "If Stead was upgraded just now, reconnect. Otherwise use the version of Stead that made them,"
		                 " or a later one.",
		                 "stead_%s: the tables have schema version %lld, but this library knows only up to %d",
		                 call->function->name, (long long)have, STEAD_VERSION_SCHEMA);
}
