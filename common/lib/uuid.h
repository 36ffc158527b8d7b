/*
 * uuid.h - UUIDs of version 7 (RFC 9562): they sort by the time they were made. Pure.
 */
#ifndef STEAD_UUID_H
#define STEAD_UUID_H

#include <stdint.h>

#define STEAD_UUID_SIZE 36  /* characters */
#define STEAD_UUID_RANDOM 8 /* bytes */

/* Writes the UUID of a time, in microseconds since 1970, and of random bytes, of which it uses 62 bits; out is
 * NUL-terminated. Of two UUIDs, the one with the later microsecond is the greater text: the 12 bits after the
 * milliseconds are the fraction of the millisecond (RFC 9562, section 6.2, method 3). A time before 1970 counts as
 * 1970. */
void stead_uuid7_write(int64_t microseconds, const unsigned char random[STEAD_UUID_RANDOM],
                       char out[STEAD_UUID_SIZE + 1]);

#endif
