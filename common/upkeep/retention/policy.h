/*
 * policy.h - what retention is about: a target, and the policy that is kept for it.
 */
#ifndef STEAD_RETENTION_POLICY_H
#define STEAD_RETENTION_POLICY_H

#include "stead.h"
#include "core/foreign.h"

#define MAX_KEEP_DAYS 36500
#define MAX_BATCH_ROWS 1000000

/* Something to be pruned: a target that a module declares, or a table of the application's. */
typedef struct {
	stead_value name;             /* the key of its row in stead_retention */
	const stead_target *built_in; /* NULL: a table */
	const stead_foreign *table;   /* as the caller named it, its column not judged; NULL: a target, or read from the row */
} retention_subject;

typedef struct {
	bool stored; /* there is a row; else this is what holds without one */
	stead_value time_column, owner, hold_reason, last_run_at;
	stead_value pending_event; /* what the next stead.prune event is to say of what went already; a null: nothing went */
	bool unsound_note; /* there is one, and it is none of Stead's: then pending_event is a null */
	stead_value cleared_before; /* the cutoff of its latest run: what is younger, upkeep has not deleted before; a null: none ran */
	/* how many rows of before that are there all the same, given to a run to delete: what comes on top is new; -1: not known */
	int64_t known_rows;
	int64_t keep_days; /* -1: none */
	int64_t batch_rows, last_deleted, total_deleted;
} retention_policy;

/* What a stead.prune event tells. */
typedef struct {
	int64_t cutoff, rows, rollup_rows, account;
	const char *digest; /* NULL: of no account */
} retention_event;
stead_value retention_write_event(stead_call *call, stead_value target, const retention_event *event);
/* False: the text is null, or not what retention_write_event writes. */
bool retention_read_event(stead_call *call, stead_value target, stead_value text, retention_event *out);

extern const stead_table retention_tables[];
extern const stead_option retention_options[];

/* The target of that name, or NULL. */
const stead_target *retention_built_in(stead_value name);
/* Calls visit for every target that a module declares. */
void retention_each(void (*visit)(const stead_target *target, void *data), void *data);
/* Are its numbers within the limits of stead_retention_set? Somebody may have changed the row by hand. */
bool retention_is_sound(const retention_policy *policy);
/* Raises unless they are. */
void retention_check(stead_call *call, const retention_subject *subject, const retention_policy *policy);
/* Names of targets. */
typedef struct {
	stead_value *names;
	size_t count, room;
} retention_names;
/* Those without a row whose policy is of so many days at least (-1: all), then those that a query of rows gives, a literal. */
retention_names retention_list_names(stead_call *call, int64_t least_days, const char *sql);
/* What an argument names. Before the first query of the call, so that a table is looked for in the caller's path. */
retention_subject retention_find(stead_call *call, stead_value target);
/* What the key of a row names. */
retention_subject retention_stored(stead_value name);

/* The columns that retention_read_policy reads, from the first. */
#define POLICY_COLUMNS \
	"time_column, owner, hold_reason, last_run_at, keep_days, batch_rows, last_deleted, total_deleted," \
	" pending_event, cleared_before, known_rows"
void retention_read_policy(stead_call *call, stead_rows *rows, int first, retention_policy *out);
/* The policy as it is now, for a reader. */
void retention_load(stead_call *call, const retention_subject *subject, retention_policy *out);
/* The policy, its row locked until the caller's transaction ends: whoever prunes, sets or holds waits. make: a row is made
 * if there is none. */
void retention_lock(stead_call *call, const retention_subject *subject, bool make, retention_policy *out);
/* The same, without waiting: false if another has it. */
bool retention_try_lock(stead_call *call, const retention_subject *subject, retention_policy *out);

/* The table with its column, fit to be pruned; else *problem tells why not. */
const stead_foreign *retention_table(stead_call *call, const retention_subject *subject, const retention_policy *policy,
                                     stead_error *error, const char **hint, const char **problem);
/* What upkeep knows of a target from one batch to the next. */
typedef struct {
	int64_t known;              /* rows that were judged, less what was deleted since; -1: not counted */
	stead_foreign_batch *found; /* rows that were found beforehand; NULL: the prune finds them */
} retention_upkeep;
/* One batch under a lock: rows deleted or, of upkeep, STEAD_TARGET_BUSY or STEAD_TARGET_LATER. Notes what ran when, and writes the
 * event. upkeep: NULL, somebody calls for it; else it may delete more, and calls retention_tell() at its end. Until then what
 * went stays noted with the policy, where the next prune finds it, whatever becomes of this one: nothing is deleted that no
 * event tells of in the end. */
int64_t retention_prune(stead_call *call, const retention_subject *subject, const retention_policy *policy, int64_t keep_days,
                        int64_t max_rows, int64_t deadline, retention_upkeep *upkeep);
/* Writes the event of what went, if that is noted; the policy is locked. */
void retention_tell(stead_call *call, const retention_subject *subject, const retention_policy *policy);
/* The safety stop: would upkeep delete more than half of more than 1000 rows that no run before this one was to delete? */
typedef struct {
	bool too_much;
	int64_t rows;  /* how many are new, as far as they are counted */
	int64_t known; /* how many are expired; -1: more than are counted */
} retention_judgement;
/* table: one of the application's, else NULL. looked_at: how many of its rows are read at most where no index gives them. */
retention_judgement retention_judge(stead_call *call, const retention_subject *subject, const stead_foreign *table,
                                    const retention_policy *policy, int64_t cutoff, int64_t looked_at);
/* How many rows are there that are older than the cutoff, as far as the stop counts them. */
int64_t retention_count_known(stead_call *call, const retention_subject *subject, const stead_foreign *table, int64_t cutoff);
/* Says so: how many rows, and which call allows it. */
const char *retention_explain_stop(stead_call *call, const retention_subject *subject, int64_t rows);
/* By when a batch must end that keeps other writers waiting. */
int64_t retention_deadline(stead_call *call);
/* By when a call of somebody's ends, who said not how much it is to delete. */
int64_t retention_call_deadline(stead_call *call);

bool retention_tick(stead_call *call, int64_t deadline, stead_buffer *report);
void retention_tick_end(stead_call *call, stead_buffer *report);
/* Emits what stead_doctor() says: what each policy deletes next, and what no policy limits. */
void retention_examine(stead_call *call);
/* The SQL that calls a function with the target for its first argument; more: what follows that. */
const char *retention_call_sql(stead_call *call, const char *function, stead_value target, const char *more);

#endif
