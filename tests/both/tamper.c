/*
 * tamper.c - changes sealed data without any trigger: stead_audit_verify() must find each change, and where it is.
 *
 * Run it as "tamper postgresql", in the database that libpq finds, or as "tamper sqlite", in memory. Each case is a
 * transaction that is rolled back; after it, verification must pass again. The cases come from the columns that the
 * tables have, so that a later version's column is tested, too.
 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <time.h>

#include "both.h"

enum {
	BLOCKS = 5,
	EACH = 12,
	TAIL = 3,
	FULL = 30,
	SPARSE = 31,
	GAP = 50
}; /* the last three are ids: in block 3, in block 3, and in block 5 */

/* Noon of this day, as the events of a block are to be of one hour whenever the test runs. */
#define PG_NOON "(date_trunc('day', now() AT TIME ZONE 'UTC') + interval '12 hours') AT TIME ZONE 'UTC'"
#define LITE_NOON "strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', 'start of day', '+12 hours'"

static database on;
static const char *side;

static void say(bool ok, const char *name, const char *found)
{
	printf("%sok tamper: %s: %s\n", ok ? "" : "not ", side, name);
	for (const char *at = found, *end; !ok && at && *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		printf("#   %.*s\n", (int)(end - at < 300 ? end - at : 300), at);
	}
}

/* ---- Cases ----------------------------------------------------------------------------------------------------- */

/* Does the answer of stead_audit_verify() end with "broken", and have a finding about that event or block? A NULL
 * status, or -1: any. */
static bool found(const char *answer, const char *statuses, int64_t block, int64_t event, int *findings)
{
	bool any = false;

	*findings = 0;
	for (const char *at = answer; *at && strchr(at, '\n'); at = strchr(at, '\n') + 1) {
		char of_block[24], status[16], of_event[24], wanted[24];

		if (sscanf(at, "%23[^|]|%15[^|]|%23[^|]|", of_block, status, of_event) != 3)
			return false;
		if (strcmp(status, "broken") == 0)
			return any && strncmp(at, "NULL|", 5) == 0 && !strchr(strchr(at, '\n') + 1, '\n');
		++*findings;
		if (statuses && !strstr(statuses, status))
			continue;
		snprintf(wanted, sizeof wanted, "%lld", (long long)block);
		if (block >= 0 && strcmp(of_block, wanted) != 0)
			continue;
		snprintf(wanted, sizeof wanted, "%lld", (long long)event);
		any |= event < 0 || strcmp(of_event, wanted) == 0;
	}
	return false;
}

static void check_sound(const char *name)
{
	char *answer = ask(on, "SELECT * FROM stead_audit_verify()");

	if (strncmp(answer, "NULL|ok|NULL|", 13) != 0 || strchr(answer, '\n')[1])
		say(false, name, answer);
	free(answer);
}

/* Makes one change, which must change a row and be reported. most: at most so many findings; 0: any number. */
static void __attribute__((format(printf, 6, 7)))
tamper(const char *name, const char *statuses, int64_t block, int64_t event, int most, const char *format, ...)
{
	va_list args;
	char *done, *answer;
	int findings;

	must(on, "BEGIN");
	va_start(args, format);
	done = vask(on, format, args);
	va_end(args);
	answer = is_error(done) ? strdup(done) : ask(on, "SELECT * FROM stead_audit_verify()");
	say(found(answer, statuses, block, event, &findings) && (!most || findings <= most), name, answer);
	free(done);
	free(answer);
	must(on, "ROLLBACK");
	check_sound(name);
}

/* Like tamper(), for a change that stead_audit_verify() cannot see: the checkpoint that was kept elsewhere must show
 * it. */
static void beyond_verify(const char *name, const char *checkpoint, const char *sql)
{
	char *verdict, *valid = NULL;

	must(on, "BEGIN");
	must(on, "%s", sql);
	verdict = verdict_of(on);
	if (strncmp(verdict, "ok ", 3) == 0) {
		if (!checkpoint) {
			printf("# %s: %s: told by stead_audit_verify_checkpoint alone, which is not here\n", side, name);
		} else {
			valid = askf(on, "SELECT valid, reason FROM stead_audit_verify_checkpoint('%s')", checkpoint);
			say(strncmp(valid, "0|", 2) == 0, name, valid);
		}
	} else
		say(false, name, verdict); /* the change should have been consistent in itself */
	free(verdict);
	free(valid);
	must(on, "ROLLBACK");
	check_sound(name);
}

/* ---- Columns --------------------------------------------------------------------------------------------------- */

typedef struct {
	char name[64], type[64];
} column;

static int columns_of(const char *table, column *out)
{
	char *rows = askf(on,
	                  on.pg ? "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = "
	                          "'%s'::regclass AND attnum > 0"
	                          " AND NOT attisdropped ORDER BY attnum"
	                        : "SELECT name, type FROM pragma_table_info('%s') ORDER BY cid",
	                  table);
	int count = 0;

	for (char *at = rows; *at; at = strchr(at, '\n') + 1) {
		column *next = &out[count++];
		size_t size;

		if (sscanf(at, "%63[^|]|%63[^\n]", next->name, next->type) != 2)
			fail("%s", rows);
		size = strlen(next->name);
		if (strcmp(next->type, "timestamp with time zone") == 0 ||
		    (strcmp(next->type, "TEXT") == 0 &&
		     ((size > 3 && strcmp(next->name + size - 3, "_at") == 0) || strcmp(next->name, "bucket_start") == 0 ||
		      strcmp(next->name, "cutoff") == 0)))
			strcpy(next->type, "time");
		if (strcmp(next->name, "success") == 0 || strcmp(next->name, "indexed") == 0)
			strcpy(next->type, "boolean");
	}
	free(rows);
	return count;
}

/* The smallest change of a value: a null becomes something. */
static char *altered(const column *of)
{
	const char *format, *name = of->name;
	char *sql;

	if (strcmp(of->type, "boolean") == 0)
		format = "NOT %1$s";
	else if (strcmp(of->type, "time") == 0)
		format = on.pg ? "%1$s + interval '1 microsecond'"
		               : "substr(%1$s, 1, 25) || CASE substr(%1$s, 26, 1) WHEN '9' THEN '8' ELSE '9' END || 'Z'";
	else if (strcmp(of->type, "bytea") == 0)
		format =
			"coalesce(set_byte(%1$s, octet_length(%1$s) - 1, get_byte(%1$s, octet_length(%1$s) - 1) # 1), '\\x00')";
	else if (strcmp(of->type, "BLOB") == 0)
		format = "flip(%1$s)";
	else if (strcmp(of->type, "json") == 0)
		format = "(coalesce(%1$s::text, '{}') || ' ')::json";
	else if (strcmp(of->type, "text") == 0 || strcmp(of->type, "TEXT") == 0)
		format = "coalesce(%1$s, '') || ' '";
	else if (strcmp(name, "block") == 0 || strcmp(name, "account") == 0 || strcmp(name, "id") == 0 ||
	         strcmp(name, "dimension") == 0)
		format = "coalesce(%1$s, 0) + 100000"; /* a key that no other row may have */
	else
		format = "coalesce(%1$s, 0) + 1";
	if (asprintf(&sql, format, name) < 0)
		fail("no memory");
	return sql;
}

