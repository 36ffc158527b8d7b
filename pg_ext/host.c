/*
 * host.c - the port over SPI: frames, memory, errors, statements, and the conversion of values.
 *
 * Errors are plain ereport without PG_TRY: transaction (or subtransaction) abort restores user, search_path and SPI, and
 * memory contexts take deferred handles with them. SPI is connected when a call first opens a query, so a call that
 * needs none pays nothing. Queries run with the rights of the tables' owner, as foreign-key checks do, and with a
 * search_path of pg_catalog, Stead's schema and, last, pg_temp: neither the caller's path nor temporary tables matter.
 */
#include "host.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "lib/timestamp.h"

#define ENDLESS (INT64_MAX / 2) /* the time of infinity */
#define BATCH 200 /* rows fetched at once from a built query */

/* ---- Memory and errors --------------------------------------------------------------------------------------------- */

void *stead_alloc(stead_call *call, size_t size)
{
	return MemoryContextAllocHuge(frame_of(call)->memory, size);
}

static void release_deferred(void *list)
{
	deferred *entry = ((deferred_list *)list)->first;

	((deferred_list *)list)->first = NULL;
	for (; entry; entry = entry->next)
		entry->release(entry->handle);
}

void stead_defer(stead_call *call, void (*release)(void *handle), void *handle)
{
	frame *frame = frame_of(call);
	deferred *entry = MemoryContextAllocExtended(frame->memory, sizeof *entry, MCXT_ALLOC_NO_OOM);

	if (entry && !frame->deferred) {
		frame->deferred = MemoryContextAllocExtended(frame->memory, sizeof *frame->deferred, MCXT_ALLOC_NO_OOM);
		if (frame->deferred) {
			frame->deferred->first = NULL;
			frame->deferred->callback.func = release_deferred;
			frame->deferred->callback.arg = frame->deferred;
			MemoryContextRegisterResetCallback(frame->memory, &frame->deferred->callback);
		}
	}
	if (!entry || !frame->deferred) {
		release(handle);
		stead_raise_no_memory(call);
	}
	*entry = (deferred){release, handle, frame->deferred->first};
	frame->deferred->first = entry;
}

/* A memory context below the call's, and what it stands in for. */
struct stead_scope {
	MemoryContext memory, current;
	deferred_list *deferred;
};

stead_scope *stead_open_scope(stead_call *call)
{
	frame *frame = frame_of(call);
	MemoryContext memory = AllocSetContextCreate(frame->memory, "stead scope", ALLOCSET_DEFAULT_SIZES);
	stead_scope *scope = MemoryContextAlloc(memory, sizeof *scope);

	*scope = (stead_scope){frame->memory, MemoryContextSwitchTo(memory), frame->deferred};
	frame->memory = memory;
	frame->deferred = NULL;
	return scope;
}

void stead_close_scope(stead_call *call, stead_scope *scope)
{
	frame *frame = frame_of(call);
	MemoryContext memory = frame->memory;

	frame->memory = scope->memory;
	frame->deferred = scope->deferred;
	MemoryContextSwitchTo(scope->current);
	MemoryContextDelete(memory); /* what was deferred in it is released with it */
}

void stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint)
{
	static const int codes[] = {[STEAD_INVALID] = ERRCODE_INVALID_PARAMETER_VALUE,
	                            [STEAD_NOT_FOUND] = ERRCODE_NO_DATA_FOUND,
	                            [STEAD_CONFLICT] = ERRCODE_UNIQUE_VIOLATION,
	                            [STEAD_DENIED] = ERRCODE_INSUFFICIENT_PRIVILEGE,
	                            [STEAD_UNSUPPORTED] = ERRCODE_FEATURE_NOT_SUPPORTED,
	                            [STEAD_NOT_INITIALISED] = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
	                            [STEAD_READ_ONLY] = ERRCODE_READ_ONLY_SQL_TRANSACTION,
	                            [STEAD_BUSY] = ERRCODE_LOCK_NOT_AVAILABLE,
	                            [STEAD_CORRUPT] = ERRCODE_DATA_CORRUPTED,
	                            [STEAD_INTERNAL] = ERRCODE_INTERNAL_ERROR};

	(void)call;
	ereport(ERROR, (errcode(codes[error]), errmsg_internal("%s", message), hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}

void *stead_connection_handle(stead_call *call, const char *key, void *(*make)(void), void (*release)(void *handle))
{
	static struct {
		const char *key;
		void *handle;
	} handles[STEAD_CONNECTION_HANDLES]; /* a backend is one connection, and ends with it */

	(void)call, (void)release;
	for (int i = 0; i < STEAD_CONNECTION_HANDLES; i++)
		if (!handles[i].key || handles[i].key == key) {
			handles[i].key = key;
			if (!handles[i].handle)
				handles[i].handle = make();
			return handles[i].handle;
		}
	elog(ERROR, "stead: no room for the connection's handle %s", key);
}

void stead_raise_no_memory(stead_call *call)
{
	(void)call;
	ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	pg_unreachable();
}

/* ---- Beginning and end ----------------------------------------------------------------------------------------------- */

/* Looked up once: while the call waits for a lock, the extension may be dropped and made anew. The tables stay where they are, and
 * the call goes on with them. */
Oid own_schema(frame *frame)
{
	if (!OidIsValid(frame->schema))
		frame->schema = get_func_namespace(frame->fcinfo->flinfo->fn_oid);
	if (!OidIsValid(frame->schema))
		raise_dropped(frame);
	return frame->schema;
}

char *own_schema_name(frame *frame)
{
	char *name = get_namespace_name(own_schema(frame));

	if (!name)
		raise_dropped(frame);
	return name;
}

Oid own_table(frame *frame, const char *name)
{
	return get_relname_relid(name, own_schema(frame));
}

/*
 * A security-restricted operation, as VACUUM and REFRESH are: triggers that the tables' owner planted run with the
 * owner's rights and must not reach past the call into the caller's session - no deferred triggers, no settings.
 */
void become(frame *frame, Oid user)
{
	SetUserIdAndSecContext(user, frame->saved_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION |
	                                 SECURITY_NOFORCE_RLS);
}

void start(frame *frame, Oid user, bool with_tables)
{
	/* Whoever may create in Stead's schema could plant operators there: queries of catalogs alone go without it. */
	const char *path =
	    with_tables ? psprintf("pg_catalog, %s, pg_temp", quote_identifier(own_schema_name(frame)))
	                : "pg_catalog, pg_temp";

	if (with_tables && GetDatabaseEncoding() != PG_UTF8)
		stead_raise(&frame->call, STEAD_UNSUPPORTED, "stead needs a database whose encoding is UTF8");
	frame->guc_level = NewGUCNestLevel();
	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (quote_all_identifiers) /* what the catalogs show is compared with what Stead makes */
		set_config_option("quote_all_identifiers", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	GetUserIdAndSecContext(&frame->saved_user, &frame->saved_context);
	become(frame, user);
	frame->started = true;
}

void begin_query(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner;

	if (frame->started)
		return;
	owner = owner_of_tables(frame);
	if (!OidIsValid(owner))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame)), "stead is not initialised");
	start(frame, owner, true);
}

static void finish(frame *frame)
{
	if (frame->started) {
		while (frame->open)
			stead_close(frame->open);
		SetUserIdAndSecContext(frame->saved_user, frame->saved_context);
		SPI_finish();
		AtEOXact_GUC(false, frame->guc_level); /* whatever was set meanwhile is undone */
	}
	if (frame->deferred)
		release_deferred(frame->deferred);
}

/* ---- Statements ------------------------------------------------------------------------------------------------------ */

const char *pg_type_name(stead_type type)
{
	static const char *const names[] = {"", "boolean", "bigint", "double precision", "text", "timestamp with time zone",
	                                    "json", "bytea"};

	return names[type];
}

Oid type_oid(stead_type type)
{
	static const Oid oids[] = {InvalidOid, BOOLOID, INT8OID, FLOAT8OID, TEXTOID, TIMESTAMPTZOID, JSONOID, BYTEAOID};

	return oids[type];
}

