/*
 * jwt_claims.h - the claims of a JSON Web Token that have a meaning of their own (RFC 7519, section 4.1). Pure.
 */
#ifndef STEAD_JWT_CLAIMS_H
#define STEAD_JWT_CLAIMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	bool has_exp, has_nbf, has_iat;
	int64_t exp, nbf, iat; /* microseconds since 1970, rounded down */
	const char *unfit;     /* the name of the first that is no time */
} jwt_claims;

/* False when exp, nbf or iat is there and not a number of seconds from 0 to 253402300799 (the year 9999); fractions are
 * allowed. */
bool jwt_claims_read(const json_t *claims, jwt_claims *out);

/* Is the claim this very text? A claim that is absent (NULL) is not. */
bool jwt_claim_is(const json_t *claim, const char *text, size_t size);
/* The same, or an array of strings one of which it is. */
bool jwt_claim_has(const json_t *claim, const char *text, size_t size);

#endif
