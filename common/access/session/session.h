/*
 * session.h - beginning and ending sessions, for other modules.
 */
#ifndef STEAD_SESSION_H
#define STEAD_SESSION_H

#include "stead.h"

#define SESSION_MAX_ADDRESS 100 /* bytes, as in the audit log */
#define SESSION_MAX_AGENT 8192

/* Begins a session of a user who is active and approved, whom nobody can change until the transaction ends. Null
 * ttl_seconds: that of the setting. Returns the token. */
stead_value session_begin(stead_call *call, stead_value user_id, stead_value username, stead_value ttl_seconds,
                          stead_value idle_seconds, stead_value ip_address, stead_value user_agent,
                          stead_value *session_id);
/* Ends all sessions of a user that have not expired, but for one, which may be null; returns how many. */
int64_t session_end_all(stead_call *call, stead_value user_id, stead_value except_session_id);

stead_measure session_measure; /* measure.c */

#endif