/* The Datum of a value, made in the current memory context. */
static Datum to_datum(stead_value value)
{
	if (value.null)
		return (Datum)0;
	switch (value.type) {
	case STEAD_BOOL:
		return BoolGetDatum(value.boolean);
	case STEAD_INT:
		return Int64GetDatum(value.integer);
	case STEAD_REAL:
		return Float8GetDatum(value.real);
	case STEAD_TIME:
		return TimestampTzGetDatum(value.integer >= ENDLESS ? DT_NOEND : value.integer <= -ENDLESS ? DT_NOBEGIN
		                                                                 : value.integer - EPOCH_DIFFERENCE);
	default: /* text, json and bytea have the same form */
		if (value.size > MaxAllocSize - VARHDRSZ)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("result is too large")));
		return PointerGetDatum(cstring_to_text_with_len(value.data, (int)value.size));
	}
}

typedef struct {
	stead_call *call;
	const char *sql;
} statement;

/* A query of Stead's own names what is not there: tables of an earlier library, or a column that somebody has dropped. */
static void explain_missing(void *data)
{
	const statement *of = data;

	if (geterrcode() != ERRCODE_UNDEFINED_COLUMN && geterrcode() != ERRCODE_UNDEFINED_TABLE)
		return;
	errcode(ERRCODE_DATA_CORRUPTED);
	errmsg_internal(STEAD_MISSING, of->call->function->name);
	errdetail_internal("The query: %s", of->sql);
	errhint(STEAD_MISSING_HINT);
	internalerrquery(NULL);
	internalerrposition(0);
}

