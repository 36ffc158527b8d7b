/*
 * query.h - SQL that is put together with its parameters.
 */
#ifndef STEAD_QUERY_H
#define STEAD_QUERY_H

#include "stead.h"

typedef struct {
	stead_buffer text;
	stead_value params[2 * STEAD_MAX_COLUMNS];
	int count;
} stead_query;

/* Appends text with one $, which stands for the parameter; text without goes to query->text itself. */
void stead_query_add(stead_call *call, stead_query *query, const char *text, stead_value param);
stead_rows *stead_query_open(stead_call *call, stead_query *query);

#endif
