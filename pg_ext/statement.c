/*
 * statement.c - the port's queries, over SPI.
 */
#include "privilege.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* Rows fetched at once from a cursor: few at first, as many a reader needs only the beginning. */
#define FIRST_BATCH 10
#define BATCH 200

typedef struct {
	stead_call *call;
	const char *sql;
} statement;

/* A query of Stead's own names a table or column that is missing: the tables are of an earlier version, or someone
 * dropped it. */
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

/* Makes a plan. That runs nobody else's code. */
static SPIPlanPtr prepare(stead_call *call, const char *sql, int count, Oid *types, int options)
{
	statement of = {call, sql};
	ErrorContextCallback explanation = {.callback = explain_missing, .arg = &of, .previous = error_context_stack};
	SPIPlanPtr plan;

	error_context_stack = &explanation;
	plan = SPI_prepare_cursor(sql, count, types, options);
	error_context_stack = explanation.previous;
	if (!plan)
		elog(ERROR, "stead: a statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	refuse_strangers(call, plan);
	return plan;
}

SPIPlanPtr find_plan(frame *frame, const char *key, const char *sql, int count, const stead_value *params, int options)
{
	SPIPlanPtr known = kept_plan(frame, key), plan;
	Oid types[2 * STEAD_MAX_COLUMNS];

	if (known && SPI_plan_is_valid(known))
		return known;
	Assert(count <= (int)lengthof(types));
	for (int i = 0; i < count; i++)
		types[i] = type_oid(params[i].type);
	plan = prepare(&frame->call, sql, count, types, options);
	if (known) { /* it will be made anew as it is run, where an error of a trigger's cannot be told from one of Stead's
		          */
		SPI_freeplan(plan);
		return known;
	}
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "stead: a statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	keep_plan(frame, key, plan);
	return plan;
}

/* Uses the memory of the call or its scope. SPI's memory, which is current now, would last until the call ends. */
static void to_datums(frame *frame, int count, const stead_value *params, Datum *values, char *nulls)
{
	MemoryContext before = MemoryContextSwitchTo(frame->memory);

	for (int i = 0; i < count; i++) {
		values[i] = to_datum(params[i]);
		nulls[i] = params[i].null ? 'n' : ' ';
	}
	MemoryContextSwitchTo(before);
}

/* If a constraint that the owner added is violated, the error's detail shows the row, and so perhaps a secret. */
void hide_row(void *unused)
{
	(void)unused;
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		errdetail("The row is not shown: it may hold a secret.");
}

void run_plan(stead_call *call, SPIPlanPtr plan, Datum *values, const char *nulls)
{
	ErrorContextCallback discretion = {.callback = hide_row, .previous = error_context_stack};
	int code;

	error_context_stack = &discretion;
	code = SPI_execute_plan(plan, values, nulls, call->function->effect != STEAD_WRITES, 0);
	error_context_stack = discretion.previous;
	if (code < 0)
		elog(ERROR, "stead: a statement failed: %s", SPI_result_code_string(code));
}

static stead_rows *open_whole(stead_call *call, const char *sql, int count, const stead_value *params)
{
	frame *frame = frame_of(call);
	Datum values[2 * STEAD_MAX_COLUMNS];
	char nulls[2 * STEAD_MAX_COLUMNS];
	stead_rows *rows;
	SPIPlanPtr plan;

	refuse_old_snapshot(frame);
	refuse_to_write(call, sql);
	begin_query(call);
	plan = find_plan(frame, sql, sql, count, params, 0);
	to_datums(frame, count, params, values, nulls);
	if (frame->latest)
		PushActiveSnapshot(GetLatestSnapshot());
	run_plan(call, plan, values, nulls);
	if (frame->latest)
		PopActiveSnapshot();
	rows = new_rows(call);
	rows->rows = SPI_tuptable;
	rows->count = SPI_tuptable ? SPI_tuptable->numvals : 0;
	rows->processed = SPI_processed;
	return rows;
}

/* Opens a query whose rows are fetched in batches, with a kept or a one-time plan. A range of an index is planned with
 * its values: else the planner takes each range for one of average size, and may read the whole table. */
static stead_rows *open_portal(stead_call *call, const char *sql, int flags, int count, const stead_value *params)
{
	bool reads = call->function->effect != STEAD_WRITES, kept = !(flags & STEAD_ONE_TIME);
	frame *frame = frame_of(call);
	/* a query that was built may have any number of parameters */
	Datum *values = stead_alloc(call, (size_t)count * sizeof *values);
	char *nulls = stead_alloc(call, (size_t)count);
	Oid *types = stead_alloc(call, (size_t)count * sizeof *types);
	stead_rows *rows;
	SPIPlanPtr plan;
	Portal portal;

	refuse_old_snapshot(frame);
	refuse_to_write(call, sql);
	begin_query(call);
	for (int i = 0; i < count && !kept; i++)
		types[i] = type_oid(params[i].type);
	plan = kept ? find_plan(frame, sql, sql, count, params, flags & STEAD_BY_KEY ? CURSOR_OPT_CUSTOM_PLAN : 0)
	            : prepare(call, sql, count, types, 0);
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
	stead_rows *rows = flags & STEAD_BY_KEY ? open_by_key(call, sql, flags & STEAD_CURSOR, count, params) : NULL;

	if (rows)
		return rows;
	return flags & (STEAD_CURSOR | STEAD_ONE_TIME) ? open_portal(call, sql, flags, count, params)
	                                               : open_whole(call, sql, count, params);
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
		SPI_cursor_fetch(rows->portal, true, rows->fetched ? BATCH : FIRST_BATCH);
		rows->fetched = true;
		rows->rows = SPI_tuptable;
		rows->count = SPI_processed;
		rows->at = rows->taken = 0;
	}
	if (rows->scan && rows->move(rows)) {
		rows->at = rows->count = 1;
		rows->taken = 0;
		return true;
	}
	if (rows->at < rows->count) {
		rows->at++;
		return true;
	}
	stead_close(rows);
	return false;
}

/* A call is part of the caller's statement, which undoes all of it. */
bool stead_alone_begins(stead_call *call, stead_value *result)
{
	(void)call, (void)result;
	return false;
}

void stead_alone_ends(stead_call *call)
{
	(void)call;
}

int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params)
{
	stead_rows *rows = stead_open(call, sql, count, params);
	int64_t changed = (int64_t)rows->processed;

	stead_close(rows);
	return changed;
}

stead_value stead_insert(stead_call *call, const char *sql, int count, const stead_value *params)
{
	return stead_returning(call, sql, count, params, STEAD_INT);
}

void execute(const char *sql)
{
	int code = SPI_execute(sql, false, 0);

	if (code < 0)
		elog(ERROR, "stead: a statement failed: %s", SPI_result_code_string(code));
}

/* Stead's schema may contain functions that match better than pg_catalog's, where an argument is of a polymorphic type.
 * They would run with the query's rights. So the schema is not in the path. */
const char *ask_list(stead_call *call, const char *sql, int count, const stead_value *params)
{
	StringInfoData list;
	stead_rows *rows;
	int level;

	begin_query(call);
	level = NewGUCNestLevel();
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
	                  false);
	rows = stead_open_as(call, STEAD_ONE_TIME, sql, count, params);
	initStringInfo(&list);
	while (stead_next(rows)) {
		stead_value name = stead_column(rows, 0, STEAD_TEXT);

		appendStringInfo(&list, "%s%.*s", list.len ? ", " : "", (int)name.size, name.data);
	}
	stead_close(rows);
	AtEOXact_GUC(false, level);
	return list.len ? list.data : NULL;
}
