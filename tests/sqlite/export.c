/*
 * export.c - streams on SQLite: rows are made as they are fetched, whatever happens in between. Also what checkpoints
 * and proofs say if tables were changed without Stead.
 */
#include "lite_checks.h"

#define EVENTS 300
#define IS_EVENT " WHERE line LIKE '{\"id\":%'"

static void add_events(sqlite3 *db, int first, int last)
{
	char *sql =
		sqlite3_mprintf("WITH RECURSIVE n(i) AS (VALUES (%d) UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	                    " INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, details, nonce)"
	                    " SELECT strftime('%%Y-%%m-%%dT%%H:%%M:%%S', 1767225600 + i, 'unixepoch') || '.000000Z', "
	                    "'2026-02-01T00:00:00.000000Z',"
	                    " 'action ' || (i %% 1000), 1, '{\"n\":' || i || ',\"text\":\"' || hex(zeroblob(100)) || "
	                    "'\"}', zeroblob(16) FROM n",
	                    first, last);

	must(db, sql);
	sqlite3_free(sql);
}

/* Three blocks, and some events that are not sealed. */
static sqlite3 *prepared(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(load(db), SQLITE_OK);
	must(db, "SELECT stead_init()");
	add_events(db, 1, EVENTS);
	must(db, "SELECT stead_audit_seal(100), stead_audit_seal(37), stead_audit_seal(150)");
	return db;
}

static sqlite3_stmt *export(sqlite3 *db)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT line FROM stead_audit_export()" IS_EVENT, -1, &statement, NULL),
	                 SQLITE_OK);
	return statement;
}

static void must_step(sqlite3_stmt *statement, int action)
{
	char expected[40];

	snprintf(expected, sizeof expected, "\"action\":\"action %d\",", action);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_non_null(strstr((const char *)sqlite3_column_text(statement, 0), expected));
}

