/*
 * plan.c - the statements that a connection keeps: plans, found by the address of their SQL literal, and the host's
 * own. An eponymous table's xDisconnect (rows.c) frees them: sqlite3_close() calls it before it looks for open
 * statements.
 */
#include "begin.h"

#include <stdio.h>
#include <string.h>

sqlite3_stmt *prepare(stead_call *call, const char *sql)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);

	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	return statement;
}

/* After sqlite3_interrupt(), SQLite refuses every statement, even ROLLBACK, until the outermost one ends. But when it
 * interrupts a statement that writes, it rolls back itself. This is such a statement; without an interruption it only
 * fails. It must be prepared again in time: if it has expired, SQLite would parse it again, and the parser is
 * interrupted too. */
void rearm(stead_call *call)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt *fresh = prepare(call, "BEGIN IMMEDIATE");

	sqlite3_finalize(connection->own[OWN_INTERRUPTED]);
	connection->own[OWN_INTERRUPTED] = fresh;
}

/* Makes SQLite connect an eponymous table, whose xDisconnect will free the plans. An application's table can hide one
 * by its name, so it tries one after the other. */
int anchor(connection *connection)
{
	for (const stead_function *function = NULL; !connection->anchored && (function = stead_next_function(function));) {
		sqlite3_stmt *statement;
		char sql[120];
		int code;

		if (!function->rows)
			continue;
		snprintf(sql, sizeof sql, "SELECT 1 FROM stead_%s", function->name);
		code = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);
		sqlite3_finalize(statement);
		if (code != SQLITE_OK)
			return code;
	}
	return connection->anchored ? SQLITE_OK : LEFT_OUT; /* nothing else prevents that */
}

static void forget(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
	*statement = NULL;
}

static void drop_kept(connection *connection)
{
	for (int i = 0; i < PLAN_CHAINS; i++)
		for (plan **link = &connection->plans[i]; *link;) {
			plan *gone = *link;

			if (gone->busy) {
				link = &gone->next;
				continue;
			}
			*link = gone->next;
			sqlite3_finalize(gone->statement);
			sqlite3_free(gone);
		}
	forget(&connection->generation);
}

void drop_plans(connection *connection)
{
	drop_kept(connection);
	for (int i = 0; i < OWN_STATEMENTS; i++)
		forget(&connection->own[i]);
	connection->anchored = false;
}

/* What a transaction needs may be in use by the call of an open table function: prepare_own() replaces it. */
void drop_doubtful_plans(connection *connection)
{
	drop_kept(connection);
	for (int i = OWN_LOCK; i < OWN_STATEMENTS; i++)
		if (i != OWN_INTERRUPTED)
			forget(&connection->own[i]);
	memset(connection->judged, 0, sizeof connection->judged);
	connection->functions_judged = connection->doubtful = false;
	connection->own_doubtful = true;
}

static plan **chain_of(connection *connection, const char *sql)
{
	return &connection->plans[(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15) >> 40 & (PLAN_CHAINS - 1)];
}

plan *find_plan(connection *connection, const char *sql, int form)
{
	plan *plan = *chain_of(connection, sql);

	while (plan && (plan->sql != sql || plan->form != form))
		plan = plan->next;
	return plan;
}

plan *keep_plan(connection *connection, const char *sql, int form, sqlite3_stmt *statement)
{
	plan **chain = chain_of(connection, sql), *kept = sqlite3_malloc64(sizeof *kept);
	plan filled = {.sql = sql, .statement = statement, .form = form, .next = *chain};

	if (kept)
		*chain = memcpy(kept, &filled, sizeof *kept);
	return kept;
}

/* With PRAGMA count_changes, the statement gives a row, which is ignored. */
int step_to_end(sqlite3_stmt *statement)
{
	int code;

	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW);
	return code;
}

/* The steps of a program without a body: Init, Goto, Halt. Before version 3.40, SQLite does not count the last. */
static unsigned steps_of_nothing(void)
{
	return sqlite3_libversion_number() < 3040000 ? 2 : 3;
}

/* See authorizer.c. The steps do not show it for BEGIN, COMMIT, ROLLBACK and PRAGMA: there, the state afterwards
 * does. */
