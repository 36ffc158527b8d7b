/*
 * change.c - see change.h.
 */
#include "trail/change.h"

#include "trail/event.h"

void change_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                   stead_value actor_name, int count, const change_fact *facts)
{
	stead_value none = stead_null(STEAD_TEXT);
	stead_buffer details = {0};

	for (int i = 0; i < count; i++)
		stead_append_member(call, &details, facts[i].name, facts[i].value);
	if (count)
		stead_append_text(call, &details, "}");
	event_record(call, action, resource_type, resource_id, none, actor_name,
	             count ? stead_json(details.data) : stead_null(STEAD_JSON), none, none);
}
