/*
 * tables.c - the table of sessions, and their options.
 */
#include "access/session/token.h"

const stead_option session_options[] = {
	[OPTION_TTL] = {"stead.session.ttl_seconds", "int", "604800",
                    "How long a session lives when its creator does not say.", "{\"min\":1,\"max\":3153600000}"},
	[OPTION_TOUCH] = {"stead.session.touch_seconds", "int", "60",
                      "A session is marked as seen at most once in so many seconds.", "{\"min\":1,\"max\":86400}"},
	[OPTION_AUDIT] = {"stead.session.audit", "bool", "true",
                      "Creating, rotating and revoking a session are events of the audit log.", NULL},
	{0},
};

const stead_table session_tables[] = {
	{
		.name = "session",
		.doc = "The sessions, ended ones too.",
		.schema = 2,
		.cached = true,
		.invalidate_by = "user_id",
		.positive_only = true,
		.columns =
			{
				{"id", STEAD_TEXT, "Name of the session; not secret.", .key = true},
				{"user_id", STEAD_INT, "The user.", .references = "user"},
				{"token_hash", STEAD_BYTES, "SHA-256 of the token."},
				{"previous_hash", STEAD_BYTES, "SHA-256 of the token before the last rotation.", .nullable = true,
                 .no_invalidation = true},
				{"created_at", STEAD_TIME, "When it was created."},
				{"expires_at", STEAD_TIME, "From this moment on it is not valid."},
				{"idle_seconds", STEAD_INT, "It is idle after so long unseen; null: never.", .nullable = true,
                 .range = {1, SESSION_MAX_SECONDS}},
				{"last_seen_at", STEAD_TIME, "When it was last marked as seen.", .no_invalidation = true},
				{"ip_address", STEAD_TEXT, "Address of the client that created it.", .nullable = true,
                 .no_invalidation = true},
				{"user_agent", STEAD_TEXT, "Program of that client.", .nullable = true, .no_invalidation = true},
				{"revoked_at", STEAD_TIME, "When it was revoked.", .nullable = true},
				{"revoke_reason", STEAD_TEXT, "Why.", .nullable = true, .no_invalidation = true},
			},
		.indexes =
			{
				{"token", "token_hash", .unique = true},
				{"previous", "previous_hash", "previous_hash IS NOT NULL"},
				{"user", "user_id"},
				{"ended", ENDED_AT},
			},
	},
	{0},
};