/* All lines are as if nothing were done in between; then the end comes. */
static void assert_rest(sqlite3 *db, sqlite3_stmt *statement, int from, void (*between)(sqlite3 *db, int i))
{
	answer whole = ask(db, "SELECT line FROM stead_audit_export()" IS_EVENT);
	const char *line = whole.text;

	for (int i = 1; i <= EVENTS; i++, line = strchr(line, '\n') + 1) {
		if (i < from)
			continue;
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		assert_memory_equal(line, sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
		if (between)
			between(db, i);
	}
	sqlite3_free(whole.text);
}

/* ---- The stream ------------------------------------------------------------------------------------------------ */

static void left_early(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement = export(db);

	(void)state;
	must_give(db, "SELECT line->>'action', line->>'leaf_index' FROM stead_audit_export()" IS_EVENT " LIMIT 2",
	          "action 1|0|\naction 2|1|\n");
	must_step(statement, 1);
	must_step(statement, 2);
	sqlite3_reset(statement);
	must_step(statement, 1);
	sqlite3_finalize(statement);
	close_db(db);
}

static void several_at_once(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *one = export(db), *other = export(db);

	(void)state;
	must_step(one, 1);
	for (int i = 1; i <= EVENTS; i++) {
		must_step(other, i);
		if (i < EVENTS)
			must_step(one, i + 1);
	}
	assert_int_equal(sqlite3_step(other), SQLITE_DONE);
	assert_int_equal(sqlite3_step(one), SQLITE_DONE);
	sqlite3_finalize(one);
	sqlite3_finalize(other);
	/* an export that is begun again for every row of another */
	must_give(db,
	          "SELECT count(*), sum(b.line->>'leaf_index') FROM stead_audit_export(NULL, '2026-01-01T00:00:11Z') a,"
	          " stead_audit_export(a.line->>'occurred_at', '2026-01-01T00:00:11Z') b WHERE a.line LIKE '{\"id\":%'"
	          " AND b.line LIKE '{\"id\":%'",
	          "55|330|\n");
	close_db(db);
}

static void call_others(sqlite3 *db, int i)
{
	if (i % 7 == 0)
		must(db, "SELECT stead_audit_proof(3), stead_audit_checkpoint(); SELECT * FROM "
		         "stead_audit_verify_checkpoint('x\n0\n')");
	if (i % 50 == 0)
		must(db, "SELECT count(*) FROM stead_audit_export()");
	if (i == 100)
		must(db, "SELECT stead_setting_set('a', 'b')");
}

/* Other calls hash, write and stream in between. */
static void calls_between(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement = export(db);

	(void)state;
	assert_rest(db, statement, 1, NULL);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	sqlite3_reset(statement);
	assert_rest(db, statement, 1, call_others);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	sqlite3_finalize(statement);
	close_db(db);
}

static void error_in_between(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement;

	(void)state;
	must(db, "PRAGMA ignore_check_constraints = 1; DROP TRIGGER stead_audit_event_no_update;"
	         "UPDATE stead_audit_event SET recorded_at = 'some time' WHERE id = 150");
	statement = export(db);
	for (int i = 1; i < 150; i++)
		must_step(statement, i);
	assert_int_equal(sqlite3_step(statement), SQLITE_CORRUPT);
	assert_non_null(strstr(sqlite3_errmsg(db), "stead_audit_export: event 150 has an invalid time"));
	sqlite3_finalize(statement);
	must_fail(db, "SELECT count(*) FROM stead_audit_export()", "event 150 has an invalid time");
	must_give(db, "SELECT count(*), max(line->>'absent_leaves') FROM stead_audit_export('2026-01-01T00:02:31Z')",
	          "153|149|\n");
	close_db(db);
}

/* An event that cannot be sealed is named, and does not prevent other upkeep. */
static void time_that_is_none(void **state)
{
	sqlite3 *db = prepared();

	(void)state;
	must(db, "SELECT stead_session_create(stead_user_create('ann'));"
	         "UPDATE stead_session SET expires_at = '2020-01-01T00:00:00.000000Z'; SELECT "
	         "stead_retention_set('session', 30),"
	         " stead_retention_set('audit', 36500), stead_setting_set('stead.audit.seal_seconds', '0');"
	         "PRAGMA ignore_check_constraints = 1; DROP TRIGGER stead_audit_event_no_update;"
	         "UPDATE stead_audit_event SET recorded_at = 'some time' WHERE id = 295");
	must_give(db,
	          "SELECT json_extract(r, '$.sealed', '$.unsealable_event', '$.pruned', '$.left') FROM (SELECT "
	          "stead_maintain(60000) AS r)",
	          "[7,295,{\"session\":1},false]|\n"); /* the seven events before it */
	must_give(db, "SELECT status, detail FROM stead_doctor() WHERE check_name = 'audit_sealing'",
	          "fail|event 295 has an invalid time: it cannot be sealed, and so no later event can|\n");
	must_fail(db, "SELECT stead_audit_seal()", "stead_audit_seal: event 295 has an invalid time");
	must(db, "SELECT stead_retention_set('audit', 0), stead_setting_set('stead.retention.batch_ms', '60000')");
	must_give(db, "SELECT expired_rows FROM stead_retention_preview('audit')", "294|\n");
	must_give(db, "SELECT stead_prune('audit')", "294|\n"); /* sealed events can still be pruned */
	must_give(db, "SELECT stead_audit_redact(295, 'asked to')", "1|\n");
	must(db, "UPDATE stead_audit_event SET recorded_at = occurred_at WHERE id = 295");
	must_give(db, "SELECT stead_audit_seal() > 5, status FROM stead_audit_verify()", "1|ok|\n");
	close_db(db);
}

/* It raises an error where it is given, and nowhere else. */
static void list_beside_a_time_that_is_none(void **state)
{
	sqlite3 *db = prepared();

	(void)state;
	must_give(db, "SELECT count(*) FROM stead_audit_event WHERE id > 287", "13|\n"); /* not sealed */
	must(db, "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success) VALUES (1000,"
	         " '0000-99-99T99:99:99.000000Z', '2026-01-01T00:00:00.000000Z', 'action 300', 1)");
	must_give(db, "SELECT id FROM stead_audit_list('{\"action\":\"action 300\"}', 1)", "300|\n");
	must_give(db, "SELECT id FROM stead_audit_list('{\"action\":\"action 30*\"}', 1)", "300|\n");
	must_give(db, "SELECT id FROM stead_audit_list('{\"search\":\"action 300\"}', 1)", "300|\n");
	must_give(db,
	          "SELECT id FROM stead_audit_list('{\"search\":\"action 300\",\"since\":\"2000-01-01T00:00:00Z\"}', 9)",
	          "300|\n");
	must_give(db, "SELECT stead_audit_count('{\"action\":\"action 30*\"}')", "3|\n");
	must_fail(db, "SELECT id FROM stead_audit_list('{\"action\":\"action 300\"}', 2)",
	          "a stored time is not in the form");
	close_db(db);
}

static void closed_meanwhile(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement = export(db);

	(void)state;
	must_step(statement, 1);
	assert_int_equal(sqlite3_close(db), SQLITE_BUSY);
	must_step(statement, 2);
	sqlite3_finalize(statement);
	must_give(db, "SELECT count(*) FROM stead_audit_export()", "302|\n");
	close_db(db);

	db = prepared();
	statement = export(db);
	must_step(statement, 1);
	assert_int_equal(sqlite3_close_v2(db), SQLITE_OK); /* it stays open until the statement is finalised */
	must_step(statement, 2);
	sqlite3_finalize(statement);
}

static void transactions_meanwhile(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement = export(db);
	int code, rows = 1;

	(void)state;
	must(db, "BEGIN; SELECT stead_audit_log('undone')");
	must_step(statement, 1);
	must(db, "ROLLBACK");
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		rows++;
	assert_int_equal(code, SQLITE_DONE);
	assert_int_equal(rows, EVENTS);
	sqlite3_reset(statement);
	/* a rollback that takes the schema back ends every statement */
	must(db, "BEGIN; CREATE TABLE gone (x)");
	must_step(statement, 1);
	must(db, "ROLLBACK");
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		;
	assert_int_equal(code, SQLITE_ABORT);
	sqlite3_finalize(statement);
	/* a commit ends none */
	statement = export(db);
	must(db, "BEGIN; SELECT stead_setting_set('a', 'b')");
	must_step(statement, 1);
	must(db, "COMMIT");
	must_step(statement, 2);
	sqlite3_finalize(statement);
	close_db(db);
}

static void interrupted(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement = export(db);

	(void)state;
	must_step(statement, 1);
	sqlite3_interrupt(db);
	assert_int_equal(sqlite3_step(statement), SQLITE_INTERRUPT);
	sqlite3_finalize(statement);
	must_give(db, "SELECT count(*) FROM stead_audit_export()", "302|\n");
	close_db(db);
}

/* The output grows to many megabytes; the memory does not. */
static void memory_is_flat(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement;
	sqlite3_int64 before, size = 0;
	int highest;

	(void)state;
	add_events(db, EVENTS + 1, 50000);
	must(db, "SELECT stead_audit_seal(20000), stead_audit_seal(20000), stead_audit_seal(3000)");
	statement = export(db);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	before = sqlite3_memory_used();
	sqlite3_memory_highwater(1);
	do
		size += sqlite3_column_bytes(statement, 0);
	while (sqlite3_step(statement) == SQLITE_ROW);
	highest = (int)(sqlite3_memory_highwater(0) - before);
	assert_true(size > 30000000);
	if (highest > 2000000)
		fail_msg("%d bytes more than at its beginning were in use", highest);
	sqlite3_finalize(statement);
	/* if most of a block is left out, there is a line for about every second leaf */
	assert_int_equal(sqlite3_prepare_v2(db,
	                                    "SELECT line FROM stead_audit_export(NULL, NULL, '{\"search\":\"1\"}') WHERE"
	                                    " line LIKE '{\"first%'",
	                                    -1, &statement, NULL),
	                 SQLITE_OK);
	size = 0;
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	before = sqlite3_memory_used();
	sqlite3_memory_highwater(1);
	while (sqlite3_step(statement) == SQLITE_ROW)
		size++;
	highest = (int)(sqlite3_memory_highwater(0) - before);
	assert_true(size > 1000);
	if (highest > 1000000)
		fail_msg("%d bytes more than at the first run were in use", highest);
	sqlite3_finalize(statement);
	close_db(db);
}

/* Changes by the export's own connection are not in the export, or end it. */
static void as_of_one_moment(void **state)
{
	sqlite3 *db = prepared();
	sqlite3_stmt *statement;
	int code;

	(void)state;
	must_give(db, "SELECT count(stead_audit_log('meanwhile')) FROM stead_audit_export()", "302|\n");
	must_give(db, "SELECT count(*), sum(stead_audit_seal()) FROM stead_audit_export()", "604|315|\n");
	must(db, "SELECT stead_retention_set('audit', 1), stead_setting_set('stead.retention.batch_ms', '60000')");
	statement = export(db);
	must_step(statement, 1);
	must(db, "SELECT stead_prune('audit')");
	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW);
	assert_int_equal(code, SQLITE_CONSTRAINT);
	assert_non_null(strstr(sqlite3_errmsg(db), "stead_audit_export: block 1 was pruned during the export"));
	sqlite3_finalize(statement);
	must_give(db,
	          "SELECT json_extract(line, '$.first_leaf', '$.leaves', '$.pruned') FROM stead_audit_export() WHERE line "
	          "LIKE '{\"first%'",
	          "[0,287,true]|\n");
	close_db(db);
}

