/*
 * lookup.h - rows that are read by an index, without the executor: lookup.c, for lookup_join.c and lookup_range.c, too.
 */
#ifndef STEAD_PG_LOOKUP_H
#define STEAD_PG_LOOKUP_H

#include "privilege.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#if PG_VERSION_NUM >= 180000
#define index_beginscan(table, index, snapshot, keys, orders)                                                          \
	index_beginscan(table, index, snapshot, NULL, keys, orders)
#endif

#define MOST_KEYS 5

/* What is read of a table, and by which index. */
typedef struct lookup {
	Relation table, index;
	int columns, keys;
	AttrNumber column[STEAD_MAX_COLUMNS], key[MOST_KEYS];
} lookup;

/* Opens Stead's own table whose name is there, up to a space. False: there is none. */
bool open_table(frame *frame, const char *name, lookup *lookup);
void close_table(lookup *lookup);
/* Would a SELECT do no more to this table than read it? */
bool is_only_read(Relation table);
/* The column that is named at *at, which moves behind the name; 0: there is none, or it is computed. */
AttrNumber take_column(TupleDesc form, const char **at);
/* Moves *at behind that text. False: another is there. */
bool skip(const char **at, const char *text);
/* Reads "SELECT a, b", each name with this prefix, into lookup->column. False: another text, or no such column. */
bool read_columns(lookup *lookup, const char **at, const char *prefix);
/* Is this the index's column number `number`, which compares as the type does? */
bool is_key(const lookup *lookup, Relation index, int number, AttrNumber column);
/* A unique index of just the columns in lookup->key. */
bool has_these_keys(const lookup *lookup, Relation index);
/* Opens an index that fits. False: there is none. sql: an address that stands for what is asked. */
bool find_index(lookup *lookup, const char *sql, bool (*fits)(const struct lookup *lookup, Relation index));
/* Compares a column of the index with a value. False: there is no such comparison, or the value is of another type. */
bool make_key(const lookup *lookup, int number, StrategyNumber strategy, stead_value value, ScanKey key);
/* Rows of these columns, with room for so many. */
stead_rows *new_found_rows(stead_call *call, const lookup *lookup, int most);
/* Copies the columns out of the row, whose page is about to be let go. whole: and what is stored apart from it, which
 * otherwise the statement's snapshot must keep. */
void take_row(const lookup *lookup, TupleTableSlot *slot, bool whole, stead_rows *rows);
/* Reads the row of a query by a key, whose text ends there. NULL: it must be planned. */
stead_rows *read_by_key(stead_call *call, const char *sql, const char *end, int count, const stead_value *params);
/* Reads the rows of a range, one after the other. NULL: it must be planned. */
stead_rows *read_range(stead_call *call, const char *sql, int count, const stead_value *params);

#endif
