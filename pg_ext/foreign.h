/*
 * foreign.h - the application's own tables: foreign.c, foreign_rows.c, dependents.c.
 */
#ifndef STEAD_PG_FOREIGN_H
#define STEAD_PG_FOREIGN_H

#include "host.h"

typedef struct {
	stead_foreign found; /* first: it is cast back */
	Oid relation, schema, owner;
	const char *sql_name; /* as PostgreSQL quotes it */
	const char *column;
	Oid type; /* the column's; for a domain, its base type */
} foreign;

/* ---- dependents.c ----------------------------------------------------------------------------------------------- */

/* Fills in the table's names. */
void name_foreign(stead_call *call, foreign *table, const char *schema, const char *name);
/* Gives a table's names. */
void foreign_names(stead_call *call, Oid relation, stead_value *name, stead_value *full_name);
/* The name of a table that has a deferred trigger, or NULL: this table, or one whose rows change when its rows are
 * deleted. */
const char *foreign_deferred(stead_call *call, Oid relation);

#endif
