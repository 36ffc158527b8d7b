/*
 * cache.c - remember and recall: memory that a backend empties, in parts, when the tables behind it change.
 *
 * Triggers on a remembered table send a relcache invalidation, which travels with the commit; every backend reads it
 * before it looks anything up here. It names not the table, whose plans it would drop, but a proxy: one of the
 * extension's composite types stead_signal.signal_<n>, relations without columns or storage. Three things make that safe.
 * AcceptInvalidationMessages() runs on every recall. What is to be remembered is read with the latest snapshot, not the
 * statement's. And an entry is stored with the count of signals noted before the read, so that any given since makes it
 * stale. A reader that must keep its transaction's snapshot (REPEATABLE READ and up) recalls nothing; a live read, which
 * must not keep it, does. Without the triggers (the extension was dropped and made again, stead_init() not yet run), and
 * of a table that has children, nothing is remembered.
 *
 * Of the tables themselves a message tells that they may have been altered, their triggers among it; but VACUUM, ANALYZE and their
 * automatic kind send it as well. So it only has the catalogs looked at, before anything is recalled: what was remembered goes
 * if a row there is not as it was. No alteration leaves it as it was, one that is taken back at once neither: the row has
 * another transaction's number then.
 */
#include "schema.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "common/hashfn.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* A relation whose invalidation means something here. */
typedef struct {
	Oid relation;
	bool looked_up;            /* since the last message about it, or, of a table, since it was altered */
	uint64 messages, examined; /* of a table: how many there were, and how many when it was looked at */
	uint64 print;              /* what the catalogs said then */
} watch;

static void *get_memory(void *host, size_t size);
static void put_memory(void *host, void *memory);

static cache_table memo = {.get = get_memory, .put = put_memory};
static watch signals[STEAD_SIGNALS];          /* the proxies */
static watch tables[STEAD_MAX_CACHED_TABLES];    /* what happens to the tables themselves: triggers dropped, say */
static const stead_table *watched[STEAD_MAX_CACHED_TABLES];
static uint64 table_messages, tables_examined; /* the same of all tables */

cache_table *cache_of_backend(void)
{
	return &memo;
}

