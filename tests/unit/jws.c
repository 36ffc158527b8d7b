/*
 * jws.c - keys and signatures: the examples of RFC 7515 and RFC 8037, and Wycheproof's test vectors.
 * Linked with: lib/crypto/jws lib/crypto/jwk lib/crypto/jwk_make lib/json lib/text
 *
 * The published vectors are read from ../shared/vectors (or STEAD_VECTORS). Where there are none, the test says what
 * it skips; the vectors embedded here remain.
 */
#include "unit.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "lib/crypto/jws.h"
#include "lib/text.h"

static jws parsed; /* static, as it is large */
static jwk made;

/* ---- Judging ----------------------------------------------------------------------------------------------------- */

/* The part that verifies: the public part, or the secret. */
static const char *verifying_part(void)
{
	return *made.public_key ? made.public_key : made.private_key;
}

static const char *read_key(const char *algorithm, const char *text, size_t size)
{
	const jwk_algorithm *known = jwk_algorithm_find(algorithm, strlen(algorithm));
	char *exact = malloc(size ? size : 1); /* the sanitizer sees a byte read beyond */
	const char *unfit;
	bool no_memory;

	memcpy(exact, text, size);
	unfit = known ? jwk_read(known, exact, size, &made, &no_memory) : "no such algorithm";
	free(exact);
	return unfit;
}

static bool verifies(const char *algorithm, const char *token, size_t size)
{
	char *exact = malloc(size ? size : 1);
	bool good;

	memcpy(exact, token, size);
	good = jws_parse(exact, size, &parsed) == JWS_OK &&
	       jws_verify(&parsed, jwk_algorithm_find(algorithm, strlen(algorithm)), verifying_part(),
	                  strlen(verifying_part()));
	free(exact);
	return good;
}

/* A JWK has one algorithm: the one it names, else the one the token's header asks for. */
static bool accepts(json_t *key, const char *token)
{
	const char *named = json_string_value(json_object_get(key, "alg"));
	char algorithm[32] = "", *text;
	bool good;

	if (!named && jws_parse(token, strlen(token), &parsed) == JWS_OK && parsed.algorithm_size < sizeof algorithm)
		memcpy(algorithm, parsed.algorithm, parsed.algorithm_size);
	text = json_dumps(key, JSON_COMPACT);
	good = !read_key(named ? named : algorithm, text, strlen(text)) &&
	       verifies(named ? named : algorithm, token, strlen(token));
	free(text);
	return good;
}

/* ---- Embedded cases ---------------------------------------------------------------------------------------------- */

#define HS_KEY                                                                                                         \
	"{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"                                           \
	"1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}"
#define HS_SECRET "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define HS_SIGNED                                                                                                      \
	"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."                                                                        \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define HS_TOKEN HS_SIGNED ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define ED_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_KEY                                                                                                         \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\":\"" ED_X "\"}"
#define ED_TOKEN                                                                                                       \
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"                            \
	"09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
#define EC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_D "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define EC_KEY "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" EC_D "\"}"

static void rfc_7515_a1(void **state)
{
	char token[] = HS_TOKEN;

	(void)state;
	assert_null(read_key("HS256", HS_KEY, strlen(HS_KEY)));
	assert_string_equal(made.public_key, "");
	assert_string_equal(made.private_key, HS_SECRET);
	assert_true(verifies("HS256", token, strlen(token)));
	assert_memory_equal(parsed.payload, "{\"iss\":\"joe\",\r\n", 15);
	assert_null(parsed.kid);
	for (size_t i = 0; i < strlen(token); i++) { /* no byte may change */
		token[i] ^= 1;
		if (verifies("HS256", token, strlen(token)))
			fail_msg("accepted with byte %zu changed", i);
		token[i] ^= 1;
		if (verifies("HS256", token, i))
			fail_msg("accepted when cut to %zu bytes", i);
	}
	assert_false(verifies("HS256", token, sizeof token)); /* with its NUL */
	assert_false(verifies("HS384", token, strlen(token)));
}

