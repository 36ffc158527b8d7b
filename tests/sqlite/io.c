/*
 * io.c - the files of SQLite fail at every point, and the process dies at every point: the audit trail must survive
 * both.
 *
 * io errors FILE - the Nth access to a file fails (read, write, sync, truncate, delete, open, lock, shared memory),
 *   once or from there on, N = 1, 2, ..., until the call succeeds. A failed call has changed nothing. A successful call
 *   has done its work. When the files work again, the database is sound, and everything that was sealed verifies.
 * io kills FILE - the process ends at the Nth write, sync, truncate or delete; a write may be incomplete. What was
 *   acknowledged is there, or has an account of its prune. Logging and sealing go on.
 * io work FILE JOURNAL, io check FILE - the two halves of "kills", for strace to kill the process. The first prints
 * what is committed; the second reads it.
 *
 * The kernel's buffers survive a process. So this does not test that writes without a sync are lost when the machine
 * fails.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_files.h"
#include "lite.h"

/* ---- Databases ------------------------------------------------------------------------------------------------- */

static _Noreturn void give_up(const char *what, const char *detail)
{
	fprintf(stderr, "%s: %s\n", what, detail);
	exit(2);
}

static sqlite3 *open_with(const char *path, const char *vfs)
{
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) != SQLITE_OK ||
	    load(db) != SQLITE_OK)
		give_up(path, sqlite3_errmsg(db));
	if (!vfs)
		sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	return db;
}

static char *value(sqlite3 *db, const char *sql)
{
	answer given = ask(db, sql);

	if (given.code != SQLITE_OK)
		give_up(sql, given.text);
	return given.text;
}

static int64_t number(sqlite3 *db, const char *sql)
{
	char *text = value(db, sql);
	int64_t found = strtoll(text, NULL, 10);

	sqlite3_free(text);
	return found;
}

static bool has(sqlite3 *db, const char *function)
{
	char *sql = sqlite3_mprintf("SELECT count(*) FROM stead_help() WHERE name = %Q", function);
	bool found = number(db, sql) > 0;

	sqlite3_free(sql);
	return found;
}

static void put_journal(sqlite3 *db, const char *journal)
{
	char *sql =
		sqlite3_mprintf("PRAGMA journal_mode = %s; PRAGMA cache_size = 6", journal); /* pages are written early, too */

	sqlite3_free(value(db, sql));
	sqlite3_free(sql);
}

static char fault_text[1000];
static const char *failure;

static void fault(const char *what, const char *detail)
{
	if (failure)
		return;
	snprintf(fault_text, sizeof fault_text, "%s: %.700s", what, detail);
	failure = fault_text;
}

static void want(sqlite3 *db, const char *what, const char *sql, const char *wanted)
{
	answer given = ask(db, sql);

	if (strcmp(given.text, wanted) != 0)
		fault(what, given.text);
	sqlite3_free(given.text);
}

/* Checks that the database is sound, that it verifies, and that statistics count every logged event: sealed, pruned,
 * and not sealed yet. */
static void check_sound(sqlite3 *db)
{
	want(db, "integrity_check", "PRAGMA integrity_check", "ok|\n");
	want(db, "verify",
	     "SELECT block, status, event_id, CASE WHEN status <> 'ok' THEN detail END FROM stead_audit_verify()",
	     "NULL|ok|NULL|NULL|\n");
	want(db, "the number of events",
	     "SELECT (SELECT total_events FROM stead_audit_stats()) - (SELECT coalesce(sum(events), 0) FROM "
	     "stead_audit_block)"
	     " - (SELECT count(*) FROM stead_audit_event WHERE id > (SELECT coalesce(max(last_event_id), 0) FROM "
	     "stead_audit_block))",
	     "0|\n");
	want(db, "sealed events",
	     "SELECT coalesce(sum(events), 0) FROM stead_audit_rollup WHERE period = 'day' EXCEPT SELECT "
	     "coalesce(sum(events), 0) FROM"
	     " stead_audit_block",
	     "");
}

