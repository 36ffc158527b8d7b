/*
 * event.h - how another module writes an event of its own to the audit trail, in the caller's transaction.
 */
#ifndef STEAD_AUDIT_H
#define STEAD_AUDIT_H

#include "stead.h"
#include "lib/timestamp.h"

#define AUDIT_AHEAD (5 * 60 * STEAD_SECOND) /* how far a clock elsewhere may run before ours: an event may be of then */

/* Appends a successful event that happened now. action and resource_type are literals; the rest are texts (details:
 * JSON) or nulls, within the limits of stead_audit_log. */
void audit_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                  stead_value actor_id, stead_value actor_name, stead_value details, stead_value ip_address,
                  stead_value user_agent);

#endif
