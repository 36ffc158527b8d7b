/*
 * host.h - what the files of the PostgreSQL host share: the call's frame, and what most files use. Modules never see
 * it.
 *
 * What few files use has a header of its own: privilege.h (owners and privileges), schema.h (what makes tables),
 * doctor.h, foreign.h. A file needs only files below it, so there is no cycle. From the top: entry.c and enter.c;
 * schema.c and doctor.c; statement.c, begin.c and owner.c; value.c, extension.c, error.c and memory.c.
 */
#ifndef STEAD_PG_HOST_H
#define STEAD_PG_HOST_H

#include "postgres.h"
#if PG_VERSION_NUM < 130000
#error "Stead needs PostgreSQL 13 or later; the headers of this server are older"
#endif

#include "core/finding.h"
#include "core/host.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "core/cache.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/queryenvironment.h"
#include "utils/tuplestore.h"

#include "core/cache_table.h"
#include "core/walk.h"
#include "stead.h"

#define EPOCH_DIFFERENCE INT64CONST(946684800000000) /* microseconds from 1970-01-01 to 2000-01-01 */

/* Lives in the call's memory, not on the stack: after an error, only the memory context leads to it. */
typedef struct {
	MemoryContextCallback callback;
	stead_deferred *first;
} deferred_list;

struct stead_rows {
	stead_call *call;
	Portal portal;       /* a built query is fetched in batches; NULL for a kept plan */
	SPITupleTable *rows; /* the current batch */
	uint64 count, at;    /* rows of the batch; the current one is at - 1 */
	uint64 processed;
	MemoryContext memory;     /* where this was allocated */
	MemoryContext row_memory; /* detoasted values of the current row */
	Datum *values;            /* the columns of row number `taken`, taken out of its tuple when one is read */
	bool *nulls;
	uint64 taken;
	int width;    /* of rows that were found by a key: their columns */
	Oid *types;   /* and the types of these; NULL: the rows are SPI's */
	Datum *every; /* the columns of all these rows, one row after another */
	bool *every_null;
	MemoryContext found;            /* where all of this is */
	struct lookup_scan *scan;       /* it gives them one after the other; NULL: they are all there */
	bool (*move)(stead_rows *rows); /* moves it to the next row; false: there is none */
	void (*take)(stead_rows *rows, int index); /* takes a column of the current row, when it is read */
	uint64 had;                                /* a bit for each column that was taken */
	void (*end)(stead_rows *rows);
	bool fetched; /* from the portal */
	bool open;
	stead_rows *next;
};

/* One call from PostgreSQL. Nothing here needs undoing after an error: transaction abort does that. */
typedef struct {
	stead_call call; /* first: a stead_call is cast back to its frame */
	FunctionCallInfo fcinfo;
	Oid schema;           /* Stead's; set when first asked for */
	Oid anew;             /* the function of a recreated extension, which the call now belongs to */
	MemoryContext memory; /* the caller's: what is made here may be returned */
	deferred_list *deferred;
	stead_rows *open;
	bool has_rights; /* those of saved_user are put aside */
	bool started;    /* moreover, SPI is connected and search_path is set */
	int guc_level;
	Oid saved_user;
	int saved_context;
	bool keeps_writers; /* writers wait until the transaction ends */
	bool latest;        /* reads take the latest snapshot, for the cache */
	bool cacheable;     /* what is read may be cached */
	bool judged;        /* the version of the tables is known to be one that may be written to */
	bool has_noted;
	uint64 noted; /* the signal counter before the first read */
	Tuplestorestate *store;
	TupleDesc columns;
	MemoryContext emit_memory;
	MemoryContext of_spi;             /* SPI's memory, until the call ends */
	EphemeralNamedRelationData given; /* the rows of stead_run_rows(): SPI keeps a pointer to it */
	char *local;                      /* what the transaction knows from the end of the call on; NULL: what it knew */
} frame;

static inline frame *frame_of(stead_call *call)
{
	return (frame *)call;
}

/* ---- memory.c --------------------------------------------------------------------------------------------------- */

/* Releases all that is in the list, the latest first. */
void release_deferred(void *list);
/* A query that was opened, and has no rows yet. */
stead_rows *new_rows(stead_call *call);

/* ---- extension.c ------------------------------------------------------------------------------------------------ */

/* Raises: the called function is no longer there. */
_Noreturn void raise_dropped(frame *frame);
/* The extension's schema: that of the called function. And its name, unquoted. */
Oid own_schema(frame *frame);
char *own_schema_name(frame *frame);
/* Stead's schema as SQL writes it, and as a prefix: "" for public, which SQL may leave out. */
const char *schema_name(frame *frame);
const char *schema_prefix(frame *frame);
/* The SQL that calls stead_init(). */
const char *init_call(frame *frame);
/* Locks the extension until the transaction ends: others who change it or lock it wait. True: it was recreated
 * meanwhile, so check again whether the caller may call. Raises if it was dropped and not recreated. */
