/*
 * leaf.c - the leaf of an event: the test vectors of docs/audit-leaf.md, which docs/verify_export.py made.
 * Linked with: trail/seal/leaf lib/crypto/sha256
 */
#include "unit.h"

#include <openssl/evp.h>

#include "trail/seal/leaf.h"

static stead_sha256_stream sha;
static char nonce[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static int setup(void **state)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	(void)state;
	if (!context || !EVP_DigestInit_ex2(context, EVP_sha256(), NULL))
		return 1;
	sha.context = context;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	EVP_MD_CTX_free(sha.context);
	return sha.failed;
}

static stead_value null(void)
{
	return (stead_value){.null = true};
}

static stead_value text(const char *data)
{
	return (stead_value){.type = STEAD_TEXT, .data = data, .size = strlen(data)};
}

static stead_value integer(int64_t number)
{
	return (stead_value){.type = STEAD_INT, .integer = number};
}

/* The event that all vectors begin with: 2026-01-31T12:00:00.000001Z, user.login. */
static void plain_event(stead_value event[LEAF_COLUMNS])
{
	for (int i = 0; i < LEAF_COLUMNS; i++)
		event[i] = null();
	event[LEAF_ID] = integer(1);
	event[LEAF_OCCURRED_AT] = integer(INT64_C(1769860800000001));
	event[LEAF_RECORDED_AT] = integer(INT64_C(1769860801000000));
	event[LEAF_ERA] = event[LEAF_TRANSACTION_ID] = integer(0);
	event[LEAF_ACTION] = text("user.login");
	event[LEAF_SUCCESS] = (stead_value){.type = STEAD_BOOL, .boolean = true};
}

static void full_event(stead_value event[LEAF_COLUMNS])
{
	plain_event(event);
	event[LEAF_ID] = integer(42);
	event[LEAF_RESOURCE_TYPE] = text("session");
	event[LEAF_RESOURCE_ID] = text("s1");
	event[LEAF_ACTOR_ID] = text("7");
	event[LEAF_ACTOR_NAME] = text("Zo\xc3\xab \xf0\x9f\x98\x80");
	event[LEAF_SUCCESS].boolean = false;
	event[LEAF_DETAILS] = text("{\"n\" : 1e2}");
	event[LEAF_ERROR] = text("too late");
	event[LEAF_IP_ADDRESS] = text("::1");
	event[LEAF_USER_AGENT] = text("curl/8");
	event[LEAF_ERA] = integer(INT64_C(7312345678901234567));
	event[LEAF_TRANSACTION_ID] = integer(INT64_C(8589934592));
	event[LEAF_NONCE] = (stead_value){.type = STEAD_BYTES, .data = nonce, .size = sizeof nonce};
}

