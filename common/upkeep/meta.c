/*
 * meta.c - Stead about itself: version, tables, help, health, and who may call what.
 *
 * stead_schema holds one row: the version of the tables. stead_init() is the only way they come into being or change.
 */
#include <string.h>

#include "upkeep/maintain.h"
#include "core/host.h"
#include "state/setting/option.h"
#include "stead.h"
#include "lib/text.h"

static stead_value version(stead_call *call, const stead_value *args)
{
	(void)call, (void)args;
	return stead_text(STEAD_VERSION);
}

static stead_value backend(stead_call *call, const stead_value *args)
{
	(void)call, (void)args;
	return stead_text(stead_backend_name());
}

static stead_value init(stead_call *call, const stead_value *args)
{
	int64_t have = stead_schema_version(call);

	(void)args;
	stead_refuse_newer(call);
	stead_make_tables(call);
	have = stead_schema_version(call); /* another caller may have been first */
	for (const stead_module *const *module = stead_modules; have && have < STEAD_VERSION_SCHEMA && *module; module++)
		if ((*module)->upgrade)
			(*module)->upgrade(call, have);
	if (have < STEAD_VERSION_SCHEMA) {
		stead_value row[] = {stead_int(STEAD_VERSION_SCHEMA), stead_time(stead_now(call))};

		stead_run(call, "INSERT INTO stead_schema (id, version, updated_at) VALUES (1, $1, $2)"
		          " ON CONFLICT (id) DO UPDATE SET version = $1, updated_at = $2",
		          2, row);
	}
	for (const stead_module *const *module = stead_modules; *module; module++)
		if ((*module)->begin)
			(*module)->begin(call);
	stead_host_grant_again(call);
	return stead_int(STEAD_VERSION_SCHEMA);
}

/* ---- help -------------------------------------------------------------------------------------------------------- */

static const char *signature(stead_call *call, const stead_function *function)
{
	stead_buffer text = {0};

	stead_append_text(call, &text, "");
	for (int i = 0; i < stead_arg_count(function); i++) {
		const stead_arg *arg = &function->args[i];
		const char *quote = arg->fallback && arg->type == STEAD_TEXT ? "'" : "";

		stead_append_text(call, &text, stead_format(call, "%s%s %s", i ? ", " : "", arg->name, stead_type_name(arg->type)));
		if (stead_arg_optional(arg))
			stead_append_text(
			    call, &text, stead_format(call, " = %s%s%s", quote, arg->fallback ? arg->fallback : "null", quote));
	}
	return text.data;
}

static const char *returns(stead_call *call, const stead_function *function)
{
	stead_buffer text = {0};

	if (!function->rows)
		return stead_type_name(function->returns);
	stead_append_text(call, &text, function->one_row ? "row(" : "rows(");
	for (int i = 0; i < stead_column_count(function); i++)
		stead_append_text(call, &text,
		                  stead_format(call, "%s%s %s", i ? ", " : "", function->columns[i].name,
		                               stead_type_name(function->columns[i].type)));
	stead_append_text(call, &text, ")");
	return text.data;
}

static void help(stead_call *call, const stead_value *args)
{
	const char *wanted = stead_string(call, args[0]);

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (int i = 0; i < (*module)->function_count; i++) {
			const stead_function *function = &(*module)->functions[i];
			const char *name = stead_format(call, "stead_%s", function->name), *stop = strstr(function->doc, ". ");

			if (wanted && strcmp(wanted, name) != 0)
				continue;
			stead_emit(call, (stead_value[]){
			                     stead_text(name),
			                     stead_text(signature(call, function)),
			                     stead_text(returns(call, function)),
			                     stead_text(stead_effect_name(function->effect)),
			                     stead_text(stead_audience_name(function->audience)),
			                     stop ? stead_text_n(function->doc, (size_t)(stop + 1 - function->doc))
			                          : stead_text(function->doc),
			                 });
		}
}

/* ---- doctor ------------------------------------------------------------------------------------------------------ */

/* The tables that should be there and are not, with commas between; NULL when none is missing. */
static const char *missing_tables(stead_call *call)
{
	stead_buffer list = {0};

	for (const stead_module *const *module = stead_modules; *module; module++)
		for (const stead_table *table = (*module)->tables; table && table->name; table++)
			if (!stead_has_table(call, table))
				stead_append_text(call, &list, stead_format(call, "%sstead_%s", list.size ? ", " : "", table->name));
	return list.data;
}

