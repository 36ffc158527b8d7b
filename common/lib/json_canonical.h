/*
 * json_canonical.h - when two JSON values are equal, by one form that equal values share. Pure.
 *
 * Types are distinct. Numbers are equal if they are the same number, exactly: 1 = 1.0 = 10e-1, -0 = 0; nothing is
 * rounded. Strings are equal once escapes are resolved. Objects are equal whatever the order of their members; of
 * members with the same name the last counts. The form of a number has no zeros at its ends (1200 is 12e2); that of a
 * string has no escapes but of quotes and backslashes; that of an object has its members in bytewise order of their
 * names' forms. It has no white space. The form is for comparing, and need not be JSON: control characters are as they
 * are.
 */
#ifndef STEAD_JSON_CANONICAL_H
#define STEAD_JSON_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the form of size bytes of JSON. */
#define STEAD_CANONICAL_ROOM(size) ((size)*2 + 32)
/* A member of an object that is being written; size bytes of JSON need so many. */
typedef struct {
	const char *key;
	size_t key_size, size;
} stead_canonical_part;
#define STEAD_CANONICAL_PARTS(size) ((size) / 5 + 1)

/* Writes the form of a valid JSON value that is nested at most STEAD_JSON_DEPTH deep; out and spare have room for it.
 * Returns the length. */
size_t stead_json_canonical(const char *data, size_t size, char *out, char *spare, stead_canonical_part *parts);
/* The same for a scalar, which needs nothing but out. */
size_t stead_json_canonical_scalar(const char *data, size_t size, char *out);

/* Has a valid JSON value, without white space around it, this form? UNKNOWN: the form must be written to know. */
typedef enum { STEAD_DIFFERENT, STEAD_SAME, STEAD_UNKNOWN } stead_sameness;
stead_sameness stead_json_has_form(const char *data, size_t size, const char *form, size_t form_size);

#endif
