/*
 * filter.h - the filter of stead_audit_list and others: its JSON, its WHERE clause, the search, the page tokens.
 */
#ifndef STEAD_AUDIT_FILTER_H
#define STEAD_AUDIT_FILTER_H

#include "core/query.h"

enum {
	FILTER_ACTION,
	FILTER_RESOURCE_TYPE,
	FILTER_RESOURCE_ID,
	FILTER_ACTOR_ID,
	FILTER_ACTOR_NAME,
	FILTER_SUCCESS,
	FILTER_SINCE,
	FILTER_UNTIL,
	FILTER_SEARCH,
	FILTER_KEYS
};

typedef struct {
	stead_value value[FILTER_KEYS];
	const char *needle; /* the text to search for, in lower case; NULL: no search */
	size_t needle_size;
} audit_filter;

/* Reads the filter argument; a null accepts every event. */
void audit_filter_read(stead_call *call, stead_value json, audit_filter *filter);
/* Appends " WHERE ..." for the whole filter except the search. Returns the word before a further condition: WHERE or
 * AND. */
const char *audit_filter_where(stead_call *call, stead_query *query, const audit_filter *filter);
/* Does the event match the whole filter, as audit_filter_where and audit_filter_search together would find? The event's
 * columns are in the order of the table, here and below. */
bool audit_filter_accepts(const audit_filter *filter, const stead_value *event);
/* Does the event contain the text to search for? True without one. */
bool audit_filter_search(const audit_filter *filter, const stead_value *event);

/* The token of the page that begins after an event, with this filter. */
stead_value audit_page_token(stead_call *call, const audit_filter *filter, int64_t occurred_at, int64_t id);
/* Reads such a token; any other text is an error. */
void audit_page_read(stead_call *call, const audit_filter *filter, stead_value page, int64_t *occurred_at, int64_t *id);

#endif
