/*
 * upgrade.c - upgrades the tables of an earlier schema version that have rows; then their events must be sealed like
 * new ones.
 *
 * Run it as "upgrade postgresql FILE", in the database that libpq finds, or as "upgrade sqlite FILE". FILE is a dump
 * of what stead_init() made. With schema version 2 (tests/both/schema2_*.sql) it has 5 events. With version 3
 * (schema3_*.sql) it has 3 blocks, 2 of them pruned, the policy of audit, which that version set by itself, and a
 * policy of session that was set. With version 4 (schema4_*.sql), that of 0.1.0, it has the seeds of its tests: a block
 * of 2 events, one of them redacted, 2 that are not sealed, and rows in the tables of all modules.
 */
#include "both.h"
#include "core/declare.h"

#define AS_TEXT(number) AS_TEXT_(number)
#define AS_TEXT_(number) #number
#define TODAY AS_TEXT(STEAD_VERSION_SCHEMA)

static const char *side;
static database on;

static void __attribute__((format(printf, 3, 4))) is(const char *name, const char *wanted, const char *format, ...)
{
	va_list args;
	char *got;

	va_start(args, format);
	got = vask(on, format, args);
	va_end(args);
	if (*got && !is_error(got))
		got[strlen(got) - 1] = '\0';
	printf("%sok upgrade: %s: %s\n", strcmp(got, wanted) ? "not " : "", side, name);
	if (strcmp(got, wanted))
		printf("# got:    %s\n# wanted: %s\n", got, wanted);
	free(got);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = malloc(1 << 20);
	size_t size;

	if (!file)
		fail("%s is not there", path);
	size = fread(text, 1, (1 << 20) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* The columns of events that every schema version has. */
#define EVENTS                                                                                                         \
	"SELECT id, occurred_at, recorded_at, action, resource_type, resource_id, actor_id, actor_name, success, "         \
	"details, error,"                                                                                                  \
	" ip_address, user_agent FROM stead_audit_event ORDER BY id"
#define VERIFY "SELECT status, detail FROM stead_audit_verify()"

static void seal_all(int64_t blocks)
{
	/* other transactions may hold the horizon back */
	for (int tries = 0; tries < 500 && number(on, "SELECT count(*) FROM stead_audit_block") < blocks; tries++)
		if (number(on, "SELECT stead_audit_seal(5)") == 0 && on.pg)
			must(on, "SELECT pg_sleep(0.02)");
}

static void upgrade_tables(const char *before)
{
	char *after;

	is("stead_init() makes it today's", TODAY, "SELECT stead_init()");
	is("once", TODAY, "SELECT stead_init()");
	is("doctor is content", "0",
	   "SELECT count(*) FROM stead_doctor() WHERE status = 'fail' OR (check_name IN ('schema', 'tables', 'triggers', "
	   "'columns', 'checks', 'indexes') AND status <> 'ok')");
	after = ask(on, EVENTS);
	printf("%sok upgrade: %s: the events are as they were\n", strcmp(before, after) ? "not " : "", side);
	free(after);
}

static void doctor_knows_it(const char *name)
{
	is(name, "0|1",
	   "SELECT count(CASE WHEN detail LIKE '%%not Stead''s%%' AND status <> 'ok' THEN 1 END),"
	   " CASE WHEN count(CASE WHEN remedy LIKE '%%stead_init();' THEN 1 END) > 0 THEN 1 END FROM stead_doctor()");
}

static void from_2(void)
{
	char *answer, *before;

	doctor_knows_it("before stead_init(), of schema 2, the doctor calls nothing of Stead's another's");
	before = ask(on, EVENTS);
	is("what is dumped is of schema 2, with 5 events", "2|5",
	   "SELECT (SELECT max(version) FROM stead_schema), (SELECT count(*) FROM stead_audit_event)");
	answer = ask(on, "SELECT stead_audit_seal()");
	printf("%sok upgrade: %s: sealing before stead_init() is refused, in the same words\n",
	       is_error(answer) && strstr(answer, "stead_audit_seal: a table or column of Stead's is missing") &&
	               (on.pg || strstr(answer, "HINT:  SELECT * FROM stead_doctor() tells what is missing. After an "
	                                        "upgrade of Stead, SELECT stead_init() adds it."))
	           ? ""
	           : "not ",
	       side);
	free(answer);
	upgrade_tables(before);
	is("they have a place", "0", "SELECT count(*) FROM stead_audit_event WHERE era IS NULL OR transaction_id IS NULL");
	is("the new indexes are there, the old one is gone", "stead_audit_event_failure stead_audit_event_place",
	   on.pg ? "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE indexname IN "
	           "('stead_audit_event_failure',"
	           " 'stead_audit_event_place', 'stead_audit_event_success')"
	         : "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE name IN "
	           "('stead_audit_event_failure',"
	           " 'stead_audit_event_place', 'stead_audit_event_success') ORDER BY name)");
	is("the index by place has what the database's transactions need", on.pg ? "0" : "1",
	   on.pg ? "SELECT count(*) FROM pg_index WHERE indexrelid = 'stead_audit_event_place'::regclass AND indpred IS NOT"
	           " NULL"
	         : "SELECT count(*) FROM sqlite_schema WHERE name = 'stead_audit_event_place' AND instr(sql, ' WHERE (era "
	           "')");
	is("the log goes on", "6", "SELECT stead_audit_log('new', 'type', 'x', '7', 'ann', false)");
	seal_all(1);
	is("the old events are sealed", "1|0|5", "SELECT block, first_leaf, events FROM stead_audit_blocks()");
	seal_all(2);
	is("the new one after them", "2|5|1", "SELECT block, first_leaf, events FROM stead_audit_blocks(1)");
	is("all verify", "ok|2 blocks, 6 events: 6 ok, 0 changed, 0 missing, 0 added, 0 pruned; 0 not sealed yet", VERIFY);
	is("statistics are right", "6|3|3",
	   "SELECT total_events, successful_events, failed_events FROM stead_audit_stats()");
	is("old events have a nonce, or none", "0", "SELECT count(*) FROM stead_audit_event WHERE length(nonce) <> 16");
	is("new ones have one of their own", "16", "SELECT length(nonce) FROM stead_audit_event WHERE id = 6");
	must(on, "BEGIN");
	must(on, on.pg ? "ALTER TABLE stead_audit_event DISABLE TRIGGER USER" : "DROP TRIGGER stead_audit_event_no_update");
	must(on, "UPDATE stead_audit_event SET actor_id = 'another' WHERE id = 1");
	is("a change of an old event is found", "1|changed|1",
	   "SELECT block, status, event_id FROM stead_audit_verify() WHERE block IS NOT NULL");
	must(on, "ROLLBACK");
	answer = ask(on, "UPDATE stead_audit_event SET actor_id = 'another' WHERE id = 1");
	printf("%sok upgrade: %s: the log is append-only\n",
	       is_error(answer) && strstr(answer, "append-only") ? "" : "not ", side);
	free(answer);
	answer = ask(on, "UPDATE stead_audit_block SET events = 7");
	printf("%sok upgrade: %s: so are the tables that came\n",
	       is_error(answer) && strstr(answer, "append-only") ? "" : "not ", side);
	free(answer);
	if (has_function(on, "stead_audit_prune"))
		is("old ones can be pruned", "1", "SELECT stead_audit_prune(30) > 0");
	is("settings and users are as they were", "20|1",
	   "SELECT stead_setting_get('app.limit'), (SELECT count(*) FROM stead_user)");
	is("all verify", "ok", "SELECT status FROM stead_audit_verify()");
	free(before);
}

/* Whether the indexes by value are there, which only writers before schema 4 paid for. */
static const char *old_indexes(void)
{
#define OLD_INDEXES                                                                                                    \
	"('stead_audit_event_action', 'stead_audit_event_resource_type', 'stead_audit_event_resource_id',"                 \
	" 'stead_audit_event_actor_id', 'stead_audit_event_actor_name')"
	return on.pg ? "SELECT count(*) / 5 FROM pg_indexes WHERE indexname IN " OLD_INDEXES
	             : "SELECT count(*) / 5 FROM sqlite_schema WHERE name IN " OLD_INDEXES;
}

static void from_3(void)
{
	char *before = ask(on, EVENTS), *answer;

	doctor_knows_it("before stead_init(), of schema 3, the doctor calls nothing of Stead's another's");
	is("what is dumped is of schema 3, with 3 events", "3|3",
	   "SELECT (SELECT max(version) FROM stead_schema), (SELECT count(*) FROM stead_audit_event)");
	must(on, "CREATE TABLE kept AS SELECT * FROM stead_setting_version");
	must(on, "UPDATE stead_setting_version SET version = -5");
	must(on, "BEGIN");
	is("a number out of range does not keep stead_init() from its end", TODAY, "SELECT stead_init()");
	is("doctor tells of it", "warn|what is written by hand is not judged: no CHECK of stead_setting_version.version",
	   "SELECT status, detail FROM stead_doctor() WHERE check_name = 'checks'");
	must(on, "ROLLBACK");
	must(on, "UPDATE stead_setting_version SET version = (SELECT version FROM kept)");
	must(on, "DROP TABLE kept");
	is("audit has a policy", "90|10000", "SELECT keep_days, batch_rows FROM stead_retention WHERE target = 'audit'");
	upgrade_tables(before);
	is("audit has no policy any more", "",
	   "SELECT target FROM stead_retention_list() WHERE target = 'audit' AND keep_days IS NOT NULL");
	is("what was pruned is on record", "5", "SELECT total_deleted FROM stead_retention_list() WHERE target = 'audit'");
	answer = ask(on, "UPDATE stead_retention SET keep_days = 36501");
	printf("%sok upgrade: %s: a CHECK refuses what is out of range\n",
	       strstr(answer, "keep_days") && is_error(answer) ? "" : "not ", side);
	free(answer);
	is("a policy that was set stays", "7", "SELECT keep_days FROM stead_retention_list() WHERE target = 'session'");
	is("all verify", "ok", "SELECT status FROM stead_audit_verify()");
	is("statistics count what was pruned", "8|2", "SELECT total_events, failed_events FROM stead_audit_stats()");
	is("the block that has events waits to be indexed", "warn",
	   "SELECT status FROM stead_doctor() WHERE check_name = 'audit_index'");
	is("the old indexes stay until then", "1", "%s", old_indexes());
	is("lists are right", "1", "SELECT count(*) FROM stead_audit_list('{\"action\":\"kept\"}')");
	is("upkeep deletes nothing", "3", "SELECT count(*) FROM stead_audit_event WHERE stead_maintain() IS NOT NULL");
	is("once more, with nobody reading meanwhile", "1", "SELECT stead_maintain() IS NOT NULL");
	is("upkeep indexes the block, and drops the old indexes", "ok|0",
	   "SELECT (SELECT status FROM stead_doctor() WHERE check_name = 'audit_index'), (%s)", old_indexes());
	is("the index is that of the events", "ok", "SELECT status FROM stead_audit_verify()");
	is("lists are as they were", "1", "SELECT count(*) FROM stead_audit_list('{\"action\":\"kept\"}')");
	is("doctor does not miss the old indexes", "ok", "SELECT status FROM stead_doctor() WHERE check_name = 'indexes'");
	is("nor does stead_init() make them again", TODAY, "SELECT stead_init()");
	is("they are not there", "0", "%s", old_indexes());
	is("the log goes on", "9", "SELECT stead_audit_log('new', 'type', 'x', '7', 'ann', false)");
	is("settings, users and roles are as they were", "20|app.*",
	   "SELECT stead_setting_get('app.limit'), (SELECT permission FROM stead_user_permissions(1))");
	is("a key that was set before is not for sessions", "0", "SELECT count(*) FROM stead_jwt_key WHERE for_sessions");
	is("and signs", "ok", "SELECT reason FROM stead_jwt_verify(stead_jwt_sign('{}', 'k'))");
	free(before);
}

static void from_4(void)
{
	char *before = ask(on, EVENTS);

	doctor_knows_it("before stead_init(), of schema 4, the doctor calls nothing of Stead's another's");
	is("what is dumped is of schema 4, with 4 events", "4|4",
	   "SELECT (SELECT max(version) FROM stead_schema), (SELECT count(*) FROM stead_audit_event)");
	upgrade_tables(before);
	is("the settings of the memory of sessions have their new names, values and history", "false|77|77|NULL",
	   "SELECT stead_setting_get('stead.memory.enabled'), stead_setting_get('stead.memory.max_entries'),"
	   " (SELECT value FROM stead_setting_history('stead.memory.max_entries')),"
	   " (SELECT value FROM stead_setting_history('stead.cache.max_entries'))");
	is("that is a change of settings", "16|16|16",
	   "SELECT stead_setting_version(), min(version), max(version) FROM stead_setting_list('stead.memory.')");
	is("nothing is left under the old ones", "0", "SELECT count(*) FROM stead_setting WHERE key LIKE 'stead.cache.%%'");
	is("all verify", "ok|1 blocks, 2 events: 2 ok, 0 changed, 0 missing, 0 added, 0 pruned; 2 not sealed yet", VERIFY);
	is("the log goes on", "5", "SELECT stead_audit_log('new', 'type', 'x', '7', 'ann', false)");
	seal_all(on.pg ? 3 : 2); /* a block has events of one era: on PostgreSQL this server's is another */
	is("what was not sealed is sealed", "3", "SELECT sum(events) FROM stead_audit_blocks(1)");
	is("all verify", "1",
	   "SELECT count(*) FROM stead_audit_verify() WHERE status = 'ok' AND detail LIKE '%% 5 ok, 0 changed, 0 missing, "
	   "0 added, 0 pruned; 0 not sealed yet'");
	is("a session that began before is valid", "ok|alice",
	   "SELECT reason, username FROM stead_session_validate(stead_setting_get('t'))");
	is("and permits", "1", "SELECT CASE WHEN stead_session_check(stead_setting_get('t'), 'app.x') THEN 1 ELSE 0 END");
	is("settings are as they were", "30|text|hush",
	   "SELECT stead_setting_get('app.limit'), stead_setting_get('plain'), stead_setting_reveal('app.key')");
	is("so is their history", "2", "SELECT count(*) FROM stead_setting_history('app.limit')");
	is("a key signs", "ok", "SELECT reason FROM stead_jwt_verify(stead_jwt_sign('{}', 'secret'))");
	is("a new user gets the next number", "3", "SELECT stead_user_create('carol')");
	free(before);
}

int main(int argc, char **argv)
{
	char *dump, *answer;

	if (argc != 3)
		fail("usage: upgrade postgresql|sqlite FILE");
	side = argv[1];
	on = strcmp(side, "sqlite") == 0 ? open_sqlite(":memory:") : open_postgresql();
	dump = read_file(argv[2]);
	answer = ask(on, dump);
	if (is_error(answer))
		fail("%s", answer);
	free(answer);
	free(dump);
	if (on.pg)
		must(on, "RESET ALL");
	switch (number(on, "SELECT max(version) FROM stead_schema")) {
	case 2:
		from_2();
		break;
	case 3:
		from_3();
		break;
	case 4:
		from_4();
		break;
	default:
		fail("no dump of a schema version that is known");
	}
	close_database(on);
	return 0;
}
