/*
 * timestamp.c - times as microseconds since the epoch. See timestamp.h.
 *
 * The calendar conversions are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400
 * years that begin on the first of March, so that the leap day comes last.
 */
#include "lib/timestamp.h"

#include <string.h>

const int64_t stead_time_units[STEAD_TIME_UNITS] = {1, 1000, 1000000};

static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* days are of the years 0 to 9999, so that 32 bits suffice. */
static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	unsigned z = (unsigned)(days + 719468);
	unsigned era = z / 146097;
	unsigned doe = z - era * 146097;
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

/* Division that rounds down, so that times before the epoch fall into the right day. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

bool stead_time_valid(int64_t time)
{
	return time >= STEAD_TIME_MIN && time <= STEAD_TIME_MAX;
}

/* A table costs less than divisions do. */
static void put_pair(char *out, unsigned value)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324"
		"25262728293031323334353637383940414243444546474849"
		"50515253545556575859606162636465666768697071727374"
		"75767778798081828384858687888990919293949596979899";

	memcpy(out, pairs + value * 2, 2);
}

void stead_time_format(int64_t wanted, char *out)
{
	int64_t time = wanted < STEAD_TIME_MIN ? STEAD_TIME_MIN : wanted > STEAD_TIME_MAX ? STEAD_TIME_MAX : wanted;
	int64_t days = floor_div(time, STEAD_DAY);
	uint64_t rest = (uint64_t)(time - days * STEAD_DAY);
	unsigned seconds = (unsigned)(rest / STEAD_SECOND), fraction = (unsigned)(rest % STEAD_SECOND);
	int year, month, day;

	civil_from_days(days, &year, &month, &day);
	put_pair(out, (unsigned)year / 100);
	put_pair(out + 2, (unsigned)year % 100);
	out[4] = '-';
	put_pair(out + 5, (unsigned)month);
	out[7] = '-';
	put_pair(out + 8, (unsigned)day);
	out[10] = 'T';
	put_pair(out + 11, seconds / 3600);
	out[13] = ':';
	put_pair(out + 14, seconds / 60 % 60);
	out[16] = ':';
	put_pair(out + 17, seconds % 60);
	out[19] = '.';
	put_pair(out + 20, fraction / 10000);
	put_pair(out + 22, fraction / 100 % 100);
	put_pair(out + 24, fraction % 100);
	out[26] = 'Z';
}

