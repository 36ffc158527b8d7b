/*
 * sqlite_document.c - documents against a plain table with a JSON column, and an expression index.
 */
#include <stdlib.h>

#include "sqlite.h"

#define DOCUMENTS 10000
#define VALUES 500 /* of the member that is indexed */
/* Each put has another total: SQLite writes nothing for an UPDATE to what is there already. */
#define BODY "json_object('id', 'd' || ?1, 'customer', ?1 % 500, 'note', 'some words of a note', 'total', ?2 + 0.5)"

/* Each call is a transaction of its own. */
static void race(sqlite3 *db, const char *what, const char *plain, const char *stead, int calls, int64_t most,
                 const char *target)
{
	sqlite3_stmt *sides[] = {prepare(db, plain), prepare(db, stead)};
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	series took[2];

	for (int turn = -1; turn < pairs; turn++)
		for (int side = 0; side < 2; side++) {
			spent begin = start();

			for (int i = 0; i < calls; i++) {
				sqlite3_bind_int64(sides[side], 1, (int64_t)(next_random() % (uint64_t)most));
				if (sqlite3_bind_parameter_count(sides[side]) > 1)
					sqlite3_bind_int64(sides[side], 2, turn * calls + i);
				finish(db, sides[side]);
			}
			finish(db, checkpoint);
			if (turn >= 0)
				note(&took[side], turn, since(begin), calls);
		}
	report_speed(what, "", &took[0], &took[1], target, stead);
	for (int side = 0; side < 2; side++)
		sqlite3_finalize(sides[side]);
	sqlite3_finalize(checkpoint);
}

void bench_document(void)
{
	sqlite3 *db = open_database("document");
	int calls = quick ? 500 : 20000;

	run(db, "CREATE TABLE plain_document (collection TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,"
	        " PRIMARY KEY (collection, id)) STRICT");
	run(db, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO plain_document"
	        " SELECT 'c', 'd' || i, json_object('id', 'd' || i, 'customer', i % 500, 'note', 'some words of a note',"
	        " 'total', 12.5) FROM n");
	run(db, "SELECT stead_document_save('c', (SELECT json_group_array(json(body)) FROM plain_document))");
	race(db, "document_put, replacing / upsert",
	     "INSERT INTO plain_document VALUES ('c', 'd' || ?1, " BODY ") ON CONFLICT (collection, id) DO UPDATE"
	     " SET body = excluded.body",
	     "SELECT stead_document_put('c', " BODY ")", calls, DOCUMENTS, ">= 0.7");
	race(db, "document_put, inserting / upsert",
	     "INSERT INTO plain_document VALUES ('new', 'd' || ?1, " BODY ") ON CONFLICT (collection, id) DO UPDATE"
	     " SET body = excluded.body",
	     "SELECT stead_document_put('new', " BODY ")", calls, INT64_C(1) << 40, ">= 0.7");
	race(db, "document_get / SELECT", "SELECT body FROM plain_document WHERE collection = 'c' AND id = 'd' || ?1",
	     "SELECT stead_document_get('c', 'd' || ?1)", calls, DOCUMENTS, ">= 0.9");
	race(db, "document_list, not indexed / SELECT",
	     "SELECT id, body FROM plain_document WHERE collection = 'c' AND body ->> 'customer' = ?1 ORDER BY rowid",
	     "SELECT document_id, document FROM stead_document_list('c', json_object('customer', ?1))", quick ? 5 : 40,
	     VALUES, "-");
	run(db, "CREATE INDEX plain_customer ON plain_document (collection, body ->> 'customer')");
	run(db, "SELECT stead_document_index('c', 'customer')");
	race(db, "document_list, indexed, 20 documents / SELECT",
	     "SELECT id, body FROM plain_document WHERE collection = 'c' AND body ->> 'customer' = ?1 ORDER BY rowid",
	     "SELECT document_id, document FROM stead_document_list('c', json_object('customer', ?1))", calls, VALUES,
	     ">= 0.7");
	sqlite3_close(db);
}
