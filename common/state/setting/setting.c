/*
 * setting.c - settings: typed values with defaults and history, and secrets, which only stead_setting_reveal() shows.
 *
 * A row of stead_setting has both definition and value, so that reading is one look-up, which is cached. Every writer
 * first updates the counter row of stead_setting_version. So writers wait for each other, no definition changes between
 * a check and its write, and on SQLite the call has the write lock before it reads. No error, list or history shows a
 * secret's value; the history does not store it.
 */
#include "state/setting/setting.h"

#include "core/prune.h"
#include "state/setting/option.h"
#include "state/setting/type.h"
#include "trail/change.h"

#define MAX_DESCRIPTION 8192
#define MAX_NAME 1000

typedef struct {
	bool exists;
	stead_value key, value, type, default_value, description, options;
	bool secret;
} setting;

static int64_t take_version(stead_call *call)
{
	stead_value taken =
		stead_returning(call,
	                    "INSERT INTO stead_setting_version (id, version) VALUES (1, 1) ON CONFLICT (id) DO UPDATE"
	                    " SET version = stead_setting_version.version + 1 WHERE stead_setting_version.version >= 0"
	                    " AND stead_setting_version.version < 9223372036854775807 RETURNING version",
	                    0, NULL, STEAD_INT);

	if (taken.null) {
		if (stead_any(call, "SELECT 1 FROM stead_setting_version WHERE version < 0 OR version = 9223372036854775807", 0,
		              NULL))
			stead_raise_hint(call, STEAD_CORRUPT, "Set it to the highest version of stead_setting_change.",
			                 "stead_%s: the version in stead_setting_version is out of range", call->function->name);
		stead_raise_not_stored(call, "the version");
	}
	return taken.integer;
}

/* Nothing changed, so the version must not change. */
static stead_value unchanged(stead_call *call)
{
	stead_run(call, "UPDATE stead_setting_version SET version = version - 1", 0, NULL);
	return stead_bool(false);
}

static setting read_setting(stead_call *call, stead_value key)
{
	const stead_option *option = setting_is_reserved(key) ? option_find(key) : NULL;
	setting found = {.key = key};
	stead_rows *rows = stead_open(
		call, "SELECT value, type, default_value, description, options, secret FROM stead_setting WHERE key = $1", 1,
		&key);
	stead_value *const fields[] = {&found.value, &found.type, &found.default_value, &found.description, &found.options};

	found.exists = stead_next(rows);
	for (int i = 0; i < STEAD_COUNT(fields); i++)
		*fields[i] = found.exists ? stead_keep(call, stead_column(rows, i, STEAD_TEXT)) : stead_null(STEAD_TEXT);
	found.secret = found.exists && stead_column(rows, 5, STEAD_BOOL).boolean;
	stead_close(rows);
	if (option) { /* the library's definition applies, not the row's */
		found.type = stead_text(option->type);
		found.default_value = stead_text(option->default_value);
		found.description = stead_text(option->description);
		found.options = stead_text(option->options);
	}
	return found;
}

static void store(stead_call *call, const setting *row, int64_t version, stead_value by)
{
	stead_run(call,
	          "INSERT INTO stead_setting (key, value, type, default_value, description, options, secret, version,"
	          " updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (key) DO UPDATE"
	          " SET value = $2, type = $3, default_value = $4, description = $5, options = $6, secret = $7,"
	          " version = $8, updated_at = $9, updated_by = $10",
	          10,
	          (stead_value[]){row->key, row->value, row->type, row->default_value, row->description, row->options,
	                          stead_bool(row->secret), stead_int(version), stead_time(stead_now(call)), by});
}

static void record(stead_call *call, const setting *row, int64_t version, bool deleted, stead_value by)
{
	stead_value value = row->secret ? stead_null(STEAD_TEXT) : row->value;
	stead_value change[] = {row->key, stead_int(version), value, stead_bool(deleted), stead_time(stead_now(call)), by};
	int64_t stored = 0;

	for (int i = 0; !stored && i <= STEAD_SEQUENCE_RETRIES; i++) {
		if (i > 0 && !stead_sequence_repair(call, &setting_tables[1]))
			break;
		stored = stead_run(call,
		                   "INSERT INTO stead_setting_change (key, version, value, deleted, changed_at, changed_by)"
		                   " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
		                   6, change);
	}
	if (!stored)
		stead_raise_not_stored(call, "the change");
}

const stead_option setting_options[] = {
	{"stead.setting.audit", "bool", "true",
     "Setting, deleting and defining a setting are events of the audit log; the values are not in them.", NULL},
	{0},
};

/* audited: before the change, so that turning the events off is one. */
static stead_value changed(stead_call *call, const char *action, bool audited, stead_value key, int64_t version,
                           stead_value by)
{
	if (audited)
		change_record(call, action, "setting", key, by, 1, &(change_fact){"version", stead_int(version)});
	stead_notify(call, "stead_setting", stead_string(call, key));
	return stead_bool(true);
}

