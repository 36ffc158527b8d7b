/*
 * claim.c - stead_job_claim().
 *
 * One statement claims one job: it finds the first that nobody has locked, locks it and marks it. It is for one
 * priority, and for one kind or any, so that an index gives the order, and neither later jobs nor other kinds are read.
 * The subselect is a single value, which the database computes once; IN (SELECT ..) may run it again for each row.
 *
 * A lane is what one index gives in order: a kind, or all. The lanes' first jobs are compared here.
 */
#include "lib/timestamp.h"
#include "state/job/queue.h"

#define MAX_JOBS 1000
#define MAX_KINDS 100
#define MAX_BYTES (16 << 20) /* of the answer: it then has fewer jobs than were asked for */
#define TAKE_BACK 100        /* jobs whose lease ended, before what is queued is looked at again */

typedef struct {
	stead_value kind;     /* a null: any */
	stead_value priority; /* the highest that may have a job due; a null: there is none */
	int64_t run_at;       /* of its first job, if there is more than one lane */
	stead_value id;
} lane;

typedef struct {
	stead_value worker;
	int64_t now, lease; /* microseconds */
	lane *lanes;
	int count;
	stead_buffer answer;
	int64_t claimed;
} claim;

/* The next priority below that has a queued job, due or not; a null if there is none. */
static stead_value priority_below(stead_call *call, stead_value kind, stead_value below)
{
	if (kind.null)
		return stead_first(call,
		                   "SELECT priority FROM stead_job WHERE status = 'queued' AND priority < $1"
		                   " ORDER BY priority DESC LIMIT 1",
		                   1, &below, STEAD_INT);
	return stead_first(call,
	                   "SELECT priority FROM stead_job WHERE status = 'queued' AND kind = $1 AND priority < $2"
	                   " ORDER BY priority DESC LIMIT 1",
	                   2, (stead_value[]){kind, below}, STEAD_INT);
}

static void lower(stead_call *call, lane *lane)
{
	lane->priority = priority_below(call, lane->kind, lane->priority);
}

/* Finds the first job that is due in a lane of one kind, at its priority or below. */
static void find_first(stead_call *call, lane *lane, int64_t now)
{
	for (; !lane->priority.null; lower(call, lane)) {
		stead_rows *rows = stead_open(call,
		                              "SELECT run_at, id FROM stead_job WHERE status = 'queued' AND kind = $1"
		                              " AND priority = $2 AND run_at <= $3 ORDER BY run_at, id LIMIT 1",
		                              3, (stead_value[]){lane->kind, lane->priority, stead_time(now)});
		bool found = stead_next(rows);

		if (found) {
			stead_value run_at = stead_column_time(rows, 0);

			lane->run_at = run_at.null ? INT64_MIN : run_at.integer;
			lane->id = stead_keep(call, stead_column(rows, 1, STEAD_TEXT));
		}
		stead_close(rows);
		if (found)
			return;
	}
}

static bool comes_before(const lane *a, const lane *b)
{
	if (a->priority.integer != b->priority.integer)
		return a->priority.integer > b->priority.integer;
	return a->run_at != b->run_at ? a->run_at < b->run_at : stead_compare(a->id, b->id) < 0;
}

/* The lane whose first job is next; NULL: none has any. */
static lane *next_lane(const claim *claim)
{
	lane *best = NULL;

	for (int i = 0; i < claim->count; i++)
		if (!claim->lanes[i].priority.null && (!best || comes_before(&claim->lanes[i], best)))
			best = &claim->lanes[i];
	return best;
}

static void append_job(stead_call *call, stead_buffer *answer, const stead_value *row)
{
	stead_append_text(call, answer, answer->size > 1 ? ",{" : "{");
	for (int i = 0; i < JOB_COLUMNS; i++) {
		stead_append_text(call, answer, i ? ",\"" : "\"");
		stead_append_text(call, answer, job_columns[i].name);
		stead_append_text(call, answer, "\":");
		stead_append_json(call, answer, row[i]);
	}
	stead_append_text(call, answer, "}");
}

#define CLAIM                                                                                                          \
	"UPDATE stead_job SET status = 'running', worker = $1, lease_until = $2, updated_at = $3,"                         \
	" attempts = CASE WHEN attempts < 2147483647 THEN attempts + 1 ELSE attempts END"                                  \
	" WHERE id = (SELECT id FROM stead_job WHERE status = 'queued' AND run_at <= $3"
#define FIRST " ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING " JOB_FIELDS
#define NO_LEASE_ENDED " AND NOT EXISTS (SELECT 1 FROM stead_job WHERE status = 'running' AND lease_until <= $3)"

/* Appends the job that a statement claimed. */
static bool take_row(stead_call *call, claim *claim, stead_rows *rows)
{
	stead_value row[JOB_COLUMNS];

	if (!stead_next(rows))
		return false;
	job_read_row(call, rows, row);
	append_job(call, &claim->answer, row);
	claim->claimed++;
	while (stead_next(rows))
		;
	return true;
}

