/*
 * verdict.c - see verdict.h.
 */
#include "access/session/verdict.h"

#include <string.h>

#include "access/key/key.h"
#include "access/session/token.h"
#include "core/cache.h"

static const stead_column_def verdict_columns[] = {VERDICT_COLUMNS};
#define VERDICT_SIZE STEAD_COUNT(verdict_columns)

/* The row lives as long as the judgement. */
static void say(const session_judgement *judged, stead_value row[VERDICT_SIZE])
{
	const session_record *session = &judged->session;
	const identity *user = &judged->user;

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

	session_judge(call, args[0], stead_now(call), false, &judged);
	say(&judged, row);
	stead_emit(call, row);
}

/* The text of a valid token is cached beside what it was made of. It is used only if the token was judged in the same
 * call, so it decides nothing. Its sources are those of the session and the user; these can change without a signal, or
 * differ between JWTs of a session: */
typedef struct {
	int64_t created_at, expires_at, last_seen_at;
} made_of;

#define TEXT_SPACE (&user_tables[USER_ROLE_TABLE]) /* has no other cache entries */

static made_of made_of_session(const session_record *session)
{
	return (made_of){session->created_at, session->expires_at, session->last_seen_at};
}

static bool has_text(const session_judgement *judged)
{
	return judged->verdict == SESSION_OK && !judged->touch_due && judged->max_entries;
}

/* A text that lives until the call's next put. */
static bool find_text(stead_call *call, const session_judgement *judged, stead_value *text)
{
	made_of now = made_of_session(&judged->session);
	size_t size;
	const char *known = stead_memory_get(call, TEXT_SPACE, judged->key, judged->key_size, &size);

	if (!known || memcmp(known, &now, sizeof now) != 0)
		return false;
	*text = stead_text_n(known + sizeof now, size - sizeof now);
	text->type = STEAD_JSON;
	return true;
}

static void keep_text(stead_call *call, const session_judgement *judged, const stead_buffer *json)
{
	const session_record *session = &judged->session;
	made_of now = made_of_session(session);
	stead_memory_source sources[] = {{&user_tables[USER_TABLE], session->user_id},
	                                 {&user_tables[USER_ROLE_TABLE], session->user_id},
	                                 {&user_tables[ROLE_TABLE], 0},
	                                 {&user_tables[ROLE_PERMISSION_TABLE], 0},
	                                 {session->is_key ? &key_tables[KEY_TABLE] : session_tables, session->user_id},
	                                 {&key_tables[KEY_HASH_TABLE], 0}};
	char *block = stead_alloc(call, sizeof now + json->size);

	memcpy(block, &now, sizeof now);
	memcpy(block + sizeof now, json->data, json->size);
	stead_memory_put(call, TEXT_SPACE, judged->key, judged->key_size, block, sizeof now + json->size, sources,
	                 STEAD_COUNT(sources) - !session->is_key, judged->max_entries);
}

stead_value session_json(stead_call *call, const stead_value *args)
{
	enum { MEMBER = 34 }; /* bytes of a name and of a value that is no text, about */
	session_judgement judged;
	stead_value row[VERDICT_SIZE];
	stead_buffer json = {0};
	size_t size = VERDICT_SIZE * MEMBER;
	stead_value text;

	session_judge(call, args[0], stead_now(call), false, &judged);
	if (has_text(&judged) && find_text(call, &judged, &text))
		return text;
	say(&judged, row);
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
	if (has_text(&judged))
		keep_text(call, &judged, &json);
	return stead_json_n(json.data, json.size);
}
