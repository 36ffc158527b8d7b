/*
 * key.c - API keys: creating, bootstrapping, rotating, revoking and listing them. They are judged in session/token.c.
 *
 * A key is a row of stead_key; the texts that it has and had are rows of stead_key_hash. Rotating gives it another text
 * and dates the others. No row of stead_key_hash goes before its key does, so that a text from the environment that was
 * rotated out does not come back at the next start.
 */
#include "access/key/key.h"

#include <string.h>

#include "access/identity.h"
#include "access/role.h"
#include "access/user.h"
#include "core/finding.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/timestamp.h"
#include "state/setting/option.h"
#include "trail/change.h"

#define MAX_LABEL 200
#define MAX_REASON 1000
#define MAX_SECONDS INT64_C(3153600000) /* 100 years */
#define SOON (14 * 86400 * STEAD_SECOND)
#define NEVER_USED 0 /* last_used_at: 1970 */

static void audit(stead_call *call, const char *action, stead_value key_id, int64_t user_id, const char *name,
                  stead_value value)
{
	if (option_value(call, &key_options[KEY_AUDIT]))
		change_record(call, action, "key", key_id, stead_null(STEAD_TEXT), 2,
		              (change_fact[]){{"user_id", stead_int(user_id)}, {name, value}});
}

/* A key in place of its id would be found nowhere, and the caller would think it revoked. No error shows it. */
static void check_id(stead_call *call, stead_value id)
{
	if (secret_has_form(id, KEY_PREFIX))
		stead_raise_hint(call, STEAD_INVALID, "stead_session_validate gives the key_id of a key, as session_id.",
		                 "stead_%s: key_id is a key, not the id of one", call->function->name);
}

/* ---- Creating ---------------------------------------------------------------------------------------------------- */

/* The array as it is stored: sorted bytewise, without duplicates. */
static stead_value read_permissions(stead_call *call, stead_value given)
{
	stead_value *grants = stead_alloc(call, ROLE_MAX_GRANTS * sizeof *grants);
	stead_buffer json = {0};
	int count;

	if (given.null)
		return stead_null(STEAD_TEXT);
	count = role_read_grants(call, "permissions", given, grants);
	stead_append_text(call, &json, "[");
	for (int i = 0; i < count; i++) {
		stead_append_text(call, &json, i ? "," : "");
		stead_append_json(call, &json, grants[i]);
	}
	stead_append_text(call, &json, "]");
	return stead_text_n(json.data, json.size);
}

/* Adds a text to a key; false: some key has it, or had. */
static bool add_hash(stead_call *call, stead_value key_id, const unsigned char hash[STEAD_SHA256_SIZE], int64_t now)
{
	return stead_run(call,
	                 "INSERT INTO stead_key_hash (key_hash, key_id, created_at) VALUES ($1, $2, $3)"
	                 " ON CONFLICT DO NOTHING",
	                 3, (stead_value[]){secret_hash_value(hash), key_id, stead_time(now)}) > 0;
}

/* Makes a key with that text; returns its id, or a null: some key has the text, or had. */
static stead_value make(stead_call *call, stead_value user_id, stead_value label, stead_value permissions,
                        stead_value ttl, const unsigned char hash[STEAD_SHA256_SIZE])
{
	char *id = stead_alloc(call, 4 + STEAD_BASE64_ROOM(16));
	unsigned char random[16];
	int64_t now = stead_now(call);

	stead_random(call, random, sizeof random);
	memcpy(id, "key_", 4);
	stead_base64url_encode(random, sizeof random, id + 4);
	if (!stead_run(call,
	               "INSERT INTO stead_key (id, user_id, label, permissions, created_at, expires_at, last_used_at)"
	               " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	               7,
	               (stead_value[]){stead_text(id), user_id, label, permissions, stead_time(now),
	                               ttl.null ? stead_null(STEAD_TIME) : stead_time(now + ttl.integer * STEAD_SECOND),
	                               stead_time(NEVER_USED)}))
		stead_raise_not_stored(call, "the key");
	return add_hash(call, stead_text(id), hash, now) ? stead_text(id) : stead_null(STEAD_TEXT);
}

