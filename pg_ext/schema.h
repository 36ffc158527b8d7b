/*
 * schema.h - makes Stead's tables, and checks that they are still as it makes them: ddl.c, trigger.c, shape.c,
 * sequence.c.
 */
#ifndef STEAD_PG_SCHEMA_H
#define STEAD_PG_SCHEMA_H

#include "host.h"

/* ---- ddl.c: SQL of a declaration -------------------------------------------------------------------------------- */

/* A column's definition. added: for ALTER TABLE. refers: with what it refers to. */
const char *column_sql(frame *frame, const stead_table_column *column, bool added, bool refers);
/* The list of the primary key's columns. */
const char *primary_key(const stead_table *table);
const char *index_sql(frame *frame, const stead_table *table, const stead_index *index);
/* A column's default, as SQL and as the catalog shows it, or NULL. */
const char *column_fill(const stead_table_column *column);
const char *column_fill_shown(const stead_table_column *column);
const char *range_sql(const stead_table_column *column); /* the CHECK of its range, or NULL */
/* Writes the column's documentation into the catalog. The table's name is as SQL writes it. */
void comment_column(const char *table, const stead_table_column *column);
/* Raises, with a hint, if the current role may not create an index or a sequence of the table in Stead's schema. */
void need_create(frame *frame, const char *table);

/* ---- trigger.c -------------------------------------------------------------------------------------------------- */

/* The triggers that a table may need. The first STEAD_SIGNAL_TRIGGERS invalidate caches. Event and level are given as
 * SQL and as tgtype. */
#define STEAD_SIGNAL_TRIGGERS 3
#define STEAD_TRIGGERS 5
typedef struct {
	const char *name, *when, *level, *function;
	int16 type;
	bool signal;
} trigger_kind;
extern const trigger_kind table_triggers[STEAD_TRIGGERS];
/* Does the table have an enabled trigger of this kind that calls Stead's own function? */
bool has_trigger(frame *frame, Oid relation, const trigger_kind *kind);
/* Does the table need this trigger of table_triggers, and lack it or have another in its place? */
bool lacks_trigger(frame *frame, const stead_table *table, Oid relation, int index);
/* Makes the triggers that the table needs and lacks. */
void make_triggers(frame *frame, const stead_table *table, Oid relation);
/* The proxy relation that sends a signal; InvalidOid: it is missing. */
Oid signal_relation(int signal);

/* ---- shape.c ---------------------------------------------------------------------------------------------------- */

/* Visits each difference between a table and what stead_init() makes, with the statement that mends it. The table's
 * owner must judge those of SHAPE_COLUMN: there mend is a remedy, or NULL. stead_init() mends the others, but a CHECK
 * only if no row breaks it. False: a column is missing, or of another type. */
typedef enum { SHAPE_COLUMN, SHAPE_CONSTRAINT, SHAPE_INDEX, SHAPE_CHECK, SHAPE_PARTS } shape_part;
typedef void shape_visit(shape_part part, const char *what, const char *mend, void *data);
bool compare_shape(frame *frame, const stead_table *declared, Oid relation, shape_visit *visit, void *data);
void mend_shape(frame *frame, const stead_table *declared, Oid relation);

/* ---- sequence.c ------------------------------------------------------------------------------------------------- */

/* Makes every numbered table continue after its highest number. */
void number_on(stead_call *call);

#endif
