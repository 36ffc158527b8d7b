/*
 * page.h - page tokens: where the next page of a list begins. A check detects a damaged token, and one of another
 * filter; it is no secret.
 */
#ifndef STEAD_PAGE_H
#define STEAD_PAGE_H

#include "stead.h"

/* The token of the page that begins after the row with this id, a text without white space: the id, a dot and a check
 * over it and the filter's values. */
stead_value stead_page_token(stead_call *call, int count, const stead_value *filter, stead_value id);
/* The id in a page token; raises unless it is one of this filter. most: bytes of the longest id. */
stead_value stead_page_read(stead_call *call, int count, const stead_value *filter, stead_value page, size_t most);

#endif
