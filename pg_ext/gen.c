/*
 * gen.c - writes what follows from the registry: `gen sql` the install script, `gen update OLD.sql` the script that
 * updates what that released one has made, `gen entry` the exported symbols, `gen reference` the function reference.
 * Its outputs are committed; make check compares them.
 *
 * It is linked with the modules and with the SQLite host, whose port it never calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cache_table.h"
#include "core/host.h"
#include "core/walk.h"
#include "stead.h"

#define CREATE "CREATE FUNCTION stead_"
#define CREATE_SIGNAL "CREATE TYPE stead_signal.signal_%d AS ();\n"

static FILE *out;

static const char *sql_type(stead_type type)
{
	static const char *const names[] = {
		"", "boolean", "bigint", "double precision", "text", "timestamp with time zone", "json", "bytea"};

	return names[type];
}

static void quoted(const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static void types(const stead_function *function)
{
	for (int i = 0; i < stead_arg_count(function); i++)
		fprintf(out, "%s%s", i ? ", " : "", sql_type(function->args[i].type));
}

static void arguments(const stead_function *function)
{
	for (int i = 0; i < stead_arg_count(function); i++) {
		const stead_arg *arg = &function->args[i];

		fprintf(out, "%s%s %s", i ? ", " : "", arg->name, sql_type(arg->type));
		if (arg->fallback && arg->type == STEAD_TEXT) {
			fprintf(out, " DEFAULT ");
			quoted(arg->fallback);
		} else if (stead_arg_optional(arg))
			fprintf(out, " DEFAULT %s", arg->fallback ? arg->fallback : "NULL");
	}
}

static void sql_create(const stead_function *function)
{
	static const char *const volatility[] = {"", "IMMUTABLE PARALLEL SAFE", "STABLE PARALLEL SAFE",
	                                         "VOLATILE PARALLEL UNSAFE", "VOLATILE PARALLEL UNSAFE"};

	fprintf(out, "CREATE FUNCTION stead_%s(", function->name);
	arguments(function);
	fprintf(out, ")\n");
	if (function->rows) {
		fprintf(out, "RETURNS TABLE (");
		for (int i = 0; i < stead_column_count(function); i++)
			fprintf(out, "%s%s %s", i ? ", " : "", function->columns[i].name, sql_type(function->columns[i].type));
		fprintf(out, ")%s", function->one_row ? " ROWS 1" : "");
	} else
		fprintf(out, "RETURNS %s", sql_type(function->returns));
	fprintf(out, "\nLANGUAGE C %s\nAS 'MODULE_PATHNAME';\n", volatility[function->effect]);
}

static void signature(const stead_function *function)
{
	fprintf(out, "stead_%s(", function->name);
	types(function);
	fprintf(out, ")");
}

static void sql_comment(const stead_function *function)
{
	fprintf(out, "COMMENT ON FUNCTION ");
	signature(function);
	fprintf(out, " IS\n");
	quoted(function->doc);
	fprintf(out, ";\n");
}

static void sql_revoke(const stead_function *function)
{
	fprintf(out, "REVOKE ALL ON FUNCTION ");
	signature(function);
	fprintf(out, " FROM PUBLIC;\n");
}

static bool is_revoked(const stead_function *function)
{
	return function->audience != STEAD_PUBLIC && !function->checks_caller;
}

/* A session keeps the library that it has loaded, and a package may have brought the script alone. An earlier script
 * fits a later library. */
static void sql_check_library(void)
{
	fprintf(out, "\nDO $script$\n"
	             "BEGIN\n"
	             "\tIF pg_catalog.string_to_array(stead_version(), '.')::pg_catalog.int4[] OPERATOR(pg_catalog.<)\n"
	             "\t\tpg_catalog.string_to_array('" STEAD_VERSION "', '.')::pg_catalog.int4[] THEN\n"
	             "\t\tRAISE EXCEPTION 'stead: the library is of version %%, these SQL definitions are of " STEAD_VERSION
	             "', stead_version()\n"
	             "\t\t\tUSING ERRCODE = 'object_not_in_prerequisite_state',\n"
	             "\t\t\tHINT = 'Reconnect: a session keeps the library that it has loaded. '\n"
	             "\t\t\t'If that does not help, install the library of " STEAD_VERSION " on this server.';\n"
	             "\tEND IF;\n"
	             "END $script$;\n");
}

