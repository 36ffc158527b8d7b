/*
 * list.c - stead_audit_list.
 */
#include "trail/audit/page.h"
#include "trail/audit/stream.h"

void audit_list(stead_call *call, const stead_value *args)
{
	stead_value row[EVENT_COLUMNS + 1];
	const stead_value *event;
	audit_stream stream;
	audit_filter filter;
	audit_pages pages;
	audit_place page;

	if (args[1].integer < 1 || args[1].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_audit_list: max_rows must be 1 to 1000");
	audit_filter_read(call, args[0], &filter);
	pages = audit_pages_of(call, &filter);
	if (!args[2].null)
		audit_page_read(call, &pages, args[2], &page.at, &page.id);
	audit_stream_open(call, &stream, &filter, args[2].null ? NULL : &page, args[1].integer);
	for (int64_t left = args[1].integer; left > 0 && (event = audit_stream_next(&stream)); left--) {
		for (int i = 0; i < EVENT_COLUMNS; i++)
			row[i] = event[i];
		row[EVENT_COLUMNS] = audit_page_token(call, &pages, event[1].integer, event[0].integer);
		stead_emit(call, row);
	}
	audit_stream_close(&stream);
}
