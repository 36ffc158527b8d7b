/*
 * key.h - the keys of JSON Web Tokens as stored: finding the one that is meant.
 */
#ifndef STEAD_JWT_KEY_H
#define STEAD_JWT_KEY_H

#include "stead.h"

#define JWT_MAX_KID 200 /* bytes */

/* The values are text; null where there is none. */
typedef struct {
	stead_value kid, algorithm, public_key, private_key, issuer, audience_claim;
	bool for_sessions;
} jwt_key;

/* The key of that name, with its private part. */
bool jwt_key_find(stead_call *call, stead_value kid, jwt_key *key);
/* The newest that has a private part. */
bool jwt_key_newest(stead_call *call, jwt_key *key);
/* The key that a token's header means, with what verifies only: its public part, or the secret where there is none.
 * Without a kid (null) that is the only one of the algorithm. Both are hostile text. */
bool jwt_key_of_header(stead_call *call, stead_value kid, stead_value algorithm, jwt_key *key);

#endif
