/*
 * host.c - the port over sqlite3: frames, memory, errors, rows, and registration at load. Statements: statement.c.
 *
 * Every entry from SQLite makes a frame on its stack and sets a jump target there; an error anywhere below jumps to it
 * and becomes a result error. A writing call wraps itself in a savepoint, so that a failed call changes nothing. Plans are kept per
 * connection and dropped by xDisconnect of an eponymous table (table.c), which sqlite3_close() calls before it looks
 * for open statements.
 */
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/text.h"
#include "lib/timestamp.h"

SQLITE_EXTENSION_INIT1

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

void *arena_alloc(arena *arena, size_t size)
{
	block *head = arena->blocks;
	size_t need = (size + 15) & ~(size_t)15;

	if (need < size)
		return NULL;
	if (arena->first && need <= arena->first_left) {
		arena->first_left -= need;
		return arena->first + arena->first_left;
	}
	if (!head || head->size - head->used < need) {
		size_t room = need > 2000 ? need : 4000;

		head = sqlite3_malloc64(sizeof *head + room);
		if (!head)
			return NULL;
		*head = (block){.next = arena->blocks, .size = room};
		arena->blocks = head;
	}
	head->used += need;
	return head->data + head->used - need;
}

/* Keeps its last block, unless that is a large one: the next row will want about as much. */
void arena_reset(arena *arena)
{
	block *kept = arena->blocks && arena->blocks->size <= 4000 ? arena->blocks : NULL;

	if (kept)
		arena->blocks = kept->next;
	arena_release(arena);
	if (kept)
		*kept = (block){.size = kept->size};
	arena->blocks = kept;
}

void arena_release(arena *arena)
{
	while (arena->blocks) {
		block *next = arena->blocks->next;

		sqlite3_free(arena->blocks);
		arena->blocks = next;
	}
}

static void release_deferred(frame *frame, deferred *until)
{
	while (frame->deferred != until) {
		deferred *entry = frame->deferred;

		frame->deferred = entry->next;
		entry->release(entry->handle);
	}
}

/* Where an arena stood, and what was deferred: the scope itself is the first that comes after. */
struct stead_scope {
	block *blocks;
	size_t used, first_left;
	deferred *deferred;
};

stead_scope *stead_open_scope(stead_call *call)
{
	arena *memory = &frame_of(call)->memory;
	stead_scope scope = {memory->blocks, memory->blocks ? memory->blocks->used : 0, memory->first_left, frame_of(call)->deferred};
	stead_scope *kept = stead_alloc(call, sizeof *kept);

	*kept = scope;
	return kept;
}

void stead_close_scope(stead_call *call, stead_scope *scope)
{
	stead_scope was = *scope;
	arena *memory = &frame_of(call)->memory;

	release_deferred(frame_of(call), was.deferred);
	while (memory->blocks != was.blocks) {
		block *next = memory->blocks->next;

		sqlite3_free(memory->blocks);
		memory->blocks = next;
	}
	if (memory->blocks)
		memory->blocks->used = was.used;
	memory->first_left = was.first_left;
}

void *stead_alloc(stead_call *call, size_t size)
{
	void *memory = arena_alloc(&frame_of(call)->memory, size);

	if (!memory)
		stead_raise_no_memory(call);
	return memory;
}

void stead_defer(stead_call *call, void (*release)(void *handle), void *handle)
{
	frame *frame = frame_of(call);
	deferred *entry = arena_alloc(&frame->memory, sizeof *entry);

	if (!entry) {
		release(handle);
		stead_raise_no_memory(call);
	}
	*entry = (deferred){release, handle, frame->deferred};
	frame->deferred = entry;
}

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/* A statement that ends with plain SQLITE_CORRUPT in a transaction makes SQLite refuse every later write of it, and its COMMIT.
 * What is wrong with a row of Stead's is no reason for that: the code with the same primary one for virtual tables does not. */
void stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint)
{
	static const int codes[] = {[STEAD_INVALID] = SQLITE_ERROR,         [STEAD_NOT_FOUND] = SQLITE_NOTFOUND,
	                            [STEAD_CONFLICT] = SQLITE_CONSTRAINT,   [STEAD_DENIED] = SQLITE_AUTH,
	                            [STEAD_UNSUPPORTED] = SQLITE_ERROR,     [STEAD_NOT_INITIALISED] = SQLITE_ERROR,
	                            [STEAD_READ_ONLY] = SQLITE_READONLY,    [STEAD_BUSY] = SQLITE_BUSY,
	                            [STEAD_CORRUPT] = SQLITE_CORRUPT_VTAB,  [STEAD_INTERNAL] = SQLITE_INTERNAL};
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

/* The version on record; -1 where it cannot be told. An error here would come back to who asks. */
static int64_t recorded_version(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	int64_t version = -1;

	if (sqlite3_prepare_v2(db, "SELECT version FROM main.stead_schema", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

/* Does SQLite's message say so because something of Stead's own is missing? Then that is the error. What somebody else's
 * trigger, view, index or table lacks stays as SQLite says it; stead_init(), which makes what is missing, misses nothing else. */
static void explain_missing(stead_call *call)
{
	static const char *const forms[] = {"no such table: main.stead_", "no such column: ", " has no column named "};
	frame *frame = frame_of(call);
	const char *name = NULL;
	int64_t version;

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
	version = recorded_version(frame->connection->db);
	sqlite3_log(SQLITE_CORRUPT_VTAB, "stead_%s: %s", call->function->name, frame->message);
	stead_raise_hint(call, STEAD_CORRUPT,
	                 version >= 0 && version < STEAD_VERSION_SCHEMA ? "Run: SELECT stead_init();" : STEAD_MISSING_HINT,
	                 STEAD_MISSING, call->function->name);
}

void raise_sqlite(stead_call *call, int code)
{
	frame *frame = frame_of(call);

	if ((code & 0xff) == SQLITE_NOMEM)
		stead_raise_no_memory(call);
	if (code == SQLITE_READONLY)
		stead_raise_read_only(call, sqlite3_db_readonly(frame->connection->db, "main") == 1 ? READ_ONLY_DATABASE : READ_ONLY_CONNECTION);
	/* where the file itself is damaged, the statement within has had SQLite refuse what follows; a PREPARE alone has not */
	frame->code = code == SQLITE_CORRUPT ? SQLITE_CORRUPT_VTAB : code;
	snprintf(frame->message, sizeof frame->message, "%s", sqlite3_errmsg(frame->connection->db));
	if (code == SQLITE_ERROR)
		explain_missing(call);
	longjmp(frame->leave, 1);
}

/* ---- Rows ---------------------------------------------------------------------------------------------------------- */

void stead_emit(stead_call *call, const stead_value *values)
{
	row_set *set = frame_of(call)->emitted;
	int columns = stead_column_count(call->function);
	stead_value *row = arena_alloc(&set->memory, sizeof *row * (size_t)columns);

	if (set->count == set->room) {
		int64_t room = set->room ? set->room * 2 : 64;
		stead_value **bigger = sqlite3_realloc64(set->rows, sizeof *bigger * (size_t)room);

		if (!bigger)
			stead_raise_no_memory(call);
		set->rows = bigger;
		set->room = room;
	}
	if (!row)
		stead_raise_no_memory(call);
	for (int i = 0; i < columns; i++) {
		row[i] = values[i];
		if (values[i].null || values[i].type < STEAD_TEXT || values[i].type == STEAD_TIME)
			continue;
		char *copy = arena_alloc(&set->memory, values[i].size);

		if (!copy)
			stead_raise_no_memory(call);
		memcpy(copy, values[i].data, values[i].size);
		row[i].data = copy;
	}
	set->rows[set->count++] = row;
}

void stead_stream(stead_call *call, stead_maker *make, void *state)
{
	frame *frame = frame_of(call);

	frame->stream = (stream){.make = make, .state = state, .deferred = frame->deferred};
}

/* ---- Small verbs ------------------------------------------------------------------------------------------------- */

int64_t stead_now(stead_call *call)
{
	struct timespec now;

	(void)call;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * STEAD_SECOND + now.tv_nsec / 1000;
}

void *stead_connection_handle(stead_call *call, const char *key, void *(*make)(void), void (*release)(void *handle))
{
	connection *connection = frame_of(call)->connection;

	for (int i = 0; i < STEAD_CONNECTION_HANDLES; i++) {
		kept_handle *kept = &connection->handles[i];

		if (kept->key && kept->key != key)
			continue;
		if (!kept->handle)
			*kept = (kept_handle){key, make(), release};
		return kept->handle;
	}
	stead_raise(call, STEAD_INTERNAL, "stead_%s: no room for the connection's handle %s", call->function->name, key);
}

void stead_transaction(stead_call *call, int64_t *era, int64_t *transaction)
{
	(void)call;
	*era = *transaction = 0;
}

void stead_horizon(stead_call *call, int64_t *era, int64_t *horizon)
{
	(void)call;
	*era = 0;
	*horizon = INT64_MAX;
}

int64_t stead_begin_era(stead_call *call, int64_t era)
{
	stead_raise(call, STEAD_INTERNAL, "stead_%s: there is no era %lld", call->function->name, (long long)era);
}

int64_t stead_batch(int64_t brief, int64_t ample)
{
	(void)ample;
	return brief;
}

bool stead_sequence_repair(stead_call *call, const stead_table *table)
{
	(void)call, (void)table; /* SQLite numbers on from the highest by itself */
	return false;
}

void stead_sequence_advance(stead_call *call, const stead_table *table, int64_t number)
{
	(void)call, (void)table, (void)number; /* AUTOINCREMENT does */
}

void stead_notify(stead_call *call, const char *channel, const char *payload)
{
	(void)call, (void)channel, (void)payload; /* SQLite has no listeners */
}

const char *stead_backend_name(void)
{
	return "sqlite";
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

static _Noreturn void wrong_type(stead_call *call, const stead_arg *arg)
{
	static const char *const expected[] = {
	    [STEAD_BOOL] = "true or false", [STEAD_INT] = "an integer", [STEAD_REAL] = "a number",
	    [STEAD_TEXT] = "text",          [STEAD_JSON] = "JSON text", [STEAD_BYTES] = "a blob",
	    [STEAD_TIME] = "a time such as '2026-01-31T12:00:00Z'"};

	stead_raise(call, STEAD_INVALID, "stead_%s: %s must be %s", call->function->name, arg->name, expected[arg->type]);
}

/* The words PostgreSQL reads as a boolean. */
static bool read_bool(const char *text, size_t size, bool *value)
{
	static const char *const words[] = {"true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0"};

	for (int i = 0; i < STEAD_COUNT(words); i++)
		if (stead_same_word(text, size, words[i])) {
			*value = i < STEAD_COUNT(words) / 2;
			return true;
		}
	return false;
}

/* Drivers of languages that have but one kind of number bind each as REAL. A whole one is an integer as far as a double
 * tells every integer from the next, and 0 and 1 are booleans. */
static stead_value read_whole(stead_call *call, const stead_arg *arg, double number)
{
	int64_t whole = number > -9007199254740992.0 && number < 9007199254740992.0 ? (int64_t)number : INT64_MIN;

	if ((double)whole != number || (arg->type == STEAD_BOOL ? (whole | 1) != 1 : whole == INT64_MIN))
		wrong_type(call, arg);
	return arg->type == STEAD_BOOL ? stead_bool(whole == 1) : stead_int(whole);
}

/* SQLite's value as the declared type. A number or boolean may be given as text, as PostgreSQL allows of a literal. */
static stead_value read_argument(stead_call *call, const stead_arg *arg, sqlite3_value *given)
{
	int type = given ? sqlite3_value_type(given) : SQLITE_NULL; /* a table function's absent argument is no value */
	stead_value value = {.type = arg->type};

	if (type == SQLITE_NULL)
		return stead_null(arg->type);
	if (type == SQLITE_FLOAT && (arg->type == STEAD_INT || arg->type == STEAD_BOOL))
		return read_whole(call, arg, sqlite3_value_double(given));
	if (type == SQLITE_TEXT && (arg->type == STEAD_INT || arg->type == STEAD_REAL))
		type = sqlite3_value_numeric_type(given);
	switch (arg->type) {
	case STEAD_INT:
		if (type != SQLITE_INTEGER)
			wrong_type(call, arg);
		value.integer = sqlite3_value_int64(given);
		return value;
	case STEAD_REAL:
		if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
			wrong_type(call, arg);
		value.real = sqlite3_value_double(given);
		return value;
	case STEAD_BOOL:
		if (type == SQLITE_INTEGER && (sqlite3_value_int64(given) | 1) == 1) {
			value.boolean = sqlite3_value_int64(given) == 1;
			return value;
		}
		break;
	case STEAD_BYTES:
		if (type != SQLITE_BLOB)
			wrong_type(call, arg);
		value.data = sqlite3_value_blob(given);
		value.size = (size_t)sqlite3_value_bytes(given);
		return value;
	default:
		break;
	}
	if (type != SQLITE_TEXT && !arg->raw) /* what is raw the function judges itself, a blob too */
		wrong_type(call, arg);
	value.data = (const char *)sqlite3_value_text(given);
	value.size = (size_t)sqlite3_value_bytes(given);
	if (!value.data)
		stead_raise_no_memory(call);
	if (arg->type == STEAD_TIME && !stead_time_parse(value.data, value.size, &value.integer))
		wrong_type(call, arg);
	if (arg->type == STEAD_BOOL && !read_bool(value.data, value.size, &value.boolean))
		wrong_type(call, arg);
	return value;
}

static void close_all(frame *frame)
{
	while (frame->open)
		stead_close(frame->open);
}

/* Once the savepoint is released nothing may fail, and handing over a text could, for want of memory: so the copy that
 * SQLite is to own is made before. */
static void keep_result(frame *frame, stead_value *result)
{
	if (!frame->call.function->call || result->null || result->type < STEAD_TEXT || result->type == STEAD_TIME)
		return;
	frame->result = sqlite3_malloc64(result->size + 1);
	if (!frame->result)
		stead_raise_no_memory(&frame->call);
	memcpy(frame->result, result->data, result->size);
	frame->result[result->size] = 0;
	result->data = frame->result;
}

/* An interrupted write takes the application's transaction with it, as do want of memory and of room on disk: SQLite sees
 * to that, and undo_savepoint() where it must. */
static void say_what_is_lost(frame *frame)
{
	size_t size = strlen(frame->message);

	if (frame->inside && sqlite3_get_autocommit(frame->connection->db) && frame->code != SQLITE_NOMEM)
		snprintf(frame->message + size, sizeof frame->message - size, "%s",
		         "\nHINT:  The whole transaction was rolled back, with what was done in it before.");
}

/* A trigger may call what fires it: SQLite limits the depth of triggers within a statement, not of statements within
 * functions, which would go on until the stack is full. */
static void enter(frame *frame)
{
	if (++frame->connection->nested > MOST_NESTED)
		stead_raise_hint(&frame->call, STEAD_UNSUPPORTED, "Look for a trigger that calls what fires it: it has to end somewhere.",
		                 "stead_%s: more than %d calls within one another", frame->call.function->name, MOST_NESTED);
}

static bool leave(frame *frame, bool good)
{
	frame->connection->nested--;
	return good;
}

bool frame_run(frame *frame, const binding *binding, int count, sqlite3_value **values, row_set *emitted,
               stead_value *result)
{
	stead_value given[STEAD_MAX_ARGS], args[STEAD_MAX_ARGS];
	const stead_function *function = binding->function;
	stead_call *call = &frame->call;

	/* not one big initialiser: the message buffer need not be cleared on every call */
	frame->call.function = function;
	frame->connection = binding->connection;
	frame->code = SQLITE_OK;
	frame->memory = (arena){.first = frame->first, .first_left = sizeof frame->first};
	frame->deferred = NULL;
	frame->result = NULL;
	frame->open = NULL;
	frame->emitted = emitted;
	frame->savepoint = frame->started = frame->leased = frame->executed = frame->interrupted = false;
	frame->inside = !sqlite3_get_autocommit(frame->connection->db);
	frame->stream.make = NULL;
	frame->stream.making = false;
	frame->stream.other = (arena){0};
	frame->cache = CACHE_UNSEEN;
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
	if (!stead_arguments(call, given, count, args)) {
		*result = stead_null(function->returns);
		return leave(frame, true);
	}
	if (function->call)
		*result = function->call(call, args);
	else
		function->rows(call, args);
	if (!frame->stream.make)
		close_all(frame);
	if (frame->savepoint)
		keep_result(frame, result);
	release_savepoint(frame);
	return leave(frame, true);
}

/* While a row is made, the call's memory is the row's. */
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
	release_deferred(frame, stream->deferred);
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
	if (frame->call.function->effect == STEAD_WRITES) /* the application's last id is not ours to change */
		sqlite3_set_last_insert_rowid(frame->connection->db, frame->rowid);
	release_deferred(frame, NULL);
	arena_release(&frame->memory);
	arena_release(&frame->stream.other);
}

void result_value(sqlite3_context *context, stead_value value)
{
	char time[STEAD_TIME_SIZE];

	if (value.null) {
		sqlite3_result_null(context);
		return;
	}
	switch (value.type) {
	case STEAD_BOOL:
		sqlite3_result_int(context, value.boolean);
		break;
	case STEAD_INT:
		sqlite3_result_int64(context, value.integer);
		break;
	case STEAD_REAL:
		sqlite3_result_double(context, value.real);
		break;
	case STEAD_TIME:
		stead_time_format(value.integer, time);
		sqlite3_result_text64(context, time, STEAD_TIME_SIZE, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	case STEAD_BYTES:
		sqlite3_result_blob64(context, value.data, value.size, SQLITE_TRANSIENT);
		break;
	default:
		sqlite3_result_text64(context, value.data, value.size, SQLITE_TRANSIENT, SQLITE_UTF8);
	}
}

static void scalar(sqlite3_context *context, int count, sqlite3_value **values)
{
	frame frame;
	stead_value result;

	if (frame_run(&frame, sqlite3_user_data(context), count, values, NULL, &result)) {
		if (frame.result && result.type == STEAD_BYTES)
			sqlite3_result_blob64(context, frame.result, result.size, sqlite3_free);
		else if (frame.result) /* ends with a NUL, and SQLite is told so: who asks for its text need not allocate either */
			sqlite3_result_text(context, frame.result, -1, sqlite3_free);
		else
			result_value(context, result);
	}
	else if (frame.code == SQLITE_NOMEM)
		sqlite3_result_error_nomem(context);
	else {
		sqlite3_result_error(context, frame.message, -1);
		sqlite3_result_error_code(context, frame.code);
	}
	frame_end(&frame);
}

/* ---- Registration ------------------------------------------------------------------------------------------------ */

void connection_release(void *pointer)
{
	connection *connection = pointer;

	if (--connection->references > 0)
		return;
	drop_plans(connection);
	cache_table_clear(&connection->memo);
	for (int i = 0; i < STEAD_CONNECTION_HANDLES; i++)
		if (connection->handles[i].handle)
			connection->handles[i].release(connection->handles[i].handle);
	sqlite3_free(connection);
}

void binding_release(void *pointer)
{
	binding *binding = pointer;

	connection_release(binding->connection);
	sqlite3_free(binding);
}

static binding *make_binding(connection *connection, const stead_function *function)
{
	binding *binding = sqlite3_malloc64(sizeof *binding);

	if (binding) {
		binding->connection = connection;
		binding->function = function;
		connection->references++;
	}
	return binding;
}

static int register_scalar(connection *connection, const stead_function *function)
{
	int flags = SQLITE_UTF8, code = SQLITE_OK;
	char name[80];

	if (function->effect == STEAD_PURE)
		flags |= SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	else if (function->effect == STEAD_WRITES || function->audience == STEAD_ADMIN || function->direct_only)
		flags |= SQLITE_DIRECTONLY; /* a hostile file's view or trigger must not write, nor read a secret */
	snprintf(name, sizeof name, "stead_%s", function->name);
	for (int n = stead_required_count(function); n <= stead_arg_count(function) && code == SQLITE_OK; n++) {
		binding *binding = make_binding(connection, function);

		if (!binding)
			return SQLITE_NOMEM;
		/* SQLite calls binding_release itself when this fails */
		code = sqlite3_create_function_v2(connection->db, name, n, flags, binding, scalar, NULL, NULL, binding_release);
	}
	return code;
}

#ifdef _WIN32
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
int sqlite3_stead_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	connection *connection;
	int code = SQLITE_OK;

	SQLITE_EXTENSION_INIT2(api);
	if (sqlite3_libversion_number() < 3038000) {
		*message = sqlite3_mprintf("stead needs SQLite 3.38 or later, this is %s", sqlite3_libversion());
		return SQLITE_ERROR;
	}
	connection = sqlite3_malloc64(sizeof *connection);
	if (!connection)
		return SQLITE_NOMEM;
	memset(connection, 0, sizeof *connection);
	connection->db = db;
	cache_init(connection);
	connection->references = 1; /* ours, until everything is registered */
	for (const stead_module *const *module = stead_modules; *module && code == SQLITE_OK; module++)
		for (int i = 0; i < (*module)->function_count && code == SQLITE_OK; i++) {
			const stead_function *function = &(*module)->functions[i];

			if (function->call)
				code = register_scalar(connection, function);
			else {
				binding *binding = make_binding(connection, function);

				code = binding ? register_table(db, binding) : SQLITE_NOMEM;
			}
		}
	connection_release(connection);
	return code;
}
