/*
 * statement.c - the port's queries: kept statements, savepoints, parameters and columns.
 *
 * Table names in the modules' SQL are bare; here they get the prefix main. Statements are kept by the address of their
 * literal and dropped by an eponymous table's xDisconnect. What undoes a failed call is prepared before the call begins.
 */
#include <stdio.h>
#include <string.h>

#include "lib/timestamp.h"
#include "host.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Puts main. before every bare name that begins with stead_, so that a temp or attached table is never meant; takes off
 * what locks rows, as begin_savepoint() has locked them all. */
static const char *qualify(stead_call *call, const char *sql)
{
	static const char *const locks[] = {" FOR UPDATE", " FOR SHARE", " FOR UPDATE SKIP LOCKED"};
	stead_buffer out = {0};
	const char *from = sql, *at = sql;

	while (*at) {
		if (*at == '\'') {
			do
				at++;
			while (*at && *at != '\'');
			at += *at == '\'';
		} else if (is_word(*at)) {
			const char *word = at;

			while (is_word(*at))
				at++;
			if (strncmp(word, "stead_", 6) == 0 && *at != '(' && (word == sql || word[-1] != '.')) {
				stead_append(call, &out, from, (size_t)(word - from));
				stead_append_text(call, &out, "main.");
				from = word;
			}
		} else if (*at == '$') { /* $n is only a name to SQLite, numbered by where it comes first; ?n is number n */
			stead_append(call, &out, from, (size_t)(at - from));
			stead_append_text(call, &out, "?");
			from = ++at;
		} else
			at++;
	}
	stead_append_text(call, &out, from);
	for (int i = 0; i < STEAD_COUNT(locks); i++) {
		size_t size = strlen(locks[i]);

		if (out.size > size && strcmp(out.data + out.size - size, locks[i]) == 0)
			out.data[out.size - size] = 0;
	}
	return out.data;
}

sqlite3_stmt *prepare(stead_call *call, const char *sql)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);

	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	return statement;
}

/* After sqlite3_interrupt() every statement is refused, ROLLBACK too, until the outermost one ends. But SQLite itself
 * rolls back when it interrupts a statement that writes: this one, which is merely an error inside a transaction. It must
 * be prepared afresh, as an expired one would be parsed again, and the parser is interrupted as well. */
static void rearm(stead_call *call)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt *fresh = prepare(call, "BEGIN IMMEDIATE");

	sqlite3_finalize(connection->own[OWN_INTERRUPTED]);
	connection->own[OWN_INTERRUPTED] = fresh;
}

void execute(stead_call *call, const char *sql)
{
	int code;

	frame_of(call)->executed = true; /* in part, at least */
	code = sqlite3_exec(frame_of(call)->connection->db, sql, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	if (frame_of(call)->savepoint)
		rearm(call); /* SQL that changes the schema expires it */
}

/* Brings an eponymous table into being on this connection: its xDisconnect will drop the plans. A table of the user's
 * may bear the name of one, so any will do. */
int anchor(connection *connection)
{
	for (const stead_module *const *module = stead_modules; *module && !connection->anchored; module++)
		for (int i = 0; i < (*module)->function_count && !connection->anchored; i++) {
			const stead_function *function = &(*module)->functions[i];
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
	return connection->anchored ? SQLITE_OK : SQLITE_INTERNAL;
}

void drop_plans(connection *connection)
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
	for (int i = 0; i < OWN_STATEMENTS; i++) {
		sqlite3_finalize(connection->own[i]);
		connection->own[i] = NULL;
	}
	sqlite3_finalize(connection->generation);
	connection->generation = NULL;
	connection->anchored = false;
}

static plan **chain_of(connection *connection, const char *sql)
{
	return &connection->plans[(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15) >> 40 & (PLAN_CHAINS - 1)];
}

/* Where this literal's plan is kept; NULL: it is not. */
static plan *find_plan(connection *connection, const char *sql)
{
	plan *plan = *chain_of(connection, sql);

	while (plan && plan->sql != sql)
		plan = plan->next;
	return plan;
}

/* Keeps a plan; NULL: for that there is no memory, which is no error. */
static plan *keep_plan(connection *connection, const char *sql, sqlite3_stmt *statement)
{
	plan **chain = chain_of(connection, sql), *kept = sqlite3_malloc64(sizeof *kept);

	if (kept)
		*chain = memcpy(kept, &(plan){.sql = sql, .statement = statement, .next = *chain}, sizeof *kept);
	return kept;
}

/* Steps to the end, past the row in which PRAGMA count_changes has a statement say what it changed. */
int step_to_end(sqlite3_stmt *statement)
{
	int code;

	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW);
	return code;
}

