/*
 * retention.c - retention: policies, holds, and pruning in bounded batches.
 *
 * A target is declared by a module (stead_target), or is a table of the application's. A declared target without a row
 * in stead_retention has the policy it was declared with. The row is made when there is something to store in it.
 * policy.c reads and locks policies, prune.c prunes, tick.c is for stead_maintain(), examine.c for stead_doctor().
 */
#include <stdlib.h>

#include "upkeep/retention/policy.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "core/walk.h"
#include "lib/timestamp.h"
#include "state/setting/option.h"
#include "trail/change.h"

#define MAX_REASON 1000

static void check_range(stead_call *call, const char *name, int64_t value, int64_t least, int64_t most)
{
	if (value < least || value > most)
		stead_raise(call, STEAD_INVALID, "stead_%s: %s must be %lld to %lld", call->function->name, name,
		            (long long)least, (long long)most);
}

static _Noreturn void raise_problem(stead_call *call, const stead_foreign *table)
{
	stead_raise_hint(call, table->error, table->hint, "stead_%s: %s", call->function->name, table->problem);
}

static void audit(stead_call *call, const char *action, const retention_subject *subject, int count,
                  const change_fact *facts)
{
	if (option_value(call, &retention_options[RETENTION_AUDIT]))
		change_record(call, action, "retention", subject->name, stead_null(STEAD_TEXT), count, facts);
}

/* ---- Policies -------------------------------------------------------------------------------------------------- */

static stead_value retention_set(stead_call *call, const stead_value *args)
{
	retention_subject subject = retention_find(call, args[0]);
	stead_value time_column = args[2], owner = stead_null(STEAD_TEXT);
	const stead_foreign *table = NULL;
	retention_policy policy;
	bool same_column;
	int64_t known;

	check_range(call, "keep_days", args[1].integer, 0, RETENTION_MAX_DAYS);
	check_range(call, "batch_rows", args[3].integer, 1, RETENTION_MAX_BATCH);
	if (subject.built_in && !time_column.null)
		stead_raise(call, STEAD_INVALID, "stead_retention_set: time_column must be null, as %s is Stead's own",
		            subject.name.data);
	if (subject.table) {
		if (time_column.null)
			stead_raise_hint(call, STEAD_INVALID, "Stead's own targets are in stead_retention_list().",
			                 "stead_retention_set: time_column must not be null for a table of yours");
		table = stead_foreign_find(call, args[0], time_column); /* still in the caller's search path */
		if (table->problem)
			raise_problem(call, table);
		if (!table->owned)
			stead_raise(call, STEAD_DENIED, "stead_retention_set: only the owner of table %s may have it pruned",
			            subject.name.data);
		time_column = table->time_column;
		owner = table->owner;
	}
	retention_lock(call, &subject, true, &policy);
	same_column = stead_same(policy.time_column, time_column);
	if (policy.keep_days == args[1].integer && policy.batch_rows == args[3].integer && same_column &&
	    stead_same(policy.owner, owner))
		return stead_bool(false);
	known = policy.known_rows;
	/* with more days fewer rows are expired, and only these of the known rows count */
	if (same_column && args[1].integer > policy.keep_days && !policy.cleared_before.null)
		known = retention_count_known(call, &subject, table, stead_now(call) - args[1].integer * STEAD_DAY, known);
	/* the latest run's cutoff means nothing for another column */
	if (!stead_run(call,
	               "UPDATE stead_retention SET keep_days = $2, time_column = $3, batch_rows = $4, owner = $5,"
	               " cleared_before = CASE WHEN $6 THEN cleared_before END, known_rows = CASE WHEN $6 THEN $7 END"
	               " WHERE target = $1",
	               7,
	               (stead_value[]){subject.name, args[1], time_column, args[3], owner, stead_bool(same_column),
	                               known < 0 ? stead_null(STEAD_INT) : stead_int(known)}))
		stead_raise_not_stored(call, "the policy");
	audit(call, "stead.retention.set", &subject, 3,
	      (change_fact[]){{"keep_days", args[1]}, {"time_column", time_column}, {"batch_rows", args[3]}});
	return stead_bool(true);
}

