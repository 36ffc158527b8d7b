/*
 * index.c - which changes the index by_row has.
 *
 * An entry of an index costs a writer on SQLite as much as the change itself: another page of its log. So the index is
 * partial. Triggers in plain SQL leave the changes out, and stead_maintain() takes them in, the oldest first and many
 * at a time. A trigger in C takes them in at once. So what is not in the index are the changes of the highest numbers,
 * and readers go through those one by one.
 */
#include "core/upkeep.h"
#include "trail/capture/parts.h"

#define STEP 2000 /* changes, in one transaction where that keeps writers waiting */

stead_value capture_indexed_to(stead_call *call)
{
	stead_value id = stead_first(call, "SELECT id FROM stead_change WHERE indexed IS NOT NULL ORDER BY id DESC LIMIT 1",
	                             0, NULL, STEAD_INT);

	return id.null ? stead_int(0) : id;
}

bool capture_is_behind(stead_call *call)
{
	return stead_any(call, "SELECT 1 FROM stead_change WHERE indexed IS NULL AND id > $1 ORDER BY id LIMIT 1 OFFSET $2",
	                 2, (stead_value[]){capture_indexed_to(call), stead_int(CAPTURE_BEHIND)});
}

/* Takes in at most so many; returns how many. */
static int64_t take_in(stead_call *call, int64_t most)
{
	stead_value indexed_to = capture_indexed_to(call);
	stead_value last = stead_first(call, "SELECT max(id) FROM stead_change", 0, NULL, STEAD_INT);

	if (last.null || last.integer <= indexed_to.integer)
		return 0;
	return stead_run(call,
	                 "UPDATE stead_change SET indexed = $1 WHERE id IN (SELECT id FROM stead_change"
	                 " WHERE indexed IS NULL AND id > $2 ORDER BY id LIMIT $3)",
	                 3, (stead_value[]){stead_bool(true), indexed_to, stead_int(most)});
}

bool capture_tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	int64_t most = stead_batch(STEP, 10 * STEP), step, all = 0;
	bool left;

	do {
		stead_scope *scope = stead_open_scope(call);

		step = take_in(call, most);
		stead_close_scope(call, scope);
		all += step;
		left = step == most;
	} while (left && stead_now(call) <= deadline && stead_pause(call, STEAD_COMMIT_STEP));
	if (all)
		stead_append_text(call, report, stead_format(call, ",\"changes_indexed\":%lld", (long long)all));
	return left;
}

/* Changes from elsewhere are not in the index, and those that follow may be. */
void capture_imported(stead_call *call, const stead_table *const *tables)
{
	for (; *tables; tables++)
		if (*tables == &capture_tables[CAPTURE_TABLE_CHANGE])
			take_in(call, INT64_MAX);
}
