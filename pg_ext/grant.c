/*
 * grant.c - who may call what: the privileges of the PostgreSQL host.
 *
 * Every function belongs to the bootstrap superuser, who cannot be dropped, so that pg_init_privs names nobody who can. The
 * extension's owner is given EXECUTE by stead_init(), or by being the database's owner; the others by stead_grant(), which notes
 * it in the table stead_grant, from which stead_init() gives it again to a new extension or after a restore.
 *
 * Who can write that table can give EXECUTE away. That is the owner of Stead's tables, with whose rights alone the functions work:
 * EXECUTE gives nobody more than this owner could grant on the tables. (stead_init() insists that all of them are of one owner.)
 */
#include "host.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#define pg_proc_aclcheck(function, role, mode) object_aclcheck(ProcedureRelationId, function, role, mode)
#endif

const char *stead_backend_name(void)
{
	return "postgresql";
}

/* Who called, whatever rights the call goes on with. */
static Oid caller(frame *frame)
{
	return frame->started ? frame->saved_user : GetUserId();
}

/* A function's owner and, if acl is not NULL, a copy of its privileges, or NULL. */
static Oid function_owner(frame *frame, Oid function, Acl **acl)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum privileges;
	bool none;
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		stead_raise(&frame->call, STEAD_INTERNAL, "stead_%s: a function is not in the catalog", frame->call.function->name);
	owner = ((Form_pg_proc)GETSTRUCT(tuple))->proowner;
	privileges = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proacl, &none);
	if (acl)
		*acl = none ? NULL : DatumGetAclPCopy(privileges);
	ReleaseSysCache(tuple);
	return owner;
}

static Oid functions_owner(frame *frame)
{
	return function_owner(frame, frame->fcinfo->flinfo->fn_oid, NULL);
}

/* May the role execute it by a privilege of its own or of a role it is in - not by PUBLIC's, if that does not count? */
static bool may_execute(frame *frame, Oid function, Oid role, bool public_counts)
{
	Acl *acl;
	Oid owner;

	if (public_counts)
		return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
	owner = function_owner(frame, function, &acl);
	for (int i = 0; acl && i < ACL_NUM(acl); i++)
		if (ACL_DAT(acl)[i].ai_grantee == ACL_ID_PUBLIC)
			ACLITEM_SET_RIGHTS(ACL_DAT(acl)[i], ACL_NO_RIGHTS);
	return superuser_arg(role) || (acl && aclmask(acl, role, owner, ACL_EXECUTE, ACLMASK_ANY));
}

/*
 * PUBLIC may execute stead_init(), which judges its caller here: else an owner to whom the extension was passed on would be
 * locked out of the very call that gives an owner EXECUTE.
 */
void admit(frame *frame)
{
	if (!has_privs_of_role(caller(frame), extension_owner(frame)) &&
	    !may_execute(frame, frame->fcinfo->flinfo->fn_oid, caller(frame), false))
		stead_raise(&frame->call, STEAD_DENIED, "permission denied for function stead_%s", frame->call.function->name);
}

/* ---- Lists of functions ---------------------------------------------------------------------------------------------- */

static Oid find_function(frame *frame, const char *name, int count, Oid *types)
{
	return LookupFuncName(list_make2(makeString(own_schema_name(frame)), makeString(pstrdup(name))), count, types,
	                      true);
}

static void append_function(StringInfo list, frame *frame, const char *name, const stead_function *function, Oid lacking)
{
	int count = function ? stead_arg_count(function) : 0;
	Oid types[STEAD_MAX_ARGS], oid;

	for (int i = 0; i < count; i++)
		types[i] = type_oid(function->args[i].type);
	oid = find_function(frame, name, count, types);
	if (!OidIsValid(oid)) /* the definitions are of an earlier library; stead_doctor() says so */
		return;
	if (OidIsValid(lacking) && may_execute(frame, oid, lacking, !function || !function->checks_caller))
		return;
	appendStringInfo(list, "%s%s.%s(", list->len ? ", " : "", schema_name(frame), name);
	for (int i = 0; i < count; i++)
		appendStringInfo(list, "%s%s", i ? ", " : "", pg_type_name(function->args[i].type));
	appendStringInfoChar(list, ')');
}

/* The functions of the audiences from one to another with their argument types, as GRANT wants them; "" for none. With lacking,
 * only those that this role may not execute. */
static const char *function_list(frame *frame, stead_audience from, stead_audience to, Oid lacking)
{
	StringInfoData list;

	initStringInfo(&list);
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (int i = 0; i < (*module)->function_count; i++) {
			const stead_function *function = &(*module)->functions[i];

			if (function->audience >= from && function->audience <= to)
				append_function(&list, frame, psprintf("stead_%s", function->name), function, lacking);
		}
	return list.data;
}

