/*
 * capture.c - the module capture: starting and stopping, the list of captured tables, and the registry entry.
 */
#include "core/finding.h"
#include "core/upkeep.h"
#include "state/setting/option.h"
#include "trail/capture/parts.h"
#include "trail/change.h"
#include "trail/context.h"

enum { CAPTURE_AUDIT };
static const stead_option options[] = {
	[CAPTURE_AUDIT] = {"stead.capture.audit", "bool", "true",
                       "Beginning and ending to capture a table's changes are events of the audit log.", NULL},
	{0},
};

static void audit(stead_call *call, const char *action, stead_value name, stead_value given)
{
	if (option_value(call, &options[CAPTURE_AUDIT]))
		change_record(call, action, "table", name, stead_null(STEAD_TEXT), given.null ? 0 : 1,
		              &(change_fact){"options", given});
}

static void refuse_problem(stead_call *call, const stead_foreign *table)
{
	if (table->problem)
		stead_raise_hint(call, table->error, table->hint, "stead_%s: %s", call->function->name, table->problem);
	if (!table->owned)
		stead_raise(call, STEAD_DENIED, "stead_%s: must be owner of table %s", call->function->name, table->name.data);
}

static bool same_json(stead_value a, stead_value b)
{
	a.type = b.type = STEAD_TEXT;
	return stead_same(a, b);
}

static stead_value capture_start(stead_call *call, const stead_value *args)
{
	const stead_foreign *table = stead_foreign_named(call, args[0]);
	stead_shape shape = {0};
	capture wanted, before = {0};
	stead_value now;
	bool was = capture_find(call, table->name, &before); /* raises before stead_init() */

	refuse_problem(call, table);
	shape = stead_shape_of(call, table);
	capture_read_options(call, args[1], &shape, &wanted);
	wanted.how.name = table->name;
	if (was && same_json(before.options, wanted.options) && same_json(before.columns, wanted.columns) &&
	    !capture_problem(call, table, &before))
		return stead_bool(false);
	stead_record_start(call, table, &wanted.how);
	now = stead_time(stead_now(call) / 1000 * 1000); /* triggers in plain SQL know milliseconds */
	if (!stead_run(call,
	               "INSERT INTO stead_capture (table_name, options, columns, started_at, known_from)"
	               " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (table_name) DO UPDATE SET options = excluded.options,"
	               " columns = excluded.columns, started_at = excluded.started_at, known_from = excluded.known_from",
	               4, (stead_value[]){table->name, wanted.options, wanted.columns, now}))
		stead_raise_not_stored(call, "the table");
	audit(call, "stead.capture.start", table->name, wanted.options);
	return stead_bool(true);
}

static stead_value capture_stop(stead_call *call, const stead_value *args)
{
	const stead_foreign *table = stead_foreign_named(call, args[0]);
	bool stopped = false;
	/* the query raises before stead_init() */
	bool was = stead_any(call, "SELECT 1 FROM stead_capture WHERE table_name = $1", 1, &table->name);
	bool gone = table->error == STEAD_NOT_FOUND && !table->name.null; /* so are its triggers */
	bool replaced = was && table->error == STEAD_UNSUPPORTED; /* a view has its name now, for example */

	if (!gone && !replaced)
		refuse_problem(call, table);
	if (!table->problem || replaced)
		stopped = stead_record_stop(call, table);
	stopped |= stead_run(call, "DELETE FROM stead_capture WHERE table_name = $1", 1, &table->name) > 0;
	if (stopped)
		audit(call, "stead.capture.stop", table->name, stead_null(STEAD_JSON));
	return stead_bool(stopped);
}

static void capture_list(stead_call *call, const stead_value *args)
{
	capture *all;
	int count = capture_all(call, &all);

	(void)args;
	for (int i = 0; i < count; i++) {
		const stead_foreign *table = stead_foreign_named(call, all[i].name);
		const char *problem = capture_problem(call, table, &all[i]);

		stead_emit(call, (stead_value[]){all[i].name, stead_shown_json(call, all[i].columns),
		                                 stead_shown_json(call, all[i].options), all[i].started_at, all[i].known_from,
		                                 stead_text(problem ? problem : "ok")});
	}
}

static void capture_examine(stead_call *call)
{
	capture *all;
	int count = capture_all(call, &all), wrong = 0;

	for (int i = 0; i < count; i++) {
		const stead_foreign *table = stead_foreign_named(call, all[i].name);
		const char *problem = capture_problem(call, table, &all[i]);

		if (!problem)
			continue;
		wrong++;
		stead_finding(call, "capture", STEAD_WARN, stead_format(call, "table %s %s", all[i].name.data, problem),
		              table->problem ? "SELECT stead_capture_stop() with its name."
		                             : "SELECT stead_capture_start() with its name, and its options as "
		                               "stead_capture_list() shows them.");
	}
	if (capture_is_behind(call)) {
		wrong++;
		stead_finding(
			call, "capture", STEAD_WARN,
			stead_format(call,
		                 "more than %d changes are not in the index by row: what asks for the history of a row"
		                 " reads them one by one",
		                 CAPTURE_BEHIND),
			"Call stead_maintain() regularly: it indexes them.");
	}
	if (!wrong)
		stead_finding(
			call, "capture", STEAD_OK,
			stead_format(call, "%d %s captured, as capturing began", count, count == 1 ? "table is" : "tables are"),
			NULL);
}

