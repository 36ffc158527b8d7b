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
