/*
 * cache_table.c - the table of cache entries: an entry is valid until its signal is given, each space has its own
 * limit, and running out of memory does no harm.
 *
 * The test has a registry of its own, with cached tables in two modules; one of the tables has an invalidate_by column.
 *
 * Linked with: core/cache_table core/finding core/walk
 */
#include "unit.h"
#include "core/cache.h"

#include "core/cache_table.h"

/* ---- A registry, and what the report calls ----------------------------------------------------------------------- */

static const stead_table main_tables[] = {
	{.name = "uncached"},
	{.name = "person", .cached = true, .invalidate_by = "id"},
	{.name = "rule", .cached = true},
	{0},
};
static const stead_table more_tables[] = {{.name = "place", .cached = true}, {0}};
static const stead_module without_tables = {.name = "none"}, first = {.name = "first", .tables = main_tables},
						  second = {.name = "second", .tables = more_tables};

const stead_module *const stead_modules[] = {&without_tables, &first, &second, NULL};

#define UNCACHED (&main_tables[0])
#define PERSON (&main_tables[1])
#define RULE (&main_tables[2])
#define PLACE (&more_tables[0])

static char reported[300];
static int reports;

stead_value stead_text(const char *text)
{
	return (stead_value){.type = STEAD_TEXT, .null = !text, .size = text ? strlen(text) : 0, .data = text};
}

const char *stead_format(stead_call *call, const char *format, ...)
{
	va_list args;

	(void)call;
	va_start(args, format);
	vsnprintf(reported, sizeof reported, format, args);
	va_end(args);
	return reported;
}

void stead_emit(stead_call *call, const stead_value *values)
{
	(void)call;
	reports++;
	assert_string_equal(values[0].data, "cache");
	assert_string_equal(values[1].data, "ok");
	assert_ptr_equal(values[2].data, reported);
	assert_true(values[3].null);
}

/* ---- A host's memory --------------------------------------------------------------------------------------------- */

static long blocks;  /* held now */
static long asked;   /* requests so far */
static long fail_at; /* the request that is refused; 0: none */
static bool and_on;  /* all after it are refused, too */

static void *get(void *host, size_t size)
{
	void *memory;

	assert_ptr_equal(host, &blocks);
	asked++;
	if (fail_at && (asked == fail_at || (and_on && asked > fail_at)))
		return NULL;
	memory = malloc(size);
	assert_non_null(memory);
	memset(memory, 0xa5, size);
	blocks++;
	return memory;
}

static void put(void *host, void *memory)
{
	assert_ptr_equal(host, &blocks);
	assert_non_null(memory);
	blocks--;
	free(memory);
}

static cache_table cache; /* the cache of the current test */

static int begin(void **state)
{
	(void)state;
	memset(&cache, 0, sizeof cache);
	cache.get = get;
	cache.put = put;
	cache.host = &blocks;
	blocks = asked = fail_at = 0;
	and_on = false;
	return 0;
}

static int end(void **state)
{
	(void)state;
	cache_table_clear(&cache);
	cache_table_clear(&cache); /* an empty cache can be cleared */
	return blocks != 0 || cache.entries != 0;
}

/* ---- Helpers ----------------------------------------------------------------------------------------------------- */

static int number_of(const stead_table *space)
{
	for (int i = 0; i < STEAD_MAX_SPACES; i++)
		if (cache.spaces[i] == space)
			return i;
	return -1;
}

static uint32_t entries_of(const stead_table *space)
{
	return number_of(space) < 0 ? 0 : cache.space_entries[number_of(space)];
}

static uint64_t bytes_of(const stead_table *space)
{
	return number_of(space) < 0 ? 0 : cache.space_bytes[number_of(space)];
}

