/*
 * examine.c - the row of stead_doctor() about sealing.
 */
#include "trail/seal/era.h"
#include "core/finding.h"
#include "core/host.h"
#include "lib/timestamp.h"

#define LAG (3600 * STEAD_SECOND) /* sealing may be so far behind */
#define MOST 1000000              /* events are counted up to this number */

/* Lowers *oldest to the time when the era's first unsealed event was recorded. False: that event cannot be sealed, and
 * a row says so. */
static bool find_oldest(stead_call *call, int64_t era, stead_value *oldest)
{
	stead_value event[LEAF_COLUMNS];
	const char *fault = NULL;
	seal_walk walk;

	seal_walk_open(call, &walk, era, seal_end_of_era(call, era), SEAL_AFTER_ALL, 1);
	walk.any = true;
	if (seal_walk_next(&walk, event)) {
		fault = leaf_fault(event);
		if (oldest->null || event[LEAF_RECORDED_AT].integer < oldest->integer)
			*oldest = event[LEAF_RECORDED_AT];
	}
	seal_walk_close(&walk);
	if (fault)
		stead_finding(call, "audit_sealing", STEAD_FAIL,
		              stead_format(call, "event %lld %s: it cannot be sealed, and so no later event can",
		                           (long long)event[LEAF_ID].integer, fault),
		              "Delete its row, or mend it, with the triggers of stead_audit_event disabled (SQLite: dropped;"
		              " stead_init() makes them again).");
	return !fault;
}

static void examine_index(stead_call *call)
{
	int64_t waiting = seal_count_unindexed(call);

	stead_judge(call, "audit_index", STEAD_WARN,
	            waiting
	                ? stead_format(call,
	                               "%lld blocks that were sealed before schema 4 are not indexed: until then the old "
	                               "indexes by value stay, and every writer pays for them",
	                               (long long)waiting)
	                : NULL,
	            "every block is indexed", "SELECT stead_maintain(); until it reports no indexed_blocks.");
}

void seal_examine(stead_call *call)
{
	stead_value oldest = stead_null(STEAD_TIME);
	char time[STEAD_TIME_SIZE];
	const char *detail;
	int64_t count = 0;
	bool late;

	seal_examine_times(call);
	examine_index(call);
	if (era_is_behind(call)) {
		stead_finding(
			call, "audit_sealing", STEAD_FAIL,
			"sealed events have higher transaction numbers than this cluster has reached: until a new era begins,"
			" new events are neither sealed nor counted, and verification reports them as added",
			stead_format(call, "%s It waits a second for open transactions that have logged events: end those.",
		                 stead_init_remedy(call)));
		return;
	}
	for (seal_eras eras = {0}; seal_next_era(call, &eras);) {
		if (!find_oldest(call, eras.era, &oldest))
			return;
		count += seal_count_unsealed(call, eras.era, MOST);
	}
	late = !oldest.null && oldest.integer < stead_now(call) - LAG;
	if (oldest.null)
		detail = "every event is sealed";
	else {
		stead_time_format(oldest.integer, time);
		detail = stead_format(call, "%s%lld events are not sealed, the first since %.*s",
		                      count >= MOST ? "at least " : "", (long long)count, STEAD_TIME_SIZE, time);
	}
	stead_finding(
		call, "audit_sealing", late ? STEAD_WARN : STEAD_OK, detail,
		late ? "SELECT stead_maintain(); and have it run regularly. If it does already, an old transaction may still be"
			   " running."
			 : NULL);
}