/* The row stays if it has a hold, or if it says that a declared target has no policy. */
static stead_value retention_delete(stead_call *call, const stead_value *args)
{
	retention_subject subject = retention_find(call, args[0]);
	retention_policy policy;

	retention_lock(call, &subject, subject.built_in && subject.built_in->keep_days >= 0, &policy);
	if (policy.keep_days < 0)
		return stead_bool(false);
	retention_write_pending(call, &subject, &policy);
	if (!(subject.built_in || !policy.hold_reason.null
	          ? stead_run(
					call,
					"UPDATE stead_retention SET keep_days = NULL, time_column = NULL, owner = NULL WHERE target = $1",
					1, &subject.name)
	          : stead_run(call, "DELETE FROM stead_retention WHERE target = $1", 1, &subject.name)))
		stead_raise_not_stored(call, "the change");
	audit(call, "stead.retention.delete", &subject, 0, NULL);
	return stead_bool(true);
}

static int by_name(const void *a, const void *b)
{
	return stead_compare(*(const stead_value *)a, *(const stead_value *)b);
}

#define LIST_COLUMNS 8

typedef struct {
	stead_call *call;
	stead_value (*rows)[LIST_COLUMNS];
	size_t count, room;
} listing;

static void add(listing *list, stead_value name, const retention_policy *policy)
{
	list->rows = stead_grow(list->call, list->rows, list->count, &list->room, sizeof *list->rows);
	stead_value *row = list->rows[list->count++];

	row[0] = name;
	row[1] = policy->time_column;
	row[2] = policy->keep_days < 0 ? stead_null(STEAD_INT) : stead_int(policy->keep_days);
	row[3] = stead_int(policy->batch_rows);
	row[4] = policy->hold_reason;
	row[5] = policy->last_run_at;
	row[6] = policy->stored ? stead_int(policy->last_deleted) : stead_int(0);
	row[7] = stead_int(policy->total_deleted);
}

static void retention_list(stead_call *call, const stead_value *args)
{
	listing list = {.call = call};
	stead_rows *rows;

	(void)args;
	for (const stead_target *target = NULL; (target = stead_next_target(target));) {
		retention_subject subject = retention_stored(stead_text(target->name));
		retention_policy policy;

		retention_load(call, &subject, &policy);
		add(&list, subject.name, &policy);
	}
	rows = stead_open(call, "SELECT target, " RETENTION_COLUMNS " FROM stead_retention", 0, NULL);
	while (stead_next(rows)) {
		stead_value name = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
		retention_policy policy;

		if (retention_built_in(name))
			continue;
		retention_read_policy(call, rows, 1, &policy);
		add(&list, name, &policy);
	}
	if (list.count)
		qsort(list.rows, list.count, sizeof *list.rows, by_name);
	for (size_t i = 0; i < list.count; i++)
		stead_emit(call, list.rows[i]);
}

static _Noreturn void raise_no_policy(stead_call *call, const retention_subject *subject)
{
	if (subject->table && subject->table->problem)
		raise_problem(call, subject->table);
	stead_raise_hint(call, STEAD_NOT_FOUND, "Call stead_retention_set first.", "stead_%s: %s has no retention policy",
	                 call->function->name, subject->name.data);
}

static void retention_preview(stead_call *call, const stead_value *args)
{
	retention_subject subject = retention_find(call, args[0]);
	const char *hint, *problem = NULL;
	stead_value oldest_at;
	retention_policy policy;
	stead_error error;
	int64_t cutoff, rows, unreadable = 0;
	bool any, times;

	retention_load(call, &subject, &policy);
	if (policy.keep_days < 0)
		raise_no_policy(call, &subject);
	retention_check(call, &subject, &policy);
	cutoff = stead_now(call) - policy.keep_days * STEAD_DAY;
	if (subject.built_in)
		subject.built_in->preview(call, cutoff, INT64_MAX, &rows, &oldest_at);
	else {
		const stead_foreign *table = retention_table(call, &subject, &policy, &error, &hint, &problem);

		if (problem)
			stead_raise_hint(call, error, hint, "stead_retention_preview: %s", problem);
		stead_foreign_count(call, table, cutoff, INT64_MAX, INT64_MAX, &rows, &oldest_at);
		unreadable = stead_foreign_unreadable(call, table, INT64_MAX, &any, &times);
	}
	stead_emit(call, (stead_value[]){stead_time(cutoff), stead_int(rows), oldest_at, stead_int(unreadable)});
}

/* ---- Holds ----------------------------------------------------------------------------------------------------- */

