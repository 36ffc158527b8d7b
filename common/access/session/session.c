/*
 * session.c - sessions: creating, validating, touching, rotating and revoking them.
 *
 * A token is 256 random bits. The caller gets it once; the table has only its SHA-256. Every function that judges a
 * token uses token.c. Readers write nothing: stead_session_touch() marks a session as seen, and is rarely due.
 */
#include <string.h>

#include "trail/event.h"
#include "lib/bearer.h"
#include "lib/cookie.h"
#include "state/setting/option.h"
#include "access/session/list.h"
#include "access/session/session.h"
#include "access/session/token.h"
#include "access/session/verdict.h"
#include "core/prune.h"
#include "lib/text.h"
#include "lib/timestamp.h"

#define MAX_REASON 1000
#define MAX_ACTOR 1000 /* as in the audit log */

static void check_seconds(stead_call *call, const char *name, stead_value seconds)
{
	if (!seconds.null && (seconds.integer < 1 || seconds.integer > SESSION_MAX_SECONDS))
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be 1 to %lld", call->function->name, name,
		            (long long)SESSION_MAX_SECONDS);
}

static stead_value number_text(stead_call *call, int64_t number)
{
	return stead_text(stead_format(call, "%lld", (long long)number));
}

static void audit(stead_call *call, const char *action, stead_value session_id, stead_value actor_id,
                  stead_value actor_name, stead_value details, stead_value ip_address, stead_value user_agent)
{
	if (option_value(call, &session_options[OPTION_AUDIT]))
		event_record(call, action, "session", session_id, actor_id, actor_name, details, ip_address, user_agent);
}

/* ---- Creating ---------------------------------------------------------------------------------------------------- */

stead_value session_begin(stead_call *call, stead_value user_id, stead_value username, stead_value ttl_seconds,
                          stead_value idle_seconds, stead_value ip_address, stead_value user_agent,
                          stead_value *session_id)
{
	unsigned char hash[STEAD_SHA256_SIZE], random[16];
	char *id = stead_alloc(call, 4 + STEAD_BASE64_ROOM(sizeof random));
	stead_value token;
	int64_t now;

	if (ttl_seconds.null)
		ttl_seconds = stead_int(option_value(call, &session_options[OPTION_TTL]));
	now = stead_now(call);
	token = secret_make(call, TOKEN_PREFIX, hash);
	stead_random(call, random, sizeof random);
	memcpy(id, "ses_", 4);
	stead_base64url_encode(random, sizeof random, id + 4);
	*session_id = stead_text(id);
	stead_run(call,
	          "INSERT INTO stead_session (id, user_id, token_hash, created_at, expires_at, idle_seconds, last_seen_at,"
	          " ip_address, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $4, $7, $8)",
	          8,
	          (stead_value[]){*session_id, user_id, secret_hash_value(hash), stead_time(now),
	                          stead_time(now + ttl_seconds.integer * STEAD_SECOND), idle_seconds, ip_address,
	                          user_agent});
	audit(call, "stead.session.create", *session_id, number_text(call, user_id.integer), username,
	      stead_null(STEAD_JSON), ip_address, user_agent);
	return token;
}

static stead_value session_create(stead_call *call, const stead_value *args)
{
	stead_value username, session_id;
	const char *unfit = NULL;
	stead_rows *rows;

	check_seconds(call, "ttl_seconds", args[1]);
	stead_check_size(call, "ip_address", args[2], 0, SESSION_MAX_ADDRESS);
	stead_check_size(call, "user_agent", args[3], 0, SESSION_MAX_AGENT);
	check_seconds(call, "idle_seconds", args[4]);
	/* locked, so that nobody can change or delete the user before the session is committed */
	rows = stead_open(call, "SELECT username, active, approved FROM stead_user WHERE id = $1 FOR SHARE", 1, args);
	if (!stead_next(rows))
		stead_raise(call, STEAD_NOT_FOUND, "stead_session_create: user %lld does not exist",
		            (long long)args[0].integer);
	username = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	if (!stead_column(rows, 1, STEAD_BOOL).boolean)
		unfit = "active";
	else if (!stead_column(rows, 2, STEAD_BOOL).boolean)
		unfit = "approved";
	stead_close(rows);
	if (unfit)
		stead_raise(call, STEAD_DENIED, "stead_session_create: user %lld is not %s", (long long)args[0].integer, unfit);
	return session_begin(call, args[0], username, args[1], args[4], args[2], args[3], &session_id);
}

