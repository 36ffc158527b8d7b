/*
 * backup.c - copies of the database: written by SQLite's online backup, read by a connection of their own.
 *
 * The copy is made from the caller's own connection, so it works for every kind of database that the connection has
 * opened. A statement of it stays open meanwhile and keeps its snapshot: without it, SQLite would begin the copy again
 * whenever another connection has written. The file of the copy is closed before it is judged, so that what is judged
 * is what will be restored.
 */
#include "begin.h"
#include "copy_file.h"
#include "enter.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/backup.h"
#include "lib/text.h"

#define PAGES_AT_ONCE 64   /* copied between two looks at whether the call was interrupted */
#define STEPS_AT_ONCE 2000 /* of SQLite's machine, the same for what reads the copy */
#define MOST_FOUND "10"

/* Runs for a moment on the caller's connection: it notices an interruption, and lets a progress handler run. */
#define LOOK "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 10) SELECT count(*) FROM n"

int sqlite3_stead_init(sqlite3 *db, char **message, const sqlite3_api_routines *api); /* load.c */

struct stead_copy {
	sqlite3 *caller;
	sqlite3_stmt *look, *snapshot;
	int looked; /* the code that looking gave: SQLITE_OK, or why the call must end */
	sqlite3_backup *backup;
	sqlite3 *db;           /* the connection to the copy */
	sqlite3_stmt *running; /* its query */
	copy_file file;
	const char *like; /* the file whose permissions the copy gets */
	int64_t bytes, pages;
};

static void close_copy(void *handle)
{
	stead_copy *copy = handle;

	sqlite3_backup_finish(copy->backup);
	sqlite3_finalize(copy->running);
	sqlite3_finalize(copy->snapshot);
	sqlite3_finalize(copy->look);
	sqlite3_close(copy->db);
	copy_file_drop(&copy->file);
}

static stead_copy *new_copy(stead_call *call)
{
	stead_copy *copy = stead_alloc(call, sizeof *copy);

	*copy = (stead_copy){.caller = frame_of(call)->connection->db, .file = {.file = -1}};
	stead_defer(call, close_copy, copy);
	copy->look = prepare(call, LOOK);
	return copy;
}

/* Must the call end? */
static int look(void *handle)
{
	stead_copy *copy = handle;
	int code = step_to_end(copy->look);

	sqlite3_reset(copy->look);
	if (copy->looked == SQLITE_OK && code != SQLITE_DONE)
		copy->looked = code;
	return copy->looked != SQLITE_OK;
}

static void end_if_interrupted(stead_call *call, stead_copy *copy)
{
	if (look(copy))
		raise_sqlite(call, copy->looked);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static void raise_writing(stead_call *call, int code, const char *message)
{
	raise_message(call, code,
	              stead_format(call, "stead_%s: the copy could not be written: %s", call->function->name, message));
}

/* Keys of an encrypted file belong to what has opened it, and the copy would be in plain text. */
static void refuse_other_files(stead_call *call, sqlite3 *db)
{
	sqlite3_vfs *vfs = NULL, *usual = sqlite3_vfs_find(NULL);

	sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
	if (vfs && vfs != usual && strncmp(vfs->zName, "unix", 4) != 0 && strcmp(vfs->zName, "memdb") != 0)
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Use the tools of what the connection reads its file with.",
		                 "stead_%s: the connection reads its file with \"%s\", not with SQLite's own VFS",
		                 call->function->name, vfs->zName);
}

static void refuse_transaction(stead_call *call, sqlite3 *db)
{
	if (!sqlite3_get_autocommit(db))
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Commit first: a copy has only what is committed.",
		                 "stead_%s: cannot run inside a transaction", call->function->name);
	if (sqlite3_txn_state(db, "main") == SQLITE_TXN_WRITE)
		refuse_inside(call);
}

