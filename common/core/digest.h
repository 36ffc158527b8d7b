/*
 * digest.h - SHA-256 and random bytes, from OpenSSL's libcrypto.
 */
#ifndef STEAD_DIGEST_H
#define STEAD_DIGEST_H

#include "lib/crypto/sha256.h"
#include "lib/uuid.h"
#include "stead.h"

void stead_sha256(stead_call *call, const void *data, size_t size, unsigned char out[STEAD_SHA256_SIZE]);
/* An incremental hash. The connection keeps its context, of which there is one: another hash ends this one. */
stead_sha256_stream stead_sha256_open(stead_call *call);
/* Raises if libcrypto failed. */
void stead_sha256_check(stead_call *call, const stead_sha256_stream *stream);
/* Random bytes from libcrypto's generator, which the system's generator seeds. */
void stead_random(stead_call *call, unsigned char *out, size_t size);
#define STEAD_NONCE_SIZE 16 /* bytes */
/* So many nonces from the same generator, one after the other, in the call's memory. It draws many at once, as each
 * call of the generator is costly, and keeps them in memory until they are used: so do not use them for secrets. */
const unsigned char *stead_nonces(stead_call *call, int64_t count);
/* A new UUID of version 7 for something that is made now, as text. Its random bits are a nonce's: it is no secret. */
stead_value stead_new_uuid(stead_call *call, int64_t now);

#endif
