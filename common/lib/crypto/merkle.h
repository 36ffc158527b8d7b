/*
 * merkle.h - the Merkle tree of RFC 9162, section 2.1, over SHA-256: hashes, and compact ranges. Pure.
 *
 * A compact range represents the leaves from begin to end. It consists of the roots of the largest perfect subtrees
 * that cover them, from left to right (at most 2 * 62); all nodes above can be computed from these. Adjacent ranges can
 * be joined. See draft-ietf-plants-merkle-tree-certs for subtrees, and Google's transparency-dev/merkle for compact
 * ranges.
 */
#ifndef STEAD_MERKLE_H
#define STEAD_MERKLE_H

#include "lib/crypto/sha256.h"

#define MERKLE_SIZE STEAD_SHA256_SIZE
#define MERKLE_NODES 124

typedef struct {
	unsigned char bytes[MERKLE_SIZE];
} merkle_hash;

typedef struct {
	int64_t begin, end; /* leaf numbers, from 0; end is excluded */
	int count;
	merkle_hash node[MERKLE_NODES];
	unsigned char level[MERKLE_NODES]; /* node i is the root of 2^level leaves */
} merkle_range;

/* The hash of the parent of two nodes. */
void merkle_node(stead_sha256_stream *sha, const merkle_hash *left, const merkle_hash *right, merkle_hash *out);

void merkle_empty(merkle_range *range, int64_t begin);
/* Appends the root of 2^level leaves; the range's end must be a multiple of that. */
void merkle_append(stead_sha256_stream *sha, merkle_range *range, int level, const merkle_hash *root);
/* Appends the adjacent range: next->begin is range->end. */
void merkle_join(stead_sha256_stream *sha, merkle_range *range, const merkle_range *next);
/* The root of the tree, or of the subtree (see merkle_proof.h), whose leaves the range covers. Without leaves, it is
 * the hash of the empty string. */
void merkle_root(stead_sha256_stream *sha, const merkle_range *range, merkle_hash *out);

/* A stored range is the hashes of its nodes: their levels follow from begin and end. */
#define merkle_stored_size(range) ((size_t)(range)->count * MERKLE_SIZE)
/* False unless the size is that of such a range. */
bool merkle_load(merkle_range *range, int64_t begin, int64_t end, const char *data, size_t size);

#endif
