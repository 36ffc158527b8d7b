/*
 * counter.c - rates of counters that only grow, such as bytes sent: what was observed becomes a rate per second.
 *
 * A sample is what a counter grew by between two observations. A counter's row has the observation that the next sample
 * begins at, and the latest samples. stead_counter_observe() first updates the series' row, so that observers of one
 * series wait for each other.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "lib/crypto/sha256.h"
#include "lib/json.h"
#include "lib/timestamp.h"
#include "state/setting/option.h"

#define MAX_NAME 200 /* bytes of a series' or a counter's name */
#define MAX_COUNTERS 1000
#define MAX_SAMPLES 100
#define SHORTEST (STEAD_SECOND / 10) /* a rate over less time says nothing */
#define AHEAD (300 * STEAD_SECOND)   /* a clock may be wrong by so much */

enum { OPTION_WINDOW, OPTION_MAX_AGE };
static const stead_option options[] = {
	[OPTION_WINDOW] = {"stead.counter.window", "int", "5", "A rate is the mean of so many samples.",
                       "{\"min\":1,\"max\":100}"},
	[OPTION_MAX_AGE] = {"stead.counter.max_age_seconds", "int", "300",
                        "Samples that ended before, or took longer, do not count.", "{\"min\":1,\"max\":3153600000}"},
	{0},
};

static const stead_table tables[] = {
	{
		.name = "counter_series",
		.doc = "The series of counters. Observers lock the row of theirs.",
		.schema = 5,
		.columns =
			{
				{"series", STEAD_TEXT, "1 to 200 bytes.", .key = true},
				{"observed_at", STEAD_TIME, "When stead_counter_observe() was last called for it, by the wall clock."},
			},
	},
	{
		.name = "counter",
		.doc = "Counters: a row for each, with its latest observation and samples.",
		.schema = 5,
		.columns =
			{
				{"series", STEAD_TEXT, "The series.", .key = true, .references = "counter_series"},
				{"counter", STEAD_TEXT, "1 to 200 bytes.", .key = true},
				{"value", STEAD_REAL, "The latest value."},
				{"observed_at", STEAD_TIME, "When that was observed."},
				{"base", STEAD_REAL, "The value that the next sample begins at."},
				{"base_at", STEAD_TIME, "When that was observed."},
				{"samples", STEAD_BYTES,
                 "The latest samples, oldest first, of three big-endian numbers of 8 bytes each: when it ended and how"
                 " long it took, in microseconds, and the growth as a double."},
			},
	},
	{0},
};

#define SAMPLE_SIZE 24 /* bytes */
typedef struct {
	int64_t ended_at, length; /* microseconds */
	double growth;
} sample;

typedef struct {
	bool known;
	double value, base;
	int64_t observed_at, base_at;
	sample samples[MAX_SAMPLES];
	int count;
} counter;

/* Reads the latest samples, at most window. What is none, as somebody wrote it by hand, is left out. */
static void read_samples(stead_value stored, int64_t window, counter *counter)
{
	const unsigned char *at = (const unsigned char *)stored.data;
	size_t have = stored.null ? 0 : stored.size / SAMPLE_SIZE;

	counter->count = 0;
	for (size_t i = have > (size_t)window ? have - (size_t)window : 0; i < have; i++) {
		sample next = {stead_get_number(at + i * SAMPLE_SIZE), stead_get_number(at + i * SAMPLE_SIZE + 8), 0};
		int64_t bits = stead_get_number(at + i * SAMPLE_SIZE + 16);

		memcpy(&next.growth, &bits, sizeof bits);
		if (next.length >= SHORTEST && next.growth >= 0 && isfinite(next.growth))
			counter->samples[counter->count++] = next;
	}
}

static stead_value write_samples(stead_call *call, const counter *counter)
{
	unsigned char *out = stead_alloc(call, (size_t)counter->count * SAMPLE_SIZE), *at = out;

	for (int i = 0; i < counter->count; i++, at += SAMPLE_SIZE) {
		int64_t bits;

		memcpy(&bits, &counter->samples[i].growth, sizeof bits);
		stead_put_number(at, counter->samples[i].ended_at);
		stead_put_number(at + 8, counter->samples[i].length);
		stead_put_number(at + 16, bits);
	}
	return stead_bytes(out, (size_t)counter->count * SAMPLE_SIZE);
}

/* ---- Observing --------------------------------------------------------------------------------------------------- */

