/*
 * host.h - what the files of the SQLite host share: the connection, the call's frame, and what most files use. Modules
 * never see it.
 *
 * What few files use has a header of its own: begin.h (transactions and kept statements), enter.h (entry points for
 * SQLite), schema.h (what makes tables), doctor.h, foreign.h. Each file uses only files below it, without circles:
 * load.c and rows.c are at the top, then enter.c, schema.c and doctor.c, statement.c, begin.c and plan.c; value.c,
 * error.c and memory.c are at the bottom.
 */
#ifndef STEAD_SQLITE_HOST_H
#define STEAD_SQLITE_HOST_H

#include <setjmp.h>

#include <sqlite3ext.h>
#if SQLITE_VERSION_NUMBER < 3038000
#error "Stead needs SQLite 3.38 or later; this one is older"
#endif

extern const sqlite3_api_routines *sqlite3_api;

#include "core/cache_table.h"
#include "core/finding.h"
#include "core/host.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "core/cache.h"
#include "core/walk.h"
#include "stead.h"

#define WAL_HEADER 48   /* bytes of the header of a wal-index, which changes with every commit */
#define PLAN_CHAINS 128 /* hash chains of plans: about as many as there are literals; plans are never evicted */
#define MOST_JUDGED 128 /* the authorizer is examined for at most so many tables */
#define JUDGED_READ 1
#define JUDGED_UPDATE 2
#define JUDGED_TOLD 4 /* a change of the table signals to caches */
#define MOST_NESTED                                                                                                    \
	16 /* limit of calls within calls, by triggers: each takes some of the stack, which may be small in a thread */

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
	int form;           /* which statement of the same SQL it is: see open_kept() in statement.c */
	unsigned char vain; /* see stead_try() */
	bool busy;          /* a call is stepping it; a nested call prepares its own */
	struct plan *next;  /* the next in its chain */
} plan;

/* The host's own statements: those that begin and end a call's transaction, those for a savepoint in the application's
 * transaction, and others. */
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
	OWN_PRAGMA_CANARY,
	OWN_CANARY,
	OWN_STATEMENTS
};

/* What the transaction knows: see local.c. */
typedef struct {
	char *text;       /* NULL: nothing */
	const char *next; /* what the table's next row sets, while setting is true; of the call */
	bool setting;
	bool stored;                 /* triggers can read it: see local_store() */
	bool synced;                 /* the end of the transaction has begun, and may have failed */
	struct known_at *savepoints; /* the latest first */
	int first;                   /* no earlier savepoint began after the transaction wrote to the table */
	bool begun;                  /* no savepoint has begun since then */
} transaction_local;

/* One for each connection that has loaded Stead. Every function and table registered with the connection counts as a
 * reference. */
typedef struct {
	sqlite3 *db;
	int references;
	sqlite3_stmt *own[OWN_STATEMENTS]; /* prepared before a call begins to write: rolling back must need no memory */
	bool reads_committed;              /* as far as is known: see reads_uncommitted() */
	bool functions_judged;
	bool doubtful;     /* a statement was prepared again under an authorizer that may have left something out of it */
	bool own_doubtful; /* so may be those for transactions */
	unsigned char judged[MOST_JUDGED]; /* for each table: what the authorizer is known not to leave out */
	bool lease_left;                   /* a call could not end its lease: the next call will */
	bool anchored;                     /* there is an instance of an eponymous table, which will free the plans */
	plan *plans[PLAN_CHAINS];
	int nested;             /* calls now on the stack */
	unsigned logged_events; /* by functions with logs_event, since one was followed up */
	cache_table cache;
	sqlite3_stmt *generation; /* reads the counter of signals in the database */
	int64_t seen;             /* its value when it was last read */
	sqlite3_file *journal;    /* the current journal; log is set if it is a write-ahead log with shared memory */
	sqlite3_file *log;
	bool header_known;
	unsigned char header[WAL_HEADER]; /* header of the wal-index, no newer than seen */
	int64_t freed_at;                 /* when a call that works in steps last released the write lock */
	char holder[200];                 /* names this connection as the holder of a lease, unique among all machines */
	bool watched;                     /* all triggers that signal were there, and the schema has not changed since */
	kept_handle handles[STEAD_CONNECTION_HANDLES];
	transaction_local local;
} connection;

typedef struct block {
	struct block *next;
	size_t used, size;
	char data[];
} block;

/* Memory that is released all at once. It comes first from the owner's buffer, if there is one. */
typedef struct {
	block *blocks;
	char *first;
	size_t first_left;
} arena;

struct stead_rows {
	stead_call *call;
	sqlite3_stmt *statement; /* NULL once closed */
	plan *plan;              /* the plan it belongs to; NULL: it is finalised at the end */
	bool of_row;             /* opened for a row of a stream, and closed before the next */
	bool begun;              /* the first step of the run was taken */
	int steps;               /* steps that its earlier runs took */
	sqlite3_int64 changed;   /* rows changed, once it has ended */
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
	stead_maker *make; /* NULL: there is no stream */
	void *state;
	bool making;              /* a row is being made: queries opened now are closed before the next row */
	stead_deferred *deferred; /* what was deferred before the row was made */
	arena other;              /* the memory of the row; while a row is made, that of the call */
} stream;

