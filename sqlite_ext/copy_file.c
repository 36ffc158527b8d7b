/*
 * copy_file.c - see copy_file.h. Plain system calls: nothing here opens a file of a connection's, as closing it would
 * end the locks that SQLite holds on it.
 */
#include "copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/backup.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

static void raise_system(stead_call *call, stead_error error, const char *what)
{
	stead_raise(call, error, "stead_%s: %s: %s", call->function->name, what, strerror(errno));
}

static void refuse_taken(stead_call *call)
{
	stead_raise_hint(call, STEAD_CONFLICT, "Give it a path of its own, such as one with the date in it.",
	                 "stead_%s: something is at this path already", call->function->name);
}

static void name_files(stead_call *call, copy_file *file, stead_value path, size_t longest)
{
	const char *given = stead_string(call, path), *slash = strrchr(given, '/'), *base = slash ? slash + 1 : given;
	const char *parent = !slash ? "." : slash == given ? "/" : stead_format(call, "%.*s", (int)(slash - given), given);
	char resolved[PATH_MAX];

	if (!*base || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		stead_raise(call, STEAD_INVALID, "stead_%s: path must name a file, not a directory", call->function->name);
	if (!realpath(parent, resolved))
		raise_system(call, STEAD_INVALID, "the directory of path cannot be used");
	file->directory = stead_format(call, "%s", resolved);
	file->whole = stead_format(call, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, base);
	file->partial = stead_format(call, "%s%s", file->whole, STEAD_PARTIAL);
	if (strlen(file->partial) > longest || strlen(base) + strlen(STEAD_PARTIAL) > 255)
		stead_raise(call, STEAD_INVALID, "stead_%s: path is too long", call->function->name);
	if (strlen(base) >= strlen(STEAD_PARTIAL) &&
	    strcmp(base + strlen(base) - strlen(STEAD_PARTIAL), STEAD_PARTIAL) == 0)
		stead_raise(call, STEAD_INVALID, "stead_%s: path must not end in %s", call->function->name, STEAD_PARTIAL);
}

/* Is the file still the one that has the name? */
static bool has_name(int file, const char *name, struct stat *named)
{
	struct stat opened;

	return fstat(file, &opened) == 0 && lstat(name, named) == 0 && opened.st_dev == named->st_dev &&
	       opened.st_ino == named->st_ino;
}

static void refuse_running(stead_call *call)
{
	stead_raise(call, STEAD_BUSY, "stead_%s: another backup to this path is running", call->function->name);
}

/* Deletes what a killed backup has left. Raises if it is anything else. */
static void remove_left(stead_call *call, copy_file *file)
{
	struct stat left;
	int old = open(file->partial, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	bool locked = old >= 0 && flock(old, LOCK_EX | LOCK_NB) != 0;
	bool ours = old >= 0 && !locked && has_name(old, file->partial, &left) && S_ISREG(left.st_mode) &&
	            left.st_uid == geteuid() && unlink(file->partial) == 0;

	if (old >= 0)
		close(old);
	if (locked)
		refuse_running(call);
	if (!ours)
		stead_raise_hint(call, STEAD_CONFLICT, "It is not what a killed backup has left, or not this user's.",
		                 "stead_%s: something is in the way at path%s", call->function->name, STEAD_PARTIAL);
}

void copy_file_make(stead_call *call, copy_file *file, stead_value path, size_t longest)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	struct stat there;

	name_files(call, file, path, longest);
	if (lstat(file->whole, &there) == 0)
		refuse_taken(call);
	file->file = open(file->partial, flags, 0600);
	if (file->file < 0 && errno == EEXIST) {
		remove_left(call, file);
		file->file = open(file->partial, flags, 0600);
		if (file->file < 0 && errno == EEXIST)
			refuse_running(call);
	}
	if (file->file < 0)
		raise_system(call, STEAD_INVALID, "the file cannot be created");
	/* another process may have found it before it was locked, and taken it for one that was left */
	if (flock(file->file, LOCK_EX | LOCK_NB) != 0 || !has_name(file->file, file->partial, &there)) {
		close(file->file);
		file->file = -1;
		refuse_running(call);
	}
}

/* Nobody gets more than the other file gives: the group's permissions only if it is the same group. */
static bool set_permissions(int file, const char *like)
{
	struct stat model, own;
	mode_t mode = 0600;

	if (*like && stat(like, &model) == 0 && fstat(file, &own) == 0) {
		mode = model.st_mode & 0777;
		if (model.st_gid != own.st_gid && fchown(file, (uid_t)-1, model.st_gid) != 0)
			mode &= ~(mode_t)070;
	}
	return fchmod(file, mode) == 0;
}

/* Renames without replacing anything. Some file systems only have links for that, some neither. */
static bool give_name(const copy_file *file)
{
#ifdef SYS_renameat2
	if (syscall(SYS_renameat2, AT_FDCWD, file->partial, AT_FDCWD, file->whole, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
#endif
	if (link(file->partial, file->whole) != 0)
		return false;
	unlink(file->partial);
	return true;
}

static bool sync_directory(const char *name)
{
	int directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = directory >= 0 && (fsync(directory) == 0 || errno == EINVAL || errno == ENOTSUP);
	int was = errno;

	if (directory >= 0)
		close(directory);
	errno = was;
	return good;
}

void copy_file_publish(stead_call *call, copy_file *file, const char *like)
{
	struct stat named;

	if (!set_permissions(file->file, like) || fsync(file->file) != 0)
		raise_system(call, STEAD_INTERNAL, "the copy could not be written to the disk");
	if (!has_name(file->file, file->partial, &named))
		stead_raise(call, STEAD_CONFLICT, "stead_%s: the copy was deleted while it was written", call->function->name);
	if (!give_name(file)) {
		if (errno == EEXIST)
			refuse_taken(call);
		raise_system(call, STEAD_INTERNAL, "the copy could not be renamed");
	}
	if (!sync_directory(file->directory)) {
		int was = errno;

		unlink(file->whole);
		errno = was;
		raise_system(call, STEAD_INTERNAL, "the directory could not be written to the disk");
	}
	close(file->file);
	file->file = -1;
}

/* A name that another file has got is left alone. */
void copy_file_drop(copy_file *file)
{
	struct stat named;

	if (file->file < 0)
		return;
	if (has_name(file->file, file->partial, &named))
		unlink(file->partial);
	close(file->file);
	file->file = -1;
}
