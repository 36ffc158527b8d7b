/*
 * jwt.c - JSON Web Tokens (RFC 7519): keys, signing and verifying.
 *
 * The record of a key names its only algorithm; a token cannot choose another. Public parts are in stead_jwt_key.
 * Private parts and secrets are in a table of their own, so that stead_jwt_key can be shown, copied or replicated
 * without them. No function returns a private part, and no error text contains one. The cryptography is in
 * lib/crypto/jwk.c and jws.c; read.c judges tokens.
 */
#include "access/jwt/jwt.h"

#include <string.h>

#include "lib/json.h"
#include "lib/crypto/jws.h"
#include "lib/crypto/jwt_claims.h"
#include "access/jwt/key.h"
#include "access/jwt/list.h"
#include "lib/timestamp.h"
#include "state/setting/option.h"
#include "trail/change.h"

#define MAX_NAME 1000
#define MAX_LEEWAY 86400
#define MAX_TTL INT64_C(3153600000) /* a hundred years, seconds */

static void check_kid(stead_call *call, stead_value kid)
{
	stead_check_size(call, "kid", kid, 1, JWT_MAX_KID);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

static jwt_key read_given(stead_call *call, const stead_value *args)
{
	const jwk_algorithm *algorithm = jwk_algorithm_find(args[1].data, args[1].size);
	jwk *made = stead_alloc(call, sizeof *made);
	const char *unfit;
	bool no_memory;

	if (!algorithm)
		stead_raise(call, STEAD_INVALID,
		            "stead_jwt_key_set: algorithm must be HS, RS, PS or ES with 256, 384 or 512, or EdDSA");
	unfit = jwk_read(algorithm, args[2].data, args[2].size, made, &no_memory);
	if (no_memory)
		stead_raise_no_memory(call);
	if (unfit)
		stead_raise(call, STEAD_INVALID, "stead_jwt_key_set: key %s", unfit);
	return (jwt_key){
		args[0],
		args[1],
		stead_text(*made->public_key ? made->public_key : NULL),
		stead_text(*made->private_key ? made->private_key : NULL),
		args[3],
		args[4],
		args[5].boolean,
	};
}

static const stead_option options[] = {
	{"stead.jwt.audit", "bool", "true", "Setting and deleting a key of JSON Web Tokens are events of the audit log.",
     NULL},
	{0},
};

static void audit(stead_call *call, const char *action, stead_value kid, int count, const change_fact *facts)
{
	if (option_value(call, options))
		change_record(call, action, "jwt_key", kid, stead_null(STEAD_TEXT), count, facts);
}

static void store(stead_call *call, const jwt_key *key)
{
	stead_value row[] = {key->kid,
	                     key->algorithm,
	                     key->public_key,
	                     key->issuer,
	                     key->audience_claim,
	                     stead_time(stead_now(call)),
	                     stead_bool(key->for_sessions)};

	if (stead_run(call,
	              "INSERT INTO stead_jwt_key (kid, algorithm, public_key, issuer, audience_claim, created_at,"
	              " updated_at, for_sessions) VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT (kid) DO UPDATE"
	              " SET algorithm = $2, public_key = $3, issuer = $4, audience_claim = $5, updated_at = $6,"
	              " for_sessions = $7",
	              7, row) != 1)
		stead_raise_not_stored(call, "the key");
	if (key->private_key.null)
		stead_run(call, "DELETE FROM stead_jwt_private_key WHERE kid = $1", 1, &key->kid);
	else if (stead_run(call,
	                   "INSERT INTO stead_jwt_private_key (kid, private_key) VALUES ($1, $2)"
	                   " ON CONFLICT (kid) DO UPDATE SET private_key = $2",
	                   2, (stead_value[]){key->kid, key->private_key}) != 1)
		stead_raise_not_stored(call, "the private key");
}

static stead_value jwt_key_set(stead_call *call, const stead_value *args)
{
	jwt_key given, known;

	check_kid(call, args[0]);
	stead_check_size(call, "key", args[2], 0, JWK_MAX);
	stead_check_size(call, "issuer", args[3], 0, MAX_NAME);
	stead_check_size(call, "audience_claim", args[4], 0, MAX_NAME);
	given = read_given(call, args);
	stead_any(call, "SELECT 1 FROM stead_jwt_key WHERE kid = $1 FOR UPDATE", 1, args); /* so nobody changes it now */
	if (jwt_key_find(call, args[0], &known) && stead_same(known.algorithm, given.algorithm) &&
	    stead_same(known.public_key, given.public_key) && stead_same(known.private_key, given.private_key) &&
	    stead_same(known.issuer, given.issuer) && stead_same(known.audience_claim, given.audience_claim) &&
	    known.for_sessions == given.for_sessions)
		return stead_bool(false);
	store(call, &given);
	audit(call, "stead.jwt.key_set", args[0], 5,
	      (change_fact[]){{"algorithm", given.algorithm},
	                      {"signs", stead_bool(!given.private_key.null)},
	                      {"for_sessions", stead_bool(given.for_sessions)},
	                      {"issuer", given.issuer},
	                      {"audience_claim", given.audience_claim}});
	return stead_bool(true);
}

static stead_value jwt_key_delete(stead_call *call, const stead_value *args)
{
	bool deleted;

	check_kid(call, args[0]);
	deleted = stead_run(call, "DELETE FROM stead_jwt_key WHERE kid = $1", 1, args) > 0;
	stead_run(call, "DELETE FROM stead_jwt_private_key WHERE kid = $1", 1, args);
	if (deleted)
		audit(call, "stead.jwt.key_delete", args[0], 0, NULL);
	return stead_bool(deleted);
}

/* ---- Signing ----------------------------------------------------------------------------------------------------- */

static jwt_key signing_key(stead_call *call, stead_value kid)
{
	jwt_key key;

	if (kid.null) {
		if (!jwt_key_newest(call, &key))
			stead_raise(call, STEAD_NOT_FOUND, "stead_jwt_sign: there is no key that can sign");
		return key;
	}
	check_kid(call, kid);
	if (!jwt_key_find(call, kid, &key))
		stead_raise(call, STEAD_NOT_FOUND, "stead_jwt_sign: there is no key \"%.*s\"", (int)kid.size, kid.data);
	if (key.private_key.null)
		stead_raise(call, STEAD_DENIED, "stead_jwt_sign: key \"%.*s\" has no private part, so it cannot sign",
		            (int)kid.size, kid.data);
	return key;
}

static json_t *claims_to_sign(stead_call *call, stead_value claims, bool with_exp)
{
	char reason[80] = "";
	json_t *tree = jwt_read_json(call, claims.data, claims.size, reason);
	jwt_claims times;

	if (!tree)
		stead_raise(call, STEAD_INVALID, "stead_jwt_sign: claims %s", reason);
	if (!json_is_object(tree))
		stead_raise(call, STEAD_INVALID, "stead_jwt_sign: claims must be a JSON object");
	if (!jwt_claims_read(tree, &times))
		stead_raise(call, STEAD_INVALID, "stead_jwt_sign: claims.%s must be a number of seconds from 0 to 253402300799",
		            times.unfit);
	if (with_exp && times.has_exp)
		stead_raise(call, STEAD_INVALID, "stead_jwt_sign: claims must not have exp when ttl_seconds is given");
	return tree;
}

/* The claims as given, followed by those that are added. */
static stead_buffer build_payload(stead_call *call, stead_value claims, const json_t *tree, stead_value ttl,
                                  const jwt_key *key)
{
	int64_t now = stead_now(call) / STEAD_SECOND;
	stead_buffer payload = {0};

	stead_append_json(call, &payload, claims);
	payload.size--; /* removes the closing brace */
	if (!json_object_get(tree, "iat"))
		stead_append_member(call, &payload, "iat", stead_int(now));
	if (!ttl.null)
		stead_append_member(call, &payload, "exp", stead_int(now + ttl.integer));
	if (!key->issuer.null && !json_object_get(tree, "iss"))
		stead_append_member(call, &payload, "iss", key->issuer);
	if (!key->audience_claim.null && !json_object_get(tree, "aud"))
		stead_append_member(call, &payload, "aud", key->audience_claim);
	stead_append_text(call, &payload, "}");
	return payload;
}

static stead_value jwt_sign(stead_call *call, const stead_value *args)
{
	stead_buffer header = {0}, payload;
	const jwk_algorithm *algorithm;
	jwt_key key;
	json_t *tree;
	char *token;
	size_t size;

	if (!args[2].null && (args[2].integer < 1 || args[2].integer > MAX_TTL))
		stead_raise(call, STEAD_INVALID, "stead_jwt_sign: ttl_seconds must be 1 to %lld", (long long)MAX_TTL);
	tree = claims_to_sign(call, args[0], !args[2].null);
	key = signing_key(call, args[1]);
	payload = build_payload(call, args[0], tree, args[2], &key);
	algorithm = jwk_algorithm_find(key.algorithm.data, key.algorithm.size);
	stead_append_text(call, &header, "{\"alg\":");
	stead_append_json(call, &header, key.algorithm);
	stead_append_text(call, &header, ",\"kid\":");
	stead_append_json(call, &header, key.kid);
	stead_append_text(call, &header, ",\"typ\":\"JWT\"}");
	token = stead_alloc(call, JWS_MAX);
	switch (!algorithm ? JWS_FAILED
	                   : jws_sign(algorithm, key.private_key.data, key.private_key.size, header.data, header.size,
	                              payload.data, payload.size, token, &size)) {
	case JWS_SIGNED:
		return stead_text_n(token, size);
	case JWS_TOO_LONG:
		stead_raise(call, STEAD_INVALID, "stead_jwt_sign: claims make a token of more than %d bytes", JWS_MAX);
	default:
		stead_raise(call, STEAD_CORRUPT, "stead_jwt_sign: key \"%.*s\" cannot sign: its record is damaged",
		            (int)key.kid.size, key.kid.data);
	}
}

/* ---- Verifying --------------------------------------------------------------------------------------------------- */

static void jwt_verify(stead_call *call, const stead_value *args)
{
	jwt_token token;

	if (args[1].integer < 0 || args[1].integer > MAX_LEEWAY)
		stead_raise(call, STEAD_INVALID, "stead_jwt_verify: leeway_seconds must be 0 to %d", MAX_LEEWAY);
	jwt_read(call, args[0], stead_now(call), args[1].integer, &token);
	stead_emit(call, (stead_value[]){
						 stead_bool(strcmp(token.reason, "ok") == 0),
						 stead_text(token.reason),
						 token.kid,
						 token.header,
						 token.claims,
					 });
}

const stead_table jwt_tables[] = {
	{
		.name = "jwt_key",
		.doc = "Keys of JSON Web Tokens: the public parts, which verify.",
		.schema = 2,
		.cached = true,
		.columns =
			{
				{"kid", STEAD_TEXT, "Name of the key in a token's header, 1 to 200 bytes.", .key = true},
				{"algorithm", STEAD_TEXT, "Its only algorithm: HS256, RS256, PS256, ES256, EdDSA and so on."},
				{"public_key", STEAD_TEXT, "PEM; null for HS, whose secret both signs and verifies.", .nullable = true},
				{"issuer", STEAD_TEXT, "What the claim iss must be; null: anything.", .nullable = true},
				{"audience_claim", STEAD_TEXT, "What the claim aud must be or contain; null: a token must have no aud.",
                 .nullable = true},
				{"created_at", STEAD_TIME, "When the kid was first set."},
				{"updated_at", STEAD_TIME, "When it last changed."},
				{"for_sessions", STEAD_BOOL, "Whether its tokens can be used as session tokens."},
			},
	},
	{
		.name = "jwt_private_key",
		.doc = "Keys of JSON Web Tokens: the private parts, which sign. Protect them like passwords.",
		.schema = 2,
		.cached = true,
		.columns =
			{
				{"kid", STEAD_TEXT, "The key.", .key = true},
				{"private_key", STEAD_TEXT, "PEM (PKCS #8), or the base64url secret for HS."},
			},
	},
	{0},
};

static const stead_function functions[] = {
	{
		.name = "jwt_key_set",
		.doc = "Sets a key, replacing any earlier key of that kid; returns true if something changed. kid: 1 to 200 "
			   "bytes. algorithm: HS, RS, PS or ES with 256, 384 or 512, or EdDSA. key, at most 16 KiB: one PEM block "
			   "without a password, a JWK or, for HS, a base64url secret at least as long as the hash (32, 48 or 64 "
			   "bytes). A certificate gives its public key; the certificate is not verified. RSA keys must have 2048 "
			   "to 16384 bits. A public key verifies; a private key or a secret also signs. issuer and audience_claim, "
			   "at most 1000 bytes each: what a token's iss must be, and what its aud must contain. Without an "
			   "audience_claim, a token that has an aud is refused. for_sessions: a token of this key whose claim sid "
			   "is the id of a session is accepted as that session's token. Whoever has such a key can sign in as any "
			   "user who has a session: set this only for keys of your own.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"kid", STEAD_TEXT},
                 {"algorithm", STEAD_TEXT},
                 {"key", STEAD_TEXT},
                 {"issuer", STEAD_TEXT, .optional = true},
                 {"audience_claim", STEAD_TEXT, .optional = true},
                 {"for_sessions", STEAD_BOOL, .fallback = "false"}},
		.returns = STEAD_BOOL,
		.call = jwt_key_set,
	},
	{
		.name = "jwt_key_delete",
		.doc = "Deletes a key, with its private part; returns true if there was one. Its tokens are refused from then "
			   "on.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"kid", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = jwt_key_delete,
	},
	{
		.name = "jwt_key_list",
		.doc = "Lists the keys by kid. public_key is PEM, or null for HS, whose secret is never shown. can_sign: there "
			   "is a private part or a secret.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.columns = {{"kid", STEAD_TEXT},
                    {"algorithm", STEAD_TEXT},
                    {"public_key", STEAD_TEXT},
                    {"issuer", STEAD_TEXT},
                    {"audience_claim", STEAD_TEXT},
                    {"for_sessions", STEAD_BOOL},
                    {"can_sign", STEAD_BOOL},
                    {"created_at", STEAD_TIME},
                    {"updated_at", STEAD_TIME}},
		.rows = jwt_key_list,
	},
	{
		.name = "jwt_jwks",
		.doc = "Returns the public keys as a JWK set (RFC 7517), for others to verify what these keys sign: an object "
			   "with an array keys, by kid. HS keys, which have no public part, are not in it.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_APP,
		.returns = STEAD_JSON,
		.call = jwt_jwks,
	},
	{
		.name = "jwt_sign",
		.doc = "Returns a signed token of at most 8 KiB. claims: a JSON object, kept as given. If the claims lack "
			   "them, iat (now) is added, and so are iss and aud if the key has them; ttl_seconds (1 to 3153600000) "
			   "adds exp. exp, nbf and iat are seconds since 1970. Without a kid, the newest key that can sign is "
			   "used. An unknown key is an error (not found), and so is a key without a private part (denied).",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"claims", STEAD_JSON},
                 {"kid", STEAD_TEXT, .optional = true},
                 {"ttl_seconds", STEAD_INT, .optional = true}},
		.returns = STEAD_TEXT,
		.call = jwt_sign,
	},
	{
		.name = "jwt_verify",
		.doc = "Verifies a token by RFC 8725 and returns one row; a bad token is no error, NULL is malformed. reason "
               "is the first that "
			   "applies of malformed, unknown_key, algorithm, signature, issuer, audience, expired, not_yet_valid, ok. "
			   "kid is null if the key is not known; header and claims are null unless the token is valid. A token "
			   "without a kid is verified with the only key of its algorithm. leeway_seconds, 0 to 86400: by how much "
			   "clocks may differ.",
		.since = "0.1",
		.effect = STEAD_LIVE,
		.audience = STEAD_APP,
		.args = {{"token", STEAD_TEXT, .nullable = true, .raw = true}, {"leeway_seconds", STEAD_INT, .fallback = "60"}},
		.columns = {{"valid", STEAD_BOOL},
                    {"reason", STEAD_TEXT},
                    {"kid", STEAD_TEXT},
                    {"header", STEAD_JSON},
                    {"claims", STEAD_JSON}},
		.rows = jwt_verify,
		.one_row = true,
	},
};

const stead_module stead_jwt = {
	.name = "jwt",
	.doc = "JSON Web Tokens: keys, signing, verifying.",
	.tables = jwt_tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = options,
};