/* flip(x): turns the last bit; of a null, it makes a byte. */
static void flip(sqlite3_context *context, int count, sqlite3_value **values)
{
	int size = sqlite3_value_bytes(values[0]);
	unsigned char *copy = sqlite3_malloc(size + 1);

	(void)count;
	if (size)
		memcpy(copy, sqlite3_value_blob(values[0]), (size_t)size);
	else
		copy[size++] = 0;
	copy[size - 1] ^= 1;
	sqlite3_result_blob(context, copy, size, sqlite3_free);
}

static const char *bytes(const char *hex)
{
	static char literal[4][400];
	static int turn;

	snprintf(literal[turn = (turn + 1) % 4], sizeof *literal, on.pg ? "'\\x%s'::bytea" : "x'%s'", hex);
	return literal[turn];
}

/* ---- The matrices ---------------------------------------------------------------------------------------------- */

static void tamper_with_events(void)
{
	column of[40];
	int count = columns_of("stead_audit_event", of);
	char name[200];

	for (int i = 0; i < count; i++) {
		bool moves = strcmp(of[i].name, "id") == 0 || strcmp(of[i].name, "era") == 0 ||
		             strcmp(of[i].name, "transaction_id") == 0;
		char *value = altered(&of[i]);

		for (int id = FULL; id <= SPARSE; id++) {
			snprintf(name, sizeof name, "stead_audit_event.%s of a %s event", of[i].name,
			         id == FULL ? "full" : "sparse");
			tamper(name, moves ? "changed missing" : "changed", moves ? -1 : 3, id, moves ? 3 : 1,
			       "UPDATE stead_audit_event SET %s = %s WHERE id = %d", of[i].name, value, id);
		}
		free(value);
		if (number(on, "SELECT count(*) FROM stead_audit_event WHERE id = %d AND %s IS NOT NULL", SPARSE, of[i].name))
			continue; /* may not be null */
		snprintf(name, sizeof name, "stead_audit_event.%s blanked", of[i].name);
		if (number(on, "SELECT count(*) FROM stead_audit_event WHERE id = %d AND %s IS NOT NULL", FULL, of[i].name))
			tamper(name, "changed", 3, FULL, 1, "UPDATE stead_audit_event SET %s = NULL WHERE id = %d", of[i].name,
			       FULL);
	}
	tamper("a nonce blanked", "changed", 3, FULL, 1, "UPDATE stead_audit_event SET nonce = NULL WHERE id = %d", FULL);
	tamper("bytes moved from a field to the next", "changed", 3, FULL, 1,
	       "UPDATE stead_audit_event SET actor_id = substr(actor_id, 1, 1), actor_name = substr(actor_id, 2) || "
	       "actor_name WHERE id = %d",
	       FULL);
	tamper("redacted without leave, hashes and all", "changed", 3, FULL, 1,
	       "UPDATE stead_audit_event SET redacted = %s, resource_id = NULL, actor_id = NULL, actor_name = NULL, "
	       "details = NULL,"
	       " error = NULL, ip_address = NULL, user_agent = NULL, nonce = NULL WHERE id = %d",
	       bytes("0101010101010101010101010101010101010101010101010101010101010101"), FULL);
	tamper("two events' contents swapped", "changed", 3, FULL, 2,
	       "UPDATE stead_audit_event SET (action, actor_id) = (SELECT b.action, b.actor_id FROM stead_audit_event b "
	       "WHERE b.id = %d -"
	       " stead_audit_event.id) WHERE id IN (%d, %d)",
	       FULL + SPARSE, FULL, SPARSE);
	tamper("two events' ids swapped", "changed missing", 3, FULL, 4,
	       "UPDATE stead_audit_event SET id = 700 WHERE id = %d; UPDATE stead_audit_event SET id = %d WHERE id = %d;"
	       " UPDATE stead_audit_event SET id = %d WHERE id = 700",
	       FULL, FULL, SPARSE, SPARSE);
	tamper("an event deleted", "missing", 3, FULL, 1, "DELETE FROM stead_audit_event WHERE id = %d", FULL);
	tamper("the first event deleted", "missing", -1, -1, 1,
	       "DELETE FROM stead_audit_event WHERE id = (SELECT min(id) FROM stead_audit_event)");
	tamper("the last sealed event deleted", "missing", BLOCKS, -1, 1,
	       "DELETE FROM stead_audit_event WHERE id = (SELECT last_event_id FROM stead_audit_block WHERE block = %d)",
	       BLOCKS);
	tamper("a whole block's events deleted", "missing", 3, -1, EACH,
	       "DELETE FROM stead_audit_event WHERE id > (SELECT last_event_id FROM stead_audit_block WHERE block = 2)"
	       " AND id <= (SELECT last_event_id FROM stead_audit_block WHERE block = 3)");
#define FORGED                                                                                                         \
	"INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id) SELECT %d,"    \
	" occurred_at, recorded_at, action, success, era, transaction_id FROM stead_audit_event WHERE id = "
	tamper("an event slipped in", "added", -1, 500, 1, FORGED "%d", 500, FULL);
	tamper("two slipped in, at either end of a block", "added", -1, 501, 2, FORGED "%d; " FORGED "%d", 500, FULL, 501,
	       FULL);
	tamper("an event replaced by another", "changed", 3, FULL, 1,
	       "CREATE TEMP TABLE kept AS SELECT * FROM stead_audit_event WHERE id = %d; DELETE FROM stead_audit_event "
	       "WHERE id = %d;"
	       " INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id)"
	       " SELECT id, occurred_at, recorded_at, 'forged', success, era, transaction_id FROM kept",
	       FULL, FULL);
}

/* Only SQLite can hold a value that is not a time: in a table made before times were checked, or with checks switched
 * off. */
static void tamper_with_forms(void)
{
	static const char *const times[] = {"garbage", "2026-01-01T00:00:00Z", ""};

	for (int i = 0; i < 3 && !on.pg; i++) {
		char *answer, name[100];
		int findings;

		must(on, "PRAGMA ignore_check_constraints = 1");
		must(on, "BEGIN");
		must(on, "UPDATE stead_audit_event SET occurred_at = '%s' WHERE id = %d", times[i], FULL);
		answer = ask(on, "SELECT * FROM stead_audit_verify()");
		snprintf(name, sizeof name, "an invalid time: '%s'", times[i]);
		say(found(answer, "changed", 3, FULL, &findings), name, answer);
		free(answer);
		must(on, "ROLLBACK");
		must(on, "PRAGMA ignore_check_constraints = 0");
		check_sound(name);
	}
}

/* Only SQLite stores a type with each value. Without STRICT it can differ from the column's type. The bytes stay the
 * same. */
