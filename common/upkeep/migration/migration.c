/*
 * migration.c - schema migrations: the application's own SQL, run once, with a ledger of what was run.
 *
 * A call takes a lock that lasts as long as its transaction, and writes its row of the ledger before it runs the
 * statements. So another caller waits, then finds the version applied. The row is completed afterwards, which fails if
 * the statements have tampered with it. A row that is not complete is only ever seen by what the statements call.
 */
#include "core/metric.h"
#include "core/script.h"
#include "core/upkeep.h"
#include "upkeep/migration/migration.h"

#define MAX_MANIFEST (64 << 20)

static const stead_lock migration_lock = {"migration", 3};

static const stead_table tables[] = {
	{
		.name = "migration",
		.doc = "The schema migrations that were applied: one row each.",
		.schema = 5,
		.columns =
			{
				{"id", STEAD_INT, "Its number in the order of application.", .key = true, .serial = true},
				{"version", STEAD_TEXT, "1 to 200 bytes; no two migrations have the same."},
				{"sha256", STEAD_TEXT, "SHA-256 of the statements as they were given, in hexadecimal digits."},
				{"usual_sha256", STEAD_TEXT,
                 "The same of their usual form: lines end in LF, the last one too, and no byte order mark."},
				{"applied_at", STEAD_TIME, "When it was applied or adopted."},
				{"applied_by", STEAD_TEXT, "The role that had logged in. Null on SQLite.", .nullable = true},
				{"duration_ms", STEAD_INT, "How long the statements ran. Null while they run, and if it was adopted.",
                 .nullable = true},
				{"adopted", STEAD_BOOL, "True: it was noted without running it."},
			},
		.indexes = {{"version", "version", .unique = true}},
	},
	{0},
};

/* ---- Applying ---------------------------------------------------------------------------------------------------- */

static _Noreturn void refuse_nested(stead_call *call)
{
	stead_raise_hint(call, STEAD_UNSUPPORTED,
	                 "If no migration runs, somebody has changed the table by hand: look at the rows of"
	                 " stead_migration where adopted is false and duration_ms is null.",
	                 "stead_%s: cannot be called by the statements of a migration", call->function->name);
}

/* Is the version in the ledger? Raises if it is there with another text. */
static bool is_applied(stead_call *call, stead_value version, const migration_hashes *hashes)
{
	stead_rows *rows = stead_open(call,
	                              "SELECT sha256 = $2 OR usual_sha256 = $3, NOT adopted AND duration_ms IS NULL"
	                              " FROM stead_migration WHERE version = $1",
	                              3, (stead_value[]){version, stead_text(hashes->exact), stead_text(hashes->usual)});
	bool found = stead_next(rows), same = false, running = false;

	if (found) {
		same = stead_column(rows, 0, STEAD_BOOL).boolean;
		running = stead_column(rows, 1, STEAD_BOOL).boolean;
	}
	stead_close(rows);
	if (running)
		refuse_nested(call);
	if (found && !same)
		stead_raise_hint(call, STEAD_CONFLICT,
		                 "Leave a migration that was applied as it is, and put the change into a new version.",
		                 "stead_%s: version \"%.*s\" was applied with other statements", call->function->name,
		                 (int)version.size, version.data);
	return found;
}

/* Writes the row; returns its id. A null: another caller was faster, where the lock does not show what it did. */
static stead_value note(stead_call *call, stead_value version, const migration_hashes *hashes, bool adopted)
{
	stead_value row[] = {version,
	                     stead_text(hashes->exact),
	                     stead_text(hashes->usual),
	                     stead_time(stead_now(call)),
	                     stead_session_user(call),
	                     stead_bool(adopted)};
	stead_value id = stead_insert_numbered(
		call, &tables[0],
		"INSERT INTO stead_migration (version, sha256, usual_sha256, applied_at, applied_by, adopted)"
		" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id",
		STEAD_COUNT(row), row);

	if (id.null)
		stead_raise_not_stored(call, "the migration");
	return id;
}

static void complete(stead_call *call, stead_value id, stead_value version, const migration_hashes *hashes,
                     int64_t began)
{
	int64_t now = stead_now(call);
	stead_value row[] = {id, version, stead_text(hashes->exact), stead_time(now),
	                     stead_int(now > began ? (now - began) / 1000 : 0)};

	if (stead_run(call,
	              "UPDATE stead_migration SET applied_at = $4, duration_ms = $5 WHERE id = $1 AND version = $2"
	              " AND sha256 = $3 AND duration_ms IS NULL AND NOT adopted",
	              STEAD_COUNT(row), row) != 1)
		stead_raise(call, STEAD_CONFLICT, "stead_%s: the statements changed their own row of stead_migration",
		            call->function->name);
}

static void check_texts(stead_call *call, const stead_value *args)
{
	stead_check_size(call, "version", args[0], 1, MIGRATION_MAX_VERSION);
	stead_check_size(call, "statements", args[1], 1, MIGRATION_MAX_STATEMENTS);
}

