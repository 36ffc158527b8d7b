/*
 * backup.c - stead_backup() and stead_backup_check(): copies while four connections write, a process that is killed at
 * each of its system calls, a full disk, interruptions, want of memory, and files that are no backup.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lite_checks.h"

static const char *beside(const char *name)
{
	static char names[4][300];
	static int next;
	char *out = names[next++ % 4];

	snprintf(out, sizeof names[0], "%s/%s", directory, name);
	return out;
}

/* Runs SQL in which %s is the path of a file beside the database. */
static answer call_at(sqlite3 *db, const char *sql, const char *name)
{
	char *filled = sqlite3_mprintf(sql, name);
	answer answer = ask(db, filled);

	sqlite3_free(filled);
	return answer;
}

#define BACKUP "SELECT stead_backup(%Q)"
#define CHECK                                                                                                          \
	"SELECT json_extract(r, '$.ok'), json_extract(r, '$.problems[0]') FROM (SELECT stead_backup_check(%Q) AS r)"

static void must_give_at(sqlite3 *db, const char *sql, const char *name, const char *expected)
{
	answer answer = call_at(db, sql, name);

	if (!strstr(answer.text, expected))
		fail_msg("%s of %.60s: \"%.300s\" instead of \"%s\"", sql, name, answer.text, expected);
	sqlite3_free(answer.text);
}

static void must_backup(sqlite3 *db, const char *name)
{
	must_give_at(db, BACKUP, name, "{\"ok\":true,\"problems\":[],");
}

/* How many files are beside the database that are not its own? */
static int strays(void)
{
	DIR *files = opendir(directory);
	int count = 0;

	for (struct dirent *file; (file = readdir(files));)
		count += file->d_name[0] != '.' && strncmp(file->d_name, "test.db", 7) != 0;
	closedir(files);
	return count;
}

static void remove_strays(void)
{
	DIR *files = opendir(directory);

	for (struct dirent *file; (file = readdir(files));)
		if (file->d_name[0] != '.')
			remove(beside(file->d_name));
	closedir(files);
}

#define NUMBERS(count) "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " count ") "

/* A database with sealed events and 200 KB of the application's. */
static sqlite3 *live(const char *journal)
{
	sqlite3 *db;
	char mode[60];

	remove_strays();
	db = open_file(path);
	snprintf(mode, sizeof mode, "PRAGMA journal_mode = %s; PRAGMA busy_timeout = 60000", journal);
	must(db, mode);
	must(db, "SELECT stead_init(), stead_user_create('ann'); " NUMBERS(
				 "100") "SELECT stead_audit_log('login', 'user', '1') FROM n; SELECT stead_audit_seal();"
	                    "CREATE TABLE app (id INTEGER PRIMARY KEY, filler BLOB); " NUMBERS(
							"200") "INSERT INTO app (filler) SELECT randomblob(1000) FROM n");
	return db;
}

/* ---- What a copy is ---------------------------------------------------------------------------------------------- */

static void the_copy_is_the_database(void **state)
{
	static const char *const journals[] = {"DELETE", "WAL"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		sqlite3 *db = live(journals[i]), *copy;
		char *before = contents(db), *after;
		struct stat file;

		assert_int_equal(chmod(path, 0640), 0);
		must_backup(db, beside("copy.db"));
		assert_int_equal(strays(), 1);
		assert_int_equal(stat(beside("copy.db"), &file), 0);
		assert_int_equal(file.st_mode & 0777, 0640);
		must_give_at(db, CHECK, beside("copy.db"), "1|NULL|");
		assert_int_equal(strays(), 1); /* reading it has left nothing beside it */
		must_give_at(db,
		             "SELECT r ->> '$.schema', r ->> '$.leaves', r ->> '$.events' = (SELECT count(*) FROM"
		             " stead_audit_event), r ->> '$.audit', stead_audit_checkpoint() LIKE '%%' || (r ->> '$.root') || "
		             "'%%' FROM (SELECT stead_backup_check(%Q) AS r)",
		             beside("copy.db"), AS_TEXT(STEAD_VERSION_SCHEMA) "|101|1|ok|1|");
		/* nothing is replaced */
		must_give_at(db, BACKUP, beside("copy.db"), "something is at this path already");
		assert_int_equal(strays(), 1);
		close_db(db);
		copy = open_file(beside("copy.db"));
		after = contents(copy);
		assert_string_equal(before, after);
		must_give(copy, "SELECT count(*), sum(length(filler)) FROM app", "200|200000|\n");
		must_give(copy, "PRAGMA journal_mode", i ? "wal|\n" : "delete|\n");
		sqlite3_free(before);
		sqlite3_free(after);
		close_db(copy);
	}
}

