/*
 * sqlite.c - the SQLite half of bench/run: compares Stead with plain SQL, in CPU seconds of one thread.
 *
 * Usage: sqlite MODULE DIRECTORY FILTERS, with BENCH_ROWS, BENCH_EVENTS, BENCH_PAIRS, BENCH_QUICK and BENCH_PARTS as
 * bench/run sets them. Prints one figure per line, tab-separated: what, plain, stead, ratio, target, command.
 *
 * The two sides take turns, and a ratio is the median of the turns' ratios. The plain side is as good as an application
 * can make it: prepared once, values bound, times written by C. Files, pages and WAL have SQLite's defaults, except for
 * what stead_configure() sets.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sqlite3.h>

#include "sqlite.h"

#define MANY 1000 /* events in a call of log_many */
#define COLUMNS 12

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

typedef struct {
	char action[24], type[24], resource[24], actor[24];
	bool success;
} event;

static const char *const details = "{\"from\": \"list\", \"count\": 17}", *const name = "Alice Example";
static const char *const address = "10.1.2.3", *const agent = "Mozilla/5.0 (X11; Linux x86_64)";

static event next_event(void)
{
	event event = {.success = next_random() % 10 > 0};

	snprintf(event.action, sizeof event.action, "action_%d", (int)(next_random() % 20));
	snprintf(event.type, sizeof event.type, "type_%d", (int)(next_random() % 10));
	snprintf(event.resource, sizeof event.resource, "resource_%d", (int)(next_random() % 100000));
	snprintf(event.actor, sizeof event.actor, "user_%d", (int)(next_random() % 1000));
	return event;
}

/* Binds the ten parameters action to user_agent, from index on, in the order of the table and of stead_audit_log. */
static void bind_event(sqlite3_stmt *statement, int index, const event *event)
{
	bind_text(statement, index, event->action, SQLITE_STATIC);
	bind_text(statement, index + 1, event->type, SQLITE_STATIC);
	bind_text(statement, index + 2, event->resource, SQLITE_STATIC);
	bind_text(statement, index + 3, event->actor, SQLITE_STATIC);
	bind_text(statement, index + 4, name, SQLITE_STATIC);
	sqlite3_bind_int(statement, index + 5, event->success);
	bind_text(statement, index + 6, details, SQLITE_STATIC);
	sqlite3_bind_null(statement, index + 7);
	bind_text(statement, index + 8, address, SQLITE_STATIC);
	bind_text(statement, index + 9, agent, SQLITE_STATIC);
}

static void format_now(char *text, size_t size)
{
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
	         utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000);
}

/* One side of the comparison: rows in plain SQL, or the function. */
typedef struct {
	sqlite3 *db;
	sqlite3_stmt *statement, *begin, *commit, *checkpoint;
	bool function;
} writer;

static const char *const insert = "INSERT INTO plain (" COLUMN_NAMES ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
						 *const call = "SELECT stead_audit_log(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static void write_one(writer *writer, const event *event)
{
	char now[80];

	if (!writer->function) {
		format_now(now, sizeof now);
		bind_text(writer->statement, 1, now, SQLITE_STATIC);
		bind_text(writer->statement, 2, now, SQLITE_STATIC);
	}
	bind_event(writer->statement, writer->function ? 1 : 3, event);
	finish(writer->db, writer->statement);
}

/* Each turn ends with a checkpoint of its own; otherwise the next side would pay for it. */
static spent write_turn(writer *writer, const event *events, int count, int batch)
{
	spent begin = start();

	for (int i = 0; i < count; i++) {
		if (batch > 1 && i % batch == 0)
			finish(writer->db, writer->begin);
		write_one(writer, &events[i]);
		if (batch > 1 && (i + 1) % batch == 0)
			finish(writer->db, writer->commit);
	}
	finish(writer->db, writer->checkpoint);
	return since(begin);
}

/* Copies Stead's table, made from its text in sqlite_schema, with a time index and without triggers. Stead gives no
 * number again, which plain SQL has by AUTOINCREMENT. */
static void copy_table(sqlite3 *db, const char *copy, bool reuses)
{
	sqlite3_stmt *table =
		prepare(db, "SELECT replace(replace(sql, 'stead_audit_event', ?1), 'PRIMARY KEY', ?2) FROM sqlite_schema"
	                " WHERE name = 'stead_audit_event'");
	char *index = sqlite3_mprintf("CREATE INDEX %s_time ON %s (occurred_at)", copy, copy), *sql;

	bind_text(table, 1, copy, SQLITE_STATIC);
	bind_text(table, 2, reuses ? "PRIMARY KEY" : "PRIMARY KEY AUTOINCREMENT", SQLITE_STATIC);
	expect(db, sqlite3_step(table), SQLITE_ROW, "read the table's SQL");
	sql = sqlite3_mprintf("%s", sqlite3_column_text(table, 0)); /* a schema change would restart the statement */
	sqlite3_finalize(table);
	run(db, sql);
	run(db, index);
	sqlite3_free(sql);
	sqlite3_free(index);
}

