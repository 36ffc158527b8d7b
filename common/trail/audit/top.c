/*
 * top.c - stead_audit_top.
 *
 * Actions are counted by their rollups, other dimensions by the index of sealed blocks: it has the hash of each value
 * and its events, so only the values that are listed are read. Where that does not do, the database counts.
 */
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "lib/text.h"
#include "trail/audit/stream.h"
#include "trail/seal/expired.h"
#include "trail/seal/fold.h"
#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"

#define MOST_VALUES 1000000 /* that are counted here: they take up to 130 MB */
#define MOST_TIES 10000     /* values that are read to be sorted */

/* A hash table of values, and what it is made from. An item without events is free. Of a hash it has 6 bytes: that
 * another value has those of one of the most frequent is as good as impossible. */
typedef struct {
	stead_call *call;
	int dimension;
	audit_span span;
	index_key key;
	index_total *items;
	size_t count, size; /* size: 2 to the power of something */
	int64_t *edges; /* blocks whose events are read: they have some outside of the span, or some are pruned already */
	size_t edge_count;
	fold_table read; /* the values of events that are read, as actions; first_event_at is the id of one that has it */
} top_table;

static index_total *find(const top_table *table, uint64_t hash)
{
	size_t at = (size_t)hash & (table->size - 1);

	while (table->items[at].events && table->items[at].hash != hash)
		at = (at + 1) & (table->size - 1);
	return &table->items[at];
}

static void make_room(top_table *table, size_t more)
{
	top_table old = *table;

	while (2 * (table->count + more) > table->size)
		table->size = table->size ? 2 * table->size : 4096;
	if (table->size == old.size)
		return;
	table->items = stead_alloc(table->call, table->size * sizeof *table->items);
	memset(table->items, 0, table->size * sizeof *table->items);
	for (size_t i = 0; i < old.size; i++)
		if (old.items[i].events)
			*find(table, old.items[i].hash) = old.items[i];
}

/* Adds totals. The table is larger than the processor's cache, so all are asked for before the first is used. False:
 * there are too many values. */
static bool add(top_table *table, const index_total *totals, int count)
{
	make_room(table, (size_t)count);
	for (int i = 0; i < count; i++)
		__builtin_prefetch(&table->items[(size_t)totals[i].hash & (table->size - 1)], 1);
	for (int i = 0; i < count; i++) {
		index_total *item = find(table, totals[i].hash);

		if (!item->events) {
			*item = totals[i];
			if (++table->count > MOST_VALUES)
				return false;
			continue;
		}
		item->events += totals[i].events;
		item->failures += totals[i].failures;
	}
	return true;
}

/* ---- Counting -----------------------------------------------------------------------------------------------------
 */

static void find_edges(top_table *table)
{
	stead_rows *rows =
		stead_open_as(table->call, STEAD_CURSOR,
	                  "SELECT block FROM stead_audit_block WHERE last_event_at >= $1 AND first_event_at <= $2 AND"
	                  " (first_event_at < $1 OR last_event_at > $2 OR block = $3) ORDER BY block",
	                  3,
	                  (stead_value[]){stead_time(table->span.since), stead_time(table->span.newest.at),
	                                  stead_int(seal_begun(table->call))});
	size_t room = 0;

	while (stead_next(rows)) {
		table->edges = stead_grow(table->call, table->edges, table->edge_count, &room, sizeof *table->edges);
		table->edges[table->edge_count++] = stead_column(rows, 0, STEAD_INT).integer;
	}
}

static bool is_edge(const top_table *table, int64_t block)
{
	return table->edge_count && bsearch(&block, table->edges, table->edge_count, sizeof block, stead_by_integer);
}

static bool count_row(top_table *table, stead_value entries, int64_t block)
{
	index_total totals[INDEX_MOST_TOTALS];
	int count = entries.null ? -1 : index_read_totals(entries, totals);

	if (count < 0)
		index_raise_damaged(table->call, block);
	return add(table, totals, count);
}

static bool count_postings(top_table *table)
{
	stead_rows *rows = stead_open_as(
		table->call, STEAD_CURSOR | STEAD_BY_KEY,
		"SELECT block, entries FROM stead_audit_posting WHERE dimension = $1 AND last_event_at >= $2 AND last_event_at"
		" <= $3",
		3,
		(stead_value[]){stead_int(table->dimension + 1), stead_time(table->span.since),
	                    stead_time(table->span.newest.at)});

	while (stead_next(rows)) {
		int64_t block = stead_column(rows, 0, STEAD_INT).integer;

		if (!is_edge(table, block) && !count_row(table, stead_column(rows, 1, STEAD_BYTES), block)) {
			stead_close(rows);
			return false;
		}
	}
	return true;
}

