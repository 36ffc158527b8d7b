/*
 * doctor.c - what the PostgreSQL host examines for stead_doctor().
 *
 * It reads only catalogs, and locks only what it examines. It must work on a hot standby, before stead_init(), and
 * whatever somebody has done to the tables.
 */
#include "doctor.h"
#include "privilege.h"
#include "schema.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

typedef struct {
	StringInfoData what, remedy;
	bool lost; /* something that no SQL brings back */
} differences;

static void note_difference(shape_part part, const char *what, const char *mend, void *data)
{
	differences *of = &((differences *)data)[part];

	appendStringInfo(&of->what, "%s%s", of->what.len ? "; " : "", what);
	if (part == SHAPE_COLUMN)
		appendStringInfo(&of->remedy, "%s%s", mend && of->remedy.len ? " " : "", mend ? mend : "");
	of->lost |= part == SHAPE_COLUMN && !mend;
}

static const char *column_remedy(frame *frame, const differences *found)
{
	return psprintf("%s%s%s", found->lost ? "What is not there comes back from a backup alone." : "",
	                found->lost && found->remedy.len ? " " : "",
	                found->remedy.len ? for_owner(frame, found->remedy.data) : "");
}

/* Are the tables as stead_init() makes them? Those of an earlier schema are not; the row about the tables reports
 * that. */
static bool examine_shape(stead_call *call)
{
	static const char *const checks[SHAPE_PARTS] = {"columns", "constraints", "indexes", "checks"};
	static const char *const good[SHAPE_PARTS] = {"every table has its columns, of their types",
	                                              "every table has its keys, defaults and NOT NULLs",
	                                              "every table has its indexes", "every table has its CHECKs"};
	frame *frame = frame_of(call);
	differences found[SHAPE_PARTS];
	bool complete = true;

	for (int i = 0; i < SHAPE_PARTS; i++) {
		found[i].lost = false;
		initStringInfo(&found[i].what);
		initStringInfo(&found[i].remedy);
	}
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		Oid relation = own_table(frame, psprintf("stead_%s", table->name));

		if (OidIsValid(relation))
			complete &= compare_shape(frame, table, relation, note_difference, found);
	}
	for (int i = 0; i < SHAPE_CHECK; i++)
		stead_judge(call, checks[i], STEAD_FAIL, found[i].what.len ? found[i].what.data : NULL, good[i],
		            i == SHAPE_COLUMN ? column_remedy(frame, &found[i]) : init_call(frame));
	stead_judge(call, checks[SHAPE_CHECK], STEAD_WARN,
	            found[SHAPE_CHECK].what.len
	                ? psprintf("what is written by hand is not judged: no CHECK of %s", found[SHAPE_CHECK].what.data)
	                : NULL,
	            good[SHAPE_CHECK], psprintf("Where a row is out of range, set it right. Then: %s", init_call(frame)));
	return complete;
}

static void examine_triggers(stead_call *call)
{
	frame *frame = frame_of(call);
	StringInfoData wrong;

	initStringInfo(&wrong);
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		Oid relation = own_table(frame, psprintf("stead_%s", table->name));

		for (int i = 0; OidIsValid(relation) && i < STEAD_TRIGGERS; i++)
			if (lacks_trigger(frame, table, relation, i))
				appendStringInfo(&wrong, "%s%s on stead_%s", wrong.len ? ", " : "", table_triggers[i].name,
				                 table->name);
	}
	stead_judge(call, "triggers", STEAD_FAIL,
	            wrong.len ? psprintf("missing, disabled or another's: %s", wrong.data) : NULL,
	            "every table has those it needs", init_call(frame));
}

/* Reports functions that PUBLIC may execute although their audience is not public. */
static void examine_execute(stead_call *call)
{
	StringInfoData allowed;
	const char *open;

	initStringInfo(&allowed);
	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		if (function->audience == STEAD_PUBLIC || function->checks_caller)
			appendStringInfo(&allowed, "%sstead_%s", allowed.len ? "," : "", function->name);
	open = ask_list(
		call,
		"SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))"
		" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
		" JOIN pg_depend d ON d.classid = 'pg_proc'::regclass::oid AND d.objid = p.oid AND d.deptype::text = 'e'"
		" JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass::oid AND d.refobjid = e.oid"
		" WHERE e.extname::text = 'stead' AND p.proname::text <> ALL (string_to_array($1, ','))"
		" AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
		" WHERE a.grantee = 0::oid AND a.privilege_type = 'EXECUTE') ORDER BY 1",
		1, (stead_value[]){stead_text(allowed.data)});
	stead_judge(call, "execute", STEAD_FAIL, open ? psprintf("PUBLIC may execute %s", open) : NULL,
	            "PUBLIC may execute the public functions only",
	            open ? psprintf("REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;", open) : NULL);
}

#define STEAD_TABLES                                                                                                   \
	"c.relnamespace = $1::oid AND c.relkind::text = 'r' AND starts_with(c.relname::text, 'stead_'::text)"

static void examine_tables(stead_call *call)
{
	stead_value schema = stead_int(own_schema(frame_of(call)));
	const char *open, *strange;

	open = ask_list(
		call,
		"SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE " STEAD_TABLES " AND (EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0::oid)"
		" OR EXISTS (SELECT FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = c.oid"
		" AND a.grantee = 0::oid)) ORDER BY 1",
		1, &schema);
	stead_judge(call, "tables_private", STEAD_FAIL, open ? psprintf("PUBLIC holds privileges on %s", open) : NULL,
	            "PUBLIC holds no privilege on a table", open ? psprintf("REVOKE ALL ON %s FROM PUBLIC;", open) : NULL);
	strange = ask_list(
		call,
		"SELECT * FROM (SELECT format('trigger %s on %s', t.tgname, c.relname) AS what"
		" FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE " STEAD_TABLES " AND NOT t.tgisinternal"
		" AND t.tgname::text NOT IN ('stead_append_only', 'stead_no_truncate', 'stead_signal', 'stead_signal_before',"
		" 'stead_signal_truncate')"
		" UNION ALL SELECT format('rule %s on %s', r.rulename, c.relname)"
		" FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE " STEAD_TABLES
		" UNION ALL SELECT format('row security on %s', c.relname) FROM pg_class c"
		" WHERE " STEAD_TABLES " AND c.relrowsecurity) AS found ORDER BY 1",
		1, &schema);
	stead_judge(call, "objects", STEAD_WARN, strange ? psprintf("not Stead's: %s", strange) : NULL,
	            "no trigger, rule or row security on Stead's tables but its own",
	            "Look at what it does; if it is not wanted, drop it.");
}

bool stead_host_examine(stead_call *call)
{
	frame *frame = frame_of(call);
	bool sound;

	/* Before stead_init(), the tables have no owner. Anybody may read the catalogs. */
	if (!frame->started)
		start(frame, GetUserId(), false);
	stead_judge(call, "encoding", STEAD_FAIL, GetDatabaseEncoding() == PG_UTF8 ? NULL : GetDatabaseEncodingName(),
	            GetDatabaseEncodingName(), ENCODING_REMEDY);
	examine_definitions(call);
	examine_elsewhere(call);
	sound = examine_owners(call);
	if (sound && stead_schema_version(call) == STEAD_VERSION_SCHEMA) {
		sound = examine_shape(call);
		report_numbers(call);
	}
	examine_triggers(call);
	cache_table_report(call, cache_of_backend());
	examine_execute(call);
	if (sound)
		examine_grants(call);
	examine_tables(call);
	return sound;
}
