/*
 * jwk_make.c - see jwk_make.h.
 *
 * Every function frees OpenSSL's objects, other than its result, before it returns.
 */
#include "lib/crypto/jwk_make.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/text.h"

/* ---- PEM --------------------------------------------------------------------------------------------------------- */

/* Without it OpenSSL would ask for a password at the terminal. */
static int no_password(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static EVP_PKEY *key_of_certificate(const unsigned char *der, long size)
{
	X509 *certificate = d2i_X509(NULL, &der, size);
	EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;

	X509_free(certificate);
	return key;
}

/* As PEM_read_bio_PUBKEY() does, which takes three times as long: it tries every decoder. */
static EVP_PKEY *decode_public(BIO *bio)
{
	char *label = NULL, *headers = NULL;
	unsigned char *der = NULL;
	EVP_PKEY *key = NULL;
	long size;

	if (PEM_read_bio(bio, &label, &headers, &der, &size) == 1 && !*headers) {
		const unsigned char *at = der;

		if (strcmp(label, PEM_STRING_PUBLIC) == 0)
			key = d2i_PUBKEY(NULL, &at, size);
		else if (strcmp(label, PEM_STRING_RSA_PUBLIC) == 0) /* PKCS #1 */
			key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, size);
		else if (strcmp(label, PEM_STRING_X509) == 0)
			key = key_of_certificate(at, size);
	}
	OPENSSL_free(label);
	OPENSSL_free(headers);
	OPENSSL_free(der);
	return key;
}

EVP_PKEY *jwk_decode_pem(const char *pem, size_t size, bool private_part)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)size);
	EVP_PKEY *key = NULL;

	if (bio)
		key = private_part ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : decode_public(bio);
	BIO_free(bio);
	return key;
}

typedef enum { PUBLIC_PART = 1, PRIVATE_PART, IGNORED, ENCRYPTED, OPENSSH } pem_kind;

/* The kind of a block, by its label; 0: another kind. */
static pem_kind kind_of(const char *label, size_t left)
{
	static const struct {
		const char *label;
		pem_kind kind;
	} kinds[] = {
		{"PUBLIC KEY", PUBLIC_PART},          {"RSA PUBLIC KEY", PUBLIC_PART},   {"CERTIFICATE", PUBLIC_PART},
		{"PRIVATE KEY", PRIVATE_PART},        {"RSA PRIVATE KEY", PRIVATE_PART}, {"EC PRIVATE KEY", PRIVATE_PART},
		{"EC PARAMETERS", IGNORED}, /* the curve, which the key names too */
		{"ENCRYPTED PRIVATE KEY", ENCRYPTED}, {"OPENSSH PRIVATE KEY", OPENSSH},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t size = strlen(kinds[i].label);

		if (left >= size + 5 && memcmp(label, kinds[i].label, size) == 0 && memcmp(label + size, "-----", 5) == 0)
			return kinds[i].kind;
	}
	return 0;
}

const char *jwk_make_pem(const char *text, size_t size, bool *private_part, EVP_PKEY **key)
{
	const char *end = text + size, *found = NULL, *at = text;

	*key = NULL;
	while ((at = memmem(at, (size_t)(end - at), JWK_PEM_BEGIN, strlen(JWK_PEM_BEGIN)))) {
		const char *label = at + strlen(JWK_PEM_BEGIN);
		pem_kind kind = kind_of(label, (size_t)(end - label));

		if (kind == ENCRYPTED)
			return "is an encrypted private key: decrypt it first";
		if (kind == OPENSSH)
			return "is an OpenSSH key: convert it to PKCS #8 first";
		if (!kind)
			return "is a PEM block that is neither a key nor a certificate";
		if (kind != IGNORED) {
			if (found)
				return "has more than one key or certificate";
			found = at;
			*private_part = kind == PRIVATE_PART;
		}
		at = label;
	}
	if (!found)
		return JWK_NOT_A_KEY;
	if (*private_part && memmem(found, (size_t)(end - found), "Proc-Type: 4,ENCRYPTED", 22))
		return "is an encrypted private key: decrypt it first";
	*key = jwk_decode_pem(found, (size_t)(end - found), *private_part);
	return *key ? NULL : "is a PEM that cannot be read";
}

