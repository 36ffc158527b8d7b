/*
 * merkle.c - see merkle.h.
 */
#include "lib/crypto/merkle.h"

#include <string.h>

void merkle_node(stead_sha256_stream *sha, const merkle_hash *left, const merkle_hash *right, merkle_hash *out)
{
	stead_sha256_start(sha);
	stead_sha256_byte(sha, 1);
	stead_sha256_add(sha, left, sizeof *left);
	stead_sha256_add(sha, right, sizeof *right);
	stead_sha256_end(sha, out->bytes);
}

void merkle_empty(merkle_range *range, int64_t begin)
{
	range->begin = range->end = begin;
	range->count = 0;
}

void merkle_append(stead_sha256_stream *sha, merkle_range *range, int level, const merkle_hash *root)
{
	int last = range->count++;

	range->node[last] = *root;
	range->level[last] = (unsigned char)level;
	range->end += INT64_C(1) << level;
	/* merge two subtrees of the same size if they are the children of one node */
	for (; last > 0 && range->level[last - 1] == range->level[last]; last--) {
		uint64_t width = UINT64_C(2) << range->level[last]; /* of up to 2^63 */

		if ((uint64_t)range->end % width != 0)
			break;
		merkle_node(sha, &range->node[last - 1], &range->node[last], &range->node[last - 1]);
		range->level[last - 1]++;
		range->count--;
	}
}

void merkle_join(stead_sha256_stream *sha, merkle_range *range, const merkle_range *next)
{
	for (int i = 0; i < next->count; i++)
		merkle_append(sha, range, next->level[i], &next->node[i]);
}

void merkle_root(stead_sha256_stream *sha, const merkle_range *range, merkle_hash *out)
{
	if (range->count == 0) {
		stead_sha256_start(sha);
		stead_sha256_end(sha, out->bytes);
		return;
	}
	*out = range->node[range->count - 1];
	for (int i = range->count - 2; i >= 0; i--)
		merkle_node(sha, &range->node[i], out, out);
}

bool merkle_load(merkle_range *range, int64_t begin, int64_t end, const char *data, size_t size)
{
	merkle_empty(range, begin);
	if (begin < 0 || end < begin)
		return false;
	for (int64_t at = begin; at < end; range->count++) {
		int level = 0;

		while ((uint64_t)at % (UINT64_C(2) << level) == 0 && (uint64_t)(end - at) >= UINT64_C(2) << level)
			level++;
		if (size < ((size_t)range->count + 1) * MERKLE_SIZE)
			return false;
		memcpy(&range->node[range->count], data + (size_t)range->count * MERKLE_SIZE, MERKLE_SIZE);
		range->level[range->count] = (unsigned char)level;
		at += INT64_C(1) << level;
	}
	range->end = end;
	return size == merkle_stored_size(range);
}
