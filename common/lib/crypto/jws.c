/*
 * jws.c - JSON Web Signature. See jws.h.
 *
 * Every function frees OpenSSL's and jansson's objects before it returns. The application uses OpenSSL's error queue
 * too, so it is left as it was.
 */
#include "lib/crypto/jws.h"
#include "lib/crypto/openssl.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"

#define MAX_SIGNATURE (16384 / 8) /* RSA's largest; the others are far smaller */
#define MAX_DER 160               /* a DER sequence of two integers of 66 bytes */

/* ---- Parsing ----------------------------------------------------------------------------------------------------- */

/* Decodes one part to the first unused byte of the room. */
static bool decode_part(jws *out, size_t *used, const char *part, size_t size, const char **data, size_t *data_size)
{
	*data = out->room + *used;
	if (!stead_base64url_decode(part, size, (unsigned char *)out->room + *used, data_size))
		return false;
	*used += *data_size;
	return true;
}

static void keep_string(jws *out, size_t *used, const json_t *string, const char **data, size_t *size)
{
	*size = json_string_length(string);
	*data = memcpy(out->room + *used, json_string_value(string), *size);
	*used += *size;
}

static bool read_header(jws *out, size_t *used, const json_t *header)
{
	static const char *const refused[] = {"crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"};
	static const char *const strings[] = {"alg", "kid", "typ", "cty"};

	if (!json_is_object(header) || !json_object_get(header, "alg"))
		return false;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (json_object_get(header, refused[i]))
			return false;
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		const json_t *member = json_object_get(header, strings[i]);

		if (member && !json_is_string(member))
			return false;
	}
	keep_string(out, used, json_object_get(header, "alg"), &out->algorithm, &out->algorithm_size);
	if (json_object_get(header, "kid"))
		keep_string(out, used, json_object_get(header, "kid"), &out->kid, &out->kid_size);
	return true;
}

jws_result jws_parse(const char *token, size_t size, jws *out)
{
	const char *end = token + size, *first, *second;
	size_t used = 0;
	bool good, no_memory;
	char reason[80];
	json_t *header;

	if (size > JWS_MAX || !(first = memchr(token, '.', size)) ||
	    !(second = memchr(first + 1, '.', (size_t)(end - first - 1))))
		return JWS_MALFORMED;
	out->signed_part = token;
	out->signed_size = (size_t)(second - token);
	out->kid = NULL;
	out->kid_size = 0;
	/* a third dot is refused, as it is no character of base64url */
	if (!decode_part(out, &used, token, (size_t)(first - token), &out->header, &out->header_size) ||
	    !decode_part(out, &used, first + 1, (size_t)(second - first - 1), &out->payload, &out->payload_size) ||
	    !decode_part(out, &used, second + 1, (size_t)(end - second - 1), &out->signature, &out->signature_size))
		return JWS_MALFORMED;
	header = stead_json_read_unique(out->header, out->header_size, reason, &no_memory);
	if (!header)
		return no_memory ? JWS_NO_MEMORY : JWS_MALFORMED;
	good = read_header(out, &used, header);
	json_decref(header);
	return good ? JWS_OK : JWS_MALFORMED;
}

/* ---- Signatures -------------------------------------------------------------------------------------------------- */

/* Returns the size of the code, or 0: it failed. out has room for EVP_MAX_MD_SIZE bytes. */
static size_t mac(const jwk_algorithm *algorithm, const char *secret, size_t secret_size, const char *data, size_t size,
                  unsigned char *out)
{
	unsigned char key[JWK_MAX];
	size_t key_size, out_size = 0;

	if (secret_size > sizeof key || !stead_base64url_decode(secret, secret_size, key, &key_size) ||
	    key_size < JWK_MIN_SECRET ||
	    !EVP_Q_mac(NULL, "HMAC", NULL, algorithm->digest, NULL, key, key_size, (const unsigned char *)data, size, out,
	               EVP_MAX_MD_SIZE, &out_size))
		out_size = 0;
	OPENSSL_cleanse(key, sizeof key);
	return out_size;
}

/* A JWS has r and s one after the other; OpenSSL wants a DER sequence. 0: it failed. */
static size_t der_from_raw(const unsigned char *raw, size_t half, unsigned char out[MAX_DER])
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)half, NULL), *s = BN_bin2bn(raw + half, (int)half, NULL);
	int size = 0;

	if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL; /* the pair owns them now */
		size = i2d_ECDSA_SIG(pair, NULL);
		if (size > 0 && size <= MAX_DER)
			size = i2d_ECDSA_SIG(pair, &out);
		else
			size = 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return size > 0 ? (size_t)size : 0;
}

