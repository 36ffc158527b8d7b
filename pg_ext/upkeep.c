/*
 * upkeep.c - what long upkeep needs of PostgreSQL: pauses.
 */
#include "host.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/timestamp.h"

int64_t stead_batch(int64_t brief, int64_t ample)
{
	(void)brief;
	return ample;
}

bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	work(call, data); /* writers do not wait for readers */
	return true;
}

#define STRETCH 200 /* microseconds of work between two rests */
#define REST 1      /* milliseconds */

/* As VACUUM does by its cost delay: who wakes on our processor waits until we sleep, or for several milliseconds. */
static void rest(void)
{
	static TimestampTz rested_at;
	TimestampTz worked;

	worked = GetCurrentTimestamp() - rested_at;
	if (worked > -STRETCH && worked < STRETCH) /* however the clock was set meanwhile */
		return;
	(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, REST, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	rested_at = GetCurrentTimestamp();
}

/* Writers do not wait for locks of ours, but for one: a step needs no commit, and there is nobody to yield to. */
bool stead_pause(stead_call *call, stead_pause_kind kind)
{
	if (kind == STEAD_YIELD_PROCESSOR)
		rest();
	CHECK_FOR_INTERRUPTS();
	return !frame_of(call)->keeps_writers;
}

const char *stead_read_only(stead_call *call)
{
	(void)call;
	return RecoveryInProgress() ? "a hot standby" : XactReadOnly ? "a read-only transaction" : NULL;
}

int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left)
{
	(void)call, (void)pages;
	*left = 0; /* autovacuum does */
	return 0;
}