/* The application's progress handler may be called, and interrupt, in any statement: after its Nth step, counted over all
 * the runs of the statement. Counted from this run on, none of ours takes as many steps as a sensible N. */
int run_own(connection *connection, int which)
{
	sqlite3_stmt *statement = connection->own[which];
	int code;

	if (!statement)
		return SQLITE_MISUSE;
	sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
	code = step_to_end(statement);
	sqlite3_reset(statement);
	return code;
}

/* The write lock, before anything is read: after a read it could be refused however long we waited. */
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
		if (!connection->own[i])
			connection->own[i] = prepare(call, sql[i]);
}

/* Begins a transaction, or a savepoint in that of the application. An interruption may come after either was begun. With a
 * transaction that can be told. A savepoint left behind does no harm, as it ends with the transaction; but its name must
 * be nobody else's. */
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

static int begin_savepoint(frame *frame)
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

/* Interrupted, a COMMIT may be done all the same, and a savepoint that is not released loses nothing. */
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

/* An end to the transaction, come what may: what refuses ROLLBACK, an interruption, has SQLite itself roll back a write. The
 * second such is opening a value for writing: there is nothing to prepare, where what was prepared has expired just now. */
static void roll_back(connection *connection)
{
	sqlite3 *db = connection->db;

	for (int i = 0; i < 100 && !sqlite3_get_autocommit(db); i++) {
		sqlite3_blob *value = NULL;

		if (run_own(connection, OWN_ROLLBACK) == SQLITE_DONE || sqlite3_get_autocommit(db) ||
		    (run_own(connection, OWN_INTERRUPTED), sqlite3_get_autocommit(db)))
			continue;
		sqlite3_blob_open(db, "main", "sqlite_master", "sql", 1, 1, &value);
		sqlite3_blob_close(value);
	}
}

/* Going back to a savepoint can itself fail, interrupted or for want of memory. Then the whole transaction goes, as SQLite
 * has it when it cannot undo a statement: a half-done call must not be committed. What failed may also have ended it already. */
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
	if (code == SQLITE_DONE || (code == SQLITE_INTERRUPT && !frame->executed && sqlite3_total_changes64(db) == frame->changes))
		run_own(connection, OWN_RELEASE);
	else
		roll_back(connection);
}

/* What precedes the first statement of a call: a writer's savepoint; for a reader of several queries an open statement,
 * which holds the read transaction so that all of them see one state. */
static void start(frame *frame)
{
	stead_call *call = &frame->call;

	frame->started = true;
	if (call->function->effect == STEAD_WRITES) {
		int triggers = 1;

		sqlite3_db_config(frame->connection->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &triggers);
		if (!triggers) /* no other connection would hear of what is written */
			stead_raise_hint(call, STEAD_UNSUPPORTED, "Use a connection whose SQLITE_DBCONFIG_ENABLE_TRIGGER is on.",
			                 "stead_%s: triggers are switched off on this connection", call->function->name);
		frame->changes = sqlite3_total_changes64(frame->connection->db);
		if (!call->function->one_statement) {
			int code = begin_savepoint(frame);

			if (code != SQLITE_DONE)
				raise_sqlite(call, code);
		} else
			refuse_unless_undone(call);
	} else if (call->function->rows && sqlite3_txn_state(frame->connection->db, "main") == SQLITE_TXN_NONE) {
		stead_rows *rows = stead_open(call, "SELECT 1 FROM main.sqlite_schema", 0, NULL); /* open until the call ends */
		int code = sqlite3_step(rows->statement);

		if (code != SQLITE_ROW && code != SQLITE_DONE)
			raise_sqlite(call, code);
	}
}

static void bind(stead_call *call, sqlite3_stmt *statement, int index, stead_value value)
{
	int code;

	if (value.null)
		code = sqlite3_bind_null(statement, index);
	else
		switch (value.type) {
		case STEAD_BOOL:
			code = sqlite3_bind_int(statement, index, value.boolean);
			break;
		case STEAD_INT:
			code = sqlite3_bind_int64(statement, index, value.integer);
			break;
		case STEAD_REAL:
			code = sqlite3_bind_double(statement, index, value.real);
			break;
		case STEAD_TIME: {
			char *text = stead_alloc(call, STEAD_TIME_SIZE);

			stead_time_format(value.integer, text);
			code = sqlite3_bind_text64(statement, index, text, STEAD_TIME_SIZE, SQLITE_STATIC, SQLITE_UTF8);
			break;
		}
		case STEAD_BYTES:
			code = sqlite3_bind_blob64(statement, index, value.data, value.size, SQLITE_STATIC);
			break;
		default:
			code = sqlite3_bind_text64(statement, index, value.data, value.size, SQLITE_STATIC, SQLITE_UTF8);
		}
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
}

