/*
 * host.h - what the files of the PostgreSQL host share. Modules never see it.
 */
#ifndef STEAD_PG_HOST_H
#define STEAD_PG_HOST_H

#include "postgres.h"
#include "core/host.h"
#include "core/foreign.h"
#include "core/upkeep.h"
#include "core/cache.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/tuplestore.h"

#include "core/cache_table.h"
#include "stead.h"

#define EPOCH_DIFFERENCE INT64CONST(946684800000000) /* microseconds from 1970-01-01 to 2000-01-01 */

typedef struct deferred {
	void (*release)(void *handle);
	void *handle;
	struct deferred *next;
} deferred;

/* Lives in the call's memory, not on the stack: after an error only the memory context is left to find it. */
typedef struct {
	MemoryContextCallback callback;
	deferred *first;
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
	bool latest;       /* reads take the latest snapshot, for the cache */
	bool rememberable; /* what is read may be remembered */
	bool has_noted;
	uint64 noted;      /* the signals so far, before the first read */
	Tuplestorestate *store;
	TupleDesc columns;
	MemoryContext emit_memory;
} frame;

static inline frame *frame_of(stead_call *call)
{
	return (frame *)call;
}

Datum stead_enter(FunctionCallInfo fcinfo, const stead_function *function);

/* The schema the extension is in: that of the function being called; and its name, as it is. */
Oid own_schema(frame *frame);
char *own_schema_name(frame *frame);
/* A table of Stead's, or InvalidOid before stead_init(). */
Oid own_table(frame *frame, const char *name);
/* Begins the use of SPI, with the rights of that role and a safe search_path: with_tables, Stead's schema is in it. */
void start(frame *frame, Oid user, bool with_tables);
/* Begins it with the rights of the tables' owner, unless it has begun. */
void begin_query(stead_call *call);
/* Goes on with the rights of another role. */
void become(frame *frame, Oid user);
/* Runs SQL of the host's own to its end. */
void execute(const char *sql);
const char *pg_type_name(stead_type type);
Oid type_oid(stead_type type);
/* extension.c: the function that is called, as the catalog has it now; functions of Stead's own schema, InvalidOid when they are not
 * there, as those of a later library are not in the definitions of an earlier one. */
Oid own_function(frame *frame);
Oid find_function(frame *frame, const char *name, int count, Oid *types);
Oid find_declared(frame *frame, const stead_function *function);
Oid extension_owner(frame *frame);
/* What changes the extension waits for the transaction's end, and so do others who lock it. True: meanwhile it was made anew, and who
 * may call the function is to be judged again. Raises if it was only dropped. */
bool lock_extension(frame *frame);
_Noreturn void raise_dropped(frame *frame);
/* owner.c: the owner of the table stead_schema, and so of the others; InvalidOid before stead_init(). */
Oid owner_of_tables(frame *frame);
/* Has the role these privileges on Stead's schema? */
bool may_in_schema(frame *frame, Oid role, AclMode mode);
/* Is it, by its name and schema, a table of Stead's? */
bool is_steads_own(frame *frame, Oid relation);
/* Refuses a plan with a table that is another's where Stead's should be. */
void refuse_strangers(stead_call *call, SPIPlanPtr plan);
/* Part of stead_init(): refuses while a table of Stead's is another's than their owner's. */
void check_tables(frame *frame, Oid owner, Oid tables_owner);
/* SQL that alters a table of Stead's, as a remedy. It can run what the tables' owner planted there: nobody else is to run it, least of
 * all a superuser. */
const char *for_owner(frame *frame, const char *sql);
/* What the doctor says of it; false: no query can do with what is there. */
bool examine_owners(stead_call *call);
/* Stead's schema as SQL writes it, and as a prefix: "" for public, where it may be left out. */
const char *schema_name(frame *frame);
const char *schema_prefix(frame *frame);
/* SELECT stead_init(); as it is to be called. */
const char *init_call(frame *frame);

/* plan.c: the plan that is kept for a literal, or NULL; and to keep one. */
SPIPlanPtr kept_plan(frame *frame, const char *sql);
void keep_plan(frame *frame, const char *sql, SPIPlanPtr plan);

/* schema.c: parts of what makes a table: its primary key, an index, and what fills a column, as SQL and as the catalog shows it. */
const char *key_list(const stead_table *table);
const char *index_sql(frame *frame, const stead_table *table, const stead_index *index);
/* Refuses, with a hint, when the role at work may not create an index or a sequence of the table in Stead's schema. */
void need_create(frame *frame, const char *table);
const char *column_fill(const stead_table_column *column);
const char *range_sql(const stead_table_column *column); /* the CHECK of its range, NULL: it has none */
const char *column_fill_shown(const stead_table_column *column);

