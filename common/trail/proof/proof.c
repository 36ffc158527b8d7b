/*
 * proof.c - what the sealed audit trail proves to an outsider: checkpoints, inclusion proofs, and the export they are about.
 * The bodies are in tree.c and export.c.
 */
#include "trail/proof/export.h"
#include "trail/proof/tree.h"

static const stead_function functions[] = {
    {
        .name = "audit_checkpoint",
        .doc = "The Merkle tree as it is now, as the text of a C2SP tlog-checkpoint, to be kept outside the database: the origin, "
               "the number of sealed events and the root in base64, a line each. origin: 1 to 200 bytes without spaces, plus signs "
               "and control characters.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .args = {{"origin", STEAD_TEXT, .fallback = "stead-audit"}},
        .returns = STEAD_TEXT,
        .call = seal_checkpoint,
    },
    {
        .name = "audit_verify_checkpoint",
        .doc = "Tells whether the Merkle tree extends the one of a checkpoint: recomputed from all blocks, its root at the "
               "checkpoint's size must be the checkpoint's. Otherwise reason says what is wrong: malformed, the tree has fewer "
               "leaves, the root differs, the tree is damaged. Signatures and whose checkpoint it is are not looked at, nor are "
               "the events, which stead_audit_verify compares with the blocks: both are needed.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .args = {{"checkpoint", STEAD_TEXT, .raw = true}},
        .columns = {{"valid", STEAD_BOOL}, {"reason", STEAD_TEXT}},
        .rows = seal_verify_checkpoint,
        .one_row = true,
    },
    {
        .name = "audit_proof",
        .doc = "The proof that an event is in the Merkle tree, as JSON: leaf_index, leaf_hash, tree_size, root_hash and "
               "inclusion_path, the hashes in base64 (RFC 9162). It was verified. An unknown or pruned event is an error, one "
               "that is not sealed yet, and one that was written to after its redaction.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .args = {{"event_id", STEAD_INT}},
        .returns = STEAD_JSON,
        .call = seal_proof,
    },
    {
        .name = "audit_export",
        .doc = "The events that occurred from since to before until and fit the filter (see stead_audit_list), oldest first, a line "
               "of JSON each with all that is stored, and the leaf's number in the Merkle tree (null: not sealed) and hash. Numbers "
               "beyond 2^53 and details, whose every byte counts, are strings. A first line tells of the tree; after the events lines "
               "with first_leaf carry the hashes of what is pruned or not asked for, so that the root can be recomputed; a last line "
               "has the counts. All is as of one moment. Any number of events takes little memory.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .args = {{"since", STEAD_TIME, .optional = true},
                 {"until", STEAD_TIME, .optional = true},
                 {"filter", STEAD_JSON, .optional = true}},
        .columns = {{"line", STEAD_TEXT}},
        .rows = seal_export,
    },
};

const stead_module stead_proof = {
    .name = "proof",
    .doc = "The audit trail to an outsider: checkpoints, proofs, export.",
    .functions = functions,
    .function_count = STEAD_COUNT(functions),
};
