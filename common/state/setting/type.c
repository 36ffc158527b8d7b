/*
 * type.c - types and options of settings. See type.h.
 *
 * min and max stay the JSON text of the options and do not become reals: an int64 bound must be exact.
 */
#include "state/setting/type.h"

#include <math.h>
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"

static const char *const type_names[SETTING_TYPES] = {"text", "bool", "int", "real", "json"};

const char *setting_type_words(setting_type type)
{
	static const char *const words[SETTING_TYPES] = {"text", "a bool: true, yes, on, 1, false, no, off or 0",
	                                                 "an integer of 64 bits", "a number", "valid JSON"};

	return words[type];
}

setting_type setting_read_type(stead_call *call, stead_value name)
{
	for (int i = 0; i < SETTING_TYPES; i++)
		if (stead_equals(name, type_names[i]))
			return (setting_type)i;
	stead_raise(call, STEAD_INVALID, "stead_%s: type must be text, bool, int, real or json", call->function->name);
}

/* ---- Reading values ---------------------------------------------------------------------------------------------- */

bool setting_read_bool(stead_value text, bool *value)
{
	static const char *const words[] = {"true", "yes", "on", "1", "false", "no", "off", "0"};

	for (int i = 0; i < STEAD_COUNT(words); i++)
		if (stead_same_word(text.data, text.size, words[i])) {
			*value = i < STEAD_COUNT(words) / 2;
			return true;
		}
	return false;
}

bool setting_read_int(stead_value text, int64_t *value)
{
	bool negative = text.size && text.data[0] == '-';
	size_t i = negative || (text.size && text.data[0] == '+');
	int64_t number = 0;

	if (i == text.size)
		return false;
	for (; i < text.size; i++) {
		int digit = text.data[i] - '0';

		/* computed as a negative number: the lowest int64 has no positive counterpart */
		if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_sub_overflow(number, digit, &number))
			return false;
	}
	if (!negative && number == INT64_MIN)
		return false;
	*value = negative ? number : -number;
	return true;
}

