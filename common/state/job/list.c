/*
 * list.c - stead_job_list() and stead_job_stats().
 *
 * The newest come first by their ids, which sort by the time they were made: so no index by created_at is needed, which
 * every change of a job would have to keep.
 */
#include "core/page.h"
#include "core/query.h"
#include "lib/uuid.h"
#include "state/job/queue.h"

enum { FILTER_JOB_ID, FILTER_TENANT, FILTER_KIND, FILTER_STATUS, FILTER_SINCE, FILTER_UNTIL, FILTER_KEYS };

/* The least id of a time. */
static stead_value id_at(stead_call *call, stead_value time)
{
	static const unsigned char none[STEAD_UUID_RANDOM];
	char text[STEAD_UUID_SIZE + 1];

	stead_uuid7_write(time.integer, none, text);
	return stead_keep(call, stead_text(text));
}

void job_list(stead_call *call, const stead_value *args)
{
	static const stead_arg keys[FILTER_KEYS] = {{"job_id", STEAD_TEXT}, {"tenant", STEAD_TEXT}, {"kind", STEAD_TEXT},
	                                            {"status", STEAD_TEXT}, {"since", STEAD_TIME},  {"until", STEAD_TIME}};
	static const char *const conditions[] = {" AND id = $", " AND tenant = $", " AND kind = $", " AND status = $"};
	stead_value filter[FILTER_KEYS], row[JOB_COLUMNS + 1];
	stead_query query = {0};
	stead_rows *rows;

	if (args[1].integer < 1 || args[1].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_job_list: max_rows must be 1 to 1000");
	for (int i = 0; i < FILTER_KEYS; i++)
		filter[i] = stead_null(keys[i].type);
	if (!args[0].null)
		stead_read_object(call, args[0], "filter", keys, FILTER_KEYS, filter);
	if (!filter[FILTER_STATUS].null)
		job_check_status(call, "filter.status", filter[FILTER_STATUS]);
	stead_append_text(call, &query.text, "SELECT " JOB_FIELDS " FROM stead_job WHERE 1 = 1");
	for (int i = 0; i < STEAD_COUNT(conditions); i++)
		if (!filter[i].null)
			stead_query_add(call, &query, conditions[i], filter[i]);
	if (!filter[FILTER_SINCE].null) {
		stead_query_add(call, &query, " AND id >= $", id_at(call, filter[FILTER_SINCE]));
		stead_query_add(call, &query, " AND created_at >= $", filter[FILTER_SINCE]);
	}
	if (!filter[FILTER_UNTIL].null) {
		stead_query_add(call, &query, " AND id < $", id_at(call, filter[FILTER_UNTIL]));
		stead_query_add(call, &query, " AND created_at < $", filter[FILTER_UNTIL]);
	}
	if (!args[2].null)
		stead_query_add(call, &query, " AND id < $", stead_page_read(call, FILTER_KEYS, filter, args[2], JOB_MAX_NAME));
	stead_query_add(call, &query, " ORDER BY id DESC LIMIT $", args[1]);
	rows = stead_query_open(call, &query);
	while (stead_next(rows)) {
		stead_scope *scope = stead_open_scope(call);

		job_read_row(call, rows, row);
		row[JOB_COLUMNS] = stead_page_token(call, FILTER_KEYS, filter, row[JOB_ID]);
		stead_emit(call, row);
		stead_close_scope(call, scope);
	}
}

void job_stats(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT kind, status, count(*), min(created_at) FROM stead_job GROUP BY kind, status"
	                              " ORDER BY kind, status",
	                              0, NULL);

	(void)args;
	while (stead_next(rows))
		stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_TEXT),
		                                 stead_column(rows, 2, STEAD_INT), stead_column_time(rows, 3)});
}
