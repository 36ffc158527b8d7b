/*
 * audit.c - the audit trail: who did what to what, when, and whether it succeeded.
 *
 * Writers are here; readers are in list.c, count.c, report.c and histogram.c.
 */
#include <string.h>

#include "trail/context.h"
#include "trail/event.h"
#include "trail/audit/report.h"
#include "lib/json.h"
#include "lib/timestamp.h"

/* ---- Writing --------------------------------------------------------------------------------------------------- */

#define MAX_EVENT (4 * STEAD_MAX_TEXT) /* an event's JSON: room for the largest values, and for escapes */
#define MAX_EVENTS (64 << 20)          /* the JSON of one call */

/* Of stead_audit_log_many, what is stored at once: at most so many events, and no more after so many bytes of JSON. */
enum { BATCH_EVENTS = 256, BATCH_BYTES = 1 << 20 };

/* Refuses an action of Stead's own: an application must not be able to forge its events. */
static void refuse_own_action(stead_call *call, stead_value action, int64_t index)
{
	if (!action.null && action.size >= 6 && memcmp(action.data, "stead.", 6) == 0)
		stead_raise(call, STEAD_INVALID, "stead_%s: %saction must not begin with \"stead.\"", call->function->name,
		            event_error_prefix(call, index));
}

static stead_value audit_log(stead_call *call, const stead_value *args)
{
	stead_value event[EVENT_KEYS];

	for (int i = 0; i < EVENT_KEYS; i++)
		event[i] = args[i];
	refuse_own_action(call, event[EVENT_ACTION], -1);
	if (!event[EVENT_DETAILS].null)
		stead_check_json(call, event[EVENT_DETAILS], "details");
	return stead_int(event_append(call, event, stead_now(call)));
}

/* "events[index]", for errors. printf would take as long as reading some of the members. */
static const char *name_event(char name[40], int64_t index)
{
	char *at = name + 39;

	*at = 0;
	*--at = ']';
	do
		*--at = (char)('0' + index % 10);
	while (index /= 10);
	return memcpy(at - 7, "events[", 7);
}

/* Reads events until they are enough for one batch; returns how many. *end is what the array gave last. */
static int64_t read_batch(stead_call *call, stead_json_walk *walk, int64_t index, int64_t now,
                          const stead_value *context, event_row *rows, stead_json_item *end)
{
	stead_value event[EVENT_KEYS];
	stead_json_scan scan;
	size_t bytes = 0;
	int64_t count = 0;
	char buffer[40];

	while (count < BATCH_EVENTS && bytes < BATCH_BYTES &&
	       (*end = stead_json_next_item(walk, &scan)) == STEAD_JSON_ITEM) {
		stead_value text = stead_json_n(walk->value, walk->value_size);
		const char *name = name_event(buffer, index + count);

		stead_check_size(call, name, text, 0, MAX_EVENT);
		if (!scan.size && stead_json_too_deep(text.data, text.size, STEAD_JSON_DEPTH - 1))
			stead_raise(call, STEAD_INVALID, "stead_audit_log_many: events is nested deeper than %d", STEAD_JSON_DEPTH);
		stead_read_members(call, text, name, &scan, event_keys, EVENT_KEYS, event);
		refuse_own_action(call, event[EVENT_ACTION], index + count);
		event_prepare(call, event, index + count, now, context, &rows[count]);
		bytes += text.size;
		count++;
	}
	return count;
}

static stead_value audit_log_many(stead_call *call, const stead_value *args)
{
	event_row *rows = stead_alloc(call, BATCH_EVENTS * sizeof *rows);
	int64_t now = stead_now(call), index = 0;
	stead_value context[CONTEXT_KEYS];
	bool has_context = context_read(call, context);
	stead_json_item item = STEAD_JSON_ITEM;
	stead_json_walk walk;

	stead_json_enter(&walk, args[0].data, args[0].size);
	if (walk.at == args[0].data || walk.at[-1] != '[')
		stead_raise(call, STEAD_INVALID, "stead_audit_log_many: events must be a JSON array");
	/* In batches, each in its own scope: memory stays flat, and the call can be interrupted in between. */
	while (item == STEAD_JSON_ITEM) {
		stead_scope *scope = stead_open_scope(call);
		int64_t count = read_batch(call, &walk, index, now, has_context ? context : NULL, rows, &item);

		if (count)
			event_store(call, rows, count);
		stead_close_scope(call, scope);
		index += count;
	}
	if (item == STEAD_JSON_UNFIT)
		stead_raise(call, STEAD_INVALID, "stead_audit_log_many: events is not valid JSON near byte %lld",
		            (long long)(walk.at - args[0].data));
	return stead_int(index);
}

