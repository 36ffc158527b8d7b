/*
 * copies.c - copies of a file that is in use, as docs/scale.md describes them: the file with a part of its WAL, as
 * shipping the WAL restores it, .backup, and VACUUM INTO. Each is whole, and its log is an earlier state of the live
 * one.
 */
#include "lite_checks.h"

#define PAGE 4096
#define WAL_HEAD 32
#define FRAME (24 + PAGE)

typedef struct {
	unsigned char *data;
	long size;
} image;

static image read_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	image image = {0};

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	image.size = ftell(file);
	rewind(file);
	image.data = malloc((size_t)image.size + 1);
	assert_int_equal(fread(image.data, 1, (size_t)image.size, file), image.size);
	fclose(file);
	return image;
}

static void write_file(const char *name, image image, long size)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(image.data, 1, (size_t)size, file), size);
	fclose(file);
}

static const char *beside(const char *suffix)
{
	static char name[4][240];
	static int next;
	char *out = name[next++ % 4];

	snprintf(out, sizeof name[0], "%s/%s", directory, suffix);
	return out;
}

static char *text_of(sqlite3 *db, const char *sql)
{
	answer answer = ask(db, sql);

	assert_int_equal(answer.code, SQLITE_OK);
	*strrchr(answer.text, '|') = 0; /* the bar after the only value */
	return answer.text;
}

static int number_of(sqlite3 *db, const char *sql)
{
	char *text = text_of(db, sql);
	int number = atoi(text);

	sqlite3_free(text);
	return number;
}

/* A database with a sealed event and a user, in WAL mode, whose WAL nobody but we writes back. */
static sqlite3 *live(void)
{
	sqlite3 *db;

	unlink(path);
	unlink(beside("test.db-wal"));
	unlink(beside("test.db-shm"));
	db = open_file(path);
	must(db, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
	         "SELECT stead_init(), stead_user_create('ann'), stead_audit_log('first'), stead_audit_seal();"
	         "PRAGMA wal_checkpoint(TRUNCATE)");
	return db;
}

static void extends(sqlite3 *db, sqlite3 *earlier)
{
	char *checkpoint = text_of(earlier, "SELECT stead_audit_checkpoint()");
	char *sql = sqlite3_mprintf("SELECT valid, reason FROM stead_audit_verify_checkpoint(%Q)", checkpoint);

	must_give(db, sql, "1|ok|\n");
	sqlite3_free(sql);
	sqlite3_free(checkpoint);
}

/* The copy is whole, its log is what was sealed, and the live log extends it. */
static void must_be_whole(sqlite3 *copy, sqlite3 *db)
{
	must_give(copy, "PRAGMA integrity_check", "ok|\n");
	must_give(copy, "SELECT status FROM stead_audit_verify()", "ok|\n");
	must_give(copy, "SELECT count(*) FROM stead_doctor() WHERE status = 'fail'", "0|\n");
	extends(db, copy);
}

/* Whichever frame of the WAL is the last that was shipped, even half of it, what is restored is a state that once was.
 * A session that was revoked later is valid there. */
static void a_wal_that_ends_anywhere(void **state)
{
	sqlite3 *db = live(), *copy;
	char *token = text_of(db, "SELECT stead_session_create(1)"), *checkpoint, *sql, *judge;
	image base, wal, before;
	int events, last = 0, valid = 0, revoked = 0, behind = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		must(db, "SELECT stead_audit_log('a'); SELECT stead_audit_log('b'), stead_audit_seal()");
	must(db, "SELECT stead_session_revoke(session_id) FROM stead_session_list(1)");
	must(db, "SELECT stead_audit_log('c'), stead_audit_seal()");
	checkpoint = text_of(db, "SELECT stead_audit_checkpoint()");
	events = number_of(db, "SELECT count(*) FROM stead_audit_event");
	before = read_file(beside("test.db-wal"));
	/* the copy is made within a transaction, whose pages are in the WAL already */
	must(db, "PRAGMA cache_size = 5; PRAGMA cache_spill = 1; BEGIN");
	for (int i = 0; i < 8; i++)
		must(db, "SELECT stead_audit_log('lost'), stead_audit_seal()");
	base = read_file(path);
	wal = read_file(beside("test.db-wal"));
	must(db, "ROLLBACK");
	assert_true(wal.size > before.size);

	judge = sqlite3_mprintf("SELECT reason = 'revoked' FROM stead_session_validate(%Q)", token);
	sql = sqlite3_mprintf(
		"SELECT valid, reason LIKE 'the tree has %% leaves, the checkpoint %%' FROM stead_audit_verify_checkpoint(%Q)",
		checkpoint);
	for (long end = WAL_HEAD; end <= wal.size; end += FRAME) {
		int now;

		write_file(beside("copy.db"), base, base.size);
		write_file(beside("copy.db-wal"), wal, end + FRAME / 2 <= wal.size ? end + FRAME / 2 : wal.size);
		unlink(beside("copy.db-shm"));
		copy = open_file(beside("copy.db"));
		must_be_whole(copy, db);
		must_give(copy, "SELECT count(*) FROM stead_audit_event WHERE action = 'lost'", "0|\n");
		now = number_of(copy, "SELECT count(*) FROM stead_audit_event");
		assert_between(now, last, events); /* nothing that a shorter WAL had is gone */
		last = now;
		if (number_of(copy, judge)) {
			revoked++;
		} else {
			assert_int_equal(revoked, 0);
			valid++;
		}
		/* the checkpoint of the live log says what is lost */
		if (number_of(copy, sql) == 0) {
			must_give(copy, sql, "0|1|\n");
			behind++;
		} else {
			extends(copy, db);
		}
		close_db(copy);
	}
	assert_int_equal(last, events);
	assert_true(valid > 5 && revoked > 5 && behind > 5);
	sqlite3_free(sql);
	sqlite3_free(judge);
	sqlite3_free(checkpoint);
	sqlite3_free(token);
	free(before.data);
	free(base.data);
	free(wal.data);
	close_db(db);
}

