/*
 * stead.h - the contract between Stead's modules and the databases that host them.
 *
 * A module (common/<module>.c) is data plus functions: a registry of entries at the bottom of its file, static bodies
 * above it. It includes this header and pure helpers only. A host (pg_ext/, sqlite_ext/) implements the port below
 * and is generic over the registry. Two rules carry everything: errors leave (stead_raise and every port function
 * either succeed or do not come back), and the call owns (memory and foreign handles end with the call).
 */
#ifndef STEAD_H
#define STEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEAD_MAX_ARGS 12
#define STEAD_MAX_COLUMNS 20
#define STEAD_MAX_TEXT (1 << 20) /* limit of one stored text or JSON value, bytes */

/* ---- Values ---------------------------------------------------------------------------------------------------- */

/* TIME is int64 microseconds since 1970-01-01 UTC, years 1 to 9999. JSON is UTF-8 text kept as given. */
typedef enum { STEAD_BOOL = 1, STEAD_INT, STEAD_REAL, STEAD_TEXT, STEAD_TIME, STEAD_JSON, STEAD_BYTES } stead_type;

/* A typed value; a null has a type too. Text is not NUL-terminated: its length is size. */
typedef struct {
	stead_type type;
	bool null;
	size_t size;
	union {
		bool boolean;
		int64_t integer; /* INT and TIME */
		double real;
		const char *data; /* TEXT, JSON and BYTES */
	};
} stead_value;

/* ---- Functions and modules --------------------------------------------------------------------------------------- */

typedef struct stead_call stead_call;

/* A growing text. Zero-initialise; the memory is the call's. */
typedef struct {
	char *data;
	size_t size, room;
} stead_buffer;

/* What a function does to the database; decides volatility, parallel label and trust flags on the hosts. A live read
 * judges by the clock and by the latest committed state, whatever snapshot the caller's transaction keeps. */
typedef enum { STEAD_PURE = 1, STEAD_READS, STEAD_LIVE, STEAD_WRITES } stead_effect;

/* Who may execute it; each audience includes those before it. */
typedef enum { STEAD_PUBLIC = 1, STEAD_APP, STEAD_AUDITOR, STEAD_ADMIN } stead_audience;

typedef struct {
	const char *name;
	stead_type type;
	bool optional;        /* null or absent is allowed */
	const char *fallback; /* what null or absence means: an int or bool literal, or text; implies optional */
	bool nullable;        /* must be given, may be null */
	bool raw;             /* text that the function itself judges: not checked for NUL and UTF-8 */
	size_t most;          /* JSON: the most bytes it may have; 0: STEAD_MAX_TEXT */
} stead_arg;

typedef struct {
	const char *name;
	stead_type type;
} stead_column_def;

typedef struct {
	const char *name;  /* without the stead_ prefix */
	const char *doc;   /* first sentence: the summary; then units, ranges, errors */
	const char *since; /* the version that brought it */
	stead_effect effect;
	stead_audience audience;
	stead_arg args[STEAD_MAX_ARGS];
	/* A scalar function has returns and call; a table function has columns and rows, and emits. */
	stead_type returns;
	stead_value (*call)(stead_call *call, const stead_value *args);
	stead_column_def columns[STEAD_MAX_COLUMNS];
	void (*rows)(stead_call *call, const stead_value *args);
	bool one_row; /* a table function that always gives exactly one row */
	bool one_statement; /* a writer whose only writing statement, its last act, undoes itself when it fails */
	bool direct_only;   /* no view or trigger may call it, though it only reads: it uses a secret */
	bool judges_caller; /* where there are roles, anyone may execute it: it refuses who has not its audience */
} stead_function;

/* What the database itself puts into a column. On SQLite, where writers come one by one, era and transaction are 0. */
typedef enum {
	STEAD_FILL_NOTHING,
	STEAD_FILL_ERA,         /* INT: the cluster whose transactions are counted: its system identifier, or a number after it */
	STEAD_FILL_TRANSACTION, /* INT: the number of the transaction */
	STEAD_FILL_RANDOM       /* BYTES: 16 random bytes; in a table made before the column, a null on SQLite */
} stead_fill;

