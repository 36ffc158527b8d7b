/*
 * jwk.c - reading keys: PEM and JWK to an OpenSSL key, then one set of checks, then PEM again. See jwk.h.
 *
 * OpenSSL's and jansson's objects are freed before a function returns; OpenSSL's error queue belongs to the application
 * too, and is left as it was.
 */
#include "jwk.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "json.h"
#include "text.h"

#define NOT_A_KEY "is not a PEM, a JWK or a base64url secret"
#define MALFORMED "is a JWK with a missing or malformed member"
#define UNSOUND "is not a sound key"

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

/* Only named curves: parameters of a key's own may move the generator under a known public point. */
static bool on_curve(EVP_PKEY *key, const char *group)
{
	char name[64];
	int explicit_parameters = 0;

	EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_parameters);
	return !explicit_parameters && EVP_PKEY_get_group_name(key, name, sizeof name, NULL) == 1 && strcmp(name, group) == 0;
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
	default:
		return EVP_PKEY_is_a(key, "RSA");
	}
}

/* Keys of a faulty generator (ROCA, CVE-2017-15361) show in the modulus: modulo each of these primes it is a power of
 * 65537. By chance that happens once in some 2^27. */
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
		unfit = UNSOUND;
	else if (BN_num_bits(modulus) < 2048)
		unfit = "must be at least 2048 bits";
	else if (BN_num_bits(modulus) > 16384)
		unfit = "must be at most 16384 bits";
	else if (!BN_is_odd(exponent) || BN_num_bits(exponent) < 2 || BN_num_bits(exponent) > 64)
		unfit = "must have an odd exponent from 3 to 64 bits";
	else if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third_prime) == 1)
		unfit = "must have two primes";
	else if (is_roca(modulus))
		unfit = UNSOUND;
	BN_free(modulus);
	BN_free(exponent);
	BN_clear_free(third_prime);
	return unfit;
}

static bool is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool sound = context && EVP_PKEY_public_check(context) == 1;

	EVP_PKEY_CTX_free(context);
	return sound;
}

/* By use: what the private part signs the public part must verify. */
static bool parts_fit(EVP_PKEY *key)
{
	static const unsigned char message[] = "stead";
	const char *digest = EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC") ? "SHA256" : NULL;
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

/* As PEM_read_bio_PUBKEY does, which takes three times as long to find out what it has before it. */
static EVP_PKEY *decode_public(BIO *bio)
{
	char *label = NULL, *headers = NULL;
	unsigned char *der = NULL;
	EVP_PKEY *key = NULL;
	long size;

	if (PEM_read_bio(bio, &label, &headers, &der, &size) == 1 && strcmp(label, PEM_STRING_PUBLIC) == 0 && !*headers) {
		const unsigned char *at = der;

		key = d2i_PUBKEY(NULL, &at, size);
	}
	OPENSSL_free(label);
	OPENSSL_free(headers);
	OPENSSL_free(der);
	return key;
}

static EVP_PKEY *decode(const char *pem, size_t size, bool private_part)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)size);
	EVP_PKEY *key = NULL;

	if (bio)
		key = private_part ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : decode_public(bio);
	BIO_free(bio);
	return key;
}

