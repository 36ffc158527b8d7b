/*
 * host.h - what the files of the SQLite host share: the connection, the call's frame, and what most files use. Modules
 * never see it.
 *
 * What few files use has a header of its own: begin.h (transactions and kept statements), enter.h (entries from
 * SQLite), schema.h (what makes tables), doctor.h, foreign.h. Needed files lie below: from load.c and rows.c by
 * enter.c, schema.c and doctor.c, statement.c, begin.c and plan.c down to value.c, error.c and memory.c there is no
 * circle.
 */
#ifndef STEAD_SQLITE_HOST_H
#define STEAD_SQLITE_HOST_H

#include <setjmp.h>

#include <sqlite3ext.h>
extern const sqlite3_api_routines *sqlite3_api;

#include "core/cache_table.h"
#include "core/finding.h"
#include "core/host.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "core/cache.h"
#include "core/walk.h"
#include "stead.h"

#define WAL_HEADER 48   /* bytes of the header of a wal-index; it changes with every commit */
#define PLAN_CHAINS 128 /* that plans are found in: there are about as many literals, and none is ever given up */
#define MOST_JUDGED 128 /* tables of Stead's that are asked about */
#define JUDGED_READ 1
#define JUDGED_UPDATE 2
#define JUDGED_TOLD 4 /* of a change, who keeps rows is told */
#define MOST_NESTED                                                                                                    \
	16 /* calls within calls, by triggers: each takes some of the stack, of which a thread may have little */

/* See stead_connection_handle(). */
typedef struct {
	const char *key;
	void *handle;
	void (*release)(void *handle);
} kept_handle;

/* A statement kept by the address of its SQL literal. */
typedef struct plan {
	const char *sql;
	sqlite3_stmt *statement;
	bool busy;         /* a call is stepping it: a nested call prepares its own */
	struct plan *next; /* of its chain */
} plan;

/* The host's own statements: around a call that begins a transaction, around one inside the application's, and others.
 */
enum {
	OWN_BEGIN,
	OWN_COMMIT,
	OWN_ROLLBACK,
	OWN_SAVEPOINT,
	OWN_RELEASE,
	OWN_ROLLBACK_TO,
	OWN_LOCK,
	OWN_INTERRUPTED,
	OWN_END_LEASE,
	OWN_UNCOMMITTED,
	OWN_CANARY,
	OWN_STATEMENTS
};

/* One per connection that loaded Stead; counted by every function and table registered with it. */
typedef struct {
	sqlite3 *db;
	int references;
	sqlite3_stmt *own[OWN_STATEMENTS]; /* all there before a call begins to write: undoing must need no memory */
	bool functions_judged;
	unsigned char judged[MOST_JUDGED]; /* of each table, what the authorizer was found not to have left out */
	bool lease_left;                   /* a call could not end its lease: the next call does */
	bool anchored;                     /* an eponymous table's instance exists that will drop the plans */
	plan *plans[PLAN_CHAINS];
	int nested; /* calls under way on the stack */
	cache_table cache;
	sqlite3_stmt *generation; /* reads the count of signals in the database */
	int64_t seen;             /* that count, when it was looked at last */
	sqlite3_file *journal;    /* the journal that was looked at; log, if it is a log with shared memory */
	sqlite3_file *log;
	bool header_known;
	unsigned char header[WAL_HEADER]; /* of the wal-index, no younger than seen */
	int64_t freed_at;                 /* when a call of several statements released the write lock */
	char holder[200];                 /* of a lease: this connection, among all of all machines */
	bool watched; /* the triggers that signal were all there, and the schema has not changed since */
	kept_handle handles[STEAD_CONNECTION_HANDLES];
} connection;

typedef struct block {
	struct block *next;
	size_t used, size;
	char data[];
} block;

/* Memory released all at once. It comes first from the owner's buffer, if there is one. */
typedef struct {
	block *blocks;
	char *first;
	size_t first_left;
} arena;

struct stead_rows {
	stead_call *call;
	sqlite3_stmt *statement; /* NULL once closed */
	plan *plan;              /* where it is kept, or NULL: finalised at the end */
	bool of_row;             /* opened for a row of a stream, and closed before the next */
	int steps;               /* taken by its earlier runs */
	sqlite3_int64 changed;   /* rows, once it has ended */
	stead_rows *next;
};

/* Rows that a table function gave, owned by the cursor. */
typedef struct {
	arena memory;
	stead_value **rows;
	int64_t count, room;
} row_set;

