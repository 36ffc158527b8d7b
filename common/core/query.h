/*
 * query.h - SQL that is built for one call, together with its parameters.
 */
#ifndef STEAD_QUERY_H
#define STEAD_QUERY_H

#include "stead.h"

typedef struct {
	stead_buffer text;
	stead_value *params;
	size_t room;
	int count;
} stead_query; /* zero-initialise it */

/* Appends text that contains one $, the place of the parameter. Text without a parameter is appended to query->text. */
void stead_query_add(stead_call *call, stead_query *query, const char *text, stead_value param);
stead_rows *stead_query_open(stead_call *call, stead_query *query);

#endif
