/*
 * policy.c - see policy.h.
 *
 * Every prune locks the policy's row before it looks at the hold. So prunes of one target run one after the other, and
 * a hold either waits until the prune has committed, or the prune sees it.
 */
#include "upkeep/retention/policy.h"
#include "core/upkeep.h"
#include "core/host.h"
#include "core/foreign.h"
#include "core/walk.h"

#define MAX_TARGET 400 /* bytes; a quoted name still fits into the event's resource_id */
#define DEFAULT_BATCH_ROWS 10000

const stead_option retention_options[] = {
	{"stead.retention.batch_ms", "int", "2",
     "SQLite: how many milliseconds a batch of a prune may make other writers wait.", "{\"min\":1,\"max\":60000}"},
	{"stead.retention.call_ms", "int", "10000",
     "PostgreSQL: after how many milliseconds a batch of stead_prune() ends, once it has deleted something; not if"
     " max_rows is given.",
     "{\"min\":1,\"max\":3600000}"},
	[RETENTION_AUDIT] = {"stead.retention.audit", "bool", "true",
                         "Setting and deleting a policy, and holding and releasing a target, are events of the audit"
                         " log.",
                         NULL},
	{0},
};

/* ---- Targets --------------------------------------------------------------------------------------------------- */

const stead_target *retention_built_in(stead_value name)
{
	const stead_target *target = NULL;

	while ((target = stead_next_target(target)) && !stead_equals(name, target->name))
		;
	return target;
}

static void add_name(stead_call *call, retention_names *list, stead_value name)
{
	list->names = stead_grow(call, list->names, list->count, &list->room, sizeof name);
	list->names[list->count++] = name;
}

retention_names retention_list_names(stead_call *call, int64_t least_days, const char *sql)
{
	retention_names list = {0};
	stead_rows *rows;

	for (const stead_target *target = NULL; (target = stead_next_target(target));) {
		stead_value name = stead_text(target->name);

		if (target->keep_days >= least_days &&
		    !stead_any(call, "SELECT 1 FROM stead_retention WHERE target = $1", 1, &name))
			add_name(call, &list, name);
	}
	rows = stead_open(call, sql, 0, NULL);
	while (stead_next(rows))
		add_name(call, &list, stead_keep(call, stead_column(rows, 0, STEAD_TEXT)));
	return list;
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
	if (!stead_has_table(call, retention_tables)) /* the query raises that error, instead of one about the table */
		stead_any(call, "SELECT 1 FROM stead_retention", 0, NULL);
	table = stead_foreign_find(call, target, stead_null(STEAD_TEXT));
	if (table->name.null)
		stead_raise(call, table->error, "stead_%s: %s", call->function->name, table->problem);
	/* a table with the name of a declared target is stored under its full name */
	return (retention_subject){.name = retention_built_in(table->name) ? table->full_name : table->name,
	                           .table = table};
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

/* ---- Policies -------------------------------------------------------------------------------------------------- */

void retention_read_policy(stead_call *call, stead_rows *rows, int first, retention_policy *out)
{
	stead_value keep_days = stead_column(rows, first + 4, STEAD_INT);

	*out = (retention_policy){
		.stored = true,
		.time_column = stead_keep(call, stead_column(rows, first, STEAD_TEXT)),
		.owner = stead_keep(call, stead_column(rows, first + 1, STEAD_TEXT)),
		.hold_reason = stead_keep(call, stead_column(rows, first + 2, STEAD_TEXT)),
		.last_run_at = stead_column_time(rows, first + 3),
		.keep_days = keep_days.null          ? -1
	                 : keep_days.integer < 0 ? INT64_MAX
	                                         : keep_days.integer, /* not sound */
		.batch_rows = stead_column(rows, first + 5, STEAD_INT).integer,
		.last_deleted = stead_column(rows, first + 6, STEAD_INT).integer,
		.total_deleted = stead_column(rows, first + 7, STEAD_INT).integer,
		.pending_event = stead_keep(call, stead_column(rows, first + 8, STEAD_TEXT)),
	};
	stead_value known = stead_null(STEAD_INT);

	if (!stead_column_sound(rows, first + 9, STEAD_TIME, &out->cleared_before) ||
	    !stead_column_sound(rows, first + 10, STEAD_INT, &known) || (!known.null && known.integer < 0))
		out->cleared_before = stead_null(STEAD_TIME); /* without a run, the safety stop judges the next as the first */
	out->known_rows = known.null ? -1 : known.integer;
}

bool retention_is_sound(const retention_policy *policy)
{
	return policy->keep_days >= -1 && policy->keep_days <= RETENTION_MAX_DAYS && policy->batch_rows >= 1 &&
	       policy->batch_rows <= RETENTION_MAX_BATCH;
}

void retention_check(stead_call *call, const retention_subject *subject, const retention_policy *policy)
{
	if (!retention_is_sound(policy))
		stead_raise_hint(call, STEAD_CORRUPT, "Call stead_retention_set again.",
		                 "stead_%s: the policy of %s was changed by hand: keep_days must be 0 to %d, batch_rows 1 to"
		                 " %d",
		                 call->function->name, subject->name.data, RETENTION_MAX_DAYS, RETENTION_MAX_BATCH);
}

/* The policy of a target without a row. */
static retention_policy unstored(const stead_target *built_in)
{
	return (retention_policy){.time_column = stead_null(STEAD_TEXT),
	                          .owner = stead_null(STEAD_TEXT),
	                          .hold_reason = stead_null(STEAD_TEXT),
	                          .last_run_at = stead_null(STEAD_TIME),
	                          .pending_event = stead_null(STEAD_TEXT),
	                          .cleared_before = stead_null(STEAD_TIME),
	                          .known_rows = -1,
	                          .keep_days = built_in ? built_in->keep_days : -1,
	                          .batch_rows = DEFAULT_BATCH_ROWS};
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
	out->unsound_note =
		!out->pending_event.null && !retention_read_event(call, subject->name, out->pending_event, &event);
	if (out->unsound_note) /* it was changed by hand: a prune must not fail, nor an event repeat it */
		out->pending_event = stead_null(STEAD_TEXT);
	return found;
}

void retention_load(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	read_one(call, subject,
	         stead_open(call, "SELECT " RETENTION_COLUMNS " FROM stead_retention WHERE target = $1", 1, &subject->name),
	         out);
}

static void make_row(stead_call *call, const retention_subject *subject)
{
	retention_policy policy = unstored(subject->built_in);

	stead_run(call,
	          "INSERT INTO stead_retention (target, keep_days, batch_rows, last_deleted, total_deleted) VALUES ($1,"
	          " $2, $3, 0, 0) ON CONFLICT (target) DO NOTHING",
	          3,
	          (stead_value[]){subject->name, policy.keep_days < 0 ? stead_null(STEAD_INT) : stead_int(policy.keep_days),
	                          stead_int(policy.batch_rows)});
}

static bool lock_row(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	return read_one(call, subject,
	                stead_open(call, "SELECT " RETENTION_COLUMNS " FROM stead_retention WHERE target = $1 FOR UPDATE",
	                           1, &subject->name),
	                out);
}

static bool lock_free_row(stead_call *call, const retention_subject *subject, retention_policy *out)
{
	return read_one(
		call, subject,
		stead_open(call, "SELECT " RETENTION_COLUMNS " FROM stead_retention WHERE target = $1 FOR UPDATE SKIP LOCKED",
	               1, &subject->name),
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
		return true; /* the policy was deleted meanwhile: there is nothing to do */
	make_row(call, subject);
	return lock_free_row(call, subject, out);
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
