/*
 * begin.h - transactions and savepoints of calls, and the statements that a connection keeps: begin.c, plan.c,
 * write_statement.c; and the lease that upkeep.c may leave behind.
 */
#ifndef STEAD_SQLITE_BEGIN_H
#define STEAD_SQLITE_BEGIN_H

#include "host.h"

/* ---- plan.c ------------------------------------------------------------------------------------------------------ */

sqlite3_stmt *prepare(stead_call *call, const char *sql);
/* Runs a statement to its end and ignores its rows. Returns the code it ended with. */
int step_to_end(sqlite3_stmt *statement);
/* Did the authorizer leave out the statement's latest run? steps_before: the steps taken by all runs before it. */
bool is_left_out(sqlite3_stmt *statement, int steps_before);
/* Takes a statement's first step. Returns LEFT_OUT instead of SQLITE_DONE if the authorizer left the run out. */
int step_own(sqlite3_stmt *statement);
/* Runs SQL without parameters to its end, as sqlite3_exec() does. */
int run_text(sqlite3 *db, const char *sql);
/* The number that a PRAGMA returns. Takes no lock, unlike a query of the call. */
int64_t ask_number(stead_call *call, const char *sql);
/* The kept plan of this literal, or NULL. */
plan *find_plan(connection *connection, const char *sql, int form);
/* Keeps a plan. NULL: there is no memory for it, which is not an error. */
plan *keep_plan(connection *connection, const char *sql, int form, sqlite3_stmt *statement);
/* Ensures that the plans are dropped before the connection closes. */
int anchor(connection *connection);
void drop_plans(connection *connection);
/* Drops what an authorizer may have made do less than it says. */
void drop_doubtful_plans(connection *connection);
/* Does the program that SQLite makes of this SQL have such an operation? */
bool has_operation(stead_call *call, const char *sql, const char *wanted);
/* Prepares the host's own statements. */
void prepare_own(stead_call *call);
/* Runs one of them and resets it. */
int run_own(connection *connection, int which);
/* Prepares the statement again that rolls back after an interruption. */
void rearm(stead_call *call);

/* ---- authorizer.c ------------------------------------------------------------------------------------------------ */

/* Steps a statement that reads nothing; which: its place among the host's own, one for each use. *again: SQLite has
 * prepared it since it was last stepped, as it does with every statement after an authorizer or a flag was set. Returns
 * the code of the step. */
int step_canary(stead_call *call, int which, bool *again);
/* Raises if the authorizer leaves out a column of a table in that SQL. */
void ask_of_columns(stead_call *call, const char *sql);
/* The same before a kept statement runs again, if an authorizer may have been set since. */
void ask_if_expired(stead_call *call, sqlite3_stmt *statement, const char *sql);
/* Raises if it leaves out one of these columns, which have declared types; the names are quoted. */
void ask_of_table(stead_call *call, const char *name, int count, const char *const *columns);

/* ---- begin.c ----------------------------------------------------------------------------------------------------- */

/* Begins a writing call's transaction or savepoint and takes the write lock. Returns SQLITE_DONE or the error. */
int begin_savepoint(frame *frame);
/* Releases it (which may fail, as a commit may), or undoes it. */
void release_savepoint(frame *frame);
void undo_savepoint(frame *frame);
/* Begins another one within the same call, after the first was released. False: another connection holds the write lock
 * for too long. */
bool begin_again(frame *frame);
/* The same without the write lock, for what only reads. */
void begin_reading(frame *frame);

/* ---- write_statement.c ------------------------------------------------------------------------------------------- */

/* Raises: the call runs within a write statement that could not undo it. */
_Noreturn void refuse_inside(stead_call *call);
/* Does the call run within a write statement? Raises if that could not undo a call of one statement. */
bool is_within_write(stead_call *call);

/* ---- upkeep.c ---------------------------------------------------------------------------------------------------- */

/* Tries to end the lease of a failed call, or a lease that an earlier call left behind. */
void end_lease(frame *frame);

#endif
