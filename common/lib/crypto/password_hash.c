/*
 * password_hash.c - see password_hash.h.
 */
#include "lib/crypto/password_hash.h"

#include "lib/crypto/openssl.h"

#include <argon2.h>
#ifndef STEAD_WITHOUT_CRYPT
#include <crypt.h>
#endif
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

/* ---- Argon2id: $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>, in base64 without padding ----------------------------
 */

typedef struct {
	password_cost cost;
	unsigned char salt[64], hash[64];
	size_t salt_size, hash_size;
} argon2id;

/* Reads a decimal number without leading zeros. */
static bool read_number(const char **at, const char *end, uint32_t *number)
{
	const char *begin = *at;
	uint64_t value = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
		if ((value = value * 10 + (uint64_t)(**at - '0')) > UINT32_MAX)
			return false;
	*number = (uint32_t)value;
	return *at > begin && (*begin != '0' || *at == begin + 1);
}

static bool read_word(const char **at, const char *end, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(end - *at) < size || memcmp(*at, word, size) != 0)
		return false;
	*at += size;
	return true;
}

/* Plain base64 without padding, 8 to 64 bytes: as base64url, but for two characters. */
static bool read_bytes(const char *text, size_t size, unsigned char out[64], size_t *out_size)
{
	char url[88];

	if (size < 11 || size > 86)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '-' || text[i] == '_')
			return false;
		url[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	}
	return stead_base64url_decode(url, size, out, out_size) && *out_size >= 8 && *out_size <= 64;
}

static bool cost_allowed(const password_cost *cost)
{
	return cost->lanes >= 1 && cost->lanes <= PASSWORD_MAX_LANES && cost->kib >= 8 * cost->lanes &&
	       cost->kib <= PASSWORD_MAX_KIB && cost->passes >= 1 && cost->passes <= PASSWORD_MAX_PASSES &&
	       cost->kib * cost->passes <= PASSWORD_MAX_WORK;
}

static bool read_argon2id(const char *hash, size_t size, argon2id *out)
{
	const char *at = hash, *end = hash + size, *dollar;

	if (size > PASSWORD_MAX_HASH || !read_word(&at, end, "$argon2id$v=19$m=") ||
	    !read_number(&at, end, &out->cost.kib) || !read_word(&at, end, ",t=") ||
	    !read_number(&at, end, &out->cost.passes) || !read_word(&at, end, ",p=") ||
	    !read_number(&at, end, &out->cost.lanes) || !read_word(&at, end, "$") || !cost_allowed(&out->cost))
		return false;
	dollar = memchr(at, '$', (size_t)(end - at));
	return dollar && read_bytes(at, (size_t)(dollar - at), out->salt, &out->salt_size) &&
	       read_bytes(dollar + 1, (size_t)(end - dollar - 1), out->hash, &out->hash_size) && out->hash_size >= 16;
}

/* threads is 1: a database's process must not have others. libargon2 wipes and frees its memory in any case. */
static password_result derive(const password_cost *cost, const void *salt, size_t salt_size, const void *password,
                              size_t size, unsigned char *out, size_t out_size)
{
	argon2_context context = {
		.out = out,
		.outlen = (uint32_t)out_size,
		.pwd = (uint8_t *)(size ? password : NULL),
		.pwdlen = (uint32_t)size,
		.salt = (uint8_t *)salt,
		.saltlen = (uint32_t)salt_size,
		.t_cost = cost->passes,
		.m_cost = cost->kib,
		.lanes = cost->lanes,
		.threads = 1,
		.version = ARGON2_VERSION_13,
	};
	int code = argon2_ctx(&context, Argon2_id);

	return code == ARGON2_OK                        ? PASSWORD_RIGHT
	       : code == ARGON2_MEMORY_ALLOCATION_ERROR ? PASSWORD_NO_MEMORY
	                                                : PASSWORD_FAILED;
}

password_result password_derive(const password_cost *cost, const void *salt, size_t salt_size, const void *password,
                                size_t size, unsigned char out[32])
{
	return derive(cost, salt, salt_size, password, size, out, 32);
}

static size_t write_bytes(const unsigned char *bytes, size_t size, char *out)
{
	size_t length = stead_base64_encode(bytes, size, out);

	while (length && out[length - 1] == '=')
		length--;
	out[length] = '\0';
	return length;
}

password_result password_hash(const password_cost *cost, const unsigned char salt[PASSWORD_SALT], const char *password,
                              size_t size, char out[PASSWORD_MAX_HASH])
{
	unsigned char hash[32];
	char salt_text[STEAD_BASE64_ROOM(PASSWORD_SALT)], hash_text[STEAD_BASE64_ROOM(sizeof hash)];
	password_result result = password_derive(cost, salt, PASSWORD_SALT, password, size, hash);

	write_bytes(salt, PASSWORD_SALT, salt_text);
	write_bytes(hash, sizeof hash, hash_text);
	snprintf(out, PASSWORD_MAX_HASH, "$argon2id$v=19$m=%u,t=%u,p=%u$%s$%s", cost->kib, cost->passes, cost->lanes,
	         salt_text, hash_text);
	return result;
}

bool password_hash_current(const char *hash, size_t size, const password_cost *cost)
{
	argon2id known;

	return read_argon2id(hash, size, &known) && known.cost.kib == cost->kib && known.cost.passes == cost->passes &&
	       known.cost.lanes == cost->lanes && known.salt_size >= PASSWORD_SALT && known.hash_size >= 32;
}

/* ---- crypt(3) ---------------------------------------------------------------------------------------------------- */

#ifdef STEAD_WITHOUT_CRYPT
static bool crypt_known(const char *hash, size_t size)
{
	(void)hash, (void)size;
	return false;
}

