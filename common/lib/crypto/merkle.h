/*
 * merkle.h - the Merkle tree of RFC 9162, section 2.1, over SHA-256: hashes, and compact ranges. Pure.
 *
 * A compact range stands for the leaves from begin to end: the roots of the largest perfect subtrees it falls into, from
 * left to right (at most 2 * 62 of them), of which everything above can be computed. Ranges that adjoin can be joined.
 * See also draft-ietf-plants-merkle-tree-certs for subtrees, and Google's transparency-dev/merkle for compact ranges.
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
	int64_t begin, end; /* leaf numbers, from 0; end is not in it */
	int count;
	merkle_hash node[MERKLE_NODES];
	unsigned char level[MERKLE_NODES]; /* node i is the root of 2^level leaves */
} merkle_range;

/* What two nodes are under. */
void merkle_node(stead_sha256_stream *sha, const merkle_hash *left, const merkle_hash *right, merkle_hash *out);

void merkle_empty(merkle_range *range, int64_t begin);
/* Appends the root of 2^level leaves; the range's end must be a multiple of that. */
void merkle_append(stead_sha256_stream *sha, merkle_range *range, int level, const merkle_hash *root);
/* Appends what follows: next->begin is range->end. */
void merkle_join(stead_sha256_stream *sha, merkle_range *range, const merkle_range *next);
/* The root of the tree, or of the subtree (see merkle_proof.h), whose leaves the range is. Of no leaves: the hash of nothing. */
void merkle_root(stead_sha256_stream *sha, const merkle_range *range, merkle_hash *out);

/* A range as its nodes' hashes alone: begin and end tell their levels. */
#define merkle_stored_size(range) ((size_t)(range)->count * MERKLE_SIZE)
/* False unless the size is what such a range has. */
bool merkle_load(merkle_range *range, int64_t begin, int64_t end, const char *data, size_t size);

#endif