#define MARKS                                                                                                          \
	"SELECT line->>'leaf_index', line->>'leaf_hash' IS NULL FROM stead_audit_export()" IS_EVENT                        \
	" AND line->>'id' IN (20, 21, 400)"

/* An event that can be seen not to be what was sealed is marked, and has no proof. */
static void marked(void **state)
{
	sqlite3 *db = prepared();

	(void)state;
	must(db, "SELECT stead_audit_redact(20, 'asked to'), stead_audit_redact(21, 'asked to')");
	must_give(db, MARKS, "19|0|\n20|0|\n");
	must_give(db, "SELECT length(stead_audit_proof(20)) > 0", "1|\n");
	must(db,
	     "DROP TRIGGER stead_audit_event_no_update; UPDATE stead_audit_event SET actor_name = 'mallory' WHERE id = 20;"
	     "UPDATE stead_audit_event SET redacted = zeroblob(31) WHERE id = 21;"
	     "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, transaction_id) VALUES"
	     " (400, '2026-01-01T01:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 'forged', 1, -1)");
	must_give(db, MARKS, "19|1|\n20|1|\nNULL|1|\n");
	must_fail(db, "SELECT stead_audit_proof(20)",
	          "stead_audit_proof: event 20 has no proof: it was changed after its redaction");
	must_fail(db, "SELECT stead_audit_proof(21)",
	          "stead_audit_proof: event 21 has no proof: the hash that its redaction kept was changed");
	close_db(db);
}

