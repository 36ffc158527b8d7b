/*
 * form.c - recorded JSON (core/record.h) and what callers see: bytes are {"base64":"AP8="}, JSON values are themselves.
 */
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"
#include "trail/capture/parts.h"

#define HEX "{\"hex\":\""
#define JSON "{\"json\":"
#define BASE64 "{\"base64\":\""

static bool begins(const char *value, size_t size, const char *prefix)
{
	return size > strlen(prefix) && memcmp(value, prefix, strlen(prefix)) == 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	                              : -1;
}

/* Digits in pairs; false: they are not. */
static bool read_hex(const char *text, size_t size, unsigned char *out)
{
	for (size_t i = 0; i + 1 < size; i += 2) {
		if (digit(text[i]) < 0 || digit(text[i + 1]) < 0)
			return false;
		out[i / 2] = (unsigned char)(digit(text[i]) << 4 | digit(text[i + 1]));
	}
	return size % 2 == 0;
}

void capture_append_shown(stead_call *call, stead_buffer *json, const char *value, size_t size)
{
	size_t hex = strlen(HEX), digits = size > hex + 2 ? size - hex - 2 : 0;

	if (begins(value, size, HEX)) {
		unsigned char *bytes = stead_alloc(call, digits / 2 + 1);

		if (read_hex(value + hex, digits, bytes)) {
			char *out = stead_alloc(call, STEAD_BASE64_ROOM(digits / 2));

			stead_append_text(call, json, BASE64);
			stead_append(call, json, out, stead_base64_encode(bytes, digits / 2, out));
			stead_append_text(call, json, "\"}");
			return;
		}
	}
	if (begins(value, size, JSON))
		stead_append(call, json, value + strlen(JSON), size - strlen(JSON) - 1);
	else
		stead_append(call, json, value, size);
}

stead_value capture_shown(stead_call *call, stead_value stored)
{
	stead_value json = stead_shown_json(call, stored);
	stead_json_walk walk;
	stead_buffer out = {0};

	if (json.null || json.size < 2 || *json.data != '{' || !memchr(json.data + 1, '{', json.size - 1))
		return json;
	stead_json_enter(&walk, json.data, json.size);
	while (stead_json_member(&walk)) {
		stead_append_text(call, &out, out.size ? "," : "{");
		stead_append(call, &out, walk.key, walk.key_size);
		stead_append_text(call, &out, ":");
		capture_append_shown(call, &out, walk.value, walk.value_size);
	}
	stead_append_text(call, &out, out.size ? "}" : "{}");
	return stead_json(out.data);
}

/* ---- Keys ------------------------------------------------------------------------------------------------------- */

/* Bytes that are given as {"base64":".."}; the text between. */
static stead_value read_base64(stead_call *call, const char *text, size_t size)
{
	char *plain = stead_alloc(call, size + 1);
	unsigned char *out = stead_alloc(call, size + 1);
	size_t bytes;

	while (size && text[size - 1] == '=')
		size--;
	for (size_t i = 0; i < size; i++)
		plain[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	if (!stead_base64url_decode(plain, size, out, &bytes))
		stead_raise(call, STEAD_INVALID, "stead_%s: row_key has bytes that are not base64", call->function->name);
	return stead_bytes(out, bytes);
}

static stead_value read_part(stead_call *call, const char *value, size_t size)
{
	stead_value part = stead_json_n(value, size), text;
	size_t base64 = strlen(BASE64);

	if (stead_read_string(call, part, "row_key", &text))
		return text;
	if (begins(value, size, BASE64) && size >= base64 + 2)
		return read_base64(call, value + base64, size - base64 - 2);
	if (*value == '{' || *value == '[')
		stead_raise_hint(call, STEAD_INVALID, "Pass a row_key as stead_changes() shows it.",
		                 "stead_%s: row_key must have a string, a number, a boolean or bytes for each column",
		                 call->function->name);
	return part;
}

static void append_recorded(stead_call *call, stead_buffer *key, stead_value name, stead_value part)
{
	stead_append_text(call, key, key->size ? "," : "{");
	stead_append_json(call, key, name);
	stead_append_text(call, key, ":");
	if (part.type == STEAD_BYTES) {
		char *hex = stead_alloc(call, 2 * part.size + 1);

		stead_hex_encode((const unsigned char *)part.data, part.size, hex);
		for (size_t i = 0; i < 2 * part.size; i++)
			hex[i] = hex[i] >= 'a' ? (char)(hex[i] - 'a' + 'A') : hex[i];
		stead_append_text(call, key, HEX);
		stead_append(call, key, hex, 2 * part.size);
		stead_append_text(call, key, "\"}");
	} else
		stead_append_json(call, key, part);
}

static _Noreturn void wrong_key(stead_call *call, const stead_shape *shape)
{
	stead_buffer names = {0};

	for (int i = 0; i < shape->key_count; i++) {
		stead_append_text(call, &names, i ? ", " : "");
		stead_append(call, &names, shape->key[i].data, shape->key[i].size);
	}
	stead_raise(call, STEAD_INVALID, "stead_%s: row_key must be an object of the columns of the key: %s",
	            call->function->name, names.size ? names.data : "the table has none");
}

/* The name of the walk's member. */
static stead_value name_of(stead_call *call, const stead_json_walk *walk)
{
	stead_value name;

	stead_read_string(call, stead_json_n(walk->key, walk->key_size), "row_key", &name);
	return name;
}

/* The part of the key that is this column's, in the object; what is not there raises. */
static stead_value find_part(stead_call *call, stead_value object, const stead_shape *shape, stead_value column)
{
	stead_json_walk walk;
	int members = 0;
	stead_value part = stead_null(STEAD_JSON);

	stead_json_enter(&walk, object.data, object.size);
	for (; stead_json_member(&walk); members++)
		if (stead_same(name_of(call, &walk), column))
			part = read_part(call, walk.value, walk.value_size);
	if (part.null || members != shape->key_count)
		wrong_key(call, shape);
	return part;
}

stead_value capture_key(stead_call *call, stead_value given, const stead_shape *shape, stead_value *parts)
{
	stead_buffer key = {0};
	stead_json_walk walk;
	size_t space;

	stead_check_json(call, given, "row_key");
	space = stead_json_begin(given.data, given.size);
	given.data += space, given.size -= space;
	while (given.size && strchr(" \t\r\n", given.data[given.size - 1]))
		given.size--;
	if (*given.data != '{' || (begins(given.data, given.size, BASE64) &&
	                           !(shape && shape->key_count == 1 && stead_equals(shape->key[0], "base64")))) {
		if (!shape || shape->key_count != 1)
			wrong_key(call, shape ? shape : &(stead_shape){0});
		parts[0] = read_part(call, given.data, given.size);
		append_recorded(call, &key, shape->key[0], parts[0]);
	} else if (shape) {
		for (int i = 0; i < shape->key_count; i++) {
			parts[i] = find_part(call, given, shape, shape->key[i]);
			append_recorded(call, &key, shape->key[i], parts[i]);
		}
		if (!shape->key_count)
			wrong_key(call, shape);
	} else {
		stead_json_enter(&walk, given.data, given.size);
		while (stead_json_member(&walk))
			append_recorded(call, &key, name_of(call, &walk), read_part(call, walk.value, walk.value_size));
	}
	stead_append_text(call, &key, key.size ? "}" : "{}");
	return stead_text_n(key.data, key.size);
}