static void tamper_with_types(bool pruned)
{
	static const char *const tables[] = {"event",  "block",   "leaf",  "account",
	                                     "rollup", "posting", "index", "index_key"};
	char name[200], where[200];

	if (on.pg)
		return;
	must(on, "PRAGMA ignore_check_constraints = 1");
	must(on, "PRAGMA writable_schema = 1");
	must(on, "UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', ')')"
	         " WHERE type = 'table' AND name LIKE 'stead_audit_%%'");
	must(on, "PRAGMA writable_schema = RESET");
	say(number(on, "SELECT count(*) FROM stead_doctor() WHERE check_name = 'strict' AND status = 'fail'"
	               " AND detail LIKE 'not STRICT: %%stead_audit_rollup%%'") == 1,
	    "stead_doctor() says that tables are not STRICT", NULL);
	for (int i = 0; i < 8; i++) {
		column of[40];
		int count = columns_of("stead_audit_event", of);
		char table[50];

		snprintf(table, sizeof table, "stead_audit_%s", tables[i]);
		count = columns_of(table, of);
		if (i == 0)
			snprintf(where, sizeof where, "id IN (%d, %d)", FULL, SPARSE);
		else if (i == 4)
			snprintf(where, sizeof where,
			         "(bucket_start, action) = (SELECT bucket_start, action FROM stead_audit_rollup LIMIT 1)");
		else if (i == 7)
			strcpy(where, "number = 2");
		else
			snprintf(where, sizeof where, i == 3 ? "account = %d" : "block = %d", i == 3 ? 1 : 3);
		if (number(on, "SELECT count(*) FROM %s WHERE %s", table, where) == 0) {
			if (i != 3 || pruned)
				fail("nothing to change the type of in %s", table);
			continue;
		}
		for (int k = 0; k < count; k++) {
			const char *one = of[k].name;

			if (i == 0 && strcmp(one, "id") == 0)
				continue; /* the rowid is always an integer */
			if (number(on, "SELECT count(%s) FROM %s WHERE %s", one, table, where) == 0)
				continue; /* null */
			snprintf(name, sizeof name, "%s.%s, of another type", table, one);
			tamper(name, NULL, -1, -1, 0, "UPDATE %s SET %s = CAST(%s AS %s) WHERE %s", table, one, one,
			       strcmp(of[k].type, "BLOB") == 0 ? "TEXT" : "BLOB", where);
			if (strcmp(of[k].type, "INTEGER") == 0 || strcmp(of[k].type, "boolean") == 0) {
				snprintf(name, sizeof name, "%s.%s, a fraction", table, one);
				tamper(name, NULL, -1, -1, 0, "UPDATE %s SET %s = %s + 0.5 WHERE %s", table, one, one, where);
			}
		}
	}
	tamper("a rollup of a period in bytes", "changed", -1, -1, 1,
	       "INSERT INTO stead_audit_rollup SELECT CAST(period AS BLOB), bucket_start, action, 1000, 0, first_event_at, "
	       "last_event_at"
	       " FROM stead_audit_rollup LIMIT 1");
	must(on, "PRAGMA writable_schema = 1");
	must(on, "UPDATE sqlite_schema SET sql = CASE WHEN sql LIKE '%%) WITHOUT ROWID' THEN substr(sql, 1, length(sql) - "
	         "13) || 'STRICT, WITHOUT ROWID'"
	         " ELSE sql || ' STRICT' END WHERE type = 'table' AND name LIKE 'stead_audit_%%' AND sql NOT LIKE '%%) "
	         "STRICT%%'");
	must(on, "PRAGMA writable_schema = RESET");
	must(on, "PRAGMA ignore_check_constraints = 0");
	say(number(on, "SELECT count(*) FROM stead_doctor() WHERE check_name = 'strict' AND status = 'ok'") == 1,
	    "stead_doctor() is content when they are", NULL);
}

static void tamper_with_blocks(int first)
{
	column of[40];
	int count = columns_of("stead_audit_block", of), numbers[] = {first, 3, BLOCKS};
	char name[200];

	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < count; i++) {
			bool is_bytes = strcmp(of[i].type, "bytea") == 0 || strcmp(of[i].type, "BLOB") == 0;
			char *value = altered(&of[i]);

			snprintf(name, sizeof name, "stead_audit_block.%s of block %d", of[i].name, numbers[k]);
			tamper(name, "changed missing", numbers[k], -1, 0, "UPDATE stead_audit_block SET %s = %s WHERE block = %d",
			       of[i].name, value, numbers[k]);
			if (is_bytes && k == 1) {
				strcat(name, ", a byte less");
				tamper(name, "changed", numbers[k], -1, 0,
				       "UPDATE stead_audit_block SET %s = substr(%s, 2) WHERE block = %d", of[i].name, of[i].name,
				       numbers[k]);
				strcat(name, ", nothing");
				tamper(name, "changed", numbers[k], -1, 0, "UPDATE stead_audit_block SET %s = %s WHERE block = %d",
				       of[i].name, bytes(""), numbers[k]);
			}
			free(value);
		}
		snprintf(name, sizeof name, "the row of block %d deleted", numbers[k]);
		if (numbers[k] < BLOCKS)
			tamper(name, "missing", numbers[k], -1, 0, "DELETE FROM stead_audit_block WHERE block = %d", numbers[k]);
	}
	/* its digest can be made again: what depends on it must show the change */
	tamper("the last block's row deleted", NULL, -1, -1, 0, "DELETE FROM stead_audit_block WHERE block = %d", BLOCKS);
	tamper("every block's row deleted", NULL, -1, -1, 0, "DELETE FROM stead_audit_block");
	tamper("a block's row twice", "changed", 100003, -1, 0,
	       "CREATE TEMP TABLE kept AS SELECT * FROM stead_audit_block WHERE block = 3; UPDATE kept SET block = 100003;"
	       " INSERT INTO stead_audit_block SELECT * FROM kept");
	tamper("a block of number 0", "added", 0, -1, 0,
	       "CREATE TEMP TABLE kept AS SELECT * FROM stead_audit_block WHERE block = 3; UPDATE kept SET block = 0;"
	       " INSERT INTO stead_audit_block SELECT * FROM kept");
	tamper("two blocks' numbers swapped", "changed", 3, -1, 0,
	       "UPDATE stead_audit_block SET block = 100000 WHERE block = 3; UPDATE stead_audit_block SET block = 3 WHERE "
	       "block = 4;"
	       " UPDATE stead_audit_block SET block = 4 WHERE block = 100000");
}

