/*
 * bearer.h - the token in an HTTP Authorization header (RFC 6750, section 2.1; RFC 7235, section 2.1). Pure: the result
 * points into the header.
 */
#ifndef STEAD_BEARER_H
#define STEAD_BEARER_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the token in "Bearer TOKEN". The scheme's case does not matter; white space around is ignored. A token consists
 * of letters, digits and -._~+/, with = only at its end. False: the header is of another scheme, or none. */
bool stead_bearer_find(const char *header, size_t size, const char **token, size_t *token_size);

#endif
