/*
 * begin.c - the transaction or savepoint of a writing call: beginning it, releasing it, rolling it back.
 *
 * What is needed to roll back is prepared before the call begins.
 */
#include "begin.h"

const char *stead_read_only(stead_call *call)
{
	if (sqlite3_db_readonly(frame_of(call)->connection->db, "main") == 1)
		return READ_ONLY_DATABASE;
	return ask_number(call, "PRAGMA query_only") ? READ_ONLY_CONNECTION : NULL;
}

/* Takes the write lock before the first read: after a read, SQLite may refuse the lock however long the call waits. By
 * the same statement, raises if a later library has upgraded the tables. */
static int take_lock(frame *frame)
{
	connection *connection = frame->connection;
	sqlite3_int64 changed;
	int code;

	if (!is_initialised(&frame->call))
		return SQLITE_DONE;
	if (!connection->own[OWN_LOCK])
		connection->own[OWN_LOCK] =
			prepare(&frame->call,
		            stead_format(&frame->call, "UPDATE main.stead_schema SET version = version WHERE version > %d",
		                         STEAD_VERSION_SCHEMA));
	changed = sqlite3_total_changes64(connection->db);
	code = run_own(connection, OWN_LOCK);
	if (code == SQLITE_DONE && sqlite3_total_changes64(connection->db) > changed)
		stead_refuse_newer(&frame->call, stead_schema_version(&frame->call));
	frame->locked_at = stead_now(&frame->call);
	return code;
}

/* Begins a transaction, or a savepoint in the application's transaction. It may be interrupted after it has begun
 * either. For a transaction, autocommit shows that. A savepoint left behind is harmless, as it ends with the
 * transaction; but no application may use its name. */
static void begin_transaction(frame *frame)
{
	sqlite3 *db = frame->connection->db;
	int code, state;

	prepare_own(&frame->call);
	rearm(&frame->call);
	state = sqlite3_txn_state(db, NULL);
	frame->began = sqlite3_get_autocommit(db);
	/* a reading statement around the call keeps its snapshot, whatever we commit */
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
	/* if the call opens a statement all the same, that begins a new transaction */
	frame->savepoint = frame->started = false;
	return false;
}

/* An interrupted COMMIT may have committed all the same. A savepoint that was not released is harmless. */
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

/* Ends the transaction in any case. An interruption makes SQLite refuse ROLLBACK; but when it interrupts a write,
 * SQLite rolls back itself. So a write is started to be interrupted: first a kept statement, then, in case that has
 * just expired, the opening of a value for writing, which needs no preparing. If an authorizer leaves ROLLBACK out, we
 * interrupt ourselves. */
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

/* Rolling back to a savepoint can itself fail, because of an interruption or for want of memory. Then the whole
 * transaction is rolled back, as SQLite does when it cannot undo a statement: a half-done call must not be committed.
 * The error may also have ended the transaction already. */
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