static writer make_writer(sqlite3 *db, const char *sql, bool function)
{
	return (writer){db,
	                prepare(db, sql),
	                prepare(db, "BEGIN IMMEDIATE"),
	                prepare(db, "COMMIT"),
	                prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)"),
	                function};
}

static void drop_writer(writer *writer)
{
	sqlite3_finalize(writer->statement);
	sqlite3_finalize(writer->begin);
	sqlite3_finalize(writer->commit);
	sqlite3_finalize(writer->checkpoint);
}

/* Three databases, one for each side, so that they grow alike. */
enum { TIME_INDEX, REUSING, STEAD, SIDES };
static const char *const against[] = {" / time index", " / the same without AUTOINCREMENT"};

static sqlite3 *open_side(int side, const char *purpose)
{
	char name[80];
	sqlite3 *db;

	snprintf(name, sizeof name, "%s-%d", purpose, side);
	db = open_database(name);
	if (side != STEAD)
		copy_table(db, "plain", side == REUSING);
	return db;
}

/* How many unsealed events make a writer seal a block; 0: it never does. */
static void set_autoseal(sqlite3 *db, const char *most)
{
	char *sql = sqlite3_mprintf("SELECT stead_setting_set('stead.audit.autoseal', '%s')", most);

	run(db, sql);
	sqlite3_free(sql);
}

/* The targets: against the table whose numbers are not given again either. */
static void bench_write(const char *what, int batch, int count, const char *autoseal, const char *target)
{
	series took[SIDES];
	writer writers[SIDES];
	event *events = malloc(sizeof *events * (size_t)count);
	char purpose[40], label[80];

	snprintf(purpose, sizeof purpose, "write-%d-%s", batch, autoseal);
	snprintf(label, sizeof label, "%s, autoseal %s", what, autoseal);
	for (int side = 0; side < SIDES; side++)
		writers[side] = make_writer(open_side(side, purpose), side == STEAD ? call : insert, side == STEAD);
	set_autoseal(writers[STEAD].db, autoseal);
	for (int turn = 0; turn < pairs; turn++) {
		for (int i = 0; i < count; i++)
			events[i] = next_event();
		for (int side = 0; side < SIDES; side++)
			note(&took[side], turn, write_turn(&writers[side], events, count, batch), count);
	}
	for (int side = 0; side < STEAD; side++)
		report_speed(label, against[side], &took[side], &took[STEAD], side == TIME_INDEX ? target : "-", call);
	for (int side = 0; side < SIDES; side++) {
		drop_writer(&writers[side]);
		sqlite3_close(writers[side].db);
	}
	free(events);
}

/* The longest call of a writer: most are short, and one in ten thousand seals a block. */
static void bench_wait(int count)
{
	static const char *const settings[] = {"0", "10000"};
	spent worst[2] = {0};

	for (int i = 0; i < 2; i++) {
		char purpose[40];
		sqlite3 *db;
		writer writer;

		snprintf(purpose, sizeof purpose, "wait-%d", i);
		db = open_side(STEAD, purpose);
		set_autoseal(db, settings[i]);
		writer = make_writer(db, call, true);
		for (int k = 0; k < count; k++) {
			event event = next_event();
			spent begin = start(), one;

			write_one(&writer, &event);
			one = since(begin);
			worst[i].cpu = one.cpu > worst[i].cpu ? one.cpu : worst[i].cpu;
			worst[i].wall = one.wall > worst[i].wall ? one.wall : worst[i].wall;
		}
		drop_writer(&writer);
		sqlite3_close(db);
	}
	for (int wall = 0; wall < 2; wall++) {
		double without = wall ? worst[0].wall : worst[0].cpu, with = wall ? worst[1].wall : worst[1].cpu;

		printf("longest of %d calls of audit_log, %s\t", count, wall ? "time" : "CPU");
		print_duration(without);
		print_duration(with);
		printf("%.3g\t%s\tms; autoseal 0, 10000\n", with * 1000, wall ? "-" : "<= 120 ms");
	}
	fflush(stdout);
}

static char *events_json(const event *events)
{
	sqlite3_str *json = sqlite3_str_new(NULL);

	for (int i = 0; i < MANY; i++)
		sqlite3_str_appendf(
			json,
			"%c{\"action\": \"%s\", \"resource_type\": \"%s\", \"resource_id\": \"%s\", \"actor_id\": \"%s\", "
			"\"actor_name\": \"%s\", \"success\": %s, \"details\": %s, \"ip_address\": \"%s\", "
			"\"user_agent\": \"%s\"}",
			i ? ',' : '[', events[i].action, events[i].type, events[i].resource, events[i].actor, name,
			events[i].success ? "true" : "false", details, address, agent);
	sqlite3_str_appendchar(json, 1, ']');
	return sqlite3_str_finish(json);
}