static void go_on(sqlite3 *db)
{
	answer given = ask(db, "SELECT stead_audit_log('after'); SELECT stead_audit_seal(); SELECT stead_audit_seal(); "
	                       "SELECT stead_audit_seal()");

	if (given.code != SQLITE_OK)
		fault("logging and sealing afterwards", given.text);
	sqlite3_free(given.text);
	want(db, "not all gets sealed",
	     "SELECT max(id) = (SELECT max(last_event_id) FROM stead_audit_block) FROM stead_audit_event", "1|\n");
	check_sound(db);
}

/* ---- Errors ---------------------------------------------------------------------------------------------------- */

static unsigned char *image;
static sqlite3_int64 image_size;
static char *image_contents;

/* After this, whoever logs an event seals a block: stead.audit.autoseal. */
#define NEXT_WRITER_SEALS                                                                                              \
	"SELECT stead_setting_set('stead.audit.autoseal', '20');"                                                          \
	"INSERT OR REPLACE INTO stead_sequence SELECT 'audit_event', (max(id) / 64 + 1) * 64 - 1 FROM stead_audit_event"

/* So many blocks that upkeep makes a summary of 64. */
#define MANY_BLOCKS                                                                                                    \
	"SELECT stead_retention_delete('audit');"                                                                          \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130) SELECT stead_audit_log('a', 't',"   \
	" NULL, 'u' || (i % 2), 'u', true, NULL, NULL, '::1') FROM n;"                                                     \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 65) SELECT stead_audit_seal(2) FROM n"

/* Makes 40 events, 16 of them sealed in two blocks; the first 20 are old. Then runs more. */
static void make_image(const char *more)
{
	sqlite3 *db = open_with(":memory:", NULL);

	sqlite3_free(value(db,
	                   "SELECT stead_init(); " QUIET "SELECT stead_setting_set('stead.retention.batch_ms', '60000'), "
	                   "stead_retention_set('audit', 90);" /* however slow the machine */
	                   " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
	                   " SELECT stead_audit_log('a' || (i % 5), 'type', 'thing ' || i, 'actor ' || (i % 3), NULL, "
	                   "i % 4 > 0, '{\"n\":' || i || '}',"
	                   " NULL, '::1', NULL, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', CASE WHEN i <= 20 THEN '-100 "
	                   "days' ELSE '-1 days' END)) FROM n;"
	                   " SELECT stead_audit_seal(8); SELECT stead_audit_seal(8)"));
	sqlite3_free(value(db, more));
	sqlite3_free(image_contents);
	sqlite3_free(image);
	image_contents = contents(db);
	image = sqlite3_serialize(db, "main", &image_size, 0);
	sqlite3_close(db);
}

static void put_image(const char *path)
{
	FILE *file;

	remove_files(path);
	file = fopen(path, "wb");
	if (!file || fwrite(image, 1, (size_t)image_size, file) != (size_t)image_size || fclose(file) != 0)
		give_up(path, strerror(errno));
}

typedef struct {
	const char *name, *function, *sql;
	bool writes;
	bool in_steps; /* what was committed before the fault stays */
} operation;

static const operation operations[] = {
	{"logging", NULL, "SELECT stead_audit_log('new', 'type', 'x', '7', 'ann', false, '{}', 'why')", true},
	{"logging many", NULL,
     "SELECT stead_audit_log_many('[{\"action\":\"m1\"},{\"action\":\"m2\"},{\"action\":\"m3\"}]')", true},
	{"sealing", NULL, "SELECT stead_audit_seal(10)", true},
	{"sealing it all", NULL,
     "BEGIN; SELECT stead_audit_log('new'); SELECT stead_audit_seal(); SELECT stead_audit_seal(); COMMIT", true},
	{"verify", NULL, "SELECT block, status, event_id, detail FROM stead_audit_verify()", false},
	{"statistics", NULL,
     "SELECT total_events, failed_events, top_actions FROM stead_audit_stats(); SELECT * FROM "
     "stead_audit_top('action')",
     false},
	{"blocks", NULL, "SELECT * FROM stead_audit_blocks()", false},
	{"redaction", "stead_audit_redact", "SELECT stead_audit_redact(3, 'asked to')", true},
	{"pruning", "stead_audit_prune", "SELECT stead_audit_prune(30)", true},
	{"retention", "stead_prune", "SELECT stead_prune('audit', 7)", true},
	{"upkeep", "stead_maintain", "SELECT stead_maintain(100) LIKE '{%'", true, true},
};

