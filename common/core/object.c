/*
 * object.c - JSON arguments: a tree that the call owns, and the members of an object as typed values.
 *
 * Every function that takes a JSON object describes its keys as it describes its arguments. So all of them raise the
 * same errors for unknown keys, repeated keys and wrong types.
 */
#include <string.h>

#include "lib/json.h"
#include "stead.h"
#include "lib/text.h"
#include "lib/timestamp.h"

static void release_tree(void *tree)
{
	json_decref(tree);
}

json_t *stead_read_json(stead_call *call, stead_value json, const char *name)
{
	char reason[80];
	bool no_memory;
	json_t *tree = stead_json_read(json.data, json.size, reason, &no_memory);

	if (no_memory)
		stead_raise_no_memory(call);
	if (!tree)
		stead_raise(call, STEAD_INVALID, "stead_%s: %s %s", call->function->name, name, reason);
	stead_defer(call, release_tree, tree);
	return tree;
}

bool stead_is_json(stead_call *call, stead_value text, char reason[80])
{
	bool no_memory;
	json_t *tree = stead_json_read(text.data, text.size, reason, &no_memory);

	if (no_memory)
		stead_raise_no_memory(call);
	json_decref(tree);
	return tree != NULL;
}

stead_value stead_shown_json(stead_call *call, stead_value stored)
{
	stead_buffer json = {0};
	char reason[80];

	if (stored.null || stead_json_is_plain(stored.data, stored.size) || stead_is_json(call, stored, reason))
		return stored;
	stored.type = STEAD_TEXT;
	stead_append_json(call, &json, stored);
	return stead_json(json.data);
}

void stead_check_json(stead_call *call, stead_value json, const char *name)
{
	if (!stead_json_is_plain(json.data, json.size))
		stead_read_json(call, json, name);
}

void stead_check_object(stead_call *call, stead_value json, const char *name, stead_json_scan *scan)
{
	stead_json_scan_text(json.data, json.size, scan);
	if (!scan->size)
		stead_read_json(call, json, name);
	if (json.data[stead_json_begin(json.data, json.size)] != '{')
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be a JSON object", call->function->name, name);
}

static _Noreturn void unknown_key(stead_call *call, const char *name, const stead_json_span *member,
                                  const stead_arg *keys, int key_count)
{
	stead_buffer known = {0};

	for (int i = 0; i < key_count; i++) {
		stead_append_text(call, &known, i ? ", " : "Known keys: ");
		stead_append_text(call, &known, keys[i].name);
	}
	stead_append_text(call, &known, ".");
	/* a hostile key can be long: the part shown is enough to recognise it */
	stead_raise_hint(call, STEAD_INVALID, known.data, "stead_%s: %s has an unknown key %.*s", call->function->name,
	                 name, (int)stead_utf8_cut(member->key, member->key_size > 80 ? 80 : member->key_size),
	                 member->key);
}

static _Noreturn void wrong_type(stead_call *call, const char *name, const char *key, const char *expected)
{
	stead_raise(call, STEAD_INVALID, "stead_%s: %s.%s must be %s", call->function->name, name, key, expected);
}

/* Converts a member that jansson read; text is its value as written. */
static stead_value read_member(stead_call *call, const char *name, const stead_arg *key, json_t *member,
                               stead_value text)
{
	stead_value value = {.type = key->type};

	/* When memory runs out, jansson 2.14 may drop a member or cut a string. Comparing with the text shows it, as no
	 * member is given twice. */
	if (!member ||
	    (json_is_string(member) && json_string_length(member) != stead_json_string_size(text.data, text.size)))
		stead_raise_no_memory(call);
	if (json_is_null(member))
		return stead_null(key->type);
	if (key->type == STEAD_JSON)
		return text;
	switch (key->type) {
	case STEAD_BOOL:
		if (!json_is_boolean(member))
			wrong_type(call, name, key->name, "true or false");
		value.boolean = json_is_true(member);
		break;
	case STEAD_INT:
		if (!json_is_integer(member))
			wrong_type(call, name, key->name, "an integer");
		value.integer = json_integer_value(member);
		break;
	case STEAD_REAL:
		if (!json_is_number(member))
			wrong_type(call, name, key->name, "a number");
		value.real = json_number_value(member);
		break;
	case STEAD_TIME:
		if (!json_is_string(member) ||
		    !stead_time_parse(json_string_value(member), json_string_length(member), &value.integer))
			wrong_type(call, name, key->name, "a time such as \"2026-01-31T12:00:00Z\"");
		break;
	default:
		if (!json_is_string(member))
			wrong_type(call, name, key->name, "a string");
		value.data = json_string_value(member);
		value.size = json_string_length(member);
	}
	return value;
}

