/*
 * text.h - UTF-8 and ASCII helpers, and base64url (RFC 4648, section 5, unpadded). Pure: caller's buffers, no call.
 */
#ifndef STEAD_TEXT_H
#define STEAD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Well-formed UTF-8 by Unicode table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool stead_utf8_valid(const char *data, size_t size);
/* The largest length up to size that does not end within a character of well-formed text. */
size_t stead_utf8_cut(const char *data, size_t size);

#define STEAD_INTEGER_SIZE 20
/* Writes a number in decimal, without a NUL, in at most STEAD_INTEGER_SIZE bytes. Returns the length. */
size_t stead_integer_write(int64_t number, char *out);
/* Compares two int64_t, for qsort() and bsearch(). */
int stead_by_integer(const void *a, const void *b);

/* A hash for a table in memory: FNV-1a, which begins with a number. It resists nobody who chooses the bytes. */
uint64_t stead_quick_hash(uint64_t number, const char *data, size_t size);

#define STEAD_MAX_NEEDLE 1000
/* Does the needle occur in data, ignoring the case of ASCII letters? The needle is in lower case. A needle longer than
 * STEAD_MAX_NEEDLE is never found. Linear in size. */
bool stead_contains(const char *data, size_t size, const char *lower_needle, size_t needle_size);
void stead_ascii_lower(char *data, size_t size);
/* Is the text this word, ignoring the case of ASCII letters? The word is in lower case. */
bool stead_same_word(const char *data, size_t size, const char *word);

/* Room for the base64url form of size bytes, NUL included. */
#define STEAD_BASE64_ROOM(size) (((size) + 2) / 3 * 4 + 1)
/* Returns the length written, without the NUL. */
size_t stead_base64url_encode(const unsigned char *data, size_t size, char *out);
/* The same in plain base64 (section 4), padded. */
size_t stead_base64_encode(const unsigned char *data, size_t size, char *out);
/* Two digits for each byte, in lower case, without a NUL. */
void stead_hex_encode(const unsigned char *data, size_t size, char *out);
/* Strict: false unless encoding the result gives the same text again. out has room for size bytes. */
bool stead_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);
/* Would it be decoded? */
bool stead_base64url_valid(const char *text, size_t size);

/* ---- Eight bytes at once ---------------------------------------------------------------------------------------- */

#define STEAD_EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))
/* Eight bytes of memory, the first of them lowest. */
static inline uint64_t stead_eight_bytes(const void *at)
{
	uint64_t bytes;

	memcpy(&bytes, at, sizeof bytes);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	bytes = __builtin_bswap64(bytes);
#endif
	return bytes;
}

#endif
