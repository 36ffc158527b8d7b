/*
 * event.h - the table of events, and how one is written, in the caller's transaction.
 */
#ifndef STEAD_EVENT_H
#define STEAD_EVENT_H

#include "lib/timestamp.h"
#include "stead.h"

extern const stead_table event_tables[]; /* the first is stead_audit_event */

/* What tells of an event: the arguments of stead_audit_log, and the keys of an event in stead_audit_log_many. */
#define EVENT_ARGUMENTS \
	{"action", STEAD_TEXT}, \
	{"resource_type", STEAD_TEXT, .optional = true}, \
	{"resource_id", STEAD_TEXT, .optional = true}, \
	{"actor_id", STEAD_TEXT, .optional = true}, \
	{"actor_name", STEAD_TEXT, .optional = true}, \
	{"success", STEAD_BOOL, .fallback = "true"}, \
	{"details", STEAD_JSON, .optional = true}, \
	{"error", STEAD_TEXT, .optional = true}, \
	{"ip_address", STEAD_TEXT, .optional = true}, \
	{"user_agent", STEAD_TEXT, .optional = true}, \
	{"occurred_at", STEAD_TIME, .optional = true}
enum { ACTION, RESOURCE_TYPE, RESOURCE_ID, ACTOR_ID, ACTOR_NAME, SUCCESS, DETAILS, ERROR, IP_ADDRESS, USER_AGENT,
       OCCURRED_AT, EVENT_KEYS };
extern const stead_arg event_keys[];

#define EVENT_AHEAD (5 * 60 * STEAD_SECOND) /* how far a clock elsewhere may run before ours: an event may be of then */

/* Appends a successful event of Stead's own that happened now. action and resource_type are literals; the rest are texts (details:
 * JSON) or nulls, within the limits of stead_audit_log. */
void event_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                  stead_value actor_id, stead_value actor_name, stead_value details, stead_value ip_address,
                  stead_value user_agent);
/* Checks an event of the application's (EVENT_KEYS values), fills in what it left out, appends it, and returns its id. index is its
 * place among many, or -1. */
int64_t event_append(stead_call *call, stead_value *event, int64_t index, int64_t now);
/* That place, as an error names it; "" of a single one. */
const char *event_place_of(stead_call *call, int64_t index);

#endif