static void append_trigger_functions(StringInfo list, frame *frame, Oid lacking)
{
	append_function(list, frame, "stead_refuse_change", NULL, lacking);
	append_function(list, frame, "stead_signal_change", NULL, lacking);
}

/* The functions that the extension's owner may not execute: to make the triggers, he needs theirs as well. */
static const char *owner_lacks(frame *frame, Oid owner)
{
	StringInfoData list;

	initStringInfo(&list);
	appendStringInfoString(&list, function_list(frame, STEAD_PUBLIC, STEAD_ADMIN, owner));
	append_trigger_functions(&list, frame, owner);
	return list.data;
}

static bool give(frame *frame, const char *lacking, Oid role, const char *option)
{
	Oid before = GetUserId();

	if (!*lacking)
		return false;
	become(frame, functions_owner(frame));
	execute(psprintf("GRANT EXECUTE ON FUNCTION %s TO %s%s", lacking, quote_identifier(GetUserNameFromId(role, false)), option));
	become(frame, before);
	CommandCounterIncrement();
	return true;
}

bool admit_owner(frame *frame, Oid owner)
{
	return give(frame, owner_lacks(frame, owner), owner, " WITH GRANT OPTION");
}

void admit_tables_owner(frame *frame, Oid tables_owner)
{
	StringInfoData list;

	initStringInfo(&list);
	append_trigger_functions(&list, frame, tables_owner);
	give(frame, list.data, tables_owner, "");
}

/* ---- The table stead_grant --------------------------------------------------------------------------------------------- */

/* A row, and the role it is of: whom it gives the audience, or InvalidOid. */
typedef struct {
	int64 era, id;
	const char *name;
	const char *audience_name;
	int audience; /* 0: none of them */
	Oid role;
} noted;

static const char *grant_table(frame *frame)
{
	return psprintf("%s.stead_grant", schema_name(frame));
}

static int64 own_era(void)
{
	return (int64)GetSystemIdentifier();
}

/*
 * A number means a role in the cluster that gave it, and a name alone might be another's by now: a role is known by both. If
 * one of the two is another's - it was renamed, or dropped and made again - then it is who can call all of it anyway. In
 * another cluster, after a restore, it goes by the name, as the privileges in a dump do.
 */
static Oid role_of(frame *frame, const noted *row)
{
	Oid by_name = get_role_oid(row->name, true), by_id = (Oid)row->id;

	if (!row->audience)
		return InvalidOid;
	if (row->era != own_era() || (OidIsValid(by_name) && by_name == row->id))
		return by_name;
	if (row->id == by_id && SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(by_id)) &&
	    !*function_list(frame, STEAD_PUBLIC, row->audience, by_id))
		return by_id;
	return OidIsValid(by_name) && !*function_list(frame, STEAD_PUBLIC, row->audience, by_name) ? by_name : InvalidOid;
}

/* All rows, those of this cluster first. The tables' owner must be at work. */
static List *read_grants(stead_call *call)
{
	frame *frame = frame_of(call);
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, psprintf("SELECT era, role_id, role_name, audience FROM %s"
	                                                   " ORDER BY era <> " INT64_FORMAT "::bigint, role_name, role_id",
	                                                   grant_table(frame), own_era()), 0, NULL);
	List *all = NIL;

	while (stead_next(rows)) {
		noted *row = palloc0(sizeof *row);
		stead_value audience = stead_keep(call, stead_column(rows, 3, STEAD_TEXT));

		row->era = stead_column(rows, 0, STEAD_INT).integer;
		row->id = stead_column(rows, 1, STEAD_INT).integer;
		row->name = stead_string(call, stead_column(rows, 2, STEAD_TEXT));
		row->audience_name = stead_string(call, audience);
		for (int i = STEAD_APP; i <= STEAD_ADMIN; i++)
			if (stead_equals(audience, stead_audience_name((stead_audience)i)))
				row->audience = i;
		all = lappend(all, row);
	}
	return all;
}

/* Notes what a role has, or for STEAD_PUBLIC that it has nothing; true when that is news. Rows of its name go as well, but for
 * those of a role that was called so and lives. */
