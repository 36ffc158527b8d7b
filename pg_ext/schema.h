/*
 * schema.h - what makes Stead's tables, and tells whether they are as it makes them: ddl.c, trigger.c, shape.c,
 * sequence.c.
 */
#ifndef STEAD_PG_SCHEMA_H
#define STEAD_PG_SCHEMA_H

#include "host.h"

/* ---- ddl.c: SQL of a declaration
 * ---------------------------------------------------------------------------------------- */

/* A column. added: for ALTER TABLE; refers: with what it refers to. */
const char *column_sql(frame *frame, const stead_table_column *column, bool added, bool refers);
/* The list of the primary key's columns. */
const char *key_list(const stead_table *table);
const char *index_sql(frame *frame, const stead_table *table, const stead_index *index);
/* What fills a column, as SQL and as the catalog shows it, or NULL. */
const char *column_fill(const stead_table_column *column);
const char *column_fill_shown(const stead_table_column *column);
const char *range_sql(const stead_table_column *column); /* the CHECK of its range, NULL: it has none */
/* Writes the column's documentation into the catalog; the table is named as SQL does. */
void comment_column(const char *table, const stead_table_column *column);
/* Refuses, with a hint, when the role at work may not create an index or a sequence of the table in Stead's schema. */
void need_create(frame *frame, const char *table);

/* ---- trigger.c
 * -------------------------------------------------------------------------------------------------------- */

/* The triggers that a table may need; the first ones invalidate caches. Each has a name, and event and level as SQL and
 * as tgtype. */
#define STEAD_SIGNAL_TRIGGERS 3
#define STEAD_TRIGGERS 5
typedef struct {
	const char *name, *when, *level, *function;
	int16 type;
	bool signal;
} trigger_kind;
extern const trigger_kind table_triggers[STEAD_TRIGGERS];
/* Has the table a trigger of this kind, calling Stead's own function and in force? */
bool has_trigger(frame *frame, Oid relation, const trigger_kind *kind);
/* Does the table need this trigger of table_triggers and lack it, or have another in its place? */
bool lacks_trigger(frame *frame, const stead_table *table, Oid relation, int index);
/* Makes those that the table needs and lacks. */
void make_triggers(frame *frame, const stead_table *table, Oid relation);
/* The proxy that a signal is sent by; InvalidOid: it is not there. */
Oid signal_relation(int signal);

/* ---- shape.c
 * ---------------------------------------------------------------------------------------------------------- */

/* Visits each way in which a table is not as stead_init() makes it, with the statement that mends it. Those of a column
 * are for its owner to judge, mend is a remedy then, or NULL; the others stead_init() mends, a CHECK where no row
 * breaks it. False: a column is missing, or of another type. */
typedef enum { SHAPE_COLUMN, SHAPE_CONSTRAINT, SHAPE_INDEX, SHAPE_CHECK, SHAPE_PARTS } shape_part;
typedef void shape_visit(shape_part part, const char *what, const char *mend, void *data);
bool compare_shape(frame *frame, const stead_table *declared, Oid relation, shape_visit *visit, void *data);
void mend_shape(frame *frame, const stead_table *declared, Oid relation);

/* ---- sequence.c
 * ------------------------------------------------------------------------------------------------------- */

/* Has every numbered table go on after its highest number. */
void number_on(stead_call *call);

#endif
