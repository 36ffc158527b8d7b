/*
 * page.h - the page tokens of stead_audit_list: a position in the list, and a check that it belongs to the filter.
 */
#ifndef STEAD_AUDIT_PAGE_H
#define STEAD_AUDIT_PAGE_H

#include "trail/audit/filter.h"

/* The pages of a filter. */
typedef struct {
	unsigned char filter[32]; /* its SHA-256 */
} audit_pages;
audit_pages audit_pages_of(stead_call *call, const audit_filter *filter);

/* The token of the page that begins after an event. */
stead_value audit_page_token(stead_call *call, const audit_pages *pages, int64_t occurred_at, int64_t id);
/* Reads such a token; any other text is an error. */
void audit_page_read(stead_call *call, const audit_pages *pages, stead_value page, int64_t *occurred_at, int64_t *id);

#endif
