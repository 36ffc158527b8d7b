/*
 * upkeep.c - what long upkeep needs of PostgreSQL: pauses, and locks.
 */
#include "host.h"

#include "access/twophase.h"
#include "catalog/dependency.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
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

int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left)
{
	(void)call, (void)pages;
	*left = 0; /* autovacuum does */
	return 0;
}

/* ---- Locks ----------------------------------------------------------------------------------------------------------- */

#if PG_VERSION_NUM >= 170000
#define holding_process(held) ProcNumberGetProc((held)->procNumber)
#define is_recovered(held) ((held)->procNumber == INVALID_PROC_NUMBER)
#else
#define holding_process(held) BackendIdGetProc((held)->backendId)
#define is_recovered(held) ((held)->backendId == InvalidBackendId)
#endif

/* Who has the lock, as far as can be told: it may be given back while we look. */
static const char *holder_of(const LOCKTAG *tag)
{
	VirtualTransactionId *held = GetLockConflicts(tag, ExclusiveLock, NULL);
	PGPROC *process;
	bool more;

	if (!LocalTransactionIdIsValid(held->localTransactionId))
		return "another process";
	/* a prepared transaction goes by the number of the process that prepared it, until the server starts again */
	if (is_recovered(held) || TransactionIdIsValid(TwoPhaseGetXidByVirtualXID(*held, &more)))
		return "a prepared transaction";
	process = holding_process(held);
	return process && process->pid ? psprintf("process %d", process->pid) : "another process";
}

/* A lock's number stands for a part of the extension: no other lock on it is of that name. */
bool stead_try_lock(stead_call *call, const stead_lock *lock, int64_t until, const char **holder)
{
	LOCKTAG tag;

	if (until && !OidIsValid(own_table(frame_of(call), "stead_schema"))) /* nothing else tells, before upkeep is under way */
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame_of(call))), "stead is not initialised");
	refuse_to_write(call, NULL); /* a standby has no such lock */
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
	                   getExtensionOfObject(ProcedureRelationId, own_function(frame_of(call))), (uint16)lock->number);
	if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return true;
	if (holder)
		*holder = holder_of(&tag);
	return false;
}

void stead_unlock(stead_call *call, const stead_lock *lock)
{
	(void)call, (void)lock; /* the transaction's end does */
}
