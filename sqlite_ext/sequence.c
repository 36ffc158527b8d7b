/*
 * sequence.c - numbers that the database chooses for rows: SQLite itself continues after the highest one.
 */
#include "host.h"

bool stead_sequence_repair(stead_call *call, const stead_table *table)
{
	(void)call, (void)table; /* SQLite continues after the highest number by itself */
	return false;
}

void stead_sequence_advance(stead_call *call, const stead_table *table, int64_t number)
{
	(void)call, (void)table, (void)number; /* AUTOINCREMENT does that */
}
