/*
 * timestamp.c - times: reading, writing and buckets against known values. `date -u -d TEXT +%s` gives the seconds.
 *
 * Linked with: lib/timestamp
 */
#include "unit.h"

#include "lib/timestamp.h"

#define SECOND STEAD_SECOND

static int64_t parse(const char *text)
{
	int64_t time;

	if (!stead_time_parse(text, strlen(text), &time))
		fail_msg("%s is refused", text);
	return time;
}

static void assert_time(const char *text, int64_t expected)
{
	if (parse(text) != expected)
		fail_msg("%s gives %lld, not %lld", text, (long long)parse(text), (long long)expected);
}

static void assert_formats(int64_t time, const char *expected)
{
	char text[STEAD_TIME_SIZE + 1];

	text[STEAD_TIME_SIZE] = '#';
	stead_time_format(time, text);
	assert_int_equal(text[STEAD_TIME_SIZE], '#'); /* not a byte more than promised */
	text[STEAD_TIME_SIZE] = 0;
	assert_string_equal(text, expected);
}

static void known_times(void **state)
{
	(void)state;
	assert_time("1970-01-01T00:00:00Z", 0);
	assert_time("2026-01-31T12:00:00Z", 1769860800 * SECOND);
	assert_time("2000-02-29T23:59:59Z", 951868799 * SECOND);
	assert_time("1969-12-31T23:59:59.999999Z", -1);
	assert_time("1900-03-01", -2203891200 * SECOND);
	assert_time("2038-01-19T03:14:08Z", 2147483648 * SECOND);
	assert_time("0001-01-01T00:00:00Z", STEAD_TIME_MIN);
	assert_time("9999-12-31T23:59:59.999999Z", STEAD_TIME_MAX);
}

static void forms(void **state)
{
	(void)state;
	assert_time("2026-01-31", 1769817600 * SECOND);
	assert_time("2026-01-31 12:00:00", 1769860800 * SECOND);
	assert_time("2026-01-31T12:00", 1769860800 * SECOND);
	assert_time("2026-01-31T12:00Z", 1769860800 * SECOND);
	assert_time("2026-01-31T12:00:00z", 1769860800 * SECOND);
	assert_time("2026-01-31T24:00:00Z", parse("2026-02-01"));
	assert_time("2026-01-31T23:59:60Z", parse("2026-02-01"));
}

static void fractions(void **state)
{
	(void)state;
	assert_time("1970-01-01T00:00:00.5Z", 500000);
	assert_time("1970-01-01T00:00:00.000001Z", 1);
	assert_time("1970-01-01T00:00:00.0000014Z", 1);
	assert_time("1970-01-01T00:00:00.0000016Z", 2);
	/* a half goes to the even neighbour, as on PostgreSQL */
	assert_time("1970-01-01T00:00:00.0000005Z", 0);
	assert_time("1970-01-01T00:00:00.0000015Z", 2);
	assert_time("1970-01-01T00:00:00.0000025Z", 2);
	assert_time("1970-01-01T00:00:00.00000250000001Z", 3);
	assert_time("1970-01-01T00:00:00.9999999Z", SECOND);
	assert_time("1970-01-01T00:00:00.123456789012345678901234567890Z", 123457);
	assert_time("2026-12-31T23:59:59.9999999Z", parse("2027-01-01"));
}

static void offsets(void **state)
{
	(void)state;
	assert_time("1970-01-01T01:00:00+01", 0);
	assert_time("1970-01-01T05:30:00+0530", 0);
	assert_time("1970-01-01T05:30:00+05:30", 0);
	assert_time("1969-12-31T19:00:00-05:00", 0);
	assert_time("1970-01-01T00:00:00+00:00", 0);
	assert_time("1970-01-01T00:00:00-00:30", 1800 * SECOND);
	assert_time("1969-12-31 23:30:00.25-00:30", 250000);
	assert_time("0001-01-01T15:59:00+15:59", STEAD_TIME_MIN);
}