static stead_value retention_hold(stead_call *call, const stead_value *args)
{
	retention_subject subject = retention_find(call, args[0]);
	retention_policy policy;

	stead_check_size(call, "hold_reason", args[1], 1, MAX_REASON);
	/* a misspelt name must be an error: else the user would believe that the table is held */
	retention_lock(call, &subject, subject.built_in || !subject.table->problem, &policy);
	if (!policy.stored)
		raise_problem(call, subject.table);
	if (stead_same(policy.hold_reason, args[1]))
		return stead_bool(false);
	if (!stead_run(call, "UPDATE stead_retention SET hold_reason = $2 WHERE target = $1", 2,
	               (stead_value[]){subject.name, args[1]}))
		stead_raise_not_stored(call, "the hold");
	audit(call, "stead.retention.hold", &subject, 1, &(change_fact){"reason", args[1]});
	return stead_bool(true);
}

static stead_value retention_release(stead_call *call, const stead_value *args)
{
	retention_subject subject = retention_find(call, args[0]);
	retention_policy policy;

	retention_lock(call, &subject, false, &policy);
	if (policy.hold_reason.null)
		return stead_bool(false);
	retention_write_pending(call, &subject, &policy);
	if (!(policy.keep_days < 0 && !subject.built_in
	          ? stead_run(call, "DELETE FROM stead_retention WHERE target = $1", 1, &subject.name)
	          : stead_run(call, "UPDATE stead_retention SET hold_reason = NULL WHERE target = $1", 1, &subject.name)))
		stead_raise_not_stored(call, "the change");
	audit(call, "stead.retention.release", &subject, 1, &(change_fact){"reason", policy.hold_reason});
	return stead_bool(true);
}

/* ---- Pruning --------------------------------------------------------------------------------------------------- */

static stead_value prune(stead_call *call, const stead_value *args)
{
	int64_t deadline = INT64_MAX;
	retention_subject subject;
	retention_policy policy;

	stead_pause(call, STEAD_YIELD_TO_WRITERS);
	subject = retention_find(call, args[0]);
	if (!args[1].null)
		check_range(call, "max_rows", args[1].integer, 1, RETENTION_MAX_BATCH);
	retention_lock(call, &subject, subject.built_in && subject.built_in->keep_days >= 0, &policy);
	if (policy.keep_days < 0 && policy.hold_reason.null)
		raise_no_policy(call, &subject);
	if (args[1].null)
		deadline = retention_call_deadline(call);
	return stead_int(retention_prune(call, &subject, &policy, policy.keep_days,
	                                 args[1].null ? policy.batch_rows : args[1].integer, deadline, NULL));
}

static stead_value audit_prune(stead_call *call, const stead_value *args)
{
	retention_subject subject = retention_stored(stead_text("audit"));
	retention_policy policy;

	check_range(call, "keep_days", args[0].integer, 0, RETENTION_MAX_DAYS);
	stead_pause(call, STEAD_YIELD_TO_WRITERS);
	retention_lock(call, &subject, true, &policy);
	if (!subject.built_in)
		stead_raise(call, STEAD_UNSUPPORTED, "stead_audit_prune: this library does not prune the audit log");
	return stead_int(retention_prune(call, &subject, &policy, args[0].integer, policy.batch_rows,
	                                 retention_call_deadline(call), NULL));
}

