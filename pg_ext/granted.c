/*
 * granted.c - the table stead_grant. It notes what stead_grant() granted; stead_init() grants that again, and
 * stead_doctor() examines it.
 *
 * A grant includes USAGE on Stead's schema, as EXECUTE is useless without it. It is granted again with the rights of
 * the tables' owner alone: the table is his word, so it can give no more than he could.
 */
#include "doctor.h"
#include "privilege.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ---- The table stead_grant -------------------------------------------------------------------------------------- */

/* A row, and the role that it grants the audience to, or InvalidOid. */
typedef struct {
	int64 era, id;
	const char *name;
	const char *audience_name;
	int audience; /* 0: the text is no audience */
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
 * A role's number is meaningful only in the cluster that assigned it, and its name may belong to another role by now.
 * So both must match. If only one does - the role was renamed, or dropped and made again - it counts only for a role
 * that may execute all of the functions anyway. In another cluster, after a restore, the name alone decides, as it
 * does for the privileges in a dump.
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

/* Returns all rows, this cluster's first. The call must run as the tables' owner. */
static List *read_grants(stead_call *call)
{
	frame *frame = frame_of(call);
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME,
	                                 psprintf("SELECT era, role_id, role_name, audience FROM %s"
	                                          " ORDER BY era <> " INT64_FORMAT "::bigint, role_name, role_id",
	                                          grant_table(frame), own_era()),
	                                 0, NULL);
	List *all = NIL;

	while (stead_next(rows)) {
		noted *row = palloc0(sizeof *row);
		stead_value name = stead_keep(call, stead_column(rows, 2, STEAD_TEXT));
		stead_value audience = stead_keep(call, stead_column(rows, 3, STEAD_TEXT));

		row->era = stead_column(rows, 0, STEAD_INT).integer;
		row->id = stead_column(rows, 1, STEAD_INT).integer;
		row->name = name.null ? "" : stead_string(call, name); /* somebody may have dropped NOT NULL */
		row->audience_name = audience.null ? "" : stead_string(call, audience);
		for (int i = STEAD_APP; i <= STEAD_ADMIN; i++)
			if (!audience.null && stead_equals(audience, stead_audience_name((stead_audience)i)))
				row->audience = i;
		all = lappend(all, row);
	}
	return all;
}

bool note_grant(stead_call *call, Oid role, const char *name, stead_audience audience)
{
	frame *frame = frame_of(call);
	const char *table = grant_table(frame), *literal = quote_literal_cstr(name);
	const char *own = psprintf("era = " INT64_FORMAT "::bigint AND role_id = %u::bigint", own_era(), role);
	const char *others =
		psprintf("NOT (%s) AND role_name = %s AND NOT (era = " INT64_FORMAT "::bigint AND EXISTS (SELECT FROM"
	             " pg_catalog.pg_roles r WHERE r.oid::bigint = role_id))",
	             own, literal, own_era());
	stead_rows *rows =
		stead_open_as(call, STEAD_ONE_TIME,
	                  psprintf("SELECT coalesce((SELECT audience FROM %s WHERE %s AND role_name = %s), 'public'),"
	                           " EXISTS (SELECT FROM %s WHERE %s)",
	                           table, own, literal, table, others),
	                  0, NULL);
	bool same = stead_next(rows) && stead_equals(stead_column(rows, 0, STEAD_TEXT), stead_audience_name(audience)) &&
	            !stead_column(rows, 1, STEAD_BOOL).boolean;

	stead_close(rows);
	if (same)
		return false;
	execute(psprintf("DELETE FROM %s WHERE (%s) OR (%s)", table, own, others));
	if (audience != STEAD_PUBLIC)
		execute(psprintf("INSERT INTO %s (era, role_id, role_name, audience, granted_at) VALUES (" INT64_FORMAT
		                 "::bigint, %u::bigint, %s,"
		                 " %s, pg_catalog.clock_timestamp())",
		                 table, own_era(), role, literal, quote_literal_cstr(stead_audience_name(audience))));
	CommandCounterIncrement();
	return true;
}

/* The audience that the role's own privileges amount to: those granted before the table existed. */
static stead_audience audience_held(frame *frame, Oid role)
{
	stead_audience audience = STEAD_PUBLIC;

	while (audience < STEAD_ADMIN && holds(frame, role, audience + 1))
		audience++;
	return audience;
}

