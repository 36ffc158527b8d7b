/*
 * connection.c - the functions of the port that need no SQL: the clock and handles of libraries. Also the end of a
 * connection.
 */
#include "begin.h"
#include "enter.h"

#include <time.h>

#include "lib/timestamp.h"

int64_t stead_now(stead_call *call)
{
	struct timespec now;

	(void)call;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * STEAD_SECOND + now.tv_nsec / 1000;
}

void *stead_connection_handle(stead_call *call, const char *key, void *(*make)(void), void (*release)(void *handle))
{
	connection *connection = frame_of(call)->connection;

	for (int i = 0; i < STEAD_CONNECTION_HANDLES; i++) {
		kept_handle *kept = &connection->handles[i];

		if (kept->key && kept->key != key)
			continue;
		if (!kept->handle)
			*kept = (kept_handle){key, make(), release};
		return kept->handle;
	}
	stead_raise(call, STEAD_INTERNAL, "stead_%s: no room for the connection's handle %s", call->function->name, key);
}

void stead_notify(stead_call *call, const char *channel, const char *payload)
{
	(void)call, (void)channel, (void)payload; /* SQLite has no listeners */
}

const char *stead_backend_name(void)
{
	return "sqlite";
}

void connection_release(void *pointer)
{
	connection *connection = pointer;

	if (--connection->references > 0)
		return;
	drop_plans(connection);
	cache_table_clear(&connection->cache);
	for (int i = 0; i < STEAD_CONNECTION_HANDLES; i++)
		if (connection->handles[i].handle)
			connection->handles[i].release(connection->handles[i].handle);
	sqlite3_free(connection);
}

void binding_release(void *pointer)
{
	binding *binding = pointer;

	connection_release(binding->connection);
	sqlite3_free(binding);
}
