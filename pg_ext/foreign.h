/*
 * foreign.h - a table of the application's own: foreign.c, foreign_rows.c, dependents.c.
 */
#ifndef STEAD_PG_FOREIGN_H
#define STEAD_PG_FOREIGN_H

#include "host.h"

typedef struct {
	stead_foreign found; /* first: it is cast back */
	Oid relation, schema, owner;
	const char *sql_name; /* as PostgreSQL quotes it */
	const char *column;
	Oid type; /* of the column, domains looked through */
} foreign;

/* ---- dependents.c
 * ----------------------------------------------------------------------------------------------------- */

/* Fills in the table's names. */
void name_foreign(stead_call *call, foreign *table, const char *schema, const char *name);
/* How a table is named. */
void foreign_names(stead_call *call, Oid relation, stead_value *name, stead_value *full_name);
/* The name of the table, or of one whose rows change when rows of it are deleted, that has a deferred trigger; or NULL.
 */
const char *foreign_deferred(stead_call *call, Oid relation);

#endif
