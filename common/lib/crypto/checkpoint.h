/*
 * checkpoint.h - checkpoints as text (https://c2sp.org/tlog-checkpoint): who says it, the size of the tree, its root
 * in base64, a line each. What follows of a signed note (https://c2sp.org/signed-note) is let pass. Pure.
 */
#ifndef STEAD_SEAL_CHECKPOINT_H
#define STEAD_SEAL_CHECKPOINT_H

#include "lib/crypto/merkle.h"

#define CHECKPOINT_MAX_ORIGIN 200 /* bytes */

/* May well-formed text be the name of a key, as whoever signs the checkpoint should be able to sign as its origin? No
 * control characters, no Unicode spaces, no plus, not empty. */
bool checkpoint_origin_valid(const char *origin, size_t size);
/* Reads any bytes; false: it is no checkpoint. The last line's end may be missing: a shell takes it away. */
bool checkpoint_read(const char *text, size_t size, int64_t *tree_size, merkle_hash *root);

#endif
