/*
 * definition.c - are the SQL definitions of the functions those that the library was made for?
 *
 * A call reads its arguments by the types of the registry. A definition with other types would make it read a number as
 * an address. So the first call of each plan looks at the definition. stead_doctor() compares whole definitions.
 */
#include "doctor.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/syscache.h"

/* ---- A call ------------------------------------------------------------------------------------------------------ */

_Noreturn static void raise_unfit(frame *frame, const char *what)
{
	stead_raise_hint(&frame->call, STEAD_UNSUPPORTED,
	                 "Only CREATE EXTENSION stead and ALTER EXTENSION stead UPDATE should define Stead's functions.",
	                 "stead_%s: the SQL definition does not fit the library: %s", frame->call.function->name, what);
}

void check_definition(frame *frame)
{
	const stead_function *function = frame->call.function;
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(frame->fcinfo->flinfo->fn_oid));
	int wanted = stead_arg_count(function);
	Form_pg_proc definition;

	if (!HeapTupleIsValid(tuple))
		raise_dropped(frame);
	definition = (Form_pg_proc)GETSTRUCT(tuple);
	if (definition->pronargs != wanted)
		raise_unfit(frame, psprintf("it has %d arguments, not %d", definition->pronargs, wanted));
	for (int i = 0; i < wanted; i++) {
		Oid type = definition->proargtypes.values[i];

		if (type != type_oid(function->args[i].type))
			raise_unfit(frame, psprintf("its argument %d is of type %s, not %s", i + 1, format_type_be(type),
			                            pg_type_name(function->args[i].type)));
	}
	if (definition->proretset != !function->call)
		raise_unfit(frame, function->call ? "it returns a set" : "it returns no set");
	if (function->call && definition->prorettype != type_oid(function->returns))
		raise_unfit(frame, psprintf("it returns %s, not %s", format_type_be(definition->prorettype),
		                            pg_type_name(function->returns)));
	ReleaseSysCache(tuple);
	frame->fcinfo->flinfo->fn_extra = unconstify(stead_function *, function);
}

/* The columns of a table function: the caller may give them, where the definition does not. */
void check_columns(frame *frame)
{
	const stead_function *function = frame->call.function;
	int wanted = stead_column_count(function);

	if (frame->columns->natts != wanted)
		raise_unfit(frame, psprintf("its result has %d columns, not %d", frame->columns->natts, wanted));
	for (int i = 0; i < wanted; i++) {
		Oid type = TupleDescAttr(frame->columns, i)->atttypid;

		if (type != type_oid(function->columns[i].type))
			raise_unfit(frame, psprintf("column %d of its result is of type %s, not %s", i + 1, format_type_be(type),
			                            pg_type_name(function->columns[i].type)));
	}
}

/* ---- stead_doctor() ---------------------------------------------------------------------------------------------- */

/* As pg_get_function_arguments() writes them. */
static const char *arguments_sql(const stead_function *function)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < stead_arg_count(function); i++) {
		const stead_arg *arg = &function->args[i];
		const char *type = pg_type_name(arg->type);

		appendStringInfo(&sql, "%s%s %s", i ? ", " : "", quote_identifier(arg->name), type);
		if (arg->fallback && arg->type == STEAD_TEXT)
			appendStringInfo(&sql, " DEFAULT %s::%s", quote_literal_cstr(arg->fallback), type);
		else if (arg->fallback)
			appendStringInfo(&sql, " DEFAULT %s", arg->fallback);
		else if (stead_arg_optional(arg))
			appendStringInfo(&sql, " DEFAULT NULL::%s", type);
	}
	return sql.data;
}

/* As pg_get_function_result() writes it. */
static const char *result_sql(const stead_function *function)
{
	StringInfoData sql;

	if (function->call)
		return pg_type_name(function->returns);
	initStringInfo(&sql);
	for (int i = 0; i < stead_column_count(function); i++)
		appendStringInfo(&sql, "%s%s %s", i ? ", " : "TABLE(", quote_identifier(function->columns[i].name),
		                 pg_type_name(function->columns[i].type));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static bool catalog_says(PGFunction ask, Oid function, const char *wanted)
{
	return strcmp(TextDatumGetCString(DirectFunctionCall1(ask, ObjectIdGetDatum(function))), wanted) == 0;
}

static bool has_symbol(HeapTuple tuple, const char *wanted)
{
	bool null;
	Datum symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &null);

	return !null && strcmp(TextDatumGetCString(symbol), wanted) == 0;
}

/* The parts in which a definition is not the one that CREATE EXTENSION makes, with commas between. Cost, rows and SET
 * are the administrator's business. */