/* One call from SQLite. An error jumps to its frame, so that no jump crosses a frame of SQLite's. */
typedef struct {
	stead_call call; /* first: a stead_call is cast back to its frame */
	connection *connection;
	jmp_buf leave;
	int code; /* SQLite result code of the error */
	char message[1400];
	arena memory;
	stead_deferred *deferred;
	stead_rows *open;
	char *result;                 /* the text that a writing call returns; SQLite will own it */
	_Alignas(8) char first[1024]; /* enough memory for most calls */
	row_set *emitted;             /* NULL in a scalar call */
	unsigned columns;             /* of a table function: a bit for each column that the statement looks at */
	stream stream;
	sqlite3_int64 rowid;   /* last_insert_rowid() before the call */
	bool savepoint;        /* the call has an open savepoint or transaction */
	bool began;            /* it is a transaction: the call began it */
	bool inside;           /* the call runs in a transaction of the application's */
	bool interrupted;      /* interrupted too late: everything was done */
	bool refused;          /* begin_again() did not get the write lock: the call must end */
	bool executed;         /* SQL of the host's own has run, whose changes are not counted */
	sqlite3_int64 changes; /* rows changed on the connection before the call changed any */
	bool alone;            /* the transaction begins and ends with this call */
	bool leased;           /* a lease of this call is committed: it must be ended in any case */
	int64_t locked_at;     /* when the call got the write lock */
	bool single;           /* stead_alone_begins(): a write has no savepoint */
	bool started;          /* the first statement has been opened */
	enum { CACHE_UNSEEN, CACHE_CURRENT, CACHE_OFF } cache; /* has this call read the counter of signals? */
	bool shared;                                           /* others shared the page cache when it looked an entry up */
	uint64_t noted;                                        /* the counter of signals before the first read */
} frame;

static inline frame *frame_of(stead_call *call)
{
	return (frame *)call;
}

/* ---- memory.c ---------------------------------------------------------------------------------------------------- */

void *arena_alloc(arena *arena, size_t size); /* NULL: no memory */
void arena_reset(arena *arena);               /* as arena_release(), but ready for more */
void arena_release(arena *arena);

/* ---- error.c ----------------------------------------------------------------------------------------------------- */

/* Ends the call with SQLite's own message for its last error. */
_Noreturn void raise_sqlite(stead_call *call, int code);
_Noreturn void raise_message(stead_call *call, int code, const char *message);
#define LEFT_OUT (SQLITE_AUTH | 255 << 8) /* not a code of SQLite's: an authorizer made it leave something out */
/* Does main have this column or, if column is NULL, this table? An interruption, which leaves the answer open, is an
 * error. */
bool is_there(stead_call *call, const char *table, const char *column);
bool is_initialised(stead_call *call);

/* What cannot be written to, in the words of errors and of stead_maintain(). */
#define READ_ONLY_DATABASE "a read-only database"
#define READ_ONLY_CONNECTION "a read-only connection"

/* ---- value.c ----------------------------------------------------------------------------------------------------- */

/* Reads SQLite's value as the declared type. A number or boolean may be given as text, as PostgreSQL allows for a
 * literal. */
stead_value read_argument(stead_call *call, const stead_arg *arg, sqlite3_value *given);
void bind_value(stead_call *call, sqlite3_stmt *statement, int index, stead_value value);
void result_value(sqlite3_context *context, stead_value value);

/* ---- statement.c ------------------------------------------------------------------------------------------------- */

/* Does what must precede a call's first statement, unless the call has opened one already. */
void begin_query(stead_call *call);
/* Runs SQL of the host's own, without parameters, to its end. */
void execute(stead_call *call, const char *sql);
/* Runs a literal count times, at least once; returns how many rows it changed. values has the parameters of each run,
 * one after the other; columns is their number. kind: QUERY: as it stands; INSERT_ONE: an INSERT as stead_insert()
 * takes it; a greater number: the same with so many rows in VALUES, the first of which does not come after a deleted
 * last row. */
enum { QUERY, INSERT_ONE };
int64_t run_for_rows(stead_call *call, const char *sql, int kind, int columns, int64_t count,
                     const stead_value *values);
/* Opens a query without resolving table names. The caller binds the parameters ?1 .. ?n. An error keeps SQLite's
 * words. */
stead_rows *open_as_is(stead_call *call, const char *sql);

/* ---- catalog.c --------------------------------------------------------------------------------------------------- */

/* Runs a query of the host's own that gives one text; its parameter is name, unless that is NULL. NULL: no row. */
const char *ask(stead_call *call, const char *sql, const char *name);
/* The texts that a query gives, separated by commas; NULL: none. */
const char *ask_list(stead_call *call, const char *sql, int count, const stead_value *params);
/* The value of a pragma. */
const char *ask_pragma(stead_call *call, const char *name);
#define ENCODING_REMEDY "Write it out with .dump in the sqlite3 shell, and read that into a new file."
bool is_utf8(stead_call *call);

/* ---- local.c ----------------------------------------------------------------------------------------------------- */

/* Writes what the transaction knows to where triggers in plain SQL find it, until it ends; only where some want it: see
 * record.c. */
void local_store(stead_call *call, stead_value text);

/* ---- cache.c ----------------------------------------------------------------------------------------------------- */

void cache_init(connection *connection);

#endif
