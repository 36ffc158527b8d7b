/*
 * soak.c - many processes check a session's token, or an API key, while one revokes it: no check may pass once the
 * revocation has returned. Before that, eight processes bootstrap one key at once: it is made once.
 *
 * Run it as "soak postgresql SECONDS CHECKERS", in the database that libpq finds, or as "soak sqlite SECONDS CHECKERS
 * MODULE FILE", on one file in WAL mode. The database must not contain Stead. Every checker is a process with its own
 * connection. In each round the revoker creates a session, waits until every checker has accepted it several times,
 * ends it in one of many ways, and then sets the round's flag. A checker reads the flag before it checks. If a check
 * begins after the flag was set and passes, that is a violation, and the run ends. The run also fails if it did too
 * little to mean anything: status 1. Any other failure is status 2.
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_CHECKERS = 64,
	MAX_ROUNDS = 20000,
	USERS = 4,
	ACCEPTED = 4,
	REFUSED = 2,
	ENOUGH = 8,
	RECENT = 8,
	STARTERS = 8,
	PATIENCE = 30
};

typedef struct {
	char token[64];
	atomic_bool over; /* the revocation was acknowledged */
	atomic_int passed[MAX_CHECKERS], refused[MAX_CHECKERS];
} round_of;

typedef struct {
	atomic_int rounds; /* rounds that were published; the last one is under way */
	atomic_bool stop, broken;
	atomic_long checks, violations, hits, misses;
	/* the first violation: its round, the number of rounds then, and the checker */
	atomic_int violated, rounds_then, by;
	round_of round[MAX_ROUNDS];
} board;

typedef struct {
	PGconn *pg;
	sqlite3 *lite;
} connection;

/* Statements separated by semicolons are run one by one; %d stands for the user's number. NULL: not on that
 * database. */
typedef struct {
	const char *name, *postgresql, *sqlite;
	bool key; /* of a key in place of a session */
} ending;

#define REVOKE "SELECT stead_session_revoke(id) FROM stead_session WHERE user_id = %d AND revoked_at IS NULL"
#define BOTH(sql) sql, sql

static const ending endings[] = {
	{"revoked", BOTH(REVOKE)},
	{"revoked by user", BOTH("SELECT stead_session_revoke_user(%d)")},
	{"row updated", "UPDATE stead_session SET revoked_at = now() WHERE user_id = %d",
     "UPDATE stead_session SET revoked_at = created_at WHERE user_id = %d"},
	{"row deleted", BOTH("DELETE FROM stead_session WHERE user_id = %d")},
	{"user deactivated", BOTH("SELECT stead_user_update(%d, '{\"active\":false}')")},
	{"user's row updated", BOTH("UPDATE stead_user SET active = false WHERE id = %d")},
	{"user deleted", BOTH("SELECT stead_user_delete(%d)")},
	{"permission revoked", BOTH("SELECT stead_role_revoke('reader', 'app.read')")},
	{"permission altered", BOTH("UPDATE stead_role_permission SET permission = 'other'")},
	{"role taken", BOTH("SELECT stead_user_role_remove(%d, 'reader')")},
	{"in a savepoint", BOTH("BEGIN;SAVEPOINT a;" REVOKE ";RELEASE a;COMMIT")},
	{"prepared", "BEGIN;" REVOKE ";PREPARE TRANSACTION 'soak';COMMIT PREPARED 'soak'", NULL},
	{"sessions truncated", "TRUNCATE stead_session", "DELETE FROM stead_session"},
	{"key revoked", BOTH("SELECT stead_key_revoke(id) FROM stead_key WHERE user_id = %d"), true},
	{"key rotated", BOTH("SELECT length(stead_key_rotate(id)) FROM stead_key WHERE user_id = %d"), true},
	{"key narrowed", BOTH("UPDATE stead_key SET permissions = '[\"app.write\"]' WHERE user_id = %d"), true},
	{"key's text deleted", BOTH("DELETE FROM stead_key_hash"), true},
	{"key's user deactivated", BOTH("SELECT stead_user_update(%d, '{\"active\":false}')"), true},
	{"key's permission revoked", BOTH("SELECT stead_role_revoke('reader', 'app.read')"), true},
};

