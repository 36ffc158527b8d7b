/*
 * jwk.h - keys of JSON Web Signature: PEM, JWK (RFC 7517) and base64url secrets, read strictly. Pure.
 *
 * A key is read for one algorithm, and refused if it does not fit that algorithm. An accepted key is converted to one
 * form: PEM SubjectPublicKeyInfo for the public part, PEM PKCS #8 for the private part. An HMAC secret stays base64url
 * and has no public part. No error text contains key material.
 */
#ifndef STEAD_JWK_H
#define STEAD_JWK_H

#include <stdbool.h>
#include <stddef.h>

#define JWK_MAX 16384        /* the longest key text, bytes */
#define JWK_PUBLIC_ROOM 4096 /* RSA of 16384 bits takes 2.9 KiB */
#define JWK_MIN_SECRET 32    /* bytes for SHA-256; the other digests need more */

typedef enum { JWK_HMAC = 1, JWK_RSA, JWK_RSA_PSS, JWK_ECDSA, JWK_EDDSA } jwk_family;

typedef struct {
	const char *name; /* as in the header: HS256 */
	jwk_family family;
	const char *digest; /* NULL for EdDSA */
	/* ECDSA only: */
	const char *curve; /* as in a JWK */
	const char *group; /* OpenSSL's name of the curve */
	size_t coordinate; /* bytes of a coordinate, and of each half of a signature */
} jwk_algorithm;

/* NULL: there is no such algorithm. Case matters. */
const jwk_algorithm *jwk_algorithm_find(const char *name, size_t size);

typedef struct {
	char public_key[JWK_PUBLIC_ROOM]; /* NUL-terminated; empty for HMAC */
	char private_key[JWK_MAX + 1];    /* the same; empty when only the public part was given */
} jwk;

/* Reads a key for the algorithm. Returns NULL, or what is wrong with the key: words that follow "key" in a sentence. If
 * memory ran out, it sets *no_memory, and the words mean nothing. */
const char *jwk_read(const jwk_algorithm *algorithm, const char *text, size_t size, jwk *out, bool *no_memory);

/* Opens a part that jwk_read() made. NULL: it is no key for the algorithm. Free it with EVP_PKEY_free(). */
struct evp_pkey_st *jwk_open(const jwk_algorithm *algorithm, const char *pem, size_t size, bool private_part);

struct evp_pkey_ctx_st;
/* For PS algorithms, sets the padding of RFC 7518, section 3.5. False: the context's key does not allow it. */
bool jwk_set_padding(const jwk_algorithm *algorithm, struct evp_pkey_ctx_st *context);

#endif
