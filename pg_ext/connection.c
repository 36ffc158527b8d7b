/*
 * connection.c - the functions of the port that need no SQL: the clock, handles of libraries, notifications.
 */
#include "host.h"

#include "commands/async.h"
#include "utils/timestamp.h"

int64_t stead_now(stead_call *call)
{
	(void)call;
	return GetCurrentTimestamp() + EPOCH_DIFFERENCE;
}

void *stead_connection_handle(stead_call *call, const char *key, void *(*make)(void), void (*release)(void *handle))
{
	static struct {
		const char *key;
		void *handle;
	} handles[STEAD_CONNECTION_HANDLES]; /* a backend is one connection, and ends with it */

	(void)call, (void)release;
	for (int i = 0; i < STEAD_CONNECTION_HANDLES; i++)
		if (!handles[i].key || handles[i].key == key) {
			handles[i].key = key;
			if (!handles[i].handle)
				handles[i].handle = make();
			return handles[i].handle;
		}
	elog(ERROR, "stead: no room for the connection's handle %s", key);
}

void stead_notify(stead_call *call, const char *channel, const char *payload)
{
	(void)call;
	Async_Notify(channel, payload);
}

const char *stead_backend_name(void)
{
	return "postgresql";
}
