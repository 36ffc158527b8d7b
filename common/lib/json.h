/*
 * json.h - JSON text: reading with jansson, and the raw text of members, which jansson does not keep. Pure.
 *
 * A value that is to be kept byte for byte (1e2, key order, spacing) cannot go through a tree. So text is first checked
 * as a whole by jansson; then a scanner that may rely on its validity finds the raw text of a member.
 */
#ifndef STEAD_JSON_H
#define STEAD_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define STEAD_JSON_DEPTH 64

/* Is a text nested deeper than STEAD_JSON_DEPTH? It need not be valid. */
bool stead_json_too_deep(const char *data, size_t size);

/* Reads any JSON value. NULL on failure, with the reason as the end of a sentence ("is not valid JSON near byte 5",
 * "is nested deeper than 64"). Numbers beyond int64 become reals: the tree is for looking, the text for keeping. Free
 * the tree with json_decref. Sets *no_memory instead of a reason when memory ran out. */
json_t *stead_json_read(const char *data, size_t size, char reason[80], bool *no_memory);

/* The same for what comes from outside: an object, at any depth, that names a member twice is refused too. */
json_t *stead_json_read_unique(const char *data, size_t size, char reason[80], bool *no_memory);

/* A walk over the members of an object or array that is known to be valid. */
typedef struct {
	const char *at, *end;
	bool in_object;
	const char *key; /* raw, with its quotes; NULL in an array */
	size_t key_size;
	const char *value; /* raw, no white space around it */
	size_t value_size;
} stead_json_walk;
void stead_json_enter(stead_json_walk *walk, const char *data, size_t size);
bool stead_json_member(stead_json_walk *walk);

/* A walk over the items of an array that may be no valid JSON: it was entered, and its first character is a bracket. Each item
 * has to be read by itself: its text ends where it would if it is valid. UNFIT: what is at walk->at is no part of an array. */
typedef enum { STEAD_JSON_END, STEAD_JSON_ITEM, STEAD_JSON_UNFIT } stead_json_item;
stead_json_item stead_json_next_item(stead_json_walk *walk);

/* Does a valid JSON string, with its quotes, stand for this word of ASCII characters? Escapes are resolved. */
bool stead_json_string_is(const char *data, size_t size, const char *word);

/* The length in bytes of what a valid JSON string, with its quotes, stands for. */
size_t stead_json_string_size(const char *data, size_t size);

/* Copies valid JSON without insignificant white space; out has room for size bytes. Returns the length. */
size_t stead_json_compact(const char *data, size_t size, char *out);
/* Writes a JSON string with its quotes; out has room for size * 6 + 2 bytes. Returns the length. */
size_t stead_json_quote(const char *data, size_t size, char *out);

#endif
