/*
 * documents.c - documents on SQLite: what is read for a filter, how much memory that takes, and puts of one statement.
 */
#include "lite_checks.h"

#define DOCUMENTS(first, last)                                                                                         \
	"WITH RECURSIVE n(i) AS (SELECT " #first " UNION ALL SELECT i + 1 FROM n WHERE i < " #last ")"                     \
	" INSERT INTO stead_document (collection, id, body, version, created_at, updated_at) SELECT 'c', 'd' || i,"        \
	" json_object('id', 'd' || i, 'n', i, 'note', 'some words'), 1, '2026-01-01T00:00:00.000000Z',"                    \
	" '2026-01-01T00:00:00.000000Z' FROM n;"

static sqlite3 *fresh(void)
{
	sqlite3 *db;

	unlink(path);
	db = open_file(path);
	must(db, "SELECT stead_init()");
	return db;
}

/* The plan of the statement that reads documents, as a call runs it. */
static char plan[1000];
static bool explaining;

static int explain(unsigned type, void *db, void *statement, void *unused)
{
	const char *sql = sqlite3_sql(statement);
	sqlite3_stmt *rows;
	char *text;

	(void)type, (void)unused;
	if (explaining || !strstr(sql, "d.body"))
		return 0;
	explaining = true;
	text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &rows, NULL), SQLITE_OK);
	while (sqlite3_step(rows) == SQLITE_ROW)
		snprintf(plan + strlen(plan), sizeof plan - strlen(plan), "%s;", sqlite3_column_text(rows, 3));
	sqlite3_finalize(rows);
	sqlite3_free(text);
	explaining = false;
	return 0;
}

static void a_filter_reads_by_the_index(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, DOCUMENTS(1, 1000) "SELECT stead_document_index('c', 'n')");
	plan[0] = 0;
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, explain, db);
	must_give(db, "SELECT document_id FROM stead_document_list('c', '{\"n\":700}')", "d700|\n");
	sqlite3_trace_v2(db, 0, NULL, NULL);
	if (!strstr(plan, "SEARCH m USING PRIMARY KEY (index_id=? AND value=? AND document>?)") || strstr(plan, "SCAN"))
		fail_msg("%s", plan);
	close_db(db);
}

/* The most memory that reading all documents takes, beyond what is in use before. */
static sqlite3_int64 most_memory(sqlite3 *db, const char *sql)
{
	sqlite3_int64 before;

	must(db, sql); /* plans and the page cache are filled */
	before = sqlite3_memory_used();
	sqlite3_memory_highwater(1);
	must(db, sql);
	return sqlite3_memory_highwater(0) - before;
}

static void memory_stays_flat(void **state)
{
	static const char *const reads[] = {"SELECT document_id FROM stead_document_list('c', '{\"note\":\"none\"}')",
	                                    "SELECT stead_document_count('c', '{\"note\":\"some words\"}')",
	                                    "SELECT stead_document_count('c', '{\"n\":1}')"};
	sqlite3_int64 few[3];
	sqlite3 *db = fresh();

	(void)state;
	must(db, "PRAGMA cache_size = 100;" DOCUMENTS(1, 2000));
	for (int i = 0; i < 3; i++)
		few[i] = most_memory(db, reads[i]);
	must(db, DOCUMENTS(2001, 40000));
	for (int i = 0; i < 3; i++)
		if (most_memory(db, reads[i]) > few[i] + 100000)
			fail_msg("%s takes more memory for more documents", reads[i]);
	close_db(db);
}

/* A put that is a transaction of its own is one statement, unless a member is indexed. Another connection may have
 * indexed one since. */
