/*
 * identifier.h - names as SQL writes them: name or schema.name, each part quoted where it needs to be. Pure.
 */
#ifndef STEAD_IDENTIFIER_H
#define STEAD_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a name; outside quotes, ASCII letters become lower case. schema and name have room for size + 1 bytes and end with
 * a NUL; without a schema that is empty. False when it is no such text: white space outside quotes, a third part, an
 * empty part. The text contains no NUL. */
bool stead_identifier_parse(const char *text, size_t size, char *schema, char *name);

/* Room for a name as SQL writes it, NUL included. */
#define STEAD_IDENTIFIER_ROOM(size) ((size) * 2 + 3)
/* Writes it: in quotes unless it begins with a lower-case ASCII letter or _ and goes on with those and digits. Returns the
 * length, without the NUL. */
size_t stead_identifier_quote(const char *name, bool always, char *out);

#endif
