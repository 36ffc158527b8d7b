/*
 * option.c - see option.h. All options are read at once and cached as one array, in the registry's order.
 */
#include "state/setting/option.h"
#include "core/cache.h"
#include "core/walk.h"

#include <string.h>

#include "state/setting/type.h"

const stead_option memory_options[] = {
	{"stead.memory.enabled", "bool", "true", "Each connection remembers sessions and users that it has read.", NULL},
	{"stead.memory.max_entries", "int", "10000",
     "How many sessions, users and JSON texts of sessions a connection remembers at most, of each; also how many KiB.",
     "{\"min\":1,\"max\":10000000}"},
	{0},
};

/* An option and its value. The array ends with one without an option. */
typedef struct {
	const stead_option *option;
	int64_t value;
} known_option;

static known_option *find(const known_option *known, const stead_option *wanted)
{
	while (known->option != wanted)
		known++;
	return (known_option *)known;
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

static const known_option *load(stead_call *call)
{
	static const char key[] = "options"; /* in the space of a table that has no other cache entries */
	const stead_option *option = NULL;
	known_option *values;
	const void *known;
	stead_rows *rows;
	size_t size, count = 1;

	known = stead_memory_get(call, &setting_tables[1], key, sizeof key, &size);
	if (known)
		return known;
	while ((option = stead_next_option(option)))
		count++;
	size = count * sizeof *values;
	values = memset(stead_alloc(call, size), 0, size);
	for (int i = 0; (option = stead_next_option(option)); i++) {
		values[i].option = option;
		read_value(option, stead_text(option->default_value), &values[i].value);
	}
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
			read_value(option, text, &find(values, option)->value);
	}
	stead_memory_put(call, &setting_tables[1], key, sizeof key, values, size, &(stead_memory_source){setting_tables, 0},
	                 1, 1);
	return values;
}

void option_values(stead_call *call, const stead_option *const *options, int count, int64_t *values)
{
	const known_option *known = load(call);

	for (int i = 0; i < count; i++)
		values[i] = find(known, options[i])->value;
}

int64_t option_value(stead_call *call, const stead_option *option)
{
	int64_t value;

	option_values(call, &option, 1, &value);
	return value;
}

stead_value option_text(stead_call *call, const stead_option *option)
{
	stead_value key = stead_text(option->key), fallback = stead_text(option->default_value), value;

	value = stead_first(call, "SELECT value FROM stead_setting WHERE key = $1", 1, &key, STEAD_TEXT);
	/* a value written by hand may not fit */
	return value.null || setting_unfit(call, setting_read_type(call, stead_text(option->type)),
	                                   stead_text(option->options), value)
	           ? fallback
	           : value;
}

int64_t option_memory_entries(stead_call *call)
{
	const stead_option *const options[] = {&memory_options[0], &memory_options[1]};
	int64_t values[2];

	option_values(call, options, 2, values);
	return values[0] ? values[1] : 0;
}

#define OLD_KEYS "key IN ('stead.cache.enabled', 'stead.cache.max_entries')"
#define NEW_KEY(key) "'stead.memory.' || substr(" key ", 13)"

/* Before schema 5 the options of the memory of sessions were stead.cache.*, as those of the table stead_cache are now.
 * What was set goes on applying, and its history goes with it. */
void option_upgrade(stead_call *call, int64_t from)
{
	stead_rows *rows;

	if (from >= 5)
		return;
	stead_run(call,
	          "UPDATE stead_setting_version SET version = version + 1 WHERE version >= 0 AND version <"
	          " 9223372036854775807 AND EXISTS (SELECT 1 FROM stead_setting WHERE " OLD_KEYS ")",
	          0, NULL);
	rows = stead_open(call,
	                  "UPDATE stead_setting SET key = " NEW_KEY(
						  "key") ", version = coalesce((SELECT max(version) FROM stead_setting_version), version) WHERE"
	                             " " OLD_KEYS " AND NOT EXISTS (SELECT 1 FROM stead_setting AS taken WHERE taken.key"
	                             " = " NEW_KEY("stead_setting.key") ") RETURNING key",
	                  0, NULL);
	while (stead_next(rows))
		stead_notify(call, "stead_setting", stead_string(call, stead_column(rows, 0, STEAD_TEXT)));
	stead_run(call, "DELETE FROM stead_setting WHERE " OLD_KEYS, 0, NULL); /* somebody set both by hand */
	stead_run(call, "UPDATE stead_setting_change SET key = " NEW_KEY("key") " WHERE " OLD_KEYS, 0, NULL);
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