/* Nobody is named who could be dropped: pg_init_privs would keep the number, and pg_dump write it. */
static void sql_owner(const char *only)
{
	fprintf(out, 
		"\n"
		"-- Every function is the bootstrap superuser's, whom nobody can drop, whoever creates the extension. What "
	    "this script gives\n"
		"-- is what pg_dump takes for granted, by pg_init_privs: a role that can go is not named here. stead_init() "
	    "gives the\n"
		"-- extension's owner EXECUTE; if he owns the database, that gives it to him, so that he can restore a dump of "
	    "his own.\n"
		"DO $script$\n"
		"DECLARE\n"
		"\tsignature pg_catalog.text;\n"
		"\tfor_owner pg_catalog.bool := pg_catalog.to_regrole('pg_database_owner') IS NOT NULL AND EXISTS (SELECT FROM "
	    "pg_catalog.pg_extension e\n"
		"\t\tJOIN pg_catalog.pg_database d ON d.datdba = e.extowner JOIN pg_catalog.pg_roles r ON r.oid = e.extowner\n"
		"\t\tWHERE e.extname = 'stead' AND d.datname = pg_catalog.current_database() AND NOT r.rolsuper);\n"
		"BEGIN\n"
		"\tFOR signature IN SELECT d.objid::pg_catalog.regprocedure::pg_catalog.text FROM pg_catalog.pg_depend d\n"
		"\t\tJOIN pg_catalog.pg_extension e ON e.oid = d.refobjid\n"
		"\t\tWHERE e.extname = 'stead' AND d.deptype = 'e' AND d.refclassid = "
	    "'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid\n"
		"\t\tAND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid%s LOOP\n"
		"\t\tEXECUTE pg_catalog.format('ALTER FUNCTION %%s OWNER TO %%I', signature, pg_catalog.pg_get_userbyid(10));\n"
		"\t\tIF for_owner THEN\n"
		"\t\t\tEXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %%s TO pg_database_owner WITH GRANT OPTION', "
	    "signature);\n"
		"\t\tEND IF;\n"
		"\tEND LOOP;\n"
		"END $script$;\n\n",
		only);
}

static const char *const triggers[][2] = {
	{"stead_refuse_change", "Trigger: refuses UPDATE, DELETE and TRUNCATE of an append-only table."},
	{"stead_signal_change", "Trigger: invalidates what the backends have cached of the table."},
	{"stead_record_change", "Trigger: records the changes of a captured table."}};

static void create_trigger(int i)
{
	fprintf(out, "\nCREATE FUNCTION %s() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';\n", triggers[i][0]);
	fprintf(out, "COMMENT ON FUNCTION %s() IS '%s';\n", triggers[i][0], triggers[i][1]);
}

static void revoke_trigger(int i)
{
	fprintf(out, "REVOKE ALL ON FUNCTION %s() FROM PUBLIC;\n", triggers[i][0]);
}

static void write_sql(void)
{
	fprintf(out, "-- Stead " STEAD_VERSION ". Generated from the registry (pg_ext/gen.c); do not edit.\n"
	       "\\echo Use \"CREATE EXTENSION stead\" to load this file. \\quit\n");
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		fprintf(out, "\n-- %s: %s\n", module->name, module->doc);
		for (int i = 0; i < module->function_count; i++) {
			if (module->functions[i].gone)
				continue;
			fprintf(out, "\n");
			sql_create(&module->functions[i]);
			sql_comment(&module->functions[i]);
		}
		if (module == stead_next_module(NULL)) /* it has stead_version() */
			sql_check_library();
	}
	fprintf(out, "\n-- A change of a cached table sends a relcache invalidation of one of these.\n");
	fprintf(out, "-- In a schema of their own, where they are in nobody's way.\nCREATE SCHEMA stead_signal;\n");
	for (int i = 0; i < stead_signal_count(); i++)
		fprintf(out, CREATE_SIGNAL, i);
	fprintf(out, "\n-- triggers\n");
	for (int i = 0; i < STEAD_COUNT(triggers); i++)
		create_trigger(i);
	sql_owner("");
	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		if (is_revoked(function))
			sql_revoke(function);
	for (int i = 0; i < STEAD_COUNT(triggers); i++)
		revoke_trigger(i);
}

/* ---- Updates: what a released script made becomes what today's would make ---------------------------------------- */

static char *read_file(const char *path)
{
	static char *text; /* static: gcc takes the pointer that getdelim() is given for one to a variable that has gone */
	static size_t size;
	FILE *in = fopen(path, "r");

	if (!in || getdelim(&text, &size, '\0', in) < 0) {
		fprintf(stderr, "gen: %s cannot be read\n", path);
		exit(1);
	}
	fclose(in);
	return text;
}

/* What one of the functions above writes. */
static char *written(void (*write)(const stead_function *function), const stead_function *function)
{
	static char *text; /* static as above */
	static size_t size;
	FILE *before = out;

	out = open_memstream(&text, &size);
	if (!out)
		exit(1);
	write(function);
	fclose(out);
	out = before;
	return text;
}