typedef struct {
	const char *name;
	stead_type type;
	const char *doc;
	bool nullable;
	bool key;    /* the primary key */
	bool serial; /* INT key numbered by the database, never reused while later rows exist */
	bool once;   /* with serial: never reused at all */
	const char *references; /* the table whose first column it names a row of, and with which it goes; or NULL */
	bool quiet;  /* of a remembered table: a change of this column alone makes nobody forget */
	stead_fill fill; /* what a row gets that does not name the column */
	int64_t range[2]; /* INT: the least and the most it may be, which a CHECK sees to; {0, 0}: any. Who computes with it judges it
	                   * when it is read all the same: a CHECK can be dropped, and tables made before may lack it */
} stead_table_column;

typedef struct {
	const char *name;    /* without the prefix stead_<table>_ */
	const char *columns; /* SQL list; the primary key is appended where the database does not do so itself. NULL: the
	                      * index of this name, of an earlier schema, is dropped */
	const char *where;   /* a partial index, or NULL */
	bool unique;
} stead_index;

typedef struct {
	const char *name; /* without the stead_ prefix; not a table function's, which it would hide on SQLite */
	const char *doc;
	int schema; /* the schema version that brought it */
	stead_table_column columns[STEAD_MAX_COLUMNS];
	stead_index indexes[12];
	bool append_only; /* UPDATE, DELETE and TRUNCATE are refused, but for stead_run_permitted's */
	bool remembered;  /* stead_remember may keep what was read from it */
	const char *bucket; /* its INT column by which changes are told apart, so that one makes few forget; or NULL */
	bool rows_only;   /* what is remembered of it are rows, never their absence: a new row makes nobody forget */
} stead_table;

/* A setting of Stead's own, defined by stead_init(). */
typedef struct {
	const char *key;  /* stead.<module>.<name> */
	const char *type; /* as for stead_setting_define */
	const char *default_value, *description, *options;
} stead_option;

/* What retention knows how to prune: see retention.c. Functions are called with the policy's row locked. */
#define STEAD_TARGET_BUSY (-1)
typedef struct {
	const char *name;  /* as stead_retention_set takes it */
	const stead_table *table; /* whose rows go: a hold on what would go along with them is a hold on these, too */
	int64_t keep_days; /* the policy after stead_init(); -1: none */
	/* Deletes at most max_rows rows that are strictly older than cutoff, oldest first, and returns how many: 0, there are
	 * none; STEAD_TARGET_BUSY, there may be some, but another call keeps them from going now. Ends early once stead_now() is past deadline, but not before it has deleted some. What it appends to details,
	 * each member with a comma before it, goes into the audit event of the prune. */
	int64_t (*prune)(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details);
	/* What prune would delete, all batches together: how many rows, and the oldest one's time or a null. It may stop counting at
	 * most rows. */
	void (*preview)(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at);
} stead_target;

/* One tick of a module's upkeep. It works in small steps, with stead_step() between them, until nothing is left,
 * stead_now() is past deadline or stead_step() says false, and one step at least. It appends members to the report, each
 * with a comma before it; when the same call has time for another tick of it, the numbers in them are added up, in objects as
 * well, and of the rest the later holds. Returns whether something is left to do. */
typedef bool stead_tick(stead_call *call, int64_t deadline, stead_buffer *report);

typedef struct {
	const char *name; /* also the name of its test, expected output and README section */
	const char *doc;
	const stead_table *tables; /* ends with a nameless one; may be NULL */
	const stead_function *functions;
	int function_count;
	const stead_option *options; /* ends with a keyless one; may be NULL */
	const stead_target *targets; /* ends with a nameless one; may be NULL */
	/* Brings rows of an earlier schema version up to this one, after the tables were. May be NULL. */
	void (*upgrade)(stead_call *call, int64_t from);
	/* Called by stead_maintain() when all ticks are over; not where the call ends early. It appends to the report as a tick does. */
	void (*tick_end)(stead_call *call, stead_buffer *report);
	void (*begin)(stead_call *call); /* called by each stead_init() when the tables are made; may be NULL */
	stead_tick *tick;            /* called by stead_maintain(), modules in their order; may be NULL */
	void (*examine)(stead_call *call); /* emits stead_doctor()'s rows about the module; may be NULL */
} stead_module;

