/*
 * prune.c - prunes one batch of a target while its policy is locked, and writes the event.
 */
#include <jansson.h>

#include "trail/event.h"
#include "core/foreign.h"
#include "state/setting/option.h"
#include "lib/timestamp.h"
#include "upkeep/retention/policy.h"
#include "core/upkeep.h"

#define QUIET_SECONDS 3600 /* runs that delete nothing are recorded no more often: recording one is a commit */

static int64_t after(stead_call *call, const stead_option *milliseconds)
{
	return stead_now(call) + option_value(call, milliseconds) * (STEAD_SECOND / 1000);
}

int64_t retention_deadline(stead_call *call)
{
	return stead_batch(after(call, &retention_options[0]), INT64_MAX);
}

int64_t retention_call_deadline(stead_call *call)
{
	return after(call, &retention_options[stead_batch(0, 1)]);
}

/* The details of the event: the pending ones and this batch together. */
static stead_value describe(stead_call *call, stead_value target, const retention_policy *policy, int64_t cutoff,
                            int64_t rows, const stead_buffer *more)
{
	json_t *batch =
		stead_read_json(call, stead_json(stead_format(call, "{%s}", more->size ? more->data + 1 : "")), "details");
	const json_t *account = json_object_get(batch, "account"), *digest = json_object_get(batch, "digest");
	retention_event event = {cutoff, rows, json_integer_value(json_object_get(batch, "rollup_rows")),
	                         account && digest ? json_integer_value(account) : 0,
	                         account && digest ? json_string_value(digest) : NULL};
	retention_event before;

	if (retention_read_event(call, target, policy->pending_event, &before)) {
		event.rows = before.rows > INT64_MAX - event.rows ? INT64_MAX : event.rows + before.rows;
		event.rollup_rows =
			before.rollup_rows > INT64_MAX - event.rollup_rows ? INT64_MAX : event.rollup_rows + before.rollup_rows;
	}
	return retention_write_event(call, target, &event);
}

static void record(stead_call *call, stead_value target, stead_value details)
{
	details.type = STEAD_JSON;
	event_record(call, "stead.prune", "retention", target, stead_null(STEAD_TEXT), stead_null(STEAD_TEXT), details,
	             stead_null(STEAD_TEXT), stead_null(STEAD_TEXT));
}

void retention_write_pending(stead_call *call, const retention_subject *subject, const retention_policy *policy)
{
	if (policy->pending_event.null)
		return;
	record(call, subject->name, policy->pending_event);
	stead_run(call, "UPDATE stead_retention SET pending_event = NULL WHERE target = $1", 1, &subject->name);
}

/* A hold protects rows, so they must not be deleted together with another table's either. The policy's row stays
 * locked. */
static void refuse_held(stead_call *call, stead_value name, stead_value full_name, void *data)
{
	stead_value key = retention_built_in(name) ? full_name : name;
	stead_rows *rows = stead_open(call, "SELECT hold_reason FROM stead_retention WHERE target = $1 FOR SHARE", 1, &key);
	stead_value reason = stead_null(STEAD_TEXT);
	const stead_value *pruned = data;

	if (stead_next(rows))
		reason = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	stead_close(rows);
	if (!reason.null)
		stead_raise(call, STEAD_DENIED, "stead_%s: %.*s is held, whose rows could go with those of %.*s: %.*s",
		            call->function->name, (int)key.size, key.data, (int)pruned->size, pruned->data, (int)reason.size,
		            reason.data);
}

