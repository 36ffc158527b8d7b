/*
 * index.c - the index of a block: what is read from its rows is what went into it, whatever the ids, times and values.
 *
 * Linked with: trail/index/build trail/index/hash trail/index/posting trail/index/trigram
 * Linked with: trail/index/summary trail/index/totals
 * Linked with: lib/sort lib/crypto/sha256 lib/text
 */
#include "unit.h"

#include <openssl/evp.h>

#include "core/digest.h"
#include "lib/text.h"
#include "trail/index/encoding.h"
#include "trail/index/summary.h"

/* ---- What the core would give ----------------------------------------------------------------------------------- */

static void *blocks[100000];
static size_t block_count;

void *stead_alloc(stead_call *call, size_t size)
{
	(void)call;
	assert_true(block_count < sizeof blocks / sizeof *blocks);
	return blocks[block_count++] = malloc(size ? size : 1);
}

static void free_all(void)
{
	while (block_count)
		free(blocks[--block_count]);
}

void *stead_grow(stead_call *call, void *items, size_t count, size_t *room, size_t item_size)
{
	void *more;

	if (count < *room)
		return items;
	*room = *room ? 2 * *room : 8;
	more = stead_alloc(call, *room * item_size);
	if (count)
		memcpy(more, items, count * item_size);
	return more;
}

void stead_append(stead_call *call, stead_buffer *buffer, const char *data, size_t size)
{
	if (!buffer->data || size > buffer->room - buffer->size) {
		char *more = stead_alloc(call, buffer->room = 2 * (buffer->size + size) + 16);

		if (buffer->size)
			memcpy(more, buffer->data, buffer->size);
		buffer->data = more;
	}
	if (size)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

void stead_sha256_check(stead_call *call, const stead_sha256_stream *stream)
{
	(void)call;
	assert_false(stream->failed);
}

/* The key is the test's own: nothing is read or stored. */
stead_rows *stead_open_as(stead_call *call, int flags, const char *sql, int count, const stead_value *params)
{
	(void)call, (void)flags, (void)sql, (void)count, (void)params;
	fail();
	return NULL;
}
bool stead_next(stead_rows *rows)
{
	(void)rows;
	return false;
}
bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value)
{
	(void)rows, (void)index, (void)type, (void)value;
	return false;
}
void stead_close(stead_rows *rows)
{
	(void)rows;
}
int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params)
{
	(void)call, (void)sql, (void)count, (void)params;
	return 0;
}
void stead_random(stead_call *call, unsigned char *out, size_t size)
{
	(void)call;
	memset(out, 7, size);
}
int64_t stead_run_rows(stead_call *call, const char *sql, int columns, int64_t count, const stead_value *values)
{
	(void)call, (void)sql, (void)columns, (void)values;
	return count;
}
void stead_raise_hint(stead_call *call, stead_error error, const char *hint, const char *format, ...)
{
	(void)call, (void)error, (void)hint;
	fail_msg("%s", format);
	abort();
}
stead_value stead_keep(stead_call *call, stead_value value)
{
	char *copy = stead_alloc(call, value.size);

	memcpy(copy, value.data, value.size);
	value.data = copy;
	return value;
}
stead_sha256_stream stead_sha256_open(stead_call *call)
{
	(void)call;
	return (stead_sha256_stream){0};
}

static index_key key;

static int setup(void **state)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	(void)state;
	if (!context || !EVP_DigestInit_ex2(context, EVP_sha256(), NULL))
		return 1;
	key.sha.context = context;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	EVP_MD_CTX_free(key.sha.context);
	return 0;
}

/* ---- Postings --------------------------------------------------------------------------------------------------- */

static uint64_t seed = 1;

