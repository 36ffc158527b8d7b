/*
 * doctor.c - what the SQLite host examines for stead_doctor(): the connection's settings, and objects that are not
 * Stead's.
 */
#include "doctor.h"
#include "schema.h"

#include <stdlib.h>
#include <string.h>

/* Free pages are harmless and soon used. But a file that consists mostly of free pages could be smaller. */
static void examine_free_pages(stead_call *call)
{
	static const char *const modes[] = {"none", "full", "incremental: stead_maintain() gives free pages back"};
	int mode = atoi(ask_pragma(call, "main.auto_vacuum")) % STEAD_COUNT(modes);
	long long pages = atoll(ask_pragma(call, "main.page_count")),
			  unused = atoll(ask_pragma(call, "main.freelist_count"));
	bool many = mode == 0 && unused > 1000 && unused > pages / 4;

	stead_judge(call, "auto_vacuum", STEAD_WARN,
	            many ? stead_format(call, "%s: %lld of %lld pages are free", modes[mode], unused, pages) : NULL,
	            modes[mode], "PRAGMA auto_vacuum = INCREMENTAL; VACUUM;");
}

static void examine_pragmas(stead_call *call)
{
	const char *journal = ask_pragma(call, "main.journal_mode"), *timeout = ask_pragma(call, "busy_timeout");
	const char *keys = ask_pragma(call, "foreign_keys");
	bool waits = strcmp(timeout, "0") != 0, enforced = strcmp(keys, "1") == 0;
	const char *file = sqlite3_db_filename(frame_of(call)->connection->db, "main");
	bool off = strcmp(journal, "off") == 0, memory = strcmp(journal, "memory") == 0 && file && *file;
	bool good = strcmp(journal, "wal") == 0 || (strcmp(journal, "memory") == 0 && !memory);

	stead_judge(call, "journal_mode", off ? STEAD_FAIL : STEAD_WARN,
	            good
	                ? NULL
	                : stead_format(call,
	                               off ? "%s: nothing can be rolled back, and a call that fails leaves what it has done"
	                               : memory ? "%s: a crash while something is written damages the file"
	                                        : "%s: readers and the writer wait for each other",
	                               journal),
	            journal, off && (!file || !*file) ? "PRAGMA journal_mode = MEMORY;" : "SELECT stead_configure();");
	stead_judge(call, "busy_timeout", STEAD_WARN, waits ? NULL : "0 ms: a busy database is an error at once",
	            stead_format(call, "%s ms", timeout ? timeout : ""), "SELECT stead_configure();");
	stead_judge(call, "foreign_keys", STEAD_WARN,
	            enforced ? NULL : "off: the application's own references are not enforced on this connection", "on",
	            "SELECT stead_configure();");
	examine_free_pages(call);
}

/* Is sql the text of this table or of one of its own indexes? A trigger is recognised by its name: if its text differs,
 * the row about triggers reports that. */
static bool is_ours(stead_call *call, const stead_table *table, const char *type, const char *name, const char *sql)
{
	if (strcmp(sql, table_sql(call, table)) == 0)
		return true;
	for (int i = 0; table->indexes[i].name; i++)
		if (table->indexes[i].columns && strcmp(sql, index_sql(call, table, &table->indexes[i])) == 0)
			return true;
	for (int i = 0; i < TRIGGERS_PER_TABLE && strcmp(type, "trigger") == 0; i++)
		if (trigger_sql(call, table, i) &&
		    strcmp(name, stead_format(call, "stead_%s_%s", table->name, trigger_names[i])) == 0)
			return true;
	return false;
}

/* Reports views in place of tables, triggers that are not Stead's, and objects in temp with the name of a table. */
static void examine_objects(stead_call *call, const stead_table *table, int *strange)
{
	stead_value name = stead_text(stead_format(call, "stead_%s", table->name));
	stead_rows *rows = stead_open_as(
		call, STEAD_ONE_TIME,
		"SELECT type, name, coalesce(sql, ''), 0 FROM main.sqlite_schema"
		" WHERE (tbl_name = $1 COLLATE NOCASE AND type IN ('trigger', 'view')) OR (name = $1 COLLATE NOCASE AND type "
		"<> 'table')"
		" UNION ALL SELECT type, name, coalesce(sql, ''), 1 FROM temp.sqlite_schema WHERE tbl_name = $1 COLLATE NOCASE"
		" ORDER BY 4, 1, 2",
		1, &name);

	while (stead_next(rows)) {
		const char *type = stead_string(call, stead_column(rows, 0, STEAD_TEXT));
		const char *object = stead_string(call, stead_column(rows, 1, STEAD_TEXT));
		bool temp = stead_column(rows, 3, STEAD_INT).integer != 0;

		if (!temp && is_ours(call, table, type, object, stead_string(call, stead_column(rows, 2, STEAD_TEXT))))
			continue;
		++*strange;
		stead_finding(call, "objects", strcmp(type, "view") == 0 && !temp ? STEAD_FAIL : STEAD_WARN,
		              stead_format(call, "%s%s %s on or in place of %.*s is not Stead's", temp ? "temporary " : "",
		                           type, object, (int)name.size, name.data),
		              stead_format(call, "Look at it; if it is not wanted: DROP %s %s.\"%s\";",
		                           strcmp(type, "trigger") == 0 ? "TRIGGER"
		                           : strcmp(type, "view") == 0  ? "VIEW"
		                                                        : "TABLE",
		                           temp ? "temp" : "main", object));
	}
}

static void examine_triggers(stead_call *call)
{
	stead_buffer wrong = {0};

	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		for (int i = 0; i < TRIGGERS_PER_TABLE; i++)
			if (lacks_trigger(call, table, i))
				stead_append_text(call, &wrong,
				                  stead_format(call, "%sstead_%s_%s", wrong.size ? ", " : "missing or changed: ",
				                               table->name, trigger_names[i]));
	stead_judge(call, "triggers", STEAD_FAIL, wrong.data, "every table has those it needs", "SELECT stead_init();");
}

bool stead_host_examine(stead_call *call)
{
	bool sound = true;
	int strange = 0;

	stead_judge(call, "encoding", STEAD_FAIL, is_utf8(call) ? NULL : ask_pragma(call, "main.encoding"), "UTF-8",
	            ENCODING_REMEDY);
	examine_pragmas(call);
	if (stead_schema_version(call) == STEAD_VERSION_SCHEMA)
		sound = examine_shape(call);
	examine_triggers(call);
	examine_stored(call);
	cache_table_report(call, &frame_of(call)->connection->cache);
	for (const stead_table *table = NULL; (table = stead_next_table(table));)
		examine_objects(call, table, &strange);
	if (!strange)
		stead_finding(call, "objects", STEAD_OK,
		              "no trigger on Stead's tables but its own, no view or temporary table in place of one", NULL);
	return sound;
}

const char *stead_init_remedy(stead_call *call)
{
	return is_utf8(call) ? "SELECT stead_init();" : ENCODING_REMEDY;
}
