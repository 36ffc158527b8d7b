/*
 * digest.c - see digest.h. The algorithm is fetched once for a connection: fetching it costs several times what hashing
 * a token does.
 */
#include "digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

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

void stead_sha256(stead_call *call, const void *data, size_t size, unsigned char out[STEAD_SHA256_SIZE])
{
	EVP_MD_CTX *context = stead_lasting(call, STEAD_LASTING_SHA256, make_sha256, release_sha256);

	if (!EVP_DigestInit_ex2(context, NULL, NULL) || !EVP_DigestUpdate(context, data, size) ||
	    !EVP_DigestFinal_ex(context, out, NULL))
		stead_raise(call, STEAD_INTERNAL, "stead_%s: SHA-256 failed", call->function->name);
}

void stead_random(stead_call *call, unsigned char *out, size_t size)
{
	if (RAND_bytes(out, (int)size) != 1)
		stead_raise(call, STEAD_INTERNAL, "stead_%s: there are no random bytes to be had", call->function->name);
}
