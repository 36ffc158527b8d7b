/*
 * schema.c - tables, triggers, privileges: what the PostgreSQL host makes and examines.
 *
 * Tables are made as the extension's owner, in the extension's schema, and are ordinary tables: pg_dump takes them along
 * and DROP EXTENSION leaves them. Only triggers depend on the extension; stead_init() puts missing ones back.
 */
#include "host.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/twophase.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/sinvaladt.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM >= 160000
#define pg_namespace_aclcheck(schema, role, mode) object_aclcheck(NamespaceRelationId, schema, role, mode)
#endif

/* There is no cache of pg_extension by oid; stead_init and stead_grant can afford the scan. */
Oid extension_owner(frame *frame)
{
	Oid extension = getExtensionOfObject(ProcedureRelationId, frame->fcinfo->flinfo->fn_oid), owner = InvalidOid;
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension)GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	if (!OidIsValid(owner))
		stead_raise(&frame->call, STEAD_UNSUPPORTED, "stead_%s: the function does not belong to the extension stead",
		            frame->call.function->name);
	return owner;
}

bool stead_has_table(stead_call *call, const stead_table *table)
{
	return OidIsValid(own_table(frame_of(call), psprintf("stead_%s", table->name)));
}

int64_t stead_schema_version(stead_call *call)
{
	int64_t version = 0;
	stead_rows *rows;

	if (!OidIsValid(own_table(frame_of(call), "stead_schema")))
		return 0;
	rows = stead_open(call, "SELECT version FROM stead_schema", 0, NULL);
	if (stead_next(rows))
		version = stead_column(rows, 0, STEAD_INT).integer;
	stead_close(rows);
	return version;
}

/* ---- Making tables --------------------------------------------------------------------------------------------------- */

const char *schema_name(frame *frame)
{
	return quote_identifier(own_schema_name(frame));
}

const char *schema_prefix(frame *frame)
{
	const char *schema = schema_name(frame);

	return strcmp(own_schema_name(frame), "public") == 0 ? "" : psprintf("%s.", schema);
}

const char *init_call(frame *frame)
{
	return psprintf("SELECT %sstead_init();", schema_prefix(frame));
}

/* Built-in functions only: rows can be added, and tables restored, without the extension. */
static const char *const fill_sql[] = {[STEAD_FILL_ERA] = "(pg_catalog.pg_control_system()).system_identifier",
                                       [STEAD_FILL_TRANSACTION] = "pg_catalog.pg_current_xact_id()::text::bigint",
                                       [STEAD_FILL_RANDOM] = "pg_catalog.uuid_send(pg_catalog.gen_random_uuid())"};

/* The same as pg_get_expr() shows them. */
static const char *const fill_shown[] = {[STEAD_FILL_ERA] = "(pg_control_system()).system_identifier",
                                         [STEAD_FILL_TRANSACTION] = "((pg_current_xact_id())::text)::bigint",
                                         [STEAD_FILL_RANDOM] = "uuid_send(gen_random_uuid())"};

const char *column_fill(const stead_table_column *column)
{
	return column->fill ? fill_sql[column->fill] : NULL;
}

const char *column_fill_shown(const stead_table_column *column)
{
	return column->fill ? fill_shown[column->fill] : NULL;
}

/* As pg_get_expr() shows a number, so that the CHECK is told from another. */
static const char *number_sql(int64_t number)
{
	return psprintf(number > INT32_MAX || number < INT32_MIN ? "'%lld'::bigint" : "%lld", (long long)number);
}

const char *range_sql(const stead_table_column *column)
{
	const char *name = quote_identifier(column->name), *least = number_sql(column->range[0]);

	if (!column->range[0] && !column->range[1])
		return NULL;
	return column->range[1] == INT64_MAX ? psprintf("CHECK (%s >= %s)", name, least)
	                                     : psprintf("CHECK (%s >= %s AND %s <= %s)", name, least, name, number_sql(column->range[1]));
}

