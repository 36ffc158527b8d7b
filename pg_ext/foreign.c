/*
 * foreign.c - finds the application's own tables by name, and judges whether retention can use them.
 */
#include "foreign.h"
#include "privilege.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "utils/acl.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "lib/identifier.h"
#include "lib/timestamp.h"

/* Privileges on the schema are not checked: anybody may read the catalogs, and the work is done as the table's
 * owner. */
static Oid look_up(frame *frame, const char *schema, const char *name)
{
	Oid in = InvalidOid;

	if (strlen(name) >= NAMEDATALEN || strlen(schema) >= NAMEDATALEN)
		return InvalidOid;
	if (!*schema && !frame->started)
		return RelnameGetRelid(name);
	in = get_namespace_oid(*schema ? schema : "public", true);
	return OidIsValid(in) ? get_relname_relid(name, in) : InvalidOid;
}

/* A rule would replace the DELETE, or add to it. */
static bool has_delete_rule(Oid relation)
{
	ListCell *row;

	foreach (row, catalog_rows(RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class, relation)) {
		Form_pg_rewrite rule = (Form_pg_rewrite)GETSTRUCT((HeapTuple)lfirst(row));

		if (rule->ev_type == '0' + CMD_DELETE && rule->ev_enabled != 'D')
			return true;
	}
	return false;
}

/* The name of a partition or child that is a foreign table, or NULL. Such a table cannot be locked row by row. */
static const char *foreign_part(stead_call *call, Oid relation)
{
	List *parts = find_all_inheritors(relation, NoLock, NULL);

	for (int i = 0; i < list_length(parts); i++) {
		stead_value name, full_name;

		if (get_rel_relkind(list_nth_oid(parts, i)) != RELKIND_FOREIGN_TABLE)
			continue;
		foreign_names(call, list_nth_oid(parts, i), &name, &full_name);
		return name.data;
	}
	return NULL;
}

static bool is_btree(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	bool is = HeapTupleIsValid(tuple) && ((Form_pg_class)GETSTRUCT(tuple))->relam == BTREE_AM_OID;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return is;
}

/* Is there a valid B-tree index, not a partial one, that begins with the column? */
static bool has_index(Oid relation, AttrNumber column)
{
	ListCell *row;

	foreach (row, catalog_rows(IndexRelationId, IndexIndrelidIndexId, Anum_pg_index_indrelid, relation)) {
		Form_pg_index index = (Form_pg_index)GETSTRUCT((HeapTuple)lfirst(row));

		if (index->indisvalid && index->indkey.values[0] == column &&
		    heap_attisnull(lfirst(row), Anum_pg_index_indpred, NULL) && is_btree(index->indexrelid))
			return true;
	}
	return false;
}

static const stead_foreign *judge_column(stead_call *call, foreign *table, stead_value time_column)
{
	static const Oid types[] = {TIMESTAMPTZOID, TIMESTAMPOID, DATEOID,   INT2OID,
	                            INT4OID,        INT8OID,      FLOAT8OID, NUMERICOID};
	const char *name = stead_string(call, time_column);
	AttrNumber number = strlen(name) < NAMEDATALEN ? get_attnum(table->relation, name) : InvalidAttrNumber;
	bool good = false;

	if (number <= 0) /* system columns have numbers below 0 */
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NO_COLUMN, time_column, NULL);
	table->type = getBaseType(get_atttype(table->relation, number));
	for (int i = 0; i < STEAD_COUNT(types); i++)
		good |= table->type == types[i];
	if (!good)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NOT_TIME, time_column,
		                            "A time is timestamptz, timestamp, date, or a number of seconds since 1970.");
	table->column = stead_quoted(call, name, true);
	table->found.time_column = stead_text(name);
	table->found.indexed = has_index(table->relation, number);
	table->found.index_sql = stead_format(call, "CREATE INDEX ON %s (%s);", table->sql_name, table->column);
	return &table->found;
}

static const stead_foreign *find(stead_call *call, foreign *table, stead_value name)
{
	frame *frame = frame_of(call);
	char *schema = stead_alloc(call, name.size + 1), *bare = stead_alloc(call, name.size + 1);
	HeapTuple tuple;
	Form_pg_class class;
	char kind, persistence;

	*table = (foreign){.found.name = stead_null(STEAD_TEXT), .found.owner = stead_null(STEAD_TEXT)};
	if (!stead_identifier_parse(name.data, name.size, schema, bare))
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NO_NAME, name, NULL);
	name_foreign(call, table, *schema ? schema : "public", bare);
	table->relation = look_up(frame, schema, bare);
	tuple = OidIsValid(table->relation) ? SearchSysCache1(RELOID, ObjectIdGetDatum(table->relation)) : NULL;
	if (!HeapTupleIsValid(tuple))
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_MISSING, name, NULL);
	class = (Form_pg_class)GETSTRUCT(tuple);
	kind = class->relkind;
	persistence = class->relpersistence;
	table->owner = class->relowner;
	table->schema = class->relnamespace;
	ReleaseSysCache(tuple);
	name_foreign(call, table, get_namespace_name(table->schema), bare);
	if (is_steads_own(frame, table->relation))
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_STEADS, name, NULL);
	if (table->relation < FirstNormalObjectId || IsCatalogNamespace(table->schema))
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_SYSTEM, name, NULL);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		return stead_foreign_refuse(call, &table->found, STEAD_FOREIGN_NOT_PLAIN, name, NULL);
	if (persistence == RELPERSISTENCE_TEMP)
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, NULL,
		                            stead_format(call, "table %s is temporary", table->found.name.data));
	table->found.owner = stead_text(stead_format(call, "%s", GetUserNameFromId(table->owner, false)));
	table->found.owned = has_privs_of_role(frame->has_rights ? frame->saved_user : GetUserId(), table->owner);
	return &table->found;
}

const stead_foreign *stead_foreign_named(stead_call *call, stead_value name)
{
	return find(call, stead_alloc(call, sizeof(foreign)), name);
}

const stead_foreign *stead_foreign_find(stead_call *call, stead_value name, stead_value time_column)
{
	foreign *table = stead_alloc(call, sizeof *table);
	const char *shown, *part, *deferred;

	if (find(call, table, name)->problem)
		return &table->found;
	shown = table->found.name.data;
	deferred = foreign_deferred(call, table->relation);
	if (deferred)
		return stead_foreign_reject(
			&table->found, STEAD_UNSUPPORTED, "Make the constraint INITIALLY IMMEDIATE.",
			stead_format(call, "table %s%s%s has a constraint or trigger that is INITIALLY DEFERRED", deferred,
		                 strcmp(deferred, shown) == 0 ? "" : ", whose rows change with those of table ",
		                 strcmp(deferred, shown) == 0 ? "" : psprintf("%s,", shown)));
	if (has_delete_rule(table->relation))
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, "Drop the rule; a trigger can do what it does.",
		                            stead_format(call, "table %s has a rule ON DELETE", shown));
	part = foreign_part(call, table->relation);
	if (part)
		return stead_foreign_reject(&table->found, STEAD_UNSUPPORTED, "Set a policy for each of the other partitions.",
		                            stead_format(call, "%s, a part of table %s, is not a plain table", part, shown));
	return time_column.null ? &table->found : judge_column(call, table, time_column);
}