/* SQLite's backup API, as .backup uses it, while this connection and another write. */
static void a_backup_while_others_write(void **state)
{
	sqlite3 *db = live(), *other = open_file(path), *copy;
	sqlite3_backup *backup;
	int code = SQLITE_OK;

	(void)state;
	unlink(beside("copy.db"));
	unlink(beside("copy.db-wal"));
	unlink(beside("copy.db-shm"));
	assert_int_equal(sqlite3_open(beside("copy.db"), &copy), SQLITE_OK);
	backup = sqlite3_backup_init(copy, "main", db, "main");
	assert_non_null(backup);
	for (int i = 0; code == SQLITE_OK; i++) {
		code = sqlite3_backup_step(backup, 4);
		if (i < 8) /* each time the backup begins again, or takes over what was written */
			must(i % 2 ? other : db, "SELECT stead_audit_log('a'), stead_audit_seal()");
	}
	assert_int_equal(code, SQLITE_DONE);
	sqlite3_backup_finish(backup);
	sqlite3_close(copy);
	copy = open_file(beside("copy.db"));
	must_be_whole(copy, db);
	must_give(copy, "SELECT count(*) FROM stead_audit_event WHERE action = 'a'", "8|\n");
	close_db(copy);
	close_db(other);
	close_db(db);
}

static void vacuum_into_while_another_writes(void **state)
{
	sqlite3 *db = live(), *other = open_file(path), *copy;
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", beside("vacuumed.db"));

	(void)state;
	must(other, "BEGIN; SELECT stead_audit_log('not committed')");
	must(db, sql);
	must(other, "COMMIT");
	copy = open_file(beside("vacuumed.db"));
	must_be_whole(copy, db);
	must_give(copy, "SELECT count(*) FROM stead_audit_event WHERE action = 'not committed'", "0|\n");
	close_db(copy);
	sqlite3_free(sql);
	close_db(other);
	close_db(db);
}

/* A copy goes on by itself. Its log is then another one than the live log: neither extends the other. */
static void a_copy_that_goes_on_forks(void **state)
{
	sqlite3 *db = live(), *copy;
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", beside("fork.db")), *checkpoint;

	(void)state;
	must(db, sql);
	sqlite3_free(sql);
	must(db, "SELECT stead_audit_log('here'), stead_audit_seal()");
	copy = open_file(beside("fork.db"));
	must(copy, "SELECT stead_audit_log('there'), stead_audit_seal()");
	must_give(copy, "SELECT status FROM stead_audit_verify()", "ok|\n");
	checkpoint = text_of(db, "SELECT stead_audit_checkpoint()");
	sql = sqlite3_mprintf("SELECT valid FROM stead_audit_verify_checkpoint(%Q)", checkpoint);
	must_give(copy, sql, "0|\n");
	sqlite3_free(sql);
	sqlite3_free(checkpoint);
	close_db(copy);
	close_db(db);
}

/* What docs/scale.md says to run after a restore. */
static void every_session_is_revoked_at_once(void **state)
{
	sqlite3 *db = live();
	char *token = text_of(db, "SELECT stead_session_create(1)"), *judge;

	(void)state;
	must(db, "SELECT stead_user_create('bob'), stead_session_create(2), stead_session_create(1)");
	must_give(db, "SELECT sum(stead_session_revoke_user(id)) FROM stead_user", "3|\n");
	judge = sqlite3_mprintf("SELECT reason FROM stead_session_validate(%Q)", token);
	must_give(db, judge, "revoked|\n");
	sqlite3_free(judge);
	sqlite3_free(token);
	close_db(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wal_that_ends_anywhere),         cmocka_unit_test(a_backup_while_others_write),
		cmocka_unit_test(vacuum_into_while_another_writes), cmocka_unit_test(a_copy_that_goes_on_forks),
		cmocka_unit_test(every_session_is_revoked_at_once),
	};

	return cmocka_run_group_tests_name("sqlite_copies", tests, make_directory, remove_directory);
}
