/*
 * host.h - what hosts call or implement beside the modules' port. Of the modules, only meta and core use it.
 */
#ifndef STEAD_HOST_H
#define STEAD_HOST_H

#include "stead.h"

/* ---- For the hosts: core/call.c --------------------------------------------------------------------------------- */

/* Checks and completes the arguments of every call: nulls, fallbacks, valid text, times in range. given may be fewer
 * than the function has; out has room for STEAD_MAX_ARGS. False: a required argument of a PURE function is null, so the
 * result is null. */
bool stead_arguments(stead_call *call, const stead_value *given, int count, stead_value *out);
/* Runs the function's body over such arguments. The result of a scalar function; a null of a table function, whose rows
 * it emitted or left to be streamed. In core/frame.c, as are the next two. */
stead_value stead_invoke(stead_call *call, const stead_value *given, int count);
/* What stead_defer() notes down, the latest first. */
typedef struct stead_deferred {
	void (*release)(void *handle);
	void *handle;
	struct stead_deferred *next;
} stead_deferred;
/* Puts an entry first in the list. Without memory for it, NULL, it releases the handle and ends the call. */
void stead_add_deferred(stead_call *call, stead_deferred **list, stead_deferred *entry, void (*release)(void *handle),
                        void *handle);
/* Releases what comes before until in the list, and takes it out. */
void stead_release_deferred(stead_deferred **list, const stead_deferred *until);
int stead_arg_count(const stead_function *function);
int stead_required_count(const stead_function *function);
int stead_column_count(const stead_function *function);
bool stead_arg_optional(const stead_arg *arg);
const char *stead_type_name(stead_type type);             /* text, int, real, bool, time, json, bytes */
const char *stead_effect_name(stead_effect effect);       /* pure, reads, live, writes */
const char *stead_audience_name(stead_audience audience); /* public, app, auditor, admin */

/* The error for a missing table or column of Stead's own: the hosts raise it as CORRUPT. */
#define STEAD_MISSING "stead_%s: a table or column of Stead's is missing"
#define STEAD_MISSING_HINT "SELECT * FROM stead_doctor() tells what is missing."
/* Ends a call that cannot write; what names the reason, such as "a hot standby". */
_Noreturn void stead_raise_read_only(stead_call *call, const char *what);

/* ---- The hosts implement --------------------------------------------------------------------------------------- */

/* Ends the call; never returns. hint may be NULL. Modules use stead_raise(). */
_Noreturn void stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint);

/* Waits for whoever else runs stead_init(), then makes the tables, and triggers on them, that do not exist. */
void stead_make_tables(stead_call *call);
bool stead_has_table(stead_call *call, const stead_table *table);
/* The schema version on record, 0 before stead_init(). */
int64_t stead_schema_version(stead_call *call);
/* What makes the tables, or what keeps stead_init() from making them, as stead_doctor() says it. */
const char *stead_init_remedy(stead_call *call);

const char *stead_backend_name(void);
/* Emits rows (check_name, status, detail, remedy) about the database and the connection. False: columns are missing or
 * have another type, so that modules cannot look at their tables. */
bool stead_host_examine(stead_call *call);
/* Corrects the connection's settings where that is the library's business; reports them as JSON. */
stead_value stead_host_configure(stead_call *call);
/* Grants a role EXECUTE on the functions of the audience and on no others, and records it in stead_grant. True:
 * something changed. */
bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience);
/* Grants again what is recorded there, after the tables were made. */
void stead_host_grant_again(stead_call *call);

#endif