static char *many_rows_sql(void)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendf(sql, "INSERT INTO plain (" COLUMN_NAMES ") VALUES ");
	for (int i = 0; i < MANY; i++)
		sqlite3_str_appendf(sql, "%s(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", i ? ", " : "");
	return sqlite3_str_finish(sql);
}

static void bench_many(int calls, const char *autoseal, const char *target)
{
	const char *call_many = "SELECT stead_audit_log_many(?)";
	char *insert_many = many_rows_sql(), now[80], purpose[40], label[80];
	series took[SIDES];
	writer writers[SIDES];
	event events[MANY];

	snprintf(purpose, sizeof purpose, "many-%s", autoseal);
	snprintf(label, sizeof label, "audit_log_many x 1000, autoseal %s", autoseal);
	for (int side = 0; side < SIDES; side++)
		writers[side] = make_writer(open_side(side, purpose), side == STEAD ? call_many : insert_many, side == STEAD);
	set_autoseal(writers[STEAD].db, autoseal);
	for (int turn = 0; turn < pairs; turn++) {
		spent total[SIDES] = {0};

		for (int i = 0; i < calls; i++) {
			for (int k = 0; k < MANY; k++)
				events[k] = next_event();
			char *json = events_json(events);
			for (int side = 0; side < SIDES; side++) {
				writer *writer = &writers[side];
				spent begin = start(), turn_took;

				if (writer->function)
					bind_text(writer->statement, 1, json, SQLITE_STATIC);
				else {
					format_now(now, sizeof now);
					for (int k = 0; k < MANY; k++) {
						bind_text(writer->statement, k * COLUMNS + 1, now, SQLITE_STATIC);
						bind_text(writer->statement, k * COLUMNS + 2, now, SQLITE_STATIC);
						bind_event(writer->statement, k * COLUMNS + 3, &events[k]);
					}
				}
				finish(writer->db, writer->statement);
				if (i + 1 == calls)
					finish(writer->db, writer->checkpoint);
				turn_took = since(begin);
				total[side].cpu += turn_took.cpu;
				total[side].wall += turn_took.wall;
			}
			sqlite3_free(json);
		}
		for (int side = 0; side < SIDES; side++)
			note(&took[side], turn, total[side], (double)calls * MANY);
	}
	for (int side = 0; side < STEAD; side++)
		report_speed(label, against[side], &took[side], &took[STEAD], side == TIME_INDEX ? target : "-", call_many);
	for (int side = 0; side < SIDES; side++) {
		drop_writer(&writers[side]);
		sqlite3_close(writers[side].db);
	}
	sqlite3_free(insert_many);
}

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

static spent setting_turn(sqlite3 *db, sqlite3_stmt *statement, int count)
{
	char keys[100][20];
	spent begin;

	for (int i = 0; i < 100; i++)
		snprintf(keys[i], sizeof keys[i], "bench.key_%02d", i);
	begin = start();
	for (int i = 0; i < count; i++) {
		bind_text(statement, 1, keys[i % 100], SQLITE_STATIC);
		finish(db, statement);
	}
	return since(begin);
}

static void bench_setting(int count)
{
	sqlite3 *db = open_database("setting");
	series plain_took, stead_took;
	sqlite3_stmt *plain, *stead;

	run(db, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
	        " SELECT stead_setting_set(printf('bench.key_%02d', i), 'a value') FROM n");
	plain = prepare(db, "SELECT value FROM stead_setting WHERE key = ?");
	stead = prepare(db, "SELECT stead_setting_get(?)");
	for (int turn = 0; turn < pairs; turn++) {
		note(&plain_took, turn, setting_turn(db, plain, count), count);
		note(&stead_took, turn, setting_turn(db, stead, count), count);
	}
	report_speed("setting_get / prepared SELECT", "", &plain_took, &stead_took, ">= 0.8",
	             "SELECT stead_setting_get(?)");
	sqlite3_finalize(plain);
	sqlite3_finalize(stead);
	sqlite3_close(db);
}

/* ---- Sessions ---------------------------------------------------------------------------------------------------- */

#define TOKEN 47 /* bytes of a token */
#define STEP 10  /* every tenth session is hot */
#define TOUCH_SECONDS "3600"
#define CHECK "SELECT stead_session_check(?, 'app.view')"
#define VALIDATE "SELECT * FROM stead_session_validate(?)"
#define JSON "SELECT stead_session_json(?)"

