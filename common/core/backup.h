/*
 * backup.h - the part of the port for backups: a copy of the database as a file, and a look into such a file.
 *
 * A host whose database has tools of its own for that raises UNSUPPORTED in stead_copy_write() and stead_copy_open().
 */
#ifndef STEAD_BACKUP_H
#define STEAD_BACKUP_H

#include "stead.h"

#define STEAD_PARTIAL ".stead-partial" /* the end of an unfinished copy's name */

/* A file with a copy, opened for reading. The call closes it at its end, and deletes a copy that was not published. */
typedef struct stead_copy stead_copy;

/* Copies the database, as one transaction sees it while others write, to a file of its own beside path. Raises if
 * anything is at path, or if the copy cannot be written whole. */
stead_copy *stead_copy_write(stead_call *call, stead_value path);
/* Opens any file, without writing to it or beside it. NULL: it is no such copy, and *why says so. */
stead_copy *stead_copy_open(stead_call *call, stead_value path, const char **why);
int64_t stead_copy_bytes(const stead_copy *copy);
int64_t stead_copy_pages(const stead_copy *copy);
/* Calls found for each thing that the database finds wrong with the file's pages, at most a few. */
typedef void stead_copy_found(stead_call *call, void *data, const char *what);
void stead_copy_examine(stead_call *call, stead_copy *copy, stead_copy_found *found, void *data);
/* Runs a query on the copy, where Stead's readers can be called, and hands its rows over, the columns as valid text.
 * Returns NULL, or the text of the error: the file may hold anything. Want of memory and interruption end the call. */
typedef void stead_copy_row(stead_call *call, void *data, const stead_value *columns);
const char *stead_copy_query(stead_call *call, stead_copy *copy, const char *sql, stead_copy_row *row, void *data);
/* Gives the copy its name, once it is on the disk. This is the call's last act, and *result what it returns: nothing
 * fails afterwards. */
void stead_copy_publish(stead_call *call, stead_copy *copy, stead_value *result);

#endif
