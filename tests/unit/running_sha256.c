/*
 * running_sha256.c - the hash that can be stored: against OpenSSL, in pieces, stored and loaded in between.
 * Linked with: lib/crypto/running_sha256
 */
#include "unit.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "lib/crypto/running_sha256.h"

static unsigned char data[1000];

static void compare(const running_sha256 *hash, size_t size)
{
	unsigned char expected[RUNNING_SHA256_SIZE], got[RUNNING_SHA256_SIZE];

	EVP_Digest(data, size, expected, NULL, EVP_sha256(), NULL);
	running_sha256_value(hash, got);
	assert_memory_equal(expected, got, sizeof got);
}

/* Every length up to 1000, and each cut in two at every seventh place, with the state stored there. */
static void every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 167 + i / 251);
	for (size_t size = 0; size <= sizeof data; size++)
		for (size_t cut = 0; cut <= size; cut += 7) {
			unsigned char stored[RUNNING_SHA256_STORED];
			running_sha256 first, second;

			running_sha256_start(&first);
			running_sha256_add(&first, data, cut);
			compare(&first, cut);
			running_sha256_store(&first, stored);
			memset(&second, 0xff, sizeof second);
			running_sha256_load(&second, stored);
			running_sha256_add(&second, data + cut, size - cut);
			compare(&second, size);
		}
}

/* FIPS 180-2, B.1 and B.3: "abc" and a million times "a". */
static void published(void **state)
{
	static const unsigned char abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
	                                    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
	                                    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	static const unsigned char million[] = {0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
	                                        0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
	                                        0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0};
	unsigned char got[RUNNING_SHA256_SIZE];
	running_sha256 hash;

	(void)state;
	running_sha256_start(&hash);
	running_sha256_add(&hash, "abc", 3);
	running_sha256_value(&hash, got);
	assert_memory_equal(abc, got, sizeof got);
	running_sha256_start(&hash);
	memset(data, 'a', sizeof data);
	for (int i = 0; i < 1000; i++)
		running_sha256_add(&hash, data, sizeof data);
	running_sha256_value(&hash, got);
	assert_memory_equal(million, got, sizeof got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_length), cmocka_unit_test(published)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
