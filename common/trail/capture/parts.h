/*
 * parts.h - what the files of the module capture share.
 */
#ifndef STEAD_CAPTURE_PARTS_H
#define STEAD_CAPTURE_PARTS_H

#include "core/record.h"

/* ---- tables.c --------------------------------------------------------------------------------------------------- */

enum { CAPTURE_TABLE_CHANGE, CAPTURE_TABLE };
extern const stead_table capture_tables[];
extern const stead_target capture_targets[];

/* ---- options.c -------------------------------------------------------------------------------------------------- */

/* A captured table. */
typedef struct {
	stead_value name;       /* as its changes name it */
	stead_value options;    /* compact JSON, or a null */
	stead_value columns;    /* those that are captured, as a JSON array; a null: all */
	stead_value started_at; /* when capturing last began */
	stead_value known_from; /* since when all changes are kept */
	stead_recording how;
} capture;

/* Reads the options that were given for a table of this shape. The rest of the capture is not set. */
void capture_read_options(stead_call *call, stead_value given, const stead_shape *shape, capture *out);
/* Finds the captured table of that name; false: it is not captured. */
bool capture_find(stead_call *call, stead_value name, capture *out);
/* All of them, by name; returns how many. */
int capture_all(stead_call *call, capture **out);
/* What is wrong with the capture of a table, as the rest of a sentence about it; or NULL. */
const char *capture_problem(stead_call *call, const stead_foreign *table, const capture *capture);
/* The same about the columns of its filters: without them nobody can say which rows are captured. */
const char *capture_filter_problem(stead_call *call, const stead_shape *shape, const capture *capture);

/* ---- form.c ----------------------------------------------------------------------------------------------------- */

/* A recorded value, raw JSON, as readers show it. */
void capture_append_shown(stead_call *call, stead_buffer *json, const char *value, size_t size);
/* A recorded object as readers show it; a null stays. What is no JSON becomes a string. */
stead_value capture_shown(stead_call *call, stead_value stored);
/* A key that a caller gives, as a recording has it: an object, or the value of a key of one column. shape: NULL if the
 * table does not exist any more; otherwise parts, with room for its key, gets what stead_record_row() takes. */
stead_value capture_key(stead_call *call, stead_value given, const stead_shape *shape, stead_value *parts);

/* ---- index.c ---------------------------------------------------------------------------------------------------- */

/* The last change that the index by_row has; 0: none. All later ones are not in it. */
stead_value capture_indexed_to(stead_call *call);
/* These changes of the table $1, for a FROM: those in the index, and later ones than $2, capture_indexed_to(). One that
 * enters the index meanwhile is still found once. */
#define CAPTURE_CHANGES(columns, condition)                                                                            \
	"(SELECT " columns " FROM stead_change WHERE table_name = $1 AND " condition " AND indexed IS NOT NULL"            \
	" UNION ALL SELECT " columns " FROM stead_change WHERE table_name = $1 AND " condition                             \
	" AND indexed IS NULL AND id > $2) AS found"
#define CAPTURE_BEHIND 100000
/* Are more changes than that not in the index? Then readers of a row's history take long. */
bool capture_is_behind(stead_call *call);
bool capture_tick(stead_call *call, int64_t deadline, stead_buffer *report);
void capture_imported(stead_call *call, const stead_table *const *tables);

/* ---- history.c, row.c ------------------------------------------------------------------------------------------- */

void capture_changes(stead_call *call, const stead_value *args);
stead_value capture_row_at(stead_call *call, const stead_value *args);

#endif