static void kinds_of_databases(void **state)
{
	sqlite3 *db = live("WAL"), *other;
	struct stat file;

	(void)state;
	must(db, "BEGIN");
	must_give_at(db, BACKUP, beside("copy.db"), "stead_backup: cannot run inside a transaction\nHINT:  Commit first");
	must(db, "ROLLBACK");
	must_give_at(db, "CREATE TABLE t AS SELECT stead_backup(%Q)", beside("copy.db"), "cannot run inside an INSERT");
	must(db, "CREATE TABLE names (name); INSERT INTO names VALUES ('1'), ('2')");
	must_give_at(db, "SELECT sum(stead_backup(%Q || name) LIKE '{\"ok\":true,%%') FROM names", beside("copy"), "2|");
	must(db, "CREATE TRIGGER t AFTER INSERT ON app BEGIN SELECT stead_backup('x'); END");
	must_fail(db, "INSERT INTO app (filler) VALUES ('')", "unsafe use of stead_backup()");
	must(db, "DROP TRIGGER t; PRAGMA trusted_schema = 1; CREATE VIEW v AS SELECT stead_backup_check('x')");
	must_fail(db, "SELECT * FROM v", "unsafe use of stead_backup_check()");
	must(db, "DROP VIEW v; ATTACH ':memory:' AS b; CREATE TABLE temp.stead_schema (id, version)");
	must_backup(db, beside("attached.db"));
	other = open_flags(path, SQLITE_OPEN_READONLY);
	must_backup(other, beside("from a reader"));
	close_db(other);
	must(db, "PRAGMA locking_mode = EXCLUSIVE; UPDATE app SET filler = 'x'");
	must_backup(db, beside("exclusive"));
	must(db, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA page_size = 1024");
	close_db(db);

	db = open_file(":memory:");
	must_give_at(db, BACKUP, beside("none"), "stead is not initialised\nHINT:  Run: SELECT stead_init();");
	must(db, "PRAGMA page_size = 65536; SELECT stead_init()");
	must_backup(db, beside("memory"));
	assert_int_equal(stat(beside("memory"), &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	must_give_at(db, CHECK, beside("memory"), "1|NULL|");
	close_db(db);
}

static void paths(void **state)
{
	static const char *const names[] = {
		"a'b", "a?mode=rwc", "a#b",       "a%41%00%", "file:a", "  ", "\xc3\xa4\xf0\x9f\x98\x80",
		"-x",  "a\nb\\\"c",  "a&vfs=none"};
	sqlite3 *db = live("DELETE");
	char longer[6000];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		must_backup(db, beside(names[i]));
		assert_int_equal(access(beside(names[i]), F_OK), 0);
		must_give_at(db, CHECK, beside(names[i]), "1|NULL|");
		assert_int_equal(strays(), i + 1);
	}
	must_give_at(db, BACKUP, beside("none/x"), "the directory of path cannot be used: No such file or directory");
	must_give_at(db, BACKUP, beside("x/"), "path must name a file, not a directory");
	must_give_at(db, BACKUP, directory, "something is at this path already");
	must_give_at(db, BACKUP, beside("."), "path must name a file, not a directory");
	must_give_at(db, BACKUP, beside("x.stead-partial"), "path must not end in .stead-partial");
	must_fail(db, "SELECT stead_backup('a' || char(0) || 'b')", "stead_backup: path must not contain");
	must_fail(db, "SELECT stead_backup_check('a' || char(0) || 'b')", "stead_backup_check: path must not contain");
	memset(longer, 'x', sizeof longer);
	longer[5000] = 0;
	must_give_at(db, BACKUP, longer, "path must be 1 to 4096 bytes");
	must_give_at(db, CHECK, longer, "path must be 1 to 4096 bytes");
	longer[4000] = 0;
	must_give_at(db, BACKUP, longer, "path is too long");
	must_give_at(db, CHECK, longer, "0|it cannot be read: File name too long|");
	longer[250] = 0;
	must_give_at(db, BACKUP, longer, "path is too long");
	assert_int_equal(symlink("nowhere", beside("link")), 0);
	must_give_at(db, BACKUP, beside("link"), "something is at this path already");
	close_db(db);
}

/* ---- While others write ------------------------------------------------------------------------------------------ */

static volatile int ended;
static int written[4];

/* Moves between two rows, whose sum stays; logs it in the same transaction, and seals now and then. */
static void *write_on(void *number)
{
	sqlite3 *db = open_file(path);
	int *count = number;

	must(db, "PRAGMA busy_timeout = 60000; PRAGMA wal_autocheckpoint = 20");
	while (!ended) {
		must(db, "BEGIN IMMEDIATE; UPDATE account SET amount = amount - 1, moves = moves + 1 WHERE id = 1;"
		         "UPDATE account SET amount = amount + 1, moves = moves + 1 WHERE id = 2;"
		         "SELECT stead_audit_log('moved'); COMMIT");
		if (++*count % 32 == 0)
			must(db, "SELECT stead_audit_seal(100)");
		usleep(2000); /* on one connection after the other, the log would grow faster than it is copied */
	}
	close_db(db);
	return NULL;
}

static void others_write(void **state)
{
	static const char *const journals[] = {"WAL", "DELETE"};

	(void)state;
	for (int k = 0; k < 2; k++) {
		sqlite3 *db = live(journals[k]);
		pthread_t writers[4];
		int moves = 0;

		must(db, "CREATE TABLE account (id INTEGER PRIMARY KEY, amount, moves);"
		         "INSERT INTO account VALUES (1, 0, 0), (2, 0, 0)");
		ended = 0;
		for (int i = 0; i < 4; i++) {
			written[i] = 0;
			assert_int_equal(pthread_create(&writers[i], NULL, write_on, &written[i]), 0);
		}
		for (int i = 0; i < 12; i++) {
			sqlite3 *copy;
			answer now;

			must_backup(db, beside("copy.db"));
			must_give_at(db, CHECK, beside("copy.db"), "1|NULL|");
			copy = open_flags(beside("copy.db"), SQLITE_OPEN_READWRITE);
			must_give(copy,
			          "SELECT sum(amount), min(moves) = max(moves), max(moves) = (SELECT count(*) FROM"
			          " stead_audit_event WHERE action = 'moved') FROM account",
			          "0|1|1|\n");
			now = ask(copy, "SELECT max(moves) FROM account");
			assert_true(atoi(now.text) >= moves); /* none is older than the one before */
			moves = atoi(now.text);
			sqlite3_free(now.text);
			close_db(copy);
			remove(beside("copy.db"));
			for (int before = written[0]; i < 8 && written[0] == before;)
				usleep(1000);
		}
		ended = 1;
		for (int i = 0; i < 4; i++)
			pthread_join(writers[i], NULL);
		assert_true(moves > 0);
		must_give(db, "SELECT status FROM stead_audit_verify() WHERE block IS NULL", "ok|\n");
		close_db(db);
	}
}

/* The protocol of docs/backup.md for copies of the files: the database first, then the WAL, within a read transaction.
 * Others write, and write the WAL back, meanwhile. Another process copies: closing the file here would end SQLite's
 * locks. */
static void the_file_and_its_wal(void **state)
{
	sqlite3 *db = live("WAL"), *copy;
	pthread_t writers[4];
	char command[900];

	(void)state;
	must(db, "CREATE TABLE account (id INTEGER PRIMARY KEY, amount, moves);"
	         "INSERT INTO account VALUES (1, 0, 0), (2, 0, 0)");
	snprintf(command, sizeof command, "cp '%s' '%s' && cp '%s-wal' '%s-wal'", path, beside("copy.db"), path,
	         beside("copy.db"));
	ended = 0;
	for (int i = 0; i < 4; i++) {
		written[i] = 0;
		assert_int_equal(pthread_create(&writers[i], NULL, write_on, &written[i]), 0);
	}
	for (int i = 0; i < 12; i++) {
		answer moves;

		must(db, i % 3 ? "BEGIN" : "PRAGMA wal_checkpoint; BEGIN");
		moves = ask(db, "SELECT max(moves) FROM account");
		assert_int_equal(system(command), 0);
		must(db, "COMMIT");
		copy = open_file(beside("copy.db"));
		must_give(copy, "PRAGMA integrity_check", "ok|\n");
		must_give(copy, "SELECT status FROM stead_audit_verify()", "ok|\n");
		must_give(copy,
		          "SELECT sum(amount), min(moves) = max(moves), max(moves) = (SELECT count(*) FROM"
		          " stead_audit_event WHERE action = 'moved') FROM account",
		          "0|1|1|\n");
		must_give_at(copy, "SELECT max(moves) >= %s + 0 FROM account", strtok(moves.text, "|"), "1|");
		sqlite3_free(moves.text);
		close_db(copy);
		remove(beside("copy.db"));
		assert_int_equal(access(beside("copy.db-wal"), F_OK), -1);
	}
	ended = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(writers[i], NULL);
	close_db(db);
}

/* ---- Killed ------------------------------------------------------------------------------------------------------ */

static long stops; /* of the latest child, before and after each system call */

/* Lets the child make a backup, and kills it at its nth stop. Returns 1 if it was killed, 0 if it ended before, -1 if
 * it could not be traced. */
static int kill_at(long n)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		sqlite3 *db;
		char *sql;

		if (sqlite3_open(path, &db) != SQLITE_OK || load(db) != SQLITE_OK)
			_exit(3);
		sqlite3_exec(db, "SELECT stead_version()", NULL, NULL, NULL);
		sql = sqlite3_mprintf(BACKUP, beside("copy.db"));
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(4);
		raise(SIGSTOP);
		_exit(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : 5);
	}
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
			return -1;
		fail_msg("the child ended with %d", status);
	}
	for (stops = 0; stops < n; stops++) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0)
			fail_msg("ptrace: %s", strerror(errno));
		if (waitpid(child, &status, 0) != child)
			fail_msg("waitpid: %s", strerror(errno));
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return 0;
		}
	}
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) == child && !WIFSIGNALED(status) && !WIFEXITED(status))
		;
	return 1;
}

