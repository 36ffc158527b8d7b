/*
 * index.c - compares the index of a block with what its events make. See verify.h.
 *
 * Readers find events by the index: a posting that is gone hides an event, and so does a missing trigram.
 */
#include "trail/verify/verify.h"

static void report(verify_state *verification, stead_value block, const char *detail)
{
	verify_report(verification, block, "changed", stead_null(STEAD_INT), detail);
}

void verify_index(verify_state *verification, const seal_block *block, bool indexed)
{
	stead_call *call = verification->call;
	stead_value number = stead_int(block->block);
	unsigned different, shared;

	if (!indexed) {
		if (stead_any(call, "SELECT 1 FROM stead_audit_index WHERE block = $1", 1, &number))
			report(verification, number, "the mark that it is indexed was removed");
		return;
	}
	if (!verification->has_key) {
		report(verification, number, "it is indexed, but the secret of the index is gone");
		return;
	}
	index_finish(call, &verification->index, block->events);
	different = index_compare(call, &verification->index, block->block, block->last_event_at);
	if (different || verification->key.form == 1) { /* was it indexed by version 0.1? */
		index_finish_shared(call, &verification->index, block->events);
		shared = index_compare(call, &verification->index, block->block, block->last_event_at);
		if (verification->key.form == 1 || __builtin_popcount(shared) < __builtin_popcount(different))
			different = shared;
	}
	for (int i = 0; i < INDEX_DIMENSIONS; i++)
		if (different >> i & 1)
			report(verification, number, stead_format(call, "its index by %s was changed", index_dimension_names[i]));
	if (different & INDEX_TRIGRAMS)
		report(verification, number, "the trigrams of its events were changed");
	if (different & INDEX_COUNT)
		report(verification, number, "the number of its postings was changed");
}

static void report_all(verify_state *verification, stead_rows *rows, const char *detail)
{
	stead_value block;

	while (stead_next(rows)) {
		if (!stead_column_sound(rows, 0, STEAD_INT, &block))
			block = stead_null(STEAD_INT);
		verification->block_faults = 0;
		report(verification, block, detail);
	}
}

void verify_index_strays(verify_state *verification)
{
	report_all(verification, index_open_strays(verification->call), "it has postings that its events do not make");
	report_all(verification,
	           stead_open_as(verification->call, STEAD_CURSOR,
	                         "SELECT block FROM stead_audit_index AS i WHERE NOT EXISTS"
	                         " (SELECT 1 FROM stead_audit_leaf AS l WHERE l.block = i.block)",
	                         0, NULL),
	           "it is indexed, but there is no such block");
}
