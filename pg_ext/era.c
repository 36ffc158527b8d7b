/*
 * era.c - the era of new rows, and the horizon.
 *
 * The era is the cluster's system identifier. If the cluster counts its transactions anew, a number is added to it.
 * That number is in the column's default, so that rows that name no era get the right one. A dump includes it: in
 * another cluster it is added to that cluster's identifier.
 */
#include "host.h"

#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* The table and column of a module that is filled with the era. */
static const stead_table *era_table(const char **column)
{
	static const stead_table *table;
	static const char *name;

	for (const stead_table *one = NULL; !table && (one = stead_next_table(one));)
		for (int i = 0; !table && i < STEAD_MAX_COLUMNS && one->columns[i].name; i++)
			if (one->columns[i].default_is == STEAD_DEFAULT_ERA)
				table = one, name = one->columns[i].name;
	*column = name;
	return table;
}

/* The added number, from the text of the default. The default is not run, as it could be anything. */
static int64 read_offset(const char *stored, Oid relation)
{
	const char *shown =
		TextDatumGetCString(DirectFunctionCall2(pg_get_expr, CStringGetTextDatum(stored), ObjectIdGetDatum(relation)));
	const char *plus = strstr(shown, ".system_identifier + ");

	return plus ? strtoll(plus + strlen(".system_identifier + "), NULL, 10) : 0;
}

/* With a lock that writers have, the era stays what it is until the transaction ends. */
static int64 era_of_rows(frame *frame, LOCKMODE lock)
{
	static char *known; /* the default that was read last */
	static int64 offset;
	const char *column, *stored = NULL;
	Oid relation = own_table(frame, psprintf("stead_%s", era_table(&column)->name));
	AttrNumber number;
	Relation table;

	if (!OidIsValid(relation))
		return (int64)GetSystemIdentifier();
	table = table_open(relation, lock);
	number = get_attnum(relation, column);
	for (int i = 0; table->rd_att->constr && i < table->rd_att->constr->num_defval; i++)
		if (table->rd_att->constr->defval[i].adnum == number)
			stored = table->rd_att->constr->defval[i].adbin;
	if (stored && (!known || strcmp(known, stored) != 0)) {
		int64 read = read_offset(stored, relation);
		char *copy = MemoryContextStrdup(TopMemoryContext, stored);

		if (known)
			pfree(known);
		known = copy;
		offset = read;
	}
	table_close(table, NoLock);
	return (int64)(GetSystemIdentifier() + (stored ? (uint64)offset : 0)); /* a number set by hand may be any */
}

void stead_transaction(stead_call *call, int64_t *era, int64_t *transaction)
{
	refuse_to_write(call, NULL); /* on a standby there is no number for it */
	*era = era_of_rows(frame_of(call), RowExclusiveLock);
	*transaction = (int64_t)U64FromFullTransactionId(GetTopFullTransactionId());
}

/* All transactions below a snapshot's xmin have ended, prepared ones too. It is the xmin of the latest snapshot, but in
 * REPEATABLE READ that of the transaction's snapshot, which does not see what was committed later. */
void stead_horizon(stead_call *call, int64_t *era, int64_t *horizon)
{
	*horizon =
		stead_first(call, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", 0, NULL, STEAD_INT).integer;
	*era = era_of_rows(frame_of(call), AccessShareLock);
}

int64_t stead_begin_era(stead_call *call, int64_t era)
{
	int64 offset = (int64)((uint64)era - GetSystemIdentifier());
	const char *column, *table = psprintf("stead_%s", era_table(&column)->name);
	frame *frame = frame_of(call);

	if (IsolationUsesXactSnapshot()) /* rows that were written while we wait for the lock could not be seen */
		stead_raise(call, STEAD_UNSUPPORTED, "stead_%s: an era cannot begin in this isolation level",
		            call->function->name);
	if (offset <= 0)
		stead_raise(call, STEAD_UNSUPPORTED, "stead_%s: era " INT64_FORMAT " is not one that can follow",
		            call->function->name, era);
	execute(psprintf("ALTER TABLE %s.%s ALTER COLUMN %s SET DEFAULT %s OPERATOR(pg_catalog.+) " INT64_FORMAT,
	                 schema_name(frame), table, quote_identifier(column),
	                 "(pg_catalog.pg_control_system()).system_identifier", offset));
	CommandCounterIncrement();
	frame->keeps_writers = true;
	return (int64_t)U64FromFullTransactionId(ReadNextFullTransactionId());
}
