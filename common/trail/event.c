/*
 * event.c - see event.h. An event is checked in one place, whichever function brought it.
 */
#include "trail/event.h"
#include "core/upkeep.h"

#include "core/digest.h"

const stead_arg event_keys[] = {EVENT_ARGUMENTS};

/* Bytes. An indexed value must fit an index row, which PostgreSQL limits to 2704 bytes. */
static const size_t max_size[EVENT_KEYS] = {200, 200, 1000, 1000, 1000, 0, STEAD_MAX_TEXT, 65536, 100, 8192, 0};

const char *event_place_of(stead_call *call, int64_t index)
{
	return index < 0 ? "" : stead_format(call, "events[%lld].", (long long)index);
}

int64_t event_append(stead_call *call, stead_value *event, int64_t index, int64_t now)
{
	const char *function = call->function->name;
	int64_t era, transaction;
	unsigned char nonce[STEAD_NONCE_SIZE];
	stead_value id = stead_null(STEAD_INT);

	for (int i = 0; i < EVENT_KEYS; i++) {
		size_t size = event[i].null ? 0 : event[i].size;

		if (!max_size[i] || (size <= max_size[i] && (i != ACTION || size > 0)))
			continue;
		stead_raise(call, STEAD_INVALID, i == ACTION ? "stead_%s: %s%s must be 1 to %zu bytes"
		                                             : "stead_%s: %s%s must be at most %zu bytes",
		            function, event_place_of(call, index), event_keys[i].name, max_size[i]);
	}
	if (event[SUCCESS].null)
		event[SUCCESS] = stead_bool(true);
	if (event[OCCURRED_AT].null)
		event[OCCURRED_AT] = stead_time(now);
	else if (event[OCCURRED_AT].integer > now + EVENT_AHEAD)
		stead_raise(call, STEAD_INVALID, "stead_%s: %soccurred_at must not be more than 5 minutes ahead", function,
		            event_place_of(call, index));
	stead_transaction(call, &era, &transaction);
	stead_nonce(call, nonce);
	for (int i = 0; id.null && (i == 0 || (i <= STEAD_SEQUENCE_RETRIES && stead_sequence_repair(call, event_tables))); i++) {
		id = stead_returning(
		    call,
		    "INSERT INTO stead_audit_event (occurred_at, recorded_at, action, resource_type, resource_id, actor_id,"
		    " actor_name, success, details, error, ip_address, user_agent, era, transaction_id, nonce)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING RETURNING id",
		    15,
		    (stead_value[]){event[OCCURRED_AT], stead_time(now), event[ACTION], event[RESOURCE_TYPE], event[RESOURCE_ID],
		                    event[ACTOR_ID], event[ACTOR_NAME], event[SUCCESS], event[DETAILS], event[ERROR],
		                    event[IP_ADDRESS], event[USER_AGENT], stead_int(era), stead_int(transaction),
		                    {.type = STEAD_BYTES, .data = (const char *)nonce, .size = sizeof nonce}},
		    STEAD_INT);
	}
	if (id.null)
		stead_raise(call, STEAD_CORRUPT, "stead_%s: the event was not stored: a trigger suppressed it", function);
	return id.integer;
}

void event_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                  stead_value actor_id, stead_value actor_name, stead_value details, stead_value ip_address,
                  stead_value user_agent)
{
	stead_value event[EVENT_KEYS];

	for (int i = 0; i < EVENT_KEYS; i++)
		event[i] = stead_null(event_keys[i].type);
	event[ACTION] = stead_text(action);
	event[RESOURCE_TYPE] = stead_text(resource_type);
	event[RESOURCE_ID] = resource_id;
	event[ACTOR_ID] = actor_id;
	event[ACTOR_NAME] = actor_name;
	event[DETAILS] = details;
	event[IP_ADDRESS] = ip_address;
	event[USER_AGENT] = user_agent;
	event_append(call, event, -1, stead_now(call));
}

const stead_table event_tables[] = {
    {
        .name = "audit_event",
        .doc = "The audit trail: one row an event, append-only.",
        .schema = 1,
        .append_only = true,
        .columns =
            {
                {"id", STEAD_INT, "Number of the event, growing, never given again; gaps are possible.", .key = true, .serial = true,
                 .never_reused = true},
                {"occurred_at", STEAD_TIME, "When it happened, as the application says."},
                {"recorded_at", STEAD_TIME, "When it was logged, by the clock of the database."},
                {"action", STEAD_TEXT, "What was done, such as user.login."},
                {"resource_type", STEAD_TEXT, "What kind of thing it was done to.", .nullable = true},
                {"resource_id", STEAD_TEXT, "Which one, as the application names it.", .nullable = true},
                {"actor_id", STEAD_TEXT, "Who did it, as the application names them.", .nullable = true},
                {"actor_name", STEAD_TEXT, "The name they went by then.", .nullable = true},
                {"success", STEAD_BOOL, "Whether it succeeded."},
                {"details", STEAD_JSON, "What else is to be known, byte for byte as given.", .nullable = true},
                {"error", STEAD_TEXT, "Why it failed.", .nullable = true},
                {"ip_address", STEAD_TEXT, "Where it came from.", .nullable = true},
                {"user_agent", STEAD_TEXT, "What program it came through.", .nullable = true},
                {"era", STEAD_INT, "Whose transactions are counted: on PostgreSQL the cluster's system identifier, or a number after it.",
                 .default_is = STEAD_DEFAULT_ERA},
                {"transaction_id", STEAD_INT, "The transaction that logged it, by which sealing tells what is settled.",
                 .default_is = STEAD_DEFAULT_TRANSACTION},
                {"nonce", STEAD_BYTES, "Random bytes, so that what a redaction leaves cannot be guessed.", .nullable = true,
                 .default_is = STEAD_DEFAULT_RANDOM},
                {"redacted", STEAD_BYTES, "Once redacted: the SHA-256 of what the personal columns held.", .nullable = true},
            },
        .indexes =
            {
                {"time", "occurred_at"},
                {"action", "action, occurred_at"},
                {"resource_type", "resource_type, occurred_at", "resource_type IS NOT NULL"},
                {"resource_id", "resource_id, occurred_at", "resource_id IS NOT NULL"},
                {"actor_id", "actor_id, occurred_at", "actor_id IS NOT NULL"},
                {"actor_name", "actor_name, occurred_at", "actor_name IS NOT NULL"},
                {"success"}, /* of schema 1: most events succeed */
                {"failure", "occurred_at", "NOT success"},
                {"place", "era, transaction_id"}, /* the order in which events are sealed */
            },
    },
    {0},
};