/* Whatever is at path afterwards is a whole backup; before, nothing is. What stays is refused, and not in the way. */
static void judge_killed(sqlite3 *db, bool killed, long n, long *left, long *whole)
{
	bool there = access(beside("copy.db"), F_OK) == 0, partial = access(beside("copy.db.stead-partial"), F_OK) == 0;

	assert_int_equal(strays(), there + partial);
	assert_false(there && partial);
	assert_true(there || killed);
	if (there)
		must_give_at(db, CHECK, beside("copy.db"), "1|NULL|");
	if (partial)
		must_give_at(db, CHECK, beside("copy.db.stead-partial"), "0|it is a backup that was not finished|");
	if (partial && n % 7 == 0) {
		must_backup(db, beside("copy.db"));
		assert_int_equal(strays(), 1);
	}
	*left += partial;
	*whole += there;
	remove(beside("copy.db"));
	if (n % 3)
		remove(beside("copy.db.stead-partial"));
}

/* All of the first and the last system calls, and some of the many that only write or read a page. On a loaded machine
 * a backup may make more calls than the first one did: so this goes on until one ends by itself. */
static void a_killed_backup(void **state)
{
	static const char *const journals[] = {"WAL", "DELETE"};
	long points = 0, left = 0, whole = 0;

	(void)state;
	for (int k = 0; k < 2; k++) {
		sqlite3 *db = live(journals[k]);
		char *before = contents(db), *after;
		bool killed = true;
		long most;

		close_db(db);
		if (kill_at(1L << 30) < 0) {
			print_message("# kills are skipped: this process may trace no other\n");
			sqlite3_free(before);
			return;
		}
		most = stops;
		remove(beside("copy.db"));
		for (long n = 1; n <= most || killed; n += n < 80 || n > most - 120 ? 1 : 31) {
			killed = kill_at(n) == 1;
			db = open_file(path);
			judge_killed(db, killed, n, &left, &whole);
			close_db(db);
			points++;
		}
		db = open_file(path);
		after = contents(db);
		assert_string_equal(before, after);
		sqlite3_free(before);
		sqlite3_free(after);
		close_db(db);
	}
	print_message("# killed at %ld points: %ld left a part, %ld a whole backup\n", points, left, whole);
	assert_true(points > 300 && left > 100 && whole > 2);
}

