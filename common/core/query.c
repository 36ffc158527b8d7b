/*
 * query.c - see query.h.
 */
#include "core/query.h"

#include <stdio.h>
#include <string.h>

void stead_query_add(stead_call *call, stead_query *query, const char *text, stead_value param)
{
	const char *mark = strchr(text, '$');
	char number[16];

	query->params = stead_grow(call, query->params, (size_t)query->count, &query->room, sizeof *query->params);
	query->params[query->count++] = param;
	stead_append(call, &query->text, text, (size_t)(mark - text));
	stead_append(call, &query->text, number, (size_t)snprintf(number, sizeof number, "$%d", query->count));
	stead_append_text(call, &query->text, mark + 1);
}

stead_rows *stead_query_open(stead_call *call, stead_query *query)
{
	return stead_open_as(call, STEAD_ONE_TIME, query->text.data, query->count, query->params);
}
