/*
 * statement.c - the port's queries.
 *
 * Table names in the modules' SQL are bare; here they get the prefix main.
 */
#include "begin.h"

#include <string.h>

enum { PLAIN, GUARDED, WIDE }; /* a statement's form, see guard() and widen() */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Puts main. before every bare name that begins with stead_, so that a temp or attached table is never meant. Takes off
 * the end what SQLite does without: row locks, as a writer has the write lock, and what stead_insert() asks for. */
static const char *qualify(stead_call *call, const char *sql, bool insert)
{
	static const char *const ends[] = {" FOR UPDATE", " FOR SHARE", " RETURNING id"};
	static const char skip_locked[] = "FOR UPDATE SKIP LOCKED"; /* in a subselect, too */
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
			if (strncmp(word, skip_locked, sizeof skip_locked - 1) == 0) {
				stead_append(call, &out, from, (size_t)(word - from));
				from = at = word + sizeof skip_locked - 1;
			} else if (strncmp(word, "stead_", 6) == 0 && *at != '(' && (word == sql || word[-1] != '.')) {
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
	for (int i = 0; i < STEAD_COUNT(ends) - !insert; i++) {
		size_t size = strlen(ends[i]);

		if (out.size > size && strcmp(out.data + out.size - size, ends[i]) == 0)
			out.data[out.size - size] = 0;
	}
	return out.data;
}

static const char values_of_row[] = "VALUES (";

/* A call of one statement has no savepoint, so nothing can be looked at before the statement begins: a later library
 * could upgrade the tables in between. So the statement itself looks. If they are of a later version, its first value
 * becomes null, which a column that is NOT NULL refuses. */
static const char *guard(stead_call *call, const char *sql)
{
	const char *value = strchr(sql, '?');
	size_t before = (size_t)(value - sql), size = 1 + strspn(value + 1, "0123456789");

	return stead_format(
		call, "%.*sCASE WHEN EXISTS (SELECT 1 FROM main.stead_schema WHERE version > %d) THEN NULL ELSE %.*s END%s",
		(int)before, sql, STEAD_VERSION_SCHEMA, (int)size, value, value + size);
}

/* Before stead_init() has upgraded the tables of version 0.1.0, whose log has AUTOINCREMENT, there are no notes. */
static bool has_notes(stead_call *call, const stead_table *table)
{
	int automatic = 0;

	sqlite3_table_column_metadata(frame_of(call)->connection->db, "main", stead_format(call, "stead_%s", table->name),
	                              table->columns[0].name, NULL, NULL, NULL, NULL, &automatic);
	return !automatic || is_there(call, "stead_sequence", NULL);
}

/* The same INSERT with the number of the row, if the row before it was deleted. Else it is null, and SQLite takes the
 * number after the last one. */
static const char *number(stead_call *call, const char *sql)
{
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		const char *into = stead_format(call, "INSERT INTO main.stead_%s (", table->name), *values;
		size_t size = strlen(into);

		if (!table->columns[0].noted_when_deleted || strncmp(sql, into, size) != 0 || !has_notes(call, table))
			continue;
		values = strstr(sql, values_of_row);
		return stead_format(call,
		                    "%s%s, %.*s%s(SELECT last + 1 FROM main.stead_sequence WHERE name = '%s' AND last >"
		                    " (SELECT coalesce(max(%s), 0) FROM main.stead_%s)), %s",
		                    into, table->columns[0].name, (int)(values - sql - (ptrdiff_t)size), sql + size,
		                    values_of_row, table->name, table->columns[0].name, table->name,
		                    values + strlen(values_of_row));
	}
	return sql;
}

/* The same INSERT with that many rows in VALUES, of which each has the given number of parameters. */
static const char *widen(stead_call *call, const char *sql, int columns, int rows)
{
	const char *first = strstr(sql, values_of_row);
	stead_buffer out = {0};

	stead_append(call, &out, sql, (size_t)(first - sql) + strlen(values_of_row) - 1);
	for (int i = 0; i < rows * columns; i++)
		stead_append_text(call, &out, stead_format(call, i == 0 ? "(?%d" : i % columns ? ", ?%d" : "), (?%d", i + 1));
	stead_append_text(call, &out, strchr(first, ')'));
	return out.data;
}

void execute(stead_call *call, const char *sql)
{
	int code;

	frame_of(call)->executed = true; /* in part, at least */
	code = run_text(frame_of(call)->connection->db, sql);
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	if (frame_of(call)->savepoint)
		rearm(call); /* SQL that changes the schema expires it */
}

/* A call of one statement cannot do more afterwards, as that must not fail the call. So every so many calls, beginning
 * with a connection's first, one has a savepoint like other calls. */
