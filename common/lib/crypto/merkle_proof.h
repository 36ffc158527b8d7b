/*
 * merkle_proof.h - proofs over the Merkle tree of RFC 9162: which hashes a proof has, and verifying it. Pure.
 *
 * There is one kind of proof: that a subtree, the leaves from begin to end, is part of a tree of a given size (section
 * 4.4 of draft-ietf-plants-merkle-tree-certs). For a single leaf this is an inclusion proof; for an earlier tree, which
 * is a subtree that begins at 0, it is a consistency proof. A subtree begins at a multiple of its width rounded up to a
 * power of two. Its root is that of a tree of its leaves alone.
 */
#ifndef STEAD_MERKLE_PROOF_H
#define STEAD_MERKLE_PROOF_H

#include "lib/crypto/merkle.h"

#define MERKLE_STEPS 64 /* no proof has more */

/* One hash of a proof: the root of the subtree from begin to end, and how the verifier uses it. */
typedef struct {
	int64_t begin, end;
	enum {
		MERKLE_BASE,  /* both roots are computed from it; only the first step can be this */
		MERKLE_RIGHT, /* it is the right child beside the node computed so far for the larger root */
		MERKLE_LEFT,  /* it is the left child beside that node */
		MERKLE_BOTH
	} /* it is the left child beside the nodes computed so far for both roots */ place;
} merkle_step;

/* Fills in the steps of the proof that the subtree is part of the tree, and returns how many. -1: there is no such
 * subtree. */
int merkle_proof_steps(int64_t begin, int64_t end, int64_t size, merkle_step steps[MERKLE_STEPS]);

/* An untrusted hash, of any size; one that is not 32 bytes makes the proof fail. */
typedef struct {
	const void *data;
	size_t size;
} merkle_given;

/* Is the subtree with this root part of the tree with that root? An empty subtree (begin is end), whose root is the
 * hash of the empty string, is part of every tree; then the proof is empty, and the tree's root is not checked. */
bool merkle_verify_subtree(stead_sha256_stream *sha, int64_t begin, int64_t end, int64_t size, merkle_given subtree,
                           merkle_given root, const merkle_given *proof, size_t count);
/* Is the leaf with this hash the one with this number in the subtree with that root? A whole tree is the subtree from
 * 0. */
bool merkle_verify_inclusion(stead_sha256_stream *sha, int64_t index, int64_t begin, int64_t end, merkle_given leaf,
                             merkle_given root, const merkle_given *proof, size_t count);
/* Does the tree of size2 leaves extend that of size1? False for size1 = 0: the empty tree proves nothing. */
bool merkle_verify_consistency(stead_sha256_stream *sha, int64_t size1, int64_t size2, merkle_given root1,
                               merkle_given root2, const merkle_given *proof, size_t count);

#endif
