/*
 * record_change.c - the trigger function that records the changes of a table of the application's.
 *
 * It fires after each row. It goes by the columns that the table has at that time, by their names, so columns may be
 * added, renamed and dropped meanwhile, and a partition may have them in another order.
 */
#include "record.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/walk.h"

#define MOST_KEY_BYTES 2500 /* a B-tree takes no more */

List *record_arguments(stead_call *call, const stead_recording *recording)
{
	List *list = list_make1((char *)stead_string(call, recording->name));

	list = lappend(list, psprintf("%d", recording->columns ? recording->count : -1));
	for (int i = 0; recording->columns && i < recording->count; i++)
		list = lappend(list, (char *)stead_string(call, recording->columns[i]));
	for (int i = 0; i < recording->filter_count; i++) {
		const stead_record_filter *filter = &recording->filters[i];

		list = lappend(list, (char *)stead_string(call, filter->column));
		list = lappend(list, psprintf("%d", filter->count));
		for (int k = 0; k < filter->count; k++)
			list = lappend(list, (char *)stead_string(call, filter->values[k]));
	}
	return list;
}

/* What a statement needs to know of the table; it is kept in the trigger's FmgrInfo. */
typedef struct {
	const stead_module *module;
	int count; /* columns of the table */
	bool *recorded, *in_key;
	int key_count;
	AttrNumber key[MAX_KEY];
	int filters; /* where they begin in the arguments */
	bool settings;
} plan;

static bool is_named(Trigger *trigger, int from, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(trigger->tgargs[from + i], name) == 0)
			return true;
	return false;
}

static bool has_trigger(Relation relation, const Trigger *like)
{
	TriggerDesc *all = relation->trigdesc;

	for (int i = 0; all && i < all->numtriggers; i++)
		if (all->triggers[i].tgfoid == like->tgfoid && strcmp(all->triggers[i].tgname, like->tgname) == 0)
			return true;
	return false;
}

/* A partition has the key of the table that is recorded: its own may be another one. */
static int find_key(Relation relation, const Trigger *trigger, AttrNumber key[MAX_KEY])
{
	List *above = relation->rd_rel->relispartition ? get_partition_ancestors(RelationGetRelid(relation)) : NIL;
	int count = record_find_key(relation, key);
	ListCell *cell;

	foreach (cell, above) { /* the nearest first */
		Relation ancestor = table_open(lfirst_oid(cell), AccessShareLock);

		if (has_trigger(ancestor, trigger)) {
			count = record_find_key(ancestor, key);
			for (int i = 0; i < count; i++)
				key[i] = get_attnum(RelationGetRelid(relation),
				                    NameStr(TupleDescAttr(RelationGetDescr(ancestor), key[i] - 1)->attname));
		}
		table_close(ancestor, AccessShareLock);
	}
	return count;
}

static const plan *make_plan(FmgrInfo *info, Relation relation, Trigger *trigger)
{
	MemoryContext before = MemoryContextSwitchTo(info->fn_mcxt);
	TupleDesc columns = RelationGetDescr(relation);
	plan *plan = palloc0(sizeof *plan);
	int given = trigger->tgnargs > 1 ? atoi(trigger->tgargs[1]) : -1;

	if (trigger->tgnargs < 2 || given > trigger->tgnargs - 2)
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("stead_record_change: trigger \"%s\" was not made by Stead", trigger->tgname)));
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		if (module->recorded)
			plan->module = module;
	plan->count = columns->natts;
	plan->recorded = palloc0((Size)columns->natts + 1);
	plan->in_key = palloc0((Size)columns->natts + 1);
	plan->key_count = find_key(relation, trigger, plan->key);
	plan->filters = 2 + Max(given, 0);
	for (int i = 0; i < plan->key_count; i++)
		plan->in_key[plan->key[i] - 1] = true;
	for (int i = 0; i < columns->natts; i++) {
		Form_pg_attribute column = TupleDescAttr(columns, i);

		plan->recorded[i] = !column->attisdropped &&
		                    (plan->in_key[i] || given < 0 || is_named(trigger, 2, given, NameStr(column->attname)));
		plan->settings |= plan->recorded[i] && record_needs_settings(column);
	}
	MemoryContextSwitchTo(before);
	return plan;
}

typedef struct {
	Datum *values;
	bool *nulls;
} row;

static row take_row(TupleDesc columns, HeapTuple tuple)
{
	row row = {palloc((Size)columns->natts * sizeof(Datum)), palloc((Size)columns->natts * sizeof(bool))};

	heap_deform_tuple(tuple, columns, row.values, row.nulls);
	return row;
}

/* An unchanged value that is stored out of line has the same pointer, and is not fetched. */
static bool differs(Form_pg_attribute column, const row *old, const row *new, int i)
{
	Datum was = old->values[i], is = new->values[i];

	if (old->nulls[i] || new->nulls[i])
		return old->nulls[i] != new->nulls[i];
	if (datumIsEqual(was, is, column->attbyval, column->attlen))
		return false;
	if (column->attlen != -1)
		return true;
	return !datumIsEqual(PointerGetDatum(PG_DETOAST_DATUM(was)), PointerGetDatum(PG_DETOAST_DATUM(is)), false, -1);
}

static stead_value object_of(stead_call *call, TupleDesc columns, const plan *plan, const row *row, const bool *these)
{
	stead_buffer json = {0};

	for (int i = 0; i < plan->count; i++)
		if (plan->recorded[i] && (!these || these[i]))
			record_append_member(call, &json, TupleDescAttr(columns, i), row->values[i], row->nulls[i]);
	stead_append_text(call, &json, json.size ? "}" : "{}");
	return stead_json(json.data);
}

