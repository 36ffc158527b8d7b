/*
 * sequence.c - numbers that the database chooses for rows, by the sequences of identity columns.
 *
 * A sequence knows only the numbers that it gave out itself. Rows of an import, an ORM or a replica bring their own
 * numbers, and the sequence falls behind: sooner or later it gives out a number that is taken.
 */
#include "sequence.h"
#include "doctor.h"
#include "schema.h"
#include "core/transfer.h"

#include "catalog/dependency.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define LAST "4611686018427387903::bigint" /* the highest number that a caller may choose */

/* Every type is named: Stead's schema may hold functions of these names that would fit better. */
static const char *sequence_of(frame *frame, const stead_table *table)
{
	return psprintf("pg_catalog.pg_get_serial_sequence(%s::text, %s::text)::regclass",
	                quote_literal_cstr(psprintf("%s.stead_%s", schema_name(frame), table->name)),
	                quote_literal_cstr(table->columns[0].name));
}

#if PG_VERSION_NUM >= 170000
#define getIdentitySequence(table, column) getIdentitySequence(table, column, true)
#else
#define getIdentitySequence(table, column) getIdentitySequence(RelationGetRelid(table), column, true)
#endif

static Oid known_table = InvalidOid, known_sequence; /* as long as no message about the table has come */

static void forget(Oid table)
{
	if (table == known_table || !OidIsValid(table))
		known_table = InvalidOid;
}

Oid sequence_of_column(Relation table, AttrNumber column)
{
	Oid sequence;

	watch_relations(forget);
	if (known_table == RelationGetRelid(table))
		return known_sequence;
	sequence = getIdentitySequence(table, column);
	known_sequence = sequence;
	known_table = RelationGetRelid(table);
	return sequence;
}

void stead_sequence_advance(stead_call *call, const stead_table *table, int64_t number)
{
	execute(psprintf("SELECT pg_catalog.setval(s, " INT64_FORMAT "::bigint) FROM (SELECT %s AS s) AS owned"
	                 " WHERE coalesce(pg_catalog.pg_sequence_last_value(s), 0::bigint) < " INT64_FORMAT "::bigint",
	                 number, sequence_of(frame_of(call), table), number));
}

void stead_sequence_keep(stead_call *call, const stead_table *table, int64_t number)
{
	(void)call, (void)table, (void)number; /* a sequence does not go back */
}

void stead_sequence_continue(stead_call *call, const stead_table *table, int64_t last)
{
	begin_query(call);
	stead_sequence_advance(call, table, last);
}

int64_t stead_sequence_last(stead_call *call, const stead_table *table)
{
	stead_value last = stead_null(STEAD_INT);
	stead_rows *rows;

	begin_query(call);
	rows = stead_open_as(call, STEAD_ONE_TIME,
	                     psprintf("SELECT pg_catalog.pg_sequence_last_value(%s)", sequence_of(frame_of(call), table)),
	                     0, NULL);
	if (stead_next(rows))
		last = stead_column(rows, 0, STEAD_INT);
	stead_close(rows);
	return last.null ? 0 : last.integer;
}

/*
 * The highest number of a row, if the sequence has not passed it; otherwise, and without a sequence, a null. Numbers
 * beyond LAST do not count unless the sequence is there itself: they would take it to its end for good. beyond: only
 * these numbers count.
 */
static stead_value highest_ahead(stead_call *call, const stead_table *table, const char *comparison, bool beyond)
{
	stead_value highest = stead_null(STEAD_INT);
	const char *column = table->columns[0].name;
	stead_rows *rows = stead_open_as(
		call, STEAD_ONE_TIME,
		psprintf("SELECT n FROM (SELECT s, coalesce(pg_catalog.pg_sequence_last_value(s), 0::bigint) AS given"
	             " FROM (SELECT %s AS s) AS owned) AS sequence CROSS JOIN LATERAL (SELECT pg_catalog.max(%s) AS n FROM "
	             "stead_%s WHERE %s) AS highest"
	             " WHERE s IS NOT NULL AND given OPERATOR(pg_catalog.%s) n",
	             sequence_of(frame_of(call), table), column, table->name,
	             beyond ? psprintf("given OPERATOR(pg_catalog.<=) " LAST " AND %s OPERATOR(pg_catalog.>) " LAST, column)
	                    : psprintf("%s OPERATOR(pg_catalog.<=) CASE WHEN given OPERATOR(pg_catalog.>) " LAST
	                               " THEN 9223372036854775807::bigint ELSE " LAST " END",
	                               column),
	             comparison),
		0, NULL);

	if (stead_next(rows))
		highest = stead_column(rows, 0, STEAD_INT);
	stead_close(rows);
	return highest;
}

bool stead_sequence_repair(stead_call *call, const stead_table *table)
{
	stead_value highest = highest_ahead(call, table, "<=", false); /* the last one may be the one that was taken */

	if (!highest.null && highest.integer == INT64_MAX)
		stead_raise(call, STEAD_CONFLICT, "stead_%s: there is no number left for a row of stead_%s",
		            call->function->name, table->name);
	if (!highest.null)
		stead_sequence_advance(call, table, highest.integer);
	return true; /* if not, other callers have used numbers meanwhile; the next attempt shows */
}

/* Does the table exist, and its numbered column? */
static bool is_numbered(stead_call *call, const stead_table *table)
{
	Oid relation = table->columns[0].serial ? own_table(frame_of(call), psprintf("stead_%s", table->name)) : InvalidOid;

	return OidIsValid(relation) && get_attnum(relation, table->columns[0].name) != InvalidAttrNumber;
}

void number_on(stead_call *call)
{
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		stead_value highest = is_numbered(call, table) ? highest_ahead(call, table, "<", false) : stead_null(STEAD_INT);

		if (!highest.null)
			stead_sequence_advance(call, table, highest.integer);
	}
}

static void add(StringInfo list, const stead_table *table, stead_value number, const char *what)
{
	if (!number.null)
		appendStringInfo(list, "%sstead_%s has %s " INT64_FORMAT, list->len ? ", " : "", table->name, what,
		                 number.integer);
}

void report_numbers(stead_call *call)
{
	StringInfoData behind, beyond;

	initStringInfo(&behind);
	initStringInfo(&beyond);
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		if (is_numbered(call, table)) {
			add(&behind, table, highest_ahead(call, table, "<", false), "rows up to");
			add(&beyond, table, highest_ahead(call, table, "<", true), "a row");
		}
	stead_judge(call, "numbers", STEAD_WARN,
	            behind.len   ? psprintf("a sequence is behind: %s", behind.data)
	            : beyond.len ? psprintf("a number is too high to go on from: %s", beyond.data)
	                         : NULL,
	            "every sequence is past the numbers that are taken",
	            behind.len ? init_call(frame_of(call))
	                       : "Look at who made it; give the row another number, or delete it.");
}