static int64_t session_count, user_count;
static EVP_MD *sha256;

/* The token of session n, as fill_sessions() stores it. */
static const char *token_of(int64_t n)
{
	static char text[TOKEN + 2];

	snprintf(text, sizeof text, "sts_AAAAAAAAAAAAAAAAAAAAAAAA%018lldA", (long long)n);
	return text;
}

static int64_t hot(void)
{
	return (int64_t)(next_random() % (uint64_t)(session_count / STEP) + 1) * STEP;
}

static int64_t unknown(void)
{
	return session_count + 1 + (int64_t)(next_random() % UINT64_C(1000000000000));
}

/* Cold sessions, one after the other. They were last seen so long ago that a touch is due. */
static int64_t cold(void)
{
	static int64_t last = 0;

	last = last % session_count + 1;
	if (last % STEP == 0)
		last++;
	return last;
}

static void token_hash(const char *token, unsigned char hash[32])
{
	EVP_Digest(token, TOKEN, hash, NULL, sha256, NULL);
}

/* The key of hot session n, of the same user, differs in its prefix. */
static void key_hash(int64_t n, unsigned char hash[32])
{
	char key[TOKEN + 1];

	memcpy(key, token_of(n), sizeof key);
	key[2] = 'k';
	token_hash(key, hash);
}

/* With a second argument, of the key of that number. */
static void sql_token_hash(sqlite3_context *context, int count, sqlite3_value **values)
{
	unsigned char hash[32];

	token_hash(token_of(sqlite3_value_int64(values[0])), hash);
	if (count > 1)
		key_hash(sqlite3_value_int64(values[0]), hash);
	sqlite3_result_blob(context, hash, sizeof hash, SQLITE_TRANSIENT);
}

/* Makes users with two roles of 20, roles with ten permissions, and sessions. The plain tables have the same, and two
 * applications for each user, which are among the permissions of Stead's roles. */
static sqlite3 *filled_sessions(void)
{
	sqlite3 *db = open_database("session");
	char *sql;

	sqlite3_create_function(db, "token_hash", -1, SQLITE_UTF8, NULL, sql_token_hash, NULL, NULL);
	run(db, "CREATE TABLE plain_user (id INTEGER PRIMARY KEY, username TEXT UNIQUE, email TEXT UNIQUE, active INT, "
	        "approved INT);"
	        "CREATE TABLE plain_role (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
	        "CREATE TABLE plain_user_role (user_id INT, role_id INT, PRIMARY KEY (user_id, role_id)) WITHOUT ROWID;"
	        "CREATE TABLE plain_role_permission (role_id INT, permission TEXT, PRIMARY KEY (role_id, permission)) "
	        "WITHOUT ROWID;"
	        "CREATE TABLE plain_app (user_id INT, app TEXT, PRIMARY KEY (user_id, app)) WITHOUT ROWID;"
	        "CREATE TABLE plain_session (id TEXT PRIMARY KEY, user_id INT, token_hash BLOB UNIQUE, created_at TEXT,"
	        " expires_at TEXT, last_seen_at TEXT, ip_address TEXT, user_agent TEXT, revoked_at TEXT);"
	        "CREATE INDEX plain_session_user ON plain_session (user_id);"
	        "SELECT stead_setting_set('stead.memory.max_entries', '20000');"
	        "SELECT stead_setting_set('stead.session.touch_seconds', '" TOUCH_SECONDS "')");
	sql = sqlite3_mprintf(
		"BEGIN;\n"
		"CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) "
		"SELECT i FROM n;\n"
		"INSERT INTO stead_role (name, created_at) SELECT 'role ' || i, '2026-01-01T00:00:00.000000Z' FROM numbers "
		"LIMIT 20;\n"
		"INSERT INTO stead_role_permission SELECT r.i, CASE p.i WHEN 10 THEN 'app.view' ELSE 'area' || r.i || '.do' || "
		"p.i END\n"
		"  FROM (SELECT i FROM numbers LIMIT 20) AS r, (SELECT i FROM numbers LIMIT 10) AS p;\n"
		"INSERT INTO stead_user SELECT i, 'user ' || i, 'user' || i || '@example.org', 1, 1, "
		"'2026-01-01T00:00:00.000000Z',\n"
		"  '2026-01-01T00:00:00.000000Z' FROM numbers LIMIT %lld;\n"
		"INSERT INTO stead_user_role SELECT id, 1 + id %% 20 FROM stead_user UNION ALL SELECT id, 1 + (id + 7) %% 20 "
		"FROM stead_user;\n"
		"INSERT INTO stead_session (id, user_id, token_hash, created_at, expires_at, last_seen_at, ip_address, "
		"user_agent)\n"
		"  SELECT printf('ses_%%022d', i), 1 + i %% %lld, token_hash(i), strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', "
		"'now'),\n"
		"  strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', 'now', '7 days'), strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', 'now',\n"
		"  CASE WHEN i %% %d = 0 THEN '0 days' ELSE '-1 days' END), '10.1.2.3', 'Mozilla/5.0 (X11; Linux x86_64)' FROM "
		"numbers;\n"
		"INSERT INTO stead_key (id, user_id, label, permissions, created_at, last_used_at) SELECT printf('key_%%022d', "
		"i), 1 + i %% %lld,\n"
		"  'k', '[\"app.*\",\"area1.*\"]', '2026-01-01T00:00:00.000000Z', strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', "
		"'now') FROM numbers WHERE i %% %d = 0;\n"
		"INSERT INTO stead_key_hash (key_hash, key_id, created_at) SELECT token_hash(i, 'key'), printf('key_%%022d', "
		"i),\n"
		"  '2026-01-01T00:00:00.000000Z' FROM numbers WHERE i %% %d = 0;\n"
		"INSERT INTO plain_role SELECT id, name FROM stead_role;\n"
		"INSERT INTO plain_role_permission SELECT * FROM stead_role_permission;\n"
		"INSERT INTO plain_user SELECT id, username, email, active, approved FROM stead_user;\n"
		"INSERT INTO plain_user_role SELECT * FROM stead_user_role;\n"
		"INSERT INTO plain_app SELECT id, 'one' FROM stead_user UNION ALL SELECT id, 'two' FROM stead_user;\n"
		"INSERT INTO plain_session SELECT id, user_id, token_hash, created_at, expires_at, last_seen_at, ip_address, "
		"user_agent,\n"
		"  revoked_at FROM stead_session;\n"
		"DROP TABLE numbers; COMMIT; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)",
		(long long)session_count, (long long)user_count, (long long)user_count, STEP, (long long)user_count, STEP,
		STEP);
	run(db, sql);
	sqlite3_free(sql);
	return db;
}

