/*
 * era.h - a new era where the cluster counts its transactions from before what is sealed.
 *
 * An era is a cluster, which its system identifier tells. A copy of the data directory, a template image, a cluster that
 * pg_resetwal set back have the same one, and lower numbers than a log that is restored there.
 */
#ifndef STEAD_SEAL_ERA_H
#define STEAD_SEAL_ERA_H

#include "trail/seal/seal.h"

/* Are transactions of the current era counted from before the end of what is sealed of it? */
bool seal_is_counted_again(stead_call *call);
/* If so, begins an era; the seal lock is the caller's. Why it cannot be begun now, or NULL. If it has begun, whoever logs waits for the
 * end of this transaction: the caller ends soon. */
const char *seal_follow_cluster(stead_call *call, bool *begun);
/* The same as part of stead_init(). */
void seal_begin(stead_call *call);

#endif
