/*
 * upkeep.h - the part of the port for sealing, pruning and other upkeep: transactions, the horizon, locks, steps.
 */
#ifndef STEAD_UPKEEP_H
#define STEAD_UPKEEP_H

#include "stead.h"

/* The era and the number of the current transaction, as columns with these defaults get them. */
void stead_transaction(stead_call *call, int64_t *era, int64_t *transaction);
/* The horizon. In the current era, every transaction with a lower number has ended, and what it committed is visible.
 * All transactions of other eras have ended. So no row can appear below the horizon. On SQLite, which has one writer at
 * a time, it is INT64_MAX. */
void stead_horizon(stead_call *call, int64_t *era, int64_t *horizon);
/* Makes all new rows, whoever writes them, belong to this era, which must be later than the current one. Waits for
 * transactions that have written rows of the current era. Afterwards writers wait until this transaction ends. Returns
 * a transaction number above all that have written rows of the era before. Not called where the horizon is
 * INT64_MAX. */
int64_t stead_begin_era(stead_call *call, int64_t era);

/* A lock that only one call in the database can hold. A module declares it, with a number of its own. */
typedef struct {
	const char *name;
	int number; /* 1 to 65535 */
} stead_lock;
/* Tries to get a lock without waiting. False: another call holds it; *holder, unless holder is NULL, names that call.
 * With until 0, the lock is released when the caller's transaction ends. Otherwise it is a lease, for a call that works
 * in steps and ends its transactions early. A lease is released by stead_unlock() or when the call fails; otherwise it
 * lapses at `until`, or when its process has ended. Where a call is one transaction, a lease is a lock until the
 * transaction ends. */
extern const stead_lock stead_maintain_lock; /* the lease of stead_maintain() */
bool stead_try_lock(stead_call *call, const stead_lock *lock, int64_t until, const char **holder);
void stead_unlock(stead_call *call, const stead_lock *lock);
/* Waits for the lock, as long as the connection waits for locks, and holds it until the caller's transaction ends. */
void stead_wait_lock(stead_call *call, const stead_lock *lock);
/* Waits for transactions that have written the table, and keeps all others from writing it until the caller's ends.
 * What the call reads then is all that was committed; it raises where the transaction keeps an older snapshot. */
void stead_keep_writers_out(stead_call *call, const stead_table *table);

/* Runs work, if due says so, at the end of a call that has done what it was called for. If that fails, it is undone,
 * and the call succeeds all the same: only want of memory, interruption and faults of files end the whole call. */
void stead_follow_up(stead_call *call, bool (*due)(stead_call *call), void (*work)(stead_call *call, void *nothing));

/* The size of one batch: brief where a writer keeps all other writers waiting, ample elsewhere. */
int64_t stead_batch(int64_t brief, int64_t ample);

/* Do rows lie in the order of their primary key? Elsewhere they lie in that in which they were stored. */
bool stead_stores_by_key(stead_call *call);

typedef enum {
	/* Between two steps of upkeep, when no query is open. If a writer keeps all others waiting and the call began the
	 * transaction, this commits what was done, whatever happens to the call later, and lets others write. What was read
	 * before may have changed. False: another writer holds the lock for longer than the connection waits; or writers
	 * wait until this transaction ends, as after stead_begin_era(). Then the call should end without an error. If it
	 * goes on, its next query waits once more, and may fail. */
	STEAD_COMMIT_STEP,
	/* Before the first query of a call that a client repeats, batch after batch. Where a writer keeps all others
	 * waiting, those who waited for this connection's last call get their turn. */
	STEAD_YIELD_TO_WRITERS,
	/* Within a long batch, as often as possible. Now and then this yields the processor, where the batch keeps nobody
	 * waiting. */
	STEAD_YIELD_PROCESSOR
} stead_pause_kind;
bool stead_pause(stead_call *call, stead_pause_kind kind);
/* Runs work, which only reads, without keeping other writers waiting. It first commits what was done, like
 * STEAD_COMMIT_STEP. work sees one state of the database, which may have changed when this returns. No query may be
 * open. False: as for STEAD_COMMIT_STEP. In a transaction of the application's, and where writers do not wait for each
 * other, it only calls work. */
bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data);

/* Drops the retired indexes of a table. Returns whether there were any, and nothing keeps it from it now. On PostgreSQL
 * it waits for everyone who uses the table: call it in stead_attempt(). */
bool stead_drop_retired(stead_call *call, const stead_table *table);

/* Why nothing can be written now, such as "a hot standby"; NULL if writing is possible. */
const char *stead_read_only(stead_call *call);
/* Returns at most that many free pages of the file to the system, where the database does not do so itself. Returns the
 * number of pages, and sets *left to the number that it could still return. */
int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left);
/* The size of the database on disk, in bytes, without its log. */
int64_t stead_database_bytes(stead_call *call);

#endif
