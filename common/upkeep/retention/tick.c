/*
 * tick.c - what retention does when stead_maintain() gives it time.
 *
 * One batch a target, round by round, those pruned longest ago first: so that a large target does not starve the others.
 * Each batch is an attempt: what one table's triggers or constraints refuse is reported, and the others go on.
 */
#include "upkeep/retention/policy.h"
#include "lib/timestamp.h"

typedef struct {
	retention_subject subject;
	int64_t pruned, deadline;
	enum { OPEN, DONE, BUSY, HELD, FAILED, STOPPED } state;
	bool judged;         /* is it known not to be too much? */
	const char *message; /* why it failed */
	int64_t stopped;     /* rows that are too much */
} work_item;

typedef struct {
	stead_call *call;
	work_item *items;
	size_t count, room;
} work_list;

static void add(work_list *list, stead_value name)
{
	list->items = stead_grow(list->call, list->items, list->count, &list->room, sizeof *list->items);
	list->items[list->count++] = (work_item){.subject = retention_stored(name)};
}

static void add_unstored(const stead_target *target, void *data)
{
	stead_value name = stead_text(target->name);
	work_list *list = data;

	if (target->keep_days >= 0 && !stead_any(list->call, "SELECT 1 FROM stead_retention WHERE target = $1", 1, &name))
		add(list, name);
}

/* Once in a tick, before its first batch. A table that cannot be pruned is for the prune to tell of. */
static bool is_too_much(stead_call *call, work_item *item, const retention_policy *policy)
{
	const stead_foreign *table = NULL;
	const char *hint, *problem = NULL;
	stead_error error;

	if (item->judged || !retention_is_sound(policy))
		return false;
	if (!item->subject.built_in)
		table = retention_table(call, &item->subject, policy, &error, &hint, &problem);
	item->judged = true;
	return !problem && retention_is_too_much(call, &item->subject, table, policy, stead_now(call) - policy->keep_days * STEAD_DAY,
	                                         &item->stopped);
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
	else if (is_too_much(call, item, &policy))
		item->state = STOPPED;
	else {
		int64_t batch_ends = retention_deadline(call);

		deleted = retention_prune(call, &item->subject, &policy, policy.keep_days, policy.batch_rows,
		                          batch_ends < item->deadline ? batch_ends : item->deadline, true);
		if (deleted > 0)
			item->pruned += deleted;
		else
			item->state = deleted == STEAD_TARGET_BUSY ? BUSY : DONE;
	}
}

/* A member of the report that names the items of a state: a list, or an object with what is to be said of each. */
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

bool retention_tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	work_list list = {.call = call};
	int64_t turn = retention_deadline(call);
	stead_rows *rows;
	size_t open;
	bool late = false;

	retention_each(add_unstored, &list);
	rows = stead_open(call,
	                  "SELECT target FROM stead_retention WHERE keep_days IS NOT NULL"
	                  " ORDER BY last_run_at IS NOT NULL, last_run_at, target",
	                  0, NULL);
	while (stead_next(rows))
		add(&list, stead_keep(call, stead_column(rows, 0, STEAD_TEXT)));
	do {
		open = 0;
		for (size_t i = 0; i < list.count && !late; i++) {
			work_item *item = &list.items[i];
			int64_t before = item->pruned;
			stead_scope *scope;

			if (item->state != OPEN)
				continue;
			item->deadline = deadline;
			scope = stead_open_scope(call);
			item->message = stead_attempt(call, prune_item, item);
			if (!item->message) /* which lives in the scope: that one ends with the call */
				stead_close_scope(call, scope);
			if (item->message) {
				item->pruned = before;
				item->state = FAILED;
			}
			open += item->state == OPEN;
			if (item->pruned == before && stead_now(call) < turn) /* to find soon that nothing is to be done is no step */
				continue;
			late = !stead_step(call) || stead_now(call) > deadline;
			turn = retention_deadline(call);
		}
	} while (open && !late);
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

static void tell_item(stead_call *call, void *data)
{
	retention_policy policy;
	work_item *item = data;

	if (retention_try_lock(call, &item->subject, &policy))
		retention_tell(call, &item->subject, &policy);
}

/* One event of what the call deleted of a target, in however many batches and turns. */
void retention_tick_end(stead_call *call)
{
	work_list list = {.call = call};
	stead_rows *rows = stead_open(call, "SELECT target FROM stead_retention WHERE pending_event IS NOT NULL ORDER BY target", 0, NULL);

	while (stead_next(rows))
		add(&list, stead_keep(call, stead_column(rows, 0, STEAD_TEXT)));
	for (size_t i = 0; i < list.count; i++)
		stead_attempt(call, tell_item, &list.items[i]); /* where it fails, the next prune tells of it */
}
