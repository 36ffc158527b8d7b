/*
 * cache.c - the cache of a backend, which is invalidated when the tables behind it change.
 *
 * Triggers on a cached table send a relcache invalidation message with the commit. Each backend reads such messages
 * before it uses its cache. A message names not the table, whose plans it would drop, but a proxy: one of the
 * extension's composite types stead_signal.signal_<n>, which are relations without columns or storage. Three things
 * make that safe. Every get calls AcceptInvalidationMessages(). What will be put is read with the latest snapshot, not
 * the statement's. And an entry is stored with the counter of signals noted before the read, so that every later signal
 * invalidates it. A reader that must keep its transaction's snapshot (REPEATABLE READ and higher) does not use the
 * cache; a live read, which must not keep it, does. Nothing is cached of a table that lacks the triggers (the extension
 * was dropped and made again, and stead_init() has not run yet) or that has children.
 *
 * A message about a table itself says that the table, or one of its triggers, may have been altered. VACUUM, ANALYZE
 * and autovacuum send it too. So before the next get, the backend looks at the table's rows in the catalogs, and
 * invalidates all if one has changed. Every alteration changes them, even one that is undone at once: the row has
 * another xmin then.
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

/* A relation whose invalidation messages matter here. */
typedef struct {
	Oid relation;
	bool looked_up;            /* looked up since the last message about it; for a table: since it was altered */
	uint64 messages, examined; /* for a table: the number of messages, and that number when it was last examined */
	uint64 print;              /* its hash of the catalogs then: print_of() */
} watch;

static void *get_memory(void *host, size_t size);
static void put_memory(void *host, void *memory);

static cache_table cache = {.get = get_memory, .put = put_memory};
static watch signals[STEAD_SIGNALS];          /* the proxies */
static watch tables[STEAD_MAX_CACHED_TABLES]; /* the tables themselves: their triggers may be dropped, for example */
static const stead_table *watched[STEAD_MAX_CACHED_TABLES];
static uint64 table_messages, tables_examined; /* the same numbers for all tables together */

cache_table *cache_of_backend(void)
{
	return &cache;
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

static void on_relcache(Oid relation)
{
	if (!OidIsValid(relation)) {
		cache_table_signal_all(&cache);
		for (int i = 0; i < STEAD_SIGNALS; i++)
			signals[i].looked_up = false;
		for (int i = 0; i < STEAD_MAX_CACHED_TABLES; i++)
			tables[i].looked_up = false;
		return;
	}
	for (int i = 0; i < STEAD_SIGNALS; i++)
		if (signals[i].relation == relation) {
			cache_table_signal(&cache, i);
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

/* Does the table have the triggers that invalidate? */
static bool has_signals(frame *frame, Oid relation)
{
	if (get_rel_relkind(relation) != RELKIND_RELATION || has_subclass(relation))
		return false; /* a child's changes would invalidate nothing */
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
		print =
			hash_combine64(print, HeapTupleHeaderGetRawCommandId(row->t_data)); /* a transaction may alter it twice */
	}
	systable_endscan(scan);
	table_close(rows, AccessShareLock);
	return print;
}

/* A hash of the transactions and commands that wrote the table's rows in the catalogs, so that it changes when the
 * table is altered. VACUUM and ANALYZE update these rows in place. 0: there is no such table. */
static uint64 print_of(Oid relation)
{
	uint64 print = relation;

	if (!OidIsValid(relation))
		return 0;
	print = add_rows(print, RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, relation);
	print = add_rows(print, AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid, relation);
	return add_rows(print, TriggerRelationId, TriggerRelidNameIndexId, Anum_pg_trigger_tgrelid, relation);
}

/* Examines the tables that messages were about. After an error, or a message that arrives meanwhile, the next call
 * examines them again. */
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
			cache_table_signal_all(&cache);
			tables[i].looked_up = false;
			tables[i].print = print;
		}
		tables[i].examined = messages;
	}
	tables_examined = all;
}

/* Points the watch at the relation. False: it pointed elsewhere before, so a message may have been missed. */
static bool keep_watch(watch *watch, Oid relation)
{
	bool before = watch->relation == relation;

	watch->relation = relation;
	watch->looked_up = true;
	return before;
}

/* Was every change of the source since the read noticed? If that is not certain now, it will be for later changes. */
static bool is_watched(frame *frame, const stead_memory_source *source)
{
	int signal = cache_table_signal_of(&cache, source->table, source->value), i = 0;
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

/* Reads other backends' messages. False: this call must keep its transaction's snapshot. */
static bool catch_up(frame *frame)
{
	if (IsolationUsesXactSnapshot() && frame->call.function->effect != STEAD_LIVE)
		return false;
	watch_relations(on_relcache);
	AcceptInvalidationMessages();
	if (tables_examined != table_messages)
		examine_tables(frame);
	if (!frame->has_noted) {
		frame->has_noted = true;
		frame->noted = cache.given;
	}
	return true;
}

/* What is read next may be cached. A parallel worker lives for one query, whose snapshot is right for it; its leader
 * cannot take a newer one meanwhile. A writer reads with a current snapshot anyway. */
static void expect_read(frame *frame)
{
	bool writes = frame->call.function->effect == STEAD_WRITES;

	frame->latest = !writes && !IsInParallelMode();
	frame->cacheable = frame->latest || writes || IsParallelWorker();
}

const void *stead_memory_get(stead_call *call, const stead_table *space, const void *key, size_t key_size, size_t *size)
{
	const void *found = NULL;

	if (catch_up(frame_of(call))) {
		found = cache_table_get(&cache, space, key, key_size, size);
		if (!found)
			expect_read(frame_of(call));
	}
	return found;
}

void stead_memory_done(stead_call *call)
{
	frame_of(call)->latest = call->function->effect == STEAD_LIVE && !IsInParallelMode();
	frame_of(call)->cacheable = false;
}

const void *stead_memory_hint(stead_call *call, const stead_table *space, const void *key, size_t key_size,
                              size_t *size)
{
	(void)call;
	return cache_table_get(&cache, space, key, key_size, size);
}

bool stead_memory_consistent(stead_call *call)
{
	frame *frame = frame_of(call);

	if (!frame->has_noted || !catch_up(frame) || frame->noted == cache.given)
		return true;
	frame->has_noted = false; /* the next attempt notes the counter again */
	return false;
}

void stead_memory_invalidate(stead_call *call, const stead_table *space, const void *key, size_t key_size)
{
	cache_table_remove(&cache, space, key, key_size); /* even if the call keeps an old snapshot */
	if (catch_up(frame_of(call)))
		expect_read(frame_of(call));
}

void stead_memory_put(stead_call *call, const stead_table *space, const void *key, size_t key_size, const void *data,
                      size_t size, const stead_memory_source *sources, int source_count, int64_t max_entries)
{
	frame *frame = frame_of(call);
	bool good = frame->cacheable;

	for (int i = 0; i < source_count && frame->cacheable; i++)
		good &= is_watched(frame, &sources[i]);
	if (good)
		cache_table_put(&cache, space, key, key_size, data, size, sources, source_count, frame->noted, max_entries);
}
