/*
 * sqlite_login.c - stead_login() at the least cost of hashing, against the plain statements of a sign-in, with the same
 * hash and without; and at the default cost.
 */
#include <argon2.h>
#include <stdlib.h>

#include "sqlite.h"

#define USERS 1000
#define LOGIN "SELECT stead_login(?, 'correct horse', NULL, ?, 'curl/8.0')"

static char *hash; /* to be verified by the plain side; null: none is */
static sqlite3_stmt *stead, *begin, *commit, *plain[5];

static void fill(sqlite3 *db)
{
	run(db, "SELECT stead_setting_set('stead.login.memory_kib', '128'), stead_setting_set('stead.login.passes', '1'),"
	        " stead_setting_set('stead.login.address_attempts', '1000000')");
	run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
	        " SELECT stead_user_create('user ' || i) FROM n");
	run(db, "SELECT stead_password_set(1, 'correct horse');"
	        "INSERT INTO stead_password SELECT u.id, p.hash, p.changed_at FROM stead_user u, stead_password p"
	        " WHERE u.id > 1");
	run(db,
	    "CREATE TABLE plain_user (id INTEGER PRIMARY KEY, username TEXT UNIQUE, hash TEXT);"
	    "INSERT INTO plain_user SELECT u.id, u.username, p.hash FROM stead_user u JOIN stead_password p ON"
	    " p.user_id = u.id;"
	    "CREATE TABLE plain_attempt (name TEXT PRIMARY KEY, attempts INT, since INT) WITHOUT ROWID;"
	    "CREATE TABLE plain_session (id TEXT PRIMARY KEY, user_id INT, token_hash BLOB UNIQUE, created_at TEXT,"
	    " expires_at TEXT, ip_address TEXT, user_agent TEXT) WITHOUT ROWID;"
	    "CREATE INDEX plain_session_user ON plain_session (user_id);"
	    "CREATE TABLE plain_event (id INTEGER PRIMARY KEY, occurred_at TEXT, action TEXT, user_id INT, details TEXT,"
	    " ip_address TEXT); CREATE INDEX plain_event_time ON plain_event (occurred_at)");
}

static void prepare_all(sqlite3 *db)
{
	static const char *const statements[] = {
		"INSERT INTO plain_attempt VALUES (?1, 1, unixepoch()) ON CONFLICT DO UPDATE SET attempts = attempts + 1",
		"SELECT id, hash FROM plain_user WHERE username = ?1",
		"DELETE FROM plain_attempt WHERE name = ?1",
		"INSERT INTO plain_session SELECT hex(randomblob(16)), id, randomblob(32), datetime('now'),"
		" datetime('now', '7 days'), ?2, 'curl/8.0' FROM plain_user WHERE username = ?1",
		"INSERT INTO plain_event SELECT NULL, datetime('now'), 'login', id, '{\"reason\":\"ok\"}', ?2 FROM plain_user"
		" WHERE username = ?1",
	};

	for (int i = 0; i < 5; i++)
		plain[i] = prepare(db, statements[i]);
	begin = prepare(db, "BEGIN IMMEDIATE");
	commit = prepare(db, "COMMIT");
	stead = prepare(db, LOGIN);
}

static void sign_in_plain(sqlite3 *db, const char *name, const char *address)
{
	if (hash)
		expect(db, argon2id_verify(hash, "correct horse", 13), ARGON2_OK, "verifying");
	finish(db, begin);
	for (int i = 0; i < 5; i++) {
		bind_text(plain[i], 1, name, SQLITE_STATIC);
		if (sqlite3_bind_parameter_count(plain[i]) > 1)
			bind_text(plain[i], 2, address, SQLITE_STATIC);
		finish(db, plain[i]);
	}
	finish(db, commit);
}

static void sign_in_stead(sqlite3 *db, const char *name, const char *address)
{
	bind_text(stead, 1, name, SQLITE_STATIC);
	bind_text(stead, 2, address, SQLITE_STATIC);
	finish(db, stead);
}

/* So many sign-ins of random users; each is a transaction. */
static spent turn(sqlite3 *db, void (*sign_in)(sqlite3 *db, const char *name, const char *address), int calls)
{
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	spent before = start(), took;

	for (int i = 0; i < calls; i++) {
		int user = 1 + (int)(next_random() % USERS);
		char *name = sqlite3_mprintf("user %d", user), *address = sqlite3_mprintf("10.0.%d.%d", user / 256, user % 256);

		sign_in(db, name, address);
		sqlite3_free(name);
		sqlite3_free(address);
	}
	finish(db, checkpoint);
	took = since(before);
	sqlite3_finalize(checkpoint);
	return took;
}

/* The two sides in turns. */
static void race(sqlite3 *db, int calls, series *took)
{
	for (int i = -1; i < pairs; i++) {
		spent by_plain = turn(db, sign_in_plain, calls), by_stead = turn(db, sign_in_stead, calls);

		if (i < 0) /* reads and prepares for the first time */
			continue;
		note(&took[0], i, by_plain, calls);
		note(&took[1], i, by_stead, calls);
	}
}

void bench_login(void)
{
	sqlite3 *db = open_database("login");
	int calls = quick ? 500 : 5000;
	series took[2];
	char *refused;

	fill(db);
	prepare_all(db);
	race(db, calls, took);
	report_speed("login, 128 KiB to hash / five statements, no hash", "", &took[0], &took[1], "-", LOGIN);
	hash = ask(db, "SELECT hash FROM stead_password WHERE user_id = 1");
	race(db, calls, took);
	report_speed("login, 128 KiB to hash / five statements, the hash", "", &took[0], &took[1], "-", LOGIN);
	sqlite3_free(hash);
	run(db, "SELECT stead_setting_delete('stead.login.memory_kib'), stead_setting_delete('stead.login.passes')");
	run(db, "SELECT stead_password_set(1, 'correct horse');"
	        "UPDATE stead_password SET hash = (SELECT hash FROM stead_password WHERE user_id = 1)");
	hash = ask(db, "SELECT hash FROM stead_password WHERE user_id = 1");
	race(db, quick ? 5 : 40, took);
	report_speed("login, 19 MiB to hash / five statements, the hash", "", &took[0], &took[1], "-", LOGIN);
	sqlite3_free(hash);
	hash = NULL;
	/* or another thing was measured */
	refused = ask(db, "SELECT stead_audit_count('{\"action\":\"stead.login\",\"success\":false}')");
	expect(db, atoi(refused), 0, "signing in");
	sqlite3_free(refused);
	for (int i = 0; i < 5; i++)
		sqlite3_finalize(plain[i]);
	sqlite3_finalize(begin);
	sqlite3_finalize(commit);
	sqlite3_finalize(stead);
	sqlite3_close(db);
}
