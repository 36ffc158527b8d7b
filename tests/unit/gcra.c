/*
 * gcra.c - the arithmetic of rate limits against a model: the bucket that leaks, counted in fractions.
 *
 * Linked with: lib/gcra
 */
#include "lib/gcra.h"

#include "unit.h"

#define SECOND INT64_C(1000000)
#define NOW INT64_C(1798761600000000)

static uint64_t next_random(void) /* xorshift64, the same numbers in each run */
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* What stead_limit_take() does with a row, in C. */
static bool take(const gcra *limit, int64_t now, int64_t cost, gcra_time *time)
{
	gcra_time price = gcra_price(limit, cost), latest = gcra_latest(limit, now, cost);

	if (time->us < now)
		*time = (gcra_time){now, 0};
	if (time->us > latest.us || (time->us == latest.us && time->part > latest.part))
		return false;
	time->us += price.us;
	time->part += price.part;
	if (time->part >= limit->parts) {
		time->us++;
		time->part -= limit->parts;
	}
	return true;
}

static gcra define(int64_t max_count, int64_t per_seconds, int64_t burst)
{
	gcra limit;

	assert_true(gcra_define(max_count, per_seconds, burst, &limit));
	return limit;
}

/* Three in ten seconds: T is no whole number of microseconds, and yet three are there again after exactly ten. */
static void test_boundaries(void **state)
{
	gcra limit = define(3, 10, 3);
	gcra_time time = {0};

	(void)state;
	for (int round = 0; round < 1000; round++) {
		int64_t now = NOW + round * 10 * SECOND;

		for (int i = 0; i < 3; i++)
			assert_true(take(&limit, now, 1, &time));
		assert_false(take(&limit, now, 1, &time));
		assert_int_equal(gcra_free_at(&limit, now, time, 1), now + 3333334);
		assert_int_equal(gcra_free_at(&limit, now, time, 3), now + 10 * SECOND);
		assert_int_equal(gcra_remaining(&limit, now, time), 0);
		assert_int_equal(gcra_remaining(&limit, now + 3333333, time), 0);
		assert_int_equal(gcra_remaining(&limit, now + 3333334, time), 1);
		assert_int_equal(gcra_remaining(&limit, now + 10 * SECOND - 1, time), 2);
		assert_int_equal(gcra_remaining(&limit, now + 10 * SECOND, time), 3);
		assert_false(take(&limit, now + 10 * SECOND - 1, 3, &time));
	}
}

/* Random limits and takes: allowed just when the bucket has room, in 128 bits; and free_at is the first moment. */
static void test_model(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		int64_t max_count = 1 + (int64_t)(next_random() % (round % 2 ? 1000 : 20)),
				per = 1 + (int64_t)(next_random() % 3600), burst = 1 + (int64_t)(next_random() % 50), now = NOW,
				begun = now, full = burst * per * SECOND / max_count;
		gcra limit = define(max_count, per, burst);
		__int128 level = 0; /* in max_counts of a microsecond */
		gcra_time time = {0};
		int64_t taken = 0;

		for (int i = 0; i < 60; i++) {
			int64_t cost = 1 + (int64_t)(next_random() % (uint64_t)burst), passed, free_at;
			bool allowed;

			passed = (int64_t)(next_random() % 4) ? (int64_t)(next_random() % (uint64_t)(full / 10 + 2)) : 0;
			now += passed;
			level = level > (__int128)passed * max_count ? level - (__int128)passed * max_count : 0;
			allowed = level + (__int128)cost * per * SECOND <= (__int128)burst * per * SECOND;
			free_at = gcra_free_at(&limit, now, time, cost);
			assert_int_equal(free_at == now, allowed);
			if (!allowed) {
				gcra_time copy = time;

				assert_false(take(&limit, free_at - 1, cost, &copy));
				assert_true(take(&limit, free_at, cost, &copy));
			}
			assert_int_equal(gcra_remaining(&limit, now, time),
			                 (int64_t)(((__int128)burst * per * SECOND - level) / ((__int128)per * SECOND)));
			assert_int_equal(take(&limit, now, cost, &time), allowed);
			if (allowed) {
				level += (__int128)cost * per * SECOND;
				taken += cost;
			}
		}
		/* never more than allowed */
		assert_true((__int128)(taken - burst) * per * SECOND <= (__int128)(now - begun) * max_count);
	}
}

static void test_limits(void **state)
{
	gcra limit;

	(void)state;
	limit = define(GCRA_MAX_COUNT, GCRA_MAX_SECONDS, GCRA_MAX_COUNT);
	assert_int_equal(limit.full.us, GCRA_MAX_SECONDS * SECOND);
	assert_int_equal(gcra_free_at(&limit, NOW, (gcra_time){INT64_MAX, INT64_MAX}, GCRA_MAX_COUNT),
	                 NOW + GCRA_MAX_SECONDS * SECOND);
	assert_int_equal(gcra_free_at(&limit, NOW, (gcra_time){INT64_MIN, INT64_MIN}, GCRA_MAX_COUNT), NOW);
	assert_int_equal(gcra_remaining(&limit, NOW, (gcra_time){INT64_MAX, INT64_MAX}), 0);
	assert_int_equal(gcra_remaining(&limit, NOW, (gcra_time){INT64_MIN, INT64_MIN}), GCRA_MAX_COUNT);
	assert_false(gcra_define(1, GCRA_MAX_SECONDS, 100, &limit)); /* over 100 years */
	assert_true(gcra_define(1, GCRA_MAX_SECONDS, 99, &limit));
	assert_false(gcra_define(999999937, 31622399, GCRA_MAX_COUNT, &limit));
	/* the largest number of parts: sums of them do not overflow */
	limit = define(999999937, 31622399, 145000);
	assert_int_equal(limit.parts, 999999937);
	assert_int_equal(gcra_remaining(&limit, NOW, (gcra_time){NOW + limit.full.us, limit.parts - 1}), 0);
	assert_int_equal(gcra_remaining(&limit, NOW, (gcra_time){NOW, INT64_MAX}), 144999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