/* How a side checks a token: Stead by the token, plain SQL by its hash and then by the user found. */
typedef struct {
	sqlite3 *db;
	sqlite3_stmt *statements[5];
	int count;
	bool plain;
	bool key; /* checks the key in place of the session's token */
} contestant;

static contestant stead_by(sqlite3 *db, const char *sql)
{
	return (contestant){.db = db, .statements = {prepare(db, sql)}, .count = 1};
}

#define PLAIN_SESSION                                                                                                  \
	"SELECT user_id, id, created_at, expires_at, last_seen_at, revoked_at FROM plain_session WHERE token_hash = ?"

static contestant first_query(sqlite3 *db)
{
	return (contestant){.db = db, .plain = true, .count = 1, .statements = {prepare(db, PLAIN_SESSION)}};
}

static contestant five_queries(sqlite3 *db)
{
	return (contestant){
		.db = db,
		.plain = true,
		.count = 5,
		.statements = {
			prepare(db, PLAIN_SESSION),
			prepare(db, "SELECT username, email, active, approved FROM plain_user WHERE id = ?"),
			prepare(
				db,
				"SELECT r.id, r.name FROM plain_user_role m JOIN plain_role r ON r.id = m.role_id WHERE m.user_id = ?"),
			prepare(db,
	                "SELECT p.permission FROM plain_user_role m JOIN plain_role_permission p ON p.role_id = m.role_id"
	                " WHERE m.user_id = ?"),
			prepare(db, "SELECT app FROM plain_app WHERE user_id = ?")}};
}

static contestant one_join(sqlite3 *db)
{
	return (contestant){
		.db = db,
		.plain = true,
		.count = 1,
		.statements = {
			prepare(db, "SELECT s.user_id, s.id, s.created_at, s.expires_at, s.last_seen_at, s.revoked_at, u.username,"
	                    " u.email, u.active, u.approved, r.name, p.permission,"
	                    " (SELECT group_concat(app) FROM plain_app WHERE user_id = u.id) FROM plain_session s"
	                    " CROSS JOIN plain_user u ON u.id = s.user_id CROSS JOIN plain_user_role m ON m.user_id = u.id"
	                    " CROSS JOIN plain_role r ON r.id = m.role_id"
	                    " CROSS JOIN plain_role_permission p ON p.role_id = r.id WHERE s.token_hash = ?")}};
}

static void drop_contestant(contestant *contestant)
{
	for (int i = 0; i < contestant->count; i++)
		sqlite3_finalize(contestant->statements[i]);
}