int64_t retention_prune(stead_call *call, const retention_subject *subject, const retention_policy *policy,
                        int64_t keep_days, int64_t max_rows, int64_t deadline, retention_upkeep *upkeep)
{
	int64_t now = stead_now(call), cutoff, deleted, known_rows = -1;
	bool goes_on = upkeep != NULL, notes_cutoff;
	stead_foreign_batch *found = upkeep ? upkeep->found : NULL;
	const stead_foreign *table = NULL;
	stead_value details = policy->pending_event, pending = stead_null(STEAD_TEXT);
	const char *hint, *problem = NULL;
	stead_buffer more = {0};
	stead_error error;

	retention_check(call, subject, policy);
	cutoff = now - keep_days * STEAD_DAY;
	if (!policy->hold_reason.null)
		stead_raise(call, STEAD_DENIED, "stead_%s: %s is held: %s", call->function->name, subject->name.data,
		            policy->hold_reason.data);
	if (subject->built_in &&
	    stead_any(call, "SELECT 1 FROM stead_retention WHERE hold_reason IS NOT NULL LIMIT 1", 0, NULL))
		stead_table_dependents(call, subject->built_in->table, refuse_held, (void *)&subject->name);
	if (subject->built_in)
		do
			deleted = subject->built_in->prune(call, cutoff, max_rows, deadline, &more);
		while (deleted == STEAD_TARGET_LATER && !goes_on); /* 0 would mean that no row is left */
	else {
		bool looked = found && found->left;

		table = retention_table(call, subject, policy, &error, &hint, &problem);
		if (problem)
			stead_raise_hint(call, error, hint, "stead_%s: %s", call->function->name, problem);
		stead_foreign_dependents(call, table, refuse_held, (void *)&subject->name);
		deleted = found && !looked ? 0 : stead_foreign_delete(call, table, cutoff, max_rows, deadline, found);
		if (deleted == 0 && looked)
			return STEAD_TARGET_LATER; /* none of these can be deleted */
	}
	if (deleted < 0) {
		if (goes_on)
			return deleted;
		stead_raise_hint(call, STEAD_BUSY, "Call it again.",
		                 "stead_%s: another call is sealing or indexing what is to be pruned", call->function->name);
	}
	if (deleted > 0)
		details = describe(call, subject->name, policy, cutoff, deleted, &more);
	if (goes_on || deleted == 0)
		pending = details;
	/* After its last batch, and after a call by hand, what is left is counted: whatever comes later is new to upkeep.
	 */
	if ((deleted == 0 && !found) || (!goes_on && stead_now(call) < deadline))
		known_rows = retention_count_known(call, subject, table, cutoff, upkeep ? upkeep->known : -1);
	else if (upkeep && upkeep->known >= 0)
		known_rows = upkeep->known > deleted ? upkeep->known - deleted : 0;
	if (upkeep)
		upkeep->known = known_rows;
	/* A call with fewer days than the policy's has a later cutoff, and counts as a decision about those rows. With more
	 * days, it says nothing about the others. */
	notes_cutoff =
		keep_days == policy->keep_days || policy->cleared_before.null || cutoff >= policy->cleared_before.integer;
	/* a time ahead of now comes from a wrong clock */
	if (deleted > 0 || policy->last_run_at.null || policy->last_run_at.integer < now - QUIET_SECONDS * STEAD_SECOND ||
	    policy->last_run_at.integer > now)
		stead_run(call,
		          "UPDATE stead_retention SET last_run_at = $2, last_deleted = $3, pending_event = $4, cleared_before"
		          " = CASE WHEN $5 THEN $6 ELSE cleared_before END, known_rows = CASE WHEN $5 THEN $7 ELSE known_rows"
		          " END,"
		          /* a total that was changed by hand must not fail the prune */
		          " total_deleted = CASE WHEN total_deleted < 0 THEN $3 WHEN total_deleted > 9223372036854775807 - $3"
		          " THEN 9223372036854775807 ELSE total_deleted + $3 END WHERE target = $1",
		          7,
		          (stead_value[]){subject->name, stead_time(now), stead_int(deleted), pending, stead_bool(notes_cutoff),
		                          stead_time(cutoff), known_rows < 0 ? stead_null(STEAD_INT) : stead_int(known_rows)});
	else if (notes_cutoff && known_rows != policy->known_rows)
		stead_run(call, "UPDATE stead_retention SET cleared_before = $2, known_rows = $3 WHERE target = $1", 3,
		          (stead_value[]){subject->name, stead_time(cutoff), stead_int(known_rows)});
	if (!goes_on) {
		if (deleted > 0)
			record(call, subject->name, details);
		else
			retention_write_pending(call, subject, policy);
	}
	return deleted;
}
