/*
 * attempt.c - work that may fail, in a subtransaction. Only this file catches errors.
 *
 * Aborting the subtransaction restores user, settings, locks and SPI as they were when it began; plpgsql's exception
 * blocks rely on that too. Only the frame's list of open queries must be restored here.
 */
#include "host.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define LOCK_PATIENCE 1000 /* ms */

/* Work that waits for a table being altered must not keep everything else waiting. The subtransaction's end undoes
 * this. */
static void limit_waiting(void)
{
	if (LockTimeout <= 0 || LockTimeout > LOCK_PATIENCE)
		set_config_option("lock_timeout", psprintf("%d", LOCK_PATIENCE), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
		                  true, 0, false);
}

/* Must this error end the whole call: a cancellation, or want of memory? The raising function tells, since any trigger
 * can raise an error with any code. */
static bool ends_all(const ErrorData *error)
{
	static const char *const allocators[] = {"mcxt.c", "aset.c", "generation.c", "slab.c", "bump.c", "dynahash.c"};
	const char *file = error->filename ? error->filename : "", *slash = strrchr(file, '/');

	file = slash ? slash + 1 : file;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		return strcmp(file, "postgres.c") == 0;
	if (error->sqlerrcode != ERRCODE_OUT_OF_MEMORY)
		return false;
	for (int i = 0; i < STEAD_COUNT(allocators); i++)
		if (strcmp(file, allocators[i]) == 0)
			return true;
	return error->funcname && strcmp(error->funcname, "stead_raise_no_memory") == 0;
}

const char *stead_attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	frame *frame = frame_of(call);
	ResourceOwner resources = CurrentResourceOwner;
	MemoryContext memory, of_call = frame->memory;
	deferred_list *deferred = frame->deferred;
	stead_rows *open;
	const char *volatile message = NULL;

	stead_close(stead_open(call, "SELECT 1", 0, NULL)); /* SPI and user are those of the call from here on */
	open = frame->open;
	memory = CurrentMemoryContext;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		limit_waiting();
		work(call, data);
		while (frame->open != open)
			stead_close(frame->open);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = resources;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = resources;
		frame->open = open;
		frame->memory = of_call; /* a scope may have been open */
		frame->deferred = deferred;
		if (ends_all(error))
			ReThrowError(error);
		message = stead_format(call, "%s", error->message ? error->message : "");
		FreeErrorData(error);
	}
	PG_END_TRY();
	CHECK_FOR_INTERRUPTS();
	return message;
}

/* Nothing is followed up here: upkeep does that. */
void stead_follow_up(stead_call *call, bool (*due)(stead_call *call), void (*work)(stead_call *call, void *nothing))
{
	if (due(call))
		stead_attempt(call, work, NULL);
}
