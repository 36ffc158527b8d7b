/*
 * tables.c - the table of retention.
 */
#include "upkeep/retention/policy.h"

const stead_table retention_tables[] = {
    {
        .name = "retention",
        .doc = "How long rows are kept: one row a target whose policy, hold or runs are on record.",
        .schema = 3,
        .columns =
            {
                {"target", STEAD_TEXT, "Stead's name for it, or the name of a table, quoted as SQL needs it.", .key = true},
                {"time_column", STEAD_TEXT, "The column of the table that tells the age of a row.", .nullable = true},
                {"keep_days", STEAD_INT, "What is strictly older goes; null: nothing does.", .nullable = true,
                 .range = {0, MAX_KEEP_DAYS}},
                {"batch_rows", STEAD_INT, "How many rows one batch deletes at most.", .range = {1, MAX_BATCH_ROWS}},
                {"hold_reason", STEAD_TEXT, "Why nothing of it may be pruned now; null: it may.", .nullable = true},
                {"owner", STEAD_TEXT, "The role that the table belonged to when the policy was set; null on SQLite.",
                 .nullable = true},
                {"last_run_at", STEAD_TIME, "When it was pruned last; of runs that delete nothing one in an hour is noted.",
                 .nullable = true},
                {"last_deleted", STEAD_INT, "How many rows went then.", .range = {0, INT64_MAX}},
                {"total_deleted", STEAD_INT, "How many rows went so far.", .range = {0, INT64_MAX}},
                {"cleared_before", STEAD_TIME, "The cutoff of its latest run; null: there was none since schema 4.", .nullable = true},
                {"known_rows", STEAD_INT,
                 "How many rows were older than that, and still there, when it ended or paused: upkeep takes more for new. null: not counted.",
                 .nullable = true, .range = {0, INT64_MAX}},
                {"pending_event", STEAD_TEXT, "Details of the event stead.prune that upkeep under way is to write; null: none is due.",
                 .nullable = true},
            },
    },
    {0},
};
