/*
 * digest.h - SHA-256 and random bytes, from OpenSSL's libcrypto.
 */
#ifndef STEAD_DIGEST_H
#define STEAD_DIGEST_H

#include "lib/crypto/sha256.h"
#include "stead.h"

void stead_sha256(stead_call *call, const void *data, size_t size, unsigned char out[STEAD_SHA256_SIZE]);
/* A hash in pieces: what it is made with lasts as long as the connection, and another hash ends this one. */
stead_sha256_stream stead_sha256_open(stead_call *call);
/* Raises if libcrypto failed. */
void stead_sha256_check(stead_call *call, const stead_sha256_stream *stream);
/* From the system's cryptographic generator, by way of libcrypto's. */
void stead_random(stead_call *call, unsigned char *out, size_t size);
#define STEAD_NONCE_SIZE 16 /* bytes */
/* From the same generator, which is asked for many at once, as its price is by the call. They are kept until they are used:
 * not for what gives access. */
void stead_nonce(stead_call *call, unsigned char out[STEAD_NONCE_SIZE]);

#endif
