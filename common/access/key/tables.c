/*
 * tables.c - the tables of keys, and their options; and what a text looks like.
 */
#include "access/key/key.h"

#include <string.h>

key_form key_form_of(stead_value text)
{
	if (text.null)
		return KEY_NOTHING;
	if (secret_begins(text, TOKEN_PREFIX))
		return secret_has_form(text, TOKEN_PREFIX) ? KEY_TOKEN : KEY_NOTHING;
	/* base64 has no dots: a random key may well begin like a JWT */
	if (secret_begins(text, "ey") && memchr(text.data, '.', text.size))
		return KEY_JWT;
	if (secret_begins(text, KEY_PREFIX))
		return secret_has_form(text, KEY_PREFIX) ? KEY_KEY : KEY_NOTHING;
	return text.size >= KEY_LEAST && text.size <= KEY_MOST ? KEY_KEY : KEY_NOTHING;
}

const stead_option key_options[] = {
	[KEY_AUDIT] = {"stead.key.audit", "bool", "true",
                   "Creating, rotating and revoking a key are events of the audit log.", NULL},
	{0},
};

const stead_table key_tables[] = {
	[KEY_TABLE] =
		{
			.name = "key",
			.doc = "The API keys, ended ones too.",
			.schema = 5,
			.cached = true,
			.invalidate_by = "user_id",
			.positive_only = true,
			.columns =
				{
					{"id", STEAD_TEXT, "Name of the key; not secret.", .key = true},
					{"user_id", STEAD_INT, "The user.", .references = "user"},
					{"label", STEAD_TEXT, "What it is for.", .no_invalidation = true},
					{"permissions", STEAD_TEXT, "JSON array: it may do no more than this; null: all that its user may.",
                     .nullable = true},
					{"created_at", STEAD_TIME, "When it was created."},
					{"expires_at", STEAD_TIME, "From this moment on it is not valid; null: it does not expire.",
                     .nullable = true},
					{"last_used_at", STEAD_TIME, "When it was last marked as used; before created_at: never.",
                     .no_invalidation = true},
					{"revoked_at", STEAD_TIME, "When it was revoked.", .nullable = true},
					{"revoke_reason", STEAD_TEXT, "Why.", .nullable = true, .no_invalidation = true},
				},
			.indexes = {{"user", "user_id"}},
		},
	[KEY_HASH_TABLE] =
		{
			.name = "key_hash",
			.doc = "The texts that each key has and had. A text that was replaced stays, so that it never comes back.",
			.schema = 5,
			.cached = true,
			.positive_only = true,
			.columns =
				{
					{"key_hash", STEAD_BYTES, "SHA-256 of the text.", .key = true},
					{"key_id", STEAD_TEXT, "The key.", .references = "key"},
					{"created_at", STEAD_TIME, "When the key got it.", .no_invalidation = true},
					{"good_until", STEAD_TIME, "From this moment on it is refused; null: it was not replaced.",
                     .nullable = true},
				},
			.indexes = {{"key", "key_id"}},
		},
	{0},
};
