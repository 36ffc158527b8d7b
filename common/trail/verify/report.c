/*
 * report.c - emits a finding. See verify.h.
 */
#include "trail/verify/verify.h"

void verify_report(verify_state *verification, stead_value block, const char *status, stead_value event_id,
                   const char *detail)
{
	verification->faults++;
	if (++verification->block_faults > VERIFY_MOST_FAULTS)
		return;
	stead_emit(verification->call, (stead_value[]){block, stead_text(status), event_id, stead_text(detail)});
}
