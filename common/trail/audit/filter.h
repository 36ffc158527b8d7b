/*
 * filter.h - which events a reader wants: the JSON filter, its WHERE clause, the search, the page token.
 */
#ifndef STEAD_AUDIT_FILTER_H
#define STEAD_AUDIT_FILTER_H

#include "core/query.h"

enum { BY_ACTION, BY_RESOURCE_TYPE, BY_RESOURCE_ID, BY_ACTOR_ID, BY_ACTOR_NAME, BY_SUCCESS, SINCE, UNTIL, SEARCH, FILTER_KEYS };

typedef struct {
	stead_value value[FILTER_KEYS];
	const char *needle; /* search in lower case; NULL: no search */
	size_t needle_size;
} audit_filter;

/* Reads the filter argument; a null one wants everything. */
void audit_read_filter(stead_call *call, stead_value json, audit_filter *filter);
/* Appends " WHERE ..." for all of the filter but the search; returns what joins a further condition. */
const char *audit_where(stead_call *call, stead_query *query, const audit_filter *filter);
/* Does all of the filter hold of an event, whose columns are in table order? The same as audit_where and audit_matches. */
bool audit_wants(const audit_filter *filter, const stead_value *event);
/* Does the event, whose columns are in table order, have the searched text? */
bool audit_matches(const audit_filter *filter, const stead_value *event);

/* The token of the page that follows an event, for this filter. */
stead_value audit_page(stead_call *call, const audit_filter *filter, int64_t occurred_at, int64_t id);
/* Reads it back; anything else is an error. */
void audit_read_page(stead_call *call, const audit_filter *filter, stead_value page, int64_t *occurred_at, int64_t *id);

#endif
