/*
 * record.h - recording what happens to rows of the application's tables: record.c, the port and the triggers;
 * record_row.c, a row that is read; record_change.c, the trigger function; record_json.c, rows as recorded JSON.
 */
#ifndef STEAD_PG_RECORD_H
#define STEAD_PG_RECORD_H

#include "foreign.h"

#include "utils/rel.h"

#include "core/record.h"

/* ---- record_json.c ---------------------------------------------------------------------------------------------- */

#define MAX_KEY INDEX_MAX_KEYS

/* The columns of the key, in the order of its index; returns how many. */
int record_find_key(Relation relation, AttrNumber key[MAX_KEY]);
/* Is a column of a type whose text goes by settings? */
bool record_needs_settings(Form_pg_attribute column);
/* Ensures that such texts lose nothing; returns what record_end_settings() takes. */
int record_begin_settings(void);
void record_end_settings(int level);
/* Appends a column's value. */
void record_append_value(stead_call *call, stead_buffer *json, Form_pg_attribute column, Datum value, bool null);
/* Appends a member of an object; the first one opens it. */
void record_append_member(stead_call *call, stead_buffer *json, Form_pg_attribute column, Datum value, bool null);

/* ---- record_change.c -------------------------------------------------------------------------------------------- */

/* The arguments of the trigger, which say how its table is recorded: the name; how many columns there are, or -1 for
 * all; the columns; and for each filter its column, how many values, and the values. */
List *record_arguments(stead_call *call, const stead_recording *recording);

#endif
