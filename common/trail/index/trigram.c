/*
 * trigram.c - see index.h. The set is exact: it has as many trigrams as the texts have, whatever they are, so a block
 * of hexadecimal ids has few.
 */
#include "trail/index/index.h"

#include <stdlib.h>
#include <string.h>

#define CODES (1 << 24)

void trigram_open(stead_call *call, trigram_set *set)
{
	set->bits = stead_alloc(call, CODES / 8);
	memset(set->bits, 0, CODES / 8);
}

static uint32_t lower(unsigned char byte)
{
	return byte + ((unsigned)byte - 'A' < 26) * 32u; /* without a branch */
}

/* Adds the trigrams of a text, or removes them; returns how many of those removed the set had. Inlined, as all details
 * come here. */
static inline size_t change(trigram_set *set, stead_value text, bool remove)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	size_t count = 0;
	uint32_t code;

	if (text.null || text.size < 3)
		return 0;
	code = lower(bytes[0]) << 8 | lower(bytes[1]);
	for (size_t i = 2; i < text.size; i++) {
		uint64_t *word, bit;

		code = (code << 8 | lower(bytes[i])) & (CODES - 1);
		word = &set->bits[code >> 6];
		bit = UINT64_C(1) << (code & 63);
		count += remove && (*word & bit);
		*word = remove ? *word & ~bit : *word | bit;
	}
	return count;
}

void trigram_add(trigram_set *set, stead_value text)
{
	change(set, text, false);
}

size_t trigram_remove(trigram_set *set, stead_value text)
{
	return change(set, text, true);
}

size_t trigram_count(const trigram_set *set)
{
	size_t count = 0;

	for (int i = 0; i < CODES / 64; i++)
		if (set->bits[i]) /* few words have any */
			count += (size_t)__builtin_popcountll(set->bits[i]);
	return count;
}

stead_value trigram_store(stead_call *call, const trigram_set *set)
{
	unsigned char *out, *at;
	int64_t previous = -1;

	at = out = stead_alloc(call, trigram_count(set) * 4);
	for (int i = 0; i < CODES / 64; i++)
		for (uint64_t word = set->bits[i]; word; word &= word - 1) {
			int64_t code = (int64_t)i * 64 + __builtin_ctzll(word), step = code - previous - 1;

			for (; step > 127; step >>= 7)
				*at++ = (unsigned char)(step | 128);
			*at++ = (unsigned char)step;
			previous = code;
		}
	return stead_bytes(out, (size_t)(at - out));
}

static int by_code(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

size_t trigram_of(const char *text, size_t size, uint32_t *out)
{
	size_t count = 0, distinct = 0;

	for (size_t i = 2; i < size; i++)
		out[count++] = lower((unsigned char)text[i - 2]) << 16 | lower((unsigned char)text[i - 1]) << 8 |
		               lower((unsigned char)text[i]);
	if (count)
		qsort(out, count, sizeof *out, by_code);
	for (size_t i = 0; i < count; i++)
		if (!i || out[i] != out[distinct - 1])
			out[distinct++] = out[i];
	return distinct;
}

/* Moves *code on to the next of the set. False: the set is damaged. */
static bool next_code(const unsigned char **at, const unsigned char *end, int64_t *code)
{
	int64_t step = 0;
	int shift = 0;

	while (*at < end && shift < 28 && **at & 128) {
		step |= (int64_t)(*(*at)++ & 127) << shift;
		shift += 7;
	}
	if (*at == end || shift == 28)
		return false;
	*code += (step | (int64_t) * (*at)++ << shift) + 1;
	return true;
}

bool trigram_load(trigram_set *set, stead_value stored)
{
	const unsigned char *at = (const unsigned char *)stored.data, *end = at + stored.size;

	for (int64_t code = -1; at < end;) {
		if (!next_code(&at, end, &code) || code >= CODES)
			return false;
		set->bits[code >> 6] |= UINT64_C(1) << (code & 63);
	}
	return true;
}

void trigram_subtract(trigram_set *set, const trigram_set *gone)
{
	for (int i = 0; i < CODES / 64; i++)
		set->bits[i] &= ~gone->bits[i];
}

bool trigram_all(stead_value stored, const uint32_t *wanted, size_t count)
{
	const unsigned char *at = (const unsigned char *)stored.data, *end = at + stored.size;
	int64_t code = -1;
	size_t found = 0;

	while (found < count && at < end) {
		if (!next_code(&at, end, &code))
			return true;
		if (code > wanted[found])
			return false;
		found += code == wanted[found];
	}
	return found == count;
}
