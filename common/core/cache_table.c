/*
 * cache_table.c - see cache_table.h. Hashing with chains. Each space has its own limit, and its own queue, from which
 * entries are evicted as by a clock that counts uses (GCLOCK). So one space never looks at entries of another.
 */
#include "core/cache_table.h"
#include "core/cache.h"
#include "core/finding.h"
#include "core/walk.h"

#include <string.h>

#define MAX_USED 3 /* what is used often survives several rounds of entries that are used once */

/* ---- Signals ----------------------------------------------------------------------------------------------------- */

int stead_signal_of(const stead_table *table, int64_t value)
{
	int next = STEAD_BUCKETS;

	if (!table->cached)
		return -1;
	if (table->invalidate_by)
		return (int)((uint64_t)value % STEAD_BUCKETS);
	for (const stead_table *at = NULL; (at = stead_next_table(at));)
		if (at->cached && !at->invalidate_by) {
			if (at == table)
				return next;
			next++;
		}
	return -1;
}

int stead_signal_count(void)
{
	int count = STEAD_BUCKETS;

	for (const stead_table *at = NULL; (at = stead_next_table(at));)
		count += at->cached && !at->invalidate_by;
	return count;
}

void cache_table_signal(cache_table *cache, int signal)
{
	cache->last[signal] = ++cache->given;
}

void cache_table_signal_all(cache_table *cache)
{
	cache->given++;
	for (int i = 0; i < STEAD_SIGNALS; i++)
		cache->last[i] = cache->given;
}

int cache_table_signal_of(cache_table *cache, const stead_table *table, int64_t value)
{
	if (!table->cached || table->invalidate_by)
		return stead_signal_of(table, value);
	for (int i = 0; i < STEAD_MAX_CACHED_TABLES; i++) {
		if (!cache->walked[i].table) {
			cache->walked[i].table = table;
			cache->walked[i].signal = stead_signal_of(table, 0);
		}
		if (cache->walked[i].table == table)
			return cache->walked[i].signal;
	}
	return stead_signal_of(table, 0);
}

static bool is_good(const cache_table *cache, const cache_entry *entry)
{
	for (int i = 0; i < entry->signal_count; i++)
		if (cache->last[entry->signals[i]] > entry->noted)
			return false;
	return true;
}

/* ---- Entries ----------------------------------------------------------------------------------------------------- */

/* Multiplicative hashing of eight bytes at a time. It resists no attacker who chooses keys, and need not: a space holds
 * few entries, so long chains cost little. */
static uint64_t hash_of(int space, const char *key, size_t size)
{
	uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) * (size + (uint64_t)space * 1000003 + 1);

	while (size > 0) {
		size_t part = size < 8 ? size : 8;
		uint64_t word = 0;

		memcpy(&word, key, part);
		hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
		key += part;
		size -= part;
	}
	return hash;
}

static int space_of(cache_table *cache, const stead_table *table)
{
	for (int i = 0; i < STEAD_MAX_SPACES; i++) {
		if (!cache->spaces[i])
			cache->spaces[i] = table;
		if (cache->spaces[i] == table)
			return i;
	}
	return -1;
}

/* The offset of the data, which follows the key. */
static size_t data_at(size_t key_size)
{
	return (key_size + 7) & ~(size_t)7;
}

static size_t size_of(const cache_entry *entry)
{
	return sizeof *entry + data_at(entry->key_size) + entry->data_size;
}

/* ---- Queues: the oldest entry of a space is first ---------------------------------------------------------------- */

static void enqueue(cache_table *cache, cache_entry *entry)
{
	cache_queue *queue = &cache->queues[entry->space];

	entry->newer = NULL;
	entry->older = queue->newest;
	*(queue->newest ? &queue->newest->newer : &queue->oldest) = entry;
	queue->newest = entry;
}

static void dequeue(cache_table *cache, cache_entry *entry)
{
	cache_queue *queue = &cache->queues[entry->space];

	*(entry->older ? &entry->older->newer : &queue->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &queue->newest) = entry->older;
}

/* ---- Finding and storing ----------------------------------------------------------------------------------------- */

/* Removes the entry that link points to from its chain and its queue, and frees it. */
static void drop(cache_table *cache, cache_entry **link)
{
	cache_entry *entry = *link;

	*link = entry->next;
	dequeue(cache, entry);
	cache->entries--;
	cache->space_entries[entry->space]--;
	cache->space_bytes[entry->space] -= size_of(entry);
	cache->put(cache->host, entry);
}

/* The link that points to the entry with the key, or that ends the chain. */
static cache_entry **find(cache_table *cache, int space, uint64_t hash, const void *key, size_t key_size)
{
	cache_entry **link = &cache->chains[hash & (cache->chain_count - 1)];

	for (; *link; link = &(*link)->next) {
		cache_entry *entry = *link;

		if (entry->hash == hash && entry->space == space && entry->key_size == key_size &&
		    memcmp(entry->bytes, key, key_size) == 0)
			break;
	}
	return link;
}