static void refused(void **state)
{
	static const char *const texts[] = {"",
	                                    "now",
	                                    "today",
	                                    "2026",
	                                    "2026-01",
	                                    "2026-1-1",
	                                    "26-01-01",
	                                    "2026-01-32",
	                                    "2026-02-29",
	                                    "1900-02-29",
	                                    "2026-00-01",
	                                    "2026-13-01",
	                                    "2026-01-00",
	                                    "0000-01-01",
	                                    "10000-01-01",
	                                    "-0001-01-01",
	                                    "2026-01-01T",
	                                    "2026-01-01T1",
	                                    "2026-01-01T12",
	                                    "2026-01-01T12:",
	                                    "2026-01-01T12:0",
	                                    "2026-01-01T12:60:00",
	                                    "2026-01-01T25:00:00",
	                                    "2026-01-01T24:00:01",
	                                    "2026-01-01T24:00:00.1",
	                                    "2026-01-01T12:00:61",
	                                    "2026-01-01T12:00:00.",
	                                    "2026-01-01T12:00:00.Z",
	                                    "2026-01-01T12:00:00,5Z",
	                                    "2026-01-01T12:00:00ZZ",
	                                    "2026-01-01T12:00:00 Z",
	                                    "2026-01-01T12:00:00+",
	                                    "2026-01-01T12:00:00+1",
	                                    "2026-01-01T12:00:00+16:00",
	                                    "2026-01-01T12:00:00+01:60",
	                                    "2026-01-01T12:00:00+01:",
	                                    "2026-01-01T12:00:00+01:0",
	                                    "2026-01-01Z",
	                                    " 2026-01-01",
	                                    "2026-01-01 ",
	                                    "2026/01/01",
	                                    "2026-01-01X12:00:00",
	                                    "1767225600",
	                                    "0001-01-01T00:00:00+00:01",
	                                    "9999-12-31T23:59:59.9999999Z",
	                                    "9999-12-31T23:59:59-00:01",
	                                    "9999-12-31T24:00:00Z",
	                                    "+026-01-01",
	                                    "2026-01-01T12:00:00\xef\xbc\x91"};
	int64_t time;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (stead_time_parse(texts[i], strlen(texts[i]), &time))
			fail_msg("%s is taken for %lld", texts[i], (long long)time);
	assert_false(stead_time_parse("2026-01-01\0", 11, &time)); /* a NUL is a byte like any other */
}

/* The text need not end with a NUL: nothing beyond its size may be read (the sanitizer checks that). */
static void every_cut(void **state)
{
	static const char whole[] = "2026-01-31T12:34:56.789012+05:30";

	(void)state;
	for (size_t size = 0; size < sizeof whole; size++) {
		char *exact = malloc(size ? size : 1);
		int64_t time;

		memcpy(exact, whole, size);
		stead_time_parse(exact, size, &time);
		free(exact);
	}
}

static void formats(void **state)
{
	(void)state;
	assert_formats(0, "1970-01-01T00:00:00.000000Z");
	assert_formats(-1, "1969-12-31T23:59:59.999999Z");
	assert_formats(STEAD_TIME_MIN, "0001-01-01T00:00:00.000000Z");
	assert_formats(STEAD_TIME_MAX, "9999-12-31T23:59:59.999999Z");
	assert_formats(INT64_MIN, "0001-01-01T00:00:00.000000Z");
	assert_formats(INT64_MAX, "9999-12-31T23:59:59.999999Z");
	assert_formats(951782400 * SECOND, "2000-02-29T00:00:00.000000Z");
	assert_formats(1769860800 * SECOND + 120, "2026-01-31T12:00:00.000120Z");
}

/* Only what stead_time_format() writes is exact, whatever else is a time. */
static void exact(void **state)
{
	static const char *const texts[] = {"2026-01-31T12:34:56.789012Z", "2024-02-29T23:59:59.000000Z",
	                                    "2026-01-31T12:34:60.000000Z", "2026-01-31T24:00:00.000000Z",
	                                    "2026-01-31T12:34+05:30     ", "2026-01-31T12:34:56.78+0530"};
	int found = 0;

	(void)state;
	for (int i = 0; i < 6; i++)
		for (int at = 0; at < STEAD_TIME_SIZE; at++)
			for (int byte = 0; byte < 256; byte++) {
				char text[STEAD_TIME_SIZE], form[STEAD_TIME_SIZE];
				int64_t time, read = 0;
				bool same;

				memcpy(text, texts[i], sizeof text);
				text[at] = (char)byte;
				same = stead_time_parse(text, sizeof text, &time);
				if (same) {
					stead_time_format(time, form);
					same = memcmp(form, text, sizeof form) == 0;
				}
				assert_int_equal(stead_time_parse_exact(text, sizeof text, &read), same);
				assert_true(!same || read == time);
				assert_false(stead_time_parse_exact(text, sizeof text - 1, &read));
				found += same;
			}
	assert_true(found > 300); /* digits in the place of digits */
}

static void valid(void **state)
{
	(void)state;
	assert_true(stead_time_valid(STEAD_TIME_MIN));
	assert_true(stead_time_valid(STEAD_TIME_MAX));
	assert_false(stead_time_valid(STEAD_TIME_MIN - 1));
	assert_false(stead_time_valid(STEAD_TIME_MAX + 1));
	assert_false(stead_time_valid(INT64_MIN));
	assert_false(stead_time_valid(INT64_MAX));
}

/* Every day of every year is written and read back, and follows the day before it. */
static void all_days(void **state)
{
	char text[STEAD_TIME_SIZE], before[STEAD_TIME_SIZE];

	(void)state;
	memset(before, 0, sizeof before);
	for (int64_t time = STEAD_TIME_MIN; time <= STEAD_TIME_MAX; time += STEAD_DAY) {
		int64_t back, within = time + (time / STEAD_DAY * 7919 % 86400 + 86400) % 86400 * SECOND;

		stead_time_format(time, text);
		if (!stead_time_parse(text, sizeof text, &back) || back != time || memcmp(before, text, sizeof text) >= 0)
			fail_msg("%.27s after %.27s", text, before);
		memcpy(before, text, sizeof text);
		stead_time_format(within, text);
		if (!stead_time_parse(text, sizeof text, &back) || back != within)
			fail_msg("%.27s", text);
	}
}

