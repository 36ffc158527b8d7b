/*
 * host.h - what hosts call or implement in addition to the port that modules use. Of the modules, only meta, transfer
 * and core include it.
 */
#ifndef STEAD_HOST_H
#define STEAD_HOST_H

#include "stead.h"

/* ---- For the hosts: core/call.c --------------------------------------------------------------------------------- */

/* Checks and completes the arguments of a call: nulls, fallbacks, valid text, times in range. given may have fewer
 * values than the function has arguments; out has room for STEAD_MAX_ARGS. False: a required argument of a PURE
 * function is null, so the result is null. */
bool stead_arguments(stead_call *call, const stead_value *given, int count, stead_value *out);
/* Runs the function's body with these arguments. Returns the result of a scalar function; for a table function, which
 * emits its rows or leaves them to a stream, it returns a null. In core/frame.c, as are the next two. */
stead_value stead_invoke(stead_call *call, const stead_value *given, int count);
/* An entry of the list that stead_defer() keeps, the latest first. */
typedef struct stead_deferred {
	void (*release)(void *handle);
	void *handle;
	struct stead_deferred *next;
} stead_deferred;
/* Adds an entry to the front of the list. If entry is NULL, because memory ran out, it releases the handle and
 * raises. */
void stead_add_deferred(stead_call *call, stead_deferred **list, stead_deferred *entry, void (*release)(void *handle),
                        void *handle);
/* Releases the entries before until, and removes them from the list. */
void stead_release_deferred(stead_deferred **list, const stead_deferred *until);
int stead_arg_count(const stead_function *function);
int stead_required_count(const stead_function *function);
int stead_column_count(const stead_function *function);
bool stead_arg_optional(const stead_arg *arg);
const char *stead_type_name(stead_type type);             /* text, int, real, bool, time, json, bytes */
const char *stead_effect_name(stead_effect effect);       /* pure, reads, live, writes */
const char *stead_audience_name(stead_audience audience); /* public, app, auditor, admin */

/* The error for a missing table or column of Stead's. The hosts raise it as CORRUPT. */
#define STEAD_MISSING "stead_%s: a table or column of Stead's is missing"
#define STEAD_MISSING_HINT                                                                                             \
	"SELECT * FROM stead_doctor() tells what is missing. After an upgrade of Stead, SELECT stead_init() adds it."
/* Raises the error of a call that cannot write. what is the reason, such as "a hot standby". */
_Noreturn void stead_raise_read_only(stead_call *call, const char *what);

/* Raises if the tables have a later schema version than the library knows. The hosts call it before a writer's first
 * statement, so that an earlier library writes nothing into the tables of a later one. */
void stead_refuse_newer(stead_call *call, int64_t have);

/* ---- The hosts implement --------------------------------------------------------------------------------------- */

/* Ends the call; never returns. hint may be NULL. Modules use stead_raise(). */
_Noreturn void stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint);

/* A counter kept with the plan of a literal of stead_run(), 0 at first; NULL: there is no plan. See stead_try(). */
unsigned char *stead_vain_runs(stead_call *call, const char *sql);
/* What stead_emit() and stead_stream() promise, for rows that go to the caller. */
void stead_host_emit(stead_call *call, const stead_value *values);
void stead_host_stream(stead_call *call, stead_maker *make, void *state);

/* Waits for other callers of stead_init(), then makes the tables and triggers that do not exist. */
void stead_make_tables(stead_call *call);
bool stead_has_table(stead_call *call, const stead_table *table);
/* The stored schema version; 0 before stead_init(). */
int64_t stead_schema_version(stead_call *call);
/* The remedy that stead_doctor() shows for missing tables: the call of stead_init(), or what prevents it. */
const char *stead_init_remedy(stead_call *call);

const char *stead_backend_name(void);
/* Emits rows of stead_doctor() about the database and the connection. False: columns are missing or have another type,
 * so modules must not read their tables. */
bool stead_host_examine(stead_call *call);
/* Improves the connection's settings, as far as they are the library's business, and reports them as JSON. */
stead_value stead_host_configure(stead_call *call);
/* Grants a role EXECUTE on the functions of the audience and on no others, and records that in stead_grant. Returns
 * true if something changed. */
bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience);
/* Grants what is recorded in stead_grant again, once the tables are made. */
void stead_host_grant_again(stead_call *call);

#endif
