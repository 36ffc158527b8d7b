/*
 * seal.c - sealing the audit trail: settled events go in order into blocks, which append to one Merkle tree and fold into
 * the rollups.
 *
 * Writers wait for nothing and know nothing of it: an event notes where it stands (era, transaction_id), and what is settled
 * is sealed afterwards, under a lock that only sealers take. A block and all that follows from it is one transaction.
 */
#include "trail/seal/seal.h"

#include "core/digest.h"
#include "state/setting/option.h"
#include "trail/seal/era.h"
#include "trail/seal/fold.h"
#include "trail/seal/prune.h"
#include "trail/seal/redact.h"
#include "trail/verify/verify.h"

typedef struct {
	stead_sha256_stream sha;
	seal_block block;
	merkle_range own, whole;
	fold_table hours;
	stead_buffer leaves;
} sealing;

static void take_event(stead_call *call, sealing *now, const stead_value event[LEAF_COLUMNS])
{
	unsigned char item[LEAF_ITEM];
	int64_t at = event[LEAF_OCCURRED_AT].integer;
	merkle_hash leaf;

	leaf_hash(&now->sha, event, &leaf);
	merkle_append(&now->sha, &now->own, 0, &leaf);
	stead_put_number(item, event[LEAF_ID].integer);
	for (int i = 8; i < LEAF_ITEM; i++)
		item[i] = leaf.bytes[i - 8];
	stead_append(call, &now->leaves, (const char *)item, sizeof item);
	fold_event(call, &now->hours, at, event[LEAF_ACTION], event[LEAF_SUCCESS].boolean);
	if (now->block.events == 0 || at < now->block.first_event_at)
		now->block.first_event_at = at;
	if (now->block.events == 0 || at > now->block.last_event_at)
		now->block.last_event_at = at;
	now->block.last_transaction_id = event[LEAF_TRANSACTION_ID].integer;
	now->block.last_event_id = event[LEAF_ID].integer;
	now->block.events++;
}

static void store_block(stead_call *call, sealing *now)
{
	seal_block *block = &now->block;
	unsigned char digest[STEAD_SHA256_SIZE], listed[STEAD_SHA256_SIZE];
	merkle_hash root;

	merkle_join(&now->sha, &now->whole, &now->own);
	merkle_root(&now->sha, &now->whole, &root);
	fold_sort(&now->hours);
	block->sealed_at = stead_now(call);
	block->subtrees = seal_bytes(now->own.node, merkle_stored_size(&now->own));
	block->frontier = seal_bytes(now->whole.node, merkle_stored_size(&now->whole));
	block->root = seal_bytes(&root, sizeof root);
	block->folded = fold_store(call, &now->hours);
	stead_sha256(call, now->leaves.data, now->leaves.size, listed);
	block->listed = seal_bytes(listed, sizeof listed);
	seal_digest(&now->sha, block, digest);
	stead_sha256_check(call, &now->sha);
	/* In REPEATABLE READ the latest block may be one we do not see: then this is PostgreSQL's serialization failure. */
	stead_run(call,
	          "INSERT INTO stead_audit_block (" SEAL_BLOCK_FIELDS ")"
	          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (block) DO NOTHING",
	          SEAL_BLOCK_COLUMNS,
	          (stead_value[]){stead_int(block->block), stead_int(block->era), stead_int(block->first_leaf), stead_int(block->events),
	                          stead_int(block->last_transaction_id), stead_int(block->last_event_id),
	                          stead_time(block->first_event_at), stead_time(block->last_event_at), stead_time(block->sealed_at),
	                          block->subtrees, block->frontier, block->root, block->folded, block->listed,
	                          seal_bytes(digest, sizeof digest)});
	stead_run(call, "INSERT INTO stead_audit_leaf (block, leaves, last_event_at) VALUES ($1, $2, $3)", 3,
	          (stead_value[]){stead_int(block->block), seal_bytes(now->leaves.data, now->leaves.size),
	                          stead_time(block->last_event_at)});
	fold_roll_up(call, &now->hours);
}

#define LEAST_EVENTS 100 /* of a block that ends with its day, or where times jump */

bool seal_cuts(const seal_block *block, int64_t max_events, int64_t cutoff, int64_t occurred_at)
{
	if (block->events == max_events || (occurred_at < cutoff) != (block->first_event_at < cutoff))
		return true;
	return block->events >= LEAST_EVENTS &&
	       (occurred_at < block->last_event_at - STEAD_DAY || occurred_at > block->first_event_at + STEAD_DAY ||
	        (occurred_at > block->last_event_at &&
	         occurred_at >= stead_bucket_next(STEAD_DAILY, stead_bucket_start(STEAD_DAILY, block->last_event_at))));
}

