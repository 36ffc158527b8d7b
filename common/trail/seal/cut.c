/*
 * cut.c - see cut.h.
 */
#include "trail/seal/cut.h"

#include <string.h>

#include "lib/timestamp.h"
#include "trail/seal/seal.h"

bool cut_ends(int64_t events, int64_t first_event_at, int64_t last_event_at, int64_t max_events, int64_t occurred_at)
{
	if (events == max_events)
		return true;
	return events >= SEAL_LEAST_EVENTS &&
	       (occurred_at < last_event_at - STEAD_DAY || occurred_at > first_event_at + STEAD_DAY ||
	        (occurred_at > last_event_at &&
	         occurred_at >= stead_bucket_next(STEAD_DAILY, stead_bucket_start(STEAD_DAILY, last_event_at))));
}

static bool is_old(const seal_cut *cut, int64_t occurred_at)
{
	return occurred_at < cut->cutoff;
}

static bool ends_before(const seal_cut *cut, int64_t occurred_at)
{
	return cut->events && cut_ends(cut->events, cut->first_event_at, cut->last_event_at, cut->max_events, occurred_at);
}

static void join_block(seal_cut *cut, cut_event event)
{
	if (!cut->events || event.occurred_at < cut->first_event_at)
		cut->first_event_at = event.occurred_at;
	if (!cut->events || event.occurred_at > cut->last_event_at)
		cut->last_event_at = event.occurred_at;
	cut->idle = event.idle && (cut->idle || !cut->events);
	cut->previous_at = event.occurred_at;
	cut->events++;
}

/* The run of waiting events is too short, so they join the block. False: the block has ended before some of them. */
static bool join_waiting(seal_cut *cut)
{
	int taken = 0;

	while (taken < cut->waiting_count && !ends_before(cut, cut->waiting[taken].occurred_at))
		join_block(cut, cut->waiting[taken++]);
	cut->waiting_count -= taken;
	memmove(cut->waiting, cut->waiting + taken, sizeof *cut->waiting * (size_t)cut->waiting_count);
	return cut->waiting_count == 0;
}

void cut_begin(seal_cut *cut, int64_t max_events, int64_t cutoff, int64_t left)
{
	*cut = (seal_cut){.max_events = max_events, .cutoff = cutoff, .least = left > CUT_MANY ? CUT_LEAST : 1};
}

bool cut_add(seal_cut *cut, int64_t occurred_at, bool idle)
{
	cut_event event = {occurred_at, idle};
	bool same = cut->waiting_count && is_old(cut, cut->waiting[0].occurred_at) == is_old(cut, occurred_at),
		 ended = false;

	if (!same)
		ended = !join_waiting(cut) || ends_before(cut, occurred_at);
	if (!same && !ended && (!cut->events || is_old(cut, cut->previous_at) == is_old(cut, occurred_at))) {
		join_block(cut, event);
		return false;
	}
	cut->waiting[cut->waiting_count++] = event;
	return ended || cut->waiting_count >= cut->least ||
	       (cut->events >= cut->least && is_old(cut, cut->first_event_at) == is_old(cut, cut->last_event_at));
}

bool cut_next(seal_cut *cut, int64_t left)
{
	bool ended = false;
	seal_cut next;

	cut_begin(&next, cut->max_events, cut->cutoff, left);
	for (int i = 0; i < cut->waiting_count; i++)
		if (ended)
			next.waiting[next.waiting_count++] = cut->waiting[i];
		else
			ended = cut_add(&next, cut->waiting[i].occurred_at, cut->waiting[i].idle);
	*cut = next;
	return ended;
}
