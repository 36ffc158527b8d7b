/*
 * write_statement.c - calls that come from within a running INSERT, UPDATE or DELETE.
 *
 * There SQLite has no savepoint for a call, and such a statement need not be able to undo what a call does within it:
 * one that changes a single row, and has no triggers, keeps no journal of its own, so that the call's work stays in the
 * transaction though the statement fails. With triggers it may change many rows, and calling a function it may fail:
 * then it keeps one. So a call of a single write is let through where there are triggers, which are temporary ones:
 * others cannot call it. Whether there are is not to be asked of a statement, but its program shows it.
 */
#include "begin.h"

#include <string.h>

_Noreturn void refuse_inside(stead_call *call)
{
	stead_raise_hint(call, STEAD_UNSUPPORTED,
	                 "Call it in a SELECT of its own, and read an INSERT ... RETURNING to its end first.",
	                 "stead_%s: cannot run inside an INSERT, UPDATE or DELETE", call->function->name);
}

/* Where a statement begins: SQLite's text of it has the semicolons and comments before it, too. */
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

/* Does this statement have triggers? */
static bool has_triggers(stead_call *call, sqlite3_stmt *statement)
{
	const char *sql = sqlite3_sql(statement);
	sqlite3_stmt *program;
	bool found = false;
	int code;

	if (!sql)
		return false;
	program = prepare(call, stead_format(call, "EXPLAIN %s", beginning(sql)));
	while (!found && (code = sqlite3_step(program)) == SQLITE_ROW) {
		const char *operation = (const char *)sqlite3_column_text(program, 1);

		if (!operation) {
			code = SQLITE_NOMEM;
			break;
		}
		found = strcmp(operation, "Program") == 0;
	}
	sqlite3_finalize(program);
	if (!found && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return found;
}

/* Without a transaction of the application's only such a statement can have begun to write. Within one SQLite tells, if
 * asked for a savepoint; none is kept, as it would cost more than the call. */
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
	run_own(frame->connection, OWN_RELEASE); /* interrupted, it stays, to no harm */
	return false;
}

void refuse_unless_undone(stead_call *call)
{
	frame *frame = frame_of(call);
	sqlite3_stmt *statement = NULL;

	if (!is_inside(frame))
		return;
	while ((statement = sqlite3_next_stmt(frame->connection->db, statement)))
		if (sqlite3_stmt_busy(statement) && !sqlite3_stmt_readonly(statement) && !has_triggers(call, statement))
			refuse_inside(call);
}