static stead_value key_create(stead_call *call, const stead_value *args)
{
	stead_value permissions = read_permissions(call, args[2]), text, id;
	unsigned char hash[STEAD_SHA256_SIZE];
	const char *unfit = NULL;
	stead_rows *rows;

	stead_check_size(call, "label", args[1], 1, MAX_LABEL);
	if (!args[3].null && (args[3].integer < 1 || args[3].integer > MAX_SECONDS))
		stead_raise(call, STEAD_INVALID, "stead_key_create: ttl_seconds must be 1 to %lld", (long long)MAX_SECONDS);
	rows = stead_open(call, "SELECT active, approved FROM stead_user WHERE id = $1 FOR SHARE", 1, args);
	if (!stead_next(rows))
		stead_raise(call, STEAD_NOT_FOUND, "stead_key_create: user %lld does not exist", (long long)args[0].integer);
	if (!stead_column(rows, 0, STEAD_BOOL).boolean)
		unfit = "active";
	else if (!stead_column(rows, 1, STEAD_BOOL).boolean)
		unfit = "approved";
	stead_close(rows);
	if (unfit)
		stead_raise(call, STEAD_DENIED, "stead_key_create: user %lld is not %s", (long long)args[0].integer, unfit);
	text = secret_make(call, KEY_PREFIX, hash);
	id = make(call, args[0], args[1], permissions, args[3], hash);
	if (id.null)
		stead_raise_not_stored(call, "the key");
	audit(call, "stead.key.create", id, args[0].integer, "label", args[1]);
	return text;
}

/* ---- Bootstrapping ----------------------------------------------------------------------------------------------- */

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void check_text(stead_call *call, stead_value text)
{
	const char *wrong = NULL;

	if (text.size < KEY_LEAST || text.size > KEY_MOST)
		stead_raise(call, STEAD_INVALID, "stead_key_bootstrap: key must be %d to %d bytes", KEY_LEAST, KEY_MOST);
	if (is_white(text.data[0]) || is_white(text.data[text.size - 1]))
		wrong = "begins or ends with white space, which no header carries";
	else if (secret_begins(text, TOKEN_PREFIX))
		wrong = "begins with " TOKEN_PREFIX ", as a session's token does";
	else if (key_form_of(text) == KEY_JWT)
		wrong = "looks like a JWT";
	else if (key_form_of(text) != KEY_KEY)
		wrong = "begins with " KEY_PREFIX ", but is no key that Stead made";
	if (wrong)
		stead_raise_hint(call, STEAD_INVALID, "Take 32 random bytes in base64: openssl rand -base64 32",
		                 "stead_key_bootstrap: key %s", wrong);
}

/* Does some key have this text, or had? Raises if it is another user's. */
static bool is_there(stead_call *call, const unsigned char hash[STEAD_SHA256_SIZE], int64_t user_id)
{
	stead_value param = secret_hash_value(hash),
				owner = stead_first(call,
	                                "SELECT k.user_id FROM stead_key_hash h JOIN stead_key k ON k.id = h.key_id"
	                                " WHERE h.key_hash = $1",
	                                1, &param, STEAD_INT);

	if (!owner.null && owner.integer != user_id)
		stead_raise(call, STEAD_CONFLICT, "stead_key_bootstrap: the key is that of user %lld",
		            (long long)owner.integer);
	return !owner.null;
}

static stead_value key_bootstrap(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	stead_value user_id, id;

	check_text(call, args[0]);
	stead_check_size(call, "username", args[1], 1, MAX_USERNAME);
	stead_check_size(call, "label", args[3], 1, MAX_LABEL);
	stead_sha256(call, args[0].data, args[0].size, hash);
	user_id = user_ensure(call, args[1]);
	user_add_role(call, user_id, args[2]);
	if (is_there(call, hash, user_id.integer))
		return stead_bool(false);
	/* another process may be at it: one after the other */
	if (!stead_any(call, "SELECT 1 FROM stead_user WHERE id = $1 FOR UPDATE", 1, &user_id))
		stead_raise(call, STEAD_CONFLICT, "stead_key_bootstrap: the user was deleted meanwhile");
	if (is_there(call, hash, user_id.integer))
		return stead_bool(false);
	id = make(call, user_id, args[3], stead_null(STEAD_TEXT), stead_null(STEAD_INT), hash);
	if (id.null)
		stead_raise(call, STEAD_CONFLICT, "stead_key_bootstrap: the key is another user's");
	audit(call, "stead.key.bootstrap", id, user_id.integer, "label", args[3]);
	return stead_bool(true);
}

/* ---- Rotating and revoking --------------------------------------------------------------------------------------- */

