/*
 * stream.h - the events that match a filter, newest first by (occurred_at, id), one by one.
 *
 * Sealed events are found in the index of their blocks, the others by SQL. Where the index does not help, or does not
 * have all blocks yet, everything is found by SQL.
 */
#ifndef STEAD_AUDIT_STREAM_H
#define STEAD_AUDIT_STREAM_H

#include "trail/audit/join.h"
#include "trail/audit/report.h"
#include "trail/audit/scan.h"

/* An event that is the next one of where it comes from. */
typedef struct {
	audit_place place;
	stead_value event[EVENT_COLUMNS];
} stream_head;

/* Candidates of a block that are still to be read. */
typedef struct {
	index_ids ids;
	const audit_place *places; /* of the ids; NULL: they are not known */
	size_t at;
	stream_head head;
	stead_buffer text; /* the memory of the head's values */
} stream_list;

typedef struct {
	stead_call *call;
	const audit_filter *filter;
	audit_span span;
	enum { STREAM_SQL, STREAM_JOIN, STREAM_SCAN } by;
	index_key key;
	audit_join join;
	audit_scan scan;
	stream_list *lists; /* the first list_count of them have a head; the rest is memory to be used again */
	size_t list_count, list_made, list_room;
	stead_rows *rows; /* by SQL: the events that are not sealed, or all; NULL: there are none left */
	stream_head head; /* of rows */
	stream_head scan_head;
	bool scan_waits;                                               /* scan_head is there to be given */
	bool given;                                                    /* an event was given */
	audit_place last;                                              /* its place */
	enum { TAKEN_NONE, TAKEN_LIST, TAKEN_ROWS, TAKEN_SCAN } taken; /* where it came from */
	size_t taken_list;
} audit_stream;

/* page: the position that it begins after, or NULL. most: how many events will be read; 0: as many as there are, and
 * none of their columns. The stream must stay where it is. */
void audit_stream_open(stead_call *call, audit_stream *stream, const audit_filter *filter, const audit_place *page,
                       int64_t most);
/* The next event, which lives until the next call; NULL: there is none left. */
const stead_value *audit_stream_next(audit_stream *stream);
void audit_stream_close(audit_stream *stream);

/* Can readers use the index? Not if there is no indexed block, or if a block waits to be indexed. */
bool audit_index_ready(stead_call *call, index_key *key);
/* Reads the time of an event. False: there is no such event. */
bool audit_event_time(stead_call *call, int64_t id, int64_t *at);
/* The index of the first event of a block's list that is not after a position; the number of ids if there is none. */
size_t audit_list_find(stead_call *call, const index_ids *ids, audit_place newest);

#endif
