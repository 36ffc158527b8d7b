/*
 * policy.c - see policy.h.
 *
 * Every prune takes the lock on the policy's row before it looks at the hold: so prunes of one target come one after the
 * other, and a hold either waits until the prune has committed, or is seen by it.
 */
#include "upkeep/retention/policy.h"

#include <jansson.h>

#include "trail/event.h"
#include "state/setting/option.h"
#include "lib/timestamp.h"

#define MAX_TARGET 400 /* bytes; quoted, it still fits the event's resource_id */
#define DEFAULT_BATCH_ROWS 10000
#define QUIET_SECONDS 3600 /* a run that deletes nothing is noted this seldom: noting it is a commit */

const stead_option retention_options[] = {
    {"stead.retention.batch_ms", "int", "2",
     "SQLite: how many milliseconds a batch of pruning may keep other writers waiting.", "{\"min\":1,\"max\":60000}"},
    {0},
};

/* ---- Targets ----------------------------------------------------------------------------------------------------- */

void retention_each(void (*visit)(const stead_target *target, void *data), void *data)
{
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_target *target = (*module)->targets; target && target->name; target++)
			visit(target, data);
}

typedef struct {
	stead_value name;
	const stead_target *found;
} search;

static void compare_name(const stead_target *target, void *data)
{
	search *search = data;

	if (stead_equals(search->name, target->name))
		search->found = target;
}

const stead_target *retention_built_in(stead_value name)
{
	search search = {name, NULL};

	retention_each(compare_name, &search);
	return search.found;
}

typedef struct {
	stead_call *call;
	int64_t least_days;
	retention_names names;
} name_list;

static void add_name(name_list *list, stead_value name)
{
	list->names.names = stead_grow(list->call, list->names.names, list->names.count, &list->names.room, sizeof name);
	list->names.names[list->names.count++] = name;
}

static void add_unstored(const stead_target *target, void *data)
{
	stead_value name = stead_text(target->name);
	name_list *list = data;

	if (target->keep_days >= list->least_days && !stead_any(list->call, "SELECT 1 FROM stead_retention WHERE target = $1", 1, &name))
		add_name(list, name);
}

retention_names retention_list_names(stead_call *call, int64_t least_days, const char *sql)
{
	name_list list = {.call = call, .least_days = least_days};
	stead_rows *rows;

	retention_each(add_unstored, &list);
	rows = stead_open(call, sql, 0, NULL);
	while (stead_next(rows))
		add_name(&list, stead_keep(call, stead_column(rows, 0, STEAD_TEXT)));
	return list.names;
}

retention_subject retention_stored(stead_value name)
{
	const stead_target *built_in = retention_built_in(name);

	return (retention_subject){.name = built_in ? stead_text(built_in->name) : name, .built_in = built_in};
}

retention_subject retention_find(stead_call *call, stead_value target)
{
	const stead_foreign *table;

	stead_check_size(call, "target", target, 1, MAX_TARGET);
	if (retention_built_in(target))
		return retention_stored(target);
	if (!stead_has_table(call, retention_tables)) /* then the query tells what is wrong, rather than with the table */
		stead_any(call, "SELECT 1 FROM stead_retention", 0, NULL);
	table = stead_foreign_find(call, target, stead_null(STEAD_TEXT));
	if (table->name.null)
		stead_raise(call, table->error, "stead_%s: %s", call->function->name, table->problem);
	/* a table that bears the name of a target goes by its full name */
	return (retention_subject){.name = retention_built_in(table->name) ? table->full_name : table->name, .table = table};
}

const stead_foreign *retention_table(stead_call *call, const retention_subject *subject, const retention_policy *policy,
                                     stead_error *error, const char **hint, const char **problem)
{
	const stead_foreign *table = stead_foreign_find(call, subject->name, policy->time_column);

	*error = table->error;
	*hint = table->hint;
	*problem = table->problem;
	if (!table->problem && !stead_same(table->owner, policy->owner)) {
		*error = STEAD_DENIED;
		*hint = "Call stead_retention_set again, as the owner of the table.";
		*problem = stead_format(call, "table %s has another owner than when its policy was set", subject->name.data);
	}
	return table;
}

/* ---- Policies ---------------------------------------------------------------------------------------------------- */

void retention_read_policy(stead_call *call, stead_rows *rows, int first, retention_policy *out)
{
	stead_value keep_days = stead_column(rows, first + 4, STEAD_INT);

	*out = (retention_policy){
	    .stored = true,
	    .time_column = stead_keep(call, stead_column(rows, first, STEAD_TEXT)),
	    .owner = stead_keep(call, stead_column(rows, first + 1, STEAD_TEXT)),
	    .hold_reason = stead_keep(call, stead_column(rows, first + 2, STEAD_TEXT)),
	    .last_run_at = stead_column_time(rows, first + 3),
	    .keep_days = keep_days.null ? -1 : keep_days.integer < 0 ? INT64_MAX : keep_days.integer, /* not sound */
	    .batch_rows = stead_column(rows, first + 5, STEAD_INT).integer,
	    .last_deleted = stead_column(rows, first + 6, STEAD_INT).integer,
	    .total_deleted = stead_column(rows, first + 7, STEAD_INT).integer,
	    .pending_event = stead_keep(call, stead_column(rows, first + 8, STEAD_TEXT)),
	};
	stead_value known = stead_null(STEAD_INT);

	if (!stead_column_sound(rows, first + 9, STEAD_TIME, &out->cleared_before) ||
	    !stead_column_sound(rows, first + 10, STEAD_INT, &known) || (!known.null && known.integer < 0))
		out->cleared_before = stead_null(STEAD_TIME); /* as if none had run: the next is judged as the first */
	out->known_rows = known.null ? -1 : known.integer;
}

