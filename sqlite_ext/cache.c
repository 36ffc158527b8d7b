/*
 * cache.c - the cache of a connection, which is invalidated when the tables behind it change.
 *
 * Plain-SQL triggers on the cached tables note each change in stead_signal. Row -1 is a counter of all signals; row n
 * has the counter's value when signal n was last given. A call that uses the cache first reads row -1. If the counter
 * has increased, the rows above its last known value are the signals given since. In WAL mode even this read is skipped
 * while the header of the wal-index is unchanged, as then nobody has committed anything. Inside a write transaction the
 * cache is not used, as what is read there may be rolled back. If SQLite had to prepare a statement again, the schema
 * has changed: then everything is invalidated, and nothing is cached before the triggers are known to be there.
 */
#include "begin.h"
#include "schema.h"

#include <string.h>

#define WAL_REGION 32768 /* bytes of the wal-index that are mapped at once */
#define WAL_IS_INIT 12   /* offset in the header: is it in use? */
#define WAL_FRAMES 16    /* offset in the header: number of frames, followed by size, checksum and salt */
#define WAL_STATE 24     /* bytes of these fields */

static void *get_memory(void *host, size_t size)
{
	(void)host;
	return sqlite3_malloc64(size);
}

static void put_memory(void *host, void *memory)
{
	(void)host;
	sqlite3_free(memory);
}

void cache_init(connection *connection)
{
	connection->cache.get = get_memory;
	connection->cache.put = put_memory;
}

/* Reads the counter of all signals. False: the schema has changed since the last time, or this is the first. */
static bool read_count(stead_call *call, int64_t *count)
{
	connection *connection = frame_of(call)->connection;
	bool before = connection->generation != NULL, again;
	int code = SQLITE_OK;

	if (!before) {
		if (!connection->anchored && (code = anchor(connection)) != SQLITE_OK)
			raise_sqlite(call, code);
		connection->generation = prepare(call, "SELECT generation FROM main.stead_signal WHERE signal = -1");
	}
	code = step_own(connection->generation);
	*count = code == SQLITE_ROW ? sqlite3_column_int64(connection->generation, 0) : 0;
	sqlite3_reset(connection->generation);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	again = sqlite3_stmt_status(connection->generation, SQLITE_STMTSTATUS_REPREPARE, 1) != 0;
	if (!before || again)
		ask_of_columns(call, sqlite3_sql(connection->generation));
	return before && !again;
}

/* Reads the header of the wal-index (https://www.sqlite.org/walformat.html, section 2.1). It changes with every commit,
 * and has two copies, which differ while someone writes them. False: the log is not in use, or its index is not in
 * shared memory. The wal-index is only mapped here, never created: the log's own handle shows that the connection has
 * it open. */
static bool read_header(connection *connection, unsigned char out[WAL_HEADER])
{
	static const unsigned char unwritten[WAL_STATE] = {0};
	unsigned char second[WAL_HEADER];
	volatile void *map = NULL;
	sqlite3_file *file = NULL, *log = NULL;
	int lock = 0;

	/* NULL is main, which need not be looked for */
	if (sqlite3_file_control(connection->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log ||
	    log != connection->log ||
	    sqlite3_file_control(connection->db, NULL, SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
	    !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap ||
	    file->pMethods->xFileControl(file, SQLITE_FCNTL_LOCKSTATE, &lock) != SQLITE_OK || lock != SQLITE_LOCK_SHARED ||
	    file->pMethods->xShmMap(file, 0, WAL_REGION, 0, &map) != SQLITE_OK || !map)
		return false;
	memcpy(out, (const char *)map, WAL_HEADER);
	file->pMethods->xShmBarrier(file);
	memcpy(second, (const char *)map + WAL_HEADER, WAL_HEADER);
	/* all logs that were never written to have the same header */
	return memcmp(out, second, WAL_HEADER) == 0 && out[WAL_IS_INIT] &&
	       memcmp(out + WAL_FRAMES, unwritten, WAL_STATE) != 0;
}

static bool answers(connection *connection, const char *sql, const char *answer)
{
	sqlite3_stmt *statement;
	bool same = false;

	if (sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);

		same = text && strcmp(text, answer) == 0;
	}
	sqlite3_finalize(statement);
	return same;
}

/* Finds out whether the current journal is a log with shared memory. */
static void find_log(connection *connection)
{
	sqlite3_file *journal = NULL;

	sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal);
	if (journal == connection->journal)
		return;
	connection->journal = journal;
	connection->log = answers(connection, "PRAGMA main.journal_mode", "wal") ? journal : NULL;
}

/* Does another connection share the page cache? Its open transaction may then keep a state older than the header. It
 * shows in the memory statistics: a connection counts only its share of shared pages. */