/* Checks that the numbers of the table are those of its contents. */
static void assert_sound(void)
{
	uint32_t count = 0, counts[STEAD_MAX_SPACES] = {0};
	uint64_t bytes[STEAD_MAX_SPACES] = {0};

	for (uint32_t i = 0; i < cache.chain_count; i++)
		for (cache_entry *entry = cache.chains[i]; entry; entry = entry->next) {
			assert_true((entry->hash & (cache.chain_count - 1)) == i);
			assert_true(entry->space >= 0 && entry->space <= STEAD_MAX_SPACES - 1);
			count++;
			counts[entry->space]++;
			bytes[entry->space] += sizeof *entry + (entry->key_size + 7) / 8 * 8 + entry->data_size;
		}
	assert_int_equal(count, cache.entries);
	assert_int_equal(blocks, (long)count + (cache.chains != NULL));
	for (int i = 0; i < STEAD_MAX_SPACES; i++) {
		const cache_entry *older = NULL;
		uint32_t queued = 0;

		assert_int_equal(counts[i], cache.space_entries[i]);
		assert_true(bytes[i] == cache.space_bytes[i]);
		for (const cache_entry *entry = cache.queues[i].oldest; entry; older = entry, entry = entry->newer, queued++) {
			assert_int_equal(entry->space, i);
			assert_ptr_equal(entry->older, older);
		}
		assert_ptr_equal(cache.queues[i].newest, older);
		assert_int_equal(queued, counts[i]);
	}
}

static void store_from(const stead_table *space, const char *key, const char *data, const stead_table *table,
                       int64_t bucket)
{
	stead_memory_source source = {table, bucket};

	cache_table_put(&cache, space, key, strlen(key), data, strlen(data), &source, 1, cache.given, 1000);
}

static void assert_found(const stead_table *space, const char *key, const char *expected)
{
	size_t size = 0;
	const char *data = cache_table_get(&cache, space, key, strlen(key), &size);

	if ((data != NULL) != (expected != NULL))
		fail_msg("%s of %s is %sfound", key, space->name, data ? "" : "not ");
	if (data && (size != strlen(expected) || memcmp(data, expected, size) != 0))
		fail_msg("%s of %s is \"%.*s\"", key, space->name, (int)size, data);
}

/* Stores an entry whose key is a number. */
static void store_number(const stead_table *space, uint32_t key, size_t size, int64_t max_entries)
{
	stead_memory_source source = {space, key};
	char *data = malloc(size ? size : 1);

	assert_non_null(data);
	memset(data, (int)key, size);
	cache_table_put(&cache, space, &key, sizeof key, data, size, &source, 1, cache.given, max_entries);
	free(data);
}

static bool has_number(const stead_table *space, uint32_t key)
{
	size_t size;
	const unsigned char *data = cache_table_get(&cache, space, &key, sizeof key, &size);

	for (size_t i = 0; data && i < size; i++)
		assert_int_equal(data[i], key & 255);
	return data != NULL;
}

static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* ---- Signals ----------------------------------------------------------------------------------------------------- */

static void signal_numbers(void **state)
{
	(void)state;
	assert_int_equal(stead_signal_count(), STEAD_BUCKETS + 2);
	assert_int_equal(stead_signal_of(UNCACHED, 0), -1);
	assert_int_equal(stead_signal_of(RULE, 0), STEAD_BUCKETS);
	assert_int_equal(stead_signal_of(RULE, 77), STEAD_BUCKETS); /* it has one signal for all rows */
	assert_int_equal(stead_signal_of(PLACE, 0), STEAD_BUCKETS + 1);
	for (int64_t id = 0; id < 3 * STEAD_BUCKETS; id++)
		assert_int_equal(stead_signal_of(PERSON, id), id % STEAD_BUCKETS);
	for (int64_t id = -3 * STEAD_BUCKETS; id < 0; id++)
		assert_true(stead_signal_of(PERSON, id) >= 0 && stead_signal_of(PERSON, id) <= STEAD_BUCKETS - 1);
	assert_int_equal(stead_signal_of(PERSON, INT64_MAX), STEAD_BUCKETS - 1);
	assert_int_equal(stead_signal_of(PERSON, INT64_MIN), 0);
	assert_int_equal(stead_signal_of(&(stead_table){.name = "stray", .cached = true}, 0), -1);
}

static void found_after_store(void **state)
{
	(void)state;
	assert_found(PERSON, "k", NULL); /* before there is any memory */
	assert_int_equal(asked, 0);
	store_from(PERSON, "k", "value", PERSON, 1);
	assert_found(PERSON, "k", "value");
	assert_found(PERSON, "k", "value");
	assert_found(PERSON, "K", NULL);
	assert_found(PERSON, "", NULL);
	assert_found(PERSON, "kk", NULL);
	store_from(PERSON, "", "of no key", PERSON, 1);
	store_from(PERSON, "empty", "", PERSON, 1);
	assert_found(PERSON, "", "of no key");
	assert_found(PERSON, "empty", "");
	assert_true(cache.hits == 4 && cache.misses == 4);
	assert_sound();
}

