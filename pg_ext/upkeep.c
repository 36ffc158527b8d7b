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

bool stead_writes_alone(void)
{
	return false;
}

bool stead_step(stead_call *call)
{
	(void)call;
	CHECK_FOR_INTERRUPTS();
	return true;
}

bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	work(call, data); /* writers do not wait for readers */
	return true;
}

void stead_give_way(stead_call *call)
{
	(void)call; /* writers do not wait for locks of ours */
}

#define STRETCH 200 /* microseconds of work between two rests */
#define REST 1      /* milliseconds */

/* As VACUUM does by its cost delay: who wakes on our processor waits until we sleep, or for several milliseconds. */
void stead_rest(stead_call *call)
{
	static TimestampTz rested_at;
	TimestampTz worked;

	(void)call;
	worked = GetCurrentTimestamp() - rested_at;
	if (worked > -STRETCH && worked < STRETCH) /* however the clock was set meanwhile */
		return;
	(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, REST, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	rested_at = GetCurrentTimestamp();
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
