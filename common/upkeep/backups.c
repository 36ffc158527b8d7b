/*
 * backups.c - a copy of the database in one file: written and checked by stead_backup(), checked again by
 * stead_backup_check().
 *
 * Both judge a file in the same way. What is wrong with the pages keeps a copy from being published. What is wrong with
 * the audit trail does not: it is the database that was changed, and the copy is evidence.
 */
#include <stdlib.h>
#include <string.h>

#include "core/backup.h"
#include "stead.h"

#define MOST_PROBLEMS 10
#define LONGEST_PATH 4096

typedef struct {
	stead_buffer problems;
	int count;
	bool damaged;
	const char *first;
	int64_t schema, events;
	stead_value leaves, root;
	const char *audit, *verified; /* the status of the audit trail; the counts that verification gave */
} judgement;

static void add_problem(stead_call *call, judgement *judgement, const char *what)
{
	if (++judgement->count > MOST_PROBLEMS)
		return;
	if (judgement->count == 1)
		judgement->first = what;
	stead_append_text(call, &judgement->problems, judgement->count == 1 ? "" : ",");
	stead_append_json(call, &judgement->problems, stead_text(what));
}

static void found(stead_call *call, void *data, const char *what)
{
	judgement *judgement = data;

	judgement->damaged = true;
	add_problem(call, judgement, what);
}

static int64_t number(stead_call *call, stead_value text)
{
	return text.null ? 0 : strtoll(stead_string(call, text), NULL, 10);
}

static void take_schema(stead_call *call, void *data, const stead_value *columns)
{
	((judgement *)data)->schema = number(call, columns[0]);
}

static void take_events(stead_call *call, void *data, const stead_value *columns)
{
	((judgement *)data)->events = number(call, columns[0]);
}

/* A checkpoint has three lines: the origin, the number of leaves, the root. */
static void take_checkpoint(stead_call *call, void *data, const stead_value *columns)
{
	judgement *judgement = data;
	const char *text = columns[0].null ? "" : stead_string(call, columns[0]), *leaves = strchr(text, '\n'),
			   *root = leaves ? strchr(++leaves, '\n') : NULL;

	if (!root)
		return;
	judgement->leaves = stead_int(strtoll(leaves, NULL, 10));
	judgement->root = stead_text_n(root + 1, strcspn(root + 1, "\n"));
}

/* The last row has no block, and says what all came to. */
static void take_finding(stead_call *call, void *data, const stead_value *columns)
{
	judgement *judgement = data;
	const char *status = columns[1].null ? "" : stead_string(call, columns[1]);
	const char *detail = columns[3].null ? "" : stead_string(call, columns[3]);

	if (columns[0].null && (strcmp(status, "ok") == 0 || strcmp(status, "broken") == 0)) {
		judgement->audit = status;
		judgement->verified = detail;
	} else if (columns[0].null)
		add_problem(call, judgement, stead_format(call, "the audit trail: %s", detail));
	else
		add_problem(
			call, judgement,
			stead_format(call, "the audit trail: block %s, %s: %s", stead_string(call, columns[0]), status, detail));
}

/* Runs a query. False: it failed, which is a problem. */
static bool ask(stead_call *call, stead_copy *copy, judgement *judgement, const char *sql, stead_copy_row *row)
{
	const char *error = stead_copy_query(call, copy, sql, row, judgement);

	if (error)
		add_problem(call, judgement, error);
	return !error;
}

static void judge(stead_call *call, stead_copy *copy, judgement *judgement)
{
	judgement->leaves = stead_null(STEAD_INT);
	judgement->root = stead_null(STEAD_TEXT);
	stead_copy_examine(call, copy, found, judgement);
	if (judgement->damaged || !ask(call, copy, judgement, "SELECT version FROM stead_schema WHERE id = 1", take_schema))
		return;
	if (judgement->schema < 1 || judgement->schema > STEAD_VERSION_SCHEMA) {
		add_problem(call, judgement,
		            stead_format(call, "schema version %lld, the library's is %d", (long long)judgement->schema,
		                         STEAD_VERSION_SCHEMA));
		return;
	}
	if (!ask(call, copy, judgement, "SELECT count(*) FROM stead_audit_event", take_events) ||
	    judgement->schema < STEAD_VERSION_SCHEMA) /* what this library reads may be missing there */
		return;
	if (ask(call, copy, judgement, "SELECT stead_audit_checkpoint()", take_checkpoint))
		ask(call, copy, judgement, "SELECT block, status, event_id, detail FROM stead_audit_verify()", take_finding);
}