static void gone_after_its_signal(void **state)
{
	(void)state;
	store_from(PERSON, "one", "1", PERSON, 1);
	store_from(PERSON, "two", "2", PERSON, 2);
	store_from(PERSON, "all", "a", RULE, 0);
	cache_table_signal(&cache, stead_signal_of(PERSON, 3));
	cache_table_signal(&cache, stead_signal_of(PLACE, 0));
	assert_found(PERSON, "one", "1");
	assert_found(PERSON, "two", "2");
	assert_found(PERSON, "all", "a");
	cache_table_signal(&cache, stead_signal_of(PERSON, 1));
	assert_found(PERSON, "one", NULL);
	assert_found(PERSON, "two", "2");
	assert_found(PERSON, "all", "a");
	assert_int_equal(cache.entries, 2); /* an invalid entry is freed when it is found */
	cache_table_signal(&cache, stead_signal_of(RULE, 0));
	assert_found(PERSON, "two", "2");
	assert_found(PERSON, "all", NULL);
	store_from(PERSON, "one", "again", PERSON, 1);
	assert_found(PERSON, "one", "again");
	cache_table_signal(&cache, stead_signal_of(PERSON, 1 + STEAD_BUCKETS)); /* shares the bucket */
	assert_found(PERSON, "one", NULL);
	assert_sound();
}

/* The signal is given between reading and storing. */
static void noted_before_the_signal(void **state)
{
	stead_memory_source source = {PERSON, 1};
	uint64_t noted = cache.given;

	(void)state;
	cache_table_signal(&cache, stead_signal_of(PERSON, 1));
	cache_table_put(&cache, PERSON, "k", 1, "old", 3, &source, 1, noted, 10);
	assert_found(PERSON, "k", NULL);
	cache_table_put(&cache, PERSON, "k", 1, "new", 3, &source, 1, cache.given, 10);
	assert_found(PERSON, "k", "new");
	cache_table_put(&cache, PERSON, "k", 1, "old", 3, &source, 1, noted,
	                10); /* a late entry replaces it, but is not valid */
	assert_found(PERSON, "k", NULL);
	noted = cache.given;
	cache_table_signal(&cache, stead_signal_of(PERSON, 2)); /* another's */
	cache_table_put(&cache, PERSON, "k", 1, "new", 3, &source, 1, noted, 10);
	assert_found(PERSON, "k", "new");
	noted = cache.given;
	cache_table_signal_all(&cache);
	cache_table_put(&cache, PERSON, "k", 1, "old", 3, &source, 1, noted, 10);
	assert_found(PERSON, "k", NULL);
}

static void several_sources(void **state)
{
	static const stead_memory_source sources[STEAD_MAX_SOURCES + 1] = {
		{PERSON, 5}, {RULE, 0}, {PLACE, 0}, {PERSON, 6}, {PERSON, 8}, {PERSON, 9}, {PERSON, 7}};

	(void)state;
	for (int i = 0; i < STEAD_MAX_SOURCES; i++) {
		cache_table_put(&cache, RULE, "k", 1, "v", 1, sources, STEAD_MAX_SOURCES, cache.given, 10);
		assert_found(RULE, "k", "v");
		cache_table_signal(&cache, stead_signal_of(PERSON, 7));
		assert_found(RULE, "k", "v");
		cache_table_signal(&cache, stead_signal_of(sources[i].table, sources[i].value));
		assert_found(RULE, "k", NULL);
	}
	cache_table_put(&cache, RULE, "k", 1, "v", 1, sources, STEAD_MAX_SOURCES + 1, cache.given,
	                10); /* more sources than an entry holds */
	assert_found(RULE, "k", NULL);
	cache_table_put(&cache, RULE, "k", 1, "v", 1, &(stead_memory_source){UNCACHED, 0}, 1, cache.given,
	                10); /* it has no signal */
	assert_found(RULE, "k", NULL);
	cache_table_put(&cache, RULE, "k", 1, "v", 1, sources, 0, cache.given, 10); /* depends on nothing */
	for (int i = 0; i < stead_signal_count(); i++)
		cache_table_signal(&cache, i);
	assert_found(RULE, "k", "v");
}

