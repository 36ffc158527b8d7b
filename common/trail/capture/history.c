/*
 * history.c - stead_changes(): the history of a table, or of a row.
 */
#include <stdlib.h>

#include "core/page.h"
#include "core/query.h"
#include "trail/capture/parts.h"

#define MAX_ROWS 1000
#define MAX_ID 20 /* digits */

enum { FILTER_TABLE, FILTER_KEY, FILTER_SINCE, FILTER_UNTIL, FILTERS };
enum { ARG_TABLE, ARG_KEY, ARG_SINCE, ARG_UNTIL, ARG_ROWS, ARG_PAGE };

static stead_value id_text(stead_call *call, stead_value id)
{
	return stead_text(stead_format(call, "%lld", (long long)id.integer));
}

static void append_changes(stead_call *call, stead_query *query, const stead_value *filter, stead_value before)
{
	stead_append_text(call, &query->text,
	                  "SELECT id, changed_at, operation, row_key, old_values, new_values, actor_id, actor_name,"
	                  " ip_address, request_id FROM stead_change");
	stead_query_add(call, query, " WHERE table_name = $", filter[FILTER_TABLE]);
	if (!filter[FILTER_KEY].null)
		stead_query_add(call, query, " AND row_key = $", filter[FILTER_KEY]);
	if (!filter[FILTER_SINCE].null)
		stead_query_add(call, query, " AND changed_at >= $", filter[FILTER_SINCE]);
	if (!filter[FILTER_UNTIL].null)
		stead_query_add(call, query, " AND changed_at < $", filter[FILTER_UNTIL]);
	if (!before.null)
		stead_query_add(call, query, " AND id < $", before);
}

void capture_changes(stead_call *call, const stead_value *args)
{
	const stead_foreign *table = stead_foreign_named(call, args[ARG_TABLE]);
	stead_value filter[FILTERS] = {table->name, stead_null(STEAD_TEXT), args[ARG_SINCE], args[ARG_UNTIL]};
	stead_value before = stead_null(STEAD_INT);
	stead_query query = {0};
	stead_rows *rows;

	if (args[ARG_ROWS].integer < 1 || args[ARG_ROWS].integer > MAX_ROWS)
		stead_raise(call, STEAD_INVALID, "stead_changes: max_rows must be 1 to %d", MAX_ROWS);
	if (table->name.null)
		stead_raise(call, STEAD_INVALID, "stead_changes: %s", table->problem);
	if (!args[ARG_KEY].null) {
		stead_shape shape = {0};

		if (!table->problem)
			shape = stead_shape_of(call, table);
		filter[FILTER_KEY] = capture_key(call, args[ARG_KEY], table->problem ? NULL : &shape,
		                                 stead_alloc(call, (size_t)shape.key_count * sizeof(stead_value)));
	}
	if (!args[ARG_PAGE].null) {
		stead_value id = stead_page_read(call, FILTERS, filter, args[ARG_PAGE], MAX_ID);

		before = stead_int(strtoll(stead_string(call, id), NULL, 10));
	}
	append_changes(call, &query, filter, before);
	stead_append_text(call, &query.text, " AND indexed IS NOT NULL UNION ALL ");
	append_changes(call, &query, filter, before);
	stead_query_add(call, &query, " AND indexed IS NULL AND id > $", capture_indexed_to(call));
	stead_query_add(call, &query, " ORDER BY id DESC LIMIT $", args[ARG_ROWS]);
	rows = stead_query_open(call, &query);
	while (stead_next(rows)) {
		stead_scope *scope = stead_open_scope(call);
		stead_value key = stead_column(rows, 3, STEAD_TEXT);
		stead_value row[11] = {stead_column(rows, 0, STEAD_INT), stead_column_time(rows, 1),
		                       stead_column(rows, 2, STEAD_TEXT)};

		key.type = STEAD_JSON;
		row[3] = capture_shown(call, key);
		row[4] = capture_shown(call, stead_column(rows, 4, STEAD_JSON));
		row[5] = capture_shown(call, stead_column(rows, 5, STEAD_JSON));
		for (int i = 6; i < 10; i++)
			row[i] = stead_column(rows, i, STEAD_TEXT);
		row[10] = stead_page_token(call, FILTERS, filter, id_text(call, row[0]));
		stead_emit(call, row);
		stead_close_scope(call, scope);
	}
}
