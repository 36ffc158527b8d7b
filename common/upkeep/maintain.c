/*
 * maintain.c - stead_maintain(): one bounded, resumable tick of every module's upkeep.
 *
 * Modules take turns. Each gets its share of the time left; time that one does not use goes to the next ones. While
 * there is time, modules that used up their share get another turn. Where a writer keeps all others waiting, each step
 * is committed, so other writers may run between any two steps.
 */
#include "upkeep/maintain.h"
#include "core/upkeep.h"
#include "core/walk.h"

#include <jansson.h>
#include <string.h>

#define LONGEST_BUDGET 3600000 /* milliseconds */
#define MILLISECOND 1000
#define LEASE_BEYOND (60 * INT64_C(1000000)) /* the lease outlasts the budget, as the last step may take longer */
#define VACUUM_PAGES 256                     /* in one step */
#define NOTE_EVERY (60 * INT64_C(1000000))

typedef struct {
	stead_tick *tick;
	void (*end)(stead_call *call, stead_buffer *report); /* or NULL */
	stead_buffer report;
	bool left; /* it has more to do */
	bool due;  /* it gets another turn: it has more to do, and only used up its share of the time */
} upkeep;

typedef struct {
	upkeep *modules;
	int count;
	int64_t end;
	bool stopped; /* another writer holds the lock for too long, so this call ends */
} round;

/* Does the member hold the number of a row, and not how many there were? */
static bool names_row(const char *key)
{
	static const char row[] = "_event";
	size_t size = strlen(key);

	return size > sizeof row - 1 && !strcmp(key + size - (sizeof row - 1), row);
}

/* Merges two reports of one module: counts are added, in objects as well; of other members the later one is kept. */
static bool add_up(json_t *sum, json_t *more)
{
	bool added = true;
	const char *key;
	json_t *value;

	json_object_foreach(more, key, value)
	{
		json_t *before = json_object_get(sum, key);

		if (json_is_object(before) && json_is_object(value))
			added &= add_up(before, value);
		else if (json_is_integer(before) && json_is_integer(value) && !names_row(key))
			json_integer_set(before, json_integer_value(before) + json_integer_value(value));
		else
			added &= json_object_set(sum, key, value) == 0;
	}
	return added;
}

/* The members of a report, each with a comma before it, as an object. */
static json_t *read_report(stead_call *call, const stead_buffer *report)
{
	const char *text = stead_format(call, "{%s}", report->size ? report->data + 1 : "");

	return stead_read_json(call, stead_json(text), "report");
}

static void merge(stead_call *call, stead_buffer *report, const stead_buffer *later)
{
	json_t *sum;
	size_t size;
	char *text;

	if (!report->size) {
		*report = *later;
		return;
	}
	sum = read_report(call, report);
	if (!add_up(sum, read_report(call, later)) || (size = json_dumpb(sum, NULL, 0, JSON_COMPACT)) < 2)
		stead_raise_no_memory(call);
	text = stead_alloc(call, size);
	if (json_dumpb(sum, text, size, JSON_COMPACT) != size)
		stead_raise_no_memory(call);
	*report = (stead_buffer){0};
	stead_append_text(call, report, size > 2 ? "," : "");
	stead_append(call, report, text + 1, size - 2);
}

/* Gives each module that is due one turn. */
static void take_turns(stead_call *call, round *round)
{
	int due = 0; /* how many modules still get a turn */

	for (int i = 0; i < round->count; i++)
		due += round->modules[i].due;
	for (int i = 0; i < round->count && !round->stopped; i++) {
		upkeep *module = &round->modules[i];
		int64_t now = stead_now(call), deadline;
		stead_buffer report = {0};

		if (!module->due)
			continue;
		deadline = round->end > now ? now + (round->end - now) / due : now;
		due--;
		module->left = module->tick(call, deadline, &report);
		module->due = module->left && stead_now(call) >= deadline; /* before its deadline, more time would not help */
		if (report.size || module->left) /* others need not wait for a step in which nothing was to be done */
			round->stopped = !stead_pause(call, STEAD_COMMIT_STEP);
		merge(call, &module->report, &report);
	}
}

