/*
 * foreign.c - what both hosts use to describe a table of the application's own. See core/foreign.h.
 */
#include "stead.h"
#include "core/foreign.h"

#include <string.h>

#include "lib/identifier.h"

const char *stead_quoted(stead_call *call, const char *name, bool always)
{
	char *out = stead_alloc(call, STEAD_IDENTIFIER_ROOM(strlen(name)));

	stead_identifier_quote(name, always, out);
	return out;
}

void stead_foreign_name(stead_call *call, stead_foreign *table, const char *schema, const char *name,
                        const char *main_schema)
{
	const char *bare = stead_quoted(call, name, false);

	table->full_name = stead_text(stead_format(call, "%s.%s", stead_quoted(call, schema, false), bare));
	table->name = strcmp(schema, main_schema) == 0 ? stead_text(bare) : table->full_name;
}

const stead_foreign *stead_foreign_reject(stead_foreign *table, stead_error error, const char *hint,
                                          const char *problem)
{
	table->error = error;
	table->hint = hint;
	table->problem = problem;
	return table;
}

const stead_foreign *stead_foreign_refuse(stead_call *call, stead_foreign *table, stead_foreign_fault fault,
                                          stead_value of, const char *hint)
{
	const char *name = table->name.data;
	int size = of.null ? 0 : (int)of.size;

	switch (fault) {
	case STEAD_FOREIGN_NO_NAME:
		return stead_foreign_reject(
			table, STEAD_INVALID, hint,
			stead_format(call, "%.*s is not the name of a table, quoted as in SQL where it must be", size ? size : 2,
		                 size ? of.data : "\"\""));
	case STEAD_FOREIGN_MISSING:
		return stead_foreign_reject(table, STEAD_NOT_FOUND, hint, stead_format(call, "table %s does not exist", name));
	case STEAD_FOREIGN_STEADS:
		return stead_foreign_reject(table, STEAD_DENIED, hint, stead_format(call, "table %s is Stead's own", name));
	case STEAD_FOREIGN_SYSTEM:
		return stead_foreign_reject(table, STEAD_DENIED, hint,
		                            stead_format(call, "table %s is the database's own", name));
	case STEAD_FOREIGN_NOT_PLAIN:
		return stead_foreign_reject(table, STEAD_UNSUPPORTED, hint,
		                            stead_format(call, "%s is not a plain table", name));
	case STEAD_FOREIGN_NO_COLUMN:
		return stead_foreign_reject(table, STEAD_NOT_FOUND, hint,
		                            stead_format(call, "table %s has no column \"%.*s\"", name, size, of.data));
	case STEAD_FOREIGN_NOT_TIME:
		return stead_foreign_reject(
			table, STEAD_INVALID, hint,
			stead_format(call, "column \"%.*s\" of table %s is not of a type that holds a time", size, of.data, name));
	}
	return table;
}
