/*
 * merkle.c - the Merkle tree: compact ranges compared with the definition, and proofs with the published test vectors.
 * Linked with: lib/crypto/merkle lib/crypto/merkle_proof lib/crypto/sha256
 *
 * The published vectors are read from ../shared/vectors (or STEAD_VECTORS). Where there are none, the test says what
 * it skips. Its own cases remain: every proof of small trees, and every proof with each byte changed.
 */
#include "unit.h"

#include <dirent.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "lib/crypto/merkle_proof.h"

#define LEAVES 200

static stead_sha256_stream sha;
static merkle_hash leaves[LEAVES];

/* ---- The definition -------------------------------------------------------------------------------------------- */

/* MTH of RFC 9162, section 2.1.1, word for word, over the leaves from begin to end. */
static merkle_hash definition(int64_t begin, int64_t end)
{
	merkle_hash left, right, out;
	int64_t k = 1;

	if (begin == end) {
		EVP_Digest("", 0, out.bytes, NULL, EVP_sha256(), NULL);
		return out;
	}
	if (end - begin == 1)
		return leaves[begin];
	while (k * 2 < end - begin)
		k *= 2;
	left = definition(begin, begin + k);
	right = definition(begin + k, end);
	merkle_node(&sha, &left, &right, &out);
	return out;
}

static void fill_range(merkle_range *range, int64_t begin, int64_t end)
{
	merkle_empty(range, begin);
	for (int64_t i = begin; i < end; i++)
		merkle_append(&sha, range, 0, &leaves[i]);
}

static bool same_range(const merkle_range *a, const merkle_range *b)
{
	return a->begin == b->begin && a->end == b->end && a->count == b->count &&
	       memcmp(a->node, b->node, merkle_stored_size(a)) == 0 && memcmp(a->level, b->level, (size_t)a->count) == 0;
}

static int setup(void **state)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	(void)state;
	if (!context || !EVP_DigestInit_ex2(context, EVP_sha256(), NULL))
		return 1;
	sha.context = context;
	for (int i = 0; i < LEAVES; i++) {
		unsigned char entry[2] = {0, (unsigned char)i};

		EVP_Digest(entry, sizeof entry, leaves[i].bytes, NULL, EVP_sha256(), NULL);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	EVP_MD_CTX_free(sha.context);
	return sha.failed;
}

/* ---- Compact ranges -------------------------------------------------------------------------------------------- */

static void roots(void **state)
{
	merkle_range range;
	merkle_hash root, expected;

	(void)state;
	for (int64_t n = 0; n <= LEAVES; n++) {
		fill_range(&range, 0, n);
		merkle_root(&sha, &range, &root);
		expected = definition(0, n);
		assert_memory_equal(&root, &expected, sizeof root);
	}
}

static void ranges_load(void **state)
{
	merkle_range range, loaded;

	(void)state;
	for (int64_t begin = 0; begin <= 70; begin++)
		for (int64_t end = begin; end <= 140; end++) {
			char stored[MERKLE_NODES * MERKLE_SIZE + 1];
			size_t size;

			fill_range(&range, begin, end);
			size = merkle_stored_size(&range);
			memcpy(stored, range.node, size);
			assert_true(merkle_load(&loaded, begin, end, stored, size));
			assert_true(same_range(&range, &loaded));
			assert_false(merkle_load(&loaded, begin, end, stored, size + 1));
			if (size)
				assert_false(merkle_load(&loaded, begin, end, stored, size - 1));
		}
	assert_false(merkle_load(&loaded, 1, 0, "", 0));
	assert_false(merkle_load(&loaded, -1, 0, "", 0));
	assert_false(merkle_load(&loaded, 0, INT64_MAX, "", 0));
}

static void ranges_join(void **state)
{
	merkle_range whole, left, right;

	(void)state;
	for (int64_t begin = 0; begin <= 40; begin += 5)
		for (int64_t end = begin; end <= 90; end++)
			for (int64_t split = begin; split <= end; split++) {
				fill_range(&whole, begin, end);
				fill_range(&left, begin, split);
				fill_range(&right, split, end);
				merkle_join(&sha, &left, &right);
				assert_true(same_range(&whole, &left));
			}
}