bool lock_extension(frame *frame);
/* The called function, as the catalog has it now. */
Oid own_function(frame *frame);
/* A function in Stead's schema, or InvalidOid: an earlier version's definitions lack a later library's functions. */
Oid find_function(frame *frame, const char *name, int count, Oid *types);
Oid find_declared(frame *frame, const stead_function *function);
Oid extension_owner(frame *frame);
/* A table of Stead's, or InvalidOid before stead_init(). */
Oid own_table(frame *frame, const char *name);

/* ---- local.c ---------------------------------------------------------------------------------------------------- */

/* What stead_local_set() was given becomes known to the transaction. */
void set_local(frame *frame);

/* ---- value.c ---------------------------------------------------------------------------------------------------- */

const char *pg_type_name(stead_type type);
Oid type_oid(stead_type type);
/* The Datum of a value, made in the current memory context. */
Datum to_datum(stead_value value);
stead_value read_argument(FunctionCallInfo fcinfo, int index, stead_type type);

/* ---- definition.c ----------------------------------------------------------------------------------------------- */

/* Raises unless the called function is defined with the library's argument and result types, and notes in its FmgrInfo
 * that it is. */
void check_definition(frame *frame);
/* Raises unless the rows that are wanted have the library's columns. */
void check_columns(frame *frame);

/* ---- begin.c ---------------------------------------------------------------------------------------------------- */

/* Raises if the transaction cannot write, before a statement that would; sql NULL: before a write by other means.
 * PostgreSQL itself reports some of that as an internal error. */
void refuse_to_write(stead_call *call, const char *sql);
/* Raises where a live read cannot take the latest snapshot. */
void refuse_old_snapshot(frame *frame);
/* The owner of the tables, for a call that will use them: raises before stead_init(), and for a writer where a later
 * library has upgraded them. */
Oid owner_for_use(frame *frame);
/* Starts SPI with the rights of a role and a safe search_path. with_tables: Stead's schema is in the path. */
void start(frame *frame, Oid user, bool with_tables);
/* Starts SPI with the rights of the tables' owner, unless it has started. */
void begin_query(stead_call *call);
/* Takes those rights alone, for what runs no SQL and no function that a user may have put there. */
void begin_without_sql(stead_call *call);
/* Continues with the rights of another role. */
void become(frame *frame, Oid user);
/* Once SPI has started: lets what runs next have the caller's rights and settings, except that it cannot change the
 * role; and goes back. Settings that it changed are undone. */
void put_rights_aside(frame *frame);
void take_rights_again(frame *frame);

/* ---- plan.c: the plan kept for a literal, or NULL --------------------------------------------------------------- */

SPIPlanPtr kept_plan(frame *frame, const char *sql);
void keep_plan(frame *frame, const char *sql, SPIPlanPtr plan);

/* ---- statement.c ------------------------------------------------------------------------------------------------ */

/* The plan of sql that is kept under a key, an address; made if it is not there or not valid, with these options of a
 * cursor. */
SPIPlanPtr find_plan(frame *frame, const char *key, const char *sql, int count, const stead_value *params, int options);
/* An error context callback: the detail of a violated constraint does not show the row. */
void hide_row(void *unused);
/* Runs a plan to its end. An error shows no row. */
void run_plan(stead_call *call, SPIPlanPtr plan, Datum *values, const char *nulls);
/* Runs the host's own SQL to its end. */
void execute(const char *sql);
/* The texts that a query gives, with commas between; NULL: none. */
const char *ask_list(stead_call *call, const char *sql, int count, const stead_value *params);

/* ---- lookup_join.c ---------------------------------------------------------------------------------------------- */

/* Opens a STEAD_BY_KEY query without a plan, with a cursor or without. NULL: it must be planned. */
stead_rows *open_by_key(stead_call *call, const char *sql, bool cursor, int count, const stead_value *params);

/* ---- catalog.c -------------------------------------------------------------------------------------------------- */

/* Lists the rows of a catalog that have this OID in this column, as HeapTuples. The index must begin with the column.
 * There should be few. */
List *catalog_rows(Oid catalog, Oid index, AttrNumber column, Oid value);

/* ---- watch.c ---------------------------------------------------------------------------------------------------- */

/* From now on, tell is called with each relation that a relcache message names, InvalidOid: any. It may be called
 * anywhere, and must neither fail nor look anything up. The same one again is allowed. */
void watch_relations(void (*tell)(Oid relation));

/* ---- cache.c ---------------------------------------------------------------------------------------------------- */

cache_table *cache_of_backend(void);

/* ---- rows.c, enter.c -------------------------------------------------------------------------------------------- */

/* Prepares for the rows of a table function. */
void start_rows(frame *frame);
/* Ends a call that succeeded: closes its queries, and gives the caller his rights and settings back. */
void end_call(frame *frame);
Datum stead_enter(FunctionCallInfo fcinfo, const stead_function *function);

#endif
