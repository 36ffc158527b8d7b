/*
 * attempt.c - work that may fail: a savepoint, and the one place that catches an error instead of letting it leave.
 */
#include "begin.h"

#include <string.h>

/* The inner frame is this one with another jump target. Errors that cannot be undone, or that must end the call, go on
 * to the outer one. */
const char *stead_attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	frame *frame = frame_of(call);
	sqlite3 *db = frame->connection->db;
	stead_rows *open;
	jmp_buf outer;
	int code;

	begin_query(call);
	open = frame->open;
	code = run_text(db, "SAVEPOINT stead_attempt");
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	memcpy(outer, frame->leave, sizeof outer);
	if (setjmp(frame->leave)) {
		int cause = frame->code & 0xff;

		memcpy(frame->leave, outer, sizeof outer);
		while (frame->open != open)
			stead_close(frame->open);
		if (cause == SQLITE_NOMEM || cause == SQLITE_INTERRUPT || cause == SQLITE_IOERR || cause == SQLITE_FULL ||
		    sqlite3_get_autocommit(db) || run_text(db, "ROLLBACK TO stead_attempt; RELEASE stead_attempt") != SQLITE_OK)
			longjmp(frame->leave, 1);
		return stead_format(call, "%s", frame->message);
	}
	work(call, data);
	memcpy(frame->leave, outer, sizeof outer);
	while (frame->open != open)
		stead_close(frame->open);
	code = run_text(db, "RELEASE stead_attempt");
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	return NULL;
}
