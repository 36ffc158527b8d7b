/*
 * json.h - JSON text: reading it with jansson, and finding the raw text of members. Pure.
 *
 * Some values must be kept byte for byte (1e2, key order, spacing), which jansson's tree does not do. So jansson first
 * checks the whole text; then a scanner, which relies on the text being valid, finds the raw text of a member.
 */
#ifndef STEAD_JSON_H
#define STEAD_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define STEAD_JSON_DEPTH 64

/* Is the text, which need not be valid, nested deeper than most? */
bool stead_json_too_deep(const char *data, size_t size, int most);

/* Reads any JSON value. NULL: it failed, and reason is the end of a sentence ("is not valid JSON near byte 5", "is
 * nested deeper than 64"), unless memory ran out: then *no_memory is set instead. Integers beyond int64 become reals in
 * the tree; to keep a value, keep its text. Free the tree with json_decref. */
json_t *stead_json_read(const char *data, size_t size, char reason[80], bool *no_memory);

/* The same for untrusted text: also refuses an object, at any depth, that names a member twice. */
json_t *stead_json_read_unique(const char *data, size_t size, char reason[80], bool *no_memory);

/* A quick check without a tree. True: the text is valid JSON, no deeper than STEAD_JSON_DEPTH, and jansson would read
 * it. False says nothing: what is rare (\u escapes, exponents, long numbers) is left to jansson, as is all that is
 * wrong. The text must be valid UTF-8. */
bool stead_json_is_plain(const char *data, size_t size);

/* The same in one pass, which also finds the members. */
typedef struct {
	const char *key; /* raw, with its quotes */
	size_t key_size;
	const char *value; /* raw, no white space around it */
	size_t value_size;
} stead_json_span;
enum { STEAD_JSON_SPANS = 16 };
typedef struct stead_json_scan {
	size_t size; /* the value's length; 0: it is not plain */
	bool object;
	int count; /* of its members, if it is an object; the first of them follow */
	stead_json_span members[STEAD_JSON_SPANS];
} stead_json_scan;
void stead_json_scan_text(const char *data, size_t size, stead_json_scan *scan);

/* Where a value begins: how many bytes of white space are before it. */
size_t stead_json_begin(const char *data, size_t size);

/* A walk over the members of a valid object or the items of a valid array. */
typedef struct {
	const char *at, *end;
	bool in_object;
	const char *key; /* as in stead_json_span; NULL in an array */
	size_t key_size;
	const char *value;
	size_t value_size;
} stead_json_walk;
void stead_json_enter(stead_json_walk *walk, const char *data, size_t size);
bool stead_json_member(stead_json_walk *walk);

/* The same for an array that may be invalid JSON; its first character is a bracket, and stead_json_enter() was called.
 * scan tells whether the item is plain, and no deeper than an item may be. If it is not, the caller checks it: its text
 * ends where it would if it is valid. UNFIT: what is at walk->at cannot be part of an array. */
typedef enum { STEAD_JSON_END, STEAD_JSON_ITEM, STEAD_JSON_UNFIT } stead_json_item;
stead_json_item stead_json_next_item(stead_json_walk *walk, stead_json_scan *scan);

/* Is the value of a valid JSON string, given with its quotes, this word of ASCII characters, without a backslash?
 * Escapes are resolved. */
bool stead_json_string_is(const char *data, size_t size, const char *word);

/* The length in bytes of the value of a valid JSON string, given with its quotes. */
size_t stead_json_string_size(const char *data, size_t size);

/* Copies valid JSON without insignificant white space; out has room for size bytes. Returns the length. */
size_t stead_json_compact(const char *data, size_t size, char *out);
/* Is there a character in the text that a JSON string cannot have as it is? */
bool stead_json_needs_escape(const char *data, size_t size);
/* Writes a JSON string with its quotes; out has room for size * 6 + 2 bytes. Returns the length. */
size_t stead_json_quote(const char *data, size_t size, char *out);

#endif
