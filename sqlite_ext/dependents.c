/*
 * dependents.c - the tables that lose rows when rows of a table are deleted: those that refer to it ON DELETE CASCADE.
 */
#include "foreign.h"

void name_foreign(stead_call *call, foreign *table, const char *schema, const char *name)
{
	stead_foreign_name(call, &table->found, schema, name, "main");
	table->sql_name = stead_format(call, "main.%s", stead_quoted(call, name, true));
}

/* Even if foreign keys are not enforced on this connection: that may change, and a hold must remain effective. */
static void visit_dependents(stead_call *call, const char *bare, stead_dependent_visit *visit, void *data)
{
	stead_rows *rows = open_as_is(
		call, "WITH RECURSIVE found(name) AS (SELECT ?1 UNION SELECT s.name FROM found, main.sqlite_schema AS s,"
			  " pragma_foreign_key_list(s.name, 'main') AS k WHERE s.type = 'table'"
			  " AND k.\"table\" = found.name COLLATE NOCASE AND k.on_delete = 'CASCADE')"
			  " SELECT name FROM found WHERE name <> ?1");

	sqlite3_bind_text(rows->statement, 1, bare, -1, SQLITE_STATIC);
	while (stead_next(rows)) {
		foreign dependent = {0};

		name_foreign(call, &dependent, "main", stead_string(call, stead_column(rows, 0, STEAD_TEXT)));
		visit(call, dependent.found.name, dependent.found.full_name, data);
	}
}

void stead_foreign_dependents(stead_call *call, const stead_foreign *table, stead_dependent_visit *visit, void *data)
{
	visit_dependents(call, ((const foreign *)table)->bare, visit, data);
}

void stead_table_dependents(stead_call *call, const stead_table *table, stead_dependent_visit *visit, void *data)
{
	visit_dependents(call, stead_format(call, "stead_%s", table->name), visit, data);
}
