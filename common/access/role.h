/*
 * role.h - what users and roles share.
 */
#ifndef STEAD_ROLE_H
#define STEAD_ROLE_H

#include "stead.h"

/* The id of a role. Nobody can delete the role until the transaction ends. Raises if there is no such role. */
stead_value role_find(stead_call *call, stead_value name);

#endif
