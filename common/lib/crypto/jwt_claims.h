/*
 * jwt_claims.h - the registered claims of a JSON Web Token (RFC 7519, section 4.1). Pure.
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
	const char *unfit;     /* the first claim that should be a time and is not */
} jwt_claims;

/* False: exp, nbf or iat is present, but not a number of seconds from 0 to 253402300799 (the year 9999). Fractions are
 * allowed. */
bool jwt_claims_read(const json_t *claims, jwt_claims *out);

/* Is the claim exactly this text? False if it is absent (NULL). */
bool jwt_claim_is(const json_t *claim, const char *text, size_t size);
/* Is the claim this text, or an array of strings that contains it? */
bool jwt_claim_has(const json_t *claim, const char *text, size_t size);

#endif