/* ---- Validating -------------------------------------------------------------------------------------------------- */

static stead_value session_check(stead_call *call, const stead_value *args)
{
	session_judgement judgement;

	identity_check_permission(call, args[1]);
	session_judge(call, args[0], stead_now(call), false, &judgement);
	return stead_bool(judgement.verdict == SESSION_OK && identity_permits(&judgement.user, args[1]));
}

static stead_value session_cookie(stead_call *call, const stead_value *args)
{
	const char *value;
	size_t size;

	if (!stead_cookie_name(args[1].data, args[1].size))
		stead_raise(call, STEAD_INVALID, "stead_session_cookie: cookie_name is not a valid cookie name");
	if (!stead_cookie_find(args[0].data, args[0].size, args[1].data, args[1].size, &value, &size))
		return stead_null(STEAD_TEXT);
	return stead_text_n(value, size);
}

static stead_value session_bearer(stead_call *call, const stead_value *args)
{
	const char *token;
	size_t size;

	(void)call;
	if (!stead_bearer_find(args[0].data, args[0].size, &token, &size))
		return stead_null(STEAD_TEXT);
	return stead_text_n(token, size);
}

/* ---- Touching and rotating --------------------------------------------------------------------------------------- */

static stead_value session_touch(stead_call *call, const stead_value *args)
{
	int64_t now = stead_now(call);
	session_judgement judgement;

	session_judge(call, args[0], now, false, &judgement);
	if (judgement.verdict != SESSION_OK || !judgement.touch_due)
		return stead_bool(false);
	return stead_bool(session_mark_seen(call, now, &judgement));
}

static stead_value session_rotate(stead_call *call, const stead_value *args)
{
	unsigned char old_hash[STEAD_SHA256_SIZE], new_hash[STEAD_SHA256_SIZE];
	const session_record *session;
	session_judgement judgement;
	stead_value token, id, username;

	if (args[0].size > 2 && memcmp(args[0].data, "ey", 2) == 0)
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Sign another.", "stead_session_rotate: a JWT cannot be rotated");
	if (secret_has_form(args[0], KEY_PREFIX))
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Call stead_key_rotate with its key_id.",
		                 "stead_session_rotate: a key cannot be rotated as a token");
	if (!secret_has_form(args[0], TOKEN_PREFIX))
		stead_raise(call, STEAD_INVALID, "stead_session_rotate: token is malformed");
	stead_sha256(call, args[0].data, args[0].size, old_hash);
	token = secret_make(call, TOKEN_PREFIX, new_hash);
	session_judge(call, args[0], stead_now(call), true, &judgement);
	session = &judgement.session;
	id = stead_text_n(session->id, session->id_size);
	username = judgement.verdict == SESSION_OK ? stead_keep(call, judgement.user.username) : stead_null(STEAD_TEXT);
	if (judgement.verdict == SESSION_OK &&
	    stead_run(call,
	              "UPDATE stead_session SET token_hash = $1, previous_hash = $2 WHERE token_hash = $2"
	              " AND revoked_at IS NULL",
	              2, (stead_value[]){secret_hash_value(new_hash), secret_hash_value(old_hash)}) > 0) {
		audit(call, "stead.session.rotate", id, number_text(call, session->user_id), username, stead_null(STEAD_JSON),
		      stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
		return token;
	}
	if (judgement.verdict == SESSION_OK || judgement.verdict == SESSION_UNKNOWN) {
		stead_value hash = secret_hash_value(old_hash);
		stead_rows *rows = stead_open(call, "SELECT 1 FROM stead_session WHERE previous_hash = $1", 1, &hash);

		if (judgement.verdict == SESSION_OK || stead_next(rows))
			stead_raise(call, STEAD_CONFLICT, "stead_session_rotate: the token has been rotated or revoked already");
	}
	stead_raise(call, STEAD_DENIED, "stead_session_rotate: the session is not valid (%s)",
	            session_verdict_name(judgement.verdict));
}

