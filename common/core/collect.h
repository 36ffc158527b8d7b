/*
 * collect.h - calls another SQL function within a call, and keeps what it returns.
 *
 * So a module shows what functions of others say, without a query of its own and without including them: the registry
 * has them by name. The function belongs to the call: it uses its memory, and its errors end it.
 */
#ifndef STEAD_COLLECT_H
#define STEAD_COLLECT_H

#include "stead.h"

/* Rows of a table function; they live as long as the call. */
typedef struct stead_collected {
	const stead_function *function; /* NULL: there is none of that name, as its module was left out */
	int columns;
	size_t count, room;
	stead_value *values; /* row after row */
} stead_collected;

/* Calls the table function of that name (without stead_), which reads, with arguments that are checked as a user's are.
 * It must not emit within a scope of its own, where its rows would be lost. */
stead_collected stead_collect(stead_call *call, const char *name, int count, const stead_value *args);
/* The same for a scalar function; a null of type 0 if there is none of that name. */
stead_value stead_ask(stead_call *call, const char *name, int count, const stead_value *args);
/* A value by its row and the name of its column, which must exist. */
stead_value stead_collected_value(stead_call *call, const stead_collected *rows, size_t row, const char *column);
#define stead_collected_int(call, rows, row, column) stead_collected_value(call, rows, row, column).integer

#endif
