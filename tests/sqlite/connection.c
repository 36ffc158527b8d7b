/*
 * connection.c - settings of a connection, numbers as drivers bind them, triggers, and damaged rows. Results stay the
 * same, calls end, damage is reported, and prepared statements are kept.
 *
 * STEAD_MODULE is the module to test, as sqlite3_load_extension() takes it.
 */
#include "lite_checks.h"
#include "samples.h"

static sqlite3 *seeded(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, seed);
	return db;
}

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

/* Each sample gives the same result, whatever PRAGMA the application has set. */
static void settings_change_no_result(void **state)
{
	static const char *const pragmas[] = {"count_changes = ON",       "full_column_names = ON",
	                                      "short_column_names = OFF", "empty_result_callbacks = ON",
	                                      "recursive_triggers = ON",  "reverse_unordered_selects = ON",
	                                      "case_sensitive_like = ON", "cell_size_check = ON",
	                                      "legacy_alter_table = ON",  "ignore_check_constraints = ON",
	                                      "writable_schema = ON",     "defer_foreign_keys = ON",
	                                      "foreign_keys = ON",        "trusted_schema = OFF",
	                                      "read_uncommitted = ON",    "secure_delete = ON",
	                                      "automatic_index = OFF",    "temp_store = MEMORY"};
	sqlite3 *seed_db = seeded();
	sqlite3_int64 size;
	unsigned char *image;
	char *expected[SAMPLES];

	(void)state;
	image = sqlite3_serialize(seed_db, "main", &size, 0);
	assert_non_null(image);
	image[18] = image[19] = 1; /* no write-ahead log: a database in memory has none */
	for (int k = -1; k < (int)(sizeof pragmas / sizeof *pragmas); k++)
		for (size_t i = 0; i < SAMPLES; i++) {
			sqlite3 *db = open_copy(image, size);
			bool within = k >= 0 && strncmp(pragmas[k], "defer", 5) == 0; /* it ends with the transaction */
			answer answer;
			char *sql;

			/* the doctor shows the setting; some calls are not allowed in a transaction */
			if ((within && (samples[i].without_tables || strcmp(samples[i].function, "stead_backup") == 0)) ||
			    (k >= 0 && strncmp(pragmas[k], "foreign", 7) == 0 &&
			     strcmp(samples[i].function, "stead_doctor") == 0)) {
				close_db(db);
				continue;
			}
			sql = sqlite3_mprintf("%sPRAGMA %s; ", within ? "BEGIN; " : "", k < 0 ? "user_version" : pragmas[k]);
			sqlite3_free(ask(db, sql).text);
			sqlite3_free(sql);
			answer = ask(db, samples[i].sql);
			if (within)
				must(db, "COMMIT");
			if (k < 0)
				expected[i] = answer.text;
			else {
				if (strcmp(answer.text, expected[i]) != 0)
					fail_msg("PRAGMA %s, %s: \"%.300s\" instead of \"%.300s\"", pragmas[k], samples[i].sql, answer.text,
					         expected[i]);
				sqlite3_free(answer.text);
			}
			close_db(db);
		}
	for (size_t i = 0; i < SAMPLES; i++)
		sqlite3_free(expected[i]);
	sqlite3_free(image);
	close_db(seed_db);
}