const void *cache_table_get(cache_table *cache, const stead_table *table, const void *key, size_t key_size,
                            size_t *size)
{
	int space = space_of(cache, table);
	cache_entry **link, *entry;

	if (cache->chain_count && space >= 0) {
		link = find(cache, space, hash_of(space, key, key_size), key, key_size);
		entry = *link;
		if (entry && is_good(cache, entry)) {
			if (entry->used < MAX_USED)
				entry->used++;
			cache->hits++;
			*size = entry->data_size;
			return entry->bytes + data_at(key_size);
		}
		if (entry)
			drop(cache, link);
	}
	cache->misses++;
	return NULL;
}

void cache_table_remove(cache_table *cache, const stead_table *table, const void *key, size_t key_size)
{
	int space = space_of(cache, table);
	cache_entry **link;

	if (!cache->chain_count || space < 0)
		return;
	link = find(cache, space, hash_of(space, key, key_size), key, key_size);
	if (*link)
		drop(cache, link);
}

static void evict(cache_table *cache, int space)
{
	for (;;) {
		cache_entry *entry = cache->queues[space].oldest, **link;

		if (!entry->used || !is_good(cache, entry)) {
			for (link = &cache->chains[entry->hash & (cache->chain_count - 1)]; *link != entry;)
				link = &(*link)->next;
			drop(cache, link);
			return;
		}
		entry->used--;
		dequeue(cache, entry);
		enqueue(cache, entry);
	}
}

/* Doubles the chains. False: there is no memory. */
static bool grow(cache_table *cache)
{
	uint32_t count = cache->chain_count ? cache->chain_count * 2 : 64;
	cache_entry **chains = cache->get(cache->host, count * sizeof *chains);

	if (!chains)
		return false;
	memset(chains, 0, count * sizeof *chains);
	for (uint32_t i = 0; i < cache->chain_count; i++)
		for (cache_entry *entry = cache->chains[i], *next; entry; entry = next) {
			next = entry->next;
			entry->next = chains[entry->hash & (count - 1)];
			chains[entry->hash & (count - 1)] = entry;
		}
	if (cache->chains)
		cache->put(cache->host, cache->chains);
	cache->chains = chains;
	cache->chain_count = count;
	return true;
}

void cache_table_put(cache_table *cache, const stead_table *table, const void *key, size_t key_size, const void *data,
                     size_t size, const stead_memory_source *sources, int source_count, uint64_t noted,
                     int64_t max_entries)
{
	int space = space_of(cache, table);
	uint16_t signals[STEAD_MAX_SOURCES] = {0};
	cache_entry **link, *entry;
	uint64_t hash;

	cache_table_remove(cache, table, key, key_size); /* it is out of date even if the new one is not stored */
	if (space < 0 || key_size + size > STEAD_MAX_CACHE_ENTRY || source_count > STEAD_MAX_SOURCES || max_entries < 1)
		return;
	for (int i = 0; i < source_count; i++) {
		int signal = cache_table_signal_of(cache, sources[i].table, sources[i].value);

		if (signal < 0)
			return; /* its changes would invalidate nothing */
		signals[i] = (uint16_t)signal;
	}
	if (cache->entries >= cache->chain_count && !grow(cache) && !cache->chain_count)
		return;
	hash = hash_of(space, key, key_size);
	if (sizeof *entry + data_at(key_size) + size > (uint64_t)max_entries * 1024)
		return; /* it alone exceeds the limit of the space */
	while (cache->space_entries[space] >= (uint64_t)max_entries ||
	       cache->space_bytes[space] + sizeof *entry + data_at(key_size) + size > (uint64_t)max_entries * 1024)
		evict(cache, space);
	entry = cache->get(cache->host, sizeof *entry + data_at(key_size) + size);
	if (!entry)
		return;
	*entry = (cache_entry){.hash = hash,
	                       .noted = noted,
	                       .key_size = (uint32_t)key_size,
	                       .data_size = (uint32_t)size,
	                       .space = (uint8_t)space,
	                       .signal_count = (uint8_t)source_count};
	memcpy(entry->signals, signals, sizeof signals);
	memcpy(entry->bytes, key, key_size);
	memcpy(entry->bytes + data_at(key_size), data, size);
	link = &cache->chains[hash & (cache->chain_count - 1)];
	entry->next = *link;
	*link = entry;
	enqueue(cache, entry);
	cache->entries++;
	cache->space_entries[space]++;
	cache->space_bytes[space] += size_of(entry);
}

void cache_table_clear(cache_table *cache)
{
	for (uint32_t i = 0; i < cache->chain_count; i++)
		while (cache->chains[i])
			drop(cache, &cache->chains[i]);
	if (cache->chains)
		cache->put(cache->host, cache->chains);
	cache->chains = NULL;
	cache->chain_count = 0;
}

void cache_table_report(stead_call *call, const cache_table *cache)
{
	uint64_t bytes = cache->chain_count * sizeof(cache_entry *);
	const char *detail;

	for (int i = 0; i < STEAD_MAX_SPACES; i++)
		bytes += cache->space_bytes[i];
	detail = stead_format(call, "this connection: %llu hits, %llu misses, %llu invalidations, %u entries, %llu KiB",
	                      (unsigned long long)cache->hits, (unsigned long long)cache->misses,
	                      (unsigned long long)cache->given, cache->entries, (unsigned long long)(bytes + 1023) / 1024);
	stead_finding(call, "cache", STEAD_OK, detail, NULL);
}
