/*
 * cache_table.c - see cache_table.h. Chained hashing; eviction by the clock algorithm (second chance), per space, so that what fills
 * one space pushes nothing out of another.
 */
#include "core/cache_table.h"
#include "core/cache.h"

#include <string.h>

/* ---- Signals ------------------------------------------------------------------------------------------------------- */

int stead_signal_of(const stead_table *table, int64_t bucket)
{
	int next = STEAD_BUCKETS;

	if (!table->cached)
		return -1;
	if (table->invalidate_by)
		return (int)((uint64_t)bucket % STEAD_BUCKETS);
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *at = (*module)->tables; at && at->name; at++)
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

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *at = (*module)->tables; at && at->name; at++)
			count += at->cached && !at->invalidate_by;
	return count;
}

void cache_table_signal(cache_table *memo, int signal)
{
	memo->last[signal] = ++memo->given;
}

void cache_table_signal_all(cache_table *memo)
{
	memo->given++;
	for (int i = 0; i < STEAD_SIGNALS; i++)
		memo->last[i] = memo->given;
}

static bool is_good(const cache_table *memo, const cache_entry *entry)
{
	for (int i = 0; i < entry->signal_count; i++)
		if (memo->last[entry->signals[i]] > entry->noted)
			return false;
	return true;
}

/* ---- Entries ------------------------------------------------------------------------------------------------------- */

/* Eight bytes at a time by multiplication, the halves folded. Keys are digests, names and numbers; who could choose
 * many that collide gains only the eviction of what they chose. */
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

static int space_of(cache_table *memo, const stead_table *table)
{
	for (int i = 0; i < STEAD_MAX_SPACES; i++) {
		if (!memo->spaces[i])
			memo->spaces[i] = table;
		if (memo->spaces[i] == table)
			return i;
	}
	return -1;
}

/* Where the data begins: the key lies before it, beside what is compared with it. */
static size_t data_at(size_t key_size)
{
	return (key_size + 7) & ~(size_t)7;
}

static size_t size_of(const cache_entry *entry)
{
	return sizeof *entry + data_at(entry->key_size) + entry->data_size;
}

/* Takes the entry that link leads to out of its chain and gives it back. */
static void drop(cache_table *memo, cache_entry **link)
{
	cache_entry *entry = *link;

	*link = entry->next;
	memo->entries--;
	memo->space_entries[entry->space]--;
	memo->space_bytes[entry->space] -= size_of(entry);
	memo->put(memo->host, entry);
}

/* The link to the entry of that key, or to the end of its chain. */
static cache_entry **find(cache_table *memo, int space, uint64_t hash, const void *key, size_t key_size)
{
	cache_entry **link = &memo->chains[hash & (memo->chain_count - 1)];

	for (; *link; link = &(*link)->next) {
		cache_entry *entry = *link;

		if (entry->hash == hash && entry->space == space && entry->key_size == key_size &&
		    memcmp(entry->bytes, key, key_size) == 0)
			break;
	}
	return link;
}

const void *cache_table_get(cache_table *memo, const stead_table *table, const void *key, size_t key_size, size_t *size)
{
	int space = space_of(memo, table);
	cache_entry **link, *entry;

	if (memo->chain_count && space >= 0) {
		link = find(memo, space, hash_of(space, key, key_size), key, key_size);
		entry = *link;
		if (entry && is_good(memo, entry)) {
			entry->used = true;
			memo->hits++;
			*size = entry->data_size;
			return entry->bytes + data_at(key_size);
		}
		if (entry)
			drop(memo, link);
	}
	memo->misses++;
	return NULL;
}

void cache_table_remove(cache_table *memo, const stead_table *table, const void *key, size_t key_size)
{
	int space = space_of(memo, table);
	cache_entry **link;

	if (!memo->chain_count || space < 0)
		return;
	link = find(memo, space, hash_of(space, key, key_size), key, key_size);
	if (*link)
		drop(memo, link);
}

static void evict(cache_table *memo, int space)
{
	for (;;) {
		cache_entry **link = &memo->chains[memo->hand++ & (memo->chain_count - 1)];

		while (*link) {
			cache_entry *entry = *link;

			if (entry->space == space && (!entry->used || !is_good(memo, entry))) {
				drop(memo, link);
				return;
			}
			if (entry->space == space)
				entry->used = false;
			link = &entry->next;
		}
	}
}