static stead_value setting_set(stead_call *call, const stead_value *args)
{
	const char *unfit;
	int64_t version;
	bool audited;
	setting row;

	setting_check_key(call, args[0]);
	stead_check_size(call, "value", args[1], 0, STEAD_MAX_TEXT);
	stead_check_size(call, "changed_by", args[2], 0, MAX_NAME);
	version = take_version(call);
	row = read_setting(call, args[0]);
	if (row.type.null && setting_is_reserved(args[0]))
		stead_raise(call, STEAD_NOT_FOUND, "stead_setting_set: Stead has no option \"%.*s\"", (int)args[0].size,
		            args[0].data);
	if (!row.type.null) {
		unfit = setting_unfit(call, setting_read_type(call, row.type), row.options, args[1]);
		if (unfit)
			stead_raise(call, STEAD_INVALID, "stead_setting_set: the value of setting \"%.*s\" must be %s",
			            (int)args[0].size, args[0].data, unfit);
	}
	if (stead_same(row.value, args[1]))
		return unchanged(call);
	audited = option_value(call, setting_options);
	row.value = args[1];
	store(call, &row, version, args[2]);
	record(call, &row, version, false, args[2]);
	return changed(call, "stead.setting.set", audited, args[0], version, args[2]);
}

static stead_value setting_delete(stead_call *call, const stead_value *args)
{
	int64_t version;
	bool audited;
	setting row;

	setting_check_key(call, args[0]);
	stead_check_size(call, "changed_by", args[1], 0, MAX_NAME);
	version = take_version(call);
	row = read_setting(call, args[0]);
	if (row.value.null)
		return unchanged(call);
	audited = option_value(call, setting_options);
	row.value = stead_null(STEAD_TEXT);
	if (row.type.null || setting_is_reserved(args[0]))
		stead_run(call, "DELETE FROM stead_setting WHERE key = $1", 1, args);
	else
		store(call, &row, version, args[1]);
	record(call, &row, version, true, args[1]);
	return changed(call, "stead.setting.delete", audited, args[0], version, args[1]);
}

static stead_value setting_define(stead_call *call, const stead_value *args)
{
	stead_value key = args[0], options = args[4];
	setting_type type;
	const char *unfit;
	int64_t version;
	bool secret;
	setting row;

	setting_check_key(call, key);
	stead_check_size(call, "default_value", args[2], 0, STEAD_MAX_TEXT);
	stead_check_size(call, "description", args[3], 0, MAX_DESCRIPTION);
	stead_check_size(call, "options", options, 0, STEAD_MAX_TEXT);
	if (setting_is_reserved(key))
		stead_raise(call, STEAD_DENIED,
		            "stead_setting_define: keys that begin with \"stead.\" are Stead's own options");
	type = setting_read_type(call, args[1]);
	secret = setting_check_options(call, type, options);
	unfit = args[2].null ? NULL : setting_unfit(call, type, options, args[2]);
	if (unfit)
		stead_raise(call, STEAD_INVALID, "stead_setting_define: default_value must be %s", unfit);
	options.type = STEAD_TEXT;
	version = take_version(call);
	row = read_setting(call, key);
	unfit = row.value.null ? NULL : setting_unfit(call, type, options, row.value);
	if (unfit)
		stead_raise_hint(call, STEAD_CONFLICT, "Set or delete the value first.",
		                 "stead_setting_define: the stored value of setting \"%.*s\" would have to be %s",
		                 (int)key.size, key.data, unfit);
	if (stead_same(row.type, args[1]) && stead_same(row.default_value, args[2]) &&
	    stead_same(row.description, args[3]) && stead_same(row.options, options))
		return unchanged(call);
	if (secret && !row.secret)
		stead_run(call, "UPDATE stead_setting_change SET value = NULL WHERE key = $1 AND value IS NOT NULL", 1, &key);
	row.type = args[1];
	row.default_value = args[2];
	row.description = args[3];
	row.options = options;
	row.secret = secret;
	store(call, &row, version, stead_null(STEAD_TEXT));
	return changed(call, "stead.setting.define", option_value(call, setting_options), key, version,
	               stead_null(STEAD_TEXT));
}

/* ---- Retention --------------------------------------------------------------------------------------------------- */

/* A change can be deleted if its key has a later one. So the latest change stays, and numbers continue after it. */
#define OLD_CHANGES                                                                                                    \
	" FROM stead_setting_change AS c WHERE c.changed_at < $1 AND EXISTS (SELECT 1 FROM stead_setting_change AS later"  \
	" WHERE later.key = c.key AND (later.version, later.id) > (c.version, c.id))"

static int64_t prune_changes(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline,
                             stead_buffer *details)
{
	(void)details;
	return prune_rows(call,
	                  "DELETE FROM stead_setting_change WHERE id IN (SELECT c.id" OLD_CHANGES
	                  " ORDER BY c.changed_at, c.id LIMIT $2)",
	                  cutoff, max_rows, deadline);
}

