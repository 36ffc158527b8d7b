/*
 * stream.c - see stream.h.
 *
 * Blocks overlap in time, and times may run backwards. So several lists are open at once, and an event is given when
 * neither another list nor a block that is left can have a later one.
 */
#include "trail/audit/stream.h"

#include <stdlib.h>
#include <string.h>

#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"

bool audit_index_ready(stead_call *call, index_key *key)
{
	return index_key_read(call, key) && !seal_any_unindexed(call);
}

bool audit_event_time(stead_call *call, int64_t id, int64_t *at)
{
	stead_rows *rows = stead_open_as(call, STEAD_BY_KEY, "SELECT occurred_at FROM stead_audit_event WHERE id = $1", 1,
	                                 (stead_value[]){stead_int(id)});

	if (!stead_next(rows))
		return false;
	*at = stead_column(rows, 0, STEAD_TIME).integer;
	stead_close(rows);
	return true;
}

size_t audit_list_find(stead_call *call, const index_ids *ids, audit_place newest)
{
	size_t low = 0, high = ids->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2, at = middle;
		audit_place place = {0};

		/* of an event that is gone, the next one tells the way */
		while (at < high && !audit_event_time(call, ids->id[at], &place.at))
			at++;
		if (at < high)
			place.id = ids->id[at];
		if (at < high && audit_place_after(place, newest))
			low = at + 1;
		else
			high = middle;
	}
	return low;
}

void audit_event_read(stead_rows *rows, stead_value *event)
{
	for (int i = 0; i < EVENT_COLUMNS; i++)
		event[i] = stead_column(rows, i, event_tables[0].columns[i].type);
}

/* ---- What the stream reads by SQL -------------------------------------------------------------------------------- */

static stead_rows *open_all(stead_call *call, const audit_filter *filter, const audit_place *page, int64_t most)
{
	stead_query query = {0};
	const char *join;

	stead_append_text(call, &query.text, "SELECT " EVENT_FIELDS " FROM stead_audit_event");
	join = audit_filter_where(call, &query, filter);
	if (page) {
		stead_append_text(call, &query.text, join);
		stead_query_add(call, &query, "(occurred_at, id) < ($, ", stead_time(page->at));
		stead_query_add(call, &query, "$)", stead_int(page->id));
	}
	stead_append_text(call, &query.text, " ORDER BY occurred_at DESC, id DESC");
	if (most)
		stead_query_add(call, &query, " LIMIT $", stead_int(most));
	return stead_query_open(call, &query);
}

static void read_head(stead_rows *rows, stream_head *head)
{
	audit_event_read(rows, head->event);
	head->place = (audit_place){head->event[1].integer, head->event[0].integer};
}

static void next_of_rows(audit_stream *stream)
{
	while (stream->rows && stead_next(stream->rows)) {
		if (stream->filter->needle && !audit_filter_accepts_row(stream->filter, stream->rows))
			continue;
		read_head(stream->rows, &stream->head);
		return;
	}
	stream->rows = NULL;
}

/* ---- Lists of candidates ----------------------------------------------------------------------------------------- */

/* Reads an event that lives until the list's next one. False: there is no such event. */
static bool fetch(audit_stream *stream, stream_list *list, int64_t id)
{
	stead_rows *rows =
		stead_open_as(stream->call, STEAD_BY_KEY, "SELECT " EVENT_FIELDS " FROM stead_audit_event WHERE id = $1", 1,
	                  (stead_value[]){stead_int(id)});
	size_t size = 0, offset = 0;
	stead_value *event = list->head.event;

	if (!stead_next(rows))
		return false;
	read_head(rows, &list->head);
	for (int i = 0; i < EVENT_COLUMNS; i++)
		if (!event[i].null && (event[i].type == STEAD_TEXT || event[i].type == STEAD_JSON))
			size += event[i].size;
	if (size >= list->text.room) {
		list->text.room = 2 * size + 256;
		list->text.data = stead_alloc(stream->call, list->text.room);
	}
	for (int i = 0; i < EVENT_COLUMNS; i++)
		if (!event[i].null && (event[i].type == STEAD_TEXT || event[i].type == STEAD_JSON)) {
			if (event[i].size)
				memcpy(list->text.data + offset, event[i].data, event[i].size);
			event[i].data = list->text.data + offset;
			offset += event[i].size;
		}
	stead_close(rows);
	return true;
}