static const stead_function *find(const char *name, size_t size)
{
	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		if (strlen(function->name) == size && strncmp(function->name, name, size) == 0)
			return function;
	return NULL;
}

/* Replaced, never dropped and made again: that keeps what was granted, and the views that use it. 1: it differs in what
 * must never change. */
static int update_function(const stead_function *function, const char *old)
{
	char *create = written(sql_create, function), *comment = written(sql_comment, function), *name;
	char *revoke = written(sql_revoke, function), *body = strstr(create, "\nLANGUAGE");
	int refused = 0;

	if (asprintf(&name, CREATE "%s(", function->name) < 0)
		exit(1);
	if (!strstr(old, name))
		fprintf(out, "\n%s", create);
	else if (!strstr(old, create)) {
		*body = '\0';
		refused = !strstr(old, create);
		if (refused)
			fprintf(stderr,
			        "stead_%s: the arguments and the result of a released function never change:"
			        " give the new one another name\n",
			        function->name);
		*body = '\n';
		fprintf(out, "\nCREATE OR REPLACE%s", create + strlen("CREATE"));
	}
	if (!strstr(old, comment))
		fprintf(out, "%s", comment);
	if (is_revoked(function) && !strstr(old, revoke))
		fprintf(out, "%s", revoke);
	else if (!is_revoked(function) && strstr(old, revoke)) {
		fprintf(out, "GRANT EXECUTE ON FUNCTION ");
		signature(function);
		fprintf(out, " TO PUBLIC;\n");
	}
	free(create), free(comment), free(revoke), free(name);
	return refused;
}

/* The functions that the old script does not make become the bootstrap superuser's, as the others are. */
static void update_owners(const char *old)
{
	char *only = NULL, *name;
	size_t size;
	FILE *before = out;
	int count = 0;

	out = open_memstream(&only, &size);
	if (!out)
		exit(1);
	for (const stead_function *function = NULL; (function = stead_next_function(function));) {
		if (asprintf(&name, CREATE "%s(", function->name) < 0)
			exit(1);
		if (!strstr(old, name)) {
			fprintf(out, "%s'", count++ ? ", " : "\n\t\tAND d.objid IN (");
			signature(function);
			fprintf(out, "'::pg_catalog.regprocedure");
		}
		free(name);
	}
	for (int i = 0; i < STEAD_COUNT(triggers); i++)
		if (!strstr(old, triggers[i][0]))
			fprintf(out, "%s'%s()'::pg_catalog.regprocedure", count++ ? ", " : "\n\t\tAND d.objid IN (",
			        triggers[i][0]);
	fprintf(out, ")");
	fclose(out);
	out = before;
	if (count)
		sql_owner(only);
	free(only);
}

static int write_update(const char *path)
{
	char *old = read_file(path), *line;
	int signals = 0, refused = 0;

	fprintf(out, "-- Stead " STEAD_VERSION
	             ", from the version in this file's name. Generated from the registry (pg_ext/gen.c); do not edit.\n"
	             "\\echo Use \"ALTER EXTENSION stead UPDATE\" to load this file. \\quit\n");
	sql_check_library();
	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		refused |= update_function(function, old);
	for (int i = 0; i < STEAD_COUNT(triggers); i++)
		if (!strstr(old, triggers[i][0])) {
			create_trigger(i);
			revoke_trigger(i);
		}
	update_owners(old);
	for (line = old; (line = strstr(line, "\n" CREATE)); line++) {
		const char *name = line + 1 + strlen(CREATE);
		size_t size = strcspn(name, "(");
		char *comment, *types_;

		if (find(name, size) || strncmp(name + size, "() RETURNS trigger", 18) == 0)
			continue;
		if (asprintf(&comment, "\nCOMMENT ON FUNCTION stead_%.*s(", (int)size, name) < 0)
			exit(1);
		types_ = strstr(old, comment) + strlen(comment);
		fprintf(out, "\nDROP FUNCTION stead_%.*s(%.*s);\n", (int)size, name, (int)strcspn(types_, ")"), types_);
		free(comment);
	}
	for (;; signals++) {
		char create[sizeof CREATE_SIGNAL + 12];
		bool had;

		snprintf(create, sizeof create, CREATE_SIGNAL, signals);
		had = strstr(old, create);
		if (signals >= stead_signal_count() && !had)
			break;
		if (signals >= stead_signal_count())
			fprintf(out, "DROP TYPE stead_signal.signal_%d;\n", signals);
		else if (!had)
			fprintf(out, "%s", create);
	}
	free(old);
	return refused;
}

