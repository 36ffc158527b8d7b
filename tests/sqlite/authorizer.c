/*
 * authorizer.c - an authorizer answers SQLITE_IGNORE to one question after the other, and SQLite leaves out what it
 * asked about. Each call must fail and change nothing, or do its work all the same.
 *
 * STEAD_MODULE is the module to test, as sqlite3_load_extension() takes it.
 */
#include "lite_checks.h"
#include "samples.h"

/* ---- Questions --------------------------------------------------------------------------------------------------- */

typedef struct {
	int action;
	char what[2][80];
} question;

static question asked[4000];
#define NOBODY (-2)                       /* not a question of a call of Stead's */
static int asked_count, ignored = NOBODY; /* the question that is answered with SQLITE_IGNORE, or -1 */
static bool collecting;

static int authorize(void *data, int action, const char *a, const char *b, const char *c, const char *trigger)
{
	question now = {.action = action};
	int i = 0;

	(void)data, (void)c, (void)trigger;
	snprintf(now.what[0], sizeof now.what[0], "%s", a ? a : "");
	snprintf(now.what[1], sizeof now.what[1], "%s", b ? b : "");
	while (i < asked_count && memcmp(&asked[i], &now, sizeof now) != 0)
		i++;
	if (i == asked_count && collecting && ignored != NOBODY) {
		assert_true(asked_count < 4000);
		asked[asked_count++] = now;
	}
	return i == ignored ? SQLITE_IGNORE : SQLITE_OK;
}

/* ---- Databases --------------------------------------------------------------------------------------------------- */

static unsigned char *image;
static sqlite3_int64 image_size;

/* All stored values that do not differ from run to run: no times, random bytes and what is computed from them, as a
 * document's body with the id that it was given. They are sorted, as the order of a table can be that of random bytes.
 */
