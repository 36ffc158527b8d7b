/*
 * owner.c - the owner of the tables.
 *
 * One role owns all of Stead's tables, and the functions run with its rights. A single table of another owner would
 * therefore be as good as all of them. Any role with CREATE on Stead's schema can make a table where one of Stead's is
 * missing: before stead_init(), or after that table was dropped. No query runs with such a table, stead_init() does
 * nothing to it, and stead_doctor() names it.
 */
#include "doctor.h"
#include "privilege.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#define pg_namespace_aclcheck(schema, role, mode) object_aclcheck(NamespaceRelationId, schema, role, mode)
#endif

static Oid database_owner(void)
{
	HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple)) {
		owner = ((Form_pg_database)GETSTRUCT(tuple))->datdba;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* Returns InvalidOid if there is no such relation. */
static Oid relation_owner(Oid relation)
{
	HeapTuple tuple = OidIsValid(relation) ? SearchSysCache1(RELOID, ObjectIdGetDatum(relation)) : NULL;
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple)) {
		owner = ((Form_pg_class)GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

Oid owner_of_tables(frame *frame)
{
	return relation_owner(own_table(frame, "stead_schema"));
}

bool may_in_schema(frame *frame, Oid role, AclMode mode)
{
	return pg_namespace_aclcheck(own_schema(frame), role, mode) == ACLCHECK_OK;
}

static const char *role_name(Oid role)
{
	return quote_identifier(GetUserNameFromId(role, false));
}

/* May this role own the tables? A superuser has the rights of every role, but that does not show whom he trusts. */
static bool may_own_tables(Oid role, Oid owner)
{
	if (!superuser_arg(owner))
		return has_privs_of_role(owner, role);
	return role == owner || role == database_owner() || is_member_of_role_nosuper(owner, role);
}

/* ---- stead_init() ----------------------------------------------------------------------------------------------- */

/* Raises if the relation belongs to another role, or is not a table. */
static void check_table(frame *frame, const char *name, Oid relation, Oid owner, Oid tables_owner)
{
	Oid found = relation_owner(relation);
	const char *whose;

	if (!OidIsValid(found))
		elog(ERROR, "stead_init: %s was dropped meanwhile", name);
	whose = psprintf("%s.%s belongs to role %s: look at who made it.", schema_name(frame), name, role_name(found));
	if (get_rel_relkind(relation) != RELKIND_RELATION || (found == tables_owner && !may_own_tables(found, owner)))
		stead_raise_hint(
			&frame->call, STEAD_DENIED,
			psprintf(
				"%s Stead uses only tables of the extension's owner, of a role that he is a member of, and, if he is a"
				" superuser, of the database's owner.",
				whose),
			"stead_init: %s is no table of the extension's owner", name);
	if (found != tables_owner)
		stead_raise_hint(&frame->call, STEAD_DENIED,
		                 may_own_tables(found, owner) || superuser_arg(found)
		                     ? psprintf("%s If it is Stead's: ALTER TABLE %s.%s OWNER TO %s;", whose,
		                                schema_name(frame), name, role_name(tables_owner))
		                     : whose,
		                 "stead_init: %s does not belong to the owner of the other tables", name);
}

void check_tables(frame *frame, Oid owner, Oid tables_owner)
{
	Oid schema_table = own_table(frame, "stead_schema");

	if (OidIsValid(schema_table)) /* its owner should own the others */
		check_table(frame, "stead_schema", schema_table, owner, tables_owner);
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		const char *name = psprintf("stead_%s", table->name);
		Oid relation = own_table(frame, name);

		if (OidIsValid(relation))
			check_table(frame, name, relation, owner, tables_owner);
	}
	if (!may_in_schema(frame, tables_owner, ACL_USAGE))
		stead_raise_hint(
			&frame->call, STEAD_DENIED,
			psprintf("First: GRANT USAGE ON SCHEMA %s TO %s;", schema_name(frame), role_name(tables_owner)),
			"stead_init: the owner of the tables, %s, may not use the schema that they are in",
			role_name(tables_owner));
}

const char *for_owner(frame *frame, const char *sql)
{
	Oid owner = owner_of_tables(frame);

	if (!OidIsValid(owner) || superuser_arg(owner) || owner == MyProc->roleId)
		return sql;
	return psprintf("Logged in as %s, and not by SET ROLE, which a function that this role put into a CHECK or an "
	                "index could undo: %s",
	                role_name(owner), sql);
}

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

bool is_steads_own(frame *frame, Oid relation)
{
	const char *name = get_rel_namespace(relation) == own_schema(frame) ? get_rel_name(relation) : NULL;

	return name && strncmp(name, "stead_", 6) == 0 && stead_find_table(name + 6);
}

/* A superuser's table is not a stranger's: a superuser has all rights anyway. */
static bool is_strangers(frame *frame, Oid relation)
{
	Oid owner = relation_owner(relation);

	return OidIsValid(owner) && owner != owner_of_tables(frame) && !superuser_arg(owner) &&
	       is_steads_own(frame, relation);
}

/* Refuses a temporary table and a stranger's. Its triggers, policies and indexes would run with the rights of the
 * tables' owner, and its maker could read what is written to it. */
void refuse_strangers(stead_call *call, SPIPlanPtr plan)
{
	ListCell *source, *relation;

	foreach (source, SPI_plan_get_plan_sources(plan))
		foreach (relation, ((CachedPlanSource *)lfirst(source))->relationOids)
			if (get_rel_persistence(lfirst_oid(relation)) == RELPERSISTENCE_TEMP ||
			    is_strangers(frame_of(call), lfirst_oid(relation)))
				stead_raise_hint(call, STEAD_CORRUPT, STEAD_MISSING_HINT, STEAD_MISSING, call->function->name);
}

/* ---- stead_doctor() --------------------------------------------------------------------------------------------- */

/* Appends the tables that this role does not own. Returns true if a query must not run with one of them. */
static bool list_others(frame *frame, Oid tables_owner, StringInfo others, bool *any)
{
	bool strange = false;

	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		Oid found = relation_owner(own_table(frame, psprintf("stead_%s", table->name)));

		*any |= OidIsValid(found);
		if (!OidIsValid(found) || found == tables_owner)
			continue;
		strange |= !superuser_arg(found);
		appendStringInfo(others, "%sstead_%s belongs to role %s", others->len ? ", " : "", table->name,
		                 GetUserNameFromId(found, false));
	}
	return strange;
}