/* Of a column that is added to a table, a row that is there has 0, or a null. */
static const char *column_sql(frame *frame, const stead_table_column *column, bool added, bool refers)
{
	StringInfoData sql;

	initStringInfo(&sql);
	/* The C collation orders by bytes, as SQLite does, whatever the database's. */
	appendStringInfo(&sql, "%s %s%s%s%s", quote_identifier(column->name), pg_type_name(column->type),
	                 column->type == STEAD_TEXT ? " COLLATE \"C\"" : "", column->nullable ? "" : " NOT NULL",
	                 column->serial ? " GENERATED BY DEFAULT AS IDENTITY" : "");
	if (added && !column->nullable)
		appendStringInfo(&sql, column->type == STEAD_BOOL ? " DEFAULT false" : " DEFAULT 0");
	else if (!added && column->fill)
		appendStringInfo(&sql, " DEFAULT %s", fill_sql[column->fill]);
	if (column->references && refers)
		appendStringInfo(&sql, " REFERENCES %s.stead_%s ON DELETE CASCADE", schema_name(frame), column->references);
	if (range_sql(column) && !added) /* a row that is there may have none of these: shape.c */
		appendStringInfo(&sql, " %s", range_sql(column));
	return sql.data;
}

const char *key_list(const stead_table *table)
{
	StringInfoData key;

	initStringInfo(&key);
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		if (table->columns[i].key)
			appendStringInfo(&key, "%s%s", key.len ? ", " : "", quote_identifier(table->columns[i].name));
	return key.data;
}

static void comment_column(const char *table, const stead_table_column *column)
{
	execute(psprintf("COMMENT ON COLUMN %s.%s IS %s", table, quote_identifier(column->name), quote_literal_cstr(column->doc)));
}

const char *index_sql(frame *frame, const stead_table *table, const stead_index *index)
{
	return psprintf("CREATE %sINDEX stead_%s_%s ON %s.stead_%s USING btree (%s%s%s)%s%s", index->unique ? "UNIQUE " : "", table->name,
	                index->name, schema_name(frame), table->name, index->columns, index->unique ? "" : ", ",
	                index->unique ? "" : key_list(table), index->where ? " WHERE " : "", index->where ? index->where : "");
}

/* Makes a table; for another owner without what looks at his other tables, which mend_shape() adds with his rights. */
static void make_table(frame *frame, const stead_table *table, Oid for_owner)
{
	const char *name = psprintf("%s.stead_%s", schema_name(frame), table->name), *key = key_list(table);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		appendStringInfo(&sql, "%s%s", i ? ", " : "", column_sql(frame, &table->columns[i], false, !OidIsValid(for_owner)));
	if (*key)
		appendStringInfo(&sql, ", PRIMARY KEY (%s)", key);
	appendStringInfoChar(&sql, ')');
	execute(sql.data);
	execute(psprintf("COMMENT ON TABLE %s IS %s", name, quote_literal_cstr(table->doc)));
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		comment_column(name, &table->columns[i]);
	for (const stead_index *index = table->indexes; index->name; index++)
		if (index->columns)
			execute(index_sql(frame, table, index));
	if (OidIsValid(for_owner))
		execute(psprintf("ALTER TABLE %s OWNER TO %s", name, quote_identifier(GetUserNameFromId(for_owner, false))));
	CommandCounterIncrement();
}

void need_create(frame *frame, const char *table)
{
	const char *role = quote_identifier(GetUserNameFromId(GetUserId(), false));

	if (pg_namespace_aclcheck(own_schema(frame), GetUserId(), ACL_CREATE) != ACLCHECK_OK)
		stead_raise_hint(&frame->call, STEAD_DENIED, psprintf("First: GRANT CREATE ON SCHEMA %s TO %s;", schema_name(frame), role),
		                 "stead_init: the owner of stead_%s, %s, may not create its indexes and sequences", table, role);
}

