/*
 * elsewhere.c - detects that Stead's tables are in another schema than the extension, and says how to bring both
 * together.
 */
#include "doctor.h"
#include "privilege.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

/* One transaction: between its statements no function exists, and nothing keeps the log append-only. */
const char *renewal(const char *schema)
{
	return psprintf(
		"BEGIN; DROP EXTENSION stead CASCADE; CREATE EXTENSION stead SCHEMA %s; SELECT %s.stead_init(); COMMIT;",
		schema, schema);
}

/*
 * Lists the schemas other than Stead's that hold a table like stead_schema, separated by commas; NULL: there are none.
 * Anybody could make such a table. trusted: only tables of a role that may tell the extension's owner where his tables
 * are, which is one with his rights, a superuser or the database's owner. Not trusted: only the others.
 */
static const char *elsewhere(stead_call *call, bool trusted)
{
	frame *frame = frame_of(call);

	/* Before stead_init(), the tables have no owner. Anybody may read the catalogs. */
	if (!frame->started)
		start(frame, GetUserId(), false);
	return ask_list(
		call,
		"SELECT format('%I', n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE c.relname::text = 'stead_schema' AND c.relkind::text = 'r' AND c.relpersistence::text <> 't' "
		"AND n.oid <> $1::oid"
		" AND (SELECT string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ',' ORDER "
		"BY a.attnum)"
		" FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"
		" = 'id bigint,version bigint,updated_at timestamp with time zone'"
		" AND (pg_has_role(c.relowner, $2::oid, 'USAGE') OR EXISTS (SELECT FROM pg_database d WHERE d.datdba "
		"= c.relowner"
		" AND d.datname = current_database())) = $3 ORDER BY 1",
		3, (stead_value[]){stead_int(own_schema(frame)), stead_int(extension_owner(frame)), stead_bool(trusted)});
}

/* Does a list from elsewhere() name a single schema? */
static bool is_single(const char *schemas)
{
	bool quoted = false;

	for (; *schemas; schemas++) {
		quoted ^= *schemas == '"';
		if (*schemas == ',' && !quoted)
			return false;
	}
	return true;
}

static const char unwanted_remedy[] = "Look at which of them you want; in the others drop or rename stead_schema.";

void refuse_elsewhere(frame *frame)
{
	stead_call *call = &frame->call;
	const char *found = elsewhere(call, true);

	if (found)
		stead_raise_hint(
			call, STEAD_NOT_INITIALISED,
			is_single(found)
				? psprintf("To use them: %s If they are not wanted, drop or rename stead_schema there.", renewal(found))
				: unwanted_remedy,
			"stead_init: the tables are in schema %s, the extension is in schema %s", found, schema_name(frame));
}

const char *stead_init_remedy(stead_call *call)
{
	const char *found = OidIsValid(owner_of_tables(frame_of(call))) ? NULL : elsewhere(call, true);

	if (GetDatabaseEncoding() != PG_UTF8)
		return ENCODING_REMEDY;
	return !found ? init_call(frame_of(call)) : is_single(found) ? renewal(found) : unwanted_remedy;
}

void examine_elsewhere(stead_call *call)
{
	const char *trusted = elsewhere(call, true), *others = elsewhere(call, false);

	/* No remedy may move Stead to where a stranger wants it. */
	stead_judge(
		call, "other_tables", trusted ? STEAD_FAIL : STEAD_WARN,
		trusted  ? psprintf("schema %s holds tables of Stead's as well", trusted)
		: others ? psprintf("schema %s holds a table stead_schema of another role's", others)
				 : NULL,
		"no other schema holds tables of Stead's",
		!trusted ? "Look at who made it."
		: !is_single(trusted)
			? unwanted_remedy
			: psprintf("If it is these you want: %s If not, drop or rename stead_schema there.", renewal(trusted)));
}
