/*
 * event.c - see event.h. Every event is checked here, whichever function it comes from.
 */
#include "trail/event.h"
#include "core/upkeep.h"

#include <string.h>

#include "core/digest.h"
#include "trail/context.h"

const stead_arg event_keys[] = {EVENT_ARGUMENTS};

/* Bytes. Before schema 4, the first five had B-trees, and PostgreSQL limits a row of one to 2704 bytes. */
static const size_t max_size[EVENT_KEYS] = {200, 200, 1000, 1000, 1000, 0, STEAD_MAX_TEXT, 65536, 100, 8192, 0};

const char *event_error_prefix(stead_call *call, int64_t index)
{
	return index < 0 ? "" : stead_format(call, "events[%lld].", (long long)index);
}

/* Raises unless the values are within the limits, and fills in the defaults. */
static void complete(stead_call *call, stead_value *event, int64_t index, int64_t now)
{
	const char *function = call->function->name;

	if (event[EVENT_ACTION].null)
		stead_raise(call, STEAD_INVALID, "stead_%s: %saction must not be null", function,
		            event_error_prefix(call, index));
	for (int i = 0; i < EVENT_KEYS; i++) {
		size_t size = event[i].null ? 0 : event[i].size;

		if (!max_size[i] || (size <= max_size[i] && (i != EVENT_ACTION || size > 0)))
			continue;
		stead_raise(call, STEAD_INVALID,
		            i == EVENT_ACTION ? "stead_%s: %s%s must be 1 to %zu bytes"
		                              : "stead_%s: %s%s must be at most %zu bytes",
		            function, event_error_prefix(call, index), event_keys[i].name, max_size[i]);
	}
	if (event[EVENT_SUCCESS].null)
		event[EVENT_SUCCESS] = stead_bool(true);
	if (event[EVENT_OCCURRED_AT].null)
		event[EVENT_OCCURRED_AT] = stead_time(now);
	else if (event[EVENT_OCCURRED_AT].integer > now + EVENT_AHEAD)
		stead_raise(call, STEAD_INVALID, "stead_%s: %soccurred_at must not be more than 5 minutes ahead", function,
		            event_error_prefix(call, index));
}

/* Are the details none, or an object of ours? Those of the application are kept byte for byte. */
static bool can_add(const stead_value *event)
{
	return event[EVENT_DETAILS].null || (event[EVENT_ACTION].size > 6 && event[EVENT_DETAILS].data[0] == '{' &&
	                                     memcmp(event[EVENT_ACTION].data, "stead.", 6) == 0);
}

static stead_value add_request(stead_call *call, stead_value details, stead_value request_id)
{
	stead_buffer json = {0};

	if (!details.null)
		stead_append(call, &json, details.data, details.size - 1); /* without its closing brace */
	stead_append_member(call, &json, "request_id", request_id);
	stead_append_text(call, &json, "}");
	return stead_json(json.data);
}

/* What the event does not say itself, the transaction's context says. */
static void take_context(stead_call *call, stead_value *event, const stead_value *context)
{
	stead_value *details = &event[EVENT_DETAILS];

	if (event[EVENT_ACTOR_ID].null && event[EVENT_ACTOR_NAME].null) {
		event[EVENT_ACTOR_ID] = context[CONTEXT_ACTOR_ID];
		event[EVENT_ACTOR_NAME] = context[CONTEXT_ACTOR_NAME];
	}
	if (event[EVENT_IP_ADDRESS].null)
		event[EVENT_IP_ADDRESS] = context[CONTEXT_IP_ADDRESS];
	if (!context[CONTEXT_REQUEST_ID].null && can_add(event))
		*details = add_request(call, *details, context[CONTEXT_REQUEST_ID]);
}

void event_prepare(stead_call *call, stead_value *event, int64_t index, int64_t now, const stead_value *context,
                   event_row *row)
{
	complete(call, event, index, now);
	if (context)
		take_context(call, event, context);
	row->values[0] = event[EVENT_OCCURRED_AT];
	row->values[1] = stead_time(now);
	memcpy(row->values + 2, event, EVENT_OCCURRED_AT * sizeof *event); /* they stand in the table's order */
}

