/*
 * totp.c - the published vectors of RFC 6238 (appendix B), RFC 4226 (appendix D) and RFC 4648 (section 10).
 *
 * Linked with: lib/crypto/totp
 */
#include "lib/crypto/totp.h"

#include "unit.h"

#define KEY ((const unsigned char *)"12345678901234567890")

static void test_rfc6238(void **state)
{
	static const struct {
		int64_t seconds;
		const char *code;
	} vectors[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
	               {1234567890, "89005924"}, {2000000000, "69279037"}, {INT64_C(20000000000), "65353130"}};
	char code[9];

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		assert_true(totp_code(KEY, 20, vectors[i].seconds / TOTP_SECONDS, 8, code));
		assert_string_equal(code, vectors[i].code);
	}
}

static void test_rfc4226(void **state)
{
	static const char *const codes[] = {"755224", "287082", "359152", "969429", "338314",
	                                    "254676", "287922", "162583", "399871", "520489"};
	char code[7];

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_true(totp_code(KEY, 20, i, TOTP_DIGITS, code));
		assert_string_equal(code, codes[i]);
	}
}

static void test_window(void **state)
{
	int64_t now = 2000000000, step = now / TOTP_SECONDS, found;
	char code[7];

	(void)state;
	for (int64_t at = step - 3; at <= step + 3; at++) {
		bool near = at >= step - TOTP_SKEW && at <= step + TOTP_SKEW;

		assert_true(totp_code(KEY, 20, at, TOTP_DIGITS, code));
		assert_true(totp_find(KEY, 20, now, -1, code, 6, &found));
		assert_int_equal(found, near ? at : -1);
		/* once only, and none before one that was used */
		assert_true(totp_find(KEY, 20, now, at, code, 6, &found));
		assert_int_equal(found, -1);
		assert_true(totp_find(KEY, 20, now, at + 1, code, 6, &found));
		assert_int_equal(found, -1);
		assert_true(totp_find(KEY, 20, now, at - 1, code, 6, &found));
		assert_int_equal(found, near ? at : -1);
		assert_true(totp_find(KEY, 20, now, -1, code, 5, &found));
		assert_int_equal(found, -1);
		assert_true(totp_find(KEY, 20, now, -1, "", 0, &found));
		assert_int_equal(found, -1);
	}
}

static void test_base32(void **state)
{
	static const char *const vectors[][2] = {{"", ""},
	                                         {"f", "MY"},
	                                         {"fo", "MZXQ"},
	                                         {"foo", "MZXW6"},
	                                         {"foob", "MZXW6YQ"},
	                                         {"fooba", "MZXW6YTB"},
	                                         {"foobar", "MZXW6YTBOI"}};
	char text[BASE32_ROOM(6)];

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const char *data = vectors[i][0];

		assert_int_equal(base32_encode((const unsigned char *)data, strlen(data), text), strlen(vectors[i][1]));
		assert_string_equal(text, vectors[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc6238),
		cmocka_unit_test(test_rfc4226),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_base32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
