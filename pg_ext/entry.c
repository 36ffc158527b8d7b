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

PG_FUNCTION_INFO_V1(stead_grant);
Datum stead_grant(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[5]);
}

PG_FUNCTION_INFO_V1(stead_configure);
Datum stead_configure(PG_FUNCTION_ARGS)
{
	return stead_enter(fcinfo, &stead_meta.functions[6]);
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
