/*
 * password_hash.h - hashes of passwords: Argon2id (RFC 9106) by libargon2; those of other systems by crypt(3) of
 * libxcrypt. Pure, but for the memory that both libraries allocate, and release before they return.
 *
 * A hash is text that names its own cost. So anybody who can store one can make each verification costly: only hashes
 * within the bounds below are verified.
 */
#ifndef STEAD_PASSWORD_HASH_H
#define STEAD_PASSWORD_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_MAX 1024     /* bytes of a password */
#define PASSWORD_MAX_HASH 400 /* bytes of a hash */
#define PASSWORD_SALT 16
#define PASSWORD_MAX_KIB 262144 /* of Argon2id's memory */
#define PASSWORD_MAX_PASSES 16
#define PASSWORD_MAX_LANES 16
#define PASSWORD_MAX_WORK (1 << 20) /* KiB times passes */

typedef struct {
	uint32_t kib, passes, lanes;
} password_cost;

typedef enum { PASSWORD_WRONG, PASSWORD_RIGHT, PASSWORD_NO_MEMORY, PASSWORD_FAILED } password_result;

/* Is it a hash of a kind that is known, and within the bounds? */
bool password_hash_known(const char *hash, size_t size);
/* Is it Argon2id of this cost? */
bool password_hash_current(const char *hash, size_t size, const password_cost *cost);
/* Is it the password's? A hash that is not known is no password's. */
password_result password_verify(const char *hash, size_t size, const char *password, size_t password_size);
/* Hashes a password; PASSWORD_RIGHT: done. */
password_result password_hash(const password_cost *cost, const unsigned char salt[PASSWORD_SALT], const char *password,
                              size_t size, char out[PASSWORD_MAX_HASH]);
/* The bare function: 32 bytes. */
password_result password_derive(const password_cost *cost, const void *salt, size_t salt_size, const void *password,
                                size_t size, unsigned char out[32]);

#endif