static void rfc_8037_a4(void **state)
{
	static const char payload[] = "Example of Ed25519 signing", header[] = "{\"alg\":\"EdDSA\"}";
	const jwk_algorithm *algorithm = jwk_algorithm_find("EdDSA", 5);
	char token[JWS_MAX];
	size_t size;

	(void)state;
	assert_null(read_key("EdDSA", ED_KEY, strlen(ED_KEY)));
	assert_true(verifies("EdDSA", ED_TOKEN, strlen(ED_TOKEN)));
	assert_int_equal(jws_sign(algorithm, made.private_key, strlen(made.private_key), header, strlen(header), payload,
	                          strlen(payload), token, &size),
	                 JWS_SIGNED);
	assert_int_equal(size, strlen(ED_TOKEN));
	assert_memory_equal(token, ED_TOKEN, size);
}

/* ---- Tokens that are refused whoever signed them --------------------------------------------------------------- */

static bool header_parses(const char *header, size_t size)
{
	static char token[2 * JWS_MAX];
	size_t used = stead_base64url_encode((const unsigned char *)header, size, token);

	strcpy(token + used, ".e30.AA");
	return jws_parse(token, strlen(token), &parsed) == JWS_OK;
}

static void headers(void **state)
{
	static const char *const refused[] = {
		"",
		"[]",
		"\"alg\"",
		"{}",
		"{\"alg\":null}",
		"{\"alg\":1}",
		"{\"alg\":[\"HS256\"]}",
		"{\"ALG\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"alg\":\"none\"}",
		"{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"x\":{\"a\":[{\"b\":1,\"b\":1}]}}",
		"{\"alg\":\"HS256\"} x",
		"{\"alg\":\"HS256\"}{}",
		"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"HS256\",\"crit\":null}",
		"{\"alg\":\"HS256\",\"b64\":true}",
		"{\"alg\":\"HS256\",\"jku\":\"https://x\"}",
		"{\"alg\":\"HS256\",\"x5u\":\"https://x\"}",
		"{\"alg\":\"HS256\",\"jwk\":{}}",
		"{\"alg\":\"HS256\",\"x5c\":[]}",
		"{\"alg\":\"HS256\",\"zip\":\"DEF\"}",
		"{\"alg\":\"HS256\",\"kid\":1}",
		"{\"alg\":\"HS256\",\"kid\":null}",
		"{\"alg\":\"HS256\",\"kid\":\"a\\u0000b\"}",
		"{\"alg\":\"HS256\",\"typ\":1}",
		"{\"alg\":\"HS256\",\"cty\":{}}",
		"{\"alg\":\"HS256\",\"kid\":\"\\ud800\"}",
		"{\"alg\":\"HS256\",\"x\":1e999}",
		"\xef\xbb\xbf{\"alg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"kid\":\"\xff\"}",
	};
	static const char accepted[] = " {\"alg\" : \"none\", \"kid\" : \"\\u00e9\\n'\", \"typ\":\"a\", \"cty\":\"b\"}";

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (header_parses(refused[i], strlen(refused[i])))
			fail_msg("%s is accepted", refused[i]);
	assert_false(header_parses("{\"alg\":\"HS256\"\0}", 17));
	assert_true(header_parses(accepted, strlen(accepted)));
	assert_int_equal(parsed.kid_size, 4);
	assert_memory_equal(parsed.kid, "\xc3\xa9\n'", 4);
	assert_memory_equal(parsed.algorithm, "none", 4);
	assert_null(jwk_algorithm_find("none", 4));
	assert_null(jwk_algorithm_find("hs256", 5));
	assert_null(jwk_algorithm_find("", 0));
}

