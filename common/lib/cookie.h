/*
 * cookie.h - the value of a cookie in an HTTP Cookie header (RFC 6265, section 4.2.1). Pure: the result points into the
 * header.
 */
#ifndef STEAD_COOKIE_H
#define STEAD_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#define STEAD_COOKIE_SLOTS 5

/* Finds the session token: that of the slot that <name>_active names among <name>_0 .. <name>_4, else that of the
 * lowest slot present, else that of <name> itself. If a name occurs more than once, the first one counts, as browsers
 * send the most specific cookie first. Double quotes around a value are removed; an empty value counts as absent.
 * False: there is no token. */
bool stead_cookie_find(const char *header, size_t size, const char *name, size_t name_size, const char **value,
                       size_t *value_size);
/* Is it a cookie's name (a token of RFC 7230)? */
bool stead_cookie_name(const char *name, size_t size);

#endif
