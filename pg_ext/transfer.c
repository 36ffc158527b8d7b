/*
 * transfer.c - tables that are kept from others, while an import stores all their rows.
 */
#include "host.h"

#include "access/xact.h"

#include "core/transfer.h"

void stead_lock_table(stead_call *call, const stead_table *table)
{
	refuse_to_write(call, NULL);
	begin_query(call);
	if (IsolationUsesXactSnapshot()) /* rows that were written while we wait for the lock could not be seen */
		stead_raise(call, STEAD_UNSUPPORTED, "stead_%s: not in this isolation level", call->function->name);
	execute(psprintf("LOCK TABLE %s.stead_%s IN EXCLUSIVE MODE", schema_name(frame_of(call)), table->name));
}

/* A stream makes all its rows within one statement, from snapshots. */
int64_t stead_written(stead_call *call)
{
	(void)call;
	return 0;
}