/* A plan for the call: to make it runs nobody else's code. */
static SPIPlanPtr prepare(stead_call *call, const char *sql, int count, Oid *types)
{
	statement of = {call, sql};
	ErrorContextCallback explanation = {.callback = explain_missing, .arg = &of, .previous = error_context_stack};
	SPIPlanPtr plan;

	error_context_stack = &explanation;
	plan = SPI_prepare(sql, count, types);
	error_context_stack = explanation.previous;
	if (!plan)
		elog(ERROR, "stead: a statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	refuse_strangers(call, plan);
	return plan;
}

static SPIPlanPtr find_plan(frame *frame, const char *sql, int count, const stead_value *params)
{
	SPIPlanPtr known = kept_plan(frame, sql), plan;
	Oid types[2 * STEAD_MAX_COLUMNS];

	if (known && SPI_plan_is_valid(known))
		return known;
	Assert(count <= lengthof(types));
	for (int i = 0; i < count; i++)
		types[i] = type_oid(params[i].type);
	plan = prepare(&frame->call, sql, count, types);
	if (known) { /* it will be made anew as it is run, where an error of a trigger's cannot be told from one of Stead's */
		SPI_freeplan(plan);
		return known;
	}
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "stead: a statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	keep_plan(frame, sql, plan);
	return plan;
}

static stead_rows *new_rows(stead_call *call)
{
	frame *frame = frame_of(call);
	stead_rows *rows = MemoryContextAllocZero(frame->memory, sizeof *rows);

	rows->call = call;
	rows->memory = frame->memory;
	rows->open = true;
	rows->next = frame->open;
	frame->open = rows;
	return rows;
}

/* In the call's memory, or its scope's: SPI's own, which is current now, lasts until the call ends. */
static void to_datums(frame *frame, int count, const stead_value *params, Datum *values, char *nulls)
{
	MemoryContext before = MemoryContextSwitchTo(frame->memory);

	for (int i = 0; i < count; i++) {
		values[i] = to_datum(params[i]);
		nulls[i] = params[i].null ? 'n' : ' ';
	}
	MemoryContextSwitchTo(before);
}

/* A live read takes the latest snapshot, which PostgreSQL gives to nobody while a parallel query runs. Its functions are
 * PARALLEL UNSAFE, but may be called by one that is mislabelled; then the statement's snapshot is good enough, not so a
 * transaction's. */
static void refuse_old_snapshot(frame *frame)
{
	if (frame->call.function->effect == STEAD_LIVE && IsInParallelMode() && IsolationUsesXactSnapshot())
		stead_raise_hint(&frame->call, STEAD_UNSUPPORTED, "Declare the function that calls it PARALLEL UNSAFE.",
		                 "stead_%s: cannot be called within a parallel query in REPEATABLE READ", frame->call.function->name);
}

void refuse_to_write(stead_call *call, const char *sql)
{
	if (!XactReadOnly || call->function->effect != STEAD_WRITES ||
	    (sql && strncmp(sql, "SELECT", 6) == 0 && !strstr(sql, " FOR UPDATE") && !strstr(sql, " FOR SHARE")))
		return;
	stead_raise_read_only(call, stead_read_only(call));
}

/* The detail of a violated constraint shows the row, and with it a secret: the owner may have added a constraint. */
static void hide_row(void *unused)
{
	(void)unused;
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		errdetail("The row is not shown: it may hold a secret.");
}

static stead_rows *open_whole(stead_call *call, const char *sql, int count, const stead_value *params)
{
	frame *frame = frame_of(call);
	Datum values[2 * STEAD_MAX_COLUMNS];
	char nulls[2 * STEAD_MAX_COLUMNS];
	bool reads = call->function->effect != STEAD_WRITES;
	ErrorContextCallback discretion = {0};
	stead_rows *rows;
	SPIPlanPtr plan;
	int code;

	refuse_old_snapshot(frame);
	refuse_to_write(call, sql);
	begin_query(call);
	plan = find_plan(frame, sql, count, params);
	to_datums(frame, count, params, values, nulls);
	if (frame->latest)
		PushActiveSnapshot(GetLatestSnapshot());
	discretion.callback = hide_row;
	discretion.previous = error_context_stack;
	error_context_stack = &discretion;
	code = SPI_execute_plan(plan, values, nulls, reads, 0);
	error_context_stack = discretion.previous;
	if (frame->latest)
		PopActiveSnapshot();
	if (code < 0)
		elog(ERROR, "stead: a statement failed: %s", SPI_result_code_string(code));
	rows = new_rows(call);
	rows->rows = SPI_tuptable;
	rows->count = SPI_tuptable ? SPI_tuptable->numvals : 0;
	rows->processed = SPI_processed;
	return rows;
}

/* A query whose rows are fetched in batches: of a plan that is kept, or of one for this time. */
static stead_rows *open_portal(stead_call *call, const char *sql, bool kept, int count, const stead_value *params)
{
	bool reads = call->function->effect != STEAD_WRITES;
	frame *frame = frame_of(call);
	Datum values[2 * STEAD_MAX_COLUMNS];
	char nulls[2 * STEAD_MAX_COLUMNS];
	Oid types[2 * STEAD_MAX_COLUMNS];
	stead_rows *rows;
	SPIPlanPtr plan;
	Portal portal;

	refuse_old_snapshot(frame);
	refuse_to_write(call, sql);
	begin_query(call);
	Assert(count <= lengthof(types));
	for (int i = 0; i < count && !kept; i++)
		types[i] = type_oid(params[i].type);
	plan = kept ? find_plan(frame, sql, count, params) : prepare(call, sql, count, types);
	to_datums(frame, count, params, values, nulls);
	if (frame->latest)
		PushActiveSnapshot(GetLatestSnapshot());
	portal = SPI_cursor_open(NULL, plan, values, nulls, reads);
	if (frame->latest)
		PopActiveSnapshot();
	rows = new_rows(call);
	rows->portal = portal;
	return rows;
}

stead_rows *stead_open_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params)
{
	return flags ? open_portal(call, sql, !(flags & STEAD_ONE_TIME), count, params) : open_whole(call, sql, count, params);
}

bool stead_next(stead_rows *rows)
{
	if (!rows->open)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (rows->row_memory)
		MemoryContextReset(rows->row_memory);
	if (rows->at == rows->count && rows->portal) {
		if (rows->rows)
			SPI_freetuptable(rows->rows);
		rows->rows = NULL;
		SPI_cursor_fetch(rows->portal, true, BATCH);
		rows->rows = SPI_tuptable;
		rows->count = SPI_processed;
		rows->at = 0;
	}
	if (rows->at < rows->count) {
		rows->at++;
		return true;
	}
	stead_close(rows);
	return false;
}

void stead_close(stead_rows *rows)
{
	stead_rows **link = &frame_of(rows->call)->open;

	if (!rows->open)
		return;
	rows->open = false;
	while (*link != rows)
		link = &(*link)->next;
	*link = rows->next;
	if (rows->rows)
		SPI_freetuptable(rows->rows);
	if (rows->portal)
		SPI_cursor_close(rows->portal); /* SPI_finish would leave it open */
	if (rows->row_memory)
		MemoryContextDelete(rows->row_memory);
}

