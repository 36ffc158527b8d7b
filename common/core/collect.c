/*
 * collect.c - calls another SQL function within a call. See collect.h.
 *
 * While it runs, it is the call's function, so that its errors name it, and its rows go where the call says.
 */
#include "core/collect.h"

#include <string.h>

#include "core/host.h"
#include "core/walk.h"

static const stead_function *find(const char *name)
{
	const stead_function *function = NULL;

	while ((function = stead_next_function(function)) && strcmp(function->name, name) != 0)
		;
	return function;
}

/* Makes it the call's function, and returns the one that was. */
static const stead_function *enter(stead_call *call, const stead_function *function)
{
	const stead_function *caller = call->function;

	if (function->effect != STEAD_PURE && function->effect != STEAD_READS)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: stead_%s does not only read", caller->name, function->name);
	call->function = function;
	return caller;
}

stead_collected stead_collect(stead_call *call, const char *name, int count, const stead_value *args)
{
	stead_collected rows = {.function = find(name)}, *before = call->collected;
	stead_value checked[STEAD_MAX_ARGS];
	const stead_function *caller;

	if (!rows.function)
		return rows;
	rows.columns = stead_column_count(rows.function);
	caller = enter(call, rows.function);
	call->collected = &rows;
	if (stead_arguments(call, args, count, checked))
		rows.function->rows(call, checked);
	call->collected = before;
	call->function = caller;
	return rows;
}

stead_value stead_ask(stead_call *call, const char *name, int count, const stead_value *args)
{
	const stead_function *function = find(name), *caller;
	stead_value checked[STEAD_MAX_ARGS], answer = {.null = true};

	if (!function)
		return answer;
	answer.type = function->returns;
	caller = enter(call, function);
	if (stead_arguments(call, args, count, checked))
		answer = function->call(call, checked);
	call->function = caller;
	return answer;
}

stead_value stead_collected_value(stead_call *call, const stead_collected *rows, size_t row, const char *column)
{
	for (int i = 0; i < rows->columns; i++)
		if (strcmp(rows->function->columns[i].name, column) == 0)
			return rows->values[row * (size_t)rows->columns + (size_t)i];
	stead_raise(call, STEAD_INTERNAL, "stead_%s: stead_%s has no column %s", call->function->name, rows->function->name,
	            column);
}

/* A query that a row's text is from may be closed before the call ends. */
void stead_emit(stead_call *call, const stead_value *values)
{
	stead_collected *rows = call->collected;

	if (!rows) {
		stead_host_emit(call, values);
		return;
	}
	rows->values =
		stead_grow(call, rows->values, rows->count, &rows->room, sizeof *rows->values * (size_t)rows->columns);
	for (int i = 0; i < rows->columns; i++)
		rows->values[rows->count * (size_t)rows->columns + (size_t)i] = stead_keep(call, values[i]);
	rows->count++;
}

/* Rows that a function makes one by one: here, all are kept. */
void stead_stream(stead_call *call, stead_maker *make, void *state)
{
	stead_value values[STEAD_MAX_COLUMNS];

	if (!call->collected)
		stead_host_stream(call, make, state);
	while (call->collected && make(call, state, values))
		stead_emit(call, values);
}
