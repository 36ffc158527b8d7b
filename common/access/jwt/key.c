/*
 * key.c - finding keys. See key.h.
 */
#include "access/jwt/key.h"

#include "lib/crypto/jwk.h"

static jwt_key keep_row(stead_call *call, stead_rows *rows)
{
	jwt_key key;
	stead_value *const fields[] = {&key.kid,         &key.algorithm, &key.public_key,
	                               &key.private_key, &key.issuer,    &key.audience_claim};

	for (int i = 0; i < STEAD_COUNT(fields); i++)
		*fields[i] = stead_keep(call, stead_column(rows, i, STEAD_TEXT));
	key.for_sessions = stead_column(rows, STEAD_COUNT(fields), STEAD_BOOL).boolean;
	return key;
}

/* Reads the first row, if there is one, and closes the query. */
static bool take_row(stead_call *call, stead_rows *rows, jwt_key *key)
{
	bool found = stead_next(rows);

	if (found)
		*key = keep_row(call, rows);
	stead_close(rows);
	return found;
}

#define KEY_COLUMNS                                                                                                    \
	"SELECT k.kid, k.algorithm, k.public_key, p.private_key, k.issuer, k.audience_claim, k.for_sessions"               \
	" FROM stead_jwt_key k"

bool jwt_key_find(stead_call *call, stead_value kid, jwt_key *key)
{
	return take_row(
		call,
		stead_open(call, KEY_COLUMNS " LEFT JOIN stead_jwt_private_key p ON p.kid = k.kid WHERE k.kid = $1", 1, &kid),
		key);
}

bool jwt_key_newest(stead_call *call, jwt_key *key)
{
	return take_row(call,
	                stead_open(call,
	                           KEY_COLUMNS " JOIN stead_jwt_private_key p ON p.kid = k.kid"
	                                       " ORDER BY k.created_at DESC, k.kid DESC LIMIT 1",
	                           0, NULL),
	                key);
}

/* Verifying needs private_key only for secrets, which have no public part. */
#define VERIFYING_COLUMNS KEY_COLUMNS " LEFT JOIN stead_jwt_private_key p ON p.kid = k.kid AND k.public_key IS NULL"

static bool find_only(stead_call *call, stead_value algorithm, jwt_key *key)
{
	stead_rows *rows;
	bool single;

	if (!jwk_algorithm_find(algorithm.data, algorithm.size))
		return false;
	rows = stead_open(call, VERIFYING_COLUMNS " WHERE k.algorithm = $1 LIMIT 2", 1, &algorithm);
	if (!stead_next(rows))
		return false;
	*key = keep_row(call, rows);
	single = !stead_next(rows);
	stead_close(rows);
	return single;
}

bool jwt_key_of_header(stead_call *call, stead_value kid, stead_value algorithm, jwt_key *key)
{
	if (kid.null)
		return find_only(call, algorithm, key);
	if (kid.size < 1 || kid.size > JWT_MAX_KID)
		return false;
	return take_row(call, stead_open(call, VERIFYING_COLUMNS " WHERE k.kid = $1", 1, &kid), key);
}
