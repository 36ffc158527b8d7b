/*
 * jwk_make.h - a key's text to an OpenSSL key, and back to PEM. For jwk.c, which judges what is made here. Pure.
 *
 * A function that gives a reason instead of a key gives words to follow "key" in a sentence.
 */
#ifndef STEAD_JWK_MAKE_H
#define STEAD_JWK_MAKE_H

#include <jansson.h>
#include <openssl/evp.h>

#include "lib/crypto/jwk.h"

#define JWK_NOT_A_KEY "is not a PEM, a JWK or a base64url secret"
#define JWK_MALFORMED "is a JWK with a missing or malformed member"
#define JWK_UNSOUND "is not a sound key"

#define JWK_PEM_BEGIN "-----BEGIN "

/* The one key in the text: NULL and the key, or the reason. A certificate gives its public key, and is not verified. */
const char *jwk_make_pem(const char *text, size_t size, bool *private_part, EVP_PKEY **key);
/* One block of PEM; a public part in any form, a private one without a password. NULL when it is none. */
EVP_PKEY *jwk_decode_pem(const char *pem, size_t size, bool private_part);
/* SubjectPublicKeyInfo or PKCS #8, NUL-terminated; false when it takes more than the room or cannot be done. */
bool jwk_encode_pem(EVP_PKEY *key, bool private_part, char *out, size_t room);

/* From the members of a JWK; NULL when one is missing or malformed. RSA: or for the reason put into unfit. Its private part may
 * come without the primes, which are found then (RFC 7518, section 6.3.2). */
EVP_PKEY *jwk_make_rsa(const json_t *object, bool private_part, const char **unfit);
EVP_PKEY *jwk_make_ec(const jwk_algorithm *algorithm, const json_t *object, bool private_part);
EVP_PKEY *jwk_make_okp(const json_t *object, const char *curve, bool private_part);

/* NULL, or what is wrong with the size or the form of an RSA key's public numbers. */
const char *jwk_unfit_size(const BIGNUM *modulus, const BIGNUM *exponent);

#endif
