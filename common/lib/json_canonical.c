/*
 * json_canonical.c - see json_canonical.h.
 */
#include "lib/json_canonical.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

#define SHORT_NUMBER 64
/* An exponent beyond this counts as this: no number that is stored anywhere comes near. */
#define MOST_EXPONENT INT64_C(100000000000000000)

static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

static unsigned hex_code(const char *at)
{
	return hex_digit(at[0]) << 12 | hex_digit(at[1]) << 8 | hex_digit(at[2]) << 4 | hex_digit(at[3]);
}

static char *put_code(unsigned code, char *out)
{
	if (code < 0x80)
		*out++ = (char)code;
	else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	}
	return out;
}

/* Writes what an escape stands for; returns the position after it. */
static const char *put_escape(const char *at, char **out)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, at[1]);
	unsigned code;

	if (at[1] != 'u') {
		if (at[1] == '"' || at[1] == '\\')
			*(*out)++ = '\\';
		*(*out)++ = letter ? meanings[letter - letters] : at[1];
		return at + 2;
	}
	code = hex_code(at + 2);
	at += 6;
	if (code >= 0xd800 && code < 0xdc00 && at[0] == '\\' && at[1] == 'u') { /* valid JSON has both halves */
		code = 0x10000 + ((code - 0xd800) << 10) + (hex_code(at + 2) - 0xdc00);
		at += 6;
	}
	if (code == '"' || code == '\\')
		*(*out)++ = '\\';
	*out = put_code(code, *out);
	return at;
}

static size_t string_form(const char *data, size_t size, char *out)
{
	const char *at = data, *end = data + size;
	char *to = out;

	while (at < end) {
		const char *escape = memchr(at, '\\', (size_t)(end - at));
		size_t plain = (size_t)((escape ? escape : end) - at);

		memcpy(to, at, plain);
		to += plain;
		at += plain;
		if (escape)
			at = put_escape(at, &to);
	}
	return (size_t)(to - out);
}

static int64_t read_exponent(const char *at, const char *end)
{
	bool minus = at < end && *at == '-';
	int64_t exponent = 0;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (; at < end; at++)
		exponent = exponent < MOST_EXPONENT ? exponent * 10 + (*at - '0') : MOST_EXPONENT;
	exponent = exponent < MOST_EXPONENT ? exponent : MOST_EXPONENT;
	return minus ? -exponent : exponent;
}

static size_t number_form(const char *data, size_t size, char *out)
{
	const char *at = data, *end = data + size;
	int64_t exponent = 0;
	bool fraction = false;
	size_t digits = 0;
	char *to = out;

	if (*at == '-')
		*to++ = *at++;
	for (; at < end && *at != 'e' && *at != 'E'; at++) {
		if (*at == '.') {
			fraction = true;
			continue;
		}
		exponent -= fraction;
		if (*at != '0' || digits)
			to[digits++] = *at;
	}
	if (digits == 0) {
		*out = '0';
		return 1;
	}
	if (at < end)
		exponent += read_exponent(at + 1, end);
	for (; to[digits - 1] == '0'; digits--)
		exponent++;
	to += digits;
	if (exponent)
		to += sprintf(to, "e%lld", (long long)exponent);
	return (size_t)(to - out);
}

size_t stead_json_canonical_scalar(const char *data, size_t size, char *out)
{
	if (*data == '-' || (*data >= '0' && *data <= '9'))
		return number_form(data, size, out);
	if (*data == '"')
		return string_form(data, size, out);
	memcpy(out, data, size);
	return size;
}

static int by_name(const void *a, const void *b)
{
	const stead_canonical_part *one = a, *two = b;
	size_t size = one->key_size < two->key_size ? one->key_size : two->key_size;
	int order = memcmp(one->key, two->key, size);

	if (order || one->key_size != two->key_size)
		return order ? order : one->key_size < two->key_size ? -1 : 1;
	return one->key < two->key ? -1 : one->key > two->key; /* as they were written */
}

/* Puts the members that were written to out into their order, and leaves out all but the last of a name. */
static size_t order_members(char *out, size_t size, char *spare, stead_canonical_part *parts, size_t count)
{
	char *to = out;

	if (count < 2)
		return size;
	qsort(parts, count, sizeof *parts, by_name);
	memcpy(spare, out, size); /* what the parts point to is there from here on, as out is overwritten */
	*to++ = '{';
	for (size_t i = 0; i < count; i++) {
		const stead_canonical_part *part = &parts[i], *next = part + 1;

		if (i + 1 < count && next->key_size == part->key_size &&
		    memcmp(spare + (next->key - out), spare + (part->key - out), part->key_size) == 0)
			continue;
		if (to > out + 1)
			*to++ = ',';
		memcpy(to, spare + (part->key - out), part->size);
		to += part->size;
	}
	*to++ = '}';
	return (size_t)(to - out);
}

static size_t form(const char *data, size_t size, char *out, char *spare, stead_canonical_part *parts)
{
	stead_json_walk walk;
	size_t count = 0;
	char *to = out;

	if (*data != '{' && *data != '[')
		return stead_json_canonical_scalar(data, size, out);
	*to++ = *data;
	stead_json_enter(&walk, data, size);
	while (stead_json_member(&walk)) {
		char *member;

		if (to > out + 1)
			*to++ = ',';
		member = to;
		if (walk.in_object) {
			size_t key_size = string_form(walk.key, walk.key_size, to);

			to += key_size;
			*to++ = ':';
			parts[count] = (stead_canonical_part){member, key_size, 0};
		}
		to += form(walk.value, walk.value_size, to, spare, parts + count + 1);
		if (walk.in_object)
			parts[count++].size = (size_t)(to - member);
	}
	*to++ = *data == '{' ? '}' : ']';
	return walk.in_object ? order_members(out, (size_t)(to - out), spare, parts, count) : (size_t)(to - out);
}

size_t stead_json_canonical(const char *data, size_t size, char *out, char *spare, stead_canonical_part *parts)
{
	while (size && (*data == ' ' || *data == '\t' || *data == '\n' || *data == '\r'))
		data++, size--;
	while (size &&
	       (data[size - 1] == ' ' || data[size - 1] == '\t' || data[size - 1] == '\n' || data[size - 1] == '\r'))
		size--;
	return form(data, size, out, spare, parts);
}

static bool is_number(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

stead_sameness stead_json_has_form(const char *data, size_t size, const char *form, size_t form_size)
{
	char number[STEAD_CANONICAL_ROOM(SHORT_NUMBER)];

	if (*data == '"' && size <= form_size) /* only an escape makes the form another text, and it is shorter then */
		return size == form_size && memcmp(data, form, size) == 0 ? STEAD_SAME : STEAD_DIFFERENT;
	if (is_number(*data)) {
		if (!is_number(*form))
			return STEAD_DIFFERENT;
		if (size > SHORT_NUMBER)
			return STEAD_UNKNOWN;
		size = number_form(data, size, number);
		data = number;
	} else if (*data != *form)
		return STEAD_DIFFERENT;
	else if (*data == '{' || *data == '[' || (*data == '"' && memchr(data, '\\', size)))
		return STEAD_UNKNOWN;
	return size == form_size && memcmp(data, form, size) == 0 ? STEAD_SAME : STEAD_DIFFERENT;
}
