/*
 * posting.c - reads the entries of a row of postings. See index.h.
 */
#include "trail/index/encoding.h"

static bool read_varint(index_reader *reader, uint64_t *out)
{
	const unsigned char *at = index_read_varint(reader->at, reader->end, out);

	if (at)
		reader->at = at;
	else
		reader->damaged = true;
	return at != NULL;
}

void index_read_open(index_reader *reader, stead_value entries)
{
	*reader = (index_reader){.at = (const unsigned char *)entries.data,
	                         .end = (const unsigned char *)entries.data + entries.size};
	read_varint(reader, &reader->base);
}

/* The id of the next event, behind that one. A later number is in zigzag: its lowest bit is the sign. */
static inline uint64_t next_id(const index_reader *reader, uint64_t id, uint64_t number)
{
	return reader->first ? reader->base - number : id + (number >> 1 ^ -(number & 1));
}

bool index_read_event(index_reader *reader, int64_t *id, bool *failed)
{
	uint64_t number;

	if (reader->left == 0 || reader->damaged || !read_varint(reader, &number))
		return false;
	reader->left--;
	*failed = number & 1;
	reader->id = next_id(reader, reader->id, number >> 1);
	reader->first = false;
	*id = (int64_t)reader->id;
	return true;
}

size_t index_read_ids(index_reader *reader, stead_value success, int64_t *ids)
{
	const unsigned char *at = reader->at;
	uint64_t id = reader->id, number;
	size_t count = 0;

	for (; reader->left && !reader->damaged; reader->left--) {
		const unsigned char *next = index_read_varint(at, reader->end, &number);

		if (!next) {
			reader->damaged = true;
			break;
		}
		id = next_id(reader, id, number >> 1);
		reader->first = false;
		at = next;
		ids[count] = (int64_t)id;
		count += success.null || success.boolean != (bool)(number & 1);
	}
	reader->at = at;
	reader->id = id;
	return count;
}

/* How many bytes of a word whose bytes are 0 or 1 are 1. */
#define COUNT_BYTES(word) ((word)*STEAD_EACH_BYTE(1) >> 56)

/* Skips varints of eight bytes, at most so many, and counts those with the lowest bit set. Bytes are taken together, as
 * the length of each varint could not be guessed. 0 bytes: the first varint is longer. */
static inline int skip_some(const unsigned char *at, uint64_t *left, int64_t *failures)
{
	uint64_t bytes = stead_eight_bytes(at), last, first, count;
	int end;

	last = ~bytes >> 7 & STEAD_EACH_BYTE(1); /* of the bytes that end a varint */
	if (!last)
		return 0;
	first = last << 8 | 1; /* of those that begin one */
	count = COUNT_BYTES(last);
	if (count <= *left) /* up to the last end */
		end = 63 - __builtin_clzll(last);
	else {
		count = *left;
		for (uint64_t i = 1; i < count; i++)
			last &= last - 1;
		end = __builtin_ctzll(last);
	}
	*failures += (int64_t)COUNT_BYTES(bytes & first & (UINT64_MAX >> (63 - end)));
	*left -= count;
	return end / 8 + 1;
}

/* Skips so many varints, and adds the number of those with the lowest bit set. */
static inline const unsigned char *count_failures(const unsigned char *at, const unsigned char *end, uint64_t events,
                                                  int64_t *failures)
{
	while (events && at < end) {
		int skipped = end - at >= 8 ? skip_some(at, &events, failures) : 0;

		at += skipped;
		if (skipped)
			continue;
		*failures += *at & 1;
		while (*at & 128)
			if (++at == end)
				return NULL;
		at++;
		events--;
	}
	return events ? NULL : at;
}

bool index_read_value(index_reader *reader, uint64_t *hash, int64_t *count)
{
	uint64_t number = 0;
	int64_t failures = 0;

	if (reader->left && !reader->damaged) {
		const unsigned char *at = count_failures(reader->at, reader->end, (uint64_t)reader->left, &failures);

		reader->damaged = !at;
		reader->at = at ? at : reader->end;
		reader->left = 0;
	}
	if (reader->damaged || reader->at == reader->end)
		return false;
	if (reader->end - reader->at < INDEX_HASH_SIZE) {
		reader->damaged = true;
		return false;
	}
	*hash = 0;
	for (int i = 0; i < INDEX_HASH_SIZE; i++)
		*hash = *hash << 8 | *reader->at++;
	if (!read_varint(reader, &number))
		return false;
	if (number < 1 || number > (uint64_t)(reader->end - reader->at)) {
		reader->damaged = true;
		return false;
	}
	reader->left = *count = (int64_t)number;
	reader->first = true;
	return true;
}

#define LEAST_ENTRY (INDEX_HASH_SIZE + 2) /* bytes: the number of events, and one event */

int index_read_totals(stead_value entries, index_total totals[INDEX_MOST_TOTALS])
{
	const unsigned char *at = (const unsigned char *)entries.data, *end = at + entries.size;
	uint64_t base, events, first;
	int count = 0;

	for (at = index_read_varint(at, end, &base); at && at != end; count++) {
		index_total *total = &totals[count];

		if (count == INDEX_MOST_TOTALS || end - at < LEAST_ENTRY)
			return -1;
		total->hash = index_quick_hash(at);
		at = index_read_varint(at + INDEX_HASH_SIZE, end, &events);
		at = index_read_varint(at, end, &first);
		if (!at || events < 1 || events > entries.size)
			return -1;
		total->events = (int64_t)events;
		total->id = (int64_t)(base - (first >> 1));
		total->failures = (int64_t)(first & 1);
		at = count_failures(at, end, events - 1, &total->failures);
	}
	return at ? count : -1;
}
