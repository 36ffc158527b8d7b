/*
 * event.h - the table of audit events, and the functions that append to it in the caller's transaction.
 */
#ifndef STEAD_EVENT_H
#define STEAD_EVENT_H

#include "lib/timestamp.h"
#include "stead.h"

extern const stead_table event_tables[]; /* the first is stead_audit_event */

/* What readers give of an event: the first columns of the table. */
#define EVENT_COLUMNS 13
#define EVENT_FIELDS                                                                                                   \
	"id, occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error," \
	" ip_address, user_agent"

/* The arguments of stead_audit_log, which are the keys of an event in stead_audit_log_many too. */
#define EVENT_ARGUMENTS                                                                                                \
	{"action", STEAD_TEXT}, {"resource_type", STEAD_TEXT, .optional = true},                                           \
		{"resource_id", STEAD_TEXT, .optional = true}, {"actor_id", STEAD_TEXT, .optional = true},                     \
		{"actor_name", STEAD_TEXT, .optional = true}, {"success", STEAD_BOOL, .fallback = "true"},                     \
		{"details", STEAD_JSON, .optional = true}, {"error", STEAD_TEXT, .optional = true},                            \
		{"ip_address", STEAD_TEXT, .optional = true}, {"user_agent", STEAD_TEXT, .optional = true},                    \
	{                                                                                                                  \
		"occurred_at", STEAD_TIME, .optional = true                                                                    \
	}
enum {
	EVENT_ACTION,
	EVENT_RESOURCE_TYPE,
	EVENT_RESOURCE_ID,
	EVENT_ACTOR_ID,
	EVENT_ACTOR_NAME,
	EVENT_SUCCESS,
	EVENT_DETAILS,
	EVENT_ERROR,
	EVENT_IP_ADDRESS,
	EVENT_USER_AGENT,
	EVENT_OCCURRED_AT,
	EVENT_KEYS
};
extern const stead_arg event_keys[];

/* An event may have a time so far ahead of the database's clock, because the application's clock may be ahead. */
#define EVENT_AHEAD (5 * 60 * STEAD_SECOND)

/* Appends an event of Stead's own, which happened now and succeeded. action and resource_type are literals. The rest
 * are texts (details: JSON) or nulls, within the limits of stead_audit_log. */
void event_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                  stead_value actor_id, stead_value actor_name, stead_value details, stead_value ip_address,
                  stead_value user_agent);
/* Checks an event of the application's (EVENT_KEYS values), fills in the defaults, appends it and returns its id. */
int64_t event_append(stead_call *call, stead_value *event, int64_t now);

/* The same in two steps, for many events at once. index is the event's in stead_audit_log_many's array, or -1; context
 * is what context_read() gives, or NULL. A row's texts are those of the event. Storing is all or nothing; it returns
 * the id of the last. */
enum { EVENT_STORED = EVENT_KEYS + 4 }; /* columns */
typedef struct {
	stead_value values[EVENT_KEYS + 1];
} event_row;
void event_prepare(stead_call *call, stead_value *event, int64_t index, int64_t now, const stead_value *context,
                   event_row *row);
int64_t event_store(stead_call *call, event_row *rows, int64_t count);
/* "events[<index>].", which errors put before the name of a key; "" for the index -1. */
const char *event_error_prefix(stead_call *call, int64_t index);

#endif