static void all_signals(void **state)
{
	char key[20];

	(void)state;
	for (int i = 0; i < 2 * STEAD_BUCKETS; i++) {
		sprintf(key, "%d", i);
		store_from(PERSON, key, key, PERSON, i);
	}
	store_from(RULE, "r", "r", RULE, 0);
	cache_table_signal_all(&cache);
	for (int i = 0; i < 2 * STEAD_BUCKETS; i++) {
		sprintf(key, "%d", i);
		assert_found(PERSON, key, NULL);
	}
	assert_found(RULE, "r", NULL);
	assert_int_equal(cache.entries, 0);
	store_from(RULE, "r", "s", RULE, 0);
	assert_found(RULE, "r", "s");
	assert_sound();
}

/* ---- Keys and spaces --------------------------------------------------------------------------------------------- */

static void invalidating(void **state)
{
	(void)state;
	cache_table_remove(&cache, PERSON, "k", 1); /* of nothing */
	store_from(PERSON, "k", "1", PERSON, 1);
	store_from(PERSON, "l", "2", PERSON, 1);
	store_from(RULE, "k", "3", RULE, 1);
	cache_table_remove(&cache, PERSON, "k", 1);
	cache_table_remove(&cache, PERSON, "k", 1);
	cache_table_remove(&cache, PERSON, "none", 4);
	assert_found(PERSON, "k", NULL);
	assert_found(PERSON, "l", "2");
	assert_found(RULE, "k", "3");
	assert_sound();
}

static void replacing(void **state)
{
	(void)state;
	store_from(PERSON, "k", "a value", PERSON, 1);
	store_from(PERSON, "k", "another, longer value", PERSON, 2);
	assert_int_equal(cache.entries, 1);
	assert_found(PERSON, "k", "another, longer value");
	cache_table_signal(&cache, stead_signal_of(PERSON, 1)); /* a source of the first */
	assert_found(PERSON, "k", "another, longer value");
	store_from(PERSON, "k", "", PERSON, 2);
	assert_found(PERSON, "k", "");
	cache_table_signal(&cache, stead_signal_of(PERSON, 2));
	assert_found(PERSON, "k", NULL);
	assert_sound();
}

static void spaces_apart(void **state)
{
	static const stead_table others[STEAD_MAX_SPACES] = {
		{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}, {.name = "e"}, {.name = "f"},
		{.name = "g"}, {.name = "h"}, {.name = "i"}, {.name = "j"}, {.name = "k"}, {.name = "l"},
		{.name = "m"}, {.name = "n"}, {.name = "o"}, {.name = "p"}};
	const int room = STEAD_MAX_SPACES - 3; /* PERSON, RULE and PLACE were used before */

	(void)state;
	store_from(PERSON, "k", "person", RULE, 1);
	store_from(RULE, "k", "rule", RULE, 1);
	assert_found(PLACE, "k", NULL);
	assert_found(PERSON, "k", "person");
	assert_found(RULE, "k", "rule");
	assert_int_equal(entries_of(PERSON), 1);
	assert_int_equal(entries_of(RULE), 1);
	for (int i = 0; i < STEAD_MAX_SPACES; i++) /* more than fit: the others have no entries */
		store_from(&others[i], "k", others[i].name, RULE, 1);
	for (int i = 0; i < STEAD_MAX_SPACES; i++) {
		assert_found(&others[i], "k", i < room ? others[i].name : NULL);
		cache_table_remove(&cache, &others[i], "k", 1);
	}
	assert_found(PERSON, "k", "person");
	assert_found(RULE, "k", "rule");
	assert_sound();
}