/* Brings a table of an earlier schema up to this one: columns that it lacks. */
static void upgrade_table(frame *frame, const stead_table *table, Oid relation)
{
	const char *name = psprintf("%s.stead_%s", schema_name(frame), table->name);

	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
		const stead_table_column *column = &table->columns[i];

		if (get_attnum(relation, column->name) != InvalidAttrNumber)
			continue;
		if (column->serial)
			need_create(frame, table->name);
		execute(psprintf("ALTER TABLE %s ADD COLUMN %s", name, column_sql(frame, column, true, true)));
		if (column->fill)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", name, quote_identifier(column->name),
			                 fill_sql[column->fill]));
		else if (!column->nullable)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", name, quote_identifier(column->name)));
		comment_column(name, column);
	}
}

bool has_trigger(frame *frame, Oid relation, const trigger_kind *kind)
{
	Oid wanted = LookupFuncName(list_make2(makeString(own_schema_name(frame)), makeString(pstrdup(kind->function))), 0,
	                            NULL, true);
	Relation table = table_open(relation, AccessShareLock);
	bool found = false;

	for (int i = 0; table->trigdesc && i < table->trigdesc->numtriggers && !found; i++) {
		Trigger *trigger = &table->trigdesc->triggers[i];

		found = strcmp(trigger->tgname, kind->name) == 0 && trigger->tgfoid == wanted && trigger->tgtype == kind->type &&
		        trigger->tgenabled == (kind->signal ? TRIGGER_FIRES_ALWAYS : TRIGGER_FIRES_ON_ORIGIN) && !trigger->tgqual &&
		        trigger->tgnattr == 0;
	}
	table_close(table, AccessShareLock);
	return found;
}

#define ROW_CHANGES (TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE)

/* The triggers a table may need. Those that signal fire for a replica's apply worker too: what is remembered must not
 * outlive a change, however it came. */
const trigger_kind table_triggers[STEAD_TRIGGERS] = {
    {"stead_signal", "AFTER INSERT OR UPDATE OR DELETE", "ROW", "stead_signal_change", ROW_CHANGES, true},
    {"stead_signal_before", "BEFORE INSERT OR UPDATE OR DELETE", "ROW", "stead_signal_change", ROW_CHANGES | TRIGGER_TYPE_BEFORE, true},
    {"stead_signal_truncate", "BEFORE TRUNCATE", "STATEMENT", "stead_signal_change",
     TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE, true},
    {"stead_append_only", "BEFORE UPDATE OR DELETE", "ROW", "stead_refuse_change",
     TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE, false},
    {"stead_no_truncate", "BEFORE TRUNCATE", "STATEMENT", "stead_refuse_change",
     TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE, false},
};

bool lacks_trigger(frame *frame, const stead_table *table, Oid relation, int index)
{
	const trigger_kind *kind = &table_triggers[index];

	return (kind->signal ? table->remembered : table->append_only) &&
	       !has_trigger(frame, relation, kind);
}

static void make_triggers(frame *frame, const stead_table *table, Oid relation)
{
	const char *schema = schema_name(frame), *name = psprintf("%s.stead_%s", schema, table->name);

	for (int i = 0; i < STEAD_TRIGGERS; i++) {
		if (!lacks_trigger(frame, table, relation, i))
			continue;
		if (OidIsValid(get_trigger_oid(relation, table_triggers[i].name, true)))
			execute(psprintf("DROP TRIGGER %s ON %s", table_triggers[i].name, name));
		execute(psprintf("CREATE TRIGGER %s %s ON %s FOR EACH %s EXECUTE FUNCTION %s.%s()", table_triggers[i].name,
		                        table_triggers[i].when, name, table_triggers[i].level, schema, table_triggers[i].function));
		if (table_triggers[i].signal)
			execute(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, table_triggers[i].name));
	}
}

/* ---- Locks ----------------------------------------------------------------------------------------------------------- */

#if PG_VERSION_NUM >= 170000
#define holding_process(held) ProcNumberGetProc((held)->procNumber)
#define is_recovered(held) ((held)->procNumber == INVALID_PROC_NUMBER)
#else
#define holding_process(held) BackendIdGetProc((held)->backendId)
#define is_recovered(held) ((held)->backendId == InvalidBackendId)
#endif

