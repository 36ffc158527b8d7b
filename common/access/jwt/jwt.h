/*
 * jwt.h - judging a JSON Web Token, for other modules too.
 */
#ifndef STEAD_JWT_H
#define STEAD_JWT_H

#include "stead.h"

extern const stead_table jwt_tables[]; /* stead_jwt_key, stead_jwt_private_key */

typedef struct {
	/* malformed, unknown_key, algorithm, signature, issuer, audience, expired, not_yet_valid or ok */
	const char *reason;
	stead_value kid;            /* TEXT; null unless the key is known */
	stead_value header, claims; /* JSON, compact; null unless ok */
	bool signed_by_known_key;   /* the signature is good and the claims can be read, whatever the reason */
	/* Only set if signed_by_known_key: */
	bool for_sessions; /* its key may sign for sessions */
	stead_value sid;   /* TEXT: the claim of that name if it is a string, else null */
	bool has_exp;
	int64_t expires_at; /* microseconds, rounded down; if has_exp */
} jwt_token;

/* Judges a token, which may be any bytes but not null. No token is an error. now is in microseconds. */
void jwt_read(stead_call *call, stead_value token, int64_t now, int64_t leeway_seconds, jwt_token *out);

/* Reads JSON that is signed, or is to be signed. NULL: it is not JSON or names a member twice; reason says which. The
 * call owns the tree. */
struct json_t *jwt_read_json(stead_call *call, const char *data, size_t size, char reason[80]);

#endif
