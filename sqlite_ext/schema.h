/*
 * schema.h - what makes Stead's tables, and compares them with what it would make: ddl.c, trigger.c, shape.c,
 * rebuild.c.
 */
#ifndef STEAD_SQLITE_SCHEMA_H
#define STEAD_SQLITE_SCHEMA_H

#include "host.h"

/* ---- ddl.c: SQL of a declaration --------------------------------------------------------------------------------- */

const char *column_type(stead_type type);
/* The CHECK of a column, with a blank before it, or "". */
const char *check_sql(stead_call *call, const stead_table_column *column);
/* The SQL of a column; added: for ALTER TABLE. */
const char *column_sql(stead_call *call, const stead_table_column *column, bool added);
/* Does SQLite itself keep the column's last number? */
bool needs_autoincrement(const stead_table_column *column);
const char *table_sql(stead_call *call, const stead_table *table);
const char *index_sql(stead_call *call, const stead_table *table, const stead_index *index);
/* Does the table have a rowid beside its key? */
bool has_rowid(const stead_table *table);

/* ---- trigger.c --------------------------------------------------------------------------------------------------- */

/* The kinds of trigger that a table may have: one that notes the number of a deleted row, three that refuse a change,
 * five that signal one. */
enum {
	NOTE_LAST,
	NO_UPDATE,
	NO_DELETE,
	NO_REPLACE,
	SIGNAL_INSERT,
	SIGNAL_UPDATE,
	SIGNAL_DELETE,
	SIGNAL_REPLACE,
	SIGNAL_REPLACE_BY_UPDATE,
	TRIGGERS_PER_TABLE
};
extern const char *const trigger_names[TRIGGERS_PER_TABLE];
/* The trigger of that kind, or NULL if the table needs none. */
const char *trigger_sql(stead_call *call, const stead_table *table, int kind);
/* SQL that notes in stead_sequence that this number, which is SQL, was given to a row; unless a higher one is noted, or
 * known to AUTOINCREMENT, which a table that was made before version 0.2.0 has. schema: "main." or "". */
const char *note_number_sql(stead_call *call, const stead_table *table, const char *schema, const char *number);
/* Does the table lack a trigger that it needs? */
bool lacks_trigger(stead_call *call, const stead_table *table, int kind);
/* Are all triggers there that count up the signals? */
bool has_signals(stead_call *call);

/* ---- shape.c ----------------------------------------------------------------------------------------------------- */

/* Is the index missing or different? If the declaration drops it: is it there? */
bool lacks_index(stead_call *call, const stead_table *table, const stead_index *index);

/* ---- rebuild.c --------------------------------------------------------------------------------------------------- */

/* Rebuilds one of Stead's tables by the SQL in sql; old is the SQL that made it. */
void rebuild_table(stead_call *call, const char *name, const char *key, const char *old, const char *sql);

#endif