/* An event that has a value which its column cannot have. */
typedef struct {
	int64_t id;
	const char *fault; /* NULL: there is none */
} unsealable_event;

/* Seals up to max_events settled events of an era; returns how many. At one that cannot be hashed it ends: that one is
 * *unsealable, where no other comes before it. */
static int64_t seal_era(stead_call *call, int64_t era, int64_t max_events, int64_t cutoff, unsealable_event *unsealable)
{
	sealing *now = stead_alloc(call, sizeof *now);
	stead_value event[LEAF_COLUMNS];
	seal_block last;
	seal_walk walk;

	*now = (sealing){.sha = stead_sha256_open(call), .block = {.block = 1, .era = era}};
	merkle_empty(&now->whole, 0);
	if (seal_last_block(call, &last)) {
		seal_load_range(call, &last, last.frontier, 0, &now->whole);
		now->block.block = last.block + 1;
		now->block.first_leaf = now->whole.end;
	}
	merkle_empty(&now->own, now->block.first_leaf);
	seal_walk_unsealed(call, &walk, era, max_events);
	while (seal_walk_next(&walk, event)) {
		const char *fault = leaf_fault(event);

		if (fault) {
			if (!now->block.events)
				*unsealable = (unsealable_event){event[LEAF_ID].integer, fault};
			break;
		}
		if (now->block.events && seal_cuts(&now->block, max_events, cutoff, event[LEAF_OCCURRED_AT].integer))
			break;
		take_event(call, now, event);
	}
	seal_walk_close(&walk);
	if (now->block.events)
		store_block(call, now);
	return now->block.events;
}

/* Seals the next block; the lock is the caller's. Where there is none, *unsealable is the event it would begin with. */
static int64_t seal_next(stead_call *call, int64_t max_events, int64_t cutoff, unsealable_event *unsealable)
{
	int64_t sealed = 0;

	*unsealable = (unsealable_event){0};
	for (int64_t era = INT64_MIN; !sealed && !unsealable->fault && seal_next_era(call, era, &era);)
		sealed = seal_era(call, era, max_events, cutoff, unsealable);
	return sealed;
}

static stead_value seal(stead_call *call, const stead_value *args)
{
	unsealable_event unsealable = {0};
	const char *no_era = NULL; /* why one cannot begin */
	int64_t sealed = 0;

	if (args[0].integer < 1 || args[0].integer > SEAL_MAX_EVENTS)
		stead_raise(call, STEAD_INVALID, "stead_audit_seal: max_events must be 1 to %d", SEAL_MAX_EVENTS);
	if (stead_try_lock(call, STEAD_LOCK_SEAL, NULL)) {
		no_era = seal_follow_cluster(call);
		sealed = seal_next(call, args[0].integer, SEAL_NO_CUTOFF, &unsealable);
	}
	if (unsealable.fault)
		stead_raise(call, STEAD_CORRUPT, "stead_audit_seal: event %lld %s", (long long)unsealable.id, unsealable.fault);
	if (no_era && !sealed)
		stead_raise(call, STEAD_BUSY, "stead_audit_seal: a new era cannot begin: %s", no_era);
	return stead_int(sealed);
}

int64_t seal_one(stead_call *call, int64_t cutoff)
{
	unsealable_event unsealable;

	if (!stead_try_lock(call, STEAD_LOCK_SEAL, NULL))
		return -1;
	seal_follow_cluster(call);
	return seal_next(call, SEAL_TICK_EVENTS, cutoff, &unsealable);
}

/* Is there enough to seal, or was the latest block long enough ago? */
static bool is_worth_sealing(stead_call *call)
{
	stead_value event[LEAF_COLUMNS];
	int64_t count = 0, since;
	seal_block last;
	seal_walk walk;

	if (!seal_last_block(call, &last))
		return true;
	since = stead_now(call) - last.sealed_at; /* less than nothing: the clock was ahead then, and says nothing of how long ago that was */
	if (since < 0 || since >= stead_option_value(call, &seal_options[1]) * STEAD_SECOND)
		return true;
	for (int64_t era = INT64_MIN; count < LEAST_EVENTS && seal_next_era(call, era, &era);) {
		seal_walk_unsealed(call, &walk, era, LEAST_EVENTS);
		while (seal_walk_next(&walk, event))
			count++;
	}
	return count >= LEAST_EVENTS;
}