EVP_PKEY *jwk_open(const jwk_algorithm *algorithm, const char *pem, size_t size, bool private_part)
{
	EVP_PKEY *key = decode(pem, size, private_part);

	if (key && !right_type(algorithm, key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

#define BEGIN "-----BEGIN "

/* The one key in the text, whose kind its label tells; NULL when there is none, or more than one. */
static EVP_PKEY *read_pem(const char *text, size_t size, bool *private_part)
{
	static const char *const labels[] = {"PUBLIC KEY-----", "PRIVATE KEY-----", "RSA PRIVATE KEY-----",
	                                     "EC PRIVATE KEY-----"};
	static const char skipped[] = "EC PARAMETERS-----"; /* the curve, which the key names too */
	const char *end = text + size, *found = NULL, *at = text;

	while ((at = memmem(at, (size_t)(end - at), BEGIN, strlen(BEGIN)))) {
		const char *label = at + strlen(BEGIN);
		size_t left = (size_t)(end - label), i = 0;

		while (i < 4 && (left < strlen(labels[i]) || memcmp(label, labels[i], strlen(labels[i])) != 0))
			i++;
		if (i < 4 && found)
			return NULL;
		if (i < 4) {
			found = at;
			*private_part = i > 0;
		} else if (left < strlen(skipped) || memcmp(label, skipped, strlen(skipped)) != 0)
			return NULL;
		at = label;
	}
	return found ? decode(found, (size_t)(end - found), *private_part) : NULL;
}

static bool encode(EVP_PKEY *key, bool private_part, char *out, size_t room)
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

/* ---- JWK: members of the object to an OpenSSL key ----------------------------------------------------------------- */

/* A member as bytes; 0 when it is absent or not strict base64url. */
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

static EVP_PKEY *rsa_from_jwk(const json_t *object, bool private_part)
{
	static const char *const members[] = {"n", "e", "d", "p", "q", "dp", "dq", "qi"};
	static const char *const names[] = {
	    OSSL_PKEY_PARAM_RSA_N,       OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,
	    OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
	    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *numbers[8] = {NULL};
	unsigned char bytes[JWK_MAX];
	bool good = builder && !json_object_get(object, "oth");
	EVP_PKEY *key = NULL;
	int count = private_part ? 8 : 2;

	for (int i = 0; good && i < count; i++) {
		size_t size = member_bytes(object, members[i], bytes, sizeof bytes);

		numbers[i] = size ? BN_bin2bn(bytes, (int)size, NULL) : NULL;
		good = numbers[i] && OSSL_PARAM_BLD_push_BN(builder, names[i], numbers[i]) == 1;
	}
	if (good)
		key = from_parameters("RSA", builder, private_part);
	for (int i = 0; i < count; i++)
		BN_clear_free(numbers[i]);
	OSSL_PARAM_BLD_free(builder);
	OPENSSL_cleanse(bytes, sizeof bytes);
	return key;
}

static EVP_PKEY *ec_from_jwk(const jwk_algorithm *algorithm, const json_t *object, bool private_part)
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

/* The public part, which OpenSSL derives itself from a private one, must be the one given. */
static EVP_PKEY *okp_from_jwk(const json_t *object, const char *curve, bool private_part)
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

	json_array_foreach (operations, index, one) {
		if (!json_is_string(one))
			return false;
		if (strcmp(json_string_value(one), "sign") == 0 || strcmp(json_string_value(one), "verify") == 0)
			allows = true;
	}
	return allows;
}

/* What a JWK says of itself. */
static const char *unfit_jwk(const jwk_algorithm *algorithm, const json_t *object)
{
	static const char *const types[] = {"", "oct", "RSA", "RSA", "EC", "OKP"};
	const char *curve = string_of(object, "crv");

	if (json_object_get(object, "alg") && strcmp(string_of(object, "alg"), algorithm->name) != 0)
		return "is a JWK for another algorithm";
	if (json_object_get(object, "use") && strcmp(string_of(object, "use"), "sig") != 0)
		return "is a JWK for another use than sig";
	if (json_object_get(object, "key_ops") && !allows_signatures(json_object_get(object, "key_ops")))
		return "is a JWK whose key_ops allow neither sign nor verify";
	if (strcmp(string_of(object, "kty"), types[algorithm->family]) != 0 ||
	    (algorithm->curve && strcmp(curve, algorithm->curve) != 0) ||
	    (algorithm->family == JWK_EDDSA && strcmp(curve, "Ed25519") != 0 && strcmp(curve, "Ed448") != 0))
		return expected(algorithm);
	return NULL;
}

/* ---- All together ------------------------------------------------------------------------------------------------ */

/* A secret is at least as long as the hash is (RFC 7518, section 3.2). */
static const char *read_secret(const jwk_algorithm *algorithm, const char *text, size_t size, jwk *out)
{
	unsigned char bytes[JWK_MAX];
	size_t count;
	bool good = stead_base64url_decode(text, size, bytes, &count);

	OPENSSL_cleanse(bytes, sizeof bytes);
	if (!good)
		return NOT_A_KEY;
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
		return expected(algorithm);
	unfit = EVP_PKEY_is_a(key, "RSA") ? unfit_rsa(key) : NULL;
	if (unfit)
		return unfit;
	if (!is_sound(key))
		return UNSOUND;
	if (private_part && !parts_fit(key))
		return "has a private part that does not fit its public part";
	if (!encode(key, false, out->public_key, sizeof out->public_key) ||
	    (private_part && !encode(key, true, out->private_key, sizeof out->private_key)))
		return UNSOUND;
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
	switch (algorithm->family) {
	case JWK_HMAC:
		unfit = json_is_string(secret) ? read_secret(algorithm, json_string_value(secret), json_string_length(secret), out) : MALFORMED;
		return unfit && strcmp(unfit, NOT_A_KEY) == 0 ? MALFORMED : unfit;
	case JWK_ECDSA:
		key = ec_from_jwk(algorithm, object, private_part);
		break;
	case JWK_EDDSA:
		key = okp_from_jwk(object, string_of(object, "crv"), private_part);
		break;
	default:
		key = rsa_from_jwk(object, private_part);
	}
	unfit = key ? accept_key(algorithm, key, private_part, out) : MALFORMED;
	EVP_PKEY_free(key);
	return unfit;
}

static const char *read_any(const jwk_algorithm *algorithm, const char *text, size_t size, jwk *out, bool *no_memory)
{
	size_t space = 0;

	while (space < size && strchr(" \t\r\n", text[space]) && text[space])
		space++;
	if (space < size && text[space] == '{') {
		char reason[80];
		json_t *object = stead_json_read_unique(text, size, reason, no_memory);
		const char *unfit = object                                        ? read_jwk(algorithm, object, out)
		                    : strcmp(reason, "names a member twice") == 0 ? "is a JWK that names a member twice"
		                                                                  : NOT_A_KEY;

		json_decref(object);
		return unfit;
	}
	if (memmem(text, size, BEGIN, strlen(BEGIN))) {
		bool private_part = false;
		EVP_PKEY *key = algorithm->family == JWK_HMAC ? NULL : read_pem(text, size, &private_part);
		const char *unfit = algorithm->family == JWK_HMAC ? expected(algorithm)
		                    : key                         ? accept_key(algorithm, key, private_part, out)
		                                                  : NOT_A_KEY;

		EVP_PKEY_free(key);
		return unfit;
	}
	return algorithm->family == JWK_HMAC ? read_secret(algorithm, text, size, out) : NOT_A_KEY;
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