/* shape.c: visits each way in which a table is not as stead_init() makes it, with the statement that mends it. Those of a column
 * are for its owner to judge, mend is a remedy then, or NULL; the others stead_init() mends, a CHECK where no row breaks it. False: a
 * column is missing, or of another type. */
typedef enum { SHAPE_COLUMN, SHAPE_CONSTRAINT, SHAPE_INDEX, SHAPE_CHECK, SHAPE_PARTS } shape_part;
typedef void shape_visit(shape_part part, const char *what, const char *mend, void *data);
bool compare_shape(frame *frame, const stead_table *declared, Oid relation, shape_visit *visit, void *data);
void mend_shape(frame *frame, const stead_table *declared, Oid relation);

/* grant.c: refuses who may not call stead_init(); gives the extension's owner EXECUTE, true when he lacked some. */
void admit(frame *frame);
bool admit_owner(frame *frame, Oid owner);
/* Gives the tables' owner EXECUTE on the trigger functions: who makes a trigger needs that. */
void admit_tables_owner(frame *frame, Oid tables_owner);
/* Who called, whatever rights the call goes on with; whose the functions are. */
Oid caller(frame *frame);
Oid functions_owner(frame *frame);
/* The functions of the audiences from one to another with their argument types, as GRANT wants them; "" for none. With lacking,
 * only those that this role may not execute. */
const char *function_list(frame *frame, stead_audience from, stead_audience to, Oid lacking);
/* Does the role itself, and not one that it is in, hold EXECUTE on each function of the audience alone? */
bool holds(frame *frame, Oid role, stead_audience audience);
/* The functions that the extension's owner may not execute: to make the triggers, he needs theirs as well. */
const char *owner_lacks(frame *frame, Oid owner);

/* granted.c: notes what a role has, or for STEAD_PUBLIC that it has nothing; true when that is news. Rows of its name go as well, but
 * for those of a role that was called so and lives. */
bool note_grant(stead_call *call, Oid role, const char *name, stead_audience audience);
/* Notes what roles hold already: what was given before there was a table to note it in. */
void note_grants_held(stead_call *call);
void examine_grants(stead_call *call);

/* doctor.c: refuses to make tables while others of them are in another schema. */
void refuse_elsewhere(frame *frame);
/* Emits a row; the names a query gives, with commas between, NULL when there are none. */
void report(stead_call *call, const char *check, bool good, const char *bad_status, const char *detail, const char *remedy);
const char *names(stead_call *call, const char *sql, int count, const stead_value *params);

/* foreign.c: which table was found, and how a table is named there. */
Oid foreign_relation(const stead_foreign *table);
void foreign_names(stead_call *call, Oid relation, stead_value *name, stead_value *full_name);
/* kin.c: the name of the table, or of one whose rows change when rows of it are deleted, that has a deferred trigger; or NULL. */
const char *foreign_deferred(stead_call *call, Oid relation);

/* The triggers a table may need, the first of which tell of a remembered table's changes: the name, and the event and level as SQL
 * and as tgtype. */
#define STEAD_SIGNAL_TRIGGERS 3
#define STEAD_TRIGGERS 5
typedef struct {
	const char *name, *when, *level, *function;
	int16 type;
	bool signal;
} trigger_kind;
extern const trigger_kind table_triggers[STEAD_TRIGGERS];
/* Has the table a trigger of this kind, calling Stead's own function and in force? */
bool has_trigger(frame *frame, Oid relation, const trigger_kind *kind);
/* Does the table need this trigger of table_triggers and lack it, or have another in its place? */
bool lacks_trigger(frame *frame, const stead_table *table, Oid relation, int index);
cache_table *cache_of_backend(void);
/* Exported like those in entry.c; before PostgreSQL 16 PGDLLEXPORT says nothing of visibility. */
__attribute__((visibility("default"))) Datum stead_refuse_change(PG_FUNCTION_ARGS);
__attribute__((visibility("default"))) Datum stead_signal_change(PG_FUNCTION_ARGS);

/* Raises in a transaction that cannot write, before a statement that would; NULL: what would write in another way. PostgreSQL
 * itself refuses some of that as an internal error. */
void refuse_to_write(stead_call *call, const char *sql);

/* number.c: has every numbered table go on after its highest number, and what stead_doctor() says of that. */
void number_on(stead_call *call);
void report_numbers(stead_call *call);

#endif
