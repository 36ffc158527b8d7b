/*
 * privilege.h - who owns the tables and the functions, and who may use them: owner.c, privilege.c, granted.c.
 */
#ifndef STEAD_PG_PRIVILEGE_H
#define STEAD_PG_PRIVILEGE_H

#include "host.h"

/* ---- owner.c ---------------------------------------------------------------------------------------------------- */

/* The owner of the table stead_schema, and so of the others; InvalidOid before stead_init(). */
Oid owner_of_tables(frame *frame);
/* Does the role hold these privileges on Stead's schema? */
bool may_in_schema(frame *frame, Oid role, AclMode mode);
/* Is the relation, by its name and schema, one of Stead's tables? */
bool is_steads_own(frame *frame, Oid relation);
/* Refuses a plan that uses another's table in place of Stead's. */
void refuse_strangers(stead_call *call, SPIPlanPtr plan);
/* Part of stead_init(): raises while one of Stead's tables does not belong to their owner. */
void check_tables(frame *frame, Oid owner, Oid tables_owner);
/* A remedy: SQL that alters one of Stead's tables. It can run what the tables' owner planted there, so nobody else
 * should run it, least of all a superuser. */
const char *for_owner(frame *frame, const char *sql);

/* ---- privilege.c ------------------------------------------------------------------------------------------------ */

/* The role that called, whatever rights the call now runs with. */
Oid caller(frame *frame);
Oid functions_owner(frame *frame);
/* Raises if the caller may not call stead_init(). */
void admit(frame *frame);
/* Grants the role EXECUTE on the listed functions, as their owner; option is the end of the GRANT. False: the list is
 * empty. */
bool grant_execute(frame *frame, const char *lacking, Oid role, const char *option);
/* Grants the extension's owner EXECUTE. True: he lacked some. */
bool admit_owner(frame *frame, Oid owner);
/* Grants the tables' owner EXECUTE on the trigger functions: creating a trigger needs it. */
void admit_tables_owner(frame *frame, Oid tables_owner);
/* Lists the functions of the audiences `from` to `to` with their argument types, as GRANT takes them; "" for none. With
 * lacking, lists only those that this role may not execute. */
const char *function_list(frame *frame, stead_audience from, stead_audience to, Oid lacking);
/* Does the role itself hold EXECUTE on every function of this one audience? Its memberships do not count. */
bool holds(frame *frame, Oid role, stead_audience audience);
/* The functions that the extension's owner may not execute. He needs the trigger functions as well, to create the
 * triggers. */
const char *owner_lacks(frame *frame, Oid owner);

/* ---- granted.c -------------------------------------------------------------------------------------------------- */

/* Notes a role's audience; for STEAD_PUBLIC, that it has none. True: this changed something. Other rows of its name are
 * deleted as well, except those of an existing role that once had this name. */
bool note_grant(stead_call *call, Oid role, const char *name, stead_audience audience);
/* Notes what roles already hold: what was granted before the table existed. */
void note_grants_held(stead_call *call);

#endif