static void doctor(stead_call *call, const stead_value *args)
{
	int64_t have = stead_schema_version(call);
	const char *missing = missing_tables(call), *detail, *remedy = NULL;
	bool good = have == STEAD_VERSION_SCHEMA && !missing;

	(void)args;
	if (have == 0)
		detail = "stead is not initialised";
	else if (missing)
		detail = stead_format(call, "missing: %s", missing);
	else
		detail = stead_format(call, "schema version %lld, the library's is %d", (long long)have, STEAD_VERSION_SCHEMA);
	if (have > STEAD_VERSION_SCHEMA)
		remedy = "Use the version of Stead that made the tables, or a later one.";
	else if (!good)
		remedy = stead_init_remedy(call);
	stead_emit(call, (stead_value[]){stead_text("tables"), stead_text(good ? "ok" : "fail"), stead_text(detail),
	                                 stead_text(remedy)});
	good = stead_host_examine(call) && good;
	for (const stead_module *const *module = stead_modules; good && *module; module++)
		if ((*module)->examine)
			(*module)->examine(call);
}

/* ---- grant, configure -------------------------------------------------------------------------------------------- */

static stead_value grant(stead_call *call, const stead_value *args)
{
	for (int i = STEAD_PUBLIC; i <= STEAD_ADMIN; i++)
		if (stead_equals(args[1], stead_audience_name((stead_audience)i)))
			return stead_bool(stead_host_grant(call, args[0], (stead_audience)i));
	stead_raise(call, STEAD_INVALID, "stead_grant: audience must be public, app, auditor or admin");
}

static void grants(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open(call, "SELECT role_name, audience FROM stead_grant ORDER BY role_name, audience", 0, NULL);

	(void)args;
	while (stead_next(rows))
		stead_emit(call, (stead_value[]){stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_TEXT)});
}

static stead_value configure(stead_call *call, const stead_value *args)
{
	(void)args;
	return stead_host_configure(call);
}

static const stead_table tables[] = {
    {
        .name = "schema",
        .doc = "The version of Stead's tables: one row.",
        .schema = 1,
        .columns =
            {
                {"id", STEAD_INT, "Always 1.", .key = true},
                {"version", STEAD_INT, "The schema version stead_init() brought the tables to."},
                {"updated_at", STEAD_TIME, "When it did."},
            },
    },
    {
        .name = "signal",
        .doc = "What tells connections to forget what they remember. On PostgreSQL it stays empty: there messages do.",
        .schema = 2,
        .columns =
            {
                {"signal", STEAD_INT, "Number of a signal; -1: all of them.", .key = true},
                {"generation", STEAD_INT, "Row -1: how many were given; another: which of these was the last of its kind."},
            },
    },
    {
        .name = "permit",
        .doc = "Names the append-only table that a statement of Stead's own is changing. Between statements it is empty; on "
               "PostgreSQL it stays so.",
        .schema = 3,
        .columns = {{"name", STEAD_TEXT, "The table's name, without the prefix.", .key = true}},
    },
    {
        .name = "lease",
        .doc = "Who is at a piece of upkeep that only one call does at a time. Between calls it is empty; on PostgreSQL it "
               "stays so.",
        .schema = 3,
        .columns =
            {
                {"name", STEAD_TEXT, "The function that is called, without the prefix.", .key = true},
                {"holder", STEAD_TEXT, "Number of the process, its machine, and its connection."},
                {"expires_at", STEAD_TIME, "From then on it is anyone's."},
            },
    },
    {
        .name = "grant",
        .doc = "Who was given which audience by stead_grant(): stead_init() gives it again. On SQLite, which has no roles, it "
               "is empty. Who may write it decides who gets EXECUTE.",
        .schema = 4,
        .columns =
            {
                {"era", STEAD_INT, "The cluster that gave the role its number: its system identifier.", .key = true},
                {"role_id", STEAD_INT, "The role's number there.", .key = true},
                {"role_name", STEAD_TEXT, "Its name when it was given."},
                {"audience", STEAD_TEXT, "app, auditor or admin."},
                {"granted_at", STEAD_TIME, "When it was given."},
            },
    },
    {0},
};

