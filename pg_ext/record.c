/*
 * record.c - the port's recording: the triggers of a recorded table. See core/record.h.
 *
 * The caller has the rights of the table's owner, but nobody has EXECUTE on the trigger function: whoever could make
 * such a trigger on a table of his own could write any change he likes. So the bootstrap superuser makes the triggers.
 */
#include "privilege.h"
#include "record.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Triggers fire in the order of their names. These come before those of foreign keys and of the application, which may
 * change the row again. */
#define ROWS "0_stead_record"
#define TRUNCATE "0_stead_record_truncate"
#define FUNCTION "stead_record_change"

static const foreign *of(const stead_foreign *table)
{
	return (const foreign *)table;
}

stead_shape stead_shape_of(stead_call *call, const stead_foreign *table)
{
	Relation relation = table_open(of(table)->relation, AccessShareLock);
	TupleDesc columns = RelationGetDescr(relation);
	AttrNumber key[MAX_KEY];
	stead_shape shape = {.key_count = record_find_key(relation, key)};

	shape.names = stead_alloc(call, (size_t)columns->natts * sizeof *shape.names);
	shape.key = stead_alloc(call, (size_t)shape.key_count * sizeof *shape.key);
	for (int i = 0; i < columns->natts; i++) {
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (!column->attisdropped)
			shape.names[shape.count++] = stead_text(stead_format(call, "%s", NameStr(column->attname)));
	}
	for (int i = 0; i < shape.key_count; i++)
		shape.key[i] = stead_text(stead_format(call, "%s", NameStr(TupleDescAttr(columns, key[i] - 1)->attname)));
	table_close(relation, AccessShareLock);
	return shape;
}

/* ---- Triggers --------------------------------------------------------------------------------------------------- */

/* Runs SQL that makes or drops triggers of the table. */
static void run_as_superuser(frame *frame, const char *sql)
{
	become(frame, BOOTSTRAP_SUPERUSERID);
	execute(sql);
	become(frame, owner_of_tables(frame));
}

static Trigger *find_trigger(Relation relation, const char *name)
{
	TriggerDesc *all = relation->trigdesc;

	for (int i = 0; all && i < all->numtriggers; i++)
		if (strcmp(all->triggers[i].tgname, name) == 0 && !all->triggers[i].tgisinternal)
			return &all->triggers[i];
	return NULL;
}

/* Nothing locks the name of a schema. If it was given to another schema meanwhile, the superuser has just altered
 * another's table of this name: an error undoes that. */
static _Noreturn void refuse_moved(stead_call *call, const stead_foreign *table)
{
	stead_raise(call, STEAD_BUSY, "stead_%s: table %s was altered or renamed meanwhile", call->function->name,
	            table->name.data);
}

static bool has_triggers(Oid table)
{
	Relation relation = table_open(table, AccessShareLock);
	bool has = find_trigger(relation, ROWS) || find_trigger(relation, TRUNCATE);

	table_close(relation, AccessShareLock);
	return has;
}

bool stead_record_stop(stead_call *call, const stead_foreign *table)
{
	static const char *const names[] = {ROWS, TRUNCATE};
	frame *frame = frame_of(call);
	bool found[2];
	Relation relation;

	begin_query(call);
	refuse_to_write(call, NULL);
	if (!has_triggers(of(table)->relation))
		return false;
	relation = table_open(of(table)->relation, AccessExclusiveLock); /* what DROP TRIGGER takes */
	for (int i = 0; i < STEAD_COUNT(names); i++)
		found[i] = find_trigger(relation, names[i]);
	table_close(relation, NoLock);
	for (int i = 0; i < STEAD_COUNT(names); i++)
		if (found[i])
			run_as_superuser(frame, psprintf("DROP TRIGGER %s ON %s", quote_identifier(names[i]), of(table)->sql_name));
	if (has_triggers(of(table)->relation))
		refuse_moved(call, table);
	return found[0] || found[1];
}

/* A table that was renamed goes on to be captured by its old name. A second table of that name would have the same
 * history, and the owner of the first could write what he likes into it. */
