/*
 * identity.h - a user as a check needs one: state, roles and effective permissions, read in one query and remembered.
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

/* What it points to lives until the next recall or remember of the call. */
typedef struct {
	bool active, approved;
	stead_value username, email;    /* text; email may be null */
	stead_value roles, permissions; /* JSON arrays of text, sorted bytewise, no duplicates */
	const uint32_t *ends;           /* where each permission ends in text; the first begins at 0 */
	const char *text;
	uint32_t permission_count;
} identity;

/* What a query must select for identity_read, of a user u, who may be absent; and what it must join to u: a row a role. */
#define IDENTITY_COLUMNS "u.username, u.email, u.active, u.approved, m.role_id"
#define IDENTITY_JOIN " LEFT JOIN stead_user_role m ON m.user_id = u.id"

/* max_entries is stead_cache_entries(): 0 to read the tables whatever is remembered. */
/* What is remembered of the user; false if nothing is. */
bool identity_cached(stead_call *call, int64_t user_id, int64_t max_entries, identity *out);
/* Takes IDENTITY_COLUMNS, of which the first has this index, from the current row and all that follow, and remembers;
 * what out points to then lives as long as the call. False: there is no such user. Roles are recalled or read one by one: the
 * whole is of one moment only if the call was undisturbed. */
bool identity_read(stead_call *call, stead_rows *rows, int column, int64_t user_id, int64_t max_entries, identity *out);
/* Recalls or reads, as of one moment. False: there is no such user. */
bool identity_load(stead_call *call, int64_t user_id, int64_t max_entries, identity *out);
/* Is the permission granted: itself, by a grant that ends in .* above it, or by *? Says nothing of active and approved. */
bool identity_permits(const identity *identity, stead_value permission);
/* After so many disturbed attempts a call gives up. */
#define IDENTITY_ATTEMPTS 100
_Noreturn void identity_give_up(stead_call *call);
/* Raises unless it is 1 to MAX_PERMISSION bytes. */
void identity_check_permission(stead_call *call, stead_value permission);

#endif
