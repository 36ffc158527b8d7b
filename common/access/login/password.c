/*
 * password.c - setting a user's password, and judging one.
 */
#include "lib/crypto/openssl.h"

#include <openssl/crypto.h>

#include "access/login/login.h"
#include "access/session/session.h"
#include "state/setting/option.h"
#include "lib/timestamp.h"

static password_cost read_cost(stead_call *call)
{
	const stead_option *const options[] = {&login_options[LOGIN_KIB], &login_options[LOGIN_PASSES],
	                                       &login_options[LOGIN_LANES]};
	password_cost cost;
	int64_t values[3];

	option_values(call, options, 3, values);
	cost = (password_cost){(uint32_t)values[0], (uint32_t)values[1], (uint32_t)values[2]};
	/* a hash beyond the bound of all passes would never be verified again */
	if ((int64_t)cost.kib * cost.passes > PASSWORD_MAX_WORK)
		cost.kib = PASSWORD_MAX_WORK / cost.passes;
	return cost;
}

static void check_result(stead_call *call, password_result result)
{
	if (result == PASSWORD_NO_MEMORY)
		stead_raise_no_memory(call);
	if (result == PASSWORD_FAILED)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: Argon2id failed", call->function->name);
}

void password_check_size(stead_call *call, stead_value password)
{
	if (password.size < 8 || password.size > PASSWORD_MAX)
		stead_raise(call, STEAD_INVALID, "stead_%s: password must be 8 to %d bytes", call->function->name,
		            PASSWORD_MAX);
}

static stead_value make_hash(stead_call *call, stead_value password)
{
	password_cost cost = read_cost(call);
	char *hash = stead_alloc(call, PASSWORD_MAX_HASH);
	unsigned char salt[PASSWORD_SALT];

	stead_random(call, salt, sizeof salt);
	check_result(call, password_hash(&cost, salt, password.data, password.size, hash));
	return stead_text(hash);
}

static void store_hash(stead_call *call, stead_value user_id, stead_value hash)
{
	stead_run(call,
	          "INSERT INTO stead_password (user_id, hash, changed_at) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO"
	          " UPDATE SET hash = $2, changed_at = $3",
	          3, (stead_value[]){user_id, hash, stead_time(stead_now(call))});
}

void password_store(stead_call *call, stead_value user_id, stead_value password)
{
	store_hash(call, user_id, make_hash(call, password));
}

static void changed(stead_call *call, stead_value user_id)
{
	stead_value none = stead_null(STEAD_TEXT);

	if (!option_value(call, &login_options[LOGIN_KEEP_SESSIONS]))
		session_end_all(call, user_id, none);
	login_audit(call, "stead.login.password", true, user_id, none, stead_null(STEAD_JSON), none, none);
}

stead_value password_set(stead_call *call, const stead_value *args)
{
	password_check_size(call, args[1]);
	login_lock_user(call, args[0]);
	password_store(call, args[0], args[1]);
	changed(call, args[0]);
	return stead_bool(true);
}

stead_value password_hash_set(stead_call *call, const stead_value *args)
{
	/* the hash is not shown */
	if (!password_hash_known(args[1].data, args[1].size))
		stead_raise_hint(call, STEAD_INVALID,
		                 "It takes $argon2id$ and, where Stead has crypt(3), $2a$, $2b$, $2y$, $y$, $6$ and $7$.",
		                 "stead_password_hash_set: hash is of a kind that is not known, or too costly");
	login_lock_user(call, args[0]);
	store_hash(call, args[0], args[1]);
	changed(call, args[0]);
	return stead_bool(true);
}

bool password_matches(stead_call *call, stead_value hash, stead_value password)
{
	unsigned char salt[PASSWORD_SALT], ignored[32];
	password_result result;
	password_cost cost;

	/* no password is longer; what a user typed must not cost more time for that */
	if (password.null || password.size > PASSWORD_MAX) {
		password = stead_text("");
		hash = stead_null(STEAD_TEXT);
	}
	if (!hash.null && password_hash_known(hash.data, hash.size)) {
		result = password_verify(hash.data, hash.size, password.data, password.size);
		check_result(call, result);
		return result == PASSWORD_RIGHT;
	}
	cost = read_cost(call);
	stead_random(call, salt, sizeof salt);
	check_result(call, password_derive(&cost, salt, sizeof salt, password.data, password.size, ignored));
	OPENSSL_cleanse(ignored, sizeof ignored);
	return false;
}

void password_renew(stead_call *call, stead_value user_id, stead_value hash, stead_value password)
{
	password_cost cost = read_cost(call);

	if (password_hash_current(hash.data, hash.size, &cost))
		return;
	/* unless somebody has just changed it */
	stead_run(call, "UPDATE stead_password SET hash = $3 WHERE user_id = $1 AND hash = $2", 3,
	          (stead_value[]){user_id, hash, make_hash(call, password)});
}
