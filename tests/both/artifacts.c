/*
 * artifacts.c - artifacts of jobs keep any bytes: none, NULs, sizes around the parts they are stored in, and the most
 * that is allowed. A byte that changed in the table is found.
 *
 * Run it as "artifacts postgresql" in the database that libpq finds, where Stead is initialised, or as
 * "artifacts sqlite FILE".
 */
#include "both.h"

#define MEBIBYTE (1 << 20)
#define MOST (64 * MEBIBYTE)

#define PUT "SELECT stead_job_artifact_put('artifacts', 'log', 'bytes', $1)"
#define GET "SELECT content FROM stead_job_artifact_get('artifacts', $1)"

static const char *side;
static unsigned char *content;

static void verdict(const char *name, int size, bool good, const char *got)
{
	printf("%sok artifacts: %s: %s, %d bytes\n", good ? "" : "not ", side, name, size);
	if (!good)
		printf("# got: %.300s\n", got);
	fflush(stdout);
}

/* Stores the first bytes of content. Returns the id, or the error. */
static char *put(database on, int size)
{
	char *answer;

	if (on.lite) {
		sqlite3_stmt *statement;

		if (sqlite3_prepare_v2(on.lite, PUT, -1, &statement, NULL) != SQLITE_OK)
			fail("%s", sqlite3_errmsg(on.lite));
		sqlite3_bind_blob(statement, 1, content, size, SQLITE_STATIC);
		answer = strdup(sqlite3_step(statement) == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0)
		                                                      : sqlite3_errmsg(on.lite));
		sqlite3_finalize(statement);
	} else {
		PGresult *result = PQexecParams(on.pg, PUT, 1, (const Oid[]){17}, (const char *const[]){(char *)content},
		                                (const int[]){size}, (const int[]){1}, 0);

		answer = strdup(PQresultStatus(result) == PGRES_TUPLES_OK ? PQgetvalue(result, 0, 0)
		                                                          : PQresultErrorMessage(result));
		PQclear(result);
	}
	return answer;
}

/* Is what is read the first bytes of content? */
static bool reads(database on, const char *id, int size)
{
	bool same;

	if (on.lite) {
		sqlite3_stmt *statement;

		if (sqlite3_prepare_v2(on.lite, GET, -1, &statement, NULL) != SQLITE_OK)
			fail("%s", sqlite3_errmsg(on.lite));
		sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
		same = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_BLOB &&
		       sqlite3_column_bytes(statement, 0) == size &&
		       (!size || memcmp(sqlite3_column_blob(statement, 0), content, (size_t)size) == 0);
		sqlite3_finalize(statement);
	} else {
		PGresult *result = PQexecParams(on.pg, GET, 1, NULL, &id, NULL, NULL, 1);

		same = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
		       PQgetlength(result, 0, 0) == size && memcmp(PQgetvalue(result, 0, 0), content, (size_t)size) == 0;
		PQclear(result);
	}
	return same;
}

static void keeps(database on, int size)
{
	char *id = put(on, size);

	verdict("kept as given", size, reads(on, id, size), id);
	free(id);
}

int main(int argc, char **argv)
{
	static const int sizes[] = {0, 1, 8192, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE, MOST};
	unsigned state = 1;
	database on;
	char *got;

	if (argc < 2)
		fail("usage: artifacts postgresql|sqlite FILE");
	side = argv[1];
	on = argv[2] ? open_sqlite(argv[2]) : open_postgresql();
	content = malloc(MOST + 1);
	for (int i = 0; i <= MOST; i++) /* bytes of all values, the first a NUL, which do not compress */
		content[i] = i ? (unsigned char)((state = state * 1664525 + 1013904223) >> 24) : 0;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		keeps(on, sizes[i]);
	got = put(on, MOST + 1);
	verdict("refused", MOST + 1, strstr(got, "content must be at most 67108864 bytes") != NULL, got);
	free(got);

	/* a byte in the middle of the last part of three */
	must(on, on.lite ? "UPDATE stead_job_artifact_part SET content = CAST(substr(content, 1, 500000) || x'00' ||"
	                   " substr(content, 500002) AS BLOB) WHERE part = 2 AND artifact_id = (SELECT id FROM"
	                   " stead_job_artifact WHERE size_bytes = 3145728)"
	                 : "UPDATE stead_job_artifact_part SET content = set_byte(content, 500000, 0) WHERE part = 2 AND"
	                   " artifact_id = (SELECT id FROM stead_job_artifact WHERE size_bytes = 3145728)");
	got = ask(on, "SELECT count(*) FROM stead_job_artifact a, stead_job_artifact_get(a.job_id, a.id) WHERE a.size_bytes"
	              " = 3145728");
	verdict("a changed byte is found in", 3 * MEBIBYTE, strstr(got, "is not what was stored") != NULL, got);
	free(got);
	free(content);
	close_database(on);
	return 0;
}
