/*
 * rows.c - the eponymous virtual table behind every function that returns rows.
 *
 * Each such function is registered as a module of its own name, with the same methods; pAux is its binding. Its
 * arguments are hidden columns after the result columns, as SQLite's table-valued functions have them. xFilter runs the
 * function to its end, and the cursor owns the rows. If the function makes its rows one by one, the cursor owns the
 * call, and xNext makes a row. It does not write (xUpdate), and uses no constraints other than arguments.
 */
#include "begin.h"
#include "enter.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

void stead_host_emit(stead_call *call, const stead_value *values)
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

bool stead_looks_at(stead_call *call, int column)
{
	return call->collected || (frame_of(call)->columns >> column & 1) != 0;
}

void stead_host_stream(stead_call *call, stead_maker *make, void *state)
{
	frame *frame = frame_of(call);

	frame->stream = (stream){.make = make, .state = state, .deferred = frame->deferred};
}

/* ---- The virtual table ------------------------------------------------------------------------------------------- */

/* An instance can outlive its registration, if Stead is loaded again. So it has a binding of its own. */
typedef struct {
	sqlite3_vtab base;
	binding binding;
	int columns;
} table;

/* An argument as given, for its hidden column. Most fit: allocating a copy would cost as much as reading a row. */
typedef struct {
	int type; /* SQLITE_NULL: it is not given, or null */
	int size;
	unsigned subtype;
	sqlite3_value *copy; /* of a text or blob that does not fit, or NULL */
	union {
		sqlite3_int64 integer;
		double real;
		char bytes[80];
	};
} argument;

typedef struct {
	sqlite3_vtab_cursor base;
	row_set set;
	int64_t at;
	frame frame;  /* ends with xFilter, unless a stream has rows left */
	bool streams; /* rows come from the stream, not from the set */
	stead_value values[STEAD_MAX_COLUMNS];
	argument args[STEAD_MAX_ARGS];
} cursor;

/* False: there is no memory. */
static bool keep_argument(argument *out, sqlite3_value *given)
{
	const void *bytes;

	out->type = given ? sqlite3_value_type(given) : SQLITE_NULL;
	switch (out->type) {
	case SQLITE_INTEGER:
		out->integer = sqlite3_value_int64(given);
		break;
	case SQLITE_FLOAT:
		out->real = sqlite3_value_double(given);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		out->size = sqlite3_value_bytes(given);
		if (out->size > (int)sizeof out->bytes)
			return (out->copy = sqlite3_value_dup(given));
		out->subtype = sqlite3_value_subtype(given);
		bytes = sqlite3_value_blob(given);
		if (out->size && !bytes)
			return false;
		if (out->size)
			memcpy(out->bytes, bytes, (size_t)out->size);
		break;
	default:
		break;
	}
	return true;
}

static void forget_argument(argument *kept)
{
	if (kept->copy)
		sqlite3_value_free(kept->copy);
	kept->copy = NULL;
	kept->type = SQLITE_NULL;
}

static void result_argument(sqlite3_context *context, const argument *kept)
{
	if (kept->copy)
		sqlite3_result_value(context, kept->copy);
	else if (kept->type == SQLITE_INTEGER)
		sqlite3_result_int64(context, kept->integer);
	else if (kept->type == SQLITE_FLOAT)
		sqlite3_result_double(context, kept->real);
	else if (kept->type == SQLITE_BLOB)
		sqlite3_result_blob(context, kept->bytes, kept->size, SQLITE_TRANSIENT);
	else if (kept->type == SQLITE_TEXT) {
		sqlite3_result_text(context, kept->bytes, kept->size, SQLITE_TRANSIENT);
		sqlite3_result_subtype(context, kept->subtype);
	}
}

/* An argument may have the name of a column, but no two columns of a table the same. */
static bool is_column(const stead_function *function, const char *name)
{
	for (int i = 0; i < stead_column_count(function); i++)
		if (strcmp(function->columns[i].name, name) == 0)
			return true;
	return false;
}

static int table_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error)
{
	binding *binding = aux;
	const stead_function *function = binding->function;
	char sql[1500] = "CREATE TABLE x(";
	size_t at = strlen(sql);
	table *self;
	int code;

	(void)argc, (void)argv, (void)error;
	for (int i = 0; i < stead_column_count(function); i++)
		at += (size_t)snprintf(sql + at, sizeof sql - at, "%s\"%s\"", i ? "," : "", function->columns[i].name);
	for (int i = 0; i < stead_arg_count(function); i++)
		at += (size_t)snprintf(sql + at, sizeof sql - at, ",\"%s%s\" HIDDEN",
		                       is_column(function, function->args[i].name) ? "given_" : "", function->args[i].name);
	snprintf(sql + at, sizeof sql - at, ")");
	code = sqlite3_declare_vtab(db, sql);
	if (code != SQLITE_OK)
		return code;
	if (function->effect == STEAD_PURE)
		sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
	else if (function->audience == STEAD_ADMIN)
		sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
	self = sqlite3_malloc64(sizeof *self);
	if (!self)
		return SQLITE_NOMEM;
	*self = (table){.binding = *binding, .columns = stead_column_count(function)};
	binding->connection->references++;
	binding->connection->anchored = true;
	*out = &self->base;
	return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *base)
{
	drop_plans(((table *)base)->binding.connection);
	connection_release(((table *)base)->binding.connection);
	sqlite3_free(base);
	return SQLITE_OK;
}

