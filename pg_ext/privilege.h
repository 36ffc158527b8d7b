/*
 * privilege.h - whose the tables and the functions are, and who may use them: owner.c, privilege.c, granted.c.
 */
#ifndef STEAD_PG_PRIVILEGE_H
#define STEAD_PG_PRIVILEGE_H

#include "host.h"

/* ---- owner.c
 * ---------------------------------------------------------------------------------------------------------- */

/* The owner of the table stead_schema, and so of the others; InvalidOid before stead_init(). */
Oid owner_of_tables(frame *frame);
/* Has the role these privileges on Stead's schema? */
bool may_in_schema(frame *frame, Oid role, AclMode mode);
/* Is it, by its name and schema, a table of Stead's? */
bool is_steads_own(frame *frame, Oid relation);
/* Refuses a plan with a table that is another's where Stead's should be. */
void refuse_strangers(stead_call *call, SPIPlanPtr plan);
/* Part of stead_init(): refuses while a table of Stead's is another's than their owner's. */
void check_tables(frame *frame, Oid owner, Oid tables_owner);
/* SQL that alters a table of Stead's, as a remedy. It can run what the tables' owner planted there: nobody else is to
 * run it, least of all a superuser. */
const char *for_owner(frame *frame, const char *sql);

/* ---- privilege.c
 * ------------------------------------------------------------------------------------------------------ */

/* Who called, whatever rights the call goes on with; whose the functions are. */
Oid caller(frame *frame);
Oid functions_owner(frame *frame);
/* Refuses who may not call stead_init(); gives the extension's owner EXECUTE, true when he lacked some. */
void admit(frame *frame);
bool admit_owner(frame *frame, Oid owner);
/* Gives the tables' owner EXECUTE on the trigger functions: who makes a trigger needs that. */
void admit_tables_owner(frame *frame, Oid tables_owner);
/* The functions of the audiences from one to another with their argument types, as GRANT wants them; "" for none. With
 * lacking, only those that this role may not execute. */
const char *function_list(frame *frame, stead_audience from, stead_audience to, Oid lacking);
/* Does the role itself, and not one that it is in, hold EXECUTE on each function of the audience alone? */
bool holds(frame *frame, Oid role, stead_audience audience);
/* The functions that the extension's owner may not execute: to make the triggers, he needs theirs as well. */
const char *owner_lacks(frame *frame, Oid owner);

/* ---- granted.c
 * -------------------------------------------------------------------------------------------------------- */

/* Notes what a role has, or for STEAD_PUBLIC that it has nothing; true when that is news. Rows of its name go as well,
 * but for those of a role that was called so and lives. */
bool note_grant(stead_call *call, Oid role, const char *name, stead_audience audience);
/* Notes what roles hold already: what was given before there was a table to note it in. */
void note_grants_held(stead_call *call);

#endif