static uint64_t chance(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

static stead_value text(const char *data)
{
	return (stead_value){.type = STEAD_TEXT, .data = data, .size = strlen(data)};
}

enum { MOST = 142000 };
static index_event events[MOST];
static char names[MOST][24];

static int newest_first(const void *left, const void *right)
{
	const index_event *a = left, *b = right;

	if (a->occurred_at != b->occurred_at)
		return a->occurred_at < b->occurred_at ? 1 : -1;
	return (a->id < b->id) - (a->id > b->id);
}

static void build(index_builder *builder, int count)
{
	*builder = (index_builder){.key = &key};
	for (int i = 0; i < count; i++)
		index_add(NULL, builder, &events[i]);
	index_finish(NULL, builder, count);
}

static bool has(const index_event *event, int dimension, stead_value value)
{
	return !event->value[dimension].null && event->value[dimension].size == value.size &&
	       memcmp(event->value[dimension].data, value.data, value.size) == 0;
}

/* Where the value's events are. */
static int64_t bucket_of(const index_builder *builder, int dimension, stead_value value, uint64_t hash, int count)
{
	int events_of_value = 0, bits = index_bits(count);

	for (int i = 0; i < count; i++)
		events_of_value += has(&events[i], dimension, value);
	return index_bucket(hash, bits && events_of_value >= 128 && !builder->shared ? 16 : bits);
}

/* Reads a value's events as a reader would: the rows of its bucket, from the highest part to 0. Compares them with the
 * events, which are newest first. */
static void check_value(const index_builder *builder, int dimension, stead_value value, int count)
{
	uint64_t hash = index_hash(&key, dimension, value), found;
	int64_t bucket = bucket_of(builder, dimension, value, hash, count), part = -1, id, left, seen = 0;
	int next = 0;
	bool failed;

	for (size_t i = 0; i < builder->row_count; i++) {
		const index_row *row = &builder->rows[i];
		index_reader reader;

		if (row->dimension != dimension || row->bucket != bucket)
			continue;
		assert_true(part < 0 || row->part == part - 1);
		part = row->part;
		assert_true(row->size <= 1000);
		index_read_open(&reader, index_row_entries(builder, row));
		while (index_read_value(&reader, &found, &left))
			while (found == INDEX_STORED(hash) && index_read_event(&reader, &id, &failed)) {
				while (next < count && !has(&events[next], dimension, value))
					next++;
				assert_true(next < count);
				assert_true(id == events[next].id);
				assert_true(failed == events[next].failed);
				next++;
				seen++;
			}
		assert_false(reader.damaged);
	}
	assert_true(part <= 0);
	for (; next < count; next++)
		assert_false(has(&events[next], dimension, value));
	assert_true(seen > 0 || value.size == 6); /* "absent" */
}

/* The totals of a row are those of its events, unless it is damaged. */
static void check_totals(stead_value entries)
{
	index_total totals[INDEX_MOST_TOTALS], read[INDEX_MOST_TOTALS];
	int found = index_read_totals(entries, totals), count = 0;
	index_reader reader;

	index_read_open(&reader, entries);
	for (; count < INDEX_MOST_TOTALS && index_read_value(&reader, &read[count].hash, &read[count].events); count++) {
		index_total *total = &read[count];
		int64_t id, events = 0;
		bool failed;

		for (total->failures = 0; index_read_event(&reader, &id, &failed); total->failures += failed)
			if (events++ == 0)
				total->id = id;
	}
	if (reader.damaged)
		return;
	assert_int_equal(found, count);
	for (int i = 0; i < count; i++) {
		assert_true(totals[i].hash == read[i].hash && totals[i].id == read[i].id);
		assert_true(totals[i].events == read[i].events && totals[i].failures == read[i].failures);
	}
}

static void check_all_totals(const index_builder *builder)
{
	for (size_t i = 0; i < builder->row_count; i++) { /* of its exact size: the sanitizer sees its end */
		stead_value entries = index_row_entries(builder, &builder->rows[i]);
		char *copy;

		if (!builder->rows[i].bucket)
			continue;
		copy = malloc(entries.size);
		memcpy(copy, entries.data, entries.size);
		entries.data = copy;
		check_totals(entries);
		free(copy);
	}
}

/* No two rows have one key; the parts of a bucket count down to 0. */
static void check_keys(const index_builder *builder)
{
	for (size_t i = 0; i < builder->row_count; i++) {
		const index_row *row = &builder->rows[i], *next = row + 1;

		if (row->part)
			assert_true(i + 1 < builder->row_count && next->dimension == row->dimension &&
			            next->bucket == row->bucket && next->part == row->part - 1);
		for (size_t j = i + 1; j < builder->row_count; j++)
			assert_false(builder->rows[j].dimension == row->dimension && builder->rows[j].bucket == row->bucket &&
			             builder->rows[j].part == row->part);
	}
}

/* Bucket 0 has the buckets of the frequent values, and no others. Returns how many rows it has. */
static int check_directory(const index_builder *builder, int dimension)
{
	static bool listed[1 << 16], there[1 << 16];
	int rows = 0;

	memset(listed, 0, sizeof listed);
	memset(there, 0, sizeof there);
	for (size_t i = 0; i < builder->row_count; i++) {
		const index_row *row = &builder->rows[i];
		stead_value entries = index_row_entries(builder, row);
		const unsigned char *at = (const unsigned char *)entries.data, *end = at + entries.size;
		int64_t number = -1;
		uint64_t step;

		if (row->dimension != dimension)
			continue;
		if (row->bucket >= 65536)
			there[row->bucket - 65536] = true;
		if (row->bucket)
			continue;
		assert_true(entries.size > 0 && entries.size <= 1000);
		for (rows++; at < end; listed[number] = true) {
			at = index_read_varint(at, end, &step);
			assert_true(at && step < 65536);
			number += (int64_t)step + 1;
			assert_true(number < 65536 && !listed[number]);
		}
	}
	assert_memory_equal(listed, there, sizeof listed);
	return rows;
}

/* Some values of one block, as a reader finds them. */
static void check_values(const index_builder *builder, int count)
{
	check_value(builder, 0, text("the same"), count);
	check_value(builder, 0, text("absent"), count);
	for (int i = 0; i < count; i += 1 + count / 50)
		for (int d = 1; d < 4; d++)
			if (!events[i].value[d].null)
				check_value(builder, d, events[i].value[d], count);
	for (size_t i = 0; i < builder->row_count; i++)
		assert_true(builder->rows[i].dimension < 4);
	check_keys(builder);
	for (int d = 0; d < INDEX_DIMENSIONS; d++)
		check_directory(builder, d);
	check_all_totals(builder);
}

static void random_blocks(void **state)
{
	static const int sizes[] = {1, 2, 255, 256, 4095, 4096, 19999, 20000, 30000};

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		int count = sizes[k];
		index_builder builder;

		for (int i = 0; i < count; i++) {
			events[i] = (index_event){.id = k % 2 ? i + 1 : (int64_t)chance(2) * (INT64_MAX - 2 - MOST) + i + 1,
			                          .occurred_at = k % 3 ? i : (int64_t)chance(50),
			                          .failed = chance(3) == 0,
			                          .details = {.type = STEAD_JSON, .null = true}};
			snprintf(names[i], sizeof names[i], "v%llu", (unsigned long long)chance((uint64_t)count));
			for (int d = 0; d < INDEX_DIMENSIONS; d++)
				events[i].value[d] = d == 0                      ? text("the same")
				                     : d == 1                    ? text(chance(2) ? "a" : "")
				                     : d == 2 && chance(4)       ? text(names[i])
				                     : d == 3 && chance(20) == 0 ? text("now and then")
				                                                 : (stead_value){.type = STEAD_TEXT, .null = true};
		}
		build(&builder, count);
		qsort(events, (size_t)count, sizeof *events, newest_first);
		check_values(&builder, count);
		index_finish_shared(NULL, &builder, count);
		check_values(&builder, count);
		free_all();
	}
}

