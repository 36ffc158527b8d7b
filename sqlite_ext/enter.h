/*
 * enter.h - entries from SQLite, and what is registered with it: enter.c, rows.c, connection.c.
 */
#ifndef STEAD_SQLITE_ENTER_H
#define STEAD_SQLITE_ENTER_H

#include "host.h"

/* What a function or table is registered with. */
typedef struct {
	connection *connection;
	const stead_function *function;
} binding;

/* ---- connection.c: destructors ----------------------------------------------------------------------------------- */

void connection_release(void *connection);
void binding_release(void *binding);

/* ---- enter.c ----------------------------------------------------------------------------------------------------- */

/* Runs the function of a binding over SQLite's arguments. True: *result is set (scalar) or rows were emitted. False:
 * the frame holds code and message. Call frame_end in either case, after the result has been copied. */
bool frame_run(frame *frame, const binding *binding, int count, sqlite3_value **values, row_set *emitted,
               stead_value *result);
void frame_end(frame *frame);
/* The next row of a frame's stream, which lives until the next step. False: an error, as in frame_run. *more false:
 * there is none. */
bool frame_step(frame *frame, stead_value *values, bool *more);
/* The one scalar function that SQLite calls; its user data is a binding. */
void call_scalar(sqlite3_context *context, int count, sqlite3_value **values);

/* ---- rows.c ------------------------------------------------------------------------------------------------------ */

/* Registers the function as an eponymous virtual table. */
int register_table(sqlite3 *db, binding *binding);

#endif
