/*
 * text.c - UTF-8 and ASCII helpers, and base64url. See text.h.
 */
#include "lib/text.h"

#include <stdint.h>
#include <string.h>

bool stead_utf8_valid(const char *data, size_t size)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + size;

	while (p < end) {
		uint64_t eight;
		unsigned char c, low = 0x80, high = 0xbf;
		int more;

		if (end - p >= 8 && (memcpy(&eight, p, 8), !(eight & 0x8080808080808080u))) {
			p += 8;
			continue;
		}
		c = *p++;
		if (c < 0x80)
			continue;
		if (c >= 0xc2 && c <= 0xdf)
			more = 1;
		else if (c >= 0xe0 && c <= 0xef) {
			more = 2;
			if (c == 0xe0)
				low = 0xa0;
			else if (c == 0xed)
				high = 0x9f;
		} else if (c >= 0xf0 && c <= 0xf4) {
			more = 3;
			if (c == 0xf0)
				low = 0x90;
			else if (c == 0xf4)
				high = 0x8f;
		} else
			return false;
		if (end - p < more || *p < low || *p > high)
			return false;
		for (p++; --more; p++)
			if (*p < 0x80 || *p > 0xbf)
				return false;
	}
	return true;
}

size_t stead_utf8_cut(const char *data, size_t size)
{
	size_t start = size;

	while (start > 0 && size - start < 4 && ((unsigned char)data[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return size;
	/* data[start - 1] is the first byte of the last character: is the character complete? */
	unsigned char lead = (unsigned char)data[start - 1];
	size_t need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

	return size - start < need ? start - 1 : size;
}

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

void stead_ascii_lower(char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = lower(data[i]);
}

size_t stead_integer_write(int64_t number, char *out)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[STEAD_INTEGER_SIZE], *at = digits + sizeof digits;
	size_t size;

	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	size = (size_t)(digits + sizeof digits - at);
	memcpy(out, at, size);
	return size;
}

int stead_by_integer(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

uint64_t stead_quick_hash(uint64_t number, const char *data, size_t size)
{
	uint64_t hash = (UINT64_C(0xcbf29ce484222325) ^ number) * UINT64_C(0x9E3779B97F4A7C15);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

/* Knuth, Morris and Pratt: linear whatever the text and the needle are. */
bool stead_contains(const char *data, size_t size, const char *lower_needle, size_t needle_size)
{
	uint16_t border[STEAD_MAX_NEEDLE]; /* of each prefix: the length of its longest proper prefix that is its suffix */
	size_t matched = 0;

	if (needle_size == 0)
		return true;
	if (needle_size > size || needle_size > STEAD_MAX_NEEDLE)
		return false;
	border[0] = 0;
	for (size_t i = 1; i < needle_size; i++) {
		while (matched && lower_needle[i] != lower_needle[matched])
			matched = border[matched - 1];
		matched += lower_needle[i] == lower_needle[matched];
		border[i] = (uint16_t)matched;
	}
	matched = 0;
	for (size_t i = 0; i < size; i++) {
		char c = lower(data[i]);

		while (matched && c != lower_needle[matched])
			matched = border[matched - 1];
		matched += c == lower_needle[matched];
		if (matched == needle_size)
			return true;
	}
	return false;
}

bool stead_same_word(const char *data, size_t size, const char *word)
{
	size_t i = 0;

	while (i < size && word[i] && lower(data[i]) == word[i])
		i++;
	return i == size && !word[i];
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void stead_hex_encode(const unsigned char *data, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
}

size_t stead_base64url_encode(const unsigned char *data, size_t size, char *out)
{
	char *p = out;
	size_t i = 0;

	for (; i + 3 <= size; i += 3) {
		uint32_t bits = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*p++ = base64url[bits >> shift & 63];
	}
	if (i < size) {
		uint32_t bits = (uint32_t)data[i] << 16 | (i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0);

		*p++ = base64url[bits >> 18];
		*p++ = base64url[bits >> 12 & 63];
		if (i + 1 < size)
			*p++ = base64url[bits >> 6 & 63];
	}
	*p = 0;
	return (size_t)(p - out);
}

size_t stead_base64_encode(const unsigned char *data, size_t size, char *out)
{
	size_t length = stead_base64url_encode(data, size, out);

	for (size_t i = 0; i < length; i++)
		out[i] = out[i] == '-' ? '+' : out[i] == '_' ? '/' : out[i];
	while (length % 4)
		out[length++] = '=';
	out[length] = 0;
	return length;
}

/* The value of a character, or 64. */
static uint32_t base64url_value(unsigned char c)
{
	static const unsigned char values[128] = {
		64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, /* 0x00 */
		64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, /* 0x10 */
		64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64, /* 0x20: - */
		52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, /* 0x30: 0 to 9 */
		64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, /* 0x40: A to O */
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63, /* 0x50: P to Z, _ */
		64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* 0x60: a to o */
		41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, /* 0x70: p to z */
	};

	return values[c & 127] | (c >> 1 & 64u);
}

bool stead_base64url_valid(const char *text, size_t size)
{
	static const uint32_t unused[] = {0, 0, 15, 3}; /* bits of the last character, by how many it is in its group */
	uint32_t all = 0;

	for (size_t i = 0; i < size; i++)
		all |= base64url_value((unsigned char)text[i]);
	return all < 64 && size % 4 != 1 &&
	       (size == 0 || !(base64url_value((unsigned char)text[size - 1]) & unused[size % 4]));
}

bool stead_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size)
{
	uint32_t bits = 0;
	size_t i = 0;
	int held = 0;

	*out_size = 0;
	for (; size - i >= 4; i += 4, *out_size += 3) { /* four digits are three bytes */
		uint32_t a = base64url_value((unsigned char)text[i]), b = base64url_value((unsigned char)text[i + 1]),
				 c = base64url_value((unsigned char)text[i + 2]), d = base64url_value((unsigned char)text[i + 3]);

		if ((a | b | c | d) > 63)
			return false;
		out[*out_size] = (unsigned char)(a << 2 | b >> 4);
		out[*out_size + 1] = (unsigned char)(b << 4 | c >> 2);
		out[*out_size + 2] = (unsigned char)(c << 6 | d);
	}
	for (; i < size; i++) {
		uint32_t value = base64url_value((unsigned char)text[i]);

		if (value > 63)
			return false;
		bits = bits << 6 | value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[(*out_size)++] = (unsigned char)(bits >> held);
		}
	}
	/* Not canonical: a single last character, which holds no byte, and unused bits that are not zero. */
	return held < 6 && !(bits & ((1u << held) - 1));
}