/* The event is there, whether or not its writer can seal. */
static const operation sealing_writers[] = {
	{"logging and sealing", NULL, "SELECT stead_audit_log('new', 'type', 'x')", true},
	{"logging many and sealing", NULL, "SELECT stead_audit_log_many('[{\"action\":\"m1\"},{\"action\":\"m2\"}]')",
     true},
	{"logging and sealing in a transaction", NULL, "BEGIN; SELECT stead_audit_log('new', 'type', 'x'); COMMIT", true},
};

static const operation summarising = {"upkeep with a summary", NULL, "SELECT stead_maintain(10000) LIKE '%summaries%'",
                                      true, true};

/* False: the call met no fault. */
static bool attempt(const operation *what, const char *journal, const char *path, long n, bool from_there_on,
                    const char *expected)
{
	sqlite3 *db;
	answer given;
	bool hit;
	char *now;

	put_image(path);
	db = open_with(path, "shim");
	put_journal(db, journal);
	if (n % 2) /* the schema is read before, or by the call */
		sqlite3_free(value(db, "SELECT 1 FROM stead_schema"));
	arm(n, from_there_on);
	given = ask(db, what->sql);
	hit = struck;
	disarm();
	if (!sqlite3_get_autocommit(db))
		sqlite3_free(value(db, "ROLLBACK"));
	if (given.code != SQLITE_OK && !is_fault_of_files(given.code))
		fault("an error of another kind", given.text);
	now = contents(db);
	if ((given.code != SQLITE_OK || !what->writes) && !what->in_steps && strcmp(now, image_contents) != 0)
		fault("a failed call has left a change", given.text);
	if (given.code == SQLITE_OK && what->writes && !what->in_steps && strcmp(now, image_contents) == 0)
		fault("a call that succeeded has done nothing", given.text);
	if (given.code == SQLITE_OK && strcmp(given.text, expected) != 0)
		fault("another answer", given.text);
	sqlite3_free(now);
	check_sound(db); /* on this connection, */
	if (sqlite3_close(db) != SQLITE_OK)
		fault("sqlite3_close refuses", sqlite3_errmsg(db));
	db = open_with(path, NULL); /* and on another */
	now = contents(db);
	if (given.code != SQLITE_OK && !what->in_steps && strcmp(now, image_contents) != 0)
		fault("a failed call's change is there afterwards", given.text);
	sqlite3_free(now);
	check_sound(db);
	if (n % 5 == 1) { /* the same call works now */
		sqlite3_free(value(db, what->sql));
		go_on(db);
	}
	sqlite3_close(db);
	sqlite3_free(given.text);
	return hit;
}

static void sweep_errors(const char *path, const operation *what, const char *journal, bool from_there_on)
{
	const char *at = "";
	sqlite3 *db;
	answer expected;
	long n = 0, points = 0;
	int missed = 0; /* consecutive misses: with and without reading the schema, the number of accesses differs */

	failure = NULL;
	put_image(path);
	db = open_with(path, NULL);
	expected = ask(db, what->sql);
	if (expected.code != SQLITE_OK)
		give_up(what->sql, expected.text);
	sqlite3_close(db);
	while (missed < 2 && !failure && n < 20000) {
		n += n < 150 ? 1 : 7; /* every one of the first, then every seventh, so that each kind gets its turn */
		missed = attempt(what, journal, path, n, from_there_on, expected.text) ? 0 : missed + 1;
		at = struck_at;
		points += !missed;
	}
	printf("%sok sqlite/io: %s, journal %s, a fault %s: %ld points\n", failure ? "not " : "", what->name, journal,
	       from_there_on ? "that stays" : "once", points);
	if (failure)
		printf("# access %ld, a %s: %s\n", n, at, failure);
	sqlite3_free(expected.text);
	remove_files(path);
}