static const stead_function functions[] = {
    {
        .name = "version",
        .doc = "Returns the version of the library, such as 0.1.0.",
        .since = "0.1",
        .effect = STEAD_PURE,
        .audience = STEAD_PUBLIC,
        .returns = STEAD_TEXT,
        .call = version,
    },
    {
        .name = "backend",
        .doc = "Returns the database Stead runs in: postgresql or sqlite.",
        .since = "0.1",
        .effect = STEAD_PURE,
        .audience = STEAD_PUBLIC,
        .returns = STEAD_TEXT,
        .call = backend,
    },
    {
        .name = "init",
        .doc = "Creates or upgrades the tables and returns the schema version. May be called again, and by several "
               "callers at once. Tables made by a later version of Stead are an error, as is a database that is not UTF-8. On PostgreSQL it gives again what "
               "stead_grant() gave, if the caller has the rights of the extension's owner.",
        .since = "0.1",
        .effect = STEAD_WRITES,
        .audience = STEAD_ADMIN,
        .checks_caller = true,
        .returns = STEAD_INT,
        .call = init,
    },
    {
        .name = "help",
        .doc = "Lists Stead's functions, or the named one. The name is given in full, as stead_audit_log; an unknown "
               "one gives no row.",
        .since = "0.1",
        .effect = STEAD_PURE,
        .audience = STEAD_PUBLIC,
        .args = {{"function_name", STEAD_TEXT, .optional = true}},
        .columns = {{"name", STEAD_TEXT},
                    {"arguments", STEAD_TEXT},
                    {"returns", STEAD_TEXT},
                    {"effect", STEAD_TEXT},
                    {"audience", STEAD_TEXT},
                    {"summary", STEAD_TEXT}},
        .rows = help,
    },
    {
        .name = "doctor",
        .doc = "Examines the installation: one row a check. status is ok, warn or fail; remedy says what to do, "
               "as SQL where SQL can do it. Works before stead_init().",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_AUDITOR,
        .columns = {{"check_name", STEAD_TEXT}, {"status", STEAD_TEXT}, {"detail", STEAD_TEXT}, {"remedy", STEAD_TEXT}},
        .rows = doctor,
    },
    {
        .name = "maintain",
        .doc = "Does a bounded amount of upkeep - what the modules have to do from time to time, and on SQLite giving "
               "free pages back where auto_vacuum is INCREMENTAL - and reports as JSON what was done, and whether "
               "something is left. It ends soon after budget_ms (0 to 3600000; 0: one step of each), and goes on where it "
               "stopped when called again. Skips, and says why, on a hot standby, where nothing can be written, and while "
               "another call is at it. On SQLite, unless inside a transaction, it commits step by step and lets others "
               "write in between; an error leaves what was committed before.",
        .since = "0.1",
        .effect = STEAD_WRITES,
        .audience = STEAD_ADMIN,
        .args = {{"budget_ms", STEAD_INT, .fallback = "1000"}},
        .returns = STEAD_JSON,
        .call = maintain,
    },
    {
        .name = "grant",
        .doc = "Sets what a role may call: EXECUTE on the functions of an audience - public, app, auditor or admin, each "
               "with those before it - and on no others, so that public takes everything back. Returns true when that "
               "changed something. The caller must be the extension's owner or a member of it. On SQLite, which has no "
               "roles, an error.",
        .since = "0.1",
        .effect = STEAD_WRITES,
        .audience = STEAD_ADMIN,
        .args = {{"role_name", STEAD_TEXT}, {"audience", STEAD_TEXT}},
        .returns = STEAD_BOOL,
        .call = grant,
    },
    {
        .name = "grants",
        .doc = "Lists the roles that stead_grant() gave an audience, by name. On SQLite, which has no roles, there are none.",
        .since = "0.1",
        .effect = STEAD_READS,
        .audience = STEAD_ADMIN,
        .columns = {{"role_name", STEAD_TEXT}, {"audience", STEAD_TEXT}},
        .rows = grants,
    },
    {
        .name = "configure",
        .doc = "Puts the connection's settings right and reports each before and after, as JSON. SQLite: journal_mode "
               "WAL, busy_timeout 5000 ms, synchronous NORMAL, foreign_keys ON; an error inside a transaction. All but "
               "the first hold for this connection only. PostgreSQL: reports, changes nothing.",
        .since = "0.1",
        .effect = STEAD_WRITES,
        .audience = STEAD_ADMIN,
        .returns = STEAD_JSON,
        .call = configure,
    },
};

const stead_module stead_meta = {
    .name = "meta",
    .doc = "Stead about itself: version, tables, help, health, upkeep, and who may call what.",
    .tables = tables,
    .functions = functions,
    .function_count = STEAD_COUNT(functions),
    .options = cache_options,
};