/* With count_changes, a statement that writes returns a row with the number of changes. */
static void changes_are_counted(void **state)
{
	sqlite3 *db = open_file(":memory:");

	(void)state;
	must(db, "PRAGMA count_changes = ON");
	must_give(db, "SELECT stead_init()", TODAYS_SCHEMA);
	must(db, QUIET);
	must_give(db, "SELECT stead_setting_set('a', 'x')", "1|\n");
	must_give(db, "SELECT stead_audit_log_many('[{\"action\":\"a\"},{\"action\":\"b\"}]')", "2|\n");
	must_give(db, "SELECT stead_audit_seal()", "2|\n");
	must(db, "SELECT stead_maintain(0)");
	must_give(db, "SELECT count(*) FROM stead_lease", "0|\n");
	must_give(db, "SELECT stead_setting_get('a')", "x|\n");
	must_fail(db, "SELECT stead_setting_define('a', 'nonsense')", "stead_setting_define: type");
	must_give(db, "SELECT count(*) FROM stead_audit_event", "2|\n");
	close_db(db);
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

/* The result or the error of a call with one argument bound as a number and all others null. */
static char *call_with(sqlite3 *db, const char *function, bool rows, int count, int at, bool real, double number)
{
	char sql[300];
	sqlite3_stmt *statement;
	sqlite3_str *text = sqlite3_str_new(NULL);
	int code;

	snprintf(sql, sizeof sql, "SELECT %s%s(", rows ? "* FROM " : "", function);
	for (int i = 0; i < count; i++)
		strcat(sql, i ? ", ?" : "?");
	strcat(sql, ")");
	must(db, "BEGIN");
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (real)
		sqlite3_bind_double(statement, at + 1, number);
	else
		sqlite3_bind_int64(statement, at + 1, (sqlite3_int64)number);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(statement) - (rows ? count : 0); i++)
			sqlite3_str_appendf(text, "%s|", (const char *)sqlite3_column_text(statement, i));
	sqlite3_str_appendf(text, "%d %s", code, code == SQLITE_DONE ? "" : sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	must(db, "ROLLBACK");
	return sqlite3_str_finish(text);
}

static void reals_are_taken_for_what_they_are(void **state)
{
	static const double whole[] = {1, 0, -1, 7, 9007199254740991.0, -9007199254740991.0};
	static const double broken[] = {1.5, -0.5, 9007199254740992.0, 1e300, -1e300};
	sqlite3 *db = seeded();
	sqlite3_stmt *help;
	int tried = 0;

	(void)state;
	assert_int_equal(
		sqlite3_prepare_v2(db, "SELECT name, arguments, returns LIKE 'row%(%' FROM stead_help()", -1, &help, NULL),
		SQLITE_OK);
	while (sqlite3_step(help) == SQLITE_ROW) {
		const char *function = (const char *)sqlite3_column_text(help, 0);
		bool rows = sqlite3_column_int(help, 2);
		char names[16][64], types[16][16];
		int count = 0;

		for (const char *at = (const char *)sqlite3_column_text(help, 1); at && *at; count++) {
			assert_int_equal(sscanf(at, "%63s %15[a-z]", names[count], types[count]), 2);
			at = strchr(at, ',');
			at = at ? at + 2 : NULL;
		}
		for (int i = 0; i < count; i++) {
			bool boolean = strcmp(types[i], "bool") == 0;
			char refusal[200];

			if (!boolean && strcmp(types[i], "int") != 0)
				continue;
			tried++;
			snprintf(refusal, sizeof refusal, "%s: %s must be %s", function, names[i],
			         boolean ? "true or false" : "an integer");
			for (size_t k = 0; k < sizeof whole / sizeof *whole; k++) {
				char *as_real = call_with(db, function, rows, count, i, true, whole[k]);
				char *as_integer = call_with(db, function, rows, count, i, false, whole[k]);

				/* their reports have times, or they make tokens */
				if (strcmp(function, "stead_maintain") != 0 && strcmp(function, "stead_session_create") != 0 &&
				    strcmp(function, "stead_invite_create") != 0 && strcmp(as_real, as_integer) != 0)
					fail_msg("%s(%s %.0f): \"%s\" instead of \"%s\"", function, names[i], whole[k], as_real,
					         as_integer);
				if ((boolean && k > 1) != (strstr(as_real, refusal) != NULL))
					fail_msg("%s(%s %.0f): \"%s\"", function, names[i], whole[k], as_real);
				sqlite3_free(as_real);
				sqlite3_free(as_integer);
			}
			for (size_t k = 0; k < sizeof broken / sizeof *broken; k++) {
				char *answer = call_with(db, function, rows, count, i, true, broken[k]);

				if (!strstr(answer, refusal))
					fail_msg("%s(%s %g): \"%s\"", function, names[i], broken[k], answer);
				sqlite3_free(answer);
			}
		}
	}
	sqlite3_finalize(help);
	assert_true(tried > 20);
	must_give(db, "SELECT stead_user_create('zoe', NULL, 1.0, 0.0)", "3|\n");
	must_give(db, "SELECT active, approved FROM stead_user WHERE username = 'zoe'", "1|0|\n");
	must_give(db, "SELECT count(*) FROM stead_audit_list(NULL, 2.0)", "2|\n");
	must_fail(db, "SELECT stead_audit_count(NULL, '1.0')",
	          "max_count must be an integer"); /* PostgreSQL refuses it, too */
	close_db(db);
}

/* ---- Calls within calls ------------------------------------------------------------------------------------------ */

static void recursion_ends(void **state)
{
	sqlite3 *db = seeded();

	(void)state;
	must(db,
	     "CREATE TEMP TRIGGER again AFTER INSERT ON main.stead_audit_event BEGIN SELECT stead_audit_log('again'); END");
	must_fail(db, "SELECT stead_audit_log('x')",
	          "stead_audit_log: more than 16 calls within one another\nHINT:  Look for a trigger");
	must_give(db, "SELECT count(*) FROM stead_audit_event WHERE action IN ('x', 'again')", "0|\n");
	must_fail(db, "SELECT stead_audit_log_many('[{\"action\":\"x\"}]')", "more than 16 calls within one another");
	must_give(db, "SELECT count(*) FROM stead_audit_event WHERE action IN ('x', 'again')", "0|\n");
	must(db, "DROP TRIGGER temp.again");
	for (int i = 0; i < 20; i++) /* none of those calls still counts as running */
		must(db, "SELECT stead_audit_log('y')");
	must(db, "CREATE TABLE t (x); INSERT INTO t VALUES (1);"
	         "CREATE TEMP VIEW v AS SELECT stead_setting_get('plain') || x AS x FROM main.t");
	must_give(db, "SELECT (SELECT x FROM v) FROM stead_audit_export() LIMIT 1", "text1|\n");
	close_db(db);
}

/* A reader does not return rows that its own connection adds while it reads. */
static void readers_end(void **state)
{
	static const char *const readers[] = {
		"stead_audit_export()",
		"stead_audit_list(NULL, 1000)",
		"stead_audit_top('action')",
		"stead_audit_blocks()",
		"stead_audit_verify()",
		"stead_setting_list()",
		"stead_setting_history('app.limit')",
		"stead_user_list()",
		"stead_session_list(1)",
		"stead_role_list()",
		"stead_retention_list()",
		"stead_help()",
		"stead_doctor()",
		"stead_audit_histogram('day', '2020-01-01T00:00:00Z', '2040-01-01T00:00:00Z')"};

	(void)state;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		sqlite3 *db = seeded();
		char *before = sqlite3_mprintf("SELECT count(*) FROM %s", readers[i]);
		char *sql = sqlite3_mprintf("SELECT count(stead_audit_log('x') + stead_role_create('r' || random())"
		                            " + stead_audit_seal() + stead_setting_set('k' || random(), 'v')) FROM %s",
		                            readers[i]);
		answer expected = ask(db, before);

		must_give(db, sql, expected.text);
		sqlite3_free(expected.text);
		sqlite3_free(before);
		sqlite3_free(sql);
		close_db(db);
	}
}

