/*
 * seal.h - what the files of sealing share: the tables, blocks, and walks over events in the order of sealing.
 *
 * Settled events are sealed in blocks. An event is settled once no running transaction can add one before it: see
 * stead_horizon(). Events are sealed in the order of their positions: era by era, and in an era by (transaction_id,
 * id). A block has a range of positions of one era: after the end of the era's block before it, up to its own end. No
 * other event may ever appear in that range.
 */
#ifndef STEAD_SEAL_H
#define STEAD_SEAL_H

#include "lib/crypto/merkle.h"
#include "core/upkeep.h"
#include "stead.h"
#include "trail/event.h"
#include "trail/seal/cut.h"
#include "trail/seal/leaf.h"

enum {
	TABLE_BLOCK,
	TABLE_LEAF,
	TABLE_ACCOUNT,
	TABLE_ROLLUP,
	TABLE_POSTING,
	TABLE_INDEX,
	TABLE_INDEX_KEY,
	TABLE_TOTAL,
	TABLE_SUMMARY
};
extern const stead_table seal_tables[];
enum { SEAL_ROLLUP_DAYS, SEAL_SECONDS, SEAL_AUTOSEAL };
extern const stead_option seal_options[];
extern const stead_lock seal_lock; /* held by whoever seals or prunes rollups */

#define SEAL_MAX_EVENTS 100000 /* in one block */
#define LEAF_ITEM 16 /* bytes for each event in stead_audit_leaf.leaves: the id, and 8 bytes of the leaf hash */

/* A row of stead_audit_block. The byte strings live until the next row; those of seal_last_block and seal_find_block
 * live as long as the call. */
typedef struct {
	int64_t block, era, first_leaf, events, last_transaction_id, last_event_id, first_event_at, last_event_at;
	int64_t sealed_at;
	stead_value subtrees; /* the compact range of its own leaves */
	stead_value frontier; /* the compact range of all leaves up to its end */
	stead_value root;     /* of the tree up to its end */
	stead_value folded;   /* what it added to the rollups: see fold.h */
	stead_value listed;   /* SHA-256 of the list of its leaves, stead_audit_leaf.leaves */
	stead_value digest;   /* SHA-256 of everything above: see seal_digest */
} seal_block;
#define SEAL_BLOCK_FIELDS                                                                                              \
	"block, era, first_leaf, events, last_transaction_id, last_event_id, first_event_at, last_event_at, sealed_at,"    \
	" subtrees, frontier, root, folded, listed, digest"
#define SEAL_BLOCK_COLUMNS 15
void seal_read_block(stead_rows *rows, seal_block *block);
/* The same for a row that may have been changed without Stead. False: a value is not of its column's type, and 0 or
 * empty stands for it. */
bool seal_read_block_any(stead_rows *rows, seal_block *block);
/* The latest block. False: there is none. */
bool seal_last_block(stead_call *call, seal_block *block);
/* The block of a number, as seal_read_block_any() reads it; its byte strings live as long as the call. False: there is
 * none. */
bool seal_block_any(stead_call *call, int64_t number, seal_block *block);
/* The position of an event in its era. */
typedef struct {
	int64_t transaction_id, id;
} seal_position;
#define SEAL_BEFORE_ALL ((seal_position){INT64_MIN, INT64_MIN})
#define SEAL_AFTER_ALL ((seal_position){INT64_MAX, INT64_MAX})
/* The end of the era's latest block that comes before the given block (INT64_MAX: of all its blocks). */
seal_position seal_end_before(stead_call *call, int64_t era, int64_t block);
#define seal_end_of_era(call, era) seal_end_before(call, era, INT64_MAX)
/* Finds the block that contains a position; it begins after *after. False: events there are not sealed, and *after is
 * the last sealed position of the era. */
bool seal_find_block(stead_call *call, int64_t era, seal_position place, seal_block *block, seal_position *after);
void seal_digest(stead_sha256_stream *sha, const seal_block *block, unsigned char out[STEAD_SHA256_SIZE]);
/* Can a block have so many events, and such a first leaf? */
bool seal_can_number(int64_t first_leaf, int64_t events);
#define SEAL_VERIFY_HINT "SELECT * FROM stead_audit_verify() tells what was changed."
/* Loads a compact range that a block stores. Raises if its size is wrong; nothing else is checked. */
void seal_load_range(stead_call *call, const seal_block *block, stead_value stored, int64_t begin, merkle_range *range);

/* Bytes as text in base64 (RFC 4648, section 4); a null gives a null. */
stead_value seal_base64(stead_call *call, stead_value bytes);

/* A walk over the eras that have events, in ascending order. Zero-initialise it. */
typedef struct {
	bool begun;
	int64_t era;
} seal_eras;
/* The next era. False: there is none left. */
bool seal_next_era(stead_call *call, seal_eras *eras);
/* The same in the order in which they are sealed. The current era, which goes on growing, comes last: what was logged
 * before a restore or a move would wait as long as it grows. */
typedef struct {
	bool begun, ended;
	int64_t current, era;
	seal_eras eras;
} seal_order;
bool seal_next_in_order(stead_call *call, seal_order *order);

/* A range of an era, in parts that one query each reads by an index. Where transactions have no numbers, the events of
 * era 0 and transaction 0, which are all of Stead's, are read by their id, and the index by place has the others. */
