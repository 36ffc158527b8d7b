/*
 * jwk_write.h - a public key as a JWK (RFC 7517; RFC 7518, section 6; RFC 8037). Pure.
 */
#ifndef STEAD_JWK_WRITE_H
#define STEAD_JWK_WRITE_H

#include "lib/crypto/jwk.h"

#define JWK_WRITE_ROOM 6144 /* RSA of 16384 bits takes 2.8 KiB */

/* Writes the members of the public part, from kty on, without braces; a NUL ends them. False: the PEM is no public key
 * for the algorithm. An HMAC secret has no public part. */
bool jwk_write_public(const jwk_algorithm *algorithm, const char *pem, size_t size, char out[JWK_WRITE_ROOM]);

#endif