/* Keys of every size that differ in one byte, and a key that equals another entry's data. */
static void keys_are_compared_whole(void **state)
{
	char key[100], data[100];

	(void)state;
	memset(key, 'k', sizeof key);
	for (int pass = 0; pass < 2; pass++)
		for (size_t size = 0; size <= 40; size++)
			for (size_t at = 0; at <= size; at++) { /* at == size: none is changed */
				size_t found;
				const char *value;

				if (at < size)
					key[at] = 'x';
				sprintf(data, "%zu of %zu", at, size);
				if (pass == 0)
					cache_table_put(&cache, PERSON, key, size, data, strlen(data), NULL, 0, cache.given, 10000);
				value = cache_table_get(&cache, PERSON, key, size, &found);
				assert_true(value && found == strlen(data) && memcmp(value, data, found) == 0);
				if (at < size)
					key[at] = 'k';
			}
	cache_table_put(&cache, RULE, "ab", 2, "c", 1, NULL, 0, cache.given, 100);
	cache_table_put(&cache, RULE, "a", 1, "bc", 2, NULL, 0, cache.given, 100);
	assert_found(RULE, "ab", "c");
	assert_found(RULE, "a", "bc");
	assert_found(RULE, "c", NULL);
	assert_sound();
}

/* ---- Bounds ------------------------------------------------------------------------------------------------------ */

static void bounded_in_number(void **state)
{
	static const int64_t most[] = {1, 2, 3, 10, 64, 65, 1000};

	for (size_t m = 0; m < sizeof most / sizeof *most; m++) {
		begin(state);
		for (uint32_t i = 0; i < 3000; i++) {
			store_number(PERSON, i, 8, most[m]);
			if (!has_number(PERSON, i))
				fail_msg("what was stored last is not there, of %lld", (long long)most[m]);
			assert_true(entries_of(PERSON) >= 1 && entries_of(PERSON) <= most[m]);
		}
		assert_int_equal(entries_of(PERSON), most[m]);
		assert_sound();
		assert_int_equal(end(state), 0);
	}
	begin(state);
	for (int64_t none = -1; none <= 0; none++)
		store_number(PERSON, 1, 8, none);
	store_number(PERSON, 1, 8, INT64_MIN);
	assert_int_equal(cache.entries, 0);
	store_number(PERSON, 1, 8, INT64_MAX); /* no limit */
	store_number(PERSON, 2, 8, INT64_MAX);
	assert_int_equal(cache.entries, 2);
	for (uint32_t i = 0; i < 100; i++)
		store_number(PERSON, i, 8, 100);
	store_number(PERSON, 200, 8, 7); /* a lower limit than before */
	assert_int_equal(cache.entries, 7);
	assert_true(has_number(PERSON, 200));
	assert_sound();
}

static void bounded_in_size(void **state)
{
	static const int64_t most[] = {1, 2, 63, 64, 65, 100, 500};
	uint32_t seed = 11;

	for (size_t m = 0; m < sizeof most / sizeof *most; m++) {
		begin(state);
		for (uint32_t i = 0; i < 2000; i++) {
			size_t size = draw(&seed) % (i % 10 ? 5000 : STEAD_MAX_CACHE_ENTRY);

			store_number(PERSON, draw(&seed) % 300, size, most[m]);
			if (bytes_of(PERSON) > (uint64_t)most[m] * 1024)
				fail_msg("%llu bytes are kept of at most %lld KiB", (unsigned long long)bytes_of(PERSON),
				         (long long)most[m]);
			assert_true(entries_of(PERSON) <= most[m]);
		}
		assert_sound();
		assert_int_equal(end(state), 0);
	}
	begin(state);
}

/* An entry larger than the limit is not kept, and evicts nothing. */
static void larger_than_the_bound(void **state)
{
	uint32_t small;

	(void)state;
	for (small = 0; small < 3; small++)
		store_number(PERSON, small, 10, 3);
	store_number(PERSON, 7, 4000, 3);
	assert_false(has_number(PERSON, 7));
	for (small = 0; small < 3; small++)
		assert_true(has_number(PERSON, small));
	store_number(PERSON, 1, 4000, 3); /* but the entry that it replaces goes: it is out of date */
	assert_false(has_number(PERSON, 1));
	assert_true(has_number(PERSON, 0));
	store_number(PERSON, 7, 3 * 1024 - sizeof(cache_entry) - 8, 3); /* the largest that fits, alone */
	assert_true(has_number(PERSON, 7));
	assert_int_equal(entries_of(PERSON), 1);
	store_number(PERSON, 8, 3 * 1024 - sizeof(cache_entry) - 8 + 1, 3);
	assert_false(has_number(PERSON, 8));
	assert_true(has_number(PERSON, 7));
	assert_sound();
}