/* If a block has an account, its remaining events count as pruned too. If it has none, nothing replaces what is
 * gone. */
static void begun_and_gone(void **state)
{
	static const char runs[] = "SELECT json_extract(line, '$.first_leaf', '$.leaves', '$.pruned') FROM "
							   "stead_audit_export('2026-01-01T00:00:51Z')"
							   " WHERE line LIKE '{\"first%'";
	sqlite3 *db = prepared();

	(void)state;
	must(db, "DROP TRIGGER stead_audit_event_no_delete; DELETE FROM stead_audit_event WHERE id IN (11, 70, 110, 111)");
	must_give(db, runs, "[0,10,false]|\n[11,39,false]|\n");
	must(db, "INSERT INTO stead_audit_account (account, block, cutoff, events, made_at, digest) VALUES (1, 2, "
	         "'2026-03-01T00:00:00.000000Z',"
	         " 37, '2026-03-01T00:00:00.000000Z', zeroblob(32))");
	must_give(db, runs, "[0,10,false]|\n[11,39,false]|\n[100,37,true]|\n");
	must_fail(db, "SELECT stead_audit_proof(120)",
	          "stead_audit_proof: event 120 is being pruned, with the rest of block 2");
	must_give(db,
	          "SELECT count(*), min(line->>'leaf_index') FROM stead_audit_export('2026-01-01T00:00:51Z')" IS_EVENT
	          " AND line->>'leaf_index' NOT BETWEEN 50 AND 99",
	          "150|137|\n");
	close_db(db);
}

/* ---- Tampering ------------------------------------------------------------------------------------------------- */

#define VERDICT "SELECT valid, reason FROM stead_audit_verify_checkpoint("