static void tamper_with_leaves(int first)
{
	column of[40];
	int count = columns_of("stead_audit_leaf", of), numbers[] = {first, BLOCKS};
	char name[200];

	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < count; i++) {
			char *value = altered(&of[i]);

			snprintf(name, sizeof name, "stead_audit_leaf.%s of block %d", of[i].name, numbers[k]);
			tamper(name, NULL, numbers[k], -1, 0, "UPDATE stead_audit_leaf SET %s = %s WHERE block = %d", of[i].name,
			       value, numbers[k]);
			free(value);
		}
		snprintf(name, sizeof name, "the leaves of block %d deleted", numbers[k]);
		tamper(name, "missing", numbers[k], -1, 0, "DELETE FROM stead_audit_leaf WHERE block = %d", numbers[k]);
		snprintf(name, sizeof name, "the leaves of block %d, one less", numbers[k]);
		tamper(name, NULL, numbers[k], -1, 0,
		       "UPDATE stead_audit_leaf SET leaves = substr(leaves, 17) WHERE block = %d", numbers[k]);
		snprintf(name, sizeof name, "the leaves of block %d, none", numbers[k]);
		tamper(name, NULL, numbers[k], -1, 0, "UPDATE stead_audit_leaf SET leaves = %s WHERE block = %d", bytes(""),
		       numbers[k]);
	}
	tamper("two blocks' leaves swapped", NULL, 3, -1, 0,
	       "UPDATE stead_audit_leaf SET block = 100000 WHERE block = 3; UPDATE stead_audit_leaf SET block = 3 WHERE "
	       "block = 4;"
	       " UPDATE stead_audit_leaf SET block = 4 WHERE block = 100000");
	tamper("a list of leaves that is of no block", "added", 100000, -1, 1,
	       "INSERT INTO stead_audit_leaf (block, leaves) VALUES (100000, %s)", bytes("00"));
	tamper("an event deleted and its leaf as well", NULL, 3, -1, 0,
	       "DELETE FROM stead_audit_event WHERE id = (SELECT last_event_id FROM stead_audit_block WHERE block = 3);"
	       " UPDATE stead_audit_leaf SET leaves = substr(leaves, 1, %d) WHERE block = 3",
	       16 * (EACH - 1));
}

static void tamper_with_index(int first)
{
	static const char *const tables[] = {"posting", "index", "index_key"};
	char name[200], where[200], posting[100];

	snprintf(posting, sizeof posting, "block = %d AND dimension = 3", first);
	for (int i = 0; i < 3; i++) {
		column of[40];
		char table[50];
		int count;

		snprintf(table, sizeof table, "stead_audit_%s", tables[i]);
		count = columns_of(table, of);
		if (i == 2)
			strcpy(where, "number = 2");
		else if (i == 1)
			snprintf(where, sizeof where, "block = %d", first);
		else
			strcpy(where, posting);
		for (int k = 0; k < count; k++) {
			char *value = altered(&of[k]);

			snprintf(name, sizeof name, "%s.%s", table, of[k].name);
			tamper(name, "changed", i == 2 ? BLOCKS : first, -1, 0, "UPDATE %s SET %s = %s WHERE %s", table, of[k].name,
			       value, where);
			free(value);
			if (strcmp(of[k].type, "bytea") != 0 && strcmp(of[k].type, "BLOB") != 0)
				continue;
			strcat(name, ", a byte less");
			tamper(name, "changed", i == 2 ? BLOCKS : first, -1, 0, "UPDATE %s SET %s = substr(%s, 2) WHERE %s", table,
			       of[k].name, of[k].name, where);
			strcat(name, ", nothing");
			tamper(name, "changed", i == 2 ? BLOCKS : first, -1, 0, "UPDATE %s SET %s = %s WHERE %s", table, of[k].name,
			       bytes(""), where);
		}
		snprintf(name, sizeof name, "%s: a row deleted", table);
		tamper(name, "changed", i == 2 ? BLOCKS : first, -1, 0, "DELETE FROM %s WHERE %s", table, where);
	}
	for (int i = 1; i <= 6; i++) {
		snprintf(name, sizeof name, "the postings of dimension %d deleted", i);
		tamper(name, "changed", first, -1, 1, "DELETE FROM stead_audit_posting WHERE block = %d AND dimension = %d",
		       first, i);
	}
	tamper("a posting of a bucket that the block does not have", "changed", first, -1, 1,
	       "INSERT INTO stead_audit_posting SELECT dimension, 1023, last_event_at, block, part, entries FROM"
	       " stead_audit_posting WHERE %s",
	       posting);
	tamper("a posting of no block", "changed", 100000, -1, 1,
	       "INSERT INTO stead_audit_posting SELECT dimension, bucket, last_event_at, 100000, part, entries FROM"
	       " stead_audit_posting WHERE %s",
	       posting);
	tamper("a posting instead of another", "changed", first, -1, 0,
	       "UPDATE stead_audit_posting SET bucket = 1023 WHERE %s", posting);
	tamper("an indexed block that there is not", "changed", 100000, -1, 1,
	       "INSERT INTO stead_audit_index SELECT 100000, 0, trigrams FROM stead_audit_index WHERE block = %d", first);
	tamper("no mark that a block is indexed", "changed", first, -1, 1,
	       "UPDATE stead_audit_leaf SET indexed = NULL WHERE block = %d", first);
	tamper("a block's index and its mark gone", "changed", first, -1, 1,
	       "UPDATE stead_audit_leaf SET indexed = NULL WHERE block = %d;"
	       " DELETE FROM stead_audit_posting WHERE block = %d",
	       first, first);
	tamper("all that is indexed deleted", "changed", BLOCKS, -1, 0,
	       "DELETE FROM stead_audit_posting; DELETE FROM stead_audit_index");
}

/* Blocks that stead_audit_seal() makes again from altered events: what an owner who knows the algorithm can do. */
#define MAKE_AGAIN                                                                                                     \
	"DELETE FROM stead_audit_block; DELETE FROM stead_audit_leaf; DELETE FROM stead_audit_rollup; DELETE FROM "        \
	"stead_audit_posting; DELETE FROM stead_audit_index;"                                                              \
	" SELECT stead_audit_seal(12); SELECT stead_audit_seal(12); SELECT stead_audit_seal(12); SELECT "                  \
	"stead_audit_seal(12)"
#define KEEP(what) "CREATE TEMP TABLE kept_" what " AS SELECT * FROM stead_audit_" what "; "
#define GIVE_BACK(what)                                                                                                \
	"DELETE FROM stead_audit_" what "; INSERT INTO stead_audit_" what " SELECT * FROM kept_" what "; "
#define FORGE_30 "UPDATE stead_audit_event SET actor_id = 'somebody else' WHERE id = 30; "

