/*
 * trigger.c - the triggers of Stead's tables: those that keep a table append-only, and those that invalidate caches.
 *
 * They send a relcache invalidation of a proxy, which is one of the extension's composite types: see cache.c.
 */
#include "schema.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

bool has_trigger(frame *frame, Oid relation, const trigger_kind *kind)
{
	Oid wanted = LookupFuncName(list_make2(makeString(own_schema_name(frame)), makeString(pstrdup(kind->function))), 0,
	                            NULL, true);
	Relation table = table_open(relation, AccessShareLock);
	bool found = false;

	for (int i = 0; table->trigdesc && i < table->trigdesc->numtriggers && !found; i++) {
		Trigger *trigger = &table->trigdesc->triggers[i];

		found = strcmp(trigger->tgname, kind->name) == 0 && trigger->tgfoid == wanted &&
		        trigger->tgtype == kind->type &&
		        trigger->tgenabled == (kind->signal ? TRIGGER_FIRES_ALWAYS : TRIGGER_FIRES_ON_ORIGIN) &&
		        !trigger->tgqual && trigger->tgnattr == 0;
	}
	table_close(table, AccessShareLock);
	return found;
}

#define ROW_CHANGES (TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE)

/* The triggers that a table may need. Those that signal fire for a replica's apply worker too: every change must
 * invalidate the caches, whoever makes it. */
const trigger_kind table_triggers[STEAD_TRIGGERS] = {
	{"stead_signal", "AFTER INSERT OR UPDATE OR DELETE", "ROW", "stead_signal_change", ROW_CHANGES, true},
	{"stead_signal_before", "BEFORE INSERT OR UPDATE OR DELETE", "ROW", "stead_signal_change",
     ROW_CHANGES | TRIGGER_TYPE_BEFORE, true},
	{"stead_signal_truncate", "BEFORE TRUNCATE", "STATEMENT", "stead_signal_change",
     TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE, true},
	{"stead_append_only", "BEFORE UPDATE OR DELETE", "ROW", "stead_refuse_change",
     TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE, false},
	{"stead_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "stead_refuse_change",
     TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE, false},
};

bool lacks_trigger(frame *frame, const stead_table *table, Oid relation, int index)
{
	const trigger_kind *kind = &table_triggers[index];

	return (kind->signal ? table->cached : table->append_only) && !has_trigger(frame, relation, kind);
}

void make_triggers(frame *frame, const stead_table *table, Oid relation)
{
	const char *schema = schema_name(frame), *name = psprintf("%s.stead_%s", schema, table->name);

	for (int i = 0; i < STEAD_TRIGGERS; i++) {
		if (!lacks_trigger(frame, table, relation, i))
			continue;
		if (OidIsValid(get_trigger_oid(relation, table_triggers[i].name, true)))
			execute(psprintf("DROP TRIGGER %s ON %s", table_triggers[i].name, name));
		execute(psprintf("CREATE TRIGGER %s %s ON %s FOR EACH %s EXECUTE FUNCTION %s.%s()", table_triggers[i].name,
		                 table_triggers[i].when, name, table_triggers[i].level, schema, table_triggers[i].function));
		if (table_triggers[i].signal)
			execute(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, table_triggers[i].name));
	}
}

static Oid permitted = InvalidOid; /* the append-only table that a statement of Stead's own is changing */

int64_t stead_run_permitted(stead_call *call, const stead_table *table, const char *sql, int count,
                            const stead_value *params)
{
	Oid relation = own_table(frame_of(call), psprintf("stead_%s", table->name));
	volatile int64_t changed; /* lives across the jump of an error, as far as the compiler can tell */

	PG_TRY();
	{
		permitted = relation;
		changed = stead_run(call, sql, count, params);
	}
	PG_FINALLY();
	{
		permitted = InvalidOid;
	}
	PG_END_TRY();
	return changed;
}

/* The trigger of an append-only table. */
__attribute__((visibility("default"))) Datum stead_refuse_change(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *)fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("stead_refuse_change: must be called as a trigger")));
	if (RelationGetRelid(data->tg_relation) == permitted && TRIGGER_FIRED_FOR_ROW(data->tg_event))
		return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple);
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
	                errmsg("%s is append-only: %s is refused", RelationGetRelationName(data->tg_relation),
	                       TRIGGER_FIRED_BY_UPDATE(data->tg_event)   ? "UPDATE"
	                       : TRIGGER_FIRED_BY_DELETE(data->tg_event) ? "DELETE"
	                                                                 : "TRUNCATE"),
	                errhint("Rows are only ever added: add another that corrects this one.")));
	return PointerGetDatum(NULL);
}