static void preview_changes(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows,
                            stead_value *oldest_at)
{
	prune_preview(call,
	              "SELECT count(*), min(changed_at) FROM (SELECT c.changed_at" OLD_CHANGES
	              " ORDER BY c.changed_at LIMIT $2) AS oldest",
	              cutoff, most, expired_rows, oldest_at);
}

static const stead_target targets[] = {
	{"setting_history", &setting_tables[1], -1, prune_changes, preview_changes},
	{0},
};

#define GET(words, other)                                                                                              \
	"Returns a setting as " words ": its value, else the default of its definition, else the fallback. " other

static const stead_function functions[] = {
	{
		.name = "setting_define",
		.doc = "Defines a setting, replacing any earlier definition; returns true if something changed. key: 1 to 200 "
			   "bytes, not beginning with \"stead.\". type: text, bool, int, real or json. options: a JSON object with "
			   "any of secret (bool), min and max (inclusive, for int and real), choices (array). The default must "
			   "fit. A stored value that does not fit is an error. Making a setting a secret erases its values in the "
			   "history.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"key", STEAD_TEXT},
                 {"type", STEAD_TEXT},
                 {"default_value", STEAD_TEXT, .optional = true},
                 {"description", STEAD_TEXT, .optional = true},
                 {"options", STEAD_JSON, .optional = true}},
		.returns = STEAD_BOOL,
		.call = setting_define,
	},
	{
		.name = "setting_set",
		.doc = "Sets a setting; returns true if its value changed. The value is text of at most 1 MiB that fits the "
			   "definition. A bool is true, yes, on, 1, false, no, off or 0, in any case. A real is a number as in "
			   "JSON. Without a definition, the value is plain text. changed_by: at most 1000 bytes, kept in the "
			   "history.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"key", STEAD_TEXT}, {"value", STEAD_TEXT}, {"changed_by", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = setting_set,
	},
	{
		.name = "setting_get",
		.doc = GET("text", "A secret is an error (denied)."),
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"key", STEAD_TEXT}, {"fallback", STEAD_TEXT, .optional = true}},
		.returns = STEAD_TEXT,
		.call = setting_get,
	},
	{
		.name = "setting_bool",
		.doc = GET("a bool", "Any other value is an error, and so is a secret (denied)."),
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"key", STEAD_TEXT}, {"fallback", STEAD_BOOL, .optional = true}},
		.returns = STEAD_BOOL,
		.call = setting_bool,
	},
	{
		.name = "setting_int",
		.doc = GET("an integer", "Any other value is an error, and so is a secret (denied)."),
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"key", STEAD_TEXT}, {"fallback", STEAD_INT, .optional = true}},
		.returns = STEAD_INT,
		.call = setting_int,
	},
	{
		.name = "setting_real",
		.doc = GET("a number", "Any other value is an error, and so is a secret (denied)."),
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"key", STEAD_TEXT}, {"fallback", STEAD_REAL, .optional = true}},
		.returns = STEAD_REAL,
		.call = setting_real,
	},
	{
		.name = "setting_reveal",
		.doc = "Returns a setting, even a secret: its value, else the default of its definition, else null.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.args = {{"key", STEAD_TEXT}},
		.returns = STEAD_TEXT,
		.call = setting_reveal,
	},
	{
		.name = "setting_delete",
		.doc = "Deletes the value of a setting, so that its default applies again; returns true if there was a value. "
			   "The definition stays.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"key", STEAD_TEXT}, {"changed_by", STEAD_TEXT, .optional = true}},
		.returns = STEAD_BOOL,
		.call = setting_delete,
	},
	{
		.name = "setting_list",
		.doc = "Lists settings by key: all, or those whose key begins with the prefix (literal text). The value of a "
			   "secret is null. is_default: no value is stored.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.args = {{"prefix", STEAD_TEXT, .optional = true}},
		.columns = {{"key", STEAD_TEXT},
                    {"value", STEAD_TEXT},
                    {"is_default", STEAD_BOOL},
                    {"type", STEAD_TEXT},
                    {"secret", STEAD_BOOL},
                    {"description", STEAD_TEXT},
                    {"updated_at", STEAD_TIME},
                    {"version", STEAD_INT}},
		.rows = setting_list,
	},
	{
		.name = "setting_history",
		.doc = "Lists the changes of a setting's value, newest first. max_rows: 1 to 1000. The values of a secret are "
			   "null.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"setting_key", STEAD_TEXT}, {"max_rows", STEAD_INT, .fallback = "20"}},
		.columns = {{"version", STEAD_INT},
                    {"value", STEAD_TEXT},
                    {"deleted", STEAD_BOOL},
                    {"changed_at", STEAD_TIME},
                    {"changed_by", STEAD_TEXT}},
		.rows = setting_history,
	},
	{
		.name = "setting_version",
		.doc = "Returns a number that increases with every committed change of a setting or definition; cheap to poll.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.returns = STEAD_INT,
		.call = setting_version,
	},
};

const stead_module stead_setting = {
	.name = "setting",
	.doc = "Settings: typed values with defaults, limits, history and secrets.",
	.tables = setting_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.targets = targets,
	.options = setting_options,
	.upgrade = option_upgrade,
};
