/*
 * begin.c - what a call needs before its first query: SPI, the rights of the tables' owner, and a safe search_path.
 *
 * A call connects SPI when it opens its first query, so a call without queries pays nothing. Queries run with the
 * rights of the tables' owner, as foreign-key checks do. Their search_path is pg_catalog, Stead's schema and, last,
 * pg_temp, so that neither the caller's path nor temporary tables matter.
 */
#include "privilege.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

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

/* A live read takes the latest snapshot, which PostgreSQL refuses while a parallel query runs. The functions are
 * PARALLEL UNSAFE, but a mislabelled function may call them. Then the statement's snapshot is good enough; a
 * transaction's is not. */
void refuse_old_snapshot(frame *frame)
{
	if (frame->call.function->effect == STEAD_LIVE && IsInParallelMode() && IsolationUsesXactSnapshot())
		stead_raise_hint(&frame->call, STEAD_UNSUPPORTED, "Declare the function that calls it PARALLEL UNSAFE.",
		                 "stead_%s: cannot be called within a parallel query in REPEATABLE READ",
		                 frame->call.function->name);
}

/*
 * A security-restricted operation, as in VACUUM and REFRESH. Triggers that the tables' owner created run with the
 * owner's rights, and must not change the caller's session: they cannot queue deferred triggers or change settings.
 */
void become(frame *frame, Oid user)
{
	SetUserIdAndSecContext(user, frame->saved_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION |
	                                 SECURITY_NOFORCE_RLS);
}

static void take_rights(frame *frame, Oid user)
{
	if (!frame->has_rights)
		GetUserIdAndSecContext(&frame->saved_user, &frame->saved_context);
	frame->has_rights = true;
	become(frame, user);
}

static void refuse_other_encoding(frame *frame)
{
	if (GetDatabaseEncoding() != PG_UTF8)
		stead_raise(&frame->call, STEAD_UNSUPPORTED, "stead needs a database whose encoding is UTF8");
}

/* From here on, settings are undone at the call's end. */
static void begin_settings(frame *frame, bool with_tables)
{
	/* Anyone who may create objects in Stead's schema could plant operators there. So queries of catalogs do not search
	 * it. */
	const char *path = with_tables ? psprintf("pg_catalog, %s, pg_temp", quote_identifier(own_schema_name(frame)))
	                               : "pg_catalog, pg_temp";

	frame->guc_level = NewGUCNestLevel();
	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (quote_all_identifiers) /* what the catalogs show is compared with what Stead makes */
		set_config_option("quote_all_identifiers", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void start(frame *frame, Oid user, bool with_tables)
{
	if (with_tables)
		refuse_other_encoding(frame);
	begin_settings(frame, with_tables);
	SPI_connect();
	frame->of_spi = CurrentMemoryContext;
	take_rights(frame, user);
	frame->started = true;
}

/* The stead_schema whose version was read and fit. stead_init() tells of an upgrade through the relcache. A version
 * that is written by other means, such as an UPDATE by hand, is seen by new sessions only. */
static Oid judged_table;

static void judge_again(Oid relation)
{
	if (relation == judged_table || !OidIsValid(relation))
		judged_table = InvalidOid;
}

/*
 * Raises for a writer if a later library has upgraded the tables. Its stead_init() waits until nobody holds this lock,
 * and what it commits is seen here, whatever snapshot the transaction keeps. So a writer of this library that waited
 * for it writes nothing.
 */
static void refuse_newer_tables(frame *frame, Oid relation)
{
	Relation table;
	Snapshot snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;
	AttrNumber column;
	bool found = false;

	if (frame->judged || frame->call.function->effect != STEAD_WRITES)
		return;
	frame->judged = true;
	table = table_open(relation, RowShareLock); /* reads what was told meanwhile */
	if (relation == judged_table) {
		table_close(table, NoLock);
		return;
	}
	watch_relations(judge_again);
	column = SPI_fnumber(RelationGetDescr(table), "version");
	if (table->rd_rel->relkind != RELKIND_RELATION || column <= 0 ||
	    TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid != INT8OID)
		stead_raise_hint(&frame->call, STEAD_CORRUPT, STEAD_MISSING_HINT, STEAD_MISSING, frame->call.function->name);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan(table, snapshot, 0, NULL);
	slot = table_slot_create(table, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
		bool null;
		Datum version = slot_getattr(slot, column, &null);

		if (!null) {
			stead_refuse_newer(&frame->call, DatumGetInt64(version));
			found = true;
		}
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(table, NoLock);
	judged_table = found ? relation : InvalidOid;
}

Oid owner_for_use(frame *frame)
{
	Oid owner = owner_of_tables(frame);

	if (!OidIsValid(owner))
		stead_raise_hint(&frame->call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame)),
		                 "stead is not initialised");
	refuse_newer_tables(frame, own_table(frame, "stead_schema"));
	return owner;
}

void begin_query(stead_call *call)
{
	frame *frame = frame_of(call);

	if (!frame->started)
		start(frame, owner_for_use(frame), true);
}

void begin_without_sql(stead_call *call)
{
	frame *frame = frame_of(call);

	if (frame->started || frame->has_rights)
		return;
	refuse_other_encoding(frame);
	take_rights(frame, owner_for_use(frame));
}

void put_rights_aside(frame *frame)
{
	AtEOXact_GUC(false, frame->guc_level);
	frame->guc_level = NewGUCNestLevel();
	SetUserIdAndSecContext(frame->saved_user, frame->saved_context | SECURITY_LOCAL_USERID_CHANGE);
}

void take_rights_again(frame *frame)
{
	Oid owner;

	AtEOXact_GUC(false, frame->guc_level);
	owner = owner_for_use(frame); /* the tables may be gone, or another's, since */
	begin_settings(frame, true);
	become(frame, owner);
}
