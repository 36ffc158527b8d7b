/*
 * json.c - JSON: what is refused and with which message, and the raw text of members.
 *
 * Linked with: lib/json
 */
#include "unit.h"

#include "lib/json.h"

/* Reads it in memory of exactly its size: the sanitizer notices a byte read beyond. */
static json_t *read_exact(const char *data, size_t size, char reason[80], bool *no_memory)
{
	char *exact = malloc(size ? size : 1);
	json_t *tree;

	memcpy(exact, data, size);
	tree = stead_json_read(exact, size, reason, no_memory);
	free(exact);
	return tree;
}

static void assert_reads(const char *text)
{
	char reason[80] = "";
	bool no_memory;
	json_t *tree = read_exact(text, strlen(text), reason, &no_memory);

	if (!tree)
		fail_msg("%.60s %s", text, reason);
	json_decref(tree);
}

static void assert_refused_n(const char *data, size_t size, const char *expected)
{
	char reason[80] = "";
	bool no_memory;
	json_t *tree = read_exact(data, size, reason, &no_memory);

	if (tree)
		fail_msg("%.60s is accepted", data);
	assert_false(no_memory);
	if (!strstr(reason, expected))
		fail_msg("%.60s: \"%s\" instead of \"%s\"", data, reason, expected);
}

static void assert_refused(const char *text, const char *expected)
{
	assert_refused_n(text, strlen(text), expected);
}

static void accepted(void **state)
{
	(void)state;
	assert_reads("{}");
	assert_reads("[]");
	assert_reads(" \t\r\n{ \"a\" : [ 1 , 2.5e-3 , \"x\" , true , false , null ] } ");
	assert_reads("1");
	assert_reads("\"text\"");
	assert_reads("null");
	assert_reads("-0.0");
	assert_reads("\"\\ud83d\\ude00 \\u00e9\"");
	assert_reads("\"\xf0\x9f\x98\x80\"");
	assert_reads("{\"a\":1,\"a\":2}"); /* whoever reads the object reports a repeated key */
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"{",
		"}",
		"[1,]",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{a:1}",
		"{'a':1}",
		"[1],",
		"[1] 2",
		"nul",
		"NaN",
		"Infinity",
		"01",
		"1.",
		".5",
		"+1",
		"1e",
		"\"",
		"\"\\\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\n\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"// comment\n1",
		"[1]]",
		"\xef\xbb\xbf{}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_refused(texts[i], "is not valid JSON near byte");
	assert_refused_n("[\"\xff\"]", 5, "is not valid JSON");
	assert_refused_n("[1]\0", 4, "is not valid JSON");
}

static void nul_escape(void **state)
{
	(void)state;
	assert_refused("\"a\\u0000b\"", "must not contain \\u0000");
	assert_refused("{\"a\\u0000\":1}", "must not contain \\u0000");
	assert_refused("[{\"a\":[\"\\u0000\"]}]", "must not contain \\u0000");
	assert_reads("\"\\\\u0000\""); /* an escaped backslash, and then plain text */
}

/* depth brackets of the given kinds around a 1 */
static char *nested(int depth, const char *open, const char *close)
{
	char *text = calloc((size_t)depth * (strlen(open) + strlen(close)) + 2, 1);

	for (int i = 0; i < depth; i++)
		strcat(text, open);
	strcat(text, "1");
	for (int i = 0; i < depth; i++)
		strcat(text, close);
	return text;
}

