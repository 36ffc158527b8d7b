/*
 * encoding.h - the numbers in the entries of the index: varints and hashes.
 */
#ifndef STEAD_INDEX_ENCODING_H
#define STEAD_INDEX_ENCODING_H

#include "lib/text.h"
#include "trail/index/index.h"

#define INDEX_ROW_SIZE 900   /* bytes, about: SQLite and PostgreSQL store larger rows apart */
#define INDEX_MOST_VARINT 10 /* bytes */

/* Varints are those of Protocol Buffers: 7 bits a byte, lowest first. Returns the number of bytes. */
static inline size_t index_put_varint(unsigned char *out, uint64_t number)
{
	size_t size = 0;

	for (; number > 127; number >>= 7)
		out[size++] = (unsigned char)(number | 128);
	out[size++] = (unsigned char)number;
	return size;
}

/* Returns what follows it. NULL: the row is damaged. Inlined, as a top reads all rows of a dimension. */
static inline const unsigned char *index_read_varint(const unsigned char *at, const unsigned char *end,
                                                     uint64_t *number)
{
	*number = 0;
	for (int shift = 0; shift < 64 && at && at < end; shift += 7) {
		unsigned char byte = *at++;

		if (shift == 63 && byte > 1)
			break;
		*number |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return at;
	}
	return NULL;
}

/* What a row has of a hash; at least 8 bytes must follow. */
static inline uint64_t index_quick_hash(const unsigned char *at)
{
	return __builtin_bswap64(stead_eight_bytes(at)) >> (64 - 8 * INDEX_HASH_SIZE);
}

static inline size_t index_put_hash(unsigned char *out, uint64_t hash)
{
	for (int i = 0; i < INDEX_HASH_SIZE; i++)
		out[i] = (unsigned char)(hash >> 8 * (INDEX_HASH_SIZE - 1 - i));
	return INDEX_HASH_SIZE;
}

#endif