/* ---- Revoking ---------------------------------------------------------------------------------------------------- */

/* A token in place of an id would revoke no session or, as except_session_id, all of them. The error does not show
 * it. */
static void check_id(stead_call *call, const char *name, stead_value id)
{
	if (!id.null && id.size == SECRET_SIZE && secret_begins(id, TOKEN_PREFIX))
		stead_raise_hint(call, STEAD_INVALID, "stead_session_validate gives the session_id of a token.",
		                 "stead_%s: %s is a token, not the id of a session", call->function->name, name);
}

static void audit_revoke(stead_call *call, stead_value session_id, int64_t user_id, stead_value reason,
                         stead_value revoked_by)
{
	stead_buffer details = {0};

	stead_append_text(call, &details, stead_format(call, "{\"user_id\":%lld,\"reason\":", (long long)user_id));
	stead_append_json(call, &details, reason);
	stead_append_text(call, &details, "}");
	audit(call, "stead.session.revoke", session_id, revoked_by, stead_null(STEAD_TEXT),
	      stead_json(details.data), stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
}

static stead_value revoke(stead_call *call, stead_value session_id, stead_value reason, stead_value revoked_by)
{
	stead_value params[] = {session_id, stead_time(stead_now(call)), reason}, user_id;

	check_id(call, "session_id", session_id);
	stead_check_size(call, "revoke_reason", reason, 0, MAX_REASON);
	user_id = stead_returning(call,
	                          "UPDATE stead_session SET revoked_at = $2, revoke_reason = $3"
	                          " WHERE id = $1 AND revoked_at IS NULL RETURNING user_id",
	                          3, params, STEAD_INT);
	if (user_id.null)
		return stead_bool(false);
	audit_revoke(call, session_id, user_id.integer, reason, revoked_by);
	return stead_bool(true);
}

static stead_value session_revoke(stead_call *call, const stead_value *args)
{
	return revoke(call, args[0], args[1], stead_null(STEAD_TEXT));
}

static stead_value session_revoke_by(stead_call *call, const stead_value *args)
{
	stead_check_size(call, "revoked_by", args[1], 1, MAX_ACTOR);
	return revoke(call, args[0], args[2], args[1]);
}

int64_t session_end_all(stead_call *call, stead_value user_id, stead_value except_session_id)
{
	stead_value params[] = {user_id, except_session_id.null ? stead_text("") : except_session_id,
	                        stead_time(stead_now(call))};
	size_t count = 0, room = 0;
	stead_value *ids = NULL;
	stead_rows *rows = stead_open(call,
	                              "UPDATE stead_session SET revoked_at = $3 WHERE user_id = $1 AND id <> $2 AND"
	                              " revoked_at IS NULL AND expires_at > $3 RETURNING id",
	                              3, params);

	while (stead_next(rows)) {
		ids = stead_grow(call, ids, count, &room, sizeof *ids);
		ids[count++] = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	}
	for (size_t i = 0; i < count; i++)
		audit_revoke(call, ids[i], user_id.integer, stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
	return (int64_t)count;
}

static stead_value session_revoke_user(stead_call *call, const stead_value *args)
{
	check_id(call, "except_session_id", args[1]);
	return stead_int(session_end_all(call, args[0], args[1]));
}

/* ---- Retention --------------------------------------------------------------------------------------------------- */

static int64_t prune_ended(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details)
{
	(void)details;
	return prune_rows(call,
	                  "DELETE FROM stead_session WHERE " ENDED_AT " < $1 AND id IN (SELECT id FROM stead_session"
	                  " WHERE " ENDED_AT " < $1 ORDER BY " ENDED_AT ", id LIMIT $2)",
	                  cutoff, max_rows, deadline);
}

static void preview_ended(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at)
{
	prune_preview(call,
	              "SELECT count(*), min(ended_at) FROM (SELECT " ENDED_AT " AS ended_at FROM stead_session"
	              " WHERE " ENDED_AT " < $1 ORDER BY " ENDED_AT " LIMIT $2) AS oldest",
	              cutoff, most, expired_rows, oldest_at);
}

static const stead_target targets[] = {
	{"session", session_tables, 30, prune_ended, preview_ended},
	{0},
};

static const stead_function functions[] = {
	{
		.name = "session_create",
		.doc = "Creates a session of a user and returns its token: sts_ and 43 characters of base64url (256 random "
			   "bits). No later call returns the token. ttl_seconds: 1 to 3153600000; the default is the setting "
			   "stead.session.ttl_seconds. idle_seconds, in the same range: the session is idle after so long without "
			   "stead_session_touch. ip_address (at most 100 bytes) and user_agent (at most 8192) are for display "
			   "only. An unknown user is an error (not found), and so is a user who is not active or approved "
			   "(denied). Writes the event stead.session.create.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT},
                 {"ttl_seconds", STEAD_INT, .optional = true},
                 {"ip_address", STEAD_TEXT, .optional = true},
                 {"user_agent", STEAD_TEXT, .optional = true},
                 {"idle_seconds", STEAD_INT, .optional = true}},
		.returns = STEAD_TEXT,
		.call = session_create,
	},
	{
		.name = "session_validate",
		.doc = "Returns one row that says whether a token is that of a valid session, and whose. reason is the first "
			   "that applies of malformed, unknown, revoked, expired, idle, user_inactive, user_unapproved, ok. A "
			   "session is valid before expires_at, by the wall clock. session_id and user_id are null if the token is "
			   "not known; the other columns are null unless it is valid. An API key is judged in the same way: "
			   "session_id is then its key_id, permissions are those that both it and its user have, expires_at is "
			   "null if it does not expire, last_seen_at if it was never marked as seen. Any text of 32 to 200 bytes "
			   "may be a key, so it is unknown, not malformed. roles and permissions are JSON arrays, sorted bytewise. "
               "touch_due: stead_session_touch would mark the session as seen. last_seen_at and "
			   "touch_due may miss what other connections marked within the last minute. A session whose stored times "
			   "somebody made unreadable is expired; on PostgreSQL, an expires_at of infinity never expires.",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .nullable = true, .raw = true}},
		.columns = {VERDICT_COLUMNS},
		.rows = session_validate,
		.one_row = true,
	},
	{
		.name = "session_json",
		.doc = "Returns the row of stead_session_validate as a JSON object, with the names of its columns in their "
			   "order; times are text. It is one scalar call: on SQLite it costs no read transaction of its own.",
		.since = "0.2",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .nullable = true, .raw = true}},
		.returns = STEAD_JSON,
		.call = session_json,
	},
	{
		.name = "session_check",
		.doc = "Returns true if the token is that of a valid session whose user has the permission (see "
			   "stead_user_has), or an API key that has it, too. Returns false for any other token, also for null. "
               "permission: 1 to 200 bytes.",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .nullable = true, .raw = true}, {"permission", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = session_check,
	},
	{
		.name = "session_touch",
		.doc = "Marks a session, or an API key, as seen, so that a session does not become idle; returns true if that "
			   "was written. It writes at most once in stead.session.touch_seconds, or in half of the session's "
               "idle_seconds if that is less. "
			   "Returns false for a token that is not valid.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .nullable = true, .raw = true}},
		.returns = STEAD_BOOL,
		.call = session_touch,
		.one_statement = true,
	},
	{
		.name = "session_rotate",
		.doc = "Returns a new token for the same session; the old one is not valid from then on. If two callers rotate "
			   "the same token, the second gets an error (conflict), as does anyone who rotates the replaced token "
			   "later. A session that is not valid is an error (denied). Writes the event stead.session.rotate.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .raw = true}},
		.returns = STEAD_TEXT,
		.call = session_rotate,
	},
	{
		.name = "session_revoke",
		.doc = "Ends a session; returns true if it was not revoked before. Once this is committed, every connection "
			   "refuses its token from the next call on. revoke_reason: at most 1000 bytes. Writes the event "
			   "stead.session.revoke.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"session_id", STEAD_TEXT}, {"revoke_reason", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = session_revoke,
	},
	{
		.name = "session_revoke_by",
		.doc = "Does the same as stead_session_revoke, and says who did it: revoked_by (1 to 1000 bytes) is the "
			   "actor_id of the event.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"session_id", STEAD_TEXT},
                 {"revoked_by", STEAD_TEXT},
                 {"revoke_reason", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = session_revoke_by,
	},
	{
		.name = "session_revoke_user",
		.doc = "Ends all sessions of a user that have not expired, except except_session_id. Returns how many. Writes "
			   "the event stead.session.revoke for each.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}, {"except_session_id", STEAD_TEXT, .optional = true}},
		.returns = STEAD_INT,
		.call = session_revoke_user,
	},
	{
		.name = "session_list",
		.doc = "Lists the sessions of a user, live ones first, then the newest first. A live session is not revoked, "
			   "expired or idle.",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"user_id", STEAD_INT}},
		.columns = {{"session_id", STEAD_TEXT},
                    {"created_at", STEAD_TIME},
                    {"expires_at", STEAD_TIME},
                    {"last_seen_at", STEAD_TIME},
                    {"ip_address", STEAD_TEXT},
                    {"user_agent", STEAD_TEXT},
                    {"revoked_at", STEAD_TIME}},
		.rows = session_list,
	},
	{
		.name = "session_list_all",
		.doc = "Lists the sessions of all users, by when they end or ended: those that end last come first, then by "
			   "session_id, descending. Keyset paging: pass a row's next_page to get what follows it. filter: a JSON "
			   "object with any of user_id, username, ip_address and ended (true: revoked or expired); all of them "
			   "must match. max_rows: 1 to 1000.",
		.since = "0.2",
		.effect = STEAD_LIVE,
		.audience = STEAD_ADMIN,
		.args = {{"filter", STEAD_JSON, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "50"},
                 {"page", STEAD_TEXT, .optional = true}},
		.columns = {{"session_id", STEAD_TEXT},
                    {"user_id", STEAD_INT},
                    {"username", STEAD_TEXT},
                    {"created_at", STEAD_TIME},
                    {"expires_at", STEAD_TIME},
                    {"last_seen_at", STEAD_TIME},
                    {"ip_address", STEAD_TEXT},
                    {"user_agent", STEAD_TEXT},
                    {"revoked_at", STEAD_TIME},
                    {"revoke_reason", STEAD_TEXT},
                    {"next_page", STEAD_TEXT}},
		.rows = session_list_all,
	},
	{
		.name = "session_bearer",
		.doc = "Returns the token in the value of an HTTP Authorization header, Bearer TOKEN (RFC 6750), or null. The "
			   "case of the scheme does not matter. A token consists of letters, digits and -._~+/, and may end in =.",
		.since = "0.2",
		.effect = STEAD_PURE,
		.audience = STEAD_PUBLIC,
		.args = {{"header", STEAD_TEXT}},
		.returns = STEAD_TEXT,
		.call = session_bearer,
	},
	{
		.name = "session_cookie",
		.doc = "Returns the token in an HTTP Cookie header, or null. A client with several accounts has a token in "
			   "each of <name>_0 to <name>_4, and the number of the active one in <name>_active. The token is that of "
			   "the active one, else of the lowest number present, else of <name> itself. If a name occurs more than "
			   "once, the first cookie that is not empty counts. Double quotes around a value are removed.",
		.since = "0.1",
		.effect = STEAD_PURE,
		.audience = STEAD_PUBLIC,
		.args = {{"cookie_header", STEAD_TEXT}, {"cookie_name", STEAD_TEXT, .fallback = "session"}},
		.returns = STEAD_TEXT,
		.call = session_cookie,
	},
};

const stead_module stead_session = {
	.name = "session",
	.doc = "Sessions: one call validates a request; revoking takes effect everywhere at once.",
	.tables = session_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = session_options,
	.targets = targets,
	.measure = session_measure,
};