static void hex(const unsigned char *bytes, char out[2 * STEAD_SHA256_SIZE + 1])
{
	for (int i = 0; i < STEAD_SHA256_SIZE; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void assert_leaf(const stead_value event[LEAF_COLUMNS], const char *expected)
{
	char actual[2 * STEAD_SHA256_SIZE + 1];
	merkle_hash leaf;

	leaf_hash(&sha, event, &leaf);
	hex(leaf.bytes, actual);
	assert_string_equal(actual, expected);
}

#define FULL_LEAF "162c5870fa9fd6108b451f19dde10f1cbaa9ed2363003f6c3adc173a2c414637"
#define FULL_PERSONAL "2b3041ea7d91f317c8de041c4678ef3693edecf1d3daeb7f9562cb0391661c17"

static void nulls(void **state)
{
	stead_value event[LEAF_COLUMNS];

	(void)state;
	plain_event(event);
	assert_leaf(event, "24b71b453b501086491784b15553e046bf68a36b84f5756dfaf438bf4f49bf25");
}

static void empty_texts(void **state)
{
	static const int fields[] = {LEAF_RESOURCE_TYPE, LEAF_RESOURCE_ID, LEAF_ACTOR_ID,   LEAF_ACTOR_NAME, LEAF_DETAILS,
	                             LEAF_ERROR,         LEAF_IP_ADDRESS,  LEAF_USER_AGENT, LEAF_NONCE};
	stead_value event[LEAF_COLUMNS];

	(void)state;
	plain_event(event);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		event[fields[i]] = text("");
	assert_leaf(event, "85a4101085250ad3d79f3caf6d738a7572cdd6945ab19f9d0ed00491d75488fc");
}

static void all_fields(void **state)
{
	stead_value event[LEAF_COLUMNS];
	unsigned char personal[STEAD_SHA256_SIZE];
	char actual[2 * STEAD_SHA256_SIZE + 1];

	(void)state;
	full_event(event);
	assert_leaf(event, FULL_LEAF);
	leaf_personal(&sha, event, personal);
	hex(personal, actual);
	assert_string_equal(actual, FULL_PERSONAL);
}

static void negative_numbers(void **state)
{
	stead_value event[LEAF_COLUMNS];

	(void)state;
	plain_event(event);
	event[LEAF_ID] = event[LEAF_OCCURRED_AT] = event[LEAF_ERA] = integer(-1);
	event[LEAF_RECORDED_AT] = integer(INT64_C(-62135596800000000));
	event[LEAF_TRANSACTION_ID] = integer(INT64_MIN);
	event[LEAF_NONCE] = (stead_value){.type = STEAD_BYTES, .data = nonce, .size = sizeof nonce};
	assert_leaf(event, "d8b06bb805d895be11cefb4b7e89ff67ffc1e4e2bf066ce995299b337ec6c6fa");
}

/* The same bytes in another field are another event. */
static void fields_do_not_mix(void **state)
{
	stead_value event[LEAF_COLUMNS];

	(void)state;
	plain_event(event);
	event[LEAF_RESOURCE_ID] = text("ab");
	assert_leaf(event, "4a94b15432030d21ea7e651bdb4f5b0b9b606efc235d5eb006be5bf23c1c2ef1");
	event[LEAF_ACTOR_ID] = event[LEAF_RESOURCE_ID];
	event[LEAF_RESOURCE_ID] = null();
	assert_leaf(event, "8368ea3abc94cb38e837bda6ddb0801e2b8b13b9a3bdeaa51c362ea66618d270");
}

/* A redacted event has the same leaf, and nothing else has. */
static void redacted(void **state)
{
	static const int gone[] = {LEAF_RESOURCE_ID, LEAF_ACTOR_ID,   LEAF_ACTOR_NAME, LEAF_DETAILS,
	                           LEAF_ERROR,       LEAF_IP_ADDRESS, LEAF_USER_AGENT, LEAF_NONCE};
	stead_value event[LEAF_COLUMNS];
	unsigned char personal[STEAD_SHA256_SIZE];
	merkle_hash leaf, short_one;

	(void)state;
	full_event(event);
	leaf_personal(&sha, event, personal);
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		event[gone[i]] = null();
	event[LEAF_REDACTED] = (stead_value){.type = STEAD_BYTES, .data = (const char *)personal, .size = sizeof personal};
	assert_leaf(event, FULL_LEAF);
	personal[31] ^= 1;
	leaf_hash(&sha, event, &leaf);
	event[LEAF_REDACTED].size = 31; /* not a hash of ours: the columns count */
	leaf_hash(&sha, event, &short_one);
	assert_memory_not_equal(&leaf, &short_one, sizeof leaf);
}

/* Every column that is hashed matters. */
static void every_column(void **state)
{
	stead_value event[LEAF_COLUMNS], changed[LEAF_COLUMNS];
	merkle_hash leaf, other;

	(void)state;
	full_event(event);
	leaf_hash(&sha, event, &leaf);
	for (int i = 0; i < LEAF_REDACTED; i++) {
		char *copy = NULL;

		memcpy(changed, event, sizeof event);
		if (i == LEAF_SUCCESS)
			changed[i].boolean = !changed[i].boolean;
		else if (event[i].type == STEAD_INT)
			changed[i].integer++;
		else {
			copy = malloc(event[i].size);
			memcpy(copy, event[i].data, event[i].size);
			copy[event[i].size - 1] ^= 1;
			changed[i].data = copy;
		}
		leaf_hash(&sha, changed, &other);
		assert_memory_not_equal(&leaf, &other, sizeof leaf);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nulls),
		cmocka_unit_test(empty_texts),
		cmocka_unit_test(all_fields),
		cmocka_unit_test(negative_numbers),
		cmocka_unit_test(fields_do_not_mix),
		cmocka_unit_test(redacted),
		cmocka_unit_test(every_column),
	};

	return cmocka_run_group_tests_name("seal_leaf", tests, setup, teardown);
}