static void too_large(void **state)
{
	static char bytes[STEAD_MAX_CACHE_ENTRY + 2];
	static const char key[] = "key";
	size_t size;

	(void)state;
	cache_table_put(&cache, PERSON, key, 3, bytes, STEAD_MAX_CACHE_ENTRY - 3, NULL, 0, 0, 1000);
	assert_non_null(cache_table_get(&cache, PERSON, key, 3, &size));
	assert_int_equal(size, STEAD_MAX_CACHE_ENTRY - 3);
	cache_table_put(&cache, PERSON, "kez", 3, bytes, STEAD_MAX_CACHE_ENTRY - 2, NULL, 0, 0, 1000);
	assert_found(PERSON, "kez", NULL);
	cache_table_put(&cache, PERSON, bytes, STEAD_MAX_CACHE_ENTRY + 1, "", 0, NULL, 0, 0, 1000);
	assert_int_equal(cache.entries, 1);
	cache_table_put(&cache, PERSON, bytes, STEAD_MAX_CACHE_ENTRY, "", 0, NULL, 0, 0, 1000);
	assert_int_equal(cache.entries, 2);
	assert_non_null(cache_table_get(&cache, PERSON, bytes, STEAD_MAX_CACHE_ENTRY, &size));
	assert_sound();
}

static void one_space_leaves_another_alone(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		store_number(RULE, i, 100, 50);
	for (uint32_t i = 0; i < 20000; i++)
		store_number(PERSON, i, i % 100 ? 20 : 30000, 64);
	for (uint32_t i = 0; i < 50; i++)
		if (!has_number(RULE, i))
			fail_msg("%u was pushed out by another space", i);
	assert_true(entries_of(PERSON) >= 1 && entries_of(PERSON) <= 64);
	assert_sound();
}

/* Some entries are used again and again, while many others are used once or never: the used ones survive. */
static void the_used_survive(void **state)
{
	(void)state;
	for (int once = 0; once < 2; once++) {
		for (uint32_t hot = 0; hot < 10; hot++)
			store_number(PERSON, hot, 20, 100);
		for (uint32_t i = 1000; i < 21000; i++) {
			store_number(PERSON, i, 20, 100);
			if (once)
				has_number(PERSON, i);
			if (!has_number(PERSON, i % 10))
				fail_msg("%u was pushed out after %u others", i % 10, i - 1000);
		}
		assert_int_equal(entries_of(PERSON), 100);
		cache_table_signal_all(&cache);
	}
}

/* Invalid entries are evicted before valid ones, however often they were used. */
static void the_bad_go(void **state)
{
	enum { HALF = 50 };

	(void)state;
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < 2 * HALF; i++) {
			uint32_t key = i < HALF ? i : i - HALF + STEAD_BUCKETS; /* two of each bucket */

			if (again)
				assert_true(has_number(PERSON, key));
			else
				store_number(PERSON, key, 20, 2 * HALF);
		}
	cache_table_signal(&cache, stead_signal_of(PERSON, 7));
	store_number(PERSON, 1000, 20, 2 * HALF);
	assert_int_equal(entries_of(PERSON), 2 * HALF);
	store_number(PERSON, 1001, 20, 2 * HALF);
	assert_int_equal(entries_of(PERSON), 2 * HALF);
	for (uint32_t i = 0; i < HALF; i++) {
		assert_int_equal(has_number(PERSON, i), i != 7);
		assert_int_equal(has_number(PERSON, i + STEAD_BUCKETS), i != 7);
	}
}

/* ---- Want of memory ---------------------------------------------------------------------------------------------- */

/* Does a bit of everything. What is found must be right, whatever was refused. Returns how much was found. */
static int some_work(void)
{
	int found = 0;

	for (uint32_t i = 0; i < 200; i++) {
		store_number(PERSON, i % 150, i % 7 * 10, 120);
		store_number(RULE, i % 5, 10, 4);
		found += has_number(PERSON, i / 2) + has_number(RULE, i % 5);
		if (i % 20 == 0)
			cache_table_remove(&cache, PERSON, &i, sizeof i);
		if (i % 30 == 0)
			cache_table_signal(&cache, (int)(i % (uint32_t)stead_signal_count()));
		if (i == 100)
			cache_table_signal_all(&cache);
		if (i == 150)
			cache_table_clear(&cache);
		assert_sound();
		assert_true(entries_of(PERSON) <= 120);
		assert_true(entries_of(RULE) <= 4);
	}
	return found;
}

