/*
 * verdict.c - see verdict.h.
 */
#include "access/session/verdict.h"

#include "access/session/token.h"

static const stead_column_def verdict_columns[] = {VERDICT_COLUMNS};
#define VERDICT_SIZE STEAD_COUNT(verdict_columns)

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

stead_value session_json(stead_call *call, const stead_value *args)
{
	enum { MEMBER = 34 }; /* bytes of a name and of a value that is no text, about */
	session_judgement judged;
	stead_value row[VERDICT_SIZE];
	stead_buffer json = {0};
	size_t size = VERDICT_SIZE * MEMBER;

	read_verdict(call, args[0], &judged, row);
	for (int i = 0; i < VERDICT_SIZE; i++)
		size += row[i].null ? 0 : row[i].size;
	stead_reserve(call, &json, size);
	for (int i = 0; i < VERDICT_SIZE; i++)
		if (row[i].type != STEAD_JSON || row[i].null)
			stead_append_member(call, &json, verdict_columns[i].name, row[i]);
		else { /* it has no white space */
			stead_append_name(call, &json, verdict_columns[i].name);
			stead_append(call, &json, row[i].data, row[i].size);
		}
	stead_append(call, &json, "}", 1);
	return (stead_value){.type = STEAD_JSON, .data = json.data, .size = json.size};
}
