/*
 * examine_time.c - the rows of stead_doctor() about times in the audit trail: events ahead of the clock, and events
 * kept longer than the policy says.
 */
#include "trail/event.h"
#include "trail/seal/expired.h"
#include "trail/seal/prune.h"
#include "core/finding.h"

#define MOST 10000 /* events are counted up to this number */

static const char *count_of(stead_call *call, int64_t count)
{
	return stead_format(call, "%s%lld event%s", count >= MOST ? "at least " : "", (long long)count,
	                    count == 1 ? "" : "s");
}

/* True: it has emitted a row. */
static bool examine_ahead(stead_call *call, int64_t now)
{
	stead_value params[] = {stead_time(now + EVENT_AHEAD), stead_int(MOST)}, latest;
	char time[STEAD_TIME_SIZE];
	stead_rows *rows = stead_open(call,
	                              "SELECT count(*), (SELECT sealed_at FROM stead_audit_block ORDER BY block DESC LIMIT"
	                              " 1) FROM (SELECT 1 FROM stead_audit_event WHERE occurred_at > $1 LIMIT $2) AS ahead",
	                              2, params);
	int64_t count = 0;
	bool sealed;

	stead_next(rows);
	count = stead_column(rows, 0, STEAD_INT).integer;
	sealed = stead_column_sound(rows, 1, STEAD_TIME, &latest) && !latest.null && latest.integer > now + EVENT_AHEAD;
	stead_close(rows);
	if (!count && !sealed)
		return false;
	if (sealed)
		stead_time_format(latest.integer, time);
	stead_finding(
		call, "audit_times", STEAD_WARN,
		stead_format(call, "%s%s more than 5 minutes ahead of now%s%.*s: the clock is behind, or it was ahead then",
	                 count_of(call, count), count == 1 ? " is" : " are",
	                 sealed ? "; the latest block was sealed at " : "", sealed ? STEAD_TIME_SIZE : 0, time),
		"Correct the clock. If it is right, there is nothing to do: pruning ignores these times, and deletes the"
		" events with those sealed after them.");
	return true;
}

/* Events that are older than the policy's days, and kept because their block has younger ones. */
static bool examine_overdue(stead_call *call, int64_t now)
{
	stead_value days, oldest_at;
	stead_value params[2] = {stead_null(STEAD_TIME), stead_int(MOST)};
	const char *example = "";
	int64_t cutoff, expired, count;
	stead_rows *rows;

	days = stead_first(call, "SELECT keep_days FROM stead_retention WHERE target = 'audit'", 0, NULL, STEAD_INT);
	if (days.null || days.integer < 0 || days.integer > 36500)
		return false;
	cutoff = now - days.integer * STEAD_DAY;
	params[0] = stead_time(cutoff);
	count = stead_first(call,
	                    "SELECT count(*) FROM (SELECT 1 FROM stead_audit_event WHERE occurred_at < $1 LIMIT $2) AS old",
	                    2, params, STEAD_INT)
	            .integer;
	seal_preview(call, cutoff, MOST, &expired, &oldest_at);
	if (count <= expired)
		return false;
	rows = stead_open(
		call,
		"SELECT era, transaction_id, id FROM stead_audit_event WHERE occurred_at < $1 ORDER BY occurred_at, id LIMIT 1",
		1, params);
	if (!expired && stead_next(rows)) {
		int64_t era = stead_column(rows, 0, STEAD_INT).integer;
		seal_position after;
		seal_position place = {stead_column(rows, 1, STEAD_INT).integer, stead_column(rows, 2, STEAD_INT).integer};
		char time[STEAD_TIME_SIZE];
		seal_block block;

		if (seal_find_block(call, era, place, &block, &after)) {
			stead_time_format(block.last_event_at, time);
			example = stead_format(call, "; the oldest, event %lld, by block %lld, whose latest is of %.*s",
			                       (long long)place.id, (long long)block.block, STEAD_TIME_SIZE, time);
		}
	}
	stead_close(rows);
	stead_finding(
		call, "audit_times", STEAD_OK,
		stead_format(call,
	                 "%s older than the policy's %lld days, kept until the youngest one of the same block is due%s",
	                 count_of(call, count - expired), (long long)days.integer, example),
		NULL);
	return true;
}

void seal_examine_times(stead_call *call)
{
	int64_t now = stead_now(call);
	bool ahead = examine_ahead(call, now), overdue = examine_overdue(call, now);

	if (!ahead && !overdue)
		stead_finding(call, "audit_times", STEAD_OK,
		              "no event is ahead of the clock, and none is kept longer than the policy says", NULL);
}
