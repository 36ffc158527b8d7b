/*
 * second_factor.c - the second factor: codes by time (TOTP, RFC 6238), and recovery codes in their place.
 */
#include "lib/crypto/openssl.h"

#include <openssl/crypto.h>
#include <string.h>

#include "access/login/login.h"
#include "access/role.h"
#include "lib/crypto/totp.h"
#include "lib/timestamp.h"

#define MAX_ISSUER 200
#define CODES 8
#define CODE_SIZE 10 /* of base32: 50 bits */

/* Guessing 50 bits at this cost takes too long for whoever has read the table. */
static const password_cost code_cost = {4096, 1, 1};

/* ---- Recovery codes ---------------------------------------------------------------------------------------------- */

static void hash_code(stead_call *call, const void *salt, size_t salt_size, const char *code,
                      unsigned char out[STEAD_SHA256_SIZE])
{
	password_result result = password_derive(&code_cost, salt, salt_size, code, CODE_SIZE, out);

	if (result == PASSWORD_NO_MEMORY)
		stead_raise_no_memory(call);
	if (result != PASSWORD_RIGHT)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: Argon2id failed", call->function->name);
}

/* Makes new codes in place of all others. */
static void append_codes(stead_call *call, stead_value user_id, stead_buffer *json)
{
	unsigned char salt[PASSWORD_SALT], random[10], hash[32];

	stead_run(call, "DELETE FROM stead_recovery_code WHERE user_id = $1", 1, &user_id);
	stead_random(call, salt, sizeof salt);
	stead_append_text(call, json, "\"recovery_codes\":[");
	for (int i = 0; i < CODES; i++) {
		char code[BASE32_ROOM(sizeof random)];

		stead_random(call, random, sizeof random);
		base32_encode(random, sizeof random, code);
		code[CODE_SIZE] = '\0';
		hash_code(call, salt, sizeof salt, code, hash);
		stead_run(call, "INSERT INTO stead_recovery_code (user_id, code_hash, salt) VALUES ($1, $2, $3)", 3,
		          (stead_value[]){user_id, stead_bytes(hash, sizeof hash), stead_bytes(salt, sizeof salt)});
		stead_append_text(call, json, stead_format(call, "%s\"%s\"", i ? "," : "", code));
	}
	stead_append_text(call, json, "]}");
}

/* One DELETE uses it up: of two callers at once, the second finds none. */
static bool use_recovery_code(stead_call *call, stead_value user_id, stead_value code)
{
	unsigned char hash[32];
	char upper[CODE_SIZE];
	stead_value salt;

	if (code.size != CODE_SIZE)
		return false;
	for (int i = 0; i < CODE_SIZE; i++)
		upper[i] = (char)(code.data[i] >= 'a' && code.data[i] <= 'z' ? code.data[i] - 'a' + 'A' : code.data[i]);
	salt =
		stead_first(call, "SELECT salt FROM stead_recovery_code WHERE user_id = $1 LIMIT 1", 1, &user_id, STEAD_BYTES);
	if (salt.null || salt.size < 8)
		return false;
	hash_code(call, salt.data, salt.size, upper, hash);
	return stead_run(call, "DELETE FROM stead_recovery_code WHERE user_id = $1 AND code_hash = $2", 2,
	                 (stead_value[]){user_id, stead_bytes(hash, sizeof hash)}) > 0;
}

/* ---- Codes by time ----------------------------------------------------------------------------------------------- */

static int64_t find_step(stead_call *call, stead_value secret, int64_t last_step, stead_value code)
{
	int64_t step;

	if (!totp_find((const unsigned char *)secret.data, secret.size, stead_now(call) / STEAD_SECOND, last_step,
	               code.data, code.size, &step))
		stead_raise(call, STEAD_INTERNAL, "stead_%s: OpenSSL has no HMAC with SHA-1", call->function->name);
	return step;
}

factor_verdict factor_judge(stead_call *call, stead_value user_id, stead_value code)
{
	stead_value secret;
	int64_t last_step, step;
	stead_rows *rows = stead_open(
		call, "SELECT secret, last_step FROM stead_totp WHERE user_id = $1 AND secret IS NOT NULL", 1, &user_id);

	if (!stead_next(rows))
		return stead_any(call,
		                 "SELECT 1 FROM stead_user_role m JOIN stead_second_factor_role f ON f.role_id = m.role_id"
		                 " WHERE m.user_id = $1",
		                 1, &user_id)
		           ? FACTOR_WANTED
		           : FACTOR_NONE;
	secret = stead_keep(call, stead_column(rows, 0, STEAD_BYTES));
	last_step = stead_column(rows, 1, STEAD_INT).integer;
	stead_close(rows);
	if (code.null || !code.size)
		return FACTOR_MISSING;
	step = find_step(call, secret, last_step, code);
	if (step >= 0)
		/* of two callers with the same code, the second finds the step used */
		return stead_run(call, "UPDATE stead_totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2", 2,
		                 (stead_value[]){user_id, stead_int(step)}) > 0
		           ? FACTOR_RIGHT
		           : FACTOR_WRONG;
	return use_recovery_code(call, user_id, code) ? FACTOR_RIGHT : FACTOR_WRONG;
}