void note_grants_held(stead_call *call)
{
	frame *frame = frame_of(call);
	/* Owners hold EXECUTE for another reason: see grant.c. */
	stead_value params[] = {stead_int(own_schema(frame)), stead_int(extension_owner(frame)),
	                        stead_int(get_role_oid("pg_database_owner", true))};
	const char *roles = ask_list(
		call,
		"SELECT DISTINCT a.grantee::text FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = $1::oid"
		" AND starts_with(p.proname::text, 'stead_'::text) AND a.privilege_type = 'EXECUTE'"
		" AND a.grantee <> 0::oid AND a.grantee <> p.proowner AND a.grantee <> $2::oid AND a.grantee <> $3::oid",
		3, params);
	char *at = pstrdup(roles ? roles : "");

	while (*at) {
		Oid role = (Oid)strtoul(at, &at, 10);
		stead_audience audience = audience_held(frame, role);
		const char *name = GetUserNameFromId(role, true);

		if (name && audience != STEAD_PUBLIC)
			note_grant(call, role, name, audience);
		at += strspn(at, ", ");
	}
}

/* May the tables' owner grant USAGE on Stead's schema? */
static bool may_pass_usage(frame *frame)
{
	return may_in_schema(frame, owner_of_tables(frame), ACL_GRANT_OPTION_FOR(ACL_USAGE));
}

/* Part of stead_init(); runs with the rights of the tables' owner. A caller without the rights of the extension's owner
 * only makes tables: others must not grant again what the owner revoked. */
void stead_host_grant_again(stead_call *call)
{
	frame *frame = frame_of(call);
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
		grant_execute(frame, lacking, row->role, "");
		if (!may_in_schema(frame, row->role, ACL_USAGE) && may_pass_usage(frame)) {
			execute(psprintf("GRANT USAGE ON SCHEMA %s TO %s", schema_name(frame), quote_identifier(name)));
			CommandCounterIncrement();
		}
		if (row->era != own_era() || row->id != row->role || strcmp(row->name, name) != 0) {
			execute(psprintf("DELETE FROM %s WHERE era = " INT64_FORMAT "::bigint AND role_id = " INT64_FORMAT
			                 "::bigint",
			                 grant_table(frame), row->era, row->id));
			if (!again)
				note_grant(call, row->role, name, row->audience);
		}
	}
}

/* ---- stead_doctor() --------------------------------------------------------------------------------------------- */

static void warn(stead_call *call, const char *detail, const char *remedy)
{
	stead_finding(call, "grants", STEAD_WARN, detail, remedy);
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
				warn(call,
				     psprintf("role %s was granted %s, and may not execute %s", row->name, row->audience_name, lacking),
				     init_call(frame));
			good = good && !*lacking && may_in_schema(frame, row->role, ACL_USAGE);
			if (!may_in_schema(frame, row->role, ACL_USAGE))
				warn(call,
				     psprintf("role %s was granted %s, and may not use schema %s", row->name, row->audience_name,
				              schema_name(frame)),
				     may_pass_usage(frame) ? init_call(frame)
				                           : psprintf("GRANT USAGE ON SCHEMA %s TO %s;", schema_name(frame),
				                                      quote_identifier(row->name)));
			continue;
		}
		good = false;
		if (!row->audience)
			warn(call, psprintf("role %s was granted %s, which is no audience", row->name, row->audience_name),
			     psprintf("SELECT %sstead_grant(%s, 'public');", schema, name));
		else if (OidIsValid(get_role_oid(row->name, true)))
			warn(call,
			     psprintf("role %s was granted %s, but was dropped since, and made again", row->name,
			              row->audience_name),
			     psprintf("If it is to have it: SELECT %sstead_grant(%s, %s); else with 'public'.", schema, name,
			              quote_literal_cstr(row->audience_name)));
		else if (row->era == own_era() && row->id == (Oid)row->id &&
		         SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum((Oid)row->id)))
			warn(call,
			     psprintf("role %s was granted %s, and is %s now", row->name, row->audience_name,
			              GetUserNameFromId((Oid)row->id, true)),
			     psprintf("If it is to have it: SELECT %sstead_grant(%s, %s); else with 'public'.", schema,
			              quote_literal_cstr(GetUserNameFromId((Oid)row->id, true)),
			              quote_literal_cstr(row->audience_name)));
		else
			warn(call, psprintf("role %s was granted %s, and is not there", row->name, row->audience_name),
			     psprintf("SELECT %sstead_grant(%s, 'public');", schema, name));
	}
	if (good)
		stead_finding(call, "grants", STEAD_OK,
		              psprintf("the owner, and %d granted roles, may execute what they should", list_length(rows)),
		              NULL);
}
