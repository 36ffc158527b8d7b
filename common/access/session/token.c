/*
 * token.c - see token.h.
 *
 * Sessions are cached under the token's hash. One value of an entry can be stale: last_seen_at, as changing it
 * invalidates nothing. So no session is refused as idle before its row is read again, and when touching seems due, the
 * row is read again from time to time.
 */
#include "access/session/token.h"
#include "core/cache.h"
#include "lib/crypto/openssl.h"

#include <openssl/crypto.h>
#include <string.h>

#include "lib/crypto/jws.h"
#include "access/jwt/jwt.h"
#include "access/key/key.h"
#include "state/setting/option.h"
#include "lib/text.h"
#include "lib/timestamp.h"

#define JWT_LEEWAY 60 /* seconds by which the signer's clock may be ahead; tokens expire by the local clock */

const char *session_verdict_name(session_verdict verdict)
{
	static const char *const names[] = {"malformed", "unknown",       "revoked",         "expired",
	                                    "idle",      "user_inactive", "user_unapproved", "ok"};

	return names[verdict];
}

int64_t session_idle(int64_t seconds)
{
	const int64_t most = STEAD_TIME_MAX / STEAD_SECOND;

	return seconds < 1 ? 1 : (seconds < most ? seconds : most) * STEAD_SECOND;
}

/* The size of a cached record: without the unused end of the id. */
static size_t record_size(const session_record *record)
{
	return offsetof(session_record, id) + record->id_size;
}

/* What a key with permissions of its own leaves of its user. */
static void set_scope(identity_scope *scope, const session_record *session)
{
	scope->space = &key_tables[KEY_TABLE];
	scope->key = session->id;
	scope->key_size = session->id_size;
}

static bool user_cached(stead_call *call, const session_record *session, session_judgement *out)
{
	identity_scope scope = {0};

	if (!session->narrowed)
		return identity_cached(call, session->user_id, out->max_entries, &out->user);
	set_scope(&scope, session);
	return identity_cached_scope(call, &scope, out->max_entries, &out->user);
}

/* A time that may be null: then it never comes. One that somebody made unreadable has come. */
static int64_t until(stead_rows *rows, int column, int is_null)
{
	stead_value at = stead_column_time(rows, column);

	if (stead_column(rows, is_null, STEAD_BOOL).boolean)
		return SESSION_NEVER;
	return at.null ? STEAD_TIME_MIN : at.integer;
}

/* Reads session, or key, and user in one query. They are consistent with the user's roles if
 * stead_memory_consistent(). */