static bool tick(stead_call *call, int64_t deadline, stead_buffer *report)
{
	int64_t sealed = 0, now; /* now: what the latest step did */
	unsealable_event unsealable = {0};
	const char *holder, *no_era;

	if (!stead_try_lock(call, STEAD_LOCK_SEAL, &holder)) {
		stead_append_text(call, report, ",\"sealing\":");
		stead_append_json(call, report, stead_text(holder));
		return true;
	}
	no_era = seal_follow_cluster(call);
	now = is_worth_sealing(call);
	while (now) {
		stead_scope *scope = stead_open_scope(call);

		now = seal_next(call, SEAL_TICK_EVENTS, SEAL_NO_CUTOFF, &unsealable);
		stead_close_scope(call, scope);
		sealed += now;
		if ((now && !stead_step(call)) || stead_now(call) >= deadline)
			break;
	}
	stead_append_text(call, report, stead_format(call, ",\"sealed\":%lld", (long long)sealed));
	if (unsealable.fault)
		stead_append_text(call, report, stead_format(call, ",\"unsealable_event\":%lld", (long long)unsealable.id));
	if (no_era) {
		stead_append_text(call, report, ",\"era\":");
		stead_append_json(call, report, stead_text(no_era));
	}
	return now > 0 || no_era;
}

static void blocks(stead_call *call, const stead_value *args)
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

/* ---- Registry ---------------------------------------------------------------------------------------------------- */

const stead_table seal_tables[] = {
    [TABLE_BLOCK] = {
        .name = "audit_block",
        .doc = "Sealed events: one row a block, a stretch of the log in the order of (era, transaction_id, id). Append-only.",
        .schema = 3,
        .append_only = true,
        .columns =
            {
                {"block", STEAD_INT, "Number of the block, from 1, without gaps.", .key = true},
                {"era", STEAD_INT, "The era of its events."},
                {"first_leaf", STEAD_INT, "Number of its first leaf in the Merkle tree, from 0.", .range = {0, INT64_MAX / 2}},
                {"events", STEAD_INT, "How many events it seals.", .range = {1, SEAL_MAX_EVENTS}},
                {"last_transaction_id", STEAD_INT, "The transaction_id of its last event."},
                {"last_event_id", STEAD_INT, "The id of its last event."},
                {"first_event_at", STEAD_TIME, "The earliest occurred_at of its events."},
                {"last_event_at", STEAD_TIME, "The latest occurred_at of its events."},
                {"sealed_at", STEAD_TIME, "When it was sealed, by the clock of the database."},
                {"subtrees", STEAD_BYTES, "The compact range of its leaves: SHA-256 hashes of 32 bytes."},
                {"frontier", STEAD_BYTES, "The compact range of all leaves up to its last."},
                {"root", STEAD_BYTES, "The root of the Merkle tree (RFC 9162) up to its last leaf."},
                {"folded", STEAD_BYTES, "What it added to the rollups."},
                {"listed", STEAD_BYTES, "SHA-256 of the list of its leaves."},
                {"digest", STEAD_BYTES, "SHA-256 of the columns before."},
            },
        .indexes = {{"era", "era"}, {"place", "era, last_transaction_id, last_event_id"}, {"leaf", "first_leaf"}},
    },
    [TABLE_LEAF] = {
        .name = "audit_leaf",
        .doc = "The leaves of blocks that are not pruned, by which a changed event is told from one that is missing. Append-only.",
        .schema = 3,
        .append_only = true,
        .columns =
            {
                {"block", STEAD_INT, "The block.", .key = true},
                {"leaves", STEAD_BYTES, "For each event its id, 8 bytes big endian, and the first 8 bytes of its leaf hash."},
                {"last_event_at", STEAD_TIME, "That of the block, to find what is to be pruned; null: sealed before schema 4.",
                 .nullable = true},
            },
        .indexes = {{"age", "last_event_at"}},
    },
    [TABLE_ACCOUNT] = {
        .name = "audit_account",
        .doc = "What was pruned of the log and of its rollups: an account is made before anything is deleted. Append-only.",
        .schema = 3,
        .append_only = true,
        .columns =
            {
                {"account", STEAD_INT, "Number of the account, from 1, without gaps.", .key = true, .range = {1, INT64_MAX}},
                {"block", STEAD_INT, "The block whose events are pruned; null: rollups of before the cutoff are.", .nullable = true},
                {"cutoff", STEAD_TIME, "What was older was pruned."},
                {"events", STEAD_INT, "How many events the block had; of rollups, the number of the latest block then."},
                {"made_at", STEAD_TIME, "When, by the clock of the database."},
                {"digest", STEAD_BYTES, "SHA-256 of the account before's digest, of these columns and of the block's digest."},
            },
        .indexes = {{"block", "block", "block IS NOT NULL", .unique = true}},
    },
    [TABLE_ROLLUP] = {
        .name = "audit_rollup",
        .doc = "How many sealed events of each action there were in each hour and day (UTC), pruned ones included.",
        .schema = 3,
        .columns =
            {
                {"period", STEAD_TEXT, "hour or day.", .key = true},
                {"bucket_start", STEAD_TIME, "When it begins.", .key = true},
                {"action", STEAD_TEXT, "The action.", .key = true},
                {"events", STEAD_INT, "How many events.", .range = {1, INT64_MAX}},
                {"failures", STEAD_INT, "How many of them failed.", .range = {0, INT64_MAX}},
                {"first_event_at", STEAD_TIME, "The earliest occurred_at."},
                {"last_event_at", STEAD_TIME, "The latest occurred_at."},
            },
    },
    {0},
};