/* jansson parses the number, as strtod() depends on the process's locale. */
bool setting_read_real(stead_call *call, stead_value text, double *value)
{
	char reason[80];
	bool no_memory, plus = text.size > 1 && text.data[0] == '+' && text.data[1] != '-';
	json_t *number;

	if (text.size - plus > 400 || text.size == 0) /* no double needs more decimals */
		return false;
	for (size_t i = plus; i < text.size; i++)
		if (!memchr("0123456789+-.eE", text.data[i], 15))
			return false;
	number = stead_json_read(text.data + plus, text.size - plus, reason, &no_memory);
	if (no_memory)
		stead_raise_no_memory(call);
	if (!json_is_number(number)) {
		json_decref(number);
		return false;
	}
	*value = json_number_value(number);
	json_decref(number);
	return isfinite(*value);
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

enum { SECRET, MIN, MAX, CHOICES, OPTIONS };

static const stead_arg keys[OPTIONS] = {
	{"secret", STEAD_BOOL}, {"min", STEAD_JSON}, {"max", STEAD_JSON}, {"choices", STEAD_JSON}};

static void read_options(stead_call *call, stead_value json, stead_value *out)
{
	stead_read_object(call, json, "options", keys, OPTIONS, out);
}

/* The value of a JSON scalar as text: the characters of a string; a number or word as written. */
static stead_value scalar_text(stead_call *call, stead_value raw)
{
	raw.type = STEAD_TEXT;
	if (raw.size && raw.data[0] == '"') {
		stead_value json = stead_json_n(raw.data, raw.size);
		json_t *tree = stead_read_json(call, json, "options");

		return stead_text_n(json_string_value(tree), json_string_length(tree));
	}
	return raw;
}

/* Compares two values of the type: negative, 0 or positive. */
static int compare(stead_call *call, setting_type type, stead_value a, stead_value b)
{
	int64_t int_a = 0, int_b = 0;
	double real_a = 0, real_b = 0;
	bool bool_a = false, bool_b = false;

	switch (type) {
	case SETTING_INT:
		setting_read_int(a, &int_a);
		setting_read_int(b, &int_b);
		return (int_a > int_b) - (int_a < int_b);
	case SETTING_REAL:
		setting_read_real(call, a, &real_a);
		setting_read_real(call, b, &real_b);
		return (real_a > real_b) - (real_a < real_b);
	case SETTING_BOOL:
		setting_read_bool(a, &bool_a);
		setting_read_bool(b, &bool_b);
		return bool_a - bool_b;
	default:
		return a.size != b.size || memcmp(a.data, b.data, a.size) != 0;
	}
}

static bool is_type(stead_call *call, setting_type type, stead_value value)
{
	int64_t integer;
	double real;
	bool boolean, no_memory;
	char reason[80];
	json_t *tree;

	switch (type) {
	case SETTING_BOOL:
		return setting_read_bool(value, &boolean);
	case SETTING_INT:
		return setting_read_int(value, &integer);
	case SETTING_REAL:
		return setting_read_real(call, value, &real);
	case SETTING_JSON:
		tree = stead_json_read(value.data, value.size, reason, &no_memory);
		if (no_memory)
			stead_raise_no_memory(call);
		json_decref(tree);
		return tree != NULL;
	default:
		return true;
	}
}

bool setting_check_options(stead_call *call, setting_type type, stead_value options)
{
	const char *function = call->function->name;
	stead_value option[OPTIONS], bound[2];
	stead_json_walk walk;
	int64_t choices = 0;

	if (options.null)
		return false;
	read_options(call, options, option);
	for (int i = MIN; i <= MAX; i++) {
		if (option[i].null)
			continue;
		if (type != SETTING_INT && type != SETTING_REAL)
			stead_raise(call, STEAD_INVALID, "stead_%s: options.%s needs the type int or real", function, keys[i].name);
		bound[i - MIN] = option[i];
		bound[i - MIN].type = STEAD_TEXT; /* not by scalar_text(): a bound in quotes is no number */
		if (!is_type(call, type, bound[i - MIN]))
			stead_raise(call, STEAD_INVALID, "stead_%s: options.%s must be %s", function, keys[i].name,
			            setting_type_words(type));
	}
	if (!option[MIN].null && !option[MAX].null && compare(call, type, bound[0], bound[1]) > 0)
		stead_raise(call, STEAD_INVALID, "stead_%s: options.min must not be greater than options.max", function);
	if (!option[CHOICES].null) {
		stead_json_enter(&walk, option[CHOICES].data, option[CHOICES].size);
		if (option[CHOICES].data[0] != '[')
			stead_raise(call, STEAD_INVALID, "stead_%s: options.choices must be an array", function);
		for (; stead_json_member(&walk); choices++)
			if (walk.value[0] == '[' || walk.value[0] == '{' || walk.value[0] == 'n' || /* null is no choice */
			    !is_type(call, type, scalar_text(call, stead_text_n(walk.value, walk.value_size))))
				stead_raise(call, STEAD_INVALID, "stead_%s: options.choices[%lld] must be %s", function,
				            (long long)choices, setting_type_words(type));
		if (!choices)
			stead_raise(call, STEAD_INVALID, "stead_%s: options.choices must not be empty", function);
	}
	return !option[SECRET].null && option[SECRET].boolean;
}

const char *setting_unfit(stead_call *call, setting_type type, stead_value options, stead_value value)
{
	stead_value option[OPTIONS], bound;
	stead_json_walk walk;

	if (!is_type(call, type, value))
		return setting_type_words(type);
	if (options.null)
		return NULL;
	options.type = STEAD_JSON;
	read_options(call, options, option);
	for (int i = MIN; i <= MAX; i++) {
		if (option[i].null)
			continue;
		bound = stead_text_n(option[i].data, option[i].size);
		if (i == MIN ? compare(call, type, value, bound) < 0 : compare(call, type, value, bound) > 0)
			return stead_format(call, "at %s %.*s", i == MIN ? "least" : "most", (int)bound.size, bound.data);
	}
	if (option[CHOICES].null)
		return NULL;
	stead_json_enter(&walk, option[CHOICES].data, option[CHOICES].size);
	while (stead_json_member(&walk))
		if (compare(call, type, value, scalar_text(call, stead_text_n(walk.value, walk.value_size))) == 0)
			return NULL;
	/* for a secret, no error shows even the possible values */
	if (option[CHOICES].size > 400 || (!option[SECRET].null && option[SECRET].boolean))
		return "one of the defined choices";
	return stead_format(call, "one of %.*s", (int)option[CHOICES].size, option[CHOICES].data);
}
