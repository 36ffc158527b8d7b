/*
 * timestamp.h - times: int64 microseconds since 1970-01-01 UTC, proleptic Gregorian, years 1 to 9999. Pure.
 */
#ifndef STEAD_TIMESTAMP_H
#define STEAD_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEAD_SECOND INT64_C(1000000)
#define STEAD_DAY (86400 * STEAD_SECOND)
#define STEAD_TIME_MIN INT64_C(-62135596800000000) /* 0001-01-01T00:00:00Z */
#define STEAD_TIME_MAX INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */
#define STEAD_TIME_SIZE 27                         /* YYYY-MM-DDTHH:MM:SS.ffffffZ */

bool stead_time_valid(int64_t time);
/* Writes STEAD_TIME_SIZE bytes, no NUL. A time out of range is written as the first or the last valid one. */
void stead_time_format(int64_t time, char *out);
/* Reads ISO 8601: a date, or a date and a time of day with T or a space between them, an optional fraction (rounded to
 * microseconds) and an optional Z or offset (+HH, +HHMM, +HH:MM). Without an offset it is UTC. False: the text is no
 * such time, or it is out of range. */
bool stead_time_parse(const char *text, size_t size, int64_t *time);
/* The same for the form that stead_time_format() writes, and no other. */
bool stead_time_parse_exact(const char *text, size_t size, int64_t *time);

/* Reads these forms, and those that other libraries write into text columns: a space before the offset, or UTC after
 * the offset or in its place. Sequelize writes 2026-01-31 12:00:00.000 +00:00, Go 2026-01-31 12:00:00.123456789 +0000
 * UTC m=+0.1, Rails 2026-01-31 12:00:00 UTC. */
bool stead_time_read(const char *text, size_t size, int64_t *time);

/* A number can be a time: seconds, milliseconds or microseconds since 1970. Its size tells which, as the ranges of the
 * three for the years 1980 to 9999 do not overlap. A smaller number is not a time: otherwise days, minutes or yyyymmdd
 * would be taken for times of long ago. */
#define STEAD_SECONDS_FIRST INT64_C(315532800)   /* 1980-01-01 */
#define STEAD_SECONDS_LAST INT64_C(253402300799) /* 9999-12-31T23:59:59 */
enum { STEAD_TIME_UNITS = 3 };
extern const int64_t stead_time_units[STEAD_TIME_UNITS]; /* how many of each unit a second has */

typedef enum { STEAD_MINUTE, STEAD_HOUR, STEAD_DAILY, STEAD_WEEK, STEAD_MONTH } stead_bucket;
/* The start of the bucket that contains the time (UTC, weeks from Monday), never before STEAD_TIME_MIN. */
int64_t stead_bucket_start(stead_bucket bucket, int64_t time);
/* The start of the bucket after the one that begins at start; it may be after STEAD_TIME_MAX. */
int64_t stead_bucket_next(stead_bucket bucket, int64_t start);

#endif