static void shapes(void **state)
{
	static const char *const refused[] = {
		"",
		".",
		"..",
		"...",
		"e30",
		"e30.e30",
		"eyJhbGciOiJIUzI1NiJ9.e30",
		"eyJhbGciOiJIUzI1NiJ9.e30.AA.",
		"eyJhbGciOiJIUzI1NiJ9.e30.AA.AA",
		"eyJhbGciOiJIUzI1NiJ9.e30.AA==",
		"eyJhbGciOiJIUzI1NiJ9.e30.AB",
		"eyJhbGciOiJIUzI1NiJ9.e3 .AA",
		" eyJhbGciOiJIUzI1NiJ9.e30.AA",
		"eyJhbGciOiJIUzI1NiJ9.e30.AA\n",
		"eyJhbGciOiJIUzI1NiJ9.e30.A",
		"eyJhbGciOiJIUzI1NiJ9.e30.+/",
		"eyJhbGciOiJIUzI1NiJ9.e30.\xff\xff",
	};
	static char large[JWS_MAX + 2], *at;

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (jws_parse(refused[i], strlen(refused[i]), &parsed) == JWS_OK)
			fail_msg("%s is accepted", refused[i]);
	assert_int_equal(jws_parse("eyJhbGciOiJIUzI1NiJ9..", 22, &parsed), JWS_OK);
	assert_int_equal(jws_parse("eyJhbGciOiJIUzI1NiJ9.e30.AA\0", 28, &parsed), JWS_MALFORMED);
	memset(large, 'A', sizeof large);
	at = memcpy(large, "eyJhbGciOiJIUzI1NiJ9", 20);
	at[20] = '.';
	at[100] = '.';
	assert_int_equal(jws_parse(large, JWS_MAX - 1, &parsed), JWS_OK); /* the last part 8090 bytes */
	assert_int_equal(jws_parse(large, JWS_MAX + 1, &parsed), JWS_MALFORMED);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

static void assert_key_refused(const char *algorithm, const char *text, const char *expected)
{
	const char *unfit = read_key(algorithm, text, strlen(text));

	if (!unfit || !strstr(unfit, expected))
		fail_msg("%s for %s: %s instead of %s", text, algorithm, unfit ? unfit : "accepted", expected);
}

static void keys(void **state)
{
	static const char short_secret[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg";

	(void)state;
	assert_key_refused("HS256", "", "at least 32 bytes");
	assert_key_refused("HS256", short_secret, "at least 32 bytes");
	assert_key_refused("HS256", HS_SECRET "=", "is not a PEM");
	assert_key_refused("HS256", HS_SECRET "\n", "is not a PEM");
	assert_key_refused("HS256", "{\"kty\":\"oct\"}", "missing or malformed");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"k\":\"a b\"}", "missing or malformed");
	assert_key_refused("HS256", "{\"kty\":\"oct\"", "is not a PEM");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"kty\":\"oct\",\"k\":\"" HS_SECRET "\"}", "a member twice");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"" HS_SECRET "\"}", "another algorithm");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"alg\":null,\"k\":\"" HS_SECRET "\"}", "another algorithm");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"use\":\"enc\",\"k\":\"" HS_SECRET "\"}", "a use other than sig");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"key_ops\":[\"encrypt\"],\"k\":\"" HS_SECRET "\"}", "key_ops");
	assert_key_refused("HS256", "{\"kty\":\"oct\",\"key_ops\":\"sign\",\"k\":\"" HS_SECRET "\"}", "key_ops");
	assert_key_refused("HS256", EC_KEY, "type oct");
	assert_key_refused("RS256", HS_KEY, "must be an RSA key");
	assert_key_refused("RS256", HS_SECRET, "is not a PEM");
	assert_key_refused("ES384", EC_KEY, "curve P-384");
	assert_key_refused("EdDSA", EC_KEY, "Ed25519");
	assert_key_refused("ES256", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_X "\"}",
	                   "malformed");
	assert_key_refused("ES256", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\"}", "malformed");
	assert_key_refused("ES256",
	                   "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" EC_X "\"}",
	                   "does not fit");
	assert_key_refused("EdDSA", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"" EC_D "\",\"x\":\"" ED_X "\"}",
	                   "malformed");
	assert_key_refused("EdDSA", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED_X "\"}", "Ed25519");
	assert_key_refused("EdDSA", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" ED_X "\"}", "malformed");
	assert_key_refused("ES256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be read");
	assert_key_refused("ES256", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read");
	assert_key_refused("ES256", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
	                   "an OpenSSH key");
	assert_key_refused("ES256", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
	                   "neither a key nor");
	assert_key_refused("ES256", "-----BEGIN PUBLIC KEY", "neither a key nor");
	assert_key_refused("ES256", "-----BEGIN EC PARAMETERS-----", "is not a PEM");
	assert_key_refused("HS256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
	                   "must be a base64url secret");
}

