/*
 * jws.h - JSON Web Signature, compact serialisation (RFC 7515), as strict as RFC 8725 asks. Pure: caller's buffers.
 *
 * Parsing refuses what two readers could read differently: parts that are not canonical base64url, and names that occur
 * twice. It refuses header parameters that change the meaning (crit, b64, zip) or supply a key (jku, jwk, x5u, x5c).
 * Verifying takes the algorithm from the key, never from the header.
 */
#ifndef STEAD_JWS_H
#define STEAD_JWS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/crypto/jwk.h"

#define JWS_MAX 8192 /* the longest token, bytes */

typedef struct {
	const char *signed_part; /* header and payload as signed; within the token */
	size_t signed_size;
	/* Decoded, in room: */
	const char *header, *payload, *signature;
	size_t header_size, payload_size, signature_size;
	const char *algorithm; /* as the header says, untrusted */
	size_t algorithm_size;
	const char *kid; /* NULL: the header has none. Valid UTF-8 without NUL; otherwise untrusted */
	size_t kid_size;
	char room[2 * JWS_MAX];
} jws;

typedef enum { JWS_OK = 1, JWS_MALFORMED, JWS_NO_MEMORY } jws_result;

/* token may be any bytes, of any size. It must outlive out. Do not copy out: it points into itself, and into the
 * token. */
jws_result jws_parse(const char *token, size_t size, jws *out);

/* Was the token signed with the key? The key is what jwk_read() made: the public part, or the secret for HMAC. Also
 * false if the header names another algorithm, or if anything fails. */
bool jws_verify(const jws *parsed, const jwk_algorithm *algorithm, const char *key, size_t key_size);

typedef enum { JWS_SIGNED = 1, JWS_TOO_LONG, JWS_FAILED } jws_signing;

/* Writes the token, without a NUL; out has room for JWS_MAX bytes. The key is a private part or an HMAC secret. */
jws_signing jws_sign(const jwk_algorithm *algorithm, const char *key, size_t key_size, const char *header,
                     size_t header_size, const char *payload, size_t payload_size, char *out, size_t *out_size);

#endif