static void *get_memory(void *host, size_t size)
{
	static MemoryContext context = NULL;

	(void)host;
	if (!context)
		context = AllocSetContextCreate(TopMemoryContext, "stead cache", ALLOCSET_DEFAULT_SIZES);
	return MemoryContextAllocExtended(context, size, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

static void put_memory(void *host, void *memory)
{
	(void)host;
	pfree(memory);
}

/* The callback only counts: it may run anywhere, and must neither fail nor look anything up. */
static void on_relcache(Datum unused, Oid relation)
{
	(void)unused;
	if (!OidIsValid(relation)) {
		cache_table_signal_all(&memo);
		for (int i = 0; i < STEAD_SIGNALS; i++)
			signals[i].looked_up = false;
		for (int i = 0; i < STEAD_MAX_CACHED_TABLES; i++)
			tables[i].looked_up = false;
		return;
	}
	for (int i = 0; i < STEAD_SIGNALS; i++)
		if (signals[i].relation == relation) {
			cache_table_signal(&memo, i);
			signals[i].looked_up = false;
			return;
		}
	for (int i = 0; i < STEAD_MAX_CACHED_TABLES; i++)
		if (tables[i].relation == relation) {
			tables[i].messages++;
			table_messages++;
			return;
		}
}

/* Has the table the triggers that tell of its changes? */
static bool has_signals(frame *frame, Oid relation)
{
	if (get_rel_relkind(relation) != RELKIND_RELATION || has_subclass(relation))
		return false; /* a child's changes would not be told */
	for (int i = 0; i < STEAD_SIGNAL_TRIGGERS; i++)
		if (!has_trigger(frame, relation, &table_triggers[i]))
			return false;
	return true;
}

static Oid relation_of(frame *frame, const stead_table *table)
{
	char name[NAMEDATALEN];

	snprintf(name, sizeof name, "stead_%s", table->name);
	return own_table(frame, name);
}

static uint64 add_rows(uint64 print, Oid catalog, Oid index, AttrNumber column, Oid relation)
{
	Relation rows = table_open(catalog, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple row;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(rows, index, true, NULL, 1, &key);
	while (HeapTupleIsValid(row = systable_getnext(scan))) {
		print = hash_combine64(print, HeapTupleHeaderGetRawXmin(row->t_data));
		print = hash_combine64(print, HeapTupleHeaderGetRawCommandId(row->t_data)); /* a transaction may alter it twice */
	}
	systable_endscan(scan);
	table_close(rows, AccessShareLock);
	return print;
}

/* What alters when the table is altered: which transactions and commands wrote its rows in the catalogs. What VACUUM and ANALYZE write there,
 * they write in place. 0: there is no such table. */
static uint64 print_of(Oid relation)
{
	uint64 print = relation;

	if (!OidIsValid(relation))
		return 0;
	print = add_rows(print, RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, relation);
	print = add_rows(print, AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, relation);
	return add_rows(print, TriggerRelationId, TriggerRelidNameIndexId, Anum_pg_trigger_tgrelid, relation);
}

/* Looks at the tables that there were messages about. A message that comes meanwhile, and an error, leave them to be looked at. */
static void examine_tables(frame *frame)
{
	uint64 all = table_messages;

	for (int i = 0; i < STEAD_MAX_CACHED_TABLES && watched[i]; i++) {
		uint64 messages = tables[i].messages, print;
		Oid relation;

		if (tables[i].examined == messages)
			continue;
		relation = relation_of(frame, watched[i]);
		print = print_of(relation);
		if (relation != tables[i].relation || print != tables[i].print) {
			cache_table_signal_all(&memo);
			tables[i].looked_up = false;
			tables[i].print = print;
		}
		tables[i].examined = messages;
	}
	tables_examined = all;
}

/* Points the watch at the relation. False if it was not so before: a message may have been missed. */
static bool keep_watch(watch *watch, Oid relation)
{
	bool before = watch->relation == relation;

	watch->relation = relation;
	watch->looked_up = true;
	return before;
}

/* Was every change of the source since the read sure to be noticed? If not, the next one will be. */
static bool is_watched(frame *frame, const stead_cache_source *source)
{
	int signal = stead_signal_of(source->table, source->value), i = 0;
	bool good = true;

	while (watched[i] && watched[i] != source->table)
		if (++i == STEAD_MAX_CACHED_TABLES)
			return false;
	watched[i] = source->table;
	if (!tables[i].looked_up) {
		Oid relation = relation_of(frame, source->table);
		uint64 print = print_of(relation);

		good = keep_watch(&tables[i], relation) && print == tables[i].print;
		tables[i].print = print;
		if (!OidIsValid(relation) || !has_signals(frame, relation))
			return tables[i].looked_up = false;
	}
	if (!signals[signal].looked_up) {
		Oid relation = signal_relation(signal);

		good &= keep_watch(&signals[signal], relation);
		if (!OidIsValid(relation))
			return signals[signal].looked_up = false;
	}
	return good;
}

/* Takes in what other backends told. False: this call must keep to its transaction's snapshot. */
static bool catch_up(frame *frame)
{
	static bool registered = false;

	if (IsolationUsesXactSnapshot() && frame->call.function->effect != STEAD_LIVE)
		return false;
	if (!registered) {
		CacheRegisterRelcacheCallback(on_relcache, (Datum)0);
		registered = true;
	}
	AcceptInvalidationMessages();
	if (tables_examined != table_messages)
		examine_tables(frame);
	if (!frame->has_noted) {
		frame->has_noted = true;
		frame->noted = memo.given;
	}
	return true;
}

/* What is read next may be remembered. A parallel worker lives for one query, whose snapshot is right for it; its leader
 * can take no newer one meanwhile. What a writer reads, it reads with a snapshot of its own time anyway. */
static void expect_read(frame *frame)
{
	bool writes = frame->call.function->effect == STEAD_WRITES;

	frame->latest = !writes && !IsInParallelMode();
	frame->rememberable = frame->latest || writes || IsParallelWorker();
}

const void *stead_cache_get(stead_call *call, const stead_table *space, const void *key, size_t key_size, size_t *size)
{
	const void *found = NULL;

	if (catch_up(frame_of(call))) {
		found = cache_table_get(&memo, space, key, key_size, size);
		if (!found)
			expect_read(frame_of(call));
	}
	return found;
}

bool stead_cache_consistent(stead_call *call)
{
	frame *frame = frame_of(call);

	if (!frame->has_noted || !catch_up(frame) || frame->noted == memo.given)
		return true;
	frame->has_noted = false; /* the next attempt counts from its own beginning */
	return false;
}

void stead_cache_invalidate(stead_call *call, const stead_table *space, const void *key, size_t key_size)
{
	cache_table_remove(&memo, space, key, key_size); /* whatever snapshot the call keeps to */
	if (catch_up(frame_of(call)))
		expect_read(frame_of(call));
}

void stead_cache_put(stead_call *call, const stead_table *space, const void *key, size_t key_size, const void *data,
                    size_t size, const stead_cache_source *sources, int source_count, int64_t max_entries)
{
	frame *frame = frame_of(call);
	bool good = frame->rememberable;

	for (int i = 0; i < source_count && frame->rememberable; i++)
		good &= is_watched(frame, &sources[i]);
	if (good)
		cache_table_put(&memo, space, key, key_size, data, size, sources, source_count, frame->noted, max_entries);
}