static void a_put_sees_indexes(void **state)
{
	sqlite3 *db = fresh(), *other = open_file(path);

	(void)state;
	for (int i = 0; i < 3; i++) {
		must_give(db, "SELECT stead_document_put('c', '{\"id\":\"a\",\"n\":1}')", "a|\n");
		must_give(db, "SELECT stead_document_put('c', '{\"id\":\"b\",\"n\":2}')", "b|\n");
	}
	must(other, "SELECT stead_document_index('c', 'n', true)");
	must_give(db, "SELECT stead_document_put('c', '{\"id\":\"a\",\"n\":3}')", "a|\n");
	must_give(db, "SELECT stead_document_put('c', '{\"id\":\"c\",\"n\":1}')", "c|\n");
	must_fail(db, "SELECT stead_document_put('c', '{\"id\":\"d\",\"n\":2}')",
	          "stead_document_put: document \"b\" of collection \"c\" has the same value of the unique member \"n\"");
	must_give(db, "SELECT document_id, version FROM stead_document_list('c')", "a|4|\nb|3|\nc|1|\n");
	must_give(db, "SELECT document_id FROM stead_document_list('c', '{\"n\":3}')", "a|\n");
	for (int i = 0; i < 40; i++) /* some try it as one statement again */
		must_give(db, "SELECT stead_document_put('c', '{\"id\":\"a\",\"n\":4}')", "a|\n");
	must_give(db, "SELECT document_id, version FROM stead_document_list('c', '{\"n\":4}')", "a|44|\n");
	must_give(other, "SELECT stead_document_unindex('c', 'n')", "1|\n");
	must_give(db, "SELECT stead_document_put('c', '{\"id\":\"d\",\"n\":2}')", "d|\n");
	must(db, "UPDATE stead_schema SET version = version + 1");
	must_fail(db, "SELECT stead_document_put('c', '{\"id\":\"d\",\"n\":5}')",
	          "stead_document_put: the tables have schema version");
	must_give(db, "SELECT body FROM stead_document WHERE id = 'd'", "{\"id\":\"d\",\"n\":2}|\n");
	close_db(other);
	close_db(db);
}

static int updates;

static int count_updates(unsigned type, void *context, void *statement, void *unused)
{
	(void)type, (void)context, (void)unused;
	updates += strstr(sqlite3_sql(statement), "UPDATE main.stead_document SET") == sqlite3_sql(statement);
	return 0;
}

/* Where documents are only inserted, few puts look for a document first. Where they are replaced again, most do. */
static void puts_that_insert_begin_with_that(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_updates, NULL);
	for (int within = 0; within < 2; within++) {
		must(db, "DELETE FROM stead_document");
		must(db, within ? "BEGIN" : "SELECT 1");
		updates = 0;
		for (int i = 0; i < 100; i++)
			must_give(db, "SELECT length(stead_document_put('c', '{\"n\":1}'))", "36|\n");
		assert_in_range(updates, 2, 10);
		must_give(db, "SELECT count(*), count(DISTINCT number), max(version) FROM stead_document", "100|100|1|\n");
		must_give(db, "SELECT stead_document_put('c', '{\"id\":\"a\"}'), stead_document_put('c', '{\"id\":\"b\"}')",
		          "a|b|\n");
		updates = 0;
		for (int i = 0; i < 50; i++)
			must_give(db, "SELECT stead_document_put('c', '{\"id\":\"a\"}')", "a|\n");
		assert_in_range(updates, 33, 50);
		must_give(db, "SELECT id, version FROM stead_document WHERE length(id) = 1 ORDER BY number", "a|51|\nb|1|\n");
		must(db, within ? "COMMIT" : "SELECT 1");
	}
	sqlite3_trace_v2(db, 0, NULL, NULL);
	close_db(db);
}

/* A list goes by what the connection remembers of the indexes. Another connection may have changed them since. */
static void a_list_sees_indexes(void **state)
{
	static const char list[] = "SELECT document_id FROM stead_document_list('c', '{\"n\":1}')";
	sqlite3 *db = fresh(), *other = open_file(path);

	(void)state;
	must(db, "SELECT stead_document_put('c', '{\"id\":\"a\",\"n\":1}'), stead_document_index('c', 'n')");
	must_give(db, list, "a|\n");
	must_give(db, list, "a|\n");
	must_give(other, "SELECT stead_document_unindex('c', 'n'), stead_document_put('c', '{\"id\":\"b\",\"n\":1}')",
	          "1|b|\n");
	must_give(db, list, "a|\nb|\n");
	must_give(other, "SELECT stead_document_index('c', 'm'), stead_document_put('c', '{\"id\":\"c\",\"n\":1}')",
	          "1|c|\n");
	must_give(db, list, "a|\nb|\nc|\n");
	must_give(other, "SELECT stead_document_index('c', 'n')", "1|\n");
	must_give(db, list, "a|\nb|\nc|\n");
	must_give(other, "SELECT stead_document_unindex('c', 'n'), stead_document_index('c', 'n')", "1|1|\n");
	must_give(db, list, "a|\nb|\nc|\n");
	close_db(other);
	close_db(db);
}

