/*
 * fuzz.c - a libFuzzer target for the code that reads input from clients: tokens, Cookie headers, JWTs and their keys,
 * and by secrets.c API keys, and codes of a second factor.
 *
 * It is linked with the sources of common/ and sqlite_ext/, so that their coverage guides the fuzzer. The low bits of
 * an input's first byte select what the rest is used for (see modes); the seeds have a digit there, or a colon. If
 * something does not hold that must hold for every input, fault() ends the run.
 */
#include "fuzz.h"

#include <openssl/sha.h>
#include <stdarg.h>

#include "lib/cookie.h"
#include "lib/text.h"

#define SHOWN 12 /* a message must not show more of a token than this */

struct sqlite3_api_routines;
int sqlite3_stead_init(sqlite3 *db, char **message, const struct sqlite3_api_routines *api);
int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sqlite3 *db;
static bool has_jwt;
static sqlite3_stmt *validate, *check, *cookie, *named_cookie, *jwt_verify, *jwt_key_set, *jwt_sign, *jwt_sign_by;

_Noreturn void fault(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("ERROR: fault: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

/* ---- Set-up ------------------------------------------------------------------------------------------------------ */

/* A token in each state: sts_, then the reason, filled up with A. */
static const struct {
	const char *reason, *made;
} states[] = {
	{"ok", "SELECT 1"},
	{"revoked", "SELECT stead_session_revoke(id) FROM stead_session WHERE token_hash = ?1"},
	{"expired", "UPDATE stead_session SET expires_at = '2001-01-01T00:00:00.000000Z' WHERE token_hash = ?1"},
	{"idle",
     "UPDATE stead_session SET idle_seconds = 1, last_seen_at = '2001-01-01T00:00:00.000000Z' WHERE token_hash = ?1"},
	{"user_inactive",
     "SELECT stead_user_update(user_id, '{\"active\":false}') FROM stead_session WHERE token_hash = ?1"},
	{"user_unapproved",
     "SELECT stead_user_update(user_id, '{\"approved\":false}') FROM stead_session WHERE token_hash = ?1"},
};
#define STATES (sizeof states / sizeof *states)

static char tokens[STATES][TOKEN + 1];

void must(const char *sql)
{
	answer answer = ask(db, sql);

	if (answer.code != SQLITE_OK)
		fault("set-up: %s: %s", sql, answer.text);
	sqlite3_free(answer.text);
}

sqlite3_stmt *statement_of(const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
		fault("set-up: %s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

static void run_with_hash(const char *sql, const unsigned char *hash)
{
	sqlite3_stmt *statement = statement_of(sql);
	int code;

	if (sqlite3_bind_parameter_count(statement) > 0)
		sqlite3_bind_blob(statement, 1, hash, SHA256_DIGEST_LENGTH, SQLITE_STATIC);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		;
	if (code != SQLITE_DONE)
		fault("set-up: %s: %s", sql, sqlite3_errmsg(db));
	sqlite3_finalize(statement);
}

/* Makes a session in that state, of a user of its own. */
static void make_session(size_t state)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char *token = tokens[state], *sql;

	memset(token, 'A', TOKEN);
	memcpy(token, "sts_", 4);
	memcpy(token + 4, states[state].reason, strlen(states[state].reason));
	SHA256((const unsigned char *)token, TOKEN, hash);
	sql = sqlite3_mprintf("SELECT stead_user_create(%Q);"
	                      "SELECT stead_user_role_add(%d, 'some');"
	                      "SELECT stead_session_create(%d)",
	                      states[state].reason, (int)state + 1, (int)state + 1);
	must(sql);
	sqlite3_free(sql);
	sql = sqlite3_mprintf("UPDATE stead_session SET token_hash = ?1 WHERE user_id = %d", (int)state + 1);
	run_with_hash(sql, hash);
	sqlite3_free(sql);
	run_with_hash(states[state].made, hash);
}

/* API keys: one of Stead's form, made to have a known text, and one from the environment. */
static char key[TOKEN + 1];
static const char environment_key[] = "a key from the environment, 40 bytes ...";

static void make_keys(void)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	memcpy(key, tokens[0], TOKEN);
	key[2] = 'k';
	SHA256((const unsigned char *)key, TOKEN, hash);
	must("SELECT stead_key_create(1, 'k', '[\"app.x\",\"y.*\"]')");
	run_with_hash("UPDATE stead_key_hash SET key_hash = ?1", hash);
	must("SELECT stead_key_bootstrap('a key from the environment, 40 bytes ...', 'svc', 'some')");
}

/* The keys of RFC 7515, appendices A.1 and A.3, and of RFC 8037, appendix A. */
static const char jwt_keys[] =
	"SELECT stead_jwt_key_set('hs', 'HS256',"
	" 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow');"
	"SELECT stead_jwt_key_set('es', 'ES256', '{\"kty\":\"EC\",\"crv\":\"P-256\","
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\","
	"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}');"
	"SELECT stead_jwt_key_set('ed', 'EdDSA', '{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}');";

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	answer answer;

	(void)count, (void)arguments;
	/* otherwise reading beyond a small allocation would not be noticed */
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
	sqlite3_auto_extension((void (*)(void))sqlite3_stead_init);
	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		fault("set-up: %s", sqlite3_errmsg(db));
	must("SELECT stead_init();"
	     "SELECT stead_role_create('some'); SELECT stead_role_grant('some', 'app.x')");
	for (size_t i = 0; i < STATES; i++)
		make_session(i);
	make_keys();
	validate = statement_of("SELECT valid, reason, user_id FROM stead_session_validate(?1)");
	check = statement_of("SELECT stead_session_check(?1, 'app.x')");
	cookie = statement_of("SELECT stead_session_cookie(?1)");
	named_cookie = statement_of("SELECT stead_session_cookie(?1, ?2)");
	answer = ask(db, "SELECT count(*) FROM stead_help('stead_jwt_verify')");
	has_jwt = strcmp(answer.text, "1|\n") == 0;
	sqlite3_free(answer.text);
	if (has_jwt) {
		must(jwt_keys);
		jwt_verify = statement_of("SELECT valid, reason FROM stead_jwt_verify(?1)");
		jwt_key_set = statement_of("SELECT stead_jwt_key_set(?1, ?2, ?3)");
		jwt_sign = statement_of("SELECT stead_jwt_sign(?1)");
		jwt_sign_by = statement_of("SELECT stead_jwt_sign(?1, ?2)");
	}
	prepare_secrets();
	try_ids();
	return 0;
}

/* ---- What is asked of every call --------------------------------------------------------------------------------- */

static bool contains(const char *text, size_t size, piece part)
{
	return part.size <= size && memmem(text, size, part.data, part.size);
}

void bind(sqlite3_stmt *statement, int index, piece text)
{
	if (sqlite3_bind_text(statement, index, text.data, (int)text.size, SQLITE_STATIC) != SQLITE_OK)
		fault("binding: %s", sqlite3_errmsg(db));
}

bool row_of(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_DONE)
		fault("%s gives no row", sqlite3_sql(statement));
	if (code == SQLITE_NOMEM || code == SQLITE_CORRUPT || code == SQLITE_INTERNAL || code == SQLITE_MISUSE)
		fault("%s: %s", sqlite3_sql(statement), sqlite3_errmsg(db));
	return code == SQLITE_ROW;
}

