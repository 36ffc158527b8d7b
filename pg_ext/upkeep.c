/*
 * upkeep.c - pauses and locks for long upkeep.
 */
#include "host.h"

#include "access/twophase.h"
#include "access/xact.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
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

bool stead_stores_by_key(stead_call *call)
{
	(void)call;
	return false;
}

bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	work(call, data); /* writers do not wait for readers */
	return true;
}

#define WORK_TIME 200 /* microseconds between two sleeps */
#define SLEEP_TIME 1  /* milliseconds */

/* Sleeps now and then, as VACUUM does by its cost delay. A process that wakes on this processor would otherwise wait
 * for it, for up to several milliseconds. */
static void yield_processor(void)
{
	static TimestampTz slept_at;
	TimestampTz worked;

	worked = GetCurrentTimestamp() - slept_at;
	if (worked > -WORK_TIME && worked < WORK_TIME) /* the clock may have been set back */
		return;
	(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, SLEEP_TIME, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	slept_at = GetCurrentTimestamp();
}

/* Writers do not wait for Stead's locks, except when an era begins. So a step needs no commit, and nobody to yield to
 * waits. */
bool stead_pause(stead_call *call, stead_pause_kind kind)
{
	if (kind == STEAD_YIELD_PROCESSOR)
		yield_processor();
	CHECK_FOR_INTERRUPTS();
	return !frame_of(call)->keeps_writers;
}

int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left)
{
	(void)call, (void)pages;
	*left = 0; /* autovacuum does it */
	return 0;
}

int64_t stead_database_bytes(stead_call *call)
{
	return stead_first(call, "SELECT pg_database_size(oid) FROM pg_database WHERE datname = current_database()", 0,
	                   NULL, STEAD_INT)
	    .integer;
}

/* ---- Locks ----------------------------------------------------------------------------------------------------- */

#if PG_VERSION_NUM >= 170000
#define holding_process(held) ProcNumberGetProc((held)->procNumber)
#define is_recovered(held) ((held)->procNumber == INVALID_PROC_NUMBER)
#else
#define holding_process(held) BackendIdGetProc((held)->backendId)
#define is_recovered(held) ((held)->backendId == InvalidBackendId)
#endif

/* Names the holder of the lock, if possible: the lock may be released meanwhile. */
static const char *holder_of(const LOCKTAG *tag)
{
	VirtualTransactionId *held = GetLockConflicts(tag, ExclusiveLock, NULL);
	PGPROC *process;
	bool more;

	if (!LocalTransactionIdIsValid(held->localTransactionId))
		return "another process";
	/* until the server restarts, a prepared transaction has the number of the process that prepared it */
	if (is_recovered(held) || TransactionIdIsValid(TwoPhaseGetXidByVirtualXID(*held, &more)))
		return "a prepared transaction";
	process = holding_process(held);
	return process && process->pid ? psprintf("process %d", process->pid) : "another process";
}

/* The lock is on a subobject of the schema, which an upgrade leaves as it is, unlike the extension. Nothing else locks
 * such a name. */
static LOCKTAG lock_tag(stead_call *call, const stead_lock *lock)
{
	LOCKTAG tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, NamespaceRelationId, own_schema(frame_of(call)), (uint16)lock->number);
	return tag;
}

void stead_wait_lock(stead_call *call, const stead_lock *lock)
{
	LOCKTAG tag = lock_tag(call, lock);

	refuse_to_write(call, NULL); /* a standby has no such lock */
	LockAcquire(&tag, ExclusiveLock, false, false);
}

bool stead_try_lock(stead_call *call, const stead_lock *lock, int64_t until, const char **holder)
{
	LOCKTAG tag = lock_tag(call, lock);

	if (until && !OidIsValid(own_table(frame_of(call), "stead_schema"))) /* told before upkeep begins */
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame_of(call))),
		                 "stead is not initialised");
	refuse_to_write(call, NULL); /* a standby has no such lock */
	if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return true;
	if (holder)
		*holder = holder_of(&tag);
	return false;
}

void stead_keep_writers_out(stead_call *call, const stead_table *table)
{
	Oid relation;

	if (IsolationUsesXactSnapshot())
		stead_raise_hint(call, STEAD_UNSUPPORTED, "Call it in READ COMMITTED.",
		                 "stead_%s: cannot be called in this isolation level", call->function->name);
	refuse_to_write(call, NULL);
	begin_query(call);
	relation = own_table(frame_of(call), psprintf("stead_%s", table->name));
	if (OidIsValid(relation))
		LockRelationOid(relation, ShareRowExclusiveLock);
}

void stead_unlock(stead_call *call, const stead_lock *lock)
{
	(void)call, (void)lock; /* the end of the transaction releases it */
}
