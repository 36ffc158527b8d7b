/*
 * checkpoint.h - checkpoints as text (https://c2sp.org/tlog-checkpoint): the origin, the size of the tree and its root
 * in base64, each on a line. The signatures of a signed note (https://c2sp.org/signed-note) are accepted, not verified.
 * Pure.
 */
#ifndef STEAD_CHECKPOINT_H
#define STEAD_CHECKPOINT_H

#include "lib/crypto/merkle.h"

#define CHECKPOINT_MAX_ORIGIN 200 /* bytes */

/* Can this well-formed text be the name of a key, so that the checkpoint can be signed by its origin? It must not be
 * empty or contain control characters, Unicode spaces or a plus sign. */
bool checkpoint_origin_valid(const char *origin, size_t size);
/* Reads a checkpoint from any bytes. False: they are not a checkpoint. The last line feed may be missing, as shells
 * remove it. */
bool checkpoint_read(const char *text, size_t size, int64_t *tree_size, merkle_hash *root);

#endif