static const char *differences(Oid oid, const stead_function *function)
{
	static const char volatility[] = {0, PROVOLATILE_IMMUTABLE, PROVOLATILE_STABLE, PROVOLATILE_VOLATILE,
	                                  PROVOLATILE_VOLATILE};
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	const char *name = psprintf("stead_%s", function->name);
	bool safe = function->effect == STEAD_PURE || function->effect == STEAD_READS;
	Form_pg_proc found;
	StringInfoData parts;

	initStringInfo(&parts);
	if (!HeapTupleIsValid(tuple))
		return parts.data; /* dropped just now */
	found = (Form_pg_proc)GETSTRUCT(tuple);
	if (!catalog_says(pg_get_function_arguments, oid, arguments_sql(function)))
		appendStringInfoString(&parts, ", arguments");
	if (!catalog_says(pg_get_function_result, oid, result_sql(function)) || found->proretset != !function->call)
		appendStringInfoString(&parts, ", result");
	if (found->provolatile != volatility[function->effect])
		appendStringInfoString(&parts, ", volatility");
	if (found->proparallel != (safe ? PROPARALLEL_SAFE : PROPARALLEL_UNSAFE))
		appendStringInfoString(&parts, ", parallel safety");
	if (found->proisstrict)
		appendStringInfoString(&parts, ", STRICT");
	if (found->prosecdef)
		appendStringInfoString(&parts, ", SECURITY DEFINER");
	if (found->proleakproof)
		appendStringInfoString(&parts, ", LEAKPROOF");
	if (found->prolang != ClanguageId || found->prokind != PROKIND_FUNCTION || !has_symbol(tuple, name))
		appendStringInfoString(&parts, ", body");
	ReleaseSysCache(tuple);
	return parts.data + (parts.len ? strlen(", ") : 0);
}

/* Is there a function of that name, with whatever arguments? */
static bool is_named(frame *frame, const char *name)
{
	return ask_list(&frame->call,
	                "SELECT 'x' FROM pg_proc WHERE pronamespace = $1::oid AND proname::text = $2 LIMIT 1", 2,
	                (stead_value[]){stead_int(own_schema(frame)), stead_text(name)}) != NULL;
}

#define MOST_NAMED 5

static void examine_functions(frame *frame, const char *remedy)
{
	StringInfoData missing, differing;
	const char *wrong = NULL;
	int more = -MOST_NAMED; /* after an upgrade of the library alone, there are many */

	initStringInfo(&missing);
	initStringInfo(&differing);
	for (const stead_function *function = NULL; (function = stead_next_function(function));) {
		Oid oid = find_declared(frame, function);
		const char *name = psprintf("stead_%s", function->name);
		const char *parts = OidIsValid(oid) ? differences(oid, function) : is_named(frame, name) ? "arguments" : "";

		if (*parts)
			appendStringInfo(&differing, "%s%s (%s)", differing.len ? ", " : "", name, parts);
		else if (!OidIsValid(oid) && more++ < 0)
			appendStringInfo(&missing, "%s%s", missing.len ? ", " : "", name);
	}
	if (more > 0)
		appendStringInfo(&missing, " and %d more", more);
	if (missing.len || differing.len)
		wrong = psprintf("%s%s%s%s%s", missing.len ? "missing: " : "", missing.data,
		                 missing.len && differing.len ? "; " : "", differing.len ? "not the library's: " : "",
		                 differing.data);
	stead_judge(&frame->call, "functions", STEAD_FAIL, wrong, "every function of the library is defined as it declares",
	            remedy);
}

/* What brings the definitions and the library together: an update, if its script is there. */
static const char *version_remedy(frame *frame, const char *version)
{
	stead_value versions[] = {stead_text(version), stead_text(STEAD_VERSION)};
	const char *schema = schema_name(frame);

	if (strcmp(version, STEAD_VERSION) == 0)
		return renewal(schema);
	if (ask_list(&frame->call,
	             "SELECT 'x' FROM pg_extension_update_paths('stead') WHERE source = $1 AND target = $2 AND path <> ''",
	             2, versions))
		return psprintf("ALTER EXTENSION stead UPDATE TO '%s'; %s", STEAD_VERSION, init_call(frame));
	if (ask_list(&frame->call,
	             "SELECT 'x' WHERE CASE WHEN $1 ~ '^[0-9]{1,9}([.][0-9]{1,9})*$' THEN string_to_array($1, '.')::int[]"
	             " > string_to_array($2, '.')::int[] END",
	             2, versions))
		return psprintf("Reconnect: the session may have begun before the library was replaced. If that does not help, "
		                "install Stead %s on this server.",
		                version);
	return renewal(schema);
}

void examine_definitions(stead_call *call)
{
	frame *frame = frame_of(call);
	const char *version = ask_list(call, "SELECT extversion FROM pg_extension WHERE extname::text = 'stead'", 0, NULL);
	const char *versions = psprintf("SQL definitions %s, library " STEAD_VERSION, version ? version : "unknown");
	const char *remedy = version_remedy(frame, version ? version : "");

	stead_judge(call, "version", STEAD_FAIL, version && strcmp(version, STEAD_VERSION) == 0 ? NULL : versions, versions,
	            remedy);
	examine_functions(frame, remedy);
}
