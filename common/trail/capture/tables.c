/*
 * tables.c - the tables of captured changes, and the retention target change.
 *
 * The oldest changes have the lowest ids, but for those of a clock that was set back. So a prune reads no index by
 * time.
 */
#include "core/prune.h"
#include "trail/capture/parts.h"
#include "trail/context.h"

const stead_table capture_tables[] = {
	[CAPTURE_TABLE_CHANGE] =
		{
			.name = "change",
			.doc = "The captured changes of rows of the application's tables.",
			.schema = 5,
			.columns =
				{
					{"id", STEAD_INT, "The change; those of a row ascend.", .key = true, .serial = true},
					{"changed_at", STEAD_TIME, "When the row was changed; the transaction ended later."},
					{"table_name", STEAD_TEXT, "The table, by the name that capturing began with."},
					{"operation", STEAD_TEXT, "insert, update, delete or truncate."},
					{"row_key", STEAD_TEXT, "The columns of the row's key, as a JSON object; null without a key.",
                     .nullable = true},
					{"indexed", STEAD_BOOL, "True: the index by_row has it; null: not yet.", .nullable = true,
                     .local = true},
					{"old_values", STEAD_JSON,
                     "What the row had: all of a deleted row, of an updated one what differs. Bytes are {\"hex\":..}, "
                     "JSON is {\"json\":..}.",
                     .nullable = true},
					{"new_values", STEAD_JSON, "What the row has now, in the same form.", .nullable = true},
					{"actor_id", STEAD_TEXT, "Who changed it, by the context of the transaction.", .nullable = true},
					{"actor_name", STEAD_TEXT, "The same, for display.", .nullable = true},
					{"ip_address", STEAD_TEXT, "From where.", .nullable = true},
					{"request_id", STEAD_TEXT, "For which request.", .nullable = true},
				},
			.indexes = {{"by_row", "table_name, row_key", "indexed IS NOT NULL"}},
		},
	[CAPTURE_TABLE] =
		{
			.name = "capture",
			.doc = "The tables whose changes are captured. Another database has no triggers of these.",
			.schema = 5,
			.local = true,
			.columns =
				{
					{"table_name", STEAD_TEXT, "The table.", .key = true},
					{"options", STEAD_JSON, "As stead_capture_start() was given them.", .nullable = true},
					{"columns", STEAD_JSON, "The captured columns; null: all.", .nullable = true},
					{"started_at", STEAD_TIME, "When capturing last began."},
					{"known_from", STEAD_TIME, "Since when all changes are kept: later ones may be pruned."},
				},
		},
	{0},
};

/* Before changes are deleted, each table learns since when it is known. */
static int64_t prune_changes(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline,
                             stead_buffer *details)
{
	stead_value limits[2] = {stead_time(cutoff), stead_int(max_rows)};

	(void)details;
#define OLDEST                                                                                                         \
	"(SELECT id, table_name, changed_at FROM stead_change ORDER BY id LIMIT $2) AS oldest WHERE changed_at < $1"
	stead_run(call,
	          "UPDATE stead_capture SET known_from = (SELECT max(changed_at) FROM " OLDEST
	          " AND oldest.table_name = stead_capture.table_name)"
	          " WHERE known_from < (SELECT max(changed_at) FROM " OLDEST
	          " AND oldest.table_name = stead_capture.table_name)",
	          2, limits);
	return prune_rows(call, "DELETE FROM stead_change WHERE id IN (SELECT id FROM " OLDEST ")", cutoff, max_rows,
	                  deadline);
}

static void preview_changes(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows,
                            stead_value *oldest_at)
{
	prune_preview(call, "SELECT count(*), min(changed_at) FROM " OLDEST, cutoff, most, expired_rows, oldest_at);
}

const stead_target capture_targets[] = {
	{"change", &capture_tables[CAPTURE_TABLE_CHANGE], -1, prune_changes, preview_changes},
	{0},
};
