/*
 * script.h - the part of the port that runs a script: a text of SQL statements of the application's own.
 */
#ifndef STEAD_SCRIPT_H
#define STEAD_SCRIPT_H

#include "stead.h"

typedef struct stead_script stead_script;

/* Reads a script, and runs nothing. Raises if a statement begins or ends a transaction, cannot run within one, or
 * changes whom or what the connection is for; an error names the statement. Where the database can parse statements
 * whose tables an earlier one has yet to make, it finds syntax errors as well. The text lives as long as the call. */
stead_script *stead_script_read(stead_call *call, const char *text);
/* Runs the statements one after the other, as the caller would: with the caller's rights and search_path, without those
 * of Stead's tables. Rows that they return are dropped. An error names the statement, and keeps the database's own
 * message and code. What the statements SET ends with them. No query of the call may be open. */
void stead_script_run(stead_call *call, stead_script *script);

/* The name of the role that logged in; a null where the database has no roles. */
stead_value stead_session_user(stead_call *call);

/* ---- For the hosts: core/script.c ------------------------------------------------------------------------------- */

/* How many bytes of white space and comments a text begins with. nested: comments nest, as in PostgreSQL. */
size_t stead_script_blank(const char *text, size_t size, bool nested);
/* The message of an error of a statement, which is the number-th of the script, from 1. */
const char *stead_script_failure(stead_call *call, int64_t number, const char *statement, size_t size,
                                 const char *message);
/* Raises: this statement cannot be part of a script. */
_Noreturn void stead_script_refuse(stead_call *call, int64_t number, const char *statement, size_t size);
/* The same for a statement with parameters. */
_Noreturn void stead_script_refuse_parameters(stead_call *call, int64_t number, const char *statement, size_t size);

#endif
