/*
 * tree.h - checkpoints and inclusion proofs of the Merkle tree. The registry entries are in proof.c.
 */
#ifndef STEAD_TREE_H
#define STEAD_TREE_H

#include "stead.h"

stead_value audit_checkpoint(stead_call *call, const stead_value *args);
void audit_verify_checkpoint(stead_call *call, const stead_value *args);
stead_value audit_proof(stead_call *call, const stead_value *args);

#endif