/* What is in the way under the temporary name is taken away only if it is what a killed backup left. */
static void what_is_in_the_way(void **state)
{
	sqlite3 *db = live("WAL");
	const char *left = beside("copy.db.stead-partial");
	char name[300];
	int file, running;

	(void)state;
	snprintf(name, sizeof name, "%s", left);
	assert_int_equal(mkdir(name, 0700), 0);
	must_give_at(db, BACKUP, beside("copy.db"), "something is in the way at path.stead-partial");
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(symlink(path, name), 0);
	must_give_at(db, BACKUP, beside("copy.db"), "something is in the way at path.stead-partial");
	remove(name);
	assert_int_equal(mkfifo(name, 0600), 0);
	must_give_at(db, BACKUP, beside("copy.db"), "something is in the way at path.stead-partial");
	remove(name);
	file = open(name, O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(file, "left", 4), 4);
	/* the lock belongs to the open file, so this is as if another process had it */
	running = open(name, O_RDWR);
	assert_int_equal(flock(running, LOCK_EX), 0);
	must_give_at(db, BACKUP, beside("copy.db"), "another backup to this path is running");
	assert_int_equal(access(name, F_OK), 0);
	close(running);
	must_backup(db, beside("copy.db"));
	assert_int_equal(access(name, F_OK), -1);
	close(file);
	close_db(db);
}