static void judge(contestant *contestant, const char *token)
{
	sqlite3_stmt *first = contestant->statements[0];
	unsigned char hash[32];
	int64_t user = 0;

	if (contestant->plain) {
		token_hash(token, hash);
		sqlite3_bind_blob(first, 1, hash, sizeof hash, SQLITE_STATIC);
	} else
		sqlite3_bind_text(first, 1, token, TOKEN, SQLITE_STATIC);
	if (sqlite3_step(first) == SQLITE_ROW) {
		user = sqlite3_column_int64(first, 0);
		finish(contestant->db, first);
	} else
		sqlite3_reset(first);
	for (int i = 1; i < contestant->count; i++) {
		sqlite3_bind_int64(contestant->statements[i], 1, user);
		finish(contestant->db, contestant->statements[i]);
	}
}

/* The tokens are made before the clock starts. */
static spent session_turn(contestant *contestant, int64_t (*next)(void), int calls)
{
	char(*tokens)[TOKEN + 1] = malloc((size_t)calls * (TOKEN + 1));
	spent begin;

	for (int i = 0; i < calls; i++) {
		memcpy(tokens[i], token_of(next()), TOKEN + 1);
		if (contestant->key)
			tokens[i][2] = 'k';
	}
	begin = start();
	for (int i = 0; i < calls; i++)
		judge(contestant, tokens[i]);
	begin = since(begin);
	free(tokens);
	return begin;
}

/* The sides take turns, after a first turn that fills their caches. */
static void session_race(contestant *sides, int count, int64_t (*next)(void), int calls, series *took)
{
	for (int side = 0; side < count; side++)
		session_turn(&sides[side], next, calls);
	for (int turn = 0; turn < pairs; turn++)
		for (int side = 0; side < count; side++)
			note(&took[side], turn, session_turn(&sides[side], next, calls), calls);
}

static void bench_session_reads(sqlite3 *db, int calls)
{
	contestant sides[] = {five_queries(db), one_join(db), stead_by(db, CHECK), stead_by(db, VALIDATE),
	                      stead_by(db, JSON)};
	contestant keys[] = {stead_by(db, CHECK), stead_by(db, CHECK), stead_by(db, VALIDATE), stead_by(db, VALIDATE)};
	contestant attacked[] = {first_query(db), stead_by(db, CHECK)};
	series took[5];

	keys[1].key = keys[3].key = true;
	session_race(sides, 5, hot, calls, took);
	report_speed("session_json, hit / five queries", "", &took[0], &took[4], ">= 9", JSON);
	report_speed("session_check, hit / five queries", "", &took[0], &took[2], ">= 9", CHECK);
	report_speed("session_validate, hit / five queries", "", &took[0], &took[3], ">= 9", VALIDATE);
	report_speed("session_check, hit / one join", "", &took[1], &took[2], "-", CHECK);
	report_speed("session_validate, hit / one join", "", &took[1], &took[3], "-", VALIDATE);
	session_race(keys, 4, hot, calls, took);
	report_speed("session_check of a narrowed key, hit / a session, hit", "", &took[0], &took[1], ">= 0.95", CHECK);
	report_speed("session_validate of a key, hit / a session, hit", "", &took[2], &took[3], ">= 0.95", VALIDATE);
	session_race(attacked, 2, unknown, calls, took);
	report_speed("session_check, unknown / the first query", "", &took[0], &took[1], "-", CHECK);
	/* room for one in fifty of the hot sessions: hardly a session or user is still cached, but the roles are */
	run(db, "SELECT stead_setting_set('stead.memory.max_entries', '200')");
	run(db, "CREATE TABLE forget (x); DROP TABLE forget"); /* a change of the schema empties every cache */
	session_race(sides, 4, hot, calls, took);
	report_speed("session_check, miss / five queries", "", &took[0], &took[2], ">= 1.5", CHECK);
	report_speed("session_validate, miss / five queries", "", &took[0], &took[3], ">= 1.5", VALIDATE);
	report_speed("session_validate, miss / one join", "", &took[1], &took[3], "-", VALIDATE);
	session_race(keys, 4, hot, calls, took);
	report_speed("session_check of a narrowed key, miss / a session, miss", "", &took[0], &took[1], "-", CHECK);
	report_speed("session_validate of a key, miss / a session, miss", "", &took[2], &took[3], "-", VALIDATE);
	run(db, "SELECT stead_setting_set('stead.memory.max_entries', '20000')");
	run(db, "SELECT stead_setting_set('stead.memory.enabled', 'false')");
	session_race(sides, 4, hot, calls, took);
	report_speed("session_check, cache off / five queries", "", &took[0], &took[2], "-", CHECK);
	report_speed("session_validate, cache off / five queries", "", &took[0], &took[3], "-", VALIDATE);
	run(db, "SELECT stead_setting_set('stead.memory.enabled', 'true')");
	for (int side = 0; side < 5; side++)
		drop_contestant(&sides[side]);
	for (int side = 0; side < 4; side++)
		drop_contestant(&keys[side]);
	for (int side = 0; side < 2; side++)
		drop_contestant(&attacked[side]);
}