static void refuse_shared_name(stead_call *call, const stead_foreign *table)
{
	Oid function = find_function(frame_of(call), FUNCTION, 0, NULL);
	Relation triggers = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(triggers, InvalidOid, false, NULL, 0, NULL);
	Oid other = InvalidOid;
	HeapTuple tuple;

	while (!OidIsValid(other) && HeapTupleIsValid(tuple = systable_getnext(scan))) {
		Form_pg_trigger trigger = (Form_pg_trigger)GETSTRUCT(tuple);
		bool null;
		Datum arguments = heap_getattr(tuple, Anum_pg_trigger_tgargs, RelationGetDescr(triggers), &null);

		if (trigger->tgfoid == function && trigger->tgrelid != of(table)->relation &&
		    !OidIsValid(trigger->tgparentid) && trigger->tgnargs > 0 &&
		    strcmp(VARDATA_ANY(DatumGetByteaPP(arguments)), table->name.data) == 0)
			other = trigger->tgrelid;
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	if (OidIsValid(other)) {
		stead_value name, full_name;

		foreign_names(call, other, &name, &full_name);
		stead_raise_hint(call, STEAD_CONFLICT, "Stop capturing that table, or start it again by its present name.",
		                 "stead_%s: table %s is still captured as %s, the name that it had", call->function->name,
		                 name.data, table->name.data);
	}
}

void stead_record_start(stead_call *call, const stead_foreign *table, const stead_recording *recording)
{
	frame *frame = frame_of(call);
	StringInfoData arguments;
	ListCell *cell;

	begin_query(call);
	refuse_to_write(call, NULL);
	/* DROP TRIGGER needs more; to take that later would be a deadlock with one who read the table before he writes */
	LockRelationOid(of(table)->relation,
	                has_triggers(of(table)->relation) ? AccessExclusiveLock : ShareRowExclusiveLock);
	refuse_shared_name(call, table);
	if (stead_record_problem(call, table, recording))
		stead_record_stop(call, table);
	else
		return;
	initStringInfo(&arguments);
	foreach (cell, record_arguments(call, recording))
		appendStringInfo(&arguments, "%s%s", arguments.len ? ", " : "", quote_literal_cstr(lfirst(cell)));
	run_as_superuser(frame, psprintf("CREATE TRIGGER \"%s\" AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW"
	                                 " EXECUTE FUNCTION %s." FUNCTION "(%s)",
	                                 ROWS, of(table)->sql_name, schema_name(frame), arguments.data));
	run_as_superuser(frame, psprintf("CREATE TRIGGER \"%s\" AFTER TRUNCATE ON %s FOR EACH STATEMENT"
	                                 " EXECUTE FUNCTION %s." FUNCTION "(%s)",
	                                 TRUNCATE, of(table)->sql_name, schema_name(frame), arguments.data));
	if (stead_record_problem(call, table, recording))
		refuse_moved(call, table);
}

static bool is_as_made(Trigger *trigger, Oid function, List *arguments)
{
	if (trigger->tgfoid != function || trigger->tgnargs != list_length(arguments) || trigger->tgqual ||
	    trigger->tgnattr)
		return false;
	for (int i = 0; i < trigger->tgnargs; i++)
		if (strcmp(trigger->tgargs[i], list_nth(arguments, i)) != 0)
			return false;
	return true;
}

/* The name of a column that is recorded no longer, as it was renamed or dropped, or that is not recorded, as it was
 * added since. */
static const char *column_problem(stead_call *call, const stead_foreign *table, const stead_recording *recording)
{
	stead_shape shape = stead_shape_of(call, table);

	for (int i = 0; i < recording->count; i++) {
		bool there = false;

		for (int k = 0; k < shape.count; k++)
			there |= stead_same(recording->columns[i], shape.names[k]);
		if (!there)
			return stead_format(call, "no longer has the column \"%.*s\", whose changes were captured",
			                    (int)recording->columns[i].size, recording->columns[i].data);
	}
	return NULL;
}

const char *stead_record_problem(stead_call *call, const stead_foreign *table, const stead_recording *recording)
{
	Relation relation = table_open(of(table)->relation, AccessShareLock);
	Trigger *rows = find_trigger(relation, ROWS), *truncate = find_trigger(relation, TRUNCATE);
	Oid function = find_function(frame_of(call), FUNCTION, 0, NULL);
	List *arguments = record_arguments(call, recording);
	const char *problem = NULL;

	if (!rows && !truncate)
		problem = "has no triggers that capture its changes";
	else if (!rows || !truncate || !is_as_made(rows, function, arguments) || !is_as_made(truncate, function, arguments))
		problem = "has other triggers than those that capture its changes";
	else if (rows->tgenabled != TRIGGER_FIRES_ON_ORIGIN || truncate->tgenabled != TRIGGER_FIRES_ON_ORIGIN)
		problem = rows->tgenabled == TRIGGER_FIRES_ALWAYS && truncate->tgenabled == TRIGGER_FIRES_ALWAYS
		              ? NULL
		              : "has triggers that capture its changes, but they are disabled";
	table_close(relation, AccessShareLock);
	return problem ? problem : column_problem(call, table, recording);
}