extern const stead_module *const stead_modules[]; /* registry.c; in documentation order, NULL at the end */

#define STEAD_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define STEAD_VERSION_SCHEMA 4 /* the schema version stead_init() makes */

/* ---- The call: common/call.c ------------------------------------------------------------------------------------- */

/* The host embeds this as the first member of its own call. */
struct stead_call {
	const stead_function *function;
};

/* Error classes; each host maps them to its codes (SQLSTATE, SQLite result code). */
typedef enum {
	STEAD_INVALID = 1,     /* 22023: an argument is wrong */
	STEAD_NOT_FOUND,       /* P0002 */
	STEAD_CONFLICT,        /* 23505 */
	STEAD_DENIED,          /* 42501 */
	STEAD_UNSUPPORTED,     /* 0A000 */
	STEAD_NOT_INITIALISED, /* 55000: stead_init() has not run */
	STEAD_READ_ONLY,       /* 25006: nothing can be written here, or now */
	STEAD_BUSY,            /* 55P03: another call is at it; try again */
	STEAD_CORRUPT,         /* XX001 */
	STEAD_INTERNAL         /* XX000 */
} stead_error;

/* The error of a query that names a table or column of Stead's own that is not there: CORRUPT, for the hosts to raise. */
#define STEAD_MISSING "stead_%s: a table or column of Stead's is missing"
#define STEAD_MISSING_HINT "SELECT * FROM stead_doctor() tells what is missing."

