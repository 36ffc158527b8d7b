/*
 * insert.c - rows of a table that numbers them, stored without the executor.
 *
 * An INSERT of one row costs more in the executor, which is made ready for it and taken down, than in the table and its
 * indexes. So rows are put there as COPY and logical replication put them: with the table's constraints and indexes, by
 * the same functions. But only where an INSERT would do no more: a table of Stead's own owner, as stead_init() made it,
 * or with more indexes, CHECKs and nullable columns. Triggers on INSERT, rules, row security, other columns with
 * defaults, partitions, a revoked privilege, or an extension that looks at the privileges of statements: then each row
 * is an INSERT. Nor is search_path set where no function would be called that goes by it.
 *
 * A number that is taken is found before the row is stored, with the eyes of a unique index, which sees what is not
 * committed yet. ON CONFLICT would do the same, and then write a second WAL record for each row and lock it. Who takes
 * the number in the moment between makes the call fail with a unique violation. So once a number was taken, and more of
 * the import may follow, the backend's next rows are INSERTs with ON CONFLICT.
 */
#include "lookup.h"
#include "sequence.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#if PG_VERSION_NUM >= 160000
#define INSERT_INDEX_TUPLES(result, slot, state)                                                                       \
	ExecInsertIndexTuples(result, slot, state, false, false, NULL, NIL, false)
#elif PG_VERSION_NUM >= 140000
#define INSERT_INDEX_TUPLES(result, slot, state) ExecInsertIndexTuples(result, slot, state, false, false, NULL, NIL)
#else
#define INSERT_INDEX_TUPLES(result, slot, state) ExecInsertIndexTuples(slot, state, false, NULL, NIL)
#endif

#define MOST_AT_ONCE 256 /* rows */
#define WARY_ROWS 1000   /* after a number that was taken */

static int64 wary; /* so many rows are still INSERTs */

typedef struct {
	stead_call *call;
	const stead_table *declared;
	Relation table;
	Relation key; /* the primary key's index */
	Oid sequence;
	AttrNumber number;                         /* the numbered column */
	int columns;                               /* that are given */
	AttrNumber given[2 * STEAD_MAX_COLUMNS]; /* where they are */
	EState *state;
	ResultRelInfo *result;
} insertion;

/* ---- Where it may be done --------------------------------------------------------------------------------------- */

static bool fires_on_insert(const TriggerDesc *triggers)
{
	return triggers && (triggers->trig_insert_before_row || triggers->trig_insert_after_row ||
	                    triggers->trig_insert_before_statement || triggers->trig_insert_after_statement);
}