static void without_memory(void **state)
{
	long total;
	int found;

	begin(state);
	found = some_work();
	assert_true(found > 100);
	total = asked;
	assert_int_equal(end(state), 0);
	for (int way = 0; way < 2; way++)
		for (long n = 1; n <= total; n++) {
			begin(state);
			fail_at = n;
			and_on = way;
			some_work();
			if (!way)
				assert_true(asked >= n);
			fail_at = 0; /* there is memory again */
			store_number(PERSON, 12345, 5, 10);
			assert_true(has_number(PERSON, 12345));
			assert_sound();
			assert_int_equal(end(state), 0);
		}
	begin(state);
}

/* If only the table cannot grow, entries are still stored, in longer chains. */
static void without_growth(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		fail_at = cache.chain_count && cache.entries >= cache.chain_count ? asked + 1 : 0;
		store_number(PERSON, i, 10, 1000);
	}
	fail_at = 0;
	assert_int_equal(cache.entries, 500);
	assert_int_equal(cache.chain_count, 64);
	assert_sound();
	for (uint32_t i = 0; i < 500; i++)
		assert_true(has_number(PERSON, i));
	store_number(PERSON, 500, 10, 1000);
	assert_int_equal(cache.chain_count, 128);
	for (uint32_t i = 0; i <= 500; i++)
		assert_true(has_number(PERSON, i));
	assert_sound();
}

static void cleared(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		store_number(i % 2 ? PERSON : RULE, i, 10, 1000);
	assert_int_equal(blocks, 1001);
	cache_table_clear(&cache);
	assert_int_equal(blocks, 0);
	assert_int_equal(bytes_of(PERSON) + bytes_of(RULE) + entries_of(PERSON) + entries_of(RULE), 0);
	for (uint32_t i = 0; i < 1000; i++)
		assert_false(has_number(i % 2 ? PERSON : RULE, i));
	store_number(PERSON, 1, 10, 1000);
	assert_true(has_number(PERSON, 1));
	assert_sound();
}

static void report(void **state)
{
	(void)state;
	reports = 0;
	cache_table_report(NULL, &cache);
	assert_string_equal(reported, "this connection: 0 hits, 0 misses, 0 invalidations, 0 entries, 0 KiB");
	store_number(PERSON, 1, 1024, 10);
	has_number(PERSON, 1);
	has_number(PERSON, 2);
	has_number(PERSON, 3);
	cache_table_signal(&cache, 3);
	cache_table_report(NULL, &cache);
	/* 64 chains and the entry */
	assert_string_equal(reported, "this connection: 1 hits, 2 misses, 1 invalidations, 1 entries, 2 KiB");
	assert_int_equal(reports, 2);
}

/* ---- Against a model --------------------------------------------------------------------------------------------- */

#define KEYS 400
#define PERSON_BOUND 60

/* What was stored last under each key, while it is valid. RULE and PLACE have room for all, so they must have it;
 * PERSON may have evicted it. In the second run some requests for memory are refused: then any space may lack it. */
typedef struct {
	bool good;
	uint16_t sources[STEAD_COUNT(((cache_entry *)0)->signals)];
	int source_count;
	uint32_t value, size;
} known;

