/*
 * uuid.c - UUIDs of version 7: the form, the example of RFC 9562, the order.
 *
 * Linked with: lib/uuid
 */
#include "unit.h"

#include "lib/uuid.h"

static const unsigned char none[STEAD_UUID_RANDOM], all[STEAD_UUID_RANDOM] = {255, 255, 255, 255, 255, 255, 255, 255};

static void forms(void **state)
{
	/* RFC 9562, appendix A.6, but for its 12 random bits (0xcc3), which are the fraction here */
	static const unsigned char random[] = {0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
	char out[STEAD_UUID_SIZE + 1];

	(void)state;
	stead_uuid7_write(INT64_C(0x017F22E279B0) * 1000, random, out);
	assert_string_equal(out, "017f22e2-79b0-7000-98c4-dc0c0c07398f");
	stead_uuid7_write(INT64_C(0x017F22E279B0) * 1000 + 999, all, out);
	assert_string_equal(out, "017f22e2-79b0-7ffb-bfff-ffffffffffff");
	stead_uuid7_write(0, none, out);
	assert_string_equal(out, "00000000-0000-7000-8000-000000000000");
	stead_uuid7_write(INT64_MIN, none, out);
	assert_string_equal(out, "00000000-0000-7000-8000-000000000000");
	stead_uuid7_write(INT64_C(253402300799999999), none, out); /* the last microsecond of the year 9999 */
	assert_string_equal(out, "e677d21f-dbff-7ffb-8000-000000000000");
}

/* Each microsecond's greatest UUID is less than the next one's least. */
static void order(void **state)
{
	char greatest[STEAD_UUID_SIZE + 1], least[STEAD_UUID_SIZE + 1];

	(void)state;
	for (int64_t now = INT64_C(1700000000000000); now < INT64_C(1700000000003000); now++) {
		stead_uuid7_write(now, all, greatest);
		stead_uuid7_write(now + 1, none, least);
		assert_true(strcmp(greatest, least) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(order)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
