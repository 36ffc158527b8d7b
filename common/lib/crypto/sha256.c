/*
 * sha256.c - see sha256.h.
 */
#include "lib/crypto/sha256.h"
#include "lib/crypto/openssl.h"

#include <openssl/evp.h>
#include <string.h>

static void update(stead_sha256_stream *stream, const void *data, size_t size)
{
	if (!EVP_DigestUpdate(stream->context, data, size))
		stream->failed = true;
}

void stead_sha256_start(stead_sha256_stream *stream)
{
	stream->held = 0;
	if (!EVP_DigestInit_ex2(stream->context, NULL, NULL))
		stream->failed = true;
}

void stead_sha256_add(stead_sha256_stream *stream, const void *data, size_t size)
{
	if (size > sizeof stream->buffer - stream->held) {
		update(stream, stream->buffer, stream->held);
		stream->held = 0;
	}
	if (size > sizeof stream->buffer) {
		update(stream, data, size);
		return;
	}
	if (size)
		memcpy(stream->buffer + stream->held, data, size);
	stream->held += size;
}

void stead_sha256_byte(stead_sha256_stream *stream, unsigned char byte)
{
	stead_sha256_add(stream, &byte, 1);
}

/* Written out, as compilers then make one instruction of it. */
void stead_put_number(unsigned char *out, int64_t number)
{
	uint64_t bits = (uint64_t)number;

	out[0] = (unsigned char)(bits >> 56);
	out[1] = (unsigned char)(bits >> 48);
	out[2] = (unsigned char)(bits >> 40);
	out[3] = (unsigned char)(bits >> 32);
	out[4] = (unsigned char)(bits >> 24);
	out[5] = (unsigned char)(bits >> 16);
	out[6] = (unsigned char)(bits >> 8);
	out[7] = (unsigned char)bits;
}

int64_t stead_get_number(const unsigned char *in)
{
	return (int64_t)((uint64_t)in[0] << 56 | (uint64_t)in[1] << 48 | (uint64_t)in[2] << 40 | (uint64_t)in[3] << 32 |
	                 (uint64_t)in[4] << 24 | (uint64_t)in[5] << 16 | (uint64_t)in[6] << 8 | in[7]);
}

void stead_sha256_number(stead_sha256_stream *stream, int64_t number)
{
	unsigned char bytes[8];

	stead_put_number(bytes, number);
	stead_sha256_add(stream, bytes, sizeof bytes);
}

void stead_sha256_end(stead_sha256_stream *stream, unsigned char out[STEAD_SHA256_SIZE])
{
	update(stream, stream->buffer, stream->held);
	if (!EVP_DigestFinal_ex(stream->context, out, NULL))
		stream->failed = true;
}