static void depth(void **state)
{
	static const char *const kinds[][2] = {{"[", "]"}, {"{\"a\":", "}"}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char *deepest = nested(STEAD_JSON_DEPTH, kinds[i][0], kinds[i][1]);
		char *deeper = nested(STEAD_JSON_DEPTH + 1, kinds[i][0], kinds[i][1]);

		assert_reads(deepest);
		assert_refused(deeper, "is nested deeper than 64");
		free(deepest);
		free(deeper);
	}
	char *far = nested(20000, "[", "]"), wide[400] = "[0";

	assert_refused(far, "is nested deeper than 64");
	free(far);
	for (int i = 0; i < 70; i++)
		strcat(wide, ",[0]"); /* siblings are not depth */
	strcat(wide, "]");
	assert_reads(wide);
	/* brackets within a text are not depth, an escaped quote does not end it */
	assert_reads("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"");
}

static void numbers(void **state)
{
	char reason[80];
	bool no_memory;
	json_t *tree = stead_json_read("9223372036854775807", 19, reason, &no_memory);

	(void)state;
	assert_true(json_is_integer(tree));
	assert_int_equal(json_integer_value(tree), INT64_MAX);
	json_decref(tree);
	tree = stead_json_read("[9223372036854775808,-9223372036854775809]", 42, reason, &no_memory);
	assert_true(json_is_real(json_array_get(tree, 0)));
	assert_true(json_is_real(json_array_get(tree, 1)));
	json_decref(tree);
	assert_reads("12345678901234567890123456789012345678901234567890");
	assert_reads("1e308");
	assert_refused("1e309", "has a number out of range");
	assert_refused("[-1e400]", "has a number out of range");
}

static void assert_slice(const char *slice, size_t size, const char *expected)
{
	if (size != strlen(expected) || memcmp(slice, expected, size) != 0)
		fail_msg("%.*s instead of %s", (int)size, slice, expected);
}

static void walk_object(void **state)
{
	static const char text[] = " { \"b\" :  1e2 , \"a\\\"}\":{ \"x\" : [1, {}] }\n,\"\":\"],}\\\\\","
							   "\"n\":-0.50,\"t\":true ,\"z\":null,\"l\":[ ]} ";
	static const char *const expected[][2] = {{"\"b\"", "1e2"},        {"\"a\\\"}\"", "{ \"x\" : [1, {}] }"},
	                                          {"\"\"", "\"],}\\\\\""}, {"\"n\"", "-0.50"},
	                                          {"\"t\"", "true"},       {"\"z\"", "null"},
	                                          {"\"l\"", "[ ]"}};
	stead_json_walk walk;

	(void)state;
	assert_reads(text);
	stead_json_enter(&walk, text, strlen(text));
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		assert_true(stead_json_member(&walk));
		assert_slice(walk.key, walk.key_size, expected[i][0]);
		assert_slice(walk.value, walk.value_size, expected[i][1]);
	}
	assert_false(stead_json_member(&walk));
	assert_false(stead_json_member(&walk));
}

static void walk_array(void **state)
{
	static const char text[] = "[12345678901234567890, \"\\u00e9\" ,[[ ]],{\"a\":[1,2]},1]";
	static const char *const expected[] = {"12345678901234567890", "\"\\u00e9\"", "[[ ]]", "{\"a\":[1,2]}", "1"};
	stead_json_walk walk;

	(void)state;
	assert_reads(text);
	stead_json_enter(&walk, text, strlen(text));
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		assert_true(stead_json_member(&walk));
		assert_null(walk.key);
		assert_slice(walk.value, walk.value_size, expected[i]);
	}
	assert_false(stead_json_member(&walk));
}

/* A scan takes eight bytes at a time: what ends or spoils a string is seen wherever it is. */
static void strings_of_any_length(void **state)
{
	(void)state;
	for (int size = 0; size < 40; size++)
		for (int at = -1; at < size; at++)
			for (int kind = 0; kind < 4 && (at >= 0 || kind == 0); kind++) {
				char text[100] = "{\"k\":[\"", *string = text + 5, *end = text + 7;
				stead_json_walk walk;

				memset(end, kind == 3 ? (char)0xc3 : '}', (size_t)size);
				if (at >= 0)
					memcpy(end + at,
					       kind == 0   ? "\\\""
					       : kind == 1 ? "\x1f"
					       : kind == 2 ? "\\\\"
					                   : "]",
					       kind % 2 ? 1 : 2);
				end += at == size - 1 && kind % 2 == 0 && at >= 0 ? size + 1 : size;
				memcpy(end, "\",1]", 5);
				assert_int_equal(stead_json_is_plain(string + 1, (size_t)(end - string)), kind != 1);
				stead_json_enter(&walk, string, strlen(string));
				assert_true(stead_json_member(&walk));
				assert_ptr_equal(walk.value, string + 1);
				assert_ptr_equal(walk.value + walk.value_size, end + 1);
				assert_true(stead_json_member(&walk));
				assert_slice(walk.value, walk.value_size, "1");
				assert_false(stead_json_too_deep(string, strlen(string), STEAD_JSON_DEPTH));
			}
}

static void walk_empty(void **state)
{
	static const char *const texts[] = {"{}", "[]", " { } ", "[\n]"};
	stead_json_walk walk;

	(void)state;
	for (int i = 0; i < 4; i++) {
		stead_json_enter(&walk, texts[i], strlen(texts[i]));
		assert_false(stead_json_member(&walk));
	}
}

