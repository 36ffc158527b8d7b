/*
 * digest.h - SHA-256 and random bytes, from OpenSSL's libcrypto.
 */
#ifndef STEAD_DIGEST_H
#define STEAD_DIGEST_H

#include "stead.h"

#define STEAD_SHA256_SIZE 32

void stead_sha256(stead_call *call, const void *data, size_t size, unsigned char out[STEAD_SHA256_SIZE]);
/* From the system's cryptographic generator, by way of libcrypto's. */
void stead_random(stead_call *call, unsigned char *out, size_t size);

#endif
