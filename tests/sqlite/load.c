/*
 * load.c - loading the module: under any name of its file, by either entry point, and several times in one process.
 *
 * STEAD_MODULE is the module to test, as sqlite3_load_extension() takes it.
 */
#include "lite_checks.h"

static const char *const entry_points[] = {NULL, "sqlite3_extension_init", "sqlite3_stead_init"};

/* Copies the module to NAME in the test's directory, and returns its path; free it with sqlite3_free(). */
static char *copy_named(const char *name)
{
	char *to = sqlite3_mprintf("%s/%s", directory, name), *from = sqlite3_mprintf("%s.so", module_path());
	char *command = sqlite3_mprintf("cp '%s' '%s'", access(from, R_OK) == 0 ? from : module_path(), to);

	assert_int_equal(system(command), 0);
	sqlite3_free(command);
	sqlite3_free(from);
	return to;
}

static sqlite3 *bare(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	return db;
}

static void load_from(sqlite3 *db, const char *file, const char *entry_point)
{
	char *message = NULL;

	if (sqlite3_load_extension(db, file, entry_point, &message) != SQLITE_OK)
		fail_msg("%s by %s: %s", file, entry_point ? entry_point : "no name", message);
}

static void any_file_name_loads(void **state)
{
	static const char *const names[] = {"stead.so", "libstead-0.1.so.1", "mod_stead.so", "another name", "x.node"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (size_t k = 0; k < sizeof entry_points / sizeof *entry_points; k++) {
			char *file = copy_named(names[i]);
			sqlite3 *db = bare();

			load_from(db, file, entry_points[k]);
			must_give(db, "SELECT stead_init() > 0, stead_audit_log('a')", "1|1|\n");
			close_db(db);
			unlink(file);
			sqlite3_free(file);
		}
}

/* The calls of a connection: a writer, a row, a table function that is open, and what is remembered of a session. */
static void use(sqlite3 *db)
{
	must(db, "SELECT stead_init(); INSERT OR IGNORE INTO stead_setting (key, value, secret, version, updated_at) VALUES"
	         " ('stead.setting.audit', 'off', 0, 0, '2026-01-01T00:00:00.000000Z');"
	         "SELECT stead_audit_log('a'); SELECT * FROM stead_audit_list();"
	         "SELECT stead_setting_set('app.name', '\"x\"'); SELECT stead_setting_get('app.name');"
	         "SELECT stead_session_check('stead_no_such_token', 'app.view')");
}

/* Again by the same file, by its other entry points, and by a copy, which is another library to the process. */
static void it_may_be_loaded_again(void **state)
{
	char *copy = copy_named("second.so");

	(void)state;
	for (size_t k = 0; k < sizeof entry_points / sizeof *entry_points; k++)
		for (int of_copy = 0; of_copy < 2; of_copy++) {
			sqlite3 *db = open_file(":memory:"), *other = open_file(":memory:");

			use(db);
			load_from(db, of_copy ? copy : module_path(), entry_points[k]);
			use(db);
			load_from(db, module_path(), NULL);
			use(db);
			use(other);
			must_give(db, "SELECT count(*) FROM stead_audit_list()", "3|\n");
			must_give(other, "SELECT count(*) FROM stead_audit_list()", "1|\n");
			close_db(db);
			use(other);
			close_db(other);
		}
	unlink(copy);
	sqlite3_free(copy);
}

/* SQLite does not replace a function while a statement runs: loading says so, and the connection works on. */
static void loading_again_within_a_statement(void **state)
{
	sqlite3 *db = open_file(":memory:");
	sqlite3_stmt *rows;
	char *copy = copy_named("second.so");

	(void)state;
	use(db);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM stead_audit_list()", -1, &rows, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
	assert_int_not_equal(sqlite3_load_extension(db, copy, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(rows), SQLITE_DONE);
	sqlite3_finalize(rows);
	use(db);
	load_from(db, copy, NULL);
	use(db);
	must_give(db, "SELECT count(*) FROM stead_audit_list()", "3|\n");
	close_db(db);
	unlink(copy);
	sqlite3_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_file_name_loads),
		cmocka_unit_test(it_may_be_loaded_again),
		cmocka_unit_test(loading_again_within_a_statement),
	};

	return cmocka_run_group_tests_name("sqlite_load", tests, make_directory, remove_directory);
}
