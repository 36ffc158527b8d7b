/*
 * tick.c - retention's part of stead_maintain().
 *
 * It prunes one batch of each target, round by round, and begins with the target that was pruned longest ago. So a
 * large target does not starve the others. Each batch is a subtransaction: if a trigger or constraint of one table
 * refuses it, that is reported, and the other targets go on.
 */
#include "upkeep/retention/policy.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "lib/timestamp.h"

typedef struct {
	retention_subject subject;
	int64_t pruned, deadline;
	enum { OPEN, DONE, BUSY, HELD, FAILED, STOPPED } state;
	bool looked;             /* look_at_item() has run since the last batch, or need not run */
	bool judged;             /* the safety stop has judged it */
	retention_policy policy; /* the policy that it has judged */
	retention_upkeep upkeep;
	const char *message; /* why it failed */
	int64_t stopped;     /* the number of rows that the stop found too many */
} work_item;

typedef struct {
	work_item *items;
	size_t count;
} work_list;

static work_list list_work(stead_call *call, int64_t least_days, const char *sql)
{
	retention_names names = retention_list_names(call, least_days, sql);
	work_list list = {stead_alloc(call, sizeof *list.items * (names.count + 1)), names.count};

	for (size_t i = 0; i < names.count; i++)
		list.items[i] = (work_item){.subject = retention_stored(names.names[i])};
	return list;
}

/* Is it the policy that was judged? Another may have been set meanwhile. */
static bool is_as_judged(const work_item *item, const retention_policy *policy)
{
	return item->judged && policy->keep_days == item->policy.keep_days &&
	       stead_same(policy->time_column, item->policy.time_column) && stead_same(policy->owner, item->policy.owner);
}

/* Asks the safety stop, before the first batch. Then, and again when the rows that it found are deleted, it finds
 * expired rows if that takes long. If the target cannot be pruned, the prune will say so. */
static void look_at_item(stead_call *call, void *data)
{
	const stead_foreign *table = NULL;
	const char *hint, *problem = NULL;
	work_item *item = data;
	bool judge = !item->judged;
	stead_error error;
	int64_t cutoff;

	if (judge) {
		item->upkeep = (retention_upkeep){.known = -1};
		retention_load(call, &item->subject, &item->policy);
	}
	item->looked = item->judged = true;
	if (item->policy.keep_days == -1 || !item->policy.hold_reason.null || !retention_is_sound(&item->policy))
		return;
	if (!item->subject.built_in)
		table = retention_table(call, &item->subject, &item->policy, &error, &hint, &problem);
	if (problem)
		return;
	cutoff = stead_now(call) - item->policy.keep_days * STEAD_DAY;
	if (judge) {
		retention_judgement judgement = retention_judge(call, &item->subject, table, &item->policy, cutoff, INT64_MAX);

		item->upkeep.known = judgement.known;
		item->stopped = judgement.rows;
		if (judgement.too_much) {
			item->state = STOPPED;
			return;
		}
	}
	if (table)
		item->upkeep.found = stead_foreign_look(call, table, cutoff, item->upkeep.found);
	if (item->upkeep.found && !item->upkeep.found->left)
		item->upkeep.known = retention_count_known(call, &item->subject, table, cutoff, item->upkeep.known);
}

static void attempt_to_look(stead_call *call, void *data)
{
	work_item *item = data;

	item->message = stead_attempt(call, look_at_item, item);
	if (item->message)
		item->state = FAILED;
}

static void prune_item(stead_call *call, void *data)
{
	work_item *item = data;
	retention_policy policy;
	int64_t deleted;

	if (!retention_try_lock(call, &item->subject, &policy))
		item->state = BUSY;
	else if (policy.keep_days == -1)
		item->state = DONE;
	else if (!policy.hold_reason.null)
		item->state = HELD;
	else if (!is_as_judged(item, &policy))
		item->looked = item->judged = false; /* it is judged again in the next round */
	else {
		int64_t batch_ends = retention_deadline(call), known = item->upkeep.known;
		/* rows that came after the judgement must not go with those that were judged, unless they are few */
		int64_t most = known < 0 ? INT64_MAX : known > RETENTION_FEW ? known : RETENTION_FEW;

		deleted = retention_prune(call, &item->subject, &policy, policy.keep_days,
		                          most < policy.batch_rows ? most : policy.batch_rows,
		                          batch_ends < item->deadline ? batch_ends : item->deadline, &item->upkeep);
		item->looked = !item->upkeep.found || item->upkeep.found->left > 0;
		if (known >= 0 && deleted > known)
			item->looked = item->judged = false; /* more rows have come: the stop must judge again */
		if (deleted > 0)
			item->pruned += deleted;
		else if (deleted != STEAD_TARGET_LATER)
			item->state = deleted == STEAD_TARGET_BUSY ? BUSY : DONE;
	}
}

