/*
 * tables.c - the table of retention.
 */
#include "upkeep/retention/policy.h"

const stead_table retention_tables[] = {
	{
		.name = "retention",
		.doc = "Retention policies: one row for each target that has a policy, a hold or a run.",
		.schema = 3,
		.columns =
			{
				{"target", STEAD_TEXT, "One of Stead's targets, or the name of a table, quoted if SQL needs that.",
                 .key = true},
				{"time_column", STEAD_TEXT, "The column of the table that tells the age of a row.", .nullable = true},
				{"keep_days", STEAD_INT, "Rows strictly older are pruned; null: there is no policy.", .nullable = true,
                 .range = {0, RETENTION_MAX_DAYS}},
				{"batch_rows", STEAD_INT, "The most rows that one batch deletes.", .range = {1, RETENTION_MAX_BATCH}},
				{"hold_reason", STEAD_TEXT, "Why the target is held; null: there is no hold.", .nullable = true},
				{"owner", STEAD_TEXT, "The role that the table belonged to when the policy was set; null on SQLite.",
                 .nullable = true, .local = true},
				{"last_run_at", STEAD_TIME,
                 "The latest run. A run that deletes nothing is recorded once an hour at most.", .nullable = true},
				{"last_deleted", STEAD_INT, "How many rows the latest run deleted.", .range = {0, INT64_MAX}},
				{"total_deleted", STEAD_INT, "How many rows all runs have deleted.", .range = {0, INT64_MAX}},
				{"cleared_before", STEAD_TIME, "The cutoff of the latest run; null: there was none since schema 4.",
                 .nullable = true},
				{"known_rows", STEAD_INT,
                 "How many rows before cleared_before were left when the latest run ended or paused; null: not"
                 " counted. If there are more now, the others are new to the safety stop.",
                 .nullable = true, .range = {0, INT64_MAX}},
				{"stopped", STEAD_BOOL, "True: the safety stop kept upkeep from pruning it when it last looked.",
                 .nullable = true},
				{"pending_event", STEAD_TEXT,
                 "Details of the event stead.prune that upkeep will write at its end; null: none is due.",
                 .nullable = true},
			},
	},
	{0},
};