/* Counts an event that is read. False: there are too many values. */
static bool count_value(top_table *table, stead_value value, bool success, int64_t id)
{
	fold_add(
		table->call, &table->read,
		&(fold_item){.action = value, .events = 1, .failures = !success, .first_event_at = id, .last_event_at = id});
	return table->read.count <= MOST_VALUES;
}

/* Adds the values of the events that were read: each is hashed once. */
static bool add_read(top_table *table)
{
	bool fits = true;

	for (size_t i = 0; fits && i < table->read.count; i++) {
		const fold_item *item = &table->read.items[i];
		index_total total = {.hash = INDEX_STORED(index_hash(&table->key, table->dimension, item->action)),
		                     .events = item->events,
		                     .failures = item->failures,
		                     .id = item->first_event_at};

		fits = add(table, &total, 1);
	}
	return fits;
}

/* The condition that an event in the span has a value. Returns the columns to count it by. */
static const char *begin_span(top_table *table, stead_query *condition)
{
	const char *name = index_dimension_names[table->dimension];

	stead_append_text(table->call, &condition->text, stead_format(table->call, "%s IS NOT NULL", name));
	stead_query_add(table->call, condition, " AND occurred_at >= $", stead_time(table->span.since));
	stead_query_add(table->call, condition, " AND occurred_at <= $", stead_time(table->span.newest.at));
	return stead_format(table->call, "%s, success, id", name);
}

/* The events of an edge that are in the span. Some may be damaged. */
static bool count_edge(top_table *table, int64_t number)
{
	stead_rows *rows = stead_open(
		table->call, "SELECT era, last_transaction_id, last_event_id FROM stead_audit_block WHERE block = $1", 1,
		(stead_value[]){stead_int(number)});
	stead_query query = {0}, condition = {0};
	const char *columns;
	seal_position end;
	bool fits = true;
	int64_t era;

	if (!stead_next(rows))
		return true;
	era = stead_column(rows, 0, STEAD_INT).integer;
	end = (seal_position){stead_column(rows, 1, STEAD_INT).integer, stead_column(rows, 2, STEAD_INT).integer};
	stead_close(rows);
	columns = begin_span(table, &condition);
	rollup_range_of_era(table->call, &query, stead_format(table->call, "%s, occurred_at", columns), &condition, era,
	                    seal_end_before(table->call, era, number), end);
	rows = stead_query_open(table->call, &query);
	while (fits && stead_next(rows)) {
		stead_value value, success, id;

		if (stead_column_sound(rows, 0, STEAD_TEXT, &value) && !stead_column_time(rows, 3).null)
			fits = count_value(table, value, stead_column_sound(rows, 1, STEAD_BOOL, &success) && success.boolean,
			                   stead_column_sound(rows, 2, STEAD_INT, &id) ? id.integer : 0);
	}
	stead_close(rows);
	return fits;
}

static bool count_tail(top_table *table)
{
	stead_query query = {0}, condition = {0};
	const char *columns = begin_span(table, &condition);
	stead_rows *rows;
	bool fits = true;

	if (!rollup_unsealed(table->call, &query, columns, &condition))
		return true;
	rows = stead_query_open(table->call, &query);
	while (fits && stead_next(rows))
		fits = count_value(table, stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_BOOL).boolean,
		                   stead_column(rows, 2, STEAD_INT).integer);
	stead_close(rows);
	return fits;
}

static bool count_all(top_table *table)
{
	find_edges(table);
	if (!count_postings(table))
		return false;
	for (size_t i = 0; i < table->edge_count; i++)
		if (!count_edge(table, table->edges[i]))
			return false;
	if (!count_tail(table) || !add_read(table))
		return false;
	stead_sha256_check(table->call, &table->key.sha);
	return true;
}

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

	for (size_t i = 0; i < table->size; i++) {
		int64_t events = table->items[i].events;
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

	for (size_t i = 0; i < table->size; i++)
		count += table->items[i].events >= least;
	if (count > MOST_TIES)
		return false;
	rows = stead_alloc(call, (size_t)count * sizeof *rows);
	count = 0;
	for (size_t i = 0; i < table->size; i++) {
		const index_total *item = &table->items[i];
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
	return audit_span_is_empty(table.span) || (count_all(&table) && emit_top(call, &table, most));
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
