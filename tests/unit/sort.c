/*
 * sort.c - the radix sort against a sort by insertion, which keeps the order of equal keys, too.
 *
 * Linked with: lib/sort
 */
#include "lib/sort.h"

#include "unit.h"

#define MOST 600

static uint64_t next_random(void) /* xorshift64, the same numbers in each run */
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static void sort_by_insertion(stead_keyed *items, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k && items[k - 1].key > items[k].key; k--) {
			stead_keyed item = items[k];

			items[k] = items[k - 1];
			items[k - 1] = item;
		}
}

static void compare(size_t count, uint64_t bits)
{
	static stead_keyed items[MOST], spare[MOST], wanted[MOST];
	const stead_keyed *sorted;

	for (size_t i = 0; i < count; i++)
		wanted[i] = items[i] = (stead_keyed){next_random() & bits, (uint32_t)i};
	sort_by_insertion(wanted, count);
	sorted = stead_sort_keyed(items, spare, count, bits);
	for (size_t i = 0; i < count; i++) {
		assert_true(sorted[i].key == wanted[i].key);
		assert_int_equal(sorted[i].number, wanted[i].number);
	}
}

static void test_sorted(void **state)
{
	/* the bits of a hash in an index, of a page, one bit, the highest byte, all; with few bits, many keys are equal */
	static const uint64_t bits[] = {0xfe00ffffffffffff, 0x3fff, 1, 0xff00000000000000, UINT64_MAX, 0x0101010101010101};

	(void)state;
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		for (size_t count = 0; count <= MOST; count += count < 20 ? 1 : 29)
			compare(count, bits[i]);
}

static void test_all_equal(void **state)
{
	stead_keyed items[] = {{7, 0}, {7, 1}, {7, 2}}, spare[3];

	(void)state;
	assert_ptr_equal(stead_sort_keyed(items, spare, 3, 0), items);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(items[i].number, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_sorted), cmocka_unit_test(test_all_equal)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
