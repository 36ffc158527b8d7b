/*
 * measure.c - the metrics of the audit trail.
 *
 * Counters must never fall. Prunes leave the blocks and their numbers, so the size of the tree is a counter, and with
 * the events that are not sealed yet so is their sum. Failures are counted in the order of sealing, where nothing can
 * come in between: so that, of more events than are looked at, the same ones are.
 */
#include "core/metric.h"
#include "trail/seal/fold.h"
#include "trail/seal/seal.h"
#include "trail/seal/total.h"

#define MOST_FAILURES 20000 /* so many of the events that are not sealed are looked at */
#define MOST_ERAS 100

static const metric events = {"audit_events_total", METRIC_COUNTER,
                              "Events of the audit trail, pruned ones too. Of those not sealed, at most 100000 are "
                              "counted."};
static const metric failures = {"audit_failures_total", METRIC_COUNTER,
                                "Events that failed, pruned ones too. An event counts once no earlier transaction "
                                "runs; of those not sealed, the first 20000 are looked at."};
static const metric sealed = {"audit_sealed_events_total", METRIC_COUNTER, "Events in blocks, pruned ones too."};
static const metric blocks = {"audit_blocks_total", METRIC_COUNTER, "Blocks that were sealed, pruned ones too."};
static const metric sealed_at = {"audit_last_seal_timestamp_seconds", METRIC_GAUGE,
                                 "When the latest block was sealed."};
static const metric unsealed = {"audit_unsealed_events", METRIC_GAUGE, "Events that are not sealed." METRIC_CAPPED};
static const metric age = {"audit_oldest_unsealed_age_seconds", METRIC_GAUGE,
                           "How long ago the first event that is not sealed was logged; 0: all are sealed."};
static const metric unindexed = {"audit_unindexed_blocks", METRIC_GAUGE,
                                 "Blocks that are not indexed yet." METRIC_CAPPED};

/* What the latest block says; wrong numbers raise no error, as stead_doctor() and verification find them. */
static int64_t add_blocks(stead_call *call, stead_buffer *out, int64_t not_sealed)
{
	stead_value last_sealed_at = stead_null(STEAD_TIME);
	int64_t tree = 0, number = 0;
	stead_rows *rows = stead_open(
		call, "SELECT block, first_leaf, events, sealed_at FROM stead_audit_block ORDER BY block DESC LIMIT 1", 0,
		NULL);

	if (stead_next(rows)) {
		number = stead_column(rows, 0, STEAD_INT).integer;
		tree = fold_plus(stead_column(rows, 1, STEAD_INT).integer, stead_column(rows, 2, STEAD_INT).integer);
		last_sealed_at = stead_column_time(rows, 3);
	}
	stead_close(rows);
	metric_add(call, out, &events, stead_int(fold_plus(tree, not_sealed)));
	metric_add(call, out, &sealed, stead_int(tree));
	metric_add(call, out, &blocks, stead_int(number));
	metric_add(call, out, &sealed_at, last_sealed_at);
	return tree;
}

/* When the era's first event that is not sealed was logged, if that is earlier. */
static void find_oldest(stead_call *call, int64_t era, stead_value *oldest)
{
	stead_value event[LEAF_COLUMNS], at;
	seal_walk walk;

	seal_walk_open(call, &walk, era, seal_end_of_era(call, era), SEAL_AFTER_ALL, 1);
	walk.any = true;
	if (seal_walk_next(&walk, event)) {
		at = event[LEAF_RECORDED_AT];
		if (!at.null && at.integer != LEAF_INVALID_TIME && (oldest->null || at.integer < oldest->integer))
			*oldest = at;
	}
	seal_walk_close(&walk);
}

void seal_measure(stead_call *call, stead_buffer *out)
{
	int64_t not_sealed = 0, failed = total_failures(call), left = MOST_FAILURES;
	stead_value oldest = stead_null(STEAD_TIME);
	seal_eras eras = {0};

	for (int i = 0; i < MOST_ERAS && not_sealed < METRIC_MOST && seal_next_era(call, &eras); i++) {
		int64_t more, tail = seal_count_tail(call, eras.era, left, &more);

		failed = fold_plus(failed, more);
		left -= tail;
		not_sealed += left ? tail : seal_count_unsealed(call, eras.era, METRIC_MOST - not_sealed);
		find_oldest(call, eras.era, &oldest);
	}
	add_blocks(call, out, not_sealed);
	metric_add(call, out, &failures, stead_int(failed));
	metric_add(call, out, &unsealed, stead_int(not_sealed));
	metric_add(call, out, &age, metric_age(stead_now(call), oldest));
	metric_add(call, out, &unindexed,
	           metric_count(call, 1,
	                        "SELECT count(*) FROM (SELECT 1 FROM stead_audit_leaf WHERE indexed IS NULL LIMIT $1)"
	                        " AS counted"));
}
