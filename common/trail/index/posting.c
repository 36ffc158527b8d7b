/*
 * posting.c - reads the entries of a row of postings. See index.h.
 */
#include "trail/index/index.h"

static bool read_varint(index_reader *reader, uint64_t *out)
{
	uint64_t number = 0;

	for (int shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
		unsigned char byte = *reader->at++;

		if (shift == 63 && byte > 1)
			break;
		number |= (uint64_t)(byte & 127) << shift;
		if (!(byte & 128)) {
			*out = number;
			return true;
		}
	}
	reader->damaged = true;
	return false;
}

void index_read_open(index_reader *reader, stead_value entries)
{
	*reader = (index_reader){.at = (const unsigned char *)entries.data,
	                         .end = (const unsigned char *)entries.data + entries.size};
	read_varint(reader, &reader->base);
}

bool index_read_event(index_reader *reader, int64_t *id, bool *failed)
{
	uint64_t number;

	if (reader->left == 0 || reader->damaged || !read_varint(reader, &number))
		return false;
	reader->left--;
	*failed = number & 1;
	number >>= 1;
	if (reader->first)
		reader->id = reader->base - number;
	else /* zigzag: the lowest bit is the sign */
		reader->id += number >> 1 ^ -(number & 1);
	reader->first = false;
	*id = (int64_t)reader->id;
	return true;
}

bool index_read_value(index_reader *reader, uint64_t *hash, int64_t *count)
{
	uint64_t number = 0;
	int64_t id;
	bool failed;

	while (index_read_event(reader, &id, &failed))
		continue;
	if (reader->damaged || reader->at == reader->end)
		return false;
	if (reader->end - reader->at < 6) {
		reader->damaged = true;
		return false;
	}
	*hash = 0;
	for (int i = 0; i < 6; i++)
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
