/*
 * summary.c - compares the summaries of the index with the postings that they add up. See verify.h.
 *
 * Only stead_audit_top() trusts them. One that is gone is no finding: the postings are read then.
 */
#include <string.h>

#include "trail/seal/summarise.h"
#include "trail/verify/verify.h"

static void report(verify_state *verification, stead_value block, const char *detail)
{
	verification->block_faults = 0;
	verify_report(verification, block, "changed", stead_null(STEAD_INT), detail);
}

static bool is_number(stead_rows *rows, int column, stead_type type, int64_t expected)
{
	stead_value value;

	return stead_column_sound(rows, column, type, &value) && !value.null && value.integer == expected;
}

/* Is a summary stored as it was made? */
static bool is_stored(stead_rows *rows, const index_summary *summary)
{
	size_t part = 0;

	for (; stead_next(rows); part++) {
		stead_value entries;

		if (part == summary->count || !is_number(rows, 0, STEAD_INT, (int64_t)part) ||
		    !is_number(rows, 1, STEAD_TIME, summary->first_event_at) ||
		    !is_number(rows, 2, STEAD_TIME, summary->last_event_at) ||
		    !stead_column_sound(rows, 3, STEAD_BYTES, &entries) || entries.null ||
		    entries.size != summary->rows[part].size ||
		    (entries.size && memcmp(entries.data, summary->rows[part].data, entries.size) != 0)) {
			stead_close(rows);
			return false;
		}
	}
	return part == summary->count;
}

static bool is_pruned(stead_call *call, int64_t first)
{
	return stead_any(call, "SELECT 1 FROM stead_audit_account WHERE block >= $1 AND block < $2 LIMIT 1", 2,
	                 (stead_value[]){stead_int(first), stead_int(first + INDEX_RANGE)});
}

static void check(verify_state *verification, int64_t dimension, int64_t first)
{
	stead_call *call = verification->call;
	stead_value range_of[2] = {stead_int(dimension), stead_int(first)};
	index_summary summary;
	summarise_range range;

	if (dimension < 1 || dimension > INDEX_DIMENSIONS || !index_is_range(first) ||
	    !summarise_read_range(call, first, &range)) {
		if (!index_is_range(first) || !is_pruned(call, first))
			report(verification, stead_int(first), "there is a summary of blocks that are not there");
		return; /* of pruned blocks: nobody reads it, and upkeep deletes it */
	}
	if (stead_any(call,
	              "SELECT 1 FROM stead_audit_summary WHERE dimension = $1 AND first_block = $2 AND part = 0 AND"
	              " entries IS NULL",
	              2, range_of))
		return; /* it waits to be made again, and nobody reads it */
	if (!summarise_make(call, &range, (int)dimension - 1, &summary))
		return; /* a posting is damaged, and is a finding of its block */
	if (!is_stored(stead_open(call,
	                          "SELECT part, first_event_at, last_event_at, entries FROM stead_audit_summary WHERE"
	                          " dimension = $1 AND first_block = $2 ORDER BY part",
	                          2, range_of),
	               &summary))
		report(verification, stead_int(first),
		       stead_format(call,
		                    "the summary of 64 blocks by %s does not agree with their index; if that is right, delete "
		                    "the rows of stead_audit_summary, and stead_maintain() makes them again",
		                    index_dimension_names[dimension - 1]));
}

void verify_summaries(verify_state *verification)
{
	stead_call *call = verification->call;
	stead_rows *rows = stead_open_as(
		call, STEAD_CURSOR, "SELECT DISTINCT dimension, first_block FROM stead_audit_summary ORDER BY 1, 2", 0, NULL);

	while (stead_next(rows)) {
		stead_value dimension, first;
		stead_scope *scope;

		if (!stead_column_sound(rows, 0, STEAD_INT, &dimension) || !stead_column_sound(rows, 1, STEAD_INT, &first)) {
			report(verification, stead_null(STEAD_INT), "a summary is of no blocks");
			continue;
		}
		scope = stead_open_scope(call);
		check(verification, dimension.integer, first.integer);
		stead_close_scope(call, scope);
	}
}
