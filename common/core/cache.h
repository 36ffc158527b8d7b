/*
 * cache.h - the part of the port for what a connection keeps between calls: cached rows, and handles of libraries.
 */
#ifndef STEAD_CACHE_H
#define STEAD_CACHE_H

#include "stead.h"

/* What a cache entry was read from: a table and, if it has an invalidate_by column, that column's value. */
typedef struct {
	const stead_table *table;
	int64_t value;
} stead_memory_source;

/* A cache shared by the calls of one connection. An entry is invalidated when a change of one of its sources, by
 * anyone, is committed; a host may drop entries at any time. The table names the space that the key belongs to.
 *
 * stead_memory_get() returns an entry's data, or NULL. It lives until the call's next put or get of the same key. After
 * a NULL, what the call reads next is fit to be put: it is the latest committed state. A space keeps at most
 * max_entries entries, and as many KiB; entries not used recently are evicted first. */
const void *stead_memory_get(stead_call *call, const stead_table *space, const void *key, size_t key_size,
                             size_t *size);
void stead_memory_put(stead_call *call, const stead_table *space, const void *key, size_t key_size, const void *data,
                      size_t size, const stead_memory_source *sources, int source_count, int64_t max_entries);

/* What stead_memory_get() returned at some time, without looking for changes since; NULL says nothing. */
const void *stead_memory_hint(stead_call *call, const stead_table *space, const void *key, size_t key_size,
                              size_t *size);
/* Ends what a NULL has begun: the call reads as it does without the cache. */
void stead_memory_done(stead_call *call);

/* True if nothing has changed since the first get, so that everything read is consistent. If false, the next get begins
 * another attempt. */
bool stead_memory_consistent(stead_call *call);
/* Drops this connection's entry for the key. What the call reads next is fit to be put. */
void stead_memory_invalidate(stead_call *call, const stead_table *space, const void *key, size_t key_size);

/* A handle of a foreign library that is kept as long as the connection. Each static key has one, of its own: make()
 * makes it when it is first asked for, and may return NULL; then this returns NULL as well. At most
 * STEAD_CONNECTION_HANDLES keys. */
#define STEAD_CONNECTION_HANDLES 4
void *stead_connection_handle(stead_call *call, const char *key, void *(*make)(void), void (*release)(void *handle));

#endif
