/*
 * error.c - errors: plain ereport, without PG_TRY. The abort of the transaction or subtransaction restores user,
 * search_path and SPI. Deferred handles are released with their memory contexts.
 */
#include "host.h"

void stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint)
{
	static const int codes[] = {[STEAD_INVALID] = ERRCODE_INVALID_PARAMETER_VALUE,
	                            [STEAD_NOT_FOUND] = ERRCODE_NO_DATA_FOUND,
	                            [STEAD_CONFLICT] = ERRCODE_UNIQUE_VIOLATION,
	                            [STEAD_DENIED] = ERRCODE_INSUFFICIENT_PRIVILEGE,
	                            [STEAD_UNSUPPORTED] = ERRCODE_FEATURE_NOT_SUPPORTED,
	                            [STEAD_NOT_INITIALISED] = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
	                            [STEAD_READ_ONLY] = ERRCODE_READ_ONLY_SQL_TRANSACTION,
	                            [STEAD_BUSY] = ERRCODE_LOCK_NOT_AVAILABLE,
	                            [STEAD_CORRUPT] = ERRCODE_DATA_CORRUPTED,
	                            [STEAD_INTERNAL] = ERRCODE_INTERNAL_ERROR};

	(void)call;
	ereport(ERROR, (errcode(codes[error]), errmsg_internal("%s", message), hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}

void stead_raise_no_memory(stead_call *call)
{
	(void)call;
	ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	pg_unreachable();
}