/* The largest possible trees, with one subtree that is made up: levels must not overflow. */
static void large_ranges(void **state)
{
	char stored[MERKLE_NODES * MERKLE_SIZE] = {0};
	merkle_range range;

	(void)state;
	assert_true(merkle_load(&range, 0, INT64_MAX, stored, 63 * MERKLE_SIZE));
	assert_int_equal(range.level[0], 62);
	assert_int_equal(range.level[62], 0);
	assert_true(merkle_load(&range, INT64_C(1) << 62, INT64_MAX, stored, 62 * MERKLE_SIZE));
	assert_true(merkle_load(&range, INT64_MAX - 1, INT64_MAX, stored, MERKLE_SIZE));
	assert_true(merkle_load(&range, 1, INT64_MAX, stored, 124 * MERKLE_SIZE));
	assert_int_equal(range.count, MERKLE_NODES);
}

/* ---- Our own proofs -------------------------------------------------------------------------------------------- */

typedef struct {
	int64_t begin, end, size;
	merkle_hash subtree, root, hash[MERKLE_STEPS];
	merkle_given proof[MERKLE_STEPS + 1];
	int count;
} made;

static merkle_given given(const merkle_hash *hash)
{
	return (merkle_given){hash->bytes, MERKLE_SIZE};
}

/* The hash of each step from a compact range, as the product folds it. */
static made make(int64_t begin, int64_t end, int64_t size)
{
	made proof = {begin, end, size, .subtree = definition(begin, end), .root = definition(0, size)};
	merkle_step steps[MERKLE_STEPS];
	merkle_range range;

	proof.count = merkle_proof_steps(begin, end, size, steps);
	assert_true(proof.count >= 0);
	for (int i = 0; i < proof.count; i++) {
		merkle_hash expected = definition(steps[i].begin, steps[i].end);

		fill_range(&range, steps[i].begin, steps[i].end);
		merkle_root(&sha, &range, &proof.hash[i]);
		assert_memory_equal(&proof.hash[i], &expected, sizeof expected);
	}
	return proof;
}

static bool holds(made *proof, int count)
{
	for (int i = 0; i < proof->count; i++)
		proof->proof[i] = given(&proof->hash[i]);
	proof->proof[proof->count] = given(&proof->root); /* one too many */
	return merkle_verify_subtree(&sha, proof->begin, proof->end, proof->size, given(&proof->subtree),
	                             given(&proof->root), proof->proof, (size_t)count);
}

static void assert_byte_matters(made *proof, unsigned char *byte)
{
	*byte ^= 0x10;
	if (holds(proof, proof->count))
		fail_msg("a byte of the proof of [%d, %d) in %d does not matter", (int)proof->begin, (int)proof->end,
		         (int)proof->size);
	*byte ^= 0x10;
}

static void assert_proof(int64_t begin, int64_t end, int64_t size, bool every_byte)
{
	made proof = make(begin, end, size);

	if (!holds(&proof, proof.count))
		fail_msg("the proof of [%d, %d) in %d does not hold", (int)begin, (int)end, (int)size);
	assert_false(holds(&proof, proof.count + 1));
	if (proof.count)
		assert_false(holds(&proof, proof.count - 1));
	for (int i = 0; i < MERKLE_SIZE; i += every_byte ? 1 : 11) {
		assert_byte_matters(&proof, &proof.subtree.bytes[i]);
		assert_byte_matters(&proof, &proof.root.bytes[i]);
		for (int j = 0; j < proof.count; j++)
			assert_byte_matters(&proof, &proof.hash[j].bytes[i]);
	}
	for (int i = 0; i < proof.count; i++) /* a hash that is not 32 bytes */
		for (int size_ = 0; size_ <= MERKLE_SIZE + 1; size_ += MERKLE_SIZE - 1) {
			if (size_ == MERKLE_SIZE)
				continue;
			holds(&proof, proof.count);
			proof.proof[i].size = (size_t)size_;
			assert_false(merkle_verify_subtree(&sha, begin, end, size, given(&proof.subtree), given(&proof.root),
			                                   proof.proof, (size_t)proof.count));
		}
}

static void inclusion(void **state)
{
	(void)state;
	for (int64_t n = 1; n <= 64; n++)
		for (int64_t i = 0; i < n; i++)
			assert_proof(i, i + 1, n, true);
}

static void consistency(void **state)
{
	(void)state;
	for (int64_t n = 1; n <= 64; n++)
		for (int64_t m = 1; m <= n; m++)
			assert_proof(0, m, n, true);
}

