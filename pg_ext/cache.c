/*
 * cache.c - remember and recall: memory that a backend empties when the tables behind it change.
 *
 * Triggers on a remembered table send a relcache invalidation, which travels with the commit; every backend
 * reads it before it looks anything up here. Three things make that safe. AcceptInvalidationMessages() runs on every
 * recall. What is to be remembered is read with the latest snapshot, not the statement's. And a generation noted before
 * the read must still hold when it is stored. Where the transaction must keep its snapshot (REPEATABLE READ and up)
 * nothing is recalled. Without the trigger (the extension was dropped and made again, stead_init() not yet run) nothing
 * is remembered.
 */
#include "host.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define SLOTS 1024     /* direct mapped: a newer entry replaces an older one that shares its slot */
#define MAX_ENTRY 8192 /* bytes of key and data; with SLOTS this bounds the memory at 8 MiB */
#define MAX_WATCHED 32

typedef struct {
	Oid table;
	uint32 key_size, data_size;
	char bytes[FLEXIBLE_ARRAY_MEMBER]; /* key, then data */
} entry;

static uint64 generation = 1; /* bumped by the callback, which does nothing else */
static uint64 filled_at = 0;  /* the generation the entries belong to */
static entry *slots[SLOTS];
static MemoryContext cache_memory = NULL;
static Oid watched[MAX_WATCHED];
static int watched_count = 0;

/* What a call site knows of its table; kept in fn_extra. */
typedef struct {
	uint64 generation;
	const stead_table *table;
	Oid relation; /* InvalidOid: not to be remembered */
} site;

static void on_relcache(Datum unused, Oid relation)
{
	(void)unused;
	if (!OidIsValid(relation)) {
		generation++;
		return;
	}
	for (int i = 0; i < watched_count; i++)
		if (watched[i] == relation) {
			generation++;
			return;
		}
}

static bool watch(Oid relation)
{
	static bool registered = false;

	if (!registered) {
		CacheRegisterRelcacheCallback(on_relcache, (Datum)0);
		registered = true;
	}
	for (int i = 0; i < watched_count; i++)
		if (watched[i] == relation)
			return true;
	if (watched_count == MAX_WATCHED)
		return false;
	watched[watched_count++] = relation;
	return true;
}

/* Has the table the triggers that tell of its changes? */
static bool signals(frame *frame, Oid relation)
{
	return has_trigger(frame, relation, SIGNAL_TRIGGER, "stead_signal_change", TRIGGER_FIRES_ALWAYS) &&
	       has_trigger(frame, relation, SIGNAL_TRIGGER_BEFORE, "stead_signal_change", TRIGGER_FIRES_ALWAYS);
}

static Oid site_relation(frame *frame, const stead_table *table)
{
	FmgrInfo *flinfo = frame->fcinfo->flinfo;
	site *here = flinfo->fn_extra;
	char name[NAMEDATALEN];

	if (here && here->generation == generation && here->table == table)
		return here->relation;
	if (!here)
		here = flinfo->fn_extra = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof *here);
	here->generation = 0;
	snprintf(name, sizeof name, "stead_%s", table->name);
	here->relation = own_table(frame, name);
	here->table = table;
	if (OidIsValid(here->relation) && !(watch(here->relation) && signals(frame, here->relation)))
		here->relation = InvalidOid;
	here->generation = generation;
	return here->relation;
}

static uint32 slot_of(Oid relation, const char *key, size_t key_size)
{
	return (hash_bytes((const unsigned char *)key, (int)key_size) ^ relation) % SLOTS;
}

const void *stead_recall(stead_call *call, const stead_table *table, const char *key, size_t key_size, size_t *size)
{
	frame *frame = frame_of(call);
	Oid relation;
	entry *found;

	frame->latest = frame->rememberable = false;
	if (IsolationUsesXactSnapshot())
		return NULL;
	AcceptInvalidationMessages();
	relation = site_relation(frame, table);
	if (!OidIsValid(relation))
		return NULL;
	if (filled_at != generation) {
		if (cache_memory)
			MemoryContextReset(cache_memory);
		memset(slots, 0, sizeof slots);
		filled_at = generation;
	}
	found = slots[slot_of(relation, key, key_size)];
	if (found && found->table == relation && found->key_size == key_size && memcmp(found->bytes, key, key_size) == 0) {
		/* Not a copy: entries go at the next recall at the earliest, and this call makes no other before it returns. */
		*size = found->data_size;
		return found->bytes + key_size;
	}
	/* A worker lives for one query, whose snapshot is right for it; its leader can take no newer snapshot meanwhile. */
	frame->latest = !IsInParallelMode();
	frame->rememberable = frame->latest || IsParallelWorker();
	frame->generation = generation;
	return NULL;
}

void stead_remember(stead_call *call, const stead_table *table, const char *key, size_t key_size, const void *data,
                    size_t size)
{
	frame *frame = frame_of(call);
	Oid relation;
	entry *made;
	uint32 slot;

	if (!frame->rememberable || frame->generation != generation || filled_at != generation ||
	    key_size + size > MAX_ENTRY)
		return;
	relation = ((site *)frame->fcinfo->flinfo->fn_extra)->relation;
	(void)table;
	if (!cache_memory)
		cache_memory = AllocSetContextCreate(TopMemoryContext, "stead cache", ALLOCSET_DEFAULT_SIZES);
	made = MemoryContextAlloc(cache_memory, offsetof(entry, bytes) + key_size + size);
	made->table = relation;
	made->key_size = (uint32)key_size;
	made->data_size = (uint32)size;
	memcpy(made->bytes, key, key_size);
	memcpy(made->bytes + key_size, data, size);
	slot = slot_of(relation, key, key_size);
	if (slots[slot])
		pfree(slots[slot]);
	slots[slot] = made;
}

/* The trigger of a remembered table. */
Datum stead_signal_change(PG_FUNCTION_ARGS)
{
	TriggerData *data;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
		                errmsg("stead_signal_change: must be called as a trigger")));
	data = (TriggerData *)fcinfo->context;
	CacheInvalidateRelcache(data->tg_relation);
	return PointerGetDatum(NULL); /* it is an AFTER trigger, or one for a statement */
}

void stead_notify(stead_call *call, const char *channel, const char *payload)
{
	(void)call;
	Async_Notify(channel, payload);
}
