/*
 * upkeep.c - long upkeep: steps that let others write, leases, and returning free pages.
 *
 * A writer keeps all others waiting. So a call that began its transaction commits each step, then pauses for as long as
 * it kept others waiting. A lease excludes two such calls, because it outlives a transaction. It is a row of
 * stead_lease: its holder, and the time when it lapses.
 */
#include "begin.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/text.h"
#include "lib/timestamp.h"

/* SQLite's busy handler tries again after 1, 3, 8, 18, 33 ms and so on, in the end every 100 ms. In a pause of that
 * length every waiting writer gets the lock. A writer that begins to wait during a step of at most 5 ms tries again
 * within the 8 ms after it. */
#define SHORTEST_PAUSE 8
#define LONGEST_PAUSE 100

/* Commits what was done. If an interruption came too late to prevent that, it ends the call here. */
static void end_step(frame *frame)
{
	release_savepoint(frame);
	if (frame->interrupted)
		raise_sqlite(&frame->call, SQLITE_INTERRUPT);
}

static bool commit_step(stead_call *call)
{
	frame *frame = frame_of(call);
	int64_t kept;

	if (frame->refused && !frame->savepoint)
		return false; /* still */
	if (!frame->savepoint || !frame->alone)
		return true;
	end_step(frame);
	kept = (stead_now(call) - frame->locked_at) / 1000;
	sqlite3_sleep(kept < SHORTEST_PAUSE ? SHORTEST_PAUSE : kept < LONGEST_PAUSE ? (int)kept : LONGEST_PAUSE);
	return begin_again(frame);
}

bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data)
{
	frame *frame = frame_of(call);

	if (!frame->savepoint || !frame->alone) {
		work(call, data);
		return true;
	}
	end_step(frame);
	begin_reading(frame);
	work(call, data);
	end_step(frame);
	return begin_again(frame);
}

static void yield_to_writers(stead_call *call)
{
	frame *frame = frame_of(call);
	sqlite3 *db = frame->connection->db;
	int64_t since = (stead_now(call) - frame->connection->freed_at) / 1000;

	if (!frame->started && sqlite3_get_autocommit(db) && since >= 0 && since < SHORTEST_PAUSE)
		sqlite3_sleep(SHORTEST_PAUSE - (int)since);
}

bool stead_stores_by_key(stead_call *call)
{
	(void)call;
	return true;
}

int64_t stead_batch(int64_t brief, int64_t ample)
{
	(void)ample;
	return brief;
}

bool stead_pause(stead_call *call, stead_pause_kind kind)
{
	if (kind == STEAD_COMMIT_STEP)
		return commit_step(call);
	if (kind == STEAD_YIELD_TO_WRITERS)
		yield_to_writers(call);
	return true; /* yielding the processor would keep writers waiting longer */
}

/* ---- Locks ------------------------------------------------------------------------------------------------------- */

/* Names the machine that a process number belongs to. Containers that share a database number their processes
 * separately. */
static void name_machine(char *out, size_t size)
{
	char host[65] = "";
	struct stat processes;

	gethostname(host, sizeof host - 1);
	for (char *at = host; *at; at++)
		if (*at == ' ')
			*at = '_';
	if (stat("/proc/self/ns/pid", &processes) != 0)
		processes.st_ino = 0;
	snprintf(out, size, "%s/%llu", host, (unsigned long long)processes.st_ino);
}

static void name_holder(connection *connection)
{
	char machine[100];
	uint64_t chance;

	name_machine(machine, sizeof machine);
	if (!*connection->holder) {
		sqlite3_randomness(sizeof chance, &chance);
		snprintf(connection->holder, sizeof connection->holder, "%ld %s %016llx", (long)getpid(), machine,
		         (unsigned long long)chance);
	}
}