static bool raw_from_der(const unsigned char *der, size_t size, size_t half, unsigned char *out)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
	bool done = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, (int)half) == (int)half &&
	            BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, (int)half) == (int)half;

	ECDSA_SIG_free(pair);
	return done;
}

static bool verify_with(const jws *parsed, const jwk_algorithm *algorithm, EVP_PKEY *key)
{
	const unsigned char *signature = (const unsigned char *)parsed->signature;
	size_t size = parsed->signature_size;
	unsigned char der[MAX_DER];
	EVP_MD_CTX *context;
	EVP_PKEY_CTX *padding;
	bool good;

	if (algorithm->family == JWK_ECDSA) {
		size = size == 2 * algorithm->coordinate ? der_from_raw(signature, algorithm->coordinate, der) : 0;
		signature = der;
	} else if (size != (size_t)EVP_PKEY_get_size(key))
		size = 0;
	context = EVP_MD_CTX_new();
	good =
		size && context && EVP_DigestVerifyInit_ex(context, &padding, algorithm->digest, NULL, NULL, key, NULL) == 1 &&
		jwk_set_padding(algorithm, padding) &&
		EVP_DigestVerify(context, signature, size, (const unsigned char *)parsed->signed_part, parsed->signed_size) ==
			1;
	EVP_MD_CTX_free(context);
	return good;
}

bool jws_verify(const jws *parsed, const jwk_algorithm *algorithm, const char *key, size_t key_size)
{
	bool good;

	if (jwk_algorithm_find(parsed->algorithm, parsed->algorithm_size) != algorithm)
		return false;
	ERR_set_mark();
	if (algorithm->family == JWK_HMAC) {
		unsigned char expected[EVP_MAX_MD_SIZE];
		size_t size = mac(algorithm, key, key_size, parsed->signed_part, parsed->signed_size, expected);

		good = size && size == parsed->signature_size && CRYPTO_memcmp(expected, parsed->signature, size) == 0;
	} else {
		EVP_PKEY *opened = jwk_open(algorithm, key, key_size, false);

		good = opened && verify_with(parsed, algorithm, opened);
		EVP_PKEY_free(opened);
	}
	ERR_pop_to_mark();
	return good;
}

/* Signs with the key. Returns the length of the signature, or 0: it failed. */
static size_t sign_with(const jwk_algorithm *algorithm, EVP_PKEY *key, const char *data, size_t size,
                        unsigned char out[MAX_SIGNATURE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char der[MAX_DER];
	bool in_der = algorithm->family == JWK_ECDSA;
	size_t made = in_der ? sizeof der : MAX_SIGNATURE;
	EVP_PKEY_CTX *padding;

	if (!context || EVP_DigestSignInit_ex(context, &padding, algorithm->digest, NULL, NULL, key, NULL) != 1 ||
	    !jwk_set_padding(algorithm, padding) ||
	    EVP_DigestSign(context, in_der ? der : out, &made, (const unsigned char *)data, size) != 1)
		made = 0;
	EVP_MD_CTX_free(context);
	if (made && in_der)
		made = raw_from_der(der, made, algorithm->coordinate, out) ? 2 * algorithm->coordinate : 0;
	return made;
}

jws_signing jws_sign(const jwk_algorithm *algorithm, const char *key, size_t key_size, const char *header,
                     size_t header_size, const char *payload, size_t payload_size, char *out, size_t *out_size)
{
	char text[JWS_MAX + 8]; /* the encoder also writes a NUL */
	unsigned char signature[MAX_SIGNATURE];
	size_t used, size;

	if (header_size > JWS_MAX || payload_size > JWS_MAX ||
	    (header_size * 4 + 2) / 3 + 1 + (payload_size * 4 + 2) / 3 > JWS_MAX)
		return JWS_TOO_LONG;
	used = stead_base64url_encode((const unsigned char *)header, header_size, text);
	text[used++] = '.';
	used += stead_base64url_encode((const unsigned char *)payload, payload_size, text + used);
	ERR_set_mark();
	if (algorithm->family == JWK_HMAC)
		size = mac(algorithm, key, key_size, text, used, signature);
	else {
		EVP_PKEY *opened = jwk_open(algorithm, key, key_size, true);

		size = opened ? sign_with(algorithm, opened, text, used, signature) : 0;
		EVP_PKEY_free(opened);
	}
	ERR_pop_to_mark();
	if (!size)
		return JWS_FAILED;
	if (used + 1 + (size * 4 + 2) / 3 > JWS_MAX)
		return JWS_TOO_LONG;
	text[used++] = '.';
	used += stead_base64url_encode(signature, size, text + used);
	memcpy(out, text, used);
	*out_size = used;
	return JWS_SIGNED;
}
