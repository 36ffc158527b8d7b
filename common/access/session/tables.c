/*
 * tables.c - the table of sessions, and their options.
 */
#include "access/session/token.h"

const stead_option session_options[] = {
    [OPTION_TTL] = {"stead.session.ttl_seconds", "int", "604800", "How long a session lives when its creator does not say.",
                    "{\"min\":1,\"max\":3153600000}"},
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
                {"id", STEAD_TEXT, "Name of the session, no secret.", .key = true},
                {"user_id", STEAD_INT, "Whose it is.", .references = "user"},
                {"token_hash", STEAD_BYTES, "SHA-256 of the token."},
                {"previous_hash", STEAD_BYTES, "SHA-256 of the token before the last rotation.", .nullable = true, .no_invalidation = true},
                {"created_at", STEAD_TIME, "When it began."},
                {"expires_at", STEAD_TIME, "From this moment on it is not valid."},
                {"idle_seconds", STEAD_INT, "How long it may go unseen; null: any time.", .nullable = true,
                 .range = {1, SESSION_MAX_SECONDS}},
                {"last_seen_at", STEAD_TIME, "When it was marked as seen last.", .no_invalidation = true},
                {"ip_address", STEAD_TEXT, "Where it was created from.", .nullable = true, .no_invalidation = true},
                {"user_agent", STEAD_TEXT, "By what program.", .nullable = true, .no_invalidation = true},
                {"revoked_at", STEAD_TIME, "When it was ended before its time.", .nullable = true},
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