static const stead_function functions[] = {
    {
        .name = "audit_seal",
        .doc = "Seals settled events, at most max_events of them (1 to 100000), into the next block, and returns how many. Their "
               "leaves are appended to one Merkle tree (RFC 9162, SHA-256), and they are folded into the rollups. Settled is "
               "what no transaction that still runs can come before. 0: nothing is settled, or another caller is sealing.",
        .since = "0.1",
        .effect = STEAD_WRITES,
        .audience = STEAD_ADMIN,
        .args = {{"max_events", STEAD_INT, .fallback = "10000"}},
        .returns = STEAD_INT,
        .call = seal,
    },
    {
        .name = "audit_blocks",
        .doc = "Lists the blocks after after_block, by number. first_leaf: the number of its first event in the tree, from 0; "
               "root: that of the tree up to the block's end, in base64; pruned_at: when its events were pruned. max_rows: 1 to "
               "10000.",
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
        .rows = blocks,
    },
    {
        .name = "audit_verify",
        .doc = "Reads sealed events, blocks, accounts of what was pruned and rollups again and compares them with what was "
               "sealed: one row for each finding - status changed, missing or added; event_id names the event, null where it is the "
               "block's row, an account or a rollup - and one last row: block null, status ok or broken, counts in detail. From and to a "
               "block: these alone, and no rollups. What was pruned and is accounted for is no finding. That nothing was cut off "
               "at the end is told by stead_audit_verify_checkpoint.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .args = {{"from_block", STEAD_INT, .optional = true}, {"to_block", STEAD_INT, .optional = true}},
        .columns = {{"block", STEAD_INT}, {"status", STEAD_TEXT}, {"event_id", STEAD_INT}, {"detail", STEAD_TEXT}},
        .rows = seal_verify,
    },
    {
        .name = "audit_redact",
        .doc = "Blanks the personal fields of an event for good - resource_id, actor_id, actor_name, details, error, ip_address, "
               "user_agent - and tells of it in an event, stead.redact, with the reason (1 to 1000 bytes). The event's leaf stays "
               "as it was, and verifies. Returns false when it was redacted before. Events that tell of redactions and prunes "
               "are denied, and so is any event while the log is held (stead_retention_hold).",
        .since = "0.1",
        .effect = STEAD_WRITES,
        .audience = STEAD_ADMIN,
        .args = {{"event_id", STEAD_INT}, {"redact_reason", STEAD_TEXT}},
        .returns = STEAD_BOOL,
        .call = seal_redact,
    },
};

static const stead_target targets[] = {{"audit", audit_tables, -1, seal_prune, seal_preview}, {0}};

const stead_module stead_seal = {
    .name = "seal",
    .doc = "The audit trail at scale: sealing, rollups, proofs.",
    .tables = seal_tables,
    .functions = functions,
    .function_count = STEAD_COUNT(functions),
    .options = seal_options,
    .targets = targets,
    .tick = tick,
    .begin = seal_begin,
    .examine = seal_examine,
};
