/*
 * transfer.c - a store with everything in it is moved: SQLite to PostgreSQL, back to SQLite, and to another database on
 * PostgreSQL. After each move the rows are compared one by one, by SQL of the test's own; what was made before the move
 * - checkpoints, proofs, sessions, keys - must be valid; numbers go on; and what was not sealed is sealed.
 *
 * "transfer move DIR EVENTS" uses files in DIR and the databases stead_transfer_1 and _2, which must be empty.
 * "transfer faults sqlite|postgresql" changes, drops, doubles, swaps and cuts each line of a small export; on
 * PostgreSQL it uses stead_transfer_3 and _4.
 */
#include "both.h"
#include "samples.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <unistd.h>

#define PIECE 1000 /* lines */

static const char *part;

static bool say(bool good, const char *name, const char *got)
{
	printf("%sok transfer: %s: %s\n", good ? "" : "not ", part, name);
	if (!good)
		printf("#   %.400s\n", got ? got : "");
	return good;
}

static database open_pg(const char *name)
{
	setenv("PGDATABASE", name, 1);
	return open_postgresql();
}

/* ---- Lines ------------------------------------------------------------------------------------------------------ */

typedef struct {
	char **line; /* each ends with a line feed */
	int64_t count, room;
} lines;

static void add(lines *to, const char *data, size_t size)
{
	if (to->count == to->room)
		to->line = realloc(to->line, sizeof *to->line * (size_t)(to->room = to->room * 2 + 1000));
	to->line[to->count] = malloc(size + 2);
	memcpy(to->line[to->count], data, size);
	strcpy(to->line[to->count++] + size, "\n");
}

static void release(lines *list)
{
	for (int64_t i = 0; i < list->count; i++)
		free(list->line[i]);
	free(list->line);
	*list = (lines){0};
}

