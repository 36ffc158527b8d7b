/*
 * tables.c - the tables and options of sealing.
 */
#include "trail/seal/seal.h"
#include "core/upkeep.h"

const stead_lock seal_lock = {"seal", 1};

const stead_table seal_tables[] = {
	[TABLE_BLOCK] =
		{
			.name = "audit_block",
			.doc =
				"Blocks of sealed events. Each has a range of the audit trail in the order (era, transaction_id, id). "
				"Append-only.",
			.schema = 3,
			.append_only = true,
			.columns =
				{
					{"block", STEAD_INT, "Number of the block, from 1, without gaps.", .key = true},
					{"era", STEAD_INT, "The era of its events."},
					{"first_leaf", STEAD_INT, "Index of its first leaf in the Merkle tree, from 0.",
                     .range = {0, INT64_MAX / 2}},
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
					{"listed", STEAD_BYTES, "SHA-256 of stead_audit_leaf.leaves."},
					{"digest", STEAD_BYTES, "SHA-256 of the columns above."},
				},
			.indexes = {{"era", "era"},
                        {"place", "era, last_transaction_id, last_event_id"},
                        {"leaf", "first_leaf"},
                        {"time", "last_event_at, first_event_at"}},
		},
	[TABLE_LEAF] =
		{
			.name = "audit_leaf",
			.doc = "The leaves of blocks that are not pruned. They tell which event was changed and which is missing. "
				   "Append-only.",
			.schema = 3,
			.append_only = true,
			.columns =
				{
					{"block", STEAD_INT, "The block.", .key = true},
					{"leaves", STEAD_BYTES,
                     "For each event: its id, 8 bytes big endian, and the first 8 bytes of its leaf hash."},
					{"last_event_at", STEAD_TIME,
                     "The block's last_event_at, by which prunes find it; null if it was sealed before schema 4.",
                     .nullable = true},
					{"indexed", STEAD_BOOL, "True: stead_audit_index has the block; null: not yet.", .nullable = true},
				},
			.indexes = {{"age", "last_event_at"}, {"unindexed", "block", "indexed IS NULL"}},
		},
	[TABLE_ACCOUNT] =
		{
			.name = "audit_account",
			.doc = "Accounts of what was pruned: blocks and rollups. An account is written before anything is deleted. "
				   "Append-only.",
			.schema = 3,
			.append_only = true,
			.columns =
				{
					{"account", STEAD_INT, "Number of the account, from 1, without gaps.", .key = true,
                     .range = {1, INT64_MAX}},
					{"block", STEAD_INT, "The block whose events are pruned; null: rollups are.", .nullable = true},
					{"cutoff", STEAD_TIME, "Events or rollups before this time are pruned."},
					{"events", STEAD_INT,
                     "The block's number of events; for rollups: the number of the latest block at that time."},
					{"made_at", STEAD_TIME, "When it was written, by the clock of the database."},
					{"digest", STEAD_BYTES,
                     "SHA-256 of the previous account's digest, the columns above and the block's digest."},
				},
			.indexes = {{"block", "block", "block IS NOT NULL", .unique = true}},
		},
	[TABLE_ROLLUP] =
		{
			.name = "audit_rollup",
			.doc =
				"Rollups: the number of sealed events of each action in each hour and each day (UTC), including pruned "
				"ones.",
			.schema = 3,
			.columns =
				{
					{"period", STEAD_TEXT, "hour or day.", .key = true},
					{"bucket_start", STEAD_TIME, "When the hour or day begins.", .key = true},
					{"action", STEAD_TEXT, "The action.", .key = true},
					{"events", STEAD_INT, "How many events.", .range = {1, INT64_MAX}},
					{"failures", STEAD_INT, "How many of them failed.", .range = {0, INT64_MAX}},
					{"first_event_at", STEAD_TIME, "The earliest occurred_at."},
					{"last_event_at", STEAD_TIME, "The latest occurred_at."},
				},
		},
	[TABLE_POSTING] =
		{
			.name = "audit_posting",
			.doc =
				"Postings: which sealed events have which value. A row has the events of one block whose values fall "
				"into one bucket.",
			.schema = 4,
			.columns =
				{
					{"dimension", STEAD_INT,
                     "1: action, 2: resource_type, 3: resource_id, 4: actor_id, 5: actor_name, 6: ip_address.",
                     .key = true},
					{"bucket", STEAD_INT,
                     "1, 16 to 31, 128 to 255 or 512 to 1023, by the size of the block and the hash of the value. From"
                     " 65536 on: the bucket of a frequent value. 0: which of these there are.",
                     .key = true},
					{"last_event_at", STEAD_TIME, "The block's last_event_at.", .key = true},
					{"block", STEAD_INT, "The block.", .key = true},
					{"part", STEAD_INT, "Number of the row in its bucket, down to 0.", .key = true},
					{"entries", STEAD_BYTES, "The hashes of the values and the ids of their events."},
				},
		},
	[TABLE_INDEX] =
		{
			.name = "audit_index",
			.doc = "The blocks that are indexed.",
			.schema = 4,
			.columns =
				{
					{"block", STEAD_INT, "The block.", .key = true},
					{"postings", STEAD_INT, "How many rows it has in stead_audit_posting.", .range = {0, INT64_MAX}},
					{"trigrams", STEAD_BYTES,
                     "The trigrams of its events' action, resource_id, actor_name and details, by which a search skips "
                     "blocks."},
				},
		},
	[TABLE_INDEX_KEY] =
		{
			.name = "audit_index_key",
			.doc = "The secret of the hashes in stead_audit_posting and stead_audit_summary.",
			.schema = 4,
			.columns =
				{
					{"number", STEAD_INT, "The form of the index: 2, or 1 if no block has buckets of frequent values.",
                     .key = true},
					{"secret", STEAD_BYTES, "32 random bytes. Without them no posting can be found."},
				},
		},
	[TABLE_TOTAL] =
		{
			.name = "audit_total",
			.doc = "A total of the sealed events that no prune lowers: one row.",
			.schema = 5,
			.columns =
				{
					{"id", STEAD_INT, "Always 1.", .key = true},
					{"failures", STEAD_INT, "How many sealed events have failed.", .range = {0, INT64_MAX}},
				},
		},
	[TABLE_SUMMARY] =
		{
			.name = "audit_summary",
			.doc = "How many events each value has in 64 blocks, by which stead_audit_top() need not read each block's "
				   "postings. stead_maintain() makes it.",
			.schema = 5,
			.local = true,
			.columns =
				{
					{"dimension", STEAD_INT, "As in stead_audit_posting.", .key = true},
					{"first_block", STEAD_INT, "The first of the 64 blocks: 1, 65, 129 ..", .key = true,
                     .range = {1, INT64_MAX / 2}},
					{"part", STEAD_INT, "Number of the row in its summary, from 0.", .key = true},
					{"first_event_at", STEAD_TIME, "The earliest occurred_at of their events."},
					{"last_event_at", STEAD_TIME, "The latest occurred_at of their events."},
					{"entries", STEAD_BYTES,
                     "The hashes of the values and their numbers of events; empty: it has none; null: it waits to be "
                     "made again.",
                     .nullable = true},
				},
			.indexes = {{"ranges", "dimension, first_block", "part = 0"}},
		},
	{0},
};

const stead_option seal_options[] = {
	[SEAL_ROLLUP_DAYS] =
		{"stead.audit.rollup_days", "int", "0",
         "How many days the rollups of pruned events are kept, counted from the day of the events; 0: for ever.",
         "{\"min\":0,\"max\":36500}"},
	[SEAL_SECONDS] = {"stead.audit.seal_seconds", "int", "300",
                      "How many seconds after the latest block stead_maintain() seals fewer than 100 events (SQLite: "
                      "10000). Until then they wait, as many small blocks take more room.",
                      "{\"min\":0,\"max\":86400}"},
	[SEAL_AUTOSEAL] = {"stead.audit.autoseal", "int", "10000",
                       "On SQLite, the writer that logs an event while more than so many are not sealed seals a block "
                       "of them; 0: never. On PostgreSQL upkeep seals.",
                       "{\"min\":0,\"max\":100000}"},
	{0},
};
