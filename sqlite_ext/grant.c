/*
 * grant.c - stead_grant(): SQLite has no roles.
 */
#include "host.h"

bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience)
{
	(void)role_name, (void)audience;
	stead_raise(call, STEAD_UNSUPPORTED, "stead_grant: SQLite has no roles");
}

void stead_host_grant_again(stead_call *call)
{
	(void)call;
}
