/* entry.c - one exported symbol per function. Generated from the registry (gen.c); do not edit. */
#pragma GCC visibility push(default)
#include "host.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(stead_refuse_change);
PG_FUNCTION_INFO_V1(stead_signal_change);
PG_FUNCTION_INFO_V1(stead_record_change);

/* The function that has this number in its module. */
#define ENTRY(function, module, number) \
	PG_FUNCTION_INFO_V1(stead_##function); \
	Datum stead_##function(PG_FUNCTION_ARGS) \
	{ \
		return stead_enter(fcinfo, &stead_##module.functions[number]); \
	}

extern const stead_module stead_meta;
ENTRY(version, meta, 0)
ENTRY(backend, meta, 1)
ENTRY(init, meta, 2)
ENTRY(help, meta, 3)
ENTRY(doctor, meta, 4)
ENTRY(maintain, meta, 5)
ENTRY(grant, meta, 6)
ENTRY(grants, meta, 7)
ENTRY(configure, meta, 8)

extern const stead_module stead_audit;
ENTRY(audit_log, audit, 0)
ENTRY(audit_log_many, audit, 1)
ENTRY(audit_list, audit, 2)
ENTRY(audit_count, audit, 3)
ENTRY(audit_stats, audit, 4)
ENTRY(audit_top, audit, 5)
ENTRY(audit_histogram, audit, 6)

extern const stead_module stead_context;
ENTRY(context_set, context, 0)

extern const stead_module stead_capture;
ENTRY(capture_start, capture, 0)
ENTRY(capture_stop, capture, 1)
ENTRY(capture_list, capture, 2)
ENTRY(changes, capture, 3)
ENTRY(row_at, capture, 4)

extern const stead_module stead_seal;
ENTRY(audit_seal, seal, 0)
ENTRY(audit_blocks, seal, 1)
ENTRY(audit_redact, seal, 2)

extern const stead_module stead_verify;
ENTRY(audit_verify, verify, 0)

extern const stead_module stead_proof;
ENTRY(audit_checkpoint, proof, 0)
ENTRY(audit_verify_checkpoint, proof, 1)
ENTRY(audit_proof, proof, 2)
ENTRY(audit_export, proof, 3)

extern const stead_module stead_setting;
ENTRY(setting_define, setting, 0)
ENTRY(setting_set, setting, 1)
ENTRY(setting_get, setting, 2)
ENTRY(setting_bool, setting, 3)
ENTRY(setting_int, setting, 4)
ENTRY(setting_real, setting, 5)
ENTRY(setting_reveal, setting, 6)
ENTRY(setting_delete, setting, 7)
ENTRY(setting_list, setting, 8)
ENTRY(setting_history, setting, 9)
ENTRY(setting_version, setting, 10)

extern const stead_module stead_cache;
ENTRY(cache_set, cache, 0)
ENTRY(cache_get, cache, 1)
ENTRY(cache_delete, cache, 2)
ENTRY(cache_clear, cache, 3)
ENTRY(cache_stats, cache, 4)

extern const stead_module stead_counter;
ENTRY(counter_observe, counter, 0)
ENTRY(counter_rates, counter, 1)

extern const stead_module stead_user;
ENTRY(user_create, user, 0)
ENTRY(user_update, user, 1)
ENTRY(user_delete, user, 2)
ENTRY(user_list, user, 3)
ENTRY(user_find, user, 4)
ENTRY(user_role_add, user, 5)
ENTRY(user_role_remove, user, 6)
ENTRY(user_permissions, user, 7)
ENTRY(user_has, user, 8)

extern const stead_module stead_role;
ENTRY(role_create, role, 0)
ENTRY(role_delete, role, 1)
ENTRY(role_grant, role, 2)
ENTRY(role_set, role, 3)
ENTRY(role_rename, role, 4)
ENTRY(role_revoke, role, 5)
ENTRY(role_list, role, 6)

extern const stead_module stead_session;
ENTRY(session_create, session, 0)
ENTRY(session_validate, session, 1)
ENTRY(session_json, session, 2)
ENTRY(session_check, session, 3)
ENTRY(session_touch, session, 4)
ENTRY(session_rotate, session, 5)
ENTRY(session_revoke, session, 6)
ENTRY(session_revoke_by, session, 7)
ENTRY(session_revoke_user, session, 8)
ENTRY(session_list, session, 9)
ENTRY(session_list_all, session, 10)
ENTRY(session_bearer, session, 11)
ENTRY(session_cookie, session, 12)

extern const stead_module stead_key;
ENTRY(key_create, key, 0)
ENTRY(key_bootstrap, key, 1)
ENTRY(key_rotate, key, 2)
ENTRY(key_revoke, key, 3)
ENTRY(key_list, key, 4)

extern const stead_module stead_jwt;
ENTRY(jwt_key_set, jwt, 0)
ENTRY(jwt_key_delete, jwt, 1)
ENTRY(jwt_key_list, jwt, 2)
ENTRY(jwt_jwks, jwt, 3)
ENTRY(jwt_sign, jwt, 4)
ENTRY(jwt_verify, jwt, 5)

extern const stead_module stead_limit;
ENTRY(limit_define, limit, 0)
ENTRY(limit_delete, limit, 1)
ENTRY(limit_take, limit, 2)
ENTRY(limit_peek, limit, 3)
ENTRY(limit_reset, limit, 4)
ENTRY(limit_list, limit, 5)

extern const stead_module stead_signin;
ENTRY(password_set, signin, 0)
ENTRY(password_hash_set, signin, 1)
ENTRY(login, signin, 2)
ENTRY(totp_begin, signin, 3)
ENTRY(totp_confirm, signin, 4)
ENTRY(totp_disable, signin, 5)
ENTRY(recovery_codes, signin, 6)
ENTRY(role_require_second_factor, signin, 7)
ENTRY(invite_create, signin, 8)
ENTRY(invite_redeem, signin, 9)
ENTRY(invite_revoke, signin, 10)
ENTRY(invite_list, signin, 11)
ENTRY(challenge_create, signin, 12)
ENTRY(challenge_redeem, signin, 13)

extern const stead_module stead_document;
ENTRY(document_put, document, 0)
ENTRY(document_get, document, 1)
ENTRY(document_version, document, 2)
ENTRY(document_update, document, 3)
ENTRY(document_patch, document, 4)
ENTRY(document_increment, document, 5)
ENTRY(document_delete, document, 6)
ENTRY(document_list, document, 7)
ENTRY(document_count, document, 8)
ENTRY(document_save, document, 9)
ENTRY(document_clear, document, 10)
ENTRY(document_index, document, 11)
ENTRY(document_unindex, document, 12)
ENTRY(document_collections, document, 13)

extern const stead_module stead_job;
ENTRY(job_create, job, 0)
ENTRY(job_claim, job, 1)
ENTRY(job_heartbeat, job, 2)
ENTRY(job_finish, job, 3)
ENTRY(job_fail, job, 4)
ENTRY(job_cancel, job, 5)
ENTRY(job_update, job, 6)
ENTRY(job_recover, job, 7)
ENTRY(job_list, job, 8)
ENTRY(job_stats, job, 9)
ENTRY(job_event, job, 10)
ENTRY(job_events, job, 11)
ENTRY(job_event_stats, job, 12)
ENTRY(job_graph_set, job, 13)
ENTRY(job_node_set, job, 14)
ENTRY(job_graph, job, 15)
ENTRY(job_artifact_put, job, 16)
ENTRY(job_artifacts, job, 17)
ENTRY(job_artifact_get, job, 18)

extern const stead_module stead_retention;
ENTRY(retention_set, retention, 0)
ENTRY(retention_delete, retention, 1)
ENTRY(retention_list, retention, 2)
ENTRY(retention_preview, retention, 3)
ENTRY(retention_hold, retention, 4)
ENTRY(retention_release, retention, 5)
ENTRY(prune, retention, 6)
ENTRY(audit_prune, retention, 7)

extern const stead_module stead_migration;
ENTRY(migration_apply, migration, 0)
ENTRY(migration_adopt, migration, 1)
ENTRY(migration_list, migration, 2)
ENTRY(migration_check, migration, 3)

extern const stead_module stead_transfer;
ENTRY(export, transfer, 0)
ENTRY(import, transfer, 1)

extern const stead_module stead_overview;
ENTRY(report, overview, 0)

extern const stead_module stead_monitoring;
ENTRY(metrics, monitoring, 0)

extern const stead_module stead_backups;
ENTRY(backup, backups, 0)
ENTRY(backup_check, backups, 1)
