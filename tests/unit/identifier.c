/*
 * identifier.c - SQL names: reading them, and writing them so that they are read as the same names.
 *
 * Linked with: lib/identifier
 */
#include "unit.h"

#include "lib/identifier.h"

static void read_names(void **state)
{
	static const struct {
		const char *text, *schema, *name; /* name NULL: refused */
	} samples[] = {
		{"a", "", "a"},
		{"A", "", "a"},
		{"_a1$", "", "_a1$"},
		{"\"A\"", "", "A"},
		{"\"a\"\"b\"", "", "a\"b"},
		{"\"\"\"\"", "", "\""},
		{"\"a.b\"", "", "a.b"},
		{"S.T", "s", "t"},
		{"\"S\".t", "S", "t"},
		{"s.\"T\"", "s", "T"},
		{"\"x.y\".\"z\"\"\"", "x.y", "z\""},
		{"\xc3\x84", "", "\xc3\x84"}, /* only ASCII letters become lower case */
		{"\" \"", "", " "},
		{"", "", NULL},
		{".", "", NULL},
		{"a.", "", NULL},
		{".a", "", NULL},
		{"a..b", "", NULL},
		{"a.b.c", "", NULL},
		{"\"\"", "", NULL},
		{"a.\"\"", "", NULL},
		{"\"a", "", NULL},
		{"\"a\"\"", "", NULL},
		{"a\"", "", NULL},
		{"a\"b\"", "", NULL},
		{"\"a\"b", "", NULL},
		{" a", "", NULL},
		{"a ", "", NULL},
		{"a b", "", NULL},
		{"1a", "", NULL},
		{"$a", "", NULL},
		{"a-b", "", NULL},
		{"a;b", "", NULL},
		{"[a]", "", NULL},
		{"`a`", "", NULL},
		{"'a'", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		size_t size = strlen(samples[i].text);
		char *exact = malloc(size ? size : 1), *schema = malloc(size + 1),
			 *name = malloc(size + 1); /* none larger than promised */

		memcpy(exact, samples[i].text, size);
		if (stead_identifier_parse(exact, size, schema, name) != (samples[i].name != NULL))
			fail_msg("%s", samples[i].text);
		if (samples[i].name) {
			assert_string_equal(schema, samples[i].schema);
			assert_string_equal(name, samples[i].name);
		}
		free(exact);
		free(schema);
		free(name);
	}
}

static void written_names(void **state)
{
	static const struct {
		const char *name, *text, *always;
	} samples[] = {
		{"a", "a", "\"a\""},
		{"a_1", "a_1", "\"a_1\""},
		{"A", "\"A\"", "\"A\""},
		{"1a", "\"1a\"", "\"1a\""},
		{"a$", "\"a$\"", "\"a$\""},
		{"a\"b", "\"a\"\"b\"", "\"a\"\"b\""},
		{"\"\"", "\"\"\"\"\"\"", "\"\"\"\"\"\""},
		{"\xc3\xa4", "\"\xc3\xa4\"", "\"\xc3\xa4\""},
		{"", "\"\"", "\"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		size_t size = strlen(samples[i].name);
		char *out = malloc(STEAD_IDENTIFIER_ROOM(size)), schema[20], name[20];

		assert_int_equal(stead_identifier_quote(samples[i].name, false, out), strlen(samples[i].text));
		assert_string_equal(out, samples[i].text);
		if (size) {
			assert_true(stead_identifier_parse(out, strlen(out), schema, name));
			assert_string_equal(name, samples[i].name);
		}
		assert_int_equal(stead_identifier_quote(samples[i].name, true, out), strlen(samples[i].always));
		assert_string_equal(out, samples[i].always);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(read_names), cmocka_unit_test(written_names)};

	return cmocka_run_group_tests_name("identifier", tests, NULL, NULL);
}
