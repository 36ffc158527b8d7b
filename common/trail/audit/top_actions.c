/*
 * top_actions.c - stead_audit_top of actions in a log that has blocks: by the rollups, and the events that are not
 * sealed.
 *
 * The database adds up the rollups alone. Events are added up here, as SQLite would sort them.
 */
#include <stdlib.h>

#include "trail/audit/report.h"
#include "trail/seal/fold.h"
#include "trail/seal/rollup.h"
#include "trail/seal/seal.h"

static void add_rollups(stead_call *call, fold_table *actions, const rollup_range *range)
{
	stead_query query = {0};
	stead_rows *rows;

	stead_append_text(call, &query.text, "SELECT action, " ROLLUP_SUM("events") ", " ROLLUP_SUM("failures") " FROM ");
	rollup_sealed(call, &query, range);
	stead_append_text(call, &query.text, " GROUP BY action");
	rows = stead_query_open(call, &query);
	while (stead_next(rows))
		fold_add(call, actions,
		         &(fold_item){.action = stead_column(rows, 0, STEAD_TEXT),
		                      .events = rollup_read_sum(call, rows, 1),
		                      .failures = rollup_read_sum(call, rows, 3)});
}

static void add_unsealed(stead_call *call, fold_table *actions, const rollup_range *range)
{
	stead_query query = {0}, condition = {0};
	fold_table unsealed = {0};
	stead_rows *rows;

	if (range->hour_from >= range->hour_until)
		return;
	stead_append_text(call, &condition.text, "true");
	rollup_between(call, &condition, "occurred_at", range->hour_from, range->hour_until);
	if (!rollup_unsealed(call, &query, "action, success", &condition))
		return;
	rows = stead_query_open(call, &query);
	while (stead_next(rows))
		fold_add(call, &unsealed,
		         &(fold_item){.action = stead_column(rows, 0, STEAD_TEXT),
		                      .events = 1,
		                      .failures = !stead_column(rows, 1, STEAD_BOOL).boolean});
	for (size_t i = 0; i < unsealed.count; i++) {
		const fold_item *item = &unsealed.items[i], *known = fold_find(actions, 0, item->action);

		if (known) { /* raises if one is too large */
			rollup_plus(call, known->events, item->events);
			rollup_plus(call, known->failures, item->failures);
		}
		fold_add(call, actions, item);
	}
}

static int by_events(const void *a, const void *b)
{
	const fold_item *x = a, *y = b;

	return x->events != y->events ? (x->events < y->events ? 1 : -1) : stead_compare(x->action, y->action);
}

void audit_top_actions(stead_call *call, const stead_value *args)
{
	rollup_range range = rollup_split(args[1], args[2]);
	fold_table actions = {0};

	add_rollups(call, &actions, &range);
	add_unsealed(call, &actions, &range);
	if (actions.count)
		qsort(actions.items, actions.count, sizeof *actions.items, by_events);
	for (size_t i = 0; i < actions.count && (int64_t)i < args[3].integer; i++)
		stead_emit(call, (stead_value[]){actions.items[i].action, stead_int(actions.items[i].events),
		                                 stead_int(actions.items[i].failures)});
}
