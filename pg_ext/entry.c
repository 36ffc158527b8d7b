/* entry.c - one exported symbol per function. Generated from the registry (gen.c); do not edit. */
#pragma GCC visibility push(default)
#include "host.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(stead_refuse_change);
PG_FUNCTION_INFO_V1(stead_signal_change);

extern const stead_module stead_meta;

PG_FUNCTION_INFO_V1(stead_version);
Datum stead_version(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_backend);
Datum stead_backend(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_init);
Datum stead_init(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_help);
Datum stead_help(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_doctor);
Datum stead_doctor(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[4]);
}

PG_FUNCTION_INFO_V1(stead_maintain);
Datum stead_maintain(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_grant);
Datum stead_grant(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[6]);
}

PG_FUNCTION_INFO_V1(stead_grants);
Datum stead_grants(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[7]);
}

PG_FUNCTION_INFO_V1(stead_configure);
Datum stead_configure(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[8]);
}

extern const stead_module stead_audit;

PG_FUNCTION_INFO_V1(stead_audit_log);
Datum stead_audit_log(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_audit_log_many);
Datum stead_audit_log_many(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_audit_list);
Datum stead_audit_list(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_audit_count);
Datum stead_audit_count(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_audit_stats);
Datum stead_audit_stats(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[4]);
}

PG_FUNCTION_INFO_V1(stead_audit_top);
Datum stead_audit_top(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_audit_histogram);
Datum stead_audit_histogram(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_audit.functions[6]);
}

extern const stead_module stead_seal;

PG_FUNCTION_INFO_V1(stead_audit_seal);
Datum stead_audit_seal(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_seal.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_audit_blocks);
Datum stead_audit_blocks(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_seal.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_audit_redact);
Datum stead_audit_redact(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_seal.functions[2]);
}

extern const stead_module stead_verify;

PG_FUNCTION_INFO_V1(stead_audit_verify);
Datum stead_audit_verify(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_verify.functions[0]);
}

extern const stead_module stead_proof;

PG_FUNCTION_INFO_V1(stead_audit_checkpoint);
Datum stead_audit_checkpoint(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_proof.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_audit_verify_checkpoint);
Datum stead_audit_verify_checkpoint(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_proof.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_audit_proof);
Datum stead_audit_proof(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_proof.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_audit_export);
Datum stead_audit_export(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_proof.functions[3]);
}

extern const stead_module stead_setting;

PG_FUNCTION_INFO_V1(stead_setting_define);
Datum stead_setting_define(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_setting_set);
Datum stead_setting_set(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_setting_get);
Datum stead_setting_get(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_setting_bool);
Datum stead_setting_bool(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_setting_int);
Datum stead_setting_int(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[4]);
}

PG_FUNCTION_INFO_V1(stead_setting_real);
Datum stead_setting_real(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_setting_reveal);
Datum stead_setting_reveal(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[6]);
}

PG_FUNCTION_INFO_V1(stead_setting_delete);
Datum stead_setting_delete(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[7]);
}

PG_FUNCTION_INFO_V1(stead_setting_list);
Datum stead_setting_list(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[8]);
}

PG_FUNCTION_INFO_V1(stead_setting_history);
Datum stead_setting_history(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[9]);
}

PG_FUNCTION_INFO_V1(stead_setting_version);
Datum stead_setting_version(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_setting.functions[10]);
}

extern const stead_module stead_user;

PG_FUNCTION_INFO_V1(stead_user_create);
Datum stead_user_create(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_user_update);
Datum stead_user_update(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_user_delete);
Datum stead_user_delete(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_user_list);
Datum stead_user_list(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_user_role_add);
Datum stead_user_role_add(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[4]);
}

PG_FUNCTION_INFO_V1(stead_user_role_remove);
Datum stead_user_role_remove(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_user_permissions);
Datum stead_user_permissions(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[6]);
}

PG_FUNCTION_INFO_V1(stead_user_has);
Datum stead_user_has(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_user.functions[7]);
}

extern const stead_module stead_role;

PG_FUNCTION_INFO_V1(stead_role_create);
Datum stead_role_create(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_role.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_role_delete);
Datum stead_role_delete(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_role.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_role_grant);
Datum stead_role_grant(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_role.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_role_revoke);
Datum stead_role_revoke(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_role.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_role_list);
Datum stead_role_list(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_role.functions[4]);
}

extern const stead_module stead_session;

PG_FUNCTION_INFO_V1(stead_session_create);
Datum stead_session_create(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_session_validate);
Datum stead_session_validate(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_session_check);
Datum stead_session_check(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_session_touch);
Datum stead_session_touch(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_session_rotate);
Datum stead_session_rotate(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[4]);
}

PG_FUNCTION_INFO_V1(stead_session_revoke);
Datum stead_session_revoke(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_session_revoke_user);
Datum stead_session_revoke_user(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[6]);
}

PG_FUNCTION_INFO_V1(stead_session_list);
Datum stead_session_list(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[7]);
}

PG_FUNCTION_INFO_V1(stead_session_cookie);
Datum stead_session_cookie(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_session.functions[8]);
}

extern const stead_module stead_jwt;

PG_FUNCTION_INFO_V1(stead_jwt_key_set);
Datum stead_jwt_key_set(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_jwt.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_jwt_key_delete);
Datum stead_jwt_key_delete(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_jwt.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_jwt_sign);
Datum stead_jwt_sign(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_jwt.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_jwt_verify);
Datum stead_jwt_verify(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_jwt.functions[3]);
}

extern const stead_module stead_retention;

PG_FUNCTION_INFO_V1(stead_retention_set);
Datum stead_retention_set(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[0]);
}

PG_FUNCTION_INFO_V1(stead_retention_delete);
Datum stead_retention_delete(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[1]);
}

PG_FUNCTION_INFO_V1(stead_retention_list);
Datum stead_retention_list(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[2]);
}

PG_FUNCTION_INFO_V1(stead_retention_preview);
Datum stead_retention_preview(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[3]);
}

PG_FUNCTION_INFO_V1(stead_retention_hold);
Datum stead_retention_hold(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[4]);
}

PG_FUNCTION_INFO_V1(stead_retention_release);
Datum stead_retention_release(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_prune);
Datum stead_prune(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[6]);
}

PG_FUNCTION_INFO_V1(stead_audit_prune);
Datum stead_audit_prune(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_retention.functions[7]);
}