/* ---- Rows past their types --------------------------------------------------------------------------------------- */

/* Removes STRICT and all constraints from a table, as anybody who has the file can. */
static void slacken(sqlite3 *db, const char *table)
{
	char *sql =
		sqlite3_mprintf("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')"
	                    " WHERE name = %Q; PRAGMA writable_schema = RESET; PRAGMA ignore_check_constraints = ON",
	                    table);

	must(db, sql);
	sqlite3_free(sql);
}

#define EVENT_OF(place)                                                                                                \
	"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, era, transaction_id, nonce)"            \
	" SELECT occurred_at, recorded_at, action, success, " place                                                        \
	", nonce FROM stead_audit_event ORDER BY id DESC LIMIT 1"
#define ROLLUP_OF(day)                                                                                                 \
	"INSERT INTO stead_audit_rollup SELECT period, '" day "', action, events, failures, first_event_at, last_event_at" \
	" FROM stead_audit_rollup LIMIT 1"

/* Every reader and writer of the log ends, with or without an error, whatever rows somebody has added. */
static void loops_end(void **state)
{
	static const char *const rows[] = {
		EVENT_OF("0.5, 0"),
		EVENT_OF("'era', 0"),
		EVENT_OF("x'00', 0"),
		EVENT_OF("9223372036854775807, 0"),
		EVENT_OF("1e300, 0"),
		EVENT_OF("0, 0.5"),
		EVENT_OF("0, 'one'"),
		"INSERT INTO stead_audit_leaf (block, leaves) VALUES (1.5, x'')",
		"INSERT INTO stead_audit_leaf (block, leaves) VALUES ('block', x'')",
		ROLLUP_OF("1999-01-01T12:00:00-05:00"),
		ROLLUP_OF("1999-01-01T12:00:00.000000Z") ";"
												 "CREATE TRIGGER keeps BEFORE DELETE ON stead_audit_rollup BEGIN "
												 "SELECT RAISE(IGNORE); END",
	};
	static const char *const calls[] = {
		"SELECT stead_audit_seal()",
		"SELECT stead_maintain(0)",
		"SELECT stead_maintain(50)",
		"SELECT * FROM stead_audit_verify()",
		"SELECT * FROM stead_audit_stats()",
		"SELECT * FROM stead_audit_top('action')",
		"SELECT * FROM stead_audit_histogram('hour', '1999-01-01T00:00:00Z', '1999-01-02T00:00:00Z')",
		"SELECT * FROM stead_doctor()",
		"SELECT stead_audit_prune(1)",
		"SELECT * FROM stead_retention_preview('audit')",
		"SELECT count(*) FROM stead_audit_export()",
		"SELECT stead_audit_redact(1, 'asked for')",
		"SELECT stead_audit_proof(1)"};

	(void)state;
	alarm(900); /* without this, it might never end */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
			sqlite3 *db = seeded();

			must(db, "SELECT stead_setting_set('stead.audit.rollup_days', '1'); SELECT stead_audit_seal()");
			must(db, "SELECT stead_retention_set('audit', 1)");
			if (strstr(rows[i], "stead_audit_leaf"))
				must(db, "SELECT stead_prune('audit', 1000)");
			else if (k % 2)
				must(db, "SELECT stead_prune('audit', 1)");
			slacken(db, "stead_audit_event");
			slacken(db, "stead_audit_leaf");
			slacken(db, "stead_audit_rollup");
			must(db, rows[i]);
			for (int round = 0; round < 3; round++)
				sqlite3_free(ask(db, calls[k]).text);
			if (k == 0)
				must_give(db, calls[k], "0|\n"); /* nothing is sealed twice */
			sqlite3_close(db);
		}
	alarm(0);
}

