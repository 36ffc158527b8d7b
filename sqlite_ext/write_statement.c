/*
 * write_statement.c - calls from within a running INSERT, UPDATE or DELETE.
 *
 * There SQLite gives a call no savepoint, and the statement may be unable to undo the call. A statement that changes a
 * single row and has no triggers keeps no statement journal: if it fails, what the call wrote stays in the transaction.
 * A statement with triggers may change many rows, and may fail because it calls a function, so it keeps a journal.
 * Therefore a function with a single write is allowed if the statement has triggers. These are temporary ones: other
 * triggers cannot call it. SQLite does not say whether a statement has triggers, but its program shows it.
 */
#include "begin.h"

#include <string.h>

_Noreturn void refuse_inside(stead_call *call)
{
	stead_raise_hint(call, STEAD_UNSUPPORTED,
	                 "Call it in a SELECT of its own, and read an INSERT ... RETURNING to its end first.",
	                 "stead_%s: cannot run inside an INSERT, UPDATE or DELETE", call->function->name);
}

/* Where a statement begins: its text also has the semicolons and comments before it. */
static const char *beginning(const char *sql)
{
	for (;;) {
		const char *before = sql;

		sql += strspn(sql, " \t\r\n\f;");
		if (strncmp(sql, "--", 2) == 0)
			sql += strcspn(sql, "\n");
		else if (strncmp(sql, "/*", 2) == 0) {
			const char *end = strstr(sql + 2, "*/");

			sql = end ? end + 2 : sql + strlen(sql);
		}
		if (sql == before)
			return sql;
	}
}

static bool has_triggers(stead_call *call, sqlite3_stmt *statement)
{
	const char *sql = sqlite3_sql(statement);

	return sql && has_operation(call, beginning(sql), "Program");
}

/* Does the call come from within a write statement? Outside a transaction of the application's, only such a statement
 * can have begun to write. Within one, SQLite refuses a savepoint if such a statement runs. The savepoint is released
 * at once: keeping it would cost more than the call. */
static bool is_inside(frame *frame)
{
	int code;

	if (sqlite3_txn_state(frame->connection->db, NULL) != SQLITE_TXN_WRITE)
		return false;
	if (!frame->inside)
		return true;
	prepare_own(&frame->call);
	code = run_own(frame->connection, OWN_SAVEPOINT);
	if (code == SQLITE_BUSY)
		return true;
	if (code != SQLITE_DONE)
		raise_sqlite(&frame->call, code);
	run_own(frame->connection, OWN_RELEASE); /* if that is interrupted, the savepoint stays, which is harmless */
	return false;
}

bool is_within_write(stead_call *call)
{
	frame *frame = frame_of(call);
	sqlite3_stmt *statement = NULL;

	if (!is_inside(frame))
		return false;
	while ((statement = sqlite3_next_stmt(frame->connection->db, statement)))
		if (sqlite3_stmt_busy(statement) && !sqlite3_stmt_readonly(statement) && !has_triggers(call, statement))
			refuse_inside(call);
	return true;
}
