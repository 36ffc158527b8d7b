/*
 * record.h - recording what happens to rows of the application's tables: record.c, and record_sql.c, which writes the
 * triggers.
 */
#ifndef STEAD_SQLITE_RECORD_H
#define STEAD_SQLITE_RECORD_H

#include "foreign.h"

#include "core/record.h"

/* The triggers of a recorded table. Those that look for rows which an INSERT or UPDATE replaces are needed only where
 * the table has a key. */
enum {
	RECORD_INSERT,
	RECORD_UPDATE,
	RECORD_MOVE, /* an UPDATE that changes the key, or whether the filters hold */
	RECORD_DELETE,
	RECORD_REPLACE,
	RECORD_REPLACE_BY_UPDATE,
	RECORD_REPLACED_BY_UPDATE,
	RECORD_TRIGGERS
};
#define RECORD_PREFIX "stead_record_"

/* What a column's values can be: of any type, or, besides null and bytes, none but texts or none but REALs; or it is
 * the rowid, which is always an INTEGER. */
typedef enum { STORED_ANY, STORED_TEXT, STORED_REAL, STORED_ROWID } stored;

/* A column, and its name as SQL and as recorded JSON write it. */
typedef struct {
	const char *name, *sql, *json;
	stored stored;
} recorded_column;

/* A unique index other than the key: its columns, the collation of each, and what REPLACE stores in place of NULL
 * (NULL: nothing else), as SQL writes them. */
typedef struct {
	int count;
	recorded_column *columns;
	const char **collations, **defaults;
} unique_index;

typedef struct {
	const stead_recording *how;
	const char *bare; /* the table's name */
	int count;        /* the columns to record, in the table's order */
	recorded_column *columns;
	int key_count;
	recorded_column *key;
	const char *rowid;        /* the column that is the rowid, or NULL */
	recorded_column *filters; /* the column of each filter of how */
	int index_count;
	unique_index *indexes; /* all that are unique, that of the key too */
} recorded_table;

/* An SQL expression for an object of the key's columns, NULL if the table has no key, and for one of all that are
 * recorded, of the row that the alias names. */
const char *record_key_sql(stead_call *call, const recorded_table *table, const char *row);
const char *record_values_sql(stead_call *call, const recorded_table *table, const char *row);
/* A condition: the filters let the row pass. NULL: all rows do. */
const char *record_passes_sql(stead_call *call, const recorded_table *table, const char *row);
/* The SQL that makes a trigger; NULL: the table needs none of this kind. */
const char *record_trigger_sql(stead_call *call, const recorded_table *table, int kind);
/* A text as SQL writes it. */
const char *sql_text(stead_call *call, const char *data, size_t size);

#endif
