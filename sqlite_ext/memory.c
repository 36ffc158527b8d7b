/*
 * memory.c - the call's memory: an arena, what is deferred to the call's end, and scopes.
 */
#include "host.h"

void *arena_alloc(arena *arena, size_t size)
{
	block *head = arena->blocks;
	size_t need = (size + 15) & ~(size_t)15;

	if (need < size)
		return NULL;
	if (arena->first && need <= arena->first_left) {
		arena->first_left -= need;
		return arena->first + arena->first_left;
	}
	if (!head || head->size - head->used < need) {
		size_t room = need > 2000 ? need : 4000;

		head = sqlite3_malloc64(sizeof *head + room);
		if (!head)
			return NULL;
		*head = (block){.next = arena->blocks, .size = room};
		arena->blocks = head;
	}
	head->used += need;
	return head->data + head->used - need;
}

/* Keeps the last block unless it is large: the next row will need about as much. */
void arena_reset(arena *arena)
{
	block *kept = arena->blocks && arena->blocks->size <= 4000 ? arena->blocks : NULL;

	if (kept)
		arena->blocks = kept->next;
	arena_release(arena);
	if (kept)
		*kept = (block){.size = kept->size};
	arena->blocks = kept;
}

void arena_release(arena *arena)
{
	while (arena->blocks) {
		block *next = arena->blocks->next;

		sqlite3_free(arena->blocks);
		arena->blocks = next;
	}
}

/* The state of an arena and of the deferred list when the scope was opened. The scope itself is the first allocation
 * after that. */
struct stead_scope {
	block *blocks;
	size_t used, first_left;
	stead_deferred *deferred;
};

stead_scope *stead_open_scope(stead_call *call)
{
	arena *memory = &frame_of(call)->memory;
	stead_scope scope = {memory->blocks, memory->blocks ? memory->blocks->used : 0, memory->first_left,
	                     frame_of(call)->deferred};
	stead_scope *kept = stead_alloc(call, sizeof *kept);

	*kept = scope;
	return kept;
}

void stead_close_scope(stead_call *call, stead_scope *scope)
{
	stead_scope was = *scope;
	arena *memory = &frame_of(call)->memory;

	stead_release_deferred(&frame_of(call)->deferred, was.deferred);
	while (memory->blocks != was.blocks) {
		block *next = memory->blocks->next;

		if (!next && memory->blocks->size <= 4000) { /* the first: the next scope will need about as much */
			memory->blocks->used = 0;
			break;
		}
		sqlite3_free(memory->blocks);
		memory->blocks = next;
	}
	if (memory->blocks && memory->blocks == was.blocks)
		memory->blocks->used = was.used;
	memory->first_left = was.first_left;
}

void *stead_alloc(stead_call *call, size_t size)
{
	void *memory = arena_alloc(&frame_of(call)->memory, size);

	if (!memory)
		stead_raise_no_memory(call);
	return memory;
}

void stead_defer(stead_call *call, void (*release)(void *handle), void *handle)
{
	frame *frame = frame_of(call);

	stead_add_deferred(call, &frame->deferred, arena_alloc(&frame->memory, sizeof(stead_deferred)), release, handle);
}
