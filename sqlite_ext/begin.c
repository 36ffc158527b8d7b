/*
 * begin.c - the transaction or savepoint that a writing call runs in: how it begins, is kept, and is undone.
 *
 * What undoes a failed call is prepared before the call begins.
 */
#include "begin.h"

const char *stead_read_only(stead_call *call)
{
	if (sqlite3_db_readonly(frame_of(call)->connection->db, "main") == 1)
		return READ_ONLY_DATABASE;
	return ask_number(call, "PRAGMA query_only") ? READ_ONLY_CONNECTION : NULL;
}

/* Takes the write lock before anything is read: after a read, SQLite may refuse it however long the call waits. */
static int take_lock(frame *frame)
{
	connection *connection = frame->connection;
	int code;

	if (!is_initialised(&frame->call))
		return SQLITE_DONE;
	if (!connection->own[OWN_LOCK])
		connection->own[OWN_LOCK] = prepare(&frame->call, "UPDATE main.stead_schema SET version = version WHERE 0");
	code = run_own(connection, OWN_LOCK);
	frame->locked_at = stead_now(&frame->call);
	return code;
}

/* Begins a transaction, or a savepoint in that of the application. An interruption may come after either was begun.
 * With a transaction that can be told. A savepoint left behind does no harm, as it ends with the transaction; but its
 * name must be nobody else's. */
static void begin_transaction(frame *frame)
{
	sqlite3 *db = frame->connection->db;
	int code, state;

	prepare_own(&frame->call);
	rearm(&frame->call);
	state = sqlite3_txn_state(db, NULL);
	frame->began = sqlite3_get_autocommit(db);
	/* a statement around the call that reads keeps its snapshot whatever we commit */
	frame->alone = frame->began && state == SQLITE_TXN_NONE;
	frame->executed = false;
	frame->changes = sqlite3_total_changes64(db);
	if (frame->began && state == SQLITE_TXN_WRITE)
		refuse_inside(&frame->call);
	code = run_own(frame->connection, frame->began ? OWN_BEGIN : OWN_SAVEPOINT);
	if (code == SQLITE_BUSY && !frame->began)
		refuse_inside(&frame->call);
	frame->savepoint = frame->began ? !sqlite3_get_autocommit(db) : code == SQLITE_DONE;
	if (code != SQLITE_DONE)
		raise_sqlite(&frame->call, code);
}

int begin_savepoint(frame *frame)
{
	begin_transaction(frame);
	return take_lock(frame);
}

void begin_reading(frame *frame)
{
	begin_transaction(frame);
	frame->cache = CACHE_UNSEEN;
}

bool begin_again(frame *frame)
{
	int code = begin_savepoint(frame);

	frame->refused = code != SQLITE_DONE;
	if (code == SQLITE_DONE) {
		frame->cache = CACHE_UNSEEN;
		return true;
	}
	if ((code & 0xff) != SQLITE_BUSY)
		raise_sqlite(&frame->call, code);
	undo_savepoint(frame);
	frame->savepoint = frame->started = false; /* a statement opened all the same begins yet another */
	return false;
}

/* An interrupted COMMIT may have committed all the same. A savepoint left unreleased does no harm. */
void release_savepoint(frame *frame)
{
	connection *connection = frame->connection;
	int code;

	if (!frame->savepoint)
		return;
	code = run_own(connection, frame->began ? OWN_COMMIT : OWN_RELEASE);
	if (code == SQLITE_INTERRUPT && (!frame->began || sqlite3_get_autocommit(connection->db))) {
		frame->interrupted = true;
		code = SQLITE_DONE;
	}
	if (code != SQLITE_DONE)
		raise_sqlite(&frame->call, code);
	connection->freed_at = stead_now(&frame->call);
	frame->savepoint = false;
}

/* An end to the transaction, come what may: what refuses ROLLBACK, an interruption, has SQLite itself roll back a
 * write. The second such is opening a value for writing: there is nothing to prepare, where what was prepared has
 * expired just now. Where an authorizer has ROLLBACK left out, the interruption is ours. */
static void roll_back(connection *connection)
{
	sqlite3 *db = connection->db;

	for (int i = 0; i < 100 && !sqlite3_get_autocommit(db); i++) {
		sqlite3_blob *value = NULL;
		int code = run_own(connection, OWN_ROLLBACK);

		if (code == LEFT_OUT)
			sqlite3_interrupt(db);
		if (code == SQLITE_DONE || sqlite3_get_autocommit(db) ||
		    (run_own(connection, OWN_INTERRUPTED), sqlite3_get_autocommit(db)))
			continue;
		sqlite3_blob_open(db, "main", "sqlite_master", "sql", 1, 1, &value);
		sqlite3_blob_close(value);
	}
}

/* Rolling back to a savepoint can itself fail, by an interruption or for want of memory. Then the whole transaction is
 * rolled back, as SQLite does when it cannot undo a statement: a half-done call must not be committed. The error may
 * also have ended the transaction already. */
void undo_savepoint(frame *frame)
{
	connection *connection = frame->connection;
	sqlite3 *db = connection->db;
	int code = SQLITE_INTERRUPT;

	if (sqlite3_get_autocommit(db))
		return;
	if (frame->began) {
		roll_back(connection);
		return;
	}
	for (int i = 0; i < 3 && code == SQLITE_INTERRUPT; i++)
		code = run_own(connection, OWN_ROLLBACK_TO);
	if (code == SQLITE_DONE ||
	    (code == SQLITE_INTERRUPT && !frame->executed && sqlite3_total_changes64(db) == frame->changes))
		run_own(connection, OWN_RELEASE);
	else
		roll_back(connection);
}
