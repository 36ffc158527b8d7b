/*
 * many.c - one INSERT for many rows.
 *
 * The statement for one row becomes INSERT ... SELECT from the rows, which SPI knows by a name, as a trigger knows its
 * transition table. So it is a statement like any other: triggers, constraints, defaults, policies, privileges and ON
 * CONFLICT apply as they do to one row, and its plan is kept. table_multi_insert() would do without all of that. Arrays
 * and unnest() would do as well, but take longer: each column is made an array, taken apart, and stored once more.
 */
#include "host.h"

#include "core/transfer.h"

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define GIVEN "stead_given_rows"

/* Puts the rows in the place of VALUES (...), and their columns in that of the parameters. */
static const char *from_rows(const char *sql)
{
	const char *values = strstr(sql, " VALUES ("), *at = values ? values + strlen(" VALUES (") : NULL;
	StringInfoData text;
	int depth = 1;

	if (!at)
		elog(ERROR, "stead: a statement for many rows has no VALUES: %s", sql);
	initStringInfo(&text);
	appendBinaryStringInfo(&text, sql, (int)(values - sql));
	appendStringInfoString(&text, " SELECT ");
	for (; *at && (depth += (*at == '(') - (*at == ')')) > 0; at++)
		if (*at == '$')
			appendStringInfoString(&text, "given.c");
		else
			appendStringInfoChar(&text, *at);
	appendStringInfo(&text, " FROM " GIVEN " AS given%s", *at ? at + 1 : "");
	return text.data;
}

static TupleDesc describe(int columns, const stead_value *row)
{
	TupleDesc form = CreateTemplateTupleDesc(columns);

	for (int i = 0; i < columns; i++)
		TupleDescInitEntry(form, (AttrNumber)(i + 1), psprintf("c%d", i + 1), type_oid(row[i].type), -1, 0);
	return form;
}

/* Its memory is that of the rows, which are there already: it never goes to disk. */
static Tuplestorestate *store(TupleDesc form, int64 count, const stead_value *values)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, MAX_KILOBYTES);
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "stead row", ALLOCSET_DEFAULT_SIZES), before;
	Datum datums[2 * STEAD_MAX_COLUMNS];
	bool nulls[2 * STEAD_MAX_COLUMNS];

	before = MemoryContextSwitchTo(row);
	for (int64 i = 0; i < count; i++) {
		for (int k = 0; k < form->natts; k++) {
			const stead_value *value = &values[i * form->natts + k];

			Assert(type_oid(value->type) == TupleDescAttr(form, k)->atttypid);
			datums[k] = to_datum(*value);
			nulls[k] = value->null;
		}
		tuplestore_putvalues(rows, form, datums, nulls);
		MemoryContextReset(row);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(row);
	return rows;
}

static void forget(void)
{
	int code = SPI_unregister_relation(GIVEN);

	if (code != SPI_OK_REL_UNREGISTER && code != SPI_ERROR_REL_NOT_FOUND)
		elog(ERROR, "stead: rows could not be withdrawn: %s", SPI_result_code_string(code));
}

/* The plan is kept under the key. */
static int64_t run_given(stead_call *call, const char *key, const char *sql, int columns, int64_t count,
                         const stead_value *values)
{
	frame *frame = frame_of(call);
	MemoryContext before = MemoryContextSwitchTo(frame->memory);
	TupleDesc form = describe(columns, values);
	Tuplestorestate *rows = store(form, count, values);
	SPIPlanPtr plan;
	int code;

	forget(); /* of a failed attempt */
	frame->given = (EphemeralNamedRelationData){
		{.name = GIVEN, .tupdesc = form, .enrtype = ENR_NAMED_TUPLESTORE, .enrtuples = (double)count}, rows};
	MemoryContextSwitchTo(frame->of_spi); /* where SPI keeps its list of such relations */
	code = SPI_register_relation(&frame->given);
	MemoryContextSwitchTo(frame->memory);
	if (code != SPI_OK_REL_REGISTER)
		elog(ERROR, "stead: rows could not be handed over: %s", SPI_result_code_string(code));
	plan = kept_plan(frame, key);
	if (!plan || !SPI_plan_is_valid(plan))
		plan = find_plan(frame, key, from_rows(sql), 0, NULL, 0);
	run_plan(call, plan, NULL, NULL);
	MemoryContextSwitchTo(before);
	count = (int64_t)SPI_processed;
	forget();
	tuplestore_end(rows);
	return count;
}

int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values)
{
	if (count == 0)
		return 0;
	refuse_to_write(call, sql);
	begin_query(call);
	return run_given(call, sql + 1, sql, columns, count, values); /* the same literal may be run for one row, too */
}

int64_t stead_store_rows(stead_call *call, const stead_table *table, int64_t count, const stead_value *values)
{
	stead_buffer names = {0}, parameters = {0};
	int columns = 0;

	if (count == 0)
		return 0;
	refuse_to_write(call, NULL);
	begin_query(call);
	for (; columns < STEAD_MAX_COLUMNS && table->columns[columns].name; columns++) {
		const char *comma = columns ? ", " : "";

		stead_append_text(call, &names,
		                  stead_format(call, "%s%s", comma, quote_identifier(table->columns[columns].name)));
		stead_append_text(call, &parameters, stead_format(call, "%s$%d", comma, columns + 1));
	}
	return run_given(
		call, (const char *)table, /* an address that no literal has */
		stead_format(call, "INSERT INTO stead_%s (%s) VALUES (%s)", table->name, names.data, parameters.data), columns,
		count, values);
}
