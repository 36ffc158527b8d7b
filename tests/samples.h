/*
 * samples.h - a call of every function, for the tests that go over all of them; a function without one fails them.
 *
 * The results depend on nothing but the seed: no clock, no chance. Results that do are wrapped.
 */
#ifndef STEAD_TESTS_SAMPLES_H
#define STEAD_TESTS_SAMPLES_H

#include <stdbool.h>

static const char seed[] =
    "SELECT stead_init();"
    "SELECT stead_audit_log('login', 'session', 's1', '7', 'alice', true, '{\"try\": 1e2}', NULL, '10.0.0.1', 'curl/8',"
    "                       '2026-01-01T00:00:00Z');"
    "SELECT stead_audit_log('login_failed', 'session', NULL, '8', 'bob', false, NULL, 'bad password', '10.0.0.2', NULL,"
    "                       '2026-01-01T10:00:00Z');"
    "SELECT stead_audit_log('app_installed', 'app', 'sonarr', '7', 'alice', true, NULL, NULL, NULL, NULL,"
    "                       '2026-01-03T23:59:59.999999Z');"
    "SELECT stead_setting_define('app.limit', 'int', '10', 'How many.', '{\"min\":1,\"max\":100}');"
    "SELECT stead_setting_define('app.on', 'bool', 'true');"
    "SELECT stead_setting_define('app.rate', 'real', '0.5');"
    "SELECT stead_setting_define('app.key', 'text', NULL, 'A key.', '{\"secret\":true}');"
    "SELECT stead_setting_set('app.limit', '20', 'alice');"
    "SELECT stead_setting_set('app.limit', '30', 'bob');"
    "SELECT stead_setting_set('app.key', 'hush', 'alice');"
    "SELECT stead_setting_set('plain', 'text', 'alice');";

typedef struct {
	const char *function;
	const char *sql;
	bool without_tables; /* works before stead_init() */
} sample;

static const sample samples[] = {
    {"stead_version", "SELECT stead_version()", true},
    {"stead_backend", "SELECT stead_backend()", true},
    {"stead_init", "SELECT stead_init()", true},
    {"stead_help", "SELECT * FROM stead_help('stead_help')", true},
    {"stead_doctor", "SELECT check_name, status FROM stead_doctor()", true},
    {"stead_grant", "SELECT stead_grant('somebody', 'app')", true},
    {"stead_configure", "SELECT stead_configure() LIKE '{\"journal_mode\":{\"before\":\"%\",\"after\":\"%\"}%}'", true},
    {"stead_audit_log",
     "SELECT stead_audit_log('logout', 'session', 's2', '8', 'bob', false, '{\"b\": [1, 2]}', 'too late', '::1', 'curl')"},
    {"stead_audit_log_many",
     "SELECT stead_audit_log_many('[{\"action\":\"a\",\"details\":{\"x\" : 1e2},\"success\":false},"
     "{\"action\":\"b\",\"occurred_at\":\"2026-01-02T00:00:00Z\",\"actor_name\":\"carol\"}]')"},
    {"stead_audit_list",
     "SELECT id, occurred_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error, ip_address,"
     " user_agent, next_page FROM stead_audit_list('{\"search\":\"LOGIN\",\"since\":\"2026-01-01T00:00:00Z\"}', 1)"},
    {"stead_audit_list",
     "SELECT b.id, b.action FROM stead_audit_list(NULL, 1) a CROSS JOIN stead_audit_list(NULL, 10, a.next_page) b"},
    {"stead_audit_count", "SELECT stead_audit_count('{\"actor_name\":\"alice\",\"success\":true}')"},
    {"stead_audit_stats",
     "SELECT total_events, successful_events, failed_events, first_event_at, last_event_at, top_actions"
     " FROM stead_audit_stats('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')"},
    {"stead_audit_top", "SELECT * FROM stead_audit_top('actor_name')"},
    {"stead_audit_histogram",
     "SELECT * FROM stead_audit_histogram('day', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z')"},
    {"stead_setting_define",
     "SELECT stead_setting_define('app.mode', 'text', 'slow', 'How.', '{\"choices\":[\"slow\",\"fast\"]}')"},
    {"stead_setting_set", "SELECT stead_setting_set('app.limit', '40', 'carol')"},
    {"stead_setting_get", "SELECT stead_setting_get('app.limit'), stead_setting_get('no.such', 'fallback')"},
    {"stead_setting_bool", "SELECT stead_setting_bool('app.on')"},
    {"stead_setting_int", "SELECT stead_setting_int('app.limit')"},
    {"stead_setting_real", "SELECT stead_setting_real('app.rate')"},
    {"stead_setting_reveal", "SELECT stead_setting_reveal('app.key')"},
    {"stead_setting_delete", "SELECT stead_setting_delete('app.limit', 'carol')"},
    {"stead_setting_list", "SELECT key, value, is_default, type, secret, description, version FROM stead_setting_list()"},
    {"stead_setting_history", "SELECT version, value, deleted, changed_by FROM stead_setting_history('app.limit')"},
    {"stead_setting_version", "SELECT stead_setting_version()"},
};

#define SAMPLES (sizeof samples / sizeof *samples)

#endif
