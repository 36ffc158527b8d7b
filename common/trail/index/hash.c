/*
 * hash.c - see index.h.
 */
#include "trail/index/index.h"

#include <string.h>

#include "core/digest.h"

const char *const index_dimension_names[INDEX_DIMENSIONS] = {"action",   "resource_type", "resource_id",
                                                             "actor_id", "actor_name",    "ip_address"};
const int index_level_bits[INDEX_LEVELS] = {0, 4, 7, 9, INDEX_FREQUENT_BITS};

/* The row's number is the form of the index. Version 0.1 looks for form 1 only. Without it, its readers read the events
 * instead: in form 2 they would not find those of frequent values. */
static bool read_form(stead_call *call, int64_t form, index_key *key)
{
	stead_rows *rows = stead_open_as(call, STEAD_BY_KEY, "SELECT secret FROM stead_audit_index_key WHERE number = $1",
	                                 1, (stead_value[]){stead_int(form)});
	stead_value secret;

	if (!stead_next(rows))
		return false;
	if (stead_column_sound(rows, 0, STEAD_BYTES, &secret) && !secret.null && secret.size == sizeof key->secret)
		memcpy(key->secret, secret.data, sizeof key->secret);
	stead_close(rows);
	key->form = form;
	return true;
}

/* If somebody has changed the secret, zeros stand for it, and verification reports every block. */
bool index_key_read(stead_call *call, index_key *key)
{
	*key = (index_key){.sha = stead_sha256_open(call)};
	return read_form(call, INDEX_FORM, key) || read_form(call, 1, key);
}

void index_key_make(stead_call *call, index_key *key)
{
	bool there = index_key_read(call, key);

	if (there && key->form == INDEX_FORM)
		return;
	key->form = INDEX_FORM;
	if (there) {
		stead_run(call, "UPDATE stead_audit_index_key SET number = $1 WHERE number = 1", 1,
		          (stead_value[]){stead_int(INDEX_FORM)});
		return;
	}
	stead_random(call, key->secret, sizeof key->secret);
	stead_run(call,
	          "INSERT INTO stead_audit_index_key (number, secret) VALUES ($1, $2) ON CONFLICT (number) DO NOTHING", 2,
	          (stead_value[]){stead_int(INDEX_FORM), stead_bytes(key->secret, sizeof key->secret)});
}

void index_key_touch(stead_call *call)
{
	stead_run(call, "UPDATE stead_audit_index_key SET secret = secret", 0, NULL);
}

uint64_t index_hash(index_key *key, int dimension, stead_value value)
{
	unsigned char out[STEAD_SHA256_SIZE];

	stead_sha256_start(&key->sha);
	stead_sha256_add(&key->sha, key->secret, sizeof key->secret);
	stead_sha256_byte(&key->sha, (unsigned char)(dimension + 1));
	stead_sha256_add(&key->sha, value.data, value.size);
	stead_sha256_end(&key->sha, out);
	return (uint64_t)stead_get_number(out);
}

int64_t index_bucket(uint64_t hash, int bits)
{
	return (INT64_C(1) << bits) + (bits ? (int64_t)(hash >> (64 - bits)) : 0);
}

/* From some 16 to some 200 events in a bucket. */
int index_bits(int64_t events)
{
	static const int64_t below[] = {256, 4096, 20000};
	int level = 0;

	while (level < STEAD_COUNT(below) && events >= below[level])
		level++;
	return index_level_bits[level];
}

int64_t index_next_bucket(const index_frequent *frequent, int64_t bucket)
{
	int64_t next = bucket + 1, end = INT64_C(1) << INDEX_FREQUENT_BITS;

	for (int level = 0; level < INDEX_LEVELS - 1; level++) {
		int64_t first = INT64_C(1) << index_level_bits[level];

		if (next < 2 * first)
			return next < first ? first : next;
	}
	for (next = next < end ? 0 : next - end; next < end; next += 64 - next % 64) {
		uint64_t word = frequent->bits[next / 64] >> next % 64;

		if (word)
			return end + next + __builtin_ctzll(word);
	}
	return 0;
}
