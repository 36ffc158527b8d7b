/*
 * read.c - judging a token: its form, its key, its signature, then its claims. See jwt.h.
 *
 * Before the signature is verified, the header only names the key, and the payload is not read. Any failure denies.
 */
#include <string.h>

#include "lib/json.h"
#include "lib/crypto/jws.h"
#include "access/jwt/jwt.h"
#include "lib/crypto/jwt_claims.h"
#include "access/jwt/key.h"
#include "lib/timestamp.h"

static void release_tree(void *tree)
{
	json_decref(tree);
}

json_t *jwt_read_json(stead_call *call, const char *data, size_t size, char reason[80])
{
	bool no_memory;
	json_t *tree = stead_json_read_unique(data, size, reason, &no_memory);

	if (no_memory)
		stead_raise_no_memory(call);
	if (tree)
		stead_defer(call, release_tree, tree);
	return tree;
}

static const char *judge_claims(const jwt_claims *claims, const json_t *tree, const jwt_key *key, int64_t now,
                                int64_t leeway)
{
	const json_t *audience = json_object_get(tree, "aud");

	if (!key->issuer.null && !jwt_claim_is(json_object_get(tree, "iss"), key->issuer.data, key->issuer.size))
		return "issuer";
	/* RFC 7519, section 4.1.3: only the named audience may accept the token, so without a name of its own a key accepts
	 * none that has an audience. */
	if (key->audience_claim.null ? audience != NULL
	                             : !jwt_claim_has(audience, key->audience_claim.data, key->audience_claim.size))
		return "audience";
	if (claims->has_exp && claims->exp + leeway <= now)
		return "expired";
	if ((claims->has_nbf && claims->nbf - leeway > now) || (claims->has_iat && claims->iat - leeway > now))
		return "not_yet_valid";
	return "ok";
}

static stead_value compact(stead_call *call, const char *data, size_t size)
{
	char *text = stead_alloc(call, size);
	stead_value value = stead_text_n(text, stead_json_compact(data, size, text));

	value.type = STEAD_JSON;
	return value;
}

/* Judges the claims of a token whose signature is good. */
static void read_payload(stead_call *call, const jws *parsed, const jwt_key *key, int64_t now, int64_t leeway,
                         jwt_token *out)
{
	char reason[80];
	json_t *tree = jwt_read_json(call, parsed->payload, parsed->payload_size, reason);
	const json_t *sid = json_object_get(tree, "sid");
	jwt_claims claims;

	out->reason = "malformed";
	if (!json_is_object(tree) || !jwt_claims_read(tree, &claims))
		return;
	out->signed_by_known_key = true;
	out->for_sessions = key->for_sessions;
	out->has_exp = claims.has_exp;
	out->expires_at = claims.exp;
	if (json_is_string(sid))
		out->sid = stead_text_n(json_string_value(sid), json_string_length(sid));
	out->reason = judge_claims(&claims, tree, key, now, leeway * STEAD_SECOND);
	if (strcmp(out->reason, "ok") == 0) {
		out->header = compact(call, parsed->header, parsed->header_size);
		out->claims = compact(call, parsed->payload, parsed->payload_size);
	}
}

void jwt_read(stead_call *call, stead_value token, int64_t now, int64_t leeway_seconds, jwt_token *out)
{
	jws *parsed = stead_alloc(call, sizeof *parsed);
	stead_value kid, named, part;
	const jwk_algorithm *algorithm;
	jws_result result;
	jwt_key key;

	*out = (jwt_token){
		.reason = "malformed",
		.kid = stead_null(STEAD_TEXT),
		.header = stead_null(STEAD_JSON),
		.claims = stead_null(STEAD_JSON),
		.sid = stead_null(STEAD_TEXT),
	};
	if (token.null)
		return;
	result = jws_parse(token.data, token.size, parsed);
	if (result == JWS_NO_MEMORY)
		stead_raise_no_memory(call);
	if (result != JWS_OK)
		return;
	out->reason = "unknown_key";
	kid = parsed->kid ? stead_text_n(parsed->kid, parsed->kid_size) : stead_null(STEAD_TEXT);
	named = stead_text_n(parsed->algorithm, parsed->algorithm_size);
	if (!jwt_key_of_header(call, kid, named, &key))
		return;
	out->kid = key.kid;
	out->reason = "algorithm";
	algorithm = jwk_algorithm_find(key.algorithm.data, key.algorithm.size);
	if (!algorithm || !stead_equals(named, algorithm->name))
		return;
	out->reason = "signature";
	part = algorithm->family == JWK_HMAC ? key.private_key : key.public_key;
	if (part.null || !jws_verify(parsed, algorithm, part.data, part.size))
		return;
	read_payload(call, parsed, &key, now, leeway_seconds, out);
}
