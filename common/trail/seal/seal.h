/*
 * seal.h - what the files of audit sealing share: the tables, blocks, and walks over events in the order of sealing.
 *
 * Events are sealed in the order of their place: era by era as they come, within an era by (transaction_id, id). A block is
 * a stretch of one era; what lies between the last place of the era's block before and its own last place is its own,
 * and nothing else may ever turn up there.
 */
#ifndef STEAD_SEAL_H
#define STEAD_SEAL_H

#include "lib/crypto/merkle.h"
#include "core/upkeep.h"
#include "stead.h"
#include "trail/event.h"
#include "trail/seal/cut.h"
#include "trail/seal/leaf.h"

enum { TABLE_BLOCK, TABLE_LEAF, TABLE_ACCOUNT, TABLE_ROLLUP };
extern const stead_table seal_tables[];
enum { SEAL_ROLLUP_DAYS, SEAL_SECONDS };
extern const stead_option seal_options[];
extern const stead_lock seal_lock; /* whoever seals, or prunes rollups, holds it */

#define SEAL_MAX_EVENTS 100000 /* of one block */
#define LEAF_ITEM 16           /* bytes of stead_audit_leaf.leaves for each event: its id, and the first of its leaf hash */

/* A row of stead_audit_block. The texts live until the next row; of seal_last_block and seal_find_block, as long as the call. */
typedef struct {
	int64_t block, era, first_leaf, events, last_transaction_id, last_event_id, first_event_at, last_event_at, sealed_at;
	stead_value subtrees; /* the compact range of its own leaves */
	stead_value frontier; /* that of all leaves up to its end */
	stead_value root;     /* of the tree up to its end */
	stead_value folded;   /* what it added to the rollups: see fold.h */
	stead_value listed;   /* SHA-256 of the list of its leaves, stead_audit_leaf.leaves */
	stead_value digest;   /* SHA-256 of all that: see seal_digest */
} seal_block;
#define SEAL_BLOCK_FIELDS \
	"block, era, first_leaf, events, last_transaction_id, last_event_id, first_event_at, last_event_at, sealed_at, subtrees," \
	" frontier, root, folded, listed, digest"
#define SEAL_BLOCK_COLUMNS 15
void seal_read_block(stead_rows *rows, seal_block *block);
/* The same of a row that may have been changed past Stead; false: a value is not of its column's type. It is 0, or empty, then. */
bool seal_read_block_any(stead_rows *rows, seal_block *block);
/* The latest block; false: there is none. */
bool seal_last_block(stead_call *call, seal_block *block);
/* Where an event stands in its era. */
typedef struct {
	int64_t transaction_id, id;
} seal_position;
#define SEAL_BEFORE_ALL ((seal_position){INT64_MIN, INT64_MIN})
#define SEAL_AFTER_ALL ((seal_position){INT64_MAX, INT64_MAX})
/* Where the latest block of an era ends that comes before a block (INT64_MAX: of all). */
seal_position seal_end_before(stead_call *call, int64_t era, int64_t block);
#define seal_end_of_era(call, era) seal_end_before(call, era, INT64_MAX)
/* The block that an event at this place is of, and the place that its first comes after; false: what is there is not sealed,
 * and *after is the last place of the era that is. */
bool seal_find_block(stead_call *call, int64_t era, seal_position place, seal_block *block, seal_position *after);
void seal_digest(stead_sha256_stream *sha, const seal_block *block, unsigned char out[STEAD_SHA256_SIZE]);
/* Can a block have these numbers of leaves? */
bool seal_can_number(int64_t first_leaf, int64_t events);
#define SEAL_VERIFY_HINT "SELECT * FROM stead_audit_verify() tells what was changed."
/* A block's compact range, checked for its size only; raises if it is damaged. */
void seal_load_range(stead_call *call, const seal_block *block, stead_value stored, int64_t begin, merkle_range *range);

/* Bytes in base64 (RFC 4648, section 4), as text of the call; a null is a null. */
stead_value seal_base64(stead_call *call, stead_value bytes);
stead_value seal_bytes(const void *data, size_t size);

/* A walk over the eras of which there are events, in ascending order; zero-initialise. */
typedef struct {
	bool begun;
	int64_t era;
} seal_eras;
bool seal_next_era(stead_call *call, seal_eras *of);

/* How many events of an era are not sealed, settled or not: at most twice most, where that is reached. */
int64_t seal_count_unsealed(stead_call *call, int64_t era, int64_t most);

/* A walk over the events of an era from after one place to another, in order. */
typedef struct {
	stead_call *call;
	int64_t era, left;
	seal_position after, until; /* until is included */
	bool any; /* set after opening: events are read by leaf_read_any */
	int stage;
	stead_rows *rows;
} seal_walk;
void seal_walk_open(stead_call *call, seal_walk *walk, int64_t era, seal_position after, seal_position until, int64_t max_events);
/* Over what is settled of an era and not sealed; as any. */
void seal_walk_unsealed(stead_call *call, seal_walk *walk, int64_t era, int64_t max_events);
/* False: there is none left, and nothing is open. Else the event lives until the next. */
bool seal_walk_next(seal_walk *walk, stead_value event[LEAF_COLUMNS]);
void seal_walk_close(seal_walk *walk);

/* ---- Sealing: sealing.c --------------------------------------------------------------------------------------------- */

/* The most events that upkeep puts into a block: one of SQLite's keeps other writers waiting. */
#define SEAL_TICK_EVENTS stead_batch(500, 10000)
#define SEAL_LEAST_EVENTS 100 /* of a block that ends with its day, or where times jump */
/* An event that has a value which its column cannot have. */
typedef struct {
	int64_t id;
	const char *fault; /* NULL: there is none */
} seal_unsealable;
/* Seals the next block, cut as a prune with that cutoff needs it (cut.h); the lock is the caller's. Returns its events. Where there is none, *unsealable is the event it would begin with. */
int64_t seal_next(stead_call *call, int64_t max_events, int64_t cutoff, seal_unsealable *unsealable);
/* The same, under the lock; returns its events: 0, nothing is settled; -1, another caller is sealing. */
int64_t seal_one(stead_call *call, int64_t cutoff);
/* Emits what stead_doctor() says of it: examine.c. */
void seal_examine(stead_call *call);
/* The same of times: examine_time.c. */
void seal_examine_times(stead_call *call);

#endif