static bool valid(int64_t begin, int64_t end, int64_t size)
{
	int64_t width = 1;

	while (width < end - begin)
		width *= 2;
	return begin % width == 0 && end <= size;
}

static void subtrees(void **state)
{
	merkle_step steps[MERKLE_STEPS];

	(void)state;
	for (int64_t n = 1; n <= 64; n++)
		for (int64_t begin = 0; begin <= 64; begin++)
			for (int64_t end = begin + 1; end <= 66; end++)
				if (valid(begin, end, n))
					assert_proof(begin, end, n, false);
				else
					assert_int_equal(merkle_proof_steps(begin, end, n, steps), -1);
}

static void inclusion_in_subtrees(void **state)
{
	(void)state;
	for (int64_t begin = 0; begin <= 32; begin++)
		for (int64_t end = begin + 1; end <= 64; end++)
			for (int64_t i = begin - 1; i <= end; i++) {
				made proof;
				merkle_hash root;

				if (i < 0 || i < begin || i >= end || !valid(begin, end, 64)) {
					assert_false(
						merkle_verify_inclusion(&sha, i, begin, end, given(&leaves[0]), given(&leaves[0]), NULL, 0));
					continue;
				}
				proof = make(i - begin, i - begin + 1,
				             end - begin); /* the shape; the hashes are those of the leaves from begin on */
				for (int j = 0; j < proof.count; j++) {
					merkle_step steps[MERKLE_STEPS];

					merkle_proof_steps(i - begin, i - begin + 1, end - begin, steps);
					proof.hash[j] = definition(begin + steps[j].begin, begin + steps[j].end);
					proof.proof[j] = given(&proof.hash[j]);
				}
				root = definition(begin, end);
				assert_true(merkle_verify_inclusion(&sha, i, begin, end, given(&leaves[i]), given(&root), proof.proof,
				                                    (size_t)proof.count));
			}
}

static void limits(void **state)
{
	const merkle_given leaf = given(&leaves[0]);
	merkle_given many[MERKLE_STEPS];
	merkle_step steps[MERKLE_STEPS];
	merkle_hash nothing = definition(0, 0);

	(void)state;
	for (int i = 0; i < MERKLE_STEPS; i++)
		many[i] = leaf;
	assert_int_equal(merkle_proof_steps(0, 1, INT64_MAX, steps), 63);
	assert_int_equal(merkle_proof_steps(INT64_MAX - 1, INT64_MAX, INT64_MAX, steps), 62);
	assert_int_equal(merkle_proof_steps(INT64_C(1) << 62, INT64_MAX, INT64_MAX, steps), 1);
	assert_int_equal(merkle_proof_steps(0, INT64_MAX - 1, INT64_MAX, steps), 63);
	assert_int_equal(merkle_proof_steps(0, INT64_MAX, INT64_MAX, steps), 0);
	assert_int_equal(merkle_proof_steps(1, INT64_MAX, INT64_MAX, steps), -1);
	assert_int_equal(merkle_proof_steps(INT64_MIN, INT64_MAX, INT64_MAX, steps), -1);
	assert_int_equal(merkle_proof_steps(INT64_MIN, INT64_MIN + 1, INT64_MAX, steps), -1);
	assert_int_equal(merkle_proof_steps(INT64_MAX, INT64_MIN, INT64_MAX, steps), -1);
	assert_int_equal(merkle_proof_steps(0, 1, INT64_MIN, steps), -1);
	assert_false(merkle_verify_inclusion(&sha, INT64_MAX, 0, INT64_MAX, leaf, leaf, many, 63));
	assert_false(merkle_verify_inclusion(&sha, INT64_MAX, INT64_MAX, INT64_MAX, leaf, leaf, many, 0));
	assert_false(merkle_verify_inclusion(&sha, -1, 0, INT64_MAX, leaf, leaf, many, 63));
	assert_false(merkle_verify_inclusion(&sha, 0, INT64_MIN, INT64_MAX, leaf, leaf, many, 63));
	assert_false(merkle_verify_inclusion(&sha, INT64_MIN, 1, 2, leaf, leaf, many, 0));
	assert_false(merkle_verify_inclusion(&sha, 0, 0, 1, leaf, leaf, many, SIZE_MAX));
	assert_false(merkle_verify_consistency(&sha, 0, 5, given(&nothing), leaf, NULL, 0));
	assert_false(merkle_verify_consistency(&sha, 0, 0, given(&nothing), given(&nothing), NULL, 0));
	assert_false(merkle_verify_consistency(&sha, -1, 5, leaf, leaf, NULL, 0));
	assert_false(merkle_verify_consistency(&sha, INT64_MAX, INT64_MAX - 1, leaf, leaf, many, 1));
	assert_true(merkle_verify_consistency(&sha, 1, 1, leaf, leaf, NULL, 0));
}

