/*
 * failing_files.h - a file system of SQLite, "shim", that fails on command: its Nth access fails, or ends the process.
 */
#ifndef STEAD_TESTS_FAILING_FILES_H
#define STEAD_TESTS_FAILING_FILES_H

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	sqlite3_file base;
	sqlite3_file *real;
} shim_file;

static sqlite3_vfs shim, *real_vfs;
static long countdown; /* number of accesses until one fails or the process ends; 0: none will */
static bool persistent, struck, kills, torn;
static const char *struck_at = "nothing";

static bool fails(const char *what, bool changes)
{
	if (struck)
		return persistent;
	if (countdown == 0 || (kills && !changes) || (torn && strcmp(what, "write") != 0) || --countdown > 0)
		return false;
	struck_at = what;
	if (kills && !torn)
		kill(getpid(), SIGKILL);
	return struck = true;
}

#define REAL(file) (((shim_file *)(file))->real)
#define PASS(call) REAL(file)->pMethods->call
#define FAILING(what, changes, code, call)                                                                             \
	do {                                                                                                               \
		if (fails(what, changes))                                                                                      \
			return code;                                                                                               \
		return PASS(call);                                                                                             \
	} while (0)

static int shim_close(sqlite3_file *file)
{
	return PASS(xClose(REAL(file)));
}
static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
	FAILING("read", false, SQLITE_IOERR_READ, xRead(REAL(file), data, size, at));
}
static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
	if (fails("write", true)) {
		PASS(xWrite(REAL(file), data, size / 2, at)); /* only half of it is written */
		if (kills)
			kill(getpid(), SIGKILL);
		return countdown % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	}
	return PASS(xWrite(REAL(file), data, size, at));
}
static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	FAILING("truncate", true, SQLITE_IOERR_TRUNCATE, xTruncate(REAL(file), size));
}
static int shim_sync(sqlite3_file *file, int flags)
{
	(void)file, (void)flags;
	return fails("sync", true) ? SQLITE_IOERR_FSYNC : SQLITE_OK; /* the system survives */
}
static int shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
	FAILING("size", false, SQLITE_IOERR_FSTAT, xFileSize(REAL(file), size));
}
static int shim_lock(sqlite3_file *file, int lock)
{
	FAILING("lock", false, SQLITE_IOERR_LOCK, xLock(REAL(file), lock));
}
static int shim_unlock(sqlite3_file *file, int lock)
{
	return PASS(xUnlock(REAL(file), lock));
}
static int shim_reserved(sqlite3_file *file, int *answer)
{
	return PASS(xCheckReservedLock(REAL(file), answer));
}
static int shim_control(sqlite3_file *file, int op, void *arg)
{
	return PASS(xFileControl(REAL(file), op, arg));
}
static int shim_sector(sqlite3_file *file)
{
	return PASS(xSectorSize(REAL(file)));
}
static int shim_device(sqlite3_file *file)
{
	return PASS(xDeviceCharacteristics(REAL(file)));
}
static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	FAILING("shared memory", false, SQLITE_IOERR_SHMMAP, xShmMap(REAL(file), page, size, extend, out));
}
static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	if ((flags & SQLITE_SHM_LOCK) && fails("shared lock", false))
		return SQLITE_IOERR_SHMLOCK;
	return PASS(xShmLock(REAL(file), offset, count, flags));
}
static void shim_shm_barrier(sqlite3_file *file)
{
	PASS(xShmBarrier(REAL(file)));
}
static int shim_shm_unmap(sqlite3_file *file, int delete)
{
	return PASS(xShmUnmap(REAL(file), delete));
}

static const sqlite3_io_methods methods = {
	2,           shim_close,   shim_read,     shim_write,       shim_truncate,  shim_sync,
	shim_size,   shim_lock,    shim_unlock,   shim_reserved,    shim_control,   shim_sector,
	shim_device, shim_shm_map, shim_shm_lock, shim_shm_barrier, shim_shm_unmap, NULL,
	NULL};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	shim_file *shimmed = (shim_file *)file;
	int code;

	(void)vfs;
	file->pMethods = NULL;
	if (fails("open", false))
		return SQLITE_CANTOPEN;
	shimmed->real = (sqlite3_file *)(shimmed + 1);
	code = real_vfs->xOpen(real_vfs, name, shimmed->real, flags, out);
	if (shimmed->real->pMethods)
		file->pMethods = &methods;
	return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	return fails("delete", true) ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync);
}

static void install_shim(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	shim = *real_vfs; /* other functions are passed through */
	shim.zName = "shim";
	shim.pNext = NULL;
	shim.szOsFile = (int)sizeof(shim_file) + real_vfs->szOsFile;
	shim.xOpen = shim_open;
	shim.xDelete = shim_delete;
	sqlite3_vfs_register(&shim, 0);
}

static void arm(long n, bool from_there_on)
{
	countdown = n;
	persistent = from_there_on;
	struck = false;
	struck_at = "nothing";
}

static void disarm(void)
{
	countdown = 0;
	persistent = struck = false;
}

static bool is_fault_of_files(int code)
{
	switch (code & 0xff) {
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_PROTOCOL:
	case SQLITE_READONLY:
	case SQLITE_BUSY:
		return true;
	default:
		return false;
	}
}

static void remove_files(const char *path)
{
	static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
	char name[400];

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

#endif