bool jwk_encode_pem(EVP_PKEY *key, bool private_part, char *out, size_t room)
{
	BIO *bio = BIO_new(private_part ? BIO_s_secmem() : BIO_s_mem());
	bool done = bio && (private_part ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
	                                 : PEM_write_bio_PUBKEY(bio, key)) == 1;
	char *data;
	long size = done ? BIO_get_mem_data(bio, &data) : 0;

	done = size > 0 && (size_t)size < room;
	if (done) {
		memcpy(out, data, (size_t)size);
		out[size] = 0;
	}
	BIO_free(bio);
	return done;
}

/* ---- JWK --------------------------------------------------------------------------------------------------------- */

/* Decodes a member. Returns its size in bytes, or 0: it is absent, or not strict base64url. */
static size_t member_bytes(const json_t *object, const char *name, unsigned char *out, size_t room)
{
	const json_t *member = json_object_get(object, name);
	size_t length = json_string_length(member), size;

	if (!member || length > room || !stead_base64url_decode(json_string_value(member), length, out, &size))
		return 0;
	return size;
}

static EVP_PKEY *from_parameters(const char *type, OSSL_PARAM_BLD *builder, bool private_part)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY *key = NULL;

	if (context && parameters && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &key, private_part ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	OSSL_PARAM_free(parameters);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* Computes p from n, e and d (NIST SP 800-56B rev. 2, appendix C.1). Modulo n, every number to the power of ed - 1 is
 * 1. Halving that power gives square roots of 1; for at least half of all numbers one of them is neither 1 nor -1, and
 * that one gives a prime. False: d does not belong to n and e. */
static bool find_prime(const BIGNUM *n, const BIGNUM *e, const BIGNUM *d, BIGNUM *p, BN_CTX *context)
{
	BIGNUM *power = BN_CTX_get(context), *most = BN_CTX_get(context), *root = BN_CTX_get(context);
	BIGNUM *square = BN_CTX_get(context);
	int halvings = 0;

	if (!square || !BN_mul(power, e, d, context) || !BN_sub_word(power, 1) || BN_is_zero(power) ||
	    !BN_sub(most, n, BN_value_one()))
		return false;
	while (!BN_is_bit_set(power, halvings))
		halvings++;
	if (!halvings || !BN_rshift(power, power, halvings))
		return false;
	for (int attempt = 0; attempt < 128; attempt++) {
		bool is_one = false;

		if (!BN_priv_rand_range(root, most) || !BN_mod_exp(root, root, power, n, context) || BN_is_zero(root))
			return false;
		for (int i = 0; i < halvings && !is_one; i++) {
			if (BN_is_one(root) || BN_cmp(root, most) == 0) { /* all further squares are 1: try another number */
				is_one = true;
				break;
			}
			if (!BN_mod_sqr(square, root, n, context))
				return false;
			if (BN_is_one(square))
				return BN_sub_word(root, 1) && BN_gcd(p, root, n, context);
			if (!BN_copy(root, square))
				return false;
		}
		if (!is_one)
			return false;
	}
	return false;
}

enum { N, E, D, P, Q, DP, DQ, QI, NUMBERS };

/* Computes the primes, and the numbers that depend on them. */
static bool find_primes(BIGNUM *number[NUMBERS])
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *less = BN_new();
	bool good = context && less;

	for (int i = P; good && i < NUMBERS; i++)
		good = (number[i] = BN_new()) != NULL;
	if (good) {
		BN_CTX_start(context);
		good = find_prime(number[N], number[E], number[D], number[P], context) &&
		       BN_div(number[Q], NULL, number[N], number[P], context) && BN_num_bits(number[P]) > 1 &&
		       BN_num_bits(number[Q]) > 1 && BN_sub(less, number[P], BN_value_one()) &&
		       BN_mod(number[DP], number[D], less, context) && BN_sub(less, number[Q], BN_value_one()) &&
		       BN_mod(number[DQ], number[D], less, context) &&
		       BN_mod_inverse(number[QI], number[Q], number[P], context);
		BN_CTX_end(context);
	}
	BN_clear_free(less);
	BN_CTX_free(context);
	return good;
}

