/*
 * identifier.h - names as SQL writes them: name or schema.name, each part quoted where it needs to be. Pure.
 */
#ifndef STEAD_IDENTIFIER_H
#define STEAD_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a name; outside quotes, ASCII letters become lower case. schema and name have room for size + 1 bytes and are
 * NUL-terminated; schema is empty if the text has none. False: the text is no name; it has white space outside quotes,
 * a third part or an empty part. The text contains no NUL. */
bool stead_identifier_parse(const char *text, size_t size, char *schema, char *name);

/* Room for the quoted form of a name of size bytes, NUL included. */
#define STEAD_IDENTIFIER_ROOM(size) ((size)*2 + 3)
/* Writes a name as SQL does. It needs no quotes if it begins with a lower-case ASCII letter or _ and goes on with those
 * and digits; always: it gets them all the same. Returns the length, without the NUL. */
size_t stead_identifier_quote(const char *name, bool always, char *out);

#endif
