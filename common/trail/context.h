/*
 * context.h - who acts in this transaction. Events that do not say it themselves take it from here.
 */
#ifndef STEAD_CONTEXT_H
#define STEAD_CONTEXT_H

#include "stead.h"

enum { CONTEXT_ACTOR_ID, CONTEXT_ACTOR_NAME, CONTEXT_IP_ADDRESS, CONTEXT_REQUEST_ID, CONTEXT_KEYS };

/* Reads the context into out; what it does not have is null. False: there is none. */
bool context_read(stead_call *call, stead_value out[CONTEXT_KEYS]);

#endif
