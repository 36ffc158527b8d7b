/*
 * jwk_make.h - converts a key's text to an OpenSSL key, and that to PEM. For jwk.c, which checks the key. Pure.
 *
 * A reason is words that follow "key" in a sentence.
 */
#ifndef STEAD_JWK_MAKE_H
#define STEAD_JWK_MAKE_H

#include "lib/crypto/openssl.h"

#include <jansson.h>
#include <openssl/evp.h>

#include "lib/crypto/jwk.h"

#define JWK_NOT_A_KEY "is not a PEM, a JWK or a base64url secret"
#define JWK_MALFORMED "is a JWK with a missing or malformed member"
#define JWK_UNSOUND "is not a valid key"

#define JWK_PEM_BEGIN "-----BEGIN "

/* Reads the only key in the text. Returns NULL and sets *key, or returns the reason. A certificate gives its public
 * key; it is not verified. */
const char *jwk_make_pem(const char *text, size_t size, bool *private_part, EVP_PKEY **key);
/* Reads one PEM block: a public part in any form, or a private part without a password. NULL: it is neither. */
EVP_PKEY *jwk_decode_pem(const char *pem, size_t size, bool private_part);
/* Writes SubjectPublicKeyInfo or PKCS #8, NUL-terminated. False: it failed, or needs more room. */
bool jwk_encode_pem(EVP_PKEY *key, bool private_part, char *out, size_t room);

/* Makes a key from the members of a JWK. NULL: one is missing or malformed; for RSA, or for the reason that is set in
 * *unfit. An RSA private part may lack the primes; then they are computed (RFC 7518, section 6.3.2). */
EVP_PKEY *jwk_make_rsa(const json_t *object, bool private_part, const char **unfit);
EVP_PKEY *jwk_make_ec(const jwk_algorithm *algorithm, const json_t *object, bool private_part);
EVP_PKEY *jwk_make_okp(const json_t *object, const char *curve, bool private_part);

/* NULL, or the reason why the modulus or the exponent of an RSA key is unfit. */
const char *jwk_unfit_size(const BIGNUM *modulus, const BIGNUM *exponent);

#endif
