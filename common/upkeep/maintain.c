/*
 * maintain.c - stead_maintain(): one bounded, resumable tick of every module's upkeep.
 *
 * Modules take turns, each with its share of the time that is left: what one does not need goes to those after it. While
 * there is time, those that were stopped by the end of their share get another turn. Where a writer keeps all others
 * waiting, what was done is committed step by step: nothing here may rely on being alone from one step to the next.
 */
#include "upkeep/maintain.h"
#include "core/upkeep.h"

#include <jansson.h>
#include <string.h>

#define LONGEST_BUDGET 3600000 /* milliseconds */
#define MILLISECOND 1000
#define LEASE_BEYOND (60 * INT64_C(1000000)) /* a step may take longer than the budget, and be waited for */
#define VACUUM_PAGES 256                     /* of one step */

typedef struct {
	stead_tick *tick;
	void (*end)(stead_call *call, stead_buffer *report); /* or NULL */
	stead_buffer report;
	bool left;  /* it has more to do */
	bool again; /* and its share of the time was what stopped it */
} upkeep;

typedef struct {
	upkeep *modules;
	int count;
	int64_t end;
	bool ceded; /* others kept us from going on: this is the end of it */
} round;

/* Adds up the numbers of two reports of one module, in objects as well; of the rest the later holds. */
static bool add_up(json_t *sum, json_t *more)
{
	bool added = true;
	const char *key;
	json_t *value;

	json_object_foreach(more, key, value) {
		json_t *before = json_object_get(sum, key);

		if (json_is_object(before) && json_is_object(value))
			added &= add_up(before, value);
		else if (json_is_integer(before) && json_is_integer(value))
			json_integer_set(before, json_integer_value(before) + json_integer_value(value));
		else
			added &= json_object_set(sum, key, value) == 0;
	}
	return added;
}

/* The members of a report, each with a comma before it, as an object. */
static json_t *read_report(stead_call *call, const stead_buffer *report)
{
	return stead_read_json(call, stead_json(stead_format(call, "{%s}", report->size ? report->data + 1 : "")), "report");
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

/* One turn of each module that has one due. */
static void take_turns(stead_call *call, round *round)
{
	int due = 0;

	for (int i = 0; i < round->count; i++)
		due += round->modules[i].again;
	for (int i = 0; i < round->count && !round->ceded; i++) {
		upkeep *module = &round->modules[i];
		int64_t now = stead_now(call), deadline;
		stead_buffer report = {0};

		if (!module->again)
			continue;
		deadline = round->end > now ? now + (round->end - now) / due : now;
		due--; /* counts those that are to have a turn yet: this one made it at least 1 */
		module->left = module->tick(call, deadline, &report);
		module->again = module->left && stead_now(call) >= deadline; /* else it cannot go on now, however long it had */
		merge(call, &module->report, &report);
		round->ceded = !stead_pause(call, STEAD_COMMIT_STEP);
	}
}

static bool any_due(const round *round)
{
	for (int i = 0; i < round->count; i++)
		if (round->modules[i].again)
			return true;
	return false;
}

/* Gives free pages back for as long as there is time; one step at least. */
static int64_t vacuum(stead_call *call, round *round, int64_t *left)
{
	int64_t vacuumed = 0, given;

	*left = 0;
	while (!round->ceded) {
		given = stead_vacuum(call, VACUUM_PAGES, left);
		vacuumed += given;
		if (!given || !*left)
			break;
		round->ceded = !stead_pause(call, STEAD_COMMIT_STEP);
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

static const stead_lock maintain_lock = {"maintain", 2};

stead_value maintain(stead_call *call, const stead_value *args)
{
	int64_t started = stead_now(call), vacuumed, pages_left;
	const char *reason, *holder = NULL;
	stead_buffer json = {0};
	round round = {0};
	bool left = false;

	if (args[0].integer < 0 || args[0].integer > LONGEST_BUDGET)
		stead_raise(call, STEAD_INVALID, "stead_maintain: budget_ms must be from 0 to %d", LONGEST_BUDGET);
	stead_refuse_newer(call);
	reason = stead_read_only(call);
	if (reason)
		return skipped(call, reason, NULL);
	round.end = started + args[0].integer * MILLISECOND;
	if (!stead_try_lock(call, &maintain_lock, round.end + LEASE_BEYOND, &holder))
		return skipped(call, "busy", holder);
	for (const stead_module *const *module = stead_modules; *module; module++)
		round.count += (*module)->tick != NULL;
	round.modules = stead_alloc(call, sizeof *round.modules * (size_t)round.count);
	round.count = 0;
	for (const stead_module *const *module = stead_modules; *module; module++)
		if ((*module)->tick)
			round.modules[round.count++] = (upkeep){.tick = (*module)->tick, .end = (*module)->tick_end, .again = true};

	do
		take_turns(call, &round);
	while (any_due(&round) && !round.ceded && stead_now(call) < round.end);
	for (int i = 0; i < round.count && !round.ceded; i++) {
		stead_buffer report = {0};

		if (!round.modules[i].end)
			continue;
		round.modules[i].end(call, &report);
		merge(call, &round.modules[i].report, &report);
	}
	vacuumed = vacuum(call, &round, &pages_left);
	stead_unlock(call, &maintain_lock);

	stead_append_text(call, &json, stead_format(call, "{\"elapsed_ms\":%lld", (long long)((stead_now(call) - started) / MILLISECOND)));
	for (int i = 0; i < round.count; i++) {
		stead_append(call, &json, round.modules[i].report.data, round.modules[i].report.size);
		left |= round.modules[i].left;
	}
	if (vacuumed)
		stead_append_text(call, &json, stead_format(call, ",\"vacuumed_pages\":%lld", (long long)vacuumed));
	stead_append_text(call, &json, left || pages_left || round.ceded ? ",\"left\":true}" : ",\"left\":false}");
	return stead_json(json.data);
}
