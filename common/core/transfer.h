/*
 * transfer.h - the part of the port for moving whole tables from one database to another.
 */
#ifndef STEAD_TRANSFER_H
#define STEAD_TRANSFER_H

#include "stead.h"

/* Stores rows of one of Stead's tables; values has all its columns, in the order of the declaration, row after row. A
 * column's values are of its type, nulls too. Returns how many were stored: fewer if a trigger suppressed some. The
 * caller bounds the rows and their bytes, as for stead_run_rows(). */
int64_t stead_store_rows(stead_call *call, const stead_table *table, int64_t count, const stead_value *values);

/* Keeps others from writing into the table until the transaction ends, and sees what they have committed. Waits for
 * them. Raises in an isolation level in which what they committed would stay invisible. Where a writer keeps all others
 * waiting anyway, it does nothing. */
void stead_lock_table(stead_call *call, const stead_table *table);

/* The highest number that the database knows to have given to a row of a numbered table, whether the row is still there
 * or not. It may know of none, then it is 0; and rows that brought their own numbers may have higher ones. */
int64_t stead_sequence_last(stead_call *call, const stead_table *table);
/* The next numbers that the database gives are higher than this one. */
void stead_sequence_continue(stead_call *call, const stead_table *table, int64_t last);

/* Changes whenever something was written that a stream, which makes its rows one by one, could see in the middle of
 * them. */
int64_t stead_written(stead_call *call);

#endif
