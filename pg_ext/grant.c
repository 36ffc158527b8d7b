/*
 * grant.c - who may call what: the privileges of the PostgreSQL host.
 *
 * Every function belongs to the bootstrap superuser, who cannot be dropped, so that pg_init_privs names nobody who can. The
 * extension's owner is given EXECUTE by stead_init(), or by being the database's owner; the others by stead_grant(), which notes
 * it in the table stead_grant, from which stead_init() gives it again to a new extension or after a restore.
 *
 * Who can write that table can give EXECUTE away. That is the owner of Stead's tables, with whose rights alone the functions work:
 * EXECUTE gives nobody more than this owner could grant on the tables. (stead_init() insists that all of them are of one owner.)
 * The table is granted.c's.
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

Oid caller(frame *frame)
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

Oid functions_owner(frame *frame)
{
	return function_owner(frame, own_function(frame), NULL);
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
	    !may_execute(frame, own_function(frame), caller(frame), false))
		stead_raise(&frame->call, STEAD_DENIED, "permission denied for function stead_%s", frame->call.function->name);
}

/* ---- Lists of functions ---------------------------------------------------------------------------------------------- */

static void append_function(StringInfo list, frame *frame, const char *name, const stead_function *function, Oid lacking)
{
	int count = function ? stead_arg_count(function) : 0;
	Oid oid = function ? find_declared(frame, function) : find_function(frame, name, 0, NULL);

	if (!OidIsValid(oid)) /* stead_doctor() says so */
		return;
	if (OidIsValid(lacking) && may_execute(frame, oid, lacking, !function || !function->checks_caller))
		return;
	appendStringInfo(list, "%s%s.%s(", list->len ? ", " : "", schema_name(frame), name);
	for (int i = 0; i < count; i++)
		appendStringInfo(list, "%s%s", i ? ", " : "", pg_type_name(function->args[i].type));
	appendStringInfoChar(list, ')');
}

const char *function_list(frame *frame, stead_audience from, stead_audience to, Oid lacking)
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

bool holds(frame *frame, Oid role, stead_audience audience)
{
	bool any = false;

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (int i = 0; i < (*module)->function_count; i++) {
			const stead_function *function = &(*module)->functions[i];
			Oid oid = function->audience == audience ? find_declared(frame, function) : InvalidOid;
			bool held = false;
			Acl *acl;

			if (!OidIsValid(oid))
				continue;
			function_owner(frame, oid, &acl);
			for (int n = 0; acl && n < ACL_NUM(acl); n++)
				held |= ACL_DAT(acl)[n].ai_grantee == role && (ACL_DAT(acl)[n].ai_privs & ACL_EXECUTE);
			if (!held)
				return false;
			any = true;
		}
	return any;
}

static void append_trigger_functions(StringInfo list, frame *frame, Oid lacking)
{
	append_function(list, frame, "stead_refuse_change", NULL, lacking);
	append_function(list, frame, "stead_signal_change", NULL, lacking);
}

const char *owner_lacks(frame *frame, Oid owner)
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
	if (!may_in_schema(frame_of(call), role, ACL_USAGE))
		stead_raise_hint(call, STEAD_DENIED,
		                 psprintf("First: GRANT USAGE ON SCHEMA %s TO %s;", schema_name(frame_of(call)), quote_identifier(name)),
		                 "stead_grant: role \"%s\" may not use the schema that Stead is in", name);
}

/* The extension's owner, whose rights the caller has to have. */
static Oid owner_to_grant(frame *frame)
{
	Oid owner = extension_owner(frame);

	if (!has_privs_of_role(GetUserId(), owner))
		stead_raise(&frame->call, STEAD_DENIED, "stead_grant: only the owner of the extension may grant");
	return owner;
}

/*
 * The caller must have the rights of the extension's owner; the grant is then made as the functions' owner, so that a restore by a
 * superuser and DROP OWNED find it as they find any. Nothing but GRANT and REVOKE of quoted names and catalog queries runs so.
 */
bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience)
{
	frame *frame = frame_of(call);
	const char *name = stead_string(call, role_name), *quoted = quote_identifier(name), *beyond, *before, *after;
	Oid role, owner = owner_to_grant(frame), tables_owner;

	refuse_to_write(call, NULL);
	/* GRANTs of the same function would meet; stead_init() waits here, too */
	if (lock_extension(frame))
		owner = owner_to_grant(frame);
	role = get_role_oid(name, true);
	tables_owner = owner_of_tables(frame);
	if (!OidIsValid(tables_owner))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame)), "stead is not initialised");
	start(frame, tables_owner, false);
	if (!OidIsValid(role)) {
		if (audience == STEAD_PUBLIC && note_grant(call, InvalidOid, name, STEAD_PUBLIC))
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
	return note_grant(call, role, name, audience) || strcmp(before ? before : "", after ? after : "") != 0;
}
