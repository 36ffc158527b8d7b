/*
 * unit.h - the headers that must be included before <cmocka.h>.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka's assert_in_range() is deprecated since version 2, and what replaces it is not in version 1. */
#define assert_between(value, least, most)                                                                             \
	do {                                                                                                               \
		long long between_value = (value), between_least = (least), between_most = (most);                             \
		if (between_value < between_least || between_value > between_most)                                             \
			fail_msg("%s is %lld, not within %lld to %lld", #value, between_value, between_least, between_most);       \
	} while (0)
