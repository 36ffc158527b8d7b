/*
 * stop.c - the safety stop of upkeep: what a wrong clock, or a policy that is new to an old table, calls old at once is
 * not deleted before somebody says so.
 *
 * Counting is bounded. Few rows are let go without more; of many, up to MOST are counted on each side. Where there are more on
 * both, what tells is by how much the cutoff moved.
 */
#include "upkeep/retention/policy.h"
#include "lib/timestamp.h"

#define FEW 500     /* no more than half of more than twice as many */
#define MOST 100000 /* rows that are counted on each side */
#define LONG (7 * STEAD_DAY)

static int64_t count(stead_call *call, const retention_subject *subject, const stead_foreign *table, int64_t cutoff, int64_t most)
{
	stead_value oldest_at;
	int64_t rows;

	if (table)
		stead_foreign_count(call, table, cutoff, most, &rows, &oldest_at);
	else
		subject->built_in->preview(call, cutoff, most, &rows, &oldest_at);
	return rows;
}

bool retention_is_too_much(stead_call *call, const retention_subject *subject, const stead_foreign *table, const retention_policy *policy,
                           int64_t cutoff, int64_t *rows)
{
	bool first = policy->cleared_before.null;
	int64_t since = first || policy->cleared_before.integer > cutoff ? cutoff : policy->cleared_before.integer;
	int64_t expired = count(call, subject, table, cutoff, FEW + 1), all;

	*rows = 0;
	if (expired <= FEW || (!first && since == cutoff))
		return false;
	expired = count(call, subject, table, cutoff, MOST);
	*rows = expired - (first ? 0 : count(call, subject, table, since, MOST));
	all = count(call, subject, table, STEAD_TIME_MAX, 2 * MOST);
	if (expired >= MOST && all >= 2 * MOST) {
		*rows = expired;
		return first || cutoff - since > LONG;
	}
	return all > 2 * FEW && *rows > all / 2;
}

const char *retention_explain_stop(stead_call *call, const retention_subject *subject, int64_t rows)
{
	return stead_format(call, "%s%lld rows, more than half of it, would be deleted at once, for the first time;"
	                          " if they are to go: %s lets upkeep go on",
	                    rows >= MOST ? "at least " : "", (long long)rows, retention_call_sql(call, "stead_prune", subject->name, ""));
}
