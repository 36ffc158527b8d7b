/*
 * read.c - what reads settings. See setting.h.
 */
#include "state/setting/setting.h"

#include <string.h>

#include "core/cache.h"
#include "state/setting/option.h"
#include "state/setting/type.h"

#define MAX_CACHED 1024 /* keys, including those of settings that do not exist */

void setting_check_key(stead_call *call, stead_value key)
{
	stead_check_size(call, call->function->args[0].name, key, 1, SETTING_MAX_KEY);
}

bool setting_is_reserved(stead_value key)
{
	return key.size >= 6 && memcmp(key.data, "stead.", 6) == 0;
}

/* The default of one of Stead's own options; null for any other key. */
static stead_value option_default(stead_value key)
{
	const stead_option *option = setting_is_reserved(key) ? option_find(key) : NULL;

	return stead_text(option ? option->default_value : NULL);
}

#define IS_SECRET 1
#define IS_PRESENT 2

/* Gets the cache entry of the key, or makes it: a flag byte and, unless secret, the effective value. */
static const char *load(stead_call *call, stead_value key, size_t *size)
{
	const char *known = stead_memory_get(call, setting_tables, key.data, key.size, size);
	stead_value value;
	bool secret = false;
	stead_rows *rows;
	char *made;

	if (known)
		return known;
	value = option_default(key);
	rows = stead_open(call, "SELECT secret, coalesce(value, default_value) FROM stead_setting WHERE key = $1", 1, &key);
	if (stead_next(rows)) {
		secret = stead_column(rows, 0, STEAD_BOOL).boolean;
		value = secret ? stead_null(STEAD_TEXT) : stead_column(rows, 1, STEAD_TEXT);
	}
	*size = value.null ? 1 : value.size + 1;
	made = stead_alloc(call, *size);
	made[0] = (char)((secret ? IS_SECRET : 0) | (value.null ? 0 : IS_PRESENT));
	if (!value.null)
		memcpy(made + 1, value.data, value.size);
	stead_close(rows);
	stead_memory_put(call, setting_tables, key.data, key.size, made, *size, &(stead_memory_source){setting_tables, 0},
	                 1, MAX_CACHED);
	return made;
}

/* The effective value as text, or null. Raises if it is a secret. */
static stead_value effective(stead_call *call, stead_value key)
{
	const char *known;
	size_t size;

	setting_check_key(call, key);
	known = load(call, key, &size);
	if (known[0] & IS_SECRET)
		stead_raise_hint(call, STEAD_DENIED, "Use stead_setting_reveal, which needs the admin audience.",
		                 "stead_%s: setting \"%.*s\" is a secret", call->function->name, (int)key.size, key.data);
	return known[0] & IS_PRESENT ? stead_text_n(known + 1, size - 1) : stead_null(STEAD_TEXT);
}

static _Noreturn void unreadable(stead_call *call, stead_value key, setting_type type)
{
	stead_raise(call, STEAD_INVALID, "stead_%s: the value of setting \"%.*s\" must be %s", call->function->name,
	            (int)key.size, key.data, setting_type_words(type));
}

stead_value setting_get(stead_call *call, const stead_value *args)
{
	stead_value text = effective(call, args[0]);

	return text.null ? args[1] : text;
}

stead_value setting_bool(stead_call *call, const stead_value *args)
{
	stead_value text = effective(call, args[0]);
	bool value;

	if (text.null)
		return args[1];
	if (!setting_read_bool(text, &value))
		unreadable(call, args[0], SETTING_BOOL);
	return stead_bool(value);
}

stead_value setting_int(stead_call *call, const stead_value *args)
{
	stead_value text = effective(call, args[0]);
	int64_t value;

	if (text.null)
		return args[1];
	if (!setting_read_int(text, &value))
		unreadable(call, args[0], SETTING_INT);
	return stead_int(value);
}

stead_value setting_real(stead_call *call, const stead_value *args)
{
	stead_value text = effective(call, args[0]);
	double value;

	if (text.null)
		return args[1];
	if (!setting_read_real(call, text, &value))
		unreadable(call, args[0], SETTING_REAL);
	return stead_real(value);
}