static stead_rows *open_statement(stead_call *call, sqlite3_stmt *statement, plan *plan, int count,
                                  const stead_value *params)
{
	frame *frame = frame_of(call);
	stead_rows *rows = arena_alloc(&frame->memory, sizeof *rows);

	if (!rows) {
		if (plan)
			plan->busy = false;
		else
			sqlite3_finalize(statement);
		stead_raise_no_memory(call);
	}
	*rows = (stead_rows){.call = call, .statement = statement, .plan = plan, .of_row = frame->stream.making,
	                      .next = frame->open};
	frame->open = rows;
	for (int i = 0; i < count; i++)
		bind(call, statement, i + 1, params[i]);
	return rows;
}

/* By the literal's kept plan. */
static stead_rows *open_kept(stead_call *call, const char *sql, int count, const stead_value *params)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;
	plan *slot;

	if (!frame->started)
		start(frame);
	slot = find_plan(connection, sql);
	if (slot && !slot->busy && (connection->anchored || anchor(connection) == SQLITE_OK)) {
		slot->busy = true;
		return open_statement(call, slot->statement, slot, count, params);
	}
	sqlite3_stmt *statement = prepare(call, qualify(call, sql));

	slot = slot || (!connection->anchored && anchor(connection) != SQLITE_OK) ? NULL : keep_plan(connection, sql, statement);
	if (slot)
		slot->busy = true;
	return open_statement(call, statement, slot, count, params);
}

stead_rows *open_as_is(stead_call *call, const char *sql)
{
	frame *frame = frame_of(call);
	sqlite3_stmt *statement;
	int code;

	if (!frame->started)
		start(frame);
	code = sqlite3_prepare_v2(frame->connection->db, sql, -1, &statement, NULL);
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	return open_statement(call, statement, NULL, 0, NULL);
}

/* STEAD_CURSOR changes nothing: SQLite steps from row to row anyway. */
stead_rows *stead_open_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params)
{
	if (!(flags & STEAD_ONE_TIME))
		return open_kept(call, sql, count, params);
	if (!frame_of(call)->started)
		start(frame_of(call));
	return open_statement(call, prepare(call, qualify(call, sql)), NULL, count, params);
}

/* The progress handler can interrupt a statement after its end. Where that is a call's only write and has no savepoint
 * around it, it is then done: interrupted before its end it would have taken the transaction with it. */
static bool was_done(stead_rows *rows)
{
	frame *frame = frame_of(rows->call);
	sqlite3 *db = frame->connection->db;

	if (!frame->call.function->one_statement || sqlite3_stmt_readonly(rows->statement))
		return false;
	return frame->inside ? !sqlite3_get_autocommit(db) : sqlite3_total_changes64(db) > frame->changes;
}

bool stead_next(stead_rows *rows)
{
	int code = rows->statement ? sqlite3_step(rows->statement) : SQLITE_DONE; /* closed: it gave its last row */

	if (code == SQLITE_INTERRUPT && was_done(rows))
		code = SQLITE_DONE;
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		raise_sqlite(rows->call, code);
	stead_close(rows);
	return false;
}

void stead_close(stead_rows *rows)
{
	frame *frame = frame_of(rows->call);
	stead_rows **link = &frame->open;

	if (!rows->statement)
		return;
	if (rows->plan) {
		sqlite3_reset(rows->statement);
		rows->plan->busy = false;
	} else
		sqlite3_finalize(rows->statement);
	rows->statement = NULL;
	while (*link != rows)
		link = &(*link)->next;
	*link = rows->next;
}

/* A stored time, of the one form only: times are compared as texts, and one of another form is not where its value is. */
static bool read_time(stead_value *value)
{
	char form[STEAD_TIME_SIZE];
	int64_t time;

	if (value->size != STEAD_TIME_SIZE || !stead_time_parse(value->data, STEAD_TIME_SIZE, &time))
		return false;
	stead_time_format(time, form);
	if (memcmp(form, value->data, sizeof form) != 0)
		return false;
	*value = stead_time(time);
	return true;
}