void end_of(sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_DONE)
		fault("%s gives more than a row", sqlite3_sql(statement));
	sqlite3_reset(statement);
}

void assert_discreet(piece secret, size_t most)
{
	const char *message = sqlite3_errmsg(db);

	if (!*message || strlen(message) > 2000)
		fault("a message of %zu bytes", strlen(message));
	if (!stead_utf8_valid(message, strlen(message)))
		fault("a message is not valid UTF-8");
	if (secret.size >= most && contains(message, strlen(message), (piece){secret.data, most}))
		fault("a message shows what it should not: %s", message);
}

static void assert_token_not_shown(piece token)
{
	if (token.size >= 4 && (memcmp(token.data, "sts_", 4) == 0 || memcmp(token.data, "stk_", 4) == 0))
		assert_discreet(token, SHOWN);
	else
		assert_discreet((piece){0}, 1);
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

static bool is_base64url(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool begins(piece text, const char *prefix)
{
	return text.size >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

/* The prefix and 256 bits in 43 characters; the last two bits are unused and zero. */
bool is_token(piece text, const char *prefix)
{
	if (text.size != TOKEN || !begins(text, prefix))
		return false;
	for (size_t i = 4; i < TOKEN; i++)
		if (!is_base64url(text.data[i]))
			return false;
	return strchr("AEIMQUYcgkosw048", text.data[TOKEN - 1]) != NULL;
}

bool is_key(piece text)
{
	return (text.size == TOKEN && memcmp(text.data, key, TOKEN) == 0) ||
	       (text.size == sizeof environment_key - 1 && memcmp(text.data, environment_key, text.size) == 0);
}

static const char *expected_reason(piece token)
{
	for (size_t i = 0; i < STATES; i++)
		if (token.size == TOKEN && memcmp(token.data, tokens[i], TOKEN) == 0)
			return states[i].reason;
	if (is_key(token))
		return "ok";
	if (begins(token, "sts_") || begins(token, "stk_"))
		return is_token(token, "sts_") || is_token(token, "stk_") ? "unknown" : "malformed";
	return token.size >= 32 && token.size <= 200 ? "unknown" : "malformed"; /* it may be one from the environment */
}

/* A JWT can be a token too: then any reason is allowed. */
static bool may_be_jwt(piece token)
{
	return has_jwt && token.size && memchr(token.data, '.', token.size);
}

static void try_validate(piece token)
{
	const char *reason;
	bool valid;

	bind(validate, 1, token);
	if (!row_of(validate))
		fault("stead_session_validate: %s", sqlite3_errmsg(db));
	valid = sqlite3_column_int(validate, 0);
	reason = (const char *)sqlite3_column_text(validate, 1);
	if (!reason || valid != (strcmp(reason, "ok") == 0))
		fault("valid is %d, the reason %s", valid, reason ? reason : "null");
	if (!may_be_jwt(token)) {
		if (strcmp(reason, expected_reason(token)) != 0)
			fault("the reason is %s, not %s", reason, expected_reason(token));
		if ((sqlite3_column_type(validate, 2) == SQLITE_NULL) !=
		    (strcmp(reason, "malformed") == 0 || strcmp(reason, "unknown") == 0))
			fault("a user id is given, or not, for a token that is %s", reason);
	}
	end_of(validate);
}

static void try_check(piece token)
{
	bool permitted;

	bind(check, 1, token);
	if (!row_of(check))
		fault("stead_session_check: %s", sqlite3_errmsg(db));
	permitted = sqlite3_column_int(check, 0);
	if (sqlite3_column_type(check, 0) != SQLITE_INTEGER ||
	    (!may_be_jwt(token) && permitted != (strcmp(expected_reason(token), "ok") == 0)))
		fault("permitted: %d", permitted);
	end_of(check);
}

/* ---- Cookies ----------------------------------------------------------------------------------------------------- */

char *exact_copy(piece text)
{
	char *copy = malloc(text.size ? text.size : 1);

	if (!copy)
		abort();
	if (text.size)
		memcpy(copy, text.data, text.size);
	return copy;
}

bool is_text(piece text)
{
	return !(text.size && memchr(text.data, 0, text.size)) && stead_utf8_valid(text.data, text.size);
}

/* Calls it by SQL, and directly with memory of exactly its size, where reading beyond it is noticed. */
static void try_cookie(sqlite3_stmt *statement, piece header, piece name)
{
	char *exact_header = exact_copy(header), *exact_name = exact_copy(name);
	bool allowed = stead_cookie_name(exact_name, name.size), found = false;
	bool good = allowed && is_text(header) && is_text(name);
	const char *value = NULL, *result;
	size_t size = 0;

	if (allowed)
		found = stead_cookie_find(exact_header, header.size, exact_name, name.size, &value, &size);
	if (found && (size == 0 || size > header.size || value < exact_header ||
	              (size_t)(value - exact_header) > header.size - size || memchr(value, ';', size)))
		fault("the cookie found is not a part of the header");
	bind(statement, 1, header);
	if (statement == named_cookie)
		bind(statement, 2, name);
	if (row_of(statement) != good)
		fault("stead_session_cookie: %s", good ? sqlite3_errmsg(db) : "no error");
	if (good) {
		result = (const char *)sqlite3_column_text(statement, 0);
		if ((result != NULL) != found ||
		    (found && ((size_t)sqlite3_column_bytes(statement, 0) != size || memcmp(result, value, size) != 0)))
			fault("the cookie by SQL is another");
		if (found && !contains(header.data, header.size, (piece){result, size}))
			fault("the cookie is not a part of the header");
		end_of(statement);
	} else
		assert_token_not_shown(header);
	sqlite3_reset(statement);
	free(exact_header);
	free(exact_name);
}

/* ---- JWTs -------------------------------------------------------------------------------------------------------- */

static void try_verify(piece token)
{
	bind(jwt_verify, 1, token);
	if (row_of(jwt_verify)) {
		const char *reason = (const char *)sqlite3_column_text(jwt_verify, 1);

		if (!reason || sqlite3_column_int(jwt_verify, 0) != (strcmp(reason, "ok") == 0))
			fault("stead_jwt_verify: the reason is %s", reason ? reason : "null");
		end_of(jwt_verify);
	} else
		assert_token_not_shown(token);
	sqlite3_reset(jwt_verify);
}

/* Signs, and verifies the result. */
static void try_sign(sqlite3_stmt *statement, piece claims, piece kid)
{
	bind(statement, 1, claims);
	if (statement == jwt_sign_by)
		bind(statement, 2, kid);
	if (row_of(statement)) {
		if (sqlite3_column_type(statement, 0) != SQLITE_TEXT)
			fault("stead_jwt_sign gives no text");
		try_verify(
			(piece){(const char *)sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0)});
		end_of(statement);
	} else
		assert_token_not_shown(claims);
	sqlite3_reset(statement);
}

piece line_of(piece *text)
{
	const char *stop = text->size ? memchr(text->data, '\n', text->size) : NULL;
	piece line = {text->data, stop ? (size_t)(stop - text->data) : text->size};

	text->data += line.size + (stop != NULL);
	text->size -= line.size + (stop != NULL);
	return line;
}

bool is_one_word(piece text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!is_base64url(text.data[i]))
			return false;
	return true;
}

/* kid, algorithm, and key, which may have several lines. What was set is undone. */
static void try_key_set(piece text)
{
	piece kid = line_of(&text), algorithm = line_of(&text), key = text;
	piece start = {key.data, key.size < SECRET ? key.size : SECRET};

	must("SAVEPOINT before");
	bind(jwt_key_set, 1, kid);
	bind(jwt_key_set, 2, algorithm);
	bind(jwt_key_set, 3, key);
	if (row_of(jwt_key_set)) {
		end_of(jwt_key_set);
		try_sign(jwt_sign_by, (piece){"{\"sub\":\"1\"}", 11}, kid);
	} else {
		bool told = start.size == SECRET && is_one_word(start) && !contains(kid.data, kid.size, start) &&
		            !contains(algorithm.data, algorithm.size, start);

		assert_discreet(told ? key : (piece){0}, SECRET);
	}
	sqlite3_reset(jwt_key_set);
	must("ROLLBACK TO before; RELEASE before");
}

/* ---- One input --------------------------------------------------------------------------------------------------- */

enum {
	VALIDATE,
	CHECK,
	COOKIE,
	NAMED_COOKIE,
	JWT_VERIFY,
	JWT_KEY_SET,
	JWT_SIGN,
	ALL,
	BOOTSTRAP,
	PERMISSIONS,
	CODE,
	MODES = 16
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const piece session = {"session", 7};
	piece text = {(const char *)data + 1, size - 1}, rest = text;
	int mode;

	if (size == 0)
		return 0;
	mode = data[0] % MODES;
	if (!has_jwt && mode >= JWT_VERIFY && mode <= JWT_SIGN)
		mode = VALIDATE;
	if (mode == VALIDATE || mode == ALL)
		try_validate(text);
	if (mode == CHECK || mode == ALL)
		try_check(text);
	if (mode == COOKIE || mode == ALL)
		try_cookie(cookie, text, session);
	if (mode == NAMED_COOKIE) {
		piece name = line_of(&rest);

		try_cookie(named_cookie, rest, name);
	}
	if (mode == JWT_VERIFY || (mode == ALL && has_jwt))
		try_verify(text);
	if (mode == JWT_KEY_SET)
		try_key_set(text);
	if (mode == JWT_SIGN)
		try_sign(jwt_sign, text, (piece){0});
	if (mode == BOOTSTRAP || mode == ALL)
		try_bootstrap(text);
	if (mode == PERMISSIONS)
		try_permissions(text);
	if (mode == CODE)
		try_code(text);
	return 0;
}
