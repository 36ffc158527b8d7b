/*
 * policy.h - what the files of retention share: targets, and their policies.
 */
#ifndef STEAD_RETENTION_POLICY_H
#define STEAD_RETENTION_POLICY_H

#include "stead.h"
#include "core/foreign.h"

#define RETENTION_MAX_DAYS 36500
#define RETENTION_MAX_BATCH 1000000

/* A target of pruning: one that a module declares, or a table of the application's. */
typedef struct {
	stead_value name;             /* the key of its row in stead_retention */
	const stead_target *built_in; /* NULL: a table of the application's */
	const stead_foreign *table;   /* the table that the caller named, without a check of its column; else NULL */
} retention_subject;

typedef struct {
	bool stored; /* the policy has a row; otherwise it is the default one */
	stead_value time_column, owner, hold_reason, last_run_at;
	/* Details of rows that are deleted, but not in a stead.prune event yet; or a null. */
	stead_value pending_event;
	bool unsound_note;          /* there are details, but Stead did not write them; pending_event is a null */
	stead_value cleared_before; /* the cutoff of the latest run: it left younger rows alone; a null: there was no run */
	int64_t known_rows;         /* rows older than that which were left then; any more are new; -1: not known */
	int64_t keep_days;          /* -1: none */
	int64_t batch_rows, last_deleted, total_deleted;
} retention_policy;

/* The details of a stead.prune event. */
typedef struct {
	int64_t cutoff, rows, rollup_rows, account;
	const char *digest; /* NULL: there is no account */
} retention_event;
stead_value retention_write_event(stead_call *call, stead_value target, const retention_event *event);
/* False: the text is null, or not what retention_write_event writes. */
bool retention_read_event(stead_call *call, stead_value target, stead_value text, retention_event *out);

extern const stead_table retention_tables[];
extern const stead_option retention_options[];
enum { RETENTION_AUDIT = 2 };

/* The declared target of that name, or NULL. */
const stead_target *retention_built_in(stead_value name);
/* Are the policy's numbers within the limits of stead_retention_set? The row may have been changed by hand. */
bool retention_is_sound(const retention_policy *policy);
/* Raises if not. */
void retention_check(stead_call *call, const retention_subject *subject, const retention_policy *policy);
/* Names of targets. */
typedef struct {
	stead_value *names;
	size_t count, room;
} retention_names;
/* The declared targets without a row whose policy has at least least_days (-1: all); then the names that sql, a
 * literal, selects from the rows. */
retention_names retention_list_names(stead_call *call, int64_t least_days, const char *sql);
/* The subject that an argument names. Call it before the call's first query, so that it finds a table in the caller's
 * search path. */
retention_subject retention_find(stead_call *call, stead_value target);
/* The subject that the key of a row names. */
retention_subject retention_stored(stead_value name);

/* The columns that retention_read_policy() reads; first is the index of the first one. */
#define RETENTION_COLUMNS                                                                                              \
	"time_column, owner, hold_reason, last_run_at, keep_days, batch_rows, last_deleted, total_deleted,"                \
	" pending_event, cleared_before, known_rows"
void retention_read_policy(stead_call *call, stead_rows *rows, int first, retention_policy *out);
/* The current policy, without a lock. */
void retention_load(stead_call *call, const retention_subject *subject, retention_policy *out);
/* The policy; its row is locked until the caller's transaction ends, and other calls that prune, set or hold the target
 * wait. make: makes a row if there is none. */
void retention_lock(stead_call *call, const retention_subject *subject, bool make, retention_policy *out);
/* The same, without waiting. False: another call has the lock. */
bool retention_try_lock(stead_call *call, const retention_subject *subject, retention_policy *out);

/* The table with its column. If it cannot be pruned, *problem says why. */
const stead_foreign *retention_table(stead_call *call, const retention_subject *subject, const retention_policy *policy,
                                     stead_error *error, const char **hint, const char **problem);
/* What upkeep knows of a target between two batches. */
typedef struct {
	int64_t known; /* expired rows that the safety stop has counted, without those deleted since; -1: not counted */
	stead_foreign_batch *found; /* rows that were found beforehand; NULL: the prune finds them */
} retention_upkeep;
/* Prunes one batch, while the policy is locked. Returns the rows deleted or, for upkeep, STEAD_TARGET_BUSY or
 * STEAD_TARGET_LATER. It records the run in the policy's row and writes the event.
 *
 * upkeep is NULL if a user called for it. Upkeep may prune more batches, and calls retention_write_pending() at its
 * end. Until then the event's details are in the policy's row. If upkeep dies, the next prune finds them there, so that
 * an event tells of every deleted row in the end. */
int64_t retention_prune(stead_call *call, const retention_subject *subject, const retention_policy *policy,
                        int64_t keep_days, int64_t max_rows, int64_t deadline, retention_upkeep *upkeep);
/* Writes the event whose details are pending, if there are any. The policy is locked. */
void retention_write_pending(stead_call *call, const retention_subject *subject, const retention_policy *policy);
/* The safety stop. Would upkeep delete more than half of a target of more than 1000 rows, counting only rows that no
 * earlier run was to delete? */
typedef struct {
	bool too_much;
	int64_t rows;  /* new expired rows, as far as they are counted */
	int64_t known; /* all expired rows; -1: more than are counted */
} retention_judgement;
/* table is NULL for a declared target. looked_at is the most rows of it to read if no index helps. */
retention_judgement retention_judge(stead_call *call, const retention_subject *subject, const stead_foreign *table,
                                    const retention_policy *policy, int64_t cutoff, int64_t looked_at);
#define RETENTION_FEW 500 /* the stop never applies to so few rows: it is for tables of more than 1000 */
/* Counts the rows older than the cutoff that are known from now on, as far as the stop counts them. That is at most as
 * many as were known before (-1: unknown), as any others came since. */
int64_t retention_count_known(stead_call *call, const retention_subject *subject, const stead_foreign *table,
                              int64_t cutoff, int64_t known);
/* Explains a stop: how many rows, and which call allows upkeep to go on. */
const char *retention_explain_stop(stead_call *call, const retention_subject *subject, int64_t rows);
/* When a batch must end because other writers wait for it; INT64_MAX where they do not. */
int64_t retention_deadline(stead_call *call);
/* When a user's call must end that does not say how many rows to delete. */
int64_t retention_call_deadline(stead_call *call);

stead_measure retention_measure; /* measure.c */
bool retention_tick(stead_call *call, int64_t deadline, stead_buffer *report);
void retention_tick_end(stead_call *call, stead_buffer *report);
/* Emits the rows of stead_doctor(): what each policy deletes next, and what no policy limits. */
void retention_examine(stead_call *call);
/* SQL that calls a function with the target as its first argument; more is the text after it. */
const char *retention_call_sql(stead_call *call, const char *function, stead_value target, const char *more);

#endif
