/*
 * running_sha256.h - SHA-256 (FIPS 180-4) whose state can be stored, and goes on elsewhere: in another call, connection
 * or database. Pure.
 *
 * OpenSSL cannot store the state of a hash, except by functions that are deprecated. This is for checksums over an
 * export that arrives in pieces. Everything else uses lib/crypto/sha256.h, which is faster.
 */
#ifndef STEAD_RUNNING_SHA256_H
#define STEAD_RUNNING_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUNNING_SHA256_SIZE 32    /* of the hash */
#define RUNNING_SHA256_STORED 104 /* of the state: eight words, the number of bytes, and the block that is not full */

typedef struct {
	uint32_t words[8];
	uint64_t size; /* bytes so far */
	unsigned char block[64];
} running_sha256;

void running_sha256_start(running_sha256 *hash);
void running_sha256_add(running_sha256 *hash, const void *data, size_t size);
/* The hash of the bytes so far. The state stays as it is. */
void running_sha256_value(const running_sha256 *hash, unsigned char out[RUNNING_SHA256_SIZE]);

void running_sha256_store(const running_sha256 *hash, unsigned char out[RUNNING_SHA256_STORED]);
void running_sha256_load(running_sha256 *hash, const unsigned char stored[RUNNING_SHA256_STORED]);

#endif
