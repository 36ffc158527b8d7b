/*
 * verdict.h - what is said of a token: the row of stead_session_validate, which is the object of stead_session_json.
 */
#ifndef STEAD_VERDICT_H
#define STEAD_VERDICT_H

#include "stead.h"

#define VERDICT_COLUMNS                                                                                                \
	{"valid", STEAD_BOOL}, {"reason", STEAD_TEXT}, {"session_id", STEAD_TEXT}, {"user_id", STEAD_INT},                 \
		{"username", STEAD_TEXT}, {"email", STEAD_TEXT}, {"roles", STEAD_JSON}, {"permissions", STEAD_JSON},           \
		{"created_at", STEAD_TIME}, {"expires_at", STEAD_TIME}, {"last_seen_at", STEAD_TIME},                          \
		{"touch_due", STEAD_BOOL}

void session_validate(stead_call *call, const stead_value *args);
stead_value session_json(stead_call *call, const stead_value *args);

#endif