static void read_counter(stead_call *call, stead_value series, stead_value name, int64_t window, int64_t now,
                         counter *out)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT value, observed_at, base, base_at, samples FROM stead_counter"
	                              " WHERE series = $1 AND counter = $2",
	                              2, (stead_value[]){series, name});

	out->known = false;
	out->count = 0;
	if (!stead_next(rows))
		return;
	stead_value observed_at = stead_column_time(rows, 1), base_at = stead_column_time(rows, 3);

	out->value = stead_column(rows, 0, STEAD_REAL).real;
	out->base = stead_column(rows, 2, STEAD_REAL).real;
	/* times ahead of now are those of a wrong clock */
	out->known = !observed_at.null && !base_at.null && observed_at.integer <= now + AHEAD &&
	             base_at.integer <= observed_at.integer && isfinite(out->value) && isfinite(out->base);
	out->observed_at = observed_at.integer;
	out->base_at = base_at.integer;
	read_samples(stead_column(rows, 4, STEAD_BYTES), window, out);
	stead_close(rows);
}

/* Takes an observation that is not older than the latest one. */
static void take(counter *counter, double value, int64_t at, const int64_t *settings)
{
	sample next = {at, counter->known ? at - counter->base_at : 0, value - counter->base};
	bool reset = value < counter->value;

	if (!reset && isfinite(next.growth) && next.length >= SHORTEST &&
	    next.length <= settings[OPTION_MAX_AGE] * STEAD_SECOND) {
		if (counter->count >= settings[OPTION_WINDOW]) {
			int extra = counter->count - (int)settings[OPTION_WINDOW] + 1;

			counter->count -= extra;
			memmove(counter->samples, counter->samples + extra, (size_t)counter->count * sizeof next);
		}
		counter->samples[counter->count++] = next;
	}
	/* a step that is too short goes on, so that none of the growth is lost */
	if (!counter->known || reset || next.length >= SHORTEST) {
		counter->base = value;
		counter->base_at = at;
	}
	counter->value = value;
	counter->observed_at = at;
	counter->known = true;
}

static void release_tree(void *tree)
{
	json_decref(tree);
}

static json_t *read_tree(stead_call *call, stead_value json)
{
	char reason[80];
	bool no_memory;
	json_t *tree = stead_json_read_unique(json.data, json.size, reason, &no_memory);

	if (!tree && no_memory)
		stead_raise_no_memory(call);
	if (!tree)
		stead_raise(call, STEAD_INVALID, "stead_counter_observe: counters %s", reason);
	stead_defer(call, release_tree, tree);
	return tree;
}

static stead_value counter_observe(stead_call *call, const stead_value *args)
{
	const stead_option *const wanted[] = {&options[OPTION_WINDOW], &options[OPTION_MAX_AGE]};
	int64_t now = stead_now(call), at = args[2].null ? now : args[2].integer, settings[2];
	bool taken = false;
	const char *name;
	counter *counter = stead_alloc(call, sizeof *counter);
	json_t *tree, *value;

	stead_check_size(call, "series", args[0], 1, MAX_NAME);
	if (at > now + AHEAD)
		stead_raise(call, STEAD_INVALID,
		            "stead_counter_observe: observed_at must be at most 5 minutes ahead of the clock");
	tree = read_tree(call, args[1]);
	if (!json_is_object(tree))
		stead_raise(call, STEAD_INVALID, "stead_counter_observe: counters must be a JSON object");
	if (json_object_size(tree) > MAX_COUNTERS)
		stead_raise(call, STEAD_INVALID, "stead_counter_observe: counters must have at most %d members", MAX_COUNTERS);
	json_object_foreach(tree, name, value)
	{
		stead_check_size(call, "the name of a counter", stead_text(name), 1, MAX_NAME);
		if (!json_is_number(value))
			stead_raise(call, STEAD_INVALID, "stead_counter_observe: counters.%s must be a number", name);
	}
	stead_run(call,
	          "INSERT INTO stead_counter_series (series, observed_at) VALUES ($1, $2) ON CONFLICT (series)"
	          " DO UPDATE SET observed_at = $2",
	          2, (stead_value[]){args[0], stead_time(now)});
	option_values(call, wanted, 2, settings);
	json_object_foreach(tree, name, value)
	{
		stead_scope *scope = stead_open_scope(call);

		read_counter(call, args[0], stead_text(name), settings[OPTION_WINDOW], now, counter);
		if (!counter->known || at >= counter->observed_at) {
			take(counter, json_number_value(value), at, settings);
			stead_run(call,
			          "INSERT INTO stead_counter (series, counter, value, observed_at, base, base_at, samples)"
			          " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (series, counter) DO UPDATE"
			          " SET value = $3, observed_at = $4, base = $5, base_at = $6, samples = $7",
			          7,
			          (stead_value[]){args[0], stead_text(name), stead_real(counter->value), stead_time(at),
			                          stead_real(counter->base), stead_time(counter->base_at),
			                          write_samples(call, counter)});
			taken = true;
		}
		stead_close_scope(call, scope);
	}
	return stead_bool(taken);
}

