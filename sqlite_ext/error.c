/*
 * error.c - errors. They jump to the frame that SQLite called, which returns them to SQLite as the function's error.
 *
 * SQLite's own messages are passed on unchanged, except those about a missing table or column of Stead's.
 */
#include "host.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

SQLITE_EXTENSION_INIT1 /* in the lowest file of the host; load.c fills it in */

	/* Wrong contents of a row are reported as SQLITE_CORRUPT_VTAB. After a plain SQLITE_CORRUPT, SQLite would refuse
     * every later write in the transaction, and its COMMIT. */
	void
	stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint)
{
	static const int codes[] = {[STEAD_INVALID] = SQLITE_ERROR,        [STEAD_NOT_FOUND] = SQLITE_NOTFOUND,
	                            [STEAD_CONFLICT] = SQLITE_CONSTRAINT,  [STEAD_DENIED] = SQLITE_AUTH,
	                            [STEAD_UNSUPPORTED] = SQLITE_ERROR,    [STEAD_NOT_INITIALISED] = SQLITE_ERROR,
	                            [STEAD_READ_ONLY] = SQLITE_READONLY,   [STEAD_BUSY] = SQLITE_BUSY,
	                            [STEAD_CORRUPT] = SQLITE_CORRUPT_VTAB, [STEAD_INTERNAL] = SQLITE_INTERNAL};
	frame *frame = frame_of(call);

	frame->code = codes[error];
	/* the form in which psql shows an error and its hint */
	snprintf(frame->message, sizeof frame->message, hint ? "%s\nHINT:  %s" : "%s", message, hint);
	longjmp(frame->leave, 1);
}

void stead_raise_no_memory(stead_call *call)
{
	frame_of(call)->code = SQLITE_NOMEM;
	snprintf(frame_of(call)->message, sizeof frame_of(call)->message, "out of memory");
	longjmp(frame_of(call)->leave, 1);
}

bool is_there(stead_call *call, const char *table, const char *column)
{
	int code = sqlite3_table_column_metadata(frame_of(call)->connection->db, "main", table, column, NULL, NULL, NULL,
	                                         NULL, NULL);

	if (code != SQLITE_OK && code != SQLITE_ERROR)
		raise_sqlite(call, code);
	return code == SQLITE_OK;
}

bool is_initialised(stead_call *call)
{
	return is_there(call, "stead_schema", NULL);
}

bool is_missing(stead_call *call, const char *what)
{
	sqlite3 *db = frame_of(call)->connection->db;

	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
			int code = SQLITE_OK;

			if (strcmp(table->name, what) == 0 || strcmp(table->columns[i].name, what) == 0)
				code = sqlite3_table_column_metadata(db, "main", stead_format(call, "stead_%s", table->name),
				                                     table->columns[i].name, NULL, NULL, NULL, NULL, NULL);
			if (code == SQLITE_ERROR)
				return true;
			if (code != SQLITE_OK)
				raise_sqlite(call, code);
		}
	return false;
}

/* Raises Stead's own error if SQLite's message is about a missing table or column of Stead's. Any other message stays
 * as it is. So does every message in stead_init(), which makes what is missing. */
static void explain_missing(stead_call *call)
{
	static const char *const forms[] = {"no such table: main.stead_", "no such column: ", " has no column named "};
	frame *frame = frame_of(call);
	const char *name = NULL;

	for (int i = 0; i < STEAD_COUNT(forms) && !name; i++) {
		name = strstr(frame->message, forms[i]);
		if (name && i < 2 && name != frame->message)
			name = NULL;
		if (name)
			name = i ? strrchr(name, ' ') + 1 : name + strlen(forms[i]);
	}
	if (!name || strcmp(call->function->name, "init") == 0)
		return;
	if (strrchr(name, '.'))
		name = strrchr(name, '.') + 1;
	if (!is_initialised(call))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, "Run: SELECT stead_init();", "stead is not initialised");
	if (!is_missing(call, name))
		return;
	sqlite3_log(SQLITE_CORRUPT_VTAB, "stead_%s: %s", call->function->name, frame->message);
	stead_raise_hint(call, STEAD_CORRUPT, STEAD_MISSING_HINT, STEAD_MISSING, call->function->name);
}

void raise_sqlite(stead_call *call, int code)
{
	raise_message(call, code, sqlite3_errmsg(frame_of(call)->connection->db));
}

void raise_message(stead_call *call, int code, const char *message)
{
	frame *frame = frame_of(call);

	if ((code & 0xff) == SQLITE_NOMEM)
		stead_raise_no_memory(call);
	if (code == LEFT_OUT) {
		frame->connection->doubtful = true; /* SQLite does not say when the authorizer goes */
		stead_raise_hint(call, STEAD_DENIED,
		                 "The connection's authorizer answers SQLITE_IGNORE to a part of what the call does.",
		                 "not authorized");
	}
	if (code == SQLITE_READONLY)
		stead_raise_read_only(call, sqlite3_db_readonly(frame->connection->db, "main") == 1 ? READ_ONLY_DATABASE
		                                                                                    : READ_ONLY_CONNECTION);
	/* If the file is damaged, SQLite refuses later writes because of the failed statement within the call. If only a
	 * PREPARE failed, it must not. */
	frame->code = code == SQLITE_CORRUPT ? SQLITE_CORRUPT_VTAB : code;
	if (code == SQLITE_OK || code == SQLITE_ROW ||
	    code == SQLITE_DONE) /* not errors: SQLite would take the message for the result */
		frame->code = SQLITE_INTERNAL;
	snprintf(frame->message, sizeof frame->message, "%s", message);
	if (code == SQLITE_ERROR)
		explain_missing(call);
	longjmp(frame->leave, 1);
}