typedef enum {
	SEAL_TRANSACTION, /* a transaction's events: the ids after one up to another */
	SEAL_BETWEEN,     /* the transactions after one and before another */
	SEAL_BEYOND,      /* all transactions after one */
	SEAL_UNNUMBERED   /* era 0, transaction 0: the ids after one up to another */
} seal_part_kind;
typedef struct {
	seal_part_kind kind;
	int64_t transaction_id; /* of SEAL_TRANSACTION */
	int64_t after, until;   /* ids or transactions */
} seal_part;
#define SEAL_PARTS 5
/* The parts of the range after one position, up to another, in order; returns how many. */
int seal_split(int64_t era, seal_position after, seal_position until, seal_part parts[SEAL_PARTS]);
/* Is there an event in a part of a range that ends with SEAL_AFTER_ALL? */
bool seal_any_of_part(stead_call *call, int64_t era, const seal_part *part);

/* The number of events of an era that are not sealed, whether settled or not. It stops counting at most. */
int64_t seal_count_unsealed(stead_call *call, int64_t era, int64_t most);
/* The same of those that are settled. */
int64_t seal_count_settled(stead_call *call, int64_t era, int64_t most);
/* The number of an era's unsealed events, which stops counting at most; and how many of these are settled and have
 * failed. They are counted in the order of sealing: so what failed, sealed or not, never becomes less, even if there
 * are more than most. */
int64_t seal_count_tail(stead_call *call, int64_t era, int64_t most, int64_t *failures);

/* A walk over the events of an era in order: those after one position, up to another. */
typedef struct {
	stead_call *call;
	int64_t era, left;
	bool any; /* may be set after opening: leaf_read_any() reads the events, so that damaged ones raise no error */
	seal_part parts[SEAL_PARTS];
	int count, part; /* of parts; the next one */
	stead_rows *rows;
} seal_walk;
void seal_walk_open(stead_call *call, seal_walk *walk, int64_t era, seal_position after, seal_position until,
                    int64_t max_events);
/* A walk over the settled events of an era that are not sealed, with any set. */
void seal_walk_unsealed(stead_call *call, seal_walk *walk, int64_t era, int64_t max_events);
/* The next event, which lives until the next call. False: there is none left, and the walk is closed. */
bool seal_walk_next(seal_walk *walk, stead_value event[LEAF_COLUMNS]);
void seal_walk_close(seal_walk *walk);

/* A walk over the events that are not sealed, in no order. Zero-initialise all but the call. */
typedef struct {
	stead_call *call;
	seal_eras eras;
	seal_part parts[SEAL_PARTS]; /* of the era that it is in */
	int count, part;             /* of parts; the next one */
	stead_rows *rows;
} seal_tail;
/* Moves on. rows has the next event, with the columns EVENT_FIELDS. False: there is none left. */
bool seal_tail_next(seal_tail *tail);

/* ---- Sealing: sealing.c ---------------------------------------------------------------------------------------- */

#define SEAL_TICK_EVENTS 10000 /* the most that upkeep puts into one block */
#define SEAL_LEAST_EVENTS 100  /* fewer do not end a block early */
/* Upkeep seals fewer only after stead.audit.seal_seconds. On SQLite, other writers wait while a block is made, and the
 * index of a small block costs several times as much for each event. */
#define SEAL_WORTH_EVENTS stead_batch(SEAL_TICK_EVENTS, SEAL_LEAST_EVENTS)
/* An event that cannot be sealed, because a value is invalid for its column. */
typedef struct {
	int64_t id;
	const char *fault; /* NULL: there is none */
} seal_unsealable;
/* Seals the next block, which ends where a prune with that cutoff needs it (cut.h), and returns how many events it has.
 * The caller holds the lock. If it returns 0, *unsealable is the event that the block would begin with, if that cannot
 * be sealed. */
int64_t seal_next(stead_call *call, int64_t max_events, int64_t cutoff, seal_unsealable *unsealable);
/* The same, with the lock. Returns 0 if no event is settled, -1 if another caller is sealing. */
int64_t seal_one(stead_call *call, int64_t cutoff);
/* ---- The index of sealed blocks: indexing.c --------------------------------------------------------------------- */

struct index_builder;                  /* trail/index/index.h */
extern const int seal_index_columns[]; /* the column of an event that each dimension of the index has */
/* Adds an event to the index of its block. */
void seal_index_add(stead_call *call, struct index_builder *builder, const stead_value event[LEAF_COLUMNS]);
/* Does a block wait to be indexed? Only logs that were sealed before schema 4 have such. */
bool seal_any_unindexed(stead_call *call);
/* How many wait. */
int64_t seal_count_unindexed(stead_call *call);
/* Indexes the next block that waits. The caller holds the lock. False: none waits. */
bool seal_index_next(stead_call *call);
/* Takes the values of an event that was redacted out of the index of its block, if it is indexed. was: what
 * leaf_read_any() read before. The caller holds the lock. */
void seal_index_redacted(stead_call *call, const stead_value was[LEAF_COLUMNS]);

/* autoseal.c: does the log of a database whose writers come one by one have more unsealed events than
 * stead.audit.autoseal? Then the call that logged the latest seals a block. */
bool seal_auto_due(stead_call *call);
void seal_auto(stead_call *call, void *nothing);
/* examine.c: emits the rows of stead_doctor() about sealing. */
void seal_examine(stead_call *call);
/* measure.c: the metrics of the audit trail. */
stead_measure seal_measure;
/* examine_time.c: the row about times. */
void seal_examine_times(stead_call *call);

#endif
