/*
 * foreign.h - a table of the application's own: foreign.c, foreign_rows.c, dependents.c.
 */
#ifndef STEAD_SQLITE_FOREIGN_H
#define STEAD_SQLITE_FOREIGN_H

#include "host.h"

#define MAX_KEY 32 /* columns of a primary key */

typedef struct {
	stead_foreign found; /* first: it is cast back */
	const char *bare, *sql_name, *column;
	bool text_only; /* the column turns numbers into text */
	int key_columns;
	const char *key[MAX_KEY]; /* the columns of the primary key, or the rowid; quoted */
} foreign;

/* dependents.c: fills in the table's names. */
void name_foreign(stead_call *call, foreign *table, const char *schema, const char *name);

#endif