/* ---- Telling of changes ---------------------------------------------------------------------------------------- */

Oid signal_relation(int signal)
{
	Oid schema = get_namespace_oid("stead_signal", true);
	char name[NAMEDATALEN];

	snprintf(name, sizeof name, "signal_%d", signal);
	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

static const stead_table *registered_table(const char *name)
{
	const stead_table *table = strncmp(name, "stead_", 6) == 0 ? stead_find_table(name + 6) : NULL;

	return table && table->cached ? table : NULL;
}

static const stead_table_column *column_of(const stead_table *table, const char *name)
{
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return &table->columns[i];
	return NULL;
}

/* Is there another trigger, not Stead's, that may alter the row after Stead's has seen it? */
static bool may_alter(Relation relation, Oid ours)
{
	TriggerDesc *triggers = relation->trigdesc;

	for (int i = 0; triggers && i < triggers->numtriggers; i++)
		if (TRIGGER_FOR_ROW(triggers->triggers[i].tgtype) && TRIGGER_FOR_BEFORE(triggers->triggers[i].tgtype) &&
		    TRIGGER_FOR_UPDATE(triggers->triggers[i].tgtype) && triggers->triggers[i].tgfoid != ours)
			return true;
	return false;
}

/* Do the rows differ in nothing but columns with no_invalidation? */
static bool differs_quietly(const stead_table *table, TupleDesc columns, HeapTuple before, HeapTuple after)
{
	for (int i = 0; i < columns->natts; i++) {
		Form_pg_attribute attribute = TupleDescAttr(columns, i);
		const stead_table_column *column = column_of(table, NameStr(attribute->attname));
		bool was_null, is_null;
		Datum was, is;

		if (attribute->attisdropped || (column && column->no_invalidation))
			continue;
		was = heap_getattr(before, i + 1, columns, &was_null);
		is = heap_getattr(after, i + 1, columns, &is_null);
		if (was_null != is_null || (!was_null && !datumIsEqual(was, is, attribute->attbyval, attribute->attlen)))
			return false;
	}
	return true;
}

static void tell(int signal)
{
	Oid relation = signal_relation(signal);

	if (OidIsValid(relation))
		CacheInvalidateRelcacheByRelid(relation);
	else
		CacheInvalidateRelcacheAll(); /* better too much than too little */
}

static void tell_row(const stead_table *table, TupleDesc columns, HeapTuple row)
{
	int number = table->invalidate_by ? SPI_fnumber(columns, table->invalidate_by) : 0;
	bool null = false;
	Datum bucket = number > 0 ? heap_getattr(row, number, columns, &null) : (Datum)0;

	if (table->invalidate_by && (number <= 0 || null || TupleDescAttr(columns, number - 1)->atttypid != INT8OID))
		CacheInvalidateRelcacheAll(); /* somebody altered the table */
	else
		tell(stead_signal_of(table, table->invalidate_by ? DatumGetInt64(bucket) : 0));
}

/* The trigger of a cached table. It fires before and after each row, and before TRUNCATE. Before, because another
 * trigger may read the new row although the statement fails later; after, because another trigger may alter the row. */
__attribute__((visibility("default"))) Datum stead_signal_change(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *)fcinfo->context;
	const stead_table *table;
	HeapTuple before, after;
	TupleDesc columns;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("stead_signal_change: must be called as a trigger")));
	table = registered_table(RelationGetRelationName(data->tg_relation));
	columns = RelationGetDescr(data->tg_relation);
	if (!table || TRIGGER_FIRED_FOR_STATEMENT(data->tg_event)) {
		for (int i = 0; i < stead_signal_count(); i++)
			tell(i);
		return PointerGetDatum(NULL);
	}
	before = TRIGGER_FIRED_BY_INSERT(data->tg_event) ? NULL : data->tg_trigtuple;
	after = TRIGGER_FIRED_BY_INSERT(data->tg_event)   ? data->tg_trigtuple
	        : TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple
	                                                  : NULL;
	if (!(before && after && differs_quietly(table, columns, before, after)) ||
	    (TRIGGER_FIRED_BEFORE(data->tg_event) && before && after &&
	     may_alter(data->tg_relation, fcinfo->flinfo->fn_oid))) {
		if (before)
			tell_row(table, columns, before);
		if (after && (before || !table->positive_only))
			tell_row(table, columns, after);
	}
	return PointerGetDatum(after ? after : before);
}