/* Is the holder a process of this machine that has ended? */
static bool is_gone(const char *holder)
{
	char machine[100], *end;
	long process = strtol(holder, &end, 10);
	size_t size;

	name_machine(machine, sizeof machine);
	size = strlen(machine);
	return process > 0 && *end == ' ' && strncmp(end + 1, machine, size) == 0 && end[1 + size] == ' ' &&
	       kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* Does another connection have the lease? */
static bool is_leased(stead_call *call, const stead_lock *lock, const char **holder)
{
	connection *connection = frame_of(call)->connection;
	sqlite3_stmt *statement = prepare(call, "SELECT holder FROM main.stead_lease WHERE name = ?1 AND holder <> ?2"
	                                        " AND expires_at > ?3");
	char other[200] = "", now[STEAD_TIME_SIZE];
	int code;

	sqlite3_bind_text(statement, 1, lock->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, connection->holder, -1, SQLITE_STATIC);
	stead_time_format(stead_now(call), now);
	sqlite3_bind_text(statement, 3, now, sizeof now, SQLITE_STATIC);
	code = step_own(statement);
	if (code == SQLITE_ROW)
		snprintf(other, sizeof other, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	if (code == SQLITE_DONE || is_gone(other))
		return false;
	if (holder)
		*holder = stead_format(call, "process %.*s", (int)strcspn(other, " "), other);
	return true;
}

void stead_wait_lock(stead_call *call, const stead_lock *lock)
{
	(void)lock;
	begin_query(call); /* a writer has the write lock, which excludes all others */
}

void stead_keep_writers_out(stead_call *call, const stead_table *table)
{
	(void)table;
	begin_query(call); /* the write lock */
}

bool stead_try_lock(stead_call *call, const stead_lock *lock, int64_t until, const char **holder)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;
	stead_value row[3];

	name_holder(connection);
	if (!until) /* a writing call has the write lock: only a lease can be another's */
		return !is_leased(call, lock, holder);
	row[0] = stead_text(lock->name);
	row[1] = stead_text(connection->holder);
	row[2] = stead_time(until);
	/* Looks first without the write lock, which it might have to wait for. Inside a transaction a read would spoil the
	 * write. */
	if (sqlite3_get_autocommit(connection->db) && is_leased(call, lock, holder))
		return false;
	stead_close(stead_open(call, "SELECT 1 FROM stead_lease", 0, NULL)); /* takes the write lock */
	if (is_leased(call, lock, holder))
		return false;
	stead_run(call,
	          "INSERT INTO stead_lease (name, holder, expires_at) VALUES ($1, $2, $3)"
	          " ON CONFLICT (name) DO UPDATE SET holder = $2, expires_at = $3",
	          3, row);
	if (!frame->alone)
		return true;
	if (!connection->own[OWN_END_LEASE])
		connection->own[OWN_END_LEASE] = prepare(call, "DELETE FROM main.stead_lease WHERE holder = ?1");
	release_savepoint(frame); /* so that others see the lease and do not wait for us */
	frame->leased = true;
	begin_again(frame); /* if that fails, the next query reports it */
	return true;
}

/* The application can interrupt this as well. Then the next call of the connection ends the lease, or the lease
 * lapses. */
void end_lease(frame *frame)
{
	connection *connection = frame->connection;
	int code = SQLITE_INTERRUPT;

	if ((!frame->leased && !connection->lease_left) || !connection->own[OWN_END_LEASE] ||
	    !sqlite3_get_autocommit(connection->db))
		return;
	frame->leased = false;
	sqlite3_bind_text(connection->own[OWN_END_LEASE], 1, connection->holder, -1, SQLITE_STATIC);
	for (int i = 0; i < 3 && code == SQLITE_INTERRUPT; i++)
		code = run_own(connection, OWN_END_LEASE);
	connection->lease_left = code != SQLITE_DONE;
}

void stead_unlock(stead_call *call, const stead_lock *lock)
{
	frame *frame = frame_of(call);

	if (frame->leased && !frame->savepoint) /* another connection has the write lock, which must not be an error here */
		end_lease(frame);
	else
		stead_run(call, "DELETE FROM stead_lease WHERE name = $1 AND holder = $2", 2,
		          (stead_value[]){stead_text(lock->name), stead_text(frame->connection->holder)});
}

/* ---- Free pages -------------------------------------------------------------------------------------------------- */

#define INCREMENTAL 2
#define LEAST_KEPT 64

/* A twentieth of the file stays free for new rows. */
static int64_t pages_to_give(stead_call *call)
{
	int64_t kept = ask_number(call, "PRAGMA main.page_count") / 20,
			unused = ask_number(call, "PRAGMA main.freelist_count");

	kept = kept > LEAST_KEPT ? kept : LEAST_KEPT;
	return unused > kept ? unused - kept : 0;
}

int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left)
{
	sqlite3_stmt *statement;
	int64_t before, given;
	int code;

	*left = ask_number(call, "PRAGMA main.auto_vacuum") == INCREMENTAL ? pages_to_give(call) : 0;
	if (*left == 0)
		return 0;
	before = ask_number(call, "PRAGMA main.page_count");
	statement = prepare(
		call, stead_format(call, "PRAGMA main.incremental_vacuum(%lld)", (long long)(pages < *left ? pages : *left)));
	code = step_to_end(statement);
	sqlite3_finalize(statement);
	if (code != SQLITE_DONE)
		raise_sqlite(call, code);
	given = before - ask_number(call, "PRAGMA main.page_count");
	*left = pages_to_give(call);
	return given;
}

int64_t stead_database_bytes(stead_call *call)
{
	return ask_number(call, "PRAGMA main.page_count") * ask_number(call, "PRAGMA main.page_size");
}
