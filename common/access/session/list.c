/*
 * list.c - listing sessions: a user's, live ones first, and everybody's, page by page.
 *
 * The pages go by when a session ends or ended, as an index has that order: those that end last come first.
 */
#include "access/session/list.h"

#include <stdlib.h>
#include <string.h>

#include "access/session/token.h"
#include "core/digest.h"
#include "lib/text.h"
#include "lib/timestamp.h"

#define MAX_ROWS 1000

/* ---- A user's ---------------------------------------------------------------------------------------------------- */

typedef struct {
	bool live;
	stead_value row[7];
} listed;

/* Live sessions first; then the newest first; then by id, descending. */
static int live_first(const void *a, const void *b)
{
	const listed *left = a, *right = b;
	int64_t left_created = left->row[1].integer, right_created = right->row[1].integer;

	if (left->live != right->live)
		return left->live ? -1 : 1;
	if (left_created != right_created)
		return left_created > right_created ? -1 : 1;
	/* a table altered by hand may hold nulls */
	if (left->row[0].null || right->row[0].null)
		return left->row[0].null - right->row[0].null;
	return stead_compare(right->row[0], left->row[0]);
}

void session_list(stead_call *call, const stead_value *args)
{
	static const stead_type types[] = {STEAD_TEXT, STEAD_TIME, STEAD_TIME, STEAD_TIME,
	                                   STEAD_TEXT, STEAD_TEXT, STEAD_TIME};
	int64_t now = stead_now(call);
	size_t count = 0, room = 0;
	listed *found = NULL;
	stead_rows *rows = stead_open(call,
	                              "SELECT id, created_at, expires_at, last_seen_at, ip_address, user_agent, revoked_at,"
	                              " idle_seconds, revoked_at IS NOT NULL FROM stead_session WHERE user_id = $1",
	                              1, args);

	while (stead_next(rows)) {
		stead_value idle = stead_column(rows, 7, STEAD_INT), *row;

		found = stead_grow(call, found, count, &room, sizeof *found);
		row = found[count].row;
		for (int i = 0; i < STEAD_COUNT(types); i++)
			row[i] =
				types[i] == STEAD_TIME ? stead_column_time(rows, i) : stead_keep(call, stead_column(rows, i, types[i]));
		found[count++].live = !stead_column(rows, 8, STEAD_BOOL).boolean && !row[1].null && !row[2].null &&
		                      !row[3].null && now < row[2].integer &&
		                      (idle.null || row[3].integer > now - session_idle(idle.integer));
	}
	if (count)
		qsort(found, count, sizeof *found, live_first);
	for (size_t i = 0; i < count; i++)
		stead_emit(call, found[i].row);
}

/* ---- Everybody's ------------------------------------------------------------------------------------------------- */

#define TIME_SIZE 8 /* bytes, in a page's token; the id follows */

static stead_value page_after(stead_call *call, stead_value ended_at, stead_value id)
{
	unsigned char *token = stead_alloc(call, TIME_SIZE + id.size);
	char *text = stead_alloc(call, STEAD_BASE64_ROOM(TIME_SIZE + id.size));

	if (ended_at.null || id.null)
		return stead_null(STEAD_TEXT);
	for (int i = 0; i < TIME_SIZE; i++)
		token[i] = (unsigned char)((uint64_t)ended_at.integer >> (8 * (TIME_SIZE - 1 - i)));
	memcpy(token + TIME_SIZE, id.data, id.size);
	return stead_text_n(text, stead_base64url_encode(token, TIME_SIZE + id.size, text));
}

static void read_page(stead_call *call, stead_value page, stead_value *ended_at, stead_value *id)
{
	unsigned char *token = stead_alloc(call, page.size);
	uint64_t time = 0;
	size_t size;

	if (!stead_base64url_decode(page.data, page.size, token, &size) || size <= TIME_SIZE ||
	    !stead_utf8_valid((char *)token + TIME_SIZE, size - TIME_SIZE) ||
	    memchr(token + TIME_SIZE, 0, size - TIME_SIZE))
		stead_raise(call, STEAD_INVALID, "stead_session_list_all: page is no next_page of this function");
	for (int i = 0; i < TIME_SIZE; i++)
		time = time << 8 | token[i];
	*ended_at = stead_time((int64_t)time);
	if (!stead_time_valid(ended_at->integer))
		stead_raise(call, STEAD_INVALID, "stead_session_list_all: page is no next_page of this function");
	*id = stead_text_n((char *)token + TIME_SIZE, size - TIME_SIZE);
}

static void condition(stead_call *call, stead_buffer *sql, const char *text, stead_value *params, int *count,
                      stead_value value)
{
	params[(*count)++] = value;
	stead_append_text(call, sql, stead_format(call, "%s$%d", text, *count));
}

void session_list_all(stead_call *call, const stead_value *args)
{
	enum { USER_ID, USERNAME, IP_ADDRESS, ENDED, KEYS };
	static const stead_arg keys[KEYS] = {
		{"user_id", STEAD_INT}, {"username", STEAD_TEXT}, {"ip_address", STEAD_TEXT}, {"ended", STEAD_BOOL}};
	static const char *const equal[] = {" AND s.user_id = ", " AND u.username = ", " AND s.ip_address = "};
	enum { COLUMNS = 10 };
	stead_value given[KEYS], params[KEYS + 5], ended_at, id, max_rows = args[1];
	stead_buffer sql = {0};
	stead_rows *rows;
	int count = 0;

	if (max_rows.integer < 1 || max_rows.integer > MAX_ROWS)
		stead_raise(call, STEAD_INVALID, "stead_session_list_all: max_rows must be 1 to %d", MAX_ROWS);
	stead_append_text(call, &sql,
	                  "SELECT s.id, s.user_id, u.username, s.created_at, s.expires_at, s.last_seen_at, s.ip_address,"
	                  " s.user_agent, s.revoked_at, s.revoke_reason, " ENDED_AT " FROM stead_session s"
	                  " LEFT JOIN stead_user u ON u.id = s.user_id WHERE TRUE");
	if (!args[0].null) {
		stead_read_object(call, args[0], "filter", keys, KEYS, given);
		for (int i = 0; i < STEAD_COUNT(equal); i++)
			if (!given[i].null)
				condition(call, &sql, equal[i], params, &count, given[i]);
		if (!given[ENDED].null)
			condition(call, &sql, given[ENDED].boolean ? " AND " ENDED_AT " <= " : " AND " ENDED_AT " > ", params,
			          &count, stead_time(stead_now(call)));
	}
	if (!args[2].null) {
		read_page(call, args[2], &ended_at, &id);
		condition(call, &sql, " AND " ENDED_AT " <= ", params, &count, ended_at);
		condition(call, &sql, " AND (" ENDED_AT " < ", params, &count, ended_at);
		condition(call, &sql, " OR s.id < ", params, &count, id);
		stead_append_text(call, &sql, ")");
	}
	condition(call, &sql, " ORDER BY " ENDED_AT " DESC, s.id DESC LIMIT ", params, &count, max_rows);
	rows = stead_open_as(call, STEAD_ONE_TIME, sql.data, count, params);
	while (stead_next(rows)) {
		stead_value row[COLUMNS + 1];

		for (int i = 0; i < COLUMNS; i++) {
			stead_type type = call->function->columns[i].type;

			row[i] = type == STEAD_TIME ? stead_column_time(rows, i) : stead_column(rows, i, type);
		}
		row[COLUMNS] = page_after(call, stead_column_time(rows, COLUMNS), row[0]);
		stead_emit(call, row);
	}
}
