/*
 * samples.h - a sample call of every function, for the tests that go over all functions. A function without a sample
 * fails them.
 *
 * The results depend on the seed alone, not on the clock or on chance. A sample whose result would is wrapped.
 */
#ifndef STEAD_TESTS_SAMPLES_H
#define STEAD_TESTS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char seed[] =
	"SELECT stead_init();"
	"SELECT stead_audit_log('login', 'session', 's1', '7', 'alice', true, '{\"try\": 1e2}', NULL, '10.0.0.1', 'curl/8',"
	"                       '2026-01-01T00:00:00Z');"
	"SELECT stead_audit_log('login_failed', 'session', NULL, '8', 'bob', false, NULL, 'bad password', '10.0.0.2', NULL,"
	"                       '2026-01-01T10:00:00Z');"
	"SELECT stead_audit_log('app_installed', 'app', 'sonarr', '7', 'alice', true, NULL, NULL, NULL, NULL,"
	"                       '2026-01-03T23:59:59.999999Z');"
	"SELECT stead_audit_seal(2);"
	"SELECT stead_setting_define('app.limit', 'int', '10', 'How many.', '{\"min\":1,\"max\":100}');"
	"SELECT stead_setting_define('app.on', 'bool', 'true');"
	"SELECT stead_setting_define('app.rate', 'real', '0.5');"
	"SELECT stead_setting_define('app.key', 'text', NULL, 'A key.', '{\"secret\":true}');"
	"SELECT stead_setting_set('app.limit', '20', 'alice');"
	"SELECT stead_setting_set('app.limit', '30', 'bob');"
	"SELECT stead_setting_set('app.key', 'hush', 'alice');"
	"SELECT stead_setting_set('plain', 'text', 'alice');"
	"SELECT stead_user_create('alice', 'alice@example.org');"
	"SELECT stead_user_create('bob', NULL, false);"
	"SELECT stead_role_create('viewer', 'May look.');"
	"SELECT stead_role_grant('viewer', 'app.*');"
	"SELECT stead_user_role_add(1, 'viewer');"
	"SELECT stead_setting_set('stead.session.audit', 'off');" /* its details differ from run to run */
	"SELECT stead_setting_set('t', stead_session_create(1, 3600, '10.0.0.1', 'curl', 600));"
	"SELECT stead_setting_set('s', (SELECT session_id FROM stead_session_validate(stead_setting_get('t'))));"
	"SELECT stead_setting_delete('stead.session.audit');"
	"SELECT stead_setting_set('stead.retention.batch_ms', '60000');" /* however slow the machine */
	"SELECT stead_jwt_key_set('secret', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', 'joe', 'app');"
	"SELECT stead_jwt_key_set('ed', 'EdDSA', '{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	"\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}');"
	"CREATE TABLE logbook (id INTEGER PRIMARY KEY, at);"
	"CREATE INDEX logbook_by_age ON logbook (at);"
	"CREATE TRIGGER logbook_keeps BEFORE DELETE ON logbook WHEN OLD.id = 1 BEGIN SELECT RAISE(IGNORE); END;"
	"INSERT INTO logbook VALUES (1, 1000000000), (2, 1000000001), (3, '2020-01-01 12:00:00 UTC'), (4, 4102444800), (5, "
	"NULL);"
	"SELECT stead_retention_set('logbook', 30, 'at');";

typedef struct {
	const char *function;
	const char *sql;
	bool without_tables; /* works before stead_init() */
	bool in_steps;       /* commits in steps: after an error, the earlier steps stay */
} sample;