static bool shares_cache(connection *connection)
{
	int used = 0, part = 0, most;

	sqlite3_db_status(connection->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
	sqlite3_db_status(connection->db, SQLITE_DBSTATUS_CACHE_USED_SHARED, &part, &most, 0);
	return used != part || used == 0;
}

/* May the connection read uncommitted changes of others with whom it shares a page cache? SQLite parses a kept PRAGMA
 * again for each step. Running one that sets something makes SQLite prepare all statements again, so a cheap statement
 * shows it. One that was only prepared has set it, too. So the PRAGMA is asked whenever somebody shared the cache
 * before this call read, or does now. */
static bool reads_uncommitted(stead_call *call)
{
	connection *connection = frame_of(call)->connection;
	bool again;
	int code = step_canary(call, OWN_PRAGMA_CANARY, &again);

	if (again || frame_of(call)->shared || shares_cache(connection))
		connection->reads_committed = false;
	if (code == SQLITE_ROW && !connection->reads_committed)
		connection->reads_committed = answers(connection, "PRAGMA read_uncommitted", "0");
	return code != SQLITE_ROW || !connection->reads_committed;
}

/* Reads the signals given since this connection last looked. */
static void catch_up(stead_call *call)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;
	cache_table *cache = &connection->cache;
	int state = sqlite3_txn_state(connection->db, NULL); /* of all databases: most often none has a transaction */
	unsigned char header[WAL_HEADER];
	int64_t count;
	bool known;

	if (state != SQLITE_TXN_NONE)
		state = sqlite3_txn_state(connection->db, "main");
	if (state == SQLITE_TXN_WRITE) {
		frame->cache = CACHE_OFF;
		return;
	}
	frame->cache = CACHE_CURRENT;
	known = read_header(connection, header);
	if (known && connection->header_known && memcmp(header, connection->header, WAL_HEADER) == 0)
		return; /* nobody has committed anything */
	connection->header_known = false;
	if (!read_count(call, &count)) {
		connection->watched = false;
		cache_table_signal_all(cache);
	} else if (count < connection->seen || (count > connection->seen && reads_uncommitted(call)))
		/* The file went back in time. Or the connection reads uncommitted changes: they may be rolled back, and the
		 * counter can reach this value again. */
		cache_table_signal_all(cache);
	else if (count > connection->seen) {
		stead_value since = stead_int(connection->seen);
		stead_rows *rows =
			stead_open(call, "SELECT signal FROM stead_signal WHERE generation > $1 AND signal >= 0", 1, &since);

		while (stead_next(rows)) {
			int64_t signal = stead_column(rows, 0, STEAD_INT).integer;

			if (signal < STEAD_SIGNALS)
				cache_table_signal(cache, (int)signal);
		}
	}
	connection->seen = count;
	/* a transaction that was already open may see a state older than the header */
	if (state == SQLITE_TXN_NONE) {
		connection->header_known = known && !shares_cache(connection);
		if (known)
			memcpy(connection->header, header, WAL_HEADER);
		else
			find_log(connection);
	}
}

static bool is_usable(frame *frame)
{
	if (frame->cache == CACHE_UNSEEN) {
		catch_up(&frame->call);
		frame->noted = frame->connection->cache.given;
	}
	return frame->cache == CACHE_CURRENT;
}

const void *stead_memory_get(stead_call *call, const stead_table *space, const void *key, size_t key_size, size_t *size)
{
	frame *frame = frame_of(call);
	const void *known =
		is_usable(frame) ? cache_table_get(&frame->connection->cache, space, key, key_size, size) : NULL;

	frame->shared |= !known && frame->cache == CACHE_CURRENT && shares_cache(frame->connection);
	return known;
}

void stead_memory_done(stead_call *call)
{
	frame_of(call)->cache = CACHE_UNSEEN; /* a transaction that begins now may see a later state */
}

const void *stead_memory_hint(stead_call *call, const stead_table *space, const void *key, size_t key_size,
                              size_t *size)
{
	return cache_table_get(&frame_of(call)->connection->cache, space, key, key_size, size);
}

bool stead_memory_consistent(stead_call *call)
{
	connection *connection = frame_of(call)->connection;
	unsigned char header[WAL_HEADER];
	int64_t count;

	/* a transaction sees one state of the database anyway */
	if (frame_of(call)->cache != CACHE_CURRENT || sqlite3_txn_state(connection->db, "main") != SQLITE_TXN_NONE)
		return true;
	if (connection->header_known && read_header(connection, header)) {
		if (memcmp(header, connection->header, WAL_HEADER) == 0)
			return true;
	} else if (!read_count(call, &count)) {
		connection->watched = false; /* the schema changed: read_count() reports that only once */
		cache_table_signal_all(&connection->cache);
	} else if (count == connection->seen)
		return true;
	frame_of(call)->cache = CACHE_UNSEEN; /* the next attempt looks again */
	return false;
}

void stead_memory_invalidate(stead_call *call, const stead_table *space, const void *key, size_t key_size)
{
	frame *frame = frame_of(call);

	if (is_usable(frame))
		cache_table_remove(&frame->connection->cache, space, key, key_size);
}

void stead_memory_put(stead_call *call, const stead_table *space, const void *key, size_t key_size, const void *data,
                      size_t size, const stead_memory_source *sources, int source_count, int64_t max_entries)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;

	if (frame->cache != CACHE_CURRENT || sqlite3_txn_state(connection->db, "main") == SQLITE_TXN_WRITE ||
	    reads_uncommitted(call))
		return;
	if (!connection->watched)
		connection->watched = has_signals(call);
	if (connection->watched)
		cache_table_put(&connection->cache, space, key, key_size, data, size, sources, source_count, frame->noted,
		                max_entries);
}
