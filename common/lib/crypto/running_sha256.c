/*
 * running_sha256.c - see running_sha256.h. The names are those of FIPS 180-4, section 6.2.
 */
#include "lib/crypto/running_sha256.h"

#include <string.h>

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t get_word(const unsigned char *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static void put_word(unsigned char *out, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(word >> (24 - 8 * i));
}

/* Instead of moving a to b, b to c and so on after each round, the next one gets them in other places. */
static inline void one_round(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f, uint32_t g,
                             uint32_t *h, uint32_t key)
{
	uint32_t T1 = *h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + key;

	*d += T1;
	*h = T1 + (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b)));
}

static void take_block(uint32_t H[8], const unsigned char *block)
{
	uint32_t W[64], a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];

	for (int t = 0; t < 16; t++)
		W[t] = get_word(block + 4 * t);
	for (int t = 16; t < 64; t++)
		W[t] = (rotr(W[t - 2], 17) ^ rotr(W[t - 2], 19) ^ W[t - 2] >> 10) + W[t - 7] +
		       (rotr(W[t - 15], 7) ^ rotr(W[t - 15], 18) ^ W[t - 15] >> 3) + W[t - 16];
	for (int t = 0; t < 64; t += 8) {
		one_round(a, b, c, &d, e, f, g, &h, K[t] + W[t]);
		one_round(h, a, b, &c, d, e, f, &g, K[t + 1] + W[t + 1]);
		one_round(g, h, a, &b, c, d, e, &f, K[t + 2] + W[t + 2]);
		one_round(f, g, h, &a, b, c, d, &e, K[t + 3] + W[t + 3]);
		one_round(e, f, g, &h, a, b, c, &d, K[t + 4] + W[t + 4]);
		one_round(d, e, f, &g, h, a, b, &c, K[t + 5] + W[t + 5]);
		one_round(c, d, e, &f, g, h, a, &b, K[t + 6] + W[t + 6]);
		one_round(b, c, d, &e, f, g, h, &a, K[t + 7] + W[t + 7]);
	}
	H[0] += a, H[1] += b, H[2] += c, H[3] += d, H[4] += e, H[5] += f, H[6] += g, H[7] += h;
}

void running_sha256_start(running_sha256 *hash)
{
	*hash = (running_sha256){
		{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, 0, {0}};
}

void running_sha256_add(running_sha256 *hash, const void *data, size_t size)
{
	const unsigned char *at = data;
	size_t held = hash->size % 64;

	hash->size += size;
	while (size > 0) {
		size_t some = size < 64 - held ? size : 64 - held;

		if (held == 0 && size >= 64) {
			take_block(hash->words, at);
			some = 64;
		} else {
			memcpy(hash->block + held, at, some);
			held = (held + some) % 64;
			if (held == 0)
				take_block(hash->words, hash->block);
		}
		at += some;
		size -= some;
	}
}

void running_sha256_value(const running_sha256 *hash, unsigned char out[RUNNING_SHA256_SIZE])
{
	static const unsigned char padding[64] = {0x80};
	running_sha256 end = *hash;
	unsigned char length[8];

	put_word(length, (uint32_t)(hash->size >> 29));
	put_word(length + 4, (uint32_t)(hash->size << 3));
	running_sha256_add(&end, padding, 1 + (119 - hash->size % 64) % 64);
	running_sha256_add(&end, length, sizeof length);
	for (int i = 0; i < 8; i++)
		put_word(out + 4 * i, end.words[i]);
}

void running_sha256_store(const running_sha256 *hash, unsigned char out[RUNNING_SHA256_STORED])
{
	size_t held = hash->size % 64;

	for (int i = 0; i < 8; i++)
		put_word(out + 4 * i, hash->words[i]);
	put_word(out + 32, (uint32_t)(hash->size >> 32));
	put_word(out + 36, (uint32_t)hash->size);
	memset(out + 40, 0, 64);
	memcpy(out + 40, hash->block, held);
}

void running_sha256_load(running_sha256 *hash, const unsigned char stored[RUNNING_SHA256_STORED])
{
	for (int i = 0; i < 8; i++)
		hash->words[i] = get_word(stored + 4 * i);
	hash->size = (uint64_t)get_word(stored + 32) << 32 | get_word(stored + 36);
	memcpy(hash->block, stored + 40, 64);
}
