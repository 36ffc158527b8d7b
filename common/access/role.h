/*
 * role.h - what users and roles share.
 */
#ifndef STEAD_ROLE_H
#define STEAD_ROLE_H

#include "stead.h"

/* The id of a role, which stays while the caller's transaction lasts; an unknown one is an error. */
stead_value role_find(stead_call *call, stead_value name);

#endif