bool examine_owners(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner = extension_owner(frame), tables_owner = owner_of_tables(frame);
	bool any = false, trusted = OidIsValid(tables_owner) && may_own_tables(tables_owner, owner), strange;
	StringInfoData others;
	const char *name;

	initStringInfo(&others);
	strange = list_others(frame, tables_owner, &others, &any);
	if (!trusted && others.len) { /* stead_schema itself is missing or a stranger's */
		tables_owner = owner;
		resetStringInfo(&others);
		strange = list_others(frame, tables_owner, &others, &any);
	}
	if (!any)
		return true;
	name = GetUserNameFromId(tables_owner, false);
	if (others.len)
		stead_finding(
			call, "owners", STEAD_FAIL, psprintf("%s, and not to %s", others.data, name),
			psprintf("Look at who made it. If it is Stead's: ALTER TABLE ... OWNER TO %s; if not, drop it. Then: %s",
		             quote_identifier(name), init_call(frame)));
	else if (!may_in_schema(frame, tables_owner, ACL_USAGE)) {
		stead_finding(call, "owners", STEAD_FAIL,
		              psprintf("role %s, to whom the tables belong, may not use schema %s", name, schema_name(frame)),
		              psprintf("GRANT USAGE ON SCHEMA %s TO %s;", schema_name(frame), quote_identifier(name)));
		strange = true; /* no query finds them */
	} else
		stead_judge(call, "owners", STEAD_WARN,
		            trusted ? NULL
		                    : psprintf("the tables belong to role %s, of whom the extension's owner %s is no member",
		                               name, GetUserNameFromId(owner, false)),
		            psprintf("the tables belong to role %s", name),
		            psprintf("Look at who made them. If that role is to be trusted with them: GRANT %s TO %s;",
		                     quote_identifier(name), quote_identifier(GetUserNameFromId(owner, false))));
	return !strange;
}
