/*
 * option.c - see option.h. All options are read at once and cached as one array, in the registry's order.
 */
#include "state/setting/option.h"
#include "core/cache.h"
#include "core/walk.h"

#include <string.h>

#include "state/setting/type.h"

const stead_option cache_options[] = {
	{"stead.cache.enabled", "bool", "true", "Each connection caches sessions and users that it has read.", NULL},
	{"stead.cache.max_entries", "int", "10000",
     "How many sessions, and how many users, a connection caches at most; also how many KiB of each.",
     "{\"min\":1,\"max\":10000000}"},
	{0},
};

/* Calls visit for each option, until it returns false. */
static void each(bool (*visit)(const stead_option *option, int index, void *data), void *data)
{
	int index = 0;

	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		for (const stead_option *option = module->options; option && option->key; option++)
			if (!visit(option, index++, data))
				return;
}

static bool read_value(const stead_option *option, stead_value text, int64_t *value)
{
	bool yes;

	if (strcmp(option->type, "bool") != 0)
		return setting_read_int(text, value);
	if (!setting_read_bool(text, &yes))
		return false;
	*value = yes;
	return true;
}

typedef struct {
	stead_call *call;
	stead_value key, text;
	int64_t *values;
} stored;

static bool set_default(const stead_option *option, int index, void *values)
{
	read_value(option, stead_text(option->default_value), (int64_t *)values + index);
	return true;
}

static bool set_stored(const stead_option *option, int index, void *data)
{
	stored *row = data;

	if (!stead_equals(row->key, option->key))
		return true;
	/* a value written by hand may not fit */
	if (!setting_unfit(row->call, setting_read_type(row->call, stead_text(option->type)), stead_text(option->options),
	                   row->text))
		read_value(option, row->text, row->values + index);
	return false;
}

static bool count_one(const stead_option *option, int index, void *count)
{
	(void)option;
	*(int *)count = index + 1;
	return true;
}

static const int64_t *load(stead_call *call)
{
	static const char key[] = "options"; /* in the space of a table that has no other cache entries */
	const void *known;
	int64_t *values;
	stead_rows *rows;
	int count = 0;
	size_t size;

	known = stead_cache_get(call, &setting_tables[1], key, sizeof key, &size);
	if (known)
		return known;
	each(count_one, &count);
	size = (size_t)count * sizeof *values;
	values = memset(stead_alloc(call, size), 0, size);
	each(set_default, values);
	rows = stead_open(call,
	                  "SELECT key, value FROM stead_setting WHERE key >= 'stead.' AND key < 'stead/'"
	                  " AND value IS NOT NULL",
	                  0, NULL);
	while (stead_next(rows)) {
		stored row = {call, stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_TEXT), values};

		each(set_stored, &row);
	}
	stead_cache_put(call, &setting_tables[1], key, sizeof key, values, size, &(stead_cache_source){setting_tables, 0},
	                1, 1);
	return values;
}

typedef struct {
	const stead_option *wanted;
	int index;
} search;

static bool is_wanted(const stead_option *option, int index, void *data)
{
	search *search = data;

	if (option == search->wanted)
		search->index = index;
	return option != search->wanted;
}

void option_values(stead_call *call, const stead_option *const *options, int count, int64_t *values)
{
	const int64_t *known = load(call);

	for (int i = 0; i < count; i++) {
		search search = {options[i], 0};

		each(is_wanted, &search);
		values[i] = known[search.index];
	}
}

int64_t option_value(stead_call *call, const stead_option *option)
{
	int64_t value;

	option_values(call, &option, 1, &value);
	return value;
}

int64_t option_cache_entries(stead_call *call)
{
	const stead_option *const options[] = {&cache_options[0], &cache_options[1]};
	int64_t values[2];

	option_values(call, options, 2, values);
	return values[0] ? values[1] : 0;
}

typedef struct {
	stead_value key;
	const stead_option *found;
} lookup;

static bool is_named(const stead_option *option, int index, void *data)
{
	lookup *lookup = data;

	(void)index;
	if (stead_equals(lookup->key, option->key))
		lookup->found = option;
	return !lookup->found;
}

const stead_option *option_find(stead_value key)
{
	lookup lookup = {key, NULL};

	each(is_named, &lookup);
	return lookup.found;
}

static bool is_next(const stead_option *option, int index, void *data)
{
	lookup *lookup = data;

	(void)index;
	if ((lookup->key.null || stead_compare(stead_text(option->key), lookup->key) > 0) &&
	    (!lookup->found || strcmp(option->key, lookup->found->key) < 0))
		lookup->found = option;
	return true;
}

const stead_option *option_after(stead_value key)
{
	lookup lookup = {key, NULL};

	each(is_next, &lookup);
	return lookup.found;
}
