/*
 * jwt_claims.c - claims. See jwt_claims.h.
 */
#include "lib/crypto/jwt_claims.h"

#include <string.h>

#include "lib/timestamp.h"

#define LAST_SECOND INT64_C(253402300799)

static bool read_time(const json_t *claim, int64_t *time)
{
	double seconds;

	if (json_is_integer(claim)) {
		json_int_t whole = json_integer_value(claim);

		if (whole < 0 || whole > LAST_SECOND)
			return false;
		*time = whole * STEAD_SECOND;
		return true;
	}
	if (!json_is_real(claim))
		return false;
	seconds = json_real_value(claim);
	if (!(seconds >= 0 && seconds <= (double)LAST_SECOND))
		return false;
	/* seconds and fraction separately: a double cannot hold a late time in microseconds */
	*time = (int64_t)seconds * STEAD_SECOND + (int64_t)((seconds - (double)(int64_t)seconds) * STEAD_SECOND);
	return true;
}

bool jwt_claims_read(const json_t *claims, jwt_claims *out)
{
	const struct {
		const char *name;
		bool *present;
		int64_t *time;
	} times[] = {
		{"exp", &out->has_exp, &out->exp},
		{"nbf", &out->has_nbf, &out->nbf},
		{"iat", &out->has_iat, &out->iat},
	};

	*out = (jwt_claims){0};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		const json_t *claim = json_object_get(claims, times[i].name);

		*times[i].present = claim != NULL;
		if (claim && !read_time(claim, times[i].time)) {
			out->unfit = times[i].name;
			return false;
		}
	}
	return true;
}

bool jwt_claim_is(const json_t *claim, const char *text, size_t size)
{
	return json_is_string(claim) && json_string_length(claim) == size &&
	       memcmp(json_string_value(claim), text, size) == 0;
}

bool jwt_claim_has(const json_t *claim, const char *text, size_t size)
{
	const json_t *one;
	size_t index;
	bool has = false;

	if (!json_is_array(claim))
		return jwt_claim_is(claim, text, size);
	json_array_foreach(claim, index, one)
	{
		if (!json_is_string(one))
			return false;
		has = has || jwt_claim_is(one, text, size);
	}
	return has;
}