static stead_value key_rotate(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	int64_t now = stead_now(call), user_id;
	stead_value expires_at, text;
	bool revoked, unlimited;
	stead_rows *rows;

	check_id(call, args[0]);
	if (args[1].integer < 0 || args[1].integer > MAX_SECONDS)
		stead_raise(call, STEAD_INVALID, "stead_key_rotate: grace_seconds must be 0 to %lld", (long long)MAX_SECONDS);
	rows = stead_open(call,
	                  "SELECT user_id, revoked_at IS NOT NULL, expires_at IS NULL, expires_at FROM stead_key"
	                  " WHERE id = $1 FOR UPDATE",
	                  1, args);
	if (!stead_next(rows)) /* it may be a key from the environment: so the error does not show it */
		stead_raise(call, STEAD_NOT_FOUND, "stead_key_rotate: there is no key of that key_id");
	user_id = stead_column(rows, 0, STEAD_INT).integer;
	revoked = stead_column(rows, 1, STEAD_BOOL).boolean;
	unlimited = stead_column(rows, 2, STEAD_BOOL).boolean;
	expires_at = stead_column_time(rows, 3);
	stead_close(rows);
	if (revoked || (!unlimited && (expires_at.null || expires_at.integer <= now)))
		stead_raise_hint(call, STEAD_DENIED, "Make another: stead_key_create.", "stead_key_rotate: the key %s",
		                 revoked ? "is revoked" : "has expired");
	stead_run(call,
	          "UPDATE stead_key_hash SET good_until = $1 WHERE key_id = $2 AND (good_until IS NULL OR good_until > $1)",
	          2, (stead_value[]){stead_time(now + args[1].integer * STEAD_SECOND), args[0]});
	text = secret_make(call, KEY_PREFIX, hash);
	if (!add_hash(call, args[0], hash, now))
		stead_raise_not_stored(call, "the key");
	audit(call, "stead.key.rotate", args[0], user_id, "grace_seconds", args[1]);
	return text;
}

static stead_value key_revoke(stead_call *call, const stead_value *args)
{
	stead_value user_id;

	check_id(call, args[0]);
	stead_check_size(call, "revoke_reason", args[1], 0, MAX_REASON);
	user_id = stead_returning(call,
	                          "UPDATE stead_key SET revoked_at = $2, revoke_reason = $3"
	                          " WHERE id = $1 AND revoked_at IS NULL RETURNING user_id",
	                          3, (stead_value[]){args[0], stead_time(stead_now(call)), args[1]}, STEAD_INT);
	if (user_id.null)
		return stead_bool(false);
	audit(call, "stead.key.revoke", args[0], user_id.integer, "reason", args[1]);
	return stead_bool(true);
}

/* ---- Listing and examining --------------------------------------------------------------------------------------- */

static void key_list(stead_call *call, const stead_value *args)
{
#define LIST                                                                                                           \
	"SELECT k.id, k.label, k.user_id, u.username, k.permissions, k.created_at, k.expires_at, k.last_used_at,"          \
	" k.revoked_at FROM stead_key k LEFT JOIN stead_user u ON u.id = k.user_id"
#define NEWEST_FIRST " ORDER BY k.created_at DESC, k.id DESC"
	enum { PERMISSIONS = 4, CREATED_AT, EXPIRES_AT, LAST_USED_AT, REVOKED_AT, COLUMNS };
	stead_rows *rows = args[0].null ? stead_open(call, LIST NEWEST_FIRST, 0, NULL)
	                                : stead_open(call, LIST " WHERE k.user_id = $1" NEWEST_FIRST, 1, args);

	while (stead_next(rows)) {
		stead_value row[COLUMNS];

		for (int i = 0; i < COLUMNS; i++) {
			stead_type type = call->function->columns[i].type;

			row[i] = type == STEAD_TIME ? stead_column_time(rows, i)
			                            : stead_column(rows, i, type == STEAD_JSON ? STEAD_TEXT : type);
			row[i].type = type;
		}
		row[PERMISSIONS] = stead_shown_json(call, row[PERMISSIONS]);
		if (!row[LAST_USED_AT].null && !row[CREATED_AT].null && row[LAST_USED_AT].integer < row[CREATED_AT].integer)
			row[LAST_USED_AT].null = true;
		stead_emit(call, row);
	}
}