/* A converted key is read again as itself, and verifies what it signs. */
static void assert_round_trip(const char *algorithm, const char *key)
{
	const jwk_algorithm *known = jwk_algorithm_find(algorithm, strlen(algorithm));
	static jwk first;
	char header[64], token[JWS_MAX];
	size_t size;

	if (read_key(algorithm, key, strlen(key)))
		fail_msg("%s: %s", algorithm, read_key(algorithm, key, strlen(key)));
	first = made;
	assert_null(read_key(algorithm, first.private_key, strlen(first.private_key)));
	assert_string_equal(made.public_key, first.public_key);
	assert_string_equal(made.private_key, first.private_key);
	snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"k\"}", algorithm);
	assert_int_equal(
		jws_sign(known, first.private_key, strlen(first.private_key), header, strlen(header), "{}", 2, token, &size),
		JWS_SIGNED);
	assert_true(verifies(algorithm, token, size));
	assert_memory_equal(parsed.kid, "k", 1);
	if (*first.public_key) {
		char *twice = malloc(JWK_MAX + JWK_PUBLIC_ROOM);

		assert_null(read_key(algorithm, first.public_key, strlen(first.public_key)));
		assert_string_equal(made.private_key, "");
		assert_true(verifies(algorithm, token, size));
		sprintf(twice, "%s%s", first.public_key, first.public_key);
		assert_key_refused(algorithm, twice, "more than one key");
		sprintf(twice, "%s%s", first.private_key, first.public_key);
		assert_key_refused(algorithm, twice, "more than one key");
		free(twice);
	}
}

static void round_trips(void **state)
{
	(void)state;
	assert_round_trip("HS256", HS_SECRET);
	assert_round_trip("HS384", HS_KEY);
	assert_round_trip("HS512", HS_SECRET);
	assert_round_trip("EdDSA", ED_KEY);
	assert_round_trip("ES256", EC_KEY);
}

/* ---- Keys of OpenSSL's making ---------------------------------------------------------------------------------- */

typedef enum { PKCS8, TRADITIONAL, ENCRYPTED, SPKI } form;

static char *pem_of(EVP_PKEY *key, form form)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;
	int done = form == SPKI ? PEM_write_bio_PUBKEY(bio, key)
	           : form == TRADITIONAL
	               ? PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL)
	               : PEM_write_bio_PKCS8PrivateKey(bio, key, form == ENCRYPTED ? EVP_aes_128_cbc() : NULL, "hush",
	                                               form == ENCRYPTED ? 4 : 0, NULL, NULL);

	assert_int_equal(done, 1);
	size = BIO_get_mem_data(bio, &data);
	text = calloc(1, (size_t)size + 1);
	memcpy(text, data, (size_t)size);
	BIO_free(bio);
	return text;
}

/* The key, in any form, is accepted for each of the algorithms (a list with spaces) and for no other. */
static void assert_fits(EVP_PKEY *key, const char *algorithms)
{
	static const char *const all[] = {"HS256", "HS512", "RS256", "RS384", "RS512", "PS256",
	                                  "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
	bool traditional = EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC");
	char *pkcs8 = pem_of(key, PKCS8), *spki = pem_of(key, SPKI), *encrypted = pem_of(key, ENCRYPTED);
	char *old = traditional ? pem_of(key, TRADITIONAL) : NULL, *framed = malloc(strlen(pkcs8) + 200);

	sprintf(framed, "A comment\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n%s\n",
	        pkcs8);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (!strstr(algorithms, all[i])) {
			assert_key_refused(all[i], pkcs8, "must be a");
			assert_key_refused(all[i], spki, "must be a");
			continue;
		}
		assert_round_trip(all[i], pkcs8);
		assert_null(read_key(all[i], spki, strlen(spki)));
		assert_string_equal(made.public_key, spki);
		assert_string_equal(made.private_key, "");
		assert_null(read_key(all[i], framed, strlen(framed)));
		assert_string_equal(made.private_key, pkcs8);
		if (old)
			assert_null(read_key(all[i], old, strlen(old)));
		assert_string_equal(made.private_key, pkcs8);
		assert_string_equal(made.public_key, spki);
		assert_key_refused(all[i], encrypted, "is an encrypted private key"); /* and does not ask for a password */
		for (size_t cut = 1; cut < 40; cut++)
			if (!read_key(all[i], pkcs8, strlen(pkcs8) * cut / 41))
				fail_msg("%s accepted when cut", all[i]);
	}
	free(pkcs8);
	free(spki);
	free(encrypted);
	free(old);
	free(framed);
	EVP_PKEY_free(key);
}

static void pem_keys(void **state)
{
	(void)state;
	assert_fits(EVP_RSA_gen(2048), "RS256 RS384 RS512 PS256 PS384 PS512");
	assert_fits(EVP_EC_gen("P-256"), "ES256");
	assert_fits(EVP_EC_gen("P-384"), "ES384");
	assert_fits(EVP_EC_gen("P-521"), "ES512");
	assert_fits(EVP_EC_gen("secp256k1"), "");
	assert_fits(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "EdDSA");
	assert_fits(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "EdDSA");
	assert_fits(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "");
}