stead_value setting_reveal(stead_call *call, const stead_value *args)
{
	stead_value value = option_default(args[0]);
	stead_rows *rows;

	setting_check_key(call, args[0]);
	rows = stead_open(call, "SELECT coalesce(value, default_value) FROM stead_setting WHERE key = $1", 1, args);
	if (stead_next(rows))
		value = stead_keep(call, stead_column(rows, 0, STEAD_TEXT));
	stead_close(rows);
	return value;
}

static bool begins_with(stead_value key, stead_value prefix)
{
	return key.size >= prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0;
}

/* Emits the options that have no row and whose keys are between last and next; a null for next means to the end. */
static void list_options(stead_call *call, stead_value prefix, stead_value *last, stead_value next)
{
	const stead_option *option;

	for (; (option = option_after(*last)); *last = stead_text(option->key)) {
		stead_value key = stead_text(option->key);

		if (!next.null && stead_compare(key, next) >= 0)
			return;
		if (begins_with(key, prefix))
			stead_emit(call, (stead_value[]){key, stead_text(option->default_value), stead_bool(true),
			                                 stead_text(option->type), stead_bool(false),
			                                 stead_text(option->description), stead_null(STEAD_TIME), stead_int(0)});
	}
}

void setting_list(stead_call *call, const stead_value *args)
{
	stead_value prefix = args[0].null ? stead_text("") : args[0], last = stead_null(STEAD_TEXT);
	stead_rows *rows = stead_open_as(call, STEAD_ONE_TIME,
	                                 "SELECT key, coalesce(value, default_value), value IS NULL, type, secret,"
	                                 " description, updated_at, version FROM stead_setting WHERE key >= $1"
	                                 " ORDER BY key",
	                                 1, &prefix);

	while (stead_next(rows)) {
		stead_value key = stead_column(rows, 0, STEAD_TEXT), type = stead_column(rows, 3, STEAD_TEXT);
		stead_value secret = stead_column(rows, 4, STEAD_BOOL);

		if (!begins_with(key, prefix))
			break; /* no later key has the prefix */
		list_options(call, prefix, &last, key);
		stead_emit(call, (stead_value[]){
							 key,
							 secret.boolean ? stead_null(STEAD_TEXT) : stead_column(rows, 1, STEAD_TEXT),
							 stead_column(rows, 2, STEAD_BOOL),
							 type.null ? stead_text("text") : type,
							 secret,
							 stead_column(rows, 5, STEAD_TEXT),
							 stead_column_time(rows, 6),
							 stead_column(rows, 7, STEAD_INT),
						 });
		last = stead_keep(call, key);
	}
	stead_close(rows);
	list_options(call, prefix, &last, stead_null(STEAD_TEXT));
}

void setting_history(stead_call *call, const stead_value *args)
{
	stead_rows *rows;
	bool secret;

	setting_check_key(call, args[0]);
	if (args[1].integer < 1 || args[1].integer > 1000)
		stead_raise(call, STEAD_INVALID, "stead_setting_history: max_rows must be 1 to 1000");
	rows = stead_open(call, "SELECT 1 FROM stead_setting WHERE key = $1 AND secret", 1, args);
	secret = stead_next(rows);
	stead_close(rows);
	rows = stead_open(call,
	                  "SELECT version, value, deleted, changed_at, changed_by FROM stead_setting_change"
	                  " WHERE key = $1 ORDER BY version DESC, id DESC LIMIT $2",
	                  2, args);
	while (stead_next(rows))
		stead_emit(call, (stead_value[]){
							 stead_column(rows, 0, STEAD_INT),
							 secret ? stead_null(STEAD_TEXT) : stead_column(rows, 1, STEAD_TEXT),
							 stead_column(rows, 2, STEAD_BOOL),
							 stead_column_time(rows, 3),
							 stead_column(rows, 4, STEAD_TEXT),
						 });
}

stead_value setting_version(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call, "SELECT version FROM stead_setting_version", 0, NULL);
	int64_t value = 0;

	(void)args;
	if (stead_next(rows))
		value = stead_column(rows, 0, STEAD_INT).integer;
	stead_close(rows);
	return stead_int(value);
}
