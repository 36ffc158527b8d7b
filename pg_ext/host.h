/*
 * host.h - what the files of the PostgreSQL host share: the call's frame, and what most files use. Modules never see
 * it.
 *
 * What few files use has a header of its own: privilege.h (owners and privileges), schema.h (what makes tables),
 * doctor.h, foreign.h. Needed files lie below: from entry.c and enter.c by schema.c and doctor.c, statement.c, begin.c
 * and owner.c down to value.c, extension.c, error.c and memory.c there is no circle.
 */
#ifndef STEAD_PG_HOST_H
#define STEAD_PG_HOST_H

#include "postgres.h"
#include "core/finding.h"
#include "core/host.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "core/cache.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/tuplestore.h"

#include "core/cache_table.h"
#include "core/walk.h"
#include "stead.h"

#define EPOCH_DIFFERENCE INT64CONST(946684800000000) /* microseconds from 1970-01-01 to 2000-01-01 */

/* Lives in the call's memory, not on the stack: after an error only the memory context is left to find it. */
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
	MemoryContext memory;     /* what it was made in */
	MemoryContext row_memory; /* what had to be detoasted for the current row */
	bool open;
	stead_rows *next;
};

/* One call from PostgreSQL. Nothing here needs undoing after an error: transaction abort does that. */
typedef struct {
	stead_call call; /* first: a stead_call is cast back to its frame */
	FunctionCallInfo fcinfo;
	Oid schema;           /* Stead's, once it was asked for */
	Oid anew;             /* the function of an extension made anew meanwhile, which the call is of now */
	MemoryContext memory; /* the caller's: what is made here may be returned */
	deferred_list *deferred;
	stead_rows *open;
	bool started; /* SPI is connected, the path and the user are set */
	int guc_level;
	Oid saved_user;
	int saved_context;
	bool keeps_writers; /* waiting until the transaction ends */
	bool latest;        /* reads take the latest snapshot, for the cache */
	bool cacheable;     /* what is read may be cached */
	bool has_noted;
	uint64 noted; /* the signals so far, before the first read */
	Tuplestorestate *store;
	TupleDesc columns;
	MemoryContext emit_memory;
} frame;

static inline frame *frame_of(stead_call *call)
{
	return (frame *)call;
}

/* ---- memory.c
 * -------------------------------------------------------------------------------------------------------- */

/* Releases all that is in the list, the latest first. */
void release_deferred(void *list);

/* ---- extension.c
 * ------------------------------------------------------------------------------------------------------ */

/* The schema the extension is in: that of the function being called; and its name, as it is. */
Oid own_schema(frame *frame);
char *own_schema_name(frame *frame);
/* Stead's schema as SQL writes it, and as a prefix: "" for public, where it may be left out. */
const char *schema_name(frame *frame);
const char *schema_prefix(frame *frame);
/* SELECT stead_init(); as it is to be called. */
const char *init_call(frame *frame);
/* What changes the extension waits for the transaction's end, and so do others who lock it. True: meanwhile it was made
 * anew, and who may call the function is to be judged again. Raises if it was only dropped. */
bool lock_extension(frame *frame);
/* The function that is called, as the catalog has it now; functions of Stead's own schema, InvalidOid when they are not
 * there, as those of a later library are not in the definitions of an earlier one. */
Oid own_function(frame *frame);
Oid find_function(frame *frame, const char *name, int count, Oid *types);
Oid find_declared(frame *frame, const stead_function *function);
Oid extension_owner(frame *frame);
/* A table of Stead's, or InvalidOid before stead_init(). */
Oid own_table(frame *frame, const char *name);

/* ---- value.c
 * ---------------------------------------------------------------------------------------------------------- */

const char *pg_type_name(stead_type type);
Oid type_oid(stead_type type);
/* The Datum of a value, made in the current memory context. */
Datum to_datum(stead_value value);
stead_value read_argument(FunctionCallInfo fcinfo, int index, stead_type type);

/* ---- begin.c
 * ---------------------------------------------------------------------------------------------------------- */

/* Raises in a transaction that cannot write, before a statement that would; NULL: what would write in another way.
 * PostgreSQL itself refuses some of that as an internal error. */
void refuse_to_write(stead_call *call, const char *sql);
/* Raises where a live read could not take the latest snapshot. */
void refuse_old_snapshot(frame *frame);
/* Begins the use of SPI, with the rights of that role and a safe search_path: with_tables, Stead's schema is in it. */
void start(frame *frame, Oid user, bool with_tables);
/* Begins it with the rights of the tables' owner, unless it has begun. */
void begin_query(stead_call *call);
/* Goes on with the rights of another role. */
void become(frame *frame, Oid user);

/* ---- plan.c: the plan that is kept for a literal, or NULL; and to keep one
 * ----------------------------------------------- */

SPIPlanPtr kept_plan(frame *frame, const char *sql);
void keep_plan(frame *frame, const char *sql, SPIPlanPtr plan);

/* ---- statement.c
 * ------------------------------------------------------------------------------------------------------ */

/* Runs SQL of the host's own to its end. */
void execute(const char *sql);
/* The names a query gives, with commas between, NULL when there are none. */
const char *names(stead_call *call, const char *sql, int count, const stead_value *params);

/* ---- catalog.c
 * -------------------------------------------------------------------------------------------------------- */

/* The rows of a catalog that have this oid in this column, of which there are few, as a list of HeapTuples; the index
 * begins with it. */
List *catalog_rows(Oid catalog, Oid index, AttrNumber column, Oid value);

/* ---- cache.c
 * ---------------------------------------------------------------------------------------------------------- */

cache_table *cache_of_backend(void);

/* ---- rows.c, enter.c
 * -------------------------------------------------------------------------------------------------- */

/* Makes ready for the rows of a table function. */
void start_rows(frame *frame);
Datum stead_enter(FunctionCallInfo fcinfo, const stead_function *function);

#endif