bool retention_is_sound(const retention_policy *policy)
{
	return policy->keep_days >= -1 && policy->keep_days <= MAX_KEEP_DAYS && policy->batch_rows >= 1 && policy->batch_rows <= MAX_BATCH_ROWS;
}

void retention_check(stead_call *call, const retention_subject *subject, const retention_policy *policy)
{
	if (!retention_is_sound(policy))
		stead_raise_hint(call, STEAD_CORRUPT, "Call stead_retention_set again.",
		                 "stead_%s: the policy of %s was changed by hand: keep_days must be 0 to %d, batch_rows 1 to %d",
		                 call->function->name, subject->name.data, MAX_KEEP_DAYS, MAX_BATCH_ROWS);
}

/* What holds of a target without a row. */
static retention_policy unstored(const stead_target *built_in)
{
	return (retention_policy){.time_column = stead_null(STEAD_TEXT), .owner = stead_null(STEAD_TEXT),
	                          .hold_reason = stead_null(STEAD_TEXT), .last_run_at = stead_null(STEAD_TIME),
	                          .pending_event = stead_null(STEAD_TEXT), .cleared_before = stead_null(STEAD_TIME), .known_rows = -1,
	                          .keep_days = built_in ? built_in->keep_days : -1, .batch_rows = DEFAULT_BATCH_ROWS};
}

static bool read_one(stead_call *call, const retention_subject *subject, stead_rows *rows, retention_policy *out)
{
	bool found = stead_next(rows);
	retention_event event;

	if (found)
		retention_read_policy(call, rows, 0, out);
	else
		*out = unstored(subject->built_in);
	stead_close(rows);
	if (found && !retention_read_event(call, subject->name, out->pending_event, &event))
		out->pending_event = stead_null(STEAD_TEXT); /* changed by hand: no prune is to fail by it, and no event to tell it */
	return found;
}

void retention_load(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	read_one(call, subject, stead_open(call, "SELECT " POLICY_COLUMNS " FROM stead_retention WHERE target = $1", 1, &subject->name),
	         out);
}

static void make_row(stead_call *call, const retention_subject *subject)
{
	retention_policy policy = unstored(subject->built_in);

	stead_run(call,
	          "INSERT INTO stead_retention (target, keep_days, batch_rows, last_deleted, total_deleted) VALUES ($1, $2, $3, 0, 0)"
	          " ON CONFLICT (target) DO NOTHING",
	          3,
	          (stead_value[]){subject->name, policy.keep_days < 0 ? stead_null(STEAD_INT) : stead_int(policy.keep_days),
	                          stead_int(policy.batch_rows)});
}

static bool lock_row(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	return read_one(call, subject,
	                stead_open(call, "SELECT " POLICY_COLUMNS " FROM stead_retention WHERE target = $1 FOR UPDATE", 1, &subject->name),
	                out);
}

static bool lock_free_row(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	return read_one(call, subject,
	                stead_open(call, "SELECT " POLICY_COLUMNS " FROM stead_retention WHERE target = $1 FOR UPDATE SKIP LOCKED", 1,
	                           &subject->name),
	                out);
}

void retention_lock(stead_call *call, const retention_subject *subject, bool make, retention_policy *out)
{
	if (lock_row(call, subject, out) || !make)
		return;
	make_row(call, subject);
	lock_row(call, subject, out);
}

bool retention_try_lock(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	if (lock_free_row(call, subject, out))
		return true;
	if (stead_any(call, "SELECT 1 FROM stead_retention WHERE target = $1", 1, &subject->name))
		return false;
	if (!subject->built_in)
		return true; /* deleted meanwhile: nothing is to be done */
	make_row(call, subject);
	return lock_free_row(call, subject, out);
}

/* ---- Pruning ----------------------------------------------------------------------------------------------------- */

int64_t retention_deadline(stead_call *call)
{
	return stead_writes_alone() ? stead_now(call) + stead_option_value(call, &retention_options[0]) * (STEAD_SECOND / 1000)
	                            : INT64_MAX;
}

