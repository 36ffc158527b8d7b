/*
 * key.h - finding the stored keys of JSON Web Tokens.
 */
#ifndef STEAD_JWT_KEY_H
#define STEAD_JWT_KEY_H

#include "stead.h"

#define JWT_MAX_KID 200 /* bytes */

/* The values are text, or null. */
typedef struct {
	stead_value kid, algorithm, public_key, private_key, issuer, audience_claim;
	bool for_sessions;
} jwt_key;

/* Finds the key of that name, with its private part. */
bool jwt_key_find(stead_call *call, stead_value kid, jwt_key *key);
/* Finds the newest key that has a private part. */
bool jwt_key_newest(stead_call *call, jwt_key *key);
/* Finds the key that a token's header names, with the part that verifies: the public part or the secret. If kid is
 * null, it is the only key of the algorithm. kid and algorithm are untrusted text. */
bool jwt_key_of_header(stead_call *call, stead_value kid, stead_value algorithm, jwt_key *key);

#endif