static const stead_function functions[] = {
	{
		.name = "retention_set",
		.doc = "Sets how long rows of a target are kept. Returns true if that changed something. target is audit, "
			   "change, job, session, setting_history, or a table of yours, named as in SQL, of at most 400 bytes. "
			   "Rows strictly "
			   "older than keep_days (0 to 36500) are pruned. time_column is for a table of yours: the exact name of "
			   "the column that tells a row's age. On PostgreSQL it is timestamptz, timestamp or date (in UTC), or a "
			   "number; on SQLite it is ISO 8601 text or a number. A number counts seconds, milliseconds or "
			   "microseconds since 1970; its size tells which, for the years 1980 to 9999. batch_rows is 1 to "
			   "1000000. Only the table's owner may set its policy. A hold stays.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"target", STEAD_TEXT},
                 {"keep_days", STEAD_INT},
                 {"time_column", STEAD_TEXT, .optional = true},
                 {"batch_rows", STEAD_INT, .fallback = "10000"}},
		.returns = STEAD_BOOL,
		.call = retention_set,
	},
	{
		.name = "retention_delete",
		.doc = "Deletes the policy of a target, so that its rows are kept for ever. Returns true if there was one. A "
			   "hold stays.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"target", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = retention_delete,
	},
	{
		.name = "retention_list",
		.doc = "Lists the targets by name: Stead's own, and tables of yours that have a policy or a hold. If "
			   "keep_days is null, there is no policy. The name of a table has no schema if that is public, or main "
			   "on SQLite.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.columns = {{"target", STEAD_TEXT},
                    {"time_column", STEAD_TEXT},
                    {"keep_days", STEAD_INT},
                    {"batch_rows", STEAD_INT},
                    {"hold_reason", STEAD_TEXT},
                    {"last_run_at", STEAD_TIME},
                    {"last_deleted", STEAD_INT},
                    {"total_deleted", STEAD_INT}},
		.rows = retention_list,
	},
	{
		.name = "retention_preview",
		.doc = "Shows what pruning would delete now, in all batches together: the number of rows strictly older than "
			   "cutoff, and the oldest one's time. unreadable_rows counts the rows of a table of yours whose column "
			   "has no valid time; they are never deleted. A hold makes no difference. A target without a policy is "
			   "an error (not found).",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"target", STEAD_TEXT}},
		.columns = {{"cutoff", STEAD_TIME},
                    {"expired_rows", STEAD_INT},
                    {"oldest_at", STEAD_TIME},
                    {"unreadable_rows", STEAD_INT}},
		.rows = retention_preview,
		.one_row = true,
	},
	{
		.name = "retention_hold",
		.doc = "Holds a target: nobody can prune it, whatever its policy, until it is released. Returns true if that "
			   "changed something. hold_reason has 1 to 1000 bytes and replaces an earlier one. If a prune is "
			   "running, the call waits for it.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"target", STEAD_TEXT}, {"hold_reason", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = retention_hold,
	},
	{
		.name = "retention_release",
		.doc = "Releases a target from its hold. Returns true if there was one.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"target", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = retention_release,
	},
	{
		.name = "prune",
		.doc = "Deletes one batch of a target's expired rows, oldest first, and returns how many. Returns 0 if no row "
			   "is left that can be deleted. The batch has at most max_rows (1 to 1000000). Without max_rows, it has "
			   "at most the policy's batch_rows, and once it has deleted something, it ends after "
			   "stead.retention.call_ms, on SQLite after stead.retention.batch_ms. A held target is an error "
			   "(denied), and so is one without a policy (not found). Rows of a table of yours are deleted with the "
			   "rights of its owner. Audit events are sealed before they are deleted; if another call is sealing and "
			   "nothing else can be deleted, that is an error (busy). If it has deleted something, it writes the "
			   "event stead.prune.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"target", STEAD_TEXT}, {"max_rows", STEAD_INT, .optional = true}},
		.returns = STEAD_INT,
		.call = prune,
	},
	{
		.name = "audit_prune",
		.doc = "Deletes one batch of audit events older than keep_days (0 to 36500), and returns how many rows it has "
			   "deleted. If no event is left to delete, it deletes rollups older than stead.audit.rollup_days. It "
			   "works as stead_prune('audit') does, but needs no policy.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"keep_days", STEAD_INT}},
		.returns = STEAD_INT,
		.call = audit_prune,
	},
};

/* Schema 3 gave audit a policy that nobody had set. A user's own policy with the same numbers looks the same, so it is
 * removed, too. That loses no event, and stead_doctor() says that nothing limits the audit trail. */
static void upgrade(stead_call *call, int64_t from)
{
	if (from == 3)
		stead_run(
			call,
			"UPDATE stead_retention SET keep_days = NULL WHERE target = 'audit' AND keep_days = 90 AND batch_rows ="
			" 10000",
			0, NULL);
	/* An older library may still be loaded. Without a row, it would assume that policy. */
	stead_run(
		call,
		"INSERT INTO stead_retention (target, batch_rows, last_deleted, total_deleted) VALUES ('audit', 10000, 0, 0)"
		" ON CONFLICT (target) DO NOTHING",
		0, NULL);
}

const stead_module stead_retention = {
	.name = "retention",
	.doc = "Retention: how long rows are kept, holds, and pruning in batches.",
	.tables = retention_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = retention_options,
	.upgrade = upgrade,
	.tick = retention_tick,
	.tick_end = retention_tick_end,
	.examine = retention_examine,
	.measure = retention_measure,
};
