/*
 * declare.h - what a registry entry is made of: values, functions, tables, options, retention targets, modules.
 * Data only; modules get it with stead.h.
 */
#ifndef STEAD_DECLARE_H
#define STEAD_DECLARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEAD_MAX_ARGS 12
#define STEAD_MAX_COLUMNS 20
#define STEAD_MAX_TEXT (1 << 20) /* limit of one stored text or JSON value, bytes */

#define STEAD_COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define STEAD_VERSION_SCHEMA 5 /* the schema version that stead_init() makes */

typedef struct stead_call stead_call;

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

/* A growing text. Zero-initialise it; the call owns its memory. */
typedef struct {
	char *data;
	size_t size, room;
} stead_buffer;

/* ---- Functions ------------------------------------------------------------------------------------------------- */

/* What a function does to the database. The hosts derive volatility, parallel label and trust flags from it. A live
 * read goes by the clock and the latest committed state, whatever snapshot the caller's transaction keeps. */
typedef enum { STEAD_PURE = 1, STEAD_READS, STEAD_LIVE, STEAD_WRITES } stead_effect;

/* Who may execute it. Each audience includes those before it. */
typedef enum { STEAD_PUBLIC = 1, STEAD_APP, STEAD_AUDITOR, STEAD_ADMIN } stead_audience;

typedef struct {
	const char *name;
	stead_type type;
	bool optional; /* null or absent is allowed */
	/* the value if the argument is null or absent: an int or bool literal (for a real, too), or text; implies optional
	 */
	const char *fallback;
	bool nullable; /* must be given, may be null */
	bool raw;      /* the function checks the text itself: NUL bytes and UTF-8 are not checked before */
	size_t most;   /* JSON: its most bytes; 0 means STEAD_MAX_TEXT */
} stead_arg;

typedef struct {
	const char *name;
	stead_type type;
} stead_column_def;

/* A scalar function has returns and call; a table function has columns and rows, and emits its rows. */
typedef struct {
	const char *name;  /* without the stead_ prefix */
	const char *doc;   /* first sentence: the summary; then units, ranges, errors */
	const char *since; /* the version that introduced it */
	/* the version that left it out. The entry stays for two versions, so that an earlier version's definitions find its
	 * symbol; SQLite and today's definitions do not have it. NULL: it is there */
	const char *gone;
	stead_effect effect;
	stead_audience audience;
	stead_arg args[STEAD_MAX_ARGS];
	stead_type returns;
	stead_value (*call)(stead_call *call, const stead_value *args);
	stead_column_def columns[STEAD_MAX_COLUMNS];
	void (*rows)(stead_call *call, const stead_value *args);
	bool one_row; /* a table function that always gives exactly one row */
	/* A writer whose last act is its only writing statement: an INSERT or UPDATE that undoes itself if it fails. The
	 * first parameter in its text is stored in a column that is not nullable. A reader that runs one query: it needs no
	 * transaction to see one state. */
	bool one_statement;
	bool logs_event;    /* one_statement logs an event: now and then it does more, so that modules can follow up */
	bool direct_only;   /* views and triggers must not call it, although it only reads: it uses a secret */
	bool checks_caller; /* all roles may execute it; it checks itself that its caller belongs to the audience */
} stead_function;

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

/* A default that the database computes for a column. On SQLite, where only one writer runs at a time, era and
 * transaction are 0. */
typedef enum {
	STEAD_DEFAULT_NONE,
	STEAD_DEFAULT_ERA, /* INT: the cluster that counts the transactions: its system identifier, or a later number */
	STEAD_DEFAULT_TRANSACTION, /* INT: the number of the transaction */
	STEAD_DEFAULT_RANDOM       /* BYTES: 16 random bytes; null on SQLite in a table made before the column was */
} stead_default;

typedef struct {
	const char *name;
	stead_type type;
	const char *doc;
	bool nullable;
	bool key;               /* part of the primary key */
	bool serial;            /* INT key that the database numbers; never reused while later rows exist */
	bool never_reused;      /* with serial: never reused at all */
	/* with never_reused: the last rows are rarely deleted. On SQLite the next number follows that of the last row, or
	 * that in stead_sequence, where a trigger notes the number of a last row that is deleted. With AUTOINCREMENT,
	 * SQLite would write another page for each row */
	bool noted_when_deleted;
	const char *references; /* the table whose first column this refers to, ON DELETE CASCADE; or NULL */
	bool no_invalidation;   /* in a cached table: a change of this column alone invalidates nothing */
	bool local;             /* nullable; means nothing in another database: an export leaves it null */
	bool as_it_is;          /* not compressed, where a database does that: the values are gone soon */
	stead_default default_is;
	int64_t range[2]; /* INT: the least and the greatest value, by a CHECK; {0, 0} means any. Code that computes with
	                   * the value checks it again: a CHECK can be dropped, and older tables may lack it */
	bool unchecked;   /* the range has no CHECK: PostgreSQL reads one anew for each statement, which takes 3 us. What is
	                   * imported is looked at all the same */
} stead_table_column;

