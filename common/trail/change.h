/*
 * change.h - events of what administrators change: users, roles, settings, policies, keys. Whoever changes asks the
 * option of its module first.
 */
#ifndef STEAD_CHANGE_H
#define STEAD_CHANGE_H

#include "stead.h"

/* A member of the event's details; its name is a literal. */
typedef struct {
	const char *name;
	stead_value value;
} change_fact;

/* Appends the event, in the caller's transaction. action and resource_type are literals, such as stead.user.create and
 * user; resource_id and actor_name are texts. If actor_name is null, the transaction's context says who it was. */
void change_record(stead_call *call, const char *action, const char *resource_type, stead_value resource_id,
                   stead_value actor_name, int count, const change_fact *facts);

#endif