/* Claims the lane's first job that nobody has locked. */
static bool take(stead_call *call, claim *claim, const lane *lane)
{
	stead_value params[] = {claim->worker, stead_time(claim->now + claim->lease), stead_time(claim->now),
	                        lane->priority, lane->kind};

	if (lane->kind.null)
		return take_row(call, claim, stead_open(call, CLAIM " AND priority = $4" FIRST, 4, params));
	return take_row(call, claim, stead_open(call, CLAIM " AND kind = $5 AND priority = $4" FIRST, 5, params));
}

/* The same by one statement alone, which most calls need: for one lane, of the highest priority that is queued, unless
 * a lease has ended. */
static bool take_at_once(stead_call *call, claim *claim, const lane *lane)
{
	stead_value params[] = {claim->worker, stead_time(claim->now + claim->lease), stead_time(claim->now), lane->kind};

	if (lane->kind.null)
		return take_row(call, claim,
		                stead_open(call,
		                           CLAIM " AND priority = (SELECT priority FROM stead_job WHERE status = 'queued'"
		                                 " ORDER BY priority DESC LIMIT 1)" NO_LEASE_ENDED FIRST,
		                           3, params));
	return take_row(
		call, claim,
		stead_open(call,
	               CLAIM " AND kind = $4 AND priority = (SELECT priority FROM stead_job"
	                     " WHERE status = 'queued' AND kind = $4 ORDER BY priority DESC LIMIT 1)" NO_LEASE_ENDED FIRST,
	               4, params));
}

static bool is_full(const claim *claim, int64_t max_jobs)
{
	return claim->claimed >= max_jobs || claim->answer.size > MAX_BYTES;
}

static void look_at_lanes(stead_call *call, claim *claim)
{
	for (int i = 0; i < claim->count; i++) {
		lane *lane = &claim->lanes[i];

		lane->priority = priority_below(call, lane->kind, stead_int(INT64_MAX));
		if (claim->count > 1)
			find_first(call, lane, claim->now);
	}
}

/* Claims in order until the answer is full or nothing is due that nobody has locked. */
static void take_in_order(stead_call *call, claim *claim, int64_t max_jobs)
{
	lane *next;

	while (!is_full(claim, max_jobs) && (next = next_lane(claim))) {
		if (!take(call, claim, next))
			lower(call, next);
		if (claim->count > 1)
			find_first(call, next, claim->now);
	}
}

static bool is_named_before(const stead_value *text, int i)
{
	for (int k = 0; k < i; k++)
		if (stead_same(text[k], text[i]))
			return true;
	return false;
}

/* A lane for each kind: a kind that is named twice has one, or its jobs would come before their turn. */
static void read_kinds(stead_call *call, stead_value kinds, claim *claim)
{
	int lanes = 0;
	stead_value *text = stead_alloc(call, MAX_KINDS * sizeof *text);

	claim->count = 1; /* none in an empty array */
	*text = stead_null(STEAD_TEXT);
	if (!kinds.null) {
		stead_check_json(call, kinds, "kinds");
		claim->count = stead_read_strings(call, kinds, "kinds", MAX_KINDS, text);
	}
	claim->lanes = stead_alloc(call, (size_t)claim->count * sizeof *claim->lanes);
	for (int i = 0; i < claim->count; i++) {
		stead_check_size(call, "kinds", text[i], 1, JOB_MAX_NAME);
		if (!is_named_before(text, i))
			claim->lanes[lanes++] = (lane){.kind = text[i], .priority = stead_null(STEAD_INT)};
	}
	claim->count = lanes;
}

stead_value job_claim(stead_call *call, const stead_value *args)
{
	claim claim = {.worker = args[0], .lease = args[2].integer * STEAD_SECOND};
	job_taken_back taken = {0};
	int64_t max_jobs = args[3].integer;
	bool more;

	stead_check_size(call, "worker", args[0], 1, JOB_MAX_NAME);
	read_kinds(call, args[1], &claim);
	job_check_lease(call, args[2]);
	if (max_jobs < 1 || max_jobs > MAX_JOBS)
		stead_raise(call, STEAD_INVALID, "stead_job_claim: max_jobs must be 1 to %d", MAX_JOBS);
	if (claim.count == 0)
		return stead_json("[]");
	stead_any(call, "SELECT 1", 0, NULL); /* may wait for the write lock; the lease begins after that */
	claim.now = stead_now(call);
	stead_append_text(call, &claim.answer, "[");
	if (claim.count == 1 && max_jobs == 1 && take_at_once(call, &claim, claim.lanes)) {
		stead_append_text(call, &claim.answer, "]");
		return stead_json(claim.answer.data);
	}
	do {
		int64_t taken_back = job_take_back(call, claim.now, TAKE_BACK, &taken);

		look_at_lanes(call, &claim);
		take_in_order(call, &claim, max_jobs);
		more = taken_back == TAKE_BACK;
	} while (more && !is_full(&claim, max_jobs));
	stead_append_text(call, &claim.answer, "]");
	return stead_json(claim.answer.data);
}
