/*
 * count.c - stead_audit_count.
 *
 * Where the index knows everything that the filter asks for, events are counted without reading them. Two values of the
 * same hash would be counted as one: with 48 bits and more, keyed by a secret, that does not happen.
 */
#include "trail/audit/stream.h"
#include "trail/seal/expired.h"
#include "trail/seal/rollup.h"

/* Does the filter ask for nothing but exact values, success and a range of time? */
static bool is_exact(const audit_filter *filter)
{
	for (int i = 0; i < FILTER_TEXTS; i++)
		if (filter->excluded[i].given ||
		    (filter->wanted[i].given && (filter->wanted[i].prefixes.count || !filter->wanted[i].exact.count)))
			return false;
	return !filter->needle && audit_join_applies(filter);
}

static int64_t count_rows(stead_rows *rows)
{
	int64_t count;

	stead_next(rows);
	count = stead_column(rows, 0, STEAD_INT).integer;
	stead_close(rows);
	return count;
}

static int64_t count_tail(stead_call *call, const audit_filter *filter, int64_t most)
{
	stead_query query = {0}, condition = {0};

	audit_filter_condition(call, &condition, filter);
	stead_append_text(call, &query.text, "SELECT count(*) FROM (SELECT 1 FROM (");
	if (!rollup_unsealed(call, &query, "1 AS one", &condition))
		return 0;
	stead_query_add(call, &query, ") AS tail LIMIT $) AS bounded", stead_int(most));
	return count_rows(stead_query_open(call, &query));
}

/* How many events of a block's lists are in the span. */
static int64_t count_lists(stead_call *call, const audit_candidates *block, audit_span span)
{
	int64_t count = 0;

	for (int i = 0; i < block->count; i++) {
		const index_ids *list = &block->lists[i];

		if (block->edge && list->count)
			count += (int64_t)audit_list_find(call, list, (audit_place){span.since - 1, INT64_MAX}) -
			         (int64_t)audit_list_find(call, list, span.newest);
		else
			count += (int64_t)list->count;
	}
	return count;
}

/* The same of a block whose prune has begun: some events are gone, and the index has them until all are. */
static int64_t count_left(stead_call *call, const audit_candidates *block, audit_span span)
{
	int64_t count = 0, at;

	for (int i = 0; i < block->count; i++)
		for (size_t j = 0; j < block->lists[i].count; j++)
			count += audit_event_time(call, block->lists[i].id[j], &at) && at <= span.newest.at && at >= span.since;
	return count;
}

static int64_t count_exact(stead_call *call, index_key *key, const audit_filter *filter, int64_t most)
{
	int64_t count = count_tail(call, filter, most), begun = seal_begun(call), bound;
	audit_span span = audit_span_of(filter, NULL);
	audit_candidates block;
	audit_join join;

	audit_join_open(call, key, filter, span, &join);
	while (count < most && audit_join_bound(&join, &bound))
		if (audit_join_step(&join, &block))
			count += block.block == begun ? count_left(call, &block, span) : count_lists(call, &block, span);
	audit_join_close(&join);
	return count < most ? count : most;
}

/* By SQL alone. */
static int64_t count_all(stead_call *call, const audit_filter *filter, int64_t most)
{
	stead_query query = {0};

	stead_append_text(call, &query.text, "SELECT count(*) FROM (SELECT 1 FROM stead_audit_event");
	audit_filter_where(call, &query, filter);
	stead_query_add(call, &query, " LIMIT $) AS bounded", stead_int(most));
	return count_rows(stead_query_open(call, &query));
}

static int64_t count_stream(stead_call *call, const audit_filter *filter, int64_t most)
{
	audit_stream stream;
	int64_t count = 0;

	audit_stream_open(call, &stream, filter, NULL, 0);
	while (count < most && audit_stream_next(&stream))
		count++;
	audit_stream_close(&stream);
	return count;
}

stead_value audit_count(stead_call *call, const stead_value *args)
{
	audit_filter filter;
	audit_scan scan;
	index_key key;

	if (args[1].integer < 1 || args[1].integer > 1000000000)
		stead_raise(call, STEAD_INVALID, "stead_audit_count: max_count must be 1 to 1000000000");
	audit_filter_read(call, args[0], &filter);
	if (is_exact(&filter) && audit_index_ready(call, &key))
		return stead_int(count_exact(call, &key, &filter, args[1].integer));
	if (filter.needle ||
	    ((audit_join_applies(&filter) || audit_scan_applies(call, &filter, &scan)) && audit_index_ready(call, &key)))
		return stead_int(count_stream(call, &filter, args[1].integer));
	return stead_int(count_all(call, &filter, args[1].integer));
}
