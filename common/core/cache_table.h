/*
 * cache_table.h - what hosts share of stead_cache_get and stead_cache_put: which signal a change gives, and a bounded table of
 * entries that are good until one of their signals is given. Memory is the host's.
 *
 * A signal is a small number. Tables whose changes are told apart share the first STEAD_BUCKETS; each other remembered
 * table has one of its own. Giving one bumps a counter and notes it; an entry is good while none of its signals was
 * given after the count its reader noted before it read.
 */
#ifndef STEAD_MEMO_H
#define STEAD_MEMO_H

#include "stead.h"
#include "core/cache.h"

#define STEAD_BUCKETS 256 /* a power of two */
#define STEAD_MAX_CACHED_TABLES 16
#define STEAD_SIGNALS (STEAD_BUCKETS + STEAD_MAX_CACHED_TABLES)
#define STEAD_MAX_SOURCES 4
#define STEAD_MAX_SPACES 8
#define STEAD_MAX_CACHE_ENTRY 65536 /* bytes of key and data: what is larger is not remembered */

/* The signal a change of the table gives, where its bucket column has this value; -1 if it gives none. */
int stead_signal_of(const stead_table *table, int64_t bucket);
/* How many signals there are. */
int stead_signal_count(void);

typedef struct cache_entry {
	struct cache_entry *next; /* in its chain */
	uint64_t hash;
	uint64_t noted; /* the count of signals before it was read */
	uint32_t key_size, data_size;
	uint8_t space;
	uint8_t signal_count;
	bool used; /* recalled since the hand passed */
	uint16_t signals[STEAD_MAX_SOURCES];
	_Alignas(8) char bytes[]; /* key, up to a multiple of eight, then data */
} cache_entry;

typedef struct {
	void *(*get)(void *host, size_t size); /* NULL when there is no memory: then nothing is remembered */
	void (*put)(void *host, void *memory);
	void *host;
	cache_entry **chains;
	uint32_t chain_count, hand; /* a power of two, or 0 */
	uint32_t entries;
	const stead_table *spaces[STEAD_MAX_SPACES];
	uint32_t space_entries[STEAD_MAX_SPACES];
	uint64_t space_bytes[STEAD_MAX_SPACES];
	uint64_t given; /* signals so far */
	uint64_t last[STEAD_SIGNALS]; /* the count when each was given last */
	uint64_t hits, misses;
} cache_table;

/* Gives a signal, or all of them. */
void cache_table_signal(cache_table *memo, int signal);
void cache_table_signal_all(cache_table *memo);
/* What is remembered under the key, or NULL; it stays where it is until the next find or store. */
const void *cache_table_get(cache_table *memo, const stead_table *space, const void *key, size_t key_size, size_t *size);
void cache_table_remove(cache_table *memo, const stead_table *space, const void *key, size_t key_size);
/* Remembers data that was read after the memo had given this many signals. */
void cache_table_put(cache_table *memo, const stead_table *space, const void *key, size_t key_size, const void *data,
                      size_t size, const stead_cache_source *sources, int source_count, uint64_t noted, int64_t max_entries);
/* Gives back all memory. */
void cache_table_clear(cache_table *memo);
/* Emits the row of stead_doctor() about it. */
void cache_table_report(stead_call *call, const cache_table *memo);

#endif
