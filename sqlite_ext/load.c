/*
 * load.c - loading the extension: registers every function of the registry with the connection.
 */
#include "enter.h"

#include <stdio.h>
#include <string.h>

static binding *make_binding(connection *connection, const stead_function *function)
{
	binding *binding = sqlite3_malloc64(sizeof *binding);

	if (binding) {
		binding->connection = connection;
		binding->function = function;
		connection->references++;
	}
	return binding;
}

static int register_scalar(connection *connection, const stead_function *function)
{
	int flags = SQLITE_UTF8, code = SQLITE_OK;
	char name[80];

	if (function->effect == STEAD_PURE)
		flags |= SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	else if (function->effect == STEAD_WRITES || function->audience == STEAD_ADMIN || function->direct_only)
		flags |= SQLITE_DIRECTONLY; /* views and triggers of a hostile file must not write, nor read a secret */
	snprintf(name, sizeof name, "stead_%s", function->name);
	for (int n = stead_required_count(function); n <= stead_arg_count(function) && code == SQLITE_OK; n++) {
		binding *binding = make_binding(connection, function);

		if (!binding)
			return SQLITE_NOMEM;
		/* SQLite calls binding_release itself when this fails */
		code = sqlite3_create_function_v2(connection->db, name, n, flags, binding, call_scalar, NULL, NULL,
		                                  binding_release);
	}
	return code;
}

/* SQLite looks in FROM alone for what returns rows. Elsewhere it would say that there is no such function. */
static void call_rows_elsewhere(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	const stead_function *function = sqlite3_user_data(context);
	char message[200];

	(void)argc, (void)argv;
	snprintf(message, sizeof message,
	         "stead_%s: cannot be called here, as it returns rows\n"
	         "HINT:  Call it in FROM: SELECT * FROM stead_%s(...);",
	         function->name, function->name);
	sqlite3_result_error(context, message, -1);
}

static int register_rows(connection *connection, const stead_function *function)
{
	binding *binding = make_binding(connection, function);
	int code = binding ? register_table(connection->db, binding) : SQLITE_NOMEM;
	char name[80];

	if (code != SQLITE_OK)
		return code;
	snprintf(name, sizeof name, "stead_%s", function->name);
	return sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, (void *)function, call_rows_elsewhere,
	                                  NULL, NULL, NULL);
}

static int load(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	connection *connection;
	int code = SQLITE_OK;

	SQLITE_EXTENSION_INIT2(api);
	if (sqlite3_libversion_number() < 3038000) {
		*message = sqlite3_mprintf("stead needs SQLite 3.38 or later, this is %s", sqlite3_libversion());
		return SQLITE_ERROR;
	}
	connection = sqlite3_malloc64(sizeof *connection);
	if (!connection)
		return SQLITE_NOMEM;
	memset(connection, 0, sizeof *connection);
	connection->db = db;
	cache_init(connection);
	connection->references = 1; /* ours, until everything is registered */
	code = register_local(connection);
	for (const stead_function *function = NULL; code == SQLITE_OK && (function = stead_next_function(function));)
		code = function->call ? register_scalar(connection, function) : register_rows(connection, function);
	connection_release(connection);
	return code;
}

#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

/* SQLite looks for this name first, whatever the file is called. */
EXPORTED int sqlite3_extension_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	return load(db, message, api);
}

/* For an application that names its entry point, or links several extensions into itself. */
EXPORTED int sqlite3_stead_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	return load(db, message, api);
}