/* Ends the call with an error. The message follows PostgreSQL's style: lower case, no full stop. */
_Noreturn void stead_raise(stead_call *call, stead_error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with a hint: a whole sentence that says what to do. */
_Noreturn void stead_raise_hint(stead_call *call, stead_error error, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Raises where a later version of Stead has upgraded the tables: what deletes is not to go by rules that have changed since. */
void stead_refuse_newer(stead_call *call);
/* Ends the call where it cannot write: what there is, "a hot standby" for one. */
_Noreturn void stead_raise_read_only(stead_call *call, const char *what);

/* Ends the call for want of memory, in the database's own words. Part of the port. */
_Noreturn void stead_raise_no_memory(stead_call *call);

/* What every call begins with: the null rule, fallbacks, valid text, times in range. given may be fewer than the
 * function has; out has room for STEAD_MAX_ARGS. False: a required argument of a PURE function is null, the result is
 * null. */
bool stead_arguments(stead_call *call, const stead_value *given, int count, stead_value *out);
int stead_arg_count(const stead_function *function);
int stead_required_count(const stead_function *function);
int stead_column_count(const stead_function *function);
bool stead_arg_optional(const stead_arg *arg);
const char *stead_type_name(stead_type type); /* text, int, real, bool, time, json, bytes */
const char *stead_effect_name(stead_effect effect);       /* pure, reads, live, writes */
const char *stead_audience_name(stead_audience audience); /* public, app, auditor, admin */
/* Raises unless a text, which may be null, is of least (0 or 1) to most bytes. */
void stead_check_size(stead_call *call, const char *name, stead_value value, size_t least, size_t most);
/* Is the text, which is not null, this very word? */
bool stead_equals(stead_value text, const char *word);
/* The order of two texts, which are not null, by their bytes: negative, 0 or positive. */
int stead_compare(stead_value a, stead_value b);
/* Are two texts, or two bools, equal, or both null? */
bool stead_same(stead_value a, stead_value b);

stead_value stead_null(stead_type type);
stead_value stead_bool(bool value);
stead_value stead_int(int64_t value);
stead_value stead_real(double value);
stead_value stead_time(int64_t microseconds);
stead_value stead_text(const char *text); /* NULL gives a null */
stead_value stead_text_n(const char *data, size_t size);
stead_value stead_json(const char *text);

/* Text built in the call's memory. The rules of printf, %.*s for values. */
const char *stead_format(stead_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A NUL-terminated copy in the call's memory, for a C interface that needs one; NULL for a null. */
const char *stead_string(stead_call *call, stead_value text);
/* Copies a column's value into the call, so that it outlives its row. */
stead_value stead_keep(stead_call *call, stead_value value);

/* Room for one more item: the array as it is, or a copy in the call's memory that is twice as large. */
void *stead_grow(stead_call *call, void *items, size_t count, size_t *room, size_t item_size);

/* Appends to a growing text. */
void stead_append(stead_call *call, stead_buffer *buffer, const char *data, size_t size);
void stead_append_text(stead_call *call, stead_buffer *buffer, const char *text);
/* Appends a value as JSON: a string is escaped, JSON is put in without insignificant white space, null is null. */
void stead_append_json(stead_call *call, stead_buffer *buffer, stead_value value);

/* Reads a JSON argument into a jansson tree that the call owns; an error names the argument. */
struct json_t *stead_read_json(stead_call *call, stead_value json, const char *name);
/* Reads the members of a JSON object into out, one value for each of the known keys (typed; absent and null are null;
 * a key of type JSON keeps its text as given). Unknown and repeated keys and wrong types are errors that name the key
 * as <name>.<key>. tree is what stead_read_json gave for this very text. */
void stead_read_object(stead_call *call, stead_value json, struct json_t *tree, const char *name, const stead_arg *keys,
                       int key_count, stead_value *out);

/* ---- The port: what a host provides ------------------------------------------------------------------------------- */

/* Memory that lives as long as the call. Never NULL; size 0 is allowed. */
void *stead_alloc(stead_call *call, size_t size);

/* Has release(handle) called when the call ends, however it ends; the latest first. If it cannot note that down it
 * releases the handle at once and raises. */
void stead_defer(stead_call *call, void (*release)(void *handle), void *handle);

/* A scope: what is allocated and deferred in it is given back when it is closed, so that a loop of any length stays flat. What
 * is opened in it is closed in it. Scopes nest; an error closes them all. */
typedef struct stead_scope stead_scope;
stead_scope *stead_open_scope(stead_call *call);
void stead_close_scope(stead_call *call, stead_scope *scope);

/* Ends the call; never returns. hint may be NULL. Modules use stead_raise. */
_Noreturn void stead_host_raise(stead_call *call, stead_error error, const char *message, const char *hint);

/* A running query. Table names in SQL are bare; the host resolves them to Stead's own whatever the caller's path,
 * temp or attached tables are. Parameters are $1 .. $n. */
typedef struct stead_rows stead_rows;

/* Opens a query. sql must be a string literal: the plan is kept by its address. FOR UPDATE or FOR SHARE at its end keeps
 * others from changing the rows before the transaction ends; with SKIP LOCKED, rows that others keep so are left out. On
 * SQLite a writer is alone anyway. */
stead_rows *stead_open(stead_call *call, const char *sql, int count, const stead_value *params);
/* The same for a query whose rows may be more than memory holds: they are fetched as they are needed. */
stead_rows *stead_open_many(stead_call *call, const char *sql, int count, const stead_value *params);
/* The same for SQL that was put together for this call; the plan is not kept. */
stead_rows *stead_open_built(stead_call *call, const char *sql, int count, const stead_value *params);
/* True and the next row, or false: then the query is closed. */
bool stead_next(stead_rows *rows);
/* A column (from 0) of the current row as the given type; lives until the next row. */
stead_value stead_column(stead_rows *rows, int index, stead_type type);
/* The same of a column that may hold what Stead does not store for that type, or in another form: then it is false, and what is
 * in *value means nothing. */
bool stead_column_sound(stead_rows *rows, int index, stead_type type, stead_value *value);
/* A time that anyone may have written by hand, for what must answer all the same: what is no time is a null. */
stead_value stead_column_time(stead_rows *rows, int index);
/* Closes a query before its last row; closing twice is allowed. */
void stead_close(stead_rows *rows);
/* Runs a statement, a literal as for stead_open, to its end; returns the rows it changed. */
int64_t stead_run(stead_call *call, const char *sql, int count, const stead_value *params);

/* Runs an UPDATE or DELETE of an append-only table, which nobody else may. */
int64_t stead_run_permitted(stead_call *call, const stead_table *table, const char *sql, int count, const stead_value *params);

/* Does a query, a literal as for stead_open, give a row? Of common/call.c. */
bool stead_any(stead_call *call, const char *sql, int count, const stead_value *params);
/* The first column of the first row of such a query, kept in the call; a null if there is no row. */
stead_value stead_first(stead_call *call, const char *sql, int count, const stead_value *params, stead_type type);

/* Does work that may fail: then what it changed is undone, the queries it opened are closed, and the message is returned;
 * else NULL. It waits a second at most for a lock of another's. What ends the call however deep - want of memory, an
 * interruption - ends it here, too. */
const char *stead_attempt(stead_call *call, void (*work)(stead_call *call, void *data), void *data);

/* Gives one row of a table function; the values are copied. */
void stead_emit(stead_call *call, const stead_value *values);
/* As the last act of a reader that has emitted nothing: gives rows one by one, which may be more than memory holds. make
 * fills in the columns of the next row, or says false: there is none. What it allocates or opens lasts until the next; queries
 * that were opened before last as long as the call. It may be called after the function has returned, as long as the call
 * lasts, but not after the arguments: state has no part in them. */
typedef bool stead_maker(stead_call *call, void *state, stead_value *values);
void stead_stream(stead_call *call, stead_maker *make, void *state);

/* The wall clock, not the transaction's start. */
int64_t stead_now(stead_call *call);

/* What remembered data came from: a table and, where its changes are told apart, the value of its bucket column. */
typedef struct {
	const stead_table *table;
	int64_t bucket;
} stead_source;

/* Memory that forgets by itself, shared by the calls of one connection. What is remembered under a key is dropped when
 * a source changes, by anyone, once committed; a host may forget at any time, or always. The table names the space the
 * key is of. recall returns what was remembered, which lives until the next recall or remember of the call, or NULL;
 * after a NULL, what the call reads next is fit to be remembered (the latest committed state). At most max_entries of
 * the space are kept, and as many KiB; what was not recalled for longest goes first. */
const void *stead_recall(stead_call *call, const stead_table *space, const void *key, size_t key_size, size_t *size);
void stead_remember(stead_call *call, const stead_table *space, const void *key, size_t key_size, const void *data,
                    size_t size, const stead_source *sources, int source_count, int64_t max_entries);

/* Is all that the call has recalled and read so far of one moment: has no source changed since its first recall? If not, the
 * next recall is the first of another attempt. */
bool stead_undisturbed(stead_call *call);
/* Forgets what is remembered under the key by this connection; then what the call reads next is fit to be remembered. */
void stead_forget(stead_call *call, const stead_table *space, const void *key, size_t key_size);

/* A foreign library's handle that lasts as long as the connection, and of which there is one: made by make(), which
 * gives NULL when it cannot: then so does this. */
typedef enum { STEAD_LASTING_SHA256, STEAD_LASTING_NONCES, STEAD_LASTING_COUNT } stead_lasting_slot;
void *stead_lasting(stead_call *call, stead_lasting_slot slot, void *(*make)(void), void (*release)(void *handle));

/* After a row was stored under a number of the caller's: what the database numbers from now on comes after it. */
void stead_number_after(stead_call *call, const stead_table *table, int64_t number);
/* After a row was not stored, as the number that the database chose for it is taken - by a row that came with its number, of an
 * import, an ORM or a replica: numbers go on after the highest, and the row is worth another try. False: that cannot be why. */
bool stead_renumber(stead_call *call, const stead_table *table);
#define STEAD_RENUMBERINGS 10 /* of one row: another may be faster a few times */

/* Where what the call writes now stands: the era and transaction that the columns of these fills get. */
void stead_place(stead_call *call, int64_t *era, int64_t *transaction);
/* What is settled: of this era, every transaction before the horizon has ended and what it committed can be seen; of other
 * eras everything is. Nothing will ever be added there. On SQLite, where writers come one by one, the horizon is INT64_MAX. */
void stead_settled(stead_call *call, int64_t *era, int64_t *horizon);
/* From here on rows are of that era, which must come after the current one, whoever writes them. Waits for those who have written
 * rows of the current one; never called where the horizon is INT64_MAX. */
void stead_begin_era(stead_call *call, int64_t era);
/* Does a writer keep all other writers of the database waiting? Then it should be brief. */
bool stead_writes_alone(void);

/* A lock that one call of the database has: kept until the caller's transaction ends. False: another has it, and *holder,
 * if holder is not NULL, names it. Sealing is alone on SQLite anyway. */
typedef enum { STEAD_LOCK_SEAL = 1, STEAD_LOCK_MAINTAIN } stead_lock;
bool stead_try_lock(stead_call *call, stead_lock lock, const char **holder);
/* The same for a call that works in steps, whose transactions end before it does: the lock is kept until stead_unlock() or
 * the call's error and, should neither get through, at most until that time, or until the holder is a process no more.
 * False is said at once, without waiting. On PostgreSQL, where a call is one transaction, it is stead_try_lock(). */
bool stead_try_lease(stead_call *call, stead_lock lock, int64_t until, const char **holder);
void stead_unlock(stead_call *call, stead_lock lock);

/* Between two steps of a long piece of upkeep; no query may be open. Where a writer keeps all others waiting, and the
 * call began the transaction, what was done so far is committed, whatever becomes of the call, and others get their turn:
 * what was read before may have changed. False: one of them keeps it for longer than the connection waits; then the caller
 * ends, which is no error. If it goes on all the same, its next query waits once more, and fails if it has to. */
bool stead_step(stead_call *call);
/* Has work read, and write nothing, while no other writer is kept waiting: what was done so far is committed as by stead_step(),
 * work sees one state of the database, and what it saw may have changed when this returns. No query may be open. False: as of
 * stead_step(). Inside a transaction of the application's, and where nobody waits, it is nothing but the call of work. */
bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data);
/* Before the first query of a call that is made again and again, a batch each time: where a writer keeps all others waiting,
 * those get their turn that waited for this connection's latest call. */
void stead_give_way(stead_call *call);
/* In the midst of a long batch, as often as can be: now and then it lets others have the processor, where a batch keeps nobody
 * waiting otherwise. */
void stead_rest(stead_call *call);
/* Why nothing can be written now: a hot standby, a read-only transaction or database; NULL if it can. */
const char *stead_read_only(stead_call *call);
/* Gives up to so many free pages of the file back, where the database keeps them until it is told, and says how many
 * it gave and, in *left, how many it could still give. */
int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left);

/* A table of the application's own, whose rows a column of it tells the age of. */
typedef struct {
	stead_value name;        /* as SQL writes it, without the schema if that is the database's main one; null: the text is no name */
	stead_value full_name;   /* with the schema */
	const char *problem;     /* why its rows cannot be deleted by their age, or NULL; then nothing below is set */
	stead_error error;       /* the class of the problem */
	const char *hint;        /* what to do about it, or NULL */
	stead_value time_column; /* as the database spells it */
	stead_value owner;       /* the role it belongs to; null where there are no roles */
	bool owned;              /* has the caller the rights of its owner? */
	bool indexed;            /* does an index give the rows in the order of the column? */
	const char *index_sql;   /* what makes such an index */
} stead_foreign;
/* A name as SQL writes it (identifier.h). This and the next two are of common/foreign.c, for the hosts. */
const char *stead_quoted(stead_call *call, const char *name, bool always);
/* Fills in name and full_name. */
void stead_foreign_name(stead_call *call, stead_foreign *table, const char *schema, const char *name, const char *main_schema);
/* Fills in what is wrong with it, and returns it. */
const stead_foreign *stead_unfit(stead_foreign *table, stead_error error, const char *hint, const char *problem);
/* Calls visit for every other table that deleting rows of this one may take rows of - partitions and children, tables that
 * refer to it ON DELETE CASCADE - or whose rows they are, as its partition or child. */
typedef void stead_kin_visit(stead_call *call, stead_value name, stead_value full_name, void *data);
void stead_foreign_kin(stead_call *call, const stead_foreign *table, stead_kin_visit *visit, void *data);
/* The same for a table of Stead's own. */
void stead_own_kin(stead_call *call, const stead_table *table, stead_kin_visit *visit, void *data);

/* Looks for a table that a text names as SQL does, and takes no lock on it. A name without a schema is looked for where the
 * caller's own SQL would, before the first query of the call; after that in the main schema. With a null for time_column
 * the column is not judged. */
const stead_foreign *stead_foreign_find(stead_call *call, stead_value name, stead_value time_column);
/* Deletes rows of a table that was found with its column, and without a problem: at most max_rows of those whose time is
 * strictly before cutoff, in the order of the column, and returns how many went. 0: there are none that can go now. What
 * another has locked, or a trigger keeps, stays and does not keep the others. Ends early once stead_now() is past deadline,
 * but not before some went. Null, what is no time (see stead_time_units), and what is out of the years 1 to 9999 is never before
 * anything. Seconds go before milliseconds, and those before microseconds. It is as
 * if the table's owner deleted them, but for row security; triggers run with that role's rights and no others, and may not
 * change the caller's session. */
int64_t stead_foreign_delete(stead_call *call, const stead_foreign *table, int64_t cutoff, int64_t max_rows, int64_t deadline);
/* The rows that stead_foreign_delete would delete in the end: how many, at most most, and the oldest one's time or a null. Where
 * no index gives them, no more than that many rows of the table are looked at, in no order: of those found it is the oldest. */
void stead_foreign_count(stead_call *call, const stead_foreign *table, int64_t cutoff, int64_t most, int64_t looked_at, int64_t *rows,
                         stead_value *oldest_at);
/* How many rows have something in the column that is no time and so never go, counted up to most; *rows: is there a row at all;
 * *times: has one a time. Where times are text, no more than a hundred thousand are looked at, unless most is INT64_MAX. */
int64_t stead_foreign_unreadable(stead_call *call, const stead_foreign *table, int64_t most, bool *rows, bool *times);

/* Tells listeners of a channel, when the caller's transaction commits; nothing where the database has no listeners. */
void stead_notify(stead_call *call, const char *channel, const char *payload);

/* Waits for whoever else runs stead_init(), makes the tables, and triggers on them, that do not exist. */
void stead_make_tables(stead_call *call);
bool stead_has_table(stead_call *call, const stead_table *table);
/* The schema version on record, 0 before stead_init(). */
int64_t stead_schema_version(stead_call *call);

/* What brings the tables, or what keeps stead_init() from making them, as stead_doctor() says it. */
const char *stead_init_remedy(stead_call *call);

/* What only the host can know or do. */
const char *stead_backend_name(void);
/* Emits rows (check_name, status, detail, remedy) about the database and the connection. False: columns are missing or of
 * another type, so that the modules cannot look at their tables. */
bool stead_host_examine(stead_call *call);
/* Puts the connection's settings right where that is the library's business; reports them as JSON. */
stead_value stead_host_configure(stead_call *call);
/* Gives a role EXECUTE on the functions of the audience and on no others, and notes it in stead_grant; true when something
 * changed. */
bool stead_host_grant(stead_call *call, stead_value role_name, stead_audience audience);
/* After the tables were made: gives again what is noted there. */
void stead_host_grant_again(stead_call *call);

#endif
