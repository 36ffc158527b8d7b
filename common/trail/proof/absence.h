/*
 * absence.h - the leaves whose events an export leaves out, because they are pruned or do not match its filter. The
 * export has their hashes instead, joined into as few subtrees as possible, so that the root can be recomputed.
 */
#ifndef STEAD_ABSENCE_H
#define STEAD_ABSENCE_H

#include "trail/audit/filter.h"
#include "trail/seal/seal.h"
#include "trail/seal/leaf_index.h"

typedef struct {
	stead_sha256_stream *sha;
	leaf_index *index;
	const audit_filter *filter;
	bool timed;           /* the filter has only since and until */
	int64_t tree_size;    /* when the export began */
	int64_t last_account; /* the latest account then */
	stead_rows *blocks;   /* ABSENCE_QUERY; NULL at its end */
	int64_t end;          /* of the blocks read so far */
	/* The block that is read event by event: its first leaf, and which of its leaves are still to be looked at. */
	int64_t first, at, until;
	merkle_hash *hashes;    /* of its absent leaves */
	unsigned char *absent;  /* for each leaf: 0: its event is in the export, or was deleted without an account */
	merkle_range run, next; /* runs of leaves: the one to be returned, and the one after it */
	bool run_pruned, next_pruned;
} export_absence;

/* Parameter: the last block to read. */
#define ABSENCE_QUERY                                                                                                  \
	"SELECT " SEAL_BLOCK_FIELDS                                                                                        \
	", (SELECT coalesce(max(a.account), 0) FROM stead_audit_account AS a WHERE a.block = b.block)"                     \
	" FROM stead_audit_block AS b WHERE b.block <= $1 ORDER BY b.block"

/* Sets run to the next run of leaves that are not in the export, as long as possible. False: there are no more. */
bool absence_next(stead_call *call, export_absence *absence);

#endif