/* ---- Tables that are not as they were made --------------------------------------------------------------------- */

/* An error about something missing in an application's trigger is not taken for an error about Stead's tables. */
static void errors_of_others_stay_theirs(void **state)
{
	sqlite3 *db = seeded();
	answer answer;

	(void)state;
	must(db, "CREATE TABLE theirs (x);"
	         "CREATE TRIGGER copies AFTER INSERT ON stead_role BEGIN INSERT INTO theirs VALUES (NEW.id); END;"
	         "SELECT stead_role_create('a'); DROP TABLE theirs");
	must_fail(db, "SELECT stead_role_create('b')", "error: no such table: main.theirs");
	must(db, "DROP TRIGGER copies; ALTER TABLE stead_role DROP COLUMN description");
	answer = ask(db, "SELECT stead_role_create('b')");
	assert_int_equal(answer.code, SQLITE_CORRUPT_VTAB);
	assert_non_null(strstr(answer.text, "error: stead_role_create: a table or column of Stead's is missing\nHINT:  "));
	sqlite3_free(answer.text);
	close_db(db);
}

/* In UTF-16, texts have another order: U+0100 before "a", and U+10000 before U+FFFF. */
static void utf16_is_refused(void **state)
{
	static const char *const encodings[] = {"UTF-16le", "UTF-16be"};
	sqlite3 *model = seeded();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		sqlite3 *db = open_file(":memory:");
		sqlite3_stmt *tables;
		char sql[100];

		snprintf(sql, sizeof sql, "PRAGMA encoding = '%s'", encodings[i]);
		must(db, sql);
		must_fail(db, "SELECT stead_init()",
		          "stead needs a database whose encoding is UTF8\nHINT:  Write it out with .dump");
		must_give(db, "SELECT count(*) FROM sqlite_schema", "0|\n");
		must_give(db, "SELECT check_name FROM stead_doctor() WHERE remedy LIKE 'Write it out%'",
		          "tables|\nencoding|\n");
		/* tables that an earlier version made there */
		assert_int_equal(sqlite3_prepare_v2(model,
		                                    "SELECT sql FROM sqlite_schema WHERE tbl_name GLOB 'stead_*' AND sql <> ''"
		                                    " ORDER BY type <> 'table'",
		                                    -1, &tables, NULL),
		                 SQLITE_OK);
		while (sqlite3_step(tables) == SQLITE_ROW)
			must(db, (const char *)sqlite3_column_text(tables, 0));
		sqlite3_finalize(tables);
		must(db, "INSERT INTO stead_schema (id, version, updated_at) VALUES (1, 3, '2026-01-01T00:00:00.000000Z')");
		must_fail(db, "SELECT stead_init()", "stead needs a database whose encoding is UTF8");
		must_give(db, "SELECT version FROM stead_schema", "3|\n");
		close_db(db);
	}
	close_db(model);
}

/* ---- Plans ------------------------------------------------------------------------------------------------------- */

static int count_prepared(void *count, int action, const char *a, const char *b, const char *c, const char *d)
{
	(void)a, (void)b, (void)c, (void)d;
	*(int *)count +=
		action == SQLITE_SELECT || action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
	return SQLITE_OK;
}

