/*
 * schema.c - stead_init(): makes Stead's tables, brings those of an earlier schema up to date, and mends them.
 *
 * Tables are made as the extension's owner, in the extension's schema, and are ordinary tables: pg_dump takes them
 * along and DROP EXTENSION leaves them. Only triggers depend on the extension; stead_init() puts missing ones back.
 */
#include "doctor.h"
#include "privilege.h"
#include "schema.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

int64_t stead_schema_version(stead_call *call)
{
	Oid relation = own_table(frame_of(call), "stead_schema");
	int64_t version = 0;
	stead_rows *rows;

	if (!OidIsValid(relation))
		return 0;
	if (get_atttype(relation, get_attnum(relation, "version")) != INT8OID ||
	    !may_in_schema(frame_of(call), owner_of_tables(frame_of(call)), ACL_USAGE))
		return 0; /* it is another's, or cannot be read: the doctor says so */
	rows = stead_open(call, "SELECT version FROM stead_schema", 0, NULL);
	if (stead_next(rows))
		version = stead_column(rows, 0, STEAD_INT).integer;
	stead_close(rows);
	return version;
}

/* Makes a table; for another owner without what looks at his other tables, which mend_shape() adds with his rights. */
static void make_table(frame *frame, const stead_table *table, Oid for_owner)
{
	const char *name = psprintf("%s.stead_%s", schema_name(frame), table->name), *key = key_list(table);
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
	for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++)
		comment_column(name, &table->columns[i]);
	for (const stead_index *index = table->indexes; index->name; index++)
		if (index->columns)
			execute(index_sql(frame, table, index));
	if (OidIsValid(for_owner))
		execute(psprintf("ALTER TABLE %s OWNER TO %s", name, quote_identifier(GetUserNameFromId(for_owner, false))));
	CommandCounterIncrement();
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
		if (column->default_is)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", name, quote_identifier(column->name),
			                 column_fill(column)));
		else if (!column->nullable)
			execute(psprintf("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", name, quote_identifier(column->name)));
		comment_column(name, column);
	}
}

/* What is in Stead's schema is out of sight of statements that make or alter tables: these name the schema themselves.
 */
static void see_tables(frame *frame, bool with_tables)
{
	const char *path = with_tables ? psprintf("pg_catalog, %s, pg_temp", schema_name(frame)) : "pg_catalog, pg_temp";

	set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Tables are made as the extension's owner, and belong to whom those that are there belong to - after a restore by a
 * superuser that need not be the same one. Whatever is done with a table that is there runs as its owner: to alter it
 * can run functions of his that are in its constraints, indexes and triggers, as PostgreSQL folds those that he called
 * immutable. All tables are of one owner, as a single table of somebody else's would be as good as all of them.
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
	check_tables(frame, owner, tables_owner); /* before anything is done with one of them */
	if (frame->started)
		become(frame, tables_owner);
	else
		start(frame, tables_owner, true);
	version = stead_schema_version(call);
	stead_refuse_newer(call); /* another has upgraded them meanwhile */
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
			if (tables_owner != owner && !version) /* it may be the only one, and made for that */
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
