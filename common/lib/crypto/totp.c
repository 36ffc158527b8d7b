/*
 * totp.c - see totp.h.
 */
#include "lib/crypto/totp.h"

#include "lib/crypto/openssl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

size_t base32_encode(const unsigned char *data, size_t size, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t held = 0;
	size_t length = 0;
	int bits = 0;

	for (size_t i = 0; i < size; i++) {
		held = held << 8 | data[i];
		for (bits += 8; bits >= 5; bits -= 5)
			out[length++] = digits[held >> (bits - 5) & 31];
	}
	if (bits)
		out[length++] = digits[held << (5 - bits) & 31];
	out[length] = '\0';
	return length;
}

bool totp_code(const unsigned char *secret, size_t size, int64_t step, int digits, char *out)
{
	static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
	unsigned char counter[8], hash[EVP_MAX_MD_SIZE], *at;
	unsigned int hash_size;
	uint32_t number;

	for (int i = 0; i < 8; i++)
		counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	if (!HMAC(EVP_sha1(), secret, (int)size, counter, sizeof counter, hash, &hash_size) || hash_size != 20)
		return false;
	at = hash + (hash[19] & 15);
	number = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	snprintf(out, (size_t)digits + 1, "%0*u", digits, number % powers[digits]);
	return true;
}

bool totp_find(const unsigned char *secret, size_t size, int64_t now_seconds, int64_t last_step, const char *code,
               size_t code_size, int64_t *step)
{
	int64_t now = now_seconds / TOTP_SECONDS;
	char right[TOTP_DIGITS + 1];

	*step = -1;
	if (code_size != TOTP_DIGITS)
		return true;
	for (int64_t at = now - TOTP_SKEW; at <= now + TOTP_SKEW; at++) {
		if (!totp_code(secret, size, at, TOTP_DIGITS, right))
			return false;
		if (CRYPTO_memcmp(right, code, TOTP_DIGITS) == 0 && at > last_step && *step < 0)
			*step = at;
	}
	return true;
}
