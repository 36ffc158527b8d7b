/*
 * text.c - UTF-8 by Unicode's table 3-7, ASCII helpers, and strict base64url.
 *
 * Linked with: lib/text
 */
#include "unit.h"

#include "lib/text.h"

typedef struct {
	const char *bytes;
	size_t size;
} sample;
#define SAMPLE(literal)                                                                                                \
	{                                                                                                                  \
		literal, sizeof literal - 1                                                                                    \
	}

/* Tested in memory of exactly its size, after any number of ASCII characters, so that no alignment hides a fault. */
static void assert_validity(sample sample, bool expected)
{
	for (size_t before = 0; before < 17; before++)
		for (size_t after = 0; after < 10; after += 9) {
			size_t size = before + sample.size + after;
			char *exact = malloc(size ? size : 1);

			memset(exact, 'a', size);
			memcpy(exact + before, sample.bytes, sample.size);
			if (stead_utf8_valid(exact, size) != expected)
				fail_msg("%zu bytes that begin with %02x after %zu", sample.size, (unsigned char)*sample.bytes, before);
			free(exact);
		}
}

static void well_formed(void **state)
{
	static const sample samples[] = {
		SAMPLE(""),
		SAMPLE("plain"),
		SAMPLE("\x7f"),
		SAMPLE("\xc2\x80"),         /* U+0080, the first of two bytes */
		SAMPLE("\xdf\xbf"),         /* U+07FF */
		SAMPLE("\xe0\xa0\x80"),     /* U+0800 */
		SAMPLE("\xed\x9f\xbf"),     /* U+D7FF, before the surrogates */
		SAMPLE("\xee\x80\x80"),     /* U+E000, after them */
		SAMPLE("\xef\xbf\xbf"),     /* U+FFFF */
		SAMPLE("\xf0\x90\x80\x80"), /* U+10000 */
		SAMPLE("\xf4\x8f\xbf\xbf"), /* U+10FFFF, the last */
		SAMPLE("na\xc3\xafve \xf0\x9f\x98\x80 \xe2\x82\xac"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		assert_validity(samples[i], true);
	assert_true(stead_utf8_valid("a\0b", 3)); /* NUL is well-formed; another check refuses it */
}

static void ill_formed(void **state)
{
	static const sample samples[] = {
		SAMPLE("\x80"),
		SAMPLE("\xbf"),
		SAMPLE("\xc0\x80"),
		SAMPLE("\xc1\xbf"), /* overlong of two */
		SAMPLE("\xe0\x80\x80"),
		SAMPLE("\xe0\x9f\xbf"), /* overlong of three */
		SAMPLE("\xf0\x80\x80\x80"),
		SAMPLE("\xf0\x8f\xbf\xbf"), /* overlong of four */
		SAMPLE("\xed\xa0\x80"),
		SAMPLE("\xed\xbf\xbf"),
		SAMPLE("\xed\xa0\xbd\xed\xb8\x80"), /* surrogates */
		SAMPLE("\xf4\x90\x80\x80"),
		SAMPLE("\xf5\x80\x80\x80"),
		SAMPLE("\xf8\x88\x80\x80\x80"), /* beyond U+10FFFF */
		SAMPLE("\xfe"),
		SAMPLE("\xff"),
		SAMPLE("\xc3\xc3\xa9"),
		SAMPLE("\xc3("),
		SAMPLE("\xe2\x82("),
		SAMPLE("\xe2(\xac"),
		SAMPLE("\xf0\x9f\x98("),
		SAMPLE("\xf0\x9f(\x80"),
		SAMPLE("\xf0(\x98\x80"),
		SAMPLE("\xc3\xa9\xa9"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		assert_validity(samples[i], false);
}

static void truncated(void **state)
{
	static const char *const whole[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t size = 1; size < strlen(whole[i]); size++)
			assert_validity((sample){whole[i], size}, false);
}

/* Every code point, encoded by the test itself. */
static void all_code_points(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x120000; c++) {
		unsigned char bytes[4];
		size_t size;

		if (c < 0x80)
			size = 1, bytes[0] = (unsigned char)c;
		else if (c < 0x800)
			size = 2, bytes[0] = (unsigned char)(0xc0 | c >> 6);
		else if (c < 0x10000)
			size = 3, bytes[0] = (unsigned char)(0xe0 | c >> 12);
		else
			size = 4, bytes[0] = (unsigned char)(0xf0 | c >> 18);
		for (size_t i = 1; i < size; i++)
			bytes[i] = (unsigned char)(0x80 | (c >> 6 * (size - 1 - i) & 0x3f));
		if (stead_utf8_valid((char *)bytes, size) != (c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)))
			fail_msg("U+%04X", c);
	}
}

static void cut(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};

	(void)state;
	for (size_t size = 0; size < sizeof text; size++)
		assert_int_equal(stead_utf8_cut(text, size), expected[size]);
	assert_int_equal(stead_utf8_cut("\xf0\x9f", 2), 0);
}

static bool contains(const char *text, const char *needle)
{
	return stead_contains(text, strlen(text), needle, strlen(needle));
}

static void containing(void **state)
{
	(void)state;
	assert_true(contains("app_installed", "app_install"));
	assert_false(contains("app_uninstalled", "app_install"));
	assert_true(contains("Alice", "alice"));
	assert_true(contains("xALICE", "alice"));
	assert_false(contains("alic", "alice"));
	assert_true(contains("anything", ""));
	assert_true(contains("", ""));
	assert_false(contains("", "a"));
	assert_true(contains("aaab", "aab")); /* a match that begins within a failed one */
	assert_true(contains("100%_\\'", "%_\\'"));
	assert_false(contains("100 percent", "%"));
	assert_true(contains("\xc3\x89t\xc3\xa9", "\xc3\x89t"));
	assert_false(contains("\xc3\x89t\xc3\xa9", "\xc3\xa9t")); /* only ASCII letters are folded */
	assert_false(contains("@", "`"));                         /* nor the characters beside the letters */
	assert_false(contains("[", "{"));
	assert_true(stead_contains("a\0b", 3, "\0b", 2));
}

static void lower_case(void **state)
{
	char text[] = "AZaz@[`{09\xc3\x89";

	(void)state;
	stead_ascii_lower(text, strlen(text));
	assert_string_equal(text, "azaz@[`{09\xc3\x89");
}

static void same_word(void **state)
{
	(void)state;
	assert_true(stead_same_word("TRUE", 4, "true"));
	assert_true(stead_same_word("tRuE!", 4, "true"));
	assert_false(stead_same_word("tru", 3, "true"));
	assert_false(stead_same_word("true ", 5, "true"));
	assert_false(stead_same_word("true\0", 5, "true"));
	assert_true(stead_same_word("", 0, ""));
}

/* RFC 4648, section 10, in the URL alphabet and without padding. */
static void base64_vectors(void **state)
{
	static const char *const pairs[][2] = {
		{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
		{"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char text[STEAD_BASE64_ROOM(6)];
		unsigned char back[8];
		size_t size;

		assert_int_equal(stead_base64url_encode((const unsigned char *)pairs[i][0], strlen(pairs[i][0]), text),
		                 strlen(pairs[i][1]));
		assert_string_equal(text, pairs[i][1]);
		assert_true(stead_base64url_decode(text, strlen(text), back, &size));
		assert_int_equal(size, strlen(pairs[i][0]));
		assert_memory_equal(back, pairs[i][0], size);
	}
}

static void hex_digits(void **state)
{
	char text[9] = "........";

	(void)state;
	stead_hex_encode((const unsigned char *)"\x00\x9f\xff", 3, text);
	assert_string_equal(text, "009fff..");
	stead_hex_encode(NULL, 0, text);
	assert_string_equal(text, "009fff..");
}

static void base64_refused(void **state)
{
	static const sample samples[] = {
		SAMPLE("Z"),     SAMPLE("Zm9vY"), SAMPLE("Zg=="),   SAMPLE("Zm8="),    SAMPLE("Zm9v\n"),
		SAMPLE(" Zm9v"), SAMPLE("Zm 9v"), SAMPLE("Zm+v"),   SAMPLE("Zm/v"),    SAMPLE("Zh"),
		SAMPLE("Zm9"),   SAMPLE("Zm\0v"), SAMPLE("Zm9v\0"), SAMPLE("Zm9\xc3"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		unsigned char out[16];
		size_t size;

		if (stead_base64url_decode(samples[i].bytes, samples[i].size, out, &size))
			fail_msg("%s is accepted", samples[i].bytes);
	}
}

/* Of all texts of two and three characters, exactly one stands for each value. */
static void base64_canonical(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	int ones = 0, twos = 0;
	unsigned char out[4];
	size_t size;

	(void)state;
	for (int a = 0; a < 64; a++)
		for (int b = 0; b < 64; b++) {
			ones += stead_base64url_decode((char[]){alphabet[a], alphabet[b]}, 2, out, &size);
			for (int c = 0; c < 64; c++)
				twos += stead_base64url_decode((char[]){alphabet[a], alphabet[b], alphabet[c]}, 3, out, &size);
		}
	assert_int_equal(ones, 256);
	assert_int_equal(twos, 65536);
}

/* It accepts what decoding accepts, also where one character of some size is any byte. */
static void base64_valid(void **state)
{
	char text[12];
	unsigned char out[12];
	size_t decoded;

	(void)state;
	for (size_t size = 0; size <= sizeof text; size++)
		for (size_t at = 0; at < (size ? size : 1); at++)
			for (int c = 0; c < 256; c++) {
				memset(text, 'A', sizeof text);
				text[at] = (char)c;
				assert_int_equal(stead_base64url_valid(text, size),
				                 stead_base64url_decode(text, size, out, &decoded));
			}
}

static void integers(void **state)
{
	static const int64_t numbers[] = {0, 1, -1, 9, 10, -10, 99, 100, 1234567890123, INT64_MAX, INT64_MIN};

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		char written[STEAD_INTEGER_SIZE + 1], wanted[30];

		written[stead_integer_write(numbers[i], written)] = 0;
		snprintf(wanted, sizeof wanted, "%lld", (long long)numbers[i]);
		assert_string_equal(written, wanted);
	}
}

static void base64_round_trip(void **state)
{
	unsigned char data[100], back[100];

	(void)state;
	for (size_t size = 0; size <= sizeof data; size++) {
		char text[STEAD_BASE64_ROOM(sizeof data)];
		size_t length, back_size;

		for (size_t i = 0; i < size; i++)
			data[i] = (unsigned char)(i * 167 + size * 31);
		length = stead_base64url_encode(data, size, text);
		assert_int_equal(strlen(text), length);
		assert_true(length < STEAD_BASE64_ROOM(size));
		assert_true(stead_base64url_decode(text, length, back, &back_size));
		assert_int_equal(back_size, size);
		assert_memory_equal(back, data, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(ill_formed),
		cmocka_unit_test(truncated),
		cmocka_unit_test(all_code_points),
		cmocka_unit_test(cut),
		cmocka_unit_test(containing),
		cmocka_unit_test(lower_case),
		cmocka_unit_test(same_word),
		cmocka_unit_test(base64_vectors),
		cmocka_unit_test(hex_digits),
		cmocka_unit_test(base64_refused),
		cmocka_unit_test(base64_canonical),
		cmocka_unit_test(base64_round_trip),
		cmocka_unit_test(base64_valid),
		cmocka_unit_test(integers),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