/* ---- A full disk ------------------------------------------------------------------------------------------------- */

static long room; /* bytes that may still be written; negative: as many as one likes */
static ssize_t (*pwrite_of_system)(int, const void *, size_t, off_t);

static ssize_t write_if_room(int file, const void *data, size_t size, off_t at)
{
	if (room < 0)
		return pwrite_of_system(file, data, size, at);
	if ((size_t)room < size) {
		errno = ENOSPC;
		return -1;
	}
	room -= (long)size;
	return pwrite_of_system(file, data, size, at);
}

static void a_full_disk(void **state)
{
	sqlite3 *db = live("WAL");
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	int full = 0;
	char *before = contents(db), *after;

	(void)state;
	must(db, "PRAGMA wal_checkpoint(TRUNCATE)"); /* else another file would be written to */
	pwrite_of_system = (ssize_t(*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(vfs, "pwrite64");
	if (!pwrite_of_system)
		pwrite_of_system = (ssize_t(*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(vfs, "pwrite");
	assert_non_null(pwrite_of_system);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)write_if_room);
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)write_if_room);
	for (long bytes = 0;; bytes += 37000) {
		answer given;

		room = bytes;
		given = call_at(db, BACKUP, beside("copy.db"));
		room = -1;
		if (given.code == SQLITE_OK) {
			sqlite3_free(given.text);
			break;
		}
		if (given.code != SQLITE_FULL || !strstr(given.text, "the copy could not be written: database or disk is full"))
			fail_msg("%ld bytes of room: %d, %s", bytes, given.code, given.text);
		assert_int_equal(strays(), 0);
		sqlite3_free(given.text);
		full++;
	}
	vfs->xSetSystemCall(vfs, NULL, NULL);
	assert_true(full > 10);
	must_give_at(db, CHECK, beside("copy.db"), "1|NULL|");
	after = contents(db);
	assert_string_equal(before, after);
	sqlite3_free(before);
	sqlite3_free(after);
	close_db(db);
}

/* ---- Interrupted, and without memory ----------------------------------------------------------------------------- */

static long looks, stop_at;