/* Who has the lock, as far as can be told: it may be given back while we look. */
static const char *holder_of(const LOCKTAG *tag)
{
	VirtualTransactionId *held = GetLockConflicts(tag, ExclusiveLock, NULL);
	PGPROC *process;
	bool more;

	if (!LocalTransactionIdIsValid(held->localTransactionId))
		return "another process";
	/* a prepared transaction goes by the number of the process that prepared it, until the server starts again */
	if (is_recovered(held) || TransactionIdIsValid(TwoPhaseGetXidByVirtualXID(*held, &more)))
		return "a prepared transaction";
	process = holding_process(held);
	return process && process->pid ? psprintf("process %d", process->pid) : "another process";
}

/* A lock's number stands for a part of the extension: no other lock on it is of that name. */
bool stead_try_lock(stead_call *call, stead_lock lock, const char **holder)
{
	LOCKTAG tag;

	refuse_to_write(call, NULL); /* a standby has no such lock */
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
	                   getExtensionOfObject(ProcedureRelationId, frame_of(call)->fcinfo->flinfo->fn_oid), (uint16)lock);
	if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return true;
	if (holder)
		*holder = holder_of(&tag);
	return false;
}

bool stead_try_lease(stead_call *call, stead_lock lock, int64_t until, const char **holder)
{
	(void)until;
	if (!OidIsValid(own_table(frame_of(call), "stead_schema")))
		stead_raise_hint(call, STEAD_NOT_INITIALISED, psprintf("Run: %s", init_call(frame_of(call))), "stead is not initialised");
	return stead_try_lock(call, lock, holder);
}

void stead_unlock(stead_call *call, stead_lock lock)
{
	(void)call, (void)lock; /* the transaction's end does */
}

/* ---- Making tables, all of them -------------------------------------------------------------------------------------- */

static Oid database_owner(void)
{
	HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple)) {
		owner = ((Form_pg_database)GETSTRUCT(tuple))->datdba;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* May the tables be of this role? A superuser has the rights of every role, which says nothing of whom he trusts. */
static bool may_own_tables(Oid role, Oid owner)
{
	if (!superuser_arg(owner))
		return has_privs_of_role(owner, role);
	return role == owner || role == database_owner() || is_member_of_role_nosuper(owner, role);
}

/* Refuses a table that is another's, or no table. */
static void check_table(frame *frame, const char *name, Oid relation, Oid owner, Oid tables_owner)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	const char *whose;
	Oid relation_owner;
	bool plain;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "stead_init: %s was dropped meanwhile", name);
	relation_owner = ((Form_pg_class)GETSTRUCT(tuple))->relowner;
	plain = ((Form_pg_class)GETSTRUCT(tuple))->relkind == RELKIND_RELATION;
	ReleaseSysCache(tuple);
	whose = psprintf("%s.%s belongs to role %s: look at who made it.", schema_name(frame), name,
	                 quote_identifier(GetUserNameFromId(relation_owner, false)));
	if (!plain || (relation_owner == tables_owner && !may_own_tables(relation_owner, owner)))
		stead_raise_hint(&frame->call, STEAD_DENIED,
		                 psprintf("%s Stead uses only tables of the extension's owner, of a role that he is a member of, and, if he is a"
		                          " superuser, of the database's owner.", whose),
		                 "stead_init: %s is no table of the extension's owner", name);
	if (relation_owner != tables_owner)
		stead_raise_hint(&frame->call, STEAD_DENIED,
		                 may_own_tables(relation_owner, owner)
		                     ? psprintf("%s If it is Stead's: ALTER TABLE %s.%s OWNER TO %s;", whose, schema_name(frame), name,
		                                quote_identifier(GetUserNameFromId(tables_owner, false)))
		                     : whose,
		                 "stead_init: %s does not belong to the owner of the other tables", name);
}