static void random_operations(bool scarce)
{
	static known model[3][KEYS];
	static const stead_table *const spaces[] = {PERSON, RULE, PLACE};
	uint32_t seed = 4711 + scarce, finds = 0, losses = 0;

	memset(model, 0, sizeof model);
	for (uint32_t round = 0; round < 100000; round++) {
		uint32_t space = draw(&seed) % 3, key = draw(&seed) % KEYS, action = draw(&seed) % 100;
		known *entry = &model[space][key];
		char data[300];
		size_t size;

		fail_at = scarce && draw(&seed) % 10 == 0 ? asked + 1 + draw(&seed) % 2 : 0;
		if (action < 40) { /* store */
			stead_memory_source sources[STEAD_MAX_SOURCES];
			uint64_t noted = cache.given;
			long before = asked;

			entry->good = true;
			entry->value = round;
			entry->size = draw(&seed) % sizeof data;
			entry->source_count = (int)(draw(&seed) % (STEAD_MAX_SOURCES + 1));
			for (int i = 0; i < entry->source_count; i++) {
				sources[i] = (stead_memory_source){spaces[draw(&seed) % 3], draw(&seed) % 1000};
				entry->sources[i] = (uint16_t)stead_signal_of(sources[i].table, sources[i].value);
			}
			if (draw(&seed) % 8 == 0) { /* a signal while it was read */
				uint32_t signal = draw(&seed) % (uint32_t)stead_signal_count();

				cache_table_signal(&cache, (int)signal);
				for (int s = 0; s < 3; s++)
					for (int k = 0; k < KEYS; k++)
						for (int i = 0; i < model[s][k].source_count; i++)
							model[s][k].good &= model[s][k].sources[i] != signal;
			}
			for (size_t i = 0; i < entry->size; i++)
				data[i] = (char)(round + i);
			cache_table_put(&cache, spaces[space], &key, sizeof key, data, entry->size, sources, entry->source_count,
			                noted, space == 0 ? PERSON_BOUND : 10 * KEYS);
			if (fail_at && asked >= fail_at && before < fail_at)
				losses++;
		} else if (action < 90) { /* find */
			const char *value = cache_table_get(&cache, spaces[space], &key, sizeof key, &size);

			if (value && !entry->good)
				fail_msg("round %u: %u of %s is not good", round, key, spaces[space]->name);
			if (!value && entry->good && space != 0 && !losses)
				fail_msg("round %u: %u of %s is lost", round, key, spaces[space]->name);
			if (value) {
				assert_int_equal(size, entry->size);
				for (size_t i = 0; i < size; i++)
					assert_true(value[i] == (char)(entry->value + i));
				finds++;
			}
		} else if (action < 93) { /* remove */
			cache_table_remove(&cache, spaces[space], &key, sizeof key);
			entry->good = false;
		} else if (action < 99 || round % 50 != 0) { /* signal */
			uint32_t signal = draw(&seed) % (uint32_t)stead_signal_count();

			if (signal >= STEAD_BUCKETS && draw(&seed) % 20 != 0)
				continue;
			cache_table_signal(&cache, (int)signal);
			for (int s = 0; s < 3; s++)
				for (int k = 0; k < KEYS; k++)
					for (int i = 0; i < model[s][k].source_count; i++)
						model[s][k].good &= model[s][k].sources[i] != signal;
		} else if (draw(&seed) % 4 == 0) { /* clear */
			cache_table_clear(&cache);
			for (int s = 0; s < 3; s++)
				for (int k = 0; k < KEYS; k++)
					model[s][k].good = false;
		} else { /* all signals: entries without sources stay */
			cache_table_signal_all(&cache);
			for (int s = 0; s < 3; s++)
				for (int k = 0; k < KEYS; k++)
					model[s][k].good &= model[s][k].source_count == 0;
		}
		assert_true(entries_of(PERSON) <= PERSON_BOUND);
		if (bytes_of(PERSON) > PERSON_BOUND * 1024)
			fail_msg("round %u: %llu bytes", round, (unsigned long long)bytes_of(PERSON));
		if (round % 100 == 0)
			assert_sound();
	}
	fail_at = 0;
	assert_true(finds > 5000);
	assert_true(scarce == (losses > 0));
	assert_sound();
}

static void against_a_model(void **state)
{
	(void)state;
	random_operations(false);
}

static void against_a_model_with_little_memory(void **state)
{
	(void)state;
	random_operations(true);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(signal_numbers),
		TEST(found_after_store),
		TEST(gone_after_its_signal),
		TEST(noted_before_the_signal),
		TEST(several_sources),
		TEST(all_signals),
		TEST(invalidating),
		TEST(replacing),
		TEST(spaces_apart),
		TEST(keys_are_compared_whole),
		TEST(bounded_in_number),
		TEST(bounded_in_size),
		TEST(larger_than_the_bound),
		TEST(too_large),
		TEST(one_space_leaves_another_alone),
		TEST(the_used_survive),
		TEST(the_bad_go),
		TEST(without_memory),
		TEST(without_growth),
		TEST(cleared),
		TEST(report),
		TEST(against_a_model),
		TEST(against_a_model_with_little_memory),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
