/*
 * frame.c - what both hosts' calls share: running the function's body, and the list of deferred releases.
 */
#include "core/host.h"

stead_value stead_invoke(stead_call *call, const stead_value *given, int count)
{
	const stead_function *function = call->function;
	stead_value args[STEAD_MAX_ARGS];

	if (!stead_arguments(call, given, count, args))
		return stead_null(function->returns);
	if (function->call)
		return function->call(call, args);
	function->rows(call, args);
	return stead_null(function->returns);
}

void stead_add_deferred(stead_call *call, stead_deferred **list, stead_deferred *entry, void (*release)(void *handle),
                        void *handle)
{
	if (!entry) {
		release(handle);
		stead_raise_no_memory(call);
	}
	*entry = (stead_deferred){release, handle, *list};
	*list = entry;
}

void stead_release_deferred(stead_deferred **list, const stead_deferred *until)
{
	while (*list != until) {
		stead_deferred *entry = *list;

		*list = entry->next;
		entry->release(entry->handle);
	}
}