bool is_left_out(sqlite3_stmt *statement, int steps_before)
{
	return !sqlite3_stmt_isexplain(statement) && /* which runs no program */
	       sqlite3_strnicmp(sqlite3_sql(statement), "PRAGMA", 6) != 0 &&
	       (unsigned)sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0) - (unsigned)steps_before <=
	           steps_of_nothing();
}

int step_own(sqlite3_stmt *statement)
{
	int before = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0), code = sqlite3_step(statement);

	return code == SQLITE_DONE && is_left_out(statement, before) ? LEFT_OUT : code;
}

int run_text(sqlite3 *db, const char *sql)
{
	int code = SQLITE_OK;

	while (*sql && code == SQLITE_OK) {
		sqlite3_stmt *statement;

		code = sqlite3_prepare_v2(db, sql, -1, &statement, &sql);
		if (code != SQLITE_OK || !statement)
			continue;
		code = step_to_end(statement);
		code = code != SQLITE_DONE ? code : is_left_out(statement, 0) ? LEFT_OUT : SQLITE_OK;
		sqlite3_finalize(statement);
	}
	return code;
}

/* The application's progress handler can interrupt any statement: SQLite calls it after every N steps, counted over all
 * runs of the statement. So the count is reset before each run. None of our statements takes as many steps as a
 * sensible N. */
int run_own(connection *connection, int which)
{
	sqlite3_stmt *statement = connection->own[which];
	int code;

	if (!statement)
		return SQLITE_MISUSE;
	sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
	code = step_to_end(statement);
	if (code == SQLITE_DONE && (which <= OWN_ROLLBACK ? sqlite3_get_autocommit(connection->db) == (which == OWN_BEGIN)
	                                                  : is_left_out(statement, 0)))
		code = LEFT_OUT;
	connection->doubtful |= code == LEFT_OUT;
	sqlite3_reset(statement);
	return code;
}

bool has_operation(stead_call *call, const char *sql, const char *wanted)
{
	sqlite3_stmt *program = prepare(call, stead_format(call, "EXPLAIN %s", sql));
	bool found = false;
	int code;

	while (!found && (code = sqlite3_step(program)) == SQLITE_ROW) {
		const char *operation = (const char *)sqlite3_column_text(program, 1);

		if (!operation) {
			code = SQLITE_NOMEM;
			break;
		}
		found = strcmp(operation, wanted) == 0;
	}
	sqlite3_finalize(program);
	if (!found && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return found;
}

void prepare_own(stead_call *call)
{
	static const char *const sql[] = {[OWN_BEGIN] = "BEGIN",
	                                  [OWN_COMMIT] = "COMMIT",
	                                  [OWN_ROLLBACK] = "ROLLBACK",
	                                  [OWN_SAVEPOINT] = "SAVEPOINT \"a call of Stead's\"",
	                                  [OWN_RELEASE] = "RELEASE \"a call of Stead's\"",
	                                  [OWN_ROLLBACK_TO] = "ROLLBACK TO \"a call of Stead's\""};
	connection *connection = frame_of(call)->connection;
	int code = connection->anchored ? SQLITE_OK : anchor(connection);

	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	for (int i = 0; i <= OWN_ROLLBACK_TO; i++)
		if (!connection->own[i] || connection->own_doubtful) {
			sqlite3_stmt *fresh;

			if (!has_operation(call, sql[i], i <= OWN_ROLLBACK ? "AutoCommit" : "Savepoint"))
				raise_sqlite(call, LEFT_OUT); /* it must show before the statement is needed */
			fresh = prepare(call, sql[i]);
			sqlite3_finalize(connection->own[i]);
			connection->own[i] = fresh;
		}
	connection->own_doubtful = false;
}

int64_t ask_number(stead_call *call, const char *sql)
{
	sqlite3_stmt *statement = prepare(call, sql);
	int code = sqlite3_step(statement);
	int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

	sqlite3_finalize(statement);
	if (code != SQLITE_ROW)
		raise_sqlite(call, code == SQLITE_DONE ? LEFT_OUT : code);
	return value;
}

int64_t stead_schema_version(stead_call *call)
{
	sqlite3_stmt *statement;
	int64_t version;
	int code;

	if (!is_initialised(call))
		return 0;
	/* not a query of the call: the first query of a writer takes the write lock, and stead_init() may have nothing to
	 * write */
	statement = prepare(call, "SELECT version FROM main.stead_schema");
	code = step_own(statement);
	version = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return version;
}
