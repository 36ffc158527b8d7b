/*
 * era.h - begins a new era when the cluster's transaction numbers are lower than those of sealed events.
 *
 * An era stands for a cluster, by its system identifier. A copy of the data directory, a template image, or a cluster
 * after pg_resetwal has the same identifier, but may have lower transaction numbers than an audit trail that is
 * restored there.
 */
#ifndef STEAD_SEAL_ERA_H
#define STEAD_SEAL_ERA_H

#include "trail/seal/seal.h"

/* Are current transaction numbers lower than the end of the current era's blocks? */
bool era_is_behind(stead_call *call);
/* If so, begins a new era. The caller holds the seal lock. Returns why it cannot begin now, or NULL. If it has begun,
 * everyone who logs an event waits until this transaction ends, so the caller should end soon. */
const char *era_follow_cluster(stead_call *call, bool *begun);
/* The same, called by stead_init(). */
void era_init(stead_call *call);
/* Begins a new era if events were imported whose transaction numbers the cluster has yet to give in this one. */
void era_after_import(stead_call *call);

#endif
