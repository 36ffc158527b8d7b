/*
 * jwk.c - reading keys: PEM or JWK to an OpenSSL key (jwk_make.c), then one set of checks, then PEM. See jwk.h.
 *
 * Every function frees OpenSSL's and jansson's objects before it returns. The application uses OpenSSL's error queue
 * too, so it is left as it was.
 */
#include "lib/crypto/jwk.h"
#include "lib/crypto/openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "lib/json.h"
#include "lib/crypto/jwk_make.h"
#include "lib/text.h"

static const jwk_algorithm algorithms[] = {
	{"HS256", JWK_HMAC, "SHA256"},
	{"HS384", JWK_HMAC, "SHA384"},
	{"HS512", JWK_HMAC, "SHA512"},
	{"RS256", JWK_RSA, "SHA256"},
	{"RS384", JWK_RSA, "SHA384"},
	{"RS512", JWK_RSA, "SHA512"},
	{"PS256", JWK_RSA_PSS, "SHA256"},
	{"PS384", JWK_RSA_PSS, "SHA384"},
	{"PS512", JWK_RSA_PSS, "SHA512"},
	{"ES256", JWK_ECDSA, "SHA256", "P-256", "prime256v1", 32},
	{"ES384", JWK_ECDSA, "SHA384", "P-384", "secp384r1", 48},
	{"ES512", JWK_ECDSA, "SHA512", "P-521", "secp521r1", 66},
	{"EdDSA", JWK_EDDSA, NULL},
};

const jwk_algorithm *jwk_algorithm_find(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (strlen(algorithms[i].name) == size && memcmp(algorithms[i].name, name, size) == 0)
			return &algorithms[i];
	return NULL;
}

/* ---- Does a key fit its algorithm? ------------------------------------------------------------------------------- */

static bool is_rsa(const jwk_algorithm *algorithm)
{
	return algorithm->family == JWK_RSA || algorithm->family == JWK_RSA_PSS;
}

static const char *expected(const jwk_algorithm *algorithm)
{
	switch (algorithm->family) {
	case JWK_HMAC:
		return "must be a base64url secret or a JWK of type oct";
	case JWK_ECDSA:
		return algorithm->coordinate == 32   ? "must be an EC key on the curve P-256"
		       : algorithm->coordinate == 48 ? "must be an EC key on the curve P-384"
		                                     : "must be an EC key on the curve P-521";
	case JWK_EDDSA:
		return "must be an Ed25519 or Ed448 key";
	default:
		return "must be an RSA key";
	}
}

/* Only named curves are accepted: explicit parameters can choose the generator so that a known public key matches
 * (CVE-2020-0601). */
static bool on_curve(EVP_PKEY *key, const char *group)
{
	char name[64];
	int explicit_parameters = 0;

	EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_parameters);
	return !explicit_parameters && EVP_PKEY_get_group_name(key, name, sizeof name, NULL) == 1 &&
	       strcmp(name, group) == 0;
}

static bool right_type(const jwk_algorithm *algorithm, EVP_PKEY *key)
{
	switch (algorithm->family) {
	case JWK_HMAC:
		return false;
	case JWK_ECDSA:
		return EVP_PKEY_is_a(key, "EC") && on_curve(key, algorithm->group);
	case JWK_EDDSA:
		return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
	case JWK_RSA_PSS:
		return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
	default:
		return EVP_PKEY_is_a(key, "RSA");
	}
}

/* The modulus shows whether a key is from the faulty generator of ROCA (CVE-2017-15361): modulo each of these primes it
 * is a power of 65537. That happens by chance once in about 2^27. */
static bool is_roca(const BIGNUM *modulus)
{
	static const unsigned char primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
	                                       47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
	                                       107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

	for (size_t i = 0; i < sizeof primes; i++) {
		unsigned prime = primes[i], residue = (unsigned)BN_mod_word(modulus, prime), power = 1;

		do {
			if (power == residue)
				break;
			power = power * (65537 % prime) % prime;
		} while (power != 1);
		if (power != residue)
			return false;
	}
	return true;
}

static const char *unfit_rsa(EVP_PKEY *key)
{
	BIGNUM *modulus = NULL, *exponent = NULL, *third_prime = NULL;
	const char *unfit = NULL;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
		unfit = JWK_UNSOUND;
	else if ((unfit = jwk_unfit_size(modulus, exponent)))
		;
	else if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third_prime) == 1)
		unfit = "must have two primes";
	else if (is_roca(modulus))
		unfit = JWK_UNSOUND;
	BN_free(modulus);
	BN_free(exponent);
	BN_clear_free(third_prime);
	return unfit;
}

/* Are all numbers of a private key consistent? A test signature would not tell: OpenSSL checks what it computed with
 * the primes and, if that is wrong, computes the signature without them. */
