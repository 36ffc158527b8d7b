/*
 * record.c - the port's recording: the triggers of a recorded table, and a row as recorded JSON. See core/record.h.
 *
 * The caller has the rights of the table's owner, but nobody has EXECUTE on the trigger function: whoever could make
 * such a trigger on a table of his own could write any change he likes. So the bootstrap superuser makes the triggers.
 */
#include "privilege.h"
#include "record.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

#include "lib/text.h"

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

bool stead_record_stop(stead_call *call, const stead_foreign *table)
{
	static const char *const names[] = {ROWS, TRUNCATE};
	frame *frame = frame_of(call);
	bool found[2];
	Relation relation;

	begin_query(call);
	relation = table_open(of(table)->relation, AccessExclusiveLock); /* what DROP TRIGGER takes */
	for (int i = 0; i < STEAD_COUNT(names); i++)
		found[i] = find_trigger(relation, names[i]);
	table_close(relation, NoLock);
	for (int i = 0; i < STEAD_COUNT(names); i++)
		if (found[i])
			run_as_superuser(frame, psprintf("DROP TRIGGER %s ON %s", quote_identifier(names[i]), of(table)->sql_name));
	return found[0] || found[1];
}

void stead_record_start(stead_call *call, const stead_foreign *table, const stead_recording *recording)
{
	frame *frame = frame_of(call);
	StringInfoData arguments;
	ListCell *cell;

	begin_query(call);
	LockRelationOid(of(table)->relation, ShareRowExclusiveLock);
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

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

typedef struct search {
	const foreign *table;
	const stead_recording *recording;
	stead_value key, found;
	const stead_value *parts;
} search;

/* A part of the key as text; NULL: it is none. */
static const char *part_text(stead_call *call, stead_value part)
{
	if (part.type == STEAD_BYTES) {
		char *hex = stead_alloc(call, 2 * part.size + 1);

		stead_hex_encode((const unsigned char *)part.data, part.size, hex);
		return stead_format(call, "\\x%.*s", (int)(2 * part.size), hex);
	}
	return part.type == STEAD_JSON && *part.data == 'n' ? NULL : stead_string(call, part);
}

static bool is_recorded(const stead_recording *how, const AttrNumber *key, int key_count, Form_pg_attribute column)
{
	if (column->attisdropped)
		return false;
	for (int i = 0; i < key_count; i++)
		if (key[i] == column->attnum)
			return true;
	for (int i = 0; i < how->count; i++)
		if (stead_equals(how->columns[i], NameStr(column->attname)))
			return true;
	return !how->columns;
}

static void take_found(stead_call *call, search *search, Relation relation, const AttrNumber *key, int key_count)
{
	TupleDesc columns = RelationGetDescr(relation), got = SPI_tuptable->tupdesc;
	HeapTuple tuple = SPI_tuptable->vals[0];
	stead_buffer json = {0}, of_key = {0};
	int level = record_begin_settings();
	bool null;

	for (int i = 0; i < key_count; i++) {
		Datum value =
			SPI_getbinval(tuple, got, SPI_fnumber(got, NameStr(TupleDescAttr(columns, key[i] - 1)->attname)), &null);

		record_append_member(call, &of_key, TupleDescAttr(columns, key[i] - 1), value, null);
	}
	stead_append_text(call, &of_key, "}");
	for (int i = 0; i < columns->natts; i++) {
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (is_recorded(search->recording, key, key_count, column)) {
			Datum value = SPI_getbinval(tuple, got, SPI_fnumber(got, NameStr(column->attname)), &null);

			record_append_member(call, &json, column, value, null);
		}
	}
	stead_append_text(call, &json, "}");
	record_end_settings(level);
	if (of_key.size == search->key.size && memcmp(of_key.data, search->key.data, of_key.size) == 0)
		search->found = stead_json(json.data);
}

/* An error means that the key is none of the column's type. */
static void find_row(stead_call *call, void *data)
{
	search *search = data;
	Relation relation = table_open(search->table->relation, AccessShareLock);
	AttrNumber key[MAX_KEY];
	int key_count = record_find_key(relation, key), used = 0;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT * FROM %s%s", relation->rd_rel->relkind == RELKIND_RELATION ? "ONLY " : "",
	                 search->table->sql_name);
	for (; used < key_count; used++) {
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), key[used] - 1);
		const char *text = part_text(call, search->parts[used]);

		if (!text)
			break;
		appendStringInfo(&sql, "%s %s = CAST(%s AS %s)", used ? " AND" : " WHERE",
		                 quote_identifier(NameStr(column->attname)), quote_literal_cstr(text),
		                 format_type_with_typemod(column->atttypid, column->atttypmod));
	}
	if (used == key_count && used > 0) {
		frame *frame = frame_of(call);
		int level = record_begin_settings(), code;

		become(frame, frame->saved_user);
		code = SPI_execute(sql.data, true, 1);
		become(frame, owner_of_tables(frame));
		record_end_settings(level);
		if (code == SPI_OK_SELECT && SPI_processed == 1)
			take_found(call, search, relation, key, key_count);
	}
	table_close(relation, AccessShareLock);
}

stead_value stead_record_row(stead_call *call, const stead_foreign *table, const stead_recording *recording,
                             stead_value key, const stead_value *parts)
{
	frame *frame = frame_of(call);
	search *search = stead_alloc(call, sizeof *search); /* not on the stack: it must survive an error */
	Oid caller;

	*search = (struct search){
		.table = of(table), .recording = recording, .key = key, .parts = parts, .found = stead_null(STEAD_JSON)};
	begin_query(call);
	caller = frame->saved_user;
	if (pg_class_aclcheck(of(table)->relation, caller, ACL_SELECT) != ACLCHECK_OK)
		stead_raise(call, STEAD_DENIED, "permission denied for table %s", table->name.data);
	if (check_enable_rls(of(table)->relation, caller, true) == RLS_ENABLED)
		stead_raise(call, STEAD_DENIED, "stead_%s: row security hides rows of table %s from the caller",
		            call->function->name, table->name.data);
	stead_attempt(call, find_row, search);
	return search->found;
}