static EVP_PKEY *generate(const char *type, const OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_params(context, parameters), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void assert_made_refused(EVP_PKEY *key, const char *algorithm, const char *expected)
{
	char *private_part = pem_of(key, PKCS8), *public_part = pem_of(key, SPKI);

	assert_key_refused(algorithm, private_part, expected);
	assert_key_refused(algorithm, public_part, expected);
	free(private_part);
	free(public_part);
	EVP_PKEY_free(key);
}

static void weak_keys(void **state)
{
	size_t bits = 2040, three = 3;
	OSSL_PARAM explicit_curve[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0),
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, "explicit", 0),
		OSSL_PARAM_construct_end(),
	};
	OSSL_PARAM three_primes[] = {
		OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_PRIMES, &three),
		OSSL_PARAM_construct_end(),
	};
	OSSL_PARAM short_modulus[] = {
		OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key;
	char *text;

	(void)state;
	assert_made_refused(generate("RSA", short_modulus), "PS256", "at least 2048 bits");
	assert_made_refused(generate("EC", explicit_curve), "ES256", "curve P-256");
	assert_made_refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "ES256", "curve P-256");
	key = generate("RSA", three_primes);
	text = pem_of(key, PKCS8);
	assert_key_refused("RS256", text, "two primes");
	free(text);
	EVP_PKEY_free(key);
}

/* A JWK with the named members of an RSA key. The members named in wrong are taken from another key, or made odd. */
static char *rsa_jwk(EVP_PKEY *key, const char *members, const char *wrong, int how)
{
	static const char *const names[][2] = {
		{"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
		{"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
		{"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
		{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
	char *out = calloc(1, 16384), *at = out + sprintf(out, "{\"kty\":\"RSA\"");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		unsigned char bytes[2048];
		BIGNUM *number = NULL;
		char listed[8];

		snprintf(listed, sizeof listed, " %s ", names[i][0]);
		if (!strstr(members, listed))
			continue;
		assert_int_equal(EVP_PKEY_get_bn_param(key, names[i][1], &number), 1);
		if (strcmp(wrong, names[i][0]) == 0) {
			if (how == 0)
				assert_int_equal(BN_add_word(number, 2), 1);
			else
				assert_int_equal(BN_rand(number, BN_num_bits(number), 0, 1), 1);
		}
		at += sprintf(at, ",\"%s\":\"", names[i][0]);
		at += stead_base64url_encode(bytes, (size_t)BN_bn2bin(number, bytes), at);
		*at++ = '"';
		*at = 0;
		BN_free(number);
	}
	strcpy(at, "}");
	return out;
}

#define ALL_OF_RSA " n e d p q dp dq qi "

static void rsa_jwks(void **state)
{
	static const char *const partial[] = {" n e d p ",        " n e d p q ", " n e d p q dp dq ",
	                                      " n e d dp dq qi ", " n d ",       " e d "};
	static const char *const wrong[] = {"d", "p", "q", "dp", "dq", "qi"};
	EVP_PKEY *key = EVP_RSA_gen(2048);
	char *text = rsa_jwk(key, ALL_OF_RSA, "", 0), *whole;

	(void)state;
	assert_round_trip("RS256", text);
	assert_null(read_key("RS256", text, strlen(text)));
	whole = strdup(made.private_key);
	free(text);
	for (int i = 0; i < 20; i++) { /* without the primes; how long it takes to find them is a matter of luck */
		text = rsa_jwk(key, " n e d ", "", 0);
		if (i == 0)
			assert_round_trip("PS512", text);
		assert_null(read_key("RS256", text, strlen(text)));
		free(text);
		if (strcmp(made.private_key, whole)) { /* p and q may be found the other way round */
			EVP_PKEY *again =
				jwk_open(jwk_algorithm_find("RS256", 5), made.private_key, strlen(made.private_key), true);

			assert_int_equal(EVP_PKEY_eq(key, again), 1);
			EVP_PKEY_free(again);
		}
	}
	for (size_t i = 0; i < sizeof partial / sizeof *partial; i++) {
		text = rsa_jwk(key, partial[i], "", 0);
		assert_key_refused("RS256", text, "missing or malformed");
		free(text);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		for (int how = 0; how < 2; how++) {
			text = rsa_jwk(key, ALL_OF_RSA, wrong[i], how);
			assert_key_refused("RS256", text, "does not fit");
			free(text);
		}
	text = rsa_jwk(key, " n e d ", "d", 0);
	assert_key_refused("RS256", text, "does not fit");
	free(text);
	text = rsa_jwk(key, " n e d ", "e", 1);
	assert_non_null(read_key("RS256", text, strlen(text)));
	free(text);
	free(whole);
	EVP_PKEY_free(key);
}

static char *text_of(BIO *bio)
{
	char *data, *text;
	long size = BIO_get_mem_data(bio, &data);

	text = calloc(1, (size_t)size + 1);
	memcpy(text, data, (size_t)size);
	BIO_free(bio);
	return text;
}

/* Texts that OpenSSL reads although they are not plain keys: PKCS #1, a certificate; and one that needs a password. */
static void other_pems(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	char *spki = pem_of(key, SPKI), *text;
	X509 *certificate = X509_new();
	unsigned char *der = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	int size = i2d_PublicKey(key, &der);

	(void)state;
	PEM_write_bio(bio, PEM_STRING_RSA_PUBLIC, "", der, size);
	text = text_of(bio);
	assert_null(read_key("RS256", text, strlen(text)));
	assert_string_equal(made.public_key, spki);
	assert_key_refused("ES256", text, "curve P-256");
	free(text);
	OPENSSL_free(der);

	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 60));
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, certificate);
	text = text_of(bio);
	assert_null(read_key("PS256", text, strlen(text)));
	assert_string_equal(made.public_key, spki);
	assert_string_equal(made.private_key, "");
	free(text);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, certificate);
	PEM_write_bio_X509(bio, certificate);
	text = text_of(bio);
	assert_key_refused("PS256", text, "more than one key or certificate");
	free(text);
	X509_free(certificate);

	bio = BIO_new(BIO_s_mem());
	assert_int_equal(
		PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_128_cbc(), (const unsigned char *)"hush", 4, NULL, NULL),
		1);
	text = text_of(bio);
	assert_key_refused("RS256", text, "is an encrypted private key");
	free(text);
	free(spki);
	EVP_PKEY_free(key);
}