static bool read_session(stead_call *call, const stead_value *hash, const stead_value *id, int64_t now,
                         session_judgement *out, bool *has_user)
{
#define FROM_SESSION                                                                                                   \
	"SELECT " IDENTITY_COLUMNS ", s.user_id, s.created_at, s.expires_at, s.last_seen_at, s.idle_seconds,"              \
	" s.token_hash, s.id, s.revoked_at IS NOT NULL FROM stead_session s"                                               \
	" LEFT JOIN stead_user u ON u.id = s.user_id" IDENTITY_JOIN
#define FROM_KEY "SELECT " IDENTITY_COLUMNS ", " KEY_COLUMNS KEY_FROM IDENTITY_JOIN KEY_WHERE
	enum {
		USER_ID = 5,
		CREATED_AT,
		EXPIRES_AT,
		LAST_SEEN_AT,
		IDLE_SECONDS,
		TOKEN_HASH,
		ID,
		REVOKED,
		/* of a key only */
		GOOD_UNTIL,
		NEVER_EXPIRES,
		NOT_REPLACED,
		PERMISSIONS
	};
	bool is_key = out->space == &key_tables[KEY_HASH_TABLE];
	stead_rows *rows = is_key ? stead_open(call, FROM_KEY, 1, hash)
	                   : hash ? stead_open(call, FROM_SESSION " WHERE s.token_hash = $1", 1, hash)
	                          : stead_open(call, FROM_SESSION " WHERE s.id = $1", 1, id);
	session_record *session = &out->session;
	stead_value stored, idle, name, created_at, expires_at, last_seen_at;
	identity_scope scope = {0};

	if (!stead_next(rows))
		return false;
	stored = stead_column(rows, TOKEN_HASH, STEAD_BYTES);
	if (hash && (stored.size != hash->size || CRYPTO_memcmp(stored.data, hash->data, hash->size) != 0))
		return false;
	name = stead_column(rows, ID, STEAD_TEXT);
	if (name.null || name.size > MAX_SESSION_ID)
		return false; /* Stead made no such id */
	created_at = stead_column_time(rows, CREATED_AT);
	expires_at = stead_column_time(rows, EXPIRES_AT);
	last_seen_at = stead_column_time(rows, LAST_SEEN_AT);
	if (is_key) {
		int64_t good_until = until(rows, GOOD_UNTIL, NOT_REPLACED);

		expires_at = stead_time(until(rows, EXPIRES_AT, NEVER_EXPIRES));
		if (good_until < expires_at.integer)
			expires_at.integer = good_until;
		scope.permissions = stead_keep(call, stead_column(rows, PERMISSIONS, STEAD_TEXT));
	}
	if (created_at.null || last_seen_at.null || expires_at.null)
		expires_at.integer = STEAD_TIME_MIN; /* someone damaged the row: it cannot be judged, so it is expired */
	idle = stead_column(rows, IDLE_SECONDS, STEAD_INT);
	*session = (session_record){.user_id = stead_column(rows, USER_ID, STEAD_INT).integer,
	                            .created_at = created_at.integer,
	                            .expires_at = expires_at.integer,
	                            .last_seen_at = last_seen_at.integer,
	                            .idle = idle.null ? 0 : session_idle(idle.integer),
	                            .revoked = stead_column(rows, REVOKED, STEAD_BOOL).boolean,
	                            .loaded_at = now,
	                            .is_key = is_key,
	                            .narrowed = is_key && !scope.permissions.null,
	                            .id_size = name.size};
	memcpy(session->id, name.data, name.size);
	set_scope(&scope, session);
	*has_user =
		identity_read(call, rows, 0, session->user_id, session->narrowed ? &scope : NULL, out->max_entries, &out->user);
	if (out->max_entries)
		stead_memory_put(call, out->space, out->key, out->key_size, session, record_size(session),
		                 (stead_memory_source[]){{is_key ? &key_tables[KEY_TABLE] : session_tables, session->user_id},
		                                         {&key_tables[KEY_HASH_TABLE], 0}},
		                 is_key ? 2 : 1, out->max_entries);
	return true;
}

typedef struct {
	int64_t expires_at; /* INT64_MAX: the token itself does not expire */
	size_t sid_size;
	char sid[MAX_SESSION_ID];
} jwt_record;

/* Reads the session's id from a JWT that a key for sessions signed. Other keys' tokens have other uses (RFC 8725,
 * section 3.12): the sid of an ID token, for example, is no session here. access/jwt/read.c judges all but the
 * expiry. */
static session_verdict read_jwt(stead_call *call, stead_value token, int64_t now, int64_t max_entries, jwt_record *out)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	const void *known;
	jwt_token judged;
	bool expired;
	size_t size;

	stead_sha256(call, token.data, token.size, hash);
	known = max_entries ? stead_memory_get(call, jwt_tables, hash, sizeof hash, &size) : NULL;
	if (known) {
		memcpy(out, known, size);
		return SESSION_OK;
	}
	jwt_read(call, token, now, JWT_LEEWAY, &judged);
	if (strcmp(judged.reason, "malformed") == 0)
		return SESSION_MALFORMED;
	expired = strcmp(judged.reason, "expired") == 0; /* judged after the session, which may be revoked */
	if ((strcmp(judged.reason, "ok") != 0 && !expired) || !judged.for_sessions || judged.sid.null ||
	    judged.sid.size > MAX_SESSION_ID)
		return SESSION_UNKNOWN;
	out->expires_at = judged.has_exp ? judged.expires_at : INT64_MAX;
	out->sid_size = judged.sid.size;
	memcpy(out->sid, judged.sid.data, judged.sid.size);
	if (max_entries && !expired)
		stead_memory_put(call, jwt_tables, hash, sizeof hash, out, offsetof(jwt_record, sid) + out->sid_size,
		                 (stead_memory_source[]){{&jwt_tables[0], 0}, {&jwt_tables[1], 0}}, 2, max_entries);
	return SESSION_OK;
}

/* Touching is due after so long unseen: well before the session is idle. */
static int64_t touch_after(int64_t after, const session_record *session)
{
	return session->idle && session->idle / 2 < after ? session->idle / 2 : after;
}

static session_verdict judge(const session_record *session, int64_t now)
{
	if (session->revoked)
		return SESSION_REVOKED;
	if (now >= session->expires_at)
		return SESSION_EXPIRED;
	if (session->idle && session->last_seen_at <= now - session->idle) /* cannot overflow, unlike the sum */
		return SESSION_IDLE;
	return SESSION_OK;
}

