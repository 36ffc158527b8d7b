/*
 * report.c - one finding of a verification. See verify.h.
 */
#include "trail/verify/verify.h"

void verify_report(verification *now, stead_value block, const char *status, stead_value event_id, const char *detail)
{
	now->faults++;
	if (++now->of_block > VERIFY_MOST_FAULTS)
		return;
	stead_emit(now->call, (stead_value[]){block, stead_text(status), event_id, stead_text(detail)});
}