/* Values with one event fewer than a frequent one, as many, and more; many of them, so that some have one bucket. */
static void frequent_values(void **state)
{
	enum { VALUES = 1100, EVENTS = 1100 * 129 };
	index_builder builder;
	int most = 0;

	(void)state;
	for (int i = 0; i < EVENTS; i++) {
		int value = i / 129;

		value = i % 129 >= 127 + (value % 8 > 0) + (value % 8 > 4) ? VALUES : value; /* the rest is of a last one */
		snprintf(names[i], sizeof names[i], "v%d", value);
		events[i] = (index_event){
			.id = i + 1, .occurred_at = i, .failed = i % 5 == 0, .details = {.type = STEAD_JSON, .null = true}};
		for (int d = 0; d < INDEX_DIMENSIONS; d++)
			events[i].value[d] = d == 2 ? text(names[i]) : (stead_value){.type = STEAD_TEXT, .null = true};
	}
	build(&builder, EVENTS);
	qsort(events, EVENTS, sizeof *events, newest_first);
	for (int i = 0; i <= VALUES; i += 10) { /* the last one, too */
		char name[24];

		snprintf(name, sizeof name, "v%d", i);
		check_value(&builder, 2, text(name), EVENTS);
	}
	check_keys(&builder);
	assert_true(check_directory(&builder, 2) > 1);
	check_all_totals(&builder);
	for (size_t i = 0; i < builder.row_count; i++) {
		index_total totals[INDEX_MOST_TOTALS];
		int found;

		if (!builder.rows[i].bucket)
			continue;
		found = index_read_totals(index_row_entries(&builder, &builder.rows[i]), totals);
		most = found > most ? found : most;
		for (int j = 0; j < found && builder.rows[i].bucket < 65536; j++)
			assert_true(totals[j].events == 127);
	}
	assert_true(most > 1); /* some share a bucket */
	free_all();
}