/* Runs before each round. Sessions that were ended by a change that this repairs must be gone first. */
static const char *const mend = "DELETE FROM stead_session; DELETE FROM stead_key_hash; DELETE FROM stead_key"
								";UPDATE stead_user SET active = true WHERE id = %d AND NOT active"
								";DELETE FROM stead_role_permission WHERE permission = 'other'"
								";SELECT stead_role_grant('reader', 'app.read')";

enum { ENDINGS = sizeof endings / sizeof *endings };

static board *shared;
static int ended[ENDINGS];
static const char *module, *file;

static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (shared)
		atomic_store(&shared->broken, true), atomic_store(&shared->stop, true);
	exit(2);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- Either database --------------------------------------------------------------------------------------------- */

static void quiet(void *unused, const PGresult *result)
{
	(void)unused, (void)result;
}

static connection open_connection(void)
{
	connection to = {0};
	char *message = NULL;

	if (!module) {
		to.pg = PQconnectdb("");
		if (PQstatus(to.pg) != CONNECTION_OK)
			fail("%s", PQerrorMessage(to.pg));
		PQsetNoticeReceiver(to.pg, quiet, NULL);
		return to;
	}
	if (sqlite3_open(file, &to.lite) != SQLITE_OK)
		fail("%s: %s", file, sqlite3_errmsg(to.lite));
	sqlite3_db_config(to.lite, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
	sqlite3_busy_timeout(to.lite, PATIENCE * 1000);
	if (sqlite3_load_extension(to.lite, module, NULL, &message) != SQLITE_OK)
		fail("%s", message);
	if (sqlite3_exec(to.lite, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", NULL, NULL, &message) != SQLITE_OK)
		fail("%s", message);
	return to;
}

static void close_connection(connection to)
{
	if (to.pg)
		PQfinish(to.pg);
	sqlite3_close(to.lite);
}

/* Copies the first value of the result into out, unless out is NULL, and frees the result. */
static void pg_result(PGconn *pg, PGresult *result, const char *sql, char *out, size_t size)
{
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail("%s: %s", sql, PQerrorMessage(pg));
	if (out)
		snprintf(out, size, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
}

static void lite_result(sqlite3 *lite, sqlite3_stmt *statement, char *out, size_t size)
{
	const char *text = "";
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW && sqlite3_column_count(statement))
		text = (const char *)sqlite3_column_text(statement, 0);
	if (out)
		snprintf(out, size, "%s", text ? text : "");
	while (code == SQLITE_ROW)
		code = sqlite3_step(statement);
	if (code != SQLITE_DONE)
		fail("%s: %s", sqlite3_sql(statement), sqlite3_errmsg(lite));
}

static void ask(connection to, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *statement;

	if (to.pg) {
		pg_result(to.pg, PQexec(to.pg, sql), sql, out, size);
		return;
	}
	if (sqlite3_prepare_v2(to.lite, sql, -1, &statement, NULL) != SQLITE_OK)
		fail("%s: %s", sql, sqlite3_errmsg(to.lite));
	lite_result(to.lite, statement, out, size);
	sqlite3_finalize(statement);
}

/* Runs the statements that the semicolons separate; %d is the user. */
static void run(connection to, const char *list, int user)
{
	while (*list) {
		size_t length = strcspn(list, ";");
		char sql[512], *at = sql;

		for (const char *from = list; from < list + length; from++)
			if (from[0] == '%' && from[1] == 'd')
				at += snprintf(at, (size_t)(sql + sizeof sql - at), "%d", user), from++;
			else if (at < sql + sizeof sql - 1)
				*at++ = *from;
		*at = '\0';
		ask(to, sql, NULL, 0);
		list += length + (list[length] == ';');
	}
}

/* ---- Checkers ---------------------------------------------------------------------------------------------------- */

enum { PLAIN, PREPARED, REPEATABLE, COMMITTED, MODES }; /* the last two keep a transaction open for a while */

#define CHECK "SELECT stead_session_check($1, 'app.read')"
#define VALIDATE_PG "SELECT valid AND permissions::text LIKE '%app.read%' FROM stead_session_validate($1)"
#define VALIDATE_LITE "SELECT valid AND permissions LIKE '%app.read%' FROM stead_session_validate($1)"

typedef struct {
	connection to;
	int mode, left; /* checks until the transaction is renewed */
	sqlite3_stmt *kept[2];
} checker;

static bool check_pg(checker *me, const char *token, bool validate)
{
	static const char *const levels[] = {"REPEATABLE READ", "SERIALIZABLE"};
	const char *sql = validate ? VALIDATE_PG : CHECK;
	PGconn *pg = me->to.pg;
	char begin[64], answer[8];

	if (me->mode >= REPEATABLE && me->left-- == 0) {
		if (PQtransactionStatus(pg) != PQTRANS_IDLE)
			ask(me->to, "COMMIT", NULL, 0);
		snprintf(begin, sizeof begin, "BEGIN ISOLATION LEVEL %s",
		         me->mode == REPEATABLE ? levels[rand() % 2] : "READ COMMITTED");
		ask(me->to, begin, NULL, 0);
		ask(me->to, "SELECT 1", NULL, 0); /* this takes the snapshot */
		me->left = 20 + rand() % 400;
	}
	pg_result(pg,
	          me->mode == PLAIN ? PQexecParams(pg, sql, 1, NULL, &token, NULL, NULL, 0)
	                            : PQexecPrepared(pg, validate ? "validate" : "check", 1, &token, NULL, NULL, 0),
	          sql, answer, sizeof answer);
	return strcmp(answer, "t") == 0;
}

static bool check_lite(checker *me, const char *token, bool validate)
{
	sqlite3_stmt *statement = me->mode == PREPARED ? me->kept[validate] : NULL;
	char answer[8];

	if (!statement &&
	    sqlite3_prepare_v2(me->to.lite, validate ? VALIDATE_LITE : CHECK, -1, &statement, NULL) != SQLITE_OK)
		fail("%s", sqlite3_errmsg(me->to.lite));
	sqlite3_bind_text(statement, 1, token, -1, SQLITE_TRANSIENT);
	lite_result(me->to.lite, statement, answer, sizeof answer);
	if (me->mode == PREPARED) {
		sqlite3_reset(statement);
		me->kept[validate] = statement;
	} else
		sqlite3_finalize(statement);
	return strcmp(answer, "1") == 0;
}

static void count_recalls(checker *me)
{
	char detail[256], *at;
	long hits, misses;

	ask(me->to, "SELECT detail FROM stead_doctor() WHERE check_name = 'cache'", detail, sizeof detail);
	at = strchr(detail, ':');
	if (!at || sscanf(at, ": %ld hits, %ld misses", &hits, &misses) != 2)
		fail("stead_doctor() tells no hits: %s", detail);
	atomic_fetch_add(&shared->hits, hits);
	atomic_fetch_add(&shared->misses, misses);
}

static _Noreturn void be_checker(int number)
{
	checker me = {.to = open_connection(), .mode = number % (module ? REPEATABLE : MODES)};

	srand((unsigned)number + 1);
	if (me.to.pg) {
		PQclear(PQprepare(me.to.pg, "check", CHECK, 0, NULL));
		PQclear(PQprepare(me.to.pg, "validate", VALIDATE_PG, 0, NULL));
	}
	while (!atomic_load(&shared->stop)) {
		int rounds = atomic_load(&shared->rounds), which = rounds - 1; /* the round under way */
		round_of *round;
		atomic_int *counted;
		bool over, passes;

		if (rounds == 0) {
			usleep(100);
			continue;
		}
		if (rand() % 4 == 0) /* an ended one: a wrong cache entry would stay wrong */
			which -= rand() % (rounds < RECENT ? rounds : RECENT);
		round = &shared->round[which];
		over = atomic_load(&round->over);
		passes =
			me.to.pg ? check_pg(&me, round->token, rand() % 3 == 0) : check_lite(&me, round->token, rand() % 3 == 0);
		atomic_fetch_add(&shared->checks, 1);
		if (over && passes) {
			if (atomic_fetch_add(&shared->violations, 1) == 0) {
				atomic_store(&shared->violated, which);
				atomic_store(&shared->rounds_then, atomic_load(&shared->rounds));
				atomic_store(&shared->by, number);
			}
			atomic_store(&shared->stop, true);
		}
		counted = passes ? &round->passed[number] : &round->refused[number];
		if ((over || passes) && atomic_fetch_add(counted, 1) > ENOUGH)
			usleep((useconds_t)(rand() % 200)); /* others need their turn, even on one processor */
	}
	if (me.to.pg && PQtransactionStatus(me.to.pg) != PQTRANS_IDLE)
		ask(me.to, "COMMIT", NULL, 0);
	count_recalls(&me);
	for (int i = 0; i < 2; i++)
		sqlite3_finalize(me.kept[i]);
	close_connection(me.to);
	exit(0);
}

/* ---- The revoker ------------------------------------------------------------------------------------------------- */

/* Waits until every checker has counted that far. False: the run ended before. */
static bool wait_for(atomic_int *counts, int checkers, int high, const char *what, double end)
{
	double given_up = now() + PATIENCE;

	for (int i = 0; i < checkers; i++)
		while (atomic_load(&counts[i]) < high) {
			if (atomic_load(&shared->stop) || now() > end)
				return false;
			if (now() > given_up)
				fail("checker %d has %s nothing for %d s in round %d", i, what, PATIENCE, atomic_load(&shared->rounds));
			usleep(50);
		}
	return true;
}

static void play(connection to, int number, int checkers, double end)
{
	round_of *round = &shared->round[number];
	int how = number % ENDINGS, user = 1 + rand() % USERS;
	const char *sql = module ? endings[how].sqlite : endings[how].postgresql;
	char text[128];

	if (!sql)
		how = 0, sql = REVOKE;
	run(to, mend, user);
	snprintf(text, sizeof text, "SELECT count(*) FROM stead_user WHERE id = %d", user);
	ask(to, text, text, sizeof text);
	if (*text == '0')
		run(to, "SELECT stead_user_create('user %d', NULL, true, true, %d)", user);
	run(to, "SELECT stead_user_role_add(%d, 'reader')", user);
	snprintf(text, sizeof text,
	         endings[how].key ? "SELECT stead_key_create(%d, 'k', '[\"app.read\",\"app.write\"]')"
	                          : "SELECT stead_session_create(%d)",
	         user);
	ask(to, text, round->token, sizeof round->token);
	atomic_store(&shared->rounds, number + 1);
	if (!wait_for(round->passed, checkers, ACCEPTED, "accepted", end))
		return;
	if (rand() % 4) { /* they must read again just when it ends */
		run(to,
		    rand() % 2 ? "UPDATE stead_session SET idle_seconds = coalesce(idle_seconds, 100000) + 1 WHERE user_id = %d"
		                 ";UPDATE stead_key SET expires_at = '2999-01-01T00:00:00.000000Z' WHERE user_id = %d"
		               : "UPDATE stead_user SET email = coalesce(email, id || '@') || 'x' WHERE id = %d",
		    user);
		usleep((useconds_t)(rand() % 3000));
	}
	run(to, sql, user);
	atomic_store(&round->over, true);
	ended[how]++;
	wait_for(round->refused, checkers, REFUSED, "refused", end);
}

static void prepare(void)
{
	connection to = open_connection();

	if (to.pg)
		ask(to, "CREATE EXTENSION stead", NULL, 0);
	ask(to, "SELECT stead_init()", NULL, 0);
	ask(to, "SELECT stead_role_create('reader')", NULL, 0);
	for (int user = 1; user <= USERS; user++)
		run(to, "SELECT stead_user_create('user %d', NULL, true, true, %d)", user);
	close_connection(to);
}

/* Processes of a service that start at once with one key in their environment. */
static int bootstrap(void)
{
	int made = 0;

	for (int i = 0; i < STARTERS; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("no process");
		if (child == 0) {
			connection to = open_connection();
			char answer[8];

			ask(to, "SELECT stead_key_bootstrap('a key from the environment, 40 bytes ...', 'svc', 'reader')", answer,
			    sizeof answer);
			close_connection(to);
			exit(strcmp(answer, module ? "1" : "t") == 0 ? 3 : 0);
		}
	}
	for (int status; wait(&status) > 0;) {
		if (!WIFEXITED(status) || (WEXITSTATUS(status) != 3 && status != 0))
			fail("a process could not bootstrap the key");
		made += status != 0;
	}
	return made;
}

static void test_bootstrap(void)
{
	static const char *const state =
		"SELECT (SELECT count(*) FROM stead_user WHERE username = 'svc') || ' user, ' || (SELECT count(*) FROM"
		" stead_user_role) || ' role, ' || (SELECT count(*) FROM stead_key) || ' key, ' || (SELECT count(*) FROM"
		" stead_key_hash) || ' text, ' || (SELECT count(*) FROM stead_audit_event WHERE action = 'stead.key.bootstrap')"
		" || ' event'";
	connection to;
	char now[80];

	for (int expected = 1; expected >= 0; expected--) { /* the second time is a restart */
		int made = bootstrap();

		to = open_connection();
		ask(to, state, now, sizeof now);
		close_connection(to);
		if (made != expected || strcmp(now, "1 user, 1 role, 1 key, 1 text, 1 event") != 0)
			fail("%d of %d processes made the key: %s", made, STARTERS, now);
	}
	to = open_connection();
	run(to, "DELETE FROM stead_key_hash;DELETE FROM stead_key", 0);
	close_connection(to);
}

/* Has every way of ending a session on this database been taken, with enough checks? */
static bool is_enough(int checkers)
{
	for (int i = 0; i < ENDINGS; i++)
		if ((module ? endings[i].sqlite : endings[i].postgresql) && !ended[i])
			return false;
	return atomic_load(&shared->checks) >= 100L * checkers;
}

int main(int argc, char **argv)
{
	int checkers, played = 0, least;
	double seconds, end;
	connection to;
	long checks, hits;

	if (argc == 6 && strcmp(argv[1], "sqlite") == 0)
		module = argv[4], file = argv[5];
	else if (argc != 4 || strcmp(argv[1], "postgresql") != 0)
		fail("usage: soak postgresql SECONDS CHECKERS | soak sqlite SECONDS CHECKERS MODULE FILE");
	seconds = atof(argv[2]);
	checkers = atoi(argv[3]);
	if (seconds <= 0 || checkers < 1 || checkers > MAX_CHECKERS)
		fail("SECONDS must be more than 0, CHECKERS 1 to %d", MAX_CHECKERS);
	prepare();
	test_bootstrap();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("no shared memory");
	for (int i = 0; i < checkers; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("no process");
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			be_checker(i);
		}
	}
	to = open_connection();
	end = now() + seconds;
	srand(4711);
	/* goes on, on a slow machine, until enough has happened to mean anything */
	while ((now() < end || (now() < end + 90 && !is_enough(checkers))) && !atomic_load(&shared->stop) &&
	       played < MAX_ROUNDS)
		play(to, played++, checkers, end + 90);
	atomic_store(&shared->stop, true);
	for (int status; wait(&status) > 0;)
		if (status != 0)
			atomic_store(&shared->broken, true);
	close_connection(to);

	checks = atomic_load(&shared->checks);
	hits = atomic_load(&shared->hits);
	printf("%ld checks, %d rounds, %ld violations; %ld hits, %ld misses\n", checks, played,
	       atomic_load(&shared->violations), hits, atomic_load(&shared->misses));
	least = played;
	for (int i = 0; i < ENDINGS; i++) {
		printf("%s%s %d", i ? ", " : "", endings[i].name, ended[i]);
		if ((module ? endings[i].sqlite : endings[i].postgresql) && ended[i] < least)
			least = ended[i];
	}
	printf("\n");
	if (atomic_load(&shared->broken))
		return 2;
	if (atomic_load(&shared->violations)) {
		printf("checker %d: round %d of %d (%s) passed\n", atomic_load(&shared->by), atomic_load(&shared->violated) + 1,
		       atomic_load(&shared->rounds_then), endings[atomic_load(&shared->violated) % ENDINGS].name);
		return 1;
	}
	if (least < 1 || checks < 100L * checkers || hits < checks / 4)
		return printf("too little happened\n"), 1;
	return 0;
}
