/*
 * memory.c - the call's memory: memory contexts, what is deferred to their end, and scopes.
 */
#include "host.h"

#include "utils/memutils.h"

void *stead_alloc(stead_call *call, size_t size)
{
	return MemoryContextAllocHuge(frame_of(call)->memory, size);
}

void release_deferred(void *list)
{
	stead_release_deferred(&((deferred_list *)list)->first, NULL);
}

void stead_defer(stead_call *call, void (*release)(void *handle), void *handle)
{
	frame *frame = frame_of(call);
	stead_deferred *entry = MemoryContextAllocExtended(frame->memory, sizeof *entry, MCXT_ALLOC_NO_OOM), *none = NULL;

	if (entry && !frame->deferred) {
		frame->deferred = MemoryContextAllocExtended(frame->memory, sizeof *frame->deferred, MCXT_ALLOC_NO_OOM);
		if (frame->deferred) {
			frame->deferred->first = NULL;
			frame->deferred->callback.func = release_deferred;
			frame->deferred->callback.arg = frame->deferred;
			MemoryContextRegisterResetCallback(frame->memory, &frame->deferred->callback);
		}
	}
	if (frame->deferred)
		stead_add_deferred(call, &frame->deferred->first, entry, release, handle);
	else
		stead_add_deferred(call, &none, NULL, release, handle);
}

/* A memory context below the call's, and the one to return to. */
struct stead_scope {
	MemoryContext memory, current;
	deferred_list *deferred;
};

stead_scope *stead_open_scope(stead_call *call)
{
	frame *frame = frame_of(call);
	MemoryContext memory = AllocSetContextCreate(frame->memory, "stead scope", ALLOCSET_DEFAULT_SIZES);
	stead_scope *scope = MemoryContextAlloc(memory, sizeof *scope);

	*scope = (stead_scope){frame->memory, MemoryContextSwitchTo(memory), frame->deferred};
	frame->memory = memory;
	frame->deferred = NULL;
	return scope;
}

void stead_close_scope(stead_call *call, stead_scope *scope)
{
	frame *frame = frame_of(call);
	MemoryContext memory = frame->memory;

	frame->memory = scope->memory;
	frame->deferred = scope->deferred;
	MemoryContextSwitchTo(scope->current);
	MemoryContextDelete(memory); /* what was deferred in it is released with it */
}

stead_rows *new_rows(stead_call *call)
{
	frame *frame = frame_of(call);
	stead_rows *rows = MemoryContextAllocZero(frame->memory, sizeof *rows);

	rows->call = call;
	rows->memory = frame->memory;
	rows->open = true;
	rows->next = frame->open;
	frame->open = rows;
	return rows;
}

void stead_close(stead_rows *rows)
{
	stead_rows **link = &frame_of(rows->call)->open;

	if (!rows->open)
		return;
	rows->open = false;
	while (*link != rows)
		link = &(*link)->next;
	*link = rows->next;
	if (rows->rows)
		SPI_freetuptable(rows->rows);
	if (rows->portal)
		SPI_cursor_close(rows->portal); /* SPI_finish would leave it open */
	if (rows->scan)
		rows->end(rows);
	if (rows->row_memory)
		MemoryContextDelete(rows->row_memory);
	if (rows->found)
		MemoryContextDelete(rows->found);
}
