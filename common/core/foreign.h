/*
 * foreign.h - the part of the port for tables of the application's own: finding them, and deleting their rows by age.
 */
#ifndef STEAD_FOREIGN_H
#define STEAD_FOREIGN_H

#include "stead.h"

/* A table of the application's own, with the column that holds the age of its rows. */
typedef struct {
	stead_value name;        /* as SQL writes it, without the main schema; null: the text is not a name */
	stead_value full_name;   /* with the schema */
	const char *problem;     /* why its rows cannot be deleted by age, or NULL; then the fields below are not set */
	stead_error error;       /* the class of the problem */
	const char *hint;        /* what to do about it, or NULL */
	stead_value time_column; /* as the database spells it */
	stead_value owner;       /* the role that owns it; null where there are no roles */
	bool owned;              /* the caller has the rights of its owner */
	bool indexed;            /* an index gives the rows in the order of the column */
	const char *index_sql;   /* the SQL that creates such an index */
} stead_foreign;

/* Finds a table by its name as SQL writes it; takes no lock. A name without a schema is looked up in the caller's
 * search path before the first query of the call, and in the main schema afterwards. If time_column is a null, the
 * column is not checked. */
const stead_foreign *stead_foreign_find(stead_call *call, stead_value name, stead_value time_column);

/* The same, but it does not judge whether rows can be deleted by age: a problem is one that keeps Stead from using the
 * table at all. */
const stead_foreign *stead_foreign_named(stead_call *call, stead_value name);

/* Calls visit for every other table that loses rows when rows of this one are deleted: partitions, children, and tables
 * that refer to it ON DELETE CASCADE. Also for tables that this one is a partition or child of. */
typedef void stead_dependent_visit(stead_call *call, stead_value name, stead_value full_name, void *data);
void stead_foreign_dependents(stead_call *call, const stead_foreign *table, stead_dependent_visit *visit, void *data);
/* The same for a table of Stead's own. */
void stead_table_dependents(stead_call *call, const stead_table *table, stead_dependent_visit *visit, void *data);

/* Rows that were found in advance and are to be deleted. */
typedef struct {
	int64_t left;
} stead_foreign_batch;
/* Finds the next rows for stead_foreign_delete(), from within stead_read_aside(), if finding them takes long and would
 * keep writers waiting; otherwise it returns NULL. batch is NULL, or the empty batch that an earlier call returned for
 * the same or an earlier cutoff. If it returns an empty batch, no rows are left. */
stead_foreign_batch *stead_foreign_look(stead_call *call, const stead_foreign *table, int64_t cutoff,
                                        stead_foreign_batch *batch);

/* Deletes at most max_rows rows whose time is strictly before cutoff, in the order of the column; returns how many. The
 * table was found with its column, and without a problem. 0: none can be deleted now. Rows that others have locked, or
 * that a trigger keeps, stay, and do not keep the others. Ends early once stead_now() is past deadline, but not before
 * it has deleted some. With a batch that is not NULL it deletes rows of that only, as long as their time has not
 * changed, and may return 0 before it is empty.
 *
 * Null, what is no time (see stead_time_units), and times outside years 1 to 9999 are never before anything. Seconds go
 * first, then milliseconds, then microseconds. Rows are deleted as if the table's owner deleted them, except for row
 * security. Triggers run with that role's rights only, and cannot change the caller's session. */
int64_t stead_foreign_delete(stead_call *call, const stead_foreign *table, int64_t cutoff, int64_t max_rows,
                             int64_t deadline, stead_foreign_batch *batch);
/* Counts, up to most, the rows that stead_foreign_delete() would delete in the end, and finds the oldest one's time, or
 * a null. Without an index on the column, it looks at no more than looked_at rows, in no order, and the oldest is one
 * of these. */
void stead_foreign_count(stead_call *call, const stead_foreign *table, int64_t cutoff, int64_t most, int64_t looked_at,
                         int64_t *rows, stead_value *oldest_at);
/* Counts, up to most, the rows whose column holds something that is not a time; they are never deleted. *rows: the
 * table has rows. *times: a row has a time. Of a column with texts, it looks at 100000 rows at most, unless most is
 * INT64_MAX. */
int64_t stead_foreign_unreadable(stead_call *call, const stead_foreign *table, int64_t most, bool *rows, bool *times);

/* ---- For the hosts: core/foreign.c ------------------------------------------------------------------------------ */

/* A name as SQL writes it (lib/identifier.h). */
const char *stead_quoted(stead_call *call, const char *name, bool always);
/* Fills in name and full_name. */
void stead_foreign_name(stead_call *call, stead_foreign *table, const char *schema, const char *name,
                        const char *main_schema);
/* Faults that both databases can find. */
typedef enum {
	STEAD_FOREIGN_NO_NAME,   /* the text is not a name */
	STEAD_FOREIGN_MISSING,   /* there is no such table */
	STEAD_FOREIGN_STEADS,    /* it is a table of Stead's own */
	STEAD_FOREIGN_SYSTEM,    /* it is a table of the database's own */
	STEAD_FOREIGN_NOT_PLAIN, /* a view, or a virtual or foreign table */
	STEAD_FOREIGN_NO_COLUMN, /* it has no such column */
	STEAD_FOREIGN_NOT_TIME   /* the column's type holds no times */
} stead_foreign_fault;
/* Fills in the problem for this fault and returns the table. of is the text that is not a name, or the column. */
const stead_foreign *stead_foreign_refuse(stead_call *call, stead_foreign *table, stead_foreign_fault fault,
                                          stead_value of, const char *hint);
/* The same for a problem that only one database has. */
const stead_foreign *stead_foreign_reject(stead_foreign *table, stead_error error, const char *hint,
                                          const char *problem);

#endif
