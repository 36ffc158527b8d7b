/*
 * enter.c - how PostgreSQL calls a function: the frame's beginning and end.
 */
#include "host.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

void end_call(frame *frame)
{
	while (frame->open)
		stead_close(frame->open);
	if (frame->started) {
		SetUserIdAndSecContext(frame->saved_user, frame->saved_context);
		SPI_finish();
		AtEOXact_GUC(false, frame->guc_level); /* undoes all settings made during the call */
	} else if (frame->has_rights)
		SetUserIdAndSecContext(frame->saved_user, frame->saved_context);
	if (frame->deferred)
		release_deferred(frame->deferred);
	set_local(frame);
}

Datum stead_enter(FunctionCallInfo fcinfo, const stead_function *function)
{
	frame frame = {.call.function = function,
	               .fcinfo = fcinfo,
	               .memory = CurrentMemoryContext,
	               .latest = function->effect == STEAD_LIVE && !IsInParallelMode()};
	stead_value given[STEAD_MAX_ARGS], result;
	int count = stead_arg_count(function);
	MemoryContext before = CurrentMemoryContext;
	Datum datum;

	if (fcinfo->flinfo->fn_extra != function)
		check_definition(&frame);
	for (int i = 0; i < count; i++)
		given[i] = read_argument(fcinfo, i, function->args[i].type);
	if (function->rows)
		start_rows(&frame);
	result = stead_invoke(&frame.call, given, count);
	MemoryContextSwitchTo(before); /* SPI's own may be current; the result must outlive it */
	fcinfo->isnull = result.null;
	datum = to_datum(result);
	end_call(&frame);
	if (function->rows)
		MemoryContextDelete(frame.emit_memory);
	MemoryContextSwitchTo(before);
	return datum;
}
