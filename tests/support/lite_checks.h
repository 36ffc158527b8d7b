/*
 * lite_checks.h - what the cmocka tests of the SQLite host share: a directory of their own, connections, and checks of
 * SQL results.
 */
#ifndef STEAD_TESTS_LITE_CHECKS_H
#define STEAD_TESTS_LITE_CHECKS_H

#include <unistd.h>

#include "core/declare.h"
#include "lite.h"
#include "unit.h"

#define AS_TEXT(number) AS_TEXT_(number)
#define AS_TEXT_(number) #number
#define TODAYS_SCHEMA AS_TEXT(STEAD_VERSION_SCHEMA) "|\n" /* what stead_init() gives */

static char directory[100], path[200];

static inline sqlite3 *open_flags(const char *file, int flags)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(file, &db, flags, NULL), SQLITE_OK);
	sqlite3_extended_result_codes(db, 1);
	if (load(db) != SQLITE_OK)
		fail_msg("%s: %s", module_path(), sqlite3_errmsg(db));
	return db;
}

static inline sqlite3 *open_file(const char *file)
{
	return open_flags(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

/* A connection to a copy of a serialised database, in memory. */
static inline sqlite3 *open_copy(const unsigned char *image, sqlite3_int64 size)
{
	sqlite3 *db = open_file(":memory:");
	unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)size);

	assert_non_null(copy);
	memcpy(copy, image, (size_t)size);
	assert_int_equal(sqlite3_deserialize(db, "main", copy, size, size,
	                                     SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE),
	                 SQLITE_OK);
	return db;
}

static inline void close_db(sqlite3 *db)
{
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline void must(sqlite3 *db, const char *sql)
{
	answer answer = ask(db, sql);

	if (answer.code != SQLITE_OK)
		fail_msg("%.150s: %.300s", sql, strstr(answer.text, "error: "));
	sqlite3_free(answer.text);
}

static inline void must_give(sqlite3 *db, const char *sql, const char *expected)
{
	answer answer = ask(db, sql);

	if (strcmp(answer.text, expected) != 0)
		fail_msg("%.200s: \"%.300s\" instead of \"%s\"", sql, answer.text, expected);
	sqlite3_free(answer.text);
}

/* Checks that the call fails, and that its message contains the text. */
static inline void must_fail(sqlite3 *db, const char *sql, const char *expected)
{
	answer answer = ask(db, sql);

	if (answer.code == SQLITE_OK || !strstr(answer.text, expected))
		fail_msg("%.200s: \"%.300s\" instead of an error with \"%s\"", sql, answer.text, expected);
	sqlite3_free(answer.text);
}

/* The first value that the query gives. */
static inline int64_t number(sqlite3 *db, const char *sql)
{
	answer answer = ask(db, sql);
	int64_t value = strtoll(answer.text, NULL, 10);

	if (answer.code != SQLITE_OK)
		fail_msg("%.200s: %.300s", sql, answer.text);
	sqlite3_free(answer.text);
	return value;
}

static inline int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "%.60s/stead-host.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof path, "%s/test.db", directory);
	return 0;
}

static inline int remove_directory(void **state)
{
	char command[200];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	return system(command);
}

#endif
