/*
 * row.c - stead_row_at(): a row as it was.
 *
 * What was changed after that time is undone: of each column, the first later change has the value that it had then. A
 * column that was not changed later has the value that the row has now. If TRUNCATE took the row, the changes up to
 * that time must tell. A row that `when` does not let be captured is none: it may have changed unseen.
 */
#include "lib/json.h"
#include "lib/timestamp.h"
#include "trail/capture/parts.h"

#define TRUNCATE "row_key IS NULL AND operation = 'truncate'"

typedef struct {
	stead_value name, value; /* value: raw recorded JSON, or a null as long as it is not known */
} member;

typedef struct {
	stead_call *call;
	member *members;
	size_t count, room, known; /* members, and those whose value is known */
	stead_value indexed_to;
} state;

/* Takes the values of columns that are not known yet. */
static void take(state *state, stead_value object)
{
	stead_json_walk walk;
	char reason[80];

	if (object.null || !object.size || *object.data != '{' ||
	    !(stead_json_is_plain(object.data, object.size) || stead_is_json(state->call, object, reason)))
		stead_raise(state->call, STEAD_CORRUPT, "stead_row_at: a change in stead_change is no JSON object");
	stead_json_enter(&walk, object.data, object.size);
	while (stead_json_member(&walk)) {
		stead_value key = stead_json_n(walk.key, walk.key_size), name;
		size_t i = 0;

		stead_read_string(state->call, key, "a column", &name);
		while (i < state->count && !stead_same(state->members[i].name, name))
			i++;
		if (i == state->count) {
			state->members =
				stead_grow(state->call, state->members, state->count, &state->room, sizeof *state->members);
			state->members[state->count++] = (member){stead_keep(state->call, name), stead_null(STEAD_JSON)};
		}
		if (!state->members[i].value.null)
			continue;
		state->members[i].value = stead_keep(state->call, stead_json_n(walk.value, walk.value_size));
		state->known++;
	}
}

static stead_value object_of(const state *state)
{
	stead_buffer json = {0};

	for (size_t i = 0; i < state->count; i++) {
		if (state->members[i].value.null)
			continue; /* a column that the table did not have */
		stead_append_text(state->call, &json, json.size ? "," : "{");
		stead_append_json(state->call, &json, state->members[i].name);
		stead_append_text(state->call, &json, ":");
		capture_append_shown(state->call, &json, state->members[i].value.data, state->members[i].value.size);
	}
	stead_append_text(state->call, &json, json.size ? "}" : "{}");
	return stead_json(json.data);
}

enum { NOT_THERE, TOLD, UNTOLD, TRUNCATED };

/* Undoes the changes after the time, the earliest first, until one tells the rest. */
static int undo(state *state, stead_value name, stead_value key, int64_t after)
{
	stead_value params[] = {name, state->indexed_to, key, stead_int(after)};
	stead_value truncated =
		stead_first(state->call, "SELECT min(id) FROM " CAPTURE_CHANGES("id", TRUNCATE " AND id > $3"), 3,
	                (stead_value[]){name, state->indexed_to, stead_int(after)}, STEAD_INT);
	stead_rows *rows = stead_open_as(state->call, STEAD_CURSOR,
	                                 "SELECT id, operation, old_values FROM " CAPTURE_CHANGES(
										 "id, operation, old_values", "row_key = $3 AND id > $4") " ORDER BY id",
	                                 4, params);
	int answer = UNTOLD;

	while (answer == UNTOLD && stead_next(rows)) {
		stead_value operation = stead_column(rows, 1, STEAD_TEXT);

		if (!truncated.null && stead_column(rows, 0, STEAD_INT).integer > truncated.integer)
			answer = TRUNCATED;
		else if (stead_equals(operation, STEAD_RECORD_INSERT))
			answer = state->known ? TRUNCATED : NOT_THERE;
		else {
			take(state, stead_column(rows, 2, STEAD_JSON));
			if (stead_equals(operation, STEAD_RECORD_DELETE))
				answer = TOLD;
		}
	}
	stead_close(rows);
	return answer == UNTOLD && !truncated.null ? TRUNCATED : answer;
}