static int stop(void *nothing)
{
	(void)nothing;
	return looks++ == stop_at;
}

static int interrupt(void *db)
{
	if (looks++ == stop_at)
		sqlite3_interrupt(db);
	return 0;
}

static void interrupted(void **state)
{
	sqlite3 *db = live("WAL");
	long points = 0;

	(void)state;
	must(db, NUMBERS("1500") "INSERT INTO app (filler) SELECT randomblob(1000) FROM n");
	for (int how = 0; how < 4; how++) {
		bool check = how & 2;
		answer given = {.code = SQLITE_INTERRUPT};

		if (how == 2)
			must_backup(db, beside("whole.db"));
		for (stop_at = 0; given.code != SQLITE_OK; stop_at++) {
			looks = 0;
			sqlite3_progress_handler(db, 150, how & 1 ? stop : interrupt, db);
			given =
				call_at(db, check ? "SELECT stead_backup_check(%Q)" : BACKUP, beside(check ? "whole.db" : "copy.db"));
			sqlite3_progress_handler(db, 0, NULL, NULL);
			if (given.code != SQLITE_OK && (given.code != SQLITE_INTERRUPT || !strstr(given.text, "interrupted")))
				fail_msg("stopped at %ld: %d, %s", stop_at, given.code, given.text);
			assert_int_equal(strays(), check || given.code == SQLITE_OK);
			points += given.code != SQLITE_OK;
			sqlite3_free(given.text);
		}
		remove(beside("copy.db"));
		assert_true(looks > (check ? 1 : 10));
	}
	print_message("# interrupted at %ld points\n", points);
	remove(beside("whole.db"));
	close_db(db);
}

static sqlite3_mem_methods usual;
static long allocations, fail_at;

static void *allocate(int size)
{
	return fail_at >= 0 && allocations++ >= fail_at ? NULL : usual.xMalloc(size);
}

static void *reallocate(void *memory, int size)
{
	return fail_at >= 0 && allocations++ >= fail_at ? NULL : usual.xRealloc(memory, size);
}

static void without_memory(void **state)
{
	sqlite3 *db = live("WAL");
	long points = 0;

	(void)state;
	must_backup(db, beside("whole.db"));
	for (int check = 0; check < 2; check++) {
		answer given = {.code = SQLITE_NOMEM};
		char *sql =
			sqlite3_mprintf(check ? "SELECT stead_backup_check(%Q)" : BACKUP, beside(check ? "whole.db" : "copy.db"));

		for (long n = 0; given.code != SQLITE_OK; n += n < 100 ? 1 : 13) {
			sqlite3_stmt *statement;

			assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
			allocations = 0;
			fail_at = n;
			given.code = sqlite3_step(statement);
			fail_at = -1;
			if (given.code == SQLITE_ROW) {
				/* what an application looks up may be missing for want of memory, but never what is reported */
				if (!strstr((const char *)sqlite3_column_text(statement, 0), "{\"ok\":true,\"problems\":[],"))
					fail_msg("allocation %ld: %s", n, (const char *)sqlite3_column_text(statement, 0));
				given.code = SQLITE_OK;
			} else if ((given.code & 0xff) != SQLITE_NOMEM)
				fail_msg("allocation %ld: %d, %s", n, given.code, sqlite3_errmsg(db));
			sqlite3_finalize(statement);
			assert_int_equal(strays(), 1 + (!check && given.code == SQLITE_OK));
			points += given.code != SQLITE_OK;
			if (given.code == SQLITE_OK && allocations >= n + 1)
				given.code = SQLITE_NOMEM, remove(beside("copy.db")); /* the fault was harmless */
		}
		remove(beside("copy.db"));
		sqlite3_free(sql);
	}
	print_message("# without memory at %ld points\n", points);
	assert_true(points > 200);
	close_db(db);
	assert_int_equal(sqlite3_memory_used(), 0); /* nothing has leaked */
}

/* ---- Files that are no backup ------------------------------------------------------------------------------------ */

static void change(const char *name, long at, const void *data, size_t size)
{
	int file = open(name, O_RDWR);

	assert_true(file >= 0);
	assert_int_equal(pwrite(file, data, size, at < 0 ? lseek(file, 0, SEEK_END) + at : at), size);
	close(file);
}