static bool crt_fits(EVP_PKEY *key)
{
	static const char *const names[] = {
		OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
		OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	enum { N, E, D, P, Q, DP, DQ, QI, NUMBERS };
	BIGNUM *number[NUMBERS] = {NULL}, *less = BN_new(), *sum = BN_new();
	BN_CTX *context = BN_CTX_new();
	bool fits = less && sum && context;

	for (int i = 0; fits && i < NUMBERS; i++)
		fits = EVP_PKEY_get_bn_param(key, names[i], &number[i]) == 1;
	fits = fits && BN_num_bits(number[P]) > 1 && BN_num_bits(number[Q]) > 1 &&
	       BN_mul(sum, number[P], number[Q], context) && BN_cmp(sum, number[N]) == 0 &&
	       BN_mod_mul(sum, number[QI], number[Q], number[P], context) && BN_is_one(sum) &&
	       BN_cmp(number[QI], number[P]) < 0;
	for (int i = 0; fits && i < 2; i++) /* modulo p - 1 and q - 1: d is the inverse of e, and equals dp and dq */
		fits = BN_sub(less, number[P + i], BN_value_one()) && BN_mod(sum, number[D], less, context) &&
		       BN_cmp(sum, number[DP + i]) == 0 && BN_mod_mul(sum, sum, number[E], less, context) && BN_is_one(sum);
	for (int i = 0; i < NUMBERS; i++)
		BN_clear_free(number[i]);
	BN_clear_free(less);
	BN_clear_free(sum);
	BN_CTX_free(context);
	return fits;
}

static bool is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool sound = context && EVP_PKEY_public_check(context) == 1;

	EVP_PKEY_CTX_free(context);
	return sound;
}