stead_value stead_column(stead_rows *rows, int index, stead_type type)
{
	sqlite3_stmt *statement = rows->statement;
	stead_value value = {.type = type};

	if (sqlite3_column_type(statement, index) == SQLITE_NULL)
		return stead_null(type);
	switch (type) {
	case STEAD_BOOL:
		value.boolean = sqlite3_column_int64(statement, index) != 0;
		return value;
	case STEAD_INT:
		value.integer = sqlite3_column_int64(statement, index);
		return value;
	case STEAD_REAL:
		value.real = sqlite3_column_double(statement, index);
		return value;
	case STEAD_BYTES:
		value.data = sqlite3_column_blob(statement, index);
		break;
	default:
		value.data = (const char *)sqlite3_column_text(statement, index);
	}
	value.size = (size_t)sqlite3_column_bytes(statement, index);
	if (!value.data && (type != STEAD_BYTES || value.size))
		stead_raise_no_memory(rows->call);
	if (type == STEAD_TIME && !read_time(&value))
		stead_raise(rows->call, STEAD_CORRUPT, "stead_%s: a stored time is not in the form YYYY-MM-DDTHH:MM:SS.ffffffZ",
		            rows->call->function->name);
	return value;
}

stead_value stead_column_time(stead_rows *rows, int index)
{
	stead_value text = stead_column(rows, index, STEAD_TEXT), value = stead_null(STEAD_TIME);

	value.null = text.null || !stead_time_parse(text.data, text.size, &value.integer);
	return value;
}

/* STRICT tables see to every type but bools and times, which are texts of one form; but who writes past Stead can take STRICT
 * off a table, and put it back. */
bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value)
{
	static const int classes[] = {[STEAD_BOOL] = SQLITE_INTEGER, [STEAD_INT] = SQLITE_INTEGER, [STEAD_REAL] = SQLITE_FLOAT,
	                              [STEAD_TEXT] = SQLITE_TEXT,    [STEAD_TIME] = SQLITE_TEXT,   [STEAD_JSON] = SQLITE_TEXT,
	                              [STEAD_BYTES] = SQLITE_BLOB};
	int class = sqlite3_column_type(rows->statement, index);
	const char *text;

	*value = stead_null(type);
	if (class == SQLITE_NULL)
		return true;
	if (class != classes[type] || (type == STEAD_BOOL && sqlite3_column_int64(rows->statement, index) >> 1))
		return false;
	if (type != STEAD_TIME) {
		*value = stead_column(rows, index, type);
		return true;
	}
	text = (const char *)sqlite3_column_text(rows->statement, index);
	if (!text)
		stead_raise_no_memory(rows->call);
	*value = (stead_value){.type = type, .data = text, .size = (size_t)sqlite3_column_bytes(rows->statement, index)};
	return read_time(value);
}

int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params)
{
	stead_rows *rows = stead_open(call, sql, count, params);

	while (stead_next(rows))
		;
	return sqlite3_changes64(frame_of(call)->connection->db);
}

/* ---- What may fail ----------------------------------------------------------------------------------------------- */

/* The inner frame is this one with another place to jump to. What cannot be undone, and what must not be got over, goes on
 * to the outer one. */
const char *stead_attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	frame *frame = frame_of(call);
	sqlite3 *db = frame->connection->db;
	stead_rows *open;
	jmp_buf outer;
	int code;

	if (!frame->started)
		start(frame);
	open = frame->open;
	code = sqlite3_exec(db, "SAVEPOINT stead_attempt", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	memcpy(outer, frame->leave, sizeof outer);
	if (setjmp(frame->leave)) {
		int cause = frame->code & 0xff;

		memcpy(frame->leave, outer, sizeof outer);
		while (frame->open != open)
			stead_close(frame->open);
		if (cause == SQLITE_NOMEM || cause == SQLITE_INTERRUPT || cause == SQLITE_IOERR || cause == SQLITE_FULL ||
		    sqlite3_get_autocommit(db) ||
		    sqlite3_exec(db, "ROLLBACK TO stead_attempt; RELEASE stead_attempt", NULL, NULL, NULL) != SQLITE_OK)
			longjmp(frame->leave, 1);
		return stead_format(call, "%s", frame->message);
	}
	work(call, data);
	memcpy(frame->leave, outer, sizeof outer);
	while (frame->open != open)
		stead_close(frame->open);
	code = sqlite3_exec(db, "RELEASE stead_attempt", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	return NULL;
}
