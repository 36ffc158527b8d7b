/*
 * backup.c - copies of the database: PostgreSQL has tools for that, outside of SQL.
 */
#include "host.h"

#include "core/backup.h"

static void refuse(stead_call *call)
{
	stead_raise_hint(call, STEAD_UNSUPPORTED,
	                 "Use pg_dump or pg_basebackup: docs/backup.md shows both.",
	                 "stead_%s: PostgreSQL has tools of its own for this", call->function->name);
}

stead_copy *stead_copy_write(stead_call *call, stead_value path)
{
	(void)path;
	refuse(call);
	return NULL;
}

stead_copy *stead_copy_open(stead_call *call, stead_value path, const char **why)
{
	(void)path, (void)why;
	refuse(call);
	return NULL;
}

/* There never is a copy for these. */

int64_t stead_copy_bytes(const stead_copy *copy)
{
	(void)copy;
	return 0;
}

int64_t stead_copy_pages(const stead_copy *copy)
{
	(void)copy;
	return 0;
}

void stead_copy_examine(stead_call *call, stead_copy *copy, stead_copy_found *found, void *data)
{
	(void)copy, (void)found, (void)data;
	refuse(call);
}

const char *stead_copy_query(stead_call *call, stead_copy *copy, const char *sql, stead_copy_row *row, void *data)
{
	(void)copy, (void)sql, (void)row, (void)data;
	refuse(call);
	return NULL;
}

void stead_copy_publish(stead_call *call, stead_copy *copy, stead_value *result)
{
	(void)copy, (void)result;
	refuse(call);
}
