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

/* The option's place in the registry's order; of NULL, the number of options. */
static int index_of(const stead_option *wanted)
{
	int index = 0;

	for (const stead_option *option = NULL; (option = stead_next_option(option)) && option != wanted;)
		index++;
	return index;
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

static const int64_t *load(stead_call *call)
{
	static const char key[] = "options"; /* in the space of a table that has no other cache entries */
	const stead_option *option = NULL;
	const void *known;
	int64_t *values;
	stead_rows *rows;
	size_t size;

	known = stead_cache_get(call, &setting_tables[1], key, sizeof key, &size);
	if (known)
		return known;
	size = (size_t)index_of(NULL) * sizeof *values;
	values = memset(stead_alloc(call, size), 0, size);
	for (int i = 0; (option = stead_next_option(option)); i++)
		read_value(option, stead_text(option->default_value), &values[i]);
	rows = stead_open(call,
	                  "SELECT key, value FROM stead_setting WHERE key >= 'stead.' AND key < 'stead/'"
	                  " AND value IS NOT NULL",
	                  0, NULL);
	while (stead_next(rows)) {
		stead_value text = stead_column(rows, 1, STEAD_TEXT);

		option = option_find(stead_column(rows, 0, STEAD_TEXT));
		/* a value written by hand may not fit */
		if (option &&
		    !setting_unfit(call, setting_read_type(call, stead_text(option->type)), stead_text(option->options), text))
			read_value(option, text, &values[index_of(option)]);
	}
	stead_cache_put(call, &setting_tables[1], key, sizeof key, values, size, &(stead_cache_source){setting_tables, 0},
	                1, 1);
	return values;
}

void option_values(stead_call *call, const stead_option *const *options, int count, int64_t *values)
{
	const int64_t *known = load(call);

	for (int i = 0; i < count; i++)
		values[i] = known[index_of(options[i])];
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

const stead_option *option_find(stead_value key)
{
	const stead_option *option = NULL;

	while ((option = stead_next_option(option)) && !stead_equals(key, option->key))
		;
	return option;
}

const stead_option *option_after(stead_value key)
{
	const stead_option *found = NULL;

	for (const stead_option *option = NULL; (option = stead_next_option(option));)
		if ((key.null || stead_compare(stead_text(option->key), key) > 0) &&
		    (!found || strcmp(option->key, found->key) < 0))
			found = option;
	return found;
}
