/*
 * context.c - the context of a transaction: who acts, from where, for which request. It ends with the transaction, so
 * that a pooled connection passes it to nobody.
 */
#include "trail/context.h"

#include "core/local.h"

static const stead_arg keys[CONTEXT_KEYS] = {
	{"actor_id", STEAD_TEXT}, {"actor_name", STEAD_TEXT}, {"ip_address", STEAD_TEXT}, {"request_id", STEAD_TEXT}};
/* bytes: as much as an event takes */
static const size_t max_size[CONTEXT_KEYS] = {1000, 1000, 100, 200};

bool context_read(stead_call *call, stead_value out[CONTEXT_KEYS])
{
	stead_value text = stead_local_get(call);

	if (text.null)
		return false;
	text.type = STEAD_JSON;
	stead_read_object(call, text, "context", keys, CONTEXT_KEYS, out);
	return true;
}

static stead_value context_set(stead_call *call, const stead_value *args)
{
	stead_value given[CONTEXT_KEYS], before = stead_local_get(call), after = stead_null(STEAD_TEXT);
	stead_buffer json = {0};

	stead_read_object(call, args[0], "context", keys, CONTEXT_KEYS, given);
	for (int i = 0; i < CONTEXT_KEYS; i++) {
		stead_check_size(call, stead_format(call, "context.%s", keys[i].name), given[i], 0, max_size[i]);
		if (!given[i].null)
			stead_append_member(call, &json, keys[i].name, given[i]);
	}
	if (json.size) {
		stead_append_text(call, &json, "}");
		after = stead_text_n(json.data, json.size);
	}
	stead_any(call, "SELECT 1 FROM stead_audit_event WHERE id = 0", 0, NULL); /* raises before stead_init() */
	if (stead_same(before, after))
		return stead_bool(false);
	stead_local_set(call, after);
	return stead_bool(true);
}

static const stead_function functions[] = {
	{
		.name = "context_set",
		.doc = "Says who acts for the rest of the transaction; returns true if that is news. context: a JSON object "
			   "with any of actor_id, actor_name (at most 1000 bytes each), ip_address (100) and request_id (200); an "
			   "empty object is none. It takes the place of an earlier context. Events that name no actor take "
			   "actor_id and actor_name from it, and those without an ip_address take that. request_id goes into the "
			   "details of Stead's own events, and of those that have no details. The context ends with the "
			   "transaction, so call it in one; a savepoint that is rolled back puts the earlier context back.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"context", STEAD_JSON}},
		.returns = STEAD_BOOL,
		.call = context_set,
	},
};

const stead_module stead_context = {
	.name = "context",
	.doc = "Who acts in a transaction.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