static stead_value key_of(stead_call *call, TupleDesc columns, const plan *plan, const row *row)
{
	stead_buffer json = {0};

	for (int i = 0; i < plan->key_count; i++) {
		int at = plan->key[i] - 1;

		record_append_member(call, &json, TupleDescAttr(columns, at), row->values[at], row->nulls[at]);
	}
	if (!json.size)
		return stead_null(STEAD_TEXT);
	stead_append_text(call, &json, "}");
	if (json.size > MOST_KEY_BYTES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
		                errmsg("stead: a row's key of %d bytes as JSON cannot be captured, at most %d can",
		                       (int)json.size, MOST_KEY_BYTES)));
	return stead_text_n(json.data, json.size);
}

/* Do the filters let it pass? A filter on a column that has gone lets nothing pass. */
static bool passes(stead_call *call, TupleDesc columns, const plan *plan, Trigger *trigger, const row *row)
{
	int at = plan->filters;

	while (at + 1 < trigger->tgnargs) {
		int count = atoi(trigger->tgargs[at + 1]);
		stead_buffer json = {0};

		for (int i = 0; i < plan->count && !json.size; i++)
			if (strcmp(trigger->tgargs[at], NameStr(TupleDescAttr(columns, i)->attname)) == 0)
				record_append_value(call, &json, TupleDescAttr(columns, i), row->values[i], row->nulls[i]);
		if (!json.size || count > trigger->tgnargs - at - 2 || !is_named(trigger, at + 2, count, json.data))
			return false;
		at += 2 + count;
	}
	return true;
}

static stead_recorded change_of(const char *operation, stead_value key)
{
	return (stead_recorded){.operation = stead_text(operation),
	                        .row_key = key,
	                        .old_values = stead_null(STEAD_JSON),
	                        .new_values = stead_null(STEAD_JSON)};
}

static void record(stead_call *call, const plan *plan, TriggerData *data)
{
	TupleDesc columns = RelationGetDescr(data->tg_relation);
	bool inserts = TRIGGER_FIRED_BY_INSERT(data->tg_event), updates = TRIGGER_FIRED_BY_UPDATE(data->tg_event);
	row old = {0}, new = {0};
	bool was = false, is = false, moves = false, changes = false, *these = palloc0((Size)plan->count + 1);
	stead_recorded made[2];
	int count = 0, level = plan->settings ? record_begin_settings() : 0;

	if (!inserts) {
		old = take_row(columns, data->tg_trigtuple);
		was = passes(call, columns, plan, data->tg_trigger, &old);
	}
	if (inserts || updates) {
		new = take_row(columns, inserts ? data->tg_trigtuple : data->tg_newtuple);
		is = passes(call, columns, plan, data->tg_trigger, &new);
	}
	for (int i = 0; was && is && i < plan->count; i++) {
		these[i] = plan->recorded[i] && differs(TupleDescAttr(columns, i), &old, &new, i);
		changes |= these[i];
		moves |= these[i] && plan->in_key[i];
	}
	if (was && is && !moves && changes) {
		made[0] = change_of(STEAD_RECORD_UPDATE, key_of(call, columns, plan, &old));
		made[0].old_values = object_of(call, columns, plan, &old, plan->key_count ? these : NULL);
		made[0].new_values = object_of(call, columns, plan, &new, these);
		count = 1;
	} else if (!was || !is || moves) {
		if (was) {
			made[count] = change_of(STEAD_RECORD_DELETE, key_of(call, columns, plan, &old));
			made[count++].old_values = object_of(call, columns, plan, &old, NULL);
		}
		if (is) {
			made[count] = change_of(STEAD_RECORD_INSERT, key_of(call, columns, plan, &new));
			made[count++].new_values = object_of(call, columns, plan, &new, NULL);
		}
	}
	if (plan->settings)
		record_end_settings(level);
	for (int i = 0; i < count; i++) {
		made[i].table_name = stead_text(data->tg_trigger->tgargs[0]);
		plan->module->recorded(call, &made[i]);
	}
}

/* The trigger of a recorded table. */
__attribute__((visibility("default"))) Datum stead_record_change(PG_FUNCTION_ARGS)
{
	static const stead_function as = {.name = "record_change", .effect = STEAD_WRITES};
	frame frame = {.call.function = &as, .fcinfo = fcinfo, .memory = CurrentMemoryContext};
	TriggerData *data = (TriggerData *)fcinfo->context;
	MemoryContext before = CurrentMemoryContext;
	const plan *plan;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(data->tg_event) ||
	    TRIGGER_FIRED_FOR_ROW(data->tg_event) == TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("stead_record_change: must be called as a trigger after each row or TRUNCATE")));
	if (!fcinfo->flinfo->fn_extra)
		fcinfo->flinfo->fn_extra = (void *)make_plan(fcinfo->flinfo, data->tg_relation, data->tg_trigger);
	plan = fcinfo->flinfo->fn_extra;
	if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event)) {
		stead_recorded change = change_of(STEAD_RECORD_TRUNCATE, stead_null(STEAD_TEXT));

		change.table_name = stead_text(data->tg_trigger->tgargs[0]);
		plan->module->recorded(&frame.call, &change);
	} else
		record(&frame.call, plan, data);
	end_call(&frame);
	MemoryContextSwitchTo(before);
	return PointerGetDatum(NULL);
}
