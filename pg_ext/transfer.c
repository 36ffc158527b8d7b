/*
 * transfer.c - tables that are kept from others, while an import stores all their rows.
 */
#include "host.h"

#include "access/xact.h"

#include "core/host.h"
#include "core/transfer.h"

void stead_lock_table(stead_call *call, const stead_table *table)
{
	const char *name = psprintf("stead_%s", table->name);

	refuse_to_write(call, NULL);
	begin_query(call);
	if (!OidIsValid(own_table(frame_of(call), name)))
		stead_raise_hint(call, STEAD_CORRUPT, STEAD_MISSING_HINT, STEAD_MISSING, call->function->name);
	if (IsolationUsesXactSnapshot()) /* rows that were written while we wait for the lock could not be seen */
		stead_raise(call, STEAD_UNSUPPORTED, "stead_%s: not in this isolation level", call->function->name);
	execute(psprintf("LOCK TABLE %s.%s IN EXCLUSIVE MODE", schema_name(frame_of(call)), name));
}

/* A stream makes all its rows within one statement, from snapshots. */
int64_t stead_written(stead_call *call)
{
	(void)call;
	return 0;
}
