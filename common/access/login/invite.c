/*
 * invite.c - invites: whoever has the code of one becomes a user.
 */
#include "access/identity.h"
#include "access/login/login.h"
#include "access/secret.h"
#include "access/user.h"
#include "lib/timestamp.h"

#define INVITE_PREFIX "sti_"
#define MAX_SECONDS INT64_C(31622400)

stead_value invite_create(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	stead_value code, id, none = stead_null(STEAD_TEXT);
	int64_t now;

	if (args[1].integer < 1 || args[1].integer > MAX_SECONDS)
		stead_raise(call, STEAD_INVALID, "stead_invite_create: ttl_seconds must be 1 to %lld", (long long)MAX_SECONDS);
	stead_check_size(call, "role_name", args[2], 1, MAX_ROLE);
	stead_check_size(call, "email", args[3], 1, MAX_EMAIL);
	login_lock_user(call, args[0]);
	if (!args[2].null && !stead_any(call, "SELECT 1 FROM stead_role WHERE name = $1", 1, &args[2]))
		stead_raise(call, STEAD_NOT_FOUND, "stead_invite_create: role \"%.*s\" does not exist", (int)args[2].size,
		            args[2].data);
	code = secret_make(call, INVITE_PREFIX, hash);
	now = stead_now(call);
	id = stead_insert_numbered(
		call, &login_tables[INVITE_TABLE],
		"INSERT INTO stead_invite (code_hash, created_by, role_name, email, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING id",
		6,
		(stead_value[]){stead_bytes(hash, sizeof hash), args[0], args[2], args[3], stead_time(now),
	                    stead_time(now + args[1].integer * STEAD_SECOND)});
	if (id.null)
		stead_raise_not_stored(call, "the invite");
	login_audit(call, "stead.login.invite", true, args[0], none, stead_null(STEAD_JSON), none, none);
	return code;
}

/* Makes the user; null: the name or the email is taken. */
static stead_value make_user(stead_call *call, stead_value username, stead_value email)
{
	stead_value now = stead_time(stead_now(call)), id = stead_null(STEAD_INT), row[] = {username, email, now};

	for (int i = 0; id.null && i <= STEAD_SEQUENCE_RETRIES; i++) {
		if (stead_any(call, "SELECT 1 FROM stead_user WHERE username = $1", 1, row) ||
		    (!email.null && stead_any(call, "SELECT 1 FROM stead_user WHERE email = $1", 1, row + 1)))
			return id;
		if (i > 0 && !stead_sequence_repair(call, &user_tables[USER_TABLE]))
			break;
		id = stead_insert(call,
		                  "INSERT INTO stead_user (username, email, active, approved, created_at, updated_at)"
		                  " VALUES ($1, $2, TRUE, TRUE, $3, $3) ON CONFLICT DO NOTHING RETURNING id",
		                  3, row);
	}
	return id;
}

/* The invite's row is locked before it is judged: of two redeemers at once, the second finds it used. */
stead_value invite_redeem(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	stead_value key, id, role, email, expires_at, user_id, none = stead_null(STEAD_TEXT);
	bool used, revoked;
	stead_rows *rows;

	stead_check_size(call, "username", args[1], 1, MAX_USERNAME);
	stead_check_size(call, "email", args[2], 1, MAX_EMAIL);
	if (!args[3].null)
		password_check_size(call, args[3]);
	if (!login_read_secret(call, args[0], INVITE_PREFIX, hash))
		return login_reason(call, "unknown");
	key = stead_bytes(hash, sizeof hash);
	rows = stead_open(call,
	                  "SELECT id, role_name, email, expires_at, used_at IS NOT NULL, revoked_at IS NOT NULL FROM"
	                  " stead_invite WHERE code_hash = $1 FOR UPDATE",
	                  1, &key);
	if (!stead_next(rows))
		return login_reason(call, "unknown");
	id = stead_column(rows, 0, STEAD_INT);
	role = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
	email = stead_keep(call, stead_column(rows, 2, STEAD_TEXT));
	expires_at = stead_column_time(rows, 3);
	used = stead_column(rows, 4, STEAD_BOOL).boolean;
	revoked = stead_column(rows, 5, STEAD_BOOL).boolean;
	stead_close(rows);
	/* an invite for one email is unknown to others */
	if (!email.null && !args[2].null && !stead_same(email, args[2]))
		return login_reason(call, "unknown");
	if (used || revoked)
		return login_reason(call, used ? "used" : "revoked");
	if (expires_at.null || stead_now(call) >= expires_at.integer)
		return login_reason(call, "expired");
	user_id = make_user(call, args[1], args[2].null ? email : args[2]);
	if (user_id.null)
		return login_reason(call, "taken");
	user_audit_create(call, user_id,
	                  (stead_value[]){args[1], args[2].null ? email : args[2], stead_bool(true), stead_bool(true)});
	stead_run(call, "UPDATE stead_invite SET used_at = $2, used_by = $3 WHERE id = $1", 3,
	          (stead_value[]){id, stead_time(stead_now(call)), user_id});
	/* a role that was deleted meanwhile gives nothing */
	if (!role.null && stead_any(call, "SELECT 1 FROM stead_role WHERE name = $1 FOR SHARE", 1, &role))
		user_add_role(call, user_id, role);
	if (!args[3].null)
		password_store(call, user_id, args[3]);
	login_audit(call, "stead.login.redeem", true, user_id, args[1], stead_null(STEAD_JSON), none, none);
	return login_reason_of(call, "ok", user_id);
}

stead_value invite_revoke(stead_call *call, const stead_value *args)
{
	return stead_bool(stead_run(call,
	                            "UPDATE stead_invite SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL AND"
	                            " used_at IS NULL",
	                            2, (stead_value[]){args[0], stead_time(stead_now(call))}) > 0);
}

void invite_list(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT id, created_by, role_name, email, created_at, expires_at, used_at, used_by,"
	                              " revoked_at FROM stead_invite ORDER BY id DESC",
	                              0, NULL);

	(void)args;
	while (stead_next(rows)) {
		stead_value row[9];

		for (int i = 0; i < STEAD_COUNT(row); i++) {
			stead_type type = call->function->columns[i].type;

			row[i] = type == STEAD_TIME ? stead_column_time(rows, i) : stead_column(rows, i, type);
		}
		stead_emit(call, row);
	}
}
