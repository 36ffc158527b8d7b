/*
 * stored.c - reports what somebody may have changed without Stead: tables that accept any type, rows that disable the
 * append-only triggers, and rows that prevent upkeep.
 */
#include "doctor.h"

#include "lib/timestamp.h"

/* STRICT keeps numbers out of text columns and fractions out of flags. writable_schema can remove it from a table. */
static void examine_strict(stead_call *call)
{
	stead_buffer loose = {0};

	for (const stead_table *table = NULL; (table = stead_next_table(table));) {
		stead_value name = stead_text(stead_format(call, "stead_%s", table->name));
		const char *found = ask_list(
			call, "SELECT name FROM pragma_table_list($1) WHERE schema = 'main' AND type = 'table' AND NOT strict", 1,
			&name);

		if (found)
			stead_append_text(call, &loose, stead_format(call, "%s%s", loose.size ? ", " : "not STRICT: ", found));
	}
	stead_judge(
		call, "strict", STEAD_FAIL, loose.data, "every table is STRICT",
		"Look at who took it off. Then, for each: PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' "
		"STRICT' (before"
		" WITHOUT ROWID: ' STRICT,') WHERE name = '...'; PRAGMA writable_schema = RESET; PRAGMA integrity_check;");
}

#define LONGEST_LEASE                                                                                                  \
	((3600 + 2 * 60) * STEAD_SECOND) /* the longest budget of stead_maintain(), and how long it may take beyond that   \
	                                  */

/* The doctor reports what is missing, and must not fail because of it. */
static bool has(stead_call *call, const char *table, const char *column)
{
	int code = sqlite3_table_column_metadata(frame_of(call)->connection->db, "main", table, column, NULL, NULL, NULL,
	                                         NULL, NULL);

	if (code != SQLITE_OK && code != SQLITE_ERROR)
		raise_sqlite(call, code);
	return code == SQLITE_OK;
}

static void examine_permits(stead_call *call)
{
	const char *found = ask_list(call, "SELECT quote(name) FROM stead_permit ORDER BY 1", 0, NULL);

	stead_judge(call, "permit", STEAD_FAIL,
	            found ? stead_format(call, "stead_permit has rows, and so what they name is not append-only: %s", found)
	                  : NULL,
	            "no table's rows may be changed", "DELETE FROM stead_permit; and look at who wrote there.");
}

static void examine_leases(stead_call *call)
{
	char limit[STEAD_TIME_SIZE] = ""; /* filled below, which a compiler may not see */
	stead_value latest = stead_text_n(limit, sizeof limit);
	const char *found;

	stead_time_format(stead_now(call) + LONGEST_LEASE, limit);
	found = ask_list(call,
	                 "SELECT quote(name) FROM stead_lease WHERE typeof(expires_at) <> 'text' OR expires_at > $1"
	                 " OR expires_at NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' ORDER BY 1",
	                 1, &latest);
	stead_judge(call, "lease", STEAD_FAIL,
	            found ? stead_format(call, "a lease of stead_lease ends later than any call can last: %s", found)
	                  : NULL,
	            "nothing keeps upkeep away for longer than a call can last",
	            "DELETE FROM stead_lease; then stead_maintain() runs again.");
}

void examine_stored(stead_call *call)
{
	if (!is_initialised(call))
		return;
	examine_strict(call);
	if (has(call, "stead_permit", "name"))
		examine_permits(call);
	if (has(call, "stead_lease", "name") && has(call, "stead_lease", "expires_at"))
		examine_leases(call);
}