#define COLUMN_BIT(column) (1u << (STEAD_MAX_ARGS + (column)))
_Static_assert(STEAD_MAX_ARGS + STEAD_MAX_COLUMNS <= 32, "idxNum has a bit for each argument and each column");

/* idxNum has a bit for each argument that is given, and then one for each column that the statement looks at. The
 * arguments are passed in their order. */
static int table_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	const stead_function *function = ((table *)base)->binding.function;
	int columns = stead_column_count(function), given[STEAD_MAX_ARGS], next = 1;
	unsigned told = 0;

	for (int i = 0; i < STEAD_MAX_ARGS; i++)
		given[i] = -1;
	for (int i = 0; i < info->nConstraint; i++) {
		int arg = info->aConstraint[i].iColumn - columns;

		if (arg < 0 || arg >= STEAD_MAX_ARGS || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		if (!info->aConstraint[i].usable)
			return SQLITE_CONSTRAINT; /* this join order leaves an argument without its value */
		if (given[arg] < 0)
			given[arg] = i;
	}
	for (int i = 0; i < columns; i++)
		if (info->colUsed >> i & 1)
			told |= COLUMN_BIT(i);
	for (int i = 0; i < STEAD_MAX_ARGS; i++)
		if (given[i] >= 0) {
			told |= 1u << i;
			info->aConstraintUsage[given[i]].argvIndex = next++;
			info->aConstraintUsage[given[i]].omit = 1;
		}
	info->idxNum = (int)told;
	info->estimatedRows = function->one_row ? 1 : 100;
	info->estimatedCost = 1000;
	return SQLITE_OK;
}

static int table_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	cursor *self = sqlite3_malloc64(sizeof *self);

	(void)base;
	if (!self)
		return SQLITE_NOMEM;
	self->set = (row_set){0};
	self->at = 0;
	self->streams = false;
	for (int i = 0; i < STEAD_MAX_ARGS; i++) {
		self->args[i].type = SQLITE_NULL;
		self->args[i].copy = NULL;
	}
	*out = &self->base;
	return SQLITE_OK;
}

static void end_stream(cursor *self)
{
	if (self->streams)
		frame_end(&self->frame);
	self->streams = false;
}

static void cursor_clear(cursor *self)
{
	end_stream(self);
	arena_release(&self->set.memory);
	sqlite3_free(self->set.rows);
	self->set = (row_set){0};
	for (int i = 0; i < STEAD_MAX_ARGS; i++)
		forget_argument(&self->args[i]);
	self->at = 0;
}

static int table_close(sqlite3_vtab_cursor *base)
{
	cursor_clear((cursor *)base);
	sqlite3_free(base);
	return SQLITE_OK;
}

static int table_error(cursor *self)
{
	sqlite3_free(self->base.pVtab->zErrMsg);
	self->base.pVtab->zErrMsg = sqlite3_mprintf("%s", self->frame.message);
	return self->frame.code;
}

static int table_step(cursor *self)
{
	connection *connection = self->frame.connection;
	bool more = false, good;
	int code;

	connection->nested++; /* calls by triggers from now on are within this call */
	good = frame_step(&self->frame, self->values, &more);
	connection->nested--;
	code = good ? SQLITE_OK : table_error(self);

	if (!good || !more)
		end_stream(self);
	return code;
}

static int table_filter(sqlite3_vtab_cursor *base, int told, const char *unused, int count, sqlite3_value **values)
{
	cursor *self = (cursor *)base;
	table *table_ = (table *)base->pVtab;
	sqlite3_value *args[STEAD_MAX_ARGS];
	int arg_count = stead_arg_count(table_->binding.function), next = 0;
	stead_value result;
	int code;

	(void)unused, (void)count;
	cursor_clear(self);
	self->frame.columns = (unsigned)told >> STEAD_MAX_ARGS;
	for (int i = 0; i < arg_count; i++) {
		args[i] = (unsigned)told & 1u << i ? values[next++] : NULL;
		if (!keep_argument(&self->args[i], args[i]))
			return SQLITE_NOMEM;
	}
	self->streams = frame_run(&self->frame, &table_->binding, arg_count, args, &self->set, &result);
	if (self->streams && self->frame.stream.make)
		return table_step(self);
	code = self->streams ? SQLITE_OK : table_error(self);
	self->streams = false;
	frame_end(&self->frame);
	return code;
}

static int table_next(sqlite3_vtab_cursor *base)
{
	cursor *self = (cursor *)base;

	self->at++;
	return self->streams ? table_step(self) : SQLITE_OK;
}

static int table_eof(sqlite3_vtab_cursor *base)
{
	cursor *self = (cursor *)base;

	return !self->streams && self->at >= self->set.count;
}

static int table_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int index)
{
	cursor *self = (cursor *)base;
	int columns = ((table *)base->pVtab)->columns;

	if (index < columns)
		result_value(context, self->streams ? self->values[index] : self->set.rows[self->at][index]);
	else
		result_argument(context, &self->args[index - columns]);
	return SQLITE_OK;
}

static int table_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	*rowid = ((cursor *)base)->at + 1;
	return SQLITE_OK;
}

int register_table(sqlite3 *db, binding *binding)
{
	/* no xCreate: eponymous only, CREATE VIRTUAL TABLE ... USING it is refused */
	static const sqlite3_module methods = {
		.iVersion = 0,
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
	};
	char name[80];

	snprintf(name, sizeof name, "stead_%s", binding->function->name);
	/* SQLite calls binding_release itself when this fails */
	return sqlite3_create_module_v2(db, name, &methods, binding, binding_release);
}