/* Calls take with each line as it comes. */
static void export_each(database on, const char *sql, void (*take)(void *data, const char *line, size_t size),
                        void *data)
{
	if (on.pg) {
		PGresult *result;
		bool failed = !PQsendQuery(on.pg, sql) || !PQsetSingleRowMode(on.pg);

		while ((result = PQgetResult(on.pg))) {
			failed |= PQresultStatus(result) != PGRES_SINGLE_TUPLE && PQresultStatus(result) != PGRES_TUPLES_OK;
			for (int i = 0; i < PQntuples(result); i++)
				take(data, PQgetvalue(result, i, 0), (size_t)PQgetlength(result, i, 0));
			PQclear(result);
		}
		if (failed)
			fail("%s: %s", sql, PQerrorMessage(on.pg));
	} else {
		sqlite3_stmt *statement;

		if (sqlite3_prepare_v2(on.lite, sql, -1, &statement, NULL) != SQLITE_OK)
			fail("%s: %s", sql, sqlite3_errmsg(on.lite));
		while (sqlite3_step(statement) == SQLITE_ROW)
			take(data, (const char *)sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
		if (sqlite3_finalize(statement) != SQLITE_OK)
			fail("%s: %s", sql, sqlite3_errmsg(on.lite));
	}
}

static void keep(void *data, const char *line, size_t size)
{
	add(data, line, size);
}

static char *import_text(database on, const char *text, size_t size)
{
	char *answer = NULL;

	if (on.pg) {
		const char *values[] = {text};
		PGresult *result = PQexecParams(on.pg, "SELECT stead_import($1)", 1, NULL, values, NULL, NULL, 0);

		if (PQresultStatus(result) == PGRES_TUPLES_OK)
			answer = strdup(PQgetvalue(result, 0, 0));
		else if (asprintf(&answer, "error: %s", PQerrorMessage(on.pg)) < 0)
			fail("no memory");
		PQclear(result);
		return answer;
	}
	sqlite3_stmt *statement;

	sqlite3_prepare_v2(on.lite, "SELECT stead_import(?1)", -1, &statement, NULL);
	sqlite3_bind_text(statement, 1, text, (int)size, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		answer = strdup((const char *)sqlite3_column_text(statement, 0));
	else if (asprintf(&answer, "error: %s", sqlite3_errmsg(on.lite)) < 0)
		fail("no memory");
	sqlite3_finalize(statement);
	return answer;
}

/* ---- A move ----------------------------------------------------------------------------------------------------- */

typedef struct {
	database to;
	char *text;
	size_t size, room;
	int64_t count;
	char *answer; /* the last one */
} mover;

static void flush(mover *move)
{
	if (!move->size)
		return;
	free(move->answer);
	move->answer = import_text(move->to, move->text, move->size);
	if (is_error(move->answer))
		fail("%s", move->answer);
	move->size = 0;
	move->count = 0;
}

static void pass_on(void *data, const char *line, size_t size)
{
	mover *move = data;

	if (move->count == PIECE || move->size + size > (8 << 20))
		flush(move);
	if (move->size + size + 2 > move->room)
		move->text = realloc(move->text, move->room = 2 * (move->size + size + 2));
	memcpy(move->text + move->size, line, size);
	strcpy(move->text + move->size + size, "\n");
	move->size += size + 1;
	move->count++;
}

static void move(database from, database to)
{
	mover move = {.to = to};

	export_each(from, "SELECT line FROM stead_export()", pass_on, &move);
	flush(&move);
	say(strstr(move.answer, "\"complete\":true") != NULL, "the import is complete", move.answer);
	free(move.text);
	free(move.answer);
}

/* ---- Row by row ------------------------------------------------------------------------------------------------- */

/* Each column as text that both databases give, from their own catalogs; reals in their shortest form. One is left out,
 * which says what the index of captured changes has: an import indexes all. */
static char *select_list(database on, const char *table)
{
	const char *sql =
		on.pg ? "SELECT string_agg(CASE data_type WHEN 'bytea' THEN 'upper(encode(' || quote_ident(column_name) ||"
				" ', ''hex''))' WHEN 'timestamp with time zone' THEN 'to_char(' || quote_ident(column_name) ||"
				" ' AT TIME ZONE ''UTC'', ''YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'')' WHEN 'boolean' THEN"
				" quote_ident(column_name) || '::int' ELSE quote_ident(column_name) END, ', ' ORDER BY column_name"
				" COLLATE \"C\") FROM information_schema.columns WHERE table_name = '%s'"
				" AND NOT (table_name = 'stead_change' AND column_name = 'indexed')"
			  : "SELECT group_concat(item, ', ') FROM (SELECT CASE type WHEN 'BLOB' THEN 'hex(\"' || name || '\")' ||"
				" CASE WHEN \"notnull\" THEN '' ELSE ' || CASE WHEN \"' || name || '\" IS NOT NULL THEN '''' END' END"
				" WHEN 'REAL' THEN replace('CASE WHEN @ IS NULL THEN NULL ELSE rtrim(rtrim(CASE WHEN"
				" CAST(printf(''%%!.15g'', @) AS REAL) = @ THEN printf(''%%!.15g'', @) WHEN"
				" CAST(printf(''%%!.16g'', @) AS REAL) = @ THEN printf(''%%!.16g'', @) ELSE"
				" printf(''%%!.17g'', @) END, ''0''), ''.'') END', '@', '\"' || name || '\"')"
				" ELSE '\"' || name || '\"' END AS item FROM pragma_table_info('%s')"
				" WHERE NOT (arg = 'stead_change' AND name = 'indexed') ORDER BY name)";

	return askf(on, sql, table);
}

static char *key_list(const char *table, database lite)
{
	return askf(lite,
	            "SELECT group_concat('\"' || name || '\"', ', ') FROM (SELECT name FROM pragma_table_info('%s')"
	            " WHERE pk > 0 ORDER BY pk)",
	            table);
}

static char *rows_of(database on, const char *table, const char *key, const char *where)
{
	char *list = select_list(on, table), *answer;

	list[strcspn(list, "\n")] = 0;
	answer = askf(on, "SELECT %s FROM %s WHERE %s ORDER BY %.*s", list, table, where, (int)strcspn(key, "\n"), key);
	if (is_error(answer))
		fail("%s", answer);
	free(list);
	return answer;
}

/* What the import itself adds, after what came, and what is not moved. */
static void compare_table(database from, database to, database lite, const char *table, int64_t last_event)
{
	bool events = strcmp(table, "stead_audit_event") == 0;
	char *key = key_list(table, lite), name[200], where[200] = "true";
	int64_t step = events ? 20000 : INT64_MAX, different = 0, rows = 0;

	for (int64_t at = 0; at == 0 || (events && at < last_event); at += events ? step : 1) {
		char *a, *b;

		if (events)
			snprintf(where, sizeof where, "id > %" PRId64 " AND id <= %" PRId64, at,
			         at + step < last_event ? at + step : last_event);
		a = rows_of(from, table, key, where);
		b = rows_of(to, table, key, where);
		different += strcmp(a, b) != 0;
		for (char *line = a; (line = strchr(line, '\n')); line++)
			rows++;
		if (strcmp(a, b) != 0) {
			size_t same = strspn(a, "") /* 0 */;

			while (a[same] == b[same])
				same++;
			same = same > 100 ? same - 100 : 0;
			printf("# from: %.300s\n# to: %.300s\n", a + same, b + same);
		}
		free(a);
		free(b);
	}
	snprintf(name, sizeof name, "%s has the same %" PRId64 " rows", table, rows);
	say(!different, name, "");
	free(key);
}

static void compare(database from, database to, database lite)
{
	static const char *const local[] = {"stead_schema",  "stead_signal",   "stead_permit",         "stead_lease",
	                                    "stead_grant",   "stead_transfer", "stead_transfer_piece", "stead_retention",
	                                    "stead_capture", "stead_local",    "stead_replaced"};
	char *tables =
		ask(lite, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'stead!_%' ESCAPE '!' ORDER BY 1");
	int64_t last_event = number(from, "SELECT max(id) FROM stead_audit_event");

	for (char *table = strtok(tables, "\n"); table; table = strtok(NULL, "\n")) {
		bool moved = true;

		for (size_t i = 0; i < sizeof local / sizeof *local; i++)
			moved &= strcmp(table, local[i]) != 0;
		if (moved)
			compare_table(from, to, lite, table, last_event);
	}
	free(tables);
	/* the owner of a table of the application's is the only value that is left behind */
	char *a = ask(from, "SELECT target, keep_days, hold_reason, time_column FROM stead_retention ORDER BY target");
	char *b = ask(to, "SELECT target, keep_days, hold_reason, time_column FROM stead_retention ORDER BY target");

	say(strcmp(a, b) == 0 && *a, "stead_retention has the same policies", b);
	free(a);
	free(b);
}

/* ---- What was made before the move ------------------------------------------------------------------------------ */

#define PROOFS 20
typedef struct {
	char *checkpoint, *token, *jwt;
	int64_t next_user, event[PROOFS];
	char *proof[PROOFS];
} made;

static char *value(database on, const char *sql)
{
	char *answer = ask(on, sql);

	if (is_error(answer))
		fail("%s: %s", sql, answer);
	if (*answer)
		answer[strlen(answer) - 1] = 0;
	return answer;
}

static made make(database on, const char *token)
{
	made before = {.checkpoint = value(on, "SELECT stead_audit_checkpoint()"),
	               .token = strdup(token),
	               .jwt = value(on, "SELECT stead_jwt_sign('{\"sub\":\"anna\"}')")};
	char *ids = value(on, "SELECT e.id FROM stead_audit_event AS e WHERE e.id <= (SELECT max(last_event_id) FROM"
	                      " stead_audit_block) AND e.id % 7 = 3 ORDER BY e.id DESC LIMIT 400"),
		 *at = ids;

	for (int i = 0; i < PROOFS; at += strcspn(at, "\n") + 1) {
		char sql[100], *proof;

		if (!*at)
			fail("too few sealed events");
		before.event[i] = strtoll(at, NULL, 10);
		snprintf(sql, sizeof sql, "SELECT stead_audit_proof(%" PRId64 ")", before.event[i]);
		proof = ask(on, sql);
		if (!is_error(proof))
			before.proof[i++] = proof;
		if (!strchr(at, '\n'))
			break;
	}
	free(ids);
	return before;
}

static void gives(database on, const char *name, const char *wanted, const char *sql)
{
	char *answer = ask(on, sql);

	say(strncmp(answer, wanted, strlen(wanted)) == 0, name, answer);
	free(answer);
}

static void check_tree(database on, const made *before)
{
	char sql[2000];

	snprintf(sql, sizeof sql,
	         "SELECT CASE WHEN valid THEN 'valid' END, reason FROM stead_audit_verify_checkpoint('%s')",
	         before->checkpoint);
	gives(on, "a checkpoint from before the move is valid", "valid|", sql);
	gives(on, "the audit trail is as it was sealed", "ok|1\n",
	      "SELECT status, (SELECT count(*) FROM stead_audit_verify()) FROM stead_audit_verify() WHERE block IS NULL");
}

static void check(database on, const made *before)
{
	char sql[3000], *now = value(on, "SELECT stead_audit_checkpoint()");
	int same = 0, proofs = 0;

	say(strcmp(now, before->checkpoint) == 0, "the same root", now);
	free(now);
	check_tree(on, before);
	for (; proofs < PROOFS && before->proof[proofs]; proofs++) {
		char *proof;

		snprintf(sql, sizeof sql, "SELECT stead_audit_proof(%" PRId64 ")", before->event[proofs]);
		proof = ask(on, sql);
		same += strcmp(proof, before->proof[proofs]) == 0;
		free(proof);
	}
	say(same == proofs && proofs == PROOFS, "proofs are those from before the move", "");
	snprintf(sql, sizeof sql, "SELECT reason, username FROM stead_session_validate('%s')", before->token);
	gives(on, "a session is valid", "ok|alice", sql);
	snprintf(sql, sizeof sql, "SELECT reason FROM stead_jwt_verify('%s')", before->jwt);
	gives(on, "a JWT is valid", "ok", sql);
	gives(on, "a secret setting is the same", "hush", "SELECT stead_setting_reveal('app.key')");
	/* the policy of a table of the application's waits for its owner: the table is not moved */
	gives(on, "the doctor finds no other fault", "0",
	      "SELECT count(*) FROM stead_doctor() WHERE status = 'fail' AND NOT check_name = 'retention'");
}

/* The next user gets the number it would have had. Ends with everything sealed. */
static void go_on(database on, const made *before)
{
	char wanted[30], name[] = "numbers go on";
	int64_t sealed = -1, unsealed, version = number(on, "SELECT stead_setting_version()");
	static int user;
	char sql[200];

	snprintf(wanted, sizeof wanted, "%" PRId64 "\n", before->next_user);
	snprintf(sql, sizeof sql, "SELECT stead_user_create('after %d')", ++user);
	gives(on, name, wanted, sql);
	must(on, "SELECT stead_setting_set('moved', '%d')", user);
	say(number(on, "SELECT stead_setting_version()") == version + 1, "the version of the settings goes on", "");
	unsealed = number(on, "SELECT count(*) FROM stead_audit_event") -
	           number(on, "SELECT sum(events) FROM stead_audit_block WHERE block NOT IN (SELECT block FROM"
	                      " stead_audit_account WHERE block IS NOT NULL)");
	for (int64_t one = 1; one;) {
		one = number(on, "SELECT stead_audit_seal(300)");
		sealed = sealed < 0 ? one : sealed + one;
	}
	say(sealed == unsealed && sealed > 500, "what was not sealed is sealed now", "");
	check_tree(on, before);
}

/* ---- Everything ------------------------------------------------------------------------------------------------- */

static void fill(database on)
{
	char *text = strdup(seed), *at = text;

	for (char *end = strchr(at, ';'); end; end = strchr(end + 1, ';')) {
		char after = end[1];

		end[1] = '\0';
		if (sqlite3_complete(at)) {
			must(on, "%s", at);
			at = end + 1;
		}
		end[1] = after;
	}
	free(text);
}

#define LOG                                                                                                            \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %" PRId64 ")"                            \
	" SELECT count(stead_audit_log('thing.' || (i %% 17), 'thing', 'ä' || (i %% 1000), CAST(i %% 100 AS text),"       \
	" 'user ' || (i %% 100), i %% 9 <> 0, CAST('{\"n\": ' || i || ',  \"text\":\"a \\\"quoted\\\" one, "               \
	"back\\\\slash\"}' AS %s),"                                                                                        \
	" CASE WHEN i %% 9 = 0 THEN 'no' END, '10.0.0.' || (i %% 200), 'agent/1.0 (with some text)', %s)) FROM n"

/* Every table has rows, and every kind of event is there: pruned, redacted, sealed, not sealed. */
static char *fill_everything(database on, int64_t events)
{
	char *token;

	fill(on);
	must(on, LOG, (int64_t)3000, "text", "'2020-01-01T00:00:00Z'");
	must(on, LOG, events, "text", "NULL");
	while (number(on, "SELECT stead_audit_seal(10000)"))
		;
	must(on, "SELECT stead_retention_set('audit', 400)");
	if (number(on, "SELECT stead_prune('audit')") == 0)
		fail("nothing was pruned");
	if (number(on, "SELECT stead_audit_redact(max(last_event_id), 'a request') FROM stead_audit_block") != 1)
		fail("nothing was redacted");
	while (number(on, "SELECT stead_audit_seal(10000)"))
		;
	must(on, "SELECT stead_setting_set('stead.audit.autoseal', '0')");
	must(on, LOG, (int64_t)600, "text", "NULL");
	must(on, "SELECT stead_setting_set('odd', 'a\"b\\c''d/\t\r\n\x01\x1f\x7f ünïcode 😀')");
	must(on, "SELECT stead_user_delete(stead_user_create('gone'))"); /* its number is not given again */
	must(on, "SELECT stead_counter_observe('exact', '{\"a\":0.30000000000000004,\"b\":123456789.12345679,\"c\":7}')");
	token = value(on, "SELECT stead_session_create(1, 100000)");
	return token;
}

static int64_t next_user(database on)
{
	return number(on, on.pg ? "SELECT last_value + 1 FROM stead_user_id_seq"
	                        : "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'stead_user'");
}

static void run_moves(const char *folder, int64_t events)
{
	char file[2][4096], *token;
	database first, back, one = open_pg("stead_transfer_1"), two = open_pg("stead_transfer_2");
	made before;

	for (int i = 0; i < 2; i++) {
		snprintf(file[i], sizeof file[i], "%s/transfer%d.db", folder, i);
		unlink(file[i]);
	}
	first = open_sqlite(file[0]);
	back = open_sqlite(file[1]);
	must(first, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON");
	must(back, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; SELECT stead_init()");
	must(one, "CREATE EXTENSION stead");
	must(two, "CREATE EXTENSION stead");
	must(one, "SELECT stead_init()");
	must(two, "SELECT stead_init()");
	token = fill_everything(first, events);

	part = "from SQLite to PostgreSQL";
	before = make(first, token);
	before.next_user = next_user(first);
	move(first, one);
	compare(first, one, first);
	check(one, &before);
	go_on(one, &before);

	/* events of both eras, sealed and not */
	must(one, LOG, (int64_t)600, "json", "NULL");
	part = "back to SQLite";
	before = make(one, token);
	before.next_user = next_user(one);
	move(one, back);
	compare(one, back, back);
	check(back, &before);
	go_on(back, &before);

	part = "from PostgreSQL to PostgreSQL";
	move(one, two);
	compare(one, two, back);
	check(two, &before);
	go_on(two, &before);
	say(number(two, "SELECT count(*) FROM stead_audit_list('{\"action\":\"stead.import\"}')") == 2,
	    "each import is an event", "");
}

/* ---- Faults ----------------------------------------------------------------------------------------------------- */

static char *import_lines(database on, const lines *list, int64_t piece)
{
	char *text = malloc(1 << 22), *answer = strdup("");
	int64_t i = 0;

	while (i < list->count && !is_error(answer)) {
		size_t size = 0;

		for (int64_t end = i + piece; i < end && i < list->count; i++)
			size += (size_t)sprintf(text + size, "%s", list->line[i]);
		free(answer);
		answer = import_text(on, text, size);
	}
	free(text);
	return answer;
}

static int64_t rows_in_tables(database on)
{
	return number(on, "SELECT (SELECT count(*) FROM stead_audit_event) + (SELECT count(*) FROM stead_audit_block)"
	                  " + (SELECT count(*) FROM stead_user) + (SELECT count(*) FROM stead_session)"
	                  " + (SELECT count(*) FROM stead_setting) + (SELECT count(*) FROM stead_jwt_key)");
}

enum { CHANGED, DROPPED, DOUBLED, SWAPPED, CUT, FAULTS };
static const char *const fault_names[] = {"changed", "dropped", "doubled", "swapped with the next", "cut"};

/* The line that the error must name; 0: there is none, as the import only stays incomplete. */
static int64_t spoil(lines *list, int64_t i, int fault, unsigned seed_)
{
	char *line = list->line[i];
	size_t size = strlen(line) - 1;

	switch (fault) {
	case CHANGED:
		line[seed_ % size] ^= 1;
		return i + 1;
	case DROPPED:
		memmove(list->line + i, list->line + i + 1, sizeof line * (size_t)(list->count - i - 1));
		list->count--;
		return i == list->count ? 0 : i + 1;
	case DOUBLED:
		add(list, "", 0);
		memmove(list->line + i + 1, list->line + i, sizeof line * (size_t)(list->count - i - 1));
		return i + 2;
	case SWAPPED:
		list->line[i] = list->line[i + 1];
		list->line[i + 1] = line;
		return i + 1;
	default: /* in the middle of the line */
		strcpy(line + size / 2, "\n");
		list->count = i + 1;
		return i + 1;
	}
}

static void try_faults(database on, const lines *good, int64_t piece)
{
	/* the last line and its double shall come in one call: alone, the first completes an import */
	if (good->count % piece == 0)
		piece--;
	for (int fault = 0; fault < FAULTS; fault++) {
		int64_t wrong = 0;
		char name[200];

		for (int64_t i = 0; i < good->count; i++) {
			lines bad = {0};
			int64_t named;
			char *answer, wanted[100];

			for (int64_t k = 0; k < good->count; k++)
				add(&bad, good->line[k], strlen(good->line[k]) - 1);
			if (fault == SWAPPED && i + 1 == good->count)
				continue;
			named = spoil(&bad, i, fault, (unsigned)(i * 37 + 11));
			free(import_text(on, "", 0)); /* what an earlier one left */
			answer = import_lines(on, &bad, piece);
			snprintf(wanted, sizeof wanted, "line %" PRId64 " ", named);
			if (named ? !is_error(answer) || !strstr(answer, wanted) : strstr(answer, "\"complete\":true") != NULL) {
				if (!wrong++)
					printf("#   line %" PRId64 " %s: %s\n", i + 1, fault_names[fault], answer);
			}
			free(answer);
			free(bad.line); /* two may be the same */
		}
		snprintf(name, sizeof name, "each line %s, in pieces of %" PRId64 ": the error names it", fault_names[fault],
		         piece);
		say(!wrong, name, "");
	}
	say(rows_in_tables(on) == 0, "nothing of them is in the tables", "");
}

/* A forger who knows the check, but not that the SHA-256 is looked at: the check of docs/moving.md. */
static uint64_t quick_hash(uint64_t number_, const char *data, size_t size)
{
	uint64_t hash = (UINT64_C(0xcbf29ce484222325) ^ number_) * UINT64_C(0x9E3779B97F4A7C15);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

static void forge(lines *list)
{
	uint64_t check = 0;

	for (int64_t i = 0; i < list->count; i++) {
		char *members = strchr(list->line[i], ',') + 1, *end = strstr(list->line[i], ",\"check\":\""), *made_ = NULL;
		int size = asprintf(&made_, "{\"line\":%" PRId64 ",%.*s", i + 1, (int)(end - members), members);

		check = quick_hash(check, made_, (size_t)size);
		if (asprintf(&list->line[i], "%s,\"check\":\"%016" PRIx64 "\"}\n", made_, check) < 0)
			fail("no memory");
	}
}

static void replace(lines *list, const char *from, const char *to)
{
	for (int64_t i = 0; i < list->count; i++) {
		char *at = strstr(list->line[i], from), *changed;

		if (!at)
			continue;
		if (asprintf(&changed, "%.*s%s%s", (int)(at - list->line[i]), list->line[i], to, at + strlen(from)) < 0)
			fail("no memory");
		list->line[i] = changed;
		return;
	}
	fail("no line has %s", from);
}

static void try_forgeries(database on, const lines *good)
{
	static const struct {
		const char *name, *from, *to, *wanted;
	} cases[] = {
		{"a value", "alice@example.org", "mallory@example.org", "has another SHA-256"},
		{"a SHA-256", "\"sha256\":\"", "\"sha256\":\"0", "has another SHA-256"},
		{"an unknown column", "\"username\",\"email\"", "\"username\",\"mail\"", "has other columns than stead_user"},
		{"an unknown table", "\"table\":\"user\"", "\"table\":\"pg_authid\"", "is in none of the sections: pg_authid"},
		{"a table that is not moved", "\"table\":\"user\"", "\"table\":\"grant\"", "is in none of the sections: grant"},
		{"an unknown section", "\"sections\":[\"audit\"", "\"sections\":[\"x\\\"\\n\"",
	     "a section that this library does not"},
		{"another schema version", "\"schema\":", "\"schema\":9", "the export has schema version 9"},
		{"another format", "\"stead_export\":1", "\"stead_export\":2", "line 1 has format 2"},
		{"a number out of range", "\"{\\\"id\\\":\\\"c\\\",\\\"n\\\":3}\",1,", "\"{}\",0,",
	     "has a version that stead_document cannot hold"},
		{"a null", "\"row\":[1,\"alice\"", "\"row\":[1,null", "has a username that stead_user cannot hold"},
		{"another type", "\"row\":[1,\"alice\"", "\"row\":[\"1\",\"alice\"", "has a id that stead_user cannot hold"},
		{"a large number", "\"row\":[1,\"alice\"", "\"row\":[9223372036854775808,\"alice\"", "has a id that"},
		{"a leading zero", "\"row\":[1,\"alice\"", "\"row\":[01,\"alice\"", "has a id that"},
		{"a NUL byte", "\"row\":[1,\"alice\"", "\"row\":[1,\"a\\u0000\"", "has a username that"},
		{"a lone surrogate", "\"row\":[1,\"alice\"", "\"row\":[1,\"a\\ud800\"", "has a username that"},
		{"a value too many", "\"row\":[1,\"alice\"", "\"row\":[1,\"alice\",1", "cannot hold"},
		{"details that are no JSON", "\"{\\\"try\\\": 1e2}\"", "\"{\\\"try\\\": \"", "details"},
		{"a sequence at its end", "\"approved\",\"created_at\",\"updated_at\"],\"last\":",
	     "\"approved\",\"created_at\",\"updated_at\"],\"last\":9223372036854775807", "does not describe stead_user"},
		{"an owner", "\"row\":[\"logbook\",\"at\",30,10000,null,null",
	     "\"row\":[\"logbook\",\"at\",30,10000,null,\"postgres\"", "has a owner that stead_retention cannot hold"},
	};
	lines forged;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *answer, name[200];

		forged = (lines){0};
		for (int64_t k = 0; k < good->count; k++)
			add(&forged, good->line[k], strlen(good->line[k]) - 1);
		replace(&forged, cases[i].from, cases[i].to);
		forge(&forged);
		answer = import_lines(on, &forged, 1000);
		snprintf(name, sizeof name, "with checks that fit: %s is refused", cases[i].name);
		say(is_error(answer) && strstr(answer, cases[i].wanted), name, answer);
		free(answer);
	}
	/* rows left out, and in another order */
	for (int swapped = 0; swapped < 2; swapped++) {
		char *answer;

		forged = (lines){0};
		for (int64_t k = 0; k < good->count; k++)
			if (swapped || k != 3)
				add(&forged,
				    good->line[k == 3              ? 4
				               : k == 4 && swapped ? 3
				                                   : k],
				    strlen(good->line[k == 3              ? 4
				                      : k == 4 && swapped ? 3
				                                          : k]) -
				        1);
		forge(&forged);
		answer = import_lines(on, &forged, 1000);
		say(is_error(answer) && strstr(answer, swapped ? "has another SHA-256" : "counts "),
		    swapped ? "with checks that fit: rows in another order are refused"
		            : "with checks that fit: a row that is left out is refused",
		    answer);
		free(answer);
	}
	say(rows_in_tables(on) == 0, "nothing of them is in the tables", "");
}

/* The SHA-256 of the last line, too. */
static void forge_all(lines *list)
{
	unsigned char hash[32];
	char hex[65], *at;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	forge(list);
	EVP_DigestInit_ex2(context, EVP_sha256(), NULL);
	for (int64_t i = 0; i < list->count - 1; i++)
		EVP_DigestUpdate(context, list->line[i], strlen(list->line[i]));
	EVP_DigestFinal_ex(context, hash, NULL);
	EVP_MD_CTX_free(context);
	for (int i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", hash[i]);
	at = strstr(list->line[list->count - 1], "\"sha256\":\"") + strlen("\"sha256\":\"");
	memcpy(at, hex, 64);
	forge(list);
}

/* An event that is not sealed, as a copy of this cluster could have logged it: its transaction number is one that this
 * cluster has yet to give. Events that are logged now must come after it. */
static void try_copy_of_cluster(const lines *good)
{
	database on = open_pg("stead_transfer_4");
	int64_t era, events;
	lines copy = {0};
	char *answer;
	bool event = false; /* the line is of the table of events */

	must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	era = number(on, "SELECT system_identifier FROM pg_control_system()");
	for (int64_t i = 0; i < good->count; i++) {
		char *zeros, *changed;

		if (strstr(good->line[i], "\"table\":\""))
			event = strstr(good->line[i], "\"table\":\"audit_event\"") != NULL;
		else if (event && i + 1 < good->count && strstr(good->line[i + 1], "\"table\":\"")) {
			zeros = strstr(good->line[i], ",0,0,\"");
			if (asprintf(&changed, "%.*s,%" PRId64 ",9000000000000000%s", (int)(zeros - good->line[i]), good->line[i],
			             era, zeros + 4) < 0)
				fail("no memory");
			add(&copy, changed, strlen(changed) - 1);
			continue;
		}
		add(&copy, good->line[i], strlen(good->line[i]) - 1);
	}
	forge_all(&copy);
	answer = import_lines(on, &copy, 1000);
	say(strstr(answer, "\"complete\":true") != NULL, "events of a copy of this cluster are imported", answer);
	must(on, "SELECT stead_audit_log('after')");
	say(number(on, "SELECT era FROM stead_audit_event WHERE action = 'after'") == era + 1,
	    "a new era begins for the events after them", "");
	events = number(on, "SELECT count(*) FROM stead_audit_event");
	while (number(on, "SELECT stead_audit_seal()"))
		;
	say(number(on, "SELECT sum(events) FROM stead_audit_block") == events, "all are sealed", "");
	gives(on, "none is in the wrong place", "ok|1\n",
	      "SELECT status, (SELECT count(*) FROM stead_audit_verify()) FROM stead_audit_verify() WHERE block IS NULL");
	close_database(on);
}

static void run_faults(const char *side)
{
	database source = open_sqlite(":memory:"),
			 on = strcmp(side, "sqlite") == 0 ? open_sqlite(":memory:") : open_pg("stead_transfer_3");
	lines good = {0};
	char *answer;

	part = side;
	fill(source);
	export_each(source, "SELECT line FROM stead_export()", keep, &good);
	if (on.pg)
		must(on, "CREATE EXTENSION stead");
	must(on, "SELECT stead_init()");
	try_faults(on, &good, 1000);
	if (on.lite)
		try_faults(on, &good, 7);
	try_forgeries(on, &good);

	/* cut off, begun anew, one line at a time; then the same once more */
	good.count--;
	answer = import_lines(on, &good, 3);
	good.count++;
	say(strstr(answer, "\"complete\":false") != NULL, "without its last line an import is not complete", answer);
	answer = import_lines(on, &good, 1);
	say(strstr(answer, "\"complete\":true") != NULL, "it is repeated from the first line", answer);
	say(rows_in_tables(on) > 0 && number(on, "SELECT count(*) FROM stead_transfer_piece") == 0,
	    "it is stored, and nothing waits", "");
	answer = import_lines(on, &good, 1000);
	say(is_error(answer) && strstr(answer, "there are rows in stead_audit_event"), "a second import is refused",
	    answer);
	answer = import_text(on, good.line[good.count - 1], strlen(good.line[good.count - 1]));
	say(is_error(answer) && strstr(answer, "where line 1 was expected"), "the last line alone is refused", answer);
	if (on.pg)
		try_copy_of_cluster(&good);
	release(&good);
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "move") == 0)
		run_moves(argv[2], strtoll(argv[3], NULL, 10));
	else if (argc > 2)
		run_faults(argv[2]);
	else
		fail("transfer move DIR EVENTS | transfer faults sqlite|postgresql");
	return 0;
}
