/*
 * extension.c - the extension that a call belongs to: its schema, its owner, and the lock on it.
 *
 * While a call waits, another transaction may drop and recreate the extension, as an upgrade does. A call that needs
 * only the tables continues with them. A call that changes the extension continues as a call of the new one, and its
 * caller is checked again.
 */
#include "host.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

Oid own_function(frame *frame)
{
	return OidIsValid(frame->anew) ? frame->anew : frame->fcinfo->flinfo->fn_oid;
}

_Noreturn void raise_dropped(frame *frame)
{
	stead_raise(&frame->call, STEAD_NOT_INITIALISED, "stead_%s: the extension was dropped meanwhile",
	            frame->call.function->name);
}

/* The schema is looked up once: while the call waits for a lock, the extension may be dropped and recreated. The tables
 * stay where they are, and the call continues with them. */
Oid own_schema(frame *frame)
{
	if (!OidIsValid(frame->schema))
		frame->schema = get_func_namespace(frame->fcinfo->flinfo->fn_oid);
	if (!OidIsValid(frame->schema))
		raise_dropped(frame);
	return frame->schema;
}

char *own_schema_name(frame *frame)
{
	char *name = get_namespace_name(own_schema(frame));

	if (!name)
		raise_dropped(frame);
	return name;
}

Oid own_table(frame *frame, const char *name)
{
	return get_relname_relid(name, own_schema(frame));
}

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

/* There is no syscache of pg_extension by OID. stead_init() and stead_grant() can afford the scan. */
Oid extension_owner(frame *frame)
{
	Oid extension = getExtensionOfObject(ProcedureRelationId, own_function(frame));
	List *rows = catalog_rows(ExtensionRelationId, ExtensionOidIndexId, Anum_pg_extension_oid, extension);

	if (rows == NIL)
		stead_raise(&frame->call, STEAD_UNSUPPORTED, "stead_%s: the function does not belong to the extension stead",
		            frame->call.function->name);
	return ((Form_pg_extension)GETSTRUCT((HeapTuple)linitial(rows)))->extowner;
}

Oid find_function(frame *frame, const char *name, int count, Oid *types)
{
	return LookupFuncName(list_make2(makeString(own_schema_name(frame)), makeString(pstrdup(name))), count, types,
	                      true);
}

Oid find_declared(frame *frame, const stead_function *function)
{
	Oid types[STEAD_MAX_ARGS];

	for (int i = 0; i < stead_arg_count(function); i++)
		types[i] = type_oid(function->args[i].type);
	return find_function(frame, psprintf("stead_%s", function->name), stead_arg_count(function), types);
}

/* The extension stead, if the function is a member of it; or InvalidOid. */
static Oid extension_of(Oid function)
{
	Oid extension = OidIsValid(function) ? getExtensionOfObject(ProcedureRelationId, function) : InvalidOid;
	const char *name = OidIsValid(extension) ? get_extension_name(extension) : NULL;

	return name && strcmp(name, "stead") == 0 ? extension : InvalidOid;
}

bool lock_extension(frame *frame)
{
	Oid function = own_function(frame), extension = extension_of(function);
	bool anew = false;

	own_schema(frame); /* while the function still exists */
	for (;;) {
		if (OidIsValid(extension)) {
			LockDatabaseObject(ExtensionRelationId, extension, 0, ShareUpdateExclusiveLock);
			if (extension_of(function) == extension)
				return anew;
		}
		function = find_declared(frame, frame->call.function);
		extension = extension_of(function);
		if (!OidIsValid(extension))
			raise_dropped(frame);
		frame->anew = function;
		anew = true;
	}
}
