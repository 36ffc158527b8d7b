/*
 * tree.h - what is given out of the Merkle tree and taken back: checkpoints and proofs; the registry entries are in
 * seal.c.
 */
#ifndef STEAD_SEAL_PROOF_H
#define STEAD_SEAL_PROOF_H

#include "stead.h"

stead_value seal_checkpoint(stead_call *call, const stead_value *args);
void seal_verify_checkpoint(stead_call *call, const stead_value *args);
stead_value seal_proof(stead_call *call, const stead_value *args);

#endif