/* Reads exactly that many digits. */
static bool digits(const char **at, const char *end, int count, int *value)
{
	if (end - *at < count)
		return false;
	for (*value = 0; count--; (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

static bool one_of(const char **at, const char *end, char a, char b)
{
	if (*at == end || (**at != a && **at != b))
		return false;
	(*at)++;
	return true;
}

/* Reads the digits after the point as microseconds. More digits are rounded half to even, as PostgreSQL's rint()
 * does. */
static bool fraction(const char **at, const char *end, int64_t *micros)
{
	int count = 0, seventh = 0;
	bool more = false; /* a digit after the seventh is not zero */

	for (*micros = 0; *at < end && **at >= '0' && **at <= '9'; (*at)++, count++) {
		int digit = **at - '0';

		if (count < 6)
			*micros = *micros * 10 + digit;
		else if (count == 6)
			seventh = digit;
		else if (digit)
			more = true;
	}
	for (int i = count; i < 6; i++)
		*micros *= 10;
	if (seventh > 5 || (seventh == 5 && (more || *micros % 2)))
		++*micros;
	return count > 0;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool is_date(int year, int month, int day)
{
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= month_days(year, month);
}

/* minutes: since the day began, less the offset. */
static int64_t time_of(int year, int month, int day, int minutes, int second, int64_t micros)
{
	return days_from_civil(year, month, day) * STEAD_DAY + (int64_t)(minutes * 60 + second) * STEAD_SECOND + micros;
}

bool stead_time_parse(const char *text, size_t size, int64_t *time)
{
	const char *at = text, *end = text + size;
	int year, month, day, hour = 0, minute = 0, second = 0, offset_hour = 0, offset_minute = 0, offset = 0;
	int64_t micros = 0;

	if (!digits(&at, end, 4, &year) || !one_of(&at, end, '-', '-') || !digits(&at, end, 2, &month) ||
	    !one_of(&at, end, '-', '-') || !digits(&at, end, 2, &day))
		return false;
	if (!is_date(year, month, day))
		return false;
	if (one_of(&at, end, 'T', ' ')) {
		if (!digits(&at, end, 2, &hour) || !one_of(&at, end, ':', ':') || !digits(&at, end, 2, &minute))
			return false;
		if (one_of(&at, end, ':', ':')) {
			if (!digits(&at, end, 2, &second))
				return false;
			if (one_of(&at, end, '.', '.') && !fraction(&at, end, &micros))
				return false;
		}
		/* As in PostgreSQL, second 60 is the next minute's start, and 24:00:00 the next day's. */
		if (minute > 59 || second > 60 || hour > 24 || (hour == 24 && (minute || second || micros)))
			return false;
		if (!one_of(&at, end, 'Z', 'z') && at < end) {
			int sign = *at == '-' ? -1 : 1;

			if (!one_of(&at, end, '+', '-') || !digits(&at, end, 2, &offset_hour))
				return false;
			if (at < end) {
				one_of(&at, end, ':', ':');
				if (!digits(&at, end, 2, &offset_minute))
					return false;
			}
			if (offset_hour > 15 || offset_minute > 59)
				return false;
			offset = sign * (offset_hour * 60 + offset_minute);
		}
	}
	if (at != end)
		return false;
	*time = time_of(year, month, day, hour * 60 + minute - offset, second, micros);
	return stead_time_valid(*time);
}

/* The number of two digits; false: they are no digits. */
static inline bool two_digits(const char *at, int *value)
{
	unsigned tens = (unsigned)(at[0] - '0'), ones = (unsigned)(at[1] - '0');

	*value = (int)(tens * 10 + ones);
	return tens < 10 && ones < 10;
}

/* Every time that is read from a table comes this way. */
bool stead_time_parse_exact(const char *text, size_t size, int64_t *time)
{
	int century, year, month, day, hour, minute, second, micros[3];

	if (size != STEAD_TIME_SIZE || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
	    text[16] != ':' || text[19] != '.' || text[26] != 'Z' ||
	    !two_digits(text, &century) || !two_digits(text + 2, &year) || !two_digits(text + 5, &month) ||
	    !two_digits(text + 8, &day) || !two_digits(text + 11, &hour) || !two_digits(text + 14, &minute) ||
	    !two_digits(text + 17, &second) || !two_digits(text + 20, &micros[0]) || !two_digits(text + 22, &micros[1]) ||
	    !two_digits(text + 24, &micros[2]))
		return false;
	year += century * 100;
	if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 59)
		return false;
	*time = time_of(year, month, day, hour * 60 + minute, second, (micros[0] * 100 + micros[1]) * 100 + micros[2]);
	return true;
}

/* Reads the word after the space at *at, and moves *at to its end. False: there is none. */
static bool next_word(const char **at, const char *end, const char **word, size_t *size)
{
	if (end - *at < 2 || **at != ' ')
		return false;
	*word = ++*at;
	while (*at < end && **at != ' ')
		(*at)++;
	*size = (size_t)(*at - *word);
	return *size > 0;
}

static bool made_of(const char *word, size_t size, const char *characters)
{
	for (size_t i = 0; i < size; i++)
		if (!word[i] || !strchr(characters, word[i]))
			return false;
	return true;
}

bool stead_time_read(const char *text, size_t size, int64_t *time)
{
	enum { TIME_AT = 11, LONGEST = 60 }; /* where the time of day begins; the most bytes of the copy below */
	const char *end = text + size, *at, *word, *zone;
	char copy[LONGEST];
	size_t kept, length, zone_size;

	if (stead_time_parse(text, size, time))
		return true;
	if (size < TIME_AT)
		return false;
	for (at = text + TIME_AT; at < end && *at != ' '; at++)
		;
	kept = (size_t)(at - text);
	if (!next_word(&at, end, &word, &length) || kept + length > LONGEST)
		return false;
	memcpy(copy, text, kept);
	if (length == 3 && memcmp(word, "UTC", 3) == 0)
		copy[kept++] = 'Z'; /* after another offset it is refused below */
	else {
		if (*word != '+' && *word != '-')
			return false;
		memcpy(copy + kept, word, length);
		kept += length;
		/* Go writes the zone's name after the offset. UTC after an offset that is not zero contradicts it. */
		if (next_word(&at, end, &zone, &zone_size) &&
		    (!made_of(zone, zone_size, "ABCDEFGHIJKLMNOPQRSTUVWXYZ+-0123456789") ||
		     (zone_size == 3 && memcmp(zone, "UTC", 3) == 0 && !made_of(word, length, "+-0:"))))
			return false;
	}
	if (at < end && !(next_word(&at, end, &word, &length) && length > 2 && memcmp(word, "m=", 2) == 0 &&
	                  made_of(word + 2, length - 2, "+-.0123456789")))
		return false;
	return at == end && stead_time_parse(copy, kept, time);
}

int64_t stead_bucket_start(stead_bucket bucket, int64_t time)
{
	int64_t days = floor_div(time, STEAD_DAY), start;
	int year, month, day;

	switch (bucket) {
	case STEAD_MINUTE:
		return floor_div(time, 60 * STEAD_SECOND) * 60 * STEAD_SECOND;
	case STEAD_HOUR:
		return floor_div(time, 3600 * STEAD_SECOND) * 3600 * STEAD_SECOND;
	case STEAD_DAILY:
		return days * STEAD_DAY;
	case STEAD_WEEK:
		/* 1970-01-01 was a Thursday, three days after a Monday; 0001-01-01 was a Monday */
		start = (floor_div(days + 3, 7) * 7 - 3) * STEAD_DAY;
		return start < STEAD_TIME_MIN ? STEAD_TIME_MIN : start;
	default:
		civil_from_days(days, &year, &month, &day);
		return days_from_civil(year, month, 1) * STEAD_DAY;
	}
}

int64_t stead_bucket_next(stead_bucket bucket, int64_t start)
{
	int year, month, day;

	switch (bucket) {
	case STEAD_MINUTE:
		return start + 60 * STEAD_SECOND;
	case STEAD_HOUR:
		return start + 3600 * STEAD_SECOND;
	case STEAD_DAILY:
		return start + STEAD_DAY;
	case STEAD_WEEK:
		return start + 7 * STEAD_DAY;
	default:
		civil_from_days(floor_div(start, STEAD_DAY), &year, &month, &day);
		return (month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1)) * STEAD_DAY;
	}
}
