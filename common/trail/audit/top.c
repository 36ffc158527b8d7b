/*
 * top.c - stead_audit_top.
 *
 * Actions are counted by their rollups, other dimensions by the index of sealed blocks: it has the hash of each value
 * and its events, so only the values that are listed are read. Where that does not do, the database counts.
 */
#include "trail/audit/top.h"

#include <stdlib.h>

#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"

#define MOST_TIES 10000 /* values that are read to be sorted */

/* ---- The most frequent --------------------------------------------------------------------------------------------
 */

typedef struct {
	stead_value value;
	int64_t events, failures;
} top_row;

static int by_events(const void *a, const void *b)
{
	const top_row *x = a, *y = b;

	return x->events != y->events ? (x->events < y->events ? 1 : -1) : stead_compare(x->value, y->value);
}

/* The number of events that the last of so many rows has, by a heap whose root is the least. */
static int64_t least_of_top(stead_call *call, const top_table *table, size_t most)
{
	int64_t *heap = stead_alloc(call, most * sizeof *heap);
	size_t count = 0;

	for (size_t i = 0; i < table->totals.size; i++) {
		int64_t events = table->totals.items[i].events;
		size_t at;

		if (!events)
			continue;
		if (count < most) {
			for (at = count++; at && heap[(at - 1) / 2] > events; at = (at - 1) / 2)
				heap[at] = heap[(at - 1) / 2];
		} else if (events > heap[0]) {
			for (at = 0; 2 * at + 1 < count;) {
				size_t child = 2 * at + 1;

				child += child + 1 < count && heap[child + 1] < heap[child];
				if (heap[child] >= events)
					break;
				heap[at] = heap[child];
				at = child;
			}
		} else
			continue;
		heap[at] = events;
	}
	return count < most ? 1 : heap[0];
}

static stead_value value_of(stead_call *call, int dimension, int64_t id)
{
	static const char *const queries[INDEX_DIMENSIONS] = {"SELECT action FROM stead_audit_event WHERE id = $1",
	                                                      "SELECT resource_type FROM stead_audit_event WHERE id = $1",
	                                                      "SELECT resource_id FROM stead_audit_event WHERE id = $1",
	                                                      "SELECT actor_id FROM stead_audit_event WHERE id = $1",
	                                                      "SELECT actor_name FROM stead_audit_event WHERE id = $1",
	                                                      "SELECT ip_address FROM stead_audit_event WHERE id = $1"};

	return stead_first_as(call, STEAD_BY_KEY, queries[dimension], 1, (stead_value[]){stead_int(id)}, STEAD_TEXT);
}

/* False: too many values are equally frequent, or the event of one is gone. */
static bool emit_top(stead_call *call, top_table *table, int64_t most)
{
	int64_t least = least_of_top(call, table, (size_t)most), count = 0;
	top_row *rows;

	for (size_t i = 0; i < table->totals.size; i++)
		count += table->totals.items[i].events >= least;
	if (count > MOST_TIES)
		return false;
	rows = stead_alloc(call, (size_t)count * sizeof *rows);
	count = 0;
	for (size_t i = 0; i < table->totals.size; i++) {
		const index_total *item = &table->totals.items[i];
		stead_value value;

		if (item->events < least)
			continue;
		value = value_of(call, table->dimension, item->id);
		if (value.null)
			return false;
		rows[count++] = (top_row){value, item->events, item->failures};
	}
	qsort(rows, (size_t)count, sizeof *rows, by_events);
	for (int64_t i = 0; i < count && i < most; i++)
		stead_emit(call, (stead_value[]){rows[i].value, stead_int(rows[i].events), stead_int(rows[i].failures)});
	return true;
}

static bool top_by_index(stead_call *call, int dimension, const audit_filter *filter, int64_t most)
{
	top_table table = {.call = call, .dimension = dimension, .span = audit_span_of(filter, NULL)};

	if (!audit_index_ready(call, &table.key))
		return false;
	return audit_span_is_empty(table.span) || (top_count(&table) && emit_top(call, &table, most));
}

/* ---- By the database ----------------------------------------------------------------------------------------------
 */

static void top_by_events(stead_call *call, const char *dimension, const audit_filter *filter, stead_value most)
{
	stead_query query = {0};
	const char *join;
	stead_rows *rows;

	/* safe to put into SQL: the name is one of the list */
	stead_append_text(call, &query.text,
	                  stead_format(call,
	                               "SELECT %s, count(*), count(*) FILTER (WHERE NOT success) FROM stead_audit_event",
	                               dimension));
	join = audit_filter_where(call, &query, filter);
	stead_query_add(call, &query,
	                stead_format(call, "%s%s IS NOT NULL GROUP BY %s ORDER BY count(*) DESC, %s LIMIT $", join,
	                             dimension, dimension, dimension),
	                most);
	rows = stead_query_open(call, &query);
	while (stead_next(rows))
		stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_INT),
		                                 stead_column(rows, 2, STEAD_INT)});
}

void audit_top(stead_call *call, const stead_value *args)
{
	audit_filter filter = audit_filter_range(args[1], args[2]);
	int dimension = 0;

	while (dimension < INDEX_DIMENSIONS && !stead_equals(args[0], index_dimension_names[dimension]))
		dimension++;
	if (dimension == INDEX_DIMENSIONS)
		stead_raise(call, STEAD_INVALID,
		            "stead_audit_top: dimension must be action, resource_type, resource_id, actor_id,"
		            " actor_name or ip_address");
	if (args[3].integer < 1 || args[3].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_audit_top: max_rows must be 1 to 1000");
	if (dimension == INDEX_ACTION && rollup_any(call))
		audit_top_actions(call, args);
	else if (!top_by_index(call, dimension, &filter, args[3].integer))
		top_by_events(call, index_dimension_names[dimension], &filter, args[3]);
}
