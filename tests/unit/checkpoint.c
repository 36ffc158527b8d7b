/*
 * checkpoint.c - reading checkpoints, and which texts can be an origin.
 * Linked with: lib/crypto/checkpoint lib/text
 */
#include "unit.h"

#include "lib/crypto/checkpoint.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define SIGNED "\xe2\x80\x94 example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5\n"

/* Reads it in memory of exactly its size. */
static bool reads(const char *text, size_t size, int64_t *tree_size)
{
	char *exact = malloc(size ? size : 1);
	merkle_hash root;
	bool good;

	memcpy(exact, text, size);
	good = checkpoint_read(exact, size, tree_size, &root);
	free(exact);
	if (good)
		assert_memory_equal(root.bytes, "\x0a\xc5\x18\x6a\x91\x86\x3e\x8e", 8);
	return good;
}

static void assert_reads(const char *text, int64_t expected)
{
	int64_t size;

	if (!reads(text, strlen(text), &size))
		fail_msg("refused: %s", text);
	assert_int_equal(size, expected);
}

static void well_formed(void **state)
{
	(void)state;
	assert_reads("example.com/behind-the-sofa\n20852163\n" ROOT "\n", 20852163);
	assert_reads("o\n0\n" ROOT "\n", 0);
	assert_reads("o\n9223372036854775807\n" ROOT "\n", INT64_MAX);
	assert_reads("o\n5\n" ROOT, 5); /* without the last line feed */
	assert_reads("anyone's, with spaces +\n5\n" ROOT "\n", 5);
	assert_reads("o\n5\n" ROOT "\nan extension\nanother \xc3\xa9\n", 5);
	assert_reads("o\n5\n" ROOT "\n\n" SIGNED, 5);
	assert_reads("o\n5\n" ROOT "\next\n\n" SIGNED SIGNED, 5);
}

static void malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"o",
		"o\n",
		"o\n5",
		"o\n5\n",
		"\n5\n" ROOT "\n",
		"o\n\n" ROOT "\n",
		"o\n05\n" ROOT "\n",
		"o\n00\n" ROOT "\n",
		"o\n-1\n" ROOT "\n",
		"o\n+1\n" ROOT "\n",
		"o\n 1\n" ROOT "\n",
		"o\n1 \n" ROOT "\n",
		"o\n0x1\n" ROOT "\n",
		"o\n1e3\n" ROOT "\n",
		"o\n9223372036854775808\n" ROOT "\n",
		"o\n18446744073709551617\n" ROOT "\n",
		"o\n99999999999999999999999\n" ROOT "\n",
		"o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",  /* unpadded */
		"o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", /* unused bits that are not zero */
		"o\n5\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n", /* base64url */
		"o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", /* 31 bytes */
		"o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2IA\n", /* 33 bytes */
		"o\n5\n " ROOT "\n",
		"o\n5\n" ROOT " \n",
		"o\r\n5\r\n" ROOT "\r\n",
		"o\t\n5\n" ROOT "\n",
		"o\x7f\n5\n" ROOT "\n",
		"o\xff\n5\n" ROOT "\n",
		"o\n5\n" ROOT "\n\nno signature\n",
		"o\n5\n" ROOT "\n\n\xe2\x80\x94\n",
		"o\n5\n" ROOT "\n\n\n" SIGNED,
	};
	int64_t size;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (reads(texts[i], strlen(texts[i]), &size))
			fail_msg("accepted: %s", texts[i]);
	assert_false(reads("o\0\n5\n" ROOT "\n", 6 + 44, &size));
}

static void origins(void **state)
{
	static const char *const good[] = {"stead-audit", "example.com/log42", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "!"};
	static const char *const bad[] = {
		"",
		" ",
		"a b",
		"a+b",
		"a\n",
		"a\tb",
		"\x7f",
		"a\x1f",
		"a\xc2\x80",
		"a\xc2\x85",
		"a\xc2\x9f", /* control characters, including next line (U+0085) */
		"a\xc2\xa0",
		"\xe1\x9a\x80",
		"\xe2\x80\x80",
		"\xe2\x80\x8a",
		"\xe2\x80\xa8",
		"\xe2\x80\xa9",
		"\xe2\x80\xaf",
		"\xe2\x81\x9f",
		"\xe3\x80\x80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(checkpoint_origin_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (checkpoint_origin_valid(bad[i], strlen(bad[i])))
			fail_msg("origin %d is accepted", (int)i);
	assert_true(checkpoint_origin_valid("\xe2\x80\x8b", 3)); /* zero width space, which is not White_Space */
	assert_false(checkpoint_origin_valid("a\0b", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(well_formed), cmocka_unit_test(malformed),
	                                   cmocka_unit_test(origins)};

	return cmocka_run_group_tests_name("seal_checkpoint", tests, NULL, NULL);
}
