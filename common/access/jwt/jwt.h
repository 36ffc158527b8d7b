/*
 * jwt.h - what other modules ask of JSON Web Tokens: one token, judged.
 */
#ifndef STEAD_JWT_H
#define STEAD_JWT_H

#include "stead.h"

extern const stead_table jwt_tables[]; /* stead_jwt_key, stead_jwt_private_key */

typedef struct {
	/* malformed, unknown_key, algorithm, signature, issuer, audience, expired, not_yet_valid or ok */
	const char *reason;
	bool signed_by_known_key; /* the signature is good and the claims can be read, whatever the reason */
	bool for_sessions;        /* its key may sign for sessions; given when signed_by_known_key */
	stead_value kid;          /* TEXT; null unless the key is known */
	stead_value header, claims; /* JSON, compact; null unless ok */
	stead_value sid;          /* TEXT: the claim of that name, when a string; given when signed_by_known_key */
	bool has_exp;             /* the same */
	int64_t expires_at;       /* microseconds, rounded down; when has_exp */
} jwt_token;

/* Judges a token, any bytes and not null; never an error for what it contains. now is in microseconds. */
void jwt_read(stead_call *call, stead_value token, int64_t now, int64_t leeway_seconds, jwt_token *out);

/* Reads JSON that is signed or to be signed: NULL, and the reason, when it is none or names a member twice. The tree is
 * the call's. */
struct json_t *jwt_read_json(stead_call *call, const char *data, size_t size, char reason[80]);

#endif
