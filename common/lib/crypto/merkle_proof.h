/*
 * merkle_proof.h - proofs over the Merkle tree of RFC 9162: what goes into one, and whether one holds. Pure.
 *
 * There is one kind of proof: that a subtree, the leaves from begin to end, is part of a tree of so many leaves (section 4.4
 * of draft-ietf-plants-merkle-tree-certs). A leaf is a subtree of one: an inclusion proof. An earlier tree is a subtree from
 * 0: a consistency proof. A subtree begins at a multiple of the power of two that its width rounds up to; its root is that
 * of a tree of its leaves alone.
 */
#ifndef STEAD_MERKLE_PROOF_H
#define STEAD_MERKLE_PROOF_H

#include "lib/crypto/merkle.h"

#define MERKLE_STEPS 64 /* more no proof has */

/* One hash of a proof: the root of the subtree from begin to end, and what is done with it. */
typedef struct {
	int64_t begin, end;
	enum { MERKLE_BASE,  /* both roots are built up from it; only ever the first */
	       MERKLE_RIGHT, /* it stands to the right of what the larger root is built of so far */
	       MERKLE_LEFT,  /* to the left of that */
	       MERKLE_BOTH } /* to the left of what either root is built of so far */ place;
} merkle_step;

/* The hashes of the proof, in its order, that the subtree is part of the tree; -1: there is no such subtree or tree. */
int merkle_proof_steps(int64_t begin, int64_t end, int64_t size, merkle_step steps[MERKLE_STEPS]);

/* A hash as it came from elsewhere, of any size; one that is not 32 bytes makes a proof fail. */
typedef struct {
	const void *data;
	size_t size;
} merkle_given;

/* Is the subtree with that root part of the tree with that root? An empty subtree (begin is end) with the hash of nothing for
 * its root and no proof is part of every tree, whose root then says nothing. */
bool merkle_verify_subtree(stead_sha256_stream *sha, int64_t begin, int64_t end, int64_t size, merkle_given subtree,
                           merkle_given root, const merkle_given *proof, size_t count);
/* Is the leaf with that hash the one with that number in the subtree with that root? A whole tree is the subtree from 0. */
bool merkle_verify_inclusion(stead_sha256_stream *sha, int64_t index, int64_t begin, int64_t end, merkle_given leaf,
                             merkle_given root, const merkle_given *proof, size_t count);
/* Does the tree of size2 leaves extend that of size1? From no leaves nothing follows, so that is refused. */
bool merkle_verify_consistency(stead_sha256_stream *sha, int64_t size1, int64_t size2, merkle_given root1, merkle_given root2,
                               const merkle_given *proof, size_t count);

#endif
