/*
 * json_canonical.c - when two JSON values are equal.
 *
 * Linked with: lib/json_canonical lib/json
 */
#include "unit.h"

#include "lib/json_canonical.h"

/* In memory of exactly the promised sizes: the sanitizer notices a byte beyond. */
static char *form_of(const char *text)
{
	size_t size = strlen(text), length;
	char *exact = malloc(size), *out = malloc(STEAD_CANONICAL_ROOM(size)), *spare = malloc(STEAD_CANONICAL_ROOM(size));
	stead_canonical_part *parts = malloc(STEAD_CANONICAL_PARTS(size) * sizeof *parts);
	char *form;

	memcpy(exact, text, size);
	length = stead_json_canonical(exact, size, out, spare, parts);
	form = malloc(length + 1);
	memcpy(form, out, length);
	form[length] = 0;
	free(exact);
	free(out);
	free(spare);
	free(parts);
	return form;
}

static void assert_form(const char *text, const char *expected)
{
	char *form = form_of(text), *again;
	stead_sameness sameness = stead_json_has_form(text, strlen(text), form, strlen(form));

	if (strcmp(form, expected) != 0)
		fail_msg("%s has the form %s, not %s", text, form, expected);
	if (*text != ' ' && sameness == STEAD_DIFFERENT)
		fail_msg("%s has not its own form", text);
	again = form_of(form);
	if (!strpbrk(form, "\n\t") && strcmp(form, again) != 0)
		fail_msg("the form of the form of %s is %s", text, again);
	free(form);
	free(again);
}

static void assert_same(const char *a, const char *b, bool same)
{
	char *one = form_of(a), *two = form_of(b);
	stead_sameness quick = stead_json_has_form(a, strlen(a), two, strlen(two));

	if ((strcmp(one, two) == 0) != same)
		fail_msg("%s and %s: %s and %s", a, b, one, two);
	if (quick != STEAD_UNKNOWN && (quick == STEAD_SAME) != same)
		fail_msg("%s and %s: the quick look says otherwise", a, b);
	free(one);
	free(two);
}

static void numbers(void **state)
{
	static const char *const same[][2] = {
		{"1", "1.0"},
		{"1", "1e0"},
		{"1", "10e-1"},
		{"1", "0.1E1"},
		{"1", "0.01e+2"},
		{"0", "-0"},
		{"0", "0.000e99"},
		{"100", "1e2"},
		{"120", "12e1"},
		{"1.50", "15e-1"},
		{"-2.5", "-25e-1"},
		{"0.1", "1e-1"},
		{"1e-5", "0.00001"},
		{"1e007", "10000000"},
		{"9007199254740993", "9007199254740993.0"},
		{"123456789012345678901234567890", "12345678901234567890123456789e1"},
	};
	static const char *const different[][2] = {
		{"9007199254740993", "9007199254740992"},
		{"0.1", "0.1000000000000000055511151231257827"},
		{"1", "-1"},
		{"1", "10"},
		{"1", "1e1"},
		{"1e1", "1e-1"},
		{"123456789012345678901234567890", "123456789012345678901234567891"},
		{"1", "\"1\""},
		{"1", "true"},
		{"0", "false"},
		{"0", "null"},
		{"1", "[1]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_same(same[i][0], same[i][1], true);
	for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
		assert_same(different[i][0], different[i][1], false);
		assert_same(different[i][1], different[i][0], false);
	}
	assert_form("-0.0", "0");
	assert_form("1200", "12e2");
	assert_form("0.0120", "12e-3");
	assert_form("1e99999999999999999999", "1e100000000000000000");
	assert_form("1e-99999999999999999999", "1e-100000000000000000");
}

static void strings(void **state)
{
	(void)state;
	assert_same("\"\\u0041\\/\\b\\f\\n\\r\\t\"", "\"A/\\u0008\\u000c\\u000a\\u000d\\u0009\"", true);
	assert_same("\"\\u00e9\\u20ac\\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", true);
	assert_same("\"\\u0022\\u005c\"", "\"\\\"\\\\\"", true);
	assert_same("\"a\"", "\"A\"", false);
	assert_same("\"\"", "null", false);
	assert_same("\"a\\\"\"", "\"a\\\\\"", false);
	assert_same("\"a\\\",\\\"b\"", "\"a\"", false);
	assert_form("\"\\u007f\"", "\"\x7f\"");
}

static void structures(void **state)
{
	(void)state;
	assert_form(" { \"b\" : [ 1 , {} , [ ] ] , \"a\" : { \"d\" : 1.0 , \"c\" : null } } ",
	            "{\"a\":{\"c\":null,\"d\":1},\"b\":[1,{},[]]}");
	assert_same("{\"a\":1,\"b\":2}", "{\"b\":2.0,\"\\u0061\":1}", true);
	assert_same("{\"a\":1}", "{\"a\":1,\"b\":null}", false);
	assert_same("[1,2]", "[2,1]", false);
	assert_same("[]", "{}", false);
	assert_same("[[1],2]", "[1,[2]]", false);
	/* of members of the same name the last counts, whatever their length and place */
	assert_form("{\"b\":1,\"a\":111111,\"b\":[2,3],\"\\u0062\":4}", "{\"a\":111111,\"b\":4}");
	assert_same("{\"a\":{\"x\":1},\"a\":{\"y\":2}}", "{\"a\":{\"y\":2}}", true);
	/* names that begin alike, and the empty one */
	assert_form("{\"ab\":1,\"a\":2,\"\":3,\"aa\":4,\"b\":5}", "{\"\":3,\"a\":2,\"aa\":4,\"ab\":1,\"b\":5}");
}

/* Members in any order have one form. */
static void any_order(void **state)
{
	unsigned seed = 1;
	char first[8192] = "";

	(void)state;
	for (int round = 0; round < 50; round++) {
		int order[100];
		char text[8192] = "{", *form;

		for (int i = 0; i < 100; i++) {
			int other = (int)((seed = seed * 1103515245 + 12345) >> 16) % (i + 1);

			order[i] = order[other];
			order[other] = i;
		}
		for (int i = 0; i < 100; i++)
			sprintf(text + strlen(text), "%s\"%d\":{\"%d\":%d}", i ? "," : "", order[i], order[i], order[i] * 10);
		strcat(text, "}");
		form = form_of(text);
		if (round == 0)
			strcpy(first, form);
		assert_string_equal(form, first);
		free(form);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings),
		cmocka_unit_test(structures),
		cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests_name("json_canonical", tests, NULL, NULL);
}
