/*
 * upkeep.h - the part of the port for sealing, pruning and other upkeep: transactions and what is settled, locks,
 * batches.
 */
#ifndef STEAD_UPKEEP_H
#define STEAD_UPKEEP_H

#include "stead.h"

/* The era and the number of the current transaction: what columns with these defaults get. */
void stead_transaction(stead_call *call, int64_t *era, int64_t *transaction);
/* The horizon: in the current era, every transaction with a lower number has ended, and what it committed is visible.
 * All transactions of other eras have ended. So no row can be added below. On SQLite, with one writer at a time, it is
 * INT64_MAX. */
void stead_horizon(stead_call *call, int64_t *era, int64_t *horizon);
/* From here on, new rows are of this era, which must come after the current one, whoever writes them. It waits for
 * transactions that have written rows of the current one. Afterwards whoever writes a row waits until this transaction
 * ends. Returns a transaction number above all that have written rows of the era before. Never called where the horizon
 * is INT64_MAX. */
int64_t stead_begin_era(stead_call *call, int64_t era);

/* A lock that one call of the database holds. A module declares it; no two have the same number. */
typedef struct {
	const char *name;
	int number; /* 1 to 65535 */
} stead_lock;
/* Tries to get a lock, without waiting. False: another call holds it, and *holder, if holder is not NULL, names it.
 * until 0: the lock is released when the caller's transaction ends. Otherwise it is a lease for a call that works in
 * steps, which end its transactions before it ends: it is released by stead_unlock() or when the call fails; otherwise
 * it lapses at that time, or when its process has ended. Where a call is one transaction, a lease is a lock until its
 * end. */
bool stead_try_lock(stead_call *call, const stead_lock *lock, int64_t until, const char **holder);
void stead_unlock(stead_call *call, const stead_lock *lock);

/* The size of one batch: brief where a writer keeps all other writers of the database waiting, ample elsewhere. */
int64_t stead_batch(int64_t brief, int64_t ample);

typedef enum {
	/* Between two steps of upkeep, when no query is open. Where a writer keeps all others waiting and the call began
	 * the transaction, this commits what was done, whatever becomes of the call, and lets others write: what was read
	 * before may have changed. False: another writer keeps the lock for longer than the connection waits; or writers
	 * wait until this transaction ends, as after stead_begin_era(). Then the call should end, which is no error; if it
	 * goes on, its next query waits once more, and may fail. */
	STEAD_COMMIT_STEP,
	/* Before the first query of a call that is repeated, batch after batch: where a writer keeps all others waiting,
	 * those who waited for this connection's last call get their turn. */
	STEAD_YIELD_TO_WRITERS,
	/* Within a long batch, as often as possible: now and then this yields the processor, where the batch keeps nobody
	 * waiting. */
	STEAD_YIELD_PROCESSOR
} stead_pause_kind;
bool stead_pause(stead_call *call, stead_pause_kind kind);
/* Runs work, which reads and writes nothing, while no other writer waits: what was done so far is committed as by
 * STEAD_COMMIT_STEP, and work sees one state of the database, which may have changed when this returns. No query may be
 * open. False: as for STEAD_COMMIT_STEP. Inside a transaction of the application's, and where writers do not wait for
 * each other, it only calls work. */
bool stead_read_aside(stead_call *call, void (*work)(stead_call *call, void *data), void *data);

/* Why nothing can be written now, such as "a hot standby"; NULL if it can. */
const char *stead_read_only(stead_call *call);
/* Returns up to that many free pages of the file to the system, where the database does not do so itself. Returns how
 * many, and sets *left to how many it could still return. */
int64_t stead_vacuum(stead_call *call, int64_t pages, int64_t *left);

#endif