/* What is put back becomes the same rows, if all of it is of frequent values, or nothing. */
static void put_back(void **state)
{
	index_builder builder, again = {0};

	(void)state;
	for (int count = 126; count < 130; count++) {
		again = (index_builder){.highest = count};
		for (int i = count; i > 0; i--)
			index_put_back(NULL, &again, 3, UINT64_C(0x8000123456789abc), i, false);
		assert_true(index_put_back_alike(&again, 3, count >= 128));
		assert_false(index_put_back_alike(&again, 3, count < 128));
		assert_true(index_put_back_alike(&again, 2, true) && index_put_back_alike(&again, 2, false));
		index_put_rows(NULL, &again, 300);
		assert_int_equal(again.row_count, 1);
		assert_int_equal(again.rows[0].bucket, count < 128 ? 16 + 8 : 65536 + 0x8000);
		free_all();
	}
	for (int i = 0; i < 300; i++) {
		events[i] = (index_event){.id = i + 1, .occurred_at = i, .value = {text("same")}};
		for (int d = 1; d < INDEX_DIMENSIONS; d++)
			events[i].value[d] = (stead_value){.type = STEAD_TEXT, .null = true};
	}
	build(&builder, 300);
	again = (index_builder){.highest = 300};
	for (int i = 300; i > 0; i--)
		index_put_back(NULL, &again, 0, index_hash(&key, 0, text("same")), i, false);
	index_put_rows(NULL, &again, 300);
	assert_int_equal(again.row_count, builder.row_count - 1); /* which buckets there are is not put back */
	assert_int_equal(builder.rows[again.row_count].bucket, 0);
	assert_int_equal(again.text.size, builder.rows[again.row_count].offset);
	assert_memory_equal(again.text.data, builder.text.data, again.text.size);
	free_all();
}