/* A time of a row changed by hand may be infinite, or beyond what an int64 counts from 1970: it is ENDLESS, before or after
 * every other time. Twice that still does not overflow: times can be subtracted. */
static int64_t time_value(TimestampTz time)
{
	if (time >= ENDLESS - EPOCH_DIFFERENCE)
		return ENDLESS;
	return TIMESTAMP_IS_NOBEGIN(time) ? -ENDLESS : time + EPOCH_DIFFERENCE;
}

stead_value stead_column_time(stead_rows *rows, int index)
{
	return stead_column(rows, index, STEAD_TIME); /* there is nothing in such a column but times */
}

stead_value stead_column(stead_rows *rows, int index, stead_type type)
{
	stead_value value = {.type = type};
	struct varlena *text;
	bool null;
	Datum datum;
	Oid oid;

	if (!rows->open || rows->at == 0)
		elog(ERROR, "stead_%s: a column was read without a row", rows->call->function->name);
	oid = SPI_gettypeid(rows->rows->tupdesc, index + 1);
	datum = SPI_getbinval(rows->rows->vals[rows->at - 1], rows->rows->tupdesc, index + 1, &null);
	if (null)
		return stead_null(type);
	switch (type) {
	case STEAD_BOOL:
		if (oid != BOOLOID)
			break;
		value.boolean = DatumGetBool(datum);
		return value;
	case STEAD_INT:
		if (oid != INT8OID && oid != INT4OID)
			break;
		value.integer = oid == INT8OID ? DatumGetInt64(datum) : DatumGetInt32(datum);
		return value;
	case STEAD_REAL:
		if (oid != FLOAT8OID)
			break;
		value.real = DatumGetFloat8(datum);
		return value;
	case STEAD_TIME:
		if (oid != TIMESTAMPTZOID)
			break;
		value.integer = time_value(DatumGetTimestampTz(datum));
		return value;
	default:
		if (oid != TEXTOID && oid != JSONOID && oid != BYTEAOID)
			break;
		text = (struct varlena *)DatumGetPointer(datum);
		if (VARATT_IS_COMPRESSED(text) || VARATT_IS_EXTERNAL(text)) { /* a TOAST pointer passes for short, too */
			MemoryContext before;

			if (!rows->row_memory)
				rows->row_memory = AllocSetContextCreate(rows->memory, "stead row", ALLOCSET_SMALL_SIZES);
			before = MemoryContextSwitchTo(rows->row_memory);
			text = pg_detoast_datum_packed(text);
			MemoryContextSwitchTo(before);
		}
		value.data = VARDATA_ANY(text);
		value.size = VARSIZE_ANY_EXHDR(text);
		return value;
	}
	elog(ERROR, "stead_%s: column %d is of type %u, wanted %s", rows->call->function->name, index, oid,
	     stead_type_name(type));
}

bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value)
{
	*value = stead_column(rows, index, type);
	return type != STEAD_TIME || value->null || (value->integer >= STEAD_TIME_MIN && value->integer <= STEAD_TIME_MAX);
}

int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params)
{
	stead_rows *rows = stead_open(call, sql, count, params);
	int64_t changed = (int64_t)rows->processed;

	stead_close(rows);
	return changed;
}

void execute(const char *sql)
{
	int code = SPI_execute(sql, false, 0);

	if (code < 0)
		elog(ERROR, "stead: a statement failed: %s", SPI_result_code_string(code));
}

int64_t stead_now(stead_call *call)
{
	(void)call;
	return GetCurrentTimestamp() + EPOCH_DIFFERENCE;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------------- */

/* The materialise protocol by hand: InitMaterializedSRF came with PostgreSQL 15, under another name. */
static void start_rows(frame *frame)
{
	ReturnSetInfo *info = (ReturnSetInfo *)frame->fcinfo->resultinfo;
	MemoryContext before;

	if (!info || !IsA(info, ReturnSetInfo) || !(info->allowedModes & SFRM_Materialize) || !info->expectedDesc)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
		                errmsg("stead_%s: must be called in FROM", frame->call.function->name)));
	before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	frame->store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	frame->columns = CreateTupleDescCopy(info->expectedDesc);
	MemoryContextSwitchTo(before);
	if (frame->columns->natts != stead_column_count(frame->call.function))
		elog(ERROR, "stead_%s: the SQL definition does not fit the library", frame->call.function->name);
	info->returnMode = SFRM_Materialize;
	info->setResult = frame->store;
	info->setDesc = frame->columns;
	frame->emit_memory = AllocSetContextCreate(frame->memory, "stead emit", ALLOCSET_SMALL_SIZES);
}