/* A key for RSA-PSS only, and one that is restricted to a digest. */
static void pss_keys(void **state)
{
	OSSL_PARAM free_to_use[] = {OSSL_PARAM_construct_end()};
	char digest[] = "SHA384";
	OSSL_PARAM bound[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_RSA_DIGEST, digest, 0),
	                      OSSL_PARAM_construct_end()};
	EVP_PKEY *key = generate("RSA-PSS", free_to_use);
	char *text = pem_of(key, PKCS8);

	(void)state;
	assert_round_trip("PS256", text);
	assert_round_trip("PS512", text);
	assert_key_refused("RS256", text, "is an RSA-PSS key");
	assert_key_refused("ES256", text, "curve P-256");
	free(text);
	EVP_PKEY_free(key);
	key = generate("RSA-PSS", bound);
	text = pem_of(key, PKCS8);
	assert_round_trip("PS384", text);
	assert_key_refused("PS256", text, "do not allow the algorithm");
	free(text);
	text = pem_of(key, SPKI);
	assert_key_refused("PS512", text, "do not allow the algorithm");
	free(text);
	EVP_PKEY_free(key);
}

/* ---- Signing ----------------------------------------------------------------------------------------------------- */

static void too_long(void **state)
{
	const jwk_algorithm *algorithm = jwk_algorithm_find("HS256", 5);
	static char payload[JWS_MAX];
	char token[JWS_MAX];
	size_t size, most = (JWS_MAX - 44 - 16 - 2) / 4 * 3; /* parts and dots; the header is 12 bytes */

	(void)state;
	memset(payload, ' ', sizeof payload);
	assert_int_equal(
		jws_sign(algorithm, HS_SECRET, strlen(HS_SECRET), "{\"alg\":\"x\" }", 12, payload, most, token, &size),
		JWS_SIGNED);
	assert_true(size >= JWS_MAX - 8 && size <= JWS_MAX);
	assert_int_equal(
		jws_sign(algorithm, HS_SECRET, strlen(HS_SECRET), "{\"alg\":\"x\" }", 12, payload, most + 3, token, &size),
		JWS_TOO_LONG);
	assert_int_equal(jws_sign(algorithm, HS_SECRET, strlen(HS_SECRET), "{}", 2, payload, sizeof payload, token, &size),
	                 JWS_TOO_LONG);
}

