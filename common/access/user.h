/*
 * user.h - what other modules need of users.
 */
#ifndef STEAD_USER_H
#define STEAD_USER_H

#include "stead.h"

extern const stead_option user_options[];
enum { USER_AUDIT };

/* Appends the event that a user was made, unless the option says otherwise. row: username, email, active, approved. */
void user_audit_create(stead_call *call, stead_value user_id, const stead_value *row);

/* The id of the user with that name, whom it makes, active and approved, if there is none. Several callers may do this
 * at once. */
stead_value user_ensure(stead_call *call, stead_value username);
/* Gives the user the role, whose name is given; returns whether the user did not have it. Appends the event. */
bool user_add_role(stead_call *call, stead_value user_id, stead_value role_name);
/* The bodies of the SQL functions with these names. */
void user_find(stead_call *call, const stead_value *args);
void user_list(stead_call *call, const stead_value *args);
stead_measure user_measure;

#endif