/* Goes back through the changes up to the time, the latest first, but not beyond a TRUNCATE: then there was no row. */
static int go_back(state *state, stead_value name, stead_value key, int64_t after)
{
	stead_value empty = stead_first(state->call, "SELECT max(id) FROM " CAPTURE_CHANGES("id", TRUNCATE " AND id <= $3"),
	                                3, (stead_value[]){name, state->indexed_to, stead_int(after)}, STEAD_INT);
	stead_rows *rows =
		stead_open_as(state->call, STEAD_CURSOR,
	                  "SELECT operation, new_values FROM " CAPTURE_CHANGES(
						  "id, operation, new_values", "row_key = $3 AND id <= $4 AND id > $5") " ORDER BY id DESC",
	                  5,
	                  (stead_value[]){name, state->indexed_to, key, stead_int(after),
	                                  stead_int(empty.null ? INT64_MIN : empty.integer)});
	int answer = UNTOLD;

	while (answer == UNTOLD && stead_next(rows)) {
		stead_value operation = stead_column(rows, 0, STEAD_TEXT);

		if (stead_equals(operation, STEAD_RECORD_DELETE))
			answer = state->known ? TOLD : NOT_THERE;
		else {
			take(state, stead_column(rows, 1, STEAD_JSON));
			if (stead_equals(operation, STEAD_RECORD_INSERT))
				answer = TOLD;
		}
	}
	stead_close(rows);
	return answer == UNTOLD && !empty.null && !state->known ? NOT_THERE : answer;
}

/* The table's columns are known from the beginning, in their order. */
static void begin_state(state *state, const stead_shape *shape, const capture *capture)
{
	for (int i = 0; i < shape->count; i++) {
		if (!stead_records(&capture->how, shape->names[i]))
			continue;
		state->members = stead_grow(state->call, state->members, state->count, &state->room, sizeof *state->members);
		state->members[state->count++] = (member){shape->names[i], stead_null(STEAD_JSON)};
	}
}

/* The number of the last change before those that are later than the time. */
static int64_t last_until(const state *state, stead_value name, stead_value key, stead_value at)
{
	stead_value later = stead_first(
		state->call,
		"SELECT min(id) FROM (SELECT min(id) AS id FROM " CAPTURE_CHANGES(
			"id",
			"row_key = $3 AND changed_at > $4") " UNION ALL SELECT min(id) FROM " CAPTURE_CHANGES("id", TRUNCATE
	                                                                                              " AND changed_at > "
	                                                                                              "$4") ") AS first",
		4, (stead_value[]){name, state->indexed_to, key, at}, STEAD_INT);

	return later.null ? INT64_MAX : later.integer - 1;
}

static stead_value tell(state *state, const stead_foreign *table, const capture *capture, stead_value key,
                        const stead_value *parts, stead_value at)
{
	stead_call *call = state->call;
	int64_t after = last_until(state, table->name, key, at);
	int answer = undo(state, table->name, key, after);
	stead_value now;

	if (answer == UNTOLD) {
		now = stead_record_row(call, table, &capture->how, key, parts);
		if (!now.null)
			take(state, now);
		else if (!state->known)
			return now;
		answer = now.null ? TRUNCATED : TOLD;
	}
	if (answer == TRUNCATED)
		answer = go_back(state, table->name, key, after);
	if (answer == NOT_THERE)
		return stead_null(STEAD_JSON);
	if (answer == UNTOLD && state->known < state->count)
		stead_raise(call, STEAD_UNSUPPORTED,
		            "stead_row_at: what the row was is not known: it went from table %s by TRUNCATE, or uncaptured",
		            table->name.data);
	return object_of(state);
}

stead_value capture_row_at(stead_call *call, const stead_value *args)
{
	const stead_foreign *table = stead_foreign_named(call, args[0]);
	state state = {.call = call};
	char known_from[STEAD_TIME_SIZE + 1] = {0};
	capture capture;
	stead_shape shape;
	stead_value *parts, key;
	const char *problem;
	bool captured = capture_find(call, table->name, &capture); /* raises before stead_init() */

	if (table->problem)
		stead_raise_hint(call, table->error, table->hint, "stead_row_at: %s", table->problem);
	shape = stead_shape_of(call, table);
	if (!captured)
		stead_raise_hint(call, STEAD_NOT_FOUND, "stead_capture_start() begins to capture them.",
		                 "stead_row_at: the changes of table %s are not captured", table->name.data);
	if (!shape.key_count)
		stead_raise(call, STEAD_UNSUPPORTED, "stead_row_at: table %s has no key", table->name.data);
	if (!capture.known_from.null && args[2].integer < capture.known_from.integer) {
		stead_time_format(capture.known_from.integer, known_from);
		stead_raise(call, STEAD_INVALID, "stead_row_at: the changes of table %s are known since %s, and at is earlier",
		            table->name.data, known_from);
	}
	problem = capture_filter_problem(call, &shape, &capture);
	if (problem)
		stead_raise_hint(call, STEAD_UNSUPPORTED, "stead_capture_start() with other options begins anew.",
		                 "stead_row_at: table %s %s", table->name.data, problem);
	begin_state(&state, &shape, &capture);
	state.indexed_to = capture_indexed_to(call);
	parts = stead_alloc(call, (size_t)shape.key_count * sizeof *parts);
	key = capture_key(call, args[1], &shape, parts);
	return tell(&state, table, &capture, key, parts, args[2]);
}
