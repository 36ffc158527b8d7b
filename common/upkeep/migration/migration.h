/*
 * migration.h - what the files of the module share.
 *
 * Two texts are the same migration if they differ only in their line ends. So the ledger has two hashes: of the text as
 * given, and of its usual form, which is what sha256sum shows for the file as most systems keep it.
 */
#ifndef STEAD_MIGRATION_H
#define STEAD_MIGRATION_H

#include "core/digest.h"

#define MIGRATION_MAX_VERSION 200
#define MIGRATION_MAX_STATEMENTS (16 << 20)
#define MIGRATION_HEX (2 * STEAD_SHA256_SIZE)

/* In hexadecimal digits, NUL-terminated. */
typedef struct {
	char exact[MIGRATION_HEX + 1], usual[MIGRATION_HEX + 1];
} migration_hashes;

migration_hashes migration_hash(stead_call *call, stead_value text);
/* The text after its byte order mark, if it has one. */
stead_value migration_without_mark(stead_value text);

/* check.c: stead_migration_check() */
void migration_check(stead_call *call, const stead_value *args);

#endif