static void all_errors(const char *path)
{
	static const char *const journals[] = {"DELETE", "WAL"};
	sqlite3 *db;

	make_image("SELECT 1");
	db = open_with(":memory:", NULL);
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		if (operations[i].function && !has(db, operations[i].function)) {
			printf("# %s is skipped: there is no %s\n", operations[i].name, operations[i].function);
			continue;
		}
		for (int k = 0; k < 4; k++)
			sweep_errors(path, &operations[i], journals[k / 2], k % 2);
	}
	make_image(NEXT_WRITER_SEALS);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++)
			sweep_errors(path, &sealing_writers[i], journals[k / 2], k % 2);
	make_image(MANY_BLOCKS);
	for (int k = 0; k < 2; k++)
		sweep_errors(path, &summarising, journals[k], k);
	sqlite3_close(db);
}

/* ---- Kills ----------------------------------------------------------------------------------------------------- */

static void acknowledge(int to, const char *kind, const char *number)
{
	char line[64];
	int size = snprintf(line, sizeof line, "%s %lld\n", kind, strtoll(number, NULL, 10));

	if (write(to, line, (size_t)size) != size)
		exit(3);
}

/* Does something and acknowledges it; the statement returns what is acknowledged. */
static void act(sqlite3 *db, int to, const char *kind, const char *sql)
{
	char *answer = value(db, sql);

	acknowledge(to, kind, answer);
	sqlite3_free(answer);
}

enum { GROUP = 6 };