/* The lock is taken only for what is not applied: a start that has nothing to apply waits for nobody. */
static bool take(stead_call *call, stead_value version, const migration_hashes *hashes)
{
	stead_wait_lock(call, &migration_lock);
	if (stead_any(call, "SELECT 1 FROM stead_migration WHERE NOT adopted AND duration_ms IS NULL", 0, NULL))
		refuse_nested(call);
	return !is_applied(call, version, hashes);
}

static stead_value migration_apply(stead_call *call, const stead_value *args)
{
	migration_hashes hashes;
	stead_script *script;
	stead_value id;
	int64_t began;

	check_texts(call, args);
	hashes = migration_hash(call, args[1]);
	if (is_applied(call, args[0], &hashes))
		return stead_bool(false);
	script = stead_script_read(call, stead_string(call, migration_without_mark(args[1])));
	if (!take(call, args[0], &hashes))
		return stead_bool(false);
	id = note(call, args[0], &hashes, false);
	began = stead_now(call);
	stead_script_run(call, script);
	complete(call, id, args[0], &hashes, began);
	return stead_bool(true);
}

static stead_value migration_adopt(stead_call *call, const stead_value *args)
{
	migration_hashes hashes;

	check_texts(call, args);
	hashes = migration_hash(call, args[1]);
	if (is_applied(call, args[0], &hashes) || !take(call, args[0], &hashes))
		return stead_bool(false);
	note(call, args[0], &hashes, true);
	return stead_bool(true);
}

/* ---- The module ---------------------------------------------------------------------------------------------------
 */

static void migration_list(stead_call *call, const stead_value *args)
{
	stead_rows *rows = stead_open_as(call, STEAD_CURSOR,
	                                 "SELECT version, sha256, applied_at, applied_by, duration_ms, adopted"
	                                 " FROM stead_migration ORDER BY id",
	                                 0, NULL);

	(void)args;
	while (stead_next(rows)) {
		stead_value row[] = {stead_column(rows, 0, STEAD_TEXT), stead_column(rows, 1, STEAD_TEXT),
		                     stead_column_time(rows, 2),        stead_column(rows, 3, STEAD_TEXT),
		                     stead_column(rows, 4, STEAD_INT),  stead_column(rows, 5, STEAD_BOOL)};

		stead_emit(call, row);
	}
}

static const metric applied = {"migration_rows", METRIC_GAUGE,
                               "Schema migrations that were applied or adopted." METRIC_CAPPED};
static const metric applied_at = {"migration_last_applied_timestamp_seconds", METRIC_GAUGE,
                                  "When the latest schema migration was applied or adopted; no sample if there is "
                                  "none."};

static void measure(stead_call *call, stead_buffer *out)
{
	metric_add(call, out, &applied,
	           metric_count(call, 1, "SELECT count(*) FROM (SELECT 1 FROM stead_migration LIMIT $1) AS counted"));
	metric_add(
		call, out, &applied_at,
		stead_first(call, "SELECT applied_at FROM stead_migration ORDER BY id DESC LIMIT 1", 0, NULL, STEAD_TIME));
}

static const stead_function functions[] = {
	{
		.name = "migration_apply",
		.doc = "Runs the SQL statements of a schema migration in the caller's transaction, and notes it; returns false "
			   "if it was applied before. version: 1 to 200 bytes; statements: 1 byte to 16 MiB. A version that was "
			   "applied with other statements is an error (conflict); other line ends do not matter. The statements "
			   "run with the caller's own rights and search_path. BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ATTACH, VACUUM "
			   "and the like are refused before anything runs. If a statement fails, the error names it, and nothing "
			   "is changed. While another caller applies a migration, the call waits.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"version", STEAD_TEXT}, {"statements", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = migration_apply,
	},
	{
		.name = "migration_adopt",
		.doc = "Notes a schema migration as applied without running it; returns false if it was applied before. The "
			   "arguments and errors are those of stead_migration_apply.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"version", STEAD_TEXT}, {"statements", STEAD_TEXT}},
		.returns = STEAD_BOOL,
		.call = migration_adopt,
	},
	{
		.name = "migration_list",
		.doc = "Lists the schema migrations that were applied, in the order of application. sha256 is that of the "
			   "statements as they were given. applied_by is the role that had logged in, null on SQLite; duration_ms "
			   "is null for an adopted one.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.columns = {{"version", STEAD_TEXT},
                    {"sha256", STEAD_TEXT},
                    {"applied_at", STEAD_TIME},
                    {"applied_by", STEAD_TEXT},
                    {"duration_ms", STEAD_INT},
                    {"adopted", STEAD_BOOL}},
		.rows = migration_list,
	},
	{
		.name = "migration_check",
		.doc = "Compares schema migrations with those that were applied. manifest: a JSON object of at most 64 MiB, "
			   "version to statements or to \"sha256:\" and the hash of them. status is applied, changed (applied with "
			   "other statements), pending, late (pending, but a later version is applied) or unknown (applied, but "
			   "not in the manifest). In bytewise order of version, which is also what later means.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.args = {{"manifest", STEAD_JSON, .most = MAX_MANIFEST}},
		.columns = {{"version", STEAD_TEXT}, {"status", STEAD_TEXT}},
		.rows = migration_check,
	},
};

const stead_module stead_migration = {
	.name = "migration",
	.doc = "Schema migrations.",
	.tables = tables,
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
	.measure = measure,
};
