/*
 * local.h - the part of the port for what a transaction knows: a text that is gone when the transaction ends, and that
 * a savepoint rolled back puts back.
 */
#ifndef STEAD_LOCAL_H
#define STEAD_LOCAL_H

#include "stead.h"

/* Sets the text of the caller's transaction, once the call has succeeded. There is one; a null is none. */
void stead_local_set(stead_call *call, stead_value text);
/* The text, or a null. It lives until the call ends or sets another. */
stead_value stead_local_get(stead_call *call);

#endif