void stead_emit(stead_call *call, const stead_value *values)
{
	frame *frame = frame_of(call);
	MemoryContext before = MemoryContextSwitchTo(frame->emit_memory);
	Datum datums[STEAD_MAX_COLUMNS];
	bool nulls[STEAD_MAX_COLUMNS];

	for (int i = 0; i < frame->columns->natts; i++) {
		datums[i] = to_datum(values[i]);
		nulls[i] = values[i].null;
	}
	tuplestore_putvalues(frame->store, frame->columns, datums, nulls);
	MemoryContextSwitchTo(before);
	MemoryContextReset(frame->emit_memory);
}

/* All at once: the tuplestore goes to disk when it grows. */
void stead_stream(stead_call *call, stead_maker *make, void *state)
{
	frame *frame = frame_of(call);
	MemoryContext memory = frame->memory;
	deferred_list *deferred = frame->deferred;
	stead_value values[STEAD_MAX_COLUMNS];
	bool more = true;

	while (more) {
		/* what is deferred goes with the memory it was noted down in */
		frame->memory = AllocSetContextCreate(memory, "stead stream", ALLOCSET_DEFAULT_SIZES);
		frame->deferred = NULL;
		more = make(call, state, values);
		if (more)
			stead_emit(call, values);
		while (frame->open && frame->open->memory == frame->memory)
			stead_close(frame->open);
		MemoryContextDelete(frame->memory);
		frame->memory = memory;
		frame->deferred = deferred;
	}
}

/* ---- Entry --------------------------------------------------------------------------------------------------------------- */

static stead_value read_argument(FunctionCallInfo fcinfo, int index, stead_type type)
{
	stead_value value = {.type = type};
	struct varlena *text;

	if (index >= PG_NARGS() || PG_ARGISNULL(index))
		return stead_null(type);
	switch (type) {
	case STEAD_BOOL:
		value.boolean = PG_GETARG_BOOL(index);
		break;
	case STEAD_INT:
		value.integer = PG_GETARG_INT64(index);
		break;
	case STEAD_REAL:
		value.real = PG_GETARG_FLOAT8(index);
		break;
	case STEAD_TIME:
		value.integer = PG_GETARG_TIMESTAMPTZ(index);
		if (TIMESTAMP_NOT_FINITE(value.integer) || value.integer > INT64_MAX - EPOCH_DIFFERENCE)
			value.integer = INT64_MAX; /* refused with the other times out of range */
		else
			value.integer += EPOCH_DIFFERENCE;
		break;
	default:
		text = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(index));
		value.data = VARDATA_ANY(text);
		value.size = VARSIZE_ANY_EXHDR(text);
	}
	return value;
}

Datum stead_enter(FunctionCallInfo fcinfo, const stead_function *function)
{
	frame frame = {.call.function = function, .fcinfo = fcinfo, .memory = CurrentMemoryContext,
	               .latest = function->effect == STEAD_LIVE && !IsInParallelMode()};
	stead_value given[STEAD_MAX_ARGS], args[STEAD_MAX_ARGS], result;
	int count = stead_arg_count(function);
	MemoryContext before = CurrentMemoryContext;

	for (int i = 0; i < count; i++)
		given[i] = read_argument(fcinfo, i, function->args[i].type);
	if (function->rows)
		start_rows(&frame);
	if (!stead_arguments(&frame.call, given, count, args)) {
		fcinfo->isnull = true;
		return (Datum)0;
	}
	if (function->rows) {
		function->rows(&frame.call, args);
		finish(&frame);
		MemoryContextDelete(frame.emit_memory);
		fcinfo->isnull = true;
		return (Datum)0;
	}
	result = function->call(&frame.call, args);
	MemoryContextSwitchTo(before); /* SPI's own may be current; the result must outlive it */
	fcinfo->isnull = result.null;
	{
		Datum datum = to_datum(result);

		finish(&frame);
		MemoryContextSwitchTo(before);
		return datum;
	}
}