static password_result crypt_verify(const char *hash, size_t size, const char *password, size_t password_size)
{
	(void)hash, (void)size, (void)password, (void)password_size;
	return PASSWORD_WRONG;
}
#else

/* The value of a character of crypt's base64; -1: it is none. */
static int crypt_digit(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool crypt_digits(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (crypt_digit(text[i]) < 0)
			return false;
	return true;
}

/* $2b$12$ and 53 digits: the cost is a power of two, up to 2^14. */
static bool bcrypt_known(const char *hash, size_t size)
{
	int cost;

	if (size != 60 || (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') || hash[3] != '$' || hash[6] != '$' ||
	    hash[4] < '0' || hash[4] > '1' || hash[5] < '0' || hash[5] > '9')
		return false;
	cost = (hash[4] - '0') * 10 + hash[5] - '0';
	return cost >= 4 && cost <= 14 && crypt_digits(hash + 7, size - 7);
}

/* A salt and a hash of so many digits, with $ between them. */
static bool salt_and_hash(const char *at, const char *end, size_t most_salt, size_t digits)
{
	const char *dollar = memchr(at, '$', (size_t)(end - at));

	return dollar && (size_t)(dollar - at) <= most_salt && crypt_digits(at, (size_t)(dollar - at)) &&
	       (size_t)(end - dollar - 1) == digits && crypt_digits(dollar + 1, digits);
}

/* $y$j9T$<salt>$<43 digits>: r * 128 bytes * 2^(N + 1) are up to 64 MiB. */
static bool yescrypt_known(const char *hash, size_t size)
{
	int n, r;

	if (size < 8 || hash[3] != 'j' || hash[6] != '$')
		return false;
	n = crypt_digit(hash[4]);
	r = crypt_digit(hash[5]);
	return n >= 0 && n <= 13 && r >= 0 && r <= 31 && salt_and_hash(hash + 7, hash + size, 86, 43);
}

/* $7$C6..../....<salt>$<43 digits>: one digit of N, five each of r and p, the lowest first. */
static bool scrypt_known(const char *hash, size_t size)
{
	uint32_t number[2] = {0};
	int n;

	if (size < 14)
		return false;
	n = crypt_digit(hash[3]);
	for (int i = 0; i < 10; i++) {
		int digit = crypt_digit(hash[4 + i]);

		if (digit < 0)
			return false;
		number[i / 5] |= (uint32_t)digit << (i % 5 * 6);
	}
	return n >= 1 && n <= 20 && number[0] >= 1 && number[0] <= 32 && number[1] >= 1 && number[1] <= 8 &&
	       ((uint64_t)number[0] * number[1] * 128 << n) <= 64 << 20 && salt_and_hash(hash + 14, hash + size, 86, 43);
}

/* $6$rounds=5000$<salt>$<86 digits>, or without the rounds: up to 1000000. */
static bool sha512_known(const char *hash, size_t size)
{
	const char *at = hash + 3, *end = hash + size;
	uint32_t rounds = 5000;

	if (read_word(&at, end, "rounds=") && (!read_number(&at, end, &rounds) || !read_word(&at, end, "$")))
		return false;
	return rounds >= 1000 && rounds <= 1000000 && salt_and_hash(at, end, 16, 86);
}

static bool crypt_known(const char *hash, size_t size)
{
	if (size < 8 || size > PASSWORD_MAX_HASH || hash[0] != '$' || memchr(hash, '\0', size))
		return false;
	if (hash[1] == '2')
		return bcrypt_known(hash, size);
	if (hash[2] != '$')
		return false;
	return hash[1] == 'y'   ? yescrypt_known(hash, size)
	       : hash[1] == '7' ? scrypt_known(hash, size)
	       : hash[1] == '6' ? sha512_known(hash, size)
	                        : false;
}

static password_result crypt_verify(const char *hash, size_t size, const char *password, size_t password_size)
{
	char setting[PASSWORD_MAX_HASH + 1], phrase[CRYPT_MAX_PASSPHRASE_SIZE];
	password_result result = PASSWORD_WRONG;
	struct crypt_data data;
	const char *got;

	/* crypt(3) takes C strings: a password with a NUL would be cut, and match */
	if (password_size >= sizeof phrase || memchr(password, '\0', password_size))
		return PASSWORD_WRONG;
	memcpy(setting, hash, size);
	setting[size] = '\0';
	memcpy(phrase, password, password_size);
	phrase[password_size] = '\0';
	memset(&data, 0, sizeof data);
	got = crypt_rn(phrase, setting, &data, sizeof data);
	if (got && strlen(got) == size && CRYPTO_memcmp(got, hash, size) == 0)
		result = PASSWORD_RIGHT;
	OPENSSL_cleanse(phrase, sizeof phrase);
	OPENSSL_cleanse(&data, sizeof data);
	return result;
}
#endif

/* ---- Both -------------------------------------------------------------------------------------------------------- */

bool password_hash_known(const char *hash, size_t size)
{
	argon2id known;

	return read_argon2id(hash, size, &known) || crypt_known(hash, size);
}

password_result password_verify(const char *hash, size_t size, const char *password, size_t password_size)
{
	unsigned char got[64];
	password_result result;
	argon2id known;

	if (password_size > PASSWORD_MAX)
		return PASSWORD_WRONG;
	if (read_argon2id(hash, size, &known)) {
		result = derive(&known.cost, known.salt, known.salt_size, password, password_size, got, known.hash_size);
		if (result == PASSWORD_RIGHT && CRYPTO_memcmp(got, known.hash, known.hash_size) != 0)
			result = PASSWORD_WRONG;
		return result;
	}
	return crypt_known(hash, size) ? crypt_verify(hash, size, password, password_size) : PASSWORD_WRONG;
}