static bool is_plain(Relation table)
{
	Form_pg_class row = table->rd_rel;

	return row->relkind == RELKIND_RELATION && !row->relrowsecurity && !row->relispartition && !table->rd_rules &&
	       !fires_on_insert(table->trigdesc) && row->relpersistence != RELPERSISTENCE_TEMP &&
	       row->relowner == GetUserId() && !ExecutorCheckPerms_hook &&
	       pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

static bool has_type(Form_pg_attribute column, Oid type)
{
	return column->atttypid == type && column->atttypmod == -1;
}

/* Does the list of columns go on with this one? Returns what follows its name, or NULL. */
static const char *after_name(const char *at, Form_pg_attribute column)
{
	const char *name = NameStr(column->attname);

	while (*name && *name == *at)
		name++, at++;
	return *name || (*at != ',' && *at != ')') || column->attisdropped ? NULL : at;
}

/* Finds the columns that the statement names, in its order, and sees that nothing is to be computed for the others. */
static bool find_columns(insertion *insertion, const char *sql, const stead_value *row)
{
	TupleDesc form = RelationGetDescr(insertion->table);
	const char *at = strchr(sql, '('), *end;
	bool *known = palloc0((size_t)form->natts + 1);
	int next = 0;

	for (int i = 0; i < insertion->columns; i++) {
		Form_pg_attribute column;
		int tried = 0;

		while (*at == '(' || *at == ',' || *at == ' ')
			at++;
		do { /* most often it is the next */
			if (tried++ == form->natts)
				return false;
			column = TupleDescAttr(form, next);
			next = (next + 1) % form->natts;
			end = after_name(at, column);
		} while (!end);
		if (column->attgenerated || column->attidentity || !has_type(column, type_oid(row[i].type)))
			return false;
		insertion->given[i] = column->attnum;
		known[column->attnum] = true;
		at = end;
	}
	for (int i = 0; i < form->natts; i++) {
		Form_pg_attribute column = TupleDescAttr(form, i);

		if (column->attisdropped || known[i + 1])
			continue;
		if (column->attidentity && !insertion->number && has_type(column, INT8OID) &&
		    strcmp(NameStr(column->attname), insertion->declared->columns[0].name) == 0)
			insertion->number = (AttrNumber)(i + 1);
		else if (column->atthasdef || column->attidentity || get_typtype(column->atttypid) == TYPTYPE_DOMAIN)
			return false;
	}
	return insertion->number != 0;
}

static bool find_key(insertion *insertion)
{
	for (int i = 0; i < insertion->result->ri_NumIndices; i++) {
		Relation index = insertion->result->ri_IndexRelationDescs[i];

		if (index->rd_index->indisprimary && index->rd_index->indimmediate && index->rd_index->indisvalid &&
		    index->rd_index->indnkeyatts == 1 && index->rd_index->indkey.values[0] == insertion->number) {
			insertion->key = index;
			return true;
		}
	}
	return false;
}

static void leave(insertion *insertion)
{
	if (insertion->state) {
		ExecResetTupleTable(insertion->state->es_tupleTable, false);
		ExecCloseIndices(insertion->result);
		FreeExecutorState(insertion->state);
	}
	table_close(insertion->table, NoLock);
}

/* False: the rows are for the executor. */
static bool enter(insertion *insertion, const char *sql, const stead_value *row)
{
	frame *frame = frame_of(insertion->call);
	char name[NAMEDATALEN];
	Oid relation;

	snprintf(name, sizeof name, "stead_%s", insertion->declared->name);
	relation = own_table(frame, name);
	if (PG_VERSION_NUM < 140000 || !OidIsValid(relation)) /* before, an executor's state had one result relation */
		return false;
	insertion->table = table_open(relation, RowExclusiveLock);
	if (is_plain(insertion->table) && find_columns(insertion, sql, row)) {
		insertion->sequence = sequence_of_column(insertion->table, insertion->number);
		insertion->state = CreateExecutorState();
		insertion->result = makeNode(ResultRelInfo);
		InitResultRelInfo(insertion->result, insertion->table, 0, NULL, 0);
		ExecOpenIndices(insertion->result, false);
		if (OidIsValid(insertion->sequence) && find_key(insertion))
			return true;
	}
	leave(insertion);
	return false;
}

/* ---- Numbers ---------------------------------------------------------------------------------------------------- */

/* Is one of these numbers, which ascend, that of a row? Of one that is not committed yet, the transaction is waited
 * for. */
static bool is_taken(insertion *insertion, int64_t count, const int64_t *numbers)
{
	TupleTableSlot *slot = table_slot_create(insertion->table, NULL);
	int keys = count == 1 ? 1 : 2;
	TransactionId other;
	bool taken = false;
	SnapshotData dirty;
	ScanKeyData key[2];

	InitDirtySnapshot(dirty);
	ScanKeyInit(&key[0], 1, keys == 1 ? BTEqualStrategyNumber : BTGreaterEqualStrategyNumber,
	            keys == 1 ? F_INT8EQ : F_INT8GE, Int64GetDatum(numbers[0]));
	ScanKeyInit(&key[1], 1, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(numbers[count - 1]));
	do {
		IndexScanDesc scan = index_beginscan(insertion->table, insertion->key, &dirty, keys, 0);
		ItemPointerData place;
		int64_t at = 0;

		other = InvalidTransactionId;
		index_rescan(scan, key, keys, NULL, 0);
		while (!taken && !TransactionIdIsValid(other) && index_getnext_slot(scan, ForwardScanDirection, slot)) {
			bool null;
			int64_t number = DatumGetInt64(slot_getattr(slot, insertion->number, &null));

			while (at < count && numbers[at] < number)
				at++;
			if (at == count || numbers[at] != number)
				continue; /* another writer's, who was given it */
			other = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
			place = slot->tts_tid;
			taken = !TransactionIdIsValid(other);
		}
		ExecClearTuple(slot);
		index_endscan(scan);
		if (TransactionIdIsValid(other))
			XactLockTableWait(other, insertion->table, &place, XLTW_InsertIndex);
	} while (TransactionIdIsValid(other));
	ExecDropSingleTupleTableSlot(slot);
	return taken;
}

/* Draws numbers that are free and ascend. False: the sequence gives others. */
static bool draw(insertion *insertion, int64_t count, int64_t *numbers)
{
	for (int i = 0;; i++) {
		for (int64_t k = 0; k < count; k++) {
			numbers[k] = nextval_internal(insertion->sequence, false);
			if (k > 0 && numbers[k] <= numbers[k - 1])
				return false;
		}
		if (!is_taken(insertion, count, numbers))
			return true;
		wary = WARY_ROWS;
		if (i == STEAD_SEQUENCE_RETRIES)
			stead_raise(insertion->call, STEAD_CONFLICT, "stead_%s: number " INT64_FORMAT " of stead_%s is taken",
			            insertion->call->function->name, numbers[0], insertion->declared->name);
		begin_query(insertion->call);
		stead_sequence_repair(insertion->call, insertion->declared);
	}
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static TupleTableSlot *fill(insertion *insertion, int64_t number, const stead_value *row)
{
	TupleTableSlot *slot = table_slot_create(insertion->table, &insertion->state->es_tupleTable);

	memset(slot->tts_isnull, true, (size_t)slot->tts_tupleDescriptor->natts * sizeof *slot->tts_isnull);
	memset(slot->tts_values, 0, (size_t)slot->tts_tupleDescriptor->natts * sizeof *slot->tts_values);
	for (int i = 0; i < insertion->columns; i++) {
		slot->tts_values[insertion->given[i] - 1] = to_datum(row[i]);
		slot->tts_isnull[insertion->given[i] - 1] = row[i].null;
	}
	slot->tts_values[insertion->number - 1] = Int64GetDatum(number);
	slot->tts_isnull[insertion->number - 1] = false;
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(insertion->table);
	if (insertion->table->rd_att->constr) {
		ExecConstraints(insertion->result, slot, insertion->state);
		ResetPerTupleExprContext(insertion->state);
	}
	return slot;
}

static void put(insertion *insertion, int64_t count, const stead_value *values, const int64_t *numbers)
{
	ErrorContextCallback discretion = {.callback = hide_row, .previous = error_context_stack};
	CommandId command = GetCurrentCommandId(true);
	TupleTableSlot *slots[MOST_AT_ONCE];

	error_context_stack = &discretion;
	for (int64_t i = 0; i < count; i++)
		slots[i] = fill(insertion, numbers[i], values + i * insertion->columns);
	if (count == 1)
		table_tuple_insert(insertion->table, slots[0], command, 0, NULL);
	else
		table_multi_insert(insertion->table, slots, (int)count, command, 0, NULL);
	for (int64_t i = 0; i < count; i++) {
		if (insertion->result->ri_NumIndices > 0)
			INSERT_INDEX_TUPLES(insertion->result, slots[i], insertion->state);
		ResetPerTupleExprContext(insertion->state);
	}
	error_context_stack = discretion.previous;
}

static bool calls_function(Node *node, void *unused)
{
	if (!node || IsA(node, Var) || IsA(node, Const))
		return false;
	return !IsA(node, List) && !IsA(node, BoolExpr) && !IsA(node, NullTest)
	           ? true
	           : expression_tree_walker(node, calls_function, unused);
}

/* CHECKs and indexes may call functions of a user's. */
static bool runs_sql(const insertion *insertion)
{
	const TupleConstr *constraints = RelationGetDescr(insertion->table)->constr;

	if (constraints && constraints->num_check > 0)
		return true;
	for (int i = 0; i < insertion->result->ri_NumIndices; i++) {
		IndexInfo *index = insertion->result->ri_IndexRelationInfo[i];

		if (index->ii_Expressions != NIL || index->ii_ExclusionOps || calls_function((Node *)index->ii_Predicate, NULL))
			return true;
	}
	return false;
}

/* At most MOST_AT_ONCE rows. False: they are for the executor, and nothing was stored. */
static bool insert_plain(stead_call *call, const stead_table *table, const char *sql, int columns, int64_t count,
                         const stead_value *values, int64_t *ids)
{
	frame *frame = frame_of(call);
	insertion insertion = {.call = call, .declared = table, .columns = columns};
	MemoryContext before = MemoryContextSwitchTo(frame->memory);
	bool done = enter(&insertion, sql, values);

	if (done) {
		if (runs_sql(&insertion))
			begin_query(call);
		done = draw(&insertion, count, ids);
		if (done)
			put(&insertion, count, values, ids);
		leave(&insertion);
		CommandCounterIncrement();
	}
	MemoryContextSwitchTo(before);
	return done;
}

/* ---- The port --------------------------------------------------------------------------------------------------- */

static int64_t insert_one(stead_call *call, const stead_table *table, const char *sql, int columns,
                          const stead_value *row)
{
	stead_value id = stead_insert_numbered(call, table, sql, columns, row);

	return id.null ? 0 : id.integer;
}

int64_t stead_insert_rows(stead_call *call, const stead_table *table, const char *sql, int columns, int64_t count,
                          const stead_value *values, int64_t *last)
{
	int64_t stored = 0, ids[MOST_AT_ONCE];

	refuse_to_write(call, sql);
	begin_without_sql(call);
	for (int64_t done = 0, some; done < count; done += some) {
		const stead_value *rows = values + done * columns;

		CHECK_FOR_INTERRUPTS();
		some = Min(count - done, MOST_AT_ONCE);
		if (wary <= 0 && insert_plain(call, table, sql, columns, some, rows, ids)) {
			stored += some;
			*last = ids[some - 1];
			continue;
		}
		wary = Max(wary - some, 0);
		for (int64_t i = 0; i < some; i++) {
			*last = insert_one(call, table, sql, columns, rows + i * columns);
			stored += *last != 0;
		}
	}
	return stored;
}
