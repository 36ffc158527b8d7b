/*
 * absence.h - the leaves whose events an export leaves out: pruned ones, and those it was not asked for. Their hashes, as
 * few as there can be, recompute the root together with the leaves of its lines.
 */
#ifndef STEAD_SEAL_ABSENCE_H
#define STEAD_SEAL_ABSENCE_H

#include "trail/audit/filter.h"
#include "trail/seal/seal.h"
#include "trail/seal/shelf.h"

typedef struct {
	stead_sha256_stream *sha;
	seal_shelves *shelves;
	const audit_filter *filter;
	bool timed;            /* the filter is of times alone */
	int64_t tree_size;     /* as of the export's moment, */
	int64_t last_account;  /* and the account that was the latest */
	stead_rows *blocks;    /* SEAL_ABSENCE_QUERY; NULL at its end */
	int64_t end;           /* of the blocks seen so far */
	int64_t at, until;     /* leaves of a block that is taken event by event */
	int64_t first;         /* of that block; of each of its leaves: */
	merkle_hash *hashes;
	unsigned char *absent; /* 0: its event is in the export, or nowhere */
	merkle_range run, next; /* runs of leaves: the one to be given, and what comes after it */
	bool run_pruned, next_pruned;
} seal_absence;

/* Of the parameter's block and those before it. */
#define SEAL_ABSENCE_QUERY \
	"SELECT " SEAL_BLOCK_FIELDS ", (SELECT coalesce(max(a.account), 0) FROM stead_audit_account AS a WHERE a.block = b.block)" \
	" FROM stead_audit_block AS b WHERE b.block <= $1 ORDER BY b.block"

/* The next run of leaves that are not in the export, as long as can be; false: there are no more. It is in run. */
bool absence_next(stead_call *call, seal_absence *now);

#endif