static void work(const char *path, const char *journal, const char *vfs, int to)
{
	sqlite3 *db = open_with(path, vfs);
	char *group;

	sqlite3_exec(db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
	put_journal(db, journal);
	sqlite3_busy_timeout(db, 1000);
	act(db, to, "init", "SELECT stead_init()");
	for (int i = 0; i < 8; i++)
		act(db, to, "event",
		    "SELECT stead_audit_log('old', 'type', 'x', 'ann', NULL, true, NULL, NULL, NULL, NULL,"
		    " strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-100 days'))");
	act(db, to, "sealed", "SELECT stead_audit_seal(3)");
	act(db, to, "sealed", "SELECT stead_audit_seal(5)");
	group = value(
		db,
		"BEGIN; SELECT stead_audit_log('group'); SELECT stead_audit_log('group'); SELECT stead_audit_log('group');"
		" SELECT stead_audit_log('group'); SELECT stead_audit_log('group'); SELECT stead_audit_log('group'); COMMIT");
	for (char *at = group; *at; at = strchr(at, '\n') + 1)
		acknowledge(to, "event", at);
	sqlite3_free(group);
	act(db, to, "sealed", "SELECT stead_audit_seal()");
	act(db, to, "event", "SELECT stead_audit_log('beside')");
	sqlite3_free(value(db, "BEGIN; SELECT stead_audit_log('undone'); SELECT stead_audit_seal(); ROLLBACK"));
	act(db, to, "event", "SELECT stead_audit_log('beside', NULL, NULL, 'ann')");
	act(db, to, "sealed", "BEGIN; SELECT stead_audit_seal(1); COMMIT");
	if (has(db, "stead_audit_redact"))
		act(db, to, "redacted", "SELECT stead_audit_redact(16, 'asked to')");
	if (has(db, "stead_audit_prune")) {
		act(db, to, "pruned", "SELECT stead_audit_prune(30)");
		act(db, to, "event", "SELECT stead_audit_log('beside')");
		act(db, to, "pruned", "SELECT stead_audit_prune(30)");
	}
	if (has(db, "stead_maintain"))
		sqlite3_free(value(db, "SELECT stead_maintain(200)"));
	sqlite3_free(value(db, NEXT_WRITER_SEALS "; SELECT stead_audit_log_many((SELECT json_group_array(json_object("
	                                         "'action', 'b')) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT"
	                                         " i + 1 FROM n WHERE i < 25) SELECT i FROM n))); " NEXT_WRITER_SEALS));
	act(db, to, "event", "SELECT stead_audit_log('sealing')");
	act(db, to, "event", "SELECT stead_audit_log('last')");
	sqlite3_close(db);
}

/* Compares what the dead process acknowledged with what it left. */
static void check_left(const char *path, FILE *told)
{
	sqlite3 *db = open_with(path, NULL);
	bool initialised = false;
	char line[64], sql[300];
	int64_t sealed = 0, has_blocks;
	long long given;

	while (fgets(line, sizeof line, told)) {
		if (sscanf(line, "init %lld", &given) == 1)
			initialised = true;
		else if (sscanf(line, "sealed %lld", &given) == 1)
			sealed += given;
		else if (sscanf(line, "event %lld", &given) == 1) {
			snprintf(sql, sizeof sql,
			         "SELECT EXISTS (SELECT 1 FROM stead_audit_event WHERE id = %lld) OR EXISTS (SELECT 1 FROM "
			         "stead_audit_account"
			         " JOIN stead_audit_block USING (block) WHERE last_event_id >= %lld)",
			         given, given);
			if (number(db, sql) != 1)
				fault("an acknowledged event is gone", line);
		} else if (strncmp(line, "redacted", 8) == 0 &&
		           number(db, "SELECT actor_id IS NULL FROM stead_audit_event WHERE id = 16") != 1)
			fault("an acknowledged redaction is undone", line);
	}
	if (!initialised) { /* everything exists, or nothing */
		int64_t tables = number(db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'stead%'");

		want(db, "integrity_check", "PRAGMA integrity_check", "ok|\n");
		sqlite3_free(value(db, "SELECT stead_init()"));
		if (tables && tables != number(db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'stead%'"))
			fault("half the tables", "");
	}
	has_blocks = number(db, "SELECT coalesce(sum(events), 0) FROM stead_audit_block");
	if (has_blocks < sealed)
		fault("an acknowledged block is gone", "");
	want(db, "a transaction by halves", "SELECT count(*) NOT IN (0, 6) FROM stead_audit_event WHERE action = 'group'",
	     "0|\n");
	want(db, "an event of a rolled back transaction", "SELECT count(*) FROM stead_audit_event WHERE action = 'undone'",
	     "0|\n");
	check_sound(db);
	go_on(db);
	if (has(db, "stead_audit_prune")) {
		sqlite3_free(value(db, "SELECT stead_audit_prune(30); SELECT stead_audit_prune(30)"));
		check_sound(db);
	}
	sqlite3_close(db);
}

static void sweep_kills(const char *path, const char *journal, bool half)
{
	long n = 0;
	bool through = false;

	failure = NULL;
	while (!through && !failure && n < 20000) {
		int pipes[2], status;
		FILE *told;
		pid_t child;

		n += half ? 2 : 1;
		remove_files(path);
		if (pipe(pipes) != 0)
			give_up("pipe", strerror(errno));
		fflush(stdout);
		child = fork();
		if (child == 0) {
			close(pipes[0]);
			kills = true;
			torn = half;
			arm(n, true);
			work(path, journal, "shim", pipes[1]);
			_exit(0);
		}
		close(pipes[1]);
		told = tmpfile();
		for (char block[4096];;) {
			ssize_t size = read(pipes[0], block, sizeof block);

			if (size <= 0)
				break;
			fwrite(block, 1, (size_t)size, told);
		}
		close(pipes[0]);
		rewind(told);
		waitpid(child, &status, 0);
		through = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (!through && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
			fault("the process failed", "");
		check_left(path, told);
		fclose(told);
	}
	printf("%sok sqlite/io: killed at every write, journal %s, %s: %ld points\n", failure ? "not " : "", journal,
	       half ? "every second half done" : "before it", half ? n / 2 - 1 : n - 1);
	if (failure)
		printf("# point %ld: %s\n", n, failure);
	remove_files(path);
}

int main(int argc, char **argv)
{
	install_shim();
	if (argc == 3 && strcmp(argv[1], "errors") == 0)
		all_errors(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "kills") == 0) {
		for (int i = 0; i < 4; i++)
			sweep_kills(argv[2], i / 2 ? "WAL" : "DELETE", i % 2);
	} else if (argc == 4 && strcmp(argv[1], "work") == 0)
		work(argv[2], argv[3], NULL, STDOUT_FILENO);
	else if (argc == 3 && strcmp(argv[1], "check") == 0) {
		check_left(argv[2], stdin);
		if (failure)
			printf("%s\n", failure);
		return failure != NULL;
	} else
		give_up("usage", "io errors FILE | kills FILE | work FILE JOURNAL | check FILE");
	return 0;
}
