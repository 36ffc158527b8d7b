/*
 * seal.c - seals the audit trail: settled events go into blocks, in order. A block appends its leaves to one Merkle
 * tree, and adds its events to the rollups.
 *
 * Writers never wait for sealing. An event stores its position (era, transaction_id, id), and is sealed once it is
 * settled. Only sealers take the lock. A block and everything that is derived from it are written in one transaction.
 */
#include "trail/seal/seal.h"
#include "core/upkeep.h"

#include "core/digest.h"
#include "state/setting/option.h"
#include "trail/seal/era.h"
#include "trail/seal/fold.h"
#include "trail/seal/prune.h"
#include "trail/seal/redact.h"
#include "trail/seal/summarise.h"

#define FEW_EVENTS 1000 /* while others wait */

static stead_value audit_seal(stead_call *call, const stead_value *args)
{
	seal_unsealable unsealable = {0};
	const char *no_era = NULL; /* why a new era cannot begin */
	int64_t sealed = 0;
	bool begun = false;

	if (args[0].integer < 1 || args[0].integer > SEAL_MAX_EVENTS)
		stead_raise(call, STEAD_INVALID, "stead_audit_seal: max_events must be 1 to %d", SEAL_MAX_EVENTS);
	if (stead_try_lock(call, &seal_lock, 0, NULL)) {
		sealed = seal_next(call, args[0].integer, CUT_NO_CUTOFF, &unsealable);
		if (!sealed && !unsealable.fault)
			no_era = era_follow_cluster(call, &begun);
		if (begun) /* 0 would mean that there is nothing more */
			sealed = seal_next(call, args[0].integer < FEW_EVENTS ? args[0].integer : FEW_EVENTS, CUT_NO_CUTOFF,
			                   &unsealable);
	}
	if (unsealable.fault)
		stead_raise(call, STEAD_CORRUPT, "stead_audit_seal: event %lld %s", (long long)unsealable.id, unsealable.fault);
	if (no_era && !sealed)
		stead_raise(call, STEAD_BUSY, "stead_audit_seal: a new era cannot begin: %s", no_era);
	return stead_int(sealed);
}

/* Are there enough events to seal, or is the latest block old enough? */
static bool is_worth_sealing(stead_call *call)
{
	int64_t count = 0, since;
	seal_block last;

	if (!seal_last_block(call, &last))
		return true;
	since = stead_now(call) - last.sealed_at; /* negative: the clock was wrong then, so the block's age is unknown */
	if (since < 0 || since >= option_value(call, &seal_options[SEAL_SECONDS]) * STEAD_SECOND)
		return true;
	for (seal_eras eras = {0}; count < SEAL_WORTH_EVENTS && seal_next_era(call, &eras);)
		count += seal_count_settled(call, eras.era, SEAL_WORTH_EVENTS);
	return count >= SEAL_WORTH_EVENTS;
}

/* Indexes blocks that were sealed before schema 4. Returns whether some are left. */
static bool index_blocks(stead_call *call, int64_t deadline, int64_t *indexed)
{
	bool left = seal_any_unindexed(call);

	while (left) {
		stead_scope *scope = stead_open_scope(call);

		left = seal_index_next(call);
		stead_close_scope(call, scope);
		*indexed += left;
		if (left && (!stead_pause(call, STEAD_COMMIT_STEP) || stead_now(call) >= deadline))
			return seal_any_unindexed(call);
	}
	return false;
}

static void drop_retired(stead_call *call, void *data)
{
	*(bool *)data = stead_drop_retired(call, &event_tables[0]);
}

#define MOST_FAILURES 8 /* of summaries, in one tick */

/* Makes summaries of the index, and counts them. Returns whether some are left. *why: why the first one failed. */
static bool summarise(stead_call *call, int64_t deadline, int64_t *made, const char **why)
{
	summarise_place place = {.made = true};
	int failures = 0;

	while (place.made || (failures && failures < MOST_FAILURES)) {
		const char *failed = summarise_next(call, &place);

		*why = *why ? *why : failed;
		failures = failed ? failures + 1 : 0;
		*made += place.made;
		if (place.made && (!stead_pause(call, STEAD_COMMIT_STEP) || stead_now(call) >= deadline))
			break;
	}
	return place.made || place.busy;
}

/* Drops the indexes by value that writers paid for before schema 4, once every block is indexed. If others use the
 * table all the time, the next tick tries again. */
static bool drop_old_indexes(stead_call *call)
{
	bool dropped = false;

	return !seal_any_unindexed(call) && !stead_attempt(call, drop_retired, &dropped) && dropped;
}

static void begin(stead_call *call)
{
	era_init(call);
	drop_old_indexes(call);
}

static void imported(stead_call *call, const stead_table *const *tables)
{
	for (; *tables; tables++)
		if (*tables == &event_tables[0])
			era_after_import(call);
}

