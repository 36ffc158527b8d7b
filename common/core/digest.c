/*
 * digest.c - see digest.h. Each connection fetches the algorithm once: fetching it costs several times as much as
 * hashing a token.
 */
#include "core/digest.h"
#include "core/cache.h"
#include "lib/crypto/openssl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

static const char sha256_key[] = "sha256", nonces_key[] = "nonces"; /* of connection handles */

static void *make_sha256(void)
{
	EVP_MD *algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *context = algorithm ? EVP_MD_CTX_new() : NULL;

	if (context && !EVP_DigestInit_ex2(context, algorithm, NULL)) {
		EVP_MD_CTX_free(context);
		context = NULL;
	}
	EVP_MD_free(algorithm); /* the context holds it */
	return context;
}

static void release_sha256(void *context)
{
	EVP_MD_CTX_free(context);
}

stead_sha256_stream stead_sha256_open(stead_call *call)
{
	void *context = stead_connection_handle(call, sha256_key, make_sha256, release_sha256);

	if (!context) /* OpenSSL can be configured with a provider that lacks it */
		stead_raise(call, STEAD_INTERNAL, "stead_%s: OpenSSL has no SHA-256", call->function->name);
	return (stead_sha256_stream){.context = context};
}

void stead_sha256_check(stead_call *call, const stead_sha256_stream *stream)
{
	if (stream->failed)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: SHA-256 failed", call->function->name);
}

void stead_sha256(stead_call *call, const void *data, size_t size, unsigned char out[STEAD_SHA256_SIZE])
{
	stead_sha256_stream stream = stead_sha256_open(call);

	stead_sha256_start(&stream);
	stead_sha256_add(&stream, data, size);
	stead_sha256_end(&stream, out);
	stead_sha256_check(call, &stream);
}

void stead_random(stead_call *call, unsigned char *out, size_t size)
{
	if (RAND_bytes(out, (int)size) != 1)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: no random bytes are available", call->function->name);
}

typedef struct {
	unsigned char bytes[32][STEAD_NONCE_SIZE];
	size_t left;
	pid_t process; /* the process that drew them: a forked child must not use them again */
} nonces;

static void *make_nonces(void)
{
	return OPENSSL_zalloc(sizeof(nonces));
}

static void release_nonces(void *drawn)
{
	OPENSSL_clear_free(drawn, sizeof(nonces));
}

static void draw_nonce(stead_call *call, unsigned char out[STEAD_NONCE_SIZE])
{
	nonces *drawn = stead_connection_handle(call, nonces_key, make_nonces, release_nonces);

	if (!drawn)
		stead_raise_no_memory(call);
	if (!drawn->left || drawn->process != getpid()) {
		drawn->left = 0;
		stead_random(call, drawn->bytes[0], sizeof drawn->bytes);
		drawn->left = STEAD_COUNT(drawn->bytes);
		drawn->process = getpid();
	}
	memcpy(out, drawn->bytes[--drawn->left], STEAD_NONCE_SIZE);
}

stead_value stead_new_uuid(stead_call *call, int64_t now)
{
	unsigned char nonce[STEAD_NONCE_SIZE];
	char text[STEAD_UUID_SIZE + 1];

	draw_nonce(call, nonce);
	stead_uuid7_write(now, nonce, text);
	return stead_keep(call, stead_text(text));
}

const unsigned char *stead_nonces(stead_call *call, int64_t count)
{
	unsigned char *out = stead_alloc(call, (size_t)count * STEAD_NONCE_SIZE);

	if (count == 1)
		draw_nonce(call, out);
	else
		stead_random(call, out, (size_t)count * STEAD_NONCE_SIZE);
	return out;
}
