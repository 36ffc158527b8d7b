/*
 * event.c - writes and reads the details of a stead.prune event. Until the event is written, they are in the policy's
 * row.
 */
#include <jansson.h>

#include "lib/json.h"
#include "upkeep/retention/policy.h"
#include "lib/timestamp.h"

#define MAX_EVENT 4096 /* bytes: a target of 400 bytes, each escaped as six, and the rest */

stead_value retention_write_event(stead_call *call, stead_value target, const retention_event *event)
{
	stead_buffer details = {0};

	stead_append_text(call, &details, "{\"target\":");
	stead_append_json(call, &details, target);
	stead_append_text(call, &details, ",\"cutoff\":");
	stead_append_json(call, &details, stead_time(event->cutoff));
	stead_append_text(call, &details, stead_format(call, ",\"rows\":%lld", (long long)event->rows));
	if (event->rollup_rows)
		stead_append_text(call, &details, stead_format(call, ",\"rollup_rows\":%lld", (long long)event->rollup_rows));
	if (event->digest)
		stead_append_text(
			call, &details,
			stead_format(call, ",\"account\":%lld,\"digest\":\"%s\"", (long long)event->account, event->digest));
	stead_append_text(call, &details, "}");
	return stead_text_n(details.data, details.size);
}

/* Accepts only what retention_write_event() writes: no other member, none twice, none in another form. */
bool retention_read_event(stead_call *call, stead_value target, stead_value text, retention_event *out)
{
	char reason[80];
	bool no_memory = false, sound;
	const json_t *cutoff, *digest;
	json_t *tree =
		text.null || text.size > MAX_EVENT ? NULL : stead_json_read(text.data, text.size, reason, &no_memory);

	if (no_memory)
		stead_raise_no_memory(call);
	if (!tree)
		return false;
	cutoff = json_object_get(tree, "cutoff");
	digest = json_object_get(tree, "digest");
	*out = (retention_event){
		.rows = json_integer_value(json_object_get(tree, "rows")),
		.rollup_rows = json_integer_value(json_object_get(tree, "rollup_rows")),
		.account = json_integer_value(json_object_get(tree, "account")),
		.digest = json_is_string(digest) ? stead_format(call, "%s", json_string_value(digest)) : NULL,
	};
	sound = out->rows >= 0 && out->rollup_rows >= 0 && out->account >= 0 && json_is_string(cutoff) &&
	        stead_time_read(json_string_value(cutoff), json_string_length(cutoff), &out->cutoff);
	json_decref(tree);
	return sound && stead_same(retention_write_event(call, target, out), text);
}