static bool tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	int64_t sealed = 0, step; /* events that all steps, and the latest, have sealed */
	seal_unsealable unsealable = {0};
	const char *holder, *no_era = NULL, *no_summary = NULL;
	bool begun = false, left = false;
	int64_t indexed = 0, summaries = 0;

	if (!stead_try_lock(call, &seal_lock, 0, &holder)) {
		stead_append_text(call, report, ",\"sealing\":");
		stead_append_json(call, report, stead_text(holder));
		return true;
	}
	step = is_worth_sealing(call);
	while (step) {
		stead_scope *scope = stead_open_scope(call);

		step = seal_next(call, SEAL_TICK_EVENTS, CUT_NO_CUTOFF, &unsealable);
		stead_close_scope(call, scope);
		sealed += step;
		if ((step && !stead_pause(call, STEAD_COMMIT_STEP)) || stead_now(call) >= deadline)
			break;
	}
	if (!step)
		no_era = era_follow_cluster(call, &begun);
	if (!step)
		left = index_blocks(call, deadline, &indexed);
	if (!step && !left)
		left = summarise(call, deadline, &summaries, &no_summary);
	stead_append_text(call, report, stead_format(call, ",\"sealed\":%lld", (long long)sealed));
	if (indexed)
		stead_append_text(call, report, stead_format(call, ",\"indexed_blocks\":%lld", (long long)indexed));
	if (summaries)
		stead_append_text(call, report, stead_format(call, ",\"summaries\":%lld", (long long)summaries));
	if (no_summary) {
		stead_append_text(call, report, ",\"summary\":");
		stead_append_json(call, report, stead_text(no_summary));
	}
	if (unsealable.fault)
		stead_append_text(call, report, stead_format(call, ",\"unsealable_event\":%lld", (long long)unsealable.id));
	if (no_era) {
		stead_append_text(call, report, ",\"era\":");
		stead_append_json(call, report, stead_text(no_era));
	}
	return step > 0 || left || no_era || begun;
}

/* At the end, as on PostgreSQL everyone who uses the log then waits until the transaction ends. */
static void tick_end(stead_call *call, stead_buffer *report)
{
	if (drop_old_indexes(call))
		stead_append_text(call, report, ",\"old_indexes_dropped\":true");
}

static void audit_blocks(stead_call *call, const stead_value *args)
{
	stead_rows *rows;

	if (args[1].integer < 1 || args[1].integer > 10000)
		stead_raise(call, STEAD_INVALID, "stead_audit_blocks: max_rows must be 1 to 10000");
	rows = stead_open(call,
	                  "SELECT b.block, b.first_leaf, b.events, b.first_event_at, b.last_event_at, b.root,"
	                  " (SELECT a.made_at FROM stead_audit_account AS a WHERE a.block = b.block), b.sealed_at"
	                  " FROM stead_audit_block AS b WHERE b.block > $1 ORDER BY b.block LIMIT $2",
	                  2, args);
	while (stead_next(rows)) {
		stead_value row[8];

		for (int i = 0; i < STEAD_COUNT(row); i++)
			row[i] = stead_column(rows, i, i == 5 ? STEAD_BYTES : i < 3 ? STEAD_INT : STEAD_TIME);
		row[5] = seal_base64(call, row[5]);
		stead_emit(call, row);
	}
}

/* ---- Registry -------------------------------------------------------------------------------------------------- */

static const stead_function functions[] = {
	{
		.name = "audit_seal",
		.doc = "Seals settled events in the next block, at most max_events (1 to 100000), and returns how many. It "
			   "appends their leaves to one Merkle tree (RFC 9162, SHA-256) and adds them to the rollups. An event is "
			   "settled once no running transaction can add one before it. Returns 0 if no event is settled, or if "
			   "another caller is sealing.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"max_events", STEAD_INT, .fallback = "10000"}},
		.returns = STEAD_INT,
		.call = audit_seal,
	},
	{
		.name = "audit_blocks",
		.doc = "Lists the blocks after after_block, by number. first_leaf is the index of the block's first leaf in "
			   "the tree, from 0. root is the root of the tree up to the block's end, in base64. pruned_at tells when "
			   "its events were pruned. max_rows is 1 to 10000.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"after_block", STEAD_INT, .fallback = "0"}, {"max_rows", STEAD_INT, .fallback = "100"}},
		.columns = {{"block", STEAD_INT},
                    {"first_leaf", STEAD_INT},
                    {"events", STEAD_INT},
                    {"first_event_at", STEAD_TIME},
                    {"last_event_at", STEAD_TIME},
                    {"root", STEAD_TEXT},
                    {"pruned_at", STEAD_TIME},
                    {"sealed_at", STEAD_TIME}},
		.rows = audit_blocks,
	},
	{
		.name = "audit_redact",
		.doc = "Removes the personal values of an event for good: resource_id, actor_id, actor_name, details, error, "
			   "ip_address, user_agent. An event stead.redact records it, with the reason (1 to 1000 bytes). The leaf "
			   "of the redacted event stays the same and can still be verified. Returns false if the event was "
			   "redacted before. Events that record redactions and prunes cannot be redacted, and no event can while "
			   "the audit trail is held (stead_retention_hold).",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"event_id", STEAD_INT}, {"redact_reason", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = audit_redact,
	},
};

static const stead_target targets[] = {{"audit", event_tables, -1, seal_prune, seal_preview}, {0}};

const stead_module stead_seal = {
	.name = "seal",
	.doc = "Sealing of the audit trail: blocks, rollups, redaction.",
	.tables = seal_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = seal_options,
	.targets = targets,
	.tick = tick,
	.tick_end = tick_end,
	.begin = begin,
	.examine = seal_examine,
	.measure = seal_measure,
	.imported = imported,
	.due = seal_auto_due,
	.follow_up = seal_auto,
};
