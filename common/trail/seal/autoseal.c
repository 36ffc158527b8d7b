/*
 * autoseal.c - where writers come one by one, the writer that makes the unsealed end of the log too long seals a block,
 * as SQLite's autocheckpoint does with the WAL. See stead_follow_up().
 *
 * Only where events of era 0 without a transaction number are sealed, which all of Stead's are there.
 */
#include "trail/seal/seal.h"

#include "state/setting/option.h"
#include "trail/seal/summarise.h"

#define LEAST 100 /* in a block: this is asked after every 64th event only */

/* By the ids alone, as to count the events would read them once more than sealing does. Ids may have gaps: then a block
 * is made early, of a few events at least. After a move, the latest block is another era's, and events are counted. */
bool seal_auto_due(stead_call *call)
{
	int64_t most = stead_batch(1, 0) ? option_value(call, &seal_options[SEAL_AUTOSEAL]) : 0;
	stead_value latest;
	seal_position end;

	if (most == 0)
		return false;
	end = seal_end_of_era(call, 0);
	if (end.transaction_id > 0) /* events of Stead's own would come too late */
		return false;
	if (end.transaction_id < 0 || end.id < 0)
		end.id = 0;
	if (stead_first(call, "SELECT max(id) FROM stead_audit_event", 0, NULL, STEAD_INT).integer - end.id <= most)
		return false;
	latest = stead_first(call, "SELECT last_event_id FROM stead_audit_block ORDER BY block DESC LIMIT 1", 0, NULL,
	                     STEAD_INT);
	if (!latest.null && latest.integer > end.id)
		return seal_count_unsealed(call, 0, most + 1) > most;
	return stead_any(call, "SELECT 1 FROM stead_audit_event WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2", 2,
	                 (stead_value[]){stead_int(end.id), stead_int(most < LEAST ? most : LEAST)});
}

void seal_auto(stead_call *call, void *nothing)
{
	int64_t most = option_value(call, &seal_options[SEAL_AUTOSEAL]), sealed = 1;
	summarise_place place = {0};
	seal_unsealable unsealable;

	(void)nothing;
	most = most < LEAST ? LEAST : most;
	if (!stead_try_lock(call, &stead_maintain_lock, 0, NULL) || !stead_try_lock(call, &seal_lock, 0, NULL))
		return;
	/* As many events as were logged since this was asked, or the end grows. One block is enough, unless the call logged
	 * more than that, or times jump: then a block may end after 100 events. */
	for (int64_t left = call->marks * 64; sealed > 0 && left > 0; left -= sealed) {
		stead_scope *scope = stead_open_scope(call);

		sealed = seal_next(call, most, CUT_NO_CUTOFF, &unsealable);
		stead_close_scope(call, scope);
	}
	for (int tries = 0; tries < 4 && summarise_next(call, &place); tries++) /* one at a time, as the writer waits */
		continue;
}