/* False: no candidate is left that matches. */
static bool next_of_list(audit_stream *stream, stream_list *list)
{
	while (list->at < list->ids.count) {
		size_t at = list->at++;

		if (list->places) {
			list->head.place = list->places[at];
			return true;
		}
		if (!fetch(stream, list, list->ids.id[at]) || audit_place_after(list->head.place, stream->span.newest))
			continue;
		if (!stream->filter->since.null && list->head.place.at < stream->span.since)
			return false;
		if (audit_filter_accepts(stream->filter, list->head.event))
			return true;
	}
	return false;
}

/* places: those of the ids, if they are known and the columns of the events are not needed; or NULL. */
static void add_list(audit_stream *stream, const audit_candidates *candidates, index_ids *ids,
                     const audit_place *places)
{
	stream_list *list;
	index_ids spare;

	stream->lists = stead_grow(stream->call, stream->lists, stream->list_made, &stream->list_room, sizeof *list);
	list = &stream->lists[stream->list_count];
	if (stream->list_count == stream->list_made) {
		*list = (stream_list){.at = 0};
		stream->list_made++;
	}
	/* the list takes the ids, and the join gets the memory of those the list had before */
	spare = list->ids;
	list->ids = *ids;
	*ids = spare;
	ids->count = 0;
	list->places = places;
	list->at = candidates->edge ? audit_list_find(stream->call, &list->ids, stream->span.newest) : 0;
	if (next_of_list(stream, list))
		stream->list_count++;
}

static void remove_list(audit_stream *stream, size_t index)
{
	stream_list gone = stream->lists[index];

	stream->lists[index] = stream->lists[--stream->list_count];
	stream->lists[stream->list_count] = gone;
}

static int newest_first(const void *left, const void *right)
{
	const audit_place *a = left, *b = right;

	return audit_place_after(*b, *a) - audit_place_after(*a, *b);
}

#define FEWEST_PLACES 128 /* to sort fewer at a time costs more */

/* The newest places of what is not sealed. */
typedef struct {
	audit_place *places;
	size_t count, room;
	size_t most; /* to be kept; 0: all */
} tail_places;

static void keep(audit_stream *stream, tail_places *tail, stead_rows *rows)
{
	stead_value at = stead_column_time(rows, LEAF_OCCURRED_AT);
	/* an event whose time is none raises an error where it is given: so it comes last */
	audit_place place = {at.null ? INT64_MIN : at.integer, stead_column(rows, LEAF_ID, STEAD_INT).integer};

	if (audit_place_after(place, stream->span.newest))
		return;
	tail->places = stead_grow(stream->call, tail->places, tail->count, &tail->room, sizeof *tail->places);
	tail->places[tail->count++] = place;
	if (tail->most && tail->count == 2 * tail->most) {
		qsort(tail->places, tail->count, sizeof *tail->places, newest_first);
		tail->count = tail->most;
	}
}

/* The newest events, at most so many, of those that match and are not sealed become a list: SQL would sort their rows.
 */
static void list_tail(audit_stream *stream, int64_t most)
{
	tail_places tail = {.most = most > 0 && most < FEWEST_PLACES ? FEWEST_PLACES : (size_t)most};
	audit_candidates candidates = {.edge = false};
	bool needle = stream->filter->needle != NULL;
	stead_query query = {0}, condition = {0};
	index_ids ids = {0};

	if (needle && stream->by == STREAM_SCAN) { /* SQL would copy the texts of all events */
		seal_tail events = {.call = stream->call};

		while (seal_tail_next(&events))
			if (audit_filter_accepts_row(stream->filter, events.rows))
				keep(stream, &tail, events.rows);
	} else {
		audit_filter_condition(stream->call, &condition, stream->filter);
		if (rollup_unsealed(stream->call, &query, needle ? EVENT_FIELDS : "id, occurred_at", &condition))
			for (stead_rows *rows = stead_query_open(stream->call, &query); stead_next(rows);)
				if (!needle || audit_filter_accepts_row(stream->filter, rows))
					keep(stream, &tail, rows);
	}
	if (!tail.count)
		return;
	qsort(tail.places, tail.count, sizeof *tail.places, newest_first);
	ids = (index_ids){
		.id = stead_alloc(stream->call, tail.count * sizeof *ids.id), .count = tail.count, .room = tail.count};
	for (size_t i = 0; i < tail.count; i++)
		ids.id[i] = tail.places[i].id;
	add_list(stream, &candidates, &ids, most ? NULL : tail.places);
}

