/*
 * examine.c - the rows of stead_doctor() about retention: what is deleted next, what has no limit, what cannot work.
 *
 * A target without a policy is no fault. The row says so, with the call that sets one, so that nobody is surprised.
 */
#include "upkeep/retention/policy.h"
#include "core/finding.h"
#include "core/foreign.h"
#include "lib/timestamp.h"

#define MOST 10000                       /* rows are counted up to this number, so as not to read a whole table */
#define MOST_LOOKED_AT 1000000           /* the most rows that are read for it, if there is no index */
#define UNTOLD (2 * 3600 * STEAD_SECOND) /* when an event is overdue: longer than any call of upkeep takes */
#define MANY 1000                        /* rows from which on a target without a policy is reported */

static const char *row_count(stead_call *call, int64_t rows)
{
	if (rows == 1)
		return "1 row";
	return stead_format(call, "%s%lld rows", rows >= MOST ? "at least " : "", (long long)(rows >= MOST ? MOST : rows));
}

static const char *time_of(stead_call *call, stead_value at)
{
	char *text = stead_alloc(call, STEAD_TIME_SIZE + 1);

	stead_time_format(at.integer, text);
	text[STEAD_TIME_SIZE] = 0;
	return text;
}

/* A declared target without a policy: audit is always reported, another one when it is large. */
static void examine_unlimited(stead_call *call, const retention_subject *subject)
{
	bool log = stead_equals(subject->name, "audit");
	stead_value oldest_at;
	int64_t rows;

	subject->built_in->preview(call, STEAD_TIME_MAX, MOST, &rows, &oldest_at);
	if (log || rows >= MANY)
		stead_finding(call, "retention", STEAD_OK,
		              stead_format(call, "nothing limits %s: no policy deletes any of it%s", subject->name.data,
		                           rows ? stead_format(call, "; %s, the oldest of %s", row_count(call, rows),
		                                               time_of(call, oldest_at))
		                                : ""),
		              retention_call_sql(call, "stead_retention_set", subject->name, ", 365"));
}

static void examine_stop(stead_call *call, const retention_subject *subject, const stead_foreign *table,
                         const retention_policy *policy, int64_t cutoff)
{
	retention_judgement judged = retention_judge(call, subject, table, policy, cutoff, MOST_LOOKED_AT);

	if (judged.too_much)
		stead_finding(call, "retention", STEAD_WARN,
		              stead_format(call, "upkeep stops at %s: %s", subject->name.data,
		                           retention_explain_stop(call, subject, judged.rows)),
		              retention_call_sql(call, "stead_prune", subject->name, ""));
}

static void examine_policy(stead_call *call, const retention_subject *subject, const retention_policy *policy)
{
	const stead_foreign *table = NULL;
	const char *hint, *problem = NULL, *next = "nothing of it is older now", *held = "", *kept = "";
	stead_value oldest_at = stead_null(STEAD_TIME);
	int64_t rows = 0, cutoff;
	stead_error error;

	if (!retention_is_sound(policy)) {
		stead_finding(call, "retention", STEAD_FAIL,
		              stead_format(call,
		                           "the policy of %s was changed by hand: keep_days or batch_rows is out of range",
		                           subject->name.data),
		              retention_call_sql(call, "stead_retention_delete", subject->name, ""));
		return;
	}
	if (!subject->built_in)
		table = retention_table(call, subject, policy, &error, &hint, &problem);
	if (problem) {
		stead_finding(call, "retention", STEAD_FAIL, problem,
		              hint ? hint : retention_call_sql(call, "stead_retention_delete", subject->name, ""));
		return;
	}
	cutoff = stead_now(call) - policy->keep_days * STEAD_DAY;
	if (policy->hold_reason.null)
		examine_stop(call, subject, table, policy, cutoff);
	if (table && !table->indexed) {
		stead_finding(
			call, "retention", STEAD_WARN,
			stead_format(
				call, "no index gives the rows of table %s in the order of column \"%s\": each batch reads all of them",
				subject->name.data, table->time_column.data),
			table->index_sql);
		return;
	}
	if (table) {
		bool any, times;
		int64_t unreadable = stead_foreign_unreadable(call, table, MOST, &any, &times);

		if (any && !times) {
			stead_finding(call, "retention", STEAD_WARN,
			              stead_format(call, "no row of table %s has a time in column \"%s\", so none is ever deleted",
			                           subject->name.data, table->time_column.data),
			              retention_call_sql(call, "stead_retention_delete", subject->name, ""));
			return;
		}
		if (unreadable)
			kept = stead_format(call, "; %s with no time in column \"%s\": kept for good", row_count(call, unreadable),
			                    table->time_column.data);
		stead_foreign_count(call, table, cutoff, MOST, MOST_LOOKED_AT, &rows, &oldest_at);
	} else
		subject->built_in->preview(call, cutoff, MOST, &rows, &oldest_at);
	if (rows)
		next = stead_format(call, "%s to be deleted next, the oldest of %s", row_count(call, rows),
		                    time_of(call, oldest_at));
	if (!policy->hold_reason.null)
		held = stead_format(call, "; held: %s", policy->hold_reason.data);
	stead_finding(call, "retention", STEAD_OK,
	              stead_format(call, "%s is kept for %lld day%s; %s%s%s", subject->name.data,
	                           (long long)policy->keep_days, policy->keep_days == 1 ? "" : "s", next, kept, held),
	              NULL);
}

/* Reports deleted rows that no event tells of. While upkeep runs, last_run_at is recent. */
static void examine_note(stead_call *call, const retention_subject *subject, const retention_policy *policy)
{
	int64_t now = stead_now(call);

	if (policy->unsound_note)
		stead_finding(
			call, "retention", STEAD_FAIL,
			stead_format(
				call,
				"pending_event of %s in stead_retention was changed by hand: no event will tell of the rows it named",
				subject->name.data),
			"Look for who can write to stead_retention. The next prune that deletes something goes on without the"
			" note.");
	if (!policy->pending_event.null && !policy->last_run_at.null && policy->last_run_at.integer < now - UNTOLD)
		stead_finding(call, "retention", STEAD_WARN,
		              stead_format(call, "rows of %s were deleted at %s, and no event stead.prune tells of it yet",
		                           subject->name.data, time_of(call, policy->last_run_at)),
		              "SELECT stead_maintain(); writes the event, or says under failed why it cannot.");
}

void retention_examine(stead_call *call)
{
	retention_names list = retention_list_names(call, -1, "SELECT target FROM stead_retention ORDER BY target");

	for (size_t i = 0; i < list.count; i++) {
		retention_subject subject = retention_stored(list.names[i]);
		retention_policy policy;

		retention_load(call, &subject, &policy);
		examine_note(call, &subject, &policy);
		if (policy.keep_days == -1 && subject.built_in)
			examine_unlimited(call, &subject);
		if (policy.keep_days == -1 && !policy.hold_reason.null)
			stead_finding(call, "retention", STEAD_OK,
			              stead_format(call, "%s has no policy; held: %s", subject.name.data, policy.hold_reason.data),
			              NULL);
		if (policy.keep_days != -1)
			examine_policy(call, &subject, &policy);
	}
}