static bool note(stead_call *call, Oid role, const char *name, stead_audience audience)
{
	frame *frame = frame_of(call);
	const char *table = grant_table(frame), *literal = quote_literal_cstr(name);
	const char *own = psprintf("era = " INT64_FORMAT "::bigint AND role_id = %u::bigint", own_era(), role);
	const char *others = psprintf("NOT (%s) AND role_name = %s AND NOT (era = " INT64_FORMAT "::bigint AND EXISTS (SELECT FROM"
	                              " pg_catalog.pg_roles r WHERE r.oid::bigint = role_id))", own, literal, own_era());
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME, psprintf("SELECT coalesce((SELECT audience FROM %s WHERE %s AND role_name = %s), 'public'),"
	                                                   " EXISTS (SELECT FROM %s WHERE %s)", table, own, literal, table, others), 0, NULL);
	bool same = stead_next(rows) && stead_equals(stead_column(rows, 0, STEAD_TEXT), stead_audience_name(audience)) &&
	            !stead_column(rows, 1, STEAD_BOOL).boolean;

	stead_close(rows);
	if (same)
		return false;
	execute(psprintf("DELETE FROM %s WHERE (%s) OR (%s)", table, own, others));
	if (audience != STEAD_PUBLIC)
		execute(psprintf("INSERT INTO %s (era, role_id, role_name, audience, granted_at) VALUES (" INT64_FORMAT "::bigint, %u::bigint, %s,"
		                 " %s, pg_catalog.clock_timestamp())",
		                 table, own_era(), role, literal, quote_literal_cstr(stead_audience_name(audience))));
	CommandCounterIncrement();
	return true;
}

/* Part of stead_init(), with the rights of the tables' owner. Who has its audience, but not the owner's rights, makes tables
 * alone: what the owner took back by REVOKE is not given again by others. */
void stead_host_grant_again(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner = GetUserId();
	List *rows;
	ListCell *cell;

	if (!has_privs_of_role(caller(frame), extension_owner(frame)))
		return;
	rows = read_grants(call);
	foreach (cell, rows) {
		noted *row = lfirst(cell);
		const char *lacking, *name;
		ListCell *earlier;
		bool again = false;

		row->role = role_of(frame, row);
		if (!OidIsValid(row->role))
			continue;
		foreach (earlier, rows) {
			if (lfirst(earlier) == row)
				break;
			again |= ((noted *)lfirst(earlier))->role == row->role;
		}
		lacking = again ? "" : function_list(frame, STEAD_PUBLIC, row->audience, row->role);
		name = GetUserNameFromId(row->role, false);
		if (*lacking) {
			become(frame, functions_owner(frame));
			execute(psprintf("GRANT EXECUTE ON FUNCTION %s TO %s", lacking, quote_identifier(name)));
			become(frame, owner);
		}
		if (row->era != own_era() || row->id != row->role || strcmp(row->name, name) != 0) {
			execute(psprintf("DELETE FROM %s WHERE era = " INT64_FORMAT "::bigint AND role_id = " INT64_FORMAT "::bigint",
			                 grant_table(frame), row->era, row->id));
			if (!again)
				note(call, row->role, name, row->audience);
		}
	}
}

/* ---- stead_grant() ------------------------------------------------------------------------------------------------------ */

/* The functions of Stead that were granted to the role itself, as a list. */
static const char *granted(stead_call *call, Oid role)
{
	return names(call,
	             "SELECT p.oid::text FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = $1::oid"
	             " AND starts_with(p.proname::text, 'stead_'::text) AND a.grantee = $2::oid AND a.privilege_type = 'EXECUTE' ORDER BY 1",
	             2, (stead_value[]){stead_int(own_schema(frame_of(call))), stead_int(role)});
}

static void check_schema(stead_call *call, Oid role, const char *name)
{
	if (names(call, "SELECT 'x' WHERE NOT has_schema_privilege($1::oid, $2::oid, 'USAGE')", 2,
	          (stead_value[]){stead_int(role), stead_int(own_schema(frame_of(call)))}))
		stead_raise_hint(call, STEAD_DENIED,
		                 psprintf("First: GRANT USAGE ON SCHEMA %s TO %s;", schema_name(frame_of(call)), quote_identifier(name)),
		                 "stead_grant: role \"%s\" may not use the schema that Stead is in", name);
}

/*
 * The caller must have the rights of the extension's owner; the grant is then made as the functions' owner, so that a restore by a
 * superuser and DROP OWNED find it as they find any. Nothing but GRANT and REVOKE of quoted names and catalog queries runs so.
 */
bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience)
{
	frame *frame = frame_of(call);
	const char *name = stead_string(call, role_name), *quoted = quote_identifier(name), *beyond, *before, *after;
	Oid role = get_role_oid(name, true), owner = extension_owner(frame), tables_owner = owner_of_tables(frame);

	refuse_to_write(call, NULL);
	if (!has_privs_of_role(GetUserId(), owner))
		stead_raise(call, STEAD_DENIED, "stead_grant: only the owner of the extension may grant");
	if (!OidIsValid(tables_owner))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame)), "stead is not initialised");
	/* GRANTs of the same function would meet; stead_init() waits here, too */
	lock_extension(frame);
	start(frame, tables_owner, false);
	if (!OidIsValid(role)) {
		if (audience == STEAD_PUBLIC && note(call, InvalidOid, name, STEAD_PUBLIC))
			return true; /* what was noted of a role that is gone */
		stead_raise(call, STEAD_NOT_FOUND, "stead_grant: role \"%s\" does not exist", name);
	}
	if (role == owner) {
		if (audience != STEAD_ADMIN)
			stead_raise(call, STEAD_INVALID, "stead_grant: the owner of the extension may call everything");
		return admit_owner(frame, owner);
	}
	become(frame, functions_owner(frame));
	if (audience != STEAD_PUBLIC) /* to take back is always possible */
		check_schema(call, role, name);
	before = granted(call, role);
	if (audience == STEAD_PUBLIC) /* that, everybody has: a privilege of his own would keep the role from being dropped */
		beyond = function_list(frame, STEAD_PUBLIC, STEAD_ADMIN, InvalidOid);
	else {
		execute(psprintf("GRANT EXECUTE ON FUNCTION %s TO %s", function_list(frame, STEAD_PUBLIC, audience, InvalidOid), quoted));
		beyond = function_list(frame, audience + 1, STEAD_ADMIN, InvalidOid);
	}
	if (*beyond)
		execute(psprintf("REVOKE EXECUTE ON FUNCTION %s FROM %s", beyond, quoted));
	CommandCounterIncrement();
	after = granted(call, role);
	become(frame, tables_owner);
	return note(call, role, name, audience) || strcmp(before ? before : "", after ? after : "") != 0;
}

/* ---- What the doctor says of it ----------------------------------------------------------------------------------------- */

static void warn(stead_call *call, const char *detail, const char *remedy)
{
	report(call, "grants", false, "warn", detail, remedy);
}

void examine_grants(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner = extension_owner(frame);
	const char *owner_name = GetUserNameFromId(owner, true), *lacking;
	bool good = true;
	List *rows;
	ListCell *cell;

	if (!OidIsValid(own_table(frame, "stead_grant")))
		return;
	if (*owner_lacks(frame, owner)) {
		good = false;
		warn(call, psprintf("the extension's owner %s may not execute every function", owner_name), init_call(frame));
	}
	rows = read_grants(call);
	foreach (cell, rows) {
		noted *row = lfirst(cell);
		const char *name = quote_literal_cstr(row->name), *schema = schema_prefix(frame);

		row->role = role_of(frame, row);
		if (OidIsValid(row->role)) {
			lacking = function_list(frame, STEAD_PUBLIC, row->audience, row->role);
			if (*lacking)
				warn(call, psprintf("role %s was granted %s, and may not execute %s", row->name, row->audience_name, lacking),
				     init_call(frame));
			good = good && !*lacking;
			continue;
		}
		good = false;
		if (!row->audience)
			warn(call, psprintf("role %s was granted %s, which is no audience", row->name, row->audience_name),
			     psprintf("SELECT %sstead_grant(%s, 'public');", schema, name));
		else if (OidIsValid(get_role_oid(row->name, true)))
			warn(call, psprintf("role %s was granted %s, but was dropped since, and made again", row->name, row->audience_name),
			     psprintf("If it is to have it: SELECT %sstead_grant(%s, %s); else with 'public'.", schema, name,
			              quote_literal_cstr(row->audience_name)));
		else if (row->era == own_era() && row->id == (Oid)row->id && SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum((Oid)row->id)))
			warn(call, psprintf("role %s was granted %s, and is %s now", row->name, row->audience_name,
			                    GetUserNameFromId((Oid)row->id, true)),
			     psprintf("If it is to have it: SELECT %sstead_grant(%s, %s); else with 'public'.", schema,
			              quote_literal_cstr(GetUserNameFromId((Oid)row->id, true)), quote_literal_cstr(row->audience_name)));
		else
			warn(call, psprintf("role %s was granted %s, and is not there", row->name, row->audience_name),
			     psprintf("SELECT %sstead_grant(%s, 'public');", schema, name));
	}
	if (good)
		report(call, "grants", true, "warn", psprintf("the owner, and %d granted roles, may execute what they should", list_length(rows)),
		       NULL);
}
