/*
 * rows.c - rows of table functions: a tuplestore that PostgreSQL reads when the function has returned.
 */
#include "host.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Implements the materialize mode itself: InitMaterializedSRF() came with PostgreSQL 15, under another name. */
void start_rows(frame *frame)
{
	ReturnSetInfo *info = (ReturnSetInfo *)frame->fcinfo->resultinfo;
	MemoryContext before;

	if (!info || !IsA(info, ReturnSetInfo) || !(info->allowedModes & SFRM_Materialize) || !info->expectedDesc)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
		                errmsg("stead_%s: must be called in FROM", frame->call.function->name)));
	before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	frame->store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	frame->columns = CreateTupleDescCopy(info->expectedDesc);
	MemoryContextSwitchTo(before);
	check_columns(frame);
	info->returnMode = SFRM_Materialize;
	info->setResult = frame->store;
	info->setDesc = frame->columns;
	frame->emit_memory = AllocSetContextCreate(frame->memory, "stead emit", ALLOCSET_SMALL_SIZES);
}

void stead_host_emit(stead_call *call, const stead_value *values)
{
	frame *frame = frame_of(call);
	MemoryContext before = MemoryContextSwitchTo(frame->emit_memory);
	Datum datums[STEAD_MAX_COLUMNS];
	bool nulls[STEAD_MAX_COLUMNS];

	for (int i = 0; i < frame->columns->natts; i++) {
		datums[i] = to_datum(values[i]);
		nulls[i] = values[i].null;
	}
	tuplestore_putvalues(frame->store, frame->columns, datums, nulls);
	MemoryContextSwitchTo(before);
	MemoryContextReset(frame->emit_memory);
}

/* A set-returning function is not told. */
bool stead_looks_at(stead_call *call, int column)
{
	(void)call, (void)column;
	return true;
}

/* All at once: the tuplestore goes to disk when it grows. */
void stead_host_stream(stead_call *call, stead_maker *make, void *state)
{
	frame *frame = frame_of(call);
	MemoryContext memory = frame->memory;
	deferred_list *deferred = frame->deferred;
	stead_value values[STEAD_MAX_COLUMNS];
	bool more = true;

	frame->memory = AllocSetContextCreate(memory, "stead stream", ALLOCSET_DEFAULT_SIZES);
	while (more) {
		frame->deferred = NULL; /* what the row before deferred has been released with its memory */
		more = make(call, state, values);
		if (more)
			stead_host_emit(call, values);
		while (frame->open && frame->open->memory == frame->memory)
			stead_close(frame->open);
		MemoryContextReset(frame->memory);
	}
	MemoryContextDelete(frame->memory);
	frame->memory = memory;
	frame->deferred = deferred;
}
