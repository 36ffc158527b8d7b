/*
 * begin.h - transactions and savepoints of calls, and the statements that a connection keeps: begin.c, plan.c,
 * write_statement.c; and what upkeep.c leaves to be ended with a call.
 */
#ifndef STEAD_SQLITE_BEGIN_H
#define STEAD_SQLITE_BEGIN_H

#include "host.h"

/* ---- plan.c ------------------------------------------------------------------------------------------------------ */

sqlite3_stmt *prepare(stead_call *call, const char *sql);
/* Runs a statement whose rows say nothing; the code it ends with. */
int step_to_end(sqlite3_stmt *statement);
/* Did the authorizer leave out the statement's latest run? steps_before: the steps that its earlier runs took. */
bool is_left_out(sqlite3_stmt *statement, int steps_before);
/* Takes a statement's first step; in place of SQLITE_DONE it says LEFT_OUT, where that is so. */
int step_own(sqlite3_stmt *statement);
/* Runs SQL without parameters to its end, as sqlite3_exec() does. */
int run_text(sqlite3 *db, const char *sql);
/* What a PRAGMA gives. It takes no lock, as a call's query would. */
int64_t ask_number(stead_call *call, const char *sql);
/* Where this literal's plan is kept; NULL: it is not. */
plan *find_plan(connection *connection, const char *sql);
/* Keeps a plan. NULL: there is no memory for it, which is no error. */
plan *keep_plan(connection *connection, const char *sql, sqlite3_stmt *statement);
/* Ensures that the plans are dropped before the connection closes. */
int anchor(connection *connection);
void drop_plans(connection *connection);
/* Makes the host's own statements ready to be run. */
void prepare_own(stead_call *call);
/* Runs one of them; sets it back. */
int run_own(connection *connection, int which);
/* Makes ready again what rolls back after an interruption. */
void rearm(stead_call *call);

/* ---- authorizer.c ------------------------------------------------------------------------------------------------ */

/* Raises if a column of a table in that SQL would be left out. */
void ask_of_columns(stead_call *call, const char *sql);

/* ---- begin.c ----------------------------------------------------------------------------------------------------- */

/* Begins a writing call's transaction or savepoint, with the write lock; the code that this ended with. */
int begin_savepoint(frame *frame);
/* Keeps it (which may fail, as a commit may), or undoes it. */
void release_savepoint(frame *frame);
void undo_savepoint(frame *frame);
/* Begins another within a call, after one was released. False: another connection keeps the write lock too long. */
bool begin_again(frame *frame);
/* The same without the write lock, for what only reads. */
void begin_reading(frame *frame);

/* ---- write_statement.c ------------------------------------------------------------------------------------------- */

/* Refuses a call within a running write statement that could not undo it; judges one_statement's. */
_Noreturn void refuse_inside(stead_call *call);
void refuse_unless_undone(stead_call *call);

/* ---- upkeep.c ---------------------------------------------------------------------------------------------------- */

/* Tries to end the lease of a failed call, or one that an earlier call left. */
void end_lease(frame *frame);

#endif
