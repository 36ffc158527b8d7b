/*
 * secrets.c - fuzzes what reads keys from the environment, the permissions of keys, and codes of a second factor.
 */
#include "fuzz.h"

#include <openssl/hmac.h>
#include <time.h>

#include "lib/crypto/totp.h"

#define FIXED INT64_C(2000000000) /* seconds since 1970 */

static sqlite3_stmt *bootstrap, *is_id, *revoke, *rotate, *key_create, *validate, *stored, *set_secret, *confirm,
	*login;

void prepare_secrets(void)
{
	must("SELECT stead_setting_set('stead.login.memory_kib', '128'), stead_setting_set('stead.login.passes', '1'),"
	     " stead_setting_set('stead.login.name_attempts', '0');"
	     "SELECT stead_password_set(stead_user_create('factor'), 'correct horse');"
	     "INSERT INTO stead_totp (user_id, secret, last_step) SELECT id, x'00', 0 FROM stead_user WHERE username ="
	     " 'factor'; SELECT stead_recovery_codes(user_id) FROM stead_totp");
	bootstrap = statement_of("SELECT stead_key_bootstrap(?1, 'newcomer', 'some')");
	is_id = statement_of("SELECT EXISTS (SELECT 1 FROM stead_key WHERE id = ?1)");
	revoke = statement_of("SELECT stead_key_revoke(?1)");
	rotate = statement_of("SELECT stead_key_rotate(?1)");
	key_create = statement_of("SELECT stead_key_create(1, 'k', ?1)");
	validate = statement_of("SELECT reason, username, json_valid(permissions) FROM stead_session_validate(?1)");
	stored = statement_of("SELECT json_valid(permissions) FROM stead_key ORDER BY created_at DESC, id LIMIT 1");
	set_secret = statement_of("UPDATE stead_totp SET secret = ?1, pending = ?1, last_step = 0");
	confirm = statement_of("SELECT stead_totp_confirm(user_id, ?1) ->> 'confirmed' FROM stead_totp");
	login = statement_of("SELECT stead_login('factor', 'correct horse', ?1) ->> 'reason'");
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

static void assert_key_not_shown(piece key)
{
	assert_discreet(is_one_word((piece){key.data, key.size < SECRET ? key.size : SECRET}) ? key : (piece){0}, SECRET);
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* May this text from the environment be a key? As docs/keys.md has it. */
static bool may_be_key(piece text)
{
	if (text.size < 32 || text.size > 200 || !is_text(text) || is_white(text.data[0]) ||
	    is_white(text.data[text.size - 1]) || begins(text, "sts_"))
		return false;
	if (begins(text, "ey") && memchr(text.data, '.', text.size))
		return false;
	return !begins(text, "stk_") || is_token(text, "stk_");
}

static void must_validate(piece key, const char *username)
{
	bind(validate, 1, key);
	if (!row_of(validate) || strcmp((const char *)sqlite3_column_text(validate, 0), "ok") != 0 ||
	    strcmp((const char *)sqlite3_column_text(validate, 1), username) != 0 || !sqlite3_column_int(validate, 2))
		fault("a new key is not good: %s", sqlite3_column_text(validate, 0));
	end_of(validate);
}

/* Inputs may have the id of a key, though it is random: the fuzzer sees what SQLite's index compares them with. */
static bool is_id_of_key(piece text)
{
	bool there;

	bind(is_id, 1, text);
	there = row_of(is_id) && sqlite3_column_int(is_id, 0);
	end_of(is_id);
	sqlite3_reset(is_id);
	return there;
}

/* The text as a key; then as the id of one, in place of which a user may have given it. What was made is undone. */
void try_bootstrap(piece text)
{
	bool good = may_be_key(text) && !is_key(text), id = is_text(text) && !is_token(text, "stk_"), there;

	must("SAVEPOINT before");
	for (int made = 1; made >= 0; made--) {
		bind(bootstrap, 1, text);
		if (row_of(bootstrap) != good)
			fault("stead_key_bootstrap: %s", good ? sqlite3_errmsg(sqlite3_db_handle(bootstrap)) : "no error");
		if (good) {
			if (sqlite3_column_int(bootstrap, 0) != made)
				fault("stead_key_bootstrap gives %d", sqlite3_column_int(bootstrap, 0));
			end_of(bootstrap);
			must_validate(text, "newcomer");
		} else
			assert_key_not_shown(text);
		sqlite3_reset(bootstrap);
	}
	there = id && is_id_of_key(text);
	bind(revoke, 1, text);
	if (row_of(revoke) != id)
		fault("stead_key_revoke: %s", id ? sqlite3_errmsg(sqlite3_db_handle(revoke)) : "no error");
	if (id) {
		if (sqlite3_column_int(revoke, 0) != there)
			fault("stead_key_revoke gives %d", sqlite3_column_int(revoke, 0));
		end_of(revoke);
	} else
		assert_key_not_shown(text);
	sqlite3_reset(revoke);
	bind(rotate, 1, text);
	if (row_of(rotate))
		fault("stead_key_rotate: no error");
	assert_key_not_shown(text);
	sqlite3_reset(rotate);
	must("ROLLBACK TO before; RELEASE before");
}

/* The ids of keys, so that each run has tried them. */
void try_ids(void)
{
	sqlite3_stmt *ids = statement_of("SELECT group_concat(id) FROM stead_key");
	char list[1000];

	if (!row_of(ids) || snprintf(list, sizeof list, "%s", sqlite3_column_text(ids, 0)) < 30)
		fault("set-up: no keys");
	sqlite3_finalize(ids);
	for (char *id = strtok(list, ","); id; id = strtok(NULL, ","))
		try_bootstrap((piece){id, strlen(id)});
}

/* The text as the permissions of a key. */
void try_permissions(piece text)
{
	must("SAVEPOINT before");
	bind(key_create, 1, text);
	if (row_of(key_create)) {
		piece key = {(const char *)sqlite3_column_text(key_create, 0), (size_t)sqlite3_column_bytes(key_create, 0)};

		if (!is_token(key, "stk_"))
			fault("stead_key_create gives no key");
		must_validate(key, "ok");
		if (!row_of(stored) || !sqlite3_column_int(stored, 0))
			fault("stead_key_create stores permissions that are no JSON");
		end_of(stored);
		end_of(key_create);
	} else
		assert_discreet((piece){0}, 1);
	sqlite3_reset(key_create);
	must("ROLLBACK TO before; RELEASE before");
}

/* ---- Codes ------------------------------------------------------------------------------------------------------- */

/* RFC 4226, section 5.3, for 6 digits. */
static void code_of(piece secret, int64_t step, char code[7])
{
	unsigned char message[8] = {0}, hash[20];
	unsigned int at;
	uint32_t number = 0;

	for (int i = 7; i >= 0; i--, step /= 256)
		message[i] = (unsigned char)(step % 256);
	if (!HMAC(EVP_sha1(), secret.data, (int)secret.size, message, 8, hash, &at) || at != 20)
		fault("HMAC failed");
	at = hash[19] % 16;
	for (int i = 0; i < 4; i++)
		number = number * 256 + hash[at + (unsigned int)i];
	snprintf(code, 7, "%06u", number % 0x80000000u % 1000000);
}

/* The first of the steps whose code this is; -1: it is of none. */
static int64_t step_of(piece secret, piece code, int64_t from, int64_t to)
{
	char right[7];

	for (; from <= to; from++) {
		code_of(secret, from, right);
		if (code.size == 6 && memcmp(code.data, right, 6) == 0)
			return from;
	}
	return -1;
}

static void try_find(piece secret, piece code, int64_t last)
{
	int64_t now = FIXED / 30, found, first = last + 1 > now - 1 ? last + 1 : now - 1;
	char *exact_secret = exact_copy(secret), *exact_code = exact_copy(code);

	if (!totp_find((unsigned char *)exact_secret, secret.size, FIXED, last, exact_code, code.size, &found))
		fault("totp_find fails");
	if (found != step_of(secret, code, first, now + 1))
		fault("a code of %zu bytes is that of step %lld", code.size, (long long)found);
	free(exact_secret);
	free(exact_code);
}

static void try_base32(piece data)
{
	char *text = malloc(BASE32_ROOM(data.size)), *secret = exact_copy(data);
	size_t size = base32_encode((unsigned char *)secret, data.size, text), at = 0;
	uint32_t held = 0;
	int bits = 0;

	if (size != strlen(text) || size != (data.size * 8 + 4) / 5)
		fault("base32 of %zu bytes has %zu digits", data.size, size);
	for (size_t i = 0; i < size; i++) {
		uint32_t digit = (uint32_t)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' : text[i] - '2' + 26);

		held = (held << 5 | (digit & 31)) & 0xfff;
		if ((bits += 5) >= 8 && (unsigned char)data.data[at++] != (held >> (bits -= 8) & 255))
			fault("base32 of %zu bytes: byte %zu is another", data.size, at - 1);
	}
	if (at != data.size || (held & ((1u << bits) - 1)))
		fault("base32 of %zu bytes is not canonical", data.size);
	free(text);
	free(secret);
}

static void must_answer(piece code, const char *wanted)
{
	const char *reason;

	bind(login, 1, code);
	if (!row_of(login))
		fault("stead_login: an error");
	reason = (const char *)sqlite3_column_text(login, 0);
	if (strcmp(reason, wanted) != 0)
		fault("stead_login: %s, not %s", reason, wanted);
	end_of(login);
}

/* Is it one of now? Then what it answers depends on the clock, and says little. */
static bool is_of_now(piece secret, piece code)
{
	int64_t now = time(NULL) / 30;

	return step_of(secret, code, now - 2, now + 10) >= 0;
}

static void try_login(piece secret, piece code)
{
	char right[7];

	if (sqlite3_bind_blob(set_secret, 1, secret.data, (int)secret.size, SQLITE_STATIC) != SQLITE_OK)
		fault("binding");
	must("SAVEPOINT before");
	if (sqlite3_step(set_secret) != SQLITE_DONE)
		fault("the secret is not stored");
	sqlite3_reset(set_secret);
	if (!is_of_now(secret, code)) {
		bind(confirm, 1, code);
		if (!row_of(confirm) || sqlite3_column_int(confirm, 0))
			fault("stead_totp_confirm: an error, or confirmed");
		end_of(confirm);
		must_answer(code, code.size ? "code_wrong" : "code_required");
	}
	/* of the next 30 seconds: good for a minute at least */
	code_of(secret, time(NULL) / 30 + 1, right);
	must_answer((piece){right, 6}, "ok");
	must_answer((piece){right, 6}, "code_wrong");
	must("ROLLBACK TO before; RELEASE before");
}

/* A secret, and a code on the next line. The codes of that secret are tried as well, and what is nearly one. */
void try_code(piece text)
{
	piece secret = line_of(&text);
	int64_t now = FIXED / 30;
	char right[8];

	try_base32(secret);
	try_find(secret, text, -1);
	for (int64_t step = now - 2; step <= now + 2; step++) {
		code_of(secret, step, right);
		right[6] = '0';
		try_find(secret, (piece){right, 6}, -1);
		try_find(secret, (piece){right, 6}, step);
		try_find(secret, (piece){right, 5}, -1);
		try_find(secret, (piece){right, 7}, -1);
		right[5] ^= 1;
		try_find(secret, (piece){right, 6}, now - 1);
	}
	try_login(secret, text);
}