/* The details of the event: what is noted, and what this batch did. */
static stead_value describe(stead_call *call, stead_value target, const retention_policy *policy, int64_t cutoff, int64_t rows,
                            const stead_buffer *more)
{
	json_t *batch = stead_read_json(call, stead_json(stead_format(call, "{%s}", more->size ? more->data + 1 : "")), "details");
	const json_t *account = json_object_get(batch, "account"), *digest = json_object_get(batch, "digest");
	retention_event event = {cutoff, rows, json_integer_value(json_object_get(batch, "rollup_rows")),
	                         account && digest ? json_integer_value(account) : 0, account && digest ? json_string_value(digest) : NULL};
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

void retention_tell(stead_call *call, const retention_subject *subject, const retention_policy *policy)
{
	if (policy->pending_event.null)
		return;
	record(call, subject->name, policy->pending_event);
	stead_run(call, "UPDATE stead_retention SET pending_event = NULL WHERE target = $1", 1, &subject->name);
}

/* A hold is a hold of rows: it keeps them from going with those of another table, too. Its row stays locked. */
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
		stead_raise(call, STEAD_DENIED, "stead_%s: %.*s is held, whose rows could go with those of %.*s: %.*s", call->function->name,
		            (int)key.size, key.data, (int)pruned->size, pruned->data, (int)reason.size, reason.data);
}

int64_t retention_prune(stead_call *call, const retention_subject *subject, const retention_policy *policy, int64_t keep_days,
                        int64_t max_rows, int64_t deadline, int64_t *known)
{
	int64_t now = stead_now(call), cutoff, deleted, known_rows = -1;
	bool goes_on = known != NULL, notes_cutoff;
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
	if (subject->built_in && stead_any(call, "SELECT 1 FROM stead_retention WHERE hold_reason IS NOT NULL LIMIT 1", 0, NULL))
		stead_own_kin(call, subject->built_in->table, refuse_held, (void *)&subject->name);
	if (subject->built_in)
		deleted = subject->built_in->prune(call, cutoff, max_rows, deadline, &more);
	else {
		table = retention_table(call, subject, policy, &error, &hint, &problem);
		if (problem)
			stead_raise_hint(call, error, hint, "stead_%s: %s", call->function->name, problem);
		stead_foreign_kin(call, table, refuse_held, (void *)&subject->name);
		deleted = stead_foreign_delete(call, table, cutoff, max_rows, deadline);
	}
	if (deleted == STEAD_TARGET_BUSY) {
		if (goes_on)
			return deleted;
		stead_raise_hint(call, STEAD_BUSY, "Call it again.", "stead_%s: another call is sealing what is to be pruned", call->function->name);
	}
	if (deleted > 0)
		details = describe(call, subject->name, policy, cutoff, deleted, &more);
	if (goes_on || deleted == 0)
		pending = details;
	if (deleted == 0) /* it has looked at all that stays, so counting takes no longer */
		known_rows = retention_count_known(call, subject, table, cutoff);
	else if (known && *known >= 0)
		known_rows = *known > deleted ? *known - deleted : 0;
	if (known)
		*known = known_rows;
	/* one call with few days fewer than the policy's is a word about those rows; with more, it is none about the rest */
	notes_cutoff = keep_days == policy->keep_days || policy->cleared_before.null || cutoff >= policy->cleared_before.integer;
	/* a time ahead of now is of a clock that was wrong */
	if (deleted > 0 || policy->last_run_at.null || policy->last_run_at.integer < now - QUIET_SECONDS * STEAD_SECOND ||
	    policy->last_run_at.integer > now)
		stead_run(call,
		          "UPDATE stead_retention SET last_run_at = $2, last_deleted = $3, pending_event = $4,"
		          " cleared_before = CASE WHEN $5 THEN $6 ELSE cleared_before END, known_rows = CASE WHEN $5 THEN $7 ELSE known_rows END,"
		          /* a total written by hand stops nothing: it is told, and not computed with any further */
		          " total_deleted = CASE WHEN total_deleted < 0 THEN $3 WHEN total_deleted > 9223372036854775807 - $3"
		          " THEN 9223372036854775807 ELSE total_deleted + $3 END WHERE target = $1",
		          7, (stead_value[]){subject->name, stead_time(now), stead_int(deleted), pending, stead_bool(notes_cutoff),
		                             stead_time(cutoff), known_rows < 0 ? stead_null(STEAD_INT) : stead_int(known_rows)});
	else if (notes_cutoff && known_rows != policy->known_rows)
		stead_run(call, "UPDATE stead_retention SET cleared_before = $2, known_rows = $3 WHERE target = $1", 3,
		          (stead_value[]){subject->name, stead_time(cutoff), stead_int(known_rows)});
	if (!goes_on) {
		if (deleted > 0)
			record(call, subject->name, details);
		else
			retention_tell(call, subject, policy);
	}
	return deleted;
}

const char *retention_call_sql(stead_call *call, const char *function, stead_value target, const char *more)
{
	stead_buffer sql = {0};

	stead_append_text(call, &sql, stead_format(call, "SELECT %s('", function));
	for (size_t i = 0; i < target.size; i++)
		stead_append(call, &sql, target.data[i] == '\'' ? "''" : target.data + i, target.data[i] == '\'' ? 2 : 1);
	stead_append_text(call, &sql, stead_format(call, "'%s);", more));
	return sql.data;
}
