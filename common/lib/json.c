/*
 * json.c - JSON text. See json.h.
 */
#include "lib/json.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

/* Skips to the next quote, bracket or brace. */
static const char *skip_outside(const char *at, const char *end)
{
	static const bool stops[256] = {['"'] = true, ['['] = true, [']'] = true, ['{'] = true, ['}'] = true};

	while (at < end && !stops[(unsigned char)*at])
		at++;
	return at;
}

/* Bit 7 of the lowest byte below c, at most 128, is the lowest bit that is set; 0: there is none. */
#define BELOW(bytes, c) (((bytes)-STEAD_EACH_BYTE(c)) & ~(bytes)&STEAD_EACH_BYTE(0x80))

/* As BELOW: a quote, backslash or control character. */
static inline uint64_t stops_of(uint64_t bytes)
{
	return BELOW(bytes, 0x20) | BELOW(bytes ^ STEAD_EACH_BYTE('"'), 1) | BELOW(bytes ^ STEAD_EACH_BYTE('\\'), 1);
}

/* The first quote, backslash or control character, or the end. */
static const char *skip_plain(const char *at, const char *end)
{
	const char *begin = at;
	uint64_t stops;

	for (; end - at >= 8; at += 8) {
		stops = stops_of(stead_eight_bytes(at));
		if (stops)
			return at + __builtin_ctzll(stops) / 8;
	}
	if (end - begin >= 8) { /* the last eight, of which some were looked at */
		stops = at < end ? stops_of(stead_eight_bytes(end - 8)) : 0;
		return stops ? end - 8 + __builtin_ctzll(stops) / 8 : end;
	}
	while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* The position after the string whose opening quote is at. An unclosed string reaches to the end. */
static const char *after_string(const char *at, const char *end)
{
	for (at = skip_plain(at + 1, end); at < end; at = skip_plain(at, end)) {
		if (*at == '"')
			return at + 1;
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	}
	return end;
}

bool stead_json_too_deep(const char *data, size_t size, int most)
{
	const char *at = data, *end = data + size;
	int depth = 0;

	while ((at = skip_outside(at, end)) < end) {
		if (*at == '"') {
			at = after_string(at, end);
			continue;
		}
		if ((*at == '[' || *at == '{') && ++depth > most)
			return true;
		if (*at == ']' || *at == '}')
			depth--;
		at++;
	}
	return false;
}

json_t *stead_json_read(const char *data, size_t size, char reason[80], bool *no_memory)
{
	json_error_t error = {0}; /* jansson does not always set all of it */
	json_t *tree;

	*no_memory = false;
	*reason = 0;
	/* checked here because jansson's own limit is far deeper, and not documented as stable */
	if (stead_json_too_deep(data, size, STEAD_JSON_DEPTH)) {
		snprintf(reason, 80, "is nested deeper than %d", STEAD_JSON_DEPTH);
		return NULL;
	}
	tree = json_loadb(data, size, JSON_DECODE_ANY, &error);
	if (!tree && json_error_code(&error) == json_error_numeric_overflow) /* an integer beyond int64 may be a real */
		tree = json_loadb(data, size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
	/* jansson reports an allocation that fails within a token as a syntax error. A second try tells the two apart. */
	if (!tree && json_error_code(&error) == json_error_invalid_syntax)
		tree = json_loadb(data, size, JSON_DECODE_ANY, &error);
	if (tree)
		return tree;
	switch (json_error_code(&error)) {
	case json_error_unknown: /* when an allocation fails, jansson may set no code */
	case json_error_out_of_memory:
		*no_memory = true;
		break;
	case json_error_null_character:
	case json_error_null_byte_in_key:
		snprintf(reason, 80, "must not contain \\u0000");
		break;
	case json_error_numeric_overflow:
		snprintf(reason, 80, "has a number out of range near byte %d", error.position);
		break;
	default:
		snprintf(reason, 80, "is not valid JSON near byte %d", error.position);
	}
	return NULL;
}

/* What a text and the tree read from it must agree on. */
typedef struct {
	size_t members, bytes; /* of strings and names, unescaped */
} measure;

static measure measure_text(const char *at, const char *end)
{
	measure sum = {0};

	while (at < end) {
		if (*at == '"') {
			const char *after = after_string(at, end);

			sum.bytes += stead_json_string_size(at, (size_t)(after - at));
			at = after;
		} else
			sum.members += *at++ == ':';
	}
	return sum;
}

static void measure_tree(json_t *tree, measure *sum)
{
	const char *name;
	json_t *member;
	size_t index;

	if (json_is_string(tree))
		sum->bytes += json_string_length(tree);
	json_object_foreach(tree, name, member)
	{
		sum->members++;
		sum->bytes += strlen(name);
		measure_tree(member, sum);
	}
	json_array_foreach(tree, index, member) measure_tree(member, sum);
}

json_t *stead_json_read_unique(const char *data, size_t size, char reason[80], bool *no_memory)
{
	json_t *tree = stead_json_read(data, size, reason, no_memory);
	measure text, read = {0};
	json_error_t error = {0};

	if (!tree)
		return NULL;
	text = measure_text(data, data + size);
	measure_tree(tree, &read);
	if (read.members == text.members && read.bytes == text.bytes)
		return tree;
	/* A name occurs twice, or jansson left something out because memory ran out. On request jansson reports the
	 * first. */
	json_decref(tree);
	tree = json_loadb(data, size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES, &error);
	*no_memory = tree || json_error_code(&error) != json_error_duplicate_key;
	json_decref(tree);
	snprintf(reason, 80, "names a member twice");
	return NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

static const char *after_value(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		if (*at == '"')
			at = after_string(at, end);
		else {
			if (depth > 0 && (at = skip_outside(at, end)) == end)
				break;
			if (*at == '"')
				continue;
			if (*at == '[' || *at == '{')
				depth++;
			else if (*at == ']' || *at == '}') {
				if (depth == 0)
					return at; /* the end of the container also ends a number or word */
				depth--;
			} else if (depth == 0 && (*at == ',' || is_space(*at)))
				return at;
			else {
				at++;
				continue;
			}
			at++;
		}
		if (depth == 0)
			return at;
	}
	return end;
}

/* Each plain_ function returns the position after a value or token that begins at at, or NULL. */

static const char *plain_string(const char *at, const char *end)
{
	for (at = skip_plain(at + 1, end); at < end; at = skip_plain(at + 2, end)) {
		if (*at == '"')
			return at + 1;
		if (*at != '\\' || at + 1 == end || !strchr("\"\\/bfnrt", at[1]) || !at[1])
			return NULL;
	}
	return NULL;
}

static const char *plain_digits(const char *at, const char *end)
{
	const char *first = at;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at > first && at - first <= 17 ? at : NULL; /* 17 digits always fit: no number can overflow */
}

static const char *plain_number(const char *at, const char *end)
{
	if (*at == '-' && ++at == end)
		return NULL;
	at = *at == '0' ? at + 1 : plain_digits(at, end);
	if (at && at < end && *at == '.')
		at = plain_digits(at + 1, end);
	return at && at < end && (*at == 'e' || *at == 'E') ? NULL : at;
}

static const char *plain_word(const char *at, const char *end)
{
	return end - at >= 4 && (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0) ? at + 4
	       : end - at >= 5 && memcmp(at, "false", 5) == 0                              ? at + 5
	                                                                                   : NULL;
}

static const char *plain_scalar(const char *at, const char *end)
{
	return *at == '"'                                 ? plain_string(at, end)
	       : *at == '-' || (*at >= '0' && *at <= '9') ? plain_number(at, end)
	                                                  : plain_word(at, end);
}

/* The position of a member's value, after its name and the colon. */
static const char *plain_name(const char *at, const char *end, stead_json_span *member)
{
	member->key = at;
	at = at < end && *at == '"' ? plain_string(at, end) : NULL;
	if (!at)
		return NULL;
	member->key_size = (size_t)(at - member->key);
	at = skip_space(at, end);
	return at < end && *at == ':' ? skip_space(at + 1, end) : NULL;
}

/* The position after the value, or NULL. */
static const char *plain_value(const char *at, const char *end, int most_depth, stead_json_scan *scan)
{
	bool in_object[STEAD_JSON_DEPTH];
	stead_json_span *member = scan->members, inner; /* of the outermost object, and of one within it */
	int depth = 0;

	while (at && at < end) { /* at the beginning of a value */
		if (depth == 1)
			member->value = at;
		if (*at == '{' || *at == '[') {
			char closing = *at == '{' ? '}' : ']';

			if (depth == most_depth)
				return NULL;
			in_object[depth++] = *at == '{';
			at = skip_space(at + 1, end);
			if (at == end)
				return NULL;
			if (*at != closing) {
				if (in_object[depth - 1])
					at = plain_name(at, end, depth == 1 ? member : &inner);
				continue;
			}
			depth--;
			at++;
		} else
			at = plain_scalar(at, end);
		for (; at; depth--, at++) { /* after a value */
			if (depth == 0)
				return at;
			if (depth == 1 && in_object[0]) {
				member->value_size = (size_t)(at - member->value);
				member = ++scan->count < STEAD_JSON_SPANS ? member + 1 : &inner; /* the others are only counted */
			}
			at = skip_space(at, end);
			if (at == end || *at != (in_object[depth - 1] ? '}' : ']'))
				break;
		}
		if (!at || at == end || *at != ',')
			return NULL;
		at = skip_space(at + 1, end);
		if (in_object[depth - 1])
			at = plain_name(at, end, depth == 1 ? member : &inner);
	}
	return NULL;
}

static void scan_value(const char *at, const char *end, int most_depth, stead_json_scan *scan)
{
	const char *after;

	scan->count = 0;
	scan->object = at < end && *at == '{';
	after = plain_value(at, end, most_depth, scan);
	scan->size = after ? (size_t)(after - at) : 0;
}

size_t stead_json_begin(const char *data, size_t size)
{
	return (size_t)(skip_space(data, data + size) - data);
}

void stead_json_scan_text(const char *data, size_t size, stead_json_scan *scan)
{
	const char *at = skip_space(data, data + size), *end = data + size;

	scan_value(at, end, STEAD_JSON_DEPTH, scan);
	if (scan->size && skip_space(at + scan->size, end) < end)
		scan->size = 0;
}

bool stead_json_is_plain(const char *data, size_t size)
{
	stead_json_scan scan;

	stead_json_scan_text(data, size, &scan);
	return scan.size > 0;
}

void stead_json_enter(stead_json_walk *walk, const char *data, size_t size)
{
	*walk = (stead_json_walk){.at = skip_space(data, data + size), .end = data + size};
	walk->in_object = walk->at < walk->end && *walk->at == '{';
	if (walk->at < walk->end)
		walk->at++;
}

bool stead_json_member(stead_json_walk *walk)
{
	const char *at = skip_space(walk->at, walk->end);

	if (at < walk->end && *at == ',')
		at = skip_space(at + 1, walk->end);
	if (at >= walk->end || *at == ']' || *at == '}')
		return false;
	walk->key = NULL;
	if (walk->in_object) {
		walk->key = at;
		at = after_string(at, walk->end);
		walk->key_size = (size_t)(at - walk->key);
		at = skip_space(at, walk->end);
		at = skip_space(at + 1, walk->end); /* the colon */
	}
	walk->value = at;
	walk->at = after_value(at, walk->end);
	walk->value_size = (size_t)(walk->at - walk->value);
	return true;
}

stead_json_item stead_json_next_item(stead_json_walk *walk, stead_json_scan *scan)
{
	const char *at = skip_space(walk->at, walk->end);

	if (at < walk->end && *at == ']') {
		walk->at = skip_space(at + 1, walk->end);
		return walk->at == walk->end ? STEAD_JSON_END : STEAD_JSON_UNFIT;
	}
	if (walk->value) {
		if (at == walk->end || *at != ',')
			return STEAD_JSON_UNFIT;
		at = skip_space(at + 1, walk->end);
	}
	walk->value = at;
	scan_value(at, walk->end, STEAD_JSON_DEPTH - 1, scan);
	walk->at = scan->size ? at + scan->size : after_value(at, walk->end);
	walk->value_size = (size_t)(walk->at - at);
	return walk->value_size ? STEAD_JSON_ITEM : STEAD_JSON_UNFIT;
}

/* The value of a hexadecimal digit that is known to be one. */
static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

bool stead_json_string_is(const char *data, size_t size, const char *word)
{
	const char *at = data + 1, *end = data + size - 1;
	size_t length = strlen(word);

	if (length == size - 2 && memcmp(at, word, length) == 0)
		return true;
	if (size - 2 <= length) /* an escape is longer than what it stands for */
		return false;
	for (; *word; word++) {
		unsigned code;

		if (at == end)
			return false;
		if (*at != '\\') {
			if (*at++ != *word)
				return false;
			continue;
		}
		at += 2;
		if (at[-1] == 'u') {
			code = hex_digit(at[0]) << 12 | hex_digit(at[1]) << 8 | hex_digit(at[2]) << 4 | hex_digit(at[3]);
			at += 4;
		} else { /* an escaped quote, slash or backslash is that character */
			const char *named = strchr("b\bf\fn\nr\rt\t", at[-1]);

			code = named ? (unsigned char)named[1] : (unsigned char)at[-1];
		}
		if (code != (unsigned char)*word)
			return false;
	}
	return at == end;
}

size_t stead_json_string_size(const char *data, size_t size)
{
	size_t length = 0;

	for (size_t i = 1; i + 1 < size; i++, length++) {
		if (data[i] != '\\')
			continue;
		if (data[++i] != 'u')
			continue;
		/* \uXXXX is 1 to 3 bytes of UTF-8. A pair of surrogates is 4 bytes, so each counts 2. The loop adds one of
		 * them. */
		bool below_80 = memcmp(data + i + 1, "00", 2) == 0 && data[i + 3] < '8';
		bool below_800 = data[i + 1] == '0' && data[i + 2] < '8';
		bool surrogate = (data[i + 1] | 32) == 'd' && data[i + 2] >= '8';

		length += below_80 ? 0 : below_800 || surrogate ? 1 : 2;
		i += 4;
	}
	return length;
}

size_t stead_json_compact(const char *data, size_t size, char *out)
{
	const char *at = data, *end = data + size;
	char *p = out;

	while (at < end) {
		if (*at == '"') {
			const char *after = after_string(at, end);

			memcpy(p, at, (size_t)(after - at));
			p += after - at;
			at = after;
		} else if (is_space(*at))
			at++;
		else
			*p++ = *at++;
	}
	return (size_t)(p - out);
}

bool stead_json_needs_escape(const char *data, size_t size)
{
	return size && skip_plain(data, data + size) < data + size;
}

size_t stead_json_quote(const char *data, size_t size, char *out)
{
	static const char hex[] = "0123456789abcdef";
	const char *at = data, *end = size ? data + size : data; /* without bytes, there may be no data */
	char *p = out;

	*p++ = '"';
	for (;;) {
		const char *stop = skip_plain(at, end), *named;
		unsigned char c;

		if (stop > at)
			memcpy(p, at, (size_t)(stop - at));
		p += stop - at;
		if (stop == end)
			break;
		at = stop + 1;
		c = (unsigned char)*stop;
		named = c && c < 0x20 ? strchr("\bb\ff\nn\rr\tt", c) : NULL;
		*p++ = '\\';
		if (c == '"' || c == '\\')
			*p++ = (char)c;
		else if (named)
			*p++ = named[1];
		else {
			memcpy(p, "u00", 3);
			p[3] = hex[c >> 4];
			p[4] = hex[c & 15];
			p += 5;
		}
	}
	*p++ = '"';
	return (size_t)(p - out);
}
