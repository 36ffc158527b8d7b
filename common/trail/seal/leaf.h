/*
 * leaf.h - what is hashed of an event: the entry of its leaf in the Merkle tree. docs/audit-leaf.md describes it, with
 * test vectors, for whoever verifies without Stead.
 *
 * Numbers are 8 bytes, big endian, two's complement; times are microseconds since 1970-01-01 UTC. A field is the byte 0
 * for a null, or the byte 1, the length in bytes as 4 bytes, big endian, and the stored bytes.
 *
 *   personal = 2, nonce, resource_id, actor_id, actor_name, details, error, ip_address, user_agent   (a byte, then
 * fields) entry    = 1, id, occurred_at, recorded_at, era, transaction_id, success, action, resource_type,
 * SHA-256(personal) (a byte: the version; five numbers; a byte, 0 or 1; two fields; 32 bytes) leaf     = SHA-256(0,
 * entry)   (RFC 9162, section 2.1.1)
 *
 * A redacted event keeps SHA-256(personal) in its column redacted, and none of the values that went into it.
 */
#ifndef STEAD_SEAL_LEAF_H
#define STEAD_SEAL_LEAF_H

#include "lib/crypto/merkle.h"
#include "stead.h"
#include "trail/event.h"

enum {
	LEAF_ID,
	LEAF_OCCURRED_AT,
	LEAF_RECORDED_AT,
	LEAF_ACTION,
	LEAF_RESOURCE_TYPE,
	LEAF_RESOURCE_ID,
	LEAF_ACTOR_ID,
	LEAF_ACTOR_NAME,
	LEAF_SUCCESS,
	LEAF_DETAILS,
	LEAF_ERROR,
	LEAF_IP_ADDRESS,
	LEAF_USER_AGENT,
	LEAF_ERA,
	LEAF_TRANSACTION_ID,
	LEAF_NONCE,
	LEAF_REDACTED,
	LEAF_COLUMNS
};
/* All columns of stead_audit_event, in the order of the table. */
#define LEAF_FIELDS EVENT_FIELDS ", era, transaction_id, nonce, redacted"

/* Reads the current row of a query whose first columns are LEAF_FIELDS. The values live until the next row. A value
 * that is invalid for its column raises an error that names the event: rows can have one if they were written without
 * Stead. */
void leaf_read(stead_call *call, stead_rows *rows, stead_value event[LEAF_COLUMNS]);
/* The same, but without an error. LEAF_INVALID_TIME, which no event has, stands for an invalid time, and a null of the
 * type LEAF_INVALID_TYPE for a value of another type. */
#define LEAF_INVALID_TIME INT64_MIN
#define LEAF_INVALID_TYPE 0
void leaf_read_any(stead_rows *rows, stead_value event[LEAF_COLUMNS]);
/* What is wrong with an event that is marked as redacted, or NULL: its personal columns must be empty. The leaf hash
 * does not show it, as it uses the stored SHA-256 instead of those columns. */
const char *leaf_redaction_fault(const stead_value event[LEAF_COLUMNS]);
/* What is wrong with an event that leaf_read_any() has read, as the end of a sentence; NULL: nothing. An event with a
 * fault has no meaningful leaf hash. */
const char *leaf_fault(const stead_value event[LEAF_COLUMNS]);
/* The SHA-256 of the personal part. If the event is redacted, that is the stored one. */
void leaf_personal(stead_sha256_stream *sha, const stead_value event[LEAF_COLUMNS],
                   unsigned char out[STEAD_SHA256_SIZE]);
void leaf_hash(stead_sha256_stream *sha, const stead_value event[LEAF_COLUMNS], merkle_hash *out);

#endif