/* What is in Stead's schema is out of sight of statements that make or alter tables: these name the schema themselves. */
static void see_tables(frame *frame, bool with_tables)
{
	const char *path = with_tables ? psprintf("pg_catalog, %s, pg_temp", schema_name(frame)) : "pg_catalog, pg_temp";

	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Tables are made as the extension's owner, and belong to whom those that are there belong to - after a restore by a superuser
 * that need not be the same one. Whatever is done with a table that is there runs as its owner: to alter it can run functions of
 * his that are in its constraints, indexes and triggers, as PostgreSQL folds those that he called immutable. All tables are of one
 * owner, as a single table of somebody else's would be as good as all of them.
 */
void stead_make_tables(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner, tables_owner, schema_table;
	int64_t version;

	refuse_to_write(call, NULL);
	admit(frame);
	/* Another stead_init() waits here; so does DROP EXTENSION. */
	lock_extension(frame);
	owner = extension_owner(frame);
	schema_table = own_table(frame, "stead_schema");
	tables_owner = OidIsValid(schema_table) ? owner_of_tables(frame) : owner;
	if (OidIsValid(schema_table))
		check_table(frame, "stead_schema", schema_table, owner, tables_owner);
	if (frame->started)
		become(frame, tables_owner);
	else
		start(frame, tables_owner, true);
	version = stead_schema_version(call);
	see_tables(frame, false);
	if (!OidIsValid(schema_table))
		refuse_elsewhere(frame);
	admit_owner(frame, owner);
	admit_tables_owner(frame, tables_owner);
	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++) {
			const char *name = psprintf("stead_%s", table->name);
			Oid relation = own_table(frame, name);

			if (!OidIsValid(relation)) {
				if (tables_owner != owner && !version) /* it may be the only one, and made for that */
					stead_raise_hint(call, STEAD_DENIED,
					                 "Look at who made it. If it is Stead's, restore its row first; if not, drop it.",
					                 "stead_init: stead_schema belongs to role %s, not to the extension's owner, and is empty",
					                 quote_identifier(GetUserNameFromId(tables_owner, false)));
				become(frame, owner);
				make_table(frame, table, tables_owner != owner ? tables_owner : InvalidOid);
				become(frame, tables_owner);
				relation = own_table(frame, name);
			} else
				check_table(frame, name, relation, owner, tables_owner);
			if (version < STEAD_VERSION_SCHEMA) {
				upgrade_table(frame, table, relation);
				CommandCounterIncrement();
			}
			mend_shape(frame, table, relation);
			make_triggers(frame, table, relation);
		}
	see_tables(frame, true);
	number_on(call);
}

static Oid permitted = InvalidOid; /* the append-only table that a statement of Stead's own is changing */

int64_t stead_run_permitted(stead_call *call, const stead_table *table, const char *sql, int count, const stead_value *params)
{
	Oid relation = own_table(frame_of(call), psprintf("stead_%s", table->name));
	volatile int64_t changed; /* lives across the jump of an error, as far as the compiler can tell */

	PG_TRY();
	{
		permitted = relation;
		changed = stead_run(call, sql, count, params);
	}
	PG_FINALLY();
	{
		permitted = InvalidOid;
	}
	PG_END_TRY();
	return changed;
}

/* The trigger of an append-only table. */
Datum stead_refuse_change(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *)fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("stead_refuse_change: must be called as a trigger")));
	if (RelationGetRelid(data->tg_relation) == permitted && TRIGGER_FIRED_FOR_ROW(data->tg_event))
		return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple);
	ereport(ERROR,
	        (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
	         errmsg("%s is append-only: %s is refused", RelationGetRelationName(data->tg_relation),
	                TRIGGER_FIRED_BY_UPDATE(data->tg_event)   ? "UPDATE"
	                : TRIGGER_FIRED_BY_DELETE(data->tg_event) ? "DELETE"
	                                                          : "TRUNCATE"),
	         errhint("Rows are only ever added: add another that corrects this one.")));
	return PointerGetDatum(NULL);
}
