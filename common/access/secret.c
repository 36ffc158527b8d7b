/*
 * secret.c - see secret.h.
 */
#include "access/secret.h"

#include <string.h>

#include "lib/text.h"

#define PREFIX_SIZE 4

stead_value secret_make(stead_call *call, const char *prefix, unsigned char *hash)
{
	char *text = stead_alloc(call, SECRET_SIZE + 1);
	unsigned char random[32];

	stead_random(call, random, sizeof random);
	memcpy(text, prefix, PREFIX_SIZE);
	stead_base64url_encode(random, sizeof random, text + PREFIX_SIZE);
	stead_sha256(call, text, SECRET_SIZE, hash);
	return stead_text_n(text, SECRET_SIZE);
}

bool secret_begins(stead_value text, const char *prefix)
{
	size_t size = strlen(prefix);

	return !text.null && text.size >= size && memcmp(text.data, prefix, size) == 0;
}

bool secret_has_form(stead_value text, const char *prefix)
{
	return secret_begins(text, prefix) && text.size == SECRET_SIZE &&
	       stead_base64url_valid(text.data + PREFIX_SIZE, SECRET_SIZE - PREFIX_SIZE);
}

stead_value secret_hash_value(const unsigned char hash[STEAD_SHA256_SIZE])
{
	return stead_bytes(hash, STEAD_SHA256_SIZE);
}
