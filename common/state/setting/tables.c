/*
 * tables.c - the tables of settings.
 */
#include "state/setting/option.h"

const stead_table setting_tables[] = {
	{
		.name = "setting",
		.doc = "Settings: a row for each key, with its definition and its value.",
		.schema = 1,
		.cached = true,
		.columns =
			{
				{"key", STEAD_TEXT, "1 to 200 bytes.", .key = true},
				{"value", STEAD_TEXT, "The value; null: the default applies.", .nullable = true},
				{"type", STEAD_TEXT, "text, bool, int, real or json; null: not defined, plain text.", .nullable = true},
				{"default_value", STEAD_TEXT, "Applies while there is no value.", .nullable = true},
				{"description", STEAD_TEXT, "What it is for.", .nullable = true},
				{"options", STEAD_TEXT, "JSON as defined: secret, min, max, choices.", .nullable = true},
				{"secret", STEAD_BOOL, "Shown by stead_setting_reveal only."},
				{"version", STEAD_INT, "The version of all settings at its last change."},
				{"updated_at", STEAD_TIME, "When it last changed."},
				{"updated_by", STEAD_TEXT,
                 "Who set the value last, as the application says; null after a redefinition.", .nullable = true},
			},
	},
	{
		.name = "setting_change", /* not setting_history: on SQLite the table would hide the table function */
		.doc = "The history of settings: a row for each change of a value.",
		.schema = 1,
		.columns =
			{
				{"id", STEAD_INT, "Number of the row.", .key = true, .serial = true},
				{"key", STEAD_TEXT, "The setting."},
				{"version", STEAD_INT, "The version of all settings that the change made."},
				{"value", STEAD_TEXT, "The new value; null if it was deleted, or the setting is a secret.",
                 .nullable = true},
				{"deleted", STEAD_BOOL, "The value was deleted: the default applies again."},
				{"changed_at", STEAD_TIME, "When."},
				{"changed_by", STEAD_TEXT, "Who, as the application says.", .nullable = true},
			},
		.indexes = {{"key", "key, version"}, {"time", "changed_at"}},
	},
	{
		.name = "setting_version",
		.doc = "The version of all settings, in one row.",
		.schema = 1,
		.columns =
			{
				{"id", STEAD_INT, "Always 1.", .key = true},
				{"version", STEAD_INT, "Grows with every change.", .range = {0, INT64_MAX}},
			},
	},
	{0},
};
