/*
 * enter.c - how SQLite calls a function: the frame's beginning and end.
 *
 * Every entry makes a frame on its stack and sets a jump target there; an error anywhere below jumps to it. A writing
 * call wraps itself in a savepoint, so that a failed call changes nothing.
 */
#include "begin.h"
#include "enter.h"

#include <stdio.h>
#include <string.h>

static void close_all(frame *frame)
{
	while (frame->open)
		stead_close(frame->open);
}

/* Nothing may fail after the savepoint is released. Copying a text can fail for want of memory, so the copy for SQLite
 * is made first. */
void keep_result(frame *frame, stead_value *result)
{
	if (!frame->call.function->call || result->null || result->type < STEAD_TEXT || result->type == STEAD_TIME ||
	    frame->result)
		return;
	frame->result = sqlite3_malloc64(result->size + 1);
	if (!frame->result)
		stead_raise_no_memory(&frame->call);
	memcpy(frame->result, result->data, result->size);
	frame->result[result->size] = 0;
	result->data = frame->result;
}

/* Not in a transaction of the application's, where it would have to be known whether a write statement runs. */
bool stead_alone_begins(stead_call *call, stead_value *result)
{
	frame *frame = frame_of(call);

	if (frame->started || frame->inside || sqlite3_txn_state(frame->connection->db, NULL) == SQLITE_TXN_WRITE)
		return false;
	keep_result(frame, result);
	return frame->single = true;
}

void stead_alone_ends(stead_call *call)
{
	frame *frame = frame_of(call);

	frame->single = frame->started = false;
}

/* If a write is interrupted, or memory or disk space runs out, the application's transaction is rolled back as well: by
 * SQLite, or by undo_savepoint(). */
static void say_what_is_lost(frame *frame)
{
	size_t size = strlen(frame->message);

	if (frame->inside && sqlite3_get_autocommit(frame->connection->db) && frame->code != SQLITE_NOMEM)
		snprintf(frame->message + size, sizeof frame->message - size, "%s",
		         "\nHINT:  The whole transaction was rolled back, with what was done in it before.");
}

/* A trigger may call the function that fires it. SQLite limits the depth of triggers within a statement, but not of
 * statements within functions. Without a limit they would exhaust the stack. */
static void enter(frame *frame)
{
	if (++frame->connection->nested > MOST_NESTED)
		stead_raise_hint(&frame->call, STEAD_UNSUPPORTED,
		                 "Look for a trigger that calls what fires it: it has to end somewhere.",
		                 "stead_%s: more than %d calls within one another", frame->call.function->name, MOST_NESTED);
	if (frame->connection->doubtful && frame->connection->nested == 1)
		drop_doubtful_plans(frame->connection);
}

static bool leave(frame *frame, bool good)
{
	frame->connection->nested--;
	return good;
}

bool frame_run(frame *frame, const binding *binding, int count, sqlite3_value **values, row_set *emitted,
               stead_value *result)
{
	stead_value given[STEAD_MAX_ARGS];
	const stead_function *function = binding->function;
	stead_call *call = &frame->call;

	/* not one big initialiser: the message buffer need not be cleared on every call */
	frame->call = (stead_call){.function = function};
	frame->connection = binding->connection;
	frame->code = SQLITE_OK;
	frame->memory = (arena){.first = frame->first, .first_left = sizeof frame->first};
	frame->deferred = NULL;
	frame->result = NULL;
	frame->open = NULL;
	frame->emitted = emitted;
	frame->single = false;
	frame->savepoint = frame->started = frame->leased = frame->executed = frame->interrupted = frame->refused = false;
	frame->inside = !sqlite3_get_autocommit(frame->connection->db);
	frame->stream.make = NULL;
	frame->stream.making = false;
	frame->stream.other = (arena){0};
	frame->cache = CACHE_UNSEEN;
	frame->shared = false;
	frame->rowid = sqlite3_last_insert_rowid(frame->connection->db);
	if (setjmp(frame->leave)) {
		close_all(frame);
		sqlite3_free(frame->result);
		if (frame->savepoint)
			undo_savepoint(frame);
		end_lease(frame);
		say_what_is_lost(frame);
		return leave(frame, false);
	}
	enter(frame);
	for (int i = 0; i < count; i++)
		given[i] = read_argument(call, &function->args[i], values[i]);
	*result = stead_invoke(call, given, count);
	if (!frame->stream.make && function->effect == STEAD_WRITES) /* else the result may point to what is open */
		close_all(frame);
	if (frame->savepoint)
		keep_result(frame, result);
	release_savepoint(frame);
	return leave(frame, true);
}

/* While a row is made, the call uses the memory of the row. */
static void exchange_memory(frame *frame)
{
	arena memory = frame->memory;

	frame->memory = frame->stream.other;
	frame->stream.other = memory;
}

bool frame_step(frame *frame, stead_value *values, bool *more)
{
	stream *stream = &frame->stream;

	if (setjmp(frame->leave)) {
		close_all(frame);
		return false;
	}
	while (frame->open && frame->open->of_row)
		stead_close(frame->open);
	stead_release_deferred(&frame->deferred, stream->deferred);
	if (stream->other.blocks)
		arena_reset(&stream->other);
	exchange_memory(frame);
	stream->making = true;
	*more = stream->make(&frame->call, stream->state, values);
	stream->making = false;
	exchange_memory(frame);
	return true;
}

void frame_end(frame *frame)
{
	close_all(frame);
	if (frame->call.function->effect == STEAD_WRITES) /* the application's last_insert_rowid() is not ours to change */
		sqlite3_set_last_insert_rowid(frame->connection->db, frame->rowid);
	stead_release_deferred(&frame->deferred, NULL);
	arena_release(&frame->memory);
	arena_release(&frame->stream.other);
}

void call_scalar(sqlite3_context *context, int count, sqlite3_value **values)
{
	frame frame;
	stead_value result;

	if (frame_run(&frame, sqlite3_user_data(context), count, values, NULL, &result)) {
		if (frame.result && result.type == STEAD_BYTES)
			sqlite3_result_blob64(context, frame.result, result.size, sqlite3_free);
		else if (frame.result) /* NUL-terminated, as SQLite is told: reading it needs no copy */
			sqlite3_result_text(context, frame.result, -1, sqlite3_free);
		else
			result_value(context, result);
	} else if (frame.code == SQLITE_NOMEM)
		sqlite3_result_error_nomem(context);
	else {
		sqlite3_result_error(context, frame.message, -1);
		sqlite3_result_error_code(context, frame.code);
	}
	frame_end(&frame);
}