static void examine(stead_call *call)
{
	stead_value now[] = {stead_time(stead_now(call)), stead_time(stead_now(call) + SOON)};
	stead_rows *rows =
		stead_open(call,
	               "SELECT count(*), count(*) FILTER (WHERE revoked_at IS NULL AND expires_at <= $1),"
	               " count(*) FILTER (WHERE revoked_at IS NOT NULL), count(*) FILTER (WHERE revoked_at IS NULL AND"
	               " expires_at > $1 AND expires_at <= $2) FROM stead_key",
	               2, now);
	int64_t all, expired, revoked, soon;
	const char *detail;

	stead_next(rows);
	all = stead_column(rows, 0, STEAD_INT).integer;
	expired = stead_column(rows, 1, STEAD_INT).integer;
	revoked = stead_column(rows, 2, STEAD_INT).integer;
	soon = stead_column(rows, 3, STEAD_INT).integer;
	stead_close(rows);
	if (!all)
		return;
	detail = stead_format(call,
	                      "keys: %lld; expired: %lld; revoked: %lld; those that ended are kept; expiring within"
	                      " 14 days: %lld",
	                      (long long)all, (long long)expired, (long long)revoked, (long long)soon);
	stead_finding(call, "key", soon ? STEAD_WARN : STEAD_OK, detail,
	              soon ? "SELECT * FROM stead_key_list() ORDER BY expires_at; stead_key_create makes one in place of"
	                     " each that is still used."
	                   : NULL);
}

static const stead_function functions[] = {
	{
		.name = "key_create",
		.doc = "Creates an API key of a user and returns it: stk_ and 43 characters of base64url (256 random bits). No "
			   "later call returns it. stead_session_validate, _check and _touch take it wherever they take a token. "
			   "label: 1 to 200 bytes. permissions: a JSON array of at most 1000 grants such as app.view, app.* or *; "
			   "the key may do what both it and its user may; null: all that its user may. ttl_seconds: 1 to "
			   "3153600000; null: it does not expire. An unknown user is an error (not found), and so is a user who is "
			   "not active or approved (denied). Writes the event stead.key.create.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT},
                 {"label", STEAD_TEXT},
                 {"permissions", STEAD_JSON, .optional = true},
                 {"ttl_seconds", STEAD_INT, .optional = true}},
		.returns = STEAD_TEXT,
		.call = key_create,
	},
	{
		.name = "key_bootstrap",
		.doc =
			"Makes a user, the user's role membership and a key with this very text, where they are missing; returns "
			"true if it made the key. For a key from the environment: call it at every start, from as many processes "
			"as you like. key: any text of 32 to 200 bytes, but not what looks like a session's token or a JWT, or "
			"begins or ends with white space (invalid). Only its SHA-256 is stored, so it must be hard to guess: "
			"take 32 random bytes. The role must exist (not found). A text that is or was another user's key is an "
			"error (conflict). A key that was revoked or rotated stays so. Writes the event stead.key.bootstrap if "
			"it made the key.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"key", STEAD_TEXT},
                 {"username", STEAD_TEXT},
                 {"role_name", STEAD_TEXT},
                 {"label", STEAD_TEXT, .fallback = "bootstrap"}},
		.returns = STEAD_BOOL,
		.call = key_bootstrap,
	},
	{
		.name = "key_rotate",
		.doc =
			"Gives a key another text and returns it; the rest of the key stays, also expires_at. Earlier texts are "
			"good for grace_seconds more (0 to 3153600000) at most, then refused as expired. An unknown key_id is an "
			"error (not found), and so is a key that was revoked or has expired (denied). Writes the event "
			"stead.key.rotate.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"key_id", STEAD_TEXT}, {"grace_seconds", STEAD_INT, .fallback = "0"}},
		.returns = STEAD_TEXT,
		.call = key_rotate,
	},
	{
		.name = "key_revoke",
		.doc =
			"Ends a key; returns true if it was not revoked before. Once this is committed, every connection refuses "
			"it from the next call on. revoke_reason: at most 1000 bytes. Writes the event stead.key.revoke.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"key_id", STEAD_TEXT}, {"revoke_reason", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = key_revoke,
	},
	{
		.name = "key_list",
		.doc = "Lists the keys of a user, or of all users, the newest first; ended ones too. permissions is a JSON "
			   "array, sorted bytewise, or null. expires_at is null if the key does not expire, last_used_at if "
			   "stead_session_touch never marked it.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.args = {{"user_id", STEAD_INT, .optional = true}},
		.columns = {{"key_id", STEAD_TEXT},
                    {"label", STEAD_TEXT},
                    {"user_id", STEAD_INT},
                    {"username", STEAD_TEXT},
                    {"permissions", STEAD_JSON},
                    {"created_at", STEAD_TIME},
                    {"expires_at", STEAD_TIME},
                    {"last_used_at", STEAD_TIME},
                    {"revoked_at", STEAD_TIME}},
		.rows = key_list,
	},
};

const stead_module stead_key = {
	.name = "key",
	.doc = "API keys: accepted wherever a session's token is.",
	.tables = key_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = key_options,
	.examine = examine,
	.measure = key_measure,
};