/* A fresh backup, changed by SQL. */
static const char *changed(sqlite3 *db, const char *sql)
{
	sqlite3 *copy;

	remove(beside("bad.db"));
	must_backup(db, beside("bad.db"));
	copy = open_file(beside("bad.db"));
	must(copy, "PRAGMA journal_mode = DELETE");
	must(copy, sql);
	close_db(copy);
	return beside("bad.db");
}

static void no_backups(void **state)
{
	sqlite3 *db = live("WAL"), *other;
	const char *name = beside("bad");
	char bad[300], page[4096];
	struct stat file;
	int text;

	(void)state;
	snprintf(bad, sizeof bad, "%s", name);
	must_give_at(db, CHECK, bad, "0|it cannot be read: No such file or directory|");
	must_give_at(db, CHECK, directory, "0|it is not a file|");
	must_give_at(db, CHECK, "/dev/zero", "0|it is not a file|");
	assert_int_equal(mkfifo(bad, 0600), 0);
	must_give_at(db, CHECK, bad, "0|it is not a file|");
	remove(bad);
	assert_int_equal(symlink(bad, bad), 0);
	must_give_at(db, CHECK, bad, "0|it cannot be read: Too many levels of symbolic links|");
	remove(bad);
	close(open(bad, O_CREAT | O_WRONLY, 0600));
	must_give_at(db, CHECK, bad, "0|it is empty|");
	text = open(bad, O_WRONLY);
	for (int i = 0; i < 300; i++)
		assert_int_equal(write(text, "no database ", 12), 12);
	close(text);
	must_give_at(db, CHECK, bad, "0|it is not a SQLite database|");
	remove(bad);

	/* the database itself: its locks stay */
	must(db, "BEGIN IMMEDIATE");
	must(db, "COMMIT");
	must_give_at(db, CHECK, path, "0|it is the database itself|");
	assert_int_equal(symlink(path, bad), 0);
	must_give_at(db, CHECK, bad, "0|it is the database itself|");
	remove(bad);

	/* a database in use */
	other = open_file(bad);
	must(other, "PRAGMA journal_mode = WAL; SELECT stead_init()");
	must_give_at(db, CHECK, bad, "0|a write-ahead log is beside it");
	close_db(other);
	must_give_at(db, CHECK, bad, "1|NULL|");
	remove(bad);

	/* through a link */
	must_backup(db, beside("whole.db"));
	assert_int_equal(symlink(beside("whole.db"), bad), 0);
	must_give_at(db, CHECK, bad, "1|NULL|");
	remove(bad);

	/* cut off, with more at its end, with a page that was changed or emptied */
	assert_int_equal(stat(beside("whole.db"), &file), 0);
	for (int i = 0; i < 3; i++) {
		must_backup(db, bad);
		assert_int_equal(truncate(bad, (long[]){50, file.st_size / 2, file.st_size - 1}[i]), 0);
		must_give_at(db, CHECK, bad, "0|");
		remove(bad);
	}
	must_backup(db, bad);
	assert_int_equal(truncate(bad, file.st_size + 100), 0);
	must_give_at(db, CHECK, bad, "0|it has ");
	remove(bad);
	memset(page, 0, sizeof page);
	for (long at = 0; at < file.st_size; at += 4096) {
		answer given;

		must_backup(db, bad);
		change(bad, at, page, sizeof page);
		given = call_at(db, CHECK, bad);
		/* the zeroed page may be one that is full of random bytes of the application's: those cannot be checked */
		if (given.code != SQLITE_OK || (at < 4096 && given.text[0] != '0'))
			fail_msg("page %ld: %s", at / 4096, given.text);
		sqlite3_free(given.text);
		remove(bad);
	}

	/* of the trail, the schema, and tables that are none */
	must_give_at(
		db, CHECK,
		changed(db, "DROP TRIGGER stead_audit_event_no_update; UPDATE stead_audit_event SET action = 'x' WHERE id = 7"),
		"0|the audit trail: block 1, changed: ");
	must_give_at(db, CHECK,
	             changed(db, "DROP TRIGGER stead_audit_event_no_delete; DELETE FROM stead_audit_event WHERE id = 7"),
	             "0|the audit trail: block 1, missing: ");
	must_give_at(db, CHECK, changed(db, "UPDATE stead_schema SET version = 99"),
	             "0|schema version 99, the library's is ");
	must_give_at(db, CHECK, changed(db, "UPDATE stead_schema SET version = 4"), "1|NULL|");
	must_give_at(db, CHECK, changed(db, "DELETE FROM stead_schema"), "0|schema version 0, the library's is ");
	must_give_at(db, CHECK, changed(db, "DROP TABLE stead_schema"), "0|no such table: stead_schema|");
	must_give_at(db, CHECK,
	             changed(db, "DROP TABLE stead_setting; CREATE VIEW stead_setting AS " NUMBERS(
								 "1000000000000") "SELECT i AS key, i AS value FROM n"),
	             "0|stead_setting is no table of Stead's|");
	must_give_at(db, CHECK, changed(db, "DROP TABLE stead_setting; CREATE VIRTUAL TABLE stead_setting USING fts5(key)"),
	             "0|stead_setting is no table of Stead's|");
	must_give_at(db, CHECK,
	             changed(db, "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE TABLE stead_user ("
	                         "\"\xff\xfe' WHERE name = 'stead_user'"),
	             "0|");
	close_db(db);
}