static void tamper_knowingly(const char *checkpoint)
{
	tamper("an event and its leaf changed alike", "changed", 3, -1, 0,
	       KEEP("block") KEEP("rollup") FORGE_30 MAKE_AGAIN "; SELECT stead_audit_seal(12); " GIVE_BACK("block")
	           GIVE_BACK("rollup"));
	tamper("so are its block's row, digest and all", "changed", -1, -1, 0,
	       KEEP("block") KEEP("rollup") FORGE_30 MAKE_AGAIN "; SELECT stead_audit_seal(12); " GIVE_BACK(
			   "rollup") "CREATE TEMP TABLE made AS SELECT * FROM stead_audit_block WHERE block = 3; DELETE FROM "
	                     "stead_audit_block;"
	                     " INSERT INTO stead_audit_block SELECT * FROM kept_block WHERE block <> 3; INSERT INTO "
	                     "stead_audit_block SELECT * FROM made");
	beyond_verify("everything made again of what was altered", checkpoint,
	              FORGE_30 MAKE_AGAIN "; SELECT stead_audit_seal(12)");
	beyond_verify("the end cut off", checkpoint,
	              "DELETE FROM stead_audit_event WHERE id > (SELECT last_event_id FROM stead_audit_block WHERE block = "
	              "4); " MAKE_AGAIN);
	beyond_verify("everything made again but an event", checkpoint,
	              "DELETE FROM stead_audit_event WHERE id = 30; " MAKE_AGAIN "; SELECT stead_audit_seal(11)");
	beyond_verify("everything gone", checkpoint,
	              "DELETE FROM stead_audit_event; DELETE FROM stead_audit_block; DELETE FROM stead_audit_leaf; DELETE "
	              "FROM stead_audit_rollup; DELETE FROM stead_audit_posting; DELETE FROM stead_audit_index");
}

static void tamper_with_rollups(void)
{
	column of[40];
	int count = columns_of("stead_audit_rollup", of);
	static const char *const periods[] = {"hour", "day"};
	char name[200];

	for (int k = 0; k < 2; k++) {
		char row[200];

		snprintf(row, sizeof row,
		         "period = '%s' AND (bucket_start, action) = (SELECT bucket_start, action FROM stead_audit_rollup"
		         " WHERE period = '%s' ORDER BY 1, 2 LIMIT 1)",
		         periods[k], periods[k]);
		for (int i = 0; i < count; i++) {
			char *value = altered(&of[i]);

			snprintf(name, sizeof name, "stead_audit_rollup.%s of the %s", of[i].name, periods[k]);
			tamper(name, NULL, -1, -1, 0, "UPDATE stead_audit_rollup SET %s = %s WHERE %s", of[i].name, value, row);
			free(value);
		}
		snprintf(name, sizeof name, "a rollup of the %s deleted", periods[k]);
		tamper(name, "missing", -1, -1, 1, "DELETE FROM stead_audit_rollup WHERE %s", row);
		snprintf(name, sizeof name, "a rollup of the %s added", periods[k]);
		tamper(
			name, "added", -1, -1, 1,
			"INSERT INTO stead_audit_rollup SELECT period, bucket_start, 'forged', 1, 0, first_event_at, last_event_at"
			" FROM stead_audit_rollup WHERE %s",
			row);
		snprintf(name, sizeof name, "a rollup of the %s added, of a time when nothing was", periods[k]);
		tamper(
			name, "added", -1, -1, 1,
			"INSERT INTO stead_audit_rollup SELECT period, '1999-01-01T00:00:00.000000Z', action, 1, 0, first_event_at,"
			" last_event_at FROM stead_audit_rollup WHERE %s",
			row);
	}
	tamper("all rollups deleted", "missing", -1, -1, 0, "DELETE FROM stead_audit_rollup");
	tamper("a rollup of a period that is none", "added", -1, -1, 1,
	       "INSERT INTO stead_audit_rollup SELECT 'Day', bucket_start, action, 1000, 0, first_event_at, last_event_at"
	       " FROM stead_audit_rollup WHERE period = 'day' LIMIT 1");
#define ROLLUP_OF                                                                                                      \
	"INSERT INTO stead_audit_rollup SELECT period, '%s', action, 1000, 0, first_event_at, last_event_at"               \
	" FROM stead_audit_rollup WHERE period = '%s' LIMIT 1"
	for (int k = 0; k < 2; k++) {
		snprintf(name, sizeof name, "a rollup of the %s of year 0", periods[k]);
		tamper(name, "changed added", -1, -1, 1, ROLLUP_OF,
		       on.pg ? "0001-12-31 00:00:00+00 BC" : "0000-12-31T00:00:00.000000Z", periods[k]);
		snprintf(name, sizeof name, "a rollup of the %s of before year 0", periods[k]);
		tamper(name, "changed added", -1, -1, 1, ROLLUP_OF,
		       on.pg ? "4000-01-01 00:00:00+00 BC" : "0000-01-01T00:00:00.000000Z", periods[k]);
		if (!on.pg)
			continue; /* no such text has the form of a time */
		snprintf(name, sizeof name, "a rollup of the %s of no time", periods[k]);
		tamper(name, "changed added", -1, -1, 1, ROLLUP_OF, "-infinity", periods[k]);
		tamper(name, "changed added", -1, -1, 1, ROLLUP_OF, "infinity", periods[k]);
		tamper(name, "changed added", -1, -1, 1, ROLLUP_OF, "12000-01-01", periods[k]);
	}
}

/* ---- Pruning --------------------------------------------------------------------------------------------------- */

static void put(unsigned char **at, int64_t number)
{
	for (int i = 7; i >= 0; i--)
		*(*at)++ = (unsigned char)((uint64_t)number >> (8 * i));
}

static void put_hex(unsigned char **at, const char *hex)
{
	for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		*(*at)++ = (unsigned char)byte;
}

/* A time in SQL, so many days from now. */
static char *day_from_now(int days, int64_t *microseconds)
{
	time_t seconds = (time(NULL) / 86400 + days) * 86400;
	char *text = malloc(40);

	strftime(text, 40, "%Y-%m-%dT%H:%M:%S.000000Z", gmtime(&seconds));
	*microseconds = (int64_t)seconds * 1000000;
	return text;
}

/* An account as Stead would make it, chained to the others, of times so many days from now; block 0: an account of
 * rollups. With or without an event, of so many days from now, that tells of it. */
