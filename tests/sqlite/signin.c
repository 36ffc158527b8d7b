/*
 * signin.c - signing in on SQLite: what a user may type, and the work that an attempt costs.
 */
#include <time.h>

#include "lite_checks.h"

#define TRIALS 15
#define INVALID "{\"reason\":\"invalid\"}"

static sqlite3 *fresh(void)
{
	sqlite3 *db = open_file(":memory:");

	must(db, "SELECT stead_init(); SELECT stead_setting_set('stead.login.name_attempts', '0'),"
	         " stead_setting_set('stead.login.passes', '1'), stead_setting_set('stead.login.memory_kib', '8192');"
	         "SELECT stead_user_create('ann'), stead_user_create('ben'), stead_password_set(1, 'correct horse')");
	return db;
}

/* The answer to an attempt; free it with sqlite3_free(). */
static char *attempt(sqlite3 *db, const char *name, int name_size, const char *password, int password_size,
                     const char *code)
{
	sqlite3_stmt *statement;
	char *answer;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT stead_login(?, ?, ?, ?, ?)", -1, &statement, NULL), SQLITE_OK);
	sqlite3_bind_text(statement, 1, name, name_size, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, password, password_size, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, code, -1, SQLITE_STATIC);
	if (name_size > 3) { /* what a client may send about itself */
		sqlite3_bind_text(statement, 4, name, name_size, SQLITE_STATIC);
		sqlite3_bind_text(statement, 5, password, password_size, SQLITE_STATIC);
	}
	if (sqlite3_step(statement) != SQLITE_ROW)
		fail_msg("%s", sqlite3_errmsg(db));
	answer = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return answer;
}

static void is_invalid(sqlite3 *db, const char *name, int name_size, const char *password, int password_size)
{
	char *answer = attempt(db, name, name_size, password, password_size, NULL);

	assert_string_equal(answer, INVALID);
	sqlite3_free(answer);
}

static void nothing_typed_is_an_error(void **state)
{
	enum { MEGABYTE = 1 << 20 };
	sqlite3 *db = fresh();
	char *big = malloc(MEGABYTE), *answer;

	(void)state;
	memset(big, 'x', MEGABYTE);
	must(db, "SELECT stead_setting_set('stead.login.address_attempts', '0')");
	is_invalid(db, "ann", 3, "correct horse\0", 14);
	is_invalid(db, "ann\0", 4, "correct horse", 13);
	is_invalid(db, "ann", 3, "\xff\xfe\xc0\x80", 4);
	is_invalid(db, "\xff\xfe\xc0\x80", 4, "correct horse", 13);
	is_invalid(db, "ann", 3, big, MEGABYTE);
	is_invalid(db, big, MEGABYTE, "correct horse", 13);
	is_invalid(db, big, MEGABYTE, big, MEGABYTE);
	is_invalid(db, "", 0, "", 0);
	is_invalid(db, NULL, 0, NULL, 0);
	answer = attempt(db, "ann", 3, "correct horse", 13, "\xff");
	assert_non_null(strstr(answer, "\"reason\":\"ok\""));
	sqlite3_free(answer);
	free(big);
	close_db(db);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* CPU seconds of this thread: other work on the machine does not count. */
static double cpu(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A wrong password, a name that nobody has, a user without a password, a password that is too long. Without the hash
 * that is computed for nobody, the last three would cost less than a tenth of the first. */
static void all_cost_the_same(void **state)
{
	static char too_long[2000];
	const struct {
		const char *name, *password;
	} attempts[] = {{"ann", "wrong horse"}, {"eve", "wrong horse"}, {"ben", "wrong horse"}, {"ann", too_long}};
	double took[4][TRIALS];
	sqlite3 *db = fresh();

	(void)state;
	memset(too_long, 'x', sizeof too_long - 1);
	for (int trial = 0; trial < TRIALS; trial++)
		for (int i = 0; i < 4; i++) {
			double began = cpu();

			is_invalid(db, attempts[i].name, 3, attempts[i].password, (int)strlen(attempts[i].password));
			took[i][trial] = cpu() - began;
		}
	for (int i = 0; i < 4; i++)
		qsort(took[i], TRIALS, sizeof **took, compare);
	for (int i = 1; i < 4; i++) {
		double ratio = took[i][TRIALS / 2] / took[0][TRIALS / 2];

		if (ratio < 0.5 || ratio > 2)
			fail_msg("%s, %zu bytes: %.2f times the work of a wrong password", attempts[i].name,
			         strlen(attempts[i].password), ratio);
	}
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_typed_is_an_error),
		cmocka_unit_test(all_cost_the_same),
	};

	return cmocka_run_group_tests_name("sqlite_signin", tests, make_directory, remove_directory);
}
