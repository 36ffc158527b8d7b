/*
 * role.h - what users and roles share.
 */
#ifndef STEAD_ROLE_H
#define STEAD_ROLE_H

#include "stead.h"
#include "trail/change.h"

extern const stead_option role_options[];
enum { ROLE_AUDIT };

/* Appends the event of a change of a role, unless the option says otherwise. */
void role_audit(stead_call *call, const char *action, stead_value name, int count, const change_fact *facts);

/* The id of a role. Nobody can delete the role until the transaction ends. Raises if there is no such role. */
stead_value role_find(stead_call *call, stead_value name);

/* Raises unless the text may be granted: 1 to MAX_PERMISSION bytes without spaces; * only by itself or at the end,
 * after a dot. name is that of the argument. */
void role_check_grant(stead_call *call, const char *name, stead_value permission);
#define ROLE_MAX_GRANTS 1000
/* Reads a JSON array of at most so many grants, each of which may be granted, into out, sorted bytewise and without
 * duplicates. Returns how many. */
int role_read_grants(stead_call *call, const char *name, stead_value json, stead_value out[ROLE_MAX_GRANTS]);

#endif