/* One UPDATE or function call per transaction. A turn ends with a checkpoint. */
static void bench_touch(sqlite3 *db, const char *what, int64_t (*next)(void), int calls)
{
	contestant sides[] = {
		{.db = db,
	     .plain = true,
	     .count = 1,
	     .statements = {prepare(db, "UPDATE plain_session SET last_seen_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
	                                " WHERE token_hash = ? AND revoked_at IS NULL AND last_seen_at <="
	                                " strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-" TOUCH_SECONDS " seconds')")}},
		stead_by(db, "SELECT stead_session_touch(?)")};
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	series took[2];

	for (int turn = 0; turn < pairs; turn++)
		for (int side = 0; side < 2; side++) {
			spent begin, all;

			all = session_turn(&sides[side], next, calls);
			begin = start();
			finish(db, checkpoint);
			begin = since(begin);
			note(&took[side], turn, (spent){all.cpu + begin.cpu, all.wall + begin.wall}, calls);
		}
	report_speed(what, "", &took[0], &took[1], "-", "SELECT stead_session_touch(?)");
	for (int side = 0; side < 2; side++)
		drop_contestant(&sides[side]);
	sqlite3_finalize(checkpoint);
}

static void create_plain(sqlite3 *db, sqlite3_stmt *insert, int64_t user)
{
	unsigned char random[48], hash[32];
	char token[80] = "sts_", id[40] = "ses_", now[80];

	RAND_bytes(random, sizeof random);
	EVP_EncodeBlock((unsigned char *)token + 4, random, 32);
	EVP_EncodeBlock((unsigned char *)id + 4, random + 32, 16);
	token_hash(token, hash);
	format_now(now, sizeof now);
	bind_text(insert, 1, id, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 2, user);
	sqlite3_bind_blob(insert, 3, hash, sizeof hash, SQLITE_STATIC);
	bind_text(insert, 4, now, SQLITE_STATIC);
	bind_text(insert, 5, address, SQLITE_STATIC);
	bind_text(insert, 6, agent, SQLITE_STATIC);
	finish(db, insert);
}

static void bench_create(sqlite3 *db, const char *what, int calls)
{
	sqlite3_stmt *plain =
		prepare(db, "INSERT INTO plain_session (id, user_id, token_hash, created_at, expires_at, last_seen_at,"
	                " ip_address, user_agent) VALUES (?1, ?2, ?3, ?4, ?4, ?4, ?5, ?6)");
	sqlite3_stmt *stead = prepare(db, "SELECT stead_session_create(?, NULL, ?, ?)");
	sqlite3_stmt *checkpoint = prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	series took[2];

	bind_text(stead, 2, address, SQLITE_STATIC);
	bind_text(stead, 3, agent, SQLITE_STATIC);
	for (int turn = 0; turn < pairs; turn++)
		for (int side = 0; side < 2; side++) {
			spent begin = start();

			for (int i = 0; i < calls; i++) {
				int64_t user = 1 + (int64_t)(next_random() % (uint64_t)user_count);

				if (side == 0)
					create_plain(db, plain, user);
				else {
					sqlite3_bind_int64(stead, 1, user);
					finish(db, stead);
				}
			}
			finish(db, checkpoint);
			note(&took[side], turn, since(begin), calls);
		}
	report_speed(what, "", &took[0], &took[1], "-", "SELECT stead_session_create(?, NULL, ?, ?)");
	sqlite3_finalize(plain);
	sqlite3_finalize(stead);
	sqlite3_finalize(checkpoint);
}

