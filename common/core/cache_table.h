/*
 * cache_table.h - what the hosts share to implement core/cache.h: invalidation signals, and a bounded table of entries.
 * The host provides the memory.
 *
 * A change of a cached table gives a signal, which is a small number. Tables with an invalidate_by column share the
 * first STEAD_BUCKETS signals; every other cached table has a signal of its own. Giving a signal increments a counter,
 * and the table notes its value for that signal. A reader notes the counter before it reads. Its entry is valid until
 * one of the entry's signals is given after that.
 */
#ifndef STEAD_CACHE_TABLE_H
#define STEAD_CACHE_TABLE_H

#include "stead.h"
#include "core/cache.h"

#define STEAD_BUCKETS 256 /* a power of two */
#define STEAD_MAX_CACHED_TABLES 16
#define STEAD_SIGNALS (STEAD_BUCKETS + STEAD_MAX_CACHED_TABLES)
#define STEAD_MAX_SOURCES 6
#define STEAD_MAX_SPACES 16 /* a connection that uses everything has 11 */
#define STEAD_MAX_CACHE_ENTRY 65536 /* bytes of key and data: anything larger is not cached */

/* The signal that a change of a row gives, where value is that of the invalidate_by column; -1: it gives none. */
int stead_signal_of(const stead_table *table, int64_t value);
/* How many signals there are. */
int stead_signal_count(void);

typedef struct cache_entry {
	struct cache_entry *next;          /* in its chain */
	struct cache_entry *older, *newer; /* in the queue of its space */
	uint64_t hash;
	uint64_t noted; /* the counter before it was read */
	uint32_t key_size, data_size;
	uint8_t space;
	uint8_t signal_count;
	uint8_t used; /* how often it was read, less how often eviction passed it by */
	uint16_t signals[STEAD_MAX_SOURCES];
	_Alignas(8) char bytes[]; /* key, up to a multiple of eight, then data */
} cache_entry;

typedef struct {
	cache_entry *oldest, *newest;
} cache_queue;

typedef struct {
	void *(*get)(void *host, size_t size); /* NULL: there is no memory; then nothing is cached */
	void (*put)(void *host, void *memory);
	void *host;
	cache_entry **chains;
	uint32_t chain_count; /* a power of two, or 0 */
	uint32_t entries;
	const stead_table *spaces[STEAD_MAX_SPACES];
	cache_queue queues[STEAD_MAX_SPACES];
	uint32_t space_entries[STEAD_MAX_SPACES];
	uint64_t space_bytes[STEAD_MAX_SPACES];
	uint64_t given;               /* the counter: signals so far */
	uint64_t last[STEAD_SIGNALS]; /* its value when each signal was last given */
	struct {
		const stead_table *table;
		int signal;
	} walked[STEAD_MAX_CACHED_TABLES]; /* tables with a signal of their own, as they were asked for */
	uint64_t hits, misses;
} cache_table;

/* The same as stead_signal_of(), but does not walk the registry each time. */
int cache_table_signal_of(cache_table *cache, const stead_table *table, int64_t value);
/* Gives a signal, or all of them. */
void cache_table_signal(cache_table *cache, int signal);
void cache_table_signal_all(cache_table *cache);
/* The data of a valid entry, or NULL. It stays in place until the next put, or the next get of the
 * same key. */
const void *cache_table_get(cache_table *cache, const stead_table *space, const void *key, size_t key_size,
                            size_t *size);
void cache_table_remove(cache_table *cache, const stead_table *space, const void *key, size_t key_size);
/* Stores data; noted is the counter before it was read. */
void cache_table_put(cache_table *cache, const stead_table *space, const void *key, size_t key_size, const void *data,
                     size_t size, const stead_memory_source *sources, int source_count, uint64_t noted,
                     int64_t max_entries);
/* Removes all entries and frees all memory. */
void cache_table_clear(cache_table *cache);
/* Emits the row of stead_doctor() about the cache. */
void cache_table_report(stead_call *call, const cache_table *cache);

#endif