/* ---- Other files -------------------------------------------------------------------------------------------- */

static void write_entry(void)
{
	fprintf(out, "/* entry.c - one exported symbol per function. Generated from the registry (gen.c); do not edit. */\n"
	       "#pragma GCC visibility push(default)\n"
	       "#include \"host.h\"\n\n"
	       "PG_MODULE_MAGIC;\n\n"
	       "PG_FUNCTION_INFO_V1(stead_refuse_change);\n"
	       "PG_FUNCTION_INFO_V1(stead_signal_change);\n"
	       "PG_FUNCTION_INFO_V1(stead_record_change);\n\n"
	       "/* The function that has this number in its module. */\n"
	       "#define ENTRY(function, module, number) \\\n"
	       "\tPG_FUNCTION_INFO_V1(stead_##function); \\\n"
	       "\tDatum stead_##function(PG_FUNCTION_ARGS) \\\n"
	       "\t{ \\\n"
	       "\t\treturn stead_enter(fcinfo, &stead_##module.functions[number]); \\\n"
	       "\t}\n");
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		fprintf(out, "\nextern const stead_module stead_%s;\n", module->name);
		for (int i = 0; i < module->function_count; i++)
			fprintf(out, "ENTRY(%s, %s, %d)\n", module->functions[i].name, module->name, i);
	}
}

/* A table cell: a bar would end it. */
static void cell(const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void write_reference(void)
{
	fprintf(out, "# Function reference\n\nStead " STEAD_VERSION
	       ". Generated from the registry; `SELECT * FROM stead_help()` gives "
	       "it in short.\n\nTypes: text, int (64 bit), real, bool, time, json, bytes; on SQLite bool is 0/1, time is "
	       "ISO 8601 "
	       "text in UTC, json is text.\nA scalar function gives one value; `row` and `rows` are called in FROM. A json "
	       "argument has at "
	       "most 1 MiB unless its function says otherwise.\n");
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		fprintf(out, "\n## %s\n\n%s\n", module->name, module->doc);
		for (int i = 0; i < module->function_count; i++) {
			const stead_function *function = &module->functions[i];

			if (function->gone)
				continue;
			fprintf(out, "\n### stead_%s\n\n`stead_%s(", function->name, function->name);
			for (int k = 0; k < stead_arg_count(function); k++) {
				const stead_arg *arg = &function->args[k];
				const char *quote = arg->fallback && arg->type == STEAD_TEXT ? "'" : "";

				fprintf(out, "%s%s %s", k ? ", " : "", arg->name, stead_type_name(arg->type));
				if (stead_arg_optional(arg))
					fprintf(out, " = %s%s%s", quote, arg->fallback ? arg->fallback : "null", quote);
			}
			fprintf(out, ") -> ");
			if (function->rows) {
				fprintf(out, function->one_row ? "row(" : "rows(");
				for (int k = 0; k < stead_column_count(function); k++)
					fprintf(out, "%s%s %s", k ? ", " : "", function->columns[k].name,
					       stead_type_name(function->columns[k].type));
				fprintf(out, ")");
			} else
				fprintf(out, "%s", stead_type_name(function->returns));
			fprintf(out, "`\n\n%s · %s · since %s\n\n", stead_effect_name(function->effect),
			       stead_audience_name(function->audience), function->since);
			cell(function->doc);
			fprintf(out, "\n");
		}
	}
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		fprintf(out, "\n### table stead_%s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n", table->name,
		        table->doc);
		for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
			fprintf(out, "| %s | %s%s | ", table->columns[i].name, stead_type_name(table->columns[i].type),
			       table->columns[i].nullable ? ", may be null" : "");
			cell(table->columns[i].doc);
			fprintf(out, " |\n");
		}
	}
}

/* On SQLite a table hides a table function of the same name. */
static int clashes(void)
{
	int found = 0;

	for (const stead_function *function = NULL; (function = stead_next_function(function));)
		if (function->rows && stead_find_table(function->name)) {
			fprintf(stderr, "stead_%s is both a table and a table function\n", function->name);
			found = 1;
		}
	return found;
}

int main(int count, char **given)
{
	const char *what = count > 1 ? given[1] : "";

	out = stdout;
	if (clashes())
		return 1;
	if (strcmp(what, "sql") == 0)
		write_sql();
	else if (strcmp(what, "update") == 0 && count > 2)
		return write_update(given[2]);
	else if (strcmp(what, "entry") == 0)
		write_entry();
	else if (strcmp(what, "reference") == 0)
		write_reference();
	else {
		fprintf(stderr, "usage: gen sql|entry|reference|update [OLD.sql]\n");
		return 2;
	}
	return 0;
}
