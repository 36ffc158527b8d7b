/*
 * merkle_proof.c - see merkle_proof.h. Proofs are made and verified by the same list of steps, so a proof of any other
 * length fails.
 */
#include "lib/crypto/merkle_proof.h"

#include <string.h>

/* The leaves of the left subtree of a tree of more than one leaf: the largest power of two less than their number. */
static int64_t left_width(int64_t leaves)
{
	int64_t width = 1;

	while (width < leaves - width)
		width <<= 1;
	return width;
}

static bool is_subtree(int64_t begin, int64_t end, int64_t size)
{
	uint64_t width = 1; /* of up to 2^63 */

	if (begin < 0 || end < begin || size < end)
		return false;
	while (width < (uint64_t)(end - begin))
		width <<= 1;
	return (uint64_t)begin % width == 0;
}

int merkle_proof_steps(int64_t begin, int64_t end, int64_t size, merkle_step steps[MERKLE_STEPS])
{
	int64_t low = 0, high = size;
	bool whole = true; /* the subtree is one node: the verifier has its root, so the proof omits it */
	int count = 0;

	if (!is_subtree(begin, end, size))
		return -1;
	if (begin == end)
		return 0;
	while (begin != low || end != high) { /* from the top down */
		int64_t middle = low + left_width(high - low);

		if (end <= middle) {
			steps[count++] = (merkle_step){middle, high, MERKLE_RIGHT};
			high = middle;
			continue;
		}
		steps[count++] = (merkle_step){low, middle, middle <= begin ? MERKLE_LEFT : MERKLE_BOTH};
		low = middle;
		if (begin < middle) {
			begin = middle;
			whole = false;
		}
	}
	if (!whole)
		steps[count++] = (merkle_step){low, high, MERKLE_BASE};
	for (int i = 0; i < count / 2; i++) {
		merkle_step step = steps[i];

		steps[i] = steps[count - 1 - i];
		steps[count - 1 - i] = step;
	}
	return count;
}

static bool same(const merkle_hash *hash, merkle_given given)
{
	return memcmp(hash->bytes, given.data, MERKLE_SIZE) == 0;
}

bool merkle_verify_subtree(stead_sha256_stream *sha, int64_t begin, int64_t end, int64_t size, merkle_given subtree,
                           merkle_given root, const merkle_given *proof, size_t count)
{
	merkle_hash smaller, larger, other;
	merkle_step steps[MERKLE_STEPS];
	int wanted = merkle_proof_steps(begin, end, size, steps);

	if (wanted < 0 || (size_t)wanted != count || subtree.size != MERKLE_SIZE || root.size != MERKLE_SIZE)
		return false;
	if (begin == end) {
		stead_sha256_start(sha);
		stead_sha256_end(sha, smaller.bytes);
		return !sha->failed && same(&smaller, subtree);
	}
	memcpy(smaller.bytes, subtree.data, MERKLE_SIZE);
	larger = smaller;
	for (int i = 0; i < wanted; i++) {
		if (proof[i].size != MERKLE_SIZE)
			return false;
		memcpy(other.bytes, proof[i].data, MERKLE_SIZE);
		switch (steps[i].place) {
		case MERKLE_BASE:
			smaller = larger = other;
			break;
		case MERKLE_RIGHT:
			merkle_node(sha, &larger, &other, &larger);
			break;
		case MERKLE_BOTH:
			merkle_node(sha, &other, &smaller, &smaller);
			merkle_node(sha, &other, &larger, &larger);
			break;
		case MERKLE_LEFT:
			merkle_node(sha, &other, &larger, &larger);
		}
	}
	return !sha->failed && same(&smaller, subtree) && same(&larger, root);
}

bool merkle_verify_inclusion(stead_sha256_stream *sha, int64_t index, int64_t begin, int64_t end, merkle_given leaf,
                             merkle_given root, const merkle_given *proof, size_t count)
{
	if (!is_subtree(begin, end, end) || index < begin || index >= end)
		return false;
	return merkle_verify_subtree(sha, index - begin, index - begin + 1, end - begin, leaf, root, proof, count);
}

bool merkle_verify_consistency(stead_sha256_stream *sha, int64_t size1, int64_t size2, merkle_given root1,
                               merkle_given root2, const merkle_given *proof, size_t count)
{
	return size1 > 0 && merkle_verify_subtree(sha, 0, size1, size2, root1, root2, proof, count);
}
