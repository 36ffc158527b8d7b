/*
 * cache.c - remember and recall: memory that a connection empties, in parts, when the tables behind it change.
 *
 * Plain-SQL triggers on the remembered tables note each change in stead_signal: row -1 counts them all, row n holds the
 * count at which signal n was given last. A call that recalls reads row -1 first; when it grew, the rows that lie above
 * what was seen before are the signals given since. Inside a write transaction nothing is recalled or remembered: what
 * is read there may yet be rolled back. A statement that SQLite had to prepare again tells that the schema changed: then
 * everything is forgotten, and whether the triggers are still there is looked up before anything is remembered.
 */
#include "host.h"

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
	connection->memo.get = get_memory;
	connection->memo.put = put_memory;
}

/* Reads the count of all signals; false if the schema changed since, or was never looked at. */
static bool read_count(stead_call *call, int64_t *count)
{
	connection *connection = frame_of(call)->connection;
	bool before = connection->generation != NULL;
	int code;

	if (!before) {
		if (!connection->anchored && anchor(connection) != SQLITE_OK)
			raise_sqlite(call, sqlite3_errcode(connection->db));
		connection->generation = prepare(call, "SELECT generation FROM main.stead_signal WHERE signal = -1");
	}
	code = sqlite3_step(connection->generation);
	*count = code == SQLITE_ROW ? sqlite3_column_int64(connection->generation, 0) : 0;
	sqlite3_reset(connection->generation);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		raise_sqlite(call, code);
	return before && sqlite3_stmt_status(connection->generation, SQLITE_STMTSTATUS_REPREPARE, 1) == 0;
}

/* Takes in the signals given since this connection looked last. */
static void catch_up(stead_call *call)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;
	stead_memo *memo = &connection->memo;
	int64_t count;

	if (sqlite3_txn_state(connection->db, "main") == SQLITE_TXN_WRITE) {
		frame->cache = CACHE_OFF;
		return;
	}
	if (!read_count(call, &count)) {
		connection->watched = false;
		stead_memo_signal_all(memo);
	} else if (count < connection->seen)
		stead_memo_signal_all(memo); /* the file went back in time */
	else if (count > connection->seen) {
		stead_value since = stead_int(connection->seen);
		stead_rows *rows = stead_open(call, "SELECT signal FROM stead_signal WHERE generation > $1 AND signal >= 0", 1, &since);

		while (stead_next(rows)) {
			int64_t signal = stead_column(rows, 0, STEAD_INT).integer;

			if (signal < STEAD_SIGNALS)
				stead_memo_signal(memo, (int)signal);
		}
	}
	connection->seen = count;
	frame->cache = CACHE_CURRENT;
}

const void *stead_recall(stead_call *call, const stead_table *space, const void *key, size_t key_size, size_t *size)
{
	frame *frame = frame_of(call);
	stead_memo *memo = &frame->connection->memo;

	if (frame->cache == CACHE_UNSEEN)
		catch_up(call);
	if (frame->cache == CACHE_OFF)
		return NULL;
	frame->noted = memo->given;
	return stead_memo_find(memo, space, key, key_size, size);
}

void stead_remember(stead_call *call, const stead_table *space, const void *key, size_t key_size, const void *data,
                    size_t size, const stead_source *sources, int source_count, int64_t max_entries)
{
	frame *frame = frame_of(call);
	connection *connection = frame->connection;

	if (frame->cache != CACHE_CURRENT)
		return;
	if (!connection->watched)
		connection->watched = has_signals(call);
	if (connection->watched)
		stead_memo_store(&connection->memo, space, key, key_size, data, size, sources, source_count, frame->noted, max_entries);
}