EVP_PKEY *jwk_make_rsa(const json_t *object, bool private_part, const char **unfit)
{
	static const char *const members[NUMBERS] = {"n", "e", "d", "p", "q", "dp", "dq", "qi"};
	static const char *const names[NUMBERS] = {
		OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
		OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *number[NUMBERS] = {NULL};
	unsigned char bytes[JWK_MAX];
	bool good = builder && !json_object_get(object, "oth"), bare = private_part;
	EVP_PKEY *key = NULL;

	for (int i = P; i < NUMBERS; i++)
		bare = bare && !json_object_get(object, members[i]);
	for (int i = 0; good && i < (bare ? P : private_part ? NUMBERS : D); i++) {
		size_t size = member_bytes(object, members[i], bytes, sizeof bytes);

		number[i] = size ? BN_bin2bn(bytes, (int)size, NULL) : NULL;
		good = number[i] != NULL;
	}
	if (good && bare) {
		*unfit = jwk_unfit_size(number[N], number[E]); /* limits how long the search takes */
		good = !*unfit;
		if (good && (BN_cmp(number[D], number[N]) >= 0 || !find_primes(number))) {
			*unfit = "has a private part that does not fit its public part";
			good = false;
		}
	}
	for (int i = 0; good && i < NUMBERS; i++)
		good = !number[i] || OSSL_PARAM_BLD_push_BN(builder, names[i], number[i]) == 1;
	if (good)
		key = from_parameters("RSA", builder, private_part);
	for (int i = 0; i < NUMBERS; i++)
		BN_clear_free(number[i]);
	OSSL_PARAM_BLD_free(builder);
	OPENSSL_cleanse(bytes, sizeof bytes);
	return key;
}

EVP_PKEY *jwk_make_ec(const jwk_algorithm *algorithm, const json_t *object, bool private_part)
{
	size_t size = algorithm->coordinate;
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * 90], scalar[90]; /* base64url of 66 bytes takes 88 */
	BIGNUM *number = NULL;
	EVP_PKEY *key = NULL;
	bool good;

	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	good = builder && member_bytes(object, "x", point + 1, 90) == size &&
	       member_bytes(object, "y", point + 1 + size, 90) == size &&
	       OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, algorithm->group, 0) == 1 &&
	       OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size) == 1;
	if (good && private_part) {
		good = member_bytes(object, "d", scalar, sizeof scalar) == size;
		number = good ? BN_bin2bn(scalar, (int)size, NULL) : NULL;
		good = number && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1;
	}
	if (good)
		key = from_parameters("EC", builder, private_part);
	OSSL_PARAM_BLD_free(builder);
	BN_clear_free(number);
	OPENSSL_cleanse(scalar, sizeof scalar);
	return key;
}

/* OpenSSL derives the public part from the private part; it must be the one that the JWK has. */
EVP_PKEY *jwk_make_okp(const json_t *object, const char *curve, bool private_part)
{
	const char *type = strcmp(curve, "Ed25519") == 0 ? "ED25519" : "ED448";
	unsigned char given[80], scalar[80], derived[80];
	size_t size = member_bytes(object, "x", given, sizeof given), derived_size = sizeof derived;
	EVP_PKEY *key;

	if (!private_part)
		return EVP_PKEY_new_raw_public_key_ex(NULL, type, NULL, given, size);
	key = EVP_PKEY_new_raw_private_key_ex(NULL, type, NULL, scalar, member_bytes(object, "d", scalar, sizeof scalar));
	OPENSSL_cleanse(scalar, sizeof scalar);
	if (key && (EVP_PKEY_get_raw_public_key(key, derived, &derived_size) != 1 || derived_size != size ||
	            memcmp(derived, given, size) != 0)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

const char *jwk_unfit_size(const BIGNUM *modulus, const BIGNUM *exponent)
{
	if (BN_num_bits(modulus) < 2048)
		return "must be at least 2048 bits";
	if (BN_num_bits(modulus) > 16384)
		return "must be at most 16384 bits";
	if (!BN_is_odd(exponent) || BN_num_bits(exponent) < 2 || BN_num_bits(exponent) > 64)
		return "must have an odd exponent from 3 to 64 bits";
	return BN_is_odd(modulus) ? NULL : JWK_UNSOUND;
}