/* Appends a member of the report with the items of a state: a list of names, or an object with a value for each. */
static void report_state(stead_call *call, stead_buffer *report, const work_list *list, const char *member, int state)
{
	bool object = state == OPEN || state == FAILED || state == STOPPED, any = false;

	for (size_t i = 0; i < list->count; i++) {
		const work_item *item = &list->items[i];

		if (state == OPEN ? item->pruned == 0 : (int)item->state != state)
			continue;
		stead_append_text(call, report, any ? "," : stead_format(call, ",\"%s\":%s", member, object ? "{" : "["));
		stead_append_json(call, report, item->subject.name);
		if (object)
			stead_append_text(call, report, ":");
		if (state == OPEN)
			stead_append_json(call, report, stead_int(item->pruned));
		else if (state == FAILED)
			stead_append_json(call, report, stead_text(item->message));
		else if (state == STOPPED)
			stead_append_json(call, report, stead_text(retention_explain_stop(call, &item->subject, item->stopped)));
		any = true;
	}
	if (any)
		stead_append_text(call, report, object ? "}" : "]");
}

/* Notes whether the safety stop holds it up, so that metrics can tell without counting rows. */
static void note_stop(stead_call *call, void *data)
{
	const work_item *item = data;
	stead_value stopped =
		stead_first(call, "SELECT stopped FROM stead_retention WHERE target = $1", 1, &item->subject.name, STEAD_BOOL);
	bool stops = item->state == STOPPED;
	retention_policy policy;

	if ((!stopped.null && stopped.boolean) == stops || !retention_try_lock(call, &item->subject, &policy))
		return;
	stead_run(call, "UPDATE stead_retention SET stopped = $2 WHERE target = $1", 2,
	          (stead_value[]){item->subject.name, stead_bool(stops)});
}

static void note_stops(stead_call *call, const work_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].judged && list->items[i].state != FAILED)
			stead_attempt(call, note_stop, &list->items[i]); /* it prunes the same without the note */
}

bool retention_tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	work_list list = list_work(call, 0,
	                           "SELECT target FROM stead_retention WHERE keep_days IS NOT NULL"
	                           " ORDER BY last_run_at IS NOT NULL, last_run_at, target");
	int64_t turn = retention_deadline(call);
	bool late = false, blocked = false; /* blocked: another writer holds the lock */
	size_t open;

	do {
		open = 0;
		for (size_t i = 0; i < list.count && !late; i++) {
			work_item *item = &list.items[i];
			int64_t before = item->pruned;
			stead_scope *scope;

			if (item->state == OPEN && !item->looked && !stead_read_aside(call, attempt_to_look, item)) {
				late = blocked = true;
				break;
			}
			if (item->state != OPEN) {
				late = stead_now(call) > deadline;
				continue;
			}
			item->deadline = deadline;
			scope = stead_open_scope(call);
			item->message = stead_attempt(call, prune_item, item);
			if (!item->message) /* a message lives in the scope, which then ends with the call */
				stead_close_scope(call, scope);
			if (item->message) {
				item->pruned = before;
				item->state = FAILED;
			}
			open += item->state == OPEN;
			/* a step that deleted nothing and took no time does not count */
			if (item->pruned == before && stead_now(call) < turn)
				continue;
			blocked = !stead_pause(call, STEAD_COMMIT_STEP);
			late = blocked || stead_now(call) > deadline;
			if (!late) /* otherwise its query might wait for the lock again */
				turn = retention_deadline(call);
		}
	} while (open && !late);
	if (!blocked)
		note_stops(call, &list);
	report_state(call, report, &list, "pruned", OPEN);
	report_state(call, report, &list, "held", HELD);
	report_state(call, report, &list, "busy", BUSY);
	report_state(call, report, &list, "failed", FAILED);
	report_state(call, report, &list, "stopped", STOPPED);
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].state == OPEN)
			return true;
	return false;
}

static void write_pending_item(stead_call *call, void *data)
{
	retention_policy policy;
	work_item *item = data;

	if (retention_try_lock(call, &item->subject, &policy))
		retention_write_pending(call, &item->subject, &policy);
}

/* Writes one event for each target, for everything that the call has deleted of it. If that fails, the details stay in
 * the policy's row, and the next prune writes them. */
void retention_tick_end(stead_call *call, stead_buffer *report)
{
	work_list list = list_work(call, INT64_MAX,
	                           "SELECT target FROM stead_retention WHERE pending_event IS NOT NULL ORDER BY target");

	for (size_t i = 0; i < list.count; i++) {
		work_item *item = &list.items[i];
		const char *message = stead_attempt(call, write_pending_item, item);

		if (!message)
			continue;
		item->state = FAILED;
		item->message = stead_format(call, "the event that tells what was deleted cannot be written: %s", message);
	}
	report_state(call, report, &list, "failed", FAILED);
}
