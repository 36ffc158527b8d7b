/*
 * enter.h - entry points for SQLite, and what is registered with it: enter.c, rows.c, connection.c.
 */
#ifndef STEAD_SQLITE_ENTER_H
#define STEAD_SQLITE_ENTER_H

#include "host.h"

/* The user data of a registered function or table. */
typedef struct {
	connection *connection;
	const stead_function *function;
} binding;

/* ---- connection.c: destructors ----------------------------------------------------------------------------------- */

void connection_release(void *connection);
void binding_release(void *binding);

/* ---- enter.c ----------------------------------------------------------------------------------------------------- */

/* Runs a binding's function with SQLite's arguments. True: *result is set (scalar function) or rows were emitted (table
 * function). False: the frame holds the error's code and message. Call frame_end() in either case, once the result has
 * been copied. */
bool frame_run(frame *frame, const binding *binding, int count, sqlite3_value **values, row_set *emitted,
               stead_value *result);
void frame_end(frame *frame);
/* Makes SQLite's copy of the call's result, so that returning it cannot fail; moves the result there. */
void keep_result(frame *frame, stead_value *result);
/* Makes the next row of a frame's stream; the row lives until the next step. False: an error, as in frame_run(). *more
 * is false if there is no row. */
bool frame_step(frame *frame, stead_value *values, bool *more);
/* The implementation of every scalar function; its user data is a binding. */
void call_scalar(sqlite3_context *context, int count, sqlite3_value **values);

/* ---- rows.c ------------------------------------------------------------------------------------------------------ */

/* Registers the function as an eponymous virtual table. */
int register_table(sqlite3 *db, binding *binding);

/* ---- local.c ----------------------------------------------------------------------------------------------------- */

/* Registers the table by which SQLite tells that a transaction ends. */
int register_local(connection *connection);

#endif
