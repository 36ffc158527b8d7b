/*
 * token.h - judging a token: every function that takes one uses this path from a token to a verdict. An API key takes
 * the same path; its record is that of a session, whose id is the key's.
 */
#ifndef STEAD_SESSION_TOKEN_H
#define STEAD_SESSION_TOKEN_H

#include "access/identity.h"
#include "access/secret.h"

#define MAX_SESSION_ID 200
#define SESSION_MAX_SECONDS INT64_C(3153600000) /* 100 years */

extern const stead_table session_tables[]; /* the first is stead_session */
extern const stead_option session_options[];
enum { OPTION_TTL, OPTION_TOUCH, OPTION_AUDIT };

/* In the order judged. */
typedef enum {
	SESSION_MALFORMED,
	SESSION_UNKNOWN,
	SESSION_REVOKED,
	SESSION_EXPIRED,
	SESSION_IDLE,
	SESSION_USER_INACTIVE,
	SESSION_USER_UNAPPROVED,
	SESSION_OK
} session_verdict;
const char *session_verdict_name(session_verdict verdict);

#define SESSION_NEVER INT64_MAX /* expires_at of a key that does not expire */

/* What judging needs of a row of stead_session or stead_key. Times are in microseconds. */
typedef struct {
	int64_t user_id, created_at, expires_at, last_seen_at;
	int64_t idle;      /* it is idle after so long unseen; 0: never */
	int64_t loaded_at; /* when it was read */
	bool revoked;
	bool is_key;
	bool narrowed; /* a key with permissions of its own */
	size_t id_size;
	char id[MAX_SESSION_ID];
} session_record;

typedef struct {
	session_verdict verdict;
	session_record session; /* from SESSION_REVOKED on */
	identity user;          /* from SESSION_USER_INACTIVE on; see identity.h for how long it lives */
	bool touch_due;
	const stead_table *space;     /* of the cache entry; its key: */
	char key[MAX_SESSION_ID + 1]; /* the token's hash, or a 0 and the session's id */
	size_t key_size;
	int64_t max_entries; /* option_memory_entries() */
	int64_t touch_after; /* if SESSION_OK: touching is due after so long unseen */
} session_judgement;

/* A row's idle_seconds as microseconds. Someone may have written the row by hand, so the result is limited: at least 1,
 * at most some 10000 years. */
int64_t session_idle(int64_t seconds);
/* Judges a token, which may be null, as of now. fresh: the session is read from the table, not from the cache. No token
 * is an error. */
void session_judge(stead_call *call, stead_value token, int64_t now, bool fresh, session_judgement *out);
/* Marks a valid session as seen, unless another call just did. Returns whether it wrote. */
bool session_mark_seen(stead_call *call, int64_t now, const session_judgement *judgement);

/* When a session ended: when it was revoked or expired, whichever was first. An index has exactly this expression. */
#define ENDED_AT "(CASE WHEN revoked_at < expires_at THEN revoked_at ELSE expires_at END)"

#endif
