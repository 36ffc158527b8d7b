/*
 * list.c - the keys of JSON Web Tokens as rows, and the public ones as a JWK set. Private parts and secrets are read by
 * neither.
 */
#include "access/jwt/list.h"

#include "lib/crypto/jwk_write.h"

void jwt_key_list(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT k.kid, k.algorithm, k.public_key, k.issuer, k.audience_claim,"
	                              " k.for_sessions, EXISTS (SELECT 1 FROM stead_jwt_private_key p WHERE p.kid = k.kid),"
	                              " k.created_at, k.updated_at FROM stead_jwt_key k ORDER BY k.kid",
	                              0, NULL);

	(void)args;
	while (stead_next(rows)) {
		stead_value row[9];

		for (int i = 0; i < STEAD_COUNT(row); i++) {
			stead_type type = call->function->columns[i].type;

			row[i] = type == STEAD_TIME ? stead_column_time(rows, i) : stead_column(rows, i, type);
		}
		stead_emit(call, row);
	}
}

stead_value jwt_jwks(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT kid, algorithm, public_key FROM stead_jwt_key WHERE public_key IS NOT NULL"
	                              " ORDER BY kid",
	                              0, NULL);
	char *members = stead_alloc(call, JWK_WRITE_ROOM);
	stead_buffer json = {0};

	(void)args;
	stead_append_text(call, &json, "{\"keys\":[");
	while (stead_next(rows)) {
		stead_value kid = stead_column(rows, 0, STEAD_TEXT), name = stead_column(rows, 1, STEAD_TEXT);
		stead_value pem = stead_column(rows, 2, STEAD_TEXT);
		const jwk_algorithm *algorithm = jwk_algorithm_find(name.data, name.size);

		/* a damaged record verifies nothing: it is left out */
		if (!algorithm || !jwk_write_public(algorithm, pem.data, pem.size, members))
			continue;
		stead_append_text(call, &json, json.data[json.size - 1] == '[' ? "{\"kid\":" : ",{\"kid\":");
		stead_append_json(call, &json, kid);
		stead_append_text(
			call, &json, stead_format(call, ",\"alg\":\"%s\",\"use\":\"sig\",%s}", algorithm->name, members));
	}
	stead_append_text(call, &json, "]}");
	return stead_json_n(json.data, json.size);
}
