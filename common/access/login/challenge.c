/*
 * challenge.c - single-use tokens for a purpose: a password reset, the confirmation of an email.
 */
#include "access/login/login.h"
#include "access/secret.h"
#include "lib/timestamp.h"

#define CHALLENGE_PREFIX "stc_"
#define MAX_PURPOSE 200
#define MAX_SECONDS INT64_C(31622400)

stead_value challenge_create(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	stead_value token;
	int64_t now;

	stead_check_size(call, "purpose", args[1], 1, MAX_PURPOSE);
	if (args[2].integer < 1 || args[2].integer > MAX_SECONDS)
		stead_raise(call, STEAD_INVALID, "stead_challenge_create: ttl_seconds must be 1 to %lld",
		            (long long)MAX_SECONDS);
	login_lock_user(call, args[0]);
	token = secret_make(call, CHALLENGE_PREFIX, hash);
	now = stead_now(call);
	stead_run(call,
	          "INSERT INTO stead_challenge (user_id, purpose, token_hash, expires_at) VALUES ($1, $2, $3, $4)"
	          " ON CONFLICT (user_id, purpose) DO UPDATE SET token_hash = $3, expires_at = $4, used_at = NULL",
	          4,
	          (stead_value[]){args[0], args[1], stead_bytes(hash, sizeof hash),
	                          stead_time(now + args[2].integer * STEAD_SECOND)});
	return token;
}

/* One UPDATE takes it: of two redeemers at once, the second finds it used. */
stead_value challenge_redeem(stead_call *call, const stead_value *args)
{
	unsigned char hash[STEAD_SHA256_SIZE];
	stead_value params[3], user_id, used;
	stead_rows *rows;
	bool found;

	if (!login_read_secret(call, args[0], CHALLENGE_PREFIX, hash))
		return login_reason(call, "unknown");
	params[0] = stead_bytes(hash, sizeof hash);
	params[1] = args[1];
	params[2] = stead_time(stead_now(call));
	user_id = stead_returning(call,
	                          "UPDATE stead_challenge SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND"
	                          " used_at IS NULL AND expires_at > $3 RETURNING user_id",
	                          3, params, STEAD_INT);
	if (!user_id.null)
		return login_reason_of(call, "ok", user_id);
	rows = stead_open(call, "SELECT used_at IS NOT NULL FROM stead_challenge WHERE token_hash = $1 AND purpose = $2", 2,
	                  params);
	found = stead_next(rows);
	used = found ? stead_column(rows, 0, STEAD_BOOL) : stead_bool(false);
	stead_close(rows);
	return login_reason(call, !found ? "unknown" : used.boolean ? "used" : "expired");
}
