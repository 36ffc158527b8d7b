/*
 * top.h - counts the events of each value of a dimension, for stead_audit_top.
 */
#ifndef STEAD_AUDIT_TOP_H
#define STEAD_AUDIT_TOP_H

#include "trail/audit/stream.h"
#include "trail/index/summary.h"
#include "trail/seal/fold.h"

/* Totals by value, and what they are made from. */
typedef struct {
	stead_call *call;
	int dimension;
	audit_span span;
	index_key key;
	index_totals totals;
	int64_t *summarised; /* first blocks of the ranges whose summaries are used */
	size_t summarised_count;
	int64_t *edges; /* blocks whose events are read: they have some outside of the span, or some are pruned already */
	size_t edge_count, edge_room;
	fold_table read; /* the values of events that are read, as actions; first_event_at is the id of one that has it */
} top_table;

/* Counts all events of the span. False: there are too many values. */
bool top_count(top_table *table);

#endif
