/*
 * frame.c - what both hosts' calls share: running the function's body, and the list of deferred releases.
 */
#include "core/host.h"
#include "core/upkeep.h"

stead_value stead_invoke(stead_call *call, const stead_value *given, int count)
{
	const stead_function *function = call->function;
	stead_value args[STEAD_MAX_ARGS], result = stead_null(function->returns);

	if (!stead_arguments(call, given, count, args))
		return result;
	if (function->call)
		result = function->call(call, args);
	else
		function->rows(call, args);
	for (int i = 0; call->marks && stead_modules[i]; i++)
		if (stead_modules[i]->follow_up)
			stead_follow_up(call, stead_modules[i]->due, stead_modules[i]->follow_up);
	return result;
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