#define NO_EVENT 99999
static char *forge_account(int block, int cutoff_days, int made_days, int events, int event_days)
{
	char *last =
		ask(on, on.pg ? "SELECT account, encode(digest, 'hex') FROM stead_audit_account ORDER BY 1 DESC LIMIT 1"
	                  : "SELECT account, hex(digest) FROM stead_audit_account ORDER BY 1 DESC LIMIT 1");
	char *of = askf(on,
	                on.pg ? "SELECT encode(digest, 'hex') FROM stead_audit_block WHERE block = %d"
	                      : "SELECT hex(digest) FROM stead_audit_block WHERE block = %d",
	                block);
	unsigned char input[200], *at = input, digest[32], base64[50];
	char hex[65], number[24], *sql, *event = NULL, *cutoff, *made, *told;
	int64_t cutoff_at, made_at, told_at;
	long long account = 0;

	cutoff = day_from_now(cutoff_days, &cutoff_at);
	made = day_from_now(made_days, &made_at);
	told = day_from_now(event_days, &told_at);
	if (*last) {
		sscanf(last, "%lld", &account);
		put_hex(&at, strchr(last, '|') + 1);
	}
	put(&at, account + 1);
	put(&at, block);
	put(&at, cutoff_at);
	put(&at, events);
	put(&at, made_at);
	put_hex(&at, of);
	SHA256(input, (size_t)(at - input), digest);
	for (int i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	EVP_EncodeBlock(base64, digest, 32);
	snprintf(number, sizeof number, "%d", block);
	if (event_days != NO_EVENT &&
	    asprintf(
			&event,
			"; INSERT INTO stead_audit_event (occurred_at, recorded_at, action, resource_type, resource_id, success,"
			" details) VALUES ('%s', '%s', 'stead.prune', 'retention', 'audit', %s,"
			" '{\"deleted\":1,\"account\":%lld,\"digest\":\"%s\"}')",
			told, told, on.pg ? "true" : "1", account + 1, base64) < 0)
		fail("no memory");
	if (asprintf(&sql,
	             "INSERT INTO stead_audit_account (account, block, cutoff, events, made_at, digest) VALUES (%lld, %s,"
	             " '%s', %d, '%s', %s)%s",
	             account + 1, block ? number : "NULL", cutoff, events, made, bytes(hex), event ? event : "") < 0)
		fail("no memory");
	free(last);
	free(of);
	free(cutoff);
	free(made);
	free(told);
	free(event);
	return sql;
}

/* What an account can forge even though an event tells of it. Block 3 is 200 days old. */
static void forge_accounts(void)
{
	static const struct {
		const char *name, *statuses;
		int block, cutoff, made, events, event;
		const char *deletes;
	} cases[] = {
		{"an event deleted, under an account whose cutoff is of long before", NULL, 3, -360000, -1, EACH, -1,
	     "id = 30"},
		{"under one whose cutoff is that of the block before", NULL, 3, -250, -1, EACH, -1, "id = 30"},
		{"under one that could be", "missing", 3, -150, -1, EACH, -1, "id = 30"},
		{"under one of another number of events", NULL, 3, -150, -1, 1, -1, "id = 25"},
		{"an account whose cutoff is later than it was made", NULL, 3, 1, -1, EACH, -1, "id = -1"},
		{"an account that was made after its event, as the cutoff is", NULL, 3, -1, 400, EACH, -1, "id = -1"},
		{"an account of a block that was never made", NULL, 77, -150, -1, EACH, -1, "id = -1"},
		{"an account of a block that has one", NULL, 2, -150, -1, EACH, -1, "id = -1"},
		{"an account of rollups with a cutoff far ahead", NULL, 0, 36500, -1, BLOCKS, -1, "id = -1"},
		{"an account of rollups of no number of blocks", NULL, 0, -150, -1, -1, -1, "id = -1"},
	};

	for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
		char *forged = forge_account(cases[i].block, cases[i].cutoff, cases[i].made, cases[i].events, cases[i].event);

		must(on, "DROP INDEX IF EXISTS stead_audit_account_block");
		tamper(cases[i].name, cases[i].statuses, -1, -1, 0, "DELETE FROM stead_audit_event WHERE %s; %s",
		       cases[i].deletes, forged);
		free(forged);
	}
	must(on, "CREATE UNIQUE INDEX stead_audit_account_block ON stead_audit_account (block) WHERE block IS NOT NULL");
}

/* Rollups before a cutoff were pruned, those of blocks 1 and 2; then another one was added there. */
static void tamper_with_pruned_rollups(void)
{
	static const char *const periods[] = {"hour", "day"};
	char *old = ask(on, on.pg ? "SELECT first_event_at FROM stead_audit_block WHERE block = 1"
	                          : "SELECT first_event_at FROM stead_audit_block WHERE block = 1");
	char *answer;

	old[strlen(old) - 1] = '\0';
	must(on, "SELECT stead_setting_set('stead.audit.rollup_days', '150')");
	while (number(on, "SELECT stead_audit_prune(250)") > 0)
		;
	answer = askf(on,
	              "SELECT (SELECT count(*) FROM stead_audit_account WHERE block IS NULL), (SELECT count(*) FROM"
	              " stead_audit_rollup WHERE bucket_start <= '%s'), stead_setting_get('stead.audit.rollup_days')",
	              old);
	if (strncmp(answer, "1|0|", 4) != 0)
		fail("rollups were to be pruned; accounts, rollups, days: %s", answer);
	free(answer);
	check_sound("rollups that were pruned are in order");
	must(on, "SELECT stead_audit_log('a1', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, '%s')", old);
	for (int tries = 0;
	     number(on, "SELECT count(*) FROM stead_audit_rollup WHERE bucket_start <= '%s'", old) == 0 && tries < 1000;
	     tries++) {
		must(on, "SELECT stead_audit_seal(100)");
		if (on.pg)
			must(on, "SELECT pg_sleep(0.02)");
	}
	check_sound("what came there since is in order");
	for (int k = 0; k < 2; k++) {
		char name[200], row[300];

		snprintf(row, sizeof row, "period = '%s' AND bucket_start <= '%s'", periods[k], old);
		if (number(on, "SELECT count(*) FROM stead_audit_rollup WHERE %s", row) != 1)
			fail("one rollup was to be there");
		snprintf(name, sizeof name, "a rollup of a pruned %s counts 1000 more", periods[k]);
		tamper(name, "changed", -1, -1, 1, "UPDATE stead_audit_rollup SET events = events + 1000 WHERE %s", row);
		snprintf(name, sizeof name, "a rollup of a pruned %s added", periods[k]);
		tamper(name, "added", -1, -1, 1,
		       "INSERT INTO stead_audit_rollup SELECT period, bucket_start, 'forged', 1000, 0, first_event_at, "
		       "last_event_at"
		       " FROM stead_audit_rollup WHERE %s",
		       row);
		snprintf(name, sizeof name, "another of a pruned %s, which had that action", periods[k]);
		tamper(
			name, "changed", -1, -1, 1,
			"INSERT INTO stead_audit_rollup SELECT period, bucket_start, 'a2', 1000, 0, first_event_at, last_event_at"
			" FROM stead_audit_rollup WHERE %s",
			row);
		snprintf(name, sizeof name, "a rollup that came to a pruned %s deleted", periods[k]);
		tamper(name, "missing", -1, -1, 1, "DELETE FROM stead_audit_rollup WHERE %s", row);
		snprintf(name, sizeof name, "a rollup of the year 1000 and the %s", periods[k]);
		tamper(name, "added", -1, -1, 1,
		       "INSERT INTO stead_audit_rollup SELECT period, '1000-01-01T00:00:00.000000Z', action, 1000, 0, "
		       "first_event_at, last_event_at"
		       " FROM stead_audit_rollup WHERE %s",
		       row);
	}
	free(old);
}

#define DELETE_BLOCK_3                                                                                                 \
	"DELETE FROM stead_audit_event WHERE id > (SELECT last_event_id FROM stead_audit_block WHERE block = 2)"           \
	" AND id <= (SELECT last_event_id FROM stead_audit_block WHERE block = 3); DELETE FROM stead_audit_leaf WHERE "    \
	"block = 3; "