/* Revokes ten cold sessions per second until it is stopped. */
static void *revoke_some(void *data)
{
	atomic_bool *stop = data;
	sqlite3 *db = open_database("session");
	sqlite3_stmt *statement = prepare(db, "SELECT stead_session_revoke(printf('ses_%022d', ?))");
	uint64_t n = 12345;

	while (!atomic_load(stop)) {
		n = n * UINT64_C(6364136223846793005) + 1442695040888963407u;
		sqlite3_bind_int64(statement, 1,
		                   (int64_t)((n >> 33) % (uint64_t)(session_count / STEP)) * STEP + 1 +
		                       (int64_t)(n >> 20) % (STEP - 1));
		finish(db, statement);
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return NULL;
}

static void bench_revocations(sqlite3 *db, int calls)
{
	contestant side = stead_by(db, CHECK);
	series took[2];

	session_turn(&side, hot, calls);
	for (int turn = 0; turn < pairs; turn++)
		for (int revoked = 0; revoked < 2; revoked++) {
			atomic_bool stop = false;
			pthread_t thread;

			if (revoked)
				pthread_create(&thread, NULL, revoke_some, &stop);
			note(&took[revoked], turn, session_turn(&side, hot, calls), calls);
			if (revoked) {
				atomic_store(&stop, true);
				pthread_join(thread, NULL);
			}
		}
	report_speed("session_check, 10 revocations a second / none", "", &took[0], &took[1], ">= 0.9", CHECK);
	drop_contestant(&side);
}

static void bench_session_memory(void)
{
	sqlite3 *db = open_database("session");
	contestant side = stead_by(db, CHECK);
	unsigned entries, kilobytes;

	for (int half = 0; half < 2; half++) {
		int64_t count = half ? session_count : session_count / 10;

		for (int64_t n = 1; n <= count; n++)
			judge(&side, token_of(n));
		char *detail = ask(db, "SELECT detail FROM stead_doctor() WHERE check_name = 'cache'");
		sscanf(strstr(detail, "invalidations, "), "invalidations, %u entries, %u KiB", &entries, &kilobytes);
		sqlite3_free(detail);
		if (half)
			printf("cache: entries after %lld sessions\t\t%u\t%.0f\t<= %lld\tmax_entries 20000 + users + roles + "
			       "options\n",
			       (long long)count, entries, (double)entries, (long long)(20000 + user_count + 1 + 20));
		else
			printf("cache: bytes an entry, %lld sessions and users\t\t%u KiB\t%.0f\t-\tstead_doctor()\n",
			       (long long)count, kilobytes, (double)kilobytes * 1024 / entries);
	}
	drop_contestant(&side);
	sqlite3_close(db);
}

static void bench_session(void)
{
	sqlite3 *db;

	session_count = (row_count < 1000000 ? row_count : 1000000) / 10;
	user_count = quick ? 499 : 4999;
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	db = filled_sessions();
	printf("sessions: %lld, of which %lld are hot, of %lld users with 2 roles of 10 permissions; "
	       "stead.memory.max_entries 20000\n",
	       (long long)session_count, (long long)session_count / STEP, (long long)user_count);
	bench_session_memory();
	bench_session_reads(db, quick ? 5000 : 100000);
	bench_revocations(db, quick ? 50000 : 1000000);
	bench_touch(db, "session_touch, not due / UPDATE", hot, quick ? 2000 : 50000);
	bench_touch(db, "session_touch, due / UPDATE", cold, quick ? 200 : 5000);
	bench_create(db, "session_create, audited / INSERT", quick ? 200 : 5000);
	run(db, "SELECT stead_setting_set('stead.session.audit', 'false')");
	bench_create(db, "session_create, not audited / INSERT", quick ? 200 : 5000);
	EVP_MD_free(sha256);
	sqlite3_close(db);
}

/* ---- Main -------------------------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
	if (argc != 4 || !getenv("BENCH_PARTS") || !getenv("BENCH_ROWS") || !getenv("BENCH_EVENTS") ||
	    !getenv("BENCH_PAIRS")) {
		fprintf(stderr, "bench/run calls this\n");
		return 2;
	}
	module = argv[1];
	directory = argv[2];
	row_count = strtoll(getenv("BENCH_ROWS"), NULL, 10);
	pairs = atoi(getenv("BENCH_PAIRS"));
	if (pairs < 1 || pairs > MAX_PAIRS)
		pairs = 1;
	quick = getenv("BENCH_QUICK") && *getenv("BENCH_QUICK");
	bench_scale(strtoll(getenv("BENCH_EVENTS"), NULL, 10));

	if (wanted("write")) {
		/* long enough for several seals in each turn */
		bench_write("audit_log, autocommit", 1, quick ? 12000 : 30000, "10000", ">= 0.75");
		bench_write("audit_log, 100 in a transaction", 100, quick ? 2000 : 60000, "0", ">= 0.4");
		bench_write("audit_log, 100 in a transaction", 100, quick ? 12000 : 60000, "10000", ">= 0.3");
		bench_wait(quick ? 12000 : 60000);
	}
	if (wanted("many")) {
		bench_many(quick ? 2 : 60, "0", ">= 0.4");
		bench_many(quick ? 12 : 60, "10000", ">= 0.3");
	}
	if (wanted("stats") || wanted("list"))
		bench_read(argv[3]);
	if (wanted("move"))
		bench_move(row_count);
	if (wanted("setting"))
		bench_setting(quick ? 10000 : 200000);
	if (wanted("session"))
		bench_session();
	if (wanted("limit"))
		bench_limit();
	if (wanted("capture"))
		bench_capture();
	if (wanted("cache"))
		bench_cache();
	if (wanted("login"))
		bench_login();
	if (wanted("document"))
		bench_document();
	if (wanted("job"))
		bench_job(quick ? 400 : 8000);
	return 0;
}
