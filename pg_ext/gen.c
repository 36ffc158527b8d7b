/*
 * gen.c - writes what follows from the registry: `gen sql` the install script, `gen entry` the exported symbols,
 * `gen reference` the function reference. Its outputs are committed; make check compares them.
 *
 * It is linked with the modules and with the SQLite host, whose port it never calls.
 */
#include <stdio.h>
#include <string.h>

#include "core/cache_table.h"
#include "core/host.h"
#include "core/walk.h"
#include "stead.h"

static const char *sql_type(stead_type type)
{
	static const char *const names[] = {
		"", "boolean", "bigint", "double precision", "text", "timestamp with time zone", "json", "bytea"};

	return names[type];
}

static void quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'')
			putchar('\'');
		putchar(*text);
	}
	putchar('\'');
}

static void types(const stead_function *function)
{
	for (int i = 0; i < stead_arg_count(function); i++)
		printf("%s%s", i ? ", " : "", sql_type(function->args[i].type));
}

static void arguments(const stead_function *function)
{
	for (int i = 0; i < stead_arg_count(function); i++) {
		const stead_arg *arg = &function->args[i];

		printf("%s%s %s", i ? ", " : "", arg->name, sql_type(arg->type));
		if (arg->fallback && arg->type == STEAD_TEXT) {
			printf(" DEFAULT ");
			quoted(arg->fallback);
		} else if (stead_arg_optional(arg))
			printf(" DEFAULT %s", arg->fallback ? arg->fallback : "NULL");
	}
}

static void sql_function(const stead_function *function)
{
	static const char *const volatility[] = {"", "IMMUTABLE PARALLEL SAFE", "STABLE PARALLEL SAFE",
	                                         "VOLATILE PARALLEL UNSAFE", "VOLATILE PARALLEL UNSAFE"};

	printf("\nCREATE FUNCTION stead_%s(", function->name);
	arguments(function);
	printf(")\n");
	if (function->rows) {
		printf("RETURNS TABLE (");
		for (int i = 0; i < stead_column_count(function); i++)
			printf("%s%s %s", i ? ", " : "", function->columns[i].name, sql_type(function->columns[i].type));
		printf(")%s", function->one_row ? " ROWS 1" : "");
	} else
		printf("RETURNS %s", sql_type(function->returns));
	printf("\nLANGUAGE C %s\nAS 'MODULE_PATHNAME';\n", volatility[function->effect]);
	printf("COMMENT ON FUNCTION stead_%s(", function->name);
	types(function);
	printf(") IS\n");
	quoted(function->doc);
	printf(";\n");
}

/* Nobody is named who could be dropped: pg_init_privs would keep the number, and pg_dump write it. */
static void sql_privileges(void)
{
	printf(
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
		"\t\tAND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid LOOP\n"
		"\t\tEXECUTE pg_catalog.format('ALTER FUNCTION %%s OWNER TO %%I', signature, pg_catalog.pg_get_userbyid(10));\n"
		"\t\tIF for_owner THEN\n"
		"\t\t\tEXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %%s TO pg_database_owner WITH GRANT OPTION', "
	    "signature);\n"
		"\t\tEND IF;\n"
		"\tEND LOOP;\n"
		"END $script$;\n\n");
	for (const stead_function *function = NULL; (function = stead_next_function(function));) {
		if (function->audience == STEAD_PUBLIC || function->checks_caller)
			continue;
		printf("REVOKE ALL ON FUNCTION stead_%s(", function->name);
		types(function);
		printf(") FROM PUBLIC;\n");
	}
}

static void write_sql(void)
{
	static const char *const triggers[][2] = {
		{"stead_refuse_change", "Trigger: refuses UPDATE, DELETE and TRUNCATE of an append-only table."},
		{"stead_signal_change", "Trigger: invalidates what the backends have cached of the table."}};

	printf("-- Stead " STEAD_VERSION ". Generated from the registry (pg_ext/gen.c); do not edit.\n"
	       "\\echo Use \"CREATE EXTENSION stead\" to load this file. \\quit\n");
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		printf("\n-- %s: %s\n", module->name, module->doc);
		for (int i = 0; i < module->function_count; i++)
			sql_function(&module->functions[i]);
	}
	printf("\n-- A change of a cached table sends a relcache invalidation of one of these.\n");
	printf("-- In a schema of their own, where they are in nobody's way.\nCREATE SCHEMA stead_signal;\n");
	for (int i = 0; i < stead_signal_count(); i++)
		printf("CREATE TYPE stead_signal.signal_%d AS ();\n", i);
	printf("\n-- triggers\n");
	for (int i = 0; i < STEAD_COUNT(triggers); i++) {
		printf("\nCREATE FUNCTION %s() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';\n", triggers[i][0]);
		printf("COMMENT ON FUNCTION %s() IS '%s';\n", triggers[i][0], triggers[i][1]);
	}
	sql_privileges();
	for (int i = 0; i < STEAD_COUNT(triggers); i++)
		printf("REVOKE ALL ON FUNCTION %s() FROM PUBLIC;\n", triggers[i][0]);
}