#define STEAD_NUMBERED "(era <> 0 OR transaction_id <> 0)"
typedef struct {
	const char *name;    /* without the prefix stead_<table>_ */
	const char *columns; /* SQL list; the primary key is appended where the database does not do so itself. NULL: the
	                      * index of this name, from an earlier schema, is dropped */
	const char *where;   /* a partial index, or NULL */
	bool unique;
	/* by era and transaction_id: of no use for rows where both are 0, and where transactions have no numbers, it leaves
	 * them out. A query that is to use it says STEAD_NUMBERED */
	bool by_transaction;
	bool retired; /* no longer made; if an earlier schema has made it, it stays until stead_drop_retired() */
} stead_index;

typedef struct {
	const char *name; /* without the stead_ prefix; not the name of a table function, which it would hide on SQLite */
	const char *doc;
	int schema; /* the schema version that introduced it */
	stead_table_column columns[STEAD_MAX_COLUMNS];
	stead_index indexes[12];
	bool append_only; /* UPDATE, DELETE and TRUNCATE are refused, except those of stead_run_permitted() */
	bool cached;      /* stead_memory_put() may keep what was read from it; changes invalidate that */
	/* INT column: a change invalidates only entries that were read from rows with the same value; or NULL */
	const char *invalidate_by;
	bool positive_only; /* no negative caching: entries hold rows, never their absence, so INSERTs invalidate nothing */
	bool local;         /* its rows mean nothing in another database: they are not exported */
} stead_table;

/* ---- Modules --------------------------------------------------------------------------------------------------- */

/* A setting of Stead's own. stead_init() defines it. */
typedef struct {
	const char *key;  /* stead.<module>.<name> */
	const char *type; /* as for stead_setting_define */
	const char *default_value, *description, *options;
} stead_option;

/* Rows that retention can prune: see upkeep/retention. Its functions are called while the policy's row is locked. */
#define STEAD_TARGET_BUSY (-1)
#define STEAD_TARGET_LATER (-2)
typedef struct {
	const char *name;         /* as stead_retention_set takes it */
	const stead_table *table; /* the table that loses rows; a hold on a table that loses rows with it holds it too */
	int64_t keep_days;        /* the policy after stead_init(); -1: none */
	/* Deletes at most max_rows rows that are strictly older than cutoff, oldest first, and returns how many. 0: there
	 * are none. STEAD_TARGET_BUSY: there may be some, but another call keeps them now. STEAD_TARGET_LATER: there may be
	 * some, but what must come before took the time; the next call gets further. Ends early once stead_now() is past
	 * deadline, but not before it has deleted some. It appends members to details, each with a comma before it; they go
	 * into the audit event of the prune. */
	int64_t (*prune)(stead_call *call, int64_t cutoff, int64_t max_rows, int64_t deadline, stead_buffer *details);
	/* What prune would delete, all batches together: how many rows (it may stop counting at most), and the time of the
	 * oldest one that it counted, or a null. */
	void (*preview)(stead_call *call, int64_t cutoff, int64_t most, int64_t *expired_rows, stead_value *oldest_at);
} stead_target;

/* One tick of a module's upkeep. It works in small steps, with stead_pause() between them, until nothing is left,
 * stead_now() is past deadline or stead_pause() returns false; but at least one step. It appends members to the report,
 * each with a comma before it. If the same call runs another tick of it, the numbers of both are added up, in objects
 * as well; of other members the later one is kept, and of those whose name ends in "_event", which hold the number of
 * an event. Returns whether something is left to do. */
typedef bool stead_tick(stead_call *call, int64_t deadline, stead_buffer *report);

struct stead_recorded;
/* Appends a module's part of stead_metrics(): see core/metric.h. It is called every few seconds, so it counts no large
 * table. */
typedef void stead_measure(stead_call *call, stead_buffer *out);

typedef struct {
	const char *name; /* also the name of its file, its test and its expected output */
	const char *doc;
	const stead_table *tables; /* ends with a nameless one; may be NULL */
	const stead_function *functions;
	int function_count;
	const stead_option *options; /* ends with a keyless one; may be NULL */
	const stead_target *targets; /* ends with a nameless one; may be NULL */
	/* The rest may be NULL. */
	void (*upgrade)(stead_call *call, int64_t from); /* updates rows of an earlier schema version, after the tables */
	void (*begin)(stead_call *call);                 /* called by each stead_init() once the tables are made */
	stead_tick *tick;                                /* called by stead_maintain(), module by module */
	/* Called by stead_maintain() after all ticks; not if the call fails. It appends to the report as a tick does. */
	void (*tick_end)(stead_call *call, stead_buffer *report);
	void (*examine)(stead_call *call); /* emits the rows of stead_doctor() about the module */
	stead_measure *measure;            /* called by stead_metrics() */
	/* Called by stead_import() when all rows are stored, with the tables that had none before; NULL ends them. Nobody
	 * else can write into these tables until the transaction ends. */
	void (*imported)(stead_call *call, const stead_table *const *tables);
	/* What a call does at its end, after about every 64th event of the log, if due() says so: see stead_follow_up(). */
	bool (*due)(stead_call *call);
	void (*follow_up)(stead_call *call, void *nothing);
	/* Stores a change of a row of the application's, where a trigger in C records it: see core/record.h. */
	void (*recorded)(stead_call *call, const struct stead_recorded *change);
} stead_module;

extern const stead_module *const stead_modules[]; /* registry.c; in documentation order, NULL at the end */

/* Error classes. Each host maps them to its codes (SQLSTATE, SQLite result code). */
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

#endif