/* A member of plain JSON, for the types that most members have; false: it needs jansson, or is of another type. */
static bool read_plain(const stead_arg *key, stead_value text, stead_value *out)
{
	char first = text.data[0]; /* tells what kind of value it is */
	bool string = first == '"', minus = first == '-';

	if (key->type == STEAD_JSON || first == 'n')
		*out = first == 'n' ? stead_null(key->type) : text;
	else if (key->type == STEAD_BOOL && (first == 't' || first == 'f'))
		*out = stead_bool(first == 't');
	else if (key->type == STEAD_INT && (minus || (first >= '0' && first <= '9')) &&
	         !memchr(text.data, '.', text.size)) {
		int64_t number = 0;

		for (size_t i = minus; i < text.size; i++)
			number = number * 10 + (text.data[i] - '0'); /* 17 digits at most */
		*out = stead_int(minus ? -number : number);
	} else if (string && !memchr(text.data, '\\', text.size) && key->type == STEAD_TEXT)
		*out = stead_text_n(text.data + 1, text.size - 2);
	else if (string && !memchr(text.data, '\\', text.size) && key->type == STEAD_TIME) {
		int64_t time;

		if (!stead_time_parse(text.data + 1, text.size - 2, &time))
			return false;
		*out = stead_time(time);
	} else
		return false;
	return true;
}

/* Notes the text of a member as the value of its key. *next is the key that is looked at first. */
static void note_member(stead_call *call, const char *name, const stead_json_span *member, const stead_arg *keys,
                        int key_count, int *next, stead_value *out)
{
	int i = *next, tried = 0;

	while (tried < key_count && !stead_json_string_is(member->key, member->key_size, keys[i].name)) {
		i = i + 1 < key_count ? i + 1 : 0;
		tried++;
	}
	if (tried == key_count)
		unknown_key(call, name, member, keys, key_count);
	if (!out[i].null)
		stead_raise(call, STEAD_INVALID, "stead_%s: %s.%s is given twice", call->function->name, name, keys[i].name);
	out[i] = stead_json_n(member->value, member->value_size);
	*next = i + 1 < key_count ? i + 1 : 0; /* most often they come in the order of the keys */
}

void stead_read_members(stead_call *call, stead_value json, const char *name, const stead_json_scan *scan,
                        const stead_arg *keys, int key_count, stead_value *out)
{
	json_t *tree = scan->size ? NULL : stead_read_json(call, json, name);
	stead_json_walk walk;
	int next = 0;

	if (tree ? !json_is_object(tree) : !scan->object)
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be a JSON object", call->function->name, name);
	for (int i = 0; i < key_count; i++)
		out[i] = stead_null(STEAD_JSON);
	if (!tree && scan->count <= STEAD_JSON_SPANS)
		for (int i = 0; i < scan->count; i++)
			note_member(call, name, &scan->members[i], keys, key_count, &next, out);
	else {
		stead_json_enter(&walk, json.data, json.size);
		while (stead_json_member(&walk)) {
			stead_json_span member = {walk.key, walk.key_size, walk.value, walk.value_size};

			note_member(call, name, &member, keys, key_count, &next, out);
		}
	}
	/* Only after the check for repeated members: of such a member, the tree has only the last value. */
	for (int i = 0; i < key_count; i++) {
		stead_value text = out[i];

		if (text.null)
			out[i] = stead_null(keys[i].type);
		else if (tree || !read_plain(&keys[i], text, &out[i])) {
			tree = tree ? tree : stead_read_json(call, json, name);
			out[i] = read_member(call, name, &keys[i], json_object_get(tree, keys[i].name), text);
		}
	}
}

void stead_read_object(stead_call *call, stead_value json, const char *name, const stead_arg *keys, int key_count,
                       stead_value *out)
{
	stead_json_scan scan;

	stead_json_scan_text(json.data, json.size, &scan);
	stead_read_members(call, json, name, &scan, keys, key_count, out);
}

bool stead_read_string(stead_call *call, stead_value text, const char *name, stead_value *out)
{
	const stead_arg key = {name, STEAD_TEXT};

	if (*text.data != '"')
		return false;
	if (!read_plain(&key, text, out)) {
		json_t *string = stead_read_json(call, text, name);

		if (json_string_length(string) != stead_json_string_size(text.data, text.size))
			stead_raise_no_memory(call);
		*out = stead_text_n(json_string_value(string), json_string_length(string));
	}
	return true;
}

int stead_read_strings(stead_call *call, stead_value json, const char *name, int most, stead_value *out)
{
	size_t space = stead_json_begin(json.data, json.size);
	stead_json_walk walk;
	int count = 0;

	json.data += space;
	json.size -= space;
	while (json.size && strchr(" \t\r\n", json.data[json.size - 1]))
		json.size--;
	if (*json.data != '[') {
		if (!stead_read_string(call, json, name, out))
			stead_raise(call, STEAD_INVALID, "stead_%s: %s must be a string or an array of strings",
			            call->function->name, name);
		return 1;
	}
	stead_json_enter(&walk, json.data, json.size);
	for (; stead_json_member(&walk); count++) {
		stead_value item = stead_json_n(walk.value, walk.value_size);

		if (count == most)
			stead_raise(call, STEAD_INVALID, "stead_%s: %s must have at most %d strings", call->function->name, name,
			            most);
		if (!stead_read_string(call, item, name, &out[count]))
			stead_raise(call, STEAD_INVALID, "stead_%s: %s[%d] must be a string", call->function->name, name, count);
	}
	return count;
}