/* Rows that a table function makes one by one: see stead_stream(). */
typedef struct {
	stead_maker *make; /* NULL: there is no such thing */
	void *state;
	bool making;              /* what is opened now is closed before the next row */
	stead_deferred *deferred; /* what was deferred before a row was made */
	arena other;              /* the row's memory; while one is made, the call's */
} stream;

/* One call from SQLite: a frame of ours, so that no jump crosses SQLite's. */
typedef struct {
	stead_call call; /* first: a stead_call is cast back to its frame */
	connection *connection;
	jmp_buf leave;
	int code; /* SQLite result code of the error */
	char message[1400];
	arena memory;
	stead_deferred *deferred;
	stead_rows *open;
	char *result;                 /* a writer's text, for SQLite to own */
	_Alignas(8) char first[1024]; /* most calls need no more memory than this; SQLite's own is no better aligned */
	row_set *emitted;             /* NULL in a scalar call */
	stream stream;
	sqlite3_int64 rowid;   /* last_insert_rowid() before the call */
	bool savepoint;        /* open and ours: a savepoint, or */
	bool began;            /* the transaction itself */
	bool inside;           /* the call came in a transaction of the application's */
	bool interrupted;      /* when it was too late: what was to be done was done */
	bool refused;          /* another connection kept the write lock from begin_again(): the call is to end */
	bool executed;         /* SQL of the host's own has run, which is not counted among the changes */
	sqlite3_int64 changes; /* rows changed on the connection, before the call changed any */
	bool alone;            /* with it the transaction began, and it ends with it */
	bool leased;           /* a lease of ours is committed, to be ended in any case */
	int64_t locked_at;     /* when the call got the write lock */
	bool started;          /* the first statement has been opened */
	enum { CACHE_UNSEEN, CACHE_CURRENT, CACHE_OFF } cache; /* has this call looked at the count of signals? */
	uint64_t noted;                                        /* the counter of signals before the read */
} frame;

static inline frame *frame_of(stead_call *call)
{
	return (frame *)call;
}

/* ---- memory.c ---------------------------------------------------------------------------------------------------- */

void *arena_alloc(arena *arena, size_t size); /* NULL when memory ran out */
void arena_reset(arena *arena);               /* the same as arena_release(), but ready for more */
void arena_release(arena *arena);

/* ---- error.c ----------------------------------------------------------------------------------------------------- */

/* Ends the call with what SQLite says of its last error. */
_Noreturn void raise_sqlite(stead_call *call, int code);
#define LEFT_OUT (SQLITE_AUTH | 255 << 8) /* the code of what an authorizer has had left out */
/* Is there such a column in main, or, with a NULL for it, such a table? What keeps us from knowing, an interruption, is
 * an error. */
bool is_there(stead_call *call, const char *table, const char *column);
bool is_initialised(stead_call *call);

/* What cannot be written, as errors and stead_maintain() say it. */
#define READ_ONLY_DATABASE "a read-only database"
#define READ_ONLY_CONNECTION "a read-only connection"

/* ---- value.c ----------------------------------------------------------------------------------------------------- */

/* SQLite's value as the declared type. A number or boolean may be given as text, as PostgreSQL allows of a literal. */
stead_value read_argument(stead_call *call, const stead_arg *arg, sqlite3_value *given);
void bind_value(stead_call *call, sqlite3_stmt *statement, int index, stead_value value);
void result_value(sqlite3_context *context, stead_value value);

/* ---- statement.c ------------------------------------------------------------------------------------------------- */

/* Does what precedes a call's first statement, unless the call has opened one already. */
void begin_query(stead_call *call);
/* Runs SQL of the host's own, without parameters, to its end. */
void execute(stead_call *call, const char *sql);
/* A query whose text is taken as it is, parameters ?1 .. ?n yet to be bound; an error is in SQLite's words. */
stead_rows *open_as_is(stead_call *call, const char *sql);

/* ---- catalog.c --------------------------------------------------------------------------------------------------- */

/* One query of the host's own that gives a single text, with name, unless it is NULL, as its parameter; NULL without a
 * row. */
const char *ask(stead_call *call, const char *sql, const char *name);
/* The texts that a query gives, with commas between; NULL: none. */
const char *ask_list(stead_call *call, const char *sql, int count, const stead_value *params);
/* The value of a pragma. */
const char *ask_pragma(stead_call *call, const char *name);
#define ENCODING_REMEDY "Write it out with .dump in the sqlite3 shell, and read that into a new file."
bool is_utf8(stead_call *call);

/* ---- cache.c ----------------------------------------------------------------------------------------------------- */

void cache_init(connection *connection);

#endif
