/*
 * number.c - numbers that the database gives to rows, by the sequences of identity columns.
 *
 * A sequence knows only of numbers that it gave itself. A row that came with its number - from an import, an ORM, a publisher that is
 * replaced by this server - leaves it behind: sooner or later it gives a number that is taken.
 */
#include "host.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Every type is named: Stead's schema may hold functions of these names that would fit better. */
static const char *sequence_of(frame *frame, const stead_table *table)
{
	return psprintf("pg_catalog.pg_get_serial_sequence(%s::text, %s::text)::regclass",
	                quote_literal_cstr(psprintf("%s.stead_%s", schema_name(frame), table->name)),
	                quote_literal_cstr(table->columns[0].name));
}

void stead_number_after(stead_call *call, const stead_table *table, int64_t number)
{
	execute(psprintf("SELECT pg_catalog.setval(s, " INT64_FORMAT "::bigint) FROM (SELECT %s AS s) AS owned"
	                 " WHERE coalesce(pg_catalog.pg_sequence_last_value(s), 0::bigint) < " INT64_FORMAT "::bigint",
	                 number, sequence_of(frame_of(call), table), number));
}

/* The highest number of a row, if the sequence has not passed it; a null: it has, or there is no sequence. */
static stead_value highest_ahead(stead_call *call, const stead_table *table, const char *comparison)
{
	stead_value highest = stead_null(STEAD_INT);
	stead_rows *rows = stead_open_built(
	    call,
	    psprintf("SELECT n FROM (SELECT pg_catalog.max(%s) AS n, %s AS s FROM stead_%s) AS highest WHERE s IS NOT NULL"
	             " AND coalesce(pg_catalog.pg_sequence_last_value(s), 0::bigint) %s n",
	             table->columns[0].name, sequence_of(frame_of(call), table), table->name, comparison),
	    0, NULL);

	if (stead_next(rows))
		highest = stead_column(rows, 0, STEAD_INT);
	stead_close(rows);
	return highest;
}

bool stead_renumber(stead_call *call, const stead_table *table)
{
	stead_value highest = highest_ahead(call, table, "OPERATOR(pg_catalog.<=)"); /* the last one may be the one that was taken */

	if (!highest.null && highest.integer == INT64_MAX)
		stead_raise(call, STEAD_CONFLICT, "stead_%s: there is no number left for a row of stead_%s", call->function->name, table->name);
	if (!highest.null)
		stead_number_after(call, table, highest.integer);
	return true; /* if not so: others have numbered on meanwhile, which the next try shows */
}

/* Is the table there, and the column that its rows are numbered in? */
static bool is_numbered(stead_call *call, const stead_table *table)
{
	Oid relation = table->columns[0].serial ? own_table(frame_of(call), psprintf("stead_%s", table->name)) : InvalidOid;

	return OidIsValid(relation) && get_attnum(relation, table->columns[0].name) != InvalidAttrNumber;
}

void number_on(stead_call *call)
{
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++) {
			stead_value highest = is_numbered(call, table) ? highest_ahead(call, table, "OPERATOR(pg_catalog.<)") : stead_null(STEAD_INT);

			if (!highest.null)
				stead_number_after(call, table, highest.integer);
		}
}

const char *numbers_behind(stead_call *call)
{
	const char *list = NULL;

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++) {
			stead_value highest = is_numbered(call, table)
			                          ? highest_ahead(call, table, "OPERATOR(pg_catalog.<)")
			                          : stead_null(STEAD_INT);

			if (!highest.null)
				list = psprintf("%s%sstead_%s has rows up to " INT64_FORMAT, list ? list : "", list ? ", " : "", table->name,
				                highest.integer);
		}
	return list;
}
