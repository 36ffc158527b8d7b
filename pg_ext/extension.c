/*
 * extension.c - the extension that a call is of: where and whose it is, and the lock on it.
 *
 * While a call waits, another transaction may drop the extension and make it anew, which is how it is upgraded. A call
 * that goes by the tables alone goes on with them. One that changes what is the extension's goes on as a call of the
 * new one, and is judged again.
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

_Noreturn static void raise_dropped(frame *frame)
{
	stead_raise(&frame->call, STEAD_NOT_INITIALISED, "stead_%s: the extension was dropped meanwhile",
	            frame->call.function->name);
}

/* Looked up once: while the call waits for a lock, the extension may be dropped and made anew. The tables stay where
 * they are, and the call goes on with them. */
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

/* There is no cache of pg_extension by oid; stead_init and stead_grant can afford the scan. */
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

/* The extension that the function is a member of, and which is called stead; or InvalidOid. */
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

	own_schema(frame); /* while it can be told */
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
