/*
 * tables.c - the tables of rate limits.
 */
#include "access/limit/limit.h"
#include "lib/gcra.h"

#define MAX_COUNTED INT64_C(4611686018427387903)

const stead_table limit_tables[] = {
	[LIMIT_TABLE] =
		{
			.name = "limit",
			.doc = "The rate limits: one row each.",
			.schema = 5,
			.cached = true,
			.positive_only = true,
			.columns =
				{
					{"name", STEAD_TEXT, "1 to 200 bytes.", .key = true},
					{"max_count", STEAD_INT, "So many are allowed in per_seconds.", .range = {1, GCRA_MAX_COUNT}},
					{"per_seconds", STEAD_INT, "See max_count.", .range = {1, GCRA_MAX_SECONDS}},
					{"burst", STEAD_INT, "So many are allowed at once.", .range = {1, GCRA_MAX_COUNT}},
					{"allowed", STEAD_INT, "Takes that were allowed, of subjects that have no row any more.",
                     .no_invalidation = true, .range = {0, MAX_COUNTED}},
					{"refused", STEAD_INT, "Takes that were refused, of the same subjects.", .no_invalidation = true,
                     .range = {0, MAX_COUNTED}},
					{"sweep_at", STEAD_TIME, "When upkeep next looks for subjects that are full again.",
                     .no_invalidation = true},
					{"swept_to", STEAD_TEXT, "Upkeep goes on after this subject; null: it begins with the first.",
                     .nullable = true, .no_invalidation = true},
				},
		},
	[SUBJECT_TABLE] =
		{
			.name = "limit_subject",
			.doc = "Who has taken of a rate limit, and is not full again: one row each.",
			.schema = 5,
			.columns =
				{
					{"limit_name", STEAD_TEXT, "The limit.", .key = true, .references = "limit"},
					{"subject", STEAD_TEXT, "1 to 500 bytes.", .key = true},
					{"full_at", STEAD_INT, "When it is full again, in microseconds since 1970-01-01 UTC."},
					{"part", STEAD_INT,
                     "Parts of a microsecond after full_at, of which the limit says how many make "
                     "one.",
                     .range = {0, GCRA_MAX_COUNT}},
					{"allowed", STEAD_INT, "Takes that were allowed.", .range = {0, MAX_COUNTED}},
					{"refused", STEAD_INT, "Takes that were refused.", .range = {0, MAX_COUNTED}},
				},
		},
	{0},
};
