/*
 * plan.c - the plans that a backend keeps. The key is the address of the literal and, since plans depend on
 * search_path, Stead's schema.
 *
 * If the extension was dropped, or moved to another schema, its plans are freed when the first plan of the new schema
 * is kept. So there are plans of the current extension and of at most one before it.
 */
#include "host.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

typedef struct {
	const char *sql;
	uintptr_t schema; /* not an Oid: it would leave padding, whose bytes are hashed, but not copied with a struct */
} plan_key;

typedef struct {
	plan_key key;
	Oid function;     /* a function that used the plan: if it is not in the schema any more, the plan is unused */
	TimestampTz used; /* start of the latest transaction that used it */
	SPIPlanPtr plan;
	unsigned char vain; /* see stead_try() */
} plan_entry;

static HTAB *plans = NULL;

static plan_key key_of(frame *frame, const char *sql)
{
	return (plan_key){sql, own_schema(frame)};
}

SPIPlanPtr kept_plan(frame *frame, const char *sql)
{
	plan_key key = key_of(frame, sql);
	plan_entry *entry = plans ? hash_search(plans, &key, HASH_FIND, NULL) : NULL;

	if (!entry)
		return NULL;
	entry->used = GetCurrentTransactionStartTimestamp();
	return entry->plan;
}

unsigned char *stead_vain_runs(stead_call *call, const char *sql)
{
	plan_key key = key_of(frame_of(call), sql);
	plan_entry *entry = plans ? hash_search(plans, &key, HASH_FIND, NULL) : NULL;

	return entry ? &entry->vain : NULL;
}

/* A plan that this transaction used may still be running, if a trigger dropped the extension and made another. It
 * stays. */
static void free_unused(void)
{
	HASH_SEQ_STATUS scan;
	plan_entry *entry;

	hash_seq_init(&scan, plans);
	while ((entry = hash_seq_search(&scan)))
		if (entry->used != GetCurrentTransactionStartTimestamp() &&
		    get_func_namespace(entry->function) != entry->key.schema) {
			SPIPlanPtr plan = entry->plan;

			hash_search(plans, &entry->key, HASH_REMOVE, NULL);
			SPI_freeplan(plan);
		}
}

void keep_plan(frame *frame, const char *sql, SPIPlanPtr plan)
{
	static Oid latest = InvalidOid;
	plan_key key = key_of(frame, sql);
	plan_entry *entry;

	if (!plans) {
		HASHCTL control = {.keysize = sizeof(plan_key), .entrysize = sizeof(plan_entry)};

		plans = hash_create("stead plans", 64, &control, HASH_ELEM | HASH_BLOBS);
	}
	if (latest != key.schema)
		free_unused();
	latest = key.schema;
	entry = hash_search(plans, &key, HASH_ENTER, NULL);
	entry->function = own_function(frame);
	entry->used = GetCurrentTransactionStartTimestamp();
	entry->plan = plan;
	entry->vain = 0;
}
