/*
 * random.h - what tests share that compare random audit trails with a model: the seed, its numbers and times, and the
 * faults that were found.
 */
#ifndef STEAD_TEST_RANDOM_H
#define STEAD_TEST_RANDOM_H

#include <time.h>

#include "both.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

static unsigned long seed;
static int faults;

static int64_t below(int64_t limit)
{
	return (int64_t)(((uint64_t)random() << 31 | (uint64_t)random()) % (uint64_t)limit);
}

static void __attribute__((format(printf, 1, 2))) wrong(const char *format, ...)
{
	va_list args;

	if (++faults > 10)
		return;
	printf("# seed %lu: ", seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

static inline void format_time(int64_t at, char out[40])
{
	time_t seconds = (time_t)(at / SECOND);
	struct tm parts;
	size_t size;

	gmtime_r(&seconds, &parts);
	size = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out + size, 40 - size, ".%06dZ", (int)(at % SECOND));
}

#endif
