/*
 * attempt.c - work that may fail: a savepoint, and the one file that catches errors instead of letting them leave.
 */
#include "begin.h"

#include <string.h>

/* The inner frame is this one with another jump target. Errors that cannot be undone, or that must end the call, go on
 * to the outer one. */
static const char *attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data, bool may_be_full)
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
		if (cause == SQLITE_NOMEM || cause == SQLITE_INTERRUPT || cause == SQLITE_IOERR ||
		    (cause == SQLITE_FULL && !may_be_full) || sqlite3_get_autocommit(db) ||
		    run_text(db, "ROLLBACK TO stead_attempt; RELEASE stead_attempt") != SQLITE_OK)
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

const char *stead_attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	return attempt(call, work, data, false);
}

typedef struct {
	bool (*due)(stead_call *call);
	void (*work)(stead_call *call, void *nothing);
} follow_up;

static void work_if_due(stead_call *call, void *data)
{
	follow_up *follow_up = data;

	if (follow_up->due(call))
		follow_up->work(call, NULL);
}

/* A call of one statement has a savepoint now and then: see start(). Without one, what fails could not be undone, and
 * want of memory within a running statement fails that as well. */
void stead_follow_up(stead_call *call, bool (*due)(stead_call *call), void (*work)(stead_call *call, void *nothing))
{
	follow_up follow_up = {due, work};

	if (frame_of(call)->savepoint)
		attempt(call, work_if_due, &follow_up, true);
}