static const stead_function functions[] = {
	{
		.name = "audit_log",
		.doc = "Appends one event to the audit trail and returns its id. action has 1 to 200 bytes and must not begin"
			   " with \"stead.\". The other texts have at most: resource_type 200 bytes, resource_id, actor_id and"
			   " actor_name 1000, ip_address 100, user_agent 8192, error 65536. details is JSON of at most 1 MiB and is"
			   " kept byte for byte. occurred_at defaults to now; a time more than 5 minutes ahead is an error.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {EVENT_ARGUMENTS},
		.returns = STEAD_INT,
		.one_statement = true,
		.logs_event = true,
		.call = audit_log,
	},
	{
		.name = "audit_log_many",
		.doc = "Appends the events of a JSON array, all or none, and returns how many there are. Each event is an "
			   "object whose keys are the arguments of stead_audit_log, with the same limits. An error names the "
			   "event by its index, from 0. events has at most 64 MiB, and each event at most 4 MiB.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"events", STEAD_JSON, .most = MAX_EVENTS}},
		.returns = STEAD_INT,
		.call = audit_log_many,
	},
	{
		.name = "audit_list",
		.doc = "Lists events, newest first, by time and id. filter is a JSON object with any of the keys action, "
			   "resource_type, resource_id, actor_id, actor_name, ip_address, success, since (inclusive), until "
			   "(exclusive), search and not. The first six take a text, a prefix that ends in * (\"app.*\"; \"*\": any "
			   "value), or an array of at most 100 of those, any of which must match; an empty array matches nothing. "
			   "A member that is null counts as not given. "
			   "not is an object with any of the same six keys, none of which may match; an event without a value is "
			   "not excluded. search is a text of at most 1000 bytes; actor_name, action, resource_id or details must "
			   "contain it, ignoring the case of ASCII letters. max_rows is 1 to 1000. To list the events that follow "
			   "a row, pass its next_page as page, with the same filter.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"filter", STEAD_JSON, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "50"},
                 {"page", STEAD_TEXT, .optional = true}},
		.columns = {{"id", STEAD_INT},
                    {"occurred_at", STEAD_TIME},
                    {"recorded_at", STEAD_TIME},
                    {"action", STEAD_TEXT},
                    {"resource_type", STEAD_TEXT},
                    {"resource_id", STEAD_TEXT},
                    {"actor_id", STEAD_TEXT},
                    {"actor_name", STEAD_TEXT},
                    {"success", STEAD_BOOL},
                    {"details", STEAD_JSON},
                    {"error", STEAD_TEXT},
                    {"ip_address", STEAD_TEXT},
                    {"user_agent", STEAD_TEXT},
                    {"next_page", STEAD_TEXT}},
		.rows = audit_list,
	},
	{
		.name = "audit_count",
		.doc = "Counts the events that match a filter (see stead_audit_list), and stops at max_count, which is 1 to"
			   " 1000000000.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"filter", STEAD_JSON, .optional = true}, {"max_count", STEAD_INT, .fallback = "10000"}},
		.returns = STEAD_INT,
		.call = audit_count,
	},
	{
		.name = "audit_stats",
		.doc = "Summarises the events from since (inclusive) to until (exclusive), all as of one moment. Today begins "
			   "at 00:00 UTC; this week is the last 7 x 24 hours. top_actions has up to 10 objects "
			   "{\"action\",\"count\"}, ordered by count, then action. recent_failures has up to 10 whole events, "
			   "newest first.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"since", STEAD_TIME, .optional = true}, {"until", STEAD_TIME, .optional = true}},
		.columns = {{"total_events", STEAD_INT},
                    {"successful_events", STEAD_INT},
                    {"failed_events", STEAD_INT},
                    {"events_today", STEAD_INT},
                    {"events_this_week", STEAD_INT},
                    {"first_event_at", STEAD_TIME},
                    {"last_event_at", STEAD_TIME},
                    {"top_actions", STEAD_JSON},
                    {"recent_failures", STEAD_JSON}},
		.one_row = true,
		.rows = audit_stats,
	},
	{
		.name = "audit_top",
		.doc = "Lists the most frequent values of a dimension: action, resource_type, resource_id, actor_id, "
			   "actor_name or ip_address. They are ordered by number of events, then by value. Events without a value "
			   "are left out. max_rows is 1 to 1000.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"dimension", STEAD_TEXT},
                 {"since", STEAD_TIME, .optional = true},
                 {"until", STEAD_TIME, .optional = true},
                 {"max_rows", STEAD_INT, .fallback = "10"}},
		.columns = {{"value", STEAD_TEXT}, {"events", STEAD_INT}, {"failures", STEAD_INT}},
		.rows = audit_top,
	},
	{
		.name = "audit_histogram",
		.doc = "Counts events by bucket: minute, hour, day, week (from Monday) or month, in UTC. Empty buckets are "
			   "included. Only events from since (inclusive) to until (exclusive) are counted. More than 100000 "
			   "buckets are an error.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"bucket", STEAD_TEXT},
                 {"since", STEAD_TIME},
                 {"until", STEAD_TIME},
                 {"action", STEAD_TEXT, .optional = true}},
		.columns = {{"bucket_start", STEAD_TIME}, {"events", STEAD_INT}, {"failures", STEAD_INT}},
		.rows = audit_histogram,
	},
};

const stead_module stead_audit = {
	.name = "audit",
	.doc = "The audit trail: who did what to what, when, and whether it succeeded.",
	.tables = event_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
