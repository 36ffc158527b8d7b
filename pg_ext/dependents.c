/*
 * dependents.c - the tables that lose rows when rows of a table are deleted: its partitions and children, tables that
 * refer to any of them ON DELETE CASCADE, and, as they have the same rows, all tables that these are partitions or
 * children of.
 */
#include "foreign.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"

void name_foreign(stead_call *call, foreign *table, const char *schema, const char *name)
{
	stead_foreign_name(call, &table->found, schema, name, "public");
	table->sql_name = stead_format(call, "%s.%s", stead_quoted(call, schema, true), stead_quoted(call, name, true));
}

void foreign_names(stead_call *call, Oid relation, stead_value *name, stead_value *full_name)
{
	foreign table;

	name_foreign(call, &table, get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
	*name = table.found.name;
	*full_name = table.found.full_name;
}

/* Adds the tables that refer to one of the list ON DELETE CASCADE, and their children; nulled: those that refer ON
 * DELETE SET NULL or DEFAULT instead. */
static List *add_referring(List *tables, const List *to, bool nulled)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
		Form_pg_constraint constraint = (Form_pg_constraint)GETSTRUCT(tuple);
		char action = constraint->confdeltype;

		if (constraint->contype == CONSTRAINT_FOREIGN &&
		    (nulled ? action == FKCONSTR_ACTION_SETNULL || action == FKCONSTR_ACTION_SETDEFAULT
		            : action == FKCONSTR_ACTION_CASCADE) &&
		    list_member_oid(to, constraint->confrelid) && !list_member_oid(tables, constraint->conrelid))
			tables = list_concat_unique_oid(tables, find_all_inheritors(constraint->conrelid, NoLock, NULL));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return tables;
}

/* The tables that lose rows when rows of this one are deleted; this one is first. */
static List *deleted_from(Oid relation)
{
	List *tables = find_all_inheritors(relation, NoLock, NULL);
	int known;

	do {
		known = list_length(tables);
		tables = add_referring(tables, tables, false);
	} while (list_length(tables) > known);
	return tables;
}

/* A security-restricted operation cannot queue a trigger that fires at the caller's commit. */
static bool has_deferred_trigger(Oid relation, int16 event)
{
	ListCell *row;

	foreach (row, catalog_rows(TriggerRelationId, TriggerRelidNameIndexId, Anum_pg_trigger_tgrelid, relation)) {
		Form_pg_trigger trigger = (Form_pg_trigger)GETSTRUCT((HeapTuple)lfirst(row));

		if (trigger->tginitdeferred && (trigger->tgtype & event) && trigger->tgenabled != 'D' &&
		    (event == TRIGGER_TYPE_DELETE || !trigger->tgisinternal)) /* a key that is made null is not checked */
			return true;
	}
	return false;
}

const char *foreign_deferred(stead_call *call, Oid relation)
{
	List *gone = deleted_from(relation), *nulled = add_referring(NIL, gone, true);

	for (int i = 0; i < list_length(gone) + list_length(nulled); i++) {
		bool goes = i < list_length(gone);
		Oid table = goes ? list_nth_oid(gone, i) : list_nth_oid(nulled, i - list_length(gone));
		stead_value name, full_name;

		if (!has_deferred_trigger(table, goes ? TRIGGER_TYPE_DELETE : TRIGGER_TYPE_UPDATE) || !get_rel_name(table))
			continue;
		foreign_names(call, table, &name, &full_name);
		return stead_string(call, name);
	}
	return NULL;
}

/* Adds the tables that the list's members are partitions or children of. The list grows while the loop runs. */
static List *add_ancestors(List *tables)
{
	for (int i = 0; i < list_length(tables); i++) {
		ListCell *row;

		foreach (row, catalog_rows(InheritsRelationId, InheritsRelidSeqnoIndexId, Anum_pg_inherits_inhrelid,
		                           list_nth_oid(tables, i)))
			tables = list_append_unique_oid(tables, ((Form_pg_inherits)GETSTRUCT((HeapTuple)lfirst(row)))->inhparent);
	}
	return tables;
}

static void visit_kin(stead_call *call, Oid self, stead_dependent_visit *visit, void *data)
{
	List *tables = add_ancestors(deleted_from(self));

	for (int i = 0; i < list_length(tables); i++) {
		stead_value name, full_name;

		if (list_nth_oid(tables, i) == self || !get_rel_name(list_nth_oid(tables, i)))
			continue;
		foreign_names(call, list_nth_oid(tables, i), &name, &full_name);
		visit(call, name, full_name, data);
	}
}

void stead_foreign_dependents(stead_call *call, const stead_foreign *table, stead_dependent_visit *visit, void *data)
{
	visit_kin(call, ((const foreign *)table)->relation, visit, data);
}

void stead_table_dependents(stead_call *call, const stead_table *table, stead_dependent_visit *visit, void *data)
{
	visit_kin(call, own_table(frame_of(call), psprintf("stead_%s", table->name)), visit, data);
}