static char *stored(sqlite3 *db)
{
	answer queries = ask(
		db, "SELECT group_concat('SELECT ' || quote(t.name) || (SELECT group_concat(', quote(' || iif(c.name = 'body',"
			" 'iif(length(id) = 36, 0, body)', c.name) || ')', '') || ' FROM main.' || t.name || group_concat(iif("
			"c.rank = 1, ' ORDER BY ', ', ') || c.name, '') FROM"
			" (SELECT name, row_number() OVER () AS rank FROM pragma_table_info(t.name)"
			" WHERE type <> 'BLOB' AND name NOT GLOB '*_at' AND name NOT GLOB '*_until' AND name NOT GLOB"
			" '*session_id' AND name NOT IN ('value', 'details', 'resource_id', 'hash', 'key_id', 'artifact_id',"
			" 'cleared_before', 'known_from', 'swept_to',"
			" 'last_step', 'duration_ms') AND NOT (name = 'id' AND t.name IN"
			" ('stead_session', 'stead_key', 'stead_job', 'stead_job_artifact', 'stead_document'))) AS c), ';')"
			" FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT IN ('stead_signal', 'sqlite_sequence',"
			" 'stead_document_lock')");
	answer rows;

	*strrchr(queries.text, '|') = 0;
	rows = ask(db, queries.text);
	sqlite3_free(queries.text);
	return rows.text;
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

typedef struct {
	const char *name;
	bool within, warm; /* in the application's transaction; after a first call that was undone */
} way;

static const way ways[] = {{"alone", false, false}, {"again, in a transaction", true, true}};

/* Makes a sample's call. Only questions of the call itself are ignored, not those about the application's statement. */
static answer call(sqlite3 *db, const sample *sample, int which)
{
	answer answer = {0};
	sqlite3_str *text = sqlite3_str_new(db);
	sqlite3_stmt *statement;

	ignored = NOBODY;
	assert_int_equal(sqlite3_prepare_v2(db, sample->sql, -1, &statement, NULL), SQLITE_OK);
	ignored = which;
	while ((answer.code = sqlite3_step(statement)) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(statement); i++)
			sqlite3_str_appendf(text, "%s|", (const char *)sqlite3_column_text(statement, i));
	ignored = NOBODY;
	if (answer.code != SQLITE_DONE)
		sqlite3_str_appendf(text, "%s", sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	sqlite3_str_appendall(text, "\n");
	answer.text = sqlite3_str_finish(text);
	return answer;
}

typedef struct {
	answer answer;
	char *stored;
	bool open; /* a transaction */
} outcome;

static outcome try(const sample *sample, const way *way, int which)
{
	sqlite3 *db = open_copy(image, image_size);
	outcome outcome;

	ignored = NOBODY;
	if (way->warm) {
		must(db, "BEGIN");
		sqlite3_free(ask(db, sample->sql).text);
		must(db, "ROLLBACK");
	}
	sqlite3_set_authorizer(db, authorize, NULL);
	if (way->within)
		must(db, "BEGIN; INSERT INTO app VALUES (1)");
	outcome.answer = call(db, sample, which);
	outcome.open = !sqlite3_get_autocommit(db);
	outcome.stored = stored(db);
	if (outcome.open)
		sqlite3_free(ask(db, "COMMIT").text);
	close_db(db);
	return outcome;
}

static void forget(outcome *outcome)
{
	sqlite3_free(outcome->answer.text);
	sqlite3_free(outcome->stored);
}

static int judge(const sample *sample, const way *way, int which, const outcome *before, const outcome *whole)
{
	outcome now = try(sample, way, which);
	const char *wrong = NULL;

	if (now.answer.code == SQLITE_DONE) {
		if (!sample->in_steps && !strstr(now.answer.text, "|fail|") && /* a report may mention what failed */
		    (strcmp(now.answer.text, whole->answer.text) != 0 || strcmp(now.stored, whole->stored) != 0))
			wrong = "it does something else";
	} else if (!sample->in_steps && strcmp(now.stored, before->stored) != 0 &&
	           !(way->within && !now.open && strstr(now.answer.text, "The whole transaction was rolled back")))
		wrong = "it has failed, and changed something";
	if (!wrong && now.open != way->within &&
	    !(way->within && strstr(now.answer.text, "The whole transaction was rolled back")))
		wrong = now.open ? "it leaves a transaction open" : "the transaction has ended";
	if (wrong)
		fprintf(stderr, "%s, %s, without action %d %s %s: %s: \"%.200s\", not \"%.200s\"\n", sample->sql, way->name,
		        asked[which].action, asked[which].what[0], asked[which].what[1], wrong, now.answer.text,
		        whole->answer.text);
	forget(&now);
	return wrong != NULL;
}

static const sample nothing_at_all = {.sql = "SELECT 1"};

static void nothing_is_left_out(void **state)
{
	sqlite3 *db = open_file(":memory:");
	int wrong = 0;

	(void)state;
	must(db, seed);
	must(db, "CREATE TABLE app (x); INSERT INTO app VALUES (0)");
	image = sqlite3_serialize(db, "main", &image_size, 0);
	close_db(db);
	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
			const sample *made = &samples[i];
			outcome before, whole;

			asked_count = 0;
			collecting = true;
			before = try(&nothing_at_all, &ways[k], -1);
			asked_count = 0;
			whole = try(made, &ways[k], -1);
			collecting = false;
			for (int which = 0; which < asked_count; which++) {
				bool of_column = asked[which].action == SQLITE_READ || asked[which].action == SQLITE_UPDATE;

				/* changes to the application's own table are not our concern; there are many columns, and other
				 * samples */
				if (!strstr(asked[which].what[0], "logbook") && !strstr(asked[which].what[1], "logbook") &&
				    (!of_column || (which + i) % 3 == 0))
					wrong += judge(made, &ways[k], which, &before, &whole);
			}
			forget(&before);
			forget(&whole);
		}
	sqlite3_free(image);
	assert_int_equal(wrong, 0);
}

static void ignore(sqlite3 *db, question what)
{
	asked[0] = what;
	asked_count = 1;
	ignored = 0;
	sqlite3_set_authorizer(db, authorize, NULL);
}

/* SQLite does not prepare its statements again when an authorizer is removed. What they left out then must be back. */
static void nothing_stays_left_out(void **state)
{
#define DOCUMENT "SELECT body AS value, version FROM stead_document"
#define SETTING "SELECT value, version FROM stead_setting"
	static const struct {
		const char *call, *answer, *look, *seen; /* look: what a writer has done */
		question ignored;
	} cases[] = {
		{"SELECT stead_cache_get('s', 'k')", "v|\n", NULL, NULL, {SQLITE_READ, {"stead_cache", "value"}}},
		{"SELECT stead_document_get('c', 'd')", "{}|\n", NULL, NULL, {SQLITE_READ, {"stead_document", "body"}}},
		{"SELECT stead_document_get('c', 'd')", "{}|\n", NULL, NULL, {SQLITE_SELECT, {"", ""}}},
		{"SELECT document FROM stead_document_list('c', '{}')",
	     "{}|\n",
	     NULL,
	     NULL,
	     {SQLITE_READ, {"stead_document", "body"}}},
		{"SELECT stead_setting_get('a')", "1|\n", NULL, NULL, {SQLITE_READ, {"stead_signal", "generation"}}},
		{"SELECT stead_document_put('c', '{\"k\":1}', 'd')",
	     "d|\n",
	     DOCUMENT,
	     "{\"k\":1}|3|\n",
	     {SQLITE_UPDATE, {"stead_document", "body"}}},
		{"SELECT stead_document_put('c', '{\"k\":1}', 'd')",
	     "d|\n",
	     DOCUMENT,
	     "{\"k\":1}|3|\n",
	     {SQLITE_UPDATE, {"stead_document", "version"}}},
		{"SELECT stead_setting_set('a', '2')", "1|\n", SETTING, "2|4|\n", {SQLITE_TRANSACTION, {"BEGIN", ""}}},
		{"SELECT stead_setting_set('a', '2')", "1|\n", SETTING, "2|4|\n", {SQLITE_TRANSACTION, {"COMMIT", ""}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int warm = 0; warm < 2; warm++) {
			sqlite3 *db = open_file(":memory:");
			answer refused;

			must(db, "SELECT stead_init(); SELECT stead_cache_set('s', 'k', 'v');"
			         "SELECT stead_document_put('c', '{}', 'd'); SELECT stead_setting_define('a', 'int', '0'); SELECT "
			         "stead_setting_set('a', '1')");
			if (warm) { /* the statements are kept; a writer's first call changes what its next one does to nothing */
				must_give(db, cases[i].call, cases[i].answer);
				must(db, "SELECT stead_document_put('c', '{}', 'd'); SELECT stead_setting_set('a', '1')");
			}
			ignore(db, cases[i].ignored);
			refused = call(db, &(sample){.sql = cases[i].call}, 0);
			assert_string_equal(refused.text,
			                    "not authorized\nHINT:  The connection's authorizer answers SQLITE_IGNORE to"
			                    " a part of what the call does.\n");
			sqlite3_free(refused.text);
			sqlite3_set_authorizer(db, NULL, NULL);
			if (!warm && cases[i].look)
				must(db, "SELECT stead_document_put('c', '{}', 'd'); SELECT stead_setting_set('a', '0')");
			must_give(db, cases[i].call, cases[i].answer);
			if (cases[i].look) {
				char *look = sqlite3_mprintf("SELECT value, version - %d FROM (%s)", warm, cases[i].look);

				must_give(db, look, cases[i].seen);
				sqlite3_free(look);
			}
			close_db(db);
		}
}

/* One authorizer after the other leaves out a part of what transactions need. Without one, all is as before: a failed
 * call is undone, and the application's transaction goes on. */
static void transactions_come_back(void **state)
{
	static const question parts[] = {{SQLITE_UPDATE, {"stead_setting", "value"}},
	                                 {SQLITE_SAVEPOINT, {"BEGIN", "a call of Stead's"}},
	                                 {SQLITE_SAVEPOINT, {"RELEASE", "a call of Stead's"}},
	                                 {SQLITE_SAVEPOINT, {"ROLLBACK", "a call of Stead's"}},
	                                 {SQLITE_TRANSACTION, {"BEGIN", ""}},
	                                 {SQLITE_TRANSACTION, {"COMMIT", ""}},
	                                 {SQLITE_TRANSACTION, {"ROLLBACK", ""}},
	                                 {SQLITE_READ, {"stead_signal", "generation"}}};
	enum { PARTS = sizeof parts / sizeof *parts };

	(void)state;
	collecting = false;
	for (int i = 0; i < PARTS * PARTS; i++)
		for (int within = 0; within < 2; within++) {
			sqlite3 *db;

			unlink(path);
			db = open_file(path);
			must(db, "SELECT stead_init(); CREATE TABLE own (x); SELECT stead_setting_set('a', '1')");
			for (int k = 0; k < 2; k++) {
				ignore(db, parts[k ? i / PARTS : i % PARTS]);
				if (within)
					sqlite3_free(ask(db, "BEGIN").text);
				sqlite3_free(ask(db, "SELECT stead_setting_set('a', '2')").text);
				sqlite3_free(ask(db, "SELECT stead_setting_set('stead.audit.autoseal', 'wrong')").text);
				sqlite3_set_authorizer(db, NULL, NULL);
				if (!sqlite3_get_autocommit(db))
					must(db, "ROLLBACK");
			}
			sqlite3_free(ask(db, "SELECT stead_setting_set('stead.audit.autoseal', 'wrong')").text);
			must(db, "BEGIN; INSERT INTO own VALUES (1)");
			must_fail(db, "SELECT stead_setting_set('stead.audit.autoseal', 'wrong')", "must be an integer");
			if (sqlite3_get_autocommit(db))
				fail_msg("after parts %d and %d were left out, the application's transaction is lost", i % PARTS,
				         i / PARTS);
			must(db, "SELECT stead_setting_set('a', '3'); COMMIT");
			must_give(db, "SELECT value, (SELECT count(*) FROM own) FROM stead_setting WHERE key = 'a'", "3|1|\n");
			close_db(db);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_stays_left_out),
	                                   cmocka_unit_test(transactions_come_back), cmocka_unit_test(nothing_is_left_out)};

	return cmocka_run_group_tests_name("sqlite_authorizer", tests, make_directory, remove_directory);
}
