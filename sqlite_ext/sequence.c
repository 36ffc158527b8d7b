/*
 * sequence.c - numbers that the database chooses for rows: SQLite itself continues after the highest one.
 */
#include "begin.h"
#include "schema.h"

bool stead_sequence_repair(stead_call *call, const stead_table *table)
{
	(void)call, (void)table; /* SQLite continues after the highest number by itself */
	return false;
}

void stead_sequence_advance(stead_call *call, const stead_table *table, int64_t number)
{
	(void)call, (void)table, (void)number; /* AUTOINCREMENT does that */
}

/* A trigger does that, too. But it may have been dropped, or a trigger of the application's keeps it from running. */
void stead_sequence_keep(stead_call *call, const stead_table *table, int64_t number)
{
	const char *value = stead_format(call, "%lld", (long long)number);
	stead_rows *rows;

	begin_query(call);
	if (ask_number(call, stead_format(call, "SELECT EXISTS (SELECT 1 FROM main.stead_%s WHERE %s > %s)", table->name,
	                                  table->columns[0].name, value)))
		return;
	rows = open_as_is(call, note_number_sql(call, table, "main.", value));
	while (stead_next(rows))
		;
}
