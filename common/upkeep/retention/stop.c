/*
 * stop.c - the safety stop of upkeep. A wrong clock, a new policy for an old table, or an import of old rows could make
 * upkeep delete a large part of a table at once. It does not do so before somebody allows it.
 *
 * New to upkeep are the rows that are expired now, without the expired rows that it knows (known_rows); or, if that
 * number is not known, without those before the latest run's cutoff. Counting is bounded. A few rows are always
 * deleted. Otherwise up to MOST rows are counted on each side. If both sides have more, the stop looks at how far the
 * cutoff has moved, and at how many rows are left that the latest run should have deleted.
 */
#include "upkeep/retention/policy.h"
#include "core/foreign.h"
#include "lib/timestamp.h"

#define MOST 100000          /* rows that are counted on each side */
#define LONG (7 * STEAD_DAY) /* it is suspicious if the cutoff has moved further since the latest run */

static int64_t count(stead_call *call, const retention_subject *subject, const stead_foreign *table, int64_t cutoff,
                     int64_t most, int64_t looked_at)
{
	stead_value oldest_at;
	int64_t rows;

	if (table)
		stead_foreign_count(call, table, cutoff, most, looked_at, &rows, &oldest_at);
	else
		subject->built_in->preview(call, cutoff, most, &rows, &oldest_at);
	return rows < most ? rows : most;
}

int64_t retention_count_known(stead_call *call, const retention_subject *subject, const stead_foreign *table,
                              int64_t cutoff, int64_t known)
{
	int64_t counted = count(call, subject, table, cutoff, MOST, INT64_MAX);

	return known < 0 || counted < known ? counted : known;
}

retention_judgement retention_judge(stead_call *call, const retention_subject *subject, const stead_foreign *table,
                                    const retention_policy *policy, int64_t cutoff, int64_t looked_at)
{
	bool first = policy->cleared_before.null, known = !first && policy->known_rows >= 0;
	int64_t since = first || policy->cleared_before.integer > cutoff ? cutoff : policy->cleared_before.integer;
	int64_t expired = count(call, subject, table, cutoff, RETENTION_FEW + 1, looked_at), before, all;
	retention_judgement judged = {.known = expired};

	if (expired <= RETENTION_FEW)
		return judged;
	expired = count(call, subject, table, cutoff, MOST, looked_at);
	judged.known = expired < MOST ? expired : -1;
	if (first)
		before = 0;
	else if (known)
		before = policy->known_rows < expired ? policy->known_rows : expired;
	else
		before = since == cutoff ? expired : count(call, subject, table, since, MOST, looked_at);
	judged.rows = expired - before;
	if (expired < MOST && judged.rows <= RETENTION_FEW)
		return judged;
	all = count(call, subject, table, STEAD_TIME_MAX, 2 * MOST, looked_at);
	if (expired < MOST || all < 2 * MOST)
		judged.too_much = all > 2 * RETENTION_FEW && judged.rows > all / 2;
	else {
		judged.rows = expired;
		judged.too_much =
			first || cutoff - since > LONG ||
			(known && count(call, subject, table, since, MOST, looked_at) - policy->known_rows > MOST / 2);
	}
	return judged;
}

const char *retention_explain_stop(stead_call *call, const retention_subject *subject, int64_t rows)
{
	return stead_format(call,
	                    "%s%lld rows, more than half of it, would be deleted at once, for the first time;"
	                    " if they are to go: %s lets upkeep go on",
	                    rows >= MOST ? "at least " : "", (long long)rows,
	                    retention_call_sql(call, "stead_prune", subject->name, ""));
}