static void leap_years(void **state)
{
	(void)state;
	assert_int_equal(parse("2024-03-01") - parse("2024-02-28"), 2 * STEAD_DAY);
	assert_int_equal(parse("2023-03-01") - parse("2023-02-28"), STEAD_DAY);
	assert_int_equal(parse("2000-03-01") - parse("2000-02-28"), 2 * STEAD_DAY);
	assert_int_equal(parse("1900-03-01") - parse("1900-02-28"), STEAD_DAY);
	assert_int_equal(parse("0004-03-01") - parse("0004-02-28"), 2 * STEAD_DAY);
	assert_int_equal(parse("2101-01-01") - parse("2001-01-01"), 36524 * STEAD_DAY);
}

static void bucket_starts(void **state)
{
	int64_t time = parse("2026-03-15T13:45:59.999999Z"); /* a Sunday */

	(void)state;
	assert_int_equal(stead_bucket_start(STEAD_MINUTE, time), parse("2026-03-15T13:45:00Z"));
	assert_int_equal(stead_bucket_start(STEAD_HOUR, time), parse("2026-03-15T13:00:00Z"));
	assert_int_equal(stead_bucket_start(STEAD_DAILY, time), parse("2026-03-15"));
	assert_int_equal(stead_bucket_start(STEAD_WEEK, time), parse("2026-03-09"));
	assert_int_equal(stead_bucket_start(STEAD_MONTH, time), parse("2026-03-01"));
	assert_int_equal(stead_bucket_start(STEAD_WEEK, parse("2026-03-16")), parse("2026-03-16"));
	assert_int_equal(stead_bucket_start(STEAD_WEEK, parse("1970-01-01")), parse("1969-12-29"));
	assert_int_equal(stead_bucket_start(STEAD_MINUTE, -1), -60 * SECOND);
	assert_int_equal(stead_bucket_start(STEAD_HOUR, -1), -3600 * SECOND);
	assert_int_equal(stead_bucket_start(STEAD_DAILY, -1), -STEAD_DAY);
	assert_int_equal(stead_bucket_start(STEAD_MONTH, -1), parse("1969-12-01"));
}

static void bucket_nexts(void **state)
{
	(void)state;
	assert_int_equal(stead_bucket_next(STEAD_MINUTE, parse("2026-12-31T23:59")), parse("2027-01-01"));
	assert_int_equal(stead_bucket_next(STEAD_HOUR, parse("2026-12-31T23:00")), parse("2027-01-01"));
	assert_int_equal(stead_bucket_next(STEAD_DAILY, parse("2024-02-28")), parse("2024-02-29"));
	assert_int_equal(stead_bucket_next(STEAD_WEEK, parse("2026-12-28")), parse("2027-01-04"));
	assert_int_equal(stead_bucket_next(STEAD_MONTH, parse("2026-12-01")), parse("2027-01-01"));
	assert_int_equal(stead_bucket_next(STEAD_MONTH, parse("2024-02-01")), parse("2024-03-01"));
}

/* At the ends of the range: the start is a valid time; the next bucket may be beyond. */
static void bucket_ends(void **state)
{
	(void)state;
	for (stead_bucket bucket = STEAD_MINUTE; bucket <= STEAD_MONTH; bucket++) {
		assert_int_equal(stead_bucket_start(bucket, STEAD_TIME_MIN), STEAD_TIME_MIN);
		assert_true(stead_time_valid(stead_bucket_start(bucket, STEAD_TIME_MAX)));
		assert_true(stead_bucket_next(bucket, stead_bucket_start(bucket, STEAD_TIME_MAX)) > STEAD_TIME_MAX);
	}
}

/* A bucket begins at its own start, and the next one's start is the first time that is not in it. */
static void buckets_join(void **state)
{
	(void)state;
	for (stead_bucket bucket = STEAD_MINUTE; bucket <= STEAD_MONTH; bucket++)
		for (int64_t time = STEAD_TIME_MIN; time < STEAD_TIME_MAX - 400 * STEAD_DAY;
		     time += 97 * STEAD_DAY + 12345678901) {
			int64_t start = stead_bucket_start(bucket, time), next = stead_bucket_next(bucket, start);

			assert_true(start <= time && time < next);
			assert_int_equal(stead_bucket_start(bucket, start), start);
			assert_int_equal(stead_bucket_start(bucket, next - 1), start);
			assert_int_equal(stead_bucket_start(bucket, next), next);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times), cmocka_unit_test(forms),         cmocka_unit_test(fractions),
		cmocka_unit_test(offsets),     cmocka_unit_test(refused),       cmocka_unit_test(every_cut),
		cmocka_unit_test(formats),     cmocka_unit_test(valid),         cmocka_unit_test(all_days),
		cmocka_unit_test(leap_years),  cmocka_unit_test(bucket_starts), cmocka_unit_test(bucket_nexts),
		cmocka_unit_test(bucket_ends), cmocka_unit_test(buckets_join),  cmocka_unit_test(exact),
	};

	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
