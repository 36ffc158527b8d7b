/*
 * totp.h - one-time codes by time (RFC 6238, SHA-1, 30 seconds) and base32 (RFC 4648, section 6, unpadded). Pure.
 */
#ifndef STEAD_TOTP_H
#define STEAD_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOTP_SECRET 20 /* bytes: as many as a SHA-1 has (RFC 4226, section 4) */
#define TOTP_DIGITS 6
#define TOTP_SECONDS 30
#define TOTP_SKEW 1 /* steps */

#define BASE32_ROOM(size) (((size)*8 + 4) / 5 + 1)
/* Returns the length written, without the NUL. */
size_t base32_encode(const unsigned char *data, size_t size, char *out);

/* The code of a step, the number of 30 seconds since 1970, in 1 to 8 digits. False: OpenSSL failed. */
bool totp_code(const unsigned char *secret, size_t size, int64_t step, int digits, char *out);
/* The step, of those within the skew of now, whose code this is and that is after the last one used; -1: there is none.
 * It looks at all of them. False: OpenSSL failed. */
bool totp_find(const unsigned char *secret, size_t size, int64_t now_seconds, int64_t last_step, const char *code,
               size_t code_size, int64_t *step);

#endif