static bool is_followed_up(frame *frame)
{
	if (!frame->call.function->logs_event || frame->connection->logged_events++ % 64)
		return false;
	frame->call.marks = 1;
	return true;
}

/* A query that holds the read transaction; NULL: the call needs none. What is live is to be as new as it
 * can be. Table functions work without Stead's tables; a scalar one works where sqlite_schema must not be read. */
static const char *holding_query(stead_call *call)
{
	const stead_function *function = call->function;

	if (function->rows)
		return "SELECT 1 FROM main.sqlite_schema";
	if (function->effect != STEAD_READS || function->one_statement || !is_initialised(call))
		return NULL;
	return "SELECT 1 FROM main.stead_schema";
}

/* Before the first statement of a call, a writer begins its savepoint. A reader of several queries opens a statement,
 * which holds the read transaction, so that all of them see one state. */
static void start(frame *frame)
{
	stead_call *call = &frame->call;
	const char *hold;

	frame->started = true;
	if (call->function->effect == STEAD_WRITES) {
		int triggers = 1;

		sqlite3_db_config(frame->connection->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &triggers);
		if (!triggers) /* no other connection would hear of what is written */
			stead_raise_hint(call, STEAD_UNSUPPORTED, "Use a connection whose SQLITE_DBCONFIG_ENABLE_TRIGGER is on.",
			                 "stead_%s: triggers are switched off on this connection", call->function->name);
		frame->changes = sqlite3_total_changes64(frame->connection->db);
		if (frame->single)
			return;
		if (!call->function->one_statement || (!is_within_write(call) && is_followed_up(frame))) {
			int code = begin_savepoint(frame);

			if (code != SQLITE_DONE)
				raise_sqlite(call, code);
		}
	} else if (sqlite3_txn_state(frame->connection->db, "main") == SQLITE_TXN_NONE && (hold = holding_query(call))) {
		stead_rows *rows = stead_open(call, hold, 0, NULL); /* open until the call ends */
		int code = step_own(rows->statement);

		if (code != SQLITE_ROW && code != SQLITE_DONE)
			raise_sqlite(call, code);
	}
}

void begin_query(stead_call *call)
{
	if (!frame_of(call)->started)
		start(frame_of(call));
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
	*rows = (stead_rows){.call = call,
	                     .statement = statement,
	                     .plan = plan,
	                     .of_row = frame->stream.making,
	                     .next = frame->open,
	                     .steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0)};
	frame->open = rows;
	for (int i = 0; i < count; i++)
		bind_value(call, statement, i + 1, params[i]);
	return rows;
}

/* Is it a call of one statement, which has no savepoint? What follows it up has one. */
static bool is_single(const frame *frame)
{
	return (frame->call.function->one_statement || frame->single) && !frame->savepoint;
}

static int form_of(const frame *frame, const char *sql)
{
	return is_single(frame) && (strncmp(sql, "INSERT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0) ? GUARDED : PLAIN;
}

static sqlite3_stmt *prepare_as(stead_call *call, const char *sql, int kind, int form, int count)
{
	const char *full = qualify(call, sql, kind != QUERY);

	if (kind == INSERT_ONE)
		full = number(call, full);
	if (kind > INSERT_ONE)
		full = widen(call, full, count / kind, kind);
	return prepare(call, form & GUARDED ? guard(call, full) : full);
}

/* By the literal's kept plan. kind: as run_for_rows() takes it. */
static stead_rows *open_kept(stead_call *call, const char *sql, int kind, int count, const stead_value *params)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;
	sqlite3_stmt *statement;
	plan *slot;
	int form;

	begin_query(call);
	form = form_of(frame, sql) | (kind > INSERT_ONE ? WIDE : 0);
	slot = find_plan(connection, sql, form);
	if (slot && !slot->busy && (connection->anchored || anchor(connection) == SQLITE_OK)) {
		if (form & GUARDED) /* what it leaves out could not be undone */
			ask_if_expired(call, slot->statement, sql);
		slot->busy = true;
		return open_statement(call, slot->statement, slot, count, params);
	}
	ask_of_columns(call, sql);
	statement = prepare_as(call, sql, kind, form, count);
	slot = slot || (!connection->anchored && anchor(connection) != SQLITE_OK)
	           ? NULL
	           : keep_plan(connection, sql, form, statement);
	if (slot)
		slot->busy = true;
	return open_statement(call, statement, slot, count, params);
}

unsigned char *stead_vain_runs(stead_call *call, const char *sql)
{
	frame *frame = frame_of(call);
	plan *kept = find_plan(frame->connection, sql, form_of(frame, sql));

	return kept ? &kept->vain : NULL;
}

stead_rows *open_as_is(stead_call *call, const char *sql)
{
	frame *frame = frame_of(call);
	sqlite3_stmt *statement;
	int code;

	begin_query(call);
	code = sqlite3_prepare_v2(frame->connection->db, sql, -1, &statement, NULL);
	if (code != SQLITE_OK)
		raise_sqlite(call, code);
	return open_statement(call, statement, NULL, 0, NULL);
}

/* STEAD_CURSOR makes no difference: SQLite computes rows one by one anyway. */
stead_rows *stead_open_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params)
{
	if (!(flags & STEAD_ONE_TIME))
		return open_kept(call, sql, QUERY, count, params);
	begin_query(call);
	ask_of_columns(call, sql);
	return open_statement(call, prepare(call, qualify(call, sql, false)), NULL, count, params);
}

