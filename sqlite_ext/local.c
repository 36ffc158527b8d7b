/*
 * local.c - what a transaction knows: see core/local.h. SQLite tells a virtual table that was written to when its
 * transaction ends or a savepoint is rolled back. So there is a table that nobody can write to but this file, and which
 * has no rows.
 */
#include "begin.h"
#include "enter.h"

#include <string.h>

#include "core/local.h"

#define NAME "stead_transaction"

typedef struct {
	sqlite3_vtab base;
	connection *connection;
} table;

/* What the transaction knew when a savepoint began. */
struct known_at {
	int savepoint;
	char *text;
	struct known_at *outer;
};

static connection *connection_of(sqlite3_vtab *base)
{
	return ((table *)base)->connection;
}

/* Forgets the savepoints from this one inwards. */
static void forget_from(transaction_local *local, int savepoint)
{
	while (local->savepoints && local->savepoints->savepoint >= savepoint) {
		struct known_at *inner = local->savepoints;

		local->savepoints = inner->outer;
		sqlite3_free(inner->text);
		sqlite3_free(inner);
	}
}

/* SQLite ends the transaction before it closes the connection. */
static void local_clear(connection *connection)
{
	transaction_local *local = &connection->local;

	forget_from(local, -1);
	sqlite3_free(local->text);
	local->text = NULL;
	local->stored = local->synced = false;
}

static int table_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error)
{
	int code = sqlite3_declare_vtab(db, "CREATE TABLE x(y)");
	table *self;

	(void)argc, (void)argv, (void)error;
	if (code != SQLITE_OK)
		return code;
	sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
	self = sqlite3_malloc64(sizeof *self);
	if (!self)
		return SQLITE_NOMEM;
	*self = (table){.connection = aux};
	self->connection->references++;
	*out = &self->base;
	return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *base)
{
	connection_release(connection_of(base));
	sqlite3_free(base);
	return SQLITE_OK;
}

static int table_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	(void)base;
	info->estimatedCost = 1;
	return SQLITE_OK;
}

static int table_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	(void)base;
	*out = sqlite3_malloc64(sizeof **out);
	return *out ? SQLITE_OK : SQLITE_NOMEM;
}

static int table_close(sqlite3_vtab_cursor *cursor)
{
	sqlite3_free(cursor);
	return SQLITE_OK;
}

static int table_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int count, sqlite3_value **values)
{
	(void)cursor, (void)number, (void)text, (void)count, (void)values;
	return SQLITE_OK;
}

static int table_next(sqlite3_vtab_cursor *cursor)
{
	(void)cursor;
	return SQLITE_OK;
}

static int table_eof(sqlite3_vtab_cursor *cursor)
{
	(void)cursor;
	return 1;
}

static int table_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int index)
{
	(void)cursor, (void)index;
	sqlite3_result_null(context);
	return SQLITE_OK;
}

static int table_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
	(void)cursor;
	*rowid = 0;
	return SQLITE_OK;
}

static int table_update(sqlite3_vtab *base, int count, sqlite3_value **values, sqlite3_int64 *rowid)
{
	transaction_local *local = &connection_of(base)->local;
	char *text = NULL;

	(void)count, (void)values;
	if (!local->setting) {
		base->zErrMsg = sqlite3_mprintf("table " NAME " may not be modified");
		return SQLITE_ERROR;
	}
	if (local->next && !(text = sqlite3_mprintf("%s", local->next)))
		return SQLITE_NOMEM;
	sqlite3_free(local->text);
	local->text = text;
	local->setting = false;
	*rowid = 0;
	return SQLITE_OK;
}

static int table_begin(sqlite3_vtab *base)
{
	local_clear(connection_of(base));
	connection_of(base)->local.first = 0;
	connection_of(base)->local.begun = true;
	return SQLITE_OK;
}

/* What triggers could read of the transaction is never committed. The application may have made the connection
 * read-only since then, which keeps no transaction from being committed. */
static int table_sync(sqlite3_vtab *base)
{
	static const char forget[] = "DELETE FROM main.stead_local WHERE id = 1";
	transaction_local *local = &connection_of(base)->local;
	sqlite3 *db = connection_of(base)->db;
	int code = local->stored ? run_text(db, forget) : SQLITE_OK, again;

	if ((code & 0xff) == SQLITE_READONLY && run_text(db, "PRAGMA query_only = OFF") == SQLITE_OK) {
		code = run_text(db, forget);
		again = run_text(db, "PRAGMA query_only = ON");
		code = code == SQLITE_OK ? again : code;
	}
	local->synced = local->stored;
	return code;
}

/* A COMMIT that fails because others read goes on with the transaction, and nobody is told of it. So from then on each
 * savepoint, as a statement with triggers begins one, stores again what was deleted: also one that is undone with its
 * statement. */