static const sample samples[] = {
	{"stead_version", "SELECT stead_version()", true},
	{"stead_backend", "SELECT stead_backend()", true},
	{"stead_init", "SELECT stead_init()", true},
	{"stead_help", "SELECT * FROM stead_help('stead_help')", true},
	{"stead_doctor", "SELECT check_name, status FROM stead_doctor()", true},
	{"stead_grant", "SELECT stead_grant('somebody', 'app')", true},
	{"stead_grants", "SELECT * FROM stead_grants()"},
	{"stead_configure", "SELECT stead_configure() LIKE '{\"journal_mode\":{\"before\":\"%\",\"after\":\"%\"}%}'", true},
	{"stead_maintain", "SELECT stead_maintain(0) LIKE '{\"elapsed_ms\":%,\"left\":%}'", .in_steps = true},
	{"stead_audit_log", "SELECT stead_audit_log('logout', 'session', 's2', '8', 'bob', false, '{\"b\": [1, 2]}', 'too "
                        "late', '::1', 'curl')"},
	{"stead_audit_log_many",
     "SELECT stead_audit_log_many('[{\"action\":\"a\",\"details\":{\"x\" : 1e2},\"success\":false},"
     "{\"action\":\"b\",\"occurred_at\":\"2026-01-02T00:00:00Z\",\"actor_name\":\"carol\"}]')"},
	{"stead_audit_list",
     "SELECT id, occurred_at, action, resource_type, resource_id, actor_id, actor_name, success, details, error, "
     "ip_address,"
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
	{"stead_audit_seal", "SELECT stead_audit_seal() > 0"},
	{"stead_audit_blocks",
     "SELECT block, first_leaf, events, first_event_at, last_event_at FROM stead_audit_blocks(0, 1)"},
	{"stead_audit_verify", "SELECT block, status, event_id FROM stead_audit_verify()"},
	{"stead_audit_redact", "SELECT stead_audit_redact(1, 'asked for')"},
	{"stead_audit_checkpoint", "SELECT stead_audit_checkpoint('o') LIKE 'o%'"},
	{"stead_audit_verify_checkpoint",
     "SELECT valid, reason FROM stead_audit_verify_checkpoint(stead_audit_checkpoint())"},
	{"stead_audit_proof", "SELECT stead_audit_proof(2) LIKE '{\"leaf_index\":1,%', length(stead_audit_proof(1))"},
	{"stead_audit_export", "SELECT line LIKE '{\"id\":%', line LIKE '{\"events\":%' FROM "
                           "stead_audit_export('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')"},
	{"stead_setting_define",
     "SELECT stead_setting_define('app.mode', 'text', 'slow', 'How.', '{\"choices\":[\"slow\",\"fast\"]}')"},
	{"stead_setting_set", "SELECT stead_setting_set('app.limit', '40', 'carol')"},
	{"stead_setting_get", "SELECT stead_setting_get('app.limit'), stead_setting_get('no.such', 'fallback')"},
	{"stead_setting_bool", "SELECT stead_setting_bool('app.on')"},
	{"stead_setting_int", "SELECT stead_setting_int('app.limit')"},
	{"stead_setting_real", "SELECT stead_setting_real('app.rate')"},
	{"stead_setting_reveal", "SELECT stead_setting_reveal('app.key')"},
	{"stead_setting_delete", "SELECT stead_setting_delete('app.limit', 'carol')"},
	{"stead_setting_list", "SELECT key, value, is_default, type, secret, description, version FROM "
                           "stead_setting_list() WHERE length(key) > 1"},
	{"stead_setting_history", "SELECT version, value, deleted, changed_by FROM stead_setting_history('app.limit')"},
	{"stead_setting_version", "SELECT stead_setting_version()"},
	{"stead_user_create", "SELECT stead_user_create('carol', 'carol@example.org', true, true, 7)"},
	{"stead_user_update", "SELECT stead_user_update(1, '{\"email\":null,\"approved\":false}')"},
	{"stead_user_delete", "SELECT stead_user_delete(1)"},
	{"stead_user_list",
     "SELECT user_id, username, email, active, approved, roles FROM stead_user_list('{\"active\":true}')"},
	{"stead_role_create", "SELECT stead_role_create('admin', 'May all.')"},
	{"stead_role_delete", "SELECT stead_role_delete('viewer')"},
	{"stead_role_grant", "SELECT stead_role_grant('viewer', 'users.view')"},
	{"stead_role_revoke", "SELECT stead_role_revoke('viewer', 'app.*')"},
	{"stead_role_list", "SELECT * FROM stead_role_list()"},
	{"stead_user_role_add", "SELECT stead_user_role_add(2, 'viewer')"},
	{"stead_user_role_remove", "SELECT stead_user_role_remove(1, 'viewer')"},
	{"stead_user_permissions", "SELECT * FROM stead_user_permissions(1)"},
	{"stead_user_has", "SELECT stead_user_has(1, 'app.view'), stead_user_has(2, 'app.view')"},
	{"stead_session_create", "SELECT length(stead_session_create(1, 60, '::1', 'curl', 30))"},
	{"stead_session_validate", "SELECT valid, reason, user_id, username, email, roles, permissions, touch_due FROM "
                               "stead_session_validate(stead_setting_get('t'))"},
	{"stead_session_check", "SELECT stead_session_check(stead_setting_get('t'), 'app.view')"},
	{"stead_session_touch", "SELECT stead_session_touch(stead_setting_get('t'))"},
	{"stead_session_rotate", "SELECT length(stead_session_rotate(stead_setting_get('t')))"},
	{"stead_session_revoke", "SELECT stead_session_revoke(stead_setting_get('s'), 'over')"},
	{"stead_session_revoke_user", "SELECT stead_session_revoke_user(1)"},
	{"stead_session_list", "SELECT ip_address, user_agent, revoked_at FROM stead_session_list(1)"},
	{"stead_session_cookie", "SELECT stead_session_cookie('a=b; session_active=1; session_1=x')", true},
	{"stead_jwt_key_set",
     "SELECT stead_jwt_key_set('ec', 'ES256', '{\"kty\":\"EC\",\"crv\":\"P-256\",\"key_ops\":[\"sign\"],"
     "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\","
     "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}', 'joe', 'app')"},
	{"stead_jwt_key_set",
     "SELECT stead_jwt_key_set('secret', 'HS384', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm')"},
	{"stead_jwt_key_delete", "SELECT stead_jwt_key_delete('ed')"},
	{"stead_jwt_sign",
     "SELECT stead_jwt_sign('{ \"iat\":1, \"n\":1e2 }', 'secret'), stead_jwt_sign('{\"iat\":1.5}') LIKE 'eyJ%.%.%'"},
	{"stead_jwt_verify", "SELECT valid, reason, kid, header, claims FROM "
                         "stead_jwt_verify(stead_jwt_sign('{\"iat\":1,\"sid\":\"s\"}', 'secret'))"},
	{"stead_jwt_verify", "SELECT valid, reason, kid FROM stead_jwt_verify('eyJhbGciOiJFZERTQSJ9.e30"
                         ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg')"},
	{"stead_retention_set", "SELECT stead_retention_set('session', 7, NULL, 100)"},
	{"stead_retention_set", "SELECT stead_retention_set('logbook', 31, 'at')"},
	{"stead_retention_delete", "SELECT stead_retention_delete('logbook')"},
	{"stead_retention_list",
     "SELECT target, keep_days, batch_rows, hold_reason, last_deleted, total_deleted FROM stead_retention_list()"},
	{"stead_retention_preview", "SELECT expired_rows, oldest_at FROM stead_retention_preview('logbook')"},
	{"stead_retention_preview", "SELECT expired_rows, oldest_at FROM stead_retention_preview('session')"},
	{"stead_retention_hold", "SELECT stead_retention_hold('logbook', 'A case.')"},
	{"stead_retention_release", "SELECT stead_retention_release('session')"},
	{"stead_prune", "SELECT stead_prune('logbook', 10)"},
	{"stead_prune", "SELECT stead_prune('session')"},
	{"stead_audit_prune", "SELECT stead_audit_prune(36500)"},
};

#define SAMPLES (sizeof samples / sizeof *samples)

/* Does a sample call the function? One that none calls has not been tested. */
static inline bool has_sample(const char *function)
{
	for (size_t i = 0; i < SAMPLES; i++)
		if (strcmp(samples[i].function, function) == 0)
			return true;
	return false;
}

#endif
