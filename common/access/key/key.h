/*
 * key.h - API keys, for session/token.c, which judges them on the same path as tokens.
 */
#ifndef STEAD_KEY_H
#define STEAD_KEY_H

#include "access/secret.h"

#define KEY_LEAST 32 /* bytes of a text from the environment */
#define KEY_MOST 200

extern const stead_table key_tables[]; /* in this order: */
enum { KEY_TABLE, KEY_HASH_TABLE };
extern const stead_option key_options[];
enum { KEY_AUDIT };

/* What a text that is to be judged can be, by its form alone. Any text of the right size may be a key from the
 * environment, unless it looks like something else. */
typedef enum { KEY_TOKEN, KEY_JWT, KEY_KEY, KEY_NOTHING } key_form;
key_form key_form_of(stead_value text);

/* What judging reads of a key, as of a session: it joins the user u, who may be absent. $1 is the key's hash. A column
 * that says whether a time is null tells that from a time that somebody made unreadable. */
#define KEY_COLUMNS                                                                                                    \
	"k.user_id, k.created_at, k.expires_at, k.last_used_at, CAST(NULL AS bigint), h.key_hash, k.id,"                   \
	" k.revoked_at IS NOT NULL, h.good_until, k.expires_at IS NULL, h.good_until IS NULL, k.permissions"
#define KEY_FROM " FROM stead_key_hash h JOIN stead_key k ON k.id = h.key_id LEFT JOIN stead_user u ON u.id = k.user_id"
#define KEY_WHERE " WHERE h.key_hash = $1"

stead_measure key_measure; /* measure.c */

#endif
