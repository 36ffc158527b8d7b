/*
 * user.h - what other modules need of users.
 */
#ifndef STEAD_USER_H
#define STEAD_USER_H

#include "stead.h"

/* The id of the user with that name, whom it makes, active and approved, if there is none. Several callers may do this
 * at once. */
stead_value user_ensure(stead_call *call, stead_value username);
/* Gives the user the role, whose name is given; returns whether the user did not have it. */
bool user_add_role(stead_call *call, stead_value user_id, stead_value role_name);

#endif