bool jwk_set_padding(const jwk_algorithm *algorithm, EVP_PKEY_CTX *context)
{
	return algorithm->family != JWK_RSA_PSS || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	                                            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* Does the key allow the algorithm? An RSA-PSS key can be restricted to a digest and a salt length. */
static bool allows(const jwk_algorithm *algorithm, EVP_PKEY *key)
{
	EVP_MD_CTX *verifier = EVP_MD_CTX_new();
	EVP_PKEY_CTX *context;
	bool good = verifier &&
	            EVP_DigestVerifyInit_ex(verifier, &context, algorithm->digest, NULL, NULL, key, NULL) == 1 &&
	            jwk_set_padding(algorithm, context);

	EVP_MD_CTX_free(verifier);
	return good;
}

/* Does the public part verify what the private part signs? */
static bool parts_fit(const jwk_algorithm *algorithm, EVP_PKEY *key)
{
	static const unsigned char message[] = "stead";
	const char *digest = algorithm->digest;
	EVP_MD_CTX *signer = EVP_MD_CTX_new(), *verifier = EVP_MD_CTX_new();
	unsigned char signature[16384 / 8];
	size_t size = sizeof signature;
	bool fit = signer && verifier && EVP_DigestSignInit_ex(signer, NULL, digest, NULL, NULL, key, NULL) == 1 &&
	           EVP_DigestSign(signer, signature, &size, message, sizeof message) == 1 &&
	           EVP_DigestVerifyInit_ex(verifier, NULL, digest, NULL, NULL, key, NULL) == 1 &&
	           EVP_DigestVerify(verifier, signature, size, message, sizeof message) == 1;

	EVP_MD_CTX_free(signer);
	EVP_MD_CTX_free(verifier);
	return fit;
}

static const char *string_of(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static bool allows_signatures(const json_t *operations)
{
	bool allows = false;
	const json_t *one;
	size_t index;

	json_array_foreach(operations, index, one)
	{
		if (!json_is_string(one))
			return false;
		if (strcmp(json_string_value(one), "sign") == 0 || strcmp(json_string_value(one), "verify") == 0)
			allows = true;
	}
	return allows;
}

/* NULL, or why the JWK's own members do not allow the algorithm. */
static const char *unfit_jwk(const jwk_algorithm *algorithm, const json_t *object)
{
	static const char *const types[] = {"", "oct", "RSA", "RSA", "EC", "OKP"};
	const char *curve = string_of(object, "crv");

	if (json_object_get(object, "alg") && strcmp(string_of(object, "alg"), algorithm->name) != 0)
		return "is a JWK for another algorithm";
	if (json_object_get(object, "use") && strcmp(string_of(object, "use"), "sig") != 0)
		return "is a JWK for a use other than sig";
	if (json_object_get(object, "key_ops") && !allows_signatures(json_object_get(object, "key_ops")))
		return "is a JWK whose key_ops allow neither sign nor verify";
	if (strcmp(string_of(object, "kty"), types[algorithm->family]) != 0 ||
	    (algorithm->curve && strcmp(curve, algorithm->curve) != 0) ||
	    (algorithm->family == JWK_EDDSA && strcmp(curve, "Ed25519") != 0 && strcmp(curve, "Ed448") != 0))
		return expected(algorithm);
	return NULL;
}

EVP_PKEY *jwk_open(const jwk_algorithm *algorithm, const char *pem, size_t size, bool private_part)
{
	EVP_PKEY *key = jwk_decode_pem(pem, size, private_part);

	if (key && !right_type(algorithm, key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* A secret must be at least as long as the hash (RFC 7518, section 3.2). */
static const char *read_secret(const jwk_algorithm *algorithm, const char *text, size_t size, jwk *out)
{
	unsigned char bytes[JWK_MAX];
	size_t count;
	bool good = stead_base64url_decode(text, size, bytes, &count);

	OPENSSL_cleanse(bytes, sizeof bytes);
	if (!good)
		return JWK_NOT_A_KEY;
	if (strcmp(algorithm->digest, "SHA256") == 0 && count < 32)
		return "must be a secret of at least 32 bytes";
	if (strcmp(algorithm->digest, "SHA384") == 0 && count < 48)
		return "must be a secret of at least 48 bytes";
	if (strcmp(algorithm->digest, "SHA512") == 0 && count < 64)
		return "must be a secret of at least 64 bytes";
	memcpy(out->private_key, text, size);
	out->private_key[size] = 0;
	return NULL;
}

static const char *accept_key(const jwk_algorithm *algorithm, EVP_PKEY *key, bool private_part, jwk *out)
{
	const char *unfit;

	if (!right_type(algorithm, key))
		return algorithm->family == JWK_RSA && EVP_PKEY_is_a(key, "RSA-PSS")
		           ? "is an RSA-PSS key, which is for PS256, PS384 and PS512"
		           : expected(algorithm);
	unfit = is_rsa(algorithm) ? unfit_rsa(key) : NULL;
	if (unfit)
		return unfit;
	if (!is_sound(key))
		return JWK_UNSOUND;
	if (!allows(algorithm, key))
		return "is an RSA-PSS key whose parameters do not allow the algorithm";
	if (private_part && ((is_rsa(algorithm) && !crt_fits(key)) || !parts_fit(algorithm, key)))
		return "has a private part that does not fit its public part";
	if (!jwk_encode_pem(key, false, out->public_key, sizeof out->public_key) ||
	    (private_part && !jwk_encode_pem(key, true, out->private_key, sizeof out->private_key)))
		return JWK_UNSOUND;
	return NULL;
}

static const char *read_jwk(const jwk_algorithm *algorithm, const json_t *object, jwk *out)
{
	const char *unfit = unfit_jwk(algorithm, object);
	bool private_part = json_object_get(object, "d") != NULL;
	const json_t *secret = json_object_get(object, "k");
	EVP_PKEY *key;

	if (unfit)
		return unfit;
	unfit = JWK_MALFORMED;
	switch (algorithm->family) {
	case JWK_HMAC:
		if (json_is_string(secret))
			unfit = read_secret(algorithm, json_string_value(secret), json_string_length(secret), out);
		return unfit && strcmp(unfit, JWK_NOT_A_KEY) == 0 ? JWK_MALFORMED : unfit;
	case JWK_ECDSA:
		key = jwk_make_ec(algorithm, object, private_part);
		break;
	case JWK_EDDSA:
		key = jwk_make_okp(object, string_of(object, "crv"), private_part);
		break;
	default:
		key = jwk_make_rsa(object, private_part, &unfit);
	}
	unfit = key ? accept_key(algorithm, key, private_part, out) : unfit;
	EVP_PKEY_free(key);
	return unfit;
}

static const char *read_any(const jwk_algorithm *algorithm, const char *text, size_t size, jwk *out, bool *no_memory)
{
	size_t space = stead_json_begin(text, size);

	if (space < size && text[space] == '{') {
		char reason[80] = "";
		json_t *object = stead_json_read_unique(text, size, reason, no_memory);
		const char *unfit = object                                        ? read_jwk(algorithm, object, out)
		                    : strcmp(reason, "names a member twice") == 0 ? "is a JWK that names a member twice"
		                                                                  : JWK_NOT_A_KEY;

		json_decref(object);
		return unfit;
	}
	if (memmem(text, size, JWK_PEM_BEGIN, strlen(JWK_PEM_BEGIN))) {
		bool private_part = false;
		EVP_PKEY *key = NULL;
		const char *unfit =
			algorithm->family == JWK_HMAC ? expected(algorithm) : jwk_make_pem(text, size, &private_part, &key);

		if (key)
			unfit = accept_key(algorithm, key, private_part, out);
		EVP_PKEY_free(key);
		return unfit;
	}
	return algorithm->family == JWK_HMAC ? read_secret(algorithm, text, size, out) : JWK_NOT_A_KEY;
}

const char *jwk_read(const jwk_algorithm *algorithm, const char *text, size_t size, jwk *out, bool *no_memory)
{
	const char *unfit;

	*no_memory = false;
	out->public_key[0] = out->private_key[0] = 0;
	if (size > JWK_MAX)
		return "must be at most 16384 bytes";
	ERR_set_mark();
	unfit = read_any(algorithm, text, size, out, no_memory);
	ERR_pop_to_mark();
	return unfit;
}
