/*
 * meta.c - the installation itself: version, tables, help, checks, and grants.
 *
 * stead_schema has one row: the version of the tables. Only stead_init() makes or changes tables.
 */
#include <string.h>

#include "upkeep/maintain.h"
#include "upkeep/measure.h"
#include "core/finding.h"
#include "core/host.h"
#include "core/walk.h"
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
	stead_refuse_newer(call, have);
	stead_make_tables(call);
	have = stead_schema_version(call); /* another caller may have upgraded them meanwhile */
	for (const stead_module *module = NULL;
	     have && have < STEAD_VERSION_SCHEMA && (module = stead_next_module(module));)
		if (module->upgrade)
			module->upgrade(call, have);
	if (have < STEAD_VERSION_SCHEMA) {
		stead_value row[] = {stead_int(STEAD_VERSION_SCHEMA), stead_time(stead_now(call))};

		stead_run(call,
		          "INSERT INTO stead_schema (id, version, updated_at) VALUES (1, $1, $2)"
		          " ON CONFLICT (id) DO UPDATE SET version = $1, updated_at = $2",
		          2, row);
	}
	for (const stead_module *module = NULL; (module = stead_next_module(module));)
		if (module->begin)
			module->begin(call);
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

		stead_append_text(call, &text,
		                  stead_format(call, "%s%s %s", i ? ", " : "", arg->name, stead_type_name(arg->type)));
		if (stead_arg_optional(arg))
			stead_append_text(call, &text,
			                  stead_format(call, " = %s%s%s", quote, arg->fallback ? arg->fallback : "null", quote));
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

	for (const stead_function *function = NULL; (function = stead_next_function(function));) {
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

/* The missing tables, separated by commas; NULL: none is missing. */
static const char *missing_tables(stead_call *call)
{
	stead_buffer list = {0};

	for (const stead_table *table = NULL; (table = stead_next_table(table));)
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
	else if (missing && have == STEAD_VERSION_SCHEMA) /* else nobody expects them all */
		detail = stead_format(call, "missing: %s", missing);
	else
		detail = stead_format(call, "schema version %lld, the library's is %d", (long long)have, STEAD_VERSION_SCHEMA);
	if (have > STEAD_VERSION_SCHEMA)
		remedy = "Use the version of Stead that made the tables, or a later one.";
	else if (!good)
		remedy = stead_init_remedy(call);
	stead_finding(call, "tables", good ? STEAD_OK : STEAD_FAIL, detail, remedy);
	good = stead_host_examine(call) && good;
	for (const stead_module *module = NULL; good && (module = stead_next_module(module));)
		if (module->examine)
			module->examine(call);
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
	stead_rows *rows =
		stead_open(call, "SELECT role_name, audience FROM stead_grant ORDER BY role_name, audience", 0, NULL);

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
		.local = true,
		.columns =
			{
				{"id", STEAD_INT, "Always 1.", .key = true},
				{"version", STEAD_INT, "The schema version that stead_init() upgraded the tables to."},
				{"updated_at", STEAD_TIME, "When it did."},
			},
	},
	{
		.name = "signal",
		.doc = "Invalidates the caches of SQLite connections. On PostgreSQL it is empty: there the server's messages "
			   "do it.",
		.schema = 2,
		.local = true,
		.columns =
			{
				{"signal", STEAD_INT, "Number of a signal; -1: all of them.", .key = true},
				{"generation", STEAD_INT,
                 "Row -1: a counter of all signals; other rows: its value when this signal was last given."},
			},
	},
	{
		.name = "permit",
		.doc = "Names the append-only table that one of Stead's own statements is changing. Between statements it is "
			   "empty; on PostgreSQL it is always empty.",
		.schema = 3,
		.local = true,
		.columns = {{"name", STEAD_TEXT, "The table's name, without the prefix.", .key = true}},
	},
	{
		.name = "local",
		.doc =
			"What the transaction on SQLite knows, for triggers in plain SQL. Once it has ended, there is no row 1; on "
			"PostgreSQL the table is always empty.",
		.schema = 5,
		.local = true,
		.columns =
			{
				{"id", STEAD_INT, "1: what the transaction knows; 0: there are triggers that want to know it.",
                 .key = true},
				{"value", STEAD_JSON, "A JSON object, as stead_context_set() takes it.", .nullable = true},
			},
	},
	{
		.name = "replaced",
		.doc =
			"Rows of recorded tables that an INSERT or UPDATE on SQLite may replace. The next statement of that kind "
			"empties it; on PostgreSQL it is always empty.",
		.schema = 5,
		.local = true,
		.columns =
			{
				{"table_name", STEAD_TEXT, "The table, as its changes name it.", .key = true},
				{"row_key", STEAD_TEXT, "The row's key, as a JSON object.", .key = true},
				{"old_values", STEAD_JSON, "What the row has, as its changes would say it."},
			},
	},
	{
		.name = "sequence",
		.doc = "The number of a table's last row, if that row was deleted: the next one gets a higher number. On "
			   "PostgreSQL, which has sequences, it is always empty.",
		.schema = 5,
		.local = true,
		.columns =
			{
				{"name", STEAD_TEXT, "The table's name, without the prefix.", .key = true},
				{"last", STEAD_INT, "The number."},
			},
	},
	{
		.name = "lease",
		.doc = "Leases: which call runs an upkeep that only one call may run at a time. Between calls it is empty; on "
			   "PostgreSQL it is always empty.",
		.schema = 3,
		.local = true,
		.columns =
			{
				{"name", STEAD_TEXT, "The name of the lock.", .key = true},
				{"holder", STEAD_TEXT, "Number of the process, its machine, and its connection."},
				{"expires_at", STEAD_TIME, "When the lease lapses."},
			},
	},
	{
		.name = "maintenance",
		.doc = "When stead_maintain() last ran: one row. It is noted once a minute at most.",
		.schema = 5,
		.local = true,
		.columns =
			{
				{"id", STEAD_INT, "Always 1.", .key = true},
				{"last_run_at", STEAD_TIME, "When it ended."},
			},
	},
	{
		.name = "grant",
		.doc = "What stead_grant() granted: stead_init() grants it again. On SQLite, which has no roles, it is empty. "
			   "Whoever can write this table decides who gets EXECUTE.",
		.schema = 4,
		.local = true,
		.columns =
			{
				{"era", STEAD_INT, "The cluster that numbered the role: its system identifier.", .key = true},
				{"role_id", STEAD_INT, "The role's number there.", .key = true},
				{"role_name", STEAD_TEXT, "Its name at the time of the grant."},
				{"audience", STEAD_TEXT, "app, auditor or admin."},
				{"granted_at", STEAD_TIME, "When it was granted."},
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
		.doc = "Creates or upgrades the tables and returns the schema version. It can be called again, and by several "
			   "callers at once. Tables of a later version of Stead are an error, and so is a database that is not "
			   "UTF-8. On PostgreSQL it repeats the grants of stead_grant(), if the caller has the rights of the "
			   "extension's owner.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.checks_caller = true,
		.returns = STEAD_INT,
		.call = init,
	},
	{
		.name = "help",
		.doc = "Lists Stead's functions, or the named one. The name is in full, such as stead_audit_log; an unknown "
			   "name gives no row.",
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
		.doc = "Examines the installation and returns a row for each check. status is ok, warn or fail. remedy says "
			   "what to do, as SQL where SQL can do it. Works before stead_init().",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_AUDITOR,
		.columns = {{"check_name", STEAD_TEXT}, {"status", STEAD_TEXT}, {"detail", STEAD_TEXT}, {"remedy", STEAD_TEXT}},
		.rows = doctor,
	},
	{
		.name = "maintain",
		.doc = "Does a bounded amount of upkeep, and reports as JSON what it did and whether something is left. Upkeep "
			   "is what modules do from time to time, such as sealing and retention; on SQLite it also returns free "
			   "pages to the system, if auto_vacuum is INCREMENTAL. It ends soon after budget_ms (0 to 3600000; 0: one "
			   "step of each module). The next call goes on where this one stopped. If nothing can be written, as on a "
			   "hot standby, or another call is doing upkeep, it does nothing and says why. On SQLite, outside a "
			   "transaction, it commits each step and lets others write in between; after an error, committed steps "
			   "stay.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"budget_ms", STEAD_INT, .fallback = "1000"}},
		.returns = STEAD_JSON,
		.call = maintain,
	},
	{
		.name = "grant",
		.doc = "Sets which functions a role may call: it gets EXECUTE on those of an audience, and on no others. The "
			   "audiences are public, app, auditor and admin; each includes those before it, so that public revokes "
			   "all others. Returns true if something changed. The caller must be the extension's owner or a member of "
			   "that role. On SQLite, which has no roles, it is an error.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"role_name", STEAD_TEXT}, {"audience", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = grant,
	},
	{
		.name = "grants",
		.doc = "Lists by name the roles that have an audience by stead_grant(). On SQLite, which has no roles, there "
			   "are none.",
		.since = "0.1",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.columns = {{"role_name", STEAD_TEXT}, {"audience", STEAD_TEXT}},
		.rows = grants,
	},
	{
		.name = "configure",
		.doc = "Sets the connection's recommended settings, and reports each before and after, as JSON. SQLite: "
			   "journal_mode WAL, busy_timeout 5000 ms, synchronous NORMAL, foreign_keys ON; it is an error inside a "
			   "transaction. All but journal_mode apply to this connection only. PostgreSQL: it only reports.",
		.since = "0.1",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.returns = STEAD_JSON,
		.call = configure,
	},
};

const stead_module stead_meta = {
	.name = "meta",
	.doc = "The installation itself: version, tables, help, checks, upkeep, and grants.",
	.tables = tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.options = memory_options,
	.measure = meta_measure,
};
