/*
 * jwk_write.c - see jwk_write.h. It reads the public parameters only, of a key that was decoded from a public PEM.
 */
#include "lib/crypto/jwk_write.h"
#include "lib/crypto/openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

#define MAX_NUMBER 2048 /* bytes of a number: RSA of 16384 bits */

static bool encode(const char *name, const unsigned char *bytes, size_t size, char *out)
{
	size_t used = strlen(out), prefix = strlen(name) + 5;

	if (used + prefix + STEAD_BASE64_ROOM(size) + 1 > JWK_WRITE_ROOM)
		return false;
	used += (size_t)snprintf(out + used, JWK_WRITE_ROOM - used, ",\"%s\":\"", name);
	used += stead_base64url_encode(bytes, size, out + used);
	out[used] = '"';
	out[used + 1] = 0;
	return true;
}

/* least: a coordinate is padded to its curve's size, another number has no leading zeros. */
static bool add_number(const EVP_PKEY *key, const char *parameter, const char *name, size_t least, char *out)
{
	unsigned char bytes[MAX_NUMBER];
	BIGNUM *number = NULL;
	bool done = false;

	if (EVP_PKEY_get_bn_param(key, parameter, &number) == 1 && BN_num_bytes(number) <= MAX_NUMBER) {
		int size = BN_num_bytes(number);

		size = size < (int)least ? (int)least : size;
		done = BN_bn2binpad(number, bytes, size) == size && encode(name, bytes, (size_t)size, out);
	}
	BN_free(number);
	return done;
}

static bool add_raw(const EVP_PKEY *key, char *out)
{
	unsigned char bytes[64];
	size_t size = sizeof bytes;

	return EVP_PKEY_get_raw_public_key(key, bytes, &size) == 1 && encode("x", bytes, size, out);
}

bool jwk_write_public(const jwk_algorithm *algorithm, const char *pem, size_t size, char out[JWK_WRITE_ROOM])
{
	EVP_PKEY *key;
	bool done = false;

	if (algorithm->family == JWK_HMAC)
		return false;
	ERR_set_mark(); /* the application uses OpenSSL's error queue, too */
	key = jwk_open(algorithm, pem, size, false);
	if (key && algorithm->family == JWK_ECDSA) {
		snprintf(out, JWK_WRITE_ROOM, "\"kty\":\"EC\",\"crv\":\"%s\"", algorithm->curve);
		done = add_number(key, OSSL_PKEY_PARAM_EC_PUB_X, "x", algorithm->coordinate, out) &&
		       add_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, "y", algorithm->coordinate, out);
	} else if (key && algorithm->family == JWK_EDDSA) {
		snprintf(out, JWK_WRITE_ROOM, "\"kty\":\"OKP\",\"crv\":\"%s\"",
		         EVP_PKEY_is_a(key, "ED448") ? "Ed448" : "Ed25519");
		done = add_raw(key, out);
	} else if (key) {
		snprintf(out, JWK_WRITE_ROOM, "\"kty\":\"RSA\"");
		done = add_number(key, OSSL_PKEY_PARAM_RSA_N, "n", 0, out) &&
		       add_number(key, OSSL_PKEY_PARAM_RSA_E, "e", 0, out);
	}
	EVP_PKEY_free(key);
	ERR_pop_to_mark();
	return done;
}