/* The copy has no journal that could stay behind, needs no lock, and is written to the disk at the end. */
static void open_partial(stead_call *call, stead_copy *copy)
{
	int code = sqlite3_open_v2(copy->file.partial, &copy->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
	                           sqlite3_vfs_find("unix-none") ? "unix-none" : NULL);

	if (code == SQLITE_OK)
		code = run_text(copy->db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000");
	if (code != SQLITE_OK && code != SQLITE_DONE)
		raise_writing(call, code, sqlite3_errstr(code));
}

static void copy_pages(stead_call *call, stead_copy *copy)
{
	int code;

	copy->snapshot = prepare(call, "SELECT 1 FROM main.sqlite_schema");
	code = sqlite3_step(copy->snapshot);
	if (code != SQLITE_ROW)
		raise_sqlite(call, code);
	copy->backup = sqlite3_backup_init(copy->db, "main", copy->caller, "main");
	if (!copy->backup) {
		code = sqlite3_errcode(copy->db);
		raise_writing(call, code, sqlite3_errstr(code));
	}
	do {
		end_if_interrupted(call, copy);
		code = sqlite3_backup_step(copy->backup, PAGES_AT_ONCE);
	} while (code == SQLITE_OK);
	sqlite3_backup_finish(copy->backup);
	copy->backup = NULL;
	if (code != SQLITE_DONE)
		raise_writing(call, code, sqlite3_errstr(code));
	sqlite3_finalize(copy->snapshot);
	copy->snapshot = NULL;
	code = sqlite3_close(copy->db);
	copy->db = NULL;
	if (code != SQLITE_OK)
		raise_writing(call, code, sqlite3_errstr(code));
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* A file name as a URI, in which only these are taken as they are. */
static const char *uri_of(stead_call *call, const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-";
	stead_buffer uri = {0};

	stead_append_text(call, &uri, "file:");
	for (; *name; name++)
		if (strchr(plain, *name))
			stead_append(call, &uri, name, 1);
		else
			stead_append_text(call, &uri, stead_format(call, "%%%02X", (unsigned char)*name));
	stead_append_text(call, &uri, "?mode=ro&immutable=1");
	return uri.data;
}

static int64_t pragma_number(stead_copy *copy, const char *sql, int *code)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;

	if (*code == SQLITE_OK)
		*code = sqlite3_prepare_v2(copy->db, sql, -1, &statement, NULL);
	if (*code == SQLITE_OK && (*code = sqlite3_step(statement)) == SQLITE_ROW) {
		number = sqlite3_column_int64(statement, 0);
		*code = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return number;
}

/* Raises if the call must end; else the message of the error, as valid text. */
static const char *explain(stead_call *call, stead_copy *copy, int code)
{
	const char *message = sqlite3_errmsg(copy->db);

	if (copy->looked != SQLITE_OK)
		raise_sqlite(call, copy->looked);
	if ((code & 0xff) == SQLITE_NOMEM)
		stead_raise_no_memory(call);
	if ((code & 0xff) == SQLITE_NOTADB)
		return "it is not a SQLite database";
	return stead_format(call, "%s", stead_utf8_valid(message, strlen(message)) ? message : sqlite3_errstr(code));
}

/* Opens the file as one that nobody changes: no lock, no journal, no write-ahead log, nothing beside it. What is in it
 * is not trusted. NULL, or why it cannot be read. */
static const char *open_reading(stead_call *call, stead_copy *copy, const char *name)
{
	int64_t size;
	int code = sqlite3_open_v2(uri_of(call, name), &copy->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);

	if (!copy->db)
		stead_raise_no_memory(call);
	sqlite3_progress_handler(copy->db, STEPS_AT_ONCE, look, copy);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(copy->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(copy->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (code == SQLITE_OK)
		code = run_text(copy->db, "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000");
	if (code == SQLITE_OK || code == SQLITE_DONE)
		code = sqlite3_stead_init(copy->db, &(char *){NULL}, sqlite3_api);
	copy->pages = pragma_number(copy, "PRAGMA page_count", &code);
	size = copy->pages * pragma_number(copy, "PRAGMA page_size", &code);
	if (code != SQLITE_OK)
		return explain(call, copy, code);
	return size == copy->bytes ? NULL
	                           : stead_format(call, "it has %lld bytes, but its header says %lld",
	                                          (long long)copy->bytes, (long long)size);
}

/* What can be told about a file without opening it, which could wait (a pipe) or end the locks of a connection of this
 * process (its own database). NULL: it may be a copy. */
static const char *judge_file(stead_call *call, stead_copy *copy, const char *name)
{
	const char *own = sqlite3_db_filename(copy->caller, "main");
	size_t size = strlen(name), end = strlen(STEAD_PARTIAL);
	struct stat file, other;

	if (stat(name, &file) != 0)
		return stead_format(call, "it cannot be read: %s", strerror(errno));
	if (!S_ISREG(file.st_mode))
		return "it is not a file";
	copy->bytes = file.st_size;
	if (size > end && strcmp(name + size - end, STEAD_PARTIAL) == 0)
		return "it is a backup that was not finished";
	if (own && *own && stat(own, &other) == 0 && other.st_dev == file.st_dev && other.st_ino == file.st_ino)
		return "it is the database itself";
	for (int i = 0; i < 2; i++)
		if (stat(stead_format(call, "%s%s", name, i ? "-journal" : "-wal"), &other) == 0 && other.st_size > 0)
			return i ? "a journal is beside it: it is a database that is in use, or was when its process ended"
			         : "a write-ahead log is beside it: it is a database that is in use, or was when its process ended";
	return file.st_size ? NULL : "it is empty";
}

stead_copy *stead_copy_open(stead_call *call, stead_value path, const char **why)
{
	stead_copy *copy = new_copy(call);
	char name[PATH_MAX];

	if (!realpath(stead_string(call, path), name)) {
		*why = stead_format(call, "it cannot be read: %s", strerror(errno));
		return NULL;
	}
	*why = judge_file(call, copy, name);
	if (!*why)
		*why = open_reading(call, copy, name);
	return *why ? NULL : copy;
}

int64_t stead_copy_bytes(const stead_copy *copy)
{
	return copy->bytes;
}

int64_t stead_copy_pages(const stead_copy *copy)
{
	return copy->pages;
}

const char *stead_copy_query(stead_call *call, stead_copy *copy, const char *sql, stead_copy_row *row, void *data)
{
	const char *error = NULL;
	int code = sqlite3_prepare_v2(copy->db, sql, -1, &copy->running, NULL);

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		stead_value columns[STEAD_MAX_COLUMNS];

		code = sqlite3_step(copy->running);
		if (code != SQLITE_ROW)
			break;
		for (int i = 0; i < sqlite3_column_count(copy->running); i++) {
			int type = sqlite3_column_type(copy->running, i); /* before memory runs out: a null, afterwards */
			const char *text = (const char *)sqlite3_column_text(copy->running, i);

			if (!text && type != SQLITE_NULL)
				stead_raise_no_memory(call);
			columns[i] = stead_text(text && !stead_utf8_valid(text, strlen(text)) ? "(not valid UTF-8)" : text);
		}
		row(call, data, columns);
	}
	if (code != SQLITE_DONE)
		error = explain(call, copy, code);
	sqlite3_finalize(copy->running);
	copy->running = NULL;
	return error;
}

typedef struct {
	stead_copy_found *found;
	void *data;
	const char *form;
} finding;

static void take_finding(stead_call *call, void *data, const stead_value *columns)
{
	finding *finding = data;

	if (!stead_equals(columns[0], "ok"))
		finding->found(call, finding->data, stead_format(call, finding->form, (int)columns[0].size, columns[0].data));
}

/* A view or virtual table under one of Stead's names could run anything when it is read. */
void stead_copy_examine(stead_call *call, stead_copy *copy, stead_copy_found *found, void *data)
{
	finding pages = {found, data, "the file is damaged: %.*s"}, names = {found, data, "%.*s is no table of Stead's"};
	const char *error = stead_copy_query(call, copy, "PRAGMA integrity_check(" MOST_FOUND ")", take_finding, &pages);

	if (!error)
		error = stead_copy_query(call, copy,
		                         "SELECT name FROM sqlite_schema WHERE lower(substr(name, 1, 6)) = 'stead_'"
		                         " AND (type = 'view' OR (type = 'table' AND rootpage = 0)) LIMIT " MOST_FOUND,
		                         take_finding, &names);
	if (error)
		found(call, data, error);
}

/* ---- From the caller --------------------------------------------------------------------------------------------- */

stead_copy *stead_copy_write(stead_call *call, stead_value path)
{
	sqlite3 *db = frame_of(call)->connection->db;
	sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
	const char *like = sqlite3_db_filename(db, "main"), *why;
	stead_copy *copy;
	struct stat file;

	refuse_transaction(call, db);
	frame_of(call)->started = true; /* no savepoint: nothing is written to the database */
	if (!is_initialised(call))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, "Run: SELECT stead_init();", "stead is not initialised");
	refuse_other_files(call, db);
	copy = new_copy(call);
	copy->like = like ? like : "";
	copy_file_make(call, &copy->file, path, (size_t)usual->mxPathname);
	open_partial(call, copy);
	copy_pages(call, copy);
	if (fstat(copy->file.file, &file) != 0)
		raise_writing(call, SQLITE_IOERR, strerror(errno));
	copy->bytes = file.st_size;
	why = open_reading(call, copy, copy->file.partial);
	if (why)
		raise_writing(call, SQLITE_IOERR, why);
	return copy;
}

void stead_copy_publish(stead_call *call, stead_copy *copy, stead_value *result)
{
	end_if_interrupted(call, copy);
	keep_result(frame_of(call), result);
	copy_file_publish(call, &copy->file, copy->like);
}