static void tamper_with_accounts(void)
{
	column of[40];
	int count = columns_of("stead_audit_account", of);
	char name[200], *forged;

	for (int account = 1; account <= 2; account++) {
		for (int i = 0; i < count; i++) {
			char *value = altered(&of[i]);

			snprintf(name, sizeof name, "stead_audit_account.%s of account %d", of[i].name, account);
			tamper(name, NULL, -1, -1, 0, "UPDATE stead_audit_account SET %s = %s WHERE account = %d", of[i].name,
			       value, account);
			free(value);
		}
		snprintf(name, sizeof name, "account %d deleted", account);
		tamper(name, NULL, -1, -1, 0, "DELETE FROM stead_audit_account WHERE account = %d", account);
	}
	tamper("all accounts deleted", NULL, -1, -1, 0, "DELETE FROM stead_audit_account");
	tamper("a pruned block's row changed", NULL, 1, -1, 0,
	       "UPDATE stead_audit_block SET events = events + 1 WHERE block = 1");
	tamper("events of a pruned block brought back", "added", 1, 3, 1,
	       "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success, era, transaction_id)"
	       " SELECT 3, first_event_at, first_event_at, 'a', true, era, last_transaction_id FROM stead_audit_block "
	       "WHERE block = 1");
	tamper("events of a block deleted without an account", "missing", 3, -1, 0, DELETE_BLOCK_3);
	forged = forge_account(3, -150, -1, EACH, NO_EVENT);
	tamper("with an account that no event tells of", NULL, -1, -1, 0, DELETE_BLOCK_3 "%s", forged);
	tamper("such an account alone", NULL, -1, -1, 0, "%s", forged);
	tamper("the event of the prune deleted", NULL, -1, -1, 0,
	       "DELETE FROM stead_audit_event WHERE action = 'stead.prune'");
	tamper("the event of the prune changed", NULL, -1, -1, 0,
	       on.pg ? "UPDATE stead_audit_event SET details = replace(details::text, '\"account\":2', "
	               "'\"account\":1')::json WHERE action = 'stead.prune'"
	             : "UPDATE stead_audit_event SET details = replace(details, '\"account\":2', '\"account\":1') WHERE "
	               "action = 'stead.prune'");
	free(forged);
}

/* A block of old events is pruned before younger blocks that precede it. Those are still verified, one by one. */
static void tamper_out_of_turn(const char *checkpoint)
{
	int64_t old, kept = 3;
	char *answer;

	for (int i = 0; i < EACH; i++)
		must(on, on.pg
		             ? "SELECT stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, " PG_NOON
		               " - interval '450 days')"
		             : "SELECT stead_audit_log('old', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, " LITE_NOON
		               ", '-450 days'))");
	for (int tries = 0; number(on, "SELECT count(*) FROM stead_audit_event WHERE action = 'old'") > 0 && tries < 1000;
	     tries++)
		if (number(on, "SELECT stead_audit_prune(250)") == 0 && on.pg)
			must(on, "SELECT pg_sleep(0.02)");
	old = number(on, "SELECT max(block) FROM stead_audit_account");
	if (number(on, "SELECT count(*) FROM stead_audit_account") != 3 || old <= BLOCKS)
		fail("a block behind those that are kept was to be pruned");
	check_sound("what was pruned out of turn is in order");
	side = on.pg ? "postgresql, pruned out of turn" : "sqlite, pruned out of turn";
	if (checkpoint) {
		answer = askf(on, "SELECT valid, reason FROM stead_audit_verify_checkpoint('%s')", checkpoint);
		say(strncmp(answer, "1|", 2) == 0, "a checkpoint of before holds", answer);
		free(answer);
	}
	tamper("the account deleted", NULL, -1, -1, 0, "DELETE FROM stead_audit_account WHERE account = 3");
	tamper("the account of another block", NULL, -1, -1, 0,
	       "UPDATE stead_audit_account SET block = %lld WHERE account = 3", (long long)kept);
	tamper("the block's row changed", NULL, old, -1, 0,
	       "UPDATE stead_audit_block SET events = events + 1 WHERE block = %lld", (long long)old);
	tamper("an event of a kept block deleted", "missing", kept, FULL, 0, "DELETE FROM stead_audit_event WHERE id = %d",
	       FULL);
	tamper("a kept block deleted", "missing", kept, -1, 0, DELETE_BLOCK_3);
	tamper("the age of a kept block changed", "changed", kept, -1, 0,
	       on.pg ? "UPDATE stead_audit_leaf SET last_event_at = last_event_at + interval '1 day' WHERE block = %lld"
	             : "UPDATE stead_audit_leaf SET last_event_at = '2030-01-01T00:00:00.000000Z' WHERE block = %lld",
	       (long long)kept);
}

/* ---- Summaries -------------------------------------------------------------------------------------------------- */

/* Blocks 65 to 128 are summarised: some of those before are pruned. */
static void make_summaries(void)
{
	enum { EVENTS = 130 * EACH };
	char *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	fprintf(out, "[");
	for (int i = 0; i < EVENTS; i++)
		fprintf(out,
		        "%s{\"action\":\"a\",\"resource_type\":\"t%d\",\"resource_id\":\"r%d\",\"actor_id\":\"u%d\","
		        "\"actor_name\":\"n%d\",\"ip_address\":\"10.0.0.%d\",\"success\":%s}",
		        i ? "," : "", i % 3, i, i % 7, i % 100, i % 150, i % 5 ? "true" : "false");
	fprintf(out, "]");
	fclose(out);
	must(on, "SELECT stead_audit_log_many('%s')", json);
	free(json);
	for (int tries = 0; number(on, "SELECT max(block) FROM stead_audit_block") < 128 && tries < 10000; tries++)
		if (number(on, "SELECT stead_audit_seal(%d)", EACH) == 0 && on.pg)
			must(on, "SELECT pg_sleep(0.02)");
	must(on, "SELECT stead_maintain(60000)");
	if (number(on, "SELECT count(*) FROM stead_audit_summary WHERE part = 0 AND length(entries) > 0") != 4 ||
	    number(on, "SELECT count(DISTINCT first_block) FROM stead_audit_summary") != 1)
		fail("blocks 65 to 128 were to be summarised");
}

