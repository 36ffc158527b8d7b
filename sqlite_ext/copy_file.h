/*
 * copy_file.h - the file of a copy, while it has no name of its own: copy_file.c.
 *
 * It is written under another name beside the one that it will have. Whoever writes it holds a lock on it, so that what
 * a killed process has left behind is told from a copy that is being written.
 */
#ifndef STEAD_SQLITE_COPY_FILE_H
#define STEAD_SQLITE_COPY_FILE_H

#include "host.h"

typedef struct {
	int file;                                /* its descriptor, which has the lock; -1: there is none */
	const char *directory, *partial, *whole; /* absolute; of the call */
} copy_file;

/* Fills in the names, and makes the file, empty and readable by its owner alone. Raises if anything has its name. */
void copy_file_make(stead_call *call, copy_file *file, stead_value path, size_t longest);
/* Writes it to the disk, with the permissions of another file ("": none), and gives it its name. Raises if that is
 * taken meanwhile; then, and after every other error, the file is under no name but its first. */
void copy_file_publish(stead_call *call, copy_file *file, const char *like);
/* Deletes what was not published. */
void copy_file_drop(copy_file *file);

#endif