static int store_again(connection *connection)
{
	transaction_local *local = &connection->local;
	char *sql;
	int code;

	if (!local->synced || !local->text)
		return SQLITE_OK;
	sql = sqlite3_mprintf("INSERT OR REPLACE INTO main.stead_local (id, value) VALUES (1, %Q)", local->text);
	if (!sql)
		return SQLITE_NOMEM;
	local->synced = false; /* the INSERT may begin one, too */
	code = run_text(connection->db, sql);
	local->synced = true;
	sqlite3_free(sql);
	return code;
}

static int table_end(sqlite3_vtab *base)
{
	local_clear(connection_of(base));
	return SQLITE_OK;
}

static int remember(transaction_local *local, int savepoint)
{
	struct known_at *made = sqlite3_malloc64(sizeof *made);

	if (local->begun)
		local->first = savepoint;
	local->begun = false;
	if (!made)
		return SQLITE_NOMEM;
	*made = (struct known_at){.savepoint = savepoint};
	if (local->text && !(made->text = sqlite3_mprintf("%s", local->text))) {
		sqlite3_free(made);
		return SQLITE_NOMEM;
	}
	forget_from(local, savepoint);
	made->outer = local->savepoints;
	local->savepoints = made;
	return SQLITE_OK;
}

static int table_savepoint(sqlite3_vtab *base, int savepoint)
{
	int code = store_again(connection_of(base));

	return code == SQLITE_OK ? remember(&connection_of(base)->local, savepoint) : code;
}

static int table_release(sqlite3_vtab *base, int savepoint)
{
	transaction_local *local = &connection_of(base)->local;

	forget_from(local, savepoint);
	if (savepoint < local->first)
		local->first = savepoint;
	return SQLITE_OK;
}

/* The savepoint stays, and may be rolled back again. One that began before the table was written to is not in the list:
 * then the transaction knew nothing. Nor is one that SQLite could not begin for want of memory: since then nothing has
 * changed. */
static int table_rollback_to(sqlite3_vtab *base, int savepoint)
{
	transaction_local *local = &connection_of(base)->local;
	struct known_at *at = local->savepoints;

	while (at && at->savepoint > savepoint)
		at = at->outer;
	if ((!at || at->savepoint != savepoint) && savepoint >= local->first)
		return SQLITE_OK;
	sqlite3_free(local->text);
	local->text = NULL;
	if (at && at->savepoint == savepoint) {
		local->text = at->text;
		at->text = NULL;
	}
	return remember(local, savepoint);
}

int register_local(connection *connection)
{
	static const sqlite3_module methods = {
		.iVersion = 2,
		.xConnect = table_connect,
		.xBestIndex = table_best_index,
		.xDisconnect = table_disconnect,
		.xOpen = table_open,
		.xClose = table_close,
		.xFilter = table_filter,
		.xNext = table_next,
		.xEof = table_eof,
		.xColumn = table_column,
		.xRowid = table_rowid,
		.xUpdate = table_update,
		.xBegin = table_begin,
		.xSync = table_sync,
		.xCommit = table_end,
		.xRollback = table_end,
		.xSavepoint = table_savepoint,
		.xRelease = table_release,
		.xRollbackTo = table_rollback_to,
	};

	connection->references++;
	/* SQLite calls connection_release itself when this fails */
	return sqlite3_create_module_v2(connection->db, NAME, &methods, connection, connection_release);
}

stead_value stead_local_get(stead_call *call)
{
	const char *text = frame_of(call)->connection->local.text;

	return text ? stead_text(text) : stead_null(STEAD_TEXT);
}

void local_store(stead_call *call, stead_value text)
{
	stead_value json = text;

	json.type = STEAD_JSON;
	if (text.null)
		stead_run(call, "DELETE FROM stead_local WHERE id = 1", 0, NULL);
	else if (stead_run(call,
	                   "INSERT INTO stead_local (id, value) SELECT 1, $1"
	                   " WHERE EXISTS (SELECT 1 FROM stead_local WHERE id = 0)"
	                   " ON CONFLICT (id) DO UPDATE SET value = excluded.value",
	                   1, &json))
		frame_of(call)->connection->local.stored = true;
}

static void end_setting(void *local)
{
	((transaction_local *)local)->setting = false;
}

void stead_local_set(stead_call *call, stead_value text)
{
	transaction_local *local = &frame_of(call)->connection->local;

	begin_query(call);
	local->next = stead_string(call, text);
	stead_defer(call, end_setting, local);
	local->setting = true;
	execute(call, "INSERT INTO main." NAME " VALUES (NULL)");
	if (local->setting)
		stead_raise(call, STEAD_DENIED, "stead_%s: the name " NAME " is taken by a table of the database",
		            call->function->name);
	local_store(call, text);
}