static void compact(void **state)
{
	static const char *const pairs[][2] = {
		{" { \"a b\" : [ 1 ,\t2 ] ,\r\n\"c\\\" d\" : \" x \" } ", "{\"a b\":[1,2],\"c\\\" d\":\" x \"}"},
		{"1e2", "1e2"},
		{"[]", "[]"},
		{"\"\\\\\" ", "\"\\\\\""},
		{"", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *out = malloc(strlen(pairs[i][0]) + 1);
		size_t size = stead_json_compact(pairs[i][0], strlen(pairs[i][0]), out);

		assert_slice(out, size, pairs[i][1]);
		free(out);
	}
}

/* Every ASCII character, written and read back, gives the same text. */
static void quote(void **state)
{
	(void)state;
	for (int c = 1; c < 128; c++) {
		char text[3] = {'a', (char)c, 'b'}, out[3 * 6 + 2], reason[80];
		size_t size = stead_json_quote(text, 3, out);
		bool no_memory;
		json_t *tree = stead_json_read(out, size, reason, &no_memory);

		if (!tree || json_string_length(tree) != 3 || memcmp(json_string_value(tree), text, 3) != 0)
			fail_msg("byte %d as %.*s", c, (int)size, out);
		for (size_t i = 0; i < size; i++)
			assert_true((unsigned char)out[i] >= 0x20);
		json_decref(tree);
	}
}

/* Eight bytes are looked at together, and the last eight once more. */
static void quote_anywhere(void **state)
{
	(void)state;
	for (size_t size = 1; size <= 40; size++)
		for (size_t at = 0; at < size; at++) {
			char text[40], out[41 + 2];

			memset(text, 'a', sizeof text);
			assert_false(stead_json_needs_escape(text, size));
			assert_int_equal(stead_json_quote(text, size, out), size + 2);
			text[at] = '"';
			assert_true(stead_json_needs_escape(text, size));
			assert_int_equal(stead_json_quote(text, size, out), size + 3);
			assert_memory_equal(out + 1 + at, "\\\"", 2);
		}
	assert_false(stead_json_needs_escape(NULL, 0));
}

static void quote_forms(void **state)
{
	char out[100];

	(void)state;
	assert_slice(out, stead_json_quote("\b\f\n\r\t", 5, out), "\"\\b\\f\\n\\r\\t\"");
	assert_slice(out, stead_json_quote("\"\\/", 3, out), "\"\\\"\\\\/\"");
	assert_slice(out, stead_json_quote("\x01\x1f\x7f", 3, out), "\"\\u0001\\u001f\x7f\"");
	assert_slice(out, stead_json_quote("\0", 1, out), "\"\\u0000\"");
	assert_slice(out, stead_json_quote("\xc3\xa9\xf0\x9f\x98\x80", 6, out), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
	assert_slice(out, stead_json_quote("", 0, out), "\"\"");
}

static void string_is(void **state)
{
	static const char *const same[] = {"\"action\"", "\"a\\u0063tion\"",
	                                   "\"\\u0061\\u0063\\u0074\\u0069\\u006F\\u006f\"", "\"action\\u006e\""};
	static const bool is[] = {true, true, false, false};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_int_equal(stead_json_string_is(same[i], strlen(same[i]), "action"), is[i]);
	assert_false(stead_json_string_is("\"actio\"", 7, "action"));
	assert_false(stead_json_string_is("\"a\\u0463tion\"", 13, "action")); /* its low byte is that of c */
	assert_false(stead_json_string_is("\"\xc3\xa9\"", 4, "action"));
	assert_true(stead_json_string_is("\"\"", 2, ""));
	assert_false(stead_json_string_is("\"\"", 2, "action"));
	assert_true(stead_json_string_is("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 18, "\"\\/\b\f\n\r\t"));
}

/* The items of something that may not be an array, joined by bars; then what ended it. */
static void assert_items(const char *text, const char *expected)
{
	size_t size = strlen(text), used = 0;
	char *exact = malloc(size), out[200];
	stead_json_walk walk;
	stead_json_item item;
	stead_json_scan scan;

	memcpy(exact, text, size); /* the sanitizer sees a byte read beyond */
	stead_json_enter(&walk, exact, size);
	while ((item = stead_json_next_item(&walk, &scan)) == STEAD_JSON_ITEM)
		used += (size_t)snprintf(out + used, sizeof out - used, "%.*s|", (int)walk.value_size, walk.value);
	snprintf(out + used, sizeof out - used, "%s", item == STEAD_JSON_END ? "end" : "unfit");
	assert_string_equal(out, expected);
	free(exact);
}

static bool is_plain(const char *data, size_t size)
{
	char *exact = malloc(size ? size : 1);
	bool plain;

	memcpy(exact, data, size);
	plain = stead_json_is_plain(exact, size);
	free(exact);
	return plain;
}

static void plain(void **state)
{
	static const char *const plain[] = {
		"{}", "[]", " [ ] ", "{\"a\":1}",         "[1,-2.5,\"x\",true,false,null]",         "\"\\n\\\"\"",
		"0",  "-0", "0.5",   "12345678901234567", "{\"a\":{\"b\":[{}]},\"c\":\"\u00e9\"}\n"};
	static const char *const others[] = {"",
	                                     " ",
	                                     "{",
	                                     "[",
	                                     "]",
	                                     "{]",
	                                     "[}",
	                                     "[1,]",
	                                     "[,]",
	                                     "{\"a\"}",
	                                     "{\"a\":}",
	                                     "{\"a\":1,}",
	                                     "{1:2}",
	                                     "01",
	                                     "1.",
	                                     ".5",
	                                     "-",
	                                     "1e2",
	                                     "123456789012345678",
	                                     "tru",
	                                     "nul",
	                                     "truex",
	                                     "1 2",
	                                     "\"\\u0041\"",
	                                     "\"",
	                                     "\"\\\"",
	                                     "\"\\x\"",
	                                     "\"\t\"",
	                                     "[1]]",
	                                     "{}{}",
	                                     "'a'",
	                                     "{\"a\" 1}",
	                                     "[\"a\" \"b\"]"};

	(void)state;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (!is_plain(plain[i], strlen(plain[i])))
			fail_msg("%s is not plain", plain[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (is_plain(others[i], strlen(others[i])))
			fail_msg("%s is plain", others[i]);
	for (int depth = STEAD_JSON_DEPTH; depth <= STEAD_JSON_DEPTH + 1; depth++) {
		char text[2 * (STEAD_JSON_DEPTH + 1)];

		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		assert_true(is_plain(text, 2 * (size_t)depth) == (depth == STEAD_JSON_DEPTH));
	}
}

/* jansson reads every plain text. Tested with texts that are nearly JSON, with a few characters changed. */
static void plain_is_read(void **state)
{
	static const char seed[] =
		"{\"a\": [1, -2.50, 0, \"b\\n\", true, {}], \"c\": {\"d\": null, \"e\": [[], false]}, \"f\": \"\"}";
	static const char put[] = "{}[]:,\"\\0123456789.-+eEtrufalsn u\t\n/b";
	uint32_t random = 1;
	int found[2] = {0};

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char text[sizeof seed];
		size_t size = sizeof seed - 1;
		char reason[80];
		bool no_memory, plain;
		json_t *tree;

		memcpy(text, seed, sizeof seed);
		for (int changes = i % 4; changes >= 0; changes--) {
			random = random * 1664525 + 1013904223;
			text[(random >> 8) % size] = put[(random >> 20) % (sizeof put - 1)];
		}
		plain = is_plain(text, size);
		found[plain]++;
		if (!plain)
			continue;
		tree = stead_json_read(text, size, reason, &no_memory);
		if (!tree)
			fail_msg("%s is plain, but %s", text, reason);
		json_decref(tree);
	}
	assert_true(found[0] > 1000 && found[1] > 1000);
}

static void items(void **state)
{
	(void)state;
	assert_items("[]", "end");
	assert_items(" [ ] ", "end");
	assert_items("[1]", "1|end");
	assert_items("[ {\"a\":[1,2]} , \"]\" ]\n", "{\"a\":[1,2]}|\"]\"|end");
	assert_items("[1,]", "1|unfit");
	assert_items("[,1]", "unfit");
	assert_items("[1 2]", "1|unfit");
	assert_items("[1", "1|unfit");
	assert_items("[", "unfit");
	assert_items("[1]]", "1|unfit");
	assert_items("[1],", "1|unfit");
	assert_items("[}", "unfit");
	assert_items("[\"", "\"|unfit");
	assert_items("[\"\\", "\"\\|unfit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),      cmocka_unit_test(refused),    cmocka_unit_test(nul_escape),
		cmocka_unit_test(depth),         cmocka_unit_test(numbers),    cmocka_unit_test(walk_object),
		cmocka_unit_test(walk_array),    cmocka_unit_test(walk_empty), cmocka_unit_test(strings_of_any_length),
		cmocka_unit_test(compact),       cmocka_unit_test(quote),      cmocka_unit_test(quote_forms),
		cmocka_unit_test(quote_anywhere),
		cmocka_unit_test(string_is),     cmocka_unit_test(items),      cmocka_unit_test(plain),
		cmocka_unit_test(plain_is_read),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