/* ---- The published cases --------------------------------------------------------------------------------------- */

static int judged, accepted, odd;

typedef struct {
	unsigned char data[100];
	size_t size;
} bytes;

static merkle_given as_given(const bytes *bytes)
{
	return (merkle_given){bytes->data, bytes->size};
}

static bytes decode(json_t *text)
{
	bytes out = {.size = 0};
	int size = (int)json_string_length(text);
	const char *end = json_string_value(text) ? json_string_value(text) + size : "";

	assert_true(size / 4 * 3 <= (int)sizeof out.data);
	if (size) {
		out.size = (size_t)EVP_DecodeBlock(out.data, (const unsigned char *)json_string_value(text), size);
		out.size -= (size_t)((end[-1] == '=') + (end[-2] == '='));
	}
	return out;
}

/* -1: beyond int64, which no caller can pass. */
static int64_t number(json_t *one, const char *key)
{
	double value = json_number_value(json_object_get(one, key));

	return value >= 9.2e18 || value < 0 ? -1 : (int64_t)value;
}

/* Replaces a hash of another size by its SHA-256, to test what else the case is about. */
static void normalise(bytes *hash)
{
	unsigned char out[MERKLE_SIZE];

	if (hash->size == MERKLE_SIZE)
		return;
	EVP_Digest(hash->data, hash->size, out, NULL, EVP_sha256(), NULL);
	memcpy(hash->data, out, sizeof out);
	hash->size = sizeof out;
}

static bool verify(json_t *one, const bytes *a, const bytes *b, const merkle_given *proof, size_t count)
{
	if (json_object_get(one, "leafIdx")) {
		bool whole = json_object_get(one, "treeSize") != NULL;

		return merkle_verify_inclusion(&sha, number(one, "leafIdx"), whole ? 0 : number(one, "start"),
		                               number(one, whole ? "treeSize" : "end"), as_given(a), as_given(b), proof, count);
	}
	if (json_object_get(one, "size1"))
		return merkle_verify_consistency(&sha, number(one, "size1"), number(one, "size2"), as_given(a), as_given(b),
		                                 proof, count);
	return merkle_verify_subtree(&sha, number(one, "start"), number(one, "end"), number(one, "size"), as_given(a),
	                             as_given(b), proof, count);
}

static void judge(const char *path)
{
	json_error_t error;
	json_t *one = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error), *hash;
	bool wanted, is_inclusion = json_object_get(one, "leafIdx") != NULL, verdict;
	bytes a, b, hashes[70];
	merkle_given proof[70];
	size_t count = 0;

	if (!one)
		fail_msg("%s: %s", path, error.text);
	wanted = json_is_false(json_object_get(one, "wantErr"));
	assert_true(wanted || json_is_true(json_object_get(one, "wantErr")));
	a = decode(json_object_get(one, is_inclusion ? "leafHash" : "root1"));
	b = decode(json_object_get(one, is_inclusion ? "root" : "root2"));
	json_array_foreach(json_object_get(one, "proof"), count, hash)
	{
		assert_true(count < 70);
		hashes[count] = decode(hash);
		proof[count] = as_given(&hashes[count]);
	}
	verdict = verify(one, &a, &b, proof, count);
	/* these hashes are not of 32 bytes: we refuse them */
	if (wanted && (a.size != MERKLE_SIZE || b.size != MERKLE_SIZE)) {
		assert_false(verdict);
		normalise(&a);
		normalise(&b);
		verdict = verify(one, &a, &b, proof, count);
		odd++;
	}
	if (verdict != wanted)
		fail_msg("%s: %s, wanted %d", path, json_string_value(json_object_get(one, "desc")), wanted);
	judged++;
	accepted += wanted;
	json_decref(one);
}