/* The progress handler can interrupt a statement after its end. If it is the call's only write and has no savepoint, it
 * is complete: an interruption before its end would have rolled back the transaction. */
static bool was_done(stead_rows *rows)
{
	frame *frame = frame_of(rows->call);
	sqlite3 *db = frame->connection->db;

	if (!is_single(frame) || sqlite3_stmt_readonly(rows->statement))
		return false;
	return frame->inside ? !sqlite3_get_autocommit(db) : sqlite3_total_changes64(db) > frame->changes;
}

/* True: it gave a row. */
static bool step(stead_rows *rows)
{
	int code = sqlite3_step(rows->statement);

	if (code == SQLITE_INTERRUPT && was_done(rows))
		code = SQLITE_DONE;
	if (code == SQLITE_ROW && rows->begun)
		return true;
	if (code == SQLITE_DONE)
		rows->changed = sqlite3_changes64(frame_of(rows->call)->connection->db);
	/* Only a run's first step prepares a statement again. Not of the write of a call that is one statement: it is done,
	 * and cannot be undone; nor of one that failed, whose message would be lost. */
	if (rows->plan && !rows->begun && (code == SQLITE_ROW || code == SQLITE_DONE) &&
	    sqlite3_stmt_status(rows->statement, SQLITE_STMTSTATUS_REPREPARE, 1) &&
	    (!is_single(frame_of(rows->call)) || sqlite3_stmt_readonly(rows->statement)))
		ask_of_columns(rows->call, rows->plan->sql);
	rows->begun = true;
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE && sqlite3_stmt_status(rows->statement, SQLITE_STMTSTATUS_REPREPARE, 0))
		frame_of(rows->call)->connection->doubtful = true; /* it may fail because something is left out */
	if ((code & 0xff) == SQLITE_CONSTRAINT && is_single(frame_of(rows->call))) { /* it may be the guard's null */
		const char *message = stead_format(rows->call, "%s", sqlite3_errmsg(frame_of(rows->call)->connection->db));

		stead_refuse_newer(rows->call, stead_schema_version(rows->call));
		raise_message(rows->call, code, message);
	}
	if (code == SQLITE_DONE && is_left_out(rows->statement, rows->steps))
		code = LEFT_OUT;
	if (code != SQLITE_DONE)
		raise_sqlite(rows->call, code);
	return false;
}

bool stead_next(stead_rows *rows)
{
	if (rows->statement && step(rows)) /* closed: it gave its last row */
		return true;
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

/* Would binding this value bind what is bound? */
static bool is_bound(stead_value value, stead_value bound)
{
	if (value.null || bound.null)
		return value.null && bound.null;
	if (value.type == STEAD_BOOL)
		return value.boolean == bound.boolean;
	if (value.type == STEAD_INT || value.type == STEAD_TIME)
		return value.integer == bound.integer;
	return value.type != STEAD_REAL && value.data == bound.data && value.size == bound.size;
}

/* Without RETURNING, which costs a quarter of an INSERT: SQLite collects the rows in a table before it gives the first.
 * The statement is kept from row to row, and what the rows have in common stays bound. */
int64_t run_for_rows(stead_call *call, const char *sql, int kind, int columns, int64_t count, const stead_value *values)
{
	stead_rows *rows = open_kept(call, sql, kind, columns, values);
	int64_t changed = 0;

	for (int64_t i = 0; i < count; i++) {
		if (i) {
			sqlite3_reset(rows->statement);
			rows->begun = false;
			rows->steps = sqlite3_stmt_status(rows->statement, SQLITE_STMTSTATUS_VM_STEP, 0);
			values += columns;
			for (int k = 0; k < columns; k++)
				if (!is_bound(values[k], values[k - columns]))
					bind_value(call, rows->statement, k + 1, values[k]);
		}
		while (step(rows))
			;
		changed += rows->changed;
	}
	stead_close(rows);
	return changed;
}

int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params)
{
	return run_for_rows(call, sql, QUERY, count, 1, params);
}