/* As many chains as entries, at least. */
static bool grow(cache_table *memo)
{
	uint32_t count = memo->chain_count ? memo->chain_count * 2 : 64;
	cache_entry **chains = memo->get(memo->host, count * sizeof *chains);

	if (!chains)
		return false;
	memset(chains, 0, count * sizeof *chains);
	for (uint32_t i = 0; i < memo->chain_count; i++)
		for (cache_entry *entry = memo->chains[i], *next; entry; entry = next) {
			next = entry->next;
			entry->next = chains[entry->hash & (count - 1)];
			chains[entry->hash & (count - 1)] = entry;
		}
	if (memo->chains)
		memo->put(memo->host, memo->chains);
	memo->chains = chains;
	memo->chain_count = count;
	return true;
}

void cache_table_put(cache_table *memo, const stead_table *table, const void *key, size_t key_size, const void *data,
                      size_t size, const stead_cache_source *sources, int source_count, uint64_t noted, int64_t max_entries)
{
	int space = space_of(memo, table);
	uint16_t signals[STEAD_MAX_SOURCES] = {0};
	cache_entry **link, *entry;
	uint64_t hash;

	cache_table_remove(memo, table, key, key_size); /* what it would replace is out of date, stored or not */
	if (space < 0 || key_size + size > STEAD_MAX_CACHE_ENTRY || source_count > STEAD_MAX_SOURCES || max_entries < 1)
		return;
	for (int i = 0; i < source_count; i++) {
		int signal = stead_signal_of(sources[i].table, sources[i].value);

		if (signal < 0)
			return; /* nobody would tell of its changes */
		signals[i] = (uint16_t)signal;
	}
	if (memo->entries >= memo->chain_count && !grow(memo) && !memo->chain_count)
		return;
	hash = hash_of(space, key, key_size);
	if (sizeof *entry + data_at(key_size) + size > (uint64_t)max_entries * 1024)
		return; /* alone it would be more than the space may hold */
	while (memo->space_entries[space] >= (uint64_t)max_entries ||
	       memo->space_bytes[space] + sizeof *entry + data_at(key_size) + size > (uint64_t)max_entries * 1024)
		evict(memo, space);
	entry = memo->get(memo->host, sizeof *entry + data_at(key_size) + size);
	if (!entry)
		return;
	*entry = (cache_entry){.hash = hash, .noted = noted, .key_size = (uint32_t)key_size, .data_size = (uint32_t)size,
	                      .space = (uint8_t)space, .signal_count = (uint8_t)source_count};
	memcpy(entry->signals, signals, sizeof signals);
	memcpy(entry->bytes, key, key_size);
	memcpy(entry->bytes + data_at(key_size), data, size);
	link = &memo->chains[hash & (memo->chain_count - 1)];
	entry->next = *link;
	*link = entry;
	memo->entries++;
	memo->space_entries[space]++;
	memo->space_bytes[space] += size_of(entry);
}

void cache_table_clear(cache_table *memo)
{
	for (uint32_t i = 0; i < memo->chain_count; i++)
		while (memo->chains[i])
			drop(memo, &memo->chains[i]);
	if (memo->chains)
		memo->put(memo->host, memo->chains);
	memo->chains = NULL;
	memo->chain_count = 0;
}

void cache_table_report(stead_call *call, const cache_table *memo)
{
	uint64_t bytes = memo->chain_count * sizeof(cache_entry *);

	for (int i = 0; i < STEAD_MAX_SPACES; i++)
		bytes += memo->space_bytes[i];
	stead_emit(call, (stead_value[]){
	                     stead_text("cache"),
	                     stead_text("ok"),
	                     stead_text(stead_format(call, "this connection: %llu hits, %llu misses, %llu invalidations, %u entries, %llu KiB",
	                                             (unsigned long long)memo->hits, (unsigned long long)memo->misses,
	                                             (unsigned long long)memo->given, memo->entries,
	                                             (unsigned long long)(bytes + 1023) / 1024)),
	                     stead_null(STEAD_TEXT),
	                 });
}
