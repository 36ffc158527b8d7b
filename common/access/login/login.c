/*
 * login.c - stead_login().
 *
 * What a user typed is never an error: the answer is a value, so that the caller commits, and the attempt is counted
 * and audited. No password, code or secret is in an error, an event or a log.
 */
#include "access/login/login.h"

#include <string.h>

#include "access/identity.h"
#include "access/limit/limit.h"
#include "access/session/session.h"
#include "lib/text.h"
#include "state/setting/option.h"

#define NAME_LIMIT "stead.login.name"
#define ADDRESS_LIMIT "stead.login.address"

typedef struct {
	stead_value id, username, hash;
	bool active, approved;
} login_user;

/* Text that a client sent, and that is stored: null unless it is valid, and cut at its limit. */
static stead_value clean(stead_value text, size_t most)
{
	if (text.null || memchr(text.data, '\0', text.size) || !stead_utf8_valid(text.data, text.size))
		return stead_null(STEAD_TEXT);
	if (text.size > most)
		text.size = stead_utf8_cut(text.data, most);
	return text;
}

/* The subject of a limit: a hash, as users type passwords in place of names. */
static stead_value subject_of(stead_call *call, stead_value text)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	char *name = stead_alloc(call, STEAD_BASE64_ROOM(sizeof hash));

	stead_sha256(call, text.data, text.size, hash);
	stead_base64url_encode(hash, sizeof hash, name);
	return stead_text(name);
}

/* Counts the attempt. Returns the milliseconds to wait, or 0. */
static int64_t count_attempt(stead_call *call, stead_value name, stead_value address)
{
	const stead_option *const options[] = {&login_options[LOGIN_NAME_COUNT], &login_options[LOGIN_NAME_SECONDS],
	                                       &login_options[LOGIN_ADDRESS_COUNT], &login_options[LOGIN_ADDRESS_SECONDS]};
	int64_t values[4], wait = 0;

	option_values(call, options, 4, values);
	if (values[2] && !address.null)
		wait = limit_take_own(call, ADDRESS_LIMIT, values[2], values[3], subject_of(call, address));
	if (!wait && values[0])
		wait = limit_take_own(call, NAME_LIMIT, values[0], values[1], subject_of(call, name));
	return wait;
}

/* Finds the user by name or, if nobody has that name, by email. The rows are locked, so that nobody can change or
 * delete the user, nor change the password, before the session is committed: who sets a password waits, and then ends
 * it. Everybody who signs in or sets a password locks the user first, then the password, then the limits, and none of
 * them to share: so they do not wait for each other in a circle. */
static bool find_user(stead_call *call, stead_value name, login_user *user)
{
	stead_value id = stead_null(STEAD_INT);
	stead_rows *rows;
	bool found;

	name = clean(name, SIZE_MAX);
	if (!name.null && name.size && name.size <= MAX_EMAIL) {
		id = stead_first(call, "SELECT id FROM stead_user WHERE username = $1", 1, &name, STEAD_INT);
		if (id.null)
			id = stead_first(call, "SELECT id FROM stead_user WHERE email = $1", 1, &name, STEAD_INT);
	}
	*user = (login_user){stead_null(STEAD_INT), stead_null(STEAD_TEXT), stead_null(STEAD_TEXT), false, false};
	if (id.null)
		return false;
	rows = stead_open(call, "SELECT id, username, active, approved FROM stead_user WHERE id = $1 FOR UPDATE", 1, &id);
	found = stead_next(rows);
	if (found)
		*user = (login_user){stead_column(rows, 0, STEAD_INT), stead_keep(call, stead_column(rows, 1, STEAD_TEXT)),
		                     .active = stead_column(rows, 2, STEAD_BOOL).boolean,
		                     .approved = stead_column(rows, 3, STEAD_BOOL).boolean};
	stead_close(rows);
	user->hash = stead_first(call, "SELECT hash FROM stead_password WHERE user_id = $1 FOR UPDATE", 1, &id, STEAD_TEXT);
	return found;
}

/* The reason; with a password that matched, the user's state and the code are judged. */
static const char *judge(stead_call *call, const stead_value *args, const login_user *user, bool found)
{
	/* in this order: the password costs its time whether there is such a user or not */
	if (!password_matches(call, user->hash, args[1]) || !found)
		return "invalid";
	if (!user->active)
		return "inactive";
	if (!user->approved)
		return "unapproved";
	password_renew(call, user->id, user->hash, args[1]);
	switch (factor_judge(call, user->id, args[2])) {
	case FACTOR_MISSING:
		return "code_required";
	case FACTOR_WRONG:
		return "code_wrong";
	case FACTOR_WANTED:
		return "setup_required";
	default:
		return NULL;
	}
}

stead_value login_attempt(stead_call *call, const stead_value *args)
{
	stead_value name = args[0].null ? stead_text("") : args[0], ip = clean(args[3], SESSION_MAX_ADDRESS);
	stead_value agent = clean(args[4], SESSION_MAX_AGENT), session_id, token;
	const char *reason = "limited";
	login_user user;
	bool found = find_user(call, name, &user);
	int64_t wait = count_attempt(call, name, args[3]);

	if (!wait)
		reason = judge(call, args, &user, found);
	else
		user = (login_user){.id = stead_null(STEAD_INT), .username = stead_null(STEAD_TEXT)};
	if (reason) {
		login_audit(call, "stead.login", false, user.id, user.username,
		            stead_json(stead_format(call, "{\"reason\":\"%s\"}", reason)), ip, agent);
		if (wait)
			return stead_json(stead_format(call, "{\"reason\":\"limited\",\"retry_after_ms\":%lld}", (long long)wait));
		return strcmp(reason, "invalid") == 0 ? login_reason(call, reason) : login_reason_of(call, reason, user.id);
	}
	/* it is the user: their earlier mistakes do not count, those from the address do */
	if (option_value(call, &login_options[LOGIN_NAME_COUNT]))
		limit_reset_own(call, NAME_LIMIT, subject_of(call, name));
	token = session_begin(call, user.id, user.username, stead_null(STEAD_INT), stead_null(STEAD_INT), ip, agent,
	                      &session_id);
	login_audit(call, "stead.login", true, user.id, user.username, stead_json("{\"reason\":\"ok\"}"), ip, agent);
	return stead_json(
		stead_format(call, "{\"reason\":\"ok\",\"user_id\":%lld,\"session_id\":\"%.*s\",\"token\":\"%.*s\"}",
	                 (long long)user.id.integer, (int)session_id.size, session_id.data, (int)token.size, token.data));
}