static void write_entry(void)
{
	printf("/* entry.c - one exported symbol per function. Generated from the registry (gen.c); do not edit. */\n"
	       "#pragma GCC visibility push(default)\n"
	       "#include \"host.h\"\n\n"
	       "PG_MODULE_MAGIC;\n\n"
	       "PG_FUNCTION_INFO_V1(stead_refuse_change);\n"
	       "PG_FUNCTION_INFO_V1(stead_signal_change);\n\n"
	       "/* The function that has this number in its module. */\n"
	       "#define ENTRY(function, module, number) \\\n"
	       "\tPG_FUNCTION_INFO_V1(stead_##function); \\\n"
	       "\tDatum stead_##function(PG_FUNCTION_ARGS) \\\n"
	       "\t{ \\\n"
	       "\t\treturn stead_enter(fcinfo, &stead_##module.functions[number]); \\\n"
	       "\t}\n");
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		printf("\nextern const stead_module stead_%s;\n", module->name);
		for (int i = 0; i < module->function_count; i++)
			printf("ENTRY(%s, %s, %d)\n", module->functions[i].name, module->name, i);
	}
}

/* A table cell: a bar would end it. */
static void cell(const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			putchar('\\');
		putchar(*text);
	}
}

static void write_reference(void)
{
	printf("# Function reference\n\nStead " STEAD_VERSION
	       ". Generated from the registry; `SELECT * FROM stead_help()` gives "
	       "it in short.\n\nTypes: text, int (64 bit), real, bool, time, json, bytes; on SQLite bool is 0/1, time is "
	       "ISO 8601 "
	       "text in UTC, json is text.\nA scalar function gives one value; `row` and `rows` are called in FROM. A json "
	       "argument has at "
	       "most 1 MiB unless its function says otherwise.\n");
	for (const stead_module *module = NULL; (module = stead_next_module(module));) {
		printf("\n## %s\n\n%s\n", module->name, module->doc);
		for (int i = 0; i < module->function_count; i++) {
			const stead_function *function = &module->functions[i];

			printf("\n### stead_%s\n\n`stead_%s(", function->name, function->name);
			for (int k = 0; k < stead_arg_count(function); k++) {
				const stead_arg *arg = &function->args[k];
				const char *quote = arg->fallback && arg->type == STEAD_TEXT ? "'" : "";

				printf("%s%s %s", k ? ", " : "", arg->name, stead_type_name(arg->type));
				if (stead_arg_optional(arg))
					printf(" = %s%s%s", quote, arg->fallback ? arg->fallback : "null", quote);
			}
			printf(") -> ");
			if (function->rows) {
				printf(function->one_row ? "row(" : "rows(");
				for (int k = 0; k < stead_column_count(function); k++)
					printf("%s%s %s", k ? ", " : "", function->columns[k].name,
					       stead_type_name(function->columns[k].type));
				printf(")");
			} else
				printf("%s", stead_type_name(function->returns));
			printf("`\n\n%s · %s · since %s\n\n", stead_effect_name(function->effect),
			       stead_audience_name(function->audience), function->since);
			cell(function->doc);
			printf("\n");
		}
	}
	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		printf("\n### table stead_%s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n", table->name, table->doc);
		for (int i = 0; i < STEAD_MAX_COLUMNS && table->columns[i].name; i++) {
			printf("| %s | %s%s | ", table->columns[i].name, stead_type_name(table->columns[i].type),
			       table->columns[i].nullable ? ", may be null" : "");
			cell(table->columns[i].doc);
			printf(" |\n");
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

int main(int count, char **arguments_)
{
	const char *what = count == 2 ? arguments_[1] : "";

	if (clashes())
		return 1;
	if (strcmp(what, "sql") == 0)
		write_sql();
	else if (strcmp(what, "entry") == 0)
		write_entry();
	else if (strcmp(what, "reference") == 0)
		write_reference();
	else {
		fprintf(stderr, "usage: gen sql|entry|reference\n");
		return 2;
	}
	return 0;
}
