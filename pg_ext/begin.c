/*
 * begin.c - what precedes the first query of a call: SPI, the rights of the tables' owner, and a safe search_path.
 *
 * SPI is connected when a call first opens a query, so a call that needs none pays nothing. Queries run with the rights of the
 * tables' owner, as foreign-key checks do, and with a search_path of pg_catalog, Stead's schema and, last, pg_temp: neither the
 * caller's path nor temporary tables matter.
 */
#include "privilege.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"

const char *stead_read_only(stead_call *call)
{
	(void)call;
	return RecoveryInProgress() ? "a hot standby" : XactReadOnly ? "a read-only transaction" : NULL;
}

void refuse_to_write(stead_call *call, const char *sql)
{
	if (!XactReadOnly || call->function->effect != STEAD_WRITES ||
	    (sql && strncmp(sql, "SELECT", 6) == 0 && !strstr(sql, " FOR UPDATE") && !strstr(sql, " FOR SHARE")))
		return;
	stead_raise_read_only(call, stead_read_only(call));
}

/* A live read takes the latest snapshot, which PostgreSQL gives to nobody while a parallel query runs. Its functions are
 * PARALLEL UNSAFE, but may be called by one that is mislabelled; then the statement's snapshot is good enough, not so a
 * transaction's. */
void refuse_old_snapshot(frame *frame)
{
	if (frame->call.function->effect == STEAD_LIVE && IsInParallelMode() && IsolationUsesXactSnapshot())
		stead_raise_hint(&frame->call, STEAD_UNSUPPORTED, "Declare the function that calls it PARALLEL UNSAFE.",
		                 "stead_%s: cannot be called within a parallel query in REPEATABLE READ", frame->call.function->name);
}

/*
 * A security-restricted operation, as VACUUM and REFRESH are: triggers that the tables' owner planted run with the
 * owner's rights and must not reach past the call into the caller's session - no deferred triggers, no settings.
 */
void become(frame *frame, Oid user)
{
	SetUserIdAndSecContext(user, frame->saved_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION |
	                                 SECURITY_NOFORCE_RLS);
}

void start(frame *frame, Oid user, bool with_tables)
{
	/* Whoever may create in Stead's schema could plant operators there: queries of catalogs alone go without it. */
	const char *path =
	    with_tables ? psprintf("pg_catalog, %s, pg_temp", quote_identifier(own_schema_name(frame)))
	                : "pg_catalog, pg_temp";

	if (with_tables && GetDatabaseEncoding() != PG_UTF8)
		stead_raise(&frame->call, STEAD_UNSUPPORTED, "stead needs a database whose encoding is UTF8");
	frame->guc_level = NewGUCNestLevel();
	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (quote_all_identifiers) /* what the catalogs show is compared with what Stead makes */
		set_config_option("quote_all_identifiers", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	GetUserIdAndSecContext(&frame->saved_user, &frame->saved_context);
	become(frame, user);
	frame->started = true;
}

void begin_query(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner;

	if (frame->started)
		return;
	owner = owner_of_tables(frame);
	if (!OidIsValid(owner))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame)), "stead is not initialised");
	start(frame, owner, true);
}