static void judge_all(const char *directory)
{
	DIR *listing = opendir(directory);
	struct dirent *entry;

	assert_non_null(listing);
	while ((entry = readdir(listing))) {
		char path[1000];

		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		if (strstr(entry->d_name, ".json"))
			judge(path);
		else if (*entry->d_name != '.')
			judge_all(path);
	}
	closedir(listing);
}

/* The directory of the vectors, or NULL; says so then. */
static const char *vectors(void)
{
	static char path[1000];
	const char *directory = getenv("STEAD_VECTORS") ? getenv("STEAD_VECTORS") : "../shared/vectors";
	DIR *listing;

	snprintf(path, sizeof path, "%s/merkle", directory);
	listing = opendir(path);
	if (!listing) {
		print_message("# %s is not there: the published cases of the Merkle tree are skipped\n", path);
		return NULL;
	}
	closedir(listing);
	return path;
}

static void published(void **state)
{
	char path[1100];

	(void)state;
	if (!vectors())
		return;
	snprintf(path, sizeof path, "%s/testdata", vectors());
	judge_all(path);
	assert_int_equal(judged, 98 + 98 + 204 + 118);
	assert_int_equal(accepted, 6 + 6 + 12 + 12);
	assert_int_equal(odd, 4); /* those whose roots are not 32 bytes */
}

static void unhex(json_t *text, unsigned char *out, size_t *size)
{
	long length;
	unsigned char *decoded =
		*json_string_value(text) ? OPENSSL_hexstr2buf(json_string_value(text), &length) : (length = 0, NULL);

	memcpy(out, decoded ? decoded : (unsigned char *)"", (size_t)length);
	*size = (size_t)length;
	OPENSSL_free(decoded);
}

static void assert_hash(json_t *expected, const merkle_hash *hash)
{
	unsigned char wanted[100];
	size_t size;

	unhex(expected, wanted, &size);
	assert_int_equal(size, MERKLE_SIZE);
	assert_memory_equal(wanted, hash, sizeof *hash);
}

/* The proofs of the reference tree of RFC 6962 as we make them. */
static void reference(void **state)
{
	char path[1100];
	merkle_hash saved[LEAVES];
	json_t *tree, *one;
	size_t index;
	int cases = 0;

	(void)state;
	if (!vectors())
		return;
	snprintf(path, sizeof path, "%s/rfc6962_reference.json", vectors());
	tree = json_load_file(path, 0, NULL);
	assert_non_null(tree);
	memcpy(saved, leaves, sizeof saved);
	json_array_foreach(json_object_get(tree, "leaf_inputs_hex"), index, one)
	{
		unsigned char entry[101] = {0};
		size_t size;

		unhex(one, entry + 1, &size);
		EVP_Digest(entry, size + 1, leaves[index].bytes, NULL, EVP_sha256(), NULL);
	}
	for (int n = 0; n <= 8; n++) {
		char key[12];
		merkle_hash root = definition(0, n);

		snprintf(key, sizeof key, "%d", n);
		assert_hash(json_object_get(json_object_get(tree, "roots"), key), &root);
	}
	for (int kind = 0; kind < 2; kind++)
		json_array_foreach(json_object_get(tree, kind ? "consistency" : "inclusion"), index, one)
		{
			json_t *hashes = json_object_get(one, kind ? "proof" : "path");
			int64_t m = json_integer_value(json_object_get(one, kind ? "m" : "index"));
			made proof =
				make(kind ? 0 : m, kind ? m : m + 1, json_integer_value(json_object_get(one, kind ? "n" : "size")));

			assert_int_equal(json_array_size(hashes), proof.count);
			for (int i = 0; i < proof.count; i++)
				assert_hash(json_array_get(hashes, (size_t)i), &proof.hash[i]);
			assert_true(holds(&proof, proof.count));
			cases++;
		}
	assert_int_equal(cases, 72);
	memcpy(leaves, saved, sizeof saved);
	json_decref(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots),       cmocka_unit_test(ranges_load),
		cmocka_unit_test(ranges_join), cmocka_unit_test(large_ranges),
		cmocka_unit_test(inclusion),   cmocka_unit_test(consistency),
		cmocka_unit_test(subtrees),    cmocka_unit_test(inclusion_in_subtrees),
		cmocka_unit_test(limits),      cmocka_unit_test(published),
		cmocka_unit_test(reference),
	};

	return cmocka_run_group_tests_name("merkle", tests, setup, teardown);
}