/* The tables after somebody has changed the file without Stead. */
static sqlite3 *tampered(const char *sql, char **checkpoint)
{
	sqlite3 *db = prepared();
	answer text = ask(db, "SELECT quote(stead_audit_checkpoint())");

	*strrchr(text.text, '|') = 0;
	*checkpoint = sqlite3_mprintf(VERDICT "%s)", text.text);
	sqlite3_free(text.text);
	must(db, "DROP TRIGGER stead_audit_event_no_update; DROP TRIGGER stead_audit_event_no_delete;"
	         "DROP TRIGGER stead_audit_block_no_update; DROP TRIGGER stead_audit_block_no_delete;"
	         "DROP TRIGGER stead_audit_leaf_no_update; DROP TRIGGER stead_audit_leaf_no_delete");
	must(db, "PRAGMA ignore_check_constraints = ON"); /* whoever can write to the schema can remove the CHECKs */
	must(db, sql);
	return db;
}

static void assert_verdict(const char *change, const char *verdict, const char *proof_of, const char *proof_error)
{
	char *checkpoint, *proof = sqlite3_mprintf("SELECT length(stead_audit_proof(%s)) > 0", proof_of);
	sqlite3 *db = tampered(change, &checkpoint);

	must_give(db, checkpoint, verdict);
	if (proof_error)
		must_fail(db, proof, proof_error);
	else
		must_give(db, proof, "1|\n");
	sqlite3_free(checkpoint);
	sqlite3_free(proof);
	close_db(db);
}

static void events_changed(void **state)
{
	(void)state;
	assert_verdict("SELECT 1", "1|ok|\n", "120", NULL);
	/* the tree is unchanged: the proof of an event in another block holds, that of one in this block does not */
	assert_verdict("UPDATE stead_audit_event SET action = 'b' WHERE id = 120", "1|ok|\n", "120",
	               "stead_audit_proof: the blocks do not make up the tree");
	assert_verdict("UPDATE stead_audit_event SET action = 'b' WHERE id = 121", "1|ok|\n", "120",
	               "stead_audit_proof: the blocks do not make up the tree");
	assert_verdict("UPDATE stead_audit_event SET action = 'b' WHERE id = 120", "1|ok|\n", "20", NULL);
	assert_verdict("DELETE FROM stead_audit_event WHERE id = 121", "1|ok|\n", "120",
	               "stead_audit_proof: the events of block 2 are not those that were sealed");
	assert_verdict("DELETE FROM stead_audit_event WHERE id = 120", "1|ok|\n", "120",
	               "stead_audit_proof: there is no event 120");
	assert_verdict(
		"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, transaction_id) SELECT occurred_at,"
		" recorded_at, 'forged', 1, -1 FROM stead_audit_event WHERE id = 1",
		"1|ok|\n", "1", "stead_audit_proof: the events of block 1 are not those that were sealed");
}

static void blocks_changed(void **state)
{
	static const char damage[] = "stead_audit_proof: the blocks do not make up the tree";

	(void)state;
	assert_verdict("UPDATE stead_audit_block SET subtrees = zeroblob(length(subtrees)) WHERE block = 2",
	               "0|the tree is damaged: block 2 does not fit those before|\n", "120", NULL);
	assert_verdict("UPDATE stead_audit_block SET subtrees = zeroblob(length(subtrees)) WHERE block = 3",
	               "0|the tree is damaged: block 3 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET subtrees = zeroblob(5) WHERE block = 3",
	               "0|the tree is damaged: block 3 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET frontier = zeroblob(length(frontier)) WHERE block = 1",
	               "0|the tree is damaged: block 1 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET frontier = zeroblob(length(frontier)) WHERE block = 3",
	               "0|the tree is damaged: block 3 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET root = zeroblob(32) WHERE block = 3",
	               "0|the tree is damaged: block 3 has another root|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET root = zeroblob(31) WHERE block = 3",
	               "0|the tree is damaged: block 3 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET first_leaf = 9223372036854775807 WHERE block = 2",
	               "0|the tree is damaged: block 2 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET first_leaf = 101 WHERE block = 2",
	               "0|the tree is damaged: block 2 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET events = -1 WHERE block = 2",
	               "0|the tree is damaged: block 2 does not fit those before|\n", "120", damage);
	assert_verdict("UPDATE stead_audit_block SET events = 9223372036854775807 WHERE block = 2",
	               "0|the tree is damaged: block 2 does not fit those before|\n", "120", damage);
	assert_verdict("DELETE FROM stead_audit_block WHERE block = 1",
	               "0|the tree is damaged: block 1 does not fit those before|\n", "20",
	               "stead_audit_proof: the events of block 2 are not those that were sealed");
	assert_verdict("DELETE FROM stead_audit_block WHERE block = 3", "0|the tree has 137 leaves, the checkpoint 287|\n",
	               "120", NULL);
	assert_verdict("DELETE FROM stead_audit_block", "0|the tree has 0 leaves, the checkpoint 287|\n", "120",
	               "stead_audit_proof: event 120 is not sealed yet");
}