static void tamper_with_summaries(void)
{
	static const int dimensions[] = {2, 4, 5, 6};
	char name[200], where[100];
	column of[40];
	int count;

	make_summaries();
	check_sound("summaries are in order");
	count = columns_of("stead_audit_summary", of);
	for (int i = 0; i < 4; i++) {
		snprintf(where, sizeof where, "dimension = %d AND part = 0", dimensions[i]);
		for (int k = 0; k < count; k++) {
			char *value = altered(&of[k]);

			if (strcmp(of[k].name, "dimension") == 0 || strcmp(of[k].name, "part") == 0) { /* no row has it then */
				free(value);
				value = strdup(i % 2 ? "7" : "1");
				*value = strcmp(of[k].name, "part") ? *value : '9';
			}
			snprintf(name, sizeof name, "stead_audit_summary.%s of dimension %d", of[k].name, dimensions[i]);
			tamper(name, "changed", strcmp(of[k].name, "first_block") ? 65 : -1, -1, 2,
			       "DELETE FROM stead_audit_summary WHERE dimension = 1;"
			       "UPDATE stead_audit_summary SET %s = %s WHERE %s",
			       of[k].name, value, where);
			free(value);
			if (strcmp(of[k].type, "bytea") != 0 && strcmp(of[k].type, "BLOB") != 0)
				continue;
			strcat(name, ", a byte less");
			tamper(name, "changed", 65, -1, 1, "UPDATE stead_audit_summary SET %s = substr(%s, 2) WHERE %s", of[k].name,
			       of[k].name, where);
			strcat(name, ", nothing");
			tamper(name, "changed", 65, -1, 1, "UPDATE stead_audit_summary SET %s = %s WHERE %s", of[k].name, bytes(""),
			       where);
		}
	}
	tamper("the first part of a summary deleted", "changed", 65, -1, 1,
	       "DELETE FROM stead_audit_summary WHERE dimension = 6 AND part = 0");
	tamper("the last part of a summary deleted", "changed", 65, -1, 1,
	       "DELETE FROM stead_audit_summary WHERE dimension = 6 AND part = 1");
	tamper(
		"a part added to a summary", "changed", 65, -1, 1,
		"INSERT INTO stead_audit_summary SELECT dimension, first_block, 7, first_event_at, last_event_at, entries FROM"
		" stead_audit_summary WHERE dimension = 4");
	tamper("a summary of blocks that there are not", "changed", 6401, -1, 1,
	       "INSERT INTO stead_audit_summary SELECT dimension, 6401, part, first_event_at, last_event_at, entries FROM"
	       " stead_audit_summary WHERE dimension = 4");
	tamper("a summary and a posting changed alike", "changed", 70, -1, 0,
	       "DELETE FROM stead_audit_posting WHERE block = 70 AND dimension = 4; DELETE FROM stead_audit_summary WHERE"
	       " dimension = 4");
}

/* ---- The run --------------------------------------------------------------------------------------------------- */

/* Makes blocks of one hour each, 100 days apart. Ids begin at 1; the events that are not sealed come last. */
static void prepare(void)
{
	if (on.pg)
		must(on, "CREATE EXTENSION stead");
	else
		sqlite3_create_function(on.lite, "flip", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, flip, NULL, NULL);
	must(on, "SELECT stead_init()");
	for (int id = 1; id < BLOCKS * EACH + TAIL; id++) {
		int block = (id - 1) / EACH + 1;
		char at[200];

		snprintf(at, sizeof at,
		         on.pg ? PG_NOON " - interval '%d days' + interval '%d seconds'"
		               : LITE_NOON ", '-%d days', '+%d seconds')",
		         501 - 100 * (block > BLOCKS ? BLOCKS : block), id % 3);
		if (id == FULL)
			must(on,
			     "SELECT stead_audit_log('full', 'type', 'thing', '4711', 'Ann', false, '{\"a\": [1, 2]}', 'why', "
			     "'::1', 'curl', %s)",
			     at);
		else
			must(on, "SELECT stead_audit_log('a%d', NULL, NULL, NULL, NULL, %s, NULL, NULL, NULL, NULL, %s)", id % 3,
			     id % 4 ? "true" : "false", at);
		if (id == GAP && !on.pg) /* room for a forgery; on PostgreSQL the transaction's number comes first */
			must(on,
			     "INSERT INTO stead_audit_event (id, occurred_at, recorded_at, action, success) SELECT 1001, "
			     "occurred_at,"
			     " recorded_at, action, success FROM stead_audit_event WHERE id = %d",
			     GAP);
	}
}

static void seal_all(void)
{
	/* other transactions, such as autovacuum, may hold the horizon back for a while */
	for (int block = 1, tries = 0; block <= BLOCKS && tries < 1000; tries++) {
		if (number(on, "SELECT stead_audit_seal(%d)", EACH) == EACH)
			block++;
		else if (on.pg)
			must(on, "SELECT pg_sleep(0.02)");
	}
	if (number(on, "SELECT count(*) FROM stead_audit_block WHERE events = %d", EACH) != BLOCKS)
		fail("the blocks are not as they were to be");
}

static void open_doors(void)
{
	static const char *const tables[] = {"event", "block", "leaf", "account"};

	for (int i = 0; i < 3; i++) { /* a trigger fires for a row, and there are no accounts */
		char name[100], *answer = askf(on, "DELETE FROM stead_audit_%s", tables[i]);

		snprintf(name, sizeof name, "stead_audit_%s refuses DELETE while its triggers are there", tables[i]);
		say(is_error(answer) && strstr(answer, "append-only"), name, answer);
		free(answer);
	}
	if (on.pg)
		for (int i = 0; i < 4; i++)
			must(on, "ALTER TABLE stead_audit_%s DISABLE TRIGGER USER", tables[i]);
	else {
		char *drops = ask(on, "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger' AND "
		                      "tbl_name LIKE 'stead%audit%'");

		must(on, "%s", drops);
		free(drops);
	}
}

int main(int argc, char **argv)
{
	char *checkpoint = NULL;
	bool prunes;

	if (argc != 2)
		fail("usage: tamper postgresql|sqlite");
	side = argv[1];
	on = strcmp(side, "sqlite") == 0 ? open_sqlite(":memory:") : open_postgresql();
	prepare();
	seal_all();
	prunes = has_function(on, "stead_audit_prune");
	if (has_function(on, "stead_audit_checkpoint") && has_function(on, "stead_audit_verify_checkpoint")) {
		checkpoint = ask(on, "SELECT stead_audit_checkpoint()");
		checkpoint[strlen(checkpoint) - 1] = '\0'; /* the row's line end */
	}
	open_doors();
	check_sound("what nobody touched is in order");
	tamper_with_events();
	tamper_with_forms();
	tamper_with_types(false);
	tamper_with_blocks(1);
	tamper_with_leaves(1);
	tamper_with_index(3);
	tamper_with_rollups();
	tamper_knowingly(checkpoint);
	if (prunes) {
		while (number(on, "SELECT stead_audit_prune(250)") > 0)
			;
		if (number(on, "SELECT count(*) FROM stead_audit_account") != 2)
			fail("two blocks were to be pruned");
		check_sound("what was pruned is in order");
		side = on.pg ? "postgresql, pruned" : "sqlite, pruned";
		tamper_with_types(true);
		tamper_with_blocks(1);
		tamper_with_leaves(3);
		tamper_with_index(3);
		tamper_with_rollups();
		tamper_with_accounts();
		tamper_out_of_turn(checkpoint);
		forge_accounts();
		side = on.pg ? "postgresql, rollups pruned" : "sqlite, rollups pruned";
		tamper_with_pruned_rollups();
	} else
		printf("# %s: nothing was pruned: there is no stead_audit_prune\n", side);
	free(checkpoint);
	tamper_with_summaries();
	close_database(on);
	return 0;
}