/* ---- Rates ------------------------------------------------------------------------------------------------------- */

static void emit_rate(stead_call *call, stead_rows *rows, int64_t oldest, int64_t window, counter *counter)
{
	stead_value row[6] = {stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_TEXT),
	                      stead_column(rows, 2, STEAD_REAL)};
	double sum = 0;
	int count = 0;

	read_samples(stead_column(rows, 4, STEAD_BYTES), window, counter);
	for (int i = 0; i < counter->count; i++)
		if (counter->samples[i].ended_at >= oldest) {
			sum += counter->samples[i].growth / ((double)counter->samples[i].length / STEAD_SECOND);
			count++;
		}
	row[3] = count && isfinite(sum) ? stead_real(sum / count) : stead_null(STEAD_REAL);
	row[4] = stead_int(count);
	row[5] = stead_column_time(rows, 3);
	stead_emit(call, row);
}

static void counter_rates(stead_call *call, const stead_value *args)
{
	const stead_option *const wanted[] = {&options[OPTION_WINDOW], &options[OPTION_MAX_AGE]};
	counter *counter = stead_alloc(call, sizeof *counter);
	int64_t settings[2], oldest;
	stead_rows *rows;

	stead_check_size(call, "series_name", args[0], 1, MAX_NAME);
	option_values(call, wanted, 2, settings);
	oldest = stead_now(call) - settings[OPTION_MAX_AGE] * STEAD_SECOND;
#define COUNTERS "SELECT series, counter, value, observed_at, samples FROM stead_counter"
	if (args[0].null)
		rows = stead_open_as(call, STEAD_CURSOR, COUNTERS " ORDER BY series, counter", 0, NULL);
	else
		rows = stead_open_as(call, STEAD_CURSOR, COUNTERS " WHERE series = $1 ORDER BY counter", 1, args);
	while (stead_next(rows))
		emit_rate(call, rows, oldest, settings[OPTION_WINDOW], counter);
}

/* ---- The module -------------------------------------------------------------------------------------------------- */

static const stead_function functions[] = {
	{
		.name = "counter_observe",
		.doc =
			"Takes the values of counters that only grow. counters: a JSON object of at most 1000 numbers; series and "
			"names: 1 to 200 bytes. observed_at is now unless told, and at most 5 minutes ahead. Returns false if "
			"all of these counters have later observations: then nothing changes. An observation after another one "
			"is a sample of the rate, unless it comes less than 0.1 s later, later than "
			"stead.counter.max_age_seconds, or its value is lower: the counter began again.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_APP,
		.args = {{"series", STEAD_TEXT}, {"counters", STEAD_JSON}, {"observed_at", STEAD_TIME, .optional = true}},
		.returns = STEAD_BOOL,
		.call = counter_observe,
	},
	{
		.name = "counter_rates",
		.doc =
			"Lists counters by series and name: of one series, or of all. rate: per second, the mean of the latest "
			"stead.counter.window samples that ended within the last stead.counter.max_age_seconds; null if samples, "
			"their number, is 0. value and observed_at are those of the latest observation.",
		.since = "0.2",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"series_name", STEAD_TEXT, .optional = true}},
		.columns = {{"series", STEAD_TEXT},
                    {"counter", STEAD_TEXT},
                    {"value", STEAD_REAL},
                    {"rate", STEAD_REAL},
                    {"samples", STEAD_INT},
                    {"observed_at", STEAD_TIME}},
		.rows = counter_rates,
	},
};

const stead_module stead_counter = {
	.name = "counter",
	.doc = "Rates of counters: what grew by how much a second.",
	.tables = tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = options,
};
