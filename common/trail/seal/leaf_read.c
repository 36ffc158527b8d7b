/*
 * leaf_read.c - reads an event with all that its leaf needs. See leaf.h.
 */
#include "trail/seal/leaf.h"

#include "trail/event.h"

void leaf_read_any(stead_rows *rows, stead_value event[LEAF_COLUMNS])
{
	for (int i = 0; i < LEAF_COLUMNS; i++) {
		stead_type type = event_tables[0].columns[i].type;

		if (!stead_column_sound(rows, i, type, &event[i]))
			event[i] = type == STEAD_TIME ? stead_time(LEAF_INVALID_TIME) : stead_null(LEAF_INVALID_TYPE);
	}
}

const char *leaf_fault(const stead_value event[LEAF_COLUMNS])
{
	if (event[LEAF_OCCURRED_AT].integer == LEAF_INVALID_TIME || event[LEAF_RECORDED_AT].integer == LEAF_INVALID_TIME)
		return "has an invalid time";
	for (int i = 0; i < LEAF_COLUMNS; i++) {
		if (event[i].type == LEAF_INVALID_TYPE)
			return "has a value that is not of its column's type";
		if (event[i].null && !event_tables[0].columns[i].nullable)
			return "lacks a value";
	}
	return NULL;
}

void leaf_read(stead_call *call, stead_rows *rows, stead_value event[LEAF_COLUMNS])
{
	const char *fault;

	leaf_read_any(rows, event);
	fault = leaf_fault(event);
	if (fault)
		stead_raise(call, STEAD_CORRUPT, "stead_%s: event %lld %s", call->function->name,
		            (long long)event[LEAF_ID].integer, fault);
}
