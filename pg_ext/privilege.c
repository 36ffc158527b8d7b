/*
 * privilege.c - who may execute which functions, and what grants the owners EXECUTE.
 *
 * The bootstrap superuser owns every function. He cannot be dropped, so pg_init_privs names no role that can be. The
 * extension's owner gets EXECUTE from stead_init(), or by being the database's owner; others get it from
 * stead_grant().
 */
#include "privilege.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#define pg_proc_aclcheck(function, role, mode) object_aclcheck(ProcedureRelationId, function, role, mode)
#endif

Oid caller(frame *frame)
{
	return frame->has_rights ? frame->saved_user : GetUserId();
}

/* Returns a function's owner. Sets *acl, unless acl is NULL, to a copy of its ACL, or to NULL if it has none. */
static Oid function_owner(frame *frame, Oid function, Acl **acl)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum privileges;
	bool none;
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		stead_raise(&frame->call, STEAD_INTERNAL, "stead_%s: a function is not in the catalog",
		            frame->call.function->name);
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

/* May the role execute the function, by its own privilege or that of a role it is a member of? PUBLIC's privilege
 * counts only if public_counts. */
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
 * PUBLIC may execute stead_init(), which checks its caller here. Otherwise a later owner of the extension would be
 * locked out of the very call that grants an owner EXECUTE.
 */
void admit(frame *frame)
{
	if (!has_privs_of_role(caller(frame), extension_owner(frame)) &&
	    !may_execute(frame, own_function(frame), caller(frame), false))
		stead_raise(&frame->call, STEAD_DENIED, "permission denied for function stead_%s", frame->call.function->name);
}

/* ---- Lists of functions ----------------------------------------------------------------------------------------- */

static void append_function(StringInfo list, frame *frame, const char *name, const stead_function *function,
                            Oid lacking)
{
	int count = function ? stead_arg_count(function) : 0;
	Oid oid = function ? find_declared(frame, function) : find_function(frame, name, 0, NULL);

	if (!OidIsValid(oid)) /* stead_doctor() reports it */
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
	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		if (function->audience >= from && function->audience <= to)
			append_function(&list, frame, psprintf("stead_%s", function->name), function, lacking);
	return list.data;
}

bool holds(frame *frame, Oid role, stead_audience audience)
{
	bool any = false;

	for (const stead_function *function = NULL; (function = stead_next_function(function));) {
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
	append_function(list, frame, "stead_record_change", NULL, lacking);
}

const char *owner_lacks(frame *frame, Oid owner)
{
	StringInfoData list;

	initStringInfo(&list);
	appendStringInfoString(&list, function_list(frame, STEAD_PUBLIC, STEAD_ADMIN, owner));
	append_trigger_functions(&list, frame, owner);
	return list.data;
}

bool grant_execute(frame *frame, const char *lacking, Oid role, const char *option)
{
	Oid before = GetUserId();

	if (!*lacking)
		return false;
	become(frame, functions_owner(frame));
	execute(psprintf("GRANT EXECUTE ON FUNCTION %s TO %s%s", lacking, quote_identifier(GetUserNameFromId(role, false)),
	                 option));
	become(frame, before);
	CommandCounterIncrement();
	return true;
}

bool admit_owner(frame *frame, Oid owner)
{
	return grant_execute(frame, owner_lacks(frame, owner), owner, " WITH GRANT OPTION");
}

void admit_tables_owner(frame *frame, Oid tables_owner)
{
	StringInfoData list;

	initStringInfo(&list);
	append_trigger_functions(&list, frame, tables_owner);
	grant_execute(frame, list.data, tables_owner, "");
}