/* ---- Published cases --------------------------------------------------------------------------------------------- */

static json_t *vectors(const char *name)
{
	const char *directory = getenv("STEAD_VECTORS") ? getenv("STEAD_VECTORS") : "../shared/vectors";
	json_t *tree;
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	tree = json_load_file(path, 0, NULL);
	if (!tree)
		print_message("# %s is not there: its cases are skipped\n", path);
	return tree;
}

static void rfc_examples(void **state)
{
	json_t *cases = vectors("jose/rfc_jws.json"), *one;
	size_t index;

	(void)state;
	json_array_foreach(cases, index, one)
	{
		const char *algorithm = json_string_value(json_object_get(one, "alg"));
		const char *token = json_string_value(json_object_get(one, "jws"));
		json_t *key = json_object_get(one, "jwk");
		char *text;

		if (json_is_true(json_object_get(one, "reject"))) { /* unsecured: whatever the key */
			assert_null(read_key("HS256", HS_KEY, strlen(HS_KEY)));
			assert_false(verifies("HS256", token, strlen(token)));
			continue;
		}
		text = json_dumps(key, JSON_COMPACT);
		if (read_key(algorithm, text, strlen(text)) || !verifies(algorithm, token, strlen(token)))
			fail_msg("%s is refused", json_string_value(json_object_get(one, "id")));
		if (json_object_get(key, "d"))
			assert_round_trip(algorithm, text);
		free(text);
	}
	json_decref(cases);
}

typedef bool (*judge)(json_t *group, json_t *one);

/* Writes the numbers of the cases that are judged differently than published. Returns the number of cases. */
static int disagreements(const char *file, judge judge, char *out, size_t room)
{
	json_t *tree = vectors(file), *group, *one;
	size_t used = 0, i, j;
	int count = 0;

	*out = 0;
	json_array_foreach(json_object_get(tree, "testGroups"), i, group)
		json_array_foreach(json_object_get(group, "tests"), j, one)
	{
		bool valid = strcmp(json_string_value(json_object_get(one, "result")), "valid") == 0;

		count++;
		if (judge(group, one) != valid && used + 8 < room)
			used += (size_t)snprintf(out + used, room - used, "%s%d", used ? " " : "",
			                         (int)json_integer_value(json_object_get(one, "tcId")));
	}
	json_decref(tree);
	return count;
}

static json_t *key_of(json_t *group)
{
	json_t *public_key = json_object_get(group, "public");

	return public_key ? public_key : json_object_get(group, "private");
}

static const char *token_of(json_t *one)
{
	return json_string_value(json_object_get(one, "jws"));
}

static bool judge_signature(json_t *group, json_t *one)
{
	return accepts(key_of(group), token_of(one));
}

/* Eight cases a strict verifier must judge otherwise: in 346, 347, 350 and 351 key and header name different
 * algorithms, 367 and 370 are byte for byte the valid 357, 372 and 373 are valid to a lenient base64 decoder only. */
static void wycheproof_signatures(void **state)
{
	char numbers[4096];

	(void)state;
	if (disagreements("wycheproof/json_web_signature_test.json", judge_signature, numbers, sizeof numbers) == 0)
		return;
	assert_string_equal(numbers, "346 347 350 351 367 370 372 373");
}

/* A private JWK has the same public part as its public JWK, and signs. */
static void wycheproof_pairs(void **state)
{
	json_t *tree = vectors("wycheproof/json_web_signature_test.json"), *group;
	size_t index;
	int pairs = 0;

	(void)state;
	json_array_foreach(json_object_get(tree, "testGroups"), index, group)
	{
		json_t *public_jwk = json_object_get(group, "public");
		char *public_text = public_jwk ? json_dumps(public_jwk, 0) : NULL;
		char *private_text = json_dumps(json_object_get(group, "private"), 0), first[JWK_PUBLIC_ROOM];
		const char *algorithm = json_string_value(json_object_get(public_jwk, "alg"));

		/* one of them has "sign, verify" as one word */
		if (algorithm && !strstr(private_text, "sign, verify") &&
		    !read_key(algorithm, public_text, strlen(public_text))) {
			strcpy(first, made.public_key);
			assert_round_trip(algorithm, private_text);
			assert_null(read_key(algorithm, private_text, strlen(private_text)));
			assert_string_equal(made.public_key, first);
			pairs++;
		}
		free(public_text);
		free(private_text);
	}
	if (!tree)
		return;
	json_decref(tree);
	assert_true(pairs >= 10 && pairs <= 23);
}