/* Called by the trigger in C for each row that changes: so it does nothing that could be left out. */
static void recorded(stead_call *call, const stead_recorded *change)
{
	stead_value who[CONTEXT_KEYS], id;
	int64_t last;

	for (int i = 0; i < CONTEXT_KEYS; i++)
		who[i] = stead_null(STEAD_TEXT);
	context_read(call, who);
	id = stead_int(stead_insert_rows(
		call, &capture_tables[CAPTURE_TABLE_CHANGE],
		"INSERT INTO stead_change (changed_at, table_name, operation, row_key, old_values, new_values, actor_id,"
		" actor_name, ip_address, request_id, indexed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
		" ON CONFLICT (id) DO NOTHING RETURNING id",
		11, 1,
		(stead_value[]){stead_time(stead_now(call)), change->table_name, change->operation, change->row_key,
	                    change->old_values, change->new_values, who[CONTEXT_ACTOR_ID], who[CONTEXT_ACTOR_NAME],
	                    who[CONTEXT_IP_ADDRESS], who[CONTEXT_REQUEST_ID], stead_bool(true)},
		&last));
	if (!id.integer)
		stead_raise_not_stored(call, "the change");
}

static const stead_function functions[] = {
	{
		.name = "capture_start",
		.doc =
			"Begins to capture the changes of a table of the application's; returns true if that is news. From then on "
			"each inserted, updated and deleted row is a row of stead_change, in the same transaction: operation, key, "
			"old and new values, when, and who by stead_context_set(). table_name: as SQL writes it; the caller must "
			"own the table. options: a JSON object with columns (only these, and the key's) or exclude (all but these, "
			"which are never stored), arrays of names; and when, an object of columns and the value, or the array of "
			"values, that a row must have to be captured. With columns or exclude, columns that are added or renamed "
			"later are not captured until it is called again. Waits for writers of the table.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"table_name", STEAD_TEXT}, {"options", STEAD_JSON, .optional = true}},
		.returns = STEAD_BOOL,
		.call = capture_start,
	},
	{
		.name = "capture_stop",
		.doc = "Ends capturing the changes of a table; returns true if it was captured. What was captured stays, but "
			   "stead_row_at() no longer tells of the table.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"table_name", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = capture_stop,
	},
	{
		.name = "capture_list",
		.doc = "Lists the captured tables. columns: those that are captured, null for all; known_from: stead_row_at() "
			   "answers for this time and later; status: ok, or what is wrong.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.columns = {{"table_name", STEAD_TEXT},
                    {"columns", STEAD_JSON},
                    {"options", STEAD_JSON},
                    {"started_at", STEAD_TIME},
                    {"known_from", STEAD_TIME},
                    {"status", STEAD_TEXT}},
		.rows = capture_list,
	},
	{
		.name = "changes",
		.doc =
			"Lists the captured changes of a table, or of the row with that key, the latest first. row_key: an object "
			"of "
			"the key's columns, or the value of a key of one column. operation: insert, update, delete or truncate. An "
			"update has the values that differ, a deletion all of the old ones. Numbers have all their digits, times "
			"are "
			"ISO 8601, bytes are {\"base64\":\"..\"}. since (inclusive), until (exclusive): when the row was changed. "
			"max_rows: 1 to 1000. page: the next_page of an earlier row.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"table_name", STEAD_TEXT},
                 {"row_key", STEAD_JSON, .optional = true},
                 {"since", STEAD_TIME, .optional = true},
                 {"until", STEAD_TIME, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "100"},
                 {"page", STEAD_TEXT, .optional = true}},
		.columns = {{"id", STEAD_INT},
                    {"changed_at", STEAD_TIME},
                    {"operation", STEAD_TEXT},
                    {"row_key", STEAD_JSON},
                    {"old_values", STEAD_JSON},
                    {"new_values", STEAD_JSON},
                    {"actor_id", STEAD_TEXT},
                    {"actor_name", STEAD_TEXT},
                    {"ip_address", STEAD_TEXT},
                    {"request_id", STEAD_TEXT},
                    {"next_page", STEAD_TEXT}},
		.rows = capture_changes,
	},
	{
		.name = "row_at",
		.doc =
			"Returns a row of a captured table as it was at that time, as a JSON object of the captured columns; null "
			"if there was no such row, or none that the option when lets be captured. Changes count from when the row "
			"was changed, committed or not yet. at must not be before known_from of stead_capture_list(). If the row "
			"has not changed since, it is read from the table, with the caller's rights.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"table_name", STEAD_TEXT}, {"row_key", STEAD_JSON}, {"at", STEAD_TIME}},
		.returns = STEAD_JSON,
		.call = capture_row_at,
	},
};

const stead_module stead_capture = {
	.name = "capture",
	.doc = "The changes of the application's own tables.",
	.tables = capture_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = options,
	.targets = capture_targets,
	.tick = capture_tick,
	.examine = capture_examine,
	.imported = capture_imported,
	.recorded = recorded,
};