/* Whoever imports rows chooses their ids: negative ones, and some that are as far apart as can be. */
static void any_ids(void **state)
{
	static const int64_t ids[] = {INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, -5,       -1, 0, 1,
	                              5,         INT64_MAX / 2, INT64_MAX - 1, INT64_MAX};
	enum { COUNT = sizeof ids / sizeof *ids };
	index_builder builder;

	(void)state;
	for (int turn = 0; turn < 50; turn++) {
		int count = 1 + (int)chance(COUNT), first = (int)chance((uint64_t)(COUNT - count + 1));

		for (int i = 0; i < count; i++) {
			events[i] = (index_event){.id = ids[first + i],
			                          .occurred_at = turn % 2 ? (int64_t)chance(3) : 1,
			                          .failed = chance(2),
			                          .details = {.type = STEAD_JSON, .null = true}};
			for (int d = 0; d < INDEX_DIMENSIONS; d++)
				events[i].value[d] = text(d ? chance(2) ? "a" : "b" : "the same");
		}
		build(&builder, count);
		qsort(events, (size_t)count, sizeof *events, newest_first);
		for (int d = 0; d < INDEX_DIMENSIONS; d++)
			check_value(&builder, d, events[0].value[d], count);
		check_all_totals(&builder);
		free_all();
	}
}

/* A summary gives back what was added up, in the order of the hashes, whatever the numbers are. */
static void summaries(void **state)
{
	static const int64_t ids[] = {INT64_MIN, -1, 0, 1, INT64_MAX};

	(void)state;
	for (int count = 0; count < 5000; count = 3 * count + 1) {
		index_totals table = {0};
		index_summary summary = {0};
		index_total *all = calloc((size_t)count + 1, sizeof *all), totals[INDEX_MOST_TOTALS];
		uint64_t before = 0;
		int read = 0;

		for (int i = 0; i < count; i++) { /* hashes of which none is another's, some with the same low bits */
			all[i] = (index_total){.hash = INDEX_STORED(((uint64_t)i << 33) + (uint64_t)i / 3),
			                       .events = 1 + (int64_t)chance(i % 2 ? 3 : 1000000),
			                       .id = count % 2 ? ids[chance(5)] : (int64_t)chance(100000)};
			all[i].failures = (int64_t)chance((uint64_t)all[i].events + 1);
		}
		for (int turn = 0; turn < 2; turn++)
			for (int i = 0; i < count; i += 50)
				assert_true(index_add_totals(NULL, &table, all + i, count - i < 50 ? count - i : 50, (size_t)count));
		assert_int_equal(table.count, count);
		index_summarise(NULL, &table, &summary);
		for (size_t part = 0; part < summary.count; part++) {
			int found = index_read_summary(summary.rows[part], totals);

			assert_true(summary.rows[part].size >= 1 && summary.rows[part].size < 940 && found >= 0);
			for (int i = 0; i < found; i++, read++) {
				const index_total *one = &all[totals[i].hash >> 33];

				assert_true(read == 0 || totals[i].hash > before);
				before = totals[i].hash;
				assert_true(before == one->hash && totals[i].id == one->id);
				assert_true(totals[i].events == 2 * one->events && totals[i].failures == 2 * one->failures);
			}
			for (size_t size = 0; size < summary.rows[part].size; size += 1 + chance(20)) { /* cut short */
				stead_value cut = summary.rows[part];

				cut.size = size;
				cut.data = memcpy(malloc(size ? size : 1), cut.data, size);
				assert_in_range(index_read_summary(cut, totals) + 1, 0, found);
				free((char *)cut.data);
			}
			for (int turn = 0; turn < 200; turn++) { /* or changed */
				char *copy = memcpy(malloc(summary.rows[part].size), summary.rows[part].data, summary.rows[part].size);

				copy[chance(summary.rows[part].size)] = (char)chance(256);
				index_read_summary(stead_bytes(copy, summary.rows[part].size), totals);
				free(copy);
			}
		}
		assert_int_equal(read, count);
		if (count)
			assert_false(index_add_totals(NULL, &table, &(index_total){.hash = 5, .events = 1}, 1, (size_t)count));
		free(all);
		free_all();
	}
}

