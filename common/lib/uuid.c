/*
 * uuid.c - see uuid.h.
 */
#include "lib/uuid.h"

#include <string.h>

void stead_uuid7_write(int64_t microseconds, const unsigned char random[STEAD_UUID_RANDOM],
                       char out[STEAD_UUID_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t now = microseconds > 0 ? (uint64_t)microseconds : 0;
	uint64_t milliseconds = now / 1000, fraction = now % 1000 * 4096 / 1000;
	unsigned char bytes[16];
	char *to = out;

	for (int i = 0; i < 6; i++)
		bytes[i] = (unsigned char)(milliseconds >> (40 - 8 * i));
	bytes[6] = (unsigned char)(0x70 | fraction >> 8);
	bytes[7] = (unsigned char)fraction;
	memcpy(bytes + 8, random, STEAD_UUID_RANDOM);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	*to = 0;
}
