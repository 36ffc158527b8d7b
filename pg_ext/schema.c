/*
 * schema.c - stead_init(): makes Stead's tables, upgrades those of an earlier schema, and mends them.
 *
 * Stead's tables are ordinary tables in the extension's schema, made as the extension's owner: pg_dump dumps them, and
 * DROP EXTENSION leaves them. Only triggers depend on the extension. stead_init() puts missing ones back.
 */
#include "doctor.h"
#include "privilege.h"
#include "schema.h"

#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

int64_t stead_schema_version(stead_call *call)
{
	Oid relation = own_table(frame_of(call), "stead_schema");
	int64_t version = 0;
	stead_rows *rows;

	frame_of(call)->judged = true; /* who asks judges it */
	if (!OidIsValid(relation))
		return 0;
	if (get_atttype(relation, get_attnum(relation, "version")) != INT8OID ||
	    !may_in_schema(frame_of(call), owner_of_tables(frame_of(call)), ACL_USAGE))
		return 0; /* it is another's, or cannot be read: stead_doctor() reports it */
	rows = stead_open(call, "SELECT version FROM stead_schema", 0, NULL);
	if (stead_next(rows))
		version = stead_column(rows, 0, STEAD_INT).integer;
	stead_close(rows);
	return version;
}

/* Makes a table. For another owner, it leaves out what looks at his other tables: mend_shape() adds that with his
 * rights. */
static void make_table(frame *frame, const stead_table *table, Oid for_owner)
{
	const char *name = psprintf("%s.stead_%s", schema_name(frame), table->name), *key = primary_key(table);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		appendStringInfo(&sql, "%s%s", i ? ", " : "",
		                 column_sql(frame, &table->columns[i], false, !OidIsValid(for_owner)));
	if (*key)
		appendStringInfo(&sql, ", PRIMARY KEY (%s)", key);
	appendStringInfoChar(&sql, ')');
	execute(sql.data);
	execute(psprintf("COMMENT ON TABLE %s IS %s", name, quote_literal_cstr(table->doc)));
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
		comment_column(name, &table->columns[i]);
		if (table->columns[i].as_it_is)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s SET STORAGE EXTERNAL", name,
			                 quote_identifier(table->columns[i].name)));
	}
	for (const stead_index *index = table->indexes; index->name; index++)
		if (index->columns && !index->retired)
			execute(index_sql(frame, table, index));
	if (OidIsValid(for_owner))
		execute(psprintf("ALTER TABLE %s OWNER TO %s", name, quote_identifier(GetUserNameFromId(for_owner, false))));
	CommandCounterIncrement();
}

static bool is_index_of(Oid index, Oid table)
{
	return OidIsValid(index) && OidIsValid(table) && get_rel_relkind(index) == RELKIND_INDEX &&
	       IndexGetRelation(index, true) == table;
}

bool stead_drop_retired(stead_call *call, const stead_table *table)
{
	frame *frame = frame_of(call);
	bool any = false;

	for (const stead_index *index = table->indexes; index->name; index++) {
		const char *name = psprintf("stead_%s_%s", table->name, index->name);

		if (!index->retired ||
		    !is_index_of(own_table(frame, name), own_table(frame, psprintf("stead_%s", table->name))))
			continue;
		execute(psprintf("DROP INDEX %s.%s", schema_name(frame), name));
		any = true;
	}
	return any;
}

/* Adds the columns that a table of an earlier schema lacks. */
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
		if (column->default_is)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", name, quote_identifier(column->name),
			                 column_fill(column)));
		else if (!column->nullable)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", name, quote_identifier(column->name)));
		comment_column(name, column);
	}
}

/* Statements that make or alter tables name Stead's schema themselves, and run without it in search_path. */
static void see_tables(frame *frame, bool with_tables)
{
	const char *path = with_tables ? psprintf("pg_catalog, %s, pg_temp", schema_name(frame)) : "pg_catalog, pg_temp";

	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * The extension's owner creates the tables. They then belong to the owner of the existing tables; after a restore by a
 * superuser, that may be another role. Every operation on an existing table runs as its owner. Altering a table can
 * run his functions in its constraints, indexes and triggers, as PostgreSQL folds calls of functions that he declared
 * immutable. One role owns all tables: see owner.c.
 */
void stead_make_tables(stead_call *call)
{
	frame *frame = frame_of(call);
	Oid owner, tables_owner, schema_table;
	int64_t version;
	bool unnoted;

	refuse_to_write(call, NULL);
	admit(frame);
	/* Another stead_init() waits here; so does DROP EXTENSION. */
	if (lock_extension(frame))
		admit(frame);
	owner = extension_owner(frame);
	schema_table = own_table(frame, "stead_schema");
	tables_owner = OidIsValid(schema_table) ? owner_of_tables(frame) : owner;
	check_tables(frame, owner, tables_owner); /* before any of them is touched */
	if (frame->started)
		become(frame, tables_owner);
	else
		start(frame, tables_owner, true);
	version = stead_schema_version(call);
	stead_refuse_newer(call, version); /* another call may have upgraded them meanwhile */
	if (OidIsValid(schema_table) && version < STEAD_VERSION_SCHEMA) {
		/* waits for writers of the library before; the next judge again */
		LockRelationOid(schema_table, ExclusiveLock);
		CacheInvalidateRelcacheByRelid(schema_table);
	}
	unnoted = version && !OidIsValid(own_table(frame, "stead_grant"));
	see_tables(frame, false);
	if (!OidIsValid(schema_table))
		refuse_elsewhere(frame);
	admit_owner(frame, owner);
	admit_tables_owner(frame, tables_owner);
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		const char *name = psprintf("stead_%s", table->name);
		Oid relation = own_table(frame, name);

		if (!OidIsValid(relation)) {
			if (tables_owner != owner && !version) /* it may be the only table, planted for this */
				stead_raise_hint(
					call, STEAD_DENIED,
					"Look at who made it. If it is Stead's, restore its row first; if not, drop it.",
					"stead_init: stead_schema belongs to role %s, not to the extension's owner, and is empty",
					quote_identifier(GetUserNameFromId(tables_owner, false)));
			become(frame, owner);
			make_table(frame, table, tables_owner != owner ? tables_owner : InvalidOid);
			become(frame, tables_owner);
			relation = own_table(frame, name);
		}
		if (version < STEAD_VERSION_SCHEMA) {
			upgrade_table(frame, table, relation);
			CommandCounterIncrement();
		}
		mend_shape(frame, table, relation);
		make_triggers(frame, table, relation);
	}
	see_tables(frame, true);
	number_on(call);
	if (unnoted)
		note_grants_held(call);
}