/* What is wrong with the trail is the database's own: the copy is made, and says so. A damaged page is an error. */
static void of_a_damaged_database(void **state)
{
	sqlite3 *db = live("DELETE");
	answer root;

	(void)state;
	must(db, "DROP TRIGGER stead_audit_event_no_update; UPDATE stead_audit_event SET action = 'x' WHERE id = 7");
	must_give_at(db, BACKUP, beside("changed.db"), "{\"ok\":false,\"problems\":[\"the audit trail: block 1, changed: ");
	assert_int_equal(strays(), 1);
	root = ask(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'stead_audit_event_time'");
	close_db(db);
	change(path, (atol(root.text) - 1) * 4096 + 10, "\xff\xff\xff\xff\xff\xff", 6);
	sqlite3_free(root.text);
	db = open_file(path);
	must_give_at(db, BACKUP, beside("damaged.db"), "stead_backup: the file is damaged: ");
	assert_int_equal(strays(), 1);
	close_db(db);
}

/* ---- Restored ---------------------------------------------------------------------------------------------------- */

static void sessions_are_valid_in_a_restored_copy(void **state)
{
	sqlite3 *db = live("WAL"), *copy;
	answer token = ask(db, "SELECT stead_session_create(1)");
	char *sql;

	(void)state;
	*strrchr(token.text, '|') = 0;
	must_backup(db, beside("copy.db"));
	close_db(db);
	remove(path);
	assert_int_equal(rename(beside("copy.db"), path), 0);
	copy = open_file(path);
	sql = sqlite3_mprintf("SELECT reason FROM stead_session_validate(%Q)", token.text);
	must_give(copy, sql, "ok|\n");
	must_give(copy, "SELECT status FROM stead_audit_verify() WHERE block IS NULL", "ok|\n");
	must(copy, "SELECT stead_audit_log('goes on'), stead_audit_seal()");
	sqlite3_free(sql);
	sqlite3_free(token.text);
	close_db(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_copy_is_the_database),
		cmocka_unit_test(kinds_of_databases),
		cmocka_unit_test(paths),
		cmocka_unit_test(others_write),
		cmocka_unit_test(the_file_and_its_wal),
		cmocka_unit_test(a_killed_backup),
		cmocka_unit_test(what_is_in_the_way),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(no_backups),
		cmocka_unit_test(of_a_damaged_database),
		cmocka_unit_test(sessions_are_valid_in_a_restored_copy),
	};

	fail_at = room = -1;
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual);
	{
		sqlite3_mem_methods ours = usual;

		ours.xMalloc = allocate;
		ours.xRealloc = reallocate;
		sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
	}
	return cmocka_run_group_tests_name("sqlite_backup", tests, make_directory, remove_directory);
}