/* How many statements a sample's call prepares when it is made a second time, and undone again. */
static int prepared_again(sqlite3 *db, const char *sql, int *prepared)
{
	for (int round = 0; round < 2; round++) {
		*prepared = 0;
		must(db, "BEGIN");
		sqlite3_free(ask(db, sql).text);
		sqlite3_free(ask(db, "ROLLBACK").text);
	}
	return *prepared;
}

/* After every function has run, a call prepares no more statements than on a connection that has run no other: no plan
 * is evicted, and there is room for all. */
static void plans_are_kept(void **state)
{
	sqlite3 *all = seeded();
	sqlite3_int64 size;
	unsigned char *image = sqlite3_serialize(all, "main", &size, 0);
	int prepared, alone, among;

	(void)state;
	assert_non_null(image);
	image[18] = image[19] = 1;
	close_db(all);
	all = open_copy(image, size);
	sqlite3_set_authorizer(all, count_prepared, &prepared);
	for (size_t i = 0; i < SAMPLES; i++)
		prepared_again(all, samples[i].sql, &prepared);
	for (size_t i = 0; i < SAMPLES; i++) {
		sqlite3 *one = open_copy(image, size);

		sqlite3_set_authorizer(one, count_prepared, &alone);
		prepared_again(one, samples[i].sql, &alone);
		among = prepared_again(all, samples[i].sql, &prepared);
		if (among > alone)
			fail_msg("%s: %d statements were prepared, and %d alone", samples[i].sql, among, alone);
		close_db(one);
	}
	sqlite3_free(image);
	close_db(all);
}

/* ---- One state --------------------------------------------------------------------------------------------------- */

typedef struct {
	sqlite3 *other;
	const char *change;
	int begun, at; /* statements of the reader; before the one of that number, the other connection writes */
} intruder;

static int intrude(unsigned type, void *data, void *statement, void *text)
{
	intruder *intruder = data;

	(void)type, (void)statement, (void)text;
	if (++intruder->begun == intruder->at)
		must(intruder->other, intruder->change);
	return 0;
}

/* Another connection writes between two of a reader's queries: the answer is that of before or of after. */
static void readers_see_one_state(void **state)
{
	static const struct {
		const char *sql, *change;
	} cases[] = {
		{"SELECT stead_audit_count('{\"action\":\"a\"}')", "SELECT stead_audit_log('a'); SELECT stead_audit_seal()"},
		{"SELECT stead_document_count('c', '{\"k\":1}')",
	     "SELECT stead_document_unindex('c', 'k'); SELECT stead_document_index('c', 'k')"},
		{"SELECT count(*) FROM stead_document_list('c', '{\"k\":1}')",
	     "SELECT stead_document_unindex('c', 'k'); SELECT stead_document_index('c', 'k')"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sqlite3 *db, *other;
		intruder intruder = {.change = cases[i].change, .at = 1};

		unlink(path);
		other = intruder.other = open_file(path);
		must(other, "PRAGMA journal_mode = WAL; SELECT stead_init(); SELECT stead_document_put('c', '{\"k\":1}', 'd');"
		            "SELECT stead_document_index('c', 'k'); SELECT stead_audit_log('a'); SELECT stead_audit_seal()");
		db = open_file(path);
		sqlite3_trace_v2(db, SQLITE_TRACE_STMT, intrude, &intruder);
		do {
			answer before = ask(other, cases[i].sql), now, after;

			intruder.begun = 0;
			now = ask(db, cases[i].sql);
			after = ask(other, cases[i].sql);
			if (strcmp(now.text, before.text) != 0 && strcmp(now.text, after.text) != 0)
				fail_msg("%s, changed before statement %d: %s, not %s or %s", cases[i].sql, intruder.at, now.text,
				         before.text, after.text);
			sqlite3_free(before.text);
			sqlite3_free(now.text);
			sqlite3_free(after.text);
		} while (intruder.at++ <= intruder.begun);
		assert_true(intruder.at > 3); /* it was more than one */
		close_db(db);
		close_db(other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_change_no_result),
		cmocka_unit_test(changes_are_counted),
		cmocka_unit_test(reals_are_taken_for_what_they_are),
		cmocka_unit_test(recursion_ends),
		cmocka_unit_test(readers_end),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(errors_of_others_stay_theirs),
		cmocka_unit_test(utf16_is_refused),
		cmocka_unit_test(plans_are_kept),
		cmocka_unit_test(readers_see_one_state),
	};

	return cmocka_run_group_tests_name("sqlite_connection", tests, make_directory, remove_directory);
}