static void step_join(audit_stream *stream)
{
	audit_candidates candidates;

	if (!audit_join_step(&stream->join, &candidates) ||
	    (stream->scan.condition_count && !audit_scan_block(&stream->scan, candidates.block)))
		return;
	for (int i = 0; i < candidates.count; i++)
		if (candidates.lists[i].count)
			add_list(stream, &candidates, &candidates.lists[i], NULL);
}

/* ---- The stream -------------------------------------------------------------------------------------------------- */

void audit_stream_open(stead_call *call, audit_stream *stream, const audit_filter *filter, const audit_place *page,
                       int64_t most)
{
	bool joins = audit_join_applies(filter), scans;

	*stream = (audit_stream){.call = call, .filter = filter, .span = audit_span_of(filter, page)};
	scans = audit_scan_applies(call, filter, &stream->scan);
	if ((!joins && !scans) || !audit_index_ready(call, &stream->key)) {
		stream->rows = open_all(call, filter, page, filter->needle ? 0 : most); /* the search is not part of the SQL */
		next_of_rows(stream);
		return;
	}
	stream->by = joins ? STREAM_JOIN : STREAM_SCAN;
	if (!audit_span_is_empty(stream->span))
		list_tail(stream, most);
	if (joins)
		audit_join_open(call, &stream->key, filter, stream->span, &stream->join);
	else
		audit_scan_open(&stream->scan, stream->span);
}

/* Moves on where the last event came from. */
static void leave_taken(audit_stream *stream)
{
	if (stream->taken == TAKEN_ROWS)
		next_of_rows(stream);
	else if (stream->taken == TAKEN_SCAN)
		stream->scan_waits = false;
	else if (stream->taken == TAKEN_LIST && !next_of_list(stream, &stream->lists[stream->taken_list]))
		remove_list(stream, stream->taken_list);
	stream->taken = TAKEN_NONE;
}

/* The latest event of what is open; NULL: there is none. */
static const stream_head *latest(audit_stream *stream)
{
	const stream_head *best = NULL;

	stream->taken = TAKEN_NONE;
	if (stream->rows) {
		best = &stream->head;
		stream->taken = TAKEN_ROWS;
	}
	if (stream->scan_waits && (!best || audit_place_after(stream->scan_head.place, best->place))) {
		best = &stream->scan_head;
		stream->taken = TAKEN_SCAN;
	}
	for (size_t i = 0; i < stream->list_count; i++)
		if (!best || audit_place_after(stream->lists[i].head.place, best->place)) {
			best = &stream->lists[i].head;
			stream->taken = TAKEN_LIST;
			stream->taken_list = i;
		}
	return best;
}

/* Opens what may have a later event than the best one; returns whether there was anything. */
static bool look_further(audit_stream *stream, const stream_head *best)
{
	int64_t bound;

	if (stream->by == STREAM_JOIN && audit_join_bound(&stream->join, &bound) && (!best || bound >= best->place.at)) {
		step_join(stream);
		return true;
	}
	if (stream->by == STREAM_SCAN && !stream->scan_waits && audit_scan_bound(&stream->scan, &bound) &&
	    (!best || bound >= best->place.at)) {
		if (audit_scan_step(&stream->scan) && audit_filter_accepts_row(stream->filter, stream->scan.events)) {
			read_head(stream->scan.events, &stream->scan_head);
			stream->scan.place = stream->scan_head.place;
			stream->scan_waits = true;
		}
		return true;
	}
	return false;
}

const stead_value *audit_stream_next(audit_stream *stream)
{
	const stream_head *best;

	for (;;) {
		leave_taken(stream);
		do
			best = latest(stream);
		while (look_further(stream, best));
		if (!best)
			return NULL;
		/* a scan finds events that are not sealed, too */
		if (stream->given && best->place.at == stream->last.at && best->place.id == stream->last.id)
			continue;
		stream->given = true;
		stream->last = best->place;
		return best->event;
	}
}

void audit_stream_close(audit_stream *stream)
{
	if (stream->rows)
		stead_close(stream->rows);
	stream->rows = NULL;
	audit_scan_close(&stream->scan);
	if (stream->by == STREAM_JOIN)
		audit_join_close(&stream->join);
}