/* Only the columns that are looked at are read. */
static void a_list_gives_any_columns(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	must(db, DOCUMENTS(1, 3) "UPDATE stead_document SET version = 7 WHERE number = 2");
	for (int indexed = 0; indexed < 2; indexed++) {
		must_give(db, "SELECT count(*) FROM stead_document_list('c', '{\"n\":2}')", "1|\n");
		must_give(db, "SELECT version FROM stead_document_list('c', '{\"n\":2}')", "7|\n");
		must_give(db, "SELECT updated_at FROM stead_document_list('c', '{\"n\":2}')", "2026-01-01T00:00:00.000000Z|\n");
		must_give(db, "SELECT length(next_page), document_id FROM stead_document_list('c', '{\"n\":2}')", "22|d2|\n");
		must_give(db, "SELECT version, document FROM stead_document_list('c') LIMIT 1 OFFSET 1",
		          "7|{\"id\":\"d2\",\"n\":2,\"note\":\"some words\"}|\n");
		must_give(db, "SELECT stead_document_count('c', '{\"n\":2}'), stead_document_count('c', '{\"n\":2,\"m\":1}')",
		          "1|0|\n");
		must(db, "SELECT stead_document_index('c', 'n')");
	}
	must(db, "DELETE FROM stead_document WHERE number = 2");
	must_give(db, "SELECT stead_document_count('c', '{\"n\":2}')", "0|\n");
	close_db(db);
}

/* The hidden columns of a table function have its arguments, short or long, of each row that gives them. */
static void arguments_can_be_read(void **state)
{
	static const char *const names[] = {"c", "a collection that has a name of more bytes than a cursor has room for,"
	                                         " which is eighty"};
	sqlite3 *db = fresh();
	char *sql, *expected;

	(void)state;
	must(db, "CREATE TABLE t (name TEXT)");
	for (int i = 0; i < 2; i++) {
		sql = sqlite3_mprintf("INSERT INTO t VALUES (%Q); SELECT stead_document_put(%Q, '{\"id\":\"%d\"}')", names[i],
		                      names[i], i);
		must(db, sql);
		sqlite3_free(sql);
	}
	must(db, "INSERT INTO t VALUES ('c')");
	expected = sqlite3_mprintf("%s|0|\n%s|1|\n%s|0|\n", names[0], names[1], names[0]);
	must_give(db,
	          "SELECT l.collection, l.document_id FROM t CROSS JOIN stead_document_list(t.name) AS l ORDER BY t.rowid",
	          expected);
	sqlite3_free(expected);
	must_give(db, "SELECT max_rows, typeof(max_rows), page IS NULL FROM stead_document_list('c', '{}', 5, null)",
	          "5|integer|1|\n");
	must_give(db, "SELECT max_rows, typeof(max_rows), filter FROM stead_document_list('c', '{}', 5.0)",
	          "5.0|real|{}|\n");
	must_give(db, "SELECT json_array(filter) FROM stead_document_list('c', json_object('id', '0'))",
	          "[{\"id\":\"0\"}]|\n"); /* still JSON, not a string */
	close_db(db);
}

/* Times are compared as text. */
static void times_have_one_form(void **state)
{
	static const char *const others[] = {"",
	                                     "2026-01-01",
	                                     "2026-01-01 00:00:00",
	                                     "2026-01-01T00:00:00Z",
	                                     "2026-01-01 00:00:00.000000Z",
	                                     "2026-01-01T00:00:00.000000+",
	                                     "2026-01-01T00:00:00.0000000Z"};
	sqlite3 *db = fresh();

	(void)state;
	must(db, DOCUMENTS(1, 1));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		char *sql = sqlite3_mprintf("UPDATE stead_document SET updated_at = %Q", others[i]);

		must_fail(db, sql, "CHECK constraint failed");
		sqlite3_free(sql);
	}
	must(db, "UPDATE stead_document SET updated_at = '2026-01-31T12:00:00.999999Z'");
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_reads_by_the_index), cmocka_unit_test(memory_stays_flat),
		cmocka_unit_test(a_put_sees_indexes),          cmocka_unit_test(puts_that_insert_begin_with_that),
		cmocka_unit_test(a_list_sees_indexes),         cmocka_unit_test(a_list_gives_any_columns),
		cmocka_unit_test(arguments_can_be_read),       cmocka_unit_test(times_have_one_form),
	};

	return cmocka_run_group_tests_name("sqlite_documents", tests, make_directory, remove_directory);
}