static bool any_due(const round *round)
{
	for (int i = 0; i < round->count; i++)
		if (round->modules[i].due)
			return true;
	return false;
}

/* Returns free pages to the system while there is time, in at least one step. */
static int64_t vacuum(stead_call *call, round *round, int64_t *left)
{
	int64_t vacuumed = 0, returned;

	*left = 0;
	while (!round->stopped) {
		returned = stead_vacuum(call, VACUUM_PAGES, left);
		vacuumed += returned;
		if (!returned || !*left)
			break;
		round->stopped = !stead_pause(call, STEAD_COMMIT_STEP);
		if (stead_now(call) >= round->end)
			break;
	}
	return vacuumed;
}

static stead_value skipped(stead_call *call, const char *reason, const char *holder)
{
	stead_buffer json = {0};

	stead_append_text(call, &json, "{\"skipped\":");
	stead_append_json(call, &json, stead_text(reason));
	if (holder) {
		stead_append_text(call, &json, ",\"holder\":");
		stead_append_json(call, &json, stead_text(holder));
	}
	stead_append_text(call, &json, "}");
	return stead_json(json.data);
}

/* Notes that upkeep ran, once a minute at most, as most calls find nothing to do. */
static void note_run(stead_call *call, void *data)
{
	const int64_t *now = data;
	stead_value last = stead_first(call, "SELECT last_run_at FROM stead_maintenance WHERE id = 1", 0, NULL, STEAD_TIME);

	if (last.null || last.integer > *now || *now - last.integer >= NOTE_EVERY)
		stead_run(call,
		          "INSERT INTO stead_maintenance (id, last_run_at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET"
		          " last_run_at = $1",
		          1, (stead_value[]){stead_time(*now)});
}

const stead_lock stead_maintain_lock = {"maintain", 2};

stead_value maintain(stead_call *call, const stead_value *args)
{
	int64_t started = stead_now(call), vacuumed, pages_left;
	const char *reason, *holder = NULL;
	stead_buffer json = {0};
	round round = {0};
	bool left = false;

	if (args[0].integer < 0 || args[0].integer > LONGEST_BUDGET)
		stead_raise(call, STEAD_INVALID, "stead_maintain: budget_ms must be from 0 to %d", LONGEST_BUDGET);
	reason = stead_read_only(call);
	if (reason)
		return skipped(call, reason, NULL);
	round.end = started + args[0].integer * MILLISECOND;
	if (!stead_try_lock(call, &stead_maintain_lock, round.end + LEASE_BEYOND, &holder))
		return skipped(call, "busy", holder);
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		round.count += module->tick != NULL;
	round.modules = stead_alloc(call, sizeof *round.modules * (size_t)round.count);
	round.count = 0;
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		if (module->tick)
			round.modules[round.count++] = (upkeep){.tick = module->tick, .end = module->tick_end, .due = true};

	do
		take_turns(call, &round);
	while (any_due(&round) && !round.stopped && stead_now(call) < round.end);
	for (int i = 0; i < round.count && !round.stopped; i++) {
		stead_buffer report = {0};

		if (!round.modules[i].end)
			continue;
		round.modules[i].end(call, &report);
		merge(call, &round.modules[i].report, &report);
	}
	vacuumed = vacuum(call, &round, &pages_left);
	if (!round.stopped) {
		int64_t now = stead_now(call);

		stead_attempt(call, note_run, &now); /* upkeep is done, whatever becomes of the note */
	}
	stead_unlock(call, &stead_maintain_lock);

	stead_append_text(
		call, &json,
		stead_format(call, "{\"elapsed_ms\":%lld", (long long)((stead_now(call) - started) / MILLISECOND)));
	for (int i = 0; i < round.count; i++) {
		stead_append(call, &json, round.modules[i].report.data, round.modules[i].report.size);
		left |= round.modules[i].left;
	}
	if (vacuumed)
		stead_append_text(call, &json, stead_format(call, ",\"vacuumed_pages\":%lld", (long long)vacuumed));
	stead_append_text(call, &json, left || pages_left || round.stopped ? ",\"left\":true}" : ",\"left\":false}");
	return stead_json(json.data);
}