static const char *report(stead_call *call, stead_value path, const stead_copy *copy, const judgement *judgement,
                          int64_t began)
{
	stead_buffer json = {0};
	bool known = copy && !judgement->damaged && judgement->schema > 0;

	stead_append_member(call, &json, "ok", stead_bool(!judgement->count));
	stead_append_text(call, &json, ",\"problems\":[");
	if (judgement->count)
		stead_append(call, &json, judgement->problems.data, judgement->problems.size);
	if (judgement->count > MOST_PROBLEMS)
		stead_append_text(call, &json, stead_format(call, ",\"and %d more\"", judgement->count - MOST_PROBLEMS));
	stead_append_text(call, &json, "]");
	stead_append_member(call, &json, "path", path);
	stead_append_member(call, &json, "bytes", copy ? stead_int(stead_copy_bytes(copy)) : stead_null(STEAD_INT));
	stead_append_member(call, &json, "pages", copy ? stead_int(stead_copy_pages(copy)) : stead_null(STEAD_INT));
	stead_append_member(call, &json, "schema", known ? stead_int(judgement->schema) : stead_null(STEAD_INT));
	stead_append_member(call, &json, "events", known ? stead_int(judgement->events) : stead_null(STEAD_INT));
	stead_append_member(call, &json, "leaves", known ? judgement->leaves : stead_null(STEAD_INT));
	stead_append_member(call, &json, "root", known ? judgement->root : stead_null(STEAD_TEXT));
	stead_append_member(call, &json, "audit", stead_text(judgement->audit ? judgement->audit : "not verified"));
	stead_append_member(call, &json, "verified", stead_text(judgement->verified));
	stead_append_member(call, &json, "took_ms", stead_int((stead_now(call) - began) / 1000));
	stead_append_text(call, &json, "}");
	return json.data;
}

static stead_value backup(stead_call *call, const stead_value *args)
{
	int64_t began = stead_now(call);
	judgement judgement = {0};
	stead_value result;
	stead_copy *copy;

	stead_check_size(call, "path", args[0], 1, LONGEST_PATH);
	copy = stead_copy_write(call, args[0]);
	judge(call, copy, &judgement);
	if (judgement.damaged || judgement.schema < 1)
		stead_raise_hint(call, STEAD_CORRUPT, "No copy was left. The database itself is damaged: restore a backup.",
		                 "stead_backup: %s", judgement.first);
	result = stead_json(report(call, args[0], copy, &judgement, began));
	stead_copy_publish(call, copy, &result);
	return result;
}

static stead_value backup_check(stead_call *call, const stead_value *args)
{
	int64_t began = stead_now(call);
	judgement judgement = {0};
	const char *why = NULL;
	stead_copy *copy;

	stead_check_size(call, "path", args[0], 1, LONGEST_PATH);
	copy = stead_copy_open(call, args[0], &why);
	if (why)
		add_problem(call, &judgement, why);
	if (copy)
		judge(call, copy, &judgement);
	return stead_json(report(call, args[0], copy, &judgement, began));
}

/* ---- Registry ---------------------------------------------------------------------------------------------------- */

static const stead_function functions[] = {
	{
		.name = "backup",
		.doc = "SQLite: writes a copy of the whole database to a new file, and checks it before it gets its name. "
			   "Others may write meanwhile; the copy is what one transaction sees. path must not exist yet; a relative "
			   "path begins at the process's directory. It is an error inside a transaction, and if a page is damaged. "
			   "A failed or killed backup leaves nothing at path. Returns the same report as stead_backup_check; if ok "
			   "is false there, the copy is published all the same: the problems that it lists are the database's own. "
			   "The copy holds every secret of the database: password hashes, keys of JWTs, codes of second "
			   "factors. It gets the permissions of the database's file. On PostgreSQL it is an error: use pg_dump or "
			   "pg_basebackup.",
		.since = "0.2",
		.effect = STEAD_WRITES,
		.audience = STEAD_ADMIN,
		.args = {{"path", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = backup,
	},
	{
		.name = "backup_check",
		.doc = "SQLite: checks a file that stead_backup wrote, or another copy of a database, and reports as JSON. ok "
			   "is true if nothing is wrong; problems says what is. It compares all pages and indexes with each other "
			   "(integrity_check), looks at the schema version, and verifies the audit trail (stead_audit_verify). "
			   "events and leaves are the numbers of all and of sealed events, root is that of their Merkle tree. An "
			   "earlier schema version is no problem, but then the audit trail is not verified. It opens the file "
			   "for reading only and writes nothing beside it. A database in use is no backup: close it first. A "
			   "value that was changed in a table without an audit trail is not found. On PostgreSQL it is an error.",
		.since = "0.2",
		.effect = STEAD_READS,
		.audience = STEAD_ADMIN,
		.args = {{"path", STEAD_TEXT}},
		.returns = STEAD_JSON,
		.call = backup_check,
	},
};

const stead_module stead_backups = {
	.name = "backups",
	.doc = "A copy of a SQLite database in a file, written while others write, and checked.",
	.functions = functions,
	.function_count = STEAD_COUNT(functions),
};