int64_t event_store(stead_call *call, event_row *rows, int64_t count)
{
	stead_value *values = stead_alloc(call, (size_t)count * EVENT_STORED * sizeof *values), *at = values;
	const unsigned char *nonce = stead_nonces(call, count);
	int64_t era, transaction, last;

	stead_transaction(call, &era, &transaction);
	for (int64_t i = 0; i < count; i++, at += EVENT_STORED) {
		memcpy(at, rows[i].values, sizeof rows[i].values);
		at[EVENT_STORED - 3] = stead_int(era);
		at[EVENT_STORED - 2] = stead_int(transaction);
		at[EVENT_STORED - 1] = stead_bytes(nonce, STEAD_NONCE_SIZE);
		nonce += STEAD_NONCE_SIZE;
	}
	if (stead_insert_rows(
			call, event_tables,
			"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, resource_type, resource_id, actor_id,"
			" actor_name, success, details, error, ip_address, user_agent, era, transaction_id, nonce) VALUES ($1, $2,"
			" $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING RETURNING id",
			EVENT_STORED, count, values, &last) < count)
		stead_raise_not_stored(call, "the event");
	call->marks += last / 64 - (last - count) / 64; /* every 64th number */
	return last;
}

int64_t event_append(stead_call *call, stead_value *event, int64_t now)
{
	stead_value context[CONTEXT_KEYS];
	event_row row;

	event_prepare(call, event, -1, now, context_read(call, context) ? context : NULL, &row);
	return event_store(call, &row, 1);
}

void event_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                  stead_value actor_id, stead_value actor_name, stead_value details, stead_value ip_address,
                  stead_value user_agent)
{
	stead_value event[EVENT_KEYS];

	for (int i = 0; i < EVENT_KEYS; i++)
		event[i] = stead_null(event_keys[i].type);
	event[EVENT_ACTION] = stead_text(action);
	event[EVENT_RESOURCE_TYPE] = stead_text(resource_type);
	event[EVENT_RESOURCE_ID] = resource_id;
	event[EVENT_ACTOR_ID] = actor_id;
	event[EVENT_ACTOR_NAME] = actor_name;
	event[EVENT_DETAILS] = details;
	event[EVENT_IP_ADDRESS] = ip_address;
	event[EVENT_USER_AGENT] = user_agent;
	event_append(call, event, stead_now(call));
}

const stead_table event_tables[] = {
	{
		.name = "audit_event",
		.doc = "The audit trail: one row per event, append-only.",
		.schema = 1,
		.append_only = true,
		.columns =
			{
				{"id", STEAD_INT, "Number of the event. Numbers grow and are never reused; gaps are possible.",
                 .key = true, .serial = true, .never_reused = true, .noted_when_deleted = true},
				{"occurred_at", STEAD_TIME, "When it happened, as the application says."},
				{"recorded_at", STEAD_TIME, "When it was logged, by the clock of the database."},
				{"action", STEAD_TEXT, "What was done, such as user.login."},
				{"resource_type", STEAD_TEXT, "The kind of resource it was done to.", .nullable = true},
				{"resource_id", STEAD_TEXT, "The resource, as the application names it.", .nullable = true},
				{"actor_id", STEAD_TEXT, "Who did it, as the application identifies them.", .nullable = true},
				{"actor_name", STEAD_TEXT, "The actor's name at that time.", .nullable = true},
				{"success", STEAD_BOOL, "Whether it succeeded."},
				{"details", STEAD_JSON, "Further facts, kept byte for byte.", .nullable = true},
				{"error", STEAD_TEXT, "Why it failed.", .nullable = true},
				{"ip_address", STEAD_TEXT, "The address that the request came from.", .nullable = true},
				{"user_agent", STEAD_TEXT, "The client program.", .nullable = true},
				{"era", STEAD_INT,
                 "The cluster whose transactions are counted: on PostgreSQL its system identifier or a later number.",
                 .default_is = STEAD_DEFAULT_ERA},
				{"transaction_id", STEAD_INT,
                 "The transaction that logged it. Sealing waits until no earlier transaction is running.",
                 .default_is = STEAD_DEFAULT_TRANSACTION},
				{"nonce", STEAD_BYTES, "Random bytes. They keep anyone from guessing redacted values by their hash.",
                 .nullable = true, .default_is = STEAD_DEFAULT_RANDOM},
				{"redacted", STEAD_BYTES,
                 "The SHA-256 of the personal columns' values; null unless the event is redacted.", .nullable = true},
			},
		.indexes =
			{
				{"time", "occurred_at"},
				/* stead_audit_posting finds events by value */
				{"action", "action, occurred_at", .retired = true},
				{"resource_type", "resource_type, occurred_at", "resource_type IS NOT NULL", .retired = true},
				{"resource_id", "resource_id, occurred_at", "resource_id IS NOT NULL", .retired = true},
				{"actor_id", "actor_id, occurred_at", "actor_id IS NOT NULL", .retired = true},
				{"actor_name", "actor_name, occurred_at", "actor_name IS NOT NULL", .retired = true},
				{"success"}, /* of schema 1: most events succeed */
				{"failure", "occurred_at", "NOT success"},
				{"place", "era, transaction_id", .by_transaction = true}, /* the order in which events are sealed */
			},
	},
	{0},
};
