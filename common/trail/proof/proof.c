/*
 * proof.c - what the sealed audit trail can prove to an outsider: checkpoints, inclusion proofs and exports. The
 * functions are in tree.c and export.c.
 */
#include "trail/proof/export.h"
#include "trail/proof/tree.h"

static const stead_function functions[] = {
	{
		.name = "audit_checkpoint",
		.doc = "Returns a checkpoint of the Merkle tree, to be kept outside the database. It is the text of a C2SP "
			   "tlog-checkpoint, with three lines: the origin, the number of sealed events, the root in base64. "
			   "origin has 1 to 200 bytes and no spaces, plus signs or control characters.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"origin", STEAD_TEXT, .fallback = "stead-audit"}},
		.returns = STEAD_TEXT,
		.call = audit_checkpoint,
	},
	{
		.name = "audit_verify_checkpoint",
		.doc = "Checks that the Merkle tree extends the tree of a checkpoint. It recomputes the tree from all blocks; "
			   "at the checkpoint's size, the root must be the checkpoint's. If not, reason says why: the checkpoint "
			   "is malformed, the tree has fewer leaves, the root differs, or the tree is damaged. It does not check "
			   "signatures or the origin. Nor does it read the events: run stead_audit_verify, which compares them "
			   "with the blocks, as well.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"checkpoint", STEAD_TEXT, .raw = true}},
		.columns = {{"valid", STEAD_BOOL}, {"reason", STEAD_TEXT}},
		.rows = audit_verify_checkpoint,
		.one_row = true,
	},
	{
		.name = "audit_proof",
		.doc = "Returns the inclusion proof of an event in the Merkle tree (RFC 9162). It is JSON with leaf_index, "
			   "leaf_hash, tree_size, root_hash and inclusion_path; hashes are in base64. The proof is verified "
			   "before it is returned. It is an error if the event is unknown, pruned or not sealed yet, or was "
			   "changed after its redaction.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"event_id", STEAD_INT}},
		.returns = STEAD_JSON,
		.call = audit_proof,
	},
	{
		.name = "audit_export",
		.doc = "Exports the events from since (inclusive) to until (exclusive) that match the filter (see "
			   "stead_audit_list), oldest first, as lines of JSON. The line of an event has every column, the "
			   "leaf_index in the Merkle tree (null: not sealed) and the leaf_hash. Numbers that may exceed 2^53 are "
			   "strings, and so is details, to keep every byte. The first line describes the tree. After the "
			   "events, lines with first_leaf have the hashes of events that are pruned or do not match, so that the "
			   "root can be recomputed. The last line has the counts. All lines are as of one moment. Memory use does "
			   "not grow with the number of events.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.args = {{"since", STEAD_TIME, .optional = true},
                 {"until", STEAD_TIME, .optional = true},
                 {"filter", STEAD_JSON, .optional = true}},
		.columns = {{"line", STEAD_TEXT}},
		.rows = audit_export,
	},
};

const stead_module stead_proof = {
	.name = "proof",
	.doc = "The audit trail to an outsider: checkpoints, proofs, export.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
