/*
 * leaf.c - see leaf.h.
 */
#include "trail/seal/leaf.h"

#include <string.h>

#define VERSION 1
#define PERSONAL 2 /* the first byte of the personal part; nodes and leaves of a tree begin with others */

static void add_field(stead_sha256_stream *sha, stead_value value)
{
	unsigned char head[5] = {1, (unsigned char)(value.size >> 24), (unsigned char)(value.size >> 16),
	                         (unsigned char)(value.size >> 8), (unsigned char)value.size};

	if (value.null) {
		stead_sha256_byte(sha, 0);
		return;
	}
	stead_sha256_add(sha, head, sizeof head);
	stead_sha256_add(sha, value.data, value.size);
}

static const int personal[] = {LEAF_NONCE,   LEAF_RESOURCE_ID, LEAF_ACTOR_ID,   LEAF_ACTOR_NAME,
                               LEAF_DETAILS, LEAF_ERROR,       LEAF_IP_ADDRESS, LEAF_USER_AGENT};

const char *leaf_redaction_fault(const stead_value event[LEAF_COLUMNS])
{
	if (event[LEAF_REDACTED].null)
		return NULL;
	if (event[LEAF_REDACTED].size != STEAD_SHA256_SIZE)
		return "the hash that its redaction kept was changed";
	for (int i = 0; i < STEAD_COUNT(personal); i++)
		if (!event[personal[i]].null)
			return "it was changed after its redaction";
	return NULL;
}

void leaf_personal(stead_sha256_stream *sha, const stead_value event[LEAF_COLUMNS],
                   unsigned char out[STEAD_SHA256_SIZE])
{
	if (!event[LEAF_REDACTED].null && event[LEAF_REDACTED].size == STEAD_SHA256_SIZE) {
		memcpy(out, event[LEAF_REDACTED].data, STEAD_SHA256_SIZE);
		return;
	}
	stead_sha256_start(sha);
	stead_sha256_byte(sha, PERSONAL);
	for (int i = 0; i < STEAD_COUNT(personal); i++)
		add_field(sha, event[personal[i]]);
	stead_sha256_end(sha, out);
}

void leaf_hash(stead_sha256_stream *sha, const stead_value event[LEAF_COLUMNS], merkle_hash *out)
{
	static const int numbers[] = {LEAF_ID, LEAF_OCCURRED_AT, LEAF_RECORDED_AT, LEAF_ERA, LEAF_TRANSACTION_ID};
	unsigned char kept[STEAD_SHA256_SIZE];

	leaf_personal(sha, event, kept);
	stead_sha256_start(sha);
	stead_sha256_byte(sha, 0);
	stead_sha256_byte(sha, VERSION);
	for (int i = 0; i < STEAD_COUNT(numbers); i++)
		stead_sha256_number(sha, event[numbers[i]].integer);
	stead_sha256_byte(sha, event[LEAF_SUCCESS].boolean);
	add_field(sha, event[LEAF_ACTION]);
	add_field(sha, event[LEAF_RESOURCE_TYPE]);
	stead_sha256_add(sha, kept, sizeof kept);
	stead_sha256_end(sha, out->bytes);
}
