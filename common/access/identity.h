/*
 * identity.h - what checks need to know of a user: state, roles and effective permissions, read in one query and
 * cached.
 */
#ifndef STEAD_IDENTITY_H
#define STEAD_IDENTITY_H

#include "stead.h"

#define MAX_USERNAME 200
#define MAX_EMAIL 320 /* RFC 5321: 64 before the @, 255 after */
#define MAX_ROLE 200
#define MAX_PERMISSION 200

extern const stead_table user_tables[]; /* in this order: */
enum { USER_TABLE, ROLE_TABLE, USER_ROLE_TABLE, ROLE_PERMISSION_TABLE };

/* What it points to lives until the call's next stead_memory_get() or stead_memory_put(). */
typedef struct {
	bool active, approved;
	stead_value username, email;    /* text; email may be null */
	stead_value roles, permissions; /* JSON arrays of text, sorted bytewise, no duplicates */
	const uint32_t *ends;           /* where each permission ends in text; the first begins at 0 */
	const char *text;
	uint32_t permission_count;
} identity;

/* What a query must select for identity_read(), and what it must join to the user u, who may be absent. The join gives
 * a row for each role. */
#define IDENTITY_COLUMNS "u.username, u.email, u.active, u.approved, m.role_id"
#define IDENTITY_JOIN " LEFT JOIN stead_user_role m ON m.user_id = u.id"

/* In all of these, max_entries is option_memory_entries(); 0: the cache is not used. */

/* Narrows what a user may to what is in a list, too: that of an API key. The result is cached under space and key, with
 * space as a source: its row with the user's number. */
typedef struct {
	const stead_table *space;
	const char *key;
	size_t key_size;
	stead_value permissions; /* a JSON array of grants; anything else allows nothing */
} identity_scope;

/* Gets the user from the cache; false: a miss. */
bool identity_cached(stead_call *call, int64_t user_id, int64_t max_entries, identity *out);
/* The same for a narrowed user; permissions need not be set. */
bool identity_cached_scope(stead_call *call, const identity_scope *scope, int64_t max_entries, identity *out);
/* Reads IDENTITY_COLUMNS, which begin at this column, from the current row and all that follow, and caches the user.
 * What out points to then lives as long as the call. False: there is no such user. Each role is read, or comes from the
 * cache, separately: the result is consistent only if stead_memory_consistent() is true afterwards. scope, whose texts
 * must outlive the row, may be NULL: then the user is not narrowed. */
bool identity_read(stead_call *call, stead_rows *rows, int column, int64_t user_id, const identity_scope *scope,
                   int64_t max_entries, identity *out);
/* Gets the user from the cache or the tables; the result is consistent. False: there is no such user. */
bool identity_load(stead_call *call, int64_t user_id, int64_t max_entries, identity *out);
/* Is the permission granted: by its name, by a grant above it that ends in .*, or by *? Does not look at active and
 * approved. */
bool identity_permits(const identity *identity, stead_value permission);
/* A call gives up after so many inconsistent reads. */
#define IDENTITY_ATTEMPTS 100
_Noreturn void identity_give_up(stead_call *call);
/* Raises unless it is 1 to MAX_PERMISSION bytes. */
void identity_check_permission(stead_call *call, stead_value permission);

#endif
