/*
 * verdict.c - see verdict.h.
 */
#include "access/session/verdict.h"

#include <stdio.h>
#include <string.h>

#include "access/session/token.h"
#include "lib/json.h"
#include "lib/timestamp.h"

static const stead_column_def verdict_columns[] = {VERDICT_COLUMNS};
#define VERDICT_SIZE STEAD_COUNT(verdict_columns)
#define MAX_MEMBER 64 /* bytes of a name, and of a value that is no text */

/* Judges a token. The row lives as long as the judgement. */
static void read_verdict(stead_call *call, stead_value token, session_judgement *judged, stead_value row[VERDICT_SIZE])
{
	const session_record *session = &judged->session;
	const identity *user = &judged->user;

	session_judge(call, token, stead_now(call), false, judged);
	for (int i = 0; i < VERDICT_SIZE; i++)
		row[i] = stead_null(verdict_columns[i].type);
	row[0] = stead_bool(judged->verdict == SESSION_OK);
	row[1] = stead_text(session_verdict_name(judged->verdict));
	if (judged->verdict >= SESSION_REVOKED) {
		row[2] = stead_text_n(session->id, session->id_size);
		row[3] = stead_int(session->user_id);
	}
	if (judged->verdict == SESSION_OK) {
		row[4] = user->username;
		row[5] = user->email;
		row[6] = user->roles;
		row[7] = user->permissions;
		row[8] = stead_time(session->created_at);
		if (session->expires_at != SESSION_NEVER)
			row[9] = stead_time(session->expires_at);
		if (session->last_seen_at >= session->created_at || !session->is_key)
			row[10] = stead_time(session->last_seen_at);
		row[11] = stead_bool(judged->touch_due);
	}
}

void session_validate(stead_call *call, const stead_value *args)
{
	session_judgement judged;
	stead_value row[VERDICT_SIZE];

	read_verdict(call, args[0], &judged, row);
	stead_emit(call, row);
}

static char *put(char *at, const char *data, size_t size)
{
	memcpy(at, data, size);
	return at + size;
}

static char *put_value(char *at, stead_value value)
{
	if (value.null)
		return put(at, "null", 4);
	switch (value.type) {
	case STEAD_BOOL:
		return value.boolean ? put(at, "true", 4) : put(at, "false", 5);
	case STEAD_INT:
		return at + sprintf(at, "%lld", (long long)value.integer);
	case STEAD_JSON:
		return put(at, value.data, value.size); /* it has no white space */
	case STEAD_TIME:
		if (stead_time_valid(value.integer)) {
			*at = '"';
			stead_time_format(value.integer, at + 1);
			at[STEAD_TIME_SIZE + 1] = '"';
			return at + STEAD_TIME_SIZE + 2;
		}
		return value.integer > 0 ? put(at, "\"infinity\"", 10) : put(at, "\"-infinity\"", 11); /* by hand */
	default:
		return at + stead_json_quote(value.data, value.size, at);
	}
}

/* What a request asks for most: so it is written at once, where stead_append_json() would copy each member twice. */
stead_value session_json(stead_call *call, const stead_value *args)
{
	session_judgement judged;
	stead_value row[VERDICT_SIZE];
	size_t most = 0;
	char *json, *at;

	read_verdict(call, args[0], &judged, row);
	for (int i = 0; i < VERDICT_SIZE; i++)
		most += MAX_MEMBER + (row[i].null ? 0 : row[i].type == STEAD_TEXT ? 6 * row[i].size : row[i].size);
	at = json = stead_alloc(call, most);
	for (int i = 0; i < VERDICT_SIZE; i++) {
		at = put(at, i ? ",\"" : "{\"", 2);
		at = put(at, verdict_columns[i].name, strlen(verdict_columns[i].name));
		at = put(at, "\":", 2);
		at = put_value(at, row[i]);
	}
	*at++ = '}';
	return (stead_value){.type = STEAD_JSON, .data = json, .size = (size_t)(at - json)};
}
