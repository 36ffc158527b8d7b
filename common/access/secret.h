/*
 * secret.h - texts that stand for somebody: a prefix of four bytes, and 256 random bits in base64url. Whoever makes one
 * gives it out once, and stores only its SHA-256.
 */
#ifndef STEAD_SECRET_H
#define STEAD_SECRET_H

#include "core/digest.h"

#define TOKEN_PREFIX "sts_" /* of a session */
#define KEY_PREFIX "stk_"
#define SECRET_SIZE 47 /* the prefix and 32 random bytes in base64url */

/* Makes one and its hash, of STEAD_SHA256_SIZE bytes. gcc 11 mistakes the prefix for an array of that size. */
stead_value secret_make(stead_call *call, const char *prefix, unsigned char *hash);
/* Does the text, which may be null, have this form? */
bool secret_has_form(stead_value text, const char *prefix);
bool secret_begins(stead_value text, const char *prefix);
/* A hash as a value that points to it. */
stead_value secret_hash_value(const unsigned char hash[STEAD_SHA256_SIZE]);

#endif