/* Everything is made again from other events: consistent in itself, but not what the checkpoint saw. */
static void history_rewritten(void **state)
{
	static const char anew[] = "UPDATE stead_audit_event SET action = 'b' WHERE id = 7; DELETE FROM stead_audit_block; "
							   "DELETE FROM stead_audit_leaf;"
							   "SELECT stead_audit_seal(";

	(void)state;
	for (int events = 60; events <= 300;
	     events += 240) { /* the checkpoint is not at the end of a block, then within the only block */
		char *sql = sqlite3_mprintf("%s%d); SELECT stead_audit_seal(300)", anew, events);

		assert_verdict(sql, "0|the root differs|\n", "120", NULL);
		sqlite3_free(sql);
	}
	/* the same events in other blocks are the same tree */
	assert_verdict("DELETE FROM stead_audit_block; DELETE FROM stead_audit_leaf; DELETE FROM stead_audit_rollup;"
	               "SELECT stead_audit_seal(60), stead_audit_seal(250)",
	               "1|ok|\n", "120", NULL);
}

static void within_a_block(void **state)
{
	static const char anew[] =
		"DELETE FROM stead_audit_block; DELETE FROM stead_audit_leaf; SELECT stead_audit_seal(60),"
		" stead_audit_seal(240);";
	static const struct {
		const char *change, *verdict;
	} cases[] = {
		{"SELECT 1", "1|ok|\n"},
		{"UPDATE stead_audit_event SET action = 'b' WHERE id = 100",
	     "0|the tree is damaged: block 2 does not match its events|\n"},
		{"UPDATE stead_audit_event SET action = 'b' WHERE id = 299",
	     "0|the tree is damaged: block 2 does not match its events|\n"},
		{"UPDATE stead_audit_event SET action = 'b' WHERE id = 1",
	     "1|ok|\n"}, /* of block 1: stead_audit_verify() must report that */
		{"DELETE FROM stead_audit_event WHERE id = 299",
	     "0|size 287 lies within block 2, whose events are not all there|\n"},
		{"DELETE FROM stead_audit_event WHERE id > 60",
	     "0|size 287 lies within block 2, whose events are not all there|\n"},
		{"INSERT INTO stead_audit_event (occurred_at, recorded_at, action, success, transaction_id) SELECT "
	     "occurred_at, recorded_at,"
	     " 'c', 1, -1 FROM stead_audit_event WHERE id = 1",
	     "1|ok|\n"}, /* before block 1 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *sql = sqlite3_mprintf("%s%s", anew, cases[i].change);
		char *checkpoint;
		sqlite3 *db = tampered(sql, &checkpoint);

		must_give(db, checkpoint, cases[i].verdict);
		sqlite3_free(checkpoint);
		sqlite3_free(sql);
		close_db(db);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_early),        cmocka_unit_test(several_at_once),
		cmocka_unit_test(calls_between),     cmocka_unit_test(error_in_between),
		cmocka_unit_test(time_that_is_none), cmocka_unit_test(list_beside_a_time_that_is_none),
		cmocka_unit_test(closed_meanwhile),  cmocka_unit_test(transactions_meanwhile),
		cmocka_unit_test(interrupted),       cmocka_unit_test(memory_is_flat),
		cmocka_unit_test(as_of_one_moment),  cmocka_unit_test(marked),
		cmocka_unit_test(begun_and_gone),    cmocka_unit_test(events_changed),
		cmocka_unit_test(blocks_changed),    cmocka_unit_test(history_rewritten),
		cmocka_unit_test(within_a_block),
	};

	return cmocka_run_group_tests_name("sqlite_export", tests, NULL, NULL);
}
