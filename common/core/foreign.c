/*
 * foreign.c - what both hosts share to describe a table of the application's own. See core/foreign.h.
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
