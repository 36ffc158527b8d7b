/*
 * sha256.h - incremental SHA-256, by OpenSSL's libcrypto. Pure: the context is the caller's (stead_sha256_open() has
 * one). It computes one hash at a time.
 */
#ifndef STEAD_SHA256_H
#define STEAD_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEAD_SHA256_SIZE 32 /* bytes */

typedef struct {
	struct evp_md_ctx_st *context;
	bool failed; /* set when libcrypto fails, never cleared: the caller checks it once, at the end */
	size_t held; /* bytes in the buffer: a call of libcrypto is costly, however few bytes it gets */
	unsigned char buffer[512];
} stead_sha256_stream;

void stead_sha256_start(stead_sha256_stream *stream);
void stead_sha256_add(stead_sha256_stream *stream, const void *data, size_t size);
void stead_sha256_byte(stead_sha256_stream *stream, unsigned char byte);
/* Eight bytes, big endian; negative numbers in two's complement. */
void stead_sha256_number(stead_sha256_stream *stream, int64_t number);
void stead_sha256_end(stead_sha256_stream *stream, unsigned char out[STEAD_SHA256_SIZE]);

/* Writes and reads the same eight bytes in memory. */
void stead_put_number(unsigned char *out, int64_t number);
int64_t stead_get_number(const unsigned char *in);

#endif