/* Appends text for a URI: all but unreserved characters are escaped. */
static void append_escaped(stead_call *call, stead_buffer *uri, stead_value text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] && strchr(unreserved, text.data[i]))
			stead_append(call, uri, text.data + i, 1);
		else
			stead_append_text(call, uri, stead_format(call, "%%%02X", (unsigned char)text.data[i]));
}

stead_value totp_begin(stead_call *call, const stead_value *args)
{
	unsigned char secret[TOTP_SECRET];
	stead_buffer uri = {0}, json = {0};
	char text[BASE32_ROOM(sizeof secret)];
	stead_value username;

	stead_check_size(call, "issuer", args[1], 1, MAX_ISSUER);
	login_lock_user(call, args[0]);
	username = stead_first(call, "SELECT username FROM stead_user WHERE id = $1", 1, args, STEAD_TEXT);
	stead_random(call, secret, sizeof secret);
	base32_encode(secret, sizeof secret, text);
	stead_run(call,
	          "INSERT INTO stead_totp (user_id, pending, last_step) VALUES ($1, $2, 0) ON CONFLICT (user_id) DO UPDATE"
	          " SET pending = $2",
	          2, (stead_value[]){args[0], stead_bytes(secret, sizeof secret)});
	stead_append_text(call, &uri, "otpauth://totp/");
	append_escaped(call, &uri, args[1]);
	stead_append_text(call, &uri, ":");
	append_escaped(call, &uri, username);
	stead_append_text(call, &uri, stead_format(call, "?secret=%s&issuer=", text));
	append_escaped(call, &uri, args[1]);
	stead_append_text(call, &uri, "&algorithm=SHA1&digits=6&period=30");
	stead_append_text(call, &json, stead_format(call, "{\"secret\":\"%s\",\"uri\":\"%s\"}", text, uri.data));
	OPENSSL_cleanse(secret, sizeof secret);
	return stead_json(json.data);
}

stead_value totp_confirm(stead_call *call, const stead_value *args)
{
	stead_value params[] = {args[0], stead_null(STEAD_BYTES), stead_null(STEAD_INT), stead_time(stead_now(call))};
	stead_value none = stead_null(STEAD_TEXT);
	stead_buffer json = {0};
	int64_t step;

	login_lock_user(call, args[0]);
	params[1] = stead_first(call, "SELECT pending FROM stead_totp WHERE user_id = $1 FOR UPDATE", 1, args, STEAD_BYTES);
	if (params[1].null)
		stead_raise_hint(call, STEAD_NOT_FOUND, "stead_totp_begin begins it.",
		                 "stead_totp_confirm: user %lld is not setting up a second factor", (long long)args[0].integer);
	step = args[1].null ? -1 : find_step(call, params[1], 0, args[1]);
	params[2] = stead_int(step);
	if (step < 0 || stead_run(call,
	                          "UPDATE stead_totp SET secret = pending, pending = NULL, last_step = $3, confirmed_at ="
	                          " $4 WHERE user_id = $1 AND pending = $2",
	                          4, params) == 0)
		return stead_json("{\"confirmed\":false}");
	stead_append_text(call, &json, "{\"confirmed\":true,");
	append_codes(call, args[0], &json);
	login_audit(call, "stead.login.totp_confirm", true, args[0], none, stead_null(STEAD_JSON), none, none);
	return stead_json(json.data);
}

stead_value totp_disable(stead_call *call, const stead_value *args)
{
	stead_value none = stead_null(STEAD_TEXT);
	bool was;

	login_lock_user(call, args[0]);
	stead_run(call, "DELETE FROM stead_recovery_code WHERE user_id = $1", 1, args);
	was = stead_run(call, "DELETE FROM stead_totp WHERE user_id = $1", 1, args) > 0;
	if (was)
		login_audit(call, "stead.login.totp_disable", true, args[0], none, stead_null(STEAD_JSON), none, none);
	return stead_bool(was);
}

stead_value recovery_codes(stead_call *call, const stead_value *args)
{
	stead_value none = stead_null(STEAD_TEXT);
	stead_buffer json = {0};

	login_lock_user(call, args[0]);
	if (!stead_any(call, "SELECT 1 FROM stead_totp WHERE user_id = $1 AND secret IS NOT NULL FOR UPDATE", 1, args))
		stead_raise(call, STEAD_NOT_FOUND, "stead_recovery_codes: user %lld has no second factor",
		            (long long)args[0].integer);
	stead_append_text(call, &json, "{");
	append_codes(call, args[0], &json);
	login_audit(call, "stead.login.recovery_codes", true, args[0], none, stead_null(STEAD_JSON), none, none);
	return stead_json(json.data);
}

stead_value role_require_second_factor(stead_call *call, const stead_value *args)
{
	stead_value role = role_find(call, args[0]);

	if (!(args[1].boolean
	          ? stead_run(
					call,
					"INSERT INTO stead_second_factor_role (role_id) VALUES ($1) ON CONFLICT (role_id) DO NOTHING", 1,
					&role)
	          : stead_run(call, "DELETE FROM stead_second_factor_role WHERE role_id = $1", 1, &role)))
		return stead_bool(false);
	role_audit(call, "stead.role.second_factor", args[0], 1, &(change_fact){"required", args[1]});
	return stead_bool(true);
}