/* As stead_jwt_key_set and stead_jwt_verify do it: every key is set under its kid, and replaces an earlier key. A
 * refused key does not exist. The token's kid selects the key. */
static bool judge_key_set(json_t *group, json_t *one)
{
	json_t *set = json_object_get(key_of(group), "keys"), *key, *chosen = NULL;
	const char *kid;
	size_t index;

	if (jws_parse(token_of(one), strlen(token_of(one)), &parsed) != JWS_OK || !parsed.kid)
		return false;
	json_array_foreach(set, index, key)
	{
		kid = json_string_value(json_object_get(key, "kid"));
		if (kid && strlen(kid) == parsed.kid_size && memcmp(kid, parsed.kid, parsed.kid_size) == 0)
			chosen = key;
	}
	return chosen && accepts(chosen, token_of(one));
}

/* How the 26 are judged.
 * 2, 3, 5, 13 to 15: as published, by the signature. 4: two keys with one kid; the second replaces the first, so that
 * the first one's token is refused.
 * Refused as keys: 6 and 21 (use), 7 (ROCA), 8 (1024 bits), 9 (exponent 1), 10 to 12 and 16 to 18 (short secrets), 19,
 * 20, 25 and 26 (no such algorithm), 22 (not on its curve), 23 (another curve), 24 (another type). Judged otherwise: 1
 * wants a set that mixes secrets and public keys refused as a whole; a kid here names one key, and a key one algorithm,
 * so there is nothing to be confused. */
static void wycheproof_keys(void **state)
{
	char numbers[4096];

	(void)state;
	if (disagreements("wycheproof/json_web_key_test.json", judge_key_set, numbers, sizeof numbers) == 0)
		return;
	assert_string_equal(numbers, "1");
}

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t size = strlen(hex) / 2;

	for (size_t i = 0; i < size; i++) {
		unsigned byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (unsigned char)byte;
	}
	return size;
}

static const char *hex_of(json_t *object, const char *name)
{
	const char *hex = json_string_value(json_object_get(object, name));

	return hex ? hex : "";
}

/* The messages are not tokens: only the signature is judged. */
static bool judge_ed25519(json_t *group, json_t *one)
{
	unsigned char point[256], message[4096], signature[1024];
	char x[512], key[1024];

	stead_base64url_encode(point, unhex(hex_of(json_object_get(group, "publicKey"), "pk"), point), x);
	snprintf(key, sizeof key, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}", x);
	if (read_key("EdDSA", key, strlen(key)))
		return false;
	parsed.algorithm = "EdDSA";
	parsed.algorithm_size = 5;
	parsed.signed_part = (char *)message;
	parsed.signed_size = unhex(hex_of(one, "msg"), message);
	parsed.signature = (char *)signature;
	parsed.signature_size = unhex(hex_of(one, "sig"), signature);
	return jws_verify(&parsed, jwk_algorithm_find("EdDSA", 5), made.public_key, strlen(made.public_key));
}

static void wycheproof_ed25519(void **state)
{
	char numbers[4096];

	(void)state;
	if (disagreements("wycheproof/ed25519_test.json", judge_ed25519, numbers, sizeof numbers) == 0)
		return;
	assert_string_equal(numbers, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_7515_a1),
		cmocka_unit_test(rfc_8037_a4),
		cmocka_unit_test(headers),
		cmocka_unit_test(shapes),
		cmocka_unit_test(keys),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(pem_keys),
		cmocka_unit_test(weak_keys),
		cmocka_unit_test(rsa_jwks),
		cmocka_unit_test(other_pems),
		cmocka_unit_test(pss_keys),
		cmocka_unit_test(too_long),
		cmocka_unit_test(rfc_examples),
		cmocka_unit_test(wycheproof_signatures),
		cmocka_unit_test(wycheproof_pairs),
		cmocka_unit_test(wycheproof_keys),
		cmocka_unit_test(wycheproof_ed25519),
	};

	return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