/* A row that somebody has cut short, or changed, ends; nothing behind its end is read. */
static void damaged_rows(void **state)
{
	index_builder builder;

	(void)state;
	for (int i = 0; i < 300; i++)
		events[i] = (index_event){.id = (i * 7919) % 300 + 1, .occurred_at = i, .value = {text(i % 3 ? "a" : "b")}};
	for (int i = 0; i < 300; i++)
		for (int d = 1; d < INDEX_DIMENSIONS; d++)
			events[i].value[d] = (stead_value){.type = STEAD_TEXT, .null = true};
	build(&builder, 300);
	for (size_t i = 0; i < builder.row_count; i++)
		for (int turn = 0; turn < 2000; turn++) {
			size_t size = builder.rows[i].size;
			char *copy = malloc(size);
			index_reader reader;
			uint64_t hash;
			int64_t count, id;
			bool failed;

			memcpy(copy, builder.text.data + builder.rows[i].offset, size);
			if (turn % 2)
				copy[chance(size)] = (char)chance(256);
			else
				size = chance(size);
			copy = realloc(copy, size ? size : 1); /* so that the sanitizer sees the end */
			index_read_open(&reader, (stead_value){.type = STEAD_BYTES, .data = copy, .size = size});
			for (int values = 0; index_read_value(&reader, &hash, &count); values++) {
				assert_true(values < 1000);
				while (index_read_event(&reader, &id, &failed))
					continue;
			}
			check_totals((stead_value){.type = STEAD_BYTES, .data = copy, .size = size});
			free(copy);
		}
	free_all();
}

/* ---- Trigrams --------------------------------------------------------------------------------------------------- */

static void trigrams(void **state)
{
	static const char *const texts[] = {"User.Login", "ab", "", "Zo\xc3\xab", "{\"a\": [1,2,3]}", "\xff\xff\xff\xff"};
	static const struct {
		const char *needle;
		bool found;
	} cases[] = {{"login", true},      {"user.login", true}, {"r.lo", true}, {"logout", false},      {"ab", true},
	             {"zo\xc3\xab", true}, {"1,2", true},        {"2,1", false}, {"\xff\xff\xff", true}, {"", true}};
	trigram_set set;
	uint32_t wanted[20];
	stead_value stored;

	(void)state;
	trigram_open(NULL, &set);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		trigram_add(&set, text(texts[i]));
	trigram_add(&set, (stead_value){.type = STEAD_TEXT, .null = true});
	stored = trigram_store(NULL, &set);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(trigram_all(stored, wanted, trigram_of(cases[i].needle, strlen(cases[i].needle), wanted)),
		                 cases[i].found);
	free_all();
}

/* What a search finds in a text has its trigrams in the set. */
static void no_trigram_is_missed(void **state)
{
	char haystack[200], needle[20];
	uint32_t wanted[20];

	(void)state;
	for (int turn = 0; turn < 200; turn++) {
		size_t size = 3 + chance(190), length = 3 + chance(size < 17 ? size - 2 : 15), at = chance(size - length + 1);
		int misses = 0;
		trigram_set set;
		stead_value stored;

		for (size_t i = 0; i < size; i++)
			haystack[i] = (char)chance(256);
		trigram_open(NULL, &set);
		trigram_add(&set, (stead_value){.type = STEAD_TEXT, .data = haystack, .size = size});
		stored = trigram_store(NULL, &set);
		memcpy(needle, haystack + at, length);
		stead_ascii_lower(needle, length);
		assert_true(stead_contains(haystack, size, needle, length));
		assert_true(trigram_all(stored, wanted, trigram_of(needle, length, wanted)));
		for (int i = 0; i < 10; i++) {
			needle[chance(length)] ^= (char)(1 + chance(255));
			stead_ascii_lower(needle, length);
			misses += !trigram_all(stored, wanted, trigram_of(needle, length, wanted));
		}
		assert_true(misses > 0);
		free_all();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_blocks),   cmocka_unit_test(any_ids),
		cmocka_unit_test(frequent_values), cmocka_unit_test(put_back),
		cmocka_unit_test(summaries),       cmocka_unit_test(damaged_rows),
		cmocka_unit_test(trigrams),        cmocka_unit_test(no_trigram_is_missed),
	};

	return cmocka_run_group_tests_name("index", tests, setup, teardown);
}