/* False: something changed between two reads. */
static bool judge_once(stead_call *call, stead_value token, int64_t now, bool fresh, session_judgement *out)
{
	stead_value hash = secret_hash_value((unsigned char *)out->key), id;
	session_record *session = &out->session;
	const stead_option *const options[] = {&memory_options[0], &memory_options[1], &session_options[OPTION_TOUCH]};
	int64_t values[STEAD_COUNT(options)];
	key_form form = key_form_of(token);
	bool has_user = false, idle_or_ok;
	jwt_record jwt = {.expires_at = INT64_MAX};
	const void *known = NULL;
	size_t size;

	out->touch_due = false;
	out->space = form == KEY_KEY ? &key_tables[KEY_HASH_TABLE] : session_tables;
	out->key_size = STEAD_SHA256_SIZE;
	out->verdict = SESSION_MALFORMED;
	if (form == KEY_NOTHING || (form == KEY_JWT && token.size > JWS_MAX))
		return true;
	option_values(call, options, STEAD_COUNT(options), values);
	out->max_entries = values[0] ? values[1] : 0;
	if (form != KEY_JWT)
		stead_sha256(call, token.data, token.size, (unsigned char *)out->key);
	else {
		out->verdict = read_jwt(call, token, now, out->max_entries, &jwt);
		if (out->verdict != SESSION_OK)
			return stead_memory_consistent(call);
		out->key[0] = 0;
		memcpy(out->key + 1, jwt.sid, jwt.sid_size);
		out->key_size = jwt.sid_size + 1;
		id = stead_text_n(jwt.sid, jwt.sid_size);
	}
	if (out->max_entries && !fresh)
		known = stead_memory_get(call, out->space, out->key, out->key_size, &size);
	for (bool reread = fresh;; reread = true) {
		if (known)
			memcpy(session, known, size);
		else {
			if (out->max_entries && reread)
				stead_memory_invalidate(call, out->space, out->key, out->key_size);
			out->verdict = SESSION_UNKNOWN; /* unless it is found, also if it was in the cache */
			if (!read_session(call, form == KEY_JWT ? NULL : &hash, &id, now, out, &has_user))
				return true;
			if (!stead_memory_consistent(call))
				return false;
		}
		if (session->expires_at > jwt.expires_at)
			session->expires_at = jwt.expires_at;
		out->verdict = judge(session, now);
		idle_or_ok = out->verdict == SESSION_OK || out->verdict == SESSION_IDLE;
		out->touch_after = idle_or_ok ? touch_after(values[2] * STEAD_SECOND, session) : 0;
		out->touch_due = out->verdict == SESSION_OK && session->last_seen_at <= now - out->touch_after;
		if (!known || !idle_or_ok)
			break;
		/* another connection may have touched it since */
		if ((out->verdict == SESSION_OK && (!out->touch_due || now - session->loaded_at < out->touch_after)) &&
		    (has_user = user_cached(call, session, out)))
			break;
		known = NULL;
	}
	if (out->verdict != SESSION_OK)
		return true;
	if (!has_user)
		out->verdict = SESSION_UNKNOWN; /* someone deleted the user's row by hand */
	else if (!out->user.active)
		out->verdict = SESSION_USER_INACTIVE;
	else if (!out->user.approved)
		out->verdict = SESSION_USER_UNAPPROVED;
	return true;
}

void session_judge(stead_call *call, stead_value token, int64_t now, bool fresh, session_judgement *out)
{
	for (int i = 0; !judge_once(call, token, now, fresh, out); i++)
		if (i == IDENTITY_ATTEMPTS)
			identity_give_up(call);
}

bool session_mark_seen(stead_call *call, int64_t now, const session_judgement *judgement)
{
	stead_value params[] = {stead_text_n(judgement->session.id, judgement->session.id_size), stead_time(now),
	                        stead_time(now - judgement->touch_after)};
	int64_t written = judgement->session.is_key
	                      ? stead_run(call,
	                                  "UPDATE stead_key SET last_used_at = $2 WHERE id = $1 AND last_used_at <= $3"
	                                  " AND revoked_at IS NULL",
	                                  3, params)
	                      : stead_run(call,
	                                  "UPDATE stead_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at <= $3"
	                                  " AND revoked_at IS NULL",
	                                  3, params);

	stead_memory_invalidate(call, judgement->space, judgement->key, judgement->key_size);
	return written > 0;
}
