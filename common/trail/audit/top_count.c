/*
 * top_count.c - see top.h.
 *
 * A range of 64 blocks is counted by its summary, other blocks by their postings, and blocks that are in the span in
 * part by their events; so are the events that are not sealed.
 */
#include "trail/audit/top.h"

#include <stdlib.h>

#include "core/digest.h"
#include "lib/text.h"
#include "trail/seal/expired.h"
#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"

/* False: there are too many values. */
static bool add(top_table *table, const index_total *totals, int count)
{
	return index_add_totals(table->call, &table->totals, totals, count, INDEX_MOST_VALUES);
}

/* The ranges that lie in the span and have totals. */
static void find_summaries(top_table *table)
{
	stead_rows *rows = stead_open(
		table->call,
		"SELECT s.first_block FROM stead_audit_summary AS s WHERE s.dimension = $1 AND s.part = 0 AND EXISTS (SELECT 1"
		" FROM stead_audit_summary AS t WHERE t.dimension = s.dimension AND t.first_block = s.first_block AND t.part ="
		" 0 AND t.first_event_at >= $2 AND t.last_event_at <= $3 AND length(t.entries) > 0) AND NOT EXISTS (SELECT 1"
		" FROM stead_audit_account AS a WHERE a.block >= s.first_block AND a.block < s.first_block + $4)"
		" ORDER BY s.first_block",
		4,
		(stead_value[]){stead_int(table->dimension + 1), stead_time(table->span.since),
	                    stead_time(table->span.newest.at), stead_int(INDEX_RANGE)});
	size_t room = 0;

	while (stead_next(rows)) {
		int64_t first = stead_column(rows, 0, STEAD_INT).integer;

		if (!index_is_range(first))
			continue;
		table->summarised =
			stead_grow(table->call, table->summarised, table->summarised_count, &room, sizeof *table->summarised);
		table->summarised[table->summarised_count++] = first;
	}
}

static bool is_among(const int64_t *numbers, size_t count, int64_t number)
{
	return count && bsearch(&number, numbers, count, sizeof number, stead_by_integer);
}

static bool count_summaries(top_table *table)
{
	bool fits = true;
	stead_rows *rows;

	if (!table->summarised_count)
		return true;
	rows = stead_open_as(table->call, STEAD_CURSOR | STEAD_BY_KEY,
	                     "SELECT first_block, entries FROM stead_audit_summary WHERE dimension = $1 AND first_block >="
	                     " $2 AND first_block <= $3",
	                     3,
	                     (stead_value[]){stead_int(table->dimension + 1), stead_int(table->summarised[0]),
	                                     stead_int(table->summarised[table->summarised_count - 1])});
	while (fits && stead_next(rows)) {
		int64_t first_block = stead_column(rows, 0, STEAD_INT).integer;
		index_total totals[INDEX_MOST_TOTALS];
		stead_value entries;
		int count;

		if (!is_among(table->summarised, table->summarised_count, first_block))
			continue;
		entries = stead_column(rows, 1, STEAD_BYTES);
		count = entries.null ? -1 : index_read_summary(entries, totals);
		if (count < 0)
			index_raise_damaged(table->call, first_block);
		fits = add(table, totals, count);
	}
	stead_close(rows);
	return fits;
}

/* Blocks that no summary counts. */
typedef struct {
	int64_t first, last;
	int64_t since, until; /* when the blocks whose postings are counted end */
} gap;

/* Reads which blocks of a gap are edges, and where the postings of the others are. False: there are no others. */
static bool find_edges(top_table *table, gap *gap, int64_t begun)
{
	stead_rows *rows =
		stead_open_as(table->call, STEAD_CURSOR,
	                  "SELECT block, first_event_at, last_event_at FROM stead_audit_block WHERE last_event_at"
	                  " >= $1 AND first_event_at <= $2 AND block >= $3 AND block <= $4 ORDER BY block",
	                  4,
	                  (stead_value[]){stead_time(table->span.since), stead_time(table->span.newest.at),
	                                  stead_int(gap->first), stead_int(gap->last)});

	gap->since = INT64_MAX;
	gap->until = INT64_MIN;
	while (stead_next(rows)) {
		int64_t block = stead_column(rows, 0, STEAD_INT).integer, to = stead_column(rows, 2, STEAD_TIME).integer;

		if (block != begun && stead_column(rows, 1, STEAD_TIME).integer >= table->span.since &&
		    to <= table->span.newest.at) {
			gap->since = to < gap->since ? to : gap->since;
			gap->until = to > gap->until ? to : gap->until;
			continue;
		}
		table->edges =
			stead_grow(table->call, table->edges, table->edge_count, &table->edge_room, sizeof *table->edges);
		table->edges[table->edge_count++] = block;
	}
	return gap->since <= gap->until;
}

