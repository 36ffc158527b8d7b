/*
 * grant.c - stead_grant(): grants EXECUTE to a role. granted.c notes that in the table stead_grant.
 *
 * Whoever can write that table can give EXECUTE away. That is the owner of Stead's tables. The functions run with his
 * rights alone, so EXECUTE gives nobody more than he could grant on the tables. (stead_init() insists that one role
 * owns all of them.)
 */
#include "privilege.h"

#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

/* Lists Stead's functions that the role itself was granted EXECUTE on. */
static const char *granted(stead_call *call, Oid role)
{
	return ask_list(call,
	                "SELECT p.oid::text FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = $1::oid"
	                " AND starts_with(p.proname::text, 'stead_'::text) AND a.grantee = $2::oid AND a.privilege_type = "
	                "'EXECUTE' ORDER BY 1",
	                2, (stead_value[]){stead_int(own_schema(frame_of(call))), stead_int(role)});
}

static void check_schema(stead_call *call, Oid role, const char *name)
{
	if (!may_in_schema(frame_of(call), role, ACL_USAGE))
		stead_raise_hint(
			call, STEAD_DENIED,
			psprintf("First: GRANT USAGE ON SCHEMA %s TO %s;", schema_name(frame_of(call)), quote_identifier(name)),
			"stead_grant: role \"%s\" may not use the schema that Stead is in", name);
}

/* Returns the extension's owner. Raises unless the caller has his rights. */
static Oid owner_to_grant(frame *frame)
{
	Oid owner = extension_owner(frame);

	if (!has_privs_of_role(GetUserId(), owner))
		stead_raise(&frame->call, STEAD_DENIED, "stead_grant: only the owner of the extension may grant");
	return owner;
}

/*
 * The caller must have the rights of the extension's owner. The grant is then made as the functions' owner, so that a
 * superuser's restore and DROP OWNED find it like any other. Only GRANT and REVOKE of quoted names, and catalog
 * queries, run with these rights.
 */
bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience)
{
	frame *frame = frame_of(call);
	const char *name = stead_string(call, role_name), *quoted = quote_identifier(name), *beyond, *before, *after;
	Oid role, owner = owner_to_grant(frame), tables_owner;

	refuse_to_write(call, NULL);
	/* Concurrent GRANTs of one function would collide. stead_init() waits here, too. */
	if (lock_extension(frame))
		owner = owner_to_grant(frame);
	role = get_role_oid(name, true);
	tables_owner = owner_for_use(frame);
	start(frame, tables_owner, false);
	if (!OidIsValid(role)) {
		if (audience == STEAD_PUBLIC && note_grant(call, InvalidOid, name, STEAD_PUBLIC))
			return true; /* the note of a role that no longer exists */
		stead_raise(call, STEAD_NOT_FOUND, "stead_grant: role \"%s\" does not exist", name);
	}
	if (role == owner) {
		if (audience != STEAD_ADMIN)
			stead_raise(call, STEAD_INVALID, "stead_grant: the owner of the extension may call everything");
		return admit_owner(frame, owner);
	}
	become(frame, functions_owner(frame));
	if (audience != STEAD_PUBLIC) /* revoking is always possible */
		check_schema(call, role, name);
	before = granted(call, role);
	/* Everybody has the public functions. A privilege of its own would keep the role from being dropped. */
	if (audience == STEAD_PUBLIC)
		beyond = function_list(frame, STEAD_PUBLIC, STEAD_ADMIN, InvalidOid);
	else {
		execute(psprintf("GRANT EXECUTE ON FUNCTION %s TO %s", function_list(frame, STEAD_PUBLIC, audience, InvalidOid),
		                 quoted));
		beyond = function_list(frame, audience + 1, STEAD_ADMIN, InvalidOid);
	}
	if (*beyond)
		execute(psprintf("REVOKE EXECUTE ON FUNCTION %s FROM %s", beyond, quoted));
	CommandCounterIncrement();
	after = granted(call, role);
	become(frame, tables_owner);
	return note_grant(call, role, name, audience) || strcmp(before ? before : "", after ? after : "") != 0;
}