static bool count_row(top_table *table, stead_value entries, int64_t block)
{
	index_total totals[INDEX_MOST_TOTALS];
	int count = entries.null ? -1 : index_read_totals(entries, totals);

	if (count < 0)
		index_raise_damaged(table->call, block);
	return add(table, totals, count);
}

/* Counts those of the rows that are of the gap, but not of an edge. */
static bool count_rows(top_table *table, const gap *gap, stead_rows *rows)
{
	while (stead_next(rows)) {
		int64_t block = stead_column(rows, 0, STEAD_INT).integer;

		if (block >= gap->first && block <= gap->last && !is_among(table->edges, table->edge_count, block) &&
		    !count_row(table, stead_column(rows, 1, STEAD_BYTES), block)) {
			stead_close(rows);
			return false;
		}
	}
	return true;
}

/* Bucket by bucket, as the gap may be a small part of the log. */
static bool count_buckets(top_table *table, const gap *gap)
{
	index_frequent frequent;
	int64_t damaged =
		index_find_frequent(table->call, table->dimension, gap->since, gap->until, gap->first, gap->last, &frequent);

	if (damaged)
		index_raise_damaged(table->call, damaged);
	for (int64_t bucket = 0; (bucket = index_next_bucket(&frequent, bucket));)
		if (!count_rows(table, gap,
		                stead_open_as(table->call, STEAD_CURSOR | STEAD_BY_KEY,
		                              "SELECT block, entries FROM stead_audit_posting WHERE dimension = $1 AND"
		                              " bucket = $2 AND last_event_at >= $3 AND last_event_at <= $4",
		                              4,
		                              (stead_value[]){stead_int(table->dimension + 1), stead_int(bucket),
		                                              stead_time(gap->since), stead_time(gap->until)})))
			return false;
	return true;
}

/* Counts the postings of a gap. */
static bool count_gap(top_table *table, int64_t first, int64_t last, int64_t begun)
{
	gap gap = {.first = first, .last = last};

	if (first > last || !find_edges(table, &gap, begun))
		return true;
	if (table->summarised_count)
		return count_buckets(table, &gap);
	return count_rows(
		table, &gap,
		stead_open_as(table->call, STEAD_CURSOR | STEAD_BY_KEY,
	                  "SELECT block, entries FROM stead_audit_posting WHERE dimension = $1 AND bucket > 0 AND"
	                  " last_event_at >= $2 AND last_event_at <= $3",
	                  3,
	                  (stead_value[]){stead_int(table->dimension + 1), stead_time(gap.since), stead_time(gap.until)}));
}

/* Counts the blocks by their summaries, and those between and beside these by their postings. */
static bool count_blocks(top_table *table)
{
	int64_t begun = seal_begun(table->call), next = INT64_MIN;

	find_summaries(table);
	if (!count_summaries(table))
		return false;
	for (size_t i = 0; i < table->summarised_count; i++) {
		if (!count_gap(table, next, table->summarised[i] - 1, begun))
			return false;
		next = table->summarised[i] + INDEX_RANGE;
	}
	return count_gap(table, next, INT64_MAX, begun);
}

/* Counts an event that is read. False: there are too many values. */
static bool count_value(top_table *table, stead_value value, bool success, int64_t id)
{
	fold_add(
		table->call, &table->read,
		&(fold_item){.action = value, .events = 1, .failures = !success, .first_event_at = id, .last_event_at = id});
	return table->read.count <= INDEX_MOST_VALUES;
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

bool top_count(top_table *table)
{
	if (!count_blocks(table))
		return false;
	for (size_t i = 0; i < table->edge_count; i++)
		if (!count_edge(table, table->edges[i]))
			return false;
	if (!count_tail(table) || !add_read(table))
		return false;
	stead_sha256_check(table->call, &table->key.sha);
	return true;
}
